import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { complaints, faultDocs } from "../../scripts/faultDocs.ts"
import { matrix } from "../../scripts/faults/matrix.ts"
import type { Matrix } from "../../scripts/faults/matrix.ts"
import { struck } from "../../scripts/faults/strikes.ts"
import { staleness } from "../../scripts/generated.ts"
import { Fault } from "effect-visa-direct-simulator"

/** Some forty seconds of work; a machine with much else to do takes its time. */
const patience = 300_000

describe("docs/faults.md", () => {
  let run: Matrix
  beforeAll(async () => {
    run = await Effect.runPromise(matrix)
  }, patience)

  it("has every kind of fault that the simulator has", () => {
    const kinds = Fault.members.map(({ fields }) => fields.kind.literal)
    expect([...struck].toSorted()).toStrictEqual([...new Set(kinds)].toSorted())
  })

  it("tells of no payout that is lost, doubled or told wrongly", () => {
    expect(complaints(run)).toStrictEqual([])
  })

  it("is what a run of all faults says", () => {
    expect(staleness(faultDocs(run))).toBeUndefined()
  })
})
