/**
 * How fast requests may go out to a host of Visa.
 *
 * Two things slow them down. A limit of one's own, off unless it is set, because Visa publishes none:
 * a bucket of `limit` tokens that fills again over `window`. And Visa's 429, always: from then on *no*
 * request goes to that host until `Retry-After` is over, whoever got the 429; after that the limiter
 * goes by what Visa let through before it refused.
 *
 * Requests wait in the order in which they came, at most `maxWait`; one that would wait longer is
 * refused at once with `RateLimiterBusy`, and nothing of it was sent.
 *
 * With a store in Redis, limit and pause are those of all processes together. When Redis does not
 * answer within `storeTimeout`, this process limits itself alone, as if it were the only one, and asks
 * Redis again every 5 seconds: payments go on, and what is over the limit Visa refuses with a 429.
 */
import { Clock, Config, Context, Duration, Effect, Layer, Option, Semaphore } from "effect"
import * as RateLimiter from "effect/persistence/RateLimiter"
import type { Redis } from "effect/persistence/Redis"
import { makeFailover } from "./internal/failover.ts"
import { optionInvalid } from "./internal/optionInvalid.ts"
import { count, duration } from "./internal/optionValues.ts"
import { Telemetry } from "./Telemetry.ts"
import { VisaError } from "./VisaError.ts"
import type { MoneyRole } from "./VisaError.ts"

export interface HostLimiterOptions {
  /**
   * Requests to one host in a `window`, attempts and questions included. After a quiet time so many may
   * go out at once. Default: no limit; only a 429 slows requests down.
   *
   * Limits by what requests do with money keep a flood of one kind from delaying the others: each kind
   * has a limit of its own, and one that is left out has none.
   */
  readonly limit?: number | { readonly [R in MoneyRole]?: number | undefined } | undefined
  /** Default: 1 second. */
  readonly window?: Duration.Input | undefined
  /** The longest that a request waits for its turn. Default: 10 seconds. */
  readonly maxWait?: Duration.Input | undefined
  /** The pause after a 429 that does not say how long. Default: 1 second. */
  readonly pause?: Duration.Input | undefined
  /** The longest pause, whatever a 429 says. Default: 1 minute. */
  readonly maxPause?: Duration.Input | undefined
  /** How long a request waits for a store in Redis before this process decides alone. Default: 250 milliseconds. */
  readonly storeTimeout?: Duration.Input | undefined
}

/** Where the limiter's counters are in Redis. */
export interface HostLimiterStoreOptions {
  /** In front of every key. Default: `visa-direct:limiter:`. */
  readonly prefix?: string | undefined
}

type Store = RateLimiter.RateLimiterStore["Service"]

const storePause = Duration.seconds(5)

const unanswered = new RateLimiter.RateLimiterError({
  reason: new RateLimiter.RateLimitStoreError({ message: "The store did not answer" }),
})

/** Answers from `shared`, or from `local` while it is away. */
const withFailover = (shared: Store, local: Store, timeout: Duration.Duration): Store => {
  const failover = makeFailover<RateLimiter.RateLimiterError>({
    name: "The rate limiter's store",
    timeout,
    pause: storePause,
    unanswered,
    isAway: ({ reason }) => reason._tag === "RateLimitStoreError",
  })
  return RateLimiter.RateLimiterStore.of({
    fixedWindow: (options) => failover(shared.fixedWindow(options), local.fixedWindow(options)),
    tokenBucket: (options) => failover(shared.tokenBucket(options), local.tokenBucket(options)),
    adaptiveConsume: (options) =>
      failover(shared.adaptiveConsume(options), local.adaptiveConsume(options)),
    adaptiveFeedback: (options) =>
      failover(shared.adaptiveFeedback(options), local.adaptiveFeedback(options)),
  })
}

const makeLimiter = Effect.fnUntraced(function* (timeout: Duration.Duration) {
  const memory = yield* Layer.build(RateLimiter.layerStoreMemory)
  const local = Context.get(memory, RateLimiter.RateLimiterStore)
  const shared = yield* Effect.serviceOption(RateLimiter.RateLimiterStore)
  return yield* RateLimiter.make.pipe(
    Effect.provideService(
      RateLimiter.RateLimiterStore,
      Option.match(shared, {
        onNone: () => local,
        onSome: (store) => withFailover(store, local, timeout),
      }),
    ),
  )
})

/** A host after a 429. Mutable, and only ever touched synchronously. */
class Host {
  /** No request goes out before this time, in epoch milliseconds. */
  pausedUntil = 0
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** The requests of this process that share a limit. Mutable, and only ever touched synchronously. */
class Lane {
  /** Those that wait; the first of them asks the limiter for all. */
  waiting = 0
  /** When the limit lets the next one through, in epoch milliseconds. */
  nextTurn = 0
  readonly turn = Semaphore.makeUnsafe(1)
  readonly host: Host
  readonly key: string
  readonly limit: number | undefined
  /** Milliseconds from one turn to the next. */
  readonly gap: number

  constructor(host: Host, key: string, limit: number | undefined, windowMillis: number) {
    this.host = host
    this.key = key
    this.limit = limit
    this.gap = limit === undefined ? 0 : windowMillis / limit
  }

  get notBefore(): number {
    return Math.max(this.nextTurn, this.host.pausedUntil)
  }
}

const roles = ["moves", "reports", "none"] as const satisfies ReadonlyArray<MoneyRole>

type Limits = (role: MoneyRole) => { readonly shared: boolean; readonly limit: number | undefined }

const limitsOf = Effect.fnUntraced(function* (
  given: HostLimiterOptions["limit"],
): Effect.fn.Return<Limits, VisaError> {
  if (typeof given !== "object") {
    const limit = given === undefined ? undefined : yield* count("rateLimit.limit", given, 1)
    return () => ({ shared: true, limit })
  }
  const limits = new Map<MoneyRole, number>()
  for (const role of roles) {
    const limit = given[role]
    if (limit !== undefined) limits.set(role, yield* count(`rateLimit.limit.${role}`, limit, 1))
  }
  return (role) => ({ shared: false, limit: limits.get(role) })
})

/**
 * Lets requests out one after the other, as fast as a host takes them.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { HostLimiter, VisaError } from "effect-visa-direct"
 *
 * const program = Effect.gen(function*() {
 *   const limiter = yield* HostLimiter
 *   const paced = limiter.pace("api.visa.com", { money: "moves" })
 *   yield* Effect.flip(paced(Effect.fail(VisaError.of("RateLimited", { retryAfterMillis: 30_000 }))))
 *   // The 429 was somebody else's, and this request is not even tried.
 *   return yield* Effect.flip(paced(Effect.succeed("sent")))
 * })
 *
 * const refused = await Effect.runPromise(program.pipe(Effect.provide(HostLimiter.layer())))
 * assert.strictEqual(refused.reason._tag, "RateLimiterBusy")
 * assert.isAbove(refused.reason.retryAfterMillis ?? 0, 29_000)
 */
export class HostLimiter extends Context.Service<
  HostLimiter,
  {
    /**
     * Makes an attempt when it is its turn, or fails with `RateLimiterBusy`. When the attempt fails
     * with `RateLimited`, every request to that host waits.
     */
    readonly pace: (
      host: string,
      operation: { readonly money: MoneyRole },
    ) => <A, R>(attempt: Effect.Effect<A, VisaError, R>) => Effect.Effect<A, VisaError, R>
  }
>()("effect-visa-direct/HostLimiter") {
  /** Builds the service on Effect's `RateLimiterStore` of the context, or in memory when there is none. */
  static readonly make = Effect.fnUntraced(function* (options: HostLimiterOptions = {}) {
    const limits = yield* limitsOf(options.limit)
    const window = yield* duration("rateLimit.window", options.window, "1 second")
    const maxWait = Duration.toMillis(
      yield* duration("rateLimit.maxWait", options.maxWait, "10 seconds"),
    )
    const pause = Duration.toMillis(yield* duration("rateLimit.pause", options.pause, "1 second"))
    const maxPause = Duration.toMillis(
      yield* duration("rateLimit.maxPause", options.maxPause, "1 minute"),
    )
    const limiter = yield* makeLimiter(
      yield* duration("rateLimit.storeTimeout", options.storeTimeout, "250 millis"),
    )
    const hosts = new Map<string, Host>()
    const lanes = new Map<string, Lane>()

    const laneOf = (name: string, role: MoneyRole): Lane => {
      const { limit, shared } = limits(role)
      const key = shared ? name : `${name} ${role}`
      const found = lanes.get(key)
      if (found !== undefined) return found
      const host = hosts.get(name) ?? new Host(name)
      hosts.set(name, host)
      const lane = new Lane(host, key, limit, Duration.toMillis(window))
      lanes.set(key, lane)
      return lane
    }

    const refuse = (wait: number) =>
      Effect.andThen(
        Telemetry.rateLimiterRejections.increment(),
        Effect.fail(VisaError.of("RateLimiterBusy", { retryAfterMillis: Math.ceil(wait) })),
      )

    /** Milliseconds until the own limit lets the next one through; 0 when it has let this one. */
    const overLimit = ({ key, limit }: Lane): Effect.Effect<number> =>
      limit === undefined
        ? Effect.succeed(0)
        : limiter.consume({ algorithm: "token-bucket", key, limit, window }).pipe(
            Effect.as(0),
            Effect.catchReason("RateLimiterError", "RateLimitExceeded", ({ retryAfter }) =>
              Effect.succeed(Math.max(1, Duration.toMillis(retryAfter))),
            ),
            Effect.orDie,
          )

    /** Lets a request through, or says by `undefined` that it is not its turn before `notBefore`. */
    const tryTurn = Effect.fnUntraced(function* (
      lane: Lane,
      deadline: number,
    ): Effect.fn.Return<number | undefined, VisaError> {
      const over = yield* overLimit(lane)
      if (over > 0) {
        lane.nextTurn = (yield* Clock.currentTimeMillis) + over
        return undefined
      }
      const { host } = lane
      const { delay, epoch, phase } = yield* Effect.orDie(
        limiter.adaptiveConsume({
          key: host.name,
          tokens: 1,
          fallbackLimit: lane.limit ?? 1,
          fallbackWindow: window,
        }),
      )
      if (Duration.isZero(delay)) return epoch
      const now = yield* Clock.currentTimeMillis
      const wait = Duration.toMillis(delay)
      host.pausedUntil = Math.max(host.pausedUntil, now + wait)
      // In the pause after a 429 nothing was counted; after it, this request has its place.
      if (phase === "cooldown") return undefined
      if (now + wait > deadline) return yield* refuse(wait)
      yield* Effect.sleep(delay)
      return epoch
    })

    /** For the first of those that wait. Each has a later deadline than the one before it. */
    const awaitTurn = Effect.fnUntraced(function* (
      lane: Lane,
      deadline: number,
    ): Effect.fn.Return<number, VisaError> {
      while (true) {
        const now = yield* Clock.currentTimeMillis
        const { notBefore } = lane
        if (notBefore > now) {
          if (notBefore > deadline) return yield* refuse(notBefore - now)
          yield* Effect.sleep(notBefore - now)
        }
        const epoch = yield* tryTurn(lane, deadline)
        if (epoch !== undefined) return epoch
      }
    })

    const enter = Effect.fnUntraced(function* (lane: Lane): Effect.fn.Return<number, VisaError> {
      const now = yield* Clock.currentTimeMillis
      const deadline = now + maxWait
      const known = Math.max(0, lane.notBefore - now) + lane.waiting * lane.gap
      if (known > maxWait) return yield* refuse(known)
      if (lane.waiting === 0 && now >= lane.notBefore) {
        const epoch = yield* tryTurn(lane, deadline)
        if (epoch !== undefined) return epoch
      }
      lane.waiting += 1
      const epoch = yield* lane.turn
        .withPermits(1)(awaitTurn(lane, deadline))
        .pipe(
          Effect.ensuring(
            Effect.sync(() => {
              lane.waiting -= 1
            }),
          ),
        )
      const waited = (yield* Clock.currentTimeMillis) - now
      yield* Telemetry.rateLimiterWait.record(Duration.millis(waited))
      return epoch
    })

    const slowDown = Effect.fnUntraced(function* (
      host: Host,
      epoch: number,
      asked: number | undefined,
    ) {
      const retryAfter = Math.min(Math.max(1, asked ?? pause), maxPause)
      const now = yield* Clock.currentTimeMillis
      if (host.pausedUntil <= now) {
        yield* Effect.logWarning(`${host.name} answered 429: no request for ${retryAfter} ms`)
      }
      host.pausedUntil = Math.max(host.pausedUntil, now + retryAfter)
      yield* Effect.orDie(
        limiter.adaptiveFeedback({
          key: host.name,
          epoch,
          tokens: 1,
          status: 429,
          retryAfter: Duration.millis(retryAfter),
        }),
      )
    })

    return HostLimiter.of({
      pace: (name, { money }) => {
        const lane = laneOf(name, money)
        return (attempt) =>
          Effect.flatMap(enter(lane), (epoch) =>
            Effect.tapError(attempt, ({ reason }) =>
              reason._tag === "RateLimited"
                ? slowDown(lane.host, epoch, reason.retryAfterMillis)
                : Effect.void,
            ),
          )
      },
    })
  })

  /** Fails with `OptionInvalid`. */
  static readonly layer = (options?: HostLimiterOptions): Layer.Layer<HostLimiter, VisaError> =>
    Layer.effect(HostLimiter, HostLimiter.make(options))

  /** Counters in Redis, for limiters of many processes. */
  static readonly layerStoreRedis = (
    options?: HostLimiterStoreOptions,
  ): Layer.Layer<RateLimiter.RateLimiterStore, never, Redis> =>
    RateLimiter.layerStoreRedis({ prefix: options?.prefix ?? "visa-direct:limiter:" })

  /**
   * Reads `VISA_DIRECT_RATE_LIMIT`, `VISA_DIRECT_RATE_LIMIT_WINDOW`, `VISA_DIRECT_RATE_LIMIT_MAX_WAIT`
   * and `VISA_DIRECT_RATE_LIMIT_MAX_PAUSE`; what is absent has the defaults of
   * {@link HostLimiterOptions}.
   */
  static readonly layerConfig: Layer.Layer<HostLimiter, VisaError> = Layer.effect(
    HostLimiter,
    Effect.gen(function* () {
      const options = yield* Config.all({
        limit: Config.option(Config.Int("VISA_DIRECT_RATE_LIMIT")),
        window: Config.option(Config.Duration("VISA_DIRECT_RATE_LIMIT_WINDOW")),
        maxWait: Config.option(Config.Duration("VISA_DIRECT_RATE_LIMIT_MAX_WAIT")),
        maxPause: Config.option(Config.Duration("VISA_DIRECT_RATE_LIMIT_MAX_PAUSE")),
      }).pipe(Effect.mapError(optionInvalid))
      return yield* HostLimiter.make({
        limit: Option.getOrUndefined(options.limit),
        window: Option.getOrUndefined(options.window),
        maxWait: Option.getOrUndefined(options.maxWait),
        maxPause: Option.getOrUndefined(options.maxPause),
      })
    }),
  )
}
