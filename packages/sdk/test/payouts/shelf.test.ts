import { assert, describe, it } from "@effect/vitest"
import type { Schema } from "effect"
import * as fc from "fast-check"
import { makeShelf } from "../../src/internal/shelf.ts"

describe("A shelf", () => {
  it("gives back what was put there, whatever else was put", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const shelf = makeShelf()
        const given = values as ReadonlyArray<Schema.Json>
        const places = given.map(shelf.put)
        // As JSON, because -0 is 0 there.
        assert.deepStrictEqual(
          places.map((at) => JSON.stringify(shelf.get(at))),
          given.map((each) => JSON.stringify(each)),
        )
      }),
    )
  })

  it("has room for more than fits into one block, and for what is larger than a block", () => {
    const shelf = makeShelf()
    const given = [1, 100_000, 200_000, 10, 300_000, 1_000_000, 0, 262_144, 5].map((length) => ({
      text: "é".repeat(length),
    }))
    const places = given.map(shelf.put)
    assert.deepStrictEqual(places.map(shelf.get), given)
  })

  it("keeps the names that values share once", () => {
    const shelf = makeShelf()
    const places = Array.from({ length: 10 }, (_, n) =>
      shelf.put({ fingerprint: `f${n}`, result: { _tag: "Settled", amounts: [1, 2] } }),
    )
    const steps = places.slice(1).map((at, n) => at - (places[n] ?? 0))
    // The length, the number of the shape, and the leaves.
    assert.deepStrictEqual(new Set(steps), new Set([4 + 1 + '["f0","Settled",1,2]'.length]))
  })
})
