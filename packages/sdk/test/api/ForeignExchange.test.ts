import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, DateTime, Effect, Equal, Layer, Ref, Schema } from "effect"
import type { Result } from "effect"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import { ForeignExchange, Quote } from "../../src/api/ForeignExchange.ts"
import type {
  IndicativeRequest,
  LiveRequest,
  QuoteRequest,
  RateRequest,
} from "../../src/api/ForeignExchange.ts"
import { Correlation } from "../../src/Correlation.ts"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { Money } from "../../src/Money.ts"
import { Rrn } from "../../src/Rrn.ts"
import { Stan } from "../../src/Stan.ts"
import { Transport } from "../../src/Transport.ts"
import type { TestCall, TestReply } from "../../src/Transport.ts"
import type { Tag, VisaError } from "../../src/VisaError.ts"

/** Runs against a recording Visa: what it was sent, and the outcome. */
const recorded = <A>(
  program: Effect.Effect<A, VisaError, ForeignExchange>,
  reply: TestReply = { status: 500 },
) =>
  Effect.gen(function* () {
    const calls = yield* Ref.make<ReadonlyArray<TestCall>>([])
    const outcome = yield* Effect.result(program).pipe(
      Effect.provide(
        ForeignExchange.layer.pipe(
          Layer.provide(
            Transport.layerTest((call) =>
              Effect.as(
                Ref.update(calls, (before) => [...before, call]),
                reply,
              ),
            ),
          ),
          Layer.provide(Correlation.layerTest),
        ),
      ),
    )
    return { calls: yield* Ref.get(calls), outcome }
  })

const failed = <A>(outcome: Result.Result<A, VisaError>) => Effect.flip(Effect.fromResult(outcome))

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const answer = (body: unknown): TestReply => ({ status: 200, body })

const currencies = Effect.all({
  usd: Currency.of("USD"),
  eur: Currency.of("EUR"),
  gbp: Currency.of("GBP"),
  rub: Currency.of("RUB"),
})

describe("ForeignExchange.rate", () => {
  /** Visa's sample of version 1. */
  const sample = Effect.gen(function* () {
    const { usd } = yield* currencies
    const request: RateRequest = {
      sourceAmount: yield* Money.of("100", "RUB"),
      destinationCurrencyCode: usd,
      markupRate: "1",
      systemsTraceAuditNumber: yield* Stan.make("350421"),
      retrievalReferenceNumber: yield* Rrn.make("201010101031"),
      acquiringBin: yield* AcquiringBin.make("408999"),
      acquirerCountryCode: yield* Country.of("AU"),
      cardAcceptor: {
        name: "ABCD",
        idCode: "ABCD1234ABCD123",
        terminalId: "ABCD1234",
        address: {
          country: yield* Country.of("RU"),
          zipCode: "94404",
          city: "Foster City",
          county: "San Mateo",
          state: "CA",
        },
      },
    }
    return request
  })

  const sampleReply = {
    conversionRate: "0.0318",
    destinationAmount: "3.14",
    markUpRateApplied: "1.0",
    originalDestnAmtBeforeMarkUp: "3.18",
  }

  it.effect("sends Visa's sample as Visa documents it", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(
        ForeignExchange.rate(yield* sample),
        answer(sampleReply),
      )
      assert.strictEqual(calls.length, 1)
      assert.strictEqual(calls[0]?.method, "POST")
      assert.strictEqual(calls[0]?.path, "/forexrates/v1/foreignexchangerates")
      assert.deepStrictEqual(json(calls[0]?.body), {
        systemsTraceAuditNumber: "350421",
        destinationCurrencyCode: "840",
        // With this capital in version 1.
        markUpRate: "1",
        acquiringBin: 408999,
        acquirerCountryCode: "036",
        cardAcceptor: {
          address: {
            country: "RU",
            zipCode: "94404",
            city: "Foster City",
            county: "San Mateo",
            state: "CA",
          },
          idCode: "ABCD1234ABCD123",
          name: "ABCD",
          terminalId: "ABCD1234",
        },
        // Visa's sample has "100"; the decimals are those of the currency.
        sourceAmount: "100.00",
        retrievalReferenceNumber: "201010101031",
        sourceCurrencyCode: "643",
      })
      const rate = yield* Effect.fromResult(outcome)
      assert.strictEqual(BigDecimal.format(rate.conversionRate), "0.0318")
      assert.strictEqual(String(rate.sourceAmount), "100.00 RUB")
      assert.strictEqual(String(rate.destinationAmount), "3.14 USD")
      assert.strictEqual(String(rate.destinationAmountBeforeMarkup), "3.18 USD")
      assert.strictEqual(rate.markupRateApplied, "1.0")
    }),
  )

  const refusals: ReadonlyArray<
    readonly [name: string, change: (request: RateRequest) => unknown, field: string]
  > = [
    ["nothing", () => undefined, "sourceAmount"],
    ["no amount", ({ sourceAmount: _, ...r }) => r, "sourceAmount"],
    ["an amount as text", (r) => ({ ...r, sourceAmount: "100" }), "sourceAmount"],
    [
      "a currency besides the amount's",
      (r) => ({ ...r, sourceCurrencyCode: "USD" }),
      "sourceCurrencyCode",
    ],
    ["no destination", ({ destinationCurrencyCode: _, ...r }) => r, "destinationCurrencyCode"],
    [
      "a destination by number",
      (r) => ({ ...r, destinationCurrencyCode: "840" }),
      "destinationCurrencyCode",
    ],
    [
      "an amount on the other side",
      ({ destinationCurrencyCode: _, sourceAmount, ...r }) => ({
        ...r,
        destinationAmount: sourceAmount,
        sourceCurrencyCode: "USD",
      }),
      "sourceAmount",
    ],
    ["the markup of 100 percent", (r) => ({ ...r, markupRate: "100" }), "markupRate"],
    ["a markup of four decimals", (r) => ({ ...r, markupRate: "0.0001" }), "markupRate"],
    ["a markup as a number", (r) => ({ ...r, markupRate: 1 }), "markupRate"],
    [
      "a card acceptor's name of 26",
      (r) => ({ ...r, cardAcceptor: { name: "x".repeat(26) } }),
      "cardAcceptor.name",
    ],
    ["an unknown field", (r) => ({ ...r, rateProductCode: "A" }), "rateProductCode"],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending, and names the field`, () =>
      Effect.gen(function* () {
        // What a caller in JavaScript can pass although the type forbids it.
        const request = change(yield* sample) as RateRequest
        const { calls, outcome } = yield* recorded(ForeignExchange.rate(request))
        assert.deepStrictEqual(calls, [])
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, "RequestInvalid", error.message)
        assert.strictEqual(error.reason.field, field)
      }),
    )
  }
})

describe("ForeignExchange.indicative", () => {
  /** Visa's sample "A or B, source to destination". */
  const fromSource = Effect.gen(function* () {
    const { gbp, usd } = yield* currencies
    const request: IndicativeRequest = {
      rateProductCode: "A",
      sourceAmount: yield* Money.of("100.55", "USD"),
      destinationCurrencyCode: gbp,
      markupRate: "0.07",
      acquirerDetails: {
        bin: yield* AcquiringBin.make("408999"),
        settlement: { currencyCode: usd },
      },
    }
    return request
  })

  const fromDestination = Effect.gen(function* () {
    const { usd } = yield* currencies
    const request: IndicativeRequest = {
      rateProductCode: "B",
      sourceCurrencyCode: usd,
      destinationAmount: yield* Money.of("75.85", "GBP"),
    }
    return request
  })

  it.effect("converts a source amount, with text and numbers of currencies", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(
        ForeignExchange.indicative(yield* fromSource),
        answer({
          rateProductCode: "A",
          conversionRate: "0.754853",
          destinationAmount: "75.85",
          markupRateApplied: "0.07",
          sourceAmountWithoutMarkup: "100.48",
          acquirerDetails: {
            settlement: { amount: "100.55", currencyCode: "840", conversionRate: "1" },
          },
        }),
      )
      assert.strictEqual(calls[0]?.path, "/forexrates/v2/foreignexchangerates")
      assert.deepStrictEqual(json(calls[0]?.body), {
        acquirerDetails: { bin: 408999, settlement: { currencyCode: "840" } },
        rateProductCode: "A",
        markupRate: "0.07",
        destinationCurrencyCode: "826",
        sourceAmount: "100.55",
        sourceCurrencyCode: "840",
      })
      const rate = yield* Effect.fromResult(outcome)
      assert.strictEqual(BigDecimal.format(rate.conversionRate), "0.754853")
      assert.strictEqual(String(rate.sourceAmount), "100.55 USD")
      assert.strictEqual(String(rate.destinationAmount), "75.85 GBP")
      assert.strictEqual(String(rate.sourceAmountWithoutMarkup), "100.48 USD")
      assert.isUndefined(rate.sourceAmountWithMarkup)
      assert.strictEqual(rate.markupRateApplied, "0.07")
      assert.strictEqual(String(rate.settlementAmount), "100.55 USD")
    }),
  )

  it.effect("converts a destination amount", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(
        ForeignExchange.indicative(yield* fromDestination),
        answer({
          rateProductCode: "B",
          conversionRate: "0.754853",
          sourceAmount: "100.48",
          sourceAmountWithMarkup: "100.55",
        }),
      )
      assert.deepStrictEqual(json(calls[0]?.body), {
        rateProductCode: "B",
        destinationCurrencyCode: "826",
        sourceCurrencyCode: "840",
        destinationAmount: "75.85",
      })
      const rate = yield* Effect.fromResult(outcome)
      assert.strictEqual(String(rate.sourceAmount), "100.48 USD")
      assert.strictEqual(String(rate.destinationAmount), "75.85 GBP")
      assert.strictEqual(String(rate.sourceAmountWithMarkup), "100.55 USD")
    }),
  )

  const spellings: ReadonlyArray<readonly [amount: string, currency: string, text: string]> = [
    ["95", "JPY", "95"],
    ["989.333", "KWD", "989.333"],
    ["9999999999.99", "USD", "9999999999.99"],
    ["0.01", "EUR", "0.01"],
  ]
  for (const [amount, currency, text] of spellings) {
    it.effect(`writes ${amount} ${currency} as "${text}"`, () =>
      Effect.gen(function* () {
        const { usd } = yield* currencies
        const { calls } = yield* recorded(
          ForeignExchange.indicative({
            rateProductCode: "A",
            // Larger than a payment's field takes: read as Visa's own amounts are.
            sourceAmount: yield* Money.fromVisa(amount, yield* Currency.of(currency)),
            destinationCurrencyCode: usd,
          }),
        )
        assert.include(JSON.stringify(calls[0]?.body), `"sourceAmount":"${text}"`)
      }),
    )
  }

  const refusals: ReadonlyArray<
    readonly [name: string, change: (request: IndicativeRequest) => unknown, field: string]
  > = [
    [
      "both amounts",
      (r) => ({
        ...r,
        destinationCurrencyCode: undefined,
        destinationAmount: "sourceAmount" in r ? r.sourceAmount : undefined,
      }),
      "destinationAmount",
    ],
    [
      "no amount",
      (r) => ({
        rateProductCode: r.rateProductCode,
        sourceCurrencyCode: "USD",
        destinationCurrencyCode: "GBP",
      }),
      "sourceAmount",
    ],
    ["a rate product of payouts", (r) => ({ ...r, rateProductCode: "BANK" }), "rateProductCode"],
    ["a party", (r) => ({ ...r, initiatingPartyId: 1002 }), "initiatingPartyId"],
    ["a quote", (r) => ({ ...r, quoteIdRequired: true }), "quoteIdRequired"],
    ["a markup with the capital of version 1", (r) => ({ ...r, markUpRate: "1" }), "markUpRate"],
    [
      "a BIN of five digits",
      (r) => ({ ...r, acquirerDetails: { bin: "40899" } }),
      "acquirerDetails.bin",
    ],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending, and names the field`, () =>
      Effect.gen(function* () {
        const request = change(yield* fromSource) as IndicativeRequest
        const { calls, outcome } = yield* recorded(ForeignExchange.indicative(request))
        assert.deepStrictEqual(calls, [])
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, "RequestInvalid", error.message)
        assert.strictEqual(error.reason.field, field)
      }),
    )
  }

  it.effect("refuses an amount of zero, and one of thirteen digits", () =>
    Effect.gen(function* () {
      const { usd } = yield* currencies
      for (const amount of ["0", "99999999999.99"]) {
        const { calls, outcome } = yield* recorded(
          ForeignExchange.indicative({
            rateProductCode: "A",
            sourceAmount: yield* Money.fromVisa(amount, yield* Currency.of("EUR")),
            destinationCurrencyCode: usd,
          }),
        )
        assert.deepStrictEqual(calls, [])
        assert.strictEqual((yield* failed(outcome)).reason.field, "sourceAmount")
      }
    }),
  )

  const replies: ReadonlyArray<readonly [name: string, body: unknown, field: string]> = [
    ["no rate", { destinationAmount: "75.85" }, "conversionRate"],
    ["a rate of zero", { conversionRate: "0", destinationAmount: "75.85" }, "conversionRate"],
    ["a rate below zero", { conversionRate: "-1", destinationAmount: "75.85" }, "conversionRate"],
    [
      "a rate that is none",
      { conversionRate: "1,08", destinationAmount: "75.85" },
      "conversionRate",
    ],
    ["no amount", { conversionRate: "1" }, "destinationAmount"],
    [
      "an amount with a third decimal",
      { conversionRate: "1", destinationAmount: "75.855" },
      "destinationAmount",
    ],
    ["a list", [], "conversionRate"],
    [
      "other currencies",
      { conversionRate: "1", destinationAmount: "75.85", destinationCurrencyCode: "978" },
      "sourceCurrencyCode",
    ],
  ]
  for (const [name, body, field] of replies) {
    it.effect(`does not take ${name} for a rate`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(
          ForeignExchange.indicative(yield* fromSource),
          answer(body),
        )
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, "ResponseMalformed")
        assert.strictEqual(error.reason.field, field)
        assert.strictEqual(error.money, "NotMoved")
        assert.strictEqual(error.retry, "Later")
      }),
    )
  }
})

describe("ForeignExchange.live", () => {
  const sample = Effect.gen(function* () {
    const { gbp } = yield* currencies
    const request: LiveRequest = {
      rateProductCode: "BANK",
      initiatingPartyId: 1002,
      sourceAmount: yield* Money.of("6.67", "USD"),
      destinationCurrencyCode: gbp,
    }
    return request
  })

  it.effect("sends Visa's samples, with letters and JSON numbers", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(
        ForeignExchange.live(yield* sample),
        answer({
          rateProductCode: "BANK",
          conversionRate: 0.754853,
          sourceAmount: 6.67,
          destinationAmount: 5.03,
          sourceCurrencyCode: "USD",
          destinationCurrencyCode: "GBP",
        }),
      )
      assert.strictEqual(calls[0]?.path, "/forexrates/v2/foreignexchangerates")
      assert.deepStrictEqual(json(calls[0]?.body), {
        initiatingPartyId: 1002,
        rateProductCode: "BANK",
        destinationCurrencyCode: "GBP",
        sourceAmount: 6.67,
        sourceCurrencyCode: "USD",
      })
      const rate = yield* Effect.fromResult(outcome)
      assert.strictEqual(BigDecimal.format(rate.conversionRate), "0.754853")
      assert.strictEqual(String(rate.destinationAmount), "5.03 GBP")

      const { usd } = yield* currencies
      const backwards = yield* recorded(
        ForeignExchange.live({
          rateProductCode: "WALLET",
          initiatingPartyId: 1002,
          sourceCurrencyCode: usd,
          destinationAmount: yield* Money.of("10", "GBP"),
        }),
      )
      assert.deepStrictEqual(json(backwards.calls[0]?.body), {
        initiatingPartyId: 1002,
        rateProductCode: "WALLET",
        destinationCurrencyCode: "GBP",
        sourceCurrencyCode: "USD",
        destinationAmount: 10,
      })
    }),
  )

  it.effect(
    "keeps every digit of a rate, also of one that JavaScript writes with an exponent",
    () =>
      Effect.gen(function* () {
        const rates = [
          [`"1234567.123456789012"`, "1234567.123456789012"],
          [`"0.000000000001"`, "0.000000000001"],
          ["0.00000015", "0.00000015"],
          ["1.0842", "1.0842"],
          ["15500", "15500"],
        ] as const
        for (const [written, expected] of rates) {
          const { outcome } = yield* recorded(ForeignExchange.live(yield* sample), {
            status: 200,
            body: `{"conversionRate":${written},"destinationAmount":1}`,
          })
          const { conversionRate } = yield* Effect.fromResult(outcome)
          assert.strictEqual(BigDecimal.format(conversionRate), expected)
        }
      }),
  )

  const refusals: ReadonlyArray<readonly [name: string, changes: object, field: string]> = [
    ["a daily rate product", { rateProductCode: "A" }, "rateProductCode"],
    ["a markup", { markupRate: "1" }, "markupRate"],
    ["a party as text", { initiatingPartyId: "1002" }, "initiatingPartyId"],
    ["no party", { initiatingPartyId: undefined }, "initiatingPartyId"],
  ]
  for (const [name, changes, field] of refusals) {
    it.effect(`refuses ${name} before sending, and names the field`, () =>
      Effect.gen(function* () {
        const request = { ...(yield* sample), ...changes } as LiveRequest
        const { calls, outcome } = yield* recorded(ForeignExchange.live(request))
        assert.deepStrictEqual(calls, [])
        assert.strictEqual((yield* failed(outcome)).reason.field, field)
      }),
    )
  }

  const envelope = (status: string, reason: string, details?: unknown): TestReply => ({
    status: Number(status),
    body: { errorResponse: { status, reason, message: "m", ...(details ? { details } : {}) } },
  })
  const replies: ReadonlyArray<readonly [TestReply, Tag, field?: string]> = [
    [
      envelope("400", "3001", [{ location: "destinationCurrencyCode", message: "Missing" }]),
      "FxRequestInvalid",
      "destinationCurrencyCode",
    ],
    [
      envelope("400", "3003", [{ location: "destinationAmount", message: "is invalid" }]),
      "FxSchemaInvalid",
      "destinationAmount",
    ],
    [envelope("403", "4001"), "FxProductNotSubscribed"],
    [envelope("500", "3004"), "FxInternalError"],
    [{ status: 403, body: { responseStatus: { status: 403, code: "9611" } } }, "NotInProject"],
    [{ status: 401 }, "Unauthorized"],
    [{ status: 404 }, "ResourceNotFound"],
    [{ status: 429 }, "RateLimited"],
    [{ status: 503 }, "ServiceUnavailable"],
    [{ status: 200 }, "ResponseEmpty"],
    [{ status: 200, body: "<html>" }, "ResponseNotJson"],
  ]
  for (const [reply, tag, field] of replies) {
    it.effect(`reads ${reply.status} as ${tag}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(ForeignExchange.live(yield* sample), reply)
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.reason.field, field)
        // A rate moves no money, whatever became of the question.
        assert.strictEqual(error.money, "NotMoved")
        assert.notStrictEqual(error.retry, "Reconcile")
      }),
    )
  }
})

describe("ForeignExchange.quote", () => {
  const sample = Effect.gen(function* () {
    const { eur, usd } = yield* currencies
    const request: QuoteRequest = {
      rateProductCode: "BANK",
      initiatingPartyId: 1002,
      sourceCurrencyCode: eur,
      destinationCurrencyCode: usd,
    }
    return request
  })

  const reply = {
    rateProductCode: "BANK",
    sourceCurrencyCode: "EUR",
    destinationCurrencyCode: "USD",
    conversionRate: 1.0842,
    quoteId: 987654321,
    quoteIdExpiryDateTime: "2018-07-19T10:22:15.529+00:00",
  }

  it.effect("sends Visa's sample and reads the quote", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(
        ForeignExchange.quote(yield* sample),
        answer(reply),
      )
      assert.strictEqual(calls[0]?.path, "/forexrates/v2/foreignexchangerates")
      assert.deepStrictEqual(json(calls[0]?.body), {
        initiatingPartyId: 1002,
        rateProductCode: "BANK",
        destinationCurrencyCode: "USD",
        sourceCurrencyCode: "EUR",
        quoteIdRequired: true,
      })
      const quote = yield* Effect.fromResult(outcome)
      assert.strictEqual(quote.quoteId, "987654321")
      assert.strictEqual(quote.rateProductCode, "BANK")
      assert.strictEqual(quote.sourceCurrencyCode, "EUR")
      assert.strictEqual(quote.destinationCurrencyCode, "USD")
      assert.strictEqual(BigDecimal.format(quote.conversionRate), "1.0842")
      assert.strictEqual(DateTime.formatIso(quote.expiresAt), "2018-07-19T10:22:15.529Z")
      assert.notProperty(quote, "sourceAmount")
    }),
  )

  it.effect("takes an amount along, and reads both amounts where Visa gives them", () =>
    Effect.gen(function* () {
      const { usd } = yield* currencies
      const { calls, outcome } = yield* recorded(
        ForeignExchange.quote({
          rateProductCode: "BANK",
          initiatingPartyId: 1002,
          sourceAmount: yield* Money.of("100.00", "EUR"),
          destinationCurrencyCode: usd,
        }),
        answer({ ...reply, sourceAmount: 100, destinationAmount: 108.42 }),
      )
      assert.include(JSON.stringify(calls[0]?.body), `"sourceAmount":100`)
      const quote = yield* Effect.fromResult(outcome)
      assert.strictEqual(String(quote.sourceAmount), "100.00 EUR")
      assert.strictEqual(String(quote.destinationAmount), "108.42 USD")
    }),
  )

  const expiries: ReadonlyArray<readonly [written: string, read: string]> = [
    ["2026-11-23T18:00:00.000Z", "2026-11-23T18:00:00.000Z"],
    ["2026-11-23T18:00:00.000-00:00", "2026-11-23T18:00:00.000Z"],
    ["2026-11-23T18:00:00Z", "2026-11-23T18:00:00.000Z"],
    ["2026-11-23T18:00:00.5Z", "2026-11-23T18:00:00.500Z"],
    // Visa says UTC; other zones are read as what they say.
    ["2026-11-23T20:00:00.000+02:00", "2026-11-23T18:00:00.000Z"],
    ["2026-11-23T20:00:00.000+0200", "2026-11-23T18:00:00.000Z"],
    ["2026-11-23T18:00:00.000", "2026-11-23T18:00:00.000Z"],
  ]
  for (const [written, read] of expiries) {
    it.effect(`reads the expiry ${written}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(
          ForeignExchange.quote(yield* sample),
          answer({ ...reply, quoteIdExpiryDateTime: written }),
        )
        const quote = yield* Effect.fromResult(outcome)
        assert.strictEqual(DateTime.formatIso(quote.expiresAt), read)
      }),
    )
  }

  for (const [written, read] of [
    [9_999_999_999_999, "9999999999999"],
    [0, "0"],
    ["0012", "12"],
  ] as const) {
    it.effect(`reads the quote id ${JSON.stringify(written)}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(
          ForeignExchange.quote(yield* sample),
          answer({ ...reply, quoteId: written }),
        )
        assert.strictEqual((yield* Effect.fromResult(outcome)).quoteId, read)
      }),
    )
  }

  const malformed: ReadonlyArray<readonly [name: string, changes: object, field: string]> = [
    ["no id", { quoteId: undefined }, "quoteId"],
    ["an id of fourteen digits", { quoteId: 12345678901234 }, "quoteId"],
    ["no expiry", { quoteIdExpiryDateTime: undefined }, "quoteIdExpiryDateTime"],
    ["an expiry in words", { quoteIdExpiryDateTime: "tomorrow" }, "quoteIdExpiryDateTime"],
    [
      "an expiry in month 13",
      { quoteIdExpiryDateTime: "2026-13-01T00:00:00Z" },
      "quoteIdExpiryDateTime",
    ],
    ["no rate", { conversionRate: undefined }, "conversionRate"],
    ["another source", { sourceCurrencyCode: "GBP" }, "sourceCurrencyCode"],
    ["another destination", { destinationCurrencyCode: "GBP" }, "sourceCurrencyCode"],
  ]
  for (const [name, changes, field] of malformed) {
    it.effect(`does not take a reply with ${name} for a quote`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(
          ForeignExchange.quote(yield* sample),
          answer({ ...reply, ...changes }),
        )
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, "ResponseMalformed")
        assert.strictEqual(error.reason.field, field)
      }),
    )
  }

  it.effect("refuses both amounts", () =>
    Effect.gen(function* () {
      const request = {
        ...(yield* sample),
        sourceCurrencyCode: undefined,
        destinationCurrencyCode: undefined,
        sourceAmount: yield* Money.of("1", "EUR"),
        destinationAmount: yield* Money.of("1", "USD"),
      } as unknown as QuoteRequest
      const { calls, outcome } = yield* recorded(ForeignExchange.quote(request))
      assert.deepStrictEqual(calls, [])
      assert.strictEqual((yield* failed(outcome)).reason.field, "destinationAmount")
    }),
  )

  it.effect("is expired from its expiry on", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(ForeignExchange.quote(yield* sample), answer(reply))
      const quote = yield* Effect.fromResult(outcome)
      const at = (time: string) => DateTime.makeUnsafe(`2018-07-19T${time}`)
      assert.isFalse(ForeignExchange.isExpired(quote, at("10:22:15.528Z")))
      assert.isTrue(ForeignExchange.isExpired(quote, at("10:22:15.529Z")))
      assert.isFalse(ForeignExchange.isExpired(quote, at("12:22:15.528+02:00")))
    }),
  )

  it.effect("survives storage", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(
        ForeignExchange.quote(yield* sample),
        answer({ ...reply, sourceAmount: "0.10", conversionRate: "1.084200000001" }),
      )
      const quote = yield* Effect.fromResult(outcome)
      const stored = JSON.stringify(yield* Schema.encodeEffect(Quote)(quote))
      assert.include(stored, `"expiresAt":"2018-07-19T10:22:15.529Z"`)
      assert.include(stored, `"conversionRate":"1.084200000001"`)
      const read = yield* Schema.decodeUnknownEffect(Quote)(JSON.parse(stored))
      assert.isTrue(Equal.equals(read, quote))
      assert.isFalse(Equal.equals(read, { ...quote, expiresAt: DateTime.makeUnsafe(0) }))
    }),
  )
})
