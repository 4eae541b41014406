import { assert, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Layer, Logger } from "effect"
import { Breaker } from "../src/Breaker.ts"
import type { BreakerOptions } from "../src/Breaker.ts"
import { describeWithRedis, freshPrefix, redisLayer, redisProxy } from "./support/redis.ts"
import type { RedisAddress } from "./support/redis.ts"

const key = "sandbox.api.visa.com"
const fails = Effect.fail("refused" as const)

/** A breaker with a client of its own, as another process has it. */
const breakerOf = (prefix: string, options?: BreakerOptions, address?: RedisAddress) =>
  Effect.map(
    Layer.build(
      Breaker.layerRedis({ ...options, prefix }).pipe(Layer.provide(redisLayer(address))),
    ),
    Context.get(Breaker),
  )

/** A breaker behind a proxy, and what makes its Redis go away. */
const unreliable = Effect.gen(function* () {
  const { address, become } = yield* redisProxy
  const breaker = yield* breakerOf(yield* freshPrefix, { storeTimeout: 500 }, address)
  return { breaker, become }
})

const times = <A, E>(count: number, call: Effect.Effect<A, E>) =>
  Effect.replicateEffect(Effect.exit(call), count)

describeWithRedis("breakers on one Redis", () => {
  it.live("see the same circuit", () =>
    Effect.gen(function* () {
      const prefix = yield* freshPrefix
      const [one, other] = [yield* breakerOf(prefix), yield* breakerOf(prefix)]
      yield* times(2, one.protect(key, fails))
      yield* times(1, other.protect(key, fails))
      const [open, alsoOpen] = [yield* one.state(key), yield* other.state(key)]
      assert.strictEqual(open._tag, "Open")
      assert.strictEqual(alsoOpen._tag, "Open")
      const rejection = yield* Effect.flip(one.protect(key, Effect.void))
      assert.deepInclude(rejection, { _tag: "CircuitRejection", circuit: "Open" })
      assert.isAbove(rejection.retryAfterMillis, 50_000)
    }),
  )

  it.live("let one probe through between them", () =>
    Effect.gen(function* () {
      const prefix = yield* freshPrefix
      const options = { maxFailures: 1, openDuration: 20 }
      const [one, other] = [yield* breakerOf(prefix, options), yield* breakerOf(prefix, options)]
      yield* times(1, one.protect(key, fails))
      yield* Effect.sleep(30)
      let probes = 0
      let refused = 0
      const allOthers = yield* Deferred.make<void>()
      const probe = Effect.andThen(
        Effect.sync(() => probes++),
        Deferred.await(allOthers),
      )
      const exits = yield* Effect.forEach(
        [one, other, one, other, one, other],
        (breaker) =>
          breaker.protect(key, probe).pipe(
            Effect.tapError(() =>
              ++refused === 5 ? Deferred.succeed(allOthers, undefined) : Effect.void,
            ),
            Effect.exit,
          ),
        { concurrency: "unbounded" },
      )
      assert.strictEqual(probes, 1)
      assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
      assert.strictEqual((yield* other.state(key))._tag, "Closed")
    }),
  )

  it.live("obey what an operator forces in any of them", () =>
    Effect.gen(function* () {
      const prefix = yield* freshPrefix
      const [one, other] = [yield* breakerOf(prefix), yield* breakerOf(prefix)]
      assert.strictEqual(yield* one.forceOpen(key, "1 minute"), "AllProcesses")
      const forced = yield* other.state(key)
      assert(forced._tag === "ForcedOpen" && forced.millisLeft !== undefined)
      assert.isAtMost(forced.millisLeft, 60_000)
      const rejection = yield* Effect.flip(other.protect(key, Effect.void))
      assert.strictEqual(rejection.circuit, "ForcedOpen")
      yield* other.reset(key)
      assert.strictEqual((yield* one.state(key))._tag, "Closed")
      yield* one.protect(key, Effect.void)
    }),
  )

  it.live("begin anew together when one is reset", () =>
    Effect.gen(function* () {
      const prefix = yield* freshPrefix
      const [one, other] = [yield* breakerOf(prefix), yield* breakerOf(prefix)]
      yield* times(3, one.protect(key, fails))
      assert.strictEqual(yield* other.reset(key), "AllProcesses")
      assert.deepStrictEqual(yield* one.state(key), { _tag: "Closed", key })
    }),
  )
})

describeWithRedis("a breaker whose Redis is away", () => {
  for (const mode of ["hang", "cut"] as const) {
    it.live(`makes calls and counts them alone when connections ${mode}`, () =>
      Effect.gen(function* () {
        const warnings: Array<string> = []
        const logger = Logger.make(({ logLevel, message }) => {
          if (logLevel === "Warn") warnings.push(String(message))
        })
        yield* Effect.gen(function* () {
          const { become, breaker } = yield* unreliable
          assert.strictEqual(yield* breaker.protect(key, Effect.succeed("shared")), "shared")
          become(mode)
          assert.strictEqual(yield* breaker.protect(key, Effect.succeed("alone")), "alone")
          yield* times(3, breaker.protect(key, fails))
          assert.strictEqual((yield* breaker.state(key))._tag, "Open")
          const rejection = yield* Effect.flip(breaker.protect(key, Effect.void))
          assert.strictEqual(rejection.circuit, "Open")
        }).pipe(Effect.provide(Logger.layer([logger])))
        const [away, ...more] = warnings.filter((line) => line.includes("store is away"))
        assert.match(away ?? "", /^The circuit breaker's store is away \(.+\): this process/)
        assert.deepStrictEqual(more, [])
      }),
    )
  }

  it.live("obeys what is forced in its own process, and says that only that does", () =>
    Effect.gen(function* () {
      const { become, breaker } = yield* unreliable
      become("hang")
      assert.strictEqual(yield* breaker.forceOpen(key), "ThisProcess")
      const rejection = yield* Effect.flip(breaker.protect(key, Effect.void))
      assert.strictEqual(rejection.circuit, "ForcedOpen")
      assert.strictEqual(yield* breaker.reset(key), "ThisProcess")
      yield* breaker.protect(key, Effect.void)
    }),
  )
})
