/**
 * The bulk run of `pnpm bench payouts`, in a process that does nothing else: its memory is that of the
 * SDK and of this run.
 */
// Not the barrel: it would load every client and server that there is for Node.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import Table from "cli-table3"
import { Console, Effect, Layer, References, Stream } from "effect"
import { Payouts } from "effect-visa-direct"
import type { SimulatorProcess } from "effect-visa-direct-simulator"
import { deposit, median, originator, payoutMaker, visa } from "./plan.ts"

/** What the run is told, as JSON in the variable `BENCH_BULK`. Without it nothing runs. */
export interface BulkSettings {
  readonly count: number
  readonly simulator: Pick<SimulatorProcess["Service"], "url" | "dir" | "credentials">
}

const settings = process.env["BENCH_BULK"]
const bulkConcurrency = 64

interface Mark {
  readonly paid: number
  readonly millis: number
  readonly cpu: number
}

const bulk = Effect.fnUntraced(function* ({ count }: BulkSettings) {
  const payoutOf = yield* payoutMaker
  yield* deposit
  const marks: Array<Mark> = []
  let paid = 0
  const started = performance.now()
  const mark = () => {
    const { system, user } = process.cpuUsage()
    marks.push({ paid, millis: performance.now() - started, cpu: user + system })
  }
  mark()
  yield* Payouts.stream(
    Stream.map(Stream.range(1, count), (index) => payoutOf(`bulk-${index}`)),
    { concurrency: bulkConcurrency, order: "finished" },
  ).pipe(
    Stream.runForEach(({ payout, result }) =>
      Effect.suspend(() => {
        if (result._tag !== "Settled")
          return Effect.die(new Error(`${payout}: ${result._tag}`, { cause: result }))
        paid += 1
        if (paid % 1_000 === 0) mark()
        return paid % 10_000 === 0
          ? Console.log(
              `${paid} of ${count}, ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MB`,
            )
          : Effect.void
      }),
    ),
  )
  const last = marks.at(-1)
  if (last === undefined || paid !== count) return yield* Effect.die(new Error(`${paid} were paid`))
  const peak = process.resourceUsage().maxRSS / 1_024
  // The median of some stretches of 1,000, because one alone says more about the machine. The first one
  // is left out: in it V8 compiles.
  const stretches = marks.slice(2).flatMap((to, index) => {
    const from = marks[index + 1]
    return from === undefined
      ? []
      : [{ cpu: (to.cpu - from.cpu) / 1_000, millis: (to.millis - from.millis) / 1_000 }]
  })
  const some = Math.min(5, Math.floor(stretches.length / 2))
  const costs = { first: stretches.slice(0, some), last: stretches.slice(-some) }
  const cost = (when: "first" | "last", of: "cpu" | "millis") =>
    median(costs[when].map((stretch) => stretch[of]))
  const growth = cost("last", "cpu") / cost("first", "cpu")
  const table = new Table({
    head: [`${count} payouts through Payouts.stream, concurrency ${bulkConcurrency}`, ""],
    style: { head: [], border: [] },
    colAligns: ["left", "right"],
  })
  table.push(
    ["payouts per second", ((count / last.millis) * 1_000).toFixed(0)],
    ["peak resident memory, MB", peak.toFixed(0)],
    ["CPU µs per payout after 1,000", cost("first", "cpu").toFixed(0)],
    [`CPU µs per payout at ${count}`, cost("last", "cpu").toFixed(0)],
    ["ratio", growth.toFixed(2)],
    ["wall clock µs per payout after 1,000", (cost("first", "millis") * 1_000).toFixed(0)],
    [`wall clock µs per payout at ${count}`, (cost("last", "millis") * 1_000).toFixed(0)],
  )
  yield* Console.log(table.toString())
  const says = (met: boolean) => (met ? "met" : "MISSED")
  yield* Console.log(
    `targets: at most 300 MB: ${says(peak <= 300)}, flat within 1.2 (CPU): ${says(growth <= 1.2)}`,
  )
})

const live = ({ simulator }: BulkSettings) =>
  Layer.unwrap(Effect.map(originator, (known) => Payouts.layerMemory({ originator: known }))).pipe(
    Layer.provide(visa(simulator)),
  )

if (settings !== undefined) {
  const told = JSON.parse(settings) as BulkSettings
  bulk(told).pipe(
    Effect.provide(live(told)),
    Effect.provideService(References.MinimumLogLevel, "Warn"),
    NodeRuntime.runMain,
  )
}
