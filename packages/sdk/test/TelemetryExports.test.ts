/** The same payment through each way out of the process, with real exporters and real sockets. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import * as OtelTracer from "@effect/opentelemetry/OtelTracer"
import { assert, it } from "@effect/vitest"
import { metrics as otelMetrics, trace } from "@opentelemetry/api"
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import { BatchSpanProcessor, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node"
import { Effect, Layer, Metric } from "effect"
import { HttpClient, HttpRouter, HttpServer } from "effect/http"
import { Otlp, OtlpSerialization, PrometheusMetrics } from "effect/observability"
import { createServer } from "node:http"
import { Outcome } from "../src/api/Outcome.ts"
import { metrics as table } from "../src/Telemetry.ts"
import type { MetricRow } from "../src/Telemetry.ts"
import { attributesOf, OtlpServer } from "./support/otlpServer.ts"
import { approvedCard, pushRequest, simulated } from "./support/simulated.ts"

const pay = Effect.flatMap(pushRequest(), (request) => Outcome.push(request)).pipe(
  Effect.withSpan("pay a driver"),
)

const alone = Layer.sync(Metric.MetricRegistry, () => new Map())

const rows: ReadonlyArray<MetricRow> = Object.values(table)

/** Names that the Prometheus rules of OpenTelemetry collectors make of a metric that came by OTLP. */
const viaCollector = (name: string, unit: string | undefined, kind: MetricRow["kind"]): string => {
  const withUnit =
    unit === "s" && !/_seconds(_total)?$/.test(name)
      ? `${name}_seconds`
      : unit === "1" && kind === "gauge"
        ? `${name}_ratio`
        : name
  return kind === "counter" && !withUnit.endsWith("_total") ? `${withUnit}_total` : withUnit
}

/** What a collector must have after one payment. */
const assertCollected = Effect.gen(function* () {
  const collector = yield* OtlpServer
  const spans = yield* collector.spans
  const named = (name: string) => spans.find((span) => span.name === name)
  const outer = named("pay a driver")
  const outcome = named("visa-direct.outcome")
  const request = named("visa-direct.FundsTransfer.push")
  const encrypt = named("visa-direct.mle.encrypt")
  assert.isDefined(outer)
  assert.isDefined(request)
  assert.strictEqual(outcome?.parentSpanId, outer.spanId)
  assert.strictEqual(request.parentSpanId, outcome?.spanId)
  assert.strictEqual(encrypt?.parentSpanId, request.spanId)
  assert.strictEqual(new Set(spans.map(({ traceId }) => traceId)).size, 1)
  const client = 3
  assert.strictEqual(request.kind, client)
  const attributes = attributesOf(request)
  assert.strictEqual(attributes["http.request.method"], "POST")
  assert.strictEqual(attributes["http.response.status_code"], 200)
  assert.strictEqual(attributes["visa.operation"], "FundsTransfer.push")

  const metrics = yield* collector.metrics
  const requests = metrics.get("visa_direct_requests_total")?.sum?.dataPoints ?? []
  assert.deepStrictEqual(requests.map(attributesOf), [
    { operation: "FundsTransfer.push", result: "success" },
  ])
  assert.strictEqual(Number(requests[0]?.asDouble ?? requests[0]?.asInt), 1)
  const encryptions = metrics.get("visa_direct_mle_encrypt_duration_seconds")
  assert.strictEqual(Number(encryptions?.histogram?.dataPoints[0]?.count), 1)
  const ours = [...metrics.values()].filter(({ name }) => name.startsWith("visa_direct_"))
  assert.isAbove(ours.length, 15)
  for (const { name, unit } of ours) {
    const row = rows.find((metric) => metric.name === name)
    assert.isDefined(row, name)
    assert.strictEqual(viaCollector(name, unit, row.kind), name)
  }
  assert.isFalse(collector.bodies.some((body) => body.includes(approvedCard)))
})

/** Pays with the SDK on top of exporters that send to a collector, then looks at the collector. */
const collected = <A, E>(exporters: (url: string) => Layer.Layer<A, E>) =>
  Effect.gen(function* () {
    const { url } = yield* OtlpServer
    // The exporters flush when their scope closes, which is before anything is looked at.
    yield* Effect.provide(
      pay,
      simulated().pipe(Layer.provideMerge(exporters(url)), Layer.provideMerge(alone)),
    )
    yield* assertCollected
  }).pipe(Effect.provide(OtlpServer.layer))

/** What the process has globally, which is nothing unless a program has registered it. */
const globals = Effect.sync(() => ({
  tracing: trace.getTracer("probe").startSpan("probe").isRecording(),
  measuring: otelMetrics.getMeterProvider().constructor.name,
}))

it.live("Effect's own exporter sends traces and metrics over OTLP", () =>
  collected((baseUrl) =>
    Otlp.layer({ baseUrl, resource: { serviceName: "driver-payouts" } }).pipe(
      Layer.provide([OtlpSerialization.layerJson, NodeHttpClient.layerUndici]),
    ),
  ),
)

it.live("OpenTelemetry's exporters send them through @effect/opentelemetry", () =>
  Effect.gen(function* () {
    const before = yield* globals
    assert.deepStrictEqual(before, { tracing: false, measuring: "NoopMeterProvider" })
    yield* collected((url) =>
      NodeSdk.layer(() => ({
        resource: { serviceName: "driver-payouts" },
        spanProcessor: new BatchSpanProcessor(new OTLPTraceExporter({ url: `${url}/v1/traces` })),
        metricReader: new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter({ url: `${url}/v1/metrics` }),
        }),
      })),
    )
    assert.deepStrictEqual(yield* globals, before, "no provider was registered for the process")
  }),
)

it.live("the spans join the trace of a provider that the program has registered", () =>
  Effect.gen(function* () {
    const { spans, url } = yield* OtlpServer
    yield* Effect.acquireUseRelease(
      Effect.sync(() => {
        const provider = new NodeTracerProvider({
          spanProcessors: [
            new SimpleSpanProcessor(new OTLPTraceExporter({ url: `${url}/v1/traces` })),
          ],
        })
        provider.register()
        return provider
      }),
      (provider) =>
        Effect.gen(function* () {
          const handler = trace.getTracer("program").startSpan("POST /payouts")
          yield* pay.pipe(
            OtelTracer.withSpanContext(handler.spanContext()),
            Effect.provide(
              simulated().pipe(
                Layer.provideMerge(OtelTracer.layerGlobal),
                Layer.provideMerge(alone),
              ),
            ),
          )
          handler.end()
          yield* Effect.promise(() => provider.forceFlush())
          const all = yield* spans
          assert.includeMembers(
            all.map(({ name }) => name),
            ["POST /payouts", "pay a driver", "visa-direct.FundsTransfer.push"],
          )
          assert.deepStrictEqual(Array.from(new Set(all.map(({ traceId }) => traceId))), [
            handler.spanContext().traceId,
          ])
        }),
      (provider) =>
        Effect.promise(() => provider.shutdown()).pipe(
          Effect.andThen(Effect.sync(() => trace.disable())),
        ),
    )
  }).pipe(Effect.provide(OtlpServer.layer)),
)

it.live("a Prometheus page has every name as the table has it", () =>
  Effect.gen(function* () {
    yield* pay
    const server = yield* HttpServer.HttpServer
    const { port } = server.address as { readonly port: number }
    const response = yield* HttpClient.get(`http://127.0.0.1:${port}/metrics`)
    assert.match(response.headers["content-type"] ?? "", /^text\/plain; version=0\.0\.4/)
    const page = yield* response.text
    const lines = page.split("\n")
    assert.include(
      lines,
      'visa_direct_requests_total{operation="FundsTransfer.push",result="success"} 1',
    )
    assert.include(lines, "# TYPE visa_direct_mle_encrypt_duration_seconds histogram")
    const families = lines.flatMap((line) => {
      const [, name, kind] = /^# TYPE (visa_direct_\S+) (\w+)$/.exec(line) ?? []
      return name === undefined ? [] : [{ name, kind }]
    })
    assert.isAbove(families.length, 15)
    assert.strictEqual(new Set(families.map(({ name }) => name)).size, families.length)
    for (const { kind, name } of families) {
      const row = rows.find((metric) => metric.name === name)
      assert.strictEqual(row?.kind, kind, name)
      assert.include(lines, `# HELP ${name} ${row?.description}`)
    }
    assert.notInclude(page, "_total_total")
    assert.notInclude(page, 'unit="')
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        simulated(),
        HttpRouter.serve(PrometheusMetrics.layerHttp()).pipe(
          Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
        ),
        NodeHttpClient.layerUndici,
      ).pipe(Layer.provideMerge(alone)),
    ),
  ),
)
