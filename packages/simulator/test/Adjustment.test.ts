import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { newStan, pushPath, samplePush, type Target } from "./support/client.ts"
import { missing, refusal, unknown, wrong } from "./support/pushes.ts"
import {
  adjust,
  adjustmentPath,
  moneyIn,
  type Overrides,
  pull,
  reverse,
  rowsOf,
  send,
} from "./support/transfers.ts"

const pushed = (target: Target) =>
  send(target, pushPath, samplePush({ systemsTraceAuditNumber: newStan(), amount: 100 }))

/** Takes a push back. */
const debit = { messageReasonCode: "2150", transactionTypeCode: "02" }

layer(Simulator.layer({ seed: 7 }), { excludeTestServices: true })("an adjustment", (it) => {
  it.effect("credits a pull back, with the documented members", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const pulled = yield* pull(simulator)
      const { body, status } = yield* adjust(simulator, pulled)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(Object.keys(body).toSorted(), [
        "actionCode",
        "dateAndTimeTransmission",
        "transactionIdentifier",
      ])
      assert.strictEqual(body.actionCode, "00")
      assert.strictEqual(body.transactionIdentifier, pulled.body.transactionIdentifier)
      assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "124.020", reversed: "124.020" })
      const [row] = (yield* rowsOf(simulator, {
        transactionIdentifier: String(pulled.body.transactionIdentifier),
      })).slice(1)
      assert.strictEqual(row?.transactionType, "SALES REVERSAL")
    }),
  )

  it.effect.each([2, "02"])("debits a push back, with the type written %s", (transactionTypeCode) =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const original = yield* pushed(simulator)
      const { body } = yield* adjust(simulator, original, { ...debit, transactionTypeCode })
      assert.strictEqual(body.actionCode, "00")
      assert.deepStrictEqual(yield* moneyIn(simulator), { pushed: "100.000", debited: "100.000" })
      const [, row] = yield* rowsOf(simulator, {
        transactionIdentifier: String(original.body.transactionIdentifier),
      })
      assert.strictEqual(row?.transactionType, "CRED REVERSAL")
    }),
  )

  it.effect("may be partial, until nothing is left", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const pulled = yield* pull(simulator, { amount: 100 })
      const codes: Array<unknown> = []
      for (const amount of [60, 50, 40, 1]) {
        codes.push((yield* adjust(simulator, pulled, { amount })).body.actionCode)
      }
      assert.deepStrictEqual(codes, ["00", "77", "00", "79"])
      assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "100.000", reversed: "100.000" })
      assert.strictEqual((yield* reverse(simulator, pulled)).body.actionCode, "79")
    }),
  )

  it.effect("that is repeated is answered 94, and moves nothing", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const pulled = yield* pull(simulator)
      const first = yield* adjust(simulator, pulled, { amount: 10 })
      const second = yield* send(simulator, adjustmentPath, first.sample)
      assert.deepStrictEqual([second.body.actionCode, second.body.originalActionCode], ["94", "00"])
      assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "124.020", reversed: "10.000" })
    }),
  )

  describe("answers", () => {
    it.effect("25 for an identifier that there is not", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { body } = yield* adjust(simulator, yield* pull(simulator), {
          transactionIdentifier: 999_999_999_999_999,
        })
        assert.strictEqual(body.actionCode, "25")
      }),
    )

    it.effect("76 for a decline", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const declined = yield* pull(simulator, { amount: 1100.51 })
        assert.strictEqual((yield* adjust(simulator, declined)).body.actionCode, "76")
      }),
    )

    it.effect("79 for a pull that was reversed", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const pulled = yield* pull(simulator)
        yield* reverse(simulator, pulled)
        assert.strictEqual((yield* adjust(simulator, pulled)).body.actionCode, "79")
      }),
    )

    it.effect.each([
      ["a push's reason", { messageReasonCode: 2150 }],
      ["a debit", { transactionTypeCode: 2 }],
      ["more than was pulled", { amount: 124.03 }],
      ["another currency", { senderCurrencyCode: "EUR" }],
    ] as ReadonlyArray<readonly [string, Overrides]>)("77 for a pull and %s", ([, overrides]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const { body } = yield* adjust(simulator, yield* pull(simulator), overrides)
        assert.strictEqual(body.actionCode, "77")
        assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "124.020" })
      }),
    )

    it.effect("what the script says, with the truth beside it", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const pulled = yield* pull(simulator)
        yield* simulator.script({
          match: { endpoint: "Adjustment" },
          answer: { actionCode: "96", settledAs: "00" },
          times: 1,
        })
        assert.strictEqual((yield* adjust(simulator, pulled)).body.actionCode, "96")
        assert.deepStrictEqual(yield* moneyIn(simulator), {
          pulled: "124.020",
          reversed: "124.020",
        })
      }),
    )
  })

  describe("is refused", () => {
    it.effect.each([
      ["a reason that there is not", { messageReasonCode: 2160 }, missing("messageReasonCode")],
      ["a type that there is not", { transactionTypeCode: 3 }, missing("transactionTypeCode")],
      ["a rebate that is no disbursement", { messageReasonCode: 5120 }, wrong("messageReasonCode")],
      [
        "a reference number that lost its zero",
        { retrievalReferenceNumber: 30000550000 },
        missing("retrievalReferenceNumber"),
      ],
      ["no credential", { senderPrimaryAccountNumber: undefined }, missing("primaryAccountNumber")],
      [
        "no point of service data",
        { pointOfServiceData: undefined },
        missing("pointOfServiceData"),
      ],
      ["original data elements", { originalDataElements: {} }, unknown("originalDataElements")],
      ["decimals that the currency has not", { senderCurrencyCode: "JPY" }, missing("amount")],
    ] as ReadonlyArray<readonly [string, Overrides, string]>)("for %s", ([, overrides, expected]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const answer = yield* adjust(simulator, yield* pull(simulator), overrides)
        assert.strictEqual(refusal(answer), expected)
      }),
    )

    it.effect("but not for a reference number as text that starts with a zero", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { body } = yield* adjust(simulator, yield* pull(simulator), {
          retrievalReferenceNumber: "030000550000",
        })
        assert.strictEqual(body.actionCode, "00")
      }),
    )
  })
})

layer(Pki.layer())("an adjustment", (it) => {
  it.effect("has no limit of 24 hours", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const pulled = yield* pull(simulator)
      yield* TestClock.adjust("30 days")
      assert.strictEqual((yield* reverse(simulator, pulled)).body.actionCode, "76")
      assert.strictEqual((yield* adjust(simulator, pulled)).body.actionCode, "00")
    }),
  )
})
