/** What every store of events and every work list must do, wherever it keeps them. */
import { randomUUID } from "node:crypto"
import { assert } from "@effect/vitest"
import { Duration, Effect, Fiber, Option, Stream } from "effect"
import { Money } from "../../src/Money.ts"
import { PayoutEvents } from "../../src/payouts/PayoutEvents.ts"
import type { PayoutEvent } from "../../src/payouts/PayoutEvents.ts"
import { WorkList } from "../../src/payouts/WorkList.ts"
import type { OpenStep } from "../../src/payouts/WorkList.ts"
import type { VisaError } from "../../src/VisaError.ts"

type Laws<R> = ReadonlyArray<readonly [name: string, check: Effect.Effect<void, VisaError, R>]>

const accepted = (payout: string): PayoutEvent => ({
  _tag: "Accepted",
  payout,
  at: 1,
  rail: "card",
  funding: "Ledger",
  corridor: "US-US",
  amount: Effect.runSync(Money.of("10.00", "USD")),
})

const unknown = (payout: string, round: number): PayoutEvent => ({
  _tag: "Unknown",
  payout,
  at: 2,
  round,
  step: "push",
  reason: "ResponseTimeout",
})

const settled = (payout: string): PayoutEvent => ({ _tag: "Settled", payout, at: 3, via: "reply" })

export const eventLaws: Laws<PayoutEvents> = [
  [
    "keeps the events of a payout in their order, apart from those of others",
    Effect.gen(function* () {
      const events = yield* PayoutEvents
      const [one, other] = [randomUUID(), randomUUID()]
      yield* events.record([accepted(one)])
      yield* events.record([accepted(other)])
      yield* events.record([unknown(one, 1), unknown(one, 2)])
      yield* events.record([])
      assert.deepStrictEqual(yield* events.trail(one), [
        accepted(one),
        unknown(one, 1),
        unknown(one, 2),
      ])
    }),
  ],
  [
    "passes over an event that it has: a step that runs again tells of itself again",
    Effect.gen(function* () {
      const events = yield* PayoutEvents
      const payout = randomUUID()
      yield* events.record([accepted(payout), unknown(payout, 1)])
      yield* events.record([unknown(payout, 1), unknown(payout, 2), unknown(payout, 2)])
      assert.strictEqual((yield* events.trail(payout)).length, 3)
    }),
  ],
  [
    "tells who follows a payout everything, from the first event to the last",
    Effect.gen(function* () {
      const events = yield* PayoutEvents
      const payout = randomUUID()
      const follower = yield* Effect.forkChild(Stream.runCollect(events.stream(payout)), {
        startImmediately: true,
      })
      yield* events.record([accepted(payout)])
      yield* Effect.yieldNow
      yield* events.record([unknown(payout, 1)])
      yield* events.record([settled(payout)])
      const late = yield* Stream.runCollect(events.stream(payout))
      assert.deepStrictEqual(yield* Fiber.join(follower), late)
      assert.deepStrictEqual(
        late.map(({ _tag }) => _tag),
        ["Accepted", "Unknown", "Settled"],
      )
    }),
  ],
  [
    "keeps what is not delivered, and forgets what is, when it is old",
    Effect.gen(function* () {
      const events = yield* PayoutEvents
      const payout = randomUUID()
      const mine = Effect.map(events.undelivered(10_000), (found) =>
        found.filter(({ event }) => event.payout === payout),
      )
      yield* events.record([accepted(payout), settled(payout)])
      const [first, second] = yield* mine
      assert.strictEqual(first?.event._tag, "Accepted")
      yield* events.delivered([first?.position ?? 0])
      assert.deepStrictEqual(
        (yield* mine).map(({ position }) => position),
        [second?.position],
      )
      yield* events.prune(Duration.zero)
      assert.isNotEmpty(yield* events.trail(payout))
      yield* events.delivered([second?.position ?? 0])
      yield* events.prune(Duration.zero)
      assert.isEmpty(yield* events.trail(payout))
    }),
  ],
]

const open = (payout: string, changes: Partial<OpenStep> = {}): OpenStep => ({
  payout,
  step: "push",
  round: 1,
  since: 1_000,
  nextAt: 2_000,
  reason: "ResponseTimeout",
  fingerprint: "print",
  open: {
    operation: "push",
    acquiringBin: "408999",
    systemsTraceAuditNumber: "451018",
    retrievalReferenceNumber: "412770452025",
    cardAcceptorId: "ACME-01",
    firstSentAt: 1_000,
    resends: 0,
    lastReason: "ResponseTimeout",
  },
  ...changes,
})

export const workLaws: Laws<WorkList> = [
  [
    "keeps one step of a payout as it was put last",
    Effect.gen(function* () {
      const list = yield* WorkList
      const payout = randomUUID()
      assert.deepStrictEqual(yield* list.find(payout), Option.none())
      yield* list.put(open(payout))
      yield* list.put(open(payout, { round: 2, nextAt: 3_000 }))
      const { age, ...found } = Option.getOrThrow(yield* list.find(payout))
      assert.deepStrictEqual(found, open(payout, { round: 2, nextAt: 3_000 }))
      assert.isTrue(Duration.isGreaterThan(age, Duration.zero))
      yield* list.close(payout, "push")
      yield* list.close(payout, "push")
      assert.deepStrictEqual(yield* list.find(payout), Option.none())
    }),
  ],
  [
    "lists the oldest first, and as due only what is, however old",
    Effect.gen(function* () {
      const list = yield* WorkList
      const [older, newer, later] = [randomUUID(), randomUUID(), randomUUID()]
      const mine: ReadonlyArray<string> = [older, newer, later]
      yield* list.put(open(newer, { since: -1 }))
      yield* list.put(open(older, { since: -2 }))
      yield* list.put(open(later, { since: -3, nextAt: Number.MAX_SAFE_INTEGER }))
      const payouts = (steps: ReadonlyArray<OpenStep>) =>
        steps.map(({ payout }) => payout).filter((payout) => mine.includes(payout))
      assert.deepStrictEqual(payouts(yield* list.list()), [later, older, newer])
      assert.deepStrictEqual(payouts(yield* list.due(10_000)).toSorted(), [older, newer].toSorted())
      assert.deepStrictEqual(payouts(yield* list.list(1)), [later])
      const { count, oldest } = yield* list.summary
      assert.isAtLeast(count, 3)
      assert.strictEqual(oldest, -3)
      for (const payout of mine) yield* list.close(payout, "push")
    }),
  ],
  [
    "hastens what is due later, delays nothing, and brings nothing back",
    Effect.gen(function* () {
      const list = yield* WorkList
      const payout = randomUUID()
      const nextAt = Effect.map(list.find(payout), (found) => Option.getOrThrow(found).nextAt)
      yield* list.put(open(payout, { nextAt: Number.MAX_SAFE_INTEGER }))
      yield* list.hasten(payout)
      const hastened = yield* nextAt
      assert.isBelow(hastened, Number.MAX_SAFE_INTEGER)
      assert.include(
        (yield* list.due(hastened)).map((step) => step.payout),
        payout,
      )
      yield* list.put(open(payout, { nextAt: -5 }))
      yield* list.hasten(payout)
      assert.strictEqual(yield* nextAt, -5)
      yield* list.close(payout, "push")
      const { reason } = yield* Effect.orDie(Effect.flip(list.hasten(payout)))
      assert.strictEqual(reason._tag, "RequestInvalid")
      assert.deepStrictEqual(yield* list.find(payout), Option.none())
    }),
  ],
]
