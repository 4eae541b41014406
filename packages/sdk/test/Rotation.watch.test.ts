/** A directory that is watched, with whatever people and machines do to it, while payments go on. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, layer } from "@effect/vitest"
import {
  ConfigProvider,
  Context,
  Effect,
  Fiber,
  FileSystem,
  Layer,
  Option,
  Schedule,
  Stream,
} from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import type { Credentials as Issued } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { CertificateStore } from "../src/CertificateStore.ts"
import type { CertificateStoreOptions, RotationEvent } from "../src/CertificateStore.ts"
import * as VisaDirect from "../src/VisaDirect.ts"
import type { Tag } from "../src/VisaError.ts"
import {
  contentsOf,
  credentialsIn,
  exchangeData,
  renameOver,
  writeInPlace,
} from "./support/credentialFiles.ts"
import { pushRequest, sdk } from "./support/simulated.ts"

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

/** What the portal hands out to all tests. */
class Sets extends Context.Service<
  Sets,
  { readonly first: Issued; readonly second: Issued; readonly third: Issued }
>()("test/Sets") {
  static readonly layer = Layer.effect(
    Sets,
    Effect.gen(function* () {
      const { credentials, issue } = yield* Simulator
      return { first: credentials, second: yield* issue(), third: yield* issue() }
    }),
  )
}

/** Where a program finds its credentials. */
class Mount extends Context.Service<Mount, { readonly directory: string }>()("test/Mount") {}

/** Nothing but the events of the directory can make the store look again within a test. */
const byEvents: CertificateStoreOptions = { quiet: "100 millis", watch: { every: "1 hour" } }
/** And here nothing but the clock can. */
const byPolling: CertificateStoreOptions = {
  quiet: "100 millis",
  watch: { every: "50 millis", directories: [] },
}

const inPlace = (directory: string, first: Issued) => writeInPlace(directory, contentsOf(first))

/** Runs a test with an SDK of its own, which follows a directory of its own. */
const watching =
  (rotation: CertificateStoreOptions, mount = inPlace) =>
  <A, E, R>(test: Effect.Effect<A, E, R>) => {
    const directory = Layer.effect(
      Mount,
      Effect.gen(function* () {
        const { makeTempDirectoryScoped } = yield* FileSystem.FileSystem
        const directory = `${yield* makeTempDirectoryScoped()}/visa`
        const { first } = yield* Sets
        yield* mount(directory, first)
        return { directory }
      }),
    ).pipe(Layer.provide(NodeFileSystem.layer))
    const live = Layer.unwrap(
      Effect.map(Mount, ({ directory }) =>
        sdk({ credentials: credentialsIn(directory), rotation }),
      ),
    )
    return Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      yield* simulator.clearFaults
      return yield* test
    }).pipe(Effect.provide(live.pipe(Layer.provideMerge(directory), Layer.orDie)))
  }

/** Does something, and waits for what the store makes of it. */
const eventAfter = <E, R>(
  wanted: (event: RotationEvent) => boolean,
  doing: Effect.Effect<unknown, E, R>,
) =>
  Effect.gen(function* () {
    const { events } = yield* CertificateStore
    const event = yield* Effect.forkChild(Stream.runHead(Stream.filter(events, wanted)), {
      startImmediately: true,
    })
    yield* doing
    return Option.getOrThrow(yield* Fiber.join(event))
  })

const published = <E, R>(doing: Effect.Effect<unknown, E, R>) =>
  eventAfter(({ _tag }) => _tag === "Published", doing)

const refused = <E, R>(tag: Tag, doing: Effect.Effect<unknown, E, R>) =>
  eventAfter((event) => event._tag === "Refused" && event.error.reason._tag === tag, doing)

const expectPaidWith = Effect.fnUntraced(function* (issued: Issued) {
  yield* push
  const simulator = yield* Simulator
  const paid = (yield* simulator.ledger.payments).at(-1)
  assert.deepStrictEqual(
    [paid?.fingerprint, paid?.userId, paid?.keyId],
    [issued.tls.fingerprint, issued.userId, issued.mle.keyId],
  )
})

const files = Effect.provide(FileSystem.FileSystem, NodeFileSystem.layer)

/** Root may read everything, so root becomes nobody for a while. */
const withoutPermission = <A, E, R>(directory: string, doing: Effect.Effect<A, E, R>) =>
  process.geteuid?.() === 0
    ? Effect.acquireUseRelease(
        Effect.sync(() => process.seteuid?.(65_534)),
        () => doing,
        () => Effect.sync(() => process.seteuid?.(0)),
      )
    : Effect.acquireUseRelease(
        Effect.flatMap(files, ({ chmod }) => chmod(directory, 0o000)),
        () => doing,
        () => Effect.orDie(Effect.flatMap(files, ({ chmod }) => chmod(directory, 0o700))),
      )

layer(Sets.layer.pipe(Layer.provideMerge(Simulator.layer()), Layer.orDie), {
  timeout: 60_000,
  excludeTestServices: true,
})("A directory that is watched", (it) => {
  it.effect("files that are renamed over are taken when the last one is there", () =>
    Effect.gen(function* () {
      const { directory } = yield* Mount
      const { first, second } = yield* Sets
      yield* expectPaidWith(first)
      yield* published(renameOver(directory, contentsOf(second)))
      yield* expectPaidWith(second)
      assert.strictEqual(
        (yield* Effect.flatMap(Simulator, ({ stats }) => stats)).mixedIdentities,
        0,
      )
    }).pipe(watching(byEvents)),
  )

  it.effect(
    "files that are written in place, long after each other, are taken with the last one",
    () =>
      Effect.gen(function* () {
        const { directory } = yield* Mount
        const { first, second } = yield* Sets
        const { "client.key": key, ...others } = contentsOf(second)
        yield* refused("KeyMismatch", writeInPlace(directory, others))
        yield* expectPaidWith(first)
        yield* published(writeInPlace(directory, { "client.key": key }))
        yield* expectPaidWith(second)
      }).pipe(watching(byEvents)),
  )

  it.effect("a secret that Kubernetes exchanges is taken, and the next one too", () =>
    Effect.gen(function* () {
      const { directory } = yield* Mount
      const { first, second } = yield* Sets
      yield* expectPaidWith(first)
      yield* published(exchangeData(directory, "2026_02", contentsOf(second)))
      yield* expectPaidWith(second)
      yield* published(exchangeData(directory, "2026_03", contentsOf(first)))
      yield* expectPaidWith(first)
    }).pipe(
      watching(byEvents, (directory, first) =>
        writeInPlace(directory, {}).pipe(
          Effect.andThen(exchangeData(directory, "2026_01", contentsOf(first))),
        ),
      ),
    ),
  )

  it.effect("changes of which no event tells are found by reading", () =>
    Effect.gen(function* () {
      const { directory } = yield* Mount
      const { second } = yield* Sets
      yield* published(writeInPlace(directory, contentsOf(second)))
      yield* expectPaidWith(second)
    }).pipe(watching(byPolling)),
  )

  it.effect(
    "a directory that disappears leaves the set in use, and one that comes back is watched",
    () =>
      Effect.gen(function* () {
        const { directory } = yield* Mount
        const { first, second } = yield* Sets
        const { remove } = yield* files
        yield* refused("CredentialUnreadable", remove(directory, { recursive: true }))
        yield* expectPaidWith(first)
        yield* published(writeInPlace(directory, contentsOf(second)))
        yield* expectPaidWith(second)
        // Its watcher is that of the new directory, not of the one that has gone.
        yield* published(renameOver(directory, contentsOf(first)))
        yield* expectPaidWith(first)
      }).pipe(watching(byEvents)),
  )

  it.effect("a directory that another takes the place of is watched in turn", () =>
    Effect.gen(function* () {
      const { directory } = yield* Mount
      const { first, second } = yield* Sets
      const { rename } = yield* files
      yield* writeInPlace(`${directory}-next`, contentsOf(second))
      yield* published(
        Effect.andThen(
          rename(directory, `${directory}-last`),
          rename(`${directory}-next`, directory),
        ),
      )
      yield* expectPaidWith(second)
      yield* published(renameOver(directory, contentsOf(first)))
      yield* expectPaidWith(first)
    }).pipe(watching(byEvents)),
  )

  it.effect(
    "files that are replaced fifty times a second are left alone until they come to rest",
    () =>
      Effect.gen(function* () {
        const { directory } = yield* Mount
        const { first, second } = yield* Sets
        let turn = 0
        const storm = Effect.suspend(() => {
          const next = contentsOf(turn++ % 2 === 0 ? second : first)
          // Never twice the same, so that no two readings agree by chance.
          return renameOver(directory, {
            ...next,
            "client.pem": `number ${turn}\n${String(next["client.pem"])}`,
          })
        }).pipe(Effect.uninterruptible, Effect.repeat(Schedule.spaced("20 millis")))
        yield* Effect.raceFirst(
          Effect.all([storm, Effect.forever(push)], { concurrency: "unbounded" }),
          refused("CredentialsUnstable", Effect.void),
        )
        const store = yield* CertificateStore
        assert.strictEqual((yield* store.current).id, 1)
        yield* renameOver(directory, contentsOf(second))
        yield* Stream.runHead(
          Stream.filter(store.changes, ({ fingerprints }) =>
            fingerprints.includes(second.tls.fingerprint),
          ),
        )
        yield* expectPaidWith(second)
        const { ledger, mixedIdentities } = yield* Effect.flatMap(Simulator, ({ stats }) => stats)
        assert.strictEqual(mixedIdentities, 0)
        assert.deepStrictEqual(Object.keys(ledger.byStatus), ["200", "400"])
      }).pipe(watching({ patience: "1 second", watch: { every: "1 hour" } })),
  )

  it.effect("permissions that are taken away leave the set in use, until they are given back", () =>
    Effect.gen(function* () {
      const { directory } = yield* Mount
      const { first, second } = yield* Sets
      const { reason } = yield* withoutPermission(
        directory,
        Effect.gen(function* () {
          const store = yield* CertificateStore
          const error = yield* Effect.flip(store.reload(credentialsIn(directory)))
          yield* expectPaidWith(first)
          return error
        }),
      )
      assert.strictEqual(reason._tag, "CredentialUnreadable")
      assert.match(reason.detail ?? "", /may not read the file/)
      yield* published(renameOver(directory, contentsOf(second)))
      yield* expectPaidWith(second)
    }).pipe(watching(byEvents)),
  )

  it.effect("a loop of symlinks leaves the set in use, until it is undone", () =>
    Effect.gen(function* () {
      const { directory } = yield* Mount
      const { first, second } = yield* Sets
      const { remove, symlink } = yield* files
      yield* refused(
        "CredentialUnreadable",
        Effect.gen(function* () {
          yield* remove(`${directory}/client.pem`)
          yield* symlink("client.pem.loop", `${directory}/client.pem`)
          yield* symlink("client.pem", `${directory}/client.pem.loop`)
        }),
      )
      yield* expectPaidWith(first)
      yield* published(renameOver(directory, contentsOf(second)))
      yield* expectPaidWith(second)
    }).pipe(watching(byEvents)),
  )

  it.effect("a set that Visa refuses is not taken, the next one that it accepts is", () =>
    Effect.gen(function* () {
      const { directory } = yield* Mount
      const { first, second } = yield* Sets
      const simulator = yield* Simulator
      const wrong = yield* simulator.issue({ defect: "wrongPassword" })
      yield* refused("CredentialsRejected", renameOver(directory, contentsOf(wrong)))
      yield* expectPaidWith(first)
      yield* published(renameOver(directory, contentsOf(second)))
      yield* expectPaidWith(second)
    }).pipe(watching(byEvents)),
  )

  it.effect("a set that could not be proved is tried again without anybody's doing", () =>
    Effect.gen(function* () {
      const { directory } = yield* Mount
      const { second } = yield* Sets
      const simulator = yield* Simulator
      yield* simulator.inject({ kind: "status", status: 503, match: { path: "/vdp/helloworld" } })
      yield* refused("ServiceUnavailable", renameOver(directory, contentsOf(second)))
      yield* published(simulator.clearFaults)
      yield* expectPaidWith(second)
    }).pipe(watching(byEvents)),
  )

  it.effect("a set from which a rollback has fled is not taken up again before it changes", () =>
    Effect.gen(function* () {
      const { directory } = yield* Mount
      const { second, third } = yield* Sets
      const store = yield* CertificateStore
      yield* published(renameOver(directory, contentsOf(second)))
      yield* store.rollback
      // The same content written anew is looked at, and is no news.
      yield* renameOver(directory, contentsOf(second))
      const event = yield* published(renameOver(directory, contentsOf(third)))
      assert.strictEqual(event._tag === "Published" ? event.generation.id : 0, 4)
      yield* expectPaidWith(third)
    }).pipe(watching(byEvents)),
  )

  it.effect(
    "is followed when the configuration says so, user id, password and Key-ID included",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { first, second } = yield* Sets
        const { makeTempDirectoryScoped } = yield* files
        const directory = yield* makeTempDirectoryScoped()
        yield* inPlace(directory, first)
        yield* simulator.ledger.clear
        const env = {
          VISA_DIRECT_ENVIRONMENT: "sandbox",
          VISA_DIRECT_BASE_URL: simulator.url,
          VISA_DIRECT_USER_ID_PATH: `${directory}/user-id`,
          VISA_DIRECT_PASSWORD_PATH: `${directory}/password`,
          VISA_DIRECT_TLS_CERT_PATH: `${directory}/client.pem`,
          VISA_DIRECT_TLS_KEY_PATH: `${directory}/client.key`,
          VISA_DIRECT_TLS_CA_PATH: `${directory}/roots.pem`,
          VISA_DIRECT_MLE_KEY_ID_PATH: `${directory}/mle-key-id`,
          VISA_DIRECT_MLE_SERVER_CERT_PATH: `${directory}/mle-server.pem`,
          VISA_DIRECT_MLE_PRIVATE_KEY_PATH: `${directory}/mle.key`,
          VISA_DIRECT_CREDENTIALS_WATCH: "true",
          VISA_DIRECT_CREDENTIALS_POLL: "1 hour",
          VISA_DIRECT_AUTO_ROLLBACK: "true",
        }
        yield* Effect.gen(function* () {
          yield* expectPaidWith(first)
          yield* published(renameOver(directory, contentsOf(second)))
          yield* expectPaidWith(second)
          // Restored afterwards: other tests use the set.
          yield* simulator.inject({ kind: "status", status: 401, match: { endpoint: "PushFunds" } })
          yield* published(Effect.replicateEffect(Effect.flip(push), 5))
          yield* simulator.clearFaults
          yield* expectPaidWith(first)
        }).pipe(
          Effect.provide(
            VisaDirect.layerConfig.pipe(
              Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))),
            ),
          ),
        )
      }),
  )

  it.effect("a variable that is no yes or no is refused, and named", () =>
    Effect.gen(function* () {
      const env = { VISA_DIRECT_CREDENTIALS_WATCH: "perhaps" }
      const error = yield* Layer.build(CertificateStore.layerConfig).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))),
        Effect.flip,
      )
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      assert.strictEqual(error.reason.field, "VISA_DIRECT_CREDENTIALS_WATCH")
    }),
  )
})
