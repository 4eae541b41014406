/**
 * Balances that payouts are paid out of, for programs that have no ledger of their own to ask.
 *
 * What a payout needs is *reserved* before it is sent: from then on no other payout can have it. When
 * the payout is settled the reservation is *committed*, and the money is gone; when it is declined it
 * is *released*, and available again. While nobody knows what became of the payout the reservation
 * stands, for however long. At every moment, and however many processes work on one account,
 *
 * ```text
 * deposited = available + reserved + committed,   and nothing is below zero
 * ```
 */
import { Context, Effect, Layer } from "effect"
import type { SqlClient } from "effect/sql"
import type { Currency } from "../Currency.ts"
import { makeMemoryLedger } from "../internal/ledgerStoreMemory.ts"
import { makeSqlLedger } from "../internal/ledgerStoreSql.ts"
import type { Closing, LedgerStore, Reservation } from "../internal/ledgerStore.ts"
import { checkText } from "../internal/storedText.ts"
import type { Money } from "../Money.ts"
import { VisaError } from "../VisaError.ts"

export type { Reservation } from "../internal/ledgerStore.ts"

/** Money that arrives in an account. */
export interface Deposit {
  /** The entry's own id: the same deposit twice counts once. */
  readonly entry: string
  readonly account: string
  readonly amount: Money
}

/**
 * What an account holds in one currency, in minor units (cents): a balance may be larger than any
 * amount that can be paid.
 */
export interface Balance {
  readonly available: number
  /** For payouts that are not decided yet. */
  readonly reserved: number
}

const positive = ({ minor }: Money): Effect.Effect<void, VisaError> =>
  minor > 0
    ? Effect.void
    : Effect.fail(
        VisaError.of("RequestInvalid", { field: "amount", detail: "Give an amount above zero" }),
      )

const closed = (payout: string, detail: string) =>
  Effect.fail(
    VisaError.of("ReservationClosed", { detail: `The reservation of ${payout} ${detail}` }),
  )

const make = (store: LedgerStore): Ledger["Service"] => {
  const close = Effect.fnUntraced(function* (
    payout: string,
    closing: Closing,
  ): Effect.fn.Return<void, VisaError> {
    yield* checkText("payout", payout)
    const found = yield* store.close(payout, closing)
    if (found === undefined) return yield* closed(payout, "was never made")
    if (found.state !== closing) return yield* closed(payout, `was ${found.state}`)
  })

  return Ledger.of({
    deposit: Effect.fnUntraced(function* ({ account, amount, entry }) {
      yield* checkText("entry", entry)
      yield* checkText("account", account)
      yield* positive(amount)
      const { currency, minor } = amount
      const stored = yield* store.deposit(entry, { account, currency, minor })
      if (stored.account !== account || stored.currency !== currency || stored.minor !== minor) {
        return yield* VisaError.of("IdempotencyConflict", {
          field: "entry",
          detail: `The entry ${entry} is another deposit`,
        })
      }
    }),
    reserve: Effect.fnUntraced(function* (reservation) {
      const { account, amount, payout } = reservation
      yield* checkText("payout", payout)
      yield* checkText("account", account)
      yield* positive(amount)
      const found = yield* store.reserve(reservation)
      if (found === undefined) {
        return yield* VisaError.of("BalanceTooLow", {
          detail: `The account ${account} does not hold as much ${amount.currency}`,
        })
      }
      if (found.state === "released") return yield* closed(payout, "was released")
      if (
        found.account !== account ||
        found.currency !== amount.currency ||
        found.minor !== amount.minor
      ) {
        return yield* VisaError.of("IdempotencyConflict", {
          field: "payout",
          detail: `${payout} has reserved another amount, or from another account`,
        })
      }
    }),
    commit: (payout) => close(payout, "committed"),
    release: (payout) => close(payout, "released"),
    balance: (account, currency) => store.balance(account, currency),
  })
}

/**
 * Accounts with balances in any number of currencies. An account comes into being with its first
 * deposit.
 *
 * Fails with `StoreUnavailable` when the store does not answer.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Ledger, Money } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const ledger = yield* Ledger
 *   const amount = yield* Money.of("60", "USD")
 *   yield* ledger.deposit({ entry: "wire 1", account: "float", amount: yield* Money.of("100", "USD") })
 *   yield* ledger.reserve({ payout: "INVOICE-77", account: "float", amount })
 *   // The same again is the same reservation; another payout finds too little.
 *   yield* ledger.reserve({ payout: "INVOICE-77", account: "float", amount })
 *   const refusal = yield* Effect.flip(ledger.reserve({ payout: "INVOICE-78", account: "float", amount }))
 *   assert.strictEqual(refusal.reason._tag, "BalanceTooLow")
 *
 *   yield* ledger.release("INVOICE-77")
 *   yield* ledger.reserve({ payout: "INVOICE-78", account: "float", amount })
 *   assert.deepStrictEqual(yield* ledger.balance("float", amount.currency), {
 *     available: 4000,
 *     reserved: 6000
 *   })
 * })
 * await Effect.runPromise(program.pipe(Effect.provide(Ledger.layerMemory)))
 */
export class Ledger extends Context.Service<
  Ledger,
  {
    /** Pays into an account. Fails with `IdempotencyConflict` when the entry was another deposit. */
    readonly deposit: (deposit: Deposit) => Effect.Effect<void, VisaError>
    /**
     * Reserves for a payout, once: the same again changes nothing, also after a commit. Fails with
     * `BalanceTooLow`, with `IdempotencyConflict` when the payout has reserved something else, and
     * with `ReservationClosed` when its reservation was released.
     */
    readonly reserve: (reservation: Reservation) => Effect.Effect<void, VisaError>
    /**
     * Uses up what was reserved. Again changes nothing. Fails with `ReservationClosed` when it was
     * released, or never reserved.
     */
    readonly commit: (payout: string) => Effect.Effect<void, VisaError>
    /**
     * Gives back what was reserved. Again changes nothing. A payout that has reserved nothing is
     * barred from reserving later, so a worker that comes late finds the door closed. Fails with
     * `ReservationClosed` when it was committed.
     */
    readonly release: (payout: string) => Effect.Effect<void, VisaError>
    /** What an account holds; zero where nothing was ever deposited. */
    readonly balance: (account: string, currency: Currency) => Effect.Effect<Balance, VisaError>
  }
>()("effect-visa-direct/Ledger") {
  /** Balances in the memory of this process, gone when it ends: for tests and scripts. */
  static readonly layerMemory: Layer.Layer<Ledger> = Layer.sync(Ledger, () =>
    make(makeMemoryLedger()),
  )

  /**
   * Balances in PostgreSQL or PGlite: see `payouts/Database.ts`. Makes its tables
   * (`visa_direct_ledger_…`) where they are missing. Do not call it inside of a transaction of the same
   * client: a reservation that is rolled back was never made.
   */
  static readonly layerSql: Layer.Layer<Ledger, VisaError, SqlClient.SqlClient> = Layer.effect(
    Ledger,
    Effect.map(makeSqlLedger, make),
  )
}
