/** A test of a program that pays: the same program, with the one service swapped that speaks to Visa. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  AcquiringBin,
  Country,
  FundsTransfer,
  Money,
  Pan,
  TransactionIdentity,
  VisaDirectTest,
} from "effect-visa-direct"

/** The code under test: pays out a prize and tells the winner in words. */
const payPrize = Effect.gen(function* () {
  const identities = yield* TransactionIdentity
  const acquiringBin = yield* AcquiringBin.make("408999")
  const us = yield* Country.of("US")
  const terminalId = "TID-9999"
  const settled = yield* FundsTransfer.push({
    ...(yield* identities.next({ acquiringBin, terminalId })),
    amount: yield* Money.of("10.00", "USD"),
    acquiringBin,
    acquirerCountryCode: us,
    businessApplicationId: "FD",
    cardAcceptor: {
      name: "Acme Prizes",
      idCode: "ACME-02",
      terminalId,
      address: { country: us, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    recipientPrimaryAccountNumber: yield* Pan.make("4060320000000127"),
    senderReference: "PRIZE-1",
    senderName: "Acme Inc.",
    senderAddress: "901 Metro Center Blvd",
    senderCity: "Foster City",
    senderStateCode: "CA",
    senderCountryCode: us,
    sourceOfFundsCode: "05",
  })
  return `Paid, ${settled.approvalCode}`
}).pipe(
  Effect.catchReason("VisaError", "ExpiredCard", () =>
    Effect.succeed("Your card has expired: please send us the new one"),
  ),
)

it.effect("tells the winner that it was paid", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* payPrize, "Paid, 98765X")
  }).pipe(Effect.provide(VisaDirectTest.layer)),
)

it.effect("asks for a new card when the card has expired", () =>
  Effect.gen(function* () {
    assert.match(yield* payPrize, /please send us the new one/)
  }).pipe(Effect.provide(VisaDirectTest.layerWith(() => VisaDirectTest.declined("54")))),
)

it.effect("leaves every other refusal to the caller, with what it says about the money", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(payPrize)
    assert.strictEqual(error.reason._tag, "StillProcessing")
    assert.strictEqual(error.money, "Unknown")
  }).pipe(Effect.provide(VisaDirectTest.layerWith(() => VisaDirectTest.processing("1491_1_VDP")))),
)
