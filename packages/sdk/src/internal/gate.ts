/** What an attempt must pass before it goes out: the host's limiter, then its circuit breaker. */
import { Effect } from "effect"
import type { HostBreaker } from "../HostBreaker.ts"
import type { HostLimiter } from "../HostLimiter.ts"
import type { MoneyRole, VisaError } from "../VisaError.ts"

export type Gate = (operation: {
  readonly money: MoneyRole
}) => <A>(attempt: Effect.Effect<A, VisaError>) => Effect.Effect<A, VisaError>

/** Whether an error is the gate's own: nothing was tried, and it does not know which call it was. */
export const isRefusal = ({ reason }: VisaError): boolean =>
  reason._tag === "CircuitOpen" || reason._tag === "RateLimiterBusy"

export const open: Gate = () => (attempt) => attempt

/**
 * The breaker is asked last, so that what waited while the circuit opened is still refused. But while
 * it refuses, calls pass by the limiter: they must fail at once, and take no turn from those that will
 * be sent.
 */
export const gateOf =
  (host: string, limiter: HostLimiter["Service"], breaker: HostBreaker["Service"]): Gate =>
  (operation) => {
    const paced = limiter.pace(host, operation)
    const protect = breaker.protect(host, operation)
    return (attempt) => {
      const guarded = protect(attempt)
      return operation.money === "reports"
        ? paced(guarded)
        : Effect.flatMap(breaker.isRefusing(host), (refusing) =>
            refusing ? guarded : paced(guarded),
          )
    }
  }
