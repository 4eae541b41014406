// Which layer is provided inside of which other is what is tested here.
// @effect-diagnostics multipleEffectProvide:off
import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Layer, Option, Tracer } from "effect"
import { OtlpExporter, OtlpTracer } from "effect/observability"
import { inspect } from "node:util"
import { Redactor } from "../src/Redactor.ts"
import { otlpCollector } from "./support/otlpCollector.ts"

const pan = "4957030420210462"
const masked = "495703******0462"

const layerTracer = Redactor.layerTracer.pipe(Layer.provide(Redactor.layer()))

/** A tracer that keeps its spans. */
const recording = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    },
  })
  return { spans, layer: Layer.succeed(Tracer.Tracer, tracer), tracer }
}

/** What an exporter would send of a span. */
const exported = (span: Tracer.NativeSpan) => ({
  name: span.name,
  attributes: Object.fromEntries(span.attributes),
  events: span.events,
  links: span.links.map(({ attributes }) => attributes),
  status: span.status,
  cause:
    span.status._tag === "Ended" && Exit.isFailure(span.status.exit)
      ? Cause.pretty(span.status.exit.cause)
      : "",
})

const shown = (value: unknown): string =>
  inspect(value, { depth: Infinity, showHidden: true, maxStringLength: null })

class Declined extends Error {
  override readonly name = "Declined"
}

const linked = Tracer.externalSpan({ traceId: "1".repeat(32), spanId: "2".repeat(16) })

/** A card number in every place where a span can have one. */
const leak = Effect.gen(function* () {
  yield* Effect.annotateCurrentSpan("later", { pan })
  yield* Effect.annotateCurrentSpan({ "visa.cvv": "123", [pan]: 1 })
  const span = yield* Effect.currentSpan
  span.event(`event ${pan}`, 1n, { attribute: pan })
  span.addLinks([{ span: linked, attributes: { added: pan } }])
  return yield* Effect.fail(new Declined(`declined ${pan}`, { cause: new Error(pan) }))
}).pipe(
  Effect.withSpan(`span ${pan}`, {
    attributes: { initial: `card ${pan}`, amount: 12.5 },
    links: [{ span: linked, attributes: { initial: pan } }],
  }),
  Effect.annotateSpans("environment", `annotation ${pan}`),
  Effect.exit,
)

describe("layerTracer", () => {
  it.effect("redacts names, attributes, events, links and causes", () =>
    Effect.gen(function* () {
      const plain = recording()
      yield* leak.pipe(Effect.provide(plain.layer))
      assert.include(shown(plain.spans.map(exported)), pan, "the tracer shows what it is given")

      const { layer, spans } = recording()
      yield* leak.pipe(Effect.provide(layerTracer), Effect.provide(layer))
      assert.strictEqual(spans.length, 1)
      const [span] = spans.map(exported)
      assert.isDefined(span)
      assert.notInclude(shown(span), pan)
      assert.strictEqual(span.name, `span ${masked}`)
      assert.strictEqual(span.attributes["initial"], `card ${masked}`)
      assert.strictEqual(span.attributes["amount"], 12.5)
      assert.strictEqual(span.attributes["environment"], `annotation ${masked}`)
      assert.deepStrictEqual(span.attributes["later"], { pan: masked })
      assert.strictEqual(span.attributes["visa.cvv"], "[redacted:cvv]")
      assert.strictEqual(span.attributes[masked], 1)
      assert.deepStrictEqual(span.events, [[`event ${masked}`, 1n, { attribute: masked }]])
      assert.deepStrictEqual(span.links, [{ initial: masked }, { added: masked }])
      assert.include(span.cause, `Declined: declined ${masked}`)
    }),
  )

  it.effect("redacts what goes to an OTLP collector", () =>
    Effect.gen(function* () {
      const collector = otlpCollector()
      const otlp = OtlpTracer.layer({
        url: "http://collector.test/v1/traces",
        resource: { serviceName: "test" },
      }).pipe(Layer.provide(collector.layer))
      const flush = OtlpExporter.Flusher.use(({ flush }) => flush)
      yield* leak.pipe(Effect.provide(layerTracer), Effect.andThen(flush), Effect.provide(otlp))
      assert.notInclude(collector.bodies.join(""), pan)
      assert.include(collector.bodies.join(""), `declined ${masked}`)
      assert.include(collector.bodies.join(""), `span ${masked}`)
    }),
  )

  it.effect("keeps the kinds of reasons, and passes on no values", () =>
    Effect.gen(function* () {
      const { layer, spans } = recording()
      const exits = <A, E>(effect: Effect.Effect<A, E>) => Effect.exit(Effect.withSpan(effect, "x"))
      yield* Effect.all([
        exits(Effect.fail({ pan })),
        exits(Effect.die(new Error(pan))),
        exits(Effect.interrupt),
        exits(Effect.succeed({ pan })),
      ]).pipe(Effect.provide(layerTracer), Effect.provide(layer))
      const exitOf = (span: Tracer.NativeSpan) =>
        span.status._tag === "Ended" ? span.status.exit : Exit.die("not ended")
      const kinds = spans
        .map(exitOf)
        .map((exit) =>
          Exit.isFailure(exit) ? exit.cause.reasons.map(({ _tag }) => _tag) : exit.value,
        )
      assert.deepStrictEqual(kinds, [["Fail"], ["Die"], ["Interrupt"], undefined])
      assert.notInclude(shown(spans.map(exported)), pan)
    }),
  )

  it.effect("keeps ids, kind, sampling, parents and annotations of spans", () =>
    Effect.gen(function* () {
      const { layer, spans } = recording()
      const Note = Context.Reference<string>("test/Note", { defaultValue: () => "" })
      const [outer, inner] = yield* Effect.gen(function* () {
        const outer = yield* Effect.currentSpan
        const inner = yield* Effect.currentSpan.pipe(
          Effect.withSpan("inner", { kind: "client", annotations: Context.make(Note, "kept") }),
        )
        return [outer, inner] as const
      }).pipe(
        Effect.withSpan("outer", { sampled: true, root: true }),
        Effect.provide(layerTracer),
        Effect.provide(layer),
      )
      const [rawOuter, rawInner] = spans
      assert.strictEqual(outer.spanId, rawOuter?.spanId)
      assert.strictEqual(outer.traceId, rawOuter?.traceId)
      assert.strictEqual(inner.traceId, rawOuter?.traceId)
      assert.strictEqual(inner.kind, "client")
      assert.strictEqual(inner.sampled, rawInner?.sampled)
      assert.strictEqual(inner._tag, "Span")
      assert.strictEqual(inner.status._tag, "Ended")
      assert.strictEqual(Context.get(inner.annotations, Note), "kept")
      assert.strictEqual(Option.getOrThrow(inner.parent), outer)
      assert.strictEqual(
        rawInner && Option.getOrThrow(rawInner.parent),
        rawOuter,
        "the tracer sees its own spans",
      )
    }),
  )

  it.effect("gives the tracer its own spans in links", () =>
    Effect.gen(function* () {
      const { layer, spans } = recording()
      yield* Effect.gen(function* () {
        const first = yield* Effect.makeSpan("first")
        const second = yield* Effect.makeSpan("second", {
          links: [{ span: first, attributes: {} }],
        })
        second.addLinks([{ span: first, attributes: {} }])
      }).pipe(Effect.provide(layerTracer), Effect.provide(layer))
      assert.deepStrictEqual(
        spans[1]?.links.map(({ span }) => span === spans[0]),
        [true, true],
      )
    }),
  )

  it.effect(
    "keeps what integrations look for: class, private state and further members of a span",
    () =>
      Effect.gen(function* () {
        class OtherSpan extends Tracer.NativeSpan {
          readonly #native = "native"
          readonly library = { id: 7 }
          native() {
            return this.#native
          }
        }
        const tracer = Tracer.make({ span: (options) => Object.freeze(new OtherSpan(options)) })
        const span = yield* Effect.makeSpan("x").pipe(
          Effect.provide(layerTracer),
          Effect.provideService(Tracer.Tracer, tracer),
        )
        assert.instanceOf(span, OtherSpan)
        assert.strictEqual(span.native(), "native")
        assert.strictEqual(span.library.id, 7)
        assert.isTrue("library" in span)
      }),
  )

  it.effect("keeps the tracer's hook around every step of a fiber", () =>
    Effect.gen(function* () {
      let steps = 0
      const tracer = Tracer.make({
        span: (options) => new Tracer.NativeSpan(options),
        context: (primitive, fiber) => {
          steps++
          return primitive["~effect/Effect/evaluate"](fiber)
        },
      })
      yield* Effect.yieldNow.pipe(
        Effect.provide(layerTracer),
        Effect.provideService(Tracer.Tracer, tracer),
      )
      assert.isAbove(steps, 0)
    }),
  )

  it.effect("uses the options of the redactor that is provided to it", () =>
    Effect.gen(function* () {
      const { layer, spans } = recording()
      yield* leak.pipe(
        Effect.provide(Redactor.layerTracer.pipe(Layer.provide(Redactor.layer({ mode: "drop" })))),
        Effect.provide(layer),
      )
      assert.strictEqual(spans[0]?.name, "span [redacted:pan]")
    }),
  )
})

describe("the order of layers", () => {
  const names = (spans: ReadonlyArray<Tracer.NativeSpan>) => spans.map(({ name }) => name)
  const span = Effect.withSpan(Effect.void, pan)

  it.effect("covers a tracer that is provided outside, or to the layer", () =>
    Effect.gen(function* () {
      const { layer, spans } = recording()
      yield* span.pipe(Effect.provide(layerTracer), Effect.provide(layer))
      yield* span.pipe(Effect.provide(layerTracer.pipe(Layer.provideMerge(layer))))
      assert.deepStrictEqual(names(spans), [masked, masked])
    }),
  )

  it.effect("does not cover a tracer that is provided inside, unless it is wrapped", () =>
    Effect.gen(function* () {
      const { layer, spans, tracer } = recording()
      yield* span.pipe(Effect.provide(layer), Effect.provide(layerTracer))
      assert.deepStrictEqual(names(spans), [pan])
      spans.length = 0
      yield* span.pipe(
        Effect.withTracer(Redactor.tracer(Redactor.default, tracer)),
        Effect.provide(layerTracer),
      )
      assert.deepStrictEqual(names(spans), [masked])
    }),
  )

  it.effect("does not cover a span that was started outside", () =>
    Effect.gen(function* () {
      const { layer, spans } = recording()
      yield* Effect.annotateCurrentSpan("number", pan).pipe(
        Effect.provide(layerTracer),
        Effect.withSpan("outside"),
        Effect.provide(layer),
      )
      assert.strictEqual(spans[0]?.attributes.get("number"), pan)
    }),
  )

  it.effect("wraps once, however often the layer is provided", () =>
    Effect.gen(function* () {
      const { layer } = recording()
      const [outer, inner] = yield* Effect.gen(function* () {
        const outer = yield* Tracer.Tracer
        const inner = yield* Tracer.Tracer.pipe(Effect.provide(Redactor.layerTracer))
        return [outer, inner] as const
      }).pipe(
        Effect.provide(Redactor.layerTracer),
        Effect.provide(layer),
        Effect.provide(Redactor.layer()),
      )
      assert.strictEqual(inner, outer)
    }),
  )
})
