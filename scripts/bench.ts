/** `pnpm bench NAME`: runs bench/NAME.bench.ts. Without a name that exists: lists them, exit 2. */
import { globSync } from "node:fs"
import { join } from "node:path"
import { root, run } from "./run.ts"

const suffix = ".bench.ts"
const names = globSync(`*${suffix}`, { cwd: join(root, "bench") })
  .map((file) => file.slice(0, -suffix.length))
  .toSorted()

const [name, ...args] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  if (name !== undefined) console.error(`There is no benchmark ${name}.`)
  console.error("Usage: pnpm bench NAME. The benchmarks are:")
  for (const known of names) console.error(`  ${known}`)
  process.exitCode = 2
} else {
  process.exitCode = await run("node", [join("bench", name + suffix), ...args])
}
