import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Metric, Schema, Scope } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { TestClock } from "effect/testing"
import { globSync, readFileSync } from "node:fs"
import type { Role } from "../src/CertificateStore.ts"
import * as sdk from "../src/index.ts"
import type { Rail } from "../src/Operation.ts"
import {
  attributes,
  breakerStates,
  metrics,
  operations,
  seriesOf,
  spans,
  Telemetry,
} from "../src/Telemetry.ts"
import type { BreakerState, MetricRow, SpanRow } from "../src/Telemetry.ts"

/** A registry of its own: the default one is shared by the process. */
const alone = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => Effect.provideService(self, Metric.MetricRegistry, new Map()))

const rows: ReadonlyArray<MetricRow> = Object.values(metrics)
const spanRows: ReadonlyArray<SpanRow> = Object.values(spans)

/** The sample lines of a Prometheus page. */
const samples = Effect.map(PrometheusMetrics.format(), (text) =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
)

/** Names and labels that dashboards and alerts of others are promised. */
const promised: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["visa_direct_payouts_total", ["status"]],
  ["visa_direct_jwks_fetch_success_total", []],
  ["visa_direct_circuit_breaker_state", ["state"]],
  ["visa_direct_payout_duration_seconds", []],
  ["visa_direct_jwks_fetch_duration_seconds", []],
  ["visa_direct_mle_encrypt_duration_seconds", []],
  ["visa_direct_mle_decrypt_duration_seconds", []],
  ["visa_direct_errors_total", ["error_type"]],
  ["visa_direct_guard_failures_total", ["guard"]],
]

describe("the table of metrics", () => {
  it("has the promised names with exactly the promised labels", () => {
    for (const [name, labels] of promised) {
      const row = rows.find((metric) => metric.name === name)
      assert.deepStrictEqual([name, Object.keys(row?.labels ?? { missing: true })], [name, labels])
    }
  })

  it("names metrics as Prometheus wants them, each once", () => {
    assert.strictEqual(new Set(rows.map(({ name }) => name)).size, rows.length)
    for (const { buckets, description, kind, labels, name, unit } of rows) {
      assert.match(name, /^visa_direct_[a-z]+(_[a-z]+)*$/)
      assert.strictEqual(name.endsWith("_total"), kind === "counter", name)
      assert.strictEqual(/_seconds(_total)?$/.test(name), unit === "s", name)
      assert.match(description, /^[A-Z].*[^.]$/)
      for (const label of Object.keys(labels)) assert.match(label, /^[a-z]+(_[a-z]+)*$/)
      assert.strictEqual(buckets !== undefined, kind === "histogram", name)
      assert.deepStrictEqual(
        buckets,
        buckets?.toSorted((one, other) => one - other),
      )
    }
  })

  it("bounds every label: a few thousand series at most, by far the most of them never seen", () => {
    for (const row of rows) assert.isAtMost(seriesOf(row), 600, row.name)
    assert.isAtMost(
      rows.reduce((sum, row) => sum + seriesOf(row) * ((row.buckets?.length ?? -2) + 3), 0),
      5000,
    )
  })

  it("knows every operation of the SDK", () => {
    const declared = Object.values(sdk).flatMap((module) =>
      "operations" in module && typeof module.operations === "object"
        ? Object.values<{ readonly name: string }>(module.operations).map(({ name }) => name)
        : [],
    )
    assert.isAbove(declared.length, 35)
    assert.deepStrictEqual(Array.from(new Set(declared)).sort(), [...operations])
  })

  it("knows the roles of certificates and the rails", () => {
    const roles: ReadonlyArray<Role> = metrics.certificateExpiry.labels.role.values
    const all: { readonly [R in Role]: true } = {
      "tls-client": true,
      "tls-issuer": true,
      "extra-root": true,
      "mle-server": true,
      "mle-client": true,
    }
    assert.sameMembers([...roles], Object.keys(all))
    const rails: ReadonlyArray<Rail> = metrics.settledAmount.labels.rail.values
    assert.sameMembers([...rails], ["card", "account", "wallet"] satisfies ReadonlyArray<Rail>)
  })
})

describe("what the tables promise", () => {
  /** All sources of the SDK but the tables themselves. */
  const root = new URL("../src/", import.meta.url)
  const sources = globSync("**/*.ts", { cwd: root })
    .filter((file) => file !== "Telemetry.ts")
    .map((file) => readFileSync(new URL(file, root), "utf8"))
    .join("\n")
  const follows = sources.includes("Telemetry.followBreaker(")

  it("is recorded somewhere: every metric", () => {
    const followed = ["circuitBreakerState", "breakerOpen", "breakerTransitions"]
    for (const key of Object.keys(metrics)) {
      assert.isTrue(
        new RegExp(`Telemetry\\s*\\.${key}\\b`).test(sources) ||
          (follows && followed.includes(key)),
        key,
      )
    }
  })

  it("is opened somewhere: every span", () => {
    for (const key of Object.keys(spans)) {
      assert.match(
        sources,
        new RegExp(`(span|Span)\\(\\s*"${key}"|observe\\w*\\([^)]*"${key}"`),
        key,
      )
    }
  })
})

describe("recorders", () => {
  it("do not compile with a label or a value that the table does not have", () => {
    // @ts-expect-error: no such status
    assert.isObject(Telemetry.payouts.increment({ status: "lost" }))
    // @ts-expect-error: no such label
    assert.isObject(Telemetry.payouts.increment({ state: "settled" }))
    // @ts-expect-error: the label is missing
    assert.isObject(Telemetry.payouts.increment())
    // @ts-expect-error: there is no label
    assert.isObject(Telemetry.jwksFetchSuccess.increment({ endpoint: "https://example.com" }))
    // @ts-expect-error: no reason has this tag
    assert.isObject(Telemetry.errors.increment({ error_type: "InsufficientFund" }))
    // @ts-expect-error: a counter is not set
    assert.isUndefined(Telemetry.payouts.set)
    // @ts-expect-error: the span has no such attribute
    assert.isFunction(Telemetry.span("mleEncrypt", { "visa.rail": "card" }))
    // @ts-expect-error: the attribute is a number
    assert.isFunction(Telemetry.span("request", { "visa.attempt": "1" }))
  })

  it.effect("count under their name and labels, once per series", () =>
    Effect.gen(function* () {
      yield* Telemetry.payouts.increment({ status: "settled" })
      yield* Telemetry.payouts.increment({ status: "settled" })
      yield* Telemetry.payouts.increment({ status: "unknown" })
      yield* Telemetry.settledAmount.add(124.05, { currency: "USD", rail: "card" })
      yield* Telemetry.jwksFetchSuccess.increment()
      assert.deepStrictEqual(yield* samples, [
        'visa_direct_payouts_total{status="settled"} 2',
        'visa_direct_payouts_total{status="unknown"} 1',
        'visa_direct_settled_amount_total{currency="USD",rail="card"} 124.05',
        "visa_direct_jwks_fetch_success_total 1",
      ])
    }).pipe(alone),
  )

  it.effect("never let a counter fall", () =>
    Effect.gen(function* () {
      yield* Telemetry.cacheHits.add(3, { cache: "quote" })
      yield* Telemetry.cacheHits.add(-2, { cache: "quote" })
      assert.deepStrictEqual(yield* samples, ['visa_direct_cache_hits_total{cache="quote"} 3'])
    }).pipe(alone),
  )

  it.effect.prop(
    "make no series for a text that is not in the table",
    [Schema.Array(Schema.String).check(Schema.isMinLength(1))],
    ([texts]) =>
      Effect.gen(function* () {
        for (const text of texts) {
          yield* Telemetry.requests.increment({ operation: `x${text}`, result: "failed" })
          yield* Telemetry.settledAmount.add(1, { currency: `${text}$`, rail: "card" })
        }
        assert.deepStrictEqual(yield* samples, [
          `visa_direct_requests_total{operation="other",result="failed"} ${texts.length}`,
          `visa_direct_settled_amount_total{currency="other",rail="card"} ${texts.length}`,
        ])
      }).pipe(alone),
  )

  it.effect("measure in seconds, also what fails and what is interrupted", () =>
    Effect.gen(function* () {
      const slow = TestClock.adjust("300 millis")
      const endings = [slow, Effect.andThen(slow, Effect.fail("no")), Effect.interrupt]
      for (const ending of endings) {
        yield* Effect.exit(ending.pipe(Telemetry.jwksFetchDuration.time()))
      }
      yield* Telemetry.jwksFetchDuration.record(Duration.millis(400))
      const lines = yield* samples
      assert.include(lines, 'visa_direct_jwks_fetch_duration_seconds_bucket{le="0.25"} 1')
      assert.include(lines, 'visa_direct_jwks_fetch_duration_seconds_bucket{le="0.5"} 4')
      assert.include(lines, "visa_direct_jwks_fetch_duration_seconds_sum 1")
      assert.include(lines, "visa_direct_jwks_fetch_duration_seconds_count 4")
    }).pipe(alone),
  )

  it.effect("show a value that changes by itself as it is when somebody looks", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Telemetry.certificateExpiry
        .observe((now) => 60 - now / 1000, { role: "tls-client" })
        .pipe(Scope.provide(scope))
      const line = 'visa_direct_certificate_expiry_seconds{role="tls-client"}'
      assert.deepStrictEqual(yield* samples, [`${line} 60`])
      yield* TestClock.adjust("90 seconds")
      assert.deepStrictEqual(yield* samples, [`${line} -30`])
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* samples, [])
    }).pipe(alone),
  )

  it.effect(
    "show at zero what has few series, so that its first event is seen as an increase",
    () =>
      Effect.gen(function* () {
        yield* Telemetry.startAtZero
        const lines = yield* samples
        for (const { name } of rows.filter(
          (row) => row.kind === "counter" && seriesOf(row) <= 16,
        )) {
          assert.isTrue(
            lines.some((line) => line.startsWith(name)),
            name,
          )
        }
        assert.include(lines, 'visa_direct_payouts_total{status="unknown"} 0')
        assert.include(lines, 'visa_direct_retry_budget_exhausted_total{class="moves"} 0')
        assert.isTrue(lines.every((line) => line.endsWith(" 0")))
        assert.isFalse(lines.some((line) => line.startsWith("visa_direct_errors_total")))
        yield* Telemetry.payouts.increment({ status: "unknown" })
        yield* Telemetry.startAtZero
        assert.include(yield* samples, 'visa_direct_payouts_total{status="unknown"} 1')
      }).pipe(alone),
  )
})

describe("followBreaker", () => {
  it.effect.prop(
    "shows in which state each of several breakers is, whatever it goes through",
    [Schema.Array(Schema.Tuple([Schema.Literals([0, 1, 2]), Schema.Literals(breakerStates)]))],
    ([moves]) =>
      Effect.gen(function* () {
        const breakers = ["jwks", "host", "host"] as const
        const follow = yield* Effect.forEach(breakers, Telemetry.followBreaker)
        const model: Array<BreakerState> = ["closed", "closed", "closed"]
        let changes = 0
        for (const [index, state] of moves) {
          yield* follow[index]?.(state) ?? Effect.void
          if (model[index] !== state) changes += 1
          model[index] = state
        }
        const lines = yield* samples
        for (const state of breakerStates) {
          const count = model.filter((current) => current === state).length
          assert.include(lines, `visa_direct_circuit_breaker_state{state="${state}"} ${count}`)
        }
        const openHosts = model.slice(1).filter((state) => state === "open").length
        assert.include(lines, `visa_direct_circuit_breaker_open{breaker="host"} ${openHosts}`)
        const counted = lines
          .filter((line) => line.includes("transitions_total"))
          .reduce((sum, line) => sum + Number(line.split(" ")[1]), 0)
        assert.strictEqual(counted, changes)
      }).pipe(Effect.scoped, alone),
  )

  it.effect("takes the breaker out of the count when its scope closes", () =>
    Effect.gen(function* () {
      yield* Effect.scoped(
        Effect.flatMap(Telemetry.followBreaker("jwks"), (follow) => follow("open")),
      )
      assert.includeMembers(yield* samples, [
        'visa_direct_circuit_breaker_state{state="closed"} 0',
        'visa_direct_circuit_breaker_state{state="open"} 0',
        'visa_direct_circuit_breaker_open{breaker="jwks"} 0',
      ])
    }).pipe(alone),
  )
})

describe("the table of spans", () => {
  it("names each span once, and only parents and attributes that there are", () => {
    assert.strictEqual(new Set(spanRows.map(({ name }) => name)).size, spanRows.length)
    for (const { attributes: own, name, parents } of spanRows) {
      assert.match(name, /^visa-direct\.[a-z.{}_]+$/)
      for (const parent of parents) assert.property(spans, parent)
      for (const placeholder of name.matchAll(/\{(.+?)\}/g)) {
        assert.include(own, placeholder[1])
      }
    }
  })

  it("has no attribute that no span uses", () => {
    const used = new Set<string>(spanRows.flatMap((row) => row.attributes))
    assert.sameMembers([...used], Object.keys(attributes))
  })

  it.effect("opens spans with the name, kind and attributes of the table", () =>
    Effect.gen(function* () {
      const span = yield* Effect.currentSpan.pipe(
        Effect.tap(Telemetry.annotate("guard", { "error.type": "QuoteExpired" })),
        Telemetry.span("guard", { "visa.guard": "quote", "error.type": undefined }),
      )
      assert.strictEqual(span.name, "visa-direct.guard.quote")
      assert.strictEqual(span.kind, "internal")
      assert.deepStrictEqual(Object.fromEntries(span.attributes), {
        "visa.guard": "quote",
        "error.type": "QuoteExpired",
      })
    }),
  )
})
