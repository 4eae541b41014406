import { assert, describe, it, layer } from "@effect/vitest"
import { Cause, Context, Effect, FileSystem, Layer, Redacted, Schema } from "effect"
import type { Scope } from "effect"
import { TestClock } from "effect/testing"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import Forge from "node-forge"
import { createPrivateKey, X509Certificate } from "node:crypto"
import tls from "node:tls"
import { inspect } from "node:util"
import { CertificateStore } from "../src/CertificateStore.ts"
import type { Credentials, FilePath, Generation } from "../src/CertificateStore.ts"
import type { VisaError } from "../src/VisaError.ts"
import * as Pki from "./support/pki.ts"

const passphrase = "correct horse battery staple"
const wrongPassphrase = "wrong horse battery staple"

/** Everything that several tests need, made once. */
class Fixture extends Context.Service<
  Fixture,
  {
    readonly project: Pki.Project
    readonly other: Pki.Identity
  }
>()("test/Fixture") {
  static readonly layer = Layer.effect(
    Fixture,
    Effect.gen(function* () {
      const project = yield* Pki.project
      const other = yield* Pki.leaf(project.issuer, { commonName: "other" })
      return { project, other }
    }),
  )
}

const load = (credentials: Credentials): Effect.Effect<Generation, VisaError> =>
  Effect.flatMap(CertificateStore, (store) => store.current).pipe(
    Effect.provide(CertificateStore.layer(credentials)),
  )

const inDirectory = Effect.gen(function* () {
  const files = yield* FileSystem.FileSystem
  const directory = yield* files.makeTempDirectoryScoped()
  const write = (name: string, content: string | Uint8Array): Effect.Effect<FilePath> =>
    files
      .writeFile(
        `${directory}/${name}`,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      )
      .pipe(Effect.as({ path: `${directory}/${name}` }), Effect.orDie)
  return { directory, write }
}).pipe(Effect.provide(NodeFileSystem.layer))

const derOf = (pem: string): Buffer =>
  Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64")

const renderings = (value: unknown): ReadonlyArray<string> => [
  value instanceof Error ? value.message : "",
  String(value),
  JSON.stringify(value) ?? "",
  inspect(value, { depth: 20, showHidden: true }),
  Cause.pretty(Cause.fail(value)),
]

/** Lines of base64 of every key given, and every passphrase and password that the tests use. */
const secretsOf = (pairs: ReadonlyArray<Pki.KeyPair>, ...texts: ReadonlyArray<string>) => [
  ...pairs.flatMap((pair) => [
    ...Pki.keyPem
      .pkcs8(pair)
      .split("\n")
      .filter((line) => line.length === 64),
    ...Pki.keyPem
      .pkcs1(pair)
      .split("\n")
      .filter((line) => line.length === 64),
  ]),
  ...texts,
]

const leaks = (value: unknown, secrets: ReadonlyArray<string>): ReadonlyArray<string> =>
  renderings(value).filter((text) => secrets.some((secret) => text.includes(secret)))

interface Setting {
  readonly project: Pki.Project
  readonly other: Pki.Identity
  readonly directory: string
  readonly write: (name: string, content: string | Uint8Array) => Effect.Effect<FilePath>
}

interface Bad {
  readonly name: string
  /** Spoils the valid credentials in one place. */
  readonly make: (
    credentials: Pki.Project["credentials"],
    setting: Setting,
  ) => Effect.Effect<Credentials, never, Scope.Scope>
  readonly reason: string
  readonly field: string
  readonly detail: RegExp
}

const secret = Redacted.make<string>

/** The TLS part from files; `undefined` is a file that does not exist. */
const tlsFiles =
  (
    certificate: (setting: Setting) => string | Uint8Array | undefined,
    privateKey: (setting: Setting) => string | Uint8Array | undefined,
    words?: string,
  ): Bad["make"] =>
  (credentials, setting) =>
    Effect.gen(function* () {
      const file = (name: string, content: string | Uint8Array | undefined) =>
        content === undefined
          ? Effect.succeed({ path: `${setting.directory}/missing-${name}` })
          : setting.write(name, content)
      return {
        ...credentials,
        tls: {
          certificate: yield* file("client.pem", certificate(setting)),
          privateKey: yield* file("client.key", privateKey(setting)),
          passphrase: words === undefined ? undefined : secret(words),
        },
      }
    })

const validChain = ({ project }: Setting) => project.tls.chain
const validKey = ({ project }: Setting) => Pki.keyPem.pkcs8(project.tls)

/** A client certificate made to order, with its key. */
const tlsIdentity =
  (make: (project: Pki.Project) => Effect.Effect<Pki.Identity>): Bad["make"] =>
  (credentials, { project }) =>
    Effect.map(make(project), (identity) => ({
      ...credentials,
      tls: {
        certificate: identity.chain,
        privateKey: secret(Pki.keyPem.pkcs8(identity)),
      },
    }))

const tlsPkcs12 =
  (content: (setting: Setting) => Effect.Effect<Uint8Array>, words?: string): Bad["make"] =>
  (credentials, setting) =>
    Effect.gen(function* () {
      return {
        ...credentials,
        tls: {
          pkcs12: yield* setting.write("client.p12", yield* content(setting)),
          passphrase: words === undefined ? undefined : secret(words),
        },
      }
    })

const opensslPkcs12 = ({ project }: Setting, ...extra: ReadonlyArray<string>) =>
  Pki.pkcs12({ ...project.tls, others: project.issuer.certificate }, passphrase, extra)

const mle =
  (
    make: (project: Pki.Project) => Effect.Effect<Partial<Pki.Project["credentials"]["mle"]>>,
  ): Bad["make"] =>
  (credentials, { project }) =>
    Effect.map(make(project), (changes) => ({
      ...credentials,
      mle: { ...credentials.mle, ...changes },
    }))

const half = (text: string): string => text.slice(0, text.length / 2)

/** Takes two lines out of the middle of a PEM block and leaves its BEGIN and END lines. */
const holed = (pem: string): string => pem.split("\n").toSpliced(4, 2).join("\n")

const expired = { notAfter: "1999-12-31T23:59:59Z" }
const early = { notBefore: "2040-01-01T00:00:00Z" }

const bad: ReadonlyArray<Bad> = [
  {
    name: "a certificate file that does not exist",
    make: tlsFiles(() => undefined, validKey),
    reason: "CredentialUnreadable",
    field: "tls.certificate",
    detail: /\/missing-client\.pem: there is no such file/,
  },
  {
    name: "a key file that does not exist",
    make: tlsFiles(validChain, () => undefined),
    reason: "CredentialUnreadable",
    field: "tls.privateKey",
    detail: /\/missing-client\.key: there is no such file/,
  },
  {
    name: "a directory in place of a file",
    make: (credentials, { directory }) =>
      Effect.succeed({
        ...credentials,
        tls: { ...credentials.tls, certificate: { path: directory } },
      }),
    reason: "CredentialUnreadable",
    field: "tls.certificate",
    detail: /perhaps a directory/,
  },
  {
    name: "a file that this process may not read",
    make: (credentials) =>
      Effect.succeed({
        ...credentials,
        // Not even root may read the memory of the first process through an offset of zero.
        tls: { ...credentials.tls, certificate: { path: "/proc/1/mem" } },
      }),
    reason: "CredentialUnreadable",
    field: "tls.certificate",
    detail: /\/proc\/1\/mem: /,
  },
  {
    name: "a path that no file system takes",
    make: (credentials) =>
      Effect.succeed({
        ...credentials,
        tls: { ...credentials.tls, certificate: { path: "a\0b" } },
      }),
    reason: "CredentialUnreadable",
    field: "tls.certificate",
    detail: /not a usable path/,
  },
  {
    name: "the wrong passphrase of a PKCS#8 key",
    make: tlsFiles(
      validChain,
      ({ project }) => Pki.keyPem.pkcs8Encrypted(project.tls, passphrase),
      wrongPassphrase,
    ),
    reason: "PassphraseWrong",
    field: "tls.privateKey",
    detail: /could not be decrypted/,
  },
  {
    name: "the wrong passphrase of a PKCS#1 key",
    make: tlsFiles(
      validChain,
      ({ project }) => Pki.keyPem.pkcs1Encrypted(project.tls, passphrase),
      wrongPassphrase,
    ),
    reason: "PassphraseWrong",
    field: "tls.privateKey",
    detail: /could not be decrypted/,
  },
  {
    name: "the wrong passphrase of a PKCS#12 file",
    make: tlsPkcs12(opensslPkcs12, wrongPassphrase),
    reason: "PassphraseWrong",
    field: "tls.pkcs12",
    detail: /could not be opened/,
  },
  {
    name: "the wrong passphrase of a PKCS#12 file without a MAC",
    make: tlsPkcs12(
      (setting) => opensslPkcs12(setting, "-nomac", "-certpbe", "NONE"),
      wrongPassphrase,
    ),
    reason: "PassphraseWrong",
    field: "tls.pkcs12",
    detail: /could not be opened/,
  },
  {
    name: "an encrypted PKCS#8 key without a passphrase",
    make: tlsFiles(validChain, ({ project }) => Pki.keyPem.pkcs8Encrypted(project.tls, passphrase)),
    reason: "PassphraseMissing",
    field: "tls.privateKey",
    detail: /is encrypted/,
  },
  {
    name: "an encrypted PKCS#1 key without a passphrase",
    make: tlsFiles(validChain, ({ project }) => Pki.keyPem.pkcs1Encrypted(project.tls, passphrase)),
    reason: "PassphraseMissing",
    field: "tls.privateKey",
    detail: /is encrypted/,
  },
  {
    name: "an encrypted PKCS#12 file without a passphrase",
    make: tlsPkcs12(opensslPkcs12),
    reason: "PassphraseMissing",
    field: "tls.pkcs12",
    detail: /is encrypted/,
  },
  {
    name: "an encrypted MLE key with the wrong passphrase",
    make: mle(({ mleClient }) =>
      Effect.succeed({
        privateKey: secret(Pki.keyPem.pkcs8Encrypted(mleClient, passphrase)),
        passphrase: secret(wrongPassphrase),
      }),
    ),
    reason: "PassphraseWrong",
    field: "mle.privateKey",
    detail: /could not be decrypted/,
  },
  {
    name: "a key under a cipher that OpenSSL has put away",
    make: tlsFiles(
      validChain,
      ({ project }) =>
        Pki.keyPem
          .pkcs1Encrypted(project.tls, passphrase)
          .replace(/DEK-Info: .*/, "DEK-Info: DES-CBC,0123456789ABCDEF"),
      passphrase,
    ),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /cipher that this Node does not offer/,
  },
  {
    name: "the key of another certificate",
    make: tlsFiles(validChain, ({ other }) => Pki.keyPem.pkcs8(other)),
    reason: "KeyMismatch",
    field: "tls.privateKey",
    detail: /not the key of the certificate "CN=acme-payouts, O=Test"/,
  },
  {
    name: "an EC key for an RSA certificate",
    make: (credentials) =>
      Effect.map(Pki.keys({ ec: "P-256" }), (pair) => ({
        ...credentials,
        tls: { ...credentials.tls, privateKey: secret(Pki.keyPem.sec1(pair)) },
      })),
    reason: "KeyMismatch",
    field: "tls.privateKey",
    detail: /not the key/,
  },
  {
    name: "a PKCS#12 file whose key belongs to none of its certificates",
    make: tlsPkcs12(
      ({ other, project }) =>
        Effect.sync(() =>
          Buffer.from(
            Forge.asn1
              .toDer(
                Forge.pkcs12.toPkcs12Asn1(
                  Forge.pki.privateKeyFromPem(Pki.keyPem.pkcs1(other)),
                  [Forge.pki.certificateFromPem(selfSigned(project.tls))],
                  passphrase,
                ),
              )
              .getBytes(),
            "latin1",
          ),
        ),
      passphrase,
    ),
    reason: "KeyMismatch",
    field: "tls.pkcs12",
    detail: /none of its certificates/,
  },
  {
    name: "an MLE key that is not that of the MLE client certificate",
    make: mle(({ tls }) => Effect.succeed({ privateKey: secret(Pki.keyPem.pkcs1(tls)) })),
    reason: "KeyMismatch",
    field: "mle.privateKey",
    detail: /"CN=acme-mle, O=Test/,
  },
  {
    name: "an expired client certificate",
    make: tlsIdentity(({ issuer }) => Pki.leaf(issuer, { commonName: "old", ...expired })),
    reason: "CertificateExpired",
    field: "tls.certificate",
    detail: /"CN=old, O=Test" \(serial number \S+\) ended on 1999-12-31T23:59:59\.000Z/,
  },
  {
    name: "a client certificate that is not valid yet",
    make: tlsIdentity(({ issuer }) => Pki.leaf(issuer, { commonName: "new", ...early })),
    reason: "CertificateNotYetValid",
    field: "tls.certificate",
    detail: /"CN=new, O=Test" .* begins on 2040-01-01T00:00:00\.000Z/,
  },
  {
    name: "an expired intermediate certificate",
    make: tlsIdentity(({ root }) =>
      Pki.intermediate(root, { commonName: "VICA3", ...expired }).pipe(
        Effect.flatMap((issuer) => Pki.leaf(issuer, { commonName: "fresh" })),
      ),
    ),
    reason: "CertificateExpired",
    field: "tls.certificate",
    detail: /"CN=VICA3, O=Test"/,
  },
  {
    name: "an intermediate certificate that is not valid yet",
    make: tlsIdentity(({ root }) =>
      Pki.intermediate(root, { commonName: "VICA4", ...early }).pipe(
        Effect.flatMap((issuer) => Pki.leaf(issuer, { commonName: "fresh" })),
      ),
    ),
    reason: "CertificateNotYetValid",
    field: "tls.certificate",
    detail: /"CN=VICA4, O=Test"/,
  },
  {
    name: "an expired MLE server certificate",
    make: mle(({ issuer }) =>
      Effect.map(Pki.leaf(issuer, { commonName: "visa-old", ...expired }), ({ certificate }) => ({
        serverCertificate: certificate,
      })),
    ),
    reason: "CertificateExpired",
    field: "mle.serverCertificate",
    detail: /"CN=visa-old, O=Test"/,
  },
  {
    name: "an expired MLE client certificate",
    make: mle(({ issuer, mleClient }) =>
      Effect.map(
        Pki.leaf(issuer, { commonName: "acme-old", key: mleClient, ...expired }),
        ({ certificate }) => ({ clientCertificate: certificate }),
      ),
    ),
    reason: "CertificateExpired",
    field: "mle.clientCertificate",
    detail: /"CN=acme-old, O=Test"/,
  },
  {
    name: "a certificate file that breaks off",
    make: tlsFiles(({ project }) => half(project.tls.certificate), validKey),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /cut off: its CERTIFICATE block has no end/,
  },
  {
    name: "a certificate file that breaks off in its second certificate",
    make: tlsFiles(
      ({ project }) => project.tls.certificate + half(project.issuer.certificate),
      validKey,
    ),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /cut off/,
  },
  {
    name: "a certificate with lines missing",
    make: tlsFiles(({ project }) => holed(project.tls.chain), validKey),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /CERTIFICATE block is damaged or cut off/,
  },
  {
    name: "a certificate that breaks off before another one",
    make: tlsFiles(
      ({ project }) => half(project.tls.certificate) + project.issuer.certificate,
      validKey,
    ),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /damaged or cut off/,
  },
  {
    name: "a certificate with a character too many",
    make: tlsFiles(({ project }) => project.tls.chain.replace(/\n(?=[A-Za-z])/, "\n*"), validKey),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /damaged/,
  },
  {
    name: "an encrypted PKCS#1 key with a character too many",
    make: tlsFiles(
      validChain,
      ({ project }) => Pki.keyPem.pkcs1Encrypted(project.tls, passphrase).replace(/\n\n/, "\n\n*"),
      passphrase,
    ),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /RSA PRIVATE KEY block is damaged/,
  },
  {
    name: "a certificate with a character that is not base64",
    make: tlsFiles(({ project }) => project.tls.chain.replace(/\n[A-Za-z]/, "\n*"), validKey),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /damaged/,
  },
  {
    name: "something else in a CERTIFICATE block",
    make: tlsFiles(
      ({ project }) => Pki.keyPem.pkcs8(project.tls).replaceAll("PRIVATE KEY", "CERTIFICATE"),
      validKey,
    ),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /not X\.509/,
  },
  {
    name: "a key file that breaks off",
    make: tlsFiles(validChain, (setting) => half(validKey(setting))),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /cut off: its PRIVATE KEY block has no end/,
  },
  {
    name: "a key with lines missing",
    make: tlsFiles(validChain, (setting) => holed(validKey(setting))),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /PRIVATE KEY block is damaged/,
  },
  {
    name: "an encrypted key with lines missing, which is not a wrong passphrase",
    make: tlsFiles(
      validChain,
      ({ project }) => holed(Pki.keyPem.pkcs8Encrypted(project.tls, passphrase)),
      passphrase,
    ),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /ENCRYPTED PRIVATE KEY block is damaged/,
  },
  {
    name: "an encrypted PKCS#1 key without its DEK-Info",
    make: tlsFiles(
      validChain,
      ({ project }) =>
        Pki.keyPem.pkcs1Encrypted(project.tls, passphrase).replace(/DEK-Info: .*\n/, ""),
      passphrase,
    ),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /RSA PRIVATE KEY block is damaged/,
  },
  {
    name: "something else in a PRIVATE KEY block",
    make: tlsFiles(validChain, ({ project }) =>
      project.tls.certificate.replaceAll("CERTIFICATE", "RSA PRIVATE KEY"),
    ),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /does not hold such a key/,
  },
  {
    name: "an empty certificate file",
    make: tlsFiles(() => "", validKey),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /client\.pem: it is empty/,
  },
  {
    name: "an empty key file",
    make: tlsFiles(validChain, () => ""),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /client\.key: it is empty/,
  },
  {
    name: "an empty PKCS#12 file",
    make: tlsPkcs12(() => Effect.succeed(new Uint8Array()), passphrase),
    reason: "CredentialMalformed",
    field: "tls.pkcs12",
    detail: /it is empty/,
  },
  {
    name: "a DER certificate",
    make: tlsFiles(({ project }) => derOf(project.tls.certificate), validKey),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /binary \(DER or PKCS#12\), not PEM: convert/,
  },
  {
    name: "a DER key",
    make: tlsFiles(validChain, (setting) => derOf(validKey(setting))),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /binary \(DER or PKCS#12\), not PEM/,
  },
  {
    name: "a Java keystore",
    make: tlsFiles(() => Uint8Array.of(0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2), validKey),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /Java keystore/,
  },
  {
    name: "a text file without PEM",
    make: tlsFiles(() => "hello\nworld\n", validKey),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /no PEM block$/,
  },
  {
    name: "a path where the PEM text belongs",
    make: (credentials) =>
      Effect.succeed({ ...credentials, tls: { ...credentials.tls, certificate: "/etc/visa.pem" } }),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /to read a file, give \{ path \}/,
  },
  {
    name: "a key where the certificate belongs",
    make: tlsFiles(validKey, validKey),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /holds PRIVATE KEY where a CERTIFICATE is expected/,
  },
  {
    name: "a certificate where the key belongs",
    make: tlsFiles(validChain, validChain),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /holds CERTIFICATE where a PRIVATE KEY is expected/,
  },
  {
    name: "two keys in a file",
    make: tlsFiles(validChain, (setting) => validKey(setting) + Pki.keyPem.pkcs8(setting.other)),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /2 private keys where one is expected/,
  },
  {
    name: "two certificates in the wrong order",
    make: tlsFiles(({ project }) => project.issuer.certificate + project.tls.certificate, validKey),
    reason: "ChainBroken",
    field: "tls.certificate",
    detail:
      /order found is 1\. "CN=Test Issuing CA, O=Test", 2\. "CN=acme-payouts, O=Test"; number 2 is not the issuer of number 1/,
  },
  {
    name: "a chain with a gap",
    make: tlsFiles(({ project }) => project.tls.certificate + project.root.certificate, validKey),
    reason: "ChainBroken",
    field: "tls.certificate",
    detail: /number 2 is not the issuer of number 1/,
  },
  {
    name: "a certificate twice",
    make: tlsFiles(({ project }) => project.tls.certificate + project.tls.chain, validKey),
    reason: "ChainBroken",
    field: "tls.certificate",
    detail: /number 2 is not the issuer of number 1/,
  },
  {
    name: "an issuer of the right name with another key",
    make: (credentials, { project }) =>
      Effect.map(
        Pki.intermediate(project.root, { commonName: "Test Issuing CA" }),
        ({ certificate }) => ({
          ...credentials,
          tls: { ...credentials.tls, certificate: project.tls.certificate + certificate },
        }),
      ),
    reason: "ChainBroken",
    field: "tls.certificate",
    detail: /number 2 has the name of the issuer but another key of number 1/,
  },
  {
    name: "an issuer of the right key with another name",
    make: (credentials, { project }) =>
      Effect.map(
        Pki.intermediate(project.root, { commonName: "Renamed CA", key: project.issuer }),
        ({ certificate }) => ({
          ...credentials,
          tls: { ...credentials.tls, certificate: project.tls.certificate + certificate },
        }),
      ),
    reason: "ChainBroken",
    field: "tls.certificate",
    detail: /"CN=Renamed CA, O=Test"; number 2 is not the issuer of number 1/,
  },
  {
    name: "an MLE server certificate behind its issuer",
    make: mle(({ issuer, mleServer }) =>
      Effect.succeed({ serverCertificate: issuer.certificate + mleServer.certificate }),
    ),
    reason: "ChainBroken",
    field: "mle.serverCertificate",
    detail: /order found/,
  },
  {
    name: "a server certificate as client certificate",
    make: tlsIdentity(({ issuer }) =>
      Pki.leaf(issuer, { commonName: "server", extendedKeyUsage: [Pki.usage.serverAuth] }),
    ),
    reason: "CertificateUsage",
    field: "tls.certificate",
    detail: /"CN=server, O=Test" is 1\.3\.6\.1\.5\.5\.7\.3\.1; clientAuth/,
  },
  {
    name: "an RSA key of 1024 bits",
    make: tlsIdentity(({ issuer }) => Pki.leaf(issuer, { commonName: "weak", key: { rsa: 1024 } })),
    reason: "KeyTooWeak",
    field: "tls.privateKey",
    detail: /RSA key of 1024 bits/,
  },
  {
    name: "an EC key on a small curve",
    make: tlsIdentity(({ issuer }) =>
      Pki.leaf(issuer, { commonName: "weak", key: { ec: "secp224r1" } }),
    ),
    reason: "KeyTooWeak",
    field: "tls.privateKey",
    detail: /secp224r1; P-256, P-384 and P-521/,
  },
  {
    name: "a key that is neither RSA nor EC",
    make: tlsIdentity(({ issuer }) => Pki.leaf(issuer, { commonName: "odd", key: "ed25519" })),
    reason: "CredentialMalformed",
    field: "tls.privateKey",
    detail: /ed25519 key; RSA or EC is expected/,
  },
  {
    name: "a key that is too short for the machine's own OpenSSL settings",
    make: (credentials) =>
      Effect.as(
        Effect.acquireRelease(
          Effect.sync(() => {
            const before = tls.DEFAULT_CIPHERS
            tls.DEFAULT_CIPHERS = "DEFAULT@SECLEVEL=3"
            return before
          }),
          (before) => Effect.sync(() => (tls.DEFAULT_CIPHERS = before)),
        ),
        credentials,
      ),
    reason: "KeyTooWeak",
    field: "tls.certificate",
    detail: /as it is set up here, does not accept it for TLS \(ERR_SSL_EE_KEY_TOO_SMALL\)/,
  },
  {
    name: "an MLE key of 1024 bits",
    make: mle(() =>
      Effect.map(Pki.keys({ rsa: 1024 }), (pair) => ({
        privateKey: secret(Pki.keyPem.pkcs1(pair)),
        clientCertificate: undefined,
      })),
    ),
    reason: "KeyTooWeak",
    field: "mle.privateKey",
    detail: /1024 bits/,
  },
  {
    name: "an MLE server certificate of 1024 bits",
    make: mle(({ issuer }) =>
      Effect.map(
        Pki.leaf(issuer, { commonName: "weak", key: { rsa: 1024 } }),
        ({ certificate }) => ({ serverCertificate: certificate }),
      ),
    ),
    reason: "KeyTooWeak",
    field: "mle.serverCertificate",
    detail: /1024 bits/,
  },
  {
    name: "an MLE server certificate with an EC key",
    make: mle(({ issuer }) =>
      Effect.map(
        Pki.leaf(issuer, { commonName: "ec", key: { ec: "P-256" } }),
        ({ certificate }) => ({ serverCertificate: certificate }),
      ),
    ),
    reason: "CredentialMalformed",
    field: "mle.serverCertificate",
    detail: /ec key; message level encryption needs RSA/,
  },
  {
    name: "a PKCS#12 file of random bytes",
    make: tlsPkcs12(
      () => Effect.sync(() => crypto.getRandomValues(new Uint8Array(2_000))),
      passphrase,
    ),
    reason: "CredentialMalformed",
    field: "tls.pkcs12",
    detail: /not PKCS#12, or/,
  },
  {
    name: "a PKCS#12 file that breaks off",
    make: tlsPkcs12(
      (setting) => Effect.map(opensslPkcs12(setting), (bytes) => bytes.subarray(0, -100)),
      passphrase,
    ),
    reason: "CredentialMalformed",
    field: "tls.pkcs12",
    detail: /cut off/,
  },
  {
    name: "other ASN.1 where PKCS#12 belongs",
    make: tlsPkcs12(({ project }) => Effect.sync(() => derOf(project.tls.certificate)), passphrase),
    reason: "CredentialMalformed",
    field: "tls.pkcs12",
    detail: /not PKCS#12, or protected in a way/,
  },
  {
    name: "PEM where PKCS#12 belongs",
    make: tlsPkcs12(({ project }) => Effect.sync(() => Buffer.from(project.tls.chain)), passphrase),
    reason: "CredentialMalformed",
    field: "tls.pkcs12",
    detail: /PEM, not PKCS#12/,
  },
  {
    name: "a PKCS#12 file without a key",
    make: tlsPkcs12((setting) => opensslPkcs12(setting, "-nokeys"), passphrase),
    reason: "CredentialMalformed",
    field: "tls.pkcs12",
    detail: /no private key/,
  },
  {
    name: "a PKCS#12 file without a certificate",
    make: tlsPkcs12(({ project }) => Pki.pkcs12(project.tls, passphrase, ["-nocerts"]), passphrase),
    reason: "CredentialMalformed",
    field: "tls.pkcs12",
    detail: /no certificate/,
  },
  {
    name: "PKCS#12 where PEM belongs",
    make: (credentials, setting) =>
      Effect.gen(function* () {
        const file = yield* setting.write("client.p12", yield* opensslPkcs12(setting))
        return { ...credentials, tls: { certificate: file, privateKey: file } }
      }),
    reason: "CredentialMalformed",
    field: "tls.certificate",
    detail: /give PKCS#12 as tls\.pkcs12/,
  },
  {
    name: "extra roots that hold no certificate",
    make: (credentials, setting) =>
      Effect.map(setting.write("roots.pem", "# none yet\n"), (extraRoots) => ({
        ...credentials,
        tls: { ...credentials.tls, extraRoots },
      })),
    reason: "CredentialMalformed",
    field: "tls.extraRoots",
    detail: /roots\.pem: it holds no PEM block/,
  },
  ...["", "user:name", "user\n"].map((userId): Bad => ({
    name: `the user id ${JSON.stringify(userId)}`,
    make: (credentials) =>
      Effect.succeed({ ...credentials, basic: { ...credentials.basic, userId } }),
    reason: "OptionInvalid",
    field: "basic.userId",
    detail: /must not be empty or hold a colon/,
  })),
  ...["", `${passphrase}\n`].map((password): Bad => ({
    name: password === "" ? "an empty password" : "a password with the line end of its file",
    make: (credentials) =>
      Effect.succeed({
        ...credentials,
        basic: { ...credentials.basic, password: secret(password) },
      }),
    reason: "OptionInvalid",
    field: "basic.password",
    detail: /must not be empty or hold a line end/,
  })),
  ...["", "two words", "k\r\nX-Injected: 1"].map((keyId): Bad => ({
    name: `the Key-ID ${JSON.stringify(keyId)}`,
    make: mle(() => Effect.succeed({ keyId })),
    reason: "OptionInvalid",
    field: "mle.keyId",
    detail: /one word of ASCII characters/,
  })),
]

const selfSigned = (pair: Pki.KeyPair): string => {
  const certificate = Forge.pki.createCertificate()
  const key = Forge.pki.privateKeyFromPem(Pki.keyPem.pkcs1(pair))
  certificate.publicKey = Forge.pki.setRsaPublicKey(key.n, key.e)
  certificate.validity.notBefore = new Date(0)
  certificate.validity.notAfter = new Date("2049-01-01")
  certificate.setSubject([{ name: "commonName", value: "self" }])
  certificate.setIssuer([{ name: "commonName", value: "self" }])
  certificate.sign(key, Forge.md.sha256.create())
  return Forge.pki.certificateToPem(certificate)
}

/** What PEM and ASN.1 are made of, none of it a credential. */
const pieces = [
  "-----BEGIN CERTIFICATE-----",
  "-----END CERTIFICATE-----",
  "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
  `DEK-Info: AES-256-CBC,${"00".repeat(16)}\n\n`,
  "-----END RSA PRIVATE KEY-----",
  "\n",
  "MAA=",
  "AAAA",
  "\u0030\u0080",
  "\u0000\u0000",
  "*",
] as const

const at2026 = TestClock.setTime(Date.parse("2026-06-01T00:00:00Z"))

layer(Fixture.layer)("CertificateStore refuses", (it) => {
  for (const { detail, field, make, name, reason } of bad) {
    it.effect(name, () =>
      Effect.gen(function* () {
        yield* at2026
        const fixture = yield* Fixture
        const { credentials, mleClient, tls } = fixture.project
        const setting = { ...fixture, ...(yield* inDirectory) }
        const error = yield* Effect.flip(load(yield* make(credentials, setting)))

        assert.strictEqual(error.reason._tag, reason)
        assert.strictEqual(error.reason.field, field)
        assert.match(error.reason.detail ?? "", detail)
        assert.strictEqual(error.retry, "AfterFix")
        assert.strictEqual(error.money, "NotMoved")
        const secrets = secretsOf(
          [tls, mleClient, fixture.other],
          passphrase,
          wrongPassphrase,
          Redacted.value(credentials.basic.password),
        )
        assert.deepStrictEqual(leaks(error, secrets), [])
      }),
    )
  }

  it.effect("and this search for secrets finds them where they are", () =>
    Effect.gen(function* () {
      const { project } = yield* Fixture
      const secrets = secretsOf([project.tls])
      const pem = Pki.keyPem.pkcs8(project.tls)
      assert.isAbove(leaks({ pem }, secrets).length, 0)
      assert.isAbove(leaks(new Error(pem), secrets).length, 2)
    }),
  )

  it.effect.prop(
    "whatever else a file may hold, with a typed error",
    { pieces: Schema.Array(Schema.Literals(pieces)) },
    ({ pieces }) =>
      Effect.gen(function* () {
        const { project } = yield* Fixture
        const text = pieces.join("")
        const inputs: ReadonlyArray<Credentials["tls"]> = [
          { certificate: text, privateKey: secret(Pki.keyPem.pkcs8(project.tls)) },
          {
            certificate: project.tls.chain,
            privateKey: secret(text),
            passphrase: secret(passphrase),
          },
          { pkcs12: Redacted.make(Buffer.from(text, "latin1")), passphrase: secret(passphrase) },
        ]
        for (const tls of inputs) {
          const error = yield* Effect.flip(load({ ...project.credentials, tls }))
          assert.include(["CredentialMalformed", "PassphraseWrong"], error.reason._tag)
        }
      }),
    { arbitrary: { runs: 300 } },
  )

  it.effect("a wrong passphrase as such, also where it decrypts to nonsense by chance", () =>
    Effect.gen(function* () {
      const { project } = yield* Fixture
      // One passphrase in about 250 leaves valid padding behind.
      const key = secret(Pki.keyPem.pkcs1Encrypted(project.tls, passphrase))
      const tags = yield* Effect.forEach(Array.from({ length: 1_000 }, String), (wrong) =>
        load({
          ...project.credentials,
          tls: { certificate: project.tls.chain, privateKey: key, passphrase: secret(wrong) },
        }).pipe(
          Effect.flip,
          Effect.map((error) => error.reason._tag),
        ),
      )
      assert.deepStrictEqual([...new Set(tags)], ["PassphraseWrong"])
    }),
  )
})

interface Good {
  readonly name: string
  readonly tls: (project: Pki.Project) => Effect.Effect<Credentials["tls"]>
}

const pem =
  (
    certificate: (project: Pki.Project) => string,
    privateKey: (project: Pki.Project) => string,
  ): Good["tls"] =>
  (project) =>
    Effect.succeed({
      certificate: certificate(project),
      privateKey: secret(privateKey(project)),
      passphrase: secret(passphrase),
    })

const chainOf = ({ tls }: Pki.Project) => tls.chain
const keyOf = ({ tls }: Pki.Project) => Pki.keyPem.pkcs8(tls)

const p12 =
  (words: string, ...extra: ReadonlyArray<string>): Good["tls"] =>
  ({ issuer, tls }) =>
    Effect.map(Pki.pkcs12({ ...tls, others: issuer.certificate }, words, extra), (bytes) => ({
      pkcs12: Redacted.make(bytes),
      passphrase: secret(words),
    }))

/** As `openssl x509 -text` and PKCS#12 exports surround their blocks. */
const annotated = (text: string): string =>
  text.replaceAll(
    "-----BEGIN",
    "Bag Attributes\n    localKeyID: 01 02\nsubject=CN = 30 -----\nCertificate:\n    Data:\n-----BEGIN",
  )

const good: ReadonlyArray<Good> = [
  { name: "a PKCS#8 key", tls: pem(chainOf, keyOf) },
  { name: "a PKCS#1 key", tls: pem(chainOf, ({ tls }) => Pki.keyPem.pkcs1(tls)) },
  {
    name: "an encrypted PKCS#8 key",
    tls: pem(chainOf, ({ tls }) => Pki.keyPem.pkcs8Encrypted(tls, passphrase)),
  },
  {
    name: "an encrypted PKCS#1 key",
    tls: pem(chainOf, ({ tls }) => Pki.keyPem.pkcs1Encrypted(tls, passphrase)),
  },
  {
    name: "Windows line ends",
    tls: pem(
      (project) => chainOf(project).replaceAll("\n", "\r\n"),
      ({ tls }) => Pki.keyPem.pkcs1Encrypted(tls, passphrase).replaceAll("\n", "\r\n"),
    ),
  },
  {
    name: "a byte order mark",
    tls: pem(
      (project) => `\uFEFF${chainOf(project)}`,
      (project) => `\uFEFF${keyOf(project)}`,
    ),
  },
  {
    name: "text around the blocks",
    tls: pem(
      (project) => annotated(chainOf(project)),
      (project) => annotated(keyOf(project)),
    ),
  },
  {
    name: "indented blocks, as from YAML",
    tls: pem(
      (project) => chainOf(project).replaceAll(/^/gm, "    "),
      ({ tls }) => Pki.keyPem.pkcs1Encrypted(tls, passphrase).replaceAll(/^(?=.)/gm, "    "),
    ),
  },
  {
    name: "line ends written as \\n, as in environment variables",
    tls: pem(
      (project) => chainOf(project).replaceAll("\n", "\\n"),
      (project) => keyOf(project).replaceAll("\n", "\\n"),
    ),
  },
  {
    name: "line ends turned into spaces",
    tls: pem(
      (project) => chainOf(project).replaceAll("\n", " "),
      (project) => keyOf(project).replaceAll("\n", " "),
    ),
  },
  {
    name: "key and certificates in one file for both",
    tls: pem(
      (project) => keyOf(project) + chainOf(project),
      (project) => chainOf(project) + keyOf(project),
    ),
  },
  { name: "PKCS#12 as OpenSSL 3 writes it", tls: p12(passphrase) },
  { name: "PKCS#12 as OpenSSL 1 wrote it (RC2 and triple DES)", tls: p12(passphrase, "-legacy") },
  {
    name: "PKCS#12 under triple DES and SHA-1",
    tls: p12(
      passphrase,
      "-keypbe",
      "PBE-SHA1-3DES",
      "-certpbe",
      "PBE-SHA1-3DES",
      "-macalg",
      "sha1",
    ),
  },
  { name: "PKCS#12 with only a MAC", tls: p12(passphrase, "-keypbe", "NONE", "-certpbe", "NONE") },
  { name: "PKCS#12 without a MAC", tls: p12(passphrase, "-nomac") },
  { name: "PKCS#12 with an empty passphrase", tls: p12("") },
  { name: "PKCS#12 with a passphrase outside ASCII", tls: p12("größer als 5 €") },
  {
    name: "PKCS#12 of the old kind with a passphrase outside ASCII",
    tls: p12("größer als 5 €", "-legacy"),
  },
  {
    name: "PKCS#12 without an option for its empty passphrase",
    tls: (project) =>
      Effect.map(p12("")(project), (tls) => {
        assert.isTrue("pkcs12" in tls)
        const { passphrase: _, ...rest } = tls
        return rest
      }),
  },
]

layer(Fixture.layer)("CertificateStore reads", (it) => {
  for (const { name, tls } of good) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { project } = yield* Fixture
        const generation = yield* load({ ...project.credentials, tls: yield* tls(project) })

        const chain = [project.tls, project.issuer].map(
          ({ certificate }) => new X509Certificate(certificate),
        )
        assert.strictEqual(generation.tls.certificateChain, chain.map(String).join(""))
        assert.deepStrictEqual(
          generation.fingerprints.slice(0, 2),
          chain.map(({ fingerprint256 }) => fingerprint256),
        )
        const key = createPrivateKey(Redacted.value(generation.tls.privateKey))
        assert.isTrue(key.equals(project.tls.privateKey))
        assert.deepStrictEqual(generation.warnings, [])
      }),
    )
  }

  it.effect("EC keys on P-256 and better, in PEM and PKCS#12", () =>
    Effect.gen(function* () {
      const { project } = yield* Fixture
      for (const curve of ["P-256", "P-384", "P-521"]) {
        const identity = yield* Pki.leaf(project.issuer, { commonName: "ec", key: { ec: curve } })
        const pkcs12 = yield* Pki.pkcs12({ ...identity, others: project.issuer.certificate }, "p12")
        const inputs: ReadonlyArray<Credentials["tls"]> = [
          { certificate: identity.chain, privateKey: secret(Pki.keyPem.sec1(identity)) },
          { pkcs12: Redacted.make(pkcs12), passphrase: secret("p12") },
        ]
        for (const tls of inputs) {
          const generation = yield* load({ ...project.credentials, tls })
          assert.strictEqual(
            generation.fingerprints[0],
            new X509Certificate(identity.certificate).fingerprint256,
          )
        }
      }
    }),
  )

  it.effect("PKCS#12 with its certificates in any order, and names those that do not belong", () =>
    Effect.gen(function* () {
      const { other, project } = yield* Fixture
      const { issuer, root, tls } = project
      const orders = [
        [root, issuer, other],
        [issuer, other, root],
        [other, root, issuer],
      ]
      for (const order of orders) {
        const bytes = yield* Pki.pkcs12(
          { ...tls, others: order.map(({ certificate }) => certificate).join("") },
          passphrase,
        )
        const generation = yield* load({
          ...project.credentials,
          tls: { pkcs12: Redacted.make(bytes), passphrase: secret(passphrase) },
        })
        assert.strictEqual(
          generation.tls.certificateChain,
          [tls, issuer, root]
            .map(({ certificate }) => String(new X509Certificate(certificate)))
            .join(""),
        )
        assert.deepStrictEqual(generation.warnings, [
          "tls.pkcs12: 1 of its certificates do not belong to the chain and are not sent",
        ])
      }
    }),
  )

  it.effect("PKCS#12 to the exact bytes of its certificates, whoever signed them", () =>
    Effect.gen(function* () {
      const { project } = yield* Fixture
      const rsaRoot = yield* Pki.root({ commonName: "RSA Root", key: { rsa: 2048 } })
      for (const authority of [rsaRoot, project.root]) {
        const identity = yield* Pki.leaf(authority, { commonName: "Ünïcödé 🦊" })
        const bytes = yield* Pki.pkcs12(identity, passphrase)
        const generation = yield* load({
          ...project.credentials,
          tls: { pkcs12: Redacted.make(bytes), passphrase: secret(passphrase) },
        })
        assert.strictEqual(
          generation.fingerprints[0],
          new X509Certificate(identity.certificate).fingerprint256,
        )
      }
    }),
  )

  it.effect("a client certificate without an extended key usage, or with several", () =>
    Effect.gen(function* () {
      const { project } = yield* Fixture
      const usages = [
        [],
        [Pki.usage.serverAuth, Pki.usage.clientAuth],
        [Pki.usage.codeSigning, "2.5.29.37.0"],
      ]
      for (const extendedKeyUsage of usages) {
        const identity = yield* Pki.leaf(project.issuer, {
          commonName: "usage",
          extendedKeyUsage,
          key: project.tls,
        })
        const generation = yield* load({
          ...project.credentials,
          tls: { certificate: identity.chain, privateKey: secret(Pki.keyPem.pkcs8(identity)) },
        })
        assert.strictEqual(generation.certificates[0]?.subject, "CN=usage, O=Test")
      }
    }),
  )

  it.effect("a chain that ends with its root", () =>
    Effect.gen(function* () {
      const { project } = yield* Fixture
      const certificate = project.tls.chain + project.root.certificate
      const generation = yield* load({
        ...project.credentials,
        tls: { ...project.credentials.tls, certificate },
      })
      assert.deepStrictEqual(
        generation.certificates.slice(0, 3).map(({ role, subject }) => [role, subject]),
        [
          ["tls-client", "CN=acme-payouts, O=Test"],
          ["tls-issuer", "CN=Test Issuing CA, O=Test"],
          ["tls-issuer", "CN=Test Root CA, O=Test"],
        ],
      )
    }),
  )

  it.effect("extra roots in any order, and warns of one that has expired", () =>
    Effect.gen(function* () {
      yield* at2026
      const { project } = yield* Fixture
      const old = yield* Pki.root({ commonName: "Old Root", ...expired })
      const extraRoots = old.certificate + project.root.certificate
      const generation = yield* load({
        ...project.credentials,
        tls: { ...project.credentials.tls, extraRoots },
      })
      assert.deepStrictEqual(
        generation.tls.extraRoots,
        [old, project.root].map(({ certificate }) => String(new X509Certificate(certificate))),
      )
      assert.strictEqual(generation.warnings.length, 1)
      assert.match(
        generation.warnings[0] ?? "",
        /^tls\.extraRoots: "CN=Old Root, O=Test" .* ended on 1999-12-31T23:59:59\.000Z$/,
      )
    }),
  )

  it.effect("swapped MLE certificates and warns of them", () =>
    Effect.gen(function* () {
      const { project } = yield* Fixture
      const { mle } = project.credentials
      const swapped = yield* load({
        ...project.credentials,
        mle: { ...mle, serverCertificate: project.mleClient.certificate },
      })
      assert.match(
        swapped.warnings.join(),
        /^mle\.serverCertificate: it belongs to mle\.privateKey/,
      )
    }),
  )

  it.effect("an MLE client certificate of another Key-ID and warns of it", () =>
    Effect.gen(function* () {
      const { project } = yield* Fixture
      const { mle } = project.credentials
      const generation = yield* load({ ...project.credentials, mle: { ...mle, keyId: "other" } })
      assert.deepStrictEqual(generation.warnings, [
        `mle.clientCertificate: it was issued for Key-ID ${project.keyId}, and mle.keyId is other`,
      ])
    }),
  )

  it.effect.prop(
    "a whole key and nothing less",
    { cut: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_600 })) },
    ({ cut }) =>
      Effect.gen(function* () {
        const { project } = yield* Fixture
        const whole = Pki.keyPem.pkcs8(project.tls)
        const privateKey = secret(whole.slice(0, cut))
        const tag = yield* load({
          ...project.credentials,
          tls: { certificate: project.tls.chain, privateKey },
        }).pipe(Effect.match({ onFailure: ({ reason }) => reason._tag, onSuccess: () => "Loaded" }))
        assert.strictEqual(tag, cut >= whole.trimEnd().length ? "Loaded" : "CredentialMalformed")
      }),
  )
})

describe("Credentials", () => {
  it("take no plain string for a key, a passphrase or a password", () => {
    const certificate = "-----BEGIN CERTIFICATE-----"
    const privateKey = secret("-----BEGIN PRIVATE KEY-----")
    const basic = { userId: "user", password: secret("password") }
    const accepted: Credentials = { tls: { certificate, privateKey }, basic }
    // @ts-expect-error A key must be Redacted.
    const plainKey: Credentials = { tls: { certificate, privateKey: "PRIVATE KEY" }, basic }
    // @ts-expect-error A passphrase must be Redacted.
    const plainWords: Credentials = { tls: { certificate, privateKey, passphrase: "words" }, basic }
    // @ts-expect-error A password must be Redacted.
    const plainBasic: Credentials = { ...accepted, basic: { userId: "user", password: "password" } }
    assert.notInclude(JSON.stringify(accepted), "PRIVATE KEY")
    for (const plain of [plainKey, plainWords, plainBasic]) {
      assert.notDeepEqual(plain, accepted)
    }
  })
})
