import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { reverseFundsFields } from "../src/endpoints/reverseFundsFields.ts"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { get, newStan, opened, pushPath, samplePush } from "./support/client.ts"
import { missing, refusal, unknown, wrong } from "./support/pushes.ts"
import {
  type Answered,
  moneyIn,
  type Overrides,
  pull,
  reversalOf,
  reverse,
  reversePath,
  rowsOf,
  send,
} from "./support/transfers.ts"

const shared = { excludeTestServices: true }

/** `originalDataElements` of a reversal, with overrides. */
const original = (pulled: Answered, overrides: Overrides): Overrides => ({
  originalDataElements: {
    ...(reversalOf(pulled)["originalDataElements"] as Overrides),
    ...overrides,
  },
})

layer(Simulator.layer({ seed: 7 }), shared)("a reversal", (it) => {
  it.effect("gives the money back, under the pull's identifier", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const pulled = yield* pull(simulator)
      const { body, status } = yield* reverse(simulator, pulled)
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(
        { ...body, transmissionDateTime: undefined },
        {
          transactionIdentifier: pulled.body.transactionIdentifier,
          actionCode: "00",
          approvalCode: pulled.body.approvalCode,
          responseCode: "7",
          transmissionDateTime: undefined,
          last4ofPAN: 127,
        },
      )
      const [entry] = yield* simulator.ledger.entries({ direction: "reversed", moneyMoved: true })
      assert.deepStrictEqual(
        [entry?.kind, entry?.endpoint, entry?.amount, entry?.maskedPan],
        ["reversal", "ReverseFunds", "124.02", "406032******0127"],
      )
      assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "124.020", reversed: "124.020" })
    }),
  )

  it.effect("of a partial approval gives back what was approved, by either amount", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      for (const amount of [124.02, "100.01"]) {
        yield* simulator.script({ answer: { actionCode: "10", approvedAmount: 100.01 }, times: 1 })
        const { body } = yield* reverse(simulator, yield* pull(simulator), { amount })
        assert.strictEqual(body.actionCode, "00")
      }
      assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "200.020", reversed: "200.020" })
    }),
  )

  it.effect("is answered 79 a second time, and nothing moves again", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const pulled = yield* pull(simulator)
      yield* reverse(simulator, pulled)
      const { body } = yield* reverse(simulator, pulled)
      assert.deepStrictEqual([body.actionCode, body.responseCode], ["79", "7"])
      assert.notProperty(body, "approvalCode")
      assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "124.020", reversed: "124.020" })
    }),
  )

  it.effect("whose reply was late is done all the same", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const pulled = yield* pull(simulator)
      yield* simulator.script({
        match: { endpoint: "ReverseFunds" },
        answer: { actionCode: "96", settledAs: "00" },
        times: 1,
      })
      assert.strictEqual((yield* reverse(simulator, pulled)).body.actionCode, "96")
      assert.strictEqual((yield* reverse(simulator, pulled)).body.actionCode, "79")
      assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "124.020", reversed: "124.020" })
    }),
  )

  it.effect("that failed can be sent again", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const pulled = yield* pull(simulator)
      yield* simulator.script({
        match: { endpoint: "ReverseFunds" },
        answer: { actionCode: "91" },
        times: 1,
      })
      assert.strictEqual((yield* reverse(simulator, pulled)).body.actionCode, "91")
      assert.strictEqual((yield* reverse(simulator, pulled)).body.actionCode, "00")
    }),
  )

  it.effect("that is scripted to succeed moves nothing without a pull", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const pulled = yield* pull(simulator, { amount: 1100.51 })
      yield* simulator.script({ answer: { actionCode: "00" }, times: 1 })
      const { body } = yield* reverse(simulator, {
        ...pulled,
        body: { ...pulled.body, approvalCode: "12345A" },
      })
      assert.strictEqual(body.actionCode, "00")
      assert.deepStrictEqual(yield* moneyIn(simulator), {})
    }),
  )

  describe("does not find", () => {
    it.effect("an identifier that there is not: 25", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const pulled = yield* pull(simulator)
        const { body } = yield* reverse(simulator, pulled, {
          transactionIdentifier: 999_999_999_999_999,
        })
        assert.deepStrictEqual([body.actionCode, body.responseCode], ["25", "8"])
        assert.strictEqual(body.transactionIdentifier, 999_999_999_999_999)
      }),
    )

    it.effect("a pull of another acquiring BIN: 25", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const pulled = yield* pull(simulator)
        const { body } = yield* reverse(simulator, pulled, { acquiringBin: 408998 })
        assert.strictEqual(body.actionCode, "25")
      }),
    )

    it.effect("a pull where there was a push, or a decline: 76", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const pushed = yield* send(
          simulator,
          pushPath,
          samplePush({ systemsTraceAuditNumber: newStan() }),
        )
        const declined = yield* pull(simulator, { amount: 1100.51 })
        for (const found of [pushed, declined]) {
          const { body } = yield* reverse(simulator, yield* pull(simulator), {
            transactionIdentifier: found.body.transactionIdentifier,
          })
          assert.deepStrictEqual([body.actionCode, body.responseCode], ["76", "8"])
        }
      }),
    )
  })

  describe("is inconsistent, 77, with", () => {
    it.effect.each([
      ["another trace number", () => ({ systemsTraceAuditNumber: "999999" })],
      ["another reference number", () => ({ retrievalReferenceNumber: "330000560022" })],
      ["another amount", () => ({ amount: 124.01 })],
      ["another currency", () => ({ senderCurrencyCode: "EUR" })],
      ["another card", () => ({ senderPrimaryAccountNumber: "4104920120500001" })],
      ["a network that the pull did not have", () => ({ networkId: 8 })],
      ["another original trace number", (at) => original(at, { systemsTraceAuditNumber: 999999 })],
      ["another original BIN", (at) => original(at, { acquiringBin: 408998 })],
      ["another approval code", (at) => original(at, { approvalCode: "00000A" })],
      ["another time", (at) => original(at, { transmissionDateTime: "2020-01-01T00:00:00" })],
    ] as ReadonlyArray<readonly [string, (pulled: Answered) => Overrides]>)("%s", ([, overrides]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const pulled = yield* pull(simulator)
        const { body } = yield* reverse(simulator, pulled, overrides(pulled))
        assert.deepStrictEqual([body.actionCode, body.responseCode], ["77", "7"])
        assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "124.020" })
        assert.strictEqual((yield* reverse(simulator, pulled)).body.actionCode, "00")
      }),
    )

    it.effect("no network, when the pull's answer named one", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({ answer: { fields: { networkId: 8 } }, times: 1 })
        const pulled = yield* pull(simulator)
        assert.strictEqual((yield* reverse(simulator, pulled)).body.actionCode, "77")
        assert.strictEqual(
          (yield* reverse(simulator, pulled, { networkId: 8 })).body.actionCode,
          "00",
        )
      }),
    )
  })

  it.effect("is a row of its own in the query, after its pull and the repeats", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const pulled = yield* pull(simulator)
      yield* pull(simulator, pulled.sample)
      yield* reverse(simulator, pulled)
      const expected = [
        ["SALES DRAFT", "00", "COMPLETED"],
        ["SALES DRAFT", "94", "COMPLETED"],
        ["SALES REVERSAL", "00", "COMPLETED"],
      ]
      for (const parameters of [
        { transactionIdentifier: String(pulled.body.transactionIdentifier) },
        { stan: String(pulled.sample["systemsTraceAuditNumber"]), rrn: "330000560021" },
      ]) {
        const rows = yield* rowsOf(simulator, parameters)
        assert.deepStrictEqual(
          rows.map((row) => [row.transactionType, row.actionCode, row.statusCode]),
          expected,
        )
      }
    }),
  )

  it.effect("that was answered 202 has a status of its own", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const pulled = yield* pull(simulator)
      const { body, status } = yield* send(simulator, reversePath, reversalOf(pulled), {
        headers: { "x-transaction-timeout-ms": "1" },
      })
      assert.strictEqual(status, 202)
      const result = yield* get(simulator, `${reversePath}/${body.statusIdentifier}`)
      assert.deepStrictEqual([result.status, opened(simulator, result).actionCode], [200, "00"])
    }),
  )

  describe("is refused", () => {
    it.effect("without a mandatory field", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const pulled = yield* pull(simulator)
        const mandatory = Object.entries(reverseFundsFields)
          .filter(([, field]) => field.required === true)
          .map(([name]) => name)
        assert.strictEqual(mandatory.length, 12)
        for (const name of mandatory) {
          const answer = yield* reverse(simulator, pulled, { [name]: undefined })
          assert.strictEqual(refusal(answer), missing(name))
        }
      }),
    )

    it.effect("unless the original is named by exactly four members", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const pulled = yield* pull(simulator)
        const refusalOf = (overrides: Overrides) =>
          Effect.map(reverse(simulator, pulled, original(pulled, overrides)), refusal)
        for (const name of [
          "acquiringBin",
          "approvalCode",
          "transmissionDateTime",
          "systemsTraceAuditNumber",
        ]) {
          assert.strictEqual(
            yield* refusalOf({ [name]: undefined }),
            missing(`originalDataElements.${name}`),
          )
        }
        assert.strictEqual(
          yield* refusalOf({ acquirerCountryCode: 840 }),
          unknown("acquirerCountryCode"),
        )
      }),
    )

    it.effect.each([
      [
        "a time with a fraction and a zone",
        (at) => original(at, { transmissionDateTime: at.body.transmissionDateTime }),
        missing("originalDataElements.transmissionDateTime"),
      ],
      [
        "no credential",
        () => ({ senderPrimaryAccountNumber: undefined }),
        missing("senderPrimaryAccountNumber"),
      ],
      [
        "decimals that the currency has not",
        () => ({ senderCurrencyCode: "JPY" }),
        missing("amount"),
      ],
      [
        "a country in two letters",
        (at) => {
          const acceptor = reversalOf(at)["cardAcceptor"] as Overrides
          return { cardAcceptor: { ...acceptor, address: { country: "US" } } }
        },
        missing("cardAcceptor.address.country"),
      ],
      [
        "a city",
        (at) => {
          const acceptor = reversalOf(at)["cardAcceptor"] as Overrides
          return { cardAcceptor: { ...acceptor, address: { country: "USA", city: "X" } } }
        },
        unknown("city"),
      ],
      ["a pull's CAVV", () => ({ cavv: "0".repeat(40) }), unknown("cavv")],
      [
        "an expiry date with a day",
        () => ({ senderCardExpiryDate: "2023-10-01" }),
        wrong("senderCardExpiryDate"),
      ],
      [
        "an identifier of fourteen digits",
        () => ({ transactionIdentifier: 12345678901234 }),
        missing("transactionIdentifier"),
      ],
    ] as ReadonlyArray<readonly [string, (pulled: Answered) => Overrides, string]>)(
      "for %s",
      ([, overrides, expected]) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          const pulled = yield* pull(simulator)
          const answer = yield* reverse(simulator, pulled, overrides(pulled))
          assert.strictEqual(refusal(answer), expected)
        }),
    )
  })
})

layer(Pki.layer())("a reversal", (it) => {
  it.effect("comes too late after 24 hours: 76", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const [first, second] = [yield* pull(simulator), yield* pull(simulator)]
      yield* TestClock.adjust("24 hours")
      assert.strictEqual((yield* reverse(simulator, first)).body.actionCode, "00")
      yield* TestClock.adjust("1 millis")
      const { body } = yield* reverse(simulator, second)
      assert.deepStrictEqual([body.actionCode, body.responseCode], ["76", "8"])
      assert.deepStrictEqual(yield* moneyIn(simulator), { pulled: "248.040", reversed: "124.020" })
    }),
  )
})
