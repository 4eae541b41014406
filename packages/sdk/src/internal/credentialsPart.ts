/** The inputs of which credentials are made, and how one of them becomes bytes. */
import { Effect, FileSystem, Predicate, Redacted } from "effect"
import type { PlatformError } from "effect"
import { VisaError } from "../VisaError.ts"

/** A file, read anew at every load and reload. */
export interface FilePath {
  readonly path: string
}

/** Certificates: a PEM file, or the PEM text itself. */
export type CertificatePart = FilePath | Redacted.Redacted<string> | string

/** A private key: a PEM file, or the PEM text itself as a `Redacted` value. */
export type KeyPart = FilePath | Redacted.Redacted<string>

/** A user id or Key-ID: a file that holds it on one line, or the text itself. */
export type TextPart = FilePath | string

/** A password or passphrase: a file that holds it on one line, or the text as a `Redacted` value. */
export type SecretPart = FilePath | Redacted.Redacted

/** A PKCS#12 file, or its bytes as a `Redacted` value. */
export type Pkcs12Part = FilePath | Redacted.Redacted<Uint8Array>

/** One input that has been read. */
export interface Part {
  /** The option that it came from, e.g. `tls.certificate`. */
  readonly field: string
  /** The file that it came from; absent when it was given inline. */
  readonly path: string | undefined
  readonly bytes: Uint8Array
}

type CredentialTag =
  | "CertificateExpired"
  | "CertificateNotYetValid"
  | "CertificateUsage"
  | "ChainBroken"
  | "CredentialMalformed"
  | "CredentialsUnstable"
  | "CredentialUnreadable"
  | "KeyMismatch"
  | "KeyTooWeak"
  | "OptionInvalid"
  | "PassphraseMissing"
  | "PassphraseWrong"

/**
 * An error about one input. `detail` is written by hand at every call: neither the bytes nor the
 * message of an underlying error may get into it, because both can hold key material.
 */
export const failure = (
  tag: CredentialTag,
  part: Pick<Part, "field" | "path">,
  detail: string,
): VisaError =>
  VisaError.of(tag, {
    field: part.field,
    detail: part.path === undefined ? detail : `${part.path}: ${detail}`,
  })

const unreadable: { readonly [tag: string]: string } = {
  NotFound: "there is no such file",
  PermissionDenied: "this process may not read the file",
  BadResource: "it is not a file, but perhaps a directory",
  BadArgument: "it is not a usable path",
}

const encoder = new TextEncoder()

export const readPart = Effect.fnUntraced(function* (
  field: string,
  input: CertificatePart | Pkcs12Part,
): Effect.fn.Return<Part, VisaError, FileSystem.FileSystem> {
  if (Predicate.isString(input)) {
    return { field, path: undefined, bytes: encoder.encode(input) }
  }
  if (Redacted.isRedacted(input)) {
    const value = Redacted.value<string | Uint8Array>(input)
    return {
      field,
      path: undefined,
      bytes: Predicate.isString(value) ? encoder.encode(value) : value,
    }
  }
  const { path } = input
  const files = yield* FileSystem.FileSystem
  const bytes = yield* files
    .readFile(path)
    .pipe(
      Effect.mapError(({ reason }: PlatformError.PlatformError) =>
        failure(
          "CredentialUnreadable",
          { field, path },
          unreadable[reason._tag] ?? `reading it failed (${reason._tag})`,
        ),
      ),
    )
  return { field, path, bytes }
})

/** The text of an input; files end in one line end that does not count. */
export const readText = Effect.fnUntraced(function* (
  field: string,
  input: TextPart | SecretPart,
): Effect.fn.Return<string, VisaError, FileSystem.FileSystem> {
  if (Predicate.isString(input)) return input
  if (Redacted.isRedacted(input)) return Redacted.value(input)
  const { bytes } = yield* readPart(field, input)
  return new TextDecoder().decode(bytes).replace(/\r?\n$/, "")
})
