/**
 * The requests of account and wallet payouts, strict.
 *
 * Source: clients that were written from Visa's Account and Wallet reference and agree with each
 * other; the enumerations and `clientReferenceId` are from the reference itself. It publishes few
 * lengths: what a country needs, and how long, is answered by Visa's payout metadata.
 */
import { Redacted, Schema, SchemaTransformation } from "effect"
import { Currency } from "../Currency.ts"
import type { Money } from "../Money.ts"
import * as Fields from "./fields.ts"

/** Where no length is published: long enough for every real value. */
const free = Fields.text(1, 255)
const optionalFree = Schema.optionalKey(free)

const accountNumber = Fields.secret(1, 64, /^\S+$/, "an account number without spaces")

/** The originator's own id for a payout, unique over all of them. */
const clientReference = Fields.matching(
  /^[!-~]{1,35}$/,
  "1 to 35 letters, digits and signs, without spaces",
)

/** Fifteen digits in all samples; not documented as such. */
const payoutId = Fields.matching(/^[0-9A-Za-z-]{1,35}$/, "the payoutId of a reply")

/** Assigned by Visa; the sandbox's is 1002. */
const initiatingPartyId = Fields.integer(1, Number.MAX_SAFE_INTEGER)

/** Up to thirteen digits; goes out as the JSON number that the quote came as. */
const quoteId = Schema.Finite.pipe(
  Schema.decodeTo(
    Fields.matching(/^(0|[1-9]\d{0,12})$/, "the quoteId of a quote"),
    SchemaTransformation.transform({
      decode: (value: number) => String(value),
      encode: (value: string) => Number(value),
    }),
  ),
)

const address = Schema.Struct({
  country: Fields.countryAlpha3,
  addressLine1: optionalFree,
  addressLine2: optionalFree,
  city: optionalFree,
  state: optionalFree,
  postalCode: optionalFree,
})

const identification = Schema.Struct({
  /** The lists of values differ between countries: `PASN`, `NTID`, and single letters such as `L`. */
  idType: Fields.matching(/^[A-Z]{1,4}$/, "1 to 4 capital letters"),
  idNumber: Fields.secret(1, 35, /./, "an identification number"),
  idIssueCountry: Schema.optionalKey(Fields.countryAlpha3),
})

const names = {
  /** `I` individual, `C` company. */
  type: Schema.Literals(["I", "C"]),
  name: optionalFree,
  firstName: optionalFree,
  lastName: optionalFree,
} as const

/** What Visa can be told of a sender; samples of the API's predecessor tell it of recipients too. */
const party = {
  ...names,
  dateOfBirth: Schema.optionalKey(Fields.date),
  countryOfBirth: Schema.optionalKey(Fields.countryAlpha3),
  contactNumber: optionalFree,
  contactEmail: optionalFree,
  identificationList: Schema.optionalKey(Schema.Array(identification)),
} as const

const sender = Schema.Struct({
  ...party,
  address,
  senderAccountNumber: Schema.optionalKey(accountNumber),
})

const bank = Schema.Struct({
  bankName: optionalFree,
  /** The name of the account's holder. */
  accountName: free,
  accountNumber,
  accountNumberType: Schema.Literals(["IBAN", "DEFAULT"]),
  bankCode: optionalFree,
  bankCodeType: Schema.optionalKey(Schema.Literals(["ABA", "SORT_CODE", "DEFAULT"])),
  branchCode: optionalFree,
  BIC: Schema.optionalKey(
    Fields.matching(
      /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/,
      "a BIC of 8 or 11 capital letters and digits",
    ),
  ),
  countryCode: Fields.countryAlpha3,
  currencyCode: Currency.Alpha,
})

const wallet = Schema.Struct({
  operatorName: free,
  accountIdentifier: Fields.secret(1, 255, /^\S+$/, "an identifier without spaces"),
  accountIdentifierType: Schema.Literals(["PHONENUMBER", "EMAIL", "USERNAME"]),
  countryCode: Fields.countryAlpha3,
  currencyCode: Currency.Alpha,
})

/** `B` to a bank account, `W` to a wallet. */
const payoutMethod = Schema.Literals(["B", "W"])

const target = {
  bank: Schema.optionalKey(bank),
  wallet: Schema.optionalKey(wallet),
} as const

const recipient = { ...party, address: Schema.optionalKey(address) } as const

const transaction = {
  initiatingPartyId,
  clientReferenceId: clientReference,
  businessApplicationId: Fields.text(2, 2),
  settlementCurrencyCode: Schema.optionalKey(Currency.Alpha),
  quoteId: Schema.optionalKey(quoteId),
  payoutSpeed: Schema.optionalKey(Schema.Literals(["STANDARD", "PREMIUM"])),
  /** What the recipient reads on the statement. */
  statementNarrative: Fields.optionalText(1, 35),
  purposeOfPayment: optionalFree,
  endToEndId: Fields.optionalText(1, 35),
  senderSourceOfFunds: Schema.optionalKey(Fields.matching(/^\d{2}$/, "2 digits")),
  senderBeneficiaryRelationship: optionalFree,
} as const

export const payoutBody = Schema.Struct({
  payoutMethod,
  transactionDetail: Schema.Struct({
    ...transaction,
    transactionAmount: Schema.Finite,
    transactionCurrencyCode: Fields.text(3, 3),
  }),
  senderDetail: sender,
  recipientDetail: Schema.Struct({ ...recipient, ...target }),
})

export const verificationBody = Schema.Struct({
  payoutMethod,
  initiatingPartyId,
  clientVerificationReference: clientReference,
  recipientDetail: Schema.Struct({ ...names, ...target }),
})

/** Which payout a question is about. */
export const selector = Schema.Struct({
  initiatingPartyId,
  clientReferenceId: Schema.optionalKey(clientReference),
  payoutId: Schema.optionalKey(payoutId),
})

type Target = Schema.Struct.Type<typeof target>

/** Who receives, and where: a bank account by method `B`, a wallet by method `W`. */
type To<Recipient> =
  | {
      readonly payoutMethod: "B"
      readonly recipientDetail: Recipient & { readonly bank: typeof bank.Type }
    }
  | {
      readonly payoutMethod: "W"
      readonly recipientDetail: Recipient & { readonly wallet: typeof wallet.Type }
    }

// An alias, because declarations of users can spell it out and not name it.
type Common = {
  readonly transactionDetail: Schema.Struct.Type<typeof transaction> & {
    /** `transactionAmount` and `transactionCurrencyCode`. */
    readonly transactionAmount: Money
  }
  readonly senderDetail: typeof sender.Type
}

/**
 * One payout to a bank account or a wallet. The fields are Visa's own; the amount carries its
 * currency, and the numbers of accounts and documents are `Redacted`.
 */
export type PayoutRequest = Common & To<Schema.Struct.Type<typeof recipient>>

/** A recipient whose account or wallet is looked up before anything is paid. */
export type VerificationRequest = To<Schema.Struct.Type<typeof names>> & {
  readonly initiatingPartyId: number
  /** The caller's own id for this look-up, 1 to 35 characters. */
  readonly clientVerificationReference: string
}

/** What the rules look at: everything that a caller without types may have given. */
export interface AnyTarget {
  readonly payoutMethod: "B" | "W"
  readonly recipientDetail: Schema.Struct.Type<typeof names> & Target
}

export interface AnyPayout extends Common, AnyTarget {}

const people = (party: Schema.Struct.Type<typeof names> & Partial<typeof sender.Type>) => [
  party.name,
  party.firstName,
  party.lastName,
  party.dateOfBirth,
  party.contactNumber,
  party.contactEmail,
  party.address?.addressLine1,
  party.address?.addressLine2,
  ...(party.identificationList ?? []).map(({ idNumber }) => Redacted.value(idNumber)),
]

const accounts = ({ bank, wallet }: Target) => [
  bank?.accountName,
  bank === undefined ? undefined : Redacted.value(bank.accountNumber),
  wallet === undefined ? undefined : Redacted.value(wallet.accountIdentifier),
]

/** What Visa's messages must not repeat into an error. */
export const confidential = (
  request: AnyTarget & Partial<Pick<Common, "senderDetail">>,
): ReadonlyArray<string | undefined> => [
  ...people(request.recipientDetail),
  ...accounts(request.recipientDetail),
  ...(request.senderDetail === undefined ? [] : people(request.senderDetail)),
  request.senderDetail?.senderAccountNumber === undefined
    ? undefined
    : Redacted.value(request.senderDetail.senderAccountNumber),
]
