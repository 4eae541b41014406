/** A payout whose process is killed in the middle of the send, and that the next process ends. */
import { NodeServices } from "@effect/platform-node"
import { Data, Effect, FileSystem, Option, Random, Stream } from "effect"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import { ChildProcess } from "effect/process"
import { fileURLToPath } from "node:url"
import * as Report from "./report.ts"

/** What the payer is told, as JSON in the variable `DEMO_PAYER`. */
export interface PayerSettings {
  readonly simulator: { readonly url: string; readonly dir: string }
  readonly folder: string
  readonly vaultKey: string
  readonly fingerprintKey: string
  readonly key: string
  readonly amount: string
}

/** What the payer prints. */
interface Line {
  readonly event?: string
  readonly settled?: {
    readonly via: string
    readonly transactionIdentifier?: string
    readonly stan?: string
  }
  readonly balance?: { readonly available: number; readonly reserved: number }
}

class PayerFailed extends Data.TaggedError("PayerFailed")<{ readonly message: string }> {}

const entry = fileURLToPath(new URL("./payer.ts", import.meta.url))

const newKey = Effect.map(
  Effect.all(Array.from({ length: 32 }, () => Random.nextIntBetween(0, 255))),
  (bytes) => Buffer.from(bytes).toString("base64"),
)

/** A payer at work: its lines, and what kills it. */
const start = Effect.fnUntraced(function* (settings: PayerSettings) {
  const child = yield* ChildProcess.make(process.execPath, [entry], {
    env: { DEMO_PAYER: JSON.stringify(settings) },
    extendEnv: true,
    stdout: "pipe",
    stderr: "inherit",
  })
  const lines = child.stdout.pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.map((line) => JSON.parse(line) as Line),
  )
  return { lines, kill: child.kill({ killSignal: "SIGKILL" }), pid: child.pid }
})

/** The story, and whether the ledger tells it too. */
export const survival = Effect.gen(function* () {
  const simulator = yield* SimulatorProcess
  const files = yield* FileSystem.FileSystem
  const { dir, url } = simulator
  const amount = "77.10"
  const settings: PayerSettings = {
    simulator: { dir, url },
    folder: yield* files.makeTempDirectoryScoped({ prefix: "demo-payouts-" }),
    vaultKey: yield* newKey,
    fingerprintKey: yield* newKey,
    key: "INVOICE-77",
    amount,
  }
  const payments = Effect.map(simulator.ledger.payments, (entries) =>
    entries.filter((entry) => Number(entry.amount) === Number(amount)),
  )
  // Visa pays, and the answer never comes.
  yield* simulator.inject({ kind: "hang", match: { amount: Number(amount) }, times: 1 })

  const first = yield* start(settings)
  yield* Effect.repeat(Effect.delay(payments, "10 millis"), { until: ({ length }) => length > 0 })
  yield* first.kill
  const paidWhenKilled = (yield* payments).length

  const second = yield* start(settings)
  const lines = yield* Stream.runCollect(second.lines)
  const end = Option.fromUndefinedOr(lines.findLast(({ settled }) => settled !== undefined))
  if (Option.isNone(end)) {
    return yield* new PayerFailed({ message: "The second process ended without the payout's end." })
  }
  const { balance, settled } = end.value
  const found = yield* payments
  const agrees =
    paidWhenKilled === 1 &&
    found.length === 1 &&
    found[0]?.transactionIdentifier === settled?.transactionIdentifier
  const story: ReadonlyArray<Report.Fact> = [
    ["the engine", "keeps payouts in a folder; personal data lie there sealed"],
    [`process ${first.pid}`, `killed with SIGKILL after Visa had paid and before its answer came`],
    [
      `process ${second.pid}`,
      `found the payout half done, asked Visa instead of sending, and settled it by ${Report.good(settled?.via ?? "nothing")}`,
    ],
    ["its events", lines.flatMap(({ event }) => event ?? []).join(", ")],
    [
      "the balance",
      `${((balance?.available ?? 0) / 100).toFixed(2)} USD of 1000.00 available, ${((balance?.reserved ?? 0) / 100).toFixed(2)} reserved`,
    ],
    [
      "in the ledger",
      `${found.length} payment of ${amount} USD, ${settled?.transactionIdentifier}`,
    ],
  ]
  return { story, agrees }
}).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
