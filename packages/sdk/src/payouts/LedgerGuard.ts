import { Context, Effect, Layer } from "effect"
import { guarded } from "../internal/guarded.ts"
import type { Guard } from "./Guard.ts"
import { Ledger } from "./Ledger.ts"
import type { Reservation } from "./Ledger.ts"

/**
 * Guards payouts that are paid out of an account of your own: the account has to hold the amount, and
 * holds it for this payout until the payout is decided.
 *
 * {@link LedgerGuard.layer} keeps the accounts in a `Ledger`. For a ledger that you have already,
 * provide the same three functions over it.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Layer } from "effect"
 * import { Ledger, LedgerGuard, Money } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const { reserve } = yield* LedgerGuard
 *   const amount = yield* Money.of("124.05", "USD")
 *   const refusal = yield* Effect.flip(reserve({ payout: "INVOICE-77", account: "float", amount }))
 *   assert.strictEqual(refusal.reason._tag, "BalanceTooLow")
 * })
 * const guard = LedgerGuard.layer.pipe(Layer.provideMerge(Ledger.layerMemory))
 * await Effect.runPromise(program.pipe(Effect.provide(guard)))
 */
export class LedgerGuard extends Context.Service<LedgerGuard, Guard<Reservation>>()(
  "effect-visa-direct/LedgerGuard",
) {
  /** Refusals count as `visa_direct_guard_failures_total{guard="ledger"}`. */
  static readonly layer: Layer.Layer<LedgerGuard, never, Ledger> = Layer.effect(
    LedgerGuard,
    Effect.gen(function* () {
      const ledger = yield* Ledger
      return LedgerGuard.of({
        reserve: (reservation) => ledger.reserve(reservation).pipe(guarded("ledger")),
        commit: ({ payout }) => ledger.commit(payout),
        release: ({ payout }) => ledger.release(payout),
      })
    }),
  )
}
