/**
 * `visa-direct breaker …`: the circuits that all processes on a Redis share, for incidents. Without a
 * Redis each process has its own, and another one cannot reach them.
 */
import { Console, Duration, Effect, Layer, Option, References } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Breaker, BreakerStore } from "effect-visa-direct/Breaker"
import type { BreakerState, Reach } from "effect-visa-direct/Breaker"
import { layerSharedStoresConfig } from "effect-visa-direct/VisaDirect"
import { VisaError } from "effect-visa-direct/VisaError"
import { ExitWith } from "./internal/ExitWith.ts"
import { jsonFlag } from "./internal/jsonFlag.ts"
import { sayNo } from "./internal/sayNo.ts"

const key = Argument.String("key").pipe(
  Argument.withDescription(
    "What the circuit is around: a host of Visa, with its port if it has one (api.visa.com), or the URL of a JWKS without its query",
  ),
)

const json = jsonFlag("circuit")

const units = { s: Duration.seconds, m: Duration.minutes, h: Duration.hours } as const

const durationOf = (text: string): Option.Option<Duration.Duration> => {
  const [, count = "", unit = ""] = /^([1-9]\d{0,5})([smh])$/.exec(text) ?? []
  return unit === "s" || unit === "m" || unit === "h"
    ? Option.some(units[unit](Number(count)))
    : Option.none()
}

const duration = Flag.String("for").pipe(
  Flag.withDescription("How long, such as 30m, 90s or 2h; until `reset` when absent"),
  Flag.filterMap(durationOf, (text) => `a duration such as 30m, not ${JSON.stringify(text)}`),
  Flag.optional,
)

const seconds = (millis: number): string => `${Math.ceil(millis / 1_000)} s`

const sentenceOf = (state: BreakerState): string => {
  switch (state._tag) {
    case "Closed":
      return "Closed: calls are made."
    case "Open":
      return state.retryAfterMillis === 0
        ? `Open: the next call is a probe. Opened ${state.consecutiveOpenings} times in a row.`
        : `Open: calls fail for another ${seconds(state.retryAfterMillis)}, then one is a probe. Opened ${state.consecutiveOpenings} times in a row.`
    case "HalfOpen":
      return state.probing
        ? "HalfOpen: a probe is under way."
        : "HalfOpen: the next call is a probe."
    case "ForcedOpen":
    case "ForcedClosed": {
      const what = state._tag === "ForcedOpen" ? "no call is made" : "every call is made"
      return state.millisLeft === undefined
        ? `${state._tag}: ${what} until it is reset.`
        : `${state._tag}: ${what} for another ${seconds(state.millisLeft)}.`
    }
  }
}

const show = Effect.fnUntraced(function* (circuit: string, asJson: boolean) {
  const { state } = yield* Breaker
  const found = yield* state(circuit)
  yield* Console.log(asJson ? JSON.stringify(found) : `${circuit}  ${sentenceOf(found)}`)
})

/** A decision that reached no Redis would end with this process. */
const decide = Effect.fnUntraced(function* (
  circuit: string,
  asJson: boolean,
  change: (breaker: Breaker["Service"]) => Effect.Effect<Reach>,
) {
  if ((yield* change(yield* Breaker)) === "ThisProcess") return yield* unanswered
  yield* show(circuit, asJson)
})

const unanswered = Effect.andThen(
  Console.error("Redis did not answer: what other processes do is not known, and not changed."),
  new ExitWith({ code: 1 }),
)

/** A breaker whose Redis is away would show and switch the circuits of this process. */
const mustBeShared = Effect.fnUntraced(function* (circuit: string) {
  const store = yield* Effect.serviceOption(BreakerStore)
  if (Option.isNone(store)) {
    return yield* VisaError.of("OptionInvalid", {
      field: "VISA_DIRECT_REDIS_URL",
      detail: "It is not set: without a Redis each process has circuits of its own",
    })
  }
  yield* Effect.catch(store.value.circuits.state(circuit), () => unanswered)
})

const withCircuit = <A, E>(circuit: string, self: Effect.Effect<A, E, Breaker>) =>
  Effect.andThen(mustBeShared(circuit), self).pipe(
    Effect.provide(Breaker.layer().pipe(Layer.provideMerge(layerSharedStoresConfig))),
    // The command's output says it.
    Effect.provideService(References.MinimumLogLevel, "Error"),
    Effect.catchIf(VisaError.is, sayNo),
  )

const state = Command.make("state", { key, json }, ({ json: asJson, key: circuit }) =>
  withCircuit(circuit, show(circuit, asJson)),
).pipe(
  Command.withDescription("Says whether a circuit is open, and for how long."),
  Command.withExamples([
    { command: "visa-direct breaker state api.visa.com", description: "Of Visa's host" },
  ]),
)

const forceOpen = Command.make(
  "force-open",
  { key, for: duration, json },
  ({ for: length, json: asJson, key: circuit }) =>
    withCircuit(
      circuit,

      decide(circuit, asJson, (breaker) =>
        breaker.forceOpen(circuit, Option.getOrUndefined(length)),
      ),
    ),
).pipe(
  Command.withDescription(
    "Has every process refuse calls, before anything is sent. Questions about payments are refused as well.",
  ),
  Command.withExamples([
    {
      command: "visa-direct breaker force-open api.visa.com --for 30m",
      description: "During an outage that comes and goes",
    },
  ]),
)

const forceClosed = Command.make(
  "force-closed",
  { key, for: duration, json },
  ({ for: length, json: asJson, key: circuit }) =>
    withCircuit(
      circuit,

      decide(circuit, asJson, (breaker) =>
        breaker.forceClosed(circuit, Option.getOrUndefined(length)),
      ),
    ),
).pipe(
  Command.withDescription("Has every process make all calls, and count none of their failures."),
  Command.withExamples([
    {
      command: "visa-direct breaker force-closed api.visa.com --for 10m",
      description: "When the circuit is wrong and the host works",
    },
  ]),
)

const reset = Command.make("reset", { key, json }, ({ json: asJson, key: circuit }) =>
  withCircuit(
    circuit,
    decide(circuit, asJson, (breaker) => breaker.reset(circuit)),
  ),
).pipe(
  Command.withDescription(
    "Takes back what was forced and begins anew: closed, with no failures counted.",
  ),
  Command.withExamples([
    { command: "visa-direct breaker reset api.visa.com", description: "After an incident" },
  ]),
)

export const breaker = Command.make("breaker").pipe(
  Command.withDescription(
    "Shows and switches the circuits that processes share through VISA_DIRECT_REDIS_URL. A change is noticed everywhere within a second. Exits with 1 when Redis cannot be reached.",
  ),
  Command.withShortDescription("Show and switch shared circuit breakers"),
  Command.withSubcommands([state, forceOpen, forceClosed, reset]),
)
