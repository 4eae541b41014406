/**
 * What this SDK tells about itself: a table of metrics and a table of spans.
 *
 * The tables are the contract. The recorders that the SDK counts with, `docs/telemetry.md`, the
 * alert rules and the dashboard of `effect-visa-direct-monitoring` are made from them, so a name
 * that is not here is not used anywhere.
 *
 * All of it is recorded with Effect's own `Metric` and `Tracer`: it goes where the program's layers
 * send it, be that OpenTelemetry, OTLP or a Prometheus page, and nowhere when there are none. Nothing
 * global is installed.
 *
 * Names follow Prometheus (base units, `_total` for counters), span attributes follow OpenTelemetry's
 * conventions for HTTP clients, and what is Visa's own begins with `visa.`.
 */
import { Cause, Effect, Exit, Option, Predicate, Record, Tracer } from "effect"
import type { Scope } from "effect"
import { Currency } from "./Currency.ts"
import { tags } from "./internal/catalogue.ts"
import { anyOf, oneOf, recordersOf, startAtZero } from "./internal/recorders.ts"
import type { MetricRow } from "./internal/recorders.ts"
import { present } from "./internal/wireCodes.ts"
import { VisaError } from "./VisaError.ts"

export { seriesOf } from "./internal/recorders.ts"
export type {
  Bound,
  CounterRecorder,
  GaugeRecorder,
  HistogramRecorder,
  MetricRow,
} from "./internal/recorders.ts"

/** How a payout can end. */
export const payoutStatuses = ["settled", "declined", "unknown", "refused"] as const

export type PayoutStatus = (typeof payoutStatuses)[number]

/**
 * What became of one request: `success`; `declined`, Visa or a bank said no; `unknown`, money may
 * have moved; `interrupted`, the caller gave up; `failed`, everything else.
 */
export const requestResults = ["success", "declined", "unknown", "interrupted", "failed"] as const

export type RequestResult = (typeof requestResults)[number]

/** The states of a circuit breaker. */
export const breakerStates = ["closed", "open", "half_open"] as const

export type BreakerState = (typeof breakerStates)[number]

/** What stands behind a circuit breaker: the JWKS endpoints, or Visa's host. */
export const breakers = ["jwks", "host"] as const

export type Breaker = (typeof breakers)[number]

/** What can refuse a payout before it is sent. */
export const guards = [
  "idempotency",
  "request",
  "ledger",
  "funding",
  "receipt",
  "alias",
  "attributes",
  "validation",
  "policy",
  "compliance",
  "quote",
] as const

export type Guard = (typeof guards)[number]

/**
 * What an operation does, as far as a repeat of it is concerned: it moves money, it changes something
 * else that Visa keeps, it asks what became of money, or it only reads.
 */
export const operationClasses = ["moves", "changes", "reports", "reads"] as const

export type OperationClass = (typeof operationClasses)[number]

const results = oneOf(["success", "failure"])
const rails = oneOf(["card", "account", "wallet"])
const caches = oneOf(["jwks", "quote", "alias", "attributes", "policy"])

/** Every operation of `api/`, by its name. */
export const operations = [
  "AccountPayouts.cancel",
  "AccountPayouts.query",
  "AccountPayouts.report",
  "AccountPayouts.send",
  "AccountPayouts.validate",
  "AccountPayouts.verifyRecipient",
  "AliasDirectory.createAlias",
  "AliasDirectory.createMerchantAlias",
  "AliasDirectory.deleteAlias",
  "AliasDirectory.deleteMerchantAlias",
  "AliasDirectory.getAlias",
  "AliasDirectory.getMerchantAlias",
  "AliasDirectory.inquire",
  "AliasDirectory.resolve",
  "AliasDirectory.resolveV1",
  "AliasDirectory.updateAlias",
  "AliasDirectory.updateMerchantAlias",
  "CardAttributes.general",
  "CardAttributes.inquire",
  "CardAttributes.inquireV1",
  "CardAttributes.inquireV2",
  "CardValidation.validate",
  "Connectivity.probe",
  "ForeignExchange.indicative",
  "ForeignExchange.live",
  "ForeignExchange.quote",
  "ForeignExchange.rate",
  "FundsTransfer.adjustment",
  "FundsTransfer.cancel",
  "FundsTransfer.multiPull",
  "FundsTransfer.multiPullStatus",
  "FundsTransfer.multiPush",
  "FundsTransfer.multiPushStatus",
  "FundsTransfer.multiReverse",
  "FundsTransfer.multiReverseStatus",
  "FundsTransfer.pull",
  "FundsTransfer.pullStatus",
  "FundsTransfer.push",
  "FundsTransfer.pushStatus",
  "FundsTransfer.reverse",
  "FundsTransfer.reverseStatus",
  "Reports.page",
  "TransactionQuery.find",
  "WatchList.legacyInquiry",
] as const

const operation = anyOf(operations)

/** Seconds: from a tenth of Visa's usual time to the longest that a call may take. */
const requestBuckets = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 40, 60]

/** Seconds: sealing takes about 0.1 ms, opening a reply 1 ms, and both longer on a busy machine. */
const cryptoBuckets = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1,
]

/**
 * Every metric. The names and labels of the first nine are promises to dashboards that exist; all of
 * them are under semantic versioning.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { metrics } from "effect-visa-direct/Telemetry"
 *
 * assert.strictEqual(metrics.payouts.name, "visa_direct_payouts_total")
 * assert.deepStrictEqual(metrics.payouts.labels.status.values, ["settled", "declined", "unknown", "refused"])
 */
export const metrics = {
  payouts: {
    name: "visa_direct_payouts_total",
    kind: "counter",
    unit: "{payout}",
    description:
      "Payouts that ended, by how: settled, declined by Visa or a bank, refused by a guard before anything was sent, or still unknown",
    labels: { status: oneOf(payoutStatuses) },
  },
  jwksFetchSuccess: {
    name: "visa_direct_jwks_fetch_success_total",
    kind: "counter",
    unit: "{fetch}",
    description: "Key sets that were fetched and had a usable key",
    labels: {},
  },
  circuitBreakerState: {
    name: "visa_direct_circuit_breaker_state",
    kind: "gauge",
    unit: "{breaker}",
    description: "Circuit breakers of this process in each state",
    labels: { state: oneOf(breakerStates) },
  },
  payoutDuration: {
    name: "visa_direct_payout_duration_seconds",
    kind: "histogram",
    unit: "s",
    description: "From accepting a payout to its end, however it ended",
    labels: {},
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300],
  },
  jwksFetchDuration: {
    name: "visa_direct_jwks_fetch_duration_seconds",
    kind: "histogram",
    unit: "s",
    description: "One fetch of a key set, however it ended",
    labels: {},
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  mleEncryptDuration: {
    name: "visa_direct_mle_encrypt_duration_seconds",
    kind: "histogram",
    unit: "s",
    description: "Encrypting one request body",
    labels: {},
    buckets: cryptoBuckets,
  },
  mleDecryptDuration: {
    name: "visa_direct_mle_decrypt_duration_seconds",
    kind: "histogram",
    unit: "s",
    description: "Decrypting one reply",
    labels: {},
    buckets: cryptoBuckets,
  },
  errors: {
    name: "visa_direct_errors_total",
    kind: "counter",
    unit: "{error}",
    description: "Requests that ended with an error, declines included, by the tag of its reason",
    labels: { error_type: oneOf(tags) },
  },
  guardFailures: {
    name: "visa_direct_guard_failures_total",
    kind: "counter",
    unit: "{payout}",
    description: "Payouts that a guard refused before anything was sent",
    labels: { guard: oneOf(guards) },
  },

  requests: {
    name: "visa_direct_requests_total",
    kind: "counter",
    unit: "{request}",
    description: "Requests to Visa, each attempt counted, by operation and result",
    labels: { operation, result: oneOf(requestResults) },
  },
  requestDuration: {
    name: "visa_direct_request_duration_seconds",
    kind: "histogram",
    unit: "s",
    description: "One request to Visa, encryption and decryption included",
    labels: { operation, result: oneOf(requestResults) },
    buckets: requestBuckets,
  },
  declines: {
    name: "visa_direct_declines_total",
    kind: "counter",
    unit: "{decline}",
    description:
      "Declined requests by Visa's decline category, which says how often the same payment may be tried again",
    labels: { category: oneOf(["1", "2", "3", "4", "none"]) },
  },
  settledAmount: {
    name: "visa_direct_settled_amount_total",
    kind: "counter",
    unit: "{currency}",
    description: "Amounts of settled payouts, in units of their currency such as dollars",
    labels: { currency: anyOf(Currency.all), rail: rails },
  },
  outcomesResolved: {
    name: "visa_direct_outcomes_resolved_total",
    kind: "counter",
    unit: "{payment}",
    description:
      "Searches for the outcome of a payment that was unknown, by what they found; open: it still is",
    labels: { outcome: oneOf(["paid", "not_paid", "open"]) },
  },
  unknownOutcomes: {
    name: "visa_direct_unknown_outcomes_open",
    kind: "gauge",
    unit: "{payment}",
    description:
      "Payments whose outcome is unknown: those that a call is asking Visa about, and those on the work list",
    labels: { where: oneOf(["in_flight", "work_list"]) },
  },
  unknownOutcomeAge: {
    name: "visa_direct_unknown_outcome_oldest_age_seconds",
    kind: "gauge",
    unit: "s",
    description: "Since the oldest payment with an unknown outcome was sent; 0 when there is none",
    labels: { where: oneOf(["in_flight", "work_list"]) },
  },
  jwksFetchFailures: {
    name: "visa_direct_jwks_fetch_failures_total",
    kind: "counter",
    unit: "{fetch}",
    description: "Fetches of a key set that brought no usable key, by why",
    labels: {
      reason: oneOf([
        "unreachable",
        "timeout",
        "status",
        "redirect",
        "too_large",
        "malformed",
        "no_usable_key",
      ]),
    },
  },
  breakerOpen: {
    name: "visa_direct_circuit_breaker_open",
    kind: "gauge",
    unit: "{breaker}",
    description: "Open circuit breakers of this process, by what they protect",
    labels: { breaker: oneOf(breakers) },
  },
  breakerTransitions: {
    name: "visa_direct_circuit_breaker_transitions_total",
    kind: "counter",
    unit: "{transition}",
    description: "Changes of a circuit breaker's state, by the new state",
    labels: { breaker: oneOf(breakers), state: oneOf(breakerStates) },
  },
  breakerRejections: {
    name: "visa_direct_circuit_breaker_rejections_total",
    kind: "counter",
    unit: "{call}",
    description: "Calls that an open circuit breaker did not let through",
    labels: { breaker: oneOf(breakers) },
  },
  certificateExpiry: {
    name: "visa_direct_certificate_expiry_seconds",
    kind: "gauge",
    unit: "s",
    description:
      "Until a certificate of the generation in use ends, the first of its role; negative afterwards",
    labels: {
      role: oneOf(["tls-client", "tls-issuer", "extra-root", "mle-server", "mle-client"]),
    },
  },
  certificateRotations: {
    name: "visa_direct_certificate_rotations_total",
    kind: "counter",
    unit: "{rotation}",
    description: "Attempts to put a new set of credentials into use; a failure keeps the old one",
    labels: { result: results },
  },
  certificateRollbacks: {
    name: "visa_direct_certificate_rollbacks_total",
    kind: "counter",
    unit: "{rollback}",
    description: "Returns to the previous set of credentials, by who asked for it",
    labels: { trigger: oneOf(["manual", "automatic"]), result: results },
  },
  connectionPools: {
    name: "visa_direct_connection_pools",
    kind: "gauge",
    unit: "{pool}",
    description:
      "Connection pools: that of the credentials in use, that of the set before, which is kept for a rollback, and those that are still being drained",
    labels: {},
  },
  connectionPoolsOpened: {
    name: "visa_direct_connection_pools_opened_total",
    kind: "counter",
    unit: "{pool}",
    description: "Connection pools that were opened, for sets of credentials that failed too",
    labels: {},
  },
  retries: {
    name: "visa_direct_retries_total",
    kind: "counter",
    unit: "{retry}",
    description: "Attempts after the first, by what the operation does",
    labels: { class: oneOf(operationClasses) },
  },
  retryBudgetExhausted: {
    name: "visa_direct_retry_budget_exhausted_total",
    kind: "counter",
    unit: "{retry}",
    description: "Retries that were not made because the budget of retries was used up",
    labels: { class: oneOf(operationClasses) },
  },
  rateLimiterWait: {
    name: "visa_direct_rate_limiter_wait_seconds",
    kind: "histogram",
    unit: "s",
    description: "How long a request waited for the rate limiter",
    labels: {},
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
  },
  rateLimiterRejections: {
    name: "visa_direct_rate_limiter_rejections_total",
    kind: "counter",
    unit: "{request}",
    description: "Requests that the rate limiter did not let through in time",
    labels: {},
  },
  cacheHits: {
    name: "visa_direct_cache_hits_total",
    kind: "counter",
    unit: "{lookup}",
    description: "Look-ups that a cache could answer",
    labels: { cache: caches },
  },
  cacheMisses: {
    name: "visa_direct_cache_misses_total",
    kind: "counter",
    unit: "{lookup}",
    description: "Look-ups that a cache could not answer",
    labels: { cache: caches },
  },
} as const satisfies { readonly [key: string]: MetricRow }

/** What an attribute of a span holds. */
export interface AttributeRow {
  readonly type: "string" | "number" | "boolean"
  readonly description: string
}

/** Every attribute. Those without `visa.` are OpenTelemetry's. */
export const attributes = {
  "http.request.method": { type: "string", description: "`GET`, `POST` or `DELETE`" },
  "http.response.status_code": {
    type: "number",
    description: "of Visa's reply, when there is one",
  },
  "server.address": { type: "string", description: "Visa's host" },
  "server.port": { type: "number", description: "of that host" },
  "url.template": { type: "string", description: "the path as Visa documents it, without values" },
  "error.type": {
    type: "string",
    description: "the tag of the error's reason; `interrupted`; or `defect`, a bug",
  },
  "visa.operation": { type: "string", description: "module and function, `FundsTransfer.push`" },
  "visa.attempt": { type: "number", description: "counted from 1" },
  "visa.rail": { type: "string", description: "`card`, `account` or `wallet`" },
  "visa.corridor": { type: "string", description: "source and destination, `GB-PH`" },
  "visa.correlation_id": { type: "string", description: "the id that this SDK put on the request" },
  "visa.response_correlation_id": {
    type: "string",
    description: "`X-CORRELATION-ID` of the reply: what Visa's support asks for",
  },
  "visa.error.money": {
    type: "string",
    description: "`NotMoved`, `Moved` or `Unknown`: what the error says of the money",
  },
  "visa.error.code": { type: "string", description: "Visa's code, as received" },
  "visa.generation": { type: "number", description: "the set of credentials that was used" },
  "visa.encrypted": { type: "boolean", description: "whether the request's body was encrypted" },
  "visa.rotation.trigger": { type: "string", description: "`manual` or `automatic`" },
  "visa.payout.status": {
    type: "string",
    description: "`settled`, `declined`, `unknown` or `refused`",
  },
  "visa.payout.id": { type: "string", description: "the id under which the payout is stored" },
  "visa.step": {
    type: "string",
    description: "the step that moves money: `push`, `payout`, `pull`, `reverse` or `adjust`",
  },
  "visa.guard": { type: "string", description: "the guard" },
  "visa.outcome.via": {
    type: "string",
    description: "how the outcome came to be known: `reply`, `status`, `query` or `resend`",
  },
  "visa.compensation": { type: "string", description: "the action that compensates" },
} as const satisfies { readonly [key: string]: AttributeRow }

export type AttributeName = keyof typeof attributes

/** One span. */
export interface SpanRow {
  /** `{attribute}` stands for the value of that attribute. */
  readonly name: string
  readonly kind: "internal" | "client"
  /** The spans that it can be a child of; none: whatever the program has open. */
  readonly parents: ReadonlyArray<string>
  readonly description: string
  readonly attributes: ReadonlyArray<AttributeName>
}

/** Every span, nested as a payout runs. */
export const spans = {
  payout: {
    name: "visa-direct.payout",
    kind: "internal",
    parents: [],
    description: "One payout, from its acceptance to its end",
    attributes: [
      "visa.payout.id",
      "visa.payout.status",
      "visa.rail",
      "visa.corridor",
      "visa.correlation_id",
      "error.type",
    ],
  },
  guard: {
    name: "visa-direct.guard.{visa.guard}",
    kind: "internal",
    parents: ["payout"],
    description: "One guard: it lets the payout through or refuses it",
    attributes: ["visa.guard", "error.type"],
  },
  send: {
    name: "visa-direct.send",
    kind: "internal",
    parents: ["payout"],
    description:
      "One step that moves money: claimed, then sent or asked about, and its result stored",
    attributes: ["visa.step", "error.type"],
  },
  outcome: {
    name: "visa-direct.outcome",
    kind: "internal",
    parents: ["payout", "send"],
    description: "One payment until its outcome is known: sending it and what it takes to find out",
    attributes: ["visa.outcome.via", "visa.correlation_id", "error.type"],
  },
  resolve: {
    name: "visa-direct.resolve",
    kind: "internal",
    parents: ["outcome", "payout", "send"],
    description: "Asking Visa what became of a payment whose outcome is unknown",
    attributes: ["visa.outcome.via", "error.type"],
  },
  compensate: {
    name: "visa-direct.compensate.{visa.compensation}",
    kind: "internal",
    parents: ["payout"],
    description: "One action that makes good for a payout that was certainly not made",
    attributes: ["visa.compensation", "error.type"],
  },
  request: {
    name: "visa-direct.{visa.operation}",
    kind: "client",
    parents: ["guard", "send", "outcome", "resolve", "compensate", "reload"],
    description: "One request to Visa",
    attributes: [
      "http.request.method",
      "server.address",
      "server.port",
      "url.template",
      "http.response.status_code",
      "error.type",
      "visa.operation",
      "visa.attempt",
      "visa.rail",
      "visa.corridor",
      "visa.correlation_id",
      "visa.response_correlation_id",
      "visa.generation",
      "visa.encrypted",
      "visa.error.code",
      "visa.error.money",
    ],
  },
  mleEncrypt: {
    name: "visa-direct.mle.encrypt",
    kind: "internal",
    parents: ["request"],
    description: "Encrypting the request's body",
    attributes: ["error.type"],
  },
  mleDecrypt: {
    name: "visa-direct.mle.decrypt",
    kind: "internal",
    parents: ["request"],
    description: "Decrypting the reply",
    attributes: ["error.type"],
  },
  jwksFetch: {
    name: "visa-direct.jwks.fetch",
    kind: "client",
    parents: ["mleEncrypt"],
    description: "Fetching a key set",
    attributes: [
      "http.request.method",
      "server.address",
      "server.port",
      "url.template",
      "http.response.status_code",
      "error.type",
    ],
  },
  reload: {
    name: "visa-direct.certificates.reload",
    kind: "internal",
    parents: [],
    description: "Reading, proving and publishing a new set of credentials",
    attributes: ["visa.generation", "error.type"],
  },
  rollback: {
    name: "visa-direct.certificates.rollback",
    kind: "internal",
    parents: [],
    description: "Returning to the previous set of credentials",
    attributes: ["visa.generation", "visa.rotation.trigger", "error.type"],
  },
} as const satisfies { readonly [key: string]: SpanRow }

export type SpanName = keyof typeof spans

interface AttributeTypes {
  readonly string: string
  readonly number: number
  readonly boolean: boolean
}

/** The attributes that a span may have. `undefined` leaves one out. */
export type AttributesOf<S extends SpanName> = {
  readonly [A in (typeof spans)[S]["attributes"][number]]?:
    | AttributeTypes[(typeof attributes)[A]["type"]]
    | undefined
}

type Values = { readonly [name: string]: string | number | boolean | undefined }

/** The name of a span, with the value of an attribute where the template has one in braces. */
const namesOf = (template: string): ((values: Values) => string) => {
  const [, before, attribute, after] = /^([^{]*)\{([^}]+)\}(.*)$/.exec(template) ?? []
  return attribute === undefined
    ? () => template
    : (values) => `${before}${values[attribute] ?? "other"}${after}`
}

const namesBySpan = Record.map(spans, ({ name }) => namesOf(name))

const errorTypeOf = (cause: Cause.Cause<unknown>): string => {
  if (Cause.hasInterruptsOnly(cause)) return "interrupted"
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (error instanceof VisaError) return error.reason._tag
  return Predicate.hasProperty(error, "_tag") && Predicate.isString(error._tag)
    ? error._tag
    : "defect"
}

const recorders = recordersOf(metrics)

/**
 * Records under the contract: one recorder per row of {@link metrics}, and spans after {@link spans}.
 * A label, a value or an attribute that the tables do not have does not compile.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Metric } from "effect"
 * import { Telemetry } from "effect-visa-direct"
 * import { PrometheusMetrics } from "effect/observability"
 *
 * const page = Effect.gen(function* () {
 *   yield* Telemetry.payouts.increment({ status: "settled" })
 *   return yield* PrometheusMetrics.format()
 * }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
 *
 * assert.include(await Effect.runPromise(page), `visa_direct_payouts_total{status="settled"} 1`)
 */
export const Telemetry = {
  ...recorders,

  /**
   * Shows the counters with few series at zero before they count for the first time: a rate can be
   * computed only from the second value that is seen. `VisaDirect.layer` does it.
   */
  startAtZero: startAtZero(metrics),

  /**
   * Follows one breaker, which is closed at first, until the scope closes: call what it answers with
   * every state that the breaker is found in. A state that is no change counts nothing.
   */
  followBreaker: (
    breaker: Breaker,
  ): Effect.Effect<(state: BreakerState) => Effect.Effect<void>, never, Scope.Scope> =>
    Effect.suspend(() => {
      const put = (state: BreakerState, by: number) =>
        Effect.andThen(
          recorders.circuitBreakerState.change(by, { state }),
          recorders.breakerOpen.change(state === "open" ? by : 0, { breaker }),
        )
      let current: BreakerState = "closed"
      const follow = (state: BreakerState) =>
        Effect.suspend(() => {
          if (state === current) return Effect.void
          const previous = current
          current = state
          return put(previous, -1).pipe(
            Effect.andThen(put(state, 1)),
            Effect.andThen(recorders.breakerTransitions.increment({ breaker, state })),
            Effect.uninterruptible,
          )
        })
      return Effect.acquireRelease(
        // The states that it is not in are shown as 0, not as absent.
        Effect.forEach(breakerStates, (state) => put(state, state === current ? 1 : 0)),
        () => Effect.suspend(() => put(current, -1)),
      ).pipe(Effect.as(follow))
    }),

  /**
   * Runs an effect in a span of the table. When it fails, the span's `error.type` is the tag of the
   * error, of a `VisaError` that of its reason.
   *
   * @param told what its end adds to the values
   */
  span:
    <S extends SpanName, AX = unknown, EX = unknown>(
      span: S,
      values: AttributesOf<S> = {},
      told?: (exit: Exit.Exit<AX, EX>) => AttributesOf<S>,
    ) =>
    <A extends AX, E extends EX, R>(
      self: Effect.Effect<A, E, R>,
    ): Effect.Effect<A, E, Exclude<R, Tracer.ParentSpan>> =>
      // `Effect.withSpan` also makes a frame for stack traces, which has its price and would hold no more
      // than the name.
      Effect.useSpan(
        namesBySpan[span](values),
        { kind: spans[span].kind, attributes: present(values) },
        (open) =>
          Effect.onExit(Effect.provideService(self, Tracer.ParentSpan, open), (exit) => {
            if (Exit.isFailure(exit)) open.attribute("error.type", errorTypeOf(exit.cause))
            if (told !== undefined) {
              for (const [name, value] of Object.entries(present(told(exit)))) {
                open.attribute(name, value)
              }
            }
            return Effect.void
          }),
      ),

  /** Adds to the span that is open what became known in it; name it, so that the types can check. */
  annotate: <S extends SpanName>(_span: S, values: AttributesOf<S>): Effect.Effect<void> =>
    Effect.annotateCurrentSpan(present(values)),
} as const
