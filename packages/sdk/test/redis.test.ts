import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Redacted, Schedule, Scope } from "effect"
import { Redis } from "effect/persistence/Redis"
import { layerRedis } from "../src/internal/redis.ts"
import { describeWithRedis, redisProxy } from "./support/redis.ts"
import type { RedisAddress } from "./support/redis.ts"
import { assertHides } from "./support/renderings.ts"

const layerAt = ({ host, port }: RedisAddress) =>
  layerRedis({ url: Redacted.make(`redis://${host}:${port}`) })

const ping = Effect.flatMap(Redis, (redis) => redis.send<string>("PING"))

/** Until the connection is there: what no test can know is how soon. */
const pong = Effect.retry(ping, Schedule.spaced("10 millis"))

describe("the URL of a Redis", () => {
  for (const url of ["localhost:6379", "http://:hunter2@localhost:6379", ""]) {
    it.effect(`that is ${JSON.stringify(url)} is refused, and not told`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(
          Effect.scoped(Layer.build(layerRedis({ url: Redacted.make(url) }))),
        )
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, "redis.url")
        assertHides(error, ["hunter2"])
      }),
    )
  }
})

describeWithRedis("a Redis that may be away", () => {
  it.live("answers when it is there", () =>
    Effect.gen(function* () {
      const { address } = yield* redisProxy
      assert.strictEqual(yield* Effect.provide(ping, layerAt(address)), "PONG")
    }),
  )

  it.live("lets the program start without it, and answers once it is there", () =>
    Effect.gen(function* () {
      const { address, become } = yield* redisProxy
      become("cut")
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(ping))._tag, "RedisError")
        become("pass")
        assert.strictEqual(yield* pong, "PONG")
      }).pipe(Effect.provide(layerAt(address)))
    }),
  )

  it.live("fails at once while its connection is broken, and answers when it is back", () =>
    Effect.gen(function* () {
      const { address, become } = yield* redisProxy
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* ping, "PONG")
        become("cut")
        assert.strictEqual((yield* Effect.flip(ping))._tag, "RedisError")
        assert.strictEqual((yield* Effect.flip(ping))._tag, "RedisError")
        become("pass")
        assert.strictEqual(yield* pong, "PONG")
      }).pipe(Effect.provide(layerAt(address)))
    }),
  )

  it.live("lets the program end while it owes an answer", () =>
    Effect.gen(function* () {
      const { address, become } = yield* redisProxy
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(layerAt(address), scope)
      const redis = Context.get(context, Redis)
      assert.strictEqual(yield* redis.send("PING"), "PONG")
      become("hang")
      const owed = yield* Effect.forkChild(Effect.exit(redis.send("PING")))
      yield* Effect.yieldNow
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(Exit.isFailure(yield* Fiber.join(owed)))
    }),
  )

  it.live("lets the program end while it owes the first handshake", () =>
    Effect.gen(function* () {
      const { address, become } = yield* redisProxy
      become("hang")
      const scope = yield* Scope.make()
      yield* Layer.buildWithScope(layerAt(address), scope)
      yield* Scope.close(scope, Exit.void)
      become("cut")
    }),
  )
})
