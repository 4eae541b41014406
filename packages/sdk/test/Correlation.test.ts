import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  ConfigProvider,
  Effect,
  Exit,
  Layer,
  Logger,
  Option,
  References,
  Schema,
  Tracer,
} from "effect"
import { SecureRandom } from "effect/crypto"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { Correlation, CorrelationId } from "../src/Correlation.ts"
import type { CorrelationOptions } from "../src/Correlation.ts"
import { VisaError } from "../src/VisaError.ts"

/** Randomness that repeats the given bytes for ever. */
const repeating = (...pattern: ReadonlyArray<number>) => {
  let position = 0
  return Layer.sync(SecureRandom.SecureRandom, () =>
    SecureRandom.make((size) =>
      Uint8Array.from({ length: size }, () => pattern[position++ % pattern.length] ?? 0),
    ),
  )
}

const ids = (count: number) =>
  Effect.flatMap(Correlation, ({ next }) => Effect.replicateEffect(next, count))

const fixed = (options: CorrelationOptions, ...pattern: ReadonlyArray<number>) =>
  Correlation.layer(options).pipe(Layer.provide(repeating(...pattern)))

const failure = (options: CorrelationOptions) => Effect.flip(Correlation.make(options))

const crockford = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

describe("ULIDs", () => {
  it.effect("hold 48 bits of time and 80 random bits in Crockford base 32", () =>
    Effect.gen(function* () {
      // The time of the ULID specification's example, 01ARYZ6S41.
      yield* TestClock.setTime(1469918176385)
      const [id] = yield* ids(1).pipe(Effect.provide(fixed({ format: "ulid" }, 0)))
      assert.strictEqual(id, "01ARYZ6S410000000000000000")
    }),
  )

  it.effect("put the random bytes into the text in order", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(0)
      const bytes = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23]
      const expected = BigInt(`0x${bytes.map((b) => b.toString(16).padStart(2, "0")).join("")}`)
      const [id] = yield* ids(1).pipe(Effect.provide(fixed({}, ...bytes)))
      const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
      const decoded = [...(id ?? "")].reduce(
        (sum, c) => sum * 32n + BigInt(alphabet.indexOf(c)),
        0n,
      )
      assert.strictEqual(decoded, expected)
    }),
  )

  it.effect("hold the last millisecond that fits in 48 bits", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(2 ** 48 - 1)
      const [id] = yield* ids(1).pipe(Effect.provide(fixed({}, 0xff)))
      assert.strictEqual(id, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
    }),
  )

  it.effect("count up within a millisecond", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1469918176385)
      assert.deepStrictEqual(
        yield* ids(3).pipe(Effect.provide(fixed({}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30))),
        ["01ARYZ6S41000000000000000Y", "01ARYZ6S41000000000000000Z", "01ARYZ6S410000000000000010"],
      )
    }),
  )

  it.effect("carry from the lower into the upper half of the random part", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* ids(2).pipe(Effect.provide(fixed({}, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255))),
        ["000000000000000000ZZZZZZZZ", "00000000000000000100000000"],
      )
    }),
  )

  it.effect("go to the next millisecond when the random part overflows", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(5)
      const made = yield* ids(3).pipe(Effect.provide(fixed({}, 0xff)))
      assert.deepStrictEqual(made, [
        "0000000005ZZZZZZZZZZZZZZZZ",
        "0000000006ZZZZZZZZZZZZZZZZ",
        "0000000007ZZZZZZZZZZZZZZZZ",
      ])
    }),
  )

  it.effect("keep their order when the clock goes back", () =>
    Effect.gen(function* () {
      const { next } = yield* Correlation.make()
      yield* TestClock.setTime(1_700_000_000_000)
      const before = yield* next
      yield* TestClock.setTime(1_600_000_000_000)
      const after = yield* next
      assert.isTrue(after > before)
      assert.strictEqual(after.slice(0, 10), before.slice(0, 10))
    }),
  )

  it.effect("draw new randomness in a new millisecond", () =>
    Effect.gen(function* () {
      const { next } = yield* Correlation.make().pipe(Effect.provide(repeating(7, 1, 2, 3)))
      const first = yield* next
      yield* TestClock.adjust(1)
      const second = yield* next
      assert.isTrue(second > first)
      assert.notStrictEqual(second.slice(10), first.slice(10))
    }),
  )

  it.effect("are 100,000 distinct and sorted in one frozen millisecond", () =>
    Effect.gen(function* () {
      const made = yield* ids(100_000).pipe(Effect.provide(Correlation.layer()))
      assert.strictEqual(new Set(made).size, 100_000)
      assert.deepStrictEqual(made.toSorted(), made)
      assert.strictEqual(new Set(made.map((id) => id.slice(0, 10))).size, 1)
    }),
  )

  it.effect("are distinct and sorted over concurrent fibers", () =>
    Effect.gen(function* () {
      const { next } = yield* Correlation.make()
      const order: Array<string> = []
      yield* Effect.forEach(
        Array.from({ length: 200 }),
        () =>
          Effect.yieldNow.pipe(
            Effect.andThen(next),
            Effect.tap((id) => Effect.sync(() => order.push(id))),
            Effect.andThen(Effect.yieldNow),
            Effect.andThen(next),
            Effect.tap((id) => Effect.sync(() => order.push(id))),
          ),
        { concurrency: "unbounded" },
      )
      assert.strictEqual(new Set(order).size, 400)
      assert.deepStrictEqual(order.toSorted(), order)
    }),
  )

  it.effect("stay sorted and well formed whatever the clock does", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 2 ** 48 - 2 }), { minLength: 2, maxLength: 30 }),
          (times) =>
            Effect.runPromise(
              Effect.gen(function* () {
                const { next } = yield* Correlation.make()
                const made: Array<string> = []
                for (const time of times) {
                  yield* TestClock.setTime(time)
                  made.push(yield* next)
                }
                for (const id of made) assert.match(id, crockford)
                assert.deepStrictEqual(made.toSorted(), made)
                assert.strictEqual(new Set(made).size, made.length)
              }).pipe(Effect.provide(TestClock.layer())),
            ),
        ),
      ),
    ),
  )
})

describe("UUIDs", () => {
  it.effect("are version 4 and made of the random bytes", () =>
    Effect.gen(function* () {
      const bytes = Array.from({ length: 16 }, (_, i) => i * 17)
      assert.deepStrictEqual(
        yield* ids(2).pipe(Effect.provide(fixed({ format: "uuid" }, ...bytes))),
        ["00112233-4455-4677-8899-aabbccddeeff", "00112233-4455-4677-8899-aabbccddeeff"],
      )
    }),
  )

  it.effect("are distinct and well formed with the platform's randomness", () =>
    Effect.gen(function* () {
      const made = yield* ids(10_000).pipe(Effect.provide(Correlation.layer({ format: "uuid" })))
      assert.strictEqual(new Set(made).size, 10_000)
      for (const id of made) {
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      }
    }),
  )
})

describe("ids with a prefix", () => {
  it.effect("are prefix, epoch milliseconds and a random part", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1683288000000)
      assert.deepStrictEqual(
        yield* ids(2).pipe(Effect.provide(fixed({ format: "prefix+ts", prefix: "payroll" }, 0))),
        ["payroll-1683288000000-000000000000", "payroll-1683288000000-000000000001"],
      )
    }),
  )

  it.effect("have a prefix of their own by default", () =>
    Effect.gen(function* () {
      const [id] = yield* ids(1).pipe(Effect.provide(Correlation.layer({ format: "prefix+ts" })))
      assert.match(id ?? "", /^visa-direct-0-[0-9A-HJKMNP-TV-Z]{12}$/)
    }),
  )

  it.effect("are unique under concurrency in one frozen millisecond", () =>
    Effect.gen(function* () {
      const { next } = yield* Correlation.make({ format: "prefix+ts", prefix: "p" })
      const made = yield* Effect.forEach(Array.from({ length: 5_000 }), () => next, {
        concurrency: "unbounded",
      })
      assert.strictEqual(new Set(made).size, 5_000)
    }),
  )

  it.effect("move the time on when the random part overflows", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1683288000000)
      const made = yield* ids(2).pipe(
        Effect.provide(fixed({ format: "prefix+ts", prefix: "p" }, 0xff)),
      )
      assert.deepStrictEqual(made, ["p-1683288000000-ZZZZZZZZZZZZ", "p-1683288000001-ZZZZZZZZZZZZ"])
    }),
  )
})

describe("randomness", () => {
  it.effect("is refilled when the pool is used up", () =>
    Effect.gen(function* () {
      let draws = 0
      const counting = SecureRandom.make((size) => {
        draws++
        return globalThis.crypto.getRandomValues(new Uint8Array(size))
      })
      const made = yield* ids(1_000).pipe(
        Effect.provide(Correlation.layer({ format: "uuid" })),
        Effect.provideService(SecureRandom.SecureRandom, counting),
      )
      assert.strictEqual(new Set(made).size, 1_000)
      assert.strictEqual(draws, 4)
    }),
  )

  it.effect("that is too short is a defect, not a weak id", () =>
    Effect.gen(function* () {
      const short = SecureRandom.make(() => new Uint8Array(3))
      const exit = yield* ids(1).pipe(
        Effect.provide(Correlation.layer()),
        Effect.provideService(SecureRandom.SecureRandom, short),
        Effect.exit,
      )
      assert.isTrue(Exit.hasDies(exit))
    }),
  )
})

describe("CorrelationId", () => {
  const is = Schema.is(CorrelationId)

  it("takes 1 to 64 visible ASCII characters", () => {
    assert.isTrue(is("a"))
    assert.isTrue(is("x".repeat(64)))
    assert.isFalse(is(""))
    assert.isFalse(is("x".repeat(65)))
  })

  it("refuses everything that could forge a log line or split a header", () => {
    for (const bad of [
      "a b",
      "a\r\nSet-Cookie: x",
      "a\nlevel=info",
      "a\tb",
      "a\u0000",
      "a\u007f",
      "é",
      "a\n",
    ]) {
      assert.isFalse(is(bad), JSON.stringify(bad))
    }
  })

  it("holds for what every format makes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("uuid", "ulid", "prefix+ts"),
        fc.stringMatching(/^[A-Za-z0-9._-]{1,32}$/),
        (format, prefix) =>
          Effect.runSync(
            Effect.map(
              ids(3).pipe(
                Effect.provide(
                  Correlation.layer(format === "prefix+ts" ? { format, prefix } : { format }),
                ),
              ),
              (made) => made.every(is),
            ),
          ),
      ),
    )
  })
})

describe("headers", () => {
  const headersOf = (options?: CorrelationOptions) =>
    Effect.map(Correlation.make(options), ({ headers }) => headers(CorrelationId.make("id-1")))

  it.effect("carry the id in X-Request-ID by default", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* headersOf(), { "X-Request-ID": "id-1" })
    }),
  )

  it.effect("take another name", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* headersOf({ requestIdHeader: "x-correlation-id" }), {
        "x-correlation-id": "id-1",
      })
    }),
  )
})

describe("options that cannot work", () => {
  it.effect.each(["", "two words", "line\r\nbreak", "colon:", "é", "x".repeat(65)])(
    "fail for the header name %j",
    (requestIdHeader) =>
      Effect.gen(function* () {
        const error = yield* failure({ requestIdHeader })
        assert.instanceOf(error, VisaError)
        assert.strictEqual(error.reason._tag, "OptionInvalid")
        assert.strictEqual(error.reason.field, "correlation.requestIdHeader")
        assert.include(error.message, "Leave it out")
      }),
  )

  it.effect.each([
    "Authorization",
    "keyId",
    "content-type",
    "Accept",
    "X-Client-Transaction-ID",
    "x-transaction-timeout-ms",
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "traceparent",
  ])("fail for the header %s, which has a meaning of its own", (requestIdHeader) =>
    Effect.gen(function* () {
      const error = yield* failure({ requestIdHeader })
      assert.strictEqual(error.reason.field, "correlation.requestIdHeader")
      assert.include(error.message, requestIdHeader)
      assert.include(error.message, "Choose another name")
    }),
  )

  it.effect.each(["", "two words", "a/b", "x".repeat(33)])("fail for the prefix %j", (prefix) =>
    Effect.gen(function* () {
      const error = yield* failure({ format: "prefix+ts", prefix })
      assert.strictEqual(error.reason.field, "correlation.prefix")
    }),
  )

  it.effect("fail for a prefix that the format does not use", () =>
    Effect.gen(function* () {
      const error = yield* failure({ format: "uuid", prefix: "p" })
      assert.strictEqual(error.reason.field, "correlation.prefix")
      assert.include(error.message, "Set format to prefix+ts")
    }),
  )

  it.effect("fail for an unknown format from JavaScript", () =>
    Effect.gen(function* () {
      // What a JavaScript caller can pass although the type forbids it.
      const options: CorrelationOptions = JSON.parse(`{"format":"snowflake"}`)
      const error = yield* failure(options)
      assert.strictEqual(error.reason.field, "correlation.format")
      assert.include(error.message, "uuid, ulid, prefix+ts")
    }),
  )

  it.effect("fail the layer with the typed error", () =>
    Effect.gen(function* () {
      const error = yield* ids(1).pipe(
        Effect.provide(Correlation.layer({ requestIdHeader: "Host" })),
        Effect.flip,
      )
      assert.instanceOf(error, VisaError)
      assert.strictEqual(error.reason._tag, "OptionInvalid")
    }),
  )
})

describe("layerConfig", () => {
  const withEnv = (env: Record<string, string>) =>
    Effect.gen(function* () {
      const correlation = yield* Correlation
      const id = yield* correlation.next
      return { id, headers: correlation.headers(id) }
    }).pipe(
      Effect.provide(
        Correlation.layerConfig.pipe(
          Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env))),
        ),
      ),
    )

  it.effect("makes ULIDs in X-Request-ID when nothing is set", () =>
    Effect.gen(function* () {
      const { headers, id } = yield* withEnv({})
      assert.match(id, crockford)
      assert.deepStrictEqual(headers, { "X-Request-ID": id })
    }),
  )

  it.effect("reads header, format and prefix", () =>
    Effect.gen(function* () {
      const { headers, id } = yield* withEnv({
        VISA_DIRECT_CORRELATION_HEADER: "x-trace",
        VISA_DIRECT_CORRELATION_FORMAT: "prefix+ts",
        VISA_DIRECT_CORRELATION_PREFIX: "batch7",
      })
      assert.match(id, /^batch7-0-/)
      assert.deepStrictEqual(headers, { "x-trace": id })
    }),
  )

  it.effect("fails on a format that does not exist", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(withEnv({ VISA_DIRECT_CORRELATION_FORMAT: "guid" }))
      assert.instanceOf(error, VisaError)
      assert.strictEqual(error.reason._tag, "OptionInvalid")
      assert.strictEqual(error.reason.field, "VISA_DIRECT_CORRELATION_FORMAT")
    }),
  )

  it.effect("fails on a reserved header", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(withEnv({ VISA_DIRECT_CORRELATION_HEADER: "keyid" }))
      assert.instanceOf(error, VisaError)
      assert.strictEqual(error.reason._tag, "OptionInvalid")
    }),
  )
})

describe("layerTest", () => {
  it.effect("counts, and starts anew when built again", () =>
    Effect.gen(function* () {
      const twice = ids(2).pipe(Effect.provide(Layer.fresh(Correlation.layerTest)))
      assert.deepStrictEqual(yield* twice, ["test-000001", "test-000002"])
      assert.deepStrictEqual(yield* twice, ["test-000001", "test-000002"])
    }),
  )
})

describe("the current id", () => {
  const a = CorrelationId.make("id-a")
  const b = CorrelationId.make("id-b")

  it.effect("is none outside", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Correlation.current, Option.none())
    }),
  )

  it.effect("is the given one inside withId, and none again after it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Correlation.current.pipe(Correlation.withId(a)), Option.some(a))
      assert.deepStrictEqual(yield* Correlation.current, Option.none())
    }),
  )

  it.effect("stays the outer one in nested calls", () =>
    Effect.gen(function* () {
      const inner = Correlation.current.pipe(Correlation.withId(b))
      assert.deepStrictEqual(yield* inner.pipe(Correlation.withId(a)), Option.some(a))
    }),
  )

  it.effect("is followed by the fibers that are forked inside", () =>
    Effect.gen(function* () {
      const both = yield* Effect.all([Correlation.current, Correlation.current], {
        concurrency: 2,
      }).pipe(Correlation.withId(a))
      assert.deepStrictEqual(both, [Option.some(a), Option.some(a)])
    }),
  )

  it.effect("is drawn once by within, however often it is nested", () =>
    Effect.gen(function* () {
      const inner = Correlation.within(Correlation.current)
      const [first, second] = yield* Effect.all([
        Correlation.within(Effect.all([inner, inner])),
        Correlation.within(Effect.all([inner, inner])),
      ])
      assert.deepStrictEqual(first, [Option.some("test-000001"), Option.some("test-000001")])
      assert.deepStrictEqual(second, [Option.some("test-000002"), Option.some("test-000002")])
    }).pipe(Effect.provide(Correlation.layerTest)),
  )

  it.effect("is not replaced by within", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* Correlation.within(Correlation.current).pipe(Correlation.withId(a)),
        Option.some(a),
      )
    }).pipe(Effect.provide(Correlation.layerTest)),
  )

  it.effect("is the same on the service", () =>
    Effect.gen(function* () {
      const { current } = yield* Correlation
      assert.deepStrictEqual(yield* current.pipe(Correlation.withId(a)), Option.some(a))
    }).pipe(Effect.provide(Correlation.layerTest)),
  )

  it.effect("is kept when the effect fails, and so are its errors", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.fail("declined").pipe(Correlation.withId(a), Effect.exit)
      assert.deepStrictEqual(exit, Exit.failCause(Cause.fail("declined")))
    }),
  )

  it.effect("annotates every log line inside, with the attempt beside it", () =>
    Effect.gen(function* () {
      const lines: Array<Record<string, unknown>> = []
      const collect = Logger.make((options) => {
        lines.push({ ...options.fiber.getRef(References.CurrentLogAnnotations) })
      })
      const attempts = Effect.forEach([1, 2], (attempt) =>
        Effect.log("sending").pipe(Correlation.withAttempt(attempt)),
      )
      yield* Effect.log("start").pipe(
        Effect.andThen(attempts),
        Correlation.withId(a),
        Effect.andThen(Effect.log("outside")),
        Effect.provide(Logger.layer([collect])),
      )
      assert.deepStrictEqual(lines, [
        { correlationId: "id-a" },
        { correlationId: "id-a", attempt: 1 },
        { correlationId: "id-a", attempt: 2 },
        {},
      ])
    }),
  )

  it.effect("annotates every span that starts inside, with the attempt beside it", () =>
    Effect.gen(function* () {
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        },
      })
      yield* Effect.void.pipe(
        Effect.withSpan("attempt"),
        Correlation.withAttempt(2),
        Effect.withSpan("call"),
        Correlation.withId(a),
        Effect.withSpan("outside"),
        Effect.withTracer(tracer),
      )
      const attributes = Object.fromEntries(
        spans.map((span) => [span.name, Object.fromEntries(span.attributes)]),
      )
      assert.strictEqual(attributes["call"]?.["visa.correlation_id"], "id-a")
      assert.strictEqual(attributes["call"]?.["visa.attempt"], undefined)
      assert.strictEqual(attributes["attempt"]?.["visa.correlation_id"], "id-a")
      assert.strictEqual(attributes["attempt"]?.["visa.attempt"], 2)
      assert.strictEqual(attributes["outside"]?.["visa.correlation_id"], undefined)
    }),
  )
})

describe("Visa's own id", () => {
  it("is read from the reply whatever the case of the header", () => {
    assert.deepStrictEqual(
      Correlation.replyId({
        "content-type": "application/json",
        "X-CORRELATION-ID": " 1585-abc_SC ",
      }),
      Option.some("1585-abc_SC"),
    )
    assert.deepStrictEqual(Correlation.replyId({ "x-correlation-id": "y" }), Option.some("y"))
  })

  it("is none when it is missing or could forge a log line", () => {
    assert.deepStrictEqual(Correlation.replyId({}), Option.none())
    assert.deepStrictEqual(Correlation.replyId({ "x-correlation-id": undefined }), Option.none())
    assert.deepStrictEqual(
      Correlation.replyId({ "x-correlation-id": "a\nlevel=INFO" }),
      Option.none(),
    )
    assert.deepStrictEqual(
      Correlation.replyId({ "x-correlation-id": "x".repeat(129) }),
      Option.none(),
    )
  })
})
