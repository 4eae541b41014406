import { randomUUID } from "node:crypto"
import { connect } from "node:net"
import { NodeRedis } from "@effect/platform-node"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient, Statement } from "effect/sql"
import { Reactivity } from "effect/reactivity"
import { Redis } from "effect/persistence"
import { Claims } from "../../src/payouts/Claims.ts"
import { laws } from "../../src/payouts/ClaimsConformance.ts"
import * as Database from "../../src/payouts/Database.ts"
import { describeWithPostgres, newDatabase, postgres } from "../support/postgres.ts"

describeWithPostgres("a store of claims in PostgreSQL", () => {
  layer(Claims.layerSql.pipe(Layer.provide(postgres)), {
    excludeTestServices: true,
    timeout: "60 seconds",
  })((it) => {
    for (const law of laws) it.effect(law.name, () => law.check)
  })
})

const request = {
  namespace: "payout",
  key: "INVOICE-77",
  fingerprint: "print",
  owner: "first",
  lease: "30 seconds",
} as const

describeWithPostgres("the tables of claims", () => {
  it.live("are made once, however many processes start at once", () =>
    Effect.gen(function* () {
      const database = Database.layerPostgres(yield* newDatabase)
      const claims = Claims.layerSql.pipe(Layer.provide(database))
      const answers = yield* Effect.forEach(
        ["first", "second", "third", "fourth"],
        (owner) => Claims.claim({ ...request, owner }).pipe(Effect.provide(Layer.fresh(claims))),
        { concurrency: "unbounded" },
      )
      assert.strictEqual(answers.filter(({ _tag }) => _tag === "Claimed").length, 1)
    }),
  )

  it.live("stay the user's own: a client may rename columns", () =>
    Effect.gen(function* () {
      const database = Database.layerPostgres({
        ...(yield* newDatabase),
        transformQueryNames: (name) => `${name}_x`,
        transformResultNames: (name) => name.toUpperCase(),
      })
      const claims = Claims.layerSql.pipe(Layer.provide(database))
      const answer = yield* Claims.claim(request).pipe(Effect.provide(claims))
      assert.strictEqual(answer._tag, "Claimed")
    }),
  )

  it.live(
    "that are gone are an unavailable store, with nothing of the statement in the error",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const claims = yield* Claims
        yield* sql`DROP TABLE visa_direct_claims`
        const error = yield* Effect.flip(claims.claim(request))
        assert.strictEqual(error.reason._tag, "StoreUnavailable")
        assert.strictEqual(error.retry, "Later")
        assert.notMatch(error.message, /INSERT|INVOICE/i)
      }).pipe(Effect.provide(Claims.layerSql.pipe(Layer.provideMerge(postgres)))),
  )
})

describe("a database of another kind", () => {
  it.effect("is refused", () =>
    Effect.gen(function* () {
      const sqlite = SqlClient.make({
        acquirer: Effect.die("nothing is sent to it"),
        compiler: Statement.makeCompilerSqlite(),
        driver: "sqlite-node",
        spanAttributes: [],
      }).pipe(Effect.provide(Reactivity.layer))
      const error = yield* Effect.flip(
        Layer.build(Claims.layerSql.pipe(Layer.provide(Layer.effect(SqlClient.SqlClient, sqlite)))),
      )
      assert.strictEqual(error.reason._tag, "OptionInvalid")
    }),
  )
})

const redisAddress = { host: "127.0.0.1", port: 6379 }

const redisAnswers = await new Promise<boolean>((resolve) => {
  const socket = connect({ ...redisAddress, timeout: 2_000 })
  const end = (found: boolean) => () => {
    socket.destroy()
    resolve(found)
  }
  socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false))
})

if (!redisAnswers && process.env["CI"] !== "true") {
  process.stderr.write("\nNO REDIS at 127.0.0.1:6379: the tests that need one are SKIPPED.\n\n")
}

/** Claims under a prefix of their own, which are deleted in the end. */
const inRedis = Layer.unwrap(
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => `visa-direct-test:${randomUUID()}:`),
      (prefix) =>
        Effect.gen(function* () {
          const redis = yield* Redis.Redis
          const keys = yield* redis.send<ReadonlyArray<string>>("KEYS", `${prefix}*`)
          if (keys.length > 0) yield* redis.send("DEL", ...keys)
        }).pipe(Effect.orDie),
    ),
    (prefix) => Claims.layerRedis({ prefix }),
  ),
).pipe(Layer.provide(NodeRedis.layer({ socket: redisAddress })))

describe.skipIf(!redisAnswers && process.env["CI"] !== "true")("a store of claims in Redis", () => {
  layer(inRedis, { excludeTestServices: true })((it) => {
    for (const law of laws) it.effect(law.name, () => law.check)
  })

  it.live("that holds something else is an unavailable store", () =>
    Effect.gen(function* () {
      const prefix = `visa-direct-test:${randomUUID()}:`
      const redis = yield* Redis.Redis
      const key = `${prefix}receipt:R-1`
      yield* Effect.acquireRelease(redis.send("SET", key, "text", "PX", "60000"), () =>
        Effect.orDie(redis.send("DEL", key)),
      )
      const error = yield* Claims.consume({ receipt: "R-1", by: "me", fingerprint: "print" }).pipe(
        Effect.provide(Claims.layerRedis({ prefix })),
        Effect.flip,
      )
      assert.strictEqual(error.reason._tag, "StoreUnavailable")
    }).pipe(Effect.scoped, Effect.provide(NodeRedis.layer({ socket: redisAddress }))),
  )
})
