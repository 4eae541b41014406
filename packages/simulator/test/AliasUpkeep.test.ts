import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Simulator } from "../src/Simulator.ts"
import { get, opened } from "./support/client.ts"
import { inquire } from "./support/inquiries.ts"

const consumers = "/visaaliasdirectory/v1/manage"
const merchants = "/visaaliasdirectory/v1/managemerchant"
const resolve = "/visaaliasdirectory/v1/resolve"

/** The values of Visa's sample client. */
const jamie = {
  guid: "574f4b6a4c2b70472f306f300099515a789092348832455975343637a4e3710",
  recipientFirstName: "Jamie",
  recipientMiddleName: "M",
  recipientLastName: "Bakari",
  address1: "Street 1",
  address2: "Region 1",
  city: "Nairobi",
  country: "KE",
  postalCode: "00111",
  consentDateTime: "2018-03-01 01:02:03",
  recipientPrimaryAccountNumber: "4005520201264821",
  issuerName: "Test Bank 1",
  cardType: "Visa Classic",
  alias: "254711334999",
  aliasType: "01",
}
const { guid, alias } = jamie

const shop = {
  aliasId: "888111",
  merchantId: "4123450131001381",
  merchantCategoryCode: "6012",
  payloadFormatIndicator: "01",
  pointOfInitiationMethod: "11",
  transactionCurrencyCode: "404",
  recipientName: "Test brand",
  city: "Nairobi",
  country: "KE",
}

type Members = Readonly<Record<string, unknown>>

/** With a directory in which nobody is registered yet. */
const fresh = Effect.andThen(Simulator, (simulator) => simulator.ledger.clear)

const create = (members: Members = {}) =>
  inquire(`${consumers}/createalias`, { ...jamie, ...members })
const update = (members: Members) => inquire(`${consumers}/updatealias`, { guid, ...members })
const remove = (members: Members = {}) =>
  inquire(`${consumers}/deletealias`, { guid, alias, ...members })
const read = (id = guid) => inquire(`${consumers}/getalias`, { guid: id })
const found = (written: string, businessApplicationId = "PP") =>
  inquire(resolve, { alias: written, businessApplicationId })

const createShop = (members: Members = {}) =>
  inquire(`${merchants}/createalias`, { ...shop, ...members })
const updateShop = (members: Members) =>
  inquire(`${merchants}/updatealias`, { aliasId: shop.aliasId, ...members })
const removeShop = (members: Members = {}) =>
  inquire(`${merchants}/deletealias`, {
    aliasId: shop.aliasId,
    merchantId: shop.merchantId,
    ...members,
  })

const readShop = Effect.fnUntraced(function* (query: string) {
  const simulator = yield* Simulator
  const answer = yield* get(simulator, `${merchants}${query}`)
  return { status: answer.status, body: opened(simulator, answer) }
})

const refusal = (code: string, reason = "validation-error") => ({
  reason,
  message: code,
})
const notFound = refusal("VAD-1040 Record Not Found", "not-found")

layer(Simulator.layer(), { excludeTestServices: true })("the upkeep of aliases", (it) => {
  describe("of consumers", () => {
    it.effect("what is created resolves, what is deleted does not", () =>
      Effect.gen(function* () {
        yield* fresh
        assert.strictEqual((yield* found(alias)).status, 404)
        const made = yield* create()
        assert.strictEqual(made.status, 200)
        assert.isTrue(made.sealed)
        assert.deepStrictEqual(made.body, { guid })
        assert.deepStrictEqual((yield* found(alias)).body, {
          recipientName: "Jamie M Bakari",
          recipientPrimaryAccountNumber: "4005520201264821",
          country: "KE",
          address1: "Street 1",
          address2: "Region 1",
          city: "Nairobi",
          postalCode: "00111",
          issuerName: "Test Bank 1",
          cardType: "Visa Classic",
        })
        assert.deepStrictEqual((yield* remove()).body, { guid })
        assert.strictEqual((yield* found(alias)).status, 404)
        assert.deepStrictEqual((yield* read()).body, notFound)
        // And can be registered again.
        assert.strictEqual((yield* create()).status, 200)
      }),
    )

    it.effect("is read back as it was sent, and the inquiry knows whose it is", () =>
      Effect.gen(function* () {
        yield* fresh
        yield* create()
        assert.deepStrictEqual((yield* read()).body, { ...jamie, status: "ACTIVE" })
        const { body } = yield* inquire("/visaaliasdirectory/v1/aliasinquiry", {
          aliases: [alias, "254711001987", "1"],
        })
        assert.deepStrictEqual(body.details, [
          { alias, aliasType: "01", paymentInstrOwner: "REQUESTOR", paymentInstrTypes: ["PAN"] },
          { alias: "254711001987", aliasType: "01", paymentInstrOwner: "OTHER" },
        ])
      }),
    )

    it.effect("a change replaces what it names, and moves alias and guid", () =>
      Effect.gen(function* () {
        yield* fresh
        yield* create()
        assert.deepStrictEqual((yield* update({ city: "Mombasa" })).body, { guid })
        assert.deepInclude((yield* found(alias)).body, { city: "Mombasa", address1: "Street 1" })

        const changed = yield* update({
          newGuid: "customer-2",
          alias: "jamie@example.com",
          aliasType: "02",
          recipientPrimaryAccountNumber: "4895140000066666",
          issuerName: "Test Bank 2",
          cardType: "Visa Gold",
        })
        assert.deepStrictEqual(changed.body, { guid: "customer-2" })
        assert.strictEqual((yield* found(alias)).status, 404)
        assert.deepInclude((yield* found("jamie@example.com")).body, {
          recipientPrimaryAccountNumber: "4895140000066666",
          issuerName: "Test Bank 2",
        })
        assert.strictEqual((yield* read()).status, 404)
        assert.deepInclude((yield* read("customer-2")).body, { city: "Mombasa", aliasType: "02" })
      }),
    )

    const other = {
      guid: "customer-2",
      alias: "254711334998",
      recipientPrimaryAccountNumber: "4895140000066666",
    }
    it.effect.each([
      ["guid", { guid }],
      ["alias", { alias }],
      ["recipientPrimaryAccountNumber", { recipientPrimaryAccountNumber: "4005520201264821" }],
      ["alias", { alias: "254711001987" }],
    ] as const)("what is registered already is not registered twice: %s", ([field, same]) =>
      Effect.gen(function* () {
        yield* fresh
        yield* create()
        const again = yield* create({ ...other, ...same })
        assert.strictEqual(again.status, 400)
        assert.deepStrictEqual(again.body, refusal(`VAD-1050 Record Exists: ${field}`))
      }),
    )

    it.effect.each([
      ["newGuid", { newGuid: "customer-2" }],
      ["alias", { alias: "254711334998", aliasType: "01" }],
      [
        "recipientPrimaryAccountNumber",
        { recipientPrimaryAccountNumber: "4895140000066666", issuerName: "B", cardType: "C" },
      ],
    ] as const)("nor taken over by a change: %s", ([field, change]) =>
      Effect.gen(function* () {
        yield* fresh
        yield* create()
        yield* create(other)
        const reply = yield* update(change)
        assert.deepStrictEqual(reply.body, refusal(`VAD-1050 Record Exists: ${field}`))
        assert.deepStrictEqual((yield* read()).body, { ...jamie, status: "ACTIVE" })
      }),
    )

    it.effect.each([
      [{ guid: undefined }, "VAD-1000 Required Field missing: guid"],
      [{ consentDateTime: undefined }, "VAD-1000 Required Field missing: consentDateTime"],
      [{ alias: "+254711334999" }, "VAD-1010 Invalid value: alias"],
      [{ aliasType: "02" }, "VAD-1010 Invalid value: alias"],
      [{ aliasType: "PHONE" }, "VAD-1010 Invalid value: aliasType"],
      [{ consentDateTime: "2018-03-01T01:02:03" }, "VAD-1010 Invalid value: consentDateTime"],
      [{ consentDateTime: "2018-02-30 01:02:03" }, "VAD-1010 Invalid value: consentDateTime"],
      [{ country: "KEN" }, "VAD-1010 Invalid value: country"],
      [{ isDefault: true }, "VAD-1010 Invalid value: isDefault"],
      [{ newGuid: "x" }, "VAD-1210 Invalid Field: newGuid"],
      [
        { recipientPrimaryAccountNumber: "5555555555554444" },
        "VAD-1180 Invalid account number: recipientPrimaryAccountNumber",
      ],
    ] as const)("refuses %j", ([change, message]) =>
      Effect.gen(function* () {
        yield* fresh
        const reply = yield* create(change)
        assert.strictEqual(reply.status, 400)
        assert.deepStrictEqual(reply.body, refusal(message))
        assert.strictEqual((yield* read()).status, 404)
      }),
    )

    it.effect.each([
      [{ alias: "254711334998" }, "aliasType"],
      [{ recipientPrimaryAccountNumber: "4895140000066666", issuerName: "B" }, "cardType"],
      [{ recipientPrimaryAccountNumber: "4895140000066666", cardType: "C" }, "issuerName"],
    ] as const)("refuses a change %j that lacks what belongs to it", ([change, field]) =>
      Effect.gen(function* () {
        yield* fresh
        yield* create()
        const { body } = yield* update(change)
        assert.deepStrictEqual(body, refusal(`VAD-1000 Required Field missing: ${field}`))
      }),
    )

    it.effect("knows nobody under a foreign guid, nor an alias that is not the customer's", () =>
      Effect.gen(function* () {
        yield* fresh
        yield* create()
        for (const reply of [
          yield* update({ guid: "nobody", city: "Mombasa" }),
          yield* remove({ guid: "nobody" }),
          yield* remove({ alias: "254711001987" }),
          yield* read("nobody"),
        ]) {
          assert.strictEqual(reply.status, 404)
          assert.deepStrictEqual(reply.body, notFound)
        }
        assert.strictEqual((yield* found("254711001987")).status, 200)
      }),
    )

    it.effect("the guid of one project is not that of another", () =>
      Effect.gen(function* () {
        yield* fresh
        yield* create()
        const simulator = yield* Simulator
        const second = { ...simulator, credentials: yield* simulator.issue({ project: "second" }) }
        const asSecond = <A, E>(effect: Effect.Effect<A, E, Simulator>) =>
          Effect.provideService(effect, Simulator, second)
        assert.strictEqual((yield* asSecond(read())).status, 404)
        assert.strictEqual((yield* asSecond(remove())).status, 404)
        const { body } = yield* asSecond(
          inquire("/visaaliasdirectory/v1/aliasinquiry", { aliases: [alias] }),
        )
        assert.deepInclude(body.details, {
          alias,
          aliasType: "01",
          paymentInstrOwner: "OTHER",
          paymentInstrTypes: ["PAN"],
        })
      }),
    )

    it.effect("the ledger says what was done, and shows nobody who it is", () =>
      Effect.gen(function* () {
        yield* fresh
        yield* create()
        yield* read()
        const { ledger } = yield* Simulator
        const [made, asked] = yield* ledger.entries()
        assert.deepInclude(made, {
          kind: "upkeep",
          endpoint: "CreateAlias",
          maskedAlias: "********4999",
          maskedPan: "400552******4821",
          moneyMoved: false,
        })
        assert.deepInclude(asked, { kind: "inquiry", endpoint: "GetAlias" })
        assert.notInclude(JSON.stringify({ ...made, wireBody: "" }), alias)
      }),
    )

    it.effect("a scripted code takes the place of the answer, and nothing is registered", () =>
      Effect.gen(function* () {
        yield* fresh
        const simulator = yield* Simulator
        yield* simulator.script({
          match: { endpoint: "CreateAlias" },
          answer: { errorCode: "VAD-1130" },
          times: 1,
        })
        assert.strictEqual((yield* create()).status, 503)
        assert.strictEqual((yield* read()).status, 404)
      }),
    )
  })

  describe("of merchants and agents", () => {
    it.effect("what is created resolves for its own purpose, what is deleted does not", () =>
      Effect.gen(function* () {
        yield* fresh
        assert.deepStrictEqual((yield* createShop()).body, { aliasId: "888111" })
        assert.deepStrictEqual((yield* found("888111", "MP")).body, {
          recipientName: "Test brand",
          recipientPrimaryAccountNumber: "4123450131001381",
          country: "KE",
          city: "Nairobi",
          merchantCategoryCode: "6012",
          pointOfInitiationMethod: "11",
          transactionCurrencyCode: "404",
        })
        assert.strictEqual((yield* found("888111", "PP")).status, 404)
        assert.deepStrictEqual((yield* removeShop()).body, { aliasId: "888111" })
        assert.strictEqual((yield* found("888111", "MP")).status, 404)
      }),
    )

    it.effect("merchants and agents are apart, under the same id", () =>
      Effect.gen(function* () {
        yield* fresh
        yield* createShop()
        yield* createShop({ isAgentAlias: "Y", recipientName: "Test agent" })
        assert.strictEqual((yield* found("888111", "MP")).body.recipientName, "Test brand")
        assert.strictEqual((yield* found("888111", "CO")).body.recipientName, "Test agent")
        const merchant = yield* readShop("?merchantaliasid=888111")
        assert.deepStrictEqual(merchant.body, shop)
        const agent = yield* readShop("?merchantaliasid=888111&type=agent")
        assert.strictEqual(agent.body.recipientName, "Test agent")
        yield* removeShop({ isAgentAlias: "Y" })
        assert.strictEqual((yield* found("888111", "CO")).status, 404)
        assert.strictEqual((yield* found("888111", "MP")).status, 200)
      }),
    )

    it.effect("a change replaces what it names", () =>
      Effect.gen(function* () {
        yield* fresh
        yield* createShop()
        const reply = yield* updateShop({ recipientName: "Updated", email: "shop@example.com" })
        assert.deepStrictEqual(reply.body, { aliasId: "888111" })
        assert.deepStrictEqual((yield* readShop("?merchantaliasid=888111")).body, {
          ...shop,
          recipientName: "Updated",
          email: "shop@example.com",
        })
      }),
    )

    it.effect.each([
      [{ merchantId: "412345013100138" }, "VAD-1010 Invalid value: merchantId"],
      [{ merchantCategoryCode: 6012 }, "VAD-1010 Invalid value: merchantCategoryCode"],
      [{ payloadFormatIndicator: "02" }, "VAD-1010 Invalid value: payloadFormatIndicator"],
      [{ transactionCurrencyCode: "KES" }, "VAD-1010 Invalid value: transactionCurrencyCode"],
      [{ convenienceFeePercentage: "00.00" }, "VAD-1010 Invalid value: convenienceFeePercentage"],
      [{ email: "shop@example.com" }, "VAD-1210 Invalid Field: email"],
      [{ recipientName: undefined }, "VAD-1000 Required Field missing: recipientName"],
      [
        { isAgentAlias: "Y", convenienceFeeAmount: "1.00" },
        "VAD-1210 Invalid Field: convenienceFeeAmount",
      ],
    ] as const)("refuses %j", ([change, message]) =>
      Effect.gen(function* () {
        yield* fresh
        const reply = yield* createShop(change)
        assert.strictEqual(reply.status, 400)
        assert.deepStrictEqual(reply.body, refusal(message))
      }),
    )

    it.effect("does not register an id twice, and knows none that is not registered", () =>
      Effect.gen(function* () {
        yield* fresh
        yield* createShop()
        assert.deepStrictEqual(
          (yield* createShop()).body,
          refusal("VAD-1050 Record Exists: aliasId"),
        )
        for (const reply of [
          yield* updateShop({ aliasId: "1" }),
          yield* updateShop({ isAgentAlias: "Y" }),
          yield* removeShop({ merchantId: "4123450131001399" }),
          yield* readShop("?merchantaliasid=1"),
          yield* readShop("?merchantaliasid=888111&type=agent"),
        ]) {
          assert.strictEqual(reply.status, 404)
          assert.deepStrictEqual(reply.body, notFound)
        }
      }),
    )

    it.effect.each([
      ["", "VAD-1000 Required Field missing: merchantaliasid"],
      ["?merchantaliasid=1&type=merchant", "VAD-1010 Invalid value: type"],
      ["?merchantaliasid=1&aliasId=1", "VAD-1210 Invalid Field: aliasId"],
    ] as const)("refuses the question %j", ([query, message]) =>
      Effect.gen(function* () {
        const reply = yield* readShop(query)
        assert.strictEqual(reply.status, 400)
        assert.deepStrictEqual(reply.body, refusal(message))
      }),
    )
  })
})
