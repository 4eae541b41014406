/** The steps of the saga that talk to Visa, and how a payout comes to each of them. */
import type { Effect } from "effect"
import type { OutcomeOptions, Payout } from "effect-visa-direct"
import type { Fault, ScriptRule } from "effect-visa-direct-simulator"
import { fromCard, toAccount, toAccountAbroad, toAlias, toCard, toWallet } from "./payouts.ts"

export interface Step {
  readonly name: string
  /** What is asked of Visa, and in which payout. */
  readonly what: string
  /** The endpoint of the simulator whose requests are struck. */
  readonly endpoint: string
  readonly payout: (key: string) => Effect.Effect<Payout>
  /** What else has to happen for the payout to come to this step, without any fault. */
  readonly scripts?: ReadonlyArray<ScriptRule>
  readonly faults?: ReadonlyArray<Fault>
  /** How payments are sent and asked about, where that is not the usual way. */
  readonly asking?: OutcomeOptions
}

/** Has Visa answer every payment with 202, so that its status is asked for. */
const accepted: OutcomeOptions = { transactionTimeout: "1 milli" }

const lost = (endpoint: string): Fault => ({
  kind: "dropAfterCommit",
  match: { endpoint },
  times: 1,
})

const declined: ScriptRule = {
  match: { endpoint: "PushFunds" },
  answer: { actionCode: "51" },
  times: 1,
}

const notReversible: ScriptRule = {
  match: { endpoint: "ReverseFunds" },
  answer: { actionCode: "12" },
  times: 1,
}

export const steps: ReadonlyArray<Step> = [
  {
    name: "Resolving an alias",
    what: "the card behind the alias of a payout out of a ledger",
    endpoint: "AliasResolveV2",
    payout: toAlias,
  },
  {
    name: "Card attributes",
    what: "whether the card can receive, before a payout out of a ledger (`inspectCards`)",
    endpoint: "CardAttributes",
    payout: toCard,
  },
  {
    name: "Card validation",
    what: "what the issuer says of the card, before a payout out of a ledger (`validateCards`)",
    endpoint: "CardValidation",
    payout: toCard,
  },
  {
    name: "Watch list",
    what: "the screening of both parties of a payout over a border",
    endpoint: "WatchList",
    payout: toAccountAbroad,
  },
  {
    name: "Quote",
    what: "the rate of a payout out of another currency",
    endpoint: "ForeignExchange",
    payout: toAccountAbroad,
  },
  {
    name: "Pull (AFT)",
    what: "the debit of the card that funds a payout to another card",
    endpoint: "PullFunds",
    payout: fromCard,
  },
  {
    name: "Push (OCT)",
    what: "the payment to a card out of a ledger",
    endpoint: "PushFunds",
    payout: toCard,
  },
  {
    name: "Push of a payout that a card funds",
    what: "the payment after a debit that has to be given back when it fails",
    endpoint: "PushFunds",
    payout: fromCard,
  },
  {
    name: "Payout to an account",
    what: "the payment to a bank account out of a ledger",
    endpoint: "SendPayout",
    payout: toAccount,
  },
  {
    name: "Payout to a wallet",
    what: "the payment to a wallet out of a ledger",
    endpoint: "SendPayout",
    payout: toWallet,
  },
  {
    name: "Status of a push",
    what: "what became of a push that Visa answered with 202",
    endpoint: "PushFundsStatus",
    payout: toCard,
    asking: accepted,
  },
  {
    name: "Status of a pull",
    what: "what became of a pull that Visa answered with 202",
    endpoint: "PullFundsStatus",
    payout: fromCard,
    asking: accepted,
  },
  {
    name: "Transaction query",
    what: "what became of a push whose reply was lost",
    endpoint: "TransactionQuery",
    payout: toCard,
    faults: [lost("PushFunds")],
  },
  {
    name: "Payout query",
    what: "what became of a payout to an account whose reply was lost",
    endpoint: "PayoutQuery",
    payout: toAccount,
    faults: [lost("SendPayout")],
  },
  {
    name: "Reversal (AFTR)",
    what: "the debit is given back, because the push was declined",
    endpoint: "ReverseFunds",
    payout: fromCard,
    scripts: [declined],
  },
  {
    name: "Status of a reversal",
    what: "what became of a reversal that Visa answered with 202",
    endpoint: "ReverseFundsStatus",
    payout: fromCard,
    scripts: [declined],
    asking: accepted,
  },
  {
    name: "Adjustment",
    what: "the debit is given back, because Visa did not take the reversal",
    endpoint: "Adjustment",
    payout: fromCard,
    scripts: [declined, notReversible],
  },
]
