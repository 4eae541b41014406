/**
 * One undici pool for one generation of credentials.
 *
 * Requests are dispatched with a handler of our own rather than through an HTTP client, because the
 * handler is where undici says that it begins to write a request: the line between "certainly not
 * sent" and "nobody knows" (docs/decisions/0004).
 */
import * as Undici from "@effect/platform-node/Undici"
import { Duration, Effect, Redacted } from "effect"
import * as Tls from "node:tls"
import type { Generation } from "../CertificateStore.ts"

export interface ChannelOptions {
  readonly baseUrl: URL
  readonly connectTimeout: Duration.Duration
  readonly headersTimeout: Duration.Duration
  readonly bodyTimeout: Duration.Duration
  readonly keepAlive: Duration.Duration
  readonly maxConnections: number
  readonly maxResponseBytes: number
}

/** Without its Basic credentials: the channel adds those of its generation. */
export interface ChannelRequest {
  readonly method: "GET" | "POST" | "DELETE"
  /** With its query string. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
  /** Asked when the first byte is about to be written; `false` breaks the request off unsent. */
  readonly mayLeave?: (() => boolean) | undefined
}

/** Why a request was broken off that might not leave any more. */
export class FenceClosed extends Undici.errors.RequestAbortedError {}

export interface ChannelReply {
  readonly httpStatus: number
  /** Names in lower case; of repeated headers the first. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/** Why there is no whole reply. */
export interface ChannelFailure {
  readonly cause: unknown
  /**
   * `unsent`: not a byte of the request has left this process. `headers` and `body`: what was waited
   * for after undici had begun to write it.
   */
  readonly phase: "unsent" | "headers" | "body"
  /** What had come of a reply that broke off. */
  readonly head: Pick<ChannelReply, "httpStatus" | "headers"> | undefined
}

export interface Channel {
  readonly generation: Generation
  /** Interrupting it breaks the request off. */
  readonly send: (request: ChannelRequest) => Effect.Effect<ChannelReply, ChannelFailure>
  /** Refuses new requests and ends when the running ones have ended. */
  readonly close: Effect.Effect<void>
  /** Breaks whatever still runs. */
  readonly destroy: Effect.Effect<void>
}

const firstOf = (
  headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>,
): Record<string, string | undefined> => {
  const out: Record<string, string | undefined> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    out[name] = typeof value === "string" ? value : value?.[0]
  }
  return out
}

type Head = NonNullable<ChannelFailure["head"]>

/** One request on its way, and what has come back of its reply. */
class Exchange implements Undici.Dispatcher.DispatchHandler {
  readonly done: (effect: Effect.Effect<ChannelReply, ChannelFailure>) => void
  readonly mayLeave: ChannelRequest["mayLeave"]
  readonly chunks: Array<Buffer> = []
  controller: Undici.Dispatcher.DispatchController | undefined
  head: Head | undefined
  cancelled = false

  constructor(done: Exchange["done"], mayLeave: ChannelRequest["mayLeave"]) {
    this.done = done
    this.mayLeave = mayLeave
  }

  onRequestStart(controller: Undici.Dispatcher.DispatchController): void {
    if (this.mayLeave?.() === false) {
      controller.abort(new FenceClosed())
      return
    }
    this.controller = controller
    if (this.cancelled) this.cancel()
  }

  onResponseStart(
    _: Undici.Dispatcher.DispatchController,
    httpStatus: number,
    headers: Readonly<Record<string, string | Array<string> | undefined>>,
  ): void {
    // Below 200 are announcements that another head follows.
    if (httpStatus >= 200) this.head = { httpStatus, headers: firstOf(headers) }
  }

  onResponseData(_: Undici.Dispatcher.DispatchController, chunk: Buffer): void {
    this.chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [only] = this.chunks
    const body = this.chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.chunks)
    if (this.head !== undefined) this.done(Effect.succeed({ ...this.head, body }))
  }

  onResponseError(_: Undici.Dispatcher.DispatchController, cause: Error): void {
    this.fail(cause)
  }

  fail(cause: unknown): void {
    const phase =
      this.controller === undefined ? "unsent" : this.head === undefined ? "headers" : "body"
    this.done(Effect.fail({ cause, phase, head: this.head }))
  }

  cancel(): void {
    this.cancelled = true
    this.controller?.abort(new Undici.errors.RequestAbortedError())
  }
}

export const makeChannel = (generation: Generation, options: ChannelOptions): Channel => {
  const { origin } = options.baseUrl
  const { password, userId } = generation.basic
  const credentials = Buffer.from(`${userId}:${Redacted.value(password)}`).toString("base64")
  const authorization = `Basic ${credentials}`
  const headersTimeout = Duration.toMillis(options.headersTimeout)
  const bodyTimeout = Duration.toMillis(options.bodyTimeout)
  const pool = new Undici.Pool(origin, {
    allowH2: false,
    pipelining: 1,
    connections: options.maxConnections,
    keepAliveTimeout: Duration.toMillis(options.keepAlive),
    maxResponseSize: options.maxResponseBytes,
    connect: {
      secureContext: Tls.createSecureContext({
        key: Redacted.value(generation.tls.privateKey),
        cert: generation.tls.certificateChain,
        // Setting `ca` replaces Node's roots, so the default ones are named again.
        ca: [...Tls.getCACertificates("default"), ...generation.tls.extraRoots],
        minVersion: "TLSv1.2",
      }),
      rejectUnauthorized: true,
      timeout: Duration.toMillis(options.connectTimeout),
    },
  })
  return {
    generation,
    send: ({ body, headers, mayLeave, method, path }) =>
      Effect.callback((resume) => {
        const exchange = new Exchange(resume, mayLeave)
        try {
          pool.dispatch(
            {
              origin,
              method,
              path,
              headers: { ...headers, authorization },
              body: body ?? null,
              headersTimeout,
              bodyTimeout,
            },
            exchange,
          )
        } catch (cause) {
          exchange.fail(cause)
        }
        return Effect.sync(() => exchange.cancel())
      }),
    close: Effect.promise(() => pool.close()),
    destroy: Effect.promise(() => pool.destroy()),
  }
}
