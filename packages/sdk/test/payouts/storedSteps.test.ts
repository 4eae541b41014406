/** Steps of payouts in a table: what a new process finds of those that an earlier one made. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Activity, Workflow, WorkflowEngine } from "effect/workflow"
import { layerTable, storedSteps } from "../../src/internal/storedSteps.ts"
import { workflowName } from "../../src/internal/wake.ts"
import * as Database from "../../src/payouts/Database.ts"
import { PayoutEvents } from "../../src/payouts/PayoutEvents.ts"

const workflowNamed = (name: string) =>
  Workflow.make(name, {
    payload: { key: Schema.String },
    idempotencyKey: ({ key }) => key,
    success: Schema.Array(Schema.String),
  }).annotate(Workflow.SuspendOnFailure, true)

const Payment = workflowNamed(workflowName)

const step = (name: string, execute: Effect.Effect<string>) =>
  Activity.make({ name, success: Schema.String, execute })

/** A process: an engine that knows nothing but what is in the database. */
const process = (
  steps: ReadonlyArray<ReturnType<typeof step>>,
  workflow: ReturnType<typeof workflowNamed> = Payment,
) =>
  workflow
    .toLayer(() => Effect.all(steps))
    .pipe(
      Layer.provideMerge(storedSteps),
      Layer.provide(Layer.fresh(layerTable)),
      Layer.provide(PayoutEvents.layerSql),
      Layer.provide(Layer.fresh(WorkflowEngine.layerMemory)),
      Layer.orDie,
      Layer.fresh,
    )

const rows = (execution: string) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql<{ readonly step: string; readonly result: string }>`
      SELECT step, result FROM visa_direct_payout_steps
      WHERE execution = ${execution} ORDER BY step`,
  )

const endOf = (key: string) =>
  Effect.gen(function* () {
    const executionId = yield* Payment.execute({ key }, { discard: true })
    const found = yield* Effect.repeat(Payment.poll(executionId), { until: Option.isSome })
    return { executionId, end: Option.getOrThrow(found) }
  })

layer(Database.layerEmbeddedMemory, { excludeTestServices: true, timeout: "60 seconds" })(
  "Stored steps",
  (it) => {
    it.effect("are not made again by the process that comes after one that broke down", () =>
      Effect.gen(function* () {
        const made: Array<string> = []
        const make = (name: string) =>
          Effect.sync(() => {
            made.push(name)
            return `${name} done`
          })
        const first = yield* Effect.provide(
          endOf("broken"),
          process([step("pull", make("pull")), step("push", Effect.die("the process ends"))]),
        )
        assert.strictEqual(first.end._tag, "Suspended")
        assert.deepStrictEqual(yield* rows(first.executionId), [
          { step: "pull/1", result: '"pull done"' },
        ])

        const result = yield* Effect.provide(
          Payment.execute({ key: "broken" }),
          process([step("pull", make("pull")), step("push", make("push"))]),
        )
        assert.deepStrictEqual(result, ["pull done", "push done"])
        assert.deepStrictEqual(made, ["pull", "push"])
      }),
    )

    it.effect("have the result that was stored first, where two machines make one", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const other = Effect.gen(function* () {
          const { executionId } = yield* WorkflowEngine.WorkflowInstance
          yield* sql`
            INSERT INTO visa_direct_payout_steps (execution, step, result)
            VALUES (${executionId}, ${"push/1"}, ${'"of the other"'})`
          return "of this one"
        })
        const push = Activity.make({
          name: "push",
          success: Schema.String,
          execute: Effect.orDie(other),
        })
        const result = yield* Effect.provide(Payment.execute({ key: "contested" }), process([push]))
        assert.deepStrictEqual(result, ["of the other"])
      }),
    )

    it.effect("are those of many payouts at once, each with its own", () =>
      Effect.gen(function* () {
        const keys = Array.from({ length: 300 }, (_, index) => `payout-${index}`)
        const own = Effect.map(
          WorkflowEngine.WorkflowInstance,
          ({ executionId }) => `by ${executionId}`,
        )
        const push = Activity.make({ name: "push", success: Schema.String, execute: own })
        const results = yield* Effect.provide(
          Effect.forEach(keys, (key) => Payment.execute({ key }), { concurrency: "unbounded" }),
          process([push]),
        )
        const expected = yield* Effect.forEach(keys, (key) => Payment.executionId({ key }))
        assert.deepStrictEqual(
          results,
          expected.map((executionId) => [`by ${executionId}`]),
        )
      }),
    )

    it.effect("are of payouts alone: other workflows keep theirs in the engine", () =>
      Effect.gen(function* () {
        const Other = workflowNamed("Other")
        const executionId = yield* Other.executionId({ key: "other" })
        const result = yield* Effect.provide(
          Other.execute({ key: "other" }),
          process([step("pull", Effect.succeed("done"))], Other),
        )
        assert.deepStrictEqual(result, ["done"])
        assert.deepStrictEqual(yield* rows(executionId), [])
      }),
    )
  },
)
