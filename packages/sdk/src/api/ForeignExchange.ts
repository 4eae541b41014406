/**
 * Exchange rates: daily ones for cards and accounts, live ones for account and wallet payouts, and
 * quotes, which hold a live rate for payouts until they expire.
 *
 * A markup is for quoting to the sender: the payment itself is made without it. Rates are exact
 * decimals. The two families of the API write the same things differently, which this module hides:
 * numbers of currencies and amounts as text for `A` and `B`, letters and JSON numbers for `BANK` and
 * `WALLET`.
 *
 * Source: Visa's OpenAPI export "Foreign Exchange Rates". What Visa answers when it has no rate for a
 * pair is not documented: it comes as the refusal that it is.
 */
import { Context, DateTime, Effect, Layer, Option, Result, Schema } from "effect"
import type { BigDecimal } from "effect"
import { Currency } from "../Currency.ts"
import { answersOf } from "../internal/answers.ts"
import { rate, readMoney, toDecimalText, toJsonNumber } from "../internal/amounts.ts"
import { indicativeBody, liveBody, quoteBody, rateBody, sidesOf } from "../internal/fxFields.ts"
import type {
  Conversion,
  IndicativeRequest,
  LiveRequest,
  QuoteRequest,
  RateRequest,
  Sides,
} from "../internal/fxFields.ts"
import { invalidRequest, strictEncoder } from "../internal/invalidRequest.ts"
import * as Wire from "../internal/wire.ts"
import { currency } from "../internal/wireCodes.ts"
import { Money } from "../Money.ts"
import { failure } from "../Operation.ts"
import type { Encoded, Failure, Operation, Reply } from "../Operation.ts"
import { Transport } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"

export type {
  Conversion,
  CurrencyPair,
  IndicativeRequest,
  LiveRequest,
  QuoteRequest,
  RateRequest,
} from "../internal/fxFields.ts"

/** `YYYY-MM-DDThh:mm:ss.sssTZD`. Visa says that the time is UTC, so a missing zone is that. */
const dateTime: Wire.Reader<DateTime.Utc> = (value) => {
  const parts =
    /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:Z|([+-]\d{2}):?(\d{2}))?$/.exec(
      Wire.text(value)?.trim() ?? "",
    )
  if (parts === null) return undefined
  const [, time, hours, minutes] = parts
  const zone = hours === undefined ? "Z" : `${hours}:${minutes}`
  return Option.getOrUndefined(Option.map(DateTime.make(`${time}${zone}`), DateTime.toUtc))
}

/** A JSON number of up to thirteen digits. */
const quoteId: Wire.Reader<string> = (value) => {
  const digits = Wire.digits(13)(value)
  return digits === undefined ? undefined : String(Number(digits))
}

const rateReply = Wire.object({
  conversionRate: rate,
  sourceAmount: Wire.decimal,
  destinationAmount: Wire.decimal,
  sourceCurrencyCode: currency,
  destinationCurrencyCode: currency,
  markupRateApplied: Wire.decimal,
  // Version 1 has another capital, and a name of its own for the amount.
  markUpRateApplied: Wire.decimal,
  originalDestnAmtBeforeMarkUp: Wire.decimal,
  sourceAmountWithMarkup: Wire.decimal,
  sourceAmountWithoutMarkup: Wire.decimal,
  acquirerDetails: Wire.object({
    settlement: Wire.object({
      amount: Wire.decimal,
      currencyCode: currency,
      conversionRate: rate,
    }),
  }),
  quoteId,
  quoteIdExpiryDateTime: dateTime,
})

type Read = typeof rateReply extends Wire.Reader<infer Fields> ? Fields : never

/** Visa's answer before it is put together with the request: amounts are decimal text. */
export interface RateReply extends Read {
  readonly conversionRate: BigDecimal.BigDecimal
}

/** An amount in two currencies. */
export interface Rate {
  readonly sourceAmount: Money
  readonly destinationAmount: Money
  /** Destination units for one source unit, without any markup. */
  readonly conversionRate: BigDecimal.BigDecimal
}

/** A daily card rate of version 1. */
export interface DailyRate extends Rate {
  /** Percent, as decimal text. */
  readonly markupRateApplied: string | undefined
  readonly destinationAmountBeforeMarkup: Money | undefined
}

/** A daily rate of version 2. It can differ from the rate at which a payment is settled. */
export interface IndicativeRate extends Rate {
  /** Percent, as decimal text. */
  readonly markupRateApplied: string | undefined
  /** Where the source amount was given and a markup applies: what is left of it without. */
  readonly sourceAmountWithoutMarkup: Money | undefined
  /** Where the destination amount was given and a markup applies: what to collect with it. */
  readonly sourceAmountWithMarkup: Money | undefined
  readonly settlementAmount: Money | undefined
  readonly settlementConversionRate: BigDecimal.BigDecimal | undefined
}

/**
 * A live rate that Visa holds for account and wallet payouts in the same two currencies: give its
 * `quoteId` to any number of them until `expiresAt`. To be stored with `Schema.encode`.
 */
export const Quote = Schema.Struct({
  /** Up to 13 digits. */
  quoteId: Schema.String.check(Schema.isPattern(/^\d{1,13}$/)),
  rateProductCode: Schema.Literals(["BANK", "WALLET"]),
  sourceCurrencyCode: Currency.Schema,
  destinationCurrencyCode: Currency.Schema,
  /** Destination units for one source unit. */
  conversionRate: Schema.BigDecimalFromString,
  expiresAt: Schema.DateTimeUtcFromString,
  /** Where Visa gave amounts with the quote. */
  sourceAmount: Schema.optionalKey(Money.Schema),
  destinationAmount: Schema.optionalKey(Money.Schema),
})
export type Quote = typeof Quote.Type

const malformed = (field: string, detail: string): Result.Result<never, Failure> =>
  Result.fail(failure("ResponseMalformed", { field, detail }))

const decode = (reply: Reply): Result.Result<RateReply, Failure> => {
  const read = rateReply(reply.body)
  return read?.conversionRate === undefined
    ? malformed("conversionRate", "The reply has no conversionRate above zero.")
    : Result.succeed({ ...read, conversionRate: read.conversionRate })
}

const pathOf = (version: 1 | 2) => `/forexrates/v${version}/foreignexchangerates`

const encodeRateBody = strictEncoder(rateBody)
const encodeIndicativeBody = strictEncoder(indicativeBody)
const encodeLiveBody = strictEncoder(liveBody)
const encodeQuoteBody = strictEncoder(quoteBody)

type Amounts<A> = { readonly sourceAmount?: A; readonly destinationAmount?: A }

const amountsOf = Effect.fnUntraced(function* <A>(
  { destinationAmount, sourceAmount }: Sides<unknown>,
  write: (amount: Money, field: string) => Effect.Effect<A, VisaError>,
): Effect.fn.Return<Amounts<A>, VisaError> {
  return {
    ...(sourceAmount === undefined
      ? {}
      : { sourceAmount: yield* write(sourceAmount, "sourceAmount") }),
    ...(destinationAmount === undefined
      ? {}
      : { destinationAmount: yield* write(destinationAmount, "destinationAmount") }),
  }
})

const pairOf = ({ destinationCurrencyCode, sourceCurrencyCode }: Sides<unknown>) => ({
  sourceCurrencyCode,
  destinationCurrencyCode,
})

const encodeRate = Effect.fnUntraced(function* (
  request: RateRequest,
): Effect.fn.Return<Encoded, VisaError> {
  const sides = yield* sidesOf(request, "one")
  if (sides.sourceAmount === undefined) {
    return yield* invalidRequest("sourceAmount", "Give sourceAmount: version 1 takes no other.")
  }
  const { markupRate, ...body } = yield* encodeRateBody({
    ...sides.rest,
    ...pairOf(sides),
    sourceAmount: yield* toDecimalText(sides.sourceAmount, "sourceAmount"),
  })
  return {
    path: pathOf(1),
    body: markupRate === undefined ? body : { ...body, markUpRate: markupRate },
  }
})

const encodeIndicative = Effect.fnUntraced(function* (
  request: IndicativeRequest,
): Effect.fn.Return<Encoded, VisaError> {
  const sides = yield* sidesOf(request, "one")
  const amounts = yield* amountsOf(sides, toDecimalText)
  const body = yield* encodeIndicativeBody({ ...sides.rest, ...pairOf(sides), ...amounts })
  return { path: pathOf(2), body }
})

const encodeLive = Effect.fnUntraced(function* (
  request: LiveRequest,
): Effect.fn.Return<Encoded, VisaError> {
  const sides = yield* sidesOf(request, "one")
  const amounts = yield* amountsOf(sides, toJsonNumber)
  const body = yield* encodeLiveBody({ ...sides.rest, ...pairOf(sides), ...amounts })
  return { path: pathOf(2), body }
})

const encodeQuote = Effect.fnUntraced(function* (
  request: QuoteRequest,
): Effect.fn.Return<Encoded, VisaError> {
  const sides = yield* sidesOf(request, "atMostOne")
  const amounts = yield* amountsOf(sides, toJsonNumber)
  const body = yield* encodeQuoteBody({
    ...sides.rest,
    ...pairOf(sides),
    ...amounts,
    quoteIdRequired: true,
  })
  return { path: pathOf(2), body }
})

const shared = {
  method: "POST",
  mle: "mandatory",
  money: "none",
  findOut: "none",
  errorSpace: "fx",
  decode,
} as const

/** The operations of this module, as data. Their answers are put together with the request after. */
export const operations: {
  readonly rate: Operation<RateRequest, RateReply>
  readonly indicative: Operation<IndicativeRequest, RateReply>
  readonly live: Operation<LiveRequest, RateReply>
  readonly quote: Operation<QuoteRequest, RateReply>
} = {
  rate: { ...shared, name: "ForeignExchange.rate", path: pathOf(1), encode: encodeRate },
  indicative: {
    ...shared,
    name: "ForeignExchange.indicative",
    path: pathOf(2),
    encode: encodeIndicative,
  },
  live: { ...shared, name: "ForeignExchange.live", path: pathOf(2), encode: encodeLive },
  quote: { ...shared, name: "ForeignExchange.quote", path: pathOf(2), encode: encodeQuote },
}

/** The same operation for one call, with an answer that fits its request. */
const fitting = <Request, A>(
  { decodeOther: _, ...operation }: Operation<Request, RateReply>,
  fit: (reply: RateReply) => Result.Result<A, Failure>,
): Operation<Request, A> => ({
  ...operation,
  decode: (reply) => Result.flatMap(operation.decode(reply), fit),
})

const sourceCurrencyOf = (request: QuoteRequest | Conversion): Currency =>
  "sourceAmount" in request ? request.sourceAmount.currency : request.sourceCurrencyCode

const destinationCurrencyOf = (request: QuoteRequest | Conversion): Currency =>
  "destinationAmount" in request
    ? request.destinationAmount.currency
    : request.destinationCurrencyCode

/** Whether a reply is for the currencies that were asked for, as far as it names them. */
const isForPair = (request: QuoteRequest | Conversion, reply: RateReply): boolean =>
  (reply.sourceCurrencyCode ?? sourceCurrencyOf(request)) === sourceCurrencyOf(request) &&
  (reply.destinationCurrencyCode ?? destinationCurrencyOf(request)) ===
    destinationCurrencyOf(request)

const otherPair = malformed("sourceCurrencyCode", "The reply is for another pair of currencies.")

const readRate = (request: Conversion, reply: RateReply): Result.Result<Rate, Failure> => {
  if (!isForPair(request, reply)) return otherPair
  const side = "sourceAmount" in request ? "destinationAmount" : "sourceAmount"
  const other = readMoney(
    reply[side],
    side === "sourceAmount" ? sourceCurrencyOf(request) : destinationCurrencyOf(request),
  )
  return other === undefined
    ? malformed(side, `The reply has no ${side} that can be read exactly.`)
    : Result.succeed({
        sourceAmount: "sourceAmount" in request ? request.sourceAmount : other,
        destinationAmount: "destinationAmount" in request ? request.destinationAmount : other,
        conversionRate: reply.conversionRate,
      })
}

const readDailyRate = (request: RateRequest, reply: RateReply): Result.Result<DailyRate, Failure> =>
  Result.map(readRate(request, reply), (found) => ({
    ...found,
    markupRateApplied: reply.markUpRateApplied ?? reply.markupRateApplied,
    destinationAmountBeforeMarkup: readMoney(
      reply.originalDestnAmtBeforeMarkUp,
      request.destinationCurrencyCode,
    ),
  }))

const readIndicativeRate = (
  request: IndicativeRequest,
  reply: RateReply,
): Result.Result<IndicativeRate, Failure> =>
  Result.map(readRate(request, reply), (found) => {
    const settlement = reply.acquirerDetails?.settlement
    const source = found.sourceAmount.currency
    return {
      ...found,
      markupRateApplied: reply.markupRateApplied ?? reply.markUpRateApplied,
      sourceAmountWithoutMarkup: readMoney(reply.sourceAmountWithoutMarkup, source),
      sourceAmountWithMarkup: readMoney(reply.sourceAmountWithMarkup, source),
      settlementAmount: readMoney(
        settlement?.amount,
        settlement?.currencyCode ?? request.acquirerDetails?.settlement?.currencyCode,
      ),
      settlementConversionRate: settlement?.conversionRate,
    }
  })

const readQuote = (request: QuoteRequest, reply: RateReply): Result.Result<Quote, Failure> => {
  if (!isForPair(request, reply)) return otherPair
  const { quoteId, quoteIdExpiryDateTime } = reply
  if (quoteId === undefined) return malformed("quoteId", "The reply has no quoteId.")
  if (quoteIdExpiryDateTime === undefined) {
    return malformed("quoteIdExpiryDateTime", "The reply does not say when the quote expires.")
  }
  const sourceCurrencyCode = sourceCurrencyOf(request)
  const destinationCurrencyCode = destinationCurrencyOf(request)
  const sourceAmount = readMoney(reply.sourceAmount, sourceCurrencyCode)
  const destinationAmount = readMoney(reply.destinationAmount, destinationCurrencyCode)
  return Result.succeed({
    quoteId,
    rateProductCode: request.rateProductCode,
    sourceCurrencyCode,
    destinationCurrencyCode,
    conversionRate: reply.conversionRate,
    expiresAt: quoteIdExpiryDateTime,
    ...(sourceAmount === undefined ? {} : { sourceAmount }),
    ...(destinationAmount === undefined ? {} : { destinationAmount }),
  })
}

/**
 * Asks for exchange rates and quotes.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { BigDecimal, DateTime, Effect } from "effect"
 * import { Correlation, Currency, ForeignExchange, Transport } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const quote = yield* ForeignExchange.quote({
 *     rateProductCode: "BANK",
 *     initiatingPartyId: 1002,
 *     sourceCurrencyCode: yield* Currency.of("EUR"),
 *     destinationCurrencyCode: yield* Currency.of("USD")
 *   })
 *   assert.strictEqual(quote.quoteId, "987654321")
 *   assert.strictEqual(BigDecimal.format(quote.conversionRate), "1.0842")
 *   assert.isTrue(ForeignExchange.isExpired(quote, yield* DateTime.now))
 * })
 *
 * const visa = Transport.layerTest(() => ({
 *   status: 200,
 *   body: {
 *     rateProductCode: "BANK",
 *     sourceCurrencyCode: "EUR",
 *     destinationCurrencyCode: "USD",
 *     conversionRate: 1.0842,
 *     quoteId: 987654321,
 *     quoteIdExpiryDateTime: "2018-07-19T10:22:15.529+00:00"
 *   }
 * }))
 * await Effect.runPromise(program.pipe(
 *   Effect.provide(ForeignExchange.layer),
 *   Effect.provide(visa),
 *   Effect.provide(Correlation.layerTest)
 * ))
 */
export class ForeignExchange extends Context.Service<
  ForeignExchange,
  {
    /** The daily card rate of version 1, from a source amount. */
    readonly rate: (request: RateRequest) => Effect.Effect<DailyRate, VisaError>
    /** A daily rate for cards (`A`) or bank accounts (`B`), from either amount. */
    readonly indicative: (request: IndicativeRequest) => Effect.Effect<IndicativeRate, VisaError>
    /** The rate of this moment for payouts to bank accounts or wallets. Visa does not hold it. */
    readonly live: (request: LiveRequest) => Effect.Effect<Rate, VisaError>
    /** A rate that Visa holds for payouts until it expires. */
    readonly quote: (request: QuoteRequest) => Effect.Effect<Quote, VisaError>
  }
>()("effect-visa-direct/ForeignExchange") {
  static readonly make = Effect.gen(function* () {
    const answer = answersOf(yield* Transport)
    const ask =
      <Request, A>(
        operation: Operation<Request, RateReply>,
        read: (request: Request, reply: RateReply) => Result.Result<A, Failure>,
      ) =>
      (request: Request): Effect.Effect<A, VisaError> =>
        answer(
          fitting(operation, (reply) => read(request, reply)),
          request,
        )
    return ForeignExchange.of({
      rate: ask(operations.rate, readDailyRate),
      indicative: ask(operations.indicative, readIndicativeRate),
      live: ask(operations.live, readRate),
      quote: ask(operations.quote, readQuote),
    })
  })

  static readonly layer: Layer.Layer<ForeignExchange, never, Transport> = Layer.effect(
    ForeignExchange,
    ForeignExchange.make,
  )

  static readonly operations = operations

  /** Whether a quote can no longer be used. At its expiry it cannot. */
  static readonly isExpired = (quote: Pick<Quote, "expiresAt">, now: DateTime.DateTime): boolean =>
    DateTime.isGreaterThanOrEqualTo(now, quote.expiresAt)

  static readonly rate = (
    request: RateRequest,
  ): Effect.Effect<DailyRate, VisaError, ForeignExchange> =>
    Effect.flatMap(ForeignExchange, (service) => service.rate(request))

  static readonly indicative = (
    request: IndicativeRequest,
  ): Effect.Effect<IndicativeRate, VisaError, ForeignExchange> =>
    Effect.flatMap(ForeignExchange, (service) => service.indicative(request))

  static readonly live = (request: LiveRequest): Effect.Effect<Rate, VisaError, ForeignExchange> =>
    Effect.flatMap(ForeignExchange, (service) => service.live(request))

  static readonly quote = (
    request: QuoteRequest,
  ): Effect.Effect<Quote, VisaError, ForeignExchange> =>
    Effect.flatMap(ForeignExchange, (service) => service.quote(request))
}
