/**
 * One undici pool for one set of credentials.
 *
 * Requests are dispatched with a handler of our own rather than through an HTTP client, because the
 * handler is where undici says that it begins to write a request: the line between "certainly not
 * sent" and "nobody knows" (docs/decisions/0004).
 */
import * as Undici from "@effect/platform-node/Undici"
import { Duration, Effect, Redacted } from "effect"
import type { Socket } from "node:net"
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

/** Without its Basic credentials: the channel adds its own. */
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
  /** Interrupting it breaks the request off. */
  readonly send: (request: ChannelRequest) => Effect.Effect<ChannelReply, ChannelFailure>
  /** Open connections, in use or not. */
  readonly connections: () => number
  /** Opens so many connections for the requests to come, a few at a time; never fails. */
  readonly warm: (connections: number) => Effect.Effect<void>
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

type Connect = Undici.buildConnector.connector

/** Opens connections for a pool, and some ahead of time: those wait until the pool wants one. */
class Connector {
  /** With what takes each out of here when it closes. */
  readonly #spares = new Map<Socket, () => void>()
  readonly #open: Connect
  readonly #target: Undici.buildConnector.Options
  readonly #idle: number

  constructor({ baseUrl, keepAlive }: ChannelOptions, options: Undici.buildConnector.BuildOptions) {
    this.#open = Undici.buildConnector(options)
    this.#idle = Duration.toMillis(keepAlive)
    this.#target = {
      host: baseUrl.host,
      hostname: baseUrl.hostname.replace(/^\[(.*)\]$/, "$1"),
      protocol: baseUrl.protocol,
      port: baseUrl.port,
    }
  }

  get spares(): number {
    return this.#spares.size
  }

  readonly connect: Connect = (options, callback) => {
    for (const [socket, forget] of this.#spares) {
      this.#spares.delete(socket)
      socket.off("close", forget).setTimeout(0)
      // The pool expects its connector to answer later.
      queueMicrotask(() =>
        socket.destroyed ? this.#open(options, callback) : callback(null, socket),
      )
      return
    }
    this.#open(options, callback)
  }

  /**
   * Opens a connection that the pool has not asked for. If it fails, that will show when one is
   * wanted; if none is wanted, it is as idle as any other and closes as they do.
   */
  spare(done: () => void): void {
    this.#open(this.#target, (...[, socket]) => {
      if (socket !== null) {
        const forget = () => this.#spares.delete(socket)
        this.#spares.set(socket, forget)
        socket.once("close", forget).setTimeout(this.#idle, () => {
          if (this.#spares.has(socket)) socket.destroy()
        })
      }
      done()
    })
  }

  dropSpares(): void {
    for (const socket of this.#spares.keys()) socket.destroy()
    this.#spares.clear()
  }
}

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
    const { head } = this
    if (head === undefined) return
    // undici takes the connection back in the next turn of the event loop. Whoever pays again before
    // that would open another one.
    setImmediate(() => this.done(Effect.succeed({ ...head, body })))
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

/** Handshakes at once while a pool is warmed: what is left is for the requests of the old one. */
const warmingConcurrency = 2

export const makeChannel = (
  { basic, tls }: Pick<Generation, "basic" | "tls">,
  options: ChannelOptions,
): Channel => {
  const { origin } = options.baseUrl
  const { password, userId } = basic
  const credentials = Buffer.from(`${userId}:${Redacted.value(password)}`).toString("base64")
  const authorization = `Basic ${credentials}`
  const headersTimeout = Duration.toMillis(options.headersTimeout)
  const bodyTimeout = Duration.toMillis(options.bodyTimeout)
  const connector = new Connector(options, {
    secureContext: Tls.createSecureContext({
      key: Redacted.value(tls.privateKey),
      cert: tls.certificateChain,
      // Setting `ca` replaces Node's roots, so the default ones are named again; reading all of them
      // takes 14 ms, so that is left out where it is not needed.
      ...(tls.extraRoots.length === 0
        ? {}
        : { ca: [...Tls.getCACertificates("default"), ...tls.extraRoots] }),
      minVersion: "TLSv1.2",
    }),
    rejectUnauthorized: true,
    allowH2: false,
    timeout: Duration.toMillis(options.connectTimeout),
  })
  const pool = new Undici.Pool(origin, {
    allowH2: false,
    pipelining: 1,
    connections: options.maxConnections,
    keepAliveTimeout: Duration.toMillis(options.keepAlive),
    maxResponseSize: options.maxResponseBytes,
    connect: connector.connect,
  })
  const dropSpares = Effect.sync(() => connector.dropSpares())
  return {
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
    connections: () => pool.stats.connected + connector.spares,
    warm: (connections) =>
      Effect.forEach(
        Array.from({ length: connections }),
        () => Effect.callback<void>((resume) => connector.spare(() => resume(Effect.void))),
        { concurrency: warmingConcurrency, discard: true },
      ),
    close: Effect.andThen(
      dropSpares,
      Effect.promise(() => pool.close()),
    ),
    destroy: Effect.andThen(
      dropSpares,
      Effect.promise(() => pool.destroy()),
    ),
  }
}
