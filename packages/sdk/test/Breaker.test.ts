import { assert, describe, it } from "@effect/vitest"
import {
  ConfigProvider,
  Effect,
  Exit,
  Fiber,
  Layer,
  Logger,
  Metric,
  Schedule,
  Stream,
} from "effect"
import { TestClock } from "effect/testing"
import { PrometheusMetrics } from "effect/observability"
import { Breaker, BreakerStore } from "../src/Breaker.ts"
import type { BreakerOptions, CircuitRejection } from "../src/Breaker.ts"

const key = "sandbox.api.visa.com"
const fails = Effect.fail("refused" as const)

const rejectionOf = (
  call: Effect.Effect<unknown, "refused" | CircuitRejection>,
): Effect.Effect<CircuitRejection> =>
  Effect.matchEffect(call, {
    onSuccess: () => Effect.die("the call was made"),
    onFailure: (error) => (error === "refused" ? Effect.die(error) : Effect.succeed(error)),
  })

const times = <A, E>(count: number, call: Effect.Effect<A, E>) =>
  Effect.replicateEffect(Effect.exit(call), count)

/** Opens the circuit of {@link key} with failures of its own. */
const opened = Effect.fnUntraced(function* (options?: BreakerOptions) {
  const breaker = yield* Breaker.make(options)
  yield* times(3, breaker.protect(key, fails))
  return breaker
})

describe("a circuit", () => {
  it.effect("opens after three failures in a row and says when to come back", () =>
    Effect.gen(function* () {
      const breaker = yield* opened()
      yield* TestClock.adjust("10 seconds")
      const rejection = yield* rejectionOf(breaker.protect(key, fails))
      assert.strictEqual(rejection._tag, "CircuitRejection")
      assert.deepInclude(rejection, { key, circuit: "Open", retryAfterMillis: 50_000 })
      assert.strictEqual(
        rejection.message,
        "The circuit of sandbox.api.visa.com is Open: come back in 50000 ms",
      )
    }),
  )

  it.effect("does not make the calls that it refuses", () =>
    Effect.gen(function* () {
      const breaker = yield* opened()
      let calls = 0
      yield* times(
        5,
        breaker.protect(
          key,
          Effect.sync(() => calls++),
        ),
      )
      assert.strictEqual(calls, 0)
    }),
  )

  it.effect("forgets failures when a call succeeds in between", () =>
    Effect.gen(function* () {
      const breaker = yield* Breaker.make()
      yield* times(2, breaker.protect(key, fails))
      yield* breaker.protect(key, Effect.void)
      yield* times(2, breaker.protect(key, fails))
      assert.deepStrictEqual(yield* breaker.state(key), { _tag: "Closed", key })
    }),
  )

  it.effect("does not concern calls of another key", () =>
    Effect.gen(function* () {
      const breaker = yield* opened()
      assert.strictEqual(yield* breaker.protect("api.visa.com", Effect.succeed(1)), 1)
    }),
  )

  it.effect("lets one probe through when its time is over, and refuses the others", () =>
    Effect.gen(function* () {
      const breaker = yield* opened()
      yield* TestClock.adjust("60 seconds")
      const probe = yield* Effect.forkChild(
        breaker.protect(key, Effect.as(Effect.sleep("2 seconds"), "probed")),
        { startImmediately: true },
      )
      const rejection = yield* rejectionOf(breaker.protect(key, Effect.void))
      assert.deepInclude(rejection, { circuit: "HalfOpen", retryAfterMillis: 1_000 })
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(probe), "probed")
      assert.strictEqual((yield* breaker.state(key))._tag, "Closed")
    }),
  )

  it.effect("opens again when the probe fails", () =>
    Effect.gen(function* () {
      const breaker = yield* opened()
      yield* TestClock.adjust("60 seconds")
      yield* Effect.exit(breaker.protect(key, fails))
      assert.deepStrictEqual(yield* breaker.state(key), {
        _tag: "Open",
        key,
        retryAfterMillis: 60_000,
        consecutiveOpenings: 2,
      })
    }),
  )

  it.effect("gives the probe's place to the next call when the probe is interrupted", () =>
    Effect.gen(function* () {
      const breaker = yield* opened()
      yield* TestClock.adjust("60 seconds")
      const probe = yield* Effect.forkChild(breaker.protect(key, Effect.never), {
        startImmediately: true,
      })
      yield* Fiber.interrupt(probe)
      assert.strictEqual(yield* breaker.protect(key, Effect.succeed("next")), "next")
    }),
  )

  it.effect("stays open longer from opening to opening when the schedule says so", () =>
    Effect.gen(function* () {
      const breaker = yield* opened({
        openDuration: Schedule.exponential("1 second"),
      })
      const open: Array<number> = []
      for (const wait of [1_000, 2_000, 4_000]) {
        const state = yield* breaker.state(key)
        open.push(state._tag === "Open" ? state.retryAfterMillis : Number.NaN)
        yield* TestClock.adjust(wait)
        yield* Effect.exit(breaker.protect(key, fails))
      }
      assert.deepStrictEqual(open, [1_000, 2_000, 4_000])
    }),
  )
})

describe("the outcome of a call", () => {
  it.effect("is the caller's to say", () =>
    Effect.gen(function* () {
      const breaker = yield* Breaker.make()
      const declined = breaker.protect(key, fails, { outcome: () => Breaker.success })
      const unclear = breaker.protect(key, fails, { outcome: () => Breaker.ignored })
      yield* times(2, breaker.protect(key, fails))
      yield* times(5, unclear)
      yield* times(1, declined)
      yield* times(2, breaker.protect(key, fails))
      assert.strictEqual((yield* breaker.state(key))._tag, "Closed")
      yield* times(1, breaker.protect(key, fails))
      assert.strictEqual((yield* breaker.state(key))._tag, "Open")
    }),
  )

  it.effect("is a failure when it takes as long as a slow call, even as a success", () =>
    Effect.gen(function* () {
      const breaker = yield* Breaker.make({ slowCallDuration: "5 seconds" })
      const slow = yield* Effect.forkChild(
        Effect.forEach([5, 6, 7], (seconds) => breaker.protect(key, Effect.sleep(seconds * 1_000))),
        { startImmediately: true },
      )
      yield* TestClock.adjust("18 seconds")
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(slow)))
      assert.strictEqual((yield* breaker.state(key))._tag, "Open")
    }),
  )

  it.effect("can ask for a longer opening, up to a limit", () =>
    Effect.gen(function* () {
      const breaker = yield* Breaker.make({ maxFailures: 1, maxRetryAfter: "5 minutes" })
      const busy = (retryAfter: number) => (name: string) =>
        breaker.protect(name, fails, { outcome: () => Breaker.failure({ retryAfter }) })
      yield* Effect.exit(busy(90_000)("a"))
      yield* Effect.exit(busy(900_000)("b"))
      yield* Effect.exit(busy(10)("c"))
      const open = yield* Effect.forEach(["a", "b", "c"], breaker.state)
      assert.deepStrictEqual(
        open.map((state) => (state._tag === "Open" ? state.retryAfterMillis : undefined)),
        [90_000, 300_000, 60_000],
      )
    }),
  )

  it.effect("is not confused with the refusal of a circuit inside of the call", () =>
    Effect.gen(function* () {
      const inner = yield* opened()
      const outer = yield* Breaker.make()
      const rejection = yield* rejectionOf(outer.protect("outer", inner.protect(key, fails)))
      assert.strictEqual(rejection.key, key)
      assert.strictEqual((yield* outer.state("outer"))._tag, "Closed")
    }),
  )

  it.effect("can open by the share of failures", () =>
    Effect.gen(function* () {
      const breaker = yield* Breaker.make({
        failureRate: { threshold: 0.5, size: 10, minimumCalls: 4 },
      })
      for (const call of [fails, Effect.void, fails]) {
        yield* Effect.exit(breaker.protect(key, call))
      }
      assert.strictEqual((yield* breaker.state(key))._tag, "Closed")
      yield* breaker.protect(key, Effect.void)
      assert.strictEqual((yield* breaker.state(key))._tag, "Open")
    }),
  )
})

describe("an operator", () => {
  it.effect("can force a circuit open until it is reset", () =>
    Effect.gen(function* () {
      const breaker = yield* Breaker.make()
      assert.strictEqual(yield* breaker.forceOpen(key), "ThisProcess")
      yield* TestClock.adjust("1 day")
      const rejection = yield* rejectionOf(breaker.protect(key, Effect.void))
      assert.deepInclude(rejection, { circuit: "ForcedOpen", retryAfterMillis: 60_000 })
      assert.deepStrictEqual(yield* breaker.state(key), {
        _tag: "ForcedOpen",
        key,
        millisLeft: undefined,
      })
      yield* breaker.reset(key)
      yield* breaker.protect(key, Effect.void)
    }),
  )

  it.effect("can force a circuit open for a while", () =>
    Effect.gen(function* () {
      const breaker = yield* Breaker.make()
      yield* breaker.forceOpen(key, "5 minutes")
      yield* TestClock.adjust("299 seconds")
      const rejection = yield* rejectionOf(breaker.protect(key, Effect.void))
      assert.strictEqual(rejection.retryAfterMillis, 1_000)
      yield* TestClock.adjust("1 second")
      yield* breaker.protect(key, Effect.void)
    }),
  )

  it.effect("can force a circuit closed, whatever its calls say", () =>
    Effect.gen(function* () {
      const breaker = yield* opened()
      yield* breaker.forceClosed(key)
      const exits = yield* times(10, breaker.protect(key, fails))
      assert.isTrue(exits.every((exit) => Exit.isFailure(exit)))
      assert.strictEqual(yield* Effect.flip(breaker.protect(key, fails)), "refused")
      assert.strictEqual((yield* breaker.state(key))._tag, "ForcedClosed")
    }),
  )

  it.effect("can begin a circuit anew, and calls of before change nothing", () =>
    Effect.gen(function* () {
      const breaker = yield* Breaker.make({ maxFailures: 1 })
      const old = yield* Effect.forkChild(
        breaker.protect(key, Effect.andThen(Effect.sleep("1 second"), fails)),
        { startImmediately: true },
      )
      yield* breaker.reset(key)
      yield* TestClock.adjust("1 second")
      yield* Fiber.await(old)
      assert.strictEqual((yield* breaker.state(key))._tag, "Closed")
    }),
  )
})

describe("changes", () => {
  it.effect("are streamed, forced ones included", () =>
    Effect.gen(function* () {
      const breaker = yield* Breaker.make()
      const seen = yield* Effect.forkChild(Stream.runCollect(Stream.take(breaker.changes, 6)), {
        startImmediately: true,
      })
      yield* times(3, breaker.protect(key, fails))
      yield* TestClock.adjust("60 seconds")
      yield* breaker.protect(key, Effect.void)
      yield* breaker.forceOpen(key)
      yield* breaker.forceClosed(key)
      yield* breaker.reset(key)
      assert.deepStrictEqual(yield* Fiber.join(seen), [
        { key, from: "Closed", to: "Open", at: 0, openMillis: 60_000 },
        { key, from: "Open", to: "HalfOpen", at: 60_000 },
        { key, from: "HalfOpen", to: "Closed", at: 60_000 },
        { key, from: "Closed", to: "ForcedOpen", at: 60_000 },
        { key, from: "ForcedOpen", to: "ForcedClosed", at: 60_000 },
        { key, from: "ForcedClosed", to: "Closed", at: 60_000 },
      ])
    }),
  )

  it.effect("are logged, openings as warnings", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        lines.push(`${logLevel} ${String(message)}`)
      })
      yield* Effect.gen(function* () {
        const breaker = yield* opened()
        yield* TestClock.adjust("60 seconds")
        yield* breaker.protect(key, Effect.void)
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.deepStrictEqual(lines, [
        "Warn Circuit of sandbox.api.visa.com: Closed to Open",
        "Info Circuit of sandbox.api.visa.com: Open to HalfOpen",
        "Info Circuit of sandbox.api.visa.com: HalfOpen to Closed",
      ])
    }),
  )
})

/** A store outside of this process, which answers or does not. */
const awayStore = Effect.gen(function* () {
  const store = yield* BreakerStore
  let answers = true
  let asked = 0
  const gate = <A, E, R>(command: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      asked++
      return answers ? command : Effect.never
    })
  return {
    become: (next: boolean) => {
      answers = next
    },
    asked: () => asked,
    store: BreakerStore.of({
      ...store,
      remote: true,
      override: (name) => gate(store.override(name)),
      circuits: {
        admit: (name) => gate(store.circuits.admit(name)),
        record: (outcome) => gate(store.circuits.record(outcome)),
        state: (name) => gate(store.circuits.state(name)),
      },
    }),
  }
}).pipe(Effect.provide(Breaker.layerStoreMemory))

describe("a store that does not answer", () => {
  const waiting = <A, E>(call: Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(call, { startImmediately: true })
      yield* TestClock.adjust("250 millis")
      return yield* Fiber.join(fiber)
    })

  it.effect("is waited for once, not asked for 5 seconds, and then used again", () =>
    Effect.gen(function* () {
      const { asked, become, store } = yield* awayStore
      const breaker = yield* Breaker.make().pipe(Effect.provideService(BreakerStore, store))
      yield* breaker.protect(key, Effect.void)
      become(false)
      yield* waiting(breaker.protect(key, Effect.void))
      const before = asked()
      yield* times(3, breaker.protect(key, fails))
      assert.strictEqual((yield* breaker.state(key))._tag, "Open")
      assert.strictEqual(asked(), before)
      become(true)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* breaker.state(key))._tag, "Closed")
      assert.isAbove(asked(), before)
    }),
  )

  it.effect("does not undo what an operator has decided before", () =>
    Effect.gen(function* () {
      const { become, store } = yield* awayStore
      const breaker = yield* Breaker.make().pipe(Effect.provideService(BreakerStore, store))
      yield* breaker.forceOpen(key)
      yield* rejectionOf(breaker.protect(key, Effect.void))
      become(false)
      // Longer than what was heard is believed without asking.
      yield* TestClock.adjust("1 second")
      const rejection = yield* waiting(rejectionOf(breaker.protect(key, Effect.void)))
      assert.strictEqual(rejection.circuit, "ForcedOpen")
    }),
  )

  it.effect("does not keep a refused caller waiting: an open circuit is known for a second", () =>
    Effect.gen(function* () {
      const { asked, store } = yield* awayStore
      const breaker = yield* Breaker.make().pipe(Effect.provideService(BreakerStore, store))
      yield* times(3, breaker.protect(key, fails))
      const before = asked()
      yield* times(1_000, breaker.protect(key, fails))
      assert.strictEqual(asked(), before)
      yield* TestClock.adjust("1 second")
      yield* times(1_000, breaker.protect(key, fails))
      // Once whether an operator has decided, once whether it still is open.
      assert.strictEqual(asked(), before + 2)
    }),
  )
})

describe("metrics", () => {
  it.effect("show how many circuits are in which state, what changed and what was refused", () =>
    Effect.gen(function* () {
      const breaker = yield* opened({ protects: "jwks" })
      yield* breaker.protect("other", Effect.void)
      yield* breaker.forceOpen("third")
      yield* times(2, breaker.protect(key, fails))
      const page = yield* PrometheusMetrics.format()
      for (const line of [
        'visa_direct_circuit_breaker_state{state="open"} 2',
        'visa_direct_circuit_breaker_state{state="closed"} 1',
        'visa_direct_circuit_breaker_state{state="half_open"} 0',
        'visa_direct_circuit_breaker_open{breaker="jwks"} 2',
        'visa_direct_circuit_breaker_transitions_total{breaker="jwks",state="open"} 2',
        'visa_direct_circuit_breaker_rejections_total{breaker="jwks"} 2',
      ]) {
        assert.include(page, line)
      }
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
  )
})

describe("options", () => {
  const wrong: ReadonlyArray<readonly [what: string, field: string, options: BreakerOptions]> = [
    ["no failures", "breaker.maxFailures", { maxFailures: 0 }],
    ["half a failure", "breaker.maxFailures", { maxFailures: 1.5 }],
    ["a share above 1", "breaker.failureRate", { failureRate: { threshold: 2 } }],
    ["two ways to open", "breaker.failureRate", { failureRate: {}, maxFailures: 3 }],
    ["no open time", "breaker.openDuration", { openDuration: 0 }],
    ["an empty schedule", "breaker.openDuration", { openDuration: Schedule.recurs(0) }],
    ["a negative limit", "breaker.maxRetryAfter", { maxRetryAfter: -1 }],
    ["a slow call of no time", "breaker.slowCallDuration", { slowCallDuration: 0 }],
    ["an endless wait", "breaker.storeTimeout", { storeTimeout: Number.POSITIVE_INFINITY }],
  ]
  for (const [what, field, options] of wrong) {
    it.effect(`are refused with the option's name: ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Breaker.make(options))
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, field)
      }),
    )
  }

  const configured = (env: Record<string, string>) =>
    Breaker.layerConfig.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

  it.effect("come from the environment, with openings that double up to a maximum", () =>
    Effect.gen(function* () {
      const breaker = yield* Breaker
      const open: Array<number> = []
      for (let opening = 0; opening < 4; opening++) {
        yield* Effect.exit(breaker.protect(key, fails))
        const state = yield* breaker.state(key)
        const millis = state._tag === "Open" ? state.retryAfterMillis : Number.NaN
        open.push(millis)
        yield* TestClock.adjust(millis)
      }
      assert.deepStrictEqual(open, [10_000, 20_000, 30_000, 30_000])
    }).pipe(
      Effect.provide(
        configured({
          VISA_DIRECT_BREAKER_MAX_FAILURES: "1",
          VISA_DIRECT_BREAKER_OPEN_DURATION: "10 seconds",
          VISA_DIRECT_BREAKER_MAX_OPEN_DURATION: "30 seconds",
        }),
      ),
    ),
  )

  it.effect("from the environment are refused by the variable's name", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Layer.build(configured({ VISA_DIRECT_BREAKER_MAX_FAILURES: "many" })),
      )
      assert.strictEqual(error.reason.field, "VISA_DIRECT_BREAKER_MAX_FAILURES")
    }),
  )
})
