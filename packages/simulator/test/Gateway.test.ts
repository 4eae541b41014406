import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { TlsCredential } from "../src/Pki.ts"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import {
  get,
  isSealed,
  newStan,
  opened,
  type Options,
  post,
  pushPath,
  queryPath,
  samplePush,
  seal,
  type Sealing,
  send,
  type Target,
} from "./support/client.ts"

const hello = "/vdp/helloworld"

const push = () => samplePush({ systemsTraceAuditNumber: newStan() })

/** Status and code of an answer, and whether it can be read without a key. */
const refusal = Effect.fnUntraced(function* (
  target: Target,
  options: Options & { readonly sealing?: Sealing } = {},
) {
  const answer = yield* post(target, pushPath, push(), options)
  const body: { responseStatus?: Record<string, unknown> } = JSON.parse(answer.text)
  return { status: answer.status, envelope: body.responseStatus }
})

const envelope = (status: number, code: string, message: string) => ({
  status,
  envelope: { status, code, severity: "ERROR", message, info: "" },
})

const notPresent = "Expected input credential was not present"
const invalid = "Token validation failed"

const shared = { excludeTestServices: true }

layer(Simulator.layer(), shared)("the gateway", (it) => {
  describe("client certificate and password", () => {
    it.effect("lets the probe through in clear, with a time", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const answer = yield* send(simulator, "GET", hello, undefined)
        assert.strictEqual(answer.status, 200)
        assert.match(String(JSON.parse(answer.text).timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
      }),
    )

    it.effect("answers 400/9124 over HTTP when there is no client certificate", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        assert.deepStrictEqual(
          yield* refusal(simulator, { certificate: null }),
          envelope(400, "9124", notPresent),
        )
      }),
    )

    it.effect("answers 401/9124 without Authorization", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        assert.deepStrictEqual(
          yield* refusal(simulator, { headers: { authorization: null } }),
          envelope(401, "9124", notPresent),
        )
      }),
    )

    it.effect.each([
      ["a wrong password", (userId: string) => `Basic ${btoa(`${userId}:wrong`)}`],
      ["an unknown user", () => `Basic ${btoa("nobody:nothing")}`],
      ["another scheme", () => "Bearer abc"],
    ] as const)("answers 401/9123 to %s", ([, authorization]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { userId } = simulator.credentials
        assert.deepStrictEqual(
          yield* refusal(simulator, { headers: { authorization: authorization(userId) } }),
          envelope(401, "9123", invalid),
        )
      }),
    )

    it.effect.each(["foreignAuthority", "expired", "notYetValid", "noClientAuth"] as const)(
      "answers 401/9125 to a certificate that is bad: %s",
      (defect) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          const credentials = yield* simulator.issue({ defect })
          assert.deepStrictEqual(
            yield* refusal({ ...simulator, credentials }),
            envelope(401, "9125", invalid),
          )
        }),
    )

    it.effect("answers 401/9125 to a good certificate that was never issued to anybody", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const certificate: TlsCredential = yield* simulator.pki.mintTls({ commonName: "stranger" })
        assert.deepStrictEqual(
          yield* refusal(simulator, { certificate }),
          envelope(401, "9125", invalid),
        )
      }),
    )

    it.effect("answers 401/9209 when certificate and user id are of different sets", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const other = yield* simulator.issue()
        assert.deepStrictEqual(
          yield* refusal(simulator, { certificate: other.tls }),
          envelope(401, "9209", invalid),
        )
      }),
    )

    it.effect("accepts an old and a renewed set side by side, until one is revoked", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const renewed = { ...simulator, credentials: yield* simulator.issue() }
        const old = { ...simulator, credentials: yield* simulator.issue({ mle: "same" }) }
        assert.strictEqual(old.credentials.mle.keyId, renewed.credentials.mle.keyId)
        assert.strictEqual((yield* post(old, pushPath, push())).status, 200)
        assert.strictEqual((yield* post(renewed, pushPath, push())).status, 200)
        yield* simulator.revoke({ userId: old.credentials.userId })
        assert.deepStrictEqual(yield* refusal(old), envelope(401, "9125", invalid))
        assert.strictEqual((yield* post(renewed, pushPath, push())).status, 200)
      }),
    )

    it.effect("leaves no trace of a refused push but the refusal", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        yield* refusal(simulator, { headers: { authorization: "Basic eA==" } })
        const entries = yield* simulator.ledger.entries()
        assert.deepStrictEqual(
          entries.map(({ errorCode, httpStatus, kind, moneyMoved }) => ({
            errorCode,
            httpStatus,
            kind,
            moneyMoved,
          })),
          [{ errorCode: "9123", httpStatus: 401, kind: "refused", moneyMoved: false }],
        )
        assert.strictEqual(entries[0]?.fingerprint, simulator.credentials.tls.fingerprint)
      }),
    )
  })

  describe("URL, verb and media types", () => {
    it.effect("answers an unknown URL with 404 and a page that is not JSON", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const answer = yield* get(simulator, "/jwks")
        assert.strictEqual(answer.status, 404)
        assert.throws(() => JSON.parse(answer.text))
      }),
    )

    it.effect("answers 403/9611 for an API of Visa's that is not in the project", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const answer = yield* post(simulator, "/visadirect/mvisa/v1/merchantpushpayments", {})
        assert.strictEqual(answer.status, 403)
        assert.strictEqual(JSON.parse(answer.text).responseStatus.code, "9611")
      }),
    )

    it.effect.each([
      ["DELETE", pushPath],
      ["GET", pushPath],
      ["POST", queryPath],
      ["POST", hello],
    ] as const)("answers %s with 405 where another verb is meant", ([method, path]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { keyId } = simulator.credentials.mle
        const answer = yield* send(simulator, method, path, undefined, {
          headers: { keyid: keyId },
        })
        assert.strictEqual(answer.status, 405)
      }),
    )

    it.effect.each([
      { "content-type": "text/plain" },
      { "content-type": null },
      { "content-type": "application/xml" },
      { accept: "text/html" },
    ])("answers 415 to %o", (headers) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        assert.strictEqual((yield* post(simulator, pushPath, push(), { headers })).status, 415)
      }),
    )

    it.effect("answers in XML when Accept is missing, also below the encryption", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const probe = yield* send(simulator, "GET", hello, undefined, { headers: { accept: null } })
        assert.match(probe.text, /^<\?xml .*<message>helloworld<\/message>/)
        const answer = yield* post(simulator, pushPath, push(), { headers: { accept: null } })
        assert.match(
          answer.text,
          /^<\?xml [^>]*><response><encData>[\w.-]+<\/encData><\/response>$/,
        )
        assert.match(String(answer.headers["content-type"]), /^application\/xml/)
      }),
    )

    it.effect("cuts off a body that no API would take", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const body = `{"encData":"${"A".repeat(1_100_000)}"}`
        const answer = yield* Effect.exit(
          send(simulator, "POST", pushPath, body, {
            headers: { keyid: simulator.credentials.mle.keyId },
          }),
        )
        if (answer._tag === "Success") assert.strictEqual(answer.value.status, 413)
        else assert.match(String(answer.cause), /ECONNRESET|EPIPE/)
      }),
    )
  })

  describe("headers of a reply", () => {
    it.effect("carry a correlation id of the documented shape, new with every reply", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const ids = yield* Effect.forEach([hello, hello, "/nowhere"], (path) =>
          Effect.map(send(simulator, "GET", path, undefined), (answer) =>
            String(answer.headers["x-correlation-id"]),
          ),
        )
        for (const id of ids) assert.match(id, /^\d{10}_\d+_\d+_\w+_VDP_WS$/)
        assert.strictEqual(new Set(ids).size, 3)
      }),
    )
  })

  describe("message level encryption", () => {
    it.effect.each(["A128GCM", "A256GCM"] as const)(
      "takes a push under %s and answers in kind, sealed for the client",
      (enc) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          const answer = yield* post(simulator, pushPath, push(), { sealing: { enc } })
          assert.strictEqual(answer.status, 200)
          assert.isTrue(isSealed(answer))
          const head = String(JSON.parse(answer.text).encData).split(".")[0] ?? ""
          const header = JSON.parse(Buffer.from(head, "base64url").toString())
          assert.strictEqual(header.alg, "RSA-OAEP-256")
          assert.strictEqual(header.enc, enc)
          assert.strictEqual(header.kid, simulator.credentials.mle.keyId)
          assert.strictEqual(opened(simulator, answer).actionCode, "00")
        }),
    )

    it.effect("answers 400/9125 in clear when the keyId header is missing", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        assert.deepStrictEqual(
          yield* refusal(simulator, { headers: { keyid: null } }),
          envelope(400, "9125", notPresent),
        )
        const query = `${queryPath}?acquiringBIN=408999&stan=000001&rrn=412770452025`
        assert.strictEqual((yield* get(simulator, query, { headers: { keyid: null } })).status, 400)
      }),
    )

    it.effect.each([
      ["clear JSON", JSON.stringify(samplePush())],
      ["no body", ""],
      ["not JSON", "encData"],
      ["an array", "[]"],
      ["encData that is not a string", '{"encData":1}'],
    ] as const)("answers 400/9125 to %s", ([, body]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const answer = yield* send(simulator, "POST", pushPath, body, {
          headers: { keyid: simulator.credentials.mle.keyId },
        })
        assert.strictEqual(answer.status, 400)
        assert.strictEqual(JSON.parse(answer.text).responseStatus.code, "9125")
      }),
    )

    it.effect("answers 400/9125 to members beside encData", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { credentials } = simulator
        const body = { encData: seal(credentials, JSON.stringify(push())), amount: 1 }
        const answer = yield* send(simulator, "POST", pushPath, JSON.stringify(body), {
          headers: { keyid: credentials.mle.keyId },
        })
        assert.strictEqual(answer.status, 400)
      }),
    )

    it.effect.each([
      ["a kid that is not the keyId", { header: { kid: "another" } }],
      ["no kid", { header: { kid: null } }],
      ["RSA-OAEP", { header: { alg: "RSA-OAEP" } }],
      ["another enc", { header: { enc: "A192GCM" } }],
      ["compression", { header: { zip: "DEF" } }],
      ["no iat", { header: { iat: null } }],
      ["iat in seconds", { header: { iat: Math.floor(Date.now() / 1000) } }],
      ["iat as text", { header: { iat: String(Date.now()) } }],
      ["iat two minutes and a second old", { now: Date.now() - 121_000 }],
      ["iat a minute ahead", { now: Date.now() + 60_000 }],
    ] as ReadonlyArray<readonly [string, Sealing]>)("answers 401/9210 to %s", ([, sealing]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        assert.deepStrictEqual(
          yield* refusal(simulator, { sealing }),
          envelope(401, "9210", invalid),
        )
      }),
    )

    it.effect("answers 401/9210 to what is sealed for somebody else, or tampered with", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { credentials } = simulator
        const sealing = { certificate: credentials.mle.clientCertificate }
        assert.deepStrictEqual(
          yield* refusal(simulator, { sealing }),
          envelope(401, "9210", invalid),
        )
        const parts = seal(credentials, JSON.stringify(push())).split(".")
        parts[3] = `AAAA${parts[3]?.slice(4)}`
        for (const encData of [parts.join("."), parts.slice(0, 4).join("."), "not a jwe"]) {
          const answer = yield* send(simulator, "POST", pushPath, JSON.stringify({ encData }), {
            headers: { keyid: credentials.mle.keyId },
          })
          assert.strictEqual(answer.status, 401)
          assert.strictEqual(JSON.parse(answer.text).responseStatus.code, "9210")
        }
      }),
    )

    it.effect("answers 401/9210 to a keyId that is unknown, another project's, or revoked", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const other = yield* simulator.issue({ project: "other" })
        const revoked = yield* simulator.issue()
        yield* simulator.revoke({ keyId: revoked.mle.keyId })
        for (const mle of [
          { ...simulator.credentials.mle, keyId: "0f0e0d0c-0000-4000-8000-000000000000" },
          other.mle,
          revoked.mle,
        ]) {
          const target = { ...simulator, credentials: { ...simulator.credentials, mle } }
          assert.deepStrictEqual(yield* refusal(target), envelope(401, "9210", invalid))
          assert.strictEqual((yield* get(target, `${pushPath}/1`)).status, 401)
        }
      }),
    )

    it.effect(
      "seals validation errors, and keeps only encData and no card number of a request",
      () =>
        Effect.gen(function* () {
          const simulator = yield* Simulator
          const answer = yield* post(simulator, pushPath, { ...push(), surprise: 1 })
          assert.strictEqual(answer.status, 400)
          assert.isTrue(isSealed(answer))
          const good = push()
          yield* post(simulator, pushPath, good)
          const entries = yield* simulator.ledger.entries({
            stan: String(good.systemsTraceAuditNumber),
          })
          assert.match(entries[0]?.wireBody ?? "", /^\{"encData":"[\w.-]+"\}$/)
          assert.strictEqual(entries[0]?.maskedPan, "406032******0127")
          assert.notInclude(JSON.stringify(entries), "4060320000000127")
        }),
    )
  })
})

layer(Pki.layer(), shared)("options of the gateway", (it) => {
  it.effect("an optional project is also spoken to in clear", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ mle: "optional" })
      const body = push()
      const clear = yield* send(simulator, "POST", pushPath, JSON.stringify(body))
      assert.strictEqual(clear.status, 200)
      assert.strictEqual(JSON.parse(clear.text).actionCode, "00")
      const sealed = yield* post(simulator, pushPath, push())
      assert.isTrue(isSealed(sealed))
      const half = yield* send(
        simulator,
        "POST",
        pushPath,
        JSON.stringify({ encData: seal(simulator.credentials, "{}") }),
      )
      assert.strictEqual(half.status, 400)
    }),
  )

  it.effect("error bodies come in clear when asked for", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ errorBodies: "clear" })
      const refused = yield* post(simulator, pushPath, { ...push(), surprise: 1 })
      assert.match(String(JSON.parse(refused.text).errorMessage), /3001/)
      assert.isTrue(isSealed(yield* post(simulator, pushPath, push())))
    }),
  )

  it.effect("a path can be taken out of the project", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ notInProject: [pushPath] })
      assert.strictEqual((yield* post(simulator, pushPath, push())).status, 403)
      assert.strictEqual((yield* get(simulator, `${pushPath}/1`)).status, 403)
      assert.strictEqual((yield* send(simulator, "GET", hello, undefined)).status, 200)
    }),
  )

  it.effect("a clock that is ahead finds messages too old, and says so in Date", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ clockOffset: 300_000 })
      const answer = yield* post(simulator, pushPath, push())
      assert.strictEqual(answer.status, 401)
      const ahead = Date.parse(String(answer.headers["date"])) - Date.now()
      assert.isTrue(ahead > 290_000 && ahead < 310_000)
    }),
  )
})
