import { Option } from "effect"
import { catalogue, payoutProgress, tagOfCode } from "../VisaError.ts"
import type { Catalogue, PayoutProgress, Row, TagIn } from "../VisaError.ts"

/** The statuses that the catalogue of errors has rows for. */
type BadEnd = Extract<
  Catalogue[TagIn<"payoutStatus">]["codes"],
  { readonly payoutStatus: string }
>["payoutStatus"]

/** A status that this version knows. */
export type KnownPayoutStatus = keyof typeof payoutProgress | BadEnd

/** A status that this version does not know. It says nothing about the money: ask again. */
export interface UnrecognizedStatus {
  readonly _tag: "Unrecognized"
  /** The status as Visa sent it. */
  readonly text: string
}

/** `status` of an account or wallet payout. */
export type PayoutStatus = KnownPayoutStatus | UnrecognizedStatus

/**
 * Where a payout stands. `Settled` is credited to the recipient, though the bank can still return it.
 * `Failed` ended before money left. `Returned` left and comes back. `Unknown` says nothing about the
 * money.
 */
export type Standing = "InProgress" | "ActionNeeded" | "Settled" | "Failed" | "Returned" | "Unknown"

/**
 * What a new status says after an old one. `Next` follows it and `Skipped` follows with steps between
 * that nobody saw, as polling does. `Earlier` is older news: notifications come out of order.
 * `Impossible` follows in neither direction and is worth a question to Visa. `Unknown` cannot be
 * judged.
 */
export type Transition = "Same" | "Next" | "Skipped" | "Earlier" | "Impossible" | "Unknown"

const refused = ["REJECTED", "DECLINED", "FAILED", "VALIDATION_FAILED"] as const

/**
 * Which status follows which. Visa publishes the statuses and not their order: the arrows are this
 * SDK's reading.
 */
const transitions = {
  PENDING: ["PAYMENT_RECEIVED"],
  PAYMENT_RECEIVED: [
    "AWAITING_INFORMATION",
    "PENDING_CANCELLATION",
    "IN_PROGRESS",
    "PAYMENT_SENT",
    ...refused,
  ],
  AWAITING_INFORMATION: ["PAYMENT_RECEIVED"],
  // A cancellation that comes too late is not granted, and the payout goes on.
  PENDING_CANCELLATION: ["CANCELLED", "PAYMENT_SENT"],
  IN_PROGRESS: ["PENDING_CANCELLATION", "PAYMENT_SENT", ...refused],
  PAYMENT_SENT: ["DELIVERED_TO_SCHEME", "RETURNED"],
  DELIVERED_TO_SCHEME: ["DELIVERED_TO_RECIPIENT_BANK", "RETURNED"],
  DELIVERED_TO_RECIPIENT_BANK: ["PAYMENT_DELIVERED", "RETURNED"],
  PAYMENT_DELIVERED: ["RETURNED"],
  CANCELLED: [],
  REJECTED: [],
  DECLINED: [],
  FAILED: [],
  VALIDATION_FAILED: [],
  RETURNED: [],
  // Nothing published says what comes before or after it.
  ERROR: [],
} as const satisfies { readonly [S in KnownPayoutStatus]: ReadonlyArray<KnownPayoutStatus> }

const isKnown = (text: string): text is KnownPayoutStatus => Object.hasOwn(transitions, text)

const all = Object.keys(transitions).filter(isKnown)

const of = (text: string): PayoutStatus => (isKnown(text) ? text : { _tag: "Unrecognized", text })

const standings: { readonly [S in PayoutProgress["standing"]]: Standing } = {
  InProgress: "InProgress",
  ActionNeeded: "ActionNeeded",
  Delivered: "Settled",
}

/** A status of a payout that Visa has and that has not ended badly. */
export type Progress = keyof typeof payoutProgress

export const isProgress = (status: PayoutStatus): status is Progress =>
  typeof status === "string" && Object.hasOwn(payoutProgress, status)

const standing = (status: PayoutStatus): Standing => {
  if (isProgress(status)) return standings[payoutProgress[status].standing]
  if (typeof status !== "string") return "Unknown"
  return Option.match(tagOfCode("payoutStatus", status), {
    onNone: () => "Unknown",
    onSome: (tag) => {
      const { category, money }: Row = catalogue[tag]
      return category === "return" ? "Returned" : money === "NotMoved" ? "Failed" : "Unknown"
    },
  })
}

const isTerminal = (status: PayoutStatus): boolean =>
  typeof status === "string" && status !== "ERROR" && transitions[status].length === 0

const reaches = (from: KnownPayoutStatus, to: KnownPayoutStatus): boolean => {
  const seen = new Set<KnownPayoutStatus>([from])
  // A Set that grows while it is walked is walked to its end.
  for (const status of seen) for (const next of transitions[status]) seen.add(next)
  return from !== to && seen.has(to)
}

const judge = (from: PayoutStatus, to: PayoutStatus): Transition => {
  if (typeof from !== "string" || typeof to !== "string") return "Unknown"
  if (from === to) return "Same"
  if (from === "ERROR" || to === "ERROR") return "Unknown"
  const next: ReadonlyArray<KnownPayoutStatus> = transitions[from]
  if (next.includes(to)) return "Next"
  if (reaches(from, to)) return "Skipped"
  return reaches(to, from) ? "Earlier" : "Impossible"
}

/**
 * The life of an account or wallet payout: its statuses, where each stands, and which follows which.
 *
 * Source: Visa's Account and Wallet reference for the statuses; `PENDING`, `IN_PROGRESS`, `DECLINED`,
 * `FAILED`, `ERROR` and `VALIDATION_FAILED` are seen in clients that were written from it.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { PayoutStatus } from "effect-visa-direct"
 *
 * assert.strictEqual(PayoutStatus.standing("DELIVERED_TO_SCHEME"), "InProgress")
 * assert.strictEqual(PayoutStatus.judge("PAYMENT_DELIVERED", "RETURNED"), "Next")
 * assert.strictEqual(PayoutStatus.judge("PAYMENT_SENT", "PAYMENT_RECEIVED"), "Earlier")
 * assert.isFalse(PayoutStatus.isTerminal("PAYMENT_DELIVERED"))
 *
 * // A status of the future is kept as it came, and is neither success nor failure.
 * const unheard = PayoutStatus.of("HELD_AT_BORDER")
 * assert.deepStrictEqual(unheard, { _tag: "Unrecognized", text: "HELD_AT_BORDER" })
 * assert.strictEqual(PayoutStatus.standing(unheard), "Unknown")
 */
export const PayoutStatus = {
  /** The statuses that this version knows. */
  all,
  /** From Visa's text. */
  of,
  /** Where a payout of this status stands. */
  standing,
  /** Whether nothing follows. `PAYMENT_DELIVERED` is not terminal: a bank can return the money later. */
  isTerminal,
  /** What a status says when it comes after another one. */
  judge,
  /** The arrows, as data. */
  transitions,
} as const
