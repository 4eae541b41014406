import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { pullFundsFields } from "../src/endpoints/pullFundsFields.ts"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { get, newStan, opened, pushPath, samplePush } from "./support/client.ts"
import { missing, refusal, unknown, wrong } from "./support/pushes.ts"
import {
  moneyIn,
  type Overrides,
  pull,
  pullPath,
  rowsOf,
  samplePull,
  send,
} from "./support/transfers.ts"

const shared = { excludeTestServices: true }

/** Action codes of the reference's table of field 39. */
const actionCodes =
  "00 01 02 03 04 05 06 07 08 10 11 12 13 14 15 17 19 20 21 22 25 28 30 39 41 43 46 51 52 53 54 55 57 58 59 5C 61 62 63 64 65 68 6P 70 74 75 76 77 78 79 80 81 82 83 85 86 89 91 92 93 94 95 96 9G 1A B1 B2 C0 C1 N0 N3 N4 N5 N7 N8 P2 P5 P6 Q1 R0 R1 R2 R3 XA XD Z3 Z5".split(
    " ",
  )

layer(Simulator.layer({ seed: 7 }), shared)("a pull", (it) => {
  describe("that is approved", () => {
    it.effect("is answered with the documented members and their types", () =>
      Effect.gen(function* () {
        const { body, status } = yield* pull(yield* Simulator)
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(Object.keys(body).toSorted(), [
          "actionCode",
          "approvalCode",
          "cavvResultCode",
          "last4ofPAN",
          "responseCode",
          "transactionIdentifier",
          "transmissionDateTime",
        ])
        assert.strictEqual(body.actionCode, "00")
        assert.strictEqual(body.responseCode, "5")
        assert.match(String(body.approvalCode), /^\d{5}[A-Z]$/)
        assert.match(JSON.stringify(body.transactionIdentifier), /^[1-9]\d{14}$/)
        assert.strictEqual(body.last4ofPAN, 127)
        assert.match(String(body.transmissionDateTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      }),
    )

    it.effect("is money pulled, in the ledger and in its sums", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const { body, sample } = yield* pull(simulator, { amount: "12.50" })
        yield* send(simulator, pushPath, samplePush({ systemsTraceAuditNumber: newStan() }))
        const entries = yield* simulator.ledger.entries({ direction: "pulled", moneyMoved: true })
        assert.deepStrictEqual(
          entries.map(({ amount, endpoint, kind, maskedPan, stan, transactionIdentifier }) => [
            kind,
            endpoint,
            amount,
            maskedPan,
            stan,
            transactionIdentifier,
          ]),
          [
            [
              "pull",
              "PullFunds",
              "12.50",
              "406032******0127",
              sample["systemsTraceAuditNumber"],
              String(body.transactionIdentifier),
            ],
          ],
        )
        assert.deepStrictEqual(yield* moneyIn(simulator), { pushed: "124.050", pulled: "12.500" })
        assert.notInclude(JSON.stringify(yield* simulator.ledger.entries()), "4060320000000127")
      }),
    )

    it.effect.each([
      ["a CVV2", { cardCvv2Value: "022" }, { cvv2ResultCode: "M" }],
      [
        "street and postal code",
        { addressVerificationData: { street: "XYZ St", postalCode: "12345" } },
        { addressVerificationResults: "Y" },
      ],
      [
        "a postal code",
        { addressVerificationData: { postalCode: "12345" } },
        { addressVerificationResults: "Z" },
      ],
      [
        "a street",
        { addressVerificationData: { street: "XYZ St" } },
        { addressVerificationResults: "A" },
      ],
      ["a CAVV", {}, { cavvResultCode: "2" }],
      ["a comment", { memberComments: "hello" }, { memberComments: "hello" }],
    ] as ReadonlyArray<readonly [string, Overrides, Overrides]>)(
      "says what became of %s",
      ([, overrides, expected]) =>
        Effect.gen(function* () {
          const { body } = yield* pull(yield* Simulator, overrides)
          for (const [name, value] of Object.entries(expected)) {
            assert.strictEqual(body[name], value)
          }
          const { body: bare } = yield* pull(yield* Simulator, {
            cavv: undefined,
            pointOfServiceData: { panEntryMode: 1, posConditionCode: 0, motoECIIndicator: "0" },
          })
          for (const name of Object.keys(expected)) assert.notProperty(bare, name)
        }),
    )
  })

  describe("that is approved in part", () => {
    it.effect("takes half, when nobody says how much", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const { body } = yield* pull(simulator, { amount: 1100.1 })
        assert.strictEqual(body.actionCode, "10")
        assert.strictEqual(body.amount, 1100.1)
        assert.strictEqual(body.approvedAmount, 550.05)
        assert.property(body, "approvalCode")
        assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "550.050" })
      }),
    )

    it.effect("takes whole units of a currency without minor units", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({
          match: { endpoint: "PullFunds", amount: 1001 },
          answer: { actionCode: "10" },
          times: 1,
        })
        const { body } = yield* pull(simulator, { amount: 1001, senderCurrencyCode: "JPY" })
        assert.strictEqual(body.approvedAmount, 500)
      }),
    )

    it.effect("takes what the script says, and the query knows", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({ answer: { actionCode: "10", approvedAmount: 100.01 }, times: 1 })
        const { body, sample } = yield* pull(simulator)
        assert.strictEqual(body.approvedAmount, 100.01)
        const stan = String(sample["systemsTraceAuditNumber"])
        const [entry] = yield* simulator.ledger.entries({ kind: "pull", stan })
        assert.deepStrictEqual(
          [entry?.amount, entry?.approvedAmount, entry?.moneyMoved],
          ["124.02", "100.01", true],
        )
        const [row] = yield* rowsOf(simulator, {
          transactionIdentifier: String(body.transactionIdentifier),
          fields: "approvedAmountInTransactionCurrency,amount",
        })
        assert.deepStrictEqual(
          [row?.approvedAmountInTransactionCurrency, row?.amount],
          [100.01, "124.02"],
        )
      }),
    )
  })

  describe("that is declined", () => {
    it.effect("by the test card or by a trigger, moves no money", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const card = yield* pull(simulator, { senderPrimaryAccountNumber: "4003974278332156" })
        const amount = yield* pull(simulator, { amount: 1100.51 })
        assert.deepStrictEqual(
          [card, amount].map(({ body }) => [body.actionCode, "approvalCode" in body]),
          [
            ["05", false],
            ["51", false],
          ],
        )
        assert.deepStrictEqual(yield* moneyIn(simulator), {})
      }),
    )

    it.effect("for its CVV2 says so as the script does", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({
          match: { endpoint: "PullFunds", pan: "4060320000000127" },
          answer: {
            actionCode: "N7",
            fields: { cvv2ResultCode: "N", addressVerificationResults: "N", cavvResultCode: "1" },
          },
          times: 1,
        })
        const { body } = yield* pull(simulator, { cardCvv2Value: "999" })
        assert.deepStrictEqual(
          [
            body.actionCode,
            body.cvv2ResultCode,
            body.addressVerificationResults,
            body.cavvResultCode,
          ],
          ["N7", "N", "N", "1"],
        )
      }),
    )
  })

  it.effect("answers every action code that is asked for, and pays on four of them", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const paid: Array<string> = []
      for (const actionCode of actionCodes) {
        yield* simulator.script({ answer: { actionCode }, times: 1 })
        const { body, sample } = yield* pull(simulator)
        assert.strictEqual(body.actionCode, actionCode)
        const stan = String(sample["systemsTraceAuditNumber"])
        const [entry] = yield* simulator.ledger.entries({ kind: "pull", stan })
        if (entry?.moneyMoved === true) paid.push(actionCode)
      }
      assert.deepStrictEqual(paid, ["00", "08", "10", "11"])
    }),
  )

  describe("that repeats an earlier one", () => {
    it.effect("is answered 94 with the original's code, and pulls nothing", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const first = yield* pull(simulator)
        const second = yield* send(simulator, pullPath, first.sample)
        assert.strictEqual(second.body.actionCode, "94")
        assert.strictEqual(second.body.originalActionCode, "00")
        assert.strictEqual(second.body.transactionIdentifier, first.body.transactionIdentifier)
        assert.notProperty(second.body, "approvalCode")
        assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "124.020" })
      }),
    )

    it.effect("is not one when the other was a push", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const sample = samplePush({ systemsTraceAuditNumber: newStan() })
        const pushed = yield* send(simulator, pushPath, sample)
        const { systemsTraceAuditNumber, retrievalReferenceNumber, cardAcceptor } = sample
        const pulled = yield* pull(simulator, {
          systemsTraceAuditNumber,
          retrievalReferenceNumber,
          cardAcceptor,
        })
        assert.strictEqual(pulled.body.actionCode, "00")
        assert.notStrictEqual(pulled.body.transactionIdentifier, pushed.body.transactionIdentifier)
      }),
    )
  })

  it.effect("that was answered too late is found, with its approval code", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({ answer: { actionCode: "68", settledAs: "00" }, times: 1 })
      const { body, sample } = yield* pull(simulator)
      assert.strictEqual(body.actionCode, "68")
      assert.notProperty(body, "approvalCode")
      const [row] = yield* rowsOf(simulator, {
        stan: String(sample["systemsTraceAuditNumber"]),
        rrn: String(sample["retrievalReferenceNumber"]),
        fields: "motoECIIndicator,cavvResultCode,amount",
      })
      assert.strictEqual(row?.actionCode, "00")
      assert.match(String(row?.approvalCode), /^\d{5}[A-Z]$/)
      assert.strictEqual(row?.transactionType, "SALES DRAFT")
      assert.deepStrictEqual(
        [row?.motoECIIndicator, row?.cavvResultCode, row?.amount],
        ["6", "2", "124.02"],
      )
    }),
  )

  it.effect("that was answered 202 has a status of its own", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const headers = { "x-transaction-timeout-ms": "1" }
      const { body, status } = yield* pull(simulator, {}, { headers })
      assert.strictEqual(status, 202)
      const result = yield* get(simulator, `${pullPath}/${body.statusIdentifier}`)
      assert.strictEqual(result.status, 200)
      assert.strictEqual(opened(simulator, result).actionCode, "00")
      const other = yield* get(simulator, `${pushPath}/${body.statusIdentifier}`)
      assert.strictEqual(other.status, 404)
    }),
  )

  describe("is refused", () => {
    const mandatory = Object.entries(pullFundsFields)
      .filter(([, field]) => field.required === true)
      .map(([name]) => name)

    it.effect("without a mandatory field", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        assert.strictEqual(mandatory.length, 11)
        for (const name of mandatory) {
          const answer = yield* pull(simulator, { [name]: undefined })
          assert.strictEqual(refusal(answer), missing(name))
        }
      }),
    )

    const point = { panEntryMode: 90, posConditionCode: 59, motoECIIndicator: "7" }
    const { cardAcceptor } = samplePull()
    const address = { country: "USA", state: "CA", county: "081", zipCode: "94404" }
    const acceptorWith = (overrides: Overrides) => ({
      cardAcceptor: { ...(cardAcceptor as Overrides), address: { ...address, ...overrides } },
    })

    it.effect.each([
      [
        "an unknown member",
        { recipientPrimaryAccountNumber: "4060320000000127" },
        unknown("recipientPrimaryAccountNumber"),
      ],
      [
        "a push's currency member",
        { transactionCurrencyCode: "USD" },
        unknown("transactionCurrencyCode"),
      ],
      [
        "no credential",
        { senderPrimaryAccountNumber: undefined },
        missing("senderPrimaryAccountNumber"),
      ],
      [
        "two credentials",
        { senderPaymentCredentialReference: { type: "PCI_TOKEN_REFID", value: "x" } },
        unknown("senderPaymentCredentialReference"),
      ],
      ["decimals that the currency has not", { senderCurrencyCode: "JPY" }, missing("amount")],
      ["a CAVV of another length", { cavv: "07" }, wrong("cavv")],
      ["a CAVV that is not hexadecimal", { cavv: "Z".repeat(40) }, wrong("cavv")],
      [
        "a CAVV outside electronic commerce",
        { pointOfServiceData: { ...point, posConditionCode: "00" } },
        wrong("pointOfServiceData.posConditionCode"),
      ],
      [
        "a TAVV outside electronic commerce",
        {
          cavv: undefined,
          tavv: "010000000000020D8443653BF9F171414D000000",
          pointOfServiceData: { ...point, posConditionCode: 0 },
        },
        wrong("pointOfServiceData.posConditionCode"),
      ],
      [
        "electronic commerce without a CAVV and another ECI than 7",
        { cavv: undefined },
        wrong("pointOfServiceData.motoECIIndicator"),
      ],
      [
        "an ECI that is a number",
        { pointOfServiceData: { ...point, motoECIIndicator: 7 } },
        missing("pointOfServiceData.motoECIIndicator"),
      ],
      [
        "point of service data without entry mode",
        { pointOfServiceData: { ...point, panEntryMode: undefined } },
        missing("pointOfServiceData.panEntryMode"),
      ],
      [
        "an expiry date with a day",
        { senderCardExpiryDate: "2023-10-01" },
        wrong("senderCardExpiryDate"),
      ],
      [
        "an exemption that is a boolean",
        { riskAssessmentData: { traExemptionIndicator: true } },
        wrong("riskAssessmentData.traExemptionIndicator"),
      ],
      [
        "a reference number as a number",
        { retrievalReferenceNumber: 330000560021 },
        missing("retrievalReferenceNumber"),
      ],
      [
        "a reference number of day 367",
        { retrievalReferenceNumber: "336700560021" },
        missing("retrievalReferenceNumber"),
      ],
      [
        "an acceptor in the US without state",
        acceptorWith({ state: undefined }),
        missing("cardAcceptor.address.state"),
      ],
      [
        "an acceptor in the US without county",
        acceptorWith({ county: undefined }),
        missing("cardAcceptor.address.county"),
      ],
    ] as ReadonlyArray<readonly [string, Overrides, string]>)("for %s", ([, overrides, expected]) =>
      Effect.gen(function* () {
        assert.strictEqual(refusal(yield* pull(yield* Simulator, overrides)), expected)
      }),
    )

    it.effect.each([
      [
        "electronic commerce without a CAVV, with ECI 7",
        { cavv: undefined, pointOfServiceData: point },
      ],
      [
        "a credential reference",
        {
          senderPrimaryAccountNumber: undefined,
          senderPaymentCredentialReference: { type: "PCI_TOKEN_REFID", value: "x" },
        },
      ],
      ["an exemption in words", { riskAssessmentData: { traExemptionIndicator: "TRUE" } }],
      [
        "numbers as strings",
        { amount: "124.02", acquiringBin: "408999", merchantCategoryCode: "6012" },
      ],
    ] as ReadonlyArray<readonly [string, Overrides]>)("but not for %s", ([, overrides]) =>
      Effect.gen(function* () {
        const { body, status } = yield* pull(yield* Simulator, overrides)
        assert.deepStrictEqual([status, body.actionCode], [200, "00"])
      }),
    )
  })
})

layer(Pki.layer(), shared)("a seed", (it) => {
  it.effect("decides what a pull is answered", () =>
    Effect.gen(function* () {
      const sample = samplePull({ systemsTraceAuditNumber: "452011" })
      const answers = yield* Effect.forEach([1, 1, 2], (seed) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator.make({ seed })
          const { body } = yield* send(simulator, pullPath, sample)
          return `${body.transactionIdentifier} ${body.approvalCode}`
        }).pipe(Effect.scoped),
      )
      assert.strictEqual(answers[0], answers[1])
      assert.notStrictEqual(answers[0], answers[2])
    }),
  )
})
