/** The HTTPS server: sockets, bodies, shutdown. Plain `node:https`, because it is also benchmarked. */
import { Clock, Effect, FiberSet, type Scope } from "effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { Socket } from "node:net"
import type { TLSSocket } from "node:tls"
import { adviceFacts, deferredAdvice } from "../endpoints/deferredAdvice.ts"
import type { Reply, World } from "../endpoints/Endpoint.ts"
import { LedgerStore } from "../Ledger.ts"
import type { ServerCredential } from "../Pki.ts"
import type { SimulatorSettings } from "../Settings.ts"
import type { Clients } from "./Clients.ts"
import { Engine } from "./Engine.ts"
import { Exchange } from "./Exchange.ts"
import { listen, type SimulatorError } from "./listen.ts"
import { Network, Results } from "./Network.ts"
import { Payouts } from "./Payouts.ts"
import type { PublishedKeys } from "./PublishedKeys.ts"
import { Quotes, Rates } from "./Rates.ts"
import { Registrations } from "./Registrations.ts"
import * as Seed from "./Seed.ts"
import { WebhookCalls } from "./WebhookCalls.ts"
import type { WireContext } from "./Wire.ts"

/** No API takes more; what is larger is cut off. */
const largestBody = 1_048_576

/** What the TLS edge shows and trusts. */
export interface Edge {
  readonly credential: ServerCredential
  /** PEM: roots and intermediates. */
  readonly clientAuthorities: ReadonlyArray<string>
}

const secureContext = ({ clientAuthorities, credential }: Edge) => ({
  key: credential.key,
  cert: credential.certificate,
  ca: [...clientAuthorities],
  minVersion: "TLSv1.2" as const,
})

export interface Running {
  readonly port: number
  /** Unix milliseconds of the simulator's clock. */
  readonly now: () => number
  readonly world: World
  readonly engine: Engine
  readonly webhooks: WebhookCalls
  /** Open TCP connections. */
  readonly connections: () => number
  /** Open connections by the fingerprint of the client certificate; `""` where there is none. */
  readonly connectionsByFingerprint: () => Readonly<Record<string, number>>
  /** TLS handshakes that failed. */
  readonly failedHandshakes: () => number
  /** TCP connections accepted so far. */
  readonly acceptedConnections: () => number
  /** Resolves when so many requests have arrived in full since the start. */
  readonly arrived: (count: number) => Effect.Effect<void>
  /** For connections from now on. */
  readonly present: (edge: Edge) => void
  readonly reset: () => void
}

const socketKey = (socket: {
  remoteAddress?: string | undefined
  remotePort?: number | undefined
}) => `${socket.remoteAddress}|${socket.remotePort}`

const readBody = (
  request: IncomingMessage,
  done: (body: string) => void,
  tooLarge: () => void,
): void => {
  const chunks: Array<Buffer> = []
  let length = 0
  request.on("data", (chunk: Buffer) => {
    length += chunk.length
    if (length > largestBody) {
      request.removeAllListeners("data")
      return tooLarge()
    }
    chunks.push(chunk)
  })
  request.on("end", () => {
    if (length <= largestBody) done(Buffer.concat(chunks, length).toString("utf8"))
  })
}

export const start = Effect.fnUntraced(function* (
  settings: SimulatorSettings,
  edge: Edge,
  clients: Clients,
  publishedKeys: PublishedKeys,
): Effect.fn.Return<Running, SimulatorError, Scope.Scope> {
  const clock = yield* Clock.Clock
  const fork = yield* FiberSet.makeRuntime<never>()
  const seed = Seed.make(settings.seed)
  const now = () => Math.floor(clock.currentTimeMillisUnsafe()) + settings.clockOffset

  const after = (millis: number, action: () => void) => {
    fork(Effect.andThen(Effect.sleep(millis), Effect.sync(action)))
  }

  const host = `sim${seed("host", "").readUInt16BE(0) % 1000}`
  let issued = 0
  const identifier = (suffix: "WS" | "ARM"): string => {
    const n = issued++
    return `${Math.floor(now() / 1000)}_${n % 1000}_${Math.floor(n / 1000)}_${host}_VDP_${suffix}`
  }

  const ledger = new LedgerStore(settings.ledger)
  const webhooks = new WebhookCalls({
    ledger,
    targets: settings.webhooks,
    now,
    correlationId: () => identifier("WS"),
    fork: (effect) => {
      fork(effect)
    },
  })
  const network = new Network(ledger, settings.ledger.keep, {
    held: (dueAt) => {
      // A timer may be early.
      const process = () =>
        now() < dueAt ? after(dueAt - now(), process) : network.settleDue(now())
      process()
    },
    processed: (transaction, entry) =>
      webhooks.call("deferredAdvice", deferredAdvice(transaction, now()), adviceFacts(entry)),
  })
  const world: World = {
    settings,
    seed,
    ledger,
    network,
    results: new Results<Reply>(settings.ledger.keep),
    payouts: new Payouts(ledger, settings.ledger.keep),
    aliases: new Registrations(settings.aliases),
    rates: new Rates(seed),
    quotes: new Quotes(seed, settings.ledger.keep),
    publishedKeys,
  }

  const sockets = new Map<string, Socket>()
  const wire: WireContext = {
    settings,
    seed,
    now,
    rawSocket: (x) => sockets.get(socketKey(x.socket)),
  }

  const engine = new Engine({
    world,
    clients,
    wire,
    after,
    identifier,
  })

  let arrivals = 0
  const waiting = new Set<{ readonly count: number; readonly resume: () => void }>()
  const arrive = () => {
    arrivals++
    for (const waiter of waiting) {
      if (arrivals < waiter.count) continue
      waiting.delete(waiter)
      waiter.resume()
    }
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    readBody(
      request,
      (body) => {
        const x = new Exchange(request, response, body, identifier("WS"))
        try {
          engine.handle(x)
        } catch (defect) {
          engine.failed(x, defect)
        }
        arrive()
      },
      () => {
        response.writeHead(413, { connection: "close", "content-length": 0 })
        response.end()
      },
    )
  }

  const strict = settings.clientCertificate === "strict"
  const server = createServer(
    {
      ...secureContext(edge),
      requestCert: true,
      rejectUnauthorized: strict,
      keepAliveTimeout: settings.keepAliveTimeout,
    },
    onRequest,
  )
  let failedHandshakes = 0
  let acceptedConnections = 0
  server.on("tlsClientError", () => {
    failedHandshakes++
  })
  server.on("connection", (socket: Socket) => {
    const key = socketKey(socket)
    acceptedConnections++
    sockets.set(key, socket)
    socket.once("close", () => sockets.delete(key))
  })

  const authenticated = new Map<TLSSocket, string>()
  server.on("secureConnection", (socket: TLSSocket) => {
    authenticated.set(socket, socket.getPeerX509Certificate()?.fingerprint256 ?? "")
    socket.once("close", () => authenticated.delete(socket))
  })

  yield* Effect.addFinalizer(() =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      for (const socket of sockets.values()) socket.destroy()
    }),
  )
  const port = yield* listen(server, settings.port)

  return {
    port,
    now,
    world,
    engine,
    webhooks,
    connections: () => sockets.size,
    connectionsByFingerprint: () => {
      const counts: Record<string, number> = {}
      for (const fingerprint of authenticated.values()) {
        counts[fingerprint] = (counts[fingerprint] ?? 0) + 1
      }
      return counts
    },
    failedHandshakes: () => failedHandshakes,
    acceptedConnections: () => acceptedConnections,
    arrived: (count) =>
      Effect.callback<void>((resume) => {
        if (arrivals >= count) return resume(Effect.void)
        const waiter = { count, resume: () => resume(Effect.void) }
        waiting.add(waiter)
        return Effect.sync(() => waiting.delete(waiter))
      }),
    present: (next) => server.setSecureContext(secureContext(next)),
    reset: () => {
      ledger.clear()
      world.network.clear()
      world.payouts.clear()
      world.aliases.clear()
      world.quotes.clear()
    },
  }
})
