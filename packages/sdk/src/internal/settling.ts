/**
 * Sends one payment and asks until its outcome is known: the same steps for every kind of payment,
 * which only says how it is sent, whom to ask, and how an answer reads.
 */
import { Clock, Effect, Option, Ref, Result, Schedule } from "effect"
import type { Duration } from "effect"
import { RetryPolicy } from "../RetryPolicy.ts"
import type { CallOptions } from "../Transport.ts"
import type { Reason, VisaError } from "../VisaError.ts"
import type { Known, observeOutcomes } from "./observeOutcomes.ts"
import { OutcomeUnknown } from "./openPayment.ts"
import type { OpenPayment } from "./openPayment.ts"

/** How it came to be known what became of a payment. */
export type Via = "reply" | "status" | "query" | "resend"

export interface OutcomeOptions extends CallOptions {
  /** How long to go on asking. Default: 2 minutes. */
  readonly deadline?: Duration.Input | undefined
  /** The pauses between two rounds of asking. Default: half a second, growing to ten seconds. */
  readonly polling?: Schedule.Schedule<unknown> | undefined
  /**
   * How many rounds in a row the query must have found no decision before the payment is sent again
   * under the same identity. Default: 2, because a query can lag behind.
   */
  readonly emptyQueries?: number | undefined
  /**
   * How often it may be sent again under the same identity. Default: 1, and 0 for payouts to accounts
   * and wallets, because nothing published says that Visa recognises a repeat of those.
   */
  readonly maxResends?: number | undefined
}

const defaultPolling = Schedule.min([
  Schedule.exponential("500 millis"),
  Schedule.spaced("10 seconds"),
])

/**
 * What is known after one round of asking. `resendable`: Visa knows nothing of the payment, or only
 * that nobody decided it (`91`, `96`, `68`); a repeat under the same identity is what Visa advises.
 */
export type Round<A> = Result.Result<A, VisaError> | "open" | "resendable"

/** What was seen when a payment was sent for the first time. */
export interface FirstSeen {
  readonly firstSentAt: number
  readonly resends: number
  readonly lastReason: string
}

/** One kind of payment: pure values and calls, none of which repeats anything. */
export interface Kind<Open extends OpenPayment, Request, A> {
  readonly open: (request: Request, seen: FirstSeen) => Open
  /** Whether it is the request of this payment: what is resumed may have been given anything. */
  readonly isRequestOf: (open: Open, request: unknown) => request is Request
  readonly send: (
    request: Request,
    options: CallOptions,
    via: Via,
  ) => Effect.Effect<Round<A>, VisaError>
  /** Whom to ask, best first. */
  readonly questions: (open: Open, now: number) => ReadonlyArray<Effect.Effect<Round<A>, VisaError>>
  /** Keeps what an error tells of where to ask. */
  readonly learn: (open: Open, reason: Reason) => Open
  readonly maxResends: number
}

/** Only what was said about the payment itself settles it: a 429 to the second says nothing about the first. */
const isAnswer = ({ reason }: VisaError): boolean =>
  reason.row.category === "decline" || reason.row.category === "return"

const neverArrived = ({ context, money }: VisaError): boolean =>
  money === "NotMoved" && context.httpStatus === undefined

/** The same round about something else that follows from it. */
export const mapRound = <A, B>(round: Round<A>, f: (answer: A) => Round<B>): Round<B> =>
  isKnown(round)
    ? Result.match(round, { onFailure: (error): Round<B> => Result.fail(error), onSuccess: f })
    : round

const isKnown = <A>(round: Round<A>): round is Result.Result<A, VisaError> =>
  round !== "open" && round !== "resendable"

type Observe = Effect.Success<typeof observeOutcomes>

/** Goes on asking. With the request, the payment may be sent again when Visa knows nothing of it. */
export const settle = Effect.fnUntraced(function* <
  Open extends OpenPayment,
  Request,
  A extends Known,
>(
  kind: Kind<Open, Request, A>,
  first: Open,
  request: Request | undefined,
  options: OutcomeOptions,
): Effect.fn.Return<A, VisaError | OutcomeUnknown> {
  const ref = yield* Ref.make(first)
  const emptyQueries = options.emptyQueries ?? 2
  const maxResends = options.maxResends ?? kind.maxResends
  let inARow = 0

  const note = ({ reason }: VisaError) =>
    Ref.update(ref, (open) => ({ ...kind.learn(open, reason), lastReason: reason._tag }))

  const ask = Effect.gen(function* () {
    const questions = kind.questions(yield* Ref.get(ref), yield* Clock.currentTimeMillis)
    for (const question of questions) {
      const said = yield* Effect.result(question)
      if (Result.isSuccess(said)) return said.success
      if (isAnswer(said.failure)) return Result.fail(said.failure)
      yield* note(said.failure)
      if (said.failure.reason._tag === "StillProcessing") return "open"
    }
    return "open"
  })

  const round: Effect.Effect<Round<A>> = Effect.gen(function* () {
    // The rounds are the repeats.
    const known: Round<A> = yield* RetryPolicy.once(ask)
    if (known !== "resendable") {
      inARow = 0
      return known
    }
    inARow += 1
    const { resends } = yield* Ref.get(ref)
    if (request === undefined || inARow < emptyQueries || resends >= maxResends) return known
    yield* Ref.update(ref, (open) => ({ ...open, resends: open.resends + 1 }))
    inARow = 0
    const again = yield* Effect.result(kind.send(request, options, "resend"))
    if (Result.isSuccess(again)) return again.success
    if (isAnswer(again.failure)) return Result.fail(again.failure)
    yield* note(again.failure)
    if (neverArrived(again.failure)) yield* Ref.update(ref, (open) => ({ ...open, resends }))
    return "open"
  })

  const decided = yield* round.pipe(
    Effect.repeat({
      while: (known) => !isKnown(known),
      schedule: options.polling ?? defaultPolling,
    }),
    Effect.timeoutOption(options.deadline ?? "2 minutes"),
  )
  const known = Option.getOrElse(decided, (): Round<A> => "open")
  return isKnown(known)
    ? yield* Effect.fromResult(known)
    : yield* Effect.fail(OutcomeUnknown.of(yield* Ref.get(ref)))
})

/** Sends it, and finds out. */
export const pay = Effect.fnUntraced(function* <Open extends OpenPayment, Request, A extends Known>(
  kind: Kind<Open, Request, A>,
  request: Request,
  options: OutcomeOptions,
  observed: Observe,
): Effect.fn.Return<A, VisaError | OutcomeUnknown> {
  const firstSentAt = yield* Clock.currentTimeMillis
  const sent = yield* Effect.result(kind.send(request, options, "reply"))
  const seen = { firstSentAt, resends: 0 }
  const find = (open: Open) => observed(firstSentAt)(settle(kind, open, request, options))
  if (Result.isSuccess(sent)) {
    return isKnown(sent.success)
      ? yield* Effect.fromResult(sent.success)
      : yield* find(kind.open(request, { ...seen, lastReason: "Deferred" }))
  }
  const { money, reason } = sent.failure
  if (money !== "Unknown") return yield* sent.failure
  return yield* find(kind.learn(kind.open(request, { ...seen, lastReason: reason._tag }), reason))
})
