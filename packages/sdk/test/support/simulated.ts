/** The SDK against a simulator in the same process, over real sockets. */
import { Effect, Layer, Redacted } from "effect"
import type { Credentials } from "../../src/CertificateStore.ts"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import type { PullRequest, PushRequest } from "../../src/api/FundsTransfer.ts"
import { Country } from "../../src/Country.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { TransactionIdentity } from "../../src/TransactionIdentity.ts"
import * as VisaDirect from "../../src/VisaDirect.ts"
import { Simulator } from "effect-visa-direct-simulator"
import type { Credentials as Issued, SimulatorOptions } from "effect-visa-direct-simulator"

/** Visa's public sandbox numbers. */
export const approvedCard = "4060320000000127"
export const senderCard = "4060320000000126"

export const credentialsOf = (issued: Issued): Credentials => ({
  tls: {
    certificate: issued.tls.certificateChain,
    privateKey: Redacted.make(issued.tls.key),
    extraRoots: issued.tls.serverRoot,
  },
  basic: { userId: issued.userId, password: Redacted.make(issued.password) },
  mle: {
    keyId: issued.mle.keyId,
    serverCertificate: issued.mle.serverCertificate,
    privateKey: Redacted.make(issued.mle.clientPrivateKey),
  },
})

/** Tests build the SDK many times a second: without it, two of them would give out the same numbers. */
const reserve = Effect.runSync(TransactionIdentity.reserveMemory)

/**
 * The SDK pointed at whatever simulator is in the context. Its breaker is off: one test's faults must not
 * open the circuit for the next.
 */
export const sdk = (options?: Partial<VisaDirect.Options>) =>
  Layer.unwrap(
    Effect.map(Simulator, (simulator) =>
      VisaDirect.layer({
        environment: "sandbox",
        baseUrl: simulator.url,
        credentials: credentialsOf(simulator.credentials),
        breaker: "off",
        ...options,
        identity: { reserve, ...options?.identity },
      }),
    ),
  )

/** A simulator of its own, and the SDK pointed at it. */
export const simulated = (
  simulator?: SimulatorOptions,
  options?: Partial<VisaDirect.Options>,
): Layer.Layer<VisaDirect.Services | Simulator> =>
  sdk(options).pipe(Layer.provideMerge(Simulator.layer(simulator)), Layer.orDie)

/** A push that Visa would take: the sample of its documentation, under a fresh identity. */
export const pushRequest = Effect.fnUntraced(function* (
  changes: {
    readonly pan?: string
    readonly amount?: readonly [amount: string, currency: string]
  } = {},
) {
  const identities = yield* TransactionIdentity
  const acquiringBin = yield* AcquiringBin.make("408999")
  const [amount, currency] = changes.amount ?? ["124.05", "USD"]
  const request: PushRequest = {
    ...(yield* identities.next({ acquiringBin, terminalId: "TID-9999" })),
    amount: yield* Money.of(amount, currency),
    acquiringBin,
    acquirerCountryCode: yield* Country.of("US"),
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    cardAcceptor: {
      name: "Visa Inc. USA-Foster City",
      idCode: "CA-IDCode-77765",
      terminalId: "TID-9999",
      address: {
        country: yield* Country.of("US"),
        state: "CA",
        county: "San Mateo",
        zipCode: "94404",
      },
    },
    recipientPrimaryAccountNumber: yield* Pan.make(changes.pan ?? approvedCard),
    recipientName: "rohan",
    senderAccountNumber: Redacted.make(senderCard),
    senderName: "Mohammed Qasim",
    senderAddress: "901 Metro Center Blvd",
    senderCity: "Foster City",
    senderStateCode: "CA",
    senderCountryCode: yield* Country.of("US"),
    sourceOfFundsCode: "05",
  }
  return request
})

/** A pull that Visa would take, under a fresh identity. */
export const pullRequest = Effect.gen(function* () {
  const identities = yield* TransactionIdentity
  const acquiringBin = yield* AcquiringBin.make("408999")
  const us = yield* Country.of("US")
  const request: PullRequest = {
    ...(yield* identities.next({ acquiringBin, terminalId: "TID-9999" })),
    amount: yield* Money.of("124.02", "USD"),
    acquiringBin,
    acquirerCountryCode: us,
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    cardAcceptor: {
      name: "Visa Inc. USA-Foster City",
      idCode: "CA-IDCode-77765",
      terminalId: "TID-9999",
      address: { country: us, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    pointOfServiceData: { panEntryMode: 90, posConditionCode: "59", motoECIIndicator: "6" },
    cavv: Redacted.make("0700100038238906000013405823891061668252"),
    senderCardExpiryDate: "2033-10",
    senderPrimaryAccountNumber: yield* Pan.make(approvedCard),
  }
  return request
})
