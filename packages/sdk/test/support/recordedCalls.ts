/** An API module against a Visa in memory that remembers what it was sent. */
import { Effect, Layer, Ref, type Result } from "effect"
import { Correlation } from "../../src/Correlation.ts"
import { Transport } from "../../src/Transport.ts"
import type { TestCall, TestReply } from "../../src/Transport.ts"

export interface Recorded<A, E> {
  readonly calls: ReadonlyArray<TestCall>
  readonly outcome: Result.Result<A, E>
}

/** Runs a program against the replies of a function: what was sent, and what came of it. */
export const recorded = <A, E, S>(
  program: Effect.Effect<A, E, S>,
  service: Layer.Layer<S, never, Transport>,
  reply: (call: TestCall) => TestReply,
): Effect.Effect<Recorded<A, E>> =>
  Effect.gen(function* () {
    const calls = yield* Ref.make<ReadonlyArray<TestCall>>([])
    const visa = Transport.layerTest((call) =>
      Effect.as(
        Ref.update(calls, (before) => [...before, call]),
        reply(call),
      ),
    )
    const outcome = yield* Effect.result(program).pipe(
      Effect.provide(service.pipe(Layer.provide(visa), Layer.provide(Correlation.layerTest))),
    )
    return { calls: yield* Ref.get(calls), outcome }
  })

/** What went over the wire: JSON, and not the values that it was made from. */
export const sent = (call: TestCall | undefined): unknown =>
  call?.body === undefined ? undefined : JSON.parse(JSON.stringify(call.body))
