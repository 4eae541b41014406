/**
 * The same with the OpenTelemetry SDK for JavaScript and its exporters, by way of
 * `@effect/opentelemetry`: `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 node openTelemetry.ts`.
 *
 * A program that has registered a tracer provider of its own already, as with auto-instrumentation,
 * takes `OtelTracer.layerGlobal` in place of the `spanProcessor`. Nothing here registers one.
 */
import { NodeRuntime } from "@effect/platform-node"
import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { Console, Effect, Layer } from "effect"
import { FundsTransfer, VisaDirect } from "effect-visa-direct"
import { sandboxPush } from "./demo/credentials.ts"

const pay = Effect.gen(function* () {
  const request = yield* sandboxPush("4060320000000127", "124.05")
  const { transactionIdentifier } = yield* FundsTransfer.push(request)
  yield* Console.log(`Settled: transaction ${transactionIdentifier}`)
}).pipe(Effect.withSpan("pay a driver"))

const exporters = NodeSdk.layer(() => ({
  resource: { serviceName: "driver-payouts" },
  spanProcessor: new BatchSpanProcessor(new OTLPTraceExporter()),
  metricReader: new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() }),
}))

// The exporters first, so that what reaches them has passed the Redactor of VisaDirect.
const live = VisaDirect.layerConfig.pipe(Layer.provideMerge(exporters))

pay.pipe(Effect.provide(live), NodeRuntime.runMain)
