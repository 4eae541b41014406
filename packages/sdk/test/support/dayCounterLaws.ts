/** What every counter of days must do, wherever it keeps its counts. */
import { randomUUID } from "node:crypto"
import { assert } from "@effect/vitest"
import { Array, Effect } from "effect"
import { DayCounter } from "../../src/payouts/DayCounter.ts"
import type { VisaError } from "../../src/VisaError.ts"

/** A counter that nobody else counts with. */
const fresh = Effect.map(DayCounter, (counters) => {
  const name = randomUUID()
  return {
    counters,
    count: (payout: string, amount: number, limit = 100) =>
      counters.count({ payout: `${name} ${payout}`, counter: name, amount, limit }),
    forget: (payout: string) => counters.forget(`${name} ${payout}`),
  }
})

export const laws: ReadonlyArray<
  readonly [name: string, check: Effect.Effect<void, VisaError, DayCounter>]
> = [
  [
    "counts up to the limit, and nothing beyond",
    Effect.gen(function* () {
      const { count } = yield* fresh
      assert.isTrue(yield* count("a", 60))
      assert.isFalse(yield* count("b", 41))
      assert.isTrue(yield* count("c", 40))
      assert.isFalse(yield* count("d", 1))
    }),
  ],
  [
    "counts a payout once, also when the limit was lowered since",
    Effect.gen(function* () {
      const { count } = yield* fresh
      assert.isTrue(yield* count("a", 60))
      assert.isTrue(yield* count("a", 60, 10))
      assert.isTrue(yield* count("b", 40))
    }),
  ],
  [
    "takes a payout out, once",
    Effect.gen(function* () {
      const { count, forget } = yield* fresh
      assert.isTrue(yield* count("a", 60))
      assert.isTrue(yield* count("b", 40))
      yield* forget("a")
      yield* forget("a")
      yield* forget("nobody")
      assert.isFalse(yield* count("c", 61))
      assert.isTrue(yield* count("c", 60))
    }),
  ],
  [
    "lets as many of 1000 payouts at once through as fit",
    Effect.gen(function* () {
      const { count } = yield* fresh
      const answers = yield* Effect.forEach(
        Array.makeBy(1_000, (n) => count(`${n}`, 10, 2_505)),
        (one) => one,
        { concurrency: "unbounded" },
      )
      assert.strictEqual(answers.filter((isIn) => isIn).length, 250)
    }),
  ],
  [
    "counts once for 1000 callers at once",
    Effect.gen(function* () {
      const { count } = yield* fresh
      const answers = yield* Effect.forEach(
        Array.makeBy(1_000, () => count("a", 60, 1_000_000)),
        (one) => one,
        { concurrency: "unbounded" },
      )
      assert.isTrue(answers.every((isIn) => isIn))
      assert.isTrue(yield* count("b", 60, 120))
      assert.isFalse(yield* count("c", 1, 120))
    }),
  ],
  [
    "holds numbers of more than nine digits exactly",
    Effect.gen(function* () {
      const { count } = yield* fresh
      const limit = 2 ** 53 - 1
      assert.isTrue(yield* count("a", limit - 1, limit))
      assert.isFalse(yield* count("b", 2, limit))
      assert.isTrue(yield* count("c", 1, limit))
    }),
  ],
]
