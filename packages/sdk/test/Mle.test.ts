import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { compactDecrypt, CompactEncrypt, decodeProtectedHeader, generateKeyPair } from "jose"
import * as fc from "fast-check"
import { createPublicKey, KeyObject } from "node:crypto"
import { CertificateStore } from "../src/CertificateStore.ts"
import { openJwe } from "../src/internal/openJwe.ts"
import { sealJwe } from "../src/internal/sealJwe.ts"
import { Mle } from "../src/Mle.ts"
import { assertHides } from "./support/renderings.ts"

const plain = new TextEncoder().encode(`{"recipientPrimaryAccountNumber":"4060320000000127"}`)

const live = Mle.layer().pipe(Layer.provideMerge(CertificateStore.layerTest))

const keysOf = Effect.gen(function* () {
  const store = yield* CertificateStore
  const { mle } = yield* store.current
  return yield* Effect.fromOption(mle)
})

/** The test store decrypts with the key of its TLS certificate: this is the other half. */
const replyKey = Effect.gen(function* () {
  const store = yield* CertificateStore
  const { tls } = yield* store.current
  return createPublicKey(tls.certificateChain)
})

const replyFor = Effect.fnUntraced(function* (
  bytes: Uint8Array,
  header: { readonly alg: string; readonly enc: string },
  key: Parameters<CompactEncrypt["encrypt"]>[0],
) {
  return yield* Effect.promise(() =>
    new CompactEncrypt(bytes).setProtectedHeader(header).encrypt(key),
  )
})

describe("Mle", () => {
  it.effect("stamps kid, and iat in milliseconds of the clock, into the protected header", () =>
    Effect.gen(function* () {
      const mle = yield* Mle
      const { keyId } = yield* keysOf
      const encrypted = yield* mle.encrypt(plain)
      assert.strictEqual(encrypted.keyId, keyId)
      assert.deepStrictEqual(decodeProtectedHeader(encrypted.encData), {
        alg: "RSA-OAEP-256",
        enc: "A128GCM",
        kid: keyId,
        iat: yield* Clock.currentTimeMillis,
      })
      assert.strictEqual(encrypted.encData.split(".").length, 5)
    }).pipe(Effect.provide(live)),
  )

  it.effect("seals what jose opens, under both content encryptions", () =>
    Effect.gen(function* () {
      const { privateKey, publicKey } = yield* Effect.promise(() =>
        generateKeyPair("RSA-OAEP-256", { extractable: true }),
      )
      for (const enc of ["A128GCM", "A256GCM"] as const) {
        for (const size of [0, 1, 1_536, 100_000]) {
          const bytes = new Uint8Array(size).fill(7)
          const sealed = sealJwe(bytes, KeyObject.from(publicKey), { enc, kid: "k", iat: 1 })
          const [, , iv, , tag] = sealed.split(".")
          assert.strictEqual(Buffer.from(iv ?? "", "base64url").length, 12)
          assert.strictEqual(Buffer.from(tag ?? "", "base64url").length, 16)
          const opened = yield* Effect.promise(() => compactDecrypt(sealed, privateKey))
          assert.deepStrictEqual(opened.plaintext, bytes)
        }
      }
    }),
  )

  it.effect("opens what jose seals, under both content encryptions", () =>
    Effect.gen(function* () {
      const { privateKey, publicKey } = yield* Effect.promise(() => generateKeyPair("RSA-OAEP-256"))
      for (const enc of ["A128GCM", "A256GCM"] as const) {
        for (const size of [0, 1, 1_536, 100_000]) {
          const bytes = new Uint8Array(size).fill(7)
          const sealed = yield* replyFor(bytes, { alg: "RSA-OAEP-256", enc }, publicKey)
          const opened = yield* Effect.promise(() => openJwe(sealed, privateKey))
          assert.deepStrictEqual(new Uint8Array(opened), bytes)
        }
      }
    }),
  )

  it.effect("opens nothing that was changed in any place", () =>
    Effect.gen(function* () {
      const { privateKey, publicKey } = yield* Effect.promise(() => generateKeyPair("RSA-OAEP-256"))
      const sealed = yield* replyFor(plain, { alg: "RSA-OAEP-256", enc: "A128GCM" }, publicKey)
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(
            fc.nat(sealed.length - 1),
            fc.constantFrom(..."AZaz09-_.=+/ é", ""),
            fc.nat(2),
            async (at, put, drop) => {
              const changed = sealed.slice(0, at) + put + sealed.slice(at + drop)
              const opened = await openJwe(changed, privateKey).catch((error: unknown) => error)
              // The last character of a part has bits that encode nothing.
              if (opened instanceof Uint8Array) {
                assert.deepStrictEqual(new Uint8Array(opened), plain)
                assert.strictEqual(changed.split(".")[0], sealed.split(".")[0])
              } else {
                assert.match(String(Object(opened).code), /^ERR_J(WE|OSE)_/)
              }
            },
          ),
          { numRuns: 300 },
        ),
      )
    }),
  )

  it.effect("opens no header that asks for what Visa does not use", () =>
    Effect.gen(function* () {
      const { privateKey, publicKey } = yield* Effect.promise(() => generateKeyPair("RSA-OAEP-256"))
      const sealed = yield* replyFor(plain, { alg: "RSA-OAEP-256", enc: "A128GCM" }, publicKey)
      const [, ...rest] = sealed.split(".")
      const usual = { alg: "RSA-OAEP-256", enc: "A128GCM" }
      const headers: ReadonlyArray<readonly [header: unknown, code: string]> = [
        [{ ...usual, zip: "DEF" }, "ERR_JOSE_NOT_SUPPORTED"],
        [{ ...usual, crit: ["iat"] }, "ERR_JOSE_NOT_SUPPORTED"],
        [{ ...usual, alg: "dir" }, "ERR_JOSE_ALG_NOT_ALLOWED"],
        [{ ...usual, alg: "RSA1_5" }, "ERR_JOSE_ALG_NOT_ALLOWED"],
        [{ ...usual, enc: "__proto__" }, "ERR_JOSE_ALG_NOT_ALLOWED"],
        // The content key of the other encryption has another length.
        [{ ...usual, enc: "A256GCM" }, "ERR_JWE_DECRYPTION_FAILED"],
        [{ ...usual, kid: "another" }, "ERR_JWE_DECRYPTION_FAILED"],
        [[], "ERR_JWE_INVALID"],
        ["{", "ERR_JWE_INVALID"],
      ]
      for (const [header, code] of headers) {
        const text = typeof header === "string" ? header : JSON.stringify(header)
        const jwe = [Buffer.from(text).toString("base64url"), ...rest].join(".")
        const error: unknown = yield* Effect.promise(() =>
          openJwe(jwe, privateKey).catch((cause: unknown) => cause),
        )
        assert.strictEqual(Object(error).code, code, text)
      }
    }),
  )

  it.effect("encrypts anew each time", () =>
    Effect.gen(function* () {
      const mle = yield* Mle
      const [first, second] = yield* Effect.all([mle.encrypt(plain), mle.encrypt(plain)])
      assert.notStrictEqual(first.encData, second.encData)
    }).pipe(Effect.provide(live)),
  )

  it.effect("uses A256GCM when asked to", () =>
    Effect.gen(function* () {
      const mle = yield* Mle
      const { encData } = yield* mle.encrypt(plain)
      assert.strictEqual(decodeProtectedHeader(encData)["enc"], "A256GCM")
    }).pipe(
      Effect.provide(
        Mle.layer({ contentEncryption: "A256GCM" }).pipe(
          Layer.provideMerge(CertificateStore.layerTest),
        ),
      ),
    ),
  )

  for (const enc of ["A128GCM", "A256GCM"]) {
    it.effect(`decrypts a reply under ${enc}`, () =>
      Effect.gen(function* () {
        const mle = yield* Mle
        const publicKey = yield* replyKey
        const encData = yield* replyFor(plain, { alg: "RSA-OAEP-256", enc }, publicKey)
        assert.deepStrictEqual(yield* mle.decrypt(encData), plain)
      }).pipe(Effect.provide(live)),
    )
  }

  it.effect("refuses algorithms that Visa does not use, tampering, and what is no JWE", () =>
    Effect.gen(function* () {
      const mle = yield* Mle
      const publicKey = yield* replyKey
      const good = yield* replyFor(plain, { alg: "RSA-OAEP-256", enc: "A128GCM" }, publicKey)
      const parts = good.split(".")
      const cases = [
        yield* replyFor(plain, { alg: "RSA-OAEP-256", enc: "A128CBC-HS256" }, publicKey),
        [...parts.slice(0, 3), `${parts[3]?.slice(0, -4)}AAAA`, parts[4]].join("."),
        parts.slice(0, 4).join("."),
        "",
        "not.a.jwe",
        "4060320000000127",
      ]
      for (const encData of cases) {
        const error = yield* Effect.flip(mle.decrypt(encData))
        assert.strictEqual(error.reason._tag, "MleDecryptFailed")
        assertHides(error, ["4060320000000127", ...(encData.length > 40 ? [encData] : [])])
      }
    }).pipe(Effect.provide(live)),
  )

  it.effect("does not open what was sealed for another key", () =>
    Effect.gen(function* () {
      const mle = yield* Mle
      const other = yield* Effect.promise(() => generateKeyPair("RSA-OAEP-256"))
      const encData = yield* replyFor(
        plain,
        { alg: "RSA-OAEP-256", enc: "A128GCM" },
        other.publicKey,
      )
      const error = yield* Effect.flip(mle.decrypt(encData))
      assert.strictEqual(error.reason._tag, "MleDecryptFailed")
    }).pipe(Effect.provide(live)),
  )
})
