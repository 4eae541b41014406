/**
 * Ports that nobody listens on at the moment, below those that the system gives out by itself: one of
 * these could be somebody's outgoing connection by the time that a worker listens on it.
 */
import { Effect } from "effect"
import { randomInt } from "node:crypto"
import { createServer } from "node:net"

const lowest = 20_000
const count = 10_000

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer().once("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })

const freePort = Effect.promise(async () => {
  for (let tries = 0; tries < 100; tries++) {
    const port = lowest + randomInt(count)
    if (await isFree(port)) return port
  }
  throw new Error("no port is free")
})

export const freePorts: Effect.Effect<readonly [number, number]> = Effect.all([freePort, freePort])
