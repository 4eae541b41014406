/**
 * The report of processed transactions, as in Visa's OpenAPI exports and generated clients of 2018.
 *
 * It lists what was settled: payments with which money moved, one row each, in the order in which
 * they were processed. Declines and duplicates are not in it (the rows have no action code).
 */
import { check, type FieldTable, required, text, wording } from "../internal/FieldTable.ts"
import { movesMoney, type Transaction } from "../internal/Network.ts"
import { type Endpoint, type Reply, validationError, type World } from "./Endpoint.ts"

const day = 24 * 3_600_000
const lookBackDays = 120
const longestRangeDays = 5
const pageSize = 100

/** Midnight GMT of `DDMMYYYY`, in Unix milliseconds; NaN when it is no date. */
const midnight = (written: string): number => {
  const iso = written.replace(/^(\d{2})(\d{2})(\d{4})$/, "$3-$2-$1")
  const at = Date.parse(`${iso}T00:00:00.000Z`)
  // 30 February would roll over.
  return Number.isNaN(at) || !new Date(at).toISOString().startsWith(iso) ? Number.NaN : at
}

const date = text(8, 8, {
  pattern: /^\d{8}$/,
  valid: (written) => !Number.isNaN(midnight(written)),
})

const positive = text(1, 5, { pattern: /^0*[1-9]\d*$/ })

const parameters: FieldTable = {
  fromDate: required(date),
  toDate: required(date),
  fields: text(1, 2_000),
  /** Number of the page, from 1. */
  offset: positive,
  /** Rows of a page. */
  limit: positive,
}

const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10)

/** `2016-04-30:162345`, GMT. */
const momentOf = (at: number) =>
  `${dateOf(at)}:${new Date(at).toISOString().slice(11, 19).replaceAll(":", "")}`

type Column = (row: Transaction) => unknown

/** Clearing transaction codes (BASE II) by the query's transaction types. */
const transactionCodes: Readonly<Record<string, string>> = {
  "SALES DRAFT": "05",
  "CRED VOUCHER": "06",
  "CASH DISBURSEMT": "07",
  "SALES CHGBK": "15",
  "CRED CHGBK": "16",
  "CASH CHGBK": "17",
  "SALES REVERSAL": "25",
  "CRED REVERSAL": "26",
  "CRED CHGBK REVERSAL": "36",
}

/** Of a partial approval, what was approved. */
const amountOf = (row: Transaction) => Number(row.approvedAmount ?? row.amount)

const dollars: ReadonlySet<string> = new Set(["USD", "840"])

/** Returned always. Numbers here are numbers: an audit number has lost its leading zeros. */
const defaultColumns: Readonly<Record<string, Column>> = {
  transactionIdentifier: (row) => row.result && String(row.result.transactionIdentifier),
  transactionDateTime: (row) => momentOf(row.at),
  processingDate: (row) => dateOf(row.at),
  settlementDateTime: (row) => momentOf(row.at),
  transactionState: (row) => row.transactionType,
  acquiringBin: (row) => Number(row.acquiringBin),
  retrievalReferenceNumber: (row) => row.rrn,
  systemsTraceAuditNumber: (row) => Number(row.stan),
  approvalCode: (row) => row.result?.approvalCode,
  accountNumberMasked: (row) => row.maskedPan.replaceAll("*", "x") || undefined,
  // In US dollars; the simulated network settles no other currency.
  amount: (row) => (dollars.has(row.currency) ? amountOf(row) : undefined),
  transactionCurrencyCode: (row) => row.currency,
  cardAcceptorIdCode: (row) => row.cardAcceptorId,
  cardAcceptorName: (row) => row.cardAcceptorName,
}

/** Returned when `fields` names them. */
const optionalColumns: Readonly<Record<string, Column>> = {
  amountInTransactionCurrency: amountOf,
  networkId: () => "0002",
  transactionStateCode: (row) => transactionCodes[row.transactionType],
  businessApplicationId: (row) => row.businessApplicationId,
}

type Query = Readonly<Record<string, string>>

const rowOf = (row: Transaction, fields: ReadonlyArray<string>): Record<string, unknown> => {
  const wanted = fields.flatMap((name) => {
    const column = optionalColumns[name]
    return column === undefined ? [] : [[name, column] as const]
  })
  const item: Record<string, unknown> = {}
  for (const [name, column] of [...Object.entries(defaultColumns), ...wanted]) {
    const value = column(row)
    if (value !== undefined) item[name] = value
  }
  return item
}

/** A project sees its own transactions; the ledger knows whose they are. */
const settledFor = (project: string, query: Query, world: World, now: number) => {
  const { ledger, network } = world
  network.settleDue(now)
  const own = new Set(
    ledger
      .entries()
      .flatMap((entry) => (entry.project === project ? (entry.transactionIdentifier ?? []) : [])),
  )
  return network
    .between(midnight(query["fromDate"] ?? ""), midnight(query["toDate"] ?? "") + day - 1)
    .filter(
      ({ result, state }) =>
        state === "COMPLETED" &&
        result !== undefined &&
        movesMoney(result.actionCode) &&
        own.has(String(result.transactionIdentifier)),
    )
}

/** What is wrong with the range of dates. */
const rangeProblem = (query: Query, now: number): string | undefined => {
  const from = midnight(query["fromDate"] ?? "")
  const to = midnight(query["toDate"] ?? "")
  const today = now - (now % day)
  if (from > to) return "fromDate is later than toDate."
  if ((to - from) / day + 1 > longestRangeDays) {
    return `Only ${longestRangeDays} days of data can be retrieved.`
  }
  if (from < today - lookBackDays * day) {
    return `Only the last ${lookBackDays} days of data can be searched.`
  }
  return undefined
}

export const TransactionReport: Endpoint = {
  name: "TransactionReport",
  method: "GET",
  path: "/visadirect/reports/v1/transactiondata",
  mle: "project",
  scripted: false,
  prepare(request, world) {
    const query: Query = Object.fromEntries(request.query)
    const problem = check(parameters, query)
    if (problem !== undefined) return validationError(wording(problem))
    const wrong = rangeProblem(query, request.now)
    if (wrong !== undefined) return validationError(wrong)
    return {
      facts: {},
      commit: (_answer, now): Reply => {
        const rows = settledFor(request.project, query, world, now)
        const limit = Number(query["limit"] ?? pageSize)
        const start = (Number(query["offset"] ?? 1) - 1) * limit
        const fields = (query["fields"] ?? "").split(",").map((name) => name.trim())
        const page = rows.slice(start, start + limit).map((row) => rowOf(row, fields))
        const empty = page.length === 0 && world.settings.reportEmpty === "message"
        return {
          status: 200,
          body: empty
            ? { errorMessage: "No transactions found for the given search criteria" }
            : page,
          kind: "query",
        }
      },
    }
  },
}
