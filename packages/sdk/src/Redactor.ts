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
  ErrorReporter,
  Layer,
  Option,
  References,
  Schema,
  Tracer,
} from "effect"
import type { Logger } from "effect"
import type { KeyRow } from "./internal/detectors/fields.ts"
import { optionalKinds } from "./internal/detectors/kinds.ts"
import type { OptionalKind } from "./internal/detectors/kinds.ts"
import { optionInvalid } from "./internal/optionInvalid.ts"
import { defaultRedactor, makeRedactor } from "./internal/redactor.ts"
import {
  redactConsole,
  redactErrorReporter,
  redactLogger,
  redactTracer,
} from "./internal/redactorExporters.ts"
import type { Finding } from "./internal/redactorWalk.ts"
import type { VisaError } from "./VisaError.ts"

export type { KeyRow } from "./internal/detectors/fields.ts"
export type { Kind, OptionalKind } from "./internal/detectors/kinds.ts"
export type { Finding } from "./internal/redactorWalk.ts"

/** What a {@link Redactor} looks for and what it leaves. The defaults hide the most. */
export interface RedactorOptions {
  /**
   * Which detectors run besides those for card data (card numbers, CVV, PIN, track, chip and
   * cryptograms), which always run. Default: all of {@link OptionalKind}.
   */
  readonly detectors?: ReadonlyArray<OptionalKind> | undefined
  /**
   * `"mask"` (default) leaves the first 6 and last 4 digits of a card number and the last 4 of an
   * account number; `"drop"` leaves nothing.
   */
  readonly mode?: "mask" | "drop" | undefined
  /**
   * Names of fields that hold no secret although they look like it: their names are ignored, and
   * numbers in them are not taken for card numbers. Never applies to the fields of card data.
   */
  readonly allow?: ReadonlyArray<string> | undefined
  /** Further sensitive fields; they come before the built-in ones. */
  readonly keys?: ReadonlyArray<KeyRow> | undefined
}

/**
 * Finds and hides what must not leave the process: by the name of a field, by the look of a value
 * (card numbers by issuer range, length and check digit, with separators, in any script's digits;
 * track data; private keys; tokens; passwords in URLs), anywhere in nested objects, lists, maps,
 * errors and their causes, and in names and values inside a text.
 *
 * It looks at each character a bounded number of times, so no input makes it slow. Values deeper than
 * 128 levels and bigger than 20,000 parts are cut off, bytes are replaced by their length, promises
 * and iterators by their kind: what cannot be looked at is not shown.
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
  static readonly make = (options?: RedactorOptions): Redactor["Service"] =>
    Redactor.of(makeRedactor(options ?? {}))

  /** With all detectors on, for code that runs outside of a fiber, as that which words errors. */
  static readonly default: Redactor["Service"] = defaultRedactor

  static readonly layer = (options?: RedactorOptions): Layer.Layer<Redactor> =>
    Layer.sync(Redactor, () => Redactor.make(options))

  /**
   * Reads `VISA_DIRECT_REDACTOR_MODE` (`mask` or `drop`), `VISA_DIRECT_REDACTOR_DETECTORS` and
   * `VISA_DIRECT_REDACTOR_ALLOW` (both lists with commas); what is absent has the defaults of
   * {@link RedactorOptions}.
   */
  static readonly layerConfig: Layer.Layer<Redactor, VisaError> = Layer.effect(
    Redactor,
    Effect.gen(function* () {
      const options = yield* Config.all({
        mode: Config.option(Config.Literals(["mask", "drop"], "VISA_DIRECT_REDACTOR_MODE")),
        detectors: Config.option(
          Config.Array(
            Schema.Trim.pipe(Schema.decodeTo(Schema.Literals(optionalKinds))),
            "VISA_DIRECT_REDACTOR_DETECTORS",
          ),
        ),
        allow: Config.option(Config.Array(Schema.Trim, "VISA_DIRECT_REDACTOR_ALLOW")),
      }).pipe(Effect.mapError(optionInvalid))
      return Redactor.make({
        mode: Option.getOrUndefined(options.mode),
        detectors: Option.getOrUndefined(options.detectors),
        allow: Option.getOrUndefined(options.allow),
      })
    }),
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
   * merged beside this layer with `Layer.mergeAll`: wrap those with {@link Redactor.logger}. Nor what
   * is logged outside of the effect that the layer is provided to, as `runMain` does with an error
   * that escapes: provide the layer to the whole program and handle its errors inside. A layer that
   * is composed of this one and others is built once, as always, and then keeps the loggers that it
   * found, also where it is provided again.
   */
  static readonly layerLogger: Layer.Layer<never, never, Redactor> = Layer.fresh(
    Layer.effectContext(
      Effect.withFiber((fiber) =>
        Redactor.useSync((redactor) => {
          const loggers = [...fiber.getRef(References.CurrentLoggers)]
          const reporters = [...fiber.getRef(ErrorReporter.CurrentErrorReporters)]
          return Context.empty().pipe(
            Context.add(
              References.CurrentLoggers,
              new Set(loggers.map((logger) => redactLogger(redactor, logger))),
            ),
            Context.add(
              ErrorReporter.CurrentErrorReporters,
              new Set(reporters.map((reporter) => redactErrorReporter(redactor, reporter))),
            ),
            Context.add(Console.Console, redactConsole(redactor, fiber.getRef(Console.Console))),
          )
        }),
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
   * annotates it or ends it with an error, and spans of a tracer's own library, reached around Effect.
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
