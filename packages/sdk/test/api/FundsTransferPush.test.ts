/** What a push says of money that is not paid yet; the rest is in `FundsTransfer.test.ts`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { PushRequest } from "../../src/api/FundsTransfer.ts"
import { Money } from "../../src/Money.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import { asJson, recorded } from "../support/cards.ts"
import { pushRequest } from "../support/simulated.ts"

const fresh = pushRequest().pipe(Effect.provide(VisaDirectTest.layer))

const approval = { actionCode: "00", transactionIdentifier: 234234322342343 }

const pushed = (changes: Partial<PushRequest>, body: object = approval) =>
  Effect.flatMap(fresh, (request) =>
    recorded(FundsTransfer.push({ ...request, ...changes }), () => ({ status: 200, body })),
  )

describe("FundsTransfer.push, deferred", () => {
  const cases: ReadonlyArray<
    readonly [name: string, changes: Partial<PushRequest>, reply: object, deferred: boolean]
  > = [
    ["none is held by default", {}, {}, false],
    ["00 is at once", { serviceProcessingType: { requestType: "00" } }, {}, false],
    ["01 was held by the originator", { serviceProcessingType: { requestType: "01" } }, {}, false],
    ["02 is held for 48 hours", { serviceProcessingType: { requestType: "02" } }, {}, true],
    [
      "03 is held until its time",
      { serviceProcessingType: { requestType: "03", deferredDateTime: "197001021200" } },
      {},
      true,
    ],
    ["the reply can say so", {}, { serviceProcessingType: { requestType: "02" } }, true],
  ]
  for (const [name, changes, reply, deferred] of cases) {
    it.effect(name, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(0)
        const { outcome } = yield* pushed(changes, { ...approval, ...reply })
        assert.strictEqual((yield* Effect.fromResult(outcome)).deferred, deferred)
      }),
    )
  }
})

describe("FundsTransfer.push, encodings", () => {
  it.effect("writes the surcharge as text, in the currency of the amount", () =>
    Effect.gen(function* () {
      const { calls } = yield* pushed({ surcharge: yield* Money.of("1.50", "USD") })
      assert.deepInclude(asJson(calls[0]?.body), { surcharge: "1.50" })
      const other = yield* pushed({ surcharge: yield* Money.of("1.50", "EUR") })
      const error = yield* Effect.flip(Effect.fromResult(other.outcome))
      assert.strictEqual(error.reason.field, "surcharge")
    }),
  )

  it.effect("names a source amount that is none, and crashes at nothing", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* pushed({ sourceAmount: 5 as never })
      assert.deepStrictEqual(calls, [])
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason.field, "sourceAmount")
      const nothing = yield* recorded(FundsTransfer.push(undefined as never), () => ({
        status: 200,
      }))
      const refused = yield* Effect.flip(Effect.fromResult(nothing.outcome))
      assert.strictEqual(refused.reason._tag, "RequestInvalid")
    }),
  )

  it.effect("keeps chip data redacted until it is sent, and what comes back", () =>
    Effect.gen(function* () {
      const chip = "9F2608A1B2C3D4E5F60708"
      const { calls, outcome } = yield* pushed(
        { integratedCircuitCardData: Redacted.make(chip) },
        { ...approval, integratedCircuitCardData: chip },
      )
      assert.deepInclude(asJson(calls[0]?.body), { integratedCircuitCardData: chip })
      assert.notInclude(inspect(yield* Effect.fromResult(outcome), { depth: 5 }), chip)
    }),
  )
})
