/**
 * What VisaNet remembers: transactions, recognised by five values, and found again by the
 * Transaction Query. Also the results that wait for a status GET.
 */
import type { LedgerStore, MutableEntry } from "../Ledger.ts"

/**
 * The five values that a resend has to repeat (developer community, ba-p/17554). That they are what
 * VisaNet recognises a repeat by is a reading.
 */
export interface Identity {
  readonly acquiringBin: string
  readonly stan: string
  readonly rrn: string
  readonly cardAcceptorId: string
  readonly terminalId: string
}

export const identityKey = (id: Identity): string =>
  `${id.acquiringBin}|${id.stan}|${id.rrn}|${id.cardAcceptorId}|${id.terminalId}`

/** Values of the query's `statusCode` (OpenAPI export). */
export type TransactionState = "COMPLETED" | "IN_PROGRESS" | "FAILED" | "PENDING" | "CANCELLED"

export interface Transaction extends Identity {
  readonly transactionType: "CRED VOUCHER"
  readonly cardAcceptorName: string
  readonly maskedPan: string
  readonly amount: string
  readonly currency: string
  readonly businessApplicationId: string
  /** Unix milliseconds. */
  readonly at: number
  state: TransactionState
  /** Absent while in progress. */
  readonly result?: {
    readonly actionCode: string
    readonly responseCode: string
    readonly approvalCode: string | undefined
    readonly transactionIdentifier: number
    readonly originalActionCode: string | undefined
  }
  /** A deferred payment: held until `dueAt`. */
  readonly deferred?: { readonly requestType: string; readonly dueAt: number }
}

/** Action codes with which money moves. 85 approves too, but only a verification. */
const paying: ReadonlySet<string> = new Set(["00", "08", "10", "11"])

export const movesMoney = (actionCode: string): boolean => paying.has(actionCode)

/**
 * Results with which the network did not carry the payment through (too late, issuer or switch out
 * of order). Such an original does not make a resend a duplicate; any other result does. The
 * published texts do not say which do, so this is a reading.
 */
const notCarriedThrough: ReadonlySet<string> = new Set(["68", "91", "96"])

const place = (id: { acquiringBin: string; stan: string; rrn: string }) =>
  `${id.acquiringBin}|${id.stan}|${id.rrn}`

const remove = (index: Map<string, Array<Transaction>>, key: string, row: Transaction) => {
  const rows = index.get(key)?.filter((other) => other !== row)
  if (rows === undefined || rows.length === 0) index.delete(key)
  else index.set(key, rows)
}

const add = (index: Map<string, Array<Transaction>>, key: string, row: Transaction) => {
  const rows = index.get(key)
  if (rows === undefined) index.set(key, [row])
  else rows.push(row)
}

export class Network {
  readonly #keep: number
  readonly #ledger: LedgerStore
  readonly #originals = new Map<string, Transaction>()
  readonly #byPlace = new Map<string, Array<Transaction>>()
  readonly #byIdentifier = new Map<string, Array<Transaction>>()
  readonly #inProgress = new Set<Transaction>()
  readonly #deferred = new Map<Transaction, MutableEntry>()
  /** Oldest first; what falls off the front is forgotten. */
  readonly #order = new Set<Transaction>()

  constructor(ledger: LedgerStore, keep: number) {
    this.#ledger = ledger
    this.#keep = keep
  }

  /** The transaction that a request with this identity would repeat. */
  original(id: Identity): Transaction["result"] {
    const result = this.#originals.get(identityKey(id))?.result
    return result === undefined || notCarriedThrough.has(result.actionCode) ? undefined : result
  }

  knows(transactionIdentifier: number): boolean {
    return this.#byIdentifier.has(String(transactionIdentifier))
  }

  begin(transaction: Transaction): () => void {
    this.#inProgress.add(transaction)
    return () => this.#inProgress.delete(transaction)
  }

  record(transaction: Transaction): void {
    const key = identityKey(transaction)
    if (this.original(transaction) === undefined) this.#originals.set(key, transaction)
    add(this.#byPlace, place(transaction), transaction)
    if (transaction.result !== undefined) {
      add(this.#byIdentifier, String(transaction.result.transactionIdentifier), transaction)
    }
    this.#order.add(transaction)
    if (this.#order.size > this.#keep) {
      for (const oldest of this.#order) {
        this.#forget(oldest)
        break
      }
    }
  }

  #forget(row: Transaction) {
    this.#order.delete(row)
    const key = identityKey(row)
    if (this.#originals.get(key) === row) this.#originals.delete(key)
    remove(this.#byPlace, place(row), row)
    if (row.result !== undefined) {
      remove(this.#byIdentifier, String(row.result.transactionIdentifier), row)
    }
  }

  /** Holds a payment: the ledger's entry becomes one in which money moved when it comes due. */
  hold(transaction: Transaction, entry: MutableEntry): void {
    this.#deferred.set(transaction, entry)
  }

  /** Settles the deferred payments that are due. */
  settleDue(now: number): void {
    for (const [transaction, entry] of this.#deferred) {
      if ((transaction.deferred?.dueAt ?? 0) > now) continue
      transaction.state = "COMPLETED"
      this.#ledger.moved(entry)
      this.#deferred.delete(transaction)
    }
  }

  /** Rows of the Transaction Query, in the order in which they happened. */
  find(
    by:
      | { readonly transactionIdentifier: string }
      | { readonly stan: string; readonly rrn: string },
    acquiringBin: string,
  ): ReadonlyArray<Transaction> {
    if ("transactionIdentifier" in by) {
      return (this.#byIdentifier.get(by.transactionIdentifier) ?? []).filter(
        (row) => row.acquiringBin === acquiringBin,
      )
    }
    const where = place({ acquiringBin, ...by })
    const rows = [...(this.#byPlace.get(where) ?? [])]
    for (const row of this.#inProgress) if (place(row) === where) rows.push(row)
    return rows
  }

  clear(): void {
    this.#originals.clear()
    this.#byPlace.clear()
    this.#byIdentifier.clear()
    this.#order.clear()
    this.#deferred.clear()
  }
}

/** The answer to a request that was answered 202 (or met by a 303), until 24 hours later. */
export interface PendingResult<Reply> {
  readonly project: string
  readonly path: string
  readonly createdAt: number
  /** How many more status GETs answer 202 although the result is there. */
  pollsLeft: number
  reply: Reply | undefined
}

const statusLifetime = 24 * 3_600_000

export class Results<Reply> {
  readonly #keep: number
  readonly #results = new Map<string, PendingResult<Reply>>()

  constructor(keep: number) {
    this.#keep = keep
  }

  open(identifier: string, result: PendingResult<Reply>): void {
    // Insertion order is age, so the expired ones are in front.
    for (const [key, old] of this.#results) {
      const expired = result.createdAt - old.createdAt > statusLifetime
      if (!expired && this.#results.size < this.#keep) break
      this.#results.delete(key)
    }
    this.#results.set(identifier, result)
  }

  find(identifier: string, now: number): PendingResult<Reply> | undefined {
    const result = this.#results.get(identifier)
    return result !== undefined && now - result.createdAt <= statusLifetime ? result : undefined
  }
}
