/**
 * The request and the answer of the funds transfer attributes inquiry (FTAI), version 5: Visa's field
 * table. Source: Visa's OpenAPI export "Payment Account Attributes Inquiry". The requests of the older
 * versions and of the general inquiry: Visa's samples and an integrator's table.
 */
import { Schema } from "effect"
import type { Country } from "../Country.ts"
import type { Currency } from "../Currency.ts"
import { Rrn } from "../Rrn.ts"
import { Stan } from "../Stan.ts"
import * as Fields from "./fields.ts"
import * as Wire from "./wire.ts"
import * as Codes from "./wireCodes.ts"
import type { Flag } from "./wireCodes.ts"

export const attributesBody = Schema.Struct({
  primaryAccountNumber: Fields.pan,
  systemsTraceAuditNumber: Stan.Schema,
  retrievalReferenceNumber: Rrn.Schema,
  acquiringBin: Schema.optionalKey(Fields.acquiringBin),
  acquirerCountryCode: Schema.optionalKey(Fields.countryNumeric),
  accountType: Schema.optionalKey(Schema.Literals(["DEBIT", "CREDIT"])),
  sharingGroupCode: Fields.optionalText(1, 30),
})

/** Of versions 1 and 2. */
export const olderAttributesBody = Schema.Struct({
  primaryAccountNumber: Fields.pan,
  systemsTraceAuditNumber: Stan.Schema,
  retrievalReferenceNumber: Rrn.Schema,
  acquiringBin: Schema.optionalKey(Fields.acquiringBin),
  acquirerCountryCode: Schema.optionalKey(Fields.countryNumeric),
})

export const generalBody = Schema.Struct({ primaryAccountNumber: Fields.pan })

/** What a push is for, as the flags tell them apart. */
export type Purpose = "moneyTransfer" | "nonMoneyTransfer" | "onlineGambling"

export interface ByReach {
  /** Where originator and issuer are in the same country. */
  readonly domestic: Flag
  readonly crossBorder: Flag
}

export type ByPurpose = { readonly [P in Purpose]: ByReach }

interface Billing {
  /** Absent where Visa's number is not that of a country, as in Visa's samples. */
  readonly issuerCountry?: Country
  readonly billingCurrency?: Currency
  /** Decimals of an amount in the billing currency, by the issuer. */
  readonly billingCurrencyDecimals?: number
  /** `BZ` business, `CN` consumer, `CO` commercial, `GV` government. */
  readonly cardPlatformCode?: string
}

/** What a card of the Visa network can do. A combo card has one of these per account. */
export interface VisaNetwork extends Billing {
  readonly issuerName?: string
  readonly accountCurrency?: Currency
  /** How the account is funded: credit, debit, prepaid and so on. */
  readonly cardProductType?: string
  /** Of a prepaid card: `R` reloadable, `N` not. */
  readonly cardSubTypeCode?: string
  readonly prepaidSubtypeCode?: string
  readonly accountType?: string
  /** The issuer's recent approval rate: `READY`, `OPTIMIZED` or `NON-OPTIMIZED`. */
  readonly pushFundsCrossBorderAuthApprovalInd?: string
  /** A card with a debit and a credit account. */
  readonly comboCard: Flag
  /** `Yes`: the issuer does not take payments from the originator's country. */
  readonly geoRestricted: Flag
  readonly pushFunds: ByPurpose
  /** Whether such a push is there within 30 minutes. */
  readonly fastFunds: ByPurpose
  readonly pullFundsCrossBorder: Flag
}

/** What a card of another debit network can do, by Visa's Push Payments Gateway. */
export interface GatewayNetwork extends Billing {
  /** `3` Interlink, `16` Maestro, `8`, `10`, `11`, `12` and `15` STAR. */
  readonly networkId?: string
  readonly cardTypeCode?: string
  readonly pushFunds: ByReach
  readonly pullFunds: ByReach
  readonly fastFunds: ByReach
  /** Whether the issuer takes payouts of games. */
  readonly gambling: Flag
}

const byReach = (entry: Wire.JsonObject, name: string): ByReach => ({
  domestic: Codes.flag(entry[`${name}Domestic`]),
  crossBorder: Codes.flag(entry[`${name}CrossBorder`]),
})

const byPurpose = (entry: Wire.JsonObject, kind: "PushFunds" | "FastFunds"): ByPurpose => ({
  moneyTransfer: byReach(entry, `moneyTransfer${kind}`),
  nonMoneyTransfer: byReach(entry, `nonMoneyTransfer${kind}`),
  onlineGambling: byReach(entry, `onlineGambling${kind}`),
})

const comboCard = (value: unknown): Flag => {
  const range = Wire.text(value)
  return range === "2" ? "Yes" : range === "0" ? "No" : "Unknown"
}

export const visaNetwork: Wire.Reader<VisaNetwork> = (entry) =>
  Wire.isJsonObject(entry)
    ? {
        ...Codes.present({
          issuerName: Wire.text(entry["issuerName"]),
          issuerCountry: Codes.country(entry["issuerCountryCode"]),
          billingCurrency: Codes.currency(entry["billingCurrency"]),
          billingCurrencyDecimals: Codes.count(entry["billingCurrencyCodeMinorDigits"]),
          accountCurrency: Codes.currency(entry["accountCurrencyCode"]),
          cardPlatformCode: Wire.text(entry["cardPlatformCode"]),
          cardProductType: Wire.text(entry["cardProductType"]),
          cardSubTypeCode: Wire.text(entry["cardSubTypeCode"]),
          prepaidSubtypeCode: Wire.text(entry["prepaidSubtypeCode"]),
          accountType: Wire.text(entry["accountType"]),
          pushFundsCrossBorderAuthApprovalInd: Wire.text(
            entry["pushFundsCrossBorderAuthApprovalInd"],
          ),
        }),
        comboCard: comboCard(entry["comboCardRange"]),
        geoRestricted: Codes.flag(entry["geoRestrictionInd"]),
        pushFunds: byPurpose(entry, "PushFunds"),
        fastFunds: byPurpose(entry, "FastFunds"),
        pullFundsCrossBorder: Codes.flag(entry["pullFundsCrossBorder"]),
      }
    : undefined

/** `Y` everywhere, `D` only at home, `N` nowhere. */
const octFastFunds = (value: unknown): ByReach => {
  const flag = Codes.flag(value)
  return Wire.text(value)?.trim().toUpperCase() === "D"
    ? { domestic: "Yes", crossBorder: "No" }
    : { domestic: flag, crossBorder: flag }
}

export const gatewayNetwork: Wire.Reader<GatewayNetwork> = (entry) =>
  Wire.isJsonObject(entry)
    ? {
        ...Codes.present({
          networkId: Wire.text(entry["networkId"]),
          issuerCountry: Codes.country(entry["cardIssuerCountryCode"]),
          billingCurrency: Codes.currency(entry["billingCurrencyCode"]),
          billingCurrencyDecimals: Codes.count(entry["billingCurrencyMinorDigits"]),
          cardPlatformCode: Wire.text(entry["cardPlatformCode"]),
          cardTypeCode: Wire.text(entry["cardTypeCode"]),
        }),
        pushFunds: {
          domestic: Codes.flag(entry["octDomParticipant"]),
          crossBorder: Codes.flag(entry["octXbParticipant"]),
        },
        pullFunds: {
          domestic: Codes.flag(entry["aftDomParticipant"]),
          crossBorder: Codes.flag(entry["aftXbParticipant"]),
        },
        fastFunds: octFastFunds(entry["octFastFunds"]),
        gambling: Codes.flag(entry["gamingAndGambling"]),
      }
    : undefined
