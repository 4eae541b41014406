/**
 * The SDK without Visa: the same programs, answered in memory.
 *
 * Requests are encoded and checked, replies classified by the code of production; encryption and the
 * network are left out. For tests against real sockets there is `effect-visa-direct-simulator`.
 */
import { type Effect, Layer } from "effect"
import { Correlation } from "./Correlation.ts"
import { apis } from "./internal/apis.ts"
import type { Apis } from "./internal/apis.ts"
import { isJsonObject } from "./internal/wire.ts"
import { TransactionIdentity } from "./TransactionIdentity.ts"
import { Transport } from "./Transport.ts"
import type { TestCall, TestReply } from "./Transport.ts"

export type { TestCall, TestReply } from "./Transport.ts"

/** What programs can ask of {@link layer}. */
export type Services = Apis | TransactionIdentity | Transport | Correlation

const transmissionDateTime = "2026-01-01T00:00:00.000Z"

const transactionIdentifierOf = (body: unknown): number => {
  const stan = isJsonObject(body) ? body["systemsTraceAuditNumber"] : undefined
  return 300_000_000_000_000 + Number(stan ?? 0)
}

/**
 * Visa's answer to an approved push. Its transaction identifier is made of the request's STAN.
 */
export const approved = (call: TestCall): TestReply => ({
  status: 200,
  body: {
    transactionIdentifier: transactionIdentifierOf(call.body),
    actionCode: "00",
    approvalCode: "98765X",
    responseCode: "5",
    transmissionDateTime,
  },
})

/**
 * Visa's answer to a declined push, with an action code such as `51`.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { VisaDirectTest } from "effect-visa-direct"
 *
 * assert.strictEqual(VisaDirectTest.declined("51").status, 200)
 */
export const declined = (actionCode: string): TestReply => ({
  status: 200,
  body: {
    transactionIdentifier: 300_000_000_000_000,
    actionCode,
    responseCode: "5",
    transmissionDateTime,
  },
})

/** Visa's 202: still processing, ask with this id. */
export const processing = (statusIdentifier: string): TestReply => ({
  status: 202,
  body: { statusIdentifier },
})

/** Everything but the answers, which are the function's. */
export const layerWith = (
  answer: (call: TestCall) => TestReply | Effect.Effect<TestReply>,
): Layer.Layer<Services> =>
  apis.pipe(
    Layer.provideMerge(Transport.layerTest(answer)),
    Layer.provideMerge(
      Layer.mergeAll(Correlation.layerTest, Layer.orDie(TransactionIdentity.layerTest())),
    ),
  )

/**
 * A Visa that approves every push and has never heard of any transaction.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { TransactionQuery, VisaDirectTest } from "effect-visa-direct"
 *
 * const found = TransactionQuery.find({
 *   acquiringBin: "408999",
 *   systemsTraceAuditNumber: "451018",
 *   retrievalReferenceNumber: "412770452025"
 * })
 * assert.deepStrictEqual(await Effect.runPromise(found.pipe(Effect.provide(VisaDirectTest.layer))), [])
 */
export const layer: Layer.Layer<Services> = layerWith((call) =>
  call.operation === "TransactionQuery.find"
    ? { status: 200, body: { errorMessage: "No transactions found" } }
    : approved(call),
)
