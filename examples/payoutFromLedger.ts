/** Internal funding: payouts out of a ledger, to a card, an alias, a bank account and a wallet. */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer, Redacted } from "effect"
import { Country, Currency, Money, Pan, Payout } from "effect-visa-direct"
import { deposit, pay, payouts, visa } from "./payouts/setup.ts"

const program = Effect.gen(function* () {
  const us = yield* Country.of("US")
  const usd = yield* Currency.of("USD")
  yield* deposit("drivers-usd", "1000.00", "USD")

  const disbursement = (key: string) =>
    Effect.map(Money.of("124.05", "USD"), (amount) =>
      Payout.make(key).pipe(
        Payout.amount(amount),
        Payout.from(Payout.ledger("drivers-usd")),
        Payout.corridor(Payout.domestic(us)),
        Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
        Payout.sender({
          companyName: "Acme Inc.",
          address: {
            country: us,
            line1: "901 Metro Center Blvd",
            city: "Foster City",
            state: "CA",
          },
        }),
      ),
    )

  yield* pay(
    (yield* disbursement("driver-1")).pipe(
      Payout.to(Payout.card(yield* Pan.make("4060320000000127"))),
    ),
  )
  // A phone number of Visa's sandbox; the card behind it is found first.
  yield* pay(
    (yield* disbursement("driver-2")).pipe(Payout.to(Payout.alias(Redacted.make("254711001987")))),
  )
  yield* pay(
    (yield* disbursement("driver-3")).pipe(
      Payout.to(
        Payout.account({
          number: Redacted.make("6970093"),
          numberType: "DEFAULT",
          bankCode: "021000021",
          bankCodeType: "ABA",
          currency: usd,
        }),
      ),
      Payout.recipient({ firstName: "Jessica", lastName: "Smith" }),
    ),
  )
  yield* pay(
    (yield* disbursement("driver-4")).pipe(
      Payout.to(
        Payout.wallet({
          operator: "AIRTEL_MONEY",
          identifier: Redacted.make("+260970000000"),
          identifierType: "PHONENUMBER",
          currency: usd,
        }),
      ),
      Payout.recipient({ firstName: "John", lastName: "Do" }),
    ),
  )
})

program.pipe(Effect.provide(Layer.provideMerge(payouts("US"), visa)), NodeRuntime.runMain)
