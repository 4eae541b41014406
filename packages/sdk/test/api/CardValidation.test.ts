import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import { CardValidation } from "../../src/api/CardValidation.ts"
import type { CardValidationRequest } from "../../src/api/CardValidation.ts"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { Pan } from "../../src/Pan.ts"
import { Rrn } from "../../src/Rrn.ts"
import { Stan } from "../../src/Stan.ts"
import type { TestReply } from "../../src/Transport.ts"
import { recorded, sent } from "../support/recordedCalls.ts"
import { assertHides } from "../support/renderings.ts"

/** Visa's sandbox card and cryptogram for this API. */
const card = "4957030420210462"
const cvv2 = "022"
const tavv = "0100000000000287A522DC5E26614C4005000000"

/** The sample values of Visa's specification, "Account Validation Successful". */
const documented = Effect.gen(function* () {
  const us = yield* Country.of("US")
  const request: CardValidationRequest = {
    systemsTraceAuditNumber: yield* Stan.make("743720"),
    retrievalReferenceNumber: yield* Rrn.make("015221743720"),
    primaryAccountNumber: yield* Pan.make(card),
    cardCvv2Value: Redacted.make(cvv2),
    cardExpiryDate: "2040-10",
    acquiringBin: yield* AcquiringBin.make("408999"),
    acquirerCountryCode: us,
    addressVerificationResults: { street: "801 Metro Center Blv", postalCode: "94404" },
    cardAcceptor: {
      name: "ABC Corp",
      idCode: "111111",
      terminalId: "12345678",
      address: { country: us, state: "CA", city: "fostr city", zipCode: "94404" },
    },
  }
  return request
})

/** What Visa has to read. The field's text wants three letters where its sample has two. */
const documentedBody = {
  systemsTraceAuditNumber: "743720",
  retrievalReferenceNumber: "015221743720",
  primaryAccountNumber: "4957030420210462",
  cardCvv2Value: "022",
  cardExpiryDate: "2040-10",
  acquiringBin: "408999",
  acquirerCountryCode: "840",
  addressVerificationResults: { street: "801 Metro Center Blv", postalCode: "94404" },
  cardAcceptor: {
    name: "ABC Corp",
    idCode: "111111",
    terminalId: "12345678",
    address: { country: "USA", state: "CA", city: "fostr city", zipCode: "94404" },
  },
}

const good = { actionCode: "85", responseCode: "5", transactionIdentifier: "234234322342343" }

const validating = (
  request: CardValidationRequest,
  reply: TestReply = { status: 200, body: good },
) => recorded(CardValidation.validate(request), CardValidation.layer, () => reply)

const validated = Effect.fnUntraced(function* (body: unknown) {
  const { outcome } = yield* validating(yield* documented, { status: 200, body })
  return yield* Effect.fromResult(outcome)
})

describe("CardValidation.validate", () => {
  it.effect("sends Visa's documented sample as Visa documents it", () =>
    Effect.gen(function* () {
      const { calls } = yield* validating(yield* documented)
      assert.strictEqual(calls.length, 1)
      assert.strictEqual(calls[0]?.method, "POST")
      assert.strictEqual(calls[0]?.path, "/pav/v1/cardvalidation")
      assert.deepStrictEqual(sent(calls[0]), documentedBody)
    }),
  )

  it.effect("sends every other field in Visa's encoding", () =>
    Effect.gen(function* () {
      const { calls } = yield* validating({
        primaryAccountNumber: yield* Pan.make(card),
        acquiringBin: yield* AcquiringBin.make("00012345678"),
        acquirerCountryCode: yield* Country.of("AU"),
        accountType: "10",
        cardCurrencyCode: yield* Currency.of("036"),
        tavv: Redacted.make(tavv),
        cardHolderEmailAddress: "a@example.com",
        cardHolderPhoneNumber: "0013031234567",
        cardHolderNameVerification: {
          lastName: "Qasim",
          firstName: "Mohammed",
          middleName: "M 2",
          ownerType: "01",
        },
        identityVerification: {
          identities: [{ identityType: "PASSPORT", identityValue: Redacted.make("X123") }],
        },
        pointOfServiceCapability: { posTerminalType: 5, posTerminalEntryCapability: 1 },
        pointOfServiceData: {
          panEntryMode: 1,
          posConditionCode: 51,
          motoECIIndicator: "7",
          posEnvironment: "R",
          specialConditionIndicatorMerchant: "7",
        },
      })
      assert.deepStrictEqual(sent(calls[0]), {
        primaryAccountNumber: "4957030420210462",
        acquiringBin: "00012345678",
        acquirerCountryCode: "036",
        accountType: "10",
        cardCurrencyCode: "AUD",
        tavv,
        cardHolderEmailAddress: "a@example.com",
        cardHolderPhoneNumber: "0013031234567",
        cardHolderNameVerification: {
          lastName: "Qasim",
          firstName: "Mohammed",
          middleName: "M 2",
          ownerType: "01",
        },
        identityVerification: {
          identities: [{ identityType: "PASSPORT", identityValue: "X123" }],
        },
        pointOfServiceCapability: { posTerminalType: 5, posTerminalEntryCapability: 1 },
        pointOfServiceData: {
          panEntryMode: 1,
          posConditionCode: 51,
          motoECIIndicator: "7",
          posEnvironment: "R",
          specialConditionIndicatorMerchant: "7",
        },
      })
    }),
  )

  const refusals: ReadonlyArray<
    readonly [name: string, change: (request: CardValidationRequest) => unknown, field: string]
  > = [
    ["nothing at all", () => null, ""],
    [
      "a card number in clear",
      (r) => ({ ...r, primaryAccountNumber: card }),
      "primaryAccountNumber",
    ],
    ["no acquiring BIN", ({ acquiringBin: _, ...r }) => r, "acquiringBin"],
    ["no acquirer country", ({ acquirerCountryCode: _, ...r }) => r, "acquirerCountryCode"],
    ["a CVV2 in clear", (r) => ({ ...r, cardCvv2Value: cvv2 }), "cardCvv2Value"],
    [
      "a CVV2 of two digits",
      (r) => ({ ...r, cardCvv2Value: Redacted.make("02") }),
      "cardCvv2Value",
    ],
    ["a CVV2 without expiry date", ({ cardExpiryDate: _, ...r }) => r, "cardExpiryDate"],
    ["an expiry date as yymm", (r) => ({ ...r, cardExpiryDate: "4010" }), "cardExpiryDate"],
    [
      "a street of 21 characters",
      (r) => ({
        ...r,
        addressVerificationResults: { street: "801 Metro Center Blvd", postalCode: "94404" },
      }),
      "addressVerificationResults.street",
    ],
    [
      "an address without postal code",
      (r) => ({ ...r, addressVerificationResults: { street: "801 Metro" } }),
      "addressVerificationResults.postalCode",
    ],
    [
      "a card acceptor without id",
      (r) => ({ ...r, cardAcceptor: { name: "ABC Corp" } }),
      "cardAcceptor.idCode",
    ],
    [
      "a name of digits",
      (r) => ({ ...r, cardHolderNameVerification: { lastName: "12 34" } }),
      "cardHolderNameVerification.lastName",
    ],
    [
      "a name with a question mark",
      (r) => ({ ...r, cardHolderNameVerification: { lastName: "Qa?im" } }),
      "cardHolderNameVerification.lastName",
    ],
    [
      "a phone number with a plus",
      (r) => ({ ...r, cardHolderPhoneNumber: "+13031234567" }),
      "cardHolderPhoneNumber",
    ],
    [
      "an identity of another kind",
      (r) => ({
        ...r,
        identityVerification: {
          identities: [{ identityType: "SSN", identityValue: Redacted.make("X123") }],
        },
      }),
      "identityVerification.identities.0.identityType",
    ],
    [
      "an identity in clear",
      (r) => ({
        ...r,
        identityVerification: { identities: [{ identityType: "TAX", identityValue: "X123" }] },
      }),
      "identityVerification.identities.0.identityValue",
    ],
    [
      "a cryptogram that is not hexadecimal",
      (r) => ({ ...r, tavv: Redacted.make("Z".repeat(40)) }),
      "tavv",
    ],
    ["a field that Visa does not know", (r) => ({ ...r, cardHolderName: "x" }), "cardHolderName"],
    [
      "an unknown field deep inside",
      (r) => ({
        ...r,
        pointOfServiceData: {
          panEntryMode: 1,
          posConditionCode: 51,
          motoECIIndicator: "7",
          ecommerce: true,
        },
      }),
      "pointOfServiceData.ecommerce",
    ],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending, and names the field`, () =>
      Effect.gen(function* () {
        // What a caller in JavaScript can pass although the type forbids it.
        const request = change(yield* documented) as CardValidationRequest
        const { calls, outcome } = yield* validating(request)
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid")
        assert.strictEqual(error.reason.field ?? "", field)
        assertHides(error, [card, "X123", "801 Metro", "13031234567"])
      }),
    )
  }

  it.effect("accepts plain account verification", () =>
    Effect.gen(function* () {
      const { acquirerCountryCode, acquiringBin, primaryAccountNumber } = yield* documented
      const { calls } = yield* validating({
        acquirerCountryCode,
        acquiringBin,
        primaryAccountNumber,
      })
      assert.strictEqual(calls.length, 1)
    }),
  )

  for (const actionCode of ["85", "00", "11"]) {
    it.effect(`${actionCode} is an approval`, () =>
      Effect.gen(function* () {
        const answer = yield* validated({ ...good, actionCode })
        assert.strictEqual(answer._tag, "ValidCard")
        assert.strictEqual(answer.actionCode, actionCode)
      }),
    )
  }

  it.effect("an approval needs nothing but its code", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* validated({ actionCode: "85" }), {
        _tag: "ValidCard",
        actionCode: "85",
        results: { identities: [] },
      })
    }),
  )

  it.effect("types every result, also those that say no to what was asked", () =>
    Effect.gen(function* () {
      const answer = yield* validated({
        ...good,
        transactionIdentifier: 34234322342343,
        approvalCode: "98765X",
        addressVerificationResults: "Z",
        cvv2ResultCode: "N",
        cardholderAuthenticationVerificationResults: "2",
        cardHolderNameVerificationResult: { nameResult: "00", nameMatchDecision: "03" },
        cardHolderPhoneNumberVerificationResults: "1",
        cardHolderEmailAddressVerificationResults: "2",
        identityVerification: {
          identities: [{ identityType: "PASSPORT", identityVerificationResult: "4" }],
        },
        cardVerificationResults: "",
        somethingNew: {},
      })
      const { results } = answer
      assert.strictEqual(answer.transactionIdentifier, "034234322342343")
      assert.strictEqual(answer.approvalCode, "98765X")
      assert.strictEqual(answer.answeredBy?._tag, "Issuer")
      assert.strictEqual(results.address?._tag, "AvsPostalOnly")
      assert.strictEqual(results.cvv2?._tag, "Cvv2NoMatch")
      assert.strictEqual(results.cryptogram?._tag, "CavvAuthenticationPassed")
      assert.deepStrictEqual(results.name, { nameResult: "00", nameMatchDecision: "03" })
      assert.strictEqual(results.phone?._tag, "DetailVerified")
      assert.strictEqual(results.email?._tag, "DetailFailed")
      assert.strictEqual(results.identities[0]?.identityType, "PASSPORT")
      assert.strictEqual(results.identities[0]?.result._tag, "DetailNotSupported")
    }),
  )

  it.effect("keeps results that it does not know, and says nothing of those that are absent", () =>
    Effect.gen(function* () {
      const { results } = yield* validated({
        ...good,
        cvv2ResultCode: "Q",
        addressVerificationResults: " ",
        cardHolderPhoneNumberVerificationResults: 9,
      })
      assert.deepStrictEqual(results.cvv2, { _tag: "Unrecognized", code: "Q" })
      assert.isUndefined(results.address)
      assert.deepStrictEqual(results.phone, { _tag: "Unrecognized", code: "9" })
    }),
  )

  const replies: ReadonlyArray<
    readonly [name: string, status: number, body: unknown, tag: string, code?: string]
  > = [
    ["05", 200, { ...good, actionCode: "05" }, "DoNotHonor", "05"],
    ["14", 200, { ...good, actionCode: "14" }, "InvalidAccountNumber", "14"],
    ["54", 200, { ...good, actionCode: "54" }, "ExpiredCard", "54"],
    ["N7", 200, { ...good, actionCode: "N7", cvv2ResultCode: "N" }, "Cvv2Failure", "N7"],
    [
      "10, an approval of something else",
      200,
      { ...good, actionCode: "10" },
      "UnexpectedApproval",
      "10",
    ],
    ["a code from the future", 200, { ...good, actionCode: "ZY" }, "UnrecognizedCode", "ZY"],
    ["no action code", 200, { responseCode: "5" }, "ResponseMalformed"],
    ["a list", 200, [good], "ResponseMalformed"],
    ["no body", 200, undefined, "ResponseEmpty"],
    ["HTML", 200, "<html>", "ResponseNotJson"],
    [
      "a validation error",
      400,
      {
        errorMessage:
          "API Validation Error: 3001. Mandatory field 'acquiringBin' is missing or has invalid content.",
      },
      "MandatoryFieldMissing",
      "3001",
    ],
    [
      "encryption missing",
      400,
      {
        responseStatus: {
          status: 400,
          code: "9125",
          message: "Expected input credential was not present",
          info: "",
        },
      },
      "EncryptionNotRecognized",
      "9125",
    ],
    [
      "credentials",
      401,
      { responseStatus: { status: 401, code: "9124", message: "Authentication failed", info: "" } },
      "CredentialsRejected9124",
      "9124",
    ],
    ["too fast", 429, undefined, "RateLimited"],
  ]
  for (const [name, status, body, tag, code] of replies) {
    it.effect(`${status} with ${name} is ${tag}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* validating(yield* documented, { status, body })
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.reason.code, code)
        assert.strictEqual(error.money, "NotMoved")
        assertHides(error, [card])
      }),
    )
  }

  it.effect("does not repeat what Visa's refusal quotes of the cardholder", () =>
    Effect.gen(function* () {
      const { outcome } = yield* validating(
        {
          ...(yield* documented),
          cardHolderNameVerification: { lastName: "Qasim" },
          identityVerification: {
            identities: [{ identityType: "TAX", identityValue: Redacted.make("12-345/6") }],
          },
        },
        {
          status: 400,
          body: {
            errorMessage: `API Validation Error: 3001. cardCvv2Value ${cvv2}, expiry 2040-10, id 12-345/6 of QASIM, 801 Metro Center Blv, card ${card}`,
          },
        },
      )
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason._tag, "MessageValidationFailed")
      assert.strictEqual(error.reason.code, "3001")
      assertHides(error, [card, ` ${cvv2}`, "2040-10", "12-345/6", "QASIM", "801 Metro"])
    }),
  )
})
