/**
 * Everything that can go wrong, as one table that people read.
 *
 * A failed call fails with {@link VisaError}, whose `reason` is one tagged value per thing that
 * Visa, the network or the configuration can answer. A row of {@link catalogue} *is* the declaration
 * of such a reason: its tag, Visa's codes for it, what it says about the money, and what to do next.
 * Decoding of replies, documentation, metric labels and the command line are made from the rows.
 *
 * Sources of the codes: Visa's public error-code pages and OpenAPI exports where they exist
 * (`source: "visa"`), other processors' public documents where Visa's table is not public
 * (`source: "processor"`), and our own reading where neither says anything (`source: "ours"`).
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { VisaError } from "effect-visa-direct"
 *
 * const declined = Effect.fail(VisaError.of("ExceedsAmountLimit", { code: "61" }))
 *
 * const handled = declined.pipe(
 *   Effect.catchReason("VisaError", "ExceedsAmountLimit", (reason) =>
 *     Effect.succeed(`declined with ${reason.code}: ${reason.row.advice}`)
 *   )
 * )
 * assert.match(Effect.runSync(handled), /^declined with 61/)
 */
import { Data, Option, Predicate } from "effect"
import { redactText } from "./internal/redactText.ts"
import { catalogue } from "./internal/catalogue.ts"
import type { Row } from "./internal/catalogue.ts"

export { catalogue } from "./internal/catalogue.ts"
export type { Category, Codes, Money as MoneyEffect, Retry, Row, Source } from "./internal/catalogue.ts"

/** The name of a reason: the key of its row in {@link catalogue}. */
export type Tag = keyof typeof catalogue

/** What every reason can carry. All texts are redacted when the error is made. */
export interface ReasonFields {
  /** Visa's code as it was received, e.g. `51` or `9125`. */
  readonly code?: string | undefined
  /** What exactly happened, in one sentence: the part that the row cannot know. */
  readonly detail?: string | undefined
  /** The request field, option or file that is concerned. */
  readonly field?: string | undefined
  /**
   * Of `StillProcessing` and `DuplicateInFlight`: ask for the result with this id, for 24 hours. Absent
   * when Visa sent none.
   */
  readonly statusIdentifier?: string | undefined
  /** Of `DuplicateTransaction`: what Visa answered to the original; `00` means that it was paid. */
  readonly originalActionCode?: string | undefined
  /** Of `RateLimited` and `ServiceUnavailable`: Visa's `Retry-After`. */
  readonly retryAfterMillis?: number | undefined
}

/** One reason: a row of the catalogue together with what was seen this time. */
export type Reason<T extends Tag = Tag> = {
  readonly [K in T]: { readonly _tag: K; readonly row: Row } & ReasonFields
}[T]

/**
 * What an operation has to do with money: it moves some, it reports on an earlier one that does (a
 * status or a query), or none.
 */
export type MoneyRole = "moves" | "reports" | "none"

/** Where an error happened: everything needed to find the call again, here and at Visa. */
export interface ErrorContext {
  /** The operation, e.g. `FundsTransfer.push`. */
  readonly operation?: string | undefined
  /** What that operation has to do with money; see {@link VisaError.money}. */
  readonly money?: MoneyRole | undefined
  readonly rail?: string | undefined
  /** Source and destination, e.g. `GB-PH`. */
  readonly corridor?: string | undefined
  /** The id that this SDK put on the request. */
  readonly correlationId?: string | undefined
  /** The `X-CORRELATION-ID` of Visa's reply: what Visa's support asks for. */
  readonly visaCorrelationId?: string | undefined
  readonly clientTransactionId?: string | undefined
  /** Counted from 1. */
  readonly attempt?: number | undefined
  readonly httpStatus?: number | undefined
}

class ReasonValue extends Data.Class<ReasonFields & { readonly _tag: Tag }> {
  constructor(tag: Tag, fields: ReasonFields) {
    super({ _tag: tag, ...redactedFields(fields) })
  }
  // On the prototype, so that it is there to read and not in every rendering of an error.
  get row(): Row {
    return catalogue[this._tag]
  }
}

// The shape stays: absent members are left out and texts stay texts.
const redactedFields = <A extends object>(fields: A): A =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, Predicate.isString(value) ? redactText(value) : value]]
    ),
  ) as A

/**
 * Makes the value that goes into {@link VisaError.reason}.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { VisaError } from "effect-visa-direct"
 *
 * const reason = VisaError.reason("RateLimited", { retryAfterMillis: 2_000 })
 * assert.strictEqual(reason.row.money, "NotMoved")
 */
const reason: <T extends Tag>(tag: T, fields?: ReasonFields) => Reason<T> = (
  tag: Tag,
  fields: ReasonFields = {},
  // `tag` is the tag of the value: TypeScript cannot see the connection through the class.
) => new ReasonValue(tag, fields) as never

const moneySentence = {
  NotMoved: "No money has moved.",
  Moved: "The money has moved.",
  Unknown: "Whether money has moved is not known.",
} as const

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

const describe = (reason: Reason, context: ErrorContext, money: Row["money"]): string => {
  const facts = [
    context.operation,
    context.rail === undefined ? undefined : `rail ${context.rail}`,
    context.corridor === undefined ? undefined : `corridor ${context.corridor}`,
    context.httpStatus === undefined ? undefined : `HTTP ${context.httpStatus}`,
    reason.code === undefined ? undefined : `Visa code ${reason.code}`,
    context.attempt === undefined ? undefined : `attempt ${context.attempt}`,
    context.correlationId === undefined ? undefined : `correlation id ${context.correlationId}`,
    context.visaCorrelationId === undefined
      ? undefined
      : `Visa correlation id ${context.visaCorrelationId}`,
  ].filter(Predicate.isNotUndefined)
  return [
    `${reason._tag}: ${sentence(reason.row.meaning)}`,
    reason.field === undefined ? undefined : `Field: ${reason.field}.`,
    reason.detail === undefined ? undefined : sentence(reason.detail),
    context.money === undefined || context.money === "none" ? undefined : moneySentence[money],
    `Next: ${sentence(reason.row.advice)}`,
    facts.length === 0 ? undefined : `[${facts.join(", ")}]`,
  ]
    .filter(Predicate.isNotUndefined)
    .join(" ")
}

/**
 * The error of every operation. Match on its `reason` with `Effect.catchReason`.
 *
 * Nothing in it can hold a card number or a secret: its texts pass the redactor when it is made,
 * and it never carries the request, the reply or an underlying `cause`.
 */
export class VisaError extends Data.TaggedError("VisaError")<{
  readonly reason: Reason
  readonly context: ErrorContext
  readonly message: string
}> {
  constructor(props: { readonly reason: Reason; readonly context?: ErrorContext | undefined }) {
    const context = redactedFields(props.context ?? {})
    super({
      reason: props.reason,
      context,
      message: describe(props.reason, context, moneyOf(props.reason, context)),
    })
  }

  /**
   * Makes an error from a tag, its fields and the context.
   *
   * @example
   * import { assert } from "@effect/vitest"
   * import { VisaError } from "effect-visa-direct"
   *
   * const error = VisaError.of("ResponseTimeout", {}, { operation: "FundsTransfer.push", money: "moves" })
   * assert.strictEqual(error.money, "Unknown")
   * assert.strictEqual(error.retry, "Reconcile")
   */
  static of(tag: Tag, fields?: ReasonFields, context?: ErrorContext): VisaError {
    return new VisaError({ reason: reason<Tag>(tag, fields), context })
  }

  /** Makes a reason alone. */
  static readonly reason = reason

  static readonly is = (u: unknown): u is VisaError => u instanceof VisaError

  /**
   * What this says about the money: `NotMoved` for operations that have nothing to do with any. When
   * a status or a query fails, that says nothing about the payment it asked for: `Unknown`, unless it
   * is the answer itself, a decline.
   */
  get money(): Row["money"] {
    return moneyOf(this.reason, this.context)
  }

  /** When, if at all, the same call may be made again. */
  get retry(): Row["retry"] {
    return this.reason.row.retry
  }

  /** The same error with more known about where it happened; what is known already wins. */
  within(context: ErrorContext): VisaError {
    return new VisaError({ reason: this.reason, context: { ...context, ...this.context } })
  }

  override toJSON(): unknown {
    const { _tag, ...fields } = this.reason
    return {
      _tag: "VisaError",
      reason: _tag,
      ...fields,
      money: this.money,
      retry: this.retry,
      advice: this.reason.row.advice,
      ...this.context,
      message: this.message,
    }
  }
}

const moneyOf = (reason: Reason, context: ErrorContext): Row["money"] => {
  switch (context.money) {
    case "moves":
      return reason.row.money
    case "reports":
      return reason.row.category === "decline" ? reason.row.money : "Unknown"
    default:
      return "NotMoved"
  }
}

const index = (space: keyof Row["codes"]): ReadonlyMap<string, Tag> =>
  new Map(
    (Object.keys(catalogue) as ReadonlyArray<Tag>).flatMap((tag) =>
      ((catalogue[tag] as Row).codes[space] ?? []).map((code): [string, Tag] => [code, tag])
    ),
  )

const indexes = {
  action: index("action"),
  gateway: index("gateway"),
  http: index("http"),
}

/**
 * The reason for a code of Visa, or none when the table has no row for it.
 *
 * Gateway codes are looked up as `<HTTP status>/<code>`, because Visa uses some twice (9125).
 */
export const tagOfCode = (space: keyof typeof indexes, code: string): Option.Option<Tag> =>
  Option.fromUndefinedOr(indexes[space].get(code))
