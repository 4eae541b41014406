/**
 * Circuit breakers, keyed: one circuit for each thing that can be down, such as a host of Visa or a
 * JWKS endpoint. After a few failures in a row calls are refused at once instead of being sent into an
 * outage; when the open time is over, one call goes through as a probe and decides.
 *
 * The state machine is Effect's `persistence/CircuitBreaker`. This adds what an operator needs: a
 * switch for incidents, slow calls that count as failures, refusals that say when to come back and cost
 * microseconds, a log line for every change, and a shared store that may be away without stopping a
 * payment.
 *
 * - **Closed**: calls run. `maxFailures` failures in a row open the circuit.
 * - **Open**: calls fail with a {@link CircuitRejection} until the open time is over.
 * - **HalfOpen**: one call is the probe, all others are refused. Its success closes the circuit, its
 *   failure opens it again, for as long as the `openDuration` schedule says for that opening.
 * - **ForcedOpen**, **ForcedClosed**: somebody has decided, for a while or until {@link Breaker}'s
 *   `reset`. Calls of a circuit that is forced closed are not counted.
 *
 * What counts as a failure is the caller's to say: a decline is a success of the host that sent it. An
 * interruption never counts, so a timeout must be inside of what is protected.
 *
 * With a store in Redis all processes see the same circuits. When Redis does not answer within
 * `storeTimeout`, calls go on and this process counts for itself; Redis is asked again every 5 seconds.
 * A circuit that another process resets or forces is noticed within a second.
 */
import {
  Clock,
  Config,
  Context,
  Data,
  Duration,
  Effect,
  Exit,
  Layer,
  Option,
  PubSub,
  Stream,
} from "effect"
import type { Scope, Take } from "effect"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import type { Redis } from "effect/persistence/Redis"
import { followCircuits } from "./internal/breakerMetrics.ts"
import { doubling, policyOf } from "./internal/breakerOptions.ts"
import type { BreakerOptions } from "./internal/breakerOptions.ts"
import {
  BreakerStore,
  makeMemoryStore,
  makeRedisStore,
  withFailover,
} from "./internal/breakerStore.ts"
import type { Override, Reach, RedisStoreOptions } from "./internal/breakerStore.ts"
import { optionInvalid } from "./internal/optionInvalid.ts"
import { Telemetry } from "./Telemetry.ts"
import type { VisaError } from "./VisaError.ts"

export type { BreakerOptions } from "./internal/breakerOptions.ts"
export { BreakerStore } from "./internal/breakerStore.ts"
export type { Override, Reach, RedisStoreOptions } from "./internal/breakerStore.ts"

/** What a call says about the thing that is protected. */
export type Outcome = CircuitBreaker.Outcome

/**
 * A call that was refused without being made. It is no `Error`: the trace of one would say nothing, and
 * costs ten times as much as all the rest of a refusal.
 */
export class CircuitRejection extends Data.TaggedClass("CircuitRejection")<{
  readonly key: string
  readonly circuit: "Open" | "HalfOpen" | "ForcedOpen"
  /**
   * When to come back, in milliseconds from now. Known for an open circuit. While a probe runs: one
   * second, since it may end at any time. Without an end to a forced opening: the open duration.
   */
  readonly retryAfterMillis: number
}> {
  get message(): string {
    return `The circuit of ${this.key} is ${this.circuit}: come back in ${this.retryAfterMillis} ms`
  }
}

/**
 * One circuit as it is now. A circuit whose open time is over reads as open, with 0 milliseconds left,
 * until the next call moves it.
 */
export type BreakerState =
  | { readonly _tag: "Closed"; readonly key: string }
  | {
      readonly _tag: "Open"
      readonly key: string
      readonly retryAfterMillis: number
      /** Openings since the circuit last stayed closed for as long as it had been open. */
      readonly consecutiveOpenings: number
    }
  | {
      readonly _tag: "HalfOpen"
      readonly key: string
      /** Whether a probe is running; if not, the next call will be it. */
      readonly probing: boolean
      readonly consecutiveOpenings: number
    }
  | {
      readonly _tag: "ForcedOpen" | "ForcedClosed"
      readonly key: string
      /** Absent when it holds until `reset`. */
      readonly millisLeft: number | undefined
    }

/** A change of one circuit that this process has made. */
export interface BreakerChange {
  readonly key: string
  readonly from: BreakerState["_tag"]
  readonly to: BreakerState["_tag"]
  /** Epoch milliseconds. */
  readonly at: number
  /** For how long a circuit has opened. */
  readonly openMillis?: number | undefined
}

/** For how long this process goes by what it last heard of a circuit, in milliseconds. */
const memory = { open: 1_000, halfOpen: 100, override: 1_000 } as const

const storePause = Duration.seconds(5)

/** How long a caller that finds a probe running is told to wait. */
const probeMillis = 1_000

/** A refusal that needs no store. */
interface Known {
  readonly circuit: "Open" | "HalfOpen"
  readonly since: number
  /** When to ask the store again. */
  readonly ask: number
  readonly retryAt: number
}

const toState = (state: CircuitBreaker.State, key: string): BreakerState => {
  switch (state._tag) {
    case "Closed":
      return { _tag: "Closed", key }
    case "Open":
      return {
        _tag: "Open",
        key,
        retryAfterMillis: Duration.toMillis(state.retryAfter),
        consecutiveOpenings: state.consecutiveOpenings,
      }
    case "HalfOpen":
      return {
        _tag: "HalfOpen",
        key,
        probing: state.probing,
        consecutiveOpenings: state.consecutiveOpenings,
      }
  }
}

/**
 * Runs calls through circuits.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Breaker } from "effect-visa-direct"
 *
 * const program = Effect.gen(function*() {
 *   const breaker = yield* Breaker
 *   const call = breaker.protect("keys.example", Effect.fail("no answer"))
 *   yield* Effect.flip(call)
 *   yield* Effect.flip(call)
 *   // The circuit is open: this one is not made.
 *   return yield* Effect.flip(call)
 * })
 *
 * const live = Breaker.layer({ maxFailures: 2, openDuration: "30 seconds" })
 * const refused = await Effect.runPromise(program.pipe(Effect.provide(live)))
 * assert.isTrue(typeof refused === "object" && refused.retryAfterMillis > 29_000)
 */
export class Breaker extends Context.Service<
  Breaker,
  {
    /**
     * Makes the call, or refuses it with a {@link CircuitRejection}.
     *
     * `outcome` says what the call's end means for the circuit; without it a success is one and
     * everything else a failure. An interruption is always ignored.
     */
    readonly protect: <A, E, R>(
      key: string,
      call: Effect.Effect<A, E, R>,
      options?: { readonly outcome?: ((exit: Exit.Exit<A, E>) => Outcome) | undefined },
    ) => Effect.Effect<A, E | CircuitRejection, R>
    readonly state: (key: string) => Effect.Effect<BreakerState>
    /** Changes that this process makes from now on, forced ones included. */
    readonly changes: Stream.Stream<BreakerChange>
    /** Refuses every call, for a duration or until {@link reset}. */
    readonly forceOpen: (key: string, duration?: Duration.Input) => Effect.Effect<Reach>
    /** Makes every call and counts none, for a duration or until {@link reset}. */
    readonly forceClosed: (key: string, duration?: Duration.Input) => Effect.Effect<Reach>
    /** Takes back what was forced and begins anew: closed, no failures, no past openings. */
    readonly reset: (key: string) => Effect.Effect<Reach>
  }
>()("effect-visa-direct/Breaker") {
  /** The call shows that the thing is healthy. */
  static readonly success: Outcome = CircuitBreaker.success

  /** The call says nothing about it. */
  static readonly ignored: Outcome = CircuitBreaker.ignored

  /**
   * The call counts against it. If it opens the circuit, `retryAfter` can lengthen the opening, never
   * shorten it.
   */
  static readonly failure: (options?: {
    readonly retryAfter?: Duration.Input | undefined
  }) => Outcome = CircuitBreaker.failure

  /**
   * Builds the service on the `BreakerStore` of the context, or in memory when there is none. Fails
   * with `OptionInvalid`. Breakers on one store see the same circuits; use one policy for each key.
   */
  static readonly make: (
    options?: BreakerOptions,
  ) => Effect.Effect<Breaker["Service"], VisaError, Scope.Scope> = Effect.fnUntraced(function* (
    options?: BreakerOptions,
  ) {
    const policy = yield* policyOf(options ?? {})
    const local = yield* makeMemoryStore
    const store = Option.getOrElse(yield* Effect.serviceOption(BreakerStore), () => local)
    const circuits = withFailover(store, local, {
      timeout: policy.storeTimeout,
      pause: storePause,
    })
    const hub = yield* PubSub.sliding<Take.Take<BreakerChange>>(128)
    yield* Effect.addFinalizer(() => PubSub.end(hub, Exit.void))

    const found = yield* followCircuits(policy.protects)
    const known = new Map<string, Known>()
    const overrides = new Map<
      string,
      { readonly value: Override | undefined; readonly at: number }
    >()
    const rejections = new WeakSet<CircuitBreaker.CircuitBreakerError>()

    const announce = (change: BreakerChange) => {
      const line = `Circuit of ${change.key}: ${change.from} to ${change.to}`
      return PubSub.publish(hub, [change]).pipe(
        Effect.andThen(found(change.key, change.to)),
        Effect.andThen(
          change.to === "Open" || change.to.startsWith("Forced")
            ? Effect.logWarning(line)
            : Effect.logInfo(line),
        ),
        Effect.annotateLogs(
          change.openMillis === undefined ? {} : { openMillis: change.openMillis },
        ),
      )
    }

    const observe = (key: string, transition: CircuitBreaker.Transition | undefined) => {
      if (transition === undefined) return Effect.void
      return Effect.withFiber((fiber) => {
        const at = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
        known.delete(key)
        const { from, to } = transition
        if (to !== "Open") return announce({ key, from, to, at })
        const openMillis = Duration.toMillis(transition.retryAfter)
        remember(key, "Open", at, openMillis)
        return announce({ key, from, to, at, openMillis })
      })
    }

    const remember = (
      key: string,
      circuit: Known["circuit"],
      at: number,
      retryAfterMillis: number,
    ) => {
      const retryAt = at + retryAfterMillis
      const trust = circuit === "Open" ? memory.open : memory.halfOpen
      known.set(key, { circuit, since: at, ask: Math.min(retryAt, at + trust), retryAt })
    }

    const breaker = yield* CircuitBreaker.make({
      tripPolicy: policy.trip,
      openDuration: policy.openDuration,
      maxOpenDuration: policy.maxRetryAfter,
    }).pipe(
      Effect.provideService(CircuitBreaker.CircuitBreakerStore, {
        admit: (key) =>
          circuits.circuits.admit(key).pipe(
            Effect.tap(({ probe, transition }) =>
              probe ? observe(key, transition) : found(key, "Closed"),
            ),
            // A call may itself fail with an error of some other circuit.
            Effect.tapError((error) => Effect.sync(() => rejections.add(error))),
          ),
        record: (outcome) =>
          Effect.tap(circuits.circuits.record(outcome), (transition) =>
            observe(outcome.key, transition),
          ),
        state: circuits.circuits.state,
      }),
    )

    const refuse = (
      key: string,
      circuit: CircuitRejection["circuit"],
      retryAfterMillis: number,
    ): Effect.Effect<never, CircuitRejection> =>
      Effect.andThen(
        Telemetry.breakerRejections.increment({ breaker: policy.protects }),
        Effect.fail(new CircuitRejection({ key, circuit, retryAfterMillis })),
      )

    const refused = (key: string, error: CircuitBreaker.CircuitBreakerError, at: number) => {
      const { reason } = error
      const circuit = reason._tag === "CircuitOpen" ? "Open" : "HalfOpen"
      const retryAfterMillis =
        reason._tag === "CircuitOpen" ? Duration.toMillis(reason.retryAfter) : probeMillis
      // In memory asking about a probe costs next to nothing, and the answer is exact.
      if (circuit === "Open" || store.remote) remember(key, circuit, at, retryAfterMillis)
      return Effect.andThen(found(key, circuit), refuse(key, circuit, retryAfterMillis))
    }

    const holds = (override: Override | undefined, at: number): override is Override =>
      override !== undefined && (override.until === undefined || at < override.until)

    const readOverride = (key: string, at: number): Effect.Effect<Override | undefined> => {
      const before = overrides.get(key)
      // While the answer is awaited, others go by the last one: one question for all.
      const asked = before === undefined ? undefined : { value: before.value, at }
      if (asked !== undefined) overrides.set(key, asked)
      return Effect.map(circuits.override(key, before?.value), (value) => {
        // Unless something was decided here meanwhile.
        if (overrides.get(key) === asked) overrides.set(key, { value, at })
        return value
      })
    }

    /** What an operator has decided, at most a second old. */
    const overrideOf = (key: string, at: number): Effect.Effect<Override | undefined> => {
      const cached = overrides.get(key)
      return cached !== undefined && at >= cached.at && at < cached.at + memory.override
        ? Effect.succeed(cached.value)
        : readOverride(key, at)
    }

    const execute = <A, E, R>(
      key: string,
      call: Effect.Effect<A, E, R>,
      outcome: ((exit: Exit.Exit<A, E>) => Outcome) | undefined,
      clock: Clock.Clock,
    ): Effect.Effect<A, E | CircuitRejection, R> => {
      let startedAt = 0
      const timed =
        policy.slowCallMillis === Number.POSITIVE_INFINITY
          ? call
          : Effect.suspend(() => {
              startedAt = clock.currentTimeMillisUnsafe()
              return call
            })
      const classify = (exit: Exit.Exit<A, E>): Outcome => {
        const given =
          outcome?.(exit) ?? (Exit.isSuccess(exit) ? Breaker.success : Breaker.failure())
        return given._tag === "Success" &&
          clock.currentTimeMillisUnsafe() - startedAt >= policy.slowCallMillis
          ? Breaker.failure()
          : given
      }
      return Effect.catch(
        breaker.execute(timed, { key, classify }),
        (error): Effect.Effect<never, E | CircuitRejection> =>
          error instanceof CircuitBreaker.CircuitBreakerError && rejections.has(error)
            ? refused(key, error, clock.currentTimeMillisUnsafe())
            : // TypeScript cannot subtract what is ours from a type parameter.
              Effect.fail(error as E),
      )
    }

    const state = (key: string): Effect.Effect<BreakerState> =>
      Effect.withFiber((fiber) => {
        const clock = fiber.getRef(Clock.Clock)
        const asked = readOverride(key, clock.currentTimeMillisUnsafe())
        return Effect.flatMap(asked, (override) => {
          const at = clock.currentTimeMillisUnsafe()
          return holds(override, at)
            ? Effect.succeed<BreakerState>({
                _tag: `Forced${override.mode}`,
                key,
                millisLeft: override.until === undefined ? undefined : override.until - at,
              })
            : Effect.orDie(
                Effect.map(circuits.circuits.state(key), (circuit) => toState(circuit, key)),
              )
        })
      })

    const decide = Effect.fnUntraced(function* (
      key: string,
      to: "ForcedOpen" | "ForcedClosed" | "Closed",
      change: Effect.Effect<Reach>,
    ) {
      const { _tag: from } = yield* state(key)
      const reach = yield* change
      known.delete(key)
      overrides.delete(key)
      yield* found(key, to)
      if (from !== to) yield* announce({ key, from, to, at: yield* Clock.currentTimeMillis })
      return reach
    })

    const millisOf = (input: Duration.Input | undefined): number | undefined =>
      input === undefined ? undefined : Duration.toMillis(Duration.fromInputUnsafe(input))

    return Breaker.of({
      protect: (key, call, options) =>
        Effect.withFiber((fiber) => {
          const clock = fiber.getRef(Clock.Clock)
          const asked = overrideOf(key, clock.currentTimeMillisUnsafe())
          return Effect.flatMap(asked, (override) => {
            const at = clock.currentTimeMillisUnsafe()
            if (holds(override, at)) {
              if (override.mode === "Closed") {
                return Effect.andThen(found(key, "ForcedClosed"), call)
              }
              return Effect.andThen(
                found(key, "ForcedOpen"),
                refuse(
                  key,
                  "ForcedOpen",
                  override.until === undefined ? policy.firstOpenMillis : override.until - at,
                ),
              )
            }
            const last = known.get(key)
            if (last !== undefined && at >= last.since && at < last.ask) {
              return refuse(key, last.circuit, last.retryAt - at)
            }
            return execute(key, call, options?.outcome, clock)
          })
        }),
      state,
      changes: Stream.fromPubSubTake(hub),
      forceOpen: (key, duration) =>
        Effect.suspend(() =>
          decide(key, "ForcedOpen", circuits.force(key, "Open", millisOf(duration))),
        ),
      forceClosed: (key, duration) =>
        Effect.suspend(() =>
          decide(key, "ForcedClosed", circuits.force(key, "Closed", millisOf(duration))),
        ),
      reset: (key) => decide(key, "Closed", circuits.reset(key)),
    })
  })

  static readonly layer = (options?: BreakerOptions): Layer.Layer<Breaker, VisaError> =>
    Layer.effect(Breaker, Breaker.make(options))

  /** {@link layer}, with circuits that all processes on a Redis share. */
  static readonly layerRedis = (
    options?: BreakerOptions & RedisStoreOptions,
  ): Layer.Layer<Breaker, VisaError, Redis> =>
    Breaker.layer(options).pipe(Layer.provide(Breaker.layerStoreRedis(options)))

  /** Circuits of this process alone. */
  static readonly layerStoreMemory: Layer.Layer<BreakerStore> = Layer.effect(
    BreakerStore,
    makeMemoryStore,
  )

  /** Circuits in Redis 5 or later, for breakers and key caches of many processes. */
  static readonly layerStoreRedis = (
    options?: RedisStoreOptions,
  ): Layer.Layer<BreakerStore, never, Redis> => Layer.effect(BreakerStore, makeRedisStore(options))

  /**
   * Reads `VISA_DIRECT_BREAKER_MAX_FAILURES`, `VISA_DIRECT_BREAKER_OPEN_DURATION`,
   * `VISA_DIRECT_BREAKER_MAX_OPEN_DURATION` and `VISA_DIRECT_BREAKER_SLOW_CALL_DURATION`. With a
   * maximum, each opening in a row lasts twice as long as the one before it, up to that. What is absent
   * has the defaults of {@link BreakerOptions}.
   */
  static readonly layerConfig: Layer.Layer<Breaker, VisaError> = Layer.unwrap(
    Effect.gen(function* () {
      const options = yield* Config.all({
        maxFailures: Config.option(Config.Int("VISA_DIRECT_BREAKER_MAX_FAILURES")),
        openDuration: Config.option(Config.Duration("VISA_DIRECT_BREAKER_OPEN_DURATION")),
        maxOpenDuration: Config.option(Config.Duration("VISA_DIRECT_BREAKER_MAX_OPEN_DURATION")),
        slowCallDuration: Config.option(Config.Duration("VISA_DIRECT_BREAKER_SLOW_CALL_DURATION")),
      }).pipe(Effect.mapError(optionInvalid))
      const first = Option.getOrElse(options.openDuration, () => Duration.seconds(60))
      return Breaker.layer({
        maxFailures: Option.getOrUndefined(options.maxFailures),
        openDuration: Option.match(options.maxOpenDuration, {
          onNone: (): Duration.Input => first,
          onSome: (longest) => doubling(first, longest),
        }),
        slowCallDuration: Option.getOrUndefined(options.slowCallDuration),
      })
    }),
  )

  /** {@link layer} with its defaults, in memory: three failures, sixty seconds of the test's clock. */
  static readonly layerTest: Layer.Layer<Breaker> = Layer.orDie(Breaker.layer())
}
