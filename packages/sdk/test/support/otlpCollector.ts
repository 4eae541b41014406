/** An OTLP collector that keeps the bodies it is sent, in memory. */
import { Effect, Layer } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { OtlpSerialization } from "effect/observability"

export const otlpCollector = () => {
  const bodies: Array<string> = []
  const client = HttpClient.make((request) =>
    Effect.sync(() => {
      if (request.body._tag === "Uint8Array")
        bodies.push(new TextDecoder().decode(request.body.body))
      return HttpClientResponse.fromWeb(request, new Response("{}"))
    }),
  )
  return {
    bodies,
    layer: Layer.mergeAll(
      Layer.succeed(HttpClient.HttpClient, client),
      OtlpSerialization.layerJson,
    ),
  }
}
