/**
 * Everything that can go wrong, as one table that people read.
 *
 * A failed call fails with {@link VisaError}, whose `reason` is one tagged value per thing that
 * Visa, the network or the configuration can answer. A row of {@link catalogue} *is* the declaration
 * of such a reason: its tag, Visa's code for it, what it says about the money, and what to do next.
 * Decoding of replies, `docs/errors.md`, metric labels and the command line are made from the rows.
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
 *
 * // Or all declines at once: the handler knows that it can only be one of them.
 * const all = declined.pipe(
 *   VisaError.catchDeclines((reason) => Effect.succeed(reason.row.declineCategory))
 * )
 * assert.strictEqual(Effect.runSync(all), 2)
 */
import { Data, Effect, Function, Option, Predicate, Schema, SchemaTransformation } from "effect"
import { catalogue, tags } from "./internal/catalogue.ts"
import type { Catalogue, Tag } from "./internal/catalogue.ts"
import { groupOf } from "./internal/catalogue/groups.ts"
import type { Group, GroupTag } from "./internal/catalogue/groups.ts"
import { tagOfCode } from "./internal/catalogue/lookup.ts"
import { reattemptLimit } from "./internal/catalogue/reattempts.ts"
import type { Row, Space } from "./internal/catalogue/row.ts"
import { redactText } from "./internal/redactText.ts"

export { catalogue } from "./internal/catalogue.ts"
export type { Catalogue, Tag, TagIn } from "./internal/catalogue.ts"
export {
  approvals,
  envelopes,
  fundingStatuses,
  payoutProgress,
} from "./internal/catalogue/answers.ts"
export type {
  ActionOperation,
  Approval,
  ApprovalCode,
  PayoutProgress,
} from "./internal/catalogue/answers.ts"
export { conditions } from "./internal/catalogue/conditions.ts"
export { groupOf, groups } from "./internal/catalogue/groups.ts"
export type { Group, GroupTag } from "./internal/catalogue/groups.ts"
export {
  readActionCode,
  readings,
  readPayoutStatus,
  tagOfCode,
  tagOfRefusal,
} from "./internal/catalogue/lookup.ts"
export type { Reading, Refusal, Verdict } from "./internal/catalogue/lookup.ts"
export { reattemptLimit, reattemptLimits } from "./internal/catalogue/reattempts.ts"
export type { ReattemptLimit } from "./internal/catalogue/reattempts.ts"
export { runbookSections, sources, spaces } from "./internal/catalogue/row.ts"
export type {
  Category,
  Codes,
  DeclineCategory,
  Money as MoneyEffect,
  Retry,
  Row,
  RunbookSection,
  Source,
  Space,
} from "./internal/catalogue/row.ts"

/** What every reason can carry. All texts are redacted and cut when the error is made. */
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
  /** Of `PayoutStatusReturned`: why, a code of the space `payoutRejection`. */
  readonly rejectionId?: string | undefined
  /** Of `PolicyRefused` and `DayLimitReached`: the policy, its version, and the rule in it. */
  readonly policy?: string | undefined
  readonly policyVersion?: string | undefined
  readonly rule?: string | undefined
  /**
   * When to come back: Visa's `Retry-After` with `RateLimited` and `ServiceUnavailable`, and what the
   * breaker or the limiter know with `CircuitOpen` and `RateLimiterBusy`.
   */
  readonly retryAfterMillis?: number | undefined
}

/** A reason of whichever tag: what there is to say without naming the 250 types of the union. */
interface AnyReason extends ReasonFields {
  readonly _tag: Tag
  readonly row: Row
}

/** A row of the catalogue together with what was seen this time. */
export interface ReasonOf<out T extends Tag> extends ReasonFields {
  readonly _tag: T
  readonly row: Catalogue[T]
}

/** One reason: a union over the tags, so that `_tag` narrows it. */
export type Reason<T extends Tag = Tag> = T extends Tag ? ReasonOf<T> : never

/** The class of a reason. */
export interface ReasonClass<T extends Tag> {
  new (fields?: ReasonFields): ReasonOf<T>
  readonly tag: T
  readonly row: Catalogue[T]
}

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

const text = Schema.optionalKey(Schema.String)
const number = Schema.optionalKey(Schema.Finite)

const reasonFields = {
  code: text,
  detail: text,
  field: text,
  statusIdentifier: text,
  originalActionCode: text,
  rejectionId: text,
  policy: text,
  policyVersion: text,
  rule: text,
  retryAfterMillis: number,
} as const

const contextFields = {
  operation: text,
  money: Schema.optionalKey(Schema.Literals(["moves", "reports", "none"])),
  rail: text,
  corridor: text,
  correlationId: text,
  visaCorrelationId: text,
  clientTransactionId: text,
  attempt: number,
  httpStatus: number,
} as const

/** Characters; longer texts are cut. */
const maxText = 500

// Line breaks and invisible characters could forge a line of a log, or hide a card number from the
// redactor; they go first. A text is cut last, so that no half of a card number escapes.
const sanitise = (value: string): string => {
  const safe = redactText(value.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " "))
  return safe.length <= maxText
    ? safe
    : `${safe.slice(0, maxText - 1).replace(/[\uD800-\uDBFF]$/, "")}…`
}

// Only what is listed gets in, and only as what it is listed for: whatever else a caller hands over
// by mistake, a request or a cause, stays out.
const sanitiser = <A extends object>(fields: { readonly [K in keyof A]-?: Schema.Top }) => {
  const checks = Object.entries<Schema.Top>(fields).map(
    ([key, schema]) => [key as keyof A, Schema.is(schema)] as const,
  )
  return (given: A): A =>
    Object.fromEntries(
      checks.flatMap(([key, isValid]) => {
        const value = given[key]
        if (value === undefined || !isValid(value)) return []
        return [[key, Predicate.isString(value) ? sanitise(value) : value]]
      }),
    ) as A
}

const sanitisedFields = sanitiser<ReasonFields>(reasonFields)
const sanitisedContext = sanitiser<ErrorContext>(contextFields)

/** For what a sanitiser made: it leaves out what is undefined, and the types allow it. */
const present = <A extends object>(
  made: A,
): { readonly [K in keyof A]: Exclude<A[K], undefined> } => made as never

class ReasonValue extends Data.Class<ReasonFields & { readonly _tag: Tag }> {
  constructor(tag: Tag, fields: ReasonFields) {
    super({ _tag: tag, ...sanitisedFields(fields) })
  }
  // On the prototype, so that it is there to read and not in every rendering of an error.
  get row(): Row {
    return catalogue[this._tag]
  }
}

// The computed key gives each class the name of its tag.
const classOf = (tag: Tag): unknown =>
  ({
    [tag]: class extends ReasonValue {
      static readonly tag = tag
      static readonly row: Row = catalogue[tag]
      constructor(fields: ReasonFields = {}) {
        super(tag, fields)
      }
    },
  })[tag]

/** The classes of all reasons, by tag. */
export type ReasonClasses = { readonly [T in Tag]: ReasonClass<T> }

const reasons = Object.fromEntries(tags.map((tag) => [tag, classOf(tag)])) as ReasonClasses

const isTag = (tag: string): tag is Tag => Object.hasOwn(catalogue, tag)

/**
 * Makes the value that goes into {@link VisaError.reason}.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { VisaError } from "effect-visa-direct"
 *
 * const reason = VisaError.reason("RateLimited", { retryAfterMillis: 2_000 })
 * assert.strictEqual(reason.row.money, "NotMoved")
 * assert.isTrue(reason instanceof VisaError.reasons.RateLimited)
 */
const reason = <T extends Tag>(tag: T, fields?: ReasonFields): Reason<T> =>
  // For a union of tags TypeScript has one value with a union in it, not a union of values.
  new reasons[tag](fields) as Reason<T>

/** The spaces whose codes are about the payment itself, and not about the request for news of it. */
const answerSpaces: ReadonlyArray<Space> = [
  "action",
  "reversal",
  "cancel",
  "queryStatus",
  "payoutStatus",
  "payoutRejection",
]

const ownAnswers: ReadonlySet<Tag> = new Set([
  "UnrecognizedCode",
  "UnrecognizedReason",
  "UnexpectedApproval",
  "CancelRefused",
  "TransactionReversed",
])

const isAnswer = ({ _tag, row }: AnyReason): boolean =>
  ownAnswers.has(_tag) || answerSpaces.some((space) => row.codes[space] !== undefined)

const moneyOf = (reason: AnyReason, context: ErrorContext): Row["money"] => {
  switch (context.money) {
    case "moves":
      return reason.row.money
    case "reports":
      return isAnswer(reason) ? reason.row.money : "Unknown"
    default:
      return "NotMoved"
  }
}

const retryOf = (reason: AnyReason, context: ErrorContext): Row["retry"] => {
  const { retry } = reason.row
  if (retry !== "Reconcile") return retry
  switch (context.money) {
    case "none":
      return "Later"
    case "reports":
      return isAnswer(reason) ? retry : "Later"
    default:
      return retry
  }
}

/** What comes first wherever money may have moved. */
export const reconcileAdvice =
  "do not send again: ask for the status, then query by STAN and RRN, and resend with the same identity only when Visa knows nothing of it"

const repeatAdvice = {
  moves: reconcileAdvice,
  reports: "ask again after a pause",
  none: "make the call again after a pause: it moves no money",
} as const satisfies { readonly [R in MoneyRole]: string }

const sentence = (text: string): string => {
  const begun = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`
}

const adviceOf = (reason: AnyReason, context: ErrorContext): string => {
  const { advice, retry } = reason.row
  if (retry !== "Reconcile") return sentence(advice)
  const role = retryOf(reason, context) === "Reconcile" ? "moves" : (context.money ?? "moves")
  return `${sentence(repeatAdvice[role])} ${sentence(advice)}`
}

const moneySentence = {
  NotMoved: "No money has moved.",
  Moved: "The money has moved.",
  Unknown: "Whether money has moved is not known.",
} as const satisfies { readonly [M in Row["money"]]: string }

const declineSentence = (category: Row["declineCategory"]): string | undefined => {
  if (category === undefined) return undefined
  const { attempts, days, meaning } = reattemptLimit(category)
  const limit =
    attempts === 0 ? "no further attempt" : `at most ${attempts} more attempts in ${days} days`
  return `Visa's decline category ${category}: ${meaning}, ${limit}.`
}

const rejectionSentence = (id: string): string =>
  Option.match(tagOfCode("payoutRejection", id), {
    onNone: () => `Reason ${id}.`,
    onSome: (tag) => `Reason ${id}: ${sentence(catalogue[tag].meaning)}`,
  })

const describe = (reason: AnyReason, context: ErrorContext): string => {
  const { row } = reason
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
    context.clientTransactionId === undefined
      ? undefined
      : `client transaction id ${context.clientTransactionId}`,
    `runbook ${row.runbook}`,
  ].filter(Predicate.isNotUndefined)
  return [
    `${reason._tag}: ${row.meaning}.`,
    reason.rejectionId === undefined ? undefined : rejectionSentence(reason.rejectionId),
    reason.field === undefined ? undefined : `Field: ${reason.field}.`,
    reason.detail === undefined ? undefined : sentence(reason.detail),
    context.money === undefined || context.money === "none"
      ? undefined
      : moneySentence[moneyOf(reason, context)],
    `Next: ${adviceOf(reason, context)}`,
    row.category === "decline" ? declineSentence(row.declineCategory) : undefined,
    `[${facts.join(", ")}]`,
  ]
    .filter(Predicate.isNotUndefined)
    .join(" ")
}

/** What is left of an error type when some of the reasons have been handled. */
export type Without<E, T extends Tag> =
  E extends VisaError<infer U>
    ? [Exclude<U, T>] extends [never]
      ? never
      : VisaError<Exclude<U, T>>
    : E

/** Handles the reasons of a group and takes them out of the error type. */
export interface CatchGroup<T extends Tag> {
  <A2, E2, R2>(
    handler: (reason: Reason<T>, error: VisaError<T>) => Effect.Effect<A2, E2, R2>,
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A | A2, Without<E, T> | E2, R | R2>
  <A, E, R, A2, E2, R2>(
    self: Effect.Effect<A, E, R>,
    handler: (reason: Reason<T>, error: VisaError<T>) => Effect.Effect<A2, E2, R2>,
  ): Effect.Effect<A | A2, Without<E, T> | E2, R | R2>
}

const isIn =
  <G extends Group>(group: G) =>
  (u: unknown): u is VisaError<GroupTag<G>> =>
    VisaError.is(u) && groupOf(u.reason._tag) === group

// Written for all tags and narrowed where it is used: with a type parameter for the group, every
// program that imports this module would take a third of a second longer to check.
const catchGroup = (group: Group): never =>
  Function.dual(
    2,
    <A, E, R, A2, E2, R2>(
      self: Effect.Effect<A, E, R>,
      handler: (reason: Reason, error: VisaError) => Effect.Effect<A2, E2, R2>,
    ): Effect.Effect<A | A2, E | E2, R | R2> =>
      Effect.catch(self, (error): Effect.Effect<A2, E | E2, R2> =>
        VisaError.is(error) && groupOf(error.reason._tag) === group
          ? handler(error.reason, error)
          : Effect.fail(error),
      ),
  ) as never

/**
 * The error of every operation. Match on its `reason` with `Effect.catchReason`, or on a group of
 * reasons with `VisaError.catchDeclines` and its siblings.
 *
 * Nothing in it can hold a card number or a secret: its texts pass the redactor when it is made,
 * and it never carries the request, the reply or an underlying `cause`.
 */
export class VisaError<out T extends Tag = Tag> extends Data.TaggedError("VisaError")<{
  readonly reason: Reason
  readonly context: ErrorContext
  readonly message: string
}> {
  declare readonly reason: Reason<T>

  constructor(props: { readonly reason: Reason<T>; readonly context?: ErrorContext | undefined }) {
    // A reason that was put together by hand has not been sanitised.
    const given: AnyReason = props.reason
    const checked = given instanceof ReasonValue ? given : new reasons[given._tag](given)
    const context = sanitisedContext(props.context ?? {})
    super({ reason: checked as Reason, context, message: describe(checked, context) })
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

  /** The classes of the reasons, by tag. */
  static readonly reasons: ReasonClasses = reasons

  static readonly is = (u: unknown): u is VisaError => u instanceof VisaError

  /**
   * Whether a value is an error with a reason of the group: for `Effect.retry`, `Effect.catchIf` and
   * plain code. What the groups are, and what is in them: {@link groups}, {@link groupOf}.
   *
   * @example
   * import { assert } from "@effect/vitest"
   * import { Effect } from "effect"
   * import { VisaError } from "effect-visa-direct"
   *
   * let calls = 0
   * const flaky = Effect.suspend(() =>
   *   ++calls < 3 ? Effect.fail(VisaError.of("ConnectionRefused")) : Effect.succeed("there")
   * )
   * const patient = Effect.retry(flaky, { while: VisaError.isIn("transient"), times: 5 })
   * assert.strictEqual(Effect.runSync(patient), "there")
   */
  static readonly isIn = isIn

  /**
   * Handles every decline. The rest of the errors stays in the error type.
   *
   * @example
   * import { assert } from "@effect/vitest"
   * import { Effect } from "effect"
   * import { VisaError } from "effect-visa-direct"
   *
   * const push = Effect.fail(VisaError.of("InsufficientFunds", { code: "51" }))
   * const message = push.pipe(
   *   VisaError.catchDeclines((reason) => Effect.succeed(`declined: ${reason.row.meaning}`))
   * )
   * assert.strictEqual(Effect.runSync(message), "declined: there are not sufficient funds")
   */
  static readonly catchDeclines: CatchGroup<GroupTag<"declines">> = catchGroup("declines")

  /**
   * Handles what a pause may cure. Nothing in it can have moved money; a timeout or a 503 is not in
   * it but in {@link VisaError.catchUnknownOutcomes}.
   */
  static readonly catchTransient: CatchGroup<GroupTag<"transient">> = catchGroup("transient")

  /** Handles what must be put right in options, credentials or the project at Visa. */
  static readonly catchConfiguration: CatchGroup<GroupTag<"configuration">> =
    catchGroup("configuration")

  /** Handles requests that this SDK or Visa refused for what is in them. */
  static readonly catchInvalidRequests: CatchGroup<GroupTag<"invalidRequests">> =
    catchGroup("invalidRequests")

  /** Handles what leaves open whether money has moved. */
  static readonly catchUnknownOutcomes: CatchGroup<GroupTag<"unknownOutcomes">> =
    catchGroup("unknownOutcomes")

  /** Handles payments that a compliance rule stands against. */
  static readonly catchCompliance: CatchGroup<GroupTag<"compliance">> = catchGroup("compliance")

  /**
   * To and from JSON, for workflows and stores. A reason of a later version becomes
   * `UnrecognizedReason`, whose money is unknown.
   *
   * @example
   * import { assert } from "@effect/vitest"
   * import { Schema } from "effect"
   * import { VisaError } from "effect-visa-direct"
   *
   * const error = VisaError.of("IssuerUnavailable", { code: "91" }, { money: "moves" })
   * const json = JSON.stringify(Schema.encodeSync(VisaError.Schema)(error))
   * const read = Schema.decodeUnknownSync(VisaError.Schema)(JSON.parse(json))
   * assert.strictEqual(read.message, error.message)
   */
  static readonly Schema: Schema.Codec<VisaError, VisaErrorJson> = Schema.suspend(
    () => VisaErrorSchema,
  )

  /**
   * What this says about the money: `NotMoved` for operations that have nothing to do with any. When
   * a status or a query fails, that says nothing about the payment it asked for: `Unknown`, unless it
   * is the answer itself, such as a decline.
   */
  get money(): Row["money"] {
    return moneyOf(this.reason, this.context)
  }

  /**
   * When, if at all, the same call may be made again. `Reconcile` is for calls that move money: what
   * only asks or moves none is made again `Later`.
   */
  get retry(): Row["retry"] {
    return retryOf(this.reason, this.context)
  }

  /** What to do next, in sentences. */
  get advice(): string {
    return adviceOf(this.reason, this.context)
  }

  /** The same error with more known about where it happened; what is known already wins. */
  within(context: ErrorContext): VisaError<T> {
    return new VisaError<T>({ reason: this.reason, context: { ...context, ...this.context } })
  }

  override toJSON(): unknown {
    const { _tag, ...fields }: AnyReason = this.reason
    return {
      _tag: "VisaError",
      reason: _tag,
      ...fields,
      money: this.money,
      retry: this.retry,
      advice: this.advice,
      runbook: this.reason.row.runbook,
      ...this.context,
      message: this.message,
    }
  }
}

const VisaErrorStruct = Schema.Struct({
  _tag: Schema.Literal("VisaError"),
  reason: Schema.Struct({ _tag: Schema.String, ...reasonFields }),
  context: Schema.Struct(contextFields),
})

/** A {@link VisaError} as JSON. */
export type VisaErrorJson = (typeof VisaErrorStruct)["Encoded"]

const VisaErrorSchema: Schema.Codec<VisaError, VisaErrorJson> = VisaErrorStruct.pipe(
  Schema.decodeTo(
    Schema.declare(VisaError.is, { identifier: "VisaError", expected: "a VisaError" }),
    SchemaTransformation.transform({
      decode: ({ context, reason: { _tag, ...fields } }) =>
        isTag(_tag)
          ? VisaError.of(_tag, fields, context)
          : VisaError.of(
              "UnrecognizedReason",
              {
                ...fields,
                detail: [`It is ${_tag}`, fields.detail]
                  .filter(Predicate.isNotUndefined)
                  .join(": "),
              },
              context,
            ),
      encode: ({ context, reason }): VisaErrorJson => ({
        _tag: "VisaError",
        reason: present<ReasonFields & { readonly _tag: Tag }>({ ...reason }),
        context: present(context),
      }),
    }),
  ),
)
