/** What the memory of a process keeps of payouts that ended. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { memoryExecutions } from "../../src/internal/executionsMemory.ts"
import { PayoutRefused } from "../../src/payouts/PayoutResult.ts"
import { Sealed } from "../../src/payouts/PayoutVault.ts"
import type { Ending } from "../../src/payouts/PayoutWorkflow.ts"
import { VisaError } from "../../src/VisaError.ts"
import { toCard } from "../support/saga.ts"

const acceptedAs = (key: string) => ({
  key,
  fingerprint: `print of ${key}`,
  sealed: Sealed.make(""),
  acceptedAt: 0,
})

const endingOf = (key: string): Ending => ({
  fingerprint: `print of ${key}`,
  result: PayoutRefused.of(
    key,
    "policy",
    VisaError.of("PolicyRefused", { rule: `rule of ${key}` }),
  ),
})

describe("Executions in memory", () => {
  it.effect("know how each ended, and run none again", () =>
    Effect.gen(function* () {
      // Some are packed by then, and some are not.
      const keys = Array.from({ length: 600 }, (_, index) => `payout-${index}`)
      const ended: Array<string> = []
      const { executions } = memoryExecutions((key) => void ended.push(key))
      const payout = yield* toCard("payout")
      for (const key of keys) {
        const mine = yield* executions.accept(key, acceptedAs(key), payout)
        if (mine._tag !== "Mine") return assert.fail(`${key} is ${mine._tag}`)
        assert.strictEqual(
          (yield* executions.accept(key, acceptedAs(key), payout))._tag,
          "Elsewhere",
        )
        yield* mine.kept.end(endingOf(key))
      }
      assert.deepStrictEqual(ended, keys)
      for (const key of keys) {
        const again = yield* executions.accept(key, acceptedAs(key), payout)
        assert.deepStrictEqual(again, { _tag: "Ended", ending: endingOf(key) })
        assert.deepStrictEqual(yield* executions.find(key), Option.some(endingOf(key)))
      }
    }),
  )
})
