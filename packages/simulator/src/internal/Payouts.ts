/**
 * Account and wallet payouts that were taken, and how far each has come. A payout moves by the
 * clock: its steps are laid out when it is taken, and looked up when somebody asks.
 */
import type { LedgerStore, MutableEntry } from "../Ledger.ts"
import type { ScriptedAnswer } from "../Script.ts"

export interface Step {
  readonly status: string
  /** Unix milliseconds. */
  readonly at: number
  /** Members of the reply that come with this status: `returnAmount`, reasons. */
  readonly members: Readonly<Record<string, unknown>>
  readonly returnAmount?: string
}

export interface Payout {
  readonly project: string
  readonly initiatingPartyId: string
  readonly clientReferenceId: string
  readonly payoutId: string
  /** Unix milliseconds. */
  readonly takenAt: number
  /** Members of the reply that stay as they are. */
  readonly members: Readonly<Record<string, unknown>>
  /** What a script lays over every reply about it. */
  fields: ScriptedAnswer["fields"]
  /** In the order of time; the first is where it stands since `takenAt`. */
  steps: ReadonlyArray<Step>
  /** Index of the step that was reached. */
  reached: number
  /** Its line in the ledger, once there is one. */
  entry?: MutableEntry
}

/** Statuses that say that the money has left for the recipient. What is returned had left before. */
const left: ReadonlySet<string> = new Set([
  "PAYMENT_SENT",
  "DELIVERED_TO_SCHEME",
  "DELIVERED_TO_RECIPIENT_BANK",
  "PAYMENT_DELIVERED",
  "RETURNED",
])

export type IdType = "CLIENT_REFERENCE_ID" | "PAYOUT_ID"

/** Whose payouts: those of one party of one project. */
export interface Owner {
  readonly project: string
  readonly initiatingPartyId: string
}

const place = (owner: Owner, idType: IdType, id: string) =>
  [owner.project, owner.initiatingPartyId, idType, id].join("\n")

export class Payouts {
  readonly #ledger: LedgerStore
  readonly #keep: number
  readonly #byId = new Map<string, Payout>()
  /** Oldest first; what falls off the front is forgotten. */
  readonly #order = new Set<Payout>()
  readonly #underway = new Set<Payout>()

  constructor(ledger: LedgerStore, keep: number) {
    this.#ledger = ledger
    this.#keep = keep
  }

  add(payout: Payout): void {
    this.#byId.set(place(payout, "CLIENT_REFERENCE_ID", payout.clientReferenceId), payout)
    this.#byId.set(place(payout, "PAYOUT_ID", payout.payoutId), payout)
    this.#order.add(payout)
    this.#underway.add(payout)
    if (this.#order.size <= this.#keep) return
    for (const oldest of this.#order) {
      this.remove(oldest)
      break
    }
  }

  remove(payout: Payout): void {
    this.#order.delete(payout)
    this.#underway.delete(payout)
    for (const key of [
      place(payout, "CLIENT_REFERENCE_ID", payout.clientReferenceId),
      place(payout, "PAYOUT_ID", payout.payoutId),
    ]) {
      if (this.#byId.get(key) === payout) this.#byId.delete(key)
    }
  }

  /** The newest, should there be several under one client reference. */
  find(owner: Owner, idType: IdType, id: string): Payout | undefined {
    return this.#byId.get(place(owner, idType, id))
  }

  /** Where it stands. */
  standing(payout: Payout, now: number): Step {
    for (;;) {
      const next = payout.steps[payout.reached + 1]
      if (next === undefined || next.at > now) break
      payout.reached++
      this.#note(payout, next)
    }
    const step = payout.steps[payout.reached]
    if (step === undefined) throw new Error(`Payout ${payout.payoutId} has no status`)
    return step
  }

  /** Replaces what lies ahead of it. */
  redirect(payout: Payout, steps: ReadonlyArray<Step>): void {
    payout.steps = [...payout.steps.slice(0, payout.reached + 1), ...steps]
    if (this.#order.has(payout)) this.#underway.add(payout)
  }

  /** From now on the ledger's line follows the payout. */
  write(payout: Payout, entry: MutableEntry): void {
    payout.entry = entry
    for (const step of payout.steps.slice(0, payout.reached + 1)) this.#note(payout, step)
  }

  /** Brings the ledger up to date. */
  settleDue(now: number): void {
    for (const payout of this.#underway) {
      this.standing(payout, now)
      if (payout.reached === payout.steps.length - 1) this.#underway.delete(payout)
    }
  }

  clear(): void {
    this.#byId.clear()
    this.#order.clear()
    this.#underway.clear()
  }

  #note({ entry }: Payout, step: Step): void {
    if (entry === undefined) return
    entry.payoutStatus = step.status
    if (step.returnAmount !== undefined) entry.returnAmount = step.returnAmount
    if (left.has(step.status)) this.#ledger.moved(entry)
  }
}
