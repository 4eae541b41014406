/**
 * `pnpm bench payout`: what the SDK costs on top of the work that cannot be avoided.
 *
 * `FundsTransfer.push` against a hand-written loop on the same simulator process: one undici pool,
 * `jose`, keys imported once, the same JSON, the same checks of the answer. The two take turns, and the
 * one that begins changes from round to round.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Context, Effect, Layer, References } from "effect"
import { FundsTransfer, VisaDirect } from "effect-visa-direct"
import type { PushRequest } from "effect-visa-direct"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import Table from "cli-table3"
import { CompactEncrypt, compactDecrypt, importPKCS8, importX509 } from "jose"
import { getCACertificates } from "node:tls"
import { Bench } from "tinybench"
import { Pool } from "undici"
import { fromFiles, sandboxPush } from "../examples/demo/credentials.ts"

const concurrencies = [1, 16, 64] as const
const rounds = 8
const pushesPerRound = { 1: 1_000, 16: 2_000, 64: 3_000 } as const

type Push = () => Promise<void>

/** A fresh STAN and RRN for each push: a repeat would be answered as a duplicate. */
const identities = (request: PushRequest) => {
  let count = 0
  const { retrievalReferenceNumber: rrn } = request
  return () => {
    const stan = String(++count % 1_000_000).padStart(6, "0")
    return { stan, rrn: `${rrn.slice(0, 6)}${stan}` }
  }
}

const handWritten = async (simulator: SimulatorProcess["Service"], request: PushRequest) => {
  const { credentials, url } = simulator
  const { mle, tls } = credentials
  const pool = new Pool(url, {
    allowH2: false,
    pipelining: 1,
    connections: 64,
    connect: {
      key: tls.key,
      cert: tls.certificateChain,
      ca: [...getCACertificates("default"), tls.serverRoot],
    },
  })
  const encryptionKey = await importX509(mle.serverCertificate, "RSA-OAEP-256")
  const decryptionKey = await importPKCS8(mle.clientPrivateKey, "RSA-OAEP-256")
  const authorization = `Basic ${Buffer.from(`${credentials.userId}:${credentials.password}`).toString("base64")}`
  const next = identities(request)
  const push: Push = async () => {
    const { rrn, stan } = next()
    const body = JSON.stringify({
      systemsTraceAuditNumber: stan,
      retrievalReferenceNumber: rrn,
      localTransactionDateTime: request.localTransactionDateTime,
      acquiringBin: 408999,
      acquirerCountryCode: "840",
      businessApplicationId: "AA",
      cardAcceptor: {
        name: "Visa Inc. USA-Foster City",
        idCode: "CA-IDCode-77765",
        terminalId: "TID-9999",
        address: { country: "USA", state: "CA", county: "San Mateo", zipCode: "94404" },
      },
      merchantCategoryCode: 6012,
      recipientPrimaryAccountNumber: "4060320000000127",
      senderAccountNumber: "4060320000000126",
      senderAddress: "901 Metro Center Blvd",
      senderCity: "Foster City",
      senderCountryCode: "840",
      senderName: "Mohammed Qasim",
      senderStateCode: "CA",
      sourceOfFundsCode: "05",
      amount: 124.05,
      transactionCurrencyCode: "USD",
    })
    const encData = await new CompactEncrypt(new TextEncoder().encode(body))
      .setProtectedHeader({
        alg: "RSA-OAEP-256",
        enc: "A128GCM",
        kid: mle.keyId,
        // Visa's `iat` is the wall clock in milliseconds.
        iat: Date.now(),
      })
      .encrypt(encryptionKey)
    const response = await pool.request({
      method: "POST",
      path: "/visadirect/fundstransfer/v1/pushfundstransactions",
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        authorization,
        keyid: mle.keyId,
        "x-client-transaction-id": stan,
        "x-request-id": rrn,
        "x-transaction-timeout-ms": "30000",
      },
      body: JSON.stringify({ encData }),
    })
    const reply = (await response.body.json()) as { readonly encData: string }
    const { plaintext } = await compactDecrypt(reply.encData, decryptionKey)
    const answer = JSON.parse(new TextDecoder().decode(plaintext)) as {
      readonly actionCode?: unknown
      readonly transactionIdentifier?: unknown
    }
    if (response.statusCode !== 200 || answer.actionCode !== "00") throw new Error("not approved")
    if (typeof answer.transactionIdentifier !== "number") throw new Error("no transaction")
  }
  return { push, close: () => pool.close() }
}

const throughSdk = (services: Context.Context<VisaDirect.Services>, request: PushRequest): Push => {
  const next = identities(request)
  const push = Context.get(services, FundsTransfer).push
  const run = Effect.runPromiseWith(services)
  return async () => {
    const { rrn, stan } = next()
    await run(
      push({
        ...request,
        systemsTraceAuditNumber: stan as PushRequest["systemsTraceAuditNumber"],
        retrievalReferenceNumber: rrn as PushRequest["retrievalReferenceNumber"],
        clientTransactionId: stan,
      }),
    )
  }
}

interface Round {
  readonly perSecond: number
  readonly samples: ReadonlyArray<number>
}

const measure = async (name: string, push: Push, concurrency: 1 | 16 | 64): Promise<Round> => {
  const bench = new Bench({
    concurrency: "task",
    threshold: concurrency,
    iterations: pushesPerRound[concurrency],
    time: 0,
    warmup: false,
    retainSamples: true,
    throws: true,
  })
  bench.add(name, push)
  const started = bench.now()
  await bench.run()
  const seconds = (bench.now() - started) / 1_000
  const result = bench.tasks[0]?.result
  if (result === undefined || !("latency" in result)) throw new Error(`${name} did not run`)
  return {
    perSecond: pushesPerRound[concurrency] / seconds,
    samples: result.latency.samples ?? [],
  }
}

const quantile = (samples: ReadonlyArray<number>, q: number): number =>
  samples[Math.min(samples.length - 1, Math.floor(q * samples.length))] ?? Number.NaN

const median = (values: ReadonlyArray<number>): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )

interface Figures {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

const figuresOf = ({ perSecond, samples }: Round): Figures => {
  const sorted = samples.toSorted((a, b) => a - b)
  return { perSecond, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

/** The median over the rounds, figure by figure. */
const typical = (figures: ReadonlyArray<Figures>): Figures => ({
  perSecond: median(figures.map(({ perSecond }) => perSecond)),
  p50: median(figures.map(({ p50 }) => p50)),
  p99: median(figures.map(({ p99 }) => p99)),
})

/**
 * Both sides of a round ran within seconds of each other, so their ratio says more than a ratio of
 * medians: what the machine did in between is in neither.
 */
const ratios = (a: ReadonlyArray<Figures>, b: ReadonlyArray<Figures>): Figures =>
  typical(
    a.flatMap((ours, round) => {
      const theirs = b[round]
      return theirs === undefined
        ? []
        : [
            {
              perSecond: ours.perSecond / theirs.perSecond,
              p50: ours.p50 / theirs.p50,
              p99: ours.p99 / theirs.p99,
            },
          ]
    }),
  )

const bench = Effect.gen(function* () {
  const simulator = yield* SimulatorProcess
  const services = yield* Effect.context<VisaDirect.Services>()
  const request = yield* sandboxPush("4060320000000127", "124.05")
  const sdk = throughSdk(services, request)
  const hand = yield* Effect.acquireRelease(
    Effect.promise(() => handWritten(simulator, request)),
    ({ close }) => Effect.promise(close),
  )
  const forget = simulator.ledger.clear

  yield* Console.log("warming up both")
  for (const push of [sdk, hand.push]) {
    for (let round = 0; round < 3; round++)
      yield* Effect.promise(() => measure("warm-up", push, 64))
    yield* forget
  }

  const table = new Table({
    head: ["concurrency", "", "per second", "p50 ms", "p99 ms"],
    style: { head: [], border: [] },
    colAligns: ["right", "left", "right", "right", "right"],
  })
  const targets: Array<string> = []
  for (const concurrency of concurrencies) {
    const results = { sdk: [] as Array<Round>, hand: [] as Array<Round> }
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? (["sdk", "hand"] as const) : (["hand", "sdk"] as const)
      for (const who of order) {
        const push = who === "sdk" ? sdk : hand.push
        results[who].push(yield* Effect.promise(() => measure(who, push, concurrency)))
        yield* forget
      }
      yield* Console.log(`concurrency ${concurrency}: round ${round + 1} of ${rounds}`)
    }
    const ours = results.sdk.map(figuresOf)
    const theirs = results.hand.map(figuresOf)
    const ratio = ratios(ours, theirs)
    const row = (
      name: string,
      { p50, p99, perSecond }: Figures,
      digits: readonly [number, number],
    ) =>
      table.push([
        concurrency,
        name,
        perSecond.toFixed(digits[0]),
        p50.toFixed(digits[1]),
        p99.toFixed(digits[1]),
      ])
    row("FundsTransfer.push", typical(ours), [0, 2])
    row("hand-written loop", typical(theirs), [0, 2])
    row("ratio", ratio, [2, 2])
    const met = ratio.perSecond >= 0.9 && ratio.p99 <= 1.15
    targets.push(`concurrency ${concurrency}: ${met ? "met" : "MISSED"}`)
  }
  yield* Console.log(table.toString())
  yield* Console.log(
    `targets (at least 0.90 of the throughput, at most 1.15 of the p99): ${targets.join(", ")}`,
  )
}).pipe(Effect.scoped)

const live = Layer.unwrap(
  Effect.map(SimulatorProcess, (simulator) =>
    VisaDirect.layer({
      environment: "sandbox",
      baseUrl: simulator.url,
      credentials: fromFiles(simulator),
    }),
  ),
).pipe(Layer.provideMerge(SimulatorProcess.layer({ keep: 100, seed: "bench" })))

bench.pipe(
  Effect.provide(live),
  Effect.provideService(References.MinimumLogLevel, "Warn"),
  NodeRuntime.runMain,
)
