/** Pushes through the {@link Simulator} of the test, and the texts with which they are refused. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Simulator } from "../../src/Simulator.ts"
import { type Body, newStan, opened, post, pushPath, samplePush } from "./client.ts"

/** The sample push with a trace number of its own and with overrides, and its opened answer. */
export const push = Effect.fnUntraced(function* (
  overrides: Readonly<Record<string, unknown>> = {},
) {
  const simulator = yield* Simulator
  const sample = samplePush({ systemsTraceAuditNumber: newStan(), ...overrides })
  const answer = yield* post(simulator, pushPath, sample)
  return { status: answer.status, body: opened(simulator, answer), sample }
})

/** The text of a refusal. */
export const refusal = ({ body, status }: { readonly status: number; readonly body: Body }) => {
  assert.strictEqual(status, 400)
  return body.errorMessage
}

export const missing = (element: string) =>
  `API Validation Error: 3001. Mandatory field '${element}' is missing or has invalid content.`
export const unknown = (element: string) =>
  `API Validation Error: 3001. Invalid content found starting with element '${element}'`
export const wrong = (element: string) =>
  `API Validation Error: 3001. Field '${element}' has invalid content.`

export const acceptor = samplePush()["cardAcceptor"] as Readonly<Record<string, object>>
