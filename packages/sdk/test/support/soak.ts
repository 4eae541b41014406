/**
 * Ten thousand pushes through one process, for soak.test.ts: runs under `--expose-gc` and prints what
 * it measured as one line of JSON.
 */
import { Console, Effect, Metric, References } from "effect"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import * as VisaDirect from "../../src/VisaDirect.ts"
import { credentialsOf, pushRequest } from "./simulated.ts"

const concurrency = 16

const heapAfterGc = Effect.gen(function* () {
  const collect = globalThis.gc
  if (collect === undefined) return yield* Effect.die("run with --expose-gc")
  // Buffers and promises of the last requests go one turn later.
  for (let turn = 0; turn < 5; turn++) {
    collect()
    yield* Effect.sleep("20 millis")
  }
  return process.memoryUsage().heapUsed
})

const pushes = (count: number) =>
  Effect.forEach(
    Array.from({ length: count }),
    () => Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request)),
    { concurrency, discard: true },
  )

const sockets = () =>
  process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length

/** Effect's own count of the fibers that run. */
const fibers = Effect.map(
  Metric.value(
    Metric.gauge("child_fibers_active", {
      description: "The current count of active child fibers",
    }),
  ),
  ({ value }) => value,
)

const soak = Effect.gen(function* () {
  const simulator = yield* SimulatorProcess
  // The controls of the simulator have a socket of their own, which this opens.
  yield* simulator.stats
  const before = sockets()
  const inside = Effect.gen(function* () {
    yield* pushes(2_000)
    const at2000 = yield* heapAfterGc
    const fibersAt2000 = yield* fibers
    yield* pushes(8_000)
    const at10000 = yield* heapAfterGc
    const fibersAt10000 = yield* fibers
    return {
      at2000,
      at10000,
      fibersAt2000,
      fibersAt10000,
      connections: yield* simulator.connections,
    }
  })
  const measured = yield* inside.pipe(
    Effect.provide(
      VisaDirect.layer({
        environment: "sandbox",
        baseUrl: simulator.url,
        credentials: credentialsOf(simulator.credentials),
      }),
    ),
  )
  const { ledger } = yield* simulator.stats
  yield* Effect.repeat(simulator.connections, { until: (open) => open === 0 })
  return {
    ...measured,
    concurrency,
    payments: ledger.byKind["push"],
    socketsLeft: sockets() - before,
  }
})

await Effect.runPromise(
  soak.pipe(
    Effect.flatMap((measured) => Console.log(JSON.stringify(measured))),
    Effect.provide(SimulatorProcess.layer({ keep: 10 })),
    Effect.provideService(References.MinimumLogLevel, "Warn"),
    Metric.enableRuntimeMetrics,
  ),
)
