/**
 * Workflows in the memory of one process, of which only the result is kept once they have succeeded.
 *
 * Effect's engine in memory keeps the fiber, the steps and the scope of every execution for as long as
 * it lives. Here each execution has such an engine to itself, which is let go when its workflow has
 * succeeded. The result stays for ever, because whoever executes it again has to be told the same. A
 * workflow that sleeps or has failed stays whole.
 */
import { Context, Effect, Exit, Layer, Option, Schema, Scope } from "effect"
import { Workflow, WorkflowEngine } from "effect/workflow"
import { makeShelf } from "./shelf.ts"

type Engine = WorkflowEngine.WorkflowEngine["Service"]

interface Running {
  readonly engine: Engine
  readonly scope: Scope.Closeable
}

const make = Effect.fnUntraced(function* (onEnd: (payload: unknown) => void) {
  /** By the name of a workflow: makes it known to the engine of one execution. */
  const known = new Map<string, (engine: Engine, scope: Scope.Scope) => Effect.Effect<void>>()
  const running = new Map<string, Running>()
  const shelf = makeShelf()
  /** Where on the shelf the result of an execution is. */
  const results = new Map<string, number>()

  yield* Effect.addFinalizer((exit) =>
    Effect.forEach(running.values(), ({ scope }) => Scope.close(scope, exit), { discard: true }),
  )

  // Nobody closes the scope of what has succeeded: nothing is left in it, and its workflow's fiber, which
  // is in it, has still to hand over the result.
  const end = (executionId: string, result: Schema.Json, payload: unknown) => {
    results.set(executionId, shelf.put(result))
    running.delete(executionId)
    onEnd(payload)
  }

  const newEngine = Effect.fnUntraced(function* (name: string): Effect.fn.Return<Running> {
    const register = known.get(name)
    if (register === undefined) {
      return yield* Effect.die(new Error(`The workflow ${name} is not registered`))
    }
    const scope = Scope.makeUnsafe()
    const built = yield* Layer.buildWithScope(WorkflowEngine.layerMemory, scope)
    const engine = Context.get(built, WorkflowEngine.WorkflowEngine)
    yield* register(engine, scope)
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
          Effect.map(Effect.orDie(encode(result)), (encoded) =>
            // A JSON codec encodes to nothing else.
            end(executionId, encoded as Schema.Json, payload),
          ),
        ),
      )
    return Effect.map(
      Effect.context<Effect.Services<ReturnType<typeof registerIn>>>(),
      (services) => {
        known.set(workflow._tag, (engine, scope) =>
          Effect.provideContext(registerIn(engine), Context.add(services, Scope.Scope, scope)),
        )
      },
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
    result: number,
  ) => Schema.decodeUnknownEffect(Schema.toCodecJson(successSchema))(shelf.get(result))

  /** Steps run on the engine of their execution already, and never here. */
  const notHere = Effect.die(new Error("A step of a workflow ran outside of its execution"))

  return WorkflowEngine.WorkflowEngine.of({
    register,
    execute: Effect.fnUntraced(function* (workflow, options) {
      const { executionId } = options
      // An engine is made with pauses, in which somebody else can have begun the same execution.
      const fresh =
        results.has(executionId) || running.has(executionId)
          ? undefined
          : yield* newEngine(workflow._tag)
      const result = results.get(executionId)
      if (result !== undefined) {
        const answer =
          options.discard === true ? executionId : yield* Effect.orDie(decode(workflow, result))
        // Which of the two it is, depends on a type parameter.
        return answer as never
      }
      const found = running.get(executionId) ?? fresh
      if (found === undefined) return yield* notHere
      running.set(executionId, found)
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
    deferredDone: (deferred, options) =>
      Effect.suspend(() => {
        const found = running.get(options.executionId)
        return found === undefined ? Effect.void : found.engine.deferredDone(deferred, options)
      }),
    activityExecute: () => notHere,
    deferredResult: () => notHere,
    scheduleClock: () => notHere,
  })
})

/** @param onEnd is told the payload of what has ended and will never run again */
export const memoryEngine = (
  onEnd: (payload: unknown) => void,
): Layer.Layer<WorkflowEngine.WorkflowEngine> =>
  Layer.effect(WorkflowEngine.WorkflowEngine, make(onEnd))
