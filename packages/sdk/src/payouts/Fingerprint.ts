import { createHash, createHmac, createSecretKey } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { Context, Effect, Layer, Redacted, Result } from "effect"
import { SecureRandom } from "effect/crypto"
import { canonicalJson } from "../internal/canonicalJson.ts"
import { ephemeralKey, keysFromConfig } from "../internal/storedKeys.ts"
import { VisaError } from "../VisaError.ts"

/**
 * The fingerprints of one value: the current one first, then those under earlier keys. Two values are
 * the same payload when the current fingerprint of one is among the fingerprints of the other.
 */
export type Prints = readonly [current: string, ...earlier: ReadonlyArray<string>]

/** The keys of fingerprints: texts of at least 32 random characters, e.g. of `openssl rand -base64 32`. */
export interface FingerprintOptions {
  readonly key: Redacted.Redacted
  /**
   * Keys that were in use before, newest first. Keep a key here for as long as claims are kept that
   * were made under it: without it, the retry of such a payout looks like another payout.
   */
  readonly previousKeys?: ReadonlyArray<Redacted.Redacted> | undefined
}

/** Characters. With base64 these are 192 bits and more. */
const minimumKeyLength = 32

// Fingerprints outlive versions of this SDK: whoever changes the canonical form changes this, too.
const version = "1"

const canonical = (value: unknown, opened: boolean): Effect.Effect<string, VisaError> =>
  Effect.fromResult(
    Result.mapError(canonicalJson(value, opened), ({ detail, path }) =>
      VisaError.of("RequestInvalid", {
        field: path === "" ? undefined : path,
        detail: `No fingerprint can be taken of this value: ${detail}`,
      }),
    ),
  )

/** Made once of each key: to make an HMAC of a text that is the key costs as much as five of these. */
const keyOf = (key: Redacted.Redacted): KeyObject => createSecretKey(Redacted.value(key), "utf8")

const keyed = (key: KeyObject, text: string): string =>
  `${version}.hmac.${createHmac("sha256", key).update(text).digest("base64url")}`

const make = Effect.fnUntraced(function* ({
  key,
  previousKeys = [],
}: FingerprintOptions): Effect.fn.Return<Fingerprint["Service"], VisaError> {
  for (const [field, given] of [
    ["key", key] as const,
    ...previousKeys.map((previous, index) => [`previousKeys[${index}]`, previous] as const),
  ]) {
    if (Redacted.value(given).length < minimumKeyLength) {
      return yield* VisaError.of("OptionInvalid", {
        field,
        detail: `give at least ${minimumKeyLength} random characters, such as openssl rand -base64 32 makes`,
      })
    }
  }
  const current = keyOf(key)
  const previous = previousKeys.map(keyOf)
  return Fingerprint.of({
    take: (value) =>
      Effect.map(canonical(value, true), (text): Prints => [
        keyed(current, text),
        ...previous.map((old) => keyed(old, text)),
      ]),
  })
})

/**
 * Tells whether two payloads are the same, without keeping the payload: HMAC-SHA-256 over canonical
 * JSON. Key order, members that are `undefined` and the way an amount was written do not matter;
 * everything else does. `Redacted` values, so also card numbers, are part of it.
 *
 * It is keyed because what it covers can be guessed. Of a card number at most nine digits are not
 * printed in logs and receipts, and a billion plain hashes are a second's work; an account number or
 * a phone number is no better. Without the key, which must not be stored where the fingerprints are,
 * a fingerprint tells nothing. {@link Fingerprint.takePlain} is for values without personal data and
 * refuses `Redacted` ones.
 *
 * All processes that share a store of claims need the same key. To change it, give the new one as
 * `key` and the old one in `previousKeys`.
 *
 * Plain objects, arrays, texts, finite numbers, booleans, big integers, `Money`, `DateTime`,
 * `BigDecimal` and `Redacted` have fingerprints; everything else (class instances, maps, dates, NaN)
 * is refused with `RequestInvalid` that names the path, because two of them could look the same.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Redacted } from "effect"
 * import { Fingerprint, Money, Pan } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const pan = yield* Pan.make("4060320000000127")
 *   const [first] = yield* Fingerprint.take({ to: pan, amount: yield* Money.of("10.0", "USD") })
 *   const [again] = yield* Fingerprint.take({ amount: yield* Money.of("10", "USD"), to: pan })
 *   assert.strictEqual(again, first)
 * })
 * const keys = Fingerprint.layer({ key: Redacted.make("only for this example, 32 characters") })
 * await Effect.runPromise(program.pipe(Effect.provide(keys)))
 */
export class Fingerprint extends Context.Service<
  Fingerprint,
  {
    /** The fingerprints of a value, for `Claims.claim`. */
    readonly take: (value: unknown) => Effect.Effect<Prints, VisaError>
  }
>()("effect-visa-direct/Fingerprint") {
  static readonly make = make

  /** Fails with `OptionInvalid` for a key that is too short. */
  static readonly layer = (options: FingerprintOptions): Layer.Layer<Fingerprint, VisaError> =>
    Layer.effect(Fingerprint, make(options))

  /**
   * Reads `VISA_DIRECT_FINGERPRINT_KEY` and `VISA_DIRECT_FINGERPRINT_PREVIOUS_KEYS` (a list with
   * commas, may be absent).
   */
  static readonly layerConfig: Layer.Layer<Fingerprint, VisaError> = Layer.effect(
    Fingerprint,
    Effect.flatMap(
      keysFromConfig("VISA_DIRECT_FINGERPRINT_KEY", "VISA_DIRECT_FINGERPRINT_PREVIOUS_KEYS"),
      make,
    ),
  )

  /** A key of its own that nobody knows: for claims that live and die with this process. */
  static readonly layerEphemeral: Layer.Layer<Fingerprint> = Layer.effect(
    Fingerprint,
    ephemeralKey.pipe(
      Effect.flatMap((key) => make({ key })),
      Effect.orDie,
      Effect.provide(SecureRandom.layerWebCrypto),
    ),
  )

  static readonly take = (value: unknown): Effect.Effect<Prints, VisaError, Fingerprint> =>
    Effect.flatMap(Fingerprint, (service) => service.take(value))

  /** SHA-256 without a key, for values that may be guessed. Refuses `Redacted` values. */
  static readonly takePlain = (value: unknown): Effect.Effect<string, VisaError> =>
    Effect.map(
      canonical(value, false),
      (text) => `${version}.sha256.${createHash("sha256").update(text).digest("base64url")}`,
    )
}
