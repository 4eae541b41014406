import { DateTime, Exit, Schema } from "effect"
import type { Brand } from "effect"
import { andThen, refuse } from "./internal/vocabulary.ts"
import type { Stan } from "./Stan.ts"
import type { VisaError } from "./VisaError.ts"

/**
 * A retrieval reference number, field 37 of ISO 8583: twelve digits that stay with a transaction for
 * its life. Allocated by `TransactionIdentity`, or made with {@link Rrn.make}.
 */
export type Rrn = string & Brand.Brand<"Rrn">

/** The parts of a number of the layout `ydddhhnnnnnn`. */
export interface RrnParts {
  /** The last digit of the year, 0 to 9. */
  readonly year: number
  /** 1 to 366. */
  readonly dayOfYear: number
  /** 0 to 23. */
  readonly hour: number
  /** Six digits: a STAN, or any others. */
  readonly sequence: string
}

const pattern = /^\d{12}$/
const field = "retrievalReferenceNumber"
const millisPerDay = 86_400_000

const is = (u: unknown): u is Rrn => typeof u === "string" && pattern.test(u)

const dayOfYear = (rrn: Rrn): number => Number(rrn.slice(1, 4))

const make = (text: string): Exit.Exit<Rrn, VisaError> => {
  if (!is(text)) return refuse(field, "give twelve digits as text, with leading zeros")
  if (dayOfYear(text) < 1 || dayOfYear(text) > 366) {
    return refuse(field, "digits 2 to 4 are the day of the year: they must be 001 to 366")
  }
  return Exit.succeed(text)
}

const parse = (text: string): Exit.Exit<RrnParts, VisaError> =>
  andThen(make(text), (rrn) => {
    const hour = Number(rrn.slice(4, 6))
    return hour > 23
      ? refuse(field, "digits 5 and 6 are the hour: they must be 00 to 23")
      : Exit.succeed({
          year: Number(rrn.slice(0, 1)),
          dayOfYear: dayOfYear(rrn),
          hour,
          sequence: rrn.slice(6),
        })
  })

const derive = (instant: DateTime.DateTime, sequence: Stan): Rrn => {
  const date = DateTime.toDateUtc(instant)
  const year = date.getUTCFullYear()
  const hour = date.getUTCHours()
  const day = Math.floor((date.getTime() - Date.UTC(year, 0)) / millisPerDay) + 1
  const text = `${year % 10}${String(day).padStart(3, "0")}${String(hour).padStart(2, "0")}${sequence}`
  // Twelve digits by construction: 1 + 3 + 2 + the six of the sequence.
  return text as Rrn
}

/**
 * `retrievalReferenceNumber`. Visa recommends the layout `ydddhhnnnnnn` (last digit of the year, day
 * of the year, hour, six digits) and rejects a day outside 001 to 366. The hour is not enforced:
 * Visa's own sample 412770452025 has hour 70.
 *
 * Derived in UTC, once, when the transaction gets its identity; never again on a retry, because the
 * hour would have changed.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { DateTime, Effect } from "effect"
 * import { Rrn, Stan } from "effect-visa-direct"
 *
 * const stan = Effect.runSync(Stan.make("451018"))
 * const rrn = Rrn.derive(DateTime.makeUnsafe("2026-02-01T13:45:00Z"), stan)
 * assert.strictEqual(rrn, "603213451018")
 */
export const Rrn = {
  /** From text of twelve digits that Visa takes. Fails with `RequestInvalid`. */
  make,
  /** Reads the recommended layout. Fails with `RequestInvalid` where day or hour cannot be. */
  parse,
  /** The number of the recommended layout for an instant and six digits, in UTC. */
  derive,
  /** Whether the value is twelve digits. */
  is,
  /** Twelve digits. Replies and storage are not held to the layout: what Visa took is what it is. */
  Schema: Schema.String.check(
    Schema.isPattern(pattern, {
      message: "not a retrieval reference number: twelve digits are needed",
    }),
  ).pipe(Schema.brand("Rrn")),
} as const
