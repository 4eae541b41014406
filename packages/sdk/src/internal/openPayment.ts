/** What is kept of a payment whose outcome is open. */
import { Schema } from "effect"
import { Money } from "../Money.ts"

const asked = {
  /** Milliseconds since the epoch. */
  firstSentAt: Schema.Int,
  /** How often it was sent again under the same identity. */
  resends: Schema.Int,
  /** The tag of what was last seen. */
  lastReason: Schema.String,
} as const

const onCard = {
  acquiringBin: Schema.String,
  systemsTraceAuditNumber: Schema.String,
  retrievalReferenceNumber: Schema.String,
  cardAcceptorId: Schema.String,
  /** The newest id that Visa gave out for it; good for 24 hours. */
  statusIdentifier: Schema.optionalKey(Schema.String),
  ...asked,
} as const

const OpenPush = Schema.Struct({ operation: Schema.Literal("push"), ...onCard })

const OpenPull = Schema.Struct({
  operation: Schema.Literal("pull"),
  ...onCard,
  /** What was asked for: it tells the currency of a partial approval. */
  amount: Money.Schema,
})

/** STAN and RRN are those of the pull as well. */
const OpenReversal = Schema.Struct({ operation: Schema.Literal("reverse"), ...onCard })

const OpenPayout = Schema.Struct({
  operation: Schema.Literal("payout"),
  initiatingPartyId: Schema.Int,
  clientReferenceId: Schema.String,
  amount: Money.Schema,
  ...asked,
})

/**
 * A payment whose outcome is open, in a form that can be stored: no card number, no account and no
 * name is in it. `operation` tells which members it has.
 */
export const OpenPayment = Schema.Union([OpenPush, OpenPull, OpenReversal, OpenPayout])
export type OpenPayment = typeof OpenPayment.Type

/** The open payments of one operation. */
export type OpenOf<Operation extends OpenPayment["operation"]> = Extract<
  OpenPayment,
  { readonly operation: Operation }
>

/** An open push, pull or reversal. */
export type OpenOnCard = OpenOf<"push" | "pull" | "reverse">

const nameOf = (open: OpenPayment): string =>
  open.operation === "payout"
    ? `payout with the client reference ${open.clientReferenceId}`
    : `${open.operation} with STAN ${open.systemsTraceAuditNumber} and RRN ${open.retrievalReferenceNumber}`

/**
 * Visa could not say yet whether the payment was made. Store `open` and go on with `Outcome.resume`;
 * send nothing else for this payment.
 */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {
  open: OpenPayment,
  message: Schema.String,
}) {
  /** @internal */
  static of(open: OpenPayment): OutcomeUnknown {
    return new OutcomeUnknown({
      open,
      message:
        `OutcomeUnknown: Visa has not yet said what became of the ${nameOf(open)}; ` +
        `last seen was ${open.lastReason}. ` +
        "Next: Store it and ask again with Outcome.resume. Do not send it under another identity.",
    })
  }
}
