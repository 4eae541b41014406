import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import { AliasDirectory } from "../../src/api/AliasDirectory.ts"
import type {
  GetMerchantAliasRequest,
  UpdateAliasRequest,
  UpdateMerchantAliasRequest,
} from "../../src/api/AliasDirectory.ts"
import { Currency } from "../../src/Currency.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import type { VisaError } from "../../src/VisaError.ts"
import {
  card,
  failing,
  guid,
  jamie,
  jamieOnTheWire,
  made,
  merchantNumber,
  personal,
  phone,
  running,
  shop,
  shopOnTheWire,
} from "../support/aliasManage.ts"
import { sent } from "../support/recordedCalls.ts"
import { assertHides } from "../support/renderings.ts"

/** What a caller in JavaScript can pass although the type forbids it. */
const anything = (request: unknown) => request as never

describe("AliasDirectory, what goes out", () => {
  const base = "/visaaliasdirectory/v1"
  const bodies: ReadonlyArray<
    readonly [
      name: string,
      program: Effect.Effect<unknown, VisaError, AliasDirectory>,
      path: string,
      body: object,
    ]
  > = [
    [
      "createAlias",
      AliasDirectory.createAlias(jamie),
      `${base}/manage/createalias`,
      jamieOnTheWire,
    ],
    [
      "createAlias with the newer fields",
      AliasDirectory.createAlias({
        ...jamie,
        aliasType: "02",
        alias: Redacted.make("jamie@example.com"),
        recipientFirstNameLocal: Redacted.make("Джейми"),
        recipientMiddleNameLocal: Redacted.make("М"),
        recipientLastNameLocal: Redacted.make("Бакари"),
        accountEmail: Redacted.make("jamie@example.com"),
        contactEmail: Redacted.make("jamie@example.com"),
        contactPhoneNumber: Redacted.make(phone),
        expiryDate: "2030-11",
        isDefault: false,
        paymentType: "PAN",
      }),
      `${base}/manage/createalias`,
      {
        ...jamieOnTheWire,
        aliasType: "02",
        alias: "jamie@example.com",
        recipientFirstNameLocal: "Джейми",
        recipientMiddleNameLocal: "М",
        recipientLastNameLocal: "Бакари",
        accountEmail: "jamie@example.com",
        contactEmail: "jamie@example.com",
        contactPhoneNumber: phone,
        expiryDate: "2030-11",
        isDefault: "false",
        paymentType: "PAN",
      },
    ],
    [
      "updateAlias",
      AliasDirectory.updateAlias({ guid, consentDateTime: "2018-03-01 05:02:03" }),
      `${base}/manage/updatealias`,
      { guid, consentDateTime: "2018-03-01 05:02:03" },
    ],
    [
      "updateAlias of guid, alias and card",
      AliasDirectory.updateAlias({
        guid,
        newGuid: "customer-2",
        alias: Redacted.make(phone),
        aliasType: "01",
        recipientPrimaryAccountNumber: made(Pan.make(card)),
        issuerName: "Test Bank 1",
        cardType: "Visa Classic",
        isDefault: true,
      }),
      `${base}/manage/updatealias`,
      {
        guid,
        newGuid: "customer-2",
        alias: phone,
        aliasType: "01",
        recipientPrimaryAccountNumber: card,
        issuerName: "Test Bank 1",
        cardType: "Visa Classic",
        isDefault: "true",
      },
    ],
    [
      "deleteAlias",
      AliasDirectory.deleteAlias({ guid, alias: Redacted.make(phone) }),
      `${base}/manage/deletealias`,
      { guid, alias: phone },
    ],
    ["getAlias", AliasDirectory.getAlias({ guid }), `${base}/manage/getalias`, { guid }],
    [
      "createMerchantAlias",
      AliasDirectory.createMerchantAlias(shop),
      `${base}/managemerchant/createalias`,
      shopOnTheWire,
    ],
    [
      "createMerchantAlias with a fee in decimals of its currency",
      AliasDirectory.createMerchantAlias({
        ...shop,
        tipConvenienceFeeIndicator: "02",
        convenienceFeeAmount: made(Money.of("12.5", "KES")),
        convenienceFeePercentage: "00.01",
      }),
      `${base}/managemerchant/createalias`,
      {
        ...shopOnTheWire,
        tipConvenienceFeeIndicator: "02",
        convenienceFeeAmount: "12.50",
        convenienceFeePercentage: "00.01",
      },
    ],
    [
      "createMerchantAlias of an agent",
      AliasDirectory.createMerchantAlias({ ...shop, isAgentAlias: "Y" }),
      `${base}/managemerchant/createalias`,
      { ...shopOnTheWire, isAgentAlias: "Y" },
    ],
    [
      "updateMerchantAlias",
      AliasDirectory.updateMerchantAlias({
        aliasId: "888111",
        recipientName: Redacted.make("Updated"),
        email: Redacted.make("shop@example.com"),
        phone: Redacted.make("254700000000"),
        postalCode: "00100",
        transactionCurrencyCode: made(Currency.of("AUD")),
      }),
      `${base}/managemerchant/updatealias`,
      {
        aliasId: "888111",
        recipientName: "Updated",
        email: "shop@example.com",
        phone: "254700000000",
        postalCode: "00100",
        transactionCurrencyCode: "036",
      },
    ],
    [
      "deleteMerchantAlias",
      AliasDirectory.deleteMerchantAlias({
        aliasId: "888111",
        merchantId: made(Pan.make(merchantNumber)),
      }),
      `${base}/managemerchant/deletealias`,
      { aliasId: "888111", merchantId: merchantNumber },
    ],
  ]
  for (const [name, program, path, body] of bodies) {
    it.effect(`sends ${name}`, () =>
      Effect.gen(function* () {
        const { calls, outcome } = yield* running(program)
        assert.isTrue(Result.isSuccess(outcome))
        assert.strictEqual(calls.length, 1)
        assert.strictEqual(calls[0]?.method, "POST")
        assert.strictEqual(calls[0]?.path, path)
        assert.deepStrictEqual(sent(calls[0]), body)
      }),
    )
  }

  const queries: ReadonlyArray<
    readonly [request: GetMerchantAliasRequest, query: { readonly [name: string]: string }]
  > = [
    [{ aliasId: "888111" }, { merchantaliasid: "888111" }],
    [
      { aliasId: "888111", type: "agent" },
      { merchantaliasid: "888111", type: "agent" },
    ],
  ]
  for (const [request, query] of queries) {
    it.effect(`asks for a merchant alias with ${JSON.stringify(query)}`, () =>
      Effect.gen(function* () {
        const { calls } = yield* running(AliasDirectory.getMerchantAlias(request))
        assert.strictEqual(calls[0]?.method, "GET")
        assert.strictEqual(calls[0]?.path, "/visaaliasdirectory/v1/managemerchant")
        assert.deepStrictEqual(calls[0]?.query, query)
        assert.isUndefined(sent(calls[0]))
      }),
    )
  }

  it("every operation is encrypted and moves no money", () => {
    for (const operation of Object.values(AliasDirectory.operations)) {
      assert.strictEqual(operation.mle, "mandatory")
      assert.strictEqual(operation.money, "none")
    }
  })
})

describe("AliasDirectory, what is refused before sending", () => {
  type Refusal = readonly [name: string, change: object, field: string]

  const refused = <A>(
    name: string,
    program: Effect.Effect<A, VisaError, AliasDirectory>,
    field: string,
  ) =>
    it.effect(`refuses ${name}`, () =>
      Effect.gen(function* () {
        const { error, calls } = yield* failing(program)
        assert.strictEqual(calls, 0)
        assert.strictEqual(error.reason._tag, "RequestInvalid")
        assert.strictEqual(error.reason.field ?? "", field)
        assertHides(error, [...personal, merchantNumber, "Test brand"])
      }),
    )

  for (const field of [
    "guid",
    "alias",
    "aliasType",
    "recipientFirstName",
    "recipientLastName",
    "recipientPrimaryAccountNumber",
    "issuerName",
    "cardType",
    "country",
    "consentDateTime",
  ]) {
    const { [field]: _, ...rest } = { ...jamie } as { [key: string]: unknown }
    refused(
      `a consumer's alias without ${field}`,
      AliasDirectory.createAlias(anything(rest)),
      field,
    )
  }

  const ofConsumers: ReadonlyArray<Refusal> = [
    ["an alias in clear", { alias: phone }, "alias"],
    ["a blank alias", { alias: Redacted.make(" ") }, "alias"],
    ["a phone number with a plus", { alias: Redacted.make(`+${phone}`) }, "alias"],
    ["a phone number of 16 digits", { alias: Redacted.make("1".repeat(16)) }, "alias"],
    ["a phone number as email address", { aliasType: "02" }, "alias"],
    ["an alias type in words", { aliasType: "PHONE" }, "aliasType"],
    ["a name in clear", { recipientFirstName: "Jamie" }, "recipientFirstName"],
    [
      "a card number in clear",
      { recipientPrimaryAccountNumber: card },
      "recipientPrimaryAccountNumber",
    ],
    ["a consent with a T", { consentDateTime: "2018-03-01T01:02:03" }, "consentDateTime"],
    ["a consent without a time", { consentDateTime: "2018-03-01" }, "consentDateTime"],
    ["an unknown country", { country: "XX" }, "country"],
    ["an address of 100 characters", { address1: Redacted.make("a".repeat(100)) }, "address1"],
    ["true as text", { isDefault: "true" }, "isDefault"],
    ["an expiry date of two digits", { expiryDate: "11/30" }, "expiryDate"],
    ["a field that Visa does not know", { aliasValue: "x" }, "aliasValue"],
  ]
  for (const [name, change, field] of ofConsumers) {
    refused(name, AliasDirectory.createAlias(anything({ ...jamie, ...change })), field)
  }

  const pan = made(Pan.make(card))
  const updates: ReadonlyArray<readonly [string, Partial<UpdateAliasRequest>, string]> = [
    ["a change of nobody", {}, "guid"],
    [
      "a new card without its type",
      { guid, recipientPrimaryAccountNumber: pan, issuerName: "Test Bank 1" },
      "cardType",
    ],
    [
      "a new card without its issuer",
      { guid, recipientPrimaryAccountNumber: pan, cardType: "Visa Classic" },
      "issuerName",
    ],
    ["a new alias without its type", { guid, alias: Redacted.make(phone) }, "aliasType"],
    [
      "a new phone number with a plus",
      { guid, alias: Redacted.make(`+${phone}`), aliasType: "01" },
      "alias",
    ],
  ]
  for (const [name, request, field] of updates) {
    refused(name, AliasDirectory.updateAlias(anything(request)), field)
  }

  refused("a deletion without the alias", AliasDirectory.deleteAlias(anything({ guid })), "alias")
  refused("a question about nobody", AliasDirectory.getAlias(anything({})), "guid")
  refused("null", AliasDirectory.getAlias(anything(null)), "")

  const ofMerchants: ReadonlyArray<Refusal> = [
    ["no alias id", { aliasId: "" }, "aliasId"],
    ["a merchant number in clear", { merchantId: merchantNumber }, "merchantId"],
    [
      "a merchant number of 13 digits",
      { merchantId: made(Pan.make("4222222222222")) },
      "merchantId",
    ],
    ["a category code as number", { merchantCategoryCode: 6012 }, "merchantCategoryCode"],
    ["another payload format", { payloadFormatIndicator: "02" }, "payloadFormatIndicator"],
    ["N for a merchant", { isAgentAlias: "N" }, "isAgentAlias"],
    ["a percentage of nothing", { convenienceFeePercentage: "00.00" }, "convenienceFeePercentage"],
    ["a fee as text", { convenienceFeeAmount: "12.50" }, "convenienceFeeAmount"],
    [
      "a fee in another currency",
      { convenienceFeeAmount: made(Money.of("1.00", "USD")) },
      "transactionCurrencyCode",
    ],
    [
      "an agent's fee",
      { isAgentAlias: "Y", convenienceFeeAmount: made(Money.of("1.00", "KES")) },
      "convenienceFeeAmount",
    ],
    [
      "an agent's percentage",
      { isAgentAlias: "Y", convenienceFeePercentage: "01.00" },
      "convenienceFeePercentage",
    ],
    [
      "an agent's tip",
      { isAgentAlias: "Y", tipConvenienceFeeIndicator: "01" },
      "tipConvenienceFeeIndicator",
    ],
    ["an email address, which only a change has", { email: Redacted.make("a@b") }, "email"],
  ]
  for (const [name, change, field] of ofMerchants) {
    refused(name, AliasDirectory.createMerchantAlias(anything({ ...shop, ...change })), field)
  }

  const fee: UpdateMerchantAliasRequest = {
    aliasId: "888111",
    convenienceFeeAmount: made(Money.of("1.00", "KES")),
  }
  refused(
    "a new fee without its currency",
    AliasDirectory.updateMerchantAlias(fee),
    "transactionCurrencyCode",
  )
  refused(
    "another type than agent",
    AliasDirectory.getMerchantAlias(anything({ aliasId: "888111", type: "merchant" })),
    "type",
  )
})
