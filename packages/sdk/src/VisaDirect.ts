/**
 * The whole SDK as one layer.
 *
 * @example no-run
 * import { Effect } from "effect"
 * import { FundsTransfer, VisaDirect } from "effect-visa-direct"
 *
 * const program = FundsTransfer.pushStatus("1491819372_186_81_l73c003_VDP_ARM")
 *
 * await Effect.runPromise(program.pipe(Effect.provide(VisaDirect.layerConfig)))
 */
import { Effect, Layer } from "effect"
import { CertificateStore } from "./CertificateStore.ts"
import type { CertificateStoreOptions, Source } from "./CertificateStore.ts"
import { Correlation } from "./Correlation.ts"
import type { CorrelationOptions } from "./Correlation.ts"
import { HostBreaker } from "./HostBreaker.ts"
import type { HostBreakerOptions } from "./HostBreaker.ts"
import { HostLimiter } from "./HostLimiter.ts"
import type { HostLimiterOptions } from "./HostLimiter.ts"
import { apis } from "./internal/apis.ts"
import type { Apis } from "./internal/apis.ts"
import { keySourceFromConfig, layerJwks, layerJwksConfig } from "./internal/keySource.ts"
import type { RedisOptions } from "./internal/redis.ts"
import { layerSharedStores, layerSharedStoresConfig } from "./internal/sharedStores.ts"
import type { Jwks, JwksOptions } from "./Jwks.ts"
import { Mle } from "./Mle.ts"
import type { Options as MleOptions } from "./Mle.ts"
import { Redactor } from "./Redactor.ts"
import type { RedactorOptions } from "./Redactor.ts"
import { RetryBudget } from "./RetryBudget.ts"
import type { RetryBudgetOptions } from "./RetryBudget.ts"
import { RetryPolicy } from "./RetryPolicy.ts"
import type { RetryOptions } from "./RetryPolicy.ts"
import { Telemetry } from "./Telemetry.ts"
import { TransactionIdentity } from "./TransactionIdentity.ts"
import type { TransactionIdentityOptions } from "./TransactionIdentity.ts"
import { Transport } from "./Transport.ts"
import type { Options as TransportOptions, Requirements } from "./Transport.ts"
import type { VisaError } from "./VisaError.ts"

/** Everything that a program can ask of this SDK. */
export type Services =
  | Apis
  | TransactionIdentity
  | Transport
  | Mle
  | Jwks
  | CertificateStore
  | Correlation
  | RetryPolicy
  | RetryBudget
  | HostLimiter
  | HostBreaker
  | Redactor

/** Credentials are required; everything else has defaults that are safe in production. */
export interface Options extends TransportOptions {
  readonly credentials: Source
  /** How credentials are replaced while the program runs. */
  readonly rotation?: CertificateStoreOptions | undefined
  readonly correlation?: CorrelationOptions | undefined
  readonly redactor?: RedactorOptions | undefined
  readonly identity?: TransactionIdentityOptions | undefined
  readonly encryption?: MleOptions | undefined
  /** Required, and only allowed, when `encryption.keySource` is `jwks`. */
  readonly jwks?: JwksOptions | undefined
  readonly retry?: RetryOptions | undefined
  readonly retryBudget?: RetryBudgetOptions | undefined
  readonly rateLimit?: HostLimiterOptions | undefined
  readonly breaker?: HostBreakerOptions | "off" | undefined
  /**
   * Where processes share the limiter's counters, the breakers' circuits and the keys of a JWKS. Without
   * it, or while it is away, each process decides alone. Needs the package `redis`.
   */
  readonly redis?: RedisOptions | undefined
}

/**
 * What processes share through a Redis, for tools beside the program: provide it to `Breaker.layer`, and
 * its circuits are those of the program. Reads `VISA_DIRECT_REDIS_URL` and `VISA_DIRECT_REDIS_PREFIX`.
 */
export { layerSharedStoresConfig } from "./internal/sharedStores.ts"

const compose = (parts: {
  readonly transport: Layer.Layer<Transport, VisaError, Requirements>
  readonly mle: Layer.Layer<Mle, VisaError, CertificateStore>
  readonly jwks: Layer.Layer<Jwks, VisaError>
  readonly certificates: Layer.Layer<CertificateStore, VisaError>
  readonly correlation: Layer.Layer<Correlation, VisaError>
  readonly identity: Layer.Layer<TransactionIdentity, VisaError>
  readonly retryPolicy: Layer.Layer<RetryPolicy, VisaError, RetryBudget>
  readonly retryBudget: Layer.Layer<RetryBudget, VisaError>
  readonly hostLimiter: Layer.Layer<HostLimiter, VisaError>
  readonly hostBreaker: Layer.Layer<HostBreaker, VisaError>
  readonly sharedStores: Layer.Layer<never, VisaError>
  readonly redactor: Layer.Layer<Redactor, VisaError>
}): Layer.Layer<Services, VisaError> =>
  apis.pipe(
    Layer.provideMerge(parts.transport),
    Layer.provideMerge(parts.retryPolicy),
    Layer.provideMerge(parts.retryBudget),
    Layer.provideMerge(
      Layer.mergeAll(parts.hostLimiter, parts.hostBreaker).pipe(Layer.provide(parts.sharedStores)),
    ),
    Layer.provideMerge(parts.mle),
    Layer.provideMerge(Layer.provide(parts.jwks, parts.sharedStores)),
    Layer.provideMerge(Layer.mergeAll(parts.certificates, parts.correlation, parts.identity)),
    Layer.merge(Layer.effectDiscard(Telemetry.startAtZero)),
    // Outermost, so that nothing above can log or trace around it, while it is built included.
    Layer.provideMerge(Layer.mergeAll(Redactor.layerLogger, Redactor.layerTracer)),
    Layer.provideMerge(parts.redactor),
  )

/**
 * Everything, from options in code.
 *
 * Fails with a {@link VisaError} that names the option, the file or the certificate when the
 * credentials cannot work: a program that has this layer has credentials that were read, belong
 * together and are valid today.
 *
 * @example no-run
 * import { Effect, Redacted } from "effect"
 * import { FundsTransfer, VisaDirect } from "effect-visa-direct"
 *
 * const live = VisaDirect.layer({
 *   environment: "sandbox",
 *   credentials: {
 *     tls: { certificate: { path: "cert.pem" }, privateKey: { path: "privateKey.pem" } },
 *     basic: { userId: "…", password: Redacted.make("…") },
 *     mle: {
 *       keyId: "…",
 *       serverCertificate: { path: "server_cert.pem" },
 *       privateKey: { path: "key.pem" }
 *     }
 *   }
 * })
 * await Effect.runPromise(
 *   FundsTransfer.pushStatus("1491819372_186_81_l73c003_VDP_ARM").pipe(Effect.provide(live))
 * )
 */
export const layer = (options: Options): Layer.Layer<Services, VisaError> =>
  compose({
    transport: Transport.layer(options),
    mle: Mle.layer(options.encryption),
    jwks: layerJwks(options.encryption?.keySource, options.jwks, options.environment),
    certificates: CertificateStore.layer(options.credentials, options.rotation),
    correlation: Correlation.layer(options.correlation),
    identity: TransactionIdentity.layer(options.identity),
    retryPolicy: RetryPolicy.layer(options.retry),
    retryBudget: RetryBudget.layer(options.retryBudget),
    hostLimiter: HostLimiter.layer(options.rateLimit),
    hostBreaker: HostBreaker.layer(options.breaker),
    sharedStores: layerSharedStores(options.redis),
    redactor: Redactor.layer(options.redactor),
  })

/** Everything, from `VISA_DIRECT_*` variables; the README lists them. */
export const layerConfig: Layer.Layer<Services, VisaError> = compose({
  transport: Transport.layerConfig,
  mle: Layer.unwrap(Effect.map(keySourceFromConfig, (keySource) => Mle.layer({ keySource }))),
  jwks: layerJwksConfig,
  certificates: CertificateStore.layerConfig,
  correlation: Correlation.layerConfig,
  identity: TransactionIdentity.layerConfig,
  retryPolicy: RetryPolicy.layerConfig,
  retryBudget: RetryBudget.layerConfig,
  hostLimiter: HostLimiter.layerConfig,
  hostBreaker: HostBreaker.layerConfig,
  sharedStores: layerSharedStoresConfig,
  redactor: Redactor.layerConfig,
})
