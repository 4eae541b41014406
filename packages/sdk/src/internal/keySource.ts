/** The key set that goes with a key source: one that is asked over HTTP, or none. */
import { Config, Effect, Layer, Option } from "effect"
import { Jwks } from "../Jwks.ts"
import type { JwksOptions } from "../Jwks.ts"
import type { Options as MleOptions } from "../Mle.ts"
import type { VisaError } from "../VisaError.ts"
import { jwksFromConfig } from "./jwksOptions.ts"
import { optionInvalid } from "./optionInvalid.ts"
import { invalid } from "./optionValues.ts"

type KeySource = NonNullable<MleOptions["keySource"]>

/** Endpoints that nobody asks are a mistake: payments would be encrypted for another key than meant. */
const unused = Layer.effect(
  Jwks,
  invalid(
    "encryption.keySource",
    "A JWKS is given but not used: set keySource to jwks, or leave the JWKS out.",
  ),
)

/** As the transport's; the key set's own counts where that is absent. */
type Environment = JwksOptions["environment"]

export const layerJwks = (
  keySource: KeySource | undefined,
  options: JwksOptions | undefined,
  environment: Environment,
): Layer.Layer<Jwks, VisaError> => {
  if (keySource !== "jwks") return options === undefined ? Jwks.layerUnused : unused
  return Jwks.layer({
    urls: [],
    ...options,
    environment: environment ?? options?.environment,
  })
}

/** Reads `VISA_DIRECT_MLE_KEY_SOURCE`. */
export const keySourceFromConfig: Effect.Effect<KeySource | undefined, VisaError> = Effect.mapError(
  Effect.map(
    Config.option(Config.Literals(["certificates", "jwks"], "VISA_DIRECT_MLE_KEY_SOURCE")),
    Option.getOrUndefined,
  ),
  optionInvalid,
)

export const layerJwksConfig: Layer.Layer<Jwks, VisaError> = Layer.unwrap(
  Effect.zipWith(keySourceFromConfig, jwksFromConfig, (keySource, options) =>
    layerJwks(keySource, Option.getOrUndefined(options), undefined),
  ),
)
