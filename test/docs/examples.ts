/**
 * Code in prose: the ts blocks of Markdown files and of doc comments, made into modules that can be
 * type-checked and run. CONTRIBUTING.md describes the convention.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { capture, root } from "../../scripts/run.ts"

/** `line` is the line of the first line of code in `file`, counted from 1. */
export interface Example {
  readonly file: string
  readonly line: number
  readonly code: string
  readonly run: boolean
}

const fence = /^(\s*)```(\S*)[ \t]*(.*)$/

const isRun = (where: string, mark: string): boolean => {
  if (mark !== "" && mark !== "no-run") throw new Error(`${where}: unknown mark "${mark}"`)
  return mark === ""
}

const fenced = (
  file: string,
  lines: ReadonlyArray<string>,
  firstLine: number,
): ReadonlyArray<Example> => {
  const found: Array<Example> = []
  let open: { indent: string; language: string; mark: string; start: number } | undefined
  lines.forEach((line, index) => {
    const match = fence.exec(line)
    if (match === null) return
    const [, indent = "", language = "", words = ""] = match
    if (open === undefined) {
      open = { indent, language, mark: words.trim(), start: index + 1 }
      return
    }
    if (open.language === "ts") {
      const { start, mark, indent: margin } = open
      found.push({
        file,
        line: firstLine + start,
        code: lines
          .slice(start, index)
          .map((text) => (text.startsWith(margin) ? text.slice(margin.length) : text.trimStart()))
          .join("\n"),
        run: isRun(`${file}:${firstLine + start - 1}`, mark),
      })
    }
    open = undefined
  })
  if (open !== undefined) throw new Error(`${file}:${firstLine + open.start - 1}: unclosed block`)
  return found
}

const announcement = /^@example\b(.*)$/

/** An `@example` whose code stands bare, up to the next tag or the end of the comment. */
const bare = (
  file: string,
  lines: ReadonlyArray<string>,
  firstLine: number,
): ReadonlyArray<Example> =>
  lines.flatMap((line, index) => {
    const mark = announcement.exec(line)?.[1]?.trim()
    if (mark === undefined) return []
    const where = `${file}:${firstLine + index}`
    const next = lines.findIndex((text, at) => at > index && /^@\w/.test(text))
    const code = lines.slice(index + 1, next === -1 ? undefined : next)
    if (code.every((text) => text.trim() === ""))
      throw new Error(`${where}: an @example without code`)
    const run = isRun(where, mark)
    const inBlock = code.some((text) => fence.test(text))
    if (inBlock && !run) throw new Error(`${where}: put no-run on the ts block`)
    return inBlock ? [] : [{ file, line: firstLine + index + 1, code: code.join("\n"), run }]
  })

export const fromMarkdown = (file: string, text: string): ReadonlyArray<Example> =>
  fenced(file, text.split("\n"), 1)

const docComment = /^[ \t]*\/\*\*[\s\S]*?\*\//gm

export const fromSource = (file: string, text: string): ReadonlyArray<Example> =>
  Array.from(text.matchAll(docComment)).flatMap((comment) => {
    const firstLine = text.slice(0, comment.index).split("\n").length
    const lines = comment[0]
      .replace(/\*\/$/, "")
      .split("\n")
      .map((line) => line.replace(/^\s*(\/\*\*|\*) ?/, "").trimEnd())
    return [...fenced(file, lines, firstLine), ...bare(file, lines, firstLine)]
  })

const expectation = /^(\s*)(.+?);?\s*\/\/ => (.+)$/
const declaration = /^(?:export )?const (\w+)\b.*=/
const printed = /^console\.log\((.*)\)$/

/** `a // => b` becomes an assertion that a deeply equals b. */
const withAssertion = (line: string): string => {
  const match = expectation.exec(line)
  if (match === null || line.trimStart().startsWith("//")) return line
  const [, indent = "", statement = "", expected = ""] = match
  const name = declaration.exec(statement)?.[1]
  if (name !== undefined) return `${indent}${statement}; expectEqual(${name}, (${expected}))`
  const value = printed.exec(statement)?.[1] ?? statement
  return `${indent};expectEqual((${value}), (${expected}))`
}

/** The example as a module whose line numbers are those of the file that it comes from. */
export const toModule = ({ code, line }: Example): string =>
  [
    `import { deepStrictEqual as expectEqual } from "node:assert/strict"; export {}`,
    "\n".repeat(line - 1),
    code.split("\n").map(withAssertion).join("\n"),
    "\n",
  ].join("")

/** A name for the example's module that tells where it comes from. */
export const moduleName = ({ file, line }: Example): string =>
  `${file.replaceAll(/[^A-Za-z0-9]+/g, "-")}-line-${line}.ts`

/** Modules have to lie in the repository: there they resolve packages as its own files do. */
export const folder = (name: string): string => join(root, ".doc-examples", name)

const tsconfig = {
  extends: "../../tsconfig.base.json",
  compilerOptions: {
    noEmit: true,
    incremental: false,
    declaration: false,
    declarationMap: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: ["*.ts"],
}

export const writeModules = (into: string, examples: ReadonlyArray<Example>): void => {
  rmSync(into, { recursive: true, force: true })
  mkdirSync(into, { recursive: true })
  writeFileSync(join(into, "tsconfig.json"), JSON.stringify(tsconfig))
  // An empty folder is an error to the compiler, not a success.
  writeFileSync(join(into, "index.ts"), "export {}\n")
  for (const example of examples) {
    writeFileSync(join(into, moduleName(example)), toModule(example))
  }
}

/** What the compiler has to say about the modules in a folder: nothing when all is well. */
export const typeErrors = async (folder: string): Promise<string> => {
  const { code, output } = await capture("tsc", ["-p", folder, "--pretty", "false"])
  return code === 0 ? "" : output
}
