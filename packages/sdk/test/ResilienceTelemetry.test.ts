/** What repeats, the limiter and the breaker leave behind in metrics and traces. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Metric, Schedule } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { TestClock } from "effect/testing"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { TransactionQuery } from "../src/api/TransactionQuery.ts"
import { HostLimiter } from "../src/HostLimiter.ts"
import { RetryBudget } from "../src/RetryBudget.ts"
import { RetryPolicy } from "../src/RetryPolicy.ts"
import { VisaError } from "../src/VisaError.ts"
import { recordedSpans, undocumented } from "./support/recordedSpans.ts"
import { pushRequest, simulated } from "./support/simulated.ts"

/** The lines of a Prometheus page that begin so, after an effect has run. */
const metered = <A, E, R>(prefix: string, self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    yield* self
    const page = yield* PrometheusMetrics.format()
    return page.split("\n").filter((line) => line.startsWith(prefix))
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))

describe("repeats", () => {
  const refused = VisaError.of("ConnectionRefused", {}, { money: "moves" })
  const fails = (money: "moves" | "reports") =>
    Effect.flatMap(RetryPolicy, ({ repeat }) =>
      Effect.flip(repeat({ name: money, money }, () => Effect.fail(refused))),
    )
  const policy = (capacity: number) => {
    const atOnce = { attempts: 4, pauses: Schedule.spaced(0) }
    return RetryPolicy.layer({ moves: atOnce, reports: atOnce }).pipe(
      Layer.provide(RetryBudget.layer({ capacity, ratio: 0, perSecond: 0 })),
    )
  }

  it.live("are counted by what the operation does with money", () =>
    Effect.gen(function* () {
      const lines = yield* metered(
        "visa_direct_retries_total",
        Effect.andThen(fails("moves"), fails("reports")).pipe(Effect.provide(policy(100))),
      )
      assert.sameMembers(lines, [
        'visa_direct_retries_total{class="moves"} 3',
        'visa_direct_retries_total{class="reports"} 3',
      ])
    }),
  )

  it.live("that the budget does not allow are counted as such", () =>
    Effect.gen(function* () {
      const lines = yield* metered(
        "visa_direct_retry",
        Effect.andThen(fails("moves"), fails("moves")).pipe(Effect.provide(policy(3))),
      )
      assert.sameMembers(
        lines.filter((line) => !line.startsWith("#")),
        ['visa_direct_retry_budget_exhausted_total{class="moves"} 1'],
      )
    }),
  )
})

describe("the limiter", () => {
  it.effect("records how long calls waited, and counts those that it refused", () =>
    Effect.gen(function* () {
      const lines = yield* metered(
        "visa_direct_rate_limiter",
        Effect.gen(function* () {
          const limiter = yield* HostLimiter
          const call = limiter.pace("api.visa.com", { money: "moves" })(Effect.void)
          const calls = yield* Effect.forkChild(
            Effect.forEach([1, 2, 3, 4], () => Effect.exit(call), { concurrency: "unbounded" }),
          )
          yield* TestClock.adjust("1 minute")
          yield* Fiber.join(calls)
        }).pipe(
          Effect.provide(HostLimiter.layer({ limit: 1, window: "1 second", maxWait: "2 seconds" })),
        ),
      )
      assert.includeMembers(lines, [
        "visa_direct_rate_limiter_wait_seconds_count 2",
        "visa_direct_rate_limiter_wait_seconds_sum 3",
        "visa_direct_rate_limiter_rejections_total 1",
      ])
    }),
  )
})

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

describe("the gate before a host", () => {
  const strict = simulated(undefined, {
    breaker: {
      failureRate: { threshold: 1, minimumCalls: 2, size: 2 },
      openDuration: "1 hour",
    },
    rateLimit: { limit: 3, window: "1 hour", maxWait: 1 },
    retry: { reports: "none" },
  })

  it.live("counts what it refuses as requests that failed, and traces them", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.inject({ kind: "status", status: 503, times: 2 })
      const { layer: tracer, spans } = recordedSpans()
      const request = yield* pushRequest()
      const lines = yield* metered(
        "visa_direct_",
        Effect.all([
          Effect.flip(push),
          Effect.flip(push),
          // Takes the last turn, and is refused by the breaker.
          Effect.flip(push),
          // Is not refused by the breaker, and finds no turn.
          Effect.flip(TransactionQuery.find(request)),
        ]).pipe(Effect.provide(tracer)),
      )
      assert.includeMembers(lines, [
        'visa_direct_errors_total{error_type="ServiceUnavailable"} 2',
        'visa_direct_errors_total{error_type="CircuitOpen"} 1',
        'visa_direct_errors_total{error_type="RateLimiterBusy"} 1',
        'visa_direct_circuit_breaker_rejections_total{breaker="host"} 1',
        'visa_direct_circuit_breaker_open{breaker="host"} 1',
        'visa_direct_requests_total{operation="FundsTransfer.push",result="failed"} 1',
        'visa_direct_requests_total{operation="FundsTransfer.push",result="unknown"} 2',
      ])
      const refused = spans.filter(({ attributes }) =>
        ["CircuitOpen", "RateLimiterBusy"].includes(String(attributes.get("error.type"))),
      )
      assert.deepStrictEqual(
        refused.map(({ name }) => name),
        ["visa-direct.FundsTransfer.push", "visa-direct.TransactionQuery.find"],
      )
      assert.deepStrictEqual(undocumented(spans), [])
    }).pipe(Effect.provide(strict)),
  )
})
