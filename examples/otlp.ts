/**
 * Traces, metrics and logs to an OpenTelemetry collector, with Effect's own exporter. It reads the
 * usual variables, and exports only what they name:
 *
 * OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 OTEL_TRACES_EXPORTER=otlp \
 *   OTEL_METRICS_EXPORTER=otlp OTEL_LOGS_EXPORTER=otlp node otlp.ts
 */
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { FundsTransfer, VisaDirect } from "effect-visa-direct"
import { Otlp, OtlpSerialization } from "effect/observability"
import { sandboxPush } from "./demo/credentials.ts"

const pay = Effect.gen(function* () {
  const request = yield* sandboxPush("4060320000000127", "124.05")
  const { transactionIdentifier } = yield* FundsTransfer.push(request)
  yield* Console.log(`Settled: transaction ${transactionIdentifier}`)
}).pipe(Effect.withSpan("pay a driver"))

const exporters = Otlp.layerFromConfig({ resource: { serviceName: "driver-payouts" } }).pipe(
  Layer.provide([OtlpSerialization.layerJson, NodeHttpClient.layerUndici]),
)

// The exporters first, so that what reaches them has passed the Redactor of VisaDirect.
const live = VisaDirect.layerConfig.pipe(Layer.provideMerge(exporters))

pay.pipe(Effect.provide(live), NodeRuntime.runMain)
