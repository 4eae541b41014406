/** Scripted answers: which request gets which result, chosen by the test. */
import { Schema } from "effect"
import { Match } from "./Match.ts"

/** ISO 8583 field 39: two characters, digits or letters. */
const ActionCode = Schema.String.check(Schema.isPattern(/^[0-9A-Z]{2}$/))

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
  errorCode: Schema.optionalKey(Schema.String),
  httpStatus: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 })),
  ),
  body: Schema.optionalKey(Schema.Json),
})
export type ScriptedAnswer = typeof ScriptedAnswer.Type

/**
 * One rule: requests that agree with `match` get `answer`, `times` times (absent: until cleared).
 * The first rule that was added and still holds wins. Rules are for requests that do something;
 * queries, status GETs and probes neither see nor use them up.
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
