/** The request of a push (OCT): Visa's field table, strict. Source: Visa's OpenAPI export (2025). */
import { Schema } from "effect"
import type { Money } from "../Money.ts"
import * as Fields from "./fields.ts"

export const pushFields = {
  ...Fields.identity,
  acquiringBin: Fields.acquiringBin,
  acquirerCountryCode: Fields.countryNumeric,
  businessApplicationId: Fields.text(2, 2),
  cardAcceptor: Fields.cardAcceptor,
  accountType: Fields.optionalText(2, 2),
  additionalPOSInformation: Schema.optionalKey(Fields.opaqueObject),
  argentinaNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  cardCvv2Value: Schema.optionalKey(Fields.secret(3, 4, /^\d+$/, "3 or 4 digits")),
  cardSequenceNumber: Fields.optionalInteger(0, 999),
  colombiaNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  customerReference: Fields.optionalText(1, 17),
  enablerVerificationValue: Fields.optionalText(5, 5),
  feeProgramIndicator: Fields.optionalText(3, 3),
  integratedCircuitCardData: Schema.optionalKey(Fields.chipData),
  magneticStripeData: Schema.optionalKey(
    Schema.Struct({
      track1Data: Fields.secret(1, 76, /./, "track 1 data"),
      track2Data: Fields.secret(1, 19, /./, "track 2 data"),
    }),
  ),
  masterCardMerchantPaymentGatewayId: Fields.optionalText(1, 11),
  merchantCategoryCode: Fields.optionalInteger(0, 9_999),
  merchantPseudoAbaNumber: Fields.optionalText(1, 9),
  merchantVerificationValue: Schema.optionalKey(Fields.merchantVerificationValue),
  messageReasonCode: Fields.optionalInteger(0, 9_999),
  mexicoNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  nationalReimbursementFee: Schema.optionalKey(Schema.Finite),
  pinData: Schema.optionalKey(
    Schema.Struct({
      pinDataBlock: Fields.secret(8, 8, /./, "an 8-byte PIN block"),
      securityRelatedControlInfo: Schema.Struct({
        zoneKeyIndex: Fields.optionalInteger(0, 99),
        pinBlockFormatCode: Fields.integer(0, 99),
      }),
    }),
  ),
  pointOfServiceCapability: Schema.optionalKey(
    Schema.Struct({
      posTerminalType: Fields.integer(0, 9),
      posTerminalEntryCapability: Fields.integer(0, 9),
      acceptsPartialAuthorizations: Fields.optionalInteger(0, 9),
    }),
  ),
  pointOfServiceData: Schema.optionalKey(
    Schema.Struct({
      panEntryMode: Fields.optionalInteger(0, 99),
      posConditionCode: Schema.optionalKey(Fields.posConditionCode),
      motoECIIndicator: Fields.optionalInteger(0, 8),
      specialConditionIndicatorMerchant: Fields.optionalText(1, 1),
    }),
  ),
  purchaseIdentifier: Schema.optionalKey(
    Schema.Struct({
      type: Fields.text(1, 1),
      referenceNumber: Fields.text(25, 25),
    }),
  ),
  purposeOfPayment: Fields.optionalText(1, 12),
  recipientAdditionalData: Schema.optionalKey(Fields.additionalData),
  recipientAddressLine1: Fields.optionalText(1, 99),
  recipientAddressLine2: Fields.optionalText(1, 99),
  recipientBuildingNumber: Fields.optionalText(1, 16),
  recipientCardExpiryDate: Schema.optionalKey(Fields.expiry),
  recipientCity: Fields.optionalText(1, 25),
  recipientCountryCode: Schema.optionalKey(Fields.countryNumeric),
  recipientCountryOfBirth: Schema.optionalKey(Fields.countryAlpha3),
  recipientDateOfBirth: Schema.optionalKey(Fields.date),
  recipientEntityType: Fields.optionalText(1, 1),
  recipientFirstName: Fields.optionalText(1, 35),
  recipientLastName: Fields.optionalText(1, 35),
  recipientLocalNameData: Schema.optionalKey(Fields.opaqueObject),
  recipientMiddleInitial: Fields.optionalText(1, 1),
  recipientMiddleName: Fields.optionalText(1, 35),
  recipientName: Fields.optionalText(1, 30),
  recipientNationality: Schema.optionalKey(Fields.countryAlpha3),
  recipientOccupation: Fields.optionalText(1, 35),
  recipientPaymentCredentialReference: Schema.optionalKey(
    Fields.credentialReference(["PCI_TOKEN_REFID", "PAYNAME"]),
  ),
  recipientPersonalEmailAddress: Fields.optionalText(1, 99),
  recipientPostalCode: Fields.optionalText(1, 16),
  recipientPrimaryAccountNumber: Schema.optionalKey(Fields.pan),
  recipientState: Fields.optionalText(1, 3),
  recipientStreetName: Fields.optionalText(1, 99),
  recipientSubDivisionMinorCode: Fields.optionalText(1, 16),
  schemeIdentifier: Schema.optionalKey(Fields.matching(/^[a-zA-Z0-9]{2}$/, "2 letters or digits")),
  secondaryId: Fields.optionalText(1, 28),
  senderAccountNumber: Schema.optionalKey(
    Fields.secret(13, 19, /^[0-9A-Za-z]+$/, "letters and digits"),
  ),
  senderAdditionalData: Schema.optionalKey(Fields.additionalData),
  senderAddress: Fields.optionalText(1, 35),
  senderAddressLine1: Fields.optionalText(1, 99),
  senderAddressLine2: Fields.optionalText(1, 99),
  senderBuildingNumber: Fields.optionalText(1, 16),
  senderCity: Fields.optionalText(1, 25),
  senderCountryCode: Schema.optionalKey(Fields.countryNumeric),
  senderCountryOfBirth: Schema.optionalKey(Fields.countryAlpha3),
  senderDateOfBirth: Schema.optionalKey(Fields.date),
  senderEntityType: Fields.optionalText(1, 1),
  senderFirstName: Fields.optionalText(2, 35),
  senderIdentificationNumberBusiness: Fields.optionalText(1, 20),
  senderIdentificationNumberIndividual: Fields.optionalText(1, 13),
  senderLastName: Fields.optionalText(2, 35),
  senderLocalNameData: Schema.optionalKey(Fields.opaqueObject),
  senderMiddleInitial: Fields.optionalText(1, 1),
  senderMiddleName: Fields.optionalText(1, 35),
  senderName: Fields.optionalText(2, 30),
  senderNationality: Schema.optionalKey(Fields.countryAlpha3),
  senderOccupation: Fields.optionalText(1, 35),
  senderPaymentCredentialReference: Schema.optionalKey(
    Fields.credentialReference(["PCI_TOKEN_REFID"]),
  ),
  senderPersonalEmailAddress: Fields.optionalText(1, 99),
  senderPostalCode: Fields.optionalText(5, 10),
  senderReference: Fields.optionalText(1, 16),
  senderStateCode: Fields.optionalText(2, 2),
  senderStreetName: Fields.optionalText(1, 99),
  serviceProcessingType: Schema.optionalKey(Fields.serviceProcessingType),
  settlementServiceIndicator: Schema.optionalKey(Fields.settlementServiceIndicator),
  sharingGroupCode: Fields.optionalText(1, 30),
  sourceOfFundsCode: Schema.optionalKey(Fields.sourceOfFundsCode),
  transactionIdentifier: Schema.optionalKey(Fields.transactionIdentifier),
  vauFlag: Fields.optionalText(1, 1),
  visaMerchantIdentifier: Fields.optionalText(8, 8),
} as const

export const pushBody = Schema.Struct({
  ...pushFields,
  amount: Schema.Finite,
  transactionCurrencyCode: Fields.text(3, 3),
  sourceAmount: Schema.optionalKey(Schema.Finite),
  sourceCurrencyCode: Schema.optionalKey(Fields.text(3, 3)),
  surcharge: Fields.optionalText(1, 13),
})

/**
 * One payment to a card. The fields are Visa's own; amounts carry their currency, card numbers are
 * {@link Pan}s, and the identity comes from {@link TransactionIdentity}.
 */
export type PushRequest = Schema.Struct.Type<typeof pushFields> & {
  /** Amount and `transactionCurrencyCode`. */
  readonly amount: Money
  /** `sourceAmount` and `sourceCurrencyCode`: before the originator's own exchange. */
  readonly sourceAmount?: Money
  /** The sender's surcharge, in the currency of `amount`. */
  readonly surcharge?: Money
  /** Goes out as `X-Client-Transaction-ID`. */
  readonly clientTransactionId?: string
}
