import { assert, describe, it, layer } from "@effect/vitest"
import { Arbitrary, Array, Effect, Fiber, Layer, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Money } from "../../src/Money.ts"
import { Claims } from "../../src/payouts/Claims.ts"
import { ReceiptGuard } from "../../src/payouts/ReceiptGuard.ts"
import type { Receipt, VerifiedReceipt } from "../../src/payouts/ReceiptGuard.ts"
import { VisaError } from "../../src/VisaError.ts"
import { guardFailures, ownMetrics } from "../support/guardFailures.ts"
import { describeWithPostgres, postgres } from "../support/postgres.ts"

const pounds = (amount: string) => Effect.runSync(Money.of(amount, "GBP"))

const request = { issuer: "Bank", receipt: "R-1", payout: "P-1", amount: pounds("80") }

const guardWith = (verify: (receipt: Receipt) => Effect.Effect<VerifiedReceipt, VisaError>) =>
  ReceiptGuard.layer({ verify }).pipe(Layer.provide(Claims.layerMemory))

const genuine = guardWith(() => Effect.succeed({ amount: pounds("100") }))

const tagOf = <A, R>(self: Effect.Effect<A, VisaError, R>) =>
  Effect.map(
    Effect.result(self),
    Result.match({ onSuccess: () => "done", onFailure: ({ reason }) => reason._tag as string }),
  )

describe("the guard of receipts", () => {
  it.effect("lets a receipt pay for one payout, and counts the others as refused", () =>
    Effect.gen(function* () {
      const { reserve } = yield* ReceiptGuard
      yield* reserve(request)
      yield* reserve(request)
      assert.strictEqual(yield* tagOf(reserve({ ...request, payout: "P-2" })), "ReceiptReused")
      assert.strictEqual(yield* guardFailures("receipt"), 1)
      // Of another issuer it is another receipt.
      yield* reserve({ ...request, payout: "P-3", issuer: "Other bank" })
    }).pipe(Effect.provide([genuine, ownMetrics])),
  )

  it.effect("asks the issuer once, not again for a payout that holds its receipt", () =>
    Effect.gen(function* () {
      const asked: Array<Receipt> = []
      yield* Effect.gen(function* () {
        const { commit, reserve } = yield* ReceiptGuard
        yield* reserve(request)
        yield* reserve(request)
        yield* commit(request)
        yield* reserve(request)
      }).pipe(
        Effect.provide(
          guardWith((receipt) => {
            asked.push(receipt)
            return Effect.succeed({ amount: pounds("80") })
          }),
        ),
      )
      assert.deepStrictEqual(asked, [{ issuer: "Bank", receipt: "R-1" }])
    }),
  )

  it.effect("frees the receipt of a payout that was declined", () =>
    Effect.gen(function* () {
      const { commit, release, reserve } = yield* ReceiptGuard
      yield* reserve(request)
      yield* release(request)
      yield* release(request)
      assert.strictEqual(yield* tagOf(commit(request)), "ReservationClosed")
      assert.strictEqual(yield* tagOf(reserve(request)), "ReservationClosed")
      const next = { ...request, payout: "P-2" }
      yield* reserve(next)
      // To release the first once more takes nothing from the second.
      yield* release(request)
      yield* commit(next)
      assert.strictEqual(yield* tagOf(reserve({ ...request, payout: "P-3" })), "ReceiptReused")
    }).pipe(Effect.provide(genuine)),
  )

  it.effect("does not free what has paid", () =>
    Effect.gen(function* () {
      const { commit, release, reserve } = yield* ReceiptGuard
      assert.strictEqual(yield* tagOf(commit(request)), "ReservationClosed")
      yield* reserve(request)
      yield* commit(request)
      yield* commit(request)
      assert.strictEqual(yield* tagOf(release(request)), "ReservationClosed")
      assert.strictEqual(yield* tagOf(reserve({ ...request, payout: "P-2" })), "ReceiptReused")
    }).pipe(Effect.provide(genuine)),
  )

  it.effect("refuses another receipt or amount for the same payout", () =>
    Effect.gen(function* () {
      const { reserve } = yield* ReceiptGuard
      yield* reserve(request)
      for (const other of [{ receipt: "R-2" }, { issuer: "X" }, { amount: pounds("81") }]) {
        assert.strictEqual(yield* tagOf(reserve({ ...request, ...other })), "IdempotencyConflict")
      }
    }).pipe(Effect.provide(genuine)),
  )

  it.effect.each([
    ["covers less than the payout needs", pounds("79.99")],
    ["is in another currency", Effect.runSync(Money.of("100", "USD"))],
  ] as const)("refuses a receipt that %s", ([, amount]) =>
    Effect.gen(function* () {
      const { reserve } = yield* ReceiptGuard
      assert.strictEqual(yield* tagOf(reserve(request)), "ReceiptInvalid")
    }).pipe(Effect.provide(guardWith(() => Effect.succeed({ amount })))),
  )

  it.effect("refuses a receipt that the issuer does not confirm, and does not use it up", () =>
    Effect.gen(function* () {
      let isThere = false
      yield* Effect.gen(function* () {
        const { reserve } = yield* ReceiptGuard
        assert.strictEqual(yield* tagOf(reserve(request)), "ReceiptInvalid")
        isThere = true
        yield* reserve({ ...request, payout: "P-2" })
      }).pipe(
        Effect.provide(
          guardWith(() =>
            isThere
              ? Effect.succeed({ amount: pounds("80") })
              : Effect.fail(VisaError.of("ReceiptInvalid")),
          ),
        ),
      )
    }),
  )

  it.effect("pays nothing when the issuer's answer does not come, or the verification dies", () =>
    Effect.gen(function* () {
      const silent = Effect.gen(function* () {
        const { reserve } = yield* ReceiptGuard
        const waiting = yield* Effect.forkChild(Effect.flip(reserve(request)))
        yield* TestClock.adjust("10 seconds")
        return yield* Fiber.join(waiting)
      }).pipe(Effect.provide(guardWith(() => Effect.never)))
      const dying = Effect.gen(function* () {
        const { reserve } = yield* ReceiptGuard
        return yield* Effect.flip(reserve(request))
      }).pipe(Effect.provide(guardWith(() => Effect.die(new Error("a bug in the adapter")))))
      for (const error of [yield* silent, yield* dying]) {
        assert.strictEqual(error.reason._tag, "VerificationUnavailable")
        assert.strictEqual(error.retry, "Later")
        assert.notInclude(error.message, "bug in the adapter")
      }
      assert.strictEqual(yield* guardFailures("receipt"), 0)
    }).pipe(Effect.provide(ownMetrics)),
  )
})

const Action = Schema.Struct({
  verb: Schema.Literals(["reserve", "commit", "release"]),
  payout: Schema.Literals(["P-1", "P-2"]),
})

const laws: ReadonlyArray<readonly [name: string, check: Effect.Effect<void, VisaError, Claims>]> =
  [
    [
      "is used by one of 1000 payouts at once",
      Effect.gen(function* () {
        const { reserve } = yield* ReceiptGuard
        const tags = yield* Effect.forEach(
          Array.makeBy(1_000, (n) => reserve({ ...request, payout: `race ${n}`, receipt: "race" })),
          tagOf,
          { concurrency: "unbounded" },
        )
        assert.strictEqual(tags.filter((tag) => tag === "done").length, 1)
        assert.strictEqual(tags.filter((tag) => tag === "ReceiptReused").length, 999)
      }),
    ],
    [
      "is held for a payout by 1000 callers at once",
      Effect.gen(function* () {
        const { commit, reserve } = yield* ReceiptGuard
        const one = { ...request, payout: "crowd", receipt: "crowd" }
        const tags = yield* Effect.forEach(
          Array.makeBy(1_000, () => reserve(one)),
          tagOf,
          {
            concurrency: "unbounded",
          },
        )
        assert.deepStrictEqual([...new Set(tags)], ["done"])
        yield* commit(one)
      }),
    ],
    [
      "is committed or released, never both, and never pays twice, under any interleaving",
      Effect.gen(function* () {
        const guard = yield* ReceiptGuard
        let round = 0
        const check = Arbitrary.checkEffect(
          Arbitrary.array(Arbitrary.schema(Action), { maxLength: 16 }),
          Effect.fnUntraced(function* (actions) {
            round += 1
            const requestOf = (payout: string) => ({
              ...request,
              payout: `${payout} of ${round}`,
              receipt: `receipt ${round}`,
            })
            const answers = yield* Effect.forEach(
              actions,
              ({ payout, verb }) =>
                Effect.map(tagOf(guard[verb](requestOf(payout))), (tag) => ({ payout, tag, verb })),
              { concurrency: "unbounded" },
            )
            const did = (verb: string) =>
              new Set(
                answers
                  .filter((one) => one.verb === verb && one.tag === "done")
                  .map(({ payout }) => payout),
              )
            const committed = did("commit")
            assert.isAtMost(committed.size, 1)
            for (const payout of did("release")) assert.isFalse(committed.has(payout))
            // Whatever happened, whoever asks now gets the same answer as whoever asked then.
            for (const payout of committed) {
              assert.strictEqual(
                yield* tagOf(guard.release(requestOf(payout))),
                "ReservationClosed",
              )
            }
            return true
          }),
          { runs: 30 },
        )
        const failure = Arbitrary.formatCheckFailure(yield* check)
        assert.isUndefined(failure, failure)
      }),
    ],
  ].map(([name, check]) => [
    name as string,
    (check as Effect.Effect<void, VisaError, ReceiptGuard>).pipe(
      Effect.provide(
        ReceiptGuard.layer({ verify: () => Effect.succeed({ amount: pounds("100") }) }),
      ),
    ),
  ])

describe("a receipt, with claims in memory,", () => {
  for (const [name, check] of laws) {
    it.live(name, () => check.pipe(Effect.provide(Claims.layerMemory)))
  }
})

describeWithPostgres("a receipt, with claims in PostgreSQL,", () => {
  layer(Claims.layerSql.pipe(Layer.provide(postgres)), { excludeTestServices: true })((it) => {
    for (const [name, check] of laws) it.effect(name, () => check)
  })
})
