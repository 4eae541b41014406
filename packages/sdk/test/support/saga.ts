/** Payouts against a simulated Visa, for the tests of the saga. */
import { Effect, Layer, Schedule } from "effect"
import type { Simulator, SimulatorOptions } from "effect-visa-direct-simulator"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import { Country } from "../../src/Country.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { Ledger } from "../../src/payouts/Ledger.ts"
import type { Originator } from "../../src/payouts/Originator.ts"
import { Payout } from "../../src/payouts/Payout.ts"
import { Payouts } from "../../src/payouts/Payouts.ts"
import type { PayoutsOptions } from "../../src/payouts/Payouts.ts"
import type * as VisaDirect from "../../src/VisaDirect.ts"
import { approvedCard, simulated } from "./simulated.ts"

/** Rounds follow each other at once where a person would wait. */
const impatient = { polling: Schedule.spaced("5 millis"), deadline: "2 seconds" } as const

const originator: Effect.Effect<Originator> = Effect.gen(function* () {
  const us = yield* Country.of("US")
  return {
    acquiringBin: yield* AcquiringBin.make("408999"),
    country: us,
    cardAcceptor: {
      name: "Acme Payouts",
      idCode: "ACME-01",
      terminalId: "TID-9999",
      address: { country: us, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    merchantCategoryCode: 6012,
    initiatingPartyId: 1002,
  }
}).pipe(Effect.orDie)

/** More than any test pays. */
const deposited = Layer.effectDiscard(
  Effect.gen(function* () {
    const ledger = yield* Ledger
    const amount = yield* Money.of("100000000.00", "USD")
    yield* ledger.deposit({ entry: "wire 1", account: "payouts-usd", amount })
  }),
)

/** The payouts of this process, on its memory. */
export const payoutsInMemory = (options: Partial<PayoutsOptions> = {}) =>
  deposited.pipe(
    Layer.provideMerge(
      Layer.unwrap(
        Effect.map(originator, (known) =>
          Payouts.layerMemory({ originator: known, asking: impatient, ...options }),
        ),
      ),
    ),
  )

/** A simulator of its own, the SDK pointed at it, and payouts in memory. */
export const simulatedPayouts = (
  options: Partial<PayoutsOptions> = {},
  simulator?: SimulatorOptions,
  visa?: Partial<VisaDirect.Options>,
): Layer.Layer<
  Layer.Success<ReturnType<typeof payoutsInMemory>> | VisaDirect.Services | Simulator
> => payoutsInMemory(options).pipe(Layer.provideMerge(simulated(simulator, visa)), Layer.orDie)

/** Everything but the amount and where from and to: a disbursement within the US. */
const begun = Effect.fnUntraced(function* (key: string, amount = "124.05") {
  const us = yield* Country.of("US")
  return Payout.make(key).pipe(
    Payout.amount(yield* Money.of(amount, "USD")),
    Payout.corridor(Payout.domestic(us)),
    Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
    Payout.sender({
      companyName: "Acme Inc.",
      address: { country: us, line1: "901 Metro Center Blvd", city: "Foster City", state: "CA" },
    }),
  )
})

/** A disbursement to a card, out of a ledger. */
export const toCard = Effect.fnUntraced(function* (
  key: string,
  { amount, pan = approvedCard }: { readonly amount?: string; readonly pan?: string } = {},
) {
  return (yield* begun(key, amount)).pipe(
    Payout.from(Payout.ledger("payouts-usd")),
    Payout.to(Payout.card(yield* Pan.make(pan))),
  )
})
