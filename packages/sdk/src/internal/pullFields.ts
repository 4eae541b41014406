/**
 * The request of a pull (AFT): Visa's field table, strict. Source: Visa's OpenAPI export (2025).
 *
 * Where it differs from the table of a push: `motoECIIndicator` and `acceptsPartialAuthorizations` are
 * text, and `AdditionalPOSInformation` begins with a capital letter.
 */
import { Schema } from "effect"
import type { Money } from "../Money.ts"
import * as Fields from "./fields.ts"

const spelledOut = Schema.optionalKey(Fields.spelledOut)

const secretText = (minimum: number, maximum: number, expected: string) =>
  Schema.optionalKey(Fields.secret(minimum, maximum, /./, expected))

const pullFields = {
  ...Fields.identity,
  acquiringBin: Fields.acquiringBin,
  acquirerCountryCode: Fields.countryNumeric,
  businessApplicationId: Fields.text(2, 2),
  cardAcceptor: Fields.cardAcceptor,
  merchantCategoryCode: Fields.integer(0, 9_999),
  pointOfServiceData: Schema.Struct({
    panEntryMode: Fields.integer(0, 99),
    /** `59` for electronic commerce. */
    posConditionCode: Fields.posConditionCode,
    /** `5` authenticated, `6` attempted, `7` not authenticated. */
    motoECIIndicator: Fields.matching(/^\d$/, "1 digit"),
    posEnvironment: Fields.optionalText(1, 1),
    specialConditionIndicatorMerchant: Fields.optionalText(1, 1),
  }),
  AdditionalPOSInformation: Schema.optionalKey(
    Schema.Struct({
      chipConditionCode: Fields.optionalInteger(0, 9),
      chipTransactionIndicator: Fields.optionalInteger(0, 9),
      chipAuthenticationReliabilityIndicator: Fields.optionalInteger(0, 9),
    }),
  ),
  accountType: Fields.optionalText(2, 2),
  addressVerificationData: Schema.optionalKey(
    Schema.Struct({
      street: Fields.optionalText(0, 40),
      postalCode: Fields.optionalText(4, 9),
    }),
  ),
  argentinaNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  cardCvv2Value: Schema.optionalKey(Fields.secret(3, 4, /^\d+$/, "3 or 4 digits")),
  /** Proof of the cardholder's authentication. */
  cavv: Schema.optionalKey(Fields.cryptogram),
  chipCardData: Schema.optionalKey(Fields.chipData),
  colombiaNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  /** `Y` asks for CPS, in the US. */
  cpsAuthorizationCharacteristicsIndicator: Fields.optionalText(1, 1),
  digitalSecureRemotePaymentTokenCryptogram: secretText(28, 28, "a cryptogram"),
  enablerVerificationValue: Fields.optionalText(5, 5),
  feeProgramIndicator: Fields.optionalText(3, 3),
  magneticStripeData: Schema.optionalKey(
    Schema.Struct({
      track1Data: secretText(1, 76, "track 1 data"),
      track2Data: secretText(1, 19, "track 2 data"),
    }),
  ),
  masterCardMerchantPaymentGatewayId: Fields.optionalText(1, 11),
  masterCardUCAFCollectionIndicator: Fields.optionalText(1, 1),
  masterCardUCAFField: secretText(1, 32, "a UCAF value"),
  mastercardAuthenticationData: secretText(37, 37, "authentication data"),
  mastercardWalletIdentifier: Fields.optionalText(3, 3),
  memberComments: Fields.optionalText(1, 254),
  merchantPseudoAbaNumber: Fields.optionalText(9, 9),
  merchantReference: Fields.optionalText(1, 35),
  merchantVerificationValue: Schema.optionalKey(Fields.merchantVerificationValue),
  messageReasonCode: Fields.optionalInteger(0, 9_999),
  mexicoNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  nationalReimbursementFee: Schema.optionalKey(Schema.Finite),
  /** What the reply shall hold beyond the usual, e.g. `RISKASSESSMENTDATA`; comma separated. */
  optionalResponseParameters: Fields.optionalText(1, 400),
  originalTransactionId: Fields.optionalInteger(0, 999_999_999_999_999),
  pinData: Schema.optionalKey(
    Schema.Struct({
      pinDataBlock: secretText(1, 16, "a PIN block"),
      securityRelatedControlInfo: Schema.optionalKey(
        Schema.Struct({
          zoneKeyIndex: Fields.optionalInteger(0, 99),
          pinBlockFormatCode: Fields.optionalInteger(0, 99),
        }),
      ),
    }),
  ),
  pointOfServiceCapability: Schema.optionalKey(
    Schema.Struct({
      posTerminalType: Fields.optionalInteger(0, 9),
      posTerminalEntryCapability: Fields.optionalInteger(0, 9),
      acceptsPartialAuthorizations: spelledOut,
    }),
  ),
  purposeOfPayment: Fields.optionalText(1, 12),
  recipientAccountIdentificationData: Schema.optionalKey(
    Schema.Struct({
      recipientAccountIdentifierValue: secretText(1, 34, "an account identifier"),
      recipientAccountIdentifierTypeCode: Fields.optionalText(1, 2),
    }),
  ),
  recipientAdditionalData: Schema.optionalKey(Fields.additionalData),
  recipientAddressLine1: Fields.optionalText(1, 99),
  recipientAddressLine2: Fields.optionalText(1, 99),
  recipientBuildingNumber: Fields.optionalText(1, 16),
  recipientCity: Fields.optionalText(1, 25),
  recipientCountryCode: Schema.optionalKey(Fields.countryNumeric),
  recipientCountryOfBirth: Schema.optionalKey(Fields.countryAlpha3),
  recipientDateOfBirth: Schema.optionalKey(Fields.date),
  recipientEntityType: Fields.optionalText(1, 1),
  recipientFirstName: Fields.optionalText(1, 35),
  recipientIdentificationNumberBusiness: Fields.optionalText(1, 20),
  recipientIdentificationNumberIndividual: Fields.optionalText(1, 13),
  recipientLastName: Fields.optionalText(1, 35),
  recipientLocalNameData: Schema.optionalKey(Fields.opaqueObject),
  recipientMiddleInitial: Fields.optionalText(1, 1),
  recipientMiddleName: Fields.optionalText(1, 35),
  recipientName: Fields.optionalText(1, 30),
  recipientNationality: Schema.optionalKey(Fields.countryAlpha3),
  recipientOccupation: Fields.optionalText(1, 35),
  recipientPersonalEmailAddress: Fields.optionalText(1, 99),
  recipientPostalCode: Fields.optionalText(1, 16),
  recipientState: Fields.optionalText(1, 3),
  recipientStreetName: Fields.optionalText(1, 99),
  recipientSubDivisionMinorCode: Fields.optionalText(1, 16),
  remoteCommerceAcceptorIdentifier: Fields.optionalText(1, 150),
  /** Exemptions from strong customer authentication that are claimed. */
  riskAssessmentData: Schema.optionalKey(
    Schema.Struct({
      delegatedAuthenticationIndicator: spelledOut,
      lowValueExemptionIndicator: spelledOut,
      scaEnvironmentOutageIndicator: spelledOut,
      scpExemptionIndicator: spelledOut,
      traExemptionIndicator: spelledOut,
      trustedMerchantExemptionIndicator: spelledOut,
    }),
  ),
  schemeIdentifier: Fields.optionalText(2, 2),
  senderAccountNumber: Schema.optionalKey(
    Fields.secret(1, 34, /^[0-9A-Za-z]+$/, "letters and digits"),
  ),
  senderAdditionalData: Schema.optionalKey(Fields.additionalData),
  senderAddress: Fields.optionalText(1, 35),
  senderAddressLine1: Fields.optionalText(1, 99),
  senderAddressLine2: Fields.optionalText(1, 99),
  senderBuildingNumber: Fields.optionalText(1, 16),
  senderCardExpiryDate: Schema.optionalKey(Fields.expiry),
  senderCity: Fields.optionalText(1, 25),
  senderCountryCode: Schema.optionalKey(Fields.countryNumeric),
  senderCountryOfBirth: Schema.optionalKey(Fields.countryAlpha3),
  senderDateOfBirth: Schema.optionalKey(Fields.date),
  senderEntityType: Fields.optionalText(1, 1),
  senderFirstName: Fields.optionalText(1, 35),
  senderLastName: Fields.optionalText(1, 35),
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
  // No length is documented; 16 is that of the recipient's.
  senderPostalCode: Fields.optionalText(1, 16),
  senderPrimaryAccountNumber: Schema.optionalKey(Fields.pan),
  senderReference: Fields.optionalText(1, 16),
  senderStateCode: Fields.optionalText(2, 2),
  senderStreetName: Fields.optionalText(1, 99),
  serviceProcessingType: Schema.optionalKey(
    Schema.Struct({ requestType: Fields.optionalText(1, 2) }),
  ),
  settlementServiceIndicator: Schema.optionalKey(Fields.settlementServiceIndicator),
  sharingGroupCode: Fields.optionalText(1, 30),
  sourceOfFundsCode: Schema.optionalKey(Fields.sourceOfFundsCode),
  /** Cryptogram of a token. */
  tavv: Schema.optionalKey(Fields.cryptogram),
  transactionLinkIdentifier: Fields.optionalText(1, 36),
  vauFlag: Fields.optionalText(1, 1),
  visaMerchantIdentifier: Fields.optionalText(8, 8),
} as const

export const pullBody = Schema.Struct({
  ...pullFields,
  amount: Schema.Finite,
  senderCurrencyCode: Fields.text(3, 3),
  surcharge: Fields.optionalText(1, 13),
  foreignExchangeFeeTransaction: Schema.optionalKey(Schema.Finite),
})

/**
 * One debit of a card. The fields are Visa's own; amounts carry their currency, card numbers are
 * {@link Pan}s, cryptograms are redacted, and the identity comes from {@link TransactionIdentity}.
 */
export type PullRequest = Schema.Struct.Type<typeof pullFields> & {
  /** Amount and `senderCurrencyCode`, surcharge and exchange fee included. */
  readonly amount: Money
  /** The part of `amount` that is the originator's surcharge. */
  readonly surcharge?: Money
  /** The part of `amount` that is the originator's markup on the exchange rate. */
  readonly foreignExchangeFeeTransaction?: Money
  /** Goes out as `X-Client-Transaction-ID`. */
  readonly clientTransactionId?: string
}
