import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { catalogue, runbookSections } from "effect-visa-direct/VisaError"
import { describe, expect, it } from "vitest"
import { errorDocs } from "../../scripts/errorDocs.ts"
import { staleness } from "../../scripts/generated.ts"
import { capture, root } from "../../scripts/run.ts"

const document = readFileSync(errorDocs.path, "utf8")

/** The rows of the tables under a heading, as cells. */
const tableUnder = (heading: string): ReadonlyArray<ReadonlyArray<string>> => {
  const [, rest = ""] = document.split(`\n## ${heading}\n`)
  const [body = ""] = rest.split("\n## ")
  return body
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.slice(2, -2).split(" | "))
}

const headings = Array.from(document.matchAll(/^## (.+)$/gm), ([, heading = ""]) => heading)

describe("docs/errors.md", () => {
  it("is what the catalogue says", () => {
    expect(staleness(errorDocs)).toBeUndefined()
  })

  it("lists every reason, once per code", () => {
    const listed = headings
      .filter((heading) => heading !== "Groups" && heading !== "Approvals")
      .flatMap(tableUnder)
      .flatMap((cells) => cells.slice(0, 2))
      .map((cell) => cell.replaceAll("`", ""))
    for (const tag of Object.keys(catalogue)) expect(listed).toContain(tag)
  })

  it("lists at least 150 codes of Visa, at least 85 of them action codes, each with its own tag", () => {
    const actionCodes = tableUnder("Action codes: `actionCode`, ISO 8583 field 39")
    const codes = headings.flatMap(tableUnder).filter((cells) => cells.length === 8)
    for (const table of [actionCodes, codes]) {
      expect(table.every((cells) => /^`[A-Z]\w+`$/.test(cells[1] ?? ""))).toBe(true)
    }
    expect(new Set(actionCodes.map(([, tag]) => tag)).size).toBe(actionCodes.length)
    expect(actionCodes.length).toBeGreaterThanOrEqual(85)
    expect(new Set(codes.map(([, tag]) => tag)).size).toBeGreaterThanOrEqual(150)
  })

  it("has tables whose rows have as many cells as their heads", () => {
    const tables = document
      .split("\n\n")
      .filter((block) => block.startsWith("|"))
      .map((block) => block.trimEnd().split("\n"))
    expect(tables.length).toBeGreaterThan(20)
    for (const lines of tables) {
      expect(new Set(lines.map((line) => line.split(/(?<!\\)\|/).length)).size).toBe(1)
    }
  })

  it("links to sections that runbook.md has", () => {
    const runbook = readFileSync(join(root, "runbook.md"), "utf8")
    for (const section of Object.keys(runbookSections)) {
      expect(runbook).toContain(`<a id="${section}"></a>`)
      expect(document).toContain(`../runbook.md#${section})`)
    }
  })
})

describe("node scripts/errorDocs.ts --check", () => {
  it("accepts the file that is committed", async () => {
    const { code, output } = await capture("node", ["scripts/errorDocs.ts", "--check"])
    expect([code, output]).toStrictEqual([0, ""])
  })

  it("says where a stale file differs, and how to renew it", () => {
    const folder = mkdtempSync(join(tmpdir(), "errors-"))
    try {
      const file = join(folder, "errors.md")
      expect(staleness(errorDocs, file)).toBe(
        "docs/errors.md is missing. Run `node scripts/errorDocs.ts` and commit the result.",
      )
      writeFileSync(file, errorDocs.render().replace("# Errors\n", "# Mistakes\n"))
      expect(staleness(errorDocs, file)).toMatch(
        /from line 3 on\. Run `node scripts\/errorDocs\.ts`/,
      )
      writeFileSync(file, `${errorDocs.render()}more\n`)
      expect(staleness(errorDocs, file)).toMatch(/^docs\/errors\.md is not what the catalogue says/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
