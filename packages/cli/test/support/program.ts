/** A program that makes payouts, on a database that the command line looks into. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted, Schedule } from "effect"
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
import type { Credentials } from "effect-visa-direct-simulator"
import { randomBytes, randomUUID } from "node:crypto"

const server = "postgres://postgres@127.0.0.1:5432"

const withServer = (statement: string) =>
  Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe(statement)).pipe(
    Effect.provide(PgClient.layer({ url: Redacted.make(`${server}/postgres`), maxConnections: 1 })),
    Effect.orDie,
  )

/** The URL of a new database, which is dropped when the scope closes. */
export const newDatabase = Effect.acquireRelease(
  Effect.suspend(() => {
    const name = `visa_direct_test_${randomUUID().replaceAll("-", "")}`
    return Effect.as(withServer(`CREATE DATABASE ${name}`), `${server}/${name}`)
  }),
  (url) =>
    withServer(`DROP DATABASE IF EXISTS ${url.slice(server.length + 1)} WITH (FORCE)`),
)

const originator = Effect.gen(function* () {
  const country = yield* Country.of("US")
  return {
    acquiringBin: yield* AcquiringBin.make("408999"),
    country,
    cardAcceptor: {
      name: "Acme Payouts",
      idCode: "ACME-01",
      terminalId: "TID-9999",
      address: { country, state: "CA", county: "San Mateo", zipCode: "94404" },
    },
    merchantCategoryCode: 6012,
  }
})

const account = "payouts-usd"

const deposited = Layer.effectDiscard(
  Effect.gen(function* () {
    const ledger = yield* Ledger
    yield* ledger.deposit({ entry: "wire 1", account, amount: yield* Money.of("1000.00", "USD") })
  }),
)

const secret = () => ({ key: Redacted.make(randomBytes(32).toString("base64")) })

/** Asks once, and looks again whenever it is told to. */
export const program = (target: {
  readonly url: string
  readonly credentials: Credentials
  readonly database: string
}) =>
  deposited.pipe(
    Layer.provideMerge(
      Layer.unwrap(
        Effect.map(originator, (known) =>
          Engine.layerPostgres({
            originator: known,
            database: { url: Redacted.make(target.database), maxConnections: 5 },
            vault: secret(),
            fingerprint: secret(),
            asking: { polling: Schedule.recurs(1), deadline: "5 seconds" },
            resolver: { every: "200 millis" },
          }),
        ),
      ),
    ),
    Layer.provideMerge(
      VisaDirect.layer({
        environment: "sandbox",
        baseUrl: target.url,
        credentials: {
          tls: {
            certificate: target.credentials.tls.certificateChain,
            privateKey: Redacted.make(target.credentials.tls.key),
            extraRoots: target.credentials.tls.serverRoot,
          },
          basic: {
            userId: target.credentials.userId,
            password: Redacted.make(target.credentials.password),
          },
          mle: {
            keyId: target.credentials.mle.keyId,
            serverCertificate: target.credentials.mle.serverCertificate,
            privateKey: Redacted.make(target.credentials.mle.clientPrivateKey),
          },
        },
        retry: { reports: "none" },
      }),
    ),
    Layer.orDie,
  )

/** A payout of 10 dollars to a card. */
export const pay = Effect.fnUntraced(function* (key: string) {
  const us = yield* Country.of("US")
  const payout = Payout.make(key).pipe(
    Payout.amount(yield* Money.of("10.00", "USD")),
    Payout.from(Payout.ledger(account)),
    Payout.to(Payout.card(yield* Pan.make("4060320000000127"))),
    Payout.corridor(Payout.domestic(us)),
    Payout.purpose({ businessApplicationId: "FD", sourceOfFunds: "05" }),
    Payout.sender({
      companyName: "Acme Inc.",
      address: { country: us, line1: "901 Metro Center Blvd", city: "Foster City", state: "CA" },
    }),
  )
  return yield* Payouts.execute(payout)
})
