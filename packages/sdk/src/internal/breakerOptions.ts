/** Options of breakers, checked. */
import { Clock, Duration, Effect, Schedule } from "effect"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import type { VisaError } from "../VisaError.ts"
import { count, duration, invalid } from "./optionValues.ts"

/** When circuits open, and for how long. */
export interface BreakerOptions {
  /** Failures in a row that open a circuit. Default: 3. */
  readonly maxFailures?: number | undefined
  /**
   * In place of `maxFailures`: opens when at least `minimumCalls` of the last `size` calls are known and
   * the share of failures among them reaches `threshold` (0 to 1). Defaults: 0.5 of 100 calls.
   */
  readonly failureRate?:
    | {
        readonly threshold?: number | undefined
        readonly size?: number | undefined
        readonly minimumCalls?: number | undefined
      }
    | undefined
  /**
   * How long a circuit stays open. A schedule gives each opening in a row its own delay, and its last
   * one to all that follow; the row ends when the circuit has stayed closed as long as it was last open.
   * Default: 60 seconds.
   */
  readonly openDuration?: Duration.Input | Schedule.Schedule<unknown, number> | undefined
  /** The longest that a `retryAfter` of a failure can keep a circuit open. Default: 1 hour. */
  readonly maxRetryAfter?: Duration.Input | undefined
  /** A call that succeeds but takes this long counts as a failure. Default: none does. */
  readonly slowCallDuration?: Duration.Input | undefined
  /** What stands behind the circuits, for metrics: Visa's hosts or JWKS endpoints. Default: `host`. */
  readonly protects?: "host" | "jwks" | undefined
  /** How long a call waits for a store in Redis before this process decides alone. Default: 250 milliseconds. */
  readonly storeTimeout?: Duration.Input | undefined
}

export interface Policy {
  readonly trip: CircuitBreaker.TripPolicy
  readonly openDuration: Duration.Duration | Schedule.Schedule<unknown, number>
  readonly firstOpenMillis: number
  readonly maxRetryAfter: Duration.Duration
  readonly slowCallMillis: number
  readonly storeTimeout: Duration.Duration
  readonly protects: "host" | "jwks"
}

export const policyOf = Effect.fnUntraced(function* (
  options: BreakerOptions,
): Effect.fn.Return<Policy, VisaError> {
  const { failureRate, maxFailures, openDuration } = options
  if (failureRate !== undefined && maxFailures !== undefined) {
    return yield* invalid("breaker.failureRate", "Give failureRate or maxFailures, not both.")
  }
  const scheduled = Schedule.isSchedule(openDuration)
  const trip =
    failureRate === undefined
      ? CircuitBreaker.consecutive(yield* count("breaker.maxFailures", maxFailures, 3))
      : yield* Effect.catch(
          // It throws a RangeError that says which number is wrong.
          Effect.try({ try: () => CircuitBreaker.rate(failureRate), catch: String }),
          (detail) => invalid("breaker.failureRate", detail),
        )
  const open = scheduled
    ? openDuration
    : yield* duration("breaker.openDuration", openDuration, "60 seconds")
  return {
    trip,
    openDuration: open,
    firstOpenMillis: Duration.toMillis(Duration.isDuration(open) ? open : yield* firstDelay(open)),
    maxRetryAfter: yield* duration("breaker.maxRetryAfter", options.maxRetryAfter, "1 hour"),
    slowCallMillis:
      options.slowCallDuration === undefined
        ? Number.POSITIVE_INFINITY
        : Duration.toMillis(
            yield* duration("breaker.slowCallDuration", options.slowCallDuration, 0),
          ),
    storeTimeout: yield* duration("breaker.storeTimeout", options.storeTimeout, "250 millis"),
    protects: options.protects ?? "host",
  }
})

const firstDelay = (schedule: Schedule.Schedule<unknown, number>) =>
  Effect.gen(function* () {
    const step = yield* Schedule.toStep(schedule)
    const [, delay] = yield* step(yield* Clock.currentTimeMillis, 1)
    return delay
  }).pipe(
    Effect.catchCause(() =>
      invalid("breaker.openDuration", "The schedule ends before its first delay."),
    ),
  )

/** Each opening in a row lasts twice as long as the one before it, up to `longest`. */
export const doubling = (
  first: Duration.Duration,
  longest: Duration.Duration,
): Schedule.Schedule<unknown, number> =>
  Schedule.min([Schedule.exponential(first), Schedule.spaced(longest)])
