/** The answer of a payment account validation (PAV): Visa's field table and its short code lists. */
import { ResponseSource } from "../ResponseSource.ts"
import type { ResponseSource as Source } from "../ResponseSource.ts"
import { Verification } from "../Verification.ts"
import type { AvsResult, CavvResult, Cvv2Result, VerificationVerdict } from "../Verification.ts"
import { decoder } from "./catalogue/codeTable.ts"
import type { Known, UnrecognizedCode } from "./catalogue/codeTable.ts"
import * as Wire from "./wire.ts"
import * as Codes from "./wireCodes.ts"

interface Entry {
  readonly tag: string
  readonly verdict: VerificationVerdict
  readonly meaning: string
}

/** Of phone number, email address and identity documents. Source: Visa's OpenAPI export of PAV. */
const detailResults = {
  "1": { tag: "DetailVerified", verdict: "Match", meaning: "the issuer has the same" },
  "2": { tag: "DetailFailed", verdict: "NoMatch", meaning: "the issuer has another" },
  "3": { tag: "DetailNotPerformed", verdict: "NotChecked", meaning: "it was not checked" },
  "4": {
    tag: "DetailNotSupported",
    verdict: "NotChecked",
    meaning: "the issuer does not check identity documents",
  },
} as const satisfies { readonly [code: string]: Entry }

export type DetailResult = Known<typeof detailResults> | UnrecognizedCode

const detail = decoder(detailResults)

export interface IdentityResult {
  readonly identityType: string
  readonly result: DetailResult
}

/** Visa's codes of two characters, whose list is not public: `00` says that names were compared. */
export interface NameResult {
  readonly nameResult?: string
  readonly nameMatchDecision?: string
  readonly firstNameAccountMatchDecision?: string
  readonly middleNameAccountMatchDecision?: string
  readonly lastNameAccountMatchDecision?: string
}

/** What was verified, each part as far as it was asked for and answered. */
export interface VerificationResults {
  /** Street and postal code (AVS). */
  readonly address?: AvsResult
  /** The security code. */
  readonly cvv2?: Cvv2Result
  /** The cryptogram of a token (TAVV), in the codes of CAVV. */
  readonly cryptogram?: CavvResult
  readonly name?: NameResult
  readonly phone?: DetailResult
  readonly email?: DetailResult
  /** Empty where none was asked for. */
  readonly identities: ReadonlyArray<IdentityResult>
  /** Reserved by Visa. */
  readonly cardVerificationResults?: string
  /** Reserved by Visa. */
  readonly cardAuthenticationResults?: string
}

/** Who answered, and under which ids. */
export interface ValidationFacts {
  readonly approvalCode?: string
  /** Visa's id of the verification, 15 digits. */
  readonly transactionIdentifier?: string
  readonly answeredBy?: Source
}

const nameResult: Wire.Reader<NameResult> = Wire.object({
  nameResult: Wire.text,
  nameMatchDecision: Wire.text,
  firstNameAccountMatchDecision: Wire.text,
  middleNameAccountMatchDecision: Wire.text,
  lastNameAccountMatchDecision: Wire.text,
})

/** A code of one character; what is empty was not answered. */
const coded =
  <A>(read: (code: string) => A): Wire.Reader<A> =>
  (value) => {
    const code = Wire.text(value)?.trim().toUpperCase()
    return code === undefined || code === "" ? undefined : read(code)
  }

const identity: Wire.Reader<IdentityResult> = (value) => {
  if (!Wire.isJsonObject(value)) return undefined
  const identityType = Wire.text(value["identityType"])
  const result = coded(detail)(value["identityVerificationResult"])
  return identityType === undefined || result === undefined ? undefined : { identityType, result }
}

const identities: Wire.Reader<ReadonlyArray<IdentityResult>> = (value) =>
  Wire.isJsonObject(value) ? Codes.list(identity)(value["identities"]) : undefined

const fields = Wire.object({
  actionCode: Wire.actionCode,
  approvalCode: Wire.text,
  responseCode: coded(ResponseSource.of),
  transactionIdentifier: Wire.digits(15),
  addressVerificationResults: coded(Verification.avs),
  cvv2ResultCode: coded(Verification.cvv2),
  cardholderAuthenticationVerificationResults: coded(Verification.cavv),
  cardHolderNameVerificationResult: nameResult,
  cardHolderPhoneNumberVerificationResults: coded(detail),
  cardHolderEmailAddressVerificationResults: coded(detail),
  identityVerification: identities,
  cardVerificationResults: Wire.text,
  cardAuthenticationResults: Wire.text,
})

interface Read {
  readonly actionCode: string | undefined
  readonly facts: ValidationFacts
  readonly results: VerificationResults
}

export const readValidation: Wire.Reader<Read> = (body) => {
  const read = fields(body)
  return read === undefined
    ? undefined
    : {
        actionCode: read.actionCode,
        facts: Codes.present({
          approvalCode: read.approvalCode,
          transactionIdentifier: read.transactionIdentifier,
          answeredBy: read.responseCode,
        }),
        results: {
          ...Codes.present({
            address: read.addressVerificationResults,
            cvv2: read.cvv2ResultCode,
            cryptogram: read.cardholderAuthenticationVerificationResults,
            name: read.cardHolderNameVerificationResult,
            phone: read.cardHolderPhoneNumberVerificationResults,
            email: read.cardHolderEmailAddressVerificationResults,
            cardVerificationResults: read.cardVerificationResults,
            cardAuthenticationResults: read.cardAuthenticationResults,
          }),
          identities: read.identityVerification ?? [],
        },
      }
}
