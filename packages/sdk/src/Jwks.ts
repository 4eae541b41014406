/**
 * Encryption keys from a JWKS (RFC 7517) over HTTPS: the second of two places from which {@link Mle}
 * can take the key that it encrypts requests for. Visa Direct itself publishes no JWKS; its keys are the
 * certificates of the credentials, and they are the default. This is for gateways in front of it and for
 * other products of Visa.
 *
 * A payment must not wait for a fetch, nor fail for one that failed:
 *
 * - A set is **fresh** for as long as its `Cache-Control` says, between a minute and a day, or for
 *   `timeToLive`. While it is, nothing is asked.
 * - A **stale** set is still used, and asked for anew in the background, until `hardAge`. So payments go
 *   on while the endpoint is down. After that they fail: nothing is ever sent in clear.
 * - However many calls wait, there is **one fetch**. It has a deadline, a limit of size, and follows no
 *   redirect. Around it is a {@link Breaker} for each endpoint; endpoints are tried in their order.
 * - A new set **replaces** the old one whole: a key that is not in it any more is not used any more. An
 *   answer that cannot be read, or without any usable key, is no set: it counts as a failure.
 * - A `kid` that the set does not have makes it be asked for anew, once per `cooldown` since the last
 *   attempt, and is then remembered as missing.
 * - Processes share what they fetch through the `Persistence` of the context, if there is one, and
 *   circuits through its `BreakerStore`. Whoever can write to that store can choose the keys.
 *
 * A key is usable when it is RSA of 2048 bits or more, has a `kid`, says that it is for encryption
 * (`use`, `key_ops` or `alg`) and does not ask for another `alg` than `RSA-OAEP-256`. Certificates in
 * `x5c` are not looked at: what vouches for a key is the TLS connection that it came over.
 *
 * When new credentials are published, the set is asked for before its next use; what is in hand stays
 * the last resort.
 *
 * Sources: RFC 7517, 7518 and 9111; `visa/mcp` for Visa's own use of one.
 */
import {
  Clock,
  Context,
  Deferred,
  Effect,
  Exit,
  Layer,
  Option,
  PubSub,
  Result,
  Stream,
} from "effect"
import type { Scope, Take } from "effect"
import { generateKeyPair } from "node:crypto"
import { promisify } from "node:util"
import { Breaker } from "./Breaker.ts"
import type { BreakerChange, BreakerState, CircuitRejection } from "./Breaker.ts"
import { CertificateStore } from "./CertificateStore.ts"
import { fetchKeySet } from "./internal/jwksFetch.ts"
import type { FetchFailure } from "./internal/jwksFetch.ts"
import { parseKeySet } from "./internal/jwksKeys.ts"
import type { EncryptionKey } from "./internal/jwksKeys.ts"
import { jwksFromConfig, settingsOf } from "./internal/jwksOptions.ts"
import type { JwksEndpoint, JwksOptions, JwksSettings } from "./internal/jwksOptions.ts"
import { makeShared } from "./internal/jwksShared.ts"
import type { DatedKeySet } from "./internal/jwksShared.ts"
import { Telemetry } from "./Telemetry.ts"
import { VisaError } from "./VisaError.ts"

export type { EncryptionKey, PublicJwk } from "./internal/jwksKeys.ts"
export type { JwksOptions } from "./internal/jwksOptions.ts"

/** What happened to the keys. Times are epoch milliseconds. */
export type JwksChange =
  | {
      readonly _tag: "KeysReplaced"
      readonly at: number
      /** The endpoint, or `shared`: another process had fetched them. */
      readonly from: string
      readonly keyIds: ReadonlyArray<string>
      readonly added: ReadonlyArray<string>
      readonly removed: ReadonlyArray<string>
      readonly freshUntil: number
    }
  | {
      readonly _tag: "FetchFailed"
      readonly at: number
      readonly endpoint: string
      readonly error: VisaError
    }
  | { readonly _tag: "Cleared"; readonly at: number }
  | { readonly _tag: "CircuitChanged"; readonly change: BreakerChange }

interface Held extends DatedKeySet {
  readonly byKid: ReadonlyMap<string, EncryptionKey>
}

/** Bounds of what `Cache-Control` can say, in milliseconds. */
const freshness = { least: 60_000, most: 86_400_000 } as const

/** Between attempts to replace a stale set, in milliseconds, and how long a refusal is believed. */
const pauseMillis = 1_000

/** Missing `kid`s that are remembered. */
const maxMissing = 1_000

const errorOf = (endpoint: JwksEndpoint, failure: FetchFailure): VisaError =>
  VisaError.of(
    failure.tag,
    { detail: `${endpoint.name}: ${failure.detail}`, retryAfterMillis: failure.retryAfterMillis },
    { httpStatus: failure.httpStatus },
  )

const rejected = ({ circuit, key, retryAfterMillis }: CircuitRejection): VisaError =>
  VisaError.of("JwksUnavailable", {
    detail: `The circuit of ${key} is ${circuit}`,
    retryAfterMillis,
  })

const notFound = (kid: string | undefined): VisaError =>
  VisaError.of("JwksKeyNotFound", {
    detail: kid === undefined ? undefined : `No usable key has the kid ${kid}`,
  })

/**
 * Keys to encrypt requests for.
 *
 * @example no-run
 * import { Effect } from "effect"
 * import { Jwks } from "effect-visa-direct"
 *
 * const kid = Effect.gen(function*() {
 *   const jwks = yield* Jwks
 *   // At the start, so that the first payment does not wait for it.
 *   yield* jwks.refresh
 *   const key = yield* jwks.encryptionKey()
 *   return key.kid
 * }).pipe(Effect.provide(Jwks.layer({ urls: "https://gateway.example/.well-known/jwks" })))
 */
export class Jwks extends Context.Service<
  Jwks,
  {
    /**
     * All usable keys, in the order of the set. Fails with `JwksUnavailable`, `JwksMalformed` or
     * `JwksKeyNotFound`.
     */
    readonly keys: Effect.Effect<ReadonlyArray<EncryptionKey>, VisaError>
    /**
     * The key of that `kid`, or of the option `keyId`, or else the first one of the set. Fails as
     * {@link keys} does; `JwksUnavailable` says when to come back while the circuit is open.
     */
    readonly encryptionKey: (kid?: string) => Effect.Effect<EncryptionKey, VisaError>
    /** Asks for the set now. When that fails, the one in hand stays. */
    readonly refresh: Effect.Effect<void, VisaError>
    /**
     * Forgets the set, here and in the shared store: nothing of it is used again, and the next use waits
     * for a fetch. For a key that must not be used any more; otherwise {@link refresh} is safer.
     */
    readonly clear: Effect.Effect<void>
    /** The circuits of the endpoints, in their order. */
    readonly state: Effect.Effect<ReadonlyArray<BreakerState>>
    /** The breaker around the endpoints, for incidents. Its keys are the URLs without their query. */
    readonly breaker: Breaker["Service"]
    /** What happens from now on. */
    readonly changes: Stream.Stream<JwksChange>
  }
>()("effect-visa-direct/Jwks") {
  /**
   * Builds the service. From the context it takes, where they are there, `Persistence` and
   * `BreakerStore` to share with other processes, and {@link CertificateStore} for its extra roots and to
   * notice new credentials. Fails with `OptionInvalid` or `InsecureEndpoint`; nothing is fetched yet.
   */
  static readonly make: (
    options: JwksOptions,
  ) => Effect.Effect<Jwks["Service"], VisaError, Scope.Scope> = Effect.fnUntraced(function* (
    options: JwksOptions,
  ) {
    const settings = yield* settingsOf(options)
    const breaker = yield* Breaker.make({ ...settings.breaker, protects: "jwks" })
    const credentials = yield* Effect.serviceOption(CertificateStore)
    const shared = yield* makeShared({
      endpoints: settings.endpoints.map(({ name }) => name),
      hardAge: settings.hardAge,
    })
    const scope = yield* Effect.scope
    const hub = yield* PubSub.sliding<Take.Take<JwksChange>>(128)

    let held: Held | undefined
    /** Whether a set must be asked for before the one in hand is used again. */
    let mustAsk = false
    let flight: Deferred.Deferred<Held, VisaError> | undefined
    /** Counts `clear`: what was asked for before one is not taken after it. */
    let era = 0
    let lastAttempt = Number.NEGATIVE_INFINITY
    /** Why the last one failed, and until when another would be in vain. */
    let refusal:
      | { readonly error: VisaError; readonly since: number; readonly until: number }
      | undefined
    const missing = new Map<string, number>()

    yield* Effect.addFinalizer(() =>
      Effect.andThen(
        PubSub.end(hub, Exit.void),
        Effect.suspend(() => (flight === undefined ? Effect.void : Deferred.interrupt(flight))),
      ),
    )

    const tell = (change: JwksChange) => PubSub.publish(hub, [change])

    const extraRoots = Option.match(credentials, {
      onNone: () => Effect.succeed(settings.roots),
      onSome: (store) =>
        Effect.map(store.current, ({ tls }) => [...settings.roots, ...tls.extraRoots]),
    })

    const adopt = Effect.fnUntraced(function* (from: string, set: DatedKeySet) {
      const before = held?.byKid ?? new Map<string, EncryptionKey>()
      const byKid = new Map(set.keys.map((key) => [key.kid, key]))
      const same = (key: EncryptionKey, kid: string) =>
        before.get(kid)?.thumbprint === key.thumbprint
      const added = [...byKid].filter(([kid, key]) => !same(key, kid)).map(([kid]) => kid)
      const removed = [...before.keys()].filter((kid) => !byKid.has(kid))
      const next: Held = { ...set, byKid }
      held = next
      mustAsk = false
      refusal = undefined
      if (added.length + removed.length > 0) {
        yield* Effect.logInfo("Encryption keys of the JWKS are in use").pipe(
          Effect.annotateLogs({ from, added: added.join(" "), removed: removed.join(" ") }),
        )
      }
      const keyIds = [...byKid.keys()]
      const { freshUntil } = set
      const at = yield* Clock.currentTimeMillis
      yield* tell({ _tag: "KeysReplaced", at, from, keyIds, added, removed, freshUntil })
      return next
    })

    /** One request to one endpoint. */
    const ask = (endpoint: JwksEndpoint): Effect.Effect<DatedKeySet, VisaError> =>
      Effect.gen(function* () {
        const askedAt = yield* Clock.currentTimeMillis
        const fetched = yield* fetchKeySet(
          endpoint.url,
          { maxBytes: settings.maxBytes, extraRoots: yield* extraRoots },
          askedAt,
        ).pipe(
          Effect.interruptible,
          Effect.timeoutOrElse({
            duration: settings.timeout,
            orElse: () => Effect.fail(timedOut),
          }),
        )
        yield* Telemetry.annotate("jwksFetch", { "http.response.status_code": fetched.httpStatus })
        const parsed = parseKeySet(fetched.body)
        if (Result.isFailure(parsed)) {
          const { detail, reason } = parsed.failure
          const tag = reason === "malformed" ? "JwksMalformed" : "JwksKeyNotFound"
          return yield* Effect.fail<FetchFailure>({ tag, reason, detail })
        }
        const { keys, passedOver } = parsed.success
        if (passedOver.length > 0) {
          yield* Effect.logDebug(`JWKS of ${endpoint.name}: ${passedOver.join("; ")}`)
        }
        yield* Telemetry.jwksFetchSuccess.increment()
        return { keys, fetchedAt: askedAt, freshUntil: askedAt + freshFor(settings, fetched) }
      }).pipe(
        Telemetry.jwksFetchDuration.time(),
        Effect.catch((failure) =>
          Effect.andThen(
            Telemetry.jwksFetchFailures.increment({ reason: failure.reason }),
            Effect.fail(errorOf(endpoint, failure)),
          ),
        ),
        Telemetry.span("jwksFetch", {
          "http.request.method": "GET",
          "server.address": endpoint.url.hostname,
          "server.port":
            Number(endpoint.url.port) || (endpoint.url.protocol === "http:" ? 80 : 443),
          "url.template": endpoint.url.pathname,
        }),
        Effect.tapError((error) => reportFailure(endpoint, error)),
      )

    const reportFailure = Effect.fnUntraced(function* (endpoint: JwksEndpoint, error: VisaError) {
      const at = yield* Clock.currentTimeMillis
      const age = held === undefined ? undefined : Math.round((at - held.fetchedAt) / 1_000)
      const hope =
        age === undefined ? "there are no keys to go on with" : `keys of ${age} s ago stay in use`
      yield* Effect.logWarning(`${error.reason._tag}: ${error.reason.detail}; ${hope}`)
      yield* tell({ _tag: "FetchFailed", at, endpoint: endpoint.name, error })
    })

    /** The first endpoint that has a usable set; else what the nearest one that was asked said. */
    const askInOrder = Effect.gen(function* () {
      const errors: Array<VisaError> = []
      const rejections: Array<VisaError> = []
      for (const endpoint of settings.endpoints) {
        const result = yield* Effect.result(
          breaker.protect(endpoint.name, ask(endpoint), {
            outcome: (exit) =>
              Exit.isSuccess(exit)
                ? Breaker.success
                : Breaker.failure({
                    retryAfter: Option.getOrUndefined(Exit.findErrorOption(exit))?.reason
                      .retryAfterMillis,
                  }),
          }),
        )
        if (Result.isSuccess(result)) return { from: endpoint.name, set: result.success }
        if (result.failure._tag === "VisaError") errors.push(result.failure)
        else rejections.push(rejected(result.failure))
      }
      const [nearest] = errors
      const soonest = rejections.toSorted(
        (a, b) => (a.reason.retryAfterMillis ?? 0) - (b.reason.retryAfterMillis ?? 0),
      )[0]
      return yield* Effect.fail(nearest ?? soonest ?? VisaError.of("JwksUnavailable"))
    })

    const load = Effect.fnUntraced(function* (
      wanted: string | undefined,
    ): Effect.fn.Return<Held, VisaError> {
      const begun = era
      const now = yield* Clock.currentTimeMillis
      const other = mustAsk ? undefined : yield* shared.read(now)
      const isNewer = other !== undefined && other.fetchedAt > (held?.fetchedAt ?? -1)
      if (isNewer && now < other.freshUntil && hasKid(other, wanted)) {
        return era === begun ? yield* adopt("shared", other) : yield* refresh(wanted)
      }
      lastAttempt = now
      const result = yield* Effect.result(askInOrder)
      if (era !== begun) return yield* refresh(wanted)
      if (Result.isSuccess(result)) {
        const { from, set } = result.success
        yield* shared.write(set)
        return yield* adopt(from, set)
      }
      const error = result.failure
      const at = yield* Clock.currentTimeMillis
      refusal = { error, since: at, until: at + pauseMillis }
      if (mustAsk && held !== undefined) {
        // It was asked for; payments do not wait for the same again.
        mustAsk = false
        held = { ...held, freshUntil: at }
      }
      // Another process may have had more luck, if some time ago.
      if (isNewer && at < other.fetchedAt + settings.hardAge) yield* adopt("shared", other)
      return yield* error
    })

    /** One fetch for all who wait. It lives on when they are interrupted. */
    const begin = (wanted?: string): Effect.Effect<Deferred.Deferred<Held, VisaError>> =>
      Effect.suspend(() => {
        if (flight !== undefined) return Effect.succeed(flight)
        const begun = Deferred.makeUnsafe<Held, VisaError>()
        flight = begun
        return load(wanted).pipe(
          Effect.onExit((exit) => {
            if (flight === begun) flight = undefined
            return Deferred.done(begun, exit)
          }),
          Effect.ignore,
          Effect.forkIn(scope),
          Effect.as(begun),
        )
      })

    const refresh = (wanted?: string): Effect.Effect<Held, VisaError> =>
      Effect.flatMap(begin(wanted), Deferred.await)

    const isUsable = (set: Held | undefined, now: number): set is Held =>
      set !== undefined && now < set.fetchedAt + settings.hardAge

    const isRefused = (now: number): boolean =>
      refusal !== undefined && now >= refusal.since && now < refusal.until

    /** Whoever needs keys that are not in hand. */
    const awaited = (now: number, wanted?: string): Effect.Effect<Held, VisaError> =>
      Effect.andThen(
        Telemetry.cacheMisses.increment({ cache: "jwks" }),
        Effect.suspend(() => {
          // The same error for a second: what it says of when to come back may be that much too late.
          const retryAfter = refusal?.error.reason.retryAfterMillis
          return refusal !== undefined && isRefused(now) && retryAfter !== undefined
            ? Effect.fail(refusal.error)
            : refresh(wanted)
        }),
      )

    const hit = Telemetry.cacheHits.increment({ cache: "jwks" })

    /** The set to go by, and whether it is as new as it can be. */
    const current = (now: number): Effect.Effect<Held, VisaError> => {
      const set = held
      if (!isUsable(set, now)) return awaited(now)
      if (mustAsk) return Effect.catch(awaited(now), () => Effect.succeed(set))
      if (now >= set.fetchedAt && now < set.freshUntil) return Effect.as(hit, set)
      return Effect.andThen(hit, Effect.as(isRefused(now) ? Effect.void : begin(), set))
    }

    const pick = (set: Held, kid: string | undefined): EncryptionKey | undefined =>
      kid === undefined ? set.keys[0] : set.byKid.get(kid)

    const remember = (kid: string, until: number) => {
      const [oldest] = missing.keys()
      if (missing.size >= maxMissing && oldest !== undefined) missing.delete(oldest)
      missing.set(kid, until)
    }

    const lookAgain = Effect.fnUntraced(function* (
      kid: string,
      now: number,
    ): Effect.fn.Return<EncryptionKey, VisaError> {
      const isMissing = now < (missing.get(kid) ?? Number.NEGATIVE_INFINITY)
      const sinceAttempt = now - lastAttempt
      if (isMissing || (sinceAttempt >= 0 && sinceAttempt < settings.cooldown)) {
        return yield* notFound(kid)
      }
      const found = pick(yield* awaited(now, kid), kid)
      if (found !== undefined) return found
      remember(kid, now + settings.negativeTimeToLive)
      return yield* notFound(kid)
    })

    const withNow = <A>(use: (now: number) => Effect.Effect<A, VisaError>) =>
      Effect.withFiber<A, VisaError>((fiber) =>
        use(fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()),
      )

    const renew = Effect.suspend(() => {
      mustAsk = true
      return refresh()
    })

    if (Option.isSome(credentials)) {
      yield* credentials.value.changes.pipe(
        Stream.drop(1),
        Stream.runForEach(() => Effect.ignore(renew)),
        Effect.forkScoped({ startImmediately: true }),
      )
    }

    return Jwks.of({
      keys: withNow((now) => Effect.map(current(now), ({ keys }) => keys)),
      encryptionKey: (kid = settings.keyId) =>
        withNow((now) =>
          Effect.flatMap(current(now), (set) => {
            const key = pick(set, kid)
            if (key !== undefined) return Effect.succeed(key)
            return kid === undefined ? Effect.fail(notFound(kid)) : lookAgain(kid, now)
          }),
        ),
      refresh: Effect.asVoid(renew),
      clear: Effect.gen(function* () {
        era++
        held = undefined
        mustAsk = false
        flight = undefined
        refusal = undefined
        lastAttempt = Number.NEGATIVE_INFINITY
        missing.clear()
        yield* shared.remove
        yield* Effect.logInfo("The keys of the JWKS are forgotten")
        yield* tell({ _tag: "Cleared", at: yield* Clock.currentTimeMillis })
      }),
      state: Effect.forEach(settings.endpoints, ({ name }) => breaker.state(name)),
      breaker,
      changes: Stream.merge(
        Stream.fromPubSubTake(hub),
        Stream.map(breaker.changes, (change): JwksChange => ({ _tag: "CircuitChanged", change })),
      ),
    })
  })

  static readonly layer = (options: JwksOptions): Layer.Layer<Jwks, VisaError> =>
    Layer.effect(Jwks, Jwks.make(options))

  /**
   * Reads `VISA_DIRECT_JWKS_URLS` (separated by commas, nearest first), `VISA_DIRECT_JWKS_KEY_ID`,
   * `VISA_DIRECT_JWKS_TTL`, `VISA_DIRECT_JWKS_HARD_AGE`, `VISA_DIRECT_JWKS_TIMEOUT`,
   * `VISA_DIRECT_JWKS_COOLDOWN`, `VISA_DIRECT_JWKS_MAX_FAILURES`, `VISA_DIRECT_JWKS_OPEN_DURATION`,
   * `VISA_DIRECT_JWKS_ALLOW_LOOPBACK_HTTP` and `VISA_DIRECT_ENVIRONMENT`; what is absent has the
   * defaults of {@link JwksOptions}.
   */
  static readonly layerConfig: Layer.Layer<Jwks, VisaError> = Layer.unwrap(
    Effect.map(
      jwksFromConfig,
      Option.match({
        onNone: () => Layer.effect(Jwks, Jwks.make({ urls: [] })),
        onSome: Jwks.layer,
      }),
    ),
  )

  /** Where no JWKS is used: there are no endpoints, and whoever asks for a key fails. */
  static readonly layerUnused: Layer.Layer<Jwks> = Layer.effect(
    Jwks,
    Effect.map(Effect.orDie(Breaker.make({ protects: "jwks" })), (breaker) => fixed(breaker, [])),
  )

  /** One key, `test-key`, made on the spot. Nothing is fetched. */
  static readonly layerTest: Layer.Layer<Jwks> = Layer.effect(
    Jwks,
    Effect.gen(function* () {
      const { publicKey } = yield* Effect.promise(() =>
        promisify(generateKeyPair)("rsa", { modulusLength: 2048 }),
      )
      const jwk = { ...publicKey.export({ format: "jwk" }), kid: "test-key", use: "enc" }
      const { keys } = Result.getOrThrow(parseKeySet(JSON.stringify({ keys: [jwk] })))
      const breaker = yield* Effect.orDie(Breaker.make({ protects: "jwks" }))
      return fixed(breaker, keys)
    }),
  )
}

/** Keys that never change. */
const fixed = (breaker: Breaker["Service"], keys: ReadonlyArray<EncryptionKey>): Jwks["Service"] =>
  Jwks.of({
    keys: keys.length === 0 ? Effect.fail(notFound(undefined)) : Effect.succeed(keys),
    encryptionKey: (kid) => {
      const key = keys.find((each) => kid === undefined || kid === each.kid)
      return key === undefined ? Effect.fail(notFound(kid)) : Effect.succeed(key)
    },
    refresh: Effect.void,
    clear: Effect.void,
    state: Effect.succeed([]),
    breaker,
    changes: Stream.empty,
  })

const timedOut: FetchFailure = {
  reason: "timeout",
  tag: "JwksUnavailable",
  detail: "No whole answer came in time",
}

const hasKid = ({ keys }: DatedKeySet, wanted: string | undefined): boolean =>
  wanted === undefined || keys.some(({ kid }) => kid === wanted)

const freshFor = (
  { hardAge, timeToLive }: JwksSettings,
  { maxAgeMillis }: { readonly maxAgeMillis: number | undefined },
): number => {
  const asked =
    maxAgeMillis === undefined
      ? timeToLive
      : Math.min(Math.max(maxAgeMillis, freshness.least), freshness.most)
  return Math.min(asked, hardAge)
}
