/** What the search for the outcome of a payment leaves behind. */
import { Effect, Exit, Option } from "effect"
import type { Scope } from "effect"
import { Telemetry } from "../Telemetry.ts"
import { VisaError } from "../VisaError.ts"

export interface Known {
  readonly via: string
}

/** Runs what finds an outcome in a span that says how it came to be known. */
export const outcomeSpan = (span: "outcome" | "resolve") =>
  Telemetry.span(span, {}, (exit: Exit.Exit<Known, unknown>) =>
    Exit.isSuccess(exit) ? { "visa.outcome.via": exit.value.via } : {},
  )

const where = "in_flight"

const foundBy = (exit: Exit.Exit<Known, unknown>) =>
  Exit.isSuccess(exit)
    ? "paid"
    : Option.getOrUndefined(Exit.findErrorOption(exit)) instanceof VisaError
      ? "not_paid"
      : "open"

/**
 * Shows, until the scope closes, how many payments are being asked about and how old the oldest is.
 * What it answers wraps the search for one of them.
 */
export const observeOutcomes: Effect.Effect<
  (
    firstSentAt: number,
  ) => <A extends Known, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>,
  never,
  Scope.Scope
> = Effect.gen(function* () {
  // Objects, because two payments can have been sent in the same millisecond.
  const open = new Set<{ readonly firstSentAt: number }>()
  const oldest = () => Math.min(...Array.from(open, ({ firstSentAt }) => firstSentAt))
  yield* Telemetry.unknownOutcomes.observe(() => open.size, { where })
  yield* Telemetry.unknownOutcomeAge.observe(
    (now) => (open.size === 0 ? 0 : Math.max(0, (now - oldest()) / 1000)),
    { where },
  )
  return (firstSentAt) => (self) =>
    Effect.suspend(() => {
      const payment = { firstSentAt }
      open.add(payment)
      return self.pipe(
        outcomeSpan("resolve"),
        Effect.onExit((exit) => {
          open.delete(payment)
          return Telemetry.outcomesResolved.increment({ outcome: foundBy(exit) })
        }),
      )
    })
})
