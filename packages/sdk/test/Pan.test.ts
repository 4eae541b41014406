import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Cause, Effect, Equal, Exit, Logger, Option, Redacted, Schema } from "effect"
import { inspect } from "node:util"
import { AcquiringBin } from "../src/AcquiringBin.ts"
import { Country } from "../src/Country.ts"
import { Currency } from "../src/Currency.ts"
import { Money } from "../src/Money.ts"
import { Pan } from "../src/Pan.ts"
import { Rrn } from "../src/Rrn.ts"
import { Stan } from "../src/Stan.ts"
import type { VisaError } from "../src/VisaError.ts"

/** Visa's public test numbers that have a right check digit. */
const valid = [
  "4060320000000126",
  "4957030420210462",
  "4957030420210454",
  "4957030420210496",
  "4957030420210512",
  "4895142232120006",
  "4005520000011126",
  "4840920103511221",
  "4895140000066666",
  "4485810000000131",
  "5123280115058611",
] as const

/** Visa's public sandbox numbers and tokens that have a wrong one. */
const sandbox = [
  "4060320000000127",
  "4003974278332156",
  "4104920120500001",
  "4104920120500002",
] as const

const someNumber = valid[0]
const somePan = Effect.runSync(Pan.make(someNumber))

const errorOf = (exit: Exit.Exit<unknown, VisaError>): VisaError =>
  Option.getOrThrow(Exit.findErrorOption(exit))

const refusal = (text: string): string => {
  const error = errorOf(Pan.make(text))
  assert.strictEqual(error.reason._tag, "RequestInvalid")
  assert.strictEqual(error.reason.field, "primaryAccountNumber")
  assert.strictEqual(error.money, "NotMoved")
  return error.reason.detail ?? ""
}

/** Every way in which a value gets into a log. */
const renderings = (value: unknown): ReadonlyArray<string> => [
  String(value),
  JSON.stringify(value),
  inspect(value, { depth: Infinity, showHidden: true, getters: true }),
  inspect({ nested: [value] }, { depth: Infinity }),
  Cause.pretty(Cause.fail(value)),
  ...(value instanceof Error
    ? [value.message, value.stack ?? "", inspect(value, { customInspect: false, depth: Infinity })]
    : []),
]

/** No seven digits of the number in a row, separators or not: more than first six or last four. */
const assertHidden = (value: unknown, digits: string): void => {
  for (const rendering of renderings(value)) {
    const seen = rendering.replaceAll(/[ -]/g, "")
    for (let i = 0; i + 7 <= digits.length; i++) {
      assert.notInclude(seen, digits.slice(i, i + 7))
    }
  }
}

/** The check digit by the other common formulation: a table of doubled digits, left to right. */
const withCheckDigit = (payload: string): string => {
  const doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]
  let sum = 0
  for (const [index, character] of [...payload].entries()) {
    const fromRight = payload.length - index
    sum += fromRight % 2 === 1 ? (doubled[Number(character)] ?? 0) : Number(character)
  }
  return payload + String((10 - (sum % 10)) % 10)
}

const anyNumber = Arbitrary.map(
  Arbitrary.schema(Schema.String.check(Schema.isPattern(/^[1-9]\d{11,17}$/))),
  withCheckDigit,
)

describe("Pan.make", () => {
  it.effect("takes Visa's public test numbers", () =>
    Effect.gen(function* () {
      for (const digits of valid) assert.strictEqual(Pan.value(yield* Pan.make(digits)), digits)
    }),
  )

  it.effect("takes Visa's sandbox numbers although their check digit is wrong", () =>
    Effect.gen(function* () {
      for (const digits of sandbox) {
        assert.notStrictEqual(withCheckDigit(digits.slice(0, -1)), digits)
        const pan = yield* Pan.make(digits)
        assert.strictEqual(Pan.value(pan), digits)
        assert.isTrue(Pan.is(pan))
      }
    }),
  )

  it.effect("drops spaces and dashes", () =>
    Effect.gen(function* () {
      for (const text of ["4060 3200 0000 0126", "4060-3200-0000-0126", " 4060320000000126 "]) {
        assert.strictEqual(Pan.value(yield* Pan.make(text)), someNumber)
      }
    }),
  )

  it("refuses the invalid number of Visa's test data", () => {
    assert.match(refusal("1111111111111111"), /check digit is wrong/)
  })

  it("refuses what cannot be a card number, and says what to do", () => {
    assert.match(refusal(""), /has 0 digits and must have 13 to 19: ask for it again/)
    assert.match(refusal("406032000000"), /has 12 digits/)
    assert.match(refusal(withCheckDigit("4060320000000000000")), /has 20 digits/)
    for (const text of [
      "4060320000000126x",
      "4060.3200.0000.0126",
      "٤٠٦٠٣٢٠٠٠٠٠٠٠١٢٦",
      "4060\u00a03200\u00a00000\u00a00126",
    ]) {
      assert.match(refusal(text), /only digits, spaces and dashes/)
    }
    assert.match(refusal(Number(someNumber) as unknown as string), /as text/)
  })

  it.prop(
    "takes every number of 13 to 19 digits with a right check digit, and no other last digit",
    [anyNumber],
    ([digits]) => {
      const pan = Effect.runSync(Pan.make(digits))
      assert.strictEqual(Pan.value(pan), digits)
      const wrong = digits.slice(0, -1) + String((Number(digits.slice(-1)) + 1) % 10)
      assert.match(refusal(wrong), /check digit is wrong/)
    },
    { arbitrary: { runs: 500 } },
  )

  it.prop(
    "notices every single mistyped digit",
    [anyNumber, Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 12 }))],
    ([digits, index]) => {
      for (let step = 1; step <= 9; step++) {
        const other = String((Number(digits[index]) + step) % 10)
        assert.match(
          refusal(digits.slice(0, index) + other + digits.slice(index + 1)),
          /check digit is wrong/,
        )
      }
    },
  )
})

describe("a Pan", () => {
  it("gives its parts by name only", () => {
    assert.strictEqual(Pan.masked(somePan), "406032******0126")
    assert.strictEqual(Pan.bin6(somePan), "406032")
    assert.strictEqual(Pan.last4(somePan), "0126")
    assert.strictEqual(Pan.value(somePan), someNumber)
  })

  it("shows its masked form in text, JSON and inspection", () => {
    assert.strictEqual(String(somePan), "<redacted:406032******0126>")
    assert.strictEqual(JSON.stringify({ somePan }), `{"somePan":"<redacted:406032******0126>"}`)
    assert.strictEqual(inspect({ somePan }), "{ somePan: <redacted:406032******0126> }")
    assert.strictEqual(
      `${JSON.stringify(structuredClone({ label: somePan.label }))}`,
      `{"label":"406032******0126"}`,
    )
  })

  it.prop(
    "hides at least six digits and shows no more than the first six and last four",
    [anyNumber],
    ([digits]) => {
      const pan = Effect.runSync(Pan.make(digits))
      assertHidden(pan, digits)
      assert.match(Pan.masked(pan), /^\d{3,6}\*{6,9}\d{4}$/)
      assert.strictEqual(Pan.masked(pan).length, digits.length)
    },
  )

  it.effect("is masked in logs", () => {
    const lines: Array<unknown> = []
    const loggers = [Logger.formatJson, Logger.formatLogFmt, Logger.formatSimple].map((logger) =>
      Logger.map(logger, (line) => void lines.push(line)),
    )
    return Effect.gen(function* () {
      yield* Effect.logInfo("paying", somePan, { to: somePan }).pipe(
        Effect.annotateLogs({ card: somePan }),
      )
      assert.lengthOf(lines, 3)
      for (const line of lines) {
        assert.notInclude(String(line), someNumber)
        assert.include(String(line), "406032******0126")
      }
    }).pipe(Effect.provide(Logger.layer(loggers)))
  })

  it("equals another of the same number, however it was written", () => {
    const other = Effect.runSync(Pan.make("4060 3200 0000 0126"))
    assert.isTrue(Equal.equals(somePan, other))
    assert.isFalse(Equal.equals(somePan, Effect.runSync(Pan.make(valid[1]))))
  })

  it("is not any other redacted value", () => {
    assert.isTrue(Pan.is(somePan))
    for (const other of [
      someNumber,
      Redacted.make(someNumber),
      Redacted.make("secret"),
      Redacted.make(1),
      null,
    ]) {
      assert.isFalse(Pan.is(other))
    }
    const mislabelled = Redacted.make(someNumber, { label: someNumber })
    assert.isFalse(Pan.is(mislabelled))
  })
})

describe("codecs", () => {
  it("reads text and writes the digits, for the request to Visa", () => {
    const Request = Schema.Struct({ recipientPrimaryAccountNumber: Pan.FromString })
    const request = Schema.decodeUnknownSync(Request)({ recipientPrimaryAccountNumber: someNumber })
    assert.isTrue(Equal.equals(request.recipientPrimaryAccountNumber, somePan))
    assertHidden(request, someNumber)
    assert.deepStrictEqual(Schema.encodeSync(Request)(request), {
      recipientPrimaryAccountNumber: someNumber,
    })
  })

  it("says what is wrong without the number", () => {
    const bad = "4060320000000128"
    const Request = Schema.Struct({ recipientPrimaryAccountNumber: Pan.FromString })
    for (const recipientPrimaryAccountNumber of [bad, Number(bad), { number: bad }]) {
      const decoded = Schema.decodeUnknownExit(Request)(
        { recipientPrimaryAccountNumber },
        { errors: "all" },
      )
      const error = Option.getOrThrow(Exit.findErrorOption(decoded))
      assert.match(error.message, /check digit is wrong|Expected string/)
      assertHidden(error, bad)
      assertHidden(decoded, bad)
    }
  })

  it("does not become JSON or come from it behind one's back", () => {
    const codec = Schema.toCodecJson(Schema.Struct({ card: Pan.Schema }))
    const encoded = Schema.encodeExit(codec)({ card: somePan })
    const error = Option.getOrThrow(Exit.findErrorOption(encoded))
    assert.match(error.message, /not written as JSON: use Pan.FromString/)
    assertHidden(error, someNumber)
    assert.isTrue(Exit.isFailure(Schema.decodeUnknownExit(codec)({ card: someNumber })))
  })
})

describe("errors of the vocabulary", () => {
  const mistyped = "4060320000000128"
  const pan = someNumber

  // A card number where it does not belong, and every bad value of a payout.
  const cases: Readonly<Record<string, Exit.Exit<unknown, VisaError>>> = {
    "a mistyped card number": Pan.make(mistyped),
    "a card number that is too short": Pan.make(mistyped.slice(0, 12)),
    "a card number with a letter": Pan.make(`${mistyped}x`),
    "a card number as the amount": Money.of(pan, "USD"),
    "a card number in the amount": Money.of(`${pan}.00`, "USD"),
    "a card number as the decimals": Money.of(`1.${pan}`, "USD"),
    "a card number as minor units": Money.fromMinor(Number(pan), "USD"),
    "a card number as the currency": Money.of("1.00", pan),
    "a card number as a currency": Currency.of(pan),
    "a card number as a currency's number": Currency.of(Number(pan)),
    "a card number as the country": Country.of(pan),
    "a card number as the acquiring BIN": AcquiringBin.make(pan),
    "a card number as the STAN": Stan.make(pan),
    "a card number as the RRN": Rrn.make(pan),
    "a card number in the RRN's layout": Rrn.parse(pan),
    "too many decimals": Money.of("124.055", "USD"),
    "a negative amount": Money.of("-124.05", "USD"),
    "an amount over the field's maximum": Money.of("1000000000.00", "USD"),
    "an unknown currency": Money.of("124.05", "XYZ"),
  }

  it.each(Object.keys(cases))(
    "%s is RequestInvalid, names the field, says what to do, and shows no digits",
    (name) => {
      const exit = cases[name]
      assert.isDefined(exit)
      const error = errorOf(exit)
      assert.strictEqual(error._tag, "VisaError")
      assert.strictEqual(error.reason._tag, "RequestInvalid")
      assert.strictEqual(error.retry, "AfterFix")
      assert.isNotEmpty(error.reason.field)
      assert.include(error.message, `Field: ${error.reason.field}.`)
      assert.match(
        error.reason.detail ?? "",
        /write|give|ask|use|round|split|may hold only|must be/,
      )
      assertHidden(error, pan)
      assertHidden(error, mistyped)
      assertHidden(exit, pan)
      assertHidden(exit, mistyped)
    },
  )

  it.effect("an amount of a reply that is a card number is not shown either", () =>
    Effect.gen(function* () {
      const usd = yield* Currency.of("USD")
      for (const value of [`${pan}.123`, `${pan}0`, Number(pan)]) {
        const error = errorOf(Money.fromVisa(value, usd))
        assert.strictEqual(error.reason._tag, "ResponseMalformed")
        assertHidden(error, pan)
      }
    }),
  )
})
