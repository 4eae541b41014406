/** Payments against a simulated Visa, as a program would make them. */
import { Effect, Layer, Redacted } from "effect"
import {
  AcquiringBin,
  Country,
  FundsTransfer,
  Money,
  Pan,
  TransactionIdentity,
  VisaDirect,
} from "effect-visa-direct"
import { Simulator } from "effect-visa-direct-simulator"

/** One payment to Visa's test card, under an identity of its own. */
export const pay = Effect.gen(function* () {
  const identities = yield* TransactionIdentity
  const acquiringBin = yield* AcquiringBin.make("408999")
  const us = yield* Country.of("US")
  const terminalId = "TID-9999"
  return yield* FundsTransfer.push({
    ...(yield* identities.next({ acquiringBin, terminalId })),
    amount: yield* Money.of("124.05", "USD"),
    acquiringBin,
    acquirerCountryCode: us,
    businessApplicationId: "FD",
    cardAcceptor: {
      name: "Acme Payouts",
      idCode: "ACME-01",
      terminalId,
      address: { country: us, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    recipientPrimaryAccountNumber: yield* Pan.make("4060320000000127"),
    senderReference: "INVOICE-77",
    senderName: "Acme Inc.",
    senderAddress: "901 Metro Center Blvd",
    senderCity: "Foster City",
    senderStateCode: "CA",
    senderCountryCode: us,
    sourceOfFundsCode: "05",
  })
})

/** The SDK, pointed at the simulator in the context. */
export const sdk = Layer.unwrap(
  Effect.map(Simulator, ({ credentials, url }) =>
    VisaDirect.layer({
      environment: "sandbox",
      baseUrl: url,
      credentials: {
        tls: {
          certificate: credentials.tls.certificateChain,
          privateKey: Redacted.make(credentials.tls.key),
          extraRoots: credentials.tls.serverRoot,
        },
        basic: { userId: credentials.userId, password: Redacted.make(credentials.password) },
        mle: {
          keyId: credentials.mle.keyId,
          serverCertificate: credentials.mle.serverCertificate,
          privateKey: Redacted.make(credentials.mle.clientPrivateKey),
        },
      },
    }),
  ),
)
