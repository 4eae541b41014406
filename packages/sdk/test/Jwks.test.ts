import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Exit, Fiber, Layer, Logger, Metric, Option, Stream } from "effect"
import { PrometheusMetrics } from "effect/observability"
import * as Persistence from "effect/persistence/Persistence"
import { TestClock } from "effect/testing"
import { Jwks } from "../src/Jwks.ts"
import type { JwksChange, JwksOptions } from "../src/Jwks.ts"
import type { VisaError } from "../src/VisaError.ts"
import { jwk, keyServer, keySet, status } from "./support/keyServer.ts"

/** A key set over plain HTTP, which only the sandbox's loopback may be. */
const jwksOf = (urls: JwksOptions["urls"], options?: Partial<JwksOptions>) =>
  Jwks.make({ urls, environment: "sandbox", allowLoopbackHttp: true, ...options })

const setUp = Effect.fnUntraced(function* (
  respond = keySet([jwk("a"), jwk("b")]),
  options?: Partial<JwksOptions>,
) {
  const server = yield* keyServer(respond)
  return { server, jwks: yield* jwksOf(server.url, options) }
})

/** A store in which a test can look and write. */
const storeOf = (values: Map<string, object>, asked = { times: 0 }) =>
  Persistence.layer.pipe(
    Layer.provide(
      Layer.succeed(Persistence.BackingPersistence, {
        make: () =>
          Effect.succeed({
            get: (key) =>
              Effect.sync(() => {
                asked.times++
                return values.get(key)
              }),
            getMany: () => Effect.die("not used"),
            set: (key, value) => Effect.sync(() => values.set(key, value)),
            setMany: () => Effect.die("not used"),
            remove: (key) => Effect.sync(() => values.delete(key)),
            clear: Effect.sync(() => values.clear()),
          }),
      }),
    ),
  )

/** A store that does not answer. */
const silent = Persistence.layer.pipe(
  Layer.provide(
    Layer.succeed(Persistence.BackingPersistence, {
      make: () =>
        Effect.succeed({
          get: () => Effect.never,
          getMany: () => Effect.never,
          set: () => Effect.never,
          setMany: () => Effect.never,
          remove: () => Effect.never,
          clear: Effect.never,
        }),
    }),
  ),
)

/** Waits for what an effect makes happen in the background. */
const until = <A, E>(
  jwks: Jwks["Service"],
  tag: JwksChange["_tag"],
  trigger: Effect.Effect<A, E>,
) =>
  Effect.gen(function* () {
    const seen = yield* Effect.forkChild(
      Stream.runHead(Stream.filter(jwks.changes, (change) => change._tag === tag)),
      { startImmediately: true },
    )
    const result = yield* trigger
    return { result, change: Option.getOrThrow(yield* Fiber.join(seen)) }
  })

const reasonOf = <A, R>(effect: Effect.Effect<A, VisaError, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

const kidOf = (jwks: Jwks["Service"], kid?: string) =>
  Effect.map(jwks.encryptionKey(kid), (key) => key.kid)

describe("a key set", () => {
  it.effect("is fetched once for any number of callers", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp()
      const keys = yield* Effect.all(
        Array.from({ length: 1_000 }, () => jwks.encryptionKey()),
        { concurrency: "unbounded" },
      )
      assert.isTrue(keys.every((key) => key === keys[0]))
      assert.strictEqual(server.requests(), 1)
    }),
  )

  it.effect("is not asked for before somebody needs it", () =>
    Effect.gen(function* () {
      const { server } = yield* setUp()
      yield* Effect.yieldNow
      assert.strictEqual(server.requests(), 0)
    }),
  )

  it.effect("arrives for the others when the caller that began the fetch is interrupted", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp()
      const first = yield* Effect.forkChild(jwks.encryptionKey(), { startImmediately: true })
      const second = yield* Effect.forkChild(jwks.encryptionKey(), { startImmediately: true })
      yield* Fiber.interrupt(first)
      assert.strictEqual((yield* Fiber.join(second)).kid, "a")
      assert.strictEqual(server.requests(), 1)
    }),
  )

  it.effect("is fresh for ten minutes when its answer says nothing of that", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp()
      yield* jwks.encryptionKey()
      yield* TestClock.adjust("599 seconds")
      yield* jwks.encryptionKey()
      assert.strictEqual(server.requests(), 1)
      yield* TestClock.adjust("1 second")
      yield* until(jwks, "KeysReplaced", jwks.encryptionKey())
      assert.strictEqual(server.requests(), 2)
    }),
  )

  const [minute, day] = [60_000, 86_400_000]
  const lifetimes: ReadonlyArray<readonly [what: string, Record<string, string>, number]> = [
    ["as long as Cache-Control says", { "cache-control": "public, max-age=120" }, 2 * minute],
    [
      "less what it has been in other caches",
      { "cache-control": "max-age=300", age: "60" },
      4 * minute,
    ],
    ["at least a minute", { "cache-control": "max-age=5" }, minute],
    ["a minute when it must not be stored", { "cache-control": "no-store" }, minute],
    ["at most a day", { "cache-control": "max-age=31536000" }, day],
  ]
  for (const [what, headers, fresh] of lifetimes) {
    it.effect(`is fresh ${what}`, () =>
      Effect.gen(function* () {
        const { jwks, server } = yield* setUp(keySet([jwk("a")], headers), { hardAge: "30 days" })
        yield* jwks.encryptionKey()
        yield* TestClock.adjust(fresh - 1)
        yield* jwks.encryptionKey()
        assert.strictEqual(server.requests(), 1)
        yield* TestClock.adjust(1)
        yield* until(jwks, "KeysReplaced", jwks.encryptionKey())
        assert.strictEqual(server.requests(), 2)
      }),
    )
  }

  it.effect("is used while it is stale and a new one is on its way", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a")]))
      yield* jwks.encryptionKey()
      server.answers(keySet([jwk("b")]))
      yield* TestClock.adjust("10 minutes")
      const { result } = yield* until(jwks, "KeysReplaced", kidOf(jwks))
      assert.strictEqual(result, "a")
      assert.strictEqual(yield* kidOf(jwks), "b")
    }),
  )

  it.effect("is used while the endpoint is down, until its hard age", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a")]), { hardAge: "1 hour" })
      yield* jwks.encryptionKey()
      server.answers(status(500))
      yield* TestClock.adjust("59 minutes")
      yield* until(jwks, "FetchFailed", jwks.encryptionKey())
      assert.strictEqual(yield* kidOf(jwks), "a")
      yield* TestClock.adjust("1 minute")
      const reason = yield* reasonOf(jwks.encryptionKey())
      assert.strictEqual(reason._tag, "JwksUnavailable")
    }),
  )

  it.effect("is asked for once a second while it is stale and the endpoint is down", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a")]), { breaker: { maxFailures: 100 } })
      yield* jwks.encryptionKey()
      server.answers(status(500))
      yield* TestClock.adjust("10 minutes")
      yield* until(jwks, "FetchFailed", jwks.encryptionKey())
      yield* Effect.replicateEffect(jwks.encryptionKey(), 50)
      yield* TestClock.adjust("999 millis")
      yield* jwks.encryptionKey()
      // Had another one been on its way, it would have arrived before this one of the test's own.
      yield* Effect.promise(() => fetch(server.url))
      assert.strictEqual(server.requests(), 3)
      yield* TestClock.adjust(1)
      yield* until(jwks, "FetchFailed", jwks.encryptionKey())
      assert.strictEqual(server.requests(), 4)
    }),
  )

  it.effect("is asked for anew when the clock was set back to before it was fetched", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(3_600_000)
      const { jwks } = yield* setUp(keySet([jwk("a")]))
      yield* jwks.encryptionKey()
      yield* TestClock.setTime(0)
      const { result } = yield* until(jwks, "KeysReplaced", kidOf(jwks))
      assert.strictEqual(result, "a")
    }),
  )

  it.effect("is never fresh for longer than its hard age", () =>
    Effect.gen(function* () {
      const { jwks } = yield* setUp(keySet([jwk("a")], { "cache-control": "max-age=86400" }), {
        hardAge: "1 hour",
      })
      const { change } = yield* until(jwks, "KeysReplaced", jwks.encryptionKey())
      assert.deepInclude(change, { freshUntil: 3_600_000 })
    }),
  )

  it.effect("loses a key that the next set does not have any more", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a"), jwk("b")]))
      assert.strictEqual(yield* kidOf(jwks, "a"), "a")
      server.answers(keySet([jwk("b")]))
      yield* jwks.refresh
      // And it does not come back from the cache when the endpoint fails.
      server.answers(status(500))
      yield* TestClock.adjust("10 minutes")
      const reason = yield* reasonOf(jwks.encryptionKey("a"))
      assert.strictEqual(reason._tag, "JwksUnavailable")
      assert.strictEqual(yield* kidOf(jwks), "b")
    }),
  )

  it.effect(
    "has its keys in the order of the endpoint, and the first is the one to encrypt for",
    () =>
      Effect.gen(function* () {
        const { jwks } = yield* setUp(keySet([jwk("b"), jwk("a")]))
        assert.deepStrictEqual(
          (yield* jwks.keys).map(({ kid }) => kid),
          ["b", "a"],
        )
        assert.strictEqual(yield* kidOf(jwks), "b")
      }),
  )

  it.effect("gives the key of the option keyId to whoever names none", () =>
    Effect.gen(function* () {
      const { jwks } = yield* setUp(keySet([jwk("a"), jwk("b")]), { keyId: "b" })
      assert.strictEqual(yield* kidOf(jwks), "b")
    }),
  )
})

describe("an unknown kid", () => {
  it.effect(
    "makes the set be asked for anew, once the cooldown since the last attempt is over",
    () =>
      Effect.gen(function* () {
        const { jwks, server } = yield* setUp(keySet([jwk("a")]))
        yield* jwks.encryptionKey()
        server.answers(keySet([jwk("a"), jwk("b")]))
        const early = yield* reasonOf(jwks.encryptionKey("b"))
        assert.strictEqual(early._tag, "JwksKeyNotFound")
        assert.strictEqual(server.requests(), 1)
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(yield* kidOf(jwks, "b"), "b")
        assert.strictEqual(server.requests(), 2)
      }),
  )

  it.effect("costs one fetch per cooldown, however many others are asked for", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a")]))
      yield* jwks.encryptionKey()
      yield* TestClock.adjust("30 seconds")
      yield* Effect.forEach(
        Array.from({ length: 100 }, (_, i) => `junk-${i}`),
        (kid) => Effect.exit(jwks.encryptionKey(kid)),
      )
      assert.strictEqual(server.requests(), 2)
    }),
  )

  it.effect("counts its cooldown from a failed attempt, too", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a")]))
      yield* jwks.encryptionKey()
      server.answers(status(500))
      yield* TestClock.adjust("30 seconds")
      yield* Effect.exit(jwks.encryptionKey("b"))
      yield* TestClock.adjust("29 seconds")
      yield* Effect.exit(jwks.encryptionKey("b"))
      assert.strictEqual(server.requests(), 2)
    }),
  )

  it.effect("that was asked for in vain is not asked for again for five minutes", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a")]))
      yield* jwks.encryptionKey()
      yield* TestClock.adjust("30 seconds")
      yield* Effect.exit(jwks.encryptionKey("gone"))
      yield* TestClock.adjust("299 seconds")
      yield* Effect.exit(jwks.encryptionKey("gone"))
      assert.strictEqual(server.requests(), 2)
      yield* TestClock.adjust("1 second")
      yield* Effect.exit(jwks.encryptionKey("gone"))
      assert.strictEqual(server.requests(), 3)
    }),
  )

  it.effect("never stands in for another key", () =>
    Effect.gen(function* () {
      const { jwks } = yield* setUp(keySet([jwk("a")]), { keyId: "b" })
      const reason = yield* reasonOf(jwks.encryptionKey())
      assert.strictEqual(reason._tag, "JwksKeyNotFound")
      assert.strictEqual(reason.detail, "No usable key has the kid b")
    }),
  )
})

describe("the breaker", () => {
  it.effect(
    "opens after three failures: nothing is asked, and the error says when to come back",
    () =>
      Effect.gen(function* () {
        const { jwks, server } = yield* setUp(status(500))
        yield* Effect.replicateEffect(Effect.exit(jwks.encryptionKey()), 3)
        yield* TestClock.adjust("20 seconds")
        const exits = yield* Effect.replicateEffect(Effect.exit(jwks.encryptionKey()), 1_000)
        assert.strictEqual(server.requests(), 3)
        assert.isTrue(exits.every(Exit.isFailure))
        const reason = yield* reasonOf(jwks.encryptionKey())
        assert.strictEqual(reason._tag, "JwksUnavailable")
        assert.strictEqual(reason.retryAfterMillis, 40_000)
        assert.strictEqual(reason.row.money, "NotMoved")
      }),
  )

  it.effect("lets a probe through after a minute, and closes when it succeeds", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(status(500))
      yield* Effect.replicateEffect(Effect.exit(jwks.encryptionKey()), 3)
      server.answers(keySet([jwk("a")]))
      yield* TestClock.adjust("60 seconds")
      assert.strictEqual(yield* kidOf(jwks), "a")
      assert.deepStrictEqual(
        (yield* jwks.state).map(({ _tag, key }) => [_tag, key]),
        [["Closed", server.url]],
      )
    }),
  )

  it.effect("does not keep keys in hand from being used", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a")]))
      yield* jwks.encryptionKey()
      yield* jwks.breaker.forceOpen(server.url)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* kidOf(jwks), "a")
      assert.strictEqual(server.requests(), 1)
    }),
  )

  it.effect("stays open as long as a Retry-After asks for", () =>
    Effect.gen(function* () {
      const { jwks } = yield* setUp(status(503, { "retry-after": "300" }), {
        breaker: { maxFailures: 1 },
      })
      yield* Effect.exit(jwks.encryptionKey())
      const [state] = yield* jwks.state
      assert(state?._tag === "Open")
      assert.strictEqual(state.retryAfterMillis, 300_000)
    }),
  )

  it.effect("counts an endpoint that does not answer within ten seconds", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(() => {}, { breaker: { maxFailures: 1 } })
      const call = yield* Effect.forkChild(Effect.flip(jwks.encryptionKey()), {
        startImmediately: true,
      })
      yield* TestClock.adjust("10 seconds")
      const { reason } = yield* Fiber.join(call)
      assert.strictEqual(reason._tag, "JwksUnavailable")
      assert.strictEqual(reason.detail, `${server.url}: No whole answer came in time`)
      assert.strictEqual((yield* jwks.state)[0]?._tag, "Open")
    }),
  )
})

describe("several endpoints", () => {
  const two = Effect.gen(function* () {
    const near = yield* keyServer(keySet([jwk("a")]))
    const far = yield* keyServer(keySet([jwk("b")]))
    return { near, far, jwks: yield* jwksOf([near.url, far.url]) }
  })

  it.effect("are asked in their order", () =>
    Effect.gen(function* () {
      const { far, jwks } = yield* two
      assert.strictEqual(yield* kidOf(jwks), "a")
      assert.strictEqual(far.requests(), 0)
    }),
  )

  it.effect("stand in for the one before them", () =>
    Effect.gen(function* () {
      const { jwks, near } = yield* two
      near.answers(status(500))
      assert.strictEqual(yield* kidOf(jwks), "b")
    }),
  )

  it.effect("have a circuit each", () =>
    Effect.gen(function* () {
      const { far, jwks, near } = yield* two
      near.answers(status(500))
      far.answers(keySet([jwk("b")], { "cache-control": "max-age=60" }))
      yield* Effect.replicateEffect(jwks.refresh, 5)
      assert.strictEqual(near.requests(), 3)
      assert.strictEqual(far.requests(), 5)
      assert.deepStrictEqual(
        (yield* jwks.state).map(({ _tag }) => _tag),
        ["Open", "Closed"],
      )
    }),
  )

  it.effect("that all fail: the error is that of the nearest", () =>
    Effect.gen(function* () {
      const { far, jwks, near } = yield* two
      near.answers(status(404))
      far.answers(status(200, {}, "<html></html>"))
      const reason = yield* reasonOf(jwks.encryptionKey())
      assert.strictEqual(reason._tag, "JwksUnavailable")
      assert.strictEqual(reason.detail, `${near.url}: HTTP 404`)
    }),
  )
})

describe("an operator", () => {
  it.effect("can have the set asked for at once, and keeps what there is when that fails", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a")]))
      yield* jwks.refresh
      server.answers(status(500))
      const reason = yield* reasonOf(jwks.refresh)
      assert.strictEqual(reason._tag, "JwksUnavailable")
      assert.strictEqual(yield* kidOf(jwks), "a")
    }),
  )

  it.effect("can clear the set: no key of it is used again", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a")]))
      yield* jwks.encryptionKey()
      server.answers(status(500))
      yield* jwks.clear
      const reason = yield* reasonOf(jwks.encryptionKey())
      assert.strictEqual(reason._tag, "JwksUnavailable")
    }),
  )

  it.effect(
    "can clear the set while it is being fetched: what was asked for before is not taken",
    () =>
      Effect.gen(function* () {
        const { jwks, server } = yield* setUp()
        const arrived = Promise.withResolvers<() => void>()
        server.answers((response, request) => {
          arrived.resolve(() => keySet([jwk("a")])(response, request))
        })
        const caller = yield* Effect.forkChild(kidOf(jwks), { startImmediately: true })
        const answer = yield* Effect.promise(() => arrived.promise)
        server.answers(keySet([jwk("b")]))
        yield* jwks.clear
        answer()
        assert.strictEqual(yield* Fiber.join(caller), "b")
        assert.strictEqual(yield* kidOf(jwks), "b")
      }),
  )

  it.effect("sees what happens as a stream", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp(keySet([jwk("a")]), { breaker: { maxFailures: 1 } })
      const seen = yield* Effect.forkChild(Stream.runCollect(Stream.take(jwks.changes, 5)), {
        startImmediately: true,
      })
      yield* jwks.refresh
      server.answers(keySet([jwk("b")]))
      yield* jwks.refresh
      server.answers(status(500))
      yield* Effect.exit(jwks.refresh)
      yield* jwks.clear
      const changes = yield* Fiber.join(seen)
      assert.deepInclude(changes[0], { _tag: "KeysReplaced", added: ["a"], removed: [] })
      assert.deepInclude(changes[1], { _tag: "KeysReplaced", added: ["b"], removed: ["a"] })
      assert.sameMembers(
        changes.slice(2).map(({ _tag }) => _tag),
        ["FetchFailed", "CircuitChanged", "Cleared"],
      )
    }),
  )
})

describe("processes that share a store", () => {
  /** Two of them, as they are with one Redis between them. */
  const two = Effect.fnUntraced(function* (options?: Partial<JwksOptions>) {
    const server = yield* keyServer(keySet([jwk("a")]))
    const [one, other] = yield* Effect.all([
      jwksOf(server.url, options),
      jwksOf(server.url, options),
    ])
    return { server, one, other }
  })
  const shared = Persistence.layerMemory

  it.effect("take over what another one has fetched", () =>
    Effect.gen(function* () {
      const { one, other, server } = yield* two()
      yield* one.encryptionKey()
      assert.strictEqual(yield* kidOf(other), "a")
      assert.strictEqual(server.requests(), 1)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("lose a key together that is gone from the newer set", () =>
    Effect.gen(function* () {
      const { one, other, server } = yield* two()
      yield* one.encryptionKey()
      yield* other.encryptionKey()
      yield* TestClock.adjust("9 minutes")
      server.answers(keySet([jwk("b")]))
      yield* one.refresh
      yield* TestClock.adjust("1 minute")
      // The endpoint would not answer: what one has fetched is all there is.
      server.answers(status(500))
      yield* until(other, "KeysReplaced", other.encryptionKey())
      assert.strictEqual(yield* kidOf(other), "b")
      assert.strictEqual((yield* reasonOf(other.encryptionKey("a")))._tag, "JwksKeyNotFound")
      assert.strictEqual(server.requests(), 2)
    }).pipe(Effect.provide(shared)),
  )

  it.effect("go on with the newest set of any of them while the endpoint is down", () =>
    Effect.gen(function* () {
      const { one, other, server } = yield* two()
      yield* one.encryptionKey()
      server.answers(status(500))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(
        yield* Effect.exit(other.encryptionKey()).pipe(Effect.andThen(kidOf(other))),
        "a",
      )
    }).pipe(Effect.provide(shared)),
  )

  it.effect("do not fall back to an older set than they have", () =>
    Effect.gen(function* () {
      const store = new Map<string, object>()
      const { one, server } = yield* two().pipe(Effect.provide(storeOf(store)))
      server.answers(keySet([jwk("a")], { "cache-control": "max-age=86400" }))
      yield* one.encryptionKey()
      const older = new Map(store)
      yield* TestClock.adjust("1 hour")
      server.answers(keySet([jwk("b")], { "cache-control": "max-age=60" }))
      yield* one.refresh
      // A process that had asked before, and was slow to write.
      for (const [key, value] of older) store.set(key, value)
      server.answers(status(500))
      yield* TestClock.adjust("1 minute")
      yield* until(one, "FetchFailed", one.encryptionKey())
      assert.strictEqual(yield* kidOf(one), "b")
    }),
  )

  it.effect("ask the endpoint when they are told to, whatever is in the store", () =>
    Effect.gen(function* () {
      const { one, other, server } = yield* two()
      yield* one.encryptionKey()
      server.answers(keySet([jwk("b")]))
      yield* other.refresh
      assert.strictEqual(yield* kidOf(other), "b")
    }).pipe(Effect.provide(shared)),
  )

  it.effect("do not ask the store for every call that the open circuit refuses", () =>
    Effect.gen(function* () {
      const asked = { times: 0 }
      const { one, server } = yield* two({ breaker: { maxFailures: 1 } }).pipe(
        Effect.provide(storeOf(new Map(), asked)),
      )
      server.answers(status(500))
      yield* Effect.replicateEffect(Effect.exit(one.encryptionKey()), 2)
      const before = asked.times
      yield* Effect.replicateEffect(Effect.exit(one.encryptionKey()), 1_000)
      assert.strictEqual(asked.times, before)
    }),
  )

  it.effect("forget the set together when one is told to clear it", () =>
    Effect.gen(function* () {
      const { one, other, server } = yield* two()
      yield* one.encryptionKey()
      yield* one.clear
      server.answers(keySet([jwk("b")]))
      assert.strictEqual(yield* kidOf(other), "b")
    }).pipe(Effect.provide(shared)),
  )

  it.effect("fetch for themselves when the store does not answer, after a short wait", () =>
    Effect.gen(function* () {
      const { one, server } = yield* two()
      const key = yield* Effect.forkChild(kidOf(one), { startImmediately: true })
      yield* TestClock.adjust("250 millis")
      assert.strictEqual(yield* Fiber.join(key), "a")
      assert.strictEqual(server.requests(), 1)
    }).pipe(Effect.provide(silent)),
  )

  it.effect("take nothing from the store that would not be taken from the endpoint", () =>
    Effect.gen(function* () {
      const store = new Map<string, object>()
      const { one, other, server } = yield* two().pipe(Effect.provide(storeOf(store)))
      yield* one.encryptionKey()
      const [[key, value] = ["", {}]] = store
      const weak = JSON.stringify({ keys: [jwk("weak")] })
      store.set(
        key,
        JSON.parse(
          JSON.stringify(value).replace(/"jwks":"(\\.|[^"])*"/, `"jwks":${JSON.stringify(weak)}`),
        ),
      )
      assert.include(JSON.stringify([...store.values()]), "weak")
      assert.strictEqual(yield* kidOf(other), "a")
      assert.strictEqual(server.requests(), 2)
    }),
  )
})

describe("metrics and logs", () => {
  it.effect("count fetches, failures by reason, hits and misses", () =>
    Effect.gen(function* () {
      const { jwks, server } = yield* setUp()
      yield* jwks.encryptionKey()
      yield* Effect.replicateEffect(jwks.encryptionKey(), 10)
      server.answers(status(302, { location: "https://elsewhere.invalid" }))
      yield* Effect.exit(jwks.refresh)
      const page = yield* PrometheusMetrics.format()
      for (const line of [
        "visa_direct_jwks_fetch_success_total 1",
        'visa_direct_jwks_fetch_failures_total{reason="redirect"} 1',
        "visa_direct_jwks_fetch_duration_seconds_count 2",
        'visa_direct_cache_hits_total{cache="jwks"} 10',
        'visa_direct_cache_misses_total{cache="jwks"} 1',
      ]) {
        assert.include(page, line)
      }
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
  )

  it.effect("warn once per failed attempt, and hold no key material", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        lines.push(`${logLevel} ${String(message)}`)
      })
      yield* Effect.gen(function* () {
        const { jwks, server } = yield* setUp(keySet([jwk("a")]))
        yield* jwks.encryptionKey()
        server.answers(keySet([jwk("weak")]))
        yield* TestClock.adjust("1 minute")
        yield* Effect.exit(jwks.refresh)
        assert.deepStrictEqual(
          lines.filter((line) => line.startsWith("Warn")),
          [
            `Warn JwksKeyNotFound: ${server.url}: None of its keys can be used: key 1: it has 1024 bits and not at least 2048; keys of 60 s ago stay in use`,
          ],
        )
      }).pipe(Effect.provide(Logger.layer([logger])))
      const modulus = String(jwk("weak")["n"])
      assert.isFalse(lines.some((line) => line.includes(modulus.slice(0, 16))))
    }),
  )
})

describe("options", () => {
  const https = "https://keys.example/jwks"
  const wrong: ReadonlyArray<readonly [what: string, field: string, options: JwksOptions]> = [
    ["no URL", "jwks.urls", { urls: [] }],
    ["no URL at all", "jwks.urls", { urls: "keys.example" }],
    ["a password in it", "jwks.urls", { urls: "https://user:secret@keys.example/jwks" }],
    ["twice the same", "jwks.urls", { urls: [`${https}?a`, `${https}?b`] }],
    ["a hard age below the freshness", "jwks.hardAge", { urls: https, hardAge: "5 minutes" }],
    ["no time to answer", "jwks.timeout", { urls: https, timeout: 0 }],
    ["no byte", "jwks.maxBytes", { urls: https, maxBytes: 0 }],
    ["a root that is none", "jwks.roots", { urls: https, roots: "-----BEGIN" }],
    [
      "a breaker that opens at once",
      "breaker.maxFailures",
      { urls: https, breaker: { maxFailures: 0 } },
    ],
    [
      "plain HTTP in production",
      "jwks.allowLoopbackHttp",
      { urls: "http://127.0.0.1/jwks", allowLoopbackHttp: true },
    ],
  ]
  for (const [what, field, options] of wrong) {
    it.effect(`are refused with the option's name: ${what}`, () =>
      Effect.gen(function* () {
        const reason = yield* reasonOf(Jwks.make(options))
        assert.strictEqual(reason._tag, "OptionInvalid")
        assert.strictEqual(reason.field, field)
      }),
    )
  }

  const insecure: ReadonlyArray<readonly [what: string, options: JwksOptions]> = [
    [
      "to another machine",
      { urls: "http://keys.example/jwks", environment: "sandbox", allowLoopbackHttp: true },
    ],
    ["that nobody allowed", { urls: "http://127.0.0.1/jwks", environment: "sandbox" }],
    [
      "of files",
      { urls: "file:///etc/keys.json", environment: "sandbox", allowLoopbackHttp: true },
    ],
  ]
  for (const [what, options] of insecure) {
    it.effect(`refuse a URL without TLS ${what}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* reasonOf(Jwks.make(options)))._tag, "InsecureEndpoint")
      }),
    )
  }

  const configured = (env: Record<string, string>) =>
    Jwks.layerConfig.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

  it.effect("come from the environment", () =>
    Effect.gen(function* () {
      const near = yield* keyServer(status(500))
      const far = yield* keyServer(keySet([jwk("a"), jwk("b")]))
      const kid = yield* Jwks.use((jwks) => kidOf(jwks)).pipe(
        Effect.provide(
          configured({
            VISA_DIRECT_JWKS_URLS: `${near.url}, ${far.url}`,
            VISA_DIRECT_JWKS_KEY_ID: "b",
            VISA_DIRECT_JWKS_ALLOW_LOOPBACK_HTTP: "true",
            VISA_DIRECT_ENVIRONMENT: "sandbox",
          }),
        ),
      )
      assert.strictEqual(kid, "b")
    }),
  )

  it.effect("from the environment are refused by the variable's name", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Layer.build(configured({ VISA_DIRECT_JWKS_URLS: https, VISA_DIRECT_JWKS_TTL: "soon" })),
      )
      assert.strictEqual(error.reason.field, "VISA_DIRECT_JWKS_TTL")
    }),
  )
})

describe("the test layer", () => {
  it.effect("has one key and fetches nothing", () =>
    Effect.gen(function* () {
      const jwks = yield* Jwks
      const key = yield* jwks.encryptionKey()
      assert.deepInclude(key, { kid: "test-key", bits: 2048 })
      assert.strictEqual((yield* reasonOf(jwks.encryptionKey("other")))._tag, "JwksKeyNotFound")
    }).pipe(Effect.provide(Jwks.layerTest)),
  )
})
