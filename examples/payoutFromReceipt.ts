/**
 * External funding: a customer has paid by bank transfer (payment initiation, PIS), and the receipt of it
 * funds one payout, once.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { Claims, Country, Money, Pan, Payout, ReceiptGuard, VisaError } from "effect-visa-direct"
import { pay, payouts, visa } from "./payouts/setup.ts"

/** Whoever initiated the payment is asked about its receipt; here there is one receipt. */
const receipts = ReceiptGuard.layer({
  verify: ({ receipt }) =>
    receipt === "PIS-2044-1"
      ? Effect.map(Money.of("124.05", "USD"), (amount) => ({ amount }))
      : Effect.fail(VisaError.of("ReceiptInvalid", { detail: "The bank does not know it" })),
}).pipe(Layer.provide(Claims.layerMemory))

const paidBy = Effect.fnUntraced(function* (key: string, receipt: string) {
  const us = yield* Country.of("US")
  return Payout.make(key).pipe(
    Payout.amount(yield* Money.of("124.05", "USD")),
    Payout.from(Payout.external({ issuer: "Example Bank", receipt })),
    Payout.to(Payout.card(yield* Pan.make("4060320000000127"))),
    Payout.corridor(Payout.domestic(us)),
    Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
    Payout.sender({
      companyName: "Acme Inc.",
      address: { country: us, line1: "901 Metro Center Blvd", city: "Foster City", state: "CA" },
    }),
  )
})

const program = Effect.gen(function* () {
  yield* pay(yield* paidBy("order-1", "PIS-2044-1"))
  // What has paid for one payout pays for no other.
  yield* pay(yield* paidBy("order-2", "PIS-2044-1"))
  yield* pay(yield* paidBy("order-3", "PIS-forged"))
})

program.pipe(
  Effect.provide(payouts("US").pipe(Layer.provide(receipts), Layer.provideMerge(visa))),
  NodeRuntime.runMain,
)
