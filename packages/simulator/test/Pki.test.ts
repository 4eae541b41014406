import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, Layer } from "effect"
import { createPrivateKey, X509Certificate } from "node:crypto"
import { read, write } from "../src/Credentials.ts"
import { exportKey, Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"

const services = Layer.merge(Pki.layer(), NodeServices.layer)

const day = 24 * 3_600_000

layer(services, { excludeTestServices: true })("the PKI", (it) => {
  it.effect("issues client certificates like the sandbox's", () =>
    Effect.gen(function* () {
      const pki = yield* Pki
      const tls = yield* pki.mintTls({ commonName: "payouts" })
      const leaf = new X509Certificate(tls.certificate)
      const intermediate = new X509Certificate(pki.clientIntermediate)
      const root = new X509Certificate(pki.clientRoot)
      assert.isTrue(leaf.checkPrivateKey(createPrivateKey(tls.key)))
      assert.isTrue(leaf.verify(intermediate.publicKey) && intermediate.verify(root.publicKey))
      assert.isFalse(leaf.ca)
      // Only clientAuth.
      assert.deepStrictEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.2"])
      assert.strictEqual(leaf.publicKey.asymmetricKeyDetails?.modulusLength, 2048)
      const life = (tls.notAfter.getTime() - tls.notBefore.getTime()) / day
      assert.isTrue(life > 364 && life < 366)
      assert.strictEqual(leaf.fingerprint256, tls.fingerprint)
      assert.strictEqual(tls.certificateChain, tls.certificate + pki.clientIntermediate)
    }),
  )

  it.effect("has a server certificate for localhost and both loopback addresses", () =>
    Effect.gen(function* () {
      const pki = yield* Pki
      const server = new X509Certificate(pki.server.certificate)
      assert.isTrue(server.verify(new X509Certificate(pki.serverRoot).publicKey))
      assert.strictEqual(server.checkHost("localhost"), "localhost")
      assert.strictEqual(server.checkIP("127.0.0.1"), "127.0.0.1")
      assert.strictEqual(server.checkIP("::1"), "::1")
    }),
  )

  it.effect("writes the Key-ID into the subject's UID of both MLE certificates", () =>
    Effect.gen(function* () {
      const pki = yield* Pki
      const keys = yield* pki.mintMle()
      assert.match(keys.keyId, /^[0-9a-f-]{36}$/)
      for (const [certificate, key] of [
        [keys.serverCertificate, keys.serverPrivateKey],
        [keys.clientCertificate, keys.clientPrivateKey],
      ] as const) {
        const parsed = new X509Certificate(certificate)
        assert.include(parsed.subject, `UID=${keys.keyId}`)
        assert.isTrue(parsed.checkPrivateKey(createPrivateKey(key)))
      }
      assert.notStrictEqual(keys.serverCertificate, keys.clientCertificate)
      assert.strictEqual((yield* pki.mintMle({ keyId: "chosen" })).keyId, "chosen")
    }),
  )

  describe("mints what is unusable:", () => {
    const mint = (defect: Parameters<Pki["Service"]["mintTls"]>[0]["defect"]) =>
      Effect.gen(function* () {
        const pki = yield* Pki
        const tls = yield* pki.mintTls({ commonName: "bad", defect })
        return { pki, tls, leaf: new X509Certificate(tls.certificate) }
      })

    it.effect("from a foreign authority", () =>
      Effect.gen(function* () {
        const { leaf, pki } = yield* mint("foreignAuthority")
        assert.isFalse(leaf.verify(new X509Certificate(pki.clientIntermediate).publicKey))
        assert.include(leaf.issuer, "Somebody Else's")
      }),
    )

    it.effect("expired, or not valid yet", () =>
      Effect.gen(function* () {
        const expired = yield* mint("expired")
        assert.isBelow(Date.parse(expired.leaf.validTo), Date.now())
        const early = yield* mint("notYetValid")
        assert.isAbove(Date.parse(early.leaf.validFrom), Date.now())
      }),
    )

    it.effect("not for clients", () =>
      Effect.gen(function* () {
        const { leaf } = yield* mint("noClientAuth")
        assert.deepStrictEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1"])
      }),
    )

    it.effect("with a weak key, or somebody else's", () =>
      Effect.gen(function* () {
        const weak = yield* mint("weakKey")
        assert.strictEqual(weak.leaf.publicKey.asymmetricKeyDetails?.modulusLength, 1024)
        const mismatched = yield* mint("mismatchedKey")
        assert.isFalse(mismatched.leaf.checkPrivateKey(createPrivateKey(mismatched.tls.key)))
      }),
    )

    it.effect("with dates of choice", () =>
      Effect.gen(function* () {
        const pki = yield* Pki
        const notAfter = new Date(Date.now() + 7 * day)
        const tls = yield* pki.mintTls({
          commonName: "soon",
          validity: { notBefore: new Date(0), notAfter },
        })
        const leaf = new X509Certificate(tls.certificate)
        assert.strictEqual(Date.parse(leaf.validFrom), 0)
        assert.strictEqual(
          Math.floor(Date.parse(leaf.validTo) / 1000),
          Math.floor(notAfter.getTime() / 1000),
        )
      }),
    )
  })

  it.effect("exports keys as PKCS#8, PKCS#1 and encrypted PKCS#8 of the same key", () =>
    Effect.gen(function* () {
      const pki = yield* Pki
      const { key } = yield* pki.mintTls({ commonName: "forms" })
      const pkcs1 = exportKey(key, { type: "pkcs1" })
      const encrypted = exportKey(key, { type: "pkcs8", passphrase: "correct horse" })
      assert.match(key, /^-----BEGIN PRIVATE KEY-----/)
      assert.match(pkcs1, /^-----BEGIN RSA PRIVATE KEY-----/)
      assert.match(encrypted, /^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
      const original = createPrivateKey(key)
      assert.isTrue(createPrivateKey(pkcs1).equals(original))
      assert.isTrue(
        createPrivateKey({ key: encrypted, passphrase: "correct horse" }).equals(original),
      )
      assert.throws(() => createPrivateKey({ key: encrypted, passphrase: "wrong" }))
    }),
  )
})

layer(Simulator.layer({}, { validity: { notBefore: new Date(0) } }))("dates of choice", (it) => {
  it.effect("make everything that a simulator issues valid since 1970", () =>
    Effect.gen(function* () {
      const { credentials, pki } = yield* Simulator
      for (const pem of [
        ...credentials.tls.certificateChain.split(/(?<=-----END CERTIFICATE-----\n)/),
        credentials.mle.serverCertificate,
        credentials.mle.clientCertificate,
        pki.server.certificate,
        pki.serverRoot,
      ]) {
        assert.strictEqual(Date.parse(new X509Certificate(pem).validFrom), 0)
      }
    }),
  )
})

layer(services, { excludeTestServices: true })("credentials on disk", (it) => {
  it.effect("are under the portal's file names, for nobody else to read, and read back", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { credentials, url } = yield* Simulator.make()
      const directory = `${yield* fs.makeTempDirectoryScoped()}/deep/credentials`
      yield* write(directory, url, credentials)
      const { keyId } = credentials.mle
      const names = yield* fs.readDirectory(directory)
      assert.deepStrictEqual(names.toSorted(), [
        "cert.pem",
        `client_cert_${keyId}.pem`,
        "credentials.json",
        `key_${keyId}.pem`,
        "privateKey.pem",
        `server_cert_${keyId}.pem`,
        "server_root.pem",
      ])
      for (const name of names) {
        assert.strictEqual((yield* fs.stat(`${directory}/${name}`)).mode & 0o777, 0o600, name)
      }
      const mleKey = yield* fs.readFileString(`${directory}/key_${keyId}.pem`)
      assert.match(mleKey, /^-----BEGIN RSA PRIVATE KEY-----/)
      assert.deepStrictEqual(yield* read(directory), credentials)
    }),
  )

  it.effect("replace files that others could read", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { credentials, url } = yield* Simulator.make()
      const directory = yield* fs.makeTempDirectoryScoped()
      yield* fs.writeFileString(`${directory}/privateKey.pem`, "old", { mode: 0o644 })
      yield* write(directory, url, credentials)
      assert.strictEqual((yield* fs.stat(`${directory}/privateKey.pem`)).mode & 0o777, 0o600)
      assert.deepStrictEqual(yield* read(directory), credentials)
    }),
  )
})
