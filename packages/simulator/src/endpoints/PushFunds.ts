/** Push funds (OCT), and the status of one that answered 202. */
import { isObject } from "../internal/FieldTable.ts"
import { movesMoney, type Transaction } from "../internal/Network.ts"
import { overlay } from "../internal/overlay.ts"
import { issuerAnswer } from "../Outcomes.ts"
import type { ScriptedAnswer } from "../Script.ts"
import { broken } from "./conditions.ts"
import type { Endpoint, JsonObject, Prepared, Reply, World } from "./Endpoint.ts"
import { pushFundsFields } from "./pushFundsFields.ts"
import { deferredTo, pushFundsRules, viewOf } from "./pushFundsRules.ts"
import { statusEndpoint } from "./status.ts"
import {
  approving,
  common,
  type Draft,
  duplicate,
  invented,
  last4,
  masked,
  recordOf,
  type Result,
} from "./transfers.ts"

const path = "/visadirect/fundstransfer/v1/pushfundstransactions"

const defaultHold = 48 * 3_600_000

/** Until when Visa holds it. An originator's own hold (01) is over when Visa gets the request. */
const dueAt = (requestType: string, deferredDateTime: unknown, now: number): number => {
  switch (requestType) {
    case "02":
      return now + defaultHold
    case "03":
      return deferredTo(deferredDateTime)
    default:
      return now
  }
}

const draftOf = (body: JsonObject, now: number): Draft => {
  const processing = body["serviceProcessingType"]
  const requestType = isObject(processing) ? String(processing["requestType"]) : "00"
  return {
    operation: "push",
    transactionType: "CRED VOUCHER",
    ...common(body),
    maskedPan: masked(body["recipientPrimaryAccountNumber"]),
    currency: String(body["transactionCurrencyCode"]),
    ...(requestType === "00" || !isObject(processing)
      ? {}
      : {
          deferred: {
            requestType,
            dueAt: dueAt(requestType, processing["deferredDateTime"], now),
          },
        }),
  }
}

const replyBody = (
  push: Draft,
  now: number,
  result: Result,
  told: string,
): Record<string, unknown> => ({
  transactionIdentifier: result.transactionIdentifier,
  actionCode: told,
  ...(result.approvalCode === undefined ? {} : { approvalCode: result.approvalCode }),
  responseCode: result.responseCode,
  transmissionDateTime: new Date(now).toISOString(),
  retrievalReferenceNumber: push.rrn,
  ...last4(push),
  ...(push.deferred === undefined
    ? {}
    : { serviceProcessingType: { requestType: push.deferred.requestType } }),
  ...(result.originalActionCode === undefined
    ? {}
    : { originalActionCode: result.originalActionCode }),
})

const direction = "pushed"

const commit = (
  world: World,
  push: Draft,
  pan: string | undefined,
  answer: ScriptedAnswer | undefined,
  now: number,
): Reply => {
  const original = world.network.original(push)
  if (original !== undefined) {
    return duplicate(
      world,
      push,
      original,
      now,
      (result) => replyBody(push, now, result, result.actionCode),
      { direction },
    )
  }
  const made = invented(world, push)
  const issuer = issuerAnswer(pan, push.amount, world.settings)
  const told = answer?.actionCode ?? issuer.actionCode
  const truth = answer?.settledAs ?? told
  const result: Result = {
    actionCode: truth,
    responseCode: answer?.responseCode ?? "5",
    approvalCode: approving.has(told)
      ? (answer?.approvalCode ?? issuer.approvalCode ?? made.approvalCode)
      : answer?.approvalCode,
    transactionIdentifier: made.transactionIdentifier,
    originalActionCode: undefined,
  }
  const paid = movesMoney(truth)
  const held = paid && push.deferred !== undefined && push.deferred.dueAt > now
  const transaction: Transaction = {
    ...push,
    ...(held && answer?.deferred !== undefined
      ? { deferred: { ...push.deferred, comesTo: answer.deferred } }
      : {}),
    at: now,
    state: held ? "PENDING" : "COMPLETED",
    result,
  }
  world.network.record(transaction)
  return {
    status: 200,
    body: overlay(replyBody(push, now, result, told), answer?.fields),
    kind: "push",
    record: {
      ...recordOf(push),
      actionCode: told,
      transactionIdentifier: String(result.transactionIdentifier),
      moneyMoved: paid && !held,
      direction,
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
    const refused = broken(pushFundsRules, viewOf(body, world.settings.issuers, now))
    if (refused !== undefined) return refused
    const push = draftOf(body, now)
    const number = body["recipientPrimaryAccountNumber"]
    const pan = typeof number === "string" ? number : undefined
    return {
      facts: { ...recordOf(push), ...(pan === undefined ? {} : { pan }) },
      asynchronous: {
        statusPath: path,
        inProgress: [{ ...push, at: now, state: "IN_PROGRESS" }],
      },
      commit: (answer, at) => commit(world, push, pan, answer, at),
    }
  },
}

/** `GET …/pushfundstransactions/{statusIdentifier}`. */
export const PushFundsStatus: Endpoint = statusEndpoint("PushFundsStatus", path)
