import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { RetryBudget } from "../src/RetryBudget.ts"
import type { RetryBudgetOptions } from "../src/RetryBudget.ts"

const withdrawals = (budget: RetryBudget["Service"], count: number) =>
  Effect.map(
    Effect.replicateEffect(budget.withdraw, count),
    (granted) => granted.filter(Boolean).length,
  )

describe("RetryBudget", () => {
  it.effect("grants what is saved up, then nothing", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget.make({ ratio: 0, perSecond: 0, capacity: 3 })
      assert.strictEqual(yield* withdrawals(budget, 10), 3)
      assert.strictEqual(yield* budget.balance, 0)
    }),
  )

  it.effect("ten calls pay for one repeat, exactly", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget.make({ ratio: 0.1, perSecond: 0, capacity: 5 })
      yield* withdrawals(budget, 5)
      yield* Effect.replicateEffect(budget.deposit, 9)
      assert.isFalse(yield* budget.withdraw)
      yield* budget.deposit
      assert.isTrue(yield* budget.withdraw)
      assert.isFalse(yield* budget.withdraw)
    }),
  )

  it.effect("time pays as well, so that a program that calls seldom may repeat", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget.make({ ratio: 0, perSecond: 2, capacity: 5 })
      yield* withdrawals(budget, 5)
      yield* TestClock.adjust(499)
      assert.isFalse(yield* budget.withdraw)
      yield* TestClock.adjust(1)
      assert.isTrue(yield* budget.withdraw)
    }),
  )

  it.effect("saves up no more than its capacity", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget.make({ ratio: 1, perSecond: 1, capacity: 2 })
      yield* Effect.replicateEffect(budget.deposit, 100)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* withdrawals(budget, 10), 2)
    }),
  )

  it.effect("a clock that is set back and forth pays no second twice", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(10_000)
      const budget = yield* RetryBudget.make({ ratio: 0, perSecond: 1, capacity: 5 })
      yield* withdrawals(budget, 5)
      yield* TestClock.setTime(5_000)
      assert.strictEqual(yield* budget.balance, 0)
      yield* TestClock.setTime(10_000)
      assert.strictEqual(yield* budget.balance, 0)
      yield* TestClock.setTime(11_000)
      assert.strictEqual(yield* budget.balance, 1)
    }),
  )

  const between = (minimum: number, maximum: number) =>
    Schema.Int.check(Schema.isBetween({ minimum, maximum }))

  /** What happens to a budget: a call, a wish for a repeat, or time that passes. */
  const events = Schema.Array(
    Schema.Union([Schema.Literals(["call", "repeat"]), between(1, 5_000)]),
  ).check(Schema.isMaxLength(300))

  it.effect.prop(
    "never grants more than capacity + ratio × calls + perSecond × seconds",
    [events, between(0, 100), between(0, 5), between(0, 20)],
    ([events, percent, perSecond, capacity]) =>
      Effect.gen(function* () {
        const budget = yield* RetryBudget.make({ ratio: percent / 100, perSecond, capacity })
        // In thousandths, of which one call pays ten per cent and one millisecond pays perSecond.
        let allowed = capacity * 1_000
        let granted = 0
        for (const happening of events) {
          if (happening === "call") {
            allowed += percent * 10
            yield* budget.deposit
          } else if (happening === "repeat") {
            if (yield* budget.withdraw) granted += 1
          } else {
            allowed += happening * perSecond
            yield* TestClock.adjust(happening)
          }
          assert.isAtMost(granted * 1_000, allowed)
        }
      }),
  )

  const wrong: ReadonlyArray<readonly [options: RetryBudgetOptions, field: string]> = [
    [{ ratio: -0.1 }, "retryBudget.ratio"],
    [{ perSecond: Number.NaN }, "retryBudget.perSecond"],
    [{ capacity: Number.POSITIVE_INFINITY }, "retryBudget.capacity"],
  ]
  for (const [options, field] of wrong) {
    it.effect(`refuses ${JSON.stringify(options)}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(RetryBudget.make(options))
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, field)
      }),
    )
  }

  it.effect("reads its options from the environment", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget
      yield* Effect.replicateEffect(budget.withdraw, 7)
      yield* budget.deposit
      assert.strictEqual(yield* budget.balance, 0.5)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* budget.balance, 3.5)
    }).pipe(
      Effect.provide(
        RetryBudget.layerConfig.pipe(
          Layer.provide(
            ConfigProvider.layer(
              ConfigProvider.fromEnv({
                env: {
                  VISA_DIRECT_RETRY_BUDGET_RATIO: "0.5",
                  VISA_DIRECT_RETRY_BUDGET_PER_SECOND: "3",
                  VISA_DIRECT_RETRY_BUDGET_CAPACITY: "7",
                },
              }),
            ),
          ),
        ),
      ),
    ),
  )
})
