/** Stands between a program and everything that carries its words out of the process. */
import {
  Cause,
  Console,
  Context,
  ErrorReporter,
  Exit,
  Logger,
  Metric,
  Option,
  Predicate,
  References,
  Tracer,
} from "effect"
import type { Fiber } from "effect"
import type { PureRedactor } from "./redactor.ts"

/** Where a wrapper keeps what it wraps. */
const wrapped = Symbol("effect-visa-direct/Redactor/wrapped")

interface Wrapping<A> {
  readonly redactor: PureRedactor
  readonly target: A
}

const wrappingOf = <A extends object>(value: A): Wrapping<A> | undefined =>
  (value as { readonly [wrapped]?: Wrapping<A> })[wrapped]

const isWrapped = (value: object, redactor: PureRedactor): boolean =>
  wrappingOf(value)?.redactor === redactor

/** What this redactor has wrapped; what another one has wrapped stays so. */
const unwrap = <A extends object>(value: A, redactor: PureRedactor): A => {
  const wrapping = wrappingOf(value)
  return wrapping?.redactor === redactor ? wrapping.target : value
}

/**
 * The target with some members replaced. Everything else, private state and class included, is the
 * target's own, so that integrations which look for more than Effect's interface still find it.
 */
const overlay = <A extends object>(target: A, members: Partial<A>, redactor: PureRedactor): A => {
  const replaced = { ...members, [wrapped]: { redactor, target } satisfies Wrapping<A> }
  // An empty object behind the proxy: a frozen target would forbid to answer otherwise than it does.
  return new Proxy({} as A, {
    get(_, key) {
      if (Object.hasOwn(replaced, key)) return Reflect.get(replaced, key)
      const member: unknown = Reflect.get(target, key, target)
      return typeof member === "function" ? member.bind(target) : member
    },
    has: (_, key) => key in target,
    set: (_, key, value) => Reflect.set(target, key, value, target),
    getPrototypeOf: () => Reflect.getPrototypeOf(target),
  })
}

/** The errors in it keep their class, so the cause keeps its type. */
export const redactCause = <E>(redactor: PureRedactor, cause: Cause.Cause<E>): Cause.Cause<E> => {
  const redacted = redactor.redact(cause)
  return Cause.isCause(redacted) ? (redacted as Cause.Cause<E>) : Cause.die(redacted)
}

const redactRecord = (
  redactor: PureRedactor,
  record: object,
): Readonly<Record<string, unknown>> => {
  const redacted = redactor.redact(record)
  return typeof redacted === "object" && redacted !== null
    ? (redacted as Readonly<Record<string, unknown>>)
    : { redacted }
}

/** Loggers read annotations, spans and the console from the fiber, so they get a redacted view of it. */
const redactFiber = (
  redactor: PureRedactor,
  fiber: Fiber.Fiber<unknown, unknown>,
): Fiber.Fiber<unknown, unknown> => {
  let context = fiber.context
  const annotations = fiber.getRef(References.CurrentLogAnnotations)
  const redacted = redactRecord(redactor, annotations)
  if (redacted !== annotations) {
    context = Context.add(context, References.CurrentLogAnnotations, redacted)
  }
  const spans = fiber.getRef(References.CurrentLogSpans)
  if (spans.some(([label]) => redactor.text(label) !== label)) {
    context = Context.add(
      context,
      References.CurrentLogSpans,
      spans.map(([label, time]): [string, number] => [redactor.text(label), time]),
    )
  }
  // What the logger prints is redacted with more knowledge than the console has.
  const console = fiber.getRef(Console.Console)
  const plainConsole = unwrap(console, redactor)
  if (plainConsole !== console) context = Context.add(context, Console.Console, plainConsole)
  if (context === fiber.context) return fiber
  return overlay(
    fiber,
    { context, getRef: (reference) => Context.get(context, reference) },
    redactor,
  )
}

export const redactLogger = <Message, Output>(
  redactor: PureRedactor,
  logger: Logger.Logger<Message, Output>,
): Logger.Logger<Message, Output> => {
  if (isWrapped(logger, redactor)) return logger
  const made = Logger.make<Message, Output>((options) =>
    logger.log({
      ...options,
      // A logger takes whatever the program logs; its type says no more than that.
      message: redactor.redact(options.message) as Message,
      cause: redactCause(redactor, options.cause),
      fiber: redactFiber(redactor, options.fiber),
    }),
  )
  return Object.assign(made, { [wrapped]: { redactor, target: logger } })
}

const redactErrorReporter = (
  redactor: PureRedactor,
  reporter: ErrorReporter.ErrorReporter,
): ErrorReporter.ErrorReporter => {
  if (isWrapped(reporter, redactor)) return reporter
  // Reporters remember what they have reported, so equal causes must stay equal.
  const causes = new WeakMap<Cause.Cause<unknown>, Cause.Cause<unknown>>()
  const made: ErrorReporter.ErrorReporter = {
    [ErrorReporter.TypeId]: ErrorReporter.TypeId,
    report(options) {
      const cause = causes.get(options.cause) ?? redactCause(redactor, options.cause)
      causes.set(options.cause, cause)
      reporter.report({ ...options, cause, fiber: redactFiber(redactor, options.fiber) })
    },
  }
  return Object.assign(made, { [wrapped]: { redactor, target: reporter } })
}

/** The methods that print something, with what they are given redacted. */
const printing = (redactor: PureRedactor, console: Console.Console) => {
  const all = (args: ReadonlyArray<unknown>) => args.map(redactor.redact)
  const label = (text: string | undefined) => (text === undefined ? undefined : redactor.text(text))
  return {
    assert: (condition, ...args) => console.assert(condition, ...all(args)),
    count: (text) => console.count(label(text)),
    countReset: (text) => console.countReset(label(text)),
    debug: (...args) => console.debug(...all(args)),
    dir: (item, options) => console.dir(redactor.redact(item), options),
    dirxml: (...args) => console.dirxml(...all(args)),
    error: (...args) => console.error(...all(args)),
    group: (...args) => console.group(...all(args)),
    groupCollapsed: (...args) => console.groupCollapsed(...all(args)),
    info: (...args) => console.info(...all(args)),
    log: (...args) => console.log(...all(args)),
    table: (data, properties) => console.table(redactor.redact(data), properties),
    time: (text) => console.time(label(text)),
    timeEnd: (text) => console.timeEnd(label(text)),
    timeLog: (text, ...args) => console.timeLog(label(text), ...all(args)),
    trace: (...args) => console.trace(...all(args)),
    warn: (...args) => console.warn(...all(args)),
  } satisfies Partial<Console.Console>
}

const redactConsole = (redactor: PureRedactor, console: Console.Console): Console.Console =>
  isWrapped(console, redactor)
    ? console
    : overlay<Console.Console>(console, printing(redactor, console), redactor)

/**
 * Replaces the printing methods of a console that others hold already, the process's own; gives what
 * puts them back.
 */
export const redactConsoleInPlace = (
  redactor: PureRedactor,
  console: Console.Console,
): (() => void) => {
  const original: Console.Console = { ...console }
  const methods = printing(redactor, original)
  Object.assign(console, methods)
  return () => {
    for (const [name, method] of Object.entries(methods)) {
      // Whoever has replaced it since then goes on.
      if (Reflect.get(console, name) === method)
        Reflect.set(console, name, Reflect.get(original, name))
    }
  }
}

const redactLinks = (
  redactor: PureRedactor,
  links: ReadonlyArray<Tracer.SpanLink>,
): Array<Tracer.SpanLink> =>
  links.map(({ attributes, span }) => ({
    span: unwrap(span, redactor),
    attributes: redactRecord(redactor, attributes),
  }))

/** No exporter needs the value that a span's effect succeeded with, so none gets it. */
const redactExit = (
  redactor: PureRedactor,
  exit: Exit.Exit<unknown, unknown>,
): Exit.Exit<unknown, unknown> =>
  Exit.isFailure(exit) ? Exit.failCause(redactCause(redactor, exit.cause)) : Exit.void

const redactSpan = (
  redactor: PureRedactor,
  span: Tracer.Span,
  parent: Option.Option<Tracer.AnySpan>,
): Tracer.Span =>
  isWrapped(span, redactor)
    ? span
    : overlay<Tracer.Span>(
        span,
        {
          parent,
          end: (time, exit) => span.end(time, redactExit(redactor, exit)),
          attribute: (key, value) => {
            for (const [name, redacted] of Object.entries(
              redactRecord(redactor, { [key]: value }),
            )) {
              span.attribute(name, redacted)
            }
          },
          event: (name, time, attributes) =>
            span.event(redactor.text(name), time, attributes && redactRecord(redactor, attributes)),
          addLinks: (links) => span.addLinks(redactLinks(redactor, links)),
        },
        redactor,
      )

export const redactTracer = (redactor: PureRedactor, tracer: Tracer.Tracer): Tracer.Tracer => {
  // Effect's own tracer exports nothing: there is no one to hide from, and every span would pay.
  if (tracer === Tracer.nativeTracer || isWrapped(tracer, redactor)) return tracer
  const { context } = tracer
  const made = Tracer.make({
    span: (options) =>
      redactSpan(
        redactor,
        tracer.span({
          ...options,
          name: redactor.text(options.name),
          parent: Option.map(options.parent, (parent) => unwrap(parent, redactor)),
          links: redactLinks(redactor, options.links),
        }),
        options.parent,
      ),
    ...(context === undefined ? {} : { context: (primitive, fiber) => context(primitive, fiber) }),
  })
  return Object.assign(made, { [wrapped]: { redactor, target: tracer } })
}

type Metadata = Metric.Metric.Metadata<unknown, unknown>

/** Labels of a metric, and the words that a frequency counts: they become labels, too. */
const redactMetadata = (redactor: PureRedactor, metadata: Metadata): Partial<Metadata> => {
  const { attributes, hooks, type } = metadata
  return {
    ...(attributes === undefined
      ? {}
      : { attributes: redactRecord(redactor, attributes) as Metric.Metric.AttributeSet }),
    ...(type === "Frequency" ? { hooks: redactWords(redactor, hooks) } : {}),
  }
}

const redactWords = (redactor: PureRedactor, hooks: Metadata["hooks"]): Metadata["hooks"] => {
  const word = (input: unknown) => (Predicate.isString(input) ? redactor.text(input) : input)
  return {
    ...hooks,
    update: (input, context) => hooks.update(word(input), context),
    modify: (input, context) => hooks.modify(word(input), context),
  }
}

const seriesOf = ({ attributes, id, type }: Metadata): string =>
  JSON.stringify([type, id, Object.entries(attributes ?? {}).toSorted()])

/**
 * A registry whose series have redacted labels, in front of the one that exporters read. Series whose
 * labels become the same are one.
 */
class RedactedRegistry extends Map<string, Metadata> {
  readonly #redactor: PureRedactor
  readonly #target: Metric.MetricRegistry
  /** The key in the target for each key that has a series there under another. */
  readonly #renamed = new Map<string, string>()

  constructor(redactor: PureRedactor, target: Metric.MetricRegistry) {
    super()
    this.#redactor = redactor
    this.#target = target
  }

  #keyOf(key: string): string {
    return this.#renamed.get(key) ?? key
  }

  override get(key: string): Metadata | undefined {
    return this.#target.get(this.#keyOf(key))
  }

  override has(key: string): boolean {
    return this.#target.has(this.#keyOf(key))
  }

  override set(key: string, metadata: Metadata): this {
    const redacted = redactMetadata(this.#redactor, metadata)
    const isClean = redacted.attributes === metadata.attributes
    const series = isClean ? key : seriesOf({ ...metadata, ...redacted })
    const isOwn = isClean || this.#renamed.get(key) === series
    const known = isOwn ? undefined : this.#target.get(series)
    if (!isClean) this.#renamed.set(key, series)
    // In place, because the metric goes on with the very object that it has registered.
    Object.assign(metadata, redacted, known && { hooks: known.hooks })
    if (known === undefined) this.#target.set(series, metadata)
    return this
  }

  override delete(key: string): boolean {
    const series = this.#keyOf(key)
    this.#renamed.delete(key)
    return this.#target.delete(series)
  }

  override clear(): void {
    this.#renamed.clear()
    this.#target.clear()
  }

  override get size(): number {
    return this.#target.size
  }

  override entries(): MapIterator<[string, Metadata]> {
    return this.#target.entries()
  }

  override keys(): MapIterator<string> {
    return this.#target.keys()
  }

  override values(): MapIterator<Metadata> {
    return this.#target.values()
  }

  override forEach(
    visit: (metadata: Metadata, key: string, map: Map<string, Metadata>) => void,
  ): void {
    this.#target.forEach(visit)
  }

  override [Symbol.iterator](): MapIterator<[string, Metadata]> {
    return this.#target[Symbol.iterator]()
  }
}

export const redactRegistry = (
  redactor: PureRedactor,
  registry: Metric.MetricRegistry,
): Metric.MetricRegistry =>
  isWrapped(registry, redactor)
    ? registry
    : Object.assign(new RedactedRegistry(redactor, registry), {
        [wrapped]: { redactor, target: registry },
      })

/** Who redacts what goes out by which exit. */
export interface Guards {
  readonly log: PureRedactor
  readonly console: PureRedactor
  readonly span: PureRedactor
  readonly metric: PureRedactor
}

/** One for all exits. */
export const sameGuard = (redactor: PureRedactor): Guards => ({
  log: redactor,
  console: redactor,
  span: redactor,
  metric: redactor,
})

/** What the loggers, the error reporters and the console of a context become. */
export const redactLogging = (
  { console, log }: Pick<Guards, "log" | "console">,
  context: Context.Context<never>,
): Context.Context<never> => {
  const loggers = Context.get(context, References.CurrentLoggers)
  const reporters = Context.get(context, ErrorReporter.CurrentErrorReporters)
  return Context.empty().pipe(
    Context.add(
      References.CurrentLoggers,
      new Set(Array.from(loggers, (logger) => redactLogger(log, logger))),
    ),
    Context.add(
      ErrorReporter.CurrentErrorReporters,
      new Set(Array.from(reporters, (reporter) => redactErrorReporter(log, reporter))),
    ),
    Context.add(Console.Console, redactConsole(console, Context.get(context, Console.Console))),
  )
}

/** What everything in a context becomes through which a program's words get out. */
export const redactExits = (
  guards: Guards,
  context: Context.Context<never>,
): Context.Context<never> => {
  const { metric, span } = guards
  const parent = Context.getOption(context, Tracer.ParentSpan)
  const exits = redactLogging(guards, context).pipe(
    Context.add(Tracer.Tracer, redactTracer(span, Context.get(context, Tracer.Tracer))),
    Context.add(
      Metric.MetricRegistry,
      redactRegistry(metric, Context.get(context, Metric.MetricRegistry)),
    ),
  )
  return Option.isSome(parent) && parent.value._tag === "Span"
    ? Context.add(exits, Tracer.ParentSpan, redactSpan(span, parent.value, parent.value.parent))
    : exits
}
