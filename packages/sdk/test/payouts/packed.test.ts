import { assert, describe, it } from "@effect/vitest"
import type { Schema } from "effect"
import * as fc from "fast-check"
import { makePacker } from "../../src/internal/packed.ts"

describe("A packed value", () => {
  it("comes out as it went in, whatever else was packed", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const { pack, unpack } = makePacker()
        const given = values as ReadonlyArray<Schema.Json>
        const packed = given.map(pack)
        // As JSON, because -0 is 0 there.
        assert.deepStrictEqual(
          packed.map((each) => JSON.stringify(unpack(each))),
          given.map((each) => JSON.stringify(each)),
        )
      }),
    )
  })

  it("has no names in it that it shares with others of its shape", () => {
    const { pack } = makePacker()
    const first = pack({ fingerprint: "f", result: { _tag: "Settled", amounts: [1, 2] } })
    const second = pack({ fingerprint: "g", result: { _tag: "Settled", amounts: [3, 4] } })
    assert.strictEqual(first, '0["f","Settled",1,2]')
    assert.strictEqual(second, '0["g","Settled",3,4]')
    assert.strictEqual(pack({ fingerprint: "f" }), '1["f"]')
  })
})
