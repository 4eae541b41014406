/**
 * The requests that undo: reversal of a pull (AFTR), adjustment, and cancellation of a deferred push.
 * Visa's field tables, strict. Source: Visa's OpenAPI export (2025).
 */
import { Schema } from "effect"
import { Currency } from "../Currency.ts"
import type { Money } from "../Money.ts"
import { Rrn } from "../Rrn.ts"
import { Stan } from "../Stan.ts"
import * as Fields from "./fields.ts"

const national = {
  argentinaNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  colombiaNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
  mexicoNationalServiceData: Schema.optionalKey(Fields.opaqueObject),
} as const

const original = {
  ...Fields.identity,
  ...national,
  acquiringBin: Fields.acquiringBin,
  acquirerCountryCode: Fields.countryNumeric,
  businessApplicationId: Fields.text(2, 2),
  cardAcceptor: Fields.originalCardAcceptor,
  merchantCategoryCode: Fields.integer(0, 9_999),
  merchantReference: Fields.optionalText(1, 35),
  senderCardExpiryDate: Schema.optionalKey(Fields.expiry),
  senderPaymentCredentialReference: Schema.optionalKey(
    Fields.credentialReference(["PCI_TOKEN_REFID"]),
  ),
  senderPrimaryAccountNumber: Schema.optionalKey(Fields.pan),
  senderReference: Fields.optionalText(1, 16),
  serviceProcessingType: Schema.optionalKey(
    Schema.Struct({ requestType: Fields.optionalText(1, 2) }),
  ),
  settlementServiceIndicator: Schema.optionalKey(Fields.settlementServiceIndicator),
  transactionIdentifier: Fields.transactionIdentifier,
  visaMerchantIdentifier: Fields.optionalText(8, 8),
} as const

const reverseFields = {
  ...original,
  accountType: Fields.optionalText(2, 2),
  enablerVerificationValue: Fields.optionalText(5, 5),
  feeProgramIndicator: Fields.optionalText(3, 3),
  masterCardMerchantPaymentGatewayId: Fields.optionalText(1, 11),
  memberComments: Fields.optionalText(1, 254),
  merchantPseudoAbaNumber: Fields.optionalText(9, 9),
  merchantVerificationValue: Schema.optionalKey(Fields.merchantVerificationValue),
  nationalReimbursementFee: Schema.optionalKey(Schema.Finite),
  /** That of the pull's reply, where it had one. */
  networkId: Fields.optionalInteger(0, 9_999),
  /** Exactly these four: Visa refuses a fifth. */
  originalDataElements: Schema.Struct({
    systemsTraceAuditNumber: Stan.Schema,
    approvalCode: Fields.text(6, 6),
    /** `transmissionDateTime` of the pull's reply, without fraction and zone. */
    transmissionDateTime: Fields.localDateTime,
    acquiringBin: Fields.acquiringBin,
  }),
  pointOfServiceCapability: Schema.optionalKey(
    Schema.Struct({
      posTerminalType: Fields.optionalInteger(0, 9),
      posTerminalEntryCapability: Fields.optionalInteger(0, 9),
    }),
  ),
  pointOfServiceData: Schema.optionalKey(
    Schema.Struct({
      panEntryMode: Fields.optionalInteger(0, 99),
      posConditionCode: Schema.optionalKey(Fields.posConditionCode),
      motoECIIndicator: Schema.optionalKey(Fields.matching(/^\d$/, "1 digit")),
      specialConditionIndicatorMerchant: Fields.optionalText(1, 1),
    }),
  ),
  recipientIdentificationNumberBusiness: Fields.optionalText(1, 20),
  schemeIdentifier: Fields.optionalText(2, 2),
  sharingGroupCode: Fields.optionalText(1, 30),
  tokenData: Schema.optionalKey(Schema.Struct({ tokenAssuranceMethod: Fields.optionalText(2, 2) })),
} as const

export const reverseBody = Schema.Struct({
  ...reverseFields,
  amount: Schema.Finite,
  senderCurrencyCode: Fields.text(3, 3),
  surcharge: Fields.optionalText(1, 13),
  foreignExchangeFeeTransaction: Schema.optionalKey(Schema.Finite),
})

/**
 * The reversal of one pull, within 24 hours of it. `FundsTransfer.reversalOf` makes one from the pull
 * and its answer.
 */
export type ReverseRequest = Schema.Struct.Type<typeof reverseFields> & {
  /** What the pull debited, and `senderCurrencyCode`. */
  readonly amount: Money
  readonly surcharge?: Money
  readonly foreignExchangeFeeTransaction?: Money
  /** Goes out as `X-Client-Transaction-ID`. */
  readonly clientTransactionId?: string
}

const adjustmentFields = {
  ...original,
  cardProductCode: Fields.optionalText(1, 2),
  cpsAuthorizationCharacteristicsIndicator: Fields.optionalText(1, 1),
  // No length is documented here; 17 is that of the push.
  customerReference: Fields.optionalText(1, 17),
  digitalWalletProviderId: Fields.optionalText(1, 11),
  dynamicCurrencyConversionIndicator: Fields.optionalText(1, 1),
  enablerVerificationValue: Fields.optionalText(5, 5),
  /** 2140 adjusts a pull, 2150 a push, 5120 takes back a sales-tax rebate that was pushed with FD. */
  messageReasonCode: Schema.Literals([2140, 2150, 5120]),
  pointOfServiceData: Schema.Struct({
    panEntryMode: Fields.integer(0, 99),
    posConditionCode: Fields.posConditionCode,
    specialConditionIndicatorMerchant: Fields.optionalText(1, 1),
  }),
  primaryAccountNumber: Schema.optionalKey(Fields.pan),
  cardExpiryDate: Schema.optionalKey(Fields.expiry),
  // No lengths are documented for these two; they are those of the push.
  recipientIdentificationNumberBusiness: Fields.optionalText(1, 20),
  senderIdentificationNumberIndividual: Fields.optionalText(1, 13),
  rewardProgramIdentificationCode: Fields.optionalText(6, 6),
  tokenAssuranceMethod: Fields.optionalText(2, 2),
  transactionCurrencyCode: Schema.optionalKey(Currency.Alpha),
  transactionLinkIdentifier: Fields.optionalText(1, 36),
  /** `22` credits the card, `02` debits it. As a JSON number 02 does not exist: it goes out as 2. */
  transactionTypeCode: Fields.adjustmentType,
} as const

export const adjustmentBody = Schema.Struct({
  ...adjustmentFields,
  amount: Schema.Finite,
  senderCurrencyCode: Fields.text(3, 3),
  surcharge: Fields.optionalText(1, 13),
})

/** A credit for a pull whose 24 hours are over, or the correction of a push. */
export type AdjustmentRequest = Schema.Struct.Type<typeof adjustmentFields> & {
  /** Amount and `senderCurrencyCode`. */
  readonly amount: Money
  readonly surcharge?: Money
  /** Goes out as `X-Client-Transaction-ID`. */
  readonly clientTransactionId?: string
}

const cancelFields = {
  acquiringBin: Fields.acquiringBin,
  systemsTraceAuditNumber: Stan.Schema,
  /** Text, although Visa's table says number: a number cannot begin with zero, and an RRN can. */
  retrievalReferenceNumber: Rrn.Schema,
  transactionIdentifier: Schema.optionalKey(Fields.transactionIdentifier),
} as const

export const cancelBody = Schema.Struct(cancelFields)

/** A deferred push that has not been processed yet. */
export type CancelRequest = Schema.Struct.Type<typeof cancelFields>
