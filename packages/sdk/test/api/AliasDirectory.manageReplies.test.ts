import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { inspect } from "node:util"
import { AliasDirectory } from "../../src/api/AliasDirectory.ts"
import { Pan } from "../../src/Pan.ts"
import type { VisaError } from "../../src/VisaError.ts"
import {
  card,
  failing,
  guid,
  jamie,
  jamieOnTheWire,
  merchantNumber,
  personal,
  phone,
  running,
  shop,
  shopOnTheWire,
} from "../support/aliasManage.ts"
import { assertHides } from "../support/renderings.ts"

describe("AliasDirectory, what comes back", () => {
  const asked = (body: unknown) =>
    Effect.flatMap(running(AliasDirectory.getAlias({ guid }), { status: 200, body }), (done) =>
      Effect.fromResult(done.outcome),
    )

  it.effect("reads a customer as Visa's table has it, and shows nobody who it is", () =>
    Effect.gen(function* () {
      const record = yield* asked({ ...jamieOnTheWire, status: "ACTIVE", country: 404 })
      assert.strictEqual(record.guid, guid)
      assert.strictEqual(record.status, "ACTIVE")
      assert.strictEqual(record.country, "KE")
      assert.strictEqual(record.issuerName, "Test Bank 1")
      assert.strictEqual(record.consentDateTime, "2018-03-01 01:02:03")
      const number = record.recipientPrimaryAccountNumber
      assert.strictEqual(number?._tag === "Card" ? Pan.value(number.pan) : "", card)
      assert.deepStrictEqual(
        record.aliases.map(({ alias, aliasType }) => [Redacted.value(alias), aliasType]),
        [[phone, "01"]],
      )
      const { recipientLastName } = record
      assert.strictEqual(
        recipientLastName === undefined ? "" : Redacted.value(recipientLastName),
        "Bakari",
      )
      const shown = inspect(record, { depth: 10, showHidden: true }) + JSON.stringify(record)
      for (const secret of personal) assert.isFalse(shown.includes(secret), secret)
    }),
  )

  it.effect("reads the list of aliases of later answers", () =>
    Effect.gen(function* () {
      const record = yield* asked({
        guid,
        status: "DISABLED",
        isDefault: "true",
        aliases: [{ alias: phone, aliasType: "01" }, { alias: "jamie@example.com" }],
      })
      assert.strictEqual(record.status, "DISABLED")
      assert.isTrue(record.isDefault)
      assert.isUndefined(record.recipientPrimaryAccountNumber)
      assert.deepStrictEqual(
        record.aliases.map(({ alias }) => Redacted.value(alias)),
        [phone, "jamie@example.com"],
      )
    }),
  )

  it.effect("keeps a status that it does not know apart from none", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* asked({ guid, status: "FROZEN" })).status, "UNRECOGNIZED")
      const bare = yield* asked({ guid })
      assert.isUndefined(bare.status)
      assert.deepStrictEqual(bare.aliases, [])
    }),
  )

  it.effect("reads a merchant, with its fee in its currency", () =>
    Effect.gen(function* () {
      const { outcome } = yield* running(AliasDirectory.getMerchantAlias({ aliasId: "888111" }), {
        status: 200,
        body: { ...shopOnTheWire, merchantCategoryCode: 742, convenienceFeeAmount: "12.5" },
      })
      const record = yield* Effect.fromResult(outcome)
      assert.strictEqual(record.aliasId, "888111")
      assert.strictEqual(record.merchantCategoryCode, "0742")
      assert.strictEqual(record.transactionCurrencyCode, "KES")
      assert.strictEqual(String(record.convenienceFeeAmount), "12.50 KES")
      const number = record.merchantId
      assert.strictEqual(number?._tag === "Card" ? Pan.value(number.pan) : "", merchantNumber)
      assert.isFalse(JSON.stringify(record).includes(merchantNumber))
    }),
  )

  it.effect("answers the id under which the change was made", () =>
    Effect.gen(function* () {
      const consumer = yield* running(AliasDirectory.updateAlias({ guid, newGuid: "customer-2" }), {
        status: 200,
        body: { guid: "customer-2" },
      })
      assert.deepStrictEqual(yield* Effect.fromResult(consumer.outcome), { guid: "customer-2" })
      const merchant = yield* running(AliasDirectory.createMerchantAlias(shop), {
        status: 200,
        body: { aliasId: "888111" },
      })
      assert.deepStrictEqual(yield* Effect.fromResult(merchant.outcome), { aliasId: "888111" })
    }),
  )

  const malformed: ReadonlyArray<
    readonly [
      name: string,
      program: Effect.Effect<unknown, VisaError, AliasDirectory>,
      body: unknown,
    ]
  > = [
    ["a change without a guid", AliasDirectory.createAlias(jamie), {}],
    ["a change with a blank guid", AliasDirectory.updateAlias({ guid }), { guid: " " }],
    ["a merchant's change without an id", AliasDirectory.createMerchantAlias(shop), { guid }],
    ["a record of nobody", AliasDirectory.getAlias({ guid }), { alias: phone }],
    [
      "a list of aliases with a gap",
      AliasDirectory.getAlias({ guid }),
      { guid, aliases: [{ alias: phone }, { aliasType: "01" }] },
    ],
    [
      "a merchant of nobody",
      AliasDirectory.getMerchantAlias({ aliasId: "1" }),
      { merchantId: merchantNumber },
    ],
  ]
  for (const [name, program, body] of malformed) {
    it.effect(`takes no answer that is ${name}`, () =>
      Effect.gen(function* () {
        const { error } = yield* failing(program, { status: 200, body })
        assert.strictEqual(error.reason._tag, "ResponseMalformed")
        assertHides(error, personal)
      }),
    )
  }

  // Reason and message as a bank's contract tests met them.
  const refusals: ReadonlyArray<
    readonly [status: number, body: unknown, tag: string, code?: string]
  > = [
    [
      400,
      {
        reason: "validation-error",
        message: "VAD-1050 Record Exists: recipientPrimaryAccountNumber",
      },
      "AliasRecordExists",
      "VAD-1050",
    ],
    [
      400,
      {
        reason: "validation-error",
        message: "VAD-1180 Invalid account number: recipientPrimaryAccountNumber",
      },
      "AliasAccountNumberInvalid",
      "VAD-1180",
    ],
    [
      400,
      { reason: "validation-error", message: "VAD-1010 Invalid value: alias" },
      "AliasValueInvalid",
      "VAD-1010",
    ],
    [
      400,
      {
        reason: "validation-error : validation-error",
        message: "VAD-1160 AccountLookup Error- API Validation Error: 3001. Invalid Account.",
      },
      "AliasAccountLookupFailed",
      "VAD-1160",
    ],
    [
      404,
      { reason: "not-found", message: "VAD-1040 Record Not Found" },
      "AliasNotFound",
      "VAD-1040",
    ],
    [
      403,
      { responseStatus: { status: 403, code: "9611", message: "Authorization failed" } },
      "NotInProject",
      "9611",
    ],
    [503, "<html>", "ServiceUnavailable"],
  ]
  for (const [status, body, tag, code] of refusals) {
    it.effect(`${status} ${JSON.stringify(body)} is ${tag}`, () =>
      Effect.gen(function* () {
        const { error } = yield* failing(AliasDirectory.createAlias(jamie), { status, body })
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.reason.code, code)
        assert.strictEqual(error.money, "NotMoved")
        assert.strictEqual(error.context.operation, "AliasDirectory.createAlias")
      }),
    )
  }

  it.effect("strikes everything personal out of a refusal that quotes it, and keeps the code", () =>
    Effect.gen(function* () {
      const { error } = yield* failing(AliasDirectory.createAlias(jamie), {
        status: 400,
        body: {
          reason: "validation-error",
          message: `VAD-1050 Record Exists: ${card} of Jamie M Bakari, Street 1, Region 1, as ${phone}`,
        },
      })
      assert.strictEqual(error.reason._tag, "AliasRecordExists")
      assert.strictEqual(error.reason.code, "VAD-1050")
      assert.include(error.reason.detail, "[redacted]")
      assertHides(error, personal)
    }),
  )

  it.effect("strikes a merchant's number and name out of a refusal", () =>
    Effect.gen(function* () {
      const { error } = yield* failing(AliasDirectory.createMerchantAlias(shop), {
        status: 400,
        body: { reason: "VAD-1010", message: `merchantId ${merchantNumber} of TEST BRAND` },
      })
      assert.strictEqual(error.reason.code, "VAD-1010")
      assertHides(error, [merchantNumber, "Test brand", "TEST BRAND"])
    }),
  )
})
