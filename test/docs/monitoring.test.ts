import { expect, it } from "vitest"
import { staleness } from "../../scripts/generated.ts"
import { monitoring } from "../../scripts/monitoring.ts"
import { capture } from "../../scripts/run.ts"

for (const file of monitoring) {
  it(`${file.path.split("/").at(-1)} is what the telemetry contract says`, () => {
    expect(staleness(file)).toBeUndefined()
  })
}

it("node scripts/monitoring.ts --check accepts the files that are committed", async () => {
  const { code, output } = await capture("node", ["scripts/monitoring.ts", "--check"])
  expect([code, output]).toStrictEqual([0, ""])
})
