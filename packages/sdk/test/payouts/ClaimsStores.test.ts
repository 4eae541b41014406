import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient, Statement } from "effect/sql"
import { Reactivity } from "effect/reactivity"
import { Redis } from "effect/persistence"
import { Claims } from "../../src/payouts/Claims.ts"
import { laws } from "../../src/payouts/ClaimsConformance.ts"
import * as Database from "../../src/payouts/Database.ts"
import { contested } from "../support/contested.ts"
import { describeWithPostgres, newDatabase, postgres } from "../support/postgres.ts"
import { describeWithRedis, freshPrefix, redisLayer } from "../support/redis.ts"

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

const inRedis = Layer.unwrap(
  Effect.map(freshPrefix, (prefix) => Claims.layerRedis({ prefix })),
).pipe(Layer.provideMerge(redisLayer()))

describeWithRedis("a store of claims in Redis", () => {
  layer(inRedis, { excludeTestServices: true })((it) => {
    for (const law of laws) it.effect(law.name, () => law.check)

    it.effect("that holds something else is an unavailable store", () =>
      Effect.gen(function* () {
        const prefix = yield* freshPrefix
        const redis = yield* Redis.Redis
        yield* redis.send("SET", `${prefix}receipt:R-1`, "text")
        const error = yield* Claims.consume({
          receipt: "R-1",
          by: "me",
          fingerprint: "print",
        }).pipe(Effect.provide(Claims.layerRedis({ prefix })), Effect.flip)
        assert.strictEqual(error.reason._tag, "StoreUnavailable")
      }),
    )
  })
})

const script = fileURLToPath(new URL("../support/claimsProcess.ts", import.meta.url))

describeWithPostgres("claims between processes", () => {
  it.live(
    "go to one of them, and so do receipts",
    () =>
      Effect.gen(function* () {
        const { database } = yield* newDatabase
        const processes = Array.from({ length: 3 }, (_, index) => `process ${index}`)
        const won = yield* Effect.promise(() =>
          Promise.all(
            processes.map(
              (owner) =>
                new Promise<{ readonly claims: number; readonly receipts: number }>(
                  (resolve, reject) => {
                    const child = fork(script, [database, owner], {
                      stdio: ["ignore", "ignore", "inherit", "ipc"],
                    })
                    child.once("message", resolve)
                    child.once("exit", () => reject(new Error(`${owner} ended without an answer`)))
                  },
                ),
            ),
          ),
        )
        const sum = (what: "claims" | "receipts") =>
          won.reduce((total, one) => total + one[what], 0)
        assert.strictEqual(sum("claims"), contested)
        assert.strictEqual(sum("receipts"), contested)
      }),
    60_000,
  )
})
