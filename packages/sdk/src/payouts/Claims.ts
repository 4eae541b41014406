/**
 * Who may work on a payment, and how far it got: the reason why a payment is sent once.
 *
 * Before a payment is sent, its key is *claimed*. A claim is held by one owner at a time, for the time
 * of a *lease*, and remembers the last *recovery point* that its owner reached. Each change of hands
 * counts up the claim's *fencing token*; whoever comes with an older token is refused, so a worker
 * that slept past its lease cannot go on where another has taken over.
 *
 * | `claim` answers | it means | what to do |
 * |---|---|---|
 * | `Claimed`, no recovery point | nobody has begun | begin |
 * | `Claimed` with a recovery point | somebody began and is gone | go on from there: if it says that a request was about to leave, ask Visa and do not send |
 * | `Busy` | somebody is at it now | wait, or `join` |
 * | `Completed` | it is done | take the result |
 * | `IdempotencyConflict` | the key was used for another payload | stop |
 *
 * {@link Claims.layerMemory} keeps claims in the process. {@link Claims.layerSql} keeps them in
 * PostgreSQL or PGlite, {@link Claims.layerRedis} in Redis: both share them between processes and
 * measure leases with the store's own clock, so the clocks of the machines do not matter. Any other
 * store is a {@link ClaimStore} for {@link Claims.layerStore}; `ClaimsConformance` tests it.
 *
 * Keys, owners, recovery points, data and results are stored as they are given: keep card numbers and
 * names out of them.
 */
import { Context, DateTime, Duration, Effect, Layer, Result, Schema } from "effect"
import type { Redis } from "effect/persistence"
import type { SqlClient } from "effect/sql"
import { canonicalJson } from "../internal/canonicalJson.ts"
import type { ClaimId, ClaimStore } from "../internal/claimStore.ts"
import { makeMemoryStore } from "../internal/claimStoreMemory.ts"
import { makeRedisStore } from "../internal/claimStoreRedis.ts"
import { makeSqlStore } from "../internal/claimStoreSql.ts"
import { checkText } from "../internal/storedText.ts"
import { VisaError } from "../VisaError.ts"
import type { Prints } from "./Fingerprint.ts"

export type { ClaimId, ClaimStore, StoredClaim, StoredReceipt } from "../internal/claimStore.ts"

/** A request for a claim. */
export interface ClaimRequest extends ClaimId {
  /** What the key stands for: see `Fingerprint`. Stored is the first, and any of them fits. */
  readonly fingerprint: string | Prints
  /**
   * Who asks. The owner of a claim who asks again gets it again, under a new token: its earlier
   * attempt, which it has forgotten, is fenced. So give each attempt that may run beside others an
   * owner of its own, such as a random id; a stable one, such as the name of the machine, is for
   * whoever is certain to run once and wants to go on at once after a crash.
   */
  readonly owner: string
  /**
   * How long the claim is held without a sign of life: longer than the longest step between two of
   * them. When it has run out, others may take the claim over. Zero runs out at once.
   */
  readonly lease: Duration.Input
}

/** A claim that is held: what proves it is the token. Can be stored; holds no personal data. */
export const Claim = Schema.Struct({
  namespace: Schema.String,
  key: Schema.String,
  owner: Schema.String,
  /** The fencing token: 1 for the first owner, one more for each further. */
  token: Schema.Int,
  lease: Schema.DurationFromMillis,
})
export type Claim = typeof Claim.Type

/** The claim is the caller's. */
export interface Claimed {
  readonly _tag: "Claimed"
  readonly claim: Claim
  /** How far an earlier owner got; absent when nobody recorded any progress. */
  readonly recoveryPoint: string | undefined
  /** What was recorded last with a recovery point. */
  readonly data: Schema.Json | undefined
}

/** Somebody else holds the claim. */
export interface Busy {
  readonly _tag: "Busy"
  readonly owner: string
  /** What is left of the lease, by the store's clock. */
  readonly remaining: Duration.Duration
  /** The same as a time of this machine's clock. */
  readonly until: DateTime.Utc
  /** How far it got; absent when no progress was recorded. */
  readonly recoveryPoint: string | undefined
}

/** What was claimed is done. */
export interface Completed {
  readonly _tag: "Completed"
  readonly result: Schema.Json
}

/** A receipt to be consumed. */
export interface Consumption {
  /** The receipt's id, unique among all receipts: with its issuer in front, if there are several. */
  readonly receipt: string
  /** What it pays for, such as the payout's id. */
  readonly by: string
  /** What the receipt says: see `Fingerprint`. */
  readonly fingerprint: string | Prints
}

const printsOf = (fingerprint: string | Prints): Prints =>
  typeof fingerprint === "string" ? [fingerprint] : fingerprint

const checkLease = (lease: Duration.Input): Effect.Effect<Duration.Duration, VisaError> => {
  const duration = Duration.fromInputUnsafe(lease)
  return Duration.isFinite(duration) && !Duration.isNegative(duration)
    ? Effect.succeed(duration)
    : Effect.fail(
        VisaError.of("OptionInvalid", {
          field: "lease",
          detail: "Give a finite time from zero up: a claim that nobody can take over is lost",
        }),
      )
}

const toJson = (field: string, value: Schema.Json): Effect.Effect<string, VisaError> =>
  Effect.fromResult(
    Result.mapError(canonicalJson(value, false), ({ detail, path }) =>
      VisaError.of("RequestInvalid", {
        field: path === "" ? field : `${field}.${path}`,
        detail: `It cannot be stored: ${detail}`,
      }),
    ),
  )

// Only what `toJson` wrote comes back.
const fromJson = (text: string): Schema.Json => JSON.parse(text) as Schema.Json

const conflict = ({ key, namespace }: ClaimId): VisaError =>
  VisaError.of("IdempotencyConflict", {
    field: "key",
    detail: `The key ${key} of ${namespace} stands for another payload`,
  })

const lost = ({ key, namespace, token }: Claim): VisaError =>
  VisaError.of("ClaimLost", {
    detail: `The token ${token} of ${namespace} ${key} is no longer the current one, or the claim is completed`,
  })

const make = (store: ClaimStore): Claims["Service"] => {
  const unlessLost =
    (claim: Claim) =>
    (held: boolean): Effect.Effect<void, VisaError> =>
      held ? Effect.void : Effect.fail(lost(claim))

  const update = (claim: Claim, progress: { recoveryPoint?: string; data?: string } = {}) =>
    Effect.flatMap(
      store.update({ ...claim, leaseMillis: Duration.toMillis(claim.lease), ...progress }),
      unlessLost(claim),
    )

  return Claims.of({
    claim: Effect.fnUntraced(function* ({ fingerprint, key, lease, namespace, owner }) {
      yield* checkText("namespace", namespace)
      yield* checkText("key", key)
      yield* checkText("owner", owner)
      const duration = yield* checkLease(lease)
      const fingerprints = printsOf(fingerprint)
      const { data, granted, recoveryPoint, remainingMillis, result, token, ...stored } =
        yield* store.claim({
          namespace,
          key,
          owner,
          fingerprints,
          leaseMillis: Duration.toMillis(duration),
        })
      if (!fingerprints.includes(stored.fingerprint)) return yield* conflict({ namespace, key })
      if (result !== undefined) return { _tag: "Completed", result: fromJson(result) }
      if (granted) {
        return {
          _tag: "Claimed",
          claim: { namespace, key, owner, token, lease: duration },
          recoveryPoint,
          data: data === undefined ? undefined : fromJson(data),
        }
      }
      const remaining = Duration.millis(Math.max(0, remainingMillis))
      return {
        _tag: "Busy",
        owner: stored.owner,
        remaining,
        until: DateTime.addDuration(yield* DateTime.now, remaining),
        recoveryPoint,
      }
    }),
    advance: Effect.fnUntraced(function* (claim, recoveryPoint, data) {
      yield* checkText("recoveryPoint", recoveryPoint)
      yield* update(claim, {
        recoveryPoint,
        ...(data === undefined ? {} : { data: yield* toJson("data", data) }),
      })
    }),
    renew: (claim) => update(claim),
    complete: (claim, result) =>
      toJson("result", result).pipe(
        Effect.flatMap((json) => store.complete({ ...claim, result: json })),
        Effect.flatMap(unlessLost(claim)),
      ),
    release: (claim) => Effect.flatMap(store.release(claim), unlessLost(claim)),
    consume: Effect.fnUntraced(function* ({ by, fingerprint, receipt }) {
      yield* checkText("receipt", receipt)
      yield* checkText("by", by)
      const fingerprints = printsOf(fingerprint)
      const found = yield* store.consume(receipt, { by, fingerprint: fingerprints[0] })
      if (found.by !== by) {
        return yield* VisaError.of("ReceiptReused", { detail: `It paid for ${found.by}` })
      }
      if (!fingerprints.includes(found.fingerprint)) {
        return yield* VisaError.of("IdempotencyConflict", {
          field: "receipt",
          detail: `${by} consumed this receipt before, when it said something else`,
        })
      }
    }),
    restore: Effect.fnUntraced(function* ({ by, receipt }) {
      if (!(yield* store.restore(receipt, by))) {
        return yield* VisaError.of("ReceiptReused", { detail: `It does not belong to ${by}` })
      }
    }),
    prune: (age) => store.prune(Duration.toMillis(age)),
  })
}

const pause = Duration.millis(250)

/**
 * Claims, their recovery points and their results, and receipts that are used once.
 *
 * Every method fails with `StoreUnavailable` when the store does not answer. Those that take a claim
 * fail with `ClaimLost` when its token is no longer the current one: the caller stops at once, for
 * another worker is at it. A lease that has run out is no reason, as long as nobody took over.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Claims } from "effect-visa-direct"
 *
 * const request = { namespace: "payout", key: "INVOICE-77", fingerprint: "…", lease: "30 seconds" } as const
 *
 * const program = Effect.gen(function* () {
 *   const first = yield* Claims.claim({ ...request, owner: "worker 1" })
 *   if (first._tag !== "Claimed") return first._tag
 *   // Recorded before the request leaves: from here on a successor asks Visa first.
 *   yield* Claims.advance(first.claim, "sending", { stan: "451018" })
 *
 *   const second = yield* Claims.claim({ ...request, owner: "worker 2" })
 *   assert.strictEqual(second._tag, "Busy")
 *
 *   yield* Claims.complete(first.claim, { actionCode: "00" })
 *   return yield* Claims.claim({ ...request, owner: "worker 2" })
 * })
 *
 * assert.deepStrictEqual(await Effect.runPromise(program.pipe(Effect.provide(Claims.layerMemory))), {
 *   _tag: "Completed",
 *   result: { actionCode: "00" }
 * })
 */
export class Claims extends Context.Service<
  Claims,
  {
    /** Claims a key. Fails with `IdempotencyConflict` when it stands for another payload. */
    readonly claim: (request: ClaimRequest) => Effect.Effect<Claimed | Busy | Completed, VisaError>
    /**
     * Records how far the owner got, and begins the lease anew. Data that is given replaces what was
     * recorded before.
     */
    readonly advance: (
      claim: Claim,
      recoveryPoint: string,
      data?: Schema.Json,
    ) => Effect.Effect<void, VisaError>
    /** Begins the lease anew. */
    readonly renew: (claim: Claim) => Effect.Effect<void, VisaError>
    /**
     * Records the result, for good. To complete again with the same result changes nothing; another
     * result fails with `ClaimLost`.
     */
    readonly complete: (claim: Claim, result: Schema.Json) => Effect.Effect<void, VisaError>
    /** Ends the lease: others may take over at once. What was recorded stays. */
    readonly release: (claim: Claim) => Effect.Effect<void, VisaError>
    /**
     * Uses a receipt up. Again for the same `by` changes nothing. Fails with `ReceiptReused` when it
     * paid for something else, and with `IdempotencyConflict` when it said something else then.
     */
    readonly consume: (consumption: Consumption) => Effect.Effect<void, VisaError>
    /**
     * Takes back a consumption by `by`, so that the receipt can be used again. Only on proof that
     * nothing was paid with it. Fails with `ReceiptReused` when something else consumed it.
     */
    readonly restore: (
      consumption: Pick<Consumption, "receipt" | "by">,
    ) => Effect.Effect<void, VisaError>
    /**
     * Forgets claims that were completed so long ago, and answers how many. A key that is forgotten
     * can be claimed anew, and pays anew: keep them longer than anybody retries. Claims that are not
     * completed and receipts are never forgotten.
     */
    readonly prune: (age: Duration.Duration) => Effect.Effect<number, VisaError>
  }
>()("effect-visa-direct/Claims") {
  static readonly make = make

  /** Claims in a store of your own. */
  static readonly layerStore = (store: ClaimStore): Layer.Layer<Claims> =>
    Layer.succeed(Claims, make(store))

  /** Claims in the memory of this process, gone when it ends: for tests and scripts. */
  static readonly layerMemory: Layer.Layer<Claims> = Layer.sync(Claims, () =>
    make(makeMemoryStore()),
  )

  /**
   * Claims in PostgreSQL or PGlite: see `payouts/Database.ts`. Makes its tables
   * (`visa_direct_claims`, `visa_direct_receipts`) where they are missing. Do not call it inside of a
   * transaction of the same client: a claim that is rolled back was never made.
   *
   * Fails with `StoreUnavailable` when the database does not answer, and with `OptionInvalid` for a
   * database of another kind.
   */
  static readonly layerSql: Layer.Layer<Claims, VisaError, SqlClient.SqlClient> = Layer.effect(
    Claims,
    Effect.map(makeSqlStore, make),
  )

  /**
   * Claims in Redis, under keys that begin with `prefix` (`visa-direct:` when absent).
   *
   * They are as durable as Redis is configured to be: with `appendfsync everysec` a crash of Redis
   * forgets up to a second of claims, and a failover forgets what the replica had not yet received. A
   * claim that is forgotten is a payment that may be sent twice. So use `appendonly yes` with
   * `appendfsync always` and a `maxmemory-policy` of `noeviction`, or {@link Claims.layerSql}.
   */
  static readonly layerRedis = (options?: {
    readonly prefix?: string | undefined
  }): Layer.Layer<Claims, never, Redis.Redis> =>
    Layer.effect(Claims, Effect.map(makeRedisStore(options?.prefix ?? "visa-direct:"), make))

  static readonly claim = (
    request: ClaimRequest,
  ): Effect.Effect<Claimed | Busy | Completed, VisaError, Claims> =>
    Effect.flatMap(Claims, (service) => service.claim(request))

  /**
   * Claims a key, and waits while it is busy: until it is completed, or until its owner's lease has
   * run out and the claim is the caller's.
   */
  static readonly join = Effect.fnUntraced(function* (
    request: ClaimRequest,
  ): Effect.fn.Return<Claimed | Completed, VisaError, Claims> {
    while (true) {
      const answer = yield* Claims.claim(request)
      if (answer._tag !== "Busy") return answer
      yield* Effect.sleep(Duration.min(pause, Duration.sum(answer.remaining, Duration.millis(1))))
    }
  })

  static readonly advance = (
    claim: Claim,
    recoveryPoint: string,
    data?: Schema.Json,
  ): Effect.Effect<void, VisaError, Claims> =>
    Effect.flatMap(Claims, (service) => service.advance(claim, recoveryPoint, data))

  static readonly renew = (claim: Claim): Effect.Effect<void, VisaError, Claims> =>
    Effect.flatMap(Claims, (service) => service.renew(claim))

  static readonly complete = (
    claim: Claim,
    result: Schema.Json,
  ): Effect.Effect<void, VisaError, Claims> =>
    Effect.flatMap(Claims, (service) => service.complete(claim, result))

  static readonly release = (claim: Claim): Effect.Effect<void, VisaError, Claims> =>
    Effect.flatMap(Claims, (service) => service.release(claim))

  static readonly consume = (consumption: Consumption): Effect.Effect<void, VisaError, Claims> =>
    Effect.flatMap(Claims, (service) => service.consume(consumption))

  static readonly restore = (
    consumption: Pick<Consumption, "receipt" | "by">,
  ): Effect.Effect<void, VisaError, Claims> =>
    Effect.flatMap(Claims, (service) => service.restore(consumption))

  static readonly prune = (age: Duration.Duration): Effect.Effect<number, VisaError, Claims> =>
    Effect.flatMap(Claims, (service) => service.prune(age))
}
