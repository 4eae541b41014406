import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { root } from "../../scripts/run.ts"

const variablesIn = (text: string): ReadonlySet<string> =>
  new Set(text.match(/\bVISA_DIRECT_[A-Z0-9_]*[A-Z0-9]\b/g))

const read = (path: string): string => readFileSync(join(root, path), "utf8")

const sources = globSync("packages/{sdk,cli}/src/**/*.ts", { cwd: root }).map(read).join("\n")
const page = variablesIn(read("docs/configuration.md"))

it("documents every variable that is read", () => {
  expect([...variablesIn(sources)].filter((name) => !page.has(name))).toEqual([])
  expect(page.size).toBeGreaterThan(60)
})

it("documents no variable that nothing reads", () => {
  // The names of paths are made of the names of the texts.
  const known = variablesIn(sources)
  const isKnown = (name: string) => known.has(name) || known.has(name.replace(/_PATH$/, ""))
  expect([...page].filter((name) => !isKnown(name))).toEqual([])
})
