/** The cluster's tables and what is added to them: made once, whoever comes, and when. */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { ShardingConfig, SqlMessageStorage } from "effect/cluster"
import { SqlClient } from "effect/sql"
import { layer as batchedStorage } from "../../src/internal/batchedStorage.ts"
import { EngineStop } from "../../src/internal/engineStop.ts"
import * as Database from "../../src/payouts/Database.ts"
import { describeWithPostgres, newDatabase } from "../support/postgres.ts"

const needs = Layer.mergeAll(NodeCrypto.layerDigest, ShardingConfig.layer(), EngineStop.layer)

const machines = 8

/** A new database with the tables of the cluster, without what is added to them. */
const withTables = Effect.gen(function* () {
  const options = { ...(yield* newDatabase), maxConnections: 3 }
  const database = Layer.fresh(Database.layerPostgres(options))
  const tables = SqlMessageStorage.layer.pipe(Layer.provide([needs, database]))
  yield* Effect.scoped(Layer.build(tables))
  return {
    database,
    machine: Layer.fresh(batchedStorage.pipe(Layer.provide([needs, database]))),
  }
})

describeWithPostgres("The batched storage", () => {
  it.live(
    "starts on all of many machines that come to make the index at the same moment",
    () =>
      Effect.gen(function* () {
        const { database, machine } = yield* withTables
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const starting = yield* sql.withTransaction(
            Effect.gen(function* () {
              // Holds all of them at the last step before the index, and lets them go together.
              yield* sql`LOCK TABLE cluster_messages IN ROW EXCLUSIVE MODE`
              const fibers = yield* Effect.forEach(Array.from({ length: machines }), () =>
                Effect.forkScoped(Layer.build(machine)),
              )
              const waiting = sql<{ readonly count: number }>`
                SELECT count(DISTINCT pid)::INTEGER AS count FROM pg_locks
                WHERE NOT granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
              yield* Effect.repeat(waiting, { until: ([found]) => found?.count === machines })
              return fibers
            }),
          )
          assert.lengthOf(yield* Fiber.joinAll(starting), machines)
        }).pipe(Effect.provide(database))
      }).pipe(Effect.scoped),
    60_000,
  )

  it.live(
    "starts on a database that had the index before it had the migration",
    () =>
      Effect.gen(function* () {
        const { database, machine } = yield* withTables
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql`
            CREATE INDEX cluster_messages_open ON cluster_messages (rowid) WHERE processed = FALSE`
        }).pipe(Effect.provide(database))
        assert.isDefined(yield* Layer.build(machine))
      }).pipe(Effect.scoped),
    60_000,
  )
})
