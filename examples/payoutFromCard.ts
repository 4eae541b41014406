/**
 * Card funding: a card is debited first (AFT), then the other one is paid. When that is declined, the debit
 * is reversed.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { Country, Money, Pan, Payout } from "effect-visa-direct"
import { pay, payouts, visa } from "./payouts/setup.ts"

const program = Effect.gen(function* () {
  const us = yield* Country.of("US")
  yield* pay(
    Payout.make("transfer-1").pipe(
      Payout.amount(yield* Money.of("124.05", "USD")),
      Payout.from(
        Payout.pull({
          card: yield* Pan.make("4060320000000126"),
          expiry: "2030-10",
          // How the cardholder was authenticated: 7 is a secure channel without 3-D Secure.
          eci: "7",
        }),
      ),
      Payout.to(Payout.card(yield* Pan.make("4060320000000127"))),
      Payout.corridor(Payout.domestic(us)),
      Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
      Payout.sender({
        companyName: "Acme Inc.",
        address: { country: us, line1: "901 Metro Center Blvd", city: "Foster City", state: "CA" },
      }),
    ),
  )
})

program.pipe(Effect.provide(Layer.provideMerge(payouts("US"), visa)), NodeRuntime.runMain)
