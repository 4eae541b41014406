/** What the work list keeps of a payout that nobody can end yet. Nothing personal. */
import { Schema } from "effect"
import type { Effect } from "effect"
import type { VisaError } from "../VisaError.ts"
import { OpenPayment } from "./openPayment.ts"

/** The step of a saga that itself broke down: there is nothing to ask Visa about. */
export const brokenStep = "saga"

/** One step of one payout that is stuck: nobody can say what became of it, or it cannot go on. */
export const OpenStep = Schema.Struct({
  /** The payout's key. */
  payout: Schema.String,
  /** `push`, `payout`, `pull`, `reverse` or `adjust`; `saga` where the saga itself broke down. */
  step: Schema.String,
  /** How often Visa has been asked in vain, in rounds. */
  round: Schema.Int,
  /** Milliseconds since the epoch: when it was sent, and when Visa is asked next. */
  since: Schema.Int,
  nextAt: Schema.Int,
  /** The tag of what was last seen. */
  reason: Schema.String,
  /** What to look for at Visa. Absent where the saga itself broke down. */
  open: Schema.optionalKey(OpenPayment),
  fingerprint: Schema.String,
})
export type OpenStep = typeof OpenStep.Type

/** A store of the work list. Fail with `StoreUnavailable` where it does not answer. */
export interface WorkStore {
  /** Puts a step on the list, in place of what is there of the same payout and step. */
  readonly put: (open: OpenStep) => Effect.Effect<void, VisaError>
  readonly close: (payout: string, step: string) => Effect.Effect<void, VisaError>
  /** What is open of a payout: one step at most. */
  readonly find: (payout: string) => Effect.Effect<OpenStep | undefined, VisaError>
  /** Oldest first. */
  readonly list: (limit: number) => Effect.Effect<ReadonlyArray<OpenStep>, VisaError>
  /** Has Visa asked about a payout by then, unless that is due sooner. Answers whether it is there. */
  readonly hasten: (payout: string, at: number) => Effect.Effect<boolean, VisaError>
  /** Those whose time to be asked about has come, longest due first. */
  readonly due: (now: number, limit: number) => Effect.Effect<ReadonlyArray<OpenStep>, VisaError>
  /** How many there are, and since when the oldest. */
  readonly summary: Effect.Effect<
    { readonly count: number; readonly oldest: number | undefined },
    VisaError
  >
}
