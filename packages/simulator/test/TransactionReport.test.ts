import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Pki } from "../src/Pki.ts"
import { Simulator, type SimulatorControl } from "../src/Simulator.ts"
import {
  type Body,
  get,
  isSealed,
  opened,
  post,
  pushPath,
  samplePush,
  type Target,
} from "./support/client.ts"
import { missing, refusal, unknown, wrong } from "./support/pushes.ts"
import { multiPath, pull, reverse } from "./support/transfers.ts"

const path = "/visadirect/reports/v1/transactiondata"

type Parameters = Readonly<Record<string, string | number>>

const ask = Effect.fnUntraced(function* (target: Target, parameters: Parameters) {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) search.set(name, String(value))
  const answer = yield* get(target, `${path}?${search}`)
  assert.isTrue(isSealed(answer))
  return { status: answer.status, body: opened(target, answer) }
})

const rowsOf = (body: Body): ReadonlyArray<Body> => {
  assert.isArray(body)
  return body as unknown as ReadonlyArray<Body>
}

let trace = 0

const push = Effect.fnUntraced(function* (
  target: Target,
  overrides: Readonly<Record<string, unknown>> = {},
) {
  const stan = String(++trace).padStart(6, "0")
  const sample = samplePush({ systemsTraceAuditNumber: stan, ...overrides })
  const answer = yield* post(target, pushPath, sample)
  return { stan, body: opened(target, answer) }
})

/** The trace numbers of a report's rows. */
const traces = (target: Target, parameters: Parameters) =>
  Effect.map(ask(target, parameters), ({ body }) =>
    rowsOf(body).map((row) => row.systemsTraceAuditNumber),
  )

const third = { fromDate: "03112026", toDate: "03112026" }

layer(Pki.layer())("the report", (it) => {
  it.effect("has a row for what was settled, with the default fields in their types", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* TestClock.setTime(Date.UTC(2026, 10, 3, 14, 5, 9))
      const { stan, body: paid } = yield* push(simulator)
      const { body, status } = yield* ask(simulator, third)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(rowsOf(body), [
        {
          transactionIdentifier: String(paid.transactionIdentifier),
          transactionDateTime: "2026-11-03:140509",
          processingDate: "2026-11-03",
          settlementDateTime: "2026-11-03:140509",
          transactionState: "CRED VOUCHER",
          acquiringBin: 408999,
          retrievalReferenceNumber: "412770452025",
          systemsTraceAuditNumber: Number(stan),
          approvalCode: paid.approvalCode,
          accountNumberMasked: "406032xxxxxx0127",
          amount: 124.05,
          transactionCurrencyCode: "USD",
          cardAcceptorIdCode: "CA-IDCode-77765",
          cardAcceptorName: "Visa Inc. USA-Foster City",
        },
      ])
    }),
  )

  it.effect("adds the fields that are asked for, and no others", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* TestClock.setTime(Date.UTC(2026, 10, 3))
      yield* push(simulator, { amount: 12.5, transactionCurrencyCode: "EUR" })
      const fields = "amountInTransactionCurrency, networkId,transactionStateCode,nonsense"
      const [row] = rowsOf((yield* ask(simulator, { ...third, fields })).body)
      assert.deepInclude(row, {
        amountInTransactionCurrency: 12.5,
        networkId: "0002",
        transactionStateCode: "06",
      })
      // In US dollars, which this was not.
      assert.notProperty(row, "amount")
      assert.notProperty(row, "businessApplicationId")
      assert.notProperty(row, "nonsense")
    }),
  )

  it.effect("leaves out declines, duplicates, and what is still held", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* TestClock.setTime(Date.UTC(2026, 10, 3))
      const paid = yield* push(simulator)
      yield* push(simulator, { systemsTraceAuditNumber: paid.stan })
      yield* push(simulator, { amount: 1100.05 })
      const held = yield* push(simulator, { serviceProcessingType: { requestType: "02" } })
      assert.deepStrictEqual(yield* traces(simulator, third), [Number(paid.stan)])
      yield* TestClock.adjust("48 hours")
      assert.deepStrictEqual(yield* traces(simulator, third), [
        Number(paid.stan),
        Number(held.stan),
      ])
    }),
  )

  it.effect("lists pulls, reversals and the items of a batch beside pushes", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* TestClock.setTime(Date.UTC(2026, 10, 3))
      const pulled = yield* pull(simulator)
      yield* reverse(simulator, pulled)
      const {
        acquirerCountryCode,
        acquiringBin,
        businessApplicationId,
        merchantCategoryCode,
        localTransactionDateTime,
        ...item
      } = samplePush()
      const batch = yield* post(simulator, multiPath("push"), {
        acquirerCountryCode,
        acquiringBin,
        businessApplicationId,
        merchantCategoryCode,
        localTransactionDateTime,
        request: ["900001", "900002"].map((systemsTraceAuditNumber) => ({
          ...item,
          systemsTraceAuditNumber,
        })),
      })
      assert.strictEqual(batch.status, 202)
      const { body } = yield* ask(simulator, { ...third, fields: "transactionStateCode" })
      const own = Number(pulled.sample["systemsTraceAuditNumber"])
      assert.deepStrictEqual(
        rowsOf(body).map((row) => [row.systemsTraceAuditNumber, row.transactionStateCode]),
        [
          [own, "05"],
          [own, "25"],
          [900001, "06"],
          [900002, "06"],
        ],
      )
    }),
  )

  it.effect("tells the truth where the answer did not", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* TestClock.setTime(Date.UTC(2026, 10, 3))
      yield* simulator.script({ answer: { actionCode: "68", settledAs: "00" }, times: 1 })
      const { stan } = yield* push(simulator)
      assert.deepStrictEqual(yield* traces(simulator, third), [Number(stan)])
    }),
  )

  it.effect("is of the project that asks", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* TestClock.setTime(Date.UTC(2026, 10, 3))
      const credentials = yield* simulator.issue({ project: "second" })
      const second: Target = { url: simulator.url, credentials }
      const first = yield* push(simulator)
      const other = yield* push(second)
      assert.deepStrictEqual(yield* traces(simulator, third), [Number(first.stan)])
      assert.deepStrictEqual(yield* traces(second, third), [Number(other.stan)])
    }),
  )

  const fill = Effect.fnUntraced(function* (simulator: SimulatorControl, count: number) {
    const stans: Array<number> = []
    for (let n = 0; n < count; n++) stans.push(Number((yield* push(simulator)).stan))
    return stans
  })

  it.effect("comes in numbered pages of 100, or of what is asked for", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* TestClock.setTime(Date.UTC(2026, 10, 3))
      const stans = yield* fill(simulator, 101)
      assert.deepStrictEqual(yield* traces(simulator, third), stans.slice(0, 100))
      assert.deepStrictEqual(yield* traces(simulator, { ...third, offset: 1 }), stans.slice(0, 100))
      assert.deepStrictEqual(yield* traces(simulator, { ...third, offset: 2 }), stans.slice(100))
      assert.deepStrictEqual(
        yield* traces(simulator, { ...third, limit: 40, offset: 3 }),
        stans.slice(80),
      )
      assert.deepStrictEqual(yield* traces(simulator, { ...third, offset: 3 }), [])
    }),
  )

  it.effect("is of whole days, GMT, both ends included", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const at = Effect.fnUntraced(function* (time: number) {
        yield* TestClock.setTime(time)
        return Number((yield* push(simulator)).stan)
      })
      yield* at(Date.UTC(2026, 9, 30, 23, 59, 59, 999))
      const first = yield* at(Date.UTC(2026, 9, 31))
      const last = yield* at(Date.UTC(2026, 10, 1, 23, 59, 59, 999))
      yield* at(Date.UTC(2026, 10, 2))
      const range = { fromDate: "31102026", toDate: "01112026" }
      assert.deepStrictEqual(yield* traces(simulator, range), [first, last])
    }),
  )

  it.effect("says that there is nothing as it is configured to", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ report: { empty: "message" } })
      yield* TestClock.setTime(Date.UTC(2026, 10, 3))
      const { body, status } = yield* ask(simulator, third)
      assert.strictEqual(status, 200)
      assert.match(String(body.errorMessage), /^No transactions found/)
    }),
  )

  describe("is refused", () => {
    const plain = (text: string) => `API Validation Error: 3001. ${text}`
    const tooLong = plain("Only 5 days of data can be retrieved.")
    const tooOld = plain("Only the last 120 days of data can be searched.")

    it.effect.each([
      [{ fromDate: "01112026" }, missing("toDate")],
      [{ toDate: "01112026" }, missing("fromDate")],
      [{ ...third, fromDate: "2026-11-03" }, missing("fromDate")],
      [{ ...third, fromDate: "20261103" }, missing("fromDate")],
      [{ ...third, toDate: "30022027" }, missing("toDate")],
      [{ ...third, toDate: "02112026" }, plain("fromDate is later than toDate.")],
      [{ ...third, toDate: "08112026" }, tooLong],
      [{ fromDate: "05072026", toDate: "06072026" }, tooOld],
      [{ ...third, offset: 0 }, wrong("offset")],
      [{ ...third, limit: 0 }, wrong("limit")],
      [{ ...third, limit: "ten" }, wrong("limit")],
      [{ ...third, acquiringBIN: 408999 }, unknown("acquiringBIN")],
    ] as ReadonlyArray<readonly [Parameters, string]>)("for %j", ([parameters, message]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* TestClock.setTime(Date.UTC(2026, 10, 3, 12))
        assert.strictEqual(refusal(yield* ask(simulator, parameters)), message)
      }),
    )

    it.effect("not at the very edges of the range", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* TestClock.setTime(Date.UTC(2026, 10, 3, 12))
        for (const range of [
          { fromDate: "03112026", toDate: "07112026" },
          { fromDate: "06072026", toDate: "10072026" },
        ]) {
          assert.strictEqual((yield* ask(simulator, range)).status, 200)
        }
      }),
    )
  })

  it.effect("is a query in the ledger, and uses up no scripted answer", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* TestClock.setTime(Date.UTC(2026, 10, 3))
      yield* simulator.script({ answer: { actionCode: "51" }, times: 1 })
      yield* ask(simulator, third)
      assert.strictEqual((yield* push(simulator)).body.actionCode, "51")
      const entries = yield* simulator.ledger.entries({ endpoint: "TransactionReport" })
      assert.deepStrictEqual(
        entries.map(({ httpStatus, kind, moneyMoved }) => [kind, httpStatus, moneyMoved]),
        [["query", 200, false]],
      )
    }),
  )
})
