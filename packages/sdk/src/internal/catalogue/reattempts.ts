import type { DeclineCategory } from "./row.ts"

/** How often a declined payment may be tried again. */
export interface ReattemptLimit {
  /** What Visa's category says. */
  readonly meaning: string
  /** What must happen before another attempt. */
  readonly condition: string
  /** At most this many attempts after the first within `days`; 0: none. */
  readonly attempts: number
  /** Days, counted from the first decline. */
  readonly days: number
}

/**
 * Visa's limits by decline category. They are written for purchases; nothing published says that
 * they do not count for pushes and pulls.
 *
 * Source: Visa's bulletin AI10325 as published by acquirers (Worldpay, Checkout.com). Some publish 20
 * in place of 15 for the time from April 2026: 15 keeps to both.
 */
export const reattemptLimits: { readonly [D in DeclineCategory]: ReattemptLimit } = {
  1: {
    meaning: "the issuer will never approve",
    condition: "there is none: do not use this card again",
    attempts: 0,
    days: 30,
  },
  2: {
    meaning: "the issuer cannot approve now",
    condition: "wait",
    attempts: 15,
    days: 30,
  },
  3: {
    meaning: "the data is not right",
    condition: "have the cardholder's data checked and corrected",
    attempts: 15,
    days: 30,
  },
  4: {
    meaning: "a generic answer",
    condition: "decide by what is known of the payment; the code alone gives no reason to hope",
    attempts: 15,
    days: 30,
  },
}

/** The limit of a decline category; see {@link reattemptLimits}. */
export const reattemptLimit = (category: DeclineCategory): ReattemptLimit =>
  reattemptLimits[category]
