/**
 * Money to bank accounts and wallets: send a payout, ask what became of it, cancel it, and check
 * payout and recipient beforehand.
 *
 * A payout is accepted long before it is delivered, and can come back after that. `send` succeeds when
 * Visa has accepted it, with its status; what becomes of it is known by `query` with the same
 * `clientReferenceId`, for 180 days. {@link PayoutStatus} says what a status means.
 *
 * Source: Visa's Account and Wallet pages for paths, statuses and the 202; clients that were written
 * from its reference for the bodies, because the reference itself is public only in parts. Not public,
 * and so our reading: the answer to a cancellation, the name of the field with the reason of a
 * rejection (`reasonId`, as the payout processor's notifications call it, and `reasonCode` are read),
 * and what is answered to a reference that was used before or that Visa does not know.
 *
 * Visa has more operations here that have none in this module, because their paths are not public: the
 * account's balance, the posting calendar, and the metadata that say what a country demands.
 */
import { Context, Effect, Layer, Predicate } from "effect"
import { answersOf } from "../internal/answers.ts"
import { toJsonNumber } from "../internal/amounts.ts"
import { invalidRequest, strictEncoder } from "../internal/invalidRequest.ts"
import { confidential, payoutBody, selector, verificationBody } from "../internal/payoutFields.ts"
import type { PayoutRequest, VerificationRequest } from "../internal/payoutFields.ts"
import { decodeCancelRefusal, decodeRefusal } from "../internal/payoutRefusal.ts"
import {
  about,
  decodeCancel,
  decodeQuery,
  decodeReport,
  decodeSend,
  decodeSendOther,
  decodeValidate,
  decodeVerification,
} from "../internal/payoutReplies.ts"
import type {
  Accepted,
  Cancellation,
  Payout,
  Validated,
  Verification,
} from "../internal/payoutReplies.ts"
import { payoutRules, recipientRules } from "../internal/payoutRules.ts"
import { checkRules } from "../internal/rules.ts"
import * as Wire from "../internal/wire.ts"
import { withoutEcho } from "../internal/withoutEcho.ts"
import { Money } from "../Money.ts"
import type { Encoded, Operation } from "../Operation.ts"
import { Transport } from "../Transport.ts"
import type { Exchange } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"

export type { PayoutRequest, VerificationRequest } from "../internal/payoutFields.ts"
export type {
  Accepted,
  Cancellation,
  Payout,
  Validated,
  Verification,
} from "../internal/payoutReplies.ts"
export { PayoutStatus } from "../internal/payoutStatus.ts"
export type {
  KnownPayoutStatus,
  Standing,
  Transition,
  UnrecognizedStatus,
} from "../internal/payoutStatus.ts"

/** Which payout: by your own reference, which is known before it is sent, or by Visa's id. */
export type PayoutSelector = {
  /** As in the payout itself. */
  readonly initiatingPartyId: number
} & ({ readonly clientReferenceId: string } | { readonly payoutId: string })

/** An accepted payout together with the exchange that brought the answer. */
export interface Sent extends Accepted {
  readonly exchange: Exchange
}

const payoutsPath = "/visapayouts/v3/payouts"
const verificationPath = "/visapayouts/v1/extensions/verifyRecipient"

const encodeBody = strictEncoder(payoutBody)
const encodeVerification = strictEncoder(verificationBody)
const encodeSelector = strictEncoder(selector)

/** `name` of an object; callers in JavaScript have no type that tells them what to give. */
const memberOf = (value: unknown, name: string): unknown =>
  Wire.isJsonObject(value) ? value[name] : undefined

const encodePayout = (path: string) =>
  Effect.fnUntraced(function* (request: PayoutRequest): Effect.fn.Return<Encoded, VisaError> {
    const field = "transactionDetail.transactionAmount"
    const detail = memberOf(request, "transactionDetail")
    const amount = memberOf(detail, "transactionAmount")
    if (!Money.is(amount)) {
      return yield* invalidRequest(field, "Give an amount made with Money.of.")
    }
    if (memberOf(detail, "transactionCurrencyCode") !== undefined) {
      return yield* invalidRequest(
        "transactionDetail.transactionCurrencyCode",
        "Leave it out: the currency is that of transactionAmount.",
      )
    }
    const body = yield* encodeBody({
      ...request,
      transactionDetail: {
        ...request.transactionDetail,
        transactionAmount: yield* toJsonNumber(amount, field),
        transactionCurrencyCode: amount.currency,
      },
    })
    yield* checkRules(payoutRules, request)
    const { recipientDetail, senderDetail } = request
    const target = "bank" in recipientDetail ? recipientDetail.bank : recipientDetail.wallet
    return { path, body, corridor: `${senderDetail.address.country}-${target.countryCode}` }
  })

const encodeQuestion = Effect.fnUntraced(function* (
  request: PayoutSelector,
): Effect.fn.Return<Encoded, VisaError> {
  const { clientReferenceId, initiatingPartyId, payoutId } = yield* encodeSelector(request)
  const id = clientReferenceId ?? payoutId
  if (id === undefined || (clientReferenceId !== undefined && payoutId !== undefined)) {
    return yield* invalidRequest(
      "clientReferenceId",
      "Give exactly one of clientReferenceId and payoutId.",
    )
  }
  return {
    path: payoutsPath,
    query: {
      id,
      idType: clientReferenceId === undefined ? "PAYOUT_ID" : "CLIENT_REFERENCE_ID",
      initiatingPartyId: String(initiatingPartyId),
    },
  }
})

const send: Operation<PayoutRequest, Accepted> = {
  name: "AccountPayouts.send",
  method: "POST",
  path: payoutsPath,
  mle: "mandatory",
  money: "moves",
  rail: "account",
  findOut: "query",
  errorSpace: "payoutValidation",
  encode: encodePayout(payoutsPath),
  decode: decodeSend,
  decodeOther: decodeSendOther,
}

const question = {
  path: payoutsPath,
  mle: "mandatory",
  money: "reports",
  findOut: "none",
  errorSpace: "payoutValidation",
  encode: encodeQuestion,
  decodeOther: decodeRefusal,
} as const

/** The operations of this module, as data. */
export const operations: {
  /** To a bank account. */
  readonly send: Operation<PayoutRequest, Accepted>
  /** The same on the other rail. */
  readonly sendToWallet: Operation<PayoutRequest, Accepted>
  readonly query: Operation<PayoutSelector, Payout>
  readonly report: Operation<PayoutSelector, Payout>
  readonly cancel: Operation<PayoutSelector, Cancellation>
  readonly validate: Operation<PayoutRequest, Validated>
  readonly verifyRecipient: Operation<VerificationRequest, Verification>
} = {
  send,
  sendToWallet: { ...send, rail: "wallet" },
  query: { ...question, name: "AccountPayouts.query", method: "GET", decode: decodeQuery },
  report: { ...question, name: "AccountPayouts.report", method: "GET", decode: decodeReport },
  cancel: {
    ...question,
    name: "AccountPayouts.cancel",
    method: "DELETE",
    findOut: "query",
    decode: decodeCancel,
    decodeOther: decodeCancelRefusal,
  },
  validate: {
    name: "AccountPayouts.validate",
    method: "POST",
    path: `${payoutsPath}/validate`,
    mle: "mandatory",
    money: "none",
    findOut: "none",
    errorSpace: "payoutValidation",
    encode: encodePayout(`${payoutsPath}/validate`),
    decode: decodeValidate,
    decodeOther: decodeRefusal,
  },
  verifyRecipient: {
    name: "AccountPayouts.verifyRecipient",
    method: "POST",
    path: verificationPath,
    mle: "mandatory",
    money: "none",
    findOut: "none",
    errorSpace: "payoutValidation",
    encode: Effect.fnUntraced(function* (request) {
      const body = yield* encodeVerification(request)
      yield* checkRules(recipientRules, request)
      return { path: verificationPath, body }
    }),
    decode: decodeVerification,
    decodeOther: decodeRefusal,
  },
}

const sameId = (digits: string): string =>
  /^\d+$/.test(digits) ? digits.padStart(15, "0") : digits

/** Whether a reply is about the payout that was asked for, as far as it names one. */
const isAskedFor =
  (request: PayoutSelector) =>
  ({ clientReferenceId, payoutId }: Payout): boolean =>
    "clientReferenceId" in request
      ? clientReferenceId === undefined || clientReferenceId === request.clientReferenceId
      : payoutId === undefined || payoutId === sameId(request.payoutId)

/** Errors about a payout name it by the reference under which its owner knows it. */
const naming =
  (clientTransactionId: unknown) =>
  (error: VisaError): VisaError =>
    Predicate.isString(clientTransactionId) ? error.within({ clientTransactionId }) : error

/**
 * Sends money to bank accounts and wallets.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Redacted } from "effect"
 * import { AccountPayouts, Correlation, Country, Currency, Money, Transport } from "effect-visa-direct"
 *
 * const payout = Effect.gen(function* () {
 *   const country = yield* Country.of("GB")
 *   const sent = yield* AccountPayouts.send({
 *     payoutMethod: "B",
 *     transactionDetail: {
 *       initiatingPartyId: 1002,
 *       clientReferenceId: "888852397088",
 *       businessApplicationId: "FD",
 *       transactionAmount: yield* Money.of("1.50", "GBP")
 *     },
 *     senderDetail: { type: "C", name: "Ben", address: { country: yield* Country.of("US") } },
 *     recipientDetail: {
 *       type: "I",
 *       firstName: "Jessica",
 *       lastName: "Smith",
 *       bank: {
 *         accountName: "Jessica Smith",
 *         accountNumber: Redacted.make("6970093"),
 *         accountNumberType: "DEFAULT",
 *         bankCode: "800554",
 *         bankCodeType: "SORT_CODE",
 *         countryCode: country,
 *         currencyCode: yield* Currency.of("GBP")
 *       }
 *     }
 *   })
 *   return sent.status
 * })
 *
 * const visa = Transport.layerTest(() => ({
 *   status: 200,
 *   body: { transactionDetail: { status: "PAYMENT_RECEIVED", payoutId: "172293713063281" } }
 * }))
 * const status = payout.pipe(
 *   Effect.provide(AccountPayouts.layer),
 *   Effect.provide(visa),
 *   Effect.provide(Correlation.layerTest)
 * )
 * assert.strictEqual(await Effect.runPromise(status), "PAYMENT_RECEIVED")
 */
export class AccountPayouts extends Context.Service<
  AccountPayouts,
  {
    /**
     * Sends a payout. Succeeds when Visa has accepted it, which is not yet delivered. What says
     * `Unknown`, as the `StillProcessing` of a 202 does, must not be sent again: ask with `query` and
     * the same `clientReferenceId`.
     */
    readonly send: (request: PayoutRequest) => Effect.Effect<Sent, VisaError>
    /**
     * What became of a payout. Succeeds while it is under way, when it is delivered, and with a status
     * that this version does not know; fails with the reason when it was rejected, returned,
     * cancelled, or failed. That Visa does not find it (404) does not say that it was never sent.
     */
    readonly query: (selector: PayoutSelector) => Effect.Effect<Payout, VisaError>
    /** The payout as Visa reports it, also one that ended badly: for the books. */
    readonly report: (selector: PayoutSelector) => Effect.Effect<Payout, VisaError>
    /**
     * Asks Visa to cancel a payout. Fails with `CancelRefused` when it goes on, and with the reason
     * when it had ended before.
     */
    readonly cancel: (selector: PayoutSelector) => Effect.Effect<Cancellation, VisaError>
    /** Has Visa check a payout without sending it. */
    readonly validate: (request: PayoutRequest) => Effect.Effect<Validated, VisaError>
    /** Has Visa look up the recipient's account or wallet and compare its name. */
    readonly verifyRecipient: (
      request: VerificationRequest,
    ) => Effect.Effect<Verification, VisaError>
  }
>()("effect-visa-direct/AccountPayouts") {
  static readonly make = Effect.gen(function* () {
    const transport = yield* Transport
    const answer = answersOf(transport)

    const ask =
      <A>(operation: Operation<PayoutSelector, A>) =>
      (request: PayoutSelector): Effect.Effect<A, VisaError> =>
        Effect.mapError(
          answer(about(operation, isAskedFor(request)), request),
          naming(memberOf(request, "clientReferenceId")),
        )

    return AccountPayouts.of({
      send: (request) => {
        const rail = memberOf(request, "payoutMethod") === "W" ? "sendToWallet" : "send"
        const operation = about(
          withoutEcho(operations[rail], () => confidential(request)),
          ({ clientReferenceId }) =>
            clientReferenceId === undefined ||
            clientReferenceId === request.transactionDetail.clientReferenceId,
        )
        return transport.execute(operation, request).pipe(
          Effect.map(({ exchange, value }) => ({ ...value, exchange })),
          Effect.mapError(
            naming(memberOf(memberOf(request, "transactionDetail"), "clientReferenceId")),
          ),
        )
      },
      query: ask(operations.query),
      report: ask(operations.report),
      cancel: ask(operations.cancel),
      validate: (request) => answer(operations.validate, request, () => confidential(request)),
      verifyRecipient: (request) =>
        answer(operations.verifyRecipient, request, () => confidential(request)),
    })
  })

  static readonly layer: Layer.Layer<AccountPayouts, never, Transport> = Layer.effect(
    AccountPayouts,
    AccountPayouts.make,
  )

  static readonly operations = operations

  static readonly send = (request: PayoutRequest): Effect.Effect<Sent, VisaError, AccountPayouts> =>
    Effect.flatMap(AccountPayouts, (service) => service.send(request))

  static readonly query = (
    selector: PayoutSelector,
  ): Effect.Effect<Payout, VisaError, AccountPayouts> =>
    Effect.flatMap(AccountPayouts, (service) => service.query(selector))

  static readonly report = (
    selector: PayoutSelector,
  ): Effect.Effect<Payout, VisaError, AccountPayouts> =>
    Effect.flatMap(AccountPayouts, (service) => service.report(selector))

  static readonly cancel = (
    selector: PayoutSelector,
  ): Effect.Effect<Cancellation, VisaError, AccountPayouts> =>
    Effect.flatMap(AccountPayouts, (service) => service.cancel(selector))

  static readonly validate = (
    request: PayoutRequest,
  ): Effect.Effect<Validated, VisaError, AccountPayouts> =>
    Effect.flatMap(AccountPayouts, (service) => service.validate(request))

  static readonly verifyRecipient = (
    request: VerificationRequest,
  ): Effect.Effect<Verification, VisaError, AccountPayouts> =>
    Effect.flatMap(AccountPayouts, (service) => service.verifyRecipient(request))
}
