/** Conditional rules as tables: what a field table cannot say, because it depends on other fields. */
import { wording } from "../internal/FieldTable.ts"
import { countryOf } from "../internal/iso.ts"
import { type JsonObject, type Reply, validationError } from "./Endpoint.ts"

export interface Condition<View> {
  /** The element that the error text names. */
  readonly element: string
  /** The rule in words, for the ledger. */
  readonly about: string
  readonly applies: (view: View) => boolean
  readonly holds: (view: View) => boolean
  /** What is wrong when it does not hold. Default `missing`. */
  readonly problem?: "unknown" | "invalid"
}

/** The refusal for the first rule that is broken. */
export const broken = <View>(
  conditions: ReadonlyArray<Condition<View>>,
  view: View,
): Reply | undefined => {
  for (const condition of conditions) {
    if (!condition.applies(view) || condition.holds(view)) continue
    const { element, problem = "missing", about } = condition
    const refused = validationError(wording({ kind: problem, element }))
    return { ...refused, record: { ...refused.record, problem: `${element}: ${about}` } }
  }
  return undefined
}

/** What every rule here may look at. */
export interface BodyView {
  readonly body: JsonObject
  /** `cardAcceptor.address`. */
  readonly acceptorAddress: JsonObject
}

export const always = () => true

export const has =
  (...names: ReadonlyArray<string>) =>
  ({ body }: BodyView) =>
    names.every((name) => body[name] !== undefined && body[name] !== "")

const acceptorIn =
  (...countries: ReadonlyArray<string>) =>
  ({ acceptorAddress }: BodyView) =>
    countries.includes(countryOf(acceptorAddress["country"]) ?? "")

const addressHas =
  (name: string) =>
  ({ acceptorAddress }: BodyView) =>
    acceptorAddress[name] !== undefined

export const canada = "124"
export const unitedStates = "840"

/** Where the card acceptor is in North America. */
export const acceptorAddressRules: ReadonlyArray<Condition<BodyView>> = [
  {
    element: "cardAcceptor.address.state",
    about: "card acceptors in the United States and Canada have a state",
    applies: acceptorIn(unitedStates, canada),
    holds: addressHas("state"),
  },
  {
    element: "cardAcceptor.address.zipCode",
    about: "card acceptors in the United States and Canada have a zip code",
    applies: acceptorIn(unitedStates, canada),
    holds: addressHas("zipCode"),
  },
  {
    element: "cardAcceptor.address.county",
    about: "card acceptors in the United States have a county",
    applies: acceptorIn(unitedStates),
    holds: addressHas("county"),
  },
]

/** Exactly one of two members names the card. */
export const oneCredential = (number: string, reference: string) =>
  [
    {
      element: number,
      about: "one credential is needed",
      applies: always,
      holds: (view: BodyView) => has(number)(view) || has(reference)(view),
    },
    {
      element: reference,
      about: "only one credential is allowed",
      applies: has(number),
      holds: (view: BodyView) => !has(reference)(view),
      problem: "unknown",
    },
  ] as const satisfies ReadonlyArray<Condition<BodyView>>
