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
import { strictEncoder } from "../internal/invalidRequest.ts"
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

const encodeWith =
  <E>(
    path: string,
    amounts: "one" | "atMostOne",
    body: (sides: Sides) => Effect.Effect<E, VisaError>,
  ) =>
  (request: unknown): Effect.Effect<Encoded, VisaError> =>
    Effect.flatMap(sidesOf(request, amounts), (sides) =>
      Effect.map(body(sides), (encoded): Encoded => ({ path, body: encoded })),
    )
