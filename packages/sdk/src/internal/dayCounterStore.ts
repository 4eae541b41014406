/** What is counted of one payout, and the two stores of counts. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { VisaError } from "../VisaError.ts"
import { migrated } from "./migrate.ts"
import { first, step } from "./sqlStore.ts"

/** An addition to a counter. */
export interface Addition {
  /** The payout's key: it is added once to a counter. */
  readonly payout: string
  /** The counter's name. */
  readonly counter: string
  /** `YYYY-MM-DD` */
  readonly day: string
  /** A whole number, above zero. */
  readonly amount: number
  /** What the counter must not exceed on that day. */
  readonly limit: number
}

/** Counters that begin at zero every day. Every method is one atomic step. */
export interface DayCounterStore {
  /**
   * Adds, unless the counter would exceed the limit. What the payout has added before stays as it is
   * and counts as done, on whatever day it was. Answers whether it is in.
   */
  readonly add: (addition: Addition) => Effect.Effect<boolean, VisaError>
  /** Takes back all that a payout has added. */
  readonly remove: (payout: string) => Effect.Effect<void, VisaError>
  /** Forgets the days before one. Answers how many additions they held. */
  readonly prune: (before: string) => Effect.Effect<number, VisaError>
}

const totalOf = (counter: string, day: string): string => `${day} ${counter}`

export const makeMemoryCounter = (): DayCounterStore => {
  const totals = new Map<string, number>()
  const additions = new Map<string, Map<string, Addition>>()
  const change = (total: string, by: number) => {
    totals.set(total, (totals.get(total) ?? 0) + by)
  }
  return {
    add: (addition) =>
      Effect.sync(() => {
        const { amount, counter, day, limit, payout } = addition
        const own = additions.get(payout) ?? new Map<string, Addition>()
        if (own.has(counter)) return true
        const total = totalOf(counter, day)
        if ((totals.get(total) ?? 0) + amount > limit) return false
        change(total, amount)
        additions.set(payout, own.set(counter, addition))
        return true
      }),
    remove: (payout) =>
      Effect.sync(() => {
        for (const { amount, counter, day } of additions.get(payout)?.values() ?? []) {
          change(totalOf(counter, day), -amount)
        }
        additions.delete(payout)
      }),
    prune: (before) =>
      Effect.sync(() => {
        let count = 0
        for (const [payout, own] of additions) {
          for (const [counter, { day }] of own) {
            if (day >= before) continue
            own.delete(counter)
            totals.delete(totalOf(counter, day))
            count += 1
          }
          if (own.size === 0) additions.delete(payout)
        }
        return count
      }),
  }
}

const createTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE visa_direct_day_totals (
      counter TEXT NOT NULL,
      day DATE NOT NULL,
      total BIGINT NOT NULL CHECK (total >= 0),
      PRIMARY KEY (counter, day)
    )`
  yield* sql`
    CREATE TABLE visa_direct_day_additions (
      payout TEXT NOT NULL,
      counter TEXT NOT NULL,
      day DATE NOT NULL,
      amount BIGINT NOT NULL CHECK (amount > 0),
      PRIMARY KEY (payout, counter)
    )`
  yield* sql`CREATE INDEX visa_direct_day_additions_day ON visa_direct_day_additions (day)`
})

/** Makes the tables where they are missing. */
export const makeSqlCounter: Effect.Effect<DayCounterStore, VisaError, SqlClient.SqlClient> =
  Effect.gen(function* () {
    const sql = yield* migrated("day_counter", { "0001_day_counter": createTables })
    return {
      add: ({ amount, counter, day, limit, payout }) =>
        step(
          Effect.gen(function* () {
            yield* sql`
              INSERT INTO visa_direct_day_totals (counter, day, total)
              VALUES (${counter}, ${day}::DATE, 0)
              ON CONFLICT (counter, day) DO NOTHING`
            // Of two that add the same at once one finds the other's row, and undoes all.
            const added = yield* first(sql`
              WITH taken AS (
                UPDATE visa_direct_day_totals SET total = total + ${amount}
                WHERE counter = ${counter} AND day = ${day}::DATE AND total + ${amount} <= ${limit}
                  AND NOT EXISTS (
                    SELECT 1 FROM visa_direct_day_additions
                    WHERE payout = ${payout} AND counter = ${counter}
                  )
                RETURNING counter, day
              )
              INSERT INTO visa_direct_day_additions (payout, counter, day, amount)
              SELECT ${payout}::TEXT, counter, day, ${amount}::BIGINT FROM taken
              RETURNING payout`).pipe(
              Effect.catchIf(
                ({ reason }) => reason._tag === "UniqueViolation",
                () => Effect.undefined,
              ),
            )
            if (added !== undefined) return true
            const found = yield* first(sql`
              SELECT 1 FROM visa_direct_day_additions
              WHERE payout = ${payout} AND counter = ${counter}`)
            return found !== undefined
          }),
        ),
      remove: (payout) =>
        step(
          Effect.asVoid(sql`
            WITH taken AS (
              DELETE FROM visa_direct_day_additions WHERE payout = ${payout}
              RETURNING counter, day, amount
            )
            UPDATE visa_direct_day_totals AS totals SET total = totals.total - taken.amount
            FROM taken WHERE totals.counter = taken.counter AND totals.day = taken.day`),
        ),
      prune: (before) =>
        step(
          Effect.map(
            first(sql<{ readonly count: number }>`
              WITH totals AS (
                DELETE FROM visa_direct_day_totals WHERE day < ${before}::DATE
              ), forgotten AS (
                DELETE FROM visa_direct_day_additions WHERE day < ${before}::DATE RETURNING 1
              )
              SELECT COUNT(*)::INTEGER AS count FROM forgotten`),
            (row) => row?.count ?? 0,
          ),
        ),
    }
  })
