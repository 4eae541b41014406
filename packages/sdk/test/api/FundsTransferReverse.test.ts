import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { PullAnswer, PullRequest, ReverseRequest } from "../../src/api/FundsTransfer.ts"
import { Money } from "../../src/Money.ts"
import type { TestReply } from "../../src/VisaDirectTest.ts"
import { asJson, cavv, documentedPull, recorded } from "../support/cards.ts"
import { assertHides } from "../support/renderings.ts"
import { approvedCard } from "../support/simulated.ts"

const pullReply = {
  actionCode: "00",
  approvalCode: "98765X",
  responseCode: "5",
  transactionIdentifier: 139211034382335,
  transmissionDateTime: "2023-05-05T19:00:01.000Z",
}

const pulledAt = Date.parse("2023-05-05T19:00:01Z")
const hour = 3_600_000

/** A pull of the documented sample, answered so. */
const pulled = (body: object = {}, changes: Partial<PullRequest> = {}) =>
  Effect.gen(function* () {
    const request: PullRequest = { ...(yield* documentedPull), ...changes }
    const { outcome } = yield* recorded(FundsTransfer.pull(request), () => ({
      status: 200,
      body: { ...pullReply, ...body },
    }))
    return { request, answer: yield* Effect.fromResult(outcome) }
  })

const reversal = (body?: object, changes?: Partial<PullRequest>) =>
  Effect.flatMap(pulled(body, changes), ({ answer, request }) =>
    FundsTransfer.reversalOf(request, answer),
  )

/** Sends a reversal half an hour after its pull. */
const reversed = (
  request: ReverseRequest,
  reply: TestReply = { status: 200, body: pullReply },
  at = pulledAt + hour / 2,
) =>
  Effect.andThen(
    TestClock.setTime(at),
    recorded(FundsTransfer.reverse(request), () => reply),
  )

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
  nationalReimbursementFee: 11.22,
  originalDataElements: {
    systemsTraceAuditNumber: "452011",
    approvalCode: "98765X",
    transmissionDateTime: "2023-05-05T19:00:01",
    acquiringBin: 408999,
  },
  senderCardExpiryDate: "2023-10",
  senderPrimaryAccountNumber: approvedCard,
  settlementServiceIndicator: 9,
  transactionIdentifier: 139211034382335,
  visaMerchantIdentifier: "73625198",
}

describe("FundsTransfer.reversalOf", () => {
  it.effect("makes the documented reversal of the documented pull", () =>
    Effect.gen(function* () {
      const { calls } = yield* reversed(yield* reversal())
      assert.strictEqual(calls.length, 1)
      const [call] = calls
      assert.strictEqual(call?.method, "POST")
      assert.strictEqual(call?.path, "/visadirect/fundstransfer/v1/reversefundstransactions")
      assert.isUndefined(call?.clientTransactionId)
      assert.deepStrictEqual(asJson(call?.body), documentedBody)
    }),
  )

  it.effect("takes network and token assurance from the answer, and an id of its own", () =>
    Effect.gen(function* () {
      const { answer, request } = yield* pulled({
        networkId: 16,
        tokenData: { tokenAssuranceMethod: "02" },
      })
      const made = yield* FundsTransfer.reversalOf(request, answer, { clientTransactionId: "r-1" })
      const { calls } = yield* reversed(made)
      assert.strictEqual(calls[0]?.clientTransactionId, "r-1")
      assert.deepStrictEqual(asJson(calls[0]?.body), {
        ...documentedBody,
        networkId: 16,
        tokenData: { tokenAssuranceMethod: "02" },
      })
    }),
  )

  it.effect("gives back what a partial approval debited, without the charges of the whole", () =>
    Effect.gen(function* () {
      const { calls } = yield* reversed(yield* reversal({ actionCode: "10", approvedAmount: 100 }))
      const { surcharge: _, foreignExchangeFeeTransaction: __, ...rest } = documentedBody
      assert.deepStrictEqual(asJson(calls[0]?.body), { ...rest, amount: 100 })
    }),
  )

  it.effect("leaves out of the address what has not the form of a reversal", () =>
    Effect.gen(function* () {
      const { cardAcceptor } = yield* documentedPull
      const address = {
        ...cardAcceptor.address,
        city: "Foster City",
        state: "California",
        county: "San Mateo",
        zipCode: "1234",
      }
      const made = yield* reversal({}, { cardAcceptor: { ...cardAcceptor, address } })
      const { calls } = yield* reversed(made)
      assert.deepStrictEqual(asJson(calls[0]?.body), {
        ...documentedBody,
        cardAcceptor: {
          ...documentedBody.cardAcceptor,
          address: { country: "USA", county: "San Mateo" },
        },
      })
    }),
  )

  const times: ReadonlyArray<readonly [given: string, sent: string]> = [
    ["2023-05-05T19:00:01.000Z", "2023-05-05T19:00:01"],
    ["2023-05-05T19:00:01Z", "2023-05-05T19:00:01"],
    ["2023-05-05T19:00:01", "2023-05-05T19:00:01"],
    ["2023-05-05T19:00:01:000Z", "2023-05-05T19:00:01"],
    ["2023-05-05T21:00:01.000+02:00", "2023-05-05T19:00:01"],
  ]
  for (const [given, sent] of times) {
    it.effect(`sends the transmission time ${given} without fraction and zone`, () =>
      Effect.gen(function* () {
        const made = yield* reversal({ transmissionDateTime: given })
        assert.strictEqual(made.originalDataElements.transmissionDateTime, sent)
      }),
    )
  }

  const incomplete: ReadonlyArray<readonly [member: keyof PullAnswer, value: unknown]> = [
    ["approvalCode", undefined],
    ["transmissionDateTime", undefined],
    ["transmissionDateTime", "yesterday"],
  ]
  for (const [member, value] of incomplete) {
    it.effect(`names ${member} when the answer has ${String(value)} there`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(reversal({ [member]: value }))
        assert.strictEqual(error.reason._tag, "RequestInvalid")
        assert.strictEqual(error.reason.field, `originalDataElements.${member}`)
        assert.include(error.message, "adjustment")
      }),
    )
  }
})

describe("FundsTransfer.reverse", () => {
  it.effect("is sent 24 hours after the pull and not a second later", () =>
    Effect.gen(function* () {
      const request = yield* reversal()
      const last = yield* reversed(request, undefined, pulledAt + 24 * hour)
      assert.strictEqual(last.calls.length, 1)
      const late = yield* reversed(request, undefined, pulledAt + 24 * hour + 1_000)
      assert.deepStrictEqual(late.calls, [])
      const error = yield* Effect.flip(Effect.fromResult(late.outcome))
      assert.strictEqual(error.reason.field, "originalDataElements.transmissionDateTime")
      assert.include(error.message, "Use FundsTransfer.adjustment")
      assert.strictEqual(error.money, "NotMoved")
    }),
  )

  const original = (r: ReverseRequest) => r.originalDataElements
  const refusals: ReadonlyArray<
    readonly [name: string, change: (request: ReverseRequest) => unknown, field: string]
  > = [
    ["nothing", () => null, "request"],
    [
      "a fifth original data element",
      (r) => ({ ...r, originalDataElements: { ...original(r), acquirerCountryCode: "US" } }),
      "originalDataElements.acquirerCountryCode",
    ],
    [
      "three original data elements",
      (r) => ({ ...r, originalDataElements: { ...original(r), approvalCode: undefined } }),
      "originalDataElements.approvalCode",
    ],
    [
      "a transmission time with a zone",
      (r) => ({
        ...r,
        originalDataElements: { ...original(r), transmissionDateTime: "2023-05-05T19:00:01Z" },
      }),
      "originalDataElements.transmissionDateTime",
    ],
    [
      "another STAN than the pull's",
      (r) => ({ ...r, systemsTraceAuditNumber: "452012" }),
      "originalDataElements.systemsTraceAuditNumber",
    ],
    [
      "no transaction identifier",
      ({ transactionIdentifier: _, ...r }) => r,
      "transactionIdentifier",
    ],
    [
      "a city",
      (r) => ({
        ...r,
        cardAcceptor: { ...r.cardAcceptor, address: { ...r.cardAcceptor.address, city: "x" } },
      }),
      "cardAcceptor.address.city",
    ],
    ["a CAVV", (r) => ({ ...r, cavv }), "cavv"],
    ["no card", ({ senderPrimaryAccountNumber: _, ...r }) => r, "senderPrimaryAccountNumber"],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending, and names the field`, () =>
      Effect.gen(function* () {
        const { calls, outcome } = yield* reversed(change(yield* reversal()) as ReverseRequest)
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid", error.message)
        assert.strictEqual(error.reason.field, field)
        assertHides(error, [approvedCard, cavv])
      }),
    )
  }

  interface Expected {
    readonly tag: string
    readonly money?: "NotMoved" | "Moved" | "Unknown"
  }
  const replies: ReadonlyArray<readonly [name: string, body: object, expected: Expected]> = [
    ["00 is a reversal", { actionCode: "00" }, { tag: "Approved" }],
    ["94 of 00 is one", { actionCode: "94", originalActionCode: "00" }, { tag: "Approved" }],
    ["10 is none", { actionCode: "10" }, { tag: "UnexpectedApproval", money: "Unknown" }],
    ["21 comes too late", { actionCode: "21" }, { tag: "ReversalNotPossible", money: "NotMoved" }],
    [
      "25 has no original",
      { actionCode: "25" },
      { tag: "ReversalOriginalNotFound", money: "NotMoved" },
    ],
    ["79 was done before", { actionCode: "79" }, { tag: "AlreadyReversed", money: "Moved" }],
    ["68 is unknown", { actionCode: "68" }, { tag: "ResponseTooLate", money: "Unknown" }],
    ["no action code is unknown", {}, { tag: "ResponseMalformed", money: "Unknown" }],
  ]
  for (const [name, body, expected] of replies) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { outcome } = yield* reversed(yield* reversal(), { status: 200, body })
        const seen: Expected =
          outcome._tag === "Success"
            ? { tag: outcome.success._tag }
            : { tag: outcome.failure.reason._tag, money: outcome.failure.money }
        assert.deepStrictEqual(seen, expected)
      }),
    )
  }

  it.effect("an approval without an identifier still is a reversal", () =>
    Effect.gen(function* () {
      const { outcome } = yield* reversed(yield* reversal(), {
        status: 200,
        body: { actionCode: "00", memberComments: "ok" },
      })
      const done = yield* Effect.fromResult(outcome)
      assert.isUndefined(done.transactionIdentifier)
      assert.strictEqual(done.memberComments, "ok")
      assert.strictEqual(done.exchange.operation, "FundsTransfer.reverse")
    }),
  )
})

describe("FundsTransfer.reverseStatus", () => {
  it.effect("asks by the id of the 202", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(FundsTransfer.reverseStatus("1491_186"), () => ({
        status: 200,
        body: { actionCode: "00" },
      }))
      assert.strictEqual(
        calls[0]?.path,
        "/visadirect/fundstransfer/v1/reversefundstransactions/1491_186",
      )
      assert.strictEqual((yield* Effect.fromResult(outcome))._tag, "Approved")
    }),
  )

  it.effect("says Unknown about the reversal when it fails itself", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(FundsTransfer.reverseStatus("1491_186"), () => ({
        status: 404,
      }))
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason._tag, "ResourceNotFound")
      assert.strictEqual(error.money, "Unknown")
    }),
  )
})

describe("a stored answer", () => {
  it.effect("is enough to reverse in another process", () =>
    Effect.gen(function* () {
      const made = yield* FundsTransfer.reversalOf(yield* documentedPull, {
        _tag: "Approved",
        approvedAmount: yield* Money.of("124.02", "USD"),
        approvalCode: "98765X",
        transactionIdentifier: "139211034382335",
        transmissionDateTime: "2023-05-05T19:00:01.000Z",
      })
      const { calls } = yield* reversed(made)
      assert.deepStrictEqual(asJson(calls[0]?.body), documentedBody)
    }),
  )
})
