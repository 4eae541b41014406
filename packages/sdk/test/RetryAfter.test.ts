import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import * as VisaDirectTest from "../src/VisaDirectTest.ts"
import { pushRequest } from "./support/simulated.ts"

/** What a 429 with these headers says, to a client whose clock stands at noon. */
const asked = Effect.fnUntraced(function* (headers: { readonly [name: string]: string }) {
  yield* TestClock.setTime(Date.UTC(2026, 10, 26, 12))
  const error = yield* Effect.flatMap(pushRequest(), (request) =>
    Effect.flip(FundsTransfer.push(request)),
  ).pipe(Effect.provide(VisaDirectTest.layerWith(() => ({ status: 429, headers }))))
  assert.strictEqual(error.reason._tag, "RateLimited")
  return error.reason.retryAfterMillis
})

describe("Retry-After", () => {
  const cases: ReadonlyArray<
    readonly [name: string, headers: Record<string, string>, millis: number | undefined]
  > = [
    ["seconds", { "retry-after": "120" }, 120_000],
    ["seconds with spaces around them", { "retry-after": " 7 " }, 7_000],
    ["zero", { "retry-after": "0" }, 0],
    ["a date", { "retry-after": "Thu, 26 Nov 2026 12:00:30 GMT" }, 30_000],
    [
      "a date, counted from the server's own",
      {
        "retry-after": "Thu, 26 Nov 2026 15:00:30 GMT",
        date: "Thu, 26 Nov 2026 15:00:00 GMT",
      },
      30_000,
    ],
    ["a date of the older form", { "retry-after": "Thursday, 26-Nov-26 12:00:30 GMT" }, 30_000],
    ["a date that is over", { "retry-after": "Thu, 26 Nov 2026 11:59:59 GMT" }, 0],
    [
      "a date beside a Date that is none",
      { "retry-after": "Thu, 26 Nov 2026 12:00:30 GMT", date: "today" },
      30_000,
    ],
    ["none", {}, undefined],
    ["nothing", { "retry-after": "" }, undefined],
    ["a negative number", { "retry-after": "-1" }, undefined],
    ["a fraction", { "retry-after": "1.5" }, undefined],
    ["more digits than a wait can have", { "retry-after": "9999999999" }, undefined],
    ["a word", { "retry-after": "soon" }, undefined],
    ["a year", { "retry-after": "2027-01-01" }, undefined],
    ["a day that does not exist", { "retry-after": "Thu, 99 Nov 2026 12:00:30 GMT" }, undefined],
  ]
  for (const [name, headers, millis] of cases) {
    it.effect(`${name}: ${millis ?? "not said"}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* asked(headers), millis)
      }),
    )
  }
})
