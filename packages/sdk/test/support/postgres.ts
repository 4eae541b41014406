/** A real PostgreSQL server for tests that share something through it. */
import { describe } from "@effect/vitest"
import { randomUUID } from "node:crypto"
import { connect } from "node:net"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type { VisaError } from "../../src/VisaError.ts"
import * as Database from "../../src/payouts/Database.ts"

const postgresAddress = { host: "127.0.0.1", port: 5432 } as const

const answers = await new Promise<boolean>((resolve) => {
  const socket = connect({ ...postgresAddress, timeout: 2_000 })
  const end = (found: boolean) => () => {
    socket.destroy()
    resolve(found)
  }
  socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false))
})

const where = `${postgresAddress.host}:${postgresAddress.port}`

if (!answers && process.env["CI"] !== "true") {
  process.stderr.write(`\nNO POSTGRESQL at ${where}: the tests that need one are SKIPPED.\n\n`)
}

/**
 * `describe` for tests that need PostgreSQL: without one they are skipped, and say so; under `CI=true`
 * they run and fail.
 */
export const describeWithPostgres = (name: string, tests: () => void): void => {
  describe.skipIf(!answers && process.env["CI"] !== "true")(
    `${name} (PostgreSQL at ${where})`,
    () => {
      tests()
    },
  )
}

const server = { ...postgresAddress, username: "postgres" }

const withServer = (statement: string) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql.unsafe(statement)
  }).pipe(
    Effect.provide(PgClient.layer({ ...server, database: "postgres", maxConnections: 1 })),
    Effect.orDie,
  )

/** Options for a new database on that server, which is dropped when the scope closes. */
export const newDatabase = Effect.acquireRelease(
  Effect.gen(function* () {
    const database = `visa_direct_test_${randomUUID().replaceAll("-", "")}`
    yield* withServer(`CREATE DATABASE ${database}`)
    return { ...server, database }
  }),
  ({ database }) => withServer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
)

/** A new database, dropped with the layer. */
export const postgres: Layer.Layer<Database.Services, VisaError> = Layer.unwrap(
  Effect.map(newDatabase, Database.layerPostgres),
)
