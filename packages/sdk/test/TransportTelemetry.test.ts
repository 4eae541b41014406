/** What requests leave behind in metrics and traces, over real sockets. */
import { assert, layer } from "@effect/vitest"
import { Effect, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { TransactionQuery } from "../src/api/TransactionQuery.ts"
import { recordedSpans, treeOf, undocumented } from "./support/recordedSpans.ts"
import { pushRequest, simulated } from "./support/simulated.ts"

/** Of requests and of encryption; what else is counted is not the subject here. */
const counted = /^visa_direct_(requests?|errors|declines|mle)_(\w+_)?(total|count)\b/

/** What was counted and traced while an effect ran. */
const observe = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const { layer: tracer, spans } = recordedSpans()
    return Effect.gen(function* () {
      yield* Effect.exit(Effect.provide(self, tracer))
      const page = yield* PrometheusMetrics.format()
      const samples = page.split("\n").filter((line) => counted.test(line))
      return { samples, spans }
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
  })

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

layer(simulated(), { timeout: 60_000, excludeTestServices: true })("a request", (it) => {
  it.effect("that succeeds", () =>
    Effect.gen(function* () {
      const { url } = yield* Simulator
      const { samples, spans } = yield* observe(push)
      assert.deepStrictEqual(samples, [
        "visa_direct_mle_encrypt_duration_seconds_count 1",
        "visa_direct_mle_decrypt_duration_seconds_count 1",
        'visa_direct_requests_total{operation="FundsTransfer.push",result="success"} 1',
        'visa_direct_request_duration_seconds_count{operation="FundsTransfer.push",result="success"} 1',
      ])
      assert.deepStrictEqual(treeOf(spans), [
        "visa-direct.FundsTransfer.push",
        "  visa-direct.mle.encrypt",
        "  visa-direct.mle.decrypt",
      ])
      assert.deepStrictEqual(undocumented(spans), [])
      const {
        "visa.correlation_id": correlationId,
        "visa.response_correlation_id": responseId,
        ...attributes
      } = Object.fromEntries(spans[0]?.attributes ?? [])
      assert.isString(correlationId)
      assert.isString(responseId)
      assert.deepStrictEqual(attributes, {
        "http.request.method": "POST",
        "url.template": "/visadirect/fundstransfer/v1/pushfundstransactions",
        "server.address": new URL(url).hostname,
        "server.port": Number(new URL(url).port),
        "http.response.status_code": 200,
        "visa.operation": "FundsTransfer.push",
        "visa.attempt": 1,
        "visa.rail": "card",
        "visa.generation": 1,
        "visa.encrypted": true,
      })
    }),
  )

  it.effect("that is declined", () =>
    Effect.gen(function* () {
      yield* Effect.flatMap(Simulator, (simulator) =>
        simulator.script({ answer: { actionCode: "51" }, times: 1 }),
      )
      const { samples, spans } = yield* observe(push)
      assert.includeMembers(samples, [
        'visa_direct_requests_total{operation="FundsTransfer.push",result="declined"} 1',
        'visa_direct_errors_total{error_type="InsufficientFunds"} 1',
        'visa_direct_declines_total{category="2"} 1',
      ])
      assert.deepStrictEqual(undocumented(spans), [])
      const attributes = Object.fromEntries(spans[0]?.attributes ?? [])
      assert.strictEqual(attributes["error.type"], "InsufficientFunds")
      assert.strictEqual(attributes["visa.error.code"], "51")
      assert.strictEqual(attributes["visa.error.money"], "NotMoved")
      assert.strictEqual(attributes["http.response.status_code"], 200)
    }),
  )

  it.effect("whose reply is lost", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.inject({ kind: "dropAfterCommit", times: 1 })
      const { samples, spans } = yield* observe(push)
      assert.includeMembers(samples, [
        'visa_direct_requests_total{operation="FundsTransfer.push",result="unknown"} 1',
        'visa_direct_errors_total{error_type="ConnectionLost"} 1',
      ])
      assert.isFalse(samples.some((line) => line.includes("declines")))
      assert.deepStrictEqual(undocumented(spans), [])
      const attributes = Object.fromEntries(spans[0]?.attributes ?? [])
      assert.strictEqual(attributes["error.type"], "ConnectionLost")
      assert.strictEqual(attributes["visa.error.money"], "Unknown")
      assert.notProperty(attributes, "http.response.status_code")
    }),
  )

  it.effect("that moves no money and fails", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.inject({ kind: "status", status: 503, times: 1 })
      const { samples } = yield* observe(
        TransactionQuery.find({
          acquiringBin: "408999",
          transactionIdentifier: "234234322342343",
        }),
      )
      assert.includeMembers(samples, [
        'visa_direct_requests_total{operation="TransactionQuery.find",result="failed"} 1',
        'visa_direct_errors_total{error_type="ServiceUnavailable"} 1',
      ])
    }),
  )

  it.effect("that the caller gives up", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.inject({ kind: "hang", times: 1 })
      const { samples, spans } = yield* observe(Effect.timeout(push, "200 millis"))
      assert.includeMembers(samples, [
        'visa_direct_requests_total{operation="FundsTransfer.push",result="interrupted"} 1',
      ])
      assert.isFalse(samples.some((line) => line.includes("errors_total")))
      assert.strictEqual(spans[0]?.attributes.get("error.type"), "interrupted")
      assert.isTrue(spans.every(({ status }) => status._tag === "Ended"))
    }),
  )
})
