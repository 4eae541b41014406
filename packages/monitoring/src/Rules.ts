/**
 * Alerting and recording rules for Prometheus, from the telemetry contract.
 *
 * Critical: somebody must act now, money or the ability to pay is at stake. Warning: somebody must look
 * at it on the next working day.
 */
import { stringify } from "yaml"
import { promql } from "./PromQL.ts"
import type { TargetLabel } from "./PromQL.ts"
import { settingsOf } from "./Settings.ts"
import type { Duration, Overrides, Settings } from "./Settings.ts"

export interface RecordingRule {
  /** `level:metric:operations`, as Prometheus recommends. */
  readonly record: string
  readonly expr: string
}

export interface AlertingRule {
  readonly alert: string
  readonly expr: string
  readonly for: Duration
  readonly labels: { readonly severity: "critical" | "warning" }
  readonly annotations: {
    readonly summary: string
    readonly description: string
    readonly runbook_url: string
  }
}

export interface RuleGroup<Rule> {
  readonly name: string
  readonly interval?: Duration
  readonly rules: ReadonlyArray<Rule>
}

export interface RuleFile {
  readonly groups: readonly [RuleGroup<RecordingRule>, RuleGroup<AlertingRule>]
}

export interface RuleOptions {
  /** Thresholds, windows and how long a condition must hold. */
  readonly settings?: Overrides | undefined
  /**
   * Where runbook.md is published, without an anchor. Default: `runbook.md`, relative to the
   * repository.
   */
  readonly runbookUrl?: string | undefined
  /** Labels of the scraped target that alerts are kept apart by. Default: `job`. */
  readonly by?: ReadonlyArray<TargetLabel> | undefined
  /** Put into every selector, such as `namespace="payments"`. */
  readonly matchers?: string | undefined
  /** How often the rules are evaluated; Prometheus' own setting when absent. */
  readonly interval?: Duration | undefined
}

const failing = ["failed", "unknown"] as const

const day = 86_400

const makeRules = (options: RuleOptions, settings: Settings) => {
  const by = options.by ?? ["job"]
  const query = promql({ by, matchers: options.matchers ?? "" })
  const level = (...own: ReadonlyArray<string>) => [...by, ...own].join("_") || "all"
  const on = (...own: ReadonlyArray<string>) => `on (${[...by, ...own].join(", ")})`

  const { cacheMissRateHigh, errorRateHigh, responsesSlow, retryRateHigh } = settings

  const record = {
    requests: {
      record: `${level("operation", "result")}:visa_direct_requests:rate5m`,
      expr: query.rate("requests", "5m", ["operation", "result"]),
    },
    payouts: {
      record: `${level("status")}:visa_direct_payouts:rate5m`,
      expr: query.rate("payouts", "5m", ["status"]),
    },
    payoutDuration: {
      record: `${level()}:visa_direct_payout_duration_seconds:p95_5m`,
      expr: query.quantile(0.95, "payoutDuration", "5m"),
    },
    errorShare: {
      record: `${level()}:visa_direct_requests_failed:ratio_rate${errorRateHigh.window}`,
      expr:
        // Without a single failure there is no series of them: that is a share of zero.
        `(${query.rate("requests", errorRateHigh.window, [], { result: failing })} ` +
        `or 0 * ${query.rate("requests", errorRateHigh.window)}) ` +
        `/ ${query.rate("requests", errorRateHigh.window)}`,
    },
    retryShare: {
      record: `${level()}:visa_direct_retries:ratio_rate${retryRateHigh.window}`,
      expr:
        `${query.rate("retries", retryRateHigh.window)} / ` +
        query.rate("requests", retryRateHigh.window),
    },
    missShare: {
      record: `${level("cache")}:visa_direct_cache_misses:ratio_rate${cacheMissRateHigh.window}`,
      expr:
        `${query.rate("cacheMisses", cacheMissRateHigh.window, ["cache"])} / ` +
        `(${query.rate("cacheHits", cacheMissRateHigh.window, ["cache"])} + ${query.rate("cacheMisses", cacheMissRateHigh.window, ["cache"])})`,
    },
    requestDuration: {
      record: `${level("operation")}:visa_direct_request_duration_seconds:p95_${responsesSlow.window}`,
      expr: query.quantile(0.95, "requestDuration", responsesSlow.window, ["operation"]),
    },
  } as const

  const alert = (
    name: string,
    severity: AlertingRule["labels"]["severity"],
    rule: { readonly expr: string; readonly for: Duration },
    summary: string,
    description: string,
  ): AlertingRule => ({
    alert: name,
    expr: rule.expr,
    for: rule.for,
    labels: { severity },
    annotations: {
      summary,
      description,
      runbook_url: `${options.runbookUrl ?? "runbook.md"}#${name}`,
    },
  })

  const expiry = query.aggregate("min", "certificateExpiry", ["role"], {
    role: { not: "extra-root" },
  })
  const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`

  const alerts = [
    alert(
      "VisaDirectCircuitBreakerOpen",
      "critical",
      {
        // A breaker that lets one probe through is half open for a moment: the peak does not miss it.
        expr: `${query.peak("breakerOpen", settings.circuitBreakerOpen.window, ["breaker"])} > 0`,
        for: settings.circuitBreakerOpen.for,
      },
      "A circuit breaker of the Visa Direct SDK is open",
      "The breaker around {{ $labels.breaker }} is open in at least one process: its calls fail at once.",
    ),
    alert(
      "VisaDirectCertificateAboutToExpire",
      "critical",
      {
        expr: `${expiry} < ${settings.certificateAboutToExpire.days * day}`,
        for: settings.certificateAboutToExpire.for,
      },
      "A certificate for Visa is about to expire",
      "The {{ $labels.role }} certificate ends in {{ $value | humanizeDuration }}. After that no payment is made.",
    ),
    alert(
      "VisaDirectErrorRateHigh",
      "critical",
      {
        expr:
          `${record.errorShare.record} > ${errorRateHigh.share} ` +
          `and ${query.increase("requests", errorRateHigh.window)} >= ${errorRateHigh.requests}`,
        for: errorRateHigh.for,
      },
      "Requests to Visa fail",
      `{{ $value | humanizePercentage }} of the requests of the last ${errorRateHigh.window} failed or have an unknown outcome; declines are not counted. The limit is ${percent(errorRateHigh.share)}.`,
    ),
    alert(
      "VisaDirectJwksFetchFailing",
      "critical",
      {
        expr: `${query.increase("jwksFetchFailures", settings.jwksFetchFailing.window)} >= ${settings.jwksFetchFailing.failures}`,
        for: settings.jwksFetchFailing.for,
      },
      "Encryption keys cannot be fetched",
      `About {{ printf "%.0f" $value }} fetches of a key set failed in ${settings.jwksFetchFailing.window}. Payments go on with the keys in the cache until those are too old.`,
    ),
    alert(
      "VisaDirectUnknownOutcomeOld",
      "critical",
      {
        // What is asked about in rounds, by one process after the other, is not seen in between.
        expr: `${query.peak("unknownOutcomeAge", settings.unknownOutcomeOld.window, ["where"])} > ${settings.unknownOutcomeOld.seconds}`,
        for: settings.unknownOutcomeOld.for,
      },
      "A payment has had no outcome for too long",
      "The oldest payment without a known outcome ({{ $labels.where }}) was sent {{ $value | humanizeDuration }} ago. It may have been made or not: do not send it again.",
    ),
    alert(
      "VisaDirectTelemetryMissing",
      "critical",
      {
        expr: `absent(${query.select("payouts")})`,
        for: settings.telemetryMissing.for,
      },
      "Nobody reports on payouts",
      "No process with the Visa Direct SDK is being scraped, so no other alert of this group can fire.",
    ),
    alert(
      "VisaDirectRetryRateHigh",
      "warning",
      {
        expr:
          `${record.retryShare.record} > ${retryRateHigh.share} ` +
          `and ${query.increase("requests", retryRateHigh.window)} >= ${retryRateHigh.requests}`,
        for: retryRateHigh.for,
      },
      "Many requests to Visa are retries",
      `{{ $value | humanizePercentage }} of the requests of the last ${retryRateHigh.window} were retries. The limit is ${percent(retryRateHigh.share)}.`,
    ),
    alert(
      "VisaDirectRetryBudgetExhausted",
      "warning",
      {
        expr: `${query.increase("retryBudgetExhausted", settings.retryBudgetExhausted.window, ["class"])} > 0`,
        for: settings.retryBudgetExhausted.for,
      },
      "The budget of retries is used up",
      `About {{ printf "%.0f" $value }} calls of the class {{ $labels.class }} were not retried in ${settings.retryBudgetExhausted.window}, because too many others were.`,
    ),
    alert(
      "VisaDirectCacheMissRateHigh",
      "warning",
      {
        expr:
          `${record.missShare.record} > ${cacheMissRateHigh.share} and ${on("cache")} ` +
          `${query.increase("cacheMisses", cacheMissRateHigh.window, ["cache"])} >= ${cacheMissRateHigh.lookups}`,
        for: cacheMissRateHigh.for,
      },
      "A cache of the Visa Direct SDK does not help",
      `{{ $value | humanizePercentage }} of the look-ups in the {{ $labels.cache }} cache of the last ${cacheMissRateHigh.window} went on to Visa.`,
    ),
    alert(
      "VisaDirectResponsesSlow",
      "warning",
      {
        expr:
          `${record.requestDuration.record} > ${responsesSlow.seconds} and ${on("operation")} ` +
          `${query.increase("requests", responsesSlow.window, ["operation"])} >= ${responsesSlow.requests}`,
        for: responsesSlow.for,
      },
      "Visa answers slowly",
      `5 % of the {{ $labels.operation }} requests of the last ${responsesSlow.window} took longer than {{ $value | humanizeDuration }}.`,
    ),
    alert(
      "VisaDirectCertificateExpiresSoon",
      "warning",
      {
        expr:
          `${expiry} < ${settings.certificateExpiresSoon.days * day} ` +
          `>= ${settings.certificateAboutToExpire.days * day}`,
        for: settings.certificateExpiresSoon.for,
      },
      "A certificate for Visa expires soon",
      "The {{ $labels.role }} certificate ends in {{ $value | humanizeDuration }}: plan its rotation.",
    ),
    alert(
      "VisaDirectCertificateRotationFailed",
      "warning",
      {
        expr: `${query.increase("certificateRotations", settings.certificateRotationFailed.window, [], { result: "failure" })} > 0`,
        for: settings.certificateRotationFailed.for,
      },
      "A rotation of certificates failed",
      `About {{ printf "%.0f" $value }} new sets of credentials were refused in ${settings.certificateRotationFailed.window}. The set in use stays.`,
    ),
  ]

  return { records: Object.values(record), alerts }
}

/**
 * The rules as data.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { rules } from "effect-visa-direct-monitoring"
 *
 * const [, alerting] = rules({ settings: { errorRateHigh: { share: 0.02 } } }).groups
 * const errorRate = alerting.rules.find(({ alert }) => alert === "VisaDirectErrorRateHigh")
 * assert.include(errorRate?.expr, "> 0.02")
 */
export const rules = (options: RuleOptions = {}): RuleFile => {
  const { alerts, records } = makeRules(options, settingsOf(options.settings ?? {}))
  const interval = options.interval === undefined ? {} : { interval: options.interval }
  return {
    groups: [
      { name: "visa-direct.recording", ...interval, rules: records },
      { name: "visa-direct.alerts", ...interval, rules: alerts },
    ],
  }
}

/** A rule file as Prometheus reads it. */
export const toYaml = (file: RuleFile): string => stringify(file, { lineWidth: 0 })
