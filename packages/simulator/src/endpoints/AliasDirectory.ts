/**
 * Alias directory: `v1/resolve`, `v2/resolve` and `v1/aliasinquiry`, as in Visa's OpenAPI export of
 * November 2025. They find the aliases of the simulator's options and those that were registered
 * since.
 */
import { type AliasRecord, defaultAliasType, serves } from "../Aliases.ts"
import { factsOf, olderAttributes, profileOf } from "../Cards.ts"
import { type FieldTable, listOf, required, text } from "../internal/FieldTable.ts"
import { overlay } from "../internal/overlay.ts"
import type { ScriptedAnswer } from "../Script.ts"
import { aliasErrors, maskAlias, refuseV1, refuseV2 } from "./aliasErrors.ts"
import {
  type ApiRequest,
  type Endpoint,
  type EntryFacts,
  type JsonObject,
  maskPan,
  type Refusal,
  type Reply,
  type World,
} from "./Endpoint.ts"

/** No length is published; this is far beyond a mail address. */
const alias = text(1, 1_000)

const resolveFields: FieldTable = {
  alias: required(alias),
  accountLookUp: text(1, 1, { oneOf: ["Y", "N"] }),
  businessApplicationId: required(text(2, 2, { oneOf: ["PP", "MP", "CO", "CI"] })),
}

const inquiryFields: FieldTable = {
  aliases: required(listOf(alias)),
  paymentInstrTypes: listOf(text(1, 100)),
}

const mostAliases = 1_000

/** The older card attributes, with single letters, of the card behind an alias. */
const accountLookUpInfo = (pan: string, world: World): JsonObject | undefined => {
  const { cards, issuers } = world.settings
  const profile = profileOf(pan, cards)
  const differences = profile?.visa?.[0]
  if (profile === undefined || differences === undefined) return undefined
  const facts = factsOf(pan, profile, issuers, undefined)
  const { billingCurrencyMinorDigits: _, ...letters } = olderAttributes(facts, differences)
  return {
    visaNetworkInfo: [
      {
        ...letters,
        billingCurrencyCode: Number(facts.currency),
        // The alias directory has another name for it than the inquiry.
        billingCurrencyCodeMinorDigits: facts.minorDigits,
        tokenIndicator: profile.token === true ? "Y" : "N",
        geoRestrictionInd: "N",
      },
    ],
  }
}

interface Version {
  readonly name: string
  readonly path: string
  readonly fields: FieldTable
  readonly refuse: (refusal: Refusal) => Reply
  readonly unknown: Reply
}

const resolution = (
  version: Version,
  { body, project }: ApiRequest,
  world: World,
  record: EntryFacts,
  answer: ScriptedAnswer | undefined,
): Reply => {
  const refused = (refusal: Refusal): Reply => {
    const reply = version.refuse(refusal)
    return { ...reply, record: { ...record, ...reply.record } }
  }
  const { accountLookUp, aliasType, businessApplicationId } = body
  const found = world.aliases.find(
    String(body["alias"]),
    project,
    (candidate) =>
      serves(candidate, businessApplicationId) &&
      (aliasType === undefined || aliasType === (candidate.aliasType ?? defaultAliasType)),
  )?.record
  if (found === undefined) {
    return { ...version.unknown, record: { ...record, ...version.unknown.record } }
  }
  if (found.refusedWith !== undefined) return refused({ code: found.refusedWith })
  const pan = found.recipientPrimaryAccountNumber
  const info = accountLookUp === "Y" ? accountLookUpInfo(pan, world) : undefined
  if (accountLookUp === "Y" && info === undefined) return refused({ code: "VAD-1160" })
  const content = {
    recipientName: found.recipientName,
    recipientPrimaryAccountNumber: pan,
    country: found.country,
    ...found.details,
    ...(info === undefined ? {} : { accountLookUpInfo: info }),
  }
  return {
    status: 200,
    body: overlay(content, answer?.fields),
    kind: "inquiry",
    record: { ...record, maskedPan: maskPan(pan) },
  }
}

const resolveEndpoint = (version: Version): Endpoint => ({
  name: version.name,
  method: "POST",
  path: version.path,
  mle: "project",
  scripted: true,
  fields: version.fields,
  refuse: version.refuse,
  prepare(request, world) {
    const written = String(request.body["alias"])
    const record = { maskedAlias: maskAlias(written) }
    return {
      facts: { ...record, alias: written },
      commit: (answer) => resolution(version, request, world, record, answer),
    }
  },
})

/** An alias that is not known is a 404. */
export const AliasResolve: Endpoint = resolveEndpoint({
  name: "AliasResolve",
  path: "/visaaliasdirectory/v1/resolve",
  fields: resolveFields,
  refuse: refuseV1,
  unknown: { ...refuseV1({ code: "VAD-1040" }), kind: "inquiry" },
})

/** As v1, with `aliasType`; an alias that is not known is a 204 without a body. */
export const AliasResolveV2: Endpoint = resolveEndpoint({
  name: "AliasResolveV2",
  path: "/visaaliasdirectory/v2/resolve",
  fields: { ...resolveFields, aliasType: text(1, 100) },
  refuse: refuseV2,
  unknown: { status: 204, kind: "inquiry" },
})

const inquiryOf = ({ body, project }: ApiRequest, world: World): JsonObject => {
  const written: ReadonlyArray<unknown> = Array.isArray(body["aliases"]) ? body["aliases"] : []
  const types = Array.isArray(body["paymentInstrTypes"]) ? body["paymentInstrTypes"] : undefined
  // A record that names no types has any.
  const wanted = ({ paymentInstrTypes, refusedWith = "" }: AliasRecord) =>
    aliasErrors[refusedWith]?.status !== 404 &&
    (types === undefined || (paymentInstrTypes?.some((type) => types.includes(type)) ?? true))
  const found = written.flatMap((one) => world.aliases.find(String(one), project, wanted) ?? [])
  return {
    summary: {
      aliasesTotal: written.length,
      aliasesFound: found.length,
      aliasesNotFound: written.length - found.length,
    },
    details: found.map(({ owner, record }) => ({
      alias: record.alias,
      aliasType: record.aliasType ?? defaultAliasType,
      paymentInstrOwner: owner,
      ...(record.paymentInstrTypes === undefined
        ? {}
        : { paymentInstrTypes: record.paymentInstrTypes }),
    })),
  }
}

/** Which of 1 to 1000 aliases resolve. Aliases that do not are only counted. */
export const AliasInquiry: Endpoint = {
  name: "AliasInquiry",
  method: "POST",
  path: "/visaaliasdirectory/v1/aliasinquiry",
  mle: "project",
  scripted: true,
  fields: inquiryFields,
  refuse: refuseV1,
  prepare(request, world) {
    const { aliases } = request.body
    const size = Array.isArray(aliases) ? aliases.length : 0
    if (size < 1 || size > mostAliases) {
      return refuseV1({ code: "VAD-1100", message: `aliases: size must be 1 to ${mostAliases}` })
    }
    return {
      facts: {},
      commit: (answer) => ({
        status: 200,
        body: overlay(inquiryOf(request, world), answer?.fields),
        kind: "inquiry",
      }),
    }
  },
}
