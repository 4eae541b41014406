import { assert, it, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Latch, Layer, Ref, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import { Simulator } from "effect-visa-direct-simulator"
import { streamWith } from "../../src/internal/bulk.ts"
import { Claims } from "../../src/payouts/Claims.ts"
import type { Payout } from "../../src/payouts/Payout.ts"
import { PayoutUnknown } from "../../src/payouts/PayoutResult.ts"
import { Payouts } from "../../src/payouts/Payouts.ts"
import { simulatedPayouts, toCard } from "../support/saga.ts"

const fresh = Effect.gen(function* () {
  const simulator = yield* Simulator
  yield* simulator.clearFaults
  yield* simulator.clearScript
  yield* simulator.ledger.clear
  return simulator
})

const many = (name: string, count: number) =>
  Stream.mapEffect(Stream.range(0, count - 1), (index) =>
    toCard(`${name}-${index}`, { amount: `${10 + index}.00` }),
  )

layer(simulatedPayouts(), { timeout: 60_000, excludeTestServices: true })(
  "Payouts.stream",
  (it) => {
    it.effect("pays all of them, and answers in the order in which they came", () =>
      Effect.gen(function* () {
        const simulator = yield* fresh
        // The first one takes longest.
        yield* simulator.inject({ kind: "delay", millis: 300, match: { amount: "10" } })
        const results = yield* Stream.runCollect(Payouts.stream(many("ordered", 20)))
        assert.deepStrictEqual(
          results.map(({ payout }) => payout),
          Array.from({ length: 20 }, (_, index) => `ordered-${index}`),
        )
        assert.strictEqual((yield* simulator.ledger.payments).length, 20)
      }),
    )

    it.effect("goes on behind a payout that is declined", () =>
      Effect.gen(function* () {
        const simulator = yield* fresh
        yield* simulator.script({ match: { amount: "11" }, answer: { actionCode: "51" } })
        const results = yield* Stream.runCollect(Payouts.stream(many("declined", 4)))
        assert.deepStrictEqual(
          results.map(({ result }) => result._tag),
          ["Settled", "PayoutDeclined", "Settled", "Settled"],
        )
      }),
    )

    it.effect("has no more at a time than it may, and reads no further ahead", () =>
      Effect.gen(function* () {
        yield* fresh
        const read = yield* Ref.make(0)
        const payouts = Stream.tap(many("bounded", 200), () => Ref.update(read, (n) => n + 1))
        yield* Stream.runDrain(Stream.take(Payouts.stream(payouts, { concurrency: 4 }), 10))
        assert.isBelow(yield* Ref.get(read), 40)
      }),
    )

    it.effect("fails with what the payouts fail with", () =>
      Effect.gen(function* () {
        yield* fresh
        const broken = Stream.concat(many("broken", 2), Stream.fail("the file ends here" as const))
        const exit = yield* Effect.exit(Stream.runDrain(Payouts.stream(broken)))
        assert.isTrue(Exit.isFailure(exit))
        assert.strictEqual(yield* Effect.flip(exit), "the file ends here")
      }),
    )

    it.effect("goes on from where a run stopped, and pays nothing twice", () =>
      Effect.gen(function* () {
        const simulator = yield* fresh
        const begun = yield* Ref.make<ReadonlyArray<number>>([])
        const run = Payouts.stream(many("run", 200), { run: "payroll", concurrency: 4 })
        yield* Stream.runDrain(Stream.take(run, 150))
        const rest = yield* Stream.runCollect(
          Stream.tap(run, ({ index }) => Ref.update(begun, (seen) => [...seen, index])),
        )
        assert.strictEqual(rest[0]?.index, 150)
        assert.strictEqual(rest.at(-1)?.index, 199)
        assert.strictEqual((yield* simulator.ledger.payments).length, 200)
        const done = yield* Effect.flip(Stream.runDrain(run))
        assert.strictEqual(done.reason.field, "run")
      }),
    )
  },
)

it.effect("begins no more payouts than its rate allows", () =>
  Effect.gen(function* () {
    const begun = yield* Ref.make(0)
    const claims = yield* Claims
    const random = yield* SecureRandom.SecureRandom
    const execute = ({ key }: Payout) =>
      Effect.andThen(
        Ref.update(begun, (n) => n + 1),
        Effect.fail(PayoutUnknown.of(key, "push", 0, "ResponseTimeout")),
      )
    const running = yield* many("paced", 15).pipe(
      (payouts) =>
        streamWith(execute, claims, random)(payouts, { rate: { payouts: 5, per: "1 second" } }),
      Stream.runDrain,
      Effect.forkChild,
    )
    yield* TestClock.adjust("10 millis")
    assert.strictEqual(yield* Ref.get(begun), 5)
    yield* TestClock.adjust("1 second")
    assert.strictEqual(yield* Ref.get(begun), 10)
    yield* TestClock.adjust("1 second")
    yield* Fiber.join(running)
    assert.strictEqual(yield* Ref.get(begun), 15)
  }).pipe(Effect.provide(Layer.merge(Claims.layerMemory, SecureRandom.layerWebCrypto))),
)

it.effect("answers as they end, if asked to", () =>
  Effect.gen(function* () {
    const left = yield* Ref.make(19)
    const others = yield* Latch.make()
    const claims = yield* Claims
    const random = yield* SecureRandom.SecureRandom
    // The first one ends when all the others have.
    const execute = ({ key }: Payout) =>
      Effect.gen(function* () {
        if (key === "finished-0") yield* others.await
        else if ((yield* Ref.updateAndGet(left, (n) => n - 1)) === 0) yield* others.open
        return yield* PayoutUnknown.of(key, "push", 0, "ResponseTimeout")
      })
    const results = yield* many("finished", 20).pipe(
      (payouts) => streamWith(execute, claims, random)(payouts, { order: "finished" }),
      Stream.runCollect,
    )
    assert.strictEqual(results.length, 20)
    assert.strictEqual(results.at(-1)?.index, 0)
  }).pipe(Effect.provide(Layer.merge(Claims.layerMemory, SecureRandom.layerWebCrypto))),
)
