import { assert, layer } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { Payouts } from "../../src/payouts/Payouts.ts"
import { simulatedPayouts, toCard } from "../support/saga.ts"

layer(simulatedPayouts(), { timeout: 60_000, excludeTestServices: true })("Payouts", (it) => {
  it.effect("pays a card once, and says so", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const settled = yield* Payouts.execute(yield* toCard("first"))
      const [payment, ...others] = yield* simulator.ledger.payments
      assert.deepStrictEqual(others, [])
      assert.strictEqual(settled.transactionIdentifier, payment?.transactionIdentifier)
      assert.strictEqual(settled.systemsTraceAuditNumber, payment?.stan)
      assert.strictEqual(settled.via, "reply")
      assert.deepStrictEqual(yield* Payouts.poll("first"), Option.some(settled))
      const events = yield* Stream.runCollect(Payouts.events("first"))
      assert.deepStrictEqual(
        events.map(({ _tag }) => _tag),
        ["Accepted", "Reserved", "Identified", "Committed", "Settled"],
      )
    }),
  )

  it.effect("pays nothing more when it is executed again", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const first = yield* Payouts.execute(yield* toCard("again"))
      const second = yield* Payouts.execute(yield* toCard("again"))
      assert.deepStrictEqual(second, first)
      assert.strictEqual((yield* simulator.ledger.payments).length, 1)
    }),
  )

  it.effect("refuses another payout under the same key", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      yield* Payouts.execute(yield* toCard("taken", { amount: "10.00" }))
      const error = yield* Effect.flip(Payouts.execute(yield* toCard("taken", { amount: "10.01" })))
      assert.strictEqual(error._tag, "PayoutRefused")
      assert.strictEqual(
        error._tag === "PayoutRefused" && error.error.reason._tag,
        "IdempotencyConflict",
      )
      assert.strictEqual((yield* simulator.ledger.payments).length, 1)
    }),
  )
})
