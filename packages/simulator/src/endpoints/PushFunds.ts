/** Push funds (OCT), and the status of one that answered 202. */
import { isObject, wording } from "../internal/FieldTable.ts"
import { identityKey, movesMoney, type Transaction } from "../internal/Network.ts"
import * as Seed from "../internal/Seed.ts"
import { issuerAnswer } from "../Outcomes.ts"
import type { ScriptedAnswer } from "../Script.ts"
import {
  type Endpoint,
  type JsonObject,
  maskPan,
  type Prepared,
  type Reply,
  validationError,
  type World,
} from "./Endpoint.ts"
import { pushFundsFields } from "./pushFundsFields.ts"
import { statusEndpoint } from "./status.ts"
import { deferredTo, pushFundsRules, viewOf } from "./pushFundsRules.ts"

const path = "/visadirect/fundstransfer/v1/pushfundstransactions"

const defaultHold = 48 * 3_600_000

/** Codes that come with an approval code. */
const approving: ReadonlySet<string> = new Set(["00", "08", "10", "11", "85"])

type Draft = Omit<Transaction, "at" | "state" | "result">

const draftOf = (body: JsonObject, now: number): Draft => {
  const acceptor = isObject(body["cardAcceptor"]) ? body["cardAcceptor"] : {}
  const processing = body["serviceProcessingType"]
  const requestType = isObject(processing) ? String(processing["requestType"]) : "00"
  const reference = isObject(body["recipientPaymentCredentialReference"])
  return {
    transactionType: "CRED VOUCHER",
    acquiringBin: String(body["acquiringBin"]),
    stan: String(body["systemsTraceAuditNumber"]).padStart(6, "0"),
    rrn: String(body["retrievalReferenceNumber"]),
    cardAcceptorId: String(acceptor["idCode"]),
    cardAcceptorName: String(acceptor["name"]),
    terminalId: String(acceptor["terminalId"]),
    maskedPan: reference ? "" : maskPan(String(body["recipientPrimaryAccountNumber"])),
    amount: String(body["amount"]),
    currency: String(body["transactionCurrencyCode"]),
    businessApplicationId: String(body["businessApplicationId"]),
    ...(requestType === "00"
      ? {}
      : {
          deferred: {
            requestType,
            dueAt:
              requestType === "03" && isObject(processing)
                ? deferredTo(processing["deferredDateTime"])
                : now + defaultHold,
          },
        }),
  }
}

/** The next identifier that is free: a resend after a failure gets one of its own. */
const freeIdentifier = (world: World, wanted: number): number => {
  let identifier = wanted
  while (world.network.knows(identifier)) identifier++
  return identifier
}

const withFields = (
  body: Record<string, unknown>,
  fields: ScriptedAnswer["fields"],
): Record<string, unknown> => {
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value === null) delete body[name]
    else body[name] = value
  }
  return body
}

const recordOf = (push: Draft) => ({
  acquiringBin: push.acquiringBin,
  stan: push.stan,
  rrn: push.rrn,
  terminalId: push.terminalId,
  cardAcceptorId: push.cardAcceptorId,
  amount: push.amount,
  currency: push.currency,
  ...(push.maskedPan === "" ? {} : { maskedPan: push.maskedPan }),
})

const replyBody = (
  push: Draft,
  now: number,
  result: NonNullable<Transaction["result"]>,
  told: string,
): Record<string, unknown> => ({
  transactionIdentifier: result.transactionIdentifier,
  actionCode: told,
  ...(result.approvalCode === undefined ? {} : { approvalCode: result.approvalCode }),
  responseCode: result.responseCode,
  transmissionDateTime: new Date(now).toISOString(),
  retrievalReferenceNumber: push.rrn,
  // An integer on the wire: leading zeros are lost, as at Visa.
  ...(push.maskedPan === "" ? {} : { last4ofPAN: Number(push.maskedPan.slice(-4)) }),
  ...(push.deferred === undefined
    ? {}
    : { serviceProcessingType: { requestType: push.deferred.requestType } }),
  ...(result.originalActionCode === undefined
    ? {}
    : { originalActionCode: result.originalActionCode }),
})

/** VisaNet recognises a repeat: action code 94, the original's identifier, and no second payment. */
const duplicate = (
  world: World,
  push: Draft,
  original: NonNullable<Transaction["result"]>,
  now: number,
): Reply => {
  const result = {
    actionCode: "94",
    responseCode: "V",
    approvalCode: undefined,
    transactionIdentifier: original.transactionIdentifier,
    originalActionCode: original.actionCode,
  }
  world.network.record({ ...push, at: now, state: "COMPLETED", result })
  return {
    status: 200,
    body: replyBody(push, now, result, "94"),
    kind: "duplicate",
    record: {
      ...recordOf(push),
      actionCode: "94",
      originalActionCode: original.actionCode,
      transactionIdentifier: String(original.transactionIdentifier),
    },
  }
}

const commit = (
  world: World,
  push: Draft,
  pan: string | undefined,
  answer: ScriptedAnswer | undefined,
  now: number,
): Reply => {
  const original = world.network.original(push)
  if (original !== undefined) return duplicate(world, push, original, now)
  const invented = Seed.transaction(world.seed, identityKey(push))
  const issuer = issuerAnswer(pan, push.amount, world.settings)
  const told = answer?.actionCode ?? issuer.actionCode
  const truth = answer?.settledAs ?? told
  const result = {
    actionCode: truth,
    responseCode: answer?.responseCode ?? "5",
    approvalCode: approving.has(told)
      ? (answer?.approvalCode ?? issuer.approvalCode ?? invented.approvalCode)
      : answer?.approvalCode,
    transactionIdentifier: freeIdentifier(world, invented.transactionIdentifier),
    originalActionCode: undefined,
  }
  const paid = movesMoney(truth)
  const held = paid && push.deferred !== undefined
  const transaction: Transaction = {
    ...push,
    at: now,
    state: held ? "PENDING" : "COMPLETED",
    result,
  }
  world.network.record(transaction)
  return {
    status: 200,
    body: withFields(replyBody(push, now, result, told), answer?.fields),
    kind: "push",
    record: {
      ...recordOf(push),
      actionCode: told,
      transactionIdentifier: String(result.transactionIdentifier),
      moneyMoved: paid && !held,
    },
    ...(held ? { recorded: (entry) => world.network.hold(transaction, entry) } : {}),
  }
}

/** `POST …/pushfundstransactions`. */
export const PushFunds: Endpoint = {
  name: "PushFunds",
  method: "POST",
  path,
  mle: "project",
  scripted: true,
  fields: pushFundsFields,
  prepare(request, world): Prepared | Reply {
    const { body, now } = request
    const view = viewOf(body, world.settings.issuers, now)
    for (const rule of pushFundsRules) {
      if (!rule.applies(view) || rule.holds(view)) continue
      const { element, problem = "missing", about } = rule
      const refused = validationError(wording({ kind: problem, element }))
      return { ...refused, record: { ...refused.record, problem: `${element}: ${about}` } }
    }
    const push = draftOf(body, now)
    const number = body["recipientPrimaryAccountNumber"]
    const pan = typeof number === "string" ? number : undefined
    return {
      facts: { ...recordOf(push), ...(pan === undefined ? {} : { pan }) },
      asynchronous: {
        statusPath: path,
        inProgress: { ...push, at: now, state: "IN_PROGRESS" },
      },
      commit: (answer, at) => commit(world, push, pan, answer, at),
    }
  },
}

/** `GET …/pushfundstransactions/{statusIdentifier}`. */
export const PushFundsStatus: Endpoint = statusEndpoint("PushFundsStatus", path)
