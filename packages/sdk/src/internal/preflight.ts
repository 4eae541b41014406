/** Everything that is decided about a payout before anything is sent. */
import { Clock, Effect, Result, Schema } from "effect"
import type { Payout } from "../payouts/Payout.ts"
import type { PayoutEvents } from "../payouts/PayoutEvents.ts"
import { Sealed } from "../payouts/PayoutVault.ts"
import { VisaError } from "../VisaError.ts"

/** It may go out. */
export const Admitted = Schema.TaggedStruct("Admitted", {
  /** The guards that hold something for it, in the order in which they were asked. */
  held: Schema.Array(Schema.String),
  /** The card that an alias stands for. */
  card: Schema.optionalKey(Sealed),
  quoteId: Schema.optionalKey(Schema.String),
})
export type Admitted = typeof Admitted.Type

/** It may not, and nothing is held for it. */
export const NotAdmitted = Schema.TaggedStruct("NotAdmitted", {
  step: Schema.String,
  error: VisaError.Schema,
})
export type NotAdmitted = typeof NotAdmitted.Type

export const Admission = Schema.Union([Admitted, NotAdmitted])
export type Admission = typeof Admission.Type

/** A guard, with what it is asked for one payout. Every call can be repeated. */
export interface Bound {
  readonly name: string
  readonly reserve: Effect.Effect<void, VisaError>
  readonly commit: Effect.Effect<void, VisaError>
  readonly release: Effect.Effect<void, VisaError>
}

export interface Preflight {
  /** In the order in which they are asked. */
  readonly guardsOf: (payout: Payout) => ReadonlyArray<Bound>
  /** Fails only where a store does not answer. */
  readonly admit: (payout: Payout) => Effect.Effect<Admission, VisaError>
}

const isDown = ({ reason }: VisaError): boolean => reason._tag === "StoreUnavailable"

/** Fails with the name of the step beside the error. */
const at =
  (step: string) =>
  <A, R>(self: Effect.Effect<A, VisaError, R>): Effect.Effect<A, NotAdmitted | VisaError, R> =>
    Effect.mapError(self, (error): NotAdmitted | VisaError =>
      isDown(error) ? error : { _tag: "NotAdmitted", step, error },
    )

export interface PreflightParts {
  readonly guardsOf: Preflight["guardsOf"]
  readonly events: PayoutEvents["Service"]
}

export const makePreflight = ({ events, guardsOf }: PreflightParts): Preflight => ({
  guardsOf,
  admit: Effect.fnUntraced(function* (payout): Effect.fn.Return<Admission, VisaError> {
    const held: Array<Bound> = []
    const found = yield* Effect.gen(function* () {
      for (const guard of guardsOf(payout)) {
        yield* at(guard.name)(guard.reserve)
        held.push(guard)
      }
      const now = yield* Clock.currentTimeMillis
      yield* events.record(
        held.map(({ name }, index) => ({
          _tag: "Reserved",
          payout: payout.key,
          at: now,
          guard: name,
          round: index + 1,
        })),
      )
      return { _tag: "Admitted", held: held.map(({ name }) => name) } as const
    }).pipe(Effect.result)
    if (Result.isSuccess(found)) return found.success
    const refusal = found.failure
    if (refusal._tag !== "NotAdmitted") return yield* refusal
    for (const guard of held.toReversed()) yield* guard.release
    const { error, step } = refusal
    const now = yield* Clock.currentTimeMillis
    yield* events.record([
      { _tag: "Refused", payout: payout.key, at: now, step, reason: error.reason._tag },
    ])
    return refusal
  }),
})
