import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit, Option, Schema } from "effect"
import { Rrn } from "../src/Rrn.ts"
import { Stan } from "../src/Stan.ts"

const stan = Effect.runSync(Stan.make("451018"))
const at = (iso: string): Rrn => Rrn.derive(DateTime.makeUnsafe(iso), stan)

const detail = (
  exit: Exit.Exit<unknown, { readonly reason: { readonly detail?: string | undefined } }>,
): string => Option.getOrThrow(Exit.findErrorOption(exit)).reason.detail ?? ""

describe("Rrn", () => {
  it("is derived as ydddhhnnnnnn, in UTC", () => {
    assert.strictEqual(at("2026-01-01T00:00:00.000Z"), "600100451018")
    assert.strictEqual(at("2026-02-01T13:45:00.000Z"), "603213451018")
    assert.strictEqual(at("2026-12-31T23:59:59.999Z"), "636523451018")
  })

  it("counts the leap day", () => {
    assert.strictEqual(at("2028-02-29T00:00:00.000Z"), "806000451018")
    assert.strictEqual(at("2028-03-01T00:00:00.000Z"), "806100451018")
    assert.strictEqual(at("2027-03-01T00:00:00.000Z"), "706000451018")
    assert.strictEqual(at("2028-12-31T23:00:00.000Z"), "836623451018")
  })

  it("keeps the leading zero of a year that ends in 0", () => {
    assert.strictEqual(at("2030-01-02T03:00:00.000Z"), "000203451018")
  })

  it("takes the UTC day and hour of a zoned time", () => {
    const tokyo = DateTime.makeZonedUnsafe("2026-12-31T23:30:00.000Z", { timeZone: "Asia/Tokyo" })
    assert.strictEqual(Rrn.derive(tokyo, stan), "636523451018")
  })

  it.prop(
    "is read back as what it was derived from",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Date.UTC(2100, 0, 1) })),
      Stan.Schema,
    ],
    ([millis, sequence]) => {
      const date = new Date(millis)
      const newYear = Date.UTC(date.getUTCFullYear(), 0, 1)
      const parts = Effect.runSync(Rrn.parse(Rrn.derive(DateTime.makeUnsafe(millis), sequence)))
      assert.deepStrictEqual(parts, {
        year: date.getUTCFullYear() % 10,
        dayOfYear: 1 + Math.floor((millis - newYear) / 86_400_000),
        hour: date.getUTCHours(),
        sequence,
      })
    },
  )

  it("refuses a day of the year that does not exist, as Visa does", () => {
    for (const text of ["600000451018", "636700451018", "699900451018"]) {
      assert.match(detail(Rrn.make(text)), /day of the year/)
      assert.match(detail(Rrn.parse(text)), /day of the year/)
    }
    assert.isTrue(Exit.isSuccess(Rrn.make("636600451018")))
  })

  it("refuses an hour that does not exist only when the layout is read", () => {
    assert.match(detail(Rrn.parse("600124451018")), /hour/)
    assert.isTrue(Exit.isSuccess(Rrn.parse("600123451018")))
    // Visa's published sample.
    assert.isTrue(Exit.isSuccess(Rrn.make("412770452025")))
  })

  it("is twelve digits and nothing else", () => {
    for (const text of ["", "60321345101", "6032134510180", "60321345101x", " 603213451018"]) {
      const error = Option.getOrThrow(Exit.findErrorOption(Rrn.make(text)))
      assert.strictEqual(error.reason._tag, "RequestInvalid")
      assert.strictEqual(error.reason.field, "retrievalReferenceNumber")
      assert.throws(() => Schema.decodeUnknownSync(Rrn.Schema)(text), /twelve digits are needed/)
    }
  })

  it("takes from a reply whatever twelve digits Visa took", () => {
    assert.strictEqual(Schema.decodeUnknownSync(Rrn.Schema)("000000000000"), "000000000000")
  })
})
