import { Exit, Schema } from "effect"
import type { Brand } from "effect"
import { data } from "currency-codes"
import { checkedBy, refuse, shown, threeDigits } from "./internal/vocabulary.ts"
import type { VisaError } from "./VisaError.ts"

/** The alphabetic code of a currency of ISO 4217, e.g. `USD`. Made with {@link Currency.of}. */
export type Currency = string & Brand.Brand<"Currency">

/**
 * Codes for which ISO 4217 gives no minor unit ("N.A."): metals, bond units, test and no-currency
 * codes. The package turns that into 0 decimals, which would be a guess about money.
 */
const withoutMinorUnit: ReadonlySet<string> = new Set([
  "XAG",
  "XAU",
  "XBA",
  "XBB",
  "XBC",
  "XBD",
  "XDR",
  "XPD",
  "XPT",
  "XSU",
  "XTS",
  "XUA",
  "XXX",
])

/** Changes of ISO 4217 since the edition in the package (2024-06-25): what came, what went and for what. */
const added = [{ code: "XCG", number: "532", digits: 2 }]
const replaced: Readonly<Record<string, string>> = {
  // Both have the number 532. 31 March 2025.
  ANG: "XCG",
  // 1 January 2026.
  BGN: "EUR",
}

interface Entry {
  readonly numeric: string
  readonly exponent: number
}

const entries: ReadonlyMap<string, Entry> = new Map(
  [...data, ...added]
    .filter(({ code }) => !withoutMinorUnit.has(code) && !Object.hasOwn(replaced, code))
    .map(({ code, digits, number }): [string, Entry] => [
      code,
      { numeric: number, exponent: digits },
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1)),
)

const byNumeric: ReadonlyMap<string, string> = new Map(
  [...entries].map(([code, { numeric }]) => [numeric, code]),
)

const is = (u: unknown): u is Currency => typeof u === "string" && entries.has(u)

const all: ReadonlyArray<Currency> = [...entries.keys()].filter(is)

const entry = (currency: Currency): Entry => {
  const found = entries.get(currency)
  if (found === undefined) {
    throw new TypeError("not a currency: make it with Currency.of, not with a type assertion")
  }
  return found
}

const hint = (value: string | number): string => {
  const upper = String(value).toUpperCase()
  const successor = replaced[upper]
  if (successor !== undefined) return `${upper} was replaced by ${successor}: use ${successor}`
  if (is(upper)) return `write "${upper}" in capitals`
  return 'use a code of ISO 4217 for money in circulation, such as "USD" or "840"'
}

const of = (value: string | number): Exit.Exit<Currency, VisaError> => {
  const digits = threeDigits(value)
  const code = digits === undefined ? value : byNumeric.get(digits)
  return is(code)
    ? Exit.succeed(code)
    : refuse("currency", `${shown(value)} is not a currency: ${hint(value)}`)
}

const numeric = (currency: Currency): string => entry(currency).numeric

const CurrencySchema = Schema.Literals<ReadonlyArray<string>>(all)
  .annotate({
    identifier: "Currency",
    message: 'not a currency: use an alphabetic code of ISO 4217, such as "USD"',
  })
  .pipe(Schema.brand("Currency"))

const Wire = Schema.Union([Schema.String, Schema.Number])

/**
 * The currencies of ISO 4217 in which money can move, with their numbers and decimals.
 *
 * The table is the `currency-codes` package's, less the codes that have no minor unit, plus the
 * changes since its edition. The decimals are ISO's; what a card's issuer uses is answered by the
 * funds transfer attributes inquiry.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Currency } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   // Visa sends the Australian dollar as "AUD", "036" or, where a JSON number lost the zero, 36.
 *   const currency = yield* Currency.of(36)
 *   assert.strictEqual(currency, "AUD")
 *   assert.strictEqual(Currency.numeric(currency), "036")
 *   assert.strictEqual(Currency.exponent(currency), 2)
 * })
 * Effect.runSync(program)
 */
export const Currency = {
  /** From an alphabetic code, a number as text, or a JSON number. Fails with `RequestInvalid`. */
  of,
  /** Whether the value is an alphabetic code of the table. */
  is,
  /** Every currency of the table, in alphabetical order. */
  all,
  /** The number as ISO writes it, three digits: `036`. */
  numeric,
  /** Decimals of the currency: 0, 2, 3 or 4. */
  exponent: (currency: Currency): number => entry(currency).exponent,
  /** The alphabetic code and nothing else: for storage and for the fields of a type. */
  Schema: CurrencySchema,
  /** Reads any of the three forms, writes the alphabetic code. */
  Alpha: Wire.pipe(
    Schema.decodeTo(
      Schema.toType(CurrencySchema),
      checkedBy(of, (currency): string | number => currency),
    ),
  ),
  /** Reads any of the three forms, writes the three digits, as the FX API wants them. */
  Numeric: Wire.pipe(
    Schema.decodeTo(
      Schema.toType(CurrencySchema),
      checkedBy(of, (currency): string | number => numeric(currency)),
    ),
  ),
} as const
