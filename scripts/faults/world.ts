/** A simulated Visa for each worker, and the real `Payouts` in front of it. */
import { Effect, Layer, Redacted, Schedule } from "effect"
import {
  Compliance,
  DayCounter,
  Payouts,
  Policy,
  Quotes,
  Screening,
  VisaDirect,
} from "effect-visa-direct"
import type { OutcomeOptions, PayoutsOptions } from "effect-visa-direct"
import { Simulator } from "effect-visa-direct-simulator"
import { deposit, originator } from "./payouts.ts"
import { patienceForHeaders, visaTime } from "./strikes.ts"

const longestPause = "300 millis"

/** A second attempt, at once. */
const twice = {
  attempts: 2,
  pauses: Schedule.spaced("5 millis"),
  maxRetryAfter: longestPause,
} as const

const visa = Layer.unwrap(
  Effect.map(Simulator, ({ credentials, url }) =>
    VisaDirect.layer({
      environment: "sandbox",
      baseUrl: url,
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
      transactionTimeout: visaTime,
      headersTimeout: patienceForHeaders,
      retry: { moves: twice, changes: twice, reads: twice, reports: twice },
      rateLimit: { maxWait: longestPause, pause: "50 millis" },
      // A cell is one payout: there is no traffic that would earn the repeats.
      retryBudget: { capacity: 1_000_000 },
      breaker: "off",
    }),
  ),
)

/** Rounds of asking, and not seconds, end an outcome as unknown: a busy machine changes nothing. */
const rounds = Schedule.max([Schedule.spaced("25 millis"), Schedule.recurs(5)])

const options = (asking: OutcomeOptions): Effect.Effect<PayoutsOptions> =>
  Effect.map(originator, (known) => ({
    originator: known,
    asking: { polling: rounds, deadline: "8 seconds", ...asking },
    patience: ["10 millis", "20 millis"],
    inspectCards: true,
    validateCards: true,
  }))

/** A simulated Visa. */
export const simulator = Simulator.layerNoPki({ payouts: { step: 3_600_000 } })

/** What is asked about payouts over a border. */
const rules = Layer.mergeAll(
  Policy.layer(
    Effect.succeed({
      policy: {
        id: "payouts",
        version: "1",
        rules: {
          rails: ["card", "account", "wallet"],
          compliance: "cross-border",
          fxLock: "required",
        },
      },
    }),
  ).pipe(Layer.provide(DayCounter.layerMemory)),
  Compliance.layer().pipe(Layer.provide(Screening.layerWatchList())),
  Quotes.layerMemory(),
)

/** The SDK, and `Payouts` made of the options of the matrix; nothing has met any fault yet. */
export const payoutsOn = <A, E, R>(
  made: (options: PayoutsOptions) => Layer.Layer<A, E, R>,
  asking: OutcomeOptions = {},
) =>
  Layer.effectDiscard(deposit).pipe(
    Layer.provideMerge(Layer.unwrap(Effect.map(options(asking), made))),
    Layer.provideMerge(rules),
    Layer.provideMerge(visa),
  )

export const payouts = (asking?: OutcomeOptions) => payoutsOn(Payouts.layerMemory, asking)
