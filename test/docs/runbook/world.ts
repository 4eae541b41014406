/** Where the commands of the runbook run: a Visa, a program that pays through it, and a shell beside it. */
import { NodeServices } from "@effect/platform-node"
import { Context, Effect, Layer } from "effect"
import { SimulatorProcess, writeCredentials } from "effect-visa-direct-simulator"
import type { Credentials } from "effect-visa-direct-simulator"
import { fork } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { createClient } from "redis"
import { newDatabase } from "../../../packages/cli/test/support/program.ts"
import { redisUrl } from "../../../packages/cli/test/support/servers.ts"
import { root } from "../../../scripts/run.ts"
import type { Done, Task } from "./program.ts"

const home = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runbook-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

const redisPrefix = Effect.acquireRelease(
  Effect.sync(() => `visa-direct-runbook:${randomUUID()}:`),
  (prefix) =>
    Effect.promise(async () => {
      const client = await createClient({ url: redisUrl }).connect()
      const keys = await client.keys(`${prefix}*`)
      if (keys.length > 0) await client.del(keys)
      await client.close()
    }),
)

/** A set under the names that the runbook gives its files. */
const install = (portal: string, into: string, { mle, password, userId }: Credentials) => {
  mkdirSync(into, { recursive: true })
  for (const [from, to] of [
    ["cert.pem", "cert.pem"],
    ["privateKey.pem", "privateKey.pem"],
    ["server_root.pem", "server_root.pem"],
    [`server_cert_${mle.keyId}.pem`, "mle_server_cert.pem"],
    [`key_${mle.keyId}.pem`, "mle_key.pem"],
  ] as const) {
    copyFileSync(join(portal, from), join(into, to))
  }
  writeFileSync(join(into, "user_id"), userId)
  writeFileSync(join(into, "password"), password)
  writeFileSync(join(into, "key_id"), mle.keyId)
}

/** The program in a process of its own, and how to tell it what to pay. */
const startProgram = Effect.fnUntraced(function* (env: NodeJS.ProcessEnv, log: string) {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const output = openSync(log, "a")
      return fork(join(import.meta.dirname, "program.ts"), {
        env,
        stdio: ["ignore", output, output, "ipc"],
      })
    }),
    (running) =>
      Effect.promise(async () => {
        if (running.exitCode !== null) return
        const gone = once(running, "exit")
        running.disconnect()
        await gone
      }),
  )
  const answer = <A>() =>
    Effect.promise(async () => {
      const [message] = await Promise.race([
        once(child, "message"),
        once(child, "exit").then((): never => {
          throw new Error(`The program has ended: see ${log}`)
        }),
      ])
      return message as A
    })
  const port = yield* answer<number>()
  const tell = (task: Task) =>
    Effect.suspend(() => {
      const answered = answer<Done>()
      child.send(task)
      return answered
    })
  return { port, tell }
})

/** Environment and directory of a shell, and what happens before the sections of some titles. */
export class World extends Context.Service<
  World,
  {
    readonly cwd: string
    readonly env: NodeJS.ProcessEnv
    readonly before: (title: string) => Effect.Effect<NodeJS.ProcessEnv>
  }
>()("test/docs/runbook/World") {
  static readonly layer = Layer.effect(
    World,
    Effect.gen(function* () {
      const simulator = yield* SimulatorProcess
      const folder = yield* home
      const credentials = join(folder, "credentials")
      install(simulator.dir, join(credentials, "2026-06"), simulator.credentials)
      symlinkSync("2026-06", join(credentials, "current"))

      const renewed = yield* simulator.issue()
      const portal = join(folder, "portal")
      yield* writeCredentials(portal, simulator.url, renewed)

      const bin = join(folder, "bin")
      mkdirSync(bin)
      const cli = join(root, "packages", "cli", "src", "main.ts")
      writeFileSync(
        join(bin, "visa-direct"),
        `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`,
        { mode: 0o755 },
      )

      const inUse = (file: string) => join(credentials, "current", file)
      const variables = {
        VISA_DIRECT_ENVIRONMENT: "sandbox",
        VISA_DIRECT_BASE_URL: simulator.url,
        VISA_DIRECT_TRANSACTION_TIMEOUT: "1 second",
        VISA_DIRECT_USER_ID_PATH: inUse("user_id"),
        VISA_DIRECT_PASSWORD_PATH: inUse("password"),
        VISA_DIRECT_TLS_CERT_PATH: inUse("cert.pem"),
        VISA_DIRECT_TLS_KEY_PATH: inUse("privateKey.pem"),
        VISA_DIRECT_TLS_CA_PATH: inUse("server_root.pem"),
        VISA_DIRECT_MLE_KEY_ID_PATH: inUse("key_id"),
        VISA_DIRECT_MLE_SERVER_CERT_PATH: inUse("mle_server_cert.pem"),
        VISA_DIRECT_MLE_PRIVATE_KEY_PATH: inUse("mle_key.pem"),
        VISA_DIRECT_CREDENTIALS_WATCH: "true",
        VISA_DIRECT_CREDENTIALS_POLL: "1 second",
        VISA_DIRECT_REDIS_URL: redisUrl,
        VISA_DIRECT_REDIS_PREFIX: yield* redisPrefix,
        VISA_DIRECT_DATABASE_URL: yield* newDatabase,
      }
      const path = [bin, join(root, "node_modules", ".bin"), process.env["PATH"]].join(delimiter)
      const system = {
        PATH: path,
        HOME: folder,
        LANG: "C.UTF-8",
        // Some thirty processes load the same sources.
        NODE_COMPILE_CACHE: join(folder, "compiled"),
      }
      const log = join(folder, "program.log")
      const { port, tell } = yield* startProgram({ ...system, ...variables }, log)

      /** Visa commits what is paid, loses the answer, and then knows nothing for a while. */
      const leaveOpen = Effect.fnUntraced(function* (key: string) {
        yield* simulator.inject({
          kind: "dropAfterCommit",
          match: { endpoint: "PushFunds" },
          times: 1,
        })
        yield* simulator.inject({
          kind: "dropBeforeCommit",
          match: { endpoint: "TransactionQuery" },
        })
        const { acquiringBin, rrn, stan } = yield* tell({ open: key })
        yield* simulator.clearFaults
        return { PAYOUT: key, ACQUIRING_BIN: acquiringBin, STAN: stan, RRN: rrn }
      })

      const stillProcessed = Effect.gen(function* () {
        yield* simulator.script({
          match: { endpoint: "PushFunds" },
          answer: { processingMillis: 1_100 },
          times: 1,
        })
        const { statusIdentifier } = yield* tell({ push: true })
        return { STATUS_ID: statusIdentifier }
      })

      const before: Readonly<Record<string, Effect.Effect<NodeJS.ProcessEnv>>> = {
        "Payments whose outcome is unknown": Effect.zipWith(
          leaveOpen("INVOICE-77"),
          stillProcessed,
          (open, push) => ({ ...open, ...push }),
        ),
        Compensation: leaveOpen("INVOICE-78"),
      }

      const cwd = join(folder, "work")
      mkdirSync(cwd)
      return World.of({
        cwd,
        env: {
          ...system,
          ...variables,
          CREDENTIALS: credentials,
          PORTAL: portal,
          NEW_USER_ID: renewed.userId,
          NEW_PASSWORD: renewed.password,
          NEW_KEY_ID: renewed.mle.keyId,
          METRICS_URL: `http://127.0.0.1:${port}/metrics`,
          PROGRAM_LOG: log,
          JWKS_URL: simulator.keySet.url,
          ALERT_RULES: join(root, "packages", "monitoring", "generated", "alerts.yaml"),
        },
        before: (title) => before[title] ?? Effect.succeed({}),
      })
    }),
  ).pipe(Layer.provide([SimulatorProcess.layer(), NodeServices.layer]), Layer.orDie)
}
