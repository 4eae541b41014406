/** The edge itself, met with other people's clients: `openssl s_client` and `curl`. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, FileSystem, Layer, Stream } from "effect"
import { ChildProcess } from "effect/process"
import * as tls from "node:tls"
import type { Credentials } from "../src/Credentials.ts"
import { write } from "../src/Credentials.ts"
import { type CertificateDefect, Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { newStan, post, pushPath, samplePush, send } from "./support/client.ts"

const hello = "/vdp/helloworld"

/** Runs a program to its end and gives back what it said on both streams. */
const said = Effect.fnUntraced(function* (
  command: string,
  args: ReadonlyArray<string>,
  input: string,
) {
  const child = yield* ChildProcess.make(command, args, {
    stdin: Stream.fromIterable([new TextEncoder().encode(input)]),
  })
  const output = yield* Stream.mkString(Stream.decodeText(child.all))
  return { code: yield* child.exitCode, output }
})

/** Files of the Visa portal, in a directory that goes away with the test. */
const portal = Effect.fnUntraced(function* (url: string, credentials: Credentials) {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  yield* write(directory, url, credentials)
  return directory
})

/** One HTTP/1.1 request through `openssl s_client`. */
const openssl = Effect.fnUntraced(function* (
  simulator: Simulator["Service"],
  version: "-tls1_2" | "-tls1_3",
  credentials: Credentials | undefined,
) {
  const { credentials: own, port, url } = simulator
  const directory = yield* portal(url, credentials ?? own)
  const authorization = btoa(`${own.userId}:${own.password}`)
  return yield* said(
    "openssl",
    [
      "s_client",
      `-connect=127.0.0.1:${port}`,
      "-servername=localhost",
      `-CAfile=${directory}/server_root.pem`,
      "-verify_return_error",
      ...(credentials === undefined
        ? []
        : [`-cert=${directory}/cert.pem`, `-key=${directory}/privateKey.pem`]),
      version,
      "-quiet",
      "-ign_eof",
    ],
    [
      `GET ${hello} HTTP/1.1`,
      "Host: localhost",
      "Accept: application/json",
      `Authorization: Basic ${authorization}`,
      "Connection: close",
      "",
      "",
    ].join("\r\n"),
  )
})

const versions = ["-tls1_2", "-tls1_3"] as const

layer(Layer.merge(Pki.layer(), NodeServices.layer), { excludeTestServices: true })(
  "the TLS edge",
  (it) => {
    describe("in mode http, as Visa's platform was seen to behave", () => {
      it.effect.each(versions)(
        "shakes hands without a client certificate and answers 400: %s",
        (v) =>
          Effect.gen(function* () {
            const simulator = yield* Simulator.make()
            const { output } = yield* openssl(simulator, v, undefined)
            assert.include(output, "HTTP/1.1 400 Bad Request")
            assert.include(output, '"code":"9124"')
            assert.strictEqual((yield* simulator.stats).failedHandshakes, 0)
          }),
      )

      it.effect.each(versions)("answers 401 to a certificate of another authority: %s", (v) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator.make()
          const foreign = yield* simulator.issue({ defect: "foreignAuthority" })
          const { output } = yield* openssl(simulator, v, foreign)
          assert.include(output, "HTTP/1.1 401 Unauthorized")
          assert.include(output, '"code":"9125"')
        }),
      )

      it.effect.each(versions)("answers 200 to the certificate that was issued: %s", (v) =>
        Effect.gen(function* () {
          const simulator = yield* Simulator.make()
          const { output } = yield* openssl(simulator, v, simulator.credentials)
          assert.include(output, "HTTP/1.1 200 OK")
          assert.include(output, '"message":"helloworld"')
        }),
      )
    })

    describe("in mode strict", () => {
      const defects: ReadonlyArray<CertificateDefect | "missing"> = [
        "missing",
        "foreignAuthority",
        "expired",
        "notYetValid",
        "noClientAuth",
      ]
      it.effect.each(versions.flatMap((v) => defects.map((defect) => [v, defect] as const)))(
        "refuses the handshake: %s, certificate %s",
        ([v, defect]) =>
          Effect.gen(function* () {
            const simulator = yield* Simulator.make({ clientCertificate: "strict" })
            const credentials =
              defect === "missing" ? undefined : yield* simulator.issue({ defect })
            const { output } = yield* openssl(simulator, v, credentials)
            assert.notInclude(output, "HTTP/1.1")
            const { failedHandshakes, ledger } = yield* simulator.stats
            assert.strictEqual(failedHandshakes, 1)
            assert.strictEqual(ledger.requests, 0)
          }),
      )

      it.effect("lets the certificate in that was issued", () =>
        Effect.gen(function* () {
          const simulator = yield* Simulator.make({ clientCertificate: "strict" })
          const { output } = yield* openssl(simulator, "-tls1_3", simulator.credentials)
          assert.include(output, "HTTP/1.1 200 OK")
        }),
      )
    })

    it.effect("refuses TLS 1.1", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const code = yield* Effect.callback<string>((resume) => {
          const socket = tls.connect({
            port: simulator.port,
            ca: simulator.credentials.tls.serverRoot,
            servername: "localhost",
            minVersion: "TLSv1.1",
            maxVersion: "TLSv1.1",
            ciphers: "DEFAULT@SECLEVEL=0",
          })
          socket.on("secureConnect", () => resume(Effect.succeed("connected")))
          socket.on("error", (error: NodeJS.ErrnoException) =>
            resume(Effect.succeed(String(error.code))),
          )
          return Effect.sync(() => socket.destroy())
        })
        assert.match(code, /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/)
      }),
    )

    it.effect("is taken by curl, with the files of the portal", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const { credentials, url } = simulator
        const directory = yield* portal(url, credentials)
        const curlOptions = [
          "silent",
          "show-error",
          'noproxy = "*"',
          `cacert = "${directory}/server_root.pem"`,
          `cert = "${directory}/cert.pem"`,
          `key = "${directory}/privateKey.pem"`,
          `user = "${credentials.userId}:${credentials.password}"`,
          `url = "${url}${hello}"`,
        ].join("\n")
        const { code, output } = yield* said("curl", ["--config", "-"], curlOptions)
        assert.strictEqual(code, 0, output)
        assert.strictEqual(JSON.parse(output).message, "helloworld")
      }),
    )

    it.effect.each([
      ["expired", /CERT_HAS_EXPIRED/],
      ["wrongHost", /ERR_TLS_CERT_ALTNAME_INVALID/],
      ["foreignAuthority", /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED|UNABLE_TO_GET_ISSUER/],
    ] as const)("can itself show a certificate that is bad: %s", ([certificate, code]) =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        yield* simulator.present({ certificate })
        const error = yield* Effect.flip(send(simulator, "GET", hello, undefined))
        assert.match(String(error.code), code)
        yield* simulator.present({ certificate: "valid" })
        assert.strictEqual((yield* send(simulator, "GET", hello, undefined)).status, 200)
      }),
    )

    it.effect("asks for the certificate again on a resumed session, and sees the same one", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const { credentials, port } = simulator
        const connect = (session: Buffer | undefined, certificate: boolean) =>
          Effect.callback<{
            readonly session: Buffer
            readonly text: string
            readonly reused: boolean
          }>((resume) => {
            let kept = Buffer.alloc(0)
            const socket = tls.connect({
              port,
              ca: credentials.tls.serverRoot,
              servername: "localhost",
              ...(certificate
                ? { key: credentials.tls.key, cert: credentials.tls.certificateChain }
                : {}),
              ...(session === undefined ? {} : { session }),
            })
            let text = ""
            socket.on("session", (ticket: Buffer) => {
              kept = Buffer.from(ticket)
            })
            socket.on("data", (chunk: Buffer) => {
              text += chunk.toString()
            })
            socket.on("end", () =>
              resume(Effect.succeed({ session: kept, text, reused: socket.isSessionReused() })),
            )
            const authorization = btoa(`${credentials.userId}:${credentials.password}`)
            socket.write(
              `GET ${hello} HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nAuthorization: Basic ${authorization}\r\nConnection: close\r\n\r\n`,
            )
            return Effect.sync(() => socket.destroy())
          })
        const anonymous = yield* connect(undefined, false)
        assert.include(anonymous.text, "400 Bad Request")
        const anonymousAgain = yield* connect(anonymous.session, false)
        assert.include(anonymousAgain.text, "400 Bad Request")
        const named = yield* connect(undefined, true)
        assert.include(named.text, "200 OK")
        const namedAgain = yield* connect(named.session, true)
        assert.isTrue(namedAgain.reused)
        assert.include(namedAgain.text, "200 OK")
      }),
    )

    it.effect("counts connections, and closes every one of them with its scope", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const { connections, failedHandshakes } = yield* simulator.stats
        assert.deepStrictEqual([connections, failedHandshakes], [0, 0])
        const socket = yield* Effect.callback<tls.TLSSocket>((resume) => {
          const connected = tls.connect({
            port: simulator.port,
            ca: simulator.credentials.tls.serverRoot,
            servername: "localhost",
          })
          connected.on("secureConnect", () => resume(Effect.succeed(connected)))
        })
        assert.strictEqual(yield* simulator.connections, 1)
        return { port: simulator.port, socket }
      }).pipe(
        Effect.provide(Simulator.layerNoPki()),
        Effect.tap(({ socket }) =>
          Effect.callback<void>((resume) => {
            if (socket.destroyed) return resume(Effect.void)
            socket.on("error", () => {})
            socket.on("close", () => resume(Effect.void))
          }),
        ),
        Effect.flatMap(({ port }) =>
          Effect.callback<string | undefined>((resume) => {
            const socket = tls.connect({ port })
            socket.on("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed(error.code)))
          }),
        ),
        Effect.map((code) => assert.strictEqual(code, "ECONNREFUSED")),
      ),
    )

    it.effect("does not start on a port that is taken, and says so", () =>
      Effect.gen(function* () {
        const { port } = yield* Simulator.make()
        const error = yield* Effect.flip(Simulator.make({ port }))
        assert.strictEqual(error.reason, "PortTaken")
        assert.strictEqual(error.message, `Port ${port} of 127.0.0.1 is taken by another process.`)
      }),
    )

    it.effect("serves two clients as two", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator.make()
        const other = { ...simulator, credentials: yield* simulator.issue({ project: "other" }) }
        const stan = newStan()
        yield* post(simulator, pushPath, samplePush({ systemsTraceAuditNumber: stan }))
        yield* post(other, pushPath, samplePush({ systemsTraceAuditNumber: newStan() }))
        const entries = yield* simulator.ledger.entries({ kind: "push" })
        assert.deepStrictEqual(
          entries.map(({ fingerprint, project, userId }) => [project, userId, fingerprint]),
          [simulator, other].map(({ credentials }) => [
            credentials.project,
            credentials.userId,
            credentials.tls.fingerprint,
          ]),
        )
      }),
    )
  },
)
