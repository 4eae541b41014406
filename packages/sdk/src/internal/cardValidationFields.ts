/**
 * The request of a payment account validation (PAV): Visa's field table. Source: Visa's OpenAPI export
 * "Payment Account Validation", with the value lists and formats of its field descriptions.
 */
import { Schema } from "effect"
import { AcquiringBin } from "../AcquiringBin.ts"
import { Currency } from "../Currency.ts"
import { Rrn } from "../Rrn.ts"
import { Stan } from "../Stan.ts"
import * as Fields from "./fields.ts"
import type { Rule } from "./rules.ts"

const name = Fields.text(1, 35).check(
  Schema.isPattern(/^(?![\d\s]+$)[^?]+$/, {
    expected: "a name: not only digits or spaces, and without question marks",
  }),
)

const cardAcceptor = Schema.Struct({
  name: Fields.text(1, 25),
  idCode: Fields.text(1, 15),
  terminalId: Fields.optionalText(1, 8),
  address: Schema.optionalKey(
    Schema.Struct({
      city: Fields.optionalText(1, 13),
      state: Fields.optionalText(2, 2),
      county: Fields.optionalText(3, 3),
      country: Schema.optionalKey(Fields.countryAlpha3),
      zipCode: Fields.optionalText(5, 9),
    }),
  ),
})

const pointOfServiceData = Schema.Struct({
  panEntryMode: Fields.integer(0, 99),
  posConditionCode: Fields.integer(0, 99),
  motoECIIndicator: Fields.text(1, 1),
  posEnvironment: Fields.optionalText(1, 1),
  specialConditionIndicatorMerchant: Fields.optionalText(1, 1),
})

const identityTypes = ["NATIONALIDENTITY", "PASSPORT", "DRIVERLICENSE", "TAX"] as const

export const validationBody = Schema.Struct({
  primaryAccountNumber: Fields.pan,
  acquiringBin: AcquiringBin.Schema,
  acquirerCountryCode: Fields.countryNumeric,
  /** `00` not applicable, `10` savings, `20` checking, `30` credit, `40` universal. */
  accountType: Schema.optionalKey(Schema.Literals(["00", "10", "20", "30", "40"])),
  /** For address verification (AVS). */
  addressVerificationResults: Schema.optionalKey(
    Schema.Struct({
      street: Fields.optionalText(1, 20),
      postalCode: Fields.text(1, 9),
    }),
  ),
  cardAcceptor: Schema.optionalKey(cardAcceptor),
  cardCurrencyCode: Schema.optionalKey(Currency.Alpha),
  /** The security code, or the dynamic value of a token (DTVV). */
  cardCvv2Value: Schema.optionalKey(Fields.secret(3, 4, /^\d+$/, "3 or 4 digits")),
  cardExpiryDate: Schema.optionalKey(Fields.expiry),
  cardHolderEmailAddress: Fields.optionalText(1, 99),
  /** For the account name inquiry (ANI). */
  cardHolderNameVerification: Schema.optionalKey(
    Schema.Struct({
      lastName: name,
      firstName: Schema.optionalKey(name),
      middleName: Schema.optionalKey(name),
      /** `01` primary, `02` secondary account owner. */
      ownerType: Schema.optionalKey(Schema.Literals(["01", "02"])),
    }),
  ),
  /** Three digits of country code, then the number: `0013031234567`. */
  cardHolderPhoneNumber: Schema.optionalKey(Fields.matching(/^\d{1,16}$/, "1 to 16 digits")),
  /** Latin America and the Caribbean only. */
  identityVerification: Schema.optionalKey(
    Schema.Struct({
      identities: Schema.Array(
        Schema.Struct({
          identityType: Schema.Literals(identityTypes),
          identityValue: Fields.secret(1, 35, /\S/, "text that is not blank"),
        }),
      ),
    }),
  ),
  pointOfServiceCapability: Schema.optionalKey(
    Schema.Struct({
      posTerminalType: Fields.optionalInteger(0, 9),
      posTerminalEntryCapability: Fields.optionalInteger(0, 9),
    }),
  ),
  pointOfServiceData: Schema.optionalKey(pointOfServiceData),
  retrievalReferenceNumber: Schema.optionalKey(Rrn.Schema),
  systemsTraceAuditNumber: Schema.optionalKey(Stan.Schema),
  /** The cryptogram of a token. */
  tavv: Schema.optionalKey(Fields.secret(40, 40, /^[0-9A-Fa-f]+$/, "40 hexadecimal digits")),
})

/**
 * One card to verify. Plain account verification needs no more than card, BIN and country; each of the
 * other checks is asked for by its field.
 */
export type CardValidationRequest = (typeof validationBody)["Type"]

export const validationRules: ReadonlyArray<Rule<CardValidationRequest>> = [
  {
    field: "cardExpiryDate",
    demand: "Give cardExpiryDate: Visa checks cardCvv2Value only together with it.",
    broken: ({ cardCvv2Value, cardExpiryDate }) =>
      cardCvv2Value !== undefined && cardExpiryDate === undefined,
  },
]
