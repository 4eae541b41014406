import { Clock, Context, Duration, Effect, Layer, Schema } from "effect"
import type { PullRequest, ReversibleAnswer } from "../api/FundsTransfer.ts"
import { TransactionQuery } from "../api/TransactionQuery.ts"
import { guarded } from "../internal/guarded.ts"
import { heldByClaim } from "../internal/heldByClaim.ts"
import type { Holding } from "../internal/heldByClaim.ts"
import { readRows } from "../internal/transactionRows.ts"
import { Money } from "../Money.ts"
import { VisaError } from "../VisaError.ts"
import { Claims } from "./Claims.ts"
import { Fingerprint } from "./Fingerprint.ts"
import type { Guard } from "./Guard.ts"

/**
 * The debit of a card (AFT) that funds a payout, as it was confirmed by Visa. Can be stored: no card
 * number is in it. Made with {@link FundingGuard.confirm}.
 */
export const FundingConfirmation = Schema.Struct({
  /** The key of the payout that it was made for. */
  payout: Schema.String,
  acquiringBin: Schema.String,
  systemsTraceAuditNumber: Schema.String,
  retrievalReferenceNumber: Schema.String,
  transactionIdentifier: Schema.String,
  /** What was debited; of a partial approval that is less than was asked for. */
  amount: Money.Schema,
  /** When it was confirmed, in milliseconds since the epoch. */
  confirmedAt: Schema.Int,
})
export type FundingConfirmation = typeof FundingConfirmation.Type

/** What a debit is to pay for. */
export interface Funding {
  /** The payout's key. */
  readonly payout: string
  /** What the payout needs; the debit has to cover it. */
  readonly amount: Money
  readonly confirmation: FundingConfirmation
}

export interface FundingGuardOptions {
  /**
   * How old a confirmation may be before Visa is asked whether the debit still stands: it could have
   * been reversed in the meantime. Default: 10 minutes.
   */
  readonly trusted?: Duration.Input | undefined
}

const unconfirmed = (field: string, detail: string) =>
  Effect.fail(VisaError.of("FundingUnconfirmed", { field, detail }))

const make = Effect.fnUntraced(function* ({
  trusted = Duration.minutes(10),
}: FundingGuardOptions = {}): Effect.fn.Return<
  FundingGuard["Service"],
  never,
  Claims | TransactionQuery
> {
  const claims = yield* Claims
  const queries = yield* TransactionQuery
  const held = yield* heldByClaim(claims, "funding")
  const trustedMillis = Duration.toMillis(trusted)

  /** Asks Visa. What it does not answer clearly does not pay for anything. */
  const stillStands = Effect.fnUntraced(function* (
    confirmation: FundingConfirmation,
  ): Effect.fn.Return<void, VisaError> {
    const { acquiringBin, retrievalReferenceNumber, systemsTraceAuditNumber } = confirmation
    const records = yield* queries.find({
      acquiringBin,
      systemsTraceAuditNumber,
      retrievalReferenceNumber,
    })
    const found = readRows("pull", records)
    if (found === "open" || found === "resendable") {
      return yield* unconfirmed("confirmation", "Visa does not show that debit as approved")
    }
    const { record } = yield* Effect.catchReason(
      Effect.fromResult(found),
      "VisaError",
      "TransactionReversed",
      () => Effect.fail(VisaError.of("FundingReversed")),
      (_, error) => unconfirmed("confirmation", `Visa shows that debit as ${error.reason._tag}`),
    )
    if (
      record.transactionIdentifier !== undefined &&
      record.transactionIdentifier !== confirmation.transactionIdentifier
    ) {
      return yield* unconfirmed("transactionIdentifier", "Visa knows that debit under another id")
    }
  })

  const holding = (request: Funding, now: number): Holding => {
    const { amount, confirmation, payout } = request
    // Whoever confirms the same answer again does it later.
    const { confirmedAt, ...debit } = confirmation
    const isTrusted = now - confirmedAt <= trustedMillis
    return {
      request: { payout, amount, debit },
      // A query of Visa can take as long as its repeats.
      patience: isTrusted ? Duration.zero : Duration.minutes(1),
      hold: Effect.gen(function* () {
        if (confirmation.payout !== payout) {
          return yield* unconfirmed("payout", `The debit was made for ${confirmation.payout}`)
        }
        if (
          confirmation.amount.currency !== amount.currency ||
          confirmation.amount.minor < amount.minor
        ) {
          return yield* unconfirmed(
            "amount",
            `${confirmation.amount} was debited and the payout needs ${amount}`,
          )
        }
        if (!isTrusted) yield* stillStands(confirmation)
        yield* claims.consume({
          receipt: JSON.stringify(["visa", debit.acquiringBin, debit.transactionIdentifier]),
          by: payout,
          fingerprint: yield* Fingerprint.takePlain(debit),
        })
      }),
      // A debit whose payout was not made is given back to its card, and funds nothing else.
      giveBack: Effect.void,
    }
  }

  return FundingGuard.of({
    reserve: (request) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => held.reserve(holding(request, now))).pipe(
        guarded("funding"),
      ),
    commit: (request) => held.commit(holding(request, 0)),
    release: (request) => held.release(holding(request, 0)),
  })
})

/**
 * Guards payouts that are funded by the debit of a card: the debit was made for this payout, it covers
 * it, it has not been reversed, and it pays for nothing else, whichever process asks. A debit stays
 * used after a release: what is left to do with it is to give it back to the card.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Layer } from "effect"
 * import { Claims, FundingGuard, Money, VisaDirectTest } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const { reserve } = yield* FundingGuard
 *   const confirmation = {
 *     payout: "INVOICE-77",
 *     acquiringBin: "408999",
 *     systemsTraceAuditNumber: "451018",
 *     retrievalReferenceNumber: "412770452025",
 *     transactionIdentifier: "234234322342343",
 *     // Visa approved a part of what was asked for.
 *     amount: yield* Money.of("100.00", "GBP"),
 *     confirmedAt: 1_795_458_340_000
 *   }
 *   const amount = yield* Money.of("124.02", "GBP")
 *   const refusal = yield* Effect.flip(reserve({ payout: "INVOICE-77", amount, confirmation }))
 *   assert.strictEqual(refusal.reason._tag, "FundingUnconfirmed")
 *   assert.strictEqual(refusal.reason.field, "amount")
 * })
 * const guard = FundingGuard.layer().pipe(
 *   Layer.provide(Layer.merge(Claims.layerMemory, VisaDirectTest.layer))
 * )
 * await Effect.runPromise(program.pipe(Effect.provide(guard)))
 */
export class FundingGuard extends Context.Service<FundingGuard, Guard<Funding>>()(
  "effect-visa-direct/FundingGuard",
) {
  static readonly make = make

  /** Refusals count as `visa_direct_guard_failures_total{guard="funding"}`. */
  static readonly layer = (
    options?: FundingGuardOptions,
  ): Layer.Layer<FundingGuard, never, Claims | TransactionQuery> =>
    Layer.effect(FundingGuard, make(options))

  /**
   * What Visa's answer to a pull confirms for a payout. For a payout that makes its own pull, it is
   * called with the answer at once; otherwise it is to be stored together with the payout.
   */
  static readonly confirm = (
    payout: string,
    pull: Pick<
      PullRequest,
      "acquiringBin" | "systemsTraceAuditNumber" | "retrievalReferenceNumber"
    >,
    answer: Pick<ReversibleAnswer, "transactionIdentifier" | "approvedAmount">,
  ): Effect.Effect<FundingConfirmation> =>
    Effect.map(Clock.currentTimeMillis, (confirmedAt) => ({
      payout,
      acquiringBin: pull.acquiringBin,
      systemsTraceAuditNumber: pull.systemsTraceAuditNumber,
      retrievalReferenceNumber: pull.retrievalReferenceNumber,
      transactionIdentifier: answer.transactionIdentifier,
      amount: answer.approvedAmount,
      confirmedAt,
    }))
}
