/** What pushes, pulls, reversals and adjustments have in common. */
import { isObject } from "../internal/FieldTable.ts"
import { identityKey, type Transaction } from "../internal/Network.ts"
import * as Seed from "../internal/Seed.ts"
import { type EntryFacts, type JsonObject, maskPan, type Reply, type World } from "./Endpoint.ts"

export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {})

/** A transaction before the network has seen it. */
export type Draft = Omit<Transaction, "at" | "state" | "result">

export type Result = NonNullable<Transaction["result"]>

/** Codes that come with an approval code. */
export const approving: ReadonlySet<string> = new Set(["00", "08", "10", "11", "85"])

type Common = Pick<
  Draft,
  | "acquiringBin"
  | "stan"
  | "rrn"
  | "cardAcceptorId"
  | "cardAcceptorName"
  | "terminalId"
  | "amount"
  | "businessApplicationId"
>

export const common = (body: JsonObject): Common => {
  const acceptor = objectOf(body["cardAcceptor"])
  return {
    acquiringBin: String(body["acquiringBin"]),
    stan: String(body["systemsTraceAuditNumber"]).padStart(6, "0"),
    rrn: String(body["retrievalReferenceNumber"]),
    cardAcceptorId: String(acceptor["idCode"]),
    cardAcceptorName: String(acceptor["name"]),
    terminalId: String(acceptor["terminalId"]),
    amount: String(body["amount"]),
    businessApplicationId: String(body["businessApplicationId"]),
  }
}

/** Empty for a credential that is named by a reference. */
export const masked = (pan: unknown): string => (typeof pan === "string" ? maskPan(pan) : "")

export const recordOf = (draft: Draft) => ({
  acquiringBin: draft.acquiringBin,
  stan: draft.stan,
  rrn: draft.rrn,
  terminalId: draft.terminalId,
  cardAcceptorId: draft.cardAcceptorId,
  amount: draft.amount,
  currency: draft.currency,
  ...(draft.maskedPan === "" ? {} : { maskedPan: draft.maskedPan }),
})

/** An integer on the wire: leading zeros are lost, as at Visa. */
export const last4 = ({ maskedPan }: Draft) =>
  maskedPan === "" ? {} : { last4ofPAN: Number(maskedPan.slice(-4)) }

/**
 * Identifier and approval code of a new transaction. The next identifier that is free: a resend
 * after a failure gets one of its own.
 */
export const invented = (world: World, draft: Draft): Seed.Invented => {
  const key = identityKey(draft)
  const wanted = Seed.transaction(
    world.seed,
    draft.operation === "push" ? key : `${draft.operation}|${key}`,
  )
  let { transactionIdentifier } = wanted
  while (world.network.knows(transactionIdentifier)) transactionIdentifier++
  return { ...wanted, transactionIdentifier }
}

/**
 * VisaNet recognises a repeat: action code 94, the original's code and identifier, and no second
 * payment.
 */
export const duplicate = (
  world: World,
  draft: Draft,
  original: Result,
  now: number,
  bodyOf: (result: Result) => Record<string, unknown>,
  record: EntryFacts,
): Reply => {
  const result: Result = {
    actionCode: "94",
    responseCode: "V",
    approvalCode: undefined,
    transactionIdentifier: original.transactionIdentifier,
    originalActionCode: original.actionCode,
  }
  world.network.record({ ...draft, at: now, state: "COMPLETED", result })
  return {
    status: 200,
    body: bodyOf(result),
    kind: "duplicate",
    record: {
      ...recordOf(draft),
      ...record,
      actionCode: "94",
      originalActionCode: original.actionCode,
      transactionIdentifier: String(original.transactionIdentifier),
    },
  }
}

/** Thousandths of an amount, whose field has at most three decimals. */
export const thousandths = (amount: string | number): number => Math.round(Number(amount) * 1_000)

export const fromThousandths = (amount: number): string => String(amount / 1_000)
