import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  check,
  digits,
  type FieldTable,
  list,
  listOf,
  number,
  object,
  opaque,
  required,
  text,
  wording,
} from "../src/internal/FieldTable.ts"
import { countryOf, currencyDigits } from "../src/internal/iso.ts"

const table: FieldTable = {
  name: required(text(2, 5)),
  count: digits(2, 3, { padded: true }),
  rate: number(0, 10),
  kind: text(1, 9, { oneOf: ["A", "B"] }),
  nested: object({ inner: required(text(1, 3)) }),
  items: list({ id: required(digits(1, 2)) }),
  words: listOf(text(1, 3)),
  anything: opaque,
}

const verdict = (body: Readonly<Record<string, unknown>>) => {
  const problem = check(table, body)
  return problem === undefined ? "good" : `${problem.kind} ${problem.element}`
}

describe("a field table", () => {
  it.each([
    [{ name: "abc" }, "good"],
    [{ name: "abc", count: 7, rate: "9.99", kind: "A" }, "good"],
    [{ name: "abc", nested: { inner: "x" }, items: [{ id: 1 }, { id: "22" }] }, "good"],
    [{ name: "abc", items: [], anything: { goes: [1] } }, "good"],
    [{}, "missing name"],
    [{ name: null }, "missing name"],
    [{ name: 12 }, "missing name"],
    [{ name: "a" }, "missing name"],
    [{ name: "abcdef" }, "missing name"],
    [{ name: "abc", count: "7" }, "invalid count"],
    [{ name: "abc", count: 1234 }, "invalid count"],
    [{ name: "abc", count: 1.5 }, "invalid count"],
    [{ name: "abc", count: true }, "invalid count"],
    [{ name: "abc", rate: 10.01 }, "invalid rate"],
    [{ name: "abc", rate: "-1" }, "invalid rate"],
    [{ name: "abc", rate: "" }, "invalid rate"],
    [{ name: "abc", kind: "C" }, "invalid kind"],
    [{ name: "abc", nested: {} }, "missing nested.inner"],
    [{ name: "abc", nested: "x" }, "invalid nested"],
    [{ name: "abc", items: {} }, "invalid items"],
    [{ name: "abc", items: [{ id: 1 }, {}] }, "missing items.id"],
    [{ name: "abc", items: [1] }, "invalid items"],
    [{ name: "abc", words: ["a", "bcd"] }, "good"],
    [{ name: "abc", words: "a" }, "invalid words"],
    [{ name: "abc", words: ["a", ""] }, "invalid words"],
    [{ name: "abc", words: ["a", { b: 1 }] }, "invalid words"],
    [{ name: "abc", anything: 1 }, "invalid anything"],
    [{ other: 1 }, "unknown other"],
    [{ nested: { other: 1 } }, "unknown other"],
    [{ items: [{ id: 1 }, { other: 1 }] }, "unknown other"],
    [JSON.parse('{"name":"abc","__proto__":{}}'), "unknown __proto__"],
    [{ name: "abc", toString: "x" }, "unknown toString"],
  ] as ReadonlyArray<readonly [Readonly<Record<string, unknown>>, string]>)(
    "%o is %s",
    (body, expected) => assert.strictEqual(verdict(body), expected),
  )

  it("tells a field that is not there from one with wrong content", () => {
    assert.deepInclude(check(table, {}), { kind: "missing", element: "name", absent: true })
    for (const name of ["", 1]) assert.notProperty(check(table, { name }), "absent")
  })

  it("has a wording for every problem", () => {
    assert.deepStrictEqual(
      (["unknown", "missing", "invalid"] as const).map((kind) => wording({ kind, element: "X" })),
      [
        "Invalid content found starting with element 'X'",
        "Mandatory field 'X' is missing or has invalid content.",
        "Field 'X' has invalid content.",
      ],
    )
  })

  it.prop(
    "decides about any JSON without throwing, and takes what it takes twice",
    [Schema.Record(Schema.String, Schema.Json)],
    ([body]) => {
      const first = check(table, body)
      assert.deepStrictEqual(check(table, structuredClone(body)), first)
    },
  )
})

describe("codes", () => {
  it("know countries in all three notations", () => {
    for (const code of ["US", "USA", "840", 840]) assert.strictEqual(countryOf(code), "840")
    for (const code of ["036", 36, "AU"]) assert.strictEqual(countryOf(code), "036")
    for (const code of ["QQ", "", 0, undefined, "us"]) assert.isUndefined(countryOf(code))
  })

  it("know the decimals of currencies", () => {
    for (const [code, digitCount] of [
      ["USD", 2],
      ["840", 2],
      ["JPY", 0],
      ["392", 0],
      ["KWD", 3],
      ["414", 3],
      ["XOF", 0],
    ] as const) {
      assert.strictEqual(currencyDigits(code), digitCount, code)
    }
    assert.isUndefined(currencyDigits("QQQ"))
  })
})
