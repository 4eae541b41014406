/** Payouts against a simulated Visa, for the tests of the saga. */
import { Effect, Layer, Redacted, Schedule, Stream } from "effect"
import type { Simulator, SimulatorOptions } from "effect-visa-direct-simulator"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { Ledger } from "../../src/payouts/Ledger.ts"
import type { Originator } from "../../src/payouts/Originator.ts"
import { Payout } from "../../src/payouts/Payout.ts"
import { Payouts } from "../../src/payouts/Payouts.ts"
import type { PayoutsOptions } from "../../src/payouts/Payouts.ts"
import type { VisaError } from "../../src/VisaError.ts"
import type * as VisaDirect from "../../src/VisaDirect.ts"
import { approvedCard, senderCard, simulated } from "./simulated.ts"

/** Rounds follow each other at once where a person would wait. */
const impatient = { polling: Schedule.spaced("5 millis"), deadline: "2 seconds" } as const

export const originator: Effect.Effect<Originator> = Effect.gen(function* () {
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

const account = "payouts-usd"

/** More than any test pays. */
export const deposited = Effect.gen(function* () {
  const ledger = yield* Ledger
  const amount = yield* Money.of("100000000.00", "USD")
  yield* ledger.deposit({ entry: "wire 1", account, amount })
})

/** What is available and reserved on the account that payouts are paid out of, in cents. */
export const balance = Effect.gen(function* () {
  const ledger = yield* Ledger
  return yield* ledger.balance(account, yield* Currency.of("USD"))
})

type InMemory = Layer.Success<ReturnType<typeof Payouts.layerMemory>>

/**
 * A simulator of its own, the SDK pointed at it, and payouts in memory.
 *
 * @param beside provides further services to the saga, such as a policy
 */
export const simulatedPayouts = (
  options: Partial<PayoutsOptions> = {},
  {
    beside = () => Layer.empty,
    simulator,
    visa,
  }: {
    readonly beside?: (
      visa: Layer.Layer<VisaDirect.Services, VisaError>,
    ) => Layer.Layer<never, VisaError>
    readonly simulator?: SimulatorOptions
    readonly visa?: Partial<VisaDirect.Options>
  } = {},
): Layer.Layer<InMemory | VisaDirect.Services | Simulator> => {
  const server = simulated(simulator, visa)
  return Layer.effectDiscard(deposited).pipe(
    Layer.provideMerge(
      Layer.unwrap(
        Effect.map(originator, (known) =>
          Payouts.layerMemory({
            originator: known,
            asking: impatient,
            patience: ["10 millis", "20 millis"],
            ...options,
          }),
        ),
      ),
    ),
    Layer.provideMerge(beside(server)),
    Layer.provideMerge(server),
    Layer.orDie,
  )
}

/** Everything but where from and to: a disbursement within the US. */
const begun = Effect.fnUntraced(function* (key: string, amount: string) {
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

export interface Changes {
  readonly amount?: string
  readonly pan?: string
}

/** A disbursement to a card, out of a ledger. */
export const toCard = Effect.fnUntraced(function* (key: string, changes: Changes = {}) {
  return (yield* begun(key, changes.amount ?? "124.05")).pipe(
    Payout.from(Payout.ledger(account)),
    Payout.to(Payout.card(yield* Pan.make(changes.pan ?? approvedCard))),
  )
})

/** The same, funded from another card. */
export const fromCard = Effect.fnUntraced(function* (key: string, changes: Changes = {}) {
  const card = yield* Pan.make(senderCard)
  return (yield* toCard(key, changes)).pipe(
    Payout.from(Payout.pull({ card, expiry: "2030-10", eci: "7" })),
  )
})

/** The same, funded by a receipt of money from outside. */
export const fromReceipt = Effect.fnUntraced(function* (
  key: string,
  receipt: string,
  changes: Changes = {},
) {
  return (yield* toCard(key, changes)).pipe(
    Payout.from(Payout.external({ receipt, issuer: "Example Bank" })),
  )
})

/** To a bank account. */
export const toAccount = Effect.fnUntraced(function* (key: string, changes: Changes = {}) {
  return (yield* toCard(key, changes)).pipe(
    Payout.to(
      Payout.account({
        number: Redacted.make("6970093"),
        numberType: "DEFAULT",
        bankCode: "021000021",
        bankCodeType: "ABA",
        currency: yield* Currency.of("USD"),
      }),
    ),
    Payout.recipient({ firstName: "Jessica", lastName: "Smith" }),
  )
})

/** To a wallet. */
export const toWallet = Effect.fnUntraced(function* (key: string, changes: Changes = {}) {
  return (yield* toCard(key, changes)).pipe(
    Payout.to(
      Payout.wallet({
        operator: "AIRTEL_MONEY",
        identifier: Redacted.make("+260970000000"),
        identifierType: "PHONENUMBER",
        currency: yield* Currency.of("USD"),
      }),
    ),
    Payout.recipient({ firstName: "John", lastName: "Do" }),
  )
})

/** The tags of everything that has happened to a payout that has ended. */
export const trail = (key: string) =>
  Effect.map(Stream.runCollect(Payouts.events(key)), (events) => events.map(({ _tag }) => _tag))
