/** What a payout leaves behind in metrics and traces. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { Simulator } from "effect-visa-direct-simulator"
import { Payouts } from "../../src/payouts/Payouts.ts"
import { recordedSpans, treeOf, undocumented } from "../support/recordedSpans.ts"
import { simulatedPayouts, toCard } from "../support/saga.ts"

/** Executes a payout to a card; its spans, without those of the engine and of the stores. */
const traced = Effect.fnUntraced(function* (key: string) {
  const { layer: tracer, spans } = recordedSpans()
  yield* Effect.exit(Effect.provide(Payouts.execute(yield* toCard(key)), tracer))
  assert.deepStrictEqual(undocumented(spans), [])
  const [root] = spans
  return {
    tree: treeOf(spans)
      .map((line) => line.trim())
      .filter((name) => name.startsWith("visa-direct.")),
    traces: new Set(spans.map(({ traceId }) => traceId)).size,
    attributes: Object.fromEntries(root?.attributes ?? []),
  }
})

/** What the page says of a metric now. */
const sample = (series: string) =>
  Effect.map(PrometheusMetrics.format(), (page) => {
    const line = page.split("\n").find((one) => one.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.split(" ").at(-1))
  })

const alone = Layer.sync(Metric.MetricRegistry, () => new Map())

layer(simulatedPayouts().pipe(Layer.provideMerge(alone)), {
  timeout: 60_000,
  excludeTestServices: true,
})("a payout", (it) => {
  it.effect("that settles is one trace from its acceptance to Visa, and is counted once", () =>
    Effect.gen(function* () {
      const { attributes, traces, tree } = yield* traced("settled")
      assert.strictEqual(traces, 1)
      assert.deepStrictEqual(tree, [
        "visa-direct.payout",
        "visa-direct.guard.request",
        "visa-direct.guard.ledger",
        "visa-direct.send",
        "visa-direct.outcome",
        "visa-direct.FundsTransfer.push",
        "visa-direct.mle.encrypt",
        "visa-direct.mle.decrypt",
      ])
      assert.deepStrictEqual(attributes, {
        "visa.payout.id": "settled",
        "visa.payout.status": "settled",
        "visa.rail": "card",
        "visa.corridor": "US-US",
      })
      yield* Payouts.execute(yield* toCard("settled"))
      assert.strictEqual(yield* sample('visa_direct_payouts_total{status="settled"}'), 1)
      assert.strictEqual(yield* sample("visa_direct_payout_duration_seconds_count"), 1)
      assert.strictEqual(
        yield* sample('visa_direct_settled_amount_total{currency="USD",rail="card"}'),
        124.05,
      )
    }),
  )

  it.effect("that is declined says so on its span and in the counters", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({ answer: { actionCode: "51" }, times: 1 })
      const { attributes } = yield* traced("declined")
      assert.strictEqual(attributes["visa.payout.status"], "declined")
      assert.strictEqual(attributes["error.type"], "PayoutDeclined")
      assert.strictEqual(yield* sample('visa_direct_payouts_total{status="declined"}'), 1)
      assert.strictEqual(yield* sample('visa_direct_declines_total{category="2"}'), 1)
    }),
  )

  it.effect("whose answer is lost shows how its outcome came to be known", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.inject({ kind: "dropAfterCommit", times: 1 })
      const { tree } = yield* traced("lost")
      assert.deepStrictEqual(tree, [
        "visa-direct.payout",
        "visa-direct.guard.request",
        "visa-direct.guard.ledger",
        "visa-direct.send",
        "visa-direct.outcome",
        "visa-direct.FundsTransfer.push",
        "visa-direct.mle.encrypt",
        "visa-direct.resolve",
        "visa-direct.TransactionQuery.find",
        "visa-direct.mle.decrypt",
      ])
      assert.strictEqual(yield* sample('visa_direct_outcomes_resolved_total{outcome="paid"}'), 1)
    }),
  )
})
