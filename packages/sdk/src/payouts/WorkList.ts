/**
 * Payouts whose outcome nobody knows yet.
 *
 * A step that moves money and stays unknown is put here, with what to look for at Visa and since when.
 * The saga sleeps. {@link WorkList.layerResolver} wakes it from time to time to ask Visa again, with
 * growing pauses; an operator who knows better calls `decide`. What is held for the payout stays held
 * until one of them has the answer.
 */
import { Clock, Context, Duration, Effect, Layer, Option, Schedule } from "effect"
import { SecureRandom } from "effect/crypto"
import type { SqlClient } from "effect/sql"
import { WorkflowEngine } from "effect/workflow/WorkflowEngine"
import { decodeKnown, knownJson, namespaceOf } from "../internal/moneyStep.ts"
import { DecidedNotPaid } from "../internal/proof.ts"
import type { Known } from "../internal/stepResult.ts"
import { restart, wake } from "../internal/wake.ts"
import { brokenStep } from "../internal/workStore.ts"
import { makeMemoryWork } from "../internal/workStoreMemory.ts"
import { makeSqlWork } from "../internal/workStoreSql.ts"
import type { OpenStep, WorkStore } from "../internal/workStore.ts"
import { Telemetry } from "../Telemetry.ts"
import { VisaError } from "../VisaError.ts"
import { Claims } from "./Claims.ts"
import { PayoutEvents } from "./PayoutEvents.ts"

export type { OpenStep, WorkStore } from "../internal/workStore.ts"

/** A step on the list, and how long its outcome has been unknown. */
export interface WorkItem extends OpenStep {
  readonly age: Duration.Duration
}

/** What an operator found out. */
export interface Decision {
  readonly outcome: "paid" | "notPaid"
  /** Who answers for it. */
  readonly by: string
  /** Where it can be looked up: a ticket, a settlement report, a bank statement. Nothing personal. */
  readonly evidence: string
}

export interface ResolverOptions {
  /** How often to look for what is due. Default: 5 seconds. */
  readonly every?: Duration.Input | undefined
  /** How many sagas to wake at once. Default: 20. */
  readonly batch?: number | undefined
}

/** How long after the n-th round in vain Visa is asked again. The last one repeats. */
const pauses = (
  [
    "30 seconds",
    "1 minute",
    "2 minutes",
    "5 minutes",
    "15 minutes",
    "30 minutes",
    "1 hour",
  ] as const
).map((pause) => Duration.fromInputUnsafe(pause))

/** @internal */
export const pauseAfter = (round: number): Duration.Duration =>
  pauses[Math.min(round, pauses.length) - 1] ?? Duration.hours(1)

const decisionLease = Duration.seconds(30)

const notFound = (payout: string) =>
  VisaError.of("RequestInvalid", {
    field: "payout",
    detail: `The payout ${payout} is not on the work list: it is known, or it was never there`,
  })

const make = (store: WorkStore): WorkList["Service"] => {
  const aged = (open: OpenStep): Effect.Effect<WorkItem> =>
    Effect.map(Clock.currentTimeMillis, (now) => ({
      ...open,
      age: Duration.millis(Math.max(0, now - open.since)),
    }))

  return WorkList.of({
    put: store.put,
    close: store.close,
    find: (payout) =>
      Effect.flatMap(store.find(payout), (open) =>
        open === undefined ? Effect.succeedNone : Effect.asSome(aged(open)),
      ),
    list: (limit = 1_000) => Effect.flatMap(store.list(limit), Effect.forEach(aged)),
    hasten: Effect.fnUntraced(function* (payout) {
      if (yield* store.hasten(payout, yield* Clock.currentTimeMillis)) return
      return yield* notFound(payout)
    }),
    due: (limit) => Effect.flatMap(Clock.currentTimeMillis, (now) => store.due(now, limit)),
    summary: store.summary,
  })
}

/** Wakes the saga of an open step, so that it looks again. */
const look = Effect.fnUntraced(function* (
  list: WorkList["Service"],
  { payout, round, step }: OpenStep,
): Effect.fn.Return<void, VisaError, WorkflowEngine> {
  if (step !== brokenStep) return yield* wake(payout, step, round)
  if (yield* restart(payout)) yield* list.close(payout, step)
})

/** Has the saga of a step meet what was decided: at once, or when the list is worked on again. */
const goOn = Effect.fnUntraced(function* (
  list: WorkList["Service"],
  { payout, round, step }: OpenStep,
): Effect.fn.Return<void, VisaError> {
  // Whoever asked until now has put it on the list again, for a later round.
  const now = yield* list.find(payout)
  const engine = yield* Effect.serviceOption(WorkflowEngine)
  if (Option.isSome(engine)) {
    const open = Option.getOrElse(now, () => ({ round }))
    yield* Effect.provideService(wake(payout, step, open.round), WorkflowEngine, engine.value)
  } else if (Option.isSome(now)) {
    yield* list.hasten(payout)
  }
})

/**
 * The work list.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { WorkList } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const list = yield* WorkList
 *   return (yield* list.list()).map(({ payout, age }) => [payout, age])
 * })
 * assert.deepStrictEqual(await Effect.runPromise(program.pipe(Effect.provide(WorkList.layerMemory))), [])
 */
export class WorkList extends Context.Service<
  WorkList,
  {
    /** Puts a step on the list; the saga does it. */
    readonly put: (open: OpenStep) => Effect.Effect<void, VisaError>
    /** Takes a step off the list; the saga does it when the outcome is known. */
    readonly close: (payout: string, step: string) => Effect.Effect<void, VisaError>
    /** What is open of a payout. */
    readonly find: (payout: string) => Effect.Effect<Option.Option<WorkItem>, VisaError>
    /** The oldest first, 1,000 when no limit is given. */
    readonly list: (limit?: number) => Effect.Effect<ReadonlyArray<WorkItem>, VisaError>
    /**
     * Has Visa asked now, by whichever process works on the list: it looks within the `every` of its
     * `layerResolver`. For tools beside the program; `RequestInvalid` for a payout that
     * is not on the list.
     */
    readonly hasten: (payout: string) => Effect.Effect<void, VisaError>
    /** Those whose time has come to be asked about. */
    readonly due: (limit: number) => Effect.Effect<ReadonlyArray<OpenStep>, VisaError>
    /** How many there are, and since when the oldest, in milliseconds since the epoch. */
    readonly summary: WorkStore["summary"]
  }
>()("effect-visa-direct/WorkList") {
  /** A list in a store of your own. */
  static readonly layerStore = (store: WorkStore): Layer.Layer<WorkList> =>
    Layer.succeed(WorkList, make(store))

  /** A list in the memory of this process. */
  static readonly layerMemory: Layer.Layer<WorkList> = Layer.sync(WorkList, () =>
    make(makeMemoryWork()),
  )

  /** A list in PostgreSQL or PGlite. Makes its table where it is missing. */
  static readonly layerSql: Layer.Layer<WorkList, VisaError, SqlClient.SqlClient> = Layer.effect(
    WorkList,
    Effect.map(makeSqlWork, make),
  )

  /** Has the saga of a payout on the list ask Visa now, without waiting for its time. */
  static readonly askNow = Effect.fnUntraced(function* (
    payout: string,
  ): Effect.fn.Return<void, VisaError, WorkList | WorkflowEngine> {
    const list = yield* WorkList
    const found = yield* list.find(payout)
    if (Option.isNone(found)) return yield* notFound(payout)
    yield* look(list, found.value)
  })

  /**
   * Ends a payout on the list by the word of an operator: `paid` settles it, `notPaid` compensates for
   * it, for good. Waits while somebody is asking Visa about it; where that brings the answer, the answer
   * counts and the decision fails with `RequestInvalid`.
   *
   * The saga goes on at once where the engine is in the context; otherwise, as in a tool beside the
   * program, as soon as the process that works on the list looks again.
   *
   * @returns the proof that compensations of your own ask for, for `notPaid`
   */
  static readonly decide = Effect.fnUntraced(function* (
    payout: string,
    { by, evidence, outcome }: Decision,
  ): Effect.fn.Return<
    Option.Option<DecidedNotPaid>,
    VisaError,
    WorkList | Claims | PayoutEvents | SecureRandom.SecureRandom
  > {
    if (by.trim() === "" || evidence.trim() === "") {
      return yield* VisaError.of("RequestInvalid", {
        field: by.trim() === "" ? "by" : "evidence",
        detail: "Say who decides and where it can be looked up",
      })
    }
    const list = yield* WorkList
    const found = yield* list.find(payout)
    if (Option.isNone(found) || found.value.open === undefined) return yield* notFound(payout)
    const { fingerprint, step } = found.value
    const random = yield* SecureRandom.SecureRandom
    const answer = yield* Claims.join({
      namespace: namespaceOf(step),
      key: payout,
      fingerprint,
      // Of its own, so that it cannot take the claim out of the hands of whoever asks Visa now.
      owner: `decision/${yield* random.uuidV4()}`,
      lease: decisionLease,
    })
    if (answer._tag === "Completed") {
      return yield* VisaError.of("RequestInvalid", {
        field: "outcome",
        detail: `It is known meanwhile: the step ${step} was ${
          decodeKnown(answer.result)._tag === "Done" ? "made" : "not made"
        }`,
      })
    }
    const known: Known =
      outcome === "paid"
        ? { _tag: "Done", via: "decision", by, evidence }
        : {
            _tag: "NotDone",
            error: VisaError.of(
              "DecidedNotPaid",
              { detail: `By ${by}: ${evidence}` },
              { money: "moves" },
            ),
            by,
            evidence,
          }
    yield* Claims.complete(answer.claim, knownJson(known))
    const at = yield* Clock.currentTimeMillis
    const events = yield* PayoutEvents
    yield* events.record([
      { _tag: "Decided", payout, at, step, paid: outcome === "paid", by, evidence },
    ])
    yield* goOn(list, found.value)
    return outcome === "paid"
      ? Option.none()
      : Option.some(DecidedNotPaid.of(payout, step, { by, evidence }))
  }, Effect.provide(SecureRandom.layerWebCrypto))

  /**
   * Wakes what is due, until its scope closes, and shows how many there are and how old the oldest is.
   * Any number of processes may do it.
   */
  static readonly layerResolver = (
    options: ResolverOptions = {},
  ): Layer.Layer<never, never, WorkList | WorkflowEngine> => {
    const { batch = 20, every = "5 seconds" } = options
    return Layer.effectDiscard(
      Effect.gen(function* () {
        const list = yield* WorkList
        let seen: Effect.Success<WorkStore["summary"]> = { count: 0, oldest: undefined }
        const where = "work_list"
        yield* Telemetry.unknownOutcomes.observe(() => seen.count, { where })
        yield* Telemetry.unknownOutcomeAge.observe(
          (now) => (seen.oldest === undefined ? 0 : Math.max(0, (now - seen.oldest) / 1000)),
          { where },
        )
        const round = Effect.gen(function* () {
          yield* Effect.forEach(yield* list.due(batch), (open) => look(list, open), {
            discard: true,
          })
          seen = yield* list.summary
        })
        yield* round.pipe(
          Effect.catchCause((cause) =>
            Effect.logWarning("The work list could not be worked on", cause),
          ),
          Effect.repeat(Schedule.spaced(every)),
          Effect.forkScoped,
        )
      }),
    )
  }
}
