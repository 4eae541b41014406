/** The work list in the memory of one process. */
import { Effect } from "effect"
import type { OpenStep, WorkStore } from "./workStore.ts"

export const makeMemoryWork = (): WorkStore => {
  const steps = new Map<string, OpenStep>()
  const idOf = (payout: string, step: string) => `${payout}/${step}`
  const sorted = (by: "since" | "nextAt") => [...steps.values()].toSorted((a, b) => a[by] - b[by])
  return {
    put: (open) => Effect.sync(() => void steps.set(idOf(open.payout, open.step), open)),
    close: (payout, step) => Effect.sync(() => void steps.delete(idOf(payout, step))),
    find: (payout) => Effect.sync(() => [...steps.values()].find((open) => open.payout === payout)),
    hasten: (payout, at) =>
      Effect.sync(() => {
        const found = [...steps.values()].filter((open) => open.payout === payout)
        for (const open of found) {
          steps.set(idOf(payout, open.step), { ...open, nextAt: Math.min(open.nextAt, at) })
        }
        return found.length > 0
      }),
    list: (limit) => Effect.sync(() => sorted("since").slice(0, limit)),
    due: (now, limit) =>
      Effect.sync(() =>
        sorted("nextAt")
          .filter(({ nextAt }) => nextAt <= now)
          .slice(0, limit),
      ),
    summary: Effect.sync(() => ({ count: steps.size, oldest: sorted("since")[0]?.since })),
  }
}
