import { assert, it } from "@effect/vitest"
import { Effect, Sink, Stdio } from "effect"
import { TestClock } from "effect/testing"
import * as Progress from "../src/internal/Progress.ts"

const terminal = (out: Array<string>, isTerminal: boolean) =>
  Stdio.layerTest({
    stderrIsTerminal: Effect.succeed(isTerminal),
    stderr: () =>
      Sink.forEach((text) =>
        Effect.sync(() => {
          out.push(String(text))
        }),
      ),
  })

const text = (seconds: number) => `${seconds} s`

it.effect("says how far it is after half a second, and then five times a second", () => {
  const out: Array<string> = []
  return Effect.gen(function* () {
    const progress = yield* Progress.make
    for (let tenth = 0; tenth < 12; tenth++) {
      yield* progress.show(text)
      yield* TestClock.adjust("100 millis")
    }
    yield* progress.clear
    yield* progress.clear
    const clear = "\r\u001b[K"
    assert.deepStrictEqual(out, [
      `${clear}0.5 s`,
      `${clear}0.7 s`,
      `${clear}0.9 s`,
      `${clear}1.1 s`,
      clear,
    ])
  }).pipe(Effect.provide(terminal(out, true)))
})

it.effect("says nothing where there is no terminal", () => {
  const out: Array<string> = []
  return Effect.gen(function* () {
    const progress = yield* Progress.make
    yield* TestClock.adjust("10 seconds")
    yield* progress.show(text)
    yield* progress.clear
    assert.deepStrictEqual(out, [])
  }).pipe(Effect.provide(terminal(out, false)))
})
