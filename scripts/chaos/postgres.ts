/** A database of its own on a PostgreSQL server, for one run. */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"

const server = process.env["CHAOS_POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/postgres"

const connected = Layer.build(
  PgClient.layer({ url: Redacted.make(server), maxConnections: 1 }),
).pipe(
  Effect.map((context) => Context.get(context, SqlClient.SqlClient)),
  Effect.tap((sql) => sql`SELECT 1`),
)

/** The URL of a new database, dropped when the scope closes; nothing where there is no server. */
export const newDatabase = (name: string) =>
  Effect.gen(function* () {
    const sql = yield* connected
    yield* Effect.acquireRelease(sql`CREATE DATABASE ${sql(name)}`, () =>
      Effect.orDie(sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`),
    )
    const url = new URL(server)
    url.pathname = `/${name}`
    return url.href
  }).pipe(
    Effect.map(Option.some),
    Effect.catchTag("SqlError", () => Effect.succeed(Option.none<string>())),
  )
