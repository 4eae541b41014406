/**
 * What VisaNet processed of this project's transactions, for reconciliation.
 *
 * Visa answers for at most five days of the last 120 in one call, in pages. {@link Reports} goes
 * through any range of days by itself. A report that fails says nothing about any payment.
 *
 * Source: Visa's OpenAPI export of Visa Direct (September 2025) for path, dates and limits; that
 * `offset` is the number of the page, counted from 1, and that `fields` asks for more fields, is from
 * the parameter texts of Visa's sample clients. No table of the rows is published, so they are what
 * Visa sends: JSON objects. Nor is it published what Visa answers when there are none; a list without
 * elements, status 204 and a text such as "No transactions found" are read as that.
 */
import { Context, Effect, Layer, Option, Result, Stream } from "effect"
import { answersOf } from "../internal/answers.ts"
import { strictEncoder } from "../internal/invalidRequest.ts"
import {
  maxLimit,
  pageFields,
  pageRules,
  rangeFields,
  rangeRules,
  visaDate,
  windows,
} from "../internal/reportFields.ts"
import type { ReportPageRequest, ReportRange } from "../internal/reportFields.ts"
import { checkRules } from "../internal/rules.ts"
import { unfitReply } from "../internal/unfitReply.ts"
import * as Wire from "../internal/wire.ts"
import * as Codes from "../internal/wireCodes.ts"
import { failure } from "../Operation.ts"
import type { Encoded, Failure, Operation, Reply } from "../Operation.ts"
import { Transport } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"

export type { ReportPageRequest, ReportRange } from "../internal/reportFields.ts"

/** One row, as Visa sent it. */
export type ReportRow = { readonly [field: string]: unknown }

const saysNone = ({ body, httpStatus }: Reply): boolean =>
  httpStatus === 204 ||
  (Wire.isJsonObject(body) &&
    /^no (?:transactions?|records?|data)\b.* found/i.test(Wire.text(body["errorMessage"]) ?? ""))

const row: Wire.Reader<ReportRow> = (value) => (Wire.isJsonObject(value) ? value : undefined)

const decode = (reply: Reply): Result.Result<ReadonlyArray<ReportRow>, Failure> => {
  const rows = saysNone(reply) ? [] : Codes.list(row)(reply.body)
  return rows === undefined
    ? Result.fail(
        failure("ResponseMalformed", { detail: "The reply is not a list of transactions." }),
      )
    : Result.succeed(rows)
}

const path = "/visadirect/reports/v1/transactiondata"

const encodePage = strictEncoder(pageFields)
const encodeRange = strictEncoder(rangeFields)

const encode = Effect.fnUntraced(function* (
  request: ReportPageRequest,
): Effect.fn.Return<Encoded, VisaError> {
  const { fields, fromDate, limit = maxLimit, page = 1, toDate } = yield* encodePage(request)
  yield* checkRules(pageRules, request)
  return {
    path,
    query: {
      fromDate: visaDate(fromDate),
      toDate: visaDate(toDate),
      limit: String(limit),
      offset: String(page),
      ...(fields === undefined || fields.length === 0 ? {} : { fields: fields.join(",") }),
    },
  }
})

/** The operations of this module, as data. */
export const operations: {
  readonly page: Operation<ReportPageRequest, ReadonlyArray<ReportRow>>
} = {
  page: {
    name: "Reports.page",
    method: "GET",
    path,
    mle: "mandatory",
    money: "none",
    findOut: "none",
    encode,
    decode,
    decodeOther: (reply) =>
      reply.httpStatus !== 200 && saysNone(reply) ? Result.succeed([]) : undefined,
  },
}

const checkedRange = (range: ReportRange): Effect.Effect<ReportRange, VisaError> =>
  encodeRange(range).pipe(
    Effect.andThen(checkRules(rangeRules, range)),
    Effect.as(range),
    Effect.mapError((error) => error.within({ operation: "Reports.transactions", money: "none" })),
  )

interface Position {
  readonly page: number
  /** The page before, to notice when Visa sends the same one again. */
  readonly previous: string | undefined
}

/** A page that is not full is the last one. */
const pagesOf = (
  transport: Transport["Service"],
  window: ReportRange,
): Stream.Stream<ReportRow, VisaError> =>
  Stream.paginate<Position, ReportRow, VisaError>(
    { page: 1, previous: undefined },
    Effect.fnUntraced(function* ({ page, previous }: Position) {
      const { exchange, value: rows } = yield* transport.execute(operations.page, {
        ...window,
        page,
      })
      if (rows.length < (window.limit ?? maxLimit)) return [rows, Option.none()] as const
      const current = JSON.stringify(rows)
      if (current === previous) {
        return yield* unfitReply(
          operations.page,
          exchange,
          "offset",
          `Page ${page} is the same as the one before it.`,
        )
      }
      return [rows, Option.some({ page: page + 1, previous: current })] as const
    }),
  )

/**
 * Reads reports.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Stream } from "effect"
 * import { TestClock } from "effect/testing"
 * import { Correlation, Reports, Transport } from "effect-visa-direct"
 *
 * const visa = Transport.layerTest(({ query }) => ({
 *   status: 200,
 *   body: [{ transactionIdentifier: "234234322342343", from: query.fromDate, to: query.toDate }]
 * }))
 * const rows = Effect.gen(function* () {
 *   yield* TestClock.setTime(Date.parse("2026-11-23T10:00:00Z"))
 *   return yield* Stream.runCollect(Reports.transactions({ fromDate: "2026-11-01", toDate: "2026-11-07" }))
 * }).pipe(
 *   Effect.provide(Reports.layer),
 *   Effect.provide(visa),
 *   Effect.provide(Correlation.layerTest),
 *   Effect.provide(TestClock.layer())
 * )
 * // Seven days are two calls.
 * assert.deepStrictEqual(
 *   (await Effect.runPromise(rows)).map(({ from, to }) => [from, to]),
 *   [["01112026", "05112026"], ["06112026", "07112026"]]
 * )
 */
export class Reports extends Context.Service<
  Reports,
  {
    /**
     * All rows of a range of days, oldest window first, each page fetched when the one before has been
     * consumed. Nothing is sent for a range that Visa cannot answer: the stream fails with
     * `RequestInvalid`. It ends with the first failure; the rows before it are whole pages.
     */
    readonly transactions: (range: ReportRange) => Stream.Stream<ReportRow, VisaError>
    /** One page, for programs that keep their own place. Fewer rows than `limit` are the last page. */
    readonly page: (
      request: ReportPageRequest,
    ) => Effect.Effect<ReadonlyArray<ReportRow>, VisaError>
  }
>()("effect-visa-direct/Reports") {
  static readonly make = Effect.gen(function* () {
    const transport = yield* Transport
    const answer = answersOf(transport)
    return Reports.of({
      transactions: (range) =>
        Stream.fromIterableEffect(Effect.map(checkedRange(range), windows)).pipe(
          Stream.flatMap((window) => pagesOf(transport, window)),
        ),
      page: (request) => answer(operations.page, request),
    })
  })

  static readonly layer: Layer.Layer<Reports, never, Transport> = Layer.effect(
    Reports,
    Reports.make,
  )

  static readonly operations = operations

  static readonly transactions = (
    range: ReportRange,
  ): Stream.Stream<ReportRow, VisaError, Reports> =>
    Stream.unwrap(Effect.map(Reports, (service) => service.transactions(range)))

  static readonly page = (
    request: ReportPageRequest,
  ): Effect.Effect<ReadonlyArray<ReportRow>, VisaError, Reports> =>
    Effect.flatMap(Reports, (service) => service.page(request))
}
