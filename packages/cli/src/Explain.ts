/** `visa-direct explain CODE`: what a code of Visa or a tag of an error means, from the catalogue. */
import { Array, Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import {
  approvals,
  catalogue,
  payoutProgress,
  reattemptLimit,
  reconcileAdvice,
  runbookSections,
  spaces,
} from "effect-visa-direct/VisaError"
import type { Row, Space, Tag } from "effect-visa-direct/VisaError"
import { ExitWith } from "./internal/ExitWith.ts"
import { jsonFlag } from "./internal/jsonFlag.ts"

/** A row of the catalogue, or an answer that is no error. */
interface Entry {
  readonly tag: string
  readonly codes: Row["codes"]
  readonly row: Row | undefined
  readonly meaning: string
}

const entries: ReadonlyArray<Entry> = [
  ...(Object.entries(catalogue) as ReadonlyArray<[Tag, Row]>).map(([tag, row]): Entry => ({
    tag,
    codes: row.codes,
    row,
    meaning: row.meaning,
  })),
  ...Object.entries(approvals).map(([code, { meaning, operations, tag }]): Entry => ({
    tag,
    codes: { action: code },
    row: undefined,
    meaning: `${meaning} (${operations.join(", ")})`,
  })),
  ...Object.entries(payoutProgress).map(([status, { meaning, standing }]): Entry => ({
    tag: standing,
    codes: { payoutStatus: status },
    row: undefined,
    meaning,
  })),
]

const codesOf = ({ codes }: Entry): ReadonlyArray<readonly [Space, string]> =>
  Object.entries(codes) as ReadonlyArray<[Space, string]>

/** The code itself, or the part of it after the HTTP status. */
const isCode = (code: string, wanted: string): boolean => {
  const lower = code.toLowerCase()
  return lower === wanted || lower.endsWith(`/${wanted}`)
}

const matching = (wanted: string): ReadonlyArray<Entry> =>
  entries.filter(
    (entry) =>
      entry.tag.toLowerCase() === wanted || codesOf(entry).some(([, code]) => isCode(code, wanted)),
  )

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

const limitOf = (category: NonNullable<Row["declineCategory"]>): string => {
  const { attempts, condition, days, meaning } = reattemptLimit(category)
  return attempts === 0
    ? `category ${category}: ${meaning}, no further attempt`
    : `category ${category}: ${meaning}, ${condition}; at most ${attempts} more attempts in ${days} days`
}

const lines = (entry: Entry): ReadonlyArray<string> => {
  const { row } = entry
  return [
    `${entry.tag}: ${entry.meaning}`,
    ...codesOf(entry).map(([space, code]) => `  code     ${code}, ${spaces[space]}`),
    ...(row === undefined
      ? []
      : [
          `  money    ${row.money}`,
          `  retry    ${row.retry}`,
          ...(row.declineCategory === undefined
            ? []
            : [`  decline  ${limitOf(row.declineCategory)}`]),
          `  next     ${row.retry === "Reconcile" ? `${sentence(reconcileAdvice)} ` : ""}${sentence(row.advice)}`,
          `  runbook  ${runbookSections[row.runbook]} (runbook.md#${row.runbook})`,
        ]),
  ]
}

const json = ({ codes, meaning, row, tag }: Entry): string =>
  JSON.stringify({ tag, ...(row ?? { codes, meaning }) })

const similar = (wanted: string): ReadonlyArray<string> =>
  Array.dedupe(
    entries
      .filter(({ meaning, tag }) => `${tag} ${meaning}`.toLowerCase().includes(wanted))
      .map(({ tag }) => tag),
  )

export const explain = Command.make(
  "explain",
  {
    code: Argument.String("code").pipe(
      Argument.withDescription(
        "A code of Visa (51, 9125, 400/9125, PAYMENT_SENT) or the tag of a reason (InsufficientFunds)",
      ),
    ),
    json: jsonFlag("meaning"),
  },
  Effect.fnUntraced(function* ({ code, json: asJson }) {
    const wanted = code.trim().toLowerCase()
    const found = matching(wanted)
    if (found.length === 0) {
      const tags = wanted === "" ? [] : similar(wanted)
      yield* Console.error(
        tags.length === 0
          ? `Nothing in the catalogue is called ${JSON.stringify(code)}.`
          : `Nothing in the catalogue is called ${JSON.stringify(code)}. Did you mean ${tags.slice(0, 8).join(", ")}?`,
      )
      return yield* new ExitWith({ code: 1 })
    }
    yield* Console.log(found.map(asJson ? json : (entry) => lines(entry).join("\n")).join("\n"))
  }),
).pipe(
  Command.withDescription(
    "Explains a code: what it means, whether money has moved, when to try again, what to do next. Exits with 1 when there is no such code.",
  ),
  Command.withShortDescription("Explain a code of Visa or the tag of an error"),
  Command.withExamples([
    { command: "visa-direct explain 51", description: "An action code" },
    { command: "visa-direct explain 400/9125", description: "A gateway code with its HTTP status" },
    { command: "visa-direct explain InsufficientFunds --json", description: "A tag, for scripts" },
  ]),
)
