/** Rules that Visa enforces only after a round trip, as data: checked here before anything is sent. */
import { Clock, Effect } from "effect"
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
