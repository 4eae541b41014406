/**
 * The steps of payouts in a table of their own, and a workflow engine that keeps them there.
 *
 * Effect's cluster makes each step a message to the execution: inserted, looked for, delivered through
 * the mailbox of an entity, answered and stored again. That is needed to hand work to another machine,
 * but a step always runs where its execution runs. Here each result is one row, written for many
 * payouts at once, whether the cluster has the execution or a process runs it in place.
 */
import { Context, Effect, Exit, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Activity, Workflow, WorkflowEngine } from "effect/workflow"
import { PayoutEvents } from "../payouts/PayoutEvents.ts"
import type { VisaError } from "../VisaError.ts"
import { groupCommit } from "./groupCommit.ts"
import { migrated } from "./migrate.ts"
import type { PayoutEvent } from "./payoutEvent.ts"
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

// Types, because an interface is no record of columns.
type StepName = { readonly execution: string; readonly step: string }
type Row = StepName & { readonly result: string }

interface Step extends Row {
  /** What the step told, to be stored with it. */
  readonly told?: ReadonlyArray<PayoutEvent>
}

/** By name: what a step brought, as JSON. */
type Steps = Map<string, string>

const waiting = patiently("The steps of a payout")

const JsonText = Schema.fromJsonString(Schema.Unknown)
const encode = Schema.encodeSync(JsonText)
const decode = Schema.decodeSync(JsonText)

interface TextCodec<A> {
  readonly encode: (value: A) => string
  readonly decode: (text: string) => A
}

const codecs = new WeakMap<Schema.Codec<unknown, unknown>, TextCodec<unknown>>()

/** As the engine encodes the success of an activity. To compile a schema costs more than to use it. */
const codecOf = <A, E>(success: Schema.Codec<A, E>): TextCodec<A> => {
  const found = codecs.get(success)
  if (found !== undefined) return found as TextCodec<A>
  const text = Schema.fromJsonString(Schema.toCodecJson(success))
  const made: TextCodec<A> = {
    encode: Schema.encodeSync(text),
    decode: Schema.decodeUnknownSync(text),
  }
  codecs.set(success, made as TextCodec<unknown>)
  return made
}

/** A step of a payout does not fail: a defect suspends the payout, and the step runs again. */
const encoded = <Success extends Schema.Constraint, Error extends Schema.Constraint, R>(
  activity: Activity.Activity<Success, Error, R>,
) =>
  // What it fails with was encoded already, and has no type any more.
  // @effect-diagnostics-next-line anyUnknownInErrorContext:off
  activity.executeEncoded.pipe(Effect.catch(Effect.die))

/** The name of a step in the table. */
const rowName = (step: string, attempt: number): string => `${step}/${attempt}`

/** The table. It is waited for while the database does not answer. */
export class StoredSteps extends Context.Service<
  StoredSteps,
  {
    readonly load: (execution: string) => Effect.Effect<Steps>
    /** Whether it was stored, or another worker's result was there before. */
    readonly insert: (step: Step) => Effect.Effect<boolean>
    /** Whether steps can have events that are stored with them. */
    readonly takesEvents: boolean
  }
>()("effect-visa-direct/internal/StoredSteps") {}

const makeTable = Effect.gen(function* () {
  const sql = yield* migrated("payout_steps", { "0001_steps": createTables })

  const load = yield* groupCommit(
    (executions: ReadonlyArray<string>) =>
      Effect.map(
        sql<Row>`
          SELECT execution, step, result FROM visa_direct_payout_steps
          WHERE execution = ANY (${executions}::TEXT[])`.unprepared,
        (rows) => {
          const found = new Map(executions.map((each) => [each, new Map<string, string>()]))
          for (const { execution, result, step } of rows) found.get(execution)?.set(step, result)
          return executions.map((each) => found.get(each) ?? new Map<string, string>())
        },
      ),
    { max: 128, writers: 1 },
  )

  const client = yield* SqlClient.SqlClient
  const { inStatement } = yield* PayoutEvents
  const events = inStatement?.sql === client ? inStatement : undefined

  const insert = yield* groupCommit(
    (steps: ReadonlyArray<Step>) => {
      const rows = steps.map(({ execution, result, step }) => ({ execution, step, result }))
      const told = steps.flatMap((step) => step.told ?? [])
      const telling = events === undefined ? sql`` : sql`WITH told AS (${events.insert(told)})`
      return Effect.map(
        sql<StepName>`
          ${telling}
          INSERT INTO visa_direct_payout_steps (execution, step, result)
          SELECT execution, step, result
          FROM ${recordset(sql, rows, "made (execution TEXT, step TEXT, result TEXT)")}
          ORDER BY execution, step
          ON CONFLICT (execution, step) DO NOTHING
          RETURNING execution, step`,
        (stored) => {
          events?.notify(told)
          const names = new Set(stored.map(({ execution, step }) => `${execution} ${step}`))
          return steps.map(({ execution, step }) => names.has(`${execution} ${step}`))
        },
      )
    },
    { max: 128, writers: 1, isOfOne },
  )

  return StoredSteps.of({
    load: (execution) => waiting(load(execution)),
    insert: (step) => waiting(insert(step)),
    takesEvents: events !== undefined,
  })
})

/** Makes the table where it is missing. */
export const layerTable: Layer.Layer<StoredSteps, VisaError, SqlClient.SqlClient | PayoutEvents> =
  Layer.effect(StoredSteps, makeTable)

/** Stores what a step brought, and answers what counts: what was stored first. */
export const rememberIn =
  ({ insert, load }: StoredSteps["Service"]) =>
  <A, E>(
    execution: string,
    name: string,
    success: Schema.Codec<A, E>,
    value: A,
    told: ReadonlyArray<PayoutEvent>,
  ): Effect.Effect<A> => {
    const step = rowName(name, 1)
    const json = codecOf(success)
    return Effect.flatMap(
      insert({ execution, step, result: json.encode(value), told }),
      (isStored) =>
        isStored
          ? Effect.succeed(value)
          : Effect.map(load(execution), (steps) => {
              const first = steps.get(step)
              return first === undefined ? value : json.decode(first)
            }),
    )
  }

const make = Effect.gen(function* () {
  const base = yield* WorkflowEngine.WorkflowEngine
  const { insert, load } = yield* StoredSteps

  // Of one run of an execution, which reads once what earlier runs left.
  const known = new WeakMap<WorkflowEngine.WorkflowInstance["Service"], Steps>()

  const stepsOf = (instance: WorkflowEngine.WorkflowInstance["Service"]) => {
    const found = known.get(instance)
    return found === undefined
      ? Effect.map(load(instance.executionId), (loaded) => {
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
      const step = rowName(activity.name, attempt)
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
      if (yield* insert({ execution, step, result })) {
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

/** The engine of the context, with the steps of payouts in the table. */
export const storedSteps: Layer.Layer<
  WorkflowEngine.WorkflowEngine,
  never,
  WorkflowEngine.WorkflowEngine | StoredSteps
> = Layer.effect(WorkflowEngine.WorkflowEngine, make)
