/** Claims in the memory of one process. */
import { Effect } from "effect"
import { idOf } from "./claimStore.ts"
import type { ClaimId, ClaimStore, StoredClaim, StoredReceipt } from "./claimStore.ts"

interface Entry extends Omit<StoredClaim, "remainingMillis"> {
  readonly leaseUntil: number
  readonly completedAt: number | undefined
}

/** A store of its own. Each method reads the clock and then runs to its end without a pause. */
export const makeMemoryStore = (): ClaimStore & {
  /** Removes a claim that nobody will ask for again. */
  readonly forget: (id: ClaimId) => void
} => {
  const claims = new Map<string, Entry>()
  const receipts = new Map<string, StoredReceipt>()

  const stored = ({ leaseUntil, ...entry }: Entry, now: number): StoredClaim => ({
    ...entry,
    remainingMillis: leaseUntil - now,
  })

  const heldBy = (id: string, token: number): Entry | undefined => {
    const entry = claims.get(id)
    return entry?.token === token ? entry : undefined
  }

  const step = <A>(f: (now: number) => A): Effect.Effect<A> =>
    Effect.clockWith((clock) => Effect.succeed(f(clock.currentTimeMillisUnsafe())))

  return {
    forget: (id) => void claims.delete(idOf(id)),
    claim: (request) =>
      step((now) => {
        const id = idOf(request)
        const found = claims.get(id)
        const granted =
          found === undefined ||
          (found.result === undefined &&
            request.fingerprints.includes(found.fingerprint) &&
            (found.owner === request.owner || found.leaseUntil <= now))
        const entry: Entry = granted
          ? {
              fingerprint: found?.fingerprint ?? request.fingerprints[0],
              owner: request.owner,
              token: (found?.token ?? 0) + 1,
              leaseUntil: now + request.leaseMillis,
              recoveryPoint: found?.recoveryPoint,
              data: found?.data,
              result: undefined,
              completedAt: undefined,
            }
          : found
        claims.set(id, entry)
        return { granted, ...stored(entry, now) }
      }),
    update: ({ data, leaseMillis, recoveryPoint, token, ...claim }) =>
      step((now) => {
        const id = idOf(claim)
        const entry = heldBy(id, token)
        if (entry === undefined || entry.result !== undefined) return false
        claims.set(id, {
          ...entry,
          leaseUntil: now + leaseMillis,
          recoveryPoint: recoveryPoint ?? entry.recoveryPoint,
          data: data ?? entry.data,
        })
        return true
      }),
    complete: ({ result, token, ...claim }) =>
      step((now) => {
        const id = idOf(claim)
        const entry = heldBy(id, token)
        if (entry === undefined) return false
        if (entry.result !== undefined) return entry.result === result
        claims.set(id, { ...entry, result, completedAt: now })
        return true
      }),
    release: ({ token, ...claim }) =>
      step((now) => {
        const id = idOf(claim)
        const entry = heldBy(id, token)
        if (entry === undefined || entry.result !== undefined) return false
        claims.set(id, { ...entry, leaseUntil: now })
        return true
      }),
    consume: (receipt, consumer) =>
      Effect.sync(() => {
        const found = receipts.get(receipt)
        if (found !== undefined) return found
        receipts.set(receipt, consumer)
        return consumer
      }),
    restore: (receipt, by) =>
      Effect.sync(() => {
        if (receipts.get(receipt)?.by === by) receipts.delete(receipt)
        return !receipts.has(receipt)
      }),
    prune: (ageMillis) =>
      step((now) => {
        const old = [...claims].filter(
          ([, { completedAt }]) => completedAt !== undefined && completedAt <= now - ageMillis,
        )
        for (const [id] of old) claims.delete(id)
        return old.length
      }),
  }
}
