/**
 * `pnpm demo`: single payments, credentials that are replaced under many payments, and a payout that
 * survives a kill, through a simulated Visa Direct that runs as its own process, over real mutual TLS
 * and message level encryption. Ends with an error when what the SDK believed differs from what the
 * simulator's ledger holds.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Data, Effect, Layer, Logger, Result, Schedule } from "effect"
import { CertificateStore, Currency, FundsTransfer, Money, VisaDirect } from "effect-visa-direct"
import type { PushRequest, SettledPush, VisaError } from "effect-visa-direct"
import { SimulatorProcess } from "effect-visa-direct-simulator"
import type { LedgerEntry } from "effect-visa-direct-simulator"
import { fromFiles, sandboxPush } from "./credentials.ts"
import * as Report from "./report.ts"
import { rotation } from "./rotation.ts"
import { serverName } from "./serverName.ts"
import { survival } from "./survival.ts"

/** Ends the demo with an error. */
class BeliefsDiffer extends Data.TaggedError("BeliefsDiffer") {
  override readonly message = "The SDK's beliefs differ from the ledger."
}

/** What the program came to believe of one payment. */
interface Belief {
  readonly title: string
  readonly request: PushRequest
  readonly story: ReadonlyArray<Report.Fact>
  readonly paid: boolean
  readonly transactionIdentifier: string | undefined
}

const settledFacts = (settled: SettledPush): ReadonlyArray<Report.Fact> => [
  ["answer", Report.good(`approved, action code ${settled.actionCode}`)],
  ["transaction", settled.transactionIdentifier],
  ...exchangeFacts(settled.exchange),
]

const exchangeFacts = (exchange: SettledPush["exchange"]): ReadonlyArray<Report.Fact> => [
  [
    "on the wire",
    `${exchange.sentBytes} bytes out, ${exchange.receivedBytes} bytes back, encrypted`,
  ],
  ["correlation id", exchange.correlationId],
  ["Visa's id", exchange.visaCorrelationId ?? "none"],
  ["took", `${exchange.durationMillis} ms`],
]

const errorFacts = (error: VisaError): ReadonlyArray<Report.Fact> => [
  [
    "answer",
    Report.bad(
      `${error.reason._tag}${error.reason.code === undefined ? "" : `, action code ${error.reason.code}`}`,
    ),
  ],
  ["meaning", error.reason.row.meaning],
  ["money", error.money === "NotMoved" ? "not moved" : Report.warn("unknown")],
  ["next", error.reason.row.advice],
  ["correlation id", error.context.correlationId ?? "none"],
  ["Visa's id", error.context.visaCorrelationId ?? "none"],
]

const believe = (
  title: string,
  request: PushRequest,
  story: ReadonlyArray<Report.Fact>,
  settled?: SettledPush,
): Belief => ({
  title,
  request,
  story,
  paid: settled !== undefined,
  transactionIdentifier: settled?.transactionIdentifier,
})

const approved = Effect.gen(function* () {
  const request = yield* sandboxPush("4060320000000127", "124.05")
  const settled = yield* FundsTransfer.push(request)
  return believe("A payment that is approved", request, settledFacts(settled), settled)
})

const declined = Effect.gen(function* () {
  const request = yield* sandboxPush("4957030420210496", "75.00")
  const answer = yield* Effect.result(FundsTransfer.push(request))
  return Result.match(answer, {
    onSuccess: (settled) =>
      believe("A payment that is declined", request, settledFacts(settled), settled),
    onFailure: (error) => believe("A payment that is declined", request, errorFacts(error)),
  })
})

/** Visa stops waiting after half a second here, and the issuer takes longer than that. */
const slow = Effect.gen(function* () {
  const request = yield* sandboxPush("4957030420210462", "310.00")
  const title = "A payment that Visa answers with 202, still processing"
  const answer = yield* Effect.result(
    FundsTransfer.push(request, { transactionTimeout: "500 millis" }),
  )
  if (Result.isSuccess(answer))
    return believe(title, request, settledFacts(answer.success), answer.success)
  const error = answer.failure
  const id = error.reason.statusIdentifier
  if (id === undefined) return believe(title, request, errorFacts(error))
  const [settled, polls] = yield* FundsTransfer.pushStatus(id).pipe(
    Effect.retry({
      while: ({ reason }) => reason._tag === "StillProcessing",
      schedule: Schedule.spaced("250 millis"),
    }),
    Effect.timed,
    Effect.map(([took, settled]) => [settled, took] as const),
  )
  return believe(
    title,
    request,
    [
      ...errorFacts(error),
      ["status id", id],
      ["asked until", `decided, ${Report.millis(polls)}`],
      ...settledFacts(settled),
    ],
    settled,
  )
})

const ledgerFacts = (entries: ReadonlyArray<LedgerEntry>): ReadonlyArray<Report.Fact> => {
  const [entry] = entries
  if (entry === undefined) return [["ledger", Report.bad("no such request")]]
  return [
    ["request", `${entry.kind}, HTTP ${entry.httpStatus ?? "none"}`],
    ["action code", entry.actionCode ?? "none"],
    ["transaction", entry.transactionIdentifier ?? "none"],
    ["card", entry.maskedPan ?? "none"],
    ["amount", `${entry.amount ?? "?"} ${entry.currency ?? ""}`],
    [
      "received",
      `${entry.bytesReceived} bytes, ${Object.keys(JSON.parse(entry.wireBody ?? "{}")).join(", ")} only`,
    ],
    ["Visa's id", entry.correlationId],
    ["money moved", entry.moneyMoved ? "yes" : "no"],
  ]
}

const demo = Effect.gen(function* () {
  const simulator = yield* SimulatorProcess
  const store = yield* CertificateStore
  const generation = yield* store.current
  const [certificate] = generation.certificates
  const server = yield* serverName(simulator.url, generation)

  yield* Console.log(
    Report.section("Who talks to whom", [
      ["this client is", certificate?.subject ?? "unknown"],
      ["certificate of", certificate?.issuer ?? "unknown"],
      ["valid until", Report.day(generation.notAfter)],
      ["fingerprint", certificate?.fingerprint256.slice(0, 47) ?? "unknown"],
      ["the server is", server.subject],
      ["at", `${simulator.url}, process ${simulator.pid}, ${server.protocol}`],
      ["MLE Key-ID", simulator.credentials.mle.keyId],
    ]),
  )

  // Declines and slow issuers are the simulator's test cards; this one takes 1.2 seconds.
  yield* simulator.script({
    match: { pan: "4957030420210462" },
    answer: { processingMillis: 1_200 },
  })

  const verdicts: Array<boolean> = []
  for (const payment of [approved, declined, slow]) {
    const belief = yield* payment
    const entries = yield* simulator.ledger.entries({
      stan: belief.request.systemsTraceAuditNumber,
      rrn: belief.request.retrievalReferenceNumber,
    })
    const pushes = entries.filter(({ kind }) => kind === "push")
    const paid = pushes.filter(({ moneyMoved }) => moneyMoved)
    const agrees =
      paid.length === (belief.paid ? 1 : 0) &&
      (!belief.paid || paid[0]?.transactionIdentifier === belief.transactionIdentifier)
    verdicts.push(agrees)
    yield* Console.log(Report.comparison(belief.title, belief.story, ledgerFacts(pushes), agrees))
  }

  const replaced = yield* rotation
  yield* Console.log(
    Report.verdict("Credentials are replaced while payments run", replaced.story, replaced.agrees),
  )
  verdicts.push(replaced.agrees)

  const survived = yield* survival
  yield* Console.log(
    Report.verdict("A payout whose process is killed", survived.story, survived.agrees),
  )
  verdicts.push(survived.agrees)

  const stats = yield* simulator.stats
  const believed = verdicts.every(Boolean)
  const payments = yield* Effect.forEach(
    Object.entries(stats.ledger.payments),
    Effect.fnUntraced(function* ([currency, { amount, count }]) {
      return `${count} of ${yield* Money.fromVisa(amount, yield* Currency.of(currency))}`
    }),
  )
  yield* Console.log(
    Report.section("The ledger in all", [
      ["requests", String(stats.ledger.requests)],
      ["payments", payments.join(", ")],
      [
        "verdict",
        believed
          ? Report.good("the SDK believed what the ledger holds")
          : Report.bad("the SDK and the ledger differ"),
      ],
    ]),
  )
  if (!believed) return yield* new BeliefsDiffer()
})

const live = Layer.unwrap(
  Effect.map(SimulatorProcess, (simulator) =>
    VisaDirect.layer({
      environment: "sandbox",
      baseUrl: simulator.url,
      credentials: fromFiles(simulator),
    }),
  ),
).pipe(Layer.provideMerge(SimulatorProcess.layer({ seed: "demo" })))

demo.pipe(
  // The report is the output; the SDK's own log lines would stand between its tables.
  Effect.provide(Layer.provideMerge(live, Logger.layer([]))),
  NodeRuntime.runMain,
)
