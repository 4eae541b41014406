import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit, Fiber, Layer, Option, Schema } from "effect"
import { Activity, DurableDeferred, Workflow, WorkflowEngine } from "effect/workflow"
import { memoryEngine } from "../../src/internal/memoryEngine.ts"

const Greet = Workflow.make("Greet", {
  payload: { name: Schema.String },
  idempotencyKey: ({ name }) => name,
  success: Schema.Struct({ name: Schema.String, at: Schema.DateTimeUtcFromMillis }),
}).annotate(Workflow.SuspendOnFailure, true)

const signed = DurableDeferred.make("signed")
const at = DateTime.makeUnsafe(1_000)

type Body = (
  name: string,
) => Effect.Effect<void, never, WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance>

/** The workflow with this body on an engine of its own; `over` is what the engine was done with. */
const running = <A, E>(
  body: Body,
  use: (over: ReadonlyArray<unknown>) => Effect.Effect<A, E, WorkflowEngine.WorkflowEngine>,
) => {
  const over: Array<unknown> = []
  const registered = Greet.toLayer(({ name }) => Effect.as(body(name), { name, at }))
  return use(over).pipe(
    Effect.provide(
      Layer.provideMerge(
        registered,
        memoryEngine({
          beforeNews: () => Effect.void,
          onEnd: (payload) => void over.push(payload),
        }),
      ),
    ),
  )
}

const resolve = (executionId: string) =>
  Effect.flatMap(WorkflowEngine.WorkflowEngine, (engine) =>
    engine.deferredDone(signed, {
      workflowName: "Greet",
      executionId,
      deferredName: signed.name,
      exit: Exit.void,
    }),
  )

describe("The engine in memory", () => {
  it.effect("runs a workflow once, and lets it go", () => {
    let runs = 0
    const body = () => Effect.sync(() => void (runs += 1))
    return running(body, (over) =>
      Effect.gen(function* () {
        const first = yield* Greet.execute({ name: "Ada" })
        assert.deepStrictEqual(over, [{ name: "Ada" }])
        assert.deepStrictEqual(yield* Greet.execute({ name: "Ada" }), first)
        assert.deepStrictEqual(first, { name: "Ada", at })
        assert.strictEqual(runs, 1)
      }),
    )
  })

  it.effect("gives all who ask at once the one execution", () => {
    let runs = 0
    const body = () =>
      Effect.andThen(
        Effect.yieldNow,
        Effect.sync(() => void (runs += 1)),
      )
    return running(body, (over) =>
      Effect.gen(function* () {
        const all = Array.from({ length: 100 }, () => Greet.execute({ name: "Ada" }))
        yield* Effect.all(all, { concurrency: "unbounded" })
        assert.strictEqual(runs, 1)
        assert.strictEqual(over.length, 1)
      }),
    )
  })

  it.effect("knows what has ended, what is under way, and what it never heard of", () =>
    running(
      (name) => (name === "Ada" ? Effect.void : DurableDeferred.await(signed)),
      () =>
        Effect.gen(function* () {
          yield* Greet.execute({ name: "Ada" })
          const ended = yield* Greet.poll(yield* Greet.executionId({ name: "Ada" }))
          assert.deepStrictEqual(
            ended,
            Option.some(new Workflow.Complete({ exit: Exit.succeed({ name: "Ada", at }) })),
          )
          yield* Effect.forkScoped(Greet.execute({ name: "Bob" }))
          yield* Effect.yieldNow
          const waiting = yield* Greet.poll(yield* Greet.executionId({ name: "Bob" }))
          assert.isFalse(Option.exists(waiting, ({ _tag }) => _tag === "Complete"))
          const unknown = yield* Greet.poll(yield* Greet.executionId({ name: "Eve" }))
          assert.isTrue(Option.isNone(unknown))
        }).pipe(Effect.scoped),
    ),
  )

  it.effect("wakes what sleeps, and repeats no step of it", () => {
    let steps = 0
    const step = Activity.make({ name: "step", execute: Effect.sync(() => void (steps += 1)) })
    return running(
      () => Effect.andThen(step, DurableDeferred.await(signed)),
      (over) =>
        Effect.gen(function* () {
          const waiting = yield* Effect.forkScoped(Greet.execute({ name: "Ada" }))
          while (steps === 0) yield* Effect.yieldNow
          assert.deepStrictEqual(over, [])
          const executionId = yield* Greet.executionId({ name: "Ada" })
          yield* resolve(executionId)
          assert.deepStrictEqual(yield* Fiber.join(waiting), { name: "Ada", at })
          assert.strictEqual(steps, 1)
          // News that come too late change nothing.
          yield* resolve(executionId)
          assert.strictEqual(over.length, 1)
        }).pipe(Effect.scoped),
    )
  })

  it.effect("keeps what has failed, to be begun again", () => {
    let isBroken = true
    return running(
      () => Effect.suspend(() => (isBroken ? Effect.die(new Error("broken")) : Effect.void)),
      (over) =>
        Effect.gen(function* () {
          const waiting = yield* Effect.forkScoped(Greet.execute({ name: "Ada" }))
          const executionId = yield* Greet.executionId({ name: "Ada" })
          while (Option.isNone(yield* Greet.poll(executionId))) yield* Effect.yieldNow
          assert.deepStrictEqual(over, [])
          isBroken = false
          yield* Greet.resume(executionId)
          assert.deepStrictEqual(yield* Fiber.join(waiting), { name: "Ada", at })
        }).pipe(Effect.scoped),
    )
  })
})
