/** Scripted ends of payouts, and payouts under a quote. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { payoutReasons } from "../src/endpoints/payoutErrors.ts"
import { Pki } from "../src/Pki.ts"
import type { ScriptedAnswer } from "../src/Script.ts"
import { Simulator } from "../src/Simulator.ts"
import {
  bankPayout,
  detailOf,
  minute,
  posted,
  queried,
  ratesPath,
  sent,
  simulated,
} from "./support/payouts.ts"

const scripted = Effect.fnUntraced(function* (answer: ScriptedAnswer) {
  const simulator = yield* Simulator
  yield* simulator.script({ match: { endpoint: "SendPayout" }, answer })
  return yield* sent(bankPayout())
})

const statusNow = Effect.map(queried("payout-1"), ({ detail }) => detail["status"])

layer(Pki.layer())("a scripted payout", (it) => {
  it.effect("is returned, with what comes back and why", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      assert.strictEqual(
        (yield* scripted({ status: "RETURNED", reasonId: 68, returnAmount: 1.2 })).status,
        200,
      )
      yield* TestClock.adjust(3 * minute)
      const { detail } = yield* queried("payout-1")
      assert.strictEqual(detail["status"], "RETURNED")
      assert.strictEqual(detail["returnAmount"], 1.2)
      assert.strictEqual(detail["reasonCode"], "68")
      assert.strictEqual(detail["reason"], "account closed")
      const [entry] = yield* simulator.ledger.entries({ kind: "payout" })
      assert.isTrue(entry?.moneyMoved)
      assert.strictEqual(entry?.returnAmount, "1.2")
      assert.strictEqual(entry?.payoutStatus, "RETURNED")
    }).pipe(simulated),
  )

  it.effect("had left when it is returned, even if nobody saw it leave", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* scripted({ progress: [{ status: "PAYMENT_RECEIVED" }, { status: "RETURNED" }] })
      yield* TestClock.adjust(minute)
      const [entry] = yield* simulator.ledger.payments
      assert.strictEqual(entry?.returnAmount, "1.5")
    }).pipe(simulated),
  )

  it.effect("is returned in full when no amount is given", () =>
    Effect.gen(function* () {
      yield* scripted({ status: "RETURNED" })
      yield* TestClock.adjust(3 * minute)
      const { detail } = yield* queried("payout-1")
      assert.strictEqual(detail["returnAmount"], 1.5)
      assert.strictEqual(detail["reasonCode"], "77")
    }).pipe(simulated),
  )

  it.effect.each(["REJECTED", "DECLINED", "FAILED", "ERROR"])("ends %s without money", (status) =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const first = yield* scripted({ status, reasonId: 4 })
      assert.strictEqual(first.detail["status"], "PAYMENT_RECEIVED")
      yield* TestClock.adjust(minute)
      const { detail } = yield* queried("payout-1")
      assert.strictEqual(detail["status"], status)
      assert.strictEqual(detail["reason"], "invalid account number")
      assert.notProperty(detail, "returnAmount")
      assert.strictEqual((yield* simulator.ledger.payments).length, 0)
    }).pipe(simulated),
  )

  it.effect("comes back late, after it was delivered", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* scripted({
        progress: [
          { status: "PAYMENT_RECEIVED" },
          { status: "PAYMENT_DELIVERED" },
          { status: "RETURNED", afterMillis: 60 * minute, reasonId: 97 },
        ],
      })
      yield* TestClock.adjust(minute)
      assert.strictEqual(yield* statusNow, "PAYMENT_DELIVERED")
      yield* TestClock.adjust(60 * minute)
      assert.strictEqual(yield* statusNow, "RETURNED")
      const [entry] = yield* simulator.ledger.payments
      assert.strictEqual(entry?.returnAmount, "1.5")
      assert.strictEqual((yield* simulator.stats).ledger.payments["GBP"]?.count, 1)
    }).pipe(simulated),
  )

  it.effect("waits for information, and goes on", () =>
    Effect.gen(function* () {
      yield* scripted({
        progress: [
          { status: "PAYMENT_RECEIVED" },
          { status: "AWAITING_INFORMATION", afterMillis: 10 },
          { status: "PAYMENT_RECEIVED", afterMillis: 10 },
          { status: "PAYMENT_SENT", afterMillis: 10 },
        ],
      })
      const seen: Array<unknown> = []
      for (let n = 0; n < 4; n++) {
        seen.push(yield* statusNow)
        yield* TestClock.adjust(10)
      }
      assert.deepStrictEqual(seen, [
        "PAYMENT_RECEIVED",
        "AWAITING_INFORMATION",
        "PAYMENT_RECEIVED",
        "PAYMENT_SENT",
      ])
    }).pipe(simulated),
  )

  it.effect("has a status that nobody knows", () =>
    Effect.gen(function* () {
      yield* scripted({ status: "HELD_BY_SCHEME" })
      yield* TestClock.adjust(minute)
      assert.strictEqual(yield* statusNow, "HELD_BY_SCHEME")
      yield* TestClock.adjust(60 * minute)
      assert.strictEqual(yield* statusNow, "HELD_BY_SCHEME")
    }).pipe(simulated),
  )

  it.effect("stays at a status on the way", () =>
    Effect.gen(function* () {
      yield* scripted({ status: "DELIVERED_TO_SCHEME" })
      yield* TestClock.adjust(60 * minute)
      assert.strictEqual(yield* statusNow, "DELIVERED_TO_SCHEME")
    }).pipe(simulated),
  )

  it.effect("is pending first: 202, then received", () =>
    Effect.gen(function* () {
      const first = yield* scripted({ status: "PENDING" })
      assert.strictEqual(first.status, 202)
      assert.strictEqual(first.detail["status"], "PENDING")
      assert.match(String(first.detail["payoutId"]), /^\d{15}$/)
      yield* TestClock.adjust(minute)
      assert.strictEqual(yield* statusNow, "PAYMENT_RECEIVED")
    }).pipe(simulated),
  )

  it.effect("has other members, in the first answer and in every later one", () =>
    Effect.gen(function* () {
      const first = yield* scripted({
        fields: {
          "transactionDetail.fundingStatus": "NOT_FUNDED",
          "transactionDetail.payoutSpeed": null,
        },
      })
      for (const { detail } of [first, yield* queried("payout-1")]) {
        assert.strictEqual(detail["fundingStatus"], "NOT_FUNDED")
        assert.notProperty(detail, "payoutSpeed")
      }
    }).pipe(simulated),
  )

  it.effect("gives every reason that is published", () =>
    Effect.gen(function* () {
      const reasons = Object.entries(payoutReasons)
      const progress = reasons.map(([id]) => ({
        status: "REJECTED",
        reasonId: Number(id),
        afterMillis: 1,
      }))
      yield* scripted({ progress })
      const seen: Array<readonly [unknown, unknown]> = []
      for (const _ of reasons) {
        const { detail } = yield* queried("payout-1")
        seen.push([detail["reasonCode"], detail["reason"]])
        yield* TestClock.adjust(1)
      }
      assert.deepStrictEqual(seen, reasons)
    }).pipe(simulated),
  )
})

layer(Pki.layer())("a payout under a quote", (it) => {
  const quoteFor = Effect.fnUntraced(function* (overrides: object = {}) {
    const { body } = yield* posted(ratesPath, {
      initiatingPartyId: 1002,
      rateProductCode: "BANK",
      sourceCurrencyCode: "EUR",
      destinationCurrencyCode: "USD",
      quoteIdRequired: true,
      ...overrides,
    })
    return body["quoteId"]
  })
  const dollars = { currencyCode: "USD", countryCode: "USA" }
  let references = 0
  const withQuote = (quoteId: unknown, overrides: object = {}, bank: object = dollars) =>
    sent(
      bankPayout(
        {
          quoteId,
          clientReferenceId: `quoted-${++references}`,
          transactionCurrencyCode: "EUR",
          transactionAmount: 100,
          ...overrides,
        },
        { ...bank },
      ),
    )

  it.effect("gets the quote's rate, as often as it likes, until it expires", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({
        match: { endpoint: "ForeignExchange" },
        answer: { fields: { conversionRate: 1.25 } },
      })
      const quoteId = yield* quoteFor()
      const first = yield* withQuote(quoteId)
      assert.strictEqual(first.detail["fxConversionRate"], 1.25)
      assert.strictEqual(first.detail["destinationAmount"], 125)
      const back = yield* withQuote(quoteId, {
        transactionCurrencyCode: "USD",
        settlementCurrencyCode: "EUR",
      })
      assert.strictEqual(back.detail["destinationAmount"], 100)
      assert.strictEqual(back.detail["settlementAmount"], 80)
      const implied = yield* withQuote(quoteId, { transactionCurrencyCode: "USD" })
      assert.strictEqual(implied.detail["settlementCurrencyCode"], "EUR")
      const [entry] = yield* simulator.ledger.entries({ kind: "payout" })
      assert.strictEqual(entry?.quoteId, String(quoteId))
      yield* TestClock.adjust(5 * minute - 1)
      assert.strictEqual((yield* withQuote(quoteId)).status, 200)
      yield* TestClock.adjust(1)
      const late = yield* withQuote(quoteId)
      assert.strictEqual(late.status, 400)
      assert.deepStrictEqual(detailOf(late), {
        location: "transactionDetail.quoteId",
        message: "quoteId has expired.",
      })
    }).pipe(simulated),
  )

  it.effect("is refused when it is unknown or another party's, pair's or product's", () =>
    Effect.gen(function* () {
      const quoteId = yield* quoteFor()
      const simulator = yield* Simulator
      const other = { ...simulator, credentials: yield* simulator.issue({ project: "other" }) }
      const wallets = yield* quoteFor({ rateProductCode: "WALLET" })
      const refusals = [
        yield* withQuote(1),
        yield* withQuote(quoteId, { initiatingPartyId: 1003 }),
        yield* Effect.provideService(withQuote(quoteId), Simulator, other),
        yield* withQuote(quoteId, { transactionCurrencyCode: "GBP" }),
        yield* withQuote(quoteId, { settlementCurrencyCode: "USD" }),
        yield* withQuote(quoteId, {}, { currencyCode: "GBP", countryCode: "GBR" }),
        yield* withQuote(wallets),
      ]
      for (const refused of refusals) {
        assert.strictEqual(refused.status, 400)
        assert.strictEqual(detailOf(refused)["location"], "transactionDetail.quoteId")
      }
      assert.deepStrictEqual(
        refusals.map((refused) => detailOf(refused)["message"]),
        [
          "quoteId is not known.",
          "quoteId is not known.",
          "quoteId is not known.",
          "quoteId is of another currency pair.",
          "quoteId is of another currency pair.",
          "quoteId is of another currency pair.",
          "quoteId is of another rate product.",
        ],
      )
    }).pipe(simulated),
  )

  it.effect("is refused when newer quotes have pushed it out", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* quoteFor(), yield* quoteFor()]
      yield* quoteFor()
      assert.strictEqual((yield* withQuote(second)).status, 200)
      assert.strictEqual((yield* withQuote(first)).status, 400)
    }).pipe((test) => simulated(test, { ledger: { keep: 2 } })),
  )
})
