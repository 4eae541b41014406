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

/** Values of the query's `transactionType` that occur here (OpenAPI export). */
export type TransactionType = "CRED VOUCHER" | "CRED REVERSAL" | "SALES DRAFT" | "SALES REVERSAL"

/**
 * What a transaction was. An AFTR repeats the identity of its AFT, and trace numbers are unique per
 * API, so a repeat is one only of the same operation.
 */
export type Operation = "push" | "pull" | "reversal" | "adjustment"

/** Values of the query's `statusCode` (OpenAPI export). */
export type TransactionState = "COMPLETED" | "IN_PROGRESS" | "FAILED" | "PENDING" | "CANCELLED"

export interface Transaction extends Identity {
  readonly operation: Operation
  readonly transactionType: TransactionType
  readonly cardAcceptorName: string
  readonly maskedPan: string
  readonly amount: string
  readonly currency: string
  readonly businessApplicationId: string
  /** Unix milliseconds. */
  readonly at: number
  state: TransactionState
  /** What was approved, where that is not the whole amount. */
  readonly approvedAmount?: string | undefined
  /** Thousandths that a reversal or adjustments have moved the other way. */
  undone?: number
  /** Members of the answer that the query repeats, or that a reversal has to. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Absent while in progress. */
  result?: {
    readonly actionCode: string
    readonly responseCode: string
    readonly approvalCode: string | undefined
    readonly transactionIdentifier: number
    readonly originalActionCode: string | undefined
  }
  /** A deferred payment: held until `dueAt`; `comesTo` is the issuer's answer then, if not 00. */
  readonly deferred?: {
    readonly requestType: string
    readonly dueAt: number
    readonly comesTo?: string | undefined
  }
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

const originalKey = (id: Identity & { readonly operation: Operation }): string =>
  `${id.operation}|${identityKey(id)}`

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

/** What the network tells when it happens. */
export interface NetworkEvents {
  /** A payment is held until then. */
  readonly held: (dueAt: number) => void
  /** A held payment has come due and was processed. */
  readonly processed: (transaction: Transaction, entry: MutableEntry) => void
}

export class Network {
  readonly #keep: number
  readonly #ledger: LedgerStore
  readonly #events: NetworkEvents
  readonly #originals = new Map<string, Transaction>()
  readonly #byPlace = new Map<string, Array<Transaction>>()
  readonly #byIdentifier = new Map<string, Array<Transaction>>()
  readonly #inProgress = new Set<Transaction>()
  readonly #deferred = new Map<Transaction, MutableEntry>()
  /** Oldest first; what falls off the front is forgotten. */
  readonly #order = new Set<Transaction>()

  constructor(ledger: LedgerStore, keep: number, events: NetworkEvents) {
    this.#ledger = ledger
    this.#keep = keep
    this.#events = events
  }

  /** The transaction that a request with this identity would repeat. */
  original(id: Identity & { readonly operation: Operation }): Transaction["result"] {
    const result = this.#originals.get(originalKey(id))?.result
    return result === undefined || notCarriedThrough.has(result.actionCode) ? undefined : result
  }

  knows(transactionIdentifier: number): boolean {
    return this.#byIdentifier.has(String(transactionIdentifier))
  }

  /** Shows transactions as being in progress, until the function that it returns is called. */
  begin(transactions: ReadonlyArray<Transaction>): () => void {
    for (const transaction of transactions) this.#inProgress.add(transaction)
    return () => {
      for (const transaction of transactions) this.#inProgress.delete(transaction)
    }
  }

  record(transaction: Transaction): void {
    const key = originalKey(transaction)
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
    const key = originalKey(row)
    if (this.#originals.get(key) === row) this.#originals.delete(key)
    remove(this.#byPlace, place(row), row)
    if (row.result !== undefined) {
      remove(this.#byIdentifier, String(row.result.transactionIdentifier), row)
    }
  }

  /** Holds a payment: the ledger's entry becomes one in which money moved when it comes due. */
  hold(transaction: Transaction, entry: MutableEntry): void {
    this.#deferred.set(transaction, entry)
    this.#events.held(transaction.deferred?.dueAt ?? 0)
  }

  /** Processes the deferred payments that are due. */
  settleDue(now: number): void {
    for (const [transaction, entry] of this.#deferred) {
      if ((transaction.deferred?.dueAt ?? 0) > now) continue
      const { result } = transaction
      const comesTo = transaction.deferred?.comesTo ?? result?.actionCode ?? ""
      transaction.state = "COMPLETED"
      if (result !== undefined) transaction.result = { ...result, actionCode: comesTo }
      if (movesMoney(comesTo)) this.#ledger.moved(entry)
      this.#deferred.delete(transaction)
      this.#events.processed(transaction, entry)
    }
  }

  /** Cancels a payment that is held; its money never moves. */
  cancel(transaction: Transaction): void {
    transaction.state = "CANCELLED"
    this.#deferred.delete(transaction)
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

  /** What was recorded between two moments, oldest first. */
  between(from: number, to: number): ReadonlyArray<Transaction> {
    return [...this.#order].filter(({ at }) => at >= from && at <= to)
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
