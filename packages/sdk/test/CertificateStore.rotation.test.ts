/** What the store does around a proof, without a network: a prover of the test says yes or no. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it, layer } from "@effect/vitest"
import {
  Context,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  Metric,
  Option,
  Redacted,
  Stream,
} from "effect"
import type { Scope } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { TestClock } from "effect/testing"
import { CertificateStore, expiryThresholds } from "../src/CertificateStore.ts"
import type {
  CertificateStoreOptions,
  Credentials,
  Generation,
  Proof,
  RotationEvent,
} from "../src/CertificateStore.ts"
import { VisaError } from "../src/VisaError.ts"
import { withLogs } from "./support/logs.ts"
import * as Pki from "./support/pki.ts"

class Projects extends Context.Service<
  Projects,
  { readonly first: Pki.Project; readonly second: Pki.Project }
>()("test/Projects") {
  static readonly layer = Layer.effect(
    Projects,
    Effect.all({ first: Pki.project, second: Pki.project }),
  )
}

type Prove = (candidate: Generation, proof: Proof) => Effect.Effect<void, VisaError, Scope.Scope>

const storeWith = Effect.fnUntraced(function* (
  prove: Prove,
  options?: CertificateStoreOptions,
): Effect.fn.Return<CertificateStore["Service"], VisaError, Projects | Scope.Scope> {
  const { first } = yield* Projects
  const store = yield* Effect.provide(
    CertificateStore.make(first.credentials, options),
    NodeFileSystem.layer,
  )
  yield* store.provedBy({ prove })
  return store
})

const accepting: Prove = () => Effect.void
const refusal = VisaError.of("CertificateMismatch", { code: "9125" })

/** What was put away, and whether that was for good. */
const noting = (notes: Array<string>, name: string, prove: Prove): Prove =>
  Effect.fnUntraced(function* (candidate, proof) {
    yield* Effect.addFinalizer((exit) =>
      Effect.sync(() => notes.push(`${name} ${Exit.isSuccess(exit) ? "kept" : "dropped"}`)),
    )
    yield* prove(candidate, proof)
  })

const collected = (store: CertificateStore["Service"]) =>
  Effect.gen(function* () {
    const seen: Array<RotationEvent> = []
    yield* Effect.forkScoped(
      Stream.runForEach(store.events, (event) => Effect.sync(() => seen.push(event))),
      { startImmediately: true },
    )
    return seen
  })

layer(Projects.layer)("A reload", (it) => {
  it.effect("without anybody who could prove it is refused, unless that is asked for", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      const store = yield* Effect.provide(
        CertificateStore.make(first.credentials),
        NodeFileSystem.layer,
      )
      for (const proof of [undefined, "full", "connection"] as const) {
        const error = yield* Effect.flip(store.reload(second.credentials, { proof }))
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, "proof")
      }
      assert.strictEqual((yield* Effect.flip(store.prove("full"))).reason.field, "proof")
      assert.strictEqual((yield* store.reload(second.credentials, { proof: "none" })).id, 2)
    }),
  )

  it.effect("shows its candidate to the prover and to nobody else before it is proved", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      const asked = yield* Deferred.make<readonly [Generation, Proof]>()
      const answer = yield* Deferred.make<void, VisaError>()
      const store = yield* storeWith((candidate, proof) =>
        Effect.andThen(Deferred.succeed(asked, [candidate, proof]), Deferred.await(answer)),
      )
      const reload = yield* Effect.forkChild(store.reload(second.credentials))
      const [candidate, proof] = yield* Deferred.await(asked)
      assert.strictEqual(proof, "full")
      assert.strictEqual(candidate.id, 2)
      assert.strictEqual((yield* store.current).id, 1)
      yield* Deferred.succeed(answer, undefined)
      assert.strictEqual(yield* Fiber.join(reload), candidate)
      assert.strictEqual(yield* store.current, candidate)
    }),
  )

  it.effect("that one of two provers refuses is dropped by both", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      const notes: Array<string> = []
      const store = yield* storeWith(noting(notes, "first", accepting))
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* store.provedBy({ prove: noting(notes, "second", () => Effect.fail(refusal)) })
          const error = yield* Effect.flip(store.reload(second.credentials))
          assert.strictEqual(error.reason, refusal.reason)
          assert.strictEqual(error.context.operation, "CertificateStore.reload")
        }),
      )
      assert.deepStrictEqual(notes, ["second dropped", "first dropped"])
      assert.strictEqual((yield* store.current).id, 1)
      // The second prover left with its scope.
      yield* store.reload(second.credentials)
      assert.deepStrictEqual(notes.slice(2), ["first kept"])
    }),
  )

  it.effect("that is interrupted while it is proved is dropped", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      const notes: Array<string> = []
      const asked = yield* Deferred.make<void>()
      const hanging: Prove = () => Effect.andThen(Deferred.succeed(asked, undefined), Effect.never)
      const store = yield* storeWith(noting(notes, "candidate", hanging))
      const reload = yield* Effect.forkChild(store.reload(second.credentials))
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(reload)
      assert.deepStrictEqual(notes, ["candidate dropped"])
      assert.strictEqual((yield* store.current).id, 1)
    }),
  )

  it.effect("tells what became of it, and of a rollback", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      let answer: Effect.Effect<void, VisaError> = Effect.fail(refusal)
      const store = yield* storeWith(() => Effect.suspend(() => answer))
      const seen = yield* collected(store)
      const [, logs] = yield* withLogs(Effect.flip(store.reload(second.credentials)))
      answer = Effect.void
      yield* store.reload(second.credentials)
      yield* store.rollback
      yield* Effect.yieldNow
      assert.deepStrictEqual(
        seen.map((event) => [
          event._tag,
          event.trigger,
          event._tag === "Published" ? event.generation.id : event.error.reason._tag,
        ]),
        [
          ["Refused", "reload", "CertificateMismatch"],
          ["Published", "reload", 2],
          ["Published", "rollback", 3],
        ],
      )
      assert.deepStrictEqual(
        logs.filter(({ text }) => text.includes("The credentials in use stay")).length,
        1,
      )
    }),
  )

  it.effect("counts, as a rollback does", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      let answer: Effect.Effect<void, VisaError> = Effect.fail(refusal)
      const store = yield* storeWith(() => Effect.suspend(() => answer))
      yield* Effect.flip(store.reload(second.credentials))
      answer = Effect.void
      yield* store.reload(second.credentials)
      yield* store.rollback
      yield* Effect.flip(store.rollback)
      const page = yield* PrometheusMetrics.format()
      for (const line of [
        `visa_direct_certificate_rotations_total{result="failure"} 1`,
        `visa_direct_certificate_rotations_total{result="success"} 1`,
        `visa_direct_certificate_rollbacks_total{trigger="manual",result="success"} 1`,
        `visa_direct_certificate_rollbacks_total{trigger="manual",result="failure"} 1`,
      ]) {
        assert.include(page, line)
      }
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
  )
})

layer(Projects.layer)("A rollback", (it) => {
  it.effect("asks nothing of Visa, unless the store is told to", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      for (const rollbackProof of ["none", "connection", "full"] as const) {
        const asked: Array<Proof> = []
        const store = yield* storeWith(
          (_, proof) => Effect.sync(() => asked.push(proof)),
          rollbackProof === "none" ? {} : { rollbackProof },
        )
        yield* store.reload(second.credentials)
        yield* store.rollback
        assert.deepStrictEqual(asked, ["full", rollbackProof])
      }
    }),
  )
})

layer(Projects.layer)("An automatic rollback", (it) => {
  const five = Effect.fnUntraced(function* (options: CertificateStoreOptions) {
    const { second } = yield* Projects
    const store = yield* storeWith(accepting, options)
    const { id } = yield* store.reload(second.credentials)
    return {
      id,
      store,
      reject: (times: number) => Effect.replicateEffect(store.rejected(id), times),
    }
  })

  const ids = (store: CertificateStore["Service"]) => Effect.map(store.current, ({ id }) => id)

  it.effect("comes with the refusal that is one too many, once", () =>
    Effect.gen(function* () {
      const { reject, store } = yield* five({ autoRollback: true })
      yield* reject(4)
      yield* Effect.yieldNow
      assert.strictEqual(yield* ids(store), 2)
      const seen = yield* collected(store)
      yield* reject(10)
      yield* Effect.repeat(ids(store), { until: (id) => id === 3 })
      yield* Effect.yieldNow
      assert.deepStrictEqual(
        seen.map(({ trigger }) => trigger),
        ["automatic rollback"],
      )
      assert.strictEqual(
        (yield* store.current).basic.password,
        (yield* Projects).first.credentials.basic.password,
      )
    }),
  )

  it.effect("does not come after its window, nor for another generation, nor when it is off", () =>
    Effect.gen(function* () {
      const late = yield* five({ autoRollback: { threshold: 1, window: "30 seconds" } })
      yield* TestClock.adjust("31 seconds")
      yield* late.reject(1)
      const other = yield* five({ autoRollback: { threshold: 1 } })
      yield* other.store.rejected(other.id - 1)
      const off = yield* five({})
      yield* off.reject(100)
      yield* Effect.yieldNow
      for (const { store } of [late, other, off]) assert.strictEqual(yield* ids(store), 2)
      // Within the window it would have come.
      const timely = yield* five({ autoRollback: { threshold: 1, window: "30 seconds" } })
      yield* TestClock.adjust("30 seconds")
      yield* timely.reject(1)
      yield* Effect.repeat(ids(timely.store), { until: (id) => id === 3 })
    }),
  )

  it.effect("does not come for the first generation, nor after a rollback", () =>
    Effect.gen(function* () {
      const { second } = yield* Projects
      const store = yield* storeWith(accepting, { autoRollback: { threshold: 1 } })
      yield* store.rejected(1)
      yield* store.reload(second.credentials)
      const restored = yield* store.rollback
      yield* store.rejected(restored.id)
      yield* Effect.yieldNow
      assert.strictEqual(yield* store.current, restored)
    }),
  )
})

layer(Projects.layer)("A watch", (it) => {
  it.effect("of a secret manager tries again with growing pauses, and complains once", () =>
    Effect.gen(function* () {
      const { first, second } = yield* Projects
      let asked = 0
      const store = yield* storeWith(() =>
        Effect.suspend(() => {
          asked += 1
          return Effect.fail(refusal)
        }),
      )
      let secret: Credentials = first.credentials
      const [, logs] = yield* withLogs(
        Effect.gen(function* () {
          const watch = yield* Effect.forkChild(
            store.watch(
              Effect.sync(() => secret),
              { every: "1 minute" },
            ),
          )
          yield* TestClock.adjust("250 millis")
          secret = second.credentials
          // The first pause is that of a watch which has nothing to do. Each reading takes a quarter
          // of a second.
          for (const pause of [60, 1, 2, 4, 8, 16, 32]) {
            const before = asked
            yield* TestClock.adjust(`${pause} seconds`)
            assert.strictEqual(asked, before)
            yield* TestClock.adjust("250 millis")
            assert.strictEqual(asked, before + 1)
          }
          // From then on as often as it looks anyway.
          yield* TestClock.adjust("60 seconds")
          assert.strictEqual(asked, 7)
          yield* TestClock.adjust("250 millis")
          assert.strictEqual(asked, 8)
          yield* Fiber.interrupt(watch)
        }),
      )
      assert.strictEqual(logs.filter(({ level }) => level === "Warn").length, 1)
      assert.strictEqual((yield* store.current).id, 1)
    }),
  )
})

layer(Projects.layer)("Options of the store", (it) => {
  const wrong: ReadonlyArray<readonly [field: string, options: CertificateStoreOptions]> = [
    ["quiet", { quiet: 0 }],
    ["patience", { patience: "Infinity" as never }],
    ["watch.every", { watch: { every: 0 } }],
    ["autoRollback.threshold", { autoRollback: { threshold: 0 } }],
    ["autoRollback.window", { autoRollback: { window: 0 } }],
  ]
  for (const [field, options] of wrong) {
    it.effect(`are checked: ${field}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(storeWith(accepting, options))
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, field)
      }),
    )
  }
})

describe("Warnings of expiry", () => {
  const ending = Effect.fnUntraced(function* (notAfter: string) {
    const project = yield* Pki.project
    const tls = yield* Pki.leaf(project.issuer, {
      commonName: "client",
      key: project.tls,
      notAfter,
    })
    return { ...project.credentials, tls: { ...project.credentials.tls, certificate: tls.chain } }
  })

  it.effect("come at 60 and 30 days and below, once for each certificate and threshold", () =>
    Effect.gen(function* () {
      const store = yield* Effect.provide(
        CertificateStore.make(yield* ending("1970-04-11T00:00:00Z")),
        NodeFileSystem.layer,
      )
      const seen: Array<readonly [daysLeft: number, threshold: number]> = []
      yield* Effect.forkScoped(
        Stream.runForEach(store.expiryWarnings, ({ daysLeft, threshold }) =>
          Effect.sync(() => seen.push([daysLeft, threshold])),
        ),
        { startImmediately: true },
      )
      for (let day = 0; day < 105; day++) yield* TestClock.adjust("1 day")
      assert.deepStrictEqual(
        seen,
        expiryThresholds.map((days) => [days, days] as const),
      )
    }),
  )

  it.effect("begin with the lowest threshold that is reached, and with each new generation", () =>
    Effect.gen(function* () {
      const store = yield* Effect.provide(
        CertificateStore.make(yield* ending("1970-01-21T00:00:00Z")),
        NodeFileSystem.layer,
      )
      const first = yield* Effect.forkChild(
        Stream.runCollect(Stream.take(store.expiryWarnings, 2)),
        { startImmediately: true },
      )
      yield* store.reload(yield* ending("1970-01-06T00:00:00Z"), { proof: "none" })
      const warnings = yield* Fiber.join(first)
      assert.deepStrictEqual(
        warnings.map(({ daysLeft, role, threshold }) => [role, daysLeft, threshold]),
        [
          ["tls-client", 20, 30],
          ["tls-client", 5, 7],
        ],
      )
    }),
  )

  it.effect("are logged by the layer, without a key", () =>
    Effect.gen(function* () {
      const credentials = yield* ending("1970-02-15T00:00:00Z")
      const [, logs] = yield* withLogs(
        Effect.gen(function* () {
          yield* CertificateStore
          for (let day = 0; day < 46; day++) yield* TestClock.adjust("1 day")
        }).pipe(Effect.provide(CertificateStore.layer(credentials))),
      )
      const warned = logs.filter(({ level }) => level === "Warn").map(({ text }) => text)
      assert.deepStrictEqual(
        warned.map((text) => /A certificate (?:ends in \d+ days?|has expired)/.exec(text)?.[0]),
        [
          "A certificate ends in 45 days",
          "A certificate ends in 30 days",
          "A certificate ends in 14 days",
          "A certificate ends in 7 days",
          "A certificate ends in 3 days",
          "A certificate ends in 1 day",
          "A certificate ends in 0 days",
        ],
      )
      const key = Redacted.value(credentials.mle.privateKey as Redacted.Redacted)
      for (const text of warned) {
        assert.include(text, "CN=client")
        assert.notInclude(text, key.split("\n")[2] ?? "")
      }
    }),
  )

  it.effect("are a gauge too, by the first certificate of each role", () =>
    Effect.gen(function* () {
      const store = yield* Effect.provide(
        CertificateStore.make(yield* ending("1970-01-03T00:00:00Z")),
        NodeFileSystem.layer,
      )
      yield* TestClock.adjust("1 day")
      const gauge = `visa_direct_certificate_expiry_seconds{role="tls-client"}`
      assert.include(yield* PrometheusMetrics.format(), `${gauge} 86400`)
      yield* TestClock.adjust("2 days")
      assert.include(yield* PrometheusMetrics.format(), `${gauge} -86400`)
      assert.isTrue(Option.isSome((yield* store.current).mle))
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())),
  )
})
