import { createHash, createHmac } from "node:crypto"
import { isDeepStrictEqual } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, ConfigProvider, DateTime, Effect, Layer, Redacted, Schema } from "effect"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { Fingerprint } from "../../src/payouts/Fingerprint.ts"

const keyOf = (letter: string) => Redacted.make(letter.repeat(32))
const keys = Fingerprint.layer({ key: keyOf("k") })

/** Values so small that many of them are equal. */
const Leaf = Schema.NullOr(Schema.Literals([0, 1, "", "0", "a", true]))
const Branch = Schema.Union([
  Leaf,
  Schema.Array(Leaf).check(Schema.isMaxLength(2)),
  Schema.Struct({ a: Schema.optionalKey(Leaf), b: Schema.optionalKey(Leaf) }),
])
const Small = Schema.Union([
  Branch,
  Schema.Array(Branch).check(Schema.isMaxLength(2)),
  Schema.Struct({ a: Schema.optionalKey(Branch), b: Schema.optionalKey(Branch) }),
])

/** The same value with its members in another order. */
const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, shuffled(member)]),
  )
}

const take = (value: unknown) => Effect.map(Fingerprint.take(value), ([current]) => current)

describe("a fingerprint", () => {
  it.effect.prop("does not depend on the order of members", { value: Schema.Json }, ({ value }) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* take(shuffled(value)), yield* take(value))
    }).pipe(Effect.provide(keys)),
  )

  it.effect.prop(
    "is the same exactly when the value is",
    { one: Small, other: Small },
    ({ one, other }) =>
      Effect.gen(function* () {
        const equal = (yield* take(one)) === (yield* take(other))
        assert.strictEqual(equal, isDeepStrictEqual(one, other))
      }).pipe(Effect.provide(keys)),
    { arbitrary: { runs: 500 } },
  )

  it.effect("does not depend on members that are undefined", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* take({ a: 1, b: undefined }), yield* take({ a: 1 }))
    }).pipe(Effect.provide(keys)),
  )

  it.effect("is the same for an amount however it was written", () =>
    Effect.gen(function* () {
      const written = yield* Effect.all([
        Money.of("10", "USD"),
        Money.of("10.0", "USD"),
        Money.fromMinor(1000, "USD"),
      ])
      const prints = yield* Effect.forEach(written, take)
      assert.strictEqual(new Set(prints).size, 1)
      assert.notStrictEqual(yield* take(yield* Money.of("10", "EUR")), prints[0])
      assert.notStrictEqual(yield* take("10.00 USD"), prints[0])
    }).pipe(Effect.provide(keys)),
  )

  it.effect("covers card numbers, instants, decimals and big integers", () =>
    Effect.gen(function* () {
      const values = [
        yield* Pan.make("4060320000000127"),
        yield* Pan.make("4060320000000126"),
        "4060320000000127",
        Redacted.make("other"),
        DateTime.makeUnsafe("2026-01-01T00:00:00Z"),
        DateTime.makeUnsafe("2026-01-01T00:00:00.001Z"),
        BigDecimal.fromStringUnsafe("1.5"),
        BigDecimal.fromStringUnsafe("15"),
        15n,
        15,
        "15",
      ]
      const prints = yield* Effect.forEach(values, take)
      assert.strictEqual(new Set(prints).size, values.length)
      const zoned = DateTime.makeZonedUnsafe("2026-01-01T00:00:00Z", { timeZone: "Asia/Manila" })
      assert.strictEqual(yield* take(zoned), prints[4])
      assert.strictEqual(yield* take(BigDecimal.fromStringUnsafe("1.50")), prints[6])
    }).pipe(Effect.provide(keys)),
  )

  it.effect("is another one under another key, and says nothing of the value", () =>
    Effect.gen(function* () {
      const pan = yield* Pan.make("4060320000000127")
      const [one] = yield* Fingerprint.take(pan).pipe(Effect.provide(keys))
      const [other] = yield* Fingerprint.take(pan).pipe(
        Effect.provide(Fingerprint.layer({ key: keyOf("o") })),
      )
      assert.notStrictEqual(one, other)
      assert.match(one, /^1\.hmac\.[\w-]{43}$/)
      assert.notInclude(one, "0127")
    }),
  )

  it.effect("after a change of keys comes with those under the earlier ones", () =>
    Effect.gen(function* () {
      const value = { a: 1 }
      const [before] = yield* Fingerprint.take(value).pipe(Effect.provide(keys))
      const after = yield* Fingerprint.take(value).pipe(
        Effect.provide(Fingerprint.layer({ key: keyOf("o"), previousKeys: [keyOf("k")] })),
      )
      assert.strictEqual(after[1], before)
    }),
  )

  it.effect("stays the same from version to version of this SDK", () =>
    Effect.gen(function* () {
      const value = {
        z: [1, -0, 1e21, 0.1, 'é\u2028"', null, true],
        amount: yield* Money.of("10.50", "USD"),
        a: {
          at: DateTime.makeUnsafe("2026-01-01T00:00:00Z"),
          rate: BigDecimal.fromStringUnsafe("1.50"),
        },
      }
      const text =
        '{"a":{"at":{"$instant":"2026-01-01T00:00:00.000Z"},"rate":{"$decimal":"1.5"}},' +
        '"amount":{"$money":"10.50 USD"},"z":[1,0,1e+21,0.1,"é\u2028\\"",null,true]}'
      const hash = createHash("sha256").update(text).digest("base64url")
      assert.strictEqual(yield* Fingerprint.takePlain(value), `1.sha256.${hash}`)
      const mac = createHmac("sha256", "k".repeat(32)).update(text).digest("base64url")
      assert.strictEqual(yield* take(value).pipe(Effect.provide(keys)), `1.hmac.${mac}`)
    }),
  )
})

describe("a value without a canonical form", () => {
  class Person {
    readonly name = "somebody"
  }
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  let deep: unknown = 0
  for (let level = 0; level < 10_000; level++) deep = [deep]

  it.effect.each([
    ["NaN", { a: [Number.NaN] }, "a[0]"],
    ["a function", { a: () => 1 }, "a"],
    ["a class instance", { a: { b: new Person() } }, "a.b"],
    ["a map", { a: new Map([["b", 1]]) }, "a"],
    ["a date", { a: new Date(0) }, "a"],
    ["bytes", { a: new Uint8Array(3) }, "a"],
    ["an item that is undefined", { a: [undefined] }, "a[0]"],
    ["a hole", { a: Array.from({ length: 1 }) }, "a[0]"],
    ["a cycle", cyclic, "self"],
    ["the value undefined", undefined, undefined],
  ] as const)("is refused: %s", ([, value, path]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Fingerprint.takePlain(value))
      assert.strictEqual(error.reason._tag, "RequestInvalid")
      assert.strictEqual(error.reason.field, path)
    }),
  )

  it.effect("is refused when it is too deep, without a stack overflow", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Fingerprint.takePlain(deep))
      assert.include(error.message, "deeper than 64 levels")
    }),
  )

  it.effect("is a card number, for a fingerprint without a key", () =>
    Effect.gen(function* () {
      const pan = yield* Pan.make("4060320000000127")
      const error = yield* Effect.flip(Fingerprint.takePlain({ to: pan }))
      assert.strictEqual(error.reason.field, "to")
      assert.notInclude(error.message, "0127")
    }),
  )
})

describe("the keys of fingerprints", () => {
  it.effect("are refused when they are short", () =>
    Effect.gen(function* () {
      for (const [options, field] of [
        [{ key: Redacted.make("short") }, "key"],
        [{ key: keyOf("k"), previousKeys: [Redacted.make("short")] }, "previousKeys[0]"],
      ] as const) {
        const error = yield* Effect.flip(Fingerprint.make(options))
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, field)
        assert.notInclude(error.message, "short")
      }
    }),
  )

  const fromVariables = (variables: { readonly [name: string]: string }) =>
    Fingerprint.take("value").pipe(
      Effect.provide(
        Fingerprint.layerConfig.pipe(
          Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: variables }))),
        ),
      ),
    )

  it.effect("are read from the environment", () =>
    Effect.gen(function* () {
      const prints = yield* fromVariables({
        VISA_DIRECT_FINGERPRINT_KEY: "k".repeat(32),
        VISA_DIRECT_FINGERPRINT_PREVIOUS_KEYS: `${"o".repeat(32)}, ${"p".repeat(32)}`,
      })
      assert.strictEqual(prints.length, 3)
      assert.strictEqual(
        prints[0],
        (yield* Fingerprint.take("value").pipe(Effect.provide(keys)))[0],
      )
    }),
  )

  it.effect("are asked for by the name of the variable", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(fromVariables({}))
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      assert.include(error.message, "VISA_DIRECT_FINGERPRINT_KEY")
    }),
  )

  it.effect("are made up for a process that shares its claims with nobody", () =>
    Effect.gen(function* () {
      const one = yield* take("value").pipe(Effect.provide(Fingerprint.layerEphemeral))
      const other = yield* take("value").pipe(Effect.provide(Fingerprint.layerEphemeral))
      assert.notStrictEqual(one, other)
    }),
  )
})
