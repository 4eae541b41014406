/**
 * Exchange rates that are fixed before a payout is sent.
 *
 * What can be fixed depends on the rail:
 *
 * | rail | what Visa offers | what a locked rate is here |
 * |---|---|---|
 * | account, wallet | a quote: Visa holds the rate until it expires, for any number of payouts in the same two currencies | that quote, `heldBy: "visa"`; its `quoteId` goes out with the payout |
 * | card | nothing: a push (OCT) has no quote. The recipient's amount is fixed, because it is the amount that is sent; what it costs is only known when it settles, at a rate of that day | the daily rate as an indication, `heldBy: "nobody"`: it is compared with what was agreed and shown to the sender, and the risk of its change stays with the originator |
 *
 * Quotes are shared: many payouts use one until shortly before it expires, in one process or, with a
 * shared `Persistence`, in all of them. A cache that is down is done without.
 *
 * Whose loss a change of the rate is, is limited by the policy. `slippageBps` bounds by how much the
 * rate may be worse than the market's at this moment (accounts and wallets), and than the rate that was
 * agreed with the sender; a rate that is better passes. `onStaleQuote` says what to do when it is
 * exceeded, or when the rate's time is over: `refuse`, or `requote`, which gets a new rate and holds
 * that to the same limits.
 */
import {
  type BigDecimal,
  Cache,
  Context,
  DateTime,
  Duration,
  Effect,
  Exit,
  Layer,
  Schema,
  Semaphore,
} from "effect"
import { Persistable, PersistedCache, Persistence } from "effect/persistence"
import type { Scope } from "effect"
import { ForeignExchange, Quote } from "../api/ForeignExchange.ts"
import { Currency } from "../Currency.ts"
import { guarded } from "../internal/guarded.ts"
import { costOf, isWorse } from "../internal/rates.ts"
import { Money } from "../Money.ts"
import { Telemetry } from "../Telemetry.ts"
import { VisaError } from "../VisaError.ts"
import type { PolicyDecision } from "./Policy.ts"

/** A rate for one payout. To be stored with it. */
export const LockedRate = Schema.Struct({
  /** `visa`: it is held until `expiresAt`. `nobody`: an indication. */
  heldBy: Schema.Literals(["visa", "nobody"]),
  /** To be sent with the payout. */
  quoteId: Schema.optionalKey(Schema.String),
  sourceCurrency: Currency.Schema,
  destinationCurrency: Currency.Schema,
  /** Destination units for one source unit. */
  conversionRate: Schema.BigDecimalFromString,
  expiresAt: Schema.DateTimeUtcFromString,
})
export type LockedRate = typeof LockedRate.Type

/** A payout, as far as its rate is concerned. */
export interface RateQuestion {
  readonly rail: "card" | "account" | "wallet"
  /** What it is paid out of. */
  readonly sourceCurrency: Currency
  /** What the recipient is paid. */
  readonly amount: Money
  /** Assigned by Visa; needed for accounts and wallets. */
  readonly initiatingPartyId?: number | undefined
  /** The rate that was agreed with the sender. */
  readonly agreedRate?: BigDecimal.BigDecimal | undefined
  /** What the policy says. */
  readonly policy: Pick<PolicyDecision, "fxLock" | "slippageBps" | "onStaleQuote">
}

export interface QuotesOptions {
  /** A quote is not used any more when less than this is left of it. Default: 30 seconds. */
  readonly margin?: Duration.Input | undefined
  /** For how long the market's rate is taken for that of this moment. Default: 10 seconds. */
  readonly marketAge?: Duration.Input | undefined
  /** For how long an indication for a card holds. Default: 15 minutes. */
  readonly indicationAge?: Duration.Input | undefined
}

const products = { account: "BANK", wallet: "WALLET" } as const

type QuoteKeyFields = {
  readonly product: "BANK" | "WALLET"
  readonly initiatingPartyId: number
  readonly from: Currency
  readonly to: Currency
}

const nameOf = ({ from, initiatingPartyId, product, to }: QuoteKeyFields): string =>
  `${product}-${initiatingPartyId}-${from}-${to}`

/** A quote, and when it came: the cache has no clock of its own. */
const Kept = Schema.Struct({ quote: Quote, at: Schema.DateTimeUtcFromString })
type Kept = typeof Kept.Type

class QuoteKey extends Persistable.Class<{ payload: QuoteKeyFields }>()("VisaDirectQuote", {
  primaryKey: nameOf,
  success: Kept,
  error: VisaError.Schema,
}) {}

/**
 * Visa has no code for a pair without a rate. It complains of a currency, or answers without a rate;
 * whatever else the request holds was checked before.
 */
const rateNotFound = (from: Currency, to: Currency) => (error: VisaError) => {
  const { _tag, detail = "", field = "" } = error.reason
  const isRefused = _tag === "FxRequestInvalid" || _tag === "FxSchemaInvalid"
  const isEmpty = _tag === "ResponseMalformed" && field === "conversionRate"
  return (isRefused && /currency/i.test(`${field} ${detail}`)) || isEmpty
    ? VisaError.of("RateNotFound", { detail: `There is no rate from ${from} to ${to}` })
    : error
}

const slipped = (reference: string, bps: number) =>
  Effect.fail(
    VisaError.of("SlippageExceeded", {
      detail: `The rate is worse than ${reference} by more than ${bps} basis points`,
    }),
  )

/** A hundred units: the rate of a payout does not depend on how much it is. */
const sample = (currency: Currency): Effect.Effect<Money, VisaError> =>
  Money.fromMinor(100 * 10 ** Currency.exponent(currency), currency)

const make = Effect.fnUntraced(function* (
  options: QuotesOptions = {},
): Effect.fn.Return<
  Quotes["Service"],
  never,
  ForeignExchange | Persistence.Persistence | Scope.Scope
> {
  const exchange = yield* ForeignExchange
  const margin = Duration.fromInputUnsafe(options.margin ?? "30 seconds")
  const marketAge = Duration.fromInputUnsafe(options.marketAge ?? "10 seconds")
  const indicationAge = Duration.fromInputUnsafe(options.indicationAge ?? "15 minutes")

  /** Look-ups that Visa answered and nobody has taken yet: whoever takes one was not served by the cache. */
  const untaken = new Set<string>()

  const ask = (fields: QuoteKeyFields): Effect.Effect<Kept, VisaError> =>
    Effect.gen(function* () {
      yield* Telemetry.cacheMisses.increment({ cache: "quote" })
      untaken.add(nameOf(fields))
      const quote = yield* exchange.quote({
        rateProductCode: fields.product,
        initiatingPartyId: fields.initiatingPartyId,
        sourceCurrencyCode: fields.from,
        destinationCurrencyCode: fields.to,
      })
      return { quote, at: yield* DateTime.now }
    }).pipe(Effect.mapError(rateNotFound(fields.from, fields.to)))

  const usable = (exit: Exit.Exit<Kept, unknown>): Duration.Duration =>
    Exit.isSuccess(exit)
      ? Duration.subtract(DateTime.distance(exit.value.at, exit.value.quote.expiresAt), margin)
      : Duration.zero

  const cache = yield* PersistedCache.make(ask, {
    storeId: "visa-direct-quotes",
    timeToLive: (exit: Exit.Exit<Kept, VisaError>, _: QuoteKey) => usable(exit),
    inMemoryTTL: usable,
  })

  const holds = (expiresAt: DateTime.Utc): Effect.Effect<boolean> =>
    Effect.map(DateTime.now, (now) =>
      DateTime.isLessThan(DateTime.addDuration(now, margin), expiresAt),
    )

  const onlyOne = yield* Semaphore.make(1)

  /** Puts another quote in the place of one that cannot be used; of many callers one does. */
  const replaced = (key: QuoteKey, unusable: Kept) =>
    onlyOne.withPermit(
      Effect.gen(function* () {
        const current = yield* cache.get(key)
        if (current.quote.quoteId !== unusable.quote.quoteId) return current
        yield* cache.invalidate(key)
        return yield* cache.get(key)
      }),
    )

  /**
   * From the cache; from Visa where it has none that can still be used, or is down. What another
   * process kept may have less time left than the memory of this one believes.
   */
  const quoteFor = Effect.fnUntraced(function* (
    key: QuoteKey,
    unusable?: Kept,
  ): Effect.fn.Return<Kept, VisaError> {
    const shared = Effect.gen(function* () {
      if (unusable !== undefined) return yield* replaced(key, unusable)
      const kept = yield* cache.get(key)
      return (yield* holds(kept.quote.expiresAt)) ? kept : yield* replaced(key, kept)
    })
    const kept = yield* Effect.catchTag(shared, ["PersistenceError", "SchemaError"], (error) =>
      Effect.andThen(Effect.logDebug("The cache of quotes is down", error), ask(key)),
    )
    yield* untaken.delete(nameOf(key))
      ? Effect.void
      : Telemetry.cacheHits.increment({ cache: "quote" })
    return kept
  })

  const market = yield* Cache.makeWith(
    Effect.fnUntraced(function* ({
      from,
      initiatingPartyId,
      product,
      to,
    }: QuoteKey): Effect.fn.Return<BigDecimal.BigDecimal, VisaError> {
      const { conversionRate } = yield* exchange
        .live({
          rateProductCode: product,
          initiatingPartyId,
          sourceCurrencyCode: from,
          destinationAmount: yield* sample(to),
        })
        .pipe(Effect.mapError(rateNotFound(from, to)))
      return conversionRate
    }),
    {
      capacity: 1_024,
      timeToLive: (exit) => (Exit.isSuccess(exit) ? marketAge : Duration.zero),
    },
  )

  /** A quote that is young enough is the market's rate itself. */
  const marketFor = Effect.fnUntraced(function* (
    key: QuoteKey,
    { at, quote }: Kept,
  ): Effect.fn.Return<BigDecimal.BigDecimal, VisaError> {
    const age = DateTime.distance(at, yield* DateTime.now)
    return Duration.isLessThanOrEqualTo(age, marketAge)
      ? quote.conversionRate
      : yield* Cache.get(market, key)
  })

  const checkAgreed = (
    rate: BigDecimal.BigDecimal,
    { agreedRate, policy: { slippageBps } }: RateQuestion,
  ): Effect.Effect<void, VisaError> =>
    agreedRate !== undefined && isWorse(rate, agreedRate, slippageBps)
      ? slipped("the rate that was agreed", slippageBps)
      : Effect.void

  const keyOf = (
    product: "BANK" | "WALLET",
    { amount, initiatingPartyId, sourceCurrency }: RateQuestion,
  ): Effect.Effect<QuoteKey, VisaError> =>
    initiatingPartyId === undefined
      ? Effect.fail(
          VisaError.of("RequestInvalid", {
            field: "initiatingPartyId",
            detail: "Visa quotes rates for accounts and wallets only to an initiating party",
          }),
        )
      : Effect.succeed(
          new QuoteKey({ product, initiatingPartyId, from: sourceCurrency, to: amount.currency }),
        )

  const held = Effect.fnUntraced(function* (
    product: "BANK" | "WALLET",
    question: RateQuestion,
  ): Effect.fn.Return<LockedRate, VisaError> {
    const { onStaleQuote, slippageBps } = question.policy
    const key = yield* keyOf(product, question)
    const isBehind = ({ conversionRate }: Quote, current: BigDecimal.BigDecimal) =>
      isWorse(conversionRate, current, slippageBps)

    let kept = yield* quoteFor(key)
    if (onStaleQuote === "requote" && isBehind(kept.quote, yield* marketFor(key, kept))) {
      kept = yield* quoteFor(key, kept)
    }
    if (isBehind(kept.quote, yield* marketFor(key, kept))) {
      return yield* slipped("the market's", slippageBps)
    }
    const { conversionRate, expiresAt, quoteId } = kept.quote
    yield* checkAgreed(conversionRate, question)
    return {
      heldBy: "visa",
      quoteId,
      sourceCurrency: key.from,
      destinationCurrency: key.to,
      conversionRate,
      expiresAt,
    }
  })

  const indicated = Effect.fnUntraced(function* (
    question: RateQuestion,
  ): Effect.fn.Return<LockedRate, VisaError> {
    const { amount, sourceCurrency } = question
    const { conversionRate } = yield* exchange
      .indicative({
        rateProductCode: "A",
        sourceCurrencyCode: sourceCurrency,
        destinationAmount: amount,
      })
      .pipe(Effect.mapError(rateNotFound(sourceCurrency, amount.currency)))
    yield* checkAgreed(conversionRate, question)
    return {
      heldBy: "nobody",
      sourceCurrency,
      destinationCurrency: amount.currency,
      conversionRate,
      expiresAt: DateTime.addDuration(yield* DateTime.now, indicationAge),
    }
  })

  const lock = (question: RateQuestion): Effect.Effect<LockedRate, VisaError> =>
    question.rail === "card" ? indicated(question) : held(products[question.rail], question)

  return Quotes.of({
    lock: Effect.fnUntraced(function* (question) {
      const isNeeded =
        question.policy.fxLock === "required" &&
        question.sourceCurrency !== question.amount.currency
      return isNeeded ? yield* lock(question) : undefined
    }, guarded("quote")),
    keep: Effect.fnUntraced(function* (locked, question) {
      const isHeld =
        locked.heldBy === "visa"
          ? yield* holds(locked.expiresAt)
          : DateTime.isLessThan(yield* DateTime.now, locked.expiresAt)
      if (isHeld) return locked
      if (question.policy.onStaleQuote === "refuse") {
        return yield* VisaError.of("RateExpired", {
          detail: `The rate was good until ${DateTime.formatIso(locked.expiresAt)}`,
        })
      }
      const { conversionRate } = locked
      return yield* lock({ ...question, agreedRate: question.agreedRate ?? conversionRate })
    }, guarded("quote")),
  })
})

/**
 * Locks the exchange rates of payouts.
 *
 * Fails with `RateNotFound` when Visa has no rate for the currencies, with `SlippageExceeded` and
 * `RateExpired` as the policy says, and with what Visa or the network answer otherwise.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { BigDecimal, Effect, Layer } from "effect"
 * import { Currency, Money, Quotes, VisaDirectTest } from "effect-visa-direct"
 *
 * const visa = VisaDirectTest.layerWith(() => ({
 *   status: 200,
 *   body: { conversionRate: 72.5, quoteId: 987654321, quoteIdExpiryDateTime: "2030-01-01T00:00:00.000Z" }
 * }))
 *
 * const program = Effect.gen(function* () {
 *   const locked = yield* Quotes.lock({
 *     rail: "account",
 *     initiatingPartyId: 1002,
 *     sourceCurrency: yield* Currency.of("GBP"),
 *     amount: yield* Money.of("5000", "PHP"),
 *     // 72.6 was agreed; 72.5 is worse by 13.8 basis points.
 *     agreedRate: BigDecimal.fromStringUnsafe("72.6"),
 *     policy: { fxLock: "required", slippageBps: 20, onStaleQuote: "refuse" }
 *   })
 *   assert.strictEqual(locked?.quoteId, "987654321")
 * })
 * await Effect.runPromise(
 *   program.pipe(Effect.provide(Quotes.layerMemory().pipe(Layer.provide(visa))))
 * )
 */
export class Quotes extends Context.Service<
  Quotes,
  {
    /**
     * A rate for a payout; nothing where the policy wants none, or there is nothing to exchange.
     * Refusals count as `visa_direct_guard_failures_total{guard="quote"}`.
     */
    readonly lock: (question: RateQuestion) => Effect.Effect<LockedRate | undefined, VisaError>
    /**
     * The rate to send the payout with, asked for right before it is sent: the locked one while it
     * holds, and what the policy says when it does not. A new rate is held to the one that was agreed,
     * or to the locked one if none was.
     */
    readonly keep: (
      locked: LockedRate,
      question: RateQuestion,
    ) => Effect.Effect<LockedRate, VisaError>
  }
>()("effect-visa-direct/Quotes") {
  static readonly make = make

  /** Quotes are shared as far as the `Persistence` reaches: in Redis or SQL, between processes. */
  static readonly layer = (
    options?: QuotesOptions,
  ): Layer.Layer<Quotes, never, ForeignExchange | Persistence.Persistence> =>
    Layer.effect(Quotes, make(options))

  /** Quotes are shared within this process. */
  static readonly layerMemory = (
    options?: QuotesOptions,
  ): Layer.Layer<Quotes, never, ForeignExchange> =>
    Quotes.layer(options).pipe(Layer.provide(Persistence.layerMemory))

  /**
   * What a payout costs at a rate: minor units of the source currency, rounded up. For a card it is an
   * indication.
   */
  static readonly cost = (locked: LockedRate, amount: Money): bigint =>
    costOf(amount, locked.conversionRate, locked.sourceCurrency)

  static readonly lock = (
    question: RateQuestion,
  ): Effect.Effect<LockedRate | undefined, VisaError, Quotes> =>
    Effect.flatMap(Quotes, (service) => service.lock(question))

  static readonly keep = (
    locked: LockedRate,
    question: RateQuestion,
  ): Effect.Effect<LockedRate, VisaError, Quotes> =>
    Effect.flatMap(Quotes, (service) => service.keep(locked, question))
}
