/** Tells the engine that its process ends, before anything of it is closed. */
import { Context, Deferred, Effect, Layer } from "effect"

/** Done when the process ends: what waits for the database then waits no longer. */
export class EngineStop extends Context.Service<EngineStop, Deferred.Deferred<void>>()(
  "effect-visa-direct/internal/EngineStop",
) {
  static readonly layer: Layer.Layer<EngineStop> = Layer.effect(
    EngineStop,
    Effect.sync(() => Deferred.makeUnsafe<void>()),
  )

  /** To be built after what has to hear of it, so that it is closed before. */
  static readonly first: Layer.Layer<never, never, EngineStop> = Layer.effectDiscard(
    Effect.flatMap(EngineStop, (stop) =>
      Effect.addFinalizer(() => Deferred.succeed(stop, undefined)),
    ),
  )
}
