import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { PullRequest } from "../../src/api/FundsTransfer.ts"
import { OutcomeUnknown } from "../../src/api/Outcome.ts"
import { Claims } from "../../src/payouts/Claims.ts"
import { Compensation, DecidedNotPaid, Declined } from "../../src/payouts/Compensation.ts"
import type { Proof } from "../../src/payouts/Compensation.ts"
import { Payouts } from "../../src/payouts/Payouts.ts"
import { PayoutDeclined, PayoutRefused, PayoutUnknown } from "../../src/payouts/PayoutResult.ts"
import { TransactionIdentity } from "../../src/TransactionIdentity.ts"
import { VisaError } from "../../src/VisaError.ts"
import { Money } from "../../src/Money.ts"
import { Pan } from "../../src/Pan.ts"
import { originator, simulatedPayouts, toCard } from "../support/saga.ts"
import { senderCard } from "../support/simulated.ts"

const decline = Effect.gen(function* () {
  const simulator = yield* Simulator
  yield* simulator.clearFaults
  yield* simulator.clearScript
  yield* simulator.ledger.clear
  yield* simulator.script({
    match: { endpoint: "PushFunds" },
    answer: { actionCode: "51" },
    times: 1,
  })
})

const proofOf = Effect.fnUntraced(function* (key: string) {
  yield* decline
  const error = yield* Effect.flip(Payouts.execute(yield* toCard(key)))
  return error._tag === "PayoutDeclined" ? error.proof : yield* Effect.die(error)
})

const made = Effect.gen(function* () {
  const { acquiringBin, cardAcceptor, country } = yield* originator
  const identities = yield* TransactionIdentity
  const pull: PullRequest = {
    ...(yield* identities.next({ acquiringBin, terminalId: cardAcceptor.terminalId })),
    acquiringBin,
    acquirerCountryCode: country,
    cardAcceptor,
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    pointOfServiceData: { panEntryMode: 1, posConditionCode: "59", motoECIIndicator: "7" },
    amount: yield* Money.of("20.00", "USD"),
    senderPrimaryAccountNumber: yield* Pan.make(senderCard),
  }
  return { pull, answer: yield* FundsTransfer.pull(pull) }
})

describe("A proof of decline", () => {
  it("cannot be made by hand, nor out of what is unknown", () => {
    const act = (proof: Proof) => proof.payout
    const error = VisaError.of("InsufficientFunds")
    const unknown = PayoutUnknown.of("k", "push", 0, "ResponseTimeout")
    const attempts: ReadonlyArray<() => unknown> = [
      // @ts-expect-error an unknown outcome has no proof
      () => act(unknown.proof),
      // @ts-expect-error nor is it one
      () => act(unknown),
      // @ts-expect-error an outcome of Visa that is unknown is none either
      () => act(OutcomeUnknown),
      // @ts-expect-error an object of the same shape is not one
      () => act({ _tag: "Declined", payout: "k", step: "push", error }),
      // @ts-expect-error its constructor is private
      () => act(new Declined("k", "push", error)),
      // @ts-expect-error and so is that of the operator's word
      () => act(new DecidedNotPaid("k", "push", "me", "nothing")),
    ]
    assert.strictEqual(attempts.length, 6)
    assert.isFalse(Declined.is({ _tag: "Declined", payout: "k", step: "push", error }))
  })

  it("is not to be had from an error that somebody else has made", () => {
    const error = VisaError.of("InsufficientFunds")
    const forged = new PayoutDeclined({
      payout: "k",
      step: "push",
      error,
      compensated: [],
      message: "…",
    })
    assert.throws(() => forged.proof, /proves nothing/)
    const conflict = PayoutRefused.of("k", "key", VisaError.of("IdempotencyConflict"))
    assert.isUndefined(conflict.proof)
  })
})

layer(simulatedPayouts(), { timeout: 60_000, excludeTestServices: true })("Compensation", (it) => {
  it.effect("runs an action once for a payout, however often it is asked", () =>
    Effect.gen(function* () {
      const proof = yield* proofOf("once")
      const count = yield* Ref.make(0)
      const act = Compensation.once(
        proof,
        "mail",
        Ref.update(count, (n) => n + 1),
      )
      yield* Effect.all([act, act, act], { concurrency: "unbounded" })
      yield* act
      assert.strictEqual(yield* Ref.get(count), 1)
    }),
  )

  it.effect("runs an action again that has failed", () =>
    Effect.gen(function* () {
      const proof = yield* proofOf("fails-first")
      const count = yield* Ref.make(0)
      const act = Compensation.once(
        proof,
        "mail",
        Effect.flatMap(
          Ref.updateAndGet(count, (n) => n + 1),
          (n) => (n === 1 ? Effect.fail("down" as const) : Effect.void),
        ),
      )
      assert.strictEqual(yield* Effect.flip(act), "down")
      yield* act
      assert.strictEqual(yield* Ref.get(count), 2)
    }),
  )

  it.effect("reverses a debit once, whoever asks for it", () =>
    Effect.gen(function* () {
      const proof = yield* proofOf("own-pull")
      const simulator = yield* Simulator
      const pull = yield* made
      const undo = Compensation.undoPull(proof, pull)
      assert.deepStrictEqual(yield* Effect.all([undo, undo], { concurrency: 2 }), [
        "reversed",
        "reversed",
      ])
      const reversals = yield* simulator.ledger.entries({ kind: "reversal" })
      assert.strictEqual(reversals.length, 1)
    }),
  )

  it.effect(
    "adjusts where Visa does not reverse, and nothing beside a reversal that is unknown",
    () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        const proof = yield* proofOf("own-pull-adjusted")
        yield* simulator.script({
          match: { endpoint: "ReverseFunds" },
          answer: { actionCode: "12" },
          times: 1,
        })
        assert.strictEqual(yield* Compensation.undoPull(proof, yield* made), "adjusted")
        const adjustments = yield* simulator.ledger.entries({ kind: "adjustment" })
        assert.strictEqual(adjustments.length, 1)
      }),
  )
})

it.effect("what is compensated once for one payout is not for another", () =>
  Effect.gen(function* () {
    const count = yield* Ref.make(0)
    const add = Ref.update(count, (n) => n + 1)
    const proof = (payout: string) =>
      Declined.of(payout, "push", { error: VisaError.of("InsufficientFunds") })
    yield* Compensation.once(proof("a"), "mail", add)
    yield* Compensation.once(proof("b"), "mail", add)
    yield* Compensation.once(proof("b"), "book", add)
    assert.strictEqual(yield* Ref.get(count), 3)
  }).pipe(Effect.provide(Layer.fresh(Claims.layerMemory))),
)
