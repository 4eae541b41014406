import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { testCards } from "../src/Outcomes.ts"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { acceptor, push, refusal } from "./support/pushes.ts"
import { newStan, opened, post, pushPath, samplePush } from "./support/client.ts"

const shared = { excludeTestServices: true }

layer(Simulator.layer({ seed: 7 }), shared)("a push", (it) => {
  describe("that is approved", () => {
    it.effect("is answered with the documented members and their types", () =>
      Effect.gen(function* () {
        const { body, sample, status } = yield* push()
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(Object.keys(body).toSorted(), [
          "actionCode",
          "approvalCode",
          "last4ofPAN",
          "responseCode",
          "retrievalReferenceNumber",
          "transactionIdentifier",
          "transmissionDateTime",
        ])
        assert.strictEqual(body.actionCode, "00")
        assert.strictEqual(body.responseCode, "5")
        assert.match(String(body.approvalCode), /^\d{5}[A-Z]$/)
        assert.match(JSON.stringify(body.transactionIdentifier), /^[1-9]\d{14}$/)
        assert.strictEqual(body.last4ofPAN, 127)
        assert.strictEqual(body.retrievalReferenceNumber, sample["retrievalReferenceNumber"])
        assert.match(String(body.transmissionDateTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      }),
    )

    it.effect("is one payment in the ledger, with who sent it", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { sample, body } = yield* push({ amount: "12.50" })
        const entries = yield* simulator.ledger.entries({
          stan: String(sample["systemsTraceAuditNumber"]),
        })
        assert.strictEqual(entries.length, 1)
        const [entry] = entries
        assert.isTrue(entry?.moneyMoved)
        assert.strictEqual(entry?.kind, "push")
        assert.strictEqual(entry?.amount, "12.50")
        assert.strictEqual(entry?.transactionIdentifier, String(body.transactionIdentifier))
        assert.strictEqual(entry?.userId, simulator.credentials.userId)
        assert.strictEqual(entry?.fingerprint, simulator.credentials.tls.fingerprint)
        assert.isAbove(entry?.bytesReceived ?? 0, 500)
        assert.isAbove(entry?.bytesSent ?? 0, 500)
      }),
    )

    it.effect("may write its numbers as strings", () =>
      Effect.gen(function* () {
        const { status } = yield* push({
          amount: "124.05",
          acquiringBin: "408999",
          acquirerCountryCode: "840",
          merchantCategoryCode: "6012",
          settlementServiceIndicator: "9",
          transactionCurrencyCode: "840",
        })
        assert.strictEqual(status, 200)
      }),
    )

    it.effect("may leave out the city of the card acceptor, as Visa's samples do", () =>
      Effect.gen(function* () {
        assert.notProperty(acceptor["address"], "city")
        assert.strictEqual((yield* push()).status, 200)
        const address = { ...acceptor["address"], city: "Foster City" }
        const { status } = yield* push({ cardAcceptor: { ...acceptor, address } })
        assert.strictEqual(status, 200)
      }),
    )
  })

  describe("is answered by the simulated issuer:", () => {
    it.effect.each(testCards.map(({ actionCode, pan }) => [pan, actionCode] as const))(
      "test card %s gives %s",
      ([pan, actionCode]) =>
        Effect.gen(function* () {
          const { body, status } = yield* push({ recipientPrimaryAccountNumber: pan })
          assert.strictEqual(status, 200)
          assert.strictEqual(body.actionCode, actionCode)
          assert.strictEqual("approvalCode" in body, actionCode === "00")
        }),
    )

    it.effect("the test card with a published approval code gives that code", () =>
      Effect.gen(function* () {
        const { body } = yield* push({ recipientPrimaryAccountNumber: "4957030420210462" })
        assert.strictEqual(body.approvalCode, "21324K")
      }),
    )

    it.effect.each([
      [1100.05, "05"],
      ["1100.51", "51"],
      [1100.1, "10"],
      [1100, "00"],
      [1100.91, "91"],
      [1101.05, "00"],
    ] as const)("amount %s gives %s", ([amount, actionCode]) =>
      Effect.gen(function* () {
        assert.strictEqual((yield* push({ amount })).body.actionCode, actionCode)
      }),
    )

    it.effect("a number that fails its check digit gives 14, an amount of zero 13", () =>
      Effect.gen(function* () {
        const bad = yield* push({ recipientPrimaryAccountNumber: "4111111111111112" })
        assert.strictEqual(bad.body.actionCode, "14")
        const good = yield* push({ recipientPrimaryAccountNumber: "4111111111111111" })
        assert.strictEqual(good.body.actionCode, "00")
        const nothing = yield* push({
          recipientPrimaryAccountNumber: "4111111111111111",
          amount: 0,
        })
        assert.strictEqual(nothing.body.actionCode, "13")
      }),
    )

    it.effect("a decline moves no money", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        yield* push({ amount: 1100.05 })
        yield* push({ amount: 20 })
        const payments = yield* simulator.ledger.payments
        assert.deepStrictEqual(
          payments.map(({ amount }) => amount),
          ["20"],
        )
        assert.deepStrictEqual((yield* simulator.stats).ledger.payments, {
          USD: { count: 1, amount: "20.000" },
        })
      }),
    )
  })

  describe("that repeats an earlier one", () => {
    it.effect("is answered 94 with the original's code and identifier, and pays nothing", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const first = yield* push()
        const again = yield* push({
          systemsTraceAuditNumber: first.sample["systemsTraceAuditNumber"],
        })
        assert.strictEqual(again.status, 200)
        assert.strictEqual(again.body.actionCode, "94")
        assert.strictEqual(again.body.originalActionCode, "00")
        assert.strictEqual(again.body.transactionIdentifier, first.body.transactionIdentifier)
        assert.notProperty(again.body, "approvalCode")
        const entries = yield* simulator.ledger.entries()
        assert.deepStrictEqual(
          entries.map(({ kind, moneyMoved }) => [kind, moneyMoved]),
          [
            ["push", true],
            ["duplicate", false],
          ],
        )
      }),
    )

    it.effect("is measured against the original, also the third time", () =>
      Effect.gen(function* () {
        const stan = newStan()
        const codes: Array<unknown> = []
        for (let n = 0; n < 3; n++) {
          const { body } = yield* push({ systemsTraceAuditNumber: stan })
          codes.push([body.actionCode, body.originalActionCode])
        }
        assert.deepStrictEqual(codes, [
          ["00", undefined],
          ["94", "00"],
          ["94", "00"],
        ])
      }),
    )

    it.effect("is recognised whatever else in it has changed", () =>
      Effect.gen(function* () {
        const stan = newStan()
        yield* push({ systemsTraceAuditNumber: Number(stan), amount: 10 })
        const again = yield* push({
          systemsTraceAuditNumber: stan,
          acquiringBin: "408999",
          amount: 999,
          recipientPrimaryAccountNumber: "4957030420210454",
        })
        assert.strictEqual(again.body.actionCode, "94")
      }),
    )

    it.effect("carries the decline of a declined original", () =>
      Effect.gen(function* () {
        const stan = newStan()
        yield* push({ systemsTraceAuditNumber: stan, amount: 1100.57 })
        const again = yield* push({ systemsTraceAuditNumber: stan, amount: 1100.57 })
        assert.strictEqual(again.body.actionCode, "94")
        assert.strictEqual(again.body.originalActionCode, "57")
      }),
    )

    it.effect.each(["91", "96", "68"])(
      "is a new attempt after %s, which carried nothing through",
      (code) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          const stan = newStan()
          yield* simulator.script({
            match: { stan },
            answer: { actionCode: code },
            times: 1,
          })
          assert.strictEqual((yield* push({ systemsTraceAuditNumber: stan })).body.actionCode, code)
          assert.strictEqual((yield* push({ systemsTraceAuditNumber: stan })).body.actionCode, "00")
          assert.strictEqual((yield* push({ systemsTraceAuditNumber: stan })).body.actionCode, "94")
          assert.strictEqual(
            (yield* simulator.ledger.entries({ stan, moneyMoved: true })).length,
            1,
          )
        }),
    )

    it.effect.each([
      ["acquiringBin", { acquiringBin: 408998 }],
      ["retrievalReferenceNumber", { retrievalReferenceNumber: "412770452026" }],
      ["cardAcceptor.idCode", { cardAcceptor: { ...acceptor, idCode: "OTHER" } }],
      ["cardAcceptor.terminalId", { cardAcceptor: { ...acceptor, terminalId: "OTHER" } }],
      ["systemsTraceAuditNumber", { systemsTraceAuditNumber: "900001" }],
    ] as const)("is not one when %s differs", ([, overrides]) =>
      Effect.gen(function* () {
        const stan = newStan()
        const first = yield* push({ systemsTraceAuditNumber: stan })
        const second = yield* push({ systemsTraceAuditNumber: stan, ...overrides })
        assert.strictEqual(second.body.actionCode, "00")
        assert.notStrictEqual(second.body.transactionIdentifier, first.body.transactionIdentifier)
      }),
    )
  })

  describe("that is scripted", () => {
    it.effect.each(["05", "5C", "6P", "N7", "R0", "XA"])("gets any action code: %s", (code) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const stan = newStan()
        yield* simulator.script({ match: { stan }, answer: { actionCode: code } })
        assert.strictEqual((yield* push({ systemsTraceAuditNumber: stan })).body.actionCode, code)
      }),
    )

    it.effect("is chosen by card, amount, RRN, and by how often it was seen", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.clearScript
        const rrn = "412770452999"
        yield* simulator.script({ match: { rrn }, answer: { actionCode: "61" } })
        yield* simulator.script({
          match: { pan: "4957030420210454", amount: "77.7" },
          answer: { actionCode: "62" },
        })
        yield* simulator.script({ match: { amount: 88, nth: 2 }, answer: { actionCode: "63" } })
        const code = (overrides: Readonly<Record<string, unknown>>) =>
          Effect.map(push(overrides), ({ body }) => body.actionCode)
        const card = { recipientPrimaryAccountNumber: "4957030420210454" }
        assert.strictEqual(yield* code({ retrievalReferenceNumber: rrn }), "61")
        assert.strictEqual(yield* code({ ...card, amount: 77.7 }), "62")
        assert.strictEqual(yield* code({ ...card, amount: 77.8 }), "00")
        assert.strictEqual(yield* code({ amount: 88 }), "00")
        assert.strictEqual(yield* code({ amount: "88.00" }), "63")
        assert.strictEqual(yield* code({ amount: 88 }), "00")
        yield* simulator.clearScript
        assert.strictEqual(yield* code({ retrievalReferenceNumber: rrn }), "00")
      }),
    )

    it.effect("can be told one thing while another is true", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const stan = newStan()
        yield* simulator.script({ match: { stan }, answer: { actionCode: "68", settledAs: "00" } })
        assert.strictEqual((yield* push({ systemsTraceAuditNumber: stan })).body.actionCode, "68")
        const [entry] = yield* simulator.ledger.entries({ stan })
        assert.isTrue(entry?.moneyMoved)
        const again = yield* push({ systemsTraceAuditNumber: stan })
        assert.strictEqual(again.body.actionCode, "94")
        assert.strictEqual(again.body.originalActionCode, "00")
      }),
    )

    it.effect("can be refused as a business rule, or answered with other members", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const [refused, dressed] = [newStan(), newStan()]
        const reason =
          "Transaction to Recipient Card Country is restricted by the Sender Institution"
        yield* simulator.script({ match: { stan: refused }, answer: { refusal: reason } })
        assert.strictEqual(
          refusal(yield* push({ systemsTraceAuditNumber: refused })),
          `API Validation Error: 3001. ${reason}`,
        )
        yield* simulator.script({
          match: { stan: dressed },
          answer: { responseCode: "1", fields: { networkId: 3, last4ofPAN: null } },
        })
        const { body } = yield* push({ systemsTraceAuditNumber: dressed })
        assert.strictEqual(body.responseCode, "1")
        assert.strictEqual(body.networkId, 3)
        assert.notProperty(body, "last4ofPAN")
      }),
    )
  })
})

layer(Pki.layer(), shared)("a seed", (it) => {
  const invented = Effect.fnUntraced(function* (seed: string, stans: ReadonlyArray<string>) {
    const simulator = yield* Simulator.make({ seed })
    const seen: Record<string, unknown> = {}
    for (const stan of stans) {
      const body = samplePush({ systemsTraceAuditNumber: stan })
      const answer = opened(simulator, yield* post(simulator, pushPath, body))
      seen[stan] = [answer.transactionIdentifier, answer.approvalCode]
    }
    return seen
  })

  it.effect("decides identifiers and approval codes, whatever the order of arrival", () =>
    Effect.gen(function* () {
      const one = yield* invented("one", ["000001", "000002"])
      assert.deepStrictEqual(yield* invented("one", ["000002", "000001"]), one)
      assert.notDeepEqual(yield* invented("two", ["000001", "000002"]), one)
    }),
  )
})

layer(Pki.layer(), shared)("a simulator of bounded memory", (it) => {
  it.effect("forgets the oldest payments, and still counts them", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ ledger: { keep: 5 } })
      const send = (stan: number) =>
        Effect.map(
          post(simulator, pushPath, samplePush({ systemsTraceAuditNumber: stan, amount: 1.5 })),
          (answer) => opened(simulator, answer).actionCode,
        )
      for (let stan = 1; stan <= 12; stan++) assert.strictEqual(yield* send(stan), "00")
      assert.strictEqual((yield* simulator.ledger.entries()).length, 5)
      assert.strictEqual(yield* send(8), "94")
      assert.strictEqual(yield* send(1), "00")
      assert.deepStrictEqual((yield* simulator.stats).ledger.payments, {
        USD: { count: 13, amount: "19.500" },
      })
    }),
  )
})
