/**
 * The vocabulary of request schemas: the type side is what a caller writes, the encoded side is what
 * Visa reads. Lengths and formats are those of Visa's OpenAPI exports.
 */
import { Redacted, Schema, SchemaTransformation } from "effect"
import { AcquiringBin } from "../AcquiringBin.ts"
import { Country } from "../Country.ts"
import { Pan } from "../Pan.ts"
import { Rrn } from "../Rrn.ts"
import { Stan } from "../Stan.ts"

// Visa's gateway validates like XML: control characters never pass.
const printable = Schema.isPattern(/^[^\p{Cc}]*$/u, { expected: "text without control characters" })

/** Text of `minimum` to `maximum` characters. */
export const text = (minimum: number, maximum: number) =>
  Schema.String.check(Schema.isBetweenLength(minimum, maximum), printable)

/** An optional field of that text. */
export const optionalText = (minimum: number, maximum: number) =>
  Schema.optionalKey(text(minimum, maximum))

/** A whole number between two bounds, both included. */
export const integer = (minimum: number, maximum: number) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

export const optionalInteger = (minimum: number, maximum: number) =>
  Schema.optionalKey(integer(minimum, maximum))

export const matching = (pattern: RegExp, expected: string) =>
  Schema.String.check(Schema.isPattern(pattern, { expected }))

/** `YYYY-MM-DD`. */
export const date = matching(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, "a date YYYY-MM-DD")

/** `YYYY-MM`, the form of every card expiry date. */
export const expiry = matching(/^\d{4}-(0[1-9]|1[0-2])$/, "a month YYYY-MM")

/** `YYYY-MM-DDThh:mm:ss`, without zone and fraction. */
export const localDateTime = matching(
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/,
  "a local time YYYY-MM-DDThh:mm:ss",
)

/** What makes a request recognisable: made once, stored by the caller, then sent. */
export const identity = {
  /** STAN. */
  systemsTraceAuditNumber: Stan.Schema,
  /** RRN. It goes out as text everywhere: a JSON number would lose its leading zeros. */
  retrievalReferenceNumber: Rrn.Schema,
  localTransactionDateTime: localDateTime,
} as const

/** Fifteen digits on our side; Visa takes and gives a JSON number, which they fit into exactly. */
export const transactionIdentifier = Schema.Finite.pipe(
  Schema.decodeTo(
    matching(/^\d{15}$/, "15 digits"),
    SchemaTransformation.transform({
      decode: (value: number) => String(value).padStart(15, "0"),
      encode: (value: string) => Number(value),
    }),
  ),
)

/** A BIN goes out as the JSON number of Visa's schema: none begins with zero. */
export const acquiringBin = Schema.Finite.pipe(
  Schema.decodeTo(
    AcquiringBin.Schema,
    SchemaTransformation.transform({
      decode: (value: number) => String(value),
      encode: (value: string) => Number(value),
    }),
  ),
)

/** A secret text that is only opened on its way into the encrypted body. */
export const secret = (minimum: number, maximum: number, pattern: RegExp, expected: string) =>
  text(minimum, maximum)
    .check(Schema.isPattern(pattern, { expected }))
    .pipe(
      Schema.decodeTo(
        Schema.Redacted(Schema.String),
        SchemaTransformation.transform({
          decode: (value: string) => Redacted.make(value),
          encode: (value: Redacted.Redacted<string>) => Redacted.value(value),
        }),
      ),
    )

/** A one-time cryptogram of 20 bytes, written in hexadecimal. */
export const cryptogram = secret(40, 40, /^[0-9A-Fa-f]+$/, "40 hexadecimal digits")

/** Chip data: it can hold the card number. */
export const chipData = secret(2, 510, /^[^\p{Cc}]+$/u, "chip data")

/** A boolean that Visa spells out. */
export const spelledOut = Schema.Literals(["TRUE", "FALSE"]).pipe(
  Schema.decodeTo(
    Schema.Boolean,
    SchemaTransformation.transform({
      decode: (value: "TRUE" | "FALSE") => value === "TRUE",
      encode: (value: boolean) => (value ? "TRUE" : "FALSE"),
    }),
  ),
)

/**
 * Two digits of which the first can be a zero. Visa's table says number, its samples write `"00"`: as
 * text the zero arrives.
 */
export const posConditionCode = matching(/^\d{2}$/, "2 digits")

export const pan = Pan.FromString
export const countryNumeric = Country.Numeric
export const countryAlpha3 = Country.Alpha3

/** Objects whose members Visa documents outside the public field tables. */
export const opaqueObject = Schema.Record(Schema.String, Schema.Unknown)

/** Who a person or business is, by a document or a number. */
const identification = Schema.Struct({
  idType: Schema.optionalKey(
    Schema.Literals([
      "BTHD",
      "CUID",
      "NTID",
      "PASN",
      "DRLN",
      "TXIN",
      "CPNY",
      "PRXY",
      "SSNB",
      "ARNB",
      "LAWE",
      "MILI",
      "TRVL",
      "EMAL",
      "PHON",
    ]),
  ),
  idNumber: optionalText(1, 35),
  idOwnerType: optionalText(1, 1),
  idIssueCountry: Schema.optionalKey(countryAlpha3),
})

export const additionalData = Schema.Struct({
  identificationList: Schema.optionalKey(Schema.Array(identification)),
})

export const serviceProcessingType = Schema.Struct({
  /** `00` at once, `01` originator hold, `02` Visa holds 48 h, `03` held until `deferredDateTime`. */
  requestType: Schema.Literals(["00", "01", "02", "03"]),
  /** `CCYYMMDDHHMM`, GMT, 24 to 48 hours ahead. */
  deferredDateTime: Schema.optionalKey(matching(/^\d{12}$/, "CCYYMMDDHHMM")),
})

export const merchantVerificationValue = Schema.Struct({
  mvvVisaAssigned: text(6, 6),
  mvvAcquirerAssigned: text(4, 4),
})

/** Who receives the payment on the originator's side: name, ids and place of the card acceptor. */
export const cardAcceptor = Schema.Struct({
  name: text(1, 25),
  idCode: text(1, 15),
  terminalId: text(1, 8),
  address: Schema.Struct({
    country: countryAlpha3,
    city: optionalText(1, 13),
    state: optionalText(1, 50),
    county: optionalText(1, 50),
    zipCode: optionalText(1, 9),
    addressLine: optionalText(1, 99),
  }),
  taxID: optionalText(1, 35),
  urlAddress: optionalText(1, 256),
  partnerIDCode: optionalText(1, 8),
  legalBusinessName: optionalText(1, 25),
  contactInformation: Schema.optionalKey(
    Schema.Struct({
      phoneNumber: optionalText(1, 16),
      additionalContactDetails: optionalText(1, 256),
      customerServicePhoneNumber: optionalText(1, 16),
    }),
  ),
  paymentFacilitator: Schema.optionalKey(opaqueObject),
  serviceLocationDetails: Schema.optionalKey(opaqueObject),
})

/**
 * The card acceptor of the original, in the shorter form of reversals and adjustments. Visa's table
 * has three characters for the county, its samples write names: both pass.
 */
export const originalCardAcceptor = Schema.Struct({
  name: text(1, 25),
  idCode: text(1, 15),
  terminalId: text(1, 8),
  address: Schema.Struct({
    country: countryAlpha3,
    state: optionalText(2, 2),
    county: optionalText(1, 50),
    zipCode: optionalText(5, 9),
  }),
  paymentFacilitator: Schema.optionalKey(opaqueObject),
})

export const settlementServiceIndicator = Schema.Literals([0, 8, 9])

/** `02` adjustment debit, `22` adjustment credit; JSON numbers on the wire. */
export const adjustmentType = Schema.Literals([2, 22]).pipe(
  Schema.decodeTo(
    Schema.Literals(["02", "22"]),
    SchemaTransformation.transform({
      decode: (value: 2 | 22): "02" | "22" => (value === 2 ? "02" : "22"),
      encode: (value: "02" | "22"): 2 | 22 => (value === "02" ? 2 : 22),
    }),
  ),
)

export const sourceOfFundsCode = Schema.Literals(["01", "02", "03", "04", "05", "06"])

/** A stored credential in place of a card number. */
export const credentialReference = (types: readonly [string, ...Array<string>]) =>
  Schema.Struct({
    type: Schema.Literals(types),
    value: text(1, 75),
    merchantId: optionalText(1, 50),
  })
