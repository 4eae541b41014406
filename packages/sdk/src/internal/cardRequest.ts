/**
 * From the requests of the card operations to their JSON bodies: shape first, then the rules, all
 * before anything is sent. A body is the same alone and, less its envelope, in a batch.
 */
import { Effect } from "effect"
import { Money } from "../Money.ts"
import type { VisaError } from "../VisaError.ts"
import { checkObject, invalidRequest, sparseEncoder, strictEncoder } from "./invalidRequest.ts"
import { pullBody } from "./pullFields.ts"
import type { PullRequest } from "./pullFields.ts"
import { pullRules } from "./pullRules.ts"
import { pushBody } from "./pushFields.ts"
import type { PushRequest } from "./pushFields.ts"
import { pushRules } from "./pushRules.ts"
import { adjustmentBody, cancelBody, reverseBody } from "./reversalFields.ts"
import type { AdjustmentRequest, CancelRequest, ReverseRequest } from "./reversalFields.ts"
import { adjustmentRules, reverseRules } from "./reversalRules.ts"
import { checkRules } from "./rules.ts"
import type { Rule } from "./rules.ts"

const checkMoney = (field: string, value: unknown): Effect.Effect<void, VisaError> =>
  Money.is(value)
    ? Effect.void
    : Effect.fail(invalidRequest(field, "Give an amount made with Money.of."))

/** The JSON number of an amount. */
const numberOf = (field: string, money: Money): Effect.Effect<number, VisaError> =>
  Effect.andThen(
    checkMoney(field, money),
    Effect.mapError(
      Effect.suspend(() => Money.toVisaNumber(money)),
      ({ reason }) => invalidRequest(field, reason.detail ?? reason.row.advice),
    ),
  )

/** The decimal text of an amount, within the bounds of the number. */
const textOf = (field: string, money: Money): Effect.Effect<string, VisaError> =>
  Effect.map(numberOf(field, money), () => Money.toDecimal(money))

interface Priced {
  readonly amount: Money
  readonly sourceAmount?: Money
  readonly surcharge?: Money
  readonly foreignExchangeFeeTransaction?: Money
  readonly clientTransactionId?: string
}

/** The JSON body of a request. */
export type Body = { readonly [field: string]: unknown }

/**
 * Amounts in the encodings of their fields: numbers but for the surcharge, and their currency in a
 * field of its own. Everything else is the table's.
 */
const bodyOf = <Request extends Priced, T, E extends Body>(
  encode: (value: T) => Effect.Effect<E, VisaError>,
  rules: ReadonlyArray<Rule<Request>>,
  currencyField: keyof T & string,
) =>
  Effect.fnUntraced(function* (request: Request): Effect.fn.Return<Body, VisaError> {
    yield* checkObject("request", request)
    const {
      amount,
      clientTransactionId: _,
      foreignExchangeFeeTransaction: fee,
      sourceAmount,
      surcharge,
      ...fields
    } = request
    const value = {
      ...fields,
      amount: yield* numberOf("amount", amount),
      [currencyField]: amount.currency,
      ...(surcharge === undefined ? {} : { surcharge: yield* textOf("surcharge", surcharge) }),
      ...(fee === undefined
        ? {}
        : { foreignExchangeFeeTransaction: yield* numberOf("foreignExchangeFeeTransaction", fee) }),
      ...(sourceAmount === undefined
        ? {}
        : {
            sourceAmount: yield* numberOf("sourceAmount", sourceAmount),
            sourceCurrencyCode: sourceAmount.currency,
          }),
    }
    // TypeScript does not follow the rest of a generic; the strict encoder checks every field.
    const body = yield* encode(value as T)
    yield* checkRules(rules, request)
    return body
  })

export const bodyOfPush: (request: PushRequest) => Effect.Effect<Body, VisaError> = bodyOf(
  sparseEncoder(pushBody),
  pushRules,
  "transactionCurrencyCode",
)

export const bodyOfPull: (request: PullRequest) => Effect.Effect<Body, VisaError> = bodyOf(
  sparseEncoder(pullBody),
  pullRules,
  "senderCurrencyCode",
)

export const bodyOfReverse: (request: ReverseRequest) => Effect.Effect<Body, VisaError> = bodyOf(
  sparseEncoder(reverseBody),
  reverseRules,
  "senderCurrencyCode",
)

export const bodyOfAdjustment: (request: AdjustmentRequest) => Effect.Effect<Body, VisaError> =
  bodyOf(sparseEncoder(adjustmentBody), adjustmentRules, "senderCurrencyCode")

const encodeCancel = strictEncoder(cancelBody)

export const bodyOfCancel = (request: CancelRequest): Effect.Effect<Body, VisaError> =>
  Effect.andThen(checkObject("request", request), encodeCancel(request))
