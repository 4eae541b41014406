import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Equal, Exit, Hash, Option, Order, Schema } from "effect"
import { inspect } from "node:util"
import { Currency } from "../src/Currency.ts"
import { Money } from "../src/Money.ts"
import type { VisaError } from "../src/VisaError.ts"

const money = (amount: string, currency: string): Money =>
  Effect.runSync(Money.of(amount, currency))
const code = (alpha: string): Currency => Effect.runSync(Currency.of(alpha))

const refusal = (
  exit: Exit.Exit<unknown, VisaError>,
  tag = "RequestInvalid",
  field = "amount",
): string => {
  const error = Option.getOrThrow(Exit.findErrorOption(exit))
  assert.strictEqual(error.reason._tag, tag)
  assert.strictEqual(error.reason.field, field)
  return error.reason.detail ?? ""
}

/** The field's maximum in minor units, written out by hand. */
const maximum: Readonly<Record<number, number>> = {
  0: 999_999_999,
  2: 999_999_999_99,
  3: 999_999_999_999,
  4: 999_999_999_999_0,
}
const maximumOf = (currency: Currency): number => maximum[Currency.exponent(currency)] ?? Number.NaN

/** Any currency with any amount of Visa's field. */
const anyAmount: Arbitrary.Arbitrary<Money> = Arbitrary.flatMap(
  Arbitrary.schema(Currency.Schema),
  (currency) =>
    Arbitrary.map(
      Arbitrary.schema(
        Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: maximumOf(currency) })),
      ),
      (minor) => Effect.runSync(Money.fromMinor(minor, currency)),
    ),
)

/** The edges of every currency: smallest steps, carries, and the field's maximum. */
const edges: ReadonlyArray<Money> = Currency.all.flatMap((currency) =>
  [0, 1, 9, 10, 99, 100, 101, 999, 1000, 10_000, maximumOf(currency) - 1, maximumOf(currency)].map(
    (minor) => Effect.runSync(Money.fromMinor(minor, currency)),
  ),
)

const withoutTrailingZeros = (decimal: string): string =>
  decimal.includes(".") ? decimal.replace(/0+$/, "").replace(/\.$/, "") : decimal

describe("Money.of", () => {
  it.effect("reads decimal text exactly", () =>
    Effect.gen(function* () {
      const found = []
      for (const [amount, currency] of [
        ["124.05", "USD"],
        ["124.5", "USD"],
        ["124", "USD"],
        ["0", "USD"],
        ["0.01", "USD"],
        ["1557", "JPY"],
        ["1.005", "KWD"],
        ["1.0005", "CLF"],
        ["999999999.99", "USD"],
        ["999999999.999", "KWD"],
        ["999999999", "JPY"],
        ["999999999.999", "CLF"],
      ] as const) {
        const { currency: read, minor } = yield* Money.of(amount, currency)
        found.push([amount, read, minor])
      }
      assert.deepStrictEqual(found, [
        ["124.05", "USD", 12_405],
        ["124.5", "USD", 12_450],
        ["124", "USD", 12_400],
        ["0", "USD", 0],
        ["0.01", "USD", 1],
        ["1557", "JPY", 1557],
        ["1.005", "KWD", 1005],
        ["1.0005", "CLF", 10_005],
        ["999999999.99", "USD", 99_999_999_999],
        ["999999999.999", "KWD", 999_999_999_999],
        ["999999999", "JPY", 999_999_999],
        ["999999999.999", "CLF", 9_999_999_999_990],
      ])
    }),
  )

  it("refuses what is not plain decimal text, and says how to write it", () => {
    for (const amount of [
      "",
      " ",
      ".",
      "1.",
      ".5",
      "-1",
      "+1",
      "-0",
      "1e3",
      "1E3",
      "0x10",
      "1,000",
      "1 000",
      "1_000",
      " 1",
      "1 ",
      "1\n",
      "1.2.3",
      "00",
      "007",
      "01.50",
      "NaN",
      "Infinity",
      "١٢",
      "１",
      "$1",
      "1USD",
    ]) {
      assert.match(
        refusal(Money.of(amount, "USD")),
        /^write the amount as decimal text such as "124.05"/,
      )
    }
  })

  it("refuses a number, even where the types were switched off", () => {
    assert.match(
      refusal(Money.of(124.05 as unknown as string, "USD")),
      /^write the amount as decimal text/,
    )
  })

  it("refuses more decimals than the currency has", () => {
    assert.strictEqual(
      refusal(Money.of("124.055", "USD")),
      "the amount has 3 decimals and USD has 2 decimals: round it first",
    )
    assert.strictEqual(
      refusal(Money.of("124.0", "JPY")),
      "the amount has 1 decimal and JPY has no decimals: round it first",
    )
    assert.match(refusal(Money.of("1.0000", "KWD")), /4 decimals and KWD has 3/)
    assert.match(refusal(Money.of("1.00000", "CLF")), /5 decimals and CLF has 4/)
  })

  it("refuses an amount over the maximum of Visa's field", () => {
    for (const [amount, currency] of [
      ["1000000000", "USD"],
      ["1000000000.00", "KWD"],
      ["1000000000", "JPY"],
      ["999999999.9991", "CLF"],
      ["9".repeat(5000), "USD"],
    ] as const) {
      assert.match(refusal(Money.of(amount, currency)), /over the maximum .* 999 999 999\.999/)
    }
  })

  it("refuses an unknown currency", () => {
    assert.match(
      refusal(Money.of("1", "XYZ"), "RequestInvalid", "currency"),
      /"XYZ" is not a currency/,
    )
  })
})

describe("Money.fromMinor", () => {
  it("takes whole minor units up to the field's maximum", () => {
    assert.strictEqual(String(Effect.runSync(Money.fromMinor(12_405, "USD"))), "124.05 USD")
    for (const minor of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      assert.match(refusal(Money.fromMinor(minor, "USD")), /whole number from 0 up/)
    }
    for (const currency of Currency.all) {
      assert.isTrue(Exit.isSuccess(Money.fromMinor(maximumOf(currency), currency)))
      assert.match(refusal(Money.fromMinor(maximumOf(currency) + 1, currency)), /over the maximum/)
    }
  })

  it("knows one zero only", () => {
    assert.isTrue(Object.is(Effect.runSync(Money.fromMinor(-0, "USD")).minor, 0))
  })
})

describe("exactness", () => {
  it.prop(
    "text to amount to text is the identity, for every currency and size",
    [anyAmount],
    ([amount]) => {
      const again = money(Money.toDecimal(amount), amount.currency)
      assert.strictEqual(again.minor, amount.minor)
      assert.strictEqual(again.currency, amount.currency)
    },
    { arbitrary: { runs: 2000 } },
  )

  it("text to amount to text is the identity at the edges of every currency", () => {
    for (const amount of edges) {
      assert.strictEqual(money(Money.toDecimal(amount), amount.currency).minor, amount.minor)
    }
  })

  const jsonIsExact = (amount: Money): void => {
    const sent = Money.toVisaNumber(amount)
    if (Currency.exponent(amount.currency) >= 3 && amount.minor % 10 !== 0) {
      assert.match(refusal(sent), /multiple of 10 minor units/)
      return
    }
    const json = JSON.stringify(Effect.runSync(sent))
    assert.strictEqual(json, withoutTrailingZeros(Money.toDecimal(amount)))
    const back = Effect.runSync(Money.fromVisa(JSON.parse(json) as number, amount.currency))
    assert.strictEqual(back.minor, amount.minor)
  }

  it.prop(
    "the JSON number has exactly the digits of the amount, both ways",
    [anyAmount],
    ([amount]) => {
      jsonIsExact(amount)
    },
    { arbitrary: { runs: 2000 } },
  )

  it("the JSON number is exact at the edges of every currency", () => {
    for (const amount of edges) jsonIsExact(amount)
  })
})

describe("Money.toVisaNumber", () => {
  it.effect("is the plain number", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Money.toVisaNumber(money("124.05", "USD")), 124.05)
      assert.strictEqual(yield* Money.toVisaNumber(money("124.00", "USD")), 124)
      assert.strictEqual(yield* Money.toVisaNumber(money("1557", "JPY")), 1557)
      assert.strictEqual(yield* Money.toVisaNumber(money("1.250", "KWD")), 1.25)
    }),
  )

  it("refuses a third decimal that is not 0", () => {
    assert.match(refusal(Money.toVisaNumber(money("1.255", "KWD"))), /last decimal of KWD to be 0/)
    assert.match(refusal(Money.toVisaNumber(money("1.2505", "CLF"))), /last decimal of CLF to be 0/)
  })

  it("refuses a sum that has grown over the field's maximum", () => {
    const most = money("999999999.99", "USD")
    const sum = Effect.runSync(Money.add(most, most))
    assert.strictEqual(Money.toDecimal(sum), "1999999999.98")
    assert.match(refusal(Money.toVisaNumber(sum)), /over the maximum/)
  })
})

describe("Money.fromVisa", () => {
  it.effect("reads numbers and text", () =>
    Effect.gen(function* () {
      for (const [value, currency, decimal] of [
        [124.05, "USD", "124.05"],
        ["124.05", "USD", "124.05"],
        [0.1, "USD", "0.10"],
        [0, "USD", "0.00"],
        ["124.0500", "USD", "124.05"],
        ["1557.00", "JPY", "1557"],
        [1557, "JPY", "1557"],
        [1_270_000_000_000, "VND", "1270000000000"],
        ["90071992547409.91", "USD", "90071992547409.91"],
      ] as const) {
        assert.strictEqual(Money.toDecimal(yield* Money.fromVisa(value, code(currency))), decimal)
      }
    }),
  )

  it("refuses what is not exactly an amount of the currency", () => {
    for (const [value, currency] of [
      [1e-7, "USD"],
      [1e21, "USD"],
      [-1, "USD"],
      ["-1", "USD"],
      [Number.NaN, "USD"],
      [Number.POSITIVE_INFINITY, "USD"],
      ["1e3", "USD"],
      ["", "USD"],
      ["1,5", "USD"],
      ["000000012405", "USD"],
      [124.055, "USD"],
      [0.5, "JPY"],
      [0.1 + 0.2, "USD"],
      [12_345_678_901_234.56, "USD"],
      ["90071992547409.92", "USD"],
    ] as const) {
      assert.notStrictEqual(refusal(Money.fromVisa(value, code(currency)), "ResponseMalformed"), "")
    }
  })
})

describe("time", () => {
  it("grows with the length of the text and no faster", () => {
    const long = 1_000_000
    for (const text of [
      `0.${"0".repeat(long)}1`,
      `1.0${"10".repeat(long / 2)}`,
      "9".repeat(long),
    ]) {
      assert.isTrue(Exit.isFailure(Money.of(text, "USD")))
      assert.isTrue(Exit.isFailure(Money.fromVisa(text, code("USD"))))
    }
    assert.isTrue(Exit.isSuccess(Money.fromVisa(`1.${"0".repeat(long)}`, code("USD"))))
  })
})

describe("arithmetic", () => {
  it.effect("adds and subtracts within a currency", () =>
    Effect.gen(function* () {
      const sum = yield* Money.add(money("0.10", "USD"), money("0.20", "USD"))
      assert.strictEqual(String(sum), "0.30 USD")
      assert.strictEqual(String(yield* Money.subtract(sum, money("0.30", "USD"))), "0.00 USD")
    }),
  )

  it("never mixes currencies", () => {
    const [usd, eur] = [money("1", "USD"), money("1", "EUR")]
    for (const exit of [Money.add(usd, eur), Money.subtract(usd, eur), Money.compare(usd, eur)]) {
      assert.match(refusal(exit, "RequestInvalid", "currency"), /USD and EUR cannot be .*: convert/)
    }
  })

  it("never goes below zero or past the exact integers", () => {
    assert.match(
      refusal(Money.subtract(money("1", "USD"), money("1.01", "USD"))),
      /would be negative/,
    )
    const most = Effect.runSync(Money.fromVisa(String(Number.MAX_SAFE_INTEGER), code("JPY")))
    assert.match(refusal(Money.add(most, money("1", "JPY"))), /too large to be exact/)
  })

  it.effect("compares within a currency", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Money.compare(money("1", "USD"), money("2", "USD")), -1)
      assert.strictEqual(yield* Money.compare(money("2", "USD"), money("2.00", "USD")), 0)
      assert.strictEqual(yield* Money.compare(money("3", "USD"), money("2", "USD")), 1)
    }),
  )

  it("sorts by currency, then by amount", () => {
    const sorted = [money("2", "USD"), money("9", "EUR"), money("1", "USD")].sort(Money.Order)
    assert.deepStrictEqual(sorted.map(String), ["9.00 EUR", "1.00 USD", "2.00 USD"])
    assert.isTrue(Order.isLessThan(Money.Order)(money("1", "USD"), money("2", "USD")))
  })

  it.prop("adding and subtracting again gives the amount", [anyAmount, anyAmount], ([a, b]) => {
    const sum = Money.add(a, b)
    if (a.currency !== b.currency) return Exit.isFailure(sum)
    assert.strictEqual(Effect.runSync(Money.subtract(Effect.runSync(sum), b)).minor, a.minor)
    return true
  })
})

describe("a value", () => {
  it("equals another of the same currency and amount", () => {
    assert.isTrue(Equal.equals(money("124.05", "USD"), money("124.05", "USD")))
    assert.strictEqual(Hash.hash(money("124.05", "USD")), Hash.hash(money("124.05", "USD")))
    assert.isFalse(Equal.equals(money("124.05", "USD"), money("124.06", "USD")))
    assert.isFalse(Equal.equals(money("124.05", "USD"), money("124.05", "EUR")))
  })

  it("cannot be changed", () => {
    const amount = money("124.05", "USD")
    assert.throws(() => Object.assign(amount, { minor: 1 }), TypeError)
    assert.strictEqual(amount.minor, 12_405)
  })

  it("shows itself as amount and currency", () => {
    const amount = money("124.05", "USD")
    assert.strictEqual(String(amount), "124.05 USD")
    assert.strictEqual(JSON.stringify({ amount }), `{"amount":"124.05 USD"}`)
    assert.strictEqual(inspect({ amount }), "{ amount: 124.05 USD }")
  })

  it("is formatted for people, with all its digits", () => {
    assert.strictEqual(Money.format(money("1234.50", "USD")), "$1,234.50")
    assert.strictEqual(Money.format(money("1557", "JPY")), "¥1,557")
    // Intl alone would drop the decimals that ISO gives this currency.
    assert.match(Money.format(money("10.25", "HUF")), /10\.25/)
    const most = Effect.runSync(Money.fromVisa("90071992547409.91", code("USD")))
    assert.strictEqual(Money.format(most), "$90,071,992,547,409.91")
  })

  it("is formatted plainly where Intl cannot", () => {
    assert.strictEqual(Money.format(money("1234.50", "USD"), "not a locale"), "1234.50 USD")
  })

  it.prop("comes back from storage", [anyAmount], ([amount]) => {
    const stored = Schema.encodeSync(Money.Schema)(amount)
    assert.deepStrictEqual(Object.keys(stored), ["amount", "currency"])
    const restored = Schema.decodeUnknownSync(Money.Schema)(JSON.parse(JSON.stringify(stored)))
    assert.isTrue(Money.is(restored))
    assert.isTrue(Equal.equals(restored, amount))
  })

  it("comes back from storage when it is larger than Visa's field", () => {
    const sum = Effect.runSync(Money.add(money("999999999.99", "USD"), money("0.01", "USD")))
    const restored = Schema.decodeUnknownSync(Money.Schema)(Schema.encodeSync(Money.Schema)(sum))
    assert.isTrue(Equal.equals(restored, sum))
  })

  it("goes through a JSON codec as it is stored", () => {
    const codec = Schema.toCodecJson(Schema.Struct({ amount: Money.Schema }))
    const json = Schema.encodeSync(codec)({ amount: money("124.05", "USD") })
    assert.deepStrictEqual(json, { amount: { amount: "124.05", currency: "USD" } })
    assert.strictEqual(String(Schema.decodeSync(codec)(json).amount), "124.05 USD")
  })

  it("is not read from storage that was tampered with", () => {
    const decode = Schema.decodeUnknownExit(Money.Schema)
    for (const stored of [
      { amount: "1.005", currency: "USD" },
      { amount: "1", currency: "XYZ" },
      { amount: 1, currency: "USD" },
      { amount: "-1", currency: "USD" },
      { currency: "USD" },
      "1.00 USD",
    ]) {
      assert.isTrue(Exit.isFailure(decode(stored)))
    }
  })
})
