/**
 * The upkeep of aliases: those of consumers under `manage`, those of merchants and agents under
 * `managemerchant`. What is registered here resolves at once, and no more when it is deleted.
 *
 * Fields and what is required are from Visa's generated sample client (2018) and from what integrators
 * send since; no public source has lengths. From a bank's contract tests are `VAD-1050` and
 * `VAD-1180`, with the field behind the text, and that a phone number has no plus. Readings: that
 * `guid` or `aliasId`, alias and card are each registered once; that a deletion whose two parts do
 * not belong together is `VAD-1040`; that `VAD-1180` is a card that is not Visa's;
 * that what only merchants have is `VAD-1210` for an agent.
 */
import { profileOf } from "../Cards.ts"
import { check, type FieldTable, required, text } from "../internal/FieldTable.ts"
import * as format from "../internal/formats.ts"
import { overlay } from "../internal/overlay.ts"
import type { Holder, Registration } from "../internal/Registrations.ts"
import { maskAlias, refuseV1 } from "./aliasErrors.ts"
import type { LedgerKind } from "../Ledger.ts"
import {
  type ApiRequest,
  type Endpoint,
  type EntryFacts,
  type Facts,
  type JsonObject,
  maskPan,
  type Prepared,
  type Reply,
  type World,
} from "./Endpoint.ts"

/** No lengths are published. */
const free = text(1, 1_000)
const alpha2Country = text(2, 2, { pattern: /^[A-Z]{2}$/, ...format.anyCountry })
const twoDigits = text(2, 2, { pattern: /^\d+$/ })

const consent = text(19, 19, {
  pattern: /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/,
  valid: (written) => format.isLocalDateTime(written.replace(" ", "T")),
})

const person = {
  guid: required(free),
  alias: free,
  aliasType: twoDigits,
  recipientFirstName: free,
  recipientMiddleName: free,
  recipientLastName: free,
  recipientFirstNameLocal: free,
  recipientMiddleNameLocal: free,
  recipientLastNameLocal: free,
  address1: text(1, 99),
  address2: text(1, 99),
  city: free,
  postalCode: free,
  country: alpha2Country,
  contactEmail: free,
  contactPhoneNumber: free,
  accountEmail: free,
  recipientPrimaryAccountNumber: format.primaryAccountNumber,
  issuerName: free,
  cardType: text(1, 70),
  expiryDate: format.expiry,
  isDefault: text(4, 5, { oneOf: ["true", "false"] }),
  paymentType: free,
  consentDateTime: consent,
} as const satisfies FieldTable

const demanded = <Fields extends FieldTable>(
  fields: Fields,
  ...names: ReadonlyArray<keyof Fields & string>
): FieldTable =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      names.includes(name) ? required(field) : field,
    ]),
  )

const createFields = demanded(
  person,
  "alias",
  "aliasType",
  "recipientFirstName",
  "recipientLastName",
  "recipientPrimaryAccountNumber",
  "issuerName",
  "cardType",
  "country",
  "consentDateTime",
)

const merchantId = text(16, 16, { pattern: /^\d+$/ })
const isAgentAlias = text(1, 1, { oneOf: ["Y"] })
const aliasId = required(free)

const business = {
  aliasId,
  isAgentAlias,
  merchantId,
  recipientName: free,
  city: free,
  country: alpha2Country,
  merchantCategoryCode: text(4, 4, { pattern: /^\d+$/ }),
  payloadFormatIndicator: text(2, 2, { oneOf: ["01"] }),
  pointOfInitiationMethod: twoDigits,
  transactionCurrencyCode: text(3, 3, { ...format.currency, pattern: /^\d+$/ }),
  tipConvenienceFeeIndicator: text(2, 2, { oneOf: ["01", "02", "03"] }),
  convenienceFeeAmount: text(1, 13, { pattern: /^\d+(\.\d{1,3})?$/ }),
  convenienceFeePercentage: text(5, 5, { pattern: /^(?!00\.00)\d{2}\.\d{2}$/ }),
} as const satisfies FieldTable

const createMerchantFields = demanded(
  business,
  "merchantId",
  "recipientName",
  "city",
  "country",
  "merchantCategoryCode",
  "payloadFormatIndicator",
  "transactionCurrencyCode",
)

const updateMerchantFields: FieldTable = { ...business, postalCode: free, email: free, phone: free }

/** The form of an alias, by its type. That a mail address has an `@` is ours. */
const aliasForms: Readonly<Record<string, RegExp>> = {
  "01": /^\d{1,15}$/,
  "02": /^[^\s@]+@[^\s@]+$/,
}

const wrong = (code: string, location: string): Reply => refuseV1({ code, location })
const notFound = refuseV1({ code: "VAD-1040" })

/** All members are text: the field tables see to it. */
const membersOf = (body: JsonObject): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]))

/** Why a customer cannot be registered so. */
const objection = (
  world: World,
  { id, members, project }: Registration,
  before: Registration | undefined,
): Reply | undefined => {
  const { aliases, settings } = world
  const { alias = "", aliasType = "", recipientPrimaryAccountNumber: pan = "" } = members
  if (aliasForms[aliasType]?.test(alias) === false) return wrong("VAD-1010", "alias")
  if (id !== before?.id && aliases.get({ project, holder: "consumer", id }) !== undefined) {
    return wrong("VAD-1050", before === undefined ? "guid" : "newGuid")
  }
  if (alias !== before?.members["alias"] && aliases.isTaken(alias, "consumer", before)) {
    return wrong("VAD-1050", "alias")
  }
  if (pan === before?.members["recipientPrimaryAccountNumber"]) return undefined
  if (profileOf(pan, settings.cards)?.visa === undefined) {
    return wrong("VAD-1180", "recipientPrimaryAccountNumber")
  }
  return aliases.hasCard(pan, before)
    ? wrong("VAD-1050", "recipientPrimaryAccountNumber")
    : undefined
}

/** What goes into the ledger, beside what only scripts may match on. */
const factsOf = (members: Readonly<Record<string, string>>): Facts & EntryFacts => {
  const alias = members["alias"] ?? members["aliasId"] ?? members["merchantaliasid"]
  const pan = members["recipientPrimaryAccountNumber"] ?? members["merchantId"]
  return {
    ...(alias === undefined ? {} : { alias, maskedAlias: maskAlias(alias) }),
    ...(pan === undefined ? {} : { pan, maskedPan: maskPan(pan) }),
  }
}

interface Upkeep {
  readonly name: string
  readonly path: string
  readonly fields: FieldTable
  /** Does it, and answers the body; or refuses. */
  readonly does: (
    members: Readonly<Record<string, string>>,
    world: World,
    project: string,
  ) => JsonObject | Reply
  /** Default `upkeep`. */
  readonly kind?: LedgerKind
}

const isReply = (done: JsonObject | Reply): done is Reply => "kind" in done

const answering = (
  { does, kind = "upkeep" }: Pick<Upkeep, "does" | "kind">,
  members: Readonly<Record<string, string>>,
  { project }: ApiRequest,
  world: World,
): Prepared => {
  const facts = factsOf(members)
  const { alias: _, pan: __, ...record } = facts
  return {
    facts,
    commit: (answer) => {
      const done = does(members, world, project)
      return isReply(done)
        ? { ...done, record: { ...record, ...done.record } }
        : { status: 200, body: overlay(done, answer?.fields), kind, record }
    },
  }
}

const upkeep = (of: Upkeep): Endpoint => ({
  name: of.name,
  method: "POST",
  path: of.path,
  mle: "project",
  scripted: true,
  fields: of.fields,
  refuse: refuseV1,
  prepare: (request, world) => answering(of, membersOf(request.body), request, world),
})

const consumers = "/visaaliasdirectory/v1/manage"
const merchants = "/visaaliasdirectory/v1/managemerchant"

const CreateAlias = upkeep({
  name: "CreateAlias",
  path: `${consumers}/createalias`,
  fields: createFields,
  does({ guid = "", ...members }, world, project) {
    const made: Registration = { project, holder: "consumer", id: guid, members }
    const refused = objection(world, made, undefined)
    if (refused !== undefined) return refused
    world.aliases.put(made)
    return { guid }
  },
})

const UpdateAlias = upkeep({
  name: "UpdateAlias",
  path: `${consumers}/updatealias`,
  fields: { ...person, newGuid: free },
  does({ guid = "", newGuid = guid, ...changes }, world, project) {
    const before = world.aliases.get({ project, holder: "consumer", id: guid })
    if (before === undefined) return notFound
    if (changes["alias"] !== undefined && changes["aliasType"] === undefined) {
      return wrong("VAD-1000", "aliasType")
    }
    if (changes["recipientPrimaryAccountNumber"] !== undefined) {
      for (const name of ["cardType", "issuerName"]) {
        if (changes[name] === undefined) return wrong("VAD-1000", name)
      }
    }
    const after: Registration = {
      ...before,
      id: newGuid,
      members: { ...before.members, ...changes },
    }
    const refused = objection(world, after, before)
    if (refused !== undefined) return refused
    world.aliases.put(after, before)
    return { guid: newGuid }
  },
})

const DeleteAlias = upkeep({
  name: "DeleteAlias",
  path: `${consumers}/deletealias`,
  fields: { guid: required(free), alias: required(free) },
  does({ alias, guid = "" }, world, project) {
    const found = world.aliases.get({ project, holder: "consumer", id: guid })
    if (found === undefined || found.members["alias"] !== alias) return notFound
    world.aliases.remove(found)
    return { guid }
  },
})

/** A question and not an upkeep, although it is a POST. */
const GetAlias = upkeep({
  name: "GetAlias",
  path: `${consumers}/getalias`,
  fields: { guid: required(free) },
  kind: "inquiry",
  does({ guid = "" }, world, project) {
    const found = world.aliases.get({ project, holder: "consumer", id: guid })
    return found === undefined ? notFound : { guid, ...found.members, status: "ACTIVE" }
  },
})

const ofMerchantsOnly = [
  "tipConvenienceFeeIndicator",
  "convenienceFeeAmount",
  "convenienceFeePercentage",
]

const holderOf = (members: Readonly<Record<string, string>>): Holder =>
  members["isAgentAlias"] === "Y" ? "agent" : "merchant"

const refusedOfAgents = (members: Readonly<Record<string, string>>): Reply | undefined => {
  const found =
    holderOf(members) === "agent"
      ? ofMerchantsOnly.find((name) => members[name] !== undefined)
      : undefined
  return found === undefined ? undefined : wrong("VAD-1210", found)
}

const CreateMerchantAlias = upkeep({
  name: "CreateMerchantAlias",
  path: `${merchants}/createalias`,
  fields: createMerchantFields,
  does({ aliasId: id = "", ...members }, world, project) {
    const made: Registration = { project, holder: holderOf(members), id, members }
    const refused = refusedOfAgents(members)
    if (refused !== undefined) return refused
    if (world.aliases.isTaken(id, made.holder)) return wrong("VAD-1050", "aliasId")
    world.aliases.put(made)
    return { aliasId: id }
  },
})

const UpdateMerchantAlias = upkeep({
  name: "UpdateMerchantAlias",
  path: `${merchants}/updatealias`,
  fields: updateMerchantFields,
  does({ aliasId: id = "", ...changes }, world, project) {
    const before = world.aliases.get({ project, holder: holderOf(changes), id })
    if (before === undefined) return notFound
    const refused = refusedOfAgents(changes)
    if (refused !== undefined) return refused
    world.aliases.put({ ...before, members: { ...before.members, ...changes } }, before)
    return { aliasId: id }
  },
})

const DeleteMerchantAlias = upkeep({
  name: "DeleteMerchantAlias",
  path: `${merchants}/deletealias`,
  fields: { aliasId, merchantId: required(merchantId), isAgentAlias },
  does({ aliasId: id = "", ...members }, world, project) {
    const found = world.aliases.get({ project, holder: holderOf(members), id })
    if (found === undefined || found.members["merchantId"] !== members["merchantId"]) {
      return notFound
    }
    world.aliases.remove(found)
    return { aliasId: id }
  },
})

const questionFields: FieldTable = {
  merchantaliasid: required(free),
  type: text(5, 5, { oneOf: ["agent"] }),
}

/** `GET …/managemerchant?merchantaliasid=&type=`: among merchants, or with `type=agent` among agents. */
const GetMerchantAlias: Endpoint = {
  name: "GetMerchantAlias",
  method: "GET",
  path: merchants,
  mle: "project",
  scripted: true,
  refuse: refuseV1,
  prepare(request, world) {
    const asked: Readonly<Record<string, string>> = Object.fromEntries(request.query)
    const problem = check(questionFields, asked)
    if (problem !== undefined) return refuseV1({ problem })
    return answering(
      {
        kind: "inquiry",
        does: ({ merchantaliasid: id = "", type }, { aliases }, project) => {
          const found = aliases.get({
            project,
            holder: type === "agent" ? "agent" : "merchant",
            id,
          })
          return found === undefined ? notFound : { aliasId: id, ...found.members }
        },
      },
      asked,
      request,
      world,
    )
  },
}

export const aliasUpkeep: ReadonlyArray<Endpoint> = [
  CreateAlias,
  UpdateAlias,
  DeleteAlias,
  GetAlias,
  CreateMerchantAlias,
  UpdateMerchantAlias,
  DeleteMerchantAlias,
  GetMerchantAlias,
]
