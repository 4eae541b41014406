/**
 * `pnpm check`: every check that needs no test run. `pnpm check types lint` runs only those two.
 */
import { existsSync, readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { capture, root } from "./run.ts"

type Command = readonly [command: string, ...args: ReadonlyArray<string>]

/** A step is one or more commands, run one after the other. */
interface Step {
  readonly name: string
  readonly what: string
  readonly commands: ReadonlyArray<Command>
}

const solution: { readonly references: ReadonlyArray<{ readonly path: string }> } = JSON.parse(
  readFileSync(join(root, "tsconfig.json"), "utf8"),
)
const projects = solution.references.map(({ path }) =>
  path.endsWith(".json") ? path : `${path}/tsconfig.json`,
)

const sources = ["packages", "examples", "scripts", "test", "bench", "vitest.workspace.ts"].filter(
  (path) => existsSync(join(root, path)),
)

// Slowest first, so that the last one to end is a short one.
const steps: ReadonlyArray<Step> = [
  {
    name: "effect",
    what: "Effect diagnostics; errors and warnings fail, suggestions do not",
    commands: projects.map((project) => [
      "effect-tsgo",
      "diagnostics",
      "--project",
      project,
      "--severity",
      "error,warning",
      "--strict",
      "--format",
      "text",
    ]),
  },
  { name: "types", what: "TypeScript", commands: [["tsc", "-b", "--pretty", "false"]] },
  {
    name: "unused",
    what: "unused files, exports and dependencies",
    commands: [["knip"]],
  },
  {
    name: "floors",
    what: "import floors and circles",
    commands: [
      ["depcruise", "--config", ".dependency-cruiser.mjs", "--output-type", "err-long", ...sources],
    ],
  },
  { name: "lint", what: "oxlint", commands: [["oxlint", "--deny-warnings"]] },
  {
    name: "format",
    what: "oxfmt; `pnpm fix` repairs it",
    commands: [["oxfmt", "--check"]],
  },
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`No check is called ${unknown.join(", ")}. There are:`)
  for (const { name, what } of steps) console.error(`  ${name.padEnd(8)}${what}`)
  process.exit(2)
}

const seconds = (since: number) =>
  `${((performance.now() - since) / 1000).toFixed(1)} s`.padStart(7)

const runStep = async ({ name, what, commands }: Step): Promise<boolean> => {
  const started = performance.now()
  const failures: Array<string> = []
  for (const [command, ...args] of commands) {
    const { code, output } = await capture(command, args)
    if (code !== 0) failures.push(`$ ${command} ${args.join(" ")}\n${output}\n`)
  }
  const verdict = failures.length === 0 ? "ok  " : "FAIL"
  console.log(
    [`${verdict}  ${name.padEnd(8)}${seconds(started)}  ${what}`, ...failures].join("\n\n"),
  )
  return failures.length === 0
}

const started = performance.now()
const queue = steps.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
const failed: Array<string> = []
const worker = async (): Promise<void> => {
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
    if (!(await runStep(step))) failed.push(step.name)
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, worker))

console.log(
  failed.length === 0
    ? `\nAll checks passed in ${seconds(started).trim()}.`
    : `\nFailed in ${seconds(started).trim()}: ${failed.join(", ")}.`,
)
process.exitCode = failed.length === 0 ? 0 : 1
