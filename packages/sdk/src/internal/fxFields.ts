/**
 * The requests of the foreign exchange API, strict. Source: Visa's OpenAPI export "Foreign Exchange
 * Rates"; see {@link RateRequest} for the one field in which it contradicts itself.
 */
import { Exit, Schema } from "effect"
import { Country } from "../Country.ts"
import { Currency } from "../Currency.ts"
import { Money } from "../Money.ts"
import { Rrn } from "../Rrn.ts"
import { Stan } from "../Stan.ts"
import type { VisaError } from "../VisaError.ts"
import * as Fields from "./fields.ts"
import { refuse } from "./vocabulary.ts"
import { isJsonObject } from "./wire.ts"

const markupRate = Schema.optionalKey(
  Fields.matching(/^\d{1,2}(\.\d{1,3})?$/, "a percentage below 100 such as 0.07"),
)

const cardAcceptor = Schema.Struct({
  name: Fields.optionalText(1, 25),
  idCode: Fields.optionalText(1, 15),
  terminalId: Fields.optionalText(1, 8),
  address: Schema.optionalKey(
    Schema.Struct({
      country: Schema.optionalKey(Country.Alpha2),
      city: Fields.optionalText(1, 13),
      state: Fields.optionalText(1, 50),
      county: Fields.optionalText(1, 50),
      zipCode: Fields.optionalText(1, 14),
    }),
  ),
})

const rateFields = {
  acquiringBin: Schema.optionalKey(Fields.acquiringBin),
  acquirerCountryCode: Schema.optionalKey(Fields.countryNumeric),
  cardAcceptor: Schema.optionalKey(cardAcceptor),
  /** Of the payment that will follow. */
  systemsTraceAuditNumber: Schema.optionalKey(Stan.Schema),
  /** Of the payment that will follow. */
  retrievalReferenceNumber: Schema.optionalKey(Rrn.Schema),
} as const

const indicativeFields = {
  /** `A` for cards, `B` for bank accounts. */
  rateProductCode: Schema.Literals(["A", "B"]),
  markupRate,
  acquirerDetails: Schema.optionalKey(
    Schema.Struct({
      bin: Schema.optionalKey(Fields.acquiringBin),
      settlement: Schema.optionalKey(
        Schema.Struct({ currencyCode: Schema.optionalKey(Currency.Numeric) }),
      ),
    }),
  ),
} as const

const liveFields = {
  /** `BANK` for payouts to bank accounts, `WALLET` to wallets. */
  rateProductCode: Schema.Literals(["BANK", "WALLET"]),
  /** Assigned by Visa; the sandbox's is 1002. */
  initiatingPartyId: Fields.integer(1, Number.MAX_SAFE_INTEGER),
} as const

const numericPair = {
  sourceCurrencyCode: Currency.Numeric,
  destinationCurrencyCode: Currency.Numeric,
} as const

const alphaPair = {
  sourceCurrencyCode: Currency.Alpha,
  destinationCurrencyCode: Currency.Alpha,
} as const

const textAmounts = {
  sourceAmount: Schema.optionalKey(Schema.String),
  destinationAmount: Schema.optionalKey(Schema.String),
} as const

const numberAmounts = {
  sourceAmount: Schema.optionalKey(Schema.Finite),
  destinationAmount: Schema.optionalKey(Schema.Finite),
} as const

export const rateBody = Schema.Struct({
  ...rateFields,
  ...numericPair,
  sourceAmount: Schema.String,
  markupRate,
})

export const indicativeBody = Schema.Struct({ ...indicativeFields, ...numericPair, ...textAmounts })

export const liveBody = Schema.Struct({ ...liveFields, ...alphaPair, ...numberAmounts })

export const quoteBody = Schema.Struct({
  ...liveFields,
  ...alphaPair,
  ...numberAmounts,
  quoteIdRequired: Schema.Literal(true),
})

/** A known amount on one side, and the currency of the other side. */
export type Conversion =
  | { readonly sourceAmount: Money; readonly destinationCurrencyCode: Currency }
  | { readonly sourceCurrencyCode: Currency; readonly destinationAmount: Money }

/** Two currencies, without an amount. */
export interface CurrencyPair {
  readonly sourceCurrencyCode: Currency
  readonly destinationCurrencyCode: Currency
}

/** What to convert by the daily card rate of version 1. */
export interface RateRequest extends Schema.Struct.Type<typeof rateFields> {
  readonly sourceAmount: Money
  readonly destinationCurrencyCode: Currency
  /**
   * Percent, up to three decimals. It goes out as `markUpRate`: so Visa's example and integrators
   * write it, although the field table of version 1 says `markupRate`, as version 2 does.
   */
  readonly markupRate?: string
}

/** What to convert by the daily rates of version 2. `markupRate` is in percent. */
export type IndicativeRequest = Schema.Struct.Type<typeof indicativeFields> & Conversion

/** What to convert by the live rates of account and wallet payouts. */
export type LiveRequest = Schema.Struct.Type<typeof liveFields> & Conversion

/**
 * For which currencies to hold a rate. Visa's specification shows quotes without an amount; that
 * the sandbox also takes them with one is an integrator's observation.
 */
export type QuoteRequest = Schema.Struct.Type<typeof liveFields> & (CurrencyPair | Conversion)

type SideField =
  | "sourceAmount"
  | "sourceCurrencyCode"
  | "destinationAmount"
  | "destinationCurrencyCode"

/** A request taken apart: its two sides, and the fields that go out as they are. */
export interface Sides<Request> {
  readonly sourceAmount: Money | undefined
  readonly destinationAmount: Money | undefined
  readonly sourceCurrencyCode: Currency
  readonly destinationCurrencyCode: Currency
  readonly rest: Omit<Request, SideField>
}

/** `amounts`: how many of the two amounts the request must give. */
export const sidesOf = <Request>(
  request: Request,
  amounts: "one" | "atMostOne",
): Exit.Exit<Sides<Request>, VisaError> => {
  // Callers in JavaScript have no type that tells them what to give.
  const given: unknown = request
  if (!isJsonObject(given)) return refuse("sourceAmount", "Give the request as an object.")
  const { destinationAmount, destinationCurrencyCode, sourceAmount, sourceCurrencyCode, ...rest } =
    given
  for (const [side, amount, currency] of [
    ["source", sourceAmount, sourceCurrencyCode],
    ["destination", destinationAmount, destinationCurrencyCode],
  ] as const) {
    if (amount === undefined) continue
    if (!Money.is(amount)) return refuse(`${side}Amount`, "Give an amount made with Money.of.")
    if (amount.minor === 0) return refuse(`${side}Amount`, "Give an amount above zero.")
    if (currency !== undefined) {
      return refuse(`${side}CurrencyCode`, `Leave it out: the currency is that of ${side}Amount.`)
    }
  }
  const source = Money.is(sourceAmount) ? sourceAmount : undefined
  const destination = Money.is(destinationAmount) ? destinationAmount : undefined
  if (source !== undefined && destination !== undefined) {
    return refuse("destinationAmount", "Give only one of sourceAmount and destinationAmount.")
  }
  if (amounts === "one" && source === undefined && destination === undefined) {
    return refuse("sourceAmount", "Give one of sourceAmount and destinationAmount.")
  }
  // What is asserted here is checked by the encoder of the body.
  return Exit.succeed({
    sourceAmount: source,
    destinationAmount: destination,
    sourceCurrencyCode: (source?.currency ?? sourceCurrencyCode) as Currency,
    destinationCurrencyCode: (destination?.currency ?? destinationCurrencyCode) as Currency,
    rest: rest as Omit<Request, SideField>,
  })
}
