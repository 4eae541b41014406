/** One line on the terminal that says how far a long command is. */
import { Clock, Effect, Stdio, Stream } from "effect"

const clearLine = "\r\u001b[K"

/** Short commands show none. */
const delayMillis = 500
const intervalMillis = 200

export interface Progress {
  /** Shows how far it is, unless it is too early or there is no terminal. */
  readonly show: (text: (seconds: number) => string) => Effect.Effect<void>
  /** Takes the line away, so that something else can be written. */
  readonly clear: Effect.Effect<void>
}

/** On standard error, where that is a terminal; elsewhere nothing is shown. */
export const make: Effect.Effect<Progress, never, Stdio.Stdio> = Effect.gen(function* () {
  const stdio = yield* Stdio.Stdio
  if (!(yield* stdio.stderrIsTerminal)) return { show: () => Effect.void, clear: Effect.void }
  const started = yield* Clock.currentTimeMillis
  let shown = false
  let next = started + delayMillis
  const write = (text: string) =>
    Stream.succeed(text).pipe(Stream.run(stdio.stderr()), Effect.ignore)
  return {
    show: Effect.fnUntraced(function* (text) {
      const now = yield* Clock.currentTimeMillis
      if (now < next) return
      next = now + intervalMillis
      shown = true
      yield* write(clearLine + text((now - started) / 1_000))
    }),
    clear: Effect.suspend(() => {
      if (!shown) return Effect.void
      shown = false
      return write(clearLine)
    }),
  }
})
