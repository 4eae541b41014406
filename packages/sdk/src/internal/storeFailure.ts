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
