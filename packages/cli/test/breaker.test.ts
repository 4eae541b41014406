import { NodeRedis, NodeServices } from "@effect/platform-node"
import { afterAll, assert, describe, layer } from "@effect/vitest"
import { Effect, Exit, Layer, Stream } from "effect"
import { HostBreaker, VisaError } from "effect-visa-direct"
import { Breaker } from "effect-visa-direct/Breaker"
import { randomUUID } from "node:crypto"
import { createClient } from "redis"
import { run } from "./support/cli.ts"
import { hasRedis, redisUrl } from "./support/servers.ts"

const prefix = `visa-direct-test:${randomUUID()}:`
const env = { VISA_DIRECT_REDIS_URL: redisUrl, VISA_DIRECT_REDIS_PREFIX: prefix }
const host = "api.visa.com"

const breaker = (...args: ReadonlyArray<string>) => run(["breaker", ...args], Stream.empty, env)

/** The breaker of a program that runs while an operator types. */
const program = HostBreaker.layer({ maxFailures: 1, openDuration: "1 hour" }).pipe(
  Layer.provide(Breaker.layerStoreRedis({ prefix: `${prefix}breaker:` })),
  Layer.provide(NodeRedis.layer({ url: redisUrl })),
  Layer.orDie,
)

const call = Effect.flatMap(HostBreaker, ({ protect }) =>
  Effect.exit(protect(host, { money: "moves" })(Effect.void)),
)

const succeeds = Effect.repeat(Effect.map(call, Exit.isSuccess), { until: (made) => made })
const fails = Effect.repeat(Effect.map(call, Exit.isFailure), { until: (failed) => failed })

describe.skipIf(!hasRedis)("with a Redis", () => {
  afterAll(async () => {
    const client = await createClient({ url: redisUrl }).connect()
    const keys = await client.keys(`${prefix}*`)
    if (keys.length > 0) await client.del(keys)
    await client.close()
  })

  layer(Layer.merge(NodeServices.layer, program), { timeout: 60_000, excludeTestServices: true })(
    "visa-direct breaker",
    (it) => {
      it.effect("tells how a circuit of a running program stands, and closes it", () =>
        Effect.gen(function* () {
          const { protect } = yield* HostBreaker
          const down = VisaError.of("ConnectionRefused", {})
          yield* Effect.exit(protect(host, { money: "moves" })(Effect.fail(down)))
          const open = yield* breaker("state", host)
          assert.match(open.stdout, /^api\.visa\.com {2}Open: calls fail for another \d+ s/)

          const reset = yield* breaker("reset", host)
          assert.deepStrictEqual(
            [reset.code, reset.stdout],
            [0, "api.visa.com  Closed: calls are made.\n"],
          )
          yield* succeeds
        }),
      )

      it.effect("stops the calls of a running program, and lets them through again", () =>
        Effect.gen(function* () {
          const forced = yield* breaker("force-open", host, "--for", "30m")
          assert.match(forced.stdout, /ForcedOpen: no call is made for another 1800 s/)
          yield* fails
          const closed = yield* breaker("force-closed", host, "--json")
          assert.deepStrictEqual(JSON.parse(closed.stdout), { _tag: "ForcedClosed", key: host })
          yield* succeeds
          yield* breaker("reset", host)
        }),
      )
    },
  )
})

layer(NodeServices.layer, { timeout: 60_000, excludeTestServices: true })(
  "visa-direct breaker without a Redis",
  (it) => {
    it.effect("says that it needs one", () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* run(["breaker", "state", host])
        assert.strictEqual(code, 1)
        assert.include(stderr, "VISA_DIRECT_REDIS_URL")
      }),
    )

    it.effect("ends with 1 when it does not answer, and does not call it closed", () =>
      Effect.gen(function* () {
        const away = { VISA_DIRECT_REDIS_URL: "redis://127.0.0.1:1" }
        for (const args of [["state"], ["force-open"]]) {
          const { code, stderr, stdout } = yield* run(
            ["breaker", ...args, host],
            Stream.empty,
            away,
          )
          assert.deepStrictEqual([code, stdout], [1, ""], args.join(" "))
          assert.include(stderr, "Redis did not answer")
        }
      }),
    )

    it.effect("ends with 2 for a duration that is none", () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* run(["breaker", "force-open", host, "--for", "soon"])
        assert.strictEqual(code, 2)
        assert.include(stderr, "30m")
      }),
    )
  },
)
