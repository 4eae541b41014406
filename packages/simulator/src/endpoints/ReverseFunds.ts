/**
 * Reverse funds (AFTR), and the status of one that answered 202.
 *
 * A reversal is matched to its pull by `transactionIdentifier` and acquiring BIN. What it is
 * answered is a reading of ISO 8583 field 39, for Visa's texts give the codes but not their use:
 *
 * | finding | action code | response code |
 * |---|---|---|
 * | no such transaction | 25 | 8 |
 * | not a pull that was approved, or one older than 24 hours | 76 | 8 |
 * | other trace or reference number, approval code, time, BIN, amount, currency, card, network | 77 | 7 |
 * | already reversed, or adjusted | 79 | 7 |
 * | else | 00 | 7 |
 *
 * There is no 94: a repeat finds its pull reversed, and the answer has no `originalActionCode`. A
 * reversal is of the whole pull: its amount is what was asked for, or what was approved of that.
 */
import { fitsCurrency } from "../internal/formats.ts"
import { movesMoney, type Transaction } from "../internal/Network.ts"
import { overlay } from "../internal/overlay.ts"
import type { ScriptedAnswer } from "../Script.ts"
import { always, type BodyView, broken, type Condition, oneCredential } from "./conditions.ts"
import type { Endpoint, JsonObject, Prepared, Reply, World } from "./Endpoint.ts"
import { reverseFundsFields } from "./reverseFundsFields.ts"
import { statusEndpoint } from "./status.ts"
import {
  approving,
  common,
  type Draft,
  last4,
  masked,
  objectOf,
  recordOf,
  type Result,
  thousandths,
} from "./transfers.ts"

const path = "/visadirect/fundstransfer/v1/reversefundstransactions"

const window = 24 * 3_600_000

/** As long as the query says `000000` for an approval code that there is not, so may a reversal. */
const noApprovalCode = "000000"

const reverseFundsRules: ReadonlyArray<Condition<BodyView>> = [
  ...oneCredential("senderPrimaryAccountNumber", "senderPaymentCredentialReference"),
  {
    element: "amount",
    about: "decimals must fit the currency",
    applies: always,
    holds: ({ body }) => fitsCurrency(String(body["amount"]), String(body["senderCurrencyCode"])),
  },
]

const draftOf = (body: JsonObject): Draft => ({
  operation: "reversal",
  transactionType: "SALES REVERSAL",
  ...common(body),
  maskedPan: masked(body["senderPrimaryAccountNumber"]),
  currency: String(body["senderCurrencyCode"]),
})

interface Finding {
  readonly actionCode: string
  readonly responseCode: string
  readonly pull?: Transaction
}

/** Seconds, GMT, as `transmissionDateTime` is sent back. */
const secondsOf = (at: number) => new Date(at).toISOString().slice(0, 19)

/** Members in which a reversal and its pull have to agree, as pairs. */
const pairs = (
  body: JsonObject,
  reversal: Draft,
  pull: Transaction,
): ReadonlyArray<readonly [unknown, unknown]> => {
  const original = objectOf(body["originalDataElements"])
  return [
    [reversal.stan, pull.stan],
    [reversal.rrn, pull.rrn],
    [String(original["systemsTraceAuditNumber"]).padStart(6, "0"), pull.stan],
    [String(original["acquiringBin"]), pull.acquiringBin],
    [original["approvalCode"], pull.result?.approvalCode ?? noApprovalCode],
    [original["transmissionDateTime"], secondsOf(pull.at)],
    [reversal.currency, pull.currency],
    [reversal.maskedPan, pull.maskedPan],
    [Number(body["networkId"] ?? 2), Number(pull.details?.["networkId"] ?? 2)],
  ]
}

const judge = (world: World, body: JsonObject, reversal: Draft, now: number): Finding => {
  const rows = world.network.find(
    { transactionIdentifier: String(body["transactionIdentifier"]) },
    reversal.acquiringBin,
  )
  if (rows.length === 0) return { actionCode: "25", responseCode: "8" }
  const pull = rows.find(
    ({ operation, result }) => operation === "pull" && result?.originalActionCode === undefined,
  )
  if (pull === undefined || !movesMoney(pull.result?.actionCode ?? "") || now - pull.at > window) {
    return { actionCode: "76", responseCode: "8" }
  }
  const amounts = [pull.amount, pull.approvedAmount ?? pull.amount].map(thousandths)
  if (
    !amounts.includes(thousandths(reversal.amount)) ||
    pairs(body, reversal, pull).some(([one, other]) => one !== other)
  ) {
    return { actionCode: "77", responseCode: "7" }
  }
  if (pull.undone !== undefined) return { actionCode: "79", responseCode: "7" }
  return { actionCode: "00", responseCode: "7", pull }
}

const commit = (
  world: World,
  body: JsonObject,
  reversal: Draft,
  answer: ScriptedAnswer | undefined,
  now: number,
): Reply => {
  const { pull, ...finding } = judge(world, body, reversal, now)
  const told = answer?.actionCode ?? finding.actionCode
  const truth = answer?.settledAs ?? told
  const reversed = pull !== undefined && movesMoney(truth)
  const result: Result = {
    actionCode: truth,
    responseCode: answer?.responseCode ?? finding.responseCode,
    approvalCode: answer?.approvalCode ?? pull?.result?.approvalCode,
    transactionIdentifier: Number(body["transactionIdentifier"]),
    originalActionCode: undefined,
  }
  const approvedAmount = pull?.approvedAmount
  if (reversed) pull.undone = thousandths(approvedAmount ?? pull.amount)
  world.network.record({ ...reversal, approvedAmount, at: now, state: "COMPLETED", result })
  const reply = {
    transactionIdentifier: result.transactionIdentifier,
    actionCode: told,
    ...(approving.has(told) && result.approvalCode !== undefined
      ? { approvalCode: result.approvalCode }
      : {}),
    responseCode: result.responseCode,
    transmissionDateTime: new Date(now).toISOString(),
    ...last4(reversal),
    ...(body["memberComments"] === undefined ? {} : { memberComments: body["memberComments"] }),
  }
  return {
    status: 200,
    body: overlay(reply, answer?.fields),
    kind: "reversal",
    record: {
      ...recordOf(reversal),
      ...(approvedAmount === undefined ? {} : { approvedAmount }),
      actionCode: told,
      transactionIdentifier: String(result.transactionIdentifier),
      moneyMoved: reversed,
      direction: "reversed",
    },
  }
}

/** `POST …/reversefundstransactions`. */
export const ReverseFunds: Endpoint = {
  name: "ReverseFunds",
  method: "POST",
  path,
  mle: "project",
  scripted: true,
  fields: reverseFundsFields,
  prepare({ body, now }, world): Prepared | Reply {
    const refused = broken(reverseFundsRules, { body, acceptorAddress: {} })
    if (refused !== undefined) return refused
    const reversal = draftOf(body)
    const pan = body["senderPrimaryAccountNumber"]
    return {
      facts: { ...recordOf(reversal), ...(typeof pan === "string" ? { pan } : {}) },
      asynchronous: {
        statusPath: path,
        inProgress: [{ ...reversal, at: now, state: "IN_PROGRESS" }],
      },
      commit: (answer, at) => commit(world, body, reversal, answer, at),
    }
  },
}

/** `GET …/reversefundstransactions/{statusIdentifier}`. */
export const ReverseFundsStatus: Endpoint = statusEndpoint("ReverseFundsStatus", path)
