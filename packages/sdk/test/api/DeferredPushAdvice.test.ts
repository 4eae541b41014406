import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { DeferredPushAdvice } from "../../src/api/DeferredPushAdvice.ts"
import { VisaError } from "../../src/VisaError.ts"

/** What is known of Visa's advice: the misspelling. The other names are those of the push's reply. */
const body = {
  acquringBin: 408999,
  systemsTraceAuditNumber: 51018,
  retrievalReferenceNumber: "412770452025",
  transactionIdentifier: 234234322342343,
  actionCode: "00",
  approvalCode: "98765X",
  responseCode: "5",
  transmissionDateTime: "2026-11-24T16:00:00.000Z",
  somethingNew: "x",
}

const push = {
  acquiringBin: "408999",
  systemsTraceAuditNumber: "051018",
  retrievalReferenceNumber: "412770452025",
}

const decoded = (input: unknown) => Effect.runSync(DeferredPushAdvice.decode(input))

describe("DeferredPushAdvice.decode", () => {
  const json = JSON.stringify(body)
  const forms: ReadonlyArray<readonly [name: string, input: unknown]> = [
    ["bytes", new TextEncoder().encode(json)],
    ["a Buffer", Buffer.from(json)],
    ["text", json],
    ["parsed JSON", body],
  ]
  for (const [name, input] of forms) {
    it(`reads ${name}`, () => {
      assert.deepStrictEqual(decoded(input), {
        acquiringBin: "408999",
        systemsTraceAuditNumber: "051018",
        retrievalReferenceNumber: "412770452025",
        transactionIdentifier: "234234322342343",
        actionCode: "00",
        approvalCode: "98765X",
        responseCode: "5",
        transmissionDateTime: "2026-11-24T16:00:00.000Z",
        outcome: { _tag: "Approved" },
        unread: ["somethingNew"],
      })
    })
  }

  it("reads the acquiring BIN under its right name as well", () => {
    const { acquringBin, ...rest } = body
    assert.strictEqual(decoded({ ...rest, acquiringBin: acquringBin }).acquiringBin, "408999")
  })

  const outcomes: ReadonlyArray<
    readonly [name: string, change: object, tag: string, money?: string]
  > = [
    ["a decline", { actionCode: "57" }, "NotPermittedToCardholder", "NotMoved"],
    ["a repeat of an approval", { actionCode: "94", originalActionCode: "00" }, "Approved"],
    ["a late answer", { actionCode: "68" }, "ResponseTooLate", "Unknown"],
    ["a code from the future", { actionCode: "ZY" }, "UnrecognizedCode", "Unknown"],
    ["no action code", { actionCode: undefined }, "NotAnswered"],
  ]
  for (const [name, change, tag, money] of outcomes) {
    it(`says ${tag} for ${name}`, () => {
      const { outcome } = decoded({ ...body, ...change })
      if (VisaError.is(outcome)) {
        assert.strictEqual(outcome.reason._tag, tag)
        assert.strictEqual(outcome.money, money)
      } else {
        assert.strictEqual(outcome._tag, tag)
      }
    })
  }

  const unreadable: ReadonlyArray<readonly [name: string, input: unknown, tag: string]> = [
    ["nothing", undefined, "ResponseNotJson"],
    ["an empty body", new Uint8Array(), "ResponseNotJson"],
    ["HTML", "<html>", "ResponseNotJson"],
    ["a list", [body], "ResponseNotJson"],
    ["an encrypted body", { encData: "eyJ…" }, "MleDecryptFailed"],
    ["an advice about no payment", { actionCode: "00" }, "ResponseMalformed"],
    ["a STAN alone", { systemsTraceAuditNumber: "051018" }, "ResponseMalformed"],
  ]
  for (const [name, input, tag] of unreadable) {
    it(`fails with ${tag} for ${name}, and leaves the money unknown`, () => {
      const exit = DeferredPushAdvice.decode(input)
      assert.isTrue(Exit.isFailure(exit))
      const error = Effect.runSync(Effect.flip(exit))
      assert.strictEqual(error.reason._tag, tag)
      assert.strictEqual(error.money, "Unknown")
    })
  }
})

describe("DeferredPushAdvice.compare", () => {
  const answer = { transactionIdentifier: "234234322342343" }
  const compared = (
    change: object,
    sent: Partial<typeof push> = {},
    answered?: { readonly transactionIdentifier: string },
  ) => DeferredPushAdvice.compare(decoded({ ...body, ...change }), { ...push, ...sent }, answered)

  it("matches the push by its identity, and by Visa's identifier", () => {
    assert.deepStrictEqual(compared({}), { _tag: "Match" })
    assert.deepStrictEqual(compared({}, {}, answer), { _tag: "Match" })
    assert.deepStrictEqual(compared({ retrievalReferenceNumber: undefined }, {}, answer), {
      _tag: "Match",
    })
  })

  const others: ReadonlyArray<readonly [field: keyof typeof push, value: string]> = [
    ["acquiringBin", "408998"],
    ["systemsTraceAuditNumber", "051019"],
    ["retrievalReferenceNumber", "412770452026"],
  ]
  for (const [field, value] of others) {
    it(`is a mismatch when ${field} differs, whatever else agrees`, () => {
      assert.deepStrictEqual(compared({}, { [field]: value }, answer), {
        _tag: "Mismatch",
        field,
      })
    })
  }

  it("is a mismatch when Visa's identifier is another", () => {
    assert.deepStrictEqual(compared({}, {}, { transactionIdentifier: "000000000000001" }), {
      _tag: "Mismatch",
      field: "transactionIdentifier",
    })
  })

  it("does not take the identifier of the pull that funded the push for the push's own", () => {
    const funded = { ...push, transactionIdentifier: "999999999999999" }
    assert.deepStrictEqual(DeferredPushAdvice.compare(decoded(body), funded), { _tag: "Match" })
  })

  it("proves nothing without an RRN or an identifier to compare", () => {
    assert.deepStrictEqual(compared({ retrievalReferenceNumber: undefined }), {
      _tag: "Unproven",
      missing: ["retrievalReferenceNumber"],
    })
  })
})
