/** A private key and certificates out of PKCS#12, through node-forge. */
import { Effect, Redacted } from "effect"
import type Forge from "node-forge"
import { createPrivateKey } from "node:crypto"
import type { KeyObject, X509Certificate } from "node:crypto"
import type { VisaError } from "../VisaError.ts"
import { failure } from "./credentialsPart.ts"
import type { Part } from "./credentialsPart.ts"
import { certificateOf } from "./pem.ts"

export interface Pkcs12 {
  readonly privateKey: KeyObject
  /** In the order of the file, which means nothing. */
  readonly certificates: ReadonlyArray<X509Certificate>
}

const malformed = (part: Part, detail: string): VisaError =>
  failure("CredentialMalformed", part, detail)

const derBytes = (forge: typeof Forge, node: Forge.asn1.Asn1): Buffer =>
  Buffer.from(forge.asn1.toDer(node).getBytes(), "latin1")

/**
 * The exact bytes of a certificate that forge has taken apart. Its own encoder writes the
 * signature algorithm anew; the signed part holds the original of it (RFC 5280, section 4.1.1.2).
 */
const certificateDer = (forge: typeof Forge, certificate: Forge.pki.Certificate): Buffer => {
  const { asn1 } = forge
  const signed: Forge.asn1.Asn1 = certificate.tbsCertificate
  const fields = signed.value as Array<Forge.asn1.Asn1>
  const hasVersion = fields[0]?.tagClass === asn1.Class.CONTEXT_SPECIFIC
  const algorithm = fields[hasVersion ? 2 : 1]
  return derBytes(
    forge,
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [
      signed,
      ...(algorithm === undefined ? [] : [algorithm]),
      asn1.create(
        asn1.Class.UNIVERSAL,
        asn1.Type.BITSTRING,
        false,
        String.fromCharCode(0) + certificate.signature,
      ),
    ]),
  )
}

const isMacFailure = (cause: unknown): boolean =>
  cause instanceof Error && /MAC could not be verified/.test(cause.message)

const isDecryptFailure = (cause: unknown): boolean =>
  cause instanceof Error && /decrypt/i.test(cause.message)

/**
 * PKCS#12 derives the key of its MAC from the passphrase in UTF-16, AES from the passphrase in
 * UTF-8. Forge knows only the first, so with characters outside ASCII the MAC is checked by a first
 * try, and a second try without the MAC opens the bags.
 */
const open = (
  forge: typeof Forge,
  file: Forge.asn1.Asn1,
  passphrase: string,
): Forge.pkcs12.Pkcs12Pfx => {
  try {
    return forge.pkcs12.pkcs12FromAsn1(file, passphrase)
  } catch (cause) {
    const utf8 = forge.util.encodeUtf8(passphrase)
    if (isMacFailure(cause) || utf8 === passphrase) {
      throw cause
    }
    const withoutMac = { ...file, value: file.value.slice(0, 2) } as Forge.asn1.Asn1
    return forge.pkcs12.pkcs12FromAsn1(withoutMac, utf8)
  }
}

/** Reads a PKCS#12 file as OpenSSL 3 (also with `-legacy`), Java's keytool and Windows write it. */
export const readPkcs12 = Effect.fnUntraced(function* (
  part: Part,
  passphrase: Redacted.Redacted | undefined,
): Effect.fn.Return<Pkcs12, VisaError> {
  if (part.bytes.length === 0) {
    return yield* malformed(part, "it is empty")
  }
  // 50 ms to load, and most programs use PEM.
  const { default: forge } = yield* Effect.promise(() => import("node-forge"))
  const file = yield* Effect.try({
    try: () => forge.asn1.fromDer(Buffer.from(part.bytes).toString("latin1")),
    catch: () =>
      malformed(
        part,
        Buffer.from(part.bytes).includes("-----BEGIN ")
          ? "it is PEM, not PKCS#12: give it as tls.certificate and tls.privateKey"
          : "it is not PKCS#12, or it is cut off",
      ),
  })
  const pfx = yield* Effect.try({
    try: () => open(forge, file, passphrase === undefined ? "" : Redacted.value(passphrase)),
    catch: (cause) => {
      if (!isMacFailure(cause) && !isDecryptFailure(cause)) {
        return malformed(
          part,
          "it is not PKCS#12, or protected in a way that cannot be read here: write it anew with `openssl pkcs12 -export`",
        )
      }
      return passphrase === undefined
        ? failure("PassphraseMissing", part, "the PKCS#12 file is encrypted")
        : failure("PassphraseWrong", part, "the PKCS#12 file could not be opened")
    },
  })
  const bags = pfx.safeContents.flatMap((contents) => contents.safeBags)
  const { certBag, keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids
  const keyBags = bags.filter((bag) => bag.type === keyBag || bag.type === pkcs8ShroudedKeyBag)
  const [key] = keyBags
  if (key === undefined || keyBags.length > 1) {
    return yield* malformed(
      part,
      `it holds ${keyBags.length === 0 ? "no private key" : `${keyBags.length} private keys`} where one is expected`,
    )
  }
  const privateKey = yield* Effect.try({
    try: () =>
      key.key
        ? createPrivateKey({
            key: derBytes(forge, forge.pki.privateKeyToAsn1(key.key)),
            format: "der",
            type: "pkcs1",
          })
        : // Forge hands through what is not RSA.
          createPrivateKey({ key: derBytes(forge, key.asn1), format: "der", type: "pkcs8" }),
    catch: () => malformed(part, "it holds a private key of an unknown kind"),
  })
  const certificates = yield* Effect.forEach(
    bags.filter((bag) => bag.type === certBag),
    (bag) =>
      certificateOf(part, bag.cert ? certificateDer(forge, bag.cert) : derBytes(forge, bag.asn1)),
  )
  return certificates.length === 0
    ? yield* malformed(part, "it holds no certificate")
    : { privateKey, certificates }
})
