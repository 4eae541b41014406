import {
  Cause,
  Console,
  Context,
  ErrorReporter,
  Exit,
  Logger,
  Option,
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

const redactCause = (redactor: PureRedactor, cause: Cause.Cause<unknown>): Cause.Cause<unknown> => {
  const redacted = redactor.redact(cause)
  return Cause.isCause(redacted) ? redacted : Cause.die(redacted)
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

export const redactErrorReporter = (
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

export const redactConsole = (
  redactor: PureRedactor,
  console: Console.Console,
): Console.Console => {
  if (isWrapped(console, redactor)) return console
  const all = (args: ReadonlyArray<unknown>) => args.map(redactor.redact)
  const label = (text: string | undefined) => (text === undefined ? undefined : redactor.text(text))
  return overlay<Console.Console>(
    console,
    {
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
    },
    redactor,
  )
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
