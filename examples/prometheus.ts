/**
 * A page for Prometheus to scrape: `node prometheus.ts` serves http://localhost:9464/metrics until it
 * is stopped, `METRICS_PORT` changes the port.
 */
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer } from "effect"
import { FundsTransfer, VisaDirect } from "effect-visa-direct"
import { HttpRouter } from "effect/http"
import { PrometheusMetrics } from "effect/observability"
import { createServer } from "node:http"
import { sandboxPush } from "./demo/credentials.ts"

const pay = Effect.gen(function* () {
  const request = yield* sandboxPush("4060320000000127", "124.05")
  const { transactionIdentifier } = yield* FundsTransfer.push(request)
  yield* Console.log(`Settled: transaction ${transactionIdentifier}`)
})

const page = HttpRouter.serve(PrometheusMetrics.layerHttp({ path: "/metrics" })).pipe(
  Layer.provide(
    NodeHttpServer.layerConfig(createServer, {
      port: Config.Int("METRICS_PORT").pipe(Config.withDefault(9464)),
    }),
  ),
)

pay.pipe(
  Effect.andThen(Effect.never),
  Effect.provide(Layer.merge(VisaDirect.layerConfig, page)),
  NodeRuntime.runMain,
)
