import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import { WatchList } from "../../src/api/WatchList.ts"
import type { LegacyScreeningRequest } from "../../src/api/WatchList.ts"
import { Country } from "../../src/Country.ts"
import type { TestReply } from "../../src/Transport.ts"
import { recorded, sent } from "../support/recordedCalls.ts"
import { assertHides } from "../support/renderings.ts"

/** The values of Visa's old sample tests. */
const documented = Effect.gen(function* () {
  const request: LegacyScreeningRequest = {
    acquirerCountryCode: yield* Country.of("US"),
    acquiringBin: yield* AcquiringBin.make("408999"),
    address: { city: "Bangalore", cardIssuerCountryCode: yield* Country.of("IN") },
    referenceNumber: "430000367618",
    name: Redacted.make("Mohammed Qasim"),
  }
  return request
})

const approved = { referenceNumber: "430000367618", ofacScore: "0", status: "Approved" }

const screening = (
  request: LegacyScreeningRequest,
  reply: TestReply = { status: 200, body: approved },
) => recorded(WatchList.legacyInquiry(request), WatchList.layer, () => reply)

const screened = Effect.fnUntraced(function* (body: unknown) {
  const { outcome } = yield* screening(yield* documented, { status: 200, body })
  return yield* Effect.fromResult(outcome)
})

describe("WatchList.legacyInquiry", () => {
  it.effect("sends the old sample as Visa sent it", () =>
    Effect.gen(function* () {
      const { calls } = yield* screening(yield* documented)
      assert.strictEqual(calls[0]?.method, "POST")
      assert.strictEqual(calls[0]?.path, "/visadirect/watchlistscreening/v1/watchlistinquiry")
      assert.deepStrictEqual(sent(calls[0]), {
        acquirerCountryCode: "840",
        acquiringBin: "408999",
        address: { city: "Bangalore", cardIssuerCountryCode: "IND" },
        referenceNumber: "430000367618",
        name: "Mohammed Qasim",
      })
    }),
  )

  it.effect("is clear only when Visa approves and scores", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* screened(approved), {
        _tag: "Clear",
        status: "Approved",
        ofacScore: 0,
        referenceNumber: "430000367618",
      })
    }),
  )

  it.effect("leaves a high score to the caller", () =>
    Effect.gen(function* () {
      const answer = yield* screened({ ...approved, ofacScore: 97.5 })
      assert.strictEqual(answer._tag, "Clear")
      assert.strictEqual(answer.ofacScore, 97.5)
    }),
  )

  const decisions: ReadonlyArray<readonly [name: string, body: object, expected: string]> = [
    ["Declined", { ...approved, status: "Declined" }, "Hit"],
    ["Declined without a score", { status: "Declined" }, "Hit"],
    ["a status from the future", { ...approved, status: "Under review" }, "Undecided"],
    [
      "a status that only begins like it",
      { ...approved, status: "Approved with conditions" },
      "Undecided",
    ],
    ["a status in other letters", { ...approved, status: "APPROVED" }, "Undecided"],
    ["Not Approved", { ...approved, status: "Not Approved" }, "Undecided"],
    ["an empty status", { ...approved, status: "" }, "Undecided"],
    ["a status that is no text", { ...approved, status: true }, "Undecided"],
    ["no status", { referenceNumber: "430000367618", ofacScore: "0" }, "Undecided"],
    ["an approval without a score", { status: "Approved" }, "Undecided"],
    ["an approval whose score cannot be read", { ...approved, ofacScore: "low" }, "Undecided"],
    ["an approval with a score off the scale", { ...approved, ofacScore: "101" }, "Undecided"],
    ["an approval with a score below zero", { ...approved, ofacScore: "-1" }, "Undecided"],
    ["an approval of somebody else", { ...approved, referenceNumber: "430000367619" }, "Undecided"],
    ["an empty object", {}, "Undecided"],
  ]
  for (const [name, body, expected] of decisions) {
    it.effect(`${name} is ${expected}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* screened(body))._tag, expected)
      }),
    )
  }

  it.effect("knows its reference number without the zero that JSON has lost", () =>
    Effect.gen(function* () {
      const { outcome } = yield* screening(
        { ...(yield* documented), referenceNumber: "030000367618" },
        { status: 200, body: { ...approved, referenceNumber: 30000367618 } },
      )
      assert.strictEqual((yield* Effect.fromResult(outcome))._tag, "Clear")
    }),
  )

  const replies: ReadonlyArray<readonly [status: number, body: unknown, tag: string]> = [
    [200, [approved], "ResponseMalformed"],
    [200, undefined, "ResponseEmpty"],
    [
      400,
      { errorMessage: "API Validation Error: 3001. Message has failed validation" },
      "MessageValidationFailed",
    ],
    [403, { responseStatus: { code: "9611", message: "Authorization failed" } }, "NotInProject"],
    [404, undefined, "ResourceNotFound"],
    [503, undefined, "ServiceUnavailable"],
  ]
  for (const [status, body, tag] of replies) {
    it.effect(`${status} ${JSON.stringify(body)} is ${tag}, and no clearance`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* screening(yield* documented, { status, body })
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, tag)
        assert.strictEqual(error.context.operation, "WatchList.legacyInquiry")
      }),
    )
  }

  it.effect("does not repeat the name that Visa's refusal quotes", () =>
    Effect.gen(function* () {
      const { outcome } = yield* screening(yield* documented, {
        status: 400,
        body: { errorMessage: "API Validation Error: 3001. Bad name 'MOHAMMED QASIM', Bangalore" },
      })
      const error = yield* Effect.flip(Effect.fromResult(outcome))
      assert.strictEqual(error.reason.code, "3001")
      assertHides(error, ["QASIM", "Qasim", "Bangalore"])
    }),
  )

  const refusals: ReadonlyArray<
    readonly [name: string, change: (good: LegacyScreeningRequest) => unknown, field: string]
  > = [
    ["nothing at all", () => null, ""],
    ["no name", ({ name: _, ...rest }) => rest, "name"],
    ["a name of 256 characters", (good) => ({ ...good, name: "x".repeat(256) }), "name"],
    ["no address", ({ address: _, ...rest }) => rest, "address"],
    ["no city", (good) => ({ ...good, address: { cardIssuerCountryCode: "IN" } }), "address.city"],
    [
      "a country that is none",
      (good) => ({ ...good, address: { city: "x", cardIssuerCountryCode: "ZZ" } }),
      "address.cardIssuerCountryCode",
    ],
    [
      "a reference of eleven digits",
      (good) => ({ ...good, referenceNumber: "43000036761" }),
      "referenceNumber",
    ],
    [
      "a field that Visa does not know",
      (good) => ({ ...good, dateOfBirth: "1980-01-01" }),
      "dateOfBirth",
    ],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending`, () =>
      Effect.gen(function* () {
        // What a caller in JavaScript can pass although the type forbids it.
        const request = change(yield* documented) as LegacyScreeningRequest
        const { calls, outcome } = yield* screening(request)
        assert.deepStrictEqual(calls, [])
        const error = yield* Effect.flip(Effect.fromResult(outcome))
        assert.strictEqual(error.reason._tag, "RequestInvalid")
        assert.strictEqual(error.reason.field ?? "", field)
        assertHides(error, ["Mohammed Qasim", "Bangalore"])
      }),
    )
  }
})
