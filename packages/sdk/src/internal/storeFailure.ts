/** From what a database or Redis fails with to a `VisaError`, which holds nothing of the statement. */
import { Effect, Schedule } from "effect"
import { VisaError } from "../VisaError.ts"

interface Failed {
  readonly _tag: string
  readonly reason?: { readonly _tag: string } | undefined
}

/** Fails with `StoreUnavailable`. The cause itself goes to the log, at the level Debug. */
export const storeUnavailable =
  (store: string) =>
  (error: Failed): Effect.Effect<never, VisaError> =>
    Effect.andThen(
      Effect.logDebug(`${store} failed`, error),
      Effect.fail(
        VisaError.of("StoreUnavailable", {
          detail: `${store} failed with ${error.reason?._tag ?? error._tag}`,
        }),
      ),
    )

/** How who must not go on without a store asks it again, for as long as it takes. */
export const storeRetry = Schedule.min([
  Schedule.exponential("200 millis"),
  Schedule.spaced("30 seconds"),
])

/**
 * For what must not go on without the database, because that could lose a payout: it waits, and says so.
 *
 * @param what as the log is to name it
 */
export const patiently =
  (what: string) =>
  <A, R>(self: Effect.Effect<A, Failed, R>): Effect.Effect<A, never, R> =>
    self.pipe(
      Effect.tapError(({ _tag, reason }) =>
        Effect.logWarning(`${what} wait for the database`, reason?._tag ?? _tag),
      ),
      Effect.retry({ schedule: storeRetry }),
      Effect.orDie,
    )
