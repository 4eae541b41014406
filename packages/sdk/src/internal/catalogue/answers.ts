/** What Visa answers that is no error: approvals, and statuses of payouts that are under way. */

/** The operations whose answers hold an action code. */
export type ActionOperation = "push" | "pull" | "reverse" | "adjust" | "cancel" | "verify"

export interface Approval {
  readonly tag: string
  readonly meaning: string
  /** Where the code is an approval; elsewhere the outcome is unknown (`UnexpectedApproval`). */
  readonly operations: ReadonlyArray<ActionOperation>
}

const everywhere = ["push", "pull", "reverse", "adjust", "cancel", "verify"] as const

/**
 * Action codes that approve. `08` is not one of them: it asks for an identification that nobody can
 * show on a push or pull, so `HonorWithIdentification` leaves the outcome open.
 *
 * Source: as for the other action codes; the answers to a cancellation are documented by Visa.
 */
export const approvals = {
  "00": {
    tag: "Approved",
    meaning: "approved and completed",
    operations: everywhere,
  },
  "10": {
    tag: "PartiallyApproved",
    meaning: "approved for the amount in `approvedAmount`, which is less than was asked for",
    operations: ["pull"],
  },
  "11": {
    tag: "ApprovedVip",
    meaning: "approved (V.I.P.)",
    operations: everywhere,
  },
  "85": {
    tag: "NoReasonToDecline",
    meaning: "verified; in the answer to a cancellation: cancelled",
    operations: ["verify", "cancel"],
  },
  R0: {
    tag: "AlreadyCancelled",
    meaning: "in the answer to a cancellation: cancelled before",
    operations: ["cancel"],
  },
} as const satisfies { readonly [code: string]: Approval }

export type ApprovalCode = keyof typeof approvals

/** Where a payout stands that has not ended badly. */
export interface PayoutProgress {
  readonly standing: "InProgress" | "ActionNeeded" | "Delivered"
  readonly meaning: string
}

/**
 * Statuses of account and wallet payouts that are no error. After `Delivered` the bank can still
 * return the money: `RETURNED`. A status in no table is to be asked for again.
 *
 * Source: Visa's Account and Wallet reference; `PENDING` is the body of a 202; `IN_PROGRESS` is seen
 * in a client that was written from it.
 */
export const payoutProgress = {
  PENDING: { standing: "InProgress", meaning: "accepted (202), not yet checked" },
  PAYMENT_RECEIVED: { standing: "InProgress", meaning: "received by Visa" },
  IN_PROGRESS: { standing: "InProgress", meaning: "being processed" },
  AWAITING_INFORMATION: {
    standing: "ActionNeeded",
    meaning: "held until the information that was asked for is given",
  },
  PENDING_CANCELLATION: {
    standing: "InProgress",
    meaning: "a cancellation was asked for and is not decided",
  },
  PAYMENT_SENT: { standing: "InProgress", meaning: "sent on by Visa" },
  DELIVERED_TO_SCHEME: { standing: "InProgress", meaning: "given to the local payment scheme" },
  DELIVERED_TO_RECIPIENT_BANK: {
    standing: "InProgress",
    meaning: "given to the recipient's bank, not yet credited",
  },
  PAYMENT_DELIVERED: { standing: "Delivered", meaning: "credited to the recipient" },
} as const satisfies { readonly [status: string]: PayoutProgress }

/** `fundingStatus` of account and wallet payouts. Source: Visa's Account and Wallet reference. */
export const fundingStatuses = {
  FUNDED: "the payout is covered by the originator's balance",
  NOT_FUNDED: "the originator's balance does not cover the payout: top it up",
  FUNDED_AGING: "covered, and marked as aging; Visa documents no more",
} as const

/**
 * The forms in which Visa wraps an error: which body it is, who answers so, and where code, text and
 * field stand in it.
 *
 * Source: Visa's specifications and samples. Besides these, 202 can be a bare id and gateways answer
 * with HTML.
 */
export const envelopes = [
  {
    form: "responseStatus",
    from: "the platform gateway: authentication, encryption, authorisation",
    code: "responseStatus.code",
    text: "responseStatus.message, responseStatus.info",
    field: undefined,
  },
  {
    form: "errorMessage",
    from: "Funds Transfer and Transaction Query",
    code: "four digits in errorMessage",
    text: "errorMessage",
    field: "quoted in errorMessage",
  },
  {
    form: "errorResponse",
    from: "foreign exchange, card attributes, account and wallet payouts",
    code: "errorResponse.reason, errorResponse.details[].code",
    text: "errorResponse.message, errorResponse.details[].message",
    field: "errorResponse.details[].location",
  },
  {
    form: "reason, message",
    from: "Alias Directory; version 2 adds code, a 404 may hold only url",
    code: "code, reason",
    text: "message",
    field: undefined,
  },
  {
    form: "timeOfFailure",
    from: "the payout processor behind account and wallet payouts",
    code: "code",
    text: "shortMsg, longMsg, failures[]",
    field: undefined,
  },
] as const
