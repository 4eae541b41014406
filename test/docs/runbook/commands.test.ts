/** Whoever is woken at night pastes these commands: each of them runs here, against a simulated Visa. */
import { describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect } from "vitest"
import { hasPostgres, hasRedis } from "../../../packages/cli/test/support/servers.ts"
import { root } from "../../../scripts/run.ts"
import { fromMarkdown } from "../examples.ts"
import { commandsOf, complaint, runSession, sessionsOf } from "./shell.ts"
import { World } from "./world.ts"

const file = "runbook.md"
const text = readFileSync(join(root, file), "utf8")
const sessions = sessionsOf(file, text)

/** What the commands need beside the workspace, and a machine may lack. */
const tools = ["bash", "curl", "openssl", "promtool", "psql", "redis-cli"]
const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined)
const ready = hasPostgres && hasRedis && missing.length === 0
const isCi = process.env["CI"] === "true"

if (!ready && !isCi) {
  const absent = missing.length === 0 ? "a server" : missing.join(", ")
  process.stderr.write(`\nNO ${absent}: the commands of ${file} are SKIPPED.\n\n`)
}

describe.skipIf(!ready && !isCi)("runbook.md", () => {
  let commands = 0
  let blocks = 0

  layer(World.layer, { timeout: 120_000, excludeTestServices: true })((it) => {
    for (const session of sessions) {
      it.effect(
        `the commands under "${session.title}" do what it says`,
        () =>
          Effect.gen(function* () {
            const { before, cwd, env } = yield* World
            const here = yield* before(session.title)
            const ran = yield* Effect.promise(() =>
              runSession(session, { cwd, env: { ...env, ...here } }),
            )
            session.steps.forEach((step, at) => {
              const outcome = ran[at]
              if (outcome === undefined) throw new Error("A block without an outcome")
              expect(complaint(file, step, outcome)).toBeUndefined()
              blocks++
              commands += commandsOf(step).length
            })
          }),
        120_000,
      )
    }
  })

  afterAll(() => {
    const programs = fromMarkdown(file, text).filter(({ run }) => run).length
    process.stderr.write(
      `runbook: ${commands} commands in ${blocks} blocks, ${programs} programs\n`,
    )
  })
})
