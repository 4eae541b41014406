/**
 * A Redis that may be away: when the program starts, and at any time after.
 *
 * What is kept there makes many processes act as one, and none of it is needed to make a payment. So a
 * program does not wait for Redis and does not fail for it: commands fail at once while there is no
 * connection, and their users decide alone until there is one.
 */
import { Context, Deferred, Duration, Effect, Layer, Redacted, Schedule } from "effect"
import * as Redis from "effect/persistence/Redis"
import { VisaError } from "../VisaError.ts"
import { invalid } from "./optionValues.ts"

export interface RedisOptions {
  /** `redis://…` or `rediss://…`; it may hold user, password and the number of a database. */
  readonly url: Redacted.Redacted | string
  /** In front of every key. Default: `visa-direct:`. */
  readonly prefix?: string | undefined
}

export const defaultPrefix = "visa-direct:"

/** How long the start of a program waits for the first connection. */
const patience = Duration.seconds(2)

const reconnecting = Schedule.min([
  Schedule.exponential("250 millis"),
  Schedule.spaced("5 seconds"),
])

const notConnected = Effect.fail(
  new Redis.RedisError({ cause: new Error("There is no connection to Redis") }),
)

/** `redis` is an optional peer dependency, so it is loaded only when there is a Redis to talk to. */
const loadNodeRedis = Effect.tryPromise({
  try: () => import("@effect/platform-node/NodeRedis"),
  catch: () =>
    VisaError.of("OptionInvalid", {
      field: "redis",
      detail: "Install the package redis, version 5 or 6.",
    }),
})

const checkedUrl = (url: RedisOptions["url"]): Effect.Effect<string, VisaError> => {
  const text = Redacted.isRedacted(url) ? Redacted.value(url) : url
  return URL.canParse(text) && ["redis:", "rediss:"].includes(new URL(text).protocol)
    ? Effect.succeed(text)
    : invalid("redis.url", "It is not a URL such as redis://localhost:6379.")
}

/**
 * Fails only for what no waiting can cure: a URL that is none, or a missing package. A Redis that
 * refuses the password is away, and said to be.
 */
export const layerRedis = (options: RedisOptions): Layer.Layer<Redis.Redis, VisaError> =>
  Layer.effect(
    Redis.Redis,
    Effect.gen(function* () {
      const url = yield* checkedUrl(options.url)
      const { layer } = yield* loadNodeRedis
      const tried = yield* Deferred.make<void>()
      const ready = yield* Deferred.make<Redis.Redis["Service"]>()
      let connected: Redis.Redis["Service"] | undefined

      // NodeRedis reconnects by itself, but only once it has been connected.
      const connect = Layer.build(
        layer({ url, disableOfflineQueue: true, socket: { connectTimeout: 2_000 } }),
      ).pipe(
        Effect.andThen((context) => {
          connected = Context.get(context, Redis.Redis)
          return Effect.andThen(Deferred.succeed(ready, connected), Effect.never)
        }),
        Effect.scoped,
        Effect.tapError(() =>
          Effect.flatMap(Deferred.succeed(tried, undefined), (isFirst) =>
            isFirst
              ? Effect.logWarning("Redis is away: this process decides alone until it answers")
              : Effect.void,
          ),
        ),
        Effect.retry(reconnecting),
      )
      yield* Effect.forkScoped(connect)
      yield* Effect.raceFirst(Deferred.await(ready), Deferred.await(tried)).pipe(
        Effect.timeoutOption(patience),
      )

      const using = <A, R>(
        use: (redis: Redis.Redis["Service"]) => Effect.Effect<A, Redis.RedisError, R>,
      ): Effect.Effect<A, Redis.RedisError, R> =>
        Effect.suspend(() => (connected === undefined ? notConnected : use(connected)))

      return Redis.Redis.of({
        send: (command, ...args) => using((redis) => redis.send(command, ...args)),
        eval:
          (script) =>
          (...params) =>
            using((redis) => redis.eval(script)(...params)),
        reserve: using((redis) => redis.reserve),
        subscribe: (channel) =>
          Effect.flatMap(Deferred.await(ready), (redis) => redis.subscribe(channel)),
      })
    }),
  )
