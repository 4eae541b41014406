import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal, Redacted } from "effect"
import { inspect } from "node:util"
import { AliasDirectory } from "../../src/api/AliasDirectory.ts"
import type { AliasInquiryRequest } from "../../src/api/AliasDirectory.ts"
import { recorded, sent } from "../support/recordedCalls.ts"
import { assertHides } from "../support/renderings.ts"

/** The alias of Visa's sandbox. */
const phone = "254711001987"

describe("AliasDirectory.inquire", () => {
  const aliases = [phone, "254711001988"].map((alias) => Redacted.make(alias))

  const inquiring = (
    request: AliasInquiryRequest,
    body: unknown = { summary: { aliasesTotal: 2, aliasesFound: 1, aliasesNotFound: 1 } },
    status = 200,
  ) => recorded(AliasDirectory.inquire(request), AliasDirectory.layer, () => ({ status, body }))

  it.effect("sends the aliases and answers those that Visa knows", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* inquiring(
        { aliases },
        {
          summary: { aliasesTotal: 2, aliasesFound: 1, aliasesNotFound: 1 },
          details: [
            {
              alias: phone,
              aliasType: "PHONE",
              paymentInstrOwner: "OTHER",
              paymentInstrTypes: ["CARD"],
            },
          ],
        },
      )
      assert.strictEqual(calls[0]?.method, "POST")
      assert.strictEqual(calls[0]?.path, "/visaaliasdirectory/v1/aliasinquiry")
      assert.deepStrictEqual(sent(calls[0]), { aliases: [phone, "254711001988"] })
      const answer = yield* Effect.fromResult(outcome)
      assert.deepStrictEqual(answer.summary, {
        aliasesTotal: 2,
        aliasesFound: 1,
        aliasesNotFound: 1,
      })
      assert.strictEqual(answer.found.length, 1)
      const [found] = answer.found
      assert.isTrue(Equal.equals(found?.alias, aliases[0]))
      assert.strictEqual(found?.paymentInstrOwner, "OTHER")
      assert.deepStrictEqual(found?.paymentInstrTypes, ["CARD"])
      assert.isFalse(inspect(answer, { depth: 10, showHidden: true }).includes(phone))
    }),
  )

  it.effect("answers none when Visa knows none", () =>
    Effect.gen(function* () {
      const { outcome } = yield* inquiring({ aliases })
      assert.deepStrictEqual((yield* Effect.fromResult(outcome)).found, [])
    }),
  )

  it.effect("does not guess who owns what it does not understand", () =>
    Effect.gen(function* () {
      const { outcome } = yield* inquiring(
        { aliases },
        { details: [{ alias: phone, paymentInstrOwner: "NOBODY" }] },
      )
      const [found] = (yield* Effect.fromResult(outcome)).found
      assert.strictEqual(found?.paymentInstrOwner, "UNRECOGNIZED")
    }),
  )

  const unreadable: ReadonlyArray<readonly [name: string, body: unknown]> = [
    [
      "a row without alias, which would look like one that is not known",
      { details: [{ aliasType: "PHONE" }] },
    ],
    ["details that are no list", { details: { alias: phone } }],
    ["neither details nor summary", {}],
    ["a list", []],
  ]
  for (const [name, body] of unreadable) {
    it.effect(`takes no answer that is or has ${name}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* inquiring({ aliases }, body)
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "ResponseMalformed")
        assertHides(error, [phone])
      }),
    )
  }

  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => Redacted.make(`${phone}${i}`))

  const sizes: ReadonlyArray<readonly [count: number, accepted: boolean]> = [
    [0, false],
    [1, true],
    [1_000, true],
    [1_001, false],
  ]
  for (const [count, accepted] of sizes) {
    it.effect(`${accepted ? "takes" : "refuses"} ${count} aliases`, () =>
      Effect.gen(function* () {
        const { calls, outcome } = yield* inquiring({ aliases: many(count) })
        assert.strictEqual(calls.length, accepted ? 1 : 0)
        if (!accepted) {
          const error = yield* Effect.flip(Effect.fromResult(outcome))
          assert.strictEqual(error.reason._tag, "RequestInvalid")
          assert.strictEqual(error.reason.field, "aliases")
          assertHides(error, [phone])
        }
      }),
    )
  }

  it.effect("names the alias that is wrong by its place", () =>
    Effect.gen(function* () {
      const { outcome } = yield* inquiring({ aliases: [...aliases, Redacted.make("")] })
      assert.strictEqual((yield* Effect.flip(Effect.fromResult(outcome))).reason.field, "aliases.2")
    }),
  )

  it.effect("strikes every alias out of a refusal", () =>
    Effect.gen(function* () {
      const { outcome } = yield* inquiring(
        { aliases },
        { reason: "VAD-1010", message: `Invalid: ${phone}, 254711001988.` },
        400,
      )
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason._tag, "AliasValueInvalid")
      assertHides(error, [phone, "254711001988"])
    }),
  )
})
