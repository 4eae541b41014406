/** Files that are written from tables in the sources: how they are worded, written and kept fresh. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { root } from "./run.ts"

type Cells = ReadonlyArray<string>

export const code = (text: string): string => `\`${text}\``
export const codes = (texts: ReadonlyArray<string>): string => texts.map(code).join(", ")

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")
const line = (cells: Cells): string => `| ${cells.map(cell).join(" | ")} |`

/** The lines of a Markdown table, and an empty one. */
export const table = (head: Cells, body: ReadonlyArray<Cells>): ReadonlyArray<string> => [
  line(head),
  line(head.map(() => "---")),
  ...body.map(line),
  "",
]

export const section = (title: string, ...parts: ReadonlyArray<string>): ReadonlyArray<string> => [
  `## ${title}`,
  "",
  ...parts,
]

export interface Generated {
  readonly path: string
  /** What the file is written from, as the subject of "… says". */
  readonly from: string
  /** What writes it again. */
  readonly command: string
  readonly render: () => string
}

/** What is wrong with the file, if anything. */
export const staleness = (
  { command, from, path, render }: Generated,
  file: string = path,
): string | undefined => {
  const name = relative(root, path)
  const again = `Run \`${command}\` and commit the result.`
  let written: string
  try {
    written = readFileSync(file, "utf8")
  } catch {
    return `${name} is missing. ${again}`
  }
  const text = render()
  if (written === text) return undefined
  const expected = text.split("\n")
  const found = written.split("\n")
  const first = expected.findIndex((part, index) => part !== found[index])
  const at = (first === -1 ? expected.length : first) + 1
  return `${name} is not what ${from} says, from line ${at} on. ${again}`
}

export const write = ({ path, render }: Generated): void => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, render())
}

/** Writes the files or, with `--check`, writes nothing and fails when one of them is stale. */
export const writeOrCheck = (...files: ReadonlyArray<Generated>): void => {
  if (!process.argv.includes("--check")) return files.forEach(write)
  for (const file of files) {
    const stale = staleness(file)
    if (stale === undefined) continue
    console.error(stale)
    process.exitCode = 1
  }
}

/** A path below the root of the repository. */
export const below = (...parts: ReadonlyArray<string>): string => join(root, ...parts)
