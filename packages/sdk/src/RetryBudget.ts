/**
 * How many repeats a process may make, whatever its retry policies say.
 *
 * When Visa is down, every call fails and every policy wants to try again: three attempts each make
 * three times the load on a host that cannot bear one. The budget is what they share. Each call pays
 * in a fraction of a repeat, time pays in a little more, and each repeat is paid for in full; when
 * nothing is left, a call fails with what it has met.
 *
 * In any span of time there are at most `capacity + ratio × calls + perSecond × seconds` repeats.
 */
import { Clock, Config, Context, Effect, Layer, Option } from "effect"
import { optionInvalid } from "./internal/optionInvalid.ts"
import { VisaError } from "./VisaError.ts"

export interface RetryBudgetOptions {
  /** Repeats that one call pays in. Default: 0.1, one repeat for ten calls. */
  readonly ratio?: number | undefined
  /** Repeats that a second pays in, for programs that call seldom. Default: 1. */
  readonly perSecond?: number | undefined
  /** The most that can be saved up, and what there is at the start. Default: 20. */
  readonly capacity?: number | undefined
}

const defaults = { ratio: 0.1, perSecond: 1, capacity: 20 } as const

/** Counted in millionths, because ten times 0.1 is less than 1. */
const unit = 1_000_000

const amount = (field: keyof RetryBudgetOptions, value: number): Effect.Effect<number, VisaError> =>
  Number.isFinite(value) && value >= 0
    ? Effect.succeed(value)
    : Effect.fail(
        VisaError.of("OptionInvalid", {
          field: `retryBudget.${field}`,
          detail: "It must be a finite number, zero or more.",
        }),
      )

/**
 * The budget that all calls of a program share. Two `VisaDirect` layers in one process share it when
 * they are given the same `RetryBudget` layer.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { RetryBudget } from "effect-visa-direct"
 *
 * const program = Effect.gen(function*() {
 *   const budget = yield* RetryBudget
 *   const granted = [yield* budget.withdraw, yield* budget.withdraw]
 *   for (let call = 0; call < 10; call++) yield* budget.deposit
 *   return [...granted, yield* budget.withdraw]
 * }).pipe(Effect.provide(RetryBudget.layer({ ratio: 0.1, perSecond: 0, capacity: 1 })))
 *
 * assert.deepStrictEqual(await Effect.runPromise(program), [true, false, true])
 */
export class RetryBudget extends Context.Service<
  RetryBudget,
  {
    /** What one call pays in. */
    readonly deposit: Effect.Effect<void>
    /** Takes one repeat, or says that none is left. */
    readonly withdraw: Effect.Effect<boolean>
    /** Repeats that are left: from 0 to `capacity`, with fractions. */
    readonly balance: Effect.Effect<number>
  }
>()("effect-visa-direct/RetryBudget") {
  static readonly make = Effect.fnUntraced(function* (
    options: RetryBudgetOptions = {},
  ): Effect.fn.Return<RetryBudget["Service"], VisaError> {
    const units = (field: keyof RetryBudgetOptions) =>
      Effect.map(amount(field, options[field] ?? defaults[field]), (repeats) =>
        Math.round(repeats * unit),
      )
    const ratio = yield* units("ratio")
    const perSecond = yield* units("perSecond")
    const capacity = yield* units("capacity")
    let balance = capacity
    let countedAt = yield* Clock.currentTimeMillis

    /** Mutable, and only ever touched synchronously. */
    const settled = <A>(use: () => A): Effect.Effect<A> =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        // A clock that was set back pays nothing, and nothing twice when it has caught up.
        balance = Math.min(capacity, balance + (Math.max(0, now - countedAt) * perSecond) / 1_000)
        countedAt = Math.max(countedAt, now)
        return use()
      })

    return RetryBudget.of({
      deposit: settled(() => {
        balance = Math.min(capacity, balance + ratio)
      }),
      withdraw: settled(() => {
        if (balance < unit) return false
        balance -= unit
        return true
      }),
      balance: settled(() => balance / unit),
    })
  })

  /** Fails with `OptionInvalid` when an option is not a number that it can count with. */
  static readonly layer = (options?: RetryBudgetOptions): Layer.Layer<RetryBudget, VisaError> =>
    Layer.effect(RetryBudget, RetryBudget.make(options))

  /**
   * Reads `VISA_DIRECT_RETRY_BUDGET_RATIO`, `VISA_DIRECT_RETRY_BUDGET_PER_SECOND` and
   * `VISA_DIRECT_RETRY_BUDGET_CAPACITY`; what is absent has the defaults of
   * {@link RetryBudgetOptions}.
   */
  static readonly layerConfig: Layer.Layer<RetryBudget, VisaError> = Layer.effect(
    RetryBudget,
    Effect.gen(function* () {
      const options = yield* Config.all({
        ratio: Config.option(Config.Number("VISA_DIRECT_RETRY_BUDGET_RATIO")),
        perSecond: Config.option(Config.Number("VISA_DIRECT_RETRY_BUDGET_PER_SECOND")),
        capacity: Config.option(Config.Number("VISA_DIRECT_RETRY_BUDGET_CAPACITY")),
      }).pipe(Effect.mapError(optionInvalid))
      return yield* RetryBudget.make({
        ratio: Option.getOrUndefined(options.ratio),
        perSecond: Option.getOrUndefined(options.perSecond),
        capacity: Option.getOrUndefined(options.capacity),
      })
    }),
  )
}
