/**
 * A process that needs encryption keys: it is told where from by its first message, and asked for a key
 * by each further one. Keys and circuits it shares through Redis, as a program with `redis` does.
 */
import { Effect, Layer, ManagedRuntime, References } from "effect"
import { layerSharedStores } from "../../src/internal/sharedStores.ts"
import type { RedisOptions } from "../../src/internal/redis.ts"
import { Jwks } from "../../src/Jwks.ts"
import type { JwksOptions } from "../../src/Jwks.ts"
import type { VisaError } from "../../src/VisaError.ts"

export interface KeyHolderOptions {
  readonly jwks: JwksOptions
  readonly redis: RedisOptions
}

/** What it answers: the key's id, or the tag of the reason why there is none. */
export interface KeyAnswer {
  readonly kid?: string
  readonly tag?: string
  readonly retryAfterMillis?: number | undefined
}

const key: Effect.Effect<KeyAnswer, never, Jwks> = Jwks.use((jwks) =>
  Effect.match(jwks.encryptionKey(), {
    onSuccess: ({ kid }) => ({ kid }),
    onFailure: ({ reason }: VisaError) => ({
      tag: reason._tag,
      retryAfterMillis: reason.retryAfterMillis,
    }),
  }),
)

let runtime: ManagedRuntime.ManagedRuntime<Jwks, VisaError> | undefined

const answer = async (message: KeyHolderOptions | "key"): Promise<KeyAnswer> => {
  if (message !== "key") {
    await runtime?.dispose()
    const stores: Layer.Layer<never, VisaError> = layerSharedStores(message.redis)
    runtime = ManagedRuntime.make(Jwks.layer(message.jwks).pipe(Layer.provide(stores)))
    await runtime.runPromise(Effect.void)
    return {}
  }
  if (runtime === undefined) throw new Error("say first where the keys are")
  return runtime.runPromise(key.pipe(Effect.provideService(References.MinimumLogLevel, "None")))
}

process.on("message", (message: KeyHolderOptions | "key") => {
  void answer(message).then((result) => process.send?.(result))
})
process.on("disconnect", () => {
  void (runtime?.dispose() ?? Promise.resolve()).then(() => process.exit(0))
})
process.send?.("ready")
