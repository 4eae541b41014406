/** Bursts over the rate limit of a simulated Visa. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { pushRequest, simulated } from "./support/simulated.ts"

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

const burst = (count: number) =>
  Effect.forEach(Array.from({ length: count }), () => Effect.result(push), {
    concurrency: "unbounded",
  })

/** Ten requests a second. */
const visa = { rateLimit: { requests: 10 } } as const

describe("a burst over Visa's rate limit", () => {
  it.live("is paid in full, each payment once, when what Visa refuses may be sent again", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const results = yield* burst(20)
      assert.isTrue(results.every(({ _tag }) => _tag === "Success"))
      assert.strictEqual((yield* simulator.ledger.payments).length, 20)
      assert.deepStrictEqual(yield* simulator.ledger.entries({ kind: "duplicate" }), [])
    }).pipe(
      Effect.provide(
        simulated(visa, {
          retry: { moves: { repeats: "refused", attempts: 10, within: "1 minute" } },
          retryBudget: { capacity: 1_000 },
          rateLimit: { maxWait: "30 seconds" },
        }),
      ),
    ),
  )

  it.live("otherwise ends with what Visa refused, and all that comes after it waits", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const results = yield* burst(20)
      const { ledger } = yield* simulator.stats
      const refused = results.filter((result) => result._tag === "Failure")
      assert.strictEqual(refused.length, ledger.byStatus["429"])
      assert.isTrue(refused.every(({ failure }) => failure.reason._tag === "RateLimited"))
      assert.isTrue(refused.every(({ failure }) => failure.money === "NotMoved"))
      // Visa is not asked again before it said: this one is paid at the first attempt.
      const settled = yield* push
      assert.strictEqual(settled.exchange.attempt, 1)
      assert.strictEqual((yield* simulator.stats).ledger.byStatus["429"], refused.length)
    }).pipe(Effect.provide(simulated(visa))),
  )
})
