import { Context, Duration, Effect, Layer } from "effect"
import { guarded } from "../internal/guarded.ts"
import { heldByClaim } from "../internal/heldByClaim.ts"
import type { Holding } from "../internal/heldByClaim.ts"
import type { Money } from "../Money.ts"
import { VisaError } from "../VisaError.ts"
import { Claims } from "./Claims.ts"
import { Fingerprint } from "./Fingerprint.ts"
import type { Guard } from "./Guard.ts"

/** A receipt for money that has come in from outside, such as that of an initiated bank payment. */
export interface Receipt {
  /** Who issued it. */
  readonly issuer: string
  /** Its id, unique with the issuer. */
  readonly receipt: string
}

/** What a receipt is to pay for. */
export interface ReceiptFunding extends Receipt {
  /** The payout's key. */
  readonly payout: string
  /** What the payout needs; the receipt has to cover it. */
  readonly amount: Money
}

/** What the issuer says of a receipt that is genuine and whose money is there. */
export interface VerifiedReceipt {
  readonly amount: Money
}

export interface ReceiptGuardOptions {
  /**
   * Asks the issuer, and never the one who presented the receipt. Succeeds for a receipt that is
   * genuine and whose money is there for good; fails with `ReceiptInvalid` for any other. Every other
   * failure, a defect and a timeout count as no answer, and then nothing is paid.
   */
  readonly verify: (receipt: Receipt) => Effect.Effect<VerifiedReceipt, VisaError>
  /** How long the issuer may take. Default: 10 seconds. */
  readonly timeout?: Duration.Input | undefined
}

const unanswered = VisaError.of("VerificationUnavailable", {
  detail: "The verification of the receipt ended without an answer",
})

const make = Effect.fnUntraced(function* ({
  timeout = Duration.seconds(10),
  verify,
}: ReceiptGuardOptions): Effect.fn.Return<ReceiptGuard["Service"], never, Claims> {
  const claims = yield* Claims
  const held = yield* heldByClaim(claims, "receipt")
  const patience = Duration.fromInputUnsafe(timeout)

  const verified = (receipt: Receipt) =>
    verify(receipt).pipe(
      Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.fail(unanswered) }),
      Effect.catchDefect((defect) =>
        Effect.andThen(
          Effect.logError("Verifying a receipt died", defect),
          Effect.fail(unanswered),
        ),
      ),
    )

  const holding = (request: ReceiptFunding): Holding => {
    const { amount, issuer, payout, receipt } = request
    // One id of both, that no other pair of issuer and receipt has.
    const consumption = { receipt: JSON.stringify([issuer, receipt]), by: payout }
    return {
      request: { issuer, receipt, payout, amount },
      patience,
      hold: Effect.gen(function* () {
        const found = yield* verified({ issuer, receipt })
        if (found.amount.currency !== amount.currency || found.amount.minor < amount.minor) {
          return yield* VisaError.of("ReceiptInvalid", {
            detail: `It is over ${found.amount} and the payout needs ${amount}`,
          })
        }
        const fingerprint = yield* Fingerprint.takePlain({ amount: found.amount })
        yield* claims.consume({ ...consumption, fingerprint })
      }),
      giveBack: Effect.catchReason(
        claims.restore(consumption),
        "VisaError",
        "ReceiptReused",
        // It was given back before, and something else has used it since.
        () => Effect.void,
      ),
    }
  }

  return ReceiptGuard.of({
    reserve: (request) => held.reserve(holding(request)).pipe(guarded("receipt")),
    commit: (request) => held.commit(holding(request)),
    release: (request) => held.release(holding(request)),
  })
})

/**
 * Guards payouts that are funded by money from outside, by its receipt: the issuer has to confirm the
 * receipt, it has to cover the payout, and it pays for one payout only, whichever process asks. When
 * that payout is declined the receipt is free for another one.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Layer } from "effect"
 * import { Claims, Money, ReceiptGuard } from "effect-visa-direct"
 *
 * const guard = ReceiptGuard.layer({
 *   // Your call to the bank's API goes here.
 *   verify: () => Effect.map(Money.of("100", "GBP"), (amount) => ({ amount }))
 * })
 *
 * const program = Effect.gen(function* () {
 *   const { reserve } = yield* ReceiptGuard
 *   const receipt = { issuer: "Bank", receipt: "R-1", amount: yield* Money.of("80", "GBP") }
 *   yield* reserve({ ...receipt, payout: "INVOICE-77" })
 *   const refusal = yield* Effect.flip(reserve({ ...receipt, payout: "INVOICE-78" }))
 *   assert.strictEqual(refusal.reason._tag, "ReceiptReused")
 * })
 * await Effect.runPromise(
 *   program.pipe(Effect.provide(guard.pipe(Layer.provide(Claims.layerMemory))))
 * )
 */
export class ReceiptGuard extends Context.Service<ReceiptGuard, Guard<ReceiptFunding>>()(
  "effect-visa-direct/ReceiptGuard",
) {
  static readonly make = make

  /** Refusals count as `visa_direct_guard_failures_total{guard="receipt"}`. */
  static readonly layer = (
    options: ReceiptGuardOptions,
  ): Layer.Layer<ReceiptGuard, never, Claims> => Layer.effect(ReceiptGuard, make(options))
}
