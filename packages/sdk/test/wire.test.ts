/** What somebody on the path between the SDK and Visa can see. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { createServer, connect, type AddressInfo } from "node:net"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { approvedCard, pushRequest, sdk, senderCard } from "./support/simulated.ts"

/** Passes bytes on in both directions and keeps a copy. */
const loggingProxy = Effect.fnUntraced(function* (target: number) {
  const seen: Array<Buffer> = []
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1")
    client.on("data", (bytes) => seen.push(bytes)).on("error", () => upstream.destroy())
    upstream.on("data", (bytes) => seen.push(bytes)).on("error", () => client.destroy())
    client.pipe(upstream).pipe(client)
  })
  const port = yield* Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () =>
        resume(Effect.succeed((server.address() as AddressInfo).port)),
      )
    }),
    () => Effect.sync(() => void server.close()),
  )
  return { port, seen }
})

/** TLS record types: change cipher spec, alert, handshake, application data. */
const recordTypes = new Set([20, 21, 22, 23])

it.live("shows TLS to the network and only encData to the server that ends TLS", () =>
  Effect.gen(function* () {
    const simulator = yield* Simulator
    const proxy = yield* loggingProxy(simulator.port)
    yield* Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request)).pipe(
      Effect.provide(sdk({ baseUrl: `https://localhost:${proxy.port}` })),
    )

    const bytes = Buffer.concat(proxy.seen)
    assert.isTrue(bytes.length > 4_000)
    for (const piece of [proxy.seen[0], proxy.seen[1]]) {
      assert.isTrue(recordTypes.has(piece?.[0] ?? 0) && piece?.[1] === 3, "a TLS record header")
    }
    const legible = [
      "encData",
      "HTTP/1.1",
      "authorization",
      approvedCard,
      senderCard,
      "Foster City",
    ]
    for (const text of [...legible, simulator.credentials.password]) {
      assert.isFalse(bytes.includes(text), `${text} is legible on the network`)
    }

    const [entry] = yield* simulator.ledger.payments
    const body: unknown = JSON.parse(entry?.wireBody ?? "null")
    assert.deepStrictEqual(Object.keys(body as object), ["encData"])
    // Decrypted on the other side, it was the payment.
    assert.strictEqual(entry?.maskedPan, "406032******0127")
    assert.strictEqual(entry?.amount, "124.05")
  }).pipe(Effect.scoped, Effect.provide(Simulator.layer())),
)
