/** The answer of versions 1 and 2 of the attributes inquiry, which the Alias Directory repeats. */
import type { Country } from "../Country.ts"
import type { Currency } from "../Currency.ts"
import * as Wire from "./wire.ts"
import * as Codes from "./wireCodes.ts"
import type { Flag } from "./wireCodes.ts"

/** What a card can do, in the single letters of the older attributes inquiry. */
export interface LetterAttributes {
  readonly issuerName?: string
  readonly issuerCountry?: Country
  readonly billingCurrency?: Currency
  /** Decimals of an amount in that currency. */
  readonly billingCurrencyDecimals?: number
  readonly cardTypeCode?: string
  readonly tokenIndicator?: string
  /**
   * `B`, `C` and `D` say that the money is there within 30 minutes, `N` within two business days.
   */
  readonly fastFundsIndicator?: string
  /** Whether that indicator promises 30 minutes. */
  readonly fastFunds: Flag
  readonly pushFundsBlocked: Flag
  readonly onlineGamblingBlocked: Flag
  /** `Yes`: it does not take payments from the originator's country. */
  readonly geoRestricted: Flag
}

const lookUpTexts = Wire.object({
  issuerName: Wire.text,
  cardTypeCode: Wire.text,
  tokenIndicator: Wire.text,
  fastFundsIndicator: Wire.text,
})

const fastFunds = (indicator: string | undefined): Flag =>
  indicator === undefined || !/^[BCDN]$/.test(indicator)
    ? "Unknown"
    : indicator === "N"
      ? "No"
      : "Yes"

export const letterAttributes: Wire.Reader<LetterAttributes> = (value) => {
  if (!Wire.isJsonObject(value)) return undefined
  const texts = lookUpTexts(value) ?? {}
  return {
    ...texts,
    ...Codes.present({
      issuerCountry: Codes.country(value["cardIssuerCountryCode"]),
      billingCurrency: Codes.currency(value["billingCurrencyCode"]),
      // Visa has both names.
      billingCurrencyDecimals: Codes.count(
        value["billingCurrencyCodeMinorDigits"] ?? value["billingCurrencyMinorDigits"],
      ),
    }),
    fastFunds: fastFunds(texts.fastFundsIndicator),
    pushFundsBlocked: Codes.flag(value["pushFundsBlockIndicator"]),
    // Visa's spelling.
    onlineGamblingBlocked: Codes.flag(value["onlineGambingBlockIndicator"]),
    geoRestricted: Codes.flag(value["geoRestrictionInd"]),
  }
}
