/** Prometheus' own programs. They are not packages of npm: Debian's package is `prometheus`. */
import { spawnSync } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const find = (program: string): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(isExecutable)

const found = { prometheus: find("prometheus"), promtool: find("promtool") }

/** Whether both are there. In CI they must be; elsewhere their absence is said loudly. */
export const hasPrometheus = found.prometheus !== undefined && found.promtool !== undefined

/** Vitest hides the console of tests that pass, and these shall say what they have done. */
export const say = (text: string): void => {
  process.stderr.write(`prometheus, ${text}\n`)
}

if (!hasPrometheus) {
  const missing =
    "prometheus and promtool are not on the PATH (Debian and Ubuntu: apt-get install prometheus)"
  if (process.env["CI"] !== undefined) throw new Error(`CI needs them: ${missing}.`)
  say(`SKIPPED its tests: ${missing}.`)
}

export const prometheusPath = found.prometheus ?? "prometheus"

/** Runs promtool and answers its exit code and all that it said. */
export const promtool = (args: ReadonlyArray<string>, input?: string) => {
  const { status, stderr, stdout } = spawnSync(found.promtool ?? "promtool", args, {
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  })
  return { status, output: stdout + stderr }
}
