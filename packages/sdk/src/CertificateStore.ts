/**
 * The credentials of one project as immutable generations: read, checked, tried at Visa, published in
 * one step, leased by those who use them, replaced without losing a call.
 *
 * Visa renews certificate, key, user id and password together, and an MLE certificate together with
 * its Key-ID. So the unit is a {@link Generation}: a whole set. A set that fails one of these checks
 * is never published, and the one in use stays:
 *
 * 1. All parts are read, and read again until two readings are the same, because certificate and key
 *    are written at different moments.
 * 2. Each input is what it claims to be; keys belong to their certificates; the chain is in order and
 *    signed; every certificate is valid now; the client certificate may be used for client
 *    authentication; keys are strong enough (RSA of 2048 bits, for TLS also EC on P-256 or better);
 *    OpenSSL accepts the whole.
 * 3. Visa accepts it: the transport opens connections of their own for it and calls
 *    `GET /vdp/helloworld`, then what {@link Proof} says of message level encryption.
 *
 * Sources: Visa's two-way SSL and message level encryption guides, and its notes on certificate
 * expiration.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import {
  Clock,
  Config,
  Context,
  DateTime,
  Deferred,
  Duration,
  Effect,
  FileSystem,
  Inspectable,
  Layer,
  Option,
  PubSub,
  type Scope,
  Semaphore,
  Stream,
  SubscriptionRef,
} from "effect"
import { checkDates, earliestEnd } from "./internal/credentials.ts"
import type {
  BasicIdentity,
  CertificateInfo,
  Credentials,
  Material,
  MleKeySet,
  Role,
  TlsIdentity,
} from "./internal/credentials.ts"
import { credentialsFromConfig } from "./internal/credentialsConfig.ts"
import { materialOf, pathsOf, settled, snapshot } from "./internal/credentialsSource.ts"
import type { Settling, Snapshot, Source } from "./internal/credentialsSource.ts"
import { lookAgain } from "./internal/credentialsWatch.ts"
import { throwawayCredentials } from "./internal/credentialsTest.ts"
import { expiryAt, takeWarnings } from "./internal/expiry.ts"
import type { Expiry, ExpiryWarning } from "./internal/expiry.ts"
import * as Lease from "./internal/lease.ts"
import { optionInvalid } from "./internal/optionInvalid.ts"
import { count, duration } from "./internal/optionValues.ts"
import { Telemetry } from "./Telemetry.ts"
import { VisaError } from "./VisaError.ts"

export type {
  BasicCredentials,
  BasicIdentity,
  CertificateInfo,
  Credentials,
  MleCredentials,
  MleKeySet,
  PemCredentials,
  Pkcs12Credentials,
  Role,
  TlsIdentity,
} from "./internal/credentials.ts"
export type {
  CertificatePart,
  FilePath,
  KeyPart,
  Pkcs12Part,
  SecretPart,
  TextPart,
} from "./internal/credentialsPart.ts"
export type { Source } from "./internal/credentialsSource.ts"
export { expiryThresholds } from "./internal/expiry.ts"
export type { Expiry, ExpiryWarning } from "./internal/expiry.ts"

/**
 * How far a set is tried at Visa before it is published.
 *
 * | proof | what Visa must do | what that proves |
 * |---|---|---|
 * | `connection` | answer `GET /vdp/helloworld` with 200 | TLS identity, user id and password are of one set, and alive |
 * | `full` (default) | the same, then answer an encrypted query and an encrypted empty inquiry | also that the Key-ID is known, that replies to it can be decrypted, and that Visa can decrypt what is encrypted to the server certificate |
 * | `none` | nothing | nothing |
 *
 * The two encrypted calls name no card and move no money: a Transaction Query for a transaction that
 * does not exist, and a card inquiry with nothing in it, which Visa refuses after it has decrypted it.
 * A refusal of the credentials, or a reply that cannot be decrypted, fails the proof. A project that
 * has neither API (403, 404) leaves message level encryption unproved, and the log says so.
 */
export type Proof = "full" | "connection" | "none"

export interface ReloadOptions {
  /** Defaults to `full`. A store without a transport can prove nothing and takes only `none`. */
  readonly proof?: Proof | undefined
}

/** Tries generations at Visa before they are published. A transport is one. */
export interface Prover {
  /**
   * Opens connections for a candidate and makes the calls that `proof` asks for. When the scope closes with a failure, the candidate was not
   * published, and its connections must go.
   */
  readonly prove: (
    candidate: Generation,
    proof: Proof,
  ) => Effect.Effect<void, VisaError, Scope.Scope>
}

/** How to follow a source. */
export interface WatchOptions extends ReloadOptions {
  /**
   * How often the source is read without a sign that it has changed, and the longest pause after a
   * failure. Default: 1 minute.
   */
  readonly every?: Duration.Input | undefined
  /**
   * Directories in which changes are a sign. Default: those of the files that the source names. For
   * sources without files that is none: they are read every so often.
   */
  readonly directories?: ReadonlyArray<string> | undefined
}

/** When to return to the previous generation without being told. */
export interface AutoRollback {
  /** So many requests that Visa refused for their credentials. Default: 5. */
  readonly threshold?: number | undefined
  /** Counted for so long after a reload has published a generation. Default: 1 minute. */
  readonly window?: Duration.Input | undefined
}

export interface CertificateStoreOptions {
  /** How long no part of a source may change before it is taken as a whole. Default: 250 ms. */
  readonly quiet?: Duration.Input | undefined
  /** How long to wait for that, slow sources included. Default: 10 seconds. */
  readonly patience?: Duration.Input | undefined
  /**
   * What a rollback asks of Visa first. Default: `none`, because that generation was in use before and
   * a rollback is made in trouble.
   */
  readonly rollbackProof?: Proof | undefined
  /**
   * Whether {@link CertificateStore.layer} follows its source as `watch` does. Default: no. `true` is
   * the defaults of {@link WatchOptions}.
   */
  readonly watch?: WatchOptions | boolean | undefined
  /** Default: off. `true` is the defaults of {@link AutoRollback}. */
  readonly autoRollback?: AutoRollback | boolean | undefined
}

/** What made a generation the current one, or tried to. */
export type Trigger = "start" | "reload" | "rollback" | "automatic rollback"

/** Something that happened to the credentials. */
export type RotationEvent =
  | { readonly _tag: "Published"; readonly trigger: Trigger; readonly generation: Generation }
  /** What was in use stays in use. */
  | { readonly _tag: "Refused"; readonly trigger: Trigger; readonly error: VisaError }

/**
 * One whole set of credentials, as it was when it was published. Nothing in it changes, and printing
 * it in any way shows certificates and dates, never a key, password or user id.
 */
export class Generation extends Inspectable.Class {
  /** Counts up from 1 within one store; a rollback makes a new number. */
  readonly id: number
  readonly tls: TlsIdentity
  readonly basic: BasicIdentity
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
     * Reads, checks and proves `source`, then publishes it as the next generation. On failure nothing
     * changes, and the error says why: a reason of the group `configuration` for what is wrong with
     * the set or what Visa refuses, another one where Visa could not be asked. Reloads run one after
     * the other.
     */
    readonly reload: (
      source: Source,
      options?: ReloadOptions,
    ) => Effect.Effect<Generation, VisaError>

    /**
     * Publishes the generation before the current one anew, under a new id, if its certificates are
     * still valid. One step: a further rollback fails, since it could only return to the set from
     * which one just fled.
     */
    readonly rollback: Effect.Effect<Generation, VisaError>

    /**
     * Reads `source` whenever its content has changed, proves and publishes it; until it is
     * interrupted. What fails is logged once, keeps the generation in use, and is tried again: soon,
     * then with growing pauses, and at once when something changes. A set from which a rollback has
     * fled is not taken up again before its content changes.
     *
     * Directories are watched, and files also compared by content every so often. It survives files
     * that others are renamed over, Kubernetes' exchange of symlinks, a directory that goes and comes
     * back, files that cannot be read for a while, and writers that do not stop.
     *
     * @example no-run
     * import { Effect } from "effect"
     * import { CertificateStore } from "effect-visa-direct"
     *
     * const follow = Effect.gen(function*() {
     *   const store = yield* CertificateStore
     *   const credentials = yield* CertificateStore.credentialsFromConfig
     *   yield* Effect.forkScoped(store.watch(credentials, { every: "30 seconds" }))
     * })
     */
    readonly watch: (source: Source, options?: WatchOptions) => Effect.Effect<never, VisaError>

    /** Tries the current generation at Visa, as a reload does. For health checks and tools. */
    readonly prove: (proof: Exclude<Proof, "none">) => Effect.Effect<void, VisaError>

    /** The current generation, then each one that is published. */
    readonly changes: Stream.Stream<Generation>

    /** Everything that happens from now on. */
    readonly events: Stream.Stream<RotationEvent>

    /** Every certificate of the current generation, extra roots included. */
    readonly expiry: Effect.Effect<ReadonlyArray<Expiry>>

    /**
     * Certificates of the generation in use that have come down to one of {@link expiryThresholds}
     * days, each once per threshold. Looks at every new generation, and every hour.
     */
    readonly expiryWarnings: Stream.Stream<ExpiryWarning>

    /** Waits until the generation has been replaced and its last lease has ended. */
    readonly drained: (generation: Generation) => Effect.Effect<void>

    /** Has every later generation tried by this prover too, until the scope closes. */
    readonly provedBy: (prover: Prover) => Effect.Effect<void, never, Scope.Scope>

    /** Tells that Visa refused a request for its credentials: see {@link AutoRollback}. */
    readonly rejected: (generationId: number) => Effect.Effect<void>
  }
>()("effect-visa-direct/CertificateStore") {
  /** Reads files through whichever `FileSystem` is provided, now and at every reload. */
  static readonly make: (
    source: Source,
    options?: CertificateStoreOptions,
  ) => Effect.Effect<CertificateStore["Service"], VisaError, FileSystem.FileSystem | Scope.Scope> =
    Effect.fnUntraced(function* (source: Source, options: CertificateStoreOptions = {}) {
      const settings = yield* settingsOf(options)
      const files = yield* FileSystem.FileSystem
      const scope = yield* Effect.scope
      const oneAtATime = Semaphore.makeUnsafe(1)
      const provers = new Set<Prover>()
      const events = yield* PubSub.sliding<RotationEvent>(1_024)

      const firstSnapshot = yield* snapshot(source)
      const first = yield* inUse(
        new Generation(1, yield* materialOf(firstSnapshot)),
        firstSnapshot.digest,
        "start",
      )
      const ref = yield* SubscriptionRef.make(first)
      // Whoever waits asks by generation; a generation that nobody holds is forgotten.
      const leases = new WeakMap([[first.leased.value, first.leased]])
      let previous = Option.none<InUse>()
      // Of the set from which the last rollback has fled.
      let fled: string | undefined
      const current = () => SubscriptionRef.getUnsafe(ref)

      const publish = Effect.fnUntraced(function* (next: InUse) {
        yield* SubscriptionRef.update(ref, (old) => {
          leases.set(next.leased.value, next.leased)
          previous = next.trigger === "reload" ? Option.some(old) : Option.none()
          fled = next.trigger === "reload" ? undefined : old.digest
          Lease.retire(old.leased)
          return next
        })
        yield* report(next)
        yield* PubSub.publish(events, {
          _tag: "Published",
          trigger: next.trigger,
          generation: next.leased.value,
        })
        return next.leased.value
      })

      /** Nobody sees the candidate before it is proved, and nothing can come in between then. */
      const replace = (
        material: Material,
        digest: string,
        trigger: Exclude<Trigger, "start">,
        proof: Proof,
      ) => {
        const candidate = new Generation(current().leased.value.id + 1, material)
        return Effect.uninterruptibleMask((restore) =>
          restore(
            Effect.forEach(provers, (prover) => prover.prove(candidate, proof), { discard: true }),
          ).pipe(
            Effect.andThen(inUse(candidate, digest, trigger)),
            Effect.flatMap(publish),
            Effect.scoped,
          ),
        )
      }

      const mustBeProvable = (proof: Proof) =>
        proof !== "none" && provers.size === 0
          ? Effect.fail(
              VisaError.of("OptionInvalid", {
                field: "proof",
                detail: `there is no transport that could prove it at Visa; ask for proof "none" to do without`,
              }),
            )
          : Effect.void

      const refused = (trigger: Trigger) => (error: VisaError) =>
        Effect.andThen(
          Effect.logWarning(`The credentials in use stay, a ${trigger} failed: ${error.message}`),
          PubSub.publish(events, { _tag: "Refused", trigger, error }),
        )

      const reload = Effect.fnUntraced(
        function* (read: Effect.Effect<Snapshot, VisaError, FileSystem.FileSystem>, proof: Proof) {
          yield* mustBeProvable(proof)
          const taken = yield* read
          return yield* replace(yield* materialOf(taken), taken.digest, "reload", proof)
        },
        Effect.mapError((error) => error.within({ operation: "CertificateStore.reload" })),
        Effect.tap((generation) =>
          Telemetry.annotate("reload", { "visa.generation": generation.id }),
        ),
        Effect.onExit((exit) =>
          Telemetry.certificateRotations.increment({
            result: exit._tag === "Success" ? "success" : "failure",
          }),
        ),
        Telemetry.span("reload"),
        Effect.provideService(FileSystem.FileSystem, files),
        oneAtATime.withPermit,
      )

      const rollback = Effect.fnUntraced(
        function* (trigger: "rollback" | "automatic rollback", from: Option.Option<InUse>) {
          // Somebody was faster.
          if (Option.isSome(from) && from.value !== current()) return current().leased.value
          if (Option.isNone(previous)) {
            return yield* VisaError.of("OptionInvalid", {
              field: "rollback",
              detail: "there is no generation before the current one to return to",
            })
          }
          const { digest, leased } = previous.value
          yield* mustBeProvable(settings.rollbackProof)
          yield* checkDates(leased.value.certificates)
          return yield* replace(leased.value, digest, trigger, settings.rollbackProof)
        },
        (self, trigger) => {
          const label = trigger === "rollback" ? "manual" : "automatic"
          return self.pipe(
            Effect.mapError((error) => error.within({ operation: "CertificateStore.rollback" })),
            Effect.tap((generation) =>
              Telemetry.annotate("rollback", { "visa.generation": generation.id }),
            ),
            Effect.tapError(refused(trigger)),
            Effect.onExit((exit) =>
              Telemetry.certificateRollbacks.increment({
                trigger: label,
                result: exit._tag === "Success" ? "success" : "failure",
              }),
            ),
            Telemetry.span("rollback", { "visa.rotation.trigger": label }),
          )
        },
        oneAtATime.withPermit,
      )

      const rejected = Effect.fnUntraced(function* (generationId: number) {
        const entry = current()
        if (
          settings.autoRollback === undefined ||
          entry.leased.value.id !== generationId ||
          entry.trigger !== "reload" ||
          (yield* Clock.currentTimeMillis) - entry.since > settings.autoRollback.windowMillis
        ) {
          return
        }
        entry.rejections += 1
        if (entry.rejections !== settings.autoRollback.threshold) return
        yield* Effect.logWarning(
          `Visa refused ${entry.rejections} requests for the credentials of generation ${generationId}: returning to the previous ones`,
        )
        // Not in the fiber of the request: its caller may interrupt it.
        yield* Effect.forkIn(
          Effect.ignore(rollback("automatic rollback", Option.some(entry))),
          scope,
        )
      })

      const watch = Effect.fnUntraced(function* (source: Source, options: WatchOptions = {}) {
        const { directories, proof = "full" } = options
        const watching = { directories, every: yield* everyOf(options) }
        const isNews = ({ digest }: Snapshot) => digest !== current().digest && digest !== fled
        let paths = Effect.isEffect(source) ? [] : pathsOf(source)
        let digest = ""
        // What was said last, so as not to say it at every attempt.
        let said = ""
        const look = Effect.gen(function* () {
          const taken = yield* settled(source, settings)
          paths = pathsOf(taken.credentials)
          digest = taken.digest
          if (isNews(taken)) yield* reload(Effect.succeed(taken), proof)
        }).pipe(
          Effect.matchEffect({
            onSuccess: () => {
              said = ""
              return Effect.succeed({ isDone: true, paths })
            },
            onFailure: (error) => {
              const { _tag, detail, field } = error.reason
              const saying = [digest, _tag, field, detail].join("|")
              const isNew = saying !== said
              said = saying
              return Effect.as(isNew ? refused("reload")(error) : Effect.void, {
                isDone: false,
                paths,
              })
            },
          }),
        )
        return yield* Effect.provideService(lookAgain(look, watching), FileSystem.FileSystem, files)
      })

      const changes = Stream.map(SubscriptionRef.changes(ref), ({ leased }) => leased.value)
      const expiry = Effect.map(Clock.currentTimeMillis, (now) =>
        current().leased.value.certificates.map(expiryAt(now)),
      )

      yield* observeExpiry(() => current().leased.value)
      yield* report(first)
      return CertificateStore.of({
        current: Effect.sync(() => current().leased.value),
        lease: Effect.acquireRelease(
          Effect.sync(() => Lease.acquire(current().leased)),
          (leased) => Effect.sync(() => Lease.release(leased)),
        ).pipe(Effect.map((leased) => leased.value)),
        reload: (next, { proof = "full" } = {}) =>
          Effect.tapError(reload(settled(next, settings), proof), refused("reload")),
        rollback: rollback("rollback", Option.none()),
        watch,
        prove: Effect.fnUntraced(function* (proof) {
          yield* mustBeProvable(proof)
          const { value } = current().leased
          yield* Effect.forEach(provers, (prover) => prover.prove(value, proof), { discard: true })
        }, Effect.scoped),
        changes,
        events: Stream.fromPubSub(events),
        expiry,
        expiryWarnings: Stream.suspend(() => {
          const given = new Map<string, number>()
          return Stream.merge(changes, Stream.tick("1 hour")).pipe(
            Stream.mapEffect(() => expiry),
            Stream.flatMap((expiries) => Stream.fromIterable(takeWarnings(expiries, given))),
          )
        }),
        drained: (generation) =>
          Effect.suspend(() => {
            const leased = leases.get(generation)
            return leased === undefined ? Effect.void : Deferred.await(leased.drained)
          }),
        provedBy: (prover) =>
          Effect.asVoid(
            Effect.acquireRelease(
              Effect.sync(() => provers.add(prover)),
              () => Effect.sync(() => provers.delete(prover)),
            ),
          ),
        rejected,
      })
    })

  /**
   * Reads `source` at once; fails with the first thing that is wrong with it. Follows it if the options
   * say so, and logs {@link CertificateStore.expiryWarnings}.
   */
  static readonly layer = (
    source: Source,
    options?: CertificateStoreOptions,
  ): Layer.Layer<CertificateStore, VisaError> =>
    Layer.effect(
      CertificateStore,
      Effect.gen(function* () {
        const store = yield* CertificateStore.make(source, options)
        const { watch = false } = options ?? {}
        if (watch !== false) {
          yield* Effect.forkScoped(store.watch(source, watch === true ? {} : watch))
        }
        yield* Effect.forkScoped(Stream.runForEach(store.expiryWarnings, warnOfExpiry))
        return store
      }),
    ).pipe(Layer.provide(NodeFileSystem.layer))

  /**
   * The credentials that the `VISA_DIRECT_*` variables describe, for a `reload` from the same place.
   * Fails with `OptionInvalid`, which names every variable that is missing or one too many.
   *
   * | input | variables |
   * |---|---|
   * | user id and password | `VISA_DIRECT_USER_ID`, `VISA_DIRECT_PASSWORD` |
   * | certificate and key as PEM | `VISA_DIRECT_TLS_CERT`, `VISA_DIRECT_TLS_KEY`, `VISA_DIRECT_TLS_KEY_PASSPHRASE` |
   * | or as PKCS#12 | `VISA_DIRECT_TLS_PKCS12_PATH`, `VISA_DIRECT_TLS_PKCS12_PASSPHRASE` |
   * | extra roots | `VISA_DIRECT_TLS_CA` |
   * | MLE | `VISA_DIRECT_MLE_KEY_ID`, `VISA_DIRECT_MLE_SERVER_CERT`, `VISA_DIRECT_MLE_PRIVATE_KEY`, `VISA_DIRECT_MLE_PRIVATE_KEY_PASSPHRASE`, `VISA_DIRECT_MLE_CLIENT_CERT` |
   *
   * Each of them holds the value itself, PEM with its line ends written as `\n` if need be. With
   * `_PATH` behind its name it holds the path of a file instead: give paths for everything that a
   * renewal replaces, and a reload finds all of it.
   */
  static readonly credentialsFromConfig: Effect.Effect<Credentials, VisaError> =
    credentialsFromConfig

  /**
   * {@link layer} with {@link credentialsFromConfig}. `VISA_DIRECT_CREDENTIALS_WATCH=true` follows the
   * files, reading them at least every `VISA_DIRECT_CREDENTIALS_POLL` (`1 minute`);
   * `VISA_DIRECT_AUTO_ROLLBACK=true` returns to the previous set when Visa refuses the new one.
   */
  static readonly layerConfig: Layer.Layer<CertificateStore, VisaError> = Layer.unwrap(
    Effect.gen(function* () {
      const { autoRollback, every, watch } = yield* rotationFromConfig
      return CertificateStore.layer(yield* credentialsFromConfig, {
        watch: watch ? { every: Option.getOrUndefined(every) } : false,
        autoRollback,
      })
    }),
  )

  /**
   * A store with keys and self-signed certificates made on the spot, MLE included, valid for a year
   * from the clock's now. No server accepts them.
   */
  static readonly layerTest: Layer.Layer<CertificateStore> = Layer.unwrap(
    Effect.map(throwawayCredentials, CertificateStore.layer),
  ).pipe(Layer.orDie)
}

/** A generation while it is the current one, or the one to return to. */
interface InUse {
  readonly leased: Lease.Leased<Generation>
  /** Of what it was read from. */
  readonly digest: string
  readonly trigger: Trigger
  /** Milliseconds. */
  readonly since: number
  /** Requests of it that Visa refused for their credentials. */
  rejections: number
}

const inUse = (generation: Generation, digest: string, trigger: Trigger) =>
  Effect.map(Clock.currentTimeMillis, (since): InUse => ({
    leased: Lease.make(generation),
    digest,
    trigger,
    since,
    rejections: 0,
  }))

interface Settings extends Settling {
  readonly rollbackProof: Proof
  readonly autoRollback: { readonly threshold: number; readonly windowMillis: number } | undefined
}

const everyOf = ({ every }: WatchOptions) => duration("watch.every", every, "1 minute")

const settingsOf = Effect.fnUntraced(function* ({
  autoRollback = false,
  patience,
  quiet,
  rollbackProof = "none",
  watch = false,
}: CertificateStoreOptions): Effect.fn.Return<Settings, VisaError> {
  // Read again by whoever watches; refused here, before anybody relies on it.
  yield* everyOf(watch === true || watch === false ? {} : watch)
  const { threshold, window }: AutoRollback = autoRollback === true ? {} : autoRollback || {}
  return {
    quiet: yield* duration("quiet", quiet, "250 millis"),
    patience: yield* duration("patience", patience, "10 seconds"),
    rollbackProof,
    autoRollback:
      autoRollback === false
        ? undefined
        : {
            threshold: yield* count("autoRollback.threshold", threshold, 5),
            windowMillis: Duration.toMillis(
              yield* duration("autoRollback.window", window, "1 minute"),
            ),
          },
  }
})

const rotationFromConfig = Config.all({
  watch: Config.withDefault(Config.Boolean("VISA_DIRECT_CREDENTIALS_WATCH"), false),
  every: Config.option(Config.Duration("VISA_DIRECT_CREDENTIALS_POLL")),
  autoRollback: Config.withDefault(Config.Boolean("VISA_DIRECT_AUTO_ROLLBACK"), false),
}).pipe(Effect.mapError(optionInvalid))

const warnOfExpiry = ({ daysLeft, fingerprint256, notAfter, path, role, subject }: ExpiryWarning) =>
  Effect.logWarning(
    daysLeft < 0
      ? "A certificate has expired"
      : `A certificate ends in ${daysLeft === 1 ? "1 day" : `${daysLeft} days`}`,
  ).pipe(
    Effect.annotateLogs({
      role,
      subject,
      path,
      fingerprint: fingerprint256,
      notAfter: DateTime.formatIso(notAfter),
    }),
  )

const roles: ReadonlyArray<Role> = [
  "tls-client",
  "tls-issuer",
  "extra-root",
  "mle-server",
  "mle-client",
]

/** Shows when the first certificate of each role ends; a role without one shows no number. */
const observeExpiry = (generation: () => Generation) =>
  Effect.forEach(
    roles,
    (role) =>
      Telemetry.certificateExpiry.observe(
        (now) => {
          const ends = generation()
            .certificates.filter((each) => each.role === role)
            .map((each) => DateTime.toEpochMillis(each.notAfter))
          return ends.length === 0 ? Number.NaN : (Math.min(...ends) - now) / 1_000
        },
        { role },
      ),
    { discard: true },
  )

const report = Effect.fnUntraced(function* ({ leased, trigger }: InUse) {
  const generation = leased.value
  yield* Effect.logInfo("Credentials are in use").pipe(
    Effect.annotateLogs({
      generation: generation.id,
      trigger,
      fingerprint: generation.fingerprints[0],
      notAfter: DateTime.formatIso(generation.notAfter),
    }),
  )
  yield* Effect.forEach(generation.warnings, (warning) => Effect.logWarning(warning), {
    discard: true,
  })
})
