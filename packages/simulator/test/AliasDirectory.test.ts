import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { AliasRecord } from "../src/Aliases.ts"
import { Simulator } from "../src/Simulator.ts"
import { type Body, opened, post } from "./support/client.ts"
import { inquire } from "./support/inquiries.ts"

const v1 = "/visaaliasdirectory/v1/resolve"
const v2 = "/visaaliasdirectory/v2/resolve"
const inquiry = "/visaaliasdirectory/v1/aliasinquiry"

const john = "254711001987"
const sample = { alias: john, businessApplicationId: "PP" }

const holder = { recipientName: "Test", country: "KE" }
const card = "4895140000066666"

const aliases: ReadonlyArray<AliasRecord> = [
  {
    ...holder,
    alias: "shop@example.com",
    aliasType: "02",
    holder: "merchant",
    recipientPrimaryAccountNumber: card,
    details: { merchantCategoryCode: "5411" },
  },
  { ...holder, alias: "AGENT", holder: "agent", recipientPrimaryAccountNumber: card },
  { ...holder, alias: "254711000001", recipientPrimaryAccountNumber: "5555555555554444" },
  { ...holder, alias: "254711000002", recipientPrimaryAccountNumber: "4957030420210512" },
  {
    ...holder,
    alias: "254711000003",
    recipientPrimaryAccountNumber: card,
    refusedWith: "VAD-1170",
  },
  {
    ...holder,
    alias: "254711000004",
    recipientPrimaryAccountNumber: card,
    refusedWith: "VAD-1260",
  },
  {
    ...holder,
    alias: "254711000005",
    recipientPrimaryAccountNumber: card,
    owner: "REQUESTOR",
    paymentInstrTypes: ["ACCOUNT"],
  },
]

/** Code, HTTP status, reason and text, as the two versions have to tell them. */
const codes = [
  ["VAD-1000", 400, "validation-error", "Required Field missing"],
  ["VAD-1010", 400, "validation-error", "Invalid value"],
  ["VAD-1040", 404, "not-found", "Record Not Found"],
  ["VAD-1050", 400, "validation-error", "Record Exists"],
  ["VAD-1100", 400, "validation-error", "Invalid Request"],
  ["VAD-1120", 500, "internal-error", "Internal Error"],
  ["VAD-1130", 503, "unavailable", "Temporarily Unavailable"],
  [
    "VAD-1160",
    400,
    "validation-error : validation-error",
    "AccountLookup Error- API Validation Error: 3001. Invalid Account.",
  ],
  ["VAD-1170", 400, "validation-error", "Account Restricted"],
  ["VAD-1180", 400, "validation-error", "Invalid account number"],
  ["VAD-1190", 400, "validation-error", "Cross-border Resolution Not Allowed"],
  ["VAD-1210", 400, "validation-error", "Invalid Field"],
  ["VAD-1260", 404, "not-found", "Default Account Deleted"],
  ["VAD-1290", 401, "unauthorized", "Originator Country Not Supported"],
] as const

layer(Simulator.layer({ aliases }), { excludeTestServices: true })("the alias directory", (it) => {
  describe("resolves", () => {
    it.effect.each([v1, v2])("the sandbox's alias to its card: %s", (path) =>
      Effect.gen(function* () {
        const { body, sealed, status } = yield* inquire(path, sample)
        assert.strictEqual(status, 200)
        assert.isTrue(sealed)
        assert.deepStrictEqual(body, {
          recipientName: "John K Kamau",
          recipientPrimaryAccountNumber: card,
          country: "KE",
          city: "Nairobi",
          issuerName: "Test Bank 1",
          cardType: "Visa Classic",
        })
      }),
    )

    it.effect.each([
      ["a consumer", john, { PP: 200, CI: 200, MP: 404, CO: 404 }],
      ["a merchant", "shop@example.com", { PP: 404, CI: 404, MP: 200, CO: 404 }],
      ["an agent", "AGENT", { PP: 404, CI: 404, MP: 404, CO: 200 }],
    ] as const)("%s for the purposes of one", ([, alias, expected]) =>
      Effect.gen(function* () {
        for (const [businessApplicationId, status] of Object.entries(expected)) {
          const reply = yield* inquire(v1, { alias, businessApplicationId })
          assert.strictEqual(reply.status, status, businessApplicationId)
        }
      }),
    )

    it.effect("in v2, with the alias's type only", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* inquire(v2, { ...sample, aliasType: "01" })).status, 200)
        assert.strictEqual((yield* inquire(v2, { ...sample, aliasType: "02" })).status, 204)
        const shop = { alias: "shop@example.com", businessApplicationId: "MP", aliasType: "02" }
        const { body } = yield* inquire(v2, shop)
        assert.strictEqual(body.merchantCategoryCode, "5411")
      }),
    )

    it.effect("with the attributes of the card when asked, where a country keeps its zero", () =>
      Effect.gen(function* () {
        const asked = { alias: "254711000002", businessApplicationId: "PP" }
        assert.notProperty((yield* inquire(v1, asked)).body, "accountLookUpInfo")
        const no = yield* inquire(v1, { ...asked, accountLookUp: "N" })
        assert.notProperty(no.body, "accountLookUpInfo")
        const { body } = yield* inquire(v2, { ...asked, accountLookUp: "Y" })
        assert.deepStrictEqual(body.accountLookUpInfo, {
          visaNetworkInfo: [
            {
              issuerName: "Visa Test Bank",
              cardTypeCode: "C",
              tokenIndicator: "N",
              geoRestrictionInd: "N",
              fastFundsIndicator: "N",
              billingCurrencyCode: 986,
              cardIssuerCountryCode: "076",
              pushFundsBlockIndicator: "N",
              onlineGambingBlockIndicator: "Y",
              billingCurrencyCodeMinorDigits: "2",
            },
          ],
        })
      }),
    )

    it.effect("not when the card behind the alias cannot be looked up", () =>
      Effect.gen(function* () {
        const asked = { alias: "254711000001", businessApplicationId: "PP" }
        assert.strictEqual((yield* inquire(v2, asked)).status, 200)
        const { body, status } = yield* inquire(v2, { ...asked, accountLookUp: "Y" })
        assert.strictEqual(status, 400)
        assert.strictEqual(body.code, "VAD-1160")
      }),
    )
  })

  describe("an alias that is not known", () => {
    const unknown = { alias: "254700000000", businessApplicationId: "PP" }

    it.effect("is a 404 with VAD-1040 in v1", () =>
      Effect.gen(function* () {
        const { body, status } = yield* inquire(v1, unknown)
        assert.strictEqual(status, 404)
        assert.deepStrictEqual(body, { reason: "not-found", message: "VAD-1040 Record Not Found" })
      }),
    )

    it.effect("is a 204 without a body in v2", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const answer = yield* post(simulator, v2, unknown)
        assert.strictEqual(answer.status, 204)
        assert.strictEqual(answer.text, "")
        assert.notProperty(answer.headers, "content-length")
        assert.notProperty(answer.headers, "content-type")
      }),
    )

    it.effect("may be answered with the page of an issuer list, when scripted", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const body = { url: "https://issuers.example/" }
        yield* simulator.script({
          match: { endpoint: "AliasResolve", alias: unknown.alias },
          answer: { errorCode: "VAD-1040", body },
          times: 1,
        })
        assert.deepInclude(yield* inquire(v1, unknown), { status: 404, body })
      }),
    )
  })

  describe("refuses in the words of its version", () => {
    it.effect.each(codes)("%s, when scripted: HTTP %i", ([code, status, reason, text]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({ match: { alias: john }, answer: { errorCode: code }, times: 2 })
        const first = yield* inquire(v1, sample)
        assert.strictEqual(first.status, status)
        assert.deepStrictEqual(first.body, { reason, message: `${code} ${text}` })
        const second = yield* inquire(v2, sample)
        assert.strictEqual(second.status, status)
        assert.deepStrictEqual(second.body, { code, reason, message: text })
      }),
    )

    it.effect("VAD-1100 as an unauthorized request, when scripted", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({
          match: { alias: john },
          answer: { errorCode: "VAD-1100", refusal: "Unauthorized", httpStatus: 401 },
          times: 1,
        })
        const { body, status } = yield* inquire(v2, sample)
        assert.strictEqual(status, 401)
        assert.strictEqual(body.code, "VAD-1100")
        assert.strictEqual(body.message, "Unauthorized")
        const entries = yield* simulator.ledger.entries({ endpoint: "AliasResolveV2" })
        assert.deepInclude(entries.at(-1), { errorCode: "VAD-1100", httpStatus: 401 })
      }),
    )

    it.effect.each([
      ["254711000003", 400, "VAD-1170"],
      ["254711000004", 404, "VAD-1260"],
    ] as const)("an alias whose record says so: %s", ([alias, status, code]) =>
      Effect.gen(function* () {
        const reply = yield* inquire(v2, { alias, businessApplicationId: "PP" })
        assert.strictEqual(reply.status, status)
        assert.strictEqual(reply.body.code, code)
      }),
    )

    it.effect.each([
      ["a missing alias", { businessApplicationId: "PP" }, "VAD-1000", "alias"],
      ["a missing purpose", { alias: john }, "VAD-1000", "businessApplicationId"],
      ["a null", { ...sample, alias: null }, "VAD-1000", "alias"],
      ["an empty alias", { ...sample, alias: "" }, "VAD-1010", "alias"],
      ["a number", { ...sample, alias: 254711001987 }, "VAD-1010", "alias"],
      [
        "another purpose",
        { ...sample, businessApplicationId: "AA" },
        "VAD-1010",
        "businessApplicationId",
      ],
      ["another look-up", { ...sample, accountLookUp: "true" }, "VAD-1010", "accountLookUp"],
      ["an unknown member", { ...sample, surprise: 1 }, "VAD-1210", "surprise"],
    ] as const)("%s", ([, body, code, element]) =>
      Effect.gen(function* () {
        const older = yield* inquire(v1, body)
        assert.strictEqual(older.status, 400)
        assert.strictEqual(older.body.reason, "validation-error")
        assert.match(String(older.body.message), new RegExp(`^${code} [\\w ]+: ${element}$`))
        const newer = yield* inquire(v2, body)
        assert.strictEqual(newer.status, 400)
        assert.strictEqual(newer.body.code, code)
        assert.match(String(newer.body.message), new RegExp(`^[\\w ]+: ${element}$`))
      }),
    )

    it.effect("an alias type in v1, which has none", () =>
      Effect.gen(function* () {
        const { body } = yield* inquire(v1, { ...sample, aliasType: "01" })
        assert.strictEqual(body.message, "VAD-1210 Invalid Field: aliasType")
      }),
    )

    it.effect("a message that is no object", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const answer = yield* post(simulator, v2, [])
        assert.strictEqual(answer.status, 400)
        assert.deepStrictEqual(opened(simulator, answer), {
          code: "VAD-1100",
          reason: "validation-error",
          message: "Message is not a JSON object.",
        })
      }),
    )
  })

  it.effect("writes down no alias and no card number", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      yield* inquire(v1, sample)
      yield* simulator.script({ answer: { errorCode: "VAD-1130" }, times: 1 })
      yield* inquire(v2, sample)
      yield* simulator.inject({ kind: "status", status: 500, times: 1 })
      yield* inquire(v2, sample)
      yield* inquire(v1, { alias: "nobody", businessApplicationId: "PP" })
      yield* inquire(v2, { ...sample, aliasType: "02" })
      const entries = yield* simulator.ledger.entries()
      assert.deepStrictEqual(
        entries.map(({ errorCode, httpStatus, kind, maskedAlias, maskedPan, moneyMoved }) => [
          kind,
          httpStatus,
          maskedAlias,
          maskedPan,
          errorCode,
          moneyMoved,
        ]),
        [
          ["inquiry", 200, "********1987", "489514******6666", undefined, false],
          ["refused", 503, "********1987", undefined, "VAD-1130", false],
          ["fault", 500, "********1987", undefined, undefined, false],
          ["inquiry", 404, "******", undefined, "VAD-1040", false],
          ["inquiry", 204, "********1987", undefined, undefined, false],
        ],
      )
      assert.notInclude(JSON.stringify(entries), john)
      assert.notInclude(JSON.stringify(entries), card)
    }),
  )

  describe("the alias inquiry", () => {
    it.effect("says which aliases resolve, and counts the others", () =>
      Effect.gen(function* () {
        const { body, status } = yield* inquire(inquiry, {
          aliases: [john, "nobody", "shop@example.com", "254711000004", "254711000005"],
        })
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(body, {
          summary: { aliasesTotal: 5, aliasesFound: 3, aliasesNotFound: 2 },
          details: [
            { alias: john, aliasType: "01", paymentInstrOwner: "OTHER" },
            { alias: "shop@example.com", aliasType: "02", paymentInstrOwner: "OTHER" },
            {
              alias: "254711000005",
              aliasType: "01",
              paymentInstrOwner: "REQUESTOR",
              paymentInstrTypes: ["ACCOUNT"],
            },
          ],
        })
      }),
    )

    it.effect("finds only instruments of the wanted types", () =>
      Effect.gen(function* () {
        const ask = (...paymentInstrTypes: ReadonlyArray<string>) =>
          Effect.map(
            inquire(inquiry, { aliases: ["254711000005"], paymentInstrTypes }),
            ({ body }) => body.summary,
          )
        const found = { aliasesTotal: 1, aliasesFound: 1, aliasesNotFound: 0 }
        assert.deepStrictEqual(yield* ask("CARD", "ACCOUNT"), found)
        assert.deepStrictEqual(yield* ask("CARD"), {
          ...found,
          aliasesFound: 0,
          aliasesNotFound: 1,
        })
      }),
    )

    it.effect("is scripted for one answer, and stays what it was for the next", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const types = Effect.map(
          inquire(inquiry, { aliases: ["254711000005"] }),
          ({ body }) => (body.details as ReadonlyArray<Body>)[0]?.paymentInstrTypes,
        )
        yield* simulator.script({
          match: { endpoint: "AliasInquiry" },
          answer: { fields: { "details.0.paymentInstrTypes.0": "CARD" } },
          times: 1,
        })
        assert.deepStrictEqual(yield* types, ["CARD"])
        assert.deepStrictEqual(yield* types, ["ACCOUNT"])
      }),
    )

    const many = (count: number) => Array.from({ length: count }, (_, n) => `2547${n}`)

    it.effect("takes 1 to 1000 of them", () =>
      Effect.gen(function* () {
        for (const [count, status] of [
          [0, 400],
          [1, 200],
          [1000, 200],
          [1001, 400],
        ] as const) {
          const reply = yield* inquire(inquiry, { aliases: many(count) })
          assert.strictEqual(reply.status, status, String(count))
          assert.strictEqual(
            String(reply.body.message).startsWith("VAD-1100 "),
            status === 400,
            String(count),
          )
        }
      }),
    )

    it.effect.each([
      [{}, "VAD-1000 Required Field missing: aliases"],
      [{ aliases: john }, "VAD-1010 Invalid value: aliases"],
      [{ aliases: [john, 1] }, "VAD-1010 Invalid value: aliases"],
      [{ aliases: [{ alias: john }] }, "VAD-1010 Invalid value: aliases"],
      [{ aliases: [""] }, "VAD-1010 Invalid value: aliases"],
      [{ aliases: [john], paymentInstrTypes: [1] }, "VAD-1010 Invalid value: paymentInstrTypes"],
      [{ aliases: [john], aliasType: "01" }, "VAD-1210 Invalid Field: aliasType"],
    ] as const)("refuses %j", ([body, message]) =>
      Effect.gen(function* () {
        const reply = yield* inquire(inquiry, body)
        assert.strictEqual(reply.status, 400)
        assert.deepStrictEqual(reply.body, { reason: "validation-error", message })
      }),
    )
  })
})
