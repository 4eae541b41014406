/**
 * Who answered: `responseCode` of replies, ISO 8583 field 44.1.
 *
 * It says who, not whether: whether a payment was approved is in the action code alone.
 */
import { decoder } from "./internal/catalogue/codeTable.ts"
import type { Known, UnrecognizedCode } from "./internal/catalogue/codeTable.ts"

/**
 * Who an answer is from. `StandIn` is Visa deciding in the issuer's place (STIP), by rules that the
 * issuer has set.
 */
export type Answerer = "Issuer" | "StandIn" | "Visa" | "ThirdParty"

interface Entry {
  readonly tag: string
  readonly answeredBy: Answerer
  readonly meaning: string
}

/**
 * The codes.
 *
 * Source: public documents of Thredd and an open ISO 8583 library; `V` from Visa's samples.
 */
export const responseSources = {
  "0": {
    tag: "ExceptionFileAdvice",
    answeredBy: "Visa",
    meaning: "it advises of a change to the exception file",
  },
  "1": {
    tag: "StandInIssuerTimedOut",
    answeredBy: "StandIn",
    meaning: "the issuer did not answer in time, or not validly",
  },
  "2": {
    tag: "StandInBelowLimit",
    answeredBy: "StandIn",
    meaning: "the amount is below the issuer's limit, or it is a verification",
  },
  "3": {
    tag: "StandInInquiriesSuppressed",
    answeredBy: "StandIn",
    meaning: "the issuer has asked not to be asked",
  },
  "4": {
    tag: "StandInIssuerUnavailable",
    answeredBy: "StandIn",
    meaning: "the issuer is not available",
  },
  "5": { tag: "Issuer", answeredBy: "Issuer", meaning: "the issuer decided" },
  "6": {
    tag: "StandInForProcessor",
    answeredBy: "StandIn",
    meaning: "Visa decided for the issuer's processor",
  },
  "7": {
    tag: "ReversalMatched",
    answeredBy: "Visa",
    meaning: "the reversal was matched to its original",
  },
  "8": {
    tag: "ReversalUnmatched",
    answeredBy: "Visa",
    meaning: "no original was found for the reversal, which does not prove that there was none",
  },
  "9": {
    tag: "AutomatedReferral",
    answeredBy: "Visa",
    meaning: "the automated referral service answered",
  },
  A: {
    tag: "ThirdPartyAgent",
    answeredBy: "ThirdParty",
    meaning: "a third-party agent answered, or it is an advice of a fuel sale",
  },
  B: {
    tag: "StandInTransactionAdvisor",
    answeredBy: "StandIn",
    meaning: "criteria of the transaction advisor were met",
  },
  C: {
    tag: "StandInOther",
    answeredBy: "StandIn",
    meaning: "Visa decided for another reason",
  },
  V: { tag: "Visa", answeredBy: "Visa", meaning: "VisaNet itself answered" },
} as const satisfies { readonly [code: string]: Entry }

/** Who answered, or a code that this version does not know. */
export type ResponseSource = Known<typeof responseSources> | UnrecognizedCode

/**
 * Who answered.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { ResponseSource } from "effect-visa-direct/ResponseSource"
 *
 * const source = ResponseSource.of("4")
 * assert.strictEqual(source._tag, "StandInIssuerUnavailable")
 * assert.deepStrictEqual(ResponseSource.of("?"), { _tag: "Unrecognized", code: "?" })
 */
export const ResponseSource: {
  /** Reads a code. Never fails: what it does not know it keeps. */
  readonly of: (code: string) => ResponseSource
} = { of: decoder(responseSources) }
