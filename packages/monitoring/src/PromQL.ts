/**
 * PromQL over the telemetry contract: a metric, a label or a value that the contract does not have
 * does not compile.
 */
import { metrics } from "effect-visa-direct/Telemetry"
import type { Bound } from "effect-visa-direct/Telemetry"

type Metrics = typeof metrics

/** The name under which the contract keeps a metric. */
export type MetricKey = keyof Metrics

type KeysOf<Kind> = {
  [K in MetricKey]: Metrics[K]["kind"] extends Kind ? K : never
}[MetricKey]

export type Counter = KeysOf<"counter">
export type Histogram = KeysOf<"histogram">

type Value<B> = B extends Bound<infer V> ? V : never

/** The values of a label that are wanted; several are any of them, `not` is none of them. */
export type Wanted<V extends string> = V | ReadonlyArray<V> | { readonly not: V }

type Matchers<K extends MetricKey> = {
  readonly [L in keyof Metrics[K]["labels"]]?: Wanted<Value<Metrics[K]["labels"][L]>>
}

/** Labels that Prometheus adds to whatever it scrapes. */
export type TargetLabel = "job" | "instance" | "namespace" | "cluster"

/** To group by: those of the target, and the metric's own. */
type Labels<K extends MetricKey> = ReadonlyArray<keyof Metrics[K]["labels"] & string>

/** Which time series are meant, and which of their origins are kept apart. */
export interface Scope {
  /** Kept apart in every query. */
  readonly by: ReadonlyArray<TargetLabel>
  /** Put into every selector as it is, such as `job=~"$job"`; empty for everything. */
  readonly matchers: string
}

const matcher = (label: string, wanted: Wanted<string>): string => {
  if (typeof wanted === "string") return `${label}="${wanted}"`
  if ("not" in wanted) return `${label}!="${wanted.not}"`
  return `${label}=~"${wanted.join("|")}"`
}

/** Writes queries for one scope. */
export const promql = (scope: Scope) => {
  const selector = <K extends MetricKey>(metric: K, suffix: string, matchers: Matchers<K>) => {
    const own = Object.entries<Wanted<string> | undefined>(matchers).flatMap(([label, wanted]) =>
      wanted === undefined ? [] : [matcher(label, wanted)],
    )
    const all = [...(scope.matchers === "" ? [] : [scope.matchers]), ...own]
    return `${metrics[metric].name}${suffix}${all.length === 0 ? "" : `{${all.join(",")}}`}`
  }

  const grouped = (operator: string, labels: ReadonlyArray<string>, inner: string) => {
    const by = [...scope.by, ...labels]
    return by.length === 0
      ? `${operator}(${inner})`
      : `${operator} by (${by.join(", ")}) (${inner})`
  }

  const select = <K extends MetricKey>(metric: K, matchers: Matchers<K> = {}): string =>
    selector(metric, "", matchers)

  return {
    select,
    /** Events per second. */
    rate: <K extends Counter>(
      metric: K,
      window: string,
      by: Labels<K> = [],
      matchers: Matchers<K> = {},
    ): string => grouped("sum", by, `rate(${select(metric, matchers)}[${window}])`),
    /** Events in the window. */
    increase: <K extends Counter>(
      metric: K,
      window: string,
      by: Labels<K> = [],
      matchers: Matchers<K> = {},
    ): string => grouped("sum", by, `increase(${select(metric, matchers)}[${window}])`),
    /** One value per group, of all processes. */
    aggregate: <K extends MetricKey>(
      operator: "sum" | "min" | "max",
      metric: K,
      by: Labels<K> = [],
      matchers: Matchers<K> = {},
    ): string => grouped(operator, by, select(metric, matchers)),
    /** The highest that it was in the window, of all processes. */
    peak: <K extends MetricKey>(metric: K, window: string, by: Labels<K> = []): string =>
      grouped("max", by, `max_over_time(${select(metric)}[${window}])`),
    /** A quantile of a histogram, in its unit. */
    quantile: <K extends Histogram>(
      quantile: number,
      metric: K,
      window: string,
      by: Labels<K> = [],
      matchers: Matchers<K> = {},
    ): string =>
      `histogram_quantile(${quantile}, ${grouped("sum", ["le", ...by], `rate(${selector(metric, "_bucket", matchers)}[${window}])`)})`,
  }
}
