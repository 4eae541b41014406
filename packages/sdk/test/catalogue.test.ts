import { assert, describe, it } from "@effect/vitest"
import { Option, Result } from "effect"
import { expectTypeOf } from "vitest"
import { tables } from "../src/internal/catalogue.ts"
import { ResponseSource, responseSources } from "../src/ResponseSource.ts"
import { avsResults, cavvResults, cvv2Results, Verification } from "../src/Verification.ts"
import {
  approvals,
  catalogue,
  conditions,
  envelopes,
  fundingStatuses,
  groupOf,
  groups,
  payoutProgress,
  readActionCode,
  readings,
  readPayoutStatus,
  reattemptLimit,
  runbookSections,
  spaces,
  tagOfCode,
  tagOfRefusal,
} from "../src/VisaError.ts"
import type {
  ActionOperation,
  GroupTag,
  Refusal,
  Row,
  Space,
  Tag,
  TagIn,
} from "../src/VisaError.ts"

const rows = Object.entries<Row>(catalogue) as ReadonlyArray<readonly [Tag, Row]>
const codeSpaces = Object.keys(spaces) as ReadonlyArray<Space>
const words = (text: string): Array<string> => text.trim().split(/\s+/)

/** The codes that Visa and others document, by space. */
const documented: { readonly [S in Space]: ReadonlyArray<string> } = {
  action: words(`
    01 02 03 04 05 06 07 08 12 13 14 15 17 19 20 21 22 25 28 30 39 41 43 46 51 52 53 54 55 57 58 59
    5C 61 62 63 64 65 68 6P 70 74 75 76 77 78 79 80 81 82 83 84 86 89 91 92 93 94 95 96 9G 1A B1 B2
    C0 C1 N0 N3 N4 N5 N7 N8 P2 P5 P6 Q1 R0 R1 R2 R3 XA XD Z1 Z3 Z5`),
  reversal: words("21 25 79"),
  cancel: words("21 25 57"),
  queryStatus: words("FAILED CANCELLED"),
  http: words("202 204 303 400 401 403 404 405 408 413 415 429 500 503 504"),
  gateway: words(
    "401/9123 401/9124 400/9124 400/9125 401/9125 401/9209 401/9210 403/9611 400/3001 404/3001",
  ),
  fx: words("400/3001 400/3003 500/3004 403/4001"),
  cardAttributes: words("400/invalidParameter"),
  alias: words(`
    VAD-1000 VAD-1010 VAD-1040 VAD-1050 400/VAD-1100 401/VAD-1100 VAD-1120 VAD-1130 VAD-1160
    VAD-1170 VAD-1180 VAD-1190 VAD-1210 VAD-1260 VAD-1290`),
  payoutStatus: words("RETURNED REJECTED DECLINED FAILED CANCELLED ERROR VALIDATION_FAILED"),
  payoutValidation: words("4003 4004 4100 4102 4110 4111"),
  payoutRejection: words(`
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 59 60 61 62 67 68
    69 70 71 73 74 75 76 77 78 96 97 98 99 100 101`),
}

describe("the catalogue", () => {
  it.each(codeSpaces)(
    "has a row of its own for each documented code of %s, and no others",
    (space) => {
      const tags = documented[space].map((code) => Option.getOrThrow(tagOfCode(space, code)))
      assert.strictEqual(new Set(tags).size, documented[space].length)
      const listed = rows.flatMap(([, row]) => row.codes[space] ?? [])
      assert.sameMembers(listed, [...documented[space]])
    },
  )

  it("lists at least 150 codes, at least 85 of them action codes", () => {
    const count = (space: Space) =>
      rows.filter(([, { codes }]) => codes[space] !== undefined).length
    assert.isAtLeast(count("action"), 85)
    assert.isAtLeast(
      codeSpaces.map(count).reduce((sum, n) => sum + n),
      150,
    )
  })

  it("has no code twice in a space and no tag in two tables", () => {
    const claims = rows.flatMap(([, { codes }]) =>
      Object.entries(codes).map(([space, code]) => `${space} ${code}`),
    )
    assert.sameMembers(claims, [...new Set(claims)])
    const tags = tables.flatMap((table) => Object.keys(table))
    assert.sameMembers(tags, [...new Set(tags)])
    assert.strictEqual(tags.length, rows.length)
  })

  it("gives each reason a name, a meaning and a next step", () => {
    for (const [tag, row] of rows) {
      assert.match(tag, /^[A-Z][A-Za-z0-9]+$/)
      for (const text of [row.meaning, row.advice]) {
        assert.match(text, /^\S.{9,}\S$/, tag)
        // The final period is added where the text is shown.
        assert.notMatch(text, /[.!?]$/, tag)
        assert.notMatch(text, /\b(?:unknown error|something went wrong|contact support)\b/i, tag)
      }
      assert.match(row.meaning, /^[a-z]|^(?:BIC|Visa)\b/, tag)
      assert.match(row.advice, /^[a-z]/, tag)
      assert.property(runbookSections, row.runbook)
    }
  })

  it("has no two rows of the same space that mean the same", () => {
    for (const space of codeSpaces) {
      const meanings = rows.flatMap(([, row]) =>
        row.codes[space] === undefined ? [] : [row.meaning],
      )
      assert.sameMembers(meanings, [...new Set(meanings)])
    }
  })

  it("points to every section of the runbook", () => {
    const used = new Set(rows.map(([, row]) => row.runbook))
    assert.sameMembers([...used], Object.keys(runbookSections))
  })
})

describe("what rows say about money", () => {
  it("no row contradicts itself", () => {
    for (const [tag, row] of rows) {
      // Whether money has moved is open exactly where Visa must be asked.
      assert.strictEqual(row.money === "Unknown", row.retry === "Reconcile", tag)
      if (row.money === "Moved") assert.strictEqual(row.retry, "Never", tag)
      if (row.category === "decline") assert.strictEqual(row.money, "NotMoved", tag)
      // An issuer that will never approve is not asked again.
      if (row.declineCategory === 1) assert.include(["Never", "AfterFix"], row.retry, tag)
      if (row.retry === "Now") assert.strictEqual(row.category, "connectivity", tag)
    }
  })

  it.each(words("08 20 22 68 79 80 91 94 95 96 XA XD Z5"))(
    "action code %s never says that nothing moved",
    (code) => {
      const tag = Option.getOrThrow(tagOfCode("action", code))
      assert.strictEqual(catalogue[tag].money, "Unknown")
    },
  )

  it.each(["202", "303", "408", "500", "503", "504"])("nor does HTTP %s", (status) => {
    const tag = Option.getOrThrow(tagOfCode("http", status))
    assert.strictEqual(catalogue[tag].money, "Unknown")
  })

  it.each(["400", "401", "403", "404", "405", "413", "415", "429"])(
    "HTTP %s refuses, so nothing moved",
    (status) => {
      const tag = Option.getOrThrow(tagOfCode("http", status))
      assert.strictEqual(catalogue[tag].money, "NotMoved")
    },
  )

  it("a returned payout has moved, and may not be paid again by itself", () => {
    const { money, retry, category } = catalogue.PayoutStatusReturned
    assert.deepStrictEqual([money, retry, category], ["Moved", "Never", "return"])
  })
})

describe("reading refusals", () => {
  const sender = "Transaction to Recipient Card Country is restricted by the Sender Institution"
  const cases: ReadonlyArray<readonly [name: string, refusal: Refusal, tag: Tag]> = [
    [
      "9125 for a request in clear",
      { httpStatus: 400, code: "9125", encrypted: false },
      "EncryptionRequired",
    ],
    [
      "9125 for an encrypted request",
      { httpStatus: 400, code: "9125", encrypted: true },
      "EncryptionNotRecognized",
    ],
    ["9125 with 401", { httpStatus: 401, code: "9125", encrypted: true }, "CertificateMismatch"],
    ["9124 with 400", { httpStatus: 400, code: "9124" }, "ClientCertificateMissing"],
    ["9124 with 401", { httpStatus: 401, code: "9124" }, "CredentialsRejected9124"],
    ["9123", { httpStatus: 401, code: "9123" }, "CredentialsRejected"],
    ["9209", { httpStatus: 401, code: "9209" }, "TokenValidationFailed9209"],
    ["9210", { httpStatus: 401, code: "9210" }, "TokenValidationFailed"],
    ["9611", { httpStatus: 403, code: "9611" }, "NotInProject"],
    [
      "3001 without a known wording",
      { httpStatus: 400, code: "3001", text: "Message has failed validation" },
      "MessageValidationFailed",
    ],
    [
      "3001 for a missing field",
      {
        httpStatus: 400,
        code: "3001",
        text: "Mandatory field 'localTransactionDateTime' is missing or has invalid content.",
      },
      "MandatoryFieldMissing",
    ],
    [
      "3001 for an unknown field",
      {
        httpStatus: 400,
        code: "3001",
        text: "Invalid content found starting with element 'acquirerCountryCode'",
      },
      "UnknownField",
    ],
    [
      "3001 for a rule of the programme",
      { httpStatus: 400, code: "3001", text: sender },
      "RecipientCountryRestricted",
    ],
    ["3001 with 404", { httpStatus: 404, code: "3001" }, "CardNotFound"],
    [
      "3001 of foreign exchange",
      { httpStatus: 400, code: "3001", space: "fx" },
      "FxRequestInvalid",
    ],
    ["3004 of foreign exchange", { httpStatus: 500, code: "3004", space: "fx" }, "FxInternalError"],
    ["3004 of another API", { httpStatus: 500, code: "3004" }, "ServerError"],
    [
      "invalidParameter of card attributes",
      { httpStatus: 400, code: "invalidParameter", space: "cardAttributes" },
      "NoParticipatingNetwork",
    ],
    [
      "4003 of payouts",
      { httpStatus: 400, code: "4003", space: "payoutValidation" },
      "PayoutRouteNotSupported",
    ],
    ["VAD-1040", { httpStatus: 404, code: "VAD-1040", space: "alias" }, "AliasNotFound"],
    [
      "VAD-1100 with 400",
      { httpStatus: 400, code: "VAD-1100", space: "alias" },
      "AliasRequestInvalid",
    ],
    [
      "VAD-1100 with 401",
      { httpStatus: 401, code: "VAD-1100", space: "alias" },
      "AliasUnauthorized",
    ],
    ["an unknown code falls back to the status", { httpStatus: 401, code: "9999" }, "Unauthorized"],
    [
      "a gateway's code in the answer of another API",
      { httpStatus: 401, code: "9123", space: "fx" },
      "CredentialsRejected",
    ],
    ["no code", { httpStatus: 400 }, "RequestRejected"],
    ["an unknown status", { httpStatus: 418, code: "3001" }, "UnexpectedStatus"],
  ]
  it.each(cases)("%s", (_, refusal, tag) => assert.strictEqual(tagOfRefusal(refusal), tag))

  it("has only readings that some reply can reach, each of a code that it documents", () => {
    for (const { code, tag } of readings) {
      assert.isTrue(Option.isSome(tagOfCode("gateway", code)), code)
      assert.include(
        cases.map(([, , expected]) => expected),
        tag,
      )
    }
  })

  it("takes linear time on a long text that almost fits", () => {
    const text = "field ".repeat(50_000)
    assert.strictEqual(
      tagOfRefusal({ httpStatus: 400, code: "3001", text }),
      "MessageValidationFailed",
    )
  })
})

describe("reading action codes", () => {
  const approved = (operation: ActionOperation, code: string, original?: string) =>
    Result.isSuccess(readActionCode(operation, code, original))
  const tagOf = (operation: ActionOperation, code: string, original?: string) =>
    Result.match(readActionCode(operation, code, original), {
      onSuccess: ({ tag }) => tag,
      onFailure: ({ tag }) => tag,
    })

  it.each<readonly [code: string, operations: ReadonlyArray<ActionOperation>]>([
    ["00", ["push", "pull", "reverse", "adjust", "cancel", "verify"]],
    ["11", ["push", "pull", "reverse", "adjust", "cancel", "verify"]],
    ["10", ["pull"]],
    ["85", ["cancel", "verify"]],
    ["R0", ["cancel"]],
    ["08", []],
    ["Z5", []],
  ])("%s approves: %s", (code, operations) => {
    const all = ["push", "pull", "reverse", "adjust", "cancel", "verify"] as const
    assert.deepStrictEqual(
      all.filter((operation) => approved(operation, code)),
      [...operations],
    )
  })

  it.each<readonly [ActionOperation, string, string | undefined, string]>([
    ["push", "51", undefined, "InsufficientFunds"],
    ["push", "10", undefined, "UnexpectedApproval"],
    ["push", "85", undefined, "UnexpectedApproval"],
    ["push", "R0", undefined, "StopPaymentOrder"],
    ["push", "QQ", undefined, "UnrecognizedCode"],
    ["push", "constructor", undefined, "UnrecognizedCode"],
    ["push", "94", "00", "Approved"],
    ["push", "94", "51", "InsufficientFunds"],
    ["push", "94", "91", "IssuerUnavailable"],
    ["push", "94", "QQ", "UnrecognizedCode"],
    ["push", "94", undefined, "DuplicateTransaction"],
    ["push", "94", "94", "DuplicateTransaction"],
    ["push", "51", "00", "InsufficientFunds"],
    ["pull", "94", "10", "PartiallyApproved"],
    ["reverse", "21", undefined, "ReversalNotPossible"],
    ["reverse", "25", undefined, "ReversalOriginalNotFound"],
    ["reverse", "79", undefined, "AlreadyReversed"],
    ["reverse", "05", undefined, "DoNotHonor"],
    ["push", "25", undefined, "UnableToLocateRecord"],
    ["push", "79", undefined, "TransactionAlreadyReversed"],
    ["cancel", "21", undefined, "CancelTooLate"],
    ["cancel", "25", undefined, "CancelOriginalNotFound"],
    ["cancel", "57", undefined, "CancelNotPermitted"],
    ["cancel", "R0", undefined, "AlreadyCancelled"],
    ["cancel", "05", undefined, "CancelRefused"],
    ["cancel", "QQ", undefined, "CancelRefused"],
    ["verify", "Z5", undefined, "AmountNotVerified"],
  ])("%s answered with %s (original %s) is %s", (operation, code, original, tag) => {
    assert.strictEqual(tagOf(operation, code, original), tag)
  })

  it("keeps the code that decided, and the original's", () => {
    const verdict = Result.getOrThrow(Result.flip(readActionCode("push", "94", "61")))
    assert.deepStrictEqual(verdict.fields, {
      code: "61",
      originalActionCode: "61",
      detail: "Visa recognised a repeat; this is what it answered to the original",
    })
  })

  const characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
  const everyCode = [...characters].flatMap((one) => [...characters].map((other) => one + other))

  it.each<ActionOperation>(["push", "pull", "reverse", "adjust", "cancel"])(
    "of all 1296 codes, a %s is only called declined by those that are documented as declines",
    (operation) => {
      for (const code of everyCode) {
        const verdict = readActionCode(operation, code)
        if (Result.isSuccess(verdict)) continue
        const { tag } = verdict.failure
        const { money } = catalogue[tag]
        if (money !== "NotMoved") continue
        assert.strictEqual(groupOf(tag), "declines", `${code}: ${tag}`)
        assert.isTrue(
          documented.action.includes(code) && operation !== "cancel",
          `${operation} ${code}: ${tag}`,
        )
      }
    },
  )
})

describe("reading the status of a payout", () => {
  it.each<readonly [status: string, id: string | undefined, tag: Tag | undefined]>([
    ["PAYMENT_RECEIVED", undefined, undefined],
    ["AWAITING_INFORMATION", "59", undefined],
    ["PAYMENT_DELIVERED", undefined, undefined],
    ["REJECTED", undefined, "PayoutStatusRejected"],
    ["REJECTED", "1", "RejectedInvalidBic"],
    ["REJECTED", "999", "PayoutStatusRejected"],
    ["DECLINED", "96", "RejectedForbiddenTransaction"],
    ["RETURNED", "68", "PayoutStatusReturned"],
    ["RETURNED", undefined, "PayoutStatusReturned"],
    ["FAILED", "3", "PayoutStatusFailed"],
    ["SOMETHING_NEW", undefined, "UnrecognizedCode"],
    ["toString", undefined, "UnrecognizedCode"],
  ])("%s with reason %s is %s", (status, id, tag) => {
    const verdict = readPayoutStatus(status, id)
    assert.strictEqual(Option.getOrUndefined(Option.map(verdict, (found) => found.tag)), tag)
  })

  it("knows each documented status, as an error or as under way", () => {
    const statuses = words(`
      PAYMENT_RECEIVED AWAITING_INFORMATION PAYMENT_SENT PAYMENT_DELIVERED PENDING_CANCELLATION
      CANCELLED RETURNED REJECTED DELIVERED_TO_SCHEME DELIVERED_TO_RECIPIENT_BANK PENDING
      IN_PROGRESS DECLINED FAILED ERROR VALIDATION_FAILED`)
    for (const status of statuses) {
      const isError = Option.isSome(tagOfCode("payoutStatus", status))
      assert.notStrictEqual(isError, Object.hasOwn(payoutProgress, status), status)
    }
    assert.sameMembers(Object.keys(fundingStatuses), words("FUNDED NOT_FUNDED FUNDED_AGING"))
  })

  it("keeps why a payout was returned", () => {
    const verdict = Option.getOrThrow(readPayoutStatus("RETURNED", "98"))
    assert.deepStrictEqual(verdict.fields, { code: "RETURNED", rejectionId: "98" })
  })
})

describe("groups and conditions", () => {
  it("no reason is in two groups", () => {
    for (const [tag, row] of rows) {
      const of = Object.values(groups).filter((criteria) =>
        Object.entries(criteria).every(([field, values]) =>
          (values as ReadonlyArray<unknown>).includes(row[field as keyof Row]),
        ),
      )
      assert.isAtMost(of.length, 1, tag)
    }
  })

  it("only a few reasons are in no group, and each for its own sake", () => {
    const alone = rows.filter(([tag]) => groupOf(tag) === undefined).map(([tag]) => tag)
    assert.sameMembers(alone, [
      "AlreadyReversed",
      "CredentialsClosed",
      "DecidedNotPaid",
      "PayoutStatusReturned",
      "RateExpired",
      "RateNotFound",
      "SlippageExceeded",
      "TransactionReversed",
    ])
  })

  it("what may have moved money is never transient, and what is transient never moved any", () => {
    for (const [tag, row] of rows) {
      if (groupOf(tag) === "transient") assert.strictEqual(row.money, "NotMoved", tag)
      if (row.money === "Unknown") assert.strictEqual(groupOf(tag), "unknownOutcomes", tag)
    }
  })

  it("tells every condition of the seed from every other", () => {
    const named = Object.values(conditions).flatMap((tags): ReadonlyArray<Tag> => tags)
    assert.sameMembers(named, [...new Set(named)])
    for (const tags of Object.values(conditions)) assert.isNotEmpty(tags)
    assert.sameMembers(Object.keys(conditions), [
      "network timeout",
      "no connectivity",
      "unauthorized",
      "forbidden",
      "bad request",
      "missing field",
      "insufficient funds",
      "account not found",
      "card not found",
      "alias not found",
      "transaction declined",
      "duplicate",
      "expired",
      "receipt reused",
      "compliance denied",
      "sanctions match",
      "AML review",
      "FX rate expired",
      "rate not found",
      "slippage exceeded",
      "issuer unavailable",
      "acquirer unavailable",
      "Visa system error",
      "service unavailable",
      "rate limited",
      "JWE encryption failed",
      "JWE decryption failed",
      "JWKS unavailable",
      "unknown",
    ])
  })

  it("limits reattempts by Visa's decline categories", () => {
    assert.strictEqual(reattemptLimit(1).attempts, 0)
    assert.include(reattemptLimit(2), { attempts: 15, days: 30 })
    assert.match(reattemptLimit(3).condition, /corrected/)
  })
})

describe("types", () => {
  it("the space and the code's tag are known to the compiler", () => {
    expectTypeOf(tagOfCode("queryStatus", "FAILED")).toEqualTypeOf<
      Option.Option<"TransactionRejected" | "TransactionCancelled">
    >()
    expectTypeOf<TagIn<"cardAttributes">>().toEqualTypeOf<"NoParticipatingNetwork">()
    // @ts-expect-error: there is no such space
    assert.throws(() => tagOfCode("actions", "51"))
  })

  it("a table over a group does not compile when a reason of it is missing", () => {
    const messages = {
      ComplianceDenied: "This payment is not possible.",
      AmlReview: "This payment is being checked.",
    }
    // @ts-expect-error: SanctionsMatch has no message
    const incomplete: { readonly [T in GroupTag<"compliance">]: string } = messages
    const complete: { readonly [T in GroupTag<"compliance">]: string } = {
      ...messages,
      SanctionsMatch: "This payment is not possible.",
    }
    assert.hasAllKeys(complete, [...Object.keys(incomplete), "SanctionsMatch"])
  })

  it("the groups of the types are those of the values", () => {
    expectTypeOf<GroupTag<"compliance">>().toEqualTypeOf<
      "ComplianceDenied" | "SanctionsMatch" | "AmlReview"
    >()
    expectTypeOf<"InsufficientFunds">().toExtend<GroupTag<"declines">>()
    expectTypeOf<"RateLimited">().toExtend<GroupTag<"transient">>()
    expectTypeOf<"ServiceUnavailable">().toExtend<GroupTag<"unknownOutcomes">>()
    expectTypeOf<"IssuerUnavailable">().not.toExtend<GroupTag<"declines">>()
    assert.deepStrictEqual(
      (
        ["InsufficientFunds", "RateLimited", "ServiceUnavailable", "IssuerUnavailable"] as const
      ).map(groupOf),
      ["declines", "transient", "unknownOutcomes", "unknownOutcomes"],
    )
  })
})

describe("codes that are no errors", () => {
  it("knows who answered", () => {
    assert.deepStrictEqual(ResponseSource.of("1"), {
      _tag: "StandInIssuerTimedOut",
      code: "1",
      answeredBy: "StandIn",
      meaning: "the issuer did not answer in time, or not validly",
    })
    assert.sameMembers(Object.keys(responseSources), words("0 1 2 3 4 5 6 7 8 9 A B C V"))
    assert.strictEqual(ResponseSource.of("5")._tag, "Issuer")
  })

  it("knows what a verification came to", () => {
    const verdictOf = (result: { readonly _tag: string; readonly verdict?: string }) =>
      result.verdict
    assert.sameMembers(Object.keys(avsResults), words("A B C D F G I M N P R U Y Z"))
    assert.sameMembers(Object.keys(cvv2Results), words("M N P S U"))
    assert.sameMembers(Object.keys(cavvResults), words("0 1 2 3 4 6 7 8 9 A B C D"))
    assert.deepStrictEqual(
      [..."YAN?"].map((code) => verdictOf(Verification.avs(code))),
      ["Match", "Partial", "NoMatch", undefined],
    )
    assert.deepStrictEqual(
      [..."MNPU"].map((code) => verdictOf(Verification.cvv2(code))),
      ["Match", "NoMatch", "NotChecked", "NotChecked"],
    )
    assert.deepStrictEqual(
      [..."2301"].map((code) => verdictOf(Verification.cavv(code))),
      ["Match", "Partial", "NotChecked", "NoMatch"],
    )
  })

  it.each([
    ["a response source", ResponseSource.of],
    ["an AVS result", Verification.avs],
    ["a CVV2 result", Verification.cvv2],
    ["a CAVV result", Verification.cavv],
  ])("keeps the code of %s that it does not know", (_, read) => {
    for (const code of ["?", "", "constructor", "__proto__"]) {
      assert.deepStrictEqual(read(code), { _tag: "Unrecognized", code })
    }
  })

  it("narrows by tag", () => {
    const source = ResponseSource.of("4")
    if (source._tag === "StandInIssuerUnavailable") {
      expectTypeOf(source.answeredBy).toEqualTypeOf<"StandIn">()
      expectTypeOf(source.code).toEqualTypeOf<"4">()
    }
    if (source._tag === "Unrecognized") expectTypeOf(source.code).toEqualTypeOf<string>()
    assert.strictEqual(source.code, "4")
  })

  it("names each approval, and no approval is an error too, except where operations differ", () => {
    for (const code of Object.keys(approvals)) {
      assert.strictEqual(Option.isSome(tagOfCode("action", code)), code === "R0", code)
    }
  })

  it("knows the forms of Visa's error bodies", () => {
    assert.deepStrictEqual(
      envelopes.map(({ form }) => form),
      ["responseStatus", "errorMessage", "errorResponse", "reason, message", "timeOfFailure"],
    )
  })
})
