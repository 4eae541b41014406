import { assert, layer } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { X509Certificate } from "node:crypto"
import { Agent } from "node:https"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import type { Credentials } from "../src/Credentials.ts"
import { get, newStan, post, pushPath, queryPath, samplePush, send } from "./support/client.ts"
import type { Answer, Target } from "./support/client.ts"

const hello = "/vdp/helloworld"

const codeOf = ({ status, text }: Answer): string =>
  `${status}/${JSON.parse(text).responseStatus?.code ?? ""}`

const push = (target: Target) =>
  post(target, pushPath, samplePush({ systemsTraceAuditNumber: newStan() }))

const withCredentials = (target: Target, credentials: Credentials): Target => ({
  url: target.url,
  credentials,
})

layer(Pki.layer({ validity: { notBefore: new Date(0) } }), { timeout: 60_000 })(
  "A simulator that rotates",
  (it) => {
    it.effect("serves every set of a project beside the others, until one is revoked", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const second = withCredentials(simulator, yield* simulator.issue())
        const third = withCredentials(simulator, yield* simulator.issue({ mle: "same" }))
        for (const set of [simulator, second, third]) {
          assert.strictEqual((yield* push(set)).status, 200)
        }
        const { keyId } = second.credentials.mle
        assert.strictEqual(third.credentials.mle.keyId, keyId)
        yield* simulator.revoke({ userId: second.credentials.userId })
        assert.strictEqual(codeOf(yield* push(second)), "401/9125")
        assert.strictEqual((yield* push(simulator)).status, 200)
        yield* simulator.revoke({ keyId })
        assert.strictEqual(codeOf(yield* push(third)), "401/9210")
        assert.strictEqual((yield* send(third, "GET", hello, undefined)).status, 200)
      }),
    )

    it.effect("lets a certificate, or the certificates of an MLE key, expire on demand", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const { mle, userId } = simulator.credentials
        assert.strictEqual((yield* push(simulator)).status, 200)
        yield* simulator.expire({ keyId: mle.keyId })
        assert.strictEqual(codeOf(yield* push(simulator)), "401/9210")
        assert.strictEqual((yield* send(simulator, "GET", hello, undefined)).status, 200)
        yield* simulator.expire({ userId })
        assert.strictEqual(codeOf(yield* send(simulator, "GET", hello, undefined)), "401/9125")
      }),
    )

    it.effect.each([
      ["wrongPassword", "401/9123", "401/9123"],
      ["unknownKeyId", "200/", "401/9210"],
      ["foreignMleServer", "200/", "401/9210"],
      ["foreignMleKey", "200/", "200/"],
    ] as const)("issues a set that is wrong as a whole: %s", ([defect, probe, pushed]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const set = withCredentials(simulator, yield* simulator.issue({ defect }))
        assert.strictEqual(codeOf(yield* send(set, "GET", hello, undefined)), probe)
        assert.strictEqual(codeOf(yield* push(set)), pushed)
      }),
    )

    it.effect("issues with the dates that are asked for", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const notAfter = DateTime.makeUnsafe("2049-03-01T12:00:00Z")
        const { mle, tls } = yield* simulator.issue({ validity: { notAfter } })
        for (const pem of [tls.certificateChain, mle.serverCertificate, mle.clientCertificate]) {
          const { validToDate } = new X509Certificate(pem)
          assert.deepStrictEqual(validToDate, DateTime.toDateUtc(notAfter))
        }
      }),
    )

    it.effect("announces a new server root, then shows a certificate under it", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const { serverRoots } = yield* simulator.rotateTrust({ server: "announce" })
        assert.strictEqual(serverRoots.match(/BEGIN CERTIFICATE/g)?.length, 2)
        const renewed = withCredentials(simulator, yield* simulator.issue())
        assert.strictEqual(renewed.credentials.tls.serverRoot, serverRoots)
        assert.strictEqual((yield* send(simulator, "GET", hello, undefined)).status, 200)
        assert.strictEqual((yield* send(renewed, "GET", hello, undefined)).status, 200)

        yield* simulator.rotateTrust({ server: "present" })
        const error = yield* Effect.flip(send(simulator, "GET", hello, undefined))
        assert.match(String(error.code), /UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET_ISSUER/)
        assert.strictEqual((yield* send(renewed, "GET", hello, undefined)).status, 200)
        yield* simulator.present({ certificate: "valid" })
        assert.strictEqual((yield* send(renewed, "GET", hello, undefined)).status, 200)
      }),
    )

    it.effect("adds a client authority, then ends the older ones for new connections", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const agent = new Agent({ keepAlive: true, maxSockets: 1 })
        yield* Effect.addFinalizer(() => Effect.sync(() => agent.destroy()))
        assert.strictEqual((yield* send(simulator, "GET", hello, undefined, { agent })).status, 200)

        yield* simulator.rotateTrust({ clients: "add" })
        const renewed = withCredentials(simulator, yield* simulator.issue())
        const issuers = [simulator, renewed].map(
          ({ credentials }) => new X509Certificate(credentials.tls.certificateChain),
        )
        assert.isFalse(issuers[0]?.fingerprint256 === issuers[1]?.fingerprint256)
        for (const set of [simulator, renewed]) {
          assert.strictEqual((yield* send(set, "GET", hello, undefined)).status, 200)
        }

        yield* simulator.rotateTrust({ clients: "drop" })
        assert.strictEqual(codeOf(yield* send(simulator, "GET", hello, undefined)), "401/9125")
        assert.strictEqual((yield* send(simulator, "GET", hello, undefined, { agent })).status, 200)
        assert.strictEqual((yield* send(renewed, "GET", hello, undefined)).status, 200)
      }),
    )

    it.effect("counts requests by what they show of their credentials, and finds mixtures", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const renewed = withCredentials(simulator, yield* simulator.issue())
        const [old, young] = [simulator.credentials, renewed.credentials]
        yield* push(simulator)
        yield* push(simulator)
        yield* push(renewed)
        yield* send(renewed, "GET", hello, undefined)
        assert.strictEqual((yield* simulator.stats).mixedIdentities, 0)

        // The certificate and password of one set with the MLE key of another: both are valid.
        const mixed = { ...renewed, credentials: { ...young, mle: old.mle } }
        yield* get(mixed, `${queryPath}?acquiringBIN=408999&transactionIdentifier=234234322342343`)
        const { ledger, mixedIdentities } = yield* simulator.stats
        assert.strictEqual(mixedIdentities, 1)
        const shown = (set: Credentials) => ({
          fingerprint: set.tls.fingerprint,
          userId: set.userId,
        })
        assert.deepStrictEqual(ledger.byIdentity, [
          { ...shown(old), keyId: old.mle.keyId, requests: 2 },
          { ...shown(young), keyId: young.mle.keyId, requests: 1 },
          { ...shown(young), requests: 1 },
          { ...shown(young), keyId: old.mle.keyId, requests: 1 },
        ])
        const entries = yield* simulator.ledger.entries({ keyId: old.mle.keyId, kind: "query" })
        assert.deepStrictEqual(
          entries.map(({ fingerprint }) => fingerprint),
          [young.tls.fingerprint],
        )
      }),
    )

    it.effect("counts open connections by their client certificate", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const agent = new Agent({ keepAlive: true, maxSockets: 1 })
        yield* Effect.addFinalizer(() => Effect.sync(() => agent.destroy()))
        yield* send(simulator, "GET", hello, undefined, { agent })
        const { connectionsByFingerprint } = yield* simulator.stats
        assert.deepStrictEqual(connectionsByFingerprint, {
          [simulator.credentials.tls.fingerprint]: 1,
        })
      }),
    )
  },
)
