/** What a refusal quotes of the request is not repeated by its error, whatever the operation. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import * as VisaDirectTest from "../src/VisaDirectTest.ts"
import { assertHides } from "./support/renderings.ts"
import { pushRequest } from "./support/simulated.ts"

const refused = (message: string) =>
  Effect.gen(function* () {
    const request = { ...(yield* pushRequest()), senderPostalCode: "94404", recipientState: "PER" }
    return yield* Effect.flip(FundsTransfer.push(request))
  }).pipe(
    Effect.provide(
      VisaDirectTest.layerWith(() => ({
        status: 400,
        body: { errorMessage: `API Validation Error: 3001. ${message}` },
      })),
    ),
  )

it.effect("names and addresses of a push are struck out of what Visa says about it", () =>
  Effect.gen(function* () {
    const error = yield* refused(
      "Mohammed Qasim of 901 METRO CENTER BLVD may not pay 'rohan' from 4060320000000126",
    )
    assert.strictEqual(error.reason.code, "3001")
    assertHides(error, ["Mohammed", "Qasim", "Metro", "METRO", "rohan", "4060320000000126"])
    assert.include(error.message, "[redacted] of [redacted] may not pay '[redacted]'")
  }),
)

it.effect("what could be a code or a word of Visa's is left", () =>
  Effect.gen(function* () {
    const error = yield* refused("Field 94404 as per rule 05")
    assert.include(error.message, "Field 94404 as per rule 05")
  }),
)

it.effect("a card number is hidden also where a long message is cut", () =>
  Effect.forEach(
    Array.from({ length: 24 }, (_, index) => 430 + index),
    (length) =>
      Effect.gen(function* () {
        const error = yield* refused(`${"x".repeat(length)} 4111-1111-1111-1111 and more`)
        assertHides(error, ["4111-1111-11"])
      }),
  ),
)
