/** Ports that nobody listens on at the moment. */
import { Effect } from "effect"
import { createServer } from "node:net"

const freePort = Effect.promise(
  () =>
    new Promise<number>((resolve, reject) => {
      const server = createServer().once("error", reject)
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        server.close(() =>
          typeof address === "object" && address !== null
            ? resolve(address.port)
            : reject(new Error("a server without a port")),
        )
      })
    }),
)

export const freePorts: Effect.Effect<readonly [number, number]> = Effect.all([freePort, freePort])
