/** What one machine and two machines are put through, and what is left of their payouts. */
import { Console, Effect } from "effect"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import type { Fault } from "effect-visa-direct-simulator"
import { randomBytes } from "node:crypto"
import { startWorker } from "./child.ts"
import type { Worker } from "./child.ts"
import { judge } from "./judge.ts"
import { declinedCard } from "./plan.ts"
import type { Range, WorkerSettings } from "./plan.ts"
import type { Random } from "./seeded.ts"

/** What Visa does to some of the requests, beside what happens to the workers. */
const faultOf = (random: Random): Fault | undefined => {
  const match = { endpoint: random.pick(["PushFunds", "PushFunds", "PullFunds", "ReverseFunds"]) }
  const times = random.between(1, 3)
  switch (random.between(0, 7)) {
    case 0:
      return { kind: "dropBeforeCommit", match, times }
    case 1:
      return { kind: "dropAfterCommit", match, times }
    case 2:
      return { kind: "hang", match, times }
    case 3:
      return { kind: "hang", commit: false, match, times }
    case 4:
      return { kind: "status", status: 503, commit: random.between(0, 1) === 1, match, times }
    case 5:
      return { kind: "resetMidBody", match, times }
    default:
      return undefined
  }
}

/** A simulator with an empty ledger, and the means to start workers on one database. */
const begin = Effect.fnUntraced(function* (engine: WorkerSettings["engine"], database: string) {
  const simulator = yield* SimulatorProcess
  yield* simulator.ledger.clear
  yield* simulator.clearFaults
  yield* simulator.clearScript
  yield* simulator.script({
    match: { pan: declinedCard, endpoint: "PushFunds" },
    answer: { actionCode: "51" },
  })
  const settings: WorkerSettings = {
    engine,
    database,
    port: 0,
    simulator: { url: simulator.url, dir: simulator.dir },
    vaultKey: randomBytes(32).toString("base64"),
    fingerprintKey: randomBytes(32).toString("base64"),
    from: 0,
    ranges: [],
    mode: "pay",
    concurrency: 16,
    leaseMillis: 5_000,
    claimMillis: 0,
  }
  const start = (changes: Partial<WorkerSettings>, onBegin: (index: number) => void = () => {}) =>
    Effect.acquireRelease(
      Effect.sync(() => startWorker({ ...settings, ...changes }, onBegin)),
      (worker) => Effect.sync(() => void worker.process.kill("SIGKILL")),
    )
  /** Has a last worker bring everything to an end, and compares. */
  const finish = (ranges: ReadonlyArray<Range>, changes: Partial<WorkerSettings> = {}) =>
    Effect.gen(function* () {
      yield* simulator.clearFaults
      const worker = yield* start({ ...changes, mode: "finish", ranges })
      const { code, complaints } = yield* Effect.promise(() => worker.exited)
      const { balance, beliefs } = worker.verdict()
      return beliefs === undefined || balance === undefined
        ? yield* Effect.die(new Error(`the last worker ended with ${code}:\n${complaints}`))
        : judge(beliefs, balance, yield* simulator.ledger.entries())
    }).pipe(Effect.scoped)
  return { simulator, start, finish }
})

const kill = (worker: Worker) =>
  Effect.andThen(
    Effect.sync(() => void worker.process.kill("SIGKILL")),
    Effect.promise(() => worker.exited),
  )

/** Kills one machine, again and again. */
export const oneMachine = Effect.fnUntraced(function* (
  engine: "pglite" | "postgres",
  database: string,
  kills: number,
  random: Random,
) {
  const { finish, simulator, start } = yield* begin(engine, database)
  let begun = 0
  const onBegin = (index: number) => {
    begun = Math.max(begun, index + 1)
  }
  for (let strike = 1; strike <= kills; strike++) {
    const fault = faultOf(random)
    if (fault !== undefined) yield* simulator.inject(fault)
    // Some strike while the worker starts and takes up what the one before it left.
    const early = random.between(0, 4) === 0
    const start_ = random.between(300, 1_500)
    const work = random.between(20, 900)
    yield* Effect.gen(function* () {
      const worker = yield* start({ from: begun }, onBegin)
      yield* early ? Effect.sleep(start_) : Effect.promise(() => worker.ready)
      yield* Effect.sleep(work)
      yield* kill(worker)
    }).pipe(Effect.scoped)
    if (strike % 10 === 0 || strike === kills) {
      yield* Console.log(`${engine}: ${strike} of ${kills} kills, ${begun} payouts begun`)
    }
  }
  return yield* finish([{ from: 0, until: begun }])
})

/** The second machine's payouts begin here. */
const secondHalf = 100_000

/** How long a frozen machine is away: longer than its claims and its shards are its own. */
const away = 12_000

const signal = (worker: Worker, name: NodeJS.Signals) =>
  Effect.sync(() => void worker.process.kill(name))

/**
 * Two machines on one database: one is killed while the other works on; one is frozen past its leases and
 * woken; and one is frozen exactly between claiming a payment and sending it.
 */
export const twoMachines = Effect.fnUntraced(function* (
  database: string,
  ports: readonly [first: number, second: number],
  random: Random,
) {
  const { finish, start } = yield* begin("cluster", database)
  const ranges = [
    { from: 0, until: 0 },
    { from: secondHalf, until: secondHalf },
  ]
  const machine = (half: 0 | 1, changes: Partial<WorkerSettings> = {}) => {
    const range = ranges[half]
    return start(
      { port: ports[half], from: range?.until ?? 0, concurrency: 8, ...changes },
      (index) => {
        if (range !== undefined) range.until = Math.max(range.until, index + 1)
      },
    )
  }

  const fenced = yield* Effect.gen(function* () {
    const [first, second] = yield* Effect.all([machine(0), machine(1)], { concurrency: 2 })
    yield* Effect.promise(() => Promise.all([first.ready, second.ready]))
    yield* Effect.sleep(random.between(2_000, 4_000))
    yield* kill(first)
    yield* Console.log("two machines: one is killed, the other works on")
    yield* Effect.sleep(random.between(2_000, 4_000))
    const again = yield* machine(0)
    yield* Effect.promise(() => again.ready)
    yield* Effect.sleep(random.between(1_000, 2_000))
    yield* signal(second, "SIGSTOP")
    yield* Console.log("two machines: one is frozen")
    yield* Effect.sleep(away)
    yield* signal(second, "SIGCONT")
    yield* Console.log("two machines: it is woken")
    yield* Effect.sleep(random.between(2_000, 4_000))
    yield* kill(second)

    const slow = yield* machine(1, { claimMillis: 1_000, concurrency: 1 })
    yield* Effect.promise(() => slow.claimed)
    yield* signal(slow, "SIGSTOP")
    yield* Console.log("two machines: one is frozen between claiming and sending")
    yield* Effect.sleep(away)
    yield* signal(slow, "SIGCONT")
    yield* Effect.sleep(6_000)
    const wasFenced = slow.fenced()
    yield* kill(slow)
    yield* kill(again)
    return wasFenced
  }).pipe(Effect.scoped)

  const verdict = yield* finish(ranges, { port: ports[0] })
  return { verdict, fenced, kills: 2 }
})
