/** What processes share through a Redis, if there is one. */
import { Config, Effect, Layer, Option } from "effect"
import * as Persistence from "effect/persistence/Persistence"
import type { RateLimiterStore } from "effect/persistence/RateLimiter"
import { Breaker } from "../Breaker.ts"
import type { BreakerStore } from "../Breaker.ts"
import { HostLimiter } from "../HostLimiter.ts"
import type { VisaError } from "../VisaError.ts"
import { optionInvalid } from "./optionInvalid.ts"
import { defaultPrefix, layerRedis } from "./redis.ts"
import type { RedisOptions } from "./redis.ts"

/** Without a Redis there are none, and each service keeps to its own memory. */
export type SharedStores = BreakerStore | RateLimiterStore | Persistence.Persistence

const layerPersistence = (prefix: string) =>
  Layer.effect(
    Persistence.Persistence,
    Effect.map(Persistence.Persistence, ({ make }) =>
      Persistence.Persistence.of({
        make: (options) => make({ ...options, storeId: `${prefix}${options.storeId}` }),
      }),
    ),
  ).pipe(Layer.provide(Persistence.layerRedis))

export const layerSharedStores = (
  options: RedisOptions | undefined,
): Layer.Layer<never, VisaError> | Layer.Layer<SharedStores, VisaError> => {
  if (options === undefined) return Layer.empty
  const prefix = options.prefix ?? defaultPrefix
  return Layer.mergeAll(
    Breaker.layerStoreRedis({ prefix: `${prefix}breaker:` }),
    HostLimiter.layerStoreRedis({ prefix: `${prefix}limiter:` }),
    layerPersistence(prefix),
  ).pipe(Layer.provide(layerRedis(options)))
}

/** Reads `VISA_DIRECT_REDIS_URL` and `VISA_DIRECT_REDIS_PREFIX`. */
export const layerSharedStoresConfig: Layer.Layer<never, VisaError> = Layer.unwrap(
  Config.all({
    url: Config.option(Config.Redacted("VISA_DIRECT_REDIS_URL")),
    prefix: Config.option(Config.String("VISA_DIRECT_REDIS_PREFIX")),
  }).pipe(
    Effect.mapError(optionInvalid),
    Effect.map(({ prefix, url }) =>
      layerSharedStores(
        Option.isNone(url) ? undefined : { url: url.value, prefix: Option.getOrUndefined(prefix) },
      ),
    ),
  ),
)
