/**
 * One payout as a durable workflow: what happens, in which order, and what is stored in between.
 *
 * The process that accepts a payout runs it itself, and stores the same activities; the engine has it
 * from where it has to wait: see `internal/executions.ts`.
 *
 * | activity | does | stores |
 * |---|---|---|
 * | `preflight` | guards reserve; alias, card, policy, compliance, quote | what was decided, or the refusal |
 * | `identity` | STAN, RRN, local time and ids of everything that will be sent | them |
 * | `pull`, `fund` | debit the card that funds the payout, and hold the debit for it | what became of it |
 * | `rate` | keeps the rate, or gets a new one where the policy lets it | the id of the quote |
 * | `push` or `payout` | claims, sends, resolves; guards commit what was paid | what became of it |
 * | `reverse`, `adjust`, `makeGood` | undo the debit of a payout that was declined | what became of it |
 * | `release` | guards release | that they did |
 *
 * What an activity has stored it never does again; one that was under way when the process died runs
 * again. So each of them can be repeated, and those that move money are claimed first and ask Visa what
 * became of an earlier attempt: see `internal/moneyStep.ts`.
 *
 * A step whose outcome stays unknown puts the payout on the work list and the workflow to sleep
 * (`<step>/news/<round>`), with everything that is held still held. The engine's own compensation is not
 * used: it acts on any failure, and here only proof undoes anything.
 *
 * The workflow never fails. How a payout ends is its result; a defect suspends it and puts it on the work
 * list, because a payout that ends with one would be lost.
 */
import { Schema } from "effect"
import { Workflow } from "effect/workflow"
import { workflowName } from "../internal/wake.ts"
import { PayoutDeclined, PayoutRefused, Settled } from "./PayoutResult.ts"
import { Sealed } from "./PayoutVault.ts"

/** How a payout ended, and the fingerprint of what it was: that tells a joiner from a conflict. */
export const Ending = Schema.Struct({
  fingerprint: Schema.String,
  result: Schema.Union([Settled, PayoutDeclined, PayoutRefused]),
})
export type Ending = typeof Ending.Type

/** What the engine stores of a payout when it is accepted. Nothing personal is in it in clear. */
export const payload = {
  key: Schema.String,
  fingerprint: Schema.String,
  /** The payout itself, as the vault sealed it. */
  sealed: Sealed,
  /** Milliseconds since the epoch. */
  acceptedAt: Schema.Int,
} as const

export const PayoutWorkflow = Workflow.make(workflowName, {
  payload,
  idempotencyKey: ({ key }) => key,
  success: Ending,
}).annotate(Workflow.SuspendOnFailure, true)
