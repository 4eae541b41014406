/**
 * A Grafana dashboard over the telemetry contract, in the order in which somebody on call reads it:
 * is money at risk, do payouts end well, what does Visa answer, what protects us, how long do the
 * credentials last.
 *
 * It is made with Grafana's own builders, in the classic format that every version can import.
 */
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  ReduceDataOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common"
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard"
import type { Dashboard, Threshold } from "@grafana/grafana-foundation-sdk/dashboard"
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus"
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat"
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries"
import {
  OpsPerSecond,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short,
} from "@grafana/grafana-foundation-sdk/units"
import { metrics } from "effect-visa-direct/Telemetry"
import { promql } from "./PromQL.ts"
import { settingsOf } from "./Settings.ts"
import type { Overrides } from "./Settings.ts"

export interface DashboardOptions {
  readonly title?: string | undefined
  /** Colours change where the alerts fire. */
  readonly settings?: Overrides | undefined
}

interface Query {
  readonly expr: string
  /** With `{{label}}` for the value of a label. */
  readonly legend: string
}

interface Panel {
  readonly title: string
  /** What is seen, and what is good. */
  readonly description: string
  readonly unit: string
  readonly queries: ReadonlyArray<Query>
  /** From which value on, or below which, the colour says that something is wrong. */
  readonly thresholds?: ReadonlyArray<Threshold>
  readonly decimals?: number
}

interface Row {
  readonly title: string
  readonly kind: "stat" | "timeseries"
  readonly panels: ReadonlyArray<Panel>
}

const green = { color: "green", value: null }

/** Green, from a value on yellow, from another on red. */
const rising = (yellow: number, red: number): ReadonlyArray<Threshold> => [
  green,
  { color: "yellow", value: yellow },
  { color: "red", value: red },
]

const window = "$__rate_interval"

const rowsOf = (overrides: Overrides): ReadonlyArray<Row> => {
  const query = promql({ by: [], matchers: 'job=~"$job"' })
  const settings = settingsOf(overrides)
  const day = 86_400
  const failing = ["failed", "unknown"] as const
  const quantiles = (of: (quantile: number) => string): ReadonlyArray<Query> =>
    [0.5, 0.95, 0.99].map((quantile) => ({
      expr: of(quantile),
      legend: `${quantile * 100} %`,
    }))
  const share = (part: string, whole: string) => `(${part} or 0 * ${whole}) / ${whole}`

  return [
    {
      title: "Is money at risk?",
      kind: "stat",
      panels: [
        {
          title: "Payments without an outcome",
          description:
            "Payments that may have been made or not. Anything but 0 for more than a few minutes needs a person.",
          unit: Short,
          thresholds: rising(1, 10),
          queries: [
            {
              expr: query.aggregate("sum", "unknownOutcomes", [], { where: "in_flight" }),
              legend: "being asked about",
            },
            {
              // Every process shows the whole of the work list that they share.
              expr: `sum(max by (job) (${query.select("unknownOutcomes", { where: "work_list" })}))`,
              legend: "on the work list",
            },
          ],
        },
        {
          title: "Oldest of them",
          description:
            "Since the oldest payment without an outcome was sent. An alert fires when it is too old.",
          unit: Seconds,
          thresholds: rising(
            settings.unknownOutcomeOld.seconds / 2,
            settings.unknownOutcomeOld.seconds,
          ),
          queries: [{ expr: query.aggregate("max", "unknownOutcomeAge"), legend: "age" }],
        },
        {
          title: "Requests that fail",
          description:
            "Failed or unknown, of all requests to Visa. Declines are answers, and do not count.",
          unit: PercentUnit,
          decimals: 1,
          thresholds: rising(settings.errorRateHigh.share / 2, settings.errorRateHigh.share),
          queries: [
            {
              expr: share(
                query.rate("requests", "5m", [], { result: failing }),
                query.rate("requests", "5m"),
              ),
              legend: "failing",
            },
          ],
        },
        {
          title: "Open circuit breakers",
          description: "Breakers that let no call through, over all processes. 0 is good.",
          unit: Short,
          thresholds: rising(1, 1),
          queries: [{ expr: query.aggregate("sum", "breakerOpen"), legend: "open" }],
        },
        {
          title: "First certificate ends in",
          description:
            "The certificate in use that ends first; roots that only complete a chain are not counted.",
          unit: Seconds,
          thresholds: [
            { color: "red", value: null },
            { color: "yellow", value: settings.certificateAboutToExpire.days * day },
            { color: "green", value: settings.certificateExpiresSoon.days * day },
          ],
          queries: [
            {
              expr: query.aggregate("min", "certificateExpiry", [], {
                role: { not: "extra-root" },
              }),
              legend: "left",
            },
          ],
        },
        {
          title: "Payouts per second",
          description:
            "Payouts that ended, however they ended. 0 while payouts are expected is an outage.",
          unit: OpsPerSecond,
          decimals: 2,
          queries: [{ expr: query.rate("payouts", "5m"), legend: "payouts" }],
        },
      ],
    },
    {
      title: "Payouts",
      kind: "timeseries",
      panels: [
        {
          title: "Payouts by status",
          description: "How payouts end. A share of declines is normal; unknown is not.",
          unit: OpsPerSecond,
          queries: [{ expr: query.rate("payouts", window, ["status"]), legend: "{{status}}" }],
        },
        {
          title: "Time of a payout",
          description:
            "From accepting a payout to its end: half of them, 95 and 99 of 100 are faster.",
          unit: Seconds,
          queries: quantiles((quantile) => query.quantile(quantile, "payoutDuration", window)),
        },
        {
          title: "Settled amounts per hour",
          description: "What was paid out, in units of each currency.",
          unit: Short,
          queries: [
            {
              expr: query.increase("settledAmount", "1h", ["currency", "rail"]),
              legend: "{{currency}} {{rail}}",
            },
          ],
        },
        {
          title: "Refused before sending",
          description: "Payouts that a guard refused, by guard. Nothing was sent for any of them.",
          unit: OpsPerSecond,
          queries: [{ expr: query.rate("guardFailures", window, ["guard"]), legend: "{{guard}}" }],
        },
        {
          title: "Declines by category",
          description:
            "Visa's decline category. 1: never try again; 2: at most 15 times in 30 days; none: Visa gives no category.",
          unit: OpsPerSecond,
          queries: [
            { expr: query.rate("declines", window, ["category"]), legend: "category {{category}}" },
          ],
        },
        {
          title: "What became of unknown outcomes",
          description:
            "Searches for an outcome by what they found. Open ones are still to be asked about.",
          unit: OpsPerSecond,
          queries: [
            { expr: query.rate("outcomesResolved", window, ["outcome"]), legend: "{{outcome}}" },
          ],
        },
      ],
    },
    {
      title: "Requests to Visa",
      kind: "timeseries",
      panels: [
        {
          title: "Requests by result",
          description: "Every attempt counts. Failed and unknown together are the error rate.",
          unit: RequestsPerSecond,
          queries: [{ expr: query.rate("requests", window, ["result"]), legend: "{{result}}" }],
        },
        {
          title: "Errors by type",
          description:
            "The ten most frequent reasons, declines included. docs/errors.md explains each.",
          unit: OpsPerSecond,
          queries: [
            {
              expr: `topk(10, ${query.rate("errors", window, ["error_type"])})`,
              legend: "{{error_type}}",
            },
          ],
        },
        {
          title: "Slowest 5 % by operation",
          description: "How long requests take: 95 of 100 of an operation are faster than this.",
          unit: Seconds,
          thresholds: rising(settings.responsesSlow.seconds / 2, settings.responsesSlow.seconds),
          queries: [
            {
              expr: query.quantile(0.95, "requestDuration", window, ["operation"]),
              legend: "{{operation}}",
            },
          ],
        },
        {
          title: "Requests by operation",
          description: "Which of Visa's APIs are called, and how often.",
          unit: RequestsPerSecond,
          queries: [
            { expr: query.rate("requests", window, ["operation"]), legend: "{{operation}}" },
          ],
        },
      ],
    },
    {
      title: "Resilience",
      kind: "timeseries",
      panels: [
        {
          title: "Retries",
          description:
            "Attempts after the first, by what the operation does, and retries that the budget did not allow.",
          unit: OpsPerSecond,
          queries: [
            { expr: query.rate("retries", window, ["class"]), legend: "{{class}}" },
            { expr: query.rate("retryBudgetExhausted", window), legend: "no budget left" },
          ],
        },
        {
          title: "Circuit breakers by state",
          description: "Breakers of all processes. While one is open, its calls fail at once.",
          unit: Short,
          queries: [
            { expr: query.aggregate("sum", "circuitBreakerState", ["state"]), legend: "{{state}}" },
          ],
        },
        {
          title: "Changes and rejections of breakers",
          description: "Changes of state, and calls that an open breaker did not let through.",
          unit: OpsPerSecond,
          queries: [
            {
              expr: query.rate("breakerTransitions", window, ["breaker", "state"]),
              legend: "{{breaker}} to {{state}}",
            },
            {
              expr: query.rate("breakerRejections", window, ["breaker"]),
              legend: "{{breaker}} rejected",
            },
          ],
        },
        {
          title: "Waiting for the rate limiter",
          description:
            "How long requests wait for their turn: half of them, 95 and 99 of 100 wait less.",
          unit: Seconds,
          queries: quantiles((quantile) => query.quantile(quantile, "rateLimiterWait", window)),
        },
        {
          title: "Rejected by the rate limiter",
          description: "Requests whose turn did not come in time. They were not sent.",
          unit: RequestsPerSecond,
          queries: [{ expr: query.rate("rateLimiterRejections", window), legend: "rejected" }],
        },
        {
          title: "Cache hits",
          description:
            "The share of look-ups that each cache could answer. Low means more calls to Visa.",
          unit: PercentUnit,
          queries: [
            {
              expr: `${query.rate("cacheHits", window, ["cache"])} / (${query.rate("cacheHits", window, ["cache"])} + ${query.rate("cacheMisses", window, ["cache"])})`,
              legend: "{{cache}}",
            },
          ],
        },
      ],
    },
    {
      title: "Credentials and encryption",
      kind: "timeseries",
      panels: [
        {
          title: "Until certificates end",
          description:
            "By role; of several certificates in a role the first to end. A step up is a rotation.",
          unit: Seconds,
          queries: [
            { expr: query.aggregate("min", "certificateExpiry", ["role"]), legend: "{{role}}" },
          ],
        },
        {
          title: "Rotations and rollbacks per hour",
          description: "New sets of credentials by result, and returns to the previous one.",
          unit: Short,
          queries: [
            {
              expr: query.increase("certificateRotations", "1h", ["result"]),
              legend: "rotation: {{result}}",
            },
            {
              expr: query.increase("certificateRollbacks", "1h", ["trigger", "result"]),
              legend: "{{trigger}} rollback: {{result}}",
            },
          ],
        },
        {
          title: "Connection pools",
          description:
            "One per set of credentials: that in use, for ten minutes the one before, and those that are still being drained.",
          unit: Short,
          queries: [
            { expr: query.aggregate("sum", "connectionPools"), legend: "open" },
            { expr: query.increase("connectionPoolsOpened", "1h"), legend: "opened per hour" },
          ],
        },
        {
          title: "Fetches of key sets",
          description: "Fetches that brought a usable key, and those that did not, by why.",
          unit: OpsPerSecond,
          queries: [
            { expr: query.rate("jwksFetchSuccess", window), legend: "success" },
            { expr: query.rate("jwksFetchFailures", window, ["reason"]), legend: "{{reason}}" },
          ],
        },
        {
          title: "Slowest 5 % of encryption and key fetches",
          description:
            "How long it takes: 95 of 100 are faster. Encryption takes about 0.1 ms and decryption 1 ms; more means that the machine is busy.",
          unit: Seconds,
          queries: [
            { expr: query.quantile(0.95, "mleEncryptDuration", window), legend: "encrypt" },
            { expr: query.quantile(0.95, "mleDecryptDuration", window), legend: "decrypt" },
            {
              expr: query.quantile(0.95, "jwksFetchDuration", window),
              legend: "fetch of a key set",
            },
          ],
        },
      ],
    },
  ]
}

const datasource = { type: "prometheus", uid: "$datasource" }

const columns = 24

const newPanel = (kind: Row["kind"], hasThresholds: boolean) => {
  if (kind === "stat") {
    return new StatBuilder().reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
  }
  const builder = new TimeseriesBuilder()
  return hasThresholds
    ? builder.thresholdsStyle(
        new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line),
      )
    : builder
}

const panelOf = (kind: Row["kind"], panel: Panel, width: number) => {
  const builder = newPanel(kind, panel.thresholds !== undefined)
  builder
    .title(panel.title)
    .description(panel.description)
    .datasource(datasource)
    .unit(panel.unit)
    .span(width)
    .height(kind === "stat" ? 4 : 8)
  if (panel.decimals !== undefined) builder.decimals(panel.decimals)
  if (panel.thresholds !== undefined) {
    builder.thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...panel.thresholds]),
    )
  }
  panel.queries.forEach(({ expr, legend }, index) => {
    builder.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCodePoint(65 + index))
        .datasource(datasource)
        .expr(expr)
        .legendFormat(legend),
    )
  })
  return builder
}

/**
 * The dashboard as data; its JSON is what Grafana imports.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { dashboard } from "effect-visa-direct-monitoring"
 *
 * assert.strictEqual(dashboard({ title: "Driver payouts" }).title, "Driver payouts")
 */
export const dashboard = (options: DashboardOptions = {}): Dashboard => {
  const builder = new DashboardBuilder(options.title ?? "Visa Direct payouts")
    .uid("visa-direct-payouts")
    .description("Payouts through the Visa Direct SDK, from its telemetry contract.")
    .tags(["visa-direct", "payments"])
    .refresh("30s")
    .time({ from: "now-6h", to: "now" })
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(
      new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
    )
    .withVariable(
      new QueryVariableBuilder("job")
        .label("Job")
        .datasource(datasource)
        .query(`label_values(${metrics.payouts.name}, job)`)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue(".*"),
    )
  let id = 0
  for (const { kind, panels, title } of rowsOf(options.settings ?? {})) {
    builder.withRow(new RowBuilder(title).id(++id))
    const perLine = kind === "stat" ? panels.length : 2
    for (const panel of panels) builder.withPanel(panelOf(kind, panel, columns / perLine).id(++id))
  }
  return builder.build()
}
