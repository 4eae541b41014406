/** What is stored of a saga: steps, and those that move money as sequences of them. */
import { DateTime, Duration, Effect } from "effect"
import type { Schema } from "effect"
import { pauseAfter } from "../payouts/WorkList.ts"
import { Telemetry } from "../Telemetry.ts"
import type { VisaError } from "../VisaError.ts"
import { runMoneyStep } from "./moneyStep.ts"
import type { MoneyStep } from "./moneyStep.ts"
import type { SagaEnv } from "./sagaEnv.ts"
import { StepResult } from "./stepResult.ts"
import type { Done, Known, Open, Unsent } from "./stepResult.ts"
import { tell } from "./tell.ts"
import { SagaRun } from "./sagaRun.ts"

/** What runs inside of a saga. */
export type Durable<A> = Effect.Effect<A, never, SagaRun>

/** Runs once, as far as can be known, and is remembered under its name: see `SagaRun.step`. */
export const durable = <A, E>(
  name: string,
  success: Schema.Codec<A, E>,
  execute: Effect.Effect<A, VisaError>,
): Durable<A> => SagaRun.use((run) => run.step(name, success, execute))

/** What could not be sent for long, and must be: it waits on the work list until it can. */
const waiting = ({ begun }: MoneyStep, { error }: Unsent): Open => ({
  _tag: "Open",
  open: { ...begun, lastReason: error.reason._tag },
  since: begun.firstSentAt,
})

/** One attempt at a step, and everything that has to be stored together with what it brought. */
const attempt = Effect.fnUntraced(function* (
  env: SagaEnv,
  step: MoneyStep,
  round: number,
  isLast: boolean,
  onDone: (done: Done) => Effect.Effect<void, VisaError>,
): Effect.fn.Return<StepResult, VisaError> {
  const { isFirst, result: found } = yield* runMoneyStep(
    step,
    env,
    isLast && step.canBeGivenUp,
  ).pipe(Telemetry.span("send", { "visa.step": step.name }))
  const result = isLast && found._tag === "Unsent" ? waiting(step, found) : found
  switch (result._tag) {
    case "Done":
    case "NotDone":
      if (!isFirst) yield* env.workList.close(step.key, step.name)
      if (result._tag === "Done") yield* onDone(result)
      break
    case "Unsent":
      yield* tell(env.events, step.key, [
        { _tag: "Delayed", round, step: step.name, reason: result.error.reason._tag },
      ])
      break
    case "Open": {
      const { lastReason } = result.open
      const now = yield* DateTime.now
      yield* env.workList.put({
        payout: step.key,
        step: step.name,
        round,
        since: result.since,
        nextAt: DateTime.toEpochMillis(DateTime.addDuration(now, pauseAfter(round))),
        reason: lastReason,
        open: result.open,
        fingerprint: step.fingerprint,
      })
      yield* tell(env.events, step.key, [
        { _tag: "Unknown", round, step: step.name, reason: lastReason },
      ])
      env.onUnknown(step.key)
      break
    }
  }
  return result
})

/**
 * Runs a step that moves money until it is known what became of it, however long that takes. What could
 * not be sent is tried again after pauses; in the end it is given up, or put on the work list where it
 * must not be.
 *
 * @param onDone what is stored together with the success of the step; it can run again
 */
export const certain = Effect.fnUntraced(function* (
  env: SagaEnv,
  step: MoneyStep,
  onDone: (done: Done) => Effect.Effect<void, VisaError>,
): Effect.fn.Return<Known, never, SagaRun> {
  const saga = yield* SagaRun
  const pauses = [...env.patience]
  for (let round = 1; ; round++) {
    const result = yield* saga.step(
      round === 1 ? step.name : `${step.name}/${round}`,
      StepResult,
      attempt(env, step, round, pauses.length === 0, onDone),
    )
    switch (result._tag) {
      case "Done":
      case "NotDone":
        return result
      case "Unsent":
        yield* saga.pause(`${step.name}/pause/${round}`, pauses.shift() ?? Duration.zero)
        break
      case "Open":
        yield* saga.news(step.name, round)
        break
    }
  }
})
