/**
 * Fields of the foreign exchange APIs, as in Visa's OpenAPI export. Version 2 is two APIs under one
 * path: daily rates (`A`, `B`) write amounts as strings and currencies as numeric codes; live rates
 * and quotes (`BANK`, `WALLET`) write amounts as numbers and currencies as letters.
 *
 * Version 1 has the markup under two names: `markupRate` in its table, `markUpRate` in its sample.
 * Either is taken here, both at once are not.
 */
import { boolean, type FieldTable, object, required, text } from "../internal/FieldTable.ts"
import * as format from "../internal/formats.ts"
import { currencyDigits } from "../internal/iso.ts"
import type { JsonObject } from "./Endpoint.ts"

const isCurrency = (code: string) => currencyDigits(code) !== undefined

const numericCurrency = text(3, 3, { pattern: /^\d{3}$/, valid: isCurrency })

/** Thirteen characters: the more digits before the point, the fewer after it. Never zero. */
export const writtenAmount =
  /^(\d{1,8}(\.\d{1,4})?|\d{1,9}(\.\d{1,3})?|\d{1,10}(\.\d{1,2})?|\d{1,11}(\.\d)?|\d{1,12})$/

const textAmount = text(1, 13, {
  pattern: writtenAmount,
  valid: (written) => Number(written) > 0,
})

/** Per cent. */
const markup = text(1, 6, { pattern: /^\d{1,2}(\.\d{1,3})?$/ })

const daily: FieldTable = {
  markupRate: markup,
  sourceAmount: textAmount,
  acquirerDetails: object({
    bin: format.acquiringBin,
    settlement: object({ currencyCode: numericCurrency }),
  }),
  rateProductCode: required(text(1, 6, { oneOf: ["A", "B", "BANK", "WALLET"] })),
  sourceCurrencyCode: required(numericCurrency),
  destinationCurrencyCode: required(numericCurrency),
  destinationAmount: textAmount,
}

const live: FieldTable = {
  quoteIdRequired: boolean,
  rateProductCode: required(text(4, 6, { oneOf: ["BANK", "WALLET"] })),
  initiatingPartyId: required(format.initiatingPartyId),
  sourceCurrencyCode: required(format.alphaCurrency),
  destinationCurrencyCode: required(format.alphaCurrency),
  sourceAmount: format.jsonAmount,
  destinationAmount: format.jsonAmount,
}

export const isLive = (body: JsonObject): boolean =>
  body["rateProductCode"] === "BANK" || body["rateProductCode"] === "WALLET"

export const ratesFields = (body: JsonObject): FieldTable => (isLive(body) ? live : daily)

const anyCurrency = text(3, 3, { pattern: /^(\d{3}|[a-zA-Z]{3})$/, valid: isCurrency })

export const ratesV1Fields: FieldTable = {
  markupRate: markup,
  markUpRate: markup,
  acquiringBin: format.acquiringBin,
  cardAcceptor: object({
    name: text(1, 25),
    idCode: text(1, 15),
    address: object({
      city: text(1, 13),
      state: text(0, 50),
      county: text(0, 50),
      country: text(1, 60, format.anyCountry),
      zipCode: text(0, 14),
    }),
    terminalId: text(1, 8),
  }),
  sourceAmount: required(textAmount),
  sourceCurrencyCode: required(anyCurrency),
  acquirerCountryCode: text(3, 3, format.anyCountry),
  destinationCurrencyCode: required(anyCurrency),
  systemsTraceAuditNumber: text(6, 6, { pattern: /^\d+$/ }),
  retrievalReferenceNumber: format.retrievalReferenceNumber,
}
