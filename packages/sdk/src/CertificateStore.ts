/**
 * The credentials of one project as immutable generations: read, checked, published in one step,
 * leased by those who use them, replaced without losing a call.
 *
 * Visa renews certificate, key, user id and password together, and an MLE certificate together with
 * its Key-ID. So the unit is a {@link Generation}: a whole set that has passed every check that can
 * be made without asking Visa. A set that fails one is never published; the one in use stays.
 *
 * What is checked: that each input can be read and is what it claims to be; that keys belong to
 * their certificates; that the chain is in order and signed; that every certificate is valid now;
 * that the client certificate may be used for client authentication; that keys are strong enough
 * (RSA of 2048 bits, for TLS also EC on P-256 or better); and that OpenSSL accepts the whole.
 *
 * Sources: Visa's two-way SSL and message level encryption guides, and its notes on certificate
 * expiration.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import {
  Clock,
  Context,
  DateTime,
  Deferred,
  Effect,
  Inspectable,
  Layer,
  Option,
  Semaphore,
  Stream,
  SubscriptionRef,
} from "effect"
import type { FileSystem, Scope } from "effect"
import { checkDates, earliestEnd, load } from "./internal/credentials.ts"
import type {
  BasicCredentials,
  CertificateInfo,
  Credentials,
  Material,
  MleKeySet,
  TlsIdentity,
} from "./internal/credentials.ts"
import { credentialsFromConfig } from "./internal/credentialsConfig.ts"
import { throwawayCredentials } from "./internal/credentialsTest.ts"
import * as Lease from "./internal/lease.ts"
import { VisaError } from "./VisaError.ts"

export type {
  BasicCredentials,
  CertificateInfo,
  Credentials,
  MleCredentials,
  MleKeySet,
  PemCredentials,
  Pkcs12Credentials,
  Role,
  TlsIdentity,
} from "./internal/credentials.ts"
export type { CertificatePart, FilePath, KeyPart, Pkcs12Part } from "./internal/credentialsPart.ts"

/**
 * One whole set of credentials, as it was when it was published. Nothing in it changes, and printing
 * it in any way shows certificates and dates, never a key, password or user id.
 */
export class Generation extends Inspectable.Class {
  /** Counts up from 1 within one store; a rollback makes a new number. */
  readonly id: number
  readonly tls: TlsIdentity
  readonly basic: BasicCredentials
  /** Absent where no operation is encrypted, as in a sandbox project with MLE turned off. */
  readonly mle: Option.Option<MleKeySet>
  /** All certificates, the client certificate first. */
  readonly certificates: ReadonlyArray<CertificateInfo>
  /** SHA-256 of each of {@link certificates}, in the same order. */
  readonly fingerprints: ReadonlyArray<string>
  /** When the first certificate ends on which calls depend. Extra roots do not count. */
  readonly notAfter: DateTime.Utc
  /** What looks wrong and yet may work: for a person to read. Also logged at publication. */
  readonly warnings: ReadonlyArray<string>

  /** @internal */
  constructor(id: number, material: Material) {
    super()
    this.id = id
    this.tls = material.tls
    this.basic = material.basic
    this.mle = material.mle
    this.certificates = material.certificates
    this.fingerprints = Object.freeze(material.certificates.map((each) => each.fingerprint256))
    this.notAfter = earliestEnd(material.certificates)
    this.warnings = material.warnings
    Object.freeze(this)
  }

  override toJSON(): unknown {
    return {
      _id: "Generation",
      id: this.id,
      keyId: Option.getOrUndefined(Option.map(this.mle, (keys) => keys.keyId)),
      notAfter: DateTime.formatIso(this.notAfter),
      certificates: this.certificates.map((each) => ({
        ...each,
        notBefore: DateTime.formatIso(each.notBefore),
        notAfter: DateTime.formatIso(each.notAfter),
      })),
      warnings: this.warnings,
    }
  }
}

/** A certificate and how long it still lasts. */
export interface Expiry extends CertificateInfo {
  /** Whole days from now to `notAfter`, rounded down: negative once it has expired. */
  readonly daysLeft: number
}

const dayMillis = 86_400_000

/**
 * Holds the credentials in use.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { CertificateStore } from "effect-visa-direct"
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* CertificateStore
 *   const [client] = yield* store.expiry
 *   return client?.daysLeft
 * })
 *
 * const days = await Effect.runPromise(program.pipe(Effect.provide(CertificateStore.layerTest)))
 * assert.strictEqual(days, 364)
 */
export class CertificateStore extends Context.Service<
  CertificateStore,
  {
    /** The generation for new work. */
    readonly current: Effect.Effect<Generation>

    /**
     * The current generation, counted as in use until the scope closes. One lease per request: a
     * reload in between retires the generation, and it is {@link drained} when the last lease ends.
     */
    readonly lease: Effect.Effect<Generation, never, Scope.Scope>

    /**
     * Reads and checks `source`, then publishes it as the next generation. On failure nothing changes.
     * Reloads run one after the other.
     */
    readonly reload: (source: Credentials) => Effect.Effect<Generation, VisaError>

    /**
     * Publishes the generation before the current one anew, under a new id, if its certificates are
     * still valid. One step: a further rollback fails, since it could only return to the set from
     * which one just fled.
     */
    readonly rollback: Effect.Effect<Generation, VisaError>

    /** The current generation, then each one that is published. */
    readonly changes: Stream.Stream<Generation>

    /** Every certificate of the current generation, extra roots included. */
    readonly expiry: Effect.Effect<ReadonlyArray<Expiry>>

    /**
     * Waits until the generation has been replaced and its last lease has ended. For transports, which
     * then close its connections; bound the wait with a deadline.
     */
    readonly drained: (generation: Generation) => Effect.Effect<void>
  }
>()("effect-visa-direct/CertificateStore") {
  /** Reads files through whichever `FileSystem` is provided, now and at every reload. */
  static readonly make: (
    credentials: Credentials,
  ) => Effect.Effect<CertificateStore["Service"], VisaError, FileSystem.FileSystem> =
    Effect.fnUntraced(function* (credentials: Credentials) {
      const context = yield* Effect.context<FileSystem.FileSystem>()
      const oneAtATime = Semaphore.makeUnsafe(1)

      const first = Lease.make(new Generation(1, yield* load(credentials)))
      const ref = yield* SubscriptionRef.make(first)
      // Transports ask by generation; a generation that nobody holds is forgotten.
      const leases = new WeakMap([[first.value, first]])
      let previous = Option.none<Generation>()

      const publish = Effect.fnUntraced(function* (
        material: Material,
        rollbackTo: (replaced: Generation) => Option.Option<Generation>,
      ) {
        const next = yield* SubscriptionRef.modify(ref, (old) => {
          const next = Lease.make(new Generation(old.value.id + 1, material))
          leases.set(next.value, next)
          previous = rollbackTo(old.value)
          Lease.retire(old)
          return [next.value, next]
        })
        yield* report(next)
        return next
      })

      yield* report(first.value)
      return CertificateStore.of({
        current: Effect.sync(() => SubscriptionRef.getUnsafe(ref).value),
        lease: Effect.acquireRelease(
          Effect.sync(() => Lease.acquire(SubscriptionRef.getUnsafe(ref))),
          (leased) => Effect.sync(() => Lease.release(leased)),
        ).pipe(Effect.map((leased) => leased.value)),
        reload: Effect.fn("CertificateStore.reload")(
          function* (source: Credentials) {
            return yield* publish(yield* load(source), Option.some)
          },
          Effect.provide(context),
          oneAtATime.withPermit,
        ),
        rollback: Effect.gen(function* () {
          if (Option.isNone(previous)) {
            return yield* VisaError.of("OptionInvalid", {
              field: "rollback",
              detail: "there is no generation before the current one to return to",
            })
          }
          yield* checkDates(previous.value.certificates)
          return yield* publish(previous.value, Option.none)
        }).pipe(Effect.withSpan("CertificateStore.rollback"), oneAtATime.withPermit),
        changes: Stream.map(SubscriptionRef.changes(ref), (leased) => leased.value),
        expiry: Effect.map(Clock.currentTimeMillis, (now) =>
          SubscriptionRef.getUnsafe(ref).value.certificates.map((each) => ({
            ...each,
            daysLeft: Math.floor((DateTime.toEpochMillis(each.notAfter) - now) / dayMillis),
          })),
        ),
        drained: (generation) =>
          Effect.suspend(() => {
            const leased = leases.get(generation)
            return leased === undefined ? Effect.void : Deferred.await(leased.drained)
          }),
      })
    })

  /** Reads `credentials` at once; fails with the first thing that is wrong with them. */
  static readonly layer = (credentials: Credentials): Layer.Layer<CertificateStore, VisaError> =>
    Layer.effect(CertificateStore, CertificateStore.make(credentials)).pipe(
      Layer.provide(NodeFileSystem.layer),
    )

  /**
   * The credentials that the `VISA_DIRECT_*` variables describe, for a `reload` from the same place.
   * Fails with `OptionInvalid`, which names every variable that is missing or one too many.
   *
   * | input | variables |
   * |---|---|
   * | user id and password | `VISA_DIRECT_USER_ID`, `VISA_DIRECT_PASSWORD` |
   * | certificate and key as PEM | `VISA_DIRECT_TLS_CERT_PATH` or `…_TLS_CERT`, `VISA_DIRECT_TLS_KEY_PATH` or `…_TLS_KEY`, `VISA_DIRECT_TLS_KEY_PASSPHRASE` |
   * | or as PKCS#12 | `VISA_DIRECT_TLS_PKCS12_PATH`, `VISA_DIRECT_TLS_PKCS12_PASSPHRASE` |
   * | extra roots | `VISA_DIRECT_TLS_CA_PATH` or `…_TLS_CA` |
   * | MLE | `VISA_DIRECT_MLE_KEY_ID`, `VISA_DIRECT_MLE_SERVER_CERT_PATH` or `…_SERVER_CERT`, `VISA_DIRECT_MLE_PRIVATE_KEY_PATH` or `…_PRIVATE_KEY`, `VISA_DIRECT_MLE_PRIVATE_KEY_PASSPHRASE`, `VISA_DIRECT_MLE_CLIENT_CERT_PATH` or `…_CLIENT_CERT` |
   *
   * Variables without `_PATH` hold the PEM text itself; its line ends may be written as `\n`.
   */
  static readonly credentialsFromConfig: Effect.Effect<Credentials, VisaError> =
    credentialsFromConfig

  /** {@link layer} with {@link credentialsFromConfig}. */
  static readonly layerConfig: Layer.Layer<CertificateStore, VisaError> = Layer.unwrap(
    Effect.map(credentialsFromConfig, CertificateStore.layer),
  )

  /**
   * A store with keys and self-signed certificates made on the spot, MLE included, valid for a year
   * from the clock's now. No server accepts them.
   */
  static readonly layerTest: Layer.Layer<CertificateStore> = Layer.unwrap(
    Effect.map(throwawayCredentials, CertificateStore.layer),
  ).pipe(Layer.orDie)
}

const report = Effect.fnUntraced(function* (generation: Generation) {
  yield* Effect.logInfo("Credentials are in use").pipe(
    Effect.annotateLogs({
      generation: generation.id,
      fingerprint: generation.fingerprints[0],
      notAfter: DateTime.formatIso(generation.notAfter),
    }),
  )
  yield* Effect.forEach(generation.warnings, (warning) => Effect.logWarning(warning), {
    discard: true,
  })
})
