/**
 * Balances in PostgreSQL and PGlite. Each step is one statement, so it happens whole or not at all,
 * and the tables themselves refuse a balance below zero.
 *
 * All payouts out of one account change one row, and who changes it keeps the others waiting until the
 * disk has it. So the steps of many payouts go in one transaction, and wait once.
 */
import { Effect, Exit } from "effect"
import type { Scope } from "effect"
import { SqlClient } from "effect/sql"
import type { SqlError } from "effect/sql"
import { groupCommit } from "./groupCommit.ts"
import type { VisaError } from "../VisaError.ts"
import type { LedgerStore, StoredBalance, StoredDeposit, StoredReservation } from "./ledgerStore.ts"
import { migrated } from "./migrate.ts"
import { first, step } from "./sqlStore.ts"

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

type Outcome = StoredReservation | undefined

/** A step of one payout; it can be run again. */
interface Work {
  readonly payout: string
  /** Where the step itself names it. */
  readonly account?: string
  readonly run: Effect.Effect<Outcome, SqlError.SqlError>
}

/**
 * Works in one transaction, or, when one of them breaks it, each by itself.
 *
 * The balances are locked first, in one order, so that two transactions cannot wait for each other.
 */
const together =
  (sql: SqlClient.SqlClient) =>
  (
    works: ReadonlyArray<Work>,
  ): Effect.Effect<ReadonlyArray<Exit.Exit<Outcome, SqlError.SqlError>>> => {
    const alone = Effect.forEach(works, ({ run }) => Effect.exit(run))
    if (works.length === 1) return alone
    const accounts = works.flatMap(({ account }) => (account === undefined ? [] : [account]))
    const payouts = works.map(({ payout }) => payout)
    const lock = sql`
      SELECT 1 FROM visa_direct_ledger_balances
      WHERE ${sql.in("account", accounts)} OR (account, currency) IN (
        SELECT account, currency FROM visa_direct_ledger_reservations
        WHERE ${sql.in("payout", payouts)}
      )
      ORDER BY account, currency
      FOR UPDATE`
    return Effect.andThen(
      lock,
      Effect.forEach(works, ({ run }) => Effect.map(run, Exit.succeed)),
    ).pipe(
      sql.withTransaction,
      Effect.catch(() => alone),
    )
  }

/** Makes the tables where they are missing. */
export const makeSqlLedger: Effect.Effect<
  LedgerStore,
  VisaError,
  SqlClient.SqlClient | Scope.Scope
> = Effect.gen(function* () {
  const sql = yield* migrated("ledger", { "0001_ledger": createTables })
  const commit = yield* groupCommit(together(sql), { max: 64, writers: 1 })
  const grouped = (work: Work) => Effect.flatten(commit(work))

  const columns = sql`account, currency, minor::FLOAT8 AS minor, state`
  const reservation = (payout: string) =>
    Effect.map(
      first(
        sql<ReservationRow>`
            SELECT ${columns} FROM visa_direct_ledger_reservations WHERE payout = ${payout}`,
      ),
      (row) => (row === undefined ? undefined : reservationOf(row)),
    )

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
    reserve: ({ account, amount: { currency, minor }, payout }) =>
      step(
        grouped({
          account,
          payout,
          run:
            // Of two that reserve for the same payout at once one finds the other's row, and undoes all.
            first(sql<ReservationRow>`
            WITH taken AS (
              UPDATE visa_direct_ledger_balances
              SET available = available - ${minor}, reserved = reserved + ${minor}
              WHERE account = ${account} AND currency = ${currency} AND available >= ${minor}
                AND NOT EXISTS (
                  SELECT 1 FROM visa_direct_ledger_reservations WHERE payout = ${payout}
                )
              RETURNING account, currency
            )
            INSERT INTO visa_direct_ledger_reservations (payout, account, currency, minor, state)
            SELECT ${payout}::TEXT, account, currency, ${minor}::BIGINT, 'reserved' FROM taken
            RETURNING ${columns}`).pipe(
              Effect.map((row) => (row === undefined ? undefined : reservationOf(row))),
              Effect.flatMap((made) =>
                made === undefined ? reservation(payout) : Effect.succeed(made),
              ),
            ),
        }).pipe(
          Effect.catchIf(
            ({ reason }) => reason._tag === "UniqueViolation",
            () => reservation(payout),
          ),
        ),
      ),
    close: (payout, closing) =>
      step(
        grouped({
          payout,
          run: Effect.gen(function* () {
            if (closing === "released") {
              yield* sql`
                INSERT INTO visa_direct_ledger_reservations (payout, minor, state, closed_at)
                VALUES (${payout}, 0, 'released', clock_timestamp())
                ON CONFLICT (payout) DO NOTHING`
            }
            const closed = yield* first(sql<ReservationRow>`
              WITH closed AS (
                UPDATE visa_direct_ledger_reservations
                SET state = ${closing}, closed_at = clock_timestamp()
                WHERE payout = ${payout} AND state = 'reserved'
                RETURNING account, currency, minor, state
              ), moved AS (
                UPDATE visa_direct_ledger_balances AS balance
                SET reserved = balance.reserved - closed.minor,
                  available = balance.available
                    + CASE WHEN ${closing} = 'released' THEN closed.minor ELSE 0 END
                FROM closed
                WHERE balance.account = closed.account AND balance.currency = closed.currency
              )
              SELECT ${columns} FROM closed`)
            return closed === undefined ? yield* reservation(payout) : reservationOf(closed)
          }),
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
