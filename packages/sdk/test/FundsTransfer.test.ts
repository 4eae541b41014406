import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Ref } from "effect"
import { TestClock } from "effect/testing"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import type { PushRequest } from "../src/api/FundsTransfer.ts"
import { AcquiringBin } from "../src/AcquiringBin.ts"
import { Country } from "../src/Country.ts"
import { Money } from "../src/Money.ts"
import { Pan } from "../src/Pan.ts"
import { Rrn } from "../src/Rrn.ts"
import { Stan } from "../src/Stan.ts"
import * as VisaDirectTest from "../src/VisaDirectTest.ts"
import type { TestCall } from "../src/VisaDirectTest.ts"
import { assertHides } from "./support/renderings.ts"
import { approvedCard, pushRequest, senderCard } from "./support/simulated.ts"

/** The sample values of Visa's documentation, "Approved Push Funds Transaction". */
const documented = Effect.gen(function* () {
  const us = yield* Country.of("US")
  const request: PushRequest = {
    systemsTraceAuditNumber: yield* Stan.make("451018"),
    retrievalReferenceNumber: yield* Rrn.make("412770452025"),
    localTransactionDateTime: "2023-05-05T12:00:00",
    clientTransactionId: "client-transaction-1",
    amount: yield* Money.of("124.05", "USD"),
    acquiringBin: yield* AcquiringBin.make("408999"),
    acquirerCountryCode: us,
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    sourceOfFundsCode: "05",
    senderName: "Mohammed Qasim",
    senderAddress: "901 Metro Center Blvd",
    senderCity: "Foster City",
    senderStateCode: "CA",
    senderCountryCode: yield* Country.of("CA"),
    senderAccountNumber: Redacted.make(senderCard),
    recipientPrimaryAccountNumber: yield* Pan.make(approvedCard),
    recipientName: "rohan",
    cardAcceptor: {
      name: "Visa Inc. USA-Foster City",
      idCode: "CA-IDCode-77765",
      terminalId: "TID-9999",
      address: { country: us, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    pointOfServiceData: { panEntryMode: 90, posConditionCode: "00", motoECIIndicator: 0 },
    settlementServiceIndicator: 9,
  }
  return request
})

/** What Visa's gateway has to read, written from the documentation and not from the encoder. */
const documentedBody = {
  amount: 124.05,
  transactionCurrencyCode: "USD",
  systemsTraceAuditNumber: "451018",
  retrievalReferenceNumber: "412770452025",
  localTransactionDateTime: "2023-05-05T12:00:00",
  acquiringBin: 408999,
  acquirerCountryCode: "840",
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  sourceOfFundsCode: "05",
  senderName: "Mohammed Qasim",
  senderAddress: "901 Metro Center Blvd",
  senderCity: "Foster City",
  senderStateCode: "CA",
  senderCountryCode: "124",
  senderAccountNumber: senderCard,
  recipientPrimaryAccountNumber: approvedCard,
  recipientName: "rohan",
  cardAcceptor: {
    name: "Visa Inc. USA-Foster City",
    idCode: "CA-IDCode-77765",
    terminalId: "TID-9999",
    address: { country: "USA", state: "CA", county: "San Mateo", zipCode: "94404" },
  },
  pointOfServiceData: { panEntryMode: 90, posConditionCode: "00", motoECIIndicator: 0 },
  settlementServiceIndicator: 9,
}

/** Pushes against a recording Visa: what it was sent, and the outcome. */
const recorded = (request: PushRequest, reply = VisaDirectTest.approved) =>
  Effect.gen(function* () {
    const calls = yield* Ref.make<ReadonlyArray<TestCall>>([])
    const outcome = yield* Effect.result(FundsTransfer.push(request)).pipe(
      Effect.provide(
        VisaDirectTest.layerWith((call) =>
          Effect.as(
            Ref.update(calls, (before) => [...before, call]),
            reply(call),
          ),
        ),
      ),
    )
    return { calls: yield* Ref.get(calls), outcome }
  })

describe("FundsTransfer.push", () => {
  it.effect("sends Visa's documented sample as Visa documents it", () =>
    Effect.gen(function* () {
      const { calls } = yield* recorded(yield* documented)
      assert.strictEqual(calls.length, 1)
      const [call] = calls
      assert.strictEqual(call?.method, "POST")
      assert.strictEqual(call?.path, "/visadirect/fundstransfer/v1/pushfundstransactions")
      assert.strictEqual(call?.clientTransactionId, "client-transaction-1")
      // To the byte, but for the order of members, which JSON does not have.
      assert.deepStrictEqual(JSON.parse(JSON.stringify(call?.body)), documentedBody)
      assert.include(JSON.stringify(call?.body), `"amount":124.05,`)
    }),
  )

  const fresh = pushRequest().pipe(Effect.provide(VisaDirectTest.layer))

  // Data rather than prose: each change to a good request, and the field that the refusal names.
  const refusals: ReadonlyArray<
    readonly [name: string, change: (request: PushRequest) => unknown, field: string]
  > = [
    [
      "a field that Visa does not know",
      (r) => ({ ...r, recipientNickname: "ro" }),
      "recipientNickname",
    ],
    [
      "an unknown field deep inside",
      (r) => ({ ...r, cardAcceptor: { ...r.cardAcceptor, nick: "x" } }),
      "cardAcceptor.nick",
    ],
    ["no amount", ({ amount: _, ...r }) => r, "amount"],
    ["an amount as a number", (r) => ({ ...r, amount: 12.5 }), "amount"],
    ["no card acceptor", ({ cardAcceptor: _, ...r }) => r, "cardAcceptor"],
    ["a name that is too long", (r) => ({ ...r, recipientName: "x".repeat(31) }), "recipientName"],
    ["a line break in a name", (r) => ({ ...r, recipientName: "a\nb" }), "recipientName"],
    [
      "a STAN of five digits",
      (r) => ({ ...r, systemsTraceAuditNumber: "12345" }),
      "systemsTraceAuditNumber",
    ],
    [
      "a card number as plain text",
      (r) => ({ ...r, recipientPrimaryAccountNumber: approvedCard }),
      "recipientPrimaryAccountNumber",
    ],
    [
      "no recipient credential",
      ({ recipientPrimaryAccountNumber: _, ...r }) => r,
      "recipientPrimaryAccountNumber",
    ],
    [
      "two recipient credentials",
      (r) => ({ ...r, recipientPaymentCredentialReference: { type: "PAYNAME", value: "v" } }),
      "recipientPrimaryAccountNumber",
    ],
    [
      "neither account nor reference",
      ({ senderAccountNumber: _, ...r }) => r,
      "senderAccountNumber",
    ],
    [
      "a disbursement without reference",
      (r) => ({ ...r, businessApplicationId: "FD" }),
      "senderReference",
    ],
    ["a US sender without state", ({ senderStateCode: _, ...r }) => r, "senderStateCode"],
    ["no source of funds", ({ sourceOfFundsCode: _, ...r }) => r, "sourceOfFundsCode"],
    [
      "a local time with a zone",
      (r) => ({ ...r, localTransactionDateTime: "2023-05-05T12:00:00Z" }),
      "localTransactionDateTime",
    ],
    [
      "an expiry date in the wrong form",
      (r) => ({ ...r, recipientCardExpiryDate: "10/29" }),
      "recipientCardExpiryDate",
    ],
    [
      "a recipient in India without purpose",
      (r) => ({ ...r, recipientCountryCode: "IN" }),
      "purposeOfPayment",
    ],
    [
      "a deferral of an hour",
      (r) => ({
        ...r,
        serviceProcessingType: { requestType: "03", deferredDateTime: "197001010100" },
      }),
      "serviceProcessingType.deferredDateTime",
    ],
    [
      "a US acceptor without zip code",
      (r) => ({
        ...r,
        cardAcceptor: {
          ...r.cardAcceptor,
          address: { ...r.cardAcceptor.address, zipCode: undefined },
        },
      }),
      "cardAcceptor.address.zipCode",
    ],
    [
      "a transaction identifier of 14 digits",
      (r) => ({ ...r, transactionIdentifier: "12345678901234" }),
      "transactionIdentifier",
    ],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending, and names the field`, () =>
      Effect.gen(function* () {
        // What a caller in JavaScript can pass although the type forbids it.
        const request = change(yield* fresh) as PushRequest
        const { calls, outcome } = yield* recorded(request)
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid", error.message)
        assert.strictEqual(error.reason.field, field)
        assert.strictEqual(error.money, "NotMoved")
        assertHides(error, [approvedCard, senderCard])
      }),
    )
  }

  it.effect("accepts a deferral of thirty hours", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-23T10:00:00Z"))
      const { calls } = yield* recorded({
        ...(yield* fresh),
        serviceProcessingType: { requestType: "03", deferredDateTime: "202611241600" },
      })
      assert.strictEqual(calls.length, 1)
    }),
  )

  const replies: ReadonlyArray<
    readonly [
      name: string,
      body: unknown,
      expected: { readonly tag?: string; readonly code?: string },
    ]
  > = [
    ["00 is an approval", { actionCode: "00", transactionIdentifier: 1 }, {}],
    ["11 is an approval", { actionCode: "11", transactionIdentifier: 1 }, {}],
    [
      "94 of an approval is one",
      { actionCode: "94", originalActionCode: "00", transactionIdentifier: 1 },
      {},
    ],
    [
      "94 of a decline is that decline",
      { actionCode: "94", originalActionCode: "51", transactionIdentifier: 1 },
      { tag: "InsufficientFunds", code: "51" },
    ],
    [
      "94 alone is unknown",
      { actionCode: "94", transactionIdentifier: 1 },
      { tag: "DuplicateTransaction", code: "94" },
    ],
    [
      "10 is no approval of a push",
      { actionCode: "10", transactionIdentifier: 1 },
      { tag: "UnexpectedApproval", code: "10" },
    ],
    [
      "a code from the future keeps its code",
      { actionCode: "ZY", transactionIdentifier: 1 },
      { tag: "UnrecognizedCode", code: "ZY" },
    ],
    ["no action code is malformed", { transactionIdentifier: 1 }, { tag: "ResponseMalformed" }],
    [
      "an approval without identifier is malformed",
      { actionCode: "00" },
      { tag: "ResponseMalformed", code: "00" },
    ],
    ["a list is malformed", [], { tag: "ResponseMalformed" }],
  ]
  for (const [name, body, { code, tag }] of replies) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(yield* fresh, () => ({ status: 200, body }))
        if (tag === undefined) {
          const settled = yield* Effect.fromResult(outcome)
          assert.strictEqual(settled.transactionIdentifier, "000000000000001")
        } else {
          const error = yield* Effect.flip(Effect.fromResult(outcome))
          assert.strictEqual(error.reason._tag, tag)
          assert.strictEqual(error.reason.code, code)
        }
      }),
    )
  }

  it.effect("normalises the traps of the encoding", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(yield* fresh, () => ({
        status: 200,
        body: {
          actionCode: "00",
          transactionIdentifier: 403691507989945,
          last4ofPAN: 127,
          networkId: 2,
          retrievalReferenceNumber: 12770452025,
          settlementInfo: { settlementAmount: 12.5, settlementCurrencyCode: 36 },
          somethingNew: { that: "is ignored" },
        },
      }))
      const settled = yield* Effect.fromResult(outcome)
      assert.strictEqual(settled.transactionIdentifier, "403691507989945")
      assert.strictEqual(settled.last4ofPAN, "0127")
      assert.strictEqual(settled.networkId, "2")
      assert.strictEqual(settled.retrievalReferenceNumber, "012770452025")
      assert.deepStrictEqual(settled.settlementInfo, {
        settlementAmount: "12.5",
        settlementCurrencyCode: "036",
      })
    }),
  )

  const accepted: ReadonlyArray<
    readonly [name: string, body: unknown, headers: Record<string, string>]
  > = [
    ["JSON", { statusIdentifier: "1491_186_VDP" }, {}],
    ["bare text, as in older samples", "1491_186_VDP", {}],
    ["a JSON string", `"1491_186_VDP"`, {}],
    [
      "a Link header",
      "",
      { link: "</visadirect/fundstransfer/v1/pushfundstransactions/1491_186_VDP>; rel=self" },
    ],
  ]
  for (const [name, body, headers] of accepted) {
    it.effect(`reads the status id of a 202 from ${name}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* recorded(yield* fresh, () => ({ status: 202, body, headers }))
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "StillProcessing")
        assert.strictEqual(error.reason.statusIdentifier, "1491_186_VDP")
      }),
    )
  }
})

describe("FundsTransfer.pushStatus", () => {
  it.effect("says Unknown about the payment when it fails itself", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(FundsTransfer.pushStatus("1491_186_VDP"))
      assert.strictEqual(error.reason._tag, "RateLimited")
      assert.strictEqual(error.money, "Unknown")
    }).pipe(Effect.provide(VisaDirectTest.layerWith(() => ({ status: 429 })))),
  )

  it.effect("says NotMoved when the answer is a decline", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(FundsTransfer.pushStatus("1491_186_VDP"))
      assert.strictEqual(error.reason._tag, "ExpiredCard")
      assert.strictEqual(error.money, "NotMoved")
    }).pipe(Effect.provide(VisaDirectTest.layerWith(() => VisaDirectTest.declined("54")))),
  )

  it.effect("refuses what cannot be a status id", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(FundsTransfer.pushStatus("../../helloworld"))
      assert.strictEqual(error.reason.field, "statusIdentifier")
    }).pipe(Effect.provide(VisaDirectTest.layer)),
  )
})
