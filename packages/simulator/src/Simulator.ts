/**
 * A Visa Direct that behaves, in this process: an HTTPS server on the loopback interface that
 * demands a client certificate, checks Basic auth, speaks message level encryption, validates
 * strictly, remembers every payment, and fails on demand.
 *
 * It lives on Effect's `Clock`: under `TestClock`, `iat` checks, processing times and the 24 hours
 * of a status identifier follow the test. Only certificates are judged by the machine's clock.
 */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { randomBytes, randomUUID } from "node:crypto"
import type { Credentials } from "./Credentials.ts"
import type { Fault } from "./Fault.ts"
import { jwksPath } from "./endpoints/Jwks.ts"
import { Clients } from "./internal/Clients.ts"
import { SimulatorError } from "./internal/listen.ts"
import { PublishedKeys } from "./internal/PublishedKeys.ts"
import * as Server from "./internal/Server.ts"
import type { KeySetRequest, RotatedKeys, RotateKeysRequest } from "./KeySet.ts"
import { type LedgerEntry, type LedgerFilter, LedgerStats } from "./Ledger.ts"
import {
  CertificateDefect,
  type ClientAuthority,
  type MleKeySet,
  Pki,
  type PkiOptions,
  type ServerCredential,
  ServerDefect,
  SetDefect,
  type Validity,
} from "./Pki.ts"
import type { ScriptRule } from "./Script.ts"
import { settle, type SimulatorOptions } from "./Settings.ts"
import type { Webhooks } from "./Webhook.ts"

export { SimulatorError }

/** Counters of the server and of its ledger. */
export const SimulatorStats = Schema.Struct({
  /** Open TCP connections. */
  connections: Schema.Int,
  acceptedConnections: Schema.Int,
  failedHandshakes: Schema.Int,
  /** Open connections by the fingerprint of their client certificate; `""` where there is none. */
  connectionsByFingerprint: Schema.Record(Schema.String, Schema.Int),
  /**
   * Requests whose client certificate, user id and Key-ID were issued, and not as one set. What was
   * not shown, or never issued, does not count.
   */
  mixedIdentities: Schema.Int,
  /** Requests to the JWKS endpoint. */
  keySetFetches: Schema.Int,
  ledger: LedgerStats,
})
export type SimulatorStats = typeof SimulatorStats.Type

/** ISO 8601, such as `2027-01-31T12:00:00Z`. */
const Instant = Schema.DateTimeUtcFromString

/**
 * What to issue. By default: a complete new set (certificate, user id, password, MLE key) of the
 * first project, as a renewal at the portal brings it. Sets that were issued before keep working.
 */
export const IssueRequest = Schema.Struct({
  /** Another name is another client: its keys and results are its own. */
  project: Schema.optionalKey(Schema.String),
  /** A set that is registered, but unusable in this way. */
  defect: Schema.optionalKey(Schema.Union([CertificateDefect, SetDefect])),
  /** Dates of all of its certificates; a certificate whose defect is its dates keeps those. */
  validity: Schema.optionalKey(
    Schema.Struct({
      notBefore: Schema.optionalKey(Instant),
      notAfter: Schema.optionalKey(Instant),
    }),
  ),
  /** `same` keeps the project's latest MLE key. Default `new`. */
  mle: Schema.optionalKey(Schema.Literals(["new", "same"])),
})
export type IssueRequest = typeof IssueRequest.Type

const isCertificateDefect = Schema.is(CertificateDefect)

/** What stops working. Open connections are answered accordingly from the next request on. */
export const RevokeRequest = Schema.Struct({
  /** The credential set of this user id: 401/9125. */
  userId: Schema.optionalKey(Schema.String),
  /** This MLE key: 401/9210. */
  keyId: Schema.optionalKey(Schema.String),
})
export type RevokeRequest = typeof RevokeRequest.Type

/**
 * What is taken as expired from now on, whatever its dates say. Answers are those of `RevokeRequest`;
 * a certificate whose dates have passed is made with `issue({ defect: "expired" })`.
 */
export const ExpireRequest = Schema.Struct({
  /** The client certificate of this user id. */
  userId: Schema.optionalKey(Schema.String),
  /** The certificates of this MLE key. */
  keyId: Schema.optionalKey(Schema.String),
})
export type ExpireRequest = typeof ExpireRequest.Type

/**
 * How the simulator rotates its own trust, step by step. Connections that stand are not touched.
 *
 * - `server: "announce"` makes a new server root. Sets that are issued from now on carry it beside the
 *   old ones; the server still shows its old certificate.
 * - `server: "present"` shows a certificate under the new root, announced or not.
 * - `clients: "add"` makes a new client authority, which issues from now on; older ones still count.
 * - `clients: "drop"` ends all client authorities but the newest: certificates of older ones fail.
 */
export const TrustRequest = Schema.Struct({
  server: Schema.optionalKey(Schema.Literals(["announce", "present"])),
  clients: Schema.optionalKey(Schema.Literals(["add", "drop"])),
})
export type TrustRequest = typeof TrustRequest.Type

/** PEM bundles. */
export const Trust = Schema.Struct({
  /** What a client has to trust: every server root so far, oldest first. */
  serverRoots: Schema.String,
  /** What the server trusts: roots and intermediates. */
  clientAuthorities: Schema.String,
})
export type Trust = typeof Trust.Type

/** Which certificate the server shows to new connections. */
export const PresentRequest = Schema.Struct({
  certificate: Schema.Union([Schema.Literal("valid"), ServerDefect]),
})
export type PresentRequest = typeof PresentRequest.Type

/** The controls of a simulator, the same in this process and in another one. */
export interface SimulatorControl {
  /** `https://localhost:<port>`. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** The first credential set. */
  readonly credentials: Credentials
  /** The truth: what was asked, what was done. */
  readonly ledger: {
    entries(filter?: LedgerFilter): Effect.Effect<ReadonlyArray<LedgerEntry>>
    /** Entries with which money moved, in any `direction`. */
    readonly payments: Effect.Effect<ReadonlyArray<LedgerEntry>>
    /** Forgets entries, counters, transactions and registered aliases; a repeat is then no duplicate. */
    readonly clear: Effect.Effect<void>
  }
  /** The JWKS endpoint. */
  readonly keySet: {
    readonly url: string
    serve(request: KeySetRequest): Effect.Effect<void>
    /** Puts a new key in front of the set. */
    rotate(request?: RotateKeysRequest): Effect.Effect<RotatedKeys>
  }
  readonly stats: Effect.Effect<SimulatorStats>
  /** Open TCP connections. */
  readonly connections: Effect.Effect<number>
  inject(fault: Fault): Effect.Effect<void>
  readonly clearFaults: Effect.Effect<void>
  script(rule: ScriptRule): Effect.Effect<void>
  readonly clearScript: Effect.Effect<void>
  issue(request?: IssueRequest): Effect.Effect<Credentials>
  revoke(request: RevokeRequest): Effect.Effect<void>
  expire(request: ExpireRequest): Effect.Effect<void>
  rotateTrust(request: TrustRequest): Effect.Effect<Trust>
  present(request: PresentRequest): Effect.Effect<void>
  /** Where to make webhook calls to from now on. Members that are absent stay as they are. */
  webhooks(targets: Webhooks): Effect.Effect<void>
}

/**
 * The simulator as a service of this process.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Simulator } from "effect-visa-direct-simulator"
 *
 * const program = Effect.gen(function* () {
 *   const simulator = yield* Simulator
 *   yield* simulator.inject({ kind: "dropAfterCommit", times: 1 })
 *   // … point a client at simulator.url with simulator.credentials …
 *   return yield* simulator.ledger.payments
 * }).pipe(Effect.provide(Simulator.layer({ seed: 1 })))
 * ```
 */
export class Simulator extends Context.Service<
  Simulator,
  SimulatorControl & {
    readonly pki: Pki["Service"]
    /**
     * Waits until so many requests have arrived in full since the start: what a test needs before
     * it moves a `TestClock` past a delay.
     */
    received(count: number): Effect.Effect<void>
  }
>()("effect-visa-direct-simulator/Simulator") {
  static readonly make = Effect.fnUntraced(function* (options?: SimulatorOptions) {
    const pki = yield* Pki
    const settings = settle(options)
    const clients = new Clients()
    const latestKeys = new Map<string, MleKeySet>()
    const publishedKeys = new PublishedKeys()
    const serverRoots = [pki.serverRoot]
    let server = pki.server
    let announced: ServerCredential | undefined
    let clientAuthorities: ReadonlyArray<ClientAuthority> = [yield* pki.clientAuthority]
    const clientCertificates = () =>
      clientAuthorities.flatMap(({ intermediate, root }) => [root, intermediate])

    const issue: SimulatorControl["issue"] = Effect.fnUntraced(function* (request = {}) {
      const { defect, mle = "new", project = "first" } = request
      const kept = mle === "same" ? latestKeys.get(project) : undefined
      const validity: Validity = {
        notBefore: request.validity?.notBefore && DateTime.toDateUtc(request.validity.notBefore),
        notAfter: request.validity?.notAfter && DateTime.toDateUtc(request.validity.notAfter),
      }
      const [tls, keys] = yield* Effect.all(
        [
          pki.mintTls({
            commonName: `${project}.originator.example`,
            defect: isCertificateDefect(defect) ? defect : undefined,
            validity,
          }),
          kept === undefined ? pki.mintMle({ validity }) : Effect.succeed(kept),
        ],
        { concurrency: "unbounded" },
      )
      const userId = randomBytes(24).toString("hex").toUpperCase()
      const password = randomBytes(24).toString("base64url")
      clients.register(
        { project, userId, fingerprint: tls.fingerprint, keyId: keys.keyId },
        password,
      )
      clients.registerKeys(project, keys)
      latestKeys.set(project, keys)
      publishedKeys.begin(keys.keyId, keys.serverPrivateKey)
      const other = yield* defect === "foreignMleKey" || defect === "foreignMleServer"
        ? pki.mintMle({ validity })
        : Effect.succeed(keys)
      const client = defect === "foreignMleKey" ? other : keys
      return {
        userId,
        password: defect === "wrongPassword" ? `not-${password}` : password,
        project,
        tls: {
          key: tls.key,
          certificateChain: tls.certificateChain,
          serverRoot: serverRoots.join(""),
          fingerprint: tls.fingerprint,
        },
        mle: {
          keyId: defect === "unknownKeyId" ? randomUUID() : keys.keyId,
          serverCertificate: (defect === "foreignMleServer" ? other : keys).serverCertificate,
          clientPrivateKey: client.clientPrivateKey,
          clientCertificate: client.clientCertificate,
        },
      }
    })

    const credentials = yield* issue()
    const running = yield* Server.start(
      settings,
      { credential: server, clientAuthorities: clientCertificates() },
      clients,
      publishedKeys,
    )
    const { engine, webhooks, world } = running
    const settled = () => {
      world.network.settleDue(running.now())
      world.payouts.settleDue(running.now())
    }

    const rotateTrust: SimulatorControl["rotateTrust"] = Effect.fnUntraced(function* (request) {
      if (request.server !== undefined && announced === undefined) {
        const renewed = yield* pki.renewServer()
        serverRoots.push(renewed.root)
        announced = renewed.server
      }
      if (request.server === "present" && announced !== undefined) {
        server = announced
        announced = undefined
      }
      if (request.clients === "add") {
        clientAuthorities = [...clientAuthorities, yield* pki.renewClientAuthority()]
      }
      if (request.clients === "drop") clientAuthorities = clientAuthorities.slice(-1)
      running.present({ credential: server, clientAuthorities: clientCertificates() })
      return {
        serverRoots: serverRoots.join(""),
        clientAuthorities: clientCertificates().join(""),
      }
    })

    return Simulator.of({
      url: `https://localhost:${running.port}`,
      host: "localhost",
      port: running.port,
      credentials,
      pki,
      ledger: {
        entries: (filter) =>
          Effect.sync(() => {
            settled()
            return world.ledger.entries(filter)
          }),
        payments: Effect.sync(() => {
          settled()
          return world.ledger.entries({ moneyMoved: true })
        }),
        clear: Effect.sync(() => running.reset()),
      },
      keySet: {
        url: `https://localhost:${running.port}${jwksPath}`,
        serve: (request) => Effect.promise(() => publishedKeys.serve(request)),
        rotate: ({ keep = 1 } = {}) =>
          Effect.map(
            Effect.promise(() => publishedKeys.rotate(keep)),
            (kid) => ({ kid }),
          ),
      },
      stats: Effect.sync(() => {
        settled()
        const ledger = world.ledger.stats()
        return {
          connections: running.connections(),
          acceptedConnections: running.acceptedConnections(),
          failedHandshakes: running.failedHandshakes(),
          connectionsByFingerprint: running.connectionsByFingerprint(),
          mixedIdentities: ledger.byIdentity
            .filter((identity) => !clients.isOfOneSet(identity))
            .reduce((sum, { requests }) => sum + requests, 0),
          keySetFetches: publishedKeys.fetches,
          ledger,
        }
      }),
      connections: Effect.sync(() => running.connections()),
      inject: (fault) => Effect.sync(() => engine.faults.add(fault)),
      clearFaults: Effect.sync(() => engine.faults.clear()),
      script: (rule) => Effect.sync(() => engine.scripts.add(rule)),
      clearScript: Effect.sync(() => engine.scripts.clear()),
      issue,
      revoke: ({ keyId, userId }) =>
        Effect.sync(() => {
          if (userId !== undefined) clients.revoke(userId)
          if (keyId !== undefined) clients.revokeKey(keyId)
        }),
      expire: ({ keyId, userId }) =>
        Effect.sync(() => {
          if (userId !== undefined) clients.expire(userId)
          if (keyId !== undefined) clients.expire(keyId)
        }),
      rotateTrust,
      present: ({ certificate }) =>
        Effect.map(
          certificate === "valid" ? Effect.succeed(server) : pki.mintServer(certificate),
          (credential) => running.present({ credential, clientAuthorities: clientCertificates() }),
        ),
      webhooks: (targets) => Effect.sync(() => webhooks.configure(targets)),
      received: running.arrived,
    })
  })

  /** With a PKI from outside, such as one that several simulators share. */
  static readonly layerNoPki = (
    options?: SimulatorOptions,
  ): Layer.Layer<Simulator, SimulatorError, Pki> => Layer.effect(Simulator, Simulator.make(options))

  /**
   * A simulator with its own PKI, stopped when the layer's scope closes. `pki` sets the dates of
   * what it issues: `{ validity: { notBefore: new Date(0) } }` for a client that checks them against
   * a `TestClock` in 1970.
   */
  static readonly layer = (
    options?: SimulatorOptions,
    pki?: PkiOptions,
  ): Layer.Layer<Simulator, SimulatorError> =>
    Simulator.layerNoPki(options).pipe(Layer.provide(Pki.layer(pki)))
}
