/**
 * `pnpm check`: every check that needs no test run. `pnpm check types lint` runs only those two.
 */
import { existsSync } from "node:fs"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import { capture, root } from "./run.ts"

interface Step {
  readonly name: string
  readonly what: string
  readonly command: string
  readonly args: ReadonlyArray<string>
}

const sources = ["packages", "examples", "scripts", "test", "bench", "vitest.workspace.ts"].filter(
  (path) => existsSync(join(root, path)),
)

// Slowest first, so that the last one to end is a short one.
const steps: ReadonlyArray<Step> = [
  {
    name: "effect",
    what: "Effect diagnostics; errors and warnings fail, suggestions do not",
    command: "effect-tsgo",
    args: [
      "diagnostics",
      "--project=scripts/tsconfig.effect.json",
      "--severity=error,warning",
      "--strict",
      "--format=text",
    ],
  },
  { name: "types", what: "TypeScript", command: "tsc", args: ["-b", "--pretty", "false"] },
  {
    name: "unused",
    what: "unused files, exports and dependencies",
    command: "knip",
    args: [],
  },
  {
    name: "floors",
    what: "import floors and circles",
    command: "depcruise",
    args: ["--config", ".dependency-cruiser.mjs", "--output-type", "err-long", ...sources],
  },
  { name: "lint", what: "oxlint", command: "oxlint", args: ["--deny-warnings"] },
  { name: "format", what: "oxfmt; `pnpm fix` repairs it", command: "oxfmt", args: ["--check"] },
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

/** `tsc -b` reports an error once for each project that the file is part of. */
const once = (output: string): string => Array.from(new Set(output.split(/\n(?=\S)/))).join("\n")

const runStep = async ({ name, what, command, args }: Step): Promise<boolean> => {
  const started = performance.now()
  const { code, output } = await capture(command, args)
  console.log(`${code === 0 ? "ok  " : "FAIL"}  ${name.padEnd(8)}${seconds(started)}  ${what}`)
  if (code !== 0) console.log(`\n$ ${command} ${args.join(" ")}\n${once(output)}\n`)
  return code === 0
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
