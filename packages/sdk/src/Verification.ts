/**
 * Results of verifying a card: of its address (AVS), its security code (CVV2) and the cardholder's
 * authentication (CAVV). They come beside the action code, which they do not change.
 *
 * Source: public documents of Thredd, Cybersource and an open ISO 8583 library.
 */
import { decoder } from "./internal/catalogue/codeTable.ts"
import type { Known, UnrecognizedCode } from "./internal/catalogue/codeTable.ts"

/**
 * What a result comes to. `Partial`: one part agrees and another does not or was not checked.
 * `NotChecked`: it says nothing for or against.
 */
export type VerificationVerdict = "Match" | "Partial" | "NoMatch" | "NotChecked"

interface Entry {
  readonly tag: string
  readonly verdict: VerificationVerdict
  readonly meaning: string
}

type Table = { readonly [code: string]: Entry }

/** Address verification: street and postal code. */
export const avsResults = {
  A: {
    tag: "AvsStreetOnly",
    verdict: "Partial",
    meaning: "the street agrees, the postal code does not",
  },
  B: {
    tag: "AvsStreetPostalFormat",
    verdict: "Partial",
    meaning: "the street agrees, the postal code is in a form that cannot be compared",
  },
  C: {
    tag: "AvsFormats",
    verdict: "NotChecked",
    meaning: "street and postal code are in forms that cannot be compared",
  },
  D: {
    tag: "AvsInternationalMatchD",
    verdict: "Match",
    meaning: "street and postal code agree (international)",
  },
  F: {
    tag: "AvsUnitedKingdomMatch",
    verdict: "Match",
    meaning: "street and postal code agree (United Kingdom)",
  },
  G: {
    tag: "AvsInternationalNotVerifiedG",
    verdict: "NotChecked",
    meaning: "the address was not verified (international)",
  },
  I: {
    tag: "AvsInternationalNotVerifiedI",
    verdict: "NotChecked",
    meaning: "the address was not verified (international)",
  },
  M: {
    tag: "AvsInternationalMatchM",
    verdict: "Match",
    meaning: "street and postal code agree (international)",
  },
  N: {
    tag: "AvsNoMatch",
    verdict: "NoMatch",
    meaning: "neither street nor postal code agrees",
  },
  P: {
    tag: "AvsPostalStreetFormat",
    verdict: "Partial",
    meaning: "the postal code agrees, the street is in a form that cannot be compared",
  },
  R: {
    tag: "AvsRetry",
    verdict: "NotChecked",
    meaning: "the issuer could not verify now: try again",
  },
  U: {
    tag: "AvsUnavailable",
    verdict: "NotChecked",
    meaning: "the issuer has no address to compare with",
  },
  Y: { tag: "AvsMatch", verdict: "Match", meaning: "street and postal code agree" },
  Z: {
    tag: "AvsPostalOnly",
    verdict: "Partial",
    meaning: "the postal code agrees, the street does not",
  },
} as const satisfies Table

/** The card's security code. */
export const cvv2Results = {
  M: { tag: "Cvv2Match", verdict: "Match", meaning: "it is right" },
  N: { tag: "Cvv2NoMatch", verdict: "NoMatch", meaning: "it is wrong" },
  P: { tag: "Cvv2NotProcessed", verdict: "NotChecked", meaning: "it was not checked" },
  S: {
    tag: "Cvv2ShouldBeOnCard",
    verdict: "NotChecked",
    meaning: "the card should have one, or the system that checks it failed",
  },
  U: {
    tag: "Cvv2IssuerNotParticipating",
    verdict: "NotChecked",
    meaning: "the issuer does not take part",
  },
} as const satisfies Table

/**
 * The cardholder authentication value of 3-D Secure. "Attempt" means that the cardholder could not be
 * authenticated and the attempt was certified: a right value is then `Partial`.
 */
export const cavvResults = {
  "0": {
    tag: "CavvNotValidatedBadData",
    verdict: "NotChecked",
    meaning: "it was not validated because of bad data",
  },
  "1": {
    tag: "CavvAuthenticationFailed",
    verdict: "NoMatch",
    meaning: "the value of an authentication is wrong",
  },
  "2": {
    tag: "CavvAuthenticationPassed",
    verdict: "Match",
    meaning: "the value of an authentication is right",
  },
  "3": {
    tag: "CavvAttemptPassed",
    verdict: "Partial",
    meaning: "the value of an attempt is right",
  },
  "4": {
    tag: "CavvAttemptFailed",
    verdict: "NoMatch",
    meaning: "the value of an attempt is wrong",
  },
  "6": {
    tag: "CavvIssuerNotParticipating",
    verdict: "NotChecked",
    meaning: "the issuer does not take part",
  },
  "7": {
    tag: "CavvVisaAttemptFailed",
    verdict: "NoMatch",
    meaning: "the value of an attempt, made with Visa's key, is wrong",
  },
  "8": {
    tag: "CavvVisaAttemptPassed",
    verdict: "Partial",
    meaning: "the value of an attempt, made with Visa's key, is right",
  },
  "9": {
    tag: "CavvAttemptFailedAcsDown",
    verdict: "NoMatch",
    meaning: "the value of an attempt is wrong; the issuer's authentication server was down",
  },
  A: {
    tag: "CavvAttemptPassedAcsDown",
    verdict: "Partial",
    meaning: "the value of an attempt is right; the issuer's authentication server was down",
  },
  B: {
    tag: "CavvPassedNoLiabilityShift",
    verdict: "Match",
    meaning: "the value is right; the liability does not shift to the issuer",
  },
  C: {
    tag: "CavvAttemptNotValidated",
    verdict: "NotChecked",
    meaning: "the value of an attempt was not validated: the issuer sent no result",
  },
  D: {
    tag: "CavvAuthenticationNotValidated",
    verdict: "NotChecked",
    meaning: "the value of an authentication was not validated: the issuer sent no result",
  },
} as const satisfies Table

export type AvsResult = Known<typeof avsResults> | UnrecognizedCode
export type Cvv2Result = Known<typeof cvv2Results> | UnrecognizedCode
export type CavvResult = Known<typeof cavvResults> | UnrecognizedCode

/**
 * Reads verification results. None of these functions fails: a code that it does not know it keeps,
 * without a verdict.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Verification } from "effect-visa-direct/Verification"
 *
 * const address = Verification.avs("Z")
 * assert.strictEqual(address._tag === "Unrecognized" ? undefined : address.verdict, "Partial")
 * assert.deepStrictEqual(Verification.cvv2("?"), { _tag: "Unrecognized", code: "?" })
 */
export const Verification: {
  /** Of `addressVerificationResults`. */
  readonly avs: (code: string) => AvsResult
  /** Of `cvv2ResultCode`. */
  readonly cvv2: (code: string) => Cvv2Result
  /** Of `cavvResultCode`. */
  readonly cavv: (code: string) => CavvResult
} = {
  avs: decoder(avsResults),
  cvv2: decoder(cvv2Results),
  cavv: decoder(cavvResults),
}
