/** When to look at a source of credentials again. */
import { Cause, Duration, Effect, FiberMap, FileSystem, Option, Queue, Stream } from "effect"
import { dirname } from "node:path"

/** What one look has found. */
export interface Look {
  /** Whether there is nothing to do before something changes. */
  readonly isDone: boolean
  /** The files that were read. */
  readonly paths: ReadonlyArray<string>
}

export interface Watching {
  /** How often to look without being told. */
  readonly every: Duration.Duration
  readonly directories: ReadonlyArray<string> | undefined
}

/** Until a directory that is gone is looked for again, and the first pause after a failure. */
const soon = Duration.seconds(1)

/** Tells one directory from another that has taken its name. */
const identityOf = (path: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const { dev, ino } = yield* files.stat(path)
    return `${dev}:${Option.getOrElse(ino, () => 0)}`
  }).pipe(Effect.catch(() => Effect.succeed("none")))

/**
 * Calls `wake` for whatever happens in a directory, and whenever it is there again.
 *
 * The directory is watched and not its files: a file that another is renamed over, or a symlink to a
 * directory that is exchanged, is not seen by those who watch the file. A directory that has gone
 * leaves a watcher behind that is silent for ever, so after each event it is checked to be the same.
 */
const watchDirectory = Effect.fnUntraced(
  function* (path: string, wake: Effect.Effect<unknown>) {
    const files = yield* FileSystem.FileSystem
    const identity = yield* identityOf(path)
    if (identity === "none") return
    yield* wake
    yield* files.watch(path).pipe(
      Stream.tap(() => wake),
      Stream.takeWhileEffect(() => Effect.map(identityOf(path), (now) => now === identity)),
      Stream.runDrain,
    )
    yield* wake
  },
  // Node throws where the system is out of watchers; polling goes on.
  Effect.catchCause((cause) =>
    Cause.hasInterruptsOnly(cause)
      ? Effect.failCause(cause)
      : Effect.logDebug("A directory cannot be watched", Cause.squash(cause)),
  ),
  Effect.andThen(Effect.sleep(soon)),
  (watching) => Effect.forever(watching),
)

/**
 * Looks at once, whenever something happens in a directory, and every so often; after a failure sooner,
 * with growing pauses. Looks run one after the other.
 */
export const lookAgain = (
  look: Effect.Effect<Look, never, FileSystem.FileSystem>,
  { directories, every }: Watching,
): Effect.Effect<never, never, FileSystem.FileSystem> =>
  Effect.scoped(
    Effect.gen(function* () {
      const wake = yield* Queue.sliding<void>(1)
      const watchers = yield* FiberMap.make<string>()
      const follow = Effect.fnUntraced(function* (paths: ReadonlyArray<string>) {
        const wanted = new Set(directories ?? paths.map((path) => dirname(path)))
        for (const [directory] of watchers) {
          if (!wanted.has(directory)) yield* FiberMap.remove(watchers, directory)
        }
        for (const directory of wanted) {
          yield* FiberMap.run(
            watchers,
            directory,
            watchDirectory(directory, Queue.offer(wake, undefined)),
            { onlyIfMissing: true },
          )
        }
      })
      let failures = 0
      for (;;) {
        const { isDone, paths } = yield* look
        yield* follow(paths)
        failures = isDone ? 0 : failures + 1
        const pause = isDone
          ? every
          : Duration.min(every, Duration.times(soon, 2 ** Math.min(failures - 1, 16)))
        yield* Effect.raceFirst(Queue.take(wake), Effect.sleep(pause))
      }
    }),
  )
