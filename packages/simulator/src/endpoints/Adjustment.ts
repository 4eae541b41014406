/**
 * Adjustment: gives back a pull, or takes back a push, without the 24 hours that a reversal has.
 * The original is found by `transactionIdentifier` and acquiring BIN; trace and reference number
 * are the adjustment's own.
 *
 * Which original a reason is for is documented (2140 a pull, 2150 a push), and that a pull is
 * credited back and a push debited back; what a mismatch is answered is a reading:
 *
 * | finding | action code |
 * |---|---|
 * | no such transaction | 25 |
 * | not one with which money moved | 76 |
 * | reason or type of the other operation, other currency, more than is left | 77 |
 * | reversed, or adjusted in full | 79 |
 *
 * Where Visa's own samples and the table disagree, the samples win: `county` may be a name.
 */
import {
  digits,
  type FieldTable,
  number,
  object,
  opaque,
  required,
  text,
} from "../internal/FieldTable.ts"
import * as format from "../internal/formats.ts"
import { movesMoney, type Transaction } from "../internal/Network.ts"
import { overlay } from "../internal/overlay.ts"
import type { ScriptedAnswer } from "../Script.ts"
import { always, type BodyView, broken, type Condition, has } from "./conditions.ts"
import type { Endpoint, JsonObject, Prepared, Reply, World } from "./Endpoint.ts"
import { businessApplicationIds, credentialReference } from "./transferFields.ts"
import {
  common,
  type Draft,
  duplicate,
  masked,
  recordOf,
  type Result,
  thousandths,
} from "./transfers.ts"

const cardAcceptor = object({
  name: required(text(1, 25)),
  idCode: required(text(1, 15)),
  address: required(
    object({
      state: text(0, 2),
      county: text(0, 50),
      country: required(text(1, 3, format.alpha3Country)),
      zipCode: text(5, 9),
    }),
  ),
  terminalId: required(text(1, 8)),
  paymentFacilitator: opaque,
})

const adjustmentFields: FieldTable = {
  amount: required(format.amount),
  surcharge: text(1, 13, { pattern: /^\d+(\.\d{1,3})?$/ }),
  acquiringBin: required(format.acquiringBin),
  cardAcceptor: required(cardAcceptor),
  cardExpiryDate: format.expiry,
  cardProductCode: text(1, 2),
  senderReference: text(0, 16),
  customerReference: text(0, 35),
  merchantReference: text(0, 35),
  messageReasonCode: required(digits(4, 4, { oneOf: ["2140", "2150", "5120"] })),
  pointOfServiceData: required(
    object({
      panEntryMode: required(digits(1, 2)),
      posConditionCode: required(digits(1, 2)),
      specialConditionIndicatorMerchant: text(1, 1),
    }),
  ),
  senderCurrencyCode: required(format.currency),
  acquirerCountryCode: required(format.numericCountry),
  transactionTypeCode: required(digits(1, 2, { oneOf: ["22", "02", "2"] })),
  merchantCategoryCode: required(digits(4, 4, { padded: true })),
  primaryAccountNumber: format.primaryAccountNumber,
  senderCardExpiryDate: format.expiry,
  tokenAssuranceMethod: text(2, 2),
  businessApplicationId: required(text(2, 2, { oneOf: businessApplicationIds })),
  serviceProcessingType: object({ requestType: text(0, 2) }),
  transactionIdentifier: required(format.transactionIdentifier),
  visaMerchantIdentifier: text(0, 8),
  digitalWalletProviderId: text(1, 11),
  systemsTraceAuditNumber: required(format.stan),
  transactionCurrencyCode: format.currency,
  enablerVerificationValue: text(5, 5),
  localTransactionDateTime: required(format.localDateTime),
  retrievalReferenceNumber: required(format.retrievalReferenceAsNumber),
  mexicoNationalServiceData: opaque,
  transactionLinkIdentifier: text(1, 36),
  senderPrimaryAccountNumber: format.primaryAccountNumber,
  settlementServiceIndicator: number(0, 9),
  colombiaNationalServiceData: opaque,
  argentinaNationalServiceData: opaque,
  rewardProgramIdentificationCode: text(6, 6),
  senderPaymentCredentialReference: credentialReference(["PCI_TOKEN_REFID"]),
  dynamicCurrencyConversionIndicator: text(1, 1),
  senderIdentificationNumberIndividual: text(0, 13),
  recipientIdentificationNumberBusiness: text(0, 20),
  cpsAuthorizationCharacteristicsIndicator: text(1, 1),
}

const taxRebate = "5120"

const adjustmentRules: ReadonlyArray<Condition<BodyView>> = [
  {
    element: "primaryAccountNumber",
    about: "a credential is needed",
    applies: always,
    holds: (view) =>
      has("primaryAccountNumber")(view) ||
      has("senderPrimaryAccountNumber")(view) ||
      has("senderPaymentCredentialReference")(view),
  },
  {
    element: "amount",
    about: "decimals must fit the currency",
    applies: always,
    holds: ({ body }) => format.fitsCurrency(String(body["amount"]), currencyOf(body)),
  },
  {
    element: "messageReasonCode",
    about: "5120 with FD: a sales-tax rebate",
    applies: ({ body }) => String(body["messageReasonCode"]) === taxRebate,
    holds: ({ body }) => body["businessApplicationId"] === "FD",
    problem: "invalid",
  },
]

const currencyOf = (body: JsonObject) =>
  String(body["transactionCurrencyCode"] ?? body["senderCurrencyCode"])

const panOf = (body: JsonObject) =>
  body["primaryAccountNumber"] ?? body["senderPrimaryAccountNumber"]

const isCredit = (body: JsonObject) => String(body["transactionTypeCode"]) === "22"

const draftOf = (body: JsonObject): Draft => ({
  operation: "adjustment",
  transactionType: isCredit(body) ? "SALES REVERSAL" : "CRED REVERSAL",
  ...common(body),
  maskedPan: masked(panOf(body)),
  currency: currencyOf(body),
})

/** What reason and type go with an original; a tax rebate goes with either. */
const expected = {
  pull: { reason: "2140", credit: true },
  push: { reason: "2150", credit: false },
} as const

interface Finding {
  readonly actionCode: string
  readonly original?: Transaction
}

const judge = (world: World, body: JsonObject, adjustment: Draft): Finding => {
  const rows = world.network.find(
    { transactionIdentifier: String(body["transactionIdentifier"]) },
    adjustment.acquiringBin,
  )
  if (rows.length === 0) return { actionCode: "25" }
  const original = rows.find(({ operation }) => operation === "pull" || operation === "push")
  if (
    original === undefined ||
    original.state !== "COMPLETED" ||
    !movesMoney(original.result?.actionCode ?? "")
  ) {
    return { actionCode: "76" }
  }
  const { credit, reason } = expected[original.operation === "pull" ? "pull" : "push"]
  const given = String(body["messageReasonCode"])
  if (
    (given !== taxRebate && (given !== reason || isCredit(body) !== credit)) ||
    adjustment.currency !== original.currency
  ) {
    return { actionCode: "77" }
  }
  const whole = thousandths(original.approvedAmount ?? original.amount)
  const left = whole - (original.undone ?? 0)
  if (left <= 0) return { actionCode: "79" }
  return thousandths(adjustment.amount) > left
    ? { actionCode: "77" }
    : { actionCode: "00", original }
}

const replyBody = (
  body: JsonObject,
  now: number,
  result: Result,
  told: string,
): Record<string, unknown> => ({
  transactionIdentifier: result.transactionIdentifier,
  actionCode: told,
  dateAndTimeTransmission: new Date(now).toISOString(),
  ...(body["customerReference"] === undefined
    ? {}
    : { customerReference: body["customerReference"] }),
  ...(body["merchantReference"] === undefined
    ? {}
    : { merchantReference: body["merchantReference"] }),
  ...(result.originalActionCode === undefined
    ? {}
    : { originalActionCode: result.originalActionCode }),
})

const commit = (
  world: World,
  body: JsonObject,
  adjustment: Draft,
  answer: ScriptedAnswer | undefined,
  now: number,
): Reply => {
  const direction = isCredit(body) ? "reversed" : "debited"
  const first = world.network.original(adjustment)
  if (first !== undefined) {
    return duplicate(
      world,
      adjustment,
      first,
      now,
      (result) => replyBody(body, now, result, result.actionCode),
      { direction },
    )
  }
  const { actionCode, original } = judge(world, body, adjustment)
  const told = answer?.actionCode ?? actionCode
  const truth = answer?.settledAs ?? told
  const moved = original !== undefined && movesMoney(truth)
  const result: Result = {
    actionCode: truth,
    responseCode: answer?.responseCode ?? "5",
    approvalCode: undefined,
    transactionIdentifier: Number(body["transactionIdentifier"]),
    originalActionCode: undefined,
  }
  if (moved) original.undone = (original.undone ?? 0) + thousandths(adjustment.amount)
  world.network.record({ ...adjustment, at: now, state: "COMPLETED", result })
  return {
    status: 200,
    body: overlay(replyBody(body, now, result, told), answer?.fields),
    kind: "adjustment",
    record: {
      ...recordOf(adjustment),
      actionCode: told,
      transactionIdentifier: String(result.transactionIdentifier),
      moneyMoved: moved,
      direction,
    },
  }
}

/** `POST /visadirect/v1/adjustment`. Has no status GET, so it answers no 202. */
export const Adjustment: Endpoint = {
  name: "Adjustment",
  method: "POST",
  path: "/visadirect/v1/adjustment",
  mle: "project",
  scripted: true,
  fields: adjustmentFields,
  prepare({ body }, world): Prepared | Reply {
    const refused = broken(adjustmentRules, { body, acceptorAddress: {} })
    if (refused !== undefined) return refused
    const adjustment = draftOf(body)
    const pan = panOf(body)
    return {
      facts: { ...recordOf(adjustment), ...(typeof pan === "string" ? { pan } : {}) },
      commit: (answer, now) => commit(world, body, adjustment, answer, now),
    }
  },
}
