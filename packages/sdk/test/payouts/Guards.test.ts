/** Every guard that can refuse a payout: what its caller is told, and what operations sees of it. */
import { assert, layer } from "@effect/vitest"
import { BigDecimal, Effect, Layer, Redacted } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { Claims } from "../../src/payouts/Claims.ts"
import { Compliance } from "../../src/payouts/Compliance.ts"
import { DayCounter } from "../../src/payouts/DayCounter.ts"
import { Ledger } from "../../src/payouts/Ledger.ts"
import { Payout } from "../../src/payouts/Payout.ts"
import type {
  PayoutDeclined,
  PayoutRefused,
  PayoutUnknown,
} from "../../src/payouts/PayoutResult.ts"
import { Payouts } from "../../src/payouts/Payouts.ts"
import { Policy } from "../../src/payouts/Policy.ts"
import { Quotes } from "../../src/payouts/Quotes.ts"
import { ReceiptGuard } from "../../src/payouts/ReceiptGuard.ts"
import { Screening } from "../../src/payouts/Screening.ts"
import { guards } from "../../src/Telemetry.ts"
import type { Guard } from "../../src/Telemetry.ts"
import type { Tag, VisaError } from "../../src/VisaError.ts"
import { guardFailures } from "../support/guardFailures.ts"
import * as Sagas from "../support/saga.ts"
import { simulatedPayouts, toAccount } from "../support/saga.ts"

const policy = Policy.layer(
  Effect.succeed({
    policy: {
      id: "payouts",
      version: "1",
      rules: {
        rails: ["card", "account"],
        compliance: "cross-border",
        fxLock: "required",
        slippageBps: 50,
        maximum: [
          { amount: "500.00", currency: "USD" },
          { amount: "50000.00", currency: "PHP" },
        ],
      },
    },
  }),
).pipe(Layer.provide(DayCounter.layerMemory))

const compliance = Compliance.layer().pipe(
  Layer.provide(
    Layer.succeed(Screening, {
      screen: ({ name }) =>
        Effect.succeed({ _tag: name === "Maria Barred" ? "Sanctions" : "Clear" }),
    }),
  ),
)

/** Every receipt is good for 200 dollars. */
const receipts = ReceiptGuard.layer({
  verify: () => Effect.orDie(Effect.map(Money.of("200.00", "USD"), (amount) => ({ amount }))),
}).pipe(Layer.provide(Claims.layerMemory))

/** A card of Visa's sandbox that an issuer has on record, until 2040-10. */
const onRecord = { pan: "4957030420210462" }
const toCard = (key: string, changes: Sagas.Changes = {}) =>
  Sagas.toCard(key, { ...onRecord, ...changes })
const fromCard = (key: string) => Sagas.fromCard(key, onRecord)
const fromReceipt = (key: string, receipt: string) => Sagas.fromReceipt(key, receipt, onRecord)

/** A card that no disbursement can be pushed to. */
const barred = {
  digits: "4957030005123304",
  country: "840",
  visa: [{ nonMoneyTransferPushFundsDomestic: "N", nonMoneyTransferPushFundsCrossBorder: "N" }],
}

/** To the Philippines, out of dollars. */
const abroad = Effect.fnUntraced(function* (key: string, lastName: string, agreedRate?: string) {
  const [us, ph] = [yield* Country.of("US"), yield* Country.of("PH")]
  return (yield* toAccount(key)).pipe(
    Payout.amount(yield* Money.of("5000.00", "PHP")),
    Payout.corridor(Payout.crossBorder(us, ph)),
    Payout.from(Payout.ledger("payouts-php")),
    Payout.to(
      Payout.account({
        number: Redacted.make("001234567890"),
        numberType: "DEFAULT",
        currency: yield* Currency.of("PHP"),
      }),
    ),
    Payout.recipient({
      firstName: "Maria",
      lastName,
      address: { country: ph, city: "Manila" },
    }),
    Payout.exchange({
      sourceCurrency: yield* Currency.of("USD"),
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

type Refusal = PayoutDeclined | PayoutRefused | PayoutUnknown | VisaError

interface Case {
  readonly step: string
  readonly tag: Tag
  /** What has to happen before. */
  readonly first?: Effect.Effect<unknown, Refusal, Payouts | Simulator>
  readonly payout: Effect.Effect<Payout, Refusal>
}

const cases: { readonly [G in Guard]: Case } = {
  idempotency: {
    step: "key",
    tag: "IdempotencyConflict",
    first: Effect.flatMap(toCard("taken", { amount: "10.00" }), Payouts.execute),
    payout: toCard("taken", { amount: "10.01" }),
  },
  request: {
    step: "request",
    tag: "RequestInvalid",
    payout: toCard("nothing", { amount: "0.00" }),
  },
  ledger: {
    step: "ledger",
    tag: "BalanceTooLow",
    payout: Effect.map(toCard("poor"), Payout.from(Payout.ledger("empty"))),
  },
  funding: {
    step: "funding",
    tag: "ReceiptReused",
    first: Effect.gen(function* () {
      yield* Payouts.execute(yield* fromCard("funded"))
      // Visa confirms the next debit under the name of this one.
      const { ledger, script } = yield* Simulator
      const [debit] = yield* ledger.entries({ kind: "pull" })
      yield* script({
        match: { endpoint: "PullFunds" },
        answer: { fields: { transactionIdentifier: Number(debit?.transactionIdentifier) } },
        times: 1,
      })
    }),
    payout: fromCard("funded-by-another"),
  },
  receipt: {
    step: "receipt",
    tag: "ReceiptReused",
    first: Effect.flatMap(fromReceipt("receipt-1", "R-1"), Payouts.execute),
    payout: fromReceipt("receipt-2", "R-1"),
  },
  alias: {
    step: "alias",
    tag: "AliasNotFound",
    payout: Effect.map(toCard("nobody"), Payout.to(Payout.alias(Redacted.make("254700000000")))),
  },
  attributes: {
    step: "card",
    tag: "CardNotEligible",
    payout: toCard("barred-card", { pan: barred.digits }),
  },
  validation: {
    step: "validation",
    tag: "ExpiredCard",
    payout: Effect.gen(function* () {
      const card = yield* Pan.make(onRecord.pan)
      const expiry = "2035-12"
      return (yield* toCard("other-date")).pipe(Payout.to(Payout.card(card, { expiry })))
    }),
  },
  policy: {
    step: "policy",
    tag: "PolicyRefused",
    payout: toCard("too-much", { amount: "500.01" }),
  },
  compliance: {
    step: "compliance",
    tag: "SanctionsMatch",
    payout: abroad("barred-party", "Barred"),
  },
  quote: {
    step: "quote",
    tag: "SlippageExceeded",
    payout: abroad("slipped", "Santos", "1000"),
  },
}

const counts = Effect.map(
  Effect.forEach(guards, (guard) =>
    Effect.map(guardFailures(guard), (count) => [guard, count] as const),
  ),
  (counted): Record<string, number> => Object.fromEntries(counted),
)

layer(
  inPesos.pipe(
    Layer.provideMerge(
      simulatedPayouts(
        { inspectCards: true, validateCards: true },
        {
          beside: (visa) =>
            Layer.mergeAll(
              policy,
              compliance,
              receipts,
              Quotes.layerMemory().pipe(Layer.provide(visa)),
            ),
          simulator: { cards: [barred] },
        },
      ),
    ),
    Layer.orDie,
  ),
  { timeout: 60_000, excludeTestServices: true },
)("visa_direct_guard_failures_total", (it) => {
  for (const guard of guards) {
    const { first = Effect.void, payout, step, tag } = cases[guard]
    it.effect(`counts what the guard ${guard} refuses, once, and nothing else of it`, () =>
      Effect.gen(function* () {
        yield* Effect.orDie(first)
        const before = yield* counts
        const error = yield* Effect.flip(Payouts.execute(yield* Effect.orDie(payout)))
        if (error._tag !== "PayoutRefused") return assert.fail(error._tag)
        assert.strictEqual(error.step, step)
        assert.strictEqual(error.error.reason._tag, tag)
        assert.deepStrictEqual(yield* counts, { ...before, [guard]: (before[guard] ?? 0) + 1 })
      }),
    )
  }
})
