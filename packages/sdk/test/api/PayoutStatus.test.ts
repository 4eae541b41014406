import { assert, describe, it } from "@effect/vitest"
import { PayoutStatus } from "../../src/api/AccountPayouts.ts"
import type { KnownPayoutStatus, Standing, Transition } from "../../src/api/AccountPayouts.ts"
import { catalogue, payoutProgress } from "../../src/VisaError.ts"
import type { Row } from "../../src/VisaError.ts"

const standings: { readonly [S in KnownPayoutStatus]: Standing } = {
  PENDING: "InProgress",
  PAYMENT_RECEIVED: "InProgress",
  IN_PROGRESS: "InProgress",
  AWAITING_INFORMATION: "ActionNeeded",
  PENDING_CANCELLATION: "InProgress",
  PAYMENT_SENT: "InProgress",
  DELIVERED_TO_SCHEME: "InProgress",
  DELIVERED_TO_RECIPIENT_BANK: "InProgress",
  PAYMENT_DELIVERED: "Settled",
  CANCELLED: "Failed",
  REJECTED: "Failed",
  DECLINED: "Failed",
  VALIDATION_FAILED: "Failed",
  RETURNED: "Returned",
  // Nothing published says whether the money had left.
  FAILED: "Unknown",
  ERROR: "Unknown",
}

describe("PayoutStatus", () => {
  it("knows the statuses of the catalogue and no others", () => {
    const codes = Object.values<Row>(catalogue).flatMap(({ codes }) => codes.payoutStatus ?? [])
    assert.sameMembers([...PayoutStatus.all], [...Object.keys(payoutProgress), ...codes])
    assert.strictEqual(new Set(PayoutStatus.all).size, PayoutStatus.all.length)
  })

  for (const status of PayoutStatus.all) {
    it(`says of ${status}: ${standings[status]}`, () => {
      assert.strictEqual(PayoutStatus.standing(status), standings[status])
    })
  }

  it("keeps the text of a status that it does not know, and says nothing about it", () => {
    for (const text of ["HELD", "", "payment_sent", "constructor", "__proto__"]) {
      const status = PayoutStatus.of(text)
      assert.deepStrictEqual(status, { _tag: "Unrecognized", text })
      assert.strictEqual(PayoutStatus.standing(status), "Unknown")
      assert.isFalse(PayoutStatus.isTerminal(status))
      assert.strictEqual(PayoutStatus.judge("PAYMENT_SENT", status), "Unknown")
      assert.strictEqual(PayoutStatus.judge(status, "PAYMENT_SENT"), "Unknown")
    }
  })

  it("ends in six statuses, of which delivery is none", () => {
    assert.sameMembers(
      PayoutStatus.all.filter((status) => PayoutStatus.isTerminal(status)),
      ["CANCELLED", "REJECTED", "DECLINED", "FAILED", "VALIDATION_FAILED", "RETURNED"],
    )
  })

  const judgements: ReadonlyArray<
    readonly [from: KnownPayoutStatus, to: KnownPayoutStatus, Transition]
  > = [
    ["PENDING", "PAYMENT_RECEIVED", "Next"],
    ["PENDING", "REJECTED", "Skipped"],
    ["PAYMENT_RECEIVED", "PAYMENT_RECEIVED", "Same"],
    ["PAYMENT_RECEIVED", "AWAITING_INFORMATION", "Next"],
    ["AWAITING_INFORMATION", "PAYMENT_RECEIVED", "Next"],
    ["PAYMENT_RECEIVED", "PENDING_CANCELLATION", "Next"],
    ["PENDING_CANCELLATION", "CANCELLED", "Next"],
    ["PENDING_CANCELLATION", "PAYMENT_SENT", "Next"],
    ["PAYMENT_RECEIVED", "REJECTED", "Next"],
    ["PAYMENT_RECEIVED", "PAYMENT_DELIVERED", "Skipped"],
    ["PAYMENT_SENT", "RETURNED", "Next"],
    ["DELIVERED_TO_SCHEME", "RETURNED", "Next"],
    ["DELIVERED_TO_RECIPIENT_BANK", "RETURNED", "Next"],
    ["PAYMENT_DELIVERED", "RETURNED", "Next"],
    ["PAYMENT_SENT", "PAYMENT_RECEIVED", "Earlier"],
    ["RETURNED", "PAYMENT_DELIVERED", "Earlier"],
    ["PAYMENT_SENT", "CANCELLED", "Impossible"],
    ["PAYMENT_SENT", "REJECTED", "Impossible"],
    ["CANCELLED", "PAYMENT_SENT", "Impossible"],
    ["REJECTED", "RETURNED", "Impossible"],
    ["PAYMENT_SENT", "ERROR", "Unknown"],
    ["ERROR", "PAYMENT_SENT", "Unknown"],
  ]
  for (const [from, to, expected] of judgements) {
    it(`judges ${from} → ${to}: ${expected}`, () => {
      assert.strictEqual(PayoutStatus.judge(from, to), expected)
    })
  }

  const pairs = PayoutStatus.all.flatMap((from) => PayoutStatus.all.map((to) => ({ from, to })))

  it("lets nothing follow the end", () => {
    const ends = pairs.filter(({ from }) => PayoutStatus.isTerminal(from))
    assert.isAbove(ends.length, PayoutStatus.all.length)
    for (const { from, to } of ends) {
      assert.notInclude(["Next", "Skipped"], PayoutStatus.judge(from, to), `${from} → ${to}`)
    }
  })

  it("never lets a payout that ended before money left be settled or returned", () => {
    const revivals = pairs.filter(
      ({ from, to }) =>
        PayoutStatus.standing(from) === "Failed" &&
        ["Settled", "Returned"].includes(PayoutStatus.standing(to)),
    )
    assert.strictEqual(revivals.length, 8)
    for (const { from, to } of revivals) {
      assert.strictEqual(PayoutStatus.judge(from, to), "Impossible", `${from} → ${to}`)
    }
  })
})
