/**
 * The requests and answers of the Alias Directory: Visa's field tables. Source: Visa's OpenAPI export
 * of Visa Direct (September 2025). Visa gives no lengths for the texts of the requests.
 */
import { Exit, Option, Predicate, Redacted, Schema } from "effect"
import { Pan } from "../Pan.ts"
import * as Fields from "./fields.ts"
import { letterAttributes } from "./letterAttributes.ts"
import type { LetterAttributes } from "./letterAttributes.ts"
import * as Wire from "./wire.ts"
import * as Codes from "./wireCodes.ts"

/** No alias is longer: 255 characters hold every email address. */
const alias = Fields.secret(1, 255, /\S/, "text that is not blank")

export const resolveV1Body = Schema.Struct({
  alias,
  businessApplicationId: Schema.Literals(["PP", "MP", "CO", "CI"]),
  accountLookUp: Schema.optionalKey(Schema.Literals(["Y", "N"])),
})

export const resolveBody = Schema.Struct({
  ...resolveV1Body.fields,
  aliasType: Fields.optionalText(1, 50),
})

const maxAliases = 1_000

export const inquiryBody = Schema.Struct({
  aliases: Schema.Array(alias).check(Schema.isBetweenLength(1, maxAliases)),
  paymentInstrTypes: Schema.optionalKey(Schema.Array(Fields.text(1, 50))),
})

/** What Visa knows of the card behind an alias, in the answer to `accountLookUp: "Y"`. */
export type AccountLookUp = LetterAttributes

/**
 * The number that an alias stands for. It is `Other` where it breaks the rules of card numbers, as
 * cards of local schemes and tokens may: then it cannot be paid to as a `Pan`.
 */
export type RecipientNumber =
  | { readonly _tag: "Card"; readonly pan: Pan }
  | { readonly _tag: "Other"; readonly number: Redacted.Redacted }

/** A JSON number beyond the safe integers has lost its last digits: it would be another card. */
export const recipientNumber: Wire.Reader<RecipientNumber> = (value) => {
  const text = Predicate.isString(value)
    ? value.trim()
    : Predicate.isNumber(value) && Number.isSafeInteger(value)
      ? String(value)
      : ""
  if (text === "") return undefined
  return Option.match(Exit.getSuccess(Pan.make(text)), {
    onSome: (pan): RecipientNumber => ({ _tag: "Card", pan }),
    onNone: (): RecipientNumber => ({ _tag: "Other", number: Redacted.make(text) }),
  })
}

export const resolvedDetails = Wire.object({
  recipientName: Wire.text,
  recipientNameLocal: Wire.text,
  address1: Wire.text,
  address2: Wire.text,
  city: Wire.text,
  postalCode: Wire.text,
  country: Codes.country,
  cardType: Wire.text,
  issuerName: Wire.text,
  merchantCategoryCode: Wire.digits(4),
  pointOfInitiationMethod: Wire.text,
  transactionCurrencyCode: Codes.currency,
  tipConvenienceFeeIndicator: Wire.text,
  convenienceFeeAmount: Wire.decimal,
  convenienceFeePercentage: Wire.decimal,
})

/** An empty list where nothing was asked for, or nothing can be read: it decides nothing. */
export const accountLookUps = (info: unknown): ReadonlyArray<AccountLookUp> =>
  Wire.isJsonObject(info) ? (Codes.list(letterAttributes)(info["visaNetworkInfo"]) ?? []) : []

/** An alias that Visa knows. */
export interface InquiredAlias {
  readonly alias: Redacted.Redacted
  readonly aliasType: string | undefined
  /** Who registered it: the one who asks, or another client. */
  readonly paymentInstrOwner: "REQUESTOR" | "OTHER" | "UNRECOGNIZED"
  readonly paymentInstrTypes: ReadonlyArray<string>
}

const inquired: Wire.Reader<InquiredAlias> = (value) => {
  if (!Wire.isJsonObject(value)) return undefined
  const found = Wire.text(value["alias"])
  const owner = Wire.text(value["paymentInstrOwner"])
  return found === undefined
    ? undefined
    : {
        alias: Redacted.make(found),
        aliasType: Wire.text(value["aliasType"]),
        paymentInstrOwner: owner === "REQUESTOR" || owner === "OTHER" ? owner : "UNRECOGNIZED",
        paymentInstrTypes: Codes.list(Wire.text)(value["paymentInstrTypes"]) ?? [],
      }
}

export const inquiredAliases = Codes.list(inquired)

export const inquirySummary = Wire.object({
  aliasesTotal: Codes.count,
  aliasesFound: Codes.count,
  aliasesNotFound: Codes.count,
})
