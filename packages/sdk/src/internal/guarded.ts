/** What all guards have in common: a span, and a count of what they refuse. */
import { Effect } from "effect"
import { Telemetry } from "../Telemetry.ts"
import type { guards } from "../Telemetry.ts"
import type { Row, VisaError } from "../VisaError.ts"

/** A store, a service or Visa that gives no answer refuses nobody. */
const silent: ReadonlySet<Row["category"]> = new Set([
  "connectivity",
  "processing",
  "capacity",
  "outage",
])

const isRefusal = ({ reason }: VisaError): boolean => !silent.has(reason.row.category)

/** Runs what may refuse a payout. Counted are refusals, and not that there was no answer. */
export const guarded =
  (guard: (typeof guards)[number]) =>
  <A, R>(self: Effect.Effect<A, VisaError, R>): Effect.Effect<A, VisaError, R> =>
    self.pipe(
      Effect.tapError((error) =>
        isRefusal(error) ? Telemetry.guardFailures.increment({ guard }) : Effect.void,
      ),
      Telemetry.span("guard", { "visa.guard": guard }),
    )
