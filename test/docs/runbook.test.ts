/** Errors name a section of the runbook: each of them must be there, and no section without a use. */
import { expect, it } from "vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { runbookSections, tagOfCode } from "effect-visa-direct/VisaError"
import { catalogue } from "effect-visa-direct"
import { root } from "../../scripts/run.ts"

const runbook = readFileSync(join(root, "runbook.md"), "utf8")

it("has a section for every one that an error can name", () => {
  const anchors = Array.from(
    runbook.matchAll(/<a id="([^"]+)"><\/a>\s+### (.+)/g),
    ([, id, title]) => [id, title],
  )
  expect(Object.fromEntries(anchors)).toEqual(runbookSections)
})

it("names only reasons that exist", () => {
  const named = Array.from(
    runbook.matchAll(/`([A-Z][a-z][A-Za-z0-9]+)`/g),
    ([, name]) => name ?? "",
  )
  const unknown = named.filter(
    (name) => !(name in catalogue) && !["NotMoved", "Unknown", "OutcomeUnknown"].includes(name),
  )
  expect(unknown).toEqual([])
  expect(tagOfCode("gateway", "403/9611")._tag).toBe("Some")
})
