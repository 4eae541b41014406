import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Option, Schema } from "effect"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { Currency } from "../src/Currency.ts"

const refusal = (value: string | number): string => {
  const error = Option.getOrThrow(Exit.findErrorOption(Currency.of(value)))
  assert.strictEqual(error.reason._tag, "RequestInvalid")
  assert.strictEqual(error.reason.field, "currency")
  return error.reason.detail ?? ""
}

/** ISO's own list, which the package carries beside the table that it made from it. */
const isoList = (): ReadonlyArray<{
  readonly code: string
  readonly numeric: string
  readonly minor: string
}> => {
  const xml = readFileSync(
    createRequire(import.meta.url).resolve("currency-codes/iso-4217-list-one.xml"),
    "utf8",
  )
  const entry = /<Ccy>(.*?)<\/Ccy>\s*<CcyNbr>(.*?)<\/CcyNbr>\s*<CcyMnrUnts>(.*?)<\/CcyMnrUnts>/g
  return [...xml.matchAll(entry)].map(([, code = "", numeric = "", minor = ""]) => ({
    code,
    numeric,
    minor,
  }))
}

describe("Currency", () => {
  it.effect(
    "reads the alphabetic code, the number as text, and the JSON number that lost its zero",
    () =>
      Effect.gen(function* () {
        for (const value of ["AUD", "036", "36", 36]) {
          assert.strictEqual(yield* Currency.of(value), "AUD")
        }
        assert.strictEqual(yield* Currency.of(8), "ALL")
        assert.strictEqual(yield* Currency.of("840"), "USD")
      }),
  )

  it.effect("knows number and decimals", () =>
    Effect.gen(function* () {
      const found = []
      for (const code of ["USD", "JPY", "KWD", "CLF", "BHD", "ISK"]) {
        const currency = yield* Currency.of(code)
        found.push([code, Currency.numeric(currency), Currency.exponent(currency)])
      }
      assert.deepStrictEqual(found, [
        ["USD", "840", 2],
        ["JPY", "392", 0],
        ["KWD", "414", 3],
        ["CLF", "990", 4],
        ["BHD", "048", 3],
        ["ISK", "352", 0],
      ])
    }),
  )

  it("agrees with ISO's own list, but for the codes that it leaves out on purpose", () => {
    const list = isoList()
    assert.isAbove(list.length, 250)
    const left = new Set<string>()
    for (const { code, minor, numeric } of list) {
      const found = Currency.of(code)
      if (Exit.isSuccess(found)) {
        assert.strictEqual(Currency.numeric(found.value), numeric, code)
        assert.strictEqual(String(Currency.exponent(found.value)), minor, code)
      } else {
        left.add(`${code} ${minor}`)
      }
    }
    assert.deepStrictEqual([...left].sort(), [
      "ANG 2",
      "BGN 2",
      "XAG N.A.",
      "XAU N.A.",
      "XBA N.A.",
      "XBB N.A.",
      "XBC N.A.",
      "XBD N.A.",
      "XDR N.A.",
      "XPD N.A.",
      "XPT N.A.",
      "XSU N.A.",
      "XTS N.A.",
      "XUA N.A.",
      "XXX N.A.",
    ])
    const listed = new Set(list.map(({ code }) => code))
    assert.deepStrictEqual(
      Currency.all.filter((code) => !listed.has(code)),
      ["XCG"] as Array<string>,
    )
  })

  it.effect("comes back from every one of its forms, for every currency", () =>
    Effect.gen(function* () {
      assert.isAbove(Currency.all.length, 160)
      for (const currency of Currency.all) {
        const numeric = Currency.numeric(currency)
        assert.match(numeric, /^\d{3}$/)
        assert.include([0, 2, 3, 4], Currency.exponent(currency))
        for (const value of [currency, numeric, Number(numeric)]) {
          assert.strictEqual(yield* Currency.of(value), currency)
        }
      }
    }),
  )

  it("refuses what is not a currency and says what to write instead", () => {
    assert.match(refusal("XYZ"), /"XYZ" is not a currency: use a code of ISO 4217/)
    assert.match(refusal("usd"), /write "USD" in capitals/)
    assert.match(refusal("ANG"), /use XCG/)
    assert.match(refusal("BGN"), /use EUR/)
    for (const value of [
      "",
      "US",
      "USDX",
      " USD",
      "1000",
      "0036",
      1000,
      -36,
      3.6,
      Number.NaN,
      "constructor",
    ]) {
      assert.match(refusal(value), /is not a currency/)
    }
  })

  it("does not repeat a long value", () => {
    assert.match(refusal("4060320000000126"), /^this value is not a currency/)
  })

  it("reads three forms and writes the one that the codec is named after", () => {
    for (const value of ["AUD", "036", 36]) {
      assert.strictEqual(Schema.decodeUnknownSync(Currency.Alpha)(value), "AUD")
      assert.strictEqual(Schema.decodeUnknownSync(Currency.Numeric)(value), "AUD")
    }
    const audCurrency = Schema.decodeUnknownSync(Currency.Schema)("AUD")
    assert.strictEqual(Schema.encodeSync(Currency.Alpha)(audCurrency), "AUD")
    assert.strictEqual(Schema.encodeSync(Currency.Numeric)(audCurrency), "036")
    assert.strictEqual(Schema.encodeSync(Currency.Schema)(audCurrency), "AUD")
  })

  it("has codecs that refuse with the same advice", () => {
    assert.throws(() => Schema.decodeUnknownSync(Currency.Schema)(36), /not a currency/)
    assert.throws(() => Schema.decodeUnknownSync(Currency.Schema)("036"), /not a currency/)
    assert.throws(() => Schema.decodeUnknownSync(Currency.Alpha)("usd"), /write "USD" in capitals/)
  })

  it("stops a code that a type assertion smuggled in", () => {
    assert.throws(() => Currency.exponent("???" as Currency), /make it with Currency.of/)
  })
})
