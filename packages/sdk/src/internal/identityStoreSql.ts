/** The counts of trace numbers in PostgreSQL and PGlite, for all processes that share the database. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Reserve } from "../TransactionIdentity.ts"
import type { VisaError } from "../VisaError.ts"
import { migrated } from "./migrate.ts"
import { first, step } from "./sqlStore.ts"

const createTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE visa_direct_identities (
      key TEXT PRIMARY KEY,
      count BIGINT NOT NULL,
      drawn_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
    )`
})

/**
 * Makes the table where it is missing. A process that keeps its counts in memory starts anew at the place
 * that belongs to the time of day, and can so come upon numbers that an earlier one gave out: one that
 * pays from a database must not.
 */
export const makeSqlReserve: Effect.Effect<Reserve, VisaError, SqlClient.SqlClient> = Effect.gen(
  function* () {
    const sql = yield* migrated("identities", { "0001_identities": createTables })
    return (key, size) =>
      step(
        Effect.map(
          first(sql<{ readonly before: number }>`
            INSERT INTO visa_direct_identities AS drawn (key, count) VALUES (${key}, ${size})
            ON CONFLICT (key) DO UPDATE
            SET count = drawn.count + excluded.count, drawn_at = clock_timestamp()
            RETURNING (count - ${size}::BIGINT)::FLOAT8 AS before`),
          (row) => row?.before ?? 0,
        ),
      )
  },
)
