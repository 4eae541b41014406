import { readFileSync } from "node:fs"
import { attributes, metrics, spans } from "effect-visa-direct/Telemetry"
import { describe, expect, it } from "vitest"
import { staleness } from "../../scripts/generated.ts"
import { capture } from "../../scripts/run.ts"
import { telemetryDocs } from "../../scripts/telemetryDocs.ts"

const document = readFileSync(telemetryDocs.path, "utf8")

describe("docs/telemetry.md", () => {
  it("is what the table says", () => {
    expect(staleness(telemetryDocs)).toBeUndefined()
  })

  it("has a row for every metric, span and attribute", () => {
    const first = Array.from(document.matchAll(/^\| `([^`]+)`/gm), ([, name]) => name)
    for (const { name } of [...Object.values(metrics), ...Object.values(spans)]) {
      expect(first).toContain(name)
    }
    for (const name of Object.keys(attributes)) expect(first).toContain(name)
  })

  it("has tables whose rows have as many cells as their heads", () => {
    const tables = document
      .split("\n\n")
      .filter((block) => block.startsWith("|"))
      .map((block) => block.trimEnd().split("\n"))
    expect(tables).toHaveLength(5)
    for (const lines of tables) {
      expect(new Set(lines.map((line) => line.split(/(?<!\\)\|/).length)).size).toBe(1)
    }
  })

  it("is accepted by --check as it is committed", async () => {
    const { code, output } = await capture("node", ["scripts/telemetryDocs.ts", "--check"])
    expect([code, output]).toStrictEqual([0, ""])
  })
})
