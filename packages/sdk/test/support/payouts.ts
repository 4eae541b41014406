/** Account and wallet payouts for tests: requests, what Visa has to read of them, and answers. */
import { Effect, Layer, Redacted, Ref } from "effect"
import type { Result } from "effect"
import { AccountPayouts } from "../../src/api/AccountPayouts.ts"
import type { PayoutRequest } from "../../src/api/AccountPayouts.ts"
import { Correlation } from "../../src/Correlation.ts"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { Money } from "../../src/Money.ts"
import { Transport } from "../../src/Transport.ts"
import type { TestCall, TestReply } from "../../src/Transport.ts"
import type { VisaError } from "../../src/VisaError.ts"

export const accountNumber = "00697009311"
const senderAccount = "DE-SENDER-4711"
export const documentNumber = "X0123456Y"
export const phone = "+260970000000"
/** From ISO 13616's examples. */
export const iban = "GB29NWBK60161331926819"

/** Visa's sample of a payout to a bank account, from its encryption sample; the number is ours. */
export const toBank = Effect.gen(function* () {
  const request: PayoutRequest & { readonly payoutMethod: "B" } = {
    payoutMethod: "B",
    transactionDetail: {
      initiatingPartyId: 1002,
      clientReferenceId: "888852397088",
      businessApplicationId: "FD",
      transactionAmount: yield* Money.of("1.50", "GBP"),
      settlementCurrencyCode: yield* Currency.of("GBP"),
      statementNarrative: "advancepayment",
      senderSourceOfFunds: "01",
    },
    senderDetail: {
      type: "C",
      name: "Ben",
      address: {
        country: yield* Country.of("US"),
        city: "Washington",
        addressLine1: "addressline1",
      },
      senderAccountNumber: Redacted.make(senderAccount),
      identificationList: [
        {
          idType: "L",
          idNumber: Redacted.make(documentNumber),
          idIssueCountry: yield* Country.of("US"),
        },
      ],
    },
    recipientDetail: {
      type: "I",
      firstName: "Jessica",
      lastName: "smith",
      address: {
        country: yield* Country.of("GB"),
        city: "London",
        postalCode: "675456",
        addressLine1: "123 Main St",
        state: "CF",
      },
      bank: {
        bankName: "Barclays",
        accountName: "Money Market",
        accountNumber: Redacted.make(accountNumber),
        accountNumberType: "DEFAULT",
        bankCode: "800554",
        bankCodeType: "SORT_CODE",
        countryCode: yield* Country.of("GB"),
        currencyCode: yield* Currency.of("GBP"),
      },
    },
  }
  return request
})

/** What Visa has to read, written from the sample and not from the encoder. */
export const toBankBody = {
  payoutMethod: "B",
  transactionDetail: {
    initiatingPartyId: 1002,
    businessApplicationId: "FD",
    statementNarrative: "advancepayment",
    transactionAmount: 1.5,
    transactionCurrencyCode: "GBP",
    settlementCurrencyCode: "GBP",
    clientReferenceId: "888852397088",
    senderSourceOfFunds: "01",
  },
  senderDetail: {
    type: "C",
    name: "Ben",
    address: { country: "USA", city: "Washington", addressLine1: "addressline1" },
    senderAccountNumber: senderAccount,
    identificationList: [{ idType: "L", idNumber: documentNumber, idIssueCountry: "USA" }],
  },
  recipientDetail: {
    type: "I",
    firstName: "Jessica",
    lastName: "smith",
    address: {
      country: "GBR",
      city: "London",
      postalCode: "675456",
      addressLine1: "123 Main St",
      state: "CF",
    },
    bank: {
      bankName: "Barclays",
      accountName: "Money Market",
      accountNumber,
      accountNumberType: "DEFAULT",
      bankCode: "800554",
      bankCodeType: "SORT_CODE",
      countryCode: "GBR",
      currencyCode: "GBP",
    },
  },
}

/** The same without the document, whose type `L` is not in Visa's published list. */
export const toListedBank = Effect.map(toBank, (request) => {
  const { identificationList: _, ...senderDetail } = request.senderDetail
  return { ...request, senderDetail }
})

export const toListedBankBody = (() => {
  const { identificationList: _, ...senderDetail } = toBankBody.senderDetail
  return { ...toBankBody, senderDetail }
})()

export const toWallet = Effect.gen(function* () {
  const request: PayoutRequest & { readonly payoutMethod: "W" } = {
    payoutMethod: "W",
    transactionDetail: {
      initiatingPartyId: 1002,
      clientReferenceId: "VK-wallet-1",
      businessApplicationId: "FD",
      transactionAmount: yield* Money.of("20.00", "ZMW"),
      quoteId: "9999999999999",
      settlementCurrencyCode: yield* Currency.of("USD"),
      payoutSpeed: "PREMIUM",
      endToEndId: "VK-wallet-1",
    },
    senderDetail: {
      type: "I",
      firstName: "Thandi",
      lastName: "Nkosi",
      dateOfBirth: "1990-09-11",
      countryOfBirth: yield* Country.of("ZA"),
      address: { country: yield* Country.of("ZA") },
    },
    recipientDetail: {
      type: "I",
      firstName: "John",
      lastName: "Do",
      wallet: {
        operatorName: "AIRTEL_MONEY",
        accountIdentifier: Redacted.make(phone),
        accountIdentifierType: "PHONENUMBER",
        countryCode: yield* Country.of("ZM"),
        currencyCode: yield* Currency.of("ZMW"),
      },
    },
  }
  return request
})

export const toWalletBody = {
  payoutMethod: "W",
  transactionDetail: {
    initiatingPartyId: 1002,
    clientReferenceId: "VK-wallet-1",
    businessApplicationId: "FD",
    transactionAmount: 20,
    transactionCurrencyCode: "ZMW",
    // As the quote gave it: a JSON number.
    quoteId: 9999999999999,
    settlementCurrencyCode: "USD",
    payoutSpeed: "PREMIUM",
    endToEndId: "VK-wallet-1",
  },
  senderDetail: {
    type: "I",
    firstName: "Thandi",
    lastName: "Nkosi",
    dateOfBirth: "1990-09-11",
    countryOfBirth: "ZAF",
    address: { country: "ZAF" },
  },
  recipientDetail: {
    type: "I",
    firstName: "John",
    lastName: "Do",
    wallet: {
      operatorName: "AIRTEL_MONEY",
      accountIdentifier: phone,
      accountIdentifierType: "PHONENUMBER",
      countryCode: "ZMB",
      currencyCode: "ZMW",
    },
  },
}

/** An answer of Visa's sandbox, as an integrator recorded it. */
const recordedDetail = {
  initiatingPartyId: 1002,
  payoutId: "172293713063281",
  clientReferenceId: "888852397088",
  expectedPostingDate: "2022-11-16",
  transactionDateTime: "2024-08-06T09:38:50.000Z",
  status: "PAYMENT_RECEIVED",
  transactionAmount: 1.5,
  transactionCurrencyCode: "GBP",
  destinationAmount: 1557,
  destinationCurrencyCode: "GBP",
  settlementAmount: 1557,
  settlementCurrencyCode: "GBP",
  fxConversionRate: 1,
  payoutSpeed: "STANDARD",
}

export const reporting = (detail: object): TestReply => ({
  status: 200,
  body: { transactionDetail: { ...recordedDetail, ...detail } },
})

/** Runs against a recording Visa: what it was sent, and the outcome. */
export const recorded = <A>(
  program: Effect.Effect<A, VisaError, AccountPayouts>,
  reply: TestReply = reporting({}),
) =>
  Effect.gen(function* () {
    const calls = yield* Ref.make<ReadonlyArray<TestCall>>([])
    const outcome = yield* Effect.result(program).pipe(
      Effect.provide(
        AccountPayouts.layer.pipe(
          Layer.provide(
            Transport.layerTest((call) =>
              Effect.as(
                Ref.update(calls, (before) => [...before, call]),
                reply,
              ),
            ),
          ),
          Layer.provide(Correlation.layerTest),
        ),
      ),
    )
    return { calls: yield* Ref.get(calls), outcome }
  })

export const failed = <A>(outcome: Result.Result<A, VisaError>) =>
  Effect.flip(Effect.fromResult(outcome))

export const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

export const secrets = [
  accountNumber,
  senderAccount,
  documentNumber,
  phone,
  iban,
  "Jessica",
  "Money Market",
  "123 Main St",
]
