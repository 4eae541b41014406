/**
 * The SQL database of payouts: claims, balances, counters, and the workflows themselves.
 *
 * Two kinds, with the same statements and the same guarantees while a process lives and dies:
 *
 * - {@link layerEmbedded}: PGlite, PostgreSQL as a library, in a folder. For one process. It needs
 *   the packages `@electric-sql/pglite`, `@electric-sql/pglite-socket` and `@effect/sql-pg`.
 * - {@link layerPostgres}: a PostgreSQL server, for any number of processes. It needs
 *   `@effect/sql-pg`.
 *
 * Both provide `SqlClient`, which is all that `Claims.layerSql` and its like ask for, and with which
 * Effect's cluster can keep its workflows: `SingleRunner.layer({ runnerStorage: "memory" })` on the
 * embedded one (it has one connection, which a runner storage in SQL would hold for itself), any
 * runner on a server. Tables are made and brought up to date by the layers that use them.
 *
 * This module is not part of the package's main entry, because the packages that it needs are
 * optional: import it from `effect-visa-direct/payouts/Database`.
 *
 * @example no-run
 * import { Effect, Layer } from "effect"
 * import { Claims } from "effect-visa-direct"
 * import * as Database from "effect-visa-direct/payouts/Database"
 *
 * const claims = Claims.layerSql.pipe(Layer.provide(Database.layerEmbedded({ folder: "./payouts" })))
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { PgClient } from "@effect/sql-pg"
import { Config, Context, Effect, FileSystem, Layer, Option } from "effect"
import type { Scope } from "effect"
import { SqlClient } from "effect/sql"
import { lockFolder } from "../internal/folderLock.ts"
import { optionInvalid } from "../internal/optionInvalid.ts"
import { storeUnavailable } from "../internal/storeFailure.ts"
import { VisaError } from "../VisaError.ts"

/** What both kinds provide. */
export type Services = SqlClient.SqlClient | PgClient.PgClient

export interface EmbeddedOptions {
  /**
   * Where the database lies. It is made when it is not there. One process at a time can have it: a
   * second one is refused, and a killed one does not stand in the way of the next.
   */
  readonly folder: string
}

const openFailed = (error: unknown): VisaError =>
  VisaError.of("StoreUnavailable", {
    field: "folder",
    detail: `The embedded database could not be opened: ${error instanceof Error ? error.message : "it gave no reason"}`,
  })

// Loaded here and not at the top: who uses a server need not install it.
const openPglite = (dataDir: string) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: async () => {
        const { PGlite } = await import("@electric-sql/pglite")
        return await PGlite.create(dataDir)
      },
      catch: openFailed,
    }),
    (database) => Effect.promise(() => database.close()),
  )

/**
 * PGlite behind a socket that nobody else can reach: in a new folder that only this user may enter.
 * A TCP port would let in every user of the machine, because PGlite asks for no password.
 */
const serve = Effect.fnUntraced(function* (
  dataDir: string,
): Effect.fn.Return<string, VisaError, Scope.Scope | FileSystem.FileSystem> {
  const files = yield* FileSystem.FileSystem
  const database = yield* openPglite(dataDir)
  const folder = yield* files
    .makeTempDirectoryScoped({ prefix: "visa-direct-" })
    .pipe(Effect.mapError(openFailed))
  const path = `${folder}/socket`
  yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: async () => {
        const { PGLiteSocketServer } = await import("@electric-sql/pglite-socket")
        // One for queries, and room for those that replace it or ask to cancel.
        const server = new PGLiteSocketServer({ db: database, path, maxConnections: 8 })
        await server.start()
        return server
      },
      catch: openFailed,
    }),
    (server) => Effect.promise(() => server.stop()),
  )
  return path
})

const connect = (config: PgClient.PgPoolConfig): Layer.Layer<Services, VisaError> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const context = yield* Layer.build(PgClient.layer(config))
      // The pool connects when it is first used; a server that is not there is better found now.
      yield* Context.get(context, SqlClient.SqlClient)`SELECT 1`
      return context
    }).pipe(Effect.catchTag("SqlError", storeUnavailable("PostgreSQL"))),
  )

const embedded = (
  dataDir: Effect.Effect<string, VisaError, Scope.Scope | FileSystem.FileSystem>,
): Layer.Layer<Services, VisaError> =>
  Layer.unwrap(
    Effect.map(Effect.flatMap(dataDir, serve), (path) =>
      connect({
        path,
        username: "postgres",
        database: "postgres",
        // All connections share one session of PGlite: with two, one would see into the transaction
        // of the other.
        minConnections: 1,
        maxConnections: 1,
      }),
    ),
  ).pipe(Layer.provide(NodeFileSystem.layer))

/**
 * An embedded database. It survives the death of the process at any moment (`kill -9`). It does not
 * wait for the disk, so a machine that loses its power can lose what was last written: where that
 * must not happen, use a server. Not on Windows, which has no sockets in folders.
 *
 * Fails with `OptionInvalid` when another process has the folder, and with `StoreUnavailable` when
 * the folder cannot be opened.
 */
export const layerEmbedded = ({ folder }: EmbeddedOptions): Layer.Layer<Services, VisaError> =>
  embedded(
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      yield* Effect.mapError(
        files.makeDirectory(folder, { recursive: true, mode: 0o700 }),
        openFailed,
      )
      yield* lockFolder(folder)
      return `${folder}/database`
    }),
  )

/** An embedded database in memory, gone with the layer: for tests. */
export const layerEmbeddedMemory: Layer.Layer<Services, VisaError> = embedded(
  Effect.succeed("memory://"),
)

/**
 * A PostgreSQL server. The options are those of `PgClient.layer`; an `url` such as
 * `postgres://user:password@host/database` is enough. Fails with `StoreUnavailable` when it cannot be
 * reached.
 */
export const layerPostgres: (options: PgClient.PgPoolConfig) => Layer.Layer<Services, VisaError> =
  connect

/**
 * Reads `VISA_DIRECT_DATABASE_URL`, the URL of a PostgreSQL server, or `VISA_DIRECT_DATABASE_FOLDER`,
 * the folder of an embedded database. Fails with `OptionInvalid` unless exactly one of them is there.
 */
export const layerConfig: Layer.Layer<Services, VisaError> = Layer.unwrap(
  Effect.gen(function* () {
    const { folder, url } = yield* Config.all({
      url: Config.option(Config.Redacted("VISA_DIRECT_DATABASE_URL")),
      folder: Config.option(Config.String("VISA_DIRECT_DATABASE_FOLDER")),
    }).pipe(Effect.mapError(optionInvalid))
    if (Option.isSome(url) && Option.isNone(folder)) return layerPostgres({ url: url.value })
    if (Option.isSome(folder) && Option.isNone(url)) return layerEmbedded({ folder: folder.value })
    return yield* VisaError.of("OptionInvalid", {
      field: "VISA_DIRECT_DATABASE_URL or VISA_DIRECT_DATABASE_FOLDER",
      detail: "Give one of the two",
    })
  }),
)
