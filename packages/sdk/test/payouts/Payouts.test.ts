/** What every kind of payout comes to, beside what the ledger of a simulated Visa holds. */
import type { VisaError } from "../../src/VisaError.ts"
import { assert, layer } from "@effect/vitest"
import { BigDecimal, Effect, Layer, Option, Redacted } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { Claims } from "../../src/payouts/Claims.ts"
import { Compliance } from "../../src/payouts/Compliance.ts"
import { Ledger } from "../../src/payouts/Ledger.ts"
import { Payout } from "../../src/payouts/Payout.ts"
import { Quotes } from "../../src/payouts/Quotes.ts"
import { Screening } from "../../src/payouts/Screening.ts"
import { Payouts } from "../../src/payouts/Payouts.ts"
import type { PayoutDeclined, PayoutRefused } from "../../src/payouts/PayoutResult.ts"
import { ReceiptGuard } from "../../src/payouts/ReceiptGuard.ts"
import { DayCounter } from "../../src/payouts/DayCounter.ts"
import { Policy } from "../../src/payouts/Policy.ts"
import { approvedCard } from "../support/simulated.ts"
import {
  balance,
  fromCard,
  fromReceipt,
  simulatedPayouts,
  toAccount,
  toCard,
  toWallet,
  trail,
} from "../support/saga.ts"

const fresh = Effect.gen(function* () {
  const simulator = yield* Simulator
  yield* simulator.clearFaults
  yield* simulator.clearScript
  yield* simulator.ledger.clear
  return simulator
})

/** How often money went which way. */
const moved = Effect.gen(function* () {
  const simulator = yield* Simulator
  const payments = yield* simulator.ledger.payments
  const count = (direction: string) =>
    payments.filter((entry) => entry.direction === direction).length
  return { pushed: count("pushed"), pulled: count("pulled"), reversed: count("reversed") }
})

const declined = (payout: Payout): Effect.Effect<PayoutDeclined, never, Payouts> =>
  Effect.flatMap(Effect.flip(Payouts.execute(payout)), (error) =>
    error._tag === "PayoutDeclined" ? Effect.succeed(error) : Effect.die(error),
  ).pipe(Effect.orDie)

const refused = (payout: Payout): Effect.Effect<PayoutRefused, never, Payouts> =>
  Effect.flatMap(Effect.flip(Payouts.execute(payout)), (error) =>
    error._tag === "PayoutRefused" ? Effect.succeed(error) : Effect.die(error),
  ).pipe(Effect.orDie)

/** Every receipt is good for 200 dollars, except forged ones. */
const receipts = ReceiptGuard.layer({
  verify: () => Effect.orDie(Effect.map(Money.of("200.00", "USD"), (amount) => ({ amount }))),
}).pipe(Layer.provide(Claims.layerMemory))

layer(simulatedPayouts({}, { beside: () => receipts }), {
  timeout: 60_000,
  excludeTestServices: true,
})("Payouts.execute", (it) => {
  it.effect("pays a card once, and says so", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      const settled = yield* Payouts.execute(yield* toCard("card"))
      const [payment, ...others] = yield* simulator.ledger.payments
      assert.deepStrictEqual(others, [])
      assert.strictEqual(settled.transactionIdentifier, payment?.transactionIdentifier)
      assert.strictEqual(settled.systemsTraceAuditNumber, payment?.stan)
      assert.strictEqual(settled.via, "reply")
      assert.deepStrictEqual(yield* Payouts.poll("card"), Option.some(settled))
      assert.deepStrictEqual(yield* trail("card"), [
        "Accepted",
        "Reserved",
        "Identified",
        "Committed",
        "Settled",
      ])
    }),
  )

  it.effect("takes the money out of the ledger when it is paid, and gives it back when not", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      const before = yield* balance
      yield* Payouts.execute(yield* toCard("ledger-paid", { amount: "10.00" }))
      const paid = yield* balance
      assert.deepStrictEqual(paid, { available: before.available - 1_000, reserved: 0 })
      yield* simulator.script({ answer: { actionCode: "51" }, times: 1 })
      const error = yield* declined(yield* toCard("ledger-declined", { amount: "10.00" }))
      assert.strictEqual(error.error.reason._tag, "InsufficientFunds")
      assert.deepStrictEqual(error.compensated, ["released"])
      assert.deepStrictEqual(yield* balance, paid)
      assert.deepStrictEqual(yield* trail("ledger-declined"), [
        "Accepted",
        "Reserved",
        "Identified",
        "Released",
        "Declined",
      ])
    }),
  )

  it.effect("pays nothing more when it is executed again", () =>
    Effect.gen(function* () {
      yield* fresh
      const first = yield* Payouts.execute(yield* toCard("again"))
      const second = yield* Payouts.execute(yield* toCard("again"))
      assert.deepStrictEqual(second, first)
      assert.strictEqual((yield* moved).pushed, 1)
    }),
  )

  it.effect("refuses another payout under the same key", () =>
    Effect.gen(function* () {
      yield* fresh
      yield* Payouts.execute(yield* toCard("taken", { amount: "10.00" }))
      const error = yield* refused(yield* toCard("taken", { amount: "10.01" }))
      assert.strictEqual(error.step, "key")
      assert.strictEqual(error.error.reason._tag, "IdempotencyConflict")
      assert.strictEqual((yield* moved).pushed, 1)
    }),
  )

  it.effect("refuses what the ledger does not hold, and sends nothing", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      const payout = (yield* toCard("poor")).pipe(Payout.from(Payout.ledger("empty")))
      const error = yield* refused(payout)
      assert.strictEqual(error.step, "ledger")
      assert.strictEqual(error.error.reason._tag, "BalanceTooLow")
      assert.deepStrictEqual(yield* simulator.ledger.entries(), [])
    }),
  )

  it.effect("debits the card that funds it, then pays", () =>
    Effect.gen(function* () {
      yield* fresh
      yield* Payouts.execute(yield* fromCard("funded"))
      assert.deepStrictEqual(yield* moved, { pushed: 1, pulled: 1, reversed: 0 })
      assert.deepStrictEqual(yield* trail("funded"), [
        "Accepted",
        "Identified",
        "Pulled",
        "Reserved",
        "Committed",
        "Settled",
      ])
    }),
  )

  it.effect("gives the debit back when the payout is declined", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.script({
        match: { endpoint: "PushFunds" },
        answer: { actionCode: "51" },
        times: 1,
      })
      const error = yield* declined(yield* fromCard("funded-declined"))
      assert.strictEqual(error.step, "push")
      assert.deepStrictEqual(error.compensated, ["reversed", "released"])
      assert.deepStrictEqual(yield* moved, { pushed: 0, pulled: 1, reversed: 1 })
      assert.include(yield* trail("funded-declined"), "Undone")
    }),
  )

  it.effect("adjusts the debit where Visa does not take the reversal", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.script({
        match: { endpoint: "PushFunds" },
        answer: { actionCode: "51" },
        times: 1,
      })
      yield* simulator.script({
        match: { endpoint: "ReverseFunds" },
        answer: { actionCode: "12" },
        times: 1,
      })
      const error = yield* declined(yield* fromCard("funded-adjusted"))
      assert.deepStrictEqual(error.compensated, ["adjusted", "released"])
      const adjustments = yield* simulator.ledger.entries({ kind: "adjustment" })
      assert.strictEqual(adjustments.filter(({ moneyMoved }) => moneyMoved).length, 1)
    }),
  )

  it.effect("ends when the debit is declined, and pays nothing", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.script({
        match: { endpoint: "PullFunds" },
        answer: { actionCode: "51" },
        times: 1,
      })
      const error = yield* declined(yield* fromCard("pull-declined"))
      assert.strictEqual(error.step, "pull")
      assert.deepStrictEqual(yield* moved, { pushed: 0, pulled: 0, reversed: 0 })
    }),
  )

  it.effect("gives a partial debit back: it does not pay for the payout", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.script({
        match: { endpoint: "PullFunds" },
        answer: { actionCode: "10", approvedAmount: "50.00" },
        times: 1,
      })
      const error = yield* declined(yield* fromCard("pull-partial"))
      assert.strictEqual(error.error.reason._tag, "PullPartial")
      assert.deepStrictEqual(error.compensated, ["reversed"])
      assert.deepStrictEqual(yield* moved, { pushed: 0, pulled: 1, reversed: 1 })
    }),
  )

  it.effect("pays out of a receipt, which pays for one payout only", () =>
    Effect.gen(function* () {
      yield* fresh
      yield* Payouts.execute(yield* fromReceipt("receipt-1", "R-1"))
      const error = yield* refused(yield* fromReceipt("receipt-2", "R-1"))
      assert.strictEqual(error.step, "receipt")
      assert.strictEqual(error.error.reason._tag, "ReceiptReused")
      assert.strictEqual((yield* moved).pushed, 1)
    }),
  )

  it.effect("frees the receipt of a payout that is declined", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.script({ answer: { actionCode: "51" }, times: 1 })
      yield* declined(yield* fromReceipt("receipt-3", "R-2"))
      yield* Payouts.execute(yield* fromReceipt("receipt-4", "R-2"))
      assert.strictEqual((yield* moved).pushed, 1)
    }),
  )

  it.effect("pays an account, under a reference that is its own", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      const settled = yield* Payouts.execute(yield* toAccount("account"))
      const [payout, ...others] = yield* simulator.ledger.entries({ kind: "payout" })
      assert.deepStrictEqual(others, [])
      assert.strictEqual(settled.rail, "account")
      assert.strictEqual(settled.clientReferenceId, payout?.clientReferenceId)
      assert.strictEqual(settled.payoutId, payout?.payoutId)
      // Visa has it; that it is delivered is another matter.
      assert.strictEqual(settled.payoutStatus, "PAYMENT_RECEIVED")
    }),
  )

  it.effect("pays a wallet", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      const settled = yield* Payouts.execute(yield* toWallet("wallet"))
      assert.strictEqual(settled.rail, "wallet")
      assert.strictEqual((yield* simulator.ledger.entries({ kind: "payout" })).length, 1)
    }),
  )

  it.effect("pays the card that an alias stands for", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      const payout = (yield* toCard("alias")).pipe(
        Payout.to(Payout.alias(Redacted.make("254711001987"))),
      )
      yield* Payouts.execute(payout)
      const [push] = yield* simulator.ledger.entries({ kind: "push" })
      assert.strictEqual(push?.maskedPan, "489514******6666")
      assert.include(yield* trail("alias"), "AliasResolved")
    }),
  )

  it.effect("refuses an alias that nobody has registered, and frees what was held", () =>
    Effect.gen(function* () {
      yield* fresh
      const before = yield* balance
      const payout = (yield* toCard("nobody")).pipe(
        Payout.to(Payout.alias(Redacted.make("254700000000"))),
      )
      const error = yield* refused(payout)
      assert.strictEqual(error.step, "alias")
      assert.strictEqual(error.error.reason._tag, "AliasNotFound")
      assert.deepStrictEqual(yield* balance, before)
    }),
  )

  it.effect("knows nothing of a key that nobody has executed", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Payouts.poll("unheard"), Option.none())
    }),
  )
})

layer(simulatedPayouts(), { timeout: 60_000, excludeTestServices: true })(
  "A payout that Visa could not take",
  (it) => {
    interface Case {
      readonly name: string
      readonly field: string
      readonly payout: Effect.Effect<Payout, VisaError>
    }
    const base = toCard("bad")
    const us = Country.of("US")
    const cases: ReadonlyArray<Case> = [
      {
        name: "an amount of nothing",
        field: "amount",
        payout: toCard("bad", { amount: "0.00" }),
      },
      {
        name: "a key with a space",
        field: "key",
        payout: toCard("bad key"),
      },
      {
        name: "a sender whose name no push can carry",
        field: "sender.companyName",
        payout: Effect.gen(function* () {
          const address = { country: yield* us, line1: "1 Street", city: "Town", state: "CA" }
          return (yield* base).pipe(Payout.sender({ companyName: "x".repeat(31), address }))
        }),
      },
      {
        name: "a sender in the US without a state",
        field: "sender.address.state",
        payout: Effect.gen(function* () {
          const address = { country: yield* us, line1: "1 Street", city: "Town" }
          return (yield* base).pipe(Payout.sender({ companyName: "Acme", address }))
        }),
      },
      {
        name: "a corridor to where it begins",
        field: "corridor",
        payout: Effect.gen(function* () {
          return (yield* base).pipe(
            Payout.corridor(Payout.crossBorder(yield* us, yield* us)),
            Payout.recipient({ firstName: "Maria", lastName: "Santos" }),
          )
        }),
      },
      {
        name: "a card for the debit that proves nothing",
        field: "funding.eci",
        payout: Effect.gen(function* () {
          return (yield* base).pipe(
            Payout.from(Payout.pull({ card: yield* Pan.make(approvedCard), eci: "5" })),
          )
        }),
      },
      {
        name: "an account whose routing number has a wrong check digit",
        field: "destination.bankCode",
        payout: Effect.gen(function* () {
          const payout = yield* toAccount("bad")
          const { destination } = payout.parts
          return payout.pipe(Payout.to({ ...destination, bankCode: "021000022" }))
        }),
      },
      {
        name: "a purpose that is no code",
        field: "purpose.businessApplicationId",
        payout: Effect.map(base, Payout.purpose({ businessApplicationId: "DISBURSEMENT" })),
      },
    ]
    for (const { field, name, payout } of cases) {
      it.effect(`${name}: refused before anything is stored, naming ${field}`, () =>
        Effect.gen(function* () {
          const simulator = yield* fresh
          const given = yield* Effect.orDie(payout)
          const error = yield* refused(given)
          assert.strictEqual(error.step, "request")
          assert.strictEqual(error.error.reason._tag, "RequestInvalid")
          assert.strictEqual(error.error.reason.field, field)
          assert.deepStrictEqual(yield* Payouts.poll(given.key), Option.none())
          assert.deepStrictEqual(yield* simulator.ledger.entries(), [])
        }),
      )
    }
  },
)

const policies = Policy.layer(
  Effect.succeed({
    policy: {
      id: "payouts",
      version: "7",
      rules: {
        rails: ["card"],
        fxLock: "off",
        compliance: "off",
        maximum: [{ amount: "500.00", currency: "USD" }],
        countPerDay: 2,
      },
    },
  }),
).pipe(Layer.provide(DayCounter.layerMemory))

/** A card that no disbursement can be pushed to. */
const barred = {
  digits: "4957030005123304",
  country: "840",
  visa: [{ nonMoneyTransferPushFundsDomestic: "N", nonMoneyTransferPushFundsCrossBorder: "N" }],
}

layer(
  simulatedPayouts(
    { inspectCards: true },
    { beside: () => policies, simulator: { cards: [barred] } },
  ),
  { timeout: 60_000, excludeTestServices: true },
)("Payouts under a policy", (it) => {
  it.effect("says which rule of which policy stands against a payout", () =>
    Effect.gen(function* () {
      yield* fresh
      const before = yield* balance
      const error = yield* refused(yield* toCard("too-much", { amount: "500.01" }))
      assert.strictEqual(error.step, "policy")
      assert.deepInclude(error.error.reason, {
        _tag: "PolicyRefused",
        policy: "payouts",
        policyVersion: "7",
        rule: "maximum",
      })
      assert.deepStrictEqual(yield* balance, before)
    }),
  )

  it.effect("counts for the day what was paid, and not what was declined", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* simulator.script({
        match: { endpoint: "PushFunds" },
        answer: { actionCode: "51" },
        times: 1,
      })
      yield* declined(yield* toCard("day-0"))
      yield* Payouts.execute(yield* toCard("day-1"))
      yield* Payouts.execute(yield* toCard("day-2"))
      const error = yield* refused(yield* toCard("day-3"))
      assert.strictEqual(error.error.reason._tag, "DayLimitReached")
    }),
  )

  it.effect("asks about the card first, and refuses one that cannot receive", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      const error = yield* refused(yield* toCard("card-no", { pan: barred.digits }))
      assert.strictEqual(error.step, "card")
      assert.deepStrictEqual(yield* simulator.ledger.payments, [])
    }),
  )
})

/** Of Visa's sandbox, and one that an issuer has on record. */
const onRecord = { pan: "4957030420210462" }

layer(simulatedPayouts({ inspectCards: true, validateCards: true }), {
  timeout: 60_000,
  excludeTestServices: true,
})("Payouts to cards that are asked about", (it) => {
  it.effect("asks the issuer about the card, and refuses one that it declines", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      const before = yield* balance
      yield* simulator.script({
        match: { endpoint: "CardValidation" },
        answer: { actionCode: "46" },
        times: 1,
      })
      const error = yield* refused(yield* toCard("card-closed", onRecord))
      assert.strictEqual(error.step, "validation")
      assert.strictEqual(error.error.reason._tag, "ClosedAccount")
      assert.deepStrictEqual(yield* simulator.ledger.payments, [])
      assert.deepStrictEqual(yield* balance, before)
    }),
  )

  it.effect("asks under names of their own, and pays when nothing stands against the card", () =>
    Effect.gen(function* () {
      const simulator = yield* fresh
      yield* Payouts.execute(yield* toCard("card-good", onRecord))
      assert.deepStrictEqual(yield* trail("card-good"), [
        "Accepted",
        "Reserved",
        "CardInspected",
        "CardValidated",
        "Identified",
        "Committed",
        "Settled",
      ])
      const entries = yield* simulator.ledger.entries()
      assert.deepStrictEqual(
        entries.map(({ endpoint }) => endpoint),
        ["CardAttributes", "CardValidation", "PushFunds"],
      )
      assert.strictEqual(new Set(entries.map(({ stan }) => stan)).size, 3)
    }),
  )
})

const crossBorder = Policy.layer(
  Effect.succeed({
    policy: {
      id: "payouts",
      version: "1",
      rules: {
        rails: ["account"],
        compliance: "cross-border",
        fxLock: "required",
        slippageBps: 50,
      },
    },
  }),
).pipe(Layer.provide(DayCounter.layerMemory))

/** Nobody whose name is on it gets anything. */
const screening = Compliance.layer().pipe(
  Layer.provide(
    Layer.succeed(Screening, {
      screen: ({ name }) =>
        Effect.succeed({
          _tag: name.includes("Barred") ? "Sanctions" : "Clear",
          reference: "case 9",
        }),
    }),
  ),
)

/** From Britain to an account in the Philippines, out of pounds. */
const abroad = Effect.fnUntraced(function* (
  key: string,
  changes: { readonly lastName?: string; readonly agreedRate?: string } = {},
) {
  const [gb, ph] = [yield* Country.of("GB"), yield* Country.of("PH")]
  const { agreedRate, lastName = "Santos" } = changes
  return (yield* toAccount(key)).pipe(
    Payout.amount(yield* Money.of("5000.00", "PHP")),
    Payout.corridor(Payout.crossBorder(gb, ph)),
    Payout.sender({ companyName: "Acme Ltd", address: { country: gb, city: "London" } }),
    Payout.to(
      Payout.account({
        number: Redacted.make("001234567890"),
        numberType: "DEFAULT",
        currency: yield* Currency.of("PHP"),
      }),
    ),
    Payout.from(Payout.ledger("payouts-php")),
    Payout.recipient({ firstName: "Maria", lastName, address: { country: ph, city: "Manila" } }),
    Payout.exchange({
      sourceCurrency: yield* Currency.of("GBP"),
      ...(agreedRate === undefined ? {} : { agreedRate: BigDecimal.fromStringUnsafe(agreedRate) }),
    }),
  )
})

const inPesos = Layer.effectDiscard(
  Effect.gen(function* () {
    const ledger = yield* Ledger
    const amount = yield* Money.of("1000000.00", "PHP")
    yield* ledger.deposit({ entry: "wire php", account: "payouts-php", amount })
  }),
)

/** With a cache of quotes of its own: who clears the simulator's ledger, clears its quotes. */
const quoting = () =>
  inPesos.pipe(
    Layer.provideMerge(
      simulatedPayouts(
        {},
        {
          beside: (visa) =>
            Layer.mergeAll(crossBorder, screening, Quotes.layerMemory().pipe(Layer.provide(visa))),
        },
      ),
    ),
    Layer.orDie,
  )

layer(quoting(), { timeout: 60_000, excludeTestServices: true })(
  "A payout from Britain to the Philippines, by many",
  (it) => {
    it.effect("is one payment under one quote for a thousand callers", () =>
      Effect.gen(function* () {
        const simulator = yield* fresh
        const payout = yield* abroad("one-quote")
        const settled = yield* Effect.forEach(
          Array.from({ length: 1_000 }),
          () => Payouts.execute(payout),
          { concurrency: "unbounded" },
        )
        const payments = yield* simulator.ledger.entries({ kind: "payout" })
        assert.lengthOf(payments, 1)
        assert.deepStrictEqual(
          new Set(settled.map(({ quoteId }) => quoteId)),
          new Set([payments[0]?.quoteId]),
        )
        const asked = yield* simulator.ledger.entries({ kind: "inquiry" })
        assert.lengthOf(
          asked.filter(({ quoteId }) => quoteId !== undefined),
          1,
        )
      }),
    )
  },
)

layer(quoting(), { timeout: 60_000, excludeTestServices: true })(
  "A payout from Britain to the Philippines",
  (it) => {
    it.effect("is screened, gets a quote, and goes out with it", () =>
      Effect.gen(function* () {
        const simulator = yield* fresh
        const settled = yield* Payouts.execute(yield* abroad("abroad"))
        const [payout] = yield* simulator.ledger.entries({ kind: "payout" })
        assert.isDefined(settled.quoteId)
        assert.strictEqual(payout?.quoteId, settled.quoteId)
        assert.deepStrictEqual(yield* trail("abroad"), [
          "Accepted",
          "Reserved",
          "PolicyPassed",
          "Screened",
          "Quoted",
          "Identified",
          "Committed",
          "Committed",
          "Settled",
        ])
      }),
    )

    it.effect("is refused when a party is on a list, and nothing is held for it", () =>
      Effect.gen(function* () {
        const simulator = yield* fresh
        const error = yield* refused(yield* abroad("barred", { lastName: "Barred" }))
        assert.strictEqual(error.step, "compliance")
        assert.strictEqual(error.error.reason._tag, "SanctionsMatch")
        assert.notInclude(error.message, "Barred")
        assert.deepStrictEqual(yield* simulator.ledger.entries({ kind: "payout" }), [])
        const ledger = yield* Ledger
        const { reserved } = yield* ledger.balance("payouts-php", yield* Currency.of("PHP"))
        assert.strictEqual(reserved, 0)
      }),
    )

    it.effect("is refused when the rate is worse than agreed by more than the policy allows", () =>
      Effect.gen(function* () {
        yield* fresh
        const error = yield* refused(yield* abroad("slipped", { agreedRate: "1000" }))
        assert.strictEqual(error.step, "quote")
        assert.strictEqual(error.error.reason._tag, "SlippageExceeded")
      }),
    )
  },
)

layer(simulatedPayouts({}, { beside: () => crossBorder }), {
  timeout: 60_000,
  excludeTestServices: true,
})("A policy that demands screening where nobody screens", (it) => {
  it.effect("lets nothing out", () =>
    Effect.gen(function* () {
      yield* fresh
      const payout = (yield* abroad("unscreened")).pipe(
        Payout.from(Payout.ledger("payouts-usd")),
        Payout.amount(yield* Money.of("10.00", "USD")),
      )
      const error = yield* refused(payout)
      assert.strictEqual(error.step, "compliance")
      assert.strictEqual(error.error.reason.field, "Compliance")
    }),
  )
})
