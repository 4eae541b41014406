import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Option, Schema } from "effect"
import { createRequire } from "node:module"
import { Country } from "../src/Country.ts"

const refusal = (value: string | number): string => {
  const error = Option.getOrThrow(Exit.findErrorOption(Country.of(value)))
  assert.strictEqual(error.reason._tag, "RequestInvalid")
  assert.strictEqual(error.reason.field, "country")
  return error.reason.detail ?? ""
}

describe("Country", () => {
  it.effect("reads two letters, three letters, a number as text, and a JSON number", () =>
    Effect.gen(function* () {
      for (const value of ["AU", "AUS", "036", "36", 36]) {
        const country = yield* Country.of(value)
        assert.strictEqual(country, "AU")
        assert.strictEqual(Country.alpha3(country), "AUS")
        assert.strictEqual(Country.numeric(country), "036")
      }
    }),
  )

  it.effect("comes back from every one of its forms, for every country", () =>
    Effect.gen(function* () {
      assert.strictEqual(Country.all.length, 250)
      for (const country of Country.all) {
        assert.match(Country.alpha3(country), /^[A-Z]{3}$/)
        assert.match(Country.numeric(country), /^\d{3}$/)
        const forms = [
          country,
          Country.alpha3(country),
          Country.numeric(country),
          Number(Country.numeric(country)),
        ]
        for (const value of forms) assert.strictEqual(yield* Country.of(value), country)
      }
    }),
  )

  it("refuses what is not a country and says what to write instead", () => {
    assert.match(refusal("ZZ"), /"ZZ" is not a country: use a code of ISO 3166-1/)
    assert.match(refusal("us"), /write "US" in capitals/)
    assert.match(refusal("usa"), /write "USA" in capitals/)
    for (const value of ["", "U", "UK", "USAX", " US", "000", 0, -36, 3.6, "constructor"]) {
      assert.match(refusal(value), /is not a country/)
    }
    assert.match(refusal("4060320000000126"), /^this value is not a country/)
  })

  it("reads any form and writes the one that the codec is named after", () => {
    const us = Schema.decodeUnknownSync(Country.Schema)("US")
    for (const value of ["US", "USA", "840", 840]) {
      for (const codec of [Country.Alpha2, Country.Alpha3, Country.Numeric]) {
        assert.strictEqual(Schema.decodeUnknownSync(codec)(value), us)
      }
    }
    assert.strictEqual(Schema.encodeSync(Country.Alpha2)(us), "US")
    assert.strictEqual(Schema.encodeSync(Country.Alpha3)(us), "USA")
    assert.strictEqual(Schema.encodeSync(Country.Numeric)(us), "840")
    assert.throws(() => Schema.decodeUnknownSync(Country.Schema)("USA"), /not a country/)
    assert.throws(() => Schema.decodeUnknownSync(Country.Numeric)("us"), /write "US" in capitals/)
  })

  it("does not load the names of countries in 80 languages", () => {
    const loaded = Object.keys(createRequire(import.meta.url).cache)
    assert.isTrue(loaded.some((path) => /i18n-iso-countries[\\/]codes\.json$/.test(path)))
    assert.isFalse(loaded.some((path) => /i18n-iso-countries[\\/]langs/.test(path)))
  })

  it("stops a code that a type assertion smuggled in", () => {
    assert.throws(() => Country.numeric("??" as Country), /make it with Country.of/)
  })
})
