/** Payouts that run in the process that accepts them: when they go on, leave, and are stopped. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Option, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { WorkflowEngine } from "effect/workflow/WorkflowEngine"
import type { Acceptance, Executions } from "../../src/internal/executions.ts"
import { inPlace } from "../../src/internal/inPlace.ts"
import type { Accepted } from "../../src/internal/saga.ts"
import { SagaRun } from "../../src/internal/sagaRun.ts"
import { PayoutRefused } from "../../src/payouts/PayoutResult.ts"
import type { Ending } from "../../src/payouts/PayoutWorkflow.ts"
import { Sealed } from "../../src/payouts/PayoutVault.ts"
import { VisaError } from "../../src/VisaError.ts"
import { toCard } from "../support/saga.ts"

const accepted: Accepted = {
  key: "payout",
  fingerprint: "print",
  sealed: Sealed.make("sealed"),
  acceptedAt: 0,
}

const ending: Ending = {
  fingerprint: "print",
  result: PayoutRefused.of("payout", "policy", VisaError.of("PolicyRefused")),
}

/** What happened, in its order; the engine and the store do nothing else. */
const started = Effect.fnUntraced(function* (
  run: Effect.Effect<Ending, never, SagaRun>,
  accept?: (mine: Acceptance) => Effect.Effect<Acceptance>,
) {
  const log: Array<string> = []
  const note = (what: string) => Effect.sync(() => void log.push(what))
  const engine = { execute: () => note("engine") } as unknown as WorkflowEngine["Service"]
  const mine: Acceptance = {
    _tag: "Mine",
    kept: {
      remember: (step, _success, value) => Effect.as(note(`step ${step}`), value),
      end: () => note("end"),
      handOver: (begin) => Effect.andThen(note("hand over"), begin),
    },
  }
  const executions: Executions["Service"] = {
    storesPayouts: true,
    storesTold: false,
    accept: () => accept?.(mine) ?? Effect.as(note("accept"), mine),
    recall: () => undefined,
    find: () => Effect.succeed(Option.none()),
  }
  const payout = yield* toCard("payout")
  const { execute, notHere } = yield* inPlace(engine, executions, () => run, "15 seconds")
  return {
    log,
    notHere: notHere("id"),
    execute: execute("id", accepted, payout),
    executeOther: execute("other", accepted, payout),
  }
})

const step = (name: string, result: Effect.Effect<string, VisaError>) =>
  SagaRun.use((saga) => saga.step(name, Schema.String, result))

describe("A payout in place", () => {
  it.effect("is stored when it is accepted, at each step, and at its end", () =>
    Effect.gen(function* () {
      const { execute, log } = yield* started(Effect.as(step("push", Effect.succeed("")), ending))
      assert.strictEqual(yield* execute, ending)
      assert.deepStrictEqual(log, ["accept", "step push", "end"])
    }),
  )

  it.effect("runs once for all who execute it, and goes on when they do not", () =>
    Effect.gen(function* () {
      const answer = yield* Deferred.make<string>()
      const { execute, log, notHere } = yield* started(
        Effect.as(step("push", Deferred.await(answer)), ending),
      )
      const callers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(execute))
      yield* Effect.yieldNow
      const [gone, ...others] = callers
      if (gone !== undefined) yield* Fiber.interrupt(gone)
      const waiting = yield* Effect.forkChild(notHere)
      yield* Effect.yieldNow
      assert.isUndefined(waiting.pollUnsafe())
      yield* Deferred.succeed(answer, "")
      assert.deepStrictEqual(yield* Fiber.joinAll(others), [ending, ending])
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(log, ["accept", "step push", "end"])
    }),
  )

  it.effect("moves money in turn with the others that have come as far", () =>
    Effect.gen(function* () {
      const steps = Effect.andThen(
        step("identity", Effect.succeed("")),
        step("push", Effect.succeed("")),
      )
      const { execute, executeOther, log } = yield* started(Effect.as(steps, ending))
      yield* Effect.all([execute, executeOther], { concurrency: 2 })
      assert.deepStrictEqual(log, [
        "accept",
        "step identity",
        "accept",
        "step identity",
        "step push",
        "end",
        "step push",
        "end",
      ])
    }),
  )

  it.effect("leaves for the engine where it has to wait, and where it breaks down", () =>
    Effect.gen(function* () {
      const waits: ReadonlyArray<Effect.Effect<unknown, never, SagaRun>> = [
        SagaRun.use((saga) => saga.news("push", 1)),
        SagaRun.use((saga) => saga.pause("push/pause/1", Duration.seconds(1))),
        step("push", Effect.fail(VisaError.of("SealUnopened"))),
        Effect.die(new Error("a bug")),
      ]
      for (const wait of waits) {
        const { execute, log } = yield* started(Effect.as(wait, ending))
        assert.strictEqual(yield* execute, "left")
        assert.deepStrictEqual(log, ["accept", "hand over", "engine"])
      }
    }),
  )

  it.effect("waits at a step for a store that is away, and then tells each thing once", () =>
    Effect.gen(function* () {
      let calls = 0
      const begun = yield* Deferred.make<void>()
      const away = Effect.andThen(
        Deferred.succeed(begun, undefined),
        Effect.suspend(() =>
          ++calls < 3 ? Effect.fail(VisaError.of("StoreUnavailable")) : Effect.succeed(""),
        ),
      )
      const { execute, log } = yield* started(Effect.as(step("push", away), ending))
      const caller = yield* Effect.forkChild(execute)
      yield* Deferred.await(begun)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* Fiber.join(caller), ending)
      assert.deepStrictEqual(log, ["accept", "step push", "end"])
    }),
  )

  it.effect("is given time to end when the process does, and is stopped after it", () =>
    Effect.gen(function* () {
      /** Until its process ends, which begins while the step runs. */
      const scoped = Effect.fnUntraced(function* (answer: Effect.Effect<string>) {
        const begun = yield* Deferred.make<void>()
        const push = step("push", Effect.andThen(Deferred.succeed(begun, undefined), answer))
        const ended = yield* Effect.forkChild(
          Effect.scoped(
            Effect.gen(function* () {
              const { execute, log } = yield* started(Effect.as(push, ending))
              const caller = yield* Effect.forkDetach(execute)
              yield* Deferred.await(begun)
              return { caller, log }
            }),
          ),
        )
        yield* Deferred.await(begun)
        return ended
      })
      const late = yield* scoped(Effect.as(Effect.sleep("14 seconds"), ""))
      yield* TestClock.adjust("14 seconds")
      const { caller, log } = yield* Fiber.join(late)
      assert.strictEqual(yield* Fiber.join(caller), ending)
      assert.deepStrictEqual(log, ["accept", "step push", "end"])

      const never = yield* scoped(Effect.never)
      yield* TestClock.adjust("15 seconds")
      const stopped = yield* Fiber.join(never)
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(stopped.caller)))
      assert.deepStrictEqual(stopped.log, ["accept"])
    }),
  )

  it.effect("that is not stored yet keeps nobody who ends the process waiting", () =>
    Effect.gen(function* () {
      const caller = yield* Effect.scoped(
        Effect.gen(function* () {
          const { execute } = yield* started(Effect.succeed(ending), () => Effect.never)
          const waiting = yield* Effect.forkDetach(execute)
          yield* Effect.yieldNow
          return waiting
        }),
      )
      assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(caller)))
    }),
  )
})
