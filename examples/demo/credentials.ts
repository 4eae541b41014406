import { Effect, Redacted } from "effect"
import { AcquiringBin, Country, Money, Pan, TransactionIdentity } from "effect-visa-direct"
import type { Credentials, PushRequest } from "effect-visa-direct"
import type { Credentials as Issued, SimulatorProcess } from "effect-visa-direct-simulator"
import { join } from "node:path"

/** Credentials as the simulator's controls hand them out. */
export const inline = ({ mle, password, tls, userId }: Issued): Credentials => ({
  tls: {
    certificate: tls.certificateChain,
    privateKey: Redacted.make(tls.key),
    extraRoots: tls.serverRoot,
  },
  basic: { userId, password: Redacted.make(password) },
  mle: {
    keyId: mle.keyId,
    serverCertificate: mle.serverCertificate,
    privateKey: Redacted.make(mle.clientPrivateKey),
  },
})

/** The simulator writes the files that Visa's portal hands out, under the same names. */
export const fromFiles = ({
  credentials,
  dir,
}: Pick<SimulatorProcess["Service"], "credentials" | "dir">): Credentials => ({
  tls: {
    certificate: { path: join(dir, "cert.pem") },
    privateKey: { path: join(dir, "privateKey.pem") },
    extraRoots: { path: join(dir, "server_root.pem") },
  },
  basic: { userId: credentials.userId, password: Redacted.make(credentials.password) },
  mle: {
    keyId: credentials.mle.keyId,
    serverCertificate: { path: join(dir, `server_cert_${credentials.mle.keyId}.pem`) },
    privateKey: { path: join(dir, `key_${credentials.mle.keyId}.pem`) },
  },
})

/** A push as in Visa's documentation, under a fresh identity. */
export const sandboxPush = Effect.fnUntraced(function* (card: string, amount: string) {
  const identities = yield* TransactionIdentity
  const acquiringBin = yield* AcquiringBin.make("408999")
  const us = yield* Country.of("US")
  const terminalId = "TID-9999"
  const request: PushRequest = {
    ...(yield* identities.next({ acquiringBin, terminalId })),
    amount: yield* Money.of(amount, "USD"),
    acquiringBin,
    acquirerCountryCode: us,
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    cardAcceptor: {
      name: "Visa Inc. USA-Foster City",
      idCode: "CA-IDCode-77765",
      terminalId,
      address: { country: us, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    recipientPrimaryAccountNumber: yield* Pan.make(card),
    senderAccountNumber: Redacted.make("4060320000000126"),
    senderName: "Mohammed Qasim",
    senderAddress: "901 Metro Center Blvd",
    senderCity: "Foster City",
    senderStateCode: "CA",
    senderCountryCode: us,
    sourceOfFundsCode: "05",
  }
  return request
})
