import { assert, describe, layer } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import type { Body } from "./support/client.ts"
import { detailOf, posted, ratesPath, type Told } from "./support/payouts.ts"

const v1Path = "/forexrates/v1/foreignexchangerates"

const shared = { excludeTestServices: true }

const daily = (overrides: object = {}): Body => ({
  acquirerDetails: { bin: 408999, settlement: { currencyCode: "840" } },
  rateProductCode: "A",
  markupRate: "0.07",
  destinationCurrencyCode: "826",
  sourceAmount: "100.55",
  sourceCurrencyCode: "840",
  ...overrides,
})

const live = (overrides: object = {}): Body => ({
  initiatingPartyId: 1002,
  rateProductCode: "BANK",
  destinationCurrencyCode: "USD",
  sourceCurrencyCode: "EUR",
  ...overrides,
})

const v1 = (overrides: object = {}): Body => ({
  systemsTraceAuditNumber: "350421",
  destinationCurrencyCode: "840",
  markUpRate: "1",
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
  sourceAmount: "100",
  retrievalReferenceNumber: "201010101031",
  sourceCurrencyCode: "643",
  ...overrides,
})

const asked = (body: Body) => posted(ratesPath, body)

/** Reason and place of a refusal. */
const refusal = (told: Told) => [told.status, told.error["reason"], detailOf(told)["location"]]

layer(Simulator.layer({ seed: 7 }), shared)("foreign exchange v2", (it) => {
  describe("daily rates", () => {
    it.effect("answer Visa's sample from source to destination", () =>
      Effect.gen(function* () {
        const { body, status } = yield* asked(daily())
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(body, {
          rateProductCode: "A",
          conversionRate: "0.7549",
          destinationAmount: "75.85",
          markupRateApplied: "0.07",
          sourceAmountWithoutMarkup: "100.48",
          acquirerDetails: {
            settlement: { amount: "100.55", currencyCode: "840", conversionRate: "1" },
          },
        })
      }),
    )

    it.effect("and its sample back again", () =>
      Effect.gen(function* () {
        const { body } = yield* asked(
          daily({ sourceAmount: undefined, destinationAmount: "75.85" }),
        )
        assert.deepStrictEqual(body, {
          rateProductCode: "A",
          conversionRate: "0.7549",
          sourceAmount: "100.48",
          markupRateApplied: "0.07",
          sourceAmountWithMarkup: "100.55",
          acquirerDetails: {
            settlement: { amount: "100.55", currencyCode: "840", conversionRate: "1" },
          },
        })
      }),
    )

    it.effect("say nothing of a markup or a settlement that was not asked for", () =>
      Effect.gen(function* () {
        const { body } = yield* asked(
          daily({ rateProductCode: "B", markupRate: undefined, acquirerDetails: undefined }),
        )
        assert.deepStrictEqual(body, {
          rateProductCode: "B",
          conversionRate: "0.7549",
          destinationAmount: "75.90",
        })
      }),
    )

    it.effect("round to the decimals of the currency, down what arrives and up what is sent", () =>
      Effect.gen(function* () {
        const yen = yield* asked(daily({ destinationCurrencyCode: "392", markupRate: undefined }))
        assert.match(String(yen.body["destinationAmount"]), /^\d+$/)
        const back = yield* asked(
          daily({
            sourceAmount: undefined,
            destinationAmount: yen.body["destinationAmount"],
            destinationCurrencyCode: "392",
            markupRate: undefined,
          }),
        )
        assert.isAtMost(Number(back.body["sourceAmount"]), 100.55)
        assert.isAbove(Number(back.body["sourceAmount"]), 100.53)
      }),
    )
  })

  describe("rates", () => {
    const rateOf = (from: string, to: string) =>
      Effect.map(
        asked(live({ sourceCurrencyCode: from, destinationCurrencyCode: to, sourceAmount: 1 })),
        ({ body }) => Number(body["conversionRate"]),
      )

    it.effect("agree with each other crosswise", () =>
      Effect.gen(function* () {
        for (const [a, b, c] of [
          ["EUR", "USD", "INR"],
          ["KWD", "PHP", "MXN"],
          ["IDR", "JPY", "GBP"],
        ] as const) {
          const direct = yield* rateOf(a, c)
          const crossed = (yield* rateOf(a, b)) * (yield* rateOf(b, c))
          assert.closeTo(crossed / direct, 1, 1e-4)
          assert.closeTo(direct * (yield* rateOf(c, a)), 1, 1e-4)
        }
        assert.strictEqual(yield* rateOf("EUR", "EUR"), 1)
      }),
    )

    it.effect("follow the seed, but for those of the samples", () =>
      Effect.gen(function* () {
        const { pki } = yield* Simulator
        const under = (seed: number, from: string, to: string) =>
          rateOf(from, to).pipe(
            Effect.provideServiceEffect(
              Simulator,
              Effect.provideService(Simulator.make({ seed }), Pki, pki),
            ),
            Effect.scoped,
          )
        assert.strictEqual(yield* under(7, "EUR", "USD"), yield* rateOf("EUR", "USD"))
        assert.notStrictEqual(yield* under(8, "EUR", "USD"), yield* rateOf("EUR", "USD"))
        assert.strictEqual(yield* under(8, "USD", "GBP"), 0.7549)
        assert.strictEqual(yield* under(8, "RUB", "USD"), 0.0318)
      }),
    )
  })

  describe("live rates", () => {
    it.effect("are numbers, in either direction", () =>
      Effect.gen(function* () {
        const pair = { sourceCurrencyCode: "USD", destinationCurrencyCode: "GBP" }
        const there = yield* asked(live({ ...pair, sourceAmount: 6.67 }))
        assert.deepStrictEqual(there.body, {
          rateProductCode: "BANK",
          sourceCurrencyCode: "USD",
          destinationCurrencyCode: "GBP",
          conversionRate: 0.7549,
          sourceAmount: 6.67,
          destinationAmount: 5.03,
        })
        const back = yield* asked(
          live({ ...pair, rateProductCode: "WALLET", destinationAmount: 10 }),
        )
        assert.strictEqual(back.body["sourceAmount"], 13.25)
        assert.strictEqual(back.body["destinationAmount"], 10)
        assert.notProperty(back.body, "quoteId")
      }),
    )

    it.effect("come without a quote when none is asked for", () =>
      Effect.gen(function* () {
        const { body } = yield* asked(live({ sourceAmount: 1, quoteIdRequired: false }))
        assert.notProperty(body, "quoteId")
      }),
    )
  })

  describe("refuses", () => {
    it.effect.each([
      ["no amount", daily({ sourceAmount: undefined }), "3001", "sourceAmount"],
      ["both amounts", daily({ destinationAmount: "1" }), "3001", "destinationAmount"],
      ["an amount that is a number", daily({ sourceAmount: 100.55 }), "3001", "sourceAmount"],
      ["an amount of zero", daily({ sourceAmount: "0.00" }), "3001", "sourceAmount"],
      [
        "an amount of 14 characters",
        daily({ sourceAmount: "12345678901.50" }),
        "3001",
        "sourceAmount",
      ],
      [
        "an amount finer than its currency",
        daily({ sourceAmount: "1.005" }),
        "3001",
        "sourceAmount",
      ],
      [
        "a result that has no room",
        daily({
          sourceAmount: "999999999999",
          sourceCurrencyCode: "392",
          destinationCurrencyCode: "704",
          markupRate: undefined,
          acquirerDetails: undefined,
        }),
        "3001",
        "sourceAmount",
      ],
      ["a currency in letters", daily({ sourceCurrencyCode: "USD" }), "3001", "sourceCurrencyCode"],
      [
        "a currency without a rate",
        daily({ destinationCurrencyCode: "971" }),
        "3001",
        "destinationCurrencyCode",
      ],
      ["a markup with its other capital", daily({ markUpRate: "1" }), "3001", "markUpRate"],
      ["a markup of 100", daily({ markupRate: "100" }), "3001", "markupRate"],
      ["a quote for a daily rate", daily({ quoteIdRequired: true }), "3001", "quoteIdRequired"],
      ["no product", daily({ rateProductCode: undefined }), "3001", "rateProductCode"],
      ["no amount of a live rate", live(), "3003", "sourceAmount"],
      [
        "both amounts of a live rate",
        live({ sourceAmount: 1, destinationAmount: 1 }),
        "3003",
        "destinationAmount",
      ],
      ["an amount that is a string", live({ sourceAmount: "6.67" }), "3003", "sourceAmount"],
      ["a live amount of zero", live({ destinationAmount: 0 }), "3003", "destinationAmount"],
      [
        "a currency in digits",
        live({ sourceAmount: 1, sourceCurrencyCode: "978" }),
        "3003",
        "sourceCurrencyCode",
      ],
      [
        "no party",
        live({ sourceAmount: 1, initiatingPartyId: undefined }),
        "3003",
        "initiatingPartyId",
      ],
      [
        "a party that is a string",
        live({ sourceAmount: 1, initiatingPartyId: "1002" }),
        "3003",
        "initiatingPartyId",
      ],
      ["a flag that is a string", live({ quoteIdRequired: "true" }), "3003", "quoteIdRequired"],
      ["a markup on a live rate", live({ sourceAmount: 1, markupRate: "1" }), "3003", "markupRate"],
    ] as const)("%s", ([, body, reason, location]) =>
      Effect.gen(function* () {
        const told = yield* asked(body)
        assert.deepStrictEqual(refusal(told), [400, reason, location])
        assert.strictEqual(told.error["status"], "400")
        assert.deepStrictEqual(
          [told.error["message"], detailOf(told)["message"]],
          reason === "3001"
            ? ["Missing or Invalid Request Parameters", "Missing or Invalid content"]
            : ["Invalid Schema", `${location} is invalid`],
        )
      }),
    )

    it.effect.each([
      ["3001", 400],
      ["3003", 400],
      ["3004", 500],
      ["4001", 403],
    ] as const)("with %s on demand", ([code, status]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        for (const [endpoint, path, body] of [
          ["ForeignExchange", ratesPath, daily({ sourceAmount: "1111.11" })],
          ["ForeignExchangeV1", v1Path, v1({ sourceAmount: "1111.11" })],
        ] as const) {
          yield* simulator.script({
            match: { endpoint, amount: 1111.11 },
            answer: { errorCode: code, location: "sourceCurrencyCode" },
            times: 1,
          })
          const told = yield* posted(path, body)
          assert.strictEqual(told.status, status)
          assert.strictEqual(told.error["reason"], code)
          assert.strictEqual(told.error["status"], String(status))
          assert.strictEqual("details" in told.error, code === "3001" || code === "3003")
        }
      }),
    )

    it.effect("a product outside the subscription with 403/4001", () =>
      Effect.gen(function* () {
        const { pki } = yield* Simulator
        const told = yield* asked(daily({ rateProductCode: "B" })).pipe(
          Effect.provideServiceEffect(
            Simulator,
            Effect.provideService(Simulator.make({ forex: { products: ["A"] } }), Pki, pki),
          ),
          Effect.scoped,
        )
        assert.strictEqual(told.status, 403)
        assert.strictEqual(told.error["reason"], "4001")
        assert.include(String(told.error["message"]), "B is not in the subscription")
      }),
    )
  })

  it.effect("is written down as an inquiry, with amount and currency", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* asked(daily({ sourceAmount: "31.41" }))
      const entries = yield* simulator.ledger.entries({ endpoint: "ForeignExchange" })
      const entry = entries.at(-1)
      assert.strictEqual(entry?.kind, "inquiry")
      assert.strictEqual(entry?.amount, "31.41")
      assert.strictEqual(entry?.currency, "840")
      assert.isFalse(entry?.moneyMoved)
    }),
  )

  it.effect("tells what a script adds", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({
        match: { endpoint: "ForeignExchange", amount: 27.18 },
        answer: { fields: { conversionRate: "0.5", markupRateApplied: null } },
      })
      const { body } = yield* asked(daily({ sourceAmount: "27.18" }))
      assert.strictEqual(body["conversionRate"], "0.5")
      assert.notProperty(body, "markupRateApplied")
    }),
  )
})

layer(Simulator.layer(), shared)("foreign exchange v1", (it) => {
  it.effect.each(["markUpRate", "markupRate"])("answers Visa's sample, the markup as %s", (name) =>
    Effect.gen(function* () {
      const { body, status } = yield* posted(v1Path, v1({ markUpRate: undefined, [name]: "1" }))
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(body, {
        conversionRate: "0.0318",
        destinationAmount: "3.14",
        markUpRateApplied: "1",
        originalDestnAmtBeforeMarkUp: "3.18",
      })
    }),
  )

  it.effect("applies no markup when none is given", () =>
    Effect.gen(function* () {
      const { body } = yield* posted(v1Path, v1({ markUpRate: undefined }))
      assert.strictEqual(body["destinationAmount"], body["originalDestnAmtBeforeMarkUp"])
      assert.strictEqual(body["markUpRateApplied"], "0")
    }),
  )

  it.effect("takes currencies in letters, and keeps a rate within nine characters", () =>
    Effect.gen(function* () {
      const { body, status } = yield* posted(
        v1Path,
        v1({ sourceCurrencyCode: "VND", destinationCurrencyCode: "KWD", sourceAmount: "50000" }),
      )
      assert.strictEqual(status, 200)
      assert.match(String(body["conversionRate"]), /^0\.0000\d{1,3}$/)
      assert.match(String(body["destinationAmount"]), /^\d\.\d{3}$/)
    }),
  )

  it.effect.each([
    ["both markups", v1({ markupRate: "1" }), "markUpRate"],
    ["a destination amount", v1({ destinationAmount: "1" }), "destinationAmount"],
    ["no source amount", v1({ sourceAmount: undefined }), "sourceAmount"],
    ["a number for an amount", v1({ sourceAmount: 100 }), "sourceAmount"],
    ["a product", v1({ rateProductCode: "A" }), "rateProductCode"],
    ["a currency that is none", v1({ sourceCurrencyCode: "000" }), "sourceCurrencyCode"],
  ] as const)("refuses %s", ([, body, location]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(refusal(yield* posted(v1Path, body)), [400, "3001", location])
    }),
  )
})

layer(Pki.layer())("a quote", (it) => {
  it.effect("has a number of its own, and says in UTC when it expires", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("1 hour")
      const now = yield* Clock.currentTimeMillis
      const [first, second] = [
        yield* asked(live({ quoteIdRequired: true })),
        yield* asked(live({ quoteIdRequired: true })),
      ]
      assert.deepStrictEqual(Object.keys(first.body), [
        "rateProductCode",
        "sourceCurrencyCode",
        "destinationCurrencyCode",
        "conversionRate",
        "quoteId",
        "quoteIdExpiryDateTime",
      ])
      assert.strictEqual(typeof first.body["conversionRate"], "number")
      assert.match(JSON.stringify(first.body["quoteId"]), /^\d{1,13}$/)
      assert.notStrictEqual(first.body["quoteId"], second.body["quoteId"])
      const expiry = String(first.body["quoteIdExpiryDateTime"])
      assert.match(expiry, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/)
      assert.strictEqual(Date.parse(expiry), now + 300_000)
      const simulator = yield* Simulator
      const entries = yield* simulator.ledger.entries()
      assert.deepStrictEqual(
        entries.map(({ quoteId }) => quoteId),
        [String(first.body["quoteId"]), String(second.body["quoteId"])],
      )
    }).pipe(Effect.provideServiceEffect(Simulator, Simulator.make())),
  )

  it.effect("may come with an amount, and live as long as is set", () =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const { body } = yield* asked(live({ quoteIdRequired: true, sourceAmount: 10 }))
      assert.property(body, "destinationAmount")
      assert.strictEqual(Date.parse(String(body["quoteIdExpiryDateTime"])), now + 1_000)
    }).pipe(
      Effect.provideServiceEffect(Simulator, Simulator.make({ forex: { quoteLifetime: 1_000 } })),
    ),
  )
})
