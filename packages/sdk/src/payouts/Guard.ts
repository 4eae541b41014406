/**
 * What stands between a payout and its funding: something that is *reserved* before the payout is
 * sent, and then *committed* or *released*, never both.
 *
 * | the payout | the guard |
 * |---|---|
 * | is about to be sent | `reserve`: refuses, or holds what the payout needs |
 * | is settled | `commit`: what was held is used up |
 * | is declined, or was refused before it was sent | `release`: what was held is free again |
 * | may or may not be paid | nothing: what is held stays held |
 *
 * All three are for one payout at a time and can be called again, after a crash or by another
 * process, with the same request: what has happened does not happen twice. A commit after a release
 * and a release after a commit fail with `ReservationClosed`, as does a reservation after a release.
 *
 * `LedgerGuard`, `FundingGuard` and `ReceiptGuard` are the guards of a payout, one for each kind of
 * funding. A program with a ledger of its own implements {@link Guard} over it and provides it with
 * `Layer.succeed(LedgerGuard, …)`.
 */
import type { Effect } from "effect"
import type { VisaError } from "../VisaError.ts"

/** A guard over requests of one kind. A request names its payout, and is the same in all calls. */
export interface Guard<in Request extends { readonly payout: string }> {
  readonly reserve: (request: Request) => Effect.Effect<void, VisaError>
  readonly commit: (request: Request) => Effect.Effect<void, VisaError>
  readonly release: (request: Request) => Effect.Effect<void, VisaError>
}
