/** What each rule of a policy says about one payout. */
import { Predicate } from "effect"
import type { Country } from "../Country.ts"
import type { Currency } from "../Currency.ts"
import type { Money } from "../Money.ts"
import type { Rules, Standing, StandingRules } from "./policyRules.ts"

/** What a policy has to know of a payout. */
export interface PolicyRequest {
  /** The payout's key. */
  readonly payout: string
  /** The program that it belongs to, if the policy has programs. */
  readonly program?: string | undefined
  readonly from: Country
  readonly to: Country
  readonly rail: "card" | "account" | "wallet"
  /** What the recipient is paid. */
  readonly amount: Money
  /** What it is paid out of. */
  readonly sourceCurrency: Currency
  /** The payout's parts, by their names: only whether the required ones are there is looked at. */
  readonly parts: object
}

/** A rule that stands against a payout. */
export interface Objection {
  readonly rule: keyof Rules
  readonly place: string
  readonly detail: string
}

/** One rule's check: what is wrong, or nothing. */
type Check<R extends keyof Rules> = (
  value: NonNullable<Rules[R]>,
  request: PolicyRequest,
) => string | undefined

const listed = (values: ReadonlyArray<string>): string =>
  values.length === 0 ? "none" : values.join(", ")

const oneOf = (what: string, value: string, values: ReadonlyArray<string>): string | undefined =>
  values.includes(value) ? undefined : `${what} ${value} is not open; open: ${listed(values)}`

const bound = (
  amounts: ReadonlyArray<Money>,
  amount: Money,
  broken: (limit: Money) => string | undefined,
): string | undefined => {
  const limit = amounts.find(({ currency }) => currency === amount.currency)
  return limit === undefined ? `it sets none for ${amount.currency}` : broken(limit)
}

const isThere = (parts: unknown, path: string): boolean => {
  let value = parts
  for (const name of path.split(".")) {
    if (!Predicate.hasProperty(value, name)) return false
    value = value[name]
  }
  return value !== undefined && value !== null && value !== ""
}

/** The rules that refuse by themselves. The others are about days, rates and screening. */
const checks: { readonly [R in keyof Rules]?: Check<R> } = {
  rails: (rails, { rail }) => oneOf("the rail", rail, rails),
  currencies: (currencies, { amount }) => oneOf("the currency", amount.currency, currencies),
  sourceCurrencies: (currencies, { sourceCurrency }) =>
    oneOf("the source currency", sourceCurrency, currencies),
  minimum: (minima, { amount }) =>
    bound(minima, amount, (minimum) =>
      amount.minor < minimum.minor ? `the least is ${minimum}` : undefined,
    ),
  maximum: (maxima, { amount }) =>
    bound(maxima, amount, (maximum) =>
      amount.minor > maximum.minor ? `the most is ${maximum}` : undefined,
    ),
  maximumPerDay: (maxima, { amount }) => bound(maxima, amount, () => undefined),
  requiredFields: (fields, { parts }) => {
    const missing = fields.filter((field) => !isThere(parts, field))
    return missing.length === 0 ? undefined : `missing: ${missing.join(", ")}`
  },
}

const objectionOf = <R extends keyof Rules>(
  rule: R,
  standing: StandingRules[R] & (Standing<NonNullable<Rules[R]>> | undefined),
  request: PolicyRequest,
): Objection | undefined => {
  if (standing === undefined) return undefined
  const detail = checks[rule]?.(standing.value, request)
  return detail === undefined ? undefined : { rule, place: standing.place, detail }
}

/** The first rule that stands against a payout, in the order of the table of rules. */
export const firstObjection = (
  standing: StandingRules,
  request: PolicyRequest,
): Objection | undefined => {
  for (const rule of Object.keys(checks) as Array<keyof typeof checks>) {
    const objection = objectionOf(rule, standing[rule] as never, request)
    if (objection !== undefined) return objection
  }
  return undefined
}
