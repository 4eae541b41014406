/** What is undone when a payout was certainly not made. Nothing here can be called without proof. */
import { Effect } from "effect"
import type { PullRequest } from "../api/FundsTransfer.ts"
import type { Compensated } from "../payouts/PayoutResult.ts"
import { Telemetry } from "../Telemetry.ts"
import type { VisaError } from "../VisaError.ts"
import type { Bound } from "./guardsOf.ts"
import type { Proof } from "./proof.ts"
import { certain } from "./sagaActivities.ts"
import type { SagaEnv } from "./sagaEnv.ts"
import type { SagaRun } from "./sagaRun.ts"
import { adjustStep, makeGoodStep, reversalFor, reverseStep } from "./sagaSteps.ts"
import type { StepContext } from "./sagaSteps.ts"
import type { Done } from "./stepResult.ts"
import { tell } from "./tell.ts"

/** Frees what is held. It can run again: those who hold take that. */
export const release = Effect.fnUntraced(function* (
  env: SagaEnv,
  _proof: Proof,
  payout: string,
  held: ReadonlyArray<Bound>,
): Effect.fn.Return<ReadonlyArray<Compensated>, VisaError> {
  const holders = held.toReversed()
  for (const holder of holders) {
    yield* Telemetry.span("compensate", { "visa.compensation": `release-${holder.name}` })(
      holder.release,
    )
  }
  yield* tell(
    env.events,
    payout,
    holders.map(({ name }, index) => ({ _tag: "Released", guard: name, round: index + 1 })),
  )
  return holders.length === 0 ? [] : ["released"]
})

const undone = (by: "reversal" | "adjustment") => (env: SagaEnv, payout: string) => (done: Done) =>
  tell(env.events, payout, [
    {
      _tag: "Undone",
      by,
      ...(done.transactionIdentifier === undefined
        ? {}
        : { transactionIdentifier: done.transactionIdentifier }),
    },
  ])

const reversed = undone("reversal")
const adjusted = undone("adjustment")

/**
 * Undoes the debit of a card: by a reversal within 24 hours, by an adjustment after them, and where Visa
 * takes neither, by a person. It ends when one of them has.
 */
export const undoPull = Effect.fnUntraced(function* (
  env: SagaEnv,
  _proof: Proof,
  context: StepContext,
  pull: PullRequest,
  pulled: Done,
): Effect.fn.Return<Compensated, never, SagaRun> {
  const span = (action: string) => Telemetry.span("compensate", { "visa.compensation": action })
  const reversal = yield* Effect.option(reversalFor(pull, pulled))
  if (reversal._tag === "Some") {
    const step = reverseStep(context, reversal.value)
    const result = yield* span("reverse")(certain(env, step, reversed(env, context.key)))
    if (result._tag === "Done") return "reversed"
  }
  const step = adjustStep(context, env.transfers, pull, pulled)
  const result = yield* span("adjust")(certain(env, step, adjusted(env, context.key)))
  if (result._tag === "Done") return "adjusted"
  yield* certain(env, makeGoodStep(context, pull), () => Effect.void)
  return "madeGood"
})
