import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { TransactionQuery } from "../../src/api/TransactionQuery.ts"
import type { Query } from "../../src/api/TransactionQuery.ts"
import type { TestCall, TestReply } from "../../src/VisaDirectTest.ts"
import { recorded } from "../support/cards.ts"

/** The three events of Visa's documented answer: the original, its duplicate, its reversal. */
const original = {
  transactionType: "SALES DRAFT",
  systemsTraceAuditNumber: "952909",
  approvalCode: "002798",
  transactionIdentifier: "388234793890020",
  actionCode: "00",
  acquiringBin: "408999",
  retrievalReferenceNumber: "823410000885",
  transactionDate: "22-08-2018",
  transactionTime: "22:03:09",
  statusCode: "COMPLETED" as const,
  responseCode: "4",
}
const documented = [
  original,
  { ...original, actionCode: "94", originalActionCode: "00" },
  { ...original, transactionType: "SALES REVERSAL", responseCode: "C" },
]

const byIdentity = {
  acquiringBin: "408999",
  systemsTraceAuditNumber: "952909",
  retrievalReferenceNumber: "823410000885",
}
const byId = { acquiringBin: "408999", transactionIdentifier: "234234322342343" }

const at = (written: string) => DateTime.makeUnsafe(written)

const found = (query: Query, reply: TestReply = { status: 200, body: documented }) =>
  recorded(TransactionQuery.find(query), () => reply)

describe("TransactionQuery.find", () => {
  it.effect("asks by identity, as Visa's sample does", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* found(byIdentity)
      assert.strictEqual(calls[0]?.method, "GET")
      assert.strictEqual(calls[0]?.path, "/visadirect/v1/transactionquery")
      assert.deepStrictEqual(calls[0]?.query, {
        acquiringBIN: "408999",
        stan: "952909",
        rrn: "823410000885",
      })
      assert.deepStrictEqual(yield* Effect.fromResult(outcome), documented)
    }),
  )

  it.effect("sends every parameter in Visa's names and forms", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-03-31T00:00:00Z"))
      const { calls } = yield* found({
        ...byId,
        cardAcceptorId: "CA-IDCode-77765",
        requestType: "01",
        transactionStartDate: at("2026-01-02T03:04:05.678Z"),
        // Another zone, the same clock: GMT goes out.
        transactionEndDate: DateTime.makeZonedUnsafe("2026-03-30T23:30:00Z", {
          timeZone: "Asia/Manila",
        }),
        fields: ["amount", "originalActionCode", "settlementDate"],
        limit: 50,
        offset: 11,
      })
      assert.deepStrictEqual(calls[0]?.query, {
        acquiringBIN: "408999",
        transactionIdentifier: "234234322342343",
        caid: "CA-IDCode-77765",
        requestType: "01",
        transactionStartDate: "02-01-2026:03:04:05",
        transactionEndDate: "30-03-2026:23:30:00",
        fields: "amount,originalActionCode,settlementDate",
        limit: "50",
        offset: "11",
      })
    }),
  )

  it.effect("asks for a deferred push of another day with that day twice", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-03-31T00:00:00Z"))
      const { calls } = yield* found({
        ...byIdentity,
        requestType: "03",
        transactionStartDate: at("2026-03-29T00:00:00Z"),
        transactionEndDate: at("2026-03-29T23:59:59Z"),
      })
      assert.strictEqual(calls.length, 1)
    }),
  )

  const now = Date.parse("2026-05-01T00:00:00Z")
  const refusals: ReadonlyArray<readonly [name: string, query: unknown, field: string]> = [
    ["nothing", undefined, "query"],
    ["a BIN of five digits", { ...byId, acquiringBin: "40899" }, "acquiringBin"],
    ["no identity", { acquiringBin: "408999" }, "systemsTraceAuditNumber"],
    [
      "half an identity",
      { acquiringBin: "408999", systemsTraceAuditNumber: "952909" },
      "retrievalReferenceNumber",
    ],
    [
      "an identifier of 14 digits",
      { ...byId, transactionIdentifier: "23423432234234" },
      "transactionIdentifier",
    ],
    ["an acceptor of 16 characters", { ...byId, cardAcceptorId: "x".repeat(16) }, "cardAcceptorId"],
    ["an unknown request type", { ...byId, requestType: "04" }, "requestType"],
    ["a field that Visa does not know", { ...byId, fields: ["amount", "pan"] }, "fields"],
    ["no fields", { ...byId, fields: [] }, "fields"],
    ["a limit of zero", { ...byId, limit: 0 }, "limit"],
    ["half a record", { ...byId, limit: 1.5 }, "limit"],
    ["an offset of zero", { ...byId, offset: 0 }, "offset"],
    ["a date as text", { ...byId, transactionStartDate: "2026-04-30" }, "transactionStartDate"],
    [
      "a start 120 days and a second ago",
      { ...byId, transactionStartDate: at("2025-12-31T23:59:59Z") },
      "transactionStartDate",
    ],
    [
      "an end before that",
      { ...byId, transactionEndDate: at("2025-12-31T00:00:00Z") },
      "transactionEndDate",
    ],
    [
      "a start after the end",
      {
        ...byId,
        transactionStartDate: at("2026-04-30T00:00:01Z"),
        transactionEndDate: at("2026-04-30T00:00:00Z"),
      },
      "transactionStartDate",
    ],
    ["a deferred push by identifier", { ...byId, requestType: "02" }, "requestType"],
    [
      "a deferred push over two days",
      {
        ...byIdentity,
        requestType: "02",
        transactionStartDate: at("2026-04-28T12:00:00Z"),
        transactionEndDate: at("2026-04-29T12:00:00Z"),
      },
      "transactionEndDate",
    ],
    [
      "a deferred push with one date",
      { ...byIdentity, requestType: "03", transactionStartDate: at("2026-04-28T12:00:00Z") },
      "transactionEndDate",
    ],
  ]
  for (const [name, query, field] of refusals) {
    it.effect(`refuses ${name} before sending, and names the field`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(now)
        const { calls, outcome } = yield* found(query as Query)
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid", error.message)
        assert.strictEqual(error.reason.field, field)
      }),
    )
  }

  it.effect("looks back exactly 120 days", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const { calls } = yield* found({ ...byId, transactionStartDate: at("2026-01-01T00:00:00Z") })
      assert.strictEqual(calls.length, 1)
    }),
  )

  it.effect("reads every documented field", () =>
    Effect.gen(function* () {
      const row = {
        ...original,
        accountNumberMasked: "406032xxxxxx0127",
        additionalTokenRespInfo: "1",
        amount: "124.02",
        amountInTransactionCurrency: "124.02",
        businessApplicationId: "AA",
        cardAcceptor: { name: "Visa Inc.", idCode: "CA-IDCode-77765" },
        cardType: "VISA CLASSIC",
        cavvResultCode: "2",
        currencyConversionRate: "1.5",
        cvv2ResultCode: "M",
        dafIndicator: "Y",
        enablerVerificationValue: "12345",
        feeProgramDesc: "fee",
        feeProgramIndicator: "123",
        motoECIIndicator: "5",
        networkId: "0002",
        originalActionCode: "00",
        processingDate: "22-08-2018",
        productIdentifierPlatformCode: "BZ",
        reasonCode: "Reversal - Transaction voided by customer",
        reasonCodeValue: "2501",
        rejectReasonText: "rejected",
        serviceProcessingType: { requestType: "03", deferredDateTime: "201808230000" },
        settlementDate: "23-08-2018",
        settlementTime: "10:00:00",
        transactionCurrencyCode: "USD",
        transactionStateCode: "05",
      }
      const { outcome } = yield* found(byIdentity, {
        status: 200,
        body: [{ ...row, rejectReasonCode: 12, approvedAmountInTransactionCurrency: 99.5 }],
      })
      assert.deepStrictEqual(yield* Effect.fromResult(outcome), [
        { ...row, rejectReasonCode: "12", approvedAmountInTransactionCurrency: "99.5" },
      ])
    }),
  )

  const replies: ReadonlyArray<readonly [name: string, reply: TestReply, expected: unknown]> = [
    ["an empty list is none", { status: 200, body: [] }, []],
    [
      "the text of none is none",
      { status: 200, body: { errorMessage: "No transactions found for it" } },
      [],
    ],
    [
      "the text of none under 404 is none",
      { status: 404, body: { errorMessage: "No transaction found" } },
      [],
    ],
    [
      "a status from the future keeps asking",
      { status: 200, body: [{ statusCode: "NEW" }] },
      [{ statusCode: "UNRECOGNIZED" }],
    ],
    [
      "numbers get their zeros back",
      {
        status: 200,
        body: [
          {
            statusCode: "PENDING",
            systemsTraceAuditNumber: 42,
            retrievalReferenceNumber: 10452025,
          },
        ],
      },
      [
        {
          statusCode: "PENDING",
          systemsTraceAuditNumber: "000042",
          retrievalReferenceNumber: "000010452025",
        },
      ],
    ],
    ["an object is malformed", { status: 200, body: {} }, "ResponseMalformed"],
    [
      "a row that is no object is malformed",
      { status: 200, body: [original, "x"] },
      "ResponseMalformed",
    ],
    ["404 without the text is an error", { status: 404 }, "ResourceNotFound"],
    [
      "400 is an error",
      { status: 400, body: { errorMessage: "API Validation Error: 3001. x" } },
      "MessageValidationFailed",
    ],
    [
      "401 is an error",
      { status: 401, body: { responseStatus: { code: "9123" } } },
      "CredentialsRejected",
    ],
    ["503 is an error", { status: 503 }, "ServiceUnavailable"],
  ]
  for (const [name, reply, expected] of replies) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { outcome } = yield* found(byIdentity, reply)
        const seen =
          outcome._tag === "Success"
            ? outcome.success
            : [outcome.failure.reason._tag, outcome.failure.money].join(" ")
        assert.deepStrictEqual(
          seen,
          typeof expected === "string" ? `${expected} Unknown` : expected,
        )
      }),
    )
  }
})

describe("TransactionQuery.stream", () => {
  const rows = (count: number, from: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...original,
      approvalCode: String(from + i).padStart(6, "0"),
    }))
  const more = { "x-pagination": "true" }

  /** A Visa that has so many events, and gives at most `cap` of them at a time. */
  const visa =
    (total: number, cap = 1_000) =>
    (call: { readonly query: { readonly [name: string]: string } }): TestReply => {
      const offset = Number(call.query["offset"] ?? 1)
      const size = Math.min(cap, Number(call.query["limit"] ?? 10))
      const count = Math.max(0, Math.min(size, total - offset + 1))
      return {
        status: 200,
        body: rows(count, offset),
        ...(offset + count <= total ? { headers: more } : {}),
      }
    }

  const streamed = (query: Query, answer: (call: TestCall) => TestReply) =>
    recorded(Stream.runCollect(TransactionQuery.stream(query)), answer)

  it.effect("follows x-pagination, counting from 1", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* streamed(byIdentity, visa(25))
      assert.deepStrictEqual(
        calls.map(({ query }) => [query["offset"], query["limit"]]),
        [
          [undefined, undefined],
          ["11", "10"],
          ["21", "10"],
        ],
      )
      const codes = (yield* Effect.fromResult(outcome)).map(({ approvalCode }) =>
        Number(approvalCode),
      )
      assert.deepStrictEqual(
        codes,
        Array.from({ length: 25 }, (_, i) => i + 1),
      )
    }),
  )

  it.effect("begins at the offset and keeps the limit and everything else of the query", () =>
    Effect.gen(function* () {
      const query: Query = { ...byIdentity, offset: 5, limit: 4, fields: ["amount"] }
      const { calls, outcome } = yield* streamed(query, visa(10))
      assert.strictEqual((yield* Effect.fromResult(outcome)).length, 6)
      assert.deepStrictEqual(calls[1]?.query, {
        acquiringBIN: "408999",
        stan: "952909",
        rrn: "823410000885",
        fields: "amount",
        limit: "4",
        offset: "9",
      })
    }),
  )

  it.effect("loses nothing when Visa gives fewer events than were asked for", () =>
    Effect.gen(function* () {
      const { outcome } = yield* streamed({ ...byIdentity, limit: 50 }, visa(25, 10))
      assert.strictEqual((yield* Effect.fromResult(outcome)).length, 25)
    }),
  )

  it.effect("ends at a page without events, whatever the header says", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* streamed(byIdentity, () => ({
        status: 200,
        body: [],
        headers: more,
      }))
      assert.strictEqual(calls.length, 1)
      assert.deepStrictEqual([...(yield* Effect.fromResult(outcome))], [])
    }),
  )

  it.effect("asks for no page that nobody takes", () =>
    Effect.gen(function* () {
      const { calls } = yield* recorded(
        Stream.runCollect(Stream.take(TransactionQuery.stream(byIdentity), 3)),
        visa(25),
      )
      assert.strictEqual(calls.length, 1)
    }),
  )

  it.effect("fails with what a later page fails with", () =>
    Effect.gen(function* () {
      const { outcome } = yield* streamed(byIdentity, (call) =>
        call.query["offset"] === undefined ? visa(25)(call) : { status: 503 },
      )
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason._tag, "ServiceUnavailable")
    }),
  )
})
