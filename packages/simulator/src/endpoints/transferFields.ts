/** Parts that the field tables of pushes, pulls, reversals, adjustments and payouts share. */
import { list, object, required, text } from "../internal/FieldTable.ts"

/** Kinds of identification of a sender or recipient. */
export const idTypes = [
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
  "BTHD",
]

export const additionalData = object({
  identificationList: list({
    idType: text(1, 4, { oneOf: idTypes }),
    idNumber: text(1, 35),
    idOwnerType: text(1, 1),
    idIssueCountry: text(3, 3),
  }),
})

export const credentialReference = (types: ReadonlyArray<string>) =>
  object({
    type: required(text(1, 75, { oneOf: types })),
    value: required(text(1, 75)),
    merchantId: text(1, 50),
  })

/** Business application ids, which card transfers and payouts have in common. */
export const businessApplicationIds = [
  "AA",
  "BB",
  "BI",
  "BP",
  "CC",
  "CD",
  "CI",
  "CO",
  "CP",
  "FD",
  "GD",
  "GP",
  "MD",
  "MI",
  "MP",
  "OG",
  "PD",
  "PG",
  "PP",
  "PS",
  "RP",
  "TU",
]

export const contactInformation = object({
  phoneNumber: text(1, 16),
  additionalContactDetails: text(1, 256),
  customerServicePhoneNumber: text(1, 16),
})

export const merchantVerificationValue = object({
  mvvVisaAssigned: required(text(6, 6)),
  mvvAcquirerAssigned: required(text(4, 4)),
})
