/**
 * The alias of a merchant, or of an agent who pays out cash: Visa's field tables.
 *
 * Source: the tables of Visa's generated sample client (2018: `CreateMerchantAliaspostPayload`,
 * `UpdateMerchantAliaspostPayload`, `DeleteMerchantAliaspostPayload`, `GetMerchantAliasgetResponse`),
 * as published in melvinis/Visa_Direct. They give no lengths of texts; those here are ours.
 */
import { Schema } from "effect"
import { Country } from "../Country.ts"
import { Currency } from "../Currency.ts"
import { Money } from "../Money.ts"
import { Pan } from "../Pan.ts"
import { recipientNumber } from "./aliasFields.ts"
import type { RecipientNumber } from "./aliasFields.ts"
import { readMoney } from "./amounts.ts"
import * as Fields from "./fields.ts"
import type { Rule } from "./rules.ts"
import { checkedBy, refuse } from "./vocabulary.ts"
import * as Wire from "./wire.ts"
import * as Codes from "./wireCodes.ts"

const personal = Fields.secret(1, 255, /\S/, "text that is not blank")

/** Decimal text on the wire; its currency goes out as `transactionCurrencyCode`. */
const feeAmount = Schema.String.pipe(
  Schema.decodeTo(
    Schema.declare(Money.is, { identifier: "Money", expected: "an amount made with Money.of" }),
    checkedBy(
      (_: string) => refuse("convenienceFeeAmount", "An amount alone has no currency."),
      (money: Money) => Money.toDecimal(money),
    ),
  ),
)

const aliasId = Fields.text(1, 255)
const isAgentAlias = Schema.optionalKey(Schema.Literals(["Y"]))
const merchantCategoryCode = Fields.matching(/^\d{4}$/, "4 digits")
const payloadFormatIndicator = Schema.Literals(["01"])

const optionalDetails = {
  isAgentAlias,
  pointOfInitiationMethod: Schema.optionalKey(Fields.matching(/^\d{2}$/, "2 digits")),
  tipConvenienceFeeIndicator: Schema.optionalKey(Schema.Literals(["01", "02", "03"])),
  convenienceFeeAmount: Schema.optionalKey(feeAmount),
  convenienceFeePercentage: Schema.optionalKey(
    Fields.matching(/^(?!00\.00)\d{2}\.\d{2}$/, "a percentage from 00.01 to 99.99"),
  ),
} as const

export const createMerchantAliasBody = Schema.Struct({
  ...optionalDetails,
  aliasId,
  merchantId: Fields.pan,
  recipientName: personal,
  city: Fields.text(1, 255),
  country: Country.Alpha2,
  merchantCategoryCode,
  payloadFormatIndicator,
  transactionCurrencyCode: Currency.Numeric,
})

export const updateMerchantAliasBody = Schema.Struct({
  ...optionalDetails,
  aliasId,
  merchantId: Schema.optionalKey(Fields.pan),
  recipientName: Schema.optionalKey(personal),
  city: Fields.optionalText(1, 255),
  postalCode: Fields.optionalText(1, 255),
  country: Schema.optionalKey(Country.Alpha2),
  email: Schema.optionalKey(personal),
  phone: Schema.optionalKey(personal),
  merchantCategoryCode: Schema.optionalKey(merchantCategoryCode),
  payloadFormatIndicator: Schema.optionalKey(payloadFormatIndicator),
  transactionCurrencyCode: Schema.optionalKey(Currency.Numeric),
})

export const deleteMerchantAliasBody = Schema.Struct({
  aliasId,
  merchantId: Fields.pan,
  isAgentAlias,
})

/** Visa's names for the query are `merchantaliasid` and `type`. */
export const merchantAliasQuery = Schema.Struct({
  aliasId,
  /** Without it Visa looks among merchants only. */
  type: Schema.optionalKey(Schema.Literals(["agent"])),
})

interface WithMerchantId {
  readonly merchantId?: Pan
}

export const merchantIdRules: ReadonlyArray<Rule<WithMerchantId>> = [
  {
    field: "merchantId",
    demand: "Give the 16 digits to which the merchant or agent is paid.",
    broken: ({ merchantId }) => merchantId !== undefined && Pan.value(merchantId).length !== 16,
  },
]

interface WithFee extends WithMerchantId {
  readonly convenienceFeeAmount?: Money
  readonly transactionCurrencyCode?: Currency
  readonly isAgentAlias?: "Y"
  readonly convenienceFeePercentage?: string
  readonly tipConvenienceFeeIndicator?: string
}

const ofMerchantsOnly = (
  field: "convenienceFeeAmount" | "convenienceFeePercentage" | "tipConvenienceFeeIndicator",
): Rule<WithFee> => ({
  field,
  demand: `Leave out ${field}: only the alias of a merchant has it, not that of an agent.`,
  broken: (request) => request.isAgentAlias === "Y" && request[field] !== undefined,
})

export const merchantAliasRules: ReadonlyArray<Rule<WithFee>> = [
  ...merchantIdRules,
  ofMerchantsOnly("convenienceFeeAmount"),
  ofMerchantsOnly("convenienceFeePercentage"),
  ofMerchantsOnly("tipConvenienceFeeIndicator"),
  {
    // Ours: the amount goes out as a bare number, to be taken in the currency beside it.
    field: "transactionCurrencyCode",
    demand: "Give the currency of convenienceFeeAmount as transactionCurrencyCode.",
    broken: ({ convenienceFeeAmount: fee, transactionCurrencyCode }) =>
      fee !== undefined && fee.currency !== transactionCurrencyCode,
  },
]

export const aliasIdOf = (body: unknown): string | undefined => {
  const found = Wire.isJsonObject(body) ? Wire.text(body["aliasId"]) : undefined
  return found === undefined || found.trim() === "" ? undefined : found
}

const details = Wire.object({
  recipientName: Wire.secret,
  city: Wire.text,
  postalCode: Wire.text,
  country: Codes.country,
  email: Wire.secret,
  phone: Wire.secret,
  merchantCategoryCode: Wire.digits(4),
  payloadFormatIndicator: Wire.digits(2),
  pointOfInitiationMethod: Wire.digits(2),
  transactionCurrencyCode: Codes.currency,
  tipConvenienceFeeIndicator: Wire.digits(2),
  convenienceFeePercentage: Wire.decimal,
})

type Details = NonNullable<ReturnType<typeof details>>

/** A merchant or agent, as the directory has it. What is absent Visa did not send. */
export interface MerchantAliasRecord extends Details {
  readonly aliasId: string
  /** The number to which the merchant or agent is paid. */
  readonly merchantId: RecipientNumber | undefined
  /** Absent also where it does not fit `transactionCurrencyCode`. */
  readonly convenienceFeeAmount: Money | undefined
}

export const merchantAliasRecord: Wire.Reader<MerchantAliasRecord> = (body) => {
  if (!Wire.isJsonObject(body)) return undefined
  const found = aliasIdOf(body)
  const read = details(body)
  return found === undefined
    ? undefined
    : {
        ...read,
        aliasId: found,
        merchantId: recipientNumber(body["merchantId"]),
        convenienceFeeAmount: readMoney(
          Wire.decimal(body["convenienceFeeAmount"]),
          read?.transactionCurrencyCode,
        ),
      }
}
