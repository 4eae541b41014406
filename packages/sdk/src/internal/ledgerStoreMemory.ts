/** Balances in the memory of one process. */
import { Effect } from "effect"
import type { LedgerStore, StoredBalance, StoredDeposit, StoredReservation } from "./ledgerStore.ts"

export const makeMemoryLedger = (): LedgerStore => {
  const balances = new Map<string, StoredBalance>()
  const reservations = new Map<string, StoredReservation>()
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
        const found = reservations.get(payout)
        if (found !== undefined) return found
        if (balanceOf(account, currency).available < minor) return undefined
        const reservation: StoredReservation = { account, currency, minor, state: "reserved" }
        reservations.set(payout, reservation)
        add(account, currency, { available: -minor, reserved: minor })
        return reservation
      }),
    close: (payout, closing) =>
      Effect.sync(() => {
        const found = reservations.get(payout)
        if (found === undefined) {
          if (closing === "committed") return undefined
          const nothing: StoredReservation = {
            account: undefined,
            currency: undefined,
            minor: 0,
            state: closing,
          }
          reservations.set(payout, nothing)
          return nothing
        }
        const { account, currency, minor, state } = found
        if (state !== "reserved" || account === undefined || currency === undefined) return found
        const closed: StoredReservation = { ...found, state: closing }
        reservations.set(payout, closed)
        add(account, currency, {
          available: closing === "released" ? minor : 0,
          reserved: -minor,
        })
        return closed
      }),
    balance: (account, currency) => Effect.sync(() => balanceOf(account, currency)),
  }
}
