/**
 * Claims in PostgreSQL and PGlite. Each step is one statement, and time is the database's own. What
 * every payout does once, to make a claim and to complete it, is one statement for many payouts.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError, Statement } from "effect/sql"
import type { VisaError } from "../VisaError.ts"
import { idOf } from "./claimStore.ts"
import type { ClaimId, ClaimStore, StoredClaim, StoredReceipt } from "./claimStore.ts"
import { groupCommit } from "./groupCommit.ts"
import { migrated } from "./migrate.ts"
import { first, isOfOne, recordset, step } from "./sqlStore.ts"

const createTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE visa_direct_claims (
      namespace TEXT NOT NULL,
      key TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      owner TEXT NOT NULL,
      token INTEGER NOT NULL,
      lease_until TIMESTAMPTZ NOT NULL,
      recovery_point TEXT,
      data TEXT,
      result TEXT,
      created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
      completed_at TIMESTAMPTZ,
      PRIMARY KEY (namespace, key)
    )`
  yield* sql`
    CREATE INDEX visa_direct_claims_completed_at ON visa_direct_claims (completed_at)
    WHERE completed_at IS NOT NULL`
  yield* sql`
    CREATE TABLE visa_direct_receipts (
      receipt TEXT PRIMARY KEY,
      consumed_by TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      consumed_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
    )`
})

interface Row {
  readonly fingerprint: string
  readonly owner: string
  readonly token: number
  readonly remaining: number
  readonly recovery_point: string | null
  readonly data: string | null
  readonly result: string | null
}

const storedOf = (row: Row): StoredClaim => ({
  fingerprint: row.fingerprint,
  owner: row.owner,
  token: row.token,
  remainingMillis: row.remaining,
  recoveryPoint: row.recovery_point ?? undefined,
  data: row.data ?? undefined,
  result: row.result ?? undefined,
})

type ClaimRequest = Parameters<ClaimStore["claim"]>[0]
type Completion = Parameters<ClaimStore["complete"]>[0]

interface ReceiptRow {
  readonly consumed_by: string
  readonly fingerprint: string
}

const receiptOf = (row: ReceiptRow): StoredReceipt => ({
  by: row.consumed_by,
  fingerprint: row.fingerprint,
})

/** Makes the tables where they are missing. */
export const makeSqlStore: Effect.Effect<ClaimStore, VisaError, SqlClient.SqlClient | Scope.Scope> =
  Effect.gen(function* () {
    const sql = yield* migrated("claims", { "0001_claims": createTables })

    const answers = <A extends object>(
      statement: Statement.Statement<A>,
    ): Effect.Effect<boolean, VisaError> => step(Effect.map(statement, (rows) => rows.length > 0))

    // The clock at the moment at which a row is locked, and not when the statement began to wait.
    const after = (millis: number) => sql`clock_timestamp() + ${millis} * INTERVAL '1 millisecond'`
    const of = ({ key, namespace }: ClaimId) => sql`namespace = ${namespace} AND key = ${key}`
    const columns = sql`
      fingerprint, owner, token, recovery_point, data, result,
      (EXTRACT(EPOCH FROM lease_until - clock_timestamp()) * 1000)::FLOAT8 AS remaining`

    // Nobody had most claims before. Those that somebody had get `undefined` here.
    const claimNew = yield* groupCommit(
      (requests: ReadonlyArray<ClaimRequest>) => {
        const rows = new Map(
          requests.map(({ fingerprints, key, leaseMillis, namespace, owner }) => [
            idOf({ key, namespace }),
            { namespace, key, fingerprint: fingerprints[0], owner, lease: leaseMillis },
          ]),
        )
        const columnsOf =
          "claim (namespace TEXT, key TEXT, fingerprint TEXT, owner TEXT, lease FLOAT8)"
        return Effect.map(
          sql<Row & ClaimId>`
            INSERT INTO visa_direct_claims
              (namespace, key, fingerprint, owner, token, lease_until)
            SELECT namespace, key, fingerprint, owner, 1,
              clock_timestamp() + lease * INTERVAL '1 millisecond'
            FROM ${recordset(sql, [...rows.values()], columnsOf)}
            ORDER BY namespace, key
            ON CONFLICT (namespace, key) DO NOTHING
            RETURNING namespace, key, ${columns}`,
          (granted) => {
            const found = new Map(granted.map((row) => [idOf(row), row]))
            // Of two requests for one claim in here, the one whose row it is has it.
            return requests.map((request) => {
              const row = found.get(idOf(request))
              found.delete(idOf(request))
              return row?.owner === request.owner && row.fingerprint === request.fingerprints[0]
                ? storedOf(row)
                : undefined
            })
          },
        )
      },
      { max: 128, writers: 2, isOfOne },
    )

    const completed = yield* groupCommit(
      (completions: ReadonlyArray<Completion>) =>
        Effect.map(
          sql<ClaimId & { readonly token: number; readonly result: string }>`
            UPDATE visa_direct_claims AS held
            SET result = made.result,
              completed_at = COALESCE(held.completed_at, clock_timestamp())
            FROM ${recordset(
              sql,
              completions.map(({ key, namespace, result, token }) => ({
                namespace,
                key,
                token,
                result,
              })),
              "made (namespace TEXT, key TEXT, token INTEGER, result TEXT)",
            )}
            WHERE held.namespace = made.namespace AND held.key = made.key
              AND held.token = made.token
              AND (held.result IS NULL OR held.result = made.result)
              AND held.namespace = ANY (${completions.map(({ namespace }) => namespace)}::TEXT[])
              AND held.key = ANY (${completions.map(({ key }) => key)}::TEXT[])
            RETURNING held.namespace, held.key, held.token, held.result`.unprepared,
          (rows) => {
            const found = new Map(rows.map((row) => [idOf(row), row]))
            return completions.map((each) => {
              const row = found.get(idOf(each))
              return row?.token === each.token && row.result === each.result
            })
          },
        ),
      { max: 128, writers: 2, isOfOne },
    )

    const claim: (
      request: ClaimRequest,
    ) => Effect.Effect<StoredClaim & { readonly granted: boolean }, SqlError.SqlError> =
      Effect.fnUntraced(function* (request) {
        const { fingerprints, key, leaseMillis, namespace, owner } = request
        const granted = yield* first(sql<Row>`
          INSERT INTO visa_direct_claims AS held
            (namespace, key, fingerprint, owner, token, lease_until)
          VALUES (${namespace}, ${key}, ${fingerprints[0]}, ${owner}, 1, ${after(leaseMillis)})
          ON CONFLICT (namespace, key) DO UPDATE
          SET owner = excluded.owner, token = held.token + 1, lease_until = ${after(leaseMillis)}
          WHERE held.result IS NULL
            AND held.fingerprint IN ${sql.in(fingerprints)}
            AND (held.owner = excluded.owner OR held.lease_until <= clock_timestamp())
          RETURNING ${columns}`)
        if (granted !== undefined) return { granted: true, ...storedOf(granted) }
        const found = yield* first(
          sql<Row>`SELECT ${columns} FROM visa_direct_claims WHERE ${of(request)}`,
        )
        // Forgotten between the two statements: then it is a new one.
        return found === undefined ? yield* claim(request) : { granted: false, ...storedOf(found) }
      })

    const consume: (
      receipt: string,
      consumer: StoredReceipt,
    ) => Effect.Effect<StoredReceipt, SqlError.SqlError> = Effect.fnUntraced(
      function* (receipt, consumer) {
        const inserted = yield* first(sql<ReceiptRow>`
          INSERT INTO visa_direct_receipts (receipt, consumed_by, fingerprint)
          VALUES (${receipt}, ${consumer.by}, ${consumer.fingerprint})
          ON CONFLICT (receipt) DO NOTHING
          RETURNING consumed_by, fingerprint`)
        if (inserted !== undefined) return receiptOf(inserted)
        const found = yield* first(sql<ReceiptRow>`
          SELECT consumed_by, fingerprint FROM visa_direct_receipts WHERE receipt = ${receipt}`)
        return found === undefined ? yield* consume(receipt, consumer) : receiptOf(found)
      },
    )

    return {
      claim: (request) =>
        step(
          Effect.flatMap(claimNew(request), (made) =>
            made === undefined ? claim(request) : Effect.succeed({ granted: true, ...made }),
          ),
        ),
      update: ({ data, leaseMillis, recoveryPoint, token, ...id }) =>
        answers(sql`
          UPDATE visa_direct_claims
          SET lease_until = ${after(leaseMillis)},
            recovery_point = COALESCE(${recoveryPoint ?? null}, recovery_point),
            data = COALESCE(${data ?? null}, data)
          WHERE ${of(id)} AND token = ${token} AND result IS NULL
          RETURNING token`),
      complete: (completion) => step(completed(completion)),
      release: ({ token, ...id }) =>
        answers(sql`
          UPDATE visa_direct_claims
          SET lease_until = clock_timestamp()
          WHERE ${of(id)} AND token = ${token} AND result IS NULL
          RETURNING token`),
      consume: (receipt, consumer) => step(consume(receipt, consumer)),
      restore: (receipt, by) =>
        step(
          Effect.gen(function* () {
            yield* sql`
              DELETE FROM visa_direct_receipts WHERE receipt = ${receipt} AND consumed_by = ${by}`
            const left = yield* sql`
              SELECT 1 FROM visa_direct_receipts WHERE receipt = ${receipt}`
            return left.length === 0
          }),
        ),
      prune: (ageMillis) =>
        step(
          Effect.map(
            first(sql<{ readonly count: number }>`
              WITH forgotten AS (
                DELETE FROM visa_direct_claims WHERE completed_at <= ${after(-ageMillis)}
                RETURNING 1
              )
              SELECT COUNT(*)::INTEGER AS count FROM forgotten`),
            (row) => row?.count ?? 0,
          ),
        ),
    }
  })
