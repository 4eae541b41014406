/**
 * `visa-direct breaker …`: the circuits that all processes on a Redis share, for incidents. Without a
 * Redis each process has its own, and another one cannot reach them.
 */
import { Config, Console, Duration, Effect, Layer, Option, References } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Breaker } from "effect-visa-direct/Breaker"
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

const duration = Flag.String("for").pipe(
  Flag.withDescription("How long, such as 30m, 90s or 2h; until `reset` when absent"),
  Flag.filterMap(
    (text) => Duration.fromInput(text.replace(/(\d)([a-z])/, "$1 $2") as Duration.Input),
    (text) => `a duration such as 30m, not ${JSON.stringify(text)}`,
  ),
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
  const reach = yield* change(yield* Breaker)
  if (reach === "ThisProcess") {
    yield* Console.error("Redis did not answer: nothing has changed. Try again.")
    return yield* new ExitWith({ code: 1 })
  }
  yield* show(circuit, asJson)
})

/** Another process is only reached through a Redis. */
const required = Config.Redacted("VISA_DIRECT_REDIS_URL").pipe(
  Effect.mapError((error) =>
    VisaError.of("OptionInvalid", { field: "VISA_DIRECT_REDIS_URL", detail: error.message }),
  ),
)

const shared = Breaker.layer().pipe(
  Layer.provide(layerSharedStoresConfig),
  (live) => Layer.unwrap(Effect.as(required, live)),
  // The command's output says it.
  Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Error" as const)),
)

const withCircuits = <A, E>(self: Effect.Effect<A, E, Breaker>) =>
  self.pipe(Effect.provide(shared), Effect.catchIf(VisaError.is, sayNo))

const state = Command.make("state", { key, json }, ({ json: asJson, key: circuit }) =>
  withCircuits(show(circuit, asJson)),
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
    withCircuits(
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
    withCircuits(
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
  withCircuits(decide(circuit, asJson, (breaker) => breaker.reset(circuit))),
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
