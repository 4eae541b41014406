/** One undici pool for one generation of credentials, seen through Effect's HTTP client. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import { Duration, Effect, Redacted } from "effect"
import type { HttpClient } from "effect/http"
import * as Tls from "node:tls"
import type { Generation } from "../CertificateStore.ts"
import type { Progress } from "./networkFailure.ts"

export interface ChannelOptions {
  readonly baseUrl: URL
  readonly connectTimeout: Duration.Duration
  readonly headersTimeout: Duration.Duration
  readonly bodyTimeout: Duration.Duration
  readonly keepAlive: Duration.Duration
  readonly maxConnections: number
  readonly maxResponseBytes: number
}

export interface Channel {
  readonly generation: Generation
  readonly client: HttpClient.HttpClient
  /** Refuses new requests and ends when the running ones have ended. */
  readonly close: Effect.Effect<void>
  /** Breaks whatever still runs. */
  readonly destroy: Effect.Effect<void>
}

class Tracked implements Undici.Dispatcher.DispatchHandler {
  readonly inner: Undici.Dispatcher.DispatchHandler
  readonly progress: Progress
  constructor(inner: Undici.Dispatcher.DispatchHandler, progress: Progress) {
    this.inner = inner
    this.progress = progress
  }
  onRequestStart(controller: Undici.Dispatcher.DispatchController, context: unknown): void {
    this.progress.started = true
    this.inner.onRequestStart?.(controller, context)
  }
  onResponseStart(
    ...args: Parameters<NonNullable<Undici.Dispatcher.DispatchHandler["onResponseStart"]>>
  ): void {
    this.inner.onResponseStart?.(...args)
  }
  onResponseData(controller: Undici.Dispatcher.DispatchController, chunk: Buffer): void {
    this.inner.onResponseData?.(controller, chunk)
  }
  onResponseEnd(
    ...args: Parameters<NonNullable<Undici.Dispatcher.DispatchHandler["onResponseEnd"]>>
  ): void {
    this.inner.onResponseEnd?.(...args)
  }
  onResponseError(controller: Undici.Dispatcher.DispatchController, error: Error): void {
    this.inner.onResponseError?.(controller, error)
  }
}

/** Travels as undici's `opaque` from the request's options to the dispatcher. */
const isProgress = (value: unknown): value is Progress =>
  typeof value === "object" && value !== null && "started" in value

/** The options with which one request reports its progress. */
export const reportTo = (progress: Progress): Partial<Undici.Dispatcher.RequestOptions> => ({
  opaque: progress as never,
})

export const makeChannel = (
  generation: Generation,
  options: ChannelOptions,
): Effect.Effect<Channel> =>
  Effect.gen(function* () {
    const secureContext = Tls.createSecureContext({
      key: Redacted.value(generation.tls.privateKey),
      cert: generation.tls.certificateChain,
      // Setting `ca` replaces Node's roots, so the default ones are named again.
      ca: [...Tls.getCACertificates("default"), ...generation.tls.extraRoots],
      minVersion: "TLSv1.2",
    })
    const pool = new Undici.Pool(options.baseUrl.origin, {
      allowH2: false,
      pipelining: 1,
      connections: options.maxConnections,
      keepAliveTimeout: Duration.toMillis(options.keepAlive),
      maxResponseSize: options.maxResponseBytes,
      connect: {
        secureContext,
        rejectUnauthorized: true,
        timeout: Duration.toMillis(options.connectTimeout),
      },
    })
    const headersTimeout = Duration.toMillis(options.headersTimeout)
    const bodyTimeout = Duration.toMillis(options.bodyTimeout)
    // Effect's client leaves timeouts to the caller and sets undici's to an hour; these are ours.
    const dispatcher = pool.compose((dispatch) => (request, handler) => {
      const { opaque } = request as { readonly opaque?: unknown }
      return dispatch(
        { ...request, headersTimeout, bodyTimeout },
        isProgress(opaque) ? new Tracked(handler, opaque) : handler,
      )
    })
    const client = yield* Effect.provideService(
      NodeHttpClient.makeUndici,
      NodeHttpClient.Dispatcher,
      dispatcher,
    )
    return {
      generation,
      client,
      close: Effect.promise(() => pool.close()),
      destroy: Effect.promise(() => pool.destroy()),
    }
  })
