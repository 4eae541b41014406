/**
 * A process that pays when it is told to: the SDK on its own, with a Redis that others use as well.
 *
 * A message with {@link PayerOptions} sets it up anew, one with a number is how many pushes to make, one
 * after the other; the answer is what became of them.
 */
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import type { Credentials as Issued } from "effect-visa-direct-simulator"
import { FundsTransfer } from "../../src/api/FundsTransfer.ts"
import type { HostBreakerOptions } from "../../src/HostBreaker.ts"
import type { HostLimiterOptions } from "../../src/HostLimiter.ts"
import * as VisaDirect from "../../src/VisaDirect.ts"
import { credentialsOf, pushRequest } from "./simulated.ts"

export interface PayerOptions {
  readonly baseUrl: string
  readonly credentials: Issued
  readonly redis: { readonly url: string; readonly prefix: string }
  readonly rateLimit: HostLimiterOptions
  readonly breaker: HostBreakerOptions | "off"
}

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request)).pipe(
  Effect.match({
    onFailure: ({ reason }) => reason._tag as string,
    // Processes that do not share an owner of identities can make the same one: a 94 is paid as well.
    onSuccess: () => "paid",
  }),
)

const layerOf = ({ credentials, redis, ...options }: PayerOptions) =>
  VisaDirect.layer({
    ...options,
    environment: "sandbox",
    credentials: credentialsOf(credentials),
    redis: { ...redis, url: Redacted.make(redis.url) },
  }).pipe(Layer.orDie)

let payer: ReturnType<typeof start> | undefined

const start = (options: PayerOptions) => ManagedRuntime.make(layerOf(options))

process.on("message", async (message: PayerOptions | number) => {
  if (typeof message !== "number") {
    await payer?.dispose()
    payer = start(message)
  }
  const count = typeof message === "number" ? message : 0
  process.send?.(await payer?.runPromise(Effect.replicateEffect(push, count)))
})
process.on("disconnect", async () => {
  await payer?.dispose()
  process.exit()
})
process.send?.("ready")
