import { assert, describe, it } from "@effect/vitest"
import { Effect, Ref, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Reports } from "../../src/api/Reports.ts"
import type { ReportPageRequest, ReportRange, ReportRow } from "../../src/api/Reports.ts"
import type { TestCall, TestReply } from "../../src/Transport.ts"
import { recorded } from "../support/recordedCalls.ts"

const noon = TestClock.setTime(Date.parse("2026-11-23T12:00:00Z"))

/** Rows that tell their window, page and place. */
const rowsOf = ({ query }: TestCall, count: number): ReadonlyArray<ReportRow> =>
  Array.from({ length: count }, (_, index) => ({
    id: `${query["fromDate"]}/${query["offset"]}/${index}`,
  }))

/** A Visa with so many rows in each window. */
const withRows =
  (rows: number) =>
  (call: TestCall): TestReply => {
    const limit = Number(call.query["limit"])
    const before = (Number(call.query["offset"]) - 1) * limit
    return { status: 200, body: rowsOf(call, Math.max(0, Math.min(limit, rows - before))) }
  }

const reading = (range: ReportRange, reply: (call: TestCall) => TestReply) =>
  Effect.andThen(
    noon,
    recorded(Stream.runCollect(Reports.transactions(range)), Reports.layer, reply),
  )

const paging = (request: ReportPageRequest, reply: TestReply = { status: 200, body: [] }) =>
  Effect.andThen(
    noon,
    recorded(Reports.page(request), Reports.layer, () => reply),
  )

const asked = (calls: ReadonlyArray<TestCall>) =>
  calls.map(({ query }) => `${query["fromDate"]}-${query["toDate"]} page ${query["offset"]}`)

describe("Reports.page", () => {
  it.effect("asks with the dates and names of Visa's samples", () =>
    Effect.gen(function* () {
      const { calls } = yield* paging({
        fromDate: "2026-10-31",
        toDate: "2026-11-03",
        limit: 50,
        page: 2,
        fields: ["networkId", "cardType"],
      })
      assert.strictEqual(calls.length, 1)
      assert.strictEqual(calls[0]?.method, "GET")
      assert.strictEqual(calls[0]?.path, "/visadirect/reports/v1/transactiondata")
      assert.isUndefined(calls[0]?.body)
      assert.deepStrictEqual(calls[0]?.query, {
        fromDate: "31102026",
        toDate: "03112026",
        limit: "50",
        offset: "2",
        fields: "networkId,cardType",
      })
    }),
  )

  it.effect("asks for the first page of a hundred rows by default", () =>
    Effect.gen(function* () {
      const { calls } = yield* paging({ fromDate: "2026-11-23", toDate: "2026-11-23" })
      assert.deepStrictEqual(calls[0]?.query, {
        fromDate: "23112026",
        toDate: "23112026",
        limit: "100",
        offset: "1",
      })
    }),
  )

  it.effect("answers the rows as Visa sent them", () =>
    Effect.gen(function* () {
      const row = { amount: 12.5, acquiringBin: 408999, nested: { any: [1, null] } }
      const { outcome } = yield* paging(
        { fromDate: "2026-11-23", toDate: "2026-11-23" },
        { status: 200, body: [row] },
      )
      assert.deepStrictEqual(yield* Effect.fromResult(outcome), [row])
    }),
  )

  const none: ReadonlyArray<readonly [name: string, reply: TestReply]> = [
    ["a list without elements", { status: 200, body: [] }],
    ["204", { status: 204 }],
    ["a text in 200", { status: 200, body: { errorMessage: "No transactions found" } }],
    ["a text in 404", { status: 404, body: { errorMessage: "No records were found." } }],
  ]
  for (const [name, reply] of none) {
    it.effect(`reads ${name} as no rows`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* paging({ fromDate: "2026-11-23", toDate: "2026-11-23" }, reply)
        assert.deepStrictEqual(yield* Effect.fromResult(outcome), [])
      }),
    )
  }

  const failures: ReadonlyArray<readonly [status: number, body: unknown, tag: string]> = [
    [200, { rows: [] }, "ResponseMalformed"],
    [200, [{ id: 1 }, "row"], "ResponseMalformed"],
    [200, "<html>", "ResponseNotJson"],
    [400, { errorMessage: "API Validation Error: 3001. Bad date" }, "MessageValidationFailed"],
    [404, { errorMessage: "Not found" }, "ResourceNotFound"],
    [404, undefined, "ResourceNotFound"],
    [403, { responseStatus: { code: "9611", message: "Authorization failed" } }, "NotInProject"],
    [503, undefined, "ServiceUnavailable"],
  ]
  for (const [status, body, tag] of failures) {
    it.effect(`${status} ${JSON.stringify(body)} is ${tag}`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* paging(
          { fromDate: "2026-11-23", toDate: "2026-11-23" },
          { status, body },
        )
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.money, "NotMoved")
        assert.notStrictEqual(error.retry, "Reconcile")
      }),
    )
  }

  const refusals: ReadonlyArray<readonly [name: string, request: unknown, field: string]> = [
    ["nothing at all", null, ""],
    ["no end", { fromDate: "2026-11-20" }, "toDate"],
    ["Visa's form of a date", { fromDate: "20112026", toDate: "2026-11-20" }, "fromDate"],
    ["a day that no month has", { fromDate: "2026-11-20", toDate: "2026-11-31" }, "toDate"],
    ["a leap day of another year", { fromDate: "2026-02-29", toDate: "2026-11-20" }, "fromDate"],
    ["an end before the start", { fromDate: "2026-11-20", toDate: "2026-11-19" }, "toDate"],
    ["tomorrow", { fromDate: "2026-11-20", toDate: "2026-11-24" }, "toDate"],
    ["121 days ago", { fromDate: "2026-07-25", toDate: "2026-07-26" }, "fromDate"],
    ["six days", { fromDate: "2026-11-15", toDate: "2026-11-20" }, "toDate"],
    ["page 0", { fromDate: "2026-11-20", toDate: "2026-11-20", page: 0 }, "page"],
    ["101 rows", { fromDate: "2026-11-20", toDate: "2026-11-20", limit: 101 }, "limit"],
    [
      "a field that is two",
      { fromDate: "2026-11-20", toDate: "2026-11-20", fields: ["a,b"] },
      "fields.0",
    ],
    ["an unknown field", { fromDate: "2026-11-20", toDate: "2026-11-20", offset: 1 }, "offset"],
  ]
  for (const [name, request, field] of refusals) {
    it.effect(`refuses ${name} before asking`, () =>
      Effect.gen(function* () {
        // What a caller in JavaScript can pass although the type forbids it.
        const { calls, outcome } = yield* paging(request as ReportPageRequest)
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid")
        assert.strictEqual(error.reason.field ?? "", field)
      }),
    )
  }

  for (const [name, request] of [
    ["five days", { fromDate: "2026-11-19", toDate: "2026-11-23" }],
    ["120 days ago", { fromDate: "2026-07-26", toDate: "2026-07-26" }],
  ] as const) {
    it.effect(`asks for ${name}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* paging(request)).calls.length, 1)
      }),
    )
  }
})

describe("Reports.transactions", () => {
  it.effect("splits a range into windows of five days that neither overlap nor leave a gap", () =>
    Effect.gen(function* () {
      const { calls } = yield* reading(
        { fromDate: "2026-10-27", toDate: "2026-11-07" },
        withRows(1),
      )
      assert.deepStrictEqual(asked(calls), [
        "27102026-31102026 page 1",
        "01112026-05112026 page 1",
        "06112026-07112026 page 1",
      ])
    }),
  )

  it.effect("needs one call for five days and two for six", () =>
    Effect.gen(function* () {
      const five = yield* reading({ fromDate: "2026-11-01", toDate: "2026-11-05" }, withRows(1))
      const six = yield* reading({ fromDate: "2026-11-01", toDate: "2026-11-06" }, withRows(1))
      assert.strictEqual(five.calls.length, 1)
      assert.strictEqual(six.calls.length, 2)
    }),
  )

  it.effect("reads all 120 days that Visa keeps", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* reading(
        { fromDate: "2026-07-26", toDate: "2026-11-23" },
        withRows(2),
      )
      // 121 days, today included.
      assert.strictEqual(calls.length, 25)
      assert.strictEqual((yield* Effect.fromResult(outcome)).length, 50)
    }),
  )

  it.effect("pages through each window until a page is not full, in order", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* reading(
        { fromDate: "2026-11-01", toDate: "2026-11-06", limit: 3 },
        withRows(7),
      )
      assert.deepStrictEqual(asked(calls), [
        "01112026-05112026 page 1",
        "01112026-05112026 page 2",
        "01112026-05112026 page 3",
        "06112026-06112026 page 1",
        "06112026-06112026 page 2",
        "06112026-06112026 page 3",
      ])
      const rows = yield* Effect.fromResult(outcome)
      assert.strictEqual(rows.length, 14)
      assert.strictEqual(new Set(rows.map(({ id }) => id)).size, 14)
      assert.strictEqual(rows[6]?.["id"], "01112026/3/0")
      assert.strictEqual(rows[7]?.["id"], "06112026/1/0")
    }),
  )

  it.effect("asks once more when the last page is full", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* reading(
        { fromDate: "2026-11-01", toDate: "2026-11-01", limit: 3 },
        withRows(3),
      )
      assert.strictEqual(calls.length, 2)
      assert.strictEqual((yield* Effect.fromResult(outcome)).length, 3)
    }),
  )

  it.effect("asks for no more than is consumed", () =>
    Effect.gen(function* () {
      yield* noon
      const { calls } = yield* recorded(
        Stream.runCollect(
          Stream.take(Reports.transactions({ fromDate: "2026-10-01", toDate: "2026-11-20" }), 1),
        ),
        Reports.layer,
        withRows(500),
      )
      assert.strictEqual(calls.length, 1)
    }),
  )

  it.effect("ends with an error when Visa sends the same page again, and not never", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* reading(
        { fromDate: "2026-11-01", toDate: "2026-11-01", limit: 2 },
        () => ({ status: 200, body: [{ id: 1 }, { id: 2 }] }),
      )
      assert.strictEqual(calls.length, 2)
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason._tag, "ResponseMalformed")
      assert.strictEqual(error.reason.field, "offset")
      assert.strictEqual(error.context.operation, "Reports.page")
    }),
  )

  it.effect("gives the rows before a failure, then the failure", () =>
    Effect.gen(function* () {
      yield* noon
      const seen = yield* Ref.make<ReadonlyArray<ReportRow>>([])
      const { outcome } = yield* recorded(
        Stream.runForEach(
          Reports.transactions({ fromDate: "2026-11-01", toDate: "2026-11-10" }),
          (row) => Ref.update(seen, (rows) => [...rows, row]),
        ),
        Reports.layer,
        (call) => (call.query["fromDate"] === "01112026" ? withRows(2)(call) : { status: 503 }),
      )
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason._tag, "ServiceUnavailable")
      assert.strictEqual((yield* Ref.get(seen)).length, 2)
    }),
  )

  const refusals: ReadonlyArray<readonly [name: string, range: unknown, field: string]> = [
    ["nothing at all", null, ""],
    ["an end before the start", { fromDate: "2026-11-20", toDate: "2026-11-01" }, "toDate"],
    ["tomorrow", { fromDate: "2026-11-01", toDate: "2026-11-24" }, "toDate"],
    ["older days", { fromDate: "2026-07-25", toDate: "2026-11-20" }, "fromDate"],
    ["a day that no month has", { fromDate: "2026-10-32", toDate: "2026-11-20" }, "fromDate"],
    ["a page of its own", { fromDate: "2026-11-01", toDate: "2026-11-20", page: 2 }, "page"],
  ]
  for (const [name, range, field] of refusals) {
    it.effect(`refuses ${name} before asking anything`, () =>
      Effect.gen(function* () {
        // What a caller in JavaScript can pass although the type forbids it.
        const { calls, outcome } = yield* reading(range as ReportRange, withRows(1))
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid")
        assert.strictEqual(error.reason.field ?? "", field)
        assert.strictEqual(error.context.operation, "Reports.transactions")
      }),
    )
  }
})
