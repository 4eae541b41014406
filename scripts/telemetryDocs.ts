/**
 * `node scripts/telemetryDocs.ts`: writes docs/telemetry.md from the SDK's tables of metrics and spans.
 * With `--check` it writes nothing and fails when the file is not what would be written.
 */
import { attributes, metrics, seriesOf, spans } from "effect-visa-direct/Telemetry"
import type { AttributeRow, Bound, MetricRow, SpanRow } from "effect-visa-direct/Telemetry"
import { below, code, codes, section, table, writeOrCheck } from "./generated.ts"
import type { Generated } from "./generated.ts"

const metricRows: ReadonlyArray<MetricRow> = Object.values(metrics)
const spanRows: ReadonlyArray<readonly [string, SpanRow]> = Object.entries(spans)

/** Lists that are longer are only counted. */
const shortList = 14

const values = (label: string, { values: all }: Bound<string>): string =>
  all.length <= shortList
    ? `${code(label)}: ${codes(all)}`
    : `${code(label)}: ${all.length} values, ${codes(all.slice(0, 3))}, …`

const recorderOf = (row: MetricRow): string =>
  Object.entries(metrics).find(([, found]) => found === row)?.[0] ?? ""

const metricCells = (row: MetricRow): ReadonlyArray<string> => [
  code(row.name),
  row.kind,
  code(row.unit),
  Object.entries(row.labels)
    .map(([label, bound]) => values(label, bound))
    .join("; ") || "none",
  row.description,
  code(`Telemetry.${recorderOf(row)}`),
]

const largest = metricRows.toSorted((one, other) => seriesOf(other) - seriesOf(one))[0]

const spanNames = (keys: ReadonlyArray<string>): string =>
  codes(spanRows.flatMap(([key, { name }]) => (keys.includes(key) ? [name] : [])))

const render = (): string =>
  [
    "<!-- Written by scripts/telemetryDocs.ts from the tables in packages/sdk/src/Telemetry.ts. Change those instead. -->",
    "",
    "# Telemetry",
    "",
    "What the SDK measures and traces. It records with Effect's own `Metric` and `Tracer`, so it goes",
    "where the program's layers send it, and nowhere when there are none. No global provider is ever",
    "registered. Whatever is exported has passed the `Redactor`, as long as the exporters are provided",
    "to `VisaDirect.layer` and not merged beside it: `VisaDirect.layerConfig.pipe(Layer.provideMerge(exporters))`.",
    "",
    ...table(
      ["you have", "take", "a program that runs"],
      [
        [
          "an OpenTelemetry collector",
          "`Otlp` of `effect/observability`",
          "[examples/otlp.ts](../examples/otlp.ts)",
        ],
        [
          "the OpenTelemetry SDK for JavaScript",
          "`NodeSdk` of `@effect/opentelemetry`, or its `OtelTracer.layerGlobal` when a provider is registered already",
          "[examples/openTelemetry.ts](../examples/openTelemetry.ts)",
        ],
        [
          "a Prometheus that scrapes",
          "`PrometheusMetrics` of `effect/observability`",
          "[examples/prometheus.ts](../examples/prometheus.ts)",
        ],
      ],
    ),
    "Alert rules and a dashboard for them are in [effect-visa-direct-monitoring](../packages/monitoring/README.md).",
    "",
    ...section(
      "Metrics",
      `${metricRows.length} metrics. Durations are in seconds. The values of every label are a closed list: what is not in it is`,
      "counted as `other`, so nothing that a reply or a user says makes new series. Counters with few series",
      "show zero from the start, so that the first event is an increase that `rate` and `increase` see.",
      "",
      ...table(
        ["name", "kind", "unit", "labels", "what it says", "recorder"],
        metricRows.map(metricCells),
      ),
      largest === undefined
        ? ""
        : `The metric with the most possible series is ${code(largest.name)}, with ${seriesOf(largest)}; a series exists once it has counted.`,
      "",
      ...table(
        ["histogram", "upper ends of the buckets, in seconds"],
        metricRows.flatMap(({ buckets, name }) =>
          buckets === undefined ? [] : [[code(name), buckets.join(", ")]],
        ),
      ),
      "The names come out as they are here from a Prometheus page, and from a collector that translates OTLP",
      "to Prometheus with suffixes. There, gauges and histograms have one more label, `unit`: Effect's exporters",
      "take a metric's unit from an attribute and pass it on.",
      "",
    ),
    ...section(
      "Spans",
      "Nested as a payout runs. `{…}` in a name stands for the value of that attribute. A span that fails has",
      "`error.type`. Between them lie those of the database client, and where the workflow engine runs a payout,",
      "its own (`VisaDirectPayout.execute`, and one for each activity, such as `preflight`, `identity` or `push`).",
      "",
      ...table(
        ["name", "kind", "within", "what it spans", "attributes"],
        spanRows.map(([, row]) => [
          code(row.name),
          row.kind,
          row.parents.length === 0 ? "the program's span" : spanNames(row.parents),
          row.description,
          codes(row.attributes),
        ]),
      ),
    ),
    ...section(
      "Attributes",
      "Names without `visa.` are OpenTelemetry's, of its conventions for HTTP clients. `url.full` is left out",
      "on purpose: it can hold ids of payments.",
      "",
      ...table(
        ["attribute", "type", "what it holds"],
        Object.entries<AttributeRow>(attributes).map(([name, row]) => [
          code(name),
          row.type,
          row.description,
        ]),
      ),
    ),
  ]
    .join("\n")
    .trimEnd() + "\n"

/** docs/telemetry.md. */
export const telemetryDocs: Generated = {
  path: below("docs", "telemetry.md"),
  from: "the table of metrics and spans",
  command: "node scripts/telemetryDocs.ts",
  render,
}

if (import.meta.main) writeOrCheck(telemetryDocs)
