import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { DayCounter } from "../../src/payouts/DayCounter.ts"
import { laws } from "../support/dayCounterLaws.ts"
import { describeWithPostgres, postgres } from "../support/postgres.ts"

const overMidnight = Effect.gen(function* () {
  const { count, prune } = yield* DayCounter
  const one = { payout: "a", counter: "over midnight", amount: 100, limit: 100 }
  yield* TestClock.setTime(Date.parse("2026-01-01T23:59:59.999Z"))
  assert.isTrue(yield* count(one))
  assert.isFalse(yield* count({ ...one, payout: "b" }))
  yield* TestClock.adjust("1 millis")
  assert.isTrue(yield* count({ ...one, payout: "b" }))
  // What was counted yesterday is not counted again today.
  assert.isTrue(yield* count(one))
  assert.isFalse(yield* count({ ...one, payout: "c", amount: 1 }))

  yield* TestClock.adjust("2 days")
  assert.strictEqual(yield* prune(2), 1)
  assert.strictEqual(yield* prune(2), 0)
})

describe("a counter of days in memory", () => {
  for (const [name, check] of laws) {
    it.effect(name, () => check.pipe(Effect.provide(DayCounter.layerMemory)))
  }

  it.effect("begins at zero at midnight UTC, and forgets days that are over", () =>
    overMidnight.pipe(Effect.provide(DayCounter.layerMemory)),
  )

  it.effect("takes no name that a store could not keep", () =>
    Effect.gen(function* () {
      const { count } = yield* DayCounter
      for (const field of ["payout", "counter"] as const) {
        const one = { payout: "a", counter: "b", amount: 1, limit: 1, [field]: "\u0000" }
        const error = yield* Effect.flip(count(one))
        assert.strictEqual(error.reason.field, field)
      }
    }).pipe(Effect.provide(DayCounter.layerMemory)),
  )
})

describeWithPostgres("a counter of days in PostgreSQL", () => {
  const counters = DayCounter.layerSql.pipe(Layer.provide(postgres))

  layer(counters, { excludeTestServices: true })((it) => {
    for (const [name, check] of laws) it.effect(name, () => check)
  })

  it.live("begins at zero at midnight UTC, and forgets days that are over", () =>
    Effect.gen(function* () {
      const counter = yield* DayCounter
      // The clock of the test is not that of the connection.
      yield* overMidnight.pipe(
        Effect.provideService(DayCounter, counter),
        Effect.provide(TestClock.layer()),
      )
    }).pipe(Effect.provide(counters)),
  )
})
