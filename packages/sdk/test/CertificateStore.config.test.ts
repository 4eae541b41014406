import { assert, describe, it, layer } from "@effect/vitest"
import { ConfigProvider, Context, Effect, FileSystem, Layer, Option, Redacted } from "effect"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { X509Certificate } from "node:crypto"
import { inspect } from "node:util"
import { CertificateStore } from "../src/CertificateStore.ts"
import * as Pki from "./support/pki.ts"

type Env = Readonly<Record<string, string>>

const withEnv = (env: Env) => Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))

const read = (env: Env) => CertificateStore.credentialsFromConfig.pipe(withEnv(env))

const current = Effect.flatMap(CertificateStore, (store) => store.current).pipe(
  Effect.provide(CertificateStore.layerConfig),
)

const basic = { VISA_DIRECT_USER_ID: "ACME-USER", VISA_DIRECT_PASSWORD: "hunter2" }
const pemPaths = {
  VISA_DIRECT_TLS_CERT_PATH: "/etc/visa/client.pem",
  VISA_DIRECT_TLS_KEY_PATH: "/etc/visa/client.key",
}

interface Half {
  readonly name: string
  readonly env: Env
  /** Every variable that the error must name, and no other. */
  readonly field: ReadonlyArray<string>
  readonly detail: string
}

const halves: ReadonlyArray<Half> = [
  {
    name: "nothing at all",
    env: {},
    field: [
      "VISA_DIRECT_USER_ID_PATH",
      "VISA_DIRECT_USER_ID",
      "VISA_DIRECT_PASSWORD_PATH",
      "VISA_DIRECT_PASSWORD",
      "VISA_DIRECT_TLS_CERT_PATH",
      "VISA_DIRECT_TLS_CERT",
      "VISA_DIRECT_TLS_KEY_PATH",
      "VISA_DIRECT_TLS_KEY",
    ],
    detail:
      "VISA_DIRECT_USER_ID_PATH or VISA_DIRECT_USER_ID is not set; VISA_DIRECT_PASSWORD_PATH or VISA_DIRECT_PASSWORD is not set; VISA_DIRECT_TLS_CERT_PATH or VISA_DIRECT_TLS_CERT is not set; VISA_DIRECT_TLS_KEY_PATH or VISA_DIRECT_TLS_KEY is not set",
  },
  {
    name: "no password",
    env: { VISA_DIRECT_USER_ID: "ACME-USER", ...pemPaths },
    field: ["VISA_DIRECT_PASSWORD_PATH", "VISA_DIRECT_PASSWORD"],
    detail: "VISA_DIRECT_PASSWORD_PATH or VISA_DIRECT_PASSWORD is not set",
  },
  {
    name: "an empty user id, which is as good as none",
    env: { ...basic, VISA_DIRECT_USER_ID: "", ...pemPaths },
    field: ["VISA_DIRECT_USER_ID_PATH", "VISA_DIRECT_USER_ID"],
    detail: "VISA_DIRECT_USER_ID_PATH or VISA_DIRECT_USER_ID is not set",
  },
  {
    name: "a certificate without its key",
    env: { ...basic, VISA_DIRECT_TLS_CERT_PATH: "/etc/visa/client.pem" },
    field: ["VISA_DIRECT_TLS_KEY_PATH", "VISA_DIRECT_TLS_KEY"],
    detail:
      "VISA_DIRECT_TLS_CERT_PATH is set, but VISA_DIRECT_TLS_KEY_PATH or VISA_DIRECT_TLS_KEY is not",
  },
  {
    name: "a key without its certificate",
    env: { ...basic, VISA_DIRECT_TLS_KEY: "-----BEGIN PRIVATE KEY-----" },
    field: ["VISA_DIRECT_TLS_CERT_PATH", "VISA_DIRECT_TLS_CERT"],
    detail:
      "VISA_DIRECT_TLS_KEY is set, but VISA_DIRECT_TLS_CERT_PATH or VISA_DIRECT_TLS_CERT is not",
  },
  {
    name: "a key by path and inline",
    env: { ...basic, ...pemPaths, VISA_DIRECT_TLS_KEY: "-----BEGIN PRIVATE KEY-----" },
    field: ["VISA_DIRECT_TLS_KEY_PATH", "VISA_DIRECT_TLS_KEY"],
    detail: "VISA_DIRECT_TLS_KEY_PATH and VISA_DIRECT_TLS_KEY are both set; set one",
  },
  {
    name: "PEM and PKCS#12",
    env: { ...basic, ...pemPaths, VISA_DIRECT_TLS_PKCS12_PATH: "/etc/visa/client.p12" },
    field: ["VISA_DIRECT_TLS_CERT_PATH", "VISA_DIRECT_TLS_KEY_PATH", "VISA_DIRECT_TLS_PKCS12_PATH"],
    detail:
      "VISA_DIRECT_TLS_CERT_PATH and VISA_DIRECT_TLS_KEY_PATH and VISA_DIRECT_TLS_PKCS12_PATH are set; give the certificate either as PEM or as PKCS#12",
  },
  {
    name: "a PKCS#12 passphrase without a file",
    env: { ...basic, VISA_DIRECT_TLS_PKCS12_PASSPHRASE: "hunter2" },
    field: ["VISA_DIRECT_TLS_PKCS12_PATH"],
    detail: "VISA_DIRECT_TLS_PKCS12_PASSPHRASE is set, but VISA_DIRECT_TLS_PKCS12_PATH is not",
  },
  {
    name: "an MLE Key-ID without keys",
    env: { ...basic, ...pemPaths, VISA_DIRECT_MLE_KEY_ID: "k-1" },
    field: [
      "VISA_DIRECT_MLE_SERVER_CERT_PATH",
      "VISA_DIRECT_MLE_SERVER_CERT",
      "VISA_DIRECT_MLE_PRIVATE_KEY_PATH",
      "VISA_DIRECT_MLE_PRIVATE_KEY",
    ],
    detail:
      "VISA_DIRECT_MLE_KEY_ID is set, but VISA_DIRECT_MLE_SERVER_CERT_PATH or VISA_DIRECT_MLE_SERVER_CERT is not; VISA_DIRECT_MLE_KEY_ID is set, but VISA_DIRECT_MLE_PRIVATE_KEY_PATH or VISA_DIRECT_MLE_PRIVATE_KEY is not",
  },
  {
    name: "MLE keys without their Key-ID",
    env: {
      ...basic,
      ...pemPaths,
      VISA_DIRECT_MLE_SERVER_CERT_PATH: "/etc/visa/server.pem",
      VISA_DIRECT_MLE_PRIVATE_KEY_PATH: "/etc/visa/mle.key",
    },
    field: ["VISA_DIRECT_MLE_KEY_ID_PATH", "VISA_DIRECT_MLE_KEY_ID"],
    detail:
      "VISA_DIRECT_MLE_SERVER_CERT_PATH and VISA_DIRECT_MLE_PRIVATE_KEY_PATH is set, but VISA_DIRECT_MLE_KEY_ID_PATH or VISA_DIRECT_MLE_KEY_ID is not",
  },
  {
    name: "a password by path and inline",
    env: { ...basic, ...pemPaths, VISA_DIRECT_PASSWORD_PATH: "/etc/visa/password" },
    field: ["VISA_DIRECT_PASSWORD_PATH", "VISA_DIRECT_PASSWORD"],
    detail: "VISA_DIRECT_PASSWORD_PATH and VISA_DIRECT_PASSWORD are both set; set one",
  },
  {
    name: "extra roots by path and inline",
    env: { ...basic, ...pemPaths, VISA_DIRECT_TLS_CA_PATH: "/etc/ca", VISA_DIRECT_TLS_CA: "PEM" },
    field: ["VISA_DIRECT_TLS_CA_PATH", "VISA_DIRECT_TLS_CA"],
    detail: "VISA_DIRECT_TLS_CA_PATH and VISA_DIRECT_TLS_CA are both set; set one",
  },
]

describe("Half a configuration is refused, and the error names the variables:", () => {
  for (const { detail, env, field, name } of halves) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(read(env))
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, field.join(", "))
        assert.strictEqual(error.reason.detail, detail)
        for (const text of [error.message, JSON.stringify(error), inspect(error, { depth: 9 })]) {
          assert.notInclude(text, "hunter2")
          assert.notInclude(text, "BEGIN PRIVATE KEY")
        }
      }),
    )
  }

  it.effect("a source that cannot be read", () =>
    Effect.gen(function* () {
      const broken = ConfigProvider.make(() =>
        Effect.fail(new ConfigProvider.SourceError({ message: "vault says hunter2" })),
      )
      const error = yield* CertificateStore.credentialsFromConfig.pipe(
        Effect.provideService(ConfigProvider.ConfigProvider, broken),
        Effect.flip,
      )
      assert.strictEqual(error.reason.field, "VISA_DIRECT_USER_ID_PATH")
      assert.notInclude(error.message, "hunter2")
    }),
  )
})

class Project extends Context.Service<Project, Pki.Project>()("test/Project") {
  static readonly layer = Layer.effect(Project, Pki.project)
}

layer(Project.layer)("CertificateStore.layerConfig", (it) => {
  it.effect("reads files, all secrets redacted on the way", () =>
    Effect.gen(function* () {
      const { issuer, keyId, mleClient, mleServer, root, tls } = yield* Project
      const files = yield* FileSystem.FileSystem
      const directory = yield* files.makeTempDirectoryScoped()
      const contents = {
        "client.pem": tls.chain,
        "client.key": Pki.keyPem.pkcs8Encrypted(tls, "hunter2"),
        "roots.pem": root.certificate,
        "server.pem": mleServer.certificate,
        "mle.key": Pki.keyPem.pkcs1Encrypted(mleClient, "hunter3"),
        "mle.pem": mleClient.certificate,
      }
      for (const [name, content] of Object.entries(contents)) {
        yield* files.writeFileString(`${directory}/${name}`, content)
      }
      const env = {
        ...basic,
        VISA_DIRECT_TLS_CERT_PATH: `${directory}/client.pem`,
        VISA_DIRECT_TLS_KEY_PATH: `${directory}/client.key`,
        VISA_DIRECT_TLS_KEY_PASSPHRASE: "hunter2",
        VISA_DIRECT_TLS_CA_PATH: `${directory}/roots.pem`,
        VISA_DIRECT_MLE_KEY_ID: keyId,
        VISA_DIRECT_MLE_SERVER_CERT_PATH: `${directory}/server.pem`,
        VISA_DIRECT_MLE_PRIVATE_KEY_PATH: `${directory}/mle.key`,
        VISA_DIRECT_MLE_PRIVATE_KEY_PASSPHRASE: "hunter3",
        VISA_DIRECT_MLE_CLIENT_CERT_PATH: `${directory}/mle.pem`,
      }
      const generation = yield* current.pipe(withEnv(env))
      assert.deepStrictEqual(
        generation.fingerprints,
        [tls, issuer, root, mleServer, mleClient].map(
          ({ certificate }) => new X509Certificate(certificate).fingerprint256,
        ),
      )
      assert.deepStrictEqual(generation.warnings, [])
      assert.strictEqual(Redacted.value(generation.basic.password), "hunter2")
      const credentials = yield* read(env)
      assert.notMatch(JSON.stringify(credentials) + inspect(credentials, { depth: 9 }), /hunter/)
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  )

  it.effect("reads user id, password, Key-ID and passphrases from files of one line each", () =>
    Effect.gen(function* () {
      const { keyId, mleClient, mleServer, tls } = yield* Project
      const files = yield* FileSystem.FileSystem
      const directory = yield* files.makeTempDirectoryScoped()
      const contents = {
        "user-id": "ACME-USER\n",
        password: "hunter2\r\n",
        "client.pem": tls.chain,
        "client.key": Pki.keyPem.pkcs8Encrypted(tls, "hunter3"),
        "client.words": "hunter3",
        "key-id": `${keyId}\n`,
        "server.pem": mleServer.certificate,
        "mle.key": Pki.keyPem.pkcs1Encrypted(mleClient, "hunter4"),
        "mle.words": "hunter4\n",
      }
      for (const [name, content] of Object.entries(contents)) {
        yield* files.writeFileString(`${directory}/${name}`, content)
      }
      const generation = yield* current.pipe(
        withEnv({
          VISA_DIRECT_USER_ID_PATH: `${directory}/user-id`,
          VISA_DIRECT_PASSWORD_PATH: `${directory}/password`,
          VISA_DIRECT_TLS_CERT_PATH: `${directory}/client.pem`,
          VISA_DIRECT_TLS_KEY_PATH: `${directory}/client.key`,
          VISA_DIRECT_TLS_KEY_PASSPHRASE_PATH: `${directory}/client.words`,
          VISA_DIRECT_MLE_KEY_ID_PATH: `${directory}/key-id`,
          VISA_DIRECT_MLE_SERVER_CERT_PATH: `${directory}/server.pem`,
          VISA_DIRECT_MLE_PRIVATE_KEY_PATH: `${directory}/mle.key`,
          VISA_DIRECT_MLE_PRIVATE_KEY_PASSPHRASE_PATH: `${directory}/mle.words`,
        }),
      )
      assert.strictEqual(generation.basic.userId, "ACME-USER")
      assert.strictEqual(Redacted.value(generation.basic.password), "hunter2")
      assert.strictEqual(Option.getOrThrow(generation.mle).keyId, keyId)
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  )

  it.effect("reads PEM that is inline, with its line ends escaped", () =>
    Effect.gen(function* () {
      const { keyId, mleClient, mleServer, root, tls } = yield* Project
      const escaped = (text: string): string => text.replaceAll("\n", "\\n")
      const generation = yield* current.pipe(
        withEnv({
          ...basic,
          VISA_DIRECT_TLS_CERT: escaped(tls.chain),
          VISA_DIRECT_TLS_KEY: escaped(Pki.keyPem.pkcs1(tls)),
          VISA_DIRECT_TLS_CA: root.certificate,
          VISA_DIRECT_MLE_KEY_ID: keyId,
          VISA_DIRECT_MLE_SERVER_CERT: mleServer.certificate,
          VISA_DIRECT_MLE_PRIVATE_KEY: escaped(Pki.keyPem.pkcs1(mleClient)),
          VISA_DIRECT_MLE_CLIENT_CERT: mleClient.certificate,
        }),
      )
      assert.strictEqual(
        generation.fingerprints[0],
        new X509Certificate(tls.certificate).fingerprint256,
      )
      assert.strictEqual(Option.getOrThrow(generation.mle).keyId, keyId)
      assert.strictEqual(generation.tls.extraRoots.length, 1)
    }),
  )

  it.effect("reads PKCS#12, and does without MLE", () =>
    Effect.gen(function* () {
      const { issuer, tls } = yield* Project
      const files = yield* FileSystem.FileSystem
      const path = `${yield* files.makeTempDirectoryScoped()}/client.p12`
      const bytes = yield* Pki.pkcs12({ ...tls, others: issuer.certificate }, "hunter2")
      yield* files.writeFile(path, bytes)
      const generation = yield* current.pipe(
        withEnv({
          ...basic,
          VISA_DIRECT_TLS_PKCS12_PATH: path,
          VISA_DIRECT_TLS_PKCS12_PASSPHRASE: "hunter2",
        }),
      )
      assert.strictEqual(generation.certificates[0]?.path, path)
      assert.deepStrictEqual(generation.mle, Option.none())
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  )

  it.effect("fails as the store does when a file is not there", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        current.pipe(
          withEnv({
            ...basic,
            VISA_DIRECT_TLS_CERT_PATH: "/nowhere/client.pem",
            VISA_DIRECT_TLS_KEY_PATH: "/nowhere/client.key",
          }),
        ),
      )
      assert.strictEqual(error.reason._tag, "CredentialUnreadable")
      assert.match(error.reason.detail ?? "", /^\/nowhere\/client\.pem: /)
    }),
  )
})
