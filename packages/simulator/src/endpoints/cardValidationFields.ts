/**
 * Fields of a card validation, as in Visa's OpenAPI document of Payment Account Validation, with
 * the value lists that its texts give.
 */
import { type FieldTable, list, number, object, required, text } from "../internal/FieldTable.ts"
import * as format from "../internal/formats.ts"

/** Not all spaces, all zeros or all digits, and without a question mark. */
const name = text(1, 35, { pattern: /^(?! +$)(?!\d+$)[^?]*$/ })

export const cardValidationFields: FieldTable = {
  tavv: text(40, 40, { pattern: /^[0-9A-Fa-f]+$/ }),
  accountType: text(1, 30),
  acquiringBin: required(format.acquiringBinText),
  cardAcceptor: object({
    name: required(text(1, 25)),
    idCode: required(text(1, 15)),
    address: object({
      city: text(1, 13),
      state: text(2, 2),
      county: text(3, 3),
      country: text(2, 3, format.anyCountry),
      zipCode: text(5, 9),
    }),
    terminalId: text(1, 8),
  }),
  cardCvv2Value: text(3, 4, { pattern: /^\d+$/ }),
  cardExpiryDate: format.expiry,
  cardCurrencyCode: format.currency,
  pointOfServiceData: object({
    panEntryMode: required(number(0, 99)),
    posEnvironment: text(1, 1),
    motoECIIndicator: required(text(1, 1)),
    posConditionCode: required(number(0, 99)),
    specialConditionIndicatorMerchant: text(1, 1),
  }),
  acquirerCountryCode: required(format.numericCountryText),
  identityVerification: object({
    identities: list({
      identityType: required(
        text(1, 30, { oneOf: ["NATIONALIDENTITY", "PASSPORT", "DRIVERLICENSE", "TAX"] }),
      ),
      identityValue: required(text(1, 35)),
    }),
  }),
  primaryAccountNumber: required(format.primaryAccountNumber),
  cardHolderPhoneNumber: text(1, 16),
  cardHolderEmailAddress: text(1, 99),
  systemsTraceAuditNumber: format.stanText,
  pointOfServiceCapability: object({
    posTerminalType: number(0, 9),
    posTerminalEntryCapability: number(0, 9),
  }),
  retrievalReferenceNumber: format.retrievalReferenceNumber,
  addressVerificationResults: object({
    street: text(1, 20),
    postalCode: required(text(1, 9)),
  }),
  cardHolderNameVerification: object({
    lastName: required(name),
    firstName: name,
    ownerType: text(2, 2, { oneOf: ["01", "02"] }),
    middleName: name,
  }),
}
