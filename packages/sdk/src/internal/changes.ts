/** Wakes who waits for something to happen to one payout in this process. */
import { Deferred, Effect } from "effect"
import type { Duration } from "effect"

interface Waiting {
  readonly signal: Deferred.Deferred<void>
  count: number
}

export interface Changes {
  readonly notify: (payout: string) => void
  /** Ends at the next notification, or when the time is over. */
  readonly wait: (payout: string, within: Duration.Duration) => Effect.Effect<void>
  /**
   * Reads, and where that finds nothing reads once more, at the next notification or when the time is
   * over: other processes notify nobody here. What happens while it reads is not missed.
   */
  readonly watch: <A, E>(
    payout: string,
    read: Effect.Effect<ReadonlyArray<A>, E>,
    within: Duration.Duration,
  ) => Effect.Effect<ReadonlyArray<A>, E>
}

export const makeChanges = (): Changes => {
  const waiting = new Map<string, Waiting>()

  const join = (payout: string): Waiting => {
    const found = waiting.get(payout) ?? { signal: Deferred.makeUnsafe<void>(), count: 0 }
    found.count += 1
    waiting.set(payout, found)
    return found
  }

  const leave = (payout: string, mine: Waiting): void => {
    mine.count -= 1
    if (mine.count === 0 && waiting.get(payout) === mine) waiting.delete(payout)
  }

  return {
    notify: (payout) => {
      const found = waiting.get(payout)
      if (found === undefined) return
      waiting.delete(payout)
      Deferred.doneUnsafe(found.signal, Effect.void)
    },
    wait: (payout, within) =>
      Effect.acquireUseRelease(
        Effect.sync(() => join(payout)),
        ({ signal }) => Effect.asVoid(Effect.timeoutOption(Deferred.await(signal), within)),
        (mine) => Effect.sync(() => leave(payout, mine)),
      ),
    watch: (payout, read, within) =>
      Effect.acquireUseRelease(
        Effect.sync(() => join(payout)),
        ({ signal }) =>
          Effect.flatMap(read, (found) =>
            found.length > 0
              ? Effect.succeed(found)
              : Effect.andThen(Effect.timeoutOption(Deferred.await(signal), within), read),
          ),
        (mine) => Effect.sync(() => leave(payout, mine)),
      ),
  }
}
