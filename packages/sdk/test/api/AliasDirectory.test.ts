import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Result } from "effect"
import { inspect } from "node:util"
import { AliasDirectory } from "../../src/api/AliasDirectory.ts"
import type { ResolveRequest } from "../../src/api/AliasDirectory.ts"
import { Pan } from "../../src/Pan.ts"
import type { TestReply } from "../../src/Transport.ts"
import { recorded, sent } from "../support/recordedCalls.ts"
import { assertHides } from "../support/renderings.ts"

/** The alias and the card of Visa's sandbox. */
const phone = "254711001987"
const card = "4895140000066666"

const documented: ResolveRequest = {
  alias: Redacted.make(phone),
  businessApplicationId: "PP",
}

const kamau = {
  recipientPrimaryAccountNumber: card,
  recipientName: "John K Kamau",
  country: "KE",
}

const resolving = (
  request: ResolveRequest = documented,
  reply: TestReply = { status: 200, body: kamau },
) => recorded(AliasDirectory.resolve(request), AliasDirectory.layer, () => reply)

const resolvingV1 = (reply: TestReply) =>
  recorded(AliasDirectory.resolveV1(documented), AliasDirectory.layer, () => reply)

const resolved = (body: object) =>
  Effect.flatMap(
    resolving(documented, { status: 200, body: { ...kamau, ...body } }),
    ({ outcome }) => Effect.fromResult(outcome),
  )

describe("AliasDirectory.resolve", () => {
  it.effect("sends version 2 as Visa documents it", () =>
    Effect.gen(function* () {
      const { calls } = yield* resolving({
        ...documented,
        aliasType: "01",
        accountLookUp: "Y",
      })
      assert.strictEqual(calls.length, 1)
      const [call] = calls
      assert.strictEqual(call?.method, "POST")
      assert.strictEqual(call?.path, "/visaaliasdirectory/v2/resolve")
      assert.deepStrictEqual(sent(call), {
        alias: "254711001987",
        aliasType: "01",
        accountLookUp: "Y",
        businessApplicationId: "PP",
      })
    }),
  )

  it.effect("answers Visa's sample card as a Pan, and shows neither it nor the alias", () =>
    Effect.gen(function* () {
      const answer = yield* resolved({})
      const number = answer.recipientPrimaryAccountNumber
      assert.strictEqual(number._tag === "Card" ? Pan.value(number.pan) : "", card)
      assert.strictEqual(answer.recipientName, "John K Kamau")
      assert.strictEqual(answer.country, "KE")
      const shown = inspect(answer, { depth: 10, showHidden: true }) + JSON.stringify(answer)
      assert.isFalse(shown.includes(card))
      assert.isFalse(inspect(documented, { showHidden: true }).includes(phone))
    }),
  )

  it.effect("keeps a number that is no card number redacted, and readable on purpose", () =>
    Effect.gen(function* () {
      const local = "9442000100001001"
      const number = (yield* resolved({ recipientPrimaryAccountNumber: local }))
        .recipientPrimaryAccountNumber
      assert.strictEqual(number._tag, "Other")
      assert.strictEqual(number._tag === "Other" ? Redacted.value(number.number) : "", local)
      assert.isFalse(
        (inspect(number, { showHidden: true }) + JSON.stringify(number)).includes(local),
      )
    }),
  )

  it.effect("normalises what Visa encodes in several ways", () =>
    Effect.gen(function* () {
      const answer = yield* resolved({
        recipientPrimaryAccountNumber: Number("4895140000066666"),
        country: 36,
        transactionCurrencyCode: "404",
        merchantCategoryCode: 742,
        convenienceFeeAmount: 1.5,
        somethingNew: {},
        accountLookUpInfo: {
          visaNetworkInfo: [
            {
              issuerName: "Visa Test Bank",
              cardTypeCode: "C",
              billingCurrencyCode: 36,
              billingCurrencyCodeMinorDigits: "2",
              cardIssuerCountryCode: "076",
              fastFundsIndicator: "N",
              pushFundsBlockIndicator: "N",
              onlineGambingBlockIndicator: "Y",
            },
          ],
        },
      })
      assert.strictEqual(answer.recipientPrimaryAccountNumber._tag, "Card")
      assert.strictEqual(answer.country, "AU")
      assert.strictEqual(answer.transactionCurrencyCode, "KES")
      assert.strictEqual(answer.merchantCategoryCode, "0742")
      assert.strictEqual(answer.convenienceFeeAmount, "1.5")
      assert.deepStrictEqual<unknown>(answer.accountLookUp, [
        {
          issuerName: "Visa Test Bank",
          cardTypeCode: "C",
          billingCurrency: "AUD",
          billingCurrencyDecimals: 2,
          issuerCountry: "BR",
          fastFundsIndicator: "N",
          fastFunds: "No",
          pushFundsBlocked: "No",
          onlineGamblingBlocked: "Yes",
          geoRestricted: "Unknown",
        },
      ])
    }),
  )

  const indicators = [
    ["B", "Yes"],
    ["C", "Yes"],
    ["D", "Yes"],
    ["N", "No"],
    ["Z", "Unknown"],
    [undefined, "Unknown"],
  ] as const
  for (const [fastFundsIndicator, expected] of indicators) {
    it.effect(`reads the fast funds indicator ${fastFundsIndicator} as ${expected}`, () =>
      Effect.gen(function* () {
        const { accountLookUp } = yield* resolved({
          accountLookUpInfo: { visaNetworkInfo: [{ fastFundsIndicator }] },
        })
        assert.strictEqual(accountLookUp[0]?.fastFunds, expected)
      }),
    )
  }

  const malformed: ReadonlyArray<readonly [name: string, body: unknown]> = [
    ["without a number", { recipientName: "John K Kamau" }],
    ["with an empty number", { ...kamau, recipientPrimaryAccountNumber: " " }],
    // 19 digits: the last ones are not those that Visa sent.
    [
      "with a number that JSON cannot hold",
      `{"recipientPrimaryAccountNumber":4895140000066666123}`,
    ],
    ["that is a list", [kamau]],
    ["that is null", "null"],
  ]
  for (const [name, body] of malformed) {
    it.effect(`takes no answer ${name}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* resolving(documented, { status: 200, body })
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "ResponseMalformed")
        assertHides(error, [card, "4895140000066666123"])
      }),
    )
  }

  const refusals: ReadonlyArray<
    readonly [name: string, request: (good: ResolveRequest) => unknown, field: string]
  > = [
    ["nothing at all", () => null, ""],
    ["no alias", ({ alias: _, ...rest }) => rest, "alias"],
    ["an alias in clear", (good) => ({ ...good, alias: phone }), "alias"],
    ["a blank alias", (good) => ({ ...good, alias: Redacted.make("  ") }), "alias"],
    [
      "a number in place of an alias",
      (good) => ({ ...good, alias: Redacted.make(254_711) }),
      "alias.value",
    ],
    ["a line break in the alias", (good) => ({ ...good, alias: Redacted.make("a\nb") }), "alias"],
    [
      "another business application",
      (good) => ({ ...good, businessApplicationId: "FD" }),
      "businessApplicationId",
    ],
    ["a boolean for Y", (good) => ({ ...good, accountLookUp: true }), "accountLookUp"],
    ["a field that Visa does not know", (good) => ({ ...good, aliasValue: "x" }), "aliasValue"],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending`, () =>
      Effect.gen(function* () {
        // What a caller in JavaScript can pass although the type forbids it.
        const { calls, outcome } = yield* resolving(change(documented) as ResolveRequest)
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid")
        assert.strictEqual(error.reason.field ?? "", field)
        assertHides(error, [phone])
      }),
    )
  }

  it.effect("refuses the alias type in version 1, which does not have it", () =>
    Effect.gen(function* () {
      const request: ResolveRequest = { ...documented, aliasType: "01" }
      const { calls, outcome } = yield* recorded(
        AliasDirectory.resolveV1(request),
        AliasDirectory.layer,
        () => ({ status: 200, body: kamau }),
      )
      assert.deepStrictEqual(calls, [])
      assert.strictEqual((yield* Effect.flip(Effect.fromResult(outcome))).reason.field, "aliasType")
    }),
  )

  it.effect("version 1 has its own path and no alias type", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* resolvingV1({ status: 200, body: kamau })
      assert.strictEqual(calls[0]?.path, "/visaaliasdirectory/v1/resolve")
      assert.deepStrictEqual(sent(calls[0]), { alias: phone, businessApplicationId: "PP" })
      assert.isTrue(Result.isSuccess(outcome))
    }),
  )

  // Every envelope that the directory and the gateway before it answer with.
  const replies: ReadonlyArray<
    readonly [status: number, body: unknown, tag: string, code?: string]
  > = [
    [400, { reason: "VAD-1000", message: "Missing" }, "AliasFieldMissing", "VAD-1000"],
    [
      400,
      { code: "VAD-1010", reason: "Bad Request", message: "Invalid value" },
      "AliasValueInvalid",
      "VAD-1010",
    ],
    [404, { reason: "VAD-1040", message: "Record not found" }, "AliasNotFound", "VAD-1040"],
    // As an integrator's contract tests met them: the code is in the message.
    [
      404,
      { reason: "not-found", message: "VAD-1040 Record Not Found" },
      "AliasNotFound",
      "VAD-1040",
    ],
    [
      400,
      { reason: "validation-error", message: "VAD-1000 Required Field missing: alias" },
      "AliasFieldMissing",
      "VAD-1000",
    ],
    [
      400,
      {
        reason: "validation-error",
        message: "VAD-1160 AccountLookup Error- API Validation Error: 3001.",
      },
      "AliasAccountLookupFailed",
      "VAD-1160",
    ],
    [
      400,
      { reason: "validation-error", message: "VAD-9999 Something new" },
      "RequestRejected",
      "VAD-9999",
    ],
    [404, { reason: "not-found", message: "no such path" }, "ResourceNotFound", "not-found"],
    [400, { code: "VAD-1010" }, "AliasValueInvalid", "VAD-1010"],
    [404, { url: "/visaaliasdirectory/v1/resolve" }, "ResourceNotFound"],
    [400, { reason: "VAD-1100", message: "Invalid request" }, "AliasRequestInvalid", "VAD-1100"],
    [401, { reason: "VAD-1100", message: "Unauthorized" }, "AliasUnauthorized", "VAD-1100"],
    [500, { reason: "VAD-1120", message: "Internal error" }, "AliasInternalError", "VAD-1120"],
    [503, { reason: "VAD-1130", message: "Unavailable" }, "AliasDirectoryUnavailable", "VAD-1130"],
    [
      400,
      { reason: "VAD-1190", message: "Cross border" },
      "AliasCrossBorderNotAllowed",
      "VAD-1190",
    ],
    [404, { reason: "VAD-1260", message: "Deleted" }, "AliasDefaultAccountDeleted", "VAD-1260"],
    [
      401,
      { reason: "VAD-1290", message: "Country" },
      "AliasOriginatorCountryNotSupported",
      "VAD-1290",
    ],
    [
      403,
      { responseStatus: { status: 403, code: "9611", message: "Authorization failed" } },
      "NotInProject",
      "9611",
    ],
    [429, undefined, "RateLimited"],
    [503, "<html>", "ServiceUnavailable"],
  ]
  for (const [status, body, tag, code] of replies) {
    it.effect(`${status} ${JSON.stringify(body)} is ${tag}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* resolvingV1({ status, body })
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.reason.code, code)
        assert.strictEqual(error.money, "NotMoved")
        assert.strictEqual(error.context.operation, "AliasDirectory.resolveV1")
      }),
    )
  }

  it.effect("204 without a body is the same AliasNotFound in version 2", () =>
    Effect.gen(function* () {
      const { outcome } = yield* resolving(documented, { status: 204 })
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason._tag, "AliasNotFound")
      assert.strictEqual(error.context.httpStatus, 204)
    }),
  )

  const quotations: ReadonlyArray<readonly [alias: string, message: string]> = [
    [phone, `Alias ${phone} is restricted`],
    [`+${phone}`, `Alias ${phone} is restricted`],
    ["john.k+visa@example.com", "alias=JOHN.K+VISA@EXAMPLE.COM;"],
    ["bob", "Nickname 'bob' is taken"],
    ['a"\\b (c)', 'Alias a"\\b (c) has characters'],
  ]
  for (const [alias, message] of quotations) {
    it.effect(`strikes ${alias} out of a refusal that quotes it, and keeps the code`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* resolving(
          { ...documented, alias: Redacted.make(alias) },
          { status: 400, body: { reason: "VAD-1170", message } },
        )
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "AliasAccountRestricted")
        assert.strictEqual(error.reason.code, "VAD-1170")
        assert.include(error.reason.detail, "[redacted]")
        assertHides(error, [alias, alias.toUpperCase(), alias.replace("+2", "2")])
      }),
    )
  }

  it.effect("a short alias does not blot out the code that it is a part of", () =>
    Effect.gen(function* () {
      const { outcome } = yield* resolving(
        { ...documented, alias: Redacted.make("117") },
        { status: 400, body: { reason: "VAD-1170", message: "Alias 117 is restricted" } },
      )
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason.code, "VAD-1170")
      assert.strictEqual(error.reason.detail, "Alias [redacted] is restricted")
    }),
  )
})
