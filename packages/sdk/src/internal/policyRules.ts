/** A payout policy as data: its schema, and which rules hold for one payout. */
import { Schema } from "effect"
import type { Country as CountryCode } from "../Country.ts"
import { Country } from "../Country.ts"
import { Currency } from "../Currency.ts"
import { Money } from "../Money.ts"

/** The parts of a payout that a policy can demand. */
const demandable = [
  "reference",
  "purpose.purposeOfPayment",
  "purpose.sourceOfFunds",
  "purpose.narrative",
  ...(["sender", "recipient"] as const).flatMap(
    (party) =>
      [
        party,
        `${party}.dateOfBirth`,
        `${party}.accountNumber`,
        `${party}.address`,
        `${party}.address.line1`,
        `${party}.address.city`,
        `${party}.address.state`,
        `${party}.address.postalCode`,
      ] as const,
  ),
  "destination.expiry",
  "destination.bankName",
  "destination.bankCode",
  "destination.branchCode",
  "destination.bic",
] as const

const amounts = Schema.optionalKey(Schema.NonEmptyArray(Money.Schema))
const currencies = Schema.optionalKey(Schema.NonEmptyArray(Currency.Schema))

/** All that a policy can say, in the order in which it is checked. */
const rules = {
  /** The ways that are open. Where no rule opens one, none is. */
  rails: Schema.optionalKey(Schema.Array(Schema.Literals(["card", "account", "wallet"]))),
  /** The currencies in which recipients may be paid. */
  currencies,
  /** The currencies out of which payouts may be paid. */
  sourceCurrencies: currencies,
  /** One payout at least, one amount for each currency; other currencies are closed. */
  minimum: amounts,
  /** One payout at most, one amount for each currency; other currencies are closed. */
  maximum: amounts,
  requiredFields: Schema.optionalKey(Schema.Array(Schema.Literals(demandable))),
  /** All payouts of a day at most, one amount for each currency; other currencies are closed. */
  maximumPerDay: amounts,
  /** How many payouts a day. */
  countPerDay: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  /** Whether a payout out of another currency needs a rate that is fixed before it is sent. */
  fxLock: Schema.optionalKey(Schema.Literals(["required", "off"])),
  /** By how many hundredths of a percent a rate may be worse than the market, or than was agreed. */
  slippageBps: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 })),
  ),
  /** What to do about a rate that is past its time, or that the market has left behind by more than that. */
  onStaleQuote: Schema.optionalKey(Schema.Literals(["refuse", "requote"])),
  /** Which payouts are screened. */
  compliance: Schema.optionalKey(Schema.Literals(["off", "cross-border", "all"])),
} as const

const Rules = Schema.Struct(rules)
export type Rules = typeof Rules.Type

/** What holds where a policy says nothing: nothing is open, and everything is checked. */
const defaults = {
  rails: [],
  requiredFields: [],
  fxLock: "required",
  slippageBps: 0,
  onStaleQuote: "refuse",
  compliance: "all",
} as const satisfies Rules

const Place = Schema.Union([Schema.Literal("*"), Country.Schema])

const Corridor = Schema.Struct({ from: Place, to: Place, rules: Rules })
type Corridor = typeof Corridor.Type

const name = Schema.String.check(
  Schema.isPattern(/^[!-~]{1,64}$/, {
    message: "1 to 64 letters, digits and signs, without spaces",
  }),
)

const Overrides = Schema.Struct({
  rules: Schema.optionalKey(Rules),
  corridors: Schema.optionalKey(Schema.Array(Corridor)),
})

export const PolicyDocument = Schema.Struct({
  /** The policy's name, the same in all versions. */
  id: name,
  /** Another one with every change. */
  version: name,
  rules: Schema.optionalKey(Rules),
  corridors: Schema.optionalKey(Schema.Array(Corridor)),
  /** By the name of the program. A program without rules of its own is listed as `{}`. */
  programs: Schema.optionalKey(Schema.Record(Schema.String, Overrides)),
})
export type PolicyDocument = typeof PolicyDocument.Type

export const PolicySet = Schema.Struct({
  policy: PolicyDocument,
  /** A changed policy for some of the payouts. */
  rollout: Schema.optionalKey(
    Schema.Struct({
      policy: PolicyDocument,
      /** 0 to 100. */
      percent: Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 100 })),
    }),
  ),
})
export type PolicySet = typeof PolicySet.Type

/** What is wrong with a policy although it has the form of one. */
export interface Contradiction {
  readonly path: string
  readonly message: string
}

const twice = (texts: ReadonlyArray<string>): string | undefined =>
  texts.find((text, index) => texts.indexOf(text) !== index)

const rulesContradictions = (path: string, given: Rules): ReadonlyArray<Contradiction> => {
  const found: Array<Contradiction> = []
  for (const rule of ["minimum", "maximum", "maximumPerDay"] as const) {
    const currency = twice((given[rule] ?? []).map((amount) => amount.currency))
    if (currency !== undefined) {
      found.push({ path: `${path}.${rule}`, message: `${currency} has two amounts` })
    }
  }
  for (const minimum of given.minimum ?? []) {
    const maximum = given.maximum?.find(({ currency }) => currency === minimum.currency)
    if (maximum !== undefined && maximum.minor < minimum.minor) {
      found.push({
        path: `${path}.minimum`,
        message: `the minimum of ${minimum.currency} is above its maximum`,
      })
    }
  }
  return found
}

const corridorName = ({ from, to }: Pick<Corridor, "from" | "to">): string => `${from}-${to}`

interface Part {
  readonly rules?: Rules
  readonly corridors?: ReadonlyArray<Corridor>
}

const partContradictions = (path: string, part: Part): ReadonlyArray<Contradiction> => {
  const at = (name: string) => (path === "" ? name : `${path}.${name}`)
  const corridors = part.corridors ?? []
  const repeated = twice(corridors.map(corridorName))
  return [
    ...(part.rules === undefined ? [] : rulesContradictions(at("rules"), part.rules)),
    ...corridors.flatMap((corridor, index) => [
      ...(corridor.from === "*" && corridor.to === "*"
        ? [
            {
              path: at(`corridors.${index}`),
              message: "what holds for all corridors belongs into rules",
            },
          ]
        : []),
      ...rulesContradictions(at(`corridors.${index}.rules`), corridor.rules),
    ]),
    ...(repeated === undefined
      ? []
      : [{ path: at("corridors"), message: `${repeated} is there twice` }]),
  ]
}

export const contradictionsOf = (policy: PolicyDocument): ReadonlyArray<Contradiction> => [
  ...partContradictions("", policy),
  ...Object.entries(policy.programs ?? {}).flatMap(([program, part]) =>
    partContradictions(`programs.${program}`, part),
  ),
]

/** The corridor's rules that fit best: both ends, then the destination, then the source. */
const fitting = (part: Part, from: CountryCode, to: CountryCode): Corridor | undefined => {
  const find = (pattern: Pick<Corridor, "from" | "to">) =>
    part.corridors?.find((corridor) => corridorName(corridor) === corridorName(pattern))
  return find({ from, to }) ?? find({ from: "*", to }) ?? find({ from, to: "*" })
}

/** A rule that holds, and where in the policy it stands. */
export interface Standing<A> {
  readonly value: A
  /** E.g. `programs.acme.corridors GB-PH`. */
  readonly place: string
}

export type StandingRules = {
  readonly [R in keyof Rules]-?: R extends keyof typeof defaults
    ? Standing<NonNullable<Rules[R]>>
    : Standing<NonNullable<Rules[R]>> | undefined
}

interface Layer {
  readonly place: string
  readonly rules: Rules
}

const layersOf = (path: string, part: Part, from: CountryCode, to: CountryCode): Array<Layer> => {
  const corridor = fitting(part, from, to)
  return [
    { place: `${path}rules`, rules: part.rules ?? {} },
    ...(corridor === undefined
      ? []
      : [{ place: `${path}corridors ${corridorName(corridor)}`, rules: corridor.rules }]),
  ]
}

/**
 * The rules for one payout. A later layer of these wins, rule by rule, and lists are replaced, not
 * joined: the defaults; the policy's rules; its corridor; the program's rules; its corridor.
 */
export const standingRules = (
  policy: PolicyDocument,
  about: {
    readonly program?: string | undefined
    readonly from: CountryCode
    readonly to: CountryCode
  },
): StandingRules => {
  const { from, program, to } = about
  const overrides = program === undefined ? undefined : policy.programs?.[program]
  const layers: ReadonlyArray<Layer> = [
    { place: "the defaults", rules: defaults },
    ...layersOf("", policy, from, to),
    ...(overrides === undefined ? [] : layersOf(`programs.${program}.`, overrides, from, to)),
  ]
  return Object.fromEntries(
    Object.keys(rules).map((rule) => {
      const layer = layers.findLast((one) => one.rules[rule as keyof Rules] !== undefined)
      return [
        rule,
        layer && { value: layer.rules[rule as keyof Rules], place: layer.place },
      ] as const
    }),
    // The keys are those of the rules, and the defaults give a value to those that must have one.
  ) as unknown as StandingRules
}
