/** Writes of many fibers in one: who is answered, and with what. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Deferred, Effect, Exit, Fiber, Scope } from "effect"
import { groupCommit } from "../../src/internal/groupCommit.ts"

class Refused extends Data.TaggedError("Refused")<{ readonly item: number }> {}

/** Writes that wait until they are let go, and are noted. */
const gated = Effect.gen(function* () {
  const gate = yield* Deferred.make<void>()
  const writes: Array<ReadonlyArray<number>> = []
  const write = (items: ReadonlyArray<number>) =>
    Effect.gen(function* () {
      writes.push(items)
      if (writes.length === 1) yield* Deferred.await(gate)
      return items.map((item) => item * 10)
    })
  return { gate, write, writes }
})

const forkAll = <A, E>(
  items: ReadonlyArray<number>,
  commit: (item: number) => Effect.Effect<A, E>,
) => Effect.forEach(items, (item) => Effect.forkChild(commit(item), { startImmediately: true }))

describe("A group commit", () => {
  it.effect("gathers what comes while a write is under way, and answers each with its own", () =>
    Effect.gen(function* () {
      const { gate, write, writes } = yield* gated
      const commit = yield* groupCommit(write, { max: 3, writers: 1 })
      const first = yield* forkAll([1], commit)
      yield* Effect.yieldNow
      const rest = yield* forkAll([2, 3, 4, 5], commit)
      yield* Deferred.succeed(gate, undefined)
      assert.deepStrictEqual(
        yield* Effect.forEach([...first, ...rest], (fiber) => Fiber.join(fiber)),
        [10, 20, 30, 40, 50],
      )
      assert.deepStrictEqual(writes, [[1], [2, 3, 4], [5]])
    }),
  )

  it.effect("fails all items of a write that fails, and goes on with the next", () =>
    Effect.gen(function* () {
      let broken = true
      const commit = yield* groupCommit(
        (items: ReadonlyArray<number>) =>
          broken ? Effect.fail(new Refused({ item: 0 })) : Effect.succeed(items),
        { max: 10, writers: 1 },
      )
      const exits = yield* Effect.forEach([1, 2], (item) => Effect.exit(commit(item)), {
        concurrency: "unbounded",
      })
      assert.isTrue(exits.every(Exit.isFailure))
      broken = false
      assert.strictEqual(yield* commit(3), 3)
    }),
  )

  it.effect("writes each alone where one of them can be to blame", () =>
    Effect.gen(function* () {
      const writes: Array<ReadonlyArray<number>> = []
      const commit = yield* groupCommit(
        (items: ReadonlyArray<number>) => {
          writes.push(items)
          return items.includes(2) ? Effect.fail(new Refused({ item: 2 })) : Effect.succeed(items)
        },
        { max: 10, writers: 1, isOfOne: ({ item }) => item === 2 },
      )
      const exits = yield* Effect.forEach([1, 2, 3], (item) => Effect.exit(commit(item)), {
        concurrency: "unbounded",
      })
      assert.deepStrictEqual(exits.map(Exit.isSuccess), [true, false, true])
      assert.deepStrictEqual(writes.slice(-3), [[1], [2], [3]])
    }),
  )

  it.effect("dies for an item that a write left without an answer", () =>
    Effect.gen(function* () {
      const commit = yield* groupCommit(
        (items: ReadonlyArray<number>) => Effect.succeed(items.slice(0, 1)),
        { max: 10, writers: 1 },
      )
      const exits = yield* Effect.forEach([1, 2], (item) => Effect.exit(commit(item)), {
        concurrency: "unbounded",
      })
      assert.deepStrictEqual(exits[0], Exit.succeed(1))
      assert.isTrue(exits[1] !== undefined && Exit.hasDies(exits[1]))
    }),
  )

  it.effect("answers also where a write throws, and writes on", () =>
    Effect.gen(function* () {
      const write = (items: ReadonlyArray<number>): Effect.Effect<ReadonlyArray<number>> => {
        if (items.includes(1)) throw new Error("a bug")
        return Effect.succeed(items)
      }
      const commit = yield* groupCommit(write, { max: 1, writers: 1 })
      assert.isTrue(Exit.hasDies(yield* Effect.exit(commit(1))))
      assert.strictEqual(yield* commit(2), 2)
    }),
  )

  // Like a statement that is under way: whoever is interrupted does not know whether it was done.
  it.effect("writes also for those who wait no longer, and answers the others", () =>
    Effect.gen(function* () {
      const { gate, write, writes } = yield* gated
      const commit = yield* groupCommit(write, { max: 3, writers: 1 })
      const [first] = yield* forkAll([1], commit)
      yield* Effect.yieldNow
      const [second, third] = yield* forkAll([2, 3], commit)
      assert(first !== undefined && second !== undefined && third !== undefined)
      yield* Fiber.interrupt(first)
      yield* Fiber.interrupt(second)
      yield* Deferred.succeed(gate, undefined)
      assert.strictEqual(yield* Fiber.join(third), 30)
      assert.deepStrictEqual(writes, [[1], [2, 3]])
    }),
  )

  it.effect("interrupts those who wait, for a write or to be written, when it is closed", () =>
    Effect.gen(function* () {
      const { write } = yield* gated
      const scope = yield* Scope.make()
      const commit = yield* Scope.provide(groupCommit(write, { max: 10, writers: 1 }), scope)
      const writing = yield* forkAll([1], commit)
      yield* Effect.yieldNow
      const waiting = yield* forkAll([2, 3], commit)
      yield* Scope.close(scope, Exit.void)
      const exits = yield* Effect.forEach([...writing, ...waiting], (fiber) => Fiber.await(fiber))
      exits.push(yield* Effect.exit(commit(4)))
      assert.lengthOf(exits, 4)
      assert.isTrue(
        exits.every((exit) => Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)),
      )
    }),
  )
})
