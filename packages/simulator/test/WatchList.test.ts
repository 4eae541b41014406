import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { inquire } from "./support/inquiries.ts"
import { missing, refusal, unknown, wrong } from "./support/pushes.ts"

const path = "/visadirect/watchlistscreening/v1/watchlistinquiry"

/** From Visa's sample code. */
const address = { city: "Bangalore", cardIssuerCountryCode: "IND" }
const sample = {
  acquirerCountryCode: "840",
  acquiringBin: "408999",
  address,
  referenceNumber: "430000367618",
  name: "Mohammed Qasim",
}

const ask = (overrides: Readonly<Record<string, unknown>> = {}) =>
  inquire(path, { ...sample, ...overrides })

const listed = {
  entries: [
    { name: "José García-López", score: 90 },
    { name: "Local Person", country: "IND" },
  ],
  hitStatus: "Refused",
}

layer(Simulator.layer({ watchList: listed }), { excludeTestServices: true })(
  "a watch list inquiry",
  (it) => {
    it.effect("clears a name that is not listed, with the score as text", () =>
      Effect.gen(function* () {
        const { body, sealed, status } = yield* ask()
        assert.strictEqual(status, 200)
        assert.isTrue(sealed)
        assert.deepStrictEqual(body, {
          referenceNumber: "430000367618",
          ofacScore: "0",
          status: "Approved",
        })
      }),
    )

    it.effect.each([
      ["Listed Person", "100", "Refused"],
      ["JOSE GARCIA LOPEZ", "90", "Refused"],
      ["López, José M. García", "90", "Refused"],
      ["Jose Garcia", "60", "Approved"],
      ["Local Person", "100", "Refused"],
      ["A Person", "50", "Approved"],
      ["???", "0", "Approved"],
    ] as const)("scores %s", ([name, ofacScore, status]) =>
      Effect.gen(function* () {
        assert.deepInclude((yield* ask({ name })).body, { ofacScore, status })
      }),
    )

    it.effect("looks at the country when the list does", () =>
      Effect.gen(function* () {
        const elsewhere = { ...address, cardIssuerCountryCode: "KEN" }
        const { body } = yield* ask({ name: "Local Person", address: elsewhere })
        assert.deepInclude(body, { ofacScore: "50", status: "Approved" })
      }),
    )

    it.effect("is scripted by name or by reference number", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({
          match: { endpoint: "WatchList", name: "Mohammed Qasim" },
          answer: { fields: { ofacScore: "98", status: "Declined" } },
          times: 1,
        })
        assert.deepInclude((yield* ask()).body, { ofacScore: "98", status: "Declined" })
        yield* simulator.script({
          match: { endpoint: "WatchList", rrn: "430000367619" },
          answer: { refusal: "Not today" },
          times: 1,
        })
        assert.strictEqual((yield* ask()).status, 200)
        assert.strictEqual(
          refusal(yield* ask({ referenceNumber: "430000367619" })),
          "API Validation Error: 3001. Not today",
        )
      }),
    )

    describe("is refused", () => {
      it.effect.each([
        [{ name: undefined }, missing("name")],
        [{ name: "" }, missing("name")],
        [{ name: "x".repeat(256) }, missing("name")],
        [{ address: undefined }, missing("address")],
        [{ address: { ...address, city: undefined } }, missing("address.city")],
        [
          { address: { ...address, cardIssuerCountryCode: "356" } },
          missing("address.cardIssuerCountryCode"),
        ],
        [
          { address: { ...address, cardIssuerCountryCode: "QQQ" } },
          missing("address.cardIssuerCountryCode"),
        ],
        [{ referenceNumber: "43000036761" }, missing("referenceNumber")],
        [{ referenceNumber: 430000367618 }, missing("referenceNumber")],
        [{ acquiringBin: undefined }, missing("acquiringBin")],
        [{ acquiringBin: "40899" }, wrong("acquiringBin")],
        [{ acquirerCountryCode: "USA" }, wrong("acquirerCountryCode")],
        [{ surprise: 1 }, unknown("surprise")],
      ] as const)("%j", ([overrides, message]) =>
        Effect.gen(function* () {
          assert.strictEqual(refusal(yield* ask(overrides)), message)
        }),
      )
    })

    it.effect("needs neither BIN nor country of an acquirer", () =>
      Effect.gen(function* () {
        for (const acquiringBin of [undefined, 408999]) {
          const { status } = yield* ask({ acquiringBin, acquirerCountryCode: undefined })
          assert.strictEqual(status, 200)
        }
      }),
    )

    it.effect("is written down without the name", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        yield* ask()
        yield* simulator.script({ answer: { refusal: "Not today" }, times: 1 })
        yield* ask()
        const entries = yield* simulator.ledger.entries()
        assert.deepStrictEqual(
          entries.map(({ kind, moneyMoved, rrn }) => [kind, rrn, moneyMoved]),
          [
            ["inquiry", "430000367618", false],
            ["refused", "430000367618", false],
          ],
        )
        assert.notInclude(JSON.stringify(entries), "Qasim")
      }),
    )
  },
)

layer(Pki.layer(), { excludeTestServices: true })("a watch list", (it) => {
  it.effect("has a threshold of its own", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ watchList: { threshold: 50 } })
      const status = (name: string) =>
        ask({ name }).pipe(
          Effect.provideService(Simulator, simulator),
          Effect.map(({ body }) => body.status),
        )
      assert.strictEqual(yield* status("A Person"), "Declined")
      assert.strictEqual(yield* status("Nobody"), "Approved")
    }),
  )
})
