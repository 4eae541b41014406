/** Where the SDK takes the key from that requests are encrypted for, and how that is said. */
import { assert, describe, it, layer } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { CertificateStore } from "../src/CertificateStore.ts"
import { Jwks } from "../src/Jwks.ts"
import { Mle } from "../src/Mle.ts"
import * as VisaDirect from "../src/VisaDirect.ts"
import { jwk, keyServer, keySet } from "./support/keyServer.ts"
import { pushRequest, sdk } from "./support/simulated.ts"

const pay = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

layer(Simulator.layer(), { excludeTestServices: true })("the key source", (it) => {
  it.effect("is the credentials' server certificate, unless something else is said", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* pay.pipe(Effect.provide(sdk()))
      const [entry] = (yield* simulator.ledger.payments).slice(-1)
      assert.isUndefined(entry?.sealedFor)
      assert.strictEqual((yield* simulator.stats).keySetFetches, 0)
    }),
  )

  it.effect("can be a JWKS by the variables of the environment", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const { kid } = yield* simulator.keySet.rotate()
      const { credentials, keySet, url } = simulator
      const env = {
        VISA_DIRECT_ENVIRONMENT: "sandbox",
        VISA_DIRECT_BASE_URL: url,
        VISA_DIRECT_USER_ID: credentials.userId,
        VISA_DIRECT_PASSWORD: credentials.password,
        VISA_DIRECT_TLS_CERT: credentials.tls.certificateChain,
        VISA_DIRECT_TLS_KEY: credentials.tls.key,
        VISA_DIRECT_TLS_CA: credentials.tls.serverRoot,
        VISA_DIRECT_MLE_KEY_ID: credentials.mle.keyId,
        VISA_DIRECT_MLE_SERVER_CERT: credentials.mle.serverCertificate,
        VISA_DIRECT_MLE_PRIVATE_KEY: credentials.mle.clientPrivateKey,
        VISA_DIRECT_MLE_KEY_SOURCE: "jwks",
        VISA_DIRECT_JWKS_URLS: keySet.url,
      }
      yield* pay.pipe(
        Effect.provide(
          VisaDirect.layerConfig.pipe(
            Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))),
          ),
        ),
      )
      const [entry] = (yield* simulator.ledger.payments).slice(-1)
      assert.strictEqual(entry?.sealedFor, kid)
    }),
  )

  it.effect("that is a JWKS needs one", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Layer.build(sdk({ encryption: { keySource: "jwks" } })))
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      assert.strictEqual(error.reason.field, "jwks.urls")
    }),
  )

  it.effect("is not a JWKS just because one is given", () =>
    Effect.gen(function* () {
      const { keySet } = yield* Simulator
      const error = yield* Effect.flip(Layer.build(sdk({ jwks: { urls: keySet.url } })))
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      assert.strictEqual(error.reason.field, "encryption.keySource")
    }),
  )

  it.effect(
    "must be trusted: its root is one of the public ones, of the credentials or of its own",
    () =>
      Effect.gen(function* () {
        const { keySet, pki } = yield* Simulator
        const stranger = yield* Jwks.make({ urls: keySet.url })
        const error = yield* Effect.flip(stranger.encryptionKey())
        assert.strictEqual(error.reason._tag, "JwksUnavailable")
        assert.match(error.reason.detail ?? "", /UNABLE_TO_VERIFY|SELF_SIGNED/)
        const known = yield* Jwks.make({ urls: keySet.url, roots: pki.serverRoot })
        yield* known.encryptionKey()
      }),
  )
})

describe("Mle with keys of a JWKS", () => {
  const withKeys = (jwks: Layer.Layer<Jwks>) =>
    Mle.layer({ keySource: "jwks" }).pipe(
      Layer.provide(jwks),
      Layer.provideMerge(CertificateStore.layerTest),
    )

  const kidOf = (encData: string): unknown =>
    JSON.parse(Buffer.from(encData.split(".")[0] ?? "", "base64url").toString()).kid

  it.effect("names the key of the JWKS in the JWE, and the client's own id beside it", () =>
    Effect.gen(function* () {
      const mle = yield* Mle
      const store = yield* CertificateStore
      const { encData, keyId } = yield* mle.encrypt(new TextEncoder().encode("{}"))
      assert.strictEqual(kidOf(encData), "test-key")
      const { mle: keys } = yield* store.current
      assert.strictEqual(keyId, keys._tag === "Some" ? keys.value.keyId : undefined)
    }).pipe(Effect.provide(withKeys(Jwks.layerTest))),
  )

  it.effect("fails when there is no key: it never answers with anything in clear", () =>
    Effect.gen(function* () {
      const mle = yield* Mle
      const error = yield* Effect.flip(mle.encrypt(new TextEncoder().encode("{}")))
      assert.strictEqual(error.reason._tag, "JwksKeyNotFound")
    }).pipe(Effect.provide(withKeys(Jwks.layerUnused))),
  )

  it.effect("does not start without a JWKS", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Layer.build(
          Mle.layer({ keySource: "jwks" }).pipe(Layer.provide(CertificateStore.layerTest)),
        ),
      )
      assert.strictEqual(error.reason.field, "encryption.keySource")
    }),
  )
})

describe("a fetch that takes too long", () => {
  it.live("is broken off, and not only given up", () =>
    Effect.gen(function* () {
      const gone = Promise.withResolvers<void>()
      const server = yield* keyServer((response) => {
        response.once("close", () => gone.resolve())
      })
      const jwks = yield* Jwks.make({
        urls: server.url,
        timeout: "200 millis",
        environment: "sandbox",
        allowLoopbackHttp: true,
      })
      yield* Effect.flip(jwks.encryptionKey())
      yield* Effect.promise(() => gone.promise)
      server.answers(keySet([jwk("a")]))
      assert.strictEqual((yield* jwks.encryptionKey()).kid, "a")
    }),
  )
})
