/** Payouts to accounts and wallets: whether the caller comes to believe that Visa has it, beside the ledger. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import type { PayoutRequest } from "../../src/api/AccountPayouts.ts"
import { OpenPayment, Outcome, OutcomeUnknown } from "../../src/api/Outcome.ts"
import { Money } from "../../src/Money.ts"
import { VisaError } from "../../src/VisaError.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import { believed, faults, hasty, impatient, lose, reset } from "../support/outcomes.ts"
import { assertHides } from "../support/renderings.ts"
import { simulated } from "../support/simulated.ts"
import { reporting, secrets, toListedBank, toWallet } from "../support/payouts.ts"

/** What Visa does not find is looked for a while, and not sent again. */
const brief = { ...impatient, deadline: "150 millis" } as const

/** The one payout that Visa took. */
const taken = Effect.gen(function* () {
  const { ledger } = yield* Simulator
  const payouts = yield* ledger.entries({ kind: "payout" })
  assert.strictEqual(payouts.length, 1)
  return payouts[0] ?? assert.fail("no payout")
})

layer(simulated({ payouts: { step: 50 } }, hasty), { timeout: 60_000, excludeTestServices: true })(
  "Outcome.payout, one fault each",
  (it) => {
    for (const loss of faults) {
      it.effect(`${loss.name}: one payout, known by ${loss.via} where a repeat is allowed`, () =>
        Effect.gen(function* () {
          yield* reset
          yield* lose("SendPayout", loss)
          const outcome = yield* Effect.result(
            Outcome.payout(yield* toListedBank, { ...impatient, maxResends: 1 }),
          )
          const payout = yield* taken
          assert.strictEqual(believed(outcome), loss.via)
          const settled = yield* Effect.fromResult(outcome)
          assert.strictEqual(settled.payoutId, payout.payoutId)
        }),
      )
    }

    it.effect("a wallet's payout whose reply was lost is found", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        yield* simulator.inject({ kind: "dropAfterCommit", times: 1 })
        const { quoteId: _, ...transactionDetail } = (yield* toWallet).transactionDetail
        const request: PayoutRequest = { ...(yield* toWallet), transactionDetail }
        const settled = yield* Outcome.payout(request, impatient)
        assert.strictEqual(settled.via, "query")
        assert.strictEqual(settled.payoutId, (yield* taken).payoutId)
      }),
    )

    it.effect("what Visa does not find is not sent again unless that is allowed", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        yield* lose("SendPayout", {
          name: "lost",
          fault: { kind: "dropBeforeCommit", times: 1 },
          via: "query",
        })
        const request = yield* toListedBank
        const error = yield* Effect.flip(Outcome.payout(request, brief))
        assert.instanceOf(error, OutcomeUnknown)
        assert.include(error.message, "888852397088")
        assertHides(error, secrets)
        assert.deepStrictEqual(yield* simulator.ledger.entries({ kind: "payout" }), [])

        const stored = JSON.stringify(Schema.encodeSync(OpenPayment)(error.open))
        const open = Schema.decodeUnknownSync(OpenPayment)(JSON.parse(stored))
        assert.deepStrictEqual(open, error.open)
        if (open.operation !== "payout") return assert.fail(open.operation)
        const settled = yield* Outcome.resume(open, { ...impatient, request, maxResends: 1 })
        assert.strictEqual(settled.via, "resend")
        yield* taken
      }),
    )

    it.effect("a payout that the query shows late is found and not sent twice", () =>
      Effect.gen(function* () {
        yield* reset
        yield* lose("SendPayout", {
          name: "lost",
          fault: { kind: "dropAfterCommit", times: 1 },
          via: "query",
        })
        const { clearFaults, inject } = yield* Simulator
        yield* inject({ kind: "status", status: 404, match: { endpoint: "PayoutQuery" } })
        const request = yield* toListedBank
        // The repeat is refused as one, which says that the first has arrived.
        const error = yield* Effect.flip(Outcome.payout(request, { ...brief, maxResends: 1 }))
        assert.instanceOf(error, OutcomeUnknown)
        assert.strictEqual(error.open.resends, 1)
        yield* clearFaults
        const settled = yield* Outcome.resume(error.open, impatient)
        assert.strictEqual(settled.via, "query")
        yield* taken
      }),
    )

    it.effect("202: it is taken when Visa has looked at it", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        yield* simulator.script({ answer: { status: "PENDING" }, times: 1 })
        const settled = yield* Outcome.payout(yield* toListedBank, impatient)
        assert.strictEqual(settled.via, "query")
        assert.notStrictEqual(settled.status, "PENDING")
        assert.strictEqual((yield* taken).httpStatus, 202)
      }),
    )

    it.effect("202: a rejection that follows is told with its reason", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        yield* simulator.script({
          answer: { progress: [{ status: "PENDING" }, { status: "REJECTED", reasonId: 68 }] },
          times: 1,
        })
        const error = yield* Effect.flip(Outcome.payout(yield* toListedBank, impatient))
        assert.instanceOf(error, VisaError)
        assert.strictEqual(error.reason._tag, "RejectedAccountClosed")
        assert.strictEqual(error.money, "NotMoved")
        assert.deepStrictEqual(yield* simulator.ledger.payments, [])
      }),
    )
  },
)

describe("Outcome.payout, from what the query reports", () => {
  const cases: ReadonlyArray<readonly [detail: object, expected: string, money?: string]> = [
    [{ status: "PAYMENT_RECEIVED" }, "Accepted"],
    [{ status: "AWAITING_INFORMATION" }, "Accepted"],
    [{ status: "DELIVERED_TO_SCHEME" }, "Accepted"],
    [{ status: "PAYMENT_DELIVERED" }, "Accepted"],
    [{ status: "PENDING" }, "OutcomeUnknown"],
    [{ status: "HELD_AT_BORDER" }, "OutcomeUnknown"],
    [{ status: "ERROR" }, "OutcomeUnknown"],
    [{ status: "FAILED" }, "OutcomeUnknown"],
    [{ status: "REJECTED", reasonId: 98 }, "RejectedBeneficiaryDeceased", "NotMoved"],
    [{ status: "CANCELLED" }, "PayoutStatusCancelled", "NotMoved"],
    [{ status: "RETURNED", reasonId: 68 }, "PayoutStatusReturned", "Moved"],
    // Another payout under the same reference says nothing about this one.
    [{ status: "PAYMENT_DELIVERED", transactionAmount: 1557 }, "OutcomeUnknown"],
    [{ status: "PAYMENT_DELIVERED", transactionCurrencyCode: "EUR" }, "OutcomeUnknown"],
    [{ status: "PAYMENT_DELIVERED", clientReferenceId: "another" }, "OutcomeUnknown"],
  ]
  for (const [detail, expected, money] of cases) {
    it.live(`${JSON.stringify(detail)}: ${expected}`, () =>
      Effect.gen(function* () {
        const open: OpenPayment = {
          operation: "payout",
          initiatingPartyId: 1002,
          clientReferenceId: "888852397088",
          amount: yield* Money.of("1.50", "GBP"),
          firstSentAt: 0,
          resends: 0,
          lastReason: "ResponseTimeout",
        }
        const outcome = yield* Effect.result(
          Outcome.resume(open, { ...impatient, deadline: "50 millis" }).pipe(
            Effect.provide(VisaDirectTest.layerWith(() => reporting(detail))),
          ),
        )
        assert.strictEqual(
          Result.isSuccess(outcome) ? outcome.success._tag : believed(outcome),
          expected,
        )
        if (Result.isFailure(outcome) && outcome.failure._tag === "VisaError") {
          assert.strictEqual(outcome.failure.money, money)
        }
      }),
    )
  }

  it.live("refuses to resume with a request of another amount", () =>
    Effect.gen(function* () {
      const request = yield* toListedBank
      const error = yield* Effect.flip(
        Outcome.resume(
          {
            operation: "payout",
            initiatingPartyId: 1002,
            clientReferenceId: request.transactionDetail.clientReferenceId,
            amount: yield* Money.of("1.51", "GBP"),
            firstSentAt: 0,
            resends: 0,
            lastReason: "ResponseTimeout",
          },
          { request },
        ),
      )
      assert.instanceOf(error, VisaError)
      assert.strictEqual(error.reason.field, "request")
    }).pipe(Effect.provide(VisaDirectTest.layer)),
  )
})
