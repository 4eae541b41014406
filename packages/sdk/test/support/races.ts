/** A thousand callers at once for one thing that there is only one of, on whatever engine there is. */
import { assert } from "@effect/vitest"
import { Effect, Result } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { Money } from "../../src/Money.ts"
import { Payouts } from "../../src/payouts/Payouts.ts"
import { ReceiptGuard } from "../../src/payouts/ReceiptGuard.ts"
import { fromReceipt, toCard } from "./saga.ts"

export const receipts = ReceiptGuard.layer({
  verify: () => Effect.orDie(Effect.map(Money.of("200.00", "USD"), (amount) => ({ amount }))),
})

const callers = Array.from({ length: 1_000 }, (_, caller) => caller)

export const oneKey = Effect.gen(function* () {
  const simulator = yield* Simulator
  yield* simulator.ledger.clear
  const payout = yield* toCard("one-key")
  const settled = yield* Effect.forEach(callers, () => Payouts.execute(payout), {
    concurrency: "unbounded",
  })
  assert.strictEqual((yield* simulator.ledger.payments).length, 1)
  assert.strictEqual(
    new Set(settled.map(({ transactionIdentifier }) => transactionIdentifier)).size,
    1,
  )
})

/** What is paid is what was accepted, whatever else comes under its key before it has begun. */
export const twoPayoutsOfOneKey = Effect.gen(function* () {
  const simulator = yield* Simulator
  yield* simulator.ledger.clear
  const payouts = yield* Effect.forEach(["10.00", "99.99"], (amount) =>
    toCard("one-key-for-two", { amount }),
  )
  const results = yield* Effect.forEach(
    payouts,
    (payout) => Effect.result(Payouts.execute(payout)),
    { concurrency: "unbounded" },
  )
  const settled = results.flatMap((each, index) =>
    Result.isSuccess(each) ? [{ asked: payouts[index]?.parts.amount, result: each.success }] : [],
  )
  assert.lengthOf(settled, 1)
  const [paid] = yield* simulator.ledger.payments
  assert.strictEqual((yield* simulator.ledger.payments).length, 1)
  assert.deepStrictEqual(settled[0]?.result.amount, settled[0]?.asked)
  assert.strictEqual(Number(paid?.amount), (settled[0]?.asked?.minor ?? 0) / 100)
  const refused = results.flatMap((each) => (Result.isFailure(each) ? [each.failure] : []))
  assert.deepStrictEqual(
    refused.map((error) => error._tag === "PayoutRefused" && error.error.reason._tag),
    ["IdempotencyConflict"],
  )
})

export const oneReceipt = Effect.gen(function* () {
  const simulator = yield* Simulator
  yield* simulator.ledger.clear
  const results = yield* Effect.forEach(
    callers,
    (caller) =>
      Effect.flatMap(fromReceipt(`receipt-${caller}`, "R-1"), Payouts.execute).pipe(
        Effect.match({
          onSuccess: ({ _tag }) => _tag as string,
          onFailure: (error) =>
            error._tag === "PayoutRefused" ? error.error.reason._tag : error._tag,
        }),
      ),
    { concurrency: "unbounded" },
  )
  assert.strictEqual((yield* simulator.ledger.payments).length, 1)
  assert.strictEqual(results.filter((result) => result === "Settled").length, 1)
  assert.strictEqual(results.filter((result) => result === "ReceiptReused").length, 999)
})
