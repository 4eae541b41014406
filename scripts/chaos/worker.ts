/**
 * The process that chaos kills. In the mode `pay` it makes payouts until it is killed; in the mode
 * `finish` it brings those that were begun to an end, prints what it believes of each, and exits.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Duration, Effect, Layer, Logger, Option, Redacted, Schedule, Stream } from "effect"
import { Claims, Ledger, Money, Payouts, VisaDirect, WorkList } from "effect-visa-direct"
import * as Engine from "effect-visa-direct/payouts/Engine"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { account, deposited, keyOf, originator, payoutOf } from "./plan.ts"
import type { Belief, WorkerSettings } from "./plan.ts"

const settings = JSON.parse(process.env["CHAOS_WORKER"] ?? "{}") as WorkerSettings

const say = (line: object) =>
  Effect.sync(() => void process.stdout.write(`${JSON.stringify(line)}\n`))

const { dir, url } = settings.simulator
const issued = JSON.parse(readFileSync(join(dir, "credentials.json"), "utf8")) as {
  readonly userId: string
  readonly password: string
  readonly mle: { readonly keyId: string }
}

const visa = VisaDirect.layer({
  environment: "sandbox",
  baseUrl: url,
  transactionTimeout: "1 second",
  headersTimeout: "1500 millis",
  credentials: {
    tls: {
      certificate: { path: join(dir, "cert.pem") },
      privateKey: { path: join(dir, "privateKey.pem") },
      extraRoots: { path: join(dir, "server_root.pem") },
    },
    basic: { userId: issued.userId, password: Redacted.make(issued.password) },
    mle: {
      keyId: issued.mle.keyId,
      serverCertificate: { path: join(dir, `server_cert_${issued.mle.keyId}.pem`) },
      privateKey: { path: join(dir, `key_${issued.mle.keyId}.pem`) },
    },
  },
})

/** Claims that take their time, so that a signal can strike between claiming and sending. */
const slowClaims = Layer.effect(
  Claims,
  Effect.map(Claims, (claims) =>
    Claims.of({
      ...claims,
      claim: (request) =>
        Effect.tap(claims.claim(request), (answer) =>
          answer._tag === "Claimed" && request.namespace === "payout.push"
            ? Effect.andThen(
                say({ claimed: request.key, token: answer.claim.token }),
                Effect.sleep(settings.claimMillis),
              )
            : Effect.void,
        ),
    }),
  ),
)

const engine = Layer.unwrap(
  Effect.map(originator, (known) => {
    const options = {
      originator: known,
      vault: { key: Redacted.make(settings.vaultKey) },
      fingerprint: { key: Redacted.make(settings.fingerprintKey) },
      lease: Duration.millis(settings.leaseMillis),
      patience: ["200 millis", "1 second"],
      asking: { polling: Schedule.spaced("100 millis"), deadline: "3 seconds" },
      resolver: { every: "1 second" },
    } as const
    const database = { url: Redacted.make(settings.database), maxConnections: 10 }
    switch (settings.engine) {
      case "pglite":
        return Engine.layerEmbedded({ ...options, folder: settings.database })
      case "postgres":
        // The parent starts one worker after the other.
        return Engine.layerPostgres({ ...options, database, owner: "chaos" })
      case "cluster":
        return Engine.layerCluster({
          ...options,
          database,
          ...(settings.claimMillis > 0 ? { overrides: slowClaims } : {}),
          host: "127.0.0.1",
          port: settings.port,
          takeOverAfter: "3 seconds",
        })
    }
  }),
)

/** Says when the transport broke a request off because its claim was lost. */
const fenceLogger = Logger.make(({ message }) => {
  if (String(message).includes("ClaimLost"))
    process.stdout.write(`${JSON.stringify({ fenced: true })}\n`)
})

const deposit = Effect.gen(function* () {
  const ledger = yield* Ledger
  yield* ledger.deposit({
    entry: "float",
    account,
    amount: yield* Money.fromMinor(deposited, "USD"),
  })
})

const pay = (index: number) =>
  Effect.gen(function* () {
    const payout = yield* payoutOf(index)
    yield* say({ begin: index })
    yield* Effect.exit(Payouts.execute(payout))
  })

const believe = Effect.fnUntraced(function* (index: number) {
  const found = yield* Payouts.poll(keyOf(index))
  const belief: Belief = Option.match(found, {
    onNone: (): Belief => ({ index, state: "None" }),
    onSome: (state): Belief => ({
      index,
      state: state._tag,
      detail:
        state._tag === "PayoutUnknown"
          ? `${state.step}: ${state.reason}`
          : "error" in state
            ? `${state.step}: ${state.error.reason._tag}`
            : undefined,
    }),
  })
  return belief
})

const finish = Effect.gen(function* () {
  const indices = settings.ranges.flatMap(({ from, until }) =>
    Array.from({ length: until - from }, (_, at) => from + at),
  )
  // Whoever was waiting for an answer when the process died asks again under the same key.
  yield* Effect.forEach(
    indices,
    (index) => Effect.flatMap(payoutOf(index), (payout) => Effect.exit(Payouts.execute(payout))),
    { concurrency: settings.concurrency, discard: true },
  )
  const list = yield* WorkList
  for (let round = 0; round < 3; round++) {
    const open = yield* list.list()
    if (open.length === 0) break
    yield* Effect.forEach(open, ({ payout }) => Effect.ignore(WorkList.askNow(payout)), {
      concurrency: 8,
      discard: true,
    })
    yield* Effect.sleep("4 seconds")
  }
  const beliefs = yield* Effect.forEach(indices, believe, { concurrency: 8 })
  const ledger = yield* Ledger
  const usd = (yield* Money.of("1", "USD")).currency
  yield* say({ beliefs, balance: yield* ledger.balance(account, usd) })
})

const payForEver = Stream.iterate(settings.from, (index) => index + 1).pipe(
  Stream.mapEffect(pay, { concurrency: settings.concurrency, unordered: true }),
  Stream.runDrain,
)

const main = Effect.gen(function* () {
  yield* deposit
  yield* say({ ready: process.pid })
  yield* settings.mode === "pay" ? payForEver : finish
})

main.pipe(
  Effect.provide(engine.pipe(Layer.provide(visa), Layer.provideMerge(Logger.layer([fenceLogger])))),
  NodeRuntime.runMain,
)
