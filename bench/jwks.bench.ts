/**
 * `pnpm bench jwks`: what the key set costs, and what it spares its endpoint.
 *
 * Against `jose`'s `createRemoteJWKSet` and `opossum` in the same run, all on one JWKS over loopback HTTP
 * in a process of its own. The set holds an encryption key for us and a signature key for `jose`, which
 * looks up no others.
 *
 * 1. 10,000 callers at once on a cold cache: how many fetches does the endpoint see?
 * 2. 1,000 calls, one after the other, while the endpoint is down and the keys in hand have outlived
 *    their time: how many fetches, how many failures?
 * 3. The cost of a key in hand, of a call through a closed circuit, and of one that an open circuit
 *    refuses.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Exit, References } from "effect"
import { Breaker, Jwks } from "effect-visa-direct"
import type { JwksOptions } from "effect-visa-direct"
import Table from "cli-table3"
import { createRemoteJWKSet } from "jose"
import { fork } from "node:child_process"
import { generateKeyPairSync } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import CircuitBreaker from "opossum"

const callers = 10_000
const callsInOutage = 1_000
const rounds = 7
const callsPerRound = 100_000

/** The endpoint, when this file is run as its process: told to fail or not, asked how often. */
const serve = () => {
  const key = (use: string, alg: string) => ({
    ...generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" }),
    kid: use,
    use,
    alg,
  })
  const body = JSON.stringify({ keys: [key("sig", "RS256"), key("enc", "RSA-OAEP-256")] })
  let fetches = 0
  let fails = false
  const server = createServer((_, response) => {
    fetches++
    response.writeHead(fails ? 500 : 200, { "content-type": "application/json" })
    response.end(fails ? "" : body)
  })
  process.on("message", (message: "count" | "fail" | "work") => {
    if (message !== "count") fails = message === "fail"
    const seen = fetches
    fetches = 0
    process.send?.(seen)
  })
  process.on("disconnect", () => process.exit())
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
}

const endpoint = Effect.map(
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = fork(fileURLToPath(import.meta.url), ["serve"])
      const [port] = await once(child, "message")
      return { child, url: `http://127.0.0.1:${port}/jwks` }
    }),
    ({ child }) => Effect.sync(() => child.disconnect()),
  ),
  ({ child, url }) => {
    /** Says what to do from now on; answers with the fetches since it was last told anything. */
    const tell = (message: "count" | "fail" | "work") =>
      Effect.promise(async () => {
        const answered = once(child, "message")
        child.send(message)
        const [fetches] = await answered
        return Number(fetches)
      })
    return { url, tell }
  },
)

const ours = (url: string, options?: Partial<JwksOptions>) =>
  Jwks.make({ urls: url, environment: "sandbox", allowLoopbackHttp: true, ...options })

const signature = { alg: "RS256", kid: "sig" }
const token = { payload: "", signature: "" }

const table = (...head: ReadonlyArray<string>) =>
  new Table({
    head: [...head],
    style: { head: [], border: [] },
    colAligns: head.map((_, column) => (column === 0 ? "left" : "right")),
  })

const coldStart = Effect.gen(function* () {
  const { tell, url } = yield* endpoint
  const rows = table(`${callers.toLocaleString("en")} callers, cold cache`, "fetches", "keys")
  const jwks = yield* ours(url)
  const keys = yield* Effect.all(
    Array.from({ length: callers }, () => jwks.encryptionKey()),
    { concurrency: "unbounded" },
  )
  const fetches = yield* tell("count")
  rows.push(["Jwks", fetches, keys.length])
  const remote = createRemoteJWKSet(new URL(url))
  const found = yield* Effect.promise(() =>
    Promise.all(Array.from({ length: callers }, () => remote(signature, token))),
  )
  rows.push(["createRemoteJWKSet", yield* tell("count"), found.length])
  yield* Console.log(rows.toString())
  return fetches
}).pipe(Effect.scoped)

const outage = Effect.gen(function* () {
  const { tell, url } = yield* endpoint
  const rows = table(
    `${callsInOutage.toLocaleString("en")} calls in an outage, old keys in hand`,
    "fetches",
    "failures",
  )
  const jwks = yield* ours(url, { timeToLive: 1, hardAge: "1 hour" })
  const remote = createRemoteJWKSet(new URL(url), { cacheMaxAge: 0, cooldownDuration: 0 })
  yield* jwks.encryptionKey()
  yield* Effect.promise(() => Promise.resolve(remote(signature, token)))
  yield* Effect.sleep(10)
  yield* tell("fail")
  const failures = (exits: ReadonlyArray<Exit.Exit<unknown, unknown>>) =>
    exits.filter(Exit.isFailure).length
  const oursFailed = failures(
    yield* Effect.replicateEffect(Effect.exit(jwks.encryptionKey()), callsInOutage),
  )
  // What is still on its way counts, too.
  yield* Effect.sleep(200)
  rows.push(["Jwks", yield* tell("fail"), oursFailed])
  const lookup = Effect.tryPromise(async () => remote(signature, token))
  const theirsFailed = failures(yield* Effect.replicateEffect(Effect.exit(lookup), callsInOutage))
  rows.push(["createRemoteJWKSet", yield* tell("work"), theirsFailed])
  yield* Console.log(rows.toString())
}).pipe(Effect.scoped)

interface Contender {
  readonly what: string
  readonly name: string
  readonly run: (count: number) => Effect.Effect<void>
}

const loop =
  <A, E>(call: Effect.Effect<A, E>) =>
  (count: number): Effect.Effect<void> =>
    Effect.gen(function* () {
      for (let done = 0; done < count; done++) yield* Effect.exit(call)
    })

const awaiting = (call: () => Promise<unknown>) => (count: number) =>
  Effect.promise(async () => {
    for (let done = 0; done < count; done++) {
      try {
        await call()
      } catch {
        // A refusal is what is measured.
      }
    }
  })

/** Microseconds per call. */
const measure = Effect.fnUntraced(function* ({ run }: Contender, count: number) {
  const began = process.hrtime.bigint()
  yield* run(count)
  return Number(process.hrtime.bigint() - began) / 1_000 / count
})

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const costs = Effect.gen(function* () {
  const { tell, url } = yield* endpoint
  const jwks = yield* ours(url)
  const remote = createRemoteJWKSet(new URL(url))
  yield* jwks.encryptionKey()
  yield* Effect.promise(() => Promise.resolve(remote(signature, token)))
  yield* tell("fail")
  const without = yield* ours(url, { breaker: { openDuration: "1 day" } })
  yield* Effect.replicateEffect(Effect.exit(without.encryptionKey()), 3)
  yield* tell("work")

  const breaker = yield* Breaker.make({ openDuration: "1 day" })
  yield* Effect.replicateEffect(Effect.exit(breaker.protect("open", Effect.fail("down"))), 3)
  const options = { volumeThreshold: 1, errorThresholdPercentage: 1, resetTimeout: 86_400_000 }
  const opened = new CircuitBreaker(() => Promise.reject(new Error("down")), options)
  for (let failed = 0; failed < 3; failed++) {
    yield* Effect.promise(() => opened.fire().catch(() => undefined))
  }
  const closed = new CircuitBreaker(() => Promise.resolve(1), options)
  if (!opened.opened || closed.opened) return yield* Effect.die("opossum is not where it should be")

  const contenders: ReadonlyArray<Contender> = [
    { what: "a key in hand", name: "Jwks", run: loop(jwks.encryptionKey()) },
    {
      what: "a key in hand",
      name: "createRemoteJWKSet",
      run: awaiting(async () => remote(signature, token)),
    },
    {
      what: "no key, circuit open: refused",
      name: "Jwks",
      run: loop(without.encryptionKey()),
    },
    {
      what: "a call through a closed circuit",
      name: "Breaker",
      run: loop(breaker.protect("closed", Effect.succeed(1))),
    },
    {
      what: "a call through a closed circuit",
      name: "opossum",
      run: awaiting(() => closed.fire()),
    },
    {
      what: "a call that an open circuit refuses",
      name: "Breaker",
      run: loop(breaker.protect("open", Effect.succeed(1))),
    },
    {
      what: "a call that an open circuit refuses",
      name: "opossum",
      run: awaiting(() => opened.fire()),
    },
  ]
  const times = contenders.map(() => [] as Array<number>)
  for (const contender of contenders) yield* measure(contender, callsPerRound / 10)
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      times[index]?.push(yield* measure(contender, callsPerRound))
    }
  }
  const rows = table("", "", "µs each")
  for (const [index, { name, what }] of contenders.entries()) {
    rows.push([what, name, median(times[index] ?? []).toFixed(2)])
  }
  yield* Console.log(rows.toString())
  opened.shutdown()
  closed.shutdown()
}).pipe(Effect.scoped)

const bench = Effect.gen(function* () {
  const fetches = yield* coldStart
  yield* outage
  yield* costs
  yield* Console.log(
    `target (exactly 1 fetch for ${callers.toLocaleString("en")} callers): ${fetches === 1 ? "met" : "MISSED"}`,
  )
})

if (process.argv[2] === "serve") serve()
else {
  bench.pipe(Effect.provideService(References.MinimumLogLevel, "Error"), NodeRuntime.runMain)
}
