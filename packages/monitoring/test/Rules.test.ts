import { assert, describe, it } from "@effect/vitest"
import { metrics } from "effect-visa-direct/Telemetry"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stringify } from "yaml"
import { defaults, promql, rules, toYaml } from "../src/index.ts"
import { alertCases } from "./support/alertCases.ts"
import { hasPrometheus, promtool, say } from "./support/prometheus.ts"

const file = rules()
const [, { rules: alerts }] = file.groups
const committed = join(import.meta.dirname, "..", "generated", "alerts.yaml")

const inFolder = <A>(use: (folder: string) => A): A => {
  const folder = mkdtempSync(join(tmpdir(), "rules-"))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One test of promtool: what there is, and which alerts fire then. */
const unitTest = (
  alert: string,
  { at, series }: { readonly at: number; readonly series: { readonly [name: string]: string } },
  expected: ReadonlyArray<object>,
) => ({
  name: `${alert} ${expected.length === 0 ? "stays quiet" : "fires"}`,
  interval: "1m",
  input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
  alert_rule_test: [{ eval_time: `${at}m`, alertname: alert, exp_alerts: expected }],
})

const firing = (name: string) => {
  const rule = alerts.find(({ alert }) => alert === name)
  const cases = alertCases[name]
  assert.isDefined(rule)
  assert.isDefined(cases)
  const { description, labels } = cases.fires
  const origin = name === "VisaDirectTelemetryMissing" ? {} : { job: "payouts" }
  return unitTest(name, cases.fires, [
    {
      exp_labels: { ...origin, ...labels, ...rule.labels },
      exp_annotations: { ...rule.annotations, description },
    },
  ])
}

const test = (folder: string, tests: ReadonlyArray<object>) => {
  const path = join(folder, "test.yaml")
  writeFileSync(
    path,
    stringify({
      rule_files: [committed],
      evaluation_interval: "1m",
      group_eval_order: file.groups.map(({ name }) => name),
      tests,
    }),
  )
  return promtool(["test", "rules", path])
}

describe("the rules", () => {
  it("have the alerts that were promised, with severity, duration, words and a page", () => {
    const named = (severity: string) =>
      alerts.filter(({ labels }) => labels.severity === severity).map(({ alert }) => alert)
    assert.includeMembers(named("critical"), [
      "VisaDirectCircuitBreakerOpen",
      "VisaDirectCertificateAboutToExpire",
      "VisaDirectErrorRateHigh",
      "VisaDirectJwksFetchFailing",
      "VisaDirectUnknownOutcomeOld",
    ])
    assert.includeMembers(named("warning"), [
      "VisaDirectRetryRateHigh",
      "VisaDirectCacheMissRateHigh",
      "VisaDirectResponsesSlow",
      "VisaDirectCertificateExpiresSoon",
      "VisaDirectRetryBudgetExhausted",
    ])
    for (const rule of alerts) {
      assert.match(rule.for, /^\d+[smh]$/)
      assert.match(rule.annotations.summary, /^[A-Z].*[^.]$/)
      assert.match(rule.annotations.description, /\.$/)
      assert.strictEqual(rule.annotations.runbook_url, `runbook.md#${rule.alert}`)
    }
  })

  it("use only metrics of the contract, and what they record", () => {
    const [{ rules: records }] = file.groups
    const known = new Set<string>([
      ...Object.values(metrics).flatMap(({ kind, name }) =>
        kind === "histogram" ? [`${name}_bucket`] : [name],
      ),
      ...records.map(({ record }) => record),
    ])
    for (const { expr } of [...records, ...alerts]) {
      const used = expr.match(/[a-z_]*:?visa_direct_[a-z_]+(:[a-z0-9_]+)?/g) ?? []
      assert.isNotEmpty(used)
      for (const name of used) assert.isTrue(known.has(name), name)
    }
  })

  it("take other thresholds, windows, origins and pages", () => {
    const [, { interval, rules: changed }] = rules({
      settings: { errorRateHigh: { share: 0.02, for: "30s" }, unknownOutcomeOld: { seconds: 60 } },
      runbookUrl: "https://wiki.example.com/visa-direct",
      by: ["namespace", "job"],
      matchers: 'namespace="payments"',
      interval: "15s",
    }).groups
    const find = (name: string) => changed.find(({ alert }) => alert === name)
    assert.strictEqual(interval, "15s")
    const errorRate = find("VisaDirectErrorRateHigh")
    assert.strictEqual(errorRate?.for, "30s")
    assert.include(errorRate?.expr, "namespace_job:visa_direct_requests_failed:ratio_rate5m > 0.02")
    assert.include(errorRate?.expr, `>= ${defaults.errorRateHigh.requests}`)
    assert.include(errorRate?.annotations.description, "The limit is 2 %.")
    assert.strictEqual(
      errorRate?.annotations.runbook_url,
      "https://wiki.example.com/visa-direct#VisaDirectErrorRateHigh",
    )
    assert.strictEqual(
      find("VisaDirectUnknownOutcomeOld")?.expr,
      'max by (namespace, job, where) (max_over_time(visa_direct_unknown_outcome_oldest_age_seconds{namespace="payments"}[5m])) > 60',
    )
  })

  it("cannot be written with a metric, a label or a value that the contract does not have", () => {
    const query = promql({ by: [], matchers: "" })
    assert.strictEqual(
      query.rate("payouts", "5m", ["status"], { status: ["settled", "declined"] }),
      'sum by (status) (rate(visa_direct_payouts_total{status=~"settled|declined"}[5m]))',
    )
    // @ts-expect-error: no such status
    query.select("payouts", { status: "lost" })
    // @ts-expect-error: no such label
    query.rate("payouts", "5m", ["rail"])
    // @ts-expect-error: a gauge has no rate
    query.rate("breakerOpen", "5m")
    // @ts-expect-error: a counter has no quantiles
    query.quantile(0.95, "payouts", "5m")
  })

  it("have two cases for every alert", () => {
    assert.sameMembers(
      Object.keys(alertCases),
      alerts.map(({ alert }) => alert),
    )
  })
})

describe.skipIf(!hasPrometheus)("promtool", () => {
  it("accepts the rules, also when they are configured", () => {
    const options = [
      {},
      { by: [], interval: "1s", matchers: 'job="payouts"' },
      { by: ["cluster", "namespace", "job"] as const, runbookUrl: "https://example.com/runbook" },
    ]
    inFolder((folder) => {
      for (const option of options) {
        const path = join(folder, "rules.yaml")
        writeFileSync(path, toYaml(rules(option)))
        const { output, status } = promtool(["check", "rules", "--lint=all", "--lint-fatal", path])
        assert.strictEqual(status, 0, output)
        const total = alerts.length + file.groups[0].rules.length
        assert.include(output, `SUCCESS: ${total} rules found`)
      }
    })
    say(`check rules: ${alerts.length} alerts, ${file.groups[0].rules.length} recording rules`)
    assert.include(readFileSync(committed, "utf8"), toYaml(file))
  })

  for (const [name, { quiet }] of Object.entries(alertCases)) {
    it(`${name} fires, and stays quiet when it should`, () => {
      inFolder((folder) => {
        const { output, status } = test(folder, [
          firing(name),
          ...quiet.map((one) => unitTest(name, one, [])),
        ])
        assert.strictEqual(status, 0, output)
        say(`test rules: ${name} fires, and stays quiet in ${quiet.length}`)
      })
    })
  }

  it("sees it when an alert does not fire, or fires with other words", () => {
    const name = "VisaDirectErrorRateHigh"
    const fires = alertCases[name]?.fires
    assert.isDefined(fires)
    inFolder((folder) => {
      assert.strictEqual(test(folder, [unitTest(name, fires, [])]).status, 1)
      const otherWords = JSON.parse(JSON.stringify(firing(name)).replace("20%", "21%"))
      assert.strictEqual(test(folder, [otherWords]).status, 1)
    })
  })
})
