/**
 * The controls of a simulator over plain HTTP, for a simulator in another process. It listens on
 * 127.0.0.1 only, has no password, and refuses whatever a browser sends on behalf of a page.
 *
 * | request | body | answer |
 * |---|---|---|
 * | `GET /ledger?kind=push&stan=…` | – | ledger entries that agree with the parameters |
 * | `DELETE /ledger` | – | 204; forgets entries, counters and transactions |
 * | `GET /stats` | – | counters |
 * | `POST /script`, `DELETE /script` | a `ScriptRule` | 204 |
 * | `POST /faults`, `DELETE /faults` | a `Fault` | 204 |
 * | `POST /credentials` | an `IssueRequest` | new `Credentials` |
 * | `POST /revocations` | a `RevokeRequest` | 204 |
 * | `POST /expirations` | an `ExpireRequest` | 204 |
 * | `POST /trust` | a `TrustRequest` | the `Trust` that results |
 * | `POST /certificate` | a `PresentRequest` | 204 |
 * | `POST /keys` | a `KeySetRequest` | 204; what the JWKS endpoint serves |
 * | `POST /keys/rotation` | a `RotateKeysRequest` | `{"kid": …}` of the new key |
 * | `POST /webhooks` | `Webhooks` | 204 |
 *
 * What cannot be decoded is answered 400 with `{"error": …}`.
 */
import { Effect, FiberSet, Schema, type Scope } from "effect"
import { createServer, type IncomingMessage } from "node:http"
import { Fault } from "./Fault.ts"
import { listen, type SimulatorError } from "./internal/listen.ts"
import { KeySetRequest, RotateKeysRequest } from "./KeySet.ts"
import { LedgerFilter } from "./Ledger.ts"
import { ScriptRule } from "./Script.ts"
import {
  ExpireRequest,
  IssueRequest,
  PresentRequest,
  RevokeRequest,
  type SimulatorControl,
  TrustRequest,
} from "./Simulator.ts"
import { Webhooks } from "./Webhook.ts"

class Unusable extends Schema.TaggedError<Unusable>()("Unusable", {
  status: Schema.Int,
  message: Schema.String,
}) {}

interface Call {
  readonly query: URLSearchParams
  readonly body: string
}

type Handler = (call: Call) => Effect.Effect<unknown, Unusable>

/** Decodes strictly: a member that is not known is a typing error of somebody's test. */
const decoded = <A>(schema: Schema.Codec<A, unknown>, input: unknown) =>
  Schema.decodeUnknownEffect(schema)(input, { onExcessProperty: "error" }).pipe(
    Effect.mapError((error) => new Unusable({ status: 400, message: String(error.message) })),
  )

const bodyOf = <A>(schema: Schema.Codec<A, unknown>, call: Call) =>
  Effect.try({
    try: (): unknown => JSON.parse(call.body === "" ? "{}" : call.body),
    catch: () => new Unusable({ status: 400, message: "The body is not JSON." }),
  }).pipe(Effect.flatMap((json) => decoded(schema, json)))

const routes = (control: SimulatorControl): Readonly<Record<string, Handler>> => ({
  "GET /ledger": (call) => {
    const { moneyMoved, ...rest } = Object.fromEntries(call.query) as Record<string, string>
    const filter = moneyMoved === undefined ? rest : { ...rest, moneyMoved: moneyMoved === "true" }
    return Effect.flatMap(decoded(LedgerFilter, filter), control.ledger.entries)
  },
  "DELETE /ledger": () => control.ledger.clear,
  "GET /stats": () => control.stats,
  "POST /script": (call) => Effect.flatMap(bodyOf(ScriptRule, call), control.script),
  "DELETE /script": () => control.clearScript,
  "POST /faults": (call) => Effect.flatMap(bodyOf(Fault, call), control.inject),
  "DELETE /faults": () => control.clearFaults,
  "POST /credentials": (call) => Effect.flatMap(bodyOf(IssueRequest, call), control.issue),
  "POST /revocations": (call) => Effect.flatMap(bodyOf(RevokeRequest, call), control.revoke),
  "POST /expirations": (call) => Effect.flatMap(bodyOf(ExpireRequest, call), control.expire),
  "POST /trust": (call) => Effect.flatMap(bodyOf(TrustRequest, call), control.rotateTrust),
  "POST /certificate": (call) => Effect.flatMap(bodyOf(PresentRequest, call), control.present),
  "POST /keys": (call) => Effect.flatMap(bodyOf(KeySetRequest, call), control.keySet.serve),
  "POST /keys/rotation": (call) =>
    Effect.flatMap(bodyOf(RotateKeysRequest, call), control.keySet.rotate),
  "POST /webhooks": (call) => Effect.flatMap(bodyOf(Webhooks, call), control.webhooks),
})

const read = (request: IncomingMessage, done: (body: string) => void) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => done(Buffer.concat(chunks).toString("utf8")))
}

const answer = (
  handlers: Readonly<Record<string, Handler>>,
  request: IncomingMessage,
  body: string,
): Effect.Effect<{ readonly status: number; readonly body: unknown }> => {
  const [path = "/", query] = (request.url ?? "/").split("?", 2)
  const handler = handlers[`${request.method} ${path}`]
  if (request.headers.origin !== undefined) {
    return Effect.succeed({ status: 403, body: { error: "Not for browsers." } })
  }
  if (handler === undefined) {
    return Effect.succeed({
      status: 404,
      body: { error: `There are: ${Object.keys(handlers).join(", ")}` },
    })
  }
  return handler({ query: new URLSearchParams(query), body }).pipe(
    Effect.map((result) =>
      result === undefined ? { status: 204, body: undefined } : { status: 200, body: result },
    ),
    Effect.catch((error) =>
      Effect.succeed({ status: error.status, body: { error: error.message } }),
    ),
  )
}

/**
 * Serves the controls until the scope closes.
 *
 * @returns the URL, `http://127.0.0.1:<port>`
 */
export const serve = Effect.fnUntraced(function* (
  control: SimulatorControl,
  port: number,
): Effect.fn.Return<string, SimulatorError, Scope.Scope> {
  const run = yield* FiberSet.makeRuntime<never>()
  const handlers = routes(control)
  const server = createServer((request, response) =>
    read(request, (body) => {
      run(
        Effect.map(answer(handlers, request, body), (reply) => {
          if (reply.body === undefined) {
            response.writeHead(reply.status).end()
          } else {
            response
              .writeHead(reply.status, { "content-type": "application/json" })
              .end(JSON.stringify(reply.body))
          }
        }),
      )
    }),
  )
  yield* Effect.addFinalizer(() =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    }),
  )
  return `http://127.0.0.1:${yield* listen(server, port)}`
})
