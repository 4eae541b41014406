import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { inspect } from "node:util"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { PullRequest } from "../../src/api/FundsTransfer.ts"
import { Money } from "../../src/Money.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import type { TestReply } from "../../src/VisaDirectTest.ts"
import { asJson, cavv, documentedPull, recorded } from "../support/cards.ts"
import { assertHides } from "../support/renderings.ts"
import { approvedCard } from "../support/simulated.ts"

/** What Visa's gateway has to read, written from the documentation and not from the encoder. */
const documentedBody = {
  amount: 124.02,
  senderCurrencyCode: "USD",
  surcharge: "11.99",
  foreignExchangeFeeTransaction: 11.99,
  systemsTraceAuditNumber: "452011",
  retrievalReferenceNumber: "330000560021",
  localTransactionDateTime: "2023-05-05T12:00:00",
  acquiringBin: 408999,
  acquirerCountryCode: "840",
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  cardAcceptor: {
    name: "Visa Inc. USA-Foster City",
    idCode: "ABCD1234ABCD123",
    terminalId: "ABCD1234",
    address: { country: "USA", state: "CA", county: "081", zipCode: "94404" },
  },
  pointOfServiceData: { panEntryMode: 90, posConditionCode: "59", motoECIIndicator: "6" },
  addressVerificationData: { street: "XYZ St", postalCode: "12345" },
  cavv: "0700100038238906000013405823891061668252",
  cpsAuthorizationCharacteristicsIndicator: "Y",
  nationalReimbursementFee: 11.22,
  riskAssessmentData: { traExemptionIndicator: "TRUE", lowValueExemptionIndicator: "FALSE" },
  senderCardExpiryDate: "2023-10",
  senderPrimaryAccountNumber: approvedCard,
  settlementServiceIndicator: 9,
  visaMerchantIdentifier: "73625198",
}

const approved = {
  actionCode: "00",
  approvalCode: "98765X",
  responseCode: "5",
  transactionIdentifier: 234234322342343,
  transmissionDateTime: "2023-05-05T19:00:01.000Z",
}

const pulled = (request: PullRequest, body: unknown = approved, status = 200) =>
  recorded(FundsTransfer.pull(request), () => ({ status, body }))

describe("FundsTransfer.pull", () => {
  it.effect("sends Visa's documented sample as Visa documents it", () =>
    Effect.gen(function* () {
      const { calls } = yield* pulled(yield* documentedPull)
      assert.strictEqual(calls.length, 1)
      const [call] = calls
      assert.strictEqual(call?.method, "POST")
      assert.strictEqual(call?.path, "/visadirect/fundstransfer/v1/pullfundstransactions")
      assert.strictEqual(call?.clientTransactionId, "client-transaction-2")
      assert.deepStrictEqual(asJson(call?.body), documentedBody)
    }),
  )

  it.effect("spells booleans out where Visa does, and keeps its capital letter", () =>
    Effect.gen(function* () {
      const { calls } = yield* pulled({
        ...(yield* documentedPull),
        AdditionalPOSInformation: { chipConditionCode: 1 },
        pointOfServiceCapability: { posTerminalType: 4, acceptsPartialAuthorizations: true },
        originalTransactionId: 73625198,
      })
      const [call] = calls
      assert.deepInclude(asJson(call?.body), {
        AdditionalPOSInformation: { chipConditionCode: 1 },
        pointOfServiceCapability: { posTerminalType: 4, acceptsPartialAuthorizations: "TRUE" },
        originalTransactionId: 73625198,
      })
    }),
  )

  const money = (amount: string, currency = "USD") => Effect.runSync(Money.of(amount, currency))
  const pos = (r: PullRequest) => r.pointOfServiceData

  // Data rather than prose: each change to a good request, and the field that the refusal names.
  const refusals: ReadonlyArray<
    readonly [name: string, change: (request: PullRequest) => unknown, field: string]
  > = [
    ["nothing at all", () => undefined, "request"],
    ["a list", () => [], "request"],
    [
      "a field of the push",
      (r) => ({ ...r, transactionCurrencyCode: "USD" }),
      "transactionCurrencyCode",
    ],
    [
      "the push's spelling",
      (r) => ({ ...r, additionalPOSInformation: {} }),
      "additionalPOSInformation",
    ],
    ["no amount", ({ amount: _, ...r }) => r, "amount"],
    [
      "an amount of zero",
      (r) => ({
        ...r,
        amount: money("0.00"),
        surcharge: undefined,
        foreignExchangeFeeTransaction: undefined,
      }),
      "amount",
    ],
    ["an amount that only looks like one", (r) => ({ ...r, amount: { minor: 1 } }), "amount"],
    ["a surcharge as text", (r) => ({ ...r, surcharge: "11.99" }), "surcharge"],
    ["a surcharge in euros", (r) => ({ ...r, surcharge: money("1.00", "EUR") }), "surcharge"],
    [
      "charges larger than the amount",
      (r) => ({ ...r, surcharge: money("124.02") }),
      "foreignExchangeFeeTransaction",
    ],
    [
      "an exchange fee in dinars with three decimals",
      (r) => ({ ...r, foreignExchangeFeeTransaction: money("1.001", "KWD") }),
      "foreignExchangeFeeTransaction",
    ],
    ["no card", ({ senderPrimaryAccountNumber: _, ...r }) => r, "senderPrimaryAccountNumber"],
    [
      "a card and a credential",
      (r) => ({ ...r, senderPaymentCredentialReference: { type: "PCI_TOKEN_REFID", value: "v" } }),
      "senderPrimaryAccountNumber",
    ],
    [
      "a card number as plain text",
      (r) => ({ ...r, senderPrimaryAccountNumber: approvedCard }),
      "senderPrimaryAccountNumber",
    ],
    ["a CAVV as plain text", (r) => ({ ...r, cavv }), "cavv"],
    ["a CAVV of 39 digits", (r) => ({ ...r, cavv: Redacted.make(cavv.slice(1)) }), "cavv"],
    [
      "a CAVV without electronic commerce",
      (r) => ({ ...r, pointOfServiceData: { ...pos(r), posConditionCode: "00" } }),
      "pointOfServiceData.posConditionCode",
    ],
    [
      "ECI 5 without a CAVV",
      ({ cavv: _, ...r }) => ({
        ...r,
        pointOfServiceData: { ...r.pointOfServiceData, motoECIIndicator: "5" },
      }),
      "pointOfServiceData.motoECIIndicator",
    ],
    [
      "an ECI as a number",
      (r) => ({ ...r, pointOfServiceData: { ...pos(r), motoECIIndicator: 6 } }),
      "pointOfServiceData.motoECIIndicator",
    ],
    [
      "a condition code as a number",
      (r) => ({ ...r, pointOfServiceData: { ...pos(r), posConditionCode: 59 } }),
      "pointOfServiceData.posConditionCode",
    ],
    [
      "an environment and a reason",
      (r) => ({
        ...r,
        messageReasonCode: 3901,
        pointOfServiceData: { ...pos(r), posEnvironment: "R" },
      }),
      "pointOfServiceData.posEnvironment",
    ],
    ["no point of service", ({ pointOfServiceData: _, ...r }) => r, "pointOfServiceData"],
    ["no merchant category", ({ merchantCategoryCode: _, ...r }) => r, "merchantCategoryCode"],
    [
      "an exemption as text",
      (r) => ({ ...r, riskAssessmentData: { traExemptionIndicator: "TRUE" } }),
      "riskAssessmentData.traExemptionIndicator",
    ],
    [
      "a US acceptor without county",
      (r) => ({
        ...r,
        cardAcceptor: {
          ...r.cardAcceptor,
          address: { country: "US", state: "CA", zipCode: "94404" },
        },
      }),
      "cardAcceptor.address.county",
    ],
    [
      "an expiry of four digits",
      (r) => ({ ...r, senderCardExpiryDate: "1023" }),
      "senderCardExpiryDate",
    ],
    [
      "a transaction id with a line break",
      (r) => ({ ...r, clientTransactionId: "a\r\nb: c" }),
      "clientTransactionId",
    ],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending, and names the field`, () =>
      Effect.gen(function* () {
        // What a caller in JavaScript can pass although the type forbids it.
        const { calls, outcome } = yield* pulled(change(yield* documentedPull) as PullRequest)
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid", error.message)
        assert.strictEqual(error.reason.field, field)
        assert.strictEqual(error.money, "NotMoved")
        assertHides(error, [approvedCard, cavv, cavv.slice(1)])
      }),
    )
  }

  interface Expected {
    readonly tag: string
    readonly approved?: string
    readonly money?: "NotMoved" | "Moved" | "Unknown"
  }
  const replies: ReadonlyArray<readonly [name: string, reply: TestReply, expected: Expected]> = [
    [
      "00 debits the whole amount",
      { status: 200, body: approved },
      { tag: "Approved", approved: "124.02" },
    ],
    [
      "11 debits the whole amount",
      { status: 200, body: { ...approved, actionCode: "11" } },
      { tag: "Approved", approved: "124.02" },
    ],
    [
      "00 beside its own amount is one",
      { status: 200, body: { ...approved, approvedAmount: "124.02" } },
      { tag: "Approved", approved: "124.02" },
    ],
    [
      "00 beside another amount is unknown",
      { status: 200, body: { ...approved, approvedAmount: 100 } },
      { tag: "ResponseMalformed", money: "Unknown" },
    ],
    [
      "10 debits a part",
      {
        status: 200,
        body: { ...approved, actionCode: "10", amount: 124.02, approvedAmount: 99.5 },
      },
      { tag: "PartiallyApproved", approved: "99.50" },
    ],
    [
      "10 as text debits a part",
      { status: 200, body: { ...approved, actionCode: "10", approvedAmount: "99.50" } },
      { tag: "PartiallyApproved", approved: "99.50" },
    ],
    [
      "10 without an amount is unknown",
      { status: 200, body: { ...approved, actionCode: "10" } },
      { tag: "ResponseMalformed", money: "Unknown" },
    ],
    [
      "10 of more than was asked for is unknown",
      { status: 200, body: { ...approved, actionCode: "10", approvedAmount: 200 } },
      { tag: "ResponseMalformed", money: "Unknown" },
    ],
    [
      "10 of nothing is unknown",
      { status: 200, body: { ...approved, actionCode: "10", approvedAmount: 0 } },
      { tag: "ResponseMalformed", money: "Unknown" },
    ],
    [
      "10 of a tenth of a cent is unknown",
      { status: 200, body: { ...approved, actionCode: "10", approvedAmount: 0.001 } },
      { tag: "ResponseMalformed", money: "Unknown" },
    ],
    [
      "94 of 00 is an approval",
      { status: 200, body: { ...approved, actionCode: "94", originalActionCode: "00" } },
      { tag: "Approved", approved: "124.02" },
    ],
    [
      "94 of 10 is a partial one",
      {
        status: 200,
        body: { ...approved, actionCode: "94", originalActionCode: "10", approvedAmount: 5 },
      },
      { tag: "PartiallyApproved", approved: "5.00" },
    ],
    [
      "51 is a decline",
      { status: 200, body: { ...approved, actionCode: "51" } },
      { tag: "InsufficientFunds", money: "NotMoved" },
    ],
    [
      "85 is no approval of a pull",
      { status: 200, body: { ...approved, actionCode: "85" } },
      { tag: "UnexpectedApproval", money: "Unknown" },
    ],
    [
      "an approval without identifier is unknown",
      { status: 200, body: { actionCode: "00" } },
      { tag: "ResponseMalformed", money: "Unknown" },
    ],
    [
      "no action code is unknown",
      { status: 200, body: {} },
      { tag: "ResponseMalformed", money: "Unknown" },
    ],
    [
      "a list is unknown",
      { status: 200, body: [approved] },
      { tag: "ResponseMalformed", money: "Unknown" },
    ],
    ["nothing is unknown", { status: 200 }, { tag: "ResponseEmpty", money: "Unknown" }],
    [
      "HTML is unknown",
      { status: 200, body: "<html>" },
      { tag: "ResponseNotJson", money: "Unknown" },
    ],
    [
      "202 is still processing",
      { status: 202, body: { statusIdentifier: "1491_186" } },
      { tag: "StillProcessing", money: "Unknown" },
    ],
    [
      "303 is in flight",
      { status: 303, body: { statusIdentifier: "1491_186" } },
      { tag: "DuplicateInFlight", money: "Unknown" },
    ],
    [
      "the gateway's envelope",
      {
        status: 401,
        body: {
          responseStatus: {
            status: 401,
            code: "9209",
            severity: "ERROR",
            message: "Token validation failed",
            info: "",
          },
        },
      },
      { tag: "TokenValidationFailed9209", money: "NotMoved" },
    ],
    [
      "Funds Transfer's envelope",
      {
        status: 400,
        body: {
          errorMessage:
            "API Validation Error: 3001. Mandatory field 'merchantCategoryCode' is missing or has invalid content.",
        },
      },
      { tag: "MandatoryFieldMissing", money: "NotMoved" },
    ],
    [
      "the envelope of FX and FTAI",
      {
        status: 400,
        body: { errorResponse: { status: "400", reason: "3001", message: "no", details: [] } },
      },
      { tag: "MessageValidationFailed", money: "NotMoved" },
    ],
    [
      "the alias envelope",
      { status: 400, body: { reason: "3001", message: "no" } },
      { tag: "MessageValidationFailed", money: "NotMoved" },
    ],
    ["500 is unknown", { status: 500, body: {} }, { tag: "ServerError", money: "Unknown" }],
    ["503 is unknown", { status: 503 }, { tag: "ServiceUnavailable", money: "Unknown" }],
    ["429 moved nothing", { status: 429 }, { tag: "RateLimited", money: "NotMoved" }],
  ]
  for (const [name, reply, expected] of replies) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(FundsTransfer.pull(yield* documentedPull), () => reply)
        const seen: Expected =
          outcome._tag === "Success"
            ? {
                tag: outcome.success._tag,
                approved: Money.toDecimal(outcome.success.approvedAmount),
              }
            : { tag: outcome.failure.reason._tag, money: outcome.failure.money }
        assert.deepStrictEqual(seen, expected)
      }),
    )
  }

  it.effect(
    "reads a partial approval in the request's currency, with that currency's decimals",
    () =>
      Effect.gen(function* () {
        const {
          surcharge: _,
          foreignExchangeFeeTransaction: __,
          ...request
        } = yield* documentedPull
        const { outcome } = yield* pulled(
          { ...request, amount: yield* Money.of("5000", "JPY") },
          { ...approved, actionCode: "10", approvedAmount: "1200.000" },
        )
        const { approvedAmount } = yield* Effect.fromResult(outcome)
        assert.strictEqual(String(approvedAmount), "1200 JPY")
      }),
  )

  it.effect("reads every documented field, and hides what identifies card or person", () =>
    Effect.gen(function* () {
      const secrets = ["4060320000000126", "406032000", "20123456786", "5F2A020840"]
      const { outcome } = yield* pulled(yield* documentedPull, {
        ...approved,
        networkId: 3,
        last4ofPAN: 27,
        cavvResultCode: "2",
        cvv2ResultCode: "M",
        addressVerificationResults: "Y",
        memberComments: "thanks",
        customerReference: "c1",
        supplementalData: { dafIndicator: "Y" },
        settlementFlags: { settlementResponsibilityFlag: "true" },
        serviceProcessingType: { requestType: "00" },
        riskAssessmentResults: {
          traExemptionIndicator: "NOT_HONORED",
          exemptionReasonCode: ["8A06", "8473"],
        },
        tokenData: { minimumAccountRange: 406032000, tokenAssuranceMethod: "00" },
        chipCardData: "5F2A020840",
        senderIdentificationNumberIndividual: "20123456786",
        vauRTAuthReplacementData: { vauFlag: "Y", replacementCardID: "4060320000000126" },
      })
      const answer = yield* Effect.fromResult(outcome)
      assert.strictEqual(answer.networkId, "3")
      assert.strictEqual(answer.last4ofPAN, "0027")
      assert.deepStrictEqual(answer.riskAssessmentResults?.exemptionReasonCode, ["8A06", "8473"])
      assert.strictEqual(answer.supplementalData?.dafIndicator, "Y")
      const shown = [JSON.stringify(answer), inspect(answer, { depth: 10 })].join("\n")
      for (const secret of secrets) assert.notInclude(shown, secret)
      const replacement = answer.vauRTAuthReplacementData?.replacementCardID
      assert.strictEqual(replacement && Redacted.value(replacement), secrets[0])
    }),
  )
})

describe("FundsTransfer.pullStatus", () => {
  const asked = Effect.runSync(Money.of("124.02", "USD"))

  it.effect("asks by the id and reads a partial approval in the pull's currency", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(
        FundsTransfer.pullStatus("1491_186", asked),
        () => ({
          status: 200,
          body: { ...approved, actionCode: "10", approvedAmount: 1.5 },
        }),
      )
      assert.strictEqual(calls[0]?.method, "GET")
      assert.strictEqual(
        calls[0]?.path,
        "/visadirect/fundstransfer/v1/pullfundstransactions/1491_186",
      )
      const answer = yield* Effect.fromResult(outcome)
      assert.strictEqual(answer._tag, "PartiallyApproved")
      assert.strictEqual(String(answer.approvedAmount), "1.50 USD")
    }),
  )

  it.effect("refuses an amount that is none, and what cannot be an id", () =>
    Effect.gen(function* () {
      const noAmount = yield* Effect.flip(FundsTransfer.pullStatus("1491_186", 5 as never))
      assert.strictEqual(noAmount.reason.field, "amount")
      const noId = yield* Effect.flip(FundsTransfer.pullStatus("../x", asked))
      assert.strictEqual(noId.reason.field, "statusIdentifier")
    }).pipe(Effect.provide(VisaDirectTest.layer)),
  )
})
