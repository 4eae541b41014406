/**
 * `node scripts/errorDocs.ts`: writes docs/errors.md from the SDK's catalogue of errors. With `--check`
 * it writes nothing and fails when the file is not what would be written.
 */
import { responseSources } from "effect-visa-direct/ResponseSource"
import { avsResults, cavvResults, cvv2Results } from "effect-visa-direct/Verification"
import {
  approvals,
  catalogue,
  conditions,
  envelopes,
  fundingStatuses,
  groupOf,
  groups,
  payoutProgress,
  readings,
  reattemptLimits,
  reconcileAdvice,
  sources,
  spaces,
} from "effect-visa-direct/VisaError"
import type { MoneyEffect, Retry, Row, Space, Tag } from "effect-visa-direct/VisaError"
import { below, code, codes, section, table, writeOrCheck } from "./generated.ts"
import type { Generated } from "./generated.ts"

const rows = Object.entries<Row>(catalogue) as ReadonlyArray<readonly [Tag, Row]>
const codeSpaces = Object.keys(spaces) as ReadonlyArray<Space>

const byCode = (one: string, other: string): number =>
  /^\d+$/.test(one) && /^\d+$/.test(other) ? Number(one) - Number(other) : one < other ? -1 : 1

/** The rows that have a code in a space, with that code and by it. */
const rowsIn = (space: Space): ReadonlyArray<readonly [string, Tag, Row]> =>
  rows
    .flatMap(([tag, row]): ReadonlyArray<readonly [string, Tag, Row]> => {
      const found = row.codes[space]
      return found === undefined ? [] : [[found, tag, row]]
    })
    .toSorted(([one], [other]) => byCode(one, other))

const moneyMeaning: { readonly [M in MoneyEffect]: string } = {
  NotMoved: "none has moved",
  Moved: "it has moved",
  Unknown: "it may have moved: nobody knows before Visa was asked",
}

const retryMeaning: { readonly [R in Retry]: string } = {
  Never: "the answer is final",
  AfterFix: "something must be corrected first",
  Later: "wait, then try again",
  Now: "nothing reached Visa: it may go out again at once",
  Reconcile: reconcileAdvice,
}

const rowCells = (tag: Tag, row: Row): ReadonlyArray<string> => [
  code(tag),
  row.meaning,
  row.money,
  row.retry,
  row.declineCategory === undefined ? row.category : `${row.category} (${row.declineCategory})`,
  `${row.advice} ([${row.runbook}](../runbook.md#${row.runbook}))`,
  row.source,
]

const rowHead = ["tag", "what it means", "money", "retry", "category", "next step", "source"]

const spaceSection = (space: Space): ReadonlyArray<string> =>
  section(
    spaces[space],
    ...table(
      ["code", ...rowHead],
      rowsIn(space).map(([found, tag, row]) => [code(found), ...rowCells(tag, row)]),
    ),
  )

const withoutCode = rows.filter(([, row]) => Object.keys(row.codes).length === 0)

const groupMeaning: { readonly [G in keyof typeof groups]: string } = {
  declines: "Visa, the issuer or a bank said no",
  transient: "nothing was done; a pause may cure it",
  configuration: "options, credentials or the project must be put right",
  invalidRequests: "this request is wrong",
  unknownOutcomes: "money may have moved",
  compliance: "a compliance rule stands against the payment",
}

const verification = (results: {
  readonly [code: string]: { tag: string; verdict: string; meaning: string }
}): ReadonlyArray<string> =>
  table(
    ["code", "tag", "what it means", "verdict"],
    Object.entries(results).map(([found, { tag, verdict, meaning }]) => [
      code(found),
      code(tag),
      meaning,
      verdict,
    ]),
  )

const total = codeSpaces.reduce((sum, space) => sum + rowsIn(space).length, 0)

const render = (): string =>
  [
    "<!-- Written by scripts/errorDocs.ts from the catalogue of errors. Change the catalogue instead. -->",
    "",
    "# Errors",
    "",
    "Every operation fails with one error, `VisaError`. Its `reason` has one of the tags below: one per code",
    "of Visa, and one for each thing that goes wrong without a code. First read `money`, then `retry`, then",
    "the next step. The message of an error holds all three, with both correlation ids and the section of",
    'the [runbook](../runbook.md). Match one tag with `Effect.catchReason("VisaError", "InsufficientFunds", …)`,',
    "or a whole group with `VisaError.catchDeclines(…)` and its siblings.",
    "",
    `${total} codes in ${codeSpaces.length} spaces, ${rowsIn("action").length} of them action codes, and ${withoutCode.length} reasons without a code.`,
    "",
    ...section(
      "How to read the tables",
      ...table(["money", "if the operation moves any"], Object.entries(moneyMeaning)),
      ...table(["retry", "the same call again"], Object.entries(retryMeaning)),
      "`Reconcile` comes before the next step that a row names. For calls that only ask, or that move no",
      "money, `error.retry` says `Later` in its place.",
      "",
      "A number after the category is Visa's decline category. It limits how often a declined payment may",
      "be tried again:",
      "",
      ...table(
        ["decline category", "meaning", "before another attempt", "attempts"],
        Object.entries(reattemptLimits).map(([category, limit]) => [
          category,
          limit.meaning,
          limit.condition,
          limit.attempts === 0 ? "none" : `at most ${limit.attempts} in ${limit.days} days`,
        ]),
      ),
      "The limits are from Visa's bulletin AI10325 as acquirers publish it, and are written for purchases.",
      "",
      ...table(["source", "where the row comes from"], Object.entries(sources)),
    ),
    ...section(
      "Groups",
      "Each takes its reasons out of the error type. A reason is in one group or in none.",
      "",
      ...table(
        ["group", "combinator", "what is in it", "reasons"],
        (Object.keys(groups) as ReadonlyArray<keyof typeof groups>).map((group) => [
          code(group),
          code(`VisaError.catch${group.charAt(0).toUpperCase()}${group.slice(1)}`),
          groupMeaning[group],
          String(rows.filter(([tag]) => groupOf(tag) === group).length),
        ]),
      ),
    ),
    ...section(
      "What every deployment must tell apart",
      ...table(
        ["condition", "tags"],
        Object.entries(conditions).map(([condition, tags]) => [condition, codes(tags)]),
      ),
    ),
    ...codeSpaces.flatMap(spaceSection),
    ...section(
      "Without a code of Visa",
      ...table(
        rowHead,
        withoutCode.map(([tag, row]) => rowCells(tag, row)),
      ),
    ),
    ...section(
      "Codes that only their context explains",
      "Where nothing below fits, the code's own row holds. Of an action code `94` the `originalActionCode`",
      "decides: `00` means that the payment was made, and the call succeeds.",
      "",
      ...table(
        ["code", "read as", "when"],
        readings.map((reading) => [
          code(reading.code),
          code(reading.tag),
          reading.text === undefined
            ? "the request was encrypted"
            : `the text matches ${code(reading.text.source)}`,
        ]),
      ),
    ),
    ...section(
      "Approvals",
      "Action codes that are no error. In the answer to any other operation they are `UnexpectedApproval`,",
      "except `R0`, which then is the `StopPaymentOrder` above.",
      "",
      ...table(
        ["code", "tag", "what it means", "operations"],
        Object.entries(approvals).map(([found, { tag, meaning, operations }]) => [
          code(found),
          code(tag),
          meaning,
          operations.join(", "),
        ]),
      ),
    ),
    ...section(
      "Payouts under way",
      "Statuses of account and wallet payouts that are no error.",
      "",
      ...table(
        ["status", "standing", "what it means"],
        Object.entries(payoutProgress).map(([status, { standing, meaning }]) => [
          code(status),
          standing,
          meaning,
        ]),
      ),
      ...table(
        ["fundingStatus", "what it means"],
        Object.entries(fundingStatuses).map(([status, meaning]) => [code(status), meaning]),
      ),
    ),
    ...section(
      "Response sources",
      "`responseCode`, ISO 8583 field 44.1: who answered, not whether it was approved.",
      "",
      ...table(
        ["code", "tag", "answered by", "what it means"],
        Object.entries(responseSources).map(([found, { tag, answeredBy, meaning }]) => [
          code(found),
          code(tag),
          answeredBy,
          meaning,
        ]),
      ),
    ),
    ...section("Address verification (AVS)", ...verification(avsResults)),
    ...section("Security code (CVV2)", ...verification(cvv2Results)),
    ...section("Cardholder authentication (CAVV)", ...verification(cavvResults)),
    ...section(
      "Error bodies",
      "The forms in which Visa wraps an error, and where its parts stand.",
      "",
      ...table(
        ["form", "who answers so", "code", "text", "field"],
        envelopes.map((envelope) => [
          code(envelope.form),
          envelope.from,
          envelope.code,
          envelope.text,
          envelope.field ?? "",
        ]),
      ),
    ),
  ]
    .join("\n")
    .trimEnd() + "\n"

/** docs/errors.md. */
export const errorDocs: Generated = {
  path: below("docs", "errors.md"),
  from: "the catalogue",
  command: "node scripts/errorDocs.ts",
  render,
}

if (import.meta.main) writeOrCheck(errorDocs)
