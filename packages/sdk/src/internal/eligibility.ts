/** Whether a card can be pushed to, from the flags of the attributes inquiry. */
import type { Country } from "../Country.ts"
import type { ByReach, GatewayNetwork, Purpose, VisaNetwork } from "./cardAttributesFields.ts"
import { not } from "./wireCodes.ts"
import type { Flag } from "./wireCodes.ts"

/** The payment that is asked about. */
export interface Intention {
  /** The business application ids `AA`, `PP`, `BI` and `MI` are money transfers. */
  readonly purpose: Purpose
  /** Where the originator's acquiring BIN is registered: `acquirerCountryCode` of the push. */
  readonly originatorCountry: Country
}

/** What the flags come to. `Unknown` is no yes and no no: Visa did not say, or not in known codes. */
export interface Eligibility {
  readonly canReceive: Flag
  /** Whether the money would be there within 30 minutes. */
  readonly fastFunds: Flag
  /** Visa's fields that decided on `canReceive`, or that leave it open. */
  readonly because: ReadonlyArray<string>
}

/** Something that must be a yes, and the field that says it. */
interface Condition {
  readonly field: string
  readonly holds: Flag
}

const all = (flags: ReadonlyArray<Flag>): Flag =>
  flags.includes("No") ? "No" : flags.every((flag) => flag === "Yes") ? "Yes" : "Unknown"

/** One way is enough. */
const any = (flags: ReadonlyArray<Flag>): Flag =>
  flags.includes("Yes") ? "Yes" : flags.every((flag) => flag === "No") ? "No" : "Unknown"

/** Where it is not known which one will count. */
const agreed = (flags: ReadonlyArray<Flag>): Flag => {
  const [first = "Unknown", ...rest] = flags
  return rest.every((flag) => flag === first) ? first : "Unknown"
}

interface FieldNames {
  readonly domestic: string
  readonly crossBorder: string
  readonly country: string
}

/**
 * The flag for the issuer's country. Where that is not known, both flags must say the same.
 */
const within = (
  flags: ByReach,
  fields: FieldNames,
  issuer: Country | undefined,
  originator: Country,
): ReadonlyArray<Condition> => {
  const domestic = { field: fields.domestic, holds: flags.domestic }
  const crossBorder = { field: fields.crossBorder, holds: flags.crossBorder }
  if (issuer !== undefined) return [issuer === originator ? domestic : crossBorder]
  return flags.domestic === flags.crossBorder
    ? [domestic, crossBorder]
    : [{ field: fields.country, holds: "Unknown" }]
}

const decide = (
  conditions: ReadonlyArray<Condition>,
  fast: ReadonlyArray<Condition>,
): Eligibility => {
  const canReceive = all(conditions.map(({ holds }) => holds))
  return {
    canReceive,
    fastFunds: all([canReceive, ...fast.map(({ holds }) => holds)]),
    because: conditions.filter(({ holds }) => holds === canReceive).map(({ field }) => field),
  }
}

const onVisa = (network: VisaNetwork, intention: Intention): Eligibility => {
  const { originatorCountry, purpose } = intention
  const { geoRestricted, issuerCountry } = network
  const names = (kind: string): FieldNames => ({
    domestic: `${purpose}${kind}Domestic`,
    crossBorder: `${purpose}${kind}CrossBorder`,
    country: "issuerCountryCode",
  })
  // Within one country there is nothing to restrict, so nothing is missing when Visa does not say.
  const atHome = issuerCountry === originatorCountry && geoRestricted === "Unknown"
  return decide(
    [
      ...within(network.pushFunds[purpose], names("PushFunds"), issuerCountry, originatorCountry),
      ...(atHome ? [] : [{ field: "geoRestrictionInd", holds: not(geoRestricted) }]),
    ],
    within(network.fastFunds[purpose], names("FastFunds"), issuerCountry, originatorCountry),
  )
}

const onGateway = (network: GatewayNetwork, intention: Intention): Eligibility => {
  const { originatorCountry, purpose } = intention
  const country = "cardIssuerCountryCode"
  return decide(
    [
      ...within(
        network.pushFunds,
        { domestic: "octDomParticipant", crossBorder: "octXbParticipant", country },
        network.issuerCountry,
        originatorCountry,
      ),
      ...(purpose === "onlineGambling"
        ? [{ field: "gamingAndGambling", holds: network.gambling }]
        : []),
    ],
    within(
      network.fastFunds,
      { domestic: "octFastFunds", crossBorder: "octFastFunds", country },
      network.issuerCountry,
      originatorCountry,
    ),
  )
}

const combine = (
  decisions: ReadonlyArray<Eligibility>,
  how: (flags: ReadonlyArray<Flag>) => Flag,
): Eligibility => {
  const canReceive = how(decisions.map((decision) => decision.canReceive))
  const same = decisions.filter((decision) => decision.canReceive === canReceive)
  // None is the same where they contradict each other.
  const deciding = same.length === 0 ? decisions : same
  return {
    canReceive,
    fastFunds: all([canReceive, agreed(deciding.map(({ fastFunds }) => fastFunds))]),
    because: [...new Set(deciding.flatMap(({ because }) => because))],
  }
}

const nothing: Eligibility = { canReceive: "Unknown", fastFunds: "Unknown", because: [] }

/**
 * A card that is Visa's is judged by Visa's network, and all accounts of a combo card must agree. The
 * other networks only count where it is not Visa's: only programmes of the Push Payments Gateway
 * reach them.
 */
export const eligibility = (
  visaNetworks: ReadonlyArray<VisaNetwork>,
  gatewayNetworks: ReadonlyArray<GatewayNetwork>,
  intention: Intention,
): Eligibility => {
  if (visaNetworks.length > 0) {
    return combine(
      visaNetworks.map((network) => onVisa(network, intention)),
      agreed,
    )
  }
  return gatewayNetworks.length > 0
    ? combine(
        gatewayNetworks.map((network) => onGateway(network, intention)),
        any,
      )
    : nothing
}
