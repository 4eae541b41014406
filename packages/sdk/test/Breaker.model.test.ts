import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Option, References, Schedule, Stream } from "effect"
import type { Scope } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { Breaker } from "../src/Breaker.ts"
import type { BreakerChange, BreakerState, CircuitRejection } from "../src/Breaker.ts"
import type { VisaError } from "../src/VisaError.ts"

/**
 * The state machine against a model: any sequence of calls that begin and end, of outcomes, of clock
 * moves and of an operator's decisions. The model is written from the documentation of `Breaker`, as one
 * plain record per circuit; after every step both must say the same.
 */
const key = "host"
const maxFailures = 3
const slowCallMillis = 5_000
const openMillis = (opening: number) => Math.min(1_000 * 2 ** (opening - 1), 8_000)

type End = "success" | "failure" | "ignored" | "defect" | "interrupt"

type Step =
  | { readonly do: "begin" }
  | { readonly do: "end"; readonly which: number; readonly end: End }
  | { readonly do: "wait"; readonly millis: number }
  | { readonly do: "forceOpen" | "forceClosed"; readonly millis: number | undefined }
  | { readonly do: "reset" }

interface Running {
  readonly id: number
  readonly startedAt: number
  /** Which life of the circuit admitted it; its outcome counts in no other. Absent: not counted. */
  readonly life: number | undefined
  /** Openings in the row when it was admitted: if it opens the circuit, that decides for how long. */
  readonly openings: number
}

type Prediction =
  | { readonly made: true }
  | {
      readonly made: false
      readonly circuit: CircuitRejection["circuit"]
      readonly retryAfterMillis: number
    }

class Model {
  now = 0
  life = 0
  circuit: "Closed" | "Open" | "HalfOpen" = "Closed"
  failures = 0
  openings = 0
  openUntil = 0
  lastOpen = 0
  /** When the row of openings ends, if the circuit stays closed. */
  rowEnds = 0
  probing = false
  forced:
    | { readonly to: "ForcedOpen" | "ForcedClosed"; readonly until: number | undefined }
    | undefined
  running: ReadonlyArray<Running> = []
  changes: Array<BreakerChange> = []
  private ids = 0

  private move(to: BreakerState["_tag"], openFor?: number) {
    const from = this.state._tag
    if (from !== to) {
      this.changes.push({
        key,
        from,
        to,
        at: this.now,
        ...(openFor === undefined ? {} : { openMillis: openFor }),
      })
    }
  }

  get state(): BreakerState {
    const { forced } = this
    if (forced !== undefined && (forced.until === undefined || this.now < forced.until)) {
      const millisLeft = forced.until === undefined ? undefined : forced.until - this.now
      return { _tag: forced.to, key, millisLeft }
    }
    const consecutiveOpenings = this.openings
    switch (this.circuit) {
      case "Closed":
        return { _tag: "Closed", key }
      case "Open": {
        const retryAfterMillis = Math.max(0, this.openUntil - this.now)
        return { _tag: "Open", key, retryAfterMillis, consecutiveOpenings }
      }
      case "HalfOpen":
        return { _tag: "HalfOpen", key, probing: this.probing, consecutiveOpenings }
    }
  }

  begin(): Prediction {
    const { state } = this
    const run = (life: number | undefined): Prediction => {
      this.running = [
        ...this.running,
        { id: this.ids++, startedAt: this.now, life, openings: this.openings },
      ]
      return { made: true }
    }
    switch (state._tag) {
      case "ForcedOpen": {
        const retryAfterMillis = state.millisLeft ?? openMillis(1)
        return { made: false, circuit: "ForcedOpen", retryAfterMillis }
      }
      case "ForcedClosed":
        return run(undefined)
      case "Closed": {
        if (this.now >= this.rowEnds) this.openings = 0
        return run(this.life)
      }
      case "Open": {
        const { retryAfterMillis } = state
        if (retryAfterMillis > 0) return { made: false, circuit: "Open", retryAfterMillis }
        this.changes.push({ key, from: "Open", to: "HalfOpen", at: this.now })
        this.circuit = "HalfOpen"
        break
      }
      case "HalfOpen":
        if (state.probing) return { made: false, circuit: "HalfOpen", retryAfterMillis: 1_000 }
    }
    this.probing = true
    this.life++
    return run(this.life)
  }

  end(call: Running, end: End) {
    this.running = this.running.filter(({ id }) => id !== call.id)
    if (call.life !== this.life) return
    const slow = this.now - call.startedAt >= slowCallMillis
    const outcome =
      end === "interrupt" || end === "ignored"
        ? "ignored"
        : end === "success" && !slow
          ? "success"
          : "failure"
    if (this.circuit === "HalfOpen") {
      if (outcome === "ignored") this.probing = false
      else if (outcome === "failure") this.open("HalfOpen", call.openings)
      else this.close()
    } else if (outcome !== "ignored") {
      this.failures = outcome === "failure" ? this.failures + 1 : 0
      if (this.failures >= maxFailures) this.open("Closed", call.openings)
    }
  }

  private open(from: "Closed" | "HalfOpen", openingsBefore: number) {
    this.openings++
    this.lastOpen = openMillis(openingsBefore + 1)
    this.openUntil = this.now + this.lastOpen
    this.changes.push({ key, from, to: "Open", at: this.now, openMillis: this.lastOpen })
    this.circuit = "Open"
    this.life++
    this.failures = 0
    this.probing = false
  }

  private close() {
    this.changes.push({ key, from: "HalfOpen", to: "Closed", at: this.now })
    this.circuit = "Closed"
    this.rowEnds = this.now + this.lastOpen
    this.life++
    this.failures = 0
    this.probing = false
  }

  force(to: "ForcedOpen" | "ForcedClosed", millis: number | undefined) {
    this.move(to)
    this.forced = { to, until: millis === undefined ? undefined : this.now + millis }
  }

  reset() {
    this.move("Closed")
    this.forced = undefined
    this.circuit = "Closed"
    this.life++
    this.failures = 0
    this.openings = 0
    this.rowEnds = 0
    this.probing = false
  }
}

const millis = fc.oneof(
  fc.constantFrom(1, 500, 1_000, 2_000, 4_000, 8_000),
  fc.integer({ min: 0, max: 10_000 }),
)
const forcedMillis = fc.option(fc.constantFrom(1, 500, 3_000), { nil: undefined })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Step>({ do: "begin" }) },
  {
    weight: 18,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      which: fc.nat(),
      end: fc.oneof(
        { weight: 4, arbitrary: fc.constant<End>("failure") },
        {
          weight: 3,
          arbitrary: fc.constantFrom<End>("success", "ignored", "defect", "interrupt"),
        },
      ),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait" as const), millis }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("forceOpen" as const, "forceClosed" as const),
      millis: forcedMillis,
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "reset" }) },
)

interface Call {
  readonly fiber: Fiber.Fiber<string, string | CircuitRejection>
  readonly finish: Deferred.Deferred<string, string>
}

const follow = Effect.fnUntraced(function* (
  steps: ReadonlyArray<Step>,
): Effect.fn.Return<void, VisaError, Scope.Scope> {
  const breaker = yield* Breaker.make({
    maxFailures,
    slowCallDuration: slowCallMillis,
    openDuration: Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("8 seconds")]),
  })
  const changes: Array<BreakerChange> = []
  yield* Effect.forkScoped(
    Stream.runForEach(breaker.changes, (change) => Effect.sync(() => changes.push(change))),
    { startImmediately: true },
  )
  const model = new Model()
  let calls: ReadonlyArray<Call> = []

  for (const each of steps) {
    switch (each.do) {
      case "wait": {
        model.now += each.millis
        yield* TestClock.adjust(each.millis)
        break
      }
      case "begin": {
        const predicted = model.begin()
        const finish = yield* Deferred.make<string, string>()
        let made = false
        const fiber = yield* Effect.forkScoped(
          breaker.protect(
            key,
            Effect.suspend(() => {
              made = true
              return Deferred.await(finish)
            }),
            {
              outcome: (exit) =>
                Exit.isSuccess(exit)
                  ? exit.value === "ignored"
                    ? Breaker.ignored
                    : Breaker.success
                  : Breaker.failure(),
            },
          ),
          { startImmediately: true },
        )
        assert.strictEqual(made, predicted.made)
        if (predicted.made) {
          calls = [...calls, { fiber, finish }]
        } else {
          const { circuit, retryAfterMillis } = predicted
          const exit = yield* Fiber.await(fiber)
          const rejection = Option.getOrThrow(Exit.findErrorOption(exit))
          assert.deepInclude(rejection, { key, circuit, retryAfterMillis })
        }
        break
      }
      case "end": {
        if (calls.length === 0) break
        const which = each.which % calls.length
        const [call, running] = [calls[which], model.running[which]]
        assert(call !== undefined && running !== undefined)
        calls = calls.filter((other) => other !== call)
        model.end(running, each.end)
        switch (each.end) {
          case "interrupt":
            yield* Fiber.interrupt(call.fiber)
            break
          case "failure":
            yield* Deferred.fail(call.finish, "failure")
            break
          case "defect":
            yield* Deferred.die(call.finish, "defect")
            break
          default:
            yield* Deferred.succeed(call.finish, each.end)
        }
        yield* Fiber.await(call.fiber)
        break
      }
      case "reset": {
        model.reset()
        yield* breaker.reset(key)
        break
      }
      default: {
        model.force(each.do === "forceOpen" ? "ForcedOpen" : "ForcedClosed", each.millis)
        yield* breaker[each.do](key, each.millis)
      }
    }
    assert.deepStrictEqual(yield* breaker.state(key), model.state)
    yield* Effect.yieldNow
    assert.deepStrictEqual(changes, model.changes)
  }
})

describe("a circuit", () => {
  it("does what its model says, whatever happens in whatever order", () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 80, size: "max" }), (steps) =>
        Effect.runPromise(
          follow(steps).pipe(
            Effect.scoped,
            Effect.provide(TestClock.layer()),
            Effect.provideService(References.MinimumLogLevel, "None"),
          ),
        ),
      ),
      { numRuns: 200 },
    ))
})
