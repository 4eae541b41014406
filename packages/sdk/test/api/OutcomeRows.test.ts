/**
 * Which rows of a query say what: a pull and its reversal have one identity, so that one answer holds
 * the rows of both.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as fc from "fast-check"
import { Outcome } from "../../src/api/Outcome.ts"
import type { OpenPayment } from "../../src/api/Outcome.ts"
import type { TransactionRecord } from "../../src/api/TransactionQuery.ts"
import type { Round } from "../../src/internal/settling.ts"
import { readRows } from "../../src/internal/transactionRows.ts"
import type { ApprovedRow } from "../../src/internal/transactionRows.ts"
import { Money } from "../../src/Money.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import { believed, impatient } from "../support/outcomes.ts"

type Row = Readonly<Record<string, string>>

const identity = {
  acquiringBin: "408999",
  systemsTraceAuditNumber: "452011",
  retrievalReferenceNumber: "330000560021",
  cardAcceptorId: "CA",
  firstSentAt: 0,
  resends: 0,
  lastReason: "ResponseTimeout",
} as const

const knownFrom = Effect.fnUntraced(function* (
  operation: "push" | "pull" | "reverse",
  records: ReadonlyArray<Row>,
) {
  const open: OpenPayment =
    operation === "pull"
      ? { operation, ...identity, amount: yield* Money.of("124.02", "USD") }
      : { operation, ...identity }
  const outcome = yield* Effect.result(
    Outcome.resume(open, { ...impatient, deadline: "50 millis" }).pipe(
      Effect.provide(VisaDirectTest.layerWith(() => ({ status: 200, body: records }))),
    ),
  )
  if (Result.isFailure(outcome)) return believed(outcome)
  const known = outcome.success
  return "approvedAmount" in known ? `${known._tag} ${known.approvedAmount}` : known._tag
})

const row = (transactionType: string | undefined, actionCode: string, more: Row = {}): Row => ({
  statusCode: "COMPLETED",
  transactionIdentifier: "234234322342343",
  actionCode,
  ...(transactionType === undefined ? {} : { transactionType }),
  ...more,
})

const credit = (actionCode: string, more?: Row) => row("CRED VOUCHER", actionCode, more)
const debit = (actionCode: string, more?: Row) => row("SALES DRAFT", actionCode, more)
const reversal = (actionCode: string, more?: Row) => row("SALES REVERSAL", actionCode, more)
const part = { approvedAmountInTransactionCurrency: "50.50" }
const inProgress = { statusCode: "IN_PROGRESS" }

type Case = readonly [name: string, records: ReadonlyArray<Row>, expected: string]

const tables: Readonly<Record<"push" | "pull" | "reverse", ReadonlyArray<Case>>> = {
  push: [
    ["an approval", [credit("00")], "Paid"],
    ["an approval that was charged back later", [credit("00"), row("CRED CHGBK", "00")], "Paid"],
    [
      "an approval and its reversal",
      [credit("00"), row("CRED REVERSAL", "00")],
      "TransactionReversed",
    ],
    [
      "an approval and a reversal that was refused",
      [credit("00"), row("CRED REVERSAL", "76")],
      "Paid",
    ],
    [
      "an approval and a row of no known type",
      [credit("00"), row("CRED FUTURE", "00")],
      "OutcomeUnknown",
    ],
    ["the approval of a pull", [debit("00")], "OutcomeUnknown"],
  ],
  pull: [
    ["an approval", [debit("00")], "Approved 124.02 USD"],
    ["a type in other letters", [row(" sales draft ", "00")], "Approved 124.02 USD"],
    ["a part", [debit("10", part)], "PartiallyApproved 50.50 USD"],
    ["a part whose size is not there yet", [debit("10")], "OutcomeUnknown"],
    [
      "a part that is more than was asked for",
      [debit("10", { approvedAmountInTransactionCurrency: "200" })],
      "OutcomeUnknown",
    ],
    [
      "an approval without an identifier",
      [{ statusCode: "COMPLETED", transactionType: "SALES DRAFT", actionCode: "00" }],
      "OutcomeUnknown",
    ],
    ["a decline", [debit("51")], "InsufficientFunds"],
    ["a repeat of an approval", [debit("94", { originalActionCode: "00" })], "Approved 124.02 USD"],
    [
      "a repeat of a part, beside it",
      [debit("94", { originalActionCode: "10" }), debit("10", part)],
      "PartiallyApproved 50.50 USD",
    ],
    ["an approval and its reversal", [debit("00"), reversal("00")], "TransactionReversed"],
    ["the reversal first", [reversal("00"), debit("00")], "TransactionReversed"],
    [
      "a reversal that found it reversed before",
      [debit("00"), reversal("79")],
      "TransactionReversed",
    ],
    ["a reversal that was refused", [debit("00"), reversal("76")], "Approved 124.02 USD"],
    ["a reversal in progress", [debit("00"), reversal("00", inProgress)], "OutcomeUnknown"],
    ["a reversal that nobody decided", [debit("00"), reversal("91")], "OutcomeUnknown"],
    ["a reversal and not what it reverses", [reversal("00")], "OutcomeUnknown"],
    ["a refused reversal of a declined pull", [debit("51"), reversal("76")], "InsufficientFunds"],
    [
      "an approval without a type, which could be the reversal's",
      [row(undefined, "00")],
      "OutcomeUnknown",
    ],
    ["a decline without a type", [row(undefined, "51")], "OutcomeUnknown"],
    [
      "a chargeback beside the approval",
      [debit("00"), row("SALES CHGBK", "00")],
      "Approved 124.02 USD",
    ],
    ["the approval of a push", [credit("00")], "OutcomeUnknown"],
  ],
  reverse: [
    ["the pull's approval alone", [debit("00")], "OutcomeUnknown"],
    [
      "the pull's approval and its repeat",
      [debit("00"), debit("94", { originalActionCode: "00" })],
      "OutcomeUnknown",
    ],
    ["the pull's decline alone", [debit("51")], "OutcomeUnknown"],
    ["its own approval", [debit("00"), reversal("00")], "Reversed"],
    ["its own approval without the pull", [reversal("00")], "Reversed"],
    ["undone before", [debit("00"), reversal("79")], "AlreadyReversed"],
    [
      "its own refusal beside the pull's approval",
      [debit("00"), reversal("77")],
      "PreviousMessageInconsistent",
    ],
    ["in progress", [debit("00"), reversal("00", inProgress)], "OutcomeUnknown"],
    ["nobody decided it", [debit("00"), reversal("96")], "OutcomeUnknown"],
    ["a row without a type", [row(undefined, "00")], "OutcomeUnknown"],
  ],
}

describe("Outcome, from the query's rows", () => {
  for (const operation of ["push", "pull", "reverse"] as const) {
    for (const [name, records, expected] of tables[operation]) {
      it.live(`${operation}, ${name}: ${expected}`, () =>
        Effect.gen(function* () {
          assert.strictEqual(yield* knownFrom(operation, records), expected)
        }),
      )
    }
  }
})

describe("Outcome, from any rows in any order", () => {
  const record = fc.record({
    statusCode: fc.oneof(
      { weight: 8, arbitrary: fc.constant("COMPLETED") },
      { weight: 2, arbitrary: fc.constantFrom("IN_PROGRESS", "FAILED", "PENDING", "CANCELLED") },
    ),
    transactionType: fc.oneof(
      {
        weight: 20,
        arbitrary: fc.constantFrom(
          "CRED VOUCHER",
          "CRED REVERSAL",
          "SALES DRAFT",
          "SALES REVERSAL",
          "SALES CHGBK",
        ),
      },
      { weight: 1, arbitrary: fc.constant("SALES FUTURE") },
    ),
    actionCode: fc.constantFrom("00", "11", "05", "51", "68", "79", "91", "94", "ZZ"),
    originalActionCode: fc.constantFrom(undefined, "00", "51"),
  }) as fc.Arbitrary<TransactionRecord>

  const wasApproved = (row: TransactionRecord, type: string, ...also: ReadonlyArray<string>) => {
    const { actionCode = "", originalActionCode = "" } = row
    const decisive = actionCode === "94" ? originalActionCode : actionCode
    return (
      row.transactionType === type &&
      row.statusCode === "COMPLETED" &&
      ["00", "11", ...also].includes(decisive)
    )
  }

  const kindOf = (round: Round<ApprovedRow>): string =>
    typeof round === "string"
      ? round
      : Result.isSuccess(round)
        ? round.success.approval.replace("Vip", "")
        : round.failure.money

  const own = { push: "CRED VOUCHER", pull: "SALES DRAFT", reverse: "SALES REVERSAL" } as const
  const undo = { push: "CRED REVERSAL", pull: "SALES REVERSAL", reverse: undefined } as const

  for (const operation of ["push", "pull", "reverse"] as const) {
    it(`${operation}: no row of another is ever taken for its own`, () => {
      const counts: Record<string, number> = {}
      fc.assert(
        fc.property(
          fc.array(record, { maxLength: 5 }),
          fc.infiniteStream(fc.nat()),
          (rows, order) => {
            const round = readRows(operation, rows)
            const kind = kindOf(round)
            counts[kind] = (counts[kind] ?? 0) + 1
            const ours = rows.filter((row) =>
              wasApproved(row, own[operation], ...(operation === "reverse" ? ["79"] : [])),
            )
            const theirs = rows.filter((row) => wasApproved(row, undo[operation] ?? "", "79"))
            if (typeof round !== "string" && Result.isSuccess(round)) {
              assert.include(ours, round.success.record)
              assert.isEmpty(theirs)
            }
            // That no money has moved is only said when nothing of it was approved or is under way.
            if (kind === "NotMoved") {
              assert.isEmpty(ours)
              for (const row of rows.filter((each) => each.transactionType === own[operation])) {
                assert.notInclude(["IN_PROGRESS", "PENDING"], row.statusCode)
              }
            }
            // Nothing is sent again while a row says that it was made, or undone.
            if (kind === "resendable") assert.isEmpty([...ours, ...theirs])
            const keys = new Map(rows.map((row) => [row, order.next().value]))
            const shuffled = rows.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0))
            assert.strictEqual(kindOf(readRows(operation, shuffled)), kind)
          },
        ),
        { numRuns: 3_000 },
      )
      for (const kind of ["open", "resendable", "Approved", "NotMoved"]) {
        assert.isAbove(counts[kind] ?? 0, 20, kind)
      }
    })
  }
})
