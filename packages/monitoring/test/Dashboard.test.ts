import { assert, describe, it } from "@effect/vitest"
import { metrics } from "effect-visa-direct/Telemetry"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stringify } from "yaml"
import { dashboard } from "../src/index.ts"
import { strangersIn } from "./support/contract.ts"
import { hasPrometheus, promtool, say } from "./support/prometheus.ts"

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly targets?: ReadonlyArray<{ readonly expr: string; readonly legendFormat: string }>
}

/** As Grafana reads it, not as it is built. */
const { panels: all } = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "generated", "dashboard.json"), "utf8"),
) as { readonly panels: ReadonlyArray<Panel> }

const rows = all.filter(({ type }) => type === "row")
const panels = all.filter(({ type }) => type !== "row")
const targets = panels.flatMap((panel) => panel.targets ?? [])

describe("the dashboard", () => {
  it("begins with what an operator asks first", () => {
    assert.deepStrictEqual(
      rows.map(({ title }) => title),
      [
        "Is money at risk?",
        "Payouts",
        "Requests to Visa",
        "Resilience",
        "Credentials and encryption",
      ],
    )
    assert.strictEqual(panels[0]?.title, "Payments without an outcome")
  })

  it("has panels that say what they show, in which unit", () => {
    assert.isAbove(panels.length, 20)
    for (const { description, fieldConfig, targets: queries, title } of panels) {
      assert.match(title, /^[A-Z].{3,}/)
      assert.match(description ?? "", /^[A-Z].{20,}\.$/, title)
      assert.include(
        ["s", "ops", "reqps", "percentunit", "short"],
        fieldConfig?.defaults.unit,
        title,
      )
      assert.isNotEmpty(queries ?? [], title)
    }
    for (const key of ["id", "title"] as const) {
      assert.strictEqual(new Set(all.map((panel) => panel[key])).size, all.length, key)
    }
  })

  it("shows durations in seconds and shares in percent", () => {
    for (const { fieldConfig, targets: queries = [], title } of panels) {
      const unit = fieldConfig?.defaults.unit
      for (const { expr } of queries) {
        const seconds = /quantile|_seconds\{/.test(expr)
        assert.strictEqual(unit === "s", seconds, title)
        assert.strictEqual(unit === "percentunit", / \/ /.test(expr), title)
        assert.strictEqual(
          unit === "ops" || unit === "reqps",
          !seconds && !expr.includes(" / ") && /rate\(/.test(expr),
          title,
        )
      }
    }
  })

  it("asks only for metrics, labels and values that the contract has", () => {
    for (const { expr, legendFormat } of targets) {
      assert.deepStrictEqual(strangersIn(expr), [], expr)
      for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        assert.match(expr, new RegExp(`by \\([^)]*\\b${label}\\b`), legendFormat)
      }
    }
    assert.deepStrictEqual(
      strangersIn('sum by (colour) (visa_direct_payouts_total{status="lost"})'),
      ['visa_direct_payouts_total{status="lost"}', "by (colour)"],
    )
    assert.deepStrictEqual(strangersIn("visa_direct_payouts"), ["visa_direct_payouts"])
  })

  it("shows every metric of the contract", () => {
    for (const { name } of Object.values(metrics)) {
      assert.isTrue(
        targets.some(({ expr }) => new RegExp(`${name}(_bucket)?\\{`).test(expr)),
        name,
      )
    }
  })

  it("has no two panels in one place, and none beside the grid", () => {
    const cells = new Map<string, string>()
    for (const { gridPos, title } of all) {
      const { h, w, x, y } = gridPos
      assert.isAtMost(x + w, 24, title)
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          const cell = `${column},${line}`
          assert.isUndefined(cells.get(cell), `${title} over ${cells.get(cell)}`)
          cells.set(cell, title)
        }
      }
    }
  })

  it("keeps colours and alerts in step", () => {
    const built = JSON.stringify(dashboard({ settings: { errorRateHigh: { share: 0.02 } } }).panels)
    assert.include(built, '{"color":"yellow","value":0.01},{"color":"red","value":0.02}')
  })
})

describe.skipIf(!hasPrometheus)("promtool", () => {
  it("can parse every query", () => {
    const folder = mkdtempSync(join(tmpdir(), "dashboard-"))
    try {
      const path = join(folder, "queries.yaml")
      const queries = targets.map(({ expr }, index) => ({
        record: `panel:query:${index}`,
        expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$job", ".*"),
      }))
      writeFileSync(path, stringify({ groups: [{ name: "dashboard", rules: queries }] }))
      const { output, status } = promtool(["check", "rules", path])
      assert.strictEqual(status, 0, output)
      assert.include(output, `SUCCESS: ${targets.length} rules found`)
      say(`parsed the ${targets.length} queries of the dashboard's ${panels.length} panels`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
