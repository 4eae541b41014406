/**
 * Money to and from cards: push funds (OCT) and its status.
 *
 * HTTP 200 is not approval. These operations succeed only when Visa's action code says so; everything
 * else is a {@link VisaError} that says what it means for the money.
 *
 * Source: Visa's OpenAPI export "Visa Direct" (2025) for paths and fields, Visa's error-code page for
 * 202, 303 and duplicates.
 */
import { Context, Effect, Layer, Result } from "effect"
import type { Duration } from "effect"
import { invalidRequest, strictEncoder } from "../internal/invalidRequest.ts"
import { pushBody } from "../internal/pushFields.ts"
import type { PushRequest } from "../internal/pushFields.ts"
import { pushRules } from "../internal/pushRules.ts"
import { checkRules } from "../internal/rules.ts"
import * as Wire from "../internal/wire.ts"
import { Money } from "../Money.ts"
import { failure, fillPath } from "../Operation.ts"
import type { Encoded, Failure, Operation, Reply } from "../Operation.ts"
import { Transport } from "../Transport.ts"
import type { CallOptions, Exchange } from "../Transport.ts"
import { readActionCode } from "../VisaError.ts"
import type { VisaError } from "../VisaError.ts"

export type { PushRequest } from "../internal/pushFields.ts"

const encodePush = strictEncoder(pushBody)

const encodePushRequest = Effect.fnUntraced(
  function*(request: PushRequest): Effect.fn.Return<Encoded, VisaError> {
    const { amount, clientTransactionId, sourceAmount, ...fields } = request
    // Callers in JavaScript have no type that tells them.
    if (!Money.is(amount)) {
      return yield* Effect.fail(invalidRequest("amount", "Give an amount made with Money.of."))
    }
    const body = yield* encodePush({
      ...fields,
      amount: yield* Money.toVisaNumber(amount),
      transactionCurrencyCode: amount.currency,
      ...(sourceAmount === undefined ? {} : {
        sourceAmount: yield* Money.toVisaNumber(sourceAmount),
        sourceCurrencyCode: sourceAmount.currency,
      }),
    })
    yield* checkRules(pushRules, request)
    return {
      path: operations.push.path,
      body,
      clientTransactionId,
      corridor: fields.senderCountryCode !== undefined && fields.recipientCountryCode !== undefined
        ? `${fields.senderCountryCode}-${fields.recipientCountryCode}`
        : undefined,
    }
  },
)

const pushReply = Wire.object({
  actionCode: Wire.actionCode,
  approvalCode: Wire.text,
  responseCode: Wire.text,
  transactionIdentifier: Wire.digits(15),
  transmissionDateTime: Wire.text,
  originalActionCode: Wire.actionCode,
  retrievalReferenceNumber: Wire.digits(12),
  networkId: Wire.text,
  last4ofPAN: Wire.digits(4),
  feeProgramIndicator: Wire.text,
  merchantVerificationValue: Wire.text,
  prepaidBalance: Wire.decimal,
  prepaidBalanceCurrency: Wire.text,
  responseReasonCode: Wire.text,
  cvv2ResultCode: Wire.text,
  transactionLinkIdentifier: Wire.text,
  settlementInfo: Wire.object({
    settlementAmount: Wire.decimal,
    settlementCurrencyCode: Wire.digits(3),
    settlementConversionRate: Wire.decimal,
  }),
})

type PushReply = typeof pushReply extends Wire.Reader<infer Read> ? Read : never

/** What Visa answers to an approved push. */
export interface Approved extends Omit<PushReply, "actionCode" | "transactionIdentifier"> {
  readonly _tag: "Approved"
  /** `00` approved, `11` approved (V.I.P.), `94` a repeat of a push that was approved. */
  readonly actionCode: string
  /** Visa's id of the transaction, 15 digits. */
  readonly transactionIdentifier: string
}

/** An approved push together with the exchange that brought the answer. */
export interface Settled extends Approved {
  readonly exchange: Exchange
}

const decodePush = (reply: Reply): Result.Result<Approved, Failure> => {
  const read = pushReply(reply.body)
  if (read?.actionCode === undefined) {
    return Result.fail(failure("ResponseMalformed", { detail: "The reply has no actionCode." }))
  }
  const { actionCode, originalActionCode, transactionIdentifier } = read
  const verdict = readActionCode("push", actionCode, originalActionCode)
  if (Result.isFailure(verdict)) return Result.fail(verdict.failure)
  return transactionIdentifier === undefined
    ? Result.fail(
      failure("ResponseMalformed", { code: actionCode, detail: "The approval has no transactionIdentifier." }),
    )
    : Result.succeed({ _tag: "Approved", ...read, actionCode, transactionIdentifier })
}

const pushPath = "/visadirect/fundstransfer/v1/pushfundstransactions"

/** The operations of this module, as data. */
export const operations: {
  readonly push: Operation<PushRequest, Approved>
  readonly pushStatus: Operation<string, Approved>
} = {
  push: {
    name: "FundsTransfer.push",
    method: "POST",
    path: pushPath,
    mle: "mandatory",
    money: "moves",
    rail: "card",
    findOut: "status",
    encode: encodePushRequest,
    decode: decodePush,
  },
  pushStatus: {
    name: "FundsTransfer.pushStatus",
    method: "GET",
    path: `${pushPath}/{statusIdentifier}`,
    mle: "mandatory",
    money: "reports",
    rail: "card",
    findOut: "query",
    encode: (statusIdentifier) =>
      /^[\w.:-]{1,128}$/.test(statusIdentifier)
        ? Effect.succeed({ path: fillPath(`${pushPath}/{statusIdentifier}`, { statusIdentifier }) })
        : Effect.fail(invalidRequest("statusIdentifier", "It must be the id of a 202 reply.")),
    decode: decodePush,
  },
}

/**
 * Sends money to cards.
 *
 * @example no-run
 * import { Effect } from "effect"
 * import { FundsTransfer, VisaDirect } from "effect-visa-direct"
 *
 * const settled = FundsTransfer.pushStatus("1491819372_186_81_l73c003_VDP_ARM").pipe(
 *   Effect.provide(VisaDirect.layerConfig)
 * )
 */
export class FundsTransfer extends Context.Service<FundsTransfer, {
  /**
   * Pushes money to a card (OCT). Succeeds only when Visa approved it. `StillProcessing` carries the
   * id for `pushStatus`; what says `Unknown` must not be sent again.
   */
  readonly push: (
    request: PushRequest,
    options?: CallOptions,
  ) => Effect.Effect<Settled, VisaError>
  /** The result of a push that answered 202, for 24 hours. */
  readonly pushStatus: (statusIdentifier: string) => Effect.Effect<Settled, VisaError>
}>()("effect-visa-direct/FundsTransfer") {
  static readonly make = Effect.gen(function*() {
    const transport = yield* Transport
    return FundsTransfer.of({
      push: (request, options) =>
        Effect.map(
          transport.execute(operations.push, request, options),
          ({ exchange, value }) => ({ ...value, exchange }),
        ),
      pushStatus: (statusIdentifier) =>
        Effect.map(
          transport.execute(operations.pushStatus, statusIdentifier),
          ({ exchange, value }) => ({ ...value, exchange }),
        ),
    })
  })

  static readonly layer: Layer.Layer<FundsTransfer, never, Transport> = Layer.effect(
    FundsTransfer,
    FundsTransfer.make,
  )

  static readonly operations = operations

  static readonly push = (
    request: PushRequest,
    options?: { readonly transactionTimeout?: Duration.Input },
  ): Effect.Effect<Settled, VisaError, FundsTransfer> =>
    Effect.flatMap(FundsTransfer, (service) => service.push(request, options))

  static readonly pushStatus = (
    statusIdentifier: string,
  ): Effect.Effect<Settled, VisaError, FundsTransfer> =>
    Effect.flatMap(FundsTransfer, (service) => service.pushStatus(statusIdentifier))
}
