/** docs/faults.md, out of a run of the matrix. */
import { code, section, table } from "../generated.ts"
import type { Cell, Moved, Result } from "./cell.ts"
import type { AtStep, Matrix } from "./matrix.ts"
import { momentOf } from "./outages.ts"
import { steps } from "./steps.ts"
import { strikes } from "./strikes.ts"

const caller = (result: Result): string => {
  switch (result._tag) {
    case "Settled":
      return `Settled by ${result.via}`
    case "PayoutUnknown":
      return `Unknown: ${result.step}, ${code(result.reason)}`
    case "PayoutDeclined":
      return `Declined: ${result.step}, ${code(result.error.reason._tag)}`
    case "PayoutRefused":
      return `Refused: ${result.step}, ${code(result.error.reason._tag)}`
  }
}

const ledger = ({ adjusted, debited, paid, reversed }: Moved): string =>
  [
    debited > 0 ? `${debited} debit` : "",
    paid > 0 ? `${paid} payment` : "",
    reversed > 0 ? `${reversed} reversal` : "",
    adjusted > 0 ? `${adjusted} adjustment` : "",
  ]
    .filter((part) => part !== "")
    .join(", ") || "nothing"

const undone = (result: Result): string =>
  result._tag === "Settled"
    ? "used up"
    : result._tag === "PayoutUnknown"
      ? "held"
      : result.compensated.join(", ") || "nothing is held"

const later = ({ decided, final, first }: Cell): string =>
  first === final
    ? ""
    : [
        ...(decided.length === 0 ? [] : [`a person: ${decided.join(", ")}`]),
        caller(final.result),
        ledger(final.moved),
        undone(final.result),
      ].join("; ")

const cellsOf = (cell: Cell): ReadonlyArray<string> => [
  caller(cell.first.result),
  ledger(cell.first.moved),
  undone(cell.first.result),
  later(cell),
]

const head = ["the caller is told", "Visa's ledger", "held or undone", "after the fault has ended"]

/** Once and lasting in one row where they come to the same. */
const rowsOf = (cells: ReadonlyArray<AtStep>): ReadonlyArray<ReadonlyArray<string>> =>
  strikes.flatMap(({ name }) => {
    const [once, lasting] = [false, true].map((isLasting) => {
      const found = cells.find((one) => one.strike.name === name && one.isLasting === isLasting)
      return found === undefined ? [] : cellsOf(found.cell)
    })
    if (once === undefined || lasting === undefined) return []
    return once.join("|") === lasting.join("|")
      ? [[name, "once or lasting", ...once]]
      : [
          [name, "once", ...once],
          [name, "lasting", ...lasting],
        ]
  })

export const render = ({ atSteps, inStores }: Matrix): string =>
  [
    "<!-- Written by scripts/faultDocs.ts from a run of all faults. Change the code instead. -->",
    "",
    "# Faults",
    "",
    "What becomes of a payout when something goes wrong between it and Visa. Every row is a payout that was",
    "made over real sockets against the simulator, whose ledger is the truth, with `Payouts` in memory, and",
    "with an embedded database where that is what fails.",
    `A test runs all ${atSteps.length + inStores.length} of them again and compares them with this page.`,
    "",
    ...section(
      "How to read the tables",
      "A fault strikes *once*, or is *lasting*: every request of that step, until the caller has an answer.",
      "Calls that may be repeated are tried twice here. *After the fault has ended* is filled in where the",
      "outcome was unknown: the payout is on the work list then, Visa is asked again, three times at most, and",
      "what Visa cannot say a person decides.",
      "",
      "Whatever the tables say, the test asserts of every row, at first and in the end:",
      "",
      "- Visa has paid at most once, debited at most once, and given back no more than was debited;",
      "- `Settled` is told where Visa has paid, and only there;",
      "- what is declined or refused is not paid, the debit that funded it is given back, or on the work list",
      "  until it is, and the account has its money again;",
      "- what is unknown is on the work list, and everything is still held for it;",
      "- in the end nothing is unknown, and nothing is held.",
      "",
    ),
    ...steps.flatMap((step) =>
      section(
        step.name,
        `Struck is ${step.what}.`,
        "",
        ...table(["fault", "strikes", ...head], rowsOf(atSteps.filter((one) => one.step === step))),
      ),
    ),
    ...section(
      "Stores",
      "A store does not answer two calls in a row. A payout waits for its stores: to go on without them could",
      "lose it. *Did it* means that only the answer was lost. The store *engine* is the database of a durable",
      "engine, at its own statements. What it has not stored when its process dies runs again: `pnpm chaos`",
      "kills it at random moments.",
      "",
      ...table(
        ["store", "while", "did it", ...head],
        inStores.map(({ cell, outage }) => [
          outage.store,
          momentOf(outage),
          outage.did ? "yes" : "no",
          ...cellsOf(cell),
        ]),
      ),
    ),
  ]
    .join("\n")
    .trimEnd() + "\n"
