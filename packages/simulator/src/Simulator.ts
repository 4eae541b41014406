/**
 * A Visa Direct that behaves, in this process: an HTTPS server on the loopback interface that
 * demands a client certificate, checks Basic auth, speaks message level encryption, validates
 * strictly, remembers every payment, and fails on demand.
 *
 * It lives on Effect's `Clock`: under `TestClock`, `iat` checks, processing times and the 24 hours
 * of a status identifier follow the test. Only certificates are judged by the machine's clock.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { randomBytes } from "node:crypto"
import type { Credentials } from "./Credentials.ts"
import type { Fault } from "./Fault.ts"
import { Clients } from "./internal/Clients.ts"
import { SimulatorError } from "./internal/listen.ts"
import * as Server from "./internal/Server.ts"
import { type LedgerEntry, type LedgerFilter, LedgerStats } from "./Ledger.ts"
import { CertificateDefect, type MleKeySet, Pki, type PkiOptions, ServerDefect } from "./Pki.ts"
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
  ledger: LedgerStats,
})
export type SimulatorStats = typeof SimulatorStats.Type

/**
 * What to issue. By default: a complete new set (certificate, user id, password, MLE key) of the
 * first project, as a renewal at the portal brings it. Sets that were issued before keep working.
 */
export const IssueRequest = Schema.Struct({
  /** Another name is another client: its keys and results are its own. */
  project: Schema.optionalKey(Schema.String),
  /** A certificate that is registered, but unusable in this way. */
  defect: Schema.optionalKey(CertificateDefect),
  /** `same` keeps the project's latest MLE key. Default `new`. */
  mle: Schema.optionalKey(Schema.Literals(["new", "same"])),
})
export type IssueRequest = typeof IssueRequest.Type

/** What stops working. Open connections are answered accordingly from the next request on. */
export const RevokeRequest = Schema.Struct({
  /** The credential set of this user id: 401/9125. */
  userId: Schema.optionalKey(Schema.String),
  /** This MLE key: 401/9210. */
  keyId: Schema.optionalKey(Schema.String),
})
export type RevokeRequest = typeof RevokeRequest.Type

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
  readonly stats: Effect.Effect<SimulatorStats>
  /** Open TCP connections. */
  readonly connections: Effect.Effect<number>
  inject(fault: Fault): Effect.Effect<void>
  readonly clearFaults: Effect.Effect<void>
  script(rule: ScriptRule): Effect.Effect<void>
  readonly clearScript: Effect.Effect<void>
  issue(request?: IssueRequest): Effect.Effect<Credentials>
  revoke(request: RevokeRequest): Effect.Effect<void>
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

    const issue: SimulatorControl["issue"] = Effect.fnUntraced(function* (request = {}) {
      const { defect, mle = "new", project = "first" } = request
      const kept = mle === "same" ? latestKeys.get(project) : undefined
      const [tls, keys] = yield* Effect.all(
        [
          pki.mintTls({ commonName: `${project}.originator.example`, defect }),
          kept === undefined ? pki.mintMle() : Effect.succeed(kept),
        ],
        { concurrency: "unbounded" },
      )
      const userId = randomBytes(24).toString("hex").toUpperCase()
      const password = randomBytes(24).toString("base64url")
      clients.register({ project, userId, fingerprint: tls.fingerprint }, password)
      clients.registerKeys(project, keys)
      latestKeys.set(project, keys)
      return {
        userId,
        password,
        project,
        tls: {
          key: tls.key,
          certificateChain: tls.certificateChain,
          serverRoot: pki.serverRoot,
          fingerprint: tls.fingerprint,
        },
        mle: {
          keyId: keys.keyId,
          serverCertificate: keys.serverCertificate,
          clientPrivateKey: keys.clientPrivateKey,
          clientCertificate: keys.clientCertificate,
        },
      }
    })

    const credentials = yield* issue()
    const server = yield* Server.start(settings, pki, clients)
    const { engine, webhooks, world } = server
    const settled = () => {
      world.network.settleDue(server.now())
      world.payouts.settleDue(server.now())
    }

    return Simulator.of({
      url: `https://localhost:${server.port}`,
      host: "localhost",
      port: server.port,
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
        clear: Effect.sync(() => server.reset()),
      },
      stats: Effect.sync(() => {
        settled()
        return {
          connections: server.connections(),
          acceptedConnections: server.acceptedConnections(),
          failedHandshakes: server.failedHandshakes(),
          ledger: world.ledger.stats(),
        }
      }),
      connections: Effect.sync(() => server.connections()),
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
      present: ({ certificate }) =>
        Effect.map(
          certificate === "valid" ? Effect.succeed(pki.server) : pki.mintServer(certificate),
          server.present,
        ),
      webhooks: (targets) => Effect.sync(() => webhooks.configure(targets)),
      received: server.arrived,
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
