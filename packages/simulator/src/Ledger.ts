/**
 * The ledger: what reached the simulator and what became of it. It is the truth that tests compare
 * a client's belief with.
 */
import { Schema } from "effect"

/**
 * What a request was.
 *
 * - `push`: a payment instruction that reached the network, approved or not;
 * - `pull`, `reversal`, `adjustment`: the same for money taken from a sender (AFT), for what undoes
 *   that (AFTR), and for an adjustment of either;
 * - `duplicate`: one that the network recognised as a repeat (action code 94);
 * - `payout`: an account or wallet payout that was taken; its money moves when it is sent;
 * - `cancel`: an order to cancel a deferred push or a payout;
 * - `batch`: a POST of many; its items are entries of their own, with `batch`;
 * - `advice`: a webhook call that the simulator made, one entry per attempt;
 * - `query`, `status`, `probe`: Transaction Query or report, status GET, `helloworld`;
 * - `keys`: a fetch of the JWKS;
 * - `inquiry`: a question about a card, an alias or a name: no money can move;
 * - `upkeep`: an alias that was registered, changed or deleted;
 * - `inFlight`: answered 303, because the same request was still being processed;
 * - `refused`: turned away by the gateway or by validation; nothing happened;
 * - `fault`: an injected fault struck before anything happened.
 */
export const LedgerKind = Schema.Literals([
  "push",
  "pull",
  "reversal",
  "adjustment",
  "payout",
  "duplicate",
  "cancel",
  "batch",
  "advice",
  "query",
  "inquiry",
  "upkeep",
  "status",
  "probe",
  "keys",
  "inFlight",
  "refused",
  "fault",
])
export type LedgerKind = typeof LedgerKind.Type

/**
 * Which way money goes.
 *
 * - `pushed`: to the recipient;
 * - `pulled`: from the sender;
 * - `reversed`: back to the sender;
 * - `debited`: back from the recipient.
 */
export const Direction = Schema.Literals(["pushed", "pulled", "reversed", "debited"])
export type Direction = typeof Direction.Type

const text = Schema.optionalKey(Schema.String)

/** A request as its client wrote it. */
export const ClientRequest = Schema.Struct({
  /** Without the question mark. */
  query: Schema.String,
  /** By their names in small letters; `authorization` without its secret: `Basic …`. */
  headers: Schema.Record(Schema.String, Schema.String),
  /** After decryption. */
  body: Schema.String,
})
export type ClientRequest = typeof ClientRequest.Type

/** One request. Members that do not apply are absent. Card numbers are masked: first 6, last 4. */
export const LedgerEntry = Schema.Struct({
  /** Counts requests from 1, over the whole life of the simulator. */
  sequence: Schema.Int,
  kind: LedgerKind,
  /** Unix milliseconds of the simulator's clock, when the request was recorded. */
  at: Schema.Finite,
  method: Schema.String,
  path: Schema.String,
  endpoint: text,
  /** The status that was decided, whatever a fault then made of it; absent when none was due. */
  httpStatus: Schema.optionalKey(Schema.Int),
  /** The code of the error envelope: `9125`, `3001`, … */
  errorCode: text,
  /** Why it was refused, in more words than the client was given. */
  problem: text,
  correlationId: Schema.String,
  project: text,
  userId: text,
  /** SHA-256 fingerprint of the client certificate that was presented. */
  fingerprint: text,
  keyId: text,
  /** The key of the JWKS that the request was sealed for, where it was not the one of its `keyId`. */
  sealedFor: text,
  clientTransactionId: text,
  acquiringBin: text,
  stan: text,
  rrn: text,
  terminalId: text,
  cardAcceptorId: text,
  maskedPan: text,
  /** Last four characters. */
  maskedAlias: text,
  /** Of a bank account or a wallet: last four characters. */
  maskedAccount: text,
  /** A decimal number, as text. */
  amount: text,
  /** What was approved and moved, where that is not the whole amount. */
  approvedAmount: text,
  currency: text,
  /** What the client was told. */
  actionCode: text,
  originalActionCode: text,
  transactionIdentifier: text,
  statusIdentifier: text,
  clientReferenceId: text,
  payoutId: text,
  /** Where the payout stands now; follows the clock. */
  payoutStatus: text,
  /** What came back of a payout, as a decimal number. */
  returnAmount: text,
  quoteId: text,
  /** On an item of a batch: the batch's status identifier. */
  batch: text,
  /** Whether money moved because of this very request. */
  moneyMoved: Schema.Boolean,
  /** Which way it moved, or would have. */
  direction: Schema.optionalKey(Direction),
  /** Kinds of the faults that struck. */
  faults: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Length of the request body as it travelled. */
  bytesReceived: Schema.Int,
  /** Length of the reply body as it was meant to travel. */
  bytesSent: Schema.Int,
  /** The body as it travelled (in clear if the client sent it so); kept for the newest only. */
  wireBody: text,
  /** Only with the option `ledger.requests`: what it holds is masked everywhere else. */
  request: Schema.optionalKey(ClientRequest),
})
export type LedgerEntry = typeof LedgerEntry.Type

const Tally = Schema.Record(Schema.String, Schema.Int)

/** By currency as the client wrote it. `amount` is a decimal number. */
const Sums = Schema.Record(
  Schema.String,
  Schema.Struct({ count: Schema.Int, amount: Schema.String }),
)

/** What requests showed of the credentials behind them, and how many showed just that. */
export const Identity = Schema.Struct({
  /** SHA-256 fingerprint of the client certificate; absent: none was presented. */
  fingerprint: text,
  /** Absent: user id and password were not known. */
  userId: text,
  /** Absent: the request was not encrypted. */
  keyId: text,
  requests: Schema.Int,
})
export type Identity = typeof Identity.Type

/** Exact counts over the whole life of the ledger, also of entries that it no longer keeps. */
export const LedgerStats = Schema.Struct({
  requests: Schema.Int,
  byKind: Tally,
  byStatus: Tally,
  byActionCode: Tally,
  byFault: Tally,
  /** In the order in which they were first seen. */
  byIdentity: Schema.Array(Identity),
  /** Payments to recipients and their sum. */
  payments: Sums,
  /** Money that moved, by direction; `pushed` is what `payments` says. */
  money: Schema.Record(Direction, Sums),
  bytesReceived: Schema.Int,
  bytesSent: Schema.Int,
})
export type LedgerStats = typeof LedgerStats.Type

/** Members that an entry must agree with, such as `{ kind: "push", stan: "451018" }`. */
export const LedgerFilter = Schema.Struct({
  kind: Schema.optionalKey(LedgerKind),
  direction: Schema.optionalKey(Direction),
  endpoint: text,
  userId: text,
  fingerprint: text,
  keyId: text,
  clientTransactionId: text,
  acquiringBin: text,
  stan: text,
  rrn: text,
  actionCode: text,
  transactionIdentifier: text,
  statusIdentifier: text,
  clientReferenceId: text,
  payoutId: text,
  payoutStatus: text,
  batch: text,
  moneyMoved: Schema.optionalKey(Schema.Boolean),
})
export type LedgerFilter = typeof LedgerFilter.Type

export interface LedgerOptions {
  /** Entries kept, newest first to stay. Default 100,000. Counters stay exact beyond it. */
  readonly keep?: number | undefined
  /** Entries whose `wireBody` is kept. Default 1,000. */
  readonly wireBodies?: number | undefined
  /**
   * Entries whose `request` is kept, with card numbers and names in clear: for tests that compare what
   * was sent. Default 0.
   */
  readonly requests?: number | undefined
}

type Mutable<A> = { -readonly [K in keyof A]: A[K] }
export type MutableEntry = Mutable<LedgerEntry>

const count = (tally: Record<string, number>, key: string | number | undefined) => {
  if (key !== undefined) tally[key] = (tally[key] ?? 0) + 1
}

/** Thousandths, exact: the amount field has at most three decimals. */
const thousandths = (amount: string): bigint => {
  const [whole = "0", fraction = ""] = amount.split(".")
  return BigInt(whole) * 1000n + BigInt(fraction.padEnd(3, "0").slice(0, 3))
}

const decimal = (amount: bigint): string =>
  `${amount / 1000n}.${String(amount % 1000n).padStart(3, "0")}`

type Totals = Record<string, { count: number; amount: bigint }>

const written = (totals: Totals) =>
  Object.fromEntries(
    Object.entries(totals).map(([currency, total]) => [
      currency,
      { count: total.count, amount: decimal(total.amount) },
    ]),
  )

/** The store behind the ledger: synchronous, bounded, written by the server's request handlers. */
export class LedgerStore {
  readonly #keep: number
  readonly #wireBodies: number
  readonly #requests: number
  #entries: Array<MutableEntry> = []
  #sequence = 0
  #stats = emptyStats()

  constructor(options: LedgerOptions = {}) {
    this.#keep = options.keep ?? 100_000
    this.#wireBodies = options.wireBodies ?? 1_000
    this.#requests = options.requests ?? 0
  }

  get keepsRequests(): boolean {
    return this.#requests > 0
  }

  append(fields: Omit<LedgerEntry, "sequence">): MutableEntry {
    const entry: MutableEntry = { sequence: ++this.#sequence, ...fields }
    this.#entries.push(entry)
    // Twice the bound before cutting, so that the cost of the cut is spread.
    if (this.#entries.length >= this.#keep * 2) this.#entries = this.#entries.slice(-this.#keep)
    const old = this.#entries[this.#entries.length - 1 - this.#wireBodies]
    if (old?.wireBody !== undefined) delete old.wireBody
    const older = this.#entries[this.#entries.length - 1 - this.#requests]
    if (older?.request !== undefined) delete older.request
    const stats = this.#stats
    // Items came in their batch's request, and an advice went out.
    if (entry.batch === undefined && entry.kind !== "advice") {
      stats.requests++
      count(stats.byStatus, entry.httpStatus)
      this.#countIdentity(entry)
    }
    count(stats.byKind, entry.kind)
    // A status GET repeats the result of an earlier entry.
    if (entry.kind !== "status" && entry.kind !== "advice") {
      count(stats.byActionCode, entry.actionCode)
    }
    for (const fault of entry.faults ?? []) count(stats.byFault, fault)
    stats.bytesReceived += entry.bytesReceived
    if (entry.moneyMoved) this.#countPayment(entry)
    return entry
  }

  /** Money moved after the entry was written: a deferred payment came due. */
  moved(entry: MutableEntry): void {
    if (entry.moneyMoved) return
    entry.moneyMoved = true
    this.#countPayment(entry)
  }

  sent(entry: MutableEntry | undefined, bytes: number): void {
    this.#stats.bytesSent += bytes
    if (entry !== undefined) entry.bytesSent = bytes
  }

  #countPayment(entry: MutableEntry) {
    const key = entry.currency ?? "?"
    const totals = this.#stats.money[entry.direction ?? "pushed"]
    const total = (totals[key] ??= { count: 0, amount: 0n })
    total.count++
    total.amount += thousandths(entry.approvedAmount ?? entry.amount ?? "0")
  }

  #countIdentity({ fingerprint, keyId, userId }: LedgerEntry) {
    const key = `${fingerprint}|${userId}|${keyId}`
    const identities = this.#stats.byIdentity
    const found = identities.get(key)
    if (found === undefined) {
      identities.set(key, {
        ...(fingerprint === undefined ? {} : { fingerprint }),
        ...(userId === undefined ? {} : { userId }),
        ...(keyId === undefined ? {} : { keyId }),
        requests: 1,
      })
    } else found.requests++
  }

  entries(filter: LedgerFilter = {}): ReadonlyArray<LedgerEntry> {
    const wanted = Object.entries(filter)
    return this.#entries
      .slice(-this.#keep)
      .filter((entry) => wanted.every(([key, value]) => entry[key as keyof LedgerFilter] === value))
      .map((entry) => ({ ...entry }))
  }

  stats(): LedgerStats {
    const { byIdentity, money, ...rest } = this.#stats
    const pushed = written(money.pushed)
    return {
      ...structuredClone(rest),
      byIdentity: [...byIdentity.values()].map((identity) => ({ ...identity })),
      payments: pushed,
      money: {
        pushed,
        pulled: written(money.pulled),
        reversed: written(money.reversed),
        debited: written(money.debited),
      },
    }
  }

  clear(): void {
    this.#entries = []
    this.#stats = emptyStats()
  }
}

const emptyStats = () => ({
  requests: 0,
  byKind: {} as Record<string, number>,
  byStatus: {} as Record<string, number>,
  byActionCode: {} as Record<string, number>,
  byFault: {} as Record<string, number>,
  byIdentity: new Map<string, Mutable<Identity>>(),
  money: { pushed: {}, pulled: {}, reversed: {}, debited: {} } as Record<Direction, Totals>,
  bytesReceived: 0,
  bytesSent: 0,
})
