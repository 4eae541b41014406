/**
 * What the examples of payouts have in common: who moves the money, where payouts are kept, and how their
 * ends read.
 *
 * They are kept in memory here. `Engine.layerEmbedded({ folder, originator })` in the place of
 * `Payouts.layerMemory` keeps them over a crash; nothing else changes.
 */
import { Console, Effect, Layer } from "effect"
import { AcquiringBin, Country, Ledger, Money, Payouts, VisaDirect } from "effect-visa-direct"
import type { Payout } from "effect-visa-direct"

const originator = (country: "US" | "GB") =>
  Effect.gen(function* () {
    const home = yield* Country.of(country)
    return {
      acquiringBin: yield* AcquiringBin.make("408999"),
      country: home,
      cardAcceptor: {
        name: "Acme Payouts",
        idCode: "ACME-01",
        terminalId: "TID-9999",
        address:
          country === "US"
            ? { country: home, state: "CA", county: "San Mateo", zipCode: "94404" }
            : { country: home },
      },
      // Only for debits of cards.
      merchantCategoryCode: 6012,
      // Only for payouts to accounts and wallets, and for rates.
      initiatingPartyId: 1002,
    }
  })

/** Payouts of a company in this country, on credentials from `VISA_DIRECT_*`. */
export const payouts = (country: "US" | "GB") =>
  Layer.unwrap(
    Effect.map(originator(country), (known) => Payouts.layerMemory({ originator: known })),
  )

export const visa = VisaDirect.layerConfig

/** Money that payouts are paid out of. Deposited again under the same entry it changes nothing. */
export const deposit = Effect.fnUntraced(function* (
  account: string,
  amount: string,
  currency: string,
) {
  const ledger = yield* Ledger
  yield* ledger.deposit({
    entry: `opening of ${account}`,
    account,
    amount: yield* Money.of(amount, currency),
  })
})

/** Pays and tells how it ended: the four ends that a program has to know. */
export const pay = (payout: Payout) =>
  Payouts.execute(payout).pipe(
    Effect.matchEffect({
      onSuccess: ({ rail, via }) => Console.log(`${payout.key}: settled by ${via} (${rail})`),
      onFailure: (error) => {
        switch (error._tag) {
          case "PayoutDeclined":
          case "PayoutRefused": {
            const undone = error.compensated.join(", ") || "nothing was held"
            const end = error._tag === "PayoutDeclined" ? "declined" : "refused"
            return Console.log(
              `${payout.key}: ${end} in the step ${error.step}, ${error.error.reason._tag}; ${undone}`,
            )
          }
          case "PayoutUnknown":
            // Neither pay in another way nor give anything back: it is on the work list.
            return Console.log(`${payout.key}: unknown since ${error.since}, ask again later`)
        }
      },
    }),
  )
