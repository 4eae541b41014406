/** Renewals and rollbacks while payments go on, as a simulated Visa sees them over real sockets. */
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Metric, Option, Schema, Stream } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { Simulator } from "effect-visa-direct-simulator"
import type { Credentials as Issued } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { CertificateStore } from "../src/CertificateStore.ts"
import type { Trigger } from "../src/CertificateStore.ts"
import type * as VisaDirect from "../src/VisaDirect.ts"
import { VisaError } from "../src/VisaError.ts"
import { withLogs } from "./support/logs.ts"
import { credentialsOf, pushRequest, sdk } from "./support/simulated.ts"

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

const pushes = (count: number) =>
  Effect.all(
    Array.from({ length: count }, () => push),
    { concurrency: "unbounded" },
  )

/** What the portal hands out to all tests. */
class Sets extends Context.Service<Sets, ReadonlyArray<Issued>>()("test/Sets") {
  static readonly layer = Layer.effect(
    Sets,
    Effect.gen(function* () {
      const { credentials, issue } = yield* Simulator
      return [credentials, ...(yield* Effect.replicateEffect(issue(), 3))]
    }),
  )
}

const setAt = (index: number) =>
  Effect.map(Sets, (sets) => {
    const set = sets[index]
    return set ?? assert.fail(`There is no set ${index}.`)
  })

/** Runs a test with an SDK and a ledger of its own. */
const fresh =
  (options?: Partial<VisaDirect.Options>) =>
  <A, E, R>(test: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      yield* simulator.clearFaults
      yield* simulator.clearScript
      return yield* test
    }).pipe(Effect.provide(sdk(options)))

const connectionsOf = (issued: Issued) =>
  Effect.gen(function* () {
    const { stats } = yield* Simulator
    return (yield* stats).connectionsByFingerprint[issued.tls.fingerprint] ?? 0
  })

const accepted = Effect.flatMap(Simulator, ({ stats }) =>
  Effect.map(stats, ({ acceptedConnections }) => acceptedConnections),
)

const paidWith = Effect.gen(function* () {
  const { ledger } = yield* Simulator
  const last = (yield* ledger.payments).at(-1)
  return last?.fingerprint
})

const published = (trigger: Trigger) =>
  Effect.gen(function* () {
    const { events } = yield* CertificateStore
    return yield* Effect.forkChild(
      Stream.runHead(
        Stream.filter(events, (event) => event._tag === "Published" && event.trigger === trigger),
      ),
      { startImmediately: true },
    )
  })

layer(Sets.layer.pipe(Layer.provideMerge(Simulator.layer()), Layer.orDie), {
  timeout: 60_000,
  excludeTestServices: true,
})("A renewal", (it) => {
  it.effect("opens as many connections as are in use before anybody waits for one", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const simulator = yield* Simulator
      const second = yield* setAt(1)
      yield* simulator.script({ answer: { processingMillis: 100 } })
      yield* pushes(8)
      yield* store.reload(credentialsOf(second))
      yield* Effect.repeat(connectionsOf(second), { until: (open) => open >= 8 })
      const before = yield* accepted
      yield* pushes(8)
      assert.strictEqual(yield* accepted, before)
      assert.strictEqual(yield* paidWith, second.tls.fingerprint)
    }).pipe(fresh()),
  )

  it.effect("keeps the old connections for a rollback, which finds them as they were", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const [first, second] = [yield* setAt(0), yield* setAt(1)]
      yield* push
      yield* store.reload(credentialsOf(second))
      yield* push
      assert.strictEqual(yield* paidWith, second.tls.fingerprint)
      assert.isAtLeast(yield* connectionsOf(first), 1)
      const restored = yield* store.rollback
      const before = yield* accepted
      const { exchange } = yield* push
      assert.strictEqual(exchange.generation, restored.id)
      assert.strictEqual(yield* paidWith, first.tls.fingerprint)
      assert.strictEqual(yield* accepted, before)
    }).pipe(fresh()),
  )

  it.effect("closes the connections of the set before the last one at once", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const [first, second, third] = [yield* setAt(0), yield* setAt(1), yield* setAt(2)]
      yield* push
      yield* store.reload(credentialsOf(second))
      assert.isAtLeast(yield* connectionsOf(first), 1)
      yield* store.reload(credentialsOf(third))
      yield* Effect.repeat(connectionsOf(first), { until: (open) => open === 0 })
      assert.isAtLeast(yield* connectionsOf(second), 1)
    }).pipe(fresh()),
  )

  it.effect("keeps no connection that nobody wants for longer than an idle one", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const simulator = yield* Simulator
      const second = yield* setAt(1)
      yield* simulator.script({ answer: { processingMillis: 100 } })
      yield* pushes(8)
      const before = yield* accepted
      yield* store.reload(credentialsOf(second))
      assert.isAtLeast((yield* accepted) - before, 7)
      // Those that made the proof are in the pool, which goes by the server's keep-alive.
      yield* Effect.repeat(connectionsOf(second), { until: (open) => open <= 2 })
      yield* pushes(8)
      assert.strictEqual(yield* paidWith, second.tls.fingerprint)
    }).pipe(fresh({ keepAlive: "50 millis" })),
  )

  it.effect("shows how many pools are open, and how many were opened", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const simulator = yield* Simulator
      const shown = Effect.map(PrometheusMetrics.format(), (page) => [
        /visa_direct_connection_pools (\d+)/.exec(page)?.[1],
        /visa_direct_connection_pools_opened_total (\d+)/.exec(page)?.[1],
      ])
      yield* push
      assert.deepStrictEqual(yield* shown, ["1", "1"])
      yield* store.reload(credentialsOf(yield* setAt(1)))
      assert.deepStrictEqual(yield* shown, ["2", "2"])
      const wrong = credentialsOf(yield* simulator.issue({ defect: "wrongPassword" }))
      yield* Effect.flip(store.reload(wrong))
      yield* Effect.repeat(shown, { until: ([open]) => open === "2" })
      yield* store.reload(credentialsOf(yield* setAt(2)))
      yield* Effect.repeat(shown, { until: ([open]) => open === "2" })
      assert.deepStrictEqual(yield* shown, ["2", "4"])
    }).pipe(fresh(), Effect.provideService(Metric.MetricRegistry, new Map())),
  )

  it.effect("breaks what still runs on the old connections when the deadline has passed", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const simulator = yield* Simulator
      yield* simulator.inject({ kind: "hang", times: 1, match: { endpoint: "PushFunds" } })
      const hanging = yield* Effect.forkChild(push)
      const hangs = Effect.map(simulator.stats, ({ ledger }) => ledger.byFault["hang"])
      yield* Effect.repeat(hangs, { until: (count) => count === 1 })
      yield* store.reload(credentialsOf(yield* setAt(1)))
      const error = yield* Effect.flip(Fiber.join(hanging))
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      assert.strictEqual(error.money, "Unknown")
      assert.strictEqual((yield* push).exchange.generation, 2)
    }).pipe(fresh({ keepPrevious: "1 millis", drainDeadline: "100 millis" })),
  )

  it.effect("of a certificate that nobody can prove is taken only when that is said", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const simulator = yield* Simulator
      const wrong = credentialsOf(yield* simulator.issue({ defect: "wrongPassword" }))
      const error = yield* Effect.flip(store.reload(wrong, { proof: "connection" }))
      assert.strictEqual(error.reason._tag, "CredentialsRejected")
      assert.strictEqual((yield* store.reload(wrong, { proof: "none" })).id, 2)
      assert.strictEqual((yield* Effect.flip(push)).reason._tag, "CredentialsRejected")
      yield* store.rollback
      yield* push
    }).pipe(fresh()),
  )

  it.effect("whose MLE keys are wrong passes the connection's proof, and not the full one", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const simulator = yield* Simulator
      const wrong = credentialsOf(yield* simulator.issue({ defect: "foreignMleKey" }))
      const error = yield* Effect.flip(store.reload(wrong))
      assert.strictEqual(error.reason._tag, "MleDecryptFailed")
      assert.strictEqual((yield* store.reload(wrong, { proof: "connection" })).id, 2)
    }).pipe(fresh()),
  )

  it.effect("is proved without an entry of money, and without a card", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const simulator = yield* Simulator
      yield* store.reload(credentialsOf(yield* setAt(1)))
      const entries = yield* simulator.ledger.entries()
      assert.deepStrictEqual(
        entries.map(({ kind, maskedPan, path }) => [kind, path, maskedPan]),
        [
          ["probe", "/vdp/helloworld", undefined],
          ["query", "/visadirect/v1/transactionquery", undefined],
          [
            "refused",
            "/paai/fundstransferattinq/v5/cardattributes/fundstransferinquiry",
            undefined,
          ],
        ],
      )
      assert.deepStrictEqual(yield* simulator.ledger.payments, [])
    }).pipe(fresh()),
  )

  it.effect("may come from an effect, whose failure is its own", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const second = yield* setAt(1)
      const down = Effect.fail(VisaError.of("OptionInvalid", { field: "vault" }))
      const error = yield* Effect.flip(store.reload(down))
      assert.strictEqual(error.reason.field, "vault")
      const generation = yield* store.reload(Effect.succeed(credentialsOf(second)))
      assert.strictEqual(generation.fingerprints[0], second.tls.fingerprint)
    }).pipe(fresh({ rotation: { quiet: "1 millis" } })),
  )

  it.effect("without MLE keys is refused where Visa demands encryption", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const { mle: _, ...rest } = credentialsOf(yield* setAt(1))
      const error = yield* Effect.flip(store.reload(rest))
      assert.strictEqual(error.reason._tag, "MleKeysMissing")
      yield* push
    }).pipe(fresh({ environment: "certification" })),
  )

  it.effect("survives a server that changes its root, and an authority that ends", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const simulator = yield* Simulator
      yield* simulator.rotateTrust({ server: "announce", clients: "add" })
      yield* push
      const renewed = yield* simulator.issue()
      yield* store.reload(credentialsOf(renewed))
      yield* simulator.rotateTrust({ server: "present", clients: "drop" })
      yield* pushes(8)
      assert.strictEqual(yield* paidWith, renewed.tls.fingerprint)
    }).pipe((test) => Effect.provide(test, sdk()), Effect.provide(Simulator.layer())),
  )

  it.effect(
    "of a project that lacks the APIs of the proof is taken, and the log says what it is",
    () =>
      Effect.gen(function* () {
        const store = yield* CertificateStore
        const simulator = yield* Simulator
        const renewed = credentialsOf(yield* simulator.issue())
        const [generation, logs] = yield* withLogs(store.reload(renewed))
        assert.strictEqual(generation.id, 2)
        assert.isTrue(
          logs.some(({ level, text }) => level === "Warn" && text.includes("is not proved")),
        )
      }).pipe(
        (test) => Effect.provide(test, sdk()),
        Effect.provide(
          Simulator.layer({
            notInProject: [
              "/visadirect/v1/transactionquery",
              "/paai/fundstransferattinq/v5/cardattributes/fundstransferinquiry",
            ],
          }),
        ),
      ),
  )

  it.effect("can be proved again while it is in use, and stays in use when it fails", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const simulator = yield* Simulator
      const renewed = yield* simulator.issue()
      yield* store.reload(credentialsOf(renewed))
      yield* store.prove("full")
      yield* simulator.expire({ userId: renewed.userId })
      const error = yield* Effect.flip(store.prove("connection"))
      assert.strictEqual(error.reason._tag, "CertificateMismatch")
      assert.isAtLeast(yield* connectionsOf(renewed), 1)
      assert.strictEqual((yield* store.current).id, 2)
    }).pipe(fresh()),
  )
})

const refusals: ReadonlyArray<
  readonly [name: string, refuse: (issued: Issued) => { userId?: string; keyId?: string }]
> = [
  ["its certificate", ({ userId }) => ({ userId })],
  ["its Key-ID", ({ mle }) => ({ keyId: mle.keyId })],
]

layer(Sets.layer.pipe(Layer.provideMerge(Simulator.layer()), Layer.orDie), {
  timeout: 60_000,
  excludeTestServices: true,
})("A renewal after which Visa refuses requests", (it) => {
  for (const [name, refuse] of refusals) {
    it.effect(`for ${name} is rolled back by itself, if that is wanted`, () =>
      Effect.gen(function* () {
        const store = yield* CertificateStore
        const simulator = yield* Simulator
        const renewed = yield* simulator.issue()
        yield* push
        yield* store.reload(credentialsOf(renewed))
        yield* push
        yield* simulator.revoke(refuse(renewed))
        const back = yield* published("automatic rollback")
        for (let failures = 0; failures < 3; failures++) {
          assert.strictEqual((yield* Effect.flip(push)).money, "NotMoved")
        }
        assert.isTrue(Option.isSome(yield* Fiber.join(back)))
        assert.strictEqual((yield* push).exchange.generation, 3)
        assert.strictEqual(yield* paidWith, (yield* setAt(0)).tls.fingerprint)
      }).pipe(fresh({ rotation: { autoRollback: { threshold: 3 } } })),
    )
  }

  it.effect("is not rolled back unless that is wanted, nor for declines", () =>
    Effect.gen(function* () {
      const store = yield* CertificateStore
      const simulator = yield* Simulator
      yield* simulator.script({ answer: { actionCode: "05" } })
      yield* store.reload(credentialsOf(yield* setAt(1)))
      yield* Effect.replicateEffect(Effect.flip(push), 3)
      assert.strictEqual((yield* store.current).id, 2)
    }).pipe(fresh({ rotation: { autoRollback: { threshold: 1 } } })),
  )
})

/** What an operator, or the world, can do to the credentials. */
const steps = ["reload", "rollback", "broken reload", "nothing"] as const

layer(Sets.layer.pipe(Layer.provideMerge(Simulator.layer()), Layer.orDie), {
  timeout: 120_000,
  excludeTestServices: true,
})("A set of credentials", (it) => {
  it.effect.prop(
    "is never half of one and half of another for any request, and no request fails",
    [Schema.Array(Schema.Literals(steps)).check(Schema.isMinLength(4), Schema.isMaxLength(8))],
    ([sequence]) =>
      Effect.gen(function* () {
        const store = yield* CertificateStore
        const simulator = yield* Simulator
        const sets = yield* Sets
        let next = 0
        let done = false
        const worker = Effect.gen(function* () {
          let count = 0
          while (!done) {
            yield* push
            count += 1
          }
          return count
        })
        const workers = yield* Effect.forkChild(
          Effect.all([worker, worker, worker, worker, worker, worker], {
            concurrency: "unbounded",
          }),
        )
        for (const step of sequence) {
          const set = sets[(next += 1) % sets.length] ?? simulator.credentials
          const credentials = credentialsOf(set)
          switch (step) {
            case "reload":
              yield* store.reload(credentials)
              break
            case "rollback":
              yield* Effect.ignore(store.rollback)
              break
            case "broken reload":
              yield* Effect.flip(
                store.reload({ ...credentials, basic: { ...credentials.basic, userId: "NOBODY" } }),
              )
              break
            case "nothing":
              yield* push
          }
        }
        done = true
        const sent = (yield* Fiber.join(workers)).reduce((sum, count) => sum + count, 0)
        const { ledger, mixedIdentities } = yield* simulator.stats
        assert.strictEqual(mixedIdentities, 0)
        assert.isAtLeast(ledger.byKind["push"] ?? 0, sent)
        assert.isAtLeast(sent, 6)
      }).pipe(fresh({ keepPrevious: "50 millis" })),
    { arbitrary: { runs: 6 } },
  )
})
