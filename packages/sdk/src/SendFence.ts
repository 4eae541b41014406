import { Context, Effect } from "effect"

/** Whether a request that moves money may still leave. Synchronous: it is asked in the last moment. */
export type IsOpen = () => boolean

/**
 * The last check before money moves: the transport asks it when the first byte of a request is about to
 * be written, with nothing in between, and breaks the request off unsent, with `ClaimLost`, when the
 * answer is no. Operations that move no money are not asked.
 *
 * It is what a worker needs that holds a payment for a limited time: a process can be stopped between
 * any two instructions, for longer than its lease, and then it must not go on where another worker has
 * taken over.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { FundsTransfer, SendFence, VisaDirectTest } from "effect-visa-direct"
 * import type { ReverseRequest } from "effect-visa-direct"
 *
 * const reverse = (request: ReverseRequest, leaseEnds: number, now: () => number) =>
 *   FundsTransfer.reverse(request).pipe(SendFence.provide(() => now() < leaseEnds))
 */
export const SendFence = {
  /** Fences every request of an effect. */
  provide:
    (isOpen: IsOpen) =>
    <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.provideService(self, Current, isOpen),
  /** The fence of the running fiber. */
  get current(): Effect.Effect<IsOpen> {
    return Current
  },
} as const

const Current = Context.Reference<IsOpen>("effect-visa-direct/SendFence", {
  defaultValue: () => () => true,
})
