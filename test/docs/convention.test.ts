import { join } from "node:path"
import { describe, expect, it } from "vitest"
import {
  folder,
  fromMarkdown,
  fromSource,
  moduleName,
  toModule,
  typeErrors,
  writeModules,
} from "./examples.ts"

const markdown = (...lines: ReadonlyArray<string>) => fromMarkdown("README.md", lines.join("\n"))
const source = (...lines: ReadonlyArray<string>) => fromSource("Money.ts", lines.join("\n"))

describe("finding examples", () => {
  it("takes the ts blocks of Markdown, and no others", () => {
    expect(
      markdown("# Title", "```ts", "const a = 1", "```", "```sh", "pnpm test", "```"),
    ).toStrictEqual([{ file: "README.md", line: 3, code: "const a = 1", run: true }])
  })

  it("takes the ts blocks of doc comments, and none from strings or plain comments", () => {
    expect(
      source(
        'const glob = "src/**/*.ts"',
        "// ```ts",
        "/**",
        " * Adds.",
        " *",
        " * @example",
        " * ```ts",
        " * if (true) {",
        " *   add(1, 2)",
        " * }",
        " * ```",
        " */",
      ),
    ).toStrictEqual([{ file: "Money.ts", line: 8, code: "if (true) {\n  add(1, 2)\n}", run: true }])
  })

  it("takes an @example without a block as code up to the next tag", () => {
    expect(
      source("/**", " * @example", " * add(1, 2)", " *", " * add(2, 3)", " * @since 1.0.0", " */"),
    ).toStrictEqual([{ file: "Money.ts", line: 3, code: "add(1, 2)\n\nadd(2, 3)", run: true }])
  })

  it("only type-checks what is marked no-run", () => {
    const found = [
      ...markdown("```ts no-run", "launch()", "```"),
      ...source("/**", " * @example no-run", " * launch()", " */"),
    ]
    expect(found.map(({ run }) => run)).toStrictEqual([false, false])
  })

  it("refuses a mark that it does not know", () => {
    expect(() => markdown("```ts norun", "launch()", "```")).toThrow(
      'README.md:1: unknown mark "norun"',
    )
    expect(() => source("", "/**", " * @example Launching", " * launch()", " */")).toThrow(
      'Money.ts:3: unknown mark "Launching"',
    )
  })

  it("refuses a block without an end", () => {
    expect(() => markdown("text", "```ts", "launch()")).toThrow("README.md:2: unclosed block")
  })

  it("refuses an @example whose mark its block does not have", () => {
    expect(() =>
      source("", "/**", " * @example no-run", " * ```ts", " * launch()", " * ```", " */"),
    ).toThrow("Money.ts:3: put no-run on the ts block")
  })

  it("refuses an @example without code", () => {
    expect(() => source("", "/**", " * @example", " *", " */")).toThrow(
      "Money.ts:3: an @example without code",
    )
  })
})

describe("making modules", () => {
  it("keeps the line numbers of the file", () => {
    const [example] = markdown("", "", "```ts", "const a = 1", "const b = 2", "```")
    expect(example && toModule(example).split("\n").slice(3, 5)).toStrictEqual([
      "const a = 1",
      "const b = 2",
    ])
  })

  it.each([
    ["1 + 1 // => 2", ";expectEqual((1 + 1), (2))"],
    ["const two = 1 + 1 // => 2", "const two = 1 + 1; expectEqual(two, (2))"],
    ["  console.log(1 + 1) // => 2", "  ;expectEqual((1 + 1), (2))"],
    ["// 1 + 1 // => 3", "// 1 + 1 // => 3"],
  ])("reads %s", (code, expected) => {
    expect(toModule({ file: "README.md", line: 2, code, run: true }).split("\n")[1]).toBe(expected)
  })
})

describe("broken examples", () => {
  const examples = markdown(
    "```ts",
    'const text: number = "text"',
    "```",
    "```ts",
    "1 + 1 // => 3",
    "```",
  )
  const modules = folder("broken")

  it("fail to type-check, in the file and line where they stand", async () => {
    writeModules(modules, examples)
    const errors = await typeErrors(modules)
    expect(errors).toContain("README-md-line-2.ts(2,7): error TS2322")
    expect(errors).not.toContain("README-md-line-5.ts")
  })

  it("fail to run when a value is not the one promised", async () => {
    writeModules(modules, examples)
    const wrong = examples.find(({ line }) => line === 5)
    await expect(wrong && import(join(modules, moduleName(wrong)))).rejects.toThrow(
      "Expected values to be strictly deep-equal",
    )
  })
})
