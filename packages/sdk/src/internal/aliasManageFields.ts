/**
 * Registering, changing, deleting and reading the alias of a consumer: Visa's field tables.
 *
 * Source of names, forms and required flags: the tables of Visa's generated sample client (2018:
 * `CreateAliaspostPayload`, `UpdateAliaspostPayload`, `DeleteAliaspostPayload`,
 * `GetAliasgetResponse`), as published in melvinis/Visa_Direct. They give no lengths: those of
 * `address1`, `address2` and `cardType` are from the answer of version 2 of resolve, the others are
 * ours and only keep out what can be no such value. The fields under `newer` are in none of Visa's
 * tables that are public: integrators of 2019 and later send them.
 */
import { Redacted, Schema, SchemaTransformation } from "effect"
import { Country } from "../Country.ts"
import { recipientNumber } from "./aliasFields.ts"
import type { RecipientNumber } from "./aliasFields.ts"
import * as Fields from "./fields.ts"
import type { Rule } from "./rules.ts"
import * as Wire from "./wire.ts"
import * as Codes from "./wireCodes.ts"

const personal = (maximum = 255) => Fields.secret(1, maximum, /\S/, "text that is not blank")
const optionalPersonal = (maximum = 255) => Schema.optionalKey(personal(maximum))

const guid = Fields.text(1, 255)
const aliasType = Fields.matching(/^\d{2}$/, "2 digits")

const consentDateTime = Fields.matching(
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/,
  "a time in UTC YYYY-MM-DD hh:mm:ss",
)

const trueOrFalse = Schema.Literals(["true", "false"]).pipe(
  Schema.decodeTo(
    Schema.Boolean,
    SchemaTransformation.transform({
      decode: (value: "true" | "false") => value === "true",
      encode: (value: boolean) => (value ? "true" : "false"),
    }),
  ),
)

const newer = {
  recipientFirstNameLocal: optionalPersonal(),
  recipientMiddleNameLocal: optionalPersonal(),
  recipientLastNameLocal: optionalPersonal(),
  accountEmail: optionalPersonal(),
  expiryDate: Schema.optionalKey(Fields.expiry),
  isDefault: Schema.optionalKey(trueOrFalse),
  /** `PAN` is the only value that was seen. */
  paymentType: Fields.optionalText(1, 50),
} as const

const optionalDetails = {
  ...newer,
  recipientMiddleName: optionalPersonal(),
  address1: optionalPersonal(99),
  address2: optionalPersonal(99),
  city: Fields.optionalText(1, 255),
  postalCode: Fields.optionalText(1, 255),
  contactEmail: optionalPersonal(),
  contactPhoneNumber: optionalPersonal(),
} as const

export const createAliasBody = Schema.Struct({
  ...optionalDetails,
  guid,
  alias: personal(),
  aliasType,
  recipientFirstName: personal(),
  recipientLastName: personal(),
  recipientPrimaryAccountNumber: Fields.pan,
  issuerName: Fields.text(1, 255),
  cardType: Fields.text(1, 70),
  country: Country.Alpha2,
  consentDateTime,
})

export const updateAliasBody = Schema.Struct({
  ...optionalDetails,
  guid,
  newGuid: Schema.optionalKey(guid),
  alias: optionalPersonal(),
  aliasType: Schema.optionalKey(aliasType),
  recipientFirstName: optionalPersonal(),
  recipientLastName: optionalPersonal(),
  recipientPrimaryAccountNumber: Schema.optionalKey(Fields.pan),
  issuerName: Fields.optionalText(1, 255),
  cardType: Fields.optionalText(1, 70),
  country: Schema.optionalKey(Country.Alpha2),
  consentDateTime: Schema.optionalKey(consentDateTime),
})

export const deleteAliasBody = Schema.Struct({ guid, alias: personal() })

export const getAliasBody = Schema.Struct({ guid })

interface WithAlias {
  readonly alias?: Redacted.Redacted
  readonly aliasType?: string
}

const aliasRule = (type: string, form: RegExp, demand: string): Rule<WithAlias> => ({
  field: "alias",
  demand,
  broken: ({ alias, aliasType }) =>
    aliasType === type && alias !== undefined && !form.test(Redacted.value(alias)),
})

/**
 * Visa's table asks for E.164, at most 15 digits; an integrator's contract tests show that Visa
 * refuses a plus. That an email address has an `@` is ours.
 */
export const createAliasRules: ReadonlyArray<Rule<WithAlias>> = [
  aliasRule(
    "01",
    /^\d{1,15}$/,
    "Give the phone number of alias type 01 with its country code, digits only and without a plus.",
  ),
  aliasRule("02", /^[^\s@]+@[^\s@]+$/, "Give an email address for alias type 02."),
]

interface Update extends WithAlias {
  readonly recipientPrimaryAccountNumber?: unknown
  readonly issuerName?: string
  readonly cardType?: string
}

const withCard = (field: "cardType" | "issuerName"): Rule<Update> => ({
  field,
  demand: `Give the ${field} of the new card: Visa demands it with recipientPrimaryAccountNumber.`,
  broken: (request) =>
    request.recipientPrimaryAccountNumber !== undefined && request[field] === undefined,
})

export const updateAliasRules: ReadonlyArray<Rule<Update>> = [
  ...createAliasRules,
  withCard("cardType"),
  withCard("issuerName"),
  {
    // Visa's table says "conditional" and not on what; integrators send both together.
    field: "aliasType",
    demand: "Give the aliasType of the new alias.",
    broken: ({ alias, aliasType }) => alias !== undefined && aliasType === undefined,
  },
]

export const guidOf = (body: unknown): string | undefined => {
  const found = Wire.isJsonObject(body) ? Wire.text(body["guid"]) : undefined
  return found === undefined || found.trim() === "" ? undefined : found
}

const readTrueOrFalse: Wire.Reader<boolean> = (value) =>
  value === true || value === "true"
    ? true
    : value === false || value === "false"
      ? false
      : undefined

const details = Wire.object({
  recipientFirstName: Wire.secret,
  recipientMiddleName: Wire.secret,
  recipientLastName: Wire.secret,
  recipientFirstNameLocal: Wire.secret,
  recipientMiddleNameLocal: Wire.secret,
  recipientLastNameLocal: Wire.secret,
  address1: Wire.secret,
  address2: Wire.secret,
  city: Wire.text,
  postalCode: Wire.text,
  country: Codes.country,
  contactEmail: Wire.secret,
  contactPhoneNumber: Wire.secret,
  issuerName: Wire.text,
  cardType: Wire.text,
  expiryDate: Wire.text,
  isDefault: readTrueOrFalse,
  paymentType: Wire.text,
  /** UTC, `YYYY-MM-DD hh:mm:ss`. */
  consentDateTime: Wire.text,
  /** UTC; only in some markets. */
  statusChangeDateTime: Wire.text,
})

type Details = NonNullable<ReturnType<typeof details>>

/** One alias of a customer. */
export interface RegisteredAlias {
  readonly alias: Redacted.Redacted
  /** `01` phone number, `02` email address. */
  readonly aliasType: string | undefined
}

/** A customer of the issuer, as the directory has it. What is absent Visa did not send. */
export interface AliasRecord extends Details {
  readonly guid: string
  readonly aliases: ReadonlyArray<RegisteredAlias>
  readonly recipientPrimaryAccountNumber: RecipientNumber | undefined
  /** Only in some markets. A deleted record may still be there as `DISABLED`. */
  readonly status: "ACTIVE" | "INACTIVE" | "DISABLED" | "UNRECOGNIZED" | undefined
}

const registered: Wire.Reader<RegisteredAlias> = (value) => {
  if (!Wire.isJsonObject(value)) return undefined
  const alias = Wire.secret(value["alias"])
  return alias === undefined ? undefined : { alias, aliasType: Wire.text(value["aliasType"]) }
}

const statusOf = (value: unknown): AliasRecord["status"] => {
  const found = Wire.text(value)
  return found === undefined || found === "ACTIVE" || found === "INACTIVE" || found === "DISABLED"
    ? found
    : "UNRECOGNIZED"
}

/** Visa's table has one alias beside the name, later answers a list of them. */
const aliasesOf = (body: Wire.JsonObject): ReadonlyArray<RegisteredAlias> | undefined => {
  const { alias, aliases } = body
  if (aliases !== undefined && aliases !== null) return Codes.list(registered)(aliases)
  if (alias === undefined || alias === null) return []
  const one = registered(body)
  return one === undefined ? undefined : [one]
}

/** Needs the guid and every alias: a gap in the list could be the alias that is looked for. */
export const aliasRecord: Wire.Reader<AliasRecord> = (body) => {
  if (!Wire.isJsonObject(body)) return undefined
  const found = guidOf(body)
  const aliases = aliasesOf(body)
  return found === undefined || aliases === undefined
    ? undefined
    : {
        ...details(body),
        guid: found,
        aliases,
        recipientPrimaryAccountNumber: recipientNumber(body["recipientPrimaryAccountNumber"]),
        status: statusOf(body["status"]),
      }
}
