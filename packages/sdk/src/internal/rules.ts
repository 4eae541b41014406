/** Rules that Visa enforces only after a round trip, as data: checked here before anything is sent. */
import { Clock, Effect } from "effect"
import type { Country } from "../Country.ts"
import type { Money } from "../Money.ts"
import type { VisaError } from "../VisaError.ts"
import { invalidRequest } from "./invalidRequest.ts"

export interface Rule<in A> {
  /** The field that the error names. */
  readonly field: string
  /** What the rule demands, as an instruction. */
  readonly demand: string
  /** `now` in milliseconds since the epoch. */
  readonly broken: (request: A, now: number) => boolean
}

/** Fails with the first broken rule. */
export const checkRules = <A>(
  rules: ReadonlyArray<Rule<A>>,
  request: A,
): Effect.Effect<void, VisaError> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const broken = rules.find((rule) => rule.broken(request, now))
    return broken === undefined
      ? Effect.void
      : Effect.fail(invalidRequest(broken.field, broken.demand))
  })

export const isIn = (country: Country | undefined, ...codes: ReadonlyArray<string>): boolean =>
  country !== undefined && codes.includes(country)

export const amountAboveZero: Rule<{ readonly amount: Money }> = {
  field: "amount",
  demand: "Give an amount above zero.",
  broken: ({ amount }) => amount.minor === 0,
}

interface WithSurcharge {
  readonly amount: Money
  readonly surcharge?: Money
  readonly foreignExchangeFeeTransaction?: Money
}

const outOfAmount = ({ amount }: WithSurcharge, part: Money | undefined): boolean =>
  part !== undefined && (part.currency !== amount.currency || part.minor > amount.minor)

/** `amount` includes both, so they are in its currency and together no larger. */
export const amountIncludes: ReadonlyArray<Rule<WithSurcharge>> = [
  {
    field: "surcharge",
    demand: "Give the surcharge in the currency of amount, of which it is a part.",
    broken: (request) => outOfAmount(request, request.surcharge),
  },
  {
    field: "foreignExchangeFeeTransaction",
    demand:
      "Give the exchange fee in the currency of amount, of which it is a part with the surcharge.",
    broken: (request) => {
      const { amount, foreignExchangeFeeTransaction: fee, surcharge } = request
      return outOfAmount(request, fee) || (fee?.minor ?? 0) + (surcharge?.minor ?? 0) > amount.minor
    },
  },
]

interface WithSenderCard {
  readonly senderPrimaryAccountNumber?: unknown
  readonly senderPaymentCredentialReference?: unknown
}

export const oneSenderCard: Rule<WithSenderCard> = {
  field: "senderPrimaryAccountNumber",
  demand: "Give exactly one of senderPrimaryAccountNumber and senderPaymentCredentialReference.",
  broken: (request) =>
    (request.senderPrimaryAccountNumber === undefined) ===
    (request.senderPaymentCredentialReference === undefined),
}

interface WithAcceptor {
  readonly cardAcceptor: {
    readonly address: {
      readonly country: Country
      readonly state?: string
      readonly county?: string
      readonly zipCode?: string
    }
  }
}

const acceptorNeeds = (
  field: "state" | "county" | "zipCode",
  countries: ReadonlyArray<string>,
): Rule<WithAcceptor> => ({
  field: `cardAcceptor.address.${field}`,
  demand: `Give the ${field} of the card acceptor: Visa demands it in ${countries.join(" and ")}.`,
  broken: ({ cardAcceptor: { address } }) =>
    isIn(address.country, ...countries) && address[field] === undefined,
})

export const acceptorAddress: ReadonlyArray<Rule<WithAcceptor>> = [
  acceptorNeeds("state", ["US", "CA"]),
  acceptorNeeds("zipCode", ["US", "CA"]),
  acceptorNeeds("county", ["US"]),
]

/** Business application ids in the groups that Visa's rules speak of. */
export const moneyTransfers: ReadonlySet<string> = new Set(["AA", "PP", "BI", "MI"])
export const disbursements: ReadonlySet<string> = new Set(["FD", "GD", "MD", "PD"])
export const loadsAndBillPayments: ReadonlySet<string> = new Set(["TU", "CP"])

const hour = 3_600_000

/**
 * Whether a deferral of the kind `CCYYMMDDHHMM` (GMT) lies 24 to 48 hours ahead. The field has no
 * seconds, so the near end has a minute of grace.
 */
export const isDeferrable = (written: string | undefined, now: number): boolean => {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(written ?? "")
  if (parts === null) return false
  const [, year, month, day, hours, minutes] = parts
  const ahead = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:00Z`) - now
  return ahead > 24 * hour - 60_000 && ahead <= 48 * hour
}
