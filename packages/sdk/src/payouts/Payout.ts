/**
 * One payout: what is paid, out of what, to whom, and why.
 *
 * A payout is built from parts, in any order. What is missing is a type error: `Payouts.execute` takes
 * a {@link Payout}, and a {@link Draft} is one when every part is there that its rail needs.
 *
 * | part | always | needed for |
 * |---|---|---|
 * | `amount`, `funding`, `destination`, `corridor`, `purpose`, `sender` | yes | |
 * | `recipient` | | accounts and wallets; cards and aliases in another country |
 * | `exchange`, `reference`, `program`, `cardFields` | never | |
 *
 * The card's security code, track data, PIN blocks and chip data have no place in a payout: what a
 * durable engine stores may not hold them, even encrypted (PCI DSS 3.3).
 */
import { Inspectable, Pipeable } from "effect"
import type { Redacted } from "effect"
import type * as Parts from "../internal/payoutParts.ts"
import type { Country } from "../Country.ts"
import type { Currency } from "../Currency.ts"
import type { Money } from "../Money.ts"
import type { Pan } from "../Pan.ts"

/** Where somebody lives, or a company has its seat. */
export type Address = Parts.Address

/** A person or a company. */
export type Party = Parts.Party

/** Who pays: a {@link Party} whose address is known. */
export type Sender = Parts.Sender

/** What the payment is for. */
export type Purpose = Parts.Purpose

/** What the money comes out of. Made with `Payout.ledger`, `Payout.pull` and `Payout.external`. */
export type Funding = Parts.Ledger | Parts.Pull | Parts.External

/** Where the money goes. Made with `Payout.card`, `Payout.account`, `Payout.wallet`, `Payout.alias`. */
export type Destination = Parts.Card | Parts.Account | Parts.Wallet | Parts.Alias

/** Between which countries. Made with `Payout.domestic` and `Payout.crossBorder`. */
export type Corridor = Parts.Domestic | Parts.CrossBorder

/** Out of which currency the payout is paid, where that is not its own. */
export type Exchange = Parts.Exchange

/** Fields of a push for which this module has no words, under Visa's names. */
export type CardFields = Parts.CardFields

interface Common {
  readonly amount: Money
  readonly funding: Funding
  readonly purpose: Purpose
  readonly sender: Sender
  readonly exchange?: Exchange
  readonly reference?: string
  readonly program?: string
  readonly cardFields?: CardFields
}

interface DomesticToCard extends Common {
  readonly destination: Parts.Card | Parts.Alias
  readonly corridor: Parts.Domestic
  readonly recipient?: Party
}

interface CrossBorderToCard extends Common {
  readonly destination: Parts.Card | Parts.Alias
  readonly corridor: Parts.CrossBorder
  readonly recipient: Party
}

interface ToAccount extends Common {
  readonly destination: Parts.Account | Parts.Wallet
  readonly corridor: Corridor
  readonly recipient: Party
}

/** The parts of a payout that can be executed. */
export type Complete = DomesticToCard | CrossBorderToCard | ToAccount

const TypeId = "~effect-visa-direct/Payout"

/** A payout in the making, with the parts `P` that it has so far. */
export interface Draft<out P> extends Pipeable.Pipeable {
  readonly [TypeId]: typeof TypeId
  /** The idempotency key: the payout's name for good. */
  readonly key: string
  readonly parts: P
}

/** A payout that can be executed. */
export type Payout = Draft<Complete>

/** `P` with `value` as its part `K`. */
export type With<P, K extends string, V> = {
  readonly [Key in keyof P | K]: Key extends K ? V : Key extends keyof P ? P[Key] : never
}

class DraftValue<out P> extends Pipeable.Class implements Draft<P> {
  readonly [TypeId] = TypeId
  readonly key: string
  readonly parts: P
  constructor(key: string, parts: P) {
    super()
    this.key = key
    this.parts = parts
  }
  /** Parts hold names and card numbers. */
  toJSON(): unknown {
    return { _tag: "Payout", key: this.key }
  }
  [Inspectable.NodeInspectSymbol](): unknown {
    return this.toJSON()
  }
}

const set =
  <K extends string>(name: K) =>
  <const V>(value: V) =>
  <P extends object>(draft: Draft<P>): Draft<With<P, K, V>> =>
    new DraftValue(draft.key, { ...draft.parts, [name]: value } as unknown as With<P, K, V>)

/** @internal */
export const of = <P>(key: string, parts: P): Draft<P> => new DraftValue(key, parts)

/**
 * Builds payouts.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Country, Money, Pan, Payout } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const payout = Payout.make("INVOICE-77").pipe(
 *     Payout.amount(yield* Money.of("124.05", "USD")),
 *     Payout.from(Payout.ledger("payouts-usd")),
 *     Payout.to(Payout.card(yield* Pan.make("4060320000000127"))),
 *     Payout.corridor(Payout.domestic(yield* Country.of("US"))),
 *     Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
 *     Payout.sender({
 *       companyName: "Acme Inc.",
 *       address: {
 *         country: yield* Country.of("US"),
 *         line1: "901 Metro Center Blvd",
 *         city: "Foster City",
 *         state: "CA"
 *       }
 *     })
 *   )
 *   assert.strictEqual(payout.parts.destination._tag, "Card")
 *   // Neither text nor JSON shows what is in it.
 *   assert.strictEqual(JSON.stringify(payout), `{"_tag":"Payout","key":"INVOICE-77"}`)
 * })
 * Effect.runSync(program)
 */
export const Payout = {
  /**
   * Begins a payout under its idempotency key: 1 to 64 visible ASCII characters, the same for the same
   * payment whenever it is asked for again, never used for another one, and without personal data.
   */
  make: (key: string): Draft<{}> => new DraftValue(key, {}),
  /** What the recipient is paid, in the currency in which it is paid. */
  amount: set("amount")<Money>,
  /** What the money comes out of. */
  from: <F extends Funding>(funding: F) => set("funding")<F>(funding),
  /** Where the money goes. */
  to: <D extends Destination>(destination: D) => set("destination")<D>(destination),
  corridor: <C extends Corridor>(corridor: C) => set("corridor")<C>(corridor),
  purpose: set("purpose")<Purpose>,
  sender: set("sender")<Sender>,
  recipient: set("recipient")<Party>,
  /** Pays out of another currency: the saga locks a quote for it. */
  exchange: set("exchange")<Exchange>,
  /** What the parties read of it, 1 to 16 characters; made of the key when absent. */
  reference: set("reference")<string>,
  /** The program of the policy that it belongs to. */
  program: set("program")<string>,
  /** Further fields of a push, under Visa's names. */
  cardFields: set("cardFields")<CardFields>,

  /** Out of an account of your own ledger: see `LedgerGuard`. */
  ledger: (account: string): Parts.Ledger => ({ _tag: "Ledger", account }),
  /** Out of a card: an account funding transaction (AFT), undone when the payout is declined. */
  pull: (card: Omit<Parts.Pull, "_tag">): Parts.Pull => ({ ...card, _tag: "Pull" }),
  /** Out of money that arrived from outside, such as an initiated bank payment, by its receipt. */
  external: (receipt: Omit<Parts.External, "_tag">): Parts.External => ({
    ...receipt,
    _tag: "External",
  }),

  /** To a card, by push (OCT). */
  card: (number: Pan, more: { readonly expiry?: string } = {}): Parts.Card => ({
    ...more,
    _tag: "Card",
    number,
  }),
  /** To a bank account. */
  account: (account: Omit<Parts.Account, "_tag">): Parts.Account => ({
    ...account,
    _tag: "Account",
  }),
  /** To a wallet. */
  wallet: (wallet: Omit<Parts.Wallet, "_tag">): Parts.Wallet => ({ ...wallet, _tag: "Wallet" }),
  /** To the card that an alias, such as a phone number, stands for. */
  alias: (
    alias: Redacted.Redacted,
    more: Omit<Parts.Alias, "_tag" | "alias"> = {},
  ): Parts.Alias => ({
    ...more,
    _tag: "Alias",
    alias,
  }),

  /** Within one country. */
  domestic: (country: Country): Parts.Domestic => ({ _tag: "Domestic", country }),
  /** From one country to another. */
  crossBorder: (from: Country, to: Country): Parts.CrossBorder => ({
    _tag: "CrossBorder",
    from,
    to,
  }),
} as const

/** Which way a payout goes. */
export type Rail = "card" | "account" | "wallet"

/** @internal */
export const railOf = ({ _tag }: Destination): Rail =>
  _tag === "Account" ? "account" : _tag === "Wallet" ? "wallet" : "card"

/** @internal */
export const countriesOf = (corridor: Corridor): { readonly from: Country; readonly to: Country } =>
  corridor._tag === "Domestic" ? { from: corridor.country, to: corridor.country } : corridor

/** @internal */
export const currencyOf = (destination: Destination, amount: Money): Currency =>
  destination._tag === "Account" || destination._tag === "Wallet"
    ? destination.currency
    : amount.currency
