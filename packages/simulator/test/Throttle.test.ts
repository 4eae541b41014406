import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { newStan, post, pushPath, samplePush, send } from "./support/client.ts"

/** A limited simulator whose certificates are good from 1970, where a TestClock starts. */
const limited = (rateLimit: { readonly requests: number; readonly window?: number }) =>
  Simulator.layerNoPki({ rateLimit }).pipe(
    Layer.provide(Pki.layer({ validity: { notBefore: new Date(0) } })),
  )

const probe = Effect.flatMap(Simulator, (simulator) =>
  send(simulator, "GET", "/vdp/helloworld", undefined),
)

const statuses = (count: number) =>
  Effect.map(Effect.replicateEffect(probe, count), (answers) => answers.map(({ status }) => status))

describe("a rate limit", () => {
  it.effect("lets so many requests through in a window, then answers 429 until the next", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* statuses(5), [200, 200, 200, 429, 429])
      yield* TestClock.adjust(999)
      assert.deepStrictEqual(yield* statuses(1), [429])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* statuses(4), [200, 200, 200, 429])
    }).pipe(Effect.provide(limited({ requests: 3 }))),
  )

  it.effect("says in whole seconds when the next window begins", () =>
    Effect.gen(function* () {
      yield* probe
      yield* TestClock.adjust(7_001)
      const { headers, status } = yield* probe
      assert.strictEqual(status, 429)
      assert.strictEqual(headers["retry-after"], "53")
    }).pipe(Effect.provide(limited({ requests: 1, window: 60_000 }))),
  )

  it.live("does nothing with what it refuses, and writes it down", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* probe
      const push = samplePush({ systemsTraceAuditNumber: newStan() })
      assert.strictEqual((yield* post(simulator, pushPath, push)).status, 429)
      const [, refused] = yield* simulator.ledger.entries()
      assert.strictEqual(refused?.kind, "refused")
      assert.strictEqual(refused?.problem, "over the rate limit")
      assert.deepStrictEqual(yield* simulator.ledger.payments, [])
    }).pipe(Effect.provide(Simulator.layer({ rateLimit: { requests: 1, window: 3_600_000 } }))),
  )

  it.live("is each project's own", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const credentials = yield* simulator.issue({ project: "second" })
      const other = send({ url: simulator.url, credentials }, "GET", "/vdp/helloworld", undefined)
      yield* probe
      assert.strictEqual((yield* probe).status, 429)
      assert.strictEqual((yield* other).status, 200)
    }).pipe(Effect.provide(Simulator.layer({ rateLimit: { requests: 1, window: 3_600_000 } }))),
  )
})
