/** Compares what the SDK believes of its payouts with what the simulator's ledger holds. */
import type { LedgerEntry } from "effect-visa-direct-simulator"
import { amountOf, centsOf, deposited, kindOf } from "./plan.ts"
import type { Balance, Belief } from "./plan.ts"

export interface Verdict {
  readonly payouts: number
  readonly settled: number
  readonly notPaid: number
  readonly unknown: number
  readonly lost: ReadonlyArray<string>
  readonly doubled: ReadonlyArray<string>
  /** Whatever else is not as it should be. */
  readonly wrong: ReadonlyArray<string>
}

type Counts = { readonly pushed: number; readonly pulled: number; readonly reversed: number }

const none: Counts = { pushed: 0, pulled: 0, reversed: 0 }

/**
 * Of each amount, so of each payout: how often money went which way. A payout to an account counts as
 * paid when Visa has taken it; its money moves later.
 */
const countsOf = (entries: ReadonlyArray<LedgerEntry>): ReadonlyMap<string, Counts> => {
  const counts = new Map<string, Counts>()
  for (const { amount, direction = "pushed", kind, moneyMoved } of entries) {
    if (amount === undefined || direction === "debited") continue
    if (!moneyMoved && kind !== "payout") continue
    const key = Number(amount).toFixed(2)
    const found = counts.get(key) ?? none
    counts.set(key, { ...found, [direction]: found[direction] + 1 })
  }
  return counts
}

const isFunded = (index: number): boolean =>
  kindOf(index) === "pulled" || kindOf(index) === "pulledDeclined"

/** What payouts in these states took out of the account of the SDK's own ledger. */
const taken = (beliefs: ReadonlyArray<Belief>, ...states: ReadonlyArray<Belief["state"]>) =>
  beliefs
    .filter(({ index, state }) => !isFunded(index) && states.includes(state))
    .reduce((sum, { index }) => sum + centsOf(index), 0)

export const judge = (
  beliefs: ReadonlyArray<Belief>,
  balance: Balance,
  entries: ReadonlyArray<LedgerEntry>,
): Verdict => {
  const counts = countsOf(entries)
  const lost: Array<string> = []
  const doubled: Array<string> = []
  const wrong: Array<string> = []
  for (const { detail, index, state } of beliefs) {
    const kind = kindOf(index)
    const { pulled, pushed, reversed } = counts.get(amountOf(index)) ?? none
    const story = `payout ${index} (${kind}): ${state}${detail === undefined ? "" : `, ${detail}`}; pushed ${pushed}, pulled ${pulled}, reversed ${reversed}`
    if (pushed > 1 || pulled > 1 || reversed > 1) doubled.push(story)
    switch (state) {
      case "Settled":
        if (pushed === 0 || (isFunded(index) && pulled === 0)) lost.push(story)
        if (reversed > 0) wrong.push(story)
        break
      case "PayoutDeclined":
      case "PayoutRefused":
        // Paid although the SDK says that it was not: as bad as lost, from the other side.
        if (pushed > 0) lost.push(story)
        if (pulled !== reversed) wrong.push(story)
        break
      case "PayoutUnknown":
        break
      case "InProgress":
      case "None":
        lost.push(story)
        break
    }
  }
  const reserved = taken(beliefs, "PayoutUnknown")
  const available = deposited - reserved - taken(beliefs, "Settled")
  if (balance.reserved !== reserved || balance.available !== available) {
    wrong.push(
      `the account has ${balance.available} available and ${balance.reserved} reserved, not ${available} and ${reserved}`,
    )
  }
  const count = (...states: ReadonlyArray<Belief["state"]>) =>
    beliefs.filter(({ state }) => states.includes(state)).length
  return {
    payouts: beliefs.length,
    settled: count("Settled"),
    notPaid: count("PayoutDeclined", "PayoutRefused"),
    unknown: count("PayoutUnknown"),
    lost,
    doubled,
    wrong,
  }
}
