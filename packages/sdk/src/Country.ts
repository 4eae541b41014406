import { Exit, Schema } from "effect"
import type { Brand } from "effect"
// The package's main entry loads the names of all countries in 80 languages; this one only the codes.
import { getAlpha2Codes, alpha2ToNumeric } from "i18n-iso-countries/index.js"
import { checkedBy, refuse, shown, threeDigits } from "./internal/vocabulary.ts"
import type { VisaError } from "./VisaError.ts"

/** The two-letter code of a country of ISO 3166-1, e.g. `US`. Made with {@link Country.of}. */
export type Country = string & Brand.Brand<"Country">

interface Entry {
  readonly alpha3: string
  readonly numeric: string
}

const entries: ReadonlyMap<string, Entry> = new Map(
  Object.entries(getAlpha2Codes())
    .flatMap(([alpha2, alpha3]): ReadonlyArray<[string, Entry]> => {
      const numeric = alpha2ToNumeric(alpha2)
      return numeric === undefined ? [] : [[alpha2, { alpha3, numeric }]]
    })
    .sort(([a], [b]) => (a < b ? -1 : 1)),
)

const byOtherCode: ReadonlyMap<string, string> = new Map(
  [...entries].flatMap(([alpha2, { alpha3, numeric }]) => [
    [alpha3, alpha2],
    [numeric, alpha2],
  ]),
)

const is = (u: unknown): u is Country => typeof u === "string" && entries.has(u)

const all: ReadonlyArray<Country> = [...entries.keys()].filter(is)

const entry = (country: Country): Entry => {
  const found = entries.get(country)
  if (found === undefined) {
    throw new TypeError("not a country: make it with Country.of, not with a type assertion")
  }
  return found
}

const find = (value: string | number): string | undefined => {
  const code = threeDigits(value) ?? String(value)
  return byOtherCode.get(code) ?? code
}

const hint = (value: string | number): string => {
  const upper = String(value).toUpperCase()
  return is(find(upper))
    ? `write "${upper}" in capitals`
    : 'use a code of ISO 3166-1, such as "US", "USA" or "840"'
}

const of = (value: string | number): Exit.Exit<Country, VisaError> => {
  const code = find(value)
  return is(code)
    ? Exit.succeed(code)
    : refuse("country", `${shown(value)} is not a country: ${hint(value)}`)
}

const alpha3 = (country: Country): string => entry(country).alpha3
const numeric = (country: Country): string => entry(country).numeric

const CountrySchema = Schema.Literals<ReadonlyArray<string>>(all)
  .annotate({
    identifier: "Country",
    message: 'not a country: use a two-letter code of ISO 3166-1, such as "US"',
  })
  .pipe(Schema.brand("Country"))

const Wire = Schema.Union([Schema.String, Schema.Number])

/**
 * The countries of ISO 3166-1 in the three forms that Visa uses for them.
 *
 * The table is the `i18n-iso-countries` package's. It holds Kosovo as `XK`, `XKK`, `983`: these are
 * not ISO's but Unicode's, and whether Visa takes them must be asked of Visa.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Country } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   // "AU", "AUS", "036" and 36 are the same country.
 *   const country = yield* Country.of("AUS")
 *   assert.strictEqual(country, "AU")
 *   assert.strictEqual(Country.alpha3(country), "AUS")
 *   assert.strictEqual(Country.numeric(country), "036")
 * })
 * Effect.runSync(program)
 */
export const Country = {
  /** From two letters, three letters, a number as text, or a JSON number. Fails with `RequestInvalid`. */
  of,
  /** Whether the value is a two-letter code of the table. */
  is,
  /** Every country of the table, in alphabetical order. */
  all,
  /** Three letters: `AUS`. */
  alpha3,
  /** Three digits as ISO writes them: `036`. */
  numeric,
  /** The two letters and nothing else: for storage and for the fields of a type. */
  Schema: CountrySchema,
  /** Reads any form, writes two letters. */
  Alpha2: Wire.pipe(
    Schema.decodeTo(
      Schema.toType(CountrySchema),
      checkedBy(of, (country): string | number => country),
    ),
  ),
  /** Reads any form, writes three letters. */
  Alpha3: Wire.pipe(
    Schema.decodeTo(
      Schema.toType(CountrySchema),
      checkedBy(of, (country): string | number => alpha3(country)),
    ),
  ),
  /** Reads any form, writes three digits as text: a JSON number would lose the zero of `036`. */
  Numeric: Wire.pipe(
    Schema.decodeTo(
      Schema.toType(CountrySchema),
      checkedBy(of, (country): string | number => numeric(country)),
    ),
  ),
} as const
