/** What is stored of a saga: activities, and steps that move money as sequences of them. */
import { Clock, Context, DateTime, Duration, Effect } from "effect"
import type { Schema } from "effect"
import { Activity, DurableClock } from "effect/workflow"
import type { WorkflowEngine, WorkflowInstance } from "effect/workflow/WorkflowEngine"
import { pauseAfter } from "../payouts/WorkList.ts"
import { Telemetry } from "../Telemetry.ts"
import type { VisaError } from "../VisaError.ts"
import { runMoneyStep } from "./moneyStep.ts"
import type { MoneyStep } from "./moneyStep.ts"
import type { PayoutEvent } from "./payoutEvent.ts"
import type { SagaEnv } from "./sagaEnv.ts"
import { StepResult } from "./stepResult.ts"
import type { Done, Known, Open, Unsent } from "./stepResult.ts"
import { storeRetry } from "./storeFailure.ts"
import { awaitNews } from "./wake.ts"

/** What runs inside of the workflow. */
export type Durable<A> = Effect.Effect<A, never, WorkflowEngine | WorkflowInstance>

/** What the activity that is about to run does. */
const Body = Context.Reference<Effect.Effect<unknown, VisaError>>(
  "effect-visa-direct/internal/sagaActivities/Body",
  { defaultValue: () => Effect.die("An activity without a body") },
)

const body = Effect.orDie(
  Effect.retry(Effect.flatten(Body), {
    while: ({ reason }) => reason._tag === "StoreUnavailable",
    schedule: storeRetry,
  }),
)

type Made = Effect.Effect<unknown, never, WorkflowEngine | WorkflowInstance>

/** By schema and name: to make an activity compiles its schemas, which costs more than most of them do. */
const activities = new WeakMap<Schema.Codec<unknown, unknown>, Map<string, Made>>()

const activityOf = (name: string, success: Schema.Codec<unknown, unknown>): Made => {
  const named = activities.get(success) ?? new Map<string, Made>()
  activities.set(success, named)
  const found = named.get(name) ?? Activity.make({ name, success, execute: body })
  // Names of later rounds are many, and rare.
  if (!name.includes("/")) named.set(name, found)
  return found
}

/**
 * Runs once, as far as the engine can know, and is remembered under its name. While a store does not
 * answer it waits: to go on without it could lose the payout.
 */
export const durable = <A, E>(
  name: string,
  success: Schema.Codec<A, E>,
  execute: Effect.Effect<A, VisaError>,
): Durable<A> =>
  // What comes out went through the schema of `success`, in the engine.
  Effect.provideService(activityOf(name, success), Body, execute) as Durable<A>

/** Events of one payout, with the time at which they are recorded. */
export type Happened = PayoutEvent extends infer E
  ? E extends PayoutEvent
    ? Omit<E, "payout" | "at">
    : never
  : never

export const record = (
  env: SagaEnv,
  payout: string,
  happened: ReadonlyArray<Happened>,
): Effect.Effect<void, VisaError> =>
  Effect.flatMap(Clock.currentTimeMillis, (at) =>
    // The type of an event without its common part has lost which member of the union it is.
    env.events.record(happened.map((one) => ({ ...one, payout, at }) as PayoutEvent)),
  )

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
      yield* record(env, step.key, [
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
      yield* record(env, step.key, [
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
): Effect.fn.Return<Known, never, WorkflowEngine | WorkflowInstance> {
  const pauses = [...env.patience]
  for (let round = 1; ; round++) {
    const result = yield* durable(
      round === 1 ? step.name : `${step.name}/${round}`,
      StepResult,
      attempt(env, step, round, pauses.length === 0, onDone),
    )
    switch (result._tag) {
      case "Done":
      case "NotDone":
        return result
      case "Unsent":
        yield* DurableClock.sleep({
          name: `${step.name}/pause/${round}`,
          duration: pauses.shift() ?? Duration.zero,
        })
        break
      case "Open":
        yield* awaitNews(step.name, round)
        break
    }
  }
})
