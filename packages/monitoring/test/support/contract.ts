/** What a PromQL expression may name: metrics and labels of the contract, and those of a target. */
import { metrics } from "effect-visa-direct/Telemetry"
import type { MetricRow } from "effect-visa-direct/Telemetry"

const rows: ReadonlyArray<MetricRow> = Object.values(metrics)

const rowOf = (name: string): MetricRow | undefined =>
  rows.find((row) =>
    row.kind === "histogram"
      ? [`${row.name}_bucket`, `${row.name}_sum`, `${row.name}_count`].includes(name)
      : row.name === name,
  )

const targetLabels = ["job", "instance", "namespace", "cluster"]

/** What an expression names that the contract does not have. */
export const strangersIn = (expr: string): ReadonlyArray<string> => {
  const strangers: Array<string> = []
  const labels = new Set(targetLabels)
  for (const [, name = "", matchers = ""] of expr.matchAll(/(visa_direct_\w+)(?:\{([^}]*)\})?/g)) {
    const row = rowOf(name)
    if (row === undefined) {
      strangers.push(name)
      continue
    }
    for (const label of Object.keys(row.labels)) labels.add(label)
    if (row.kind === "histogram") labels.add("le")
    for (const [, label = "", , value = ""] of matchers.matchAll(/(\w+)(=~|!=|!~|=)"([^"]*)"/g)) {
      const bound = row.labels[label]
      if (bound === undefined) {
        if (!targetLabels.includes(label)) strangers.push(`${name}{${label}}`)
        continue
      }
      for (const one of value.split("|")) {
        if (!bound.values.includes(one)) strangers.push(`${name}{${label}="${one}"}`)
      }
    }
  }
  for (const [, group = ""] of expr.matchAll(/\b(?:by|on|without)\s*\(([^)]*)\)/g)) {
    for (const label of group.split(",").map((text) => text.trim())) {
      if (label !== "" && !labels.has(label)) strangers.push(`by (${label})`)
    }
  }
  return strangers
}
