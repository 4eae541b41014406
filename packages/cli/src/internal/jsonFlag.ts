import { Flag } from "effect/cli"

/** `--json`: one line of JSON for each of what the command prints. */
export const jsonFlag = (each: string): Flag.Flag<boolean> =>
  Flag.Boolean("json").pipe(
    Flag.withDescription(`Print one line of JSON for each ${each}`),
    Flag.withDefault(false),
  )
