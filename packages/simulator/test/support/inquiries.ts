/** Questions to the {@link Simulator} of the test: an encrypted POST and its opened answer. */
import { Effect } from "effect"
import { Simulator } from "../../src/Simulator.ts"
import { type Body, isSealed, opened, post } from "./client.ts"

export interface Reply {
  readonly status: number
  /** Empty when there was no body. */
  readonly body: Body
  readonly sealed: boolean
}

export const inquire = Effect.fnUntraced(function* (
  path: string,
  body: Readonly<Record<string, unknown>>,
): Effect.fn.Return<Reply, NodeJS.ErrnoException, Simulator> {
  const simulator = yield* Simulator
  const answer = yield* post(simulator, path, body)
  return {
    status: answer.status,
    body: answer.text === "" ? {} : opened(simulator, answer),
    sealed: isSealed(answer),
  }
})
