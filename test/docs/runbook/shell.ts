/**
 * Commands in prose: the `sh` blocks of a Markdown file, run in bash, and what the `text` block behind
 * each of them promises. CONTRIBUTING.md describes the convention.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** One `sh` block. `line` is the first line of its code, counted from 1. */
export interface Step {
  readonly line: number
  readonly code: string
  /** How its last command ends. */
  readonly exit: number
  /** The lines of the `text` block behind it. */
  readonly sees: ReadonlyArray<string>
}

/** The blocks under one heading: they share a shell. */
export interface Session {
  readonly title: string
  readonly steps: ReadonlyArray<Step>
}

const heading = /^#{1,6} (.+)$/
const fence = /^(\s*)```(\S*)[ \t]*(.*)$/
const languages: ReadonlySet<string> = new Set(["sh", "text", "promql", "ts"])

const exitOf = (where: string, mark: string): number => {
  const [, code] = /^exit (\d+)$/.exec(mark) ?? []
  if (mark !== "" && code === undefined) throw new Error(`${where}: unknown mark "${mark}"`)
  return Number(code ?? 0)
}

/** Fails for a block of a language that nobody checks, and for a `text` block behind no `sh` block. */
export const sessionsOf = (file: string, text: string): ReadonlyArray<Session> => {
  const found: Array<{ title: string; steps: Array<Step> }> = [{ title: "", steps: [] }]
  let open: { language: string; mark: string; margin: string; line: number } | undefined
  let lines: Array<string> = []
  let follows = false
  text.split("\n").forEach((line, index) => {
    const match = fence.exec(line)
    if (open === undefined) {
      const [, title] = heading.exec(line) ?? []
      if (title !== undefined) found.push({ title, steps: [] })
      if (match !== null) {
        const [, margin = "", language = "", mark = ""] = match
        if (!languages.has(language)) {
          throw new Error(`${file}:${index + 1}: nobody checks blocks of "${language}"`)
        }
        open = { language, mark: mark.trim(), margin, line: index + 2 }
        lines = []
      } else if (line.trim() !== "") follows = false
      return
    }
    if (match === null || match[2] !== "") {
      lines.push(line.startsWith(open.margin) ? line.slice(open.margin.length) : line.trimStart())
      return
    }
    const where = `${file}:${open.line - 1}`
    const steps = found.at(-1)?.steps ?? []
    if (open.language === "sh") {
      const exit = exitOf(where, open.mark)
      steps.push({ line: open.line, code: lines.join("\n"), exit, sees: [] })
    }
    if (open.language === "text") {
      const last = steps.pop()
      if (last === undefined || !follows) throw new Error(`${where}: what is it that one sees?`)
      steps.push({ ...last, sees: lines })
    }
    follows = open.language === "sh"
    open = undefined
  })
  if (open !== undefined) throw new Error(`${file}:${open.line - 1}: unclosed block`)
  return found.filter(({ steps }) => steps.length > 0)
}

/** The commands of a block: lines, with those that go on joined, without comments and brackets. */
export const commandsOf = ({ code }: Step): ReadonlyArray<string> =>
  code
    .replaceAll(/\\\n\s*/g, "")
    .replaceAll(/([|]|&&)\n\s*/g, "$1 ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#") && !/^[(){}]$/.test(line))

const patternOf = (line: string): RegExp => {
  const parts = line
    .trim()
    .split("…")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\s+/g, "\\s+"))
  return new RegExp(`^\\s*${parts.join(".*")}\\s*$`)
}

/**
 * The first promised line that does not come after the ones before it. `…` stands for anything within
 * a line; blanks count as one; lines may come between.
 */
export const unseen = (sees: ReadonlyArray<string>, output: string): string | undefined => {
  const lines = output.split("\n")
  let from = 0
  return sees
    .filter((line) => line.trim() !== "")
    .find((line) => {
      const pattern = patternOf(line)
      const at = lines.findIndex((text, index) => index >= from && pattern.test(text))
      from = at + 1
      return at < 0
    })
}

/** What became of one block. */
export interface Ran {
  readonly output: string
  /** Absent when the shell ended before the block did. */
  readonly exit: number | undefined
  /** Commands that failed in between. */
  readonly failed: string
}

const script = (count: number): string =>
  [
    "set -uEo pipefail",
    `trap '__failed="\${__failed}exit $? of: $BASH_COMMAND; "' ERR`,
    ...Array.from({ length: count }, (_, at) =>
      [
        "__failed=",
        `. "$__dir/${at}.sh" >"$__dir/${at}.out" 2>&1`,
        `echo $? >"$__dir/${at}.exit"`,
        `printf %s "$__failed" >"$__dir/${at}.failed"`,
      ].join("\n"),
    ),
  ].join("\n")

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/** Runs the blocks of a session, one after the other, in one shell. */
export const runSession = async (
  { steps }: Session,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<ReadonlyArray<Ran>> => {
  const folder = mkdtempSync(join(tmpdir(), "shell-"))
  try {
    steps.forEach(({ code }, at) => writeFileSync(join(folder, `${at}.sh`), `${code}\n`))
    writeFileSync(join(folder, "all.sh"), script(steps.length))
    await new Promise((resolve, reject) => {
      spawn("bash", [join(folder, "all.sh")], {
        cwd: options.cwd,
        env: { ...options.env, __dir: folder },
        stdio: "ignore",
      })
        .on("error", reject)
        .on("close", resolve)
    })
    return steps.map((_, at) => {
      const exit = read(join(folder, `${at}.exit`))
      return {
        output: read(join(folder, `${at}.out`)) ?? "",
        exit: exit === undefined ? undefined : Number(exit),
        failed: read(join(folder, `${at}.failed`)) ?? "",
      }
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What is wrong with how a block ran, if anything is. */
export const complaint = (file: string, step: Step, ran: Ran): string | undefined => {
  const where = `${file}:${step.line}`
  const output = `\n${step.code}\n---\n${ran.output}`
  if (ran.exit === undefined) return `${where}: the shell ended before this block did${output}`
  if (ran.exit !== step.exit) return `${where}: exit ${ran.exit} in place of ${step.exit}${output}`
  if (step.exit === 0 && ran.failed !== "") return `${where}: ${ran.failed}${output}`
  const line = unseen(step.sees, ran.output)
  return line === undefined ? undefined : `${where}: nobody sees "${line.trim()}"${output}`
}
