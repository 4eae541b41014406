/** The attempts of one call, as a simulated Visa sees them over real sockets. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, Schedule, Schema, Tracer } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import type { Fault } from "effect-visa-direct-simulator"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { Outcome } from "../src/api/Outcome.ts"
import { TransactionQuery } from "../src/api/TransactionQuery.ts"
import { CertificateStore } from "../src/CertificateStore.ts"
import { RetryBudget } from "../src/RetryBudget.ts"
import { VisaError } from "../src/VisaError.ts"
import { credentialsOf, pushRequest, sdk, simulated } from "./support/simulated.ts"

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))
const find = Effect.flatMap(pushRequest(), (request) => TransactionQuery.find(request))

const atOnce = { attempts: 3, pauses: Schedule.spaced(0) } as const
const eager = {
  moves: { ...atOnce, repeats: "refused" },
  changes: atOnce,
  reports: atOnce,
  reads: atOnce,
} as const

/** Faults that strike one call each, with what they do to the ones after it. */
const fresh = Effect.gen(function* () {
  const simulator = yield* Simulator
  yield* simulator.clearFaults
  yield* simulator.ledger.clear
  return simulator
})

layer(
  simulated(undefined, {
    headersTimeout: "300 millis",
    transactionTimeout: "250 millis",
    bodyTimeout: "300 millis",
    maxResponseBytes: 100_000,
    retry: eager,
    rateLimit: { maxPause: 1 },
  }),
  { timeout: 60_000, excludeTestServices: true },
)("a call and its attempts", (it) => {
  it.effect("a question is asked again under the same correlation id", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.inject({ kind: "status", status: 503, times: 2 })
      const spans: Array<Tracer.Span> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        },
      })
      assert.deepStrictEqual(yield* Effect.withTracer(find, tracer), [])
      assert.strictEqual((yield* simulator.stats).ledger.requests, 3)
      const attempts = spans.filter(({ name }) => name === "visa-direct.TransactionQuery.find")
      assert.deepStrictEqual(
        attempts.map(({ attributes }) => attributes.get("visa.attempt")),
        [1, 2, 3],
      )
      const ids = new Set(attempts.map(({ attributes }) => attributes.get("visa.correlation_id")))
      assert.strictEqual(ids.size, 1)
    }),
  )

  it.effect("the error of the last attempt carries its number", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.inject({ kind: "status", status: 503 })
      const error = yield* Effect.flip(find)
      assert.strictEqual(error.reason._tag, "ServiceUnavailable")
      assert.strictEqual(error.context.attempt, 3)
      assert.include(error.message, "attempt 3")
      assert.strictEqual((yield* simulator.stats).ledger.requests, 3)
    }),
  )

  it.effect("the exchange of a success carries the number of its attempt", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.inject({ kind: "rateLimit", times: 1 })
      const settled = yield* push
      assert.strictEqual(settled.exchange.attempt, 2)
      assert.strictEqual((yield* simulator.ledger.payments).length, 1)
    }),
  )

  it.effect("a payment is encrypted anew and keeps its identity", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.inject({ kind: "rateLimit", times: 1 })
      yield* push
      const [first, second, ...others] = yield* simulator.ledger.entries({ endpoint: "PushFunds" })
      assert.deepStrictEqual(others, [])
      assert.isString(first?.wireBody)
      assert.notStrictEqual(first?.wireBody, second?.wireBody)
      assert.strictEqual(first?.clientTransactionId, second?.clientTransactionId)
      assert.strictEqual(first?.stan, second?.stan)
    }),
  )

  it.effect("a call that is marked with retry: none is made once", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.inject({ kind: "rateLimit" })
      const request = yield* pushRequest()
      const error = yield* Effect.flip(FundsTransfer.push(request, { retry: "none" }))
      assert.strictEqual(error.reason._tag, "RateLimited")
      assert.strictEqual(error.context.attempt, 1)
      assert.strictEqual((yield* simulator.stats).ledger.requests, 1)
    }),
  )

  // After each of them bytes of the payment had left, and no refusal came back.
  const faults: ReadonlyArray<Fault> = [
    { kind: "dropBeforeCommit" },
    { kind: "dropAfterCommit" },
    { kind: "hang" },
    { kind: "hang", commit: false },
    { kind: "resetMidBody" },
    { kind: "truncate" },
    { kind: "garbage" },
    { kind: "notJson" },
    { kind: "html" },
    { kind: "empty" },
    { kind: "hugeBody", bytes: 200_000 },
    { kind: "badEncData", variant: "notJwe" },
    { kind: "badEncData", variant: "tampered" },
    { kind: "wrongKey" },
    { kind: "plainJson" },
    { kind: "status", status: 202, commit: true },
    { kind: "status", status: 303 },
    { kind: "status", status: 408 },
    { kind: "status", status: 500 },
    { kind: "status", status: 500, commit: true },
    { kind: "status", status: 502 },
    { kind: "status", status: 503 },
    { kind: "status", status: 503, commit: true, headers: { "Retry-After": "0" } },
    { kind: "status", status: 504 },
    { kind: "status", status: 418 },
  ]

  it.effect.prop(
    "a payment of which a byte has left is never sent again, whatever comes back",
    [Schema.Literals(faults.map((_, index) => index))],
    ([index]) =>
      Effect.gen(function* () {
        const simulator = yield* fresh
        const fault = faults[index]
        if (fault === undefined) return assert.fail("There is no such fault.")
        yield* simulator.inject(fault)
        const error = yield* Effect.flip(push)
        assert.strictEqual(error.money, "Unknown", error.message)
        assert.strictEqual(error.context.attempt, 1)
        assert.strictEqual((yield* simulator.stats).ledger.requests, 1)
      }),
    { arbitrary: { runs: 60 } },
  )
})

describe("attempts and a new generation of credentials", () => {
  it.live("the next attempt goes out with the newest credentials", () => {
    let between: Effect.Effect<void> = Effect.void
    const pauses = Schedule.recurs(1).pipe(Schedule.tap(() => Effect.suspend(() => between)))
    return Effect.gen(function* () {
      const simulator = yield* Simulator
      const store = yield* CertificateStore
      const renewed = yield* simulator.issue()
      between = Effect.orDie(store.reload(credentialsOf(renewed)))
      yield* simulator.inject({ kind: "rateLimit", times: 1 })
      const settled = yield* push
      assert.strictEqual(settled.exchange.attempt, 2)
      assert.strictEqual(settled.exchange.generation, 2)
      const [first, second] = yield* simulator.ledger.entries({ endpoint: "PushFunds" })
      assert.strictEqual(first?.userId, simulator.credentials.userId)
      assert.strictEqual(second?.userId, renewed.userId)
      assert.strictEqual(second?.keyId, renewed.mle.keyId)
    }).pipe(
      Effect.provide(simulated(undefined, { retry: { moves: { repeats: "refused", pauses } } })),
    )
  })
})

const closedPort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

describe("a payment that never left", () => {
  const toClosedPort = Layer.unwrap(
    Effect.map(closedPort, (port) =>
      sdk({
        baseUrl: `https://127.0.0.1:${port}`,
        retry: { moves: { pauses: Schedule.spaced(0) } },
        retryBudget: { perSecond: 0, ratio: 0, capacity: 10 },
      }),
    ),
  ).pipe(Layer.provide(Simulator.layer()))

  it.live("is attempted again, by Outcome no more often than by FundsTransfer", () =>
    Effect.gen(function* () {
      const budget = yield* RetryBudget
      const request = yield* pushRequest()
      const sent = yield* Effect.flip(FundsTransfer.push(request))
      assert.strictEqual(sent.reason._tag, "ConnectionRefused")
      assert.strictEqual(sent.context.attempt, 3)
      assert.strictEqual(yield* budget.balance, 8)
      const outcome = yield* Effect.flip(Outcome.push(request))
      assert.instanceOf(outcome, VisaError)
      assert.strictEqual(outcome.money, "NotMoved")
      assert.strictEqual(outcome.context.attempt, 3)
      assert.strictEqual(yield* budget.balance, 6)
    }).pipe(Effect.provide(toClosedPort)),
  )
})
