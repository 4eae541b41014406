/** What a JWKS endpoint can do wrong, over real TLS, while payments are made. */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Exit, Layer, Logger, Option } from "effect"
import { TestClock } from "effect/testing"
import type { Fault, KeySetContent, SimulatorControl } from "effect-visa-direct-simulator"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { CertificateStore } from "../src/CertificateStore.ts"
import { Jwks } from "../src/Jwks.ts"
import type { JwksOptions } from "../src/Jwks.ts"
import type { Tag } from "../src/VisaError.ts"
import { credentialsOf, pushRequest, sdk } from "./support/simulated.ts"

const match = { endpoint: "Jwks" }

/** A way to go wrong. */
interface Outage {
  readonly what: string
  readonly tag: Tag
  readonly fault?: Fault
  readonly content?: KeySetContent
  readonly options?: Partial<JwksOptions>
  /** What the error says, besides the endpoint. */
  readonly detail: RegExp
}

const outages: ReadonlyArray<Outage> = [
  {
    what: "HTTP 500",
    tag: "JwksUnavailable",
    fault: { kind: "status", match, status: 500, body: "oops" },
    detail: /HTTP 500$/,
  },
  {
    what: "a hang",
    tag: "JwksUnavailable",
    fault: { kind: "hang", match },
    options: { timeout: "1 second" },
    detail: /No whole answer came in time$/,
  },
  {
    what: "a redirect, even to where the keys are",
    tag: "JwksUnavailable",
    fault: {
      kind: "status",
      match,
      status: 302,
      headers: { location: "/.well-known/jwks?elsewhere" },
    },
    detail: /HTTP 302: it redirects, which is not followed$/,
  },
  {
    what: "HTML",
    tag: "JwksMalformed",
    fault: { kind: "html", match },
    detail: /It is not a JSON object with an array keys$/,
  },
  {
    what: "100 MB",
    tag: "JwksMalformed",
    fault: { kind: "hugeBody", match, bytes: 100_000_000 },
    detail: /It is larger than 262144 bytes$/,
  },
  {
    what: "an empty body",
    tag: "JwksMalformed",
    fault: { kind: "empty", match },
    detail: /It is not a JSON object with an array keys$/,
  },
  {
    what: "an answer that breaks off",
    tag: "JwksUnavailable",
    fault: { kind: "resetMidBody", match },
    detail: /ECONNRESET|UND_ERR_SOCKET$/,
  },
  {
    what: "an empty set",
    tag: "JwksKeyNotFound",
    content: "empty",
    detail: /It is empty$/,
  },
  {
    what: "JSON that is no key set",
    tag: "JwksMalformed",
    content: "notAKeySet",
    detail: /It is not a JSON object with an array keys$/,
  },
  {
    what: "two different keys under one kid",
    tag: "JwksMalformed",
    content: "duplicateKids",
    detail: /Two different encryption keys have the same kid$/,
  },
  {
    what: "keys for signatures only",
    tag: "JwksKeyNotFound",
    content: "signatureOnly",
    detail: /None of its keys can be used: key 1: its use is sig$/,
  },
  {
    what: "keys that are too small",
    tag: "JwksKeyNotFound",
    content: "weak",
    detail: /None of its keys can be used: key 1: it has 1024 bits and not at least 2048$/,
  },
]

/** Begins an outage, and ends it with the scope. */
const begin = ({ content, fault }: Outage, simulator: SimulatorControl) =>
  Effect.acquireRelease(
    Effect.andThen(
      fault === undefined ? Effect.void : simulator.inject(fault),
      content === undefined ? Effect.void : simulator.keySet.serve({ content }),
    ),
    () => Effect.andThen(simulator.clearFaults, simulator.keySet.serve({ content: "keys" })),
  )

const sdkWith = (options?: Partial<JwksOptions>) =>
  Layer.unwrap(
    Effect.map(Simulator, ({ keySet }) =>
      sdk({ encryption: { keySource: "jwks" }, jwks: { urls: keySet.url, ...options } }),
    ),
  )

const pay = Effect.gen(function* () {
  const { ledger } = yield* Simulator
  const { actionCode } = yield* FundsTransfer.push(yield* pushRequest())
  const last = (yield* ledger.payments).at(-1)
  return { actionCode, sealedFor: last?.sealedFor ?? last?.keyId }
})

/** Requests other than those for the keys. */
const sent = Effect.gen(function* () {
  const { ledger } = yield* Simulator
  const entries = yield* ledger.entries()
  return entries.filter(({ endpoint }) => endpoint !== "Jwks").length
})

const shared = { excludeTestServices: true }

layer(Simulator.layer(), shared)("with keys from a JWKS", (it) => {
  it.effect("payments are encrypted for the newest key of the set, and replies are opened", () =>
    Effect.gen(function* () {
      const { keySet } = yield* Simulator
      const { kid } = yield* keySet.rotate()
      assert.deepStrictEqual(yield* pay.pipe(Effect.provide(sdkWith())), {
        actionCode: "00",
        sealedFor: kid,
      })
    }),
  )

  for (const outage of outages) {
    describe(`when the endpoint answers with ${outage.what}`, () => {
      it.effect("payments go on with the last good keys, and a warning without key material", () =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          const lines: Array<string> = []
          const logger = Logger.make(({ logLevel, message }) => {
            lines.push(`${logLevel} ${String(message)}`)
          })
          yield* Effect.gen(function* () {
            const jwks = yield* Jwks
            const before = yield* pay
            yield* begin(outage, simulator)
            const error = yield* Effect.flip(jwks.refresh)
            assert.strictEqual(error.reason._tag, outage.tag)
            assert.match(error.reason.detail ?? "", outage.detail)
            assert.strictEqual(error.money, "NotMoved")
            assert.deepStrictEqual(yield* pay, before)
            const key = yield* jwks.encryptionKey()
            for (const text of [...lines, error.message]) {
              assert.notInclude(text, key.jwk.n.slice(0, 20))
            }
          }).pipe(
            Effect.scoped,
            Effect.provide(
              sdkWith(outage.options).pipe(Layer.provideMerge(Logger.layer([logger]))),
            ),
          )
          const warnings = lines.filter((line) => line.startsWith(`Warn ${outage.tag}: `))
          assert.strictEqual(warnings.length, 1)
          assert.match(warnings[0] ?? "", /; keys of \d+ s ago stay in use$/)
        }),
      )

      it.effect(
        "and there are no keys yet, payments fail: nothing is sent, in clear or otherwise",
        () =>
          Effect.gen(function* () {
            const simulator = yield* Simulator
            yield* Effect.gen(function* () {
              yield* begin(outage, simulator)
              const before = yield* sent
              const exit = yield* Effect.exit(FundsTransfer.push(yield* pushRequest()))
              const error = Option.getOrThrow(Exit.findErrorOption(exit))
              assert.strictEqual(error.reason._tag, outage.tag)
              assert.strictEqual(error.money, "NotMoved")
              assert.strictEqual(yield* sent, before)
            }).pipe(Effect.scoped, Effect.provide(sdkWith(outage.options)))
          }),
      )
    })
  }

  it.effect("a key that vanishes from the set is not used for the next payment", () =>
    Effect.gen(function* () {
      const { keySet } = yield* Simulator
      yield* Effect.gen(function* () {
        const jwks = yield* Jwks
        const before = yield* pay
        const { kid } = yield* keySet.rotate({ keep: 0 })
        yield* jwks.refresh
        const after = yield* pay
        assert.notStrictEqual(after.sealedFor, before.sealedFor)
        assert.strictEqual(after.sealedFor, kid)
        const gone = yield* Effect.flip(jwks.encryptionKey(before.sealedFor))
        assert.strictEqual(gone.reason._tag, "JwksKeyNotFound")
      }).pipe(Effect.provide(sdkWith()))
    }),
  )

  it.effect("new credentials make the set be asked for anew", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* Effect.gen(function* () {
        yield* pay
        const { kid } = yield* simulator.keySet.rotate()
        const store = yield* CertificateStore
        yield* store.reload(credentialsOf(yield* simulator.issue()))
        assert.strictEqual((yield* pay).sealedFor, kid)
      }).pipe(Effect.provide(sdkWith()))
    }),
  )
})

describe("a slow endpoint", () => {
  // In 1970, where the test's clock begins.
  const simulator = Simulator.layer({}, { validity: { notBefore: new Date(0) } })

  it.effect("holds no payment up once there are keys", () =>
    Effect.gen(function* () {
      const { inject } = yield* Simulator
      const first = yield* pay
      yield* inject({ kind: "hang", match })
      yield* TestClock.adjust("10 minutes")
      // The clock stands still now: whoever waited for the endpoint would wait for ever.
      assert.deepStrictEqual(yield* pay, first)
    }).pipe(Effect.provide(sdkWith().pipe(Layer.provideMerge(simulator)))),
  )
})
