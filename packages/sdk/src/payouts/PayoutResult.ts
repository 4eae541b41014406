/**
 * How a payout can end.
 *
 * | value | the money | what is held for it |
 * |---|---|---|
 * | {@link Settled} | is paid | used up |
 * | {@link PayoutDeclined} | is not paid: Visa or a bank said no | released; a debit that funded it, undone |
 * | {@link PayoutRefused} | is not paid: it was not sent, or refused before anybody decided on it | released |
 * | {@link PayoutUnknown} | nobody can say yet | stays held; the payout is on the work list |
 *
 * The first three are final. An unknown payout becomes one of them: execute it again under its key, or
 * `poll` it.
 */
import { Schema } from "effect"
import { Declined } from "../internal/proof.ts"
import { Money } from "../Money.ts"
import { VisaError } from "../VisaError.ts"

const text = Schema.optionalKey(Schema.String)

/** A payout that was made, exactly once. What is absent does not belong to its rail, or Visa did not say. */
export const Settled = Schema.TaggedStruct("Settled", {
  /** Its key. */
  payout: Schema.String,
  rail: Schema.Literals(["card", "account", "wallet"]),
  amount: Money.Schema,
  /** How it came to be known: `reply`, `status`, `query`, `resend`, or `decision` of an operator. */
  via: Schema.String,
  transactionIdentifier: text,
  actionCode: text,
  approvalCode: text,
  systemsTraceAuditNumber: text,
  retrievalReferenceNumber: text,
  /**
   * Of payouts to accounts and wallets: Visa has accepted it, and this is how far it was then. Whether it
   * is delivered, or came back, is told by `AccountPayouts.query`.
   */
  payoutStatus: text,
  payoutId: text,
  clientReferenceId: text,
  quoteId: text,
})
export type Settled = typeof Settled.Type

/**
 * What was done about what had been reserved or debited: guards released it; the debit was undone by a
 * reversal or an adjustment; or a person made it good.
 */
export const Compensated = Schema.Literals(["released", "reversed", "adjusted", "madeGood"])
export type Compensated = typeof Compensated.Type

/** Whose proof: errors that the saga made. One that somebody else has made proves nothing. */
const proofs = new WeakMap<object, Declined>()

/** @internal */
export const attested = <E extends PayoutDeclined | PayoutRefused>(error: E): E => {
  proofs.set(error, Declined.of(error.payout, error.step, error))
  return error
}

/** Visa or a bank said no. Nothing was paid, and what was done for the payout is undone. */
export class PayoutDeclined extends Schema.TaggedError<PayoutDeclined>()("PayoutDeclined", {
  payout: Schema.String,
  /** The step that was declined: `push`, `payout` or `pull`. */
  step: Schema.String,
  error: VisaError.Schema,
  compensated: Schema.Array(Compensated),
  message: Schema.String,
}) {
  /** @internal */
  static of(
    payout: string,
    step: string,
    error: VisaError,
    compensated: ReadonlyArray<Compensated>,
  ): PayoutDeclined {
    return new PayoutDeclined({
      payout,
      step,
      error,
      compensated,
      message: `PayoutDeclined: the payout ${payout} was declined in the step ${step}. ${error.message}`,
    })
  }
  /** For compensations of your own. Throws where the error is not one of `Payouts`. */
  get proof(): Declined {
    const found = proofs.get(this)
    if (found === undefined)
      throw new TypeError("This error was not made by Payouts: it proves nothing")
    return found
  }
}

/** The payout was not made: a guard, a rule or Visa's gateway refused it, or it could not be sent. */
export class PayoutRefused extends Schema.TaggedError<PayoutRefused>()("PayoutRefused", {
  payout: Schema.String,
  /**
   * Where it was refused: `request`, `key`, a guard (`ledger`, `funding`, `receipt`), `alias`, `card`,
   * `policy`, `compliance`, `quote`, or a step that moves money.
   */
  step: Schema.String,
  error: VisaError.Schema,
  compensated: Schema.Array(Compensated),
  message: Schema.String,
}) {
  /** @internal */
  static of(
    payout: string,
    step: string,
    error: VisaError,
    compensated: ReadonlyArray<Compensated> = [],
  ): PayoutRefused {
    return new PayoutRefused({
      payout,
      step,
      error,
      compensated,
      message: `PayoutRefused: the payout ${payout} was refused in the step ${step}. ${error.message}`,
    })
  }
  /**
   * For compensations of your own. Absent where another payout has the key: that one may have been made.
   */
  get proof(): Declined | undefined {
    return proofs.get(this)
  }
}

/** Whether the payout was made is not known yet. Do not pay in another way: execute or poll it again. */
export class PayoutUnknown extends Schema.TaggedError<PayoutUnknown>()("PayoutUnknown", {
  payout: Schema.String,
  step: Schema.String,
  /** Since when, in milliseconds since the epoch. */
  since: Schema.Int,
  /** The tag of what was last seen. */
  reason: Schema.String,
  message: Schema.String,
}) {
  /** @internal */
  static of(payout: string, step: string, since: number, reason: string): PayoutUnknown {
    return new PayoutUnknown({
      payout,
      step,
      since,
      reason,
      message:
        `PayoutUnknown: Visa has not yet said what became of the step ${step} of the payout ${payout}; ` +
        `last seen was ${reason}. It is on the work list. ` +
        "Next: Poll it, or execute it again under the same key. Do not pay in another way.",
    })
  }
}
