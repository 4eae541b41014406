/** Credentials that nobody issued, for programs under test. */
import { DateTime, Effect, Redacted } from "effect"
import { generateKeyPair } from "node:crypto"
import { promisify } from "node:util"
import type { Credentials } from "./credentials.ts"

const keyPem = async (): Promise<string> => {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })
  return String(privateKey.export({ type: "pkcs1", format: "pem" }))
}

/**
 * Makes keys and self-signed certificates, valid for a year from the clock's now. Visa's side of
 * message level encryption is a key that is thrown away.
 */
export const throwawayCredentials: Effect.Effect<Credentials> = Effect.gen(function* () {
  const now = yield* DateTime.now
  const { default: forge } = yield* Effect.promise(() => import("node-forge"))
  const [ours, visas] = yield* Effect.promise(() => Promise.all([keyPem(), keyPem()]))

  const certificate = (commonName: string, key: string): string => {
    const made = forge.pki.createCertificate()
    const privateKey = forge.pki.privateKeyFromPem(key)
    const name = [{ name: "commonName", value: commonName }]
    made.serialNumber = "01"
    made.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e)
    made.validity.notBefore = DateTime.toDateUtc(now)
    made.validity.notAfter = DateTime.toDateUtc(DateTime.add(now, { days: 365 }))
    made.setSubject(name)
    made.setIssuer(name)
    made.sign(privateKey, forge.md.sha256.create())
    return forge.pki.certificateToPem(made)
  }

  return {
    tls: { certificate: certificate("test-client", ours), privateKey: Redacted.make(ours) },
    basic: { userId: "test-user", password: Redacted.make("test-password") },
    mle: {
      keyId: "test-key-id",
      serverCertificate: certificate("test-mle-server", visas),
      privateKey: Redacted.make(ours),
    },
  }
})
