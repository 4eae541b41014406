/**
 * The JWKS endpoint: encryption keys over HTTPS, as gateways in front of Visa Direct and other products
 * of Visa have them. Visa Direct itself has none.
 *
 * `GET /.well-known/jwks` needs neither client certificate nor password (with the default
 * `clientCertificate: "http"`). A request may be sealed for any key that was ever published there: its
 * JWE then has that key's `kid`, while the header `keyId` stays the client's, for whose certificate the
 * reply is sealed.
 *
 * Outages of it are faults like any other, with `match: { endpoint: "Jwks" }`: `delay`, `hang`,
 * `status` (with a `location` a redirect), `html`, `notJson`, `empty`, `hugeBody`, `truncate`, …
 */
import { Schema } from "effect"

/**
 * What the endpoint serves.
 *
 * - `keys`: RSA-2048 encryption keys, the newest first;
 * - `empty`: a set without keys;
 * - `signatureOnly`: the same keys, for signatures;
 * - `weak`: an RSA-1024 key;
 * - `duplicateKids`: two different keys under one `kid`;
 * - `notAKeySet`: JSON, but no JWKS.
 */
export const KeySetContent = Schema.Literals([
  "keys",
  "empty",
  "signatureOnly",
  "weak",
  "duplicateKids",
  "notAKeySet",
])
export type KeySetContent = typeof KeySetContent.Type

/** How the endpoint answers from now on. Members that are absent stay as they are. */
export const KeySetRequest = Schema.Struct({
  content: Schema.optionalKey(KeySetContent),
  /** The header `Cache-Control`; empty: none, which is how it starts. */
  cacheControl: Schema.optionalKey(Schema.String),
})
export type KeySetRequest = typeof KeySetRequest.Type

export const RotateKeysRequest = Schema.Struct({
  /** Older keys that stay in the set, the newest of them. Default 1. */
  keep: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
})
export type RotateKeysRequest = typeof RotateKeysRequest.Type

/** The `kid` of the new key. */
export const RotatedKeys = Schema.Struct({ kid: Schema.String })
export type RotatedKeys = typeof RotatedKeys.Type
