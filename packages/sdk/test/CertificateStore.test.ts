import { assert, describe, it, layer } from "@effect/vitest"
import {
  Context,
  DateTime,
  Deferred,
  Effect,
  Exit,
  Fiber,
  FileSystem,
  Layer,
  Option,
  Redacted,
  Schema,
  Scope,
  Stream,
} from "effect"
import { TestClock } from "effect/testing"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { CompactEncrypt, compactDecrypt } from "jose"
import { X509Certificate } from "node:crypto"
import { inspect } from "node:util"
import { CertificateStore } from "../src/CertificateStore.ts"
import type { Generation, Source } from "../src/CertificateStore.ts"
import * as Pki from "./support/pki.ts"

/** Two projects: what a renewal replaces, and with what. */
class Projects extends Context.Service<
  Projects,
  {
    readonly first: Pki.Project
    readonly second: Pki.Project
  }
>()("test/Projects") {
  static readonly layer = Layer.effect(
    Projects,
    Effect.all({ first: Pki.project, second: Pki.project }),
  )
}

/** A store without a transport, whose reloads say each time that they do without a proof. */
const storeOf = Effect.fnUntraced(function* (...args: Parameters<typeof CertificateStore.make>) {
  const made = yield* CertificateStore.make(...args)
  return { ...made, reload: (source: Source) => made.reload(source, { proof: "none" }) }
})

/** For files: reading them takes real time. */
const soon = { quiet: "1 millis" } as const

const store = Effect.flatMap(Projects, ({ first }) => storeOf(first.credentials, soon)).pipe(
  Effect.provide(NodeFileSystem.layer),
)

const fingerprint = ({ certificate }: Pki.Identity): string =>
  new X509Certificate(certificate).fingerprint256

const isDone = (fiber: Fiber.Fiber<unknown>): boolean => fiber.pollUnsafe() !== undefined

const unreadable = { path: "/nowhere/client.pem" }

layer(Projects.layer)("CertificateStore", (it) => {
  it.effect("starts with the credentials that it is given, as one whole generation", () =>
    Effect.gen(function* () {
      const { first } = yield* Projects
      const generation = yield* Effect.flatMap(store, ({ current }) => current)

      assert.strictEqual(generation.id, 1)
      assert.strictEqual(generation.basic.userId, "ACME-USER")
      assert.strictEqual(generation.basic.password, first.credentials.basic.password)
      assert.strictEqual(Option.getOrThrow(generation.mle).keyId, first.keyId)
      assert.deepStrictEqual(
        generation.certificates.map(({ fingerprint256, role }) => [role, fingerprint256]),
        [
          ["tls-client", fingerprint(first.tls)],
          ["tls-issuer", fingerprint(first.issuer)],
          ["mle-server", fingerprint(first.mleServer)],
          ["mle-client", fingerprint(first.mleClient)],
        ],
      )
      assert.deepStrictEqual(
        generation.fingerprints,
        generation.certificates.map(({ fingerprint256 }) => fingerprint256),
      )
    }),
  )

  it.effect("does without MLE where none is configured", () =>
    Effect.gen(function* () {
      const { first } = yield* Projects
      const { mle: _, ...credentials } = first.credentials
      const generation = yield* Effect.flatMap(CertificateStore, ({ current }) => current).pipe(
        Effect.provide(CertificateStore.layer(credentials)),
      )
      assert.deepStrictEqual(generation.mle, Option.none())
    }),
  )

  it.effect("imports the MLE keys once, in a form that jose takes as it is", () =>
    Effect.gen(function* () {
      const { first } = yield* Projects
      const { mle } = yield* Effect.flatMap(store, ({ current }) => current)
      const { keyId, privateKey, serverKey } = Option.getOrThrow(mle)
      const encrypt = (key: Parameters<CompactEncrypt["encrypt"]>[0]) =>
        Effect.promise(() =>
          new CompactEncrypt(new TextEncoder().encode("24.99"))
            .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A128GCM", kid: keyId })
            .encrypt(key),
        )
      const decrypt = (jwe: string, key: Parameters<typeof compactDecrypt>[1]) =>
        Effect.promise(() => compactDecrypt(jwe, key)).pipe(
          Effect.map(({ plaintext }) => new TextDecoder().decode(plaintext)),
        )

      // jose hands a CryptoKey to WebCrypto unchanged; every other form is converted first.
      assert.instanceOf(serverKey, CryptoKey)
      assert.instanceOf(Redacted.value(privateKey), CryptoKey)
      const request = yield* encrypt(serverKey)
      assert.strictEqual(yield* decrypt(request, first.mleServer.privateKey), "24.99")
      const reply = yield* encrypt(first.mleClient.publicKey)
      assert.strictEqual(yield* decrypt(reply, Redacted.value(privateKey)), "24.99")
      const exported = yield* Effect.exit(
        Effect.tryPromise(() => crypto.subtle.exportKey("pkcs8", Redacted.value(privateKey))),
      )
      assert.isTrue(Exit.isFailure(exported))
    }),
  )

  it.effect("ends a generation with its first certificate, extra roots aside", () =>
    Effect.gen(function* () {
      const { first } = yield* Projects
      const root = yield* Pki.root({ commonName: "Short Root", notAfter: "1980-01-01" })
      const issuer = yield* Pki.intermediate(first.root, {
        commonName: "VICA3",
        notAfter: "1990-06-28T12:00:00Z",
      })
      const tls = yield* Pki.leaf(issuer, { commonName: "client", key: first.tls })
      const generation = yield* Effect.flatMap(CertificateStore, ({ current }) => current).pipe(
        Effect.provide(
          CertificateStore.layer({
            ...first.credentials,
            tls: {
              ...first.credentials.tls,
              certificate: tls.chain,
              extraRoots: root.certificate,
            },
          }),
        ),
      )
      assert.strictEqual(DateTime.formatIso(generation.notAfter), "1990-06-28T12:00:00.000Z")
    }),
  )

  it.effect("publishes a reload under the next id and leaves the old generation as it was", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const { current, reload } = yield* store
      const before = yield* current
      const reloaded = yield* reload(second.credentials)

      assert.strictEqual(yield* current, reloaded)
      assert.strictEqual(reloaded.id, 2)
      assert.strictEqual(reloaded.fingerprints[0], fingerprint(second.tls))
      assert.strictEqual(Option.getOrThrow(reloaded.mle).keyId, second.keyId)
      assert.strictEqual(before.id, 1)
      assert.strictEqual(before.fingerprints[0], fingerprint(first.tls))
    }),
  )

  it.effect("keeps what it has when a reload fails", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const { current, drained, reload } = yield* store
      const before = yield* current
      const wait = yield* Effect.forkChild(drained(before), { startImmediately: true })
      const error = yield* Effect.flip(
        TestClock.withLive(
          reload({
            ...second.credentials,
            tls: { ...second.credentials.tls, certificate: unreadable },
          }),
        ),
      )
      assert.strictEqual(error.reason._tag, "CredentialUnreadable")
      assert.strictEqual(yield* current, before)
      assert.isFalse(isDone(wait))

      // A certificate renewed without its key is the mistake that a reload must survive.
      const mixed = yield* Effect.flip(
        reload({
          ...first.credentials,
          tls: { ...first.credentials.tls, certificate: second.tls.chain },
        }),
      )
      assert.strictEqual(mixed.reason._tag, "KeyMismatch")
      assert.strictEqual(yield* current, before)
    }),
  )

  it.effect("reads files anew at a reload, all of them before it publishes any", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const files = yield* FileSystem.FileSystem
      const directory = yield* files.makeTempDirectoryScoped()
      const certificate = { path: `${directory}/client.pem` }
      const privateKey = { path: `${directory}/client.key` }
      const credentials = { ...first.credentials, tls: { certificate, privateKey } }
      yield* files.writeFileString(certificate.path, first.tls.chain)
      yield* files.writeFileString(privateKey.path, Pki.keyPem.pkcs8(first.tls))
      const { current, reload } = yield* storeOf(credentials, soon)
      assert.strictEqual((yield* current).certificates[0]?.path, certificate.path)

      yield* files.writeFileString(certificate.path, second.tls.chain)
      assert.strictEqual(
        (yield* Effect.flip(TestClock.withLive(reload(credentials)))).reason._tag,
        "KeyMismatch",
      )
      assert.strictEqual((yield* current).fingerprints[0], fingerprint(first.tls))

      yield* files.writeFileString(privateKey.path, Pki.keyPem.pkcs8(second.tls))
      yield* TestClock.withLive(reload(credentials))
      assert.strictEqual((yield* current).fingerprints[0], fingerprint(second.tls))
    }).pipe(Effect.provide(NodeFileSystem.layer)),
  )

  it.effect("reads through the FileSystem that it is made with", () =>
    Effect.gen(function* () {
      const { first } = yield* Projects
      const contents: { readonly [path: string]: string } = {
        "vault:certificate": first.tls.chain,
        "vault:key": Pki.keyPem.pkcs8(first.tls),
      }
      const vault = FileSystem.layerNoop({
        readFile: (path) => Effect.sync(() => new TextEncoder().encode(contents[path])),
      })
      const { current } = yield* storeOf({
        ...first.credentials,
        tls: { certificate: { path: "vault:certificate" }, privateKey: { path: "vault:key" } },
      }).pipe(Effect.provide(vault))
      assert.strictEqual((yield* current).fingerprints[0], fingerprint(first.tls))
    }),
  )

  it.effect("gives each of many reloads at once an id of its own", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const { current, reload } = yield* store
      const generations = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? second : first)),
        ({ credentials }) => reload(credentials),
        { concurrency: "unbounded" },
      )
      const ids = generations.map(({ id }) => id)
      assert.deepStrictEqual(
        ids.toSorted((a, b) => a - b),
        Array.from(ids, (_, index) => index + 2),
      )
      assert.strictEqual((yield* current).id, 41)
    }),
  )

  it.effect("begins a reload or rollback when the one before has ended", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const steps: Array<string> = []
      const slow = FileSystem.layerNoop({
        readFile: (path) =>
          Effect.gen(function* () {
            steps.push(`begin ${path}`)
            yield* Effect.sleep("1 second")
            steps.push(`end ${path}`)
            return new TextEncoder().encode(second.tls.chain)
          }),
      })
      const { changes, current, reload, rollback } = yield* storeOf(first.credentials).pipe(
        Effect.provide(slow),
      )
      const slowly = (path: string) =>
        reload({
          ...second.credentials,
          tls: { ...second.credentials.tls, certificate: { path } },
        })
      const fiber = yield* Effect.forkChild(
        Effect.all([slowly("a"), slowly("b"), rollback], { concurrency: "unbounded" }),
      )
      yield* TestClock.adjust("5 seconds")
      const [a, b, restored] = yield* Fiber.join(fiber)

      assert.deepStrictEqual(steps, [
        "begin a",
        "end a",
        "begin a",
        "end a",
        "begin b",
        "end b",
        "begin b",
        "end b",
      ])
      assert.deepStrictEqual([a.id, b.id, restored.id], [2, 3, 4])
      assert.strictEqual(restored.tls, a.tls)
      assert.strictEqual(yield* current, restored)
      assert.deepStrictEqual(yield* changes.pipe(Stream.take(1), Stream.runCollect), [restored])
    }),
  )

  it.effect("publishes nothing when a reload is interrupted, and takes the next one", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const reading = yield* Deferred.make<void>()
      const hanging = FileSystem.layerNoop({
        readFile: () => Effect.andThen(Deferred.succeed(reading, undefined), Effect.never),
      })
      const { current, reload } = yield* storeOf(first.credentials).pipe(Effect.provide(hanging))
      const fiber = yield* Effect.forkChild(
        reload({
          ...second.credentials,
          tls: { ...second.credentials.tls, certificate: unreadable },
        }),
      )
      yield* Deferred.await(reading)
      yield* Fiber.interrupt(fiber)

      assert.strictEqual((yield* current).id, 1)
      assert.strictEqual((yield* reload(second.credentials)).id, 2)
    }),
  )
})

layer(Projects.layer)("A lease", (it) => {
  it.effect("keeps its whole generation through a reload", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const { lease, reload } = yield* store
      yield* Effect.scoped(
        Effect.gen(function* () {
          const leased = yield* lease
          yield* reload(second.credentials)
          assert.strictEqual(leased.fingerprints[0], fingerprint(first.tls))
          assert.strictEqual(leased.basic.password, first.credentials.basic.password)
          assert.strictEqual(Option.getOrThrow(leased.mle).keyId, first.keyId)
          const next = yield* Effect.scoped(lease)
          assert.strictEqual(next.fingerprints[0], fingerprint(second.tls))
        }),
      )
    }),
  )

  it.effect("holds off the drain of its generation until the last one has ended", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      const { current, drained, lease, reload } = yield* store
      const generation = yield* current
      const scopes = yield* Effect.replicateEffect(Scope.make(), 3)
      yield* Effect.forEach(scopes, (scope) => Scope.provide(lease, scope))
      const wait = yield* Effect.forkChild(drained(generation), { startImmediately: true })

      yield* reload(second.credentials)
      for (const scope of scopes) {
        yield* Effect.yieldNow
        assert.isFalse(isDone(wait))
        yield* Scope.close(scope, Exit.void)
      }
      yield* Fiber.join(wait)
    }),
  )

  it.effect("does not drain the generation in use when it ends", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      const { current, drained, lease, reload } = yield* store
      const wait = yield* Effect.forkChild(drained(yield* current), { startImmediately: true })
      yield* Effect.scoped(lease)
      yield* Effect.yieldNow
      assert.isFalse(isDone(wait))
      yield* reload(second.credentials)
      yield* Fiber.join(wait)
    }),
  )

  it.effect("ends with the fiber that holds it, however that ends", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      const { current, drained, lease, reload } = yield* store
      const generation = yield* current
      const held = yield* Deferred.make<void>()
      const hold = Effect.scoped(
        Effect.andThen(lease, Effect.andThen(Deferred.succeed(held, undefined), Effect.never)),
      )
      const fiber = yield* Effect.forkChild(hold)
      yield* Effect.exit(Effect.scoped(Effect.andThen(lease, Effect.fail("failed"))))
      yield* Effect.exit(Effect.scoped(Effect.andThen(lease, Effect.die("died"))))
      yield* Deferred.await(held)
      yield* reload(second.credentials)
      const wait = yield* Effect.forkChild(drained(generation), { startImmediately: true })
      yield* Effect.yieldNow
      assert.isFalse(isDone(wait))

      yield* Fiber.interrupt(fiber)
      yield* Fiber.join(wait)
    }),
  )

  it.effect("is not lost to interruption at any moment", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      const { current, drained, lease, reload } = yield* store
      const generation = yield* current
      const use = Effect.scoped(Effect.andThen(lease, Effect.yieldNow)).pipe(Effect.forever)
      for (let steps = 0; steps < 50; steps++) {
        const fibers = yield* Effect.replicateEffect(Effect.forkChild(use), 5)
        yield* Effect.replicateEffect(Effect.yieldNow, steps, { discard: true })
        yield* Fiber.interruptAll(fibers)
      }
      yield* reload(second.credentials)
      yield* drained(generation)
    }),
  )

  it.effect.prop(
    "never mixes generations: each drains exactly when it is replaced and no longer leased",
    { actions: Schema.Array(Schema.Literals(["lease", "end", "reload"])) },
    ({ actions }) =>
      Effect.gen(function* () {
        const { first, second } = yield* Projects
        const { current, drained, lease, reload } = yield* store
        const watched: Array<{ generation: Generation; wait: Fiber.Fiber<void> }> = []
        const held: Array<{ generation: Generation; scope: Scope.Closeable }> = []
        const watch = Effect.gen(function* () {
          const generation = yield* current
          const wait = yield* Effect.forkChild(drained(generation), { startImmediately: true })
          watched.push({ generation, wait })
        })
        yield* watch
        for (const action of actions) {
          if (action === "reload") {
            yield* reload(watched.length % 2 === 0 ? first.credentials : second.credentials)
            yield* watch
          } else if (action === "lease") {
            const scope = yield* Scope.make()
            const generation = yield* Scope.provide(lease, scope)
            assert.strictEqual(generation, yield* current)
            held.push({ generation, scope })
          } else {
            const ended = held.splice(Math.floor(held.length / 2), 1)
            yield* Effect.forEach(ended, ({ scope }) => Scope.close(scope, Exit.void))
          }
          yield* Effect.yieldNow
          const inUse = yield* current
          for (const { generation, wait } of watched) {
            const isLeased = held.some((each) => each.generation === generation)
            assert.strictEqual(isDone(wait), generation !== inUse && !isLeased)
          }
        }
      }),
  )
})

layer(Projects.layer)("A rollback", (it) => {
  it.effect("publishes the generation before under a new id, drained or not", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const { current, drained, lease, reload, rollback } = yield* store
      const before = yield* current
      const bad = yield* reload(second.credentials)
      yield* drained(before)
      const after = yield* rollback
      yield* drained(bad)

      assert.strictEqual(yield* current, after)
      assert.strictEqual(after.id, 3)
      assert.strictEqual(after.tls, before.tls)
      assert.strictEqual(after.basic, before.basic)
      assert.strictEqual(after.mle, before.mle)
      assert.deepStrictEqual(after.fingerprints, before.fingerprints)
      // It leases and drains like any other, whatever became of the first one.
      const wait = yield* Effect.forkChild(drained(after), { startImmediately: true })
      yield* Effect.scoped(
        Effect.gen(function* () {
          assert.strictEqual(yield* lease, after)
          yield* reload(first.credentials)
          yield* Effect.yieldNow
          assert.isFalse(isDone(wait))
        }),
      )
      yield* Fiber.join(wait)
    }),
  )

  it.effect("fails when there is nothing to return to", () =>
    Effect.gen(function* () {
      const { current, rollback } = yield* store
      const error = yield* Effect.flip(rollback)
      assert.strictEqual(error.reason.field, "rollback")
      assert.strictEqual((yield* current).id, 1)
    }),
  )

  it.effect("goes one step, so a second one does not return to what was fled from", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const { current, reload, rollback } = yield* store
      yield* reload(second.credentials)
      const restored = yield* rollback
      const error = yield* Effect.flip(rollback)
      assert.strictEqual(error.reason.field, "rollback")
      assert.strictEqual(yield* current, restored)
      yield* reload(first.credentials)
      assert.strictEqual((yield* rollback).tls, restored.tls)
    }),
  )

  it.effect("fails when the generation before has expired meanwhile", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const tls = yield* Pki.leaf(first.issuer, {
        commonName: "short",
        key: first.tls,
        notAfter: "1970-01-02T00:00:00Z",
      })
      const { current, reload, rollback } = yield* storeOf({
        ...first.credentials,
        tls: { ...first.credentials.tls, certificate: tls.chain },
      }).pipe(Effect.provide(NodeFileSystem.layer))
      const renewed = yield* reload(second.credentials)
      yield* TestClock.adjust("1 day")
      const error = yield* Effect.flip(rollback)
      assert.strictEqual(error.reason._tag, "CertificateExpired")
      assert.match(error.reason.detail ?? "", /"CN=short, O=Test"/)
      assert.strictEqual(yield* current, renewed)
    }),
  )
})

layer(Projects.layer)("Changes", (it) => {
  it.effect("are the current generation, then each that is published, in order", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const { changes, reload, rollback } = yield* store
      const first3 = yield* Effect.forkChild(
        changes.pipe(
          Stream.take(4),
          Stream.map(({ id }) => id),
          Stream.runCollect,
        ),
        { startImmediately: true },
      )
      yield* reload(second.credentials)
      yield* Effect.ignore(
        TestClock.withLive(
          reload({
            ...first.credentials,
            tls: { ...first.credentials.tls, certificate: unreadable },
          }),
        ),
      )
      yield* rollback
      yield* reload(second.credentials)
      assert.deepStrictEqual(yield* Fiber.join(first3), [1, 2, 3, 4])

      const late = yield* changes.pipe(Stream.take(1), Stream.runCollect)
      assert.deepStrictEqual(
        late.map(({ id }) => id),
        [4],
      )
    }),
  )
})

layer(Projects.layer)("Expiry", (it) => {
  it.effect("counts the whole days that each certificate still has, by the clock", () =>
    Effect.gen(function* () {
      const { first } = yield* Projects
      const tls = yield* Pki.leaf(first.issuer, {
        commonName: "client",
        key: first.tls,
        notAfter: "1970-03-01T00:00:00Z",
      })
      const { expiry } = yield* storeOf({
        ...first.credentials,
        tls: {
          ...first.credentials.tls,
          certificate: tls.chain,
          extraRoots: first.root.certificate,
        },
      }).pipe(Effect.provide(NodeFileSystem.layer))
      const client = Effect.map(expiry, ([client]) => client?.daysLeft)

      assert.deepStrictEqual(
        (yield* expiry).map(({ field, role }) => [role, field]),
        [
          ["tls-client", "tls.certificate"],
          ["tls-issuer", "tls.certificate"],
          ["extra-root", "tls.extraRoots"],
          ["mle-server", "mle.serverCertificate"],
          ["mle-client", "mle.clientCertificate"],
        ],
      )
      assert.strictEqual(yield* client, 59)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* client, 58)
      yield* TestClock.setTime(Date.parse("1970-02-28T23:59:59Z"))
      assert.strictEqual(yield* client, 0)
      yield* TestClock.setTime(Date.parse("1970-03-02T12:00:00Z"))
      assert.strictEqual(yield* client, -2)
    }),
  )
})

layer(Projects.layer)("A generation", (it) => {
  it.effect("cannot be changed", () =>
    Effect.gen(function* () {
      const generation = yield* Effect.flatMap(store, ({ current }) => current)
      const parts = [
        generation,
        generation.tls,
        generation.tls.extraRoots,
        generation.basic,
        Option.getOrThrow(generation.mle),
        generation.certificates,
        ...generation.certificates,
        generation.fingerprints,
        generation.warnings,
      ]
      assert.isTrue(parts.every((part) => Object.isFrozen(part)))
    }),
  )

  it.effect("shows no key, password or user id, however it is printed", () =>
    Effect.gen(function* () {
      const { first } = yield* Projects
      const generation = yield* Effect.flatMap(store, ({ current }) => current)
      const keyLines = [first.tls, first.mleClient].flatMap((pair) =>
        [...Pki.keyPem.pkcs8(pair).split("\n"), ...Pki.keyPem.pkcs1(pair).split("\n")].filter(
          (line) => line.length === 64,
        ),
      )
      const secrets = [...keyLines, Redacted.value(first.credentials.basic.password)]
      const wide = { depth: 20, showHidden: true }
      const whole = [
        String(generation),
        `${generation}`,
        JSON.stringify(generation),
        inspect(generation, wide),
      ]
      // Parts of it, and copies without its own way of printing, still hide what is secret.
      const parts = [
        JSON.stringify({ ...generation }),
        inspect({ ...generation }, wide),
        inspect(generation, { ...wide, customInspect: false }),
        JSON.stringify(generation.tls),
        JSON.stringify(generation.basic),
        inspect(generation.mle, wide),
      ]
      const contain = (texts: ReadonlyArray<string>, secret: string): boolean =>
        texts.some((text) => text.includes(secret))
      assert.isAbove(keyLines.length, 80)
      assert.deepStrictEqual(
        secrets.filter((secret) => contain([...whole, ...parts], secret)),
        [],
      )
      assert.isFalse(contain(whole, generation.basic.userId))
      assert.isTrue(contain(whole, fingerprint(first.tls)))
    }),
  )
})

describe("CertificateStore.layerTest", () => {
  it.effect("is a whole store that works at any time of the clock", () =>
    Effect.gen(function* () {
      for (const now of ["1970-01-01T00:00:00Z", "2026-11-23T12:00:00Z", "2060-01-01T00:00:00Z"]) {
        yield* TestClock.setTime(Date.parse(now))
        const [generation, expiry] = yield* Effect.gen(function* () {
          const { current, expiry } = yield* CertificateStore
          return [yield* current, yield* expiry] as const
        }).pipe(Effect.provide(Layer.fresh(CertificateStore.layerTest)))
        assert.isTrue(Option.isSome(generation.mle))
        assert.deepStrictEqual(generation.warnings, [])
        assert.deepStrictEqual(
          expiry.map(({ daysLeft }) => daysLeft),
          [365, 365],
        )
      }
    }),
  )
})
