/** Every operation of the SDK, with a canary in each field that holds something personal or secret. */
import { DateTime, Effect, Redacted } from "effect"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import { AccountPayouts } from "../../src/api/AccountPayouts.ts"
import type { PayoutRequest } from "../../src/api/AccountPayouts.ts"
import { AliasDirectory } from "../../src/api/AliasDirectory.ts"
import type {
  CreateAliasRequest,
  CreateMerchantAliasRequest,
} from "../../src/api/AliasDirectory.ts"
import { CardAttributes } from "../../src/api/CardAttributes.ts"
import { CardValidation } from "../../src/api/CardValidation.ts"
import type { CardValidationRequest } from "../../src/api/CardValidation.ts"
import { Connectivity } from "../../src/api/Connectivity.ts"
import { ForeignExchange } from "../../src/api/ForeignExchange.ts"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { PullRequest, PushRequest } from "../../src/api/FundsTransfer.ts"
import { Reports } from "../../src/api/Reports.ts"
import { TransactionQuery } from "../../src/api/TransactionQuery.ts"
import { WatchList } from "../../src/api/WatchList.ts"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { Rrn } from "../../src/Rrn.ts"
import { Stan } from "../../src/Stan.ts"
import { operations } from "../../src/Telemetry.ts"
import { TransactionIdentity } from "../../src/TransactionIdentity.ts"
import type * as VisaDirect from "../../src/VisaDirect.ts"
import type { VisaError } from "../../src/VisaError.ts"
import type { Canaries } from "./canaries.ts"

export type OperationName = (typeof operations)[number]

/** Makes a request and sends it. */
export type Run = Effect.Effect<unknown, VisaError, VisaDirect.Services>

/** Sends what was made of `request`: as it is, or spoiled. */
export type Send = <R>(
  request: R,
  call: (request: R) => Effect.Effect<unknown, VisaError, VisaDirect.Services>,
) => Run

/** Asked about where a failure left no id. */
const someStatus = "1491819372_186_81_l73c003_VDP_ARM"

const at1ms = { transactionTimeout: "1 millis" } as const

/** The id of a request that was too slow on purpose. */
const statusOf = (slow: Run) =>
  slow.pipe(
    Effect.as(someStatus),
    Effect.catch(({ reason }) => Effect.succeed(reason.statusIdentifier ?? someStatus)),
  )

let payouts = 0

/** No two payouts of one simulator may have the same, whichever process sends them. */
const references = Effect.sync(() => `canary-${process.pid}-${++payouts}`)

export const canaryOperations = (
  canaries: Canaries,
  send: Send,
): { readonly [O in OperationName]: Run } => {
  const acceptor = Effect.gen(function* () {
    return {
      name: "Acme Payouts",
      idCode: "ACME-01",
      terminalId: "TID-9999",
      address: {
        country: yield* Country.of("US"),
        state: "CA",
        county: "San Mateo",
        zipCode: "94404",
      },
    } as const
  })

  const identity = Effect.gen(function* () {
    const identities = yield* TransactionIdentity
    const acquiringBin = yield* AcquiringBin.make("408999")
    return {
      ...(yield* identities.next({ acquiringBin, terminalId: "TID-9999" })),
      acquiringBin,
      acquirerCountryCode: yield* Country.of("US"),
      businessApplicationId: "AA",
      merchantCategoryCode: 6012,
      cardAcceptor: yield* acceptor,
    } as const
  })

  const person = {
    senderName: canaries.firstName,
    senderFirstName: canaries.firstName,
    senderMiddleName: canaries.middleName,
    senderLastName: canaries.lastName,
    senderAddress: canaries.street,
    senderAddressLine1: canaries.street,
    senderAddressLine2: canaries.street2,
    senderStreetName: canaries.street,
    senderCity: "Foster City",
    senderStateCode: "CA",
    senderReference: canaries.account,
    senderPersonalEmailAddress: canaries.email,
    senderOccupation: canaries.username,
    recipientName: canaries.otherName,
    recipientFirstName: canaries.otherName,
    recipientMiddleName: canaries.middleName,
    recipientLastName: canaries.lastName,
    recipientAddressLine1: canaries.street2,
    recipientAddressLine2: canaries.street,
    recipientStreetName: canaries.street2,
    recipientPersonalEmailAddress: canaries.email,
    recipientOccupation: canaries.username,
  } as const

  const identification = {
    identificationList: [{ idType: "PASN", idNumber: canaries.document }],
  } as const

  const push = Effect.gen(function* () {
    const request: PushRequest = {
      ...(yield* identity),
      ...person,
      amount: yield* Money.of("124.05", "USD"),
      cardCvv2Value: Redacted.make(canaries.cvv),
      magneticStripeData: {
        track1Data: Redacted.make(`B${canaries.visa}^${canaries.lastName}`),
        track2Data: Redacted.make(canaries.track2),
      },
      recipientPrimaryAccountNumber: yield* Pan.make(canaries.visa),
      senderAccountNumber: Redacted.make(canaries.senderAccount),
      senderCountryCode: yield* Country.of("US"),
      senderIdentificationNumberIndividual: canaries.document,
      sourceOfFundsCode: "05",
      senderAdditionalData: identification,
      recipientAdditionalData: identification,
    }
    return request
  })

  const pull = Effect.gen(function* () {
    const request: PullRequest = {
      ...(yield* identity),
      ...person,
      amount: yield* Money.of("124.02", "USD"),
      pointOfServiceData: { panEntryMode: 90, posConditionCode: "59", motoECIIndicator: "5" },
      addressVerificationData: { street: canaries.street, postalCode: "94404" },
      cardCvv2Value: Redacted.make(canaries.cvv),
      cavv: Redacted.make(canaries.cavv),
      recipientAccountIdentificationData: {
        recipientAccountIdentifierValue: Redacted.make(canaries.iban),
        recipientAccountIdentifierTypeCode: "01",
      },
      recipientIdentificationNumberIndividual: canaries.document,
      senderAccountNumber: Redacted.make(canaries.senderAccount),
      senderCountryCode: yield* Country.of("US"),
      senderCardExpiryDate: "2033-10",
      senderPrimaryAccountNumber: yield* Pan.make(canaries.sender),
      senderAdditionalData: identification,
    }
    return request
  })

  const reversal = Effect.gen(function* () {
    const request = yield* pull
    const answer = yield* FundsTransfer.pull(request)
    return yield* FundsTransfer.reversalOf(request, answer)
  })

  const parties = Effect.gen(function* () {
    const address = {
      country: yield* Country.of("DE"),
      city: "Berlin",
      postalCode: "10115",
      addressLine1: canaries.street,
      addressLine2: canaries.street2,
    } as const
    const person = {
      type: "I",
      name: canaries.firstName,
      firstName: canaries.firstName,
      lastName: canaries.lastName,
      contactNumber: canaries.phone,
      contactEmail: canaries.email,
      address,
    } as const
    const { contactEmail: _, contactNumber: __, ...recipientDetail } = person
    return {
      senderDetail: { ...person, senderAccountNumber: Redacted.make(canaries.senderAccount) },
      recipientDetail,
    } as const
  })

  const detail = Effect.gen(function* () {
    return {
      initiatingPartyId: 1002,
      clientReferenceId: yield* references,
      businessApplicationId: "FD",
      statementNarrative: "advance payment",
      senderSourceOfFunds: "01",
    } as const
  })

  const toBank = Effect.gen(function* () {
    const { recipientDetail, senderDetail } = yield* parties
    const request: PayoutRequest & { readonly payoutMethod: "B" } = {
      payoutMethod: "B",
      transactionDetail: {
        ...(yield* detail),
        transactionAmount: yield* Money.of("1.50", "EUR"),
        settlementCurrencyCode: yield* Currency.of("EUR"),
      },
      senderDetail,
      recipientDetail: {
        ...recipientDetail,
        bank: {
          bankName: "Bank",
          accountName: canaries.companyName,
          accountNumber: Redacted.make(canaries.iban),
          accountNumberType: "IBAN",
          countryCode: yield* Country.of("DE"),
          currencyCode: yield* Currency.of("EUR"),
        },
      },
    }
    return request
  })

  const selector = Effect.gen(function* () {
    const request = yield* toBank
    yield* AccountPayouts.send(request)
    const { clientReferenceId, initiatingPartyId } = request.transactionDetail
    return { clientReferenceId, initiatingPartyId }
  })

  const guid = "574f4b6a4c2b70472f306f300099515a789092348832455975343637a4e3710"

  const customer = Effect.gen(function* () {
    const request: CreateAliasRequest = {
      guid,
      recipientFirstName: Redacted.make(canaries.firstName),
      recipientMiddleName: Redacted.make(canaries.middleName),
      recipientLastName: Redacted.make(canaries.lastName),
      address1: Redacted.make(canaries.street),
      address2: Redacted.make(canaries.street2),
      contactEmail: Redacted.make(canaries.email),
      contactPhoneNumber: Redacted.make(canaries.phone),
      city: "Nairobi",
      country: yield* Country.of("KE"),
      postalCode: "00111",
      consentDateTime: "2018-03-01 01:02:03",
      recipientPrimaryAccountNumber: yield* Pan.make(canaries.visa),
      issuerName: "Test Bank 1",
      cardType: "Visa Classic",
      alias: Redacted.make(canaries.phone),
      aliasType: "01",
    }
    return request
  })

  const aliasOnly = { guid, alias: Redacted.make(canaries.phone) }
  const unregistered = Effect.ignore(AliasDirectory.deleteAlias(aliasOnly))
  const registered = Effect.ignore(Effect.flatMap(customer, AliasDirectory.createAlias))

  const merchant = Effect.gen(function* () {
    const request: CreateMerchantAliasRequest = {
      aliasId: "888111",
      merchantId: yield* Pan.make(canaries.visa),
      merchantCategoryCode: "6012",
      payloadFormatIndicator: "01",
      pointOfInitiationMethod: "11",
      transactionCurrencyCode: yield* Currency.of("KES"),
      recipientName: Redacted.make(canaries.companyName),
      city: "Nairobi",
      country: yield* Country.of("KE"),
    }
    return request
  })

  const shop = Effect.map(merchant, ({ aliasId, merchantId }) => ({ aliasId, merchantId }))
  const closed = Effect.ignore(Effect.flatMap(shop, AliasDirectory.deleteMerchantAlias))
  const open = Effect.ignore(Effect.flatMap(merchant, AliasDirectory.createMerchantAlias))

  const olderInquiry = Effect.gen(function* () {
    return {
      acquirerCountryCode: yield* Country.of("US"),
      acquiringBin: yield* AcquiringBin.make("408999"),
      primaryAccountNumber: yield* Pan.make(canaries.visa),
      retrievalReferenceNumber: yield* Rrn.make("330000550000"),
      systemsTraceAuditNumber: yield* Stan.make("451006"),
    }
  })

  const pair = Effect.gen(function* () {
    return {
      initiatingPartyId: 1002,
      sourceCurrencyCode: yield* Currency.of("EUR"),
      destinationCurrencyCode: yield* Currency.of("USD"),
    } as const
  })

  const sent = <R>(
    request: Effect.Effect<R, VisaError, VisaDirect.Services>,
    call: (request: R) => Effect.Effect<unknown, VisaError, VisaDirect.Services>,
  ) => Effect.flatMap(request, (request) => send(request, call))

  return {
    "Connectivity.probe": send(undefined, () => Connectivity.probe),
    "FundsTransfer.push": sent(push, (request) => FundsTransfer.push(request)),
    "FundsTransfer.pushStatus": sent(
      statusOf(Effect.flatMap(push, (request) => FundsTransfer.push(request, at1ms))),
      (id) => FundsTransfer.pushStatus(id),
    ),
    "FundsTransfer.pull": sent(pull, (request) => FundsTransfer.pull(request)),
    "FundsTransfer.pullStatus": sent(
      statusOf(Effect.flatMap(pull, (request) => FundsTransfer.pull(request, at1ms))),
      (id) => Effect.flatMap(Money.of("124.02", "USD"), (sum) => FundsTransfer.pullStatus(id, sum)),
    ),
    "FundsTransfer.reverse": sent(reversal, (request) => FundsTransfer.reverse(request)),
    "FundsTransfer.reverseStatus": sent(
      statusOf(Effect.flatMap(reversal, (request) => FundsTransfer.reverse(request, at1ms))),
      (id) => FundsTransfer.reverseStatus(id),
    ),
    "FundsTransfer.multiPush": sent(
      Effect.map(Effect.replicateEffect(push, 2), (request) => ({ request })),
      FundsTransfer.multiPush,
    ),
    "FundsTransfer.multiPushStatus": sent(
      Effect.flatMap(Effect.replicateEffect(push, 2), (request) =>
        FundsTransfer.multiPush({ request }),
      ),
      FundsTransfer.multiPushStatus,
    ),
    "FundsTransfer.multiPull": sent(
      Effect.map(Effect.replicateEffect(pull, 2), (request) => ({ request })),
      FundsTransfer.multiPull,
    ),
    "FundsTransfer.multiPullStatus": sent(
      Effect.flatMap(Effect.replicateEffect(pull, 2), (request) =>
        FundsTransfer.multiPull({ request }),
      ),
      FundsTransfer.multiPullStatus,
    ),
    "FundsTransfer.multiReverse": sent(
      Effect.map(Effect.replicateEffect(reversal, 2), (request) => ({ request })),
      FundsTransfer.multiReverse,
    ),
    "FundsTransfer.multiReverseStatus": sent(
      Effect.flatMap(Effect.replicateEffect(reversal, 2), (request) =>
        FundsTransfer.multiReverse({ request }),
      ),
      FundsTransfer.multiReverseStatus,
    ),
    "FundsTransfer.cancel": sent(
      Effect.gen(function* () {
        const request: PushRequest = {
          ...(yield* push),
          serviceProcessingType: { requestType: "02" },
        }
        const { transactionIdentifier } = yield* FundsTransfer.push(request)
        const { acquiringBin, retrievalReferenceNumber, systemsTraceAuditNumber } = request
        return {
          acquiringBin,
          retrievalReferenceNumber,
          systemsTraceAuditNumber,
          transactionIdentifier,
        }
      }),
      FundsTransfer.cancel,
    ),
    "FundsTransfer.adjustment": sent(
      Effect.gen(function* () {
        const pulled = yield* Effect.flatMap(pull, (request) => FundsTransfer.pull(request))
        return {
          ...(yield* identity),
          amount: yield* Money.of("124.02", "USD"),
          messageReasonCode: 2140,
          transactionTypeCode: "22",
          pointOfServiceData: { panEntryMode: 1, posConditionCode: "00" },
          senderCardExpiryDate: "2033-10",
          senderPrimaryAccountNumber: yield* Pan.make(canaries.sender),
          transactionIdentifier: pulled.transactionIdentifier,
        } as const
      }),
      FundsTransfer.adjustment,
    ),
    "TransactionQuery.find": sent(
      Effect.map(
        Effect.tap(push, (request) => FundsTransfer.push(request)),
        ({ acquiringBin, retrievalReferenceNumber, systemsTraceAuditNumber }) => ({
          acquiringBin,
          retrievalReferenceNumber,
          systemsTraceAuditNumber,
        }),
      ),
      TransactionQuery.find,
    ),
    "Reports.page": sent(
      Effect.map(DateTime.now, (now) => {
        const today = DateTime.formatIsoDateUtc(now)
        return { fromDate: today, toDate: today }
      }),
      Reports.page,
    ),
    "AccountPayouts.validate": sent(toBank, AccountPayouts.validate),
    "AccountPayouts.send": sent(toBank, AccountPayouts.send).pipe(
      Effect.andThen(
        sent(
          Effect.gen(function* () {
            const { recipientDetail, senderDetail } = yield* parties
            const request: PayoutRequest = {
              payoutMethod: "W",
              transactionDetail: {
                ...(yield* detail),
                transactionAmount: yield* Money.of("20.00", "ZMW"),
                settlementCurrencyCode: yield* Currency.of("USD"),
              },
              senderDetail,
              recipientDetail: {
                ...recipientDetail,
                wallet: {
                  operatorName: "AIRTEL_MONEY",
                  accountIdentifier: Redacted.make(`+${canaries.phone}`),
                  accountIdentifierType: "PHONENUMBER",
                  countryCode: yield* Country.of("ZM"),
                  currencyCode: yield* Currency.of("ZMW"),
                },
              },
            }
            return request
          }),
          AccountPayouts.send,
        ),
      ),
    ),
    "AccountPayouts.query": sent(selector, AccountPayouts.query),
    "AccountPayouts.report": sent(selector, AccountPayouts.report),
    "AccountPayouts.cancel": sent(selector, AccountPayouts.cancel),
    "AccountPayouts.verifyRecipient": sent(
      Effect.map(toBank, ({ payoutMethod, recipientDetail }) => {
        const { bank, firstName = "", lastName = "", type } = recipientDetail
        return {
          payoutMethod,
          initiatingPartyId: 1002,
          clientVerificationReference: "verify-1",
          recipientDetail: { type, firstName, lastName, bank },
        }
      }),
      AccountPayouts.verifyRecipient,
    ),
    "AliasDirectory.createAlias": Effect.andThen(
      unregistered,
      sent(customer, AliasDirectory.createAlias),
    ),
    "AliasDirectory.getAlias": Effect.andThen(registered, send({ guid }, AliasDirectory.getAlias)),
    "AliasDirectory.resolve": Effect.andThen(
      registered,
      send(
        {
          alias: aliasOnly.alias,
          aliasType: "01",
          businessApplicationId: "PP",
          accountLookUp: "Y",
        },
        AliasDirectory.resolve,
      ),
    ),
    "AliasDirectory.resolveV1": Effect.andThen(
      registered,
      send({ alias: aliasOnly.alias, businessApplicationId: "PP" }, AliasDirectory.resolveV1),
    ),
    "AliasDirectory.inquire": send(
      { aliases: [aliasOnly.alias, Redacted.make(canaries.email)], paymentInstrTypes: ["PAN"] },
      AliasDirectory.inquire,
    ),
    "AliasDirectory.updateAlias": Effect.andThen(
      registered,
      send(
        {
          guid,
          consentDateTime: "2018-03-01 05:02:03",
          recipientFirstName: Redacted.make(canaries.otherName),
        },
        AliasDirectory.updateAlias,
      ),
    ),
    "AliasDirectory.deleteAlias": Effect.andThen(
      registered,
      send(aliasOnly, AliasDirectory.deleteAlias),
    ),
    "AliasDirectory.createMerchantAlias": Effect.andThen(
      closed,
      sent(merchant, AliasDirectory.createMerchantAlias),
    ),
    "AliasDirectory.getMerchantAlias": Effect.andThen(
      open,
      send({ aliasId: "888111" }, AliasDirectory.getMerchantAlias),
    ),
    "AliasDirectory.updateMerchantAlias": Effect.andThen(
      open,
      send(
        { aliasId: "888111", recipientName: Redacted.make(canaries.companyName) },
        AliasDirectory.updateMerchantAlias,
      ),
    ),
    "AliasDirectory.deleteMerchantAlias": Effect.andThen(
      open,
      sent(shop, AliasDirectory.deleteMerchantAlias),
    ),
    "CardAttributes.inquire": sent(
      Effect.map(olderInquiry, ({ acquirerCountryCode: _, acquiringBin: __, ...rest }) => rest),
      CardAttributes.inquire,
    ),
    "CardAttributes.inquireV1": sent(olderInquiry, CardAttributes.inquireV1),
    "CardAttributes.inquireV2": sent(olderInquiry, CardAttributes.inquireV2),
    "CardAttributes.general": sent(
      Effect.map(olderInquiry, ({ primaryAccountNumber }) => ({ primaryAccountNumber })),
      CardAttributes.general,
    ),
    "CardValidation.validate": sent(
      Effect.gen(function* () {
        const request: CardValidationRequest = {
          primaryAccountNumber: yield* Pan.make(canaries.visa),
          cardExpiryDate: "2040-10",
          cardCvv2Value: Redacted.make(canaries.cvv),
          addressVerificationResults: { street: canaries.street, postalCode: "94404" },
          cardHolderEmailAddress: canaries.email,
          cardHolderPhoneNumber: canaries.phone,
          cardHolderNameVerification: {
            firstName: canaries.firstName,
            middleName: canaries.middleName,
            lastName: canaries.lastName,
          },
          identityVerification: {
            identities: [
              { identityType: "PASSPORT", identityValue: Redacted.make(canaries.document) },
            ],
          },
          acquiringBin: yield* AcquiringBin.make("408999"),
          acquirerCountryCode: yield* Country.of("US"),
        }
        return request
      }),
      CardValidation.validate,
    ),
    "WatchList.legacyInquiry": sent(
      Effect.gen(function* () {
        return {
          acquirerCountryCode: yield* Country.of("US"),
          acquiringBin: yield* AcquiringBin.make("408999"),
          address: { city: "Bangalore", cardIssuerCountryCode: yield* Country.of("IN") },
          referenceNumber: "430000367618",
          name: Redacted.make(`${canaries.firstName} ${canaries.lastName}`),
        }
      }),
      WatchList.legacyInquiry,
    ),
    "ForeignExchange.rate": sent(
      Effect.gen(function* () {
        return {
          sourceAmount: yield* Money.of("100", "RUB"),
          destinationCurrencyCode: yield* Currency.of("USD"),
          markupRate: "1",
        }
      }),
      ForeignExchange.rate,
    ),
    "ForeignExchange.indicative": sent(
      Effect.gen(function* () {
        return {
          rateProductCode: "A",
          sourceAmount: yield* Money.of("100.55", "USD"),
          destinationCurrencyCode: yield* Currency.of("GBP"),
          markupRate: "0.07",
        } as const
      }),
      ForeignExchange.indicative,
    ),
    "ForeignExchange.live": sent(
      Effect.gen(function* () {
        return {
          rateProductCode: "WALLET",
          initiatingPartyId: 1002,
          sourceCurrencyCode: yield* Currency.of("EUR"),
          destinationAmount: yield* Money.of("10.00", "GBP"),
        } as const
      }),
      ForeignExchange.live,
    ),
    "ForeignExchange.quote": sent(
      Effect.map(pair, (pair) => ({ rateProductCode: "BANK", ...pair }) as const),
      ForeignExchange.quote,
    ),
  }
}

/** In this order some find what others have made. */
export const operationNames = operations.toSorted(
  (a, b) => Number(a.includes("delete")) - Number(b.includes("delete")),
)
