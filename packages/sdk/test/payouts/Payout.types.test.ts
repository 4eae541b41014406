/** What compiles is the subject; what runs is a formality. */
import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { inspect } from "node:util"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { Payout } from "../../src/payouts/Payout.ts"

const executable = (payout: Payout): string => payout.key

const values = Effect.gen(function* () {
  const us = yield* Country.of("US")
  const ph = yield* Country.of("PH")
  return {
    us,
    ph,
    php: yield* Currency.of("PHP"),
    amount: yield* Money.of("10.00", "USD"),
    pan: yield* Pan.make("4060320000000127"),
    sender: { companyName: "Acme Inc.", address: { country: us } },
    recipient: { firstName: "Maria", lastName: "Santos" },
    purpose: { businessApplicationId: "FD" },
  }
})

it.effect("a domestic payout to a card compiles without a recipient", () =>
  Effect.gen(function* () {
    const { amount, pan, purpose, sender, us } = yield* values
    const payout = Payout.make("k").pipe(
      Payout.amount(amount),
      Payout.from(Payout.ledger("usd")),
      Payout.to(Payout.card(pan)),
      Payout.corridor(Payout.domestic(us)),
      Payout.purpose(purpose),
      Payout.sender(sender),
    )
    assert.strictEqual(executable(payout), "k")
    // The order of the parts does not matter, and a part can be replaced.
    const other = Payout.make("k").pipe(
      Payout.sender(sender),
      Payout.purpose(purpose),
      Payout.corridor(Payout.domestic(us)),
      Payout.to(Payout.alias(Redacted.make("254711001987"))),
      Payout.to(Payout.card(pan)),
      Payout.from(Payout.pull({ card: pan, eci: "7" })),
      Payout.amount(amount),
    )
    assert.strictEqual(executable(other), "k")
  }),
)

it.effect("each part that every payout needs is missed at compile time", () =>
  Effect.gen(function* () {
    const { amount, pan, purpose, sender, us } = yield* values
    const base = Payout.make("k")
    const to = Payout.to(Payout.card(pan))
    const from = Payout.from(Payout.ledger("usd"))
    const corridor = Payout.corridor(Payout.domestic(us))
    const what = Payout.amount(amount)
    const why = Payout.purpose(purpose)
    const who = Payout.sender(sender)
    const incomplete = [
      // @ts-expect-error Property 'amount' is missing
      base.pipe(from, to, corridor, why, who) satisfies Payout,
      // @ts-expect-error Property 'funding' is missing
      base.pipe(what, to, corridor, why, who) satisfies Payout,
      // @ts-expect-error Property 'destination' is missing
      base.pipe(what, from, corridor, why, who) satisfies Payout,
      // @ts-expect-error Property 'corridor' is missing
      base.pipe(what, from, to, why, who) satisfies Payout,
      // @ts-expect-error Property 'purpose' is missing
      base.pipe(what, from, to, corridor, who) satisfies Payout,
      // @ts-expect-error Property 'sender' is missing
      base.pipe(what, from, to, corridor, why) satisfies Payout,
    ]
    assert.isTrue(incomplete.every(({ key }) => key === "k"))
  }),
)

it.effect("a card in another country, an account and a wallet need a recipient", () =>
  Effect.gen(function* () {
    const { amount, pan, ph, php, purpose, recipient, sender, us } = yield* values
    const begun = Payout.make("k").pipe(
      Payout.amount(amount),
      Payout.from(Payout.external({ receipt: "R-1", issuer: "Example Bank" })),
      Payout.purpose(purpose),
      Payout.sender(sender),
    )
    const abroad = begun.pipe(
      Payout.corridor(Payout.crossBorder(us, ph)),
      Payout.to(Payout.card(pan)),
    )
    const account = begun.pipe(
      Payout.corridor(Payout.domestic(ph)),
      Payout.to(
        Payout.account({ number: Redacted.make("697009"), numberType: "DEFAULT", currency: php }),
      ),
    )
    const wallet = begun.pipe(
      Payout.corridor(Payout.domestic(ph)),
      Payout.to(
        Payout.wallet({
          operator: "GCASH",
          identifier: Redacted.make("639170000000"),
          identifierType: "PHONENUMBER",
          currency: php,
        }),
      ),
    )
    const incomplete = [
      // @ts-expect-error Property 'recipient' is missing
      abroad satisfies Payout,
      // @ts-expect-error Property 'recipient' is missing
      account satisfies Payout,
      // @ts-expect-error Property 'recipient' is missing
      wallet satisfies Payout,
    ]
    assert.strictEqual(incomplete.length, 3)
    const complete = [abroad, account, wallet].map((draft) => draft.key)
    assert.deepStrictEqual(complete, ["k", "k", "k"])
    for (const payout of [
      abroad.pipe(Payout.recipient(recipient)),
      account.pipe(Payout.recipient(recipient)),
      wallet.pipe(Payout.recipient(recipient)),
    ]) {
      assert.strictEqual(executable(payout), "k")
    }
  }),
)

it.effect("what may not be stored has no place in a payout", () =>
  Effect.gen(function* () {
    const { pan } = yield* values
    // @ts-expect-error the security code is sensitive authentication data
    const pull = Payout.pull({ card: pan, eci: "7", cvv2: "123" })
    // @ts-expect-error neither may it come in as one of Visa's fields
    const fields = Payout.cardFields({ cardCvv2Value: Redacted.make("123") })
    assert.strictEqual(pull._tag, "Pull")
    assert.isFunction(fields)
  }),
)

it.effect("a payout does not show what is in it", () =>
  Effect.gen(function* () {
    const { pan, sender } = yield* values
    const payout = Payout.make("k").pipe(Payout.to(Payout.card(pan)), Payout.sender(sender))
    assert.notInclude(JSON.stringify({ payout }), "Acme")
    assert.notInclude(inspect({ payout }, { depth: null }), "Acme")
  }),
)
