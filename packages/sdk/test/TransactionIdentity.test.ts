import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, DateTime, Effect, Exit, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import { AcquiringBin } from "../src/AcquiringBin.ts"
import { Rrn } from "../src/Rrn.ts"
import { Identity, TransactionIdentity } from "../src/TransactionIdentity.ts"
import type { Reserve, TransactionIdentityOptions } from "../src/TransactionIdentity.ts"
import { VisaError } from "../src/VisaError.ts"

const acquiringBin = Effect.runSync(AcquiringBin.make("408999"))
const owner = { acquiringBin, terminalId: "TID-9999" }
const day = 86_400_000
const ringSize = 999_999

const setTime = (iso: string) => TestClock.setTime(Date.parse(iso))

/** A fresh allocator, as a process has after its start. */
const start = (options?: TransactionIdentityOptions) =>
  Effect.service(TransactionIdentity).pipe(
    Effect.provide(TransactionIdentity.layerTest(options), { local: true }),
  )

const stans = (identities: ReadonlyArray<Identity>): ReadonlyArray<string> =>
  identities.map(({ systemsTraceAuditNumber }) => systemsTraceAuditNumber)

const assertDistinct = (values: ReadonlyArray<string>): void => {
  assert.strictEqual(new Set(values).size, values.length)
}

const errorOf = (exit: Exit.Exit<unknown, VisaError>): VisaError =>
  Option.getOrThrow(Exit.findErrorOption(exit))

describe("an identity", () => {
  it.effect("is exact in every field", () =>
    Effect.gen(function* () {
      yield* setTime("2026-02-01T13:45:10.250Z")
      const { next } = yield* start()
      // 13:45:10.250 is 49 510 250 ms into the day: floor(49510250 * 999999 / 86400000) is 573034,
      // and the first number is 000001. The RRN's six digits are the STAN moved by 271486 for this terminal.
      assert.deepStrictEqual(yield* next(owner), {
        systemsTraceAuditNumber: "573035",
        retrievalReferenceNumber: Effect.runSync(Rrn.make("603213844521")),
        localTransactionDateTime: "2026-02-01T13:45:10",
        clientTransactionId: "00000000-0000-4000-8000-000000000001",
      } as Identity)
      const second = yield* next(owner)
      assert.strictEqual(second.systemsTraceAuditNumber, "573036")
      assert.strictEqual(second.retrievalReferenceNumber, "603213844522")
      assert.strictEqual(second.clientTransactionId, "00000000-0000-4000-8000-000000000002")
    }),
  )

  it.effect("survives storage", () =>
    Effect.gen(function* () {
      const { next } = yield* start()
      const identity = yield* next(owner)
      const stored = JSON.stringify(Schema.encodeSync(Identity)(identity))
      assert.deepStrictEqual(Schema.decodeUnknownSync(Identity)(JSON.parse(stored)), identity)
    }),
  )

  it.effect(
    "has the local time of the zone that is asked for, and an RRN in UTC all the same",
    () =>
      Effect.gen(function* () {
        yield* setTime("2026-12-31T23:30:00.000Z")
        const { next } = yield* start({ timeZone: DateTime.zoneMakeNamedUnsafe("Asia/Tokyo") })
        const identity = yield* next(owner)
        assert.strictEqual(identity.localTransactionDateTime, "2027-01-01T08:30:00")
        assert.match(identity.retrievalReferenceNumber, /^636523/)
      }),
  )

  it.effect("has random ids from the platform where nothing else is provided", () =>
    Effect.gen(function* () {
      const { next } = yield* TransactionIdentity
      const [a, b] = [yield* next(owner), yield* next(owner)]
      assert.match(
        a.clientTransactionId,
        /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
      )
      assert.notStrictEqual(a.clientTransactionId, b.clientTransactionId)
    }).pipe(Effect.provide(TransactionIdentity.layer())),
  )

  it.effect("reads its zone from the environment", () => {
    const local = (env: Record<string, string>) =>
      Effect.gen(function* () {
        yield* setTime("2026-07-01T12:00:00.000Z")
        const { next } = yield* TransactionIdentity
        return (yield* next(owner)).localTransactionDateTime
      }).pipe(
        Effect.provide(TransactionIdentity.layerConfig, { local: true }),
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })),
      )
    return Effect.gen(function* () {
      assert.strictEqual(yield* local({}), "2026-07-01T12:00:00")
      assert.strictEqual(
        yield* local({ VISA_DIRECT_TIME_ZONE: "Europe/London" }),
        "2026-07-01T13:00:00",
      )
      assert.strictEqual(yield* local({ VISA_DIRECT_TIME_ZONE: "+05:30" }), "2026-07-01T17:30:00")
      const wrong = yield* Effect.exit(local({ VISA_DIRECT_TIME_ZONE: "Mars/Olympus" }))
      assert.isTrue(Exit.isFailure(wrong))
    })
  })
})

describe("dates", () => {
  it.effect("roll over at midnight UTC, in the middle of a run", () =>
    Effect.gen(function* () {
      const { next } = yield* start()
      yield* setTime("2026-12-31T23:59:59.999Z")
      const before = [yield* next(owner), yield* next(owner)]
      yield* setTime("2027-01-01T00:00:00.000Z")
      const after = [yield* next(owner), yield* next(owner)]
      assert.deepStrictEqual(
        [...before, ...after].map((identity) => [
          identity.systemsTraceAuditNumber,
          identity.retrievalReferenceNumber.slice(0, 6),
          identity.localTransactionDateTime,
        ]),
        [
          ["999999", "636523", "2026-12-31T23:59:59"],
          // The ring goes on at its beginning: 000000 is never given out.
          ["000001", "636523", "2026-12-31T23:59:59"],
          // A new day has all its numbers again.
          ["000001", "700100", "2027-01-01T00:00:00"],
          ["000002", "700100", "2027-01-01T00:00:00"],
        ],
      )
      assertDistinct(
        [...before, ...after].map(({ retrievalReferenceNumber }) => retrievalReferenceNumber),
      )
    }),
  )

  it.effect("know the leap day", () =>
    Effect.gen(function* () {
      const { next } = yield* start()
      const found = []
      for (const iso of ["2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z", "2028-12-31T23:00:00Z"]) {
        yield* setTime(iso)
        found.push((yield* next(owner)).retrievalReferenceNumber.slice(0, 6))
      }
      assert.deepStrictEqual(found, ["806000", "806100", "836623"])
    }),
  )

  it.effect("do not repeat numbers when the clock is set back over midnight", () =>
    Effect.gen(function* () {
      const { next } = yield* start()
      yield* setTime("2026-02-01T23:59:59.900Z")
      const before = yield* next(owner)
      yield* setTime("2026-02-02T00:00:00.100Z")
      const after = yield* next(owner)
      yield* setTime("2026-02-01T23:59:59.900Z")
      const back = yield* next(owner)
      yield* setTime("2026-02-02T00:00:00.100Z")
      const again = yield* next(owner)
      assert.strictEqual(
        Number(back.systemsTraceAuditNumber),
        Number(before.systemsTraceAuditNumber) + 1,
      )
      assert.strictEqual(
        Number(again.systemsTraceAuditNumber),
        Number(after.systemsTraceAuditNumber) + 1,
      )
      assert.match(back.retrievalReferenceNumber, /^603223/)
    }),
  )
})

describe("numbers", () => {
  it.effect("never repeat under concurrency", () =>
    Effect.gen(function* () {
      const { next } = yield* start()
      const identities = yield* Effect.all(
        Array.from({ length: 2000 }, () => next(owner)),
        {
          concurrency: "unbounded",
        },
      )
      assertDistinct(stans(identities))
      assertDistinct(identities.map(({ clientTransactionId }) => clientTransactionId))
    }),
  )

  it.effect(
    "are all 999,999 of the day, once each, and then none",
    () =>
      Effect.gen(function* () {
        yield* setTime("2026-02-01T18:00:00.000Z")
        const { next } = yield* start()
        const seen = new Uint8Array(ringSize + 1)
        for (let i = 0; i < ringSize; i++) {
          const { systemsTraceAuditNumber } = yield* next(owner)
          const number = Number(systemsTraceAuditNumber)
          seen[number] = (seen[number] ?? 0) + 1
        }
        assert.strictEqual(seen[0], 0)
        assert.isTrue(seen.subarray(1).every((count) => count === 1))

        const error = errorOf(yield* Effect.exit(next(owner)))
        assert.strictEqual(error.reason._tag, "IdentityExhausted")
        assert.strictEqual(error.money, "NotMoved")
        assert.include(error.message, "2026-02-01/408999/TID-9999")

        // Another terminal, and the next day, have their own.
        assert.isTrue(
          Exit.isSuccess(yield* Effect.exit(next({ ...owner, terminalId: "TID-9998" }))),
        )
        yield* TestClock.adjust("6 hours")
        assert.isTrue(Exit.isSuccess(yield* Effect.exit(next(owner))))
      }),
    120_000,
  )

  it.effect("are counted per BIN and terminal", () =>
    Effect.gen(function* () {
      const { next } = yield* start()
      const otherBin = yield* AcquiringBin.make("408998")
      const owners = [
        owner,
        { ...owner, terminalId: "TID-9998" },
        { ...owner, acquiringBin: otherBin },
      ]
      assert.deepStrictEqual(stans(yield* Effect.forEach(owners, next)), [
        "000001",
        "000001",
        "000001",
      ])
      assert.deepStrictEqual(stans(yield* Effect.forEach(owners, next)), [
        "000002",
        "000002",
        "000002",
      ])
    }),
  )

  it.effect("are shared by the card acceptors of one terminal id", () =>
    Effect.gen(function* () {
      const { next } = yield* start()
      const owners = ["CA-1", "CA-2"].map((cardAcceptorId) => ({ ...owner, cardAcceptorId }))
      assert.deepStrictEqual(stans(yield* Effect.forEach(owners, next)), ["000001", "000002"])
    }),
  )

  it.effect("tell terminals and card acceptors apart in a query by BIN, STAN and RRN", () =>
    Effect.gen(function* () {
      // Processes that started at the same moment, each with its own terminal or card acceptor.
      const owners = [
        ...Array.from({ length: 100 }, (_, i) => ({
          ...owner,
          terminalId: `T${String(i).padStart(7, "0")}`,
        })),
        ...Array.from({ length: 100 }, (_, i) => ({ ...owner, cardAcceptorId: `CA-IDCode-${i}` })),
      ]
      const identities = yield* Effect.forEach(owners, (each) =>
        Effect.flatMap(start(), ({ next }) => next(each)),
      )
      assert.deepStrictEqual([...new Set(stans(identities))], ["000001"])
      assertDistinct(
        identities.map(
          (each) => `${each.systemsTraceAuditNumber}/${each.retrievalReferenceNumber}`,
        ),
      )
    }),
  )

  it.effect("start at the place of the time of day, so that a restart does not begin again", () =>
    Effect.gen(function* () {
      const found = []
      for (const iso of [
        "2026-02-01T00:00:00.000Z",
        "2026-02-01T00:00:00.087Z",
        "2026-02-01T12:00:00.000Z",
      ]) {
        yield* setTime(iso)
        const { next } = yield* start()
        found.push((yield* next(owner)).systemsTraceAuditNumber)
      }
      assert.deepStrictEqual(found, ["000001", "000002", "500000"])
    }),
  )

  /** Lives of processes on one day: when each starts after the one before, and how fast it allocates. */
  const lives = Schema.Array(
    Schema.Struct({
      lasts: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20_000 })),
      share: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })),
    }),
  ).check(Schema.isBetweenLength(1, 8))

  it.effect.prop(
    "never repeat over restarts below 11.5 allocations per second",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: day - 8 * 20_000 - 1 })), lives],
    ([opening, processes]) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.UTC(2026, 1, 1) + opening)
        const all: Array<Identity> = []
        for (const { lasts, share } of processes) {
          const { next } = yield* start()
          // As many as the rate allows for this life, all in a burst at its beginning: the worst case.
          const most = Math.ceil((lasts * 11.5) / 1000) - 1
          for (let i = 0; i < Math.floor((most * share) / 100); i++) all.push(yield* next(owner))
          yield* TestClock.adjust(lasts)
        }
        assertDistinct(stans(all))
      }),
  )

  it.effect.prop(
    "never repeat within a process, whatever the clock does within its day",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: day - 1 })))],
    ([times]) =>
      Effect.gen(function* () {
        const { next } = yield* start()
        const all: Array<Identity> = []
        for (const time of times) {
          yield* TestClock.setTime(Date.UTC(2026, 1, 1) + time)
          all.push(yield* next(owner))
        }
        assertDistinct(stans(all))
      }),
  )
})

describe("a store that processes share", () => {
  it.effect("keeps two allocators apart", () =>
    Effect.gen(function* () {
      const reserve = yield* TransactionIdentity.reserveMemory
      const [a, b] = [
        yield* start({ reserve, blockSize: 7 }),
        yield* start({ reserve, blockSize: 10 }),
      ]
      const identities = yield* Effect.all(
        Array.from({ length: 1000 }, (_, i) => (i % 3 === 0 ? a : b).next(owner)),
        { concurrency: "unbounded" },
      )
      assertDistinct(stans(identities))
      assertDistinct(identities.map(({ retrievalReferenceNumber }) => retrievalReferenceNumber))
    }),
  )

  it.effect("keeps a process apart from the one before it, at any rate", () =>
    Effect.gen(function* () {
      const reserve = yield* TransactionIdentity.reserveMemory
      const all: Array<Identity> = []
      for (let restart = 0; restart < 20; restart++) {
        const { next } = yield* start({ reserve })
        for (let i = 0; i < 150; i++) all.push(yield* next(owner))
      }
      assertDistinct(stans(all))
    }),
  )

  it.effect(
    "is asked once per block, for the day, BIN and terminal, also while many wait for it",
    () =>
      Effect.gen(function* () {
        yield* setTime("2026-02-01T12:00:00.000Z")
        const memory = yield* TransactionIdentity.reserveMemory
        const asked: Array<readonly [string, number]> = []
        const reserve: Reserve = (key, size) =>
          Effect.yieldNow.pipe(
            Effect.andThen(
              Effect.suspend(() => {
                asked.push([key, size])
                return memory(key, size)
              }),
            ),
          )
        const { next } = yield* start({ reserve, blockSize: 50 })
        const identities = yield* Effect.all(
          Array.from({ length: 101 }, () => next(owner)),
          {
            concurrency: "unbounded",
          },
        )
        assert.deepStrictEqual(
          [...stans(identities)].sort(),
          Array.from({ length: 101 }, (_, i) => String(i + 1).padStart(6, "0")),
        )
        assert.deepStrictEqual(
          asked,
          Array.from({ length: 3 }, () => ["2026-02-01/408999/TID-9999", 50] as const),
        )

        yield* TestClock.adjust("12 hours")
        yield* next(owner)
        assert.deepStrictEqual(asked.at(-1), ["2026-02-02/408999/TID-9999", 50])
      }),
  )

  it.effect("gives out the last number of the day and then none, without asking again", () =>
    Effect.gen(function* () {
      const memory = yield* TransactionIdentity.reserveMemory
      let asked = 0
      const reserve: Reserve = (key, size) => {
        asked++
        return memory(key, size)
      }
      yield* memory("1970-01-01/408999/TID-9999", ringSize - 3)
      const { next } = yield* start({ reserve, blockSize: 100 })
      const identities = yield* Effect.all([next(owner), next(owner), next(owner)])
      assert.deepStrictEqual(stans(identities), ["999997", "999998", "999999"])
      for (let i = 0; i < 3; i++) {
        assert.strictEqual(
          errorOf(yield* Effect.exit(next(owner))).reason._tag,
          "IdentityExhausted",
        )
      }
      assert.strictEqual(asked, 1)

      const late = yield* start({ reserve })
      assert.strictEqual(
        errorOf(yield* Effect.exit(late.next(owner))).reason._tag,
        "IdentityExhausted",
      )
    }),
  )

  it.effect("passes its failures on, and is asked again for the next", () =>
    Effect.gen(function* () {
      const memory = yield* TransactionIdentity.reserveMemory
      let down = true
      const { next } = yield* start({
        reserve: (key, size) =>
          Effect.suspend(() =>
            down ? Effect.fail(VisaError.of("ConnectionRefused")) : memory(key, size),
          ),
      })
      assert.strictEqual(errorOf(yield* Effect.exit(next(owner))).reason._tag, "ConnectionRefused")
      down = false
      assert.strictEqual((yield* next(owner)).systemsTraceAuditNumber, "000001")
    }),
  )

  it.effect("is not believed when it answers nonsense", () =>
    Effect.gen(function* () {
      for (const answer of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const { next } = yield* start({ reserve: () => Effect.succeed(answer) })
        const error = errorOf(yield* Effect.exit(next(owner)))
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, "reserve")
      }
    }),
  )

  it.effect("is drawn from in blocks of a size that makes sense", () =>
    Effect.gen(function* () {
      for (const blockSize of [0, -1, 0.5, Number.NaN, 1_000_000]) {
        const error = errorOf(yield* Effect.exit(start({ blockSize })))
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, "blockSize")
      }
    }),
  )
})
