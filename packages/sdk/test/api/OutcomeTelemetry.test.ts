/** What the search for an outcome leaves behind in metrics and traces. */
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Latch, Layer, Metric, Schedule } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { Simulator } from "effect-visa-direct-simulator"
import type { OpenPayment } from "../../src/api/Outcome.ts"
import { Outcome } from "../../src/api/Outcome.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import { recordedSpans, treeOf, undocumented } from "../support/recordedSpans.ts"
import { pushRequest, simulated } from "../support/simulated.ts"

const alone = Layer.sync(Metric.MetricRegistry, () => new Map())

/** The samples of the metrics that are about outcomes. */
const samples = Effect.map(PrometheusMetrics.format(), (page) =>
  page.split("\n").filter((line) => /^visa_direct_(unknown_)?outcomes?_/.test(line)),
)

const polling = Schedule.spaced("5 millis")

it.live("a payment that Visa was asked about is one trace, from the push to the answer", () =>
  Effect.gen(function* () {
    const simulator = yield* Simulator
    yield* simulator.inject({ kind: "dropAfterCommit", times: 1 })
    const request = yield* pushRequest()
    const { layer: tracer, spans } = recordedSpans()
    const paid = yield* Effect.provide(Outcome.push(request, { polling }), tracer)
    assert.strictEqual(paid.via, "query")
    assert.deepStrictEqual(treeOf(spans), [
      "visa-direct.outcome",
      "  visa-direct.FundsTransfer.push",
      "    visa-direct.mle.encrypt",
      "  visa-direct.resolve",
      "    visa-direct.TransactionQuery.find",
      "      visa-direct.mle.decrypt",
    ])
    assert.deepStrictEqual(undocumented(spans), [])
    for (const span of spans.filter(({ name }) => /outcome|resolve/.test(name))) {
      assert.strictEqual(span.attributes.get("visa.outcome.via"), "query")
    }
    assert.sameMembers(
      [...(yield* samples)],
      [
        'visa_direct_outcomes_resolved_total{outcome="paid"} 1',
        'visa_direct_outcomes_resolved_total{outcome="not_paid"} 0',
        'visa_direct_outcomes_resolved_total{outcome="open"} 0',
        'visa_direct_unknown_outcomes_open{where="in_flight"} 0',
        'visa_direct_unknown_outcome_oldest_age_seconds{where="in_flight"} 0',
      ],
    )
  }).pipe(Effect.provide(simulated().pipe(Layer.provideMerge(alone)))),
)

const stored: OpenPayment = {
  operation: "push",
  acquiringBin: "408999",
  systemsTraceAuditNumber: "451018",
  retrievalReferenceNumber: "412770452025",
  cardAcceptorId: "CA",
  firstSentAt: 0,
  resends: 0,
  lastReason: "ResponseTimeout",
}

it.live(
  "what is still unknown shows as open, as old as its first attempt, while it is asked about",
  () =>
    Effect.gen(function* () {
      const bothAsked = yield* Latch.make()
      let asked = 0
      const answer = yield* Deferred.make<void>()
      const visa = VisaDirectTest.layerWith(() =>
        Effect.suspend(() => (++asked === 2 ? bothAsked.open : Effect.void)).pipe(
          Effect.andThen(Deferred.await(answer)),
          Effect.as({ status: 200, body: [{ statusCode: "COMPLETED", actionCode: "05" }] }),
        ),
      )
      yield* Effect.gen(function* () {
        const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
        const searches = yield* Effect.forEach([now - 900_000, now - 60_000], (firstSentAt) =>
          Effect.forkChild(Effect.exit(Outcome.resume({ ...stored, firstSentAt }))),
        )
        yield* bothAsked.await
        const during = yield* samples
        assert.include(during, 'visa_direct_unknown_outcomes_open{where="in_flight"} 2')
        const age = during.find((line) => line.includes("oldest_age"))
        assert.match(age ?? "", /\} 90\d(\.\d+)?$/)
        yield* Deferred.succeed(answer, undefined)
        yield* Fiber.joinAll(searches)
        assert.includeMembers(yield* samples, [
          'visa_direct_unknown_outcomes_open{where="in_flight"} 0',
          'visa_direct_unknown_outcome_oldest_age_seconds{where="in_flight"} 0',
          'visa_direct_outcomes_resolved_total{outcome="not_paid"} 2',
        ])
      }).pipe(Effect.provide(visa.pipe(Layer.provideMerge(alone))))
    }),
)

it.live("a search that ends without an answer counts as open", () =>
  Effect.gen(function* () {
    yield* Effect.exit(Outcome.resume(stored, { polling, deadline: "20 millis" }))
    assert.include(yield* samples, 'visa_direct_outcomes_resolved_total{outcome="open"} 1')
  }).pipe(
    Effect.provide(
      VisaDirectTest.layerWith(() => ({ status: 503 })).pipe(Layer.provideMerge(alone)),
    ),
  ),
)
