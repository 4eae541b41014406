/**
 * Workflows in the memory of one process, of which only the result is kept once they have succeeded.
 *
 * Effect's engine in memory keeps the fiber, the steps and the scope of every execution for as long as
 * it lives. So every execution has one of its own, which is let go when it has succeeded. The results
 * stay for ever, because whoever executes a workflow again has to be told the same. A workflow that
 * sleeps or has failed stays whole.
 */
import { Context, Effect, Exit, Layer, Option, Schema, Scope } from "effect"
import { Workflow, WorkflowEngine } from "effect/workflow"

type Engine = WorkflowEngine.WorkflowEngine["Service"]

export interface MemoryEngineOptions {
  /** Ends when an execution can be brought news: those of one that it does not have are lost. */
  readonly beforeNews: (executionId: string) => Effect.Effect<void>
  /** Told the payload of what has ended and will never run again. */
  readonly onEnd: (payload: unknown) => void
}

interface Running {
  readonly engine: Engine
  readonly scope: Scope.Closeable
}

const make = Effect.fnUntraced(function* ({ beforeNews, onEnd }: MemoryEngineOptions) {
  /** By the name of a workflow: makes it known to the engine of one execution. */
  const known = new Map<string, (engine: Engine, scope: Scope.Scope) => Effect.Effect<void>>()
  const running = new Map<string, Running>()
  /** As JSON, of executions that have succeeded. */
  const results = new Map<string, unknown>()

  yield* Effect.addFinalizer((exit) =>
    Effect.forEach(running.values(), ({ scope }) => Scope.close(scope, exit), { discard: true }),
  )

  // Nobody closes the scope of what has succeeded: nothing is left in it, and its workflow's fiber, which
  // is in it, has still to hand over the result.
  const end = (executionId: string, result: unknown, payload: unknown) => {
    results.set(executionId, result)
    running.delete(executionId)
    onEnd(payload)
  }

  const newEngine = Effect.gen(function* () {
    const scope = Scope.makeUnsafe()
    const built = yield* Layer.buildWithScope(WorkflowEngine.layerMemory, scope)
    const engine = Context.get(built, WorkflowEngine.WorkflowEngine)
    for (const register of known.values()) yield* register(engine, scope)
    return { engine, scope }
  })

  const register = <
    Name extends string,
    Payload extends Workflow.AnyStructSchema,
    Success extends Schema.Top,
    Failure extends Schema.Top,
    R,
  >(
    workflow: Workflow.Workflow<Name, Payload, Success, Failure>,
    execute: (
      payload: Payload["Type"],
      executionId: string,
    ) => Effect.Effect<Success["Type"], Failure["Type"], R>,
  ) => {
    const encode = Schema.encodeEffect(Schema.toCodecJson(workflow.successSchema))
    const registerIn = (engine: Engine) =>
      engine.register(workflow, (payload, executionId) =>
        Effect.tap(execute(payload, executionId), (result) =>
          Effect.map(Effect.orDie(encode(result)), (encoded) => end(executionId, encoded, payload)),
        ),
      )
    return Effect.map(
      Effect.context<Effect.Services<ReturnType<typeof registerIn>>>(),
      (services) =>
        void known.set(workflow._tag, (engine, scope) =>
          Effect.provideContext(registerIn(engine), Context.add(services, Scope.Scope, scope)),
        ),
    )
  }

  /** Does something with the engine of an execution that has not ended. */
  const within = (
    executionId: string,
    use: (engine: Engine) => Effect.Effect<void>,
  ): Effect.Effect<void> =>
    Effect.suspend(() => {
      const found = running.get(executionId)
      return found === undefined ? Effect.void : use(found.engine)
    })

  const decode = <Success extends Schema.Top>(
    { successSchema }: { readonly successSchema: Success },
    result: unknown,
  ) => Schema.decodeUnknownEffect(Schema.toCodecJson(successSchema))(result)

  /** Steps run on the engine of their execution already, and never here. */
  const notHere = Effect.die(new Error("A step of a workflow ran outside of its execution"))

  return WorkflowEngine.WorkflowEngine.of({
    register,
    execute: Effect.fnUntraced(function* (workflow, options) {
      const { executionId } = options
      const isNew = () => !results.has(executionId) && !running.has(executionId)
      if (isNew()) {
        const made = yield* newEngine
        // It is made with pauses, in which others begin and end.
        if (isNew()) running.set(executionId, made)
      }
      const result = results.get(executionId)
      if (result !== undefined) {
        const answer =
          options.discard === true ? executionId : yield* Effect.orDie(decode(workflow, result))
        // Which of the two it is, depends on a type parameter.
        return answer as never
      }
      const found = running.get(executionId)
      if (found === undefined) return yield* Effect.die(new Error("An execution is lost"))
      return yield* found.engine.execute(workflow, options)
    }),
    poll: Effect.fnUntraced(function* (workflow, executionId) {
      const result = results.get(executionId)
      if (result !== undefined) {
        const exit = Exit.succeed(yield* Effect.orDie(decode(workflow, result)))
        return Option.some(new Workflow.Complete({ exit }))
      }
      const found = running.get(executionId)
      return found === undefined ? Option.none() : yield* found.engine.poll(workflow, executionId)
    }),
    interrupt: (workflow, id) => within(id, (engine) => engine.interrupt(workflow, id)),
    interruptUnsafe: (workflow, id) => within(id, (engine) => engine.interruptUnsafe(workflow, id)),
    resume: (workflow, id) => within(id, (engine) => engine.resume(workflow, id)),
    deferredDone: Effect.fnUntraced(function* (deferred, options) {
      yield* beforeNews(options.executionId)
      const found = running.get(options.executionId)
      if (found !== undefined) yield* found.engine.deferredDone(deferred, options)
    }),
    activityExecute: () => notHere,
    deferredResult: () => notHere,
    scheduleClock: () => notHere,
  })
})

export const memoryEngine = (
  options: MemoryEngineOptions,
): Layer.Layer<WorkflowEngine.WorkflowEngine> =>
  Layer.effect(WorkflowEngine.WorkflowEngine, make(options))
