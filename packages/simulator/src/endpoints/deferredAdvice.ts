/**
 * The advice that a deferred push was processed: Visa calls
 * `POST …/visadirect/v1/pushpayment/advice/receive/deferredoct` at the originator.
 *
 * Known of its body is the name `acquringBin` (sic, OpenAPI export). The other members are a
 * reading: what the push was identified by, and what its answer would have held, encoded as there.
 */
import type { LedgerEntry } from "../Ledger.ts"
import { movesMoney, type Transaction } from "../internal/Network.ts"

export const deferredAdvice = (
  transaction: Transaction,
  now: number,
): Readonly<Record<string, unknown>> => {
  const { deferred, result } = transaction
  const approved = result?.approvalCode !== undefined && movesMoney(result.actionCode)
  return {
    acquringBin: Number(transaction.acquiringBin),
    systemsTraceAuditNumber: transaction.stan,
    retrievalReferenceNumber: transaction.rrn,
    transactionIdentifier: result?.transactionIdentifier,
    actionCode: result?.actionCode,
    ...(approved ? { approvalCode: result.approvalCode } : {}),
    responseCode: result?.responseCode,
    transmissionDateTime: new Date(now).toISOString(),
    serviceProcessingType: { requestType: deferred?.requestType },
  }
}

/** What the ledger says of a call, from the entry of the push. */
export const adviceFacts = ({ acquiringBin, rrn, stan, transactionIdentifier }: LedgerEntry) => ({
  ...(acquiringBin === undefined ? {} : { acquiringBin }),
  ...(stan === undefined ? {} : { stan }),
  ...(rrn === undefined ? {} : { rrn }),
  ...(transactionIdentifier === undefined ? {} : { transactionIdentifier }),
})
