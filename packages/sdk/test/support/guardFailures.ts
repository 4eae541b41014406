/** What guards have refused, as the metrics of one test show it. */
import { Effect, Layer, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"
import type { guards } from "../../src/Telemetry.ts"

/** Metrics that no other test adds to. */
export const ownMetrics = Layer.sync(Metric.MetricRegistry, () => new Map())

/** How many payouts a guard has refused. */
export const guardFailures = (guard: (typeof guards)[number]): Effect.Effect<number> =>
  Effect.map(PrometheusMetrics.format(), (page) => {
    const line = new RegExp(`^visa_direct_guard_failures_total\\{guard="${guard}"\\} (\\d+)$`, "m")
    return Number(line.exec(page)?.[1] ?? 0)
  })
