/** What the caller comes to believe, beside what the ledger holds, for every way of losing a reply. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, Result, Schema } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { PushRequest } from "../../src/api/FundsTransfer.ts"
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
import { approvedCard, pushRequest, senderCard, simulated } from "../support/simulated.ts"

const outcomeOf = (request: PushRequest) => Effect.result(Outcome.push(request, impatient))

/** A payment of another process. */
const forgotten: OpenPayment = {
  operation: "push",
  acquiringBin: "408999",
  systemsTraceAuditNumber: "451018",
  retrievalReferenceNumber: "412770452025",
  cardAcceptorId: "CA",
  firstSentAt: 0,
  resends: 0,
  lastReason: "ResponseTimeout",
}

layer(simulated(undefined, hasty), { timeout: 60_000, excludeTestServices: true })(
  "Outcome.push, one fault each",
  (it) => {
    for (const loss of [...faults, ...onCard]) {
      it.effect(`${loss.name}: one payment, known by ${loss.via}`, () =>
        Effect.gen(function* () {
          yield* reset
          yield* lose("PushFunds", loss)
          const outcome = yield* outcomeOf(yield* pushRequest())
          const payment = yield* theOne("pushed")
          assert.strictEqual(believed(outcome), loss.via)
          const settled = yield* Effect.fromResult(outcome)
          assert.strictEqual(settled.transactionIdentifier, payment.transactionIdentifier)
        }),
      )
    }

    it.effect("a decline that was lost is found and stays a decline", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        yield* simulator.script({ answer: { actionCode: "51" }, times: 1 })
        yield* simulator.inject({
          kind: "dropAfterCommit",
          times: 1,
          match: { endpoint: "PushFunds" },
        })
        const error = yield* Effect.flip(Outcome.push(yield* pushRequest(), impatient))
        assert.instanceOf(error, VisaError)
        assert.strictEqual(error.reason._tag, "InsufficientFunds")
        assert.strictEqual(error.money, "NotMoved")
        assert.deepStrictEqual(yield* simulator.ledger.payments, [])
      }),
    )

    it.effect("what is still open at the deadline can be stored and resumed elsewhere", () =>
      Effect.gen(function* () {
        const simulator = yield* reset
        yield* simulator.inject({
          kind: "dropAfterCommit",
          times: 1,
          match: { endpoint: "PushFunds" },
        })
        yield* simulator.inject({
          kind: "status",
          status: 503,
          match: { endpoint: "TransactionQuery" },
        })
        const error = yield* Effect.flip(
          Outcome.push(yield* pushRequest(), { ...impatient, deadline: "100 millis" }),
        )
        assert.instanceOf(error, OutcomeUnknown)
        assertHides(error, [approvedCard, senderCard])
        yield* simulator.clearFaults

        const stored = JSON.stringify(Schema.encodeSync(OpenPayment)(error.open))
        const open = Schema.decodeUnknownSync(OpenPayment)(JSON.parse(stored))
        const settled = yield* Outcome.resume(open, impatient)
        assert.strictEqual(settled.via, "query")
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      }),
    )
  },
)

describe("Outcome", () => {
  it.live("303: both callers of one payment learn that it was made once", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({ answer: { processingMillis: 400 }, times: 1 })
      const request = yield* pushRequest()
      const first = yield* Effect.forkChild(outcomeOf(request))
      yield* simulator.received(1)
      const second = yield* outcomeOf(request)
      assert.isTrue(Result.isSuccess(second))
      assert.isTrue(Result.isSuccess(yield* Fiber.join(first)))
      const inFlight = yield* simulator.ledger.entries({ kind: "inFlight" })
      assert.strictEqual(inFlight.length, 1)
      assert.strictEqual((yield* simulator.ledger.payments).length, 1)
    }).pipe(Effect.provide(simulated())),
  )

  it.live("a refusal of the repeat says nothing about the first one", () =>
    Effect.gen(function* () {
      let pushes = 0
      const visa = VisaDirectTest.layerWith(({ operation }) =>
        operation === "FundsTransfer.push"
          ? ++pushes === 1
            ? { status: 504 }
            : { status: 429 }
          : { status: 200, body: { errorMessage: "No transactions found" } },
      )
      const error = yield* Effect.flip(
        Effect.flatMap(pushRequest(), (request) =>
          Outcome.push(request, { ...impatient, deadline: "100 millis" }),
        ).pipe(Effect.provide(visa)),
      )
      assert.strictEqual(pushes, 2)
      assert.instanceOf(error, OutcomeUnknown)
      assert.strictEqual(error.open.resends, 1)
    }),
  )

  it.live("a repeat that never left does not count as one", () =>
    Effect.gen(function* () {
      const request = yield* pushRequest()
      const visa = yield* FundsTransfer
      const moves = { operation: "FundsTransfer.push", money: "moves" } as const
      let pushes = 0
      const flaky = FundsTransfer.of({
        ...visa,
        push: (again, options) => {
          pushes++
          if (pushes === 1) return Effect.fail(VisaError.of("ResponseTimeout", {}, moves))
          return pushes < 4
            ? Effect.fail(VisaError.of("ConnectionRefused", {}, moves))
            : visa.push(again, options)
        },
      })
      const settled = yield* Outcome.push(request, { ...impatient, maxResends: 1 }).pipe(
        Effect.provide(Layer.fresh(Outcome.layer)),
        Effect.provideService(FundsTransfer, flaky),
      )
      assert.strictEqual(settled.via, "resend")
      assert.strictEqual(pushes, 4)
    }).pipe(
      Effect.provide(
        VisaDirectTest.layerWith(({ operation }) => ({
          status: 200,
          body:
            operation === "FundsTransfer.push"
              ? { actionCode: "00", transactionIdentifier: 234234322342343 }
              : [],
        })),
      ),
    ),
  )

  const rows: ReadonlyArray<
    readonly [name: string, records: ReadonlyArray<Record<string, string>>, expected: string]
  > = [
    ["an approval", [{ statusCode: "COMPLETED", actionCode: "00" }], "Paid"],
    ["a decline", [{ statusCode: "COMPLETED", actionCode: "05" }], "DoNotHonor"],
    [
      "an approval and its repeat",
      [
        { statusCode: "COMPLETED", actionCode: "94", originalActionCode: "00" },
        { statusCode: "COMPLETED", actionCode: "00" },
      ],
      "Paid",
    ],
    [
      "a decline beside one in progress",
      [{ statusCode: "COMPLETED", actionCode: "05" }, { statusCode: "IN_PROGRESS" }],
      "OutcomeUnknown",
    ],
    [
      "a row that Visa rejected",
      [{ statusCode: "FAILED", rejectReasonText: "no such account" }],
      "TransactionRejected",
    ],
    [
      "a deferred push that was cancelled",
      [{ statusCode: "CANCELLED", actionCode: "00" }],
      "TransactionCancelled",
    ],
    ["a deferred push that waits", [{ statusCode: "PENDING", actionCode: "00" }], "OutcomeUnknown"],
    [
      "a repeat of an unknown original",
      [{ statusCode: "COMPLETED", actionCode: "94" }],
      "OutcomeUnknown",
    ],
    ["a status from the future", [{ statusCode: "ON_THE_MOON" }], "OutcomeUnknown"],
    [
      "an issuer that was not there",
      [{ statusCode: "COMPLETED", actionCode: "91" }],
      "OutcomeUnknown",
    ],
  ]
  for (const [name, records, expected] of rows) {
    it.live(`${name} in the query: ${expected}`, () =>
      Effect.gen(function* () {
        const outcome = yield* Effect.result(
          Outcome.resume(forgotten, { ...impatient, deadline: "50 millis" }),
        )
        const found = Result.isSuccess(outcome)
          ? outcome.success._tag
          : outcome.failure instanceof VisaError
            ? outcome.failure.reason._tag
            : outcome.failure._tag
        assert.strictEqual(found, expected)
        if (Result.isFailure(outcome) && outcome.failure instanceof VisaError) {
          assert.strictEqual(outcome.failure.money, "NotMoved")
        }
      }).pipe(Effect.provide(VisaDirectTest.layerWith(() => ({ status: 200, body: records })))),
    )
  }

  it.live("refuses a deferred push, whose 00 is not a payment yet", () =>
    Effect.gen(function* () {
      const request = yield* pushRequest()
      const error = yield* Effect.flip(
        Outcome.push({ ...request, serviceProcessingType: { requestType: "02" } }),
      )
      assert.instanceOf(error, VisaError)
      assert.strictEqual(error.reason.field, "serviceProcessingType")
    }).pipe(Effect.provide(VisaDirectTest.layer)),
  )

  it.live("does not send again what is resumed without its request", () =>
    Effect.gen(function* () {
      const operations = new Set<string>()
      const visa = VisaDirectTest.layerWith(({ operation }) => {
        operations.add(operation)
        return { status: 200, body: [] }
      })
      const error = yield* Effect.flip(
        Outcome.resume(forgotten, { ...impatient, deadline: "50 millis" }).pipe(
          Effect.provide(visa),
        ),
      )
      assert.instanceOf(error, OutcomeUnknown)
      assert.deepStrictEqual([...operations], ["TransactionQuery.find"])
    }),
  )

  it.live("refuses to resume with the request of another payment", () =>
    Effect.gen(function* () {
      const request = yield* pushRequest()
      const error = yield* Effect.flip(
        Outcome.resume(
          {
            operation: "push",
            acquiringBin: request.acquiringBin,
            systemsTraceAuditNumber: "000001",
            retrievalReferenceNumber: request.retrievalReferenceNumber,
            cardAcceptorId: request.cardAcceptor.idCode,
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
