/** A real Redis for tests that share something through it. */
import { NodeRedis } from "@effect/platform-node"
import { describe } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import { connect, createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"
import { createClient } from "redis"

/** How to reach a Redis. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
}

export const redisAddress: RedisAddress = { host: "127.0.0.1", port: 6379 }

const answers = await new Promise<boolean>((resolve) => {
  const socket = connect({ ...redisAddress, timeout: 2_000 })
  const end = (found: boolean) => () => {
    socket.destroy()
    resolve(found)
  }
  socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false))
})

const where = `${redisAddress.host}:${redisAddress.port}`

if (!answers && process.env["CI"] !== "true") {
  process.stderr.write(`\nNO REDIS at ${where}: the tests that need one are SKIPPED.\n\n`)
}

/**
 * `describe` for tests that need Redis: without one they are skipped, and say so; under `CI=true` they
 * run and fail.
 */
export const describeWithRedis = (name: string, tests: () => void): void => {
  describe.skipIf(!answers && process.env["CI"] !== "true")(`${name} (Redis at ${where})`, () => {
    tests()
  })
}

/** In front of every key of one test: no two tests share anything by accident, and nothing is left. */
export const freshPrefix = Effect.acquireRelease(
  Effect.sync(() => `visa-direct-test:${randomUUID()}:`),
  (prefix) =>
    Effect.promise(async () => {
      const client = await createClient({ socket: redisAddress }).connect()
      // What goes through `Persistence` has its colons escaped.
      const escaped = prefix.replaceAll(":", "%3A")
      const keys = [...(await client.keys(`${prefix}*`)), ...(await client.keys(`${escaped}*`))]
      if (keys.length > 0) await client.del(keys)
      await client.close()
    }),
)

/**
 * A client of that Redis, or of whatever stands in front of it. It closes without waiting for replies
 * that it is still owed, since nobody may be left to give them.
 */
export const redisLayer = (address: RedisAddress = redisAddress) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const context = yield* Layer.build(
        NodeRedis.layer({ socket: { ...address, connectTimeout: 5_000 } }),
      )
      const { client } = Context.get(context, NodeRedis.NodeRedis)
      yield* Effect.addFinalizer(() => Effect.sync(() => client.destroy()))
      return context
    }),
  )

/**
 * A TCP proxy in front of Redis that can fall silent (`hang`: connections stand, nothing passes) or go
 * away (`cut`: connections break and new ones are refused), and come back (`pass`).
 */
const startProxy = async () => {
  let mode: "pass" | "hang" | "cut" = "pass"
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    if (mode === "cut") {
      client.destroy()
      return
    }
    const upstream = connect(redisAddress)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on("data", (bytes) => {
        if (mode === "pass") to.write(bytes)
      })
      from.on("error", () => to.destroy())
      from.on("close", () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const destroy = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    become: (next: typeof mode) => {
      mode = next
      if (mode !== "hang") destroy()
    },
    close: () => {
      destroy()
      server.close()
    },
  }
}

/** One such proxy until the scope closes. */
export const redisProxy = Effect.acquireRelease(Effect.promise(startProxy), ({ close }) =>
  Effect.sync(close),
)
