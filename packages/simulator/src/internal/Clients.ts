/** Who may talk to the simulator: credential sets by certificate and password, MLE keys by id. */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto"
import type { MleKeySet } from "../Pki.ts"

/** A renewal brings a new certificate, user id and password; they only work as one set. */
export interface CredentialSet {
  readonly project: string
  readonly userId: string
  readonly fingerprint: string
  /** The MLE key that was issued with it. */
  readonly keyId: string
}

/** What a request showed of the credentials behind it. */
export interface ShownIdentity {
  readonly fingerprint?: string | undefined
  readonly userId?: string | undefined
  readonly keyId?: string | undefined
}

export interface KeySet {
  readonly project: string
  readonly keyId: string
  /** Opens what the client sealed for Visa. */
  readonly serverPrivate: KeyObject
  readonly serverPublic: KeyObject
  /** Seals what only the client can open. */
  readonly clientPublic: KeyObject
}

const authorization = (userId: string, password: string) =>
  Buffer.from(`${userId}:${password}`).toString("base64")

export class Clients {
  readonly #byFingerprint = new Map<string, CredentialSet>()
  readonly #byAuthorization = new Map<string, CredentialSet>()
  readonly #byKeyId = new Map<string, KeySet>()
  /** Also those that do not work any more. */
  readonly #issued: Array<CredentialSet> = []
  readonly #expired = new Set<string>()

  register(set: CredentialSet, password: string): void {
    this.#issued.push(set)
    this.#byFingerprint.set(set.fingerprint, set)
    this.#byAuthorization.set(authorization(set.userId, password), set)
  }

  /** The set stops working, with its certificate and its password. */
  revoke(userId: string): void {
    for (const [key, set] of this.#byFingerprint) {
      if (set.userId === userId) this.#byFingerprint.delete(key)
    }
    for (const [key, set] of this.#byAuthorization) {
      if (set.userId === userId) this.#byAuthorization.delete(key)
    }
  }

  registerKeys(project: string, keys: MleKeySet): void {
    this.#byKeyId.set(keys.keyId, {
      project,
      keyId: keys.keyId,
      serverPrivate: createPrivateKey(keys.serverPrivateKey),
      serverPublic: createPublicKey(keys.serverPrivateKey),
      clientPublic: new X509Certificate(keys.clientCertificate).publicKey,
    })
  }

  revokeKey(keyId: string): void {
    this.#byKeyId.delete(keyId)
  }

  /** Of a user id: its certificate is taken as expired. Of an MLE key: both of its certificates. */
  expire(id: string): void {
    this.#expired.add(id)
  }

  hasExpired(id: string): boolean {
    return this.#expired.has(id)
  }

  /** Whether all that a request showed, and that was issued at all, was issued as one set. */
  isOfOneSet(shown: ShownIdentity): boolean {
    const members = (["fingerprint", "userId", "keyId"] as const).filter((member) =>
      this.#issued.some((set) => set[member] === shown[member]),
    )
    return (
      members.length === 0 ||
      this.#issued.some((set) => members.every((member) => set[member] === shown[member]))
    )
  }

  ofCertificate(fingerprint: string): CredentialSet | undefined {
    return this.#byFingerprint.get(fingerprint)
  }

  /** `token` is what follows `Basic`. */
  ofAuthorization(token: string): CredentialSet | undefined {
    return this.#byAuthorization.get(token)
  }

  keys(keyId: string): KeySet | undefined {
    return this.#byKeyId.get(keyId)
  }
}
