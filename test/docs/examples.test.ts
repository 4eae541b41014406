import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { root } from "../../scripts/run.ts"
import {
  type Example,
  folder,
  fromMarkdown,
  fromSource,
  moduleName,
  typeErrors,
  writeModules,
} from "./examples.ts"

const read = (
  pattern: string | ReadonlyArray<string>,
  extract: (file: string, text: string) => ReadonlyArray<Example>,
): ReadonlyArray<Example> =>
  globSync(pattern, { cwd: root })
    .toSorted()
    .flatMap((file) => extract(file, readFileSync(join(root, file), "utf8")))

const examples = [
  ...read(["*.md", "docs/**/*.md", "packages/*/README.md"], fromMarkdown),
  ...read("packages/*/src/**/*.ts", fromSource),
]
const modules = folder("all")

beforeAll(() => writeModules(modules, examples))

it("the examples in Markdown and doc comments type-check", async () => {
  expect(await typeErrors(modules)).toBe("")
})

describe.each(
  Array.from(
    Map.groupBy(
      examples.filter(({ run }) => run),
      ({ file }) => file,
    ),
  ),
)("%s", (_, inFile) => {
  it.each(inFile)("the example in line $line runs", async (example) => {
    await expect(import(join(modules, moduleName(example)))).resolves.toBeDefined()
  })
})
