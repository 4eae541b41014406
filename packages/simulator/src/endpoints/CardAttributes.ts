/**
 * Card attributes: Funds Transfer Attributes Inquiry v5, as in Visa's OpenAPI document of Payment
 * Account Attributes Inquiry. Numbers of cards are not checked beyond their length: Visa checks
 * digits of mVisa BINs only.
 */
import { type CardProfile, factsOf, ppgsNetworkInfo, profileOf, visaNetworkInfo } from "../Cards.ts"
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

export const CardAttributes: Endpoint = {
  name: "CardAttributes",
  method: "POST",
  path: "/paai/fundstransferattinq/v5/cardattributes/fundstransferinquiry",
  mle: "project",
  scripted: true,
  fields: cardAttributesFields,
  refuse,
  prepare({ body }, world) {
    const pan = String(body["primaryAccountNumber"])
    const record = {
      stan: String(body["systemsTraceAuditNumber"]),
      rrn: String(body["retrievalReferenceNumber"]),
      maskedPan: maskPan(pan),
      ...(body["acquiringBin"] === undefined ? {} : { acquiringBin: String(body["acquiringBin"]) }),
    }
    return {
      facts: { ...record, pan },
      commit: (answer) => {
        const profile = profileOf(pan, world.settings.cards)
        if (profile === undefined) {
          const refused = unknownCard()
          return { ...refused, record: { ...record, ...refused.record } }
        }
        return {
          status: 200,
          body: overlay(attributesOf(profile, body, world), answer?.fields),
          kind: "inquiry",
          record,
        }
      },
    }
  },
}
