/** From inputs to checked material: everything that can be known without asking Visa. */
import { type Array, Clock, DateTime, Effect, Option, Predicate, Redacted } from "effect"
import type { FileSystem } from "effect"
import { createSecureContext } from "node:tls"
import type { KeyObject, webcrypto, X509Certificate } from "node:crypto"
import type { VisaError } from "../VisaError.ts"
import { failure, readPart, readText } from "./credentialsPart.ts"
import type {
  CertificatePart,
  KeyPart,
  Part,
  Pkcs12Part,
  SecretPart,
  TextPart,
} from "./credentialsPart.ts"
import { readCertificates, readPrivateKey } from "./pem.ts"
import { readPkcs12 } from "./pkcs12.ts"

/** The two-way SSL identity as PEM. */
export interface PemCredentials {
  /** The project's client certificate, followed by its issuers if they are to be sent. */
  readonly certificate: CertificatePart
  /** The key of that certificate: PKCS#1, SEC 1 or PKCS#8, each encrypted or not. */
  readonly privateKey: KeyPart
  /** Opens an encrypted private key. */
  readonly passphrase?: SecretPart | undefined
  /** Roots that are trusted for the server in addition to the public ones, as a PEM bundle. */
  readonly extraRoots?: CertificatePart | undefined
}

/** The two-way SSL identity as PKCS#12: key, client certificate and its issuers, in any order. */
export interface Pkcs12Credentials {
  readonly pkcs12: Pkcs12Part
  readonly passphrase?: SecretPart | undefined
  /** Roots that are trusted for the server in addition to the public ones, as a PEM bundle. */
  readonly extraRoots?: CertificatePart | undefined
}

/** User id and password of the project's two-way SSL credentials. */
export interface BasicCredentials {
  readonly userId: TextPart
  readonly password: SecretPart
}

/** Message level encryption: one Key-ID with its two key pairs. */
export interface MleCredentials {
  /** The Key-ID that the portal made: `kid` of what is encrypted, and the `keyId` header. */
  readonly keyId: TextPart
  /** Visa's certificate, to which requests are encrypted: `server_cert_<Key-ID>.pem`. */
  readonly serverCertificate: CertificatePart
  /** The key with which replies are decrypted: `key_<Key-ID>.pem`. */
  readonly privateKey: KeyPart
  readonly passphrase?: SecretPart | undefined
  /** The certificate that Visa issued for that key. Not needed to run; watched for its expiry. */
  readonly clientCertificate?: CertificatePart | undefined
}

/**
 * Everything with which one project is known to Visa. A renewal replaces certificate, key, user id
 * and password together, so they are given together.
 */
export interface Credentials {
  readonly tls: PemCredentials | Pkcs12Credentials
  readonly basic: BasicCredentials
  readonly mle?: MleCredentials | undefined
}

/**
 * What a certificate is for. `tls-issuer` are those sent after the client certificate; `extra-root`
 * are trusted, not sent.
 */
export type Role = "tls-client" | "tls-issuer" | "extra-root" | "mle-server" | "mle-client"

/** One certificate, without its key. */
export interface CertificateInfo {
  readonly role: Role
  /** The option that it came from, e.g. `tls.certificate`. */
  readonly field: string
  /** The file that it came from; absent when it was given inline. */
  readonly path: string | undefined
  /** The distinguished name on one line, e.g. `C=GB, O=Acme, CN=acme-payouts`. */
  readonly subject: string
  readonly issuer: string
  /** Hexadecimal, in upper case. */
  readonly serialNumber: string
  readonly notBefore: DateTime.Utc
  readonly notAfter: DateTime.Utc
  /** SHA-256 of the certificate, as hexadecimal pairs with colons. */
  readonly fingerprint256: string
}

/** What a transport needs for TLS. */
export interface TlsIdentity {
  /** PEM: the client certificate, then its issuers. */
  readonly certificateChain: string
  /** Unencrypted PKCS#8 as PEM. */
  readonly privateKey: Redacted.Redacted<string>
  /** PEM, one certificate each: to be added to the public roots, not to replace them. */
  readonly extraRoots: ReadonlyArray<string>
}

/** User id and password as they are sent. */
export interface BasicIdentity {
  readonly userId: string
  readonly password: Redacted.Redacted
}

/** What message level encryption needs, imported once: WebCrypto keys that `jose` uses directly. */
export interface MleKeySet {
  readonly keyId: string
  /** Visa's public key, for RSA-OAEP-256. */
  readonly serverKey: webcrypto.CryptoKey
  /** Our private key, for RSA-OAEP-256; it cannot be exported. */
  readonly privateKey: Redacted.Redacted<webcrypto.CryptoKey>
}

/** Checked material of one set of credentials. */
export interface Material {
  readonly tls: TlsIdentity
  readonly basic: BasicIdentity
  readonly mle: Option.Option<MleKeySet>
  readonly certificates: ReadonlyArray<CertificateInfo>
  readonly warnings: ReadonlyArray<string>
}

const oneLine = (name: string): string => name.replaceAll("\n", ", ")

const subjectOf = (certificate: X509Certificate): string => `"${oneLine(certificate.subject)}"`

const infoOf = (role: Role, part: Part, certificate: X509Certificate): CertificateInfo =>
  Object.freeze({
    role,
    field: part.field,
    path: part.path,
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    serialNumber: certificate.serialNumber,
    notBefore: DateTime.fromDateUnsafe(certificate.validFromDate),
    notAfter: DateTime.fromDateUnsafe(certificate.validToDate),
    fingerprint256: certificate.fingerprint256,
  })

const isSignedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean => {
  try {
    return certificate.verify(issuer.publicKey)
  } catch {
    return false
  }
}

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && isSignedBy(certificate, issuer)

/** The leaf, then its issuers. */
type Chain = Array.NonEmptyReadonlyArray<X509Certificate>

const checkChain = Effect.fnUntraced(function* (
  part: Part,
  chain: Chain,
): Effect.fn.Return<void, VisaError> {
  for (const [index, certificate] of chain.entries()) {
    const next = chain[index + 1]
    if (next === undefined || isIssuedBy(certificate, next)) {
      continue
    }
    const order = chain.map((each, position) => `${position + 1}. ${subjectOf(each)}`).join(", ")
    const why = certificate.checkIssued(next)
      ? "has the name of the issuer but another key"
      : "is not the issuer"
    return yield* failure(
      "ChainBroken",
      part,
      `the order found is ${order}; number ${index + 2} ${why} of number ${index + 1}`,
    )
  }
})

/** PKCS#12 has no order: the leaf is the one with the key, and each issuer follows from it. */
const sortChain = (leaf: X509Certificate, certificates: ReadonlyArray<X509Certificate>): Chain => {
  const chain: Array.NonEmptyArray<X509Certificate> = [leaf]
  const rest = new Set(certificates)
  rest.delete(leaf)
  for (let last: X509Certificate | undefined = leaf; last !== undefined;) {
    const child: X509Certificate = last
    last = [...rest].find((candidate) => isIssuedBy(child, candidate))
    if (last !== undefined) {
      chain.push(last)
      rest.delete(last)
    }
  }
  return chain
}

const acceptedCurves: ReadonlySet<string> = new Set(["prime256v1", "secp384r1", "secp521r1"])
const minimalRsaBits = 2048

const checkStrength = (part: Part, key: KeyObject): Effect.Effect<void, VisaError> => {
  const { modulusLength = 0, namedCurve = "" } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case "rsa":
      return modulusLength >= minimalRsaBits
        ? Effect.void
        : Effect.fail(failure("KeyTooWeak", part, `it is an RSA key of ${modulusLength} bits`))
    case "ec":
      return acceptedCurves.has(namedCurve)
        ? Effect.void
        : Effect.fail(
            failure(
              "KeyTooWeak",
              part,
              `its curve is ${namedCurve}; P-256, P-384 and P-521 are accepted`,
            ),
          )
    default:
      return Effect.fail(
        failure(
          "CredentialMalformed",
          part,
          `it is an ${key.asymmetricKeyType} key; RSA or EC is expected`,
        ),
      )
  }
}

const checkMleKey = (part: Part, key: KeyObject): Effect.Effect<void, VisaError> =>
  key.asymmetricKeyType === "rsa"
    ? checkStrength(part, key)
    : Effect.fail(
        failure(
          "CredentialMalformed",
          part,
          `it holds an ${key.asymmetricKeyType} key; message level encryption needs RSA`,
        ),
      )

const clientAuth = "1.3.6.1.5.5.7.3.2"
const anyExtendedKeyUsage = "2.5.29.37.0"

/** Node's `keyUsage` is the extended key usage, and absent where the extension is. */
const checkUsage = (part: Part, leaf: X509Certificate): Effect.Effect<void, VisaError> => {
  const usages: ReadonlyArray<string> | undefined = leaf.keyUsage
  return usages === undefined || usages.includes(clientAuth) || usages.includes(anyExtendedKeyUsage)
    ? Effect.void
    : Effect.fail(
        failure(
          "CertificateUsage",
          part,
          `the extended key usage of ${subjectOf(leaf)} is ${usages.join(", ")}; clientAuth (${clientAuth}) is not among it`,
        ),
      )
}

const errorCode = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? cause.code : "no code"

/** A machine's OpenSSL may ask for more, through `openssl.cnf` or Node's `--tls-cipher-list`. */
const checkAccepted = (part: Part, identity: TlsIdentity): Effect.Effect<void, VisaError> =>
  Effect.try({
    try: () => {
      createSecureContext({
        cert: identity.certificateChain,
        key: Redacted.value(identity.privateKey),
        ca: [...identity.extraRoots],
        minVersion: "TLSv1.2",
      })
    },
    catch: (cause) => {
      const code = errorCode(cause)
      return failure(
        /TOO_(?:SMALL|WEAK)/.test(code) ? "KeyTooWeak" : "CredentialMalformed",
        part,
        `OpenSSL, as it is set up here, does not accept it for TLS (${code})`,
      )
    },
  })

/** Extra roots are exempt: one that has expired vouches for nothing, and breaks nothing. */
const isEnforced = (certificate: CertificateInfo): boolean => certificate.role !== "extra-root"

const invalidAt = (
  certificate: CertificateInfo,
  now: number,
): ["CertificateExpired" | "CertificateNotYetValid", string] | undefined => {
  const { notAfter, notBefore, serialNumber, subject } = certificate
  const name = `"${subject}" (serial number ${serialNumber})`
  return DateTime.toEpochMillis(notAfter) <= now
    ? ["CertificateExpired", `${name} ended on ${DateTime.formatIso(notAfter)}`]
    : DateTime.toEpochMillis(notBefore) > now
      ? ["CertificateNotYetValid", `${name} begins on ${DateTime.formatIso(notBefore)}`]
      : undefined
}

/** Checks the dates of every certificate on which a call depends against the clock. */
export const checkDates = Effect.fnUntraced(function* (
  certificates: ReadonlyArray<CertificateInfo>,
): Effect.fn.Return<void, VisaError> {
  const now = yield* Clock.currentTimeMillis
  for (const certificate of certificates.filter(isEnforced)) {
    const invalid = invalidAt(certificate, now)
    if (invalid !== undefined) {
      return yield* failure(invalid[0], certificate, invalid[1])
    }
  }
})

/** The earliest end among the certificates on which a call depends. */
export const earliestEnd = (certificates: ReadonlyArray<CertificateInfo>): DateTime.Utc =>
  certificates
    .filter(isEnforced)
    .map((certificate) => certificate.notAfter)
    .reduce((earliest, notAfter) => DateTime.min(earliest, notAfter))

interface Loaded<A> {
  readonly value: A
  readonly certificates: ReadonlyArray<CertificateInfo>
  readonly warnings: ReadonlyArray<string>
}

type Reading<A> = Effect.fn.Return<A, VisaError, FileSystem.FileSystem>

const readChain = Effect.fnUntraced(function* (field: string, input: CertificatePart) {
  const part = yield* readPart(field, input)
  const chain = yield* readCertificates(part)
  yield* checkChain(part, chain)
  return { part, chain }
})

const readKey = Effect.fnUntraced(function* (
  field: string,
  input: KeyPart,
  passphrase: Redacted.Redacted | undefined,
) {
  const keyPart = yield* readPart(field, input)
  return { keyPart, privateKey: yield* readPrivateKey(keyPart, passphrase) }
})

const readSecret = Effect.fnUntraced(function* (field: string, input: SecretPart) {
  return Redacted.isRedacted(input) ? input : Redacted.make(yield* readText(field, input))
})

const readPassphrase = Effect.fnUntraced(function* (field: string, input: SecretPart | undefined) {
  return input === undefined ? undefined : yield* readSecret(field, input)
})

const checkPair = (
  keyPart: Part,
  privateKey: KeyObject,
  certificate: X509Certificate,
): Effect.Effect<void, VisaError> =>
  certificate.checkPrivateKey(privateKey)
    ? Effect.void
    : Effect.fail(
        failure(
          "KeyMismatch",
          keyPart,
          `it is not the key of the certificate ${subjectOf(certificate)}`,
        ),
      )

const readPemIdentity = Effect.fnUntraced(function* (tls: PemCredentials) {
  const { chain, part } = yield* readChain("tls.certificate", tls.certificate)
  const { keyPart, privateKey } = yield* readKey(
    "tls.privateKey",
    tls.privateKey,
    yield* readPassphrase("tls.passphrase", tls.passphrase),
  )
  yield* checkPair(keyPart, privateKey, chain[0])
  return { part, keyPart, privateKey, chain, unrelated: 0 }
})

const readPkcs12Identity = Effect.fnUntraced(function* (tls: Pkcs12Credentials) {
  const part = yield* readPart("tls.pkcs12", tls.pkcs12)
  const { certificates, privateKey } = yield* readPkcs12(
    part,
    yield* readPassphrase("tls.passphrase", tls.passphrase),
  )
  const leaf = certificates.find((certificate) => certificate.checkPrivateKey(privateKey))
  if (leaf === undefined) {
    return yield* failure(
      "KeyMismatch",
      part,
      "none of its certificates belongs to its private key",
    )
  }
  const chain = sortChain(leaf, certificates)
  return { part, keyPart: part, privateKey, chain, unrelated: certificates.length - chain.length }
})

const readRoots = Effect.fnUntraced(function* (input: CertificatePart) {
  const part = yield* readPart("tls.extraRoots", input)
  const roots = yield* readCertificates(part)
  const infos = roots.map((root) => infoOf("extra-root", part, root))
  const now = yield* Clock.currentTimeMillis
  return {
    roots,
    infos,
    warnings: infos.flatMap((info) => {
      const why = invalidAt(info, now)?.[1]
      return why === undefined ? [] : [`tls.extraRoots: ${why}`]
    }),
  }
})

const loadTls = Effect.fnUntraced(function* (
  tls: PemCredentials | Pkcs12Credentials,
): Reading<Loaded<TlsIdentity>> {
  const { chain, keyPart, part, privateKey, unrelated } =
    "pkcs12" in tls ? yield* readPkcs12Identity(tls) : yield* readPemIdentity(tls)
  const extra =
    tls.extraRoots === undefined
      ? { roots: [], infos: [], warnings: [] }
      : yield* readRoots(tls.extraRoots)

  yield* checkStrength(keyPart, privateKey)
  yield* checkUsage(part, chain[0])
  const infos = chain.map((certificate, index) =>
    infoOf(index === 0 ? "tls-client" : "tls-issuer", part, certificate),
  )
  yield* checkDates(infos)
  const value: TlsIdentity = Object.freeze({
    certificateChain: chain.map(String).join(""),
    privateKey: Redacted.make(String(privateKey.export({ type: "pkcs8", format: "pem" }))),
    extraRoots: Object.freeze(extra.roots.map(String)),
  })
  yield* checkAccepted(part, value)
  return {
    value,
    certificates: [...infos, ...extra.infos],
    warnings: [
      ...(unrelated === 0
        ? []
        : [
            `${part.field}: ${unrelated} of its certificates do not belong to the chain and are not sent`,
          ]),
      ...extra.warnings,
    ],
  }
})

const option = (field: string, detail: string): VisaError =>
  failure("OptionInvalid", { field, path: undefined }, detail)

const checkKeyId = (keyId: string): Effect.Effect<void, VisaError> =>
  /^[\u0021-\u007e]+$/.test(keyId)
    ? Effect.void
    : Effect.fail(
        option(
          "mle.keyId",
          "it must be one word of ASCII characters, because it is sent as a header",
        ),
      )

const oaep = { name: "RSA-OAEP", hash: "SHA-256" }

/** Visa wants the Key-ID in the UID of the CSR's subject, and so of the certificate's. */
const keyIdOf = (certificate: X509Certificate): string | undefined =>
  /^UID=(.*)$/m.exec(certificate.subject)?.[1]

const loadMle = Effect.fnUntraced(function* (mle: MleCredentials): Reading<Loaded<MleKeySet>> {
  const keyId = yield* readText("mle.keyId", mle.keyId)
  yield* checkKeyId(keyId)
  const server = yield* readChain("mle.serverCertificate", mle.serverCertificate)
  const { keyPart, privateKey } = yield* readKey(
    "mle.privateKey",
    mle.privateKey,
    yield* readPassphrase("mle.passphrase", mle.passphrase),
  )
  const client =
    mle.clientCertificate === undefined
      ? undefined
      : yield* readChain("mle.clientCertificate", mle.clientCertificate)

  const { publicKey } = server.chain[0]
  yield* checkMleKey(server.part, publicKey)
  yield* checkMleKey(keyPart, privateKey)
  if (client !== undefined) {
    yield* checkPair(keyPart, privateKey, client.chain[0])
  }
  const certificates = [
    ...server.chain.map((certificate) => infoOf("mle-server", server.part, certificate)),
    ...(client?.chain.map((certificate) => infoOf("mle-client", client.part, certificate)) ?? []),
  ]
  yield* checkDates(certificates)

  const uid = client === undefined ? undefined : keyIdOf(client.chain[0])
  return {
    value: Object.freeze({
      keyId,
      serverKey: publicKey.toCryptoKey(oaep, true, ["encrypt"]),
      privateKey: Redacted.make(privateKey.toCryptoKey(oaep, false, ["decrypt"])),
    }),
    certificates,
    warnings: [
      ...(server.chain[0].checkPrivateKey(privateKey)
        ? [
            "mle.serverCertificate: it belongs to mle.privateKey, so Visa cannot read what is encrypted to it; is it the client certificate?",
          ]
        : []),
      ...(uid === undefined || uid === keyId
        ? []
        : [`mle.clientCertificate: it was issued for Key-ID ${uid}, and mle.keyId is ${keyId}`]),
    ],
  }
})

/** Control characters are what a trailing line end from a file or a shell looks like. */
const control = /[\u0000-\u001f\u007f]/

const loadBasic = Effect.fnUntraced(function* (basic: BasicCredentials): Reading<BasicIdentity> {
  const userId = yield* readText("basic.userId", basic.userId)
  if (userId === "" || userId.includes(":") || control.test(userId)) {
    return yield* option(
      "basic.userId",
      "it must not be empty or hold a colon, a line end or another control character",
    )
  }
  const password = yield* readSecret("basic.password", basic.password)
  const secret = Redacted.value(password)
  if (secret === "" || control.test(secret)) {
    return yield* option(
      "basic.password",
      "it must not be empty or hold a line end or another control character",
    )
  }
  return Object.freeze({ userId, password })
})

/** Reads and checks a whole set of credentials. Nothing is kept of the inputs. */
export const load = Effect.fnUntraced(function* (credentials: Credentials): Reading<Material> {
  const basic = yield* loadBasic(credentials.basic)
  const tls = yield* loadTls(credentials.tls)
  const mle = credentials.mle === undefined ? undefined : yield* loadMle(credentials.mle)
  return {
    tls: tls.value,
    basic,
    mle: Option.fromUndefinedOr(mle?.value),
    certificates: Object.freeze([...tls.certificates, ...(mle?.certificates ?? [])]),
    warnings: Object.freeze([...tls.warnings, ...(mle?.warnings ?? [])]),
  }
})
