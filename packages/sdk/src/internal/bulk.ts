/** Many payouts: see `Payouts.stream`. */
import { Duration, Effect, Schedule, Schema, Stream } from "effect"
import type { SecureRandom } from "effect/crypto"
import { VisaError } from "../VisaError.ts"
import type { Claim, Claims } from "../payouts/Claims.ts"
import type { Payout } from "../payouts/Payout.ts"
import type {
  PayoutDeclined,
  PayoutRefused,
  PayoutUnknown,
  Settled,
} from "../payouts/PayoutResult.ts"

/** How one payout of many ended. */
export interface BulkResult {
  /** Its place in the stream, from 0. */
  readonly index: number
  readonly payout: string
  readonly result: Settled | PayoutDeclined | PayoutRefused | PayoutUnknown
}

export interface BulkOptions {
  /** Payouts at the same time. Default: 16. */
  readonly concurrency?: number | undefined
  /** `input`: results in the order of the payouts. `finished`: as they end. Default: `input`. */
  readonly order?: "input" | "finished" | undefined
  /** At most so many payouts are begun in a stretch of time. No limit when absent. */
  readonly rate?: { readonly payouts: number; readonly per: Duration.Input } | undefined
  /**
   * A name for this run, the same when it is begun again: it then goes on behind the payouts that had all
   * ended, and one process at a time can do it.
   */
  readonly run?: string | undefined
}

/** How long a run outlives the process that has it. */
const lease = Duration.seconds(30)

/** How many payouts a run may repeat: after so many its progress is recorded. */
const recordEvery = 64

const Progress = Schema.Struct({ done: Schema.Int })
const decodeProgress = Schema.decodeUnknownEffect(Progress)

/** What of a run is behind: the payouts from the first to `done` have all ended. */
const makeProgress = (from: number, record: (done: number) => Effect.Effect<void, VisaError>) => {
  let done = from
  let recorded = from
  // Of those that ended out of turn; never more than the concurrency.
  const ahead = new Set<number>()
  const save = Effect.suspend(() => {
    if (done === recorded) return Effect.void
    recorded = done
    return record(done)
  })
  return {
    ended: (index: number): Effect.Effect<void, VisaError> =>
      Effect.suspend(() => {
        ahead.add(index)
        while (ahead.delete(done)) done += 1
        return done - recorded < recordEvery ? Effect.void : save
      }),
    save,
  }
}

interface Run {
  readonly from: number
  readonly ended: (index: number) => Effect.Effect<void, VisaError>
  readonly finish: Effect.Effect<void, VisaError>
}

const once: Run = { from: 0, ended: () => Effect.void, finish: Effect.void }

const begin = Effect.fnUntraced(function* (
  claims: Claims["Service"],
  random: SecureRandom.SecureRandom["Service"],
  name: string,
) {
  const answer = yield* claims.claim({
    namespace: "payout.bulk",
    key: name,
    fingerprint: name,
    owner: yield* random.uuidV4(),
    lease,
  })
  if (answer._tag === "Busy") {
    return yield* VisaError.of("RequestInvalid", {
      field: "run",
      detail: `Another process has the run ${name}; without a sign of life its lease ends in ${Duration.format(answer.remaining)}`,
    })
  }
  if (answer._tag === "Completed") {
    return yield* VisaError.of("RequestInvalid", {
      field: "run",
      detail: `The run ${name} is done: give another one a name of its own`,
    })
  }
  const { claim, data } = answer
  const from = data === undefined ? 0 : (yield* Effect.orDie(decodeProgress(data))).done
  const { ended, save } = makeProgress(from, (done) => claims.advance(claim, "paying", { done }))
  // Whoever stops in the middle leaves the run to the next one at once. A run that is done has no lease.
  yield* Effect.addFinalizer(() => Effect.ignore(Effect.andThen(save, claims.release(claim))))
  yield* keepAlive(claims, claim)
  const run: Run = { from, ended, finish: claims.complete(claim, { done: true }) }
  return run
})

const keepAlive = (claims: Claims["Service"], claim: Claim) =>
  Effect.forkScoped(
    Effect.schedule(
      Effect.ignore(claims.renew(claim)),
      Schedule.spaced(Duration.divideUnsafe(lease, 3)),
    ),
  )

type Execute = (
  payout: Payout,
) => Effect.Effect<Settled, PayoutDeclined | PayoutRefused | PayoutUnknown>

const endOf = (execution: ReturnType<Execute>): Effect.Effect<BulkResult["result"]> =>
  Effect.match(execution, {
    onSuccess: (settled): BulkResult["result"] => settled,
    onFailure: (error) => error,
  })

/** `Payouts.stream`, over whatever executes one payout. */
export const streamWith =
  (execute: Execute, claims: Claims["Service"], random: SecureRandom.SecureRandom["Service"]) =>
  <E, R>(
    payouts: Stream.Stream<Payout, E, R>,
    options: BulkOptions = {},
  ): Stream.Stream<BulkResult, E | VisaError, R> => {
    const { concurrency = 16, order = "input", rate } = options
    const paced = <A, E2, R2>(self: Stream.Stream<A, E2, R2>): Stream.Stream<A, E2, R2> =>
      rate === undefined
        ? self
        : Stream.throttle(Stream.rechunk(self, 1), {
            cost: (chunk) => chunk.length,
            units: rate.payouts,
            duration: rate.per,
            strategy: "shape",
          })
    return Stream.unwrap(
      Effect.map(
        options.run === undefined ? Effect.succeed(once) : begin(claims, random, options.run),
        ({ ended, finish, from }) =>
          payouts.pipe(
            Stream.zipWithIndex,
            Stream.drop(from),
            paced,
            Stream.mapEffect(
              ([payout, index]) =>
                Effect.map(endOf(execute(payout)), (result) => ({
                  index,
                  payout: payout.key,
                  result,
                })),
              { concurrency, unordered: order === "finished" },
            ),
            // Behind is what has also been taken from here.
            Stream.tap(({ index }) => ended(index)),
            Stream.concat(Stream.fromEffectDrain(finish)),
          ),
      ),
    )
  }
