/**
 * What Visa knows of a transaction: the last word on a payment whose reply was lost.
 *
 * Source: Visa's OpenAPI export "Visa Direct" (2025), operation `transactionquery`.
 */
import { Context, Effect, Layer, Option, Result } from "effect"
import { invalidRequest } from "../internal/invalidRequest.ts"
import * as Wire from "../internal/wire.ts"
import type { Encoded, Failure, Operation, Reply } from "../Operation.ts"
import { failure } from "../Operation.ts"
import { Transport } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"

/** By Visa's own id, or by the identity under which the transaction was sent. */
export type Query =
  & {
    /** 6 to 11 digits: the BIN under which it was sent. */
    readonly acquiringBin: string
    /** `cardAcceptor.idCode` of the original, to narrow the search. */
    readonly cardAcceptorId?: string | undefined
  }
  & (
    | {
      /** 15 digits, from an earlier reply. */
      readonly transactionIdentifier: string
    }
    | {
      readonly systemsTraceAuditNumber: string
      readonly retrievalReferenceNumber: string
    }
  )

const record = Wire.object({
  acquiringBin: Wire.text,
  actionCode: Wire.actionCode,
  approvalCode: Wire.text,
  originalActionCode: Wire.actionCode,
  responseCode: Wire.text,
  retrievalReferenceNumber: Wire.digits(12),
  systemsTraceAuditNumber: Wire.digits(6),
  transactionIdentifier: Wire.digits(15),
  /** `CRED VOUCHER` is an OCT, `SALES DRAFT` an AFT. */
  transactionType: Wire.text,
  /** `DD-MM-YYYY`, GMT. */
  transactionDate: Wire.text,
  /** `HH24:MM:SS`, GMT. */
  transactionTime: Wire.text,
  /** Absent for up to two hours after processing. */
  amount: Wire.decimal,
  transactionCurrencyCode: Wire.text,
  amountInTransactionCurrency: Wire.decimal,
  rejectReasonCode: Wire.text,
  rejectReasonText: Wire.text,
  settlementDate: Wire.text,
  networkId: Wire.text,
})

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
export type TransactionRecord = Wire.Read<RecordFields> & {
  /** `UNRECOGNIZED` for a status that this version does not know: keep asking. */
  readonly statusCode: StatusCode | "UNRECOGNIZED"
}

type RecordFields = typeof record extends Wire.Reader<Wire.Read<infer Fields>> ? Fields : never

const readRecord = (value: unknown): TransactionRecord | undefined => {
  const found = record(value)
  if (found === undefined || !Wire.isJsonObject(value)) return undefined
  const statusCode = Wire.text(value["statusCode"])
  return { ...found, statusCode: isStatusCode(statusCode) ? statusCode : "UNRECOGNIZED" }
}

/** Visa's way of saying "none", seen as an object in place of the documented array. */
const saysNone = (body: unknown): boolean =>
  Wire.isJsonObject(body) && /^no transactions? found/i.test(Wire.text(body["errorMessage"]) ?? "")

const decode = (reply: Reply): Result.Result<ReadonlyArray<TransactionRecord>, Failure> => {
  if (saysNone(reply.body)) return Result.succeed([])
  if (!Array.isArray(reply.body)) {
    return Result.fail(failure("ResponseMalformed", { detail: "The reply is not a list of transactions." }))
  }
  const records = reply.body.map(readRecord)
  const whole = records.filter((found) => found !== undefined)
  // A row that cannot be read might be the very payment that is asked for.
  return whole.length === records.length
    ? Result.succeed(whole)
    : Result.fail(failure("ResponseMalformed", { detail: "A row of the reply is not an object." }))
}

const pattern = (
  field: string,
  value: string,
  expected: RegExp,
  detail: string,
): Option.Option<VisaError> =>
  expected.test(value) ? Option.none() : Option.some(invalidRequest(field, detail))

const encode = (query: Query): Effect.Effect<Encoded, VisaError> => {
  const selector = "transactionIdentifier" in query
    ? { transactionIdentifier: query.transactionIdentifier }
    : { stan: query.systemsTraceAuditNumber, rrn: query.retrievalReferenceNumber }
  const wrong = Option.firstSomeOf([
    pattern("acquiringBin", query.acquiringBin, /^\d{6,11}$/, "It must be 6 to 11 digits."),
    ...("transactionIdentifier" in query
      ? [pattern("transactionIdentifier", query.transactionIdentifier, /^\d{15}$/, "It must be 15 digits.")]
      : [
        pattern("systemsTraceAuditNumber", query.systemsTraceAuditNumber, /^\d{6}$/, "It must be 6 digits."),
        pattern("retrievalReferenceNumber", query.retrievalReferenceNumber, /^\d{12}$/, "It must be 12 digits."),
      ]),
  ])
  if (Option.isSome(wrong)) return Effect.fail(wrong.value)
  return Effect.succeed({
    path: operations.find.path,
    query: {
      // Capital letters in the query, unlike in bodies.
      acquiringBIN: query.acquiringBin,
      ...selector,
      ...(query.cardAcceptorId === undefined ? {} : { caid: query.cardAcceptorId }),
    },
  })
}

/** The operations of this module, as data. */
export const operations: {
  readonly find: Operation<Query, ReadonlyArray<TransactionRecord>>
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
      reply.httpStatus !== 200 && saysNone(reply.body) ? Result.succeed([]) : undefined,
  },
}

/**
 * Asks Visa for the events of a transaction.
 *
 * @example no-run
 * import { Effect } from "effect"
 * import { TransactionQuery, VisaDirect } from "effect-visa-direct"
 *
 * const found = TransactionQuery.find({
 *   acquiringBin: "408999",
 *   systemsTraceAuditNumber: "451018",
 *   retrievalReferenceNumber: "412770452025"
 * }).pipe(Effect.provide(VisaDirect.layerConfig))
 */
export class TransactionQuery extends Context.Service<TransactionQuery, {
  /**
   * One record per event, an empty list when Visa knows nothing. The list is the first page, at most
   * ten events. Fails with `RequestInvalid` before sending, and with what the transport meets.
   */
  readonly find: (query: Query) => Effect.Effect<ReadonlyArray<TransactionRecord>, VisaError>
}>()("effect-visa-direct/TransactionQuery") {
  static readonly make = Effect.gen(function*() {
    const transport = yield* Transport
    return TransactionQuery.of({
      find: (query) =>
        Effect.map(transport.execute(operations.find, query), ({ value }) => value),
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
    Effect.flatMap(TransactionQuery, (service) => service.find(query))
}
