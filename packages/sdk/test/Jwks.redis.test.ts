/** Two processes and one Redis: they fetch keys once, and leave a broken endpoint alone together. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { JwksOptions } from "../src/Jwks.ts"
import type { KeyAnswer, KeyHolderOptions } from "./support/keyHolder.ts"
import { jwk, keyServer, keySet, status } from "./support/keyServer.ts"
import type { Respond } from "./support/keyServer.ts"
import { describeWithRedis, freshPrefix, redisAddress } from "./support/redis.ts"

const script = fileURLToPath(new URL("./support/keyHolder.ts", import.meta.url))

/** Another process that needs keys; see {@link script}. */
const keyHolder = (options: KeyHolderOptions) =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
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
    )
    const tell = (message: KeyHolderOptions | "key") =>
      Effect.promise(async (): Promise<KeyAnswer> => {
        const answered = once(child, "message")
        child.send(message)
        const [answer] = await answered
        return answer as KeyAnswer
      })
    yield* tell(options)
    return tell("key")
  })

/** Two of them, and the endpoint that they ask. */
const two = Effect.fnUntraced(function* (respond: Respond, options?: Partial<JwksOptions>) {
  const server = yield* keyServer(respond)
  const { host, port } = redisAddress
  const told: KeyHolderOptions = {
    jwks: { urls: server.url, environment: "sandbox", allowLoopbackHttp: true, ...options },
    redis: { url: `redis://${host}:${port}`, prefix: yield* freshPrefix },
  }
  const [one, other] = yield* Effect.all([keyHolder(told), keyHolder(told)], { concurrency: 2 })
  return { server, one, other }
})

describeWithRedis("two processes that need keys", () => {
  it.live(
    "fetch them once between them",
    () =>
      Effect.gen(function* () {
        const { one, other, server } = yield* two(keySet([jwk("a")]))
        assert.deepStrictEqual(yield* one, { kid: "a" })
        server.answers(status(500))
        assert.deepStrictEqual(yield* other, { kid: "a" })
        assert.strictEqual(server.requests(), 1)
      }),
    60_000,
  )

  it.live(
    "share the circuit: what one has tried in vain, the other does not try",
    () =>
      Effect.gen(function* () {
        const { one, other, server } = yield* two(status(500))
        assert.strictEqual((yield* one).tag, "JwksUnavailable")
        assert.strictEqual((yield* other).tag, "JwksUnavailable")
        assert.strictEqual((yield* one).tag, "JwksUnavailable")
        assert.strictEqual(server.requests(), 3)
        for (const answer of [yield* other, yield* one]) {
          assert.strictEqual(answer.tag, "JwksUnavailable")
          assert.isAbove(answer.retryAfterMillis ?? 0, 30_000)
        }
        assert.strictEqual(server.requests(), 3)
      }),
    60_000,
  )
})
