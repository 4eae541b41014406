/** `pnpm build`: emits every package from scratch, so that no file of a deleted module is left. */
import { existsSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { root, run } from "./run.ts"

const packages = readdirSync(join(root, "packages"))
  .map((name) => join("packages", name))
  .filter((folder) => existsSync(join(root, folder, "tsconfig.build.json")))

for (const folder of packages) rmSync(join(root, folder, "dist"), { recursive: true, force: true })
process.exitCode = await run("tsc", [
  "-b",
  "--force",
  ...packages.map((folder) => join(folder, "tsconfig.build.json")),
])
