/**
 * When a push (OCT) needs which field. Source: Visa's OpenAPI export (2025), the conditions in its field
 * descriptions. Where the request does not say where the recipient's card is from, it is taken to be
 * domestic: a rule that cannot be decided here is left to Visa.
 */
import type { PushRequest } from "./pushFields.ts"
import type { Rule } from "./rules.ts"
import {
  acceptorAddress,
  amountAboveZero,
  disbursements,
  isDeferrable,
  isIn,
  loadsAndBillPayments,
  moneyTransfers,
} from "./rules.ts"

const isMoneyTransfer = (push: PushRequest) => moneyTransfers.has(push.businessApplicationId)
const isDisbursement = (push: PushRequest) => disbursements.has(push.businessApplicationId)
const isLoadOrBillPayment = (push: PushRequest) =>
  loadsAndBillPayments.has(push.businessApplicationId)

const isCrossBorder = (push: PushRequest) =>
  push.recipientCountryCode !== undefined && push.recipientCountryCode !== push.acquirerCountryCode

/** Cross-border or US domestic money transfers and disbursements; loads and bill payments in the US. */
const namesItsSender = (push: PushRequest) =>
  ((isMoneyTransfer(push) || isDisbursement(push)) &&
    (isCrossBorder(push) || isIn(push.acquirerCountryCode, "US"))) ||
  (isLoadOrBillPayment(push) && isIn(push.acquirerCountryCode, "US"))

const crossesCanada = (push: PushRequest) =>
  isCrossBorder(push) &&
  (isIn(push.recipientCountryCode, "CA") ||
    (isIn(push.acquirerCountryCode, "CA") &&
      push.amount.currency === "CAD" &&
      push.amount.minor > 1_000_00))

const needsPurpose = ({ businessApplicationId, recipientCountryCode }: PushRequest) =>
  isIn(recipientCountryCode, "IN", "BD", "EG", "CO") ||
  (isIn(recipientCountryCode, "AR") && !["CO", "CI", "MP"].includes(businessApplicationId)) ||
  (isIn(recipientCountryCode, "CL") && businessApplicationId === "FD")

type Field = keyof PushRequest & string

/** `field` is demanded where `when` holds. */
const needs = (
  field: Field,
  when: (push: PushRequest) => boolean,
  why: string,
): Rule<PushRequest> => ({
  field,
  demand: `Give ${field}: ${why}.`,
  broken: (push) => when(push) && push[field] === undefined,
})

const sender = "a payment that is cross-border or within the US names its sender"
const canada = "a payment to Canada, or over CAD 1000 from it, names the recipient's address"

export const pushRules: ReadonlyArray<Rule<PushRequest>> = [
  {
    field: "recipientPrimaryAccountNumber",
    demand:
      "Give exactly one of recipientPrimaryAccountNumber and recipientPaymentCredentialReference.",
    broken: (push) =>
      (push.recipientPrimaryAccountNumber === undefined) ===
      (push.recipientPaymentCredentialReference === undefined),
  },
  amountAboveZero,
  {
    field: "surcharge",
    demand: "Give the surcharge in the currency of amount.",
    broken: ({ amount, surcharge }) =>
      surcharge !== undefined && surcharge.currency !== amount.currency,
  },
  {
    field: "senderAccountNumber",
    demand:
      "Give senderAccountNumber, or senderReference where the money does not come from an account.",
    broken: (push) =>
      isMoneyTransfer(push) &&
      push.senderAccountNumber === undefined &&
      push.senderReference === undefined,
  },
  needs("senderReference", isDisbursement, "a disbursement always has a reference"),
  {
    field: "senderName",
    demand: `Give senderName, or senderFirstName and senderLastName: ${sender}.`,
    broken: (push) =>
      namesItsSender(push) &&
      push.senderName === undefined &&
      (push.senderFirstName === undefined || push.senderLastName === undefined),
  },
  needs("senderAddress", namesItsSender, sender),
  needs("senderCity", namesItsSender, sender),
  needs("senderCountryCode", namesItsSender, sender),
  needs(
    "senderStateCode",
    (push) => isIn(push.senderCountryCode, "US", "CA"),
    "senders in the US and Canada have a state",
  ),
  needs(
    "sourceOfFundsCode",
    (push) =>
      isMoneyTransfer(push) ||
      isDisbursement(push) ||
      (isLoadOrBillPayment(push) && !isIn(push.acquirerCountryCode, "US")),
    "money transfers and disbursements say where the money comes from, usually 05 for disbursements",
  ),
  {
    field: "sourceOfFundsCode",
    demand: "Do not pay a card's bill from credit: 01 and 06 are not accepted.",
    broken: (push) =>
      push.businessApplicationId === "CP" &&
      (push.sourceOfFundsCode === "01" || push.sourceOfFundsCode === "06"),
  },
  {
    field: "recipientName",
    demand:
      "Give recipientName, or recipientFirstName and recipientLastName: a cross-border money transfer names the recipient.",
    broken: (push) =>
      isMoneyTransfer(push) &&
      isCrossBorder(push) &&
      push.recipientName === undefined &&
      (push.recipientFirstName === undefined || push.recipientLastName === undefined),
  },
  needs("recipientAddressLine1", crossesCanada, canada),
  needs("recipientCity", crossesCanada, canada),
  needs("recipientState", crossesCanada, canada),
  needs("recipientPostalCode", crossesCanada, canada),
  needs(
    "recipientCardExpiryDate",
    (push) => isIn(push.recipientCountryCode, "US"),
    "cards that were issued in the US are paid with their expiry date",
  ),
  needs("purposeOfPayment", needsPurpose, "the recipient's country wants a purpose of payment"),
  ...acceptorAddress,
  {
    field: "cardAcceptor.legalBusinessName",
    demand:
      "Give legalBusinessName: a cross-border money transfer to a Canadian or Australian card names it.",
    broken: (push) =>
      isMoneyTransfer(push) &&
      isCrossBorder(push) &&
      isIn(push.recipientCountryCode, "CA", "AU") &&
      push.cardAcceptor.legalBusinessName === undefined,
  },
  {
    field: "messageReasonCode",
    demand: "Give messageReasonCode only as 5120, a sales-tax rebate, with FD.",
    broken: (push) =>
      push.messageReasonCode !== undefined &&
      (push.messageReasonCode !== 5120 || push.businessApplicationId !== "FD"),
  },
  {
    field: "serviceProcessingType.deferredDateTime",
    demand: "Give a time from 24 to 48 hours ahead, as CCYYMMDDHHMM in GMT.",
    broken: ({ serviceProcessingType }, now) =>
      serviceProcessingType?.requestType === "03" &&
      !isDeferrable(serviceProcessingType.deferredDateTime, now),
  },
]
