import { assert, describe, it } from "@effect/vitest"
import { Redactor } from "effect-visa-direct/Redactor"
import * as fc from "fast-check"
import { TextScan } from "../src/internal/TextScan.ts"

const pan = "4957030420210462"
const masked = "495703******0462"

const scanned = (pieces: Iterable<string>) => {
  const scan = new TextScan(Redactor.default.scan)
  return [...Array.from(pieces, (piece) => scan.push(piece)).flat(), ...scan.end()]
}

const places = (pieces: Iterable<string>) =>
  scanned(pieces).map(({ column, kind, line }) => [line, column, kind])

describe("a scan of text in pieces", () => {
  it("tells line and column, what it is, and what may be shown of it", () => {
    assert.deepStrictEqual(scanned([`first\nto ${pan}, cvv=123\r\n${masked}`]), [
      { line: 2, column: 4, kind: "pan", masked, isMasked: false },
      { line: 2, column: 26, kind: "cvv", masked: "[redacted:cvv]", isMasked: false },
      { line: 3, column: 1, kind: "pan", masked, isMasked: true },
    ])
  })

  it("finds what is cut in two by the pieces", () => {
    const text = `{"senderDetail":{"name":"Bob"},"to":"${pan}"}\nAuthorization: Basic dXNlcjpwYXNz\n`
    const whole = scanned([text])
    assert.strictEqual(whole.length, 3)
    for (let at = 1; at < text.length; at++) {
      assert.deepStrictEqual(scanned([text.slice(0, at), text.slice(at)]), whole)
    }
    assert.deepStrictEqual(scanned(text), whole)
  })

  it("finds each once where one window ends and the next begins, wherever that is", () => {
    const line = `2026-03-14 GET /api/v1/payouts/1 took 12 ms, card ${pan}\n`
    // More than two windows, with a finding every few characters of every possible boundary.
    const lines = 10_000
    const found = places([line.repeat(lines)])
    assert.strictEqual(found.length, lines)
    assert.deepStrictEqual(
      found,
      Array.from({ length: lines }, (_, index) => [index + 1, line.indexOf(pan) + 1, "pan"]),
    )
  })

  it("finds them in one line that does not end, with the right column", () => {
    const filler = "lorem ipsum dolor sit amet ".repeat(4_000)
    const piece = `${filler}${pan} `
    const found = places(Array.from({ length: 12 }, () => piece))
    assert.deepStrictEqual(
      found,
      Array.from({ length: 12 }, (_, index) => [
        1,
        index * piece.length + filler.length + 1,
        "pan",
      ]),
    )
  })

  it("sees no number that is only the end of a longer one", () => {
    assert.deepStrictEqual(scanned([`1${pan}`.repeat(40_000)]), [])
  })

  it("does not depend on how the text is cut", () => {
    const part = fc.oneof(
      fc.constantFrom(
        pan,
        "cvv=123",
        `"pan":"${pan}"`,
        "j@example.com",
        "\n",
        " ",
        "x".repeat(300),
      ),
      fc.string({ maxLength: 20 }),
    )
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 30 }),
        fc.integer({ min: 1, max: 50 }),
        (parts, size) => {
          const text = parts.join(" ")
          const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
            text.slice(index * size, (index + 1) * size),
          )
          assert.deepStrictEqual(scanned(pieces), scanned([text]))
        },
      ),
      { numRuns: 300 },
    )
  })
})
