/** The recorders that are made from the rows of the table in Telemetry.ts. */
import { Clock, Context, Duration, Effect, Metric } from "effect"
import type { Scope } from "effect"

/**
 * The values that a label can have, all of them, so that nothing that a reply, a user or an attacker
 * says can make new series. What is not in the list, where a type was evaded too, is recorded as
 * `other`.
 */
export interface Bound<out V extends string> {
  readonly values: ReadonlyArray<V>
}

/** Only these values compile. */
export const oneOf = <const V extends ReadonlyArray<string>>(values: V): Bound<V[number]> => ({
  values,
})

const other = "other"

/**
 * Any text compiles, because the list is a floor above or comes from a package; what is not in it is
 * recorded as `other`.
 */
export const anyOf = (values: ReadonlyArray<string>): Bound<string> => ({
  values: [...values, other],
})

export type Labels = { readonly [name: string]: Bound<string> }

/** One metric: everything that exporters, documents, alerts and dashboards need to know of it. */
export interface MetricRow {
  readonly name: string
  readonly kind: "counter" | "gauge" | "histogram"
  /** In the words of UCUM, as OpenTelemetry wants it: `s`, or what is counted in braces. */
  readonly unit: string
  readonly description: string
  readonly labels: Labels
  /** Of a histogram: the upper ends of its buckets, in {@link unit}. */
  readonly buckets?: ReadonlyArray<number>
}

type Value<B> = B extends Bound<infer V> ? V : never

/** The values to record under: no argument for a metric without labels. */
export type LabelArgs<L extends Labels> = keyof L extends never
  ? []
  : [labels: { readonly [N in keyof L]: Value<L[N]> }]

export interface CounterRecorder<in Args extends ReadonlyArray<unknown>> {
  /** Counts one. */
  readonly increment: (...labels: Args) => Effect.Effect<void>
  /** Counts several; a negative number changes nothing. */
  readonly add: (amount: number, ...labels: Args) => Effect.Effect<void>
}

export interface GaugeRecorder<in Args extends ReadonlyArray<unknown>> {
  readonly set: (value: number, ...labels: Args) => Effect.Effect<void>
  /** Adds to what the gauge shows; a negative number takes away. */
  readonly change: (by: number, ...labels: Args) => Effect.Effect<void>
  /**
   * Until the scope closes, `read` answers whoever looks at the gauge: for values that change by
   * themselves, such as an age. `now` is in milliseconds, from the reader's clock. A later observer of
   * the same series takes the place of an earlier one.
   */
  readonly observe: (
    read: (now: number) => number,
    ...labels: Args
  ) => Effect.Effect<void, never, Scope.Scope>
}

export interface HistogramRecorder<in Args extends ReadonlyArray<unknown>> {
  readonly record: (duration: Duration.Duration, ...labels: Args) => Effect.Effect<void>
  /** Records how long an effect ran, however it ended. */
  readonly time: (
    ...labels: Args
  ) => <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** How a row is recorded. */
export type Recorder<M extends MetricRow> = M["kind"] extends "counter"
  ? CounterRecorder<LabelArgs<M["labels"]>>
  : M["kind"] extends "gauge"
    ? GaugeRecorder<LabelArgs<M["labels"]>>
    : HistogramRecorder<LabelArgs<M["labels"]>>

type Given = { readonly [name: string]: string }
type Attributes = { readonly [name: string]: string }

/**
 * Finds what was made for a set of label values, so that a metric, its attributes and the key of its
 * series exist once and not once per call.
 */
const perSeries = <S>(
  labels: ReadonlyArray<readonly [string, Bound<string>]>,
  make: (attributes: Attributes) => S,
  attributes: Attributes = {},
): ((given: Given | undefined) => S) => {
  const [first, ...rest] = labels
  if (first === undefined) {
    const made = make(attributes)
    return () => made
  }
  const [name, { values }] = first
  const known = new Set(values)
  const made = new Map<string, (given: Given | undefined) => S>()
  return (given) => {
    const asked = given?.[name] ?? other
    const found = made.get(asked)
    if (found !== undefined) return found(given)
    const value = known.has(asked) ? asked : other
    const next = made.get(value) ?? perSeries(rest, make, { ...attributes, [name]: value })
    made.set(value, next)
    return next(given)
  }
}

/**
 * Effect's exporters take a metric's unit from an attribute, and pass it on as a label too, except to
 * Prometheus. Without it a translation from OTLP to Prometheus gives a gauge the suffix `_ratio`.
 * Counters do without.
 */
const unitOf = ({ kind, unit }: MetricRow): Attributes => (kind === "counter" ? {} : { unit })

const optionsOf = (row: MetricRow, attributes: Attributes) => ({
  description: row.description,
  attributes: { ...attributes, ...unitOf(row) },
})

const counter = (row: MetricRow): CounterRecorder<[Given?]> => {
  const series = perSeries(Object.entries(row.labels), (attributes) => {
    const metric = Metric.counter(row.name, { ...optionsOf(row, attributes), incremental: true })
    return { metric, increment: Metric.update(metric, 1) }
  })
  return {
    increment: (labels) => series(labels).increment,
    add: (amount, labels) => Metric.update(series(labels).metric, amount),
  }
}

const gauge = (row: MetricRow): GaugeRecorder<[Given?]> => {
  const series = perSeries(Object.entries(row.labels), (attributes) =>
    Metric.gauge(row.name, optionsOf(row, attributes)),
  )
  const hooks = (read: (now: number) => number) => ({
    get: (context: Context.Context<never>) => ({
      value: read(Context.get(context, Clock.Clock).currentTimeMillisUnsafe()),
    }),
    update: () => {},
    modify: () => {},
  })
  return {
    set: (value, labels) => Metric.update(series(labels), value),
    change: (by, labels) => Metric.modify(series(labels), by),
    observe: (read, labels) =>
      Effect.asVoid(
        Effect.acquireRelease(
          Effect.contextWith((context: Context.Context<never>) =>
            Effect.sync(() => Metric.registerUnsafe(series(labels), context, hooks(read))),
          ),
          ({ remove }) => Effect.sync(remove),
        ),
      ),
  }
}

const histogram = (row: MetricRow): HistogramRecorder<[Given?]> => {
  const series = perSeries(Object.entries(row.labels), (attributes) =>
    Metric.histogram(row.name, {
      ...optionsOf(row, attributes),
      boundaries: row.buckets ?? [],
    }),
  )
  return {
    record: (duration, labels) => Metric.update(series(labels), Duration.toSeconds(duration)),
    time: (labels) => (self) => {
      const metric = series(labels)
      return Effect.clockWith((clock) => {
        const from = clock.monotonicTimeNanosUnsafe()
        return Effect.onExit(self, () =>
          Metric.update(metric, Number(clock.monotonicTimeNanosUnsafe() - from) / 1e9),
        )
      })
    },
  }
}

const kinds = { counter, gauge, histogram }

/** One recorder per row. */
export const recordersOf = <const T extends { readonly [key: string]: MetricRow }>(
  table: T,
): { readonly [K in keyof T]: Recorder<T[K]> } =>
  Object.fromEntries(
    Object.entries(table).map(([key, row]) => [key, kinds[row.kind](row)]),
    // The rows' literal types are what the mapped type is made of; entries lose them.
  ) as never

/** How many series a row can have at most. */
export const seriesOf = ({ labels }: MetricRow): number =>
  Object.values(labels).reduce((product, { values }) => product * values.length, 1)

const every = (labels: ReadonlyArray<readonly [string, Bound<string>]>): ReadonlyArray<Given> => {
  const [first, ...rest] = labels
  if (first === undefined) return [{}]
  const [name, { values }] = first
  return values.flatMap((value) => every(rest).map((given) => ({ [name]: value, ...given })))
}

/** Counters with more series than this appear when they first count. */
const fewSeries = 16

/** Shows zero in every series of the counters with few of them. */
export const startAtZero = (table: { readonly [key: string]: MetricRow }): Effect.Effect<void> =>
  Effect.forEach(
    Object.values(table).filter((row) => row.kind === "counter" && seriesOf(row) <= fewSeries),
    (row) => {
      const { add } = counter(row)
      return Effect.forEach(every(Object.entries(row.labels)), (given) => add(0, given), {
        discard: true,
      })
    },
    { discard: true },
  )
