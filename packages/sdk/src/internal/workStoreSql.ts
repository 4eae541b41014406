/** The work list in PostgreSQL and PGlite. */
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql"
import type { VisaError } from "../VisaError.ts"
import { migrated } from "./migrate.ts"
import { storeUnavailable } from "./storeFailure.ts"
import { OpenStep } from "./workStore.ts"
import type { WorkStore } from "./workStore.ts"

const createTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE visa_direct_work (
      payout TEXT NOT NULL,
      step TEXT NOT NULL,
      since BIGINT NOT NULL,
      next_at BIGINT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (payout, step)
    )`
  yield* sql`CREATE INDEX visa_direct_work_next_at ON visa_direct_work (next_at)`
})

const StepJson = Schema.fromJsonString(Schema.toCodecJson(OpenStep))
const encode = Schema.encodeSync(StepJson)
const decode = Schema.decodeSync(StepJson)

// The driver gives a 64-bit integer as text.
interface Row {
  readonly body: string
  readonly next_at: string
}

const stepsOf = (rows: ReadonlyArray<Row>): ReadonlyArray<OpenStep> =>
  rows.map(({ body, next_at }) => ({ ...decode(body), nextAt: Number(next_at) }))

/** Makes the table where it is missing. */
export const makeSqlWork: Effect.Effect<WorkStore, VisaError, SqlClient.SqlClient> = Effect.gen(
  function* () {
    const sql = yield* migrated("work", { "0001_work": createTables })

    const unavailable = <A, R>(
      self: Effect.Effect<A, SqlError.SqlError, R>,
    ): Effect.Effect<A, VisaError, R> =>
      Effect.catchTag(self, "SqlError", storeUnavailable("The database"))

    return {
      put: (open) =>
        unavailable(
          Effect.asVoid(sql`
            INSERT INTO visa_direct_work (payout, step, since, next_at, body)
            VALUES (${open.payout}, ${open.step}, ${open.since}, ${open.nextAt}, ${encode(open)})
            ON CONFLICT (payout, step) DO UPDATE
            SET since = excluded.since, next_at = excluded.next_at, body = excluded.body`),
        ),
      close: (payout, step) =>
        unavailable(
          Effect.asVoid(
            sql`DELETE FROM visa_direct_work WHERE payout = ${payout} AND step = ${step}`,
          ),
        ),
      find: (payout) =>
        unavailable(
          Effect.map(
            sql<Row>`SELECT body, next_at FROM visa_direct_work WHERE payout = ${payout} LIMIT 1`,
            (rows) => stepsOf(rows)[0],
          ),
        ),
      hasten: (payout, at) =>
        unavailable(
          Effect.map(
            sql`
              UPDATE visa_direct_work SET next_at = LEAST(next_at, ${at})
              WHERE payout = ${payout} RETURNING step`,
            (rows) => rows.length > 0,
          ),
        ),
      list: (limit) =>
        unavailable(
          Effect.map(
            sql<Row>`SELECT body, next_at FROM visa_direct_work ORDER BY since LIMIT ${limit}`,
            stepsOf,
          ),
        ),
      due: (now, limit) =>
        unavailable(
          Effect.map(
            sql<Row>`
              SELECT body, next_at FROM visa_direct_work WHERE next_at <= ${now}
              ORDER BY next_at LIMIT ${limit}`,
            stepsOf,
          ),
        ),
      summary: unavailable(
        Effect.map(
          sql<{ readonly count: number; readonly oldest: string | null }>`
            SELECT COUNT(*)::INTEGER AS count, MIN(since) AS oldest FROM visa_direct_work`,
          ([row]) => ({
            count: row?.count ?? 0,
            // The driver gives a 64-bit integer as text.
            oldest: row?.oldest === null || row === undefined ? undefined : Number(row.oldest),
          }),
        ),
      ),
    }
  },
)
