/** Every way in which an error is commonly written down. */
import { assert } from "@effect/vitest"
import { Cause, Formatter } from "effect"
import { inspect } from "node:util"

const renderings = (error: Error): ReadonlyArray<string> => [
  error.message,
  String(error),
  JSON.stringify(error),
  inspect(error, { depth: 10, showHidden: true }),
  error.stack ?? "",
  Cause.pretty(Cause.fail(error)),
  Formatter.format(error),
]

/** Fails when one of the secrets is legible in any rendering. */
export const assertHides = (error: Error, secrets: ReadonlyArray<string>): void => {
  for (const rendering of renderings(error)) {
    for (const secret of secrets) {
      assert.isFalse(
        rendering.includes(secret),
        `a rendering holds ${secret.slice(0, 4)}…: ${rendering.slice(0, 300)}`,
      )
    }
  }
}
