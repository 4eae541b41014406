/**
 * The true outcome of one payment.
 *
 * A lost reply, a 202, a 5xx or an action code such as `68` leave it open whether money moved. This
 * module asks until it is known: by the status id, then by the Transaction Query or the payout's own
 * query, and only when Visa knows nothing of the payment by sending it again under the same identity,
 * which Visa recognises if the first one arrived after all. What is still open when the deadline passes
 * is an {@link OutcomeUnknown} that holds all that is needed to go on asking later, in another process.
 *
 * A payout to an account or wallet is not sent again unless `maxResends` says so: Visa demands that a
 * `clientReferenceId` be unique and publishes nothing about what it does with one that is not.
 *
 * Source: Visa's error-code page and the postings of its staff on time-outs; the identity that must
 * stay the same is acquiring BIN, STAN, RRN, card acceptor id and terminal id. For payouts, Visa's
 * Account and Wallet pages.
 */
import { Context, Duration, Effect, Equal, Layer, Result, Stream } from "effect"
import { observeOutcomes, outcomeSpan } from "../internal/observeOutcomes.ts"
import type { OpenOf, OpenOnCard, OpenPayment, OutcomeUnknown } from "../internal/openPayment.ts"
import {
  debited,
  debitedBy,
  paid,
  paidBy,
  reversedBefore,
  takenBy,
  undone,
  undoneBy,
} from "../internal/outcomeAnswers.ts"
import type { Debited, Paid, Taken, Undone } from "../internal/outcomeAnswers.ts"
import { mapRound, pay, settle } from "../internal/settling.ts"
import type { Kind, OutcomeOptions, Round, Via } from "../internal/settling.ts"
import { readRows } from "../internal/transactionRows.ts"
import type { ApprovedRow } from "../internal/transactionRows.ts"
import { isJsonObject } from "../internal/wire.ts"
import { VisaError } from "../VisaError.ts"
import type { Reason } from "../VisaError.ts"
import { AccountPayouts } from "./AccountPayouts.ts"
import type { PayoutRequest } from "./AccountPayouts.ts"
import { FundsTransfer } from "./FundsTransfer.ts"
import type { PullRequest, PushRequest, ReverseApproved, ReverseRequest } from "./FundsTransfer.ts"
import { TransactionQuery } from "./TransactionQuery.ts"
import type { QueryField } from "./TransactionQuery.ts"

export { OpenPayment, OutcomeUnknown } from "../internal/openPayment.ts"
export type { Debited, Paid, Taken, Undone } from "../internal/outcomeAnswers.ts"
export type { OutcomeOptions, Via } from "../internal/settling.ts"

/** What is asked for, by operation. */
interface Requests {
  readonly push: PushRequest
  readonly pull: PullRequest
  readonly reverse: ReverseRequest
  readonly payout: PayoutRequest
}

/** What is known in the end, by operation. */
interface Answers {
  readonly push: Paid
  readonly pull: Debited
  readonly reverse: Undone
  readonly payout: Taken
}

type Operation = OpenPayment["operation"]

/** Options of `Outcome.resume`. With the request, the payment may be sent again. */
export interface ResumeOptions<out O extends Operation> extends OutcomeOptions {
  /** That with which the payment was first sent. */
  readonly request?: Requests[O] | undefined
}

type Known<A> = Effect.Effect<A, VisaError | OutcomeUnknown>

const statusLifetime = Duration.toMillis(Duration.hours(24))

/** A member that may not be there: what comes from JavaScript may be anything. */
const at = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((found, name) => (isJsonObject(found) ? found[name] : undefined), value)

type CardRequest = Requests[OpenOnCard["operation"]]

const identityOf = (request: CardRequest) => ({
  acquiringBin: request.acquiringBin,
  systemsTraceAuditNumber: request.systemsTraceAuditNumber,
  retrievalReferenceNumber: request.retrievalReferenceNumber,
  cardAcceptorId: request.cardAcceptor.idCode,
})

const isSameOnCard = (open: OpenOnCard, request: unknown): boolean =>
  open.acquiringBin === at(request, "acquiringBin") &&
  open.systemsTraceAuditNumber === at(request, "systemsTraceAuditNumber") &&
  open.retrievalReferenceNumber === at(request, "retrievalReferenceNumber") &&
  open.cardAcceptorId === at(request, "cardAcceptor", "idCode")

const onCard = {
  learn: <Open extends OpenOnCard>(open: Open, { statusIdentifier }: Reason): Open =>
    statusIdentifier === undefined ? open : { ...open, statusIdentifier },
  maxResends: 1,
} as const

/** What the rows are read by beside what they always hold. */
const rowFields: ReadonlyArray<QueryField> = [
  "originalActionCode",
  "rejectReasonText",
  "approvedAmountInTransactionCurrency",
  "networkId",
]

const isDeferred = (request: PushRequest): boolean =>
  (request.serviceProcessingType?.requestType ?? "00") !== "00"

/** Every kind of payment, made of the operations of the APIs. */
const kindsOf = (
  transfers: FundsTransfer["Service"],
  queries: TransactionQuery["Service"],
  payouts: AccountPayouts["Service"],
) => {
  const status = <A>(
    open: OpenOnCard,
    now: number,
    ask: (id: string) => Effect.Effect<Round<A>, VisaError>,
  ): ReadonlyArray<Effect.Effect<Round<A>, VisaError>> =>
    open.statusIdentifier !== undefined && now - open.firstSentAt < statusLifetime
      ? [ask(open.statusIdentifier)]
      : []

  const query = <A>(
    open: OpenOnCard,
    read: (row: ApprovedRow) => Round<A>,
  ): Effect.Effect<Round<A>, VisaError> =>
    queries
      .stream({
        acquiringBin: open.acquiringBin,
        systemsTraceAuditNumber: open.systemsTraceAuditNumber,
        retrievalReferenceNumber: open.retrievalReferenceNumber,
        cardAcceptorId: open.cardAcceptorId,
        fields: rowFields,
      })
      .pipe(
        Stream.runCollect,
        Effect.map((records) => mapRound(readRows(open.operation, records), read)),
      )

  const push: Kind<OpenOf<"push">, PushRequest, Paid> = {
    ...onCard,
    isRequestOf: (open, request): request is PushRequest => isSameOnCard(open, request),
    open: (request, seen) => ({ operation: "push", ...identityOf(request), ...seen }),
    send: (request, options, via) =>
      Effect.map(transfers.push(request, options), (answer) => paid(via, answer)),
    questions: (open, now) => [
      ...status(open, now, (id) =>
        Effect.map(transfers.pushStatus(id), (answer) => paid("status", answer)),
      ),
      query(open, (row) => Result.succeed(paidBy(row))),
    ],
  }

  const pull: Kind<OpenOf<"pull">, PullRequest, Debited> = {
    ...onCard,
    isRequestOf: (open, request): request is PullRequest =>
      isSameOnCard(open, request) && Equal.equals(open.amount, at(request, "amount")),
    open: (request, seen) => ({
      operation: "pull",
      ...identityOf(request),
      amount: request.amount,
      ...seen,
    }),
    send: (request, options, via) =>
      Effect.map(transfers.pull(request, options), (answer) => debited(via, answer)),
    questions: (open, now) => [
      ...status(open, now, (id) =>
        Effect.map(transfers.pullStatus(id, open.amount), (answer) => debited("status", answer)),
      ),
      query(open, (row) => debitedBy(row, open.amount)),
    ],
  }

  /** That the pull was undone before is what a reversal is for. */
  const reversing = (
    via: Via,
    reversal: Effect.Effect<ReverseApproved, VisaError>,
  ): Effect.Effect<Round<Undone>, VisaError> =>
    reversal.pipe(
      Effect.map((answer) => undone(via, answer)),
      Effect.catchIf(
        ({ reason }) => reason._tag === "AlreadyReversed",
        () => Effect.succeed(reversedBefore(via)),
      ),
    )

  const reverse: Kind<OpenOf<"reverse">, ReverseRequest, Undone> = {
    ...onCard,
    // The pull's own request has this identity too.
    isRequestOf: (open, request): request is ReverseRequest =>
      isSameOnCard(open, request) && at(request, "originalDataElements") !== undefined,
    open: (request, seen) => ({ operation: "reverse", ...identityOf(request), ...seen }),
    send: (request, options, via) => reversing(via, transfers.reverse(request, options)),
    questions: (open, now) => [
      ...status(open, now, (id) => reversing("status", transfers.reverseStatus(id))),
      query(open, (row) => Result.succeed(undoneBy(row))),
    ],
  }

  const payout: Kind<OpenOf<"payout">, PayoutRequest, Taken> = {
    maxResends: 0,
    learn: (open) => open,
    isRequestOf: (open, request): request is PayoutRequest =>
      open.initiatingPartyId === at(request, "transactionDetail", "initiatingPartyId") &&
      open.clientReferenceId === at(request, "transactionDetail", "clientReferenceId") &&
      Equal.equals(open.amount, at(request, "transactionDetail", "transactionAmount")),
    open: ({ transactionDetail }, seen) => ({
      operation: "payout",
      initiatingPartyId: transactionDetail.initiatingPartyId,
      clientReferenceId: transactionDetail.clientReferenceId,
      amount: transactionDetail.transactionAmount,
      ...seen,
    }),
    send: (request, _options, via) =>
      Effect.map(payouts.send(request), ({ exchange: _, ...answer }) =>
        Result.succeed({ ...answer, via }),
      ),
    questions: ({ amount, clientReferenceId, initiatingPartyId }) => [
      payouts.query({ clientReferenceId, initiatingPartyId }).pipe(
        Effect.flatMap((found) => Effect.fromResult(takenBy(found, amount))),
        Effect.catchIf(
          ({ reason }) => reason._tag === "ResourceNotFound",
          () => Effect.succeed("resendable" as const),
        ),
      ),
    ],
  }

  return { push, pull, reverse, payout }
}

/**
 * Pays, and finds out.
 *
 * Each fails with a `VisaError` when the outcome is certain and not the one that was asked for, which
 * its `money` tells: nearly always that none has moved, and `Moved` where it came back
 * (`TransactionReversed`, `PayoutStatusReturned`). Each fails with `OutcomeUnknown` when it is not
 * certain yet.
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
    /** Pushes money to a card and finds out what became of it. */
    readonly push: (request: PushRequest, options?: OutcomeOptions) => Known<Paid>
    /**
     * Pulls money from a card and finds out what was debited. `TransactionReversed` when it was debited
     * and given back before that was known.
     */
    readonly pull: (request: PullRequest, options?: OutcomeOptions) => Known<Debited>
    /** Undoes a pull and finds out whether it is undone. Once is enough, whoever did it. */
    readonly reverse: (request: ReverseRequest, options?: OutcomeOptions) => Known<Undone>
    /**
     * Sends a payout to an account or wallet and finds out whether Visa has it. Without `maxResends` it
     * is sent once: what Visa does not find stays `OutcomeUnknown`, for a person or a later resumption
     * to decide.
     */
    readonly payout: (request: PayoutRequest, options?: OutcomeOptions) => Known<Taken>
    /**
     * Goes on asking about a payment whose outcome was open. Without the request it only asks; with it,
     * the payment may be sent again under the same identity when Visa knows nothing of it.
     */
    readonly resume: <Open extends OpenPayment>(
      open: Open,
      options?: ResumeOptions<Open["operation"]>,
    ) => Known<Answers[Open["operation"]]>
  }
>()("effect-visa-direct/Outcome") {
  static readonly make = Effect.gen(function* () {
    const kinds = kindsOf(yield* FundsTransfer, yield* TransactionQuery, yield* AccountPayouts)

    const observed = yield* observeOutcomes

    const again = <Open extends OpenPayment, Request, A extends Answers[Operation]>(
      kind: Kind<Open, Request, A>,
      open: Open,
      { request, ...options }: OutcomeOptions & { readonly request?: unknown },
    ): Known<A> => {
      const known = (given: Request | undefined) =>
        observed(open.firstSentAt)(settle(kind, open, given, options))
      if (request === undefined) return known(undefined)
      return kind.isRequestOf(open, request)
        ? known(request)
        : Effect.fail(
            VisaError.of("RequestInvalid", {
              field: "request",
              detail:
                "Give the request with which this payment was first sent: its identity differs",
            }),
          )
    }

    const resume = (
      open: OpenPayment,
      options: ResumeOptions<Operation> = {},
    ): Known<Answers[Operation]> => {
      switch (open.operation) {
        case "push":
          return again(kinds.push, open, options)
        case "pull":
          return again(kinds.pull, open, options)
        case "reverse":
          return again(kinds.reverse, open, options)
        case "payout":
          return again(kinds.payout, open, options)
      }
    }

    return Outcome.of({
      push: Effect.fnUntraced(function* (request, options = {}) {
        if (isDeferred(request)) {
          return yield* VisaError.of("RequestInvalid", {
            field: "serviceProcessingType",
            detail:
              "Outcome.push is for payments that are made now. Send a deferred one with FundsTransfer.push: its 00 says that it was accepted, not that it was made",
          })
        }
        return yield* pay(kinds.push, request, options, observed)
      }, outcomeSpan("outcome")),
      pull: (request, options = {}) =>
        outcomeSpan("outcome")(pay(kinds.pull, request, options, observed)),
      reverse: (request, options = {}) =>
        outcomeSpan("outcome")(pay(kinds.reverse, request, options, observed)),
      payout: (request, options = {}) =>
        outcomeSpan("outcome")(pay(kinds.payout, request, options, observed)),
      // The operation of `open` decides which answer it is; TypeScript cannot follow that.
      resume: ((open, options) =>
        outcomeSpan("outcome")(resume(open, options))) as Outcome["Service"]["resume"],
    })
  })

  static readonly layer: Layer.Layer<
    Outcome,
    never,
    AccountPayouts | FundsTransfer | TransactionQuery
  > = Layer.effect(Outcome, Outcome.make)

  static readonly push = (
    request: PushRequest,
    options?: OutcomeOptions,
  ): Effect.Effect<Paid, VisaError | OutcomeUnknown, Outcome> =>
    Outcome.use((service) => service.push(request, options))

  static readonly pull = (
    request: PullRequest,
    options?: OutcomeOptions,
  ): Effect.Effect<Debited, VisaError | OutcomeUnknown, Outcome> =>
    Outcome.use((service) => service.pull(request, options))

  static readonly reverse = (
    request: ReverseRequest,
    options?: OutcomeOptions,
  ): Effect.Effect<Undone, VisaError | OutcomeUnknown, Outcome> =>
    Outcome.use((service) => service.reverse(request, options))

  static readonly payout = (
    request: PayoutRequest,
    options?: OutcomeOptions,
  ): Effect.Effect<Taken, VisaError | OutcomeUnknown, Outcome> =>
    Outcome.use((service) => service.payout(request, options))

  static readonly resume = <Open extends OpenPayment>(
    open: Open,
    options?: ResumeOptions<Open["operation"]>,
  ): Effect.Effect<Answers[Open["operation"]], VisaError | OutcomeUnknown, Outcome> =>
    Outcome.use((service) => service.resume(open, options))
}
