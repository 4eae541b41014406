/** Which keys of a set are used: what RFC 7517 leaves to the reader, and what must never be used. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, References } from "effect"
import * as fc from "fast-check"
import { generateKeyPairSync } from "node:crypto"
import { Jwks } from "../src/Jwks.ts"
import { jwk, keyServer, keySet, status } from "./support/keyServer.ts"
import type { Respond } from "./support/keyServer.ts"

/** The kids that are used of what an endpoint answers, or why there are none. */
const usedOf = Effect.fnUntraced(function* (respond: Respond) {
  const { url } = yield* keyServer(respond)
  const jwks = yield* Jwks.make({ urls: url, environment: "sandbox", allowLoopbackHttp: true })
  return yield* jwks.keys.pipe(
    Effect.map((keys) => keys.map(({ kid }) => kid).join(" ")),
    Effect.catch(({ reason }) =>
      Effect.succeed(`${reason._tag}: ${reason.detail?.replace(`${url}: `, "")}`),
    ),
  )
})

const passedOver = (why: string) => `JwksKeyNotFound: None of its keys can be used: key 1: ${why}`

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" })

/** One as a big-endian number, in base64url. */
const one = "AQ"

type Case = readonly [what: string, key: unknown, result: string]

const cases: ReadonlyArray<Case> = [
  ["use enc and alg RSA-OAEP-256", jwk("a"), "a"],
  ["use enc, no alg", jwk("a", { alg: undefined }), "a"],
  ["alg alone", jwk("a", { use: undefined }), "a"],
  ["key_ops that wrap", jwk("a", { use: undefined, alg: undefined, key_ops: ["wrapKey"] }), "a"],
  ["key_ops that encrypt", jwk("a", { use: undefined, key_ops: ["verify", "encrypt"] }), "a"],
  ["a certificate beside it", jwk("a", { x5c: ["MIIB"], x5t: "abc" }), "a"],
  ["use sig", jwk("a", { use: "sig" }), passedOver("its use is sig")],
  [
    "use enc, but key_ops that verify",
    jwk("a", { key_ops: ["verify"] }),
    passedOver("its key_ops do not encrypt"),
  ],
  ["another alg", jwk("a", { alg: "RSA1_5" }), passedOver("its alg is RSA1_5")],
  [
    "no word on what it is for",
    jwk("a", { use: undefined, alg: undefined }),
    passedOver("it does not say what it is for"),
  ],
  ["no kid", jwk("a", { kid: undefined }), passedOver("it has no usable kid")],
  ["an empty kid", jwk("a", { kid: "" }), passedOver("it has no usable kid")],
  [
    "a kid that splits a header",
    jwk("a", { kid: "a\r\nx-other: 1" }),
    passedOver("it has no usable kid"),
  ],
  ["a kid that is no text", jwk("a", { kid: 7 }), passedOver("it is not a JWK")],
  ["an elliptic curve", { ...ec, kid: "ec", use: "enc" }, passedOver("its kty is EC")],
  [
    "a symmetric key",
    { kty: "oct", kid: "o", use: "enc", k: "c2VjcmV0" },
    passedOver("it holds private members, so it is known to others"),
  ],
  [
    "a private key",
    jwk("a", { d: "AQAB" }),
    passedOver("it holds private members, so it is known to others"),
  ],
  ["1024 bits", jwk("weak"), passedOver("it has 1024 bits and not at least 2048")],
  ["the exponent 1", jwk("a", { e: one }), passedOver("its exponent is not one of RSA")],
  ["an even exponent", jwk("a", { e: "Ag" }), passedOver("its exponent is not one of RSA")],
  ["no modulus", jwk("a", { n: undefined }), passedOver("its numbers cannot be read")],
  [
    "a modulus that is not base64url",
    jwk("a", { n: "+/==" }),
    passedOver("its numbers cannot be read"),
  ],
  ["text in place of a key", "key", passedOver("it is not a JWK")],
  ["null in place of a key", null, passedOver("it is not a JWK")],
  [
    "an alg that writes log lines",
    jwk("a", { alg: "x\nERROR all money lost" }),
    passedOver("its alg is not one that is known"),
  ],
]

describe("of a key with", () => {
  for (const [what, key, result] of cases) {
    it.effect(`${what}: ${result.includes(" ") ? "not used" : "used"}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* usedOf(keySet([key])), result)
      }),
    )
  }
})

describe("of a set", () => {
  it.effect("those that cannot be used are passed over, the others used", () =>
    Effect.gen(function* () {
      const set = keySet([jwk("weak"), { ...ec, kid: "ec" }, jwk("b"), jwk("a", { use: "sig" })])
      assert.strictEqual(yield* usedOf(set), "b")
    }),
  )

  it.effect("a key for signatures may have the kid of one for encryption", () =>
    Effect.gen(function* () {
      const set = keySet([jwk("a", { kid: "k", use: "sig" }), jwk("b", { kid: "k" })])
      assert.strictEqual(yield* usedOf(set), "k")
    }),
  )

  it.effect("the same key twice is one key", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* usedOf(keySet([jwk("a"), jwk("a")])), "a")
    }),
  )

  it.effect("two different keys under one kid spoil it all", () =>
    Effect.gen(function* () {
      const set = keySet([jwk("a", { kid: "k" }), jwk("b", { kid: "k" }), jwk("a")])
      assert.strictEqual(
        yield* usedOf(set),
        "JwksMalformed: Two different encryption keys have the same kid",
      )
    }),
  )

  it.effect("more than a hundred keys are too many", () =>
    Effect.gen(function* () {
      const set = keySet(Array.from({ length: 101 }, () => ({})))
      assert.strictEqual(yield* usedOf(set), "JwksMalformed: It has 101 keys, more than 100")
    }),
  )

  const bodies: ReadonlyArray<readonly [what: string, body: string]> = [
    ["an array", "[]"],
    ["keys that are no array", '{"keys":{}}'],
    ["a number", "7"],
    ["JSON that breaks off", '{"keys":['],
    ["bytes", "\u0000\u0001\uFFFD"],
  ]
  for (const [what, body] of bodies) {
    it.effect(`${what} is none`, () =>
      Effect.gen(function* () {
        assert.strictEqual(
          yield* usedOf(status(200, {}, body)),
          "JwksMalformed: It is not a JSON object with an array keys",
        )
      }),
    )
  }

  it.effect("one that is compressed although nobody asked for that is none", () =>
    Effect.gen(function* () {
      const set = keySet([jwk("a")], { "content-encoding": "gzip" })
      assert.strictEqual(
        yield* usedOf(set),
        "JwksMalformed: It is compressed, which was not asked for",
      )
    }),
  )

  it.effect("one that grows without end is broken off at the limit", () =>
    Effect.gen(function* () {
      let written = 0
      const endless: Respond = (response) => {
        response.writeHead(200, { "transfer-encoding": "chunked" })
        const more = () => {
          while (!response.destroyed && response.write(" ".repeat(65_536))) written += 65_536
          if (!response.destroyed) response.once("drain", more)
        }
        more()
      }
      assert.strictEqual(yield* usedOf(endless), "JwksMalformed: It is larger than 262144 bytes")
      // What the kernel's buffers hold was written, too.
      assert.isBelow(written, 100_000_000)
    }),
  )
})

describe("whatever the members of a key are", () => {
  const member = fc.oneof(
    fc.constantFrom("enc", "sig", "RSA", "EC", "RSA-OAEP-256", "RS256", "AQAB", one, "a", ""),
    fc.constant(String(jwk("a")["n"])),
    fc.constant(String(jwk("weak")["n"])),
    fc.jsonValue({ maxDepth: 1 }),
  )
  const key = fc.record(
    {
      kty: fc.oneof({ weight: 3, arbitrary: fc.constant("RSA") }, { weight: 1, arbitrary: member }),
      kid: fc.oneof({ weight: 3, arbitrary: fc.constant("a") }, { weight: 1, arbitrary: member }),
      use: fc.oneof({ weight: 3, arbitrary: fc.constant("enc") }, { weight: 1, arbitrary: member }),
      key_ops: fc.oneof(fc.constant(["encrypt"]), member),
      alg: member,
      n: fc.oneof(
        { weight: 3, arbitrary: fc.constant(jwk("a")["n"]) },
        { weight: 1, arbitrary: member },
      ),
      e: fc.oneof({ weight: 3, arbitrary: fc.constant("AQAB") }, { weight: 1, arbitrary: member }),
      d: member,
    },
    { requiredKeys: ["kty", "kid"] },
  )

  it("what is used is an RSA key of 2048 bits that was meant for encryption, and nothing throws", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(key, fc.jsonValue()), { maxLength: 5 }), async (keys) => {
        const used = await Effect.runPromise(
          Effect.scoped(
            Effect.gen(function* () {
              const { url } = yield* keyServer(keySet(keys))
              const jwks = yield* Jwks.make({
                urls: url,
                environment: "sandbox",
                allowLoopbackHttp: true,
              })
              return yield* Effect.catch(jwks.keys, () => Effect.succeed([]))
            }),
          ).pipe(Effect.provideService(References.MinimumLogLevel, "None")),
        )
        for (const { bits, kid, publicKey } of used) {
          assert.strictEqual(bits, 2048)
          const exponent = publicKey.asymmetricKeyDetails?.publicExponent ?? 0n
          assert.isTrue(exponent >= 3n && exponent % 2n === 1n && exponent < 1n << 256n)
          // Several entries may have the kid; a usable one among them is enough.
          assert.isTrue(keys.some((each) => isMeantForEncryption(each) && each["kid"] === kid))
        }
      }),
      { numRuns: 100 },
    ))
})

const isMeantForEncryption = (entry: unknown): entry is Readonly<Record<string, unknown>> =>
  typeof entry === "object" &&
  entry !== null &&
  !("d" in entry) &&
  (!("use" in entry) || entry.use === "enc")
