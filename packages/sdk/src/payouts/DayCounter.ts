import { Context, DateTime, Effect, Layer } from "effect"
import type { SqlClient } from "effect/sql"
import { makeMemoryCounter, makeSqlCounter } from "../internal/dayCounterStore.ts"
import type { DayCounterStore } from "../internal/dayCounterStore.ts"
import { checkText } from "../internal/storedText.ts"
import type { VisaError } from "../VisaError.ts"

export type { Addition, DayCounterStore } from "../internal/dayCounterStore.ts"

/** What a payout adds to a counter. */
export interface DayCount {
  /** The payout's key: it is counted once. */
  readonly payout: string
  readonly counter: string
  /** A whole number above zero: minor units, or 1. */
  readonly amount: number
  /** What the counter must not exceed today. */
  readonly limit: number
}

const make = (store: DayCounterStore): DayCounter["Service"] =>
  DayCounter.of({
    count: Effect.fnUntraced(function* (counted) {
      yield* checkText("payout", counted.payout)
      yield* checkText("counter", counted.counter)
      const day = DateTime.formatIsoDateUtc(yield* DateTime.now)
      return yield* store.add({ ...counted, day })
    }),
    forget: (payout) => store.remove(payout),
    prune: Effect.fnUntraced(function* (days) {
      const before = DateTime.subtract(yield* DateTime.now, { days })
      return yield* store.prune(DateTime.formatIsoDateUtc(before))
    }),
  })

/**
 * Counters for limits per day. A day is one of UTC, by this machine's clock. Counting and comparing is
 * one step, so no number of processes gets over a limit together.
 *
 * Fails with `StoreUnavailable` when the store does not answer: then nothing may be paid.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { DayCounter } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const { count } = yield* DayCounter
 *   const payout = { payout: "INVOICE-77", counter: "GBP", amount: 60, limit: 100 }
 *   assert.isTrue(yield* count(payout))
 *   // Again is the same; another one is too much.
 *   assert.isTrue(yield* count(payout))
 *   assert.isFalse(yield* count({ ...payout, payout: "INVOICE-78" }))
 * })
 * await Effect.runPromise(program.pipe(Effect.provide(DayCounter.layerMemory)))
 */
export class DayCounter extends Context.Service<
  DayCounter,
  {
    /** Counts a payout, unless that exceeds the limit. Answers whether it is counted. */
    readonly count: (counted: DayCount) => Effect.Effect<boolean, VisaError>
    /** Takes a payout out of all counters. */
    readonly forget: (payout: string) => Effect.Effect<void, VisaError>
    /** Forgets days that ended so many days ago or longer, and answers how much they held. */
    readonly prune: (days: number) => Effect.Effect<number, VisaError>
  }
>()("effect-visa-direct/DayCounter") {
  /** Counters in a store of your own. */
  static readonly layerStore = (store: DayCounterStore): Layer.Layer<DayCounter> =>
    Layer.succeed(DayCounter, make(store))

  /** Counters in the memory of this process, at zero when it starts: for tests and scripts. */
  static readonly layerMemory: Layer.Layer<DayCounter> = Layer.sync(DayCounter, () =>
    make(makeMemoryCounter()),
  )

  /**
   * Counters in PostgreSQL or PGlite: see `payouts/Database.ts`. Makes its tables
   * (`visa_direct_day_…`) where they are missing.
   */
  static readonly layerSql: Layer.Layer<DayCounter, VisaError, SqlClient.SqlClient> = Layer.effect(
    DayCounter,
    Effect.map(makeSqlCounter, make),
  )
}
