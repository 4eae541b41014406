import { assert, describe, it } from "@effect/vitest"
import {
  Clock,
  ConfigProvider,
  Duration,
  Effect,
  Fiber,
  Layer,
  Random,
  Schedule,
  Schema,
} from "effect"
import { TestClock } from "effect/testing"
import { RetryBudget } from "../src/RetryBudget.ts"
import { repeats, RetryPolicy } from "../src/RetryPolicy.ts"
import type { OperationClass, RetryOptions } from "../src/RetryPolicy.ts"
import { catalogue, VisaError } from "../src/VisaError.ts"
import type { ReasonFields, Tag } from "../src/VisaError.ts"

const operations = {
  moves: { name: "moves", money: "moves" },
  changes: { name: "changes", money: "none", changes: true },
  reports: { name: "reports", money: "reports" },
  reads: { name: "reads", money: "none" },
} as const

const roles = Object.keys(operations) as ReadonlyArray<OperationClass>
const tags = Object.keys(catalogue) as ReadonlyArray<Tag>

const between = (minimum: number, maximum: number) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const contextOf = (role: OperationClass) => ({ money: operations[role].money })

/** Randomness that draws this number for ever. */
const drawing = (double: number) =>
  Layer.succeed(Random.Random, { nextDoubleUnsafe: () => double, nextIntUnsafe: () => 0 })

const plenty = RetryBudget.layer({ capacity: 1_000_000 })

const policy = (options?: RetryOptions) => RetryPolicy.layer(options).pipe(Layer.provide(plenty))

/** The times, from the first attempt on, at which an operation that always fails is attempted. */
const attemptTimes = Effect.fnUntraced(function* (
  role: OperationClass,
  error: VisaError,
  durationMillis = 0,
) {
  const retry = yield* RetryPolicy
  const startedAt = yield* Clock.currentTimeMillis
  const times: Array<number> = []
  const numbers: Array<number> = []
  const fiber = yield* Effect.forkChild(
    Effect.flip(
      retry.repeat(operations[role], (number) =>
        Effect.gen(function* () {
          numbers.push(number)
          times.push((yield* Clock.currentTimeMillis) - startedAt)
          yield* Effect.sleep(durationMillis)
          return yield* error
        }),
      ),
    ),
  )
  yield* TestClock.adjust("1 hour")
  assert.strictEqual(yield* Fiber.join(fiber), error)
  assert.deepStrictEqual(
    numbers,
    times.map((_, index) => index + 1),
  )
  return times
})

const failing = (
  role: OperationClass,
  tag: Tag,
  fields: ReasonFields = {},
  httpStatus?: number,
): VisaError => VisaError.of(tag, fields, { ...contextOf(role), httpStatus })

describe("the pauses", () => {
  it.effect("double from attempt to attempt up to their maximum", () =>
    Effect.gen(function* () {
      const times = yield* attemptTimes("reads", failing("reads", "ConnectionRefused"))
      assert.deepStrictEqual(times, [0, 50, 150, 350, 650, 950])
    }).pipe(
      Effect.provide([
        policy({
          reads: { attempts: 6, pauses: RetryPolicy.fullJitter("100 millis", "600 millis") },
        }),
        drawing(0.5),
      ]),
    ),
  )

  it.effect.prop(
    "are drawn from zero to their bound",
    [
      between(1, 10_000),
      between(1, 100_000),
      Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true })),
    ],
    ([first, max, part]) =>
      Effect.gen(function* () {
        const step = yield* Schedule.toStep(RetryPolicy.fullJitter(first, max))
        for (let n = 1; n <= 12; n++) {
          const [, pause] = yield* step(0, undefined)
          const bound = Math.min(max, first * 2 ** (n - 1))
          assert.closeTo(Duration.toMillis(pause), part * bound, 1e-3)
          assert.isAtMost(Duration.toMillis(pause), bound)
        }
      }).pipe(Effect.provide(drawing(part))),
  )

  it.effect("of two callers are not the same", () =>
    Effect.gen(function* () {
      const error = failing("reads", "ConnectionRefused")
      const [one, other] = [
        yield* attemptTimes("reads", error),
        yield* attemptTimes("reads", error),
      ]
      assert.notDeepEqual(one, other)
    }).pipe(Effect.provide(policy()), Random.withSeed("two callers")),
  )

  it.effect("can be any Schedule, and end with it", () =>
    Effect.gen(function* () {
      const times = yield* attemptTimes("moves", failing("moves", "ConnectTimeout"))
      assert.deepStrictEqual(times, [0, 7, 14])
    }).pipe(
      Effect.provide(
        policy({
          moves: {
            attempts: 100,
            pauses: Schedule.spaced("7 millis").pipe(Schedule.upTo({ times: 2 })),
          },
        }),
      ),
    ),
  )

  it.effect("end when the next attempt would begin too late, counted from the first", () =>
    Effect.gen(function* () {
      // Attempts of 400 ms, pauses of 100 ms: they begin at 0, 500 and 1,000.
      const times = yield* attemptTimes("moves", failing("moves", "ConnectTimeout"), 400)
      assert.deepStrictEqual(times, [0, 500, 1_000])
    }).pipe(
      Effect.provide(
        policy({
          moves: { attempts: 100, pauses: Schedule.spaced("100 millis"), within: "1400 millis" },
        }),
      ),
    ),
  )

  it.effect("by default end with the default attempts of the class", () =>
    Effect.gen(function* () {
      for (const role of roles) {
        const times = yield* attemptTimes(role, failing(role, "ConnectionFailed"))
        assert.strictEqual(times.length, RetryPolicy.defaults[role].attempts)
      }
    }).pipe(Effect.provide([policy(), drawing(0)])),
  )
})

describe("Retry-After", () => {
  const options = {
    reads: { attempts: 2, pauses: Schedule.spaced("100 millis"), maxRetryAfter: "10 seconds" },
  } as const

  it.effect("is waited for, and the pause after it", () =>
    Effect.gen(function* () {
      const limited = failing("reads", "RateLimited", { retryAfterMillis: 3_000 })
      assert.deepStrictEqual(yield* attemptTimes("reads", limited), [0, 3_100])
    }).pipe(Effect.provide(policy(options))),
  )

  it.effect("is waited for up to its ceiling", () =>
    Effect.gen(function* () {
      const limited = failing("reads", "RateLimited", { retryAfterMillis: 10_000 })
      assert.deepStrictEqual(yield* attemptTimes("reads", limited), [0, 10_100])
    }).pipe(Effect.provide(policy(options))),
  )

  it.effect("above its ceiling ends the call: coming back sooner would be no use", () =>
    Effect.gen(function* () {
      const limited = failing("reads", "RateLimited", { retryAfterMillis: 10_001 })
      assert.deepStrictEqual(yield* attemptTimes("reads", limited), [0])
    }).pipe(Effect.provide(policy(options))),
  )
})

describe("what is repeated", () => {
  const twice = { attempts: 2, pauses: Schedule.spaced(0) } as const
  const everything = policy({
    moves: { ...twice, repeats: "refused" },
    changes: twice,
    reports: twice,
    reads: twice,
  })

  const isRepeated = (role: OperationClass, error: VisaError) =>
    Effect.map(attemptTimes(role, error), (times) => times.length === 2)

  it.effect("of what moves money only what says that none has moved, whatever the tag", () =>
    Effect.gen(function* () {
      for (const tag of tags) {
        const error = failing("moves", tag)
        if (yield* isRepeated("moves", error)) {
          assert.strictEqual(error.money, "NotMoved", tag)
          assert.include(["Now", "Later"], error.retry, tag)
        }
      }
    }).pipe(Effect.provide(everything)),
  )

  it.effect("of what moves money, by default, exactly what was never sent", () =>
    Effect.gen(function* () {
      const repeated: Array<Tag> = []
      for (const tag of tags) {
        if (yield* isRepeated("moves", failing("moves", tag))) repeated.push(tag)
      }
      const never = tags.filter((tag) => catalogue[tag].retry === "Now")
      assert.sameMembers(repeated, never)
      assert.sameMembers([...repeats.unsent], never)
    }).pipe(Effect.provide(policy({ moves: twice }))),
  )

  it.effect("never an answer: a decline or a refusal for what is in the request", () =>
    Effect.gen(function* () {
      const answers = ["decline", "request", "compliance", "quote", "configuration", "return"]
      for (const role of roles) {
        for (const tag of tags.filter((tag) => answers.includes(catalogue[tag].category))) {
          assert.isFalse(yield* isRepeated(role, failing(role, tag)), `${role} ${tag}`)
        }
      }
    }).pipe(Effect.provide(everything)),
  )

  it.effect("of what only asks also what leaves open whether it was done", () =>
    Effect.gen(function* () {
      for (const tag of ["ResponseTimeout", "ConnectionLost", "ServiceUnavailable"] as const) {
        assert.isTrue(yield* isRepeated("reports", failing("reports", tag)), tag)
        assert.isTrue(yield* isRepeated("reads", failing("reads", tag)), tag)
        assert.isFalse(yield* isRepeated("changes", failing("changes", tag)), tag)
        assert.isFalse(yield* isRepeated("moves", failing("moves", tag)), tag)
      }
    }).pipe(Effect.provide(everything)),
  )

  it.effect("not a status that says: still processing", () =>
    Effect.gen(function* () {
      assert.isFalse(yield* isRepeated("reports", failing("reports", "StillProcessing")))
    }).pipe(Effect.provide(everything)),
  )

  it.effect("statuses without a row from 500 on", () =>
    Effect.gen(function* () {
      const status = (role: OperationClass, httpStatus: number) =>
        isRepeated(role, failing(role, "UnexpectedStatus", {}, httpStatus))
      assert.isTrue(yield* status("reads", 502))
      assert.isFalse(yield* status("reads", 418))
      assert.isFalse(yield* status("moves", 502))
      assert.isFalse(yield* status("changes", 502))
    }).pipe(Effect.provide(everything)),
  )

  it.effect("nothing, where the policy of the class is none", () =>
    Effect.gen(function* () {
      assert.isFalse(yield* isRepeated("reads", failing("reads", "ConnectionRefused")))
      assert.isTrue(yield* isRepeated("reports", failing("reports", "ConnectionRefused")))
    }).pipe(Effect.provide(policy({ reads: "none", reports: twice }))),
  )

  it.effect("nothing within RetryPolicy.once", () =>
    Effect.gen(function* () {
      const refused = failing("reads", "ConnectionRefused")
      assert.isFalse(yield* RetryPolicy.once(isRepeated("reads", refused)))
      assert.isTrue(yield* isRepeated("reads", refused))
    }).pipe(Effect.provide(everything)),
  )

  it.effect("nothing after a success, which comes with the number of its attempt", () =>
    Effect.gen(function* () {
      const retry = yield* RetryPolicy
      const number = yield* retry.repeat(operations.reads, (attempt) =>
        attempt < 2 ? failing("reads", "ConnectionRefused") : Effect.succeed(attempt),
      )
      assert.strictEqual(number, 2)
    }).pipe(Effect.provide(everything), TestClock.withLive),
  )
})

describe("the budget in an outage", () => {
  it.effect.prop(
    "N callers make at most N + capacity + ratio × N attempts",
    [between(1, 300), between(0, 50)],
    ([callers, capacity]) =>
      Effect.gen(function* () {
        const retry = yield* RetryPolicy
        let attempts = 0
        const call = retry.repeat(operations.reads, () => {
          attempts += 1
          return failing("reads", "ServiceUnavailable")
        })
        const fiber = yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: callers }), () => Effect.flip(call), {
            concurrency: "unbounded",
          }),
        )
        yield* TestClock.adjust("1 hour")
        const errors = yield* Fiber.join(fiber)
        assert.isTrue(errors.every(({ reason }) => reason._tag === "ServiceUnavailable"))
        assert.isAtMost(attempts, callers + capacity + callers * 0.1)
        assert.isAtLeast(attempts, Math.min(callers + capacity, callers * 2))
      }).pipe(
        Effect.provide(
          RetryPolicy.layer({ reads: { attempts: 5 } }).pipe(
            Layer.provide(RetryBudget.layer({ ratio: 0.1, perSecond: 0, capacity })),
          ),
        ),
      ),
    { arbitrary: { runs: 30 } },
  )

  it.effect("is shared by the policies of a program", () =>
    Effect.gen(function* () {
      const refused = failing("reads", "ConnectionRefused")
      const times = [
        (yield* attemptTimes("reads", refused).pipe(Effect.provide(RetryPolicy.layer()))).length,
        (yield* attemptTimes("reads", refused).pipe(Effect.provide(RetryPolicy.layer()))).length,
      ]
      assert.deepStrictEqual(times, [3, 2])
    }).pipe(Effect.provide(RetryBudget.layer({ ratio: 0, perSecond: 0, capacity: 3 }))),
  )
})

describe("options", () => {
  // What types forbid, callers in JavaScript can still hand over.
  const wrong: ReadonlyArray<readonly [options: object, field: string]> = [
    [{ moves: { repeats: "failed" } }, "retry.moves.repeats"],
    [{ changes: { repeats: "failed" } }, "retry.changes.repeats"],
    [{ reads: { repeats: "always" } }, "retry.reads.repeats"],
    [{ reads: { attempts: 0 } }, "retry.reads.attempts"],
    [{ reports: { attempts: 1.5 } }, "retry.reports.attempts"],
    [{ reads: { pauses: "1 second" } }, "retry.reads.pauses"],
    [{ reads: { within: "soon" } }, "retry.reads.within"],
    [{ reads: { maxRetryAfter: "later" } }, "retry.reads.maxRetryAfter"],
  ]
  for (const [options, field] of wrong) {
    it.effect(`refuses ${JSON.stringify(options)}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(RetryPolicy.make(options))
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, field)
      }).pipe(Effect.provide(plenty)),
    )
  }

  const environment = (env: Record<string, string>) =>
    RetryPolicy.layerConfig.pipe(
      Layer.provide(plenty),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))),
    )

  it.effect("come from the environment, for all classes", () =>
    Effect.gen(function* () {
      for (const role of roles) {
        const refused = failing(role, "ConnectionRefused")
        assert.strictEqual((yield* attemptTimes(role, refused)).length, 5)
        const asked = failing(role, "ConnectionRefused", { retryAfterMillis: 1_500 })
        assert.deepStrictEqual(yield* attemptTimes(role, asked), [0, 1_500])
        const asksTooMuch = failing(role, "ConnectionRefused", { retryAfterMillis: 2_001 })
        assert.deepStrictEqual(yield* attemptTimes(role, asksTooMuch), [0])
      }
    }).pipe(
      Effect.provide([
        environment({
          VISA_DIRECT_RETRY_ATTEMPTS: "5",
          VISA_DIRECT_RETRY_WITHIN: "2 seconds",
          VISA_DIRECT_RETRY_MAX_RETRY_AFTER: "2 seconds",
        }),
        drawing(0),
      ]),
    ),
  )

  it.effect("one attempt in the environment repeats nothing", () =>
    Effect.gen(function* () {
      for (const role of roles) {
        const refused = failing(role, "ConnectionRefused")
        assert.deepStrictEqual(yield* attemptTimes(role, refused), [0])
      }
    }).pipe(Effect.provide(environment({ VISA_DIRECT_RETRY_ATTEMPTS: "1" }))),
  )

  it.effect("that cannot be read name their variable", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(environment({ VISA_DIRECT_RETRY_ATTEMPTS: "many" }))),
      )
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      assert.strictEqual(error.reason.field, "VISA_DIRECT_RETRY_ATTEMPTS")
    }),
  )
})
