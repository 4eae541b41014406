/**
 * Reserve, commit and release over claims, for guards whose whole state is which of the three has
 * happened: so they hold over processes and crashes wherever claims do.
 *
 * Each of the three takes a claim for as long as it needs. What has happened is the claim's recovery
 * point (`held`) or its result (`committed`, `released`).
 */
import { Duration, Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import type { Claim, Claims } from "../payouts/Claims.ts"
import { Fingerprint } from "../payouts/Fingerprint.ts"
import { VisaError } from "../VisaError.ts"

type End = "committed" | "released"

const held = "held"

/** What one guard does for one request. */
export interface Holding {
  /** The request without personal data: another one for the same payout is `IdempotencyConflict`. */
  readonly request: { readonly payout: string; readonly [part: string]: unknown }
  /** Verifies and takes. It runs again when a process died in it. */
  readonly hold: Effect.Effect<void, VisaError>
  /** Gives back what `hold` has taken; it runs again, and where nothing was taken. */
  readonly giveBack: Effect.Effect<void, VisaError>
  /** How long `hold` may take. */
  readonly patience: Duration.Duration
}

const closed = (payout: string, detail: string): VisaError =>
  VisaError.of("ReservationClosed", { detail: `The reservation of ${payout} ${detail}` })

type State =
  | { readonly _tag: "Free"; readonly claim: Claim; readonly isHeld: boolean }
  | { readonly _tag: "HeldAndBusy" }
  | { readonly _tag: "Ended"; readonly end: End }

const pause = Duration.millis(100)

/** A claim that was taken over because its lease was too short for a machine that stood still. */
const untilUndisturbed = <A>(self: Effect.Effect<A, VisaError>): Effect.Effect<A, VisaError> =>
  Effect.retry(self, { while: ({ reason }) => reason._tag === "ClaimLost", times: 10 })

interface Holder {
  readonly reserve: (holding: Holding) => Effect.Effect<void, VisaError>
  readonly commit: (holding: Holding) => Effect.Effect<void, VisaError>
  readonly release: (holding: Holding) => Effect.Effect<void, VisaError>
}

/** For each guard of a process. */
export const heldByClaim = Effect.fnUntraced(function* (
  claims: Claims["Service"],
  guard: string,
): Effect.fn.Return<Holder, never, SecureRandom.SecureRandom> {
  const random = yield* SecureRandom.SecureRandom
  const process = Buffer.from(yield* random.randomBytes(16)).toString("base64url")
  let attempts = 0

  const look = Effect.fnUntraced(function* ({
    patience,
    request,
  }: Holding): Effect.fn.Return<State, VisaError> {
    attempts += 1
    const owner = `${process} ${attempts}`
    const fingerprint = yield* Fingerprint.takePlain(request)
    while (true) {
      const answer = yield* claims.claim({
        namespace: `guard ${guard}`,
        key: request.payout,
        fingerprint,
        owner,
        // Of the holding and of what is recorded about it.
        lease: Duration.sum(patience, Duration.seconds(5)),
      })
      switch (answer._tag) {
        case "Completed":
          return { _tag: "Ended", end: answer.result === "committed" ? "committed" : "released" }
        case "Claimed":
          return { _tag: "Free", claim: answer.claim, isHeld: answer.recoveryPoint === held }
        case "Busy":
          if (answer.recoveryPoint === held) return { _tag: "HeldAndBusy" }
          yield* Effect.sleep(
            Duration.min(pause, Duration.sum(answer.remaining, Duration.millis(1))),
          )
      }
    }
  })

  const reserve = (holding: Holding) =>
    Effect.gen(function* () {
      const { giveBack, hold, request } = holding
      const state = yield* look(holding)
      if (state._tag === "HeldAndBusy") return
      if (state._tag === "Ended") {
        if (state.end === "committed") return
        // Taken by an attempt that stood still until after the release.
        yield* giveBack
        return yield* closed(request.payout, "was released")
      }
      const { claim, isHeld } = state
      if (isHeld) return yield* claims.release(claim)
      yield* Effect.onError(hold, () => Effect.ignore(claims.release(claim)))
      yield* claims.advance({ ...claim, lease: Duration.zero }, held)
    }).pipe(untilUndisturbed)

  const end = (holding: Holding, wanted: End) =>
    Effect.gen(function* () {
      const { payout } = holding.request
      while (true) {
        const state = yield* look(holding)
        switch (state._tag) {
          case "Ended":
            return state.end === wanted ? undefined : yield* closed(payout, `was ${state.end}`)
          case "HeldAndBusy":
            yield* Effect.sleep(pause)
            break
          case "Free":
            if (wanted === "committed" && !state.isHeld) {
              yield* claims.release(state.claim)
              return yield* closed(payout, "was never made")
            }
            return yield* claims.complete(state.claim, wanted)
        }
      }
    }).pipe(untilUndisturbed)

  return {
    reserve,
    commit: (holding) => end(holding, "committed"),
    release: (holding) => Effect.andThen(end(holding, "released"), holding.giveBack),
  }
}, Effect.provide(SecureRandom.layerWebCrypto))
