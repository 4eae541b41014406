/** What compensation asks for. Outside of this package nobody can make one. */
import type { VisaError } from "../VisaError.ts"

/**
 * Proof that one step of a payout was certainly not made, or that it was made and came back. Only the
 * saga makes it, from Visa's answer about that very payment: there is no way from an unknown outcome to
 * it.
 */
export class Declined {
  readonly _tag = "Declined"
  /** The payout's key. */
  readonly payout: string
  /** The step that was not made. */
  readonly step: string
  /** What Visa, a bank or a rule said. */
  readonly error: VisaError
  // What has no such member is no proof, whatever it looks like.
  readonly #made = true

  private constructor(payout: string, step: string, error: VisaError) {
    this.payout = payout
    this.step = step
    this.error = error
  }

  /** @internal */
  static of(payout: string, step: string, known: { readonly error: VisaError }): Declined {
    return new Declined(payout, step, known.error)
  }

  static is(u: unknown): u is Declined {
    return typeof u === "object" && u !== null && #made in u && u.#made
  }
}

/** The word of an operator who looked at the records of Visa or the bank, and answers for it. */
export class DecidedNotPaid {
  readonly _tag = "DecidedNotPaid"
  readonly payout: string
  readonly step: string
  readonly by: string
  readonly evidence: string
  readonly #made = true

  private constructor(payout: string, step: string, by: string, evidence: string) {
    this.payout = payout
    this.step = step
    this.by = by
    this.evidence = evidence
  }

  /** @internal */
  static of(
    payout: string,
    step: string,
    word: { readonly by: string; readonly evidence: string },
  ): DecidedNotPaid {
    return new DecidedNotPaid(payout, step, word.by, word.evidence)
  }

  static is(u: unknown): u is DecidedNotPaid {
    return typeof u === "object" && u !== null && #made in u && u.#made
  }
}

/** Either of them. */
export type Proof = Declined | DecidedNotPaid
