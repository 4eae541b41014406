import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { pushFundsFields } from "../src/endpoints/pushFundsFields.ts"
import { Simulator } from "../src/Simulator.ts"
import { acceptor, missing, push, refusal, unknown, wrong } from "./support/pushes.ts"

const acceptorWith = (address: Readonly<Record<string, unknown>>) => ({
  cardAcceptor: { ...acceptor, address: { ...acceptor["address"], ...address } },
})

layer(Simulator.layer(), { excludeTestServices: true })("a push", (it) => {
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
        assert.strictEqual(refusal(yield* push(overrides)), unknown(element))
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
          assert.strictEqual(refusal(yield* push({ [name]: undefined })), missing(name))
        }
      }),
    )

    it.effect.each(["idCode", "name", "terminalId", "address"])(
      "names a nested field with its path: cardAcceptor.%s",
      (name) =>
        Effect.gen(function* () {
          const cardAcceptor = { ...acceptor, [name]: undefined }
          assert.strictEqual(
            refusal(yield* push({ cardAcceptor })),
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
        assert.strictEqual(refusal(yield* push({ [element]: value })), missing(element))
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
        assert.strictEqual(refusal(yield* push({ [element]: value })), wrong(element))
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
        assert.strictEqual(refusal(yield* push(overrides)), missing(element))
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
          refusal(yield* push({ recipientPaymentCredentialReference: reference })),
          unknown("recipientPaymentCredentialReference"),
        )
        assert.strictEqual(
          refusal(yield* push({ businessApplicationId: "CP", sourceOfFundsCode: "01" })),
          wrong("sourceOfFundsCode"),
        )
        assert.strictEqual(
          refusal(yield* push({ messageReasonCode: 2140 })),
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
})
