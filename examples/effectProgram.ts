/**
 * An Effect program with the live layer: credentials and environment come from `VISA_DIRECT_*`.
 *
 * Pays one card, and says what is known when that does not succeed.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Redacted } from "effect"
import {
  AcquiringBin,
  Country,
  FundsTransfer,
  Money,
  Pan,
  TransactionIdentity,
  VisaDirect,
} from "effect-visa-direct"

const payRohan = Effect.gen(function* () {
  const identities = yield* TransactionIdentity
  const acquiringBin = yield* AcquiringBin.make("408999")
  const us = yield* Country.of("US")
  const terminalId = "TID-9999"

  // Made once. A real program stores it before it sends, and sends the same again if it must.
  const identity = yield* identities.next({ acquiringBin, terminalId })

  const settled = yield* FundsTransfer.push({
    ...identity,
    amount: yield* Money.of("124.05", "USD"),
    acquiringBin,
    acquirerCountryCode: us,
    businessApplicationId: "AA",
    cardAcceptor: {
      name: "Acme Payouts",
      idCode: "ACME-01",
      terminalId,
      address: { country: us, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    recipientPrimaryAccountNumber: yield* Pan.make("4060320000000127"),
    senderAccountNumber: Redacted.make("4060320000000126"),
    senderName: "Mohammed Qasim",
    senderAddress: "901 Metro Center Blvd",
    senderCity: "Foster City",
    senderStateCode: "CA",
    senderCountryCode: us,
    sourceOfFundsCode: "05",
  })
  yield* Console.log(`Settled: transaction ${settled.transactionIdentifier}`)
}).pipe(
  Effect.catchReason("VisaError", "StillProcessing", (reason) =>
    Console.log(`Not decided yet. Ask for ${reason.statusIdentifier} within 24 hours.`),
  ),
)

payRohan.pipe(Effect.provide(VisaDirect.layerConfig), NodeRuntime.runMain)
