import { Exit, Redacted, Schema, SchemaGetter } from "effect"
import type { Brand } from "effect"
import { sandboxNumbers } from "./internal/detectors/networks.ts"
import { checkedBy, refuse } from "./internal/vocabulary.ts"
import type { VisaError } from "./VisaError.ts"

/**
 * A card number (primary account number) or token. The digits cannot be reached by accident: text,
 * JSON and inspection show a masked form. Made with {@link Pan.make}, opened with {@link Pan.value}.
 */
export type Pan = Redacted.Redacted<string> & Brand.Brand<"Pan">

// Taken as they are, or the sandbox could not be used; no issuer can have them.
const sandbox: ReadonlySet<string> = new Set(sandboxNumbers.map(String))

const zero = "0".charCodeAt(0)

/** ISO/IEC 7812-1, annex B: from the right, every second digit doubled, the digit sum ends in 0. */
const passesLuhn = (digits: string): boolean => {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - zero
    const weighted = i % 2 === 0 ? digit : digit * 2
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}

const field = "primaryAccountNumber"

const objection = (digits: string): string | undefined => {
  if (!/^\d*$/.test(digits)) return "the card number may hold only digits, spaces and dashes"
  if (digits.length < 13 || digits.length > 19) {
    return `the card number has ${digits.length} digits and must have 13 to 19: ask for it again`
  }
  if (!passesLuhn(digits) && !sandbox.has(digits)) {
    return "the card number's check digit is wrong, so a digit was mistyped: ask for it again"
  }
  return undefined
}

/** The first six and the last four, fewer of the first where less than six would stay hidden. */
const mask = (digits: string): string => {
  const first = Math.min(6, digits.length - 4 - 6)
  return digits.slice(0, first) + "*".repeat(digits.length - first - 4) + digits.slice(-4)
}

const make = (text: string): Exit.Exit<Pan, VisaError> => {
  if (typeof text !== "string") {
    return refuse(field, "give the card number as text: a number loses digits")
  }
  const digits = text.replaceAll(/[ -]/g, "")
  const wrong = objection(digits)
  return wrong === undefined
    ? Exit.succeed(Redacted.make(digits, { label: mask(digits) }) as Pan)
    : refuse(field, wrong)
}

const value = (pan: Pan): string => Redacted.value(pan)

const is = (u: unknown): u is Pan => {
  if (!Redacted.isRedacted(u)) return false
  const digits = Redacted.value(u)
  return typeof digits === "string" && objection(digits) === undefined && u.label === mask(digits)
}

const PanSchema = Schema.declare<Pan>(is, {
  identifier: "Pan",
  expected: "a card number made with Pan.make",
  toCodecJson: () =>
    Schema.link<Pan>()(Schema.String, {
      decode: SchemaGetter.forbidden(
        () => "a card number is not read from JSON: use Pan.FromString",
      ),
      encode: SchemaGetter.forbidden(
        () => "a card number is not written as JSON: use Pan.FromString",
      ),
    }),
})

/**
 * Card numbers and tokens: 13 to 19 digits with a right check digit.
 *
 * Visa's public sandbox numbers that break the check digit rule are taken too. What `toString`,
 * `JSON.stringify`, `util.inspect` and logs show is `<redacted:406032******0126>`.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Pan } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const pan = yield* Pan.make("4060 3200 0000 0126")
 *   assert.strictEqual(JSON.stringify({ pan }), `{"pan":"<redacted:406032******0126>"}`)
 *   assert.strictEqual(Pan.last4(pan), "0126")
 *   assert.strictEqual(Pan.value(pan).length, 16)
 * })
 * Effect.runSync(program)
 */
export const Pan = {
  /**
   * From text; spaces and dashes between the digits are dropped. Fails with `RequestInvalid`, which
   * never holds a digit of the number.
   */
  make,
  /** Whether the value was made here. */
  is,
  /** `406032******0126`: never more than the first six and the last four. */
  masked: (pan: Pan): string => mask(value(pan)),
  last4: (pan: Pan): string => value(pan).slice(-4),
  /** The issuer's identification number as six digits. */
  bin6: (pan: Pan): string => value(pan).slice(0, 6),
  /** The digits in clear. The one door: for the request to Visa and nothing else. */
  value,
  /** Pans as they are, for the fields of a type. Refuses to become JSON. */
  Schema: PanSchema,
  /**
   * Reads text, writes the digits in clear: for request bodies that are encrypted, never for storage.
   * Its errors hold no digits, unless Effect's parse option `reportInput` asks to keep what was given.
   */
  FromString: Schema.String.pipe(Schema.decodeTo(PanSchema, checkedBy(make, value))),
} as const
