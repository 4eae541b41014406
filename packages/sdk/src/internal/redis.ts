/**
 * A Redis that may be away: when the program starts, and at any time after.
 *
 * What is kept there makes many processes act as one, and none of it is needed to make a payment. So a
 * program does not wait for Redis and does not fail for it: commands fail at once while there is no
 * connection, and their users decide alone until there is one.
 */
import { Context, Deferred, Duration, Effect, Exit, Fiber, Layer, Redacted, Scope } from "effect"
import * as Redis from "effect/persistence/Redis"
import { VisaError } from "../VisaError.ts"
import { invalid } from "./optionValues.ts"

export interface RedisOptions {
  /** `redis://…` or `rediss://…`; it may hold user, password and the number of a database. */
  readonly url: Redacted.Redacted | string
  /**
   * In front of every key. Default: `visa-direct:`. In the key of a key set its colons are written `%3A`.
   */
  readonly prefix?: string | undefined
}

export const defaultPrefix = "visa-direct:"

/** How long the start of a program waits for the first connection. */
const patience = Duration.seconds(1)

/**
 * What makes a connection that has fallen silent break, and every broken one come back. Commands that
 * find none fail instead of being kept for later.
 */
const clientOptions = {
  disableOfflineQueue: true,
  pingInterval: 2_000,
  socket: {
    connectTimeout: 2_000,
    socketTimeout: 5_000,
    reconnectStrategy: (retries: number) => Math.min(100 * 2 ** retries, 5_000),
  },
} as const

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
 * refuses the password is away; why, is in the log.
 */
export const layerRedis = (options: RedisOptions): Layer.Layer<Redis.Redis, VisaError> =>
  Layer.effect(
    Redis.Redis,
    Effect.gen(function* () {
      const url = yield* checkedUrl(options.url)
      const { layer, NodeRedis } = yield* loadNodeRedis
      const ready = yield* Deferred.make<Redis.Redis["Service"]>()
      let connected: Redis.Redis["Service"] | undefined

      const scope = yield* Scope.make()
      const connect = Effect.gen(function* () {
        const context = yield* Layer.buildWithScope(layer({ url, ...clientOptions }), scope)
        const { client } = Context.get(context, NodeRedis)
        // Closing would wait for replies, and nobody may be left to give them.
        yield* Scope.addFinalizer(
          scope,
          Effect.sync(() => client.destroy()),
        )
        connected = Context.get(context, Redis.Redis)
        yield* Deferred.succeed(ready, connected)
      })
      const connecting = yield* Effect.forkDetach(connect)
      const close = Effect.andThen(Fiber.interrupt(connecting), Scope.close(scope, Exit.void))
      yield* Effect.addFinalizer(() =>
        // In the middle of a handshake it would wait, too; that ends by itself.
        connected === undefined ? Effect.forkDetach(close) : close,
      )
      yield* Effect.timeoutOption(Deferred.await(ready), patience)

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
