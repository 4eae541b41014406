/** The steps of a payout that move money, as {@link MoneyStep}s: how each is sent, and how one asks. */
import { Clock, Duration, Effect } from "effect"
import type { FundsTransfer, PullRequest, ReversibleAnswer } from "../api/FundsTransfer.ts"
import { FundsTransfer as Transfers } from "../api/FundsTransfer.ts"
import type { AdjustmentRequest, PushRequest, ReverseRequest } from "../api/FundsTransfer.ts"
import type { PayoutRequest } from "../api/AccountPayouts.ts"
import type { Debited, Outcome, OutcomeOptions, Paid, Taken, Undone } from "../api/Outcome.ts"
import { acceptorOf } from "./reversal.ts"
import { OutcomeUnknown } from "./openPayment.ts"
import type { OpenOf, OpenOnCard, OpenPayment } from "./openPayment.ts"
import type { VisaError } from "../VisaError.ts"
import type { MoneyStep } from "./moneyStep.ts"
import type { Done } from "./stepResult.ts"
import { present } from "./wireCodes.ts"

/** What all steps of one payout have in common. */
export interface StepContext {
  readonly key: string
  readonly fingerprint: string
  /** When the identity was stored: nothing was sent before, in milliseconds since the epoch. */
  readonly begunAt: number
  readonly outcome: Outcome["Service"]
  readonly options: OutcomeOptions
}

/** What is known of a step of which only the claim is left. */
const begunWith = (begunAt: number) => ({
  firstSentAt: begunAt,
  resends: 0,
  lastReason: "ClaimTakenOver",
})

/** For how long something is sent again: as long as Visa itself keeps what one can ask for. */
const resendableFor = Duration.hours(24)

/**
 * Every round of asking may send once more under the same identity, as the round before may have met the
 * same outage. Visa recognises the repeat of what is on a card.
 */
const oneMore = (
  { firstSentAt, resends }: OpenPayment,
  options: OutcomeOptions,
): Effect.Effect<OutcomeOptions> =>
  Effect.map(Clock.currentTimeMillis, (now) => ({
    ...options,
    maxResends:
      now - firstSentAt < Duration.toMillis(resendableFor)
        ? resends + (options.maxResends ?? 1)
        : 0,
  }))

const cardIdentity = (request: PushRequest | PullRequest | ReverseRequest) => ({
  acquiringBin: request.acquiringBin,
  systemsTraceAuditNumber: request.systemsTraceAuditNumber,
  retrievalReferenceNumber: request.retrievalReferenceNumber,
  cardAcceptorId: request.cardAcceptor.idCode,
})

const paidDone = ({ actionCode, approvalCode, transactionIdentifier, via }: Paid): Done => ({
  _tag: "Done",
  via,
  actionCode,
  ...present({ approvalCode, transactionIdentifier }),
})

const takenDone = ({ payoutId, status, via }: Taken): Done => ({
  _tag: "Done",
  via,
  payoutStatus: status,
  ...present({ payoutId }),
})

/** What is kept of the answer to a pull. */
export const doneOf = (answer: ReversibleAnswer): Done => ({
  _tag: "Done",
  via: "reply",
  approvedAmount: answer.approvedAmount,
  ...present({
    transactionIdentifier: answer.transactionIdentifier,
    approvalCode: answer.approvalCode,
    networkId: answer.networkId,
    transmissionDateTime: answer.transmissionDateTime,
    tokenAssuranceMethod: answer.tokenData?.tokenAssuranceMethod,
  }),
})

const debitedDone = (answer: Debited): Done => ({
  ...doneOf(answer),
  via: answer.via,
  actionCode: answer.actionCode,
})

const undoneDone = ({ actionCode, approvalCode, transactionIdentifier, via }: Undone): Done => ({
  _tag: "Done",
  via,
  actionCode,
  ...present({ approvalCode, transactionIdentifier }),
})

export const pushStep = (context: StepContext, request: PushRequest): MoneyStep => {
  const { begunAt, fingerprint, key, options, outcome } = context
  return {
    name: "push",
    canBeGivenUp: true,
    key,
    fingerprint,
    begun: { operation: "push", ...cardIdentity(request), ...begunWith(begunAt) },
    first: Effect.map(outcome.push(request, options), paidDone),
    again: (open) =>
      Effect.flatMap(oneMore(open, options), (more) =>
        Effect.map(outcome.resume(open as OpenOf<"push">, { ...more, request }), paidDone),
      ),
  }
}

/** To an account or a wallet. */
export const payoutStep = (
  context: StepContext,
  request: PayoutRequest,
  maxResends: number,
): MoneyStep => {
  const { begunAt, fingerprint, key, outcome } = context
  const options = { ...context.options, maxResends }
  const { clientReferenceId, initiatingPartyId, transactionAmount } = request.transactionDetail
  return {
    name: "payout",
    canBeGivenUp: true,
    key,
    fingerprint,
    begun: {
      operation: "payout",
      initiatingPartyId,
      clientReferenceId,
      amount: transactionAmount,
      ...begunWith(begunAt),
    },
    first: Effect.map(outcome.payout(request, options), takenDone),
    again: (open) =>
      Effect.map(outcome.resume(open as OpenOf<"payout">, { ...options, request }), takenDone),
  }
}

export const pullStep = (context: StepContext, request: PullRequest): MoneyStep => {
  const { begunAt, fingerprint, key, options, outcome } = context
  return {
    name: "pull",
    canBeGivenUp: true,
    key,
    fingerprint,
    begun: {
      operation: "pull",
      ...cardIdentity(request),
      amount: request.amount,
      ...begunWith(begunAt),
    },
    first: Effect.map(outcome.pull(request, options), debitedDone),
    again: (open) =>
      Effect.flatMap(oneMore(open, options), (more) =>
        Effect.map(outcome.resume(open as OpenOf<"pull">, { ...more, request }), debitedDone),
      ),
  }
}

/** The answer to a pull, out of what was kept of it. */
const reversibleAnswer = (pull: PullRequest, done: Done): ReversibleAnswer => {
  const approvedAmount = done.approvedAmount ?? pull.amount
  return {
    _tag: approvedAmount.minor < pull.amount.minor ? "PartiallyApproved" : "Approved",
    approvedAmount,
    transactionIdentifier: done.transactionIdentifier ?? "",
    ...present({
      approvalCode: done.approvalCode,
      networkId: done.networkId,
      transmissionDateTime: done.transmissionDateTime,
      tokenData:
        done.tokenAssuranceMethod === undefined
          ? undefined
          : { tokenAssuranceMethod: done.tokenAssuranceMethod },
    }),
  }
}

const openReversal = (request: ReverseRequest | PullRequest, begunAt: number): OpenOnCard => ({
  operation: "reverse",
  ...cardIdentity(request),
  ...begunWith(begunAt),
})

export const reverseStep = (context: StepContext, request: ReverseRequest): MoneyStep => {
  const { begunAt, fingerprint, key, options, outcome } = context
  return {
    name: "reverse",
    canBeGivenUp: false,
    key,
    fingerprint,
    begun: openReversal(request, begunAt),
    first: Effect.map(outcome.reverse(request, options), undoneDone),
    again: (open) =>
      Effect.flatMap(oneMore(open, options), (more) =>
        Effect.map(outcome.resume(open as OpenOf<"reverse">, { ...more, request }), undoneDone),
      ),
  }
}

/** The credit for a pull that can not be reversed any more. */
const adjustmentOf = (pull: PullRequest, done: Done): AdjustmentRequest => ({
  systemsTraceAuditNumber: pull.systemsTraceAuditNumber,
  retrievalReferenceNumber: pull.retrievalReferenceNumber,
  localTransactionDateTime: pull.localTransactionDateTime,
  acquiringBin: pull.acquiringBin,
  acquirerCountryCode: pull.acquirerCountryCode,
  businessApplicationId: pull.businessApplicationId,
  cardAcceptor: acceptorOf(pull),
  merchantCategoryCode: pull.merchantCategoryCode,
  amount: done.approvedAmount ?? pull.amount,
  transactionIdentifier: done.transactionIdentifier ?? "",
  messageReasonCode: 2140,
  transactionTypeCode: "22",
  pointOfServiceData: {
    panEntryMode: pull.pointOfServiceData.panEntryMode,
    posConditionCode: pull.pointOfServiceData.posConditionCode,
  },
  ...present({
    senderPrimaryAccountNumber: pull.senderPrimaryAccountNumber,
    senderCardExpiryDate: pull.senderCardExpiryDate,
    senderReference: pull.senderReference,
  }),
})

/**
 * Visa has no way to ask what became of an adjustment: one whose answer was lost is for a person, who
 * finds it beside its pull in Visa's reports.
 */
export const adjustStep = (
  context: StepContext,
  transfers: FundsTransfer["Service"],
  pull: PullRequest,
  done: Done,
): MoneyStep => {
  const { begunAt, fingerprint, key } = context
  return {
    name: "adjust",
    canBeGivenUp: false,
    key,
    fingerprint,
    begun: openReversal(pull, begunAt),
    first: Effect.map(
      transfers.adjustment(adjustmentOf(pull, done)),
      ({ actionCode, transactionIdentifier }): Done => ({
        _tag: "Done",
        via: "reply",
        ...present({ actionCode, transactionIdentifier }),
      }),
    ),
    again: (open) => Effect.fail(OutcomeUnknown.of(open)),
  }
}

/** What Visa will not undo, a person has to make good, and say so on the work list. */
export const makeGoodStep = (context: StepContext, pull: PullRequest): MoneyStep => {
  const { begunAt, fingerprint, key } = context
  const begun = openReversal(pull, begunAt)
  const open = Effect.fail(OutcomeUnknown.of({ ...begun, lastReason: "NotUndone" }))
  return {
    name: "makeGood",
    canBeGivenUp: false,
    key,
    fingerprint,
    begun,
    first: open,
    again: () => open,
  }
}

/** The request that undoes a pull, or the reason why there is none. */
export const reversalFor = (
  pull: PullRequest,
  done: Done,
): Effect.Effect<ReverseRequest, VisaError> =>
  Transfers.reversalOf(pull, reversibleAnswer(pull, done))
