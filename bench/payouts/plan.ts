/** What is paid, and to whom it is sent: for the engines and for the bulk run. */
import { Effect, Redacted } from "effect"
import { AcquiringBin, Country, Ledger, Money, Pan, Payout, VisaDirect } from "effect-visa-direct"
import { fromFiles } from "../../examples/demo/credentials.ts"

export const card = "4060320000000127"
export const amount = "124.05"
const account = "payouts-usd"

/** Deposits what the payouts are paid out of. */
export const deposit = Effect.gen(function* () {
  const ledger = yield* Ledger
  yield* ledger.deposit({ entry: "wire 1", account, amount: yield* Money.of("900000000", "USD") })
})

export const originator = Effect.gen(function* () {
  const country = yield* Country.of("US")
  return {
    acquiringBin: yield* AcquiringBin.make("408999"),
    country,
    cardAcceptor: {
      name: "Visa Inc. USA-Foster City",
      idCode: "CA-IDCode-77765",
      terminalId: "TID-9999",
      address: { country, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    merchantCategoryCode: 6012,
  }
})

/** Makes payouts that differ in their keys alone. */
export const payoutMaker = Effect.gen(function* () {
  const us = yield* Country.of("US")
  const pan = yield* Pan.make(card)
  const money = yield* Money.of(amount, "USD")
  return (key: string) =>
    Payout.make(key).pipe(
      Payout.amount(money),
      Payout.from(Payout.ledger(account)),
      Payout.to(Payout.card(pan)),
      Payout.corridor(Payout.domestic(us)),
      Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
      Payout.sender({
        companyName: "Acme Inc.",
        accountNumber: Redacted.make("4060320000000126"),
        address: { country: us, line1: "901 Metro Center Blvd", city: "Foster City", state: "CA" },
      }),
    )
})

export const visa = (simulator: Parameters<typeof fromFiles>[0] & { readonly url: string }) =>
  VisaDirect.layer({
    environment: "sandbox",
    baseUrl: simulator.url,
    credentials: fromFiles(simulator),
  })

export const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
