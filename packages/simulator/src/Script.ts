/** Scripted answers: which request gets which result, chosen by the test. */
import { Schema } from "effect"
import { Match } from "./Match.ts"

/** ISO 8583 field 39: two characters, digits or letters. */
const ActionCode = Schema.String.check(Schema.isPattern(/^[0-9A-Z]{2}$/))

/** One step of a payout: its status, and when it gets there after the step before. */
const ProgressStep = Schema.Struct({
  /** Any text: also a status that is not documented. */
  status: Schema.String,
  /** Absent: the simulator's `payouts.step`. The first step is taken at once. */
  afterMillis: Schema.optionalKey(Schema.Finite),
  /** Why it was rejected or returned. */
  reasonId: Schema.optionalKey(Schema.Int),
  returnAmount: Schema.optionalKey(Schema.Finite),
})

/**
 * What Visa should answer.
 *
 * - `actionCode`, `responseCode`, `approvalCode`: the network's result, HTTP 200.
 * - `settledAs`: what really happened, when it differs from the answer: the action code that the
 *   ledger and the Transaction Query hold. `{ actionCode: "68", settledAs: "00" }` is an answer
 *   that came too late for money that moved.
 * - `refusal`: a business rejection, HTTP 400 with `API Validation Error: 3001. <refusal>`, or in the
 *   error envelope that the API has instead.
 * - `errorCode`: a refusal by its code (`VAD-1170`), under the HTTP status that goes with it;
 *   `refusal` then words it.
 * - `processingMillis`: how long it takes; past the client's timeout header it becomes a 202.
 * - `pendingPolls`: how often the status GET still answers 202 after the work is done.
 * - `fields`: further members of the reply, such as `networkId`; `null` removes a member.
 * - `approvedAmount`: of a partial approval (`actionCode` 10 on a pull). Absent: half the amount.
 * - `deferred`: what a deferred push comes to when it is processed. Absent: what `actionCode` said.
 * - `location`: the field that a refusal points at, where the API's envelope has room for it.
 * - `status`: where a payout ends (`REJECTED`, `RETURNED`, …), by the usual road; `reasonId` and
 *   `returnAmount` go with it. `PENDING` is a 202 that goes on to delivery.
 * - `progress`: every step of a payout in its place. Starting with `PENDING`, it is a 202.
 * - `httpStatus`, `body`: what the client is sent in place of the status and the body that are due.
 *   What happened stays, and the ledger holds it. A body is encrypted as any other.
 */
export const ScriptedAnswer = Schema.Struct({
  actionCode: Schema.optionalKey(ActionCode),
  settledAs: Schema.optionalKey(ActionCode),
  responseCode: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[0-9A-Z]$/))),
  approvalCode: Schema.optionalKey(Schema.String),
  refusal: Schema.optionalKey(Schema.String),
  processingMillis: Schema.optionalKey(Schema.Finite),
  pendingPolls: Schema.optionalKey(Schema.Int),
  fields: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
  approvedAmount: Schema.optionalKey(Schema.Union([Schema.Finite, Schema.String])),
  deferred: Schema.optionalKey(ActionCode),
  errorCode: Schema.optionalKey(Schema.String),
  location: Schema.optionalKey(Schema.String),
  status: Schema.optionalKey(Schema.String),
  reasonId: Schema.optionalKey(Schema.Int),
  returnAmount: Schema.optionalKey(Schema.Finite),
  progress: Schema.optionalKey(Schema.Array(ProgressStep)),
  httpStatus: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 })),
  ),
  body: Schema.optionalKey(Schema.Json),
})
export type ScriptedAnswer = typeof ScriptedAnswer.Type

/**
 * One rule: requests that agree with `match` get `answer`, `times` times (absent: until cleared).
 * The first rule that was added and still holds wins. Rules are for requests that do something or
 * inquire about a card, an alias or a name; Transaction Queries, status GETs and probes neither see
 * nor use them up.
 *
 * @example
 * ```ts
 * import type { ScriptRule } from "effect-visa-direct-simulator"
 *
 * const issuerIsDown: ScriptRule = {
 *   match: { endpoint: "PushFunds", amount: 25 },
 *   answer: { actionCode: "91" },
 *   times: 2,
 * }
 * ```
 */
export const ScriptRule = Schema.Struct({
  match: Schema.optionalKey(Match),
  answer: ScriptedAnswer,
  times: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
})
export type ScriptRule = typeof ScriptRule.Type
