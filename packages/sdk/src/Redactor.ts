/**
 * Keeps card numbers, secrets and personal data out of logs, traces, error messages and consoles.
 *
 * What counts as sensitive is written down as tables in `internal/detectors/`.
 */
import {
  Config,
  Console,
  Context,
  Effect,
  Layer,
  Logger,
  Metric,
  Option,
  Redacted,
  Schema,
  Tracer,
} from "effect"
import type { Scope } from "effect"
import type { KeyRow } from "./internal/detectors/fields.ts"
import { optionalKinds } from "./internal/detectors/kinds.ts"
import type { OptionalKind } from "./internal/detectors/kinds.ts"
import { optionInvalid } from "./internal/optionInvalid.ts"
import { defaultRedactor, makeRedactor } from "./internal/redactor.ts"
import {
  redactCause,
  redactConsoleInPlace,
  redactExits,
  redactLogger,
  redactLogging,
  redactRegistry,
  redactTracer,
  sameGuard,
} from "./internal/redactorExporters.ts"
import type { Finding } from "./internal/redactorWalk.ts"
import { VisaError } from "./VisaError.ts"

export { cardKinds, optionalKinds } from "./internal/detectors/kinds.ts"
export type { KeyRow } from "./internal/detectors/fields.ts"
export type { Kind, OptionalKind } from "./internal/detectors/kinds.ts"
export type { Finding } from "./internal/redactorWalk.ts"

const hashKey = "VISA_DIRECT_REDACTOR_HASH_KEY"

/** In characters: 128 bits, if it is written in hexadecimal. */
const minHashKey = 32

const weakKey = `it must have ${minHashKey} characters at least`

const isWeak = (key: Redacted.Redacted<string>): boolean => Redacted.value(key).length < minHashKey

/** What a {@link Redactor} looks for and what it leaves. The defaults hide the most. */
export interface RedactorOptions {
  /**
   * Which detectors run besides those for card data (card numbers, CVV, PIN, track, chip and
   * cryptograms), which always run. Default: all of {@link OptionalKind}.
   */
  readonly detectors?: ReadonlyArray<OptionalKind> | undefined
  /**
   * - `"mask"` (default) leaves the first 6 and last 4 digits of a card number, less of a short one,
   *   and the last 4 of an account number.
   * - `"drop"` leaves nothing.
   * - `{ hash: key }` puts a keyed hash in its place (HMAC-SHA-256, cut to 64 bits), the same for the
   *   same number however it is written: what belongs together can be found without what it was.
   *   Card data that must not be kept in any form (CVV, PIN, track data) and secrets are dropped. The
   *   key must have 32 characters at least, or making the redactor throws a `VisaError` with the
   *   reason `OptionInvalid`.
   */
  readonly mode?: "mask" | "drop" | { readonly hash: Redacted.Redacted<string> } | undefined
  /**
   * Known false alarms. Names of fields that hold no secret although they look like it: their names
   * are ignored, and numbers in them are not taken for card numbers. Or the numbers themselves, as an
   * order number that passes for a card number. Never applies to the fields of card data.
   */
  readonly allow?: ReadonlyArray<string> | undefined
  /** Further sensitive fields; they come before the built-in ones. */
  readonly keys?: ReadonlyArray<KeyRow> | undefined
}

/**
 * Finds and hides what must not leave the process: by the name of a field, by the words before a
 * value, by the look of a value (card numbers by issuer range, length and check digit, with
 * separators, in any script's digits, in parts; track data; mail addresses, phone numbers, national
 * ids, IBANs; private keys; tokens; passwords in URLs), anywhere in nested objects, lists, maps,
 * errors and their causes, and inside of texts: in JSON, base64 and percent-encoding, also of one
 * another.
 *
 * It looks at each character a bounded number of times, so no input makes it slow. Values of more
 * than 20,000 parts are cut off, bytes are replaced by their length, promises and iterators by their
 * kind: what cannot be looked at is not shown.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Redactor } from "effect-visa-direct"
 *
 * assert.deepStrictEqual(
 *   Redactor.default.redact({ recipient: "4060320000000127", cardCvv2Value: "022", amount: 124.05 }),
 *   { recipient: "406032******0127", cardCvv2Value: "[redacted:cvv]", amount: 124.05 }
 * )
 */
export class Redactor extends Context.Service<
  Redactor,
  {
    /**
     * The value without anything sensitive; the very same value when there was nothing. Never throws,
     * never changes its argument, and gives the same again when applied again. Values that change type:
     * a sensitive number becomes a text, `Redacted` becomes `<redacted>`.
     */
    readonly redact: (value: unknown) => unknown
    /** The same for a text. */
    readonly text: (text: string) => string
    /** What `redact` would hide, and where; without the sensitive text itself. */
    readonly scan: (value: unknown) => ReadonlyArray<Finding>
  }
>()("effect-visa-direct/Redactor") {
  static readonly make = (options: RedactorOptions = {}): Redactor["Service"] => {
    const { mode } = options
    if (typeof mode === "object" && isWeak(mode.hash)) {
      throw VisaError.of("OptionInvalid", { field: "mode.hash", detail: weakKey })
    }
    return Redactor.of(makeRedactor(options))
  }

  /** With all detectors on, for code that runs outside of a fiber, as that which words errors. */
  static readonly default: Redactor["Service"] = defaultRedactor

  static readonly layer = (options?: RedactorOptions): Layer.Layer<Redactor> =>
    Layer.sync(Redactor, () => Redactor.make(options))

  /**
   * Reads `VISA_DIRECT_REDACTOR_MODE` (`mask`, `drop` or `hash`), `VISA_DIRECT_REDACTOR_HASH_KEY` (for
   * `hash`), `VISA_DIRECT_REDACTOR_DETECTORS` and `VISA_DIRECT_REDACTOR_ALLOW` (both lists with
   * commas); what is absent has the defaults of {@link RedactorOptions}.
   */
  static readonly layerConfig: Layer.Layer<Redactor, VisaError> = Layer.effect(
    Redactor,
    Effect.gen(function* () {
      const options = yield* Config.all({
        mode: Config.option(Config.Literals(["mask", "drop", "hash"], "VISA_DIRECT_REDACTOR_MODE")),
        key: Config.option(Config.Redacted(hashKey)),
        detectors: Config.option(
          Config.Array(
            Schema.Trim.pipe(Schema.decodeTo(Schema.Literals(optionalKinds))),
            "VISA_DIRECT_REDACTOR_DETECTORS",
          ),
        ),
        allow: Config.option(Config.Array(Schema.Trim, "VISA_DIRECT_REDACTOR_ALLOW")),
      }).pipe(Effect.mapError(optionInvalid))
      const mode = Option.getOrUndefined(options.mode)
      const key = Option.getOrElse(options.key, () => Redacted.make(""))
      if (mode === "hash" && isWeak(key)) {
        return yield* VisaError.of("OptionInvalid", { field: hashKey, detail: weakKey })
      }
      return Redactor.make({
        mode: mode === "hash" ? { hash: key } : mode,
        detectors: Option.getOrUndefined(options.detectors),
        allow: Option.getOrUndefined(options.allow),
      })
    }),
  )

  /**
   * The effect with all its exits redacted: the loggers, error reporters, the console, the tracer, the
   * registry of metrics and the span that are current where it runs, and the error that it fails or
   * dies with. The innermost of these layers' shapes, and the one to begin with:
   *
   * ```text
   * program.pipe(Redactor.protect, Effect.provide(everything), NodeRuntime.runMain)
   * ```
   *
   * Its error keeps its type and class, so it can be handled as before, and what `runMain` prints of
   * it is safe. What it succeeds with is not touched.
   *
   * Not covered is what the effect itself installs further inside and what writes elsewhere than to
   * Effect's console: a logger to a file or to OTLP ({@link Redactor.layerLoggers} installs such ones
   * redacted), another tracer ({@link Redactor.tracer}), another registry of metrics. Nor what goes
   * around Effect: the process's own `console` ({@link Redactor.layerConsole}), streams and files that
   * are written directly, spans of a tracing library's own API, an error that is thrown outside of
   * fibers.
   *
   * @example
   * import { assert } from "@effect/vitest"
   * import { Cause, Effect, Exit } from "effect"
   * import { Redactor } from "effect-visa-direct"
   *
   * const program = Effect.die(new Error("card 4957030420210462 is not known"))
   *
   * const exit = Effect.runSyncExit(program.pipe(Redactor.protect, Effect.provide(Redactor.layer())))
   * assert.isTrue(Exit.isFailure(exit))
   * assert.include(
   *   Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "",
   *   "card 495703******0462 is not known"
   * )
   */
  static readonly protect = <A, E, R>(
    self: Effect.Effect<A, E, R>,
  ): Effect.Effect<A, E, R | Redactor> =>
    Effect.withFiber((fiber) =>
      Redactor.use((redactor) =>
        self.pipe(
          Effect.catchCause((cause) => Effect.failCause(redactCause(redactor, cause))),
          Effect.provideContext(redactExits(sameGuard(redactor), fiber.context)),
        ),
      ),
    )

  /**
   * Redacts all that loggers, error reporters and the console are given: messages, causes, log
   * annotations and the labels of log spans.
   *
   * Covered are
   * - all loggers and error reporters that are installed where this layer is built: provide it
   *   *inside* of them, `program.pipe(Effect.provide(Redactor.layerLogger), Effect.provide(loggers))`
   *   or `Redactor.layerLogger.pipe(Layer.provideMerge(loggers))`;
   * - whatever is printed with Effect's `Console` in the program, which includes the console loggers
   *   that are installed later, further inside.
   *
   * Not covered are loggers installed further inside that write elsewhere (to a file, to OTLP), or
   * merged beside this layer with `Layer.mergeAll`: install those with {@link Redactor.layerLoggers}.
   * Effect hands a log line straight to the loggers that are current, so nothing outside of them can
   * see it first. Nor what is logged outside of the effect that the layer is provided to, as `runMain`
   * does with an error that escapes: {@link Redactor.protect} covers that as well. A layer that is
   * composed of this one and others is built once, as always, and then keeps the loggers that it
   * found, also where it is provided again.
   */
  static readonly layerLogger: Layer.Layer<never, never, Redactor> = Layer.fresh(
    Layer.effectContext(
      Effect.withFiber((fiber) =>
        Redactor.useSync((redactor) => redactLogging(sameGuard(redactor), fiber.context)),
      ),
    ),
  )

  /**
   * `Logger.layer` with all of the loggers redacted: for loggers that are installed further inside
   * than {@link Redactor.layerLogger}, and as the one place where a program installs its loggers.
   *
   * @example
   * import { assert } from "@effect/vitest"
   * import { Effect, Layer, Logger } from "effect"
   * import { Redactor } from "effect-visa-direct"
   *
   * const lines: Array<unknown> = []
   * const memory = Logger.map(Logger.formatLogFmt, (line) => { lines.push(line) })
   *
   * const loggers = Redactor.layerLoggers([memory]).pipe(Layer.provide(Redactor.layer()))
   * Effect.runSync(Effect.log("card 4957030420210462").pipe(Effect.provide(loggers)))
   * assert.include(String(lines[0]), "card 495703******0462")
   */
  static readonly layerLoggers = <E = never, R = never>(
    loggers: ReadonlyArray<
      Logger.Logger<unknown, unknown> | Effect.Effect<Logger.Logger<unknown, unknown>, E, R>
    >,
    options?: { readonly mergeWithExisting?: boolean | undefined },
  ): Layer.Layer<never, E, Exclude<R, Scope.Scope> | Redactor> =>
    Layer.unwrap(
      Redactor.useSync((redactor) =>
        Logger.layer(
          loggers.map((logger) =>
            Effect.isEffect(logger)
              ? Effect.map(logger, (logger) => redactLogger(redactor, logger))
              : Effect.succeed(redactLogger(redactor, logger)),
          ),
          options,
        ),
      ),
    )

  /**
   * Redacts the labels of metrics, and the words that frequencies count, on their way into the
   * registry that is installed where this layer is built. Series whose labels become the same count
   * as one.
   */
  static readonly layerMetrics: Layer.Layer<never, never, Redactor> = Layer.fresh(
    Layer.effect(
      Metric.MetricRegistry,
      Effect.withFiber((fiber) =>
        Redactor.useSync((redactor) =>
          redactRegistry(redactor, fiber.getRef(Metric.MetricRegistry)),
        ),
      ),
    ),
  )

  /**
   * Redacts what is printed with the process's own `console`, by whomever, for as long as the layer
   * lives: also by libraries that know nothing of Effect. It changes the methods of an object that the
   * whole process shares, so it is only done when asked for.
   */
  static readonly layerConsole: Layer.Layer<never, never, Redactor> = Layer.effectDiscard(
    Redactor.use((redactor) =>
      Effect.acquireRelease(
        Effect.sync(() => redactConsoleInPlace(redactor, Console.Console.defaultValue())),
        (restore) => Effect.sync(restore),
      ),
    ),
  )

  /**
   * Redacts all that the tracer is given: names of spans and events, attributes whenever they are
   * set, attributes of links, and the causes that spans end with. Values that spans succeed with are
   * not passed on at all.
   *
   * Covered are the spans that start in the program, with the tracer that is installed where this
   * layer is built: provide it *inside* of the tracer's,
   * `program.pipe(Effect.provide(Redactor.layerTracer), Effect.provide(tracer))` or
   * `Redactor.layerTracer.pipe(Layer.provideMerge(tracer))`.
   *
   * Not covered are a tracer provided further inside, which replaces this one (wrap it with
   * {@link Redactor.tracer}), a span that was started outside of the layer, also when the program
   * annotates it or ends it with an error ({@link Redactor.protect} covers that: a layer may be built
   * where another span is current than where it is used), and spans of a tracer's own library, reached
   * around Effect.
   */
  static readonly layerTracer: Layer.Layer<never, never, Redactor> = Layer.fresh(
    Layer.effect(
      Tracer.Tracer,
      Effect.withFiber((fiber) =>
        Redactor.useSync((redactor) => redactTracer(redactor, fiber.getRef(Tracer.Tracer))),
      ),
    ),
  )

  /** One logger with everything that it is given redacted. */
  static readonly logger = <Message, Output>(
    redactor: Redactor["Service"],
    logger: Logger.Logger<Message, Output>,
  ): Logger.Logger<Message, Output> => redactLogger(redactor, logger)

  /** One tracer with everything that it is given redacted. */
  static readonly tracer = (redactor: Redactor["Service"], tracer: Tracer.Tracer): Tracer.Tracer =>
    redactTracer(redactor, tracer)
}
