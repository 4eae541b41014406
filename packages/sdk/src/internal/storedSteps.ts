/**
 * A workflow engine that keeps the steps of payouts in a table of their own.
 *
 * Effect's cluster makes each step a message to the execution: inserted, looked for, delivered through
 * the mailbox of an entity, answered and stored again. That is needed to hand work to another machine,
 * but a step always runs where its execution runs. Here the execution itself is still such a message,
 * so the cluster decides which machine has it; its steps run in place, and each result is one row,
 * written for many payouts at once.
 */
import { Effect, Exit, Layer, Schema } from "effect"
import type { Scope } from "effect"
import { SqlClient } from "effect/sql"
import { Activity, Workflow, WorkflowEngine } from "effect/workflow"
import type { VisaError } from "../VisaError.ts"
import { groupCommit } from "./groupCommit.ts"
import { migrated } from "./migrate.ts"
import { isOfOne, recordset } from "./sqlStore.ts"
import { patiently } from "./storeFailure.ts"
import { workflowName } from "./wake.ts"

const createTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    CREATE TABLE visa_direct_payout_steps (
      execution TEXT NOT NULL,
      step TEXT NOT NULL,
      result TEXT NOT NULL,
      stored_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (execution, step)
    )`
})

type Step = {
  readonly execution: string
  readonly step: string
  readonly result: string
}

const waiting = patiently("The steps of a payout")

const JsonText = Schema.fromJsonString(Schema.Unknown)
const encode = Schema.encodeSync(JsonText)
const decode = Schema.decodeSync(JsonText)

/** A step of a payout does not fail: a defect suspends the payout, and the step runs again. */
const encoded = <Success extends Schema.Constraint, Error extends Schema.Constraint, R>(
  activity: Activity.Activity<Success, Error, R>,
) =>
  // What it fails with was encoded already, and has no type any more.
  // @effect-diagnostics-next-line anyUnknownInErrorContext:off
  activity.executeEncoded.pipe(Effect.catch(Effect.die))

const make = Effect.gen(function* (): Effect.fn.Return<
  WorkflowEngine.WorkflowEngine["Service"],
  VisaError,
  SqlClient.SqlClient | WorkflowEngine.WorkflowEngine | Scope.Scope
> {
  const base = yield* WorkflowEngine.WorkflowEngine
  const sql = yield* migrated("payout_steps", { "0001_steps": createTables })

  const load = yield* groupCommit(
    (executions: ReadonlyArray<string>) =>
      Effect.map(
        sql<Step>`
          SELECT execution, step, result FROM visa_direct_payout_steps
          WHERE execution = ANY (${executions})`,
        (rows) => {
          const found = new Map(executions.map((each) => [each, new Map<string, string>()]))
          for (const { execution, result, step } of rows) found.get(execution)?.set(step, result)
          return executions.map((each) => found.get(each) ?? new Map<string, string>())
        },
      ),
    { max: 128, writers: 1 },
  )

  /** Whether it was stored, or another worker's result was there before. */
  const insert = yield* groupCommit(
    (steps: ReadonlyArray<Step>) =>
      Effect.map(
        sql<Omit<Step, "result">>`
          INSERT INTO visa_direct_payout_steps (execution, step, result)
          SELECT execution, step, result
          FROM ${recordset(sql, steps, "made (execution TEXT, step TEXT, result TEXT)")}
          ORDER BY execution, step
          ON CONFLICT (execution, step) DO NOTHING
          RETURNING execution, step`,
        (rows) => {
          const stored = new Set(rows.map(({ execution, step }) => `${execution} ${step}`))
          return steps.map(({ execution, step }) => stored.has(`${execution} ${step}`))
        },
      ),
    { max: 128, writers: 1, isOfOne },
  )

  // Of one run of an execution, which reads once what earlier runs left.
  const known = new WeakMap<WorkflowEngine.WorkflowInstance["Service"], Map<string, string>>()

  const stepsOf = (instance: WorkflowEngine.WorkflowInstance["Service"]) => {
    const found = known.get(instance)
    return found === undefined
      ? Effect.map(waiting(load(instance.executionId)), (loaded) => {
          known.set(instance, loaded)
          return loaded
        })
      : Effect.succeed(found)
  }

  const activityExecute: WorkflowEngine.WorkflowEngine["Service"]["activityExecute"] =
    Effect.fnUntraced(function* (activity, attempt) {
      const instance = yield* WorkflowEngine.WorkflowInstance
      const { executionId: execution, workflow } = instance
      if (workflow._tag !== workflowName) return yield* base.activityExecute(activity, attempt)
      const completed = (result: string) =>
        Effect.map(
          Effect.orDie(
            Schema.decodeUnknownEffect(activity.exitSchemaPartial)(Exit.succeed(decode(result))),
          ),
          (exit) => new Workflow.Complete({ exit }),
        )
      const steps = yield* stepsOf(instance)
      const step = `${activity.name}/${attempt}`
      const stored = steps.get(step)
      if (stored !== undefined) return yield* completed(stored)
      const made = yield* encoded(activity).pipe(
        Workflow.intoResult,
        Effect.provideService(
          WorkflowEngine.WorkflowInstance,
          WorkflowEngine.WorkflowInstance.initial(workflow, execution),
        ),
        Effect.provideService(Activity.CurrentAttempt, attempt),
      )
      if (made._tag === "Suspended" || Exit.isFailure(made.exit)) return made
      const result = encode(made.exit.value)
      if (yield* waiting(insert({ execution, step, result }))) {
        steps.set(step, result)
        return yield* completed(result)
      }
      // Two machines were at it. What was stored first is what others may have seen.
      known.delete(instance)
      return yield* completed((yield* stepsOf(instance)).get(step) ?? result)
    })

  const engine: WorkflowEngine.WorkflowEngine["Service"] = WorkflowEngine.WorkflowEngine.of({
    ...base,
    register: (workflow, execute) =>
      base.register(workflow, (payload, executionId) =>
        Effect.provideService(execute(payload, executionId), WorkflowEngine.WorkflowEngine, engine),
      ),
    activityExecute,
  })
  return engine
})

/** The engine, with the steps of payouts in the database of the context. */
export const storedSteps: Layer.Layer<
  WorkflowEngine.WorkflowEngine,
  VisaError,
  WorkflowEngine.WorkflowEngine | SqlClient.SqlClient
> = Layer.effect(WorkflowEngine.WorkflowEngine, make)
