/**
 * For test suites: fails a test whose program writes personal or card data anywhere.
 *
 * It depends on no test runner. In Vitest with `@effect/vitest`, the program is the test:
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { Redactor } from "effect-visa-direct"
 * import { assertNoLeaks } from "effect-visa-direct/testing"
 *
 * const card = "4957030420210462"
 * const careless = Effect.logError(`cannot pay ${card}`)
 *
 * // it.effect("keeps card numbers to itself", () => assertNoLeaks(careless))
 * const leaked = Effect.runSync(Effect.flip(assertNoLeaks(careless)))
 * assert.strictEqual(leaked.leaks[0]?.channel, "log")
 * assert.strictEqual(leaked.leaks[0]?.masked, "495703******0462")
 * assert.notInclude(leaked.message, card)
 *
 * const careful = careless.pipe(Redactor.protect, Effect.provide(Redactor.layer()))
 * Effect.runSync(assertNoLeaks(careful))
 */
import {
  Cause,
  Console,
  Context,
  Data,
  Effect,
  Exit,
  Function,
  Logger,
  References,
  Semaphore,
  Tracer,
} from "effect"
import { stderr, stdout } from "node:process"
import { inspect } from "node:util"
import { redactConsoleInPlace, redactExits } from "./internal/redactorExporters.ts"
import type { PureRedactor } from "./internal/redactor.ts"
import { Redactor } from "./Redactor.ts"
import type { Finding, RedactorOptions } from "./Redactor.ts"

/**
 * Where something was written: what loggers, spans and metrics were given, what was printed with a
 * console, text that went to a stream of the process, the error that the program ended with.
 */
export type Channel = "log" | "console" | "span" | "metric" | "stdout" | "stderr" | "error"

/** Something sensitive that was written; never the sensitive text itself. */
export interface Leak extends Finding {
  readonly channel: Channel
}

/** What counts as a leak: all that {@link Redactor} finds, but for what is turned off or allowed. */
export type LeakOptions = Pick<RedactorOptions, "detectors" | "allow" | "keys">

/** Leaks that a message names; the rest is counted. */
const mostNamed = 20

/** The program has written personal or card data. */
export class Leaked extends Data.TaggedError("Leaked")<{ readonly leaks: ReadonlyArray<Leak> }> {
  override get message(): string {
    const named = this.leaks.slice(0, mostNamed).map(({ channel, kind, masked, path, start }) => {
      const place = path === "" ? "" : ` at ${path}`
      return `  ${channel}${place}, offset ${start}: ${kind} ${masked}`
    })
    const rest = this.leaks.length - named.length
    return [
      `${this.leaks.length} pieces of personal or card data were written:`,
      ...named,
      ...(rest > 0 ? [`  and ${rest} more`] : []),
    ].join("\n")
  }
}

/** What an effect has ended with, and what it has written on the way. */
export interface Watched<A, E> {
  readonly exit: Exit.Exit<A, E>
  readonly leaks: ReadonlyArray<Leak>
}

/** The scanner of one run. What passes it goes on redacted, so that a failing test leaks nothing. */
class Watch {
  private readonly redactor: Redactor["Service"]
  private readonly found = new Map<string, Leak>()

  constructor(options: LeakOptions) {
    this.redactor = Redactor.make(options)
  }

  get leaks(): ReadonlyArray<Leak> {
    return [...this.found.values()]
  }

  see(channel: Channel, value: unknown): void {
    for (const finding of this.redactor.scan(value)) {
      if (finding.alreadyMasked === true) continue
      // A logger, and what it prints with, see the same.
      const { kind, masked, path, start } = finding
      this.found.set([channel, path, start, kind, masked].join("\n"), { ...finding, channel })
    }
  }

  on(channel: Channel): PureRedactor {
    const { redactor } = this
    return {
      redact: (value) => {
        this.see(channel, value)
        return redactor.redact(value)
      },
      text: (text) => {
        this.see(channel, text)
        return redactor.text(text)
      },
      scan: redactor.scan,
    }
  }
}

const silentLogger = Logger.make<unknown, void>(Function.constVoid)

/** Effect's own tracer, which exports nothing, and an empty set of loggers would not be watched. */
const watchable = (context: Context.Context<never>): Context.Context<never> => {
  const loggers = new Set([...Context.get(context, References.CurrentLoggers), silentLogger])
  const tracer = Context.get(context, Tracer.Tracer)
  const watched = Context.add(context, References.CurrentLoggers, loggers)
  return tracer === Tracer.nativeTracer
    ? Context.add(
        watched,
        Tracer.Tracer,
        Tracer.make({ span: (options) => new Tracer.NativeSpan(options) }),
      )
    : watched
}

type Write = NodeJS.WriteStream["write"]

const streams = { stdout, stderr }

/** Watches what is written to a stream of the process, by whomever; gives what ends that. */
const watchStream = (watch: Watch, name: "stdout" | "stderr"): (() => void) => {
  const stream = streams[name]
  const guard = watch.on(name)
  const original = Reflect.get(stream, "write") as Write
  const decoder = new TextDecoder()
  const write = (chunk: unknown, ...rest: ReadonlyArray<unknown>): boolean => {
    const text =
      chunk instanceof Uint8Array ? decoder.decode(chunk, { stream: true }) : String(chunk)
    return Reflect.apply(original, stream, [guard.text(text), ...rest]) as boolean
  }
  const isOwn = Object.hasOwn(stream, "write")
  Object.assign(stream, { write })
  return () => {
    if (isOwn) Object.assign(stream, { write: original })
    else Reflect.deleteProperty(stream, "write")
  }
}

const attempt = (render: () => string | undefined): string => {
  try {
    return render() ?? ""
  } catch {
    return ""
  }
}

/** Every way in which an error is commonly written down. */
const renderings = (error: unknown) => ({
  value: error,
  message: error instanceof Error ? error.message : "",
  string: attempt(() => String(error)),
  stack: error instanceof Error ? (error.stack ?? "") : "",
  json: attempt(() => JSON.stringify(error)),
  inspection: attempt(() => inspect(error, { depth: 10, showHidden: true })),
})

const seeCause = (watch: Watch, cause: Cause.Cause<unknown>): void => {
  for (const reason of cause.reasons) {
    if (reason._tag === "Fail") watch.see("error", renderings(reason.error))
    if (reason._tag === "Die") watch.see("error", renderings(reason.defect))
  }
  watch.see("error", { pretty: Cause.pretty(cause) })
}

// The process has one console and one of each stream: two runs at once would see each other's words.
const oneAtATime = Semaphore.makeUnsafe(1)

/** Whether the effect runs inside of one that is watched. */
const IsWatched = Context.Reference<boolean>("effect-visa-direct/testing/IsWatched", {
  defaultValue: Function.constFalse,
})

const watching = (watch: Watch) =>
  Effect.acquireRelease(
    Effect.sync(() => [
      watchStream(watch, "stdout"),
      watchStream(watch, "stderr"),
      redactConsoleInPlace(watch.on("console"), Console.Console.defaultValue()),
    ]),
    (undo) =>
      Effect.sync(() => {
        for (const each of undo.toReversed()) each()
      }),
  )

/**
 * Runs an effect and tells what it has leaked: to loggers, error reporters and Effect's console that
 * are installed outside of it, to the tracer, as labels of metrics, to the process's own `console` and
 * its streams, and by the error that it ends with, in all renderings of that.
 *
 * Whatever it writes goes on to where it was meant for, but redacted. What a program writes elsewhere,
 * into files and sockets, and to loggers and tracers that it installs itself, is not seen: install
 * those outside of it, or look at what they wrote with `Redactor.default.scan`. Two runs in one process
 * wait for each other.
 */
export const watchLeaks: {
  (
    options?: LeakOptions,
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<Watched<A, E>, never, R>
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options?: LeakOptions,
  ): Effect.Effect<Watched<A, E>, never, R>
} = Function.dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options: LeakOptions = {},
  ): Effect.Effect<Watched<A, E>, never, R> =>
    Effect.withFiber((fiber) => {
      const watch = new Watch(options)
      const guards = {
        log: watch.on("log"),
        console: watch.on("console"),
        span: watch.on("span"),
        metric: watch.on("metric"),
      }
      return self.pipe(
        Effect.exit,
        Effect.provideContext(redactExits(guards, watchable(fiber.context))),
        Effect.tap((exit) =>
          Effect.sync(() => {
            if (Exit.isFailure(exit)) seeCause(watch, exit.cause)
          }),
        ),
        Effect.provideService(IsWatched, true),
        (run) => Effect.scoped(Effect.andThen(watching(watch), run)),
        // The outer one has the permit already.
        fiber.getRef(IsWatched) ? Function.identity : oneAtATime.withPermits(1),
        Effect.map((exit) => ({ exit, leaks: watch.leaks })),
      )
    }),
)

/**
 * Runs an effect and fails with {@link Leaked} if it has written personal or card data anywhere that
 * {@link watchLeaks} looks at. Otherwise it ends as the effect did.
 */
export const assertNoLeaks: {
  (
    options?: LeakOptions,
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | Leaked, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, options?: LeakOptions): Effect.Effect<A, E | Leaked, R>
} = Function.dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(self: Effect.Effect<A, E, R>, options?: LeakOptions): Effect.Effect<A, E | Leaked, R> =>
    Effect.flatMap(watchLeaks(self, options), ({ exit, leaks }): Effect.Effect<A, E | Leaked> =>
      leaks.length === 0 ? exit : Effect.fail(new Leaked({ leaks })),
    ),
)
