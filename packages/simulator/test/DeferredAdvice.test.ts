/** The webhook that tells of a deferred push. The receiver is a real HTTP server. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Queue } from "effect"
import { TestClock } from "effect/testing"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { serve } from "../src/AdminPlane.ts"
import { Pki } from "../src/Pki.ts"
import type { SimulatorOptions } from "../src/Settings.ts"
import { Simulator } from "../src/Simulator.ts"
import { type Body, pushPath } from "./support/client.ts"
import { cancelPath, hold, moneyIn, rowsOf, send } from "./support/transfers.ts"

interface Call {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly contentType: string | undefined
  readonly body: Body
}

const read = (request: IncomingMessage, done: (text: string) => void) => {
  let text = ""
  request.setEncoding("utf8")
  request.on("data", (chunk: string) => {
    text += chunk
  })
  request.on("end", () => done(text))
}

/** Answers calls with these statuses, the last one for good; 0 drops the connection. */
const receiver = Effect.fnUntraced(function* (...statuses: ReadonlyArray<number>) {
  const calls = yield* Queue.unbounded<Call>()
  let count = 0
  const server = createServer((request, response) =>
    read(request, (text) => {
      const status = statuses[Math.min(count++, statuses.length - 1)] ?? 200
      if (status === 0) request.socket.destroy()
      else response.writeHead(status).end()
      Queue.offerUnsafe(calls, {
        method: request.method,
        path: request.url,
        contentType: request.headers["content-type"],
        body: JSON.parse(text),
      })
    }),
  )
  yield* Effect.callback<void>((resume) => {
    server.listen(0, "127.0.0.1", () => resume(Effect.void))
  })
  yield* Effect.addFinalizer(() =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    }),
  )
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/visadirect/v1/pushpayment/advice/receive/deferredoct`,
    next: Queue.take(calls),
    count: Effect.sync(() => count),
  }
})

const simulatorCalling = (url: string, options: SimulatorOptions & { copies?: number } = {}) => {
  const { copies, ...rest } = options
  return Simulator.make({
    ...rest,
    webhooks: { deferredAdvice: { url, ...(copies === undefined ? {} : { copies }) } },
  })
}

/** Waits in real time until so many attempts are in the ledger: they are written after the reply. */
const attempts = Effect.fnUntraced(function* (simulator: Simulator["Service"], count: number) {
  for (;;) {
    const entries = yield* simulator.ledger.entries({ kind: "advice" })
    if (entries.length >= count) return entries
    yield* Effect.callback<void>((resume) => {
      setImmediate(() => resume(Effect.void))
    })
  }
})

/** Longer than a call to a receiver on this machine takes, were there one. */
const roundTrip = (simulator: Simulator["Service"]) =>
  rowsOf(simulator, { stan: "000000", rrn: "412770452025" })

layer(Pki.layer())("the advice of a deferred push", (it) => {
  it.effect("is sent when the hold ends, with the name that Visa misspells", () =>
    Effect.gen(function* () {
      const { next, url } = yield* receiver(200)
      const simulator = yield* simulatorCalling(url)
      const held = yield* hold(simulator, pushPath, "02")
      yield* TestClock.adjust("48 hours")
      const call = yield* next
      assert.deepStrictEqual(
        [call.method, call.path, call.contentType],
        ["POST", "/visadirect/v1/pushpayment/advice/receive/deferredoct", "application/json"],
      )
      const { transmissionDateTime, ...rest } = call.body
      assert.match(String(transmissionDateTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.deepStrictEqual(rest, {
        acquringBin: 408999,
        systemsTraceAuditNumber: held.sample["systemsTraceAuditNumber"],
        retrievalReferenceNumber: "412770452025",
        transactionIdentifier: held.body.transactionIdentifier,
        actionCode: "00",
        approvalCode: held.body.approvalCode,
        responseCode: "5",
        serviceProcessingType: { requestType: "02" },
      })
      const [entry] = yield* attempts(simulator, 1)
      assert.deepStrictEqual(
        [entry?.endpoint, entry?.httpStatus, entry?.stan, entry?.moneyMoved],
        ["deferredAdvice", 200, held.sample["systemsTraceAuditNumber"], false],
      )
      assert.strictEqual((yield* simulator.stats).ledger.requests, 1)
    }),
  )

  it.effect("tells of a decline that came only then, and no money moves", () =>
    Effect.gen(function* () {
      const { next, url } = yield* receiver(200)
      const simulator = yield* simulatorCalling(url)
      yield* simulator.script({ answer: { deferred: "51" }, times: 1 })
      const held = yield* hold(simulator, pushPath, "02")
      assert.strictEqual(held.body.actionCode, "00")
      yield* TestClock.adjust("48 hours")
      const { body } = yield* next
      assert.strictEqual(body.actionCode, "51")
      assert.notProperty(body, "approvalCode")
      assert.deepStrictEqual(yield* moneyIn(simulator), {})
      const [row] = yield* rowsOf(simulator, {
        transactionIdentifier: String(held.body.transactionIdentifier),
      })
      assert.deepStrictEqual([row?.statusCode, row?.actionCode], ["COMPLETED", "51"])
      const { body: late } = yield* send(simulator, cancelPath, {
        acquiringBin: 408999,
        systemsTraceAuditNumber: held.sample["systemsTraceAuditNumber"],
        retrievalReferenceNumber: "412770452025",
      })
      assert.strictEqual(late.actionCode, "21")
    }),
  )

  describe("is sent at least once:", () => {
    it.effect("again, with growing pauses, until it is taken", () =>
      Effect.gen(function* () {
        const { count, next, url } = yield* receiver(500, 0, 404, 204)
        const simulator = yield* simulatorCalling(url)
        yield* hold(simulator, pushPath, "02")
        yield* TestClock.adjust("48 hours")
        const first = yield* next
        for (const [failures, pause] of [1_000, 2_000, 4_000].entries()) {
          yield* attempts(simulator, failures + 1)
          yield* TestClock.adjust(pause)
          assert.deepStrictEqual((yield* next).body, first.body)
        }
        const entries = yield* attempts(simulator, 4)
        assert.deepStrictEqual(
          entries.map(({ httpStatus, problem }) => [httpStatus, problem !== undefined]),
          [
            [500, false],
            [undefined, true],
            [404, false],
            [204, false],
          ],
        )
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(yield* count, 4)
      }),
    )

    it.effect("more often, when copies are asked for", () =>
      Effect.gen(function* () {
        const { next, url } = yield* receiver(200)
        const simulator = yield* simulatorCalling(url, { copies: 2 })
        yield* hold(simulator, pushPath, "02")
        yield* TestClock.adjust("48 hours")
        const [first, second] = [yield* next, yield* next]
        assert.deepStrictEqual(first.body, second.body)
      }),
    )
  })

  describe("is not sent", () => {
    it.effect("for a push that was cancelled, declined, or never held", () =>
      Effect.gen(function* () {
        const { next, url } = yield* receiver(200)
        const simulator = yield* simulatorCalling(url)
        const cancelled = yield* hold(simulator, pushPath, "02")
        yield* send(simulator, cancelPath, {
          acquiringBin: 408999,
          systemsTraceAuditNumber: cancelled.sample["systemsTraceAuditNumber"],
          retrievalReferenceNumber: "412770452025",
        })
        yield* hold(simulator, pushPath, "02", { amount: 1100.51 })
        yield* hold(simulator, pushPath, "00")
        yield* hold(simulator, pushPath, "01")
        const last = yield* hold(simulator, pushPath, "02")
        yield* TestClock.adjust("48 hours")
        const { body } = yield* next
        assert.strictEqual(body.transactionIdentifier, last.body.transactionIdentifier)
        yield* roundTrip(simulator)
        assert.strictEqual((yield* attempts(simulator, 1)).length, 1)
      }),
    )

    it.effect("to nobody, and the push is processed all the same", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* hold(simulator, pushPath, "02")
        yield* TestClock.adjust("48 hours")
        assert.deepStrictEqual(yield* moneyIn(simulator), { pushed: "124.050" })
        assert.deepStrictEqual(yield* simulator.ledger.entries({ kind: "advice" }), [])
      }),
    )
  })

  it.effect("can be directed elsewhere while the simulator runs, from another process too", () =>
    Effect.gen(function* () {
      const { next, url } = yield* receiver(200)
      const simulator = yield* Simulator.make()
      const admin = yield* serve(simulator, 0)
      const held = yield* hold(simulator, pushPath, "02")
      const post = (body: unknown) =>
        Effect.promise(() =>
          fetch(`${admin}/webhooks`, { method: "POST", body: JSON.stringify(body) }).then(
            ({ status }) => status,
          ),
        )
      assert.strictEqual(yield* post({ deferredAdvice: { url: "ftp://example" } }), 400)
      assert.strictEqual(yield* post({ deferredAdvice: { url } }), 204)
      yield* TestClock.adjust("48 hours")
      const { body } = yield* next
      assert.strictEqual(body.transactionIdentifier, held.body.transactionIdentifier)
      yield* attempts(simulator, 1)
      yield* simulator.webhooks({ deferredAdvice: null })
      yield* hold(simulator, pushPath, "02")
      yield* TestClock.adjust("48 hours")
      yield* roundTrip(simulator)
      assert.strictEqual((yield* attempts(simulator, 1)).length, 1)
    }),
  )
})
