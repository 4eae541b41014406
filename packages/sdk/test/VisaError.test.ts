import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Equal, Exit, Schema, type Types } from "effect"
import { inspect } from "node:util"
import { expectTypeOf } from "vitest"
import { catalogue, groupOf, VisaError } from "../src/VisaError.ts"
import type {
  ErrorContext,
  Group,
  GroupTag,
  MoneyEffect,
  MoneyRole,
  Reason,
  ReasonFields,
  Retry,
  Tag,
} from "../src/VisaError.ts"

const tags = Object.keys(catalogue) as ReadonlyArray<Tag>

const fields: Required<ReasonFields> = {
  code: "51",
  detail: "the detail",
  field: "amount",
  statusIdentifier: "1491819372_186_81_l73c003_VDP_ARM",
  originalActionCode: "00",
  rejectionId: "98",
  policy: "payouts",
  policyVersion: "7",
  rule: "maximum",
  retryAfterMillis: 2_000,
}

const context: Required<ErrorContext> = {
  operation: "FundsTransfer.push",
  money: "moves",
  rail: "card",
  corridor: "GB-PH",
  correlationId: "01JD3X5V8Y0000000000000000",
  visaCorrelationId: "visa-correlation-id",
  clientTransactionId: "client-transaction-id",
  attempt: 2,
  httpStatus: 200,
}

/** Everything that prints an error. */
const renderings = (error: VisaError): ReadonlyArray<string> => [
  error.message,
  String(error),
  error.stack ?? "",
  JSON.stringify(error),
  JSON.stringify(error.reason),
  JSON.stringify(Schema.encodeSync(VisaError.Schema)(error)),
  inspect(error, { depth: 10, showHidden: true }),
  inspect(error.reason, { depth: 10 }),
  Cause.pretty(Cause.fail(error)),
  inspect(Exit.fail(error), { depth: 10 }),
]

describe("what an error says", () => {
  it("what happened, to which call, what it means for the money, and what to do next", () => {
    const { message } = VisaError.of("InsufficientFunds", { code: "51" }, context)
    assert.strictEqual(
      message,
      "InsufficientFunds: there are not sufficient funds. No money has moved. " +
        "Next: Try again later, or with a smaller amount. " +
        "Visa's decline category 2: the issuer cannot approve now, at most 15 more attempts in 30 days. " +
        "[FundsTransfer.push, rail card, corridor GB-PH, HTTP 200, Visa code 51, attempt 2, " +
        "correlation id 01JD3X5V8Y0000000000000000, Visa correlation id visa-correlation-id, " +
        "client transaction id client-transaction-id, runbook declined-payments]",
    )
  })

  it("that a payment whose outcome is unknown is not to be sent again", () => {
    const { message } = VisaError.of("ResponseTimeout", {}, { money: "moves" })
    assert.match(message, /Whether money has moved is not known\. Next: Do not send again: ask for/)
  })

  it("why a payout was returned, and that its money had left", () => {
    const error = VisaError.of(
      "PayoutStatusReturned",
      { code: "RETURNED", rejectionId: "98" },
      { money: "reports" },
    )
    assert.match(error.message, /Reason 98: The beneficiary has died\. The money has moved\./)
    const unknown = VisaError.of("PayoutStatusReturned", { rejectionId: "12345" })
    assert.match(unknown.message, /Reason 12345\./)
  })

  it("that nothing more may be tried where the issuer will never approve", () => {
    assert.match(VisaError.of("StolenCard").message, /category 1: .* no further attempt\./)
  })

  it("each reason can be made, described and rendered", () => {
    for (const tag of tags) {
      const error = VisaError.of(tag, fields, context)
      assert.strictEqual(error.reason._tag, tag)
      assert.strictEqual(error.reason.row, catalogue[tag])
      assert.isTrue(error.message.startsWith(`${tag}: ${catalogue[tag].meaning}.`), tag)
      assert.include(error.message, `runbook ${catalogue[tag].runbook}`)
      assert.notMatch(error.message, /undefined|\[object|\.\./)
      for (const rendering of renderings(error)) assert.include(rendering, tag)
    }
  })
})

describe("one class per reason", () => {
  it("has the tag's name and row, and makes values that are instances of it", () => {
    const { InsufficientFunds, StolenCard } = VisaError.reasons
    const reason = new InsufficientFunds({ code: "51" })
    assert.strictEqual(InsufficientFunds.name, "InsufficientFunds")
    assert.strictEqual(InsufficientFunds.row.declineCategory, 2)
    assert.isTrue(reason instanceof InsufficientFunds)
    assert.isFalse(reason instanceof StolenCard)
    assert.isTrue(VisaError.of("InsufficientFunds").reason instanceof InsufficientFunds)
    assert.match(inspect(reason), /^InsufficientFunds \{/)
    expectTypeOf(reason._tag).toEqualTypeOf<"InsufficientFunds">()
    expectTypeOf(reason.row.money).toEqualTypeOf<"NotMoved">()
  })

  it("makes values that are equal when they say the same", () => {
    const reason = VisaError.reason("RateLimited", { retryAfterMillis: 2_000 })
    assert.isTrue(
      Equal.equals(reason, VisaError.reason("RateLimited", { retryAfterMillis: 2_000 })),
    )
    assert.isFalse(Equal.equals(reason, VisaError.reason("RateLimited", { retryAfterMillis: 1 })))
  })
})

describe("money and retry depend on what the operation has to do with money", () => {
  it.each<readonly [Tag, MoneyRole | undefined, MoneyEffect, Retry]>([
    ["InsufficientFunds", "moves", "NotMoved", "Later"],
    ["InsufficientFunds", "reports", "NotMoved", "Later"],
    ["InsufficientFunds", "none", "NotMoved", "Later"],
    ["IssuerUnavailable", "moves", "Unknown", "Reconcile"],
    ["IssuerUnavailable", "reports", "Unknown", "Reconcile"],
    ["IssuerUnavailable", "none", "NotMoved", "Later"],
    ["ServiceUnavailable", "moves", "Unknown", "Reconcile"],
    ["ServiceUnavailable", "reports", "Unknown", "Later"],
    ["ServiceUnavailable", "none", "NotMoved", "Later"],
    ["StillProcessing", "reports", "Unknown", "Later"],
    ["CredentialsRejected", "moves", "NotMoved", "AfterFix"],
    ["CredentialsRejected", "reports", "Unknown", "AfterFix"],
    ["ConnectionRefused", "reports", "Unknown", "Now"],
    ["UnrecognizedCode", "reports", "Unknown", "Reconcile"],
    ["UnrecognizedReason", "moves", "Unknown", "Reconcile"],
    ["PayoutStatusReturned", "reports", "Moved", "Never"],
    ["AlreadyReversed", "moves", "Moved", "Never"],
    ["CancelTooLate", "reports", "Unknown", "Reconcile"],
    ["ServiceUnavailable", undefined, "NotMoved", "Reconcile"],
  ])("%s of an operation that %s: %s, %s", (tag, money, effect, retry) => {
    const error = VisaError.of(tag, {}, { money })
    assert.deepStrictEqual([error.money, error.retry], [effect, retry])
  })

  it("the advice does, too", () => {
    const advice = (money: MoneyRole) => VisaError.of("ServiceUnavailable", {}, { money }).advice
    assert.match(advice("moves"), /^Do not send again: .*\. Hold further payments/)
    assert.match(advice("reports"), /^Ask again after a pause\. Hold/)
    assert.match(advice("none"), /^Make the call again after a pause: it moves no money\. Hold/)
  })
})

describe("VisaError.within", () => {
  it("adds what is not known and leaves what is", () => {
    const error = VisaError.of("RequestInvalid", { field: "amount" }, { operation: "inner" })
    const outer = error.within({ operation: "outer", correlationId: "id", money: "moves" })
    assert.deepStrictEqual(outer.context, {
      operation: "inner",
      correlationId: "id",
      money: "moves",
    })
    assert.deepStrictEqual(error.context, { operation: "inner" })
    assert.isTrue(Equal.equals(outer.reason, error.reason))
  })
})

class Other extends Data.TaggedError("Other")<{}> {}

const failing = (tag: Tag): Effect.Effect<"paid", VisaError | Other> =>
  Effect.fail(VisaError.of(tag))

describe("catching groups", () => {
  type Handle = (
    self: Effect.Effect<"paid", VisaError | Other>,
  ) => Effect.Effect<string, VisaError | Other>
  const handlers: { readonly [G in Group]: Handle } = {
    declines: VisaError.catchDeclines((reason) => Effect.succeed(`decline ${reason._tag}`)),
    transient: VisaError.catchTransient((reason) =>
      Effect.succeed(`later ${reason._tag}` as const),
    ),
    configuration: VisaError.catchConfiguration((reason) =>
      Effect.succeed(`fix ${reason._tag}` as const),
    ),
    invalidRequests: VisaError.catchInvalidRequests((reason) =>
      Effect.succeed(`bad ${reason._tag}` as const),
    ),
    unknownOutcomes: VisaError.catchUnknownOutcomes((reason) =>
      Effect.succeed(`ask ${reason._tag}` as const),
    ),
    compliance: VisaError.catchCompliance((reason) => Effect.succeed(`no ${reason._tag}` as const)),
  }

  it.effect("each handles the reasons of its group and lets all others through", () =>
    Effect.gen(function* () {
      for (const [group, handle] of Object.entries(handlers)) {
        for (const tag of tags) {
          const exit = yield* Effect.exit(handle(failing(tag)))
          assert.strictEqual(Exit.isSuccess(exit), groupOf(tag) === group, `${group}: ${tag}`)
          if (Exit.isSuccess(exit)) assert.match(exit.value, new RegExp(`^\\w+ ${tag}$`))
        }
      }
    }),
  )

  it.effect("lets other errors and defects through", () =>
    Effect.gen(function* () {
      const other: Effect.Effect<never, VisaError | Other> = Effect.fail(new Other())
      assert.isTrue(Exit.hasFails(yield* Effect.exit(handlers.declines(other))))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(handlers.declines(Effect.die("defect")))))
    }),
  )

  it.effect("takes the effect first, too, and hands over the whole error", () =>
    Effect.gen(function* () {
      const declined = Effect.fail(VisaError.of("ExceedsAmountLimit", { code: "61" }, context))
      const found = yield* VisaError.catchDeclines(declined, (reason, error) => {
        expectTypeOf(reason).toEqualTypeOf<Reason<GroupTag<"declines">>>()
        return Effect.succeed([reason.code, reason.row.declineCategory, error.context.corridor])
      })
      assert.deepStrictEqual(found, ["61", 2, "GB-PH"])
    }),
  )

  it("takes the handled reasons out of the error type", () => {
    const rest = failing("RateLimited").pipe(
      VisaError.catchDeclines(() => Effect.succeed("declined" as const)),
      VisaError.catchTransient(() => Effect.fail("later" as const)),
    )
    expectTypeOf(rest).toEqualTypeOf<
      Effect.Effect<
        "paid" | "declined",
        VisaError<Exclude<Tag, GroupTag<"declines"> | GroupTag<"transient">>> | Other | "later"
      >
    >()
    const one: Effect.Effect<never, VisaError<"LostCard" | "StolenCard">> = Effect.never
    expectTypeOf(VisaError.catchDeclines(one, () => Effect.succeed(1))).toEqualTypeOf<
      Effect.Effect<number>
    >()
    assert.strictEqual(Effect.runSync(Effect.flip(rest)), "later")
  })

  it("what is left is still a VisaError whose reasons can be matched", () => {
    const rest = failing("LostCard").pipe(VisaError.catchTransient(() => Effect.succeed("later")))
    const widened: Effect.Effect<string, VisaError | Other> = rest
    const handled = rest.pipe(
      Effect.catchReason("VisaError", "LostCard", (reason) => Effect.succeed(reason.row.advice)),
    )
    type Left = Types.ReasonTags<Extract<Effect.Error<typeof rest>, { _tag: "VisaError" }>>
    expectTypeOf<"LostCard">().toExtend<Left>()
    expectTypeOf<"RateLimited">().not.toExtend<Left>()
    assert.strictEqual(Effect.runSync(handled), catalogue.LostCard.advice)
    assert.isTrue(Exit.isFailure(Effect.runSyncExit(widened)))
  })

  it("as a predicate, narrows", () => {
    const isDecline = VisaError.isIn("declines")
    const error: unknown = VisaError.of("LostCard")
    assert.isTrue(isDecline(error))
    if (isDecline(error)) expectTypeOf(error).toEqualTypeOf<VisaError<GroupTag<"declines">>>()
    assert.isFalse(isDecline(VisaError.of("RateLimited")))
    assert.isFalse(isDecline(new Other()))
    assert.isFalse(isDecline(undefined))
  })

  it("Effect.unwrapReason leaves reasons that Effect.catchTags can take", () => {
    const handled = failing("RateLimited").pipe(
      Effect.unwrapReason("VisaError"),
      Effect.catchTags({ RateLimited: () => Effect.succeed("slow down") }),
    )
    assert.strictEqual(Effect.runSync(handled), "slow down")
  })
})

describe("VisaError.Schema", () => {
  const encode = Schema.encodeSync(VisaError.Schema)
  const decode = Schema.decodeUnknownSync(VisaError.Schema)

  it("brings every reason back from JSON as it was", () => {
    for (const tag of tags) {
      for (const error of [VisaError.of(tag, fields, context), VisaError.of(tag)]) {
        const read = decode(JSON.parse(JSON.stringify(encode(error))))
        assert.isTrue(VisaError.is(read))
        assert.strictEqual(read.reason._tag, tag)
        assert.isTrue(Equal.equals(read.reason, error.reason), tag)
        assert.deepStrictEqual(read.context, error.context)
        assert.deepStrictEqual(read.toJSON(), error.toJSON())
      }
    }
  })

  it("writes the tag, the fields and the context, and nothing of the row", () => {
    assert.deepStrictEqual(
      encode(VisaError.of("RateLimited", { retryAfterMillis: 1 }, { attempt: 1 })),
      {
        _tag: "VisaError",
        reason: { _tag: "RateLimited", retryAfterMillis: 1 },
        context: { attempt: 1 },
      },
    )
  })

  it("reads a reason of a later version as one that it does not know", () => {
    const read = decode({
      _tag: "VisaError",
      reason: { _tag: "IssuerOnHoliday", code: "H1", detail: "until Monday", added: true },
      context: { operation: "FundsTransfer.push", money: "moves", added: 1 },
    })
    assert.strictEqual(read.reason._tag, "UnrecognizedReason")
    assert.strictEqual(read.reason.code, "H1")
    assert.strictEqual(read.reason.detail, "It is IssuerOnHoliday: until Monday")
    assert.deepStrictEqual(read.context, { operation: "FundsTransfer.push", money: "moves" })
    assert.strictEqual(read.money, "Unknown")
    assert.strictEqual(read.retry, "Reconcile")
  })

  it.each(["constructor", "__proto__", "toString"])("takes %s for no tag", (_tag) => {
    const read = decode({ _tag: "VisaError", reason: { _tag }, context: {} })
    assert.strictEqual(read.reason._tag, "UnrecognizedReason")
  })

  it.each([
    [{ _tag: "OtherError", reason: { _tag: "RateLimited" }, context: {} }],
    [{ _tag: "VisaError", reason: "RateLimited", context: {} }],
    [{ _tag: "VisaError", reason: { _tag: "RateLimited", code: 51 }, context: {} }],
    [{ _tag: "VisaError", reason: { _tag: "RateLimited" } }],
  ])("refuses %j", (json) => {
    assert.isTrue(Exit.isFailure(Schema.decodeUnknownExit(VisaError.Schema)(json)))
  })

  it("is the error of an exit that is stored as JSON, as workflows store theirs", () => {
    const codec = Schema.toCodecJson(Schema.Exit(Schema.String, VisaError.Schema, Schema.Defect()))
    const exit: Exit.Exit<string, VisaError> = Exit.fail(
      VisaError.of("StillProcessing", fields, context),
    )
    const stored = JSON.stringify(Schema.encodeSync(codec)(exit))
    const read = Schema.decodeUnknownSync(codec)(JSON.parse(stored))
    const error = Exit.isFailure(read) ? Cause.squash(read.cause) : undefined
    assert.isTrue(VisaError.is(error))
    if (VisaError.is(error))
      assert.strictEqual(error.reason.statusIdentifier, fields.statusIdentifier)
  })

  it("keeps a secret in stored JSON from coming out", () => {
    const read = decode({
      _tag: "VisaError",
      reason: { _tag: "RequestInvalid", detail: "card 4895142232120006 refused" },
      context: {},
    })
    for (const rendering of renderings(read)) assert.notInclude(rendering, "4895142232120006")
  })
})

describe("nothing leaks", () => {
  const pan = "4895142232120006"
  const spaced = "4895 1422 3212 0006"
  const basic = `Basic ${Buffer.from("user-id:correct horse battery").toString("base64")}`
  const cases: ReadonlyArray<
    readonly [name: string, text: string, secrets: ReadonlyArray<string>]
  > = [
    ["a card number", `card ${pan} was refused`, [pan]],
    ["a card number in groups", `card ${spaced} was refused`, [spaced]],
    [
      "a card number over two lines",
      "card 48951422\n32120006 was refused",
      ["48951422", "32120006"],
    ],
    [
      "a card number with an invisible character",
      "card 48951422\u200b32120006",
      ["48951422", "32120006"],
    ],
    ["an Authorization header", `authorization: ${basic}`, [basic, basic.slice(6)]],
  ]

  it.each(cases)("%s in any text of an error shows nowhere", (_, text, secrets) => {
    const error = VisaError.of(
      "RequestInvalid",
      {
        code: text,
        detail: text,
        field: text,
        statusIdentifier: text,
        originalActionCode: text,
        rejectionId: text,
      },
      {
        operation: text,
        rail: text,
        corridor: text,
        correlationId: text,
        visaCorrelationId: text,
        clientTransactionId: text,
      },
    )
    for (const rendering of renderings(error)) {
      for (const secret of secrets) assert.notInclude(rendering, secret)
    }
  })

  it("a reason or context put together by hand is sanitised like any other", () => {
    const byHand = {
      ...VisaError.reason("LostCard"),
      _tag: "LostCard",
      row: catalogue.LostCard,
      detail: pan,
    } as const
    const error = new VisaError<Tag>({ reason: byHand, context: { operation: pan } })
    for (const rendering of renderings(error)) assert.notInclude(rendering, pan)
  })

  it("only the listed fields get in, and only as text and numbers", () => {
    const request = { primaryAccountNumber: pan }
    // What a program without types could hand over.
    const given = {
      cause: new Error(pan),
      request,
      detail: request,
      code: 51,
      attempt: "x",
      httpStatus: Number.NaN,
      money: "lots",
    }
    const error = VisaError.of("RequestInvalid", given as never, given as never)
    assert.deepStrictEqual(Object.keys(error.reason), ["_tag"])
    assert.deepStrictEqual(error.context, {})
    assert.isUndefined(error.cause)
    for (const rendering of renderings(error)) assert.notInclude(rendering, pan)
  })

  it("no text can add a line to a log", () => {
    const error = VisaError.of("RequestInvalid", { detail: "one\r\nERROR forged\u2028two\u0000" })
    assert.strictEqual(error.reason.detail, "one ERROR forged two ")
    const { reason } = VisaError.of("RequestInvalid", { detail: "from\u202eright\u200bto left" })
    assert.strictEqual(reason.detail, "from right to left")
    assert.notMatch(error.message, /[\n\r\u2028\0]/)
  })

  it("long texts are cut, and never through a character", () => {
    const error = VisaError.of("RequestInvalid", { detail: "a".repeat(498) + "😀".repeat(10_000) })
    const { detail = "" } = error.reason
    assert.isAtMost(detail.length, 500)
    assert.isTrue(detail.isWellFormed())
    assert.isTrue(detail.endsWith("…"))
    assert.isBelow(error.message.length, 1_000)
    assert.strictEqual(
      VisaError.of("RequestInvalid", { detail: "a".repeat(500) }).reason.detail,
      "a".repeat(500),
    )
  })

  it("a card number at the cut does not lose the digits that give it away", () => {
    for (let before = 480; before < 500; before++) {
      const { message } = VisaError.of("RequestInvalid", {
        detail: `${"a ".repeat(before / 2)}${pan}`,
      })
      assert.notMatch(message, /489514223/)
    }
  })
})
