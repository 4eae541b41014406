import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import { AcquiringBin } from "../../src/AcquiringBin.ts"
import { Money } from "../../src/Money.ts"
import { Claims } from "../../src/payouts/Claims.ts"
import { FundingConfirmation, FundingGuard } from "../../src/payouts/FundingGuard.ts"
import { Rrn } from "../../src/Rrn.ts"
import { Stan } from "../../src/Stan.ts"
import type { VisaError } from "../../src/VisaError.ts"
import * as VisaDirectTest from "../../src/VisaDirectTest.ts"
import { guardFailures, ownMetrics } from "../support/guardFailures.ts"

const pounds = (amount: string) => Effect.runSync(Money.of(amount, "GBP"))

const pull = {
  acquiringBin: Effect.runSync(AcquiringBin.make("408999")),
  systemsTraceAuditNumber: Effect.runSync(Stan.make("451018")),
  retrievalReferenceNumber: Effect.runSync(Rrn.make("412770452025")),
}

const answer = { transactionIdentifier: "234234322342343", approvedAmount: pounds("100") }

const requestFor = (payout: string, amount = pounds("100")) =>
  Effect.map(FundingGuard.confirm(payout, pull, answer), (confirmation) => ({
    payout,
    amount,
    confirmation,
  }))

interface Row {
  readonly transactionType: string
  readonly actionCode?: string
  readonly statusCode?: string
  readonly transactionIdentifier?: string
}

const draft: Row = { transactionType: "SALES DRAFT" }

/** A Visa that knows these rows of the debit; the questions it was asked. */
const visaWith = (rows: ReadonlyArray<Row>) => {
  const asked: Array<string> = []
  const visa = VisaDirectTest.layerWith((call) => {
    asked.push(call.path)
    return {
      status: 200,
      body: rows.map((row) => ({
        statusCode: "COMPLETED",
        actionCode: "00",
        transactionIdentifier: answer.transactionIdentifier,
        ...row,
      })),
    }
  })
  const guard = FundingGuard.layer().pipe(Layer.provide(Layer.merge(Claims.layerMemory, visa)))
  return { asked, guard }
}

const tagOf = <A, R>(self: Effect.Effect<A, VisaError, R>) =>
  Effect.map(
    Effect.result(self),
    Result.match({ onSuccess: () => "done", onFailure: ({ reason }) => reason._tag as string }),
  )

describe("the guard of debits", () => {
  it.effect(
    "lets a debit pay for its payout, without asking Visa about what it has just said",
    () => {
      const { asked, guard } = visaWith([])
      return Effect.gen(function* () {
        const { commit, reserve } = yield* FundingGuard
        const request = yield* requestFor("P-1")
        yield* reserve(request)
        yield* reserve(request)
        yield* commit(request)
        yield* commit(request)
        assert.deepStrictEqual(asked, [])
      }).pipe(Effect.provide(guard))
    },
  )

  it.effect("takes a confirmation that was made again of the same answer for the same", () =>
    Effect.gen(function* () {
      const { reserve } = yield* FundingGuard
      yield* reserve(yield* requestFor("P-1"))
      yield* TestClock.adjust("1 minutes")
      yield* reserve(yield* requestFor("P-1"))
    }).pipe(Effect.provide(visaWith([]).guard)),
  )

  it.effect("refuses a debit for another payout, and one that does not cover it", () =>
    Effect.gen(function* () {
      const { confirmation } = yield* requestFor("P-1")
      for (const [request, field] of [
        [{ payout: "P-2", amount: pounds("100"), confirmation }, "payout"],
        [{ payout: "P-1", amount: pounds("100.01"), confirmation }, "amount"],
        [{ payout: "P-1", amount: Effect.runSync(Money.of("100", "USD")), confirmation }, "amount"],
      ] as const) {
        const error = yield* Effect.flatMap(FundingGuard, ({ reserve }) => reserve(request)).pipe(
          Effect.flip,
          Effect.provide(visaWith([]).guard),
        )
        assert.strictEqual(error.reason._tag, "FundingUnconfirmed")
        assert.strictEqual(error.reason.field, field)
      }
    }),
  )

  it.effect("lets a debit pay once, also after a release", () =>
    Effect.gen(function* () {
      const { commit, release, reserve } = yield* FundingGuard
      const first = yield* requestFor("P-1")
      const second = {
        ...first,
        payout: "P-2",
        confirmation: { ...first.confirmation, payout: "P-2" },
      }
      yield* reserve(first)
      assert.strictEqual(yield* tagOf(reserve(second)), "ReceiptReused")
      yield* release(first)
      yield* release(first)
      assert.strictEqual(yield* tagOf(commit(first)), "ReservationClosed")
      assert.strictEqual(yield* tagOf(reserve(first)), "ReservationClosed")
      assert.strictEqual(yield* tagOf(reserve(second)), "ReceiptReused")
      assert.strictEqual(yield* guardFailures("funding"), 3)
    }).pipe(Effect.provide([visaWith([]).guard, ownMetrics])),
  )

  it.effect("asks Visa about a debit that was confirmed a while ago", () => {
    const { asked, guard } = visaWith([draft])
    return Effect.gen(function* () {
      const { reserve } = yield* FundingGuard
      const request = yield* requestFor("P-1")
      yield* TestClock.adjust("11 minutes")
      yield* reserve(request)
      assert.deepStrictEqual(asked, ["/visadirect/v1/transactionquery"])
    }).pipe(Effect.provide(guard))
  })

  const reversal: Row = { transactionType: "SALES REVERSAL" }

  it.effect.each([
    ["reversed", [draft, reversal], "FundingReversed"],
    ["declined", [{ ...draft, actionCode: "51" }], "FundingUnconfirmed"],
    ["not known", [], "FundingUnconfirmed"],
    ["still in progress", [{ ...draft, statusCode: "IN_PROGRESS" }], "FundingUnconfirmed"],
    ["another one", [{ ...draft, transactionIdentifier: "999999999999999" }], "FundingUnconfirmed"],
    ["made, and its reversal was refused", [draft, { ...reversal, actionCode: "12" }], "done"],
  ] as const)("after a while looks whether the debit is %s", ([, rows, expected]) =>
    Effect.gen(function* () {
      const { reserve } = yield* FundingGuard
      const request = yield* requestFor("P-1")
      yield* TestClock.adjust("1 days")
      assert.strictEqual(yield* tagOf(reserve(request)), expected)
    }).pipe(Effect.provide(visaWith(rows).guard)),
  )

  it.effect("refuses while Visa does not answer, and can be asked again", () => {
    let isUp = false
    const visa = VisaDirectTest.layerWith(() =>
      isUp
        ? { status: 200, body: [{ ...draft, statusCode: "COMPLETED", actionCode: "00" }] }
        : { status: 503, body: {} },
    )
    return Effect.gen(function* () {
      const { reserve } = yield* FundingGuard
      const request = yield* requestFor("P-1")
      yield* TestClock.adjust("1 days")
      assert.strictEqual(yield* tagOf(reserve(request)), "ServiceUnavailable")
      isUp = true
      yield* reserve(request)
    }).pipe(
      Effect.provide(
        FundingGuard.layer().pipe(Layer.provide(Layer.merge(Claims.layerMemory, visa))),
      ),
    )
  })

  it.effect("keeps its confirmation in a form that can be stored", () =>
    Effect.gen(function* () {
      const { confirmation } = yield* requestFor("P-1")
      const stored = JSON.stringify(yield* Schema.encodeEffect(FundingConfirmation)(confirmation))
      assert.deepStrictEqual(
        yield* Schema.decodeUnknownEffect(FundingConfirmation)(JSON.parse(stored)),
        confirmation,
      )
    }),
  )
})
