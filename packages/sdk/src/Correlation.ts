/**
 * One id per business call, kept over all attempts of it, so that a payout can be found again in
 * the logs, in the traces, on the wire and at Visa.
 */
import { Clock, Config, Context, Effect, Layer, Option, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { nextIdOf, RandomPool } from "./internal/correlationId.ts"
import type { CorrelationFormat } from "./internal/correlationId.ts"
import { optionInvalid } from "./internal/optionInvalid.ts"
import { VisaError } from "./VisaError.ts"

export type { CorrelationFormat } from "./internal/correlationId.ts"

/**
 * A correlation id: 1 to 64 visible ASCII characters (0x21 to 0x7E). No spaces, line breaks or
 * control characters, so that it can neither forge a log line nor split an HTTP header.
 */
export const CorrelationId = Schema.String.check(
  Schema.isPattern(/^[\x21-\x7e]{1,64}$/, {
    expected: "1 to 64 visible ASCII characters without spaces",
  }),
).pipe(Schema.brand("CorrelationId"))

export type CorrelationId = typeof CorrelationId.Type

/** How correlation ids are made and sent. */
export interface CorrelationOptions {
  /**
   * The request header that carries the id. Default `X-Request-ID`. It must be an HTTP token and
   * none of the headers that the SDK, the HTTP client or Visa's authentication sets.
   */
  readonly requestIdHeader?: string | undefined
  /**
   * - `"ulid"` (default): 26 characters of Crockford base 32, 48 bits of time and 80 random bits.
   *   Every id sorts after the one before it, also within a millisecond and when the clock goes back.
   * - `"uuid"`: a random UUID, version 4.
   * - `"prefix+ts"`: `<prefix>-<epoch milliseconds>-<12 characters>`, the last part being 60 random
   *   bits in Crockford base 32 that are counted up within a millisecond.
   */
  readonly format?: CorrelationFormat | undefined
  /** For `"prefix+ts"` only: 1 to 32 letters, digits, `.`, `_` or `-`. Default `visa-direct`. */
  readonly prefix?: string | undefined
}

const defaults = {
  requestIdHeader: "X-Request-ID",
  format: "ulid",
  prefix: "visa-direct",
} as const satisfies CorrelationOptions

const formats: ReadonlyArray<CorrelationFormat> = ["uuid", "ulid", "prefix+ts"]

/** Headers with a meaning of their own: an id in one of them would break the request. */
const reservedHeaders: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "cookie",
  "expect",
  "host",
  "keep-alive",
  "keyid",
  "proxy-authorization",
  "te",
  "traceparent",
  "tracestate",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "x-client-transaction-id",
  "x-pay-token",
  "x-request-affinity",
  "x-transaction-timeout-ms",
])

const httpToken = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/
const prefixPattern = /^[A-Za-z0-9._-]{1,32}$/

interface Settings {
  readonly requestIdHeader: string
  readonly format: CorrelationFormat
  readonly prefix: string
}

const validate = (options: CorrelationOptions): Effect.Effect<Settings, VisaError> => {
  const bad = (option: keyof CorrelationOptions, detail: string) =>
    Effect.fail(VisaError.of("OptionInvalid", { field: `correlation.${option}`, detail }))
  const requestIdHeader = options.requestIdHeader ?? defaults.requestIdHeader
  const format = options.format ?? defaults.format
  const prefix = options.prefix ?? defaults.prefix
  if (!httpToken.test(requestIdHeader)) {
    return bad(
      "requestIdHeader",
      "requestIdHeader must be an HTTP header name of 1 to 64 letters, digits and !#$%&'*+-.^_`|~. " +
        "Leave it out for X-Request-ID.",
    )
  }
  if (reservedHeaders.has(requestIdHeader.toLowerCase())) {
    return bad(
      "requestIdHeader",
      `requestIdHeader must not be ${requestIdHeader}, a header that already has a meaning in requests ` +
        "to Visa. Choose another name, or leave it out for X-Request-ID.",
    )
  }
  // Options also come from JavaScript and from configuration files, where the type does not hold.
  if (!formats.includes(format)) {
    return bad("format", `format must be one of ${formats.join(", ")}.`)
  }
  if (options.prefix !== undefined && format !== "prefix+ts") {
    return bad(
      "prefix",
      `prefix is only used by the format prefix+ts, but the format is ${format}. ` +
        "Set format to prefix+ts or leave prefix out.",
    )
  }
  if (!prefixPattern.test(prefix)) {
    return bad("prefix", "prefix must be 1 to 32 letters, digits, dots, underscores or dashes.")
  }
  return Effect.succeed({ requestIdHeader, format, prefix })
}

const Current = Context.Reference<Option.Option<CorrelationId>>(
  "effect-visa-direct/Correlation/Current",
  { defaultValue: Option.none },
)

const current: Effect.Effect<Option.Option<CorrelationId>> = Effect.withFiber((fiber) =>
  Effect.succeed(fiber.getRef(Current)),
)

// What the generators make is valid by construction, and checked by a property test.
const generated = (id: string): CorrelationId => id as CorrelationId

const headersWith =
  (requestIdHeader: string) =>
  (id: CorrelationId): Record<string, string> => ({
    [requestIdHeader]: id,
  })

/** The longest reply id that is kept; Visa's are about 30 characters. */
const replyIdPattern = /^[\x21-\x7e]{1,128}$/

/**
 * Makes correlation ids and carries the current one through a program.
 *
 * An id is chosen once per business call with {@link Correlation.within} or, when the caller brings
 * their own, with {@link Correlation.withId}. Everything inside then carries it: log lines as
 * `correlationId`, spans as `visa.correlation_id`, requests to Visa in the header `X-Request-ID`.
 * Ids come from the `Clock` and from `SecureRandom`, so tests can fix both. They are unique over
 * processes, but they are not secrets: a ULID tells the one that follows it.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Option } from "effect"
 * import { Correlation } from "effect-visa-direct"
 *
 * const program = Correlation.within(Correlation.current).pipe(
 *   Effect.provide(Correlation.layer({ format: "prefix+ts", prefix: "payroll" }))
 * )
 * const id = Option.getOrThrow(await Effect.runPromise(program))
 * assert.match(id, /^payroll-\d{13}-[0-9A-HJKMNP-TV-Z]{12}$/)
 */
export class Correlation extends Context.Service<
  Correlation,
  {
    /** A new id, whatever the current one is; `Correlation.within` keeps that one. */
    readonly next: Effect.Effect<CorrelationId>
    /** The request headers that carry an id. */
    readonly headers: (id: CorrelationId) => Record<string, string>
    /** The id that the running fiber is working under, if any; the same as `Correlation.current`. */
    readonly current: Effect.Effect<Option.Option<CorrelationId>>
  }
>()("effect-visa-direct/Correlation") {
  /**
   * Builds the service. Random bytes come from `SecureRandom` if there is one in the context, and
   * else from the platform's WebCrypto.
   */
  static readonly make: (
    options?: CorrelationOptions,
  ) => Effect.Effect<Correlation["Service"], VisaError> = Effect.fnUntraced(function* (
    options?: CorrelationOptions,
  ) {
    const { format, prefix, requestIdHeader } = yield* validate(options ?? {})
    const provided = yield* Effect.serviceOption(SecureRandom.SecureRandom)
    const random = Option.isSome(provided)
      ? provided.value
      : yield* SecureRandom.SecureRandom.pipe(Effect.provide(SecureRandom.layerWebCrypto))
    const pool = new RandomPool()
    const nextId = nextIdOf(format, prefix)
    const next: Effect.Effect<CorrelationId> = Effect.withFiber((fiber) => {
      const clock = fiber.getRef(Clock.Clock)
      const take = () => generated(nextId(clock.currentTimeMillisUnsafe(), pool))
      return pool.ready
        ? Effect.succeed(take())
        : Effect.map(random.randomBytes(RandomPool.size), (bytes) => {
            pool.refill(bytes)
            return take()
          })
    })
    return Correlation.of({ next, headers: headersWith(requestIdHeader), current })
  })

  /** Fails with `OptionInvalid` when the options cannot work. */
  static readonly layer = (options?: CorrelationOptions): Layer.Layer<Correlation, VisaError> =>
    Layer.effect(Correlation, Correlation.make(options))

  /**
   * Reads `VISA_DIRECT_CORRELATION_HEADER`, `VISA_DIRECT_CORRELATION_FORMAT` (`uuid`, `ulid` or
   * `prefix+ts`) and `VISA_DIRECT_CORRELATION_PREFIX`; what is absent has the defaults of
   * {@link CorrelationOptions}.
   */
  static readonly layerConfig: Layer.Layer<Correlation, VisaError> = Layer.effect(
    Correlation,
    Effect.gen(function* () {
      const options = yield* Config.all({
        requestIdHeader: Config.option(Config.String("VISA_DIRECT_CORRELATION_HEADER")),
        format: Config.option(Config.Literals(formats, "VISA_DIRECT_CORRELATION_FORMAT")),
        prefix: Config.option(Config.String("VISA_DIRECT_CORRELATION_PREFIX")),
      }).pipe(Effect.mapError(optionInvalid))
      return yield* Correlation.make({
        requestIdHeader: Option.getOrUndefined(options.requestIdHeader),
        format: Option.getOrUndefined(options.format),
        prefix: Option.getOrUndefined(options.prefix),
      })
    }),
  )

  /** Counts: `test-000001`, `test-000002`, … Each time the layer is built, it starts anew. */
  static readonly layerTest: Layer.Layer<Correlation> = Layer.sync(Correlation, () => {
    let count = 0
    return Correlation.of({
      next: Effect.sync(() => generated(`test-${String(++count).padStart(6, "0")}`)),
      headers: headersWith(defaults.requestIdHeader),
      current,
    })
  })

  /** The id that the running fiber is working under, if any. */
  static readonly current: Effect.Effect<Option.Option<CorrelationId>> = current

  /**
   * Runs an effect under an id. Log lines in it are annotated with `correlationId`, spans that start
   * in it get the attribute `visa.correlation_id`. If there already is an id, that one is kept: the
   * outermost call names the business call.
   */
  static readonly withId =
    (id: CorrelationId) =>
    <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.withFiber((fiber) =>
        Option.isSome(fiber.getRef(Current))
          ? self
          : self.pipe(
              Effect.annotateLogs("correlationId", id),
              Effect.annotateSpans("visa.correlation_id", id),
              Effect.provideService(Current, Option.some(id)),
            ),
      )

  /** Runs an effect under the current id or, when there is none, under a new one. */
  static readonly within = <A, E, R>(
    self: Effect.Effect<A, E, R>,
  ): Effect.Effect<A, E, R | Correlation> =>
    Effect.withFiber((fiber) =>
      Option.isSome(fiber.getRef(Current))
        ? self
        : Correlation.use(({ next }) => Effect.flatMap(next, (id) => Correlation.withId(id)(self))),
    )

  /**
   * Numbers the attempts of a call, from 1: log lines in the effect are annotated with `attempt`,
   * spans that start in it get the attribute `visa.attempt`. The id stays the same over all attempts.
   */
  static readonly withAttempt =
    (attempt: number) =>
    <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      self.pipe(
        Effect.annotateLogs("attempt", attempt),
        Effect.annotateSpans("visa.attempt", attempt),
      )

  /**
   * Visa's own id of a call, from the `X-CORRELATION-ID` header of its reply: what Visa's support
   * asks for. It is kept beside our id, never instead of it. Anything but 1 to 128 visible ASCII
   * characters is none, because it ends up in log lines.
   */
  static readonly replyId = (
    headers: Readonly<Record<string, string | undefined>>,
  ): Option.Option<string> => {
    for (const name of Object.keys(headers)) {
      if (name.toLowerCase() !== "x-correlation-id") continue
      const value = headers[name]?.trim()
      return value !== undefined && replyIdPattern.test(value) ? Option.some(value) : Option.none()
    }
    return Option.none()
  }
}
