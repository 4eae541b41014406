import { assert, describe, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Fault } from "../src/Fault.ts"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import {
  get,
  isSealed,
  newStan,
  opened,
  post,
  pushPath,
  samplePush,
  send,
  unseal,
} from "./support/client.ts"

const hello = "/vdp/helloworld"

/** A simulator with one fault, and a push that meets it. */
const struck = Effect.fnUntraced(function* (fault: Fault) {
  const simulator = yield* Simulator.make()
  yield* simulator.inject(fault)
  const stan = newStan()
  const push = post(simulator, pushPath, samplePush({ systemsTraceAuditNumber: stan }))
  return { simulator, stan, push }
})

/** What the ledger says about the push, once the server is done with it. */
const truth = Effect.fnUntraced(function* (simulator: Simulator["Service"], stan: string) {
  const entries = yield* simulator.ledger.entries({ stan })
  return entries.map(({ faults, kind, moneyMoved }) => ({ kind, moneyMoved, faults }))
})

const paid = (kind: string) => [{ kind: "push" as const, moneyMoved: true, faults: [kind] }]
const untouched = (kind: string) => [{ kind: "fault" as const, moneyMoved: false, faults: [kind] }]

layer(Pki.layer())("a fault", (it) => {
  describe("that cuts the connection", () => {
    it.effect("before the commit leaves nothing behind", () =>
      Effect.gen(function* () {
        const { push, simulator, stan } = yield* struck({ kind: "dropBeforeCommit" })
        assert.strictEqual((yield* Effect.flip(push)).code, "ECONNRESET")
        assert.deepStrictEqual(yield* truth(simulator, stan), untouched("dropBeforeCommit"))
      }),
    )

    it.effect("after the commit loses the answer, not the payment", () =>
      Effect.gen(function* () {
        const { push, simulator, stan } = yield* struck({ kind: "dropAfterCommit", times: 1 })
        assert.strictEqual((yield* Effect.flip(push)).code, "ECONNRESET")
        assert.deepStrictEqual(yield* truth(simulator, stan), paid("dropAfterCommit"))
        assert.strictEqual(opened(simulator, yield* push).actionCode, "94")
      }),
    )

    it.effect("in the middle of the body resets it", () =>
      Effect.gen(function* () {
        const { push, simulator, stan } = yield* struck({ kind: "resetMidBody" })
        assert.strictEqual((yield* Effect.flip(push)).code, "ECONNRESET")
        assert.deepStrictEqual(yield* truth(simulator, stan), paid("resetMidBody"))
      }),
    )

    it.effect("before the body is as long as promised", () =>
      Effect.gen(function* () {
        const { push, simulator, stan } = yield* struck({ kind: "truncate" })
        const error = yield* Effect.flip(push)
        assert.strictEqual(error.message, "aborted")
        assert.deepStrictEqual(yield* truth(simulator, stan), paid("truncate"))
      }),
    )
  })

  describe("that never answers", () => {
    it.effect.each([
      [{ kind: "hang" }, paid("hang")],
      [{ kind: "hang", commit: false }, untouched("hang")],
    ] as const)("keeps the client waiting: %o", ([fault, expected]) =>
      Effect.gen(function* () {
        const { push, simulator, stan } = yield* struck(fault)
        const waiting = yield* Effect.forkChild(push)
        yield* simulator.received(1)
        yield* TestClock.adjust("1 hour")
        assert.isUndefined(waiting.pollUnsafe())
        assert.strictEqual(yield* simulator.connections, 1)
        assert.deepStrictEqual(yield* truth(simulator, stan), expected)
        yield* Fiber.interrupt(waiting)
      }),
    )
  })

  describe("that answers in Visa's stead", () => {
    it.effect("gives any status, body and header, before the commit", () =>
      Effect.gen(function* () {
        const { push, simulator, stan } = yield* struck({
          kind: "status",
          status: 503,
          body: "<html>down</html>",
          contentType: "text/html",
          headers: { "x-error-origin": "gateway" },
        })
        const answer = yield* push
        assert.strictEqual(answer.status, 503)
        assert.strictEqual(answer.text, "<html>down</html>")
        assert.strictEqual(answer.headers["content-type"], "text/html")
        assert.strictEqual(answer.headers["x-error-origin"], "gateway")
        assert.match(String(answer.headers["x-correlation-id"]), /_VDP_WS$/)
        assert.deepStrictEqual(yield* truth(simulator, stan), untouched("status"))
      }),
    )

    it.effect("or after it", () =>
      Effect.gen(function* () {
        const { push, simulator, stan } = yield* struck({
          kind: "status",
          status: 504,
          commit: true,
        })
        const answer = yield* push
        assert.strictEqual(answer.status, 504)
        assert.strictEqual(answer.text, "")
        assert.deepStrictEqual(yield* truth(simulator, stan), paid("status"))
      }),
    )

    it.effect.each([
      [2, "2"],
      ["Thu, 01 Jan 1970 00:00:05 GMT", "Thu, 01 Jan 1970 00:00:05 GMT"],
      [undefined, undefined],
    ] as const)("limits the rate with Retry-After %s", ([retryAfter, header]) =>
      Effect.gen(function* () {
        const { push, simulator, stan } = yield* struck({
          kind: "rateLimit",
          times: 1,
          ...(retryAfter === undefined ? {} : { retryAfter }),
        })
        const answer = yield* push
        assert.strictEqual(answer.status, 429)
        assert.strictEqual(answer.headers["retry-after"], header)
        assert.deepStrictEqual(yield* truth(simulator, stan), untouched("rateLimit"))
        assert.strictEqual(opened(simulator, yield* push).actionCode, "00")
      }),
    )
  })

  describe("that spoils the answer to a payment that was made", () => {
    it.effect("with random bytes, the same for the same request", () =>
      Effect.gen(function* () {
        const { push, simulator, stan } = yield* struck({ kind: "garbage", bytes: 64 })
        const answer = yield* push
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(answer.headers["content-length"], "64")
        assert.match(String(answer.headers["content-type"]), /json/)
        assert.throws(() => JSON.parse(answer.text))
        assert.deepStrictEqual(yield* truth(simulator, stan), paid("garbage"))
        assert.strictEqual((yield* push).text, answer.text)
      }),
    )

    it.effect.each([
      ["notJson", /^this is not JSON$/, /json/],
      ["html", /^<html>/, /^text\/html$/],
      ["empty", /^$/, /json/],
    ] as const)("with a body that is %s", ([kind, text, type]) =>
      Effect.gen(function* () {
        const { push, simulator, stan } = yield* struck({ kind })
        const answer = yield* push
        assert.strictEqual(answer.status, 200)
        assert.match(answer.text, text)
        assert.match(String(answer.headers["content-type"]), type)
        assert.deepStrictEqual(yield* truth(simulator, stan), paid(kind))
      }),
    )

    it.effect("with more bytes than anybody asked for", () =>
      Effect.gen(function* () {
        const { push } = yield* struck({ kind: "hugeBody", bytes: 5_000_000 })
        const answer = yield* push
        assert.strictEqual(answer.text.length, 5_000_000)
        assert.isString(JSON.parse(answer.text).encData)
      }),
    )

    it.effect("with encData that is no JWE", () =>
      Effect.gen(function* () {
        const { push } = yield* struck({ kind: "badEncData", variant: "notJwe" })
        assert.deepStrictEqual(JSON.parse((yield* push).text), { encData: "not-a-jwe" })
      }),
    )

    it.effect.each([{ kind: "badEncData" }, { kind: "wrongKey" }] as const)(
      "with a token that nobody can open: %o",
      (fault) =>
        Effect.gen(function* () {
          const { push, simulator, stan } = yield* struck(fault)
          const answer = yield* push
          assert.isTrue(isSealed(answer))
          const { encData } = JSON.parse(answer.text)
          const header = JSON.parse(Buffer.from(encData.split(".")[0], "base64url").toString())
          assert.strictEqual(header.kid, simulator.credentials.mle.keyId)
          assert.throws(() => unseal(simulator.credentials, encData))
          assert.deepStrictEqual(yield* truth(simulator, stan), paid(fault.kind))
        }),
    )

    it.effect("by leaving it in clear", () =>
      Effect.gen(function* () {
        const { push } = yield* struck({ kind: "plainJson" })
        assert.strictEqual(JSON.parse((yield* push).text).actionCode, "00")
      }),
    )
  })

  describe("of time", () => {
    it.effect("delays processing, and adds up", () =>
      Effect.gen(function* () {
        const { push, simulator } = yield* struck({ kind: "delay", millis: 700 })
        yield* simulator.inject({ kind: "delay", millis: 300 })
        const waiting = yield* Effect.forkChild(push)
        yield* simulator.received(1)
        yield* TestClock.adjust(999)
        assert.isUndefined(waiting.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* Fiber.join(waiting)).status, 200)
      }),
    )

    it.effect("sets the clock ahead for the iat check and the Date header", () =>
      Effect.gen(function* () {
        const { push, simulator } = yield* struck({
          kind: "clockSkew",
          millis: 180_000,
          match: { path: pushPath },
          times: 1,
        })
        const early = yield* push
        assert.strictEqual(early.status, 401)
        assert.strictEqual(JSON.parse(early.text).responseStatus.code, "9210")
        const good = yield* push
        assert.strictEqual(good.status, 200)
        const skew =
          Date.parse(String(early.headers["date"])) - Date.parse(String(good.headers["date"]))
        assert.strictEqual(skew, 180_000)
        assert.deepStrictEqual((yield* simulator.stats).ledger.byFault, { clockSkew: 1 })
      }),
    )
  })

  describe("strikes", () => {
    it.effect("only what it matches", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const [hit, missed] = [newStan(), newStan()]
        yield* simulator.inject({ kind: "empty", match: { stan: hit, endpoint: "PushFunds" } })
        const push = (stan: string) =>
          post(simulator, pushPath, samplePush({ systemsTraceAuditNumber: stan }))
        assert.strictEqual((yield* push(missed)).text === "", false)
        assert.strictEqual((yield* push(hit)).text, "")
        assert.strictEqual((yield* get(simulator, `${pushPath}/x`)).status, 404)
      }),
    )

    it.effect("the nth request, and so many times", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const probes = Effect.fnUntraced(function* (count: number) {
          const statuses: Array<number> = []
          for (let n = 0; n < count; n++) {
            statuses.push((yield* send(simulator, "GET", hello, undefined)).status)
          }
          return statuses
        })
        yield* simulator.inject({ kind: "status", status: 500, match: { path: hello, nth: 2 } })
        assert.deepStrictEqual(yield* probes(3), [200, 500, 200])
        yield* simulator.inject({
          kind: "status",
          status: 502,
          match: { path: "/vdp/*" },
          times: 2,
        })
        assert.deepStrictEqual(yield* probes(3), [502, 502, 200])
      }),
    )

    it.effect("itself, when it asks for what HTTP cannot do: the client gets a 500", () =>
      Effect.gen(function* () {
        const { push, simulator } = yield* struck({
          kind: "status",
          status: 503,
          headers: { "not a header": "x" },
        })
        const answer = yield* push
        assert.strictEqual(answer.status, 500)
        const [defect] = yield* simulator.ledger.entries({ kind: "refused" })
        assert.match(defect?.problem ?? "", /^Defect of the simulator: TypeError: Header name/)
        yield* simulator.inject({ kind: "delay", millis: 1_000 })
        const later = yield* Effect.forkChild(push)
        yield* simulator.received(2)
        yield* TestClock.adjust(1_000)
        assert.strictEqual((yield* Fiber.join(later)).status, 500)
      }),
    )

    it.effect("no more once it is cleared", () =>
      Effect.gen(function* () {
        const { push, simulator } = yield* struck({ kind: "dropBeforeCommit" })
        yield* Effect.flip(push)
        yield* simulator.clearFaults
        assert.strictEqual((yield* push).status, 200)
      }),
    )
  })
})
