/** What a store of claims keeps and does, and the vocabulary of `payouts/Claims.ts`. */
import type { Effect } from "effect"
import type { VisaError } from "../VisaError.ts"

/** Which claim: a key, such as the idempotency key of a payout, within a namespace. */
export interface ClaimId {
  readonly namespace: string
  readonly key: string
}

/**
 * Names a claim within this process; a key can have any characters. With the length, no two of them are
 * spelled alike.
 */
export const idOf = ({ key, namespace }: ClaimId): string =>
  `${namespace.length}/${namespace}/${key}`

/** A claim as a store keeps it. Texts that hold JSON are opaque to the store. */
export interface StoredClaim {
  readonly fingerprint: string
  readonly owner: string
  /** Counted from 1, one more with every time that the claim changes hands. */
  readonly token: number
  /** What is left of the lease by the store's clock; zero or less when it has run out. */
  readonly remainingMillis: number
  readonly recoveryPoint: string | undefined
  readonly data: string | undefined
  /** Present once the claim is completed. */
  readonly result: string | undefined
}

/** Who consumed a receipt. */
export interface StoredReceipt {
  readonly by: string
  readonly fingerprint: string
}

/**
 * A store of claims. Every method is one atomic step, also against other processes.
 *
 * To keep claims somewhere else, implement this and give it to `Claims.layerStore`, then run
 * `ClaimsConformance` against the layer. Fail with `StoreUnavailable` where the store does not answer.
 */
export interface ClaimStore {
  /**
   * Grants the claim if it is new, or if it is not completed, its stored fingerprint is among
   * `fingerprints`, and either `owner` holds it already or its lease has run out. To grant is to
   * store `owner`, a lease from now, and a token that is one higher (1 for a new claim, together with
   * the first of `fingerprints`). Recovery point and data stay. Answers the claim as it then is.
   */
  readonly claim: (
    request: ClaimId & {
      readonly owner: string
      readonly fingerprints: readonly [string, ...ReadonlyArray<string>]
      readonly leaseMillis: number
    },
  ) => Effect.Effect<StoredClaim & { readonly granted: boolean }, VisaError>
  /**
   * If `token` is the claim's and the claim is not completed: begins the lease anew, and stores what
   * is given of `recoveryPoint` and `data`. Answers whether it was so.
   */
  readonly update: (
    claim: ClaimId & {
      readonly token: number
      readonly leaseMillis: number
      readonly recoveryPoint?: string | undefined
      readonly data?: string | undefined
    },
  ) => Effect.Effect<boolean, VisaError>
  /**
   * If `token` is the claim's: stores the result, unless one is there. Answers whether the claim now
   * has that token and this very result.
   */
  readonly complete: (
    claim: ClaimId & { readonly token: number; readonly result: string },
  ) => Effect.Effect<boolean, VisaError>
  /**
   * If `token` is the claim's and the claim is not completed: ends the lease. Answers whether it was so.
   */
  readonly release: (
    claim: ClaimId & { readonly token: number },
  ) => Effect.Effect<boolean, VisaError>
  /** Stores who consumed a receipt, unless somebody did. Answers who consumed it. */
  readonly consume: (
    receipt: string,
    consumer: StoredReceipt,
  ) => Effect.Effect<StoredReceipt, VisaError>
  /** Forgets the receipt if it was consumed by `by`. Answers whether it is free now. */
  readonly restore: (receipt: string, by: string) => Effect.Effect<boolean, VisaError>
  /** Forgets the claims that were completed so long ago or longer. Answers how many. */
  readonly prune: (ageMillis: number) => Effect.Effect<number, VisaError>
}
