/** Account & Wallet payouts by the clock. These tests live in `TestClock`, as the simulator does. */
import { assert, describe, layer } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { get } from "./support/client.ts"
import {
  bankPayout,
  detailOf,
  minute,
  payoutsPath,
  queried,
  sent,
  simulated,
  timeout,
  walletPayout,
} from "./support/payouts.ts"

layer(Pki.layer())("a payout", (it) => {
  describe("that is taken", () => {
    it.effect("is answered 200 with the documented members", () =>
      Effect.gen(function* () {
        const { body, detail, status } = yield* sent(
          bankPayout({ settlementCurrencyCode: "USD", transactionAmount: 75.49 }),
        )
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(Object.keys(body), ["transactionDetail"])
        const { expectedPostingDate, payoutId, transactionDateTime, ...rest } = detail
        assert.deepStrictEqual(rest, {
          initiatingPartyId: 1002,
          clientReferenceId: "payout-1",
          status: "PAYMENT_RECEIVED",
          transactionAmount: 75.49,
          transactionCurrencyCode: "GBP",
          destinationAmount: 75.49,
          destinationCurrencyCode: "GBP",
          fxConversionRate: 0.7549,
          settlementAmount: 100,
          settlementCurrencyCode: "USD",
          payoutSpeed: "STANDARD",
          fundingModel: "PREFUNDED",
          fundingStatus: "FUNDED",
        })
        assert.match(JSON.stringify(payoutId), /^"[1-9]\d{14}"$/)
        assert.match(String(expectedPostingDate), /^\d{4}-\d\d-\d\d$/)
        assert.match(String(transactionDateTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      }).pipe(simulated),
    )

    it.effect("converts what is to arrive from what is debited", () =>
      Effect.gen(function* () {
        const { detail } = yield* sent(
          bankPayout(
            { transactionCurrencyCode: "USD", transactionAmount: 100.55 },
            { currencyCode: "GBP" },
          ),
        )
        assert.strictEqual(detail["destinationAmount"], 75.9)
        assert.strictEqual(detail["settlementAmount"], 100.55)
        assert.strictEqual(detail["settlementCurrencyCode"], "USD")
        assert.strictEqual(detail["fxConversionRate"], 0.7549)
      }).pipe(simulated),
    )

    it.effect("to a wallet likewise, at one to one within a currency", () =>
      Effect.gen(function* () {
        const { detail, status } = yield* sent(walletPayout({ endToEndId: "e2e" }))
        assert.strictEqual(status, 200)
        assert.strictEqual(detail["fxConversionRate"], 1)
        assert.strictEqual(detail["destinationAmount"], 2000)
      }).pipe(simulated),
    )

    it.effect("moves no money until it is sent, and then stays delivered", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* sent(bankPayout())
        const seen: Array<unknown> = []
        for (let step = 0; step < 6; step++) {
          const { detail } = yield* queried("payout-1")
          seen.push([detail["status"], (yield* simulator.ledger.payments).length])
          yield* TestClock.adjust(minute)
        }
        assert.deepStrictEqual(seen, [
          ["PAYMENT_RECEIVED", 0],
          ["PAYMENT_SENT", 1],
          ["DELIVERED_TO_SCHEME", 1],
          ["DELIVERED_TO_RECIPIENT_BANK", 1],
          ["PAYMENT_DELIVERED", 1],
          ["PAYMENT_DELIVERED", 1],
        ])
        assert.deepStrictEqual((yield* simulator.stats).ledger.payments, {
          GBP: { count: 1, amount: "1.500" },
        })
      }).pipe(simulated),
    )

    it.effect("moves a status further after the time that is set", () =>
      Effect.gen(function* () {
        yield* sent(bankPayout())
        yield* TestClock.adjust(999)
        assert.strictEqual((yield* queried("payout-1")).detail["status"], "PAYMENT_RECEIVED")
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* queried("payout-1")).detail["status"], "PAYMENT_SENT")
      }).pipe((test) => simulated(test, { payouts: { step: 1_000 } })),
    )

    it.effect("is one line of the ledger that follows it, with the account masked", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { detail } = yield* sent(bankPayout())
        const entry = Effect.map(
          simulator.ledger.entries({ clientReferenceId: "payout-1" }),
          (entries) => {
            assert.strictEqual(entries.length, 1)
            return entries[0]
          },
        )
        const before = yield* entry
        assert.strictEqual(before?.kind, "payout")
        assert.strictEqual(before?.payoutId, detail["payoutId"])
        assert.strictEqual(before?.maskedAccount, "********6819")
        assert.strictEqual(before?.payoutStatus, "PAYMENT_RECEIVED")
        assert.isFalse(before?.moneyMoved)
        assert.notInclude(JSON.stringify({ ...before, wireBody: "" }), "31926819")
        yield* TestClock.adjust(minute)
        const after = yield* entry
        assert.strictEqual(after?.payoutStatus, "PAYMENT_SENT")
        assert.isTrue(after?.moneyMoved)
      }).pipe(simulated),
    )

    it.effect("has the payout id that the seed decides", () =>
      Effect.gen(function* () {
        const idOf = (seed: number) =>
          Effect.map(simulated(sent(bankPayout()), { seed }), ({ detail }) => detail["payoutId"])
        assert.strictEqual(yield* idOf(1), yield* idOf(1))
        assert.notStrictEqual(yield* idOf(1), yield* idOf(2))
      }),
    )
  })

  describe("is expected", () => {
    it.effect("on the next business day, or the same one when it is premium", () =>
      Effect.gen(function* () {
        // The next Friday, noon: the clock is shared by the tests and only goes forward.
        const day = 24 * 60 * minute
        const now = yield* Clock.currentTimeMillis
        const friday = Math.ceil((now - day * 1.5) / (7 * day)) * 7 * day + day * 1.5
        yield* TestClock.setTime(friday)
        const date = (at: number) => new Date(at).toISOString().slice(0, 10)
        const postingOf = (clientReferenceId: string, payoutSpeed: string) =>
          Effect.map(
            sent(bankPayout({ clientReferenceId, payoutSpeed })),
            ({ detail }) => detail["expectedPostingDate"],
          )
        assert.strictEqual(yield* postingOf("a", "STANDARD"), date(friday + 3 * day))
        assert.strictEqual(yield* postingOf("b", "PREMIUM"), date(friday))
        yield* TestClock.setTime(friday + day)
        assert.strictEqual(yield* postingOf("c", "PREMIUM"), date(friday + 3 * day))
      }).pipe(simulated),
    )
  })

  describe("that Visa is still looking at", () => {
    it.effect("is answered 202 PENDING, is found meanwhile, and is received when it is done", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({ answer: { processingMillis: minute } })
        const slow = yield* Effect.forkChild(sent(bankPayout(), timeout(5_000)))
        yield* simulator.received(1)
        yield* TestClock.adjust(5_000)
        const { detail, status } = yield* Fiber.join(slow)
        assert.strictEqual(status, 202)
        assert.strictEqual(detail["status"], "PENDING")
        assert.notProperty(detail, "expectedPostingDate")
        assert.strictEqual((yield* queried("payout-1")).detail["status"], "PENDING")
        assert.strictEqual((yield* simulator.ledger.payments).length, 0)
        yield* TestClock.adjust(minute - 5_000)
        const after = yield* queried("payout-1")
        assert.strictEqual(after.detail["status"], "PAYMENT_RECEIVED")
        assert.property(after.detail, "expectedPostingDate")
        const [entry] = yield* simulator.ledger.entries({ kind: "payout" })
        assert.strictEqual(entry?.httpStatus, 202)
        yield* TestClock.adjust(minute)
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      }).pipe(simulated),
    )

    it.effect("is answered 202 at once when the client waits for nothing", () =>
      Effect.gen(function* () {
        const { detail, status } = yield* sent(bankPayout(), timeout(1))
        assert.strictEqual(status, 202)
        assert.strictEqual(detail["status"], "PENDING")
        assert.strictEqual((yield* queried("payout-1")).detail["status"], "PAYMENT_RECEIVED")
      }).pipe(simulated),
    )

    it.effect("is answered 200 when it is done in time", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const slow = yield* Effect.forkChild(sent(bankPayout(), timeout(5_000)))
        yield* simulator.received(1)
        yield* TestClock.adjust(4_000)
        const { detail, status } = yield* Fiber.join(slow)
        assert.strictEqual(status, 200)
        assert.strictEqual(detail["status"], "PAYMENT_RECEIVED")
      }).pipe((test) => simulated(test, { latency: 4_000 })),
    )

    it.effect("is found as VALIDATION_FAILED when it is refused after the 202", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({ answer: { processingMillis: minute, errorCode: "4111" } })
        const slow = yield* Effect.forkChild(sent(bankPayout(), timeout(5_000)))
        yield* simulator.received(1)
        yield* TestClock.adjust(minute)
        assert.strictEqual((yield* Fiber.join(slow)).status, 202)
        assert.strictEqual((yield* queried("payout-1")).detail["status"], "VALIDATION_FAILED")
      }).pipe(simulated),
    )

    it.effect("is not there at all when it is refused in time", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({ answer: { processingMillis: 1_000, errorCode: "4111" } })
        const slow = yield* Effect.forkChild(sent(bankPayout()))
        yield* simulator.received(1)
        yield* TestClock.adjust(1_000)
        assert.strictEqual((yield* Fiber.join(slow)).status, 400)
        assert.strictEqual((yield* queried("payout-1")).status, 404)
        yield* simulator.clearScript
        assert.strictEqual((yield* sent(bankPayout())).status, 200)
      }).pipe(simulated),
    )

    it.effect("is refused a second time, and not answered 303", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({ answer: { processingMillis: minute }, times: 1 })
        const headers = { "x-client-transaction-id": "same" }
        const slow = yield* Effect.forkChild(sent(bankPayout(), { headers }))
        yield* simulator.received(1)
        const again = yield* sent(bankPayout(), { headers })
        assert.strictEqual(again.status, 400)
        assert.strictEqual(detailOf(again)["location"], "transactionDetail.clientReferenceId")
        const forced = yield* sent(bankPayout(), timeout(1))
        assert.strictEqual(forced.status, 400)
        yield* TestClock.adjust(minute)
        assert.strictEqual((yield* Fiber.join(slow)).status, 202)
        assert.strictEqual((yield* simulator.ledger.entries({ kind: "payout" })).length, 1)
        assert.strictEqual((yield* simulator.ledger.entries({ kind: "duplicate" })).length, 2)
      }).pipe(simulated),
    )
  })

  describe("under a client reference that was used", () => {
    it.effect("is refused, whatever else is in it", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const first = yield* sent(bankPayout())
        for (const body of [bankPayout(), bankPayout({ transactionAmount: 99 })]) {
          const again = yield* sent(body)
          assert.strictEqual(again.status, 400)
          assert.strictEqual(again.error["reason"], "InvalidPayoutRequest")
          assert.strictEqual(detailOf(again)["location"], "transactionDetail.clientReferenceId")
        }
        const [duplicate] = yield* simulator.ledger.entries({ kind: "duplicate" })
        assert.strictEqual(duplicate?.payoutId, first.detail["payoutId"])
        yield* TestClock.adjust(minute)
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      }).pipe(simulated),
    )

    it.effect("of another party is another payout", () =>
      Effect.gen(function* () {
        const first = yield* sent(bankPayout())
        const second = yield* sent(bankPayout({ initiatingPartyId: 1003 }))
        assert.strictEqual(second.status, 200)
        assert.notStrictEqual(second.detail["payoutId"], first.detail["payoutId"])
        const third = yield* queried("payout-1", "CLIENT_REFERENCE_ID", 1003)
        assert.strictEqual(third.detail["payoutId"], second.detail["payoutId"])
      }).pipe(simulated),
    )

    it.effect("is paid twice where duplicates are paid", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const first = yield* sent(bankPayout())
        const second = yield* sent(bankPayout())
        assert.strictEqual(second.status, 200)
        assert.notStrictEqual(second.detail["payoutId"], first.detail["payoutId"])
        const newest = yield* queried("payout-1")
        assert.strictEqual(newest.detail["payoutId"], second.detail["payoutId"])
        yield* TestClock.adjust(minute)
        assert.strictEqual((yield* simulator.ledger.payments).length, 2)
      }).pipe((test) => simulated(test, { payouts: { duplicates: "paid" } })),
    )
  })

  describe("is found", () => {
    it.effect("by either identifier, with all three parameters", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { detail } = yield* sent(bankPayout())
        const byPayout = yield* queried(String(detail["payoutId"]), "PAYOUT_ID")
        assert.deepStrictEqual(byPayout.detail, detail)
        const whole = "id=payout-1&idType=CLIENT_REFERENCE_ID&initiatingPartyId=1002"
        for (const [query, location] of [
          [whole.replace("id=payout-1&", ""), "id"],
          [whole.replace("idType=CLIENT_REFERENCE_ID&", ""), "idType"],
          [whole.replace("CLIENT_REFERENCE_ID", "STAN"), "idType"],
          [whole.replace("&initiatingPartyId=1002", ""), "initiatingPartyId"],
          [`${whole}&more=1`, "more"],
        ]) {
          const answer = yield* get(simulator, `${payoutsPath}?${query}`)
          assert.strictEqual(answer.status, 400, query)
          const [entry] = (yield* simulator.ledger.entries()).slice(-1)
          assert.match(String(entry?.problem), new RegExp(`^${location}: `))
        }
      }).pipe(simulated),
    )

    it.effect("by its own party and project only; otherwise 404, without a body to parse", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { detail } = yield* sent(bankPayout())
        const other = { ...simulator, credentials: yield* simulator.issue({ project: "other" }) }
        const misses = [
          yield* queried("payout-2"),
          yield* queried(String(detail["payoutId"])),
          yield* queried("payout-1", "PAYOUT_ID"),
          yield* queried("payout-1", "CLIENT_REFERENCE_ID", 1003),
          yield* Effect.provideService(queried("payout-1"), Simulator, other),
        ]
        for (const { status, text } of misses) {
          assert.strictEqual(status, 404)
          assert.throws(() => JSON.parse(text))
        }
        const path = yield* get(simulator, `${payoutsPath}/${detail["payoutId"]}`)
        assert.strictEqual(path.status, 404)
      }).pipe(simulated),
    )

    it.effect("after the lag", () =>
      Effect.gen(function* () {
        yield* sent(bankPayout())
        yield* TestClock.adjust(9_999)
        assert.strictEqual((yield* queried("payout-1")).status, 404)
        yield* TestClock.adjust(1)
        assert.strictEqual((yield* queried("payout-1")).status, 200)
      }).pipe((test) => simulated(test, { payouts: { lag: 10_000 } })),
    )

    it.effect("no more once the ledger was cleared", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* sent(bankPayout())
        yield* simulator.ledger.clear
        assert.strictEqual((yield* queried("payout-1")).status, 404)
        assert.strictEqual((yield* sent(bankPayout())).status, 200)
      }).pipe(simulated),
    )

    it.effect("unless it was pushed out by newer ones", () =>
      Effect.gen(function* () {
        for (const id of ["a", "b", "c"]) yield* sent(bankPayout({ clientReferenceId: id }))
        assert.strictEqual((yield* queried("a")).status, 404)
        assert.strictEqual((yield* queried("b")).status, 200)
      }).pipe((test) => simulated(test, { ledger: { keep: 2 } })),
    )
  })
})
