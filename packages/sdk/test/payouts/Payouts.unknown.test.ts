/** Payouts whose outcome Visa does not tell at first: nothing is undone before it is known. */
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Option, Schedule, Stream } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { Payouts } from "../../src/payouts/Payouts.ts"
import type { Payout } from "../../src/payouts/Payout.ts"
import type { PayoutUnknown } from "../../src/payouts/PayoutResult.ts"
import { WorkList } from "../../src/payouts/WorkList.ts"
import { balance, fromCard, simulatedPayouts, toAccount, toCard, trail } from "../support/saga.ts"

/** Visa commits the payment, loses the answer, and then knows nothing of anything. */
const loseAnswers = Effect.fnUntraced(function* (endpoint = "PushFunds") {
  const simulator = yield* Simulator
  yield* simulator.clearFaults
  yield* simulator.clearScript
  yield* simulator.ledger.clear
  yield* simulator.inject({ kind: "dropAfterCommit", match: { endpoint }, times: 1 })
  yield* simulator.inject({ kind: "dropBeforeCommit", match: { endpoint: "TransactionQuery" } })
  return simulator
})

const unknown = (payout: Payout): Effect.Effect<PayoutUnknown, never, Payouts> =>
  Effect.flatMap(Effect.flip(Payouts.execute(payout)), (error) =>
    error._tag === "PayoutUnknown" ? Effect.succeed(error) : Effect.die(error),
  ).pipe(Effect.orDie)

/** Until the payout has its end. */
const ended = (key: string) =>
  Stream.runLast(Payouts.events(key)).pipe(
    Effect.map(Option.map(({ _tag }) => _tag)),
    Effect.map(Option.getOrUndefined),
  )

/** A number of rounds and not of milliseconds, so that a busy machine changes nothing. */
const quick = { polling: Schedule.max([Schedule.spaced("5 millis"), Schedule.recurs(5)]) } as const

layer(simulatedPayouts({ asking: quick }), { timeout: 60_000, excludeTestServices: true })(
  "A payout whose outcome is unknown",
  (it) => {
    it.effect("is on the work list, and what is held for it stays held", () =>
      Effect.gen(function* () {
        yield* loseAnswers()
        const before = yield* balance
        const error = yield* unknown(yield* toCard("held", { amount: "10.00" }))
        assert.strictEqual(error.step, "push")
        const list = yield* WorkList
        const item = Option.getOrThrow(yield* list.find("held"))
        assert.strictEqual(item.step, "push")
        assert.strictEqual(item.open?.operation, "push")
        assert.deepStrictEqual(yield* balance, {
          available: before.available - 1_000,
          reserved: before.reserved + 1_000,
        })
        assert.strictEqual(Option.getOrThrow(yield* Payouts.poll("held"))._tag, "PayoutUnknown")
        // Again it is the same payout, and as unknown as before.
        assert.strictEqual(
          (yield* unknown(yield* toCard("held", { amount: "10.00" }))).step,
          "push",
        )
      }),
    )

    it.effect("settles when Visa is asked again and knows it", () =>
      Effect.gen(function* () {
        const simulator = yield* loseAnswers()
        const payout = yield* toCard("found")
        yield* unknown(payout)
        yield* simulator.clearFaults
        yield* WorkList.askNow("found")
        const settled = yield* Payouts.execute(payout)
        assert.strictEqual(settled.via, "query")
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
        const list = yield* WorkList
        assert.deepStrictEqual(yield* list.find("found"), Option.none())
        assert.deepStrictEqual(yield* trail("found"), [
          "Accepted",
          "Reserved",
          "Identified",
          "Unknown",
          "Committed",
          "Settled",
        ])
      }),
    )

    it.effect("is paid once where the first request never arrived", () =>
      Effect.gen(function* () {
        const simulator = yield* loseAnswers()
        yield* simulator.clearFaults
        yield* simulator.inject({
          kind: "dropBeforeCommit",
          times: 1,
          match: { endpoint: "PushFunds" },
        })
        yield* simulator.inject({
          kind: "dropBeforeCommit",
          match: { endpoint: "TransactionQuery" },
        })
        const payout = yield* toCard("never-arrived")
        yield* unknown(payout)
        yield* simulator.clearFaults
        yield* WorkList.askNow("never-arrived")
        const settled = yield* Payouts.execute(payout)
        assert.strictEqual(settled.via, "resend")
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      }),
    )

    it.effect("settles by the word of an operator", () =>
      Effect.gen(function* () {
        const simulator = yield* loseAnswers()
        const payout = yield* toCard("decided-paid", { amount: "10.00" })
        const before = yield* balance
        yield* unknown(payout)
        const proof = yield* WorkList.decide("decided-paid", {
          outcome: "paid",
          by: "ops@acme",
          evidence: "settlement report 2026-02-01, line 7",
        })
        assert.deepStrictEqual(proof, Option.none())
        const settled = yield* Payouts.execute(payout)
        assert.strictEqual(settled.via, "decision")
        assert.deepStrictEqual(yield* balance, { ...before, available: before.available - 1_000 })
        assert.include(yield* trail("decided-paid"), "Decided")
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      }),
    )

    it.effect("is undone by the word of an operator, the debit that funded it included", () =>
      Effect.gen(function* () {
        const simulator = yield* loseAnswers()
        const payout = yield* fromCard("decided-not-paid")
        yield* unknown(payout)
        yield* simulator.clearFaults
        const proof = yield* WorkList.decide("decided-not-paid", {
          outcome: "notPaid",
          by: "ops@acme",
          evidence: "ticket 4711",
        })
        assert.strictEqual(Option.getOrThrow(proof).by, "ops@acme")
        const error = yield* Effect.flip(Payouts.execute(payout))
        assert.strictEqual(error._tag, "PayoutRefused")
        assert.deepStrictEqual(error._tag === "PayoutRefused" && error.compensated, [
          "reversed",
          "released",
        ])
        const reversed = (yield* simulator.ledger.payments).filter(
          ({ direction }) => direction === "reversed",
        )
        assert.strictEqual(reversed.length, 1)
      }),
    )

    it.effect("takes no decision without a name and evidence, and none when it is known", () =>
      Effect.gen(function* () {
        const simulator = yield* loseAnswers()
        const payout = yield* toCard("undecidable")
        yield* unknown(payout)
        const decide = (by: string, evidence: string) =>
          Effect.map(
            Effect.flip(WorkList.decide("undecidable", { outcome: "notPaid", by, evidence })),
            ({ reason }) => reason.field,
          )
        assert.strictEqual(yield* decide(" ", "ticket 1"), "by")
        assert.strictEqual(yield* decide("ops", ""), "evidence")
        yield* simulator.clearFaults
        yield* WorkList.askNow("undecidable")
        yield* Payouts.execute(payout)
        assert.strictEqual(yield* decide("ops", "ticket 1"), "payout")
      }),
    )

    it.effect(
      "undoes nothing while the debit that funds it is unknown, and goes on when it is known",
      () =>
        Effect.gen(function* () {
          const simulator = yield* loseAnswers("PullFunds")
          const payout = yield* fromCard("pull-unknown")
          const error = yield* unknown(payout)
          assert.strictEqual(error.step, "pull")
          const directions = Effect.map(simulator.ledger.payments, (payments) =>
            payments.map(({ direction }) => direction),
          )
          assert.deepStrictEqual(yield* directions, ["pulled"])
          yield* simulator.clearFaults
          yield* WorkList.askNow("pull-unknown")
          yield* Payouts.execute(payout)
          assert.deepStrictEqual(yield* directions, ["pulled", "pushed"])
        }),
    )

    it.effect("waits for the reversal of the debit as well, and reverses once", () =>
      Effect.gen(function* () {
        const simulator = yield* loseAnswers("ReverseFunds")
        yield* simulator.script({
          match: { endpoint: "PushFunds" },
          answer: { actionCode: "51" },
          times: 1,
        })
        const payout = yield* fromCard("reverse-unknown")
        assert.strictEqual((yield* unknown(payout)).step, "reverse")
        yield* simulator.clearFaults
        yield* WorkList.askNow("reverse-unknown")
        const error = yield* Effect.flip(Payouts.execute(payout))
        assert.strictEqual(error._tag, "PayoutDeclined")
        const reversed = (yield* simulator.ledger.payments).filter(
          ({ direction }) => direction === "reversed",
        )
        assert.strictEqual(reversed.length, 1)
      }),
    )

    it.effect("is not sent again to an account that Visa does not find", () =>
      Effect.gen(function* () {
        const simulator = yield* loseAnswers("SendPayout")
        yield* simulator.clearFaults
        yield* simulator.inject({
          kind: "dropBeforeCommit",
          match: { endpoint: "SendPayout" },
          times: 1,
        })
        const payout = yield* toAccount("account-unknown")
        assert.strictEqual((yield* unknown(payout)).step, "payout")
        yield* WorkList.askNow("account-unknown")
        assert.strictEqual((yield* unknown(payout)).step, "payout")
        assert.deepStrictEqual(yield* simulator.ledger.entries({ kind: "payout" }), [])
      }),
    )

    it.effect("is sent again by every round, for an outage may be longer than one of them", () =>
      Effect.gen(function* () {
        const simulator = yield* loseAnswers()
        yield* simulator.clearFaults
        yield* simulator.inject({ kind: "dropBeforeCommit", match: { endpoint: "PushFunds" } })
        const payout = yield* toCard("long-outage")
        yield* unknown(payout)
        const sent = yield* simulator.ledger.entries({ endpoint: "PushFunds" })
        assert.strictEqual(sent.length, 2)
        assert.strictEqual(new Set(sent.map(({ rrn, stan }) => `${rrn} ${stan}`)).size, 1)
        yield* simulator.clearFaults
        yield* WorkList.askNow("long-outage")
        const settled = yield* Payouts.execute(payout)
        assert.strictEqual(settled.via, "resend")
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      }),
    )

    it.effect(
      "keeps a reversal that Visa does not take now on the list, and does not give it up",
      () =>
        Effect.gen(function* () {
          const simulator = yield* loseAnswers()
          yield* simulator.clearFaults
          yield* simulator.script({
            match: { endpoint: "PushFunds" },
            answer: { actionCode: "51" },
            times: 1,
          })
          yield* simulator.inject({ kind: "rateLimit", match: { endpoint: "ReverseFunds" } })
          const payout = yield* fromCard("reverse-later")
          const error = yield* unknown(payout)
          assert.strictEqual(error.step, "reverse")
          assert.strictEqual(error.reason, "RateLimited")
          yield* simulator.clearFaults
          yield* WorkList.askNow("reverse-later")
          // The pause that the 429 asked for comes first.
          assert.strictEqual(yield* ended("reverse-later"), "Declined")
          const declined = yield* Effect.flip(Payouts.execute(payout))
          assert.deepStrictEqual(declined._tag === "PayoutDeclined" && declined.compensated, [
            "reversed",
            "released",
          ])
          assert.deepStrictEqual(
            (yield* simulator.ledger.payments).map(({ direction }) => direction),
            ["pulled", "reversed"],
          )
        }),
    )

    it.effect("is tried again where not a byte of it left, and given up in the end", () =>
      Effect.gen(function* () {
        const simulator = yield* loseAnswers()
        yield* simulator.clearFaults
        yield* simulator.inject({ kind: "rateLimit", match: { endpoint: "PushFunds" } })
        const before = yield* balance
        const error = yield* Effect.flip(Payouts.execute(yield* toCard("given-up")))
        assert.strictEqual(error._tag, "PayoutRefused")
        assert.strictEqual(error._tag === "PayoutRefused" && error.error.reason._tag, "RateLimited")
        assert.deepStrictEqual(yield* balance, before)
        assert.strictEqual((yield* trail("given-up")).filter((tag) => tag === "Delayed").length, 2)
        yield* simulator.clearFaults
        // It is known now, and stays: a later caller does not bring it back to life.
        const again = yield* Effect.flip(Payouts.execute(yield* toCard("given-up")))
        assert.strictEqual(again._tag, "PayoutRefused")
        assert.deepStrictEqual(yield* simulator.ledger.payments, [])
      }),
    )

    it.effect("tells who follows it what happens", () =>
      Effect.gen(function* () {
        const simulator = yield* loseAnswers()
        const payout = yield* toCard("followed")
        const end = yield* Effect.forkChild(ended("followed"), { startImmediately: true })
        yield* unknown(payout)
        yield* simulator.clearFaults
        yield* WorkList.askNow("followed")
        assert.strictEqual(yield* Fiber.join(end), "Settled")
      }),
    )
  },
)
