/** What a piece of a program logs. */
import { Effect, Logger } from "effect"
import { inspect } from "node:util"

export interface LogLine {
  readonly level: string
  /** Everything of it, as a person could get to see it. */
  readonly text: string
}

/** Runs an effect with a logger of its own, and gives its lines back beside the result. */
export const withLogs = <A, E, R>(
  self: Effect.Effect<A, E, R>,
): Effect.Effect<readonly [A, ReadonlyArray<LogLine>], E, R> =>
  Effect.suspend(() => {
    const lines: Array<LogLine> = []
    const logger = Logger.make((options) => {
      lines.push({
        level: options.logLevel,
        text: `${Logger.formatLogFmt.log(options)} ${inspect(options.message, { depth: 9 })}`,
      })
    })
    return Effect.map(
      Effect.provide(self, Logger.layer([logger])),
      (value) => [value, lines] as const,
    )
  })
