/**
 * The program that the runbook is about: it makes payouts, follows its credentials, shows its metrics,
 * and writes its log to its outputs. Its parent tells it what to pay.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, Logger, ManagedRuntime, Option } from "effect"
import { FundsTransfer, VisaDirect, WorkList } from "effect-visa-direct"
import { HttpRouter } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { createServer } from "node:http"
import { pay, payoutsOn, pushRequest } from "../../../packages/cli/test/support/program.ts"

/** `open`: a payout that ends unknown, and is looked for again in an hour. `push`: one that lasts. */
export type Task = { readonly open: string } | { readonly push: true }

/** What to look for at Visa. */
export interface Done {
  readonly acquiringBin?: string
  readonly stan?: string
  readonly rrn?: string
  readonly statusIdentifier?: string | undefined
}

const server = createServer()

const page = HttpRouter.serve(PrometheusMetrics.layerHttp({ path: "/metrics" })).pipe(
  Layer.provide(NodeHttpServer.layer(() => server, { host: "127.0.0.1", port: 0 })),
)

const runtime = ManagedRuntime.make(
  payoutsOn(process.env["VISA_DIRECT_DATABASE_URL"] ?? "").pipe(
    Layer.provideMerge(VisaDirect.layerConfig),
    Layer.provideMerge(page),
    Layer.provideMerge(Logger.layer([Logger.consoleLogFmt])),
    Layer.orDie,
  ),
)

const open = Effect.fnUntraced(function* (key: string) {
  yield* Effect.flip(pay(key))
  const list = yield* WorkList
  const item = Option.getOrThrow(yield* list.find(key))
  yield* list.put({ ...item, nextAt: item.nextAt + 3_600_000 })
  const found = item.open
  const done: Done =
    found === undefined || found.operation === "payout"
      ? {}
      : {
          acquiringBin: found.acquiringBin,
          stan: found.systemsTraceAuditNumber,
          rrn: found.retrievalReferenceNumber,
        }
  return done
})

const push = Effect.gen(function* () {
  const { reason } = yield* Effect.flip(FundsTransfer.push(yield* pushRequest))
  const done: Done =
    reason._tag === "StillProcessing" ? { statusIdentifier: reason.statusIdentifier } : {}
  return done
})

process.on("message", async (task: Task) => {
  const done = "open" in task ? runtime.runPromise(open(task.open)) : runtime.runPromise(push)
  process.send?.(await done)
})
process.on("disconnect", async () => {
  await runtime.dispose()
  process.exit()
})

await runtime.runPromise(Effect.void)
const address = server.address()
process.send?.(typeof address === "object" && address !== null ? address.port : 0)
