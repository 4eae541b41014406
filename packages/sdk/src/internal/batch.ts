/**
 * Batches of card transactions: always asynchronous. What all requests share goes into an envelope;
 * the rows of the result are matched by STAN, never by position.
 *
 * Source: Visa's OpenAPI export (2025) and its samples, in which every row repeats
 * `localTransactionDateTime`. The largest number of requests is not documented.
 */
import { Effect, Equal, Result, Schema } from "effect"
import { Money } from "../Money.ts"
import { failure } from "../Operation.ts"
import type { Failure, Reply } from "../Operation.ts"
import type { Exchange } from "../Transport.ts"
import { VisaError } from "../VisaError.ts"
import type { Body } from "./cardRequest.ts"
import { checkObject, invalidRequest } from "./invalidRequest.ts"
import * as Wire from "./wire.ts"

/** Requests that go to Visa in one call. */
export interface BatchRequest<out Item> {
  /**
   * One or more, each with a STAN of its own, and all with the same acquiring BIN, acquirer country,
   * business application id and merchant category code.
   */
  readonly request: ReadonlyArray<Item>
  /**
   * Goes out as `X-Client-Transaction-ID`, for the batch as a whole; those of its requests are not
   * sent.
   */
  readonly clientTransactionId?: string
}

/**
 * A batch that Visa has accepted, in a form that can be stored: no card number and no name is in it.
 *
 * Accepted is not paid: nothing is known of any of its transactions until the status, or the
 * Transaction Query, tells. The status can be asked for during 24 hours.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Schema } from "effect"
 * import { FundsTransfer, VisaDirectTest } from "effect-visa-direct"
 * import { Batch } from "effect-visa-direct/api/FundsTransfer"
 *
 * // Of another process, which stored it when Visa had accepted it.
 * const batch = Schema.decodeSync(Batch)({
 *   kind: "push",
 *   statusIdentifier: "1491819372_186_81_l73c003_VDP_ARM",
 *   acceptedAt: 0,
 *   acquiringBin: "408999",
 *   items: ["101011", "101012", "101013"].map((stan) => ({
 *     systemsTraceAuditNumber: stan,
 *     retrievalReferenceNumber: `401010${stan}`,
 *     cardAcceptorId: "CA-IDCode-77765",
 *     amount: { amount: "100.00", currency: "USD" },
 *     deferred: false
 *   }))
 * })
 * const visa = VisaDirectTest.layerWith(() => ({
 *   status: 200,
 *   body: {
 *     response: [
 *       { systemsTraceAuditNumber: 101013, octResponseDetail: { actionCode: "57" } },
 *       {
 *         systemsTraceAuditNumber: 101011,
 *         octResponseDetail: { actionCode: "00", transactionIdentifier: 234234322342343 }
 *       }
 *     ]
 *   }
 * }))
 * const { items } = await Effect.runPromise(
 *   FundsTransfer.multiPushStatus(batch).pipe(Effect.provide(visa))
 * )
 * const said = items.map(({ outcome }) =>
 *   outcome._tag === "VisaError" ? `${outcome.reason._tag}, ${outcome.money}` : outcome._tag
 * )
 * assert.deepStrictEqual(said, ["Approved", "NotAnswered", "NotPermittedToCardholder, NotMoved"])
 */
export const Batch = Schema.Struct({
  kind: Schema.Literals(["push", "pull", "reverse"]),
  statusIdentifier: Schema.String,
  /** Milliseconds since the epoch. */
  acceptedAt: Schema.Int,
  acquiringBin: Schema.String,
  items: Schema.Array(
    Schema.Struct({
      systemsTraceAuditNumber: Schema.String,
      retrievalReferenceNumber: Schema.String,
      cardAcceptorId: Schema.String,
      amount: Money.Schema,
      /** Whether it is a push that Visa is to hold. */
      deferred: Schema.Boolean,
    }),
  ),
})
export type Batch = typeof Batch.Type

/** Visa's result has no row for this transaction, or none that decides: its outcome is unknown. */
export interface NotAnswered {
  readonly _tag: "NotAnswered"
}

/** What became of one transaction of a batch. */
export interface BatchItem<out A> {
  readonly systemsTraceAuditNumber: string
  readonly retrievalReferenceNumber: string
  /** Told apart by `_tag`: an approval, a `VisaError` with its `money`, or `NotAnswered`. */
  readonly outcome: A | VisaError | NotAnswered
}

/** What became of a batch, as far as Visa says. */
export interface BatchResult<out A> {
  /** One for each request of the batch, in its order. */
  readonly items: ReadonlyArray<BatchItem<A>>
  /** Rows of Visa's answer that belong to no request of the batch: ask Visa's support about them. */
  readonly unmatched: number
  readonly exchange: Exchange
}

/** The fields that leave the requests for the envelope. */
const envelopeFields = [
  "acquirerCountryCode",
  "acquiringBin",
  "businessApplicationId",
  "merchantCategoryCode",
] as const

const at = (index: number, field: string): string =>
  field === "request" ? `request[${index}]` : `request[${index}].${field}`

const without = (body: Body, fields: ReadonlyArray<string>): Body =>
  Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field)))

/** The body of a batch of whatever kind. */
export const bodyOfBatch = <Item>(bodyOfItem: (item: Item) => Effect.Effect<Body, VisaError>) =>
  Effect.fnUntraced(function* (batch: BatchRequest<Item>): Effect.fn.Return<Body, VisaError> {
    yield* checkObject("batch", batch)
    if (!Array.isArray(batch.request) || batch.request.length === 0) {
      return yield* Effect.fail(invalidRequest("request", "Give a list of at least one request."))
    }
    const bodies = yield* Effect.forEach(batch.request, (item, index) =>
      Effect.mapError(bodyOfItem(item), ({ reason }) =>
        invalidRequest(at(index, reason.field ?? "request"), reason.detail ?? reason.row.advice),
      ),
    )
    const [first] = bodies
    const seen = new Set<unknown>()
    for (const [index, body] of bodies.entries()) {
      const stan = body["systemsTraceAuditNumber"]
      if (seen.has(stan)) {
        return yield* Effect.fail(
          invalidRequest(
            at(index, "systemsTraceAuditNumber"),
            "Give each request of a batch a STAN of its own: Visa's result is matched by it.",
          ),
        )
      }
      seen.add(stan)
      const other = envelopeFields.find((field) => !Equal.equals(body[field], first?.[field]))
      if (other !== undefined) {
        return yield* Effect.fail(
          invalidRequest(at(index, other), "It must be the same in all requests of a batch."),
        )
      }
    }
    const shared = envelopeFields.flatMap((field) =>
      first?.[field] === undefined ? [] : [[field, first[field]] as const],
    )
    return {
      ...Object.fromEntries(shared),
      localTransactionDateTime: first?.["localTransactionDateTime"],
      request: bodies.map((body) => without(body, envelopeFields)),
    }
  })

/** 202 is what a batch is answered with. Without an id there is nothing to ask with: an error. */
export const accepted = (reply: Reply): Result.Result<string, Failure> | undefined =>
  reply.httpStatus === 202 && reply.statusIdentifier !== undefined
    ? Result.succeed(reply.statusIdentifier)
    : undefined

/** The specification lists a 200 with the id in place of the 202 that its text speaks of. */
export const acceptedAtOnce = ({ body }: Reply): Result.Result<string, Failure> => {
  const found = Wire.isJsonObject(body) ? Wire.text(body["statusIdentifier"]) : undefined
  return found === undefined
    ? Result.fail(failure("ResponseMalformed", { detail: "The reply has no statusIdentifier." }))
    : Result.succeed(found)
}

export interface BatchRow {
  readonly systemsTraceAuditNumber: string | undefined
  /** In the form of the reply to a single operation. */
  readonly detail: unknown
}

/** Where a row holds its answer. */
const details = {
  push: "octResponseDetail",
  pull: "aftResponseDetail",
  reverse: "aftrResponseDetail",
} as const satisfies { readonly [K in Batch["kind"]]: string }

const readStan = Wire.digits(6)

export const batchRows =
  (kind: Batch["kind"]) =>
  (reply: Reply): Result.Result<ReadonlyArray<BatchRow>, Failure> => {
    const rows = Wire.isJsonObject(reply.body) ? reply.body["response"] : undefined
    return Array.isArray(rows)
      ? Result.succeed(
          rows.filter(Wire.isJsonObject).map((row) => ({
            systemsTraceAuditNumber: readStan(row["systemsTraceAuditNumber"]),
            detail: row[details[kind]],
          })),
        )
      : Result.fail(failure("ResponseMalformed", { detail: "The reply has no list of responses." }))
  }

type Answer<A> = Result.Result<A, Failure>

interface Identified {
  readonly _tag: string
  readonly transactionIdentifier?: string
}

/** What must agree where Visa sends two rows for one transaction. */
const gist = <A extends Identified>(answer: Answer<A>): string =>
  Result.match(answer, {
    onSuccess: ({ _tag, transactionIdentifier }) => `${_tag} ${transactionIdentifier}`,
    onFailure: ({ fields, tag }) => `${tag} ${fields.code}`,
  })

const contradiction: Failure = failure("ResponseMalformed", {
  detail: "Visa's result has two rows for this STAN that say different things.",
})

const hasActionCode = ({ detail }: BatchRow): boolean =>
  Wire.isJsonObject(detail) && detail["actionCode"] !== undefined && detail["actionCode"] !== null

/** Gives each transaction of the batch what Visa says of it. */
export const resultOf = <A extends Identified>(
  batch: Batch,
  rows: ReadonlyArray<BatchRow>,
  exchange: Exchange,
  decode: (detail: unknown, item: Batch["items"][number]) => Answer<A>,
): BatchResult<A> => {
  const byStan = Map.groupBy(rows, (row) => row.systemsTraceAuditNumber)
  const items = batch.items.map((item): BatchItem<A> => {
    const { retrievalReferenceNumber, systemsTraceAuditNumber } = item
    const answers = (byStan.get(systemsTraceAuditNumber) ?? [])
      .filter(hasActionCode)
      .map(({ detail }) => decode(detail, item))
    const [first, ...more] = answers
    const answer =
      first !== undefined && more.some((other) => gist(other) !== gist(first))
        ? Result.fail(contradiction)
        : first
    return {
      systemsTraceAuditNumber,
      retrievalReferenceNumber,
      outcome:
        answer === undefined
          ? { _tag: "NotAnswered" }
          : Result.getOrElse(answer, ({ fields, tag }) =>
              VisaError.of(tag, fields, {
                operation: exchange.operation,
                money: "reports",
                rail: "card",
                correlationId: exchange.correlationId,
                visaCorrelationId: exchange.visaCorrelationId,
                attempt: exchange.attempt,
              }),
            ),
    }
  })
  const known = new Set(batch.items.map((item) => item.systemsTraceAuditNumber))
  return {
    items,
    unmatched: rows.filter(
      ({ systemsTraceAuditNumber: stan }) => stan === undefined || !known.has(stan),
    ).length,
    exchange,
  }
}
