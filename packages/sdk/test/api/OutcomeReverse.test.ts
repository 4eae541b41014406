/** Reversals: whether the caller comes to believe that a pull is undone, beside what the ledger holds. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Fiber, Result, Schema } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { ReverseRequest } from "../../src/api/FundsTransfer.ts"
import { OpenPayment, Outcome, OutcomeUnknown } from "../../src/api/Outcome.ts"
import { VisaError } from "../../src/VisaError.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import {
  believed,
  faults,
  hasty,
  impatient,
  lose,
  onCard,
  reset,
  theOne,
} from "../support/outcomes.ts"
import { assertHides } from "../support/renderings.ts"
import { approvedCard, pullRequest, simulated } from "../support/simulated.ts"

const outcomeOf = (request: ReverseRequest) => Effect.result(Outcome.reverse(request, impatient))

/** A pull that was made, and its reversal. */
const reversal = Effect.gen(function* () {
  const request = yield* pullRequest
  const pulled = yield* FundsTransfer.pull(request)
  return yield* FundsTransfer.reversalOf(request, pulled)
})

layer(simulated(undefined, hasty), { timeout: 60_000, excludeTestServices: true })(
  "Outcome.reverse, one fault each",
  (it) => {
    for (const loss of [...faults, ...onCard]) {
      it.effect(`${loss.name}: one reversal, known by ${loss.via}`, () =>
        Effect.gen(function* () {
          yield* reset
          const request = yield* reversal
          yield* lose("ReverseFunds", loss)
          const outcome = yield* outcomeOf(request)
          const reversed = yield* theOne("reversed")
          const pulled = yield* theOne("pulled")
          assert.strictEqual(believed(outcome), loss.via)
          const settled = yield* Effect.fromResult(outcome)
          assert.strictEqual(settled._tag, "Reversed")
          assert.strictEqual(settled.transactionIdentifier, reversed.transactionIdentifier)
          assert.strictEqual(settled.transactionIdentifier, pulled.transactionIdentifier)
        }),
      )
    }

    it.effect("a pull that was undone before is undone once", () =>
      Effect.gen(function* () {
        yield* reset
        const request = yield* reversal
        yield* Outcome.reverse(request, impatient)
        const again = yield* Outcome.reverse(request, impatient)
        assert.strictEqual(again._tag, "AlreadyReversed")
        assert.strictEqual(again.via, "reply")
        yield* theOne("reversed")
      }),
    )

    it.effect("a refusal that was lost is found, although its pull was approved", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        const request = yield* reversal
        yield* simulator.script({ answer: { actionCode: "77" }, times: 1 })
        yield* simulator.inject({
          kind: "dropAfterCommit",
          times: 1,
          match: { endpoint: "ReverseFunds" },
        })
        const error = yield* Effect.flip(Outcome.reverse(request, impatient))
        assert.instanceOf(error, VisaError)
        assert.strictEqual(error.reason.code, "77")
        assert.strictEqual(error.money, "NotMoved")
        yield* theOne("pulled")
        assert.deepStrictEqual(
          yield* simulator.ledger.entries({ direction: "reversed", moneyMoved: true }),
          [],
        )
      }),
    )

    it.effect("without its request it asks, and never takes the pull's approval for its own", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        const request = yield* reversal
        yield* simulator.inject({
          kind: "dropBeforeCommit",
          times: 1,
          match: { endpoint: "ReverseFunds" },
        })
        const error = yield* Effect.flip(
          Outcome.reverse(request, { ...impatient, maxResends: 0, deadline: "100 millis" }),
        )
        assert.instanceOf(error, OutcomeUnknown)
        assertHides(error, [approvedCard])

        const stored = JSON.stringify(Schema.encodeSync(OpenPayment)(error.open))
        const open = Schema.decodeUnknownSync(OpenPayment)(JSON.parse(stored))
        assert.deepStrictEqual(open, error.open)
        const asked = yield* Effect.flip(
          Outcome.resume(open, { ...impatient, deadline: "100 millis" }),
        )
        assert.instanceOf(asked, OutcomeUnknown)
        assert.deepStrictEqual(
          yield* simulator.ledger.entries({ direction: "reversed", moneyMoved: true }),
          [],
        )

        if (open.operation !== "reverse") return assert.fail(open.operation)
        const settled = yield* Outcome.resume(open, { ...impatient, request })
        assert.strictEqual(settled.via, "resend")
        yield* theOne("reversed")
      }),
    )
  },
)

describe("Outcome.reverse", () => {
  it.effect("refuses to resume with the request of the pull, which has the same identity", () =>
    Effect.gen(function* () {
      const pull = yield* pullRequest
      const open: OpenPayment = {
        operation: "reverse",
        acquiringBin: pull.acquiringBin,
        systemsTraceAuditNumber: pull.systemsTraceAuditNumber,
        retrievalReferenceNumber: pull.retrievalReferenceNumber,
        cardAcceptorId: pull.cardAcceptor.idCode,
        firstSentAt: 0,
        resends: 0,
        lastReason: "ResponseTimeout",
      }
      const error = yield* Effect.flip(Outcome.resume<OpenPayment>(open, { request: pull }))
      assert.instanceOf(error, VisaError)
      assert.strictEqual(error.reason.field, "request")
    }).pipe(Effect.provide(VisaDirectTest.layer)),
  )

  it.live("303: both callers of one reversal learn that the pull is undone", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const request = yield* reversal
      yield* simulator.script({
        answer: { processingMillis: 400 },
        times: 1,
        match: { endpoint: "ReverseFunds" },
      })
      const first = yield* Effect.forkChild(outcomeOf(request))
      yield* simulator.received(2)
      const second = yield* outcomeOf(request)
      assert.isTrue(Result.isSuccess(second))
      assert.isTrue(Result.isSuccess(yield* Fiber.join(first)))
      yield* theOne("reversed")
    }).pipe(Effect.provide(simulated())),
  )
})
