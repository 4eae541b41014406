/** An OpenTelemetry collector on loopback that keeps what it is sent over OTLP/HTTP in JSON. */
import { Context, Effect, Layer, Schema } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const Value = Schema.Record(Schema.String, Schema.Unknown)
const Attributes = Schema.optionalKey(
  Schema.Array(Schema.Struct({ key: Schema.String, value: Value })),
)

const Point = Schema.Struct({
  attributes: Attributes,
  asDouble: Schema.optionalKey(Schema.Number),
  asInt: Schema.optionalKey(Schema.Union([Schema.Number, Schema.String])),
  count: Schema.optionalKey(Schema.Union([Schema.Number, Schema.String])),
})
const Points = Schema.optionalKey(Schema.Struct({ dataPoints: Schema.Array(Point) }))

const Metric = Schema.Struct({
  name: Schema.String,
  unit: Schema.optionalKey(Schema.String),
  sum: Points,
  gauge: Points,
  histogram: Points,
})

const Span = Schema.Struct({
  name: Schema.String,
  traceId: Schema.String,
  spanId: Schema.String,
  parentSpanId: Schema.optionalKey(Schema.String),
  kind: Schema.Number,
  attributes: Attributes,
})

const Body = Schema.Struct({
  resourceMetrics: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        scopeMetrics: Schema.Array(Schema.Struct({ metrics: Schema.Array(Metric) })),
      }),
    ),
  ),
  resourceSpans: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({ scopeSpans: Schema.Array(Schema.Struct({ spans: Schema.Array(Span) })) }),
    ),
  ),
})

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Body))

export type ExportedMetric = typeof Metric.Type
export type ExportedSpan = typeof Span.Type

/** Attributes as a plain object. */
export const attributesOf = ({ attributes }: { readonly attributes?: typeof Attributes.Type }) =>
  Object.fromEntries(
    (attributes ?? []).map(({ key, value }) => {
      const [kind = "", plain] = Object.entries(value)[0] ?? []
      return [key, kind === "intValue" ? Number(plain) : plain]
    }),
  )

export class OtlpServer extends Context.Service<
  OtlpServer,
  {
    readonly url: string
    /** All bodies, as they came. */
    readonly bodies: ReadonlyArray<string>
    readonly spans: Effect.Effect<ReadonlyArray<ExportedSpan>>
    /** The metrics of the last export of each metric. */
    readonly metrics: Effect.Effect<ReadonlyMap<string, ExportedMetric>>
  }
>()("test/OtlpServer") {
  static readonly layer = Layer.effect(
    OtlpServer,
    Effect.gen(function* () {
      const bodies: Array<string> = []
      const server = createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          bodies.push(Buffer.concat(chunks).toString())
          response.writeHead(200, { "content-type": "application/json" }).end("{}")
        })
      })
      yield* Effect.acquireRelease(
        Effect.callback<void>((resume) => {
          server.listen(0, "127.0.0.1", () => resume(Effect.void))
        }),
        () => Effect.sync(() => server.closeAllConnections()),
      )
      yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
      const { port } = server.address() as AddressInfo
      const read = Effect.suspend(() => Effect.forEach(bodies, (body) => decode(body))).pipe(
        Effect.orDie,
      )
      return OtlpServer.of({
        url: `http://127.0.0.1:${port}`,
        bodies,
        spans: Effect.map(read, (all) =>
          all
            .flatMap(({ resourceSpans }) => resourceSpans ?? [])
            .flatMap(({ scopeSpans }) => scopeSpans)
            .flatMap(({ spans }) => spans),
        ),
        metrics: Effect.map(
          read,
          (all) =>
            new Map(
              all
                .flatMap(({ resourceMetrics }) => resourceMetrics ?? [])
                .flatMap(({ scopeMetrics }) => scopeMetrics)
                .flatMap(({ metrics }) => metrics)
                .map((metric) => [metric.name, metric]),
            ),
        ),
      })
    }),
  )
}
