/** Payouts of a process in the tables of the cluster: theirs for a lease, and then whoever's. */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option, Schedule, Schema } from "effect"
import { RunnerHealth, Runners, RunnerStorage, Sharding, ShardingConfig } from "effect/cluster"
import { SqlClient } from "effect/sql"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { layer as batchedStorage } from "../../src/internal/batchedStorage.ts"
import { EngineStop } from "../../src/internal/engineStop.ts"
import { Executions } from "../../src/internal/executions.ts"
import * as Sql from "../../src/internal/executionsSql.ts"
import type { Accepted } from "../../src/internal/saga.ts"
import { layerTable } from "../../src/internal/storedSteps.ts"
import * as Database from "../../src/payouts/Database.ts"
import { PayoutEvents } from "../../src/payouts/PayoutEvents.ts"
import { PayoutRefused } from "../../src/payouts/PayoutResult.ts"
import { Sealed } from "../../src/payouts/PayoutVault.ts"
import type { Ending } from "../../src/payouts/PayoutWorkflow.ts"
import { VisaError } from "../../src/VisaError.ts"
import { toCard } from "../support/saga.ts"

/** A process of its own on the database of the test. Nobody is registered who would run a payout. */
const process = (options: Partial<Sql.SqlExecutionsOptions> = {}) =>
  Sql.layer({ lease: "600 millis", isAlone: false, ...options }).pipe(
    Layer.provide(layerTable),
    Layer.provideMerge(
      Sharding.layer.pipe(
        Layer.provide(Runners.layerNoop),
        Layer.provideMerge(batchedStorage),
        Layer.provide([RunnerStorage.layerMemory, RunnerHealth.layerNoop, NodeCrypto.layerDigest]),
        Layer.provide(ShardingConfig.layer()),
        Layer.provide(EngineStop.layer),
      ),
    ),
    Layer.provideMerge(PayoutEvents.layerSql),
    Layer.fresh,
  )

const acceptedAs = (key: string): Accepted => ({
  key,
  fingerprint: "print",
  sealed: Sealed.make("sealed"),
  acceptedAt: 0,
})

const endingOf = (key: string): Ending => ({
  fingerprint: "print",
  result: PayoutRefused.of(key, "policy", VisaError.of("PolicyRefused")),
})

const accept = Effect.fnUntraced(function* (key: string) {
  const executions = yield* Executions
  return yield* executions.accept(key, acceptedAs(key), yield* toCard(key))
})

const mine = Effect.fnUntraced(function* (key: string) {
  const found = yield* accept(key)
  return found._tag === "Mine" ? found.kept : assert.fail(found._tag)
})

interface Message {
  readonly due: number | null
  readonly processed: boolean
}

const messageOf = Effect.fnUntraced(function* (key: string) {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<Message>`
    SELECT deliver_at::FLOAT8 AS due, processed FROM cluster_messages WHERE entity_id = ${key}`
  return found ?? assert.fail("there is no message")
})

layer(Database.layerEmbeddedMemory, { excludeTestServices: true, timeout: "60 seconds" })(
  "An execution in the tables of the cluster",
  (it) => {
    it.effect("is its process's, as long as that gives signs of life", () =>
      Effect.gen(function* () {
        const before = Date.now()
        yield* mine("renewed")
        assert.strictEqual((yield* accept("renewed"))._tag, "Elsewhere")
        const { due } = yield* messageOf("renewed")
        assert.isAtLeast(due ?? 0, before + 600)
        const later = yield* Effect.repeat(messageOf("renewed"), {
          schedule: Schedule.spaced("20 millis"),
          until: (message) => message.due !== due,
        })
        assert.isAbove(later.due ?? 0, due ?? 0)
        assert.isFalse(later.processed)
      }).pipe(Effect.provide(process())),
    )

    it.effect("ends for every process, with the same result, and at once for its own", () =>
      Effect.gen(function* () {
        const ending = endingOf("ended")
        yield* Effect.gen(function* () {
          const kept = yield* mine("ended")
          yield* kept.end(ending)
          const executions = yield* Executions
          assert.deepStrictEqual(yield* executions.find("ended"), Option.some(ending))
          assert.deepStrictEqual(yield* accept("ended"), { _tag: "Ended", ending })
        }).pipe(Effect.provide(process()))
        // Closing the process has waited for it.
        assert.isTrue((yield* messageOf("ended")).processed)
        const found = yield* Effect.provide(accept("ended"), process())
        assert.strictEqual(found._tag, "Ended")
        assert.deepStrictEqual(found._tag === "Ended" && found.ending, ending)
      }),
    )

    it.effect("is its process's also where the answer to its storing was lost", () =>
      Effect.gen(function* () {
        let lost = 0
        const client = yield* SqlClient.SqlClient
        const losing = (sql: SqlClient.SqlClient): SqlClient.SqlClient =>
          new Proxy(sql, {
            apply: (target, self, args) => {
              const statement = Reflect.apply(target, self, args)
              const [text] = typeof statement.compile === "function" ? statement.compile() : [""]
              if (lost > 0 || !String(text).includes("INSERT INTO cluster_messages")) {
                return statement
              }
              const away = new SqlError({ reason: new ConnectionError({ cause: "away" }) })
              const done: Effect.Effect<unknown> = statement.unprepared
              const unprepared = Effect.suspend(() => {
                lost += 1
                return Effect.andThen(done, Effect.fail(away))
              })
              return { unprepared }
            },
            get: (target, name, receiver) =>
              name === "withoutTransforms"
                ? () => losing(target.withoutTransforms())
                : Reflect.get(target, name, receiver),
          })
        const found = yield* accept("lost").pipe(
          Effect.provide(process()),
          Effect.provideService(SqlClient.SqlClient, losing(client)),
        )
        assert.strictEqual(lost, 1)
        assert.strictEqual(found._tag, "Mine")
      }),
    )

    it.effect("is due at once when it is handed over, before the engine is told", () =>
      Effect.gen(function* () {
        const kept = yield* mine("handed")
        let seen: Message | undefined
        const sql = yield* SqlClient.SqlClient
        const look = Effect.map(messageOf("handed"), (message) => {
          seen = message
        })
        yield* kept.handOver(Effect.orDie(Effect.provideService(look, SqlClient.SqlClient, sql)))
        assert.deepStrictEqual(seen, { due: null, processed: false })
      }).pipe(Effect.provide(process())),
    )

    it.effect("that a process left behind is due when one comes that is alone", () =>
      Effect.gen(function* () {
        const leave = (key: string) => Effect.provide(mine(key), process({ lease: "1 hour" }))
        yield* leave("left")
        assert.isNotNull((yield* messageOf("left")).due)
        yield* Effect.scoped(Layer.build(process({ isAlone: true })))
        assert.isNull((yield* messageOf("left")).due)
      }),
    )

    it.effect("stores what a step tells with what it brought, and keeps what was there first", () =>
      Effect.gen(function* () {
        const kept = yield* mine("told")
        const event = { _tag: "CardInspected", payout: "told", at: 1 } as const
        const remember = (value: string) =>
          kept.remember("preflight", Schema.String, value, [event])
        assert.strictEqual(yield* remember("first"), "first")
        assert.strictEqual(yield* remember("second"), "first")
        const events = yield* PayoutEvents
        assert.deepStrictEqual(yield* events.trail("told"), [event])
      }).pipe(Effect.provide(process())),
    )
  },
)
