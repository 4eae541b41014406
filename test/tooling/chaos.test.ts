/** The crash matrix in small: `pnpm chaos` does the same with 200 kills. */
import { assert, it } from "@effect/vitest"
import { capture } from "../../scripts/run.ts"

const minutes = 60_000

it(
  "twenty kills, and two machines of which one is killed and one frozen: nothing lost, nothing doubled",
  async () => {
    const { code, output } = await capture("node", ["scripts/chaos.ts", "20"])
    const last = output.split("\n").at(-1) ?? ""
    assert.match(last, /^\d+ kills, \d+ payouts, 0 lost, 0 doubled, \d+ on the work list$/, output)
    assert.strictEqual(code, 0, output)
  },
  10 * minutes,
)
