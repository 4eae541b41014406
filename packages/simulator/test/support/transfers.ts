/** Pulls, reversals, adjustments and queries through the {@link Simulator} of the test. */
import { Effect } from "effect"
import type { Simulator } from "../../src/Simulator.ts"
import {
  type Body,
  get,
  newStan,
  opened,
  type Options,
  post,
  queryPath,
  samplePush,
  type Target,
} from "./client.ts"

const root = "/visadirect/fundstransfer"
export const pullPath = `${root}/v1/pullfundstransactions`
export const reversePath = `${root}/v1/reversefundstransactions`
export const multiPath = (kind: "push" | "pull" | "reverse") =>
  `${root}/v1/multi${kind}fundstransactions`
export const cancelPath = `${root}/cancel`
export const adjustmentPath = "/visadirect/v1/adjustment"

export type Overrides = Readonly<Record<string, unknown>>

export interface Answered {
  readonly status: number
  readonly body: Body
  readonly sample: Overrides
}

/** Removes what is `undefined`, as JSON does. */
const written = (body: Overrides): Overrides => JSON.parse(JSON.stringify(body))

export const send = Effect.fnUntraced(function* (
  target: Target,
  path: string,
  body: Overrides,
  options: Options = {},
) {
  const sample = written(body)
  const answer = yield* post(target, path, sample, options)
  return { status: answer.status, body: opened(target, answer), sample } satisfies Answered
})

const acceptor = {
  name: "Visa Inc. USA-Foster City",
  idCode: "ABCD1234ABCD123",
  terminalId: "ABCD1234",
  address: { country: "USA", state: "CA", county: "081", zipCode: "94404" },
}

/** The OpenAPI export's example of an approved pull. */
export const samplePull = (overrides: Overrides = {}): Overrides => ({
  amount: 124.02,
  cavv: "0700100038238906000013405823891061668252",
  localTransactionDateTime: "2023-05-05T12:00:00",
  senderPrimaryAccountNumber: "4060320000000127",
  senderCardExpiryDate: "2023-10",
  senderCurrencyCode: "USD",
  acquiringBin: 408999,
  acquirerCountryCode: 840,
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  retrievalReferenceNumber: "330000560021",
  systemsTraceAuditNumber: newStan(),
  cardAcceptor: acceptor,
  pointOfServiceData: { panEntryMode: 90, posConditionCode: 59, motoECIIndicator: "6" },
  settlementServiceIndicator: 9,
  ...overrides,
})

export const pull = (target: Target, overrides: Overrides = {}, options: Options = {}) =>
  send(target, pullPath, samplePull(overrides), options)

/** What undoes a pull that was answered. */
export const reversalOf = (pulled: Answered, overrides: Overrides = {}): Overrides => ({
  amount: pulled.sample["amount"],
  transactionIdentifier: pulled.body.transactionIdentifier,
  originalDataElements: {
    acquiringBin: pulled.sample["acquiringBin"],
    approvalCode: pulled.body.approvalCode,
    transmissionDateTime: String(pulled.body.transmissionDateTime).slice(0, 19),
    systemsTraceAuditNumber: pulled.sample["systemsTraceAuditNumber"],
  },
  localTransactionDateTime: "2023-05-05T12:30:00",
  senderPrimaryAccountNumber: pulled.sample["senderPrimaryAccountNumber"],
  senderCardExpiryDate: "2023-10",
  senderCurrencyCode: "USD",
  acquiringBin: pulled.sample["acquiringBin"],
  acquirerCountryCode: 840,
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  retrievalReferenceNumber: pulled.sample["retrievalReferenceNumber"],
  systemsTraceAuditNumber: pulled.sample["systemsTraceAuditNumber"],
  cardAcceptor: acceptor,
  ...overrides,
})

export const reverse = (target: Target, pulled: Answered, overrides: Overrides = {}) =>
  send(target, reversePath, reversalOf(pulled, overrides))

/** Gives back a pull after the reversal's 24 hours. */
const sampleAdjustment = (original: Answered, overrides: Overrides = {}): Overrides => ({
  amount: original.sample["amount"],
  transactionIdentifier: original.body.transactionIdentifier,
  messageReasonCode: 2140,
  transactionTypeCode: 22,
  localTransactionDateTime: "2023-05-07T12:00:00",
  senderPrimaryAccountNumber: "4060320000000127",
  senderCurrencyCode: "USD",
  acquiringBin: 408999,
  acquirerCountryCode: 840,
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  retrievalReferenceNumber: 433122895499,
  systemsTraceAuditNumber: newStan(),
  cardAcceptor: acceptor,
  pointOfServiceData: { panEntryMode: "01", posConditionCode: "00" },
  ...overrides,
})

export const adjust = (target: Target, original: Answered, overrides: Overrides = {}) =>
  send(target, adjustmentPath, sampleAdjustment(original, overrides))

/** A push that Visa holds. */
export const hold = (
  target: Target,
  path: string,
  requestType: string,
  overrides: Overrides = {},
) =>
  send(
    target,
    path,
    samplePush({
      systemsTraceAuditNumber: newStan(),
      serviceProcessingType: { requestType },
      ...overrides,
    }),
  )

/** Rows of the Transaction Query; none when it answers with a message. */
export const rowsOf = Effect.fnUntraced(function* (
  target: Target,
  parameters: Readonly<Record<string, string | number>>,
) {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries({ acquiringBIN: 408999, ...parameters })) {
    search.set(name, String(value))
  }
  const body: unknown = opened(target, yield* get(target, `${queryPath}?${search}`))
  return Array.isArray(body) ? (body as ReadonlyArray<Body>) : []
})

/** Sums of the money that moved, as `direction: amount` in US dollars. */
export const moneyIn = (simulator: Simulator["Service"]) =>
  Effect.map(simulator.stats, ({ ledger }) =>
    Object.fromEntries(
      Object.entries(ledger.money).flatMap(([direction, sums]) => {
        const sum = sums["USD"]
        return sum === undefined ? [] : [[direction, sum.amount]]
      }),
    ),
  )
