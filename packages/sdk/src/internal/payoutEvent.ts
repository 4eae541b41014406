/** What can happen to a payout. Nothing personal: these are stored, delivered and kept for auditors. */
import { Schema } from "effect"
import { Money } from "../Money.ts"

const text = Schema.optionalKey(Schema.String)

const about = {
  /** The payout's key. */
  payout: Schema.String,
  /** Milliseconds since the epoch. */
  at: Schema.Int,
  /** Counted from 1 where the same can happen several times. */
  round: Schema.optionalKey(Schema.Int),
} as const

const event = <const Tag extends string, const F extends Schema.Struct.Fields>(
  tag: Tag,
  fields: F,
) => Schema.TaggedStruct(tag, { ...about, ...fields })

/** Of the steps that move money: `push`, `payout`, `pull`, `reverse` and `adjust`. */
const step = { step: Schema.String } as const

/** Every kind of event, in the order in which they come. */
export const PayoutEvent = Schema.Union([
  event("Accepted", {
    rail: Schema.String,
    funding: Schema.String,
    /** `GB-PH`. */
    corridor: Schema.String,
    amount: Money.Schema,
  }),
  /** A guard let the payout through and holds what it needs. */
  event("Reserved", { guard: Schema.String }),
  event("AliasResolved", {}),
  event("CardInspected", {}),
  event("CardValidated", {}),
  event("PolicyPassed", { policy: text, version: text }),
  /** The parties were screened and cleared, or need not be. */
  event("Screened", { decision: Schema.String }),
  event("Quoted", { quoteId: text, rate: Schema.String, expiresAt: Schema.String }),
  /** Made once, before anything is sent: what to look for at Visa. */
  event("Identified", {
    ...step,
    systemsTraceAuditNumber: text,
    retrievalReferenceNumber: text,
    clientReferenceId: text,
  }),
  /** Nothing left this process, for a reason that may pass: it will be tried again. */
  event("Delayed", { ...step, reason: Schema.String }),
  /** Whether it was made is not known: it is on the work list, and what is held stays held. */
  event("Unknown", { ...step, reason: Schema.String }),
  /** A person said what Visa could not. */
  event("Decided", { ...step, paid: Schema.Boolean, by: Schema.String, evidence: Schema.String }),
  /** The card that funds the payout was debited. */
  event("Pulled", { transactionIdentifier: text, amount: Schema.optionalKey(Money.Schema) }),
  /** What a guard held is used up. */
  event("Committed", { guard: Schema.String }),
  /** What a guard held is free again. */
  event("Released", { guard: Schema.String }),
  /** The debit of the card was undone: within 24 hours by a reversal, later by an adjustment. */
  event("Undone", { by: Schema.Literals(["reversal", "adjustment"]), transactionIdentifier: text }),
  /** The payout was made. To accounts and wallets: Visa has accepted it, `status` says how far it is. */
  event("Settled", {
    via: Schema.String,
    transactionIdentifier: text,
    payoutId: text,
    status: text,
  }),
  /** Visa or a bank said no; nothing was paid. */
  event("Declined", { ...step, reason: Schema.String, code: text }),
  /** It was not sent, or refused before anybody decided on it; nothing was paid. */
  event("Refused", { step: Schema.String, reason: Schema.String, rule: text }),
])
export type PayoutEvent = typeof PayoutEvent.Type
