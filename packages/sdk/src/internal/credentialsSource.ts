/** A source of credentials, read as one whole: never half of what was there and half of what came. */
import { Duration, Effect, FileSystem, Option, Predicate, Redacted, Result } from "effect"
import type { PlatformError } from "effect"
import { createHash } from "node:crypto"
import type { VisaError } from "../VisaError.ts"
import { load } from "./credentials.ts"
import type { Credentials, Material } from "./credentials.ts"
import { failure } from "./credentialsPart.ts"
import type { CertificatePart, FilePath, Pkcs12Part } from "./credentialsPart.ts"

/**
 * Where a whole set of credentials comes from: the set itself, whose files are read anew each time,
 * or an effect that fetches it, from a secret manager for example, and is run anew each time.
 */
export type Source = Credentials | Effect.Effect<Credentials, VisaError>

type Content = Result.Result<Uint8Array, PlatformError.PlatformError>

/** What a source held at one moment. */
export interface Snapshot {
  readonly credentials: Credentials
  /** By path; a file that could not be read is part of the picture. */
  readonly files: ReadonlyMap<string, Content>
  /** Equal when all parts are. Made of secrets, so it is compared and never shown. */
  readonly digest: string
}

type Input = CertificatePart | Pkcs12Part

const inputsOf = ({ basic, mle, tls }: Credentials): ReadonlyArray<readonly [string, Input]> =>
  Object.entries<Input | undefined>({
    "basic.userId": basic.userId,
    "basic.password": basic.password,
    ...("pkcs12" in tls
      ? { "tls.pkcs12": tls.pkcs12 }
      : { "tls.certificate": tls.certificate, "tls.privateKey": tls.privateKey }),
    "tls.passphrase": tls.passphrase,
    "tls.extraRoots": tls.extraRoots,
    "mle.keyId": mle?.keyId,
    "mle.serverCertificate": mle?.serverCertificate,
    "mle.privateKey": mle?.privateKey,
    "mle.passphrase": mle?.passphrase,
    "mle.clientCertificate": mle?.clientCertificate,
  }).flatMap(([field, input]) => (input === undefined ? [] : [[field, input] as const]))

const isPath = (input: Input): input is FilePath =>
  !Predicate.isString(input) && !Redacted.isRedacted(input)

/** The files that a set of credentials names. */
export const pathsOf = (credentials: Credentials): ReadonlyArray<string> => [
  ...new Set(inputsOf(credentials).flatMap(([, input]) => (isPath(input) ? [input.path] : []))),
]

const digestOf = (credentials: Credentials, files: Snapshot["files"]): string => {
  const hash = createHash("sha256")
  const add = (label: string, content: string | Uint8Array) =>
    hash.update(`${label}\0${content.length}\0`).update(content)
  for (const [field, input] of inputsOf(credentials)) {
    if (Predicate.isString(input)) add(field, input)
    else if (Redacted.isRedacted(input)) add(field, Redacted.value<string | Uint8Array>(input))
    else {
      const content = files.get(input.path)
      add(`${field}\0${input.path}`, "")
      if (content === undefined) continue
      if (Result.isSuccess(content)) add("content", content.success)
      else add("unreadable", content.failure.reason._tag)
    }
  }
  return hash.digest("base64")
}

/** Reads every part of a source once. */
export const snapshot = Effect.fnUntraced(function* (
  source: Source,
): Effect.fn.Return<Snapshot, VisaError, FileSystem.FileSystem> {
  const { readFile } = yield* FileSystem.FileSystem
  const credentials = Effect.isEffect(source) ? yield* source : source
  const contents = yield* Effect.forEach(
    pathsOf(credentials),
    (path) => Effect.map(Effect.result(readFile(path)), (content) => [path, content] as const),
    { concurrency: "unbounded" },
  )
  const files = new Map(contents)
  return { credentials, files, digest: digestOf(credentials, files) }
})

export interface Settling {
  /** How long nothing may change. */
  readonly quiet: Duration.Duration
  /** How long to wait for that. */
  readonly patience: Duration.Duration
}

/**
 * Reads a source again and again until two readings are the same: certificate and key are written at
 * different moments. A value that names no file cannot change and is read once.
 */
export const settled = Effect.fnUntraced(
  function* (source: Source, { quiet }: Settling) {
    let last = yield* snapshot(source)
    if (!Effect.isEffect(source) && last.files.size === 0) return last
    for (;;) {
      yield* Effect.sleep(quiet)
      const next = yield* snapshot(source)
      if (next.digest === last.digest) return next
      last = next
    }
  },
  (settling, _, { patience }) =>
    Effect.timeoutOrElse(settling, {
      duration: patience,
      orElse: () =>
        Effect.fail(
          failure(
            "CredentialsUnstable",
            { field: "credentials", path: undefined },
            `for ${Duration.format(patience)} no two readings were the same`,
          ),
        ),
    }),
)

/** Checks what was read. Files are not touched again. */
export const materialOf = ({ credentials, files }: Snapshot): Effect.Effect<Material, VisaError> =>
  Effect.provideService(
    load(credentials),
    FileSystem.FileSystem,
    FileSystem.makeNoop({
      readFile: (path) =>
        Option.match(Option.fromUndefinedOr(files.get(path)), {
          onNone: () => Effect.die(new Error(`${path} is not part of the snapshot`)),
          onSome: Effect.fromResult,
        }),
    }),
  )
