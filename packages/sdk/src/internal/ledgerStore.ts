/** What a ledger of balances keeps and does, and the vocabulary of `payouts/Ledger.ts`. */
import type { Effect } from "effect"
import type { Money } from "../Money.ts"
import type { VisaError } from "../VisaError.ts"

/** What is to be held for a payout. */
export interface Reservation {
  /** The payout's key: there is one reservation per payout. */
  readonly payout: string
  readonly account: string
  readonly amount: Money
}

/** What becomes of a reservation: it is used up, or given back. */
export type Closing = "committed" | "released"

export interface StoredReservation {
  /** Absent when the payout was released before anything was reserved. */
  readonly account: string | undefined
  readonly currency: string | undefined
  readonly minor: number
  readonly state: "reserved" | Closing
}

/** What was paid into an account. */
export interface StoredDeposit {
  readonly account: string
  readonly currency: string
  readonly minor: number
}

/** Minor units of one account and currency. */
export interface StoredBalance {
  readonly available: number
  readonly reserved: number
}

/** A store of balances. Every method is one atomic step, also against other processes. */
export interface LedgerStore {
  /** Adds the amount to the account, unless the entry is there. Answers what the entry then holds. */
  readonly deposit: (
    entry: string,
    deposit: StoredDeposit,
  ) => Effect.Effect<StoredDeposit, VisaError>
  /**
   * Moves the amount from available to reserved, if the payout has no reservation and as much is
   * available. Answers the payout's reservation as it then is, or nothing.
   */
  readonly reserve: (
    reservation: Reservation,
  ) => Effect.Effect<StoredReservation | undefined, VisaError>
  /**
   * Closes an open reservation: what was reserved is gone, or available again. A payout without a
   * reservation that is released gets one that is closed. Answers the reservation as it then is.
   */
  readonly close: (
    payout: string,
    closing: Closing,
  ) => Effect.Effect<StoredReservation | undefined, VisaError>
  readonly balance: (account: string, currency: string) => Effect.Effect<StoredBalance, VisaError>
}
