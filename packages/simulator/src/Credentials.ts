/**
 * What a client needs to talk to the simulator, and its form on disk: the file names of the Visa
 * Developer portal.
 *
 * | file | content |
 * |---|---|
 * | `cert.pem` | client certificate, then the issuing intermediate |
 * | `privateKey.pem` | its private key, PKCS#8 |
 * | `server_root.pem` | the root that the client has to trust |
 * | `key_<KeyID>.pem` | MLE client private key, PKCS#1 as in Visa's samples |
 * | `server_cert_<KeyID>.pem` | MLE server certificate: requests are sealed for it |
 * | `client_cert_<KeyID>.pem` | MLE client certificate |
 * | `credentials.json` | user id, password, URL, Key-ID, and the names of the files above |
 *
 * Everything is simulated and worthless elsewhere; the files are written 0600 all the same.
 */
import { Effect, FileSystem, Path, Schema } from "effect"
import { exportKey } from "./Pki.ts"

/** PEM strings and passwords. Private keys are PKCS#8. */
export const Credentials = Schema.Struct({
  userId: Schema.String,
  password: Schema.String,
  /** The portal's project that these credentials belong to. */
  project: Schema.String,
  tls: Schema.Struct({
    key: Schema.String,
    /** Leaf, then intermediate. */
    certificateChain: Schema.String,
    serverRoot: Schema.String,
    fingerprint: Schema.String,
  }),
  mle: Schema.Struct({
    keyId: Schema.String,
    serverCertificate: Schema.String,
    clientPrivateKey: Schema.String,
    clientCertificate: Schema.String,
  }),
})
export type Credentials = typeof Credentials.Type

/** `credentials.json`: file names are relative to its directory. */
export const CredentialsFile = Schema.Struct({
  url: Schema.String,
  userId: Schema.String,
  password: Schema.String,
  project: Schema.String,
  tls: Schema.Struct({
    certificate: Schema.String,
    privateKey: Schema.String,
    serverRoot: Schema.String,
    fingerprint: Schema.String,
  }),
  mle: Schema.Struct({
    keyId: Schema.String,
    serverCertificate: Schema.String,
    clientPrivateKey: Schema.String,
    clientCertificate: Schema.String,
  }),
})
export type CredentialsFile = typeof CredentialsFile.Type

/** Name of the file that names the others. */
export const fileName = "credentials.json"

/**
 * Writes credentials below `directory`, which is made when it does not exist. Files are replaced by
 * rename, `credentials.json` last, so that a watcher never reads half of a set.
 */
export const write = Effect.fnUntraced(function* (
  directory: string,
  url: string,
  credentials: Credentials,
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const { mle, tls } = credentials
  const file: CredentialsFile = {
    url,
    userId: credentials.userId,
    password: credentials.password,
    project: credentials.project,
    tls: {
      certificate: "cert.pem",
      privateKey: "privateKey.pem",
      serverRoot: "server_root.pem",
      fingerprint: tls.fingerprint,
    },
    mle: {
      keyId: mle.keyId,
      serverCertificate: `server_cert_${mle.keyId}.pem`,
      clientPrivateKey: `key_${mle.keyId}.pem`,
      clientCertificate: `client_cert_${mle.keyId}.pem`,
    },
  }
  const contents: ReadonlyArray<readonly [name: string, content: string]> = [
    [file.tls.certificate, tls.certificateChain],
    [file.tls.privateKey, tls.key],
    [file.tls.serverRoot, tls.serverRoot],
    [file.mle.serverCertificate, mle.serverCertificate],
    [file.mle.clientPrivateKey, exportKey(mle.clientPrivateKey, { type: "pkcs1" })],
    [file.mle.clientCertificate, mle.clientCertificate],
    [fileName, `${JSON.stringify(file, undefined, 2)}\n`],
  ]
  yield* fs.makeDirectory(directory, { recursive: true, mode: 0o700 })
  for (const [name, content] of contents) {
    const target = path.join(directory, name)
    const temporary = `${target}.new`
    yield* fs.writeFileString(temporary, content, { mode: 0o600 })
    yield* fs.chmod(temporary, 0o600)
    yield* fs.rename(temporary, target)
  }
})

/** Reads what {@link write} wrote. */
export const read = Effect.fnUntraced(function* (directory: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const text = (name: string) => fs.readFileString(path.join(directory, name))
  const file = yield* Effect.flatMap(
    text(fileName),
    Schema.decodeUnknownEffect(Schema.fromJsonString(CredentialsFile)),
  )
  const credentials: Credentials = {
    userId: file.userId,
    password: file.password,
    project: file.project,
    tls: {
      key: yield* text(file.tls.privateKey),
      certificateChain: yield* text(file.tls.certificate),
      serverRoot: yield* text(file.tls.serverRoot),
      fingerprint: file.tls.fingerprint,
    },
    mle: {
      keyId: file.mle.keyId,
      serverCertificate: yield* text(file.mle.serverCertificate),
      clientPrivateKey: exportKey(yield* text(file.mle.clientPrivateKey), { type: "pkcs8" }),
      clientCertificate: yield* text(file.mle.clientCertificate),
    },
  }
  return credentials
})
