// Which layer is provided inside of which other is what is tested here.
// @effect-diagnostics multipleEffectProvide:off
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Console,
  Data,
  Effect,
  Exit,
  FileSystem,
  Layer,
  Logger,
  Metric,
  Redacted,
  Stream,
  Tracer,
} from "effect"
import { PrometheusMetrics } from "effect/observability"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { ChildProcess } from "effect/process"
import { fileURLToPath } from "node:url"
import { inspect } from "node:util"
import { Redactor } from "../src/Redactor.ts"

const pan = "4957030420210462"
const masked = "495703******0462"

const redactor = Redactor.layer()

const shown = (value: unknown): string =>
  inspect(value, { depth: Infinity, showHidden: true, maxStringLength: null })

const keeping = (out: Array<unknown>) =>
  Logger.map(Logger.formatLogFmt, (output) => {
    out.push(output)
  })

const recording = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    },
  })
  return { spans, layer: Layer.succeed(Tracer.Tracer, tracer) }
}

const causeOf = (span: Tracer.NativeSpan | undefined): string =>
  span?.status._tag === "Ended" && Exit.isFailure(span.status.exit)
    ? Cause.pretty(span.status.exit.cause)
    : ""

class Declined extends Data.TaggedError("Declined")<{ readonly pan: string }> {
  override get message() {
    return `declined ${this.pan}`
  }
}

describe("protect", () => {
  it.effect("redacts the loggers, the console and the tracer that are installed outside", () =>
    Effect.gen(function* () {
      const lines: Array<unknown> = []
      const { layer, spans } = recording()
      yield* Effect.log(`card ${pan}`, { pan }).pipe(
        Effect.andThen(Console.log(pan)),
        Effect.withSpan(`pay ${pan}`, { attributes: { pan } }),
        Redactor.protect,
        Effect.provide(
          Layer.mergeAll(
            redactor,
            Logger.layer([keeping(lines)]),
            layer,
            Layer.succeed(
              Console.Console,
              Object.assign(
                { ...globalThis.console },
                { log: (line: unknown) => lines.push(line) },
              ),
            ),
          ),
        ),
      )
      assert.strictEqual(lines.length, 2)
      assert.notInclude(shown([lines, spans]), pan)
      assert.strictEqual(spans[0]?.name, `pay ${masked}`)
    }),
  )

  it.effect("redacts a span that was started outside: what is put on it, and how it ends", () =>
    Effect.gen(function* () {
      const { layer, spans } = recording()
      yield* Effect.annotateCurrentSpan("number", pan).pipe(
        Effect.andThen(Effect.log(`event ${pan}`)),
        Effect.andThen(Effect.fail(new Declined({ pan }))),
        Redactor.protect,
        Effect.withSpan("outside"),
        Effect.exit,
        Effect.provide(Layer.mergeAll(redactor, layer, Logger.layer([Logger.tracerLogger]))),
      )
      assert.strictEqual(spans[0]?.attributes.get("number"), masked)
      assert.notInclude(shown([spans[0]?.attributes, spans[0]?.events]), pan)
      assert.include(causeOf(spans[0]), `declined ${masked}`)
      assert.notInclude(causeOf(spans[0]), pan)
    }),
  )

  it.effect("keeps the class, the tag and the fields of errors", () =>
    Effect.gen(function* () {
      const tag = yield* Effect.fail(new Declined({ pan })).pipe(
        Redactor.protect,
        Effect.catchTag("Declined", (error) => {
          assert.instanceOf(error, Declined)
          return Effect.succeed(error.pan)
        }),
        Effect.provide(redactor),
      )
      assert.strictEqual(tag, masked)
    }),
  )

  it.effect("redacts defects, and leaves interruption and success as they are", () =>
    Effect.gen(function* () {
      const exits = <A, E>(effect: Effect.Effect<A, E>) =>
        effect.pipe(Redactor.protect, Effect.provide(redactor), Effect.exit)
      const died = yield* exits(Effect.die(new TypeError(pan, { cause: { pan } })))
      assert.notInclude(shown(died), pan)
      assert.isTrue(Exit.isFailure(died) && Cause.hasDies(died.cause))
      const interrupted = yield* exits(Effect.interrupt)
      assert.isTrue(Exit.isFailure(interrupted) && Cause.hasInterruptsOnly(interrupted.cause))
      assert.deepStrictEqual(yield* exits(Effect.succeed({ pan })), Exit.succeed({ pan }))
    }),
  )

  it.effect("keeps the parent of spans that start inside", () =>
    Effect.gen(function* () {
      const { layer, spans } = recording()
      yield* Effect.void.pipe(
        Effect.withSpan("inner"),
        Redactor.protect,
        Effect.withSpan("outer"),
        Effect.provide(Layer.merge(redactor, layer)),
      )
      const [outer, inner] = spans
      assert.strictEqual(inner?.traceId, outer?.traceId)
      assert.isTrue(inner !== undefined && inner.parent._tag === "Some")
    }),
  )

  it.live("lets nothing through that a process prints of an error which escapes", () =>
    Effect.gen(function* () {
      const printed = Effect.fnUntraced(function* (protect: string) {
        const child = yield* ChildProcess.make(process.execPath, [
          fileURLToPath(new URL("support/escapingError.ts", import.meta.url)),
          protect,
        ])
        return yield* Stream.mkString(Stream.decodeText(child.all))
      }, Effect.scoped)
      assert.include(yield* printed("unprotected"), pan)
      const safe = yield* printed("protected")
      assert.notInclude(safe, pan)
      assert.include(safe, `cannot pay ${masked}`)
      assert.include(safe, `the card ${masked} is unknown`)
    }).pipe(Effect.provide(NodeServices.layer)),
  )
})

describe("layerLoggers", () => {
  it.effect("covers loggers that are installed further inside", () =>
    Effect.gen(function* () {
      const inner: Array<unknown> = []
      const outer: Array<unknown> = []
      yield* Effect.log({ pan }).pipe(
        Effect.provide(Redactor.layerLoggers([keeping(inner)], { mergeWithExisting: true })),
        Effect.provide(Redactor.layerLogger),
        Effect.provide(Layer.merge(redactor, Logger.layer([keeping(outer)]))),
      )
      for (const lines of [inner, outer]) {
        assert.strictEqual(lines.length, 1)
        assert.include(String(lines[0]), masked)
        assert.notInclude(String(lines[0]), pan)
      }
    }),
  )

  it.effect("covers loggers that are made by effects, as that to a file", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const path = yield* fs.makeTempFileScoped()
      yield* Effect.log(`card ${pan}`).pipe(
        Effect.provide(
          Redactor.layerLoggers([Logger.toFile(Logger.formatJson, path)]).pipe(
            Layer.provide(Layer.merge(redactor, NodeServices.layer)),
          ),
        ),
      )
      const text = yield* fs.readFileString(path)
      assert.include(text, `card ${masked}`)
      assert.notInclude(text, pan)
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
  )
})

describe("layerMetrics", () => {
  const other = "4000056655665556"
  const registry = () => new Map<string, Metric.Metric.Metadata<unknown, unknown>>()

  const counted = (number: string) =>
    Metric.update(
      Metric.counter("payments", { incremental: true }).pipe(
        Metric.withAttributes({ recipient: `card ${number}`, status: "settled" }),
      ),
      1,
    )

  const prometheus = PrometheusMetrics.format()

  it.effect("redacts labels and counted words on the page that Prometheus scrapes", () =>
    Effect.gen(function* () {
      const target = registry()
      const program = Effect.gen(function* () {
        yield* counted(pan)
        yield* counted(pan)
        yield* Metric.update(Metric.frequency("names"), `card ${pan}`)
      })
      yield* program.pipe(Effect.provideService(Metric.MetricRegistry, target))
      const page = prometheus.pipe(Effect.provideService(Metric.MetricRegistry, target))
      assert.include(yield* page, pan)
      target.clear()

      yield* program.pipe(
        Effect.provide(Redactor.layerMetrics),
        Effect.provide(redactor),
        Effect.provideService(Metric.MetricRegistry, target),
      )
      const text = yield* page
      assert.notInclude(text, pan)
      assert.match(text, /payments\{recipient="card 495703\*{6}0462",status="settled"\} 2/)
      assert.match(text, /names\{key="card 495703\*{6}0462"\} 1/)
    }),
  )

  it.effect("counts series as one whose labels become the same", () =>
    Effect.gen(function* () {
      const target = registry()
      const drop = Redactor.layer({ mode: "drop" })
      yield* counted(pan).pipe(
        Effect.andThen(counted(other)),
        Effect.andThen(counted(pan)),
        Effect.provide(Redactor.layerMetrics),
        Effect.provide(drop),
        Effect.provideService(Metric.MetricRegistry, target),
      )
      assert.strictEqual(target.size, 1)
      const text = yield* prometheus.pipe(Effect.provideService(Metric.MetricRegistry, target))
      assert.match(text, /payments\{recipient="card \[redacted:pan\]",status="settled"\} 3/)
    }),
  )

  it.effect("leaves other labels, and lets metrics be read and removed", () =>
    Effect.gen(function* () {
      const target = registry()
      const gauge = Metric.gauge("open").pipe(Metric.withAttributes({ rail: "push" }))
      yield* Effect.gen(function* () {
        yield* Metric.update(gauge, 7)
        assert.deepStrictEqual(yield* Metric.value(gauge), { value: 7 })
        assert.deepStrictEqual(
          (yield* Metric.snapshot).map(({ attributes, id }) => [id, attributes]),
          [["open", { rail: "push" }]],
        )
        assert.strictEqual(target.size, 1)
        yield* Metric.remove(gauge)
        assert.strictEqual(target.size, 0)
      }).pipe(
        Effect.provide(Redactor.layerMetrics),
        Effect.provide(redactor),
        Effect.provideService(Metric.MetricRegistry, target),
      )
    }),
  )
})

describe("layerConsole", () => {
  it.effect("redacts the process's own console for as long as it lives", () =>
    Effect.gen(function* () {
      const { console } = globalThis
      const original = console.log
      const lines: Array<unknown> = []
      const record = (...args: ReadonlyArray<unknown>) => {
        lines.push(...args)
      }
      console.log = record
      yield* Effect.sync(() => console.log(`library says ${pan}`, { pan })).pipe(
        Effect.provide(Redactor.layerConsole.pipe(Layer.provide(redactor))),
        Effect.ensuring(
          Effect.sync(() => {
            const restored = console.log === record
            console.log = original
            assert.isTrue(restored, "the console is as it was")
          }),
        ),
      )
      assert.deepStrictEqual(lines, [`library says ${masked}`, { pan: masked }])
    }),
  )
})

describe("mode hash", () => {
  const key = "k".repeat(32)

  it.effect("is what the tags of all exits are made with", () =>
    Effect.gen(function* () {
      const lines: Array<unknown> = []
      yield* Effect.log({ pan }).pipe(
        Effect.andThen(Effect.log(`again 4957 0304 2021 0462`)),
        Redactor.protect,
        Effect.provide(
          Layer.merge(
            Redactor.layer({ mode: { hash: Redacted.make(key) } }),
            Logger.layer([keeping(lines)]),
          ),
        ),
      )
      const tags = lines.map((line) => /\[redacted:pan:[a-p]{16}\]/.exec(String(line))?.[0])
      assert.isDefined(tags[0])
      assert.strictEqual(tags[0], tags[1])
    }),
  )
})
