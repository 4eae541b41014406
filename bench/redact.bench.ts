/**
 * `pnpm bench redact`: what redaction costs, and what it finds.
 *
 * A structured log line against fast-redact and @pinojs/redact; texts against one global regular
 * expression; the cost per byte as inputs grow, ordinary and adversarial; recall and false alarms on
 * the generated corpus of the tests. Times are of this process's CPU, medians of interleaved rounds.
 */
import slowRedact from "@pinojs/redact"
import Table from "cli-table3"
import { Redactor } from "effect-visa-direct"
import fastRedact from "fast-redact"
import { cardSamples, logLines, survives } from "../packages/sdk/test/support/redactorCorpus.ts"

const { redact, scan, text } = Redactor.default

/** CPU microseconds of each of some functions, as the median of interleaved rounds. */
const micros = (
  tasks: ReadonlyArray<() => unknown>,
  rounds: number,
  times: number,
): ReadonlyArray<number> => {
  for (const task of tasks) for (let i = 0; i < times; i++) task()
  const results = tasks.map((): Array<number> => [])
  for (let round = 0; round < rounds; round++) {
    tasks.forEach((task, index) => {
      const before = process.cpuUsage()
      for (let i = 0; i < times; i++) task()
      results[index]?.push(process.cpuUsage(before).user / times)
    })
  }
  return results.map(
    (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN,
  )
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const made = new Table({ head: [...head], style: { head: [], border: [] } })
  for (const row of rows) made.push([...row])
  return made.toString()
}

const verdict = (met: boolean): string => (met ? "met" : "MISSED")

const pan = "4957030420210462"

const lineWith = (message: string) => ({
  level: "INFO",
  time: "2026-03-14T09:26:53.589Z",
  pid: 4211,
  hostname: "payouts-7c9f",
  message,
  correlationId: "01JPAX6S41QKZ3N8V5T2W7YHDC",
  operation: "FundsTransfer.push",
  request: {
    amount: 124.05,
    currency: "USD",
    recipientPrimaryAccountNumber: pan,
    senderAccountNumber: "4653459515756154",
    cardCvv2Value: "022",
    senderName: "Mohammed Qasim",
    senderReference: "INVOICE-77",
    acquiringBin: "408999",
  },
  headers: { authorization: "Basic dXNlcjpwYXNzd29yZA==" },
  response: { actionCode: "00", transactionIdentifier: "403691507989945" },
})
const paths = [
  "request.recipientPrimaryAccountNumber",
  "request.senderAccountNumber",
  "request.cardCvv2Value",
  "request.senderName",
  "request.senderReference",
  "headers.authorization",
]
const fast: (line: unknown) => unknown = fastRedact({ paths })
const slow: (line: unknown) => unknown = slowRedact({ paths })
/** The same for one line; gives what the Redactor takes in units of fast-redact. */
const compare = (what: string, line: unknown): number => {
  const structured: ReadonlyArray<readonly [string, () => unknown]> = [
    ["JSON.stringify", () => JSON.stringify(line)],
    ["fast-redact", () => fast(line)],
    ["@pinojs/redact", () => slow(line)],
    ["Redactor, JSON.stringify", () => JSON.stringify(redact(line))],
  ]
  const costs = micros(
    structured.map(([, run]) => run),
    9,
    20_000,
  )
  const base = costs[1] ?? Number.NaN
  console.log(`A structured log line of ${JSON.stringify(line).length} bytes, ${what}:`)
  console.log(
    table(
      ["", "µs", "of fast-redact", "a card number is left"],
      structured.map(([name, run], index) => [
        name,
        (costs[index] ?? 0).toFixed(2),
        ((costs[index] ?? 0) / base).toFixed(2),
        String(run()).includes(pan) ? "yes" : "no",
      ]),
    ),
  )
  return (costs[3] ?? Number.NaN) / base
}
const ratio = compare("6 sensitive paths", lineWith("push accepted"))
console.log(`target (at most 4 times fast-redact): ${verdict(ratio <= 4)}\n`)
compare("a card number in its message as well", lineWith(`push to ${pan} accepted`))
console.log("")

const size = 1_000_000
const ordinary = logLines(1, 6_000).join("\n").slice(0, size)
const prose = "the transfer was accepted by the issuer and settles tomorrow, thank you. "
const texts: ReadonlyArray<readonly [string, string]> = [
  ["text without digits", prose.repeat(Math.ceil(size / prose.length))],
  ["logs of servers", ordinary],
]
const regex = /\b\d{13,19}\b/g
console.log("Texts of 1 MB:")
console.log(
  table(
    ["", "Redactor MB/s", "one regular expression MB/s"],
    texts.map(([name, sample]) => {
      const [ours = 0, theirs = 0] = micros(
        [() => text(sample), () => sample.replaceAll(regex, "x")],
        5,
        3,
      )
      return [name, (sample.length / ours).toFixed(0), (sample.length / theirs).toFixed(0)]
    }),
  ),
)

const filled = (piece: string) => (bytes: number) =>
  piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes)
const growing: ReadonlyArray<readonly [string, (bytes: number) => string]> = [
  ["logs of servers", filled(ordinary.slice(0, 100_000))],
  ["digits", filled("8301947562")],
  ["fours", filled("4")],
  ["fours and spaces", filled("4 ")],
  ["separators", filled(" -./")],
]
const sizes = [1_000, 10_000, 100_000, 1_000_000, 10_000_000]
console.log("\nNanoseconds per byte by size:")
const flat: Array<boolean> = []
console.log(
  table(
    ["", ...sizes.map((bytes) => `${bytes / 1_000} KB`), "largest of median"],
    growing.map(([name, make]) => {
      const perByte = sizes.map((bytes) => {
        const sample = make(bytes)
        const [cost = 0] = micros(
          [() => text(sample)],
          5,
          Math.max(1, Math.ceil(2_000_000 / bytes)),
        )
        return (cost * 1_000) / bytes
      })
      const median = perByte.toSorted((a, b) => a - b)[2] ?? Number.NaN
      const largest = Math.max(...perByte) / median
      flat.push(largest <= 1.3)
      return [name, ...perByte.map((cost) => cost.toFixed(1)), largest.toFixed(2)]
    }),
  ),
)
console.log(`target (flat within 1.3): ${verdict(flat.every(Boolean))}\n`)

const samples = cardSamples(7, 20_000)
const missed = samples.filter((sample) => survives(sample.pan, text(sample.text))).length
const alarms = logLines(7, 32_000).filter((log) => scan(log).length > 0).length
const recall = 1 - missed / samples.length
console.log(
  `Recall on ${samples.length} card numbers: ${recall.toFixed(4)}; target (0.99): ${verdict(recall >= 0.99)}`,
)
console.log(
  `False alarms in 32,000 log lines: ${alarms}; target (at most 5): ${verdict(alarms <= 5)}`,
)
