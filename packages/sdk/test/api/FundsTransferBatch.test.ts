import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Batch, FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { BatchItem, PullRequest, PushRequest } from "../../src/api/FundsTransfer.ts"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import { Country } from "../../src/Country.ts"
import { Money } from "../../src/Money.ts"
import { Rrn } from "../../src/Rrn.ts"
import { Stan } from "../../src/Stan.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import type { TestReply } from "../../src/VisaDirectTest.ts"
import { VisaError } from "../../src/VisaError.ts"
import { asJson, documentedPull, recorded } from "../support/cards.ts"
import { assertHides } from "../support/renderings.ts"
import { approvedCard, pushRequest, senderCard } from "../support/simulated.ts"

/** Three pushes with the STANs of Visa's sample, and times of their own. */
const pushes = Effect.gen(function* () {
  const push = yield* pushRequest()
  return yield* Effect.forEach(["101011", "101012", "101013"], (stan, index) =>
    Effect.gen(function* () {
      const request: PushRequest = {
        ...push,
        systemsTraceAuditNumber: yield* Stan.make(stan),
        retrievalReferenceNumber: yield* Rrn.make(`401010${stan}`),
        localTransactionDateTime: `2016-11-17T18:24:2${index}`,
      }
      return request
    }),
  )
}).pipe(Effect.provide(VisaDirectTest.layer))

const accepted: TestReply = { status: 202, body: { statusIdentifier: "1491_186_VDP" } }

const multiPushed = (
  request: ReadonlyArray<PushRequest>,
  reply: TestReply = accepted,
  clientTransactionId?: string,
) =>
  recorded(
    FundsTransfer.multiPush({
      request,
      ...(clientTransactionId === undefined ? {} : { clientTransactionId }),
    }),
    () => reply,
  )

/** A push of the batch as Visa reads it, less the envelope. */
const documentedItem = (stan: string, second: number) => ({
  amount: 124.05,
  transactionCurrencyCode: "USD",
  systemsTraceAuditNumber: stan,
  retrievalReferenceNumber: `401010${stan}`,
  localTransactionDateTime: `2016-11-17T18:24:2${second}`,
  cardAcceptor: {
    name: "Visa Inc. USA-Foster City",
    idCode: "CA-IDCode-77765",
    terminalId: "TID-9999",
    address: { country: "USA", state: "CA", county: "San Mateo", zipCode: "94404" },
  },
  recipientPrimaryAccountNumber: approvedCard,
  recipientName: "rohan",
  senderAccountNumber: senderCard,
  senderName: "Mohammed Qasim",
  senderAddress: "901 Metro Center Blvd",
  senderCity: "Foster City",
  senderStateCode: "CA",
  senderCountryCode: "840",
  sourceOfFundsCode: "05",
})

describe("FundsTransfer.multiPush", () => {
  it.effect("hoists what the pushes share into the envelope, and keeps each one's own time", () =>
    Effect.gen(function* () {
      const { calls } = yield* multiPushed(yield* pushes, accepted, "batch-1")
      assert.strictEqual(calls.length, 1)
      const [call] = calls
      assert.strictEqual(call?.method, "POST")
      assert.strictEqual(call?.path, "/visadirect/fundstransfer/v1/multipushfundstransactions")
      assert.strictEqual(call?.clientTransactionId, "batch-1")
      assert.deepStrictEqual(asJson(call?.body), {
        acquirerCountryCode: "840",
        acquiringBin: 408999,
        businessApplicationId: "AA",
        merchantCategoryCode: 6012,
        localTransactionDateTime: "2016-11-17T18:24:20",
        request: [
          documentedItem("101011", 0),
          documentedItem("101012", 1),
          documentedItem("101013", 2),
        ],
      })
    }),
  )

  it.effect("answers with a batch that can be stored and holds no card number", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000)
      const { outcome } = yield* multiPushed(yield* pushes)
      const { exchange, ...batch } = yield* Effect.fromResult(outcome)
      assert.strictEqual(exchange.httpStatus, 202)
      const stored = JSON.stringify(Schema.encodeSync(Batch)(batch))
      assert.notInclude(stored, approvedCard)
      assert.notInclude(stored, senderCard)
      const read = Schema.decodeUnknownSync(Batch)(JSON.parse(stored))
      assert.deepStrictEqual(read, {
        kind: "push",
        statusIdentifier: "1491_186_VDP",
        acceptedAt: 1_000,
        acquiringBin: "408999",
        items: ["101011", "101012", "101013"].map((stan) => ({
          systemsTraceAuditNumber: stan,
          retrievalReferenceNumber: `401010${stan}`,
          cardAcceptorId: "CA-IDCode-77765",
          amount: Effect.runSync(Money.of("124.05", "USD")),
          deferred: false,
        })),
      })
    }),
  )

  const ids: ReadonlyArray<readonly [name: string, reply: TestReply]> = [
    ["bare text", { status: 202, body: "1491_186_VDP" }],
    ["a Link header", { status: 202, headers: { link: "</x/1491_186_VDP>; rel=self" } }],
    ["a 200", { status: 200, body: { statusIdentifier: "1491_186_VDP" } }],
  ]
  for (const [name, reply] of ids) {
    it.effect(`reads the id from ${name}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* multiPushed(yield* pushes, reply)
        assert.strictEqual((yield* Effect.fromResult(outcome)).statusIdentifier, "1491_186_VDP")
      }),
    )
  }

  const failures: ReadonlyArray<
    readonly [name: string, reply: TestReply, tag: string, money: string]
  > = [
    ["a 202 without an id", { status: 202 }, "StillProcessing", "Unknown"],
    ["a 200 without an id", { status: 200, body: {} }, "ResponseMalformed", "Unknown"],
    ["a 303", { status: 303, body: "1491" }, "DuplicateInFlight", "Unknown"],
    ["a 500", { status: 500 }, "ServerError", "Unknown"],
    [
      "a 400",
      { status: 400, body: { errorMessage: "API Validation Error: 3001." } },
      "MessageValidationFailed",
      "NotMoved",
    ],
  ]
  for (const [name, reply, tag, money] of failures) {
    it.effect(`${name} is no accepted batch`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* multiPushed(yield* pushes, reply)
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.money, money)
      }),
    )
  }

  const without = (request: PushRequest | undefined, field: keyof PushRequest) =>
    Object.fromEntries(Object.entries(request ?? {}).filter(([name]) => name !== field))

  const refusals: ReadonlyArray<
    readonly [
      name: string,
      change: (requests: ReadonlyArray<PushRequest>) => unknown,
      field: string,
    ]
  > = [
    ["no list", () => "x", "request"],
    ["an empty list", () => [], "request"],
    ["an item that is none", (r) => [...r, undefined], "request[3]"],
    [
      "a STAN twice",
      ([a, b, c]) => [a, b, { ...c, systemsTraceAuditNumber: "101011" }],
      "request[2].systemsTraceAuditNumber",
    ],
    [
      "two acquiring BINs",
      ([a, b]) => [a, { ...b, acquiringBin: "408998" }],
      "request[1].acquiringBin",
    ],
    [
      "two merchant categories",
      ([a, b]) => [a, { ...b, merchantCategoryCode: 4829 }],
      "request[1].merchantCategoryCode",
    ],
    [
      "a merchant category in one only",
      ([a, b]) => [a, without(b, "merchantCategoryCode")],
      "request[1].merchantCategoryCode",
    ],
    ["an unknown field in one", ([a, b]) => [a, { ...b, nick: "x" }], "request[1].nick"],
    [
      "a broken rule in one",
      ([a, b]) => [a, without(b, "senderStateCode")],
      "request[1].senderStateCode",
    ],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending, and says which request it is`, () =>
      Effect.gen(function* () {
        const { calls, outcome } = yield* multiPushed(change(yield* pushes) as never)
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid", error.message)
        assert.strictEqual(error.reason.field, field)
        assert.strictEqual(error.money, "NotMoved")
        assertHides(error, [approvedCard, senderCard])
      }),
    )
  }

  it.effect("refuses what is no batch at all", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(FundsTransfer.multiPush(undefined as never))
      assert.strictEqual(error.reason.field, "batch")
    }).pipe(Effect.provide(VisaDirectTest.layer)),
  )

  it.effect("remembers which pushes Visa is to hold", () =>
    Effect.gen(function* () {
      const [first, second] = yield* pushes
      assert.isDefined(first)
      assert.isDefined(second)
      const held: PushRequest = { ...second, serviceProcessingType: { requestType: "02" } }
      const { outcome } = yield* multiPushed([first, held])
      const { items } = yield* Effect.fromResult(outcome)
      assert.deepStrictEqual(
        items.map(({ deferred }) => deferred),
        [false, true],
      )
    }),
  )

  it.effect("leaves the merchant category out where no push has one", () =>
    Effect.gen(function* () {
      const { calls } = yield* multiPushed(
        (yield* pushes).map(({ merchantCategoryCode: _, ...push }) => push),
      )
      const body = asJson(calls[0]?.body)
      assert.isFalse(Object.hasOwn(body as object, "merchantCategoryCode"))
    }),
  )
})

const item = (stan: string, amount = "124.05") => ({
  systemsTraceAuditNumber: stan,
  retrievalReferenceNumber: `401010${stan}`,
  cardAcceptorId: "CA-IDCode-77765",
  amount: Effect.runSync(Money.of(amount, "USD")),
  deferred: false,
})

const stored = (kind: Batch["kind"], ...stans: ReadonlyArray<string>): Batch => ({
  kind,
  statusIdentifier: "1491_186_VDP",
  acceptedAt: 0,
  acquiringBin: "408999",
  items: stans.map((stan) => item(stan)),
})

const row = (stan: unknown, detail: object | undefined, name = "octResponseDetail") => ({
  systemsTraceAuditNumber: stan,
  [name]: detail,
})

const approval = {
  actionCode: "00",
  approvalCode: "50708Z",
  responseCode: "5",
  transactionIdentifier: 234234322342343,
  transmissionDateTime: "2016-01-07T06:02:54.000Z",
}

/** The envelope of Visa's sample. */
const result = (...response: ReadonlyArray<unknown>): TestReply => ({
  status: 200,
  body: {
    acquiringBin: 408999,
    acquirerCountryCode: 608,
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    localTransactionDateTime: "2016-01-06T21:32:52.000",
    response,
  },
})

const gist = <A extends { readonly _tag: string }>({ outcome, ...ids }: BatchItem<A>): string => {
  const said = outcome._tag === "VisaError" ? reasonOf(outcome) : outcome._tag
  return `${ids.systemsTraceAuditNumber} ${said}`
}

const reasonOf = (error: unknown): string =>
  VisaError.is(error) ? `${error.reason._tag} ${error.money}` : "not an error"

describe("FundsTransfer.multiPushStatus", () => {
  const asked = (batch: Batch, reply: TestReply) =>
    recorded(FundsTransfer.multiPushStatus(batch), () => reply)

  it.effect("asks by the batch's id and matches the rows by STAN, not by position", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* asked(
        stored("push", "000011", "101012", "101013", "101014"),
        result(
          row("101013", { ...approval, actionCode: "57" }),
          // A JSON number has lost the zeros.
          row(11, approval),
          row(101012, { ...approval, actionCode: "68" }),
          row("999999", approval),
          row(undefined, approval),
        ),
      )
      assert.strictEqual(calls[0]?.method, "GET")
      assert.strictEqual(
        calls[0]?.path,
        "/visadirect/fundstransfer/v1/multipushfundstransactions/1491_186_VDP",
      )
      const found = yield* Effect.fromResult(outcome)
      assert.deepStrictEqual(found.items.map(gist), [
        "000011 Approved",
        "101012 ResponseTooLate Unknown",
        "101013 NotPermittedToCardholder NotMoved",
        "101014 NotAnswered",
      ])
      assert.strictEqual(found.unmatched, 2)
      assert.strictEqual(found.items[0]?.retrievalReferenceNumber, "401010000011")
    }),
  )

  const doubles: ReadonlyArray<
    readonly [name: string, rows: ReadonlyArray<object | undefined>, said: string]
  > = [
    ["two equal rows are one answer", [approval, approval], "Approved"],
    [
      "a repeat of the approval agrees with it",
      [approval, { ...approval, actionCode: "94", originalActionCode: "00" }],
      "Approved",
    ],
    [
      "an approval and a decline contradict each other",
      [approval, { ...approval, actionCode: "05" }],
      "ResponseMalformed Unknown",
    ],
    [
      "approvals with two identifiers contradict each other",
      [approval, { ...approval, transactionIdentifier: 1 }],
      "ResponseMalformed Unknown",
    ],
    [
      "two different declines contradict each other",
      [{ actionCode: "05" }, { actionCode: "51" }],
      "ResponseMalformed Unknown",
    ],
    ["a row without an answer does not count", [{}, approval], "Approved"],
    ["a row without a detail is no answer", [undefined], "NotAnswered"],
    ["a detail without an action code is no answer", [{ statusIdentifier: "1" }], "NotAnswered"],
    [
      "an approval without an identifier is unknown",
      [{ actionCode: "00" }],
      "ResponseMalformed Unknown",
    ],
    ["a code from the future is unknown", [{ actionCode: "ZY" }], "UnrecognizedCode Unknown"],
  ]
  for (const [name, details, said] of doubles) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const rows = details.map((detail) => row("101011", detail))
        const { outcome } = yield* asked(stored("push", "101011"), result(...rows))
        const found = yield* Effect.fromResult(outcome)
        assert.deepStrictEqual(found.items.map(gist), [`101011 ${said}`])
      }),
    )
  }

  it.effect("does not take a push that is held for one that is paid", () =>
    Effect.gen(function* () {
      const batch = stored("push", "101011", "101012")
      const items = batch.items.map((one, index) => ({ ...one, deferred: index === 1 }))
      const { outcome } = yield* asked(
        { ...batch, items },
        result(row("101011", approval), row("101012", approval)),
      )
      const found = yield* Effect.fromResult(outcome)
      assert.deepStrictEqual(
        found.items.map(({ outcome: said }) => "deferred" in said && said.deferred),
        [false, true],
      )
    }),
  )

  it.effect("fails while Visa works on the batch, and when the reply has no list", () =>
    Effect.gen(function* () {
      const waiting = yield* asked(stored("push", "101011"), { status: 202, body: "1491" })
      const error = yield* Effect.flip(Effect.fromResult(waiting.outcome))
      assert.strictEqual(error.reason._tag, "StillProcessing")
      assert.strictEqual(error.retry, "Later")
      const odd = yield* asked(stored("push", "101011"), { status: 200, body: { response: "x" } })
      const malformed = yield* Effect.flip(Effect.fromResult(odd.outcome))
      assert.strictEqual(malformed.reason._tag, "ResponseMalformed")
      assert.strictEqual(malformed.money, "Unknown")
    }),
  )

  it.effect("refuses a batch of another kind", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* asked(stored("pull", "101011"), result())
      assert.deepStrictEqual(calls, [])
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason.field, "kind")
    }),
  )
})

describe("FundsTransfer.multiPull", () => {
  it.effect("hoists the envelope out of pulls too", () =>
    Effect.gen(function* () {
      const pull: PullRequest = yield* documentedPull
      const second = {
        ...pull,
        systemsTraceAuditNumber: yield* Stan.make("452012"),
        retrievalReferenceNumber: yield* Rrn.make("330000560022"),
      }
      const { calls, outcome } = yield* recorded(
        FundsTransfer.multiPull({ request: [pull, second] }),
        () => accepted,
      )
      assert.strictEqual(calls[0]?.path, "/visadirect/fundstransfer/v1/multipullfundstransactions")
      // The id of an item is not that of the batch.
      assert.isUndefined(calls[0]?.clientTransactionId)
      const body = asJson(calls[0]?.body) as { readonly request: ReadonlyArray<object> }
      assert.sameMembers(Object.keys(body), [
        "acquirerCountryCode",
        "acquiringBin",
        "businessApplicationId",
        "merchantCategoryCode",
        "localTransactionDateTime",
        "request",
      ])
      assert.strictEqual(body.request.length, 2)
      assert.deepInclude(body.request[1], {
        systemsTraceAuditNumber: "452012",
        amount: 124.02,
        localTransactionDateTime: "2023-05-05T12:00:00",
      })
      assert.notProperty(body.request[1], "acquiringBin")
      assert.strictEqual((yield* Effect.fromResult(outcome)).kind, "pull")
    }),
  )

  it.effect("says for each pull what was debited", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(
        FundsTransfer.multiPullStatus(stored("pull", "111111", "222222", "333333")),
        () =>
          result(
            row(111111, approval, "aftResponseDetail"),
            row(222222, { ...approval, actionCode: "10", approvedAmount: 20 }, "aftResponseDetail"),
            // The member of a push is not that of a pull.
            row(333333, approval, "octResponseDetail"),
          ),
      )
      const { items } = yield* Effect.fromResult(outcome)
      assert.deepStrictEqual(
        items.map(({ outcome: said }) =>
          "approvedAmount" in said ? `${said._tag} ${String(said.approvedAmount)}` : said._tag,
        ),
        ["Approved 124.05 USD", "PartiallyApproved 20.00 USD", "NotAnswered"],
      )
    }),
  )
})

describe("FundsTransfer.multiReverse", () => {
  const reversal = Effect.gen(function* () {
    return yield* FundsTransfer.reversalOf(yield* documentedPull, {
      _tag: "Approved",
      approvedAmount: yield* Money.of("124.02", "USD"),
      approvalCode: "1ABCDE",
      transactionIdentifier: "139211034382335",
      transmissionDateTime: "1970-01-01T00:00:00.000Z",
    })
  })

  it.effect("sends each reversal with its original data elements", () =>
    Effect.gen(function* () {
      const { calls } = yield* recorded(
        FundsTransfer.multiReverse({ request: [yield* reversal] }),
        () => accepted,
      )
      assert.strictEqual(
        calls[0]?.path,
        "/visadirect/fundstransfer/v1/multireversefundstransactions",
      )
      const body = asJson(calls[0]?.body) as { readonly request: ReadonlyArray<object> }
      assert.deepInclude(body.request[0], {
        originalDataElements: {
          systemsTraceAuditNumber: "452011",
          approvalCode: "1ABCDE",
          transmissionDateTime: "1970-01-01T00:00:00",
          acquiringBin: 408999,
        },
      })
    }),
  )

  it.effect("refuses one whose 24 hours are over", () =>
    Effect.gen(function* () {
      const request = [yield* reversal]
      yield* TestClock.adjust("25 hours")
      const { calls, outcome } = yield* recorded(
        FundsTransfer.multiReverse({ request }),
        () => accepted,
      )
      assert.deepStrictEqual(calls, [])
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason.field, "request[0].originalDataElements.transmissionDateTime")
    }),
  )

  it.effect("says for each reversal what became of it", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(
        FundsTransfer.multiReverseStatus(stored("reverse", "111111", "222222")),
        () =>
          result(
            row(222222, { actionCode: "79" }, "aftrResponseDetail"),
            row(111111, approval, "aftrResponseDetail"),
          ),
      )
      assert.strictEqual(
        calls[0]?.path,
        "/visadirect/fundstransfer/v1/multireversefundstransactions/1491_186_VDP",
      )
      const { items } = yield* Effect.fromResult(outcome)
      assert.deepStrictEqual(items.map(gist), ["111111 Approved", "222222 AlreadyReversed Moved"])
    }),
  )
})

describe("a batch over countries", () => {
  it.effect("must have one acquirer country", () =>
    Effect.gen(function* () {
      const [first, second] = yield* pushes
      assert.isDefined(first)
      assert.isDefined(second)
      const other: PushRequest = {
        ...second,
        acquirerCountryCode: yield* Country.of("GB"),
        acquiringBin: yield* AcquiringBin.make("408999"),
      }
      const { outcome } = yield* multiPushed([first, other])
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason.field, "request[1].acquirerCountryCode")
    }),
  )
})
