/**
 * Writes of many fibers in one statement. While one write is under way the others gather, and go
 * together when it has ended: nobody waits for a timer, and a busy database gets few large statements
 * instead of many small ones. Each caller is answered when what it gave is stored.
 */
import { Cause, Deferred, Effect, Exit, Option, Queue } from "effect"
import type { Scope } from "effect"

interface Waiting<A, B, E> {
  readonly item: A
  readonly done: Deferred.Deferred<B, E>
}

export interface GroupCommitOptions<E> {
  /** Items of one write. */
  readonly max: number
  /** Writes at the same time. */
  readonly writers: number
  /**
   * Whether one of the items can be to blame for a failure. Then each is written alone, so that none
   * suffers from another. Never, when absent.
   */
  readonly isOfOne?: ((error: E) => boolean) | undefined
}

/**
 * @param write answers for each item, in their order. When it fails, all items of the write fail: let it
 * be one that changes nothing then.
 */
export const groupCommit = Effect.fnUntraced(function* <A, B, E>(
  write: (items: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<B>, E>,
  { isOfOne = () => false, max, writers }: GroupCommitOptions<E>,
): Effect.fn.Return<(item: A) => Effect.Effect<B, E>, never, Scope.Scope> {
  const answer = ({ done }: Waiting<A, B, E>, exit: Exit.Exit<B, E>) =>
    Deferred.doneUnsafe(done, exit)

  const queue = yield* Effect.acquireRelease(
    Queue.unbounded<Waiting<A, B, E>>(),
    Effect.fnUntraced(function* (closing) {
      const left = yield* Queue.clear(closing)
      left.forEach((one) => answer(one, Exit.interrupt()))
      yield* Queue.shutdown(closing)
    }),
  )

  const writeAll: (batch: ReadonlyArray<Waiting<A, B, E>>) => Effect.Effect<void> =
    Effect.fnUntraced(function* (batch) {
      // Also what it throws: whoever waits here must not wait for ever.
      const exit = yield* Effect.exit(Effect.suspend(() => write(batch.map(({ item }) => item))))
      const failure = Exit.findErrorOption(exit)
      if (batch.length > 1 && Option.isSome(failure) && isOfOne(failure.value)) {
        return yield* Effect.forEach(batch, (one) => writeAll([one]), { discard: true })
      }
      batch.forEach((one, index) => {
        const found = Exit.isSuccess(exit) ? exit.value[index] : undefined
        answer(
          one,
          Exit.isFailure(exit)
            ? Exit.failCause(exit.cause)
            : index in exit.value
              ? Exit.succeed(found as B)
              : Exit.failCause(Cause.die(new Error("a write left an item without an answer"))),
        )
      })
    })

  const round = Effect.flatMap(Queue.takeBetween(queue, 1, max), (batch) =>
    // What was taken has to be answered, also when the layer is closed in the middle.
    Effect.onInterrupt(writeAll(batch), () =>
      Effect.sync(() => batch.forEach((one) => answer(one, Exit.interrupt()))),
    ),
  )

  for (let writer = 0; writer < writers; writer++) {
    yield* Effect.forkScoped(Effect.forever(round))
  }

  return (item) =>
    Effect.suspend(() => {
      const done = Deferred.makeUnsafe<B, E>()
      return Queue.offerUnsafe(queue, { item, done }) ? Deferred.await(done) : Effect.interrupt
    })
})
