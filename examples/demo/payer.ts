/**
 * The process that the demo kills. It makes one payout on an engine that keeps payouts in a folder,
 * prints every event of it as a line of JSON, and in the end how it ended.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer, Logger, Redacted, Schedule, Stream } from "effect"
import {
  AcquiringBin,
  Country,
  Ledger,
  Money,
  Pan,
  Payout,
  Payouts,
  VisaDirect,
} from "effect-visa-direct"
import * as Engine from "effect-visa-direct/payouts/Engine"
import { fromFiles } from "./credentials.ts"
import type { PayerSettings } from "./survival.ts"
import { readFileSync } from "node:fs"
import { join } from "node:path"

const settings = JSON.parse(process.env["DEMO_PAYER"] ?? "{}") as PayerSettings

const { dir, url } = settings.simulator
// The simulator writes it beside the files that it names.
const issued = JSON.parse(readFileSync(join(dir, "credentials.json"), "utf8")) as Parameters<
  typeof fromFiles
>[0]["credentials"]

const say = (line: object) =>
  Effect.sync(() => void process.stdout.write(`${JSON.stringify(line)}\n`))

const engine = Layer.unwrap(
  Effect.gen(function* () {
    const country = yield* Country.of("US")
    return Engine.layerEmbedded({
      folder: settings.folder,
      vault: { key: Redacted.make(settings.vaultKey) },
      fingerprint: { key: Redacted.make(settings.fingerprintKey) },
      asking: { polling: Schedule.spaced("200 millis") },
      originator: {
        acquiringBin: yield* AcquiringBin.make("408999"),
        country,
        cardAcceptor: {
          name: "Acme Payouts",
          idCode: "ACME-01",
          terminalId: "TID-9999",
          address: { country, state: "CA", county: "San Mateo", zipCode: "94404" },
        },
      },
    })
  }),
)

const visa = VisaDirect.layer({
  environment: "sandbox",
  baseUrl: url,
  credentials: fromFiles({ credentials: issued, dir }),
})

const pay = Effect.gen(function* () {
  const us = yield* Country.of("US")
  const ledger = yield* Ledger
  yield* ledger.deposit({
    entry: "wire 1",
    account: "payouts-usd",
    amount: yield* Money.of("1000.00", "USD"),
  })
  const payout = Payout.make(settings.key).pipe(
    Payout.amount(yield* Money.of(settings.amount, "USD")),
    Payout.from(Payout.ledger("payouts-usd")),
    Payout.to(Payout.card(yield* Pan.make("4060320000000127"))),
    Payout.corridor(Payout.domestic(us)),
    Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
    Payout.sender({
      companyName: "Acme Inc.",
      address: { country: us, line1: "901 Metro Center Blvd", city: "Foster City", state: "CA" },
    }),
  )
  yield* Effect.forkChild(
    Stream.runForEach(Payouts.events(settings.key), ({ _tag }) => say({ event: _tag })),
  )
  const settled = yield* Payouts.execute(payout)
  yield* say({
    settled: {
      via: settled.via,
      transactionIdentifier: settled.transactionIdentifier,
      stan: settled.systemsTraceAuditNumber,
    },
    balance: yield* ledger.balance("payouts-usd", (yield* Money.of("1", "USD")).currency),
  })
})

pay.pipe(
  Effect.provide(Layer.provideMerge(engine, Layer.provideMerge(visa, Logger.layer([])))),
  NodeRuntime.runMain,
)
