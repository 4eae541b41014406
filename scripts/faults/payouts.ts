/** The payouts of the matrix: one kind for each way through the saga. */
import { Effect, Redacted } from "effect"
import { AcquiringBin, Country, Currency, Ledger, Money, Pan, Payout } from "effect-visa-direct"
import type { Originator } from "effect-visa-direct"

/** Accounts of the SDK's own ledger, each in its currency. */
const accounts = { USD: "payouts-usd", PHP: "payouts-php" } as const
const currencies = ["USD", "PHP"] as const

/** Visa's public sandbox numbers. */
const recipientCard = "4957030420210462"
const senderCard = "4060320000000126"
const registeredAlias = "254711001987"

export const originator: Effect.Effect<Originator> = Effect.gen(function* () {
  const country = yield* Country.of("US")
  return {
    acquiringBin: yield* AcquiringBin.make("408999"),
    country,
    cardAcceptor: {
      name: "Acme Payouts",
      idCode: "ACME-01",
      terminalId: "TID-9999",
      address: { country, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    merchantCategoryCode: 6012,
    initiatingPartyId: 1002,
  }
}).pipe(Effect.orDie)

export const deposit = Effect.gen(function* () {
  const ledger = yield* Ledger
  for (const currency of currencies) {
    yield* ledger.deposit({
      entry: `wire ${currency}`,
      account: accounts[currency],
      amount: yield* Money.of("1000000.00", currency),
    })
  }
})

/** Minor units, of both accounts together: a payout is out of one of them. */
export const balance = Effect.gen(function* () {
  const ledger = yield* Ledger
  let [available, reserved] = [0, 0]
  for (const currency of currencies) {
    const found = yield* ledger.balance(accounts[currency], yield* Currency.of(currency))
    available += found.available
    reserved += found.reserved
  }
  return { available, reserved }
})

const begun = Effect.fnUntraced(function* (key: string) {
  const us = yield* Country.of("US")
  return Payout.make(key).pipe(
    Payout.amount(yield* Money.of("25.00", "USD")),
    Payout.corridor(Payout.domestic(us)),
    Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
    Payout.from(Payout.ledger(accounts.USD)),
    Payout.to(Payout.card(yield* Pan.make(recipientCard))),
    Payout.sender({
      companyName: "Acme Inc.",
      address: { country: us, line1: "901 Metro Center Blvd", city: "Foster City", state: "CA" },
    }),
  )
})

type Make = (key: string) => Effect.Effect<Payout>

export const toCard: Make = (key) => Effect.orDie(begun(key))

export const toAlias: Make = (key) =>
  Effect.orDie(Effect.map(begun(key), Payout.to(Payout.alias(Redacted.make(registeredAlias)))))

export const fromCard: Make = (key) =>
  Effect.gen(function* () {
    const card = yield* Pan.make(senderCard)
    return (yield* begun(key)).pipe(Payout.from(Payout.pull({ card, expiry: "2030-10", eci: "7" })))
  }).pipe(Effect.orDie)

const recipient = Payout.recipient({ firstName: "Jessica", lastName: "Smith" })

export const toAccount: Make = (key) =>
  Effect.gen(function* () {
    return (yield* begun(key)).pipe(
      Payout.to(
        Payout.account({
          number: Redacted.make("6970093"),
          numberType: "DEFAULT",
          bankCode: "021000021",
          bankCodeType: "ABA",
          currency: yield* Currency.of("USD"),
        }),
      ),
      recipient,
    )
  }).pipe(Effect.orDie)

export const toWallet: Make = (key) =>
  Effect.gen(function* () {
    return (yield* begun(key)).pipe(
      Payout.to(
        Payout.wallet({
          operator: "AIRTEL_MONEY",
          identifier: Redacted.make("+260970000000"),
          identifierType: "PHONENUMBER",
          currency: yield* Currency.of("USD"),
        }),
      ),
      recipient,
    )
  }).pipe(Effect.orDie)

/** From the US to an account in the Philippines, out of dollars: screened, and with a rate. */
export const toAccountAbroad: Make = (key) =>
  Effect.gen(function* () {
    const [us, ph] = [yield* Country.of("US"), yield* Country.of("PH")]
    return (yield* begun(key)).pipe(
      Payout.amount(yield* Money.of("25.00", "PHP")),
      Payout.corridor(Payout.crossBorder(us, ph)),
      Payout.from(Payout.ledger(accounts.PHP)),
      Payout.to(
        Payout.account({
          number: Redacted.make("001234567890"),
          numberType: "DEFAULT",
          currency: yield* Currency.of("PHP"),
        }),
      ),
      Payout.recipient({
        firstName: "Maria",
        lastName: "Santos",
        address: { country: ph, city: "Manila" },
      }),
      Payout.exchange({ sourceCurrency: yield* Currency.of("USD") }),
    )
  }).pipe(Effect.orDie)
