/** Renewals that are wrong, as files, against a simulated Visa over real sockets. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import type { Credentials as Issued, IssueRequest } from "effect-visa-direct-simulator"
import { X509Certificate } from "node:crypto"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { CertificateStore } from "../src/CertificateStore.ts"
import type { Tag } from "../src/VisaError.ts"
import { contentsOf, credentialsIn, writeInPlace } from "./support/credentialFiles.ts"
import type { Contents } from "./support/credentialFiles.ts"
import { withLogs } from "./support/logs.ts"
import { assertHides } from "./support/renderings.ts"
import { credentialsOf, pushRequest, sdk } from "./support/simulated.ts"

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

/** Where the credentials lie, and a renewal that is right. */
class Files extends Context.Service<
  Files,
  { readonly directory: string; readonly renewal: Issued }
>()("test/Files") {
  static readonly layer = Layer.effect(
    Files,
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const directory = yield* files.makeTempDirectoryScoped()
      const simulator = yield* Simulator
      yield* writeInPlace(directory, contentsOf(simulator.credentials))
      return { directory, renewal: yield* simulator.issue() }
    }),
  ).pipe(Layer.provide(NodeFileSystem.layer), Layer.orDie)
}

const live = Layer.unwrap(
  Effect.map(Files, ({ directory }) =>
    sdk({ credentials: credentialsIn(directory), rotation: { quiet: "10 millis" } }),
  ),
).pipe(Layer.provideMerge(Files.layer), Layer.provideMerge(Simulator.layer()), Layer.orDie)

const keyLines = (pem: string) => pem.split("\n").filter((line) => line.length === 64)

const secretsOf = ({ mle, password, tls, userId }: Issued): ReadonlyArray<string> => [
  ...keyLines(tls.key),
  ...keyLines(mle.clientPrivateKey),
  password,
  Buffer.from(`${userId}:${password}`).toString("base64"),
]

const half = (text: string) => text.slice(0, text.length / 2)

const reversed = (chain: string) =>
  chain
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .toReversed()
    .join("")

type Spoil = (
  good: Contents,
  old: Contents,
  issued: Issued,
) => { readonly [N in keyof Contents]?: Contents[N] | undefined }

interface Case {
  readonly name: string
  /** What the portal hands out; by default a set that is right. */
  readonly issue?: IssueRequest
  /** What goes wrong on the way to the files. */
  readonly spoil?: Spoil
  readonly tag: Tag
  readonly field?: string
}

const found: ReadonlyArray<Case> = [
  {
    name: "a key without its certificate",
    spoil: () => ({ "client.pem": undefined }),
    tag: "CredentialUnreadable",
    field: "tls.certificate",
  },
  {
    name: "a certificate without its key",
    spoil: () => ({ "client.key": undefined }),
    tag: "CredentialUnreadable",
    field: "tls.privateKey",
  },
  {
    name: "a certificate that came without its key: the old one is still there",
    spoil: (_, old) => ({ "client.key": old["client.key"] }),
    tag: "KeyMismatch",
    field: "tls.privateKey",
  },
  {
    name: "a key and a certificate that are not a pair",
    issue: { defect: "mismatchedKey" },
    tag: "KeyMismatch",
    field: "tls.privateKey",
  },
  {
    name: "a certificate that is cut off",
    spoil: (good) => ({ "client.pem": half(String(good["client.pem"])) }),
    tag: "CredentialMalformed",
    field: "tls.certificate",
  },
  {
    name: "a key that is cut off",
    spoil: (good) => ({ "client.key": half(String(good["client.key"])) }),
    tag: "CredentialMalformed",
    field: "tls.privateKey",
  },
  {
    name: "an empty file",
    spoil: () => ({ "client.key": "" }),
    tag: "CredentialMalformed",
    field: "tls.privateKey",
  },
  {
    name: "a certificate as DER",
    spoil: (_, __, { tls }) => ({ "client.pem": new X509Certificate(tls.certificateChain).raw }),
    tag: "CredentialMalformed",
    field: "tls.certificate",
  },
  {
    name: "certificates in the wrong order",
    spoil: (good) => ({ "client.pem": reversed(String(good["client.pem"])) }),
    tag: "ChainBroken",
    field: "tls.certificate",
  },
  {
    name: "a certificate that has expired",
    issue: { defect: "expired" },
    tag: "CertificateExpired",
    field: "tls.certificate",
  },
  {
    name: "a certificate that is not valid yet",
    issue: { defect: "notYetValid" },
    tag: "CertificateNotYetValid",
    field: "tls.certificate",
  },
  {
    name: "a certificate for servers",
    issue: { defect: "noClientAuth" },
    tag: "CertificateUsage",
    field: "tls.certificate",
  },
  {
    name: "a key of 1024 bits",
    issue: { defect: "weakKey" },
    tag: "KeyTooWeak",
    field: "tls.privateKey",
  },
  {
    name: "an MLE key that is cut off",
    spoil: (good) => ({ "mle.key": half(String(good["mle.key"])) }),
    tag: "CredentialMalformed",
    field: "mle.privateKey",
  },
  {
    name: "a password file with two lines",
    spoil: (good) => ({ password: `${String(good.password)}\nsecond line` }),
    tag: "OptionInvalid",
    field: "basic.password",
  },
]

/** What only Visa can say. */
const refused: ReadonlyArray<Case> = [
  {
    name: "a certificate of another authority",
    issue: { defect: "foreignAuthority" },
    tag: "CertificateMismatch",
  },
  {
    name: "a wrong password",
    issue: { defect: "wrongPassword" },
    tag: "CredentialsRejected",
  },
  {
    name: "a new certificate with the old user id and password",
    spoil: (_, old) => ({ "user-id": old["user-id"], password: old.password }),
    tag: "TokenValidationFailed9209",
  },
  {
    name: "a Key-ID that Visa does not know",
    issue: { defect: "unknownKeyId" },
    tag: "TokenValidationFailed",
  },
  {
    name: "the MLE private key of another Key-ID",
    issue: { defect: "foreignMleKey" },
    tag: "MleDecryptFailed",
  },
  {
    name: "the MLE server certificate of another Key-ID",
    issue: { defect: "foreignMleServer" },
    tag: "TokenValidationFailed",
  },
  {
    name: "a new Key-ID with the old MLE keys",
    spoil: (_, old) => ({ "mle-server.pem": old["mle-server.pem"], "mle.key": old["mle.key"] }),
    tag: "MleDecryptFailed",
  },
]

const reloadOf = Effect.fnUntraced(function* ({ issue, spoil }: Case) {
  const simulator = yield* Simulator
  const { directory, renewal } = yield* Files
  const issued = issue === undefined ? renewal : yield* simulator.issue(issue)
  const good = contentsOf(issued)
  yield* writeInPlace(directory, {
    ...good,
    ...spoil?.(good, contentsOf(simulator.credentials), issued),
  })
  const store = yield* CertificateStore
  const [error, logs] = yield* withLogs(Effect.flip(store.reload(credentialsIn(directory))))
  return { error, logs, secrets: [simulator.credentials, issued].flatMap(secretsOf) }
})

const expectUnharmed = Effect.gen(function* () {
  const simulator = yield* Simulator
  const { exchange } = yield* push
  assert.strictEqual(exchange.generation, 1)
  const entries = yield* simulator.ledger.entries({ kind: "push" })
  assert.strictEqual(entries.at(-1)?.fingerprint, simulator.credentials.tls.fingerprint)
  // Nothing is left of what was tried.
  yield* Effect.repeat(simulator.stats, {
    until: ({ connectionsByFingerprint }) =>
      Object.keys(connectionsByFingerprint).every(
        (fingerprint) => fingerprint === simulator.credentials.tls.fingerprint,
      ),
  })
})

layer(live, { timeout: 60_000, excludeTestServices: true })("A renewal is refused for", (it) => {
  for (const [source, cases] of [
    ["the files", found],
    ["Visa", refused],
  ] as const) {
    for (const each of cases) {
      it.effect(`${each.name}: ${each.tag}, from ${source}; payments go on`, () =>
        Effect.gen(function* () {
          const { error, logs, secrets } = yield* reloadOf(each)
          assert.strictEqual(error.reason._tag, each.tag)
          if (each.field !== undefined) assert.strictEqual(error.reason.field, each.field)
          assert.strictEqual(error.money, "NotMoved")
          assertHides(error, secrets)

          const warnings = logs.filter(({ level }) => level === "Warn")
          assert.isTrue(warnings.some(({ text }) => text.includes(each.tag)))
          for (const { text } of logs) {
            for (const secret of secrets) assert.notInclude(text, secret)
          }
          yield* expectUnharmed
        }),
      )
    }
  }

  it.effect("nothing else: the right set is taken, whole, in one step", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const { directory, renewal } = yield* Files
      yield* writeInPlace(directory, contentsOf(renewal))
      const store = yield* CertificateStore
      const [, logs] = yield* withLogs(store.reload(credentialsIn(directory)))
      for (const { text } of logs) {
        for (const secret of secretsOf(renewal)) assert.notInclude(text, secret)
      }
      assert.strictEqual((yield* push).exchange.generation, 2)
      const paid = (yield* simulator.ledger.payments).at(-1)
      assert.strictEqual(paid?.fingerprint, renewal.tls.fingerprint)
      assert.strictEqual(paid?.userId, renewal.userId)
      assert.strictEqual(paid?.keyId, renewal.mle.keyId)
    }),
  )
})

layer(
  sdk().pipe(Layer.provideMerge(Simulator.layer({ clientCertificate: "strict" })), Layer.orDie),
  { timeout: 60_000, excludeTestServices: true },
)("Where Visa refuses certificates in the handshake", (it) => {
  it.effect("a certificate of another authority is refused; payments go on", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const store = yield* CertificateStore
      const foreign = yield* simulator.issue({ defect: "foreignAuthority" })
      const error = yield* Effect.flip(store.reload(credentialsOf(foreign)))
      assert.include(["ClientCertificateRejected", "ConnectionLost"], error.reason._tag)
      assert.strictEqual(error.money, "NotMoved")
      assert.strictEqual((yield* push).exchange.generation, 1)
    }),
  )
})
