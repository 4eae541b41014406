/**
 * From a payout to the requests of its rails. Nothing is cut or guessed: what a rail cannot carry is
 * refused by its encoder, and {@link partOf} says which part of the payout that is.
 */
import { Option } from "effect"
import type { PayoutRequest } from "../api/AccountPayouts.ts"
import type { PullRequest, PushRequest } from "../api/FundsTransfer.ts"
import type { Money } from "../Money.ts"
import type { Pan } from "../Pan.ts"
import type { Identity } from "../TransactionIdentity.ts"
import { VisaError } from "../VisaError.ts"
import type { Originator } from "../payouts/Originator.ts"
import type { Complete } from "../payouts/Payout.ts"
import { countriesOf } from "../payouts/Payout.ts"
import type { Account, Party, Pull, Sender, Wallet } from "./payoutParts.ts"
import { present } from "./wireCodes.ts"

/** The sender's account goes to cards in a field of 13 to 19 characters, to banks in one of 64. */
const senderOnCard = (sender: Sender) => ({
  ...("companyName" in sender
    ? { senderName: sender.companyName }
    : { senderFirstName: sender.firstName, senderLastName: sender.lastName }),
  ...present({
    senderAddress: sender.address.line1,
    senderCity: sender.address.city,
    senderStateCode: sender.address.state,
    senderPostalCode: sender.address.postalCode,
    senderDateOfBirth: sender.dateOfBirth,
    senderAccountNumber: sender.accountNumber,
  }),
  senderCountryCode: sender.address.country,
})

const recipientOnCard = (recipient: Party | undefined) =>
  recipient === undefined
    ? {}
    : {
        ...("companyName" in recipient
          ? { recipientName: recipient.companyName }
          : { recipientFirstName: recipient.firstName, recipientLastName: recipient.lastName }),
        ...present({
          recipientAddressLine1: recipient.address?.line1,
          recipientAddressLine2: recipient.address?.line2,
          recipientCity: recipient.address?.city,
          recipientState: recipient.address?.state,
          recipientPostalCode: recipient.address?.postalCode,
          recipientDateOfBirth: recipient.dateOfBirth,
        }),
      }

/** A push to `card`. Where the card is from is said only where it is from another country. */
export const pushOf = (
  payout: Complete,
  {
    card,
    expiry,
    identity,
    originator,
    reference,
  }: {
    readonly originator: Originator
    readonly identity: Identity
    readonly card: Pan
    readonly expiry: string | undefined
    readonly reference: string
  },
): PushRequest => ({
  ...identity,
  ...payout.cardFields,
  acquiringBin: originator.acquiringBin,
  acquirerCountryCode: originator.country,
  cardAcceptor: originator.cardAcceptor,
  businessApplicationId: payout.purpose.businessApplicationId,
  amount: payout.amount,
  recipientPrimaryAccountNumber: card,
  ...recipientOnCard(payout.recipient),
  ...senderOnCard(payout.sender),
  senderReference: reference,
  ...present({
    merchantCategoryCode:
      payout.cardFields?.merchantCategoryCode ?? originator.merchantCategoryCode,
    recipientCardExpiryDate: expiry,
    recipientCountryCode: payout.corridor._tag === "CrossBorder" ? payout.corridor.to : undefined,
    purposeOfPayment: payout.purpose.purposeOfPayment,
    sourceOfFundsCode: payout.purpose.sourceOfFunds,
  }),
})

const nameOf = (party: Party): string =>
  "companyName" in party ? party.companyName : `${party.firstName} ${party.lastName}`

const namesOf = (party: Party) =>
  "companyName" in party
    ? { type: "C" as const, name: party.companyName }
    : { type: "I" as const, firstName: party.firstName, lastName: party.lastName }

const addressOf = ({ city, country, line1, line2, postalCode, state }: Sender["address"]) => ({
  country,
  ...present({ addressLine1: line1, addressLine2: line2, city, state, postalCode }),
})

const targetOf = (payout: Complete, target: Account | Wallet, recipient: Party) => {
  const { to } = countriesOf(payout.corridor)
  return target._tag === "Account"
    ? {
        bank: {
          accountName: target.holder ?? nameOf(recipient),
          accountNumber: target.number,
          accountNumberType: target.numberType,
          countryCode: to,
          currencyCode: target.currency,
          ...present({
            bankName: target.bankName,
            bankCode: target.bankCode,
            bankCodeType: target.bankCodeType,
            branchCode: target.branchCode,
            BIC: target.bic,
          }),
        },
      }
    : {
        wallet: {
          operatorName: target.operator,
          accountIdentifier: target.identifier,
          accountIdentifierType: target.identifierType,
          countryCode: to,
          currencyCode: target.currency,
        },
      }
}

/** A payout to a bank account or a wallet. */
export const accountPayoutOf = (
  payout: Complete,
  {
    clientReferenceId,
    initiatingPartyId,
    quoteId,
    recipient,
    target,
  }: {
    readonly initiatingPartyId: number
    readonly clientReferenceId: string
    readonly quoteId: string | undefined
    readonly target: Account | Wallet
    readonly recipient: Party
  },
): PayoutRequest =>
  // The method and the target were chosen together, which the union cannot see.
  ({
    payoutMethod: target._tag === "Account" ? "B" : "W",
    transactionDetail: {
      initiatingPartyId,
      clientReferenceId,
      businessApplicationId: payout.purpose.businessApplicationId,
      transactionAmount: payout.amount,
      ...present({
        settlementCurrencyCode: payout.exchange?.sourceCurrency,
        quoteId,
        statementNarrative: payout.purpose.narrative,
        purposeOfPayment: payout.purpose.purposeOfPayment,
        senderSourceOfFunds: payout.purpose.sourceOfFunds,
        endToEndId: payout.reference,
      }),
    },
    senderDetail: {
      ...namesOf(payout.sender),
      address: addressOf(payout.sender.address),
      ...present({
        dateOfBirth: payout.sender.dateOfBirth,
        senderAccountNumber: payout.sender.accountNumber,
      }),
    },
    recipientDetail: {
      ...namesOf(recipient),
      ...present({
        address: recipient.address === undefined ? undefined : addressOf(recipient.address),
        dateOfBirth: recipient.dateOfBirth,
      }),
      ...targetOf(payout, target, recipient),
    },
  }) as PayoutRequest

/** The debit of the card that funds a payout. */
export const pullOf = ({
  amount,
  funding,
  identity,
  merchantCategoryCode,
  originator,
  reference,
}: {
  readonly originator: Originator
  readonly merchantCategoryCode: number
  readonly identity: Identity
  readonly funding: Pull
  readonly amount: Money
  readonly reference: string
}): PullRequest => ({
  ...identity,
  acquiringBin: originator.acquiringBin,
  acquirerCountryCode: originator.country,
  cardAcceptor: originator.cardAcceptor,
  businessApplicationId: originator.pullApplicationId ?? "AA",
  merchantCategoryCode,
  pointOfServiceData: { panEntryMode: 1, posConditionCode: "59", motoECIIndicator: funding.eci },
  amount,
  senderPrimaryAccountNumber: funding.card,
  senderReference: reference,
  ...present({ senderCardExpiryDate: funding.expiry, cavv: funding.cavv }),
})

/** The parts of a payout behind Visa's names, where they are not spelled alike. */
const parts: { readonly [field: string]: string } = {
  senderName: "sender.companyName",
  senderFirstName: "sender.firstName",
  senderLastName: "sender.lastName",
  senderAddress: "sender.address.line1",
  senderCity: "sender.address.city",
  senderStateCode: "sender.address.state",
  senderPostalCode: "sender.address.postalCode",
  senderCountryCode: "sender.address.country",
  senderDateOfBirth: "sender.dateOfBirth",
  senderAccountNumber: "sender.accountNumber",
  senderReference: "reference",
  recipientName: "recipient.companyName",
  recipientFirstName: "recipient.firstName",
  recipientLastName: "recipient.lastName",
  recipientAddressLine1: "recipient.address.line1",
  recipientAddressLine2: "recipient.address.line2",
  recipientCity: "recipient.address.city",
  recipientState: "recipient.address.state",
  recipientPostalCode: "recipient.address.postalCode",
  recipientDateOfBirth: "recipient.dateOfBirth",
  recipientCardExpiryDate: "destination.expiry",
  recipientCountryCode: "corridor",
  recipientPrimaryAccountNumber: "destination.number",
  businessApplicationId: "purpose.businessApplicationId",
  purposeOfPayment: "purpose.purposeOfPayment",
  sourceOfFundsCode: "purpose.sourceOfFunds",
  senderPrimaryAccountNumber: "funding.card",
  senderCardExpiryDate: "funding.expiry",
  cavv: "funding.cavv",
  "pointOfServiceData.motoECIIndicator": "funding.eci",
  cardAcceptor: "originator.cardAcceptor",
  merchantCategoryCode: "originator.merchantCategoryCode",
  "transactionDetail.transactionAmount": "amount",
  "transactionDetail.businessApplicationId": "purpose.businessApplicationId",
  "transactionDetail.statementNarrative": "purpose.narrative",
  "transactionDetail.purposeOfPayment": "purpose.purposeOfPayment",
  "transactionDetail.senderSourceOfFunds": "purpose.sourceOfFunds",
  "transactionDetail.endToEndId": "reference",
  "transactionDetail.quoteId": "exchange",
  "transactionDetail.settlementCurrencyCode": "exchange.sourceCurrency",
  "transactionDetail.initiatingPartyId": "originator.initiatingPartyId",
  "senderDetail.name": "sender.companyName",
  "senderDetail.senderAccountNumber": "sender.accountNumber",
  "recipientDetail.name": "recipient.companyName",
  "recipientDetail.bank.accountName": "destination.holder",
  "recipientDetail.bank.accountNumber": "destination.number",
  "recipientDetail.bank.accountNumberType": "destination.numberType",
  "recipientDetail.bank.BIC": "destination.bic",
  "recipientDetail.bank.countryCode": "corridor",
  "recipientDetail.bank.currencyCode": "destination.currency",
  "recipientDetail.wallet.operatorName": "destination.operator",
  "recipientDetail.wallet.accountIdentifier": "destination.identifier",
  "recipientDetail.wallet.accountIdentifierType": "destination.identifierType",
  "recipientDetail.wallet.countryCode": "corridor",
  "recipientDetail.wallet.currencyCode": "destination.currency",
}

const families: ReadonlyArray<readonly [prefix: string, part: string]> = [
  ["senderDetail.address.addressLine", "sender.address.line"],
  ["senderDetail.", "sender."],
  ["recipientDetail.address.addressLine", "recipient.address.line"],
  ["recipientDetail.bank.", "destination."],
  ["recipientDetail.", "recipient."],
  ["cardAcceptor.", "originator.cardAcceptor."],
]

/** Which part of the payout a field of Visa's comes from; the field itself where that is not known. */
const partOf = (field: string): string => {
  const found = parts[field]
  if (found !== undefined) return found
  const family = families.find(([prefix]) => field.startsWith(prefix))
  return family === undefined ? field : family[1] + field.slice(family[0].length)
}

/** The same refusal, naming the part of the payout. */
export const namingParts = (error: VisaError): VisaError => {
  const { field } = error.reason
  return error.reason._tag !== "RequestInvalid" || field === undefined
    ? error
    : Option.match(
        Option.liftPredicate(partOf(field), (part) => part !== field),
        {
          onNone: () => error,
          onSome: (part) =>
            VisaError.of(
              "RequestInvalid",
              { ...error.reason, field: part, detail: `${error.reason.detail ?? ""} (${field})` },
              error.context,
            ),
        },
      )
}
