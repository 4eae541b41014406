/** The examples are run as a user would run them: as programs, against a Visa that is simulated. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"

const environment = ({ credentials, dir, url }: SimulatorProcess["Service"]) => ({
  VISA_DIRECT_ENVIRONMENT: "sandbox",
  VISA_DIRECT_BASE_URL: url,
  VISA_DIRECT_USER_ID: credentials.userId,
  VISA_DIRECT_PASSWORD: credentials.password,
  VISA_DIRECT_TLS_CERT_PATH: join(dir, "cert.pem"),
  VISA_DIRECT_TLS_KEY_PATH: join(dir, "privateKey.pem"),
  VISA_DIRECT_TLS_CA_PATH: join(dir, "server_root.pem"),
  VISA_DIRECT_MLE_KEY_ID: credentials.mle.keyId,
  VISA_DIRECT_MLE_SERVER_CERT_PATH: join(dir, `server_cert_${credentials.mle.keyId}.pem`),
  VISA_DIRECT_MLE_PRIVATE_KEY_PATH: join(dir, `key_${credentials.mle.keyId}.pem`),
})

const run = (
  program: string,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string>>,
) =>
  Effect.promise(() =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, program), ...args], {
      // Nothing of the outer environment but what starts a process.
      env: { PATH: process.env["PATH"], ...environment },
    }),
  )

/** An OpenTelemetry collector that keeps what it is sent, by path. */
const collector = Effect.acquireRelease(
  Effect.promise(async () => {
    const received: Array<readonly [path: string | undefined, body: string]> = []
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        received.push([request.url, Buffer.concat(chunks).toString()])
        response.writeHead(200, { "content-type": "application/json" }).end("{}")
      })
    })
    await once(server.listen(0, "127.0.0.1"), "listening")
    const { port } = server.address() as AddressInfo
    const bodies = (path: string) =>
      received.flatMap(([found, body]) => (found === path ? [body] : [])).join("\n")
    return { server, bodies, url: `http://127.0.0.1:${port}` }
  }),
  ({ server }) => Effect.promise(() => once(server.close(), "close")),
)

layer(SimulatorProcess.layer(), { timeout: 60_000, excludeTestServices: true })(
  "examples",
  (it) => {
    it.effect("effectProgram.ts pays, script.ts finds the payment", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        const paid = yield* run("effectProgram.ts", [], environment(simulator))
        const [payment] = yield* simulator.ledger.payments
        assert.include(paid.stdout, `Settled: transaction ${payment?.transactionIdentifier}`)

        const found = yield* run(
          "script.ts",
          ["408999", payment?.stan ?? "", payment?.rrn ?? ""],
          environment(simulator),
        )
        assert.include(found.stdout, "COMPLETED, action code 00")
      }),
    )

    it.effect("effectProgram.ts names the variable that is missing and ends with an error", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        const { VISA_DIRECT_MLE_PRIVATE_KEY_PATH: _, ...incomplete } = environment(simulator)
        const failed = yield* run("effectProgram.ts", [], incomplete).pipe(
          Effect.catchDefect((defect) =>
            Effect.succeed(defect as { stdout: string; stderr: string }),
          ),
        )
        const output = failed.stdout + failed.stderr
        assert.include(output, "VISA_DIRECT_MLE_PRIVATE_KEY")
        assert.notInclude(output, simulator.credentials.password)
      }),
    )

    for (const program of ["otlp.ts", "openTelemetry.ts"]) {
      it.effect(`${program} sends traces and metrics to a collector`, () =>
        Effect.gen(function* () {
          const { bodies, url } = yield* collector
          const { stdout } = yield* run(program, [], {
            ...environment(yield* SimulatorProcess),
            OTEL_EXPORTER_OTLP_ENDPOINT: url,
            OTEL_TRACES_EXPORTER: "otlp",
            OTEL_METRICS_EXPORTER: "otlp",
          })
          assert.match(stdout, /Settled: transaction \d{15}/)
          assert.include(bodies("/v1/traces"), "visa-direct.FundsTransfer.push")
          assert.include(bodies("/v1/traces"), "driver-payouts")
          assert.include(bodies("/v1/metrics"), "visa_direct_requests_total")
        }).pipe(Effect.scoped),
      )
    }

    it.effect("prometheus.ts serves a page that has counted the payment", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        const child = yield* Effect.acquireRelease(
          Effect.sync(() =>
            spawn(process.execPath, [join(import.meta.dirname, "prometheus.ts")], {
              env: { PATH: process.env["PATH"], ...environment(simulator), METRICS_PORT: "0" },
              stdio: ["ignore", "pipe", "inherit"],
            }),
          ),
          (running) =>
            Effect.promise(async () => {
              const ended = once(running, "exit")
              running.kill("SIGTERM")
              await ended
            }),
        )
        const output = yield* Effect.promise(async () => {
          let text = ""
          for await (const chunk of child.stdout) {
            text += String(chunk)
            if (text.includes("Settled") && /Listening on \S+/.test(text)) break
          }
          return text
        })
        const [, url] = /Listening on "?(http:\S+?:\d+)/.exec(output) ?? []
        const page = yield* Effect.promise(async () => (await fetch(`${url}/metrics`)).text())
        assert.include(
          page,
          'visa_direct_requests_total{operation="FundsTransfer.push",result="success"} 1',
        )
      }).pipe(Effect.scoped),
    )

    it.effect("payoutFromLedger.ts pays a card, an alias, an account and a wallet", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        yield* simulator.ledger.clear
        const { stdout } = yield* run("payoutFromLedger.ts", [], environment(simulator))
        assert.include(stdout, "driver-1: settled by reply (card)")
        assert.include(stdout, "driver-2: settled by reply (card)")
        assert.include(stdout, "driver-3: settled by reply (account)")
        assert.include(stdout, "driver-4: settled by reply (wallet)")
        assert.strictEqual((yield* simulator.ledger.entries({ kind: "push" })).length, 2)
        assert.strictEqual((yield* simulator.ledger.entries({ kind: "payout" })).length, 2)
      }),
    )

    it.effect("payoutFromCard.ts debits and pays; declined, it gives the debit back", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        const directions = Effect.map(simulator.ledger.payments, (payments) =>
          payments.map(({ direction }) => direction),
        )
        yield* simulator.ledger.clear
        const paid = yield* run("payoutFromCard.ts", [], environment(simulator))
        assert.include(paid.stdout, "transfer-1: settled by reply (card)")
        assert.deepStrictEqual(yield* directions, ["pulled", "pushed"])

        yield* simulator.ledger.clear
        yield* simulator.script({
          match: { endpoint: "PushFunds" },
          answer: { actionCode: "51" },
          times: 1,
        })
        const declined = yield* run("payoutFromCard.ts", [], environment(simulator))
        assert.include(
          declined.stdout,
          "transfer-1: declined in the step push, InsufficientFunds; reversed, released",
        )
        assert.deepStrictEqual(yield* directions, ["pulled", "reversed"])
      }),
    )

    it.effect("payoutFromReceipt.ts pays for one payout with one receipt", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        yield* simulator.ledger.clear
        const { stdout } = yield* run("payoutFromReceipt.ts", [], environment(simulator))
        assert.include(stdout, "order-1: settled by reply (card)")
        assert.include(stdout, "order-2: refused in the step receipt, ReceiptReused")
        assert.include(stdout, "order-3: refused in the step receipt, ReceiptInvalid")
        assert.strictEqual((yield* simulator.ledger.payments).length, 1)
      }),
    )

    it.effect("payoutAbroad.ts pays with a quote, and minds the policy and the watch list", () =>
      Effect.gen(function* () {
        const simulator = yield* SimulatorProcess
        yield* simulator.ledger.clear
        const { stdout } = yield* run("payoutAbroad.ts", [], environment(simulator))
        assert.include(stdout, "remittance-1: settled by reply (account)")
        assert.include(stdout, "remittance-2: refused in the step policy, PolicyRefused")
        assert.include(stdout, "remittance-3: refused in the step compliance, SanctionsMatch")
        const [payout, ...others] = yield* simulator.ledger.entries({ kind: "payout" })
        assert.deepStrictEqual(others, [])
        assert.isDefined(payout?.quoteId)
      }),
    )

    it.effect("the demo agrees with the ledger", () =>
      Effect.gen(function* () {
        const { stdout } = yield* run("demo/main.ts", [], {})
        assert.strictEqual(stdout.match(/as the ledger says/g)?.length, 5)
        assert.include(stdout, "the SDK believed what the ledger holds")
        // Not a terminal, so no colours.
        assert.notInclude(stdout, "\u001b[")
      }),
    )
  },
)
