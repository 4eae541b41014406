import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { createPublicKey } from "node:crypto"
import { jwksPath } from "../src/endpoints/Jwks.ts"
import { Simulator } from "../src/Simulator.ts"
import { newStan, opened, post, pushPath, samplePush, send } from "./support/client.ts"

interface Jwk {
  readonly kid: string
  readonly kty: string
  readonly use: string
  readonly alg: string
  readonly n: string
  readonly e: string
}

/** What anybody gets, without a certificate and without a password. */
const fetched = Effect.gen(function* () {
  const simulator = yield* Simulator
  return yield* send(simulator, "GET", jwksPath, undefined, {
    certificate: null,
    headers: { authorization: null },
  })
})

const keysOf = (text: string): ReadonlyArray<Jwk> => JSON.parse(text).keys

const keys = Effect.map(fetched, ({ text }) => keysOf(text))

const bitsOf = ({ e, kty, n }: Jwk) =>
  createPublicKey({ key: { kty, n, e }, format: "jwk" }).asymmetricKeyDetails?.modulusLength

/** A push that is sealed for a key of the set. */
const push = Effect.fnUntraced(function* ({ e, kid, kty, n }: Jwk) {
  const simulator = yield* Simulator
  const certificate = createPublicKey({ key: { kty, n, e }, format: "jwk" })
    .export({ type: "spki", format: "pem" })
    .toString()
  const stan = newStan()
  const answer = yield* post(simulator, pushPath, samplePush({ systemsTraceAuditNumber: stan }), {
    sealing: { certificate, header: { kid } },
  })
  const [entry] = yield* simulator.ledger.entries({ stan })
  return { answer, entry }
})

layer(Simulator.layer(), { excludeTestServices: true })("the JWKS endpoint", (it) => {
  it.effect("serves an RSA-2048 encryption key to everybody", () =>
    Effect.gen(function* () {
      const answer = yield* fetched
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.headers["content-type"], "application/jwk-set+json")
      const [key, ...more] = keysOf(answer.text)
      assert.deepInclude(key, { kty: "RSA", use: "enc", alg: "RSA-OAEP-256" })
      assert.strictEqual(key === undefined ? 0 : bitsOf(key), 2048)
      assert.deepStrictEqual(more, [])
      assert.notMatch(answer.text, /"(d|p|q|dp|dq|qi)"/)
    }),
  )

  it.effect("rotates: a new key in front, as many old ones as are kept", () =>
    Effect.gen(function* () {
      const { keySet } = yield* Simulator
      const [first] = yield* keys
      const { kid } = yield* keySet.rotate()
      assert.deepStrictEqual(
        (yield* keys).map((key) => key.kid),
        [kid, first?.kid],
      )
      const { kid: last } = yield* keySet.rotate({ keep: 0 })
      assert.deepStrictEqual(
        (yield* keys).map((key) => key.kid),
        [last],
      )
    }),
  )

  it.effect(
    "publishes keys that requests can be sealed for; replies are the client's to open",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.keySet.rotate()
        const [newest] = yield* keys
        assert(newest !== undefined)
        const { answer, entry } = yield* push(newest)
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(opened(simulator, answer)["actionCode"], "00")
        assert.strictEqual(entry?.sealedFor, newest.kid)
        assert.strictEqual(entry?.keyId, simulator.credentials.mle.keyId)
      }),
  )

  it.effect("still opens what was sealed for a key that has left the set", () =>
    Effect.gen(function* () {
      const { keySet } = yield* Simulator
      yield* keySet.rotate()
      const [old] = yield* keys
      assert(old !== undefined)
      yield* keySet.rotate({ keep: 0 })
      assert.strictEqual((yield* push(old)).answer.status, 200)
    }),
  )

  it.effect("refuses a kid that was never published, sealed for whichever key", () =>
    Effect.gen(function* () {
      const [key] = yield* keys
      assert(key !== undefined)
      const { answer } = yield* push({ ...key, kid: "somebody-else" })
      assert.strictEqual(answer.status, 401)
    }),
  )

  it.effect("says how long a set is fresh when it is told to", () =>
    Effect.gen(function* () {
      const { keySet } = yield* Simulator
      yield* keySet.serve({ cacheControl: "max-age=120" })
      assert.strictEqual((yield* fetched).headers["cache-control"], "max-age=120")
      yield* keySet.serve({ cacheControl: "" })
      assert.strictEqual((yield* fetched).headers["cache-control"], "")
    }),
  )

  it.effect("counts every request, also one that meets a fault", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const { keySetFetches: before } = yield* simulator.stats
      yield* fetched
      yield* simulator.inject({
        kind: "status",
        match: { endpoint: "Jwks" },
        times: 1,
        status: 302,
        headers: { location: "https://elsewhere.invalid/" },
      })
      const redirected = yield* fetched
      assert.strictEqual(redirected.status, 302)
      assert.strictEqual(redirected.headers["location"], "https://elsewhere.invalid/")
      assert.strictEqual((yield* simulator.stats).keySetFetches, before + 2)
    }),
  )

  describe("serves, on demand,", () => {
    it.effect("an empty set", () =>
      Effect.gen(function* () {
        const { keySet } = yield* Simulator
        yield* keySet.serve({ content: "empty" })
        assert.deepStrictEqual(yield* keys, [])
      }),
    )

    it.effect("keys for signatures only", () =>
      Effect.gen(function* () {
        const { keySet } = yield* Simulator
        yield* keySet.serve({ content: "signatureOnly" })
        const served = yield* keys
        assert.isAbove(served.length, 0)
        assert.isTrue(served.every(({ use }) => use === "sig"))
      }),
    )

    it.effect("a key that is too small", () =>
      Effect.gen(function* () {
        const { keySet } = yield* Simulator
        yield* keySet.serve({ content: "weak" })
        assert.deepStrictEqual((yield* keys).map(bitsOf), [1024])
      }),
    )

    it.effect("two different keys under one kid", () =>
      Effect.gen(function* () {
        const { keySet } = yield* Simulator
        yield* keySet.serve({ content: "duplicateKids" })
        const [one, other] = yield* keys
        assert.strictEqual(one?.kid, other?.kid)
        assert.notStrictEqual(one?.n, other?.n)
      }),
    )

    it.effect("something that is no key set, and the keys again", () =>
      Effect.gen(function* () {
        const { keySet } = yield* Simulator
        yield* keySet.serve({ content: "notAKeySet" })
        assert.isUndefined(yield* keys)
        yield* keySet.serve({ content: "keys" })
        assert.isAbove((yield* keys).length, 0)
      }),
    )
  })
})
