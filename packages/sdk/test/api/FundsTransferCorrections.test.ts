/** Adjustments, and the cancellation of deferred pushes. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { AdjustmentRequest, CancelRequest } from "../../src/api/FundsTransfer.ts"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import { Country } from "../../src/Country.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { Rrn } from "../../src/Rrn.ts"
import { Stan } from "../../src/Stan.ts"
import type { TestReply } from "../../src/VisaDirectTest.ts"
import { asJson, recorded } from "../support/cards.ts"
import { assertHides } from "../support/renderings.ts"

/** Of the documented sample. */
const adjustedCard = "4003974278332156"

const acquirer = Effect.gen(function* () {
  return {
    acquiringBin: yield* AcquiringBin.make("408999"),
    systemsTraceAuditNumber: yield* Stan.make("052012"),
    // Of 2030: as a JSON number it would lose its first digit.
    retrievalReferenceNumber: yield* Rrn.make("000100560031"),
  }
})

/** "Approved Adjustment Transaction", for a pull. */
const documentedAdjustment = Effect.gen(function* () {
  const us = yield* Country.of("US")
  const request: AdjustmentRequest = {
    ...(yield* acquirer),
    localTransactionDateTime: "2023-05-12T12:00:00",
    amount: yield* Money.of("124.02", "USD"),
    surcharge: yield* Money.of("11.20", "USD"),
    acquirerCountryCode: us,
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    cardAcceptor: {
      name: "VisaInc.",
      idCode: "ABCD1234ABCD123",
      terminalId: "ABCD1234",
      address: { country: us, state: "CA", county: "081", zipCode: "94404" },
    },
    cardProductCode: "15",
    cpsAuthorizationCharacteristicsIndicator: "Y",
    digitalWalletProviderId: "VCIND",
    dynamicCurrencyConversionIndicator: "Y",
    messageReasonCode: 2140,
    pointOfServiceData: { panEntryMode: 1, posConditionCode: "00" },
    rewardProgramIdentificationCode: "A34324",
    senderCardExpiryDate: "2023-10",
    senderPrimaryAccountNumber: yield* Pan.make(adjustedCard),
    settlementServiceIndicator: 9,
    transactionIdentifier: "139211034382335",
    transactionTypeCode: "22",
  }
  return request
})

/** What Visa's gateway has to read, written from the documentation and not from the encoder. */
const documentedBody = {
  amount: 124.02,
  senderCurrencyCode: "USD",
  surcharge: "11.20",
  acquiringBin: 408999,
  systemsTraceAuditNumber: "052012",
  retrievalReferenceNumber: "000100560031",
  localTransactionDateTime: "2023-05-12T12:00:00",
  acquirerCountryCode: "840",
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  cardAcceptor: {
    name: "VisaInc.",
    idCode: "ABCD1234ABCD123",
    terminalId: "ABCD1234",
    address: { country: "USA", state: "CA", county: "081", zipCode: "94404" },
  },
  cardProductCode: "15",
  cpsAuthorizationCharacteristicsIndicator: "Y",
  digitalWalletProviderId: "VCIND",
  dynamicCurrencyConversionIndicator: "Y",
  messageReasonCode: 2140,
  pointOfServiceData: { panEntryMode: 1, posConditionCode: "00" },
  rewardProgramIdentificationCode: "A34324",
  senderCardExpiryDate: "2023-10",
  senderPrimaryAccountNumber: adjustedCard,
  settlementServiceIndicator: 9,
  transactionIdentifier: 139211034382335,
  transactionTypeCode: 22,
}

const adjusted = (
  request: AdjustmentRequest,
  reply: TestReply = { status: 200, body: { actionCode: "00" } },
) => recorded(FundsTransfer.adjustment(request), () => reply)

describe("FundsTransfer.adjustment", () => {
  it.effect("sends Visa's documented sample, however old the pull is", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2023-09-01T00:00:00Z"))
      const { calls } = yield* adjusted(yield* documentedAdjustment)
      assert.strictEqual(calls.length, 1)
      assert.strictEqual(calls[0]?.method, "POST")
      assert.strictEqual(calls[0]?.path, "/visadirect/v1/adjustment")
      assert.deepStrictEqual(asJson(calls[0]?.body), documentedBody)
    }),
  )

  it.effect("writes the debit 02 as the JSON number 2", () =>
    Effect.gen(function* () {
      const { calls } = yield* adjusted({
        ...(yield* documentedAdjustment),
        businessApplicationId: "FD",
        messageReasonCode: 5120,
        transactionTypeCode: "02",
      })
      assert.deepInclude(asJson(calls[0]?.body), { transactionTypeCode: 2 })
    }),
  )

  it.effect("adjusts a push in either direction", () =>
    Effect.gen(function* () {
      const request = yield* documentedAdjustment
      for (const transactionTypeCode of ["02", "22"] as const) {
        const { calls } = yield* adjusted({
          ...request,
          messageReasonCode: 2150,
          transactionTypeCode,
        })
        assert.strictEqual(calls.length, 1)
      }
    }),
  )

  const refusals: ReadonlyArray<
    readonly [name: string, change: (request: AdjustmentRequest) => unknown, field: string]
  > = [
    ["nothing", () => undefined, "request"],
    [
      "a further debit for a pull",
      (r) => ({ ...r, transactionTypeCode: "02" }),
      "transactionTypeCode",
    ],
    ["a type as number", (r) => ({ ...r, transactionTypeCode: 22 }), "transactionTypeCode"],
    [
      "a credit for a rebate",
      (r) => ({ ...r, messageReasonCode: 5120, businessApplicationId: "FD" }),
      "transactionTypeCode",
    ],
    [
      "a rebate that was no disbursement",
      (r) => ({ ...r, messageReasonCode: 5120, transactionTypeCode: "02" }),
      "businessApplicationId",
    ],
    ["another reason", (r) => ({ ...r, messageReasonCode: 2501 }), "messageReasonCode"],
    ["original data elements", (r) => ({ ...r, originalDataElements: {} }), "originalDataElements"],
    ["no card", ({ senderPrimaryAccountNumber: _, ...r }) => r, "senderPrimaryAccountNumber"],
    [
      "no transaction identifier",
      ({ transactionIdentifier: _, ...r }) => r,
      "transactionIdentifier",
    ],
    [
      "a surcharge over the amount",
      (r) => ({ ...r, surcharge: Effect.runSync(Money.of("124.03", "USD")) }),
      "surcharge",
    ],
    [
      "a currency that is none",
      (r) => ({ ...r, transactionCurrencyCode: "EURO" }),
      "transactionCurrencyCode",
    ],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending, and names the field`, () =>
      Effect.gen(function* () {
        const request = change(yield* documentedAdjustment) as AdjustmentRequest
        const { calls, outcome } = yield* adjusted(request)
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid", error.message)
        assert.strictEqual(error.reason.field, field)
        assertHides(error, [adjustedCard])
      }),
    )
  }

  it.effect("succeeds on an approval, and reads its own name for the time", () =>
    Effect.gen(function* () {
      const { outcome } = yield* adjusted(yield* documentedAdjustment, {
        status: 200,
        body: {
          actionCode: "00",
          transactionIdentifier: 139211034382335,
          dateAndTimeTransmission: "2023-05-12T19:00:00.000Z",
        },
      })
      const answer = yield* Effect.fromResult(outcome)
      assert.strictEqual(answer._tag, "Approved")
      assert.strictEqual(answer.transactionIdentifier, "139211034382335")
      assert.strictEqual(answer.dateAndTimeTransmission, "2023-05-12T19:00:00.000Z")
    }),
  )

  const failures: ReadonlyArray<readonly [reply: TestReply, tag: string, money: string]> = [
    [{ status: 200, body: { actionCode: "05" } }, "DoNotHonor", "NotMoved"],
    [{ status: 200, body: { actionCode: "10" } }, "UnexpectedApproval", "Unknown"],
    [{ status: 200, body: {} }, "ResponseMalformed", "Unknown"],
    [{ status: 202, body: "1491" }, "StillProcessing", "Unknown"],
    [{ status: 504 }, "GatewayTimeout", "Unknown"],
    [{ status: 403, body: { responseStatus: { code: "9611" } } }, "NotInProject", "NotMoved"],
  ]
  for (const [reply, tag, money] of failures) {
    it.effect(`fails with ${tag}, which says ${money}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* adjusted(yield* documentedAdjustment, reply)
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.money, money)
      }),
    )
  }
})

describe("FundsTransfer.cancel", () => {
  const cancelled = (
    request: CancelRequest,
    reply: TestReply = {
      status: 200,
      body: { actionCode: "85", transactionIdentifier: 461253406200001 },
    },
  ) => recorded(FundsTransfer.cancel(request), () => reply)

  it.effect("names the push by BIN, STAN and RRN, the RRN as text", () =>
    Effect.gen(function* () {
      const { calls } = yield* cancelled(yield* acquirer)
      assert.strictEqual(calls[0]?.method, "POST")
      assert.strictEqual(calls[0]?.path, "/visadirect/fundstransfer/cancel")
      assert.deepStrictEqual(asJson(calls[0]?.body), {
        acquiringBin: 408999,
        systemsTraceAuditNumber: "052012",
        retrievalReferenceNumber: "000100560031",
      })
    }),
  )

  it.effect("can name Visa's identifier too", () =>
    Effect.gen(function* () {
      const { calls } = yield* cancelled({
        ...(yield* acquirer),
        transactionIdentifier: "234234322342343",
      })
      assert.deepInclude(asJson(calls[0]?.body), { transactionIdentifier: 234234322342343 })
    }),
  )

  const answers: ReadonlyArray<
    readonly [code: string, tag: string, money?: "NotMoved" | "Moved" | "Unknown"]
  > = [
    ["85", "Cancelled"],
    ["00", "Cancelled"],
    ["R0", "AlreadyCancelled"],
    ["21", "CancelTooLate", "Unknown"],
    ["25", "CancelOriginalNotFound", "Unknown"],
    ["57", "CancelNotPermitted", "Unknown"],
    ["05", "CancelRefused", "Unknown"],
  ]
  for (const [actionCode, tag, money] of answers) {
    it.effect(`${actionCode} is ${tag}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* cancelled(yield* acquirer, { status: 200, body: { actionCode } })
        if (money === undefined) {
          assert.strictEqual((yield* Effect.fromResult(outcome))._tag, tag)
        } else {
          const error = yield* Effect.flip(Effect.fromResult(outcome))
          assert.strictEqual(error.reason._tag, tag)
          assert.strictEqual(error.money, money)
        }
      }),
    )
  }

  it.effect("keeps Visa's identifier of the push", () =>
    Effect.gen(function* () {
      const { outcome } = yield* cancelled(yield* acquirer)
      const answer = yield* Effect.fromResult(outcome)
      assert.strictEqual(answer.transactionIdentifier, "461253406200001")
      assert.strictEqual(answer.exchange.operation, "FundsTransfer.cancel")
    }),
  )

  const open: ReadonlyArray<readonly [reply: TestReply, tag: string]> = [
    [{ status: 200, body: {} }, "ResponseMalformed"],
    [{ status: 500 }, "ServerError"],
    [{ status: 429 }, "RateLimited"],
  ]
  for (const [reply, tag] of open) {
    it.effect(`leaves it open whether the push is paid after ${tag}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* cancelled(yield* acquirer, reply)
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.money, "Unknown")
        assert.strictEqual(error.retry, "Later")
      }),
    )
  }

  it.effect("refuses an RRN as a number", () =>
    Effect.gen(function* () {
      const request = { ...(yield* acquirer), retrievalReferenceNumber: 412770451018 }
      const { calls, outcome } = yield* cancelled(request as never)
      assert.deepStrictEqual(calls, [])
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason.field, "retrievalReferenceNumber")
    }),
  )
})
