/** What all guards have in common: a span, and a count of what they refuse. */
import { Effect } from "effect"
import { Telemetry } from "../Telemetry.ts"
import type { guards } from "../Telemetry.ts"
import type { VisaError } from "../VisaError.ts"

/** What may become otherwise by itself, such as a database that is down, refuses nobody. */
const isRefusal = ({ retry }: VisaError): boolean => retry === "Never" || retry === "AfterFix"

/** Runs what may refuse a payout. Counted are refusals: failures that only another payout can avoid. */
export const guarded =
  (guard: (typeof guards)[number]) =>
  <A, R>(self: Effect.Effect<A, VisaError, R>): Effect.Effect<A, VisaError, R> =>
    self.pipe(
      Effect.tapError((error) =>
        isRefusal(error) ? Telemetry.guardFailures.increment({ guard }) : Effect.void,
      ),
      Telemetry.span("guard", { "visa.guard": guard }),
    )
