/**
 * Where the payouts are kept that a process runs itself, in place.
 *
 * Nearly every payout is accepted, sent and ended by one process within seconds. Such a payout needs of
 * an engine only that it is not lost when the process is: it is stored when it is accepted, with each of
 * its steps, and with its end. What has to wait, for a pause or for news from Visa, is handed over to the
 * workflow engine, and so is what a process left that died.
 */
import { Context } from "effect"
import type { Effect, Option, Schema } from "effect"
import type { Payout } from "../payouts/Payout.ts"
import type { Ending } from "../payouts/PayoutWorkflow.ts"
import type { PayoutEvent } from "./payoutEvent.ts"
import type { Accepted } from "./saga.ts"

/** An execution that is this process's to run. */
export interface Kept {
  /**
   * Stores what a step brought, and with it what the step told, where it did not record that itself.
   * Answers what counts: another process may have been there before.
   */
  readonly remember: <A, E>(
    step: string,
    success: Schema.Codec<A, E>,
    value: A,
    told: ReadonlyArray<PayoutEvent>,
  ) => Effect.Effect<A>
  readonly end: (ending: Ending) => Effect.Effect<void>
  /** @param begin has the engine begin it */
  readonly handOver: (begin: Effect.Effect<void>) => Effect.Effect<void>
}

/** What the memory of this process knows of an execution. */
export interface Remembered {
  readonly payout: Payout
  /** By name: what a step had brought. */
  readonly steps: ReadonlyMap<string, unknown>
}

export type Acceptance =
  | { readonly _tag: "Mine"; readonly kept: Kept }
  | { readonly _tag: "Ended"; readonly ending: Ending }
  /** The engine knows of it. */
  | { readonly _tag: "Elsewhere" }

export class Executions extends Context.Service<
  Executions,
  {
    /** Whether payouts are stored outside of this process, so that they have to be sealed. */
    readonly storesPayouts: boolean
    /** Whether what a step tells is stored with it; otherwise the step records it. */
    readonly storesTold: boolean
    readonly accept: (
      executionId: string,
      accepted: Accepted,
      payout: Payout,
    ) => Effect.Effect<Acceptance>
    /** Of an execution that was handed over in the memory of this process. */
    readonly recall: (executionId: string) => Remembered | undefined
    /** How an execution ended, where the engine does not know it. */
    readonly find: (executionId: string) => Effect.Effect<Option.Option<Ending>>
  }
>()("effect-visa-direct/internal/Executions") {}
