import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { pushFundsFields } from "../src/endpoints/pushFundsFields.ts"
import { testCards } from "../src/Outcomes.ts"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { type Body, newStan, opened, post, pushPath, samplePush } from "./support/client.ts"

const shared = { excludeTestServices: true }

const push = Effect.fnUntraced(function* (overrides: Readonly<Record<string, unknown>> = {}) {
  const simulator = yield* Simulator
  const sample = samplePush({ systemsTraceAuditNumber: newStan(), ...overrides })
  const answer = yield* post(simulator, pushPath, sample)
  return { status: answer.status, body: opened(simulator, answer), sample }
})

const message = ({ body, status }: { readonly status: number; readonly body: Body }) => {
  assert.strictEqual(status, 400)
  return body.errorMessage
}

const missing = (element: string) =>
  `API Validation Error: 3001. Mandatory field '${element}' is missing or has invalid content.`
const unknown = (element: string) =>
  `API Validation Error: 3001. Invalid content found starting with element '${element}'`
const wrong = (element: string) =>
  `API Validation Error: 3001. Field '${element}' has invalid content.`

const acceptor = samplePush()["cardAcceptor"] as Readonly<Record<string, object>>
const acceptorWith = (address: Readonly<Record<string, unknown>>) => ({
  cardAcceptor: { ...acceptor, address: { ...acceptor["address"], ...address } },
})

layer(Simulator.layer({ seed: 7 }), shared)("a push", (it) => {
  describe("that is approved", () => {
    it.effect("is answered with the documented members and their types", () =>
      Effect.gen(function* () {
        const { body, sample, status } = yield* push()
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(Object.keys(body).toSorted(), [
          "actionCode",
          "approvalCode",
          "last4ofPAN",
          "responseCode",
          "retrievalReferenceNumber",
          "transactionIdentifier",
          "transmissionDateTime",
        ])
        assert.strictEqual(body.actionCode, "00")
        assert.strictEqual(body.responseCode, "5")
        assert.match(String(body.approvalCode), /^\d{5}[A-Z]$/)
        assert.match(JSON.stringify(body.transactionIdentifier), /^[1-9]\d{14}$/)
        assert.strictEqual(body.last4ofPAN, 127)
        assert.strictEqual(body.retrievalReferenceNumber, sample["retrievalReferenceNumber"])
        assert.match(String(body.transmissionDateTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      }),
    )

    it.effect("is one payment in the ledger, with who sent it", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { sample, body } = yield* push({ amount: "12.50" })
        const entries = yield* simulator.ledger.entries({
          stan: String(sample["systemsTraceAuditNumber"]),
        })
        assert.strictEqual(entries.length, 1)
        const [entry] = entries
        assert.isTrue(entry?.moneyMoved)
        assert.strictEqual(entry?.kind, "push")
        assert.strictEqual(entry?.amount, "12.50")
        assert.strictEqual(entry?.transactionIdentifier, String(body.transactionIdentifier))
        assert.strictEqual(entry?.userId, simulator.credentials.userId)
        assert.strictEqual(entry?.fingerprint, simulator.credentials.tls.fingerprint)
        assert.isAbove(entry?.bytesReceived ?? 0, 500)
        assert.isAbove(entry?.bytesSent ?? 0, 500)
      }),
    )

    it.effect("may write its numbers as strings", () =>
      Effect.gen(function* () {
        const { status } = yield* push({
          amount: "124.05",
          acquiringBin: "408999",
          acquirerCountryCode: "840",
          merchantCategoryCode: "6012",
          settlementServiceIndicator: "9",
          transactionCurrencyCode: "840",
        })
        assert.strictEqual(status, 200)
      }),
    )

    it.effect("may leave out the city of the card acceptor, as Visa's samples do", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* push(acceptorWith({ city: undefined }))).status, 200)
        assert.strictEqual((yield* push(acceptorWith({ city: "Foster City" }))).status, 200)
      }),
    )
  })

  describe("with a member that is not in the table", () => {
    it.effect.each([
      ["at the top", { surprise: 1 }, "surprise"],
      ["deep down", acceptorWith({ planet: "Earth" }), "planet"],
      [
        "in a list",
        { senderAdditionalData: { identificationList: [{ idType: "PASN" }, { x: 1 }] } },
        "x",
      ],
      ["before a field that is missing", { surprise: 1, amount: undefined }, "surprise"],
    ] as const)("is refused: %s", ([, overrides, element]) =>
      Effect.gen(function* () {
        assert.strictEqual(message(yield* push(overrides)), unknown(element))
      }),
    )
  })

  describe("without a mandatory field", () => {
    const mandatory = Object.entries(pushFundsFields)
      .filter(([, field]) => field.required === true)
      .map(([name]) => name)

    it.effect("names the field", () =>
      Effect.gen(function* () {
        assert.strictEqual(mandatory.length, 9)
        for (const name of mandatory) {
          assert.strictEqual(message(yield* push({ [name]: undefined })), missing(name))
        }
      }),
    )

    it.effect.each(["idCode", "name", "terminalId", "address"])(
      "names a nested field with its path: cardAcceptor.%s",
      (name) =>
        Effect.gen(function* () {
          const cardAcceptor = { ...acceptor, [name]: undefined }
          assert.strictEqual(
            message(yield* push({ cardAcceptor })),
            missing(`cardAcceptor.${name}`),
          )
        }),
    )
  })

  describe("with content that does not fit", () => {
    it.effect.each([
      ["amount", -1],
      ["amount", "12,50"],
      ["amount", 1_000_000_000],
      ["amount", 1e21],
      ["amount", null],
      ["amount", 1.2345],
      ["amount", 1.234],
      ["acquiringBin", "40899"],
      ["acquiringBin", 40_899],
      ["acquirerCountryCode", 999],
      ["systemsTraceAuditNumber", "12345"],
      ["systemsTraceAuditNumber", 1_000_000],
      ["systemsTraceAuditNumber", "ABCDEF"],
      ["retrievalReferenceNumber", 412770452025],
      ["retrievalReferenceNumber", "400070452025"],
      ["retrievalReferenceNumber", "436770452025"],
      ["retrievalReferenceNumber", "41277045202"],
      ["localTransactionDateTime", "2023-05-05T12:00:00Z"],
      ["localTransactionDateTime", "2023-05-05T12:00:00.000"],
      ["localTransactionDateTime", "2023-02-30T12:00:00"],
      ["localTransactionDateTime", "2023-05-05T24:00:01"],
      ["businessApplicationId", "ZZ"],
      ["transactionCurrencyCode", "USDX"],
      ["transactionCurrencyCode", "QQQ"],
      ["transactionCurrencyCode", 840],
      ["cardAcceptor", "VMT200911026070"],
    ] as const)("is refused by a mandatory field: %s %s", ([element, value]) =>
      Effect.gen(function* () {
        assert.strictEqual(message(yield* push({ [element]: value })), missing(element))
      }),
    )

    it.effect.each([
      ["senderName", "A"],
      ["senderName", "N".repeat(31)],
      ["recipientPrimaryAccountNumber", "406032000000012X"],
      ["recipientPrimaryAccountNumber", "123456789012"],
      ["recipientCardExpiryDate", "2028-13"],
      ["recipientCardExpiryDate", "10/28"],
      ["sourceOfFundsCode", "07"],
      ["settlementServiceIndicator", 10],
      ["senderDateOfBirth", "1980-02-30"],
      ["senderCountryCode", "QQQ"],
      ["transactionIdentifier", 12345],
      ["pinData", []],
    ] as const)("is refused by an optional field: %s %s", ([element, value]) =>
      Effect.gen(function* () {
        assert.strictEqual(message(yield* push({ [element]: value })), wrong(element))
      }),
    )

    it.effect.each([
      ["JPY", 100, 200],
      ["JPY", 100.5, 400],
      ["392", "100.00", 200],
      ["392", "100.01", 400],
      ["KWD", 1.23, 200],
      ["KWD", "1.230", 200],
      ["KWD", "1.234", 400],
      ["EUR", 1.25, 200],
      ["EUR", 1.255, 400],
    ] as const)("by the decimals of its currency: %s %s is a %i", ([currency, amount, status]) =>
      Effect.gen(function* () {
        const answer = yield* push({ transactionCurrencyCode: currency, amount })
        assert.strictEqual(answer.status, status)
      }),
    )
  })

  describe("is held to the conditional rules:", () => {
    const toIndia = {
      recipientCountryCode: "IND",
      purposeOfPayment: "FAMILY",
    }
    const toCanada = {
      recipientCountryCode: "CAN",
      recipientAddressLine1: "1 Main St",
      recipientCity: "Toronto",
      recipientState: "ON",
      recipientPostalCode: "M5H2N2",
    }
    const business = {
      cardAcceptor: { ...acceptor, legalBusinessName: "Originator Inc." },
    }

    it.effect.each([
      [
        "a recipient",
        { recipientPrimaryAccountNumber: undefined },
        "recipientPrimaryAccountNumber",
      ],
      ["a sender's name", { senderName: undefined }, "senderName"],
      ["a sender's address", { senderAddress: undefined }, "senderAddress"],
      ["a sender's city", { senderCity: undefined }, "senderCity"],
      ["a sender's country", { senderCountryCode: undefined }, "senderCountryCode"],
      ["a state for 124", { senderStateCode: undefined }, "senderStateCode"],
      [
        "a state for USA",
        { senderCountryCode: "USA", senderStateCode: undefined },
        "senderStateCode",
      ],
      ["an account or reference", { senderAccountNumber: undefined }, "senderAccountNumber"],
      [
        "an account or reference for PP",
        { businessApplicationId: "PP", senderAccountNumber: undefined },
        "senderAccountNumber",
      ],
      ["a source of funds", { sourceOfFundsCode: undefined }, "sourceOfFundsCode"],
      ["a reference for a disbursement", { businessApplicationId: "FD" }, "senderReference"],
      [
        "a source of funds for a disbursement",
        { businessApplicationId: "FD", senderReference: "R1", sourceOfFundsCode: undefined },
        "sourceOfFundsCode",
      ],
      [
        "a recipient's name across the border",
        { ...toIndia, recipientName: undefined },
        "recipientName",
      ],
      ["a purpose for India", { ...toIndia, purposeOfPayment: undefined }, "purposeOfPayment"],
      ["a purpose for Colombia", { recipientCountryCode: "COL" }, "purposeOfPayment"],
      ["an address into Canada", { recipientCountryCode: "CAN" }, "recipientAddressLine1"],
      ["the acceptor's legal name for Canada", toCanada, "cardAcceptor.legalBusinessName"],
      [
        "an address out of Canada above CAD 1000",
        {
          acquirerCountryCode: 124,
          transactionCurrencyCode: "CAD",
          amount: 1000.01,
          recipientCountryCode: "GBR",
        },
        "recipientAddressLine1",
      ],
      ["an expiry for a US card", { recipientCountryCode: "USA" }, "recipientCardExpiryDate"],
      ["a currency of the source amount", { sourceAmount: 1 }, "sourceCurrencyCode"],
      ["an amount of the source currency", { sourceCurrencyCode: "EUR" }, "sourceAmount"],
      [
        "a zip code in the US",
        acceptorWith({ zipCode: undefined }),
        "cardAcceptor.address.zipCode",
      ],
      ["a county in the US", acceptorWith({ county: undefined }), "cardAcceptor.address.county"],
      [
        "a state in Canada",
        acceptorWith({ country: "CA", state: undefined }),
        "cardAcceptor.address.state",
      ],
      [
        "a CVV2 for a gambling payout to a Mastercard",
        { businessApplicationId: "GP", recipientPrimaryAccountNumber: "5555555555554444" },
        "cardCvv2Value",
      ],
      [
        "a date for a client-defined hold",
        { serviceProcessingType: { requestType: "03" } },
        "serviceProcessingType.deferredDateTime",
      ],
    ] as const)("needs %s", ([, overrides, element]) =>
      Effect.gen(function* () {
        assert.strictEqual(message(yield* push(overrides)), missing(element))
      }),
    )

    it.effect.each([
      [
        "first and last name of the sender",
        { senderName: undefined, senderFirstName: "Mo", senderLastName: "Qasim" },
      ],
      ["a reference for the account", { senderAccountNumber: undefined, senderReference: "REF-1" }],
      ["a disbursement", { businessApplicationId: "FD", senderReference: "REF-1" }],
      [
        "a sender without state elsewhere",
        { senderCountryCode: "826", senderStateCode: undefined },
      ],
      ["India", toIndia],
      ["Canada", { ...toCanada, ...business }],
      ["a domestic push without recipient's name", { recipientName: undefined }],
      [
        "a US card with its expiry",
        { recipientCountryCode: "840", recipientCardExpiryDate: "2030-10" },
      ],
      [
        "a tax rebate",
        { businessApplicationId: "FD", senderReference: "R", messageReasonCode: 5120 },
      ],
      ["a source amount with currency", { sourceAmount: 90, sourceCurrencyCode: "EUR" }],
      [
        "a credential reference",
        {
          recipientPrimaryAccountNumber: undefined,
          recipientPaymentCredentialReference: { type: "PAYNAME", value: "rohan" },
        },
      ],
    ] as ReadonlyArray<readonly [string, Readonly<Record<string, unknown>>]>)(
      "takes %s",
      ([, overrides]) =>
        Effect.gen(function* () {
          const { body, status } = yield* push(overrides)
          assert.strictEqual(status, 200, JSON.stringify(body))
        }),
    )

    it.effect("refuses two recipients, credit for a bill payment, and other reason codes", () =>
      Effect.gen(function* () {
        const reference = { type: "PAYNAME", value: "rohan" }
        assert.strictEqual(
          message(yield* push({ recipientPaymentCredentialReference: reference })),
          unknown("recipientPaymentCredentialReference"),
        )
        assert.strictEqual(
          message(yield* push({ businessApplicationId: "CP", sourceOfFundsCode: "01" })),
          wrong("sourceOfFundsCode"),
        )
        assert.strictEqual(
          message(yield* push({ messageReasonCode: 2140 })),
          wrong("messageReasonCode"),
        )
      }),
    )

    it.effect("writes the rule that failed into the ledger", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        yield* push({ senderStateCode: undefined })
        const [entry] = yield* simulator.ledger.entries()
        assert.strictEqual(entry?.kind, "refused")
        assert.strictEqual(entry?.errorCode, "3001")
        assert.match(entry?.problem ?? "", /senderStateCode: senders in the United States/)
      }),
    )
  })

  describe("is answered by the simulated issuer:", () => {
    it.effect.each(testCards.map(({ actionCode, pan }) => [pan, actionCode] as const))(
      "test card %s gives %s",
      ([pan, actionCode]) =>
        Effect.gen(function* () {
          const { body, status } = yield* push({ recipientPrimaryAccountNumber: pan })
          assert.strictEqual(status, 200)
          assert.strictEqual(body.actionCode, actionCode)
          assert.strictEqual("approvalCode" in body, actionCode === "00")
        }),
    )

    it.effect("the test card with a published approval code gives that code", () =>
      Effect.gen(function* () {
        const { body } = yield* push({ recipientPrimaryAccountNumber: "4957030420210462" })
        assert.strictEqual(body.approvalCode, "21324K")
      }),
    )

    it.effect.each([
      [1100.05, "05"],
      ["1100.51", "51"],
      [1100.1, "10"],
      [1100, "00"],
      [1100.91, "91"],
      [1101.05, "00"],
    ] as const)("amount %s gives %s", ([amount, actionCode]) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* push({ amount })).body.actionCode, actionCode)
      }),
    )

    it.effect("a number that fails its check digit gives 14, an amount of zero 13", () =>
      Effect.gen(function* () {
        const bad = yield* push({ recipientPrimaryAccountNumber: "4111111111111112" })
        assert.strictEqual(bad.body.actionCode, "14")
        const good = yield* push({ recipientPrimaryAccountNumber: "4111111111111111" })
        assert.strictEqual(good.body.actionCode, "00")
        const nothing = yield* push({
          recipientPrimaryAccountNumber: "4111111111111111",
          amount: 0,
        })
        assert.strictEqual(nothing.body.actionCode, "13")
      }),
    )

    it.effect("a decline moves no money", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        yield* push({ amount: 1100.05 })
        yield* push({ amount: 20 })
        const payments = yield* simulator.ledger.payments
        assert.deepStrictEqual(
          payments.map(({ amount }) => amount),
          ["20"],
        )
        assert.deepStrictEqual((yield* simulator.stats).ledger.payments, {
          USD: { count: 1, amount: "20.000" },
        })
      }),
    )
  })

  describe("that repeats an earlier one", () => {
    it.effect("is answered 94 with the original's code and identifier, and pays nothing", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const first = yield* push()
        const again = yield* push({
          systemsTraceAuditNumber: first.sample["systemsTraceAuditNumber"],
        })
        assert.strictEqual(again.status, 200)
        assert.strictEqual(again.body.actionCode, "94")
        assert.strictEqual(again.body.originalActionCode, "00")
        assert.strictEqual(again.body.transactionIdentifier, first.body.transactionIdentifier)
        assert.notProperty(again.body, "approvalCode")
        const entries = yield* simulator.ledger.entries()
        assert.deepStrictEqual(
          entries.map(({ kind, moneyMoved }) => [kind, moneyMoved]),
          [
            ["push", true],
            ["duplicate", false],
          ],
        )
      }),
    )

    it.effect("is recognised whatever else in it has changed", () =>
      Effect.gen(function* () {
        const stan = newStan()
        yield* push({ systemsTraceAuditNumber: Number(stan), amount: 10 })
        const again = yield* push({
          systemsTraceAuditNumber: stan,
          acquiringBin: "408999",
          amount: 999,
          recipientPrimaryAccountNumber: "4957030420210454",
        })
        assert.strictEqual(again.body.actionCode, "94")
      }),
    )

    it.effect("carries the decline of a declined original", () =>
      Effect.gen(function* () {
        const stan = newStan()
        yield* push({ systemsTraceAuditNumber: stan, amount: 1100.57 })
        const again = yield* push({ systemsTraceAuditNumber: stan, amount: 1100.57 })
        assert.strictEqual(again.body.actionCode, "94")
        assert.strictEqual(again.body.originalActionCode, "57")
      }),
    )

    it.effect.each(["91", "96", "68"])(
      "is a new attempt after %s, which carried nothing through",
      (code) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          const stan = newStan()
          yield* simulator.script({
            match: { stan },
            answer: { actionCode: code },
            times: 1,
          })
          assert.strictEqual((yield* push({ systemsTraceAuditNumber: stan })).body.actionCode, code)
          assert.strictEqual((yield* push({ systemsTraceAuditNumber: stan })).body.actionCode, "00")
          assert.strictEqual((yield* push({ systemsTraceAuditNumber: stan })).body.actionCode, "94")
          assert.strictEqual(
            (yield* simulator.ledger.entries({ stan, moneyMoved: true })).length,
            1,
          )
        }),
    )

    it.effect.each([
      ["acquiringBin", { acquiringBin: 408998 }],
      ["retrievalReferenceNumber", { retrievalReferenceNumber: "412770452026" }],
      ["cardAcceptor.idCode", { cardAcceptor: { ...acceptor, idCode: "OTHER" } }],
      ["cardAcceptor.terminalId", { cardAcceptor: { ...acceptor, terminalId: "OTHER" } }],
      ["systemsTraceAuditNumber", { systemsTraceAuditNumber: "900001" }],
    ] as const)("is not one when %s differs", ([, overrides]) =>
      Effect.gen(function* () {
        const stan = newStan()
        const first = yield* push({ systemsTraceAuditNumber: stan })
        const second = yield* push({ systemsTraceAuditNumber: stan, ...overrides })
        assert.strictEqual(second.body.actionCode, "00")
        assert.notStrictEqual(second.body.transactionIdentifier, first.body.transactionIdentifier)
      }),
    )
  })

  describe("that is scripted", () => {
    it.effect.each(["05", "5C", "6P", "N7", "R0", "XA"])("gets any action code: %s", (code) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const stan = newStan()
        yield* simulator.script({ match: { stan }, answer: { actionCode: code } })
        assert.strictEqual((yield* push({ systemsTraceAuditNumber: stan })).body.actionCode, code)
      }),
    )

    it.effect("is chosen by card, amount, RRN, and by how often it was seen", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.clearScript
        const rrn = "412770452999"
        yield* simulator.script({ match: { rrn }, answer: { actionCode: "61" } })
        yield* simulator.script({
          match: { pan: "4957030420210454", amount: "77.7" },
          answer: { actionCode: "62" },
        })
        yield* simulator.script({ match: { amount: 88, nth: 2 }, answer: { actionCode: "63" } })
        const code = (overrides: Readonly<Record<string, unknown>>) =>
          Effect.map(push(overrides), ({ body }) => body.actionCode)
        const card = { recipientPrimaryAccountNumber: "4957030420210454" }
        assert.strictEqual(yield* code({ retrievalReferenceNumber: rrn }), "61")
        assert.strictEqual(yield* code({ ...card, amount: 77.7 }), "62")
        assert.strictEqual(yield* code({ ...card, amount: 77.8 }), "00")
        assert.strictEqual(yield* code({ amount: 88 }), "00")
        assert.strictEqual(yield* code({ amount: "88.00" }), "63")
        assert.strictEqual(yield* code({ amount: 88 }), "00")
        yield* simulator.clearScript
        assert.strictEqual(yield* code({ retrievalReferenceNumber: rrn }), "00")
      }),
    )

    it.effect("can be told one thing while another is true", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const stan = newStan()
        yield* simulator.script({ match: { stan }, answer: { actionCode: "68", settledAs: "00" } })
        assert.strictEqual((yield* push({ systemsTraceAuditNumber: stan })).body.actionCode, "68")
        const [entry] = yield* simulator.ledger.entries({ stan })
        assert.isTrue(entry?.moneyMoved)
        const again = yield* push({ systemsTraceAuditNumber: stan })
        assert.strictEqual(again.body.actionCode, "94")
        assert.strictEqual(again.body.originalActionCode, "00")
      }),
    )

    it.effect("can be refused as a business rule, or answered with other members", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const [refused, dressed] = [newStan(), newStan()]
        const refusal =
          "Transaction to Recipient Card Country is restricted by the Sender Institution"
        yield* simulator.script({ match: { stan: refused }, answer: { refusal } })
        assert.strictEqual(
          message(yield* push({ systemsTraceAuditNumber: refused })),
          `API Validation Error: 3001. ${refusal}`,
        )
        yield* simulator.script({
          match: { stan: dressed },
          answer: { responseCode: "1", fields: { networkId: 3, last4ofPAN: null } },
        })
        const { body } = yield* push({ systemsTraceAuditNumber: dressed })
        assert.strictEqual(body.responseCode, "1")
        assert.strictEqual(body.networkId, 3)
        assert.notProperty(body, "last4ofPAN")
      }),
    )
  })
})

layer(Pki.layer(), shared)("a seed", (it) => {
  const invented = Effect.fnUntraced(function* (seed: string, stans: ReadonlyArray<string>) {
    const simulator = yield* Simulator.make({ seed })
    const seen: Record<string, unknown> = {}
    for (const stan of stans) {
      const body = samplePush({ systemsTraceAuditNumber: stan })
      const answer = opened(simulator, yield* post(simulator, pushPath, body))
      seen[stan] = [answer.transactionIdentifier, answer.approvalCode]
    }
    return seen
  })

  it.effect("decides identifiers and approval codes, whatever the order of arrival", () =>
    Effect.gen(function* () {
      const one = yield* invented("one", ["000001", "000002"])
      assert.deepStrictEqual(yield* invented("one", ["000002", "000001"]), one)
      assert.notDeepEqual(yield* invented("two", ["000001", "000002"]), one)
    }),
  )
})
