/**
 * `node scripts/faultDocs.ts`: writes docs/faults.md from a run of every fault of the simulator at every
 * step of a payout that talks to Visa, over real sockets. With `--check` it writes nothing and fails when
 * the file is not what the run says. Fails also when a payment is lost, doubled or told wrongly.
 */
import { Effect } from "effect"
import { broken } from "./faults/laws.ts"
import { matrix } from "./faults/matrix.ts"
import type { Matrix } from "./faults/matrix.ts"
import { render } from "./faults/render.ts"
import { below, writeOrCheck } from "./generated.ts"
import type { Generated } from "./generated.ts"

/** docs/faults.md. */
export const faultDocs = (run: Matrix): Generated => ({
  path: below("docs", "faults.md"),
  from: "a run of all faults",
  command: "node scripts/faultDocs.ts",
  render: () => render(run),
})

/** Every law that a cell breaks, by the name of the cell. */
export const complaints = ({ atSteps, inStores }: Matrix): ReadonlyArray<string> => [
  ...atSteps.flatMap(({ cell, isLasting, step, strike }) =>
    broken(cell).map(
      (law) => `${step.name}, ${strike.name}, ${isLasting ? "lasting" : "once"}: ${law}`,
    ),
  ),
  ...inStores.flatMap(({ cell, outage }) =>
    broken(cell).map((law) => `${outage.store}, ${outage.point}, did: ${outage.did}: ${law}`),
  ),
]

if (import.meta.main) {
  const run = await Effect.runPromise(matrix)
  const found = complaints(run)
  for (const complaint of found) console.error(complaint)
  if (found.length > 0) process.exitCode = 1
  writeOrCheck(faultDocs(run))
}
