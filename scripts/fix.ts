/** `pnpm fix`: repairs what oxlint can repair, then formats. What it cannot repair fails. */
import { run } from "./run.ts"

const lint = await run("oxlint", ["--fix", "--deny-warnings"])
const format = await run("oxfmt", [])
process.exitCode = lint === 0 && format === 0 ? 0 : 1
