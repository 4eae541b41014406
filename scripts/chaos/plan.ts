/** Which payouts a chaos run makes. Both sides read it: the worker that pays, and the judge. */
import { Effect } from "effect"
import { AcquiringBin, Country, Currency, Money, Pan, Payout } from "effect-visa-direct"
import type { Originator } from "effect-visa-direct"
import { Redacted } from "effect"

/** Payouts that follow each other. */
export interface Range {
  readonly from: number
  /** Exclusive. */
  readonly until: number
}

/** What the worker is told, as JSON in the variable `CHAOS_WORKER`. */
export interface WorkerSettings {
  readonly engine: "pglite" | "postgres" | "cluster"
  /** A folder, or the URL of a database. */
  readonly database: string
  readonly port: number
  readonly simulator: { readonly url: string; readonly dir: string }
  readonly vaultKey: string
  readonly fingerprintKey: string
  readonly mode: "pay" | "finish"
  /** Of `pay`: where to begin. */
  readonly from: number
  /** Of `finish`: what was begun. */
  readonly ranges: ReadonlyArray<Range>
  readonly concurrency: number
  readonly leaseMillis: number
  /** How long to wait between claiming a push and sending it: room for a signal. */
  readonly claimMillis: number
}

/** `declined`: Visa says no. `pulled`: funded from a card. `account`: to a bank account. */
export type Kind = "card" | "declined" | "pulled" | "pulledDeclined" | "account"

const kinds: ReadonlyArray<Kind> = [
  "card",
  "card",
  "pulled",
  "card",
  "declined",
  "card",
  "card",
  "pulledDeclined",
  "card",
  "account",
]

export const kindOf = (index: number): Kind => kinds[index % kinds.length] ?? "card"

export const keyOf = (index: number): string => `chaos-${index}`

/** A payout is known by its amount: its identity at Visa is what is on trial. From 10.00, in cents. */
export const centsOf = (index: number): number => 1_000 + index

export const amountOf = (index: number): string => {
  const minor = centsOf(index)
  return `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, "0")}`
}

/** The cards are Visa's public test numbers; to the second one the simulator is told to say no. */
const approvedCard = "4060320000000127"
export const declinedCard = "4957030420210462"
const senderCard = "4060320000000126"

/** The account that payouts are paid out of, and what is in it at first, in cents. */
export const account = "chaos"
export const deposited = 90_000_000_000

/** What the ledger of the SDK says of it in the end. */
export interface Balance {
  readonly available: number
  readonly reserved: number
}

export const originator: Effect.Effect<Originator> = Effect.gen(function* () {
  const country = yield* Country.of("US")
  return {
    acquiringBin: yield* AcquiringBin.make("408999"),
    country,
    cardAcceptor: {
      name: "Chaos Ltd",
      idCode: "CHAOS-01",
      terminalId: "TID-0001",
      address: { country, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    merchantCategoryCode: 6012,
    initiatingPartyId: 1002,
  }
}).pipe(Effect.orDie)

export const payoutOf = (index: number): Effect.Effect<Payout> =>
  Effect.gen(function* () {
    const us = yield* Country.of("US")
    const kind = kindOf(index)
    const funding =
      kind === "pulled" || kind === "pulledDeclined"
        ? Payout.pull({ card: yield* Pan.make(senderCard), expiry: "2030-10", eci: "7" })
        : Payout.ledger(account)
    const begun = Payout.make(keyOf(index)).pipe(
      Payout.amount(yield* Money.of(amountOf(index), "USD")),
      Payout.corridor(Payout.domestic(us)),
      Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
      Payout.sender({
        companyName: "Chaos Ltd",
        address: { country: us, line1: "1 Market Street", city: "San Francisco", state: "CA" },
      }),
      Payout.from(funding),
    )
    if (kind === "account") {
      return begun.pipe(
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
    }
    const card = kind === "card" || kind === "pulled" ? approvedCard : declinedCard
    return begun.pipe(Payout.to(Payout.card(yield* Pan.make(card))))
  }).pipe(Effect.orDie)

/** What the worker says of one payout in the end. */
export interface Belief {
  readonly index: number
  readonly state:
    | "Settled"
    | "PayoutDeclined"
    | "PayoutRefused"
    | "PayoutUnknown"
    | "InProgress"
    | "None"
  readonly detail?: string | undefined
}
