/**
 * Prints the closing line of a test run, `N passed, N failed`, from Vitest's JSON report, and ends
 * with an error when the run was not a good one. A report that is missing is not a good one.
 */
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { root } from "./run.ts"

interface Report {
  readonly success: boolean
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: ReadonlyArray<{
    readonly status: "passed" | "failed"
    readonly assertionResults: ReadonlyArray<{ readonly status: string }>
  }>
}

const report: Report = JSON.parse(
  readFileSync(resolve(root, process.argv[2] ?? ".reports/vitest.json"), "utf8"),
)

// A file that cannot be loaded, or whose hook throws, fails without a failed test to its name.
const failedFiles = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === "failed" && !assertionResults.some((test) => test.status === "failed"),
).length
const passed = report.numPassedTests
const failed = report.numFailedTests + failedFiles
const skipped = report.numPendingTests + report.numTodoTests

if (failed === 0 && !report.success) console.log("Vitest reports errors outside of the tests.")
if (passed + failed === 0) console.log("No test ran.")
console.log(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`)
process.exitCode = report.success && failed === 0 && passed > 0 ? 0 : 1
