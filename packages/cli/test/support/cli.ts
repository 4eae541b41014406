/** Runs the command line as the process that users run. */
import { Effect, Stream } from "effect"
import { ChildProcess } from "effect/process"
import { fileURLToPath } from "node:url"

const entry = fileURLToPath(new URL("../../src/main.ts", import.meta.url))

const command = (args: ReadonlyArray<string>, options?: ChildProcess.CommandOptions) =>
  ChildProcess.make(process.execPath, [entry, ...args], options)

/** Both outputs and the exit code. */
export const run = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  stdin: Stream.Stream<Uint8Array> = Stream.empty,
  env: Readonly<Record<string, string>> = {},
) {
  const child = yield* command(args, { stdin, env, extendEnv: true })
  const text = <E>(output: Stream.Stream<Uint8Array, E>) =>
    Stream.mkString(Stream.decodeText(output))
  const [stdout, stderr, code] = yield* Effect.all(
    [text(child.stdout), text(child.stderr), child.exitCode],
    { concurrency: "unbounded" },
  )
  return { stdout, stderr, code: Number(code) }
}, Effect.scoped)
