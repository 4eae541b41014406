/** Whoever an alert wakes finds its page, and queries there that work. */
import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stringify } from "yaml"
import { rules } from "../src/index.ts"
import { strangersIn } from "./support/contract.ts"
import { hasPrometheus, promtool, say } from "./support/prometheus.ts"

const runbook = readFileSync(join(import.meta.dirname, "..", "..", "..", "runbook.md"), "utf8")
const [, { rules: alerts }] = rules().groups
const names = alerts.map(({ alert }) => alert)

/** What stands under the anchor of each alert. */
const sections = new Map(
  Array.from(
    runbook.matchAll(/<a id="(\w+)"><\/a>\n\n#### (.+)\n([\s\S]*?)(?=\n<a id=|\n#{2,4} )/g),
    ([, id = "", title = "", text = ""]) => [id, { title, text }],
  ),
)

/** The lines of the blocks of PromQL: one query each. */
const queries = Array.from(runbook.matchAll(/^( *)```promql\n([\s\S]*?)^\1```$/gm), ([, , lines]) =>
  (lines ?? "").split("\n").map((line) => line.trim()),
)
  .flat()
  .filter((line) => line !== "")

describe("runbook.md", () => {
  it("has one section for each alert, and none for an alert that there is not", () => {
    assert.sameMembers([...sections.keys()], names)
    for (const [id, { title }] of sections) assert.strictEqual(title, id)
    for (const [mentioned = ""] of runbook.matchAll(/\bVisaDirect[A-Z]\w+/g)) {
      assert.include(names, mentioned)
    }
  })

  it("says of each what it means, what it does, how to find out and what to do", () => {
    for (const [id, { text }] of sections) {
      const parts = Array.from(text.matchAll(/^\*\*(\w+)\.\*\*/gm), ([, part]) => part)
      assert.deepStrictEqual(parts, ["Meaning", "Impact", "Diagnosis", "Mitigation"], id)
      assert.include(text, "```promql", id)
    }
  })

  it("keeps those that wake somebody apart from the others", () => {
    const [, critical = ""] = /\n### Critical\n([\s\S]*?)\n### Warning\n/.exec(runbook) ?? []
    for (const { alert, labels } of alerts) {
      assert.strictEqual(
        critical.includes(`<a id="${alert}"></a>`),
        labels.severity === "critical",
        alert,
      )
    }
  })

  it("asks Prometheus only for what the contract has", () => {
    assert.isAbove(queries.length, 20)
    for (const query of queries) assert.deepStrictEqual(strangersIn(query), [], query)
  })

  it("links to sections that it has", () => {
    const anchors = new Set([
      ...Array.from(runbook.matchAll(/<a id="([^"]+)">/g), ([, id]) => id),
      ...Array.from(runbook.matchAll(/^#+ (.+)$/gm), ([, title = ""]) =>
        title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      ),
    ])
    for (const [, target] of runbook.matchAll(/\]\(#([^)]+)\)/g)) {
      assert.isTrue(anchors.has(target), target)
    }
  })
})

describe.skipIf(!hasPrometheus)("promtool", () => {
  it("can parse the queries of the runbook", () => {
    const folder = mkdtempSync(join(tmpdir(), "runbook-"))
    try {
      const path = join(folder, "queries.yaml")
      const records = queries.map((expr, index) => ({ record: `runbook:query:${index}`, expr }))
      writeFileSync(path, stringify({ groups: [{ name: "runbook", rules: records }] }))
      const { output, status } = promtool(["check", "rules", path])
      assert.strictEqual(status, 0, output)
      say(`parsed the ${queries.length} queries of the runbook`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
