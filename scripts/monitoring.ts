/**
 * `node scripts/monitoring.ts`: writes the alert rules and the dashboard of packages/monitoring from
 * the telemetry contract. With `--check` it writes nothing and fails when a file is not what would be
 * written.
 */
import { dashboard, rules, toYaml } from "effect-visa-direct-monitoring"
import { below, writeOrCheck } from "./generated.ts"
import type { Generated } from "./generated.ts"

const command = "node scripts/monitoring.ts"
const folder = ["packages", "monitoring", "generated"] as const

export const monitoring: ReadonlyArray<Generated> = [
  {
    path: below(...folder, "alerts.yaml"),
    from: "the telemetry contract",
    command,
    render: () =>
      "# Written by scripts/monitoring.ts from packages/monitoring/src. Change that instead.\n" +
      toYaml(rules()),
  },
  {
    path: below(...folder, "dashboard.json"),
    from: "the telemetry contract",
    command,
    render: () => `${JSON.stringify(dashboard(), null, 2)}\n`,
  },
]

if (import.meta.main) writeOrCheck(...monitoring)
