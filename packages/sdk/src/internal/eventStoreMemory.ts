/** Events in the memory of one process. */
import { Effect } from "effect"
import { makeChanges } from "./changes.ts"
import { isLast, isSame } from "./eventStore.ts"
import type { EventStore, RecordedEvent } from "./eventStore.ts"

type Trail = Array<RecordedEvent>

/** Keeps the payouts that run, and the newest `keep` of those that ended. */
export const makeMemoryEvents = (keep: number): EventStore => {
  const trails = new Map<string, Trail>()
  // In the order in which they ended.
  const ended = new Set<string>()
  const changes = makeChanges()
  let position = 0
  // Nobody knows whether somebody will deliver later, so what is kept of ended payouts is the bound.
  const open = new Map<number, RecordedEvent>()

  const forget = (payout: string): number => {
    const trail = trails.get(payout)
    trail?.forEach((recorded) => open.delete(recorded.position))
    trails.delete(payout)
    ended.delete(payout)
    return trail?.length ?? 0
  }

  const read: EventStore["read"] = (payout, after) =>
    Effect.sync(() => (trails.get(payout) ?? []).filter((recorded) => recorded.position > after))

  return {
    append: (events) =>
      Effect.sync(() => {
        for (const event of events) {
          const { payout } = event
          const trail = trails.get(payout) ?? []
          trails.set(payout, trail)
          if (trail.some((recorded) => isSame(recorded.event, event))) continue
          const recorded = { position: ++position, event }
          trail.push(recorded)
          open.set(recorded.position, recorded)
          if (isLast(event)) ended.add(payout)
          changes.notify(payout)
        }
        for (const payout of ended) {
          if (ended.size <= keep) break
          forget(payout)
        }
      }),
    read,
    watch: (payout, after, within) => changes.watch(payout, read(payout, after), within),
    undelivered: (limit) => Effect.sync(() => [...open.values()].slice(0, limit)),
    delivered: (positions) => Effect.sync(() => positions.forEach((at) => open.delete(at))),
    prune: (ageMillis) =>
      Effect.clockWith((clock) =>
        Effect.sync(() => {
          const before = clock.currentTimeMillisUnsafe() - ageMillis
          return [...ended]
            .filter((payout) =>
              (trails.get(payout) ?? []).every(
                (recorded) => recorded.event.at <= before && !open.has(recorded.position),
              ),
            )
            .reduce((count, payout) => count + forget(payout), 0)
        }),
      ),
  }
}
