/**
 * The true outcome of one payment.
 *
 * A lost reply, a 202, a 5xx or an action code such as `68` leave it open whether money moved. This
 * module asks until it is known: by the status id, then by the Transaction Query, and only when Visa
 * knows nothing of the payment by sending it again under the same identity, which Visa recognises if
 * the first one arrived after all. What is still open when the deadline passes is an
 * {@link OutcomeUnknown} that holds all that is needed to go on asking later, in another process.
 *
 * Source: Visa's error-code page and the postings of its staff on time-outs; the identity that must
 * stay the same is acquiring BIN, STAN, RRN, card acceptor id and terminal id.
 */
import {
  Clock,
  Context,
  Duration,
  Effect,
  Layer,
  Option,
  Ref,
  Result,
  Schedule,
  Schema,
} from "effect"
import { observeOutcomes, outcomeSpan } from "../internal/observeOutcomes.ts"
import { RetryPolicy } from "../RetryPolicy.ts"
import type { CallOptions } from "../Transport.ts"
import { catalogue, readActionCode, tagOfCode, VisaError } from "../VisaError.ts"
import type { Tag } from "../VisaError.ts"
import { FundsTransfer } from "./FundsTransfer.ts"
import type { Approved, PushRequest } from "./FundsTransfer.ts"
import { TransactionQuery } from "./TransactionQuery.ts"
import type { TransactionRecord } from "./TransactionQuery.ts"

/** How it came to be known that a payment was made. */
export type Via = "reply" | "status" | "query" | "resend"

/** A payment that was made: exactly one, whatever it took to find out. */
export interface Paid {
  readonly _tag: "Paid"
  readonly via: Via
  /** Visa's id of the transaction, 15 digits; absent where the query's row has none. */
  readonly transactionIdentifier: string | undefined
  /** The code that decided: `00` or `11`, also where the last answer was a `94`. */
  readonly actionCode: string
  readonly approvalCode: string | undefined
}

/**
 * A payment whose outcome is open, in a form that can be stored: no card number and no name is in it.
 */
export const OpenPayment = Schema.Struct({
  operation: Schema.Literals(["push"]),
  acquiringBin: Schema.String,
  systemsTraceAuditNumber: Schema.String,
  retrievalReferenceNumber: Schema.String,
  cardAcceptorId: Schema.String,
  /** The newest id that Visa gave out for it; good for 24 hours. */
  statusIdentifier: Schema.optionalKey(Schema.String),
  /** Milliseconds since the epoch. */
  firstSentAt: Schema.Int,
  /** How often it was sent again under the same identity. */
  resends: Schema.Int,
  /** The tag of what was last seen. */
  lastReason: Schema.String,
})
export type OpenPayment = typeof OpenPayment.Type

/**
 * Visa could not say yet whether the payment was made. Store `open` and go on with `Outcome.resume`;
 * send nothing else for this payment.
 */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {
  open: OpenPayment,
  message: Schema.String,
}) {
  /** @internal */
  static of(open: OpenPayment): OutcomeUnknown {
    return new OutcomeUnknown({
      open,
      message:
        `OutcomeUnknown: Visa has not yet said what became of the payment with STAN ${open.systemsTraceAuditNumber} ` +
        `and RRN ${open.retrievalReferenceNumber}; last seen was ${open.lastReason}. ` +
        "Next: Store it and ask again with Outcome.resume. Do not send it under another identity.",
    })
  }
}

export interface OutcomeOptions extends CallOptions {
  /** How long to go on asking. Default: 2 minutes. */
  readonly deadline?: Duration.Input | undefined
  /** The pauses between two rounds of asking. Default: half a second, growing to ten seconds. */
  readonly polling?: Schedule.Schedule<unknown> | undefined
  /**
   * How many rounds in a row the query must have found no decision before the payment is sent again
   * under the same identity. Default: 2, because a query can lag behind.
   */
  readonly emptyQueries?: number | undefined
  /** How often it may be sent again under the same identity. Default: 1. */
  readonly maxResends?: number | undefined
}

const defaultPolling = Schedule.min([
  Schedule.exponential("500 millis"),
  Schedule.spaced("10 seconds"),
])

const statusLifetime = Duration.toMillis(Duration.hours(24))

const paid = (via: Via, answer: Approved): Paid => ({
  _tag: "Paid",
  via,
  transactionIdentifier: answer.transactionIdentifier,
  actionCode: answer.originalActionCode ?? answer.actionCode,
  approvalCode: answer.approvalCode,
})

/**
 * What is known after one round of asking. `resendable`: Visa knows nothing of the payment, or only
 * that nobody decided it (`91`, `96`, `68`); a repeat under the same identity is what Visa advises.
 */
type Round = Result.Result<Paid, VisaError> | "open" | "resendable"

/** An approval that Visa only holds is not a payment yet. */
const approvedVia = (via: Via, answer: Approved): Round =>
  answer.deferred ? "open" : Result.succeed(paid(via, answer))

const isAnswer = (error: VisaError): boolean => error.reason.row.category === "decline"

/**
 * One row of the query: made, not made, or not decided. The status comes before the action code: a
 * deferred push that was cancelled still shows the `00` with which it was accepted.
 */
const readRecord = (
  record: TransactionRecord,
): Result.Result<Paid, VisaError> | "undecided" | "open" => {
  const { actionCode, originalActionCode, statusCode } = record
  const notMade = (tag: Tag, code: string) =>
    Result.fail(
      VisaError.of(
        tag,
        { code, detail: record.rejectReasonText },
        {
          operation: "TransactionQuery.find",
          money: "reports",
        },
      ),
    )
  if (statusCode === "IN_PROGRESS" || statusCode === "PENDING") return "open"
  const rejected = tagOfCode("queryStatus", statusCode)
  if (actionCode === undefined) {
    return Option.match(rejected, {
      onNone: () => "open" as const,
      onSome: (tag) => notMade(tag, statusCode),
    })
  }
  const verdict = readActionCode("push", actionCode, originalActionCode)
  if (Result.isSuccess(verdict)) {
    return Option.match(rejected, {
      onNone: () =>
        Result.succeed<Paid>({
          _tag: "Paid",
          via: "query",
          transactionIdentifier: record.transactionIdentifier,
          actionCode: originalActionCode ?? actionCode,
          approvalCode: record.approvalCode,
        }),
      onSome: (tag) => notMade(tag, statusCode),
    })
  }
  return catalogue[verdict.failure.tag].category === "decline"
    ? notMade(verdict.failure.tag, actionCode)
    : "undecided"
}

/**
 * Reads the query's rows: the original and its repeats. An approval among them is the payment; a
 * refusal counts only when nothing is still being processed.
 */
const readRecords = (records: ReadonlyArray<TransactionRecord>): Round => {
  const rows = records.map(readRecord)
  const decided = rows.flatMap((row) => (row === "open" || row === "undecided" ? [] : [row]))
  const made = decided.find(Result.isSuccess)
  if (made !== undefined) return made
  if (rows.includes("open")) return "open"
  return decided[0] ?? "resendable"
}

/**
 * Pays, and finds out.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Layer } from "effect"
 * import { Outcome, VisaDirectTest } from "effect-visa-direct"
 *
 * // A payment of another process, stored while its outcome was open.
 * const open = {
 *   operation: "push" as const,
 *   acquiringBin: "408999",
 *   systemsTraceAuditNumber: "451018",
 *   retrievalReferenceNumber: "412770452025",
 *   cardAcceptorId: "CA-IDCode-77765",
 *   firstSentAt: 0,
 *   resends: 0,
 *   lastReason: "ResponseTimeout"
 * }
 * const visa = VisaDirectTest.layerWith(() => ({
 *   status: 200,
 *   body: [{ statusCode: "COMPLETED", actionCode: "00", transactionIdentifier: "234234322342343" }]
 * }))
 * const known = Outcome.resume(open).pipe(Effect.provide(Outcome.layer), Effect.provide(visa))
 * assert.strictEqual((await Effect.runPromise(known)).via, "query")
 */
export class Outcome extends Context.Service<
  Outcome,
  {
    /**
     * Pushes money to a card and finds out what became of it. Fails with a `VisaError` when it is
     * certain that no money moved, and with `OutcomeUnknown` when it is not certain yet.
     */
    readonly push: (
      request: PushRequest,
      options?: OutcomeOptions,
    ) => Effect.Effect<Paid, VisaError | OutcomeUnknown>
    /**
     * Goes on asking about a payment whose outcome was open. Without the request it only asks; with it,
     * the payment may be sent again under the same identity when Visa knows nothing of it.
     */
    readonly resume: (
      open: OpenPayment,
      options?: OutcomeOptions & { readonly request?: PushRequest | undefined },
    ) => Effect.Effect<Paid, VisaError | OutcomeUnknown>
  }
>()("effect-visa-direct/Outcome") {
  static readonly make = Effect.gen(function* () {
    const transfers = yield* FundsTransfer
    const queries = yield* TransactionQuery
    const observed = yield* observeOutcomes

    /** Asks once, and remembers what was learned in `ref`. */
    const ask = Effect.fnUntraced(function* (ref: Ref.Ref<OpenPayment>): Effect.fn.Return<Round> {
      const open = yield* Ref.get(ref)
      const { statusIdentifier } = open
      const now = yield* Clock.currentTimeMillis
      if (statusIdentifier !== undefined && now - open.firstSentAt < statusLifetime) {
        const status = yield* Effect.result(transfers.pushStatus(statusIdentifier))
        if (Result.isSuccess(status)) return approvedVia("status", status.success)
        if (isAnswer(status.failure)) return Result.fail(status.failure)
        yield* note(ref, status.failure)
        if (status.failure.reason._tag === "StillProcessing") return "open"
      }
      const found = yield* Effect.result(
        queries.find({
          acquiringBin: open.acquiringBin,
          systemsTraceAuditNumber: open.systemsTraceAuditNumber,
          retrievalReferenceNumber: open.retrievalReferenceNumber,
          cardAcceptorId: open.cardAcceptorId,
        }),
      )
      if (Result.isSuccess(found)) return readRecords(found.success)
      yield* note(ref, found.failure)
      return "open"
    })

    const settle = Effect.fnUntraced(function* (
      first: OpenPayment,
      request: PushRequest | undefined,
      options: OutcomeOptions,
    ): Effect.fn.Return<Paid, VisaError | OutcomeUnknown> {
      const ref = yield* Ref.make(first)
      const emptyQueries = options.emptyQueries ?? 2
      const maxResends = options.maxResends ?? 1
      let inARow = 0

      const round: Effect.Effect<Round> = Effect.gen(function* () {
        // The rounds are the repeats.
        const known = yield* RetryPolicy.once(ask(ref))
        if (known !== "resendable") {
          inARow = 0
          return known
        }
        inARow += 1
        const { resends } = yield* Ref.get(ref)
        if (request === undefined || inARow < emptyQueries || resends >= maxResends) return known
        yield* Ref.update(ref, (open) => ({ ...open, resends: open.resends + 1 }))
        inARow = 0
        const again = yield* Effect.result(transfers.push(request, options))
        if (Result.isSuccess(again)) return approvedVia("resend", again.success)
        // Only an answer of the issuer settles it: a 429 to the second says nothing about the first.
        if (isAnswer(again.failure)) return Result.fail(again.failure)
        yield* note(ref, again.failure)
        return "open"
      })

      const decided = yield* round.pipe(
        Effect.repeat({
          while: (known) => known === "open" || known === "resendable",
          schedule: options.polling ?? defaultPolling,
        }),
        Effect.timeoutOption(options.deadline ?? "2 minutes"),
      )
      const known = Option.getOrElse(decided, (): Round => "open")
      return known === "open" || known === "resendable"
        ? yield* Effect.fail(OutcomeUnknown.of(yield* Ref.get(ref)))
        : yield* Effect.fromResult(known)
    })

    return Outcome.of({
      push: Effect.fnUntraced(function* (request, options = {}) {
        if ((request.serviceProcessingType?.requestType ?? "00") !== "00") {
          return yield* VisaError.of("RequestInvalid", {
            field: "serviceProcessingType",
            detail:
              "Outcome.push is for payments that are made now. Send a deferred one with FundsTransfer.push: its 00 says that it was accepted, not that it was made",
          })
        }
        const firstSentAt = yield* Clock.currentTimeMillis
        const sent = yield* Effect.result(transfers.push(request, options))
        if (Result.isSuccess(sent) && !sent.success.deferred) return paid("reply", sent.success)
        if (Result.isFailure(sent) && sent.failure.money !== "Unknown") return yield* sent.failure
        const { lastReason, statusIdentifier } = Result.match(sent, {
          onSuccess: () => ({ lastReason: "Deferred", statusIdentifier: undefined }),
          onFailure: ({ reason }) => ({
            lastReason: reason._tag,
            statusIdentifier: reason.statusIdentifier,
          }),
        })
        return yield* settle(
          {
            operation: "push",
            acquiringBin: request.acquiringBin,
            systemsTraceAuditNumber: request.systemsTraceAuditNumber,
            retrievalReferenceNumber: request.retrievalReferenceNumber,
            cardAcceptorId: request.cardAcceptor.idCode,
            ...(statusIdentifier === undefined ? {} : { statusIdentifier }),
            firstSentAt,
            resends: 0,
            lastReason,
          },
          request,
          options,
        ).pipe(observed(firstSentAt))
      }, outcomeSpan("outcome")),
      resume: Effect.fnUntraced(function* (open, options = {}) {
        const { request } = options
        if (request !== undefined && !isSamePayment(open, request)) {
          return yield* VisaError.of("RequestInvalid", {
            field: "request",
            detail: "Give the request with which this payment was first sent: its identity differs",
          })
        }
        return yield* settle(open, request, options).pipe(observed(open.firstSentAt))
      }, outcomeSpan("outcome")),
    })
  })

  static readonly layer: Layer.Layer<Outcome, never, FundsTransfer | TransactionQuery> =
    Layer.effect(Outcome, Outcome.make)

  static readonly push = (
    request: PushRequest,
    options?: OutcomeOptions,
  ): Effect.Effect<Paid, VisaError | OutcomeUnknown, Outcome> =>
    Effect.flatMap(Outcome, (service) => service.push(request, options))

  static readonly resume = (
    open: OpenPayment,
    options?: OutcomeOptions & { readonly request?: PushRequest | undefined },
  ): Effect.Effect<Paid, VisaError | OutcomeUnknown, Outcome> =>
    Effect.flatMap(Outcome, (service) => service.resume(open, options))
}

const isSamePayment = (open: OpenPayment, request: PushRequest): boolean =>
  open.acquiringBin === request.acquiringBin &&
  open.systemsTraceAuditNumber === request.systemsTraceAuditNumber &&
  open.retrievalReferenceNumber === request.retrievalReferenceNumber &&
  open.cardAcceptorId === request.cardAcceptor.idCode

const note = (ref: Ref.Ref<OpenPayment>, { reason }: VisaError): Effect.Effect<void> =>
  Ref.update(ref, (open) => ({
    ...open,
    lastReason: reason._tag,
    ...(reason.statusIdentifier === undefined ? {} : { statusIdentifier: reason.statusIdentifier }),
  }))
