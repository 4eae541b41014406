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
  TransactionIdentity,
  VisaDirect,
} from "effect-visa-direct"
import * as Engine from "effect-visa-direct/payouts/Engine"
import type { PushRequest } from "effect-visa-direct"
import type { Credentials } from "effect-visa-direct-simulator"
import { randomBytes, randomUUID } from "node:crypto"
import { postgresUrl as server } from "./servers.ts"

interface Target {
  readonly url: string
  readonly credentials: Credentials
}

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
  (url) => withServer(`DROP DATABASE IF EXISTS ${url.slice(server.length + 1)} WITH (FORCE)`),
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

/** The SDK, pointed at a simulator. */
export const visa = ({ credentials, url }: Target) =>
  VisaDirect.layer({
    environment: "sandbox",
    baseUrl: url,
    transactionTimeout: "1 second",
    credentials: {
      tls: {
        certificate: credentials.tls.certificateChain,
        privateKey: Redacted.make(credentials.tls.key),
        extraRoots: credentials.tls.serverRoot,
      },
      basic: { userId: credentials.userId, password: Redacted.make(credentials.password) },
      mle: {
        keyId: credentials.mle.keyId,
        serverCertificate: credentials.mle.serverCertificate,
        privateKey: Redacted.make(credentials.mle.clientPrivateKey),
      },
    },
    retry: { reports: "none" },
  })

/** A push as in Visa's documentation, under a fresh identity. */
export const pushRequest = Effect.gen(function* () {
  const identities = yield* TransactionIdentity
  const { acquiringBin, cardAcceptor, country } = yield* originator
  return {
    ...(yield* identities.next({ acquiringBin, terminalId: cardAcceptor.terminalId })),
    amount: yield* Money.of("124.05", "USD"),
    acquiringBin,
    acquirerCountryCode: country,
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    cardAcceptor,
    recipientPrimaryAccountNumber: yield* Pan.make("4060320000000127"),
    senderReference: "INVOICE-77",
    senderName: "Mohammed Qasim",
    senderAddress: "901 Metro Center Blvd",
    senderCity: "Foster City",
    senderStateCode: "CA",
    senderCountryCode: country,
    sourceOfFundsCode: "05",
  } satisfies PushRequest
})

/** Payouts in a database. It asks once, and looks again whenever it is told to. */
export const payoutsOn = (database: string) =>
  deposited.pipe(
    Layer.provideMerge(
      Layer.unwrap(
        Effect.map(originator, (known) =>
          Engine.layerPostgres({
            originator: known,
            database: { url: Redacted.make(database), maxConnections: 5 },
            vault: secret(),
            fingerprint: secret(),
            asking: { polling: Schedule.recurs(1), deadline: "5 seconds" },
            resolver: { every: "200 millis" },
          }),
        ),
      ),
    ),
  )

export const program = (target: Target & { readonly database: string }) =>
  payoutsOn(target.database).pipe(Layer.provideMerge(visa(target)), Layer.orDie)

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
