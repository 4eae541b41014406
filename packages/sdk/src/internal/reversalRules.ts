/**
 * What reversals and adjustments demand. Source: Visa's OpenAPI export (2025); the adjustment's codes
 * also from a post in Visa's developer community.
 */
import type { AdjustmentRequest, ReverseRequest } from "./reversalFields.ts"
import type { Rule } from "./rules.ts"
import { amountAboveZero, amountIncludes, oneSenderCard } from "./rules.ts"

const day = 24 * 3_600_000

/** `transmissionDateTime` is Visa's and so GMT, although the reversal carries it without a zone. */
const ageOf = ({ originalDataElements }: ReverseRequest, now: number): number =>
  now - Date.parse(`${originalDataElements.transmissionDateTime}Z`)

export const reverseRules: ReadonlyArray<Rule<ReverseRequest>> = [
  oneSenderCard,
  amountAboveZero,
  ...amountIncludes,
  {
    field: "originalDataElements.systemsTraceAuditNumber",
    demand: "Give the reversal the STAN and RRN of the pull: FundsTransfer.reversalOf does.",
    broken: (reversal) =>
      reversal.originalDataElements.systemsTraceAuditNumber !== reversal.systemsTraceAuditNumber,
  },
  {
    field: "originalDataElements.transmissionDateTime",
    demand:
      "Use FundsTransfer.adjustment: this pull is more than 24 hours old and can no longer be reversed.",
    broken: (reversal, now) => !(ageOf(reversal, now) <= day),
  },
]

export const adjustmentRules: ReadonlyArray<Rule<AdjustmentRequest>> = [
  {
    field: "senderPrimaryAccountNumber",
    demand:
      "Give the card: senderPrimaryAccountNumber, senderPaymentCredentialReference or primaryAccountNumber.",
    broken: (adjustment) =>
      adjustment.senderPrimaryAccountNumber === undefined &&
      adjustment.senderPaymentCredentialReference === undefined &&
      adjustment.primaryAccountNumber === undefined,
  },
  amountAboveZero,
  ...amountIncludes,
  {
    field: "transactionTypeCode",
    demand: "Give 22, credit, with 2140: a pull cannot be adjusted by a further debit.",
    broken: ({ messageReasonCode, transactionTypeCode }) =>
      messageReasonCode === 2140 && transactionTypeCode !== "22",
  },
  {
    field: "transactionTypeCode",
    demand: "Give 02, debit, with 5120: it takes a sales-tax rebate back.",
    broken: ({ messageReasonCode, transactionTypeCode }) =>
      messageReasonCode === 5120 && transactionTypeCode !== "02",
  },
  {
    field: "businessApplicationId",
    demand: "Give FD with 5120: only rebates that were pushed as a disbursement are taken back.",
    broken: ({ businessApplicationId, messageReasonCode }) =>
      messageReasonCode === 5120 && businessApplicationId !== "FD",
  },
]
