/** How a simulator is set up: the options of `Simulator.layer`, and their defaults. */
import { type AliasBook, aliasBook, type AliasRecord, testAliases } from "./Aliases.ts"
import { type CardProfile, cardProfiles } from "./Cards.ts"
import type { LedgerOptions } from "./Ledger.ts"
import type { Webhooks } from "./Webhook.ts"
import { watchListOf, type WatchListOptions, type WatchListSettings } from "./WatchLists.ts"

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
  /**
   * Requests of one project that are let through in each `window` of milliseconds (default 1,000); the
   * rest is a 429 that says when the next window begins. Default: no limit. Visa publishes none.
   */
  readonly rateLimit?:
    | { readonly requests: number; readonly window?: number | undefined }
    | undefined
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
  /** Aliases that can be resolved, besides the sandbox's. They win over one of the same name. */
  readonly aliases?: ReadonlyArray<AliasRecord> | undefined
  /** What card attributes and validations know, besides the sandbox's cards. */
  readonly cards?: ReadonlyArray<CardProfile> | undefined
  readonly watchList?: WatchListOptions | undefined
  readonly payouts?:
    | {
        /** Milliseconds from one status of a payout to the next. Default 60,000. */
        readonly step?: number | undefined
        /**
         * What a second payout under one `clientReferenceId` meets: it is refused, or it is paid as
         * another one. Not documented beyond "unique". Default `refused`.
         */
        readonly duplicates?: "refused" | "paid" | undefined
        /** Milliseconds until a payout can be found by the query. Default 0. */
        readonly lag?: number | undefined
      }
    | undefined
  readonly forex?:
    | {
        /** Milliseconds until a quote expires. Default 300,000. */
        readonly quoteLifetime?: number | undefined
        /** Rate products of the subscription; another one is a 403/4001. Default: all. */
        readonly products?: ReadonlyArray<"A" | "B" | "BANK" | "WALLET"> | undefined
      }
    | undefined
  readonly report?:
    | {
        /**
         * The body of a report without rows: an empty array, or an object with `errorMessage` as
         * the Transaction Query answers. Not documented. Default `array`.
         */
        readonly empty?: "array" | "message" | undefined
      }
    | undefined
  /** Where to make webhook calls to. Default: nowhere. */
  readonly webhooks?: Webhooks | undefined
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
  readonly rateLimit: { readonly requests: number; readonly window: number } | undefined
  readonly notInProject: ReadonlySet<string>
  readonly notFoundStatus: 200 | 400 | 404
  readonly queryInProgress: "shown" | "hidden"
  readonly queryLag: number
  readonly accepted: "json" | "text"
  readonly amountTriggers: boolean
  readonly issuers: Readonly<Record<string, string>>
  readonly aliases: AliasBook
  readonly cards: ReadonlyArray<CardProfile>
  readonly watchList: WatchListSettings
  readonly payoutStep: number
  readonly payoutDuplicates: "refused" | "paid"
  readonly payoutLag: number
  readonly quoteLifetime: number
  readonly rateProducts: ReadonlySet<string>
  readonly reportEmpty: "array" | "message"
  readonly webhooks: Webhooks
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
  rateLimit:
    options.rateLimit === undefined
      ? undefined
      : { requests: options.rateLimit.requests, window: options.rateLimit.window ?? 1_000 },
  notInProject: new Set(options.notInProject ?? []),
  notFoundStatus: options.query?.notFoundStatus ?? 200,
  queryInProgress: options.query?.inProgress ?? "shown",
  queryLag: options.query?.lag ?? 0,
  accepted: options.accepted ?? "json",
  amountTriggers: options.amountTriggers ?? true,
  issuers: { ...issuers, ...options.issuers },
  aliases: aliasBook([...(options.aliases ?? []), ...testAliases]),
  cards: [...(options.cards ?? []), ...cardProfiles],
  watchList: watchListOf(options.watchList),
  payoutStep: options.payouts?.step ?? 60_000,
  payoutDuplicates: options.payouts?.duplicates ?? "refused",
  payoutLag: options.payouts?.lag ?? 0,
  quoteLifetime: options.forex?.quoteLifetime ?? 300_000,
  rateProducts: new Set(options.forex?.products ?? ["A", "B", "BANK", "WALLET"]),
  reportEmpty: options.report?.empty ?? "array",
  webhooks: options.webhooks ?? {},
  ledger: {
    keep: options.ledger?.keep ?? 100_000,
    wireBodies: options.ledger?.wireBodies ?? 1_000,
    requests: options.ledger?.requests ?? 0,
  },
})
