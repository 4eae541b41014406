/**
 * The circuit breaker around each host of Visa.
 *
 * When half of the last calls have failed for reasons that are the host's, further ones fail at once
 * with `CircuitOpen`, which says when to come back: nothing of them was sent, so no money moved. After
 * a few seconds one call goes through as a probe.
 *
 * What counts is what says something about the host: no connection, no answer in time, an answer that
 * breaks off, 408 and 5xx. A decline, a refusal, a 429 and a 202 show that it works. What never came
 * to a connection, such as a request that could not be encrypted, says nothing.
 *
 * Calls that ask what became of a payment are never refused. They are how an unknown outcome gets
 * known, there are few of them, and the first that succeeds says that Visa is back. While the circuit
 * is closed or lets a probe through they count like all others, and can be that probe.
 *
 * State, changes and the switch for incidents are those of {@link Breaker}; the key is the host with its
 * port, such as `api.visa.com`.
 */
import { Cause, Clock, Config, Context, Duration, Effect, Exit, Layer, Option } from "effect"
import { Breaker } from "./Breaker.ts"
import type { BreakerOptions, CircuitRejection, Outcome } from "./Breaker.ts"
import { doubling } from "./internal/breakerOptions.ts"
import { optionInvalid } from "./internal/optionInvalid.ts"
import { VisaError } from "./VisaError.ts"
import type { MoneyRole, Tag } from "./VisaError.ts"

/** As of {@link Breaker}, with other defaults: half of the last 20 calls, 5 seconds growing to a minute. */
export type HostBreakerOptions = Omit<BreakerOptions, "protects">

const defaults = {
  failureRate: { threshold: 0.5, size: 20, minimumCalls: 10 },
  firstOpen: Duration.seconds(5),
  longestOpen: Duration.minutes(1),
  maxRetryAfter: Duration.minutes(5),
} as const

/** Failures before there is an answer, and those of an answer that broke off. */
const hostFailures: ReadonlySet<Tag> = new Set<Tag>([
  "HostNotFound",
  "ConnectionRefused",
  "ConnectTimeout",
  "ConnectionFailed",
  "ConnectionLost",
  "ResponseTimeout",
  "ResponseTruncated",
  "RequestTimeout",
])

/** 5xx with which one API says that it has trouble, through a gateway that works. */
const apiFailures: ReadonlySet<Tag> = new Set<Tag>([
  "FxInternalError",
  "AliasInternalError",
  "AliasDirectoryUnavailable",
])

/**
 * What an attempt says about the host.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Exit } from "effect"
 * import { HostBreaker, VisaError } from "effect-visa-direct"
 *
 * const declined = Exit.fail(VisaError.of("InsufficientFunds", {}, { httpStatus: 200 }))
 * assert.strictEqual(HostBreaker.outcomeOf(declined)._tag, "Success")
 * const down = Exit.fail(VisaError.of("ServiceUnavailable", {}, { httpStatus: 503 }))
 * assert.strictEqual(HostBreaker.outcomeOf(down)._tag, "Failure")
 */
const outcomeOf = (exit: Exit.Exit<unknown, VisaError>): Outcome => {
  if (Exit.isSuccess(exit)) return Breaker.success
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (error === undefined) return Breaker.ignored
  const { _tag, retryAfterMillis } = error.reason
  const { httpStatus } = error.context
  if (hostFailures.has(_tag)) return Breaker.failure()
  if (httpStatus === undefined) return Breaker.ignored
  return httpStatus >= 500 && !apiFailures.has(_tag)
    ? Breaker.failure({ retryAfter: retryAfterMillis })
    : Breaker.success
}

/** For how long a refusal of the breaker lets calls pass by the limiter. */
const trustMillis = 1_000

/** Refuses calls to a host that is down. */
export class HostBreaker extends Context.Service<
  HostBreaker,
  Pick<Breaker["Service"], "state" | "changes" | "forceOpen" | "forceClosed" | "reset"> & {
    /** Makes an attempt, or fails with `CircuitOpen`. */
    readonly protect: (
      host: string,
      operation: { readonly money: MoneyRole },
    ) => <A, R>(attempt: Effect.Effect<A, VisaError, R>) => Effect.Effect<A, VisaError, R>
    /** Whether a call was refused within the last second and the next one will be, too. */
    readonly isRefusing: (host: string) => Effect.Effect<boolean>
  }
>()("effect-visa-direct/HostBreaker") {
  static readonly outcomeOf = outcomeOf

  /**
   * Builds the service on the `BreakerStore` of the context, or in memory when there is none. `off`: no
   * call is ever refused.
   */
  static readonly make = Effect.fnUntraced(function* (options: HostBreakerOptions | "off" = {}) {
    const given = options === "off" ? {} : options
    const breaker = yield* Breaker.make({
      ...(given.maxFailures === undefined ? { failureRate: defaults.failureRate } : {}),
      openDuration: doubling(defaults.firstOpen, defaults.longestOpen),
      maxRetryAfter: defaults.maxRetryAfter,
      ...given,
      protects: "host",
    })
    const refusingUntil = new Map<string, number>()

    const refused = (rejection: CircuitRejection) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        refusingUntil.set(rejection.key, now + Math.min(trustMillis, rejection.retryAfterMillis))
        return Effect.fail(
          VisaError.of("CircuitOpen", {
            retryAfterMillis: rejection.retryAfterMillis,
            detail: `The circuit of ${rejection.key} is ${rejection.circuit}.`,
          }),
        )
      })

    const protect: HostBreaker["Service"]["protect"] = (host, { money }) => {
      const isNeverRefused = money === "reports"
      return (attempt) => {
        const admitted = Effect.andThen(admitAgain(host), attempt)
        return Effect.catchIf(
          breaker.protect(host, admitted, { outcome: outcomeOf }),
          (error) => error._tag === "CircuitRejection",
          (rejection) =>
            isNeverRefused && rejection.circuit !== "ForcedOpen" ? attempt : refused(rejection),
        )
      }
    }

    const admitAgain = (host: string) => Effect.sync(() => refusingUntil.delete(host))

    return HostBreaker.of({
      protect: options === "off" ? () => (attempt) => attempt : protect,
      isRefusing: (host) =>
        Effect.map(
          Clock.currentTimeMillis,
          (now) => now < (refusingUntil.get(host) ?? Number.NEGATIVE_INFINITY),
        ),
      state: breaker.state,
      changes: breaker.changes,
      forceOpen: breaker.forceOpen,
      forceClosed: (host, duration) =>
        Effect.andThen(admitAgain(host), breaker.forceClosed(host, duration)),
      reset: (host) => Effect.andThen(admitAgain(host), breaker.reset(host)),
    })
  })

  /** Fails with `OptionInvalid`. */
  static readonly layer = (
    options?: HostBreakerOptions | "off",
  ): Layer.Layer<HostBreaker, VisaError> => Layer.effect(HostBreaker, HostBreaker.make(options))

  /**
   * Reads `VISA_DIRECT_HOST_BREAKER` (`on` or `off`), `VISA_DIRECT_HOST_BREAKER_FAILURE_RATE`,
   * `VISA_DIRECT_HOST_BREAKER_MINIMUM_CALLS`, `VISA_DIRECT_HOST_BREAKER_OPEN_DURATION` and
   * `VISA_DIRECT_HOST_BREAKER_MAX_OPEN_DURATION`.
   */
  static readonly layerConfig: Layer.Layer<HostBreaker, VisaError> = Layer.effect(
    HostBreaker,
    Effect.gen(function* () {
      const options = yield* Config.all({
        mode: Config.option(Config.Literals(["on", "off"], "VISA_DIRECT_HOST_BREAKER")),
        threshold: Config.option(Config.Number("VISA_DIRECT_HOST_BREAKER_FAILURE_RATE")),
        minimumCalls: Config.option(Config.Int("VISA_DIRECT_HOST_BREAKER_MINIMUM_CALLS")),
        first: Config.option(Config.Duration("VISA_DIRECT_HOST_BREAKER_OPEN_DURATION")),
        longest: Config.option(Config.Duration("VISA_DIRECT_HOST_BREAKER_MAX_OPEN_DURATION")),
      }).pipe(Effect.mapError(optionInvalid))
      if (Option.contains(options.mode, "off")) return yield* HostBreaker.make("off")
      const minimumCalls = Option.getOrElse(
        options.minimumCalls,
        () => defaults.failureRate.minimumCalls,
      )
      return yield* HostBreaker.make({
        failureRate: {
          threshold: Option.getOrElse(options.threshold, () => defaults.failureRate.threshold),
          minimumCalls,
          size: Math.max(defaults.failureRate.size, minimumCalls),
        },
        openDuration: doubling(
          Option.getOrElse(options.first, () => defaults.firstOpen),
          Option.getOrElse(options.longest, () => defaults.longestOpen),
        ),
      })
    }),
  )
}
