/** Pulls: what the caller comes to believe was debited, beside what the ledger holds. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Fiber, Result, Schema } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { PullRequest } from "../../src/api/FundsTransfer.ts"
import { OpenPayment, Outcome, OutcomeUnknown } from "../../src/api/Outcome.ts"
import { Money } from "../../src/Money.ts"
import { VisaError } from "../../src/VisaError.ts"
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

const outcomeOf = (request: PullRequest) => Effect.result(Outcome.pull(request, impatient))

layer(simulated(undefined, hasty), { timeout: 60_000, excludeTestServices: true })(
  "Outcome.pull, one fault each",
  (it) => {
    for (const loss of [...faults, ...onCard]) {
      it.effect(`${loss.name}: one debit, known by ${loss.via}`, () =>
        Effect.gen(function* () {
          yield* reset
          yield* lose("PullFunds", loss)
          const outcome = yield* outcomeOf(yield* pullRequest)
          const debit = yield* theOne("pulled")
          assert.strictEqual(believed(outcome), loss.via)
          const settled = yield* Effect.fromResult(outcome)
          assert.strictEqual(settled._tag, "Approved")
          assert.strictEqual(settled.transactionIdentifier, debit.transactionIdentifier)
          assert.strictEqual(Money.toDecimal(settled.approvedAmount), "124.02")
        }),
      )
    }

    for (const via of ["reply", "query", "resend"] as const) {
      it.effect(`a partial approval that is known by ${via} names the part`, () =>
        Effect.gen(function* () {
          const simulator = yield* reset
          yield* simulator.script({
            answer: { actionCode: "10", approvedAmount: 50.5 },
            match: { endpoint: "PullFunds" },
          })
          if (via !== "reply") {
            yield* simulator.inject({
              kind: via === "query" ? "dropAfterCommit" : "dropBeforeCommit",
              times: 1,
              match: { endpoint: "PullFunds" },
            })
          }
          const settled = yield* Outcome.pull(yield* pullRequest, impatient)
          assert.strictEqual(settled.via, via)
          assert.strictEqual(settled._tag, "PartiallyApproved")
          assert.strictEqual(settled.actionCode, "10")
          assert.strictEqual(Money.toDecimal(settled.approvedAmount), "50.50")
          assert.strictEqual((yield* theOne("pulled")).approvedAmount, "50.5")
        }),
      )
    }

    it.effect("what only the query told can be reversed", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        yield* simulator.script({
          answer: { actionCode: "10", approvedAmount: 50.5, fields: { networkId: 8 } },
          match: { endpoint: "PullFunds" },
        })
        yield* simulator.inject({
          kind: "dropAfterCommit",
          times: 1,
          match: { endpoint: "PullFunds" },
        })
        const request = yield* pullRequest
        const settled = yield* Outcome.pull(request, impatient)
        assert.strictEqual(settled.via, "query")
        const reversed = yield* FundsTransfer.reverse(
          yield* FundsTransfer.reversalOf(request, settled),
        )
        assert.strictEqual(reversed.actionCode, "00")
        assert.strictEqual((yield* theOne("reversed")).approvedAmount, "50.5")
      }),
    )

    it.effect("a decline that was lost is found and stays a decline", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        yield* simulator.script({ answer: { actionCode: "51" }, times: 1 })
        yield* simulator.inject({
          kind: "dropAfterCommit",
          times: 1,
          match: { endpoint: "PullFunds" },
        })
        const error = yield* Effect.flip(Outcome.pull(yield* pullRequest, impatient))
        assert.instanceOf(error, VisaError)
        assert.strictEqual(error.reason._tag, "InsufficientFunds")
        assert.strictEqual(error.money, "NotMoved")
        assert.deepStrictEqual(yield* simulator.ledger.payments, [])
      }),
    )

    it.effect("a pull that was reversed while its outcome was open brought nothing in", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        yield* simulator.inject({
          kind: "status",
          status: 503,
          times: 1,
          match: { endpoint: "TransactionQuery" },
        })
        const request = yield* pullRequest
        const pulled = yield* FundsTransfer.pull(request)
        const open: OpenPayment = {
          operation: "pull",
          acquiringBin: request.acquiringBin,
          systemsTraceAuditNumber: request.systemsTraceAuditNumber,
          retrievalReferenceNumber: request.retrievalReferenceNumber,
          cardAcceptorId: request.cardAcceptor.idCode,
          amount: request.amount,
          firstSentAt: 0,
          resends: 0,
          lastReason: "ResponseTimeout",
        }
        const before = yield* Outcome.resume(open, impatient)
        assert.strictEqual(before.transactionIdentifier, pulled.transactionIdentifier)
        yield* FundsTransfer.reverse(yield* FundsTransfer.reversalOf(request, pulled))
        const error = yield* Effect.flip(Outcome.resume(open, { ...impatient, request }))
        assert.instanceOf(error, VisaError)
        assert.strictEqual(error.reason._tag, "TransactionReversed")
        assert.strictEqual(error.money, "Moved")
        yield* theOne("pulled")
        yield* theOne("reversed")
      }),
    )

    it.effect("what is still open at the deadline can be stored and resumed elsewhere", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        yield* simulator.inject({
          kind: "dropAfterCommit",
          times: 1,
          match: { endpoint: "PullFunds" },
        })
        yield* simulator.inject({
          kind: "status",
          status: 503,
          match: { endpoint: "TransactionQuery" },
        })
        const request = yield* pullRequest
        const error = yield* Effect.flip(
          Outcome.pull(request, { ...impatient, deadline: "100 millis" }),
        )
        assert.instanceOf(error, OutcomeUnknown)
        assertHides(error, [approvedCard])
        yield* simulator.clearFaults

        const stored = JSON.stringify(Schema.encodeSync(OpenPayment)(error.open))
        const open = Schema.decodeUnknownSync(OpenPayment)(JSON.parse(stored))
        assert.deepStrictEqual(open, error.open)
        const settled = yield* Outcome.resume(open, impatient)
        assert.strictEqual(settled.via, "query")
        yield* theOne("pulled")
      }),
    )
  },
)

describe("Outcome.pull", () => {
  it.live("303: both callers of one pull learn that it was made once", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({ answer: { processingMillis: 400 }, times: 1 })
      const request = yield* pullRequest
      const first = yield* Effect.forkChild(outcomeOf(request))
      yield* simulator.received(1)
      const second = yield* outcomeOf(request)
      assert.isTrue(Result.isSuccess(second))
      assert.isTrue(Result.isSuccess(yield* Fiber.join(first)))
      assert.strictEqual((yield* simulator.ledger.entries({ kind: "inFlight" })).length, 1)
      yield* theOne("pulled")
    }).pipe(Effect.provide(simulated())),
  )
})
