/**
 * For each alert, time series with which it fires and similar ones with which it does not, in the
 * notation of `promtool test rules`: `a+bxn` is `a`, `a+b`, … `a+n*b`, one value a minute.
 */

type Series = { readonly [series: string]: string }

interface Case {
  readonly series: Series
  /** When to look, in minutes. */
  readonly at: number
}

interface Cases {
  readonly fires: Case & {
    readonly labels: { readonly [label: string]: string }
    /** As whoever is called reads it. */
    readonly description: string
  }
  readonly quiet: ReadonlyArray<Case>
}

const requests = (result: string, operation = "FundsTransfer.push") =>
  `visa_direct_requests_total{job="payouts",operation="${operation}",result="${result}"}`

const duration = (le: string) =>
  `visa_direct_request_duration_seconds_bucket{job="payouts",operation="FundsTransfer.push",result="success",le="${le}"}`

const cache = (kind: "hits" | "misses") =>
  `visa_direct_cache_${kind}_total{job="payouts",cache="quote"}`

const expiry = (role: string) =>
  `visa_direct_certificate_expiry_seconds{job="payouts",role="${role}"}`

const breaker = 'visa_direct_circuit_breaker_open{job="payouts",breaker="host",instance="a"}'
const jwksFailures = 'visa_direct_jwks_fetch_failures_total{job="payouts",reason="timeout"}'
const retries = 'visa_direct_retries_total{job="payouts",class="reports"}'
const budget = 'visa_direct_retry_budget_exhausted_total{job="payouts",class="reports"}'
const age = 'visa_direct_unknown_outcome_oldest_age_seconds{job="payouts",where="work_list"}'
const rotations = 'visa_direct_certificate_rotations_total{job="payouts",result="failure"}'

const days = (count: number) => count * 86_400

export const alertCases: { readonly [alert: string]: Cases } = {
  VisaDirectCircuitBreakerOpen: {
    fires: {
      // Half open at every third look, while it lets one call through.
      series: { [breaker]: "0 0 1 1 0 1 1 0 1 1" },
      at: 9,
      labels: { breaker: "host" },
      description:
        "The breaker around host is open in at least one process: its calls fail at once.",
    },
    quiet: [
      { series: { [breaker]: "0x10" }, at: 9 },
      // Open for a moment, and long closed.
      { series: { [breaker]: "0 1 0 0 0 0 0 0 0 0" }, at: 9 },
    ],
  },
  VisaDirectCertificateAboutToExpire: {
    fires: {
      series: {
        [expiry("tls-client")]: `${days(29)}x90`,
        [expiry("mle-server")]: `${days(300)}x90`,
      },
      at: 90,
      labels: { role: "tls-client" },
      description:
        "The tls-client certificate ends in 29d 0h 0m 0s. After that no payment is made.",
    },
    quiet: [
      { series: { [expiry("tls-client")]: `${days(31)}x90` }, at: 90 },
      // A bundle of roots with an old one in it.
      { series: { [expiry("extra-root")]: `${days(-100)}x90` }, at: 90 },
    ],
  },
  VisaDirectErrorRateHigh: {
    fires: {
      series: {
        [requests("success")]: "0+40x20",
        [requests("failed")]: "0+6x20",
        [requests("unknown")]: "0+4x20",
      },
      at: 15,
      labels: {},
      description:
        "20% of the requests of the last 5m failed or have an unknown outcome; declines are not counted. The limit is 10 %.",
    },
    quiet: [
      { series: { [requests("success")]: "0+95x20", [requests("failed")]: "0+5x20" }, at: 15 },
      // Declines are answers.
      { series: { [requests("success")]: "0+10x20", [requests("declined")]: "0+90x20" }, at: 15 },
      // Too few to say anything.
      { series: { [requests("failed")]: "0+1x20" }, at: 15 },
      // A minute of trouble.
      { series: { [requests("success")]: "0+10x20", [requests("failed")]: "0 0 0 40x17" }, at: 15 },
    ],
  },
  VisaDirectJwksFetchFailing: {
    fires: {
      series: { [jwksFailures]: "0 1 2 3 4 5 5 5 5 5 5" },
      at: 7,
      labels: {},
      description:
        "About 5 fetches of a key set failed in 10m. Payments go on with the keys in the cache until those are too old.",
    },
    quiet: [{ series: { [jwksFailures]: "0 1x20" }, at: 8 }],
  },
  VisaDirectUnknownOutcomeOld: {
    fires: {
      series: { [age]: "0+60x20" },
      at: 14,
      labels: { where: "work_list" },
      description:
        "The oldest payment without a known outcome (work_list) was sent 14m 0s ago. It may have been made or not: do not send it again.",
    },
    quiet: [{ series: { [age]: "0 60 120 180 240 300 360 420 480 540 0x10" }, at: 14 }],
  },
  VisaDirectTelemetryMissing: {
    fires: {
      series: { 'up{job="payouts"}': "0x20" },
      at: 15,
      labels: {},
      description:
        "No process with the Visa Direct SDK is being scraped, so no other alert of this group can fire.",
    },
    quiet: [
      { series: { 'visa_direct_payouts_total{job="payouts",status="settled"}': "0x20" }, at: 15 },
    ],
  },
  VisaDirectRetryRateHigh: {
    fires: {
      series: { [requests("success")]: "0+20x40", [retries]: "0+5x40" },
      at: 30,
      labels: {},
      description: "25% of the requests of the last 10m were retries. The limit is 10 %.",
    },
    quiet: [
      { series: { [requests("success")]: "0+100x40", [retries]: "0+5x40" }, at: 30 },
      { series: { [requests("success")]: "0x20 1x20", [retries]: "0x20 1x20" }, at: 30 },
    ],
  },
  VisaDirectRetryBudgetExhausted: {
    fires: {
      series: { [budget]: "0 0 0 4x20" },
      at: 6,
      labels: { class: "reports" },
      description:
        "About 4 calls of the class reports were not retried in 10m, because too many others were.",
    },
    quiet: [{ series: { [budget]: "0x20" }, at: 15 }],
  },
  VisaDirectCacheMissRateHigh: {
    fires: {
      series: { [cache("hits")]: "0+2x50", [cache("misses")]: "0+8x50" },
      at: 45,
      labels: { cache: "quote" },
      description: "80% of the look-ups in the quote cache of the last 15m went on to Visa.",
    },
    quiet: [
      { series: { [cache("hits")]: "0+8x50", [cache("misses")]: "0+2x50" }, at: 45 },
      { series: { [cache("hits")]: "0x50", [cache("misses")]: "0x30 1x20" }, at: 45 },
    ],
  },
  VisaDirectResponsesSlow: {
    fires: {
      series: {
        [requests("success")]: "0+10x40",
        [duration("5")]: "0+8x40",
        [duration("10")]: "0+10x40",
        [duration("+Inf")]: "0+10x40",
      },
      at: 30,
      labels: { operation: "FundsTransfer.push" },
      description: "5 % of the FundsTransfer.push requests of the last 10m took longer than 8.75s.",
    },
    quiet: [
      {
        series: {
          [requests("success")]: "0+10x40",
          [duration("2.5")]: "0+10x40",
          [duration("5")]: "0+10x40",
          [duration("+Inf")]: "0+10x40",
        },
        at: 30,
      },
    ],
  },
  VisaDirectCertificateExpiresSoon: {
    fires: {
      series: { [expiry("mle-server")]: `${days(45)}x90` },
      at: 90,
      labels: { role: "mle-server" },
      description: "The mle-server certificate ends in 45d 0h 0m 0s: plan its rotation.",
    },
    quiet: [
      { series: { [expiry("mle-server")]: `${days(61)}x90` }, at: 90 },
      // The other alert says that.
      { series: { [expiry("mle-server")]: `${days(20)}x90` }, at: 90 },
    ],
  },
  VisaDirectCertificateRotationFailed: {
    fires: {
      series: { [rotations]: "0 0 1x30" },
      at: 10,
      labels: {},
      description: "About 1 new sets of credentials were refused in 1h. The set in use stays.",
    },
    quiet: [{ series: { [rotations]: "0x30" }, at: 10 }],
  },
}
