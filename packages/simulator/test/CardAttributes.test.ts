import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { CardProfile } from "../src/Cards.ts"
import { Simulator } from "../src/Simulator.ts"
import type { Body } from "./support/client.ts"
import { inquire } from "./support/inquiries.ts"

const path = "/paai/fundstransferattinq/v5/cardattributes/fundstransferinquiry"

/** The OpenAPI document's example of a Visa card. */
const sample = {
  systemsTraceAuditNumber: "451018",
  primaryAccountNumber: "4060320000000127",
  retrievalReferenceNumber: "412770452025",
}

const cards: ReadonlyArray<CardProfile> = [
  {
    digits: "401200",
    country: "036",
    refusesFrom: ["840"],
    visa: [{ moneyTransferPushFundsDomestic: "N" }],
  },
  {
    digits: "4012001",
    country: "076",
    visa: [
      { comboCardRange: "2", accountType: "10" },
      { comboCardRange: "2", accountType: "30", pullFundsCrossBorder: "N" },
    ],
  },
]

const ask = (overrides: Readonly<Record<string, unknown>> = {}) =>
  inquire(path, { ...sample, ...overrides })

const networks = (body: Body, name: "visaNetworkInfo" | "ppgsNetworkInfo") =>
  body[name] as ReadonlyArray<Body>

layer(Simulator.layer({ cards }), { excludeTestServices: true })("card attributes", (it) => {
  describe("of the sandbox's cards", () => {
    it.effect("say what a Visa card can do, with codes as integers", () =>
      Effect.gen(function* () {
        const { body, sealed, status } = yield* ask()
        assert.strictEqual(status, 200)
        assert.isTrue(sealed)
        assert.deepStrictEqual(body, {
          visaNetworkInfo: [
            {
              issuerName: "Visa Test Bank",
              issuerCountryCode: 840,
              billingCurrency: 840,
              billingCurrencyCodeMinorDigits: "2",
              cardProductType: "D",
              cardPlatformCode: "CN",
              comboCardRange: "0",
              pullFundsCrossBorder: "Y",
              pushFundsCrossBorderAuthApprovalInd: "READY",
              moneyTransferPushFundsDomestic: "Y",
              moneyTransferPushFundsCrossBorder: "Y",
              moneyTransferFastFundsDomestic: "Y",
              moneyTransferFastFundsCrossBorder: "Y",
              nonMoneyTransferPushFundsDomestic: "Y",
              nonMoneyTransferPushFundsCrossBorder: "Y",
              nonMoneyTransferFastFundsDomestic: "Y",
              nonMoneyTransferFastFundsCrossBorder: "Y",
              onlineGamblingPushFundsDomestic: "Y",
              onlineGamblingPushFundsCrossBorder: "Y",
              onlineGamblingFastFundsDomestic: "Y",
              onlineGamblingFastFundsCrossBorder: "Y",
            },
          ],
          ppgsNetworkInfo: [],
        })
      }),
    )

    it.effect("list the debit networks of a card that is not Visa's", () =>
      Effect.gen(function* () {
        const { body, status } = yield* ask({ primaryAccountNumber: "5123280115058611" })
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(body.visaNetworkInfo, [])
        const info = networks(body, "ppgsNetworkInfo")
        assert.deepStrictEqual(
          info.map(({ networkId }) => networkId),
          [8, 16],
        )
        assert.deepStrictEqual(info[0], {
          networkId: 8,
          cardTypeCode: "D",
          octDomParticipant: "Y",
          octXbParticipant: "N",
          aftDomParticipant: "Y",
          aftXbParticipant: "N",
          octFastFunds: "Y",
          gamingAndGambling: "Y",
          billingCurrencyCode: 840,
          cardIssuerCountryCode: 840,
          billingCurrencyMinorDigits: 2,
        })
      }),
    )

    it.effect("know the slow Brazilian credit card, whose country loses its zero", () =>
      Effect.gen(function* () {
        const { body } = yield* ask({ primaryAccountNumber: "4957030420210512" })
        const [info] = networks(body, "visaNetworkInfo")
        assert.deepInclude(info, {
          issuerCountryCode: 76,
          billingCurrency: 986,
          cardProductType: "C",
          moneyTransferPushFundsDomestic: "Y",
          moneyTransferFastFundsDomestic: "N",
          onlineGamblingPushFundsDomestic: "N",
        })
      }),
    )

    it.effect("are unknown for a number of no network", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { body, status } = yield* ask({ primaryAccountNumber: "1111111111111111" })
        assert.strictEqual(status, 400)
        assert.deepStrictEqual(body, {
          errorResponse: {
            reason: "invalidParameter",
            message:
              "Unable to find any participating network information for the provided account.",
          },
        })
        const entries = yield* simulator.ledger.entries({ endpoint: "CardAttributes" })
        assert.deepInclude(entries.at(-1), {
          kind: "refused",
          errorCode: "invalidParameter",
          maskedPan: "111111******1111",
        })
      }),
    )
  })

  describe("of other cards", () => {
    it.effect("are those of the acquirer's country when nothing is known of them", () =>
      Effect.gen(function* () {
        // With no BIN there is no check digit validation, and with one only for mVisa.
        const primaryAccountNumber = "4111111111111112"
        const here = yield* ask({ primaryAccountNumber, acquirerCountryCode: "392" })
        assert.deepInclude(networks(here.body, "visaNetworkInfo")[0], {
          issuerCountryCode: 392,
          billingCurrency: 392,
          billingCurrencyCodeMinorDigits: "0",
          geoRestrictionInd: "N",
        })
        const anywhere = yield* ask({ primaryAccountNumber })
        assert.deepInclude(networks(anywhere.body, "visaNetworkInfo")[0], {
          issuerCountryCode: 840,
        })
      }),
    )

    it.effect("come from the options, of the longest range that fits", () =>
      Effect.gen(function* () {
        const { body } = yield* ask({ primaryAccountNumber: "4012000000000006" })
        assert.deepInclude(networks(body, "visaNetworkInfo")[0], {
          issuerCountryCode: 36,
          billingCurrency: 36,
          moneyTransferPushFundsDomestic: "N",
          moneyTransferPushFundsCrossBorder: "Y",
        })
        const combo = yield* ask({ primaryAccountNumber: "4012001000000005" })
        assert.strictEqual(networks(combo.body, "visaNetworkInfo").length, 2)
      }),
    )

    it.effect("tell whether the issuer refuses the sender's country", () =>
      Effect.gen(function* () {
        const primaryAccountNumber = "4012000000000006"
        const restriction = (acquirerCountryCode: string | undefined) =>
          Effect.map(
            ask({ primaryAccountNumber, acquirerCountryCode }),
            ({ body }) => networks(body, "visaNetworkInfo")[0]?.geoRestrictionInd,
          )
        assert.strictEqual(yield* restriction("840"), "Y")
        assert.strictEqual(yield* restriction("124"), "N")
        assert.isUndefined(yield* restriction(undefined))
      }),
    )

    it.effect("are of one side of a combo card when an account type is asked for", () =>
      Effect.gen(function* () {
        const types = (accountType: string | undefined) =>
          Effect.map(ask({ primaryAccountNumber: "4012001000000005", accountType }), ({ body }) =>
            networks(body, "visaNetworkInfo").map((info) => info.accountType),
          )
        assert.deepStrictEqual(yield* types(undefined), ["10", "30"])
        assert.deepStrictEqual(yield* types("DEBIT"), ["10"])
        assert.deepStrictEqual(yield* types("CREDIT"), ["30"])
      }),
    )
  })

  describe("can be scripted:", () => {
    it.effect("single flags, by their path", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({
          match: { endpoint: "CardAttributes", pan: "4060320000000127" },
          answer: {
            fields: {
              "visaNetworkInfo.0.moneyTransferPushFundsDomestic": "N",
              "visaNetworkInfo.0.issuerName": null,
              ppgsNetworkInfo: [{ networkId: 3 }],
            },
          },
          times: 1,
        })
        const scripted = yield* ask()
        const [info] = networks(scripted.body, "visaNetworkInfo")
        assert.strictEqual(info?.moneyTransferPushFundsDomestic, "N")
        assert.strictEqual(info?.moneyTransferFastFundsDomestic, "Y")
        assert.notProperty(info, "issuerName")
        assert.deepStrictEqual(scripted.body.ppgsNetworkInfo, [{ networkId: 3 }])
        const after = networks((yield* ask()).body, "visaNetworkInfo")[0]
        assert.strictEqual(after?.moneyTransferPushFundsDomestic, "Y")
        assert.strictEqual(after?.issuerName, "Visa Test Bank")
      }),
    )

    it.effect.each([
      [
        { errorCode: "invalidParameter" },
        400,
        {
          reason: "invalidParameter",
          message: "Unable to find any participating network information for the provided account.",
        },
      ],
      [{ refusal: "Not today" }, 400, { status: "400", reason: "3001", message: "Not today" }],
      [
        { errorCode: "3004", refusal: "Internal error", httpStatus: 500 },
        500,
        { status: "500", reason: "3004", message: "Internal error" },
      ],
    ] as const)("refusals %j", ([answer, status, errorResponse]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({ match: { endpoint: "CardAttributes" }, answer, times: 1 })
        const reply = yield* ask()
        assert.strictEqual(reply.status, status)
        assert.deepStrictEqual(reply.body, { errorResponse })
      }),
    )
  })

  describe("are refused with the place of the error:", () => {
    it.effect.each([
      [{ primaryAccountNumber: undefined }, "primaryAccountNumber", "Mandatory"],
      [{ primaryAccountNumber: "411111111111" }, "primaryAccountNumber", "Mandatory"],
      [{ primaryAccountNumber: 4060320000000127 }, "primaryAccountNumber", "Mandatory"],
      [{ systemsTraceAuditNumber: undefined }, "systemsTraceAuditNumber", "Mandatory"],
      [{ systemsTraceAuditNumber: 451018 }, "systemsTraceAuditNumber", "Mandatory"],
      [{ retrievalReferenceNumber: "999970452025" }, "retrievalReferenceNumber", "Mandatory"],
      [{ acquiringBin: "40899" }, "acquiringBin", "Field"],
      [{ acquirerCountryCode: "USA" }, "acquirerCountryCode", "Field"],
      [{ acquirerCountryCode: 840 }, "acquirerCountryCode", "Field"],
      [{ accountType: "SAVING" }, "accountType", "Field"],
      [{ sharingGroupCode: "" }, "sharingGroupCode", "Field"],
      [{ surprise: 1 }, "surprise", "Invalid content"],
    ] as const)("%j", ([overrides, location, wording]) =>
      Effect.gen(function* () {
        const { body, status } = yield* ask(overrides)
        assert.strictEqual(status, 400)
        const error = body.errorResponse as Body
        assert.deepInclude(error, { status: "400", reason: "3001" })
        assert.match(String(error.message), new RegExp(`^${wording}.*'${location}'`))
        assert.deepStrictEqual(error.details, [{ location, message: error.message }])
      }),
    )
  })

  it.effect("is written down without the card number", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      yield* ask({ acquiringBin: 408999 })
      const entries = yield* simulator.ledger.entries()
      assert.strictEqual(entries.length, 1)
      assert.deepInclude(entries[0], {
        kind: "inquiry",
        endpoint: "CardAttributes",
        acquiringBin: "408999",
        stan: "451018",
        rrn: "412770452025",
        maskedPan: "406032******0127",
        moneyMoved: false,
      })
      assert.notInclude(JSON.stringify(entries), sample.primaryAccountNumber)
    }),
  )

  describe("in the older versions", () => {
    /** Visa's sample, and the answer that was recorded to it. */
    const older = {
      acquirerCountryCode: "840",
      acquiringBin: "408999",
      primaryAccountNumber: "4957030420210512",
      retrievalReferenceNumber: "330000550000",
      systemsTraceAuditNumber: "451006",
    }
    const pathOf = (version: string) =>
      `/paai/fundstransferattinq/${version}/cardattributes/fundstransferinquiry`

    it.effect.each(["v1", "v2"])("are single letters: %s", (version) =>
      Effect.gen(function* () {
        const { body, sealed, status } = yield* inquire(pathOf(version), older)
        assert.strictEqual(status, 200)
        assert.isTrue(sealed)
        assert.deepStrictEqual(body, {
          cardTypeCode: "C",
          billingCurrencyCode: "986",
          billingCurrencyMinorDigits: 2,
          issuerName: "Visa Test Bank",
          cardIssuerCountryCode: "076",
          fastFundsIndicator: "N",
          pushFundsBlockIndicator: "N",
          onlineGambingBlockIndicator: "Y",
        })
      }),
    )

    it.effect("know cards of Visa's own network only, and no newer field", () =>
      Effect.gen(function* () {
        const card = yield* inquire(pathOf("v1"), {
          ...older,
          primaryAccountNumber: "5123280115058611",
        })
        assert.strictEqual(card.status, 400)
        assert.propertyVal(card.body.errorResponse, "reason", "invalidParameter")
        const newer = yield* inquire(pathOf("v1"), { ...older, accountType: "DEBIT" })
        assert.strictEqual(newer.status, 400)
        const without = yield* inquire(pathOf("v2"), {
          ...older,
          systemsTraceAuditNumber: undefined,
        })
        assert.strictEqual(without.status, 400)
      }),
    )
  })

  it.effect("the general inquiry takes the card number alone", () =>
    Effect.gen(function* () {
      const general = "/paai/generalattinq/v1/cardattributes/generalinquiry"
      const { body, status } = yield* inquire(general, { primaryAccountNumber: "4957030420210512" })
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(body, {
        cardTypeCode: "C",
        issuerName: "Visa Test Bank",
        issuerCountryCode: "076",
      })
      assert.strictEqual((yield* inquire(general, sample)).status, 400)
      const unknown = yield* inquire(general, { primaryAccountNumber: "5555555555554444" })
      assert.strictEqual(unknown.status, 400)
    }),
  )
})
