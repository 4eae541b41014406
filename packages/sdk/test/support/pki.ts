/** A certificate authority that is made anew for each test run, so no key is ever kept in a file. */
import "reflect-metadata"
import * as X509 from "@peculiar/x509"
import { Effect, Redacted } from "effect"
import { execFile } from "node:child_process"
import { generateKeyPair } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import type { BasicIdentity, Credentials, MleCredentials } from "../../src/CertificateStore.ts"

X509.cryptoProvider.set(globalThis.crypto)

export type KeySpec = { readonly rsa: number } | { readonly ec: string } | "ed25519"

export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export interface Identity extends KeyPair {
  /** This certificate alone, as PEM. */
  readonly certificate: string
  /** This certificate and its issuers below the root, as PEM. */
  readonly chain: string
}

export interface Authority extends Identity {
  readonly name: string
}

export const usage = {
  clientAuth: "1.3.6.1.5.5.7.3.2",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  codeSigning: "1.3.6.1.5.5.7.3.3",
} as const

export interface CertificateOptions {
  readonly commonName: string
  /** Goes into the subject as UID, where Visa wants the Key-ID. */
  readonly uid?: string
  /** Defaults to 1970-01-01, so that a test clock at zero sees a valid certificate. */
  readonly notBefore?: string
  /** Defaults to 2049-01-01. */
  readonly notAfter?: string
  /** An existing pair, or what to make: RSA of 2048 bits by default. */
  readonly key?: KeySpec | KeyPair
  /** OIDs; an empty list leaves the extension out. */
  readonly extendedKeyUsage?: ReadonlyArray<string>
  /** DNS names and IP addresses, for servers. */
  readonly hosts?: ReadonlyArray<string>
  /** The hash of the issuer's signature. */
  readonly hash?: "SHA-1" | "SHA-256"
}

const isKeyPair = (key: KeySpec | KeyPair): key is KeyPair =>
  typeof key === "object" && "privateKey" in key

const makeKeys = async (spec: KeySpec): Promise<KeyPair> =>
  spec === "ed25519"
    ? promisify(generateKeyPair)("ed25519")
    : "rsa" in spec
      ? promisify(generateKeyPair)("rsa", { modulusLength: spec.rsa })
      : promisify(generateKeyPair)("ec", { namedCurve: spec.ec })

export const keys = (spec: KeySpec = { rsa: 2048 }): Effect.Effect<KeyPair> =>
  Effect.promise(() => makeKeys(spec))

const signingKey = ({ privateKey }: KeyPair, hash: string) => {
  const algorithm =
    privateKey.asymmetricKeyType === "rsa"
      ? { name: "RSASSA-PKCS1-v1_5", hash }
      : { name: "ECDSA", namedCurve: "P-256", hash }
  return { algorithm, key: privateKey.toCryptoKey(algorithm, false, ["sign"]) }
}

const distinguishedName = (options: CertificateOptions): string =>
  [
    `CN=${options.commonName}`,
    "O=Test",
    ...(options.uid === undefined ? [] : [`0.9.2342.19200300.100.1.1=${options.uid}`]),
  ].join(", ")

const isIp = (host: string): boolean => /^[\d.]+$|:/.test(host)

const extensions = (options: CertificateOptions, isAuthority: boolean): Array<X509.Extension> => {
  const flags = X509.KeyUsageFlags
  const usages = options.extendedKeyUsage ?? [usage.clientAuth]
  const hosts = options.hosts ?? []
  return isAuthority
    ? [
        new X509.BasicConstraintsExtension(true, undefined, true),
        new X509.KeyUsagesExtension(flags.keyCertSign | flags.cRLSign, true),
      ]
    : [
        new X509.BasicConstraintsExtension(false, undefined, true),
        new X509.KeyUsagesExtension(flags.digitalSignature | flags.keyEncipherment, true),
        ...(usages.length === 0 ? [] : [new X509.ExtendedKeyUsageExtension([...usages])]),
        ...(hosts.length === 0
          ? []
          : [
              new X509.SubjectAlternativeNameExtension(
                hosts.map((value) => ({ type: isIp(value) ? "ip" : "dns", value })),
              ),
            ]),
      ]
}

const certify = async (
  issuer: Authority | "self",
  options: CertificateOptions,
  isAuthority: boolean,
): Promise<Authority> => {
  const spec = options.key ?? (isAuthority ? { ec: "P-256" } : { rsa: 2048 })
  const pair = isKeyPair(spec) ? spec : await makeKeys(spec)
  const name = distinguishedName(options)
  const { algorithm, key } = signingKey(
    issuer === "self" ? pair : issuer,
    options.hash ?? "SHA-256",
  )
  const certificate = await X509.X509CertificateGenerator.create({
    subject: name,
    issuer: issuer === "self" ? name : issuer.name,
    notBefore: new Date(options.notBefore ?? "1970-01-01"),
    notAfter: new Date(options.notAfter ?? "2049-01-01"),
    publicKey: new Uint8Array(pair.publicKey.export({ type: "spki", format: "der" })),
    signingKey: key,
    signingAlgorithm: algorithm,
    extensions: extensions(options, isAuthority),
  })
  const pem = `${certificate.toString("pem")}\n`
  return {
    ...pair,
    name,
    certificate: pem,
    chain: issuer === "self" ? (isAuthority ? "" : pem) : pem + issuer.chain,
  }
}

/** A root, whose `chain` is empty because roots are not sent. Its key is on P-256 by default. */
export const root = (options: CertificateOptions): Effect.Effect<Authority> =>
  Effect.promise(() => certify("self", options, true))

export const intermediate = (
  issuer: Authority,
  options: CertificateOptions,
): Effect.Effect<Authority> => Effect.promise(() => certify(issuer, options, true))

/** A certificate for client authentication, unless the options say otherwise. */
export const leaf = (
  issuer: Authority | "self",
  options: CertificateOptions,
): Effect.Effect<Identity> => Effect.promise(() => certify(issuer, options, false))

/** Private keys as PEM. */
export const keyPem = {
  pkcs8: ({ privateKey }: KeyPair): string =>
    String(privateKey.export({ type: "pkcs8", format: "pem" })),
  pkcs8Encrypted: ({ privateKey }: KeyPair, passphrase: string): string =>
    String(privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })),
  pkcs1: ({ privateKey }: KeyPair): string =>
    String(privateKey.export({ type: "pkcs1", format: "pem" })),
  /** The older form with `Proc-Type: 4,ENCRYPTED`. */
  pkcs1Encrypted: ({ privateKey }: KeyPair, passphrase: string): string =>
    String(privateKey.export({ type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase })),
  sec1: ({ privateKey }: KeyPair): string =>
    String(privateKey.export({ type: "sec1", format: "pem" })),
} as const

/**
 * PKCS#12 as the `openssl` program on the path writes it, with `others` as further certificates and
 * `extra` as further arguments.
 */
export const pkcs12 = (
  identity: {
    readonly privateKey: KeyObject
    readonly certificate: string
    readonly others?: string
  },
  passphrase: string,
  extra: ReadonlyArray<string> = [],
): Effect.Effect<Uint8Array> =>
  Effect.promise(async () => {
    const directory = await mkdtemp(join(tmpdir(), "pki-"))
    const file = (name: string): string => join(directory, name)
    try {
      await writeFile(file("key"), identity.privateKey.export({ type: "pkcs8", format: "pem" }), {
        mode: 0o600,
      })
      await writeFile(file("certificate"), identity.certificate)
      await writeFile(file("others"), identity.others ?? "")
      await promisify(execFile)(
        "openssl",
        "pkcs12 -export -inkey key -in certificate -out p12 -passout env:PASSPHRASE"
          .split(" ")
          .concat(identity.others === undefined ? [] : ["-certfile", "others"], extra),
        { cwd: directory, env: { ...process.env, PASSPHRASE: passphrase } },
      )
      return await readFile(file("p12"))
    } finally {
      await rm(directory, { recursive: true })
    }
  })

/** What Visa and one project hold between them. */
export interface Project {
  readonly root: Authority
  readonly issuer: Authority
  readonly tls: Identity
  readonly keyId: string
  /** Visa's side: requests are encrypted to it. */
  readonly mleServer: Identity
  /** The project's side: replies are encrypted to it. */
  readonly mleClient: Identity
  /** All of the project's side, inline. */
  readonly credentials: Credentials & {
    readonly basic: BasicIdentity
    readonly mle: MleCredentials
  }
}

/** Makes a project with TLS, Basic and MLE credentials: three RSA keys, well under a second. */
export const project: Effect.Effect<Project> = Effect.gen(function* () {
  const authority = yield* root({ commonName: "Test Root CA" })
  const issuer = yield* intermediate(authority, { commonName: "Test Issuing CA" })
  const keyId = crypto.randomUUID()
  const [tls, mleServer, mleClient] = yield* Effect.all(
    [
      leaf(issuer, { commonName: "acme-payouts" }),
      leaf(issuer, { commonName: "visa-mle", extendedKeyUsage: [] }),
      leaf(issuer, { commonName: "acme-mle", uid: keyId, extendedKeyUsage: [] }),
    ],
    { concurrency: "unbounded" },
  )
  return {
    root: authority,
    issuer,
    tls,
    keyId,
    mleServer,
    mleClient,
    credentials: {
      tls: { certificate: tls.chain, privateKey: Redacted.make(keyPem.pkcs8(tls)) },
      basic: { userId: "ACME-USER", password: Redacted.make(crypto.randomUUID()) },
      mle: {
        keyId,
        serverCertificate: mleServer.certificate,
        privateKey: Redacted.make(keyPem.pkcs1(mleClient)),
        clientCertificate: mleClient.certificate,
      },
    },
  }
})
