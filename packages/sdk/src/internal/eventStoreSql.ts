/** Events in PostgreSQL and PGlite. */
import { Effect, Schema } from "effect"
import type { Scope } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql"
import type { VisaError } from "../VisaError.ts"
import { makeChanges } from "./changes.ts"
import type { EventStore, RecordedEvent } from "./eventStore.ts"
import { groupCommit } from "./groupCommit.ts"
import { migrated } from "./migrate.ts"
import { PayoutEvent } from "./payoutEvent.ts"
import { isOfOne, recordset } from "./sqlStore.ts"
import { storeUnavailable } from "./storeFailure.ts"

const createTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE visa_direct_payout_events (
      position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      payout TEXT NOT NULL,
      tag TEXT NOT NULL,
      round INTEGER NOT NULL,
      at BIGINT NOT NULL,
      body TEXT NOT NULL,
      delivered BOOLEAN NOT NULL DEFAULT FALSE,
      UNIQUE (payout, tag, round)
    )`
  yield* sql`
    CREATE INDEX visa_direct_payout_events_undelivered ON visa_direct_payout_events (position)
    WHERE NOT delivered`
})

const EventJson = Schema.fromJsonString(Schema.toCodecJson(PayoutEvent))
const encode = Schema.encodeSync(EventJson)
const decode = Schema.decodeSync(EventJson)

interface Row {
  // The driver gives a 64-bit integer as text.
  readonly position: string
  readonly body: string
}

const recordedOf = ({ body, position }: Row): RecordedEvent => ({
  position: Number(position),
  event: decode(body),
})

/** Makes the table where it is missing. */
export const makeSqlEvents: Effect.Effect<
  EventStore,
  VisaError,
  SqlClient.SqlClient | Scope.Scope
> = Effect.gen(function* () {
  const sql = yield* migrated("payout_events", { "0001_events": createTables })
  const changes = makeChanges()
  const notify = (events: ReadonlyArray<PayoutEvent>) =>
    new Set(events.map(({ payout }) => payout)).forEach(changes.notify)

  const unavailable = <A, R>(
    self: Effect.Effect<A, SqlError.SqlError, R>,
  ): Effect.Effect<A, VisaError, R> =>
    Effect.catchTag(self, "SqlError", storeUnavailable("The database"))

  const statement = (events: ReadonlyArray<PayoutEvent>) => {
    const rows = events.map((event) => ({
      payout: event.payout,
      tag: event._tag as string,
      round: event.round ?? 1,
      at: event.at,
      body: encode(event),
    }))
    const columns = "event (payout TEXT, tag TEXT, round INTEGER, at BIGINT, body TEXT)"
    // In the order in which they happened: that is the order of their positions.
    return sql`
      INSERT INTO visa_direct_payout_events (payout, tag, round, at, body)
      SELECT payout, tag, round, at, body FROM ${recordset(sql, rows, columns)}
      ON CONFLICT (payout, tag, round) DO NOTHING`
  }

  const insert = yield* groupCommit(
    (batches: ReadonlyArray<ReadonlyArray<PayoutEvent>>) =>
      Effect.as(
        statement(batches.flat()),
        batches.map(() => undefined),
      ),
    { max: 128, writers: 1, isOfOne },
  )

  const read: EventStore["read"] = (payout, after) =>
    unavailable(
      Effect.map(
        sql<Row>`
          SELECT position, body FROM visa_direct_payout_events
          WHERE payout = ${payout} AND position > ${after} ORDER BY position`,
        (rows) => rows.map(recordedOf),
      ),
    )

  return {
    append: (events) =>
      events.length === 0
        ? Effect.void
        : Effect.map(unavailable(insert(events)), () => notify(events)),
    read,
    watch: (payout, after, within) => changes.watch(payout, read(payout, after), within),
    undelivered: (limit) =>
      unavailable(
        Effect.map(
          sql<Row>`
            SELECT position, body FROM visa_direct_payout_events
            WHERE NOT delivered ORDER BY position LIMIT ${limit}`,
          (rows) => rows.map(recordedOf),
        ),
      ),
    delivered: (positions) =>
      positions.length === 0
        ? Effect.void
        : unavailable(
            Effect.asVoid(
              sql`
                UPDATE visa_direct_payout_events SET delivered = TRUE
                WHERE position = ANY (${positions}::BIGINT[])`.unprepared,
            ),
          ),
    prune: (ageMillis) =>
      unavailable(
        Effect.map(
          sql<{ readonly count: number }>`
            WITH forgotten AS (
              DELETE FROM visa_direct_payout_events
              WHERE delivered
                AND at <= EXTRACT(EPOCH FROM clock_timestamp()) * 1000 - ${ageMillis}::FLOAT8
              RETURNING 1
            )
            SELECT COUNT(*)::INTEGER AS count FROM forgotten`,
          ([row]) => row?.count ?? 0,
        ),
      ),
    inStatement: { sql: yield* SqlClient.SqlClient, insert: statement, notify },
  }
})
