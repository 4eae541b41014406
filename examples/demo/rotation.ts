/** Credentials that are replaced, and taken back, under payments that do not stop for it. */
import { Effect, Fiber } from "effect"
import { CertificateStore, FundsTransfer } from "effect-visa-direct"
import type { Generation } from "effect-visa-direct"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import { inline, sandboxPush } from "./credentials.ts"
import * as Report from "./report.ts"

const workers = 8
const paymentsPerPhase = 80

const short = ({ fingerprints }: Generation): string => fingerprints[0]?.slice(0, 11) ?? "none"

/** Pays from eight sides at once until it is told to stop, and keeps count. */
const payments = Effect.gen(function* () {
  const byGeneration = new Map<number, number>()
  const failures: Array<string> = []
  let paid = 0
  let stop = false
  const worker = Effect.gen(function* () {
    while (!stop) {
      const request = yield* sandboxPush("4060320000000127", "10.00")
      yield* Effect.match(FundsTransfer.push(request, { retry: "none" }), {
        onFailure: ({ reason }) => failures.push(reason._tag),
        onSuccess: ({ exchange: { generation } }) => {
          paid += 1
          byGeneration.set(generation, (byGeneration.get(generation) ?? 0) + 1)
        },
      })
    }
  })
  const running = yield* Effect.forkChild(
    Effect.all(
      Array.from({ length: workers }, () => worker),
      { concurrency: "unbounded", discard: true },
    ),
  )
  const more = Effect.suspend(() => {
    const wanted = paid + paymentsPerPhase
    return Effect.repeat(Effect.sleep("5 millis"), {
      until: () => paid >= wanted || failures.length > 0,
    })
  })
  const finish = Effect.suspend(() => {
    stop = true
    return Effect.map(Fiber.join(running), () => ({ byGeneration, failures, paid }))
  })
  return { more, finish }
})

/** The story, and whether the ledger tells it too. */
export const rotation = Effect.gen(function* () {
  const simulator = yield* SimulatorProcess
  const store = yield* CertificateStore
  const first = yield* store.current
  const broken = inline(yield* simulator.issue({ defect: "wrongPassword" }))
  const renewal = inline(yield* simulator.issue())
  const before = (yield* simulator.ledger.entries()).at(-1)?.sequence ?? 0

  const { finish, more } = yield* payments
  yield* more
  const refusal = yield* Effect.flip(store.reload(broken))
  yield* more
  const [renewing, renewed] = yield* Effect.timed(store.reload(renewal))
  yield* more
  const [returning, restored] = yield* Effect.timed(store.rollback)
  yield* more
  const { byGeneration, failures, paid } = yield* finish

  const { ledger, mixedIdentities } = yield* simulator.stats
  const pushes = (yield* simulator.ledger.payments).filter(({ sequence }) => sequence > before)
  const inLedger = (generation: Generation) =>
    pushes.filter(({ fingerprint }) => fingerprint === generation.fingerprints[0]).length
  const believed = (...generations: ReadonlyArray<Generation>) =>
    generations.reduce((sum, { id }) => sum + (byGeneration.get(id) ?? 0), 0)
  const agrees =
    failures.length === 0 &&
    mixedIdentities === 0 &&
    pushes.length === paid &&
    believed(first, restored) === inLedger(first) &&
    believed(renewed) === inLedger(renewed)

  const phase = (generation: Generation, what: string): Report.Fact => [
    `generation ${generation.id}`,
    `${believed(generation)} payments with ${short(generation)}, ${what}`,
  ]
  const story: ReadonlyArray<Report.Fact> = [
    ["all the while", `${workers} workers pay without a pause, and nothing is tried twice`],
    phase(first, "the set that the program began with"),
    [
      "a bad renewal",
      `refused with ${refusal.reason._tag}: ${refusal.reason.row.meaning}; it was tried at Visa and never used`,
    ],
    phase(renewed, `the renewal: proved, then published, after ${Report.millis(renewing)}`),
    phase(restored, `the first set again: a rollback, after ${Report.millis(returning)}`),
    [
      "failed",
      failures.length === 0 ? Report.good("0") : Report.bad(`${failures.length}: ${failures[0]}`),
    ],
    [
      "in the ledger",
      `${inLedger(first)} payments with ${short(first)}, ${inLedger(renewed)} with ${short(renewed)}, of ${ledger.requests} requests ${mixedIdentities} under parts of two sets`,
    ],
  ]
  return { story, agrees }
})
