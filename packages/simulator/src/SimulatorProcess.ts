/**
 * A simulator in a process of its own, with the same controls as the one in this process: for
 * benchmarks, demonstrations, and tests that must not share an event loop with the server.
 *
 * The child stops when the scope closes, and also when this process dies without closing it.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Context, Effect, Fiber, Layer, Schema, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { fileURLToPath } from "node:url"
import { Credentials, read } from "./Credentials.ts"
import type { Fault } from "./Fault.ts"
import { jwksPath } from "./endpoints/Jwks.ts"
import { RotatedKeys } from "./KeySet.ts"
import { LedgerEntry, type LedgerFilter } from "./Ledger.ts"
import { IssueRequest, type SimulatorControl, SimulatorStats, Trust } from "./Simulator.ts"
import type { SimulatorOptions } from "./Settings.ts"

/** The child could not be started, or its controls could not be reached. */
export class SimulatorProcessError extends Schema.TaggedError<SimulatorProcessError>()(
  "SimulatorProcessError",
  {
    message: Schema.String,
    cause: Schema.optionalKey(Schema.Defect()),
  },
) {}

export interface SimulatorProcessOptions extends Pick<
  SimulatorOptions,
  "port" | "seed" | "mle" | "errorBodies" | "clientCertificate" | "latency" | "clockOffset"
> {
  readonly adminPort?: number | undefined
  /** Where the child writes the credentials. Default: a temporary directory of its own. */
  readonly dir?: string | undefined
  /** Ledger entries to keep. */
  readonly keep?: number | undefined
}

const flags: ReadonlyArray<readonly [option: keyof SimulatorProcessOptions, flag: string]> = [
  ["port", "--port"],
  ["adminPort", "--admin-port"],
  ["seed", "--seed"],
  ["dir", "--dir"],
  ["mle", "--mle"],
  ["errorBodies", "--error-bodies"],
  ["clientCertificate", "--client-certificate"],
  ["latency", "--latency"],
  ["clockOffset", "--clock-offset"],
  ["keep", "--keep"],
]

const argumentsOf = (options: SimulatorProcessOptions): ReadonlyArray<string> => [
  "--json",
  "--until-stdin-ends",
  ...flags.flatMap(([option, flag]) =>
    options[option] === undefined ? [] : [`${flag}=${options[option]}`],
  ),
]

const ReadyLine = Schema.fromJsonString(
  Schema.Struct({
    url: Schema.String,
    adminUrl: Schema.String,
    dir: Schema.String,
    pid: Schema.Int,
  }),
)

// The entry point lies beside this module, as source or as emitted JavaScript.
const entry = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./main.ts" : "./main.js", import.meta.url),
)

const Entries = Schema.Array(LedgerEntry)

/**
 * Requests to the admin plane. A control that cannot be reached is a defect of the test set-up and
 * not an outcome that a caller could handle, so it dies.
 */
const adminPlane = (adminUrl: string) => {
  const call = (method: string, path: string, body?: unknown) =>
    Effect.tryPromise({
      try: async (signal) => {
        const response = await fetch(`${adminUrl}${path}`, {
          method,
          signal,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const text = await response.text()
        if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
        return text
      },
      catch: (cause) =>
        new SimulatorProcessError({ message: `The simulator's controls failed: ${cause}`, cause }),
    }).pipe(Effect.orDie)
  return {
    order: (method: string, path: string, body?: unknown) =>
      Effect.asVoid(call(method, path, body)),
    ask: <A>(method: string, path: string, schema: Schema.Codec<A, unknown>, body?: unknown) =>
      call(method, path, body).pipe(
        Effect.flatMap(Schema.decodeUnknownEffect(Schema.fromJsonString(schema))),
        Effect.orDie,
      ),
  }
}

/**
 * A simulator in a child process.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { SimulatorProcess } from "effect-visa-direct-simulator"
 *
 * const program = Effect.gen(function* () {
 *   const simulator = yield* SimulatorProcess
 *   yield* simulator.script({ match: { amount: 25 }, answer: { actionCode: "51" } })
 *   // … point a client at simulator.url with simulator.credentials …
 *   return yield* simulator.stats
 * }).pipe(Effect.provide(SimulatorProcess.layer({ seed: 1 })))
 * ```
 */
export class SimulatorProcess extends Context.Service<
  SimulatorProcess,
  SimulatorControl & {
    readonly pid: number
    readonly adminUrl: string
    /** Where the child wrote the credentials: the directory of `credentials.json`. */
    readonly dir: string
  }
>()("effect-visa-direct-simulator/SimulatorProcess") {
  static readonly make = (options: SimulatorProcessOptions = {}) =>
    Effect.gen(function* () {
      const child = yield* ChildProcess.make(process.execPath, [entry, ...argumentsOf(options)], {
        stdin: "pipe",
        stdout: "pipe",
        stderr: "pipe",
        forceKillAfter: "5 seconds",
      })
      let complaints = ""
      let started = false
      const listening = yield* child.stderr.pipe(
        Stream.decodeText(),
        Stream.runForEach((text) =>
          Effect.sync(() => {
            if (started) process.stderr.write(text)
            else complaints += text
          }),
        ),
        Effect.forkScoped,
      )
      const line = yield* child.stdout.pipe(
        Stream.decodeText(),
        Stream.splitLines,
        Stream.runHead,
        Effect.flatMap((head) => Effect.fromOption(head)),
        Effect.catchTag("NoSuchElementError", () =>
          Effect.flatMap(Fiber.await(listening), () =>
            Effect.fail(new SimulatorProcessError({ message: complaints.trim() })),
          ),
        ),
      )
      started = true
      const { adminUrl, dir, pid, url } = yield* Schema.decodeUnknownEffect(ReadyLine)(line)
      const { ask, order } = adminPlane(adminUrl)
      const entries = (filter: LedgerFilter = {}) => {
        const query = new URLSearchParams()
        for (const [name, value] of Object.entries(filter)) query.set(name, String(value))
        return ask("GET", `/ledger?${query}`, Entries)
      }
      const stats = ask("GET", "/stats", SimulatorStats)
      return SimulatorProcess.of({
        url,
        host: "localhost",
        port: Number(new URL(url).port),
        credentials: yield* read(dir),
        pid,
        adminUrl,
        dir,
        ledger: {
          entries,
          payments: entries({ moneyMoved: true }),
          clear: order("DELETE", "/ledger"),
        },
        stats,
        connections: Effect.map(stats, ({ connections }) => connections),
        keySet: {
          url: `${url}${jwksPath}`,
          serve: (request) => order("POST", "/keys", request),
          rotate: (request = {}) => ask("POST", "/keys/rotation", RotatedKeys, request),
        },
        inject: (fault: Fault) => order("POST", "/faults", fault),
        clearFaults: order("DELETE", "/faults"),
        script: (rule) => order("POST", "/script", rule),
        clearScript: order("DELETE", "/script"),
        issue: (request = {}) =>
          Effect.flatMap(Schema.encodeEffect(IssueRequest)(request).pipe(Effect.orDie), (body) =>
            ask("POST", "/credentials", Credentials, body),
          ),
        revoke: (request) => order("POST", "/revocations", request),
        expire: (request) => order("POST", "/expirations", request),
        rotateTrust: (request) => ask("POST", "/trust", Trust, request),
        present: (request) => order("POST", "/certificate", request),
        webhooks: (targets) => order("POST", "/webhooks", targets),
      })
    }).pipe(
      Effect.mapError((cause) =>
        cause instanceof SimulatorProcessError
          ? cause
          : new SimulatorProcessError({
              message: `The simulator did not start: ${cause.message}`,
              cause,
            }),
      ),
    )

  /** The child lives as long as the layer's scope. */
  static readonly layer = (
    options?: SimulatorProcessOptions,
  ): Layer.Layer<SimulatorProcess, SimulatorProcessError> =>
    Layer.effect(SimulatorProcess, SimulatorProcess.make(options)).pipe(
      Layer.provide(NodeServices.layer),
    )
}
