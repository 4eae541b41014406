/** The examples are run as a user would run them: as programs, against a Visa that is simulated. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import { execFile } from "node:child_process"
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

    it.effect("the demo agrees with the ledger", () =>
      Effect.gen(function* () {
        const { stdout } = yield* run("demo/main.ts", [], {})
        assert.strictEqual(stdout.match(/as the ledger says/g)?.length, 3)
        assert.include(stdout, "the SDK believed what the ledger holds")
        // Not a terminal, so no colours.
        assert.notInclude(stdout, "\u001b[")
      }),
    )
  },
)
