/**
 * Fields of an account or wallet payout. Visa's own table is not public: names and value lists are
 * those on which public clients agree, plus `recipientDetail.name`, without which a company could
 * not be paid. Where no length is known, a generous one is set.
 */
import {
  type Field,
  type FieldTable,
  jsonNumber,
  list,
  object,
  required,
  text,
} from "../internal/FieldTable.ts"
import * as format from "../internal/formats.ts"
import { countryOf } from "../internal/iso.ts"
import type { JsonObject } from "./Endpoint.ts"
import { businessApplicationIds, idTypes } from "./transferFields.ts"

const words = text(1, 140)

/** Three letters, as in `ARG`. */
const country: Field = text(3, 3, {
  pattern: /^[A-Z]{3}$/,
  valid: (code) => countryOf(code) !== undefined,
})

const partyType = text(1, 1, { oneOf: ["I", "C"] })

const address = object({
  addressLine1: words,
  addressLine2: words,
  city: words,
  state: words,
  postalCode: text(1, 16),
  country: required(country),
})

const identificationList = list({
  idType: required(text(4, 4, { oneOf: idTypes })),
  idNumber: required(words),
  idIssueCountry: country,
})

const transactionDetail = required(
  object({
    initiatingPartyId: required(format.initiatingPartyId),
    clientReferenceId: required(text(1, 35)),
    businessApplicationId: required(text(2, 2, { oneOf: businessApplicationIds })),
    transactionAmount: required(format.jsonAmount),
    transactionCurrencyCode: required(format.alphaCurrency),
    settlementCurrencyCode: format.alphaCurrency,
    quoteId: jsonNumber({ digits: [1, 13] }),
    payoutSpeed: text(1, 8, { oneOf: ["STANDARD", "PREMIUM"] }),
    statementNarrative: text(1, 35),
    purposeOfPayment: words,
    endToEndId: words,
    senderSourceOfFunds: words,
    senderBeneficiaryRelationship: words,
  }),
)

const senderDetail = required(
  object({
    type: required(partyType),
    name: words,
    firstName: words,
    lastName: words,
    address: required(address),
    senderAccountNumber: words,
    dateOfBirth: format.date,
    countryOfBirth: country,
    contactNumber: words,
    contactEmail: words,
    identificationList,
  }),
)

const bank = object({
  bankName: words,
  accountName: words,
  accountNumber: required(text(1, 34)),
  accountNumberType: text(1, 7, { oneOf: ["IBAN", "DEFAULT"] }),
  bankCode: words,
  bankCodeType: text(1, 9, { oneOf: ["ABA", "SORT_CODE", "DEFAULT"] }),
  branchCode: words,
  BIC: text(8, 11),
  countryCode: required(country),
  currencyCode: required(format.alphaCurrency),
})

const wallet = object({
  operatorName: required(words),
  accountIdentifier: required(words),
  accountIdentifierType: required(text(1, 11, { oneOf: ["PHONENUMBER", "EMAIL", "USERNAME"] })),
  countryCode: required(country),
  currencyCode: required(format.alphaCurrency),
})

const recipient = (target: FieldTable): Field =>
  required(
    object({
      type: required(partyType),
      name: words,
      firstName: words,
      lastName: words,
      address,
      identificationList,
      ...target,
    }),
  )

const payoutMethod = required(text(1, 1, { oneOf: ["B", "W"] }))

/** Where the money goes, by payout method; while that is wrong, both are known. */
const recipients: Readonly<Record<string, Field>> = {
  B: recipient({ bank: required(bank) }),
  W: recipient({ wallet: required(wallet) }),
}
const anyRecipient = recipient({ bank, wallet })

const byMethod = (tableOf: (recipientDetail: Field) => FieldTable) => {
  const tables: ReadonlyMap<unknown, FieldTable> = new Map(
    Object.entries(recipients).map(([method, field]) => [method, tableOf(field)]),
  )
  const otherwise = tableOf(anyRecipient)
  return (body: JsonObject): FieldTable => tables.get(body["payoutMethod"]) ?? otherwise
}

export const payoutFields = byMethod((recipientDetail) => ({
  payoutMethod,
  transactionDetail,
  senderDetail,
  recipientDetail,
}))

/**
 * Fields of a recipient verification. No table of it is public; two public clients agree on these.
 */
export const verifyRecipientFields = byMethod((recipientDetail) => ({
  payoutMethod,
  initiatingPartyId: required(format.initiatingPartyId),
  clientVerificationReference: text(1, 35),
  recipientDetail,
}))
