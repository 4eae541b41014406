/** Which guards a payout has to pass before anything is sent, by what it is funded from. */
import { Effect } from "effect"
import type { Guard } from "../payouts/Guard.ts"
import type { Reservation } from "../payouts/Ledger.ts"
import type { Payout } from "../payouts/Payout.ts"
import { VisaError } from "../VisaError.ts"
import type { Bound } from "./preflight.ts"

/** The guards of the context. A payout whose guard is absent is refused: nobody vouches for its money. */
export interface Guards {
  readonly ledger: Guard<Reservation> | undefined
}

const bind = <Request extends { readonly payout: string }>(
  name: string,
  guard: Guard<Request> | undefined,
  service: string,
  request: Request,
): Bound => {
  if (guard === undefined) {
    const missing = Effect.fail(
      VisaError.of("OptionInvalid", {
        field: service,
        detail: `Provide ${service}: nobody vouches for the money of this payout`,
      }),
    )
    return { name, reserve: missing, commit: missing, release: Effect.void }
  }
  return {
    name,
    reserve: guard.reserve(request),
    commit: guard.commit(request),
    release: guard.release(request),
  }
}

export const guardsOf =
  (guards: Guards) =>
  ({ key, parts }: Payout): ReadonlyArray<Bound> => {
    const { amount, funding } = parts
    switch (funding._tag) {
      case "Ledger": {
        const request = { payout: key, account: funding.account, amount }
        return [bind("ledger", guards.ledger, "LedgerGuard", request)]
      }
      case "External":
      case "Pull":
        return []
    }
  }
