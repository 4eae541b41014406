// Which layer is provided inside of which other is what is tested here.
// @effect-diagnostics multipleEffectProvide:off
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Console,
  Context,
  Effect,
  ErrorReporter,
  Layer,
  Logger,
  References,
  Tracer,
} from "effect"
import { OtlpExporter, OtlpLogger } from "effect/observability"
import { TestConsole } from "effect/testing"
import { inspect } from "node:util"
import { Redactor } from "../src/Redactor.ts"
import { otlpCollector } from "./support/otlpCollector.ts"

const pan = "4957030420210462"
const masked = "495703******0462"

const layerLogger = Redactor.layerLogger.pipe(Layer.provide(Redactor.layer()))

const shown = (value: unknown): string =>
  inspect(value, { depth: Infinity, showHidden: true, maxStringLength: null }) +
  JSON.stringify(value, (_, v) => (typeof v === "bigint" ? String(v) : v))

/** A console that keeps what it is given. */
const recording = (out: Array<unknown>): Console.Console =>
  new Proxy({} as Console.Console, {
    get:
      () =>
      (...args: ReadonlyArray<unknown>) => {
        out.push(...args)
      },
  })

class Declined extends Error {
  override readonly name = "Declined"
}

/** A card number in every place where a log line can have one. */
const leak = Effect.logError(
  `message ${pan}`,
  { structured: { pan }, list: [pan], error: new Error(pan) },
  new Map([["cvv", "123"]]),
  Cause.combine(
    Cause.fail({ _tag: "Refused", pan }),
    Cause.die(new Declined(`cause ${pan}`, { cause: new Error(pan) })),
  ),
).pipe(
  Effect.annotateLogs({
    annotated: `annotation ${pan}`,
    recipient: { pan },
    correlationId: "id-1",
  }),
  Effect.withLogSpan(`span ${pan}`),
)

const assertRedacted = (out: ReadonlyArray<unknown>) => {
  assert.isAbove(out.length, 0)
  const text = shown(out)
  assert.notInclude(text, pan)
  assert.include(text, masked)
}

/** A logger that keeps what another one makes. */
const keeping = <Output>(out: Array<unknown>, logger: Logger.Logger<unknown, Output>) =>
  Logger.map(logger, (output) => {
    out.push(output)
  })

const formatters: ReadonlyArray<readonly [name: string, logger: Logger.Logger<unknown, unknown>]> =
  [
    ["formatSimple", Logger.formatSimple],
    ["formatLogFmt", Logger.formatLogFmt],
    ["formatStructured", Logger.formatStructured],
    ["formatJson", Logger.formatJson],
  ]

const printers: ReadonlyArray<readonly [name: string, logger: Logger.Logger<unknown, void>]> = [
  ["defaultLogger", Logger.defaultLogger],
  ["consolePretty for a terminal", Logger.consolePretty({ mode: "tty", colors: true })],
  ["consolePretty for a browser", Logger.consolePretty({ mode: "browser" })],
  ["consoleLogFmt", Logger.consoleLogFmt],
  ["consoleStructured", Logger.consoleStructured],
  ["consoleJson", Logger.consoleJson],
]

describe("layerLogger", () => {
  it.effect.each(formatters)("redacts everything that %s writes", ([, logger]) =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      const installed = Logger.layer([keeping(out, logger)])
      yield* leak.pipe(Effect.provide(installed))
      assert.include(shown(out), pan, "the logger shows what it is given")
      out.length = 0

      yield* leak.pipe(Effect.provide(layerLogger), Effect.provide(installed))
      assertRedacted(out)
      const text = shown(out)
      for (const place of ["message", "annotation", "cause"])
        assert.include(text, `${place} ${masked}`)
      assert.match(text, new RegExp(`span[ _]${masked.replaceAll("*", "\\*")}`))
      assert.include(text, "Declined")
      assert.include(text, "id-1")
      assert.notInclude(text, "123")
    }),
  )

  it.effect.each(printers)("redacts everything that %s prints", ([, logger]) =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      const installed = Layer.merge(
        Logger.layer([logger]),
        Layer.succeed(Console.Console, recording(out)),
      )
      yield* leak.pipe(Effect.provide(installed))
      assert.include(shown(out), pan, "the logger shows what it is given")
      out.length = 0

      yield* leak.pipe(Effect.provide(layerLogger), Effect.provide(installed))
      assertRedacted(out)
    }),
  )

  it.effect("redacts the events that the tracer logger adds to a span", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        },
      })
      yield* leak.pipe(
        Effect.withSpan("call"),
        Effect.provide(layerLogger),
        Effect.provide(Logger.layer([Logger.tracerLogger])),
        Effect.withTracer(tracer),
      )
      assertRedacted(spans.flatMap(({ events }) => events))
    }),
  )

  it.effect("redacts what goes to an OTLP collector", () =>
    Effect.gen(function* () {
      const collector = otlpCollector()
      const otlp = OtlpLogger.layer({
        url: "http://collector.test/v1/logs",
        resource: { serviceName: "test" },
      }).pipe(Layer.provide(collector.layer))
      const flush = OtlpExporter.Flusher.use(({ flush }) => flush)
      yield* leak.pipe(Effect.provide(layerLogger), Effect.andThen(flush), Effect.provide(otlp))
      assertRedacted(collector.bodies)
      assert.include(collector.bodies.join(""), `annotation ${masked}`)
    }),
  )

  it.effect("gives loggers that read the fiber's context redacted annotations and spans", () =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      const curious = Logger.make<unknown, void>(({ fiber }) => {
        out.push(
          Context.get(fiber.context, References.CurrentLogAnnotations),
          fiber.context.mapUnsafe.get(References.CurrentLogSpans.key),
          fiber.getRef(References.CurrentLogSpans),
        )
        assert.isNumber(fiber.id)
        assert.isUndefined(fiber.pollUnsafe())
      })
      yield* leak.pipe(Effect.provide(layerLogger), Effect.provide(Logger.layer([curious])))
      assertRedacted(out)
    }),
  )

  it.effect("leaves what is not sensitive as it was", () =>
    Effect.gen(function* () {
      const plain: Array<unknown> = []
      const redacted: Array<unknown> = []
      const line = Effect.logInfo("push accepted", {
        operation: "FundsTransfer.push",
        stan: "451018",
      }).pipe(
        Effect.annotateLogs({
          correlationId: "01ARYZ6S410000000000000000",
          transactionIdentifier: "378282246310005",
        }),
        Effect.withLogSpan("push"),
      )
      yield* line.pipe(Effect.provide(Logger.layer([keeping(plain, Logger.formatLogFmt)])))
      yield* line.pipe(
        Effect.provide(layerLogger),
        Effect.provide(Logger.layer([keeping(redacted, Logger.formatLogFmt)])),
      )
      const withoutFiber = (lines: ReadonlyArray<unknown>) =>
        lines.map((l) => String(l).replace(/fiber=#\d+/, ""))
      assert.deepStrictEqual(withoutFiber(redacted), withoutFiber(plain))
    }),
  )

  it.effect("uses the options of the redactor that is provided to it", () =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      yield* leak.pipe(
        Effect.provide(Redactor.layerLogger.pipe(Layer.provide(Redactor.layer({ mode: "drop" })))),
        Effect.provide(Logger.layer([keeping(out, Logger.formatJson)])),
      )
      assert.notInclude(shown(out), masked)
      assert.include(shown(out), "[redacted:pan]")
    }),
  )

  it.effect("redacts what error reporters are given, once for each error", () =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      const reporter = ErrorReporter.make(({ attributes, cause, error }) => {
        out.push({ attributes, cause, error })
      })
      class Reported extends Error {
        override readonly [ErrorReporter.attributes] = { pan }
      }
      const cause = Cause.die(new Reported(`failed ${pan}`))
      yield* ErrorReporter.report(cause).pipe(
        Effect.andThen(ErrorReporter.report(cause)),
        Effect.provide(layerLogger),
        Effect.provide(ErrorReporter.layer([reporter])),
      )
      assert.strictEqual(out.length, 1)
      assertRedacted(out)
    }),
  )
})

describe("the order of layers", () => {
  const file = (out: Array<unknown>) => Logger.layer([keeping(out, Logger.formatLogFmt)])

  it.effect("covers loggers that are provided outside", () =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      yield* leak.pipe(Effect.provide(layerLogger), Effect.provide(file(out)))
      assertRedacted(out)
    }),
  )

  it.effect("covers loggers that are provided to the layer", () =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      yield* leak.pipe(Effect.provide(layerLogger.pipe(Layer.provideMerge(file(out)))))
      assertRedacted(out)
    }),
  )

  it.effect("covers loggers of every place where the layer is provided", () =>
    Effect.gen(function* () {
      const inner: Array<unknown> = []
      const outer: Array<unknown> = []
      yield* leak.pipe(
        Effect.provide(Redactor.layerLogger),
        Effect.provide(file(inner)),
        Effect.andThen(leak),
        Effect.provide(Redactor.layerLogger),
        Effect.provide(file(outer)),
        Effect.provide(Redactor.layer()),
      )
      assertRedacted(inner)
      assertRedacted(outer)
    }),
  )

  it.effect(
    "covers what is added to the installed loggers, if it prints with Effect's console",
    () =>
      Effect.gen(function* () {
        const installed: Array<unknown> = []
        const printed: Array<unknown> = []
        yield* leak.pipe(
          Effect.provide(Logger.layer([Logger.consoleJson], { mergeWithExisting: true })),
          Effect.provide(layerLogger),
          Effect.provide(
            Layer.merge(file(installed), Layer.succeed(Console.Console, recording(printed))),
          ),
        )
        assertRedacted(installed)
        assertRedacted(printed)
      }),
  )

  it.effect.each(printers)("covers %s when it is provided inside", ([, logger]) =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      yield* leak.pipe(
        Effect.provide(Logger.layer([logger])),
        Effect.provide(layerLogger),
        Effect.provideService(Console.Console, recording(out)),
      )
      assertRedacted(out)
    }),
  )

  it.effect("covers console loggers that are merged beside it", () =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      yield* leak.pipe(
        Effect.provide(Layer.mergeAll(layerLogger, Logger.layer([Logger.consoleLogFmt]))),
        Effect.provideService(Console.Console, recording(out)),
      )
      assertRedacted(out)
    }),
  )

  it.effect(
    "does not cover a logger provided inside that writes elsewhere, unless it is wrapped",
    () =>
      Effect.gen(function* () {
        const out: Array<unknown> = []
        yield* leak.pipe(Effect.provide(file(out)), Effect.provide(layerLogger))
        assert.include(shown(out), pan)
        out.length = 0

        const wrapped = Redactor.logger(Redactor.default, keeping(out, Logger.formatLogFmt))
        yield* leak.pipe(Effect.provide(Logger.layer([wrapped])), Effect.provide(layerLogger))
        assertRedacted(out)
      }),
  )

  it.effect("redacts once, however often the layer is provided", () =>
    Effect.gen(function* () {
      let calls = 0
      const counting = Redactor.of({
        ...Redactor.default,
        redact: (value) => {
          calls++
          return Redactor.default.redact(value)
        },
      })
      const layer = Redactor.layerLogger.pipe(Layer.provide(Layer.succeed(Redactor, counting)))
      const line = Effect.log("x").pipe(Effect.provide(Logger.layer([Logger.formatJson])))
      const once = Effect.log("x").pipe(
        Effect.provide(layer),
        Effect.provide(Logger.layer([Logger.formatJson])),
      )
      const twice = Effect.log("x").pipe(
        Effect.provide(layer),
        Effect.provide(layer),
        Effect.provide(Logger.layer([Logger.formatJson])),
      )
      yield* line
      assert.strictEqual(calls, 0)
      yield* once
      const callsOfOne = calls
      assert.isAbove(callsOfOne, 0)
      calls = 0
      yield* twice
      assert.strictEqual(calls, callsOfOne)
    }),
  )
})

describe("Effect's console under the layer", () => {
  it.effect("is not opened to a logger that another, more lenient redactor wraps", () =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      const lenient = Redactor.make({ allow: ["orderId"] })
      yield* Effect.log({ orderId: pan }).pipe(
        Effect.provide(Logger.layer([Redactor.logger(lenient, Logger.consoleJson)])),
        Effect.provide(layerLogger),
        Effect.provideService(Console.Console, recording(out)),
      )
      assertRedacted(out)
    }),
  )

  it.effect("redacts every argument of every method", () =>
    Effect.gen(function* () {
      const out: Array<unknown> = []
      const console = yield* Console.Console.pipe(
        Effect.provide(layerLogger),
        Effect.provideService(Console.Console, recording(out)),
      )
      const methods = [
        "debug",
        "dirxml",
        "error",
        "group",
        "groupCollapsed",
        "info",
        "log",
        "trace",
        "warn",
      ] as const
      for (const method of methods) {
        console[method](`${method} ${pan}`, { pan })
        assertRedacted(out.splice(0))
      }
      console.assert(false, pan)
      console.table([{ pan }], ["pan"])
      console.dir({ pan }, {})
      console.timeLog(pan, pan)
      for (const method of ["count", "countReset", "time", "timeEnd"] as const) console[method](pan)
      assertRedacted(out)
    }),
  )

  it.effect("stays the console that it was but for that", () =>
    Effect.gen(function* () {
      yield* Console.log(`card ${pan}`)
      assert.deepStrictEqual(yield* TestConsole.logLines, [`card ${masked}`])
    }).pipe(Effect.provide(layerLogger), Effect.provide(TestConsole.layer)),
  )
})
