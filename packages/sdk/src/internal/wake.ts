/** How a saga waits for news of a step whose outcome is unknown, and who brings them. */
import { hash } from "node:crypto"
import { Effect, Exit, Option, Schema } from "effect"
import { DurableDeferred, Workflow } from "effect/workflow"
import { WorkflowEngine } from "effect/workflow/WorkflowEngine"

/** The workflow's name in the store: it never changes. */
export const workflowName = "VisaDirectPayout"

const IdOnly = Workflow.make(workflowName, {
  payload: { key: Schema.String },
  idempotencyKey: ({ key }) => key,
})

/**
 * The id under which the engine knows a payout, as `Workflow` makes it. Made here because `Workflow` sends
 * these few bytes to a thread of Node's pool, and waiting for it costs as much as to open an encrypted
 * answer of Visa.
 */
export const executionIdOf = (key: string): string =>
  // Not a slice of a text: that would keep the whole one for as long as the engine keeps the id.
  hash("sha256", `${workflowName.length}:${workflowName}:${key}`, "buffer").toString("hex", 0, 16)

/** A name for each round: what a name was given once, it is given for ever. */
const newsOf = (step: string, round: number) => DurableDeferred.make(`${step}/news/${round}`)

/** Suspends the saga until somebody calls {@link wake} for this round. */
export const awaitNews = (step: string, round: number) => DurableDeferred.await(newsOf(step, round))

/** Has a saga look again at a step. To wake it twice for one round changes nothing. */
export const wake = Effect.fnUntraced(function* (
  key: string,
  step: string,
  round: number,
): Effect.fn.Return<void, never, WorkflowEngine> {
  const engine = yield* WorkflowEngine
  const deferred = newsOf(step, round)
  yield* engine.deferredDone(deferred, {
    workflowName,
    executionId: executionIdOf(key),
    deferredName: deferred.name,
    exit: Exit.void,
  })
})

/** Has a saga that broke down run again. Answers whether it has ended meanwhile. */
export const restart = Effect.fnUntraced(function* (
  key: string,
): Effect.fn.Return<boolean, never, WorkflowEngine> {
  const engine = yield* WorkflowEngine
  const executionId = executionIdOf(key)
  const found = yield* engine.poll(IdOnly, executionId)
  if (Option.isSome(found) && found.value._tag === "Complete") return true
  yield* engine.resume(IdOnly, executionId)
  return false
})
