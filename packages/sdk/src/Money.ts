import { Data, Exit, Inspectable, Order, Schema } from "effect"
import type { Ordering } from "effect"
import { Currency } from "./Currency.ts"
import { andThen, checkedBy, refuse } from "./internal/vocabulary.ts"
import { VisaError } from "./VisaError.ts"

const field = "amount"

/** Visa's amount field: 0 to 999 999 999.999. */
const maximumDecimals = 3
const maximum = 999_999_999_999n

/** The field's maximum in minor units: cut, not rounded, to the decimals of the currency. */
const maximumMinor = (exponent: number): number =>
  Number(
    exponent >= maximumDecimals
      ? maximum * 10n ** BigInt(exponent - maximumDecimals)
      : maximum / 10n ** BigInt(maximumDecimals - exponent),
  )

/**
 * A double tells all decimals of 15 significant digits apart (DBL_DIG of IEEE 754), so a JSON number
 * of so many digits still is the number that was written.
 */
const maximumExactInNumber = 999_999_999_999_999

const decimalPattern = /^(0|[1-9]\d*)(?:\.(\d+))?$/

interface Decimal {
  readonly whole: string
  readonly fraction: string
}

const readDecimal = (text: string): Decimal | undefined => {
  const found = decimalPattern.exec(text)
  return found === null ? undefined : { whole: found[1] ?? "", fraction: found[2] ?? "" }
}

/** Minor units, exactly, or undefined beyond the safe integers. The fraction is not too long. */
const toMinor = ({ fraction, whole }: Decimal, exponent: number): number | undefined => {
  // 16 digits are all that a safe integer has; longer text is not worth reading.
  if (whole.length > 16) return undefined
  const minor = Number(whole + fraction.padEnd(exponent, "0"))
  return Number.isSafeInteger(minor) ? minor : undefined
}

const decimals = (count: number): string =>
  count === 0 ? "no decimals" : count === 1 ? "1 decimal" : `${count} decimals`

const overMaximum = () =>
  refuse(field, "the amount is over the maximum of Visa's amount field, 999 999 999.999: split it")

const differentCurrencies = (verb: string, self: Money, that: Money) =>
  refuse(
    "currency",
    `${self.currency} and ${that.currency} cannot be ${verb}: convert one of them first`,
  )

/**
 * An amount of money: a whole number of minor units (cents) of one currency, never negative.
 *
 * It is exact: amounts are read from decimal text and never pass through floating point. What is
 * made by {@link Money.of} and {@link Money.fromMinor} fits into Visa's amount field, 0 to
 * 999 999 999.999. Sums and Visa's own amounts can be larger, up to 2^53 - 1 minor units; whether an
 * amount can be sent is checked once more by {@link Money.toVisaNumber}.
 *
 * Two amounts are `Equal.equals` when currency and minor units are the same. An amount shows itself
 * as `124.05 USD` in text, JSON and inspection; {@link Money.Schema} is the form for storage.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Exit } from "effect"
 * import { Money } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const amount = yield* Money.of("124.05", "USD")
 *   assert.strictEqual(amount.minor, 12405)
 *   assert.strictEqual(yield* Money.toVisaNumber(amount), 124.05)
 * })
 * Effect.runSync(program)
 *
 * // The answer is an Exit: it can be looked at without Effect.gen.
 * assert.isTrue(Exit.isFailure(Money.of("124.055", "USD")))
 */
export class Money extends Data.Class<{
  readonly currency: Currency
  /** Minor units: cents for USD, whole yen for JPY. An integer from 0 to 2^53 - 1. */
  readonly minor: number
}> {
  private constructor(currency: Currency, minor: number) {
    // Adding 0 turns -0 into 0, so that equal amounts are equal.
    super({ currency, minor: minor + 0 })
    Object.freeze(this)
  }

  /**
   * From decimal text and a currency: `Money.of("124.05", "USD")`. Digits and at most one point: no
   * sign, exponent, separators or leading zeros, and no more decimals than the currency has.
   *
   * Fails with `RequestInvalid`.
   */
  static of(amount: string, currency: string): Exit.Exit<Money, VisaError> {
    return andThen(Money.#read(amount, currency), Money.#withinField)
  }

  /** From minor units: `Money.fromMinor(12405, "USD")` is 124.05 USD. Fails with `RequestInvalid`. */
  static fromMinor(minor: number, currency: string): Exit.Exit<Money, VisaError> {
    return andThen(Currency.of(currency), (known) =>
      Number.isSafeInteger(minor) && minor >= 0
        ? Money.#withinField(new Money(known, minor))
        : refuse(
            field,
            "give minor units as a whole number from 0 up, such as 12405 for 124.05 USD",
          ),
    )
  }

  /**
   * From an amount of a reply, which Visa sends as a JSON number or as text, exactly: what has been
   * rounded, is negative or is written with an exponent is refused. Zeros after the last decimal of
   * the currency are read over.
   *
   * Fails with `ResponseMalformed`.
   */
  static fromVisa(value: number | string, currency: Currency): Exit.Exit<Money, VisaError> {
    const malformed = (detail: string) =>
      Exit.fail(VisaError.of("ResponseMalformed", { field, detail }))
    const decimal = readDecimal(String(value))
    if (decimal === undefined) return malformed("the amount is not a plain decimal number")
    const exponent = Currency.exponent(currency)
    const fraction = decimal.fraction.slice(0, exponent)
    if (!/^0*$/.test(decimal.fraction.slice(exponent))) {
      return malformed(
        `the amount has more decimals than ${currency}, which has ${decimals(exponent)}`,
      )
    }
    const minor = toMinor({ whole: decimal.whole, fraction }, exponent)
    if (minor === undefined || (typeof value === "number" && minor > maximumExactInNumber)) {
      return malformed("the amount has more digits than can be read exactly")
    }
    return Exit.succeed(new Money(currency, minor))
  }

  /** Decimal text with all decimals of the currency: `124.05`, `124` for JPY, `124.050` for KWD. */
  static toDecimal(money: Money): string {
    const exponent = Currency.exponent(money.currency)
    if (exponent === 0) return String(money.minor)
    const digits = String(money.minor).padStart(exponent + 1, "0")
    return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
  }

  /**
   * The JSON number for Visa's amount field.
   *
   * It is exact: within the field an amount has at most 12 significant digits, and JavaScript writes
   * a double as the shortest decimal that reads back as the same double, which up to 15 digits is the
   * decimal that it was made from. So `JSON.stringify` writes 124.05 as `124.05`.
   *
   * Fails with `RequestInvalid` over the field's maximum, and for a third decimal other than 0, which
   * Visa demands of the currencies that have three.
   */
  static toVisaNumber(money: Money): Exit.Exit<number, VisaError> {
    const exponent = Currency.exponent(money.currency)
    if (exponent >= maximumDecimals && money.minor % 10 !== 0) {
      return refuse(
        field,
        `Visa wants the last decimal of ${money.currency} to be 0: round the amount to a multiple of 10 minor units`,
      )
    }
    return andThen(Money.#withinField(money), () => Exit.succeed(Number(Money.toDecimal(money))))
  }

  /** The sum. Fails with `RequestInvalid` for two currencies, and beyond 2^53 - 1 minor units. */
  static add(self: Money, that: Money): Exit.Exit<Money, VisaError> {
    const minor = self.minor + that.minor
    if (self.currency !== that.currency) return differentCurrencies("added", self, that)
    return Number.isSafeInteger(minor)
      ? Exit.succeed(new Money(self.currency, minor))
      : refuse(field, "the sum is too large to be exact: add up in parts")
  }

  /** The difference. Fails with `RequestInvalid` for two currencies, and where it would be negative. */
  static subtract(self: Money, that: Money): Exit.Exit<Money, VisaError> {
    if (self.currency !== that.currency) return differentCurrencies("subtracted", self, that)
    return self.minor >= that.minor
      ? Exit.succeed(new Money(self.currency, self.minor - that.minor))
      : refuse(field, "the difference would be negative: compare the amounts first")
  }

  /** -1, 0 or 1. Fails with `RequestInvalid` for two currencies: only a rate could compare them. */
  static compare(self: Money, that: Money): Exit.Exit<Ordering.Ordering, VisaError> {
    return self.currency === that.currency
      ? Exit.succeed(Order.Number(self.minor, that.minor))
      : differentCurrencies("compared", self, that)
  }

  /** For sorting lists: by currency, then by amount. Says nothing about amounts of two currencies. */
  static readonly Order: Order.Order<Money> = Order.combine(
    Order.mapInput(Order.String, (money: Money): string => money.currency),
    Order.mapInput(Order.Number, (money: Money) => money.minor),
  )

  /**
   * For people: `$124.05`, as `Intl.NumberFormat` writes it in the locale, with the decimals of ISO
   * 4217. Where that is not to be had (an unknown locale, a runtime without Intl): `124.05 USD`.
   */
  static format(money: Money, locale = "en"): string {
    const digits = Currency.exponent(money.currency)
    // The type is for text that is a numeric literal, which toDecimal always is.
    const decimal = Money.toDecimal(money) as Intl.StringNumericLiteral
    try {
      return new Intl.NumberFormat(locale, {
        style: "currency",
        currency: money.currency,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }).format(decimal)
    } catch {
      return money.toString()
    }
  }

  static is(u: unknown): u is Money {
    return u instanceof Money
  }

  /** For storage and messages: `{ "amount": "124.05", "currency": "USD" }`. */
  static readonly Schema: Schema.Codec<
    Money,
    { readonly amount: string; readonly currency: string }
  > = Schema.Struct({ amount: Schema.String, currency: Schema.String }).pipe(
    Schema.decodeTo(
      Schema.declare(Money.is, { identifier: "Money", expected: "an amount made with Money.of" }),
      checkedBy(
        ({ amount, currency }) => Money.#read(amount, currency),
        (money: Money) => ({ amount: Money.toDecimal(money), currency: money.currency as string }),
      ),
    ),
  )

  static #read(amount: string, currency: string): Exit.Exit<Money, VisaError> {
    return andThen(Currency.of(currency), (known) => {
      const decimal = typeof amount === "string" ? readDecimal(amount) : undefined
      if (decimal === undefined) {
        return refuse(
          field,
          'write the amount as decimal text such as "124.05": no sign, exponent, spaces, separators or leading zeros',
        )
      }
      const exponent = Currency.exponent(known)
      if (decimal.fraction.length > exponent) {
        return refuse(
          field,
          `the amount has ${decimals(decimal.fraction.length)} and ${known} has ${decimals(exponent)}: round it first`,
        )
      }
      const minor = toMinor(decimal, exponent)
      return minor === undefined ? overMaximum() : Exit.succeed(new Money(known, minor))
    })
  }

  static #withinField(money: Money): Exit.Exit<Money, VisaError> {
    return money.minor <= maximumMinor(Currency.exponent(money.currency))
      ? Exit.succeed(money)
      : overMaximum()
  }

  override toString(): string {
    return `${Money.toDecimal(this)} ${this.currency}`
  }

  toJSON(): string {
    return this.toString()
  }

  [Inspectable.NodeInspectSymbol](): string {
    return this.toString()
  }
}
