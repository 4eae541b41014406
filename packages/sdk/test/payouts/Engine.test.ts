/** Payouts whose workflows lie in a database: what is there, and what a new process makes of it. */
import { randomBytes } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { Simulator } from "effect-visa-direct-simulator"
import * as Database from "../../src/payouts/Database.ts"
import * as Engine from "../../src/payouts/Engine.ts"
import { Payouts } from "../../src/payouts/Payouts.ts"
import { WorkList } from "../../src/payouts/WorkList.ts"
import { describeWithPostgres, newDatabase } from "../support/postgres.ts"
import { oneKey, oneReceipt, receipts, twoPayoutsOfOneKey } from "../support/races.ts"
import { deposited, originator, toAccount, toCard } from "../support/saga.ts"
import { approvedCard, simulated } from "../support/simulated.ts"

const newKey = () => Redacted.make(randomBytes(32).toString("base64"))

const keys = () => ({ vault: { key: newKey() }, fingerprint: { key: newKey() } })

const asking = {
  polling: Schedule.max([Schedule.spaced("5 millis"), Schedule.recurs(3)]),
} as const

const newFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "visa-direct-engine-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

/** A process of its own, as far as a test can have one: everything is made anew. */
const started = (options: Omit<Engine.EmbeddedOptions, "originator">) =>
  Layer.effectDiscard(deposited).pipe(
    Layer.provideMerge(
      Layer.fresh(
        Layer.unwrap(
          Effect.map(originator, (known) =>
            Engine.layerEmbedded({ originator: known, asking, ...options }),
          ),
        ),
      ),
    ),
  )

/** What of a payout must never be on a disk. The quote keeps times of the clock out of the hits. */
const canaries = [approvedCard, '"6970093', "Jessica"]

/** Which of the words are in the bytes, as text or as hexadecimal digits. */
const foundIn = (bytes: string, words: ReadonlyArray<string>): ReadonlyArray<string> =>
  words.filter((word) =>
    [word, Buffer.from(word).toString("hex")].some((shape) => bytes.includes(shape)),
  )

/** Every row of every table, in the words of a dump. */
const dump = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const tables = yield* sql<{ readonly name: string }>`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`
  const rows = yield* Effect.forEach(tables, ({ name }) =>
    sql.unsafe<{ readonly line: string }>(`SELECT t::text AS line FROM ${name} t`),
  )
  return rows
    .flat()
    .map(({ line }) => line)
    .join("\n")
})

const filesOf = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n")

/** Visa commits the next push, loses the answer, and answers no query. */
const silent = Effect.gen(function* () {
  const simulator = yield* Simulator
  yield* simulator.inject({
    kind: "dropAfterCommit",
    match: { endpoint: "PushFunds" },
    times: 1,
  })
  yield* simulator.inject({ kind: "dropBeforeCommit", match: { endpoint: "TransactionQuery" } })
  return simulator
})

const toBoth = Effect.gen(function* () {
  yield* Payouts.execute(yield* toCard("KEY-OF-CARD"))
  yield* Payouts.execute(yield* toAccount("KEY-OF-ACCOUNT"))
  return yield* dump
})

describe("Payouts in a folder", () => {
  it.live(
    "end once: a new process joins what the one before has settled, and its files hold no canary",
    () =>
      Effect.gen(function* () {
        const options = { folder: yield* newFolder, ...keys() }
        const rows = yield* Effect.provide(toBoth, started(options))
        assert.deepStrictEqual(foundIn(rows, ["KEY-OF-CARD", "KEY-OF-ACCOUNT"]), [
          "KEY-OF-CARD",
          "KEY-OF-ACCOUNT",
        ])
        assert.deepStrictEqual(foundIn(rows, canaries), [])
        const files = filesOf(options.folder)
        assert.deepStrictEqual(foundIn(files, ["KEY-OF-CARD"]), ["KEY-OF-CARD"])
        assert.deepStrictEqual(foundIn(files, canaries), [])

        const again = yield* toCard("KEY-OF-CARD").pipe(
          Effect.flatMap(Payouts.execute),
          Effect.provide(started(options)),
        )
        assert.strictEqual(again.payout, "KEY-OF-CARD")
        const simulator = yield* Simulator
        assert.strictEqual((yield* simulator.ledger.entries({ kind: "push" })).length, 1)
      }).pipe(Effect.provide(simulated())),
    60_000,
  )

  it.live(
    "stay on the work list over a restart, where the schedule of the next process settles them",
    () =>
      Effect.gen(function* () {
        const options = { folder: yield* newFolder, ...keys() }
        const simulator = yield* silent
        const error = yield* toCard("lost").pipe(
          Effect.flatMap(Payouts.execute),
          Effect.flip,
          Effect.provide(started(options)),
        )
        assert.strictEqual(error._tag, "PayoutUnknown")

        yield* simulator.clearFaults
        const resolver = { every: "50 millis" } as const
        const settled = yield* Effect.gen(function* () {
          const list = yield* WorkList
          assert.isTrue(Option.isSome(yield* list.find("lost")))
          // Half a minute before its time.
          yield* list.hasten("lost")
          yield* Effect.repeat(Payouts.poll("lost"), {
            schedule: Schedule.spaced("20 millis"),
            until: Option.exists(({ _tag }) => _tag === "Settled"),
          })
          return yield* Payouts.execute(yield* toCard("lost"))
        }).pipe(Effect.provide(started({ ...options, resolver })))
        assert.strictEqual(settled.via, "query")
        assert.strictEqual((yield* simulator.ledger.entries({ kind: "push" })).length, 1)
      }).pipe(Effect.provide(simulated())),
    60_000,
  )

  it.live(
    "wait on the work list while the key of the vault is lost, and go on once it is back",
    () =>
      Effect.gen(function* () {
        const options = { folder: yield* newFolder, ...keys() }
        const simulator = yield* silent
        yield* toCard("sealed").pipe(
          Effect.flatMap(Payouts.execute),
          Effect.flip,
          Effect.provide(started(options)),
        )
        yield* simulator.clearFaults

        const resolver = { every: "50 millis" } as const
        const found = yield* Effect.gen(function* () {
          const list = yield* WorkList
          yield* list.hasten("sealed")
          return yield* Effect.repeat(list.list(), {
            schedule: Schedule.spaced("20 millis"),
            until: (items) => items.some(({ reason }) => reason === "SealUnopened"),
          })
        }).pipe(Effect.provide(started({ ...options, vault: { key: newKey() }, resolver })))
        assert.isTrue(found.every(({ payout }) => payout === "sealed"))

        const settled = yield* Effect.gen(function* () {
          const list = yield* WorkList
          yield* list.hasten("sealed")
          yield* Effect.repeat(Payouts.poll("sealed"), {
            schedule: Schedule.spaced("20 millis"),
            until: Option.exists(({ _tag }) => _tag === "Settled"),
          })
          // The next round of the resolver sees that nothing is left to do.
          // It can have left the list by itself.
          yield* Effect.ignore(list.hasten("sealed"))
          yield* Effect.repeat(list.list(), {
            schedule: Schedule.spaced("20 millis"),
            until: (items) => items.length === 0,
          })
          return yield* Payouts.execute(yield* toCard("sealed"))
        }).pipe(Effect.provide(started({ ...options, resolver })))
        assert.strictEqual(settled.via, "query")
        assert.strictEqual((yield* simulator.ledger.entries({ kind: "push" })).length, 1)
      }).pipe(Effect.provide(simulated())),
    90_000,
  )
})

/** Machines that share one server and one set of keys. */
const machines = Effect.gen(function* () {
  const database = yield* newDatabase
  const known = yield* originator
  const shared = keys()
  return (owner: string) =>
    Engine.layerPostgres({
      originator: known,
      asking,
      owner,
      database: { ...database, maxConnections: 4 },
      overrides: receipts,
      ...shared,
    })
})

describe("A database that is away", () => {
  it.live.each([
    ["cluster_messages", "accepted"],
    ["visa_direct_payout_steps", "under way"],
  ] as const)(
    "at the table %s keeps the callers of a payout that is %s waiting, and nobody who closes the engine",
    ([table]) =>
      Effect.gen(function* () {
        const options = { folder: yield* newFolder, ...keys() }
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          // Counts in a sequence: what a statement that fails has drawn from it is not undone.
          yield* sql`CREATE SEQUENCE refused`
          yield* sql`
            CREATE FUNCTION away() RETURNS TRIGGER LANGUAGE plpgsql
            AS 'BEGIN RAISE EXCEPTION ''away %'', nextval(''refused''); END'`
          yield* sql`
            CREATE TRIGGER away BEFORE INSERT ON ${sql(table)} EXECUTE FUNCTION away()`
          const waiting = yield* Effect.forkChild(Payouts.execute(yield* toCard("waits")))
          const refused = sql<{ readonly is_called: boolean }>`SELECT is_called FROM refused`
          yield* Effect.repeat(refused, {
            schedule: Schedule.spaced("20 millis"),
            until: ([sequence]) => sequence?.is_called === true,
          })
          assert.isUndefined(waiting.pollUnsafe())
        }).pipe(Effect.provide(started(options)))

        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql`DROP TRIGGER away ON ${sql(table)}`
        }).pipe(Effect.provide(Database.layerEmbedded(options)))
        yield* toCard("waits").pipe(
          Effect.flatMap(Payouts.execute),
          Effect.provide(started(options)),
        )
        const simulator = yield* Simulator
        assert.strictEqual((yield* simulator.ledger.entries({ kind: "push" })).length, 1)
      }).pipe(Effect.provide(simulated())),
    60_000,
  )

  it.live(
    "keeps nobody waiting at the end of a payout, whose steps are stored",
    () =>
      Effect.gen(function* () {
        const options = { folder: yield* newFolder, ...keys() }
        const settled = yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql`ALTER TABLE cluster_replies RENAME TO away`
          return yield* Payouts.execute(yield* toCard("ended"))
        }).pipe(Effect.provide(started(options)))

        yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql`ALTER TABLE away RENAME TO cluster_replies`
        }).pipe(Effect.provide(Database.layerEmbedded(options)))
        const again = yield* toCard("ended").pipe(
          Effect.flatMap(Payouts.execute),
          Effect.provide(started(options)),
        )
        assert.deepStrictEqual(again, settled)
        const simulator = yield* Simulator
        assert.strictEqual((yield* simulator.ledger.entries({ kind: "push" })).length, 1)
      }).pipe(Effect.provide(simulated())),
    60_000,
  )

  it.live(
    "is a typed error for who asks how a payout stands",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`ALTER TABLE cluster_messages RENAME TO away`
        const error = yield* Effect.flip(Payouts.poll("some"))
        assert.strictEqual(error.reason._tag, "StoreUnavailable")
        assert.strictEqual(
          error.reason.detail,
          "The engine's database failed with PersistenceError",
        )
      }).pipe(
        Effect.provide(
          Layer.unwrap(Effect.map(newFolder, (folder) => started({ folder, ...keys() }))).pipe(
            Layer.provide(simulated()),
          ),
        ),
      ),
    60_000,
  )
})

describeWithPostgres("Payouts on a server", () => {
  it.live(
    "find their tables made, also where eight machines start at once on a new database",
    () =>
      Effect.gen(function* () {
        const machine = yield* machines
        for (let round = 0; round < 3; round++) {
          yield* Effect.forEach(
            Array.from({ length: 8 }, (_, index) => `machine-${round}-${index}`),
            (owner) => Layer.build(machine(owner)),
            { concurrency: "unbounded" },
          )
        }
      }).pipe(Effect.scoped, Effect.provide(simulated())),
    60_000,
  )

  it.live(
    "are made once for a thousand callers: of one key, and of one receipt",
    () =>
      Effect.gen(function* () {
        const machine = yield* machines
        const pay = Effect.gen(function* () {
          yield* deposited
          yield* oneKey
          yield* twoPayoutsOfOneKey
          yield* oneReceipt
        })
        yield* Effect.provide(pay, machine("machine"))
      }).pipe(Effect.provide(simulated())),
    120_000,
  )

  it.live(
    "leave no canary in its tables",
    () =>
      Effect.gen(function* () {
        const database = yield* newDatabase
        const server = Layer.effectDiscard(deposited).pipe(
          Layer.provideMerge(
            Engine.layerPostgres({
              originator: yield* originator,
              asking,
              database,
              ...keys(),
            }),
          ),
        )
        const rows = yield* Effect.provide(toBoth, server)
        assert.deepStrictEqual(foundIn(rows, ["KEY-OF-CARD"]), ["KEY-OF-CARD"])
        assert.deepStrictEqual(foundIn(rows, canaries), [])
      }).pipe(Effect.provide(simulated())),
    60_000,
  )
})
