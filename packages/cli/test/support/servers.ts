/** The PostgreSQL and the Redis of the machine, for tests that need one. */
import { connect } from "node:net"

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: 2_000 })
    const end = (found: boolean) => () => {
      socket.destroy()
      resolve(found)
    }
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false))
  })

/** Under `CI=true` what is missing makes tests fail instead of skipping them. */
const present = async (name: string, port: number): Promise<boolean> => {
  if (process.env["CI"] === "true" || (await answers(port))) return true
  process.stderr.write(
    `\nNO ${name} at 127.0.0.1:${port}: the tests that need one are SKIPPED.\n\n`,
  )
  return false
}

export const redisUrl = "redis://127.0.0.1:6379"
export const hasRedis = await present("REDIS", 6379)

export const postgresUrl = "postgres://postgres@127.0.0.1:5432"
export const hasPostgres = await present("POSTGRESQL", 5432)
