/**
 * Compact JWE (RFC 7516) with RSA-OAEP-256 and AES-GCM, straight on `node:crypto`.
 *
 * The SDK uses a JOSE library. The simulator must not share that code: two implementations that
 * agree are the point of having a simulator.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomFillSync,
} from "node:crypto"

/** Content encryptions that Visa's encryption guide allows, with the length of their key. */
const contentKeyBytes = { A128GCM: 16, A256GCM: 32 } as const

export type ContentEncryption = keyof typeof contentKeyBytes

const ciphers = { A128GCM: "aes-128-gcm", A256GCM: "aes-256-gcm" } as const

export interface Opened {
  readonly header: Readonly<Record<string, unknown>>
  readonly enc: ContentEncryption
  readonly plaintext: string
}

/** Why a token was not opened: for the ledger and the tests, never for the client. */
export interface NotOpened {
  readonly problem: string
}

// One call to the generator fills many content keys and IVs; no byte is used twice.
const pool = Buffer.alloc(4_096)
let used = pool.length

const random = (length: number): Buffer => {
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = Buffer.from(pool.subarray(used, used + length))
  used += length
  return bytes
}

const oaep = (key: KeyObject) => ({
  key,
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: "sha256",
})

const isEncryption = (enc: unknown): enc is ContentEncryption =>
  enc === "A128GCM" || enc === "A256GCM"

const base64Url = /^[A-Za-z0-9_-]+$/

const parseHeader = (encoded: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const header: unknown = JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"))
    return typeof header === "object" && header !== null && !Array.isArray(header)
      ? (header as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}

/** What a token says that it was sealed for. */
export const kidOf = (token: string): string | undefined => {
  const kid = parseHeader(token.slice(0, token.indexOf(".")))?.["kid"]
  return typeof kid === "string" ? kid : undefined
}

/** Opens a compact JWE with a private RSA key. Everything off the narrow path is refused. */
export const open = (token: string, key: KeyObject): Opened | NotOpened => {
  const parts = token.split(".")
  if (parts.length !== 5 || !parts.every((part) => base64Url.test(part))) {
    return { problem: "not a compact JWE" }
  }
  const [head, wrapped, iv, ciphertext, tag] = parts as [string, string, string, string, string]
  const header = parseHeader(head)
  if (header === undefined) return { problem: "protected header is not JSON" }
  if (header["alg"] !== "RSA-OAEP-256") return { problem: "alg is not RSA-OAEP-256" }
  const enc = header["enc"]
  if (!isEncryption(enc)) return { problem: "enc is neither A128GCM nor A256GCM" }
  if (header["zip"] !== undefined || header["crit"] !== undefined) {
    return { problem: "zip and crit are not supported" }
  }
  const ivBytes = Buffer.from(iv, "base64url")
  const tagBytes = Buffer.from(tag, "base64url")
  if (ivBytes.length !== 12 || tagBytes.length !== 16) {
    return { problem: "IV is not 96 bits or tag is not 128 bits" }
  }
  try {
    const contentKey = privateDecrypt(oaep(key), Buffer.from(wrapped, "base64url"))
    if (contentKey.length !== contentKeyBytes[enc])
      return { problem: "content key has another length" }
    const decipher = createDecipheriv(ciphers[enc], createSecretKey(contentKey), ivBytes, {
      authTagLength: 16,
    })
    decipher.setAAD(Buffer.from(head, "ascii"))
    decipher.setAuthTag(tagBytes)
    const plaintext = decipher.update(ciphertext, "base64url", "utf8") + decipher.final("utf8")
    return { header, enc, plaintext }
  } catch {
    return { problem: "undecryptable" }
  }
}

/** Seals text for a public RSA key. */
export const seal = (
  plaintext: string | Buffer,
  key: KeyObject,
  header: { readonly kid: string; readonly iat: number; readonly enc: ContentEncryption },
): string => {
  const { enc, kid, iat } = header
  const head = Buffer.from(
    `{"alg":"RSA-OAEP-256","enc":"${enc}","kid":${JSON.stringify(kid)},"iat":${iat}}`,
  ).toString("base64url")
  const contentKey = random(contentKeyBytes[enc])
  const iv = random(12)
  const cipher = createCipheriv(ciphers[enc], createSecretKey(contentKey), iv, {
    authTagLength: 16,
  })
  cipher.setAAD(Buffer.from(head, "ascii"))
  const body =
    typeof plaintext === "string" ? cipher.update(plaintext, "utf8") : cipher.update(plaintext)
  const ciphertext = Buffer.concat([body, cipher.final()]).toString("base64url")
  const wrapped = publicEncrypt(oaep(key), contentKey).toString("base64url")
  return `${head}.${wrapped}.${iv.toString("base64url")}.${ciphertext}.${cipher.getAuthTag().toString("base64url")}`
}
