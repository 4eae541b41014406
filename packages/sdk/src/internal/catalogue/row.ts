/** What a row of the catalogue can say. */

/** What kind of trouble it is, and so whose it is. */
export type Category =
  | "configuration"
  | "request"
  | "connectivity"
  | "security"
  | "processing"
  | "capacity"
  | "decline"
  | "return"
  | "outage"
  | "quote"
  | "compliance"

/**
 * When the same call may be made again.
 *
 * `Never`: the answer is final. `AfterFix`: something must be corrected first. `Later`: wait, then
 * try again. `Now`: nothing reached Visa, so it may go out again at once. `Reconcile`: ask Visa what
 * became of it before anything else.
 */
export type Retry = "Never" | "AfterFix" | "Later" | "Now" | "Reconcile"

/** What a reason says about the money, if the operation moves any. */
export type Money = "NotMoved" | "Moved" | "Unknown"

/** Visa's decline category; see `reattemptLimits`. */
export type DeclineCategory = 1 | 2 | 3 | 4

/** Where a row comes from. */
export const sources = {
  visa: "a page, specification or posting of Visa",
  processor: "public documents of other processors, because Visa's own table is not public",
  ours: "this SDK: Visa has no code for it, or says nothing about it",
} as const

export type Source = keyof typeof sources

/** The sections of runbook.md that rows point to, and their titles. */
export const runbookSections = {
  configuration: "An option is wrong",
  credentials: "Certificates, keys and passwords",
  connectivity: "No connection to Visa",
  "invalid-requests": "Requests that this SDK or Visa refuses",
  "rejected-by-the-gateway": "Visa's gateway does not let a request through",
  "rate-limiting": "Too many requests",
  "declined-payments": "Declined payments",
  "unknown-outcomes": "Payments whose outcome is unknown",
  "reversals-and-cancellations": "Reversals and cancellations that fail",
  "payout-rejections": "Account and wallet payouts that are rejected or returned",
  outages: "Visa, an issuer or a bank is down",
  quotes: "Exchange rates and quotes",
  compliance: "Sanctions, money laundering and other compliance",
  aliases: "Aliases that do not resolve",
  jwks: "Encryption keys from a JWKS",
  storage: "The database or Redis is down",
  guards: "A payout's funding is refused",
  policies: "A payout policy refuses payouts",
} as const

export type RunbookSection = keyof typeof runbookSections

/**
 * The spaces of Visa's codes. The same code means different things in different spaces, and in
 * `gateway`, `fx` and `cardAttributes` the HTTP status belongs to it: `<status>/<code>`.
 */
export const spaces = {
  action: "Action codes: `actionCode`, ISO 8583 field 39",
  reversal: "Action codes that mean something else in the answer to a reversal",
  cancel: "Action codes that mean something else in the answer to cancelling a deferred push",
  queryStatus: "Transaction Query: `statusCode`",
  http: "HTTP statuses of replies that hold no code of their own",
  gateway: "The platform gateway, Funds Transfer and Transaction Query: `<HTTP status>/<code>`",
  fx: "Foreign exchange: `<HTTP status>/<code>`",
  cardAttributes: "Card attributes (FTAI): `<HTTP status>/<reason>`",
  alias: "Alias Directory; with the HTTP status in front where a code has two meanings",
  payoutStatus: "Account and wallet payouts: `status`",
  payoutValidation: "Account and wallet payouts: codes of a refused payout (HTTP 400)",
  payoutRejection: "Account and wallet payouts: ids of the reason for a rejection or return",
} as const

export type Space = keyof typeof spaces

/** The codes that a row stands for: at most one per space, because each code has its own row. */
export type Codes = { readonly [S in Space]?: string }

/** One reason: everything that is known about it before it happens. */
export interface Row<
  out C extends Category = Category,
  out R extends Retry = Retry,
  out M extends Money = Money,
  out D extends DeclineCategory | undefined = DeclineCategory | undefined,
  out K extends Codes = Codes,
> {
  readonly codes: K
  readonly category: C
  /** In the third person, without a final period. */
  readonly meaning: string
  /**
   * An instruction to the engineer on call. Where `retry` is `Reconcile`, what holds for all such
   * rows comes before it: see `reconcileAdvice`.
   */
  readonly advice: string
  readonly retry: R
  readonly money: M
  readonly declineCategory: D
  readonly runbook: RunbookSection
  readonly source: Source
}

/** What rows of a table share, so that a row holds only what is its own. */
type Defaults = Partial<Row>

/** What is left to say. */
type Entry<D extends Defaults> = Partial<Row> & Omit<Row, keyof D | "codes" | "declineCategory">

type Of<D, E, K extends keyof Row> = E extends { readonly [P in K]: infer V }
  ? V
  : D extends { readonly [P in K]: infer V }
    ? V
    : undefined

type Whole<D, E> = Row<
  Extract<Of<D, E, "category">, Category>,
  Extract<Of<D, E, "retry">, Retry>,
  Extract<Of<D, E, "money">, Money>,
  Extract<Of<D, E, "declineCategory">, DeclineCategory | undefined>,
  E extends { readonly codes: infer K extends Codes } ? K : {}
>

/** A table of rows by tag. The types keep every literal but the texts. */
export const rows = <
  const D extends Defaults,
  const T extends { readonly [tag: string]: Entry<D> },
>(
  defaults: D,
  table: T,
): { readonly [K in keyof T]: Whole<D, T[K]> } =>
  Object.fromEntries(
    Object.entries(table).map(([tag, entry]) => [
      tag,
      { codes: {}, declineCategory: undefined, ...defaults, ...entry },
    ]),
    // TypeScript does not follow the spread of a default and a row into the mapped type.
  ) as never
