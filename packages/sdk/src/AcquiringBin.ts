import { Exit, Schema } from "effect"
import type { Brand } from "effect"
import { refuse } from "./internal/vocabulary.ts"
import type { VisaError } from "./VisaError.ts"

/**
 * The bank identification number under which the acquirer of a transaction is known to Visa: 6 to 11
 * digits, assigned by Visa, not a card number. Made with {@link AcquiringBin.make}.
 */
export type AcquiringBin = string & Brand.Brand<"AcquiringBin">

const pattern = /^\d{6,11}$/

const is = (u: unknown): u is AcquiringBin => typeof u === "string" && pattern.test(u)

const make = (text: string): Exit.Exit<AcquiringBin, VisaError> =>
  is(text)
    ? Exit.succeed(text)
    : refuse(
        "acquiringBin",
        'give the 6 to 11 digits that Visa assigned, as text, such as "408999"',
      )

/**
 * Acquiring BINs: `acquiringBin` of requests, `acquiringBIN` of the transaction query.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { AcquiringBin } from "effect-visa-direct"
 *
 * assert.strictEqual(Effect.runSync(AcquiringBin.make("408999")), "408999")
 */
export const AcquiringBin = {
  /** From text of 6 to 11 digits. Fails with `RequestInvalid`. */
  make,
  is,
  Schema: Schema.String.check(
    Schema.isPattern(pattern, { message: "not an acquiring BIN: 6 to 11 digits are needed" }),
  ).pipe(Schema.brand("AcquiringBin")),
} as const
