/**
 * From Britain to an account in the Philippines, under a policy that has both parties screened and the rate
 * locked: the quote of Visa goes out with the payout.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer, Redacted } from "effect"
import {
  Compliance,
  Country,
  Currency,
  DayCounter,
  Money,
  Payout,
  Policy,
  Quotes,
  Screening,
} from "effect-visa-direct"
import { deposit, pay, payouts, visa } from "./payouts/setup.ts"

const policy = Policy.layer(
  Effect.succeed({
    policy: {
      id: "payouts",
      version: "1",
      rules: { compliance: "cross-border", fxLock: "required", slippageBps: 50 },
      corridors: [
        {
          from: "GB",
          to: "PH",
          rules: { rails: ["account"], maximum: [{ amount: "50000.00", currency: "PHP" }] },
        },
      ],
    },
  }),
).pipe(Layer.provide(DayCounter.layerMemory))

/** Visa's watch list is a hint. A screening service of your own: `Layer.succeed(Screening, …)`. */
const compliance = Compliance.layer().pipe(Layer.provide(Screening.layerWatchList()))

const rules = Layer.mergeAll(policy, compliance, Quotes.layerMemory())

const remittance = Effect.fnUntraced(function* (key: string, amount: string, lastName: string) {
  const [gb, ph] = [yield* Country.of("GB"), yield* Country.of("PH")]
  return Payout.make(key).pipe(
    Payout.amount(yield* Money.of(amount, "PHP")),
    Payout.from(Payout.ledger("remittances-php")),
    Payout.to(
      Payout.account({
        number: Redacted.make("001234567890"),
        numberType: "DEFAULT",
        currency: yield* Currency.of("PHP"),
      }),
    ),
    Payout.corridor(Payout.crossBorder(gb, ph)),
    Payout.exchange({ sourceCurrency: yield* Currency.of("GBP") }),
    Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
    Payout.sender({ companyName: "Acme Ltd", address: { country: gb, city: "London" } }),
    Payout.recipient({
      firstName: "Maria",
      lastName,
      address: { country: ph, city: "Manila" },
    }),
  )
})

const program = Effect.gen(function* () {
  yield* deposit("remittances-php", "100000.00", "PHP")
  yield* pay(yield* remittance("remittance-1", "5000.00", "Santos"))
  yield* pay(yield* remittance("remittance-2", "50000.01", "Santos"))
  yield* pay(yield* remittance("remittance-3", "5000.00", "Listed Person"))
})

program.pipe(
  Effect.provide(payouts("GB").pipe(Layer.provide(rules), Layer.provideMerge(visa))),
  NodeRuntime.runMain,
)
