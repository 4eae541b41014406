/** What one run of a saga stands on: how it remembers what it did, and how it waits. */
import { Context, Effect } from "effect"
import type { Duration, Schema } from "effect"
import { Activity, DurableClock } from "effect/workflow"
import type { WorkflowEngine, WorkflowInstance } from "effect/workflow/WorkflowEngine"
import type { VisaError } from "../VisaError.ts"
import { storeRetry } from "./storeFailure.ts"
import { awaitNews } from "./wake.ts"

export class SagaRun extends Context.Service<
  SagaRun,
  {
    /**
     * Runs once, as far as can be known, and is remembered under its name. While a store does not answer
     * it waits: to go on without it could lose the payout.
     */
    readonly step: <A, E>(
      name: string,
      success: Schema.Codec<A, E>,
      execute: Effect.Effect<A, VisaError>,
    ) => Effect.Effect<A>
    readonly pause: (name: string, duration: Duration.Duration) => Effect.Effect<void>
    /** Waits until somebody calls `wake` for this round. */
    readonly news: (step: string, round: number) => Effect.Effect<void>
  }
>()("effect-visa-direct/internal/SagaRun") {}

const isStoreDown = ({ reason }: VisaError): boolean => reason._tag === "StoreUnavailable"

/** Waits for stores; with anything else that it fails with, a step cannot go on. */
export const untilStored = <A>(execute: Effect.Effect<A, VisaError>): Effect.Effect<A> =>
  // A retry is not free, and hardly ever needed.
  Effect.catch(execute, (error) =>
    isStoreDown(error)
      ? Effect.orDie(Effect.retry(execute, { while: isStoreDown, schedule: storeRetry }))
      : Effect.die(error),
  )

/** What the activity that is about to run does. */
const Body = Context.Reference<Effect.Effect<unknown>>("effect-visa-direct/internal/sagaRun/Body", {
  defaultValue: () => Effect.die("An activity without a body"),
})

const body = Effect.flatten(Body)

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

/** Steps are activities of the engine, and what waits is woken by it. */
export const onEngine: Effect.Effect<SagaRun["Service"], never, WorkflowEngine | WorkflowInstance> =
  Effect.map(Effect.context<WorkflowEngine | WorkflowInstance>(), (engine) => ({
    step: <A, E>(name: string, success: Schema.Codec<A, E>, execute: Effect.Effect<A, VisaError>) =>
      activityOf(name, success).pipe(
        Effect.provideService(Body, untilStored(execute)),
        Effect.provideContext(engine),
        // What comes out went through the schema of `success`, in the engine.
      ) as Effect.Effect<A>,
    pause: (name, duration) =>
      Effect.provideContext(DurableClock.sleep({ name, duration }), engine),
    news: (step, round) => Effect.provideContext(awaitNews(step, round), engine),
  }))
