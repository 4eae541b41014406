/** What a saga tells of itself, and how that is recorded: with the step that it tells of. */
import { Clock, Context, Effect } from "effect"
import type { PayoutEvents } from "../payouts/PayoutEvents.ts"
import type { VisaError } from "../VisaError.ts"
import type { PayoutEvent } from "./payoutEvent.ts"

/** Events of one payout, without what they have in common. */
export type Happened = PayoutEvent extends infer E
  ? E extends PayoutEvent
    ? Omit<E, "payout" | "at">
    : never
  : never

/** The events of the step that runs, where they are stored in one statement with what it brought. */
export const Told = Context.Reference<Array<PayoutEvent> | undefined>(
  "effect-visa-direct/internal/tell/Told",
  { defaultValue: () => undefined },
)

/** Tells what has happened to a payout, now. */
export const tell = (
  events: PayoutEvents["Service"],
  payout: string,
  happened: ReadonlyArray<Happened>,
): Effect.Effect<void, VisaError> =>
  Effect.contextWith((context: Context.Context<never>) => {
    const at = Context.get(context, Clock.Clock).currentTimeMillisUnsafe()
    // The type of an event without its common part has lost which member of the union it is.
    const all = happened.map((one) => ({ ...one, payout, at }) as PayoutEvent)
    const told = Context.get(context, Told)
    if (told === undefined) return events.record(all)
    told.push(...all)
    return Effect.void
  })
