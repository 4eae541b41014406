import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
} from "node:crypto"
import type { KeyObject } from "node:crypto"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import type { Brand } from "effect"
import { SecureRandom } from "effect/crypto"
import { ephemeralKey, keysFromConfig } from "../internal/storedKeys.ts"
import { VisaError } from "../VisaError.ts"

/** What a vault made of a text: it can be stored. */
export type Sealed = string & Brand.Brand<"Sealed">

/** For the fields of what is stored. */
export const Sealed = Schema.String.pipe(Schema.brand("Sealed"))

/** The keys of a vault: at least 32 random bytes each, as base64, e.g. of `openssl rand -base64 32`. */
export interface VaultOptions {
  readonly key: Redacted.Redacted
  /**
   * Keys that were in use before. Keep a key here until no payout is running that was accepted under
   * it, and for as long as payouts that were pulled from cards may still be reversed.
   */
  readonly previousKeys?: ReadonlyArray<Redacted.Redacted> | undefined
}

/** Where in front of the ciphertext the salt and the nonce stand, in bytes. */
const saltSize = 16
const nonceSize = 12
const tagSize = 16

interface Key {
  /** Tells which key sealed a text, and nothing about the key. */
  readonly id: string
  readonly key: KeyObject
}

const readKey = (field: string, key: Redacted.Redacted): Effect.Effect<Key, VisaError> => {
  const bytes = Buffer.from(Redacted.value(key), "base64")
  return bytes.length >= 32
    ? Effect.succeed({
        id: createHash("sha256").update("key id").update(bytes).digest("base64url").slice(0, 8),
        key: createSecretKey(bytes),
      })
    : Effect.fail(
        VisaError.of("OptionInvalid", {
          field,
          detail: "give at least 32 random bytes as base64, such as openssl rand -base64 32 makes",
        }),
      )
}

/**
 * A key for each text: AES-GCM breaks down when a key and a nonce meet twice. As objects, because Node
 * takes four times as long with the bytes of a key.
 */
const derived = ({ key }: Key, salt: Buffer): KeyObject =>
  createSecretKey(
    createHmac("sha256", key).update("effect-visa-direct/PayoutVault/1").update(salt).digest(),
  )

const unopened = (detail: string) => Effect.fail(VisaError.of("SealUnopened", { detail }))

const version = "1"

const make = Effect.fnUntraced(function* ({
  key,
  previousKeys = [],
}: VaultOptions): Effect.fn.Return<PayoutVault["Service"], VisaError, SecureRandom.SecureRandom> {
  const random = yield* SecureRandom.SecureRandom
  const current = yield* readKey("key", key)
  const previous = yield* Effect.forEach(previousKeys, (given, index) =>
    readKey(`previousKeys[${index}]`, given),
  )
  const keys = new Map([...previous, current].map((one) => [one.id, one]))
  return PayoutVault.of({
    seal: (text, context) =>
      Effect.map(random.randomBytes(saltSize + nonceSize), (bytes) => {
        const head = Buffer.from(bytes)
        const cipher = createCipheriv(
          "aes-256-gcm",
          derived(current, head.subarray(0, saltSize)),
          head.subarray(saltSize),
        ).setAAD(Buffer.from(context))
        const sealed = Buffer.concat([
          head,
          cipher.update(Redacted.value(text), "utf8"),
          cipher.final(),
          cipher.getAuthTag(),
        ])
        return `${version}.${current.id}.${sealed.toString("base64url")}` as Sealed
      }),
    open: (sealed, context) =>
      Effect.suspend(() => {
        const [writtenBy, id = "", body = ""] = sealed.split(".")
        const sealedWith = keys.get(id)
        if (writtenBy !== version) return unopened("It was sealed by another version or vault")
        if (sealedWith === undefined) {
          return unopened(`It was sealed with the key ${id}, which is not among the keys given`)
        }
        const bytes = Buffer.from(body, "base64url")
        const end = bytes.length - tagSize
        if (end < saltSize + nonceSize) return unopened("It is too short")
        try {
          const decipher = createDecipheriv(
            "aes-256-gcm",
            derived(sealedWith, bytes.subarray(0, saltSize)),
            bytes.subarray(saltSize, saltSize + nonceSize),
          )
            .setAAD(Buffer.from(context))
            .setAuthTag(bytes.subarray(end))
          const text =
            decipher.update(bytes.subarray(saltSize + nonceSize, end)).toString("utf8") +
            decipher.final("utf8")
          return Effect.succeed(Redacted.make(text))
        } catch {
          // OpenSSL says no more than that the tag does not fit.
          return unopened("It was changed, or it belongs to another payout")
        }
      }),
  })
})

/**
 * Keeps card numbers, account numbers and names out of the store of a durable engine.
 *
 * A workflow engine stores what its workflows are started with, in clear. So a payout is *sealed*
 * before it is handed to the engine, and opened only in the memory of the process that works on it:
 * AES-256-GCM under a key that is derived for each payout, bound to the payout's key, so that no
 * sealed text fits another payout. What the store holds beside it (amounts, trace numbers, outcomes)
 * is free of personal data.
 *
 * The key belongs into a secret manager and never into the database. All processes that work on the
 * same payouts need it. To change it, give the new one as `key` and the old one in `previousKeys`.
 * Another cipher, a key service or a tokenisation service is a `Layer.succeed(PayoutVault, …)`.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Redacted } from "effect"
 * import { PayoutVault } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const vault = yield* PayoutVault
 *   const sealed = yield* vault.seal(Redacted.make("4060320000000127"), "INVOICE-77")
 *   assert.notInclude(sealed, "4060320000000127")
 *   assert.strictEqual(Redacted.value(yield* vault.open(sealed, "INVOICE-77")), "4060320000000127")
 *
 *   const error = yield* Effect.flip(vault.open(sealed, "INVOICE-78"))
 *   assert.strictEqual(error.reason._tag, "SealUnopened")
 * })
 * await Effect.runPromise(program.pipe(Effect.provide(PayoutVault.layerEphemeral)))
 */
export class PayoutVault extends Context.Service<
  PayoutVault,
  {
    /** Seals a text for one purpose, such as one payout: only the same `context` opens it. */
    readonly seal: (text: Redacted.Redacted, context: string) => Effect.Effect<Sealed, VisaError>
    /** Fails with `SealUnopened` when the text was changed, or sealed elsewhere or for another purpose. */
    readonly open: (sealed: Sealed, context: string) => Effect.Effect<Redacted.Redacted, VisaError>
  }
>()("effect-visa-direct/PayoutVault") {
  static readonly make = make

  /** Fails with `OptionInvalid` for a key that is too short. */
  static readonly layer = (options: VaultOptions): Layer.Layer<PayoutVault, VisaError> =>
    Layer.effect(PayoutVault, make(options)).pipe(Layer.provide(SecureRandom.layerWebCrypto))

  /**
   * Reads `VISA_DIRECT_VAULT_KEY` and `VISA_DIRECT_VAULT_PREVIOUS_KEYS` (a list with commas, may be
   * absent).
   */
  static readonly layerConfig: Layer.Layer<PayoutVault, VisaError> = Layer.unwrap(
    Effect.map(
      keysFromConfig("VISA_DIRECT_VAULT_KEY", "VISA_DIRECT_VAULT_PREVIOUS_KEYS"),
      PayoutVault.layer,
    ),
  )

  /**
   * A key of its own that nobody knows: for the memory engine, whose payouts end with the process. With
   * a durable engine a restarted process could not open what the one before it accepted.
   */
  static readonly layerEphemeral: Layer.Layer<PayoutVault> = Layer.effect(
    PayoutVault,
    ephemeralKey.pipe(
      Effect.flatMap((key) => make({ key })),
      Effect.orDie,
    ),
  ).pipe(Layer.provide(SecureRandom.layerWebCrypto))
}
