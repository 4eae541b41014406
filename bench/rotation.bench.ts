/**
 * `pnpm bench rotation`: what payments notice of credentials that are replaced under them.
 *
 * 64 workers pay as fast as they can, with message level encryption, through a simulator in a process
 * of its own. Rounds with and without rotation take turns. Of 100 rotations, 20 are rolled back and 20
 * bring a set that is broken. Nothing is attempted twice, so that no repeat hides a lost call.
 *
 * Memory is compared after rotations that are not measured: each opens as many connections again as there
 * are, and what the allocator then has from the system it keeps, until after some fifty of them it needs
 * no more. What a rotation loses would go on to grow.
 *
 * Ends with an error when a request failed, went out under parts of two sets, or a pool is left.
 */
import { NodeRuntime } from "@effect/platform-node"
import Table from "cli-table3"
import { Console, Data, Effect, Fiber, Layer, Metric, References } from "effect"
import { CertificateStore, FundsTransfer, VisaDirect } from "effect-visa-direct"
import type { Credentials, PushRequest } from "effect-visa-direct"
import { metrics } from "effect-visa-direct/Telemetry"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import type { Identity, IssueRequest } from "effect-visa-direct-simulator"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { inline, sandboxPush } from "../examples/demo/credentials.ts"

const workers = 64
const rounds = 10
/** Of ten rotations each. */
const warmUpRounds = 8
const pause = 1_000
const goodSets = 12

type Rotation = "reload" | "rollback" | "broken"

/** Ten of each round, a hundred in all. */
const rotations: ReadonlyArray<Rotation> = [
  ...(["reload", "rollback", "reload", "broken", "reload"] as const),
  ...(["reload", "broken", "reload", "rollback", "reload"] as const),
]

const defects = [
  "wrongPassword",
  "foreignAuthority",
  "foreignMleKey",
  "unknownKeyId",
  "mismatchedKey",
] as const satisfies ReadonlyArray<IssueRequest["defect"]>

class TargetMissed extends Data.TaggedError("TargetMissed")<{ readonly message: string }> {}

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void

const memory = Effect.gen(function* () {
  // Buffers and promises of the last requests go one turn later.
  for (let turn = 0; turn < 5; turn++) {
    collect()
    yield* Effect.sleep("20 millis")
  }
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20 }
})

interface Figures {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Without the single latencies: half a million of them would be four of the megabytes that are measured. */
interface Load {
  readonly paid: number
  readonly failures: ReadonlyArray<string>
  readonly figures: Figures
}

/** Keeps all workers busy while something else runs. */
const under = <A, E, R>(push: Effect.Effect<void, string>, doing: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const latencies: Array<number> = []
    const failures: Array<string> = []
    let stop = false
    const worker = Effect.gen(function* () {
      while (!stop) {
        const from = performance.now()
        yield* Effect.match(push, {
          onFailure: (tag) => failures.push(tag),
          onSuccess: () => latencies.push(performance.now() - from),
        })
      }
    })
    const from = performance.now()
    const busy = yield* Effect.forkChild(
      Effect.all(
        Array.from({ length: workers }, () => worker),
        { concurrency: "unbounded", discard: true },
      ),
    )
    yield* doing
    stop = true
    yield* Fiber.join(busy)
    const load: Load = {
      paid: latencies.length,
      failures,
      figures: figuresOf(latencies, (performance.now() - from) / 1_000),
    }
    return load
  })

const quantile = (values: ReadonlyArray<number>, q: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}

const figuresOf = (latencies: ReadonlyArray<number>, seconds: number): Figures => ({
  perSecond: latencies.length / seconds,
  p50: quantile(latencies, 0.5),
  p99: quantile(latencies, 0.99),
  max: quantile(latencies, 1),
})

const typical = (rounds: ReadonlyArray<Figures>): Figures => {
  const median = (of: (figures: Figures) => number) => quantile(rounds.map(of), 0.5)
  return {
    perSecond: median((each) => each.perSecond),
    p50: median((each) => each.p50),
    p99: median((each) => each.p99),
    max: median((each) => each.max),
  }
}

/** A fresh identity for each push: a repeat would be answered as a duplicate. */
const pushOf = Effect.gen(function* () {
  const { push } = yield* FundsTransfer
  const request = yield* sandboxPush("4060320000000127", "124.05")
  const { retrievalReferenceNumber: rrn } = request
  let count = 0
  return Effect.suspend(() => {
    const stan = String(++count % 1_000_000).padStart(6, "0")
    return push(
      {
        ...request,
        systemsTraceAuditNumber: stan as PushRequest["systemsTraceAuditNumber"],
        retrievalReferenceNumber:
          `${rrn.slice(0, 6)}${stan}` as PushRequest["retrievalReferenceNumber"],
        clientTransactionId: `${Math.floor(count / 1_000_000)}${stan}`,
      },
      { retry: "none" },
    )
  }).pipe(
    Effect.asVoid,
    Effect.mapError(({ reason }) => reason._tag),
  )
})

const bench = Effect.gen(function* () {
  const simulator = yield* SimulatorProcess
  const store = yield* CertificateStore
  const push = yield* pushOf
  const gauge = (name: keyof typeof metrics) =>
    Effect.map(Metric.snapshot, (all) => {
      const found = all.find(({ id }) => id === metrics[name].name)
      return found === undefined ? 0 : valueOf(found)
    })

  yield* Console.log(
    `issuing ${goodSets} sets of credentials that are right, and some that are not`,
  )
  const good = yield* Effect.replicateEffect(Effect.map(simulator.issue(), inline), goodSets)
  const broken = yield* Effect.forEach(defects, (defect) =>
    Effect.map(simulator.issue({ defect }), inline),
  )
  const next = cycle(good)
  const nextBroken = cycle(broken)

  const refusals = new Map<string, number>()
  const rotate = Effect.fnUntraced(function* (rotation: Rotation) {
    if (rotation === "broken") {
      const { reason } = yield* Effect.flip(store.reload(nextBroken()))
      refusals.set(reason._tag, (refusals.get(reason._tag) ?? 0) + 1)
      return
    }
    yield* store.reload(next())
    if (rotation === "rollback") {
      yield* Effect.sleep(pause / 2)
      yield* store.rollback
    }
  })

  const steady: Array<Load> = []
  const rotating: Array<Load> = []
  const warmUp: Array<Load> = []
  const pass = (rotates: boolean) =>
    under(
      push,
      Effect.forEach(
        rotations,
        (rotation) => Effect.andThen(rotates ? rotate(rotation) : Effect.void, Effect.sleep(pause)),
        { discard: true },
      ),
    )
  const resident = () => `${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MB resident`

  yield* Console.log(`warming up: ${warmUpRounds * rotations.length} rotations`)
  for (let round = 0; round < warmUpRounds; round++) {
    warmUp.push(yield* pass(true))
    yield* Console.log(`warm-up ${round + 1} of ${warmUpRounds}, ${resident()}`)
  }
  refusals.clear()
  yield* simulator.ledger.clear
  const poolsBefore = yield* gauge("connectionPoolsOpened")

  const before = yield* memory
  let halfway = before
  for (let round = 0; round < rounds; round++) {
    for (const rotates of round % 2 === 0 ? [false, true] : [true, false]) {
      const load = yield* pass(rotates)
      ;(rotates ? rotating : steady).push(load)
    }
    yield* Console.log(`round ${round + 1} of ${rounds}, ${resident()}`)
    if (round + 1 === rounds / 2) halfway = yield* memory
  }

  // The set before is kept for a second.
  yield* Effect.sleep("1500 millis")
  const open = yield* gauge("connectionPools")
  const opened = (yield* gauge("connectionPoolsOpened")) - poolsBefore
  const after = yield* memory
  const { connectionsByFingerprint, ledger, mixedIdentities } = yield* simulator.stats
  const current = (yield* store.current).fingerprints[0] ?? ""
  const strangers = Object.keys(connectionsByFingerprint).filter((each) => each !== current)

  const latency = new Table({
    head: ["64 workers", "per second", "p50 ms", "p99 ms", "max ms"],
    style: { head: [], border: [] },
    colAligns: ["left", "right", "right", "right", "right"],
  })
  const row = (name: string, { max, p50, p99, perSecond }: Figures, digits: number) =>
    latency.push([
      name,
      perSecond.toFixed(digits),
      ...[p50, p99, max].map((value) => value.toFixed(Math.max(digits, 1))),
    ])
  const quiet = steady.map(({ figures }) => figures)
  const busy = rotating.map(({ figures }) => figures)
  const ratio = typical(
    busy.flatMap((figures, round) => {
      const other = quiet[round]
      return other === undefined
        ? []
        : [
            {
              perSecond: figures.perSecond / other.perSecond,
              p50: figures.p50 / other.p50,
              p99: figures.p99 / other.p99,
              max: figures.max / other.max,
            },
          ]
    }),
  )
  row("without rotation", typical(quiet), 0)
  row("with rotation", typical(busy), 0)
  row("ratio", ratio, 2)
  yield* Console.log(latency.toString())

  const failures = [...warmUp, ...steady, ...rotating].flatMap((load) => load.failures)
  const paid = [...steady, ...rotating].reduce((sum, load) => sum + load.paid, 0)
  yield* Console.log(identityTable(ledger.byIdentity).toString())

  const facts = new Table({ style: { head: [], border: [] }, colAligns: ["left", "right"] })
  facts.push(
    ["payments", String(paid)],
    [
      "failed, also while warming up",
      failures.length === 0 ? "0" : `${failures.length}: ${[...new Set(failures)]}`,
    ],
    ["rotations", String(rounds * rotations.length)],
    [
      "of them rolled back",
      String(rounds * rotations.filter((each) => each === "rollback").length),
    ],
    [
      "of them broken, refused for",
      [...refusals].map(([tag, count]) => `${count} ${tag}`).join(", "),
    ],
    ["requests under parts of two sets, as the server saw them", String(mixedIdentities)],
    ["pools opened", String(opened)],
    ["pools that are left", String(open)],
    ["connections of sets that are not in use", String(strangers.length)],
    [
      "heap at the start, halfway and at the end, MB",
      [before, halfway, after].map(({ heap }) => heap.toFixed(1)).join(", "),
    ],
    [
      "resident memory, likewise, MB",
      [before, halfway, after].map(({ rss }) => rss.toFixed(0)).join(", "),
    ],
  )
  yield* Console.log(facts.toString())

  const targets: ReadonlyArray<readonly [name: string, met: boolean, hard: boolean]> = [
    ["no failed request", failures.length === 0, true],
    ["no mixed identity", mixedIdentities === 0, true],
    ["old pools closed", open === 1 && strangers.length === 0, true],
    ["p99 at most 1.5 times", ratio.p99 <= 1.5, false],
    ["memory flat", after.heap - before.heap < 5 && after.rss < 1.1 * halfway.rss, false],
  ]
  yield* Console.log(
    `targets: ${targets.map(([name, met]) => `${name}: ${met ? "met" : "MISSED"}`).join("; ")}`,
  )
  const missed = targets.filter(([, met, hard]) => hard && !met)
  if (missed.length > 0) {
    return yield* new TargetMissed({ message: missed.map(([name]) => name).join(", ") })
  }
})

const cycle = (sets: ReadonlyArray<Credentials>) => {
  let index = 0
  return (): Credentials => {
    const set = sets[index++ % sets.length]
    if (set === undefined) throw new Error("there are no sets")
    return set
  }
}

const valueOf = (snapshot: Metric.Metric.Snapshot): number =>
  snapshot.type === "Gauge"
    ? Number(snapshot.state.value)
    : snapshot.type === "Counter"
      ? Number(snapshot.state.count)
      : Number.NaN

/**
 * Each identity as the server saw it, with its probes, which are not encrypted, beside it. The first
 * digits are enough to tell them apart.
 */
const identityTable = (identities: ReadonlyArray<Identity>) => {
  const table = new Table({
    head: ["certificate", "user id", "Key-ID", "encrypted", "probes"],
    style: { head: [], border: [] },
    colAligns: ["left", "left", "left", "right", "right"],
  })
  const owner = ({ fingerprint, userId }: Identity) => `${fingerprint}|${userId}`
  const probes = new Map(
    identities
      .filter(({ keyId }) => keyId === undefined)
      .map((each) => [owner(each), each.requests] as const),
  )
  const encrypted = identities.filter(({ keyId }) => keyId !== undefined)
  const silent = identities.filter(
    (each) => each.keyId === undefined && !encrypted.some((other) => owner(other) === owner(each)),
  )
  for (const each of [...encrypted, ...silent]) {
    table.push([
      each.fingerprint?.slice(0, 11) ?? "none",
      each.userId?.slice(0, 8) ?? "not known",
      each.keyId?.slice(0, 8) ?? "none",
      String(each.keyId === undefined ? 0 : each.requests),
      String(probes.get(owner(each)) ?? 0),
    ])
  }
  return table
}

const live = Layer.unwrap(
  Effect.map(SimulatorProcess, (simulator) =>
    VisaDirect.layer({
      environment: "sandbox",
      baseUrl: simulator.url,
      credentials: inline(simulator.credentials),
      keepPrevious: "1 second",
    }),
  ),
).pipe(Layer.provideMerge(SimulatorProcess.layer({ keep: 100, seed: "bench" })))

bench.pipe(
  Effect.provide(live),
  // The refusals of broken sets are expected, and counted.
  Effect.provideService(References.MinimumLogLevel, "Error"),
  NodeRuntime.runMain,
)
