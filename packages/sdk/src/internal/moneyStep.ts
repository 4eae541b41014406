/**
 * One step that moves money, made once however often it is begun: by a crash, by a second machine, by
 * one that slept past its lease.
 *
 * The step is claimed before anything is sent. Whoever gets a claim that somebody had before does not
 * know what became of it, and so asks Visa first. The fencing token decides whose result counts, and
 * the fence of the keeper stops a request at its first byte when the claim is not held any more.
 */
import { Clock, Duration, Effect, Result, Schema } from "effect"
import type { Claims } from "../payouts/Claims.ts"
import { SendFence } from "../SendFence.ts"
import { VisaError } from "../VisaError.ts"
import type { ClaimKeeper } from "./claimKeeper.ts"
import { OpenPayment, OutcomeUnknown } from "./openPayment.ts"
import { Known } from "./stepResult.ts"
import type { Done, StepResult } from "./stepResult.ts"

/** Asks or sends, and says what is known then. */
type Attempt = Effect.Effect<Done, VisaError | OutcomeUnknown>

/** The steps of the saga itself. */
export const stepNames = ["push", "payout", "pull", "reverse", "adjust", "makeGood"] as const

export interface MoneyStep {
  /** One of {@link stepNames}, or one of one's own: each is claimed by itself. */
  readonly name: string
  /**
   * Whether it may be given up when it cannot be sent: a payment may, and then nothing was paid. What
   * undoes a debit may not.
   */
  readonly canBeGivenUp: boolean
  /** Of the payout. */
  readonly key: string
  readonly fingerprint: string
  /** What is open when nothing more is known than that somebody began. */
  readonly begun: OpenPayment
  /** Sends. For the first to begin only. */
  readonly first: Attempt
  /** Asks what became of it, and sends again only where Visa knows nothing of it. */
  readonly again: (open: OpenPayment) => Attempt
}

/** What is known now, and whether nobody had begun the step before. */
export interface Attempted {
  readonly result: StepResult
  readonly isFirst: boolean
}

export interface MoneyStepContext {
  readonly claims: Claims["Service"]
  readonly keeper: ClaimKeeper
  readonly owner: string
  readonly lease: Duration.Duration
}

export const namespaceOf = (step: string): string => `payout.${step}`

/** Recovery points. Without one, whoever had the claim before may have sent. */
const unsent = "unsent"
const sending = "sending"
const asked = "asked"

const encodeOpen = Schema.encodeSync(OpenPayment)
const decodeOpen = Schema.decodeUnknownSync(OpenPayment)

const KnownJson = Schema.toCodecJson(Known)
const encodeKnown = Schema.encodeSync(KnownJson)
/** From the result of a claim. */
export const decodeKnown = Schema.decodeUnknownSync(KnownJson)

/** As the result of a claim. */
export const knownJson = (known: Known): Schema.Json => encodeKnown(known) as Schema.Json

const passing: ReadonlySet<string> = new Set(["connectivity", "outage", "capacity"])

/** Refused before anything was done with it, for a reason that may be gone after a pause. */
const mayPass = ({ money, reason, retry }: VisaError): boolean =>
  money === "NotMoved" && (retry === "Now" || retry === "Later") && passing.has(reason.row.category)

/** Said about the payment itself, and not about the request that asked. */
const isAnswer = ({ reason }: VisaError): boolean =>
  reason.row.category === "decline" || reason.row.category === "return"

const openOf = (open: OpenPayment): StepResult => ({ _tag: "Open", open, since: open.firstSentAt })

/**
 * What an attempt says. The first to send believes that nothing moved when nothing did. Whoever asks
 * about what another one may have sent believes only an answer about that payment: that his own request
 * was refused proves nothing.
 */
const resultOf = (
  attempt: Result.Result<Done, VisaError | OutcomeUnknown>,
  before: OpenPayment,
  isFirst: boolean,
): StepResult => {
  if (Result.isSuccess(attempt)) return attempt.success
  const error = attempt.failure
  if (error instanceof OutcomeUnknown) return openOf(error.open)
  if (error.money === "Unknown" || !(isFirst || isAnswer(error))) {
    return openOf({ ...before, lastReason: error.reason._tag })
  }
  return mayPass(error) ? { _tag: "Unsent", error } : { _tag: "NotDone", error }
}

/** A bug says nothing about the money either. */
const surviving = (attempt: Attempt, before: OpenPayment): Attempt =>
  Effect.catchDefect(attempt, (defect) =>
    Effect.andThen(
      Effect.logError("A step that moves money died; its outcome is unknown", defect),
      Effect.fail(OutcomeUnknown.of({ ...before, lastReason: "Defect" })),
    ),
  )

const pause = Duration.millis(250)

const isLost = (error: unknown): boolean => VisaError.is(error) && error.reason._tag === "ClaimLost"

/**
 * Runs the step to whatever is known of it now. Fails only where the store of claims does not answer.
 *
 * @param isLast whether what could not be sent is given up, for good
 */
export const runMoneyStep = Effect.fnUntraced(function* (
  step: MoneyStep,
  { claims, keeper, lease, owner }: MoneyStepContext,
  isLast: boolean,
): Effect.fn.Return<Attempted, VisaError> {
  while (true) {
    const from = yield* Clock.currentTimeMillis
    const answer = yield* claims.claim({
      namespace: namespaceOf(step.name),
      key: step.key,
      fingerprint: step.fingerprint,
      owner,
      lease,
    })
    if (answer._tag === "Completed") {
      return { result: decodeKnown(answer.result), isFirst: false }
    }
    if (answer._tag === "Busy") {
      yield* Effect.sleep(Duration.min(pause, Duration.sum(answer.remaining, Duration.millis(1))))
      continue
    }
    const { claim, data, recoveryPoint } = answer
    const isFirst = claim.token === 1 || recoveryPoint === unsent
    const before = data === undefined ? step.begun : decodeOpen(data)
    const done = keeper.hold(
      claim,
      from,
      Effect.fnUntraced(function* (mayLeave): Effect.fn.Return<StepResult, VisaError> {
        if (recoveryPoint === unsent) yield* claims.advance(claim, sending)
        const attempt = surviving(isFirst ? step.first : step.again(before), before)
        const said = yield* Effect.result(SendFence.provide(mayLeave)(attempt))
        const found = resultOf(said, before, isFirst)
        const result: StepResult =
          isLast && found._tag === "Unsent" ? { ...found, _tag: "NotDone" } : found
        switch (result._tag) {
          case "Done":
          case "NotDone":
            yield* claims.complete(claim, knownJson(result))
            break
          case "Unsent":
            yield* claims.advance(claim, unsent)
            yield* claims.release(claim)
            break
          case "Open":
            yield* claims.advance(claim, asked, encodeOpen(result.open) as Schema.Json)
            yield* claims.release(claim)
            break
        }
        return result
      }),
    )
    const result = yield* Effect.result(done)
    if (Result.isSuccess(result)) {
      return { result: result.success, isFirst: claim.token === 1 }
    }
    // Another worker has it: what that one finds out is the result here, too.
    if (!isLost(result.failure)) return yield* result.failure
  }
})
