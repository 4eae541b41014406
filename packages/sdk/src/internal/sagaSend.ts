/** The identities under which the requests of one payout go out, and those requests. */
import { Clock, Effect, Schema } from "effect"
import type { PullRequest } from "../api/FundsTransfer.ts"
import { Originator } from "../payouts/Originator.ts"
import type { Complete, Payout } from "../payouts/Payout.ts"
import { railOf } from "../payouts/Payout.ts"
import type { Pan } from "../Pan.ts"
import { Identity } from "../TransactionIdentity.ts"
import type { TransactionIdentity } from "../TransactionIdentity.ts"
import { VisaError } from "../VisaError.ts"
import type { MoneyStep } from "./moneyStep.ts"
import { accountPayoutOf, pullOf, pushOf } from "./payoutRequests.ts"
import { openAliasCard } from "./preflight.ts"
import type { Admitted } from "./preflight.ts"
import type { SagaEnv } from "./sagaEnv.ts"
import { payoutStep, pushStep } from "./sagaSteps.ts"
import type { StepContext } from "./sagaSteps.ts"

/** Made once and stored before anything is sent. With it, every request can be made again as it was. */
export const Identified = Schema.TaggedStruct("Identified", {
  /** Milliseconds since the epoch. */
  at: Schema.Int,
  originator: Originator,
  push: Schema.optionalKey(Identity),
  pull: Schema.optionalKey(Identity),
  /** What the parties read of the payout. */
  reference: Schema.String,
  clientReferenceId: Schema.optionalKey(Schema.String),
})
export type Identified = typeof Identified.Type

export const identify = Effect.fnUntraced(function* (
  identities: TransactionIdentity["Service"],
  originator: Originator,
  { parts }: Payout,
  executionId: string,
): Effect.fn.Return<Identified, VisaError> {
  const next = identities.next({
    acquiringBin: originator.acquiringBin,
    terminalId: originator.cardAcceptor.terminalId,
    cardAcceptorId: originator.cardAcceptor.idCode,
  })
  return {
    _tag: "Identified",
    at: yield* Clock.currentTimeMillis,
    originator,
    reference: parts.reference ?? executionId.slice(0, 16),
    ...(railOf(parts.destination) === "card"
      ? { push: yield* next }
      : { clientReferenceId: executionId }),
    ...(parts.funding._tag === "Pull" ? { pull: yield* next } : {}),
  }
})

const lacks = (field: string, detail: string) =>
  Effect.fail(VisaError.of("RequestInvalid", { field: `originator.${field}`, detail }))

const cardOf = (
  env: Pick<SagaEnv, "vault">,
  { key, parts }: Payout,
  admitted: Admitted,
): Effect.Effect<Pan, VisaError> => {
  if (parts.destination._tag === "Card") return Effect.succeed(parts.destination.number)
  return admitted.card === undefined
    ? Effect.fail(
        VisaError.of("RequestInvalid", {
          field: "destination",
          detail: "There is no card behind it",
        }),
      )
    : openAliasCard(env.vault, key, admitted.card)
}

/** The step that pays: a push, or a payout to an account or wallet. */
export const sendStep = Effect.fnUntraced(function* (
  env: Pick<SagaEnv, "vault" | "accountResends">,
  context: StepContext,
  payout: Payout,
  admitted: Admitted,
  identified: Identified,
  quoteId: string | undefined,
): Effect.fn.Return<MoneyStep, VisaError> {
  const parts: Complete = payout.parts
  const { clientReferenceId, originator, push, reference } = identified
  const { destination } = parts
  switch (destination._tag) {
    case "Card":
    case "Alias": {
      if (push === undefined) return yield* Effect.die(new Error("a push without an identity"))
      const request = pushOf(parts, {
        originator,
        identity: push,
        card: yield* cardOf(env, payout, admitted),
        expiry: destination._tag === "Card" ? destination.expiry : undefined,
        reference,
      })
      return pushStep(context, request)
    }
    case "Account":
    case "Wallet": {
      if (originator.initiatingPartyId === undefined) {
        return yield* lacks("initiatingPartyId", "Payouts to accounts and wallets need it")
      }
      const { recipient } = parts
      if (recipient === undefined || clientReferenceId === undefined) {
        return yield* VisaError.of("RequestInvalid", {
          field: "recipient",
          detail: "Payouts to accounts and wallets name the recipient",
        })
      }
      const request = accountPayoutOf(parts, {
        initiatingPartyId: originator.initiatingPartyId,
        clientReferenceId,
        quoteId,
        target: destination,
        recipient,
      })
      return payoutStep(context, request, env.accountResends)
    }
  }
})

/** The debit that funds the payout; `undefined` where it is not funded from a card. */
export const pullRequestOf = (
  { parts }: Payout,
  { originator, pull, reference }: Identified,
): Effect.Effect<PullRequest | undefined, VisaError> => {
  const { funding } = parts
  if (funding._tag !== "Pull" || pull === undefined) return Effect.succeed(undefined)
  const { merchantCategoryCode } = originator
  return merchantCategoryCode === undefined
    ? lacks("merchantCategoryCode", "Payouts that are funded from cards need it")
    : Effect.succeed(
        pullOf({
          originator,
          merchantCategoryCode,
          identity: pull,
          funding,
          amount: funding.amount ?? parts.amount,
          reference,
        }),
      )
}
