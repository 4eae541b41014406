import { Exit, Schema } from "effect"
import type { Brand } from "effect"
import { refuse } from "./internal/vocabulary.ts"
import type { VisaError } from "./VisaError.ts"

/**
 * A system trace audit number, field 11 of ISO 8583: six digits that tell one request of a terminal
 * from the others of its day. Allocated by `TransactionIdentity`, or made with {@link Stan.make}.
 */
export type Stan = string & Brand.Brand<"Stan">

const pattern = /^\d{6}$/

const is = (u: unknown): u is Stan => typeof u === "string" && pattern.test(u)

const make = (text: string): Exit.Exit<Stan, VisaError> =>
  is(text)
    ? Exit.succeed(text)
    : refuse(
        "systemsTraceAuditNumber",
        'give six digits as text, with leading zeros, such as "000042"',
      )

/**
 * `systemsTraceAuditNumber`. It stays text everywhere: a JSON number would lose leading zeros.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Stan } from "effect-visa-direct"
 *
 * assert.strictEqual(Effect.runSync(Stan.make("000042")), "000042")
 */
export const Stan = {
  /** From text of six digits. Fails with `RequestInvalid`. */
  make,
  is,
  Schema: Schema.String.check(
    Schema.isPattern(pattern, {
      message: "not a system trace audit number: six digits are needed",
    }),
  ).pipe(Schema.brand("Stan")),
} as const
