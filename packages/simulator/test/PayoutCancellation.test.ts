import { assert, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import {
  bankPayout,
  cancelled,
  detailOf,
  minute,
  queried,
  sent,
  simulated,
  timeout,
} from "./support/payouts.ts"

layer(Pki.layer())("a payout that is cancelled", (it) => {
  it.effect("before it is sent is PENDING_CANCELLATION, then CANCELLED, and never paid", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const { detail } = yield* sent(bankPayout())
      const cancel = yield* cancelled(String(detail["payoutId"]), "PAYOUT_ID")
      assert.strictEqual(cancel.status, 200)
      assert.strictEqual(cancel.detail["status"], "PENDING_CANCELLATION")
      assert.strictEqual((yield* cancelled("payout-1")).detail["status"], "PENDING_CANCELLATION")
      yield* TestClock.adjust(minute)
      assert.strictEqual((yield* queried("payout-1")).detail["status"], "CANCELLED")
      assert.strictEqual((yield* cancelled("payout-1")).detail["status"], "CANCELLED")
      yield* TestClock.adjust(10 * minute)
      assert.strictEqual((yield* simulator.ledger.payments).length, 0)
      const [entry] = yield* simulator.ledger.entries({ kind: "payout" })
      assert.strictEqual(entry?.payoutStatus, "CANCELLED")
      assert.strictEqual((yield* simulator.ledger.entries({ kind: "cancel" })).length, 3)
    }).pipe(simulated),
  )

  it.effect("while Visa is still looking at it is never paid either", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({
        match: { endpoint: "SendPayout" },
        answer: { processingMillis: minute },
      })
      const slow = yield* Effect.forkChild(sent(bankPayout(), timeout(5_000)))
      yield* simulator.received(1)
      yield* TestClock.adjust(5_000)
      yield* Fiber.join(slow)
      assert.strictEqual((yield* cancelled("payout-1")).detail["status"], "PENDING_CANCELLATION")
      yield* TestClock.adjust(10 * minute)
      assert.strictEqual((yield* queried("payout-1")).detail["status"], "CANCELLED")
      assert.strictEqual((yield* simulator.ledger.payments).length, 0)
    }).pipe(simulated),
  )

  it.effect("after it was sent is refused, and goes on", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* sent(bankPayout())
      yield* TestClock.adjust(minute)
      const cancel = yield* cancelled("payout-1")
      assert.strictEqual(cancel.status, 400)
      assert.strictEqual(cancel.error["reason"], "InvalidPayoutRequest")
      assert.strictEqual(detailOf(cancel)["location"], "id")
      yield* TestClock.adjust(10 * minute)
      assert.strictEqual((yield* queried("payout-1")).detail["status"], "PAYMENT_DELIVERED")
      assert.strictEqual((yield* simulator.ledger.payments).length, 1)
    }).pipe(simulated),
  )

  it.effect("without being there is a 404", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* cancelled("payout-1")).status, 404)
    }).pipe(simulated),
  )

  it.effect("too late after all, when the script says so", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({
        match: { endpoint: "CancelPayout", clientReferenceId: "payout-1" },
        answer: { progress: [{ status: "PENDING_CANCELLATION" }, { status: "PAYMENT_SENT" }] },
      })
      yield* sent(bankPayout())
      yield* cancelled("payout-1")
      yield* TestClock.adjust(minute)
      assert.strictEqual((yield* queried("payout-1")).detail["status"], "PAYMENT_SENT")
      assert.strictEqual((yield* simulator.ledger.payments).length, 1)
    }).pipe(simulated),
  )
})
