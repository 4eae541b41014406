/** Runs the program with the canaries against a simulator of its own process, and keeps what gets out. */
import { Effect, type Scope } from "effect"
import { spawn } from "node:child_process"
import { closeSync, openSync, readFileSync, readdirSync, statSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { CanaryOptions, CanaryReport } from "./canaryProcess.ts"

/** Bytes that left the process, by where they came out. */
export type Exits = ReadonlyMap<string, ReadonlyArray<Uint8Array>>

const folderFor = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "canary-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true })),
)

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A process with its two outputs in files, as an operator keeps them. */
const started = (
  script: string,
  args: ReadonlyArray<string>,
  out: string,
  stdin: "pipe" | "ignore" = "ignore",
) => {
  const files = [openSync(`${out}.stdout`, "w"), openSync(`${out}.stderr`, "w")] as const
  const child = spawn(process.execPath, [script, ...args], { stdio: [stdin, ...files] })
  const ended = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)))
  for (const file of files) closeSync(file)
  return { child, ended }
}

/** The outputs of a process that has ended. */
export const outputOf = (script: string, args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const folder = yield* folderFor
    const { ended } = started(script, args, `${folder}/process`)
    const code = yield* Effect.promise(() => ended)
    return {
      code,
      stdout: readFileSync(`${folder}/process.stdout`),
      stderr: readFileSync(`${folder}/process.stderr`),
    }
  }).pipe(Effect.scoped)

/** A simulator as users run it. `output` is what it has printed so far. */
export const simulator = Effect.gen(function* () {
  const folder = yield* folderFor
  const dir = `${folder}/credentials`
  const { child, ended } = started(
    here("../../../simulator/src/main.ts"),
    ["--json", "--until-stdin-ends", `--dir=${dir}`, "--keep=100"],
    `${folder}/simulator`,
    "pipe",
  )
  yield* Effect.addFinalizer(() =>
    Effect.promise(() => {
      child.stdin?.end()
      return ended
    }),
  )
  const printed = () => readFileSync(`${folder}/simulator.stdout`, "utf8")
  const ready = yield* Effect.sync(printed).pipe(
    Effect.repeat({ until: (text) => text.includes("\n") || child.exitCode !== null }),
    Effect.map((text): { readonly url: string; readonly adminUrl: string } => JSON.parse(text)),
  )
  return {
    ...ready,
    dir,
    output: () => ["stdout", "stderr"].map((name) => readFileSync(`${folder}/simulator.${name}`)),
  }
})

/** A collector that takes everything, and keeps it under the first part of its path. */
const collector = Effect.gen(function* () {
  const bodies = new Map<string, Array<Uint8Array>>()
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const [, exporter = ""] = (request.url ?? "").split("/")
      const signal = (request.url ?? "").split("/").at(-1) ?? ""
      const name = `OTLP ${signal}, ${exporter}`
      const kept = bodies.get(name) ?? []
      kept.push(Buffer.concat(chunks), Buffer.from(JSON.stringify(request.headers)))
      bodies.set(name, kept)
      response.writeHead(200, { "content-type": "application/json" }).end("{}")
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      }),
  )
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, bodies }
})

const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })

export interface Run {
  readonly exits: Exits
  readonly report: CanaryReport
  readonly code: number | null
}

/** One run of the program, and everything that came out of it. */
export const run = Effect.fnUntraced(function* (
  given: Pick<CanaryOptions, "seed" | "redactor" | "simulator">,
): Effect.fn.Return<Run, never, Scope.Scope> {
  const folder = yield* folderFor
  const { bodies, url } = yield* collector
  const { dir, adminUrl, url: simulatorUrl } = given.simulator
  const options: CanaryOptions = {
    ...given,
    simulator: { dir, adminUrl, url: simulatorUrl },
    folder,
    collector: url,
  }
  const { ended } = started(
    here("canaryProcess.ts"),
    [JSON.stringify(options)],
    `${folder}/process`,
  )
  const code = yield* Effect.promise(() => ended)
  const read = (name: string) => [readFileSync(`${folder}/${name}`)]
  const exits = new Map([
    ["stdout", read("process.stdout")],
    ["stderr", read("process.stderr")],
    ["log file, JSON", read("json.log")],
    ["log file, logfmt", read("logfmt.log")],
    ["Prometheus page", read("metrics.txt")],
    ["errors in all renderings", read("renderings.txt")],
    ["database", filesBelow(`${folder}/database`).map((path) => readFileSync(path))],
    ...bodies,
  ])
  const report: CanaryReport = JSON.parse(readFileSync(`${folder}/report.json`, "utf8"))
  return { exits, report, code }
})
