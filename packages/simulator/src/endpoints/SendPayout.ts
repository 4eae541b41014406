/**
 * Account & Wallet: sending a payout to a bank account or a wallet, and validating one without
 * sending it.
 *
 * 200 says that Visa has the instruction; 202 `PENDING` that it is still looking at it. There is no
 * status identifier: a payout is found by `PayoutQuery`. Under one `clientReferenceId` there is one
 * payout. Visa asks clients to see to that; what it answers to a second one is not published, so it
 * is an option here.
 */
import { overlay } from "../internal/overlay.ts"
import type { Payout, Step } from "../internal/Payouts.ts"
import { destinationFor, sourceFor } from "../internal/Rates.ts"
import * as Seed from "../internal/Seed.ts"
import type { ScriptedAnswer } from "../Script.ts"
import type { Endpoint, EntryFacts, JsonObject, Prepared, Reply } from "./Endpoint.ts"
import { invalidPayout, refusePayout } from "./payoutErrors.ts"
import { payoutFields } from "./payoutFields.ts"
import { sendRoad, stepsOf } from "./payoutProgress.ts"
import { broken, maskedAccount, payoutRules, type PayoutView, viewOf } from "./payoutRules.ts"

export const payoutsPath = "/visapayouts/v3/payouts"

const day = 86_400_000

/** Business days until the recipient is expected to have the money. */
const postingDays: Readonly<Record<string, number>> = { STANDARD: 1, PREMIUM: 0 }

/** `YYYY-MM-DD`, GMT; never on a weekend. */
const expectedPostingDate = (payoutSpeed: string, now: number): string => {
  const isBusinessDay = (at: number) => ![0, 6].includes(new Date(at).getUTCDay())
  let at = now
  for (let left = postingDays[payoutSpeed] ?? 1; left > 0 || !isBusinessDay(at);) {
    at += day
    if (isBusinessDay(at)) left--
  }
  return new Date(at).toISOString().slice(0, 10)
}

/** What is debited in the settlement currency, what arrives, and the rate between the two. */
const conversionOf = (payout: PayoutView) => {
  const { amount, currency, destination, quote, settlement, world } = payout
  const between = (from: string, to: string) => world.rates.between(from, to) ?? "1"
  const rate = quote?.rate ?? between(settlement, destination)
  const settled =
    currency === settlement
      ? amount
      : currency === destination
        ? sourceFor(amount, rate, settlement)
        : sourceFor(amount, between(settlement, currency), settlement)
  return {
    destinationAmount: Number(
      currency === destination ? amount : destinationFor(settled, rate, destination),
    ),
    destinationCurrencyCode: destination,
    fxConversionRate: Number(rate),
    settlementAmount: Number(settled),
    settlementCurrencyCode: settlement,
  }
}

const freePayoutId = (payout: PayoutView): string => {
  const { clientReferenceId, initiatingPartyId, project, world } = payout
  const identity = `${project}|${initiatingPartyId}|${clientReferenceId}`
  let identifier = Seed.transaction(world.seed, identity).transactionIdentifier
  while (world.payouts.find(payout, "PAYOUT_ID", String(identifier)) !== undefined) identifier++
  return String(identifier)
}

const membersOf = (payout: PayoutView, payoutId: string): Record<string, unknown> => ({
  initiatingPartyId: Number(payout.initiatingPartyId),
  payoutId,
  clientReferenceId: payout.clientReferenceId,
  expectedPostingDate: expectedPostingDate(payout.payoutSpeed, payout.now),
  transactionDateTime: new Date(payout.now).toISOString(),
  transactionAmount: Number(payout.amount),
  transactionCurrencyCode: payout.currency,
  ...conversionOf(payout),
  payoutSpeed: payout.payoutSpeed,
  fundingModel: "PREFUNDED",
  fundingStatus: "FUNDED",
})

/** A reply about a payout. While Visa is still looking at it there is no posting date yet. */
export const detailOf = (payout: Payout, { members, status }: Step): JsonObject => {
  const { expectedPostingDate: posting, ...rest } = payout.members
  return overlay(
    {
      transactionDetail: {
        ...rest,
        ...(status === "PENDING" ? {} : { expectedPostingDate: posting }),
        status,
        ...members,
      },
    },
    payout.fields,
  )
}

const recordOf = (payout: PayoutView): EntryFacts => ({
  clientReferenceId: payout.clientReferenceId,
  amount: payout.amount,
  currency: payout.currency,
  maskedAccount: maskedAccount(payout),
  ...(payout.quoteId === undefined ? {} : { quoteId: String(payout.quoteId) }),
})

const pendingStep = (at: number): Step => ({ status: "PENDING", at, members: {} })

const take = (
  payout: PayoutView,
  steps: ReadonlyArray<Step>,
  fields: ScriptedAnswer["fields"],
): Payout => {
  const payoutId = freePayoutId(payout)
  const taken: Payout = {
    project: payout.project,
    initiatingPartyId: payout.initiatingPartyId,
    clientReferenceId: payout.clientReferenceId,
    payoutId,
    takenAt: payout.now,
    members: membersOf(payout, payoutId),
    fields,
    steps,
    reached: 0,
  }
  payout.world.payouts.add(taken)
  return taken
}

const duplicateOf = (payout: PayoutView): Reply | undefined => {
  const { settings, payouts } = payout.world
  if (settings.payoutDuplicates === "paid") return undefined
  const original = payouts.find(payout, "CLIENT_REFERENCE_ID", payout.clientReferenceId)
  return original === undefined
    ? undefined
    : {
        ...invalidPayout(
          "transactionDetail.clientReferenceId",
          "clientReferenceId was used before.",
        ),
        kind: "duplicate",
        record: {
          ...recordOf(payout),
          payoutId: original.payoutId,
          errorCode: "InvalidPayoutRequest",
        },
      }
}

const replyTo = (view: PayoutView, payout: Payout, step: Step): Reply => ({
  status: step.status === "PENDING" ? 202 : 200,
  body: detailOf(payout, step),
  kind: "payout",
  record: {
    ...recordOf(view),
    payoutId: payout.payoutId,
    payoutStatus: step.status,
    direction: "pushed",
  },
  recorded: (entry) => view.world.payouts.write(payout, entry),
})

const sending = (view: PayoutView): Prepared => {
  const { settings, payouts } = view.world
  /** Known to those who ask while Visa is still looking at it. */
  let pending: Payout | undefined
  const stepsFrom = (answer: ScriptedAnswer | undefined, now: number) =>
    stepsOf(answer, sendRoad(answer), view.amount, now, settings.payoutStep)
  return {
    facts: recordOf(view),
    pending: {
      begin: (now) => {
        if (duplicateOf(view) === undefined) {
          pending = take(view, [pendingStep(now)], undefined)
        }
      },
      accepted: (now) =>
        pending === undefined
          ? (duplicateOf(view) ?? invalidPayout("Undefined", "The payout is not known."))
          : replyTo(view, pending, payouts.standing(pending, now)),
      refused: (told, now) => {
        if (pending === undefined) return
        if (told) {
          payouts.redirect(pending, [{ ...pendingStep(now), status: "VALIDATION_FAILED" }])
        } else payouts.remove(pending)
      },
    },
    commit: (answer, now) => {
      if (pending === undefined) {
        const steps = stepsFrom(answer, now)
        const refused = duplicateOf(view)
        const [first] = steps
        if (refused !== undefined) return refused
        if (first === undefined) return invalidPayout("Undefined", "The payout has no status.")
        const payout = take(view, steps, answer?.fields)
        return replyTo(view, payout, first)
      }
      pending.fields = answer?.fields
      // Unless it was cancelled meanwhile.
      if (pending.steps.length === 1) payouts.redirect(pending, stepsFrom(answer, now))
      return replyTo(view, pending, payouts.standing(pending, now))
    },
  }
}

/** `POST /visapayouts/v3/payouts`. */
export const SendPayout: Endpoint = {
  name: "SendPayout",
  method: "POST",
  path: payoutsPath,
  mle: "project",
  scripted: true,
  fields: payoutFields({}),
  fieldsOf: payoutFields,
  refuse: refusePayout,
  prepare: (request, world) => {
    const payout = viewOf(request, world)
    return broken(payout, payoutRules) ?? sending(payout)
  },
}

/** `POST /visapayouts/v3/payouts/validate`. The value of `validationResultCode` is ours. */
export const ValidatePayout: Endpoint = {
  name: "ValidatePayout",
  method: "POST",
  path: `${payoutsPath}/validate`,
  mle: "project",
  scripted: true,
  fields: payoutFields({}),
  fieldsOf: payoutFields,
  refuse: refusePayout,
  prepare: (request, world) => {
    const payout = viewOf(request, world)
    return (
      broken(payout, payoutRules) ?? {
        facts: recordOf(payout),
        commit: (answer) => ({
          status: 200,
          body: overlay(
            {
              validationResultCode: "SUCCESS",
              expectedPostingDate: expectedPostingDate(payout.payoutSpeed, payout.now),
            },
            answer?.fields,
          ),
          kind: "inquiry",
          record: recordOf(payout),
        }),
      }
    )
  },
}
