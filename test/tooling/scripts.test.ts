import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { capture } from "../../scripts/run.ts"

const temporary = mkdtempSync(join(tmpdir(), "scripts-"))
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

describe("the closing line of a test run", () => {
  const summary = (report: object) => {
    const file = join(temporary, "report.json")
    const counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }
    writeFileSync(file, JSON.stringify({ success: true, testResults: [], ...counts, ...report }))
    return capture("node", ["scripts/testSummary.ts", file])
  }

  it("counts what passed", async () => {
    expect(await summary({ numPassedTests: 7 })).toStrictEqual({
      code: 0,
      output: "7 passed, 0 failed",
    })
  })

  it("names skipped and unwritten tests", async () => {
    expect(await summary({ numPassedTests: 7, numPendingTests: 1, numTodoTests: 2 })).toStrictEqual(
      {
        code: 0,
        output: "7 passed, 0 failed, 3 skipped",
      },
    )
  })

  it("fails when a test failed", async () => {
    const testResults = [{ status: "failed", assertionResults: [{ status: "failed" }] }]
    expect(
      await summary({ success: false, numPassedTests: 6, numFailedTests: 1, testResults }),
    ).toStrictEqual({ code: 1, output: "6 passed, 1 failed" })
  })

  it("counts a file that could not be loaded as a failure", async () => {
    const testResults = [{ status: "failed", assertionResults: [] }]
    expect(await summary({ success: false, numPassedTests: 6, testResults })).toStrictEqual({
      code: 1,
      output: "6 passed, 1 failed",
    })
  })

  it("fails when no test ran", async () => {
    expect(await summary({})).toStrictEqual({ code: 1, output: "No test ran.\n0 passed, 0 failed" })
  })

  it("fails without a report", async () => {
    const { code, output } = await capture("node", [
      "scripts/testSummary.ts",
      join(temporary, "no"),
    ])
    expect(code).toBe(1)
    expect(output).toContain("ENOENT")
    expect(output).not.toContain("passed")
  })
})

describe("pnpm bench", () => {
  it("lists the benchmarks when there is none of the name", async () => {
    const { code, output } = await capture("node", ["scripts/bench.ts", "no-such"])
    expect(code).toBe(2)
    expect(output).toContain("There is no benchmark no-such.\nUsage: pnpm bench NAME.")
  })
})

describe("pnpm check", () => {
  it("runs the steps that are named, and names them", async () => {
    const { output } = await capture("node", ["scripts/check.ts", "lint"])
    expect(output).toMatch(/^(ok {2}|FAIL) {2}lint +\d+\.\d s {2}oxlint$/m)
    expect(output).not.toContain("knip")
  })

  it("lists the steps when there is none of the name", async () => {
    const { code, output } = await capture("node", ["scripts/check.ts", "tpyes"])
    expect(code).toBe(2)
    expect(output).toContain("No check is called tpyes.")
    expect(output).toMatch(/^ {2}types +TypeScript$/m)
  })
})
