/** What is known of one step that moves money, in the form in which claims and engines keep it. */
import { Schema } from "effect"
import { Money } from "../Money.ts"
import { VisaError } from "../VisaError.ts"
import { OpenPayment } from "./openPayment.ts"

const text = Schema.optionalKey(Schema.String)

/** Who decided where Visa could not say. */
const decided = {
  by: text,
  evidence: text,
} as const

/** It was made, exactly once. What is absent, Visa did not say. */
export const Done = Schema.TaggedStruct("Done", {
  /** `reply`, `status`, `query`, `resend`, or `decision`. */
  via: Schema.String,
  transactionIdentifier: text,
  actionCode: text,
  approvalCode: text,
  /** Of a payout to an account or wallet: Visa's id and the status with which it was accepted. */
  payoutId: text,
  payoutStatus: text,
  /** Of a pull: what was debited, and what its reversal repeats. */
  approvedAmount: Schema.optionalKey(Money.Schema),
  networkId: text,
  transmissionDateTime: text,
  tokenAssuranceMethod: text,
  ...decided,
})
export type Done = typeof Done.Type

/** It was certainly not made, or it was made and came back. */
export const NotDone = Schema.TaggedStruct("NotDone", { error: VisaError.Schema, ...decided })
export type NotDone = typeof NotDone.Type

/** Not a byte of it left, for a reason that may pass. */
export const Unsent = Schema.TaggedStruct("Unsent", { error: VisaError.Schema })
export type Unsent = typeof Unsent.Type

/** Nobody can say yet. */
export const Open = Schema.TaggedStruct("Open", {
  open: OpenPayment,
  /** Milliseconds since the epoch. */
  since: Schema.Int,
})
export type Open = typeof Open.Type

/** What is certain, and stays. */
export const Known = Schema.Union([Done, NotDone])
export type Known = Done | NotDone

export const StepResult = Schema.Union([Done, NotDone, Unsent, Open])
export type StepResult = Known | Unsent | Open
