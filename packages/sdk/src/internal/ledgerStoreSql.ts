/**
 * Balances in PostgreSQL and PGlite. Each step is one statement, so it happens whole or not at all,
 * and the tables themselves refuse a balance below zero.
 *
 * All payouts out of one account change one row, and who changes it keeps the others waiting until the
 * disk has it. So many payouts go in one statement, and wait once.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import { SqlClient } from "effect/sql"
import { groupCommit } from "./groupCommit.ts"
import type { VisaError } from "../VisaError.ts"
import type {
  LedgerStore,
  Reservation,
  StoredBalance,
  StoredDeposit,
  StoredReservation,
} from "./ledgerStore.ts"
import { migrated } from "./migrate.ts"
import { first, isOfOne, recordset, step } from "./sqlStore.ts"

const createTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE visa_direct_ledger_balances (
      account TEXT NOT NULL,
      currency TEXT NOT NULL,
      available BIGINT NOT NULL CHECK (available BETWEEN 0 AND 9007199254740991),
      reserved BIGINT NOT NULL CHECK (reserved >= 0),
      PRIMARY KEY (account, currency)
    )`
  yield* sql`
    CREATE TABLE visa_direct_ledger_deposits (
      entry TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      currency TEXT NOT NULL,
      minor BIGINT NOT NULL CHECK (minor >= 0),
      deposited_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
    )`
  yield* sql`
    CREATE TABLE visa_direct_ledger_reservations (
      payout TEXT PRIMARY KEY,
      account TEXT,
      currency TEXT,
      minor BIGINT NOT NULL CHECK (minor >= 0),
      state TEXT NOT NULL CHECK (state IN ('reserved', 'committed', 'released')),
      created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
      closed_at TIMESTAMPTZ
    )`
})

interface ReservationRow {
  readonly account: string | null
  readonly currency: string | null
  readonly minor: number
  readonly state: StoredReservation["state"]
}

const reservationOf = (row: ReservationRow): StoredReservation => ({
  account: row.account ?? undefined,
  currency: row.currency ?? undefined,
  minor: row.minor,
  state: row.state,
})

type Named = ReservationRow & { readonly payout: string }

/** Makes the tables where they are missing. */
export const makeSqlLedger: Effect.Effect<
  LedgerStore,
  VisaError,
  SqlClient.SqlClient | Scope.Scope
> = Effect.gen(function* () {
  const sql = yield* migrated("ledger", { "0001_ledger": createTables })
  const columns = sql`account, currency, minor::FLOAT8 AS minor, state`
  const reservation = (payout: string) =>
    Effect.map(
      first(
        sql<ReservationRow>`
            SELECT ${columns} FROM visa_direct_ledger_reservations WHERE payout = ${payout}`,
      ),
      (row) => (row === undefined ? undefined : reservationOf(row)),
    )

  const found = (rows: ReadonlyArray<Named>) => {
    const byPayout = new Map(rows.map((row) => [row.payout, reservationOf(row)]))
    return (payout: string): StoredReservation | undefined => {
      const one = byPayout.get(payout)
      byPayout.delete(payout)
      return one
    }
  }

  /** Of an account that has not enough for all of these, nothing is taken for any. */
  const reserveAll = (requests: ReadonlyArray<Reservation>) => {
    const rows = new Map(
      requests.map(({ account, amount: { currency, minor }, payout }) => [
        payout,
        { payout, account, currency, minor },
      ]),
    )
    return Effect.map(
      sql<Named>`
        WITH wanted AS (
          SELECT payout, account, currency, minor
          FROM ${recordset(
            sql,
            [...rows.values()],
            "asked (payout TEXT, account TEXT, currency TEXT, minor BIGINT)",
          )}
          WHERE NOT EXISTS (
            SELECT 1 FROM visa_direct_ledger_reservations AS held
            WHERE held.payout = asked.payout AND held.payout = ANY (${[...rows.keys()]}::TEXT[])
          )
        ), totals AS (
          SELECT account, currency, SUM(minor)::BIGINT AS minor
          FROM wanted GROUP BY account, currency
        ), taken AS (
          UPDATE visa_direct_ledger_balances AS balance
          SET available = balance.available - totals.minor,
            reserved = balance.reserved + totals.minor
          FROM totals
          WHERE balance.account = totals.account AND balance.currency = totals.currency
            AND balance.available >= totals.minor
          RETURNING balance.account, balance.currency
        )
        INSERT INTO visa_direct_ledger_reservations (payout, account, currency, minor, state)
        SELECT payout, account, currency, minor, 'reserved'
        FROM wanted JOIN taken USING (account, currency)
        RETURNING payout, ${columns}`.unprepared,
      (made) => {
        const of = found(made)
        return requests.map(({ account, payout }) =>
          rows.get(payout)?.account === account ? of(payout) : undefined,
        )
      },
    )
  }

  const reserve = yield* groupCommit(reserveAll, { max: 64, writers: 1, isOfOne })

  const commit = yield* groupCommit(
    (payouts: ReadonlyArray<string>) =>
      Effect.map(
        sql<Named>`
          WITH closed AS (
            UPDATE visa_direct_ledger_reservations
            SET state = 'committed', closed_at = clock_timestamp()
            WHERE payout = ANY (${payouts}::TEXT[]) AND state = 'reserved'
            RETURNING payout, account, currency, minor, state
          ), totals AS (
            SELECT account, currency, SUM(minor)::BIGINT AS minor
            FROM closed GROUP BY account, currency
          ), moved AS (
            UPDATE visa_direct_ledger_balances AS balance
            SET reserved = balance.reserved - totals.minor
            FROM totals
            WHERE balance.account = totals.account AND balance.currency = totals.currency
          )
          SELECT payout, ${columns} FROM closed`.unprepared,
        (closed) => payouts.map(found(closed)),
      ),
    { max: 64, writers: 1, isOfOne },
  )

  const release = Effect.fnUntraced(function* (payout: string) {
    yield* sql`
      INSERT INTO visa_direct_ledger_reservations (payout, minor, state, closed_at)
      VALUES (${payout}, 0, 'released', clock_timestamp())
      ON CONFLICT (payout) DO NOTHING`
    const closed = yield* first(sql<ReservationRow>`
      WITH closed AS (
        UPDATE visa_direct_ledger_reservations
        SET state = 'released', closed_at = clock_timestamp()
        WHERE payout = ${payout} AND state = 'reserved'
        RETURNING account, currency, minor, state
      ), moved AS (
        UPDATE visa_direct_ledger_balances AS balance
        SET reserved = balance.reserved - closed.minor,
          available = balance.available + closed.minor
        FROM closed
        WHERE balance.account = closed.account AND balance.currency = closed.currency
      )
      SELECT ${columns} FROM closed`)
    return closed === undefined ? undefined : reservationOf(closed)
  })

  return {
    deposit: (entry, { account, currency, minor }) =>
      step(
        Effect.gen(function* () {
          yield* sql`
              WITH entry AS (
                INSERT INTO visa_direct_ledger_deposits (entry, account, currency, minor)
                VALUES (${entry}, ${account}, ${currency}, ${minor})
                ON CONFLICT (entry) DO NOTHING
                RETURNING account, currency, minor
              )
              INSERT INTO visa_direct_ledger_balances AS balance
                (account, currency, available, reserved)
              SELECT account, currency, minor, 0 FROM entry
              ON CONFLICT (account, currency) DO UPDATE
              SET available = balance.available + excluded.available`
          const stored = yield* first(sql<StoredDeposit>`
              SELECT account, currency, minor::FLOAT8 AS minor
              FROM visa_direct_ledger_deposits WHERE entry = ${entry}`)
          return stored ?? { account, currency, minor }
        }),
      ),
    reserve: (request) =>
      step(
        Effect.gen(function* () {
          const together = yield* reserve(request)
          if (together !== undefined) return together
          // What the account has may be enough for this one, where it was not for all.
          const [alone] = yield* reserveAll([request])
          return alone ?? (yield* reservation(request.payout))
        }).pipe(
          // Of two that reserve for the same payout at once, one finds the other's row.
          Effect.catchIf(
            ({ reason }) => reason._tag === "UniqueViolation",
            () => reservation(request.payout),
          ),
        ),
      ),
    close: (payout, closing) =>
      step(
        Effect.gen(function* () {
          const closed = yield* closing === "committed" ? commit(payout) : release(payout)
          return closed ?? (yield* reservation(payout))
        }),
      ),
    balance: (account, currency) =>
      step(
        Effect.map(
          first(sql<StoredBalance>`
              SELECT available::FLOAT8 AS available, reserved::FLOAT8 AS reserved
              FROM visa_direct_ledger_balances
              WHERE account = ${account} AND currency = ${currency}`),
          (row) => row ?? { available: 0, reserved: 0 },
        ),
      ),
  }
})
