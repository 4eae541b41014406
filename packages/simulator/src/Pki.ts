/**
 * The certificate authorities of the simulated Visa Developer Platform, and what they issue.
 *
 * - a server root and a server certificate for `localhost`, `127.0.0.1` and `::1`;
 * - a client root, an issuing intermediate and client certificates shaped like the ones of Visa's
 *   sandbox (RSA-2048, SHA-256, EKU `clientAuth` only, twelve months);
 * - MLE key sets: a server and a client certificate with the Key-ID in the subject's UID.
 *
 * Keys are generated when the layer is built and live in memory only. Validity is counted from
 * the machine's clock, because OpenSSL judges it, and not from Effect's `Clock`.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { randomUUID, X509Certificate } from "node:crypto"
import * as x509 from "./internal/x509.ts"

export type KeyForm = x509.KeyForm

/**
 * Writes a PKCS#8 private key in another form: PKCS#1 (what Visa's samples use), or PKCS#8
 * encrypted under a passphrase.
 *
 * @example
 * ```ts
 * import { exportKey } from "effect-visa-direct-simulator"
 * import { generateKeyPairSync } from "node:crypto"
 *
 * const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
 * const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
 * const pkcs1 = exportKey(pkcs8, { type: "pkcs1" })
 *
 * pkcs1.split("\n")[0] // => "-----BEGIN RSA PRIVATE KEY-----"
 * ```
 */
export const exportKey: (pkcs8: string, form: KeyForm) => string = x509.exportKey

/** Ways in which a client certificate can be unusable. */
export const CertificateDefect = Schema.Literals([
  /** Issued by an authority that the server does not know. */
  "foreignAuthority",
  "expired",
  "notYetValid",
  /** Extended key usage `serverAuth` in place of `clientAuth`. */
  "noClientAuth",
  /** A 1024-bit RSA key: OpenSSL refuses to load it at its default security level. */
  "weakKey",
  /** `key` is not the certificate's. */
  "mismatchedKey",
])
export type CertificateDefect = typeof CertificateDefect.Type

/** A client's TLS credential. Every member but the dates is PEM; `key` is PKCS#8. */
export interface TlsCredential {
  readonly key: string
  readonly certificate: string
  /** Leaf, then intermediate. */
  readonly certificateChain: string
  /** SHA-256 over the leaf, as OpenSSL writes it. */
  readonly fingerprint: string
  readonly notBefore: Date
  readonly notAfter: Date
}

/** Both halves of one MLE Key-ID. Members are PEM; keys are PKCS#8. */
export interface MleKeySet {
  readonly keyId: string
  readonly serverCertificate: string
  readonly serverPrivateKey: string
  readonly clientCertificate: string
  readonly clientPrivateKey: string
  readonly notAfter: Date
}

export interface ServerCredential {
  readonly key: string
  readonly certificate: string
}

/** Ways in which the server's own certificate can be wrong, for tests of the client's checks. */
export const ServerDefect = Schema.Literals(["expired", "wrongHost", "foreignAuthority"])
export type ServerDefect = typeof ServerDefect.Type

/** Ways in which a set as a whole can be wrong although each of its certificates is right. */
export const SetDefect = Schema.Literals([
  /** The password is not the one that was registered. */
  "wrongPassword",
  /** The Key-ID is not one that was registered. */
  "unknownKeyId",
  /** The MLE private key, and its certificate, belong to another Key-ID. */
  "foreignMleKey",
  /** The MLE server certificate is that of another Key-ID. */
  "foreignMleServer",
])
export type SetDefect = typeof SetDefect.Type

/** PEM. Whose signatures count for clients: roots, and the intermediates under them. */
export interface ClientAuthority {
  readonly root: string
  readonly intermediate: string
}

export interface Validity {
  readonly notBefore?: Date | undefined
  readonly notAfter?: Date | undefined
}

export interface PkiOptions {
  /**
   * Default validity of everything issued: by default one hour ago to twelve months from now.
   * Set `notBefore` to 1970 when the client under test lives in a `TestClock` that was not moved.
   */
  readonly validity?: Validity | undefined
}

const hour = 3_600_000
const year = 365 * 24 * hour

const pem = (certificate: { toString(format: "pem"): string }) => `${certificate.toString("pem")}\n`

const promise = <A>(evaluate: () => Promise<A>) => Effect.promise(evaluate)

/**
 * The public key infrastructure of one simulator.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Pki } from "effect-visa-direct-simulator"
 *
 * const expired = Effect.gen(function* () {
 *   const pki = yield* Pki
 *   return yield* pki.mintTls({ commonName: "payouts", defect: "expired" })
 * }).pipe(Effect.provide(Pki.layer()))
 * ```
 */
export class Pki extends Context.Service<
  Pki,
  {
    /** PEM. What a client has to trust. */
    readonly serverRoot: string
    readonly server: ServerCredential
    readonly clientRoot: string
    readonly clientIntermediate: string
    /** A client certificate with its key: signed, but not yet known to any simulator. */
    mintTls(options: {
      readonly commonName: string
      readonly defect?: CertificateDefect | undefined
      readonly validity?: Validity | undefined
    }): Effect.Effect<TlsCredential>
    mintMle(options?: {
      readonly keyId?: string | undefined
      readonly validity?: Validity | undefined
    }): Effect.Effect<MleKeySet>
    mintServer(defect?: ServerDefect): Effect.Effect<ServerCredential>
    /** A new server root, and a server certificate under it. */
    renewServer(): Effect.Effect<{ readonly root: string; readonly server: ServerCredential }>
    /** What issues client certificates at the moment; at first `clientRoot` and `clientIntermediate`. */
    readonly clientAuthority: Effect.Effect<ClientAuthority>
    /** A new client root with an intermediate, which issues everything from now on. */
    renewClientAuthority(): Effect.Effect<ClientAuthority>
  }
>()("effect-visa-direct-simulator/Pki") {
  static readonly make = Effect.fnUntraced(function* (options: PkiOptions = {}) {
    const span = (validity: Validity | undefined): x509.Validity => ({
      notBefore: validity?.notBefore ?? options.validity?.notBefore ?? new Date(Date.now() - hour),
      notAfter: validity?.notAfter ?? options.validity?.notAfter ?? new Date(Date.now() + year),
    })
    const authority = (commonName: string, pathLength: number, issuer?: x509.Issuer) => ({
      subject: [
        ["C", "US"],
        ["O", "Simulated Visa"],
        ["CN", commonName],
      ] as const,
      issuer,
      validity: {
        notBefore: span(undefined).notBefore,
        notAfter: new Date(Date.now() + 10 * year),
      },
      authority: { pathLength },
      keyUsage: ["keyCertSign", "cRLSign"] as const,
    })
    const makeAuthority = (commonName: string, pathLength: number, issuer?: x509.Issuer) =>
      promise(async (): Promise<x509.Issuer> => {
        const keys = await x509.rsaKeyPair()
        return {
          keys,
          certificate: await x509.certify({
            ...authority(commonName, pathLength, issuer),
            keys,
          }),
        }
      })

    const makeServerRoot = makeAuthority("Simulated Server Root CA", 0)
    const makeIssuing = Effect.gen(function* () {
      const root = yield* makeAuthority("Simulated Payment Sandbox Root CA", 1)
      return { root, issuer: yield* makeAuthority("Simulated Payment Sandbox Issuing CA", 0, root) }
    })
    const [serverRoot, firstIssuing] = yield* Effect.all([makeServerRoot, makeIssuing], {
      concurrency: "unbounded",
    })
    const authorityOf = ({ issuer, root }: typeof firstIssuing): ClientAuthority => ({
      root: pem(root.certificate),
      intermediate: pem(issuer.certificate),
    })
    let issuing = firstIssuing
    // Made when first asked for: most simulators never need a stranger.
    const stranger = yield* Effect.cached(makeAuthority("Somebody Else's Root CA", 0))

    const mintServer = Effect.fnUntraced(function* (
      defect: ServerDefect | undefined,
      root: x509.Issuer,
    ) {
      const issuer = defect === "foreignAuthority" ? yield* stranger : root
      const validity: Validity =
        defect === "expired"
          ? { notBefore: new Date(Date.now() - year), notAfter: new Date(Date.now() - hour) }
          : {}
      return yield* promise(async (): Promise<ServerCredential> => {
        const keys = await x509.rsaKeyPair()
        const certificate = await x509.certify({
          subject: [
            ["O", "Simulated Visa"],
            ["CN", "localhost"],
          ],
          issuer,
          keys,
          validity: span(validity),
          keyUsage: ["digitalSignature", "keyEncipherment"],
          extendedKeyUsage: "serverAuth",
          hosts:
            defect === "wrongHost"
              ? [{ type: "dns", value: "elsewhere.invalid" }]
              : [
                  { type: "dns", value: "localhost" },
                  { type: "ip", value: "127.0.0.1" },
                  { type: "ip", value: "::1" },
                ],
        })
        return { key: keys.pem, certificate: pem(certificate) }
      })
    })

    const mintTls: Pki["Service"]["mintTls"] = Effect.fnUntraced(function* ({
      commonName,
      defect,
      validity,
    }) {
      const issuer = defect === "foreignAuthority" ? yield* stranger : issuing.issuer
      const dates =
        defect === "expired"
          ? { notBefore: new Date(Date.now() - year), notAfter: new Date(Date.now() - hour) }
          : defect === "notYetValid"
            ? { notBefore: new Date(Date.now() + hour), notAfter: new Date(Date.now() + year) }
            : span(validity)
      return yield* promise(async (): Promise<TlsCredential> => {
        const [keys, other] = await Promise.all([
          x509.rsaKeyPair(defect === "weakKey" ? 1024 : 2048),
          defect === "mismatchedKey" ? x509.rsaKeyPair() : undefined,
        ])
        const certificate = pem(
          await x509.certify({
            subject: [
              ["C", "US"],
              ["O", "Originator"],
              ["CN", commonName],
            ],
            issuer,
            keys,
            validity: dates,
            keyUsage: ["digitalSignature", "nonRepudiation", "keyEncipherment"],
            extendedKeyUsage: defect === "noClientAuth" ? "serverAuth" : "clientAuth",
          }),
        )
        return {
          key: (other ?? keys).pem,
          certificate,
          certificateChain: certificate + pem(issuer.certificate),
          fingerprint: new X509Certificate(certificate).fingerprint256,
          ...dates,
        }
      })
    })

    const mintMle: Pki["Service"]["mintMle"] = Effect.fnUntraced(function* (request = {}) {
      const keyId = request.keyId ?? randomUUID()
      const validity = span(request.validity)
      const half = async (commonName: string) => {
        const keys = await x509.rsaKeyPair()
        const certificate = await x509.certify({
          subject: [
            ["C", "US"],
            ["O", "Simulated Visa"],
            ["CN", commonName],
            ["UID", keyId],
          ],
          issuer: issuing.issuer,
          keys,
          validity,
          keyUsage: ["keyEncipherment", "dataEncipherment"],
        })
        return { key: keys.pem, certificate: pem(certificate) }
      }
      const [server, client] = yield* promise(() =>
        Promise.all([half("MLE server"), half("MLE client")]),
      )
      return {
        keyId,
        serverCertificate: server.certificate,
        serverPrivateKey: server.key,
        clientCertificate: client.certificate,
        clientPrivateKey: client.key,
        notAfter: validity.notAfter,
      }
    })

    return Pki.of({
      serverRoot: pem(serverRoot.certificate),
      server: yield* mintServer(undefined, serverRoot),
      clientRoot: pem(firstIssuing.root.certificate),
      clientIntermediate: pem(firstIssuing.issuer.certificate),
      mintTls,
      mintMle,
      mintServer: (defect) => mintServer(defect, serverRoot),
      clientAuthority: Effect.sync(() => authorityOf(issuing)),
      renewServer: Effect.fnUntraced(function* () {
        const root = yield* makeServerRoot
        return {
          root: pem(root.certificate),
          server: yield* mintServer(undefined, root),
        }
      }),
      renewClientAuthority: Effect.fnUntraced(function* () {
        issuing = yield* makeIssuing
        return authorityOf(issuing)
      }),
    })
  })

  static readonly layer = (options?: PkiOptions): Layer.Layer<Pki> =>
    Layer.effect(Pki, Pki.make(options))
}
