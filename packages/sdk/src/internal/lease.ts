/** Counts who still uses a value, so that it can be put away when nobody does. */
import { Deferred, Effect } from "effect"

/** A value with its count. Mutable, and only ever touched synchronously. */
export interface Leased<out A> {
  readonly value: A
  leases: number
  retired: boolean
  readonly drained: Deferred.Deferred<void>
}

export const make = <A>(value: A): Leased<A> => ({
  value,
  leases: 0,
  retired: false,
  drained: Deferred.makeUnsafe<void>(),
})

const settle = (leased: Leased<unknown>): void => {
  if (leased.retired && leased.leases === 0) {
    Deferred.doneUnsafe(leased.drained, Effect.void)
  }
}

export const acquire = <A>(leased: Leased<A>): Leased<A> => {
  leased.leases += 1
  return leased
}

export const release = (leased: Leased<unknown>): void => {
  leased.leases -= 1
  settle(leased)
}

/** Says that no further lease will be taken. */
export const retire = (leased: Leased<unknown>): void => {
  leased.retired = true
  settle(leased)
}
