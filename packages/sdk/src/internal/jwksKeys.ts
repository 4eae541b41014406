/** From the text of a JWKS (RFC 7517) to the keys in it that a request can be encrypted for. */
import { Option, Predicate, Result, Schema } from "effect"
import { createHash, createPublicKey } from "node:crypto"
import type { KeyObject } from "node:crypto"

/** A public key that a request can be encrypted for. Nothing in it is secret. */
export interface EncryptionKey {
  readonly kid: string
  readonly alg: "RSA-OAEP-256"
  readonly publicKey: KeyObject
  /** Length of the modulus. */
  readonly bits: number
  /** RFC 7638, SHA-256 in base64url: the same key has the same one, whatever its `kid`. */
  readonly thumbprint: string
  /** What is kept and shared of it. */
  readonly jwk: PublicJwk
}

export interface PublicJwk {
  readonly kty: "RSA"
  readonly kid: string
  readonly use: "enc"
  readonly alg: "RSA-OAEP-256"
  readonly n: string
  readonly e: string
}

export interface ParsedKeySet {
  /** At least one, in the order of the set. */
  readonly keys: ReadonlyArray<EncryptionKey>
  /** What was not taken, and why: one line each, without key material. */
  readonly passedOver: ReadonlyArray<string>
}

export interface KeySetProblem {
  readonly reason: "malformed" | "no_usable_key"
  readonly detail: string
}

const maxKeys = 100
const minBits = 2048
/** An RSA operation with more takes long enough to be an attack. */
const maxBits = 8192
/** FIPS 186-5 allows no more than 256 bits. */
const maxExponent = (1n << 256n) - 1n

const KeySet = Schema.fromJsonString(Schema.Struct({ keys: Schema.Array(Schema.Unknown) }))
const decodeKeySet = Schema.decodeUnknownOption(KeySet)

const text = Schema.optionalKey(Schema.String)

const Jwk = Schema.Struct({
  kty: Schema.String,
  kid: text,
  use: text,
  key_ops: Schema.optionalKey(Schema.Array(Schema.String)),
  alg: text,
  n: text,
  e: text,
})
type Jwk = typeof Jwk.Type
const decodeJwk = Schema.decodeUnknownOption(Jwk)

/** It becomes an HTTP header and a part of log lines. */
const kidPattern = /^[\x21-\x7e]{1,256}$/
const base64Url = /^[A-Za-z0-9_-]+$/

const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] as const

/**
 * Why a key is not for encrypting to, by what it says of itself. `use` and `key_ops` may both be
 * absent (RFC 7517, 4.2 and 4.3); then its `alg` must say what it is for.
 */
const purposeProblem = ({ alg, key_ops, use }: Jwk): string | undefined => {
  if (use !== undefined && use !== "enc") return `its use is ${printable(use)}`
  const encrypts = key_ops?.some((each) => each === "encrypt" || each === "wrapKey")
  if (encrypts === false) return "its key_ops do not encrypt"
  if (alg !== undefined && alg !== "RSA-OAEP-256") return `its alg is ${printable(alg)}`
  return use === undefined && encrypts === undefined && alg === undefined
    ? "it does not say what it is for"
    : undefined
}

/** What others wrote, as far as it may stand in a log line. */
const printable = (text: string): string =>
  /^[\w.+-]{1,40}$/.test(text) ? text : "not one that is known"

const thumbprintOf = (n: string, e: string): string =>
  createHash("sha256")
    .update(JSON.stringify({ e, kty: "RSA", n }))
    .digest("base64url")

const importRsa = (n: string, e: string): KeyObject | undefined => {
  try {
    return createPublicKey({ key: { kty: "RSA", n, e }, format: "jwk" })
  } catch {
    return undefined
  }
}

/** The key, or why it cannot be used. */
const usable = (input: unknown): Result.Result<EncryptionKey, string> => {
  const decoded = decodeJwk(input)
  if (Option.isNone(decoded)) return Result.fail("it is not a JWK")
  const jwk = decoded.value
  const { e, kid, n } = jwk
  if (privateMembers.some((name) => Predicate.hasProperty(input, name))) {
    return Result.fail("it holds private members, so it is known to others")
  }
  if (kid === undefined || !kidPattern.test(kid)) return Result.fail("it has no usable kid")
  if (jwk.kty !== "RSA") return Result.fail(`its kty is ${printable(jwk.kty)}`)
  const problem = purposeProblem(jwk)
  if (problem !== undefined) return Result.fail(problem)
  if (n === undefined || e === undefined || !base64Url.test(n) || !base64Url.test(e)) {
    return Result.fail("its numbers cannot be read")
  }
  const publicKey = importRsa(n, e)
  const bits = publicKey?.asymmetricKeyDetails?.modulusLength ?? 0
  const exponent = publicKey?.asymmetricKeyDetails?.publicExponent ?? 0n
  if (publicKey === undefined || bits === 0) return Result.fail("its numbers cannot be read")
  if (bits < minBits) return Result.fail(`it has ${bits} bits and not at least ${minBits}`)
  if (bits > maxBits) return Result.fail(`it has ${bits} bits and not at most ${maxBits}`)
  // With 1 nothing would be encrypted; an even one cannot be undone; a huge one takes as long as an attack.
  if (exponent < 3n || exponent % 2n === 0n || exponent > maxExponent)
    return Result.fail("its exponent is not one of RSA")
  return Result.succeed({
    kid,
    alg: "RSA-OAEP-256",
    publicKey,
    bits,
    thumbprint: thumbprintOf(n, e),
    jwk: { kty: "RSA", kid, use: "enc", alg: "RSA-OAEP-256", n, e },
  })
}

const problem = (reason: KeySetProblem["reason"], detail: string) => Result.fail({ reason, detail })

export const parseKeySet = (json: string): Result.Result<ParsedKeySet, KeySetProblem> => {
  const decoded = decodeKeySet(json)
  if (Option.isNone(decoded)) {
    return problem("malformed", "It is not a JSON object with an array keys")
  }
  const entries = decoded.value.keys
  if (entries.length > maxKeys) {
    return problem("malformed", `It has ${entries.length} keys, more than ${maxKeys}`)
  }
  const keys = new Map<string, EncryptionKey>()
  const passedOver: Array<string> = []
  for (const [index, entry] of entries.entries()) {
    const read = usable(entry)
    if (Result.isFailure(read)) {
      passedOver.push(`key ${index + 1}: ${read.failure}`)
      continue
    }
    const key = read.success
    const twin = keys.get(key.kid)
    if (twin === undefined) keys.set(key.kid, key)
    else if (twin.thumbprint !== key.thumbprint) {
      // Nobody could say which of the two the receiver will open with.
      return problem("malformed", "Two different encryption keys have the same kid")
    }
  }
  if (keys.size === 0) {
    return problem(
      "no_usable_key",
      entries.length === 0 ? "It is empty" : `None of its keys can be used: ${passedOver[0]}`,
    )
  }
  return Result.succeed({ keys: [...keys.values()], passedOver })
}
