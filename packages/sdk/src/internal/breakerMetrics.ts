/** Keeps the gauges of circuit breakers at what this process last saw of each circuit. */
import { Effect, Scope } from "effect"
import { Telemetry } from "../Telemetry.ts"
import type { Breaker, BreakerState } from "../Telemetry.ts"

/** What dashboards know of a state: whoever forced it, calls go through or they do not. */
const states = {
  Closed: "closed",
  Open: "open",
  HalfOpen: "half_open",
  ForcedOpen: "open",
  ForcedClosed: "closed",
} as const satisfies { readonly [state: string]: BreakerState }

interface Followed {
  state: BreakerState
  follow: ((state: BreakerState) => Effect.Effect<void>) | undefined
}

/** Tell it of every circuit what it was found to be; what is no change costs a look-up. */
export const followCircuits = Effect.fnUntraced(function* (breaker: Breaker) {
  const scope = yield* Effect.scope
  const followed = new Map<string, Followed>()
  return (key: string, found: keyof typeof states): Effect.Effect<void> => {
    const state = states[found]
    const known = followed.get(key)
    if (known === undefined) {
      const begun: Followed = { state, follow: undefined }
      followed.set(key, begun)
      return Telemetry.followBreaker(breaker).pipe(
        Scope.provide(scope),
        Effect.flatMap((follow) => {
          begun.follow = follow
          // Another call may have found something newer meanwhile.
          return follow(begun.state)
        }),
      )
    }
    if (known.state === state) return Effect.void
    known.state = state
    return known.follow?.(state) ?? Effect.void
  }
})
