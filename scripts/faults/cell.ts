/** One cell of the matrix: one payout, one fault at one step, and what all sides then say of it. */
import { Effect, Option, Schedule } from "effect"
import { Payouts, WorkList } from "effect-visa-direct"
import type {
  Payout,
  PayoutDeclined,
  PayoutRefused,
  PayoutUnknown,
  Settled,
  WorkItem,
} from "effect-visa-direct"
import { Simulator } from "effect-visa-direct-simulator"
import { balance } from "./payouts.ts"
import type { Step } from "./steps.ts"
import type { Strike } from "./strikes.ts"

/** How often money went which way, by the ledger of the simulated Visa. */
export interface Moved {
  readonly paid: number
  readonly debited: number
  readonly reversed: number
  readonly adjusted: number
}

export type Result = Settled | PayoutDeclined | PayoutRefused | PayoutUnknown

/** What the sides say at one moment. */
export interface Seen {
  readonly result: Result
  readonly moved: Moved
  /** Minor units of the account of the SDK's own ledger, since the payout began. */
  readonly taken: number
  readonly reserved: number
  readonly listed: boolean
}

export interface Cell {
  /** How often the fault struck. */
  readonly struck: number
  readonly first: Seen
  /** After the fault has ended, where the outcome was unknown until then. */
  readonly final: Seen
  /** What a person had to decide, because Visa could not be asked. */
  readonly decided: ReadonlyArray<string>
}

const moved: Effect.Effect<Moved, never, Simulator> = Effect.gen(function* () {
  const simulator = yield* Simulator
  const entries = yield* simulator.ledger.entries()
  const count = (is: (entry: (typeof entries)[number]) => boolean) => entries.filter(is).length
  return {
    // Visa has taken a payout to an account when it is in the ledger; its money moves later.
    paid: count((one) => one.kind === "payout" || (one.moneyMoved && one.direction === "pushed")),
    debited: count((one) => one.moneyMoved && one.kind === "pull"),
    reversed: count((one) => one.moneyMoved && one.kind === "reversal"),
    adjusted: count((one) => one.moneyMoved && one.kind === "adjustment"),
  }
})

const execute = (payout: Payout): Effect.Effect<Result, never, Payouts> =>
  Effect.match(Payouts.execute(payout), {
    onFailure: (error): Result => error,
    onSuccess: (settled) => settled,
  })

const look = Effect.fnUntraced(function* (result: Result, before: { readonly available: number }) {
  const list = yield* WorkList
  const now = yield* balance
  return {
    result,
    moved: yield* moved,
    taken: before.available - now.available,
    reserved: now.reserved,
    listed: Option.isSome(yield* list.find(result.payout)),
  } satisfies Seen
})

/** A 429 is over when its pause is. */
const paused: ReadonlySet<string> = new Set(["RateLimited", "RateLimiterBusy"])
const pauseOf429 = "3 seconds"

/** How often Visa is asked again before a person looks. */
const askings = 3

/** The truth, as a settlement report would tell it. */
const truth = (step: string, { adjusted, debited, paid, reversed }: Moved): boolean => {
  switch (step) {
    case "pull":
      return debited > 0
    case "reverse":
      return reversed > 0
    case "adjust":
      return adjusted > 0
    default:
      return paid > 0
  }
}

/** Goes on until the payout has its end, as the resolver and an operator would. */
const resolve = Effect.fnUntraced(function* (payout: Payout) {
  const { key } = payout
  const list = yield* WorkList
  const decided: Array<string> = []
  const isOver = ({ round, step }: WorkItem) =>
    Effect.map(
      list.find(key),
      Option.match({
        onNone: () => true,
        onSome: (now) => now.round !== round || now.step !== step,
      }),
    )
  const hasEnded = Effect.map(
    Payouts.poll(key),
    Option.exists(({ _tag }) => _tag !== "InProgress" && _tag !== "PayoutUnknown"),
  )
  const until = <E, R>(happened: Effect.Effect<boolean, E, R>) =>
    Effect.repeat(happened, { until: (it) => it, schedule: Schedule.spaced("5 millis") })

  for (let asked = 0; !(yield* hasEnded);) {
    const found = yield* list.find(key)
    if (Option.isNone(found)) {
      yield* Effect.sleep("5 millis")
      continue
    }
    const { reason, step } = found.value
    if (paused.has(reason)) yield* Effect.sleep(pauseOf429)
    if (asked++ < askings) yield* WorkList.askNow(key)
    else {
      const isDone = step === "makeGood" || truth(step, yield* moved)
      decided.push(`${step}: ${isDone ? "done" : "not done"}`)
      yield* WorkList.decide(key, {
        outcome: isDone ? "paid" : "notPaid",
        by: "operator",
        evidence: "settlement report",
      })
    }
    yield* until(isOver(found.value))
  }
  return { result: yield* execute(payout), decided }
})

/** Executes a payout under a fault, ends the fault, and goes on to the payout's end. */
export const follow = Effect.fnUntraced(function* (
  payout: Payout,
  struckBy: Effect.Effect<number>,
  heal: Effect.Effect<void>,
) {
  const before = yield* balance
  const first = yield* look(yield* execute(payout), before)
  const struck = yield* struckBy
  yield* heal
  if (first.result._tag !== "PayoutUnknown") {
    return { struck, first, final: first, decided: [] } satisfies Cell
  }
  const { decided, result } = yield* resolve(payout)
  return { struck, first, final: yield* look(result, before), decided } satisfies Cell
})

/** A simulator that has seen nothing, with what a payout needs to come to a step. */
export const prepare = Effect.fnUntraced(function* ({ faults = [], scripts = [] }: Step) {
  const simulator = yield* Simulator
  yield* simulator.clearFaults
  yield* simulator.clearScript
  yield* simulator.ledger.clear
  for (const rule of scripts) yield* simulator.script(rule)
  for (const fault of faults) yield* simulator.inject(fault)
  return simulator
})

/** One fault of the simulator at one step: for one request, or until the caller has an answer. */
export const run = Effect.fnUntraced(function* (
  step: Step,
  { fault }: Strike,
  isLasting: boolean,
  key: string,
) {
  const simulator = yield* prepare(step)
  const { endpoint } = step
  yield* simulator.inject({ ...fault, match: { endpoint }, ...(isLasting ? {} : { times: 1 }) })
  const struck = Effect.map(
    simulator.ledger.entries({ endpoint }),
    (entries) => entries.filter(({ faults = [] }) => faults.includes(fault.kind)).length,
  )
  return yield* follow(yield* step.payout(key), struck, simulator.clearFaults)
})
