/**
 * The claims that this process holds at the moment. It renews what is held for long, and answers the
 * transport's last question before money moves: is this claim still ours?
 */
import { Clock, Duration, Effect, Schedule } from "effect"
import type { Scope } from "effect"
import type { Claim, Claims } from "../payouts/Claims.ts"
import type { IsOpen } from "../SendFence.ts"
import { idOf } from "./claimStore.ts"
import type { VisaError } from "../VisaError.ts"

interface Held {
  readonly claim: Claim
  /** Milliseconds of this machine's clock. The store counts from a later moment, so this is sooner. */
  until: number
}

export interface ClaimKeeper {
  /**
   * Runs an effect that holds the claim since `from`, the time before it was asked for. The fence is
   * shut when the lease has run out by this machine's clock, and when this process itself has claimed
   * the key again.
   */
  readonly hold: <A, E, R>(
    claim: Claim,
    from: number,
    use: (mayLeave: IsOpen) => Effect.Effect<A, E, R>,
  ) => Effect.Effect<A, E, R>
}

export const makeClaimKeeper = Effect.fnUntraced(function* (
  claims: Claims["Service"],
  lease: Duration.Duration,
): Effect.fn.Return<ClaimKeeper, never, Scope.Scope> {
  const clock = yield* Clock.Clock
  const held = new Map<string, Held>()
  const leaseMillis = Duration.toMillis(lease)
  const beat = leaseMillis / 3

  const renew = Effect.fnUntraced(function* (entry: Held): Effect.fn.Return<void, VisaError> {
    const now = clock.currentTimeMillisUnsafe()
    if (entry.until - now > leaseMillis - beat) return
    yield* claims.renew(entry.claim)
    entry.until = now + leaseMillis
  })

  yield* Effect.suspend(() =>
    // A claim that cannot be renewed runs out, and with it its fence.
    Effect.forEach(held.values(), (entry) => Effect.ignore(renew(entry)), { discard: true }),
  ).pipe(Effect.schedule(Schedule.spaced(Duration.millis(beat))), Effect.forkScoped)

  return {
    hold: (claim, from, use) =>
      Effect.suspend(() => {
        const key = idOf(claim)
        const entry: Held = { claim, until: from + leaseMillis }
        held.set(key, entry)
        return Effect.ensuring(
          use(() => held.get(key) === entry && clock.currentTimeMillisUnsafe() < entry.until),
          Effect.sync(() => {
            if (held.get(key) === entry) held.delete(key)
          }),
        )
      }),
  }
})
