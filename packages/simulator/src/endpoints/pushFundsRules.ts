/**
 * Conditional rules of a push as a table, from the conditions that Visa's OpenAPI export states.
 *
 * Not enforced, because nothing in the request decides them: `merchantCategoryCode` (may be set at
 * onboarding), `transactionIdentifier` (when funded by an AFT), first and last names in place of
 * full names on non-Visa networks (either is taken).
 */
import { isObject } from "../internal/FieldTable.ts"
import { fitsCurrency } from "../internal/formats.ts"
import { countryOf } from "../internal/iso.ts"
import {
  acceptorAddressRules,
  always,
  type BodyView,
  canada,
  type Condition,
  has,
  oneCredential,
  unitedStates,
} from "./conditions.ts"
import type { JsonObject } from "./Endpoint.ts"

const australia = "036"

/** Business application ids by the groups that the rules speak of. */
const moneyTransfer: ReadonlySet<unknown> = new Set(["AA", "PP", "BI", "MI"])
const disbursement: ReadonlySet<unknown> = new Set(["FD", "GD", "MD", "PD"])
const loadOrBillPay: ReadonlySet<unknown> = new Set(["TU", "CP"])

/** A body in the words of the rules. */
export interface PushView extends BodyView {
  readonly amount: string
  readonly acquirer: string | undefined
  readonly sender: string | undefined
  /** Where the recipient's card is from, as far as the request or the card tables tell. */
  readonly recipient: string | undefined
  readonly crossBorder: boolean
  readonly moneyTransfer: boolean
  readonly disbursement: boolean
  readonly loadOrBillPay: boolean
  /** GMT, `CCYYMMDDHHMM`. */
  readonly deferred: { readonly requestType: unknown; readonly dateTime: unknown } | undefined
  readonly now: number
}

export const viewOf = (
  body: JsonObject,
  issuers: Readonly<Record<string, string>>,
  now: number,
): PushView => {
  const pan = String(body["recipientPrimaryAccountNumber"] ?? "")
  const prefix = Object.keys(issuers)
    .filter((digits) => pan.startsWith(digits))
    .toSorted((a, b) => b.length - a.length)[0]
  const acquirer = countryOf(body["acquirerCountryCode"])
  const recipient = prefix === undefined ? countryOf(body["recipientCountryCode"]) : issuers[prefix]
  const acceptor = body["cardAcceptor"]
  const address = isObject(acceptor) ? acceptor["address"] : undefined
  const processing = body["serviceProcessingType"]
  const bai = body["businessApplicationId"]
  return {
    body,
    acceptorAddress: isObject(address) ? address : {},
    amount: String(body["amount"]),
    acquirer,
    sender: countryOf(body["senderCountryCode"]),
    recipient,
    crossBorder: recipient !== undefined && recipient !== acquirer,
    moneyTransfer: moneyTransfer.has(bai),
    disbursement: disbursement.has(bai),
    loadOrBillPay: loadOrBillPay.has(bai),
    deferred: isObject(processing)
      ? { requestType: processing["requestType"], dateTime: processing["deferredDateTime"] }
      : undefined,
    now,
  }
}

/** Unix milliseconds of a `CCYYMMDDHHMM` in GMT. */
export const deferredTo = (written: unknown): number =>
  Date.parse(
    String(written).replace(/^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})$/, "$1-$2-$3T$4:$5:00.000Z"),
  )

const hours = (n: number) => n * 3_600_000

/** Money transfer or disbursement, cross-border or US domestic; loads and bill payments in the US. */
const namesSender = (push: PushView) => {
  const domesticUs = push.acquirer === unitedStates && !push.crossBorder
  return (
    ((push.moneyTransfer || push.disbursement) && (push.crossBorder || domesticUs)) ||
    (push.loadOrBillPay && push.acquirer === unitedStates)
  )
}

const intoOrOutOfCanada = (push: PushView) =>
  push.crossBorder &&
  (push.recipient === canada ||
    (push.acquirer === canada &&
      ["CAD", canada].includes(String(push.body["transactionCurrencyCode"])) &&
      Number(push.amount) > 1000))

/** India, Bangladesh, Egypt, Argentina (not CO/CI/MP), Chile (FD), Colombia; the list goes on. */
const needsPurpose = (push: PushView) => {
  const bai = push.body["businessApplicationId"]
  switch (push.recipient) {
    case "356":
    case "050":
    case "818":
    case "170":
      return true
    case "032":
      return bai !== "CO" && bai !== "CI" && bai !== "MP"
    case "152":
      return bai === "FD"
    default:
      return false
  }
}

export const pushFundsRules: ReadonlyArray<Condition<PushView>> = [
  ...oneCredential("recipientPrimaryAccountNumber", "recipientPaymentCredentialReference"),
  {
    element: "amount",
    about: "decimals must fit the currency",
    applies: always,
    holds: (push) => fitsCurrency(push.amount, String(push.body["transactionCurrencyCode"])),
  },
  {
    element: "senderName",
    about: "sender's name: cross-border or US domestic",
    applies: namesSender,
    holds: (push) => has("senderName")(push) || has("senderFirstName", "senderLastName")(push),
  },
  ...["senderAddress", "senderCity", "senderCountryCode"].map((element): Condition<PushView> => ({
    element,
    about: "sender's address: cross-border or US domestic",
    applies: namesSender,
    holds: has(element),
  })),
  {
    element: "senderStateCode",
    about: "senders in the United States and Canada have a state",
    applies: (push) => push.sender === unitedStates || push.sender === canada,
    holds: has("senderStateCode"),
  },
  {
    element: "senderAccountNumber",
    about: "a money transfer names the account or a reference",
    applies: (push) => push.moneyTransfer,
    holds: (push) => has("senderAccountNumber")(push) || has("senderReference")(push),
  },
  {
    element: "senderReference",
    about: "a disbursement always has a reference",
    applies: (push) => push.disbursement,
    holds: has("senderReference"),
  },
  {
    element: "sourceOfFundsCode",
    about: "money transfer, disbursement, and loads or bill payments outside the US",
    applies: (push) =>
      push.moneyTransfer ||
      push.disbursement ||
      (push.loadOrBillPay && push.acquirer !== unitedStates),
    holds: has("sourceOfFundsCode"),
  },
  {
    element: "sourceOfFundsCode",
    about: "a card bill payment is not funded by credit",
    applies: (push) => push.body["businessApplicationId"] === "CP",
    holds: (push) => !["01", "06"].includes(String(push.body["sourceOfFundsCode"])),
    problem: "invalid",
  },
  {
    element: "recipientName",
    about: "a cross-border money transfer names the recipient",
    applies: (push) => push.moneyTransfer && push.crossBorder,
    holds: (push) =>
      has("recipientName")(push) || has("recipientFirstName", "recipientLastName")(push),
  },
  ...[
    "recipientAddressLine1",
    "recipientCity",
    "recipientState",
    "recipientPostalCode",
    "recipientCountryCode",
  ].map((element): Condition<PushView> => ({
    element,
    about: "recipient's address: cross-border to Canada, or from it above CAD 1000",
    applies: intoOrOutOfCanada,
    holds: has(element),
  })),
  {
    element: "recipientCardExpiryDate",
    about: "cards known to be issued in the United States",
    applies: (push) => push.recipient === unitedStates,
    holds: has("recipientCardExpiryDate"),
  },
  {
    element: "purposeOfPayment",
    about: "recipient countries that want a purpose",
    applies: needsPurpose,
    holds: has("purposeOfPayment"),
  },
  {
    element: "sourceCurrencyCode",
    about: "a source amount has a currency",
    applies: has("sourceAmount"),
    holds: has("sourceCurrencyCode"),
  },
  {
    element: "sourceAmount",
    about: "a source currency has an amount that fits it",
    applies: has("sourceCurrencyCode"),
    holds: (push) =>
      has("sourceAmount")(push) &&
      fitsCurrency(String(push.body["sourceAmount"]), String(push.body["sourceCurrencyCode"])),
  },
  ...acceptorAddressRules,
  {
    element: "cardAcceptor.legalBusinessName",
    about: "cross-border money transfer to a Canadian or Australian card",
    applies: (push) =>
      push.moneyTransfer &&
      push.crossBorder &&
      (push.recipient === canada || push.recipient === australia),
    holds: (push) => {
      const acceptor = push.body["cardAcceptor"]
      return isObject(acceptor) && acceptor["legalBusinessName"] !== undefined
    },
  },
  {
    element: "messageReasonCode",
    about: "5120 with FD: a sales-tax rebate",
    applies: has("messageReasonCode"),
    holds: (push) =>
      String(push.body["messageReasonCode"]) === "5120" &&
      push.body["businessApplicationId"] === "FD",
    problem: "invalid",
  },
  {
    element: "cardCvv2Value",
    about: "a gambling payout to a Mastercard",
    applies: (push) =>
      push.body["businessApplicationId"] === "GP" &&
      /^(5[1-5]|2[2-7])/.test(String(push.body["recipientPrimaryAccountNumber"] ?? "")),
    holds: has("cardCvv2Value"),
  },
  {
    element: "serviceProcessingType.deferredDateTime",
    about: "a client-defined hold ends 24 to 48 hours ahead",
    applies: (push) => push.deferred?.requestType === "03",
    holds: (push) => {
      const ahead = deferredTo(push.deferred?.dateTime) - push.now
      // The field has no seconds, so a full minute of grace at the near end.
      return ahead > hours(24) - 60_000 && ahead <= hours(48)
    },
  },
]
