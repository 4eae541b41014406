/**
 * The parts of a payout: their schemas, which are the form in which a payout is sealed into the store
 * of a durable engine. Card numbers stand in clear on the encoded side: it exists only between the
 * encoder and the cipher.
 */
import { Redacted, Schema, SchemaTransformation } from "effect"
import { Country } from "../Country.ts"
import { Currency } from "../Currency.ts"
import { Money } from "../Money.ts"
import { Pan } from "../Pan.ts"
import * as Fields from "./fields.ts"
import { pushFields } from "./pushFields.ts"

/** No name of the rails is longer; which of them takes how much is checked with the rail. */
const text = Fields.text(1, 255)
const optionalText = Schema.optionalKey(text)

const secret = Schema.String.check(Schema.isBetweenLength(1, 255)).pipe(
  Schema.decodeTo(
    Schema.Redacted(Schema.String),
    SchemaTransformation.transform({
      decode: (value: string) => Redacted.make(value),
      encode: (value: Redacted.Redacted) => Redacted.value(value),
    }),
  ),
)

export const key = Fields.matching(
  /^[!-~]{1,64}$/,
  "1 to 64 letters, digits and signs, without spaces",
)

const reference = Fields.matching(
  /^[!-~]{1,16}$/,
  "1 to 16 letters, digits and signs, without spaces",
)

const address = Schema.Struct({
  country: Country.Schema,
  line1: optionalText,
  line2: optionalText,
  city: optionalText,
  /** Two letters in the US and Canada. */
  state: optionalText,
  postalCode: optionalText,
})

const about = {
  address: Schema.optionalKey(address),
  /** `YYYY-MM-DD`. */
  dateOfBirth: Schema.optionalKey(Fields.date),
  /** The account that the money comes from, or goes to, at the party's own bank. */
  accountNumber: Schema.optionalKey(secret),
} as const

const individual = { firstName: text, lastName: text } as const
const company = { companyName: text } as const

const party = Schema.Union([
  Schema.Struct({ ...individual, ...about }),
  Schema.Struct({ ...company, ...about }),
])

const sender = Schema.Union([
  Schema.Struct({ ...individual, ...about, address }),
  Schema.Struct({ ...company, ...about, address }),
])

const purpose = Schema.Struct({
  /** Visa's kind of payment, e.g. `FD` for a disbursement, `PP` between persons. */
  businessApplicationId: Fields.text(2, 2),
  /** What the money is for, in the codes of the recipient's country. */
  purposeOfPayment: Schema.optionalKey(Fields.text(1, 255)),
  /** `01` credit, `02` debit, `03` prepaid, `04` cash, `05` deposit account, `06` credit line. */
  sourceOfFunds: Schema.optionalKey(Fields.sourceOfFundsCode),
  /** What the recipient of an account or wallet payout reads on the statement. */
  narrative: Fields.optionalText(1, 35),
})

const ledger = Schema.TaggedStruct("Ledger", {
  /** The account of your own ledger. */
  account: Fields.text(1, 255),
})

const pull = Schema.TaggedStruct("Pull", {
  card: Pan.FromString,
  /** `YYYY-MM`. */
  expiry: Schema.optionalKey(Fields.expiry),
  /** What is debited. The amount of the payout when absent. */
  amount: Schema.optionalKey(Money.Schema),
  /** `5` authenticated, `6` attempted, `7` not authenticated. */
  eci: Schema.Literals(["5", "6", "7"]),
  /** Proof of the cardholder's authentication, 40 hexadecimal digits; demanded for `5` and `6`. */
  cavv: Schema.optionalKey(Fields.cryptogram),
})

const external = Schema.TaggedStruct("External", {
  /** The id of the receipt of the payment initiation, unique with its issuer. */
  receipt: Fields.text(1, 120),
  /** Who issued the receipt. */
  issuer: Fields.text(1, 120),
})

const card = Schema.TaggedStruct("Card", {
  number: Pan.FromString,
  /** `YYYY-MM`; demanded of cards that were issued in the US. */
  expiry: Schema.optionalKey(Fields.expiry),
})

const account = Schema.TaggedStruct("Account", {
  number: secret,
  numberType: Schema.Literals(["IBAN", "DEFAULT"]),
  currency: Currency.Schema,
  /** The name of the account's holder. The recipient's name when absent. */
  holder: optionalText,
  bankName: optionalText,
  bankCode: optionalText,
  bankCodeType: Schema.optionalKey(Schema.Literals(["ABA", "SORT_CODE", "DEFAULT"])),
  branchCode: optionalText,
  bic: optionalText,
})

const wallet = Schema.TaggedStruct("Wallet", {
  operator: text,
  identifier: secret,
  identifierType: Schema.Literals(["PHONENUMBER", "EMAIL", "USERNAME"]),
  currency: Currency.Schema,
})

const alias = Schema.TaggedStruct("Alias", {
  /** A phone number as E.164 without the plus, an email address, or what the directory holds. */
  alias: secret,
  /** Visa's code of the kind of alias. */
  type: Fields.optionalText(1, 50),
  /** In which part of the directory: `PP` and `CI` persons, `MP` merchants, `CO` agents. `PP` when absent. */
  directory: Schema.optionalKey(Schema.Literals(["PP", "MP", "CO", "CI"])),
})

const domestic = Schema.TaggedStruct("Domestic", { country: Country.Schema })

const crossBorder = Schema.TaggedStruct("CrossBorder", {
  from: Country.Schema,
  to: Country.Schema,
})

/** What is made here or comes from the other parts, and what may not be stored even encrypted. */
const taken = [
  "systemsTraceAuditNumber",
  "retrievalReferenceNumber",
  "localTransactionDateTime",
  "acquiringBin",
  "acquirerCountryCode",
  "businessApplicationId",
  "cardAcceptor",
  "purposeOfPayment",
  "recipientAddressLine1",
  "recipientAddressLine2",
  "recipientCardExpiryDate",
  "recipientCity",
  "recipientCountryCode",
  "recipientDateOfBirth",
  "recipientFirstName",
  "recipientLastName",
  "recipientName",
  "recipientPaymentCredentialReference",
  "recipientPostalCode",
  "recipientPrimaryAccountNumber",
  "recipientState",
  "senderAccountNumber",
  "senderAddress",
  "senderCity",
  "senderCountryCode",
  "senderDateOfBirth",
  "senderFirstName",
  "senderLastName",
  "senderName",
  "senderPostalCode",
  "senderReference",
  "senderStateCode",
  "serviceProcessingType",
  "sourceOfFundsCode",
  // Sensitive authentication data.
  "cardCvv2Value",
  "integratedCircuitCardData",
  "magneticStripeData",
  "pinData",
] as const satisfies ReadonlyArray<keyof typeof pushFields>

type Taken = (typeof taken)[number]

const isTaken = new Set<string>(taken)

const cardFields = Schema.Struct(
  Object.fromEntries(
    Object.entries(pushFields).filter(([name]) => !isTaken.has(name)),
  ) as unknown as Omit<typeof pushFields, Taken>,
)

const exchange = Schema.Struct({
  /** What the payout is paid out of. */
  sourceCurrency: Currency.Schema,
  /** What was agreed with the sender: units of the payout's currency for one of the source's. */
  agreedRate: Schema.optionalKey(Schema.BigDecimalFromString),
})

/** Every part, by its name. */
export const parts = {
  amount: Money.Schema,
  funding: Schema.Union([ledger, pull, external]),
  destination: Schema.Union([card, account, wallet, alias]),
  corridor: Schema.Union([domestic, crossBorder]),
  purpose,
  sender,
  recipient: Schema.optionalKey(party),
  exchange: Schema.optionalKey(exchange),
  reference: Schema.optionalKey(reference),
  program: Schema.optionalKey(Fields.text(1, 255)),
  cardFields: Schema.optionalKey(cardFields),
} as const

export type Address = typeof address.Type
export type Party = typeof party.Type
export type Sender = typeof sender.Type
export type Purpose = typeof purpose.Type
export type Ledger = typeof ledger.Type
export type Pull = typeof pull.Type
export type External = typeof external.Type
export type Card = typeof card.Type
export type Account = typeof account.Type
export type Wallet = typeof wallet.Type
export type Alias = typeof alias.Type
export type Domestic = typeof domestic.Type
export type CrossBorder = typeof crossBorder.Type
export type CardFields = typeof cardFields.Type
export type Exchange = typeof exchange.Type
