import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { DateTime, Effect, FileSystem, Layer, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { X509Certificate } from "node:crypto"
import { type AddressInfo, createServer, type Server } from "node:net"
import { fileURLToPath } from "node:url"
import { SimulatorProcess } from "../src/SimulatorProcess.ts"
import {
  get,
  newStan,
  opened,
  post,
  pushPath,
  queryPath,
  samplePush,
  send,
} from "./support/client.ts"

const entry = fileURLToPath(new URL("../src/main.ts", import.meta.url))

const live = { excludeTestServices: true }

/** Whether a process exists. */
const runs = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

layer(Layer.merge(SimulatorProcess.layer({ seed: 7 }), NodeServices.layer), live)(
  "a simulator in a process of its own",
  (it) => {
    const push = Effect.fnUntraced(function* (overrides: Readonly<Record<string, unknown>> = {}) {
      const simulator = yield* SimulatorProcess
      const body = samplePush({ systemsTraceAuditNumber: newStan(), ...overrides })
      return yield* post(simulator, pushPath, body)
    })

    it.effect("answers, and shows its ledger and counters", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        yield* simulator.ledger.clear
        assert.notStrictEqual(simulator.pid, process.pid)
        const stan = newStan()
        const answer = yield* push({ systemsTraceAuditNumber: stan, amount: "33.10" })
        const { transactionIdentifier } = opened(simulator, answer)
        const query = `${queryPath}?acquiringBIN=408999&transactionIdentifier=${transactionIdentifier}`
        assert.strictEqual((yield* get(simulator, query)).status, 200)
        const payments = yield* simulator.ledger.payments
        assert.deepStrictEqual(
          payments.map(({ amount, stan: seen, userId }) => [amount, seen, userId]),
          [["33.10", stan, simulator.credentials.userId]],
        )
        assert.strictEqual((yield* simulator.ledger.entries({ kind: "query" })).length, 1)
        const { ledger } = yield* simulator.stats
        assert.deepStrictEqual(ledger.byKind, { push: 1, query: 1 })
        assert.deepStrictEqual(ledger.payments, { USD: { count: 1, amount: "33.100" } })
      }),
    )

    it.effect("takes scripts and faults, and drops them", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        yield* simulator.script({ match: { amount: 25 }, answer: { actionCode: "N7" } })
        assert.strictEqual(opened(simulator, yield* push({ amount: 25 })).actionCode, "N7")
        yield* simulator.clearScript
        assert.strictEqual(opened(simulator, yield* push({ amount: 25 })).actionCode, "00")
        yield* simulator.inject({ kind: "rateLimit", retryAfter: 3 })
        assert.strictEqual((yield* push()).headers["retry-after"], "3")
        yield* simulator.clearFaults
        assert.strictEqual((yield* push()).status, 200)
      }),
    )

    it.effect("rotates the keys of its JWKS, and serves another set", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        const { kid } = yield* simulator.keySet.rotate()
        const path = new URL(simulator.keySet.url).pathname
        const { text } = yield* send(simulator, "GET", path, undefined)
        assert.strictEqual(JSON.parse(text).keys[0].kid, kid)
        yield* simulator.keySet.serve({ content: "empty" })
        assert.strictEqual((yield* send(simulator, "GET", path, undefined)).text, '{"keys":[]}')
        assert.strictEqual((yield* simulator.stats).keySetFetches, 2)
      }),
    )

    it.effect("issues and revokes credentials, and changes its certificate", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        const renewed = { ...simulator, credentials: yield* simulator.issue() }
        const body = () => samplePush({ systemsTraceAuditNumber: newStan() })
        assert.strictEqual((yield* post(renewed, pushPath, body())).status, 200)
        yield* simulator.revoke({ userId: renewed.credentials.userId })
        assert.strictEqual((yield* post(renewed, pushPath, body())).status, 401)
        yield* simulator.present({ certificate: "wrongHost" })
        const error = yield* Effect.flip(send(simulator, "GET", "/vdp/helloworld", undefined))
        assert.strictEqual(error.code, "ERR_TLS_CERT_ALTNAME_INVALID")
        yield* simulator.present({ certificate: "valid" })
        assert.isAtLeast(yield* simulator.connections, 0)
      }),
    )

    it.effect("rotates its trust, and lets credentials expire", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        const { serverRoots } = yield* simulator.rotateTrust({ server: "present" })
        const notAfter = DateTime.makeUnsafe("2049-03-01T12:00:00Z")
        const renewed = {
          ...simulator,
          credentials: yield* simulator.issue({ validity: { notAfter } }),
        }
        assert.strictEqual(renewed.credentials.tls.serverRoot, serverRoots)
        const { validToDate } = new X509Certificate(renewed.credentials.tls.certificateChain)
        assert.deepStrictEqual(validToDate, DateTime.toDateUtc(notAfter))
        const body = () => samplePush({ systemsTraceAuditNumber: newStan() })
        assert.strictEqual((yield* post(renewed, pushPath, body())).status, 200)
        yield* simulator.expire({ keyId: renewed.credentials.mle.keyId })
        assert.strictEqual((yield* post(renewed, pushPath, body())).status, 401)
        const { ledger, mixedIdentities } = yield* simulator.stats
        assert.strictEqual(mixedIdentities, 0)
        assert.isNotEmpty(ledger.byIdentity)
      }),
    )

    describe("has controls that", () => {
      const call = Effect.fnUntraced(function* (
        method: string,
        path: string,
        body?: string,
        headers?: Record<string, string>,
      ) {
        const { adminUrl } = yield* SimulatorProcess
        return yield* Effect.promise(async () => {
          const response = await fetch(`${adminUrl}${path}`, {
            method,
            ...(body === undefined ? {} : { body }),
            ...(headers === undefined ? {} : { headers }),
          })
          return { status: response.status, text: await response.text() }
        })
      })

      it.effect("listen on 127.0.0.1", () =>
        Effect.gen(function* () {
          const { adminUrl } = yield* SimulatorProcess
          assert.match(adminUrl, /^http:\/\/127\.0\.0\.1:\d+$/)
        }),
      )

      it.effect.each([
        ["POST", "/faults", '{"kind":"earthquake"}', "kind"],
        ["POST", "/faults", '{"kind":"delay"}', "millis"],
        ["POST", "/faults", '{"kind":"hang","match":{"stann":"1"}}', "stann"],
        ["POST", "/faults", "delay", "JSON"],
        ["POST", "/script", '{"answer":{"actionCode":"ABC"}}', "actionCode"],
        ["GET", "/ledger?colour=blue", undefined, "colour"],
      ] as const)("refuse what they cannot decode: %s %s %s", ([method, path, body, clue]) =>
        Effect.gen(function* () {
          const { status, text } = yield* call(method, path, body)
          assert.strictEqual(status, 400)
          assert.include(JSON.parse(text).error, clue)
        }),
      )

      it.effect("tell what there is, and do not talk to web pages", () =>
        Effect.gen(function* () {
          const unknown = yield* call("GET", "/nothing")
          assert.strictEqual(unknown.status, 404)
          assert.include(JSON.parse(unknown.text).error, "POST /faults")
          const page = yield* call("GET", "/ledger", undefined, { origin: "https://example.com" })
          assert.strictEqual(page.status, 403)
        }),
      )
    })
  },
)

/** Runs the program until it ends. */
const run = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const child = yield* ChildProcess.make(process.execPath, [entry, ...args], { stdin: "ignore" })
  const [stdout, stderr] = yield* Effect.all(
    [child.stdout, child.stderr].map((stream) => Stream.mkString(Stream.decodeText(stream))),
    { concurrency: 2 },
  )
  return { code: yield* child.exitCode, stdout, stderr }
})

/** A port of 127.0.0.1 on which somebody else listens. */
const taken = Effect.map(
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const server = createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close()),
  ),
  (server) => (server.address() as AddressInfo).port,
)

layer(NodeServices.layer, live)("the life of the process", (it) => {
  it.effect("ends with the scope, and takes its temporary credentials along", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { dir, pid } = yield* Effect.scoped(
        Effect.gen(function* () {
          const simulator = yield* SimulatorProcess.make()
          assert.isTrue(runs(simulator.pid))
          assert.isTrue(yield* fs.exists(`${simulator.dir}/credentials.json`))
          return { dir: simulator.dir, pid: simulator.pid }
        }),
      )
      assert.isFalse(runs(pid))
      assert.isFalse(yield* fs.exists(dir))
    }),
  )

  it.effect.each(["SIGINT", "SIGTERM"] as const)("ends with code 0 after %s", (signal) =>
    Effect.gen(function* () {
      const child = yield* ChildProcess.make(process.execPath, [entry, "--json"], {
        stdin: "ignore",
      })
      const line = yield* child.stdout.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.take(1),
        Stream.mkString,
      )
      assert.deepStrictEqual(Object.keys(JSON.parse(line)), ["url", "adminUrl", "dir", "pid"])
      assert.strictEqual(JSON.parse(line).pid, child.pid)
      process.kill(child.pid, signal)
      assert.strictEqual(yield* child.exitCode, 0)
    }),
  )

  it.effect("ends when its standard input does, if asked to", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* run("--until-stdin-ends")
      assert.strictEqual(code, 0)
      assert.include(stdout, "https://localhost:")
    }),
  )

  it.effect("keeps the credentials in a directory that it was given", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const dir = `${yield* fs.makeTempDirectoryScoped()}/credentials`
      const { url } = yield* Effect.scoped(SimulatorProcess.make({ dir, latency: 1, keep: 10 }))
      const file = JSON.parse(yield* fs.readFileString(`${dir}/credentials.json`))
      assert.strictEqual(file.url, url)
      assert.isTrue(yield* fs.exists(`${dir}/${file.mle.clientPrivateKey}`))
    }),
  )

  it.effect("does not begin on a port that is taken: code 1, and a message", () =>
    Effect.gen(function* () {
      const port = yield* taken
      const { code, stderr } = yield* run(`--admin-port=${port}`)
      assert.strictEqual(code, 1)
      assert.include(stderr, `Port ${port} of 127.0.0.1 is taken by another process.`)
      assert.notInclude(stderr, "    at ")
      const error = yield* Effect.flip(SimulatorProcess.make({ port }))
      assert.include(error.message, `Port ${port} of 127.0.0.1 is taken by another process.`)
    }),
  )

  it.effect("explains itself, and refuses a port that is none", () =>
    Effect.gen(function* () {
      const help = yield* run("--help")
      assert.strictEqual(help.code, 0)
      assert.include(help.stdout, "--admin-port")
      const wrong = yield* run("--port", "99999")
      assert.strictEqual(wrong.code, 1)
      assert.include(wrong.stderr, "0 to 65535")
    }),
  )
})
