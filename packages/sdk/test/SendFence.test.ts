import { assert, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { TransactionQuery } from "../src/api/TransactionQuery.ts"
import { SendFence } from "../src/SendFence.ts"
import * as VisaDirectTest from "../src/VisaDirectTest.ts"
import { pushRequest, simulated } from "./support/simulated.ts"

layer(simulated(), { timeout: 60_000, excludeTestServices: true })("SendFence", (it) => {
  it.effect("a push does not leave through a closed fence, and says that another has it", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const push = FundsTransfer.push(yield* pushRequest())
      const error = yield* Effect.flip(push.pipe(SendFence.provide(() => false)))
      assert.strictEqual(error.reason._tag, "ClaimLost")
      assert.strictEqual(error.money, "Unknown")
      assert.deepStrictEqual(yield* simulator.ledger.entries(), [])
    }),
  )

  it.effect("it is asked once, when the request has a connection and is about to be written", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.ledger.clear
      const asked: Array<string | undefined> = []
      yield* FundsTransfer.push(yield* pushRequest()).pipe(
        SendFence.provide(() => {
          asked.push(new Error().stack)
          return true
        }),
      )
      assert.strictEqual(asked.length, 1)
      // undici's writer is the caller: encoding, encryption and connecting lie behind.
      assert.match(asked[0] ?? "", /onRequestStart/)
      assert.strictEqual((yield* simulator.ledger.payments).length, 1)
    }),
  )

  it.effect("a question passes a closed fence", () =>
    Effect.gen(function* () {
      const push = yield* pushRequest()
      const found = yield* TransactionQuery.find({
        acquiringBin: push.acquiringBin,
        systemsTraceAuditNumber: push.systemsTraceAuditNumber,
        retrievalReferenceNumber: push.retrievalReferenceNumber,
      }).pipe(SendFence.provide(() => false))
      assert.deepStrictEqual(found, [])
    }),
  )
})

it.effect("the transport in memory has the fence, too", () =>
  Effect.gen(function* () {
    const push = FundsTransfer.push(yield* pushRequest())
    const error = yield* Effect.flip(push.pipe(SendFence.provide(() => false)))
    assert.strictEqual(error.reason._tag, "ClaimLost")
  }).pipe(Effect.provide(VisaDirectTest.layer)),
)
