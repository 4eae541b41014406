/**
 * Message level encryption: the JSON of requests and replies travels as one compact JWE inside
 * `{"encData": "…"}`, under the TLS of the connection.
 *
 * Visa's parameters: `RSA-OAEP-256` with `A128GCM` (`A256GCM` is accepted), protected header `kid` (the
 * portal's Key-ID) and `iat` in **milliseconds**, which Visa honours for about two minutes. So every
 * attempt is encrypted anew, and `iat` is stamped last.
 *
 * Source: Visa's encryption guide and published samples.
 */
import { Clock, Context, Effect, Layer, Option, Predicate, Redacted } from "effect"
import * as Jose from "jose"
import { KeyObject } from "node:crypto"
import { CertificateStore } from "./CertificateStore.ts"
import type { Generation, MleKeySet } from "./CertificateStore.ts"
import { openJwe } from "./internal/openJwe.ts"
import { invalid } from "./internal/optionValues.ts"
import { sealJwe } from "./internal/sealJwe.ts"
import type { ContentEncryption } from "./internal/sealJwe.ts"
import { Telemetry } from "./Telemetry.ts"
import { Jwks } from "./Jwks.ts"
import { VisaError } from "./VisaError.ts"

/** Content encryption of requests; replies may use either. */
export type { ContentEncryption } from "./internal/sealJwe.ts"

/** An encrypted body and the Key-ID that goes out beside it in the `keyId` header. */
export interface Encrypted {
  readonly keyId: string
  /** A compact JWE. */
  readonly encData: string
}

export interface Options {
  /**
   * Where the key comes from that requests are encrypted for: the server certificate of the credentials,
   * or {@link Jwks}. Replies are always decrypted with the credentials' key, and the header `keyId` is
   * always theirs. Default: `certificates`, the only one that Visa Direct itself knows.
   */
  readonly keySource?: "certificates" | "jwks" | undefined
  /** Defaults to `A128GCM`, which all of Visa's samples use. */
  readonly contentEncryption?: ContentEncryption | undefined
}

const codeOf = (cause: unknown): string =>
  Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code)
    ? cause.code
    : "not a usable key or JWE"

/** What a request is encrypted with, and what its JWE calls it. */
interface Lock {
  readonly kid: string
  readonly key: KeyObject
}

/** How to find the key for a request of these credentials. */
const encryptionKeyOf = (
  source: "certificates" | "jwks",
): Effect.Effect<(keys: MleKeySet) => Effect.Effect<Lock, VisaError>, VisaError> =>
  source === "certificates"
    ? Effect.succeed(({ keyId, serverKey }) =>
        // `KeyObject.from` only unwraps the imported key: a microsecond, not worth a cache.
        Effect.sync(() => ({ kid: keyId, key: KeyObject.from(serverKey) })),
      )
    : Effect.flatMap(
        Effect.serviceOption(Jwks),
        Option.match({
          onNone: () =>
            invalid("encryption.keySource", "It is jwks, but no endpoint of a JWKS is given."),
          onSome: (jwks) =>
            Effect.succeed(() =>
              Effect.map(jwks.encryptionKey(), ({ kid, publicKey }) => ({ kid, key: publicKey })),
            ),
        }),
      )

/**
 * Encrypts request bodies and decrypts replies with the MLE key set of a credential generation.
 *
 * Without an explicit generation the current one is used. A reply must be decrypted with the
 * generation of its request, because a renewal changes Key-ID, server certificate and private key
 * together.
 *
 * @example no-run
 * import { Effect } from "effect"
 * import { Mle } from "effect-visa-direct"
 *
 * const encrypted = Effect.gen(function*() {
 *   const mle = yield* Mle
 *   return yield* mle.encrypt(new TextEncoder().encode(`{"amount":124.05}`))
 * })
 */
export class Mle extends Context.Service<
  Mle,
  {
    /**
     * Fails with `MleKeysMissing` or `MleEncryptFailed`, and with those of {@link Jwks} when it is the key
     * source. It never answers with anything that is not encrypted.
     */
    readonly encrypt: (
      bytes: Uint8Array,
      generation?: Generation,
    ) => Effect.Effect<Encrypted, VisaError>
    /** Fails with `MleKeysMissing` or `MleDecryptFailed`. */
    readonly decrypt: (
      encData: string,
      generation?: Generation,
    ) => Effect.Effect<Uint8Array, VisaError>
  }
>()("effect-visa-direct/Mle") {
  static readonly make = Effect.fnUntraced(function* (options?: Options) {
    const store = yield* CertificateStore
    const enc = options?.contentEncryption ?? "A128GCM"
    const encryptionKey = yield* encryptionKeyOf(options?.keySource ?? "certificates")

    const keySet = (generation: Generation): Effect.Effect<MleKeySet, VisaError> =>
      Option.match(generation.mle, {
        onNone: () => Effect.fail(VisaError.of("MleKeysMissing")),
        onSome: Effect.succeed,
      })

    const keySetOf = (generation: Generation | undefined): Effect.Effect<MleKeySet, VisaError> =>
      generation === undefined ? Effect.flatMap(store.current, keySet) : keySet(generation)

    return Mle.of({
      encrypt: Effect.fnUntraced(
        function* (bytes, generation) {
          const keys = yield* keySetOf(generation)
          const { key, kid } = yield* encryptionKey(keys)
          const iat = yield* Clock.currentTimeMillis
          const encData = yield* Effect.try({
            try: () => sealJwe(bytes, key, { enc, kid, iat }),
            catch: (cause) => VisaError.of("MleEncryptFailed", { detail: codeOf(cause) }),
          })
          return { keyId: keys.keyId, encData }
        },
        Telemetry.mleEncryptDuration.time(),
        Telemetry.span("mleEncrypt"),
      ),
      decrypt: Effect.fnUntraced(
        function* (encData, generation) {
          const keys = yield* keySetOf(generation)
          return yield* Effect.tryPromise({
            try: () => openJwe(encData, Redacted.value(keys.privateKey)),
            catch: (cause) => VisaError.of("MleDecryptFailed", { detail: codeOf(cause) }),
          })
        },
        Telemetry.mleDecryptDuration.time(),
        Telemetry.span("mleDecrypt"),
      ),
    })
  })

  /**
   * Fails with `OptionInvalid` when the key source is `jwks` and there is no {@link Jwks} in the context.
   */
  static readonly layer = (options?: Options): Layer.Layer<Mle, VisaError, CertificateStore> =>
    Layer.effect(Mle, Mle.make(options))

  /**
   * No encryption at all: `encData` is the body in base64url. For tests of what is above this
   * service; nothing that speaks to Visa accepts it.
   */
  static readonly layerTest: Layer.Layer<Mle> = Layer.succeed(
    Mle,
    Mle.of({
      encrypt: (bytes) =>
        Effect.succeed({ keyId: "test-key-id", encData: Jose.base64url.encode(bytes) }),
      decrypt: (encData) => Effect.sync(() => Jose.base64url.decode(encData)),
    }),
  )
}
