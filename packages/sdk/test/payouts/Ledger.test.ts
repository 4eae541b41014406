import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Money } from "../../src/Money.ts"
import { Ledger } from "../../src/payouts/Ledger.ts"
import { LedgerGuard } from "../../src/payouts/LedgerGuard.ts"
import { guardFailures, ownMetrics } from "../support/guardFailures.ts"
import { laws } from "../support/ledgerLaws.ts"
import { describeWithPostgres, postgres } from "../support/postgres.ts"

describe("a ledger in memory", () => {
  for (const [name, check] of laws) {
    it.effect(name, () => check.pipe(Effect.provide(Ledger.layerMemory)))
  }

  it.effect("takes no amount of zero and no name that a store could not keep", () =>
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const zero = yield* Money.of("0", "USD")
      const one = yield* Money.of("1", "USD")
      for (const [refused, field] of [
        [ledger.deposit({ entry: "e", account: "a", amount: zero }), "amount"],
        [ledger.deposit({ entry: "", account: "a", amount: one }), "entry"],
        [ledger.deposit({ entry: "e", account: "\u0000", amount: one }), "account"],
        [ledger.reserve({ payout: "p", account: "a", amount: zero }), "amount"],
        [ledger.reserve({ payout: "", account: "a", amount: one }), "payout"],
        [ledger.commit(""), "payout"],
        [ledger.release("x".repeat(256)), "payout"],
      ] as const) {
        const error = yield* Effect.flip(refused)
        assert.strictEqual(error.reason._tag, "RequestInvalid")
        assert.strictEqual(error.reason.field, field)
      }
    }).pipe(Effect.provide(Ledger.layerMemory)),
  )
})

describeWithPostgres("a ledger in PostgreSQL", () => {
  layer(Ledger.layerSql.pipe(Layer.provide(postgres)), { excludeTestServices: true })((it) => {
    for (const [name, check] of laws) it.effect(name, () => check)
  })
})

describe("the guard of a ledger", () => {
  it.effect("reserves, commits and releases in the ledger, and counts what it refuses", () =>
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const guard = yield* LedgerGuard
      const amount = yield* Money.of("60", "USD")
      yield* ledger.deposit({ entry: "e", account: "a", amount })
      const first = { payout: "p1", account: "a", amount }
      const second = { payout: "p2", account: "a", amount }
      yield* guard.reserve(first)
      const refusal = yield* Effect.flip(guard.reserve(second))
      assert.strictEqual(refusal.reason._tag, "BalanceTooLow")
      assert.strictEqual(yield* guardFailures("ledger"), 1)
      yield* guard.release(first)
      yield* guard.reserve(second)
      yield* guard.commit(second)
      assert.deepStrictEqual(yield* ledger.balance("a", amount.currency), {
        available: 0,
        reserved: 0,
      })
    }).pipe(
      Effect.provide([LedgerGuard.layer.pipe(Layer.provideMerge(Ledger.layerMemory)), ownMetrics]),
    ),
  )
})
