import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Fiber, FileSystem, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Database from "../../src/payouts/Database.ts"

const newFolder = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  return `${yield* files.makeTempDirectoryScoped()}/payouts`
}).pipe(Effect.provide(NodeFileSystem.layer))

const script = fileURLToPath(new URL("../support/databaseProcess.ts", import.meta.url))

/** Another process that has the folder and has stored rows up to the answer, and is still at it. */
const otherProcess = (folder: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = fork(script, [folder], { stdio: ["ignore", "ignore", "inherit", "ipc"] })
      const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
      let stored = -1
      await new Promise<void>((resolve, reject) => {
        child.on("message", (id: number) => {
          stored = id
          if (id >= 20) resolve()
        })
        child.once("exit", () =>
          reject(new Error("the process ended before it had stored anything")),
        )
      })
      return {
        kill: Effect.promise(async () => {
          child.kill("SIGKILL")
          await exited
          return stored
        }),
      }
    }),
    ({ kill }) => kill,
  )

const open = (folder: string) => Effect.provide(Database.layerEmbedded({ folder }))

const built = (env: { readonly [name: string]: string }) =>
  Effect.void.pipe(
    Effect.provide(
      Database.layerConfig.pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))),
      ),
    ),
  )

describe("an embedded database in a folder", () => {
  // One after another on one folder: to make a database takes seconds.
  it.live(
    "keeps what was stored when its process is killed, and is one process's at a time",
    () =>
      Effect.gen(function* () {
        const folder = yield* newFolder
        const { kill } = yield* otherProcess(folder)

        const refusal = yield* Effect.flip(Effect.void.pipe(open(folder)))
        assert.strictEqual(refusal.reason._tag, "OptionInvalid")
        assert.strictEqual(refusal.reason.field, "folder")

        const stored = yield* kill
        const rows = yield* Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          return yield* sql<{ id: number }>`SELECT id FROM notes ORDER BY id`
        }).pipe(open(folder))
        assert.isAtLeast(rows.length, stored + 1)

        // Whoever closes it leaves it free as well, and to nobody but this user.
        yield* built({ VISA_DIRECT_DATABASE_FOLDER: folder })
        const files = yield* FileSystem.FileSystem
        assert.strictEqual((yield* files.stat(folder)).mode & 0o077, 0)
      }).pipe(Effect.provide(NodeFileSystem.layer)),
    60_000,
  )

  it.live("goes on after a statement was interrupted, and undoes its transaction", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE notes (id INTEGER PRIMARY KEY)`
      for (let pauses = 0; pauses < 10; pauses++) {
        const fiber = yield* Effect.forkChild(
          sql.withTransaction(
            Effect.andThen(sql`INSERT INTO notes (id) VALUES (${pauses})`, Effect.never),
          ),
        )
        yield* Effect.replicateEffect(Effect.yieldNow, pauses * 3, { discard: true })
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* sql`SELECT id FROM notes`, [])
      }
    }).pipe(Effect.provide(Database.layerEmbeddedMemory)),
  )

  it.live("is refused where it cannot be made", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.void.pipe(open("/dev/null/payouts")))
      assert.strictEqual(error.reason._tag, "StoreUnavailable")
    }),
  )
})

describe("a database server", () => {
  it.live("that does not answer is named without the password", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.void.pipe(
          Effect.provide(
            Database.layerPostgres({
              url: Redacted.make("postgres://me:hunter2@127.0.0.1:1/payouts"),
            }),
          ),
        ),
      )
      assert.strictEqual(error.reason._tag, "StoreUnavailable")
      assert.notInclude(error.message, "hunter2")
    }),
  )
})

describe("Database.layerConfig", () => {
  it.live.each([
    ["neither", {}],
    [
      "both",
      { VISA_DIRECT_DATABASE_URL: "postgres://127.0.0.1:1/x", VISA_DIRECT_DATABASE_FOLDER: "/x" },
    ],
  ] as const)("wants a server or a folder, and not %s", ([, env]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(built(env))
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      assert.include(error.reason.field, "VISA_DIRECT_DATABASE_URL")
    }),
  )
})
