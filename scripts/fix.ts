/**
 * `pnpm fix`: repairs what oxlint can repair, writes anew what is written from tables, then formats.
 * What it cannot repair fails.
 */
import { errorDocs } from "./errorDocs.ts"
import { write } from "./generated.ts"
import { monitoring } from "./monitoring.ts"
import { run } from "./run.ts"
import { telemetryDocs } from "./telemetryDocs.ts"

const lint = await run("oxlint", ["--fix", "--deny-warnings"])
for (const file of [errorDocs, telemetryDocs, ...monitoring]) write(file)
const format = await run("oxfmt", [])
process.exitCode = lint === 0 && format === 0 ? 0 : 1
