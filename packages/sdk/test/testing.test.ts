import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Console,
  Data,
  Deferred,
  Effect,
  ErrorReporter,
  Exit,
  Fiber,
  Layer,
  Logger,
  Metric,
} from "effect"
import { Redactor } from "../src/Redactor.ts"
import { assertNoLeaks, Leaked, watchLeaks } from "../src/testing.ts"
import type { Channel } from "../src/testing.ts"

const pan = "4957030420210462"
const masked = "495703******0462"

const channelsOf = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(watchLeaks(effect), ({ leaks }) => [...new Set(leaks.map(({ channel }) => channel))])

class Declined extends Data.TaggedError("Declined")<{ readonly card: string }> {}

class Refused extends Data.TaggedError("Refused")<{ readonly cause: unknown }> {}

type Failure = string | Declined | Refused

const careless: ReadonlyArray<readonly [what: string, Channel, Effect.Effect<unknown, Failure>]> = [
  ["a log line", "log", Effect.log(`card ${pan}`)],
  ["an annotation of a log line", "log", Effect.annotateLogs(Effect.log("x"), { cvv: "123" })],
  ["a span of a log line", "log", Effect.withLogSpan(Effect.log("x"), `pay ${pan}`)],
  ["a logged cause", "log", Effect.logError("x", Cause.fail(new Declined({ card: pan })))],
  ["an error that is reported", "log", ErrorReporter.report(Cause.die(new Error(pan)))],
  ["Effect's console", "console", Console.error({ pan })],
  ["the process's console", "console", Effect.sync(() => globalThis.console.log(pan))],
  ["the name of a span", "span", Effect.withSpan(Effect.void, `pay ${pan}`)],
  ["an attribute of a span", "span", Effect.withSpan(Effect.annotateCurrentSpan({ pan }), "x")],
  ["the error of a span", "span", Effect.exit(Effect.withSpan(Effect.fail(pan), "x"))],
  [
    "the label of a metric",
    "metric",
    Metric.update(Metric.withAttributes(Metric.counter("testing_leak"), { card: pan }), 1),
  ],
  ["standard output", "stdout", Effect.sync(() => process.stdout.write(`${pan}\n`))],
  ["standard error", "stderr", Effect.sync(() => process.stderr.write(Buffer.from(`${pan}\n`)))],
  ["the error", "error", Effect.fail(new Declined({ card: pan }))],
  ["the cause of the error", "error", Effect.fail(new Refused({ cause: new TypeError(pan) }))],
  ["a defect", "error", Effect.die({ toString: () => pan })],
]

describe("watchLeaks", () => {
  it.effect.each(careless)("sees %s", ([, channel, effect]) =>
    Effect.gen(function* () {
      assert.include(yield* channelsOf(effect), channel)
    }).pipe(Effect.provide(ErrorReporter.layer([ErrorReporter.make(() => undefined)]))),
  )

  it.effect("gives what the effect ended with, and where each leak is", () =>
    Effect.gen(function* () {
      const { exit, leaks } = yield* watchLeaks(
        Effect.as(Effect.log("request", { recipient: [{ to: pan }] }), 7),
      )
      assert.deepStrictEqual(exit, Exit.succeed(7))
      assert.deepStrictEqual(leaks, [
        { channel: "log", kind: "pan", path: "/1/recipient/0/to", start: 0, end: 16, masked },
      ])
    }),
  )

  it.effect("does not look at what the effect succeeds with, nor at numbers masked already", () =>
    Effect.gen(function* () {
      const { exit, leaks } = yield* watchLeaks(Effect.as(Effect.log(masked), { pan }))
      assert.deepStrictEqual(exit, Exit.succeed({ pan }))
      assert.deepStrictEqual(leaks, [])
    }),
  )

  it.effect("passes on what is written, but redacted, and restores everything", () =>
    Effect.gen(function* () {
      const { console } = globalThis
      const log = console.log
      const write = process.stdout.write
      const lines: Array<unknown> = []
      console.log = (...args: ReadonlyArray<unknown>) => {
        lines.push(...args)
      }
      const replaced = console.log
      yield* watchLeaks(Effect.sync(() => console.log(`card ${pan}`, { pan }))).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            const restored = console.log === replaced
            console.log = log
            assert.isTrue(restored)
          }),
        ),
      )
      assert.deepStrictEqual(lines, [`card ${masked}`, { pan: masked }])
      assert.strictEqual(process.stdout.write, write)
    }),
  )

  it.effect("sees nothing when the program is protected", () =>
    Effect.gen(function* () {
      const { layerConsole, protect } = Redactor
      const redactor = Redactor.layer()
      for (const [what, channel, effect] of careless) {
        // Bytes that go straight to a stream of the process pass no redactor.
        if (channel === "stdout" || channel === "stderr") continue
        const safe = effect.pipe(
          protect,
          Effect.provide(Layer.mergeAll(redactor, Layer.provide(layerConsole, redactor))),
        )
        assert.deepStrictEqual(yield* channelsOf(safe), [], what)
      }
    }).pipe(Effect.provide(ErrorReporter.layer([ErrorReporter.make(() => undefined)]))),
  )

  it.effect("sees what loggers print that the program installs itself", () =>
    Effect.gen(function* () {
      const channels = yield* channelsOf(
        Effect.log(pan).pipe(Effect.provide(Logger.layer([Logger.consoleJson]))),
      )
      assert.deepStrictEqual(channels, ["console"])
    }),
  )
})

describe("assertNoLeaks", () => {
  it.effect("fails with what was found, without the sensitive text itself", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        assertNoLeaks(Effect.logError(`cannot pay ${pan}`, { cvv: "987" })),
      )
      assert.instanceOf(error, Leaked)
      assert.deepStrictEqual(
        error.leaks.map(({ channel, kind }) => [channel, kind]),
        [
          ["log", "pan"],
          ["log", "cvv"],
        ],
      )
      assert.include(error.message, `log at /0, offset 11: pan ${masked}`)
      for (const rendering of [error.message, String(error), JSON.stringify(error), error.stack]) {
        assert.notInclude(rendering, pan)
        assert.notInclude(rendering, "987")
      }
    }),
  )

  it.effect("fails although the effect succeeds, and although it fails with something else", () =>
    Effect.gen(function* () {
      const leak = Console.log(pan)
      assert.instanceOf(yield* Effect.flip(assertNoLeaks(leak)), Leaked)
      const both = leak.pipe(Effect.andThen(Effect.fail("declined")), assertNoLeaks())
      assert.instanceOf(yield* Effect.flip(both), Leaked)
    }),
  )

  it.effect("ends as the effect does when there is nothing", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* assertNoLeaks(Effect.as(Effect.log("accepted"), "00")), "00")
      assert.strictEqual(yield* Effect.flip(assertNoLeaks(Effect.fail("declined"))), "declined")
      const exit = yield* Effect.exit(assertNoLeaks(Effect.die("defect")))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    }),
  )

  it.effect("takes what is turned off or allowed for no leak", () =>
    Effect.gen(function* () {
      const effect = Effect.log(`order ${pan} of j@example.com`)
      const error = yield* Effect.flip(assertNoLeaks(effect, { allow: [pan] }))
      assert.deepStrictEqual(
        (error as Leaked).leaks.map(({ kind }) => kind),
        ["email"],
      )
      yield* assertNoLeaks(effect, { allow: [pan], detectors: [] })
    }),
  )

  it.effect("may be nested; the outer one sees what the inner one lets through", () =>
    Effect.gen(function* () {
      const inner = assertNoLeaks(Effect.log(pan))
      const outer = yield* watchLeaks(Effect.flip(inner))
      assert.instanceOf(Exit.isSuccess(outer.exit) ? outer.exit.value : undefined, Leaked)
      assert.deepStrictEqual(outer.leaks, [])
    }),
  )

  it.effect("blames no run for what another one writes at the same time", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const finish = yield* Deferred.make<void>()
      const clean = yield* Effect.forkChild(
        watchLeaks(
          Deferred.succeed(started, undefined).pipe(Effect.andThen(Deferred.await(finish))),
        ),
      )
      yield* Deferred.await(started)
      const leaky = yield* Effect.forkChild(watchLeaks(Console.log(pan)))
      yield* Effect.yieldNow
      yield* Deferred.succeed(finish, undefined)
      assert.deepStrictEqual((yield* Fiber.join(clean)).leaks, [])
      assert.strictEqual((yield* Fiber.join(leaky)).leaks.length, 1)
    }),
  )
})
