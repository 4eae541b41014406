/**
 * 202, 303, and the status GET. These tests live in `TestClock`: the simulator does too, so a
 * processing time of a minute costs nothing, and `iat` is checked against the year 1970. The clock is
 * shared by the tests and only goes forward.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import {
  get,
  newStan,
  opened,
  post,
  pushPath,
  queryPath,
  samplePush,
  unseal,
} from "./support/client.ts"

const sample = () => samplePush({ systemsTraceAuditNumber: newStan() })

const timeout = (millis: number | string) => ({ "x-transaction-timeout-ms": String(millis) })
const clientId = (id: string) => ({ "x-client-transaction-id": id })

const statusPattern = /^\d+_\d+_\d+_\w+_VDP_ARM$/

layer(Pki.layer())("a push that takes its time", (it) => {
  describe("is answered 202", () => {
    it.effect(
      "when the timeout header is 1, with an identifier, a Link, and the result behind it",
      () =>
        Effect.gen(function* () {
          const simulator = yield* Simulator.make()
          const answer = yield* post(simulator, pushPath, sample(), { headers: timeout(1) })
          assert.strictEqual(answer.status, 202)
          const body = opened(simulator, answer)
          const identifier = String(body.statusIdentifier)
          assert.deepStrictEqual(Object.keys(body), ["statusIdentifier"])
          assert.match(identifier, statusPattern)
          assert.include(String(answer.headers["link"]), `<${pushPath}/${identifier}>`)
          const status = yield* get(simulator, `${pushPath}/${identifier}`)
          assert.strictEqual(status.status, 200)
          assert.strictEqual(opened(simulator, status).actionCode, "00")
          const [entry] = yield* simulator.ledger.entries({ kind: "push" })
          assert.strictEqual(entry?.httpStatus, 202)
          assert.strictEqual(entry?.statusIdentifier, identifier)
          assert.isTrue(entry?.moneyMoved)
        }),
    )

    it.effect("after the header's time, and pays when processing ends", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ latency: 20_000 })
        const pending = yield* Effect.forkChild(
          post(simulator, pushPath, sample(), { headers: timeout(5_000) }),
        )
        yield* simulator.received(1)
        yield* TestClock.adjust(4_999)
        assert.isUndefined(pending.pollUnsafe())
        yield* TestClock.adjust(1)
        const answer = yield* Fiber.join(pending)
        assert.strictEqual(answer.status, 202)
        assert.strictEqual((yield* simulator.ledger.payments).length, 0)
        const path = `${pushPath}/${opened(simulator, answer).statusIdentifier}`

        const early = yield* Effect.forkChild(get(simulator, path))
        yield* simulator.received(2)
        yield* TestClock.adjust(15_000)
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
        // The status GET itself takes as long as every call.
        yield* TestClock.adjust(5_000)
        assert.strictEqual((yield* Fiber.join(early)).status, 200)
      }),
    )

    it.effect("after 30 seconds at the latest, whatever the header says", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* simulator.inject({ kind: "delay", millis: 90_000 })
        for (const headers of [{}, timeout(60_000), timeout("soon")]) {
          const pending = yield* Effect.forkChild(post(simulator, pushPath, sample(), { headers }))
          const { ledger } = yield* simulator.stats
          yield* simulator.received(ledger.requests + 1)
          yield* TestClock.adjust(30_000)
          assert.strictEqual((yield* Fiber.join(pending)).status, 202)
          yield* TestClock.adjust(60_000)
        }
        assert.strictEqual((yield* simulator.ledger.payments).length, 3)
      }),
    )

    it.effect("and 200 when it is done within the time", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* simulator.script({ answer: { processingMillis: 4_000 } })
        const pending = yield* Effect.forkChild(
          post(simulator, pushPath, sample(), { headers: timeout(5_000) }),
        )
        yield* simulator.received(1)
        yield* TestClock.adjust(4_000)
        assert.strictEqual((yield* Fiber.join(pending)).status, 200)
      }),
    )

    it.effect("with the bare identifier as text, in projects of the older kind", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ accepted: "text" })
        const answer = yield* post(simulator, pushPath, sample(), { headers: timeout(1) })
        const { encData } = JSON.parse(answer.text)
        assert.match(unseal(simulator.credentials, encData).plaintext, statusPattern)
      }),
    )
  })

  describe("has a status", () => {
    it.effect("that is 202 while it is pending, and as often after as the script says", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* simulator.script({ answer: { pendingPolls: 2 } })
        const answer = yield* post(simulator, pushPath, sample(), { headers: timeout(1) })
        const { statusIdentifier } = opened(simulator, answer)
        const statuses: Array<number> = []
        for (let n = 0; n < 4; n++) {
          const status = yield* get(simulator, `${pushPath}/${statusIdentifier}`)
          statuses.push(status.status)
          if (status.status === 202) {
            assert.deepStrictEqual(opened(simulator, status), { statusIdentifier })
          }
        }
        assert.deepStrictEqual(statuses, [202, 202, 200, 200])
      }),
    )

    it.effect("that is gone after 24 hours", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const answer = yield* post(simulator, pushPath, sample(), { headers: timeout(1) })
        const path = `${pushPath}/${opened(simulator, answer).statusIdentifier}`
        yield* TestClock.adjust("24 hours")
        assert.strictEqual((yield* get(simulator, path)).status, 200)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* get(simulator, path)).status, 404)
      }),
    )

    it.effect("that is unknown to others", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const answer = yield* post(simulator, pushPath, sample(), { headers: timeout(1) })
        const path = `${pushPath}/${opened(simulator, answer).statusIdentifier}`
        const other = { ...simulator, credentials: yield* simulator.issue({ project: "other" }) }
        assert.strictEqual((yield* get(other, path)).status, 404)
        assert.strictEqual((yield* get(simulator, `${pushPath}/unknown`)).status, 404)
      }),
    )

    it.effect("that repeats a decline and a refusal", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* simulator.script({ answer: { actionCode: "57" }, times: 1 })
        yield* simulator.script({ answer: { refusal: "Restricted" }, times: 1 })
        const results: Array<unknown> = []
        for (let n = 0; n < 2; n++) {
          const answer = yield* post(simulator, pushPath, sample(), { headers: timeout(1) })
          const { statusIdentifier } = opened(simulator, answer)
          const status = yield* get(simulator, `${pushPath}/${statusIdentifier}`)
          const { actionCode, errorMessage } = opened(simulator, status)
          results.push([status.status, actionCode ?? errorMessage])
        }
        assert.deepStrictEqual(results, [
          [200, "57"],
          [400, "API Validation Error: 3001. Restricted"],
        ])
      }),
    )
  })

  describe("is answered 303 when it is sent again meanwhile", () => {
    it.effect("with the status URL of the first, and paid once", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ latency: 10_000 })
        const body = sample()
        const headers = clientId("payout-1")
        const first = yield* Effect.forkChild(post(simulator, pushPath, body, { headers }))
        yield* simulator.received(1)
        const second = yield* post(simulator, pushPath, body, { headers })
        assert.strictEqual(second.status, 303)
        const identifier = String(opened(simulator, second).statusIdentifier)
        const location = `${pushPath}/${identifier}`
        assert.strictEqual(second.headers["location"], location)

        yield* TestClock.adjust(10_000)
        assert.strictEqual((yield* Fiber.join(first)).status, 200)
        const status = yield* Effect.forkChild(get(simulator, location))
        yield* simulator.received(3)
        yield* TestClock.adjust(10_000)
        assert.strictEqual((yield* Fiber.join(status)).status, 200)

        const entries = yield* simulator.ledger.entries()
        assert.deepStrictEqual(
          entries.map(({ clientTransactionId, kind }) => [kind, clientTransactionId]),
          [
            ["inFlight", "payout-1"],
            ["push", "payout-1"],
            ["status", undefined],
          ],
        )
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      }),
    )

    it.effect("also after it was answered 202, until processing ends", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* simulator.inject({ kind: "delay", millis: 60_000, times: 1 })
        const body = sample()
        const headers = { ...clientId("payout-2"), ...timeout(1_000) }
        const first = yield* Effect.forkChild(post(simulator, pushPath, body, { headers }))
        yield* simulator.received(1)
        yield* TestClock.adjust(1_000)
        const { statusIdentifier } = opened(simulator, yield* Fiber.join(first))
        const second = yield* post(simulator, pushPath, body, { headers })
        assert.strictEqual(second.status, 303)
        assert.strictEqual(opened(simulator, second).statusIdentifier, statusIdentifier)
        yield* TestClock.adjust(59_000)
        const third = yield* post(simulator, pushPath, body, { headers })
        assert.strictEqual(third.status, 200)
        assert.strictEqual(opened(simulator, third).actionCode, "94")
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      }),
    )

    it.effect("also when a request with other details came between", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* simulator.inject({ kind: "delay", millis: 10_000, times: 2 })
        const headers = clientId("payout-3")
        const [body, other] = [sample(), sample()]
        const first = yield* Effect.forkChild(post(simulator, pushPath, body, { headers }))
        yield* simulator.received(1)
        const second = yield* Effect.forkChild(post(simulator, pushPath, other, { headers }))
        yield* simulator.received(2)
        assert.strictEqual((yield* post(simulator, pushPath, body, { headers })).status, 303)
        yield* TestClock.adjust(10_000)
        assert.strictEqual((yield* Fiber.join(first)).status, 200)
        assert.strictEqual((yield* Fiber.join(second)).status, 200)
        assert.strictEqual((yield* simulator.ledger.payments).length, 2)
      }),
    )

    it.effect.each([
      ["other details", true, "same"],
      ["another id", false, "other"],
      ["no id", false, undefined],
    ] as const)("but not with %s", ([, changed, id]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* simulator.inject({ kind: "delay", millis: 10_000, times: 1 })
        const body = sample()
        const first = yield* Effect.forkChild(
          post(simulator, pushPath, body, { headers: clientId("same") }),
        )
        yield* simulator.received(1)
        const second = yield* post(
          simulator,
          pushPath,
          changed ? { ...body, amount: 1 } : body,
          id === undefined ? {} : { headers: clientId(id) },
        )
        assert.strictEqual(second.status, 200)
        assert.strictEqual(opened(simulator, second).actionCode, "00")
        yield* TestClock.adjust(10_000)
        // Whichever is committed first pays; the other is the duplicate.
        assert.strictEqual(opened(simulator, yield* Fiber.join(first)).actionCode, "94")
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      }),
    )
  })

  describe("can be found by the query meanwhile", () => {
    const query = (stan: unknown) =>
      `${queryPath}?acquiringBIN=408999&stan=${stan}&rrn=412770452025`

    it.effect.each([
      ["shown", ["IN_PROGRESS"]],
      ["hidden", []],
    ] as const)("or not, as configured: %s", ([inProgress, expected]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ query: { inProgress } })
        yield* simulator.inject({ kind: "delay", millis: 10_000, times: 1 })
        const body = sample()
        const pending = yield* Effect.forkChild(post(simulator, pushPath, body))
        yield* simulator.received(1)
        const answer = yield* get(simulator, query(body["systemsTraceAuditNumber"]))
        const rows: unknown = opened(simulator, answer)
        const states = Array.isArray(rows) ? rows.map((row) => row.statusCode) : []
        assert.deepStrictEqual(states, [...expected])
        yield* TestClock.adjust(10_000)
        yield* Fiber.join(pending)
        const after: unknown = opened(
          simulator,
          yield* get(simulator, query(body["systemsTraceAuditNumber"])),
        )
        assert.isTrue(Array.isArray(after) && after[0].statusCode === "COMPLETED")
      }),
    )
  })

  describe("deferred on purpose", () => {
    const held = (requestType: string, deferredDateTime?: string) => ({
      ...sample(),
      serviceProcessingType: {
        requestType,
        ...(deferredDateTime === undefined ? {} : { deferredDateTime }),
      },
    })

    it.effect("is PENDING, and pays when the hold of 48 hours ends", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const body = held("02")
        const answer = opened(simulator, yield* post(simulator, pushPath, body))
        assert.strictEqual(answer.actionCode, "00")
        assert.deepStrictEqual(answer.serviceProcessingType, { requestType: "02" })
        const path = `${queryPath}?acquiringBIN=408999&transactionIdentifier=${answer.transactionIdentifier}`
        const state = Effect.gen(function* () {
          const rows: unknown = opened(simulator, yield* get(simulator, path))
          return Array.isArray(rows) ? rows[0].statusCode : rows
        })
        assert.strictEqual(yield* state, "PENDING")
        assert.strictEqual((yield* simulator.ledger.payments).length, 0)
        yield* TestClock.adjust("48 hours")
        assert.strictEqual(yield* state, "COMPLETED")
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
        assert.deepStrictEqual((yield* simulator.stats).ledger.payments, {
          USD: { count: 1, amount: "124.050" },
        })
      }),
    )

    it.effect("by the client ends between 24 and 48 hours ahead", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const hour = 3_600_000
        const minute = 60_000
        const now = Math.floor((yield* Clock.currentTimeMillis) / minute) * minute
        const statuses: Array<number> = []
        for (const ahead of [24 * hour - minute, 24 * hour, 48 * hour, 48 * hour + minute]) {
          const date = new Date(now + ahead).toISOString().replace(/\D/g, "").slice(0, 12)
          statuses.push((yield* post(simulator, pushPath, held("03", date))).status)
        }
        assert.deepStrictEqual(statuses, [400, 200, 200, 400])
      }),
    )
  })
})
