/** Where circuits are kept, and what to do when that place does not answer. */
import { Clock, Context, Effect, Layer } from "effect"
import type { Duration, Scope } from "effect"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import * as Redis from "effect/persistence/Redis"
import { makeFailover } from "./failover.ts"

/** What an operator has decided for a circuit, whatever its calls say. */
export interface Override {
  readonly mode: "Open" | "Closed"
  /** Epoch milliseconds; absent when it holds until somebody takes it back. */
  readonly until: number | undefined
}

type StoreError = CircuitBreaker.CircuitBreakerError

/**
 * Holds circuits and what operators have decided for them: in this process, or in a Redis that many
 * processes share. Effect's own `CircuitBreakerStore` counts, opens and closes; this adds the switch.
 */
export class BreakerStore extends Context.Service<
  BreakerStore,
  {
    readonly circuits: CircuitBreaker.CircuitBreakerStore["Service"]
    readonly override: (key: string) => Effect.Effect<Override | undefined, StoreError>
    /** Without a duration it holds until {@link reset}. */
    readonly force: (
      key: string,
      mode: Override["mode"],
      millis: number | undefined,
    ) => Effect.Effect<void, StoreError>
    /** Forgets the circuit and the override: closed, with no failures and no past openings. */
    readonly reset: (key: string) => Effect.Effect<void, StoreError>
    /** Whether it lies outside of this process, and so may not answer. */
    readonly remote: boolean
  }
>()("effect-visa-direct/BreakerStore") {}

const now = Effect.withFiber((fiber) =>
  Effect.succeed(fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()),
)

export const makeMemoryStore: Effect.Effect<BreakerStore["Service"], never, Scope.Scope> =
  Effect.gen(function* () {
    const context = yield* Layer.build(CircuitBreaker.layerStoreMemory())
    const circuits = Context.get(context, CircuitBreaker.CircuitBreakerStore)
    const overrides = new Map<string, Override>()
    // Effect's store cannot forget a circuit, so a reset goes on under a new name.
    const resets = new Map<string, number>()
    const named = (key: string) => {
      const count = resets.get(key)
      return count === undefined ? key : `${key}\u0000${count}`
    }
    return BreakerStore.of({
      remote: false,
      circuits: {
        admit: (key) => circuits.admit(named(key)),
        // A call of before a reset brings a generation that its new name has never had.
        record: (options) => circuits.record({ ...options, key: named(options.key) }),
        state: (key) => circuits.state(named(key)),
      },
      override: (key) => Effect.sync(() => overrides.get(key)),
      force: (key, mode, millis) =>
        Effect.map(now, (at) => {
          overrides.set(key, { mode, until: millis === undefined ? undefined : at + millis })
        }),
      reset: (key) =>
        Effect.sync(() => {
          overrides.delete(key)
          resets.set(key, (resets.get(key) ?? 0) + 1)
        }),
    })
  })

const storeError = (error: Redis.RedisError): StoreError =>
  new CircuitBreaker.CircuitBreakerError({
    reason: new CircuitBreaker.CircuitBreakerStoreError({
      message: "Redis did not carry out a command of the breaker",
      cause: error.cause,
    }),
  })

// The time left and not a point in time: clocks differ between machines.
const overrideScript = Redis.script((key: string) => [key], {
  numberOfKeys: 1,
  lua: `
local mode = redis.call("GET", KEYS[1])
if not mode then return { "", 0 } end
return { mode, redis.call("PTTL", KEYS[1]) }
`,
}).withReturnType<readonly [mode: string, millisLeft: number]>()

export interface RedisStoreOptions {
  /** In front of every key. Default: `visa-direct:breaker:`. */
  readonly prefix?: string | undefined
  /**
   * How long a probe may go without a sign of life before another process may send one. Default: 10
   * seconds.
   */
  readonly probeLease?: Duration.Input | undefined
  /** How long a circuit that nobody uses is remembered. Default: 1 hour. */
  readonly idleTimeToLive?: Duration.Input | undefined
}

export const makeRedisStore = Effect.fnUntraced(function* (options: RedisStoreOptions = {}) {
  const redis = yield* Redis.Redis
  const prefix = options.prefix ?? "visa-direct:breaker:"
  const circuitKey = (key: string) => `${prefix}circuit:${key}`
  const overrideKey = (key: string) => `${prefix}override:${key}`
  const context = yield* Layer.build(
    CircuitBreaker.layerStoreRedis({
      prefix: circuitKey(""),
      probeLease: options.probeLease,
      idleTimeToLive: options.idleTimeToLive,
    }),
  )
  const readOverride = redis.eval(overrideScript)
  return BreakerStore.of({
    remote: true,
    circuits: Context.get(context, CircuitBreaker.CircuitBreakerStore),
    override: (key) =>
      Effect.zipWith(
        readOverride(overrideKey(key)),
        now,
        ([mode, millisLeft], at): Override | undefined =>
          mode === "Open" || mode === "Closed"
            ? { mode, until: millisLeft < 0 ? undefined : at + millisLeft }
            : undefined,
      ).pipe(Effect.mapError(storeError)),
    force: (key, mode, millis) =>
      redis
        .send(
          "SET",
          overrideKey(key),
          mode,
          ...(millis === undefined ? [] : ["PX", String(Math.max(1, Math.ceil(millis)))]),
        )
        .pipe(Effect.asVoid, Effect.mapError(storeError)),
    // One key a command: in a Redis cluster the two may lie on different nodes.
    reset: (key) =>
      redis
        .send("DEL", overrideKey(key))
        .pipe(
          Effect.andThen(redis.send("DEL", circuitKey(key))),
          Effect.asVoid,
          Effect.mapError(storeError),
        ),
  })
})

/** Whether a decision of an operator holds for every process or only for this one. */
export type Reach = "AllProcesses" | "ThisProcess"

/** Circuits that always answer: the store's, or this process's own while the store is away. */
export interface Circuits {
  readonly circuits: CircuitBreaker.CircuitBreakerStore["Service"]
  /** `known` is what holds for as long as the store is away. */
  readonly override: (
    key: string,
    known: Override | undefined,
  ) => Effect.Effect<Override | undefined>
  readonly force: (
    key: string,
    mode: Override["mode"],
    millis: number | undefined,
  ) => Effect.Effect<Reach>
  readonly reset: (key: string) => Effect.Effect<Reach>
}

const isStoreError = (error: StoreError): boolean =>
  error.reason._tag === "CircuitBreakerStoreError"

const unanswered = new CircuitBreaker.CircuitBreakerError({
  reason: new CircuitBreaker.CircuitBreakerStoreError({ message: "The store did not answer" }),
})

/** While the store is away, this process counts for itself. */
export const withFailover = (
  store: BreakerStore["Service"],
  local: BreakerStore["Service"],
  options: { readonly timeout: Duration.Duration; readonly pause: Duration.Duration },
): Circuits => {
  const failover = makeFailover({
    ...options,
    name: "The circuit breaker's store",
    unanswered,
    isAway: isStoreError,
  })
  const attempt: typeof failover = (command, orElse) =>
    store.remote ? failover(command, orElse) : command

  /** Keys with an override that the store could not be told of. */
  const onlyHere = new Set<string>()
  const done: Reach = store.remote ? "AllProcesses" : "ThisProcess"
  const here = Effect.succeed<Reach>("ThisProcess")

  return {
    // A generation says whose admission it is: below zero it is this process's own.
    circuits: {
      admit: (key) =>
        attempt(
          store.circuits.admit(key),
          Effect.map(local.circuits.admit(key), (admission) => ({
            ...admission,
            generation: -1 - admission.generation,
          })),
        ),
      record: (outcome) =>
        outcome.generation < 0
          ? local.circuits.record({ ...outcome, generation: -1 - outcome.generation })
          : attempt(store.circuits.record(outcome), Effect.undefined),
      state: (key) => attempt(store.circuits.state(key), local.circuits.state(key)),
    },
    override: (key, known) =>
      (onlyHere.has(key)
        ? local.override(key)
        : attempt(store.override(key), Effect.succeed(known))
      ).pipe(Effect.orDie),
    force: (key, mode, millis) =>
      attempt(
        Effect.map(store.force(key, mode, millis), () => {
          onlyHere.delete(key)
          return done
        }),
        Effect.andThen(local.force(key, mode, millis), () => {
          onlyHere.add(key)
          return here
        }),
      ).pipe(Effect.orDie),
    reset: (key) =>
      local.reset(key).pipe(
        Effect.andThen(() => {
          onlyHere.delete(key)
          return attempt(Effect.as(store.reset(key), done), here)
        }),
        Effect.orDie,
      ),
  }
}
