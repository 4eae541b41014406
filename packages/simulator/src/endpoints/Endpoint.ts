/**
 * What an endpoint is: one file here per API, holding its path, its field table, and a `prepare`
 * that turns a request into work. Everything between the socket and `prepare`, and everything after
 * `commit`, is the same for all of them.
 */
import type { LedgerKind, LedgerStore, MutableEntry } from "../Ledger.ts"
import { type FieldTable, type Problem, wording } from "../internal/FieldTable.ts"
import type { Network, Results, Transaction } from "../internal/Network.ts"
import type { Payouts } from "../internal/Payouts.ts"
import type { PublishedKeys } from "../internal/PublishedKeys.ts"
import type { Quotes, Rates } from "../internal/Rates.ts"
import type { Registrations } from "../internal/Registrations.ts"
import type { Seed } from "../internal/Seed.ts"
import type { ScriptedAnswer } from "../Script.ts"
import type { SimulatorSettings } from "../Settings.ts"

export type JsonObject = Readonly<Record<string, unknown>>

/** Members of a ledger entry that only the endpoint can know. */
export type EntryFacts = Partial<MutableEntry>

export interface Reply {
  readonly status: number
  /** JSON value; absent: no body. */
  readonly body?: unknown
  /** A body that is not JSON and never encrypted. */
  readonly raw?: { readonly contentType: string; readonly content: string }
  readonly headers?: Readonly<Record<string, string>>
  readonly kind: LedgerKind
  readonly record?: EntryFacts
  /** Called with the entry once it is in the ledger. */
  readonly recorded?: (entry: MutableEntry) => void
  /** Replies to the items of a batch: a ledger entry each. */
  readonly items?: ReadonlyArray<Reply>
}

/** What faults and scripts match on, and what the ledger writes down before the outcome. */
export interface Facts {
  readonly acquiringBin?: string
  readonly stan?: string
  readonly rrn?: string
  readonly terminalId?: string
  readonly cardAcceptorId?: string
  readonly pan?: string
  readonly amount?: string
  readonly currency?: string
  /** Never written down, like `pan`. */
  readonly alias?: string
  /** Never written down, like `pan`. */
  readonly name?: string
  readonly clientReferenceId?: string
}

/** The facts that the ledger may hold. */
export const recordable = ({
  alias: _alias,
  name: _name,
  pan: _pan,
  ...facts
}: Facts): EntryFacts => facts

export interface Prepared {
  readonly facts: Facts
  /**
   * Present on operations that take time at Visa: they may answer 202 or 303, under this path plus
   * the status identifier. `inProgress` is what the Transaction Query may show meanwhile; `always`
   * answers 202 at once, whatever the client's timeout.
   */
  readonly asynchronous?: {
    readonly statusPath: string
    readonly inProgress?: ReadonlyArray<Transaction>
    readonly always?: true
  }
  /**
   * In place of `asynchronous` on operations that answer 202 without a status identifier, because
   * the client finds them again by a reference of its own.
   */
  readonly pending?: {
    /** Processing will take time: makes the operation known to those who ask meanwhile. */
    begin(now: number): void
    /** The 202. */
    accepted(now: number): Reply
    /** Processing ended in a refusal; `told`: after the 202. */
    refused(told: boolean, now: number): void
  }
  /**
   * Does it. Called at most once, when processing is over. `scripted` finds the answer for a part
   * of the request, as if the endpoint of that name had been called for it.
   */
  commit(answer: ScriptedAnswer | undefined, now: number, scripted: ScriptedPart): Reply
}

export type ScriptedPart = (endpoint: string, facts: Facts) => ScriptedAnswer | undefined

export interface World {
  readonly settings: SimulatorSettings
  readonly seed: Seed
  readonly ledger: LedgerStore
  readonly network: Network
  readonly results: Results<Reply>
  readonly payouts: Payouts
  readonly aliases: Registrations
  readonly rates: Rates
  readonly quotes: Quotes
  readonly publishedKeys: PublishedKeys
}

export interface ApiRequest {
  readonly path: string
  /** The last path segment, for endpoints whose path ends in `/:id`. */
  readonly id: string
  readonly query: URLSearchParams
  /** Decrypted and checked against `fields`. */
  readonly body: JsonObject
  /** Whether the request came with message level encryption. */
  readonly encrypted: boolean
  readonly project: string
  readonly now: number
}

export interface Endpoint {
  /** For ledger, scripts and faults: `PushFunds`. */
  readonly name: string
  readonly method: "GET" | "POST" | "DELETE"
  /** May end in `/:id`. */
  readonly path: string
  /** `never`: not encrypted in any project. */
  readonly mle: "project" | "never"
  /** `public`: for everybody, without a certificate or a password. */
  readonly access?: "public"
  /** Whether scripted answers apply: to what does something, not to what only looks. */
  readonly scripted: boolean
  /** Absent: the endpoint takes no body. */
  readonly fields?: FieldTable
  /** In place of `fields`, where the body itself says which table it has to fit. */
  readonly fieldsOf?: (body: JsonObject) => FieldTable
  /** The API's own error envelope. Absent: that of Funds Transfer. */
  readonly refuse?: (refusal: Refusal) => Reply
  prepare(request: ApiRequest, world: World): Prepared | Reply
}

/** Why a request is turned away: what the field table found, or what a script asks for. */
export interface Refusal {
  readonly problem?: Problem | undefined
  /** Replaces the API's wording. */
  readonly message?: string | undefined
  /** A code of the API's own, such as `VAD-1170`. */
  readonly code?: string | undefined
  /** Where it is wrong, when a script says so. */
  readonly location?: string | undefined
  /** The HTTP status that a script asks for, where a body repeats it. */
  readonly status?: number | undefined
  /** The body that did not fit. */
  readonly body?: JsonObject | undefined
}

export const messageOf = ({ message, problem }: Refusal): string =>
  message ?? (problem === undefined ? "Message has failed validation." : wording(problem))

/** Turns a request away in the words of its API. */
export const refuse = (endpoint: Endpoint | undefined, refusal: Refusal): Reply =>
  endpoint?.refuse === undefined
    ? validationError(messageOf(refusal), refusal.code)
    : endpoint.refuse(refusal)

/** The error envelope of Funds Transfer and Query. Other APIs of Visa's have others. */
export const validationError = (message: string, code = "3001"): Reply => ({
  status: 400,
  body: { errorMessage: `API Validation Error: ${code}. ${message}` },
  kind: "refused",
  record: { errorCode: code, problem: message },
})

/** First six and last four, as much as a log may show. */
export const maskPan = (pan: string): string =>
  pan.length < 11
    ? "*".repeat(pan.length)
    : `${pan.slice(0, 6)}${"*".repeat(pan.length - 10)}${pan.slice(-4)}`

/**
 * 404 for an unknown URL or resource. Visa tells clients not to parse the body of a 404, so this
 * one cannot be parsed.
 */
export const notFound: Reply = {
  status: 404,
  raw: {
    contentType: "text/html",
    content: "<html><head><title>404 Not Found</title></head><body>Not Found</body></html>\n",
  },
  kind: "refused",
}

/**
 * 202: Visa stopped waiting. The identifier is in the body and in a `Link` header; the relation
 * name is ours, the spec only says that the header points at the GET.
 */
export const accepted = (
  form: "json" | "text",
  statusPath: string,
  statusIdentifier: string,
  kind: LedgerKind,
): Reply => ({
  status: 202,
  body: form === "json" ? { statusIdentifier } : new PlainText(statusIdentifier),
  headers: { link: `<${statusPath}/${statusIdentifier}>; rel="status"` },
  kind,
  record: { statusIdentifier },
})

/** A body that is text and not JSON, yet travels (and is encrypted) like any other. */
export class PlainText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
