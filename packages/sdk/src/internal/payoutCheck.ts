/**
 * Whether Visa could take what a payout would send, found out before anything is stored or held: the
 * requests are made under a placeholder's identity and given to their own encoders.
 */
import { Effect } from "effect"
import { AccountPayouts } from "../api/AccountPayouts.ts"
import { FundsTransfer } from "../api/FundsTransfer.ts"
import type { Originator } from "../payouts/Originator.ts"
import { countriesOf, railOf } from "../payouts/Payout.ts"
import type { Payout } from "../payouts/Payout.ts"
import { Pan } from "../Pan.ts"
import { Rrn } from "../Rrn.ts"
import { Stan } from "../Stan.ts"
import type { Identity } from "../TransactionIdentity.ts"
import type { VisaError } from "../VisaError.ts"
import { invalidRequest } from "./invalidRequest.ts"
import { accountPayoutOf, namingParts, pushOf } from "./payoutRequests.ts"
import { pullRequestOf } from "./sagaSend.ts"
import type { Identified } from "./sagaSend.ts"

interface Placeholder {
  readonly identity: Identity
  readonly card: Pan
}

const placeholder: Effect.Effect<Placeholder> = Effect.gen(function* () {
  return {
    identity: {
      systemsTraceAuditNumber: yield* Stan.make("000001"),
      retrievalReferenceNumber: yield* Rrn.make("000100000001"),
      localTransactionDateTime: "2000-01-01T00:00:00",
      clientTransactionId: "00000000-0000-4000-8000-000000000000",
    },
    // One of Visa's public test numbers.
    card: yield* Pan.make("4060320000000127"),
  }
}).pipe(Effect.orDie)

const check = Effect.fnUntraced(function* (
  originator: Originator,
  { card, identity }: Placeholder,
  payout: Payout,
): Effect.fn.Return<void, VisaError> {
  const { corridor, destination, recipient } = payout.parts
  const { from, to } = countriesOf(corridor)
  if (corridor._tag === "CrossBorder" && from === to) {
    return yield* invalidRequest("corridor", "Give Payout.domestic for a payout within a country.")
  }
  const identified: Identified = {
    _tag: "Identified",
    at: 0,
    originator,
    reference: payout.parts.reference ?? "0000000000000000",
    push: identity,
    pull: identity,
  }
  const pull = yield* pullRequestOf(payout, identified)
  if (pull !== undefined) yield* FundsTransfer.operations.pull.encode(pull)
  if (destination._tag === "Card" || destination._tag === "Alias") {
    const request = pushOf(payout.parts, {
      originator,
      identity,
      card: destination._tag === "Card" ? destination.number : card,
      expiry: destination._tag === "Card" ? destination.expiry : undefined,
      reference: identified.reference,
    })
    yield* FundsTransfer.operations.push.encode(request)
    return
  }
  const { initiatingPartyId } = originator
  if (initiatingPartyId === undefined) {
    return yield* invalidRequest(
      "originator.initiatingPartyId",
      "Give it to Payouts.layer: payouts to accounts and wallets need it.",
    )
  }
  if (recipient === undefined) {
    return yield* invalidRequest(
      "recipient",
      `Give a recipient: payouts to ${railOf(destination)}s name one.`,
    )
  }
  yield* AccountPayouts.operations.send.encode(
    accountPayoutOf(payout.parts, {
      initiatingPartyId,
      clientReferenceId: "00000000000000000000000000000000",
      quoteId: undefined,
      target: destination,
      recipient,
    }),
  )
}, Effect.mapError(namingParts))

/** What it answers fails with `RequestInvalid`, naming the part of the payout. */
export const makeCheck = (
  originator: Originator,
): Effect.Effect<(payout: Payout) => Effect.Effect<void, VisaError>> =>
  Effect.map(placeholder, (made) => (payout) => check(originator, made, payout))
