/**
 * Transaction Query, as in Visa's OpenAPI export of November 2025: pushes, pulls, reversals and
 * adjustments, each with its repeats. A reversal or adjustment has the identifier of its original.
 */
import { check, type FieldTable, required, text, wording } from "../internal/FieldTable.ts"
import { acquiringBin } from "../internal/formats.ts"
import type { Transaction } from "../internal/Network.ts"
import { type Endpoint, type Reply, validationError, type World } from "./Endpoint.ts"

const lookBack = 120 * 24 * 3_600_000

/** Unix milliseconds of `DD-MM-YYYY:HH:MM:SS`, GMT; NaN when it is not one. */
const instant = (written: string): number => {
  const parts = /^(\d{2})-(\d{2})-(\d{4}):(\d{2}):(\d{2}):(\d{2})$/.exec(written)
  return parts === null
    ? Number.NaN
    : Date.parse(`${parts[3]}-${parts[2]}-${parts[1]}T${parts[4]}:${parts[5]}:${parts[6]}Z`)
}

const moment = text(19, 19, { valid: (written) => !Number.isNaN(instant(written)) })

const count = text(1, 5, { pattern: /^\d+$/ })

const parameters: FieldTable = {
  acquiringBIN: required(acquiringBin),
  transactionIdentifier: text(15, 15, { pattern: /^\d+$/ }),
  stan: text(6, 6, { pattern: /^\d+$/ }),
  rrn: text(12, 12, { pattern: /^\d+$/ }),
  requestType: text(2, 2, { oneOf: ["00", "01", "02", "03"] }),
  caid: text(1, 15),
  transactionStartDate: moment,
  transactionEndDate: moment,
  fields: text(1, 2_000),
  limit: count,
  offset: count,
}

/** `DD-MM-YYYY` and `HH:MM:SS`, GMT. */
const dateOf = (at: number) => {
  const [year, month, day] = new Date(at).toISOString().slice(0, 10).split("-")
  return `${day}-${month}-${year}`
}
const timeOf = (at: number) => new Date(at).toISOString().slice(11, 19)

type Column = (row: Transaction) => unknown

/** Returned always. `acquiringBin` is a number and the identifier a string, unlike in the POST. */
const defaultColumns: Readonly<Record<string, Column>> = {
  statusCode: (row) => row.state,
  acquiringBin: (row) => Number(row.acquiringBin),
  actionCode: (row) => row.result?.actionCode,
  // The table demands six characters also of declines, which have none.
  approvalCode: (row) => row.result && (row.result.approvalCode ?? "000000"),
  responseCode: (row) => row.result?.responseCode,
  transactionIdentifier: (row) => row.result && String(row.result.transactionIdentifier),
  transactionType: (row) => row.transactionType,
  retrievalReferenceNumber: (row) => row.rrn,
  systemsTraceAuditNumber: (row) => row.stan,
  transactionDate: (row) => dateOf(row.at),
  transactionTime: (row) => timeOf(row.at),
}

/** Returned when `fields` names them. */
const optionalColumns: Readonly<Record<string, Column>> = {
  amount: (row) => row.amount,
  amountInTransactionCurrency: (row) => row.amount,
  transactionCurrencyCode: (row) => row.currency,
  accountNumberMasked: (row) => row.maskedPan || undefined,
  businessApplicationId: (row) => row.businessApplicationId,
  cardAcceptor: (row) => ({ name: row.cardAcceptorName, idCode: row.cardAcceptorId }),
  networkId: (row) => String(row.details?.["networkId"] ?? 2).padStart(4, "0"),
  approvedAmountInTransactionCurrency: (row) =>
    row.approvedAmount === undefined ? undefined : Number(row.approvedAmount),
  cavvResultCode: (row) => row.details?.["cavvResultCode"],
  cvv2ResultCode: (row) => row.details?.["cvv2ResultCode"],
  motoECIIndicator: (row) => row.details?.["motoECIIndicator"],
  originalActionCode: (row) => row.result?.originalActionCode,
  processingDate: (row) => dateOf(row.at),
  settlementDate: (row) => dateOf(row.at),
  settlementTime: (row) => timeOf(row.at),
  serviceProcessingType: (row) => row.deferred && { requestType: row.deferred.requestType },
}

const itemOf = (row: Transaction, fields: ReadonlyArray<string>): Record<string, unknown> => {
  const item: Record<string, unknown> = {}
  for (const [name, column] of Object.entries(defaultColumns)) item[name] = column(row)
  for (const name of fields) {
    const column = optionalColumns[name]
    if (column !== undefined) item[name] = column(row)
  }
  return item
}

const search = (
  query: Readonly<Record<string, string>>,
  world: World,
  now: number,
): { readonly page: ReadonlyArray<unknown>; readonly more: boolean } => {
  const { acquiringBIN = "", transactionIdentifier, stan = "", rrn = "" } = query
  const { settings, network } = world
  network.settleDue(now)
  const from = Math.max(now - lookBack, instant(query["transactionStartDate"] ?? "") || 0)
  const to = instant(query["transactionEndDate"] ?? "") || Number.POSITIVE_INFINITY
  const rows = network
    .find(
      transactionIdentifier === undefined ? { stan, rrn } : { transactionIdentifier },
      acquiringBIN,
    )
    .filter(
      (row) =>
        row.at >= from &&
        row.at <= to &&
        (query["caid"] === undefined || row.cardAcceptorId === query["caid"]) &&
        (query["requestType"] === undefined ||
          (row.deferred?.requestType ?? "00") === query["requestType"]) &&
        (row.state === "IN_PROGRESS"
          ? settings.queryInProgress === "shown"
          : row.at + settings.queryLag <= now),
    )
  // The number of the first record, counted from 1: offset 11 with limit 10 is records 11 to 20.
  const offset = Math.max(0, Number(query["offset"] ?? 1) - 1)
  const limit = Number(query["limit"] ?? 10)
  const fields = (query["fields"] ?? "").split(",").map((name) => name.trim())
  return {
    page: rows.slice(offset, offset + limit).map((row) => itemOf(row, fields)),
    more: rows.length > offset + limit,
  }
}

const tooOld = (query: Readonly<Record<string, string>>, now: number) => {
  const start = instant(query["transactionStartDate"] ?? "")
  return !Number.isNaN(start) && start < now - lookBack
}

export const TransactionQuery: Endpoint = {
  name: "TransactionQuery",
  method: "GET",
  path: "/visadirect/v1/transactionquery",
  mle: "project",
  scripted: false,
  prepare(request, world) {
    const query: Readonly<Record<string, string>> = Object.fromEntries(request.query)
    const problem = check(parameters, query)
    if (problem !== undefined) return validationError(wording(problem))
    if (query["transactionIdentifier"] === undefined) {
      for (const element of ["stan", "rrn"]) {
        if (query[element] === undefined) {
          return validationError(wording({ kind: "missing", element }))
        }
      }
    }
    if (tooOld(query, request.now)) {
      return validationError(wording({ kind: "invalid", element: "transactionStartDate" }))
    }
    const named = {
      ...(query["stan"] === undefined ? {} : { stan: query["stan"] }),
      ...(query["rrn"] === undefined ? {} : { rrn: query["rrn"] }),
      acquiringBin: query["acquiringBIN"] ?? "",
    }
    return {
      facts: named,
      commit: (_answer, now): Reply => {
        const { page, more } = search(query, world, now)
        if (page.length === 0) {
          return {
            status: world.settings.notFoundStatus,
            body: { errorMessage: "No transactions found for the given search criteria" },
            kind: "query",
            record: named,
          }
        }
        return {
          status: 200,
          body: page,
          ...(more ? { headers: { "x-pagination": "true" } } : {}),
          kind: "query",
          record: named,
        }
      },
    }
  },
}
