/**
 * `pnpm bench payouts [COUNT]`: what a payout costs on top of the push that makes it.
 *
 * First complete payouts (checked, sealed, reserved, claimed, sent, recorded, committed) with the engine
 * in memory, in PGlite and in PostgreSQL, against the bare `FundsTransfer.push` in the same process: the
 * two take turns, and the one that begins changes from round to round. Where there is no PostgreSQL
 * (`CHAOS_POSTGRES_URL`, by default `postgres://postgres@127.0.0.1:5432/postgres`) its rows are missing,
 * and the output says so.
 *
 * Then COUNT payouts (200,000 when absent) through `Payouts.stream`, in a process of its own, so that its
 * memory is that of this run alone. `pnpm bench payouts bulk [COUNT]` does only that, and
 * `pnpm bench payouts engines` only the other. The simulator always has a process of its own.
 */
import { NodeRuntime } from "@effect/platform-node"
import Table from "cli-table3"
import { Console, Context, Effect, Layer, Option, Redacted, References } from "effect"
import { FundsTransfer, Payouts, type VisaDirect } from "effect-visa-direct"
import type { Ledger, PushRequest, VisaError } from "effect-visa-direct"
import * as Engine from "effect-visa-direct/payouts/Engine"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Bench } from "tinybench"
import { sandboxPush } from "../examples/demo/credentials.ts"
import { newDatabase } from "../scripts/chaos/postgres.ts"
import type { BulkSettings } from "./payouts/bulk.ts"
import { amount, card, deposit, median, originator, payoutMaker, visa } from "./payouts/plan.ts"

/**
 * For the bulk run. Without a limit V8 lets garbage gather while the machine has room, and the peak says
 * nothing about what is kept.
 */
const heapLimits = ["--max-old-space-size=144", "--max-semi-space-size=8"]
const concurrencies = [16, 64] as const
const warmUpRounds = 16
const rounds = 12
const perRound = 600

const [what, counted] = ((args): readonly [string, string | undefined] =>
  args[0] === "engines" || args[0] === "bulk" ? [args[0], args[1]] : ["all", args[0]])(
  process.argv.slice(2),
)
const count = Number(counted ?? "200000")
if (!Number.isSafeInteger(count) || count < 4_000) {
  console.error("COUNT is a whole number from 4000 up.")
  process.exit(2)
}

type Call = () => Promise<unknown>

/** Bare pushes, under trace numbers that the payouts of this run do not use. */
const pushes = (services: Context.Context<VisaDirect.Services>, request: PushRequest): Call => {
  let made = 0
  const { push } = Context.get(services, FundsTransfer)
  const run = Effect.runPromiseWith(services)
  const { retrievalReferenceNumber: rrn } = request
  return () => {
    const stan = String(500_000 + (++made % 500_000))
    return run(
      push({
        ...request,
        systemsTraceAuditNumber: stan as PushRequest["systemsTraceAuditNumber"],
        retrievalReferenceNumber:
          `${rrn.slice(0, 6)}${stan}` as PushRequest["retrievalReferenceNumber"],
        clientTransactionId: stan,
      }),
    )
  }
}

interface Round {
  readonly perSecond: number
  /** Processor time of this process, in microseconds per call; the simulator's is not in it. */
  readonly cpu: number
}

const measure = async (name: string, call: Call, concurrency: number): Promise<Round> => {
  const bench = new Bench({
    concurrency: "task",
    threshold: concurrency,
    iterations: perRound,
    time: 0,
    warmup: false,
    throws: true,
  })
  bench.add(name, call)
  const before = process.cpuUsage()
  const started = bench.now()
  await bench.run()
  const seconds = (bench.now() - started) / 1_000
  const { system, user } = process.cpuUsage(before)
  return { perSecond: perRound / seconds, cpu: (user + system) / perRound }
}

const simulated = SimulatorProcess.layer({ keep: 100, seed: "bench" })
const live = Layer.unwrap(Effect.map(SimulatorProcess, visa)).pipe(Layer.provideMerge(simulated))

const key = () => ({ key: Redacted.make(randomBytes(32).toString("base64")) })

type EngineLayer = Layer.Layer<Payouts | Ledger, VisaError, VisaDirect.Services>

interface Contestant {
  readonly name: string
  readonly layer: EngineLayer
  readonly target: (ratio: number, perSecond: number) => boolean
}

const newFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "bench-payouts-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

const contestants = Effect.gen(function* () {
  const options = { originator: yield* originator, vault: key(), fingerprint: key() }
  const folder = join(yield* newFolder, "payouts")
  const database = yield* newDatabase(`bench_payouts_${process.pid}`)
  const list: Array<Contestant> = [
    { name: "memory", layer: Payouts.layerMemory(options), target: (ratio) => ratio >= 0.75 },
    { name: "PGlite", layer: Engine.layerEmbedded({ ...options, folder }), target: () => true },
  ]
  if (Option.isNone(database)) {
    yield* Console.log(
      "\n!!! THERE IS NO POSTGRESQL HERE: its rows are missing, and its target was not measured !!!\n",
    )
  } else {
    list.push({
      name: "Postgres",
      layer: Engine.layerPostgres({
        ...options,
        owner: "bench",
        database: { url: Redacted.make(database.value), maxConnections: 10 },
      }),
      target: (_, perSecond) => perSecond >= 300,
    })
  }
  return list
})

const engines = Effect.gen(function* () {
  const simulator = yield* SimulatorProcess
  const services = yield* Effect.context<VisaDirect.Services>()
  const push = pushes(services, yield* sandboxPush(card, amount))
  const payoutOf = yield* payoutMaker
  const table = new Table({
    head: ["engine", "concurrency", "", "per second", "CPU µs each"],
    style: { head: [], border: [] },
    colAligns: ["left", "right", "left", "right", "right"],
  })
  const targets: Array<string> = []

  const compete = Effect.fnUntraced(function* ({ layer, name, target }: Contestant) {
    const built = yield* Layer.build(layer)
    yield* Effect.provide(deposit, built)
    const { execute } = Context.get(built, Payouts)
    const run = Effect.runPromiseWith(built)
    let made = 0
    const pay: Call = () => run(execute(payoutOf(`${name}-${++made}`)))
    // Until V8 has compiled both: the first engine would pay for it.
    for (let round = 0; round < warmUpRounds; round++) {
      for (const call of [pay, push]) yield* Effect.promise(() => measure("warm-up", call, 64))
    }
    for (const concurrency of concurrencies) {
      const results = { pay: [] as Array<Round>, push: [] as Array<Round> }
      for (let round = 0; round < rounds; round++) {
        const order = round % 2 === 0 ? (["pay", "push"] as const) : (["push", "pay"] as const)
        for (const who of order) {
          const call = who === "pay" ? pay : push
          results[who].push(yield* Effect.promise(() => measure(who, call, concurrency)))
          yield* simulator.ledger.clear
        }
        yield* Console.log(`${name}, concurrency ${concurrency}: round ${round + 1} of ${rounds}`)
      }
      const typical = (who: "pay" | "push", of: keyof Round) =>
        median(results[who].map((round) => round[of]))
      // Both sides of a round ran within seconds of each other: what the machine did is in neither.
      const ratio = (of: keyof Round) =>
        median(
          results.pay.flatMap((pays, round) => {
            const pushed = results.push[round]
            return pushed === undefined ? [] : [pays[of] / pushed[of]]
          }),
        )
      const row = (label: string, perSecond: string, cpu: string) =>
        table.push([name, concurrency, label, perSecond, cpu])
      for (const [who, label] of [
        ["pay", "Payouts.execute"],
        ["push", "FundsTransfer.push"],
      ] as const) {
        row(label, typical(who, "perSecond").toFixed(0), typical(who, "cpu").toFixed(0))
      }
      row("ratio", ratio("perSecond").toFixed(2), ratio("cpu").toFixed(2))
      const met = target(ratio("perSecond"), typical("pay", "perSecond"))
      if (name !== "PGlite") targets.push(`${name} at ${concurrency}: ${met ? "met" : "MISSED"}`)
    }
  })

  for (const contestant of yield* contestants) yield* Effect.scoped(compete(contestant))
  yield* Console.log(table.toString())
  yield* Console.log(
    `targets (memory: at least 0.75 of the bare push; Postgres: at least 300 per second): ${targets.join(", ")}`,
  )
}).pipe(Effect.scoped, Effect.provide(live))

const runNode = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv) =>
  Effect.callback<void>((resume) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: "inherit",
    })
    child.on("error", (error) => resume(Effect.die(error)))
    child.on("close", (status) =>
      resume(status === 0 ? Effect.void : Effect.die(new Error("the bulk run failed"))),
    )
    return Effect.sync(() => child.kill())
  })

const bulk = Effect.gen(function* () {
  const { credentials, dir, url } = yield* SimulatorProcess
  const settings: BulkSettings = { count, simulator: { credentials, dir, url } }
  const file = join(import.meta.dirname, "payouts", "bulk.ts")
  const cache = { NODE_COMPILE_CACHE: yield* newFolder }
  // Whoever has the built packages has no compiler of types in his process. It takes 25 MB, and is not
  // loaded where all files are in the cache already.
  yield* runNode([file], cache)
  yield* runNode([...heapLimits, file], { ...cache, BENCH_BULK: JSON.stringify(settings) })
}).pipe(Effect.scoped, Effect.provide(simulated))

const main = what === "bulk" ? bulk : what === "engines" ? engines : Effect.andThen(engines, bulk)

main.pipe(Effect.provideService(References.MinimumLogLevel, "Warn"), NodeRuntime.runMain)
