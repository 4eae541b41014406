/** Balances in the memory of one process. */
import { Effect } from "effect"
import type { Closing, LedgerStore, StoredBalance } from "./ledgerStore.ts"
import type { StoredDeposit, StoredReservation } from "./ledgerStore.ts"
import { makeShelf } from "./shelf.ts"

type Closed = [minor: number, state: Closing, account: string | null, currency: string | null]

/** What is released without having been reserved. */
const neverMade: StoredReservation = {
  account: undefined,
  currency: undefined,
  minor: 0,
  state: "reserved",
}

export const makeMemoryLedger = (): LedgerStore => {
  const balances = new Map<string, StoredBalance>()
  /** Those that are closed, which are most and never change again, are on the shelf. */
  const reservations = new Map<string, StoredReservation | number>()
  const shelf = makeShelf()
  const deposits = new Map<string, StoredDeposit>()

  const balanceOf = (account: string, currency: string): StoredBalance =>
    balances.get(`${currency} ${account}`) ?? { available: 0, reserved: 0 }
  const add = (account: string, currency: string, change: StoredBalance): void => {
    const { available, reserved } = balanceOf(account, currency)
    balances.set(`${currency} ${account}`, {
      available: available + change.available,
      reserved: reserved + change.reserved,
    })
  }

  const reservationOf = (payout: string): StoredReservation | undefined => {
    const found = reservations.get(payout)
    if (typeof found !== "number") return found
    // As `putClosed` puts it.
    const [minor, state, account, currency] = shelf.get(found) as Closed
    return { account: account ?? undefined, currency: currency ?? undefined, minor, state }
  }
  const putClosed = (
    payout: string,
    { account, currency, minor }: StoredReservation,
    state: Closing,
  ): StoredReservation => {
    const closed: Closed = [minor, state, account ?? null, currency ?? null]
    reservations.set(payout, shelf.put(closed))
    return { account, currency, minor, state }
  }

  return {
    deposit: (entry, deposit) =>
      Effect.sync(() => {
        const found = deposits.get(entry)
        if (found !== undefined) return found
        deposits.set(entry, deposit)
        add(deposit.account, deposit.currency, { available: deposit.minor, reserved: 0 })
        return deposit
      }),
    reserve: ({ account, amount: { currency, minor }, payout }) =>
      Effect.sync(() => {
        const found = reservationOf(payout)
        if (found !== undefined) return found
        if (balanceOf(account, currency).available < minor) return undefined
        const reservation: StoredReservation = { account, currency, minor, state: "reserved" }
        reservations.set(payout, reservation)
        add(account, currency, { available: -minor, reserved: minor })
        return reservation
      }),
    close: (payout, closing) =>
      Effect.sync(() => {
        const found = reservationOf(payout)
        if (found === undefined) {
          return closing === "committed" ? undefined : putClosed(payout, neverMade, closing)
        }
        const { account, currency, minor, state } = found
        if (state !== "reserved" || account === undefined || currency === undefined) return found
        const closed = putClosed(payout, found, closing)
        add(account, currency, {
          available: closing === "released" ? minor : 0,
          reserved: -minor,
        })
        return closed
      }),
    balance: (account, currency) => Effect.sync(() => balanceOf(account, currency)),
  }
}
