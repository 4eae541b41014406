/** Every way in which the reply to a payment gets lost, and what the caller must come to know. */
import { assert } from "@effect/vitest"
import { Effect, Result, Schedule } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import type { Fault, ScriptedAnswer } from "effect-visa-direct-simulator"
import type { OutcomeUnknown, Via } from "../../src/api/Outcome.ts"
import type { VisaError } from "../../src/VisaError.ts"

/** Rounds follow each other at once where a person would wait. */
export const impatient = { polling: Schedule.spaced("5 millis"), deadline: "10 seconds" } as const

/** Shorter than the simulator's `hang`, and long enough for a machine that is busy. */
export const hasty = { headersTimeout: "1300 millis", transactionTimeout: "1 second" } as const

export interface Loss {
  readonly name: string
  readonly fault?: Fault
  readonly answer?: ScriptedAnswer
  readonly via: Via
}

const times = 1

/** Faults that every endpoint can have. */
export const faults: ReadonlyArray<Loss> = [
  { name: "no fault", via: "reply" },
  {
    name: "connection reset before commit",
    fault: { kind: "dropBeforeCommit", times },
    via: "resend",
  },
  {
    name: "connection reset after commit",
    fault: { kind: "dropAfterCommit", times },
    via: "query",
  },
  { name: "time-out after commit", fault: { kind: "hang", times }, via: "query" },
  {
    name: "time-out before commit",
    fault: { kind: "hang", commit: false, times },
    via: "resend",
  },
  { name: "reply reset in its middle", fault: { kind: "resetMidBody", times }, via: "query" },
  { name: "truncated reply", fault: { kind: "truncate", times }, via: "query" },
  {
    name: "503 after commit",
    fault: { kind: "status", status: 503, commit: true, times },
    via: "query",
  },
  {
    name: "503 before commit",
    fault: { kind: "status", status: 503, commit: false, times },
    via: "resend",
  },
  {
    name: "500 after commit",
    fault: { kind: "status", status: 500, commit: true, times },
    via: "query",
  },
  {
    name: "504 before commit",
    fault: { kind: "status", status: 504, commit: false, times },
    via: "resend",
  },
  { name: "a reply for another key", fault: { kind: "wrongKey", times }, via: "query" },
  { name: "a gateway's HTML", fault: { kind: "html", times }, via: "query" },
]

/** What only card transactions have: a status id, and action codes that leave it open. */
export const onCard: ReadonlyArray<Loss> = [
  { name: "202, then decided", answer: { processingMillis: 1_050 }, via: "status" },
  {
    name: "202, status keeps waiting",
    answer: { processingMillis: 1_050, pendingPolls: 3 },
    via: "status",
  },
  {
    name: "68, and the money moved",
    answer: { actionCode: "68", settledAs: "00" },
    via: "query",
  },
  {
    name: "91, and the money moved",
    answer: { actionCode: "91", settledAs: "00" },
    via: "query",
  },
]

/** A simulator that has seen nothing yet. */
export const reset = Effect.gen(function* () {
  const simulator = yield* Simulator
  yield* simulator.clearFaults
  yield* simulator.clearScript
  yield* simulator.ledger.clear
  return simulator
})

/** Lets it happen to the next requests of one endpoint. */
export const lose = Effect.fnUntraced(function* (endpoint: string, { answer, fault }: Loss) {
  const simulator = yield* Simulator
  if (fault !== undefined) yield* simulator.inject({ ...fault, match: { endpoint } })
  if (answer !== undefined) yield* simulator.script({ answer, times: 1, match: { endpoint } })
})

/** What the caller came to believe, in one word. */
export const believed = <A extends { readonly via: Via }>(
  outcome: Result.Result<A, VisaError | OutcomeUnknown>,
): string => {
  if (Result.isSuccess(outcome)) return outcome.success.via
  const { failure } = outcome
  return failure._tag === "VisaError" ? failure.reason._tag : failure._tag
}

/** The ledger's one entry with which money moved in a direction. */
export const theOne = Effect.fnUntraced(function* (direction: "pushed" | "pulled" | "reversed") {
  const { ledger } = yield* Simulator
  const moved = (yield* ledger.payments).filter((entry) => entry.direction === direction)
  assert.strictEqual(moved.length, 1)
  return moved[0] ?? assert.fail(direction)
})
