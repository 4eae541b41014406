/**
 * Card attributes: Funds Transfer Attributes Inquiry v5, as in Visa's OpenAPI document of Payment
 * Account Attributes Inquiry; its versions 1 and 2; and the general inquiry. Numbers of cards are not
 * checked beyond their length: Visa checks digits of mVisa BINs only.
 *
 * Versions 1 and 2 are from Visa's older samples and a recorded answer of version 1; that version 2
 * answers in the same form is a reading. Of the general inquiry only path and request are public: its
 * answer, apart from the issuer's name, has names of ours.
 */
import {
  type CardProfile,
  factsOf,
  olderAttributes,
  ppgsNetworkInfo,
  profileOf,
  visaNetworkInfo,
} from "../Cards.ts"
import { type FieldTable, required, text } from "../internal/FieldTable.ts"
import * as format from "../internal/formats.ts"
import { countryOf } from "../internal/iso.ts"
import { overlay } from "../internal/overlay.ts"
import {
  type Endpoint,
  type JsonObject,
  maskPan,
  type Refusal,
  type Reply,
  type World,
} from "./Endpoint.ts"
import { errorResponse, invalidRequest } from "./errorResponse.ts"

const cardAttributesFields: FieldTable = {
  accountType: text(5, 6, { oneOf: ["DEBIT", "CREDIT"] }),
  acquiringBin: format.acquiringBin,
  sharingGroupCode: text(1, 30),
  acquirerCountryCode: format.numericCountryText,
  primaryAccountNumber: required(format.primaryAccountNumber),
  systemsTraceAuditNumber: required(format.stanText),
  retrievalReferenceNumber: required(format.retrievalReferenceNumber),
}

const unknownCard = (message?: string): Reply =>
  errorResponse({
    httpStatus: 400,
    reason: "invalidParameter",
    status: "absent",
    message:
      message ?? "Unable to find any participating network information for the provided account.",
  })

const refuse = (refusal: Refusal): Reply =>
  refusal.code === "invalidParameter"
    ? unknownCard(refusal.message)
    : invalidRequest(refusal.code ?? "3001", refusal)

/** Account types of a combo card (processing codes) by the kind of account that was asked for. */
const accountTypes: Readonly<Record<string, ReadonlyArray<unknown>>> = {
  DEBIT: ["10", "20"],
  CREDIT: ["30"],
}

const attributesOf = (profile: CardProfile, body: JsonObject, world: World): JsonObject => {
  const pan = String(body["primaryAccountNumber"])
  const acquirer = countryOf(body["acquirerCountryCode"])
  const facts = factsOf(pan, profile, world.settings.issuers, acquirer)
  const asked = accountTypes[String(body["accountType"])]
  const geoRestrictionInd = profile.refusesFrom?.includes(acquirer ?? "") === true ? "Y" : "N"
  return {
    visaNetworkInfo: (profile.visa ?? [])
      .filter(
        ({ accountType }) =>
          asked === undefined || accountType === undefined || asked.includes(accountType),
      )
      .map((differences) => ({
        ...visaNetworkInfo(facts, differences),
        ...(acquirer === undefined ? {} : { geoRestrictionInd }),
      })),
    ppgsNetworkInfo: (profile.ppgs ?? []).map((differences) => ppgsNetworkInfo(facts, differences)),
  }
}

interface Inquiry {
  readonly name: string
  readonly path: string
  readonly fields: FieldTable
  /** Undefined where the card is on no network that the inquiry tells of. */
  readonly attributesOf: (
    profile: CardProfile,
    body: JsonObject,
    world: World,
  ) => JsonObject | undefined
}

const inquiry = ({ attributesOf: answerOf, fields, name, path }: Inquiry): Endpoint => ({
  name,
  method: "POST",
  path,
  mle: "project",
  scripted: true,
  fields,
  refuse,
  prepare({ body }, world) {
    const pan = String(body["primaryAccountNumber"])
    const record = {
      ...(body["systemsTraceAuditNumber"] === undefined
        ? {}
        : { stan: String(body["systemsTraceAuditNumber"]) }),
      ...(body["retrievalReferenceNumber"] === undefined
        ? {}
        : { rrn: String(body["retrievalReferenceNumber"]) }),
      maskedPan: maskPan(pan),
      ...(body["acquiringBin"] === undefined ? {} : { acquiringBin: String(body["acquiringBin"]) }),
    }
    return {
      facts: { ...record, pan },
      commit: (answer) => {
        const profile = profileOf(pan, world.settings.cards)
        const attributes = profile && answerOf(profile, body, world)
        if (attributes === undefined) {
          const refused = unknownCard()
          return { ...refused, record: { ...record, ...refused.record } }
        }
        return {
          status: 200,
          body: overlay(attributes, answer?.fields),
          kind: "inquiry",
          record,
        }
      },
    }
  },
})

export const CardAttributes = inquiry({
  name: "CardAttributes",
  path: "/paai/fundstransferattinq/v5/cardattributes/fundstransferinquiry",
  fields: cardAttributesFields,
  attributesOf,
})

const olderFields: FieldTable = {
  acquiringBin: format.acquiringBin,
  acquirerCountryCode: format.numericCountry,
  primaryAccountNumber: required(format.primaryAccountNumber),
  systemsTraceAuditNumber: required(format.stan),
  retrievalReferenceNumber: required(format.retrievalReferenceNumber),
}

/** Only of Visa's own network. */
const olderAttributesOf: Inquiry["attributesOf"] = (profile, body, world) => {
  const [differences] = profile.visa ?? []
  if (differences === undefined) return undefined
  const pan = String(body["primaryAccountNumber"])
  const acquirer = countryOf(body["acquirerCountryCode"])
  return olderAttributes(factsOf(pan, profile, world.settings.issuers, acquirer), differences)
}

const older = (version: "V1" | "V2"): Endpoint =>
  inquiry({
    name: `CardAttributes${version}`,
    path: `/paai/fundstransferattinq/${version.toLowerCase()}/cardattributes/fundstransferinquiry`,
    fields: olderFields,
    attributesOf: olderAttributesOf,
  })

export const CardAttributesV1 = older("V1")
export const CardAttributesV2 = older("V2")

export const GeneralInquiry = inquiry({
  name: "GeneralInquiry",
  path: "/paai/generalattinq/v1/cardattributes/generalinquiry",
  fields: { primaryAccountNumber: required(format.primaryAccountNumber) },
  attributesOf: (profile, body, world) => {
    const attributes = olderAttributesOf(profile, body, world)
    return (
      attributes && {
        cardTypeCode: attributes["cardTypeCode"],
        issuerName: attributes["issuerName"],
        issuerCountryCode: attributes["cardIssuerCountryCode"],
      }
    )
  },
})
