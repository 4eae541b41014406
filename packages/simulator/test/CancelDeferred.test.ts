import { assert, describe, layer } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { newStan, post, pushPath } from "./support/client.ts"
import { missing, refusal, unknown, wrong } from "./support/pushes.ts"
import {
  type Answered,
  cancelPath,
  hold,
  moneyIn,
  type Overrides,
  rowsOf,
  send,
} from "./support/transfers.ts"

const cancelOf = (held: Answered, overrides: Overrides = {}): Overrides => ({
  acquiringBin: 408999,
  systemsTraceAuditNumber: held.sample["systemsTraceAuditNumber"],
  retrievalReferenceNumber: held.sample["retrievalReferenceNumber"],
  ...overrides,
})

const cancel = Effect.fnUntraced(function* (held: Answered, overrides: Overrides = {}) {
  return yield* send(yield* Simulator, cancelPath, cancelOf(held, overrides))
})

const stateOf = Effect.fnUntraced(function* (held: Answered) {
  const rows = yield* rowsOf(yield* Simulator, {
    transactionIdentifier: String(held.body.transactionIdentifier),
  })
  return rows.map((row) => row.statusCode)
})

/** `CCYYMMDDHHMM`, a little more than 24 hours ahead of the test's clock. */
const tomorrow = Effect.map(Clock.currentTimeMillis, (now) =>
  new Date(now + 25 * 3_600_000).toISOString().replace(/\D/g, "").slice(0, 12),
)

const fresh = <A, E>(test: Effect.Effect<A, E, Simulator>) =>
  Effect.flatMap(Simulator.make(), (simulator) => Effect.provideService(test, Simulator, simulator))

layer(Pki.layer())("cancelling a deferred push", (it) => {
  it.effect.each(["02", "03"])("is 85 while it is held (type %s), and R0 from then on", (type) =>
    fresh(
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const deferredDateTime = type === "03" ? yield* tomorrow : undefined
        const held = yield* hold(simulator, pushPath, type, {
          serviceProcessingType: { requestType: type, deferredDateTime },
        })
        assert.deepStrictEqual(yield* stateOf(held), ["PENDING"])
        const first = yield* cancel(held)
        assert.strictEqual(first.status, 200)
        assert.deepStrictEqual(first.body, {
          transactionIdentifier: held.body.transactionIdentifier,
          actionCode: "85",
        })
        assert.deepStrictEqual(yield* stateOf(held), ["CANCELLED"])
        assert.strictEqual((yield* cancel(held)).body.actionCode, "R0")
        yield* TestClock.adjust("49 hours")
        assert.deepStrictEqual(yield* stateOf(held), ["CANCELLED"])
        assert.deepStrictEqual(yield* moneyIn(simulator), {})
        const entries = yield* simulator.ledger.entries({ kind: "cancel" })
        assert.deepStrictEqual(
          entries.map(({ actionCode, endpoint, stan }) => [endpoint, actionCode, stan]),
          ["85", "R0"].map((code) => [
            "CancelDeferred",
            code,
            held.sample["systemsTraceAuditNumber"],
          ]),
        )
      }),
    ),
  )

  it.effect("is 21 once it was processed, and the money stays where it went", () =>
    fresh(
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const held = yield* hold(simulator, pushPath, "02")
        yield* TestClock.adjust("48 hours")
        assert.strictEqual((yield* cancel(held)).body.actionCode, "21")
        assert.deepStrictEqual(yield* moneyIn(simulator), { pushed: "124.050" })
      }),
    ),
  )

  it.effect("is 25 for one that there is not, with an identifier all the same", () =>
    fresh(
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const held = yield* hold(simulator, pushPath, "02")
        const nobody = yield* cancel(held, { systemsTraceAuditNumber: newStan() })
        assert.strictEqual(nobody.body.actionCode, "25")
        assert.match(JSON.stringify(nobody.body.transactionIdentifier), /^[1-9]\d{14}$/)
        const other = yield* cancel(held, { transactionIdentifier: 234234322342343 })
        assert.deepStrictEqual(other.body, {
          transactionIdentifier: 234234322342343,
          actionCode: "25",
        })
        assert.strictEqual((yield* cancel(held, { acquiringBin: 408998 })).body.actionCode, "25")
        assert.deepStrictEqual(yield* stateOf(held), ["PENDING"])
      }),
    ),
  )

  it.effect("is 25 for one that was declined on arrival", () =>
    fresh(
      Effect.gen(function* () {
        const declined = yield* hold(yield* Simulator, pushPath, "02", { amount: 1100.51 })
        assert.strictEqual((yield* cancel(declined)).body.actionCode, "25")
      }),
    ),
  )

  it.effect.each(["00", "01"])("is 57 for one that Visa does not hold (type %s)", (type) =>
    fresh(
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const pushed = yield* hold(simulator, pushPath, type)
        assert.strictEqual((yield* cancel(pushed)).body.actionCode, "57")
        assert.deepStrictEqual(yield* moneyIn(simulator), { pushed: "124.050" })
      }),
    ),
  )

  it.effect("says what the script says; the truth may be another", () =>
    fresh(
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const held = yield* hold(simulator, pushPath, "02")
        yield* simulator.script({
          match: { endpoint: "CancelDeferred" },
          answer: { actionCode: "21" },
          times: 1,
        })
        assert.strictEqual((yield* cancel(held)).body.actionCode, "21")
        assert.deepStrictEqual(yield* stateOf(held), ["PENDING"])
        yield* simulator.script({ answer: { actionCode: "96", settledAs: "85" }, times: 1 })
        assert.strictEqual((yield* cancel(held)).body.actionCode, "96")
        assert.deepStrictEqual(yield* stateOf(held), ["CANCELLED"])
      }),
    ),
  )

  it.effect.each([
    ["text", (rrn: string) => rrn],
    ["a number", Number],
  ] as const)("takes the reference number as %s", ([, written]) =>
    fresh(
      Effect.gen(function* () {
        const held = yield* hold(yield* Simulator, pushPath, "02")
        const answer = yield* cancel(held, { retrievalReferenceNumber: written("412770452025") })
        assert.strictEqual(answer.body.actionCode, "85")
      }),
    ),
  )

  describe("is refused", () => {
    it.effect.each([
      [
        "no trace number",
        { systemsTraceAuditNumber: undefined },
        missing("systemsTraceAuditNumber"),
      ],
      ["no BIN", { acquiringBin: undefined }, missing("acquiringBin")],
      [
        "a reference number that lost its zero",
        { retrievalReferenceNumber: 12770452025 },
        missing("retrievalReferenceNumber"),
      ],
      [
        "an identifier of fourteen digits",
        { transactionIdentifier: 12345678901234 },
        wrong("transactionIdentifier"),
      ],
      ["an amount", { amount: 1 }, unknown("amount")],
    ] as ReadonlyArray<readonly [string, Overrides, string]>)("for %s", ([, overrides, expected]) =>
      fresh(
        Effect.gen(function* () {
          const held = yield* hold(yield* Simulator, pushPath, "02")
          assert.strictEqual(refusal(yield* cancel(held, overrides)), expected)
        }),
      ),
    )

    it.effect("under a path with v1, which there is not", () =>
      fresh(
        Effect.gen(function* () {
          const answer = yield* post(yield* Simulator, "/visadirect/fundstransfer/v1/cancel", {})
          assert.strictEqual(answer.status, 404)
        }),
      ),
    )
  })
})
