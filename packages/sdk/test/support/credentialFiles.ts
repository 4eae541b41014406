/** A set of credentials as files with names that stay, as Kubernetes mounts a secret. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, FileSystem } from "effect"
import type { Credentials as Issued } from "effect-visa-direct-simulator"
import type { Credentials } from "../../src/CertificateStore.ts"

export const fileNames = [
  "user-id",
  "password",
  "client.pem",
  "client.key",
  "roots.pem",
  "mle-key-id",
  "mle-server.pem",
  "mle.key",
] as const

export type FileName = (typeof fileNames)[number]

export type Contents = { readonly [N in FileName]: string | Uint8Array }

export const contentsOf = ({ mle, password, tls, userId }: Issued): Contents => ({
  "user-id": userId,
  password,
  "client.pem": tls.certificateChain,
  "client.key": tls.key,
  "roots.pem": tls.serverRoot,
  "mle-key-id": mle.keyId,
  "mle-server.pem": mle.serverCertificate,
  "mle.key": mle.clientPrivateKey,
})

export const credentialsIn = (directory: string): Credentials => {
  const at = (name: FileName) => ({ path: `${directory}/${name}` })
  return {
    basic: { userId: at("user-id"), password: at("password") },
    tls: {
      certificate: at("client.pem"),
      privateKey: at("client.key"),
      extraRoots: at("roots.pem"),
    },
    mle: {
      keyId: at("mle-key-id"),
      serverCertificate: at("mle-server.pem"),
      privateKey: at("mle.key"),
    },
  }
}

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? new TextEncoder().encode(content) : content

/** Writes each file where it is; `undefined` removes it. */
export const writeInPlace = (
  directory: string,
  contents: { readonly [N in FileName]?: string | Uint8Array | undefined },
) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    yield* files.makeDirectory(directory, { recursive: true })
    for (const [name, content] of Object.entries(contents)) {
      const path = `${directory}/${name}`
      yield* content === undefined
        ? files.remove(path, { force: true })
        : files.writeFile(path, bytesOf(content))
    }
  }).pipe(Effect.provide(NodeFileSystem.layer), Effect.orDie)

/** Writes each file beside its place, and renames it over what is there. */
export const renameOver = (directory: string, contents: Partial<Contents>) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    for (const [name, content] of Object.entries(contents)) {
      const path = `${directory}/${name}`
      yield* files.writeFile(`${path}.new`, bytesOf(content))
      yield* files.rename(`${path}.new`, path)
    }
  }).pipe(Effect.provide(NodeFileSystem.layer), Effect.orDie)

/**
 * Publishes a set as kubelet does: the files are symlinks into `..data`, itself a symlink to a
 * directory with a time in its name, and only `..data` is exchanged.
 */
export const exchangeData = (directory: string, stamp: string, contents: Contents) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const data = `${directory}/..data`
    const before = yield* Effect.option(files.readLink(data))
    yield* writeInPlace(`${directory}/..${stamp}`, contents)
    yield* files.symlink(`..${stamp}`, `${directory}/..data_tmp`)
    yield* files.rename(`${directory}/..data_tmp`, data)
    if (before._tag === "Some") {
      yield* files.remove(`${directory}/${before.value}`, { recursive: true })
    } else {
      for (const name of fileNames) yield* files.symlink(`..data/${name}`, `${directory}/${name}`)
    }
  }).pipe(Effect.provide(NodeFileSystem.layer), Effect.orDie)
