/**
 * Keys and certificates for the simulator's PKI. The X.509 encoding is `@peculiar/x509`'s.
 *
 * Validity is judged by OpenSSL on both ends of a connection, so dates here are the machine's own
 * wall clock and not Effect's.
 */
// tsyringe, which @peculiar/x509 uses, refuses to load without a Reflect polyfill before it.
import "reflect-metadata"
import * as x509 from "@peculiar/x509"
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomBytes,
  type webcrypto,
} from "node:crypto"
import { promisify } from "node:util"

const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const

export interface KeyPair {
  readonly publicKey: webcrypto.CryptoKey
  readonly privateKey: webcrypto.CryptoKey
  /** PKCS#8 PEM. */
  readonly pem: string
}

export interface Issuer {
  readonly certificate: x509.X509Certificate
  readonly keys: KeyPair
}

export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

const generateRsa = promisify(generateKeyPair)

/** Runs on libuv's pool, so several can be made at once. */
export const rsaKeyPair = async (bits = 2048): Promise<KeyPair> => {
  const { privateKey } = await generateRsa("rsa", { modulusLength: bits })
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
  const { subtle } = globalThis.crypto
  const [signing, verifying] = await Promise.all([
    subtle.importKey(
      "pkcs8",
      new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })),
      algorithm,
      true,
      ["sign"],
    ),
    subtle.importKey(
      "spki",
      new Uint8Array(createPublicKey(privateKey).export({ type: "spki", format: "der" })),
      algorithm,
      true,
      ["verify"],
    ),
  ])
  return { publicKey: verifying, privateKey: signing, pem }
}

// uid is the attribute in which Visa wants the Key-ID of an MLE certificate.
const uid = "0.9.2342.19200300.100.1.1"

export type Subject = ReadonlyArray<readonly [name: "C" | "O" | "OU" | "CN" | "UID", value: string]>

const name = (subject: Subject) =>
  new x509.Name(subject.map(([key, value]) => ({ [key === "UID" ? uid : key]: [value] })))

export interface CertificateRequest {
  readonly subject: Subject
  readonly keys: KeyPair
  /** Absent: self-signed. */
  readonly issuer?: Issuer | undefined
  readonly validity: Validity
  readonly authority?: { readonly pathLength: number | undefined } | undefined
  readonly keyUsage: ReadonlyArray<keyof typeof x509.KeyUsageFlags>
  readonly extendedKeyUsage?: "serverAuth" | "clientAuth" | undefined
  readonly hosts?:
    | ReadonlyArray<{ readonly type: "dns" | "ip"; readonly value: string }>
    | undefined
}

export const certify = async (request: CertificateRequest): Promise<x509.X509Certificate> => {
  const issuerKeys = request.issuer?.keys ?? request.keys
  const extensions: Array<x509.Extension> = [
    new x509.BasicConstraintsExtension(
      request.authority !== undefined,
      request.authority?.pathLength,
      true,
    ),
    new x509.KeyUsagesExtension(
      request.keyUsage.reduce((flags, usage) => flags | x509.KeyUsageFlags[usage], 0),
      true,
    ),
    await x509.SubjectKeyIdentifierExtension.create(request.keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuerKeys.publicKey),
  ]
  if (request.extendedKeyUsage !== undefined) {
    extensions.push(
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[request.extendedKeyUsage]]),
    )
  }
  if (request.hosts !== undefined) {
    extensions.push(new x509.SubjectAlternativeNameExtension([...request.hosts]))
  }
  return x509.X509CertificateGenerator.create({
    // A leading zero bit keeps the ASN.1 integer positive.
    serialNumber: `40${randomBytes(15).toString("hex")}`,
    subject: name(request.subject),
    issuer: request.issuer?.certificate.subjectName ?? name(request.subject),
    notBefore: request.validity.notBefore,
    notAfter: request.validity.notAfter,
    signingAlgorithm: algorithm,
    signingKey: issuerKeys.privateKey,
    publicKey: request.keys.publicKey,
    extensions,
  })
}

/** How a private key can be written down. */
export type KeyForm =
  | { readonly type: "pkcs8" }
  | { readonly type: "pkcs1" }
  | { readonly type: "pkcs8"; readonly passphrase: string }

export const exportKey = (pem: string, form: KeyForm): string => {
  const key = createPrivateKey(pem)
  return "passphrase" in form
    ? key
        .export({
          type: "pkcs8",
          format: "pem",
          cipher: "aes-256-cbc",
          passphrase: form.passphrase,
        })
        .toString()
    : key.export({ type: form.type, format: "pem" }).toString()
}
