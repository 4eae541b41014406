/** Which guards a payout has to pass before anything is sent, by what it is funded from. */
import { Effect } from "effect"
import type { FundingConfirmation, Funding } from "../payouts/FundingGuard.ts"
import type { Guard } from "../payouts/Guard.ts"
import type { Reservation } from "../payouts/Ledger.ts"
import type { Payout } from "../payouts/Payout.ts"
import type { ReceiptFunding } from "../payouts/ReceiptGuard.ts"
import type { Money } from "../Money.ts"
import { VisaError } from "../VisaError.ts"

/** The guards of the context. A payout whose guard is absent is refused: nobody vouches for its money. */
export interface Guards {
  readonly ledger: Guard<Reservation> | undefined
  readonly funding: Guard<Funding> | undefined
  readonly receipt: Guard<ReceiptFunding> | undefined
}

/** A guard, with what it is asked for one payout. Every call can be repeated. */
export interface Bound {
  readonly name: string
  readonly reserve: Effect.Effect<void, VisaError>
  readonly commit: Effect.Effect<void, VisaError>
  readonly release: Effect.Effect<void, VisaError>
}

const bind = <Request extends { readonly payout: string }>(
  name: string,
  service: string,
  guard: Guard<Request> | undefined,
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
  // Most of them are never called.
  return {
    name,
    reserve: Effect.suspend(() => guard.reserve(request)),
    commit: Effect.suspend(() => guard.commit(request)),
    release: Effect.suspend(() => guard.release(request)),
  }
}

/** What is known to be there before anything is sent. */
export const guardsBefore = (guards: Guards, { key, parts }: Payout): ReadonlyArray<Bound> => {
  const { amount, funding } = parts
  switch (funding._tag) {
    case "Ledger": {
      const request = { payout: key, account: funding.account, amount }
      return [bind("ledger", "LedgerGuard", guards.ledger, request)]
    }
    case "External": {
      const { issuer, receipt } = funding
      return [
        bind("receipt", "ReceiptGuard", guards.receipt, { payout: key, issuer, receipt, amount }),
      ]
    }
    case "Pull":
      return []
  }
}

/** What a pull has brought: it funds this payout and no other. */
export const guardOfPull = (
  guards: Guards,
  confirmation: FundingConfirmation,
  amount: Money,
): Bound =>
  bind("funding", "FundingGuard", guards.funding, {
    payout: confirmation.payout,
    amount,
    confirmation,
  })
