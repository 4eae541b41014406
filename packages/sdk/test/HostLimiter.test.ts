import { assert, describe, it } from "@effect/vitest"
import { Clock, ConfigProvider, Effect, Exit, Fiber, Layer, Logger, Schema } from "effect"
import * as RateLimiter from "effect/persistence/RateLimiter"
import { TestClock } from "effect/testing"
import { HostLimiter } from "../src/HostLimiter.ts"
import type { HostLimiterOptions } from "../src/HostLimiter.ts"
import { VisaError } from "../src/VisaError.ts"
import type { MoneyRole } from "../src/VisaError.ts"

const host = "api.visa.com"
const moves = { money: "moves" } as const

const limiterOf = (options?: HostLimiterOptions) => HostLimiter.make(options)

/** A call that says when it was let through, in milliseconds of the test's clock. */
const passed = (limiter: HostLimiter["Service"], to = host) =>
  limiter.pace(to, moves)(Clock.currentTimeMillis)

/** What became of calls that all come now: when each was let through, or when to come back. */
const together = Effect.fnUntraced(function* (limiter: HostLimiter["Service"], count: number) {
  const fibers = yield* Effect.forEach(Array.from({ length: count }), () =>
    Effect.forkChild(Effect.result(passed(limiter))),
  )
  yield* TestClock.adjust("1 hour")
  return yield* Effect.forEach(fibers, (fiber) =>
    Effect.map(Fiber.join(fiber), (result) =>
      result._tag === "Success"
        ? result.success
        : `${result.failure.reason._tag} ${result.failure.reason.retryAfterMillis}`,
    ),
  )
})

const refusedBy = (limiter: HostLimiter["Service"], retryAfterMillis?: number, from = host) =>
  Effect.flip(
    limiter.pace(from, moves)(Effect.fail(VisaError.of("RateLimited", { retryAfterMillis }))),
  )

describe("without a limit of its own", () => {
  it.effect("lets everything through at once", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf()
      assert.deepStrictEqual(
        yield* together(limiter, 500),
        Array.from({ length: 500 }, () => 0),
      )
    }),
  )

  it.effect("passes results and errors on", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf()
      assert.strictEqual(yield* limiter.pace(host, moves)(Effect.succeed("paid")), "paid")
      const declined = VisaError.of("InsufficientFunds")
      assert.strictEqual(
        yield* Effect.flip(limiter.pace(host, moves)(Effect.fail(declined))),
        declined,
      )
    }),
  )
})

describe("with a limit", () => {
  it.effect("lets a full bucket through, then one for each part of the window", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ limit: 4, window: "1 second" })
      assert.deepStrictEqual(yield* together(limiter, 8), [0, 0, 0, 0, 250, 500, 750, 1_000])
    }),
  )

  it.effect("refuses at once what would wait too long, and says how long that is", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ limit: 2, window: "1 second", maxWait: "1200 millis" })
      assert.deepStrictEqual(yield* together(limiter, 6), [
        0,
        0,
        500,
        1_000,
        "RateLimiterBusy 1500",
        "RateLimiterBusy 1500",
      ])
    }),
  )

  it.effect("what is refused takes nothing from those that wait", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ limit: 1, window: "1 second", maxWait: "1 second" })
      yield* together(limiter, 1_000)
      assert.strictEqual(yield* passed(limiter), 3_600_000)
    }),
  )

  it.effect("a refusal is certain not to have been sent", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ limit: 1, window: "1 minute", maxWait: 1 })
      yield* passed(limiter)
      let sent = false
      const error = yield* Effect.flip(
        limiter.pace(
          host,
          moves,
        )(
          Effect.sync(() => {
            sent = true
          }),
        ),
      )
      const inPayment = error.within({ money: "moves" })
      assert.isFalse(sent)
      assert.strictEqual(inPayment.money, "NotMoved")
      assert.strictEqual(inPayment.retry, "Later")
      assert.isTrue(VisaError.isIn("transient")(error))
    }),
  )

  it.effect("keeps hosts apart", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ limit: 1, window: "1 minute", maxWait: 1 })
      yield* passed(limiter)
      assert.strictEqual(yield* passed(limiter, "cert.api.visa.com"), 0)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(passed(limiter))))
    }),
  )

  it.effect(
    "by what requests do with money keeps a flood of one kind from delaying the others",
    () =>
      Effect.gen(function* () {
        const limiter = yield* limiterOf({ limit: { none: 1, reports: 2 }, window: "1 second" })
        const times = (money: MoneyRole) =>
          Effect.forkChild(
            Effect.forEach(
              [1, 2, 3],
              () => limiter.pace(host, { money })(Clock.currentTimeMillis),
              {
                concurrency: "unbounded",
              },
            ),
          )
        const none = yield* times("none")
        const reports = yield* times("reports")
        const moves = yield* times("moves")
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* Fiber.join(none), [0, 1_000, 2_000])
        assert.deepStrictEqual(yield* Fiber.join(reports), [0, 0, 500])
        assert.deepStrictEqual(yield* Fiber.join(moves), [0, 0, 0])
      }),
  )

  it.effect("one that gives up leaves its place to the next", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ limit: 1, window: "1 second" })
      yield* passed(limiter)
      const gaveUp = yield* Effect.forkChild(passed(limiter))
      const next = yield* Effect.forkChild(passed(limiter))
      yield* TestClock.adjust(400)
      yield* Fiber.interrupt(gaveUp)
      yield* TestClock.adjust(600)
      assert.strictEqual(yield* Fiber.join(next), 1_000)
    }),
  )

  const between = (minimum: number, maximum: number) =>
    Schema.Int.check(Schema.isBetween({ minimum, maximum }))

  it.effect.prop(
    "is kept in every window, in the order of arrival, and nobody waits longer than maxWait",
    [Schema.Array(between(0, 700)).check(Schema.isMaxLength(60)), between(1, 8), between(1, 3_000)],
    ([gaps, limit, maxWait]) =>
      Effect.gen(function* () {
        const limiter = yield* limiterOf({ limit, window: "1 second", maxWait })
        const order: Array<number> = []
        const fibers: Array<Fiber.Fiber<readonly [came: number, went: number] | undefined>> = []
        for (const [index, gap] of gaps.entries()) {
          const came = yield* Clock.currentTimeMillis
          fibers.push(
            yield* Effect.forkChild(
              limiter
                .pace(
                  host,
                  moves,
                )(
                  Effect.map(Clock.currentTimeMillis, (went) => {
                    order.push(index)
                    return [came, went] as const
                  }),
                )
                .pipe(Effect.catch(() => Effect.undefined)),
            ),
          )
          yield* TestClock.adjust(gap)
        }
        yield* TestClock.adjust("1 hour")
        const ended = yield* Effect.forEach(fibers, Fiber.join)
        const went = ended.flatMap((end) => (end === undefined ? [] : [end]))
        assert.deepStrictEqual(
          order,
          order.toSorted((one, other) => one - other),
        )
        for (const [came, at] of went) {
          assert.isAtMost(at - came, maxWait)
          const inWindow = went.filter(([, other]) => other >= at && other < at + 1_000)
          // A full bucket and what comes into it meanwhile.
          assert.isAtMost(inWindow.length, 2 * limit)
        }
      }),
    { arbitrary: { runs: 60 } },
  )
})

describe("a 429", () => {
  it.effect("stops every call to that host until Retry-After is over", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf()
      yield* refusedBy(limiter, 3_000)
      assert.deepStrictEqual(yield* together(limiter, 4), [3_000, 3_000, 3_000, 3_000])
    }),
  )

  it.effect("stops calls of every kind, also where each has a limit of its own", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ limit: { moves: 100, reports: 100 } })
      yield* refusedBy(limiter, 3_000)
      const question = yield* Effect.forkChild(
        limiter.pace(host, { money: "reports" })(Clock.currentTimeMillis),
      )
      yield* TestClock.adjust(3_000)
      assert.strictEqual(yield* Fiber.join(question), 3_000)
    }),
  )

  it.effect("stops no call to another host", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf()
      yield* refusedBy(limiter, 3_000)
      assert.strictEqual(yield* passed(limiter, "cert.api.visa.com"), 0)
    }),
  )

  it.effect("that does not say how long stops them for the pause of the options", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ pause: "700 millis" })
      yield* refusedBy(limiter)
      assert.deepStrictEqual(yield* together(limiter, 1), [700])
    }),
  )

  it.effect("stops them no longer than the longest pause", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ maxPause: "5 seconds" })
      yield* refusedBy(limiter, 86_400_000)
      assert.deepStrictEqual(yield* together(limiter, 1), [5_000])
    }),
  )

  it.effect("that comes while others are stopped only makes it longer", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf()
      const slow = (millis: number) =>
        Effect.forkChild(
          Effect.flip(
            limiter.pace(
              host,
              moves,
            )(
              Effect.delay(
                Effect.fail(VisaError.of("RateLimited", { retryAfterMillis: millis })),
                100,
              ),
            ),
          ),
        )
      yield* slow(4_000)
      yield* slow(1_000)
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(yield* together(limiter, 1), [4_100])
    }),
  )

  it.effect("refuses at once what would wait too long", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ maxWait: "1 second" })
      yield* refusedBy(limiter, 30_000)
      yield* TestClock.adjust(10_000)
      const error = yield* Effect.flip(passed(limiter))
      assert.strictEqual(error.reason._tag, "RateLimiterBusy")
      assert.strictEqual(error.reason.retryAfterMillis, 20_000)
    }),
  )

  it.effect("is said once in the log, however many calls met it", () =>
    Effect.gen(function* () {
      const warnings: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Warn") warnings.push(String(message))
      })
      const limiter = yield* limiterOf()
      const meets = limiter.pace(
        host,
        moves,
      )(Effect.delay(Effect.fail(VisaError.of("RateLimited", { retryAfterMillis: 2_000 })), 10))
      const all = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 64 }), () => Effect.flip(meets), {
          concurrency: "unbounded",
        }).pipe(Effect.provide(Logger.layer([logger]))),
      )
      yield* TestClock.adjust(10)
      yield* Fiber.join(all)
      assert.deepStrictEqual(warnings, ["api.visa.com answered 429: no request for 2000 ms"])
    }),
  )

  it.effect("teaches what Visa takes: after a few refusals it refuses no more", () =>
    Effect.gen(function* () {
      const limiter = yield* limiterOf({ maxWait: "10 seconds" })
      // Five in each second; it tells the rest when the next one begins.
      const taken = new Map<number, number>()
      let refusals = 0
      const visa = Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const second = Math.floor(now / 1_000)
        const before = taken.get(second) ?? 0
        taken.set(second, before + 1)
        if (before < 5) return Effect.succeed(now)
        refusals += 1
        return Effect.fail(
          VisaError.of("RateLimited", { retryAfterMillis: (second + 1) * 1_000 - now }),
        )
      })
      const calls = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 100 }), () =>
          Effect.exit(limiter.pace(host, moves)(visa)),
        ),
      )
      yield* TestClock.adjust("1 hour")
      const exits = yield* Fiber.join(calls)
      assert.strictEqual(exits.filter(Exit.isFailure).length, refusals)
      // Without it every second would bring one.
      assert.isAtMost(refusals, 3)
    }),
  )
})

describe("a store that is away", () => {
  const storeError = new RateLimiter.RateLimiterError({
    reason: new RateLimiter.RateLimitStoreError({ message: "gone" }),
  })

  /** A store that answers with `answer` and counts how often it was asked. */
  const away = (answer: Effect.Effect<never, RateLimiter.RateLimiterError>) => {
    let asked = 0
    const ask = () =>
      Effect.suspend(() => {
        asked += 1
        return answer
      })
    return {
      asked: () => asked,
      layer: Layer.succeed(RateLimiter.RateLimiterStore, {
        fixedWindow: ask,
        tokenBucket: ask,
        adaptiveConsume: ask,
        adaptiveFeedback: ask,
      }),
    }
  }

  it.effect("leaves each process with the whole limit", () =>
    Effect.gen(function* () {
      const store = away(Effect.fail(storeError))
      const limiter = yield* limiterOf({ limit: 2, window: "1 second" }).pipe(
        Effect.provide(store.layer),
      )
      assert.deepStrictEqual(yield* together(limiter, 4), [0, 0, 500, 1_000])
    }),
  )

  it.effect("still lets a 429 stop the calls of this process", () =>
    Effect.gen(function* () {
      const store = away(Effect.fail(storeError))
      const limiter = yield* limiterOf().pipe(Effect.provide(store.layer))
      yield* refusedBy(limiter, 2_000)
      assert.deepStrictEqual(yield* together(limiter, 2), [2_000, 2_000])
    }),
  )

  it.effect("that does not answer is waited for once, then asked again after five seconds", () =>
    Effect.gen(function* () {
      const store = away(Effect.never)
      const limiter = yield* limiterOf({ storeTimeout: "100 millis" }).pipe(
        Effect.provide(store.layer),
      )
      const first = yield* Effect.forkChild(passed(limiter))
      yield* TestClock.adjust(100)
      assert.strictEqual(yield* Fiber.join(first), 100)
      assert.strictEqual(store.asked(), 1)
      for (let call = 0; call < 10; call++) yield* passed(limiter)
      assert.strictEqual(store.asked(), 1)
      yield* TestClock.adjust("5 seconds")
      const again = yield* Effect.forkChild(passed(limiter))
      yield* TestClock.adjust(100)
      yield* Fiber.join(again)
      assert.strictEqual(store.asked(), 2)
    }),
  )
})

describe("options", () => {
  const wrong: ReadonlyArray<readonly [options: HostLimiterOptions, field: string]> = [
    [{ limit: 0 }, "rateLimit.limit"],
    [{ limit: 1.5 }, "rateLimit.limit"],
    [{ limit: { moves: 0 } }, "rateLimit.limit.moves"],
    [{ window: 0 }, "rateLimit.window"],
    [{ maxWait: "Infinity" }, "rateLimit.maxWait"],
    [{ pause: -1 }, "rateLimit.pause"],
    [{ maxPause: 0 }, "rateLimit.maxPause"],
    [{ storeTimeout: 0 }, "rateLimit.storeTimeout"],
  ]
  for (const [options, field] of wrong) {
    it.effect(`refuses ${JSON.stringify(options)}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(limiterOf(options))
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, field)
      }),
    )
  }

  it.effect("come from the environment", () =>
    Effect.gen(function* () {
      const limiter = yield* HostLimiter
      assert.deepStrictEqual(yield* together(limiter, 4), [0, 2_500, 5_000, "RateLimiterBusy 7500"])
      yield* refusedBy(limiter, 60_000)
      const [pause] = yield* together(limiter, 1)
      assert.strictEqual(pause, 3_600_000 + 4_000)
    }).pipe(
      Effect.provide(
        HostLimiter.layerConfig.pipe(
          Layer.provide(
            ConfigProvider.layer(
              ConfigProvider.fromEnv({
                env: {
                  VISA_DIRECT_RATE_LIMIT: "1",
                  VISA_DIRECT_RATE_LIMIT_WINDOW: "2500 millis",
                  VISA_DIRECT_RATE_LIMIT_MAX_WAIT: "6 seconds",
                  VISA_DIRECT_RATE_LIMIT_MAX_PAUSE: "4 seconds",
                },
              }),
            ),
          ),
        ),
      ),
    ),
  )
})
