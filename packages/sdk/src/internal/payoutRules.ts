/**
 * What Visa demands of the parts of a payout together. Source: as for the fields; the forms of IBAN,
 * ABA routing numbers and sort codes are those of ISO 13616 and the schemes. What a single country
 * demands beyond this is answered by Visa's payout metadata and by `validate`.
 */
import { Redacted } from "effect"
import type { Country } from "../Country.ts"
import { isIban } from "./iban.ts"
import type { AnyPayout, AnyTarget } from "./payoutFields.ts"
import type { Rule } from "./rules.ts"

/** Countries whose accounts have IBANs of another country. Source: ISO 13616, SWIFT's IBAN registry. */
const ibanCountries: { readonly [country: string]: string } = {
  AX: "FI",
  BL: "FR",
  GF: "FR",
  GG: "GB",
  GP: "FR",
  IM: "GB",
  JE: "GB",
  MF: "FR",
  MQ: "FR",
  NC: "FR",
  PF: "FR",
  PM: "FR",
  RE: "FR",
  TF: "FR",
  WF: "FR",
  YT: "FR",
}

const isOfCountry = (iban: string, country: Country): boolean =>
  iban.startsWith(ibanCountries[country] ?? country)

type Bank = NonNullable<AnyTarget["recipientDetail"]["bank"]>
type Wallet = NonNullable<AnyTarget["recipientDetail"]["wallet"]>

const bankRule = (
  field: keyof Bank & string,
  demand: string,
  broken: (bank: Bank) => boolean,
): Rule<AnyTarget> => ({
  field: `recipientDetail.bank.${field}`,
  demand,
  broken: ({ recipientDetail: { bank } }) => bank !== undefined && broken(bank),
})

const walletRule = (
  demand: string,
  type: Wallet["accountIdentifierType"],
  form: RegExp,
): Rule<AnyTarget> => ({
  field: "recipientDetail.wallet.accountIdentifier",
  demand,
  broken: ({ recipientDetail: { wallet } }) =>
    wallet !== undefined &&
    wallet.accountIdentifierType === type &&
    !form.test(Redacted.value(wallet.accountIdentifier)),
})

/** Weights 3, 7, 1 over nine digits. */
const isRoutingNumber = (code: string): boolean =>
  /^\d{9}$/.test(code) &&
  [3, 7, 1, 3, 7, 1, 3, 7, 1].reduce((sum, weight, at) => sum + weight * Number(code[at]), 0) %
    10 ===
    0

interface Named {
  readonly type: "I" | "C"
  readonly name?: string | undefined
  readonly firstName?: string | undefined
  readonly lastName?: string | undefined
}

const isFullyNamed = ({ firstName, lastName }: Named): boolean =>
  firstName !== undefined && lastName !== undefined

/** For everything that names a recipient: payouts, validations and verifications. */
export const recipientRules: ReadonlyArray<Rule<AnyTarget>> = [
  {
    field: "recipientDetail.bank",
    demand: "Give recipientDetail.bank with payoutMethod B, and with no other.",
    broken: ({ payoutMethod, recipientDetail }) =>
      (payoutMethod === "B") !== (recipientDetail.bank !== undefined),
  },
  {
    field: "recipientDetail.wallet",
    demand: "Give recipientDetail.wallet with payoutMethod W, and with no other.",
    broken: ({ payoutMethod, recipientDetail }) =>
      (payoutMethod === "W") !== (recipientDetail.wallet !== undefined),
  },
  {
    field: "recipientDetail.firstName",
    demand: "Give firstName and lastName of a recipient of type I.",
    broken: ({ recipientDetail }) => recipientDetail.type === "I" && !isFullyNamed(recipientDetail),
  },
  {
    field: "recipientDetail.name",
    demand: "Give the name of a recipient of type C.",
    broken: ({ recipientDetail }) =>
      recipientDetail.type === "C" && recipientDetail.name === undefined,
  },
  bankRule(
    "accountNumber",
    "Give an IBAN with right check digits and without spaces, or accountNumberType DEFAULT.",
    ({ accountNumber, accountNumberType }) =>
      accountNumberType === "IBAN" && !isIban(Redacted.value(accountNumber)),
  ),
  bankRule(
    "accountNumberType",
    "Give accountNumberType IBAN: the account number is one.",
    ({ accountNumber, accountNumberType, countryCode }) =>
      accountNumberType === "DEFAULT" &&
      isIban(Redacted.value(accountNumber)) &&
      isOfCountry(Redacted.value(accountNumber), countryCode),
  ),
  bankRule(
    "countryCode",
    "Give the country of the IBAN: it is its first two letters.",
    ({ accountNumber, accountNumberType, countryCode }) =>
      accountNumberType === "IBAN" && !isOfCountry(Redacted.value(accountNumber), countryCode),
  ),
  bankRule(
    "bankCodeType",
    "Give bankCode and bankCodeType together.",
    ({ bankCode, bankCodeType }) => (bankCode === undefined) !== (bankCodeType === undefined),
  ),
  bankRule(
    "bankCode",
    "Give an ABA routing number of nine digits with a right check digit.",
    ({ bankCode, bankCodeType }) => bankCodeType === "ABA" && !isRoutingNumber(bankCode ?? ""),
  ),
  bankRule(
    "bankCode",
    "Give a sort code of six digits, without dashes.",
    ({ bankCode, bankCodeType }) => bankCodeType === "SORT_CODE" && !/^\d{6}$/.test(bankCode ?? ""),
  ),
  walletRule(
    "Give a phone number of 6 to 15 digits, with or without a plus before them.",
    "PHONENUMBER",
    /^\+?\d{6,15}$/,
  ),
  walletRule("Give an email address.", "EMAIL", /^[^@]+@[^@]+$/),
]

export const payoutRules: ReadonlyArray<Rule<AnyPayout>> = [
  ...recipientRules,
  {
    field: "transactionDetail.transactionAmount",
    demand: "Give an amount above zero.",
    broken: ({ transactionDetail: { transactionAmount } }) => transactionAmount.minor === 0,
  },
  {
    field: "senderDetail.name",
    demand: "Give the sender's name, or firstName and lastName.",
    broken: ({ senderDetail }) =>
      senderDetail.type === "I" && senderDetail.name === undefined && !isFullyNamed(senderDetail),
  },
  {
    field: "senderDetail.name",
    demand: "Give the name of a sender of type C.",
    broken: ({ senderDetail }) => senderDetail.type === "C" && senderDetail.name === undefined,
  },
  {
    field: "transactionDetail.quoteId",
    demand:
      "Leave out quoteId: a quote is for a pair of currencies, and this payout has one currency.",
    broken: ({ recipientDetail: { bank, wallet }, transactionDetail }) => {
      const { quoteId, settlementCurrencyCode, transactionAmount } = transactionDetail
      const currencies = [settlementCurrencyCode, bank?.currencyCode, wallet?.currencyCode]
      return (
        quoteId !== undefined &&
        currencies.every(
          (currency) => currency === undefined || currency === transactionAmount.currency,
        )
      )
    },
  },
]
