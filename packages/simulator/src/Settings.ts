/** How a simulator is set up: the options of `Simulator.layer`, and their defaults. */
import type { LedgerOptions } from "./Ledger.ts"

export interface SimulatorOptions {
  /** Port on 127.0.0.1. Default 0: one that is free. */
  readonly port?: number | undefined
  /** Decides identifiers and approval codes. Equal seeds give equal answers. Keys stay random. */
  readonly seed?: string | number | undefined
  /**
   * Whether the project enforces message level encryption. `optional`: a request without `keyId`
   * is taken, and answered, in clear. Default `required`.
   */
  readonly mle?: "required" | "optional" | undefined
  /**
   * Form of error replies to a request that was decrypted. Visa's own client expects both.
   * Default `encrypted`. Errors before decryption are always in clear.
   */
  readonly errorBodies?: "encrypted" | "clear" | undefined
  /**
   * What happens to a client certificate that is missing, foreign or expired.
   *
   * - `http` (default): the handshake succeeds and HTTP answers 400/9124 (missing) or 401/9125.
   *   This is what was observed of Visa's platform for a missing certificate; what it does with an
   *   expired one is not published.
   * - `strict`: the handshake is refused. Under TLS 1.3 a client notices after its own side of the
   *   handshake succeeded.
   */
  readonly clientCertificate?: "http" | "strict" | undefined
  /** Milliseconds by which the simulator's clock is ahead of Effect's `Clock`. Default 0. */
  readonly clockOffset?: number | undefined
  /** Milliseconds that every API call takes to process. Default 0: answered at once. */
  readonly latency?: number | undefined
  /** Milliseconds after which an idle connection is closed. Default 60,000. */
  readonly keepAliveTimeout?: number | undefined
  /** Paths that exist but are not part of the project: 403/9611. */
  readonly notInProject?: ReadonlyArray<string> | undefined
  readonly query?:
    | {
        /**
         * HTTP status when no transaction is found; the body is an object with `errorMessage`.
         * The status is not documented. Default 200.
         */
        readonly notFoundStatus?: 200 | 400 | 404 | undefined
        /** Whether a push that is still being processed is found, as `IN_PROGRESS`. Default `shown`. */
        readonly inProgress?: "shown" | "hidden" | undefined
        /** Milliseconds until a finished push can be found. Default 0. */
        readonly lag?: number | undefined
      }
    | undefined
  /** Body of a 202: JSON with `statusIdentifier`, or the bare identifier as older samples have it. */
  readonly accepted?: "json" | "text" | undefined
  /** Whether amounts 1100.NN are answered with action code NN. Default true. */
  readonly amountTriggers?: boolean | undefined
  /**
   * Issuer country (ISO numeric) by leading digits of the card number. A card that is not listed is
   * taken to be issued in the acquirer's country, unless `recipientCountryCode` says otherwise.
   */
  readonly issuers?: Readonly<Record<string, string>> | undefined
  readonly ledger?: LedgerOptions | undefined
}

/** The options with every default filled in. */
export interface SimulatorSettings {
  readonly port: number
  readonly seed: string
  readonly mle: "required" | "optional"
  readonly errorBodies: "encrypted" | "clear"
  readonly clientCertificate: "http" | "strict"
  readonly clockOffset: number
  readonly latency: number
  readonly keepAliveTimeout: number
  readonly notInProject: ReadonlySet<string>
  readonly notFoundStatus: 200 | 400 | 404
  readonly queryInProgress: "shown" | "hidden"
  readonly queryLag: number
  readonly accepted: "json" | "text"
  readonly amountTriggers: boolean
  readonly issuers: Readonly<Record<string, string>>
  readonly ledger: Required<{ [K in keyof LedgerOptions]: NonNullable<LedgerOptions[K]> }>
}

// The two test cards whose country Visa's samples name: Brazil (card attributes), Kenya (alias).
const issuers = { "4957030420210512": "076", "4895140000066666": "404" }

export const settle = (options: SimulatorOptions = {}): SimulatorSettings => ({
  port: options.port ?? 0,
  seed: String(options.seed ?? "visa-direct"),
  mle: options.mle ?? "required",
  errorBodies: options.errorBodies ?? "encrypted",
  clientCertificate: options.clientCertificate ?? "http",
  clockOffset: options.clockOffset ?? 0,
  latency: options.latency ?? 0,
  keepAliveTimeout: options.keepAliveTimeout ?? 60_000,
  notInProject: new Set(options.notInProject ?? []),
  notFoundStatus: options.query?.notFoundStatus ?? 200,
  queryInProgress: options.query?.inProgress ?? "shown",
  queryLag: options.query?.lag ?? 0,
  accepted: options.accepted ?? "json",
  amountTriggers: options.amountTriggers ?? true,
  issuers: { ...issuers, ...options.issuers },
  ledger: {
    keep: options.ledger?.keep ?? 100_000,
    wireBodies: options.ledger?.wireBodies ?? 1_000,
  },
})
