/**
 * What Visa knows of a transaction: the last word on a payment whose reply was lost.
 *
 * Source: Visa's OpenAPI export "Visa Direct" (2025), operation `transactionquery`. The HTTP status of
 * "none found" is not documented: its text decides.
 */
import { Clock, Context, DateTime, Effect, Layer, Option, Result, Stream } from "effect"
import { checkObject, invalidRequest } from "../internal/invalidRequest.ts"
import * as Wire from "../internal/wire.ts"
import type { Encoded, Failure, Operation, Reply } from "../Operation.ts"
import { failure } from "../Operation.ts"
import { Transport } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"

/** What narrows a query or adds to its answer. */
export interface QueryOptions {
  /** `cardAcceptor.idCode` of the original, to narrow the search. */
  readonly cardAcceptorId?: string | undefined
  /**
   * Looks for deferred pushes with this `serviceProcessingType.requestType`. `02` and `03` need STAN
   * and RRN, and the day on which they were sent as both dates unless it is today.
   */
  readonly requestType?: "00" | "01" | "02" | "03" | undefined
  /** Not more than 120 days ago. */
  readonly transactionStartDate?: DateTime.DateTime | undefined
  /** Not before the start. */
  readonly transactionEndDate?: DateTime.DateTime | undefined
  /** Fields that Visa sends only when they are named. */
  readonly fields?: ReadonlyArray<QueryField> | undefined
  /** Events of one page. Visa's default is 10. */
  readonly limit?: number | undefined
  /** The first event of the page, counted from 1. */
  readonly offset?: number | undefined
}

/** By Visa's own id, or by the identity under which the transaction was sent. */
export type Query = QueryOptions & {
  /** 6 to 11 digits: the BIN under which it was sent. */
  readonly acquiringBin: string
} & (
    | {
        /** 15 digits, from an earlier reply. */
        readonly transactionIdentifier: string
      }
    | {
        readonly systemsTraceAuditNumber: string
        readonly retrievalReferenceNumber: string
      }
  )

/** Visa sends these always. */
const usual = {
  acquiringBin: Wire.text,
  actionCode: Wire.actionCode,
  approvalCode: Wire.text,
  responseCode: Wire.text,
  retrievalReferenceNumber: Wire.digits(12),
  systemsTraceAuditNumber: Wire.digits(6),
  transactionIdentifier: Wire.digits(15),
  /** `CRED VOUCHER` is an OCT, `SALES DRAFT` an AFT, `SALES REVERSAL` the reversal of one. */
  transactionType: Wire.text,
  /** `DD-MM-YYYY`, GMT. */
  transactionDate: Wire.text,
  /** `HH24:MM:SS`, GMT. */
  transactionTime: Wire.text,
} as const

/** Visa sends these when `fields` names them; some come unasked. */
const optional = {
  /** The first digits and the last four. */
  accountNumberMasked: Wire.text,
  additionalTokenRespInfo: Wire.text,
  /** Absent for up to two hours after processing. */
  amount: Wire.decimal,
  amountInTransactionCurrency: Wire.decimal,
  /** Of a partially approved pull: what was debited. */
  approvedAmountInTransactionCurrency: Wire.decimal,
  businessApplicationId: Wire.text,
  cardAcceptor: Wire.object({ name: Wire.text, idCode: Wire.text }),
  cardType: Wire.text,
  cavvResultCode: Wire.text,
  currencyConversionRate: Wire.decimal,
  cvv2ResultCode: Wire.text,
  dafIndicator: Wire.text,
  enablerVerificationValue: Wire.text,
  feeProgramDesc: Wire.text,
  feeProgramIndicator: Wire.text,
  motoECIIndicator: Wire.text,
  networkId: Wire.text,
  /** Only where Visa took the request for a repeat: what it answered to the original. */
  originalActionCode: Wire.actionCode,
  /** `DD-MM-YYYY` */
  processingDate: Wire.text,
  productIdentifierPlatformCode: Wire.text,
  reasonCode: Wire.text,
  reasonCodeValue: Wire.text,
  rejectReasonCode: Wire.text,
  rejectReasonText: Wire.text,
  serviceProcessingType: Wire.object({ requestType: Wire.text, deferredDateTime: Wire.text }),
  /** `DD-MM-YYYY` */
  settlementDate: Wire.text,
  /** `HH24:MM:SS` */
  settlementTime: Wire.text,
  transactionCurrencyCode: Wire.text,
  transactionStateCode: Wire.text,
} as const

/** A field that can be asked for. */
export type QueryField = keyof typeof optional

const record = Wire.object({ ...usual, ...optional })

/**
 * `COMPLETED` says that Visa has processed it, not that it was approved: that is in `actionCode`.
 */
export type StatusCode = "COMPLETED" | "IN_PROGRESS" | "FAILED" | "PENDING" | "CANCELLED"

const statusCodes: ReadonlySet<string> = new Set<StatusCode>([
  "COMPLETED",
  "IN_PROGRESS",
  "FAILED",
  "PENDING",
  "CANCELLED",
])

const isStatusCode = (value: string | undefined): value is StatusCode =>
  value !== undefined && statusCodes.has(value)

/** One event of a transaction's life: the original, a duplicate, a reversal, a chargeback. */
export type TransactionRecord = Wire.Read<typeof usual & typeof optional> & {
  /** `UNRECOGNIZED` for a status that this version does not know: keep asking. */
  readonly statusCode: StatusCode | "UNRECOGNIZED"
}

const readRecord = (value: unknown): TransactionRecord | undefined => {
  const found = record(value)
  if (found === undefined || !Wire.isJsonObject(value)) return undefined
  const statusCode = Wire.text(value["statusCode"])
  return { ...found, statusCode: isStatusCode(statusCode) ? statusCode : "UNRECOGNIZED" }
}

/** Visa's way of saying "none", seen as an object in place of the documented array. */
const saysNone = (body: unknown): boolean =>
  Wire.isJsonObject(body) && /^no transactions? found/i.test(Wire.text(body["errorMessage"]) ?? "")

/** One page of a transaction's events. */
interface Page {
  readonly records: ReadonlyArray<TransactionRecord>
  /** Whether Visa has more events than these. */
  readonly more: boolean
}

const none: Page = { records: [], more: false }

const decode = (reply: Reply): Result.Result<Page, Failure> => {
  if (saysNone(reply.body)) return Result.succeed(none)
  if (!Array.isArray(reply.body)) {
    return Result.fail(
      failure("ResponseMalformed", { detail: "The reply is not a list of transactions." }),
    )
  }
  const rows = reply.body.map(readRecord)
  const records = rows.filter((found) => found !== undefined)
  // A row that cannot be read might be the very payment that is asked for.
  return records.length === rows.length
    ? Result.succeed({
        records,
        more: reply.headers?.["x-pagination"]?.trim().toLowerCase() === "true",
      })
    : Result.fail(failure("ResponseMalformed", { detail: "A row of the reply is not an object." }))
}

/** `DD-MM-YYYY:HH:MM:SS`, GMT. */
const written = (at: DateTime.DateTime): string => {
  const [date = "", time = ""] = DateTime.formatIso(at).slice(0, 19).split("T")
  return `${date.split("-").toReversed().join("-")}:${time}`
}

/** Every parameter that a query has, by its name at Visa. */
interface Parameters {
  readonly acquiringBIN: unknown
  readonly transactionIdentifier: unknown
  readonly stan: unknown
  readonly rrn: unknown
  readonly caid: unknown
  readonly requestType: unknown
  readonly fields: unknown
  readonly limit: unknown
  readonly offset: unknown
}

interface Format {
  readonly parameter: keyof Parameters
  readonly field: string
  readonly pattern: RegExp
  readonly demand: string
  readonly required?: (query: Query) => boolean
}

const idOf = (query: Query): string | undefined =>
  "transactionIdentifier" in query ? query.transactionIdentifier : undefined

const hasId = (query: Query): boolean => idOf(query) !== undefined

const formats: ReadonlyArray<Format> = [
  {
    parameter: "acquiringBIN",
    field: "acquiringBin",
    pattern: /^\d{6,11}$/,
    demand: "It must be 6 to 11 digits.",
    required: () => true,
  },
  {
    parameter: "transactionIdentifier",
    field: "transactionIdentifier",
    pattern: /^\d{15}$/,
    demand: "It must be 15 digits.",
    required: hasId,
  },
  {
    parameter: "stan",
    field: "systemsTraceAuditNumber",
    pattern: /^\d{6}$/,
    demand: "It must be 6 digits.",
    required: (query) => !hasId(query),
  },
  {
    parameter: "rrn",
    field: "retrievalReferenceNumber",
    pattern: /^\d{12}$/,
    demand: "It must be 12 digits.",
    required: (query) => !hasId(query),
  },
  {
    parameter: "caid",
    field: "cardAcceptorId",
    pattern: /^[^\p{Cc}]{1,15}$/u,
    demand: "It must be 1 to 15 characters.",
  },
  {
    parameter: "requestType",
    field: "requestType",
    pattern: /^0[0-3]$/,
    demand: "It must be 00, 01, 02 or 03.",
  },
  {
    parameter: "fields",
    field: "fields",
    pattern: new RegExp(
      `^(${Object.keys(optional).join("|")})(,(${Object.keys(optional).join("|")}))*$`,
    ),
    demand: "Give a list of names from QueryField.",
  },
  {
    parameter: "limit",
    field: "limit",
    pattern: /^[1-9]\d{0,5}$/,
    demand: "It must be a whole number from 1 up.",
  },
  {
    parameter: "offset",
    field: "offset",
    pattern: /^[1-9]\d{0,8}$/,
    demand: "It must be a whole number from 1 up: the first event is 1.",
  },
]

/** Visa's, for a query that names no limit. */
const defaultLimit = 10

const lookBack = 120 * 24 * 3_600_000

const dates = ["transactionStartDate", "transactionEndDate"] as const

const checkDates = (query: Query, now: number): VisaError | undefined => {
  for (const field of dates) {
    const at: unknown = query[field]
    if (at === undefined) continue
    if (!DateTime.isDateTime(at)) return invalidRequest(field, "Give a DateTime.")
    if (DateTime.toEpochMillis(at) < now - lookBack) {
      return invalidRequest(
        field,
        "It must not be more than 120 days ago: Visa looks no further back.",
      )
    }
  }
  const { transactionEndDate: end, transactionStartDate: start } = query
  if (start !== undefined && end !== undefined && DateTime.isGreaterThan(start, end)) {
    return invalidRequest("transactionStartDate", "It must not be after transactionEndDate.")
  }
  const deferred = query.requestType === "02" || query.requestType === "03"
  if (!deferred) return undefined
  if (hasId(query)) {
    return invalidRequest(
      "requestType",
      "Give STAN and RRN: deferred pushes are found by them only.",
    )
  }
  const days = dates.map((field) => query[field]).map((at) => at && DateTime.formatIsoDateUtc(at))
  return days[0] === days[1]
    ? undefined
    : invalidRequest("transactionEndDate", "Give the same day twice: that on which it was sent.")
}

const encode = Effect.fnUntraced(function* (query: Query): Effect.fn.Return<Encoded, VisaError> {
  yield* checkObject("query", query)
  const parameters: Parameters = {
    // Capital letters in the query, unlike in bodies.
    acquiringBIN: query.acquiringBin,
    transactionIdentifier: idOf(query),
    stan: "systemsTraceAuditNumber" in query ? query.systemsTraceAuditNumber : undefined,
    rrn: "retrievalReferenceNumber" in query ? query.retrievalReferenceNumber : undefined,
    caid: query.cardAcceptorId,
    requestType: query.requestType,
    fields: Array.isArray(query.fields) ? query.fields.join(",") : query.fields,
    limit: query.limit,
    offset: query.offset,
  }
  const wrong = formats.find(({ parameter, pattern, required }) => {
    const value = parameters[parameter]
    return value === undefined ? required?.(query) === true : !pattern.test(String(value))
  })
  if (wrong !== undefined) return yield* Effect.fail(invalidRequest(wrong.field, wrong.demand))
  const wrongDate = checkDates(query, yield* Clock.currentTimeMillis)
  if (wrongDate !== undefined) return yield* Effect.fail(wrongDate)
  return {
    path: operations.find.path,
    query: Object.fromEntries([
      ...Object.entries(parameters).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as const],
      ),
      ...dates.flatMap((name) => {
        const at = query[name]
        return at === undefined ? [] : [[name, written(at)] as const]
      }),
    ]),
  }
})

/** The operations of this module, as data. */
export const operations: {
  readonly find: Operation<Query, Page>
} = {
  find: {
    name: "TransactionQuery.find",
    method: "GET",
    path: "/visadirect/v1/transactionquery",
    mle: "mandatory",
    money: "reports",
    rail: "card",
    findOut: "none",
    encode,
    decode,
    decodeOther: (reply) =>
      reply.httpStatus !== 200 && saysNone(reply.body) ? Result.succeed(none) : undefined,
  },
}

/**
 * Asks Visa for the events of a transaction.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Stream } from "effect"
 * import { TransactionQuery, VisaDirectTest } from "effect-visa-direct"
 *
 * const events = TransactionQuery.stream({
 *   acquiringBin: "408999",
 *   systemsTraceAuditNumber: "952909",
 *   retrievalReferenceNumber: "823410000885",
 *   fields: ["originalActionCode"]
 * })
 * const row = { statusCode: "COMPLETED", actionCode: "00", transactionType: "SALES DRAFT" }
 * const visa = VisaDirectTest.layerWith(({ query }) =>
 *   query.offset === undefined
 *     ? { status: 200, headers: { "x-pagination": "true" }, body: Array(10).fill(row) }
 *     : { status: 200, body: [{ ...row, transactionType: "SALES REVERSAL" }] }
 * )
 * const all = await Effect.runPromise(Stream.runCollect(events).pipe(Effect.provide(visa)))
 * assert.strictEqual(all.length, 11)
 */
export class TransactionQuery extends Context.Service<
  TransactionQuery,
  {
    /**
     * One record per event, an empty list when Visa knows nothing. The list is one page: at most ten
     * events unless `limit` says otherwise. Fails with `RequestInvalid` before sending, and with what
     * the transport meets.
     */
    readonly find: (query: Query) => Effect.Effect<ReadonlyArray<TransactionRecord>, VisaError>
    /** Every event from `offset` on, page by page; `limit` is the size of a page. */
    readonly stream: (query: Query) => Stream.Stream<TransactionRecord, VisaError>
  }
>()("effect-visa-direct/TransactionQuery") {
  static readonly make = Effect.gen(function* () {
    const transport = yield* Transport
    const page = (query: Query) =>
      Effect.map(transport.execute(operations.find, query), ({ value }) => value)
    return TransactionQuery.of({
      find: (query) => Effect.map(page(query), ({ records }) => records),
      stream: (query) =>
        Stream.paginate(query, (asked) =>
          Effect.map(page(asked), ({ more, records }) => {
            // By what came and not by what was asked for: Visa may give fewer than `limit`.
            const offset = (asked.offset ?? 1) + records.length
            const next: Query = { ...asked, offset, limit: asked.limit ?? defaultLimit }
            return [
              records,
              more && records.length > 0 ? Option.some(next) : Option.none<Query>(),
            ] as const
          }),
        ),
    })
  })

  static readonly layer: Layer.Layer<TransactionQuery, never, Transport> = Layer.effect(
    TransactionQuery,
    TransactionQuery.make,
  )

  static readonly operations = operations

  static readonly find = (
    query: Query,
  ): Effect.Effect<ReadonlyArray<TransactionRecord>, VisaError, TransactionQuery> =>
    TransactionQuery.use((service) => service.find(query))

  static readonly stream = (
    query: Query,
  ): Stream.Stream<TransactionRecord, VisaError, TransactionQuery> =>
    Stream.unwrap(TransactionQuery.useSync((service) => service.stream(query)))
}
