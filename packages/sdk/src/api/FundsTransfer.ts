/**
 * Money to and from cards: push funds (OCT), pull funds (AFT), reversal (AFTR), each alone or in a
 * batch; adjustment, and cancellation of a deferred push.
 *
 * HTTP 200 is not approval. These operations succeed only when Visa's action code says so; everything
 * else is a {@link VisaError} that says what it means for the money. An accepted batch says nothing
 * about its transactions yet.
 *
 * Source: Visa's OpenAPI export "Visa Direct" (2025) for paths and fields, Visa's error-code page for
 * 202, 303 and duplicates. Not documented, and so not assumed: the largest batch, and how long a batch
 * takes.
 */
import { Clock, Context, Effect, Layer, Result } from "effect"
import { resultOf } from "../internal/batch.ts"
import type { Batch, BatchRequest, BatchResult } from "../internal/batch.ts"
import { operations } from "../internal/cardOperations.ts"
import {
  completed,
  decodePull,
  decodePush,
  decodeReverse,
  deferredIf,
  inMoney,
  isDeferred,
} from "../internal/cardReply.ts"
import type {
  AdjustmentApproved,
  Approved,
  Cancelled,
  PullAnswer,
  ReverseApproved,
} from "../internal/cardReply.ts"
import type { PullRequest } from "../internal/pullFields.ts"
import type { PushRequest } from "../internal/pushFields.ts"
import { reversalOf } from "../internal/reversal.ts"
import type {
  AdjustmentRequest,
  CancelRequest,
  ReverseRequest,
} from "../internal/reversalFields.ts"
import type { Money } from "../Money.ts"
import type { Operation } from "../Operation.ts"
import { Transport } from "../Transport.ts"
import type { CallOptions, Exchange } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"

export { Batch } from "../internal/batch.ts"
export type { BatchItem, BatchRequest, BatchResult, NotAnswered } from "../internal/batch.ts"
export { operations } from "../internal/cardOperations.ts"
export type { PullStatus } from "../internal/cardOperations.ts"
export type {
  AdjustmentApproved,
  Approved,
  Cancelled,
  PullAnswer,
  PullApproved,
  PullPartiallyApproved,
  ReverseApproved,
} from "../internal/cardReply.ts"
export type { PullRequest } from "../internal/pullFields.ts"
export type { PushRequest } from "../internal/pushFields.ts"
export type { ReversalOptions, ReversibleAnswer } from "../internal/reversal.ts"
export type {
  AdjustmentRequest,
  CancelRequest,
  ReverseRequest,
} from "../internal/reversalFields.ts"

interface Exchanged {
  readonly exchange: Exchange
}

/** An approved push together with the exchange that brought the answer. */
export interface Settled extends Approved, Exchanged {}

/** A pull that debited the card, in full or in part, together with its exchange. */
export type Pulled = PullAnswer & Exchanged

/** An approved reversal together with its exchange. */
export interface Reversed extends ReverseApproved, Exchanged {}

/** An approved adjustment together with its exchange. */
export interface Adjusted extends AdjustmentApproved, Exchanged {}

/** A deferred push that will not be paid, together with the exchange that said so. */
export type Cancellation = Cancelled & Exchanged

/** A {@link Batch} that Visa has accepted, which is not paid, together with its exchange. */
export type AcceptedBatch = Batch & Exchanged

interface Batched {
  readonly systemsTraceAuditNumber: string
  readonly retrievalReferenceNumber: string
  readonly acquiringBin: string
  readonly cardAcceptor: { readonly idCode: string }
  readonly amount: Money
  readonly serviceProcessingType?: { readonly requestType?: string }
}

/**
 * Moves money to and from cards.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Redacted } from "effect"
 * import {
 *   AcquiringBin, Country, FundsTransfer, Money, Pan, TransactionIdentity, VisaDirectTest
 * } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const acquiringBin = yield* AcquiringBin.make("408999")
 *   const identities = yield* TransactionIdentity
 *   const { clientTransactionId, ...identity } =
 *     yield* identities.next({ acquiringBin, terminalId: "TID-9999" })
 *   const pull = {
 *     ...identity,
 *     clientTransactionId,
 *     acquiringBin,
 *     acquirerCountryCode: yield* Country.of("GB"),
 *     amount: yield* Money.of("124.02", "GBP"),
 *     businessApplicationId: "AA",
 *     cardAcceptor: {
 *       name: "Example Ltd",
 *       idCode: "CA-IDCode-77765",
 *       terminalId: "TID-9999",
 *       address: { country: yield* Country.of("GB"), zipCode: "EC1A 1BB" }
 *     },
 *     merchantCategoryCode: 6012,
 *     pointOfServiceData: { panEntryMode: 1, posConditionCode: "59", motoECIIndicator: "5" },
 *     senderPrimaryAccountNumber: yield* Pan.make("4060320000000127"),
 *     senderCardExpiryDate: "2030-10",
 *     cavv: Redacted.make("0700100038238906000013405823891061668252")
 *   }
 *   const pulled = yield* FundsTransfer.pull(pull)
 *   // A partial approval debits less than was asked for; its type cannot be overlooked.
 *   assert.strictEqual(pulled._tag, "PartiallyApproved")
 *   assert.strictEqual(Money.toDecimal(pulled.approvedAmount), "100.00")
 *   // To give it back within 24 hours: the same identity, the debited amount, nothing copied by hand.
 *   const reversal = yield* FundsTransfer.reversalOf(pull, pulled)
 *   assert.strictEqual(reversal.retrievalReferenceNumber, pull.retrievalReferenceNumber)
 *   assert.strictEqual(Money.toDecimal(reversal.amount), "100.00")
 * })
 *
 * const visa = VisaDirectTest.layerWith(() => ({
 *   status: 200,
 *   body: {
 *     actionCode: "10",
 *     approvedAmount: 100,
 *     approvalCode: "98765X",
 *     transactionIdentifier: 234234322342343,
 *     transmissionDateTime: "2026-06-18T09:10:31.000Z"
 *   }
 * }))
 * await Effect.runPromise(program.pipe(Effect.provide(visa)))
 */
export class FundsTransfer extends Context.Service<
  FundsTransfer,
  {
    /**
     * Pushes money to a card (OCT). Succeeds only when Visa approved it; a deferred push is then held
     * and not paid: see `deferred`. `StillProcessing` carries the id for `pushStatus`; what says
     * `Unknown` must not be sent again.
     */
    readonly push: (
      request: PushRequest,
      options?: CallOptions,
    ) => Effect.Effect<Settled, VisaError>
    /** The result of a push that answered 202, for 24 hours. */
    readonly pushStatus: (statusIdentifier: string) => Effect.Effect<Settled, VisaError>
    /**
     * Pulls money from a card (AFT). Succeeds when Visa approved it in full (`Approved`) or in part
     * (`PartiallyApproved`): `approvedAmount` is what was debited.
     */
    readonly pull: (request: PullRequest, options?: CallOptions) => Effect.Effect<Pulled, VisaError>
    /** The result of a pull of `amount` that answered 202, for 24 hours. */
    readonly pullStatus: (
      statusIdentifier: string,
      amount: Money,
    ) => Effect.Effect<Pulled, VisaError>
    /**
     * Undoes a pull (AFTR) within 24 hours of it; after that `adjustment` does. The request comes from
     * `FundsTransfer.reversalOf`. Fails with `AlreadyReversed` when it was undone before.
     */
    readonly reverse: (
      request: ReverseRequest,
      options?: CallOptions,
    ) => Effect.Effect<Reversed, VisaError>
    /** The result of a reversal that answered 202, for 24 hours. */
    readonly reverseStatus: (statusIdentifier: string) => Effect.Effect<Reversed, VisaError>
    /**
     * Gives many pushes to Visa in one call. Succeeds when Visa has accepted the batch, which settles
     * none of them: store it, then ask with `multiPushStatus`.
     */
    readonly multiPush: (
      batch: BatchRequest<PushRequest>,
    ) => Effect.Effect<AcceptedBatch, VisaError>
    /** What became of the pushes of a batch. `StillProcessing` while Visa works on it. */
    readonly multiPushStatus: (batch: Batch) => Effect.Effect<BatchResult<Approved>, VisaError>
    /** As `multiPush`, for pulls. */
    readonly multiPull: (
      batch: BatchRequest<PullRequest>,
    ) => Effect.Effect<AcceptedBatch, VisaError>
    /** What became of the pulls of a batch. */
    readonly multiPullStatus: (batch: Batch) => Effect.Effect<BatchResult<PullAnswer>, VisaError>
    /** As `multiPush`, for reversals; each of its pulls must be less than 24 hours old. */
    readonly multiReverse: (
      batch: BatchRequest<ReverseRequest>,
    ) => Effect.Effect<AcceptedBatch, VisaError>
    /** What became of the reversals of a batch. */
    readonly multiReverseStatus: (
      batch: Batch,
    ) => Effect.Effect<BatchResult<ReverseApproved>, VisaError>
    /**
     * Credits a pull back after the time for its reversal, or corrects a push. It has no status
     * operation: when its outcome is unknown, the Transaction Query shows it beside the original.
     */
    readonly adjustment: (request: AdjustmentRequest) => Effect.Effect<Adjusted, VisaError>
    /**
     * Cancels a deferred push that is not processed yet. Succeeds when it will not be paid. Every error
     * leaves that open, for example `CancelTooLate`; cancelling again is harmless.
     */
    readonly cancel: (request: CancelRequest) => Effect.Effect<Cancellation, VisaError>
  }
>()("effect-visa-direct/FundsTransfer") {
  static readonly make = Effect.gen(function* () {
    const transport = yield* Transport

    const call = <Request, A extends object>(
      operation: Operation<Request, A>,
      request: Request,
      options?: CallOptions,
    ): Effect.Effect<A & Exchanged, VisaError> =>
      Effect.map(transport.execute(operation, request, options), ({ exchange, value }) => ({
        ...value,
        exchange,
      }))

    const accept = Effect.fnUntraced(function* <Item extends Batched>(
      operation: Operation<BatchRequest<Item>, string>,
      kind: Batch["kind"],
      batch: BatchRequest<Item>,
    ): Effect.fn.Return<AcceptedBatch, VisaError> {
      const { exchange, value } = yield* transport.execute(operation, batch)
      return {
        kind,
        statusIdentifier: value,
        acceptedAt: yield* Clock.currentTimeMillis,
        acquiringBin: batch.request[0]?.acquiringBin ?? "",
        items: batch.request.map((item) => ({
          systemsTraceAuditNumber: item.systemsTraceAuditNumber,
          retrievalReferenceNumber: item.retrievalReferenceNumber,
          cardAcceptorId: item.cardAcceptor.idCode,
          amount: item.amount,
          deferred: isDeferred(item.serviceProcessingType),
        })),
        exchange,
      }
    })

    return FundsTransfer.of({
      push: (request, options) =>
        call(
          completed(operations.push, (answer) =>
            Result.succeed(deferredIf(answer, isDeferred(request.serviceProcessingType))),
          ),
          request,
          options,
        ),
      pushStatus: (id) => call(operations.pushStatus, id),
      pull: (request, options) =>
        call(
          completed(operations.pull, (answer) => inMoney(answer, request.amount)),
          request,
          options,
        ),
      pullStatus: (statusIdentifier, amount) =>
        call(
          completed(operations.pullStatus, (answer) => inMoney(answer, amount)),
          { statusIdentifier, amount },
        ),
      reverse: (request, options) => call(operations.reverse, request, options),
      reverseStatus: (id) => call(operations.reverseStatus, id),
      multiPush: (batch) => accept(operations.multiPush, "push", batch),
      multiPull: (batch) => accept(operations.multiPull, "pull", batch),
      multiReverse: (batch) => accept(operations.multiReverse, "reverse", batch),
      multiPushStatus: (batch) =>
        Effect.map(transport.execute(operations.multiPushStatus, batch), ({ exchange, value }) =>
          resultOf(batch, value, exchange, (row, { deferred }) =>
            Result.map(decodePush(row), (answer) => deferredIf(answer, deferred)),
          ),
        ),
      multiPullStatus: (batch) =>
        Effect.map(transport.execute(operations.multiPullStatus, batch), ({ exchange, value }) =>
          resultOf(batch, value, exchange, (row, { amount }) =>
            Result.flatMap(decodePull(row), (answer) => inMoney(answer, amount)),
          ),
        ),
      multiReverseStatus: (batch) =>
        Effect.map(transport.execute(operations.multiReverseStatus, batch), ({ exchange, value }) =>
          resultOf(batch, value, exchange, decodeReverse),
        ),
      adjustment: (request) => call(operations.adjustment, request),
      cancel: (request) => call(operations.cancel, request),
    })
  })

  static readonly layer: Layer.Layer<FundsTransfer, never, Transport> = Layer.effect(
    FundsTransfer,
    FundsTransfer.make,
  )

  static readonly operations = operations

  /**
   * The reversal of a pull, from the pull and its answer: the same STAN, RRN and local time, the card,
   * the debited amount, and the four original data elements. Fails with `RequestInvalid` when the
   * answer lacks what a reversal needs. Whether 24 hours have passed is checked when it is sent.
   *
   * The card acceptor's state and postal code go along only where they have the form of a reversal:
   * two letters, and five to nine characters. Data on the point of service do not.
   */
  static readonly reversalOf = reversalOf

  static readonly push = (
    request: PushRequest,
    options?: CallOptions,
  ): Effect.Effect<Settled, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.push(request, options))

  static readonly pushStatus = (
    statusIdentifier: string,
  ): Effect.Effect<Settled, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.pushStatus(statusIdentifier))

  static readonly pull = (
    request: PullRequest,
    options?: CallOptions,
  ): Effect.Effect<Pulled, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.pull(request, options))

  static readonly pullStatus = (
    statusIdentifier: string,
    amount: Money,
  ): Effect.Effect<Pulled, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.pullStatus(statusIdentifier, amount))

  static readonly reverse = (
    request: ReverseRequest,
    options?: CallOptions,
  ): Effect.Effect<Reversed, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.reverse(request, options))

  static readonly reverseStatus = (
    statusIdentifier: string,
  ): Effect.Effect<Reversed, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.reverseStatus(statusIdentifier))

  static readonly multiPush = (
    batch: BatchRequest<PushRequest>,
  ): Effect.Effect<AcceptedBatch, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.multiPush(batch))

  static readonly multiPushStatus = (
    batch: Batch,
  ): Effect.Effect<BatchResult<Approved>, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.multiPushStatus(batch))

  static readonly multiPull = (
    batch: BatchRequest<PullRequest>,
  ): Effect.Effect<AcceptedBatch, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.multiPull(batch))

  static readonly multiPullStatus = (
    batch: Batch,
  ): Effect.Effect<BatchResult<PullAnswer>, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.multiPullStatus(batch))

  static readonly multiReverse = (
    batch: BatchRequest<ReverseRequest>,
  ): Effect.Effect<AcceptedBatch, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.multiReverse(batch))

  static readonly multiReverseStatus = (
    batch: Batch,
  ): Effect.Effect<BatchResult<ReverseApproved>, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.multiReverseStatus(batch))

  static readonly adjustment = (
    request: AdjustmentRequest,
  ): Effect.Effect<Adjusted, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.adjustment(request))

  static readonly cancel = (
    request: CancelRequest,
  ): Effect.Effect<Cancellation, VisaError, FundsTransfer> =>
    FundsTransfer.use((service) => service.cancel(request))
}
