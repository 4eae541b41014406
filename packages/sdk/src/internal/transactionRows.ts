/**
 * What the rows of the Transaction Query say about one push, pull or reversal.
 *
 * A query by STAN and RRN answers with the life of a transaction. A reversal goes out under the STAN
 * and RRN of its pull, so one answer holds the rows of both, and `transactionType` is all that tells
 * whose a row is: the approval of a pull must not be taken for that of its reversal, nor the other way
 * round.
 *
 * Source: the values of `transactionType` are from Visa's OpenAPI export (2025). Which of them is which
 * operation follows from the transaction codes of Visa's clearing: a credit voucher is an OCT, a sales
 * draft an AFT, and the reversal of each has a code of its own.
 */
import { Option, Result } from "effect"
import type { TransactionRecord } from "../api/TransactionQuery.ts"
import { catalogue, readActionCode, tagOfCode, VisaError } from "../VisaError.ts"
import type { Tag } from "../VisaError.ts"
import type { Round } from "./settling.ts"

/** The operations that have an identity of their own, or share it as a reversal does. */
export type RowOperation = "push" | "pull" | "reverse"

/** `own`: the operation's own rows. `undo`: those of what undoes it. */
const types: { readonly [O in RowOperation]: { readonly own: string; readonly undo?: string } } = {
  push: { own: "CRED VOUCHER", undo: "CRED REVERSAL" },
  pull: { own: "SALES DRAFT", undo: "SALES REVERSAL" },
  reverse: { own: "SALES REVERSAL" },
}

/** Every value that Visa documents. What is none of these could be anybody's. */
const documented: ReadonlySet<string> = new Set([
  "CRED VOUCHER",
  "CRED REVERSAL",
  "CRED CHGBK",
  "CRED CHGBK REVERSAL",
  "SALES DRAFT",
  "SALES REVERSAL",
  "SALES CHGBK",
  "CASH DISBURSEMT",
  "CASH CHGBK",
])

type Owner = "own" | "undo" | "other" | "unclear"

const ownerOf = (operation: RowOperation, type: string | undefined): Owner => {
  const { own, undo } = types[operation]
  // A push shares its identity with nothing that the originator sends.
  if (type === undefined) return operation === "push" ? "own" : "unclear"
  if (type === own) return "own"
  if (type === undo) return "undo"
  return documented.has(type) ? "other" : "unclear"
}

/** A row with which the operation was approved. */
export interface ApprovedRow {
  readonly record: TransactionRecord
  /** Which approval it is: a tag of `approvals`, or that of a pull which was reversed before. */
  readonly approval: string
  /** `00`, `11` or `10`, also where the row is that of a repeat; `79` of a pull reversed before. */
  readonly actionCode: string
}

type Verdict = Result.Result<ApprovedRow, VisaError> | "open" | "undecided"

const context = { operation: "TransactionQuery.find", money: "reports" } as const

/**
 * One row: approved, refused, or not decided. The status comes before the action code: a deferred push
 * that was cancelled still shows the `00` with which it was accepted.
 */
const readRow = (operation: RowOperation, record: TransactionRecord): Verdict => {
  const { actionCode, originalActionCode, statusCode } = record
  const refused = (tag: Tag, code: string) =>
    Result.fail(VisaError.of(tag, { code, detail: record.rejectReasonText }, context))
  if (statusCode === "IN_PROGRESS" || statusCode === "PENDING") return "open"
  const rejected = tagOfCode("queryStatus", statusCode)
  if (actionCode === undefined) {
    return Option.match(rejected, {
      onNone: () => "open" as const,
      onSome: (tag) => refused(tag, statusCode),
    })
  }
  const approved = (approval: string, code: string): Verdict =>
    Option.match(rejected, {
      onNone: () => Result.succeed({ record, approval, actionCode: code }),
      onSome: (tag) => refused(tag, statusCode),
    })
  const verdict = readActionCode(operation, actionCode, originalActionCode)
  if (Result.isSuccess(verdict)) {
    return approved(
      verdict.success.tag,
      actionCode === "94" ? (originalActionCode ?? actionCode) : actionCode,
    )
  }
  const { tag } = verdict.failure
  if (tag === "AlreadyReversed") return approved(tag, actionCode)
  return catalogue[tag].category === "decline" ? refused(tag, actionCode) : "undecided"
}

const repetition = ({ approval, record }: ApprovedRow): number =>
  approval === "AlreadyReversed" ? 2 : record.actionCode === "94" ? 1 : 0

/**
 * The original and its repeats: an approval among them decides, a refusal only when nothing is still
 * being processed.
 */
const readAll = (
  operation: RowOperation,
  records: ReadonlyArray<TransactionRecord>,
): Round<ApprovedRow> => {
  const verdicts = records.map((record) => readRow(operation, record))
  const decided = verdicts.filter((verdict) => verdict !== "open" && verdict !== "undecided")
  const approved = decided.filter(Result.isSuccess)
  // Of a repeat the row need not say how much was approved, and a second reversal finds the first.
  const [best] = approved.toSorted(
    (one, other) => repetition(one.success) - repetition(other.success),
  )
  if (best !== undefined) return best
  if (verdicts.includes("open")) return "open"
  return decided[0] ?? "resendable"
}

const isApproved = <A>(round: Round<A>): round is Result.Success<A, VisaError> =>
  typeof round !== "string" && Result.isSuccess(round)

const isRefused = <A>(round: Round<A>): boolean =>
  typeof round !== "string" && Result.isFailure(round)

/**
 * What became of the operation. What was approved and then reversed is an error of its own:
 * `TransactionReversed`. While that is not decided, or a row could belong to anybody, it stays open.
 */
export const readRows = (
  operation: RowOperation,
  records: ReadonlyArray<TransactionRecord>,
): Round<ApprovedRow> => {
  const of = (owner: Owner) =>
    records.filter(
      ({ transactionType }) => ownerOf(operation, transactionType?.trim().toUpperCase()) === owner,
    )
  const [unclear] = of("unclear")
  if (unclear !== undefined) return "open"
  const own = readAll(operation, of("own"))
  const undoing = of("undo")
  if (undoing.length === 0 || isRefused(own)) return own
  // Something undoes what the query does not show as made: it is not for us to send it again.
  if (!isApproved(own)) return "open"
  const undone = readAll("reverse", undoing)
  if (isRefused(undone)) return own
  return isApproved(undone) ? Result.fail(VisaError.of("TransactionReversed", {}, context)) : "open"
}
