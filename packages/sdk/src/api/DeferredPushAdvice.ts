/**
 * The advice that Visa posts to the originator when a deferred push was processed.
 *
 * Visa calls `POST {@link DeferredPushAdvice.path}` on the originator's server and expects 200 with an
 * empty body, 400 for what cannot be read, 500 for trouble of the server.
 *
 * What is not known, and so not relied on: Visa's table of its fields is not public in full. Certain
 * are the purpose, the path, the three statuses, and that the acquiring BIN is misspelt `acquringBin`;
 * the other names are those of the push's own reply. Members that are not read are listed by name. No
 * signature is documented: an advice that names a payment is no proof that Visa sent it. Protect the
 * path by mutual TLS, and ask the {@link TransactionQuery} before money is booked.
 *
 * Source: Visa's OpenAPI export "Visa Direct" (2025), "Deferred OCT Advice API".
 */
import { Exit, Predicate, Result } from "effect"
import { parseJson } from "../internal/classify.ts"
import type { NotAnswered } from "../internal/batch.ts"
import * as Wire from "../internal/wire.ts"
import { readActionCode, VisaError } from "../VisaError.ts"
import type { Tag } from "../VisaError.ts"

/** An advice, as far as it could be read. It holds no card number. */
export interface DeferredPushAdvice {
  readonly acquiringBin?: string
  readonly systemsTraceAuditNumber?: string
  readonly retrievalReferenceNumber?: string
  /** Visa's id of the push, 15 digits. */
  readonly transactionIdentifier?: string
  readonly transmissionDateTime?: string
  readonly approvalCode?: string
  readonly actionCode?: string
  /** Who answered; see `ResponseSource`. */
  readonly responseCode?: string
  /**
   * What became of the push: `Approved`, the `VisaError` of its decline, or `NotAnswered` where the
   * advice has no action code.
   */
  readonly outcome: { readonly _tag: "Approved" } | VisaError | NotAnswered
  /** Names of members that this version does not read. */
  readonly unread: ReadonlyArray<string>
}

/** The payment that an advice is compared with: a `PushRequest` is one. */
export interface SentPush {
  readonly acquiringBin: string
  readonly systemsTraceAuditNumber: string
  readonly retrievalReferenceNumber: string
}

/**
 * Whether an advice is about a payment. `Mismatch` names the first field that differs. `Unproven`:
 * nothing differs, but the advice lacks what would tell this payment from others.
 */
export type Comparison =
  | { readonly _tag: "Match" }
  | { readonly _tag: "Mismatch"; readonly field: string }
  | { readonly _tag: "Unproven"; readonly missing: ReadonlyArray<string> }

const path = "/visadirect/v1/pushpayment/advice/receive/deferredoct"

const context = { operation: "DeferredPushAdvice.decode", money: "reports", rail: "card" } as const

const unreadable = (tag: Tag, detail: string): Exit.Exit<never, VisaError> =>
  Exit.fail(VisaError.of(tag, { detail }, context))

const fields = {
  acquringBin: Wire.text,
  acquiringBin: Wire.text,
  systemsTraceAuditNumber: Wire.digits(6),
  retrievalReferenceNumber: Wire.digits(12),
  transactionIdentifier: Wire.digits(15),
  transmissionDateTime: Wire.text,
  approvalCode: Wire.text,
  actionCode: Wire.actionCode,
  originalActionCode: Wire.actionCode,
  responseCode: Wire.text,
} as const

const reader = Wire.object(fields)

const outcomeOf = (
  actionCode: string | undefined,
  originalActionCode: string | undefined,
): DeferredPushAdvice["outcome"] =>
  actionCode === undefined
    ? { _tag: "NotAnswered" }
    : Result.match(readActionCode("push", actionCode, originalActionCode), {
        onSuccess: () => ({ _tag: "Approved" as const }),
        onFailure: (verdict) => VisaError.of(verdict.tag, verdict.fields, context),
      })

const decoder = new TextDecoder()

const parse = (body: unknown): unknown => {
  const text = Predicate.isUint8Array(body) ? decoder.decode(body) : body
  if (!Predicate.isString(text)) return text
  const json = parseJson(text)
  return json._tag === "Json" ? json.value : undefined
}

const decode = (body: unknown): Exit.Exit<DeferredPushAdvice, VisaError> => {
  const value = parse(body)
  if (!Wire.isJsonObject(value)) {
    return unreadable("ResponseNotJson", "The advice is not a JSON object.")
  }
  if (Predicate.isString(value["encData"])) {
    return unreadable(
      "MleDecryptFailed",
      "The advice is encrypted: decrypt it with Mle.decrypt first.",
    )
  }
  const read = reader(value) ?? {}
  const { acquringBin, acquiringBin = acquringBin, originalActionCode, ...rest } = read
  const { retrievalReferenceNumber, systemsTraceAuditNumber, transactionIdentifier } = rest
  if (
    transactionIdentifier === undefined &&
    (systemsTraceAuditNumber === undefined || retrievalReferenceNumber === undefined)
  ) {
    return unreadable(
      "ResponseMalformed",
      "The advice names no payment: it has neither transactionIdentifier nor STAN and RRN.",
    )
  }
  return Exit.succeed({
    ...rest,
    ...(acquiringBin === undefined ? {} : { acquiringBin }),
    outcome: outcomeOf(rest.actionCode, originalActionCode),
    unread: Object.keys(value).filter((name) => !Object.hasOwn(fields, name)),
  })
}

const compare = (
  advice: DeferredPushAdvice,
  push: SentPush,
  answer?: { readonly transactionIdentifier: string },
): Comparison => {
  const sent = {
    acquiringBin: push.acquiringBin,
    systemsTraceAuditNumber: push.systemsTraceAuditNumber,
    retrievalReferenceNumber: push.retrievalReferenceNumber,
    // Of the answer: that of the request is the pull's that funded the push.
    transactionIdentifier: answer?.transactionIdentifier,
  } as const
  const names = Object.keys(sent) as ReadonlyArray<keyof typeof sent>
  const field = names.find(
    (name) => advice[name] !== undefined && sent[name] !== undefined && advice[name] !== sent[name],
  )
  if (field !== undefined) return { _tag: "Mismatch", field }
  const missing = names.filter((name) => advice[name] === undefined)
  const known = (name: keyof typeof sent) => sent[name] !== undefined && !missing.includes(name)
  return known("transactionIdentifier") ||
    (known("systemsTraceAuditNumber") && known("retrievalReferenceNumber"))
    ? { _tag: "Match" }
    : { _tag: "Unproven", missing }
}

/**
 * Reads the advice that a deferred push was processed.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { DeferredPushAdvice } from "effect-visa-direct/api/DeferredPushAdvice"
 *
 * const body = `{"acquringBin":408999,"systemsTraceAuditNumber":"451018",
 *   "retrievalReferenceNumber":"412770452025","actionCode":"00"}`
 * const advice = Effect.runSync(DeferredPushAdvice.decode(new TextEncoder().encode(body)))
 * assert.strictEqual(advice.outcome._tag, "Approved")
 *
 * const push = {
 *   acquiringBin: "408999",
 *   systemsTraceAuditNumber: "451018",
 *   retrievalReferenceNumber: "412770452025"
 * }
 * assert.deepStrictEqual(DeferredPushAdvice.compare(advice, push), { _tag: "Match" })
 */
export const DeferredPushAdvice = {
  /** The path that Visa calls, after the originator's own host. */
  path,
  /**
   * From the request's body, as bytes, text or parsed JSON, decrypted. Fails with `ResponseNotJson`,
   * `MleDecryptFailed` when it still is encrypted, and `ResponseMalformed` when it names no payment;
   * each leaves the money of the payment unknown.
   */
  decode,
  /**
   * Whether an advice is about a push. STAN and RRN, or Visa's id from the answer to the push, must be
   * there and equal, and nothing may differ. It says nothing about who sent the advice.
   */
  compare,
} as const
