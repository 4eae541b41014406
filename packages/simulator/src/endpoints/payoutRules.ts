/**
 * Rules of a payout beyond its fields, as a table. What a country asks for in addition stands in
 * Visa's endpoint guide, which is not public, and is not enforced.
 */
import { isObject, type Problem } from "../internal/FieldTable.ts"
import { fitsCurrency } from "../internal/formats.ts"
import type { Quote } from "../internal/Rates.ts"
import type { JsonObject, Reply, World } from "./Endpoint.ts"
import { invalidPayout, payoutCodes, refusePayout } from "./payoutErrors.ts"

const part = (value: unknown): JsonObject => (isObject(value) ? value : {})

const textOf = (value: unknown): string | undefined =>
  value === undefined ? undefined : String(value)

/** A payout in the words of the rules. */
export interface PayoutView {
  readonly world: World
  readonly project: string
  readonly now: number
  readonly payoutMethod: "B" | "W"
  readonly initiatingPartyId: string
  readonly clientReferenceId: string
  readonly amount: string
  /** What `amount` is in. */
  readonly currency: string
  /** What the originator pays in. */
  readonly settlement: string
  /** What the recipient gets. */
  readonly destination: string
  readonly sender: JsonObject
  readonly recipient: JsonObject
  readonly target: JsonObject
  /** `recipientDetail.bank` or `recipientDetail.wallet`. */
  readonly targetPath: string
  readonly quoteId: number | undefined
  readonly quote: Quote | undefined
  readonly payoutSpeed: string
}

export const viewOf = (
  {
    body,
    now,
    project,
  }: { readonly body: JsonObject; readonly now: number; readonly project: string },
  world: World,
): PayoutView => {
  const transaction = part(body["transactionDetail"])
  const recipient = part(body["recipientDetail"])
  const payoutMethod = body["payoutMethod"] === "W" ? "W" : "B"
  const member = payoutMethod === "W" ? "wallet" : "bank"
  const target = part(recipient[member])
  const currency = String(transaction["transactionCurrencyCode"])
  const quoteId = transaction["quoteId"]
  const quote = typeof quoteId === "number" ? world.quotes.find(quoteId) : undefined
  return {
    world,
    project,
    now,
    payoutMethod,
    initiatingPartyId: String(transaction["initiatingPartyId"] ?? body["initiatingPartyId"]),
    clientReferenceId: String(transaction["clientReferenceId"]),
    amount: String(transaction["transactionAmount"]),
    currency,
    settlement:
      textOf(transaction["settlementCurrencyCode"]) ??
      (quote?.destination === currency ? quote.source : currency),
    destination: String(target["currencyCode"]),
    sender: part(body["senderDetail"]),
    recipient,
    target,
    targetPath: `recipientDetail.${member}`,
    quoteId: typeof quoteId === "number" ? quoteId : undefined,
    quote,
    payoutSpeed: textOf(transaction["payoutSpeed"]) ?? "STANDARD",
  }
}

/** As much of an account number or wallet identifier as a log may show: the last four characters. */
export const maskedAccount = ({ target }: PayoutView): string => {
  const written = String(target["accountNumber"] ?? target["accountIdentifier"])
  return "*".repeat(Math.min(written.length, 8)) + (written.length < 8 ? "" : written.slice(-4))
}

/** Mod 97 of an IBAN with its letters counted as 10 to 35 (ISO 13616). */
export const isIban = (written: string): boolean => {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(written)) return false
  const digits = (written.slice(4) + written.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  )
  return BigInt(digits) % 97n === 1n
}

const isNamed = (party: JsonObject): boolean =>
  party["name"] !== undefined ||
  (party["firstName"] !== undefined && party["lastName"] !== undefined)

interface Rule {
  /** Whether the payout keeps it. */
  readonly holds: (payout: PayoutView) => boolean
  readonly refuse: (payout: PayoutView) => Reply
}

const field = (kind: Problem["kind"], element: string) => (): Reply =>
  refusePayout({ problem: { kind, element } })

const quoted = (holds: (payout: PayoutView, quote: Quote) => boolean, message: string): Rule => ({
  holds: (payout) =>
    payout.quoteId === undefined || (payout.quote !== undefined && holds(payout, payout.quote)),
  refuse: () => invalidPayout("transactionDetail.quoteId", message),
})

/** Those that verification of a recipient shares. */
export const recipientRules: ReadonlyArray<Rule> = [
  {
    holds: ({ recipient }) => isNamed(recipient),
    refuse: field("missing", "recipientDetail.firstName"),
  },
]

export const payoutRules: ReadonlyArray<Rule> = [
  {
    holds: ({ sender }) => isNamed(sender),
    refuse: field("missing", "senderDetail.name"),
  },
  ...recipientRules,
  {
    holds: ({ amount, currency }) => fitsCurrency(amount, currency),
    refuse: field("invalid", "transactionDetail.transactionAmount"),
  },
  {
    holds: ({ currency, destination, settlement, world }) =>
      [currency, settlement, destination].every((code) => world.rates.knows(code)),
    refuse: ({ targetPath }) =>
      invalidPayout(`${targetPath}.currencyCode`, payoutCodes["4003"] ?? "", "4003"),
  },
  {
    holds: ({ target }) =>
      target["accountNumberType"] !== "IBAN" || isIban(String(target["accountNumber"])),
    refuse: ({ targetPath }) =>
      invalidPayout(`${targetPath}.accountNumber`, payoutCodes["4102"] ?? "", "4102"),
  },
  quoted(
    (payout, quote) =>
      quote.project === payout.project && quote.initiatingPartyId === payout.initiatingPartyId,
    "quoteId is not known.",
  ),
  quoted(
    (payout, quote) => quote.rateProductCode === (payout.payoutMethod === "W" ? "WALLET" : "BANK"),
    "quoteId is of another rate product.",
  ),
  quoted(
    (payout, quote) =>
      payout.destination === quote.destination &&
      payout.settlement === quote.source &&
      [quote.source, quote.destination].includes(payout.currency),
    "quoteId is of another currency pair.",
  ),
  quoted((payout, quote) => payout.now < quote.expiresAt, "quoteId has expired."),
]

/** The answer to a payout that breaks a rule. */
export const broken = (payout: PayoutView, rules: ReadonlyArray<Rule>): Reply | undefined =>
  rules.find((rule) => !rule.holds(payout))?.refuse(payout)
