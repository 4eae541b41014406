import { assert, describe, layer } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import {
  type Body,
  get,
  isSealed,
  newStan,
  opened,
  post,
  pushPath,
  queryPath,
  samplePush,
  type Target,
} from "./support/client.ts"
import { adjust, pull, reverse } from "./support/transfers.ts"

const rrn = "412770452025"

const query = Effect.fnUntraced(function* (
  target: Target,
  parameters: Readonly<Record<string, string | number>>,
) {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) search.set(name, String(value))
  const answer = yield* get(target, `${queryPath}?${search}`)
  assert.isTrue(isSealed(answer))
  const body: unknown = opened(target, answer)
  return {
    status: answer.status,
    more: answer.headers["x-pagination"],
    rows: Array.isArray(body) ? (body as ReadonlyArray<Body>) : undefined,
    message: Array.isArray(body) ? undefined : (body as Body).errorMessage,
  }
})

const push = (target: Target, overrides: Readonly<Record<string, unknown>> = {}) =>
  Effect.map(post(target, pushPath, samplePush(overrides)), (answer) => opened(target, answer))

const by = (stan: string) => ({ acquiringBIN: 408999, stan, rrn })

layer(Pki.layer())("the transaction query", (it) => {
  it.effect("answers an array with the default fields, in their types", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* TestClock.setTime(Date.UTC(2026, 10, 3, 14, 5, 9))
      const stan = newStan()
      const answer = yield* push(simulator, { systemsTraceAuditNumber: stan })
      const { rows, status } = yield* query(simulator, by(stan))
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(rows, [
        {
          statusCode: "COMPLETED",
          acquiringBin: 408999,
          actionCode: "00",
          approvalCode: answer.approvalCode,
          responseCode: "5",
          transactionIdentifier: String(answer.transactionIdentifier),
          transactionType: "CRED VOUCHER",
          retrievalReferenceNumber: rrn,
          systemsTraceAuditNumber: stan,
          transactionDate: "03-11-2026",
          transactionTime: "14:05:09",
        },
      ])
    }),
  )

  it.effect("finds a payment and its duplicate, by identity and by identifier", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const stan = newStan()
      const first = yield* push(simulator, { systemsTraceAuditNumber: stan })
      yield* push(simulator, { systemsTraceAuditNumber: stan })
      const identifier = String(first.transactionIdentifier)
      const results = yield* Effect.forEach(
        [by(stan), { acquiringBIN: 408999, transactionIdentifier: identifier }],
        (parameters) => query(simulator, { ...parameters, fields: "originalActionCode,amount" }),
      )
      for (const { rows } of results) {
        assert.deepStrictEqual(
          rows?.map((row) => [row.actionCode, row.originalActionCode, row.amount]),
          [
            ["00", undefined, "124.05"],
            ["94", "00", "124.05"],
          ],
        )
      }
    }),
  )

  it.effect("tells the truth where the answer did not", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const stan = newStan()
      yield* simulator.script({ answer: { actionCode: "96", settledAs: "00" } })
      assert.strictEqual(
        (yield* push(simulator, { systemsTraceAuditNumber: stan })).actionCode,
        "96",
      )
      const { rows } = yield* query(simulator, by(stan))
      assert.strictEqual(rows?.[0]?.actionCode, "00")
    }),
  )

  it.effect.each([undefined, 200, 400, 404] as const)(
    "answers an object when it finds nothing; the status is configured: %s",
    (notFoundStatus) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make({ query: { notFoundStatus } })
        const { message, status } = yield* query(simulator, by(newStan()))
        assert.strictEqual(status, notFoundStatus ?? 200)
        assert.match(String(message), /^No transactions found/)
      }),
  )

  it.effect("does not look under another BIN, terminal owner or request type", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const stan = newStan()
      yield* push(simulator, { systemsTraceAuditNumber: stan })
      const count = (parameters: Readonly<Record<string, string | number>>) =>
        Effect.map(
          query(simulator, { ...by(stan), ...parameters }),
          ({ rows }) => rows?.length ?? 0,
        )
      assert.strictEqual(yield* count({ acquiringBIN: 408998 }), 0)
      assert.strictEqual(yield* count({ caid: "CA-IDCode-77765" }), 1)
      assert.strictEqual(yield* count({ caid: "OTHER" }), 0)
      assert.strictEqual(yield* count({ requestType: "00" }), 1)
      assert.strictEqual(yield* count({ requestType: "02" }), 0)
    }),
  )

  it.effect("looks for deferred pushes by their request type", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const stan = newStan()
      yield* push(simulator, {
        systemsTraceAuditNumber: stan,
        serviceProcessingType: { requestType: "02" },
      })
      const found = (requestType: string) =>
        Effect.map(
          query(simulator, { ...by(stan), requestType, fields: "serviceProcessingType" }),
          ({ rows }) => rows?.map((row) => [row.statusCode, row["serviceProcessingType"]]),
        )
      assert.deepStrictEqual(yield* found("02"), [["PENDING", { requestType: "02" }]])
      for (const other of ["00", "01", "03"]) assert.isUndefined(yield* found(other))
    }),
  )

  it.effect("tells pulls, reversals and adjustments by their type, each in its time", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const first = yield* pull(simulator)
      yield* TestClock.adjust("1 hour")
      yield* reverse(simulator, first)
      const second = yield* pull(simulator)
      yield* TestClock.adjust("1 hour")
      yield* adjust(simulator, second, { amount: 24.02 })
      const types = (
        { body }: typeof first,
        parameters: Readonly<Record<string, string | number>> = {},
      ) =>
        Effect.map(
          query(simulator, {
            acquiringBIN: 408999,
            transactionIdentifier: String(body.transactionIdentifier),
            ...parameters,
            fields: "amount,accountNumberMasked",
          }),
          ({ rows }) =>
            rows?.map((row) => [row.transactionType, row.amount, row["accountNumberMasked"]]) ?? [],
        )
      const draft = ["SALES DRAFT", "124.02", "406032******0127"]
      const reversal = ["SALES REVERSAL", "124.02", "406032******0127"]
      assert.deepStrictEqual(yield* types(first), [draft, reversal])
      assert.deepStrictEqual(yield* types(second), [
        draft,
        ["SALES REVERSAL", "24.02", "406032******0127"],
      ])
      assert.deepStrictEqual(yield* types(first, { caid: "ABCD1234ABCD123" }), [draft, reversal])
      assert.deepStrictEqual(yield* types(first, { caid: "OTHER" }), [])
      assert.deepStrictEqual(yield* types(first, { limit: 1, offset: 2 }), [reversal])
      const now = yield* Clock.currentTimeMillis
      const [date, time] = new Date(now - 5_400_000).toISOString().split(/[T.]/)
      const between = `${date?.split("-").toReversed().join("-")}:${time}`
      assert.deepStrictEqual(yield* types(first, { transactionEndDate: between }), [draft])
      assert.deepStrictEqual(yield* types(first, { transactionStartDate: between }), [reversal])
    }),
  )

  it.effect("gives ten at a time, and says when there are more", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const stan = newStan()
      for (let n = 0; n < 12; n++) yield* push(simulator, { systemsTraceAuditNumber: stan })
      const page = (parameters: Readonly<Record<string, number>>) =>
        Effect.map(query(simulator, { ...by(stan), ...parameters }), ({ more, rows }) => [
          rows?.length,
          more,
        ])
      assert.deepStrictEqual(yield* page({}), [10, "true"])
      assert.deepStrictEqual(yield* page({ offset: 11 }), [2, undefined])
      assert.deepStrictEqual(yield* page({ limit: 5, offset: 6 }), [5, "true"])
      assert.deepStrictEqual(yield* page({ limit: 5, offset: 8 }), [5, undefined])
      assert.deepStrictEqual(yield* page({ limit: 12 }), [12, undefined])
    }),
  )

  it.effect("looks back 120 days, and between dates", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* TestClock.setTime(Date.UTC(2027, 0, 1))
      const stan = newStan()
      yield* push(simulator, { systemsTraceAuditNumber: stan })
      const found = (parameters: Readonly<Record<string, string>>) =>
        Effect.map(
          query(simulator, { ...by(stan), ...parameters }),
          ({ rows }) => rows !== undefined,
        )
      assert.isTrue(
        yield* found({
          transactionStartDate: "01-01-2027:00:00:00",
          transactionEndDate: "01-01-2027:00:00:00",
        }),
      )
      assert.isFalse(yield* found({ transactionStartDate: "01-01-2027:00:00:01" }))
      assert.isFalse(yield* found({ transactionEndDate: "31-12-2026:23:59:59" }))
      yield* TestClock.adjust("120 days")
      assert.isTrue(yield* found({}))
      yield* TestClock.adjust("1 millis")
      assert.isFalse(yield* found({}))
    }),
  )

  it.effect("finds a payment only after the lag, when there is one", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ query: { lag: 5_000 } })
      const stan = newStan()
      yield* push(simulator, { systemsTraceAuditNumber: stan })
      assert.isUndefined((yield* query(simulator, by(stan))).rows)
      yield* TestClock.adjust(5_000)
      assert.strictEqual((yield* query(simulator, by(stan))).rows?.length, 1)
    }),
  )

  describe("refuses", () => {
    it.effect.each([
      [{ stan: "000001", rrn }, "acquiringBIN' is missing"],
      [{ acquiringBin: 408999, stan: "000001", rrn }, "starting with element 'acquiringBin'"],
      [{ acquiringBIN: 40899, stan: "000001", rrn }, "acquiringBIN' is missing or has invalid"],
      [{ acquiringBIN: 408999, stan: "000001" }, "rrn' is missing"],
      [{ acquiringBIN: 408999, rrn }, "stan' is missing"],
      [{ acquiringBIN: 408999 }, "stan' is missing"],
      [{ acquiringBIN: 408999, stan: "1", rrn }, "stan' has invalid"],
      [
        { acquiringBIN: 408999, transactionIdentifier: "123" },
        "transactionIdentifier' has invalid",
      ],
      [
        { ...by("000001"), transactionStartDate: "2026-01-01" },
        "transactionStartDate' has invalid",
      ],
      [{ ...by("000001"), transactionStartDate: "01-01-1960:00:00:00" }, "transactionStartDate'"],
      [{ ...by("000001"), limit: "ten" }, "limit' has invalid"],
    ] as ReadonlyArray<readonly [Readonly<Record<string, string | number>>, string]>)(
      "%o",
      ([parameters, text]) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator.make()
          const { message, status } = yield* query(simulator, parameters)
          assert.strictEqual(status, 400)
          assert.include(String(message), "API Validation Error: 3001. ")
          assert.include(String(message), text)
        }),
    )
  })
})
