import { assert, describe, it, layer } from "@effect/vitest"
import { Deferred, Effect, Layer, Ref, Schedule } from "effect"
import { Claims } from "../../src/payouts/Claims.ts"
import { PayoutEvents } from "../../src/payouts/PayoutEvents.ts"
import type { PayoutEvent } from "../../src/payouts/PayoutEvents.ts"
import { WorkList } from "../../src/payouts/WorkList.ts"
import { eventLaws, workLaws } from "../support/payoutStoreLaws.ts"
import { describeWithPostgres, postgres } from "../support/postgres.ts"

const refused = (payout: string): PayoutEvent => ({
  _tag: "Refused",
  payout,
  at: 0,
  step: "policy",
  reason: "PolicyRefused",
})

describe("events in memory", () => {
  for (const [name, check] of eventLaws) {
    it.live(name, () => Effect.provide(check, PayoutEvents.layerMemory()))
  }

  it.effect("are forgotten when enough newer payouts have ended, and not while a payout runs", () =>
    Effect.gen(function* () {
      const events = yield* PayoutEvents
      yield* events.record([{ _tag: "AliasResolved", payout: "running", at: 0 }])
      for (const payout of ["a", "b", "c"]) yield* events.record([refused(payout)])
      const lengths = yield* Effect.forEach(["running", "a", "b", "c"], (payout) =>
        Effect.map(events.trail(payout), (trail) => trail.length),
      )
      assert.deepStrictEqual(lengths, [1, 0, 1, 1])
      assert.strictEqual((yield* events.undelivered(10)).length, 3)
    }).pipe(Effect.provide(PayoutEvents.layerMemory({ keep: 2 }))),
  )
})

describe("the work list in memory", () => {
  for (const [name, check] of workLaws) {
    it.live(name, () => Effect.provide(check, WorkList.layerMemory))
  }
})

describeWithPostgres("events and the work list in PostgreSQL", () => {
  layer(Layer.merge(PayoutEvents.layerSql, WorkList.layerSql).pipe(Layer.provide(postgres)), {
    excludeTestServices: true,
    timeout: "60 seconds",
  })((it) => {
    for (const [name, check] of [...eventLaws, ...workLaws]) it.effect(name, () => check)
  })
})

describe("PayoutEvents.layerHandler", () => {
  const stores = Layer.merge(PayoutEvents.layerMemory(), Claims.layerMemory)
  const named = (payouts: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const events = yield* PayoutEvents
      for (const payout of payouts) yield* events.record([refused(payout)])
    })

  it.live("delivers every event, oldest first, and marks it as delivered", () =>
    Effect.gen(function* () {
      const seen = yield* Ref.make<ReadonlyArray<string>>([])
      const all = yield* Deferred.make<void>()
      yield* named(["a", "b", "c"])
      const handler = PayoutEvents.layerHandler(
        (events) =>
          Ref.updateAndGet(seen, (so) => [...so, ...events.map(({ payout }) => payout)]).pipe(
            Effect.flatMap((now) =>
              now.length === 3 ? Deferred.succeed(all, undefined) : Effect.void,
            ),
          ),
        { batch: 2, pause: "1 millis" },
      )
      yield* Effect.scoped(Effect.andThen(Layer.build(handler), Deferred.await(all)))
      assert.deepStrictEqual(yield* Ref.get(seen), ["a", "b", "c"])
    }).pipe(Effect.provide(stores)),
  )

  it.live("delivers again what the handler did not take", () =>
    Effect.gen(function* () {
      const calls = yield* Ref.make<ReadonlyArray<string>>([])
      const taken = yield* Deferred.make<void>()
      yield* named(["a"])
      const handler = PayoutEvents.layerHandler(
        (events) =>
          Effect.flatMap(
            Ref.updateAndGet(calls, (so) => [...so, ...events.map(({ payout }) => payout)]),
            (now) => (now.length < 3 ? Effect.fail("down") : Deferred.succeed(taken, undefined)),
          ),
        { pause: "1 millis", retry: Schedule.spaced("1 millis") },
      )
      yield* Effect.scoped(Effect.andThen(Layer.build(handler), Deferred.await(taken)))
      assert.deepStrictEqual(yield* Ref.get(calls), ["a", "a", "a"])
    }).pipe(Effect.provide(stores)),
  )

  it.live("delivers in one process at a time", () =>
    Effect.gen(function* () {
      const running = yield* Ref.make(0)
      const most = yield* Ref.make(0)
      const events = yield* PayoutEvents
      const payouts = Array.from({ length: 20 }, (_, index) => `p${index}`)
      yield* named(payouts)
      const handler = Layer.fresh(
        PayoutEvents.layerHandler(
          () =>
            Effect.gen(function* () {
              const now = yield* Ref.updateAndGet(running, (n) => n + 1)
              yield* Ref.update(most, (n) => Math.max(n, now))
              yield* Effect.yieldNow
              yield* Ref.update(running, (n) => n - 1)
            }),
          { batch: 1, pause: "1 millis" },
        ),
      )
      yield* Effect.scoped(
        Effect.andThen(
          Layer.build(Layer.merge(handler, Layer.fresh(handler))),
          Effect.repeat(events.undelivered(1), {
            while: (left) => left.length > 0,
            schedule: Schedule.spaced("2 millis"),
          }),
        ),
      )
      assert.strictEqual(yield* Ref.get(most), 1)
    }).pipe(Effect.provide(stores)),
  )
})
