/** Two processes and one Redis: they slow down together, and leave a host alone together. */
import { assert, it, layer } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import type { PayerOptions } from "./support/payer.ts"
import { pushRequest, sdk } from "./support/simulated.ts"
import { describeWithRedis, freshPrefix, redisAddress, redisProxy } from "./support/redis.ts"
import type { RedisAddress } from "./support/redis.ts"

const script = fileURLToPath(new URL("./support/payer.ts", import.meta.url))

const urlOf = ({ host, port }: RedisAddress) => `redis://${host}:${port}`

/** Another process that pays; see {@link script}. */
const payer = Effect.map(
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = fork(script, { stdio: ["ignore", "ignore", "inherit", "ipc"] })
      await once(child, "message")
      return child
    }),
    (child) =>
      Effect.promise(async () => {
        const exited = once(child, "exit")
        child.disconnect()
        await exited
      }),
  ),
  (child) => {
    const tell = (message: PayerOptions | number) =>
      Effect.promise(async () => {
        const answered = once(child, "message")
        child.send(message)
        const [results] = await answered
        return results as ReadonlyArray<string>
      })
    return { push: tell, become: tell }
  },
)

class Payers extends Context.Service<Payers>()("test/Payers", {
  make: Effect.all([payer, payer], { concurrency: 2 }),
}) {}

const inTwoProcesses = Layer.effect(Payers, Payers.make).pipe(Layer.provideMerge(Simulator.layer()))

/** Both processes, with these settings and nothing yet to remember. */
const twoPayers = Effect.fnUntraced(function* (
  settings: Pick<PayerOptions, "rateLimit" | "breaker">,
) {
  const simulator = yield* Simulator
  yield* simulator.clearFaults
  yield* simulator.ledger.clear
  const options: PayerOptions = {
    ...settings,
    baseUrl: simulator.url,
    credentials: simulator.credentials,
    redis: { url: urlOf(redisAddress), prefix: yield* freshPrefix },
  }
  const [one, other] = yield* Payers
  yield* Effect.all([one.become(options), other.become(options)], { concurrency: 2 })
  return { simulator, one, other }
})

const requests = Effect.flatMap(Simulator, ({ stats }) =>
  Effect.map(stats, ({ ledger }) => ledger.requests),
)

describeWithRedis("two processes that pay through one Redis", () => {
  layer(inTwoProcesses, { timeout: 60_000, excludeTestServices: true })((it) => {
    it.effect("keep one limit together", () =>
      Effect.gen(function* () {
        const { one, other } = yield* twoPayers({
          rateLimit: { limit: 10, window: "1 hour", maxWait: "1 second" },
          breaker: "off",
        })
        const results = (yield* Effect.all([one.push(8), other.push(8)], { concurrency: 2 })).flat()
        assert.strictEqual(results.filter((result) => result === "paid").length, 10)
        assert.strictEqual(results.filter((result) => result === "RateLimiterBusy").length, 6)
        assert.strictEqual(yield* requests, 10)
      }),
    )

    it.effect("both stop when one of them meets a 429", () =>
      Effect.gen(function* () {
        const { one, other, simulator } = yield* twoPayers({
          rateLimit: { maxWait: "1 second" },
          breaker: "off",
        })
        yield* simulator.inject({ kind: "rateLimit", retryAfter: 60, times: 1 })
        assert.deepStrictEqual(yield* one.push(1), ["RateLimited"])
        assert.deepStrictEqual(yield* other.push(2), ["RateLimiterBusy", "RateLimiterBusy"])
        assert.strictEqual(yield* requests, 1)
      }),
    )

    it.effect("leave a host alone that has failed with either of them", () =>
      Effect.gen(function* () {
        const { one, other, simulator } = yield* twoPayers({
          rateLimit: {},
          breaker: {
            failureRate: { threshold: 1, minimumCalls: 4, size: 4 },
            openDuration: "1 hour",
          },
        })
        yield* simulator.inject({ kind: "status", status: 503, times: 4 })
        assert.deepStrictEqual(yield* one.push(2), ["ServiceUnavailable", "ServiceUnavailable"])
        assert.deepStrictEqual(yield* other.push(3), [
          "ServiceUnavailable",
          "ServiceUnavailable",
          "CircuitOpen",
        ])
        assert.deepStrictEqual(yield* one.push(1), ["CircuitOpen"])
        assert.strictEqual(yield* requests, 4)
      }),
    )
  })
})

const push = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

describeWithRedis("a Redis that goes away", () => {
  for (const mode of ["hang", "cut"] as const) {
    it.live(`does not stop payments when its connections ${mode}`, () =>
      Effect.gen(function* () {
        const { address, become } = yield* redisProxy
        const redis = { url: Redacted.make(urlOf(address)), prefix: yield* freshPrefix }
        yield* Effect.gen(function* () {
          assert.strictEqual((yield* push).actionCode, "00")
          become(mode)
          for (let call = 0; call < 20; call++) assert.strictEqual((yield* push).actionCode, "00")
        }).pipe(
          Effect.provide(sdk({ redis, breaker: {}, rateLimit: { limit: 100 } })),
          // The connection ends before what stands in front of Redis does.
          Effect.scoped,
        )
        become("pass")
      }).pipe(Effect.provide(Simulator.layer())),
    )
  }

  it.live("does not stop a program from starting", () =>
    Effect.gen(function* () {
      const { address, become } = yield* redisProxy
      become("cut")
      const redis = { url: Redacted.make(urlOf(address)), prefix: yield* freshPrefix }
      yield* Effect.gen(function* () {
        assert.strictEqual((yield* push).actionCode, "00")
      }).pipe(Effect.provide(sdk({ redis, breaker: {} })))
    }).pipe(Effect.provide(Simulator.layer())),
  )
})
