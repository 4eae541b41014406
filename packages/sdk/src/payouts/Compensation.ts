/**
 * Making good for a payout that was not made.
 *
 * Every action asks for a {@link Proof}: a {@link Declined}, which only the saga makes, from Visa's answer
 * about that very payout (`PayoutDeclined.proof`, `PayoutRefused.proof`), or a {@link DecidedNotPaid},
 * which `WorkList.decide` answers to an operator. A payout whose outcome is unknown has neither, and there
 * is no way to make one: to compensate for it does not compile.
 *
 * The saga itself does what belongs to a payout: its guards release, the debit that funds it is reversed
 * within 24 hours and adjusted after them. These are the same actions for what a program does beside the
 * saga, such as a debit of its own, or an entry in its books.
 */
import { Duration, Effect, Result } from "effect"
import type { Scope } from "effect"
import { SecureRandom } from "effect/crypto"
import { FundsTransfer } from "../api/FundsTransfer.ts"
import type { PullRequest, ReversibleAnswer } from "../api/FundsTransfer.ts"
import { Outcome, OutcomeUnknown } from "../api/Outcome.ts"
import { makeClaimKeeper } from "../internal/claimKeeper.ts"
import { runMoneyStep } from "../internal/moneyStep.ts"
import type { MoneyStep, MoneyStepContext } from "../internal/moneyStep.ts"
import type { Proof } from "../internal/proof.ts"
import { adjustStep, doneOf, reversalFor, reverseStep } from "../internal/sagaSteps.ts"
import type { StepContext } from "../internal/sagaSteps.ts"
import { Telemetry } from "../Telemetry.ts"
import type { VisaError } from "../VisaError.ts"
import { Claims } from "./Claims.ts"
import { Fingerprint } from "./Fingerprint.ts"
import type { Guard } from "./Guard.ts"

export { DecidedNotPaid, Declined } from "../internal/proof.ts"
export type { Proof } from "../internal/proof.ts"

/** A debit of a card, with what Visa answered to it. */
export interface MadePull {
  readonly pull: PullRequest
  readonly answer: ReversibleAnswer
}

const lease = Duration.seconds(60)

const span = (action: string) => Telemetry.span("compensate", { "visa.compensation": action })

const owner = Effect.gen(function* () {
  const random = yield* SecureRandom.SecureRandom
  return yield* random.uuidV4()
}).pipe(Effect.provide(SecureRandom.layerWebCrypto))

/** Claimed apart from the steps of the saga: a payout can have a debit of each. */
const own = (step: MoneyStep): MoneyStep => ({ ...step, name: `own.${step.name}` })

/** Whether the step is done; fails when nobody can say, and with what stands against it. */
const settle = Effect.fnUntraced(function* (
  step: MoneyStep,
  context: MoneyStepContext,
): Effect.fn.Return<void, VisaError | OutcomeUnknown> {
  const { result } = yield* runMoneyStep(step, context, true)
  if (result._tag === "Open") return yield* OutcomeUnknown.of(result.open)
  if (result._tag !== "Done") return yield* result.error
})

const undoPull = Effect.fnUntraced(function* (
  proof: Proof,
  { answer, pull }: MadePull,
): Effect.fn.Return<
  "reversed" | "adjusted",
  VisaError | OutcomeUnknown,
  Claims | Outcome | FundsTransfer | Scope.Scope
> {
  const claims = yield* Claims
  const { retrievalReferenceNumber, systemsTraceAuditNumber } = pull
  const fingerprint = yield* Fingerprint.takePlain({
    acquiringBin: pull.acquiringBin,
    systemsTraceAuditNumber,
    retrievalReferenceNumber,
  })
  const context: MoneyStepContext = {
    claims,
    lease,
    owner: yield* owner,
    keeper: yield* makeClaimKeeper(claims, lease),
  }
  const about: StepContext = {
    key: proof.payout,
    fingerprint,
    begunAt: 0,
    outcome: yield* Outcome,
    options: {},
  }
  const done = doneOf(answer)
  const reversal = yield* Effect.result(reversalFor(pull, done))
  if (Result.isSuccess(reversal)) {
    const reversed = yield* Effect.result(
      span("reverse")(settle(own(reverseStep(about, reversal.success)), context)),
    )
    if (Result.isSuccess(reversed)) return "reversed"
    // Nothing may be tried beside a reversal that may have been made.
    if (reversed.failure instanceof OutcomeUnknown || reversed.failure.money === "Unknown") {
      return yield* reversed.failure
    }
  }
  yield* span("adjust")(settle(own(adjustStep(about, yield* FundsTransfer, pull, done)), context))
  return "adjusted"
}, Effect.scoped)

/**
 * Actions that compensate.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Claims, Compensation } from "effect-visa-direct"
 * import type { PayoutDeclined, PayoutUnknown } from "effect-visa-direct"
 *
 * const tellTheCustomer = Effect.log("The payout was not made")
 *
 * const onDeclined = (error: PayoutDeclined) =>
 *   Compensation.once(error.proof, "tell-the-customer", tellTheCustomer)
 *
 * // @ts-expect-error an unknown outcome proves nothing
 * const onUnknown = (error: PayoutUnknown) => Compensation.once(error.proof, "tell", tellTheCustomer)
 * assert.isFunction(onDeclined)
 * assert.isFunction(onUnknown)
 */
export const Compensation = {
  /** Has a guard free what it holds. To release again changes nothing. */
  release: <Request extends { readonly payout: string }>(
    _proof: Proof,
    guard: Guard<Request>,
    request: Request,
  ): Effect.Effect<void, VisaError> => span("release")(guard.release(request)),

  /**
   * Undoes a debit of a card, once: by a reversal within 24 hours of it, otherwise by an adjustment.
   *
   * Fails with `OutcomeUnknown` when it is not known whether that was done: then call it again. Fails
   * with a `VisaError` when Visa takes neither.
   */
  undoPull,

  /**
   * Runs an action of your own, such as a message to the customer, once for a payout and a name: not
   * beside itself, and not again when it has succeeded. An action that fails, or whose process dies in
   * it, runs again when it is called again.
   */
  once: Effect.fnUntraced(function* <E, R>(
    proof: Proof,
    name: string,
    action: Effect.Effect<void, E, R>,
  ): Effect.fn.Return<void, E | VisaError, R | Claims> {
    const turn = yield* Claims.join({
      namespace: `compensation.${name}`,
      key: proof.payout,
      fingerprint: name,
      owner: yield* owner,
      lease,
    })
    if (turn._tag === "Completed") return
    yield* span("own")(action).pipe(Effect.onError(() => Effect.ignore(Claims.release(turn.claim))))
    yield* Claims.complete(turn.claim, { done: true })
  }),
} as const
