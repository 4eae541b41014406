import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import {
  type Body,
  get,
  newStan,
  opened,
  pushPath,
  samplePush,
  type Target,
} from "./support/client.ts"
import { missing, refusal, unknown } from "./support/pushes.ts"
import {
  moneyIn,
  multiPath,
  type Overrides,
  reversalOf,
  reverse,
  rowsOf,
  samplePull,
  send,
} from "./support/transfers.ts"

const envelope = {
  acquirerCountryCode: 840,
  acquiringBin: 408999,
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  localTransactionDateTime: "2016-11-17T18:24:24",
}

/** A single request as an item: without what the envelope says for all. */
const item = (single: Overrides): Overrides => ({
  ...single,
  acquirerCountryCode: undefined,
  acquiringBin: undefined,
  businessApplicationId: undefined,
  merchantCategoryCode: undefined,
})

const pushItem = (overrides: Overrides = {}) =>
  item(samplePush({ systemsTraceAuditNumber: newStan(), ...overrides }))

const batch = (request: ReadonlyArray<Overrides>): Overrides => ({ ...envelope, request })

interface Result extends Body {
  readonly response: ReadonlyArray<Body>
}

/** Sends a batch, and gets its result, which is there at once. */
const settled = Effect.fnUntraced(function* (target: Target, path: string, body: Overrides) {
  const accepted = yield* send(target, path, body)
  assert.strictEqual(accepted.status, 202)
  const answer = yield* get(target, `${path}/${accepted.body.statusIdentifier}`)
  assert.strictEqual(answer.status, 200)
  return {
    statusIdentifier: String(accepted.body.statusIdentifier),
    result: opened(target, answer) as Result,
  }
})

/** Action codes by trace number, of items that have a detail of this name. */
const codesOf = ({ response }: Result, detail: string) =>
  response.map((entry) => {
    const found = entry[detail] as Body | undefined
    return [String(entry.systemsTraceAuditNumber).padStart(6, "0"), found?.actionCode]
  })

const stansOf = (items: ReadonlyArray<Overrides>) =>
  items.map((single) => String(single["systemsTraceAuditNumber"]))

const path = multiPath("push")

layer(Simulator.layer({ seed: 7 }), { excludeTestServices: true })("a batch", (it) => {
  it.effect("is answered 202 with an identifier and a Link, and the GET repeats the envelope", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const items = [pushItem(), pushItem()]
      const { result } = yield* settled(simulator, path, batch(items))
      const { response, ...rest } = result
      assert.deepStrictEqual(rest, {
        ...envelope,
        localTransactionDateTime: "2016-11-17T18:24:24.000",
      })
      assert.strictEqual(response.length, 2)
      for (const entry of response) {
        assert.deepStrictEqual(Object.keys(entry).toSorted(), [
          "octResponseDetail",
          "systemsTraceAuditNumber",
        ])
        assert.isNumber(entry.systemsTraceAuditNumber)
        assert.deepStrictEqual(Object.keys(entry["octResponseDetail"] as Body).toSorted(), [
          "actionCode",
          "approvalCode",
          "last4ofPAN",
          "responseCode",
          "retrievalReferenceNumber",
          "transactionIdentifier",
          "transmissionDateTime",
        ])
      }
    }),
  )

  it.effect.each([2, 3, 10])("of %s is not answered in the order of the request", (size) =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const items = Array.from({ length: size }, () => pushItem())
      const { result } = yield* settled(simulator, path, batch(items))
      const answered = codesOf(result, "octResponseDetail").map(([stan]) => stan)
      assert.notDeepEqual(answered, stansOf(items))
      assert.deepStrictEqual(answered.toSorted(), stansOf(items).toSorted())
    }),
  )

  it.effect("is an entry of the ledger, and so is every item", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const items = [
        pushItem({ amount: 10 }),
        pushItem({ amount: 1100.51 }),
        pushItem({ amount: 5 }),
      ]
      const { statusIdentifier } = yield* settled(simulator, path, batch(items))
      const [entry] = yield* simulator.ledger.entries({ kind: "batch" })
      assert.deepStrictEqual(
        [entry?.httpStatus, entry?.statusIdentifier, entry?.moneyMoved],
        [202, statusIdentifier, false],
      )
      const found = yield* simulator.ledger.entries({ batch: statusIdentifier })
      assert.deepStrictEqual(
        found.map(({ actionCode, amount, endpoint, kind, moneyMoved, stan }) => [
          kind,
          endpoint,
          stan,
          amount,
          actionCode,
          moneyMoved,
        ]),
        [
          ["push", "MultiPushFunds", stansOf(items)[0], "10", "00", true],
          ["push", "MultiPushFunds", stansOf(items)[1], "1100.51", "51", false],
          ["push", "MultiPushFunds", stansOf(items)[2], "5", "00", true],
        ],
      )
      assert.deepStrictEqual(yield* moneyIn(simulator), { pushed: "15.000" })
      // The POST and the GET: items are no requests.
      assert.strictEqual((yield* simulator.stats).ledger.requests, 2)
    }),
  )

  it.effect("recognises repeats by identity: within itself, of a single push, and by one", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const single = samplePush({ systemsTraceAuditNumber: newStan() })
      yield* send(simulator, pushPath, single)
      const twice = pushItem()
      const { result } = yield* settled(simulator, path, batch([twice, item(single), twice]))
      const codes = codesOf(result, "octResponseDetail").map(([, code]) => code)
      assert.deepStrictEqual(codes.toSorted(), ["00", "94", "94"])
      const again = yield* send(simulator, pushPath, {
        ...envelope,
        ...JSON.parse(JSON.stringify(twice)),
      })
      assert.strictEqual(again.body.actionCode, "94")
      assert.deepStrictEqual(yield* moneyIn(simulator), { pushed: "248.100" })
    }),
  )

  it.effect("may say the local time in both places, or in the envelope only", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const items = [pushItem(), pushItem({ localTransactionDateTime: undefined })]
      const { result } = yield* settled(simulator, path, batch(items))
      assert.strictEqual(result.response.length, 2)
    }),
  )

  describe("of pulls and of reversals", () => {
    it.effect("moves the money of every item, under a detail of its kind", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const pulls = [samplePull(), samplePull({ amount: 100 })].map(item)
        const pulled = yield* settled(simulator, multiPath("pull"), batch(pulls))
        const reversals = pulled.result.response.map((entry) => {
          const stan = String(entry.systemsTraceAuditNumber).padStart(6, "0")
          const sample = pulls.find((single) => single["systemsTraceAuditNumber"] === stan) ?? {}
          const detail = entry["aftResponseDetail"] as Body
          assert.strictEqual(detail.cavvResultCode, "2")
          return item(
            reversalOf({
              status: 200,
              body: detail,
              sample: { ...sample, acquiringBin: 408999 },
            }),
          )
        })
        const reversed = yield* settled(simulator, multiPath("reverse"), batch(reversals))
        assert.deepStrictEqual(
          codesOf(reversed.result, "aftrResponseDetail").map(([, code]) => code),
          ["00", "00"],
        )
        assert.deepStrictEqual(yield* moneyIn(simulator), {
          pulled: "224.020",
          reversed: "224.020",
        })
        const again = yield* settled(simulator, multiPath("reverse"), batch(reversals))
        assert.deepStrictEqual(
          codesOf(again.result, "aftrResponseDetail").map(([, code]) => code),
          ["79", "79"],
        )
      }),
    )

    it.effect("gives pulls that a single reversal finds", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const single = samplePull()
        const { result } = yield* settled(simulator, multiPath("pull"), batch([item(single)]))
        const body = result.response[0]?.["aftResponseDetail"] as Body
        const answer = yield* reverse(simulator, { status: 200, body, sample: single })
        assert.strictEqual(answer.body.actionCode, "00")
      }),
    )
  })

  describe("is scripted", () => {
    it.effect("item by item, as the single API is", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const items = [pushItem(), pushItem(), pushItem()]
        const [first = "", second = "", third = ""] = stansOf(items)
        yield* simulator.script({
          match: { endpoint: "PushFunds", stan: second },
          answer: { actionCode: "57" },
        })
        yield* simulator.script({
          match: { stan: third },
          answer: { actionCode: "68", settledAs: "00" },
        })
        const { result } = yield* settled(simulator, path, batch(items))
        yield* simulator.clearScript
        assert.deepStrictEqual(Object.fromEntries(codesOf(result, "octResponseDetail")), {
          [first]: "00",
          [second]: "57",
          [third]: "68",
        })
        const paid = yield* simulator.ledger.entries({ stan: third, moneyMoved: true })
        assert.strictEqual(paid.length, 1)
      }),
    )

    it.effect("as a whole, where an item has no answer of its own", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const items = [pushItem(), pushItem()]
        const [first = "", second = ""] = stansOf(items)
        yield* simulator.script({
          match: { endpoint: "MultiPushFunds" },
          answer: { actionCode: "91" },
          times: 1,
        })
        yield* simulator.script({ match: { stan: second }, answer: { actionCode: "00" }, times: 1 })
        const { result } = yield* settled(simulator, path, batch(items))
        assert.deepStrictEqual(Object.fromEntries(codesOf(result, "octResponseDetail")), {
          [first]: "91",
          [second]: "00",
        })
      }),
    )

    it.effect("to be refused at once", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        yield* simulator.script({
          match: { endpoint: "MultiPushFunds" },
          answer: { refusal: "Invalid input found, please correct the input data" },
          times: 1,
        })
        const answer = yield* send(simulator, path, batch([pushItem()]))
        assert.match(String(refusal(answer)), /Invalid input found/)
        assert.deepStrictEqual(yield* moneyIn(simulator), {})
      }),
    )
  })

  describe("is refused as a whole", () => {
    it.effect.each([
      ["no items", () => [], missing("request")],
      [
        "an unknown member in an item",
        () => [pushItem(), pushItem({ surprise: 1 })],
        unknown("surprise"),
      ],
      [
        "the envelope's member in an item",
        () => [pushItem(), { ...pushItem(), acquiringBin: 408999 }],
        unknown("acquiringBin"),
      ],
      [
        "an item without a mandatory field",
        () => [pushItem(), pushItem({ amount: undefined })],
        missing("request.amount"),
      ],
      [
        "an item that breaks a rule",
        () => [pushItem(), pushItem({ senderStateCode: undefined })],
        missing("senderStateCode"),
      ],
    ] as ReadonlyArray<readonly [string, () => ReadonlyArray<Overrides>, string]>)(
      "for %s",
      ([, items, expected]) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          yield* simulator.ledger.clear
          assert.strictEqual(refusal(yield* send(simulator, path, batch(items()))), expected)
          assert.deepStrictEqual(
            (yield* simulator.ledger.entries()).map(({ kind }) => kind),
            ["refused"],
          )
        }),
    )

    it.effect("for an envelope without a mandatory field", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const answer = yield* send(simulator, path, {
          ...batch([pushItem()]),
          businessApplicationId: undefined,
        })
        assert.strictEqual(refusal(answer), missing("businessApplicationId"))
      }),
    )
  })
})

layer(Pki.layer())("a batch that takes its time", (it) => {
  it.effect("is 202 at once and until it is done; meanwhile its items are in progress", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* simulator.script({
        match: { endpoint: "MultiPushFunds" },
        answer: { processingMillis: 60_000, pendingPolls: 1 },
      })
      const single = pushItem()
      const { body, status } = yield* send(simulator, path, batch([single, pushItem()]))
      assert.strictEqual(status, 202)
      const at = `${path}/${body.statusIdentifier}`
      const statuses = Effect.map(get(simulator, at), (answer) => answer.status)
      const state = Effect.map(
        rowsOf(simulator, { stan: stansOf([single])[0] ?? "", rrn: "412770452025" }),
        (rows) => rows.map((row) => row.statusCode),
      )
      assert.deepStrictEqual([yield* statuses, yield* state], [202, ["IN_PROGRESS"]])
      assert.deepStrictEqual(yield* moneyIn(simulator), {})
      yield* TestClock.adjust(60_000)
      assert.deepStrictEqual([yield* statuses, yield* state], [202, ["COMPLETED"]])
      assert.strictEqual(yield* statuses, 200)
      assert.deepStrictEqual(yield* moneyIn(simulator), { pushed: "248.100" })
    }),
  )

  it.effect("is answered 303 when it is sent again meanwhile", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      yield* simulator.inject({ kind: "delay", millis: 60_000, times: 1 })
      const body = batch([pushItem()])
      const headers = { "x-client-transaction-id": "batch-1" }
      const first = yield* send(simulator, path, body, { headers })
      const second = yield* send(simulator, path, body, { headers })
      assert.deepStrictEqual([first.status, second.status], [202, 303])
      assert.strictEqual(second.body.statusIdentifier, first.body.statusIdentifier)
      yield* TestClock.adjust(60_000)
      assert.deepStrictEqual(yield* moneyIn(simulator), { pushed: "124.050" })
    }),
  )

  it.effect("is answered in an order that the seed decides", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 12 }, () => pushItem())
      const orders = yield* Effect.forEach([1, 1, 2], (seed) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator.make({ seed })
          const { result } = yield* settled(simulator, path, batch(items))
          return codesOf(result, "octResponseDetail").map(([stan]) => stan)
        }).pipe(Effect.scoped),
      )
      assert.deepStrictEqual(orders[0], orders[1])
      assert.notDeepEqual(orders[0], orders[2])
    }),
  )

  it.effect("is nobody else's: another project does not find it", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const accepted = yield* send(simulator, path, batch([pushItem()]))
      const at = `${path}/${accepted.body.statusIdentifier}`
      const other = { ...simulator, credentials: yield* simulator.issue({ project: "other" }) }
      assert.strictEqual((yield* get(other, at)).status, 404)
      assert.strictEqual((yield* get(simulator, at)).status, 200)
    }),
  )
})
