import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Option, Schema } from "effect"
import { AcquiringBin } from "../src/AcquiringBin.ts"
import { Stan } from "../src/Stan.ts"

describe("Stan", () => {
  it.effect("is six digits, with its leading zeros", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Stan.make("000042"), "000042")
    }),
  )

  it("is nothing else", () => {
    for (const text of ["", "42", "0000042", "00004a", " 00042", "000042\n", "٠٠٠٠٤٢"]) {
      const error = Option.getOrThrow(Exit.findErrorOption(Stan.make(text)))
      assert.strictEqual(error.reason._tag, "RequestInvalid")
      assert.strictEqual(error.reason.field, "systemsTraceAuditNumber")
      assert.isFalse(Stan.is(text))
      assert.throws(() => Schema.decodeUnknownSync(Stan.Schema)(text), /six digits are needed/)
    }
  })

  it.prop("comes back from its codec", [Stan.Schema], ([stan]) => {
    assert.isTrue(Stan.is(stan))
    assert.strictEqual(
      Schema.decodeUnknownSync(Stan.Schema)(Schema.encodeSync(Stan.Schema)(stan)),
      stan,
    )
  })
})

describe("AcquiringBin", () => {
  it.effect("is 6 to 11 digits", () =>
    Effect.gen(function* () {
      for (const text of ["408999", "40899912345"])
        assert.strictEqual(yield* AcquiringBin.make(text), text)
    }),
  )

  it("is nothing else", () => {
    for (const text of ["", "40899", "408999123456", "40899x", "408 999", "4060320000000126"]) {
      const error = Option.getOrThrow(Exit.findErrorOption(AcquiringBin.make(text)))
      assert.strictEqual(error.reason._tag, "RequestInvalid")
      assert.strictEqual(error.reason.field, "acquiringBin")
      assert.throws(
        () => Schema.decodeUnknownSync(AcquiringBin.Schema)(text),
        /6 to 11 digits are needed/,
      )
    }
  })
})
