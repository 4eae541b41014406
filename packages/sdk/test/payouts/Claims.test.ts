import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { makeMemoryStore } from "../../src/internal/claimStoreMemory.ts"
import { Claim, Claims } from "../../src/payouts/Claims.ts"
import type { ClaimRequest, ClaimStore } from "../../src/payouts/Claims.ts"
import { laws } from "../../src/payouts/ClaimsConformance.ts"

const request: ClaimRequest = {
  namespace: "payout",
  key: "INVOICE-77",
  fingerprint: "print",
  owner: "first",
  lease: "30 seconds",
}

describe("a store of claims in memory", () => {
  for (const law of laws) {
    it.effect(law.name, () => law.check.pipe(Effect.provide(Claims.layerMemory)))
  }
})

describe("the laws", () => {
  const broken: ReadonlyArray<
    readonly [name: string, change: (store: ClaimStore) => Partial<ClaimStore>]
  > = [
    [
      "grants everything",
      (store) => ({
        claim: (request) =>
          Effect.map(store.claim(request), (claim) => ({ ...claim, granted: true })),
      }),
    ],
    [
      "looks at no fingerprint before it grants",
      (store) => ({
        claim: (request) =>
          Effect.flatMap(store.claim(request), (claim) =>
            claim.granted
              ? Effect.succeed(claim)
              : store.claim({ ...request, fingerprints: [claim.fingerprint] }),
          ),
      }),
    ],
    ["fences nobody", () => ({ update: () => Effect.succeed(true) })],
    ["keeps no result", () => ({ complete: () => Effect.succeed(true) })],
    ["releases nothing", () => ({ release: () => Effect.succeed(true) })],
    [
      "lets everybody use a receipt",
      () => ({ consume: (_, consumer) => Effect.succeed(consumer) }),
    ],
    ["frees a receipt for anybody", () => ({ restore: () => Effect.succeed(true) })],
    ["forgets nothing", () => ({ prune: () => Effect.succeed(0) })],
    [
      "claims in two steps",
      (store) => ({
        claim: (request) =>
          Effect.andThen(
            Effect.yieldNow,
            Effect.map(store.claim({ ...request, owner: "all" }), (claim) => ({
              ...claim,
              owner: request.owner,
            })),
          ),
      }),
    ],
  ]

  it.effect.each(broken)("find a store that %s", ([, change]) =>
    Effect.gen(function* () {
      const store = makeMemoryStore()
      const layer = Claims.layerStore({ ...store, ...change(store) })
      const answers = yield* Effect.forEach(laws, ({ check }) =>
        Effect.exit(check.pipe(Effect.provide(layer))),
      )
      assert.isTrue(answers.some(Exit.isFailure))
    }),
  )
})

describe("a lease", () => {
  it.effect("is over when its time is up, not a millisecond before", () =>
    Effect.gen(function* () {
      yield* Claims.claim(request)
      yield* TestClock.adjust("29999 millis")
      const early = yield* Claims.claim({ ...request, owner: "second" })
      if (early._tag !== "Busy") return assert.fail(early._tag)
      assert.strictEqual(Duration.toMillis(early.remaining), 1)
      assert.strictEqual(early.until.epochMilliseconds, 30_000)
      yield* TestClock.adjust("1 millis")
      const late = yield* Claims.claim({ ...request, owner: "second" })
      assert.strictEqual(late._tag, "Claimed")
    }).pipe(Effect.provide(Claims.layerMemory)),
  )

  it.effect.each(["-1 millis", "Infinity"] as const)("cannot be %s", (lease) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Claims.claim({ ...request, lease }))
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      assert.strictEqual(error.reason.field, "lease")
    }).pipe(Effect.provide(Claims.layerMemory)),
  )
})

describe("Claims.join", () => {
  it.effect("waits for the result of whoever is at it", () =>
    Effect.gen(function* () {
      const first = yield* Claims.claim(request)
      if (first._tag !== "Claimed") return assert.fail(first._tag)
      const joined = yield* Effect.forkChild(Claims.join({ ...request, owner: "second" }))
      yield* TestClock.adjust("10 seconds")
      yield* Claims.complete(first.claim, "paid")
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* Fiber.join(joined), { _tag: "Completed", result: "paid" })
    }).pipe(Effect.provide(Claims.layerMemory)),
  )

  it.effect("takes over when the owner gives no sign of life", () =>
    Effect.gen(function* () {
      yield* Claims.claim(request)
      const joined = yield* Effect.forkChild(Claims.join({ ...request, owner: "second" }))
      yield* TestClock.adjust("31 seconds")
      const answer = yield* Fiber.join(joined)
      if (answer._tag !== "Claimed") return assert.fail(answer._tag)
      assert.strictEqual(answer.claim.token, 2)
    }).pipe(Effect.provide(Claims.layerMemory)),
  )
})

describe("a claim", () => {
  it.effect("can be stored and goes on from the store", () =>
    Effect.gen(function* () {
      const answer = yield* Claims.claim(request)
      if (answer._tag !== "Claimed") return assert.fail(answer._tag)
      const json = JSON.stringify(yield* Schema.encodeEffect(Claim)(answer.claim))
      const read = yield* Schema.decodeUnknownEffect(Claim)(JSON.parse(json))
      yield* Claims.advance(read, "sending")
    }).pipe(Effect.provide(Claims.layerMemory)),
  )

  it.effect.each(["namespace", "key", "owner"] as const)(
    "takes no %s that a store could not keep as it is",
    (field) =>
      Effect.gen(function* () {
        for (const text of ["", "x".repeat(256), "a\u0000b", "line\nbreak", "\uD800"]) {
          const error = yield* Effect.flip(Claims.claim({ ...request, [field]: text }))
          assert.strictEqual(error.reason._tag, "RequestInvalid")
          assert.strictEqual(error.reason.field, field)
        }
        yield* Claims.claim({ ...request, [field]: "x".repeat(255) })
      }).pipe(Effect.provide(Claims.layerMemory)),
  )
})
