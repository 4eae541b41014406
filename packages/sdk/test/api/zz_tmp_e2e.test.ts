import { assert, layer } from "@effect/vitest"
import { Effect, Schedule, Stream, DateTime } from "effect"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import { TransactionQuery } from "../../src/api/TransactionQuery.ts"
import { TransactionIdentity } from "../../src/TransactionIdentity.ts"
import { documentedPull } from "../support/cards.ts"
import { pushRequest, simulated } from "../support/simulated.ts"

layer(simulated(), { timeout: 60_000, excludeTestServices: true })("e2e", (it) => {
  const pullOf = Effect.gen(function* () {
    const pull = yield* documentedPull
    const ids = yield* TransactionIdentity
    return { ...pull, senderCardExpiryDate: "2030-10", ...(yield* ids.next({ acquiringBin: pull.acquiringBin, terminalId: pull.cardAcceptor.terminalId })) }
  })
  it.effect("pull, reverse, reverse again, query", () =>
    Effect.gen(function* () {
      const pull = yield* pullOf
      const pulled = yield* FundsTransfer.pull(pull)
      console.log(pulled)
      const rev = yield* FundsTransfer.reversalOf(pull, pulled)
      console.log(yield* FundsTransfer.reverse(rev))
      console.log((yield* Effect.flip(FundsTransfer.reverse(rev))).message)
      console.log(yield* Stream.runCollect(TransactionQuery.stream({ acquiringBin: pull.acquiringBin, systemsTraceAuditNumber: pull.systemsTraceAuditNumber, retrievalReferenceNumber: pull.retrievalReferenceNumber, limit: 1, fields: ["amount", "originalActionCode"], transactionStartDate: DateTime.subtract(yield* DateTime.now, { hours: 1 }), transactionEndDate: DateTime.add(yield* DateTime.now, { hours: 1 }) })))
    }))
  it.effect("adjustment", () =>
    Effect.gen(function* () {
      const pull = yield* pullOf
      const pulled = yield* FundsTransfer.pull(pull)
      const rev = yield* FundsTransfer.reversalOf(pull, pulled)
      const { originalDataElements: _, nationalReimbursementFee: __, foreignExchangeFeeTransaction: ___, ...rest } = rev
      console.log(yield* FundsTransfer.adjustment({ ...rest, messageReasonCode: 2140, transactionTypeCode: "22", pointOfServiceData: { panEntryMode: 1, posConditionCode: "00" } }))
    }))
  it.effect("deferred, cancel", () =>
    Effect.gen(function* () {
      const push = { ...(yield* pushRequest()), serviceProcessingType: { requestType: "02" as const } }
      const r = yield* Effect.result(FundsTransfer.push(push))
      console.log(r)
      console.log(yield* FundsTransfer.cancel({ acquiringBin: push.acquiringBin, systemsTraceAuditNumber: push.systemsTraceAuditNumber, retrievalReferenceNumber: push.retrievalReferenceNumber }))
      console.log((yield* FundsTransfer.cancel({ acquiringBin: push.acquiringBin, systemsTraceAuditNumber: push.systemsTraceAuditNumber, retrievalReferenceNumber: push.retrievalReferenceNumber }))._tag)
    }))
  it.effect("batch", () =>
    Effect.gen(function* () {
      const request = [yield* pushRequest(), yield* pushRequest({ pan: "4003974278332156" }), yield* pushRequest()]
      const batch = yield* FundsTransfer.multiPush({ request })
      const result = yield* FundsTransfer.multiPushStatus(batch).pipe(Effect.retry({ schedule: Schedule.spaced("50 millis"), times: 50 }))
      console.log(result.items.map((i) => [i.systemsTraceAuditNumber, i.outcome._tag === "VisaError" ? i.outcome.reason._tag : i.outcome._tag]), result.unmatched)
      const pulls = [yield* pullOf, yield* pullOf]
      const pb = yield* FundsTransfer.multiPull({ request: pulls })
      const pr = yield* FundsTransfer.multiPullStatus(pb).pipe(Effect.retry({ schedule: Schedule.spaced("50 millis"), times: 50 }))
      console.log(pr.items.map((i) => i.outcome._tag === "VisaError" ? i.outcome.message : `${i.outcome._tag} ${"approvedAmount" in i.outcome ? String(i.outcome.approvedAmount) : ""}`))
      const revs = yield* Effect.forEach(pr.items, (i, n) => { const o = i.outcome; if (o._tag !== "Approved" && o._tag !== "PartiallyApproved") return Effect.die("x"); return FundsTransfer.reversalOf(pulls[n] as never, o) })
      const rb = yield* FundsTransfer.multiReverse({ request: revs })
      const rr = yield* FundsTransfer.multiReverseStatus(rb).pipe(Effect.retry({ schedule: Schedule.spaced("50 millis"), times: 50 }))
      console.log(rr.items.map((i) => i.outcome._tag === "VisaError" ? i.outcome.message : i.outcome._tag))
      assert.isTrue(true)
    }))
})
