/** When each alert fires: plain values, all of which a team may change. */

/** A duration as Prometheus writes it, such as `30s`, `10m` or `1h30m`. */
export type Duration = string

/** How long a condition must hold before its alert fires. */
interface Held {
  readonly for: Duration
}

interface Windowed extends Held {
  /** The time over which is counted. */
  readonly window: Duration
}

export interface Settings {
  readonly circuitBreakerOpen: Windowed
  /** Days left. Roots that only complete a chain are not counted: bundles hold old ones. */
  readonly certificateAboutToExpire: Held & { readonly days: number }
  readonly certificateExpiresSoon: Held & { readonly days: number }
  /**
   * The share of requests that failed or whose outcome is unknown, declines not counted. Fewer than
   * `requests` in the window say nothing.
   */
  readonly errorRateHigh: Windowed & { readonly share: number; readonly requests: number }
  /** Failed fetches in the window. */
  readonly jwksFetchFailing: Windowed & { readonly failures: number }
  /** Seconds since the oldest payment without an outcome was sent. */
  readonly unknownOutcomeOld: Windowed & { readonly seconds: number }
  readonly telemetryMissing: Held
  /** Retries per request. */
  readonly retryRateHigh: Windowed & { readonly share: number; readonly requests: number }
  readonly retryBudgetExhausted: Windowed
  /** The share of look-ups that a cache could not answer. */
  readonly cacheMissRateHigh: Windowed & { readonly share: number; readonly lookups: number }
  /** Seconds that 95 of 100 requests of an operation stay below. */
  readonly responsesSlow: Windowed & { readonly seconds: number; readonly requests: number }
  readonly certificateRotationFailed: Windowed
}

/** What the generated rules are made with. */
export const defaults: Settings = {
  circuitBreakerOpen: { window: "2m", for: "1m" },
  certificateAboutToExpire: { days: 30, for: "1h" },
  certificateExpiresSoon: { days: 60, for: "1h" },
  errorRateHigh: { share: 0.1, requests: 10, window: "5m", for: "5m" },
  jwksFetchFailing: { failures: 3, window: "10m", for: "1m" },
  unknownOutcomeOld: { seconds: 600, window: "5m", for: "1m" },
  telemetryMissing: { for: "10m" },
  retryRateHigh: { share: 0.1, requests: 10, window: "10m", for: "10m" },
  retryBudgetExhausted: { window: "10m", for: "1m" },
  cacheMissRateHigh: { share: 0.5, lookups: 20, window: "15m", for: "15m" },
  responsesSlow: { seconds: 5, requests: 10, window: "10m", for: "10m" },
  certificateRotationFailed: { window: "1h", for: "1m" },
}

/** What differs from {@link defaults}: any value of any alert. */
export type Overrides = { readonly [A in keyof Settings]?: Partial<Settings[A]> }

export const settingsOf = (overrides: Overrides): Settings =>
  Object.fromEntries(
    Object.entries(defaults).map(([alert, values]) => [
      alert,
      { ...values, ...overrides[alert as keyof Settings] },
    ]),
    // Object.entries forgets that each alert keeps the shape of its own values.
  ) as never
