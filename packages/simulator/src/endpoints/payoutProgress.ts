/**
 * The road of a payout: its statuses one after the other. Visa publishes the set of statuses and
 * not the arrows between them, so the roads here are readings.
 */
import type { Step } from "../internal/Payouts.ts"
import type { ScriptedAnswer } from "../Script.ts"
import { payoutReasons } from "./payoutErrors.ts"

const received = "PAYMENT_RECEIVED"

const toDelivery = [
  received,
  "PAYMENT_SENT",
  "DELIVERED_TO_SCHEME",
  "DELIVERED_TO_RECIPIENT_BANK",
  "PAYMENT_DELIVERED",
]

/** The statuses up to one at which it stays; a status that is not known follows on the first. */
const roadTo = (status: string): ReadonlyArray<string> => {
  if (status === "PENDING") return [status, ...toDelivery]
  if (status === "RETURNED") return [...toDelivery.slice(0, 3), status]
  const along = toDelivery.indexOf(status)
  return along === -1 ? [received, status] : toDelivery.slice(0, along + 1)
}

/** Statuses from which the client can still cancel: nothing was sent yet. */
export const cancellable: ReadonlySet<string> = new Set([
  "PENDING",
  received,
  "AWAITING_INFORMATION",
])

/** Statuses that come with a reason. */
const failed: ReadonlySet<string> = new Set(["REJECTED", "RETURNED"])

/** "Unspecified by the bank". */
const noReasonGiven = 77

/**
 * Under which names a reply carries the reason is not published; `reasonCode` and `reason` are
 * ours.
 */
const reasonMembers = (id: number) => ({
  reasonCode: String(id),
  reason: payoutReasons[id] ?? "not listed",
})

type ScriptedStep = NonNullable<ScriptedAnswer["progress"]>[number]

const stepOf = (
  { returnAmount, status, ...scripted }: ScriptedStep,
  amount: string,
  at: number,
): Step => {
  const reasonId = scripted.reasonId ?? (failed.has(status) ? noReasonGiven : undefined)
  const back = returnAmount ?? (status === "RETURNED" ? Number(amount) : undefined)
  return {
    status,
    at,
    members: {
      ...(back === undefined ? {} : { returnAmount: back }),
      ...(reasonId === undefined ? {} : reasonMembers(reasonId)),
    },
    ...(back === undefined ? {} : { returnAmount: String(back) }),
  }
}

/** Lays the steps out in time, the first of them now. */
const inTime = (
  steps: ReadonlyArray<ScriptedStep>,
  amount: string,
  now: number,
  pause: number,
): ReadonlyArray<Step> => {
  let at = now
  return steps.map((step, index) => {
    at += index === 0 ? 0 : (step.afterMillis ?? pause)
    return stepOf(step, amount, at)
  })
}

/** Where a payout goes after it was sent in, unless the script lays the steps out itself. */
export const sendRoad = (answer: ScriptedAnswer | undefined): ReadonlyArray<string> =>
  answer?.status === undefined ? toDelivery : roadTo(answer.status)

/** Where it goes after it was cancelled. */
export const cancelRoad = (answer: ScriptedAnswer | undefined): ReadonlyArray<string> =>
  answer?.status === undefined ? ["PENDING_CANCELLATION", "CANCELLED"] : [answer.status]

/** The steps of `progress`, or those of a road; the script's reason and amount are the last one's. */
export const stepsOf = (
  answer: ScriptedAnswer | undefined,
  road: ReadonlyArray<string>,
  amount: string,
  now: number,
  pause: number,
): ReadonlyArray<Step> => {
  const { progress = [], reasonId, returnAmount } = answer ?? {}
  const last = {
    ...(reasonId === undefined ? {} : { reasonId }),
    ...(returnAmount === undefined ? {} : { returnAmount }),
  }
  const steps: ReadonlyArray<ScriptedStep> =
    progress.length > 0
      ? progress
      : road.map((status, index) => (index === road.length - 1 ? { status, ...last } : { status }))
  return inTime(steps, amount, now, pause)
}
