/** How the demo shows itself: coloured on a terminal, plain elsewhere. */
import Table from "cli-table3"
import { DateTime, Duration } from "effect"
import { styleText } from "node:util"

/** A label and what is to be said under it. */
export type Fact = readonly [label: string, value: string]

// `styleText` leaves colours out by itself where standard output is no terminal or NO_COLOR is set.
const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
  styleText(format, text, { stream: process.stdout })

export const good = style("green")
export const bad = style("red")
export const warn = style("yellow")
const title = style("bold")
const faint = style("dim")

export const day = (instant: DateTime.Utc): string => DateTime.formatIsoDateUtc(instant)

export const millis = (duration: Duration.Duration): string =>
  `${Math.round(Duration.toMillis(duration))} ms`

const border = {
  chars: {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "  ",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  },
  style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  wordWrap: true,
}

const labelWidth = 15
const leftWidth = 47
const rightWidth = 47

const trimmed = (table: InstanceType<typeof Table>): string =>
  table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")

const list = (facts: ReadonlyArray<Fact>): string => {
  const table = new Table({
    ...border,
    colWidths: [labelWidth, leftWidth + labelWidth + rightWidth],
  })
  for (const [label, value] of facts) table.push([faint(label), value])
  return trimmed(table)
}

/** Label and value, one under the other. */
export const section = (heading: string, facts: ReadonlyArray<Fact>): string =>
  `\n${title(heading)}\n${list(facts)}`

const agreement = (agrees: boolean): string =>
  agrees ? good("✔ as the ledger says") : bad("✘ the ledger says otherwise")

/** {@link section}, with the ledger's verdict on it. */
export const verdict = (heading: string, facts: ReadonlyArray<Fact>, agrees: boolean): string =>
  `\n${title(heading)}  ${agreement(agrees)}\n${list(facts)}`

/** What was believed on the left, what the ledger holds on the right. */
export const comparison = (
  heading: string,
  believed: ReadonlyArray<Fact>,
  ledger: ReadonlyArray<Fact>,
  agrees: boolean,
): string => {
  const table = new Table({ ...border, colWidths: [labelWidth, leftWidth, labelWidth, rightWidth] })
  table.push([
    { colSpan: 2, content: faint("the program") },
    { colSpan: 2, content: faint("the simulator's ledger") },
  ])
  for (let row = 0; row < Math.max(believed.length, ledger.length); row++) {
    const [label = "", value = ""] = believed[row] ?? []
    const [ledgerLabel = "", ledgerValue = ""] = ledger[row] ?? []
    table.push([faint(label), value, faint(ledgerLabel), ledgerValue])
  }
  return `\n${title(heading)}  ${agreement(agrees)}\n${trimmed(table)}`
}
