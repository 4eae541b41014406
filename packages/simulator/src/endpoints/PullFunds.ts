/**
 * Pull funds (AFT), and the status of one that answered 202.
 *
 * Conditional rules are those that Visa's texts state for a pull; what the field table only marks
 * "conditional" (names, addresses) is not enforced. The decimals, the one credential and the card
 * acceptor's address are as for a push, whose condition is the same field's.
 */
import { fitsCurrency } from "../internal/formats.ts"
import { currencyDigits } from "../internal/iso.ts"
import { movesMoney, type Transaction } from "../internal/Network.ts"
import { overlay } from "../internal/overlay.ts"
import { issuerAnswer } from "../Outcomes.ts"
import type { ScriptedAnswer } from "../Script.ts"
import {
  acceptorAddressRules,
  always,
  type BodyView,
  broken,
  type Condition,
  has,
  oneCredential,
} from "./conditions.ts"
import type { Endpoint, JsonObject, Prepared, Reply, World } from "./Endpoint.ts"
import { pullFundsFields } from "./pullFundsFields.ts"
import { statusEndpoint } from "./status.ts"
import {
  approving,
  common,
  type Draft,
  duplicate,
  fromThousandths,
  invented,
  last4,
  masked,
  objectOf,
  recordOf,
  type Result,
  thousandths,
} from "./transfers.ts"

const path = "/visadirect/fundstransfer/v1/pullfundstransactions"

/** Values of `posConditionCode` and `motoECIIndicator`. */
const electronicCommerce = 59
const notAuthenticated = "7"

const pointOfService = ({ body }: BodyView) => objectOf(body["pointOfServiceData"])

const isElectronicCommerce = (view: BodyView) =>
  Number(pointOfService(view)["posConditionCode"]) === electronicCommerce

const pullFundsRules: ReadonlyArray<Condition<BodyView>> = [
  ...oneCredential("senderPrimaryAccountNumber", "senderPaymentCredentialReference"),
  {
    element: "amount",
    about: "decimals must fit the currency",
    applies: always,
    holds: ({ body }) => fitsCurrency(String(body["amount"]), String(body["senderCurrencyCode"])),
  },
  ...["cavv", "tavv"].map((element): Condition<BodyView> => ({
    element: "pointOfServiceData.posConditionCode",
    about: `a ${element} is for electronic commerce: 59`,
    applies: has(element),
    holds: isElectronicCommerce,
    problem: "invalid",
  })),
  {
    element: "pointOfServiceData.motoECIIndicator",
    about: "electronic commerce without a CAVV or TAVV is ECI 7",
    applies: (view) => isElectronicCommerce(view) && !has("cavv")(view) && !has("tavv")(view),
    holds: (view) => pointOfService(view)["motoECIIndicator"] === notAuthenticated,
    problem: "invalid",
  },
  ...acceptorAddressRules,
]

/**
 * Verification results where something was given to verify: everything matches, until a script
 * says otherwise through `fields`.
 */
const verified = (body: JsonObject): Readonly<Record<string, string>> => {
  const address = objectOf(body["addressVerificationData"])
  return {
    ...(body["cardCvv2Value"] === undefined ? {} : { cvv2ResultCode: "M" }),
    ...(body["cavv"] === undefined ? {} : { cavvResultCode: "2" }),
    ...(address["street"] !== undefined && address["postalCode"] !== undefined
      ? { addressVerificationResults: "Y" }
      : address["postalCode"] !== undefined
        ? { addressVerificationResults: "Z" }
        : address["street"] !== undefined
          ? { addressVerificationResults: "A" }
          : {}),
  }
}

const draftOf = (body: JsonObject): Draft => ({
  operation: "pull",
  transactionType: "SALES DRAFT",
  ...common(body),
  maskedPan: masked(body["senderPrimaryAccountNumber"]),
  currency: String(body["senderCurrencyCode"]),
})

/** What of the amount is approved with action code 10. */
const partOf = (pull: Draft, answer: ScriptedAnswer | undefined): string => {
  if (answer?.approvedAmount !== undefined) return String(answer.approvedAmount)
  const unit = 10 ** (3 - Math.min(currencyDigits(pull.currency) ?? 2, 2))
  return fromThousandths(Math.floor(thousandths(pull.amount) / 2 / unit) * unit)
}

interface Told {
  readonly actionCode: string
  readonly approvedAmount?: string | undefined
}

const replyBody = (
  pull: Draft,
  body: JsonObject,
  now: number,
  result: Result,
  told: Told,
): Record<string, unknown> => ({
  transactionIdentifier: result.transactionIdentifier,
  actionCode: told.actionCode,
  ...(approving.has(told.actionCode) && result.approvalCode !== undefined
    ? { approvalCode: result.approvalCode }
    : {}),
  responseCode: result.responseCode,
  transmissionDateTime: new Date(now).toISOString(),
  ...last4(pull),
  ...(told.approvedAmount === undefined
    ? {}
    : { amount: Number(pull.amount), approvedAmount: Number(told.approvedAmount) }),
  ...(body["memberComments"] === undefined ? {} : { memberComments: body["memberComments"] }),
  ...(result.originalActionCode === undefined
    ? verified(body)
    : { originalActionCode: result.originalActionCode }),
})

const direction = "pulled"

/** Members of the answer that the query repeats, and the network that a reversal has to name. */
const detailsOf = (request: JsonObject, reply: JsonObject): JsonObject => {
  const details: Record<string, unknown> = {}
  for (const name of ["networkId", "cavvResultCode", "cvv2ResultCode"]) {
    if (reply[name] !== undefined) details[name] = reply[name]
  }
  const { motoECIIndicator } = objectOf(request["pointOfServiceData"])
  return motoECIIndicator === undefined ? details : { ...details, motoECIIndicator }
}

const commit = (
  world: World,
  pull: Draft,
  request: JsonObject,
  answer: ScriptedAnswer | undefined,
  now: number,
): Reply => {
  const original = world.network.original(pull)
  if (original !== undefined) {
    return duplicate(
      world,
      pull,
      original,
      now,
      (result) => replyBody(pull, request, now, result, { actionCode: result.actionCode }),
      { direction },
    )
  }
  const pan = request["senderPrimaryAccountNumber"]
  const made = invented(world, pull)
  const issuer = issuerAnswer(
    typeof pan === "string" ? pan : undefined,
    pull.amount,
    world.settings,
  )
  const told = answer?.actionCode ?? issuer.actionCode
  const truth = answer?.settledAs ?? told
  const part = partOf(pull, answer)
  const result: Result = {
    actionCode: truth,
    responseCode: answer?.responseCode ?? "5",
    approvalCode: approving.has(truth)
      ? (answer?.approvalCode ?? issuer.approvalCode ?? made.approvalCode)
      : answer?.approvalCode,
    transactionIdentifier: made.transactionIdentifier,
    originalActionCode: undefined,
  }
  const body = overlay(
    replyBody(pull, request, now, result, {
      actionCode: told,
      ...(told === "10" ? { approvedAmount: part } : {}),
    }),
    answer?.fields,
  )
  const transaction: Transaction = {
    ...pull,
    ...(truth === "10" ? { approvedAmount: part } : {}),
    details: detailsOf(request, body),
    at: now,
    state: "COMPLETED",
    result,
  }
  world.network.record(transaction)
  return {
    status: 200,
    body,
    kind: "pull",
    record: {
      ...recordOf(pull),
      ...(truth === "10" ? { approvedAmount: part } : {}),
      actionCode: told,
      transactionIdentifier: String(result.transactionIdentifier),
      moneyMoved: movesMoney(truth),
      direction,
    },
  }
}

/** `POST …/pullfundstransactions`. */
export const PullFunds: Endpoint = {
  name: "PullFunds",
  method: "POST",
  path,
  mle: "project",
  scripted: true,
  fields: pullFundsFields,
  prepare({ body, now }, world): Prepared | Reply {
    const acceptorAddress = objectOf(objectOf(body["cardAcceptor"])["address"])
    const refused = broken(pullFundsRules, { body, acceptorAddress })
    if (refused !== undefined) return refused
    const pull = draftOf(body)
    const pan = body["senderPrimaryAccountNumber"]
    return {
      facts: { ...recordOf(pull), ...(typeof pan === "string" ? { pan } : {}) },
      asynchronous: { statusPath: path, inProgress: [{ ...pull, at: now, state: "IN_PROGRESS" }] },
      commit: (answer, at) => commit(world, pull, body, answer, at),
    }
  },
}

/** `GET …/pullfundstransactions/{statusIdentifier}`. */
export const PullFundsStatus: Endpoint = statusEndpoint("PullFundsStatus", path)
