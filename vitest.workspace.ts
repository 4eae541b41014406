import { readdirSync } from "node:fs"
import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

const seconds = 1000

interface Project {
  readonly name: string
  readonly include: ReadonlyArray<string>
  readonly testTimeout?: number
  /** Projects of a later group start when all of an earlier group have ended. */
  readonly group?: number
}

const projects: ReadonlyArray<Project> = [
  ...readdirSync(new URL("packages", import.meta.url)).map((name) => ({
    name,
    include: [`packages/${name}/test/**/*.test.ts`],
  })),
  { name: "examples", include: ["examples/**/*.test.ts"], testTimeout: 60 * seconds },
  { name: "docs", include: ["test/docs/**/*.test.ts"], testTimeout: 60 * seconds },
  { name: "tooling", include: ["test/tooling/**/*.test.ts"], testTimeout: 60 * seconds },
  // Builds and installs: kept away from tests that watch a clock.
  {
    name: "packaging",
    include: ["test/packaging/**/*.test.ts"],
    testTimeout: 180 * seconds,
    group: 1,
  },
]

export default defineConfig({
  test: {
    maxWorkers: Math.max(2, availableParallelism()),
    reporters: process.env["CI"] === undefined ? ["default"] : ["default", "json"],
    outputFile: { json: ".reports/vitest.json" },
    silent: "passed-only",
    projects: projects.map(({ name, include, testTimeout = 20 * seconds, group = 0 }) => ({
      test: {
        name,
        include: [...include],
        testTimeout,
        // Generating RSA keys for a test PKI takes seconds on a busy machine.
        hookTimeout: 3 * testTimeout,
        sequence: { groupOrder: group },
      },
    })),
  },
})
