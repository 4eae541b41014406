import { assert, describe, it } from "@effect/vitest"
import { BigDecimal, Effect, Option, Redacted } from "effect"
import { AccountPayouts } from "../../src/api/AccountPayouts.ts"
import type { VerificationRequest } from "../../src/api/AccountPayouts.ts"
import type { TestReply } from "../../src/Transport.ts"
import type { MoneyEffect, Tag } from "../../src/VisaError.ts"
import {
  failed,
  iban,
  json,
  phone,
  recorded,
  reporting,
  secrets,
  toBank,
  toBankBody,
  toWallet,
  toWalletBody,
} from "../support/payouts.ts"
import { assertHides } from "../support/renderings.ts"

it("declares which operation moves money and how to find out about it", () => {
  const { operations } = AccountPayouts
  assert.deepStrictEqual(
    Object.values(operations).map(({ findOut, method, mle, money, name, rail }) =>
      [name, method, mle, money, rail, findOut].join(" "),
    ),
    [
      "AccountPayouts.send POST mandatory moves account query",
      "AccountPayouts.send POST mandatory moves wallet query",
      "AccountPayouts.query GET mandatory reports  none",
      "AccountPayouts.report GET mandatory reports  none",
      "AccountPayouts.cancel DELETE mandatory reports  query",
      "AccountPayouts.validate POST mandatory none  none",
      "AccountPayouts.verifyRecipient POST mandatory none  none",
    ],
  )
})

describe("AccountPayouts.send", () => {
  const refusal = (...details: ReadonlyArray<object>) => ({
    errorResponse: {
      status: "400",
      reason: "InvalidPayoutRequest",
      message: "The request is invalid",
      details,
    },
  })
  const replies: ReadonlyArray<
    readonly [
      name: string,
      reply: TestReply,
      expected: {
        readonly tag: Tag
        readonly money: MoneyEffect
        readonly code?: string
        readonly field?: string
      },
    ]
  > = [
    [
      "202 claims nothing",
      { status: 202, body: { transactionDetail: { status: "PENDING" } } },
      { tag: "StillProcessing", money: "Unknown", code: "PENDING" },
    ],
    [
      "202 claims nothing, whatever it holds",
      { status: 202, body: { transactionDetail: { status: "REJECTED" } } },
      { tag: "StillProcessing", money: "Unknown", code: "REJECTED" },
    ],
    ["202 without a body", { status: 202 }, { tag: "StillProcessing", money: "Unknown" }],
    [
      "200 that is pending",
      reporting({ status: "PENDING" }),
      { tag: "StillProcessing", money: "Unknown", code: "PENDING" },
    ],
    [
      "200 with a status of the future",
      reporting({ status: "HELD" }),
      { tag: "UnrecognizedCode", money: "Unknown", code: "HELD" },
    ],
    [
      "200 that is rejected",
      reporting({ status: "REJECTED" }),
      { tag: "PayoutStatusRejected", money: "NotMoved", code: "REJECTED" },
    ],
    [
      "200 that is rejected for a reason",
      reporting({ status: "REJECTED", reasonId: 3 }),
      { tag: "RejectedInvalidIban", money: "NotMoved", code: "3" },
    ],
    [
      "200 that failed",
      reporting({ status: "FAILED" }),
      { tag: "PayoutStatusFailed", money: "Unknown", code: "FAILED" },
    ],
    [
      "200 without a status",
      { status: 200, body: { transactionDetail: { payoutId: "1" } } },
      { tag: "ResponseMalformed", money: "Unknown", field: "transactionDetail.status" },
    ],
    [
      "200 that is a list",
      { status: 200, body: [] },
      { tag: "ResponseMalformed", money: "Unknown", field: "transactionDetail.status" },
    ],
    ["200 without a body", { status: 200 }, { tag: "ResponseEmpty", money: "Unknown" }],
    [
      "200 about another payout",
      reporting({ clientReferenceId: "another", status: "REJECTED" }),
      { tag: "ResponseMalformed", money: "Unknown", field: "transactionDetail" },
    ],
    [
      "400 with a code at the field",
      {
        status: 400,
        body: refusal({ location: "recipientDetail.bank", code: "4102", message: "not supported" }),
      },
      {
        tag: "PayoutRecipientBankNotSupported",
        money: "NotMoved",
        code: "4102",
        field: "recipientDetail.bank",
      },
    ],
    [
      "400 with a code as a number",
      { status: 400, body: refusal({ location: "x", code: 4004, message: "length" }) },
      { tag: "PayoutFieldLengthInvalid", money: "NotMoved", code: "4004", field: "x" },
    ],
    [
      "400 with the code second",
      { status: 400, body: refusal({ location: "a", code: "1" }, { location: "b", code: "4003" }) },
      { tag: "PayoutRouteNotSupported", money: "NotMoved", code: "4003", field: "b" },
    ],
    [
      "400 without the wrapper",
      { status: 400, body: refusal({ location: "b", code: "4003" }).errorResponse },
      { tag: "PayoutRouteNotSupported", money: "NotMoved", code: "4003", field: "b" },
    ],
    [
      "400 with the code as reason",
      { status: 400, body: { errorResponse: { status: "400", reason: "4111", message: "no" } } },
      { tag: "PayoutRouteNotAvailable", money: "NotMoved", code: "4111" },
    ],
    [
      "400 with a code of the future",
      { status: 400, body: refusal({ location: "a", code: "4999" }) },
      { tag: "RequestRejected", money: "NotMoved", code: "InvalidPayoutRequest", field: "a" },
    ],
    [
      "400 for a used reference is not a no",
      {
        status: 400,
        body: refusal({ location: "clientReferenceId", code: "4100", message: "Duplicate payout" }),
      },
      { tag: "DuplicateTransaction", money: "Unknown", code: "4100", field: "clientReferenceId" },
    ],
    [
      "400 for a reference that was used before",
      {
        status: 400,
        body: refusal({
          location: "transactionDetail.clientReferenceId",
          message: "clientReferenceId was used before.",
        }),
      },
      {
        tag: "DuplicateTransaction",
        money: "Unknown",
        field: "transactionDetail.clientReferenceId",
      },
    ],
    [
      "400 for an expired quote",
      {
        status: 400,
        body: refusal({ location: "transactionDetail.quoteId", message: "quoteId has expired." }),
      },
      { tag: "RateExpired", money: "NotMoved", field: "transactionDetail.quoteId" },
    ],
    [
      "400 of the gateway",
      {
        status: 400,
        body: {
          responseStatus: {
            status: 400,
            code: "9125",
            message: "Expected input credential was not present",
          },
        },
      },
      { tag: "EncryptionNotRecognized", money: "NotMoved", code: "9125" },
    ],
    [
      "400 of the processor behind",
      { status: 400, body: { failureType: "VALIDATION", shortMsg: "bad", code: "77" } },
      { tag: "RequestRejected", money: "NotMoved", code: "77" },
    ],
    ["400 as text", { status: 400, body: "<html>" }, { tag: "RequestRejected", money: "NotMoved" }],
    [
      "401",
      {
        status: 401,
        body: { responseStatus: { status: 401, code: "9209", message: "Token validation failed" } },
      },
      { tag: "TokenValidationFailed9209", money: "NotMoved", code: "9209" },
    ],
    ["404", { status: 404 }, { tag: "ResourceNotFound", money: "NotMoved" }],
    ["408", { status: 408 }, { tag: "RequestTimeout", money: "Unknown" }],
    ["413", { status: 413 }, { tag: "PayloadTooLarge", money: "NotMoved" }],
    ["429", { status: 429 }, { tag: "RateLimited", money: "NotMoved" }],
    ["500", { status: 500 }, { tag: "ServerError", money: "Unknown" }],
    ["504", { status: 504 }, { tag: "GatewayTimeout", money: "Unknown" }],
  ]
  for (const [name, reply, expected] of replies) {
    it.effect(`reads a reply: ${name}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(AccountPayouts.send(yield* toBank), reply)
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, expected.tag, error.message)
        assert.strictEqual(error.money, expected.money)
        assert.strictEqual(error.reason.code, expected.code)
        assert.strictEqual(error.reason.field, expected.field)
      }),
    )
  }

  it.effect("accepts every status of a payout under way, and a delivered one", () =>
    Effect.gen(function* () {
      for (const status of ["IN_PROGRESS", "AWAITING_INFORMATION", "PAYMENT_DELIVERED"] as const) {
        const { outcome } = yield* recorded(
          AccountPayouts.send(yield* toBank),
          reporting({ status }),
        )
        assert.strictEqual((yield* Effect.fromResult(outcome)).status, status)
      }
    }),
  )

  it.effect("does not repeat what Visa's refusal quotes", () =>
    Effect.gen(function* () {
      const quoting = secrets.filter((secret) => secret !== iban && secret !== phone)
      const { outcome } = yield* recorded(AccountPayouts.send(yield* toBank), {
        status: 400,
        body: refusal({
          location: "recipientDetail.bank.accountNumber",
          code: "4102",
          message: `Not supported: ${quoting.join(", ")}`,
        }),
      })
      const error = yield* failed(outcome)
      assert.strictEqual(error.reason._tag, "PayoutRecipientBankNotSupported")
      assert.include(error.message, "Not supported: [redacted], [redacted]")
      assertHides(error, quoting)
    }),
  )
})

describe("AccountPayouts.query", () => {
  const byReference = { initiatingPartyId: 1002, clientReferenceId: "888852397088" }
  const byId = { initiatingPartyId: 1002, payoutId: "172293713063281" }

  it.effect("asks by the client's reference", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(AccountPayouts.query(byReference))
      assert.strictEqual(calls[0]?.method, "GET")
      assert.strictEqual(calls[0]?.path, "/visapayouts/v3/payouts")
      assert.deepStrictEqual(calls[0]?.query, {
        id: "888852397088",
        idType: "CLIENT_REFERENCE_ID",
        initiatingPartyId: "1002",
      })
      assert.isUndefined(calls[0]?.body)
      const payout = yield* Effect.fromResult(outcome)
      assert.strictEqual(payout.status, "PAYMENT_RECEIVED")
      assert.strictEqual(String(payout.destinationAmount), "1557.00 GBP")
      assert.strictEqual(String(payout.settlementAmount), "1557.00 GBP")
      assert.strictEqual(payout.payoutSpeed, "STANDARD")
    }),
  )

  it.effect("asks by Visa's id", () =>
    Effect.gen(function* () {
      const { calls } = yield* recorded(AccountPayouts.query(byId))
      assert.deepStrictEqual(calls[0]?.query, {
        id: "172293713063281",
        idType: "PAYOUT_ID",
        initiatingPartyId: "1002",
      })
    }),
  )

  const refusals: ReadonlyArray<readonly [name: string, selector: unknown, field: string]> = [
    ["nothing", undefined, ""],
    ["no id", { initiatingPartyId: 1002 }, "clientReferenceId"],
    ["both ids", { ...byId, ...byReference }, "clientReferenceId"],
    ["no party", { payoutId: "172293713063281" }, "initiatingPartyId"],
    [
      "a reference of 36",
      { ...byReference, clientReferenceId: "x".repeat(36) },
      "clientReferenceId",
    ],
    ["an id that is a path", { ...byId, payoutId: "../1" }, "payoutId"],
    ["an unknown field", { ...byId, idType: "PAYOUT_ID" }, "idType"],
  ]
  for (const [name, selector, field] of refusals) {
    it.effect(`refuses ${name} before asking`, () =>
      Effect.gen(function* () {
        const { calls, outcome } = yield* recorded(
          AccountPayouts.query(selector as typeof byReference),
        )
        assert.deepStrictEqual(calls, [])
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, "RequestInvalid")
        assert.strictEqual(error.reason.field, field)
      }),
    )
  }

  it.effect("keeps a status of the future, which is neither success nor failure", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(
        AccountPayouts.query(byReference),
        reporting({ status: "HELD_AT_BORDER" }),
      )
      assert.deepStrictEqual((yield* Effect.fromResult(outcome)).status, {
        _tag: "Unrecognized",
        text: "HELD_AT_BORDER",
      })
    }),
  )

  it.effect("normalises the traps of the encoding, and loses nothing to odd fields", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(
        AccountPayouts.query({ initiatingPartyId: 1002, payoutId: "72293713063281" }),
        {
          status: 200,
          body: {
            transactionDetail: {
              status: "PAYMENT_SENT ",
              payoutId: 72293713063281,
              transactionAmount: "10.5",
              transactionCurrencyCode: 36,
              destinationAmount: 1e21,
              destinationCurrencyCode: "JPY",
              settlementAmount: 1.234,
              settlementCurrencyCode: "USD",
              fxConversionRate: 1.5e-7,
              fundingStatus: "FUNDED",
              expectedPostingDate: ["odd"],
              somethingNew: { that: "is ignored" },
            },
          },
        },
      )
      const payout = yield* Effect.fromResult(outcome)
      assert.strictEqual(payout.status, "PAYMENT_SENT")
      assert.strictEqual(payout.payoutId, "072293713063281")
      assert.strictEqual(String(payout.transactionAmount), "10.50 AUD")
      assert.isUndefined(payout.destinationAmount)
      assert.isUndefined(payout.settlementAmount)
      assert.isUndefined(payout.expectedPostingDate)
      assert.strictEqual(payout.fundingStatus, "FUNDED")
      const rate = Option.getOrThrow(Option.fromUndefinedOr(payout.fxConversionRate))
      assert.strictEqual(BigDecimal.format(rate), "0.00000015")
    }),
  )

  const ends: ReadonlyArray<
    readonly [detail: object, tag: Tag, money: MoneyEffect, message?: RegExp]
  > = [
    [{ status: "REJECTED" }, "PayoutStatusRejected", "NotMoved"],
    [{ status: "REJECTED", reasonId: "98" }, "RejectedBeneficiaryDeceased", "NotMoved"],
    [{ status: "REJECTED", reasonId: "100" }, "RejectedDuplicatePayment", "Unknown"],
    [{ status: "REJECTED", reasonId: "4711" }, "PayoutStatusRejected", "NotMoved", /Reason 4711/],
    [{ status: "DECLINED" }, "PayoutStatusDeclined", "NotMoved"],
    [{ status: "VALIDATION_FAILED" }, "PayoutStatusValidationFailed", "NotMoved"],
    [{ status: "CANCELLED" }, "PayoutStatusCancelled", "NotMoved"],
    [{ status: "FAILED" }, "PayoutStatusFailed", "Unknown"],
    [{ status: "ERROR" }, "PayoutStatusError", "Unknown"],
    [{ status: "REJECTED", reasonCode: "68" }, "RejectedAccountClosed", "NotMoved"],
    [{ status: "RETURNED" }, "PayoutStatusReturned", "Moved"],
    [
      { status: "RETURNED", reasonId: 68, returnAmount: 1.45 },
      "PayoutStatusReturned",
      "Moved",
      /returned amount is 1\.45/,
    ],
  ]
  for (const [detail, tag, money, message = /./] of ends) {
    it.effect(`fails for ${JSON.stringify(detail)}: ${tag}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(AccountPayouts.query(byReference), reporting(detail))
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.money, money)
        assert.match(error.message, message)
        assert.strictEqual(error.context.clientTransactionId, "888852397088")
        // The report gives the same payout as a record.
        const report = yield* recorded(AccountPayouts.report(byReference), reporting(detail))
        const payout = yield* Effect.fromResult(report.outcome)
        assert.include(detail, { status: payout.status })
      }),
    )
  }

  it.effect("reports what came back of a returned payout", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(
        AccountPayouts.report(byId),
        reporting({ status: "RETURNED", reasonId: 68, returnAmount: 1.45 }),
      )
      assert.strictEqual(calls[0]?.operation, "AccountPayouts.report")
      const payout = yield* Effect.fromResult(outcome)
      assert.strictEqual(payout.returnAmount, "1.45")
      assert.strictEqual(payout.reasonId, "68")
    }),
  )

  it.effect("does not take another payout's end for this one's", () =>
    Effect.gen(function* () {
      for (const program of [AccountPayouts.query(byReference), AccountPayouts.query(byId)]) {
        const { outcome } = yield* recorded(
          program,
          reporting({
            clientReferenceId: "another",
            payoutId: "281474989427295",
            status: "REJECTED",
          }),
        )
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, "ResponseMalformed")
        assert.strictEqual(error.money, "Unknown")
      }
    }),
  )

  it.effect("says Unknown about the payout when it fails itself", () =>
    Effect.gen(function* () {
      for (const status of [400, 401, 404, 429, 500, 503]) {
        const { outcome } = yield* recorded(AccountPayouts.query(byReference), { status })
        const error = yield* failed(outcome)
        assert.strictEqual(error.money, "Unknown", String(status))
      }
    }),
  )
})

describe("AccountPayouts.cancel", () => {
  const selector = { initiatingPartyId: 1002, payoutId: "172293713063281" }

  it.effect("asks with DELETE", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(
        AccountPayouts.cancel(selector),
        reporting({ status: "CANCELLED" }),
      )
      assert.strictEqual(calls[0]?.method, "DELETE")
      assert.strictEqual(calls[0]?.path, "/visapayouts/v3/payouts")
      assert.strictEqual(calls[0]?.query["idType"], "PAYOUT_ID")
      assert.strictEqual((yield* Effect.fromResult(outcome))._tag, "Cancelled")
    }),
  )

  it.effect("says that a cancellation is not decided yet", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(
        AccountPayouts.cancel(selector),
        reporting({ status: "PENDING_CANCELLATION" }),
      )
      assert.strictEqual((yield* Effect.fromResult(outcome))._tag, "CancellationPending")
    }),
  )

  const refusals: ReadonlyArray<readonly [reply: TestReply, tag: Tag, money: MoneyEffect]> = [
    [reporting({ status: "PAYMENT_SENT" }), "CancelRefused", "Unknown"],
    [reporting({ status: "PAYMENT_RECEIVED" }), "CancelRefused", "Unknown"],
    [reporting({ status: "PAYMENT_DELIVERED" }), "CancelRefused", "Unknown"],
    [reporting({ status: "RETURNED" }), "PayoutStatusReturned", "Moved"],
    [reporting({ status: "REJECTED" }), "PayoutStatusRejected", "NotMoved"],
    [reporting({ status: "HELD" }), "UnrecognizedCode", "Unknown"],
    [
      reporting({ payoutId: "281474989427295", status: "CANCELLED" }),
      "ResponseMalformed",
      "Unknown",
    ],
    [{ status: 200, body: {} }, "ResponseMalformed", "Unknown"],
    [
      {
        status: 400,
        body: { errorResponse: { reason: "InvalidPayoutRequest", message: "too late" } },
      },
      "CancelRefused",
      "Unknown",
    ],
    [
      { status: 400, body: { errorResponse: { reason: "3001", message: "id" } } },
      "MessageValidationFailed",
      "Unknown",
    ],
    [{ status: 204 }, "ResponseEmpty", "Unknown"],
    [{ status: 404 }, "ResourceNotFound", "Unknown"],
    [{ status: 500 }, "ServerError", "Unknown"],
  ]
  for (const [reply, tag, money] of refusals) {
    it.effect(`does not call it cancelled: ${tag}, ${reply.status}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(AccountPayouts.cancel(selector), reply)
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.money, money)
      }),
    )
  }
})

describe("AccountPayouts.validate", () => {
  it.effect("sends the payout's body to the path of validation", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(AccountPayouts.validate(yield* toBank), {
        status: 200,
        body: { validationResultCode: "SUCCESS", expectedPostingDate: "2026-11-25" },
      })
      assert.strictEqual(calls[0]?.method, "POST")
      assert.strictEqual(calls[0]?.path, "/visapayouts/v3/payouts/validate")
      assert.deepStrictEqual(json(calls[0]?.body), toBankBody)
      assert.deepStrictEqual(yield* Effect.fromResult(outcome), {
        validationResultCode: "SUCCESS",
        expectedPostingDate: "2026-11-25",
      })
    }),
  )

  const objection = { details: [{ location: "recipientDetail", code: "4003", message: "no" }] }
  const replies: ReadonlyArray<readonly [name: string, reply: TestReply, tag: Tag]> = [
    [
      "an objection with status 400",
      { status: 400, body: { errorResponse: objection } },
      "PayoutRouteNotSupported",
    ],
    [
      "an objection with status 200",
      { status: 200, body: { errorResponse: objection } },
      "PayoutRouteNotSupported",
    ],
    [
      "an objection of the future",
      { status: 200, body: { errorResponse: { reason: "?" } } },
      "RequestRejected",
    ],
    ["no result", { status: 200, body: {} }, "ResponseMalformed"],
  ]
  for (const [name, reply, tag] of replies) {
    it.effect(`reads ${name}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(AccountPayouts.validate(yield* toBank), reply)
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason._tag, tag)
        // Nothing was sent, whatever the answer.
        assert.strictEqual(error.money, "NotMoved")
      }),
    )
  }
})

describe("AccountPayouts.verifyRecipient", () => {
  const wallet = Effect.gen(function* () {
    const { recipientDetail } = yield* toWallet
    const request: VerificationRequest = {
      payoutMethod: "W",
      initiatingPartyId: 1002,
      clientVerificationReference: "verify-1",
      recipientDetail,
    }
    return request
  })

  it.effect("asks as clients of the API ask, and keeps what it finds out of logs", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(AccountPayouts.verifyRecipient(yield* wallet), {
        status: 200,
        body: {
          verificationStatus: "COMPLETED",
          verificationId: "V1",
          walletVerificationDetail: { nameMatch: "FULL", ownerName: "John Do" },
        },
      })
      assert.strictEqual(calls[0]?.method, "POST")
      assert.strictEqual(calls[0]?.path, "/visapayouts/v1/extensions/verifyRecipient")
      assert.deepStrictEqual(json(calls[0]?.body), {
        payoutMethod: "W",
        initiatingPartyId: 1002,
        clientVerificationReference: "verify-1",
        recipientDetail: toWalletBody.recipientDetail,
      })
      const found = yield* Effect.fromResult(outcome)
      assert.isTrue(found.completed)
      assert.strictEqual(found.verificationId, "V1")
      assert.notInclude(JSON.stringify(found), "John")
      const detail = Option.getOrThrow(Option.fromUndefinedOr(found.detail))
      assert.deepStrictEqual(Redacted.value(detail), { nameMatch: "FULL", ownerName: "John Do" })
    }),
  )

  it.effect("says that a check was not made", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(AccountPayouts.verifyRecipient(yield* wallet), {
        status: 200,
        body: { verificationStatus: "NOT_COMPLETED" },
      })
      assert.deepStrictEqual(yield* Effect.fromResult(outcome), {
        completed: false,
        verificationStatus: "NOT_COMPLETED",
      })
    }),
  )

  it.effect("refuses a recipient without a wallet", () =>
    Effect.gen(function* () {
      const { recipientDetail, ...request } = yield* wallet
      const { calls, outcome } = yield* recorded(
        AccountPayouts.verifyRecipient({
          ...request,
          recipientDetail: { type: recipientDetail.type },
        } as VerificationRequest),
      )
      assert.deepStrictEqual(calls, [])
      assert.strictEqual((yield* failed(outcome)).reason.field, "recipientDetail.wallet")
    }),
  )

  it.effect("fails when the reply has no status", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(AccountPayouts.verifyRecipient(yield* wallet), {
        status: 200,
        body: {},
      })
      assert.strictEqual((yield* failed(outcome)).reason._tag, "ResponseMalformed")
    }),
  )
})
