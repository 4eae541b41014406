/** The body of the payout's workflow: see `payouts/PayoutWorkflow.ts` for the table of what it does. */
import { Cause, Clock, Duration, Effect, Schema } from "effect"
import type { PullRequest } from "../api/FundsTransfer.ts"
import { Money } from "../Money.ts"
import type { FundingConfirmation } from "../payouts/FundingGuard.ts"
import { countriesOf, railOf } from "../payouts/Payout.ts"
import type { Payout } from "../payouts/Payout.ts"
import { Compensated, PayoutDeclined, PayoutRefused } from "../payouts/PayoutResult.ts"
import type { Settled } from "../payouts/PayoutResult.ts"
import type { Ending } from "../payouts/PayoutWorkflow.ts"
import type { Sealed } from "../payouts/PayoutVault.ts"
import { pauseAfter } from "../payouts/WorkList.ts"
import { Telemetry } from "../Telemetry.ts"
import { VisaError } from "../VisaError.ts"
import { guardOfPull } from "./guardsOf.ts"
import type { Bound } from "./guardsOf.ts"
import { namingParts } from "./payoutRequests.ts"
import { Admission, NotAdmitted, rateQuestionOf } from "./preflight.ts"
import type { Admitted } from "./preflight.ts"
import { DecidedNotPaid, Declined } from "./proof.ts"
import type { Proof } from "./proof.ts"
import { certain, durable } from "./sagaActivities.ts"
import type { Durable } from "./sagaActivities.ts"
import type { SagaEnv } from "./sagaEnv.ts"
import type { SagaRun } from "./sagaRun.ts"
import { Identified, identify, pullRequestOf, sendStep } from "./sagaSend.ts"
import { pullStep } from "./sagaSteps.ts"
import type { StepContext } from "./sagaSteps.ts"
import { release, undoPull } from "./sagaUndo.ts"
import type { Done, NotDone } from "./stepResult.ts"
import { tell, Told } from "./tell.ts"
import { present } from "./wireCodes.ts"
import { brokenStep } from "./workStore.ts"

export interface Accepted {
  readonly key: string
  readonly fingerprint: string
  readonly sealed: Sealed
  readonly acceptedAt: number
}

const corridorOf = ({ parts }: Payout): string => {
  const { from, to } = countriesOf(parts.corridor)
  return `${from}-${to}`
}

const proofOf = (payout: string, step: string, known: NotDone): Proof =>
  known.by === undefined
    ? Declined.of(payout, step, known)
    : DecidedNotPaid.of(payout, step, { by: known.by, evidence: known.evidence ?? "" })

/** Visa or a bank decided against it, and not a rule or the way to them. */
const isDecline = ({ reason }: VisaError): boolean =>
  reason.row.category === "decline" || reason.row.category === "return"

/** Guards first, then everything that looks at the payout, in the order of the flow. */
const preflight = (env: SagaEnv, payout: Payout, acceptedAt: number) =>
  durable(
    "preflight",
    Admission,
    Effect.gen(function* () {
      const { amount, destination, funding } = payout.parts
      const accepted = env.events.record([
        {
          _tag: "Accepted",
          payout: payout.key,
          at: acceptedAt,
          rail: railOf(destination),
          funding: funding._tag,
          corridor: corridorOf(payout),
          amount,
        },
      ])
      const admission = env.preflight.admit(payout)
      // The other events of the step are seen when it is over, and it can take long. This one is seen
      // at once, without keeping the step waiting.
      if ((yield* Told) === undefined) return yield* Effect.andThen(accepted, admission)
      const [, admitted] = yield* Effect.all([accepted, admission], { concurrency: 2 })
      return admitted
    }),
  )

const Identification = Schema.Union([Identified, NotAdmitted])

/** Everything that will be sent gets its name, and has to be something that Visa could take. */
const identification = (env: SagaEnv, payout: Payout, admitted: Admitted, executionId: string) =>
  durable(
    "identity",
    Identification,
    Effect.gen(function* () {
      const identified = yield* identify(env.identities, env.originator, payout, executionId)
      yield* pullRequestOf(payout, identified)
      const { clientReferenceId, push } = identified
      yield* tell(env.events, payout.key, [
        {
          _tag: "Identified",
          step: clientReferenceId === undefined ? "push" : "payout",
          ...present({
            clientReferenceId,
            systemsTraceAuditNumber: push?.systemsTraceAuditNumber,
            retrievalReferenceNumber: push?.retrievalReferenceNumber,
          }),
        },
      ])
      return identified
    }).pipe(
      Effect.catchIf(
        ({ reason }) => reason._tag !== "StoreUnavailable",
        (error): Effect.Effect<NotAdmitted, VisaError> =>
          Effect.as(
            release(
              env,
              Declined.of(payout.key, "identity", { error }),
              payout.key,
              holdersOf(env, payout, admitted),
            ),
            { _tag: "NotAdmitted", step: "identity", error },
          ),
      ),
    ),
  )

const settledOf = (
  payout: Payout,
  { clientReferenceId, push }: Identified,
  quoteId: string | undefined,
  done: Done,
): Settled => ({
  _tag: "Settled",
  payout: payout.key,
  rail: railOf(payout.parts.destination),
  amount: payout.parts.amount,
  via: done.via,
  ...present({
    transactionIdentifier: done.transactionIdentifier,
    actionCode: done.actionCode,
    approvalCode: done.approvalCode,
    payoutId: done.payoutId,
    payoutStatus: done.payoutStatus,
    systemsTraceAuditNumber: push?.systemsTraceAuditNumber,
    retrievalReferenceNumber: push?.retrievalReferenceNumber,
    clientReferenceId,
    quoteId,
  }),
})

/** Who holds something for a payout that was admitted. */
const holdersOf = (env: SagaEnv, payout: Payout, { held }: Admitted): ReadonlyArray<Bound> =>
  env.preflight.holdersOf(payout).filter(({ name }) => held.includes(name))

/** What is held is used up. Stored with the step that paid, so it can run again. */
const commit = (env: SagaEnv, payout: string, held: ReadonlyArray<Bound>) => (done: Done) =>
  Effect.gen(function* () {
    for (const holder of held) yield* holder.commit
    yield* tell(env.events, payout, [
      ...held.map(
        ({ name }, index) => ({ _tag: "Committed", guard: name, round: index + 1 }) as const,
      ),
      {
        _tag: "Settled",
        via: done.via,
        ...present({
          transactionIdentifier: done.transactionIdentifier,
          payoutId: done.payoutId,
          status: done.payoutStatus,
        }),
      },
    ])
  })

/** Undoes what was done for a payout that was not made, and says how it ended. */
const endNotMade = Effect.fnUntraced(function* (
  env: SagaEnv,
  payout: Payout,
  held: ReadonlyArray<Bound>,
  step: string,
  notDone: NotDone,
  undo: (proof: Proof) => Effect.Effect<ReadonlyArray<Compensated>, never, SagaRun>,
): Effect.fn.Return<PayoutDeclined | PayoutRefused, never, SagaRun> {
  const proof = proofOf(payout.key, step, notDone)
  const error = namingParts(notDone.error)
  const undone = yield* undo(proof)
  const released = yield* durable(
    "release",
    Schema.Array(Compensated),
    Effect.tap(release(env, proof, payout.key, held), () =>
      tell(env.events, payout.key, [
        isDecline(error)
          ? {
              _tag: "Declined",
              step,
              reason: error.reason._tag,
              ...present({ code: error.reason.code }),
            }
          : { _tag: "Refused", step, reason: error.reason._tag },
      ]),
    ),
  )
  const compensated = [...undone, ...released]
  return isDecline(error)
    ? PayoutDeclined.of(payout.key, step, error, compensated)
    : PayoutRefused.of(payout.key, step, error, compensated)
})

const isPartial = ({ approvedAmount }: Done, asked: Money): boolean =>
  approvedAmount !== undefined && approvedAmount.minor < asked.minor

/** What Visa's answer confirms. The same whenever it is made again. */
const confirmationOf = (
  payout: string,
  pull: PullRequest,
  pulled: Done,
  confirmedAt: number,
): FundingConfirmation => ({
  payout,
  acquiringBin: pull.acquiringBin,
  systemsTraceAuditNumber: pull.systemsTraceAuditNumber,
  retrievalReferenceNumber: pull.retrievalReferenceNumber,
  transactionIdentifier: pulled.transactionIdentifier ?? pull.retrievalReferenceNumber,
  amount: pulled.approvedAmount ?? pull.amount,
  confirmedAt,
})

const Funded = Schema.Union([Schema.TaggedStruct("Funded", {}), NotAdmitted])

/** The debit funds this payout, and all of it; otherwise it is given back. */
const fund = (env: SagaEnv, payout: string, guard: Bound, pulled: Done, asked: Money) =>
  durable(
    "fund",
    Funded,
    Effect.gen(function* () {
      if (isPartial(pulled, asked)) {
        return {
          _tag: "NotAdmitted",
          step: "pull",
          error: VisaError.of("PullPartial", {}, { operation: "FundsTransfer.pull" }),
        } as const
      }
      yield* guard.reserve
      yield* tell(env.events, payout, [{ _tag: "Reserved", guard: guard.name }])
      return { _tag: "Funded" } as const
    }).pipe(
      Effect.catchIf(
        ({ reason }) => reason._tag !== "StoreUnavailable",
        (error) => Effect.succeed({ _tag: "NotAdmitted", step: guard.name, error } as const),
      ),
    ),
  )

const Kept = Schema.Union([
  Schema.TaggedStruct("Kept", { quoteId: Schema.optionalKey(Schema.String) }),
  NotAdmitted,
])

/** The rate has to hold when the payout goes out, which can be long after it was locked. */
const keepRate = (
  env: SagaEnv,
  payout: Payout,
  { policy, rate }: Admitted,
  { originator }: Identified,
): Durable<typeof Kept.Type> => {
  const { quotes } = env
  const question = rateQuestionOf(payout, originator, policy)
  if (rate === undefined || quotes === undefined || question === undefined) {
    return Effect.succeed({ _tag: "Kept", ...present({ quoteId: rate?.quoteId }) })
  }
  return durable(
    "rate",
    Kept,
    Effect.match(quotes.keep(rate, question), {
      onSuccess: ({ quoteId }) => ({ _tag: "Kept", ...present({ quoteId }) }) as const,
      onFailure: (error) => ({ _tag: "NotAdmitted", step: "quote", error }) as const,
    }),
  )
}

const nothing = () => Effect.succeed([])

const run = Effect.fnUntraced(function* (
  env: SagaEnv,
  payout: Payout,
  { acceptedAt, fingerprint, key }: Accepted,
  executionId: string,
): Effect.fn.Return<Settled | PayoutDeclined | PayoutRefused, never, SagaRun> {
  const admitted = yield* preflight(env, payout, acceptedAt)
  if (admitted._tag === "NotAdmitted") {
    return PayoutRefused.of(key, admitted.step, admitted.error)
  }
  const identified = yield* identification(env, payout, admitted, executionId)
  if (identified._tag === "NotAdmitted") {
    return PayoutRefused.of(key, identified.step, identified.error, ["released"])
  }
  const context: StepContext = {
    key,
    fingerprint,
    begunAt: identified.at,
    outcome: env.outcome,
    options: env.asking,
  }

  let held = holdersOf(env, payout, admitted)
  let undo: (proof: Proof) => Effect.Effect<ReadonlyArray<Compensated>, never, SagaRun> = nothing
  // Checked with the identity.
  const pull = yield* Effect.orDie(pullRequestOf(payout, identified))
  if (pull !== undefined) {
    const pulled = yield* certain(env, pullStep(context, pull), (done) =>
      tell(env.events, key, [
        {
          _tag: "Pulled",
          ...present({
            transactionIdentifier: done.transactionIdentifier,
            amount: done.approvedAmount,
          }),
        },
      ]),
    )
    if (pulled._tag === "NotDone") {
      return yield* endNotMade(env, payout, held, "pull", pulled, nothing)
    }
    undo = (proof) => Effect.map(undoPull(env, proof, context, pull, pulled), (how) => [how])
    const guard = guardOfPull(
      env.guards,
      confirmationOf(key, pull, pulled, identified.at),
      pull.amount,
    )
    const refusal = yield* fund(env, key, guard, pulled, pull.amount)
    if (refusal._tag === "NotAdmitted") {
      const notDone: NotDone = { _tag: "NotDone", error: refusal.error }
      return yield* endNotMade(env, payout, held, refusal.step, notDone, undo)
    }
    held = [...held, guard]
  }

  const kept = yield* keepRate(env, payout, admitted, identified)
  if (kept._tag === "NotAdmitted") {
    const notDone: NotDone = { _tag: "NotDone", error: kept.error }
    return yield* endNotMade(env, payout, held, kept.step, notDone, undo)
  }
  const { quoteId } = kept

  // Made of what is stored, so that it is the same whenever it is made again; but a key of the vault can
  // be missing, and that says nothing about the money.
  const prepared = yield* Effect.result(
    sendStep(env, context, payout, admitted, identified, quoteId).pipe(
      Effect.catchIf(({ reason }) => reason._tag !== "RequestInvalid", Effect.die),
    ),
  )
  if (prepared._tag === "Failure") {
    const notDone: NotDone = { _tag: "NotDone", error: prepared.failure }
    return yield* endNotMade(env, payout, held, "request", notDone, undo)
  }
  const step = prepared.success
  const sent = yield* certain(env, step, commit(env, key, held))
  return sent._tag === "Done"
    ? settledOf(payout, identified, quoteId, sent)
    : yield* endNotMade(env, payout, held, step.name, sent, undo)
})

/** How each end of a payout is counted and shown. */
export const statusOf = {
  Settled: "settled",
  PayoutDeclined: "declined",
  PayoutRefused: "refused",
  PayoutUnknown: "unknown",
} as const

const observe = Effect.fnUntraced(function* (
  payout: Payout,
  acceptedAt: number,
  result: Settled | PayoutDeclined | PayoutRefused,
): Effect.fn.Return<void> {
  const now = yield* Clock.currentTimeMillis
  yield* Telemetry.payouts.increment({ status: statusOf[result._tag] })
  yield* Telemetry.payoutDuration.record(Duration.millis(Math.max(0, now - acceptedAt)))
  if (result._tag === "Settled") {
    const { amount, destination } = payout.parts
    yield* Telemetry.settledAmount.add(Number(Money.toDecimal(amount)), {
      currency: amount.currency,
      rail: railOf(destination),
    })
  }
})

/** Why a saga broke down: with the error that it could not go on with, or with a bug. */
const reasonOf = (cause: Cause.Cause<never>): string => {
  const broken: unknown = Cause.squash(cause)
  return VisaError.is(broken) ? broken.reason._tag : "Defect"
}

/** A saga that broke down goes on the list: it has no end yet, and nobody else knows of it. */
const listBroken = (env: SagaEnv, accepted: Accepted) => (cause: Cause.Cause<never>) =>
  Cause.hasInterruptsOnly(cause)
    ? Effect.void
    : Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        yield* Effect.logError(`The payout ${accepted.key} cannot go on`, cause)
        yield* env.workList.put({
          payout: accepted.key,
          step: brokenStep,
          round: 1,
          since: accepted.acceptedAt,
          nextAt: now + Duration.toMillis(pauseAfter(1)),
          reason: reasonOf(cause),
          fingerprint: accepted.fingerprint,
        })
        env.onUnknown(accepted.key)
      }).pipe(Effect.ignore({ log: true }))

/** @param open gives the payout that was accepted */
export const saga =
  (env: SagaEnv) =>
  (
    accepted: Accepted,
    executionId: string,
    open: Effect.Effect<Payout, VisaError>,
  ): Effect.Effect<Ending, never, SagaRun> =>
    Effect.gen(function* () {
      const payout = yield* Effect.orDie(open)
      const result = yield* run(env, payout, accepted, executionId)
      yield* observe(payout, accepted.acceptedAt, result)
      return { fingerprint: accepted.fingerprint, result }
    }).pipe(Effect.tapCause(listBroken(env, accepted)))
