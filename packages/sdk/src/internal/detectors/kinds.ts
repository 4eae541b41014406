/** What a piece of data is. Also the text of its marker: `[redacted:cvv]`. */
export type Kind =
  | "pan"
  | "cvv"
  | "pin"
  | "track"
  | "chip"
  | "cryptogram"
  | "expiry"
  | "account"
  | "name"
  | "address"
  | "email"
  | "phone"
  | "birth"
  | "identity"
  | "password"
  | "secret"
  | "authorization"
  | "privateKey"
  | "jose"

/**
 * Card data that PCI DSS 4 forbids to show (3.3, 3.4) or that opens the way to it. These detectors
 * cannot be turned off.
 */
export const cardKinds = [
  "pan",
  "cvv",
  "pin",
  "track",
  "chip",
  "cryptogram",
] as const satisfies ReadonlyArray<Kind>

/** Detectors that a program may turn off. */
export const optionalKinds = [
  "expiry",
  "account",
  "name",
  "address",
  "email",
  "phone",
  "birth",
  "identity",
  "password",
  "secret",
  "authorization",
  "privateKey",
  "jose",
] as const satisfies ReadonlyArray<Kind>

export type OptionalKind = (typeof optionalKinds)[number]

/**
 * Kinds whose keyed hash may stand for them. PCI DSS 4 (3.3.1) forbids to keep what authenticates a
 * cardholder in whatever form, and a secret is nothing to correlate by.
 */
export const hashableKinds = [
  "pan",
  "account",
  "name",
  "address",
  "email",
  "phone",
  "birth",
  "identity",
] as const satisfies ReadonlyArray<Kind>
