import { assert, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as fc from "fast-check"
import { sparseEncoder, strictEncoder } from "../src/internal/invalidRequest.ts"
import { pushBody } from "../src/internal/pushFields.ts"
import * as VisaDirectTest from "../src/VisaDirectTest.ts"
import type { VisaError } from "../src/VisaError.ts"
import { pushRequest } from "./support/simulated.ts"

/** What comes of it: the JSON, or which field is wrong with what. */
const told = (encoded: Effect.Effect<unknown, VisaError>): string =>
  Result.match(Effect.runSync(Effect.result(encoded)), {
    onSuccess: (body) => JSON.stringify(body),
    onFailure: ({ reason }) => `${reason.field}: ${reason.detail}`,
  })

it.effect("says of any part of a request what the whole table says, beyond its memory too", () =>
  Effect.gen(function* () {
    const whole = strictEncoder(pushBody)
    const sparse = sparseEncoder(pushBody)
    const { amount, clientTransactionId: _, ...fields } = yield* pushRequest()
    const valid = { ...fields, amount: 124.05, transactionCurrencyCode: amount.currency }
    const names = [...Object.keys(pushBody.fields), "aFieldThatVisaDoesNotKnow"]
    const junk = fc.constantFrom(undefined, null, "", "x", 0, -1, {}, [])
    const shapes = new Set<string>()
    let successes = 0
    fc.assert(
      fc.property(
        fc.subarray(Object.keys(valid)),
        fc.dictionary(fc.constantFrom(...names), junk, { maxKeys: 2 }),
        fc.boolean(),
        (left, changes, keepAll) => {
          const kept = Object.fromEntries(
            Object.entries(valid).filter(([name]) => keepAll || left.includes(name)),
          )
          // Most of these are no request at all.
          const value = { ...kept, ...changes } as never
          shapes.add(Object.keys(kept).join())
          const expected = told(whole(value))
          if (expected.startsWith("{")) successes++
          assert.strictEqual(told(sparse(value)), expected)
          // From memory now.
          assert.strictEqual(told(sparse(value)), expected)
        },
      ),
      { numRuns: 500 },
    )
    assert.isAbove(shapes.size, 64)
    assert.isAbove(successes, 20)
  }).pipe(Effect.provide(VisaDirectTest.layer)),
)
