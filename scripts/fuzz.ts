/** `pnpm fuzz [SEED]`: the fuzz suite with more cases, under a random seed or the one that is given. */
import { randomInt } from "node:crypto"
import { root } from "./run.ts"
import { spawn } from "node:child_process"
import { delimiter, join } from "node:path"

const given = process.argv[2]
if (given !== undefined && !/^\d{1,10}$/.test(given)) {
  console.error("Usage: pnpm fuzz [SEED], where SEED is a whole number.")
  process.exit(2)
}
const seed = given ?? String(randomInt(2 ** 31))
console.log(`seed ${seed}; repeat this run with: pnpm fuzz ${seed}`)

spawn(
  "vitest",
  ["run", "--config", "vitest.workspace.ts", "--project", "sdk", "packages/sdk/test/fuzz.test.ts"],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: [join(root, "node_modules", ".bin"), process.env["PATH"]].join(delimiter),
      FUZZ_SEED: seed,
      FUZZ_RUNS: process.env["FUZZ_RUNS"] ?? "20000",
    },
  },
).on("close", (code) => {
  process.exitCode = code ?? 1
})
