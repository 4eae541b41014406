import { assert, describe, it } from "@effect/vitest"
import { Array, ConfigProvider, Effect, FileSystem, Layer, Result, Schema } from "effect"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { TestClock } from "effect/testing"
import { Country } from "../../src/Country.ts"
import { Currency } from "../../src/Currency.ts"
import { standingRules } from "../../src/internal/policyRules.ts"
import { Money } from "../../src/Money.ts"
import { DayCounter } from "../../src/payouts/DayCounter.ts"
import { Policy, PolicyDecision, PolicyDocument } from "../../src/payouts/Policy.ts"
import type { PolicyRequest } from "../../src/payouts/Policy.ts"
import { guardFailures, ownMetrics } from "../support/guardFailures.ts"

const country = (code: string) => Effect.runSync(Country.of(code))
const currency = (code: string) => Effect.runSync(Currency.of(code))
const money = (amount: string, code: string) => Effect.runSync(Money.of(amount, code))

const request: PolicyRequest = {
  payout: "P-1",
  from: country("GB"),
  to: country("PH"),
  rail: "card",
  amount: money("1000", "PHP"),
  sourceCurrency: currency("GBP"),
  parts: {},
}

const policy = { id: "payouts", version: "1", rules: { rails: ["card"] } }

const policies = (source: unknown) =>
  Policy.layer(Effect.succeed(source)).pipe(Layer.provide(DayCounter.layerMemory))

const withRules = (rules: object) =>
  policies({ policy: { ...policy, rules: { rails: ["card"], ...rules } } })

const refusalOf = (changes: Partial<PolicyRequest>) =>
  Effect.map(Effect.result(Policy.admit({ ...request, ...changes })), (answer) =>
    Result.match(answer, { onSuccess: () => undefined, onFailure: ({ reason }) => reason }),
  )

describe("a policy that says nothing", () => {
  it.effect("lets nothing out", () =>
    Effect.gen(function* () {
      const reason = yield* refusalOf({})
      assert.strictEqual(reason?._tag, "PolicyRefused")
      assert.strictEqual(reason?.rule, "rails")
      assert.include(reason?.detail, "the defaults")
    }).pipe(Effect.provide(policies({ policy: { id: "payouts", version: "1" } }))),
  )

  it.effect("has everything screened, and every rate locked", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Policy.admit(request), {
        policy: "payouts",
        version: "1",
        rollout: false,
        fxLock: "required",
        slippageBps: 0,
        onStaleQuote: "refuse",
        compliance: "all",
      })
    }).pipe(Effect.provide(policies({ policy }))),
  )
})

describe("a rule", () => {
  const cases: ReadonlyArray<
    readonly [
      rules: object,
      refused: Partial<PolicyRequest>,
      admitted: Partial<PolicyRequest>,
      rule: string,
    ]
  > = [
    [{ rails: ["account"] }, { rail: "card" }, { rail: "account" }, "rails"],
    [{ currencies: ["PHP"] }, { amount: money("1", "USD") }, {}, "currencies"],
    [{ sourceCurrencies: ["GBP"] }, { sourceCurrency: currency("EUR") }, {}, "sourceCurrencies"],
    [
      { minimum: [{ amount: "1000", currency: "PHP" }] },
      { amount: money("999.99", "PHP") },
      { amount: money("1000", "PHP") },
      "minimum",
    ],
    [
      { maximum: [{ amount: "1000", currency: "PHP" }] },
      { amount: money("1000.01", "PHP") },
      { amount: money("1000", "PHP") },
      "maximum",
    ],
    [
      { maximum: [{ amount: "1000", currency: "PHP" }] },
      { amount: money("1", "USD") },
      {},
      "maximum",
    ],
    [
      { maximumPerDay: [{ amount: "1000", currency: "PHP" }] },
      { amount: money("1", "USD") },
      {},
      "maximumPerDay",
    ],
    [
      { requiredFields: ["recipient.address.city", "purpose.purposeOfPayment"] },
      { parts: { recipient: { address: { city: "" } }, purpose: { purposeOfPayment: "GDDS" } } },
      { parts: { recipient: { address: { city: "Cebu" } }, purpose: { purposeOfPayment: "X" } } },
      "requiredFields",
    ],
  ]

  it.effect.each(cases)("%o refuses what it must, under its own name", ([rules, no, yes, rule]) =>
    Effect.gen(function* () {
      const reason = yield* refusalOf(no)
      assert.strictEqual(reason?._tag, "PolicyRefused")
      assert.strictEqual(reason?.rule, rule)
      assert.strictEqual(reason?.policy, "payouts")
      assert.strictEqual(reason?.policyVersion, "1")
      assert.strictEqual(yield* guardFailures("policy"), 1)
      yield* Policy.admit({ ...request, ...yes })
      assert.strictEqual(yield* guardFailures("policy"), 1)
    }).pipe(Effect.provide([withRules(rules), ownMetrics])),
  )

  it.effect("names the fields that are missing, and nothing of those that are there", () =>
    Effect.gen(function* () {
      const parts = { recipient: { address: { line1: "Somewhere 1" } } }
      const reason = yield* refusalOf({ parts })
      assert.include(reason?.detail, "missing: recipient.address.city, recipient.dateOfBirth")
      assert.notInclude(reason?.detail, "Somewhere")
    }).pipe(
      Effect.provide(
        withRules({
          requiredFields: [
            "recipient.address.line1",
            "recipient.address.city",
            "recipient.dateOfBirth",
          ],
        }),
      ),
    ),
  )
})

describe("the limits of a day", () => {
  const limited = withRules({
    maximumPerDay: [{ amount: "2500", currency: "PHP" }],
    countPerDay: 3,
  })

  it.effect("count amounts, once for each payout, until midnight UTC", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-01-01T12:00:00Z"))
      yield* Policy.admit(request)
      yield* Policy.admit(request)
      yield* Policy.admit({ ...request, payout: "P-2" })
      const reason = yield* refusalOf({ payout: "P-3" })
      assert.strictEqual(reason?._tag, "DayLimitReached")
      assert.strictEqual(reason?.rule, "maximumPerDay")
      assert.strictEqual(reason?.row.retry, "Later")
      assert.strictEqual(yield* guardFailures("policy"), 1)
      yield* Policy.admit({ ...request, payout: "P-4", amount: money("500", "PHP") })
      yield* TestClock.setTime(Date.parse("2026-01-02T00:00:00Z"))
      yield* Policy.admit({ ...request, payout: "P-3" })
    }).pipe(Effect.provide([limited, ownMetrics])),
  )

  it.effect("count payouts, and a payout that exceeds one of them counts in none", () =>
    Effect.gen(function* () {
      const small = { ...request, amount: money("1", "PHP") }
      for (const payout of ["P-1", "P-2", "P-3"]) yield* Policy.admit({ ...small, payout })
      const reason = yield* refusalOf({ payout: "P-4", amount: money("2400", "PHP") })
      assert.strictEqual(reason?.rule, "countPerDay")
      yield* Policy.release("P-3")
      yield* Policy.admit({ ...request, payout: "P-5", amount: money("2400", "PHP") })
    }).pipe(Effect.provide(limited)),
  )

  it.effect("are free again for a payout that was not made", () =>
    Effect.gen(function* () {
      const all = { ...request, amount: money("2500", "PHP") }
      yield* Policy.admit(all)
      yield* Policy.release("P-1")
      yield* Policy.release("P-1")
      yield* Policy.admit({ ...all, payout: "P-2" })
    }).pipe(Effect.provide(limited)),
  )

  it.effect("hold where they stand: one for a corridor, another for the rest", () =>
    Effect.gen(function* () {
      yield* Policy.admit(request)
      assert.strictEqual((yield* refusalOf({ payout: "P-2" }))?.rule, "countPerDay")
      const elsewhere = { ...request, to: country("US") }
      yield* Policy.admit({ ...elsewhere, payout: "P-3" })
      yield* Policy.admit({ ...elsewhere, payout: "P-4", to: country("IN") })
      const reason = yield* refusalOf({ payout: "P-5", to: country("IN") })
      assert.include(reason?.detail, "rules, rule countPerDay")
    }).pipe(
      Effect.provide(
        policies({
          policy: {
            ...policy,
            rules: { rails: ["card"], countPerDay: 2 },
            corridors: [{ from: "GB", to: "PH", rules: { countPerDay: 1 } }],
          },
        }),
      ),
    ),
  )

  it.effect("hold where they stand for amounts, too, and for each currency", () =>
    Effect.gen(function* () {
      const elsewhere = { ...request, to: country("US") }
      const dollars = { ...elsewhere, amount: money("1000", "USD") }
      yield* Policy.admit(request)
      yield* Policy.admit({ ...elsewhere, payout: "P-2" })
      yield* Policy.admit({ ...dollars, payout: "P-3" })
      for (const more of [request, elsewhere, dollars]) {
        const reason = yield* refusalOf({ ...more, payout: "P-4" })
        assert.strictEqual(reason?.rule, "maximumPerDay")
      }
    }).pipe(
      Effect.provide(
        policies({
          policy: {
            ...policy,
            rules: {
              rails: ["card"],
              maximumPerDay: [
                { amount: "1000", currency: "PHP" },
                { amount: "1000", currency: "USD" },
              ],
            },
            corridors: [
              {
                from: "GB",
                to: "PH",
                rules: { maximumPerDay: [{ amount: "1000", currency: "PHP" }] },
              },
            ],
          },
        }),
      ),
    ),
  )

  it.effect("let as many of 1000 payouts at once through as fit", () =>
    Effect.gen(function* () {
      const answers = yield* Effect.forEach(
        Array.makeBy(1_000, (n) => refusalOf({ payout: `P-${n}`, amount: money("10", "PHP") })),
        (one) => one,
        { concurrency: "unbounded" },
      )
      assert.strictEqual(answers.filter((reason) => reason === undefined).length, 250)
    }).pipe(Effect.provide(withRules({ maximumPerDay: [{ amount: "2500", currency: "PHP" }] }))),
  )
})

describe("precedence", () => {
  const Place = Schema.Literals(["*", "GB", "PH", "US"])
  const SomeRules = Schema.Struct({
    rails: Schema.optionalKey(Schema.Array(Schema.Literals(["card", "account"]))),
    countPerDay: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))),
    fxLock: Schema.optionalKey(Schema.Literals(["required", "off"])),
  })
  const Part = Schema.Struct({
    rules: Schema.optionalKey(SomeRules),
    corridors: Schema.Array(Schema.Struct({ from: Place, to: Place, rules: SomeRules })),
  })

  /** Written another way than the code: all candidates with a rank, and the highest has the rule. */
  const expected = (
    part: { readonly base: typeof Part.Type; readonly program: typeof Part.Type },
    rule: keyof typeof SomeRules.Type,
  ): unknown => {
    const rank = { "GB-PH": 3, "*-PH": 2, "GB-*": 1 } as const
    const of = (given: typeof Part.Type, offset: number) => {
      const corridors = given.corridors
        .map((one) => ({ ...one, rank: rank[`${one.from}-${one.to}` as keyof typeof rank] ?? 0 }))
        .filter((one) => one.rank > 0)
      const best = corridors.toSorted((one, other) => other.rank - one.rank)[0]
      return [
        { rank: offset, rules: given.rules ?? {} },
        ...(best === undefined ? [] : [{ rank: offset + 1, rules: best.rules }]),
      ]
    }
    const candidates = [...of(part.base, 10), ...of(part.program, 20)].filter(
      ({ rules }) => rules[rule] !== undefined,
    )
    const winner = candidates.toSorted((one, other) => other.rank - one.rank)[0]
    return winner?.rules[rule]
  }

  it.prop(
    "is the defaults, the policy, its corridor, the program, its corridor: the last one wins",
    { base: Part, program: Part },
    (parts) => {
      const document = Schema.decodeUnknownResult(PolicyDocument)({
        id: "payouts",
        version: "1",
        ...parts.base,
        programs: { acme: parts.program },
      })
      const standing = standingRules(Result.getOrThrow(document), { ...request, program: "acme" })
      const defaults = { rails: [], countPerDay: undefined, fxLock: "required" }
      for (const rule of ["rails", "countPerDay", "fxLock"] as const) {
        assert.deepStrictEqual(standing[rule]?.value, expected(parts, rule) ?? defaults[rule], rule)
      }
    },
    { arbitrary: { runs: 500 } },
  )

  it.effect("says of a refusal where its rule stands", () =>
    Effect.gen(function* () {
      const reason = yield* refusalOf({ program: "acme" })
      assert.include(reason?.detail, "programs.acme.corridors GB-PH, rule maximum")
    }).pipe(
      Effect.provide(
        policies({
          policy: {
            ...policy,
            programs: {
              acme: {
                corridors: [
                  {
                    from: "GB",
                    to: "PH",
                    rules: { maximum: [{ amount: "1", currency: "PHP" }] },
                  },
                ],
              },
            },
          },
        }),
      ),
    ),
  )

  it.effect("leaves a program that is not listed without any", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* refusalOf({ program: "acne" }))?.rule, "programs")
      assert.strictEqual((yield* refusalOf({ program: "toString" }))?.rule, "programs")
      yield* Policy.admit({ ...request, program: "acme" })
    }).pipe(Effect.provide(policies({ policy: { ...policy, programs: { acme: {} } } }))),
  )
})

describe("a policy that is wrong", () => {
  const mistakes: ReadonlyArray<readonly [document: unknown, path: string]> = [
    [undefined, ""],
    [{}, "policy"],
    [{ policy: { ...policy, version: "" } }, "policy.version"],
    [{ policy: { ...policy, rules: { rails: ["cart"] } } }, "policy.rules.rails.0"],
    [{ policy: { ...policy, rules: { rail: ["card"] } } }, "policy.rules.rail"],
    [{ policy: { ...policy, rules: { slippageBps: 0.5 } } }, "policy.rules.slippageBps"],
    [
      { policy: { ...policy, rules: { requiredFields: ["recipient.shoe"] } } },
      "policy.rules.requiredFields.0",
    ],
    [
      { policy: { ...policy, rules: { maximum: [{ amount: "1.001", currency: "GBP" }] } } },
      "policy.rules.maximum.0",
    ],
    [
      {
        policy: {
          ...policy,
          rules: {
            maximum: [
              { amount: "1", currency: "GBP" },
              { amount: "2", currency: "GBP" },
            ],
          },
        },
      },
      "policy.rules.maximum",
    ],
    [
      {
        policy: {
          ...policy,
          rules: {
            minimum: [{ amount: "2", currency: "GBP" }],
            maximum: [{ amount: "1", currency: "GBP" }],
          },
        },
      },
      "policy.rules.minimum",
    ],
    [
      { policy: { ...policy, corridors: [{ from: "UK", to: "PH", rules: {} }] } },
      "policy.corridors.0.from",
    ],
    [
      { policy: { ...policy, corridors: [{ from: "*", to: "*", rules: {} }] } },
      "policy.corridors.0",
    ],
    [
      {
        policy: {
          ...policy,
          programs: {
            acme: {
              corridors: [
                { from: "GB", to: "PH", rules: {} },
                { from: "GB", to: "PH", rules: {} },
              ],
            },
          },
        },
      },
      "policy.programs.acme.corridors",
    ],
    [{ policy, rollout: { policy, percent: 10 } }, "rollout.policy.version"],
    [{ policy, rollout: { policy: { ...policy, version: "2" }, percent: 101 } }, "rollout.percent"],
  ]

  it.effect.each(mistakes)("is not read: %j", ([document, path]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Policy.read(document))
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      const [first = ""] = (error.reason.field ?? "").split("[")
      assert.isTrue(first.startsWith(path), `${first} for ${path}`)
    }),
  )

  it.effect("starts nothing", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Layer.build(policies({ policy: {} })))
      assert.strictEqual(error.reason._tag, "OptionInvalid")
    }),
  )

  it.effect("names all that is wrong", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Policy.read({ policy: { ...policy, rules: { rails: ["cart"], fxLock: "yes" } } }),
      )
      assert.include(error.message, "policy.rules.rails.0")
      assert.include(error.message, "policy.rules.fxLock")
    }),
  )
})

describe("Policy.reload", () => {
  it.effect("holds for payouts that are admitted from then on", () =>
    Effect.gen(function* () {
      yield* Policy.admit(request)
      yield* Policy.reload(
        Effect.succeed({ policy: { ...policy, version: "2", rules: { rails: ["account"] } } }),
      )
      const reason = yield* refusalOf({ payout: "P-2" })
      assert.strictEqual(reason?.policyVersion, "2")
      assert.strictEqual((yield* (yield* Policy).current).policy.version, "2")
    }).pipe(Effect.provide(policies({ policy }))),
  )

  it.effect.each([
    ["that cannot be read", Effect.fail("the file is gone")],
    ["that is wrong", Effect.succeed({ policy: { ...policy, version: "2", rules: { rails: 1 } } })],
    [
      "whose version is in use with other contents",
      Effect.succeed({ policy: { ...policy, rules: { rails: ["account"] } } }),
    ],
  ] as const)("keeps the last good policy instead of one %s", ([, source]) =>
    Effect.gen(function* () {
      yield* Effect.flip(Policy.reload(source as Effect.Effect<unknown, string>))
      assert.strictEqual((yield* Policy.admit(request)).version, "1")
    }).pipe(Effect.provide(policies({ policy }))),
  )
})

describe("a rollout", () => {
  const changed = { ...policy, version: "2", rules: { rails: ["card"], slippageBps: 50 } }
  const payouts = Array.makeBy(2_000, (n) => `P-${n}`)

  const sides = (percent: number, version = "2") =>
    Effect.forEach(payouts, (payout) => Policy.admit({ ...request, payout })).pipe(
      Effect.map((decisions) => decisions.map(({ rollout }) => rollout)),
      Effect.provide(policies({ policy, rollout: { policy: { ...changed, version }, percent } })),
    )

  it.effect("holds for the percentage of payouts that it names", () =>
    Effect.gen(function* () {
      const count = (found: ReadonlyArray<boolean>) => found.filter((isNew) => isNew).length
      assert.strictEqual(count(yield* sides(0)), 0)
      assert.strictEqual(count(yield* sides(100)), payouts.length)
      // Five standard deviations of 2000 throws of such a coin.
      assert.closeTo(count(yield* sides(25)), 500, 97)
    }),
  )

  it.effect("decides by the changed policy, and says so", () =>
    Effect.gen(function* () {
      const decision = yield* Policy.admit(request)
      assert.deepInclude(decision, { version: "2", rollout: true, slippageBps: 50 })
      const json = JSON.stringify(yield* Schema.encodeEffect(PolicyDecision)(decision))
      assert.deepStrictEqual(
        yield* Schema.decodeUnknownEffect(PolicyDecision)(JSON.parse(json)),
        decision,
      )
    }).pipe(Effect.provide(policies({ policy, rollout: { policy: changed, percent: 100 } }))),
  )

  it.effect.prop(
    "never moves a payout back: who is on the new side at a percentage is there at every higher one",
    {
      one: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })),
      other: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })),
    },
    ({ one, other }) =>
      Effect.gen(function* () {
        const fewer = yield* sides(Math.min(one, other))
        const more = yield* sides(Math.max(one, other))
        assert.isTrue(fewer.every((isNew, index) => !isNew || more[index]))
        assert.deepStrictEqual(yield* sides(Math.min(one, other)), fewer)
      }),
    { arbitrary: { runs: 10 } },
  )

  it.effect("takes other payouts first for another version", () =>
    Effect.gen(function* () {
      assert.notDeepEqual(yield* sides(25, "2"), yield* sides(25, "3"))
    }),
  )
})

describe("Policy.layerConfig", () => {
  const read = (contents: string) =>
    Effect.gen(function* () {
      const files = yield* FileSystem.FileSystem
      const path = `${yield* files.makeTempDirectoryScoped()}/policy.json`
      yield* files.writeFileString(path, contents)
      return yield* Policy.admit(request).pipe(
        Effect.provide(
          Policy.layerConfig.pipe(
            Layer.provide(DayCounter.layerMemory),
            Layer.provide(
              ConfigProvider.layer(
                ConfigProvider.fromEnv({ env: { VISA_DIRECT_POLICY_PATH: path } }),
              ),
            ),
          ),
        ),
      )
    }).pipe(Effect.provide(NodeFileSystem.layer))

  it.effect("reads the file that the variable names", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* read(JSON.stringify({ policy }))).version, "1")
    }),
  )

  it.effect("refuses a file that is not JSON", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(read("{"))
      assert.include(error.message, "VISA_DIRECT_POLICY_PATH")
    }),
  )
})
