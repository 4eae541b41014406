import { assert, describe, it } from "@effect/vitest"
import { Array, BigDecimal, DateTime, Effect, Layer, Schema } from "effect"
import { Persistence } from "effect/persistence"
import { PrometheusMetrics } from "effect/observability"
import { TestClock } from "effect/testing"
import { Currency } from "../../src/Currency.ts"
import { costOf, isWorse } from "../../src/internal/rates.ts"
import { Money } from "../../src/Money.ts"
import { LockedRate, Quotes } from "../../src/payouts/Quotes.ts"
import type { RateQuestion } from "../../src/payouts/Quotes.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import { guardFailures, ownMetrics } from "../support/guardFailures.ts"
import { describeWithRedis, redisLayer } from "../support/redis.ts"
import { simulated } from "../support/simulated.ts"

const currency = (code: string) => Effect.runSync(Currency.of(code))
const rate = BigDecimal.fromStringUnsafe

const question: RateQuestion = {
  rail: "account",
  initiatingPartyId: 1002,
  sourceCurrency: currency("GBP"),
  amount: Effect.runSync(Money.of("5000", "PHP")),
  policy: { fxLock: "required", slippageBps: 20, onStaleQuote: "refuse" },
}

const requoting: RateQuestion = {
  ...question,
  policy: { ...question.policy, onStaleQuote: "requote" },
}

const quoteLifetime = 300_000

/** A Visa with one rate that the test can move; it counts its quotes. */
const market = (initial = "72.5") => {
  const state = { rate: initial, quotes: 0, lives: 0, indications: 0 }
  const visa = VisaDirectTest.layerWith((call) =>
    Effect.gen(function* () {
      const body = call.body as { readonly [name: string]: unknown }
      const answer = { conversionRate: Number(state.rate) }
      if (body["rateProductCode"] === "A") {
        state.indications += 1
        return { status: 200, body: { conversionRate: state.rate, sourceAmount: "68.97" } }
      }
      if (body["quoteIdRequired"] !== true) {
        state.lives += 1
        return { status: 200, body: { ...answer, sourceAmount: 1.38 } }
      }
      state.quotes += 1
      const expires = DateTime.add(yield* DateTime.now, { milliseconds: quoteLifetime })
      return {
        status: 200,
        body: {
          ...answer,
          quoteId: state.quotes,
          quoteIdExpiryDateTime: DateTime.formatIso(expires),
        },
      }
    }),
  )
  return { state, visa, quotes: Quotes.layerMemory().pipe(Layer.provide(visa)) }
}

/** A shared store that is not in this process: others get to run while it is asked. */
const remotePersistence = Persistence.layer.pipe(
  Layer.provide(
    Layer.effect(
      Persistence.BackingPersistence,
      Effect.map(Persistence.BackingPersistence, ({ make }) =>
        Persistence.BackingPersistence.of({
          make: (storeId) =>
            Effect.map(make(storeId), (store) => ({
              ...store,
              get: (key) => Effect.andThen(Effect.yieldNow, store.get(key)),
              remove: (key) => Effect.andThen(Effect.yieldNow, store.remove(key)),
            })),
        }),
      ),
    ),
  ),
  Layer.provide(Persistence.layerBackingMemory),
)

const lock = (changes: Partial<RateQuestion> = {}) =>
  Effect.flatMap(Quotes.lock({ ...question, ...changes }), (locked) =>
    locked === undefined ? Effect.die("no rate was locked") : Effect.succeed(locked),
  )

const reasonOf = <A, E extends { readonly reason: { readonly _tag: string } }, R>(
  self: Effect.Effect<A, E, R>,
) => Effect.map(Effect.flip(self), ({ reason }) => reason._tag)

describe("a lock for an account or a wallet", () => {
  it.effect("is a quote of Visa, with the id to be sent", () => {
    const { quotes, state } = market()
    return Effect.gen(function* () {
      const locked = yield* lock()
      assert.strictEqual(locked.heldBy, "visa")
      assert.strictEqual(locked.quoteId, "1")
      assert.strictEqual(BigDecimal.format(locked.conversionRate), "72.5")
      assert.strictEqual(locked.expiresAt.epochMilliseconds, quoteLifetime)
      // 5000 / 72.5 = 68.9655…
      assert.strictEqual(Quotes.cost(locked, question.amount), 6897n)
      assert.strictEqual(state.quotes, 1)
    }).pipe(Effect.provide(quotes))
  })

  it.effect("is shared by payouts of the same pair, product and party, and by no others", () => {
    const { quotes, state } = market()
    return Effect.gen(function* () {
      yield* lock()
      yield* lock({ amount: yield* Money.of("1", "PHP") })
      assert.strictEqual(state.quotes, 1)
      yield* lock({ rail: "wallet" })
      yield* lock({ initiatingPartyId: 1003 })
      yield* lock({ amount: yield* Money.of("1", "INR") })
      assert.strictEqual(state.quotes, 4)
    }).pipe(Effect.provide(quotes))
  })

  it.effect("asks Visa once for 1000 payouts at once, and counts hits and misses", () => {
    const { quotes, state } = market()
    return Effect.gen(function* () {
      yield* Effect.forEach(Array.range(1, 1_000), () => lock(), { concurrency: "unbounded" })
      assert.strictEqual(state.quotes, 1)
      const page = yield* PrometheusMetrics.format()
      assert.include(page, 'visa_direct_cache_misses_total{cache="quote"} 1\n')
      assert.include(page, 'visa_direct_cache_hits_total{cache="quote"} 999\n')
    }).pipe(Effect.provide([quotes, ownMetrics]))
  })

  it.effect("is another quote shortly before the old one expires, one for all who ask", () => {
    const { quotes, state } = market()
    return Effect.gen(function* () {
      yield* lock()
      yield* TestClock.adjust(quoteLifetime - 30_001)
      assert.strictEqual((yield* lock()).quoteId, "1")
      yield* TestClock.adjust(1)
      const later = yield* Effect.forEach(Array.range(1, 100), () => lock(), {
        concurrency: "unbounded",
      })
      assert.deepStrictEqual([...new Set(later.map(({ quoteId }) => quoteId))], ["2"])
      assert.strictEqual(state.quotes, 2)
    }).pipe(Effect.provide(quotes))
  })

  it.effect("is shared between processes through their persistence", () => {
    const { state, visa } = market()
    const shared = Layer.merge(visa, Persistence.layerMemory)
    return Effect.gen(function* () {
      const locked = Effect.provide(lock(), Layer.fresh(Quotes.layer()))
      assert.strictEqual((yield* locked).quoteId, "1")
      yield* TestClock.adjust("1 minutes")
      assert.strictEqual((yield* locked).quoteId, "1")
      assert.strictEqual(state.quotes, 1)
    }).pipe(Effect.provide(shared))
  })

  it.effect("does not outlive its time in a process that found it late", () => {
    const { state, visa } = market()
    return Effect.gen(function* () {
      const process = Effect.map(Layer.build(Layer.fresh(Quotes.layer())), (context) =>
        Effect.provide(lock(), context),
      )
      const first = yield* process
      const second = yield* process
      yield* first
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* second).quoteId, "1")
      yield* TestClock.adjust(quoteLifetime - 120_000 - 30_000)
      const later = yield* Effect.forEach(Array.range(1, 100), () => second, {
        concurrency: "unbounded",
      })
      assert.deepStrictEqual([...new Set(later.map(({ quoteId }) => quoteId))], ["2"])
      assert.strictEqual(state.quotes, 2)
    }).pipe(Effect.provide(Layer.merge(visa, remotePersistence)))
  })

  it.effect("does without a cache that is down", () => {
    const { state, visa } = market()
    const down = Effect.fail(new Persistence.PersistenceError({ message: "gone" }))
    const backing = Layer.succeed(Persistence.BackingPersistence, {
      make: () =>
        Effect.succeed({
          get: () => down,
          getMany: () => down,
          set: () => down,
          setMany: () => down,
          remove: () => down,
          clear: down,
        }),
    })
    return Effect.gen(function* () {
      assert.strictEqual((yield* lock()).quoteId, "1")
      assert.strictEqual(state.quotes, 1)
    }).pipe(
      Effect.provide(
        Quotes.layer().pipe(
          Layer.provide(Layer.merge(visa, Persistence.layer.pipe(Layer.provide(backing)))),
        ),
      ),
    )
  })

  it.effect("is none where the policy wants none, or the currencies are the same", () => {
    const { quotes, state } = market()
    return Effect.gen(function* () {
      const off = { ...question.policy, fxLock: "off" } as const
      assert.isUndefined(yield* Quotes.lock({ ...question, policy: off }))
      assert.isUndefined(yield* Quotes.lock({ ...question, sourceCurrency: currency("PHP") }))
      assert.strictEqual(state.quotes, 0)
    }).pipe(Effect.provide(quotes))
  })

  it.effect("needs the party to which Visa quotes", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(lock({ initiatingPartyId: undefined }))
      assert.strictEqual(error.reason._tag, "RequestInvalid")
      assert.strictEqual(error.reason.field, "initiatingPartyId")
    }).pipe(Effect.provide(market().quotes)),
  )

  it.effect("can be stored", () =>
    Effect.gen(function* () {
      const locked = yield* lock()
      const json = JSON.stringify(yield* Schema.encodeEffect(LockedRate)(locked))
      const read = yield* Schema.decodeUnknownEffect(LockedRate)(JSON.parse(json))
      assert.isTrue(BigDecimal.equals(read.conversionRate, locked.conversionRate))
      assert.deepStrictEqual(read.expiresAt, locked.expiresAt)
    }).pipe(Effect.provide(market().quotes)),
  )
})

describe("slippage", () => {
  it.effect("is refused when the market has left a quote behind, and counted", () => {
    const { quotes, state } = market()
    return Effect.gen(function* () {
      yield* lock()
      // Better by 20.7 basis points than what is quoted.
      state.rate = "72.65"
      yield* TestClock.adjust("1 minutes")
      assert.strictEqual(yield* reasonOf(lock()), "SlippageExceeded")
      assert.strictEqual(yield* guardFailures("quote"), 1)
      const wide = { ...question.policy, slippageBps: 21 }
      assert.strictEqual((yield* lock({ policy: wide })).quoteId, "1")
    }).pipe(Effect.provide([quotes, ownMetrics]))
  })

  it.effect("is cured by a new quote where the policy says so", () => {
    const { quotes, state } = market()
    return Effect.gen(function* () {
      yield* lock(requoting)
      state.rate = "72.65"
      yield* TestClock.adjust("1 minutes")
      assert.strictEqual((yield* lock(requoting)).quoteId, "2")
      assert.strictEqual((yield* lock(requoting)).quoteId, "2")
    }).pipe(Effect.provide(quotes))
  })

  it.effect("is not when the quote is better than the market", () => {
    const { quotes, state } = market()
    return Effect.gen(function* () {
      yield* lock()
      state.rate = "70"
      yield* TestClock.adjust("1 minutes")
      assert.strictEqual((yield* lock()).quoteId, "1")
    }).pipe(Effect.provide(quotes))
  })

  it.effect(
    "asks for the market's rate once in a while, and not about a quote of this moment",
    () => {
      const { quotes, state } = market()
      return Effect.gen(function* () {
        yield* lock()
        yield* TestClock.adjust("10 seconds")
        yield* lock()
        assert.strictEqual(state.lives, 0)
        yield* TestClock.adjust("1 millis")
        yield* Effect.forEach(Array.range(1, 100), () => lock(), { concurrency: "unbounded" })
        assert.strictEqual(state.lives, 1)
        yield* TestClock.adjust("10 seconds")
        yield* lock()
        assert.strictEqual(state.lives, 2)
      }).pipe(Effect.provide(quotes))
    },
  )

  it.effect("is measured against the rate that was agreed", () =>
    Effect.gen(function* () {
      yield* lock({ agreedRate: rate("72.6") })
      yield* lock({ agreedRate: rate("60") })
      assert.strictEqual(yield* reasonOf(lock({ agreedRate: rate("72.65") })), "SlippageExceeded")
      const wallet = { agreedRate: rate("72.65"), rail: "wallet" } as const
      assert.strictEqual(yield* reasonOf(lock(wallet)), "SlippageExceeded")
    }).pipe(Effect.provide(market().quotes)),
  )

  it("is measured exactly", () => {
    assert.isFalse(isWorse(rate("0.99"), rate("1"), 100))
    assert.isTrue(isWorse(rate("0.9899999999999999999999"), rate("1"), 100))
    assert.isFalse(isWorse(rate("1"), rate("1"), 0))
    assert.isTrue(isWorse(rate("0.99999999999999999999"), rate("1"), 0))
  })

  it.prop(
    "a cost is the least whole amount that buys what arrives",
    {
      minor: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 999_999_999 })),
      digits: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 999_999_999 })),
      scale: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 })),
      from: Schema.Literals(["GBP", "JPY", "KWD"]),
      to: Schema.Literals(["PHP", "JPY", "KWD"]),
    },
    ({ digits, from, minor, scale, to }) => {
      const conversion = BigDecimal.make(BigInt(digits), scale)
      const amount = Effect.runSync(Money.fromMinor(minor, to))
      const source = currency(from)
      const buys = (cost: bigint) =>
        BigDecimal.isGreaterThanOrEqualTo(
          BigDecimal.multiply(BigDecimal.make(cost, Currency.exponent(source)), conversion),
          BigDecimal.make(BigInt(minor), Currency.exponent(amount.currency)),
        )
      const cost = costOf(amount, conversion, source)
      assert.isTrue(buys(cost))
      assert.isFalse(buys(cost - 1n))
    },
    { arbitrary: { runs: 300 } },
  )
})

describe("a locked rate, right before the payout is sent,", () => {
  it.effect("is kept while there is time enough to send", () =>
    Effect.gen(function* () {
      const locked = yield* lock()
      yield* TestClock.adjust(quoteLifetime - 30_001)
      assert.strictEqual(yield* Quotes.keep(locked, question), locked)
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* reasonOf(Quotes.keep(locked, question)), "RateExpired")
    }).pipe(Effect.provide(market().quotes)),
  )

  it.effect("is replaced where the policy says so, within the slippage from the old one", () => {
    const { quotes, state } = market()
    return Effect.gen(function* () {
      const locked = yield* lock(requoting)
      yield* TestClock.adjust(quoteLifetime)
      state.rate = "72.4"
      assert.strictEqual((yield* Quotes.keep(locked, requoting)).quoteId, "2")
      yield* TestClock.adjust(quoteLifetime)
      state.rate = "72.3"
      assert.strictEqual(yield* reasonOf(Quotes.keep(locked, requoting)), "SlippageExceeded")
      state.rate = "80"
      yield* TestClock.adjust(quoteLifetime)
      yield* Quotes.keep(locked, requoting)
    }).pipe(Effect.provide(quotes))
  })
})

describe("a rate for a card", () => {
  const card: RateQuestion = { ...question, rail: "card", initiatingPartyId: undefined }

  it.effect("is an indication that nobody holds, and has no id", () => {
    const { quotes, state } = market()
    return Effect.gen(function* () {
      const locked = yield* lock(card)
      assert.strictEqual(locked.heldBy, "nobody")
      assert.isUndefined(locked.quoteId)
      assert.deepInclude(state, { indications: 1, quotes: 0, lives: 0 })
    }).pipe(Effect.provide(quotes))
  })

  it.effect("is compared with what was agreed, and good for a quarter of an hour", () =>
    Effect.gen(function* () {
      const agreed = { ...card, agreedRate: rate("72.65") }
      assert.strictEqual(yield* reasonOf(lock(agreed)), "SlippageExceeded")
      const locked = yield* lock(card)
      yield* TestClock.adjust(15 * 60_000 - 1)
      assert.strictEqual(yield* Quotes.keep(locked, card), locked)
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* reasonOf(Quotes.keep(locked, card)), "RateExpired")
      const again = yield* Quotes.keep(locked, { ...requoting, rail: "card" })
      assert.strictEqual(again.heldBy, "nobody")
    }).pipe(Effect.provide(market().quotes)),
  )
})

describe("without a rate", () => {
  const answering = (reply: VisaDirectTest.TestReply) =>
    Quotes.layerMemory().pipe(Layer.provide(VisaDirectTest.layerWith(() => reply)))

  it.effect("a payout is refused with RateNotFound when Visa's answer holds none", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf(lock()), "RateNotFound")
      assert.strictEqual(yield* reasonOf(lock({ rail: "card" })), "RateNotFound")
    }).pipe(Effect.provide(answering({ status: 200, body: { quoteId: 1 } }))),
  )

  it.effect("a failure of Visa is passed on, and not remembered", () => {
    let isUp = false
    const visa = VisaDirectTest.layerWith(() =>
      isUp
        ? {
            status: 200,
            body: {
              conversionRate: 72.5,
              quoteId: 1,
              quoteIdExpiryDateTime: "2030-01-01T00:00:00.000Z",
            },
          }
        : { status: 503, body: {} },
    )
    return Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf(lock()), "ServiceUnavailable")
      isUp = true
      assert.strictEqual((yield* lock()).quoteId, "1")
    }).pipe(Effect.provide(Quotes.layerMemory().pipe(Layer.provide(visa))))
  })
})

describeWithRedis("quotes between processes", () => {
  it.live("are shared through Redis", () => {
    const { state, visa } = market()
    const persistence = Persistence.layerRedis.pipe(Layer.provide(redisLayer()))
    return Effect.gen(function* () {
      // The party is part of the key in Redis: nobody else has this one.
      const initiatingPartyId = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
      const process = Effect.provide(lock({ initiatingPartyId }), Layer.fresh(Quotes.layer()))
      const ids = yield* Effect.all([process, process, process])
      assert.deepStrictEqual(
        ids.map(({ quoteId }) => quoteId),
        ["1", "1", "1"],
      )
      assert.strictEqual(state.quotes, 1)
    }).pipe(Effect.provide(Layer.merge(visa, persistence)))
  })
})

describe("against the simulator", () => {
  const live = Quotes.layerMemory().pipe(Layer.provide(simulated()))

  it.live("a rate is locked for each rail, and none is found for a currency without one", () =>
    Effect.gen(function* () {
      const account = yield* lock()
      assert.match(account.quoteId ?? "", /^\d+$/)
      const card = yield* lock({ rail: "card" })
      assert.strictEqual(card.heldBy, "nobody")
      const amount = yield* Money.of("5000", "ISK")
      for (const rail of ["account", "wallet", "card"] as const) {
        assert.strictEqual(yield* reasonOf(lock({ rail, amount })), "RateNotFound", rail)
      }
    }).pipe(Effect.provide(live)),
  )
})
