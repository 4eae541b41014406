import { assert, describe, it } from "@effect/vitest"
import { Array, Effect, Fiber, Layer, Logger, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Country } from "../../src/Country.ts"
import { Compliance, ComplianceDecision } from "../../src/payouts/Compliance.ts"
import type { ComplianceRequest } from "../../src/payouts/Compliance.ts"
import { Screening } from "../../src/payouts/Screening.ts"
import type { ScreeningVerdict, Subject } from "../../src/payouts/Screening.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import { VisaError } from "../../src/VisaError.ts"
import { guardFailures, ownMetrics } from "../support/guardFailures.ts"
import { simulated } from "../support/simulated.ts"

const country = (code: string) => Effect.runSync(Country.of(code))

const request: ComplianceRequest = {
  payout: "P-1",
  scope: "all",
  from: country("GB"),
  to: country("PH"),
  sender: { name: "Acme Ltd", kind: "company", country: country("GB"), city: "London" },
  recipient: {
    name: "Juan dela Cruz",
    kind: "individual",
    country: country("PH"),
    city: "Cebu",
    dateOfBirth: "1990-05-05",
  },
}

type Answer = Effect.Effect<ScreeningVerdict, VisaError>

const clear: Answer = Effect.succeed({ _tag: "Clear" })

/** A screening service with these answers, and whom it was asked about. */
const screeningWith = (answers: { readonly sender?: Answer; readonly recipient?: Answer } = {}) => {
  const asked: Array<Subject> = []
  const screening = Layer.succeed(Screening, {
    screen: (subject) => {
      asked.push(subject)
      return answers[subject.role] ?? clear
    },
  })
  return { asked, compliance: Compliance.layer().pipe(Layer.provide(screening)) }
}

const refusal = (changes: Partial<ComplianceRequest> = {}) =>
  Effect.flip(Compliance.check({ ...request, ...changes }))

describe("the scope of screening", () => {
  const domestic = { to: country("GB") }
  it.effect.each([
    ["off", {}, false],
    ["off", domestic, false],
    ["cross-border", {}, true],
    ["cross-border", domestic, false],
    ["all", {}, true],
    ["all", domestic, true],
  ] as const)("%s, for %j: %s", ([scope, changes, isScreened]) => {
    const { asked, compliance } = screeningWith()
    return Effect.gen(function* () {
      const decision = yield* Compliance.check({ ...request, ...changes, scope })
      assert.strictEqual(decision.result, isScreened ? "clear" : "not-screened")
      assert.deepStrictEqual(
        asked.map(({ role }) => role),
        isScreened ? ["sender", "recipient"] : [],
      )
    }).pipe(Effect.provide(compliance))
  })
})

describe("screening", () => {
  const verdict = (_tag: ScreeningVerdict["_tag"]): Answer =>
    Effect.succeed({ _tag, reference: "case 9", score: 88 })

  it.effect.each([
    ["Sanctions", "SanctionsMatch"],
    ["Denied", "ComplianceDenied"],
    ["Review", "AmlReview"],
  ] as const)("that comes to %s is %s, whichever party it is", ([tag, reason]) =>
    Effect.gen(function* () {
      for (const answers of [{ sender: verdict(tag) }, { recipient: verdict(tag) }]) {
        const error = yield* refusal().pipe(Effect.provide(screeningWith(answers).compliance))
        assert.strictEqual(error.reason._tag, reason)
        assert.strictEqual(error.money, "NotMoved")
        assert.include(error.message, "case 9")
      }
      assert.strictEqual(yield* guardFailures("compliance"), 2)
    }).pipe(Effect.provide(ownMetrics)),
  )

  it.effect("answers with the gravest of what it found", () =>
    Effect.gen(function* () {
      for (const [sender, recipient, reason] of [
        [verdict("Review"), verdict("Sanctions"), "SanctionsMatch"],
        [verdict("Denied"), verdict("Review"), "ComplianceDenied"],
        [Effect.never, verdict("Sanctions"), "SanctionsMatch"],
        [Effect.die("a bug"), verdict("Review"), "AmlReview"],
      ] as const) {
        const { compliance } = screeningWith({ sender, recipient })
        const waiting = yield* Effect.forkChild(refusal().pipe(Effect.provide(compliance)))
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual((yield* Fiber.join(waiting)).reason._tag, reason)
      }
    }),
  )

  it.effect("is told all that is known of a party, and the payout", () => {
    const { asked, compliance } = screeningWith()
    return Effect.gen(function* () {
      yield* Compliance.check(request)
      assert.deepStrictEqual(asked, [
        { ...request.sender, payout: "P-1", role: "sender" },
        { ...request.recipient, payout: "P-1", role: "recipient" },
      ])
    }).pipe(Effect.provide(compliance))
  })
})

describe("what is not certain", () => {
  it.effect.each([
    ["an error", Effect.fail(VisaError.of("ServiceUnavailable")), "ServiceUnavailable"],
    ["a defect", Effect.die(new Error("Juan dela Cruz is not a function")), "Defect"],
    ["silence", Effect.never, "TimedOut"],
  ] as const)("keeps a payout back: %s", ([, answer, because]) =>
    Effect.gen(function* () {
      const { compliance } = screeningWith({ recipient: answer })
      const waiting = yield* Effect.forkChild(refusal().pipe(Effect.provide(compliance)))
      yield* TestClock.adjust("10 seconds")
      const error = yield* Fiber.join(waiting)
      assert.strictEqual(error.reason._tag, "VerificationUnavailable")
      assert.strictEqual(error.retry, "Later")
      assert.include(error.message, because)
      assert.notInclude(error.message, "Juan")
      // Another payout need not be refused for it.
      assert.strictEqual(yield* guardFailures("compliance"), 0)
    }).pipe(Effect.provide(ownMetrics)),
  )

  it.effect("includes a verdict that nobody knows", () =>
    Effect.gen(function* () {
      const odd = Effect.succeed({ _tag: "Probably" } as unknown as ScreeningVerdict)
      const { compliance } = screeningWith({ sender: odd })
      const error = yield* refusal().pipe(Effect.provide(compliance))
      assert.strictEqual(error.reason._tag, "AmlReview")
    }),
  )

  it.effect("includes a party that is not known", () =>
    Effect.gen(function* () {
      const error = yield* refusal({ recipient: undefined })
      assert.strictEqual(error.reason._tag, "RequestInvalid")
      assert.strictEqual(error.reason.field, "recipient")
    }).pipe(Effect.provide(screeningWith().compliance)),
  )

  it.effect("includes that there is no screening service at all", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* refusal()).reason._tag, "VerificationUnavailable")
      assert.strictEqual(
        (yield* Compliance.check({ ...request, scope: "off" })).result,
        "not-screened",
      )
    }).pipe(Effect.provide(Compliance.layer().pipe(Layer.provide(Screening.layerNone)))),
  )
})

describe("the record of a decision", () => {
  it.effect("holds no personal data, in the store and in the log", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.map(Logger.formatJson, (line) => {
        lines.push(line)
      })
      const { compliance } = screeningWith({
        recipient: Effect.succeed({ _tag: "Sanctions", reference: "case 9", score: 88 }),
      })
      const decision = yield* Compliance.decide(request).pipe(
        Effect.provide([compliance, Logger.layer([logger])]),
      )
      const stored = JSON.stringify(yield* Schema.encodeEffect(ComplianceDecision)(decision))
      assert.deepStrictEqual(JSON.parse(stored), {
        payout: "P-1",
        scope: "all",
        result: "sanctions",
        parties: [
          { role: "sender", result: "clear" },
          { role: "recipient", result: "sanctions", reference: "case 9", score: 88 },
        ],
        at: 0,
      })
      assert.strictEqual(lines.length, 1)
      assert.include(lines[0], "case 9")
      for (const text of [stored, ...lines]) {
        assert.notMatch(text, /Juan|Cruz|Acme|Cebu|London|1990/)
      }
      assert.strictEqual(Compliance.refusalOf(decision)?.reason._tag, "SanctionsMatch")
    }),
  )
})

describe("screening by Visa's watch list", () => {
  const visaWith = (answer: object) => {
    const bodies: Array<unknown> = []
    const visa = VisaDirectTest.layerWith((call) => {
      bodies.push(call.body)
      return { status: 200, body: answer }
    })
    return {
      bodies,
      screening: Screening.layerWatchList().pipe(Layer.provide(visa)),
    }
  }

  const subject: Subject = {
    payout: "P-1",
    role: "recipient",
    name: "Juan dela Cruz",
    kind: "individual",
    country: country("PH"),
    city: "Cebu",
  }

  const screen = (changes: Partial<Subject> = {}) =>
    Effect.flatMap(Screening, (service) => service.screen({ ...subject, ...changes }))

  it.effect.each([
    [{ status: "Approved", ofacScore: "0" }, "Clear"],
    [{ status: "Approved", ofacScore: "74" }, "Clear"],
    [{ status: "Approved", ofacScore: "75" }, "Review"],
    [{ status: "Declined", ofacScore: "99" }, "Sanctions"],
    [{ status: "Under review", ofacScore: "0" }, "Review"],
    [{ status: "Approved" }, "Review"],
  ] as const)("%j is %s", ([answer, expected]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* screen())._tag, expected)
    }).pipe(Effect.provide(visaWith(answer).screening)),
  )

  it.effect(
    "goes out under a reference that is the same at every attempt, and another for each party",
    () => {
      const { bodies, screening } = visaWith({ status: "Approved", ofacScore: "0" })
      return Effect.gen(function* () {
        const first = yield* screen()
        assert.deepStrictEqual(yield* screen(), first)
        const other = yield* screen({ role: "sender" })
        assert.match(first.reference ?? "", /^\d{12}$/)
        assert.notStrictEqual(other.reference, first.reference)
        assert.deepStrictEqual(bodies[0], {
          name: "Juan dela Cruz",
          address: { city: "Cebu", cardIssuerCountryCode: "PHL" },
          referenceNumber: first.reference,
        })
      }).pipe(Effect.provide(screening))
    },
  )

  it.effect("needs a city", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(screen({ city: undefined }))
      assert.strictEqual(error.reason._tag, "RequestInvalid")
      assert.strictEqual(error.reason.field, "recipient.address.city")
    }).pipe(Effect.provide(visaWith({}).screening)),
  )

  it.live("works against the simulator", () =>
    Effect.gen(function* () {
      const decision = yield* Compliance.check(request)
      assert.strictEqual(decision.result, "clear")
      assert.deepStrictEqual(
        Array.map(decision.parties, ({ role }) => role),
        ["sender", "recipient"],
      )
    }).pipe(
      Effect.provide(
        Compliance.layer().pipe(
          Layer.provide(Screening.layerWatchList()),
          Layer.provide(simulated()),
        ),
      ),
    ),
  )
})
