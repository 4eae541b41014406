/** The keys of what is stored: where they come from when they are not given in code. */
import { Config, Effect, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import type { VisaError } from "../VisaError.ts"
import { optionInvalid } from "./optionInvalid.ts"

export interface StoredKeys {
  readonly key: Redacted.Redacted
  readonly previousKeys: ReadonlyArray<Redacted.Redacted>
}

/** From a variable each; that of the previous ones is a list with commas, and may be absent. */
export const keysFromConfig = (
  key: string,
  previousKeys: string,
): Effect.Effect<StoredKeys, VisaError> =>
  Config.all({
    key: Config.Redacted(key),
    previousKeys: Config.Redacted(previousKeys).pipe(Config.withDefault(Redacted.make(""))),
  }).pipe(
    Effect.mapError(optionInvalid),
    Effect.map((found) => ({
      key: found.key,
      previousKeys: Redacted.value(found.previousKeys)
        .split(",")
        .map((text) => text.trim())
        .filter((text) => text !== "")
        .map((text) => Redacted.make(text)),
    })),
  )

/** One that nobody knows, gone with the process. */
export const ephemeralKey: Effect.Effect<Redacted.Redacted, never, SecureRandom.SecureRandom> =
  Effect.gen(function* () {
    const random = yield* SecureRandom.SecureRandom
    return Redacted.make(Buffer.from(yield* random.randomBytes(32)).toString("base64"))
  }).pipe(Effect.orDie)
