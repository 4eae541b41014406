/**
 * What happens to payouts, as it happens: progress for who waits, the audit trail for who asks later,
 * and an outbox for the programs that follow.
 *
 * An event is recorded before the saga goes on, together with the step that it tells of, and never
 * changed. None of them holds a card number, an account number or a name.
 */
import { Context, Duration, Effect, Layer, Option, Schedule, Stream } from "effect"
import { SecureRandom } from "effect/crypto"
import type { SqlClient } from "effect/sql"
import { makeMemoryEvents } from "../internal/eventStoreMemory.ts"
import { makeSqlEvents } from "../internal/eventStoreSql.ts"
import { isLast } from "../internal/eventStore.ts"
import type { EventStore, RecordedEvent } from "../internal/eventStore.ts"
import type { PayoutEvent } from "../internal/payoutEvent.ts"
import type { VisaError } from "../VisaError.ts"
import { Claims } from "./Claims.ts"

export { PayoutEvent } from "../internal/payoutEvent.ts"
export type { EventStore, RecordedEvent } from "../internal/eventStore.ts"

/** How events are delivered to a handler. */
export interface DeliveryOptions {
  /** How many are given to the handler before they are marked as delivered. Default: 100. */
  readonly batch?: number | undefined
  /** How long to wait when there is nothing to deliver. Default: one second. */
  readonly pause?: Duration.Input | undefined
  /** After a failure of the handler or of the store. Default: one second, growing to one minute. */
  readonly retry?: Schedule.Schedule<unknown> | undefined
}

const lookAgain = Duration.seconds(1)

const deliveryLease = Duration.seconds(30)

const defaultRetry = Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("1 minute")])

const make = (store: EventStore): PayoutEvents["Service"] =>
  PayoutEvents.of({
    record: (events) => (events.length === 0 ? Effect.void : store.append(events)),
    trail: (payout) =>
      Effect.map(store.read(payout, 0), (found) => found.map(({ event }) => event)),
    stream: (payout) =>
      Stream.paginate(0, (position) =>
        Effect.map(store.watch(payout, position, lookAgain), (found) => {
          const end = found.findIndex(({ event }) => isLast(event))
          const next =
            end < 0 ? Option.some(found.at(-1)?.position ?? position) : Option.none<number>()
          const seen = end < 0 ? found : found.slice(0, end + 1)
          return [seen.map(({ event }) => event), next] as const
        }),
      ),
    undelivered: store.undelivered,
    delivered: store.delivered,
    prune: (age) => store.prune(Duration.toMillis(age)),
    inStatement: store.inStatement,
  })

/**
 * The events of payouts.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Stream } from "effect"
 * import { PayoutEvents } from "effect-visa-direct"
 *
 * const program = Effect.gen(function* () {
 *   const events = yield* PayoutEvents
 *   yield* events.record([
 *     { _tag: "Refused", payout: "INVOICE-77", at: 0, step: "policy", reason: "RequestInvalid" }
 *   ])
 *   const seen = yield* Stream.runCollect(events.stream("INVOICE-77"))
 *   return seen.map(({ _tag }) => _tag)
 * })
 *
 * const tags = await Effect.runPromise(program.pipe(Effect.provide(PayoutEvents.layerMemory())))
 * assert.deepStrictEqual(tags, ["Refused"])
 */
export class PayoutEvents extends Context.Service<
  PayoutEvents,
  {
    /** Records events, in their order. One that was recorded before is passed over. */
    readonly record: (events: ReadonlyArray<PayoutEvent>) => Effect.Effect<void, VisaError>
    /** Everything that was recorded of a payout so far. */
    readonly trail: (payout: string) => Effect.Effect<ReadonlyArray<PayoutEvent>, VisaError>
    /** Everything recorded of a payout, then what happens to it, until it ends. */
    readonly stream: (payout: string) => Stream.Stream<PayoutEvent, VisaError>
    /** The oldest events that were not delivered, for whoever delivers them in another way. */
    readonly undelivered: (limit: number) => Effect.Effect<ReadonlyArray<RecordedEvent>, VisaError>
    /** Marks events as delivered. */
    readonly delivered: (positions: ReadonlyArray<number>) => Effect.Effect<void, VisaError>
    /** Forgets events that were delivered and are so old, and answers how many. */
    readonly prune: (age: Duration.Duration) => Effect.Effect<number, VisaError>
    /** @internal */
    readonly inStatement?: EventStore["inStatement"]
  }
>()("effect-visa-direct/PayoutEvents") {
  /** Events in a store of your own. */
  static readonly layerStore = (store: EventStore): Layer.Layer<PayoutEvents> =>
    Layer.succeed(PayoutEvents, make(store))

  /**
   * Events in the memory of this process. What was recorded of payouts that ended is forgotten when
   * `keep` newer ones (1,000 when absent) have ended.
   */
  static readonly layerMemory = (
    options: { readonly keep?: number } = {},
  ): Layer.Layer<PayoutEvents> =>
    Layer.sync(PayoutEvents, () => make(makeMemoryEvents(options.keep ?? 1_000)))

  /** Events in PostgreSQL or PGlite. Makes its table where it is missing. */
  static readonly layerSql: Layer.Layer<PayoutEvents, VisaError, SqlClient.SqlClient> =
    Layer.effect(PayoutEvents, Effect.map(makeSqlEvents, make))

  /**
   * Delivers every event to a handler, at least once, oldest first: the events of one payout come in
   * their order, and an event can come again after a failure, so let the handler pass over what it has
   * seen (`payout`, `_tag` and `round` name an event). One process at a time delivers.
   */
  static readonly layerHandler = <E, R>(
    handler: (events: ReadonlyArray<PayoutEvent>) => Effect.Effect<void, E, R>,
    options: DeliveryOptions = {},
  ): Layer.Layer<never, never, PayoutEvents | Claims | R> => {
    const { batch = 100, pause = "1 second", retry = defaultRetry } = options
    const round = (owner: string) =>
      Effect.gen(function* () {
        const events = yield* PayoutEvents
        const turn = yield* Claims.claim({
          namespace: "payout.outbox",
          key: "delivery",
          fingerprint: "delivery",
          owner,
          lease: deliveryLease,
        })
        if (turn._tag !== "Claimed") return false
        const found = yield* events.undelivered(batch)
        if (found.length === 0) return false
        yield* handler(found.map(({ event }) => event))
        yield* events.delivered(found.map(({ position }) => position))
        return true
      }).pipe(
        Effect.flatMap((more) => (more ? Effect.void : Effect.sleep(pause))),
        Effect.tapCause((cause) => Effect.logWarning("Events could not be delivered", cause)),
        Effect.retry(retry),
      )
    return Layer.effectDiscard(
      Effect.gen(function* () {
        const random = yield* SecureRandom.SecureRandom
        yield* Effect.forkScoped(Effect.forever(round(yield* random.uuidV4())))
      }),
    ).pipe(Layer.provide(SecureRandom.layerWebCrypto))
  }
}
