/**
 * Fields of a reversal (AFTR), as in Visa's OpenAPI export of November 2025.
 *
 * Where Visa's own samples and the table disagree, the samples win: `county` may be a name, and
 * `posTerminalEntryCapability` may be 2. `originalDataElements` has exactly four members, and its
 * time has neither fraction nor zone (measured by an integrator).
 */
import {
  digits,
  type FieldTable,
  number,
  object,
  opaque,
  required,
  text,
} from "../internal/FieldTable.ts"
import * as format from "../internal/formats.ts"
import {
  businessApplicationIds,
  credentialReference,
  merchantVerificationValue,
} from "./transferFields.ts"

const cardAcceptor = object({
  name: required(text(1, 25)),
  idCode: required(text(1, 15)),
  address: required(
    object({
      state: text(2, 2),
      county: text(1, 50),
      country: required(text(3, 3, format.alpha3Country)),
      zipCode: text(5, 9),
    }),
  ),
  terminalId: required(text(1, 8)),
  paymentFacilitator: opaque,
})

export const reverseFundsFields: FieldTable = {
  amount: required(format.amount),
  networkId: digits(1, 2),
  surcharge: text(1, 13, { pattern: /^\d+(\.\d{1,3})?$/ }),
  tokenData: object({ tokenAssuranceMethod: text(2, 2) }),
  accountType: text(2, 2, { oneOf: ["00", "10", "20", "30", "40"] }),
  acquiringBin: required(format.acquiringBin),
  cardAcceptor: required(cardAcceptor),
  memberComments: text(1, 254),
  senderReference: text(0, 16),
  schemeIdentifier: text(2, 2),
  sharingGroupCode: text(0, 30),
  merchantReference: text(0, 35),
  pointOfServiceData: object({
    panEntryMode: digits(1, 2),
    motoECIIndicator: text(1, 1),
    posConditionCode: digits(1, 2),
    specialConditionIndicatorMerchant: text(1, 1),
  }),
  senderCurrencyCode: required(format.currency),
  acquirerCountryCode: required(format.numericCountry),
  feeProgramIndicator: text(3, 3),
  merchantCategoryCode: required(digits(4, 4, { padded: true })),
  originalDataElements: required(
    object({
      acquiringBin: required(format.acquiringBin),
      approvalCode: required(text(6, 6)),
      transmissionDateTime: required(format.localDateTime),
      systemsTraceAuditNumber: required(format.stan),
    }),
  ),
  senderCardExpiryDate: format.expiry,
  businessApplicationId: required(text(2, 2, { oneOf: businessApplicationIds })),
  serviceProcessingType: object({ requestType: text(0, 2) }),
  transactionIdentifier: required(format.transactionIdentifier),
  visaMerchantIdentifier: text(8, 8),
  merchantPseudoAbaNumber: text(9, 9),
  systemsTraceAuditNumber: required(format.stan),
  enablerVerificationValue: text(0, 99),
  localTransactionDateTime: required(format.localDateTime),
  nationalReimbursementFee: number(0, 999_999_999.999),
  pointOfServiceCapability: object({
    posTerminalType: digits(1, 1),
    posTerminalEntryCapability: digits(1, 1),
  }),
  retrievalReferenceNumber: required(format.retrievalReferenceNumber),
  merchantVerificationValue,
  mexicoNationalServiceData: opaque,
  senderPrimaryAccountNumber: format.primaryAccountNumber,
  settlementServiceIndicator: number(0, 9),
  colombiaNationalServiceData: opaque,
  argentinaNationalServiceData: opaque,
  foreignExchangeFeeTransaction: number(0, 999_999_999.999),
  senderPaymentCredentialReference: credentialReference(["PCI_TOKEN_REFID"]),
  masterCardMerchantPaymentGatewayId: text(1, 11),
  recipientIdentificationNumberBusiness: text(0, 20),
}
