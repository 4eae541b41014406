/** Runs payouts in the process that accepts them, as long as there is nothing to wait for. */
import { Cause, Effect, Fiber } from "effect"
import type { Duration, Schema, Scope } from "effect"
import type { WorkflowEngine } from "effect/workflow/WorkflowEngine"
import type { Payout } from "../payouts/Payout.ts"
import { PayoutWorkflow } from "../payouts/PayoutWorkflow.ts"
import type { Ending } from "../payouts/PayoutWorkflow.ts"
import type { VisaError } from "../VisaError.ts"
import type { Executions, Kept } from "./executions.ts"
import { stepNames } from "./moneyStep.ts"
import type { PayoutEvent } from "./payoutEvent.ts"
import type { Accepted } from "./saga.ts"
import { onEngine, SagaRun, untilStored } from "./sagaRun.ts"
import { Told } from "./tell.ts"

type Run = (
  accepted: Accepted,
  executionId: string,
  payout: Payout,
) => Effect.Effect<Ending, never, SagaRun>

/** How it ended; or the engine has it: since just now, when it left here, or from before. */
export type RunHere = Ending | "left" | "elsewhere"

/** Runs a payout as long as it can here. */
export type ExecuteHere = (
  executionId: string,
  accepted: Accepted,
  payout: Payout,
) => Effect.Effect<RunHere>

/** Steps that were made before the engine had the execution are not made again. */
export const recalling = (steps: ReadonlyMap<string, unknown>) =>
  Effect.map(onEngine, (run) =>
    SagaRun.of({
      ...run,
      step: (name, success, execute) =>
        steps.has(name)
          ? // It is what the step of this name brought.
            Effect.succeed(steps.get(name) as (typeof success)["Type"])
          : run.step(name, success, execute),
    }),
  )

/**
 * Begins in a turn of the event loop of its own: those that have come as far then go on one after the
 * other, with what they need, code and data, in the processor's caches. That saves a tenth of what a
 * payout costs, and what is on its way goes before what is new.
 */
export const inItsTurn = <A, E>(execute: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.andThen(Effect.yieldNow, execute)

/** Without a database, before which all would wait anyway, only what moves money has its turn. */
const movesMoney: ReadonlySet<string> = new Set(stepNames)

/** A run that leaves where it would have to wait. */
const leavingRun = (
  { storesTold }: Executions["Service"],
  kept: Kept,
  leave: Effect.Effect<never>,
) =>
  SagaRun.of({
    step: <A, E>(name: string, success: Schema.Codec<A, E>, execute: Effect.Effect<A, VisaError>) =>
      Effect.suspend(() => {
        let told: Array<PayoutEvent> = []
        const attempt = storesTold
          ? Effect.suspend(() => {
              told = []
              return Effect.provideService(execute, Told, told)
            })
          : movesMoney.has(name)
            ? inItsTurn(execute)
            : execute
        return Effect.flatMap(untilStored(attempt), (value) =>
          kept.remember(name, success, value, told),
        )
      }),
    pause: () => leave,
    news: () => leave,
  })

interface Running {
  fiber?: Fiber.Fiber<RunHere>
  /** Whether it is stored: from then on it is not stopped as long as it can end. */
  isAccepted: boolean
}

export interface InPlace {
  readonly execute: ExecuteHere
  /** Ends when the execution does not run here. */
  readonly notHere: (executionId: string) => Effect.Effect<void>
}

/**
 * @param grace for how long payouts that are under way are given to end when the scope closes
 */
export const inPlace = Effect.fnUntraced(function* (
  engine: WorkflowEngine["Service"],
  executions: Executions["Service"],
  run: Run,
  grace: Duration.Input,
): Effect.fn.Return<InPlace, never, Scope.Scope> {
  const running = new Map<string, Running>()
  const fibers = (which: (one: Running) => boolean) =>
    [...running.values()].flatMap((one) =>
      one.fiber !== undefined && which(one) ? [one.fiber] : [],
    )

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => Fiber.interruptAll(fibers(({ isAccepted }) => !isAccepted))).pipe(
      Effect.andThen(Effect.suspend(() => Fiber.awaitAll(fibers(() => true)))),
      Effect.timeoutOption(grace),
      Effect.andThen(Effect.suspend(() => Fiber.interruptAll(fibers(() => true)))),
    ),
  )

  const here = (
    kept: Kept,
    executionId: string,
    accepted: Accepted,
    payout: Payout,
  ): Effect.Effect<RunHere> =>
    Effect.suspend(() => {
      let isLeaving = false
      const leave = Effect.suspend(() => {
        isLeaving = true
        return Effect.interrupt
      })
      const begin = engine.execute(PayoutWorkflow, {
        executionId,
        payload: accepted,
        discard: true,
      })
      return run(accepted, executionId, payout).pipe(
        Effect.provideService(SagaRun, leavingRun(executions, kept, leave)),
        Effect.matchCauseEffect({
          onSuccess: (ending) => Effect.as(kept.end(ending), ending),
          // What broke down is the engine's, too: it keeps it, to be begun again.
          onFailure: (cause) =>
            isLeaving || !Cause.hasInterruptsOnly(cause)
              ? Effect.as(kept.handOver(Effect.asVoid(begin)), "left" as const)
              : Effect.failCause(cause),
        }),
      )
    })

  /** Goes on when its caller does not. */
  const fork = (executionId: string, accepted: Accepted, payout: Payout) => {
    const mine: Running = { isAccepted: false }
    running.set(executionId, mine)
    const accepting = executions.accept(executionId, accepted, payout)
    const work = Effect.flatMap(accepting, (found): Effect.Effect<RunHere> => {
      mine.isAccepted = true
      switch (found._tag) {
        case "Mine":
          return here(found.kept, executionId, accepted, payout)
        case "Ended":
          return Effect.succeed(found.ending)
        case "Elsewhere":
          return Effect.succeed("elsewhere")
      }
    })
    return Effect.map(Effect.forkDetach(work, { startImmediately: true }), (fiber) => {
      mine.fiber = fiber
      fiber.addObserver(() => void running.delete(executionId))
      return fiber
    })
  }

  return {
    execute: (executionId, accepted, payout) =>
      Effect.suspend(() => {
        const fiber = running.get(executionId)?.fiber
        return Effect.flatMap(
          fiber === undefined ? fork(executionId, accepted, payout) : Effect.succeed(fiber),
          Fiber.join,
        )
      }),
    notHere: (executionId) =>
      Effect.suspend(() => {
        const fiber = running.get(executionId)?.fiber
        return fiber === undefined ? Effect.void : Effect.asVoid(Fiber.await(fiber))
      }),
  }
})
