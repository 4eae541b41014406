/** What can become of the stores in which payouts are kept, while one is under way. */
import { Effect, Layer } from "effect"
import {
  Claims,
  Fingerprint,
  FundingGuard,
  Ledger,
  LedgerGuard,
  PayoutEvents,
  Payouts,
  PayoutVault,
  VisaError,
  WorkList,
} from "effect-visa-direct"
import type { PayoutsOptions } from "effect-visa-direct"
import { WorkflowEngine } from "effect/workflow"
import { fromCard, toCard } from "./payouts.ts"
import type { Step } from "./steps.ts"

const points = {
  claim: "the claim is asked for, nothing is sent yet",
  complete: "the outcome of what was sent is stored with the claim",
  advance: "it is stored with the claim that the outcome is unknown",
  reserve: "the ledger's guard reserves the amount",
  commit: "the guard uses it up, Visa has paid",
  release: "the guard gives it back, Visa has declined",
  accepted: "the first event is recorded",
  settled: "the last event is recorded, Visa has paid",
  put: "a payout whose outcome is unknown is put on the work list",
  "engine accept": "the payout is stored, nothing has happened yet",
  "engine hand": "a payout that has to wait is handed over to the workflow engine",
  "engine load": "the workflow engine reads what was stored before it had the payout",
  "engine preflight": "what was decided and reserved is stored",
  "engine identity": "the identity of what will be sent is stored",
  "engine pull": "the outcome of the pull is stored",
  "engine fund": "that the pull funds the payout is stored",
  "engine push": "the outcome of the push is stored, Visa has paid",
  "engine reverse": "the outcome of the reversal is stored",
  "engine release": "that the reservation is released is stored",
  "engine end": "how the payout ended is stored",
} as const

export type Point = keyof typeof points

export interface Outage {
  readonly store: string
  readonly point: Point
  /** Whether the store did it, and only its answer was lost. */
  readonly did: boolean
  readonly step: Step
}

const way = { name: "", what: "", endpoint: "PushFunds" } as const

const paid: Step = { ...way, payout: toCard }

const declined: Step = {
  ...way,
  payout: toCard,
  scripts: [{ match: { endpoint: "PushFunds" }, answer: { actionCode: "51" }, times: 1 }],
}

const undone: Step = { ...declined, payout: fromCard }

const unknown: Step = {
  ...way,
  payout: fromCard,
  faults: [
    { kind: "dropAfterCommit", match: { endpoint: "PushFunds" }, times: 1 },
    { kind: "dropBeforeCommit", match: { endpoint: "TransactionQuery" } },
  ],
}

const at: ReadonlyArray<readonly [store: string, point: Point, step: Step]> = [
  ["claims", "claim", paid],
  ["claims", "complete", paid],
  ["claims", "advance", unknown],
  ["ledger", "reserve", paid],
  ["ledger", "commit", paid],
  ["ledger", "release", declined],
  ["events", "accepted", paid],
  ["events", "settled", paid],
  ["work list", "put", unknown],
]

/** Of a durable engine: the one in memory stores nothing. */
const inEngine: ReadonlyArray<readonly [point: Point, step: Step]> = [
  ["engine accept", paid],
  ["engine hand", unknown],
  ["engine load", unknown],
  ["engine preflight", paid],
  ["engine identity", paid],
  ["engine pull", { ...paid, payout: fromCard }],
  ["engine fund", { ...paid, payout: fromCard }],
  ["engine push", paid],
  ["engine reverse", undone],
  ["engine release", declined],
  ["engine end", paid],
]

const bothWays = (store: string, point: Point, step: Step): ReadonlyArray<Outage> =>
  [false, true].map((did) => ({ store, point, did, step }))

export const outages: ReadonlyArray<Outage> = at.flatMap((each) => bothWays(...each))

export const engineOutages: ReadonlyArray<Outage> = inEngine.flatMap(([point, step]) =>
  bothWays("engine", point, step),
)

export const momentOf = ({ point }: Outage): string => points[point]

/** The point at which a store is away, and for how many calls more. */
export class Away {
  #left: number
  struck = 0
  readonly #outage: Outage
  constructor(outage: Outage, calls: number) {
    this.#outage = outage
    this.#left = calls
  }

  /** A call that fails while the store is away, before it did anything or after. */
  at<A, E, R>(point: Point, call: Effect.Effect<A, E, R>): Effect.Effect<A, E | VisaError, R> {
    return this.strike(
      point,
      call,
      VisaError.of("StoreUnavailable", { detail: "The store is away" }),
    )
  }

  strike<A, E, R, L>(
    point: Point,
    call: Effect.Effect<A, E, R>,
    lost: L,
  ): Effect.Effect<A, E | L, R> {
    return Effect.suspend((): Effect.Effect<A, E | L, R> => {
      if (point !== this.#outage.point || this.#left === 0) return call
      this.#left--
      this.struck++
      return this.#outage.did ? Effect.andThen(call, Effect.fail(lost)) : Effect.fail(lost)
    })
  }
}

const stores = Layer.mergeAll(
  WorkflowEngine.layerMemory,
  Claims.layerMemory,
  Fingerprint.layerEphemeral,
  PayoutVault.layerEphemeral,
  PayoutEvents.layerMemory(),
  WorkList.layerMemory,
  Ledger.layerMemory,
)

const guards = Layer.merge(LedgerGuard.layer, FundingGuard.layer())

/** The stores of memory, each of which can be away. */
const away = (outage: Away) =>
  Layer.mergeAll(
    Layer.effect(
      Claims,
      Effect.map(Claims, (claims) =>
        Claims.of({
          ...claims,
          claim: (request) => outage.at("claim", claims.claim(request)),
          complete: (claim, result) => outage.at("complete", claims.complete(claim, result)),
          advance: (claim, recoveryPoint, data) =>
            outage.at("advance", claims.advance(claim, recoveryPoint, data)),
        }),
      ),
    ),
    Layer.effect(
      LedgerGuard,
      Effect.map(LedgerGuard, (guard) =>
        LedgerGuard.of({
          reserve: (request) => outage.at("reserve", guard.reserve(request)),
          commit: (request) => outage.at("commit", guard.commit(request)),
          release: (request) => outage.at("release", guard.release(request)),
        }),
      ),
    ),
    Layer.effect(
      PayoutEvents,
      Effect.map(PayoutEvents, (events) =>
        PayoutEvents.of({
          ...events,
          record: (happened) => {
            const tags = happened.map(({ _tag }) => _tag)
            const recorded = events.record(happened)
            if (tags.includes("Accepted")) return outage.at("accepted", recorded)
            return tags.includes("Settled") ? outage.at("settled", recorded) : recorded
          },
        }),
      ),
    ),
    Layer.effect(
      WorkList,
      Effect.map(WorkList, (list) =>
        WorkList.of({ ...list, put: (open) => outage.at("put", list.put(open)) }),
      ),
    ),
  )

export const layer = (outage: Away) => (options: PayoutsOptions) =>
  Layer.merge(Payouts.layer(options), WorkList.layerResolver()).pipe(
    Layer.provideMerge(away(outage)),
    Layer.provideMerge(guards),
    Layer.provideMerge(stores),
  )
