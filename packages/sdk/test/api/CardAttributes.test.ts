import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import { CardAttributes } from "../../src/api/CardAttributes.ts"
import type { CardAttributesRequest } from "../../src/api/CardAttributes.ts"
import { Country } from "../../src/Country.ts"
import { Pan } from "../../src/Pan.ts"
import { Rrn } from "../../src/Rrn.ts"
import { Stan } from "../../src/Stan.ts"
import type { TestReply } from "../../src/Transport.ts"
import { brazilian, star } from "../support/cardAttributes.ts"
import { recorded, sent } from "../support/recordedCalls.ts"
import { assertHides } from "../support/renderings.ts"

/** Visa's sandbox card for this API. */
const card = "4060320000000127"

const documented = Effect.gen(function* () {
  const request: CardAttributesRequest = {
    primaryAccountNumber: yield* Pan.make(card),
    systemsTraceAuditNumber: yield* Stan.make("451018"),
    retrievalReferenceNumber: yield* Rrn.make("412770452025"),
  }
  return request
})

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const inquiring = (request: CardAttributesRequest, reply: TestReply) =>
  recorded(CardAttributes.inquire(request), CardAttributes.layer, () => reply)

const answered = Effect.fnUntraced(function* (body: unknown) {
  const { outcome } = yield* inquiring(yield* documented, { status: 200, body })
  return yield* Effect.fromResult(outcome)
})

describe("CardAttributes.inquire", () => {
  it.effect("sends Visa's documented sample as Visa documents it", () =>
    Effect.gen(function* () {
      const { calls } = yield* inquiring(yield* documented, {
        status: 200,
        body: { visaNetworkInfo: [brazilian], ppgsNetworkInfo: [] },
      })
      const [call] = calls
      assert.strictEqual(call?.method, "POST")
      assert.strictEqual(
        call?.path,
        "/paai/fundstransferattinq/v5/cardattributes/fundstransferinquiry",
      )
      assert.deepStrictEqual(sent(call), {
        primaryAccountNumber: "4060320000000127",
        systemsTraceAuditNumber: "451018",
        retrievalReferenceNumber: "412770452025",
      })
    }),
  )

  it.effect("sends the BIN as a number and the country as digits that keep their zero", () =>
    Effect.gen(function* () {
      const { calls } = yield* inquiring(
        {
          ...(yield* documented),
          acquiringBin: yield* AcquiringBin.make("408999"),
          acquirerCountryCode: yield* Country.of("AU"),
          accountType: "DEBIT",
          sharingGroupCode: "ACD",
        },
        { status: 200, body: { visaNetworkInfo: [] } },
      )
      assert.deepStrictEqual(sent(calls[0]), {
        primaryAccountNumber: "4060320000000127",
        systemsTraceAuditNumber: "451018",
        retrievalReferenceNumber: "412770452025",
        acquiringBin: 408999,
        acquirerCountryCode: "036",
        accountType: "DEBIT",
        sharingGroupCode: "ACD",
      })
    }),
  )

  it.effect("reads a card of Visa's", () =>
    Effect.gen(function* () {
      const { gatewayNetworks, visaNetworks } = yield* answered({
        visaNetworkInfo: [brazilian],
        ppgsNetworkInfo: [],
      })
      assert.deepStrictEqual<unknown>(gatewayNetworks, [])
      assert.deepStrictEqual<unknown>(visaNetworks, [
        {
          issuerName: "Visa Test Bank",
          issuerCountry: "BR",
          billingCurrency: "BRL",
          billingCurrencyDecimals: 2,
          accountCurrency: "AUD",
          cardProductType: "C",
          cardPlatformCode: "CN",
          cardSubTypeCode: "R",
          comboCard: "No",
          geoRestricted: "No",
          pullFundsCrossBorder: "Yes",
          pushFundsCrossBorderAuthApprovalInd: "OPTIMIZED",
          pushFunds: {
            moneyTransfer: { domestic: "Yes", crossBorder: "Yes" },
            nonMoneyTransfer: { domestic: "Yes", crossBorder: "No" },
            onlineGambling: { domestic: "No", crossBorder: "No" },
          },
          fastFunds: {
            moneyTransfer: { domestic: "Yes", crossBorder: "No" },
            nonMoneyTransfer: { domestic: "No", crossBorder: "No" },
            onlineGambling: { domestic: "No", crossBorder: "No" },
          },
        },
      ])
    }),
  )

  it.effect("reads a card of another network", () =>
    Effect.gen(function* () {
      const { gatewayNetworks } = yield* answered({ ppgsNetworkInfo: [star] })
      assert.deepStrictEqual<unknown>(gatewayNetworks, [
        {
          networkId: "8",
          issuerCountry: "US",
          billingCurrency: "USD",
          billingCurrencyDecimals: 2,
          cardPlatformCode: "CN",
          cardTypeCode: "D",
          pushFunds: { domestic: "Yes", crossBorder: "No" },
          pullFunds: { domestic: "Yes", crossBorder: "No" },
          fastFunds: { domestic: "Yes", crossBorder: "No" },
          gambling: "No",
        },
      ])
    }),
  )

  it.effect("keeps unknown what Visa did not say or said in other words", () =>
    Effect.gen(function* () {
      const { gatewayNetworks, visaNetworks } = yield* answered({
        // The placeholders of Visa's own sample.
        visaNetworkInfo: [{ issuerCountryCode: 0, billingCurrency: 0, comboCardRange: "string" }],
        ppgsNetworkInfo: [{ octDomParticipant: "string", octFastFunds: true }],
      })
      const unknown = { domestic: "Unknown", crossBorder: "Unknown" } as const
      const matrix = { moneyTransfer: unknown, nonMoneyTransfer: unknown, onlineGambling: unknown }
      assert.deepStrictEqual<unknown>(visaNetworks, [
        {
          comboCard: "Unknown",
          geoRestricted: "Unknown",
          pullFundsCrossBorder: "Unknown",
          pushFunds: matrix,
          fastFunds: matrix,
        },
      ])
      assert.deepStrictEqual<unknown>(gatewayNetworks, [
        { pushFunds: unknown, pullFunds: unknown, fastFunds: unknown, gambling: "Unknown" },
      ])
    }),
  )

  const malformed: ReadonlyArray<readonly [name: string, body: unknown]> = [
    ["has no networks", {}],
    ["has a network that is no object", { visaNetworkInfo: [brazilian, "N"] }],
    ["has networks that are no list", { visaNetworkInfo: brazilian, ppgsNetworkInfo: [] }],
    ["is a list", [brazilian]],
  ]
  for (const [name, body] of malformed) {
    it.effect(`takes no answer that ${name}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(answered(body))
        assert.strictEqual(error.reason._tag, "ResponseMalformed")
      }),
    )
  }

  const replies: ReadonlyArray<readonly [status: number, body: unknown, tag: string]> = [
    [
      400,
      {
        errorResponse: {
          reason: "invalidParameter",
          message: "Unable to find any participating network information for the provided account.",
        },
      },
      "NoParticipatingNetwork",
    ],
    [
      400,
      { errorMessage: "API Validation Error: 3001. Mandatory field 'x' is missing" },
      "MandatoryFieldMissing",
    ],
    [
      400,
      { responseStatus: { code: "9125", message: "Expected input credential was not present" } },
      "EncryptionNotRecognized",
    ],
    [
      401,
      { responseStatus: { code: "9123", message: "Authentication failed" } },
      "CredentialsRejected",
    ],
    [404, "<html>not here</html>", "ResourceNotFound"],
    [500, { errorResponse: { reason: "x", message: "y" } }, "ServerError"],
  ]
  for (const [status, body, tag] of replies) {
    it.effect(`${status} ${JSON.stringify(body).slice(0, 60)} is ${tag}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* inquiring(yield* documented, { status, body })
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.money, "NotMoved")
        assert.strictEqual(error.context.operation, "CardAttributes.inquire")
      }),
    )
  }

  it.effect("does not repeat a card number that Visa's refusal quotes", () =>
    Effect.gen(function* () {
      // Without a right check digit the redactor could not know it for a card number.
      const sandboxCard = "4104920120500001"
      const { outcome } = yield* inquiring(
        { ...(yield* documented), primaryAccountNumber: yield* Pan.make(sandboxCard) },
        {
          status: 400,
          body: { errorResponse: { reason: "invalidParameter", message: `PAN=x${sandboxCard}` } },
        },
      )
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason._tag, "NoParticipatingNetwork")
      assertHides(error, [sandboxCard])
    }),
  )

  const refusals: ReadonlyArray<
    readonly [name: string, change: (good: CardAttributesRequest) => unknown, field: string]
  > = [
    ["nothing at all", () => null, ""],
    [
      "a card number in clear",
      (good) => ({ ...good, primaryAccountNumber: card }),
      "primaryAccountNumber",
    ],
    ["no card number", ({ primaryAccountNumber: _, ...rest }) => rest, "primaryAccountNumber"],
    [
      "a STAN of five digits",
      (good) => ({ ...good, systemsTraceAuditNumber: "45101" }),
      "systemsTraceAuditNumber",
    ],
    ["no RRN", ({ retrievalReferenceNumber: _, ...rest }) => rest, "retrievalReferenceNumber"],
    ["another account type", (good) => ({ ...good, accountType: "SAVINGS" }), "accountType"],
    ["a BIN of five digits", (good) => ({ ...good, acquiringBin: "40899" }), "acquiringBin"],
    [
      "a country that is none",
      (good) => ({ ...good, acquirerCountryCode: "ZZ" }),
      "acquirerCountryCode",
    ],
    [
      "a sharing group of 31 characters",
      (good) => ({ ...good, sharingGroupCode: "x".repeat(31) }),
      "sharingGroupCode",
    ],
    ["a field that Visa does not know", (good) => ({ ...good, pan: "x" }), "pan"],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending`, () =>
      Effect.gen(function* () {
        // What a caller in JavaScript can pass although the type forbids it.
        const request = change(yield* documented) as CardAttributesRequest
        const { calls, outcome } = yield* inquiring(request, { status: 500 })
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid")
        assert.strictEqual(error.reason.field ?? "", field)
        assertHides(error, [card])
      }),
    )
  }
})

describe("CardAttributes, the older inquiries", () => {
  /** Visa's old sample card, and the answer that an integrator recorded. */
  const recordedAnswer = {
    cardTypeCode: "C",
    billingCurrencyCode: "986",
    billingCurrencyMinorDigits: 2,
    issuerName: "Visa Test Bank",
    cardIssuerCountryCode: "076",
    fastFundsIndicator: "N",
    pushFundsBlockIndicator: "N",
    onlineGambingBlockIndicator: "Y",
  }
  const expected = {
    cardTypeCode: "C",
    issuerName: "Visa Test Bank",
    issuerCountry: "BR",
    billingCurrency: "BRL",
    billingCurrencyDecimals: 2,
    fastFundsIndicator: "N",
    fastFunds: "No",
    pushFundsBlocked: "No",
    onlineGamblingBlocked: "Yes",
    geoRestricted: "Unknown",
  }

  const asked = Effect.fnUntraced(function* (version: "inquireV1" | "inquireV2", body: unknown) {
    const request = yield* documented
    const { outcome } = yield* recorded(
      CardAttributes[version](request),
      CardAttributes.layer,
      () => ({ status: 200, body }),
    )
    return yield* Effect.fromResult(outcome)
  })

  for (const version of ["inquireV1", "inquireV2"] as const) {
    it.effect(`${version} reads the letters that were recorded`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(json(yield* asked(version, recordedAnswer)), [expected])
      }),
    )

    it.effect(`${version} reads them network by network, as the Alias Directory has them`, () =>
      Effect.gen(function* () {
        const { billingCurrencyMinorDigits, ...rest } = recordedAnswer
        const network = { ...rest, billingCurrencyCodeMinorDigits: billingCurrencyMinorDigits }
        assert.deepStrictEqual(
          json(yield* asked(version, { visaNetworkInfo: [network, network] })),
          [expected, expected],
        )
      }),
    )

    it.effect(`${version} takes no answer that says nothing about pushes`, () =>
      Effect.gen(function* () {
        for (const body of [{}, [], { issuerName: "Visa Test Bank" }, { visaNetworkInfo: [1] }]) {
          const error = yield* Effect.flip(asked(version, body))
          assert.strictEqual(error.reason._tag, "ResponseMalformed")
        }
      }),
    )
  }

  const general = Effect.fnUntraced(function* (reply: TestReply) {
    const { outcome } = yield* recorded(
      CardAttributes.general({ primaryAccountNumber: yield* Pan.make(card) }),
      CardAttributes.layer,
      () => reply,
    )
    return yield* Effect.fromResult(outcome)
  })

  it.effect("the general inquiry keeps whatever Visa says, out of sight", () =>
    Effect.gen(function* () {
      const body = {
        issuerName: "Visa Test Bank",
        product: { id: "F" },
        primaryAccountNumber: card,
      }
      const attributes = yield* general({ status: 200, body })
      assert.deepStrictEqual(Redacted.value(attributes), body)
      assert.notInclude(JSON.stringify(attributes), card)
      const error = yield* Effect.flip(general({ status: 200, body: [] }))
      assert.strictEqual(error.reason._tag, "ResponseMalformed")
    }),
  )

  it.effect("a refusal that quotes the card keeps its code and when to come back", () =>
    Effect.gen(function* () {
      const busy = yield* Effect.flip(
        general({
          status: 429,
          headers: { "retry-after": "7" },
          body: { errorResponse: { reason: "busy", message: `too many inquiries about ${card}` } },
        }),
      )
      assert.strictEqual(busy.reason._tag, "RateLimited")
      assert.strictEqual(busy.reason.retryAfterMillis, 7_000)
      assert.strictEqual(busy.reason.code, "busy")
      assert.include(busy.reason.detail, "[redacted]")
      assertHides(busy, [card])

      // The test's clock stands at 1970-01-01T00:00:00Z.
      const later = yield* Effect.flip(
        general({
          status: 503,
          headers: { "retry-after": "Thu, 01 Jan 1970 00:01:00 GMT" },
          body: { errorResponse: { message: `no inquiries about ${card}` } },
        }),
      )
      assert.strictEqual(later.reason.retryAfterMillis, 60_000)
      assertHides(later, [card])
    }),
  )
})
