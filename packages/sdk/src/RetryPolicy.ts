/**
 * Which calls are made again, when, and how often.
 *
 * One {@link Policy} per class of operation says which failures are worth another attempt and, as an
 * Effect `Schedule`, with which pauses. What moves money is repeated only when no money can have
 * moved; whatever leaves that open is the business of `Outcome`, and no policy can change it. What all
 * policies together may do to Visa is limited by the {@link RetryBudget}.
 *
 * The attempts of a call share one correlation id and are numbered; each leases the credentials of its
 * moment and encrypts anew.
 */
import {
  Clock,
  Config,
  Context,
  Duration,
  Effect,
  Layer,
  Option,
  Pull,
  Random,
  Schedule,
} from "effect"
import { optionInvalid } from "./internal/optionInvalid.ts"
import type { Operation } from "./Operation.ts"
import { RetryBudget } from "./RetryBudget.ts"
import { Telemetry } from "./Telemetry.ts"
import type { OperationClass } from "./Telemetry.ts"
import { VisaError } from "./VisaError.ts"
import type { Tag } from "./VisaError.ts"

export type { OperationClass } from "./Telemetry.ts"

/**
 * The failures after which a call may be made again.
 *
 * - `unsent`: no connection came about, so not a byte of the request has left this process.
 * - `refused`: also a 429, with which Visa says that it did not look at the request.
 * - `failed`: also what leaves open whether Visa did it: lost replies, time-outs and its own failures.
 */
export type Repeats = "unsent" | "refused" | "failed"

const unsent = ["HostNotFound", "ConnectionRefused", "ConnectTimeout", "ConnectionFailed"] as const
const refused = [...unsent, "RateLimited"] as const

/** What a repeat may follow. A reply of status 500 and above that has no row of its own counts too. */
export const repeats: { readonly [R in Repeats]: ReadonlyArray<Tag> } = {
  unsent,
  refused,
  failed: [
    ...refused,
    "ResponseTimeout",
    "ConnectionLost",
    "ResponseTruncated",
    "RequestTimeout",
    "ServerError",
    "ServiceUnavailable",
    "GatewayTimeout",
    "FxInternalError",
    "AliasInternalError",
    "AliasDirectoryUnavailable",
  ],
}

/** When calls of one class are made again. */
export interface Policy<out R extends Repeats = Repeats> {
  readonly repeats: R
  /** In all, the first one included; 1 means that nothing is repeated. */
  readonly attempts: number
  /** The pauses between two attempts; when it ends, so do the attempts. */
  readonly pauses: Schedule.Schedule<unknown, VisaError>
  /** Counted from the beginning of the first attempt: no attempt begins later. */
  readonly within: Duration.Input
  /**
   * Visa's `Retry-After` is waited for, and the pause after it, so that not all come back at once. When
   * Visa asks for more than this, the call ends with the error instead, which says how long.
   */
  readonly maxRetryAfter: Duration.Input
}

/**
 * One policy per class. The types allow no `failed` where a repeat could do something twice, and for
 * what moves money the service checks `error.money` as well.
 */
export interface Policies {
  readonly moves: Policy<"unsent" | "refused">
  readonly changes: Policy<"unsent" | "refused">
  readonly reports: Policy
  readonly reads: Policy
}

/** What is left out stays as in {@link RetryPolicy.defaults}; `none` is a single attempt. */
export type RetryOptions = {
  readonly [C in OperationClass]?: Partial<Policies[C]> | "none" | undefined
}

/**
 * Exponential pauses with full jitter: the n-th is drawn evenly from zero to `first × 2^(n-1)`, at most
 * `max`. Callers that failed together so come back one by one.
 *
 * Source: Marc Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog.
 */
const fullJitter = (
  first: Duration.Input,
  max: Duration.Input,
): Schedule.Schedule<Duration.Duration> =>
  Schedule.min([Schedule.exponential(first), Schedule.spaced(max)]).pipe(
    Schedule.modifyDelay(({ duration }) =>
      Effect.map(Random.next, (part) => Duration.times(duration, part)),
    ),
  )

/**
 * A 429 to a payment is left to the caller: of card payments Visa does not say that it is safe to
 * repeat, only of account payouts. `moves: { repeats: "refused" }` takes its word for all.
 */
const defaults: Policies = {
  moves: {
    repeats: "unsent",
    attempts: 3,
    pauses: fullJitter("200 millis", "2 seconds"),
    within: "15 seconds",
    maxRetryAfter: "10 seconds",
  },
  changes: {
    repeats: "refused",
    attempts: 3,
    pauses: fullJitter("200 millis", "2 seconds"),
    within: "15 seconds",
    maxRetryAfter: "10 seconds",
  },
  reports: {
    repeats: "failed",
    attempts: 4,
    pauses: fullJitter("500 millis", "5 seconds"),
    within: "30 seconds",
    maxRetryAfter: "10 seconds",
  },
  reads: {
    repeats: "failed",
    attempts: 3,
    pauses: fullJitter("200 millis", "2 seconds"),
    within: "30 seconds",
    maxRetryAfter: "10 seconds",
  },
}

const classes = Object.keys(defaults) as ReadonlyArray<OperationClass>

/** What a policy needs to know of an operation. */
type Classified = Pick<Operation<never, unknown>, "name" | "money" | "changes">

const classOf = ({ changes, money }: Classified): OperationClass =>
  money === "none" ? (changes === true ? "changes" : "reads") : money

const mayFollow = (role: OperationClass, allowed: ReadonlySet<Tag>, error: VisaError): boolean => {
  if (role === "moves" && error.money !== "NotMoved") return false
  const { _tag } = error.reason
  return _tag === "UnexpectedStatus"
    ? (error.context.httpStatus ?? 0) >= 500 && allowed.has("ServerError")
    : allowed.has(_tag)
}

interface Settings {
  readonly role: OperationClass
  readonly allowed: ReadonlySet<Tag>
  readonly attempts: number
  readonly pauses: Policy["pauses"]
  readonly withinMillis: number
  readonly maxRetryAfterMillis: number
}

const settingsOf = Effect.fnUntraced(function* (
  role: OperationClass,
  given: Partial<Policy> | "none" | undefined,
): Effect.fn.Return<Settings, VisaError> {
  const invalid = (field: keyof Policy, detail: string) =>
    VisaError.of("OptionInvalid", { field: `retry.${role}.${field}`, detail })
  const policy: Policy = {
    ...defaults[role],
    ...(given === "none" ? { attempts: 1 } : given),
  }
  if (!Object.hasOwn(repeats, policy.repeats)) {
    return yield* invalid("repeats", `It must be one of ${Object.keys(repeats).join(", ")}.`)
  }
  if (policy.repeats === "failed" && (role === "moves" || role === "changes")) {
    return yield* invalid(
      "repeats",
      "Failures that leave open whether Visa did it are not repeated: that could do it twice.",
    )
  }
  if (!Number.isSafeInteger(policy.attempts) || policy.attempts < 1) {
    return yield* invalid("attempts", "It must be a whole number above zero.")
  }
  if (!Schedule.isSchedule(policy.pauses)) {
    return yield* invalid("pauses", "It must be an Effect Schedule.")
  }
  const millis = (field: "within" | "maxRetryAfter") =>
    Option.match(Duration.fromInput(policy[field]), {
      onNone: () =>
        Effect.fail(invalid(field, 'It is not a duration such as "10 seconds" or 10000.')),
      onSome: (value) => Effect.succeed(Duration.toMillis(value)),
    })
  return {
    role,
    allowed: new Set(repeats[policy.repeats]),
    attempts: policy.attempts,
    pauses: policy.pauses,
    withinMillis: yield* millis("within"),
    maxRetryAfterMillis: yield* millis("maxRetryAfter"),
  }
})

type Step = (
  now: number,
  error: VisaError,
) => Pull.Pull<[unknown, Duration.Duration], never, unknown>

const Once = Context.Reference<boolean>("effect-visa-direct/RetryPolicy/Once", {
  defaultValue: () => false,
})

/**
 * Repeats calls by the policy of their class.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Layer, Schedule } from "effect"
 * import { Correlation, RetryBudget, RetryPolicy, TransactionQuery, Transport } from "effect-visa-direct"
 *
 * let calls = 0
 * const visa = Transport.layerTest(() =>
 *   ++calls < 3 ? { status: 503 } : { status: 200, body: { errorMessage: "No transactions found" } }
 * )
 * const none = TransactionQuery.find({ acquiringBin: "408999", transactionIdentifier: "234234322342343" })
 *
 * const patient = RetryPolicy.layer({ reports: { attempts: 3, pauses: Schedule.spaced("1 millis") } })
 * const found = none.pipe(
 *   Effect.provide(TransactionQuery.layer),
 *   Effect.provide(visa.pipe(Layer.provide([Correlation.layerTest, patient]))),
 *   Effect.provide(RetryBudget.layer())
 * )
 * assert.deepStrictEqual(await Effect.runPromise(found), [])
 * assert.strictEqual(calls, 3)
 */
export class RetryPolicy extends Context.Service<
  RetryPolicy,
  {
    /**
     * Makes attempts, numbered from 1, until one succeeds, fails with something that no repeat may
     * follow, or policy or budget say that it is enough. Fails with the error of the last one.
     */
    readonly repeat: <A, R>(
      operation: Classified,
      attempt: (number: number) => Effect.Effect<A, VisaError, R>,
    ) => Effect.Effect<A, VisaError, R>
  }
>()("effect-visa-direct/RetryPolicy") {
  /** The policies that hold where nothing else is said. */
  static readonly defaults = defaults

  static readonly fullJitter = fullJitter

  static readonly make = Effect.fnUntraced(function* (
    options: RetryOptions = {},
  ): Effect.fn.Return<RetryPolicy["Service"], VisaError, RetryBudget> {
    const budget = yield* RetryBudget
    const policies = {
      moves: yield* settingsOf("moves", options.moves),
      changes: yield* settingsOf("changes", options.changes),
      reports: yield* settingsOf("reports", options.reports),
      reads: yield* settingsOf("reads", options.reads),
    }

    return RetryPolicy.of({
      repeat: Effect.fnUntraced(function* (operation, attempt) {
        const policy = policies[classOf(operation)]
        yield* budget.deposit
        if (policy.attempts === 1 || (yield* Once)) return yield* attempt(1)
        const startedAt = yield* Clock.currentTimeMillis
        let step: Step | undefined

        /** How long to wait after an error; `undefined` when it is the call's last one. */
        const pauseAfter = Effect.fnUntraced(function* (
          error: VisaError,
        ): Effect.fn.Return<number | undefined> {
          if (!mayFollow(policy.role, policy.allowed, error)) return undefined
          const asked = error.reason.retryAfterMillis ?? 0
          if (asked > policy.maxRetryAfterMillis) return undefined
          const now = yield* Clock.currentTimeMillis
          step ??= yield* Schedule.toStep(policy.pauses)
          const pause = yield* step(now, error).pipe(
            Effect.map(([, delay]) => asked + Duration.toMillis(delay)),
            Pull.catchDone(() => Effect.undefined),
          )
          if (pause === undefined || now + pause - startedAt > policy.withinMillis) return undefined
          if (yield* budget.withdraw) return pause
          yield* Telemetry.retryBudgetExhausted.increment({ class: policy.role })
          return undefined
        })

        for (let number = 1; number < policy.attempts; number++) {
          const result = yield* Effect.result(attempt(number))
          if (result._tag === "Success") return result.success
          const pause = yield* pauseAfter(result.failure)
          if (pause === undefined) return yield* result.failure
          yield* Effect.logDebug(
            `${operation.name}: attempt ${number} ended with ${result.failure.reason._tag}, the next one begins in ${Math.ceil(pause)} ms`,
          )
          yield* Effect.sleep(pause)
          yield* Telemetry.retries.increment({ class: policy.role })
        }
        return yield* attempt(policy.attempts)
      }),
    })
  })

  /** Fails with `OptionInvalid` when a policy could do something twice or cannot be followed. */
  static readonly layer = (
    options?: RetryOptions,
  ): Layer.Layer<RetryPolicy, VisaError, RetryBudget> =>
    Layer.effect(RetryPolicy, RetryPolicy.make(options))

  /**
   * Reads `VISA_DIRECT_RETRY_ATTEMPTS`, `VISA_DIRECT_RETRY_WITHIN` and
   * `VISA_DIRECT_RETRY_MAX_RETRY_AFTER`, which hold for all classes; what is absent has the defaults of
   * each. One attempt means that nothing is repeated.
   */
  static readonly layerConfig: Layer.Layer<RetryPolicy, VisaError, RetryBudget> = Layer.effect(
    RetryPolicy,
    Effect.gen(function* () {
      const { attempts, maxRetryAfter, within } = yield* Config.all({
        attempts: Config.option(Config.Int("VISA_DIRECT_RETRY_ATTEMPTS")),
        within: Config.option(Config.Duration("VISA_DIRECT_RETRY_WITHIN")),
        maxRetryAfter: Config.option(Config.Duration("VISA_DIRECT_RETRY_MAX_RETRY_AFTER")),
      }).pipe(Effect.mapError(optionInvalid))
      const policy = {
        ...(Option.isSome(attempts) ? { attempts: attempts.value } : {}),
        ...(Option.isSome(within) ? { within: within.value } : {}),
        ...(Option.isSome(maxRetryAfter) ? { maxRetryAfter: maxRetryAfter.value } : {}),
      }
      return yield* RetryPolicy.make(Object.fromEntries(classes.map((role) => [role, policy])))
    }),
  )

  /** Runs an effect in which no call is made more than once, whatever the policies say. */
  static readonly once = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(self, Once, true)
}
