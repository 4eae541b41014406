/** When a pull (AFT) needs which field. Source: Visa's OpenAPI export (2025), its field descriptions. */
import type { PullRequest } from "./pullFields.ts"
import type { Rule } from "./rules.ts"
import { acceptorAddress, amountAboveZero, amountIncludes, oneSenderCard } from "./rules.ts"

const electronicCommerce = "59"
const notAuthenticated = "7"

/** The proofs of authentication, or of a token, that Visa and other networks take. */
const hasCryptogram = (pull: PullRequest): boolean =>
  pull.cavv !== undefined ||
  pull.tavv !== undefined ||
  pull.masterCardUCAFField !== undefined ||
  pull.digitalSecureRemotePaymentTokenCryptogram !== undefined

const cryptogramNeeds = (field: "cavv" | "tavv"): Rule<PullRequest> => ({
  field: "pointOfServiceData.posConditionCode",
  demand: `Give 59, electronic commerce, with ${field}.`,
  broken: (pull) =>
    pull[field] !== undefined && pull.pointOfServiceData.posConditionCode !== electronicCommerce,
})

export const pullRules: ReadonlyArray<Rule<PullRequest>> = [
  oneSenderCard,
  amountAboveZero,
  ...amountIncludes,
  cryptogramNeeds("cavv"),
  cryptogramNeeds("tavv"),
  {
    field: "pointOfServiceData.motoECIIndicator",
    demand: "Give 7, not authenticated, or the cavv or tavv of the authentication.",
    broken: (pull) =>
      pull.pointOfServiceData.posConditionCode === electronicCommerce &&
      pull.pointOfServiceData.motoECIIndicator !== notAuthenticated &&
      !hasCryptogram(pull),
  },
  {
    field: "pointOfServiceData.posEnvironment",
    demand: "Give either posEnvironment or messageReasonCode: Visa takes only one of them.",
    broken: (pull) =>
      pull.pointOfServiceData.posEnvironment !== undefined && pull.messageReasonCode !== undefined,
  },
  ...acceptorAddress,
]
