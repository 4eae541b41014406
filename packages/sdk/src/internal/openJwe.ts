/**
 * Opens a compact JWE (RFC 7516) under `RSA-OAEP-256`: the private key operation on the thread pool,
 * everything else in place.
 *
 * Unwrapping the content key takes a quarter of a millisecond and belongs off the event loop. What
 * remains is 20 microseconds; `jose` runs two more jobs of the thread pool for them, and so holds the
 * event loop twice as long for one reply.
 */
import { createDecipheriv, createSecretKey, webcrypto } from "node:crypto"
import { ciphers, ivBytes, tagBytes } from "./sealJwe.ts"
import { isJsonObject } from "./wire.ts"

const shape = /^[\w-]+(?:\.[\w-]*){4}$/

const bytesOf = (part: string | undefined): Buffer => Buffer.from(part ?? "", "base64url")

/** Why it is not opened. It never holds a part of the JWE. */
const refuse = (code: string): never => {
  throw Object.assign(new Error(code), { code })
}

const readHeader = (part: string | undefined): unknown => {
  try {
    return JSON.parse(bytesOf(part).toString())
  } catch {
    return undefined
  }
}

/**
 * Only what Visa uses: its two content encryptions, no compression (which closes the door to
 * decompression bombs), and no extension that has to be understood.
 */
const cipherOf = (header: unknown): (typeof ciphers)[keyof typeof ciphers] => {
  if (!isJsonObject(header)) return refuse("ERR_JWE_INVALID")
  const { alg, crit, enc, zip } = header
  if (alg !== "RSA-OAEP-256" || (enc !== "A128GCM" && enc !== "A256GCM")) {
    return refuse("ERR_JOSE_ALG_NOT_ALLOWED")
  }
  return crit === undefined && zip === undefined ? ciphers[enc] : refuse("ERR_JOSE_NOT_SUPPORTED")
}

/** Rejects with an error whose `code` says why. */
export const openJwe = async (jwe: string, key: webcrypto.CryptoKey): Promise<Uint8Array> => {
  if (!shape.test(jwe)) return refuse("ERR_JWE_INVALID")
  const [header, encryptedKey, iv, ciphertext, tag] = jwe.split(".")
  const { keyBytes, name } = cipherOf(readHeader(header))
  const nonce = bytesOf(iv)
  const authTag = bytesOf(tag)
  if (nonce.length !== ivBytes || authTag.length !== tagBytes) return refuse("ERR_JWE_INVALID")
  const failed = () => refuse("ERR_JWE_DECRYPTION_FAILED")
  const contentKey = new Uint8Array(
    await webcrypto.subtle.decrypt({ name: "RSA-OAEP" }, key, bytesOf(encryptedKey)).catch(failed),
  )
  if (contentKey.length !== keyBytes) return failed()
  try {
    const decipher = createDecipheriv(name, createSecretKey(contentKey), nonce, {
      authTagLength: tagBytes,
    })
    decipher.setAAD(Buffer.from(header ?? "", "ascii")).setAuthTag(authTag)
    const plaintext = decipher.update(bytesOf(ciphertext))
    decipher.final()
    return plaintext
  } catch {
    return failed()
  } finally {
    contentKey.fill(0)
  }
}
