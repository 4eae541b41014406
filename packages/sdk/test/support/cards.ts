/** Card requests with the sample values of Visa's documentation, and a Visa that records. */
import { Effect, Redacted, Ref } from "effect"
import type { Result } from "effect"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import type { PullRequest } from "../../src/api/FundsTransfer.ts"
import { Country } from "../../src/Country.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { Rrn } from "../../src/Rrn.ts"
import { Stan } from "../../src/Stan.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import type { Services, TestCall, TestReply } from "../../src/VisaDirectTest.ts"
import type { VisaError } from "../../src/VisaError.ts"
import { approvedCard } from "./simulated.ts"

export const cavv = "0700100038238906000013405823891061668252"

/** "Approved Pull Funds Transaction". */
export const documentedPull = Effect.gen(function* () {
  const us = yield* Country.of("US")
  const request: PullRequest = {
    systemsTraceAuditNumber: yield* Stan.make("452011"),
    retrievalReferenceNumber: yield* Rrn.make("330000560021"),
    localTransactionDateTime: "2023-05-05T12:00:00",
    clientTransactionId: "client-transaction-2",
    amount: yield* Money.of("124.02", "USD"),
    surcharge: yield* Money.of("11.99", "USD"),
    foreignExchangeFeeTransaction: yield* Money.of("11.99", "USD"),
    acquiringBin: yield* AcquiringBin.make("408999"),
    acquirerCountryCode: us,
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    cardAcceptor: {
      name: "Visa Inc. USA-Foster City",
      idCode: "ABCD1234ABCD123",
      terminalId: "ABCD1234",
      address: { country: us, state: "CA", county: "081", zipCode: "94404" },
    },
    pointOfServiceData: { panEntryMode: 90, posConditionCode: "59", motoECIIndicator: "6" },
    addressVerificationData: { street: "XYZ St", postalCode: "12345" },
    cavv: Redacted.make(cavv),
    cpsAuthorizationCharacteristicsIndicator: "Y",
    nationalReimbursementFee: 11.22,
    riskAssessmentData: { traExemptionIndicator: true, lowValueExemptionIndicator: false },
    senderCardExpiryDate: "2023-10",
    senderPrimaryAccountNumber: yield* Pan.make(approvedCard),
    settlementServiceIndicator: 9,
    visaMerchantIdentifier: "73625198",
  }
  return request
})

/** Runs a program against a Visa that answers so: what it was sent, and the outcome. */
export const recorded = <A>(
  program: Effect.Effect<A, VisaError, Services>,
  answer: (call: TestCall) => TestReply,
): Effect.Effect<{
  readonly calls: ReadonlyArray<TestCall>
  readonly outcome: Result.Result<A, VisaError>
}> =>
  Effect.gen(function* () {
    const calls = yield* Ref.make<ReadonlyArray<TestCall>>([])
    const outcome = yield* Effect.result(program).pipe(
      Effect.provide(
        VisaDirectTest.layerWith((call) =>
          Effect.as(
            Ref.update(calls, (before) => [...before, call]),
            answer(call),
          ),
        ),
      ),
    )
    return { calls: yield* Ref.get(calls), outcome }
  })

/** As it would be written on the wire. */
export const asJson = (body: unknown): unknown => JSON.parse(JSON.stringify(body))
