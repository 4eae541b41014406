/** Payouts through the {@link Simulator} of the test. */
import { Effect } from "effect"
import type { SimulatorOptions } from "../../src/Settings.ts"
import { Simulator } from "../../src/Simulator.ts"
import { type Answer, type Body, get, opened, type Options, post, send } from "./client.ts"

export const payoutsPath = "/visapayouts/v3/payouts"
export const ratesPath = "/forexrates/v2/foreignexchangerates"

/** Milliseconds from one status to the next, unless a test says otherwise. */
export const minute = 60_000

/** A simulator of the test's own, as the service that the helpers ask for. */
export const simulated = <A, E>(
  effect: Effect.Effect<A, E, Simulator>,
  options?: SimulatorOptions,
) => Effect.provideServiceEffect(effect, Simulator, Simulator.make(options))

/** How long the client lets Visa wait before it answers 202. */
export const timeout = (millis: number) => ({
  headers: { "x-transaction-timeout-ms": String(millis) },
})

export interface Overrides {
  readonly [name: string]: unknown
}

/** A bank payout out of the published members, with overrides; `undefined` removes. */
export const bankPayout = (
  transactionDetail: Overrides = {},
  bank: Overrides = {},
  rest: Overrides = {},
): Body => ({
  payoutMethod: "B",
  transactionDetail: {
    initiatingPartyId: 1002,
    clientReferenceId: "payout-1",
    businessApplicationId: "FD",
    transactionAmount: 1.5,
    transactionCurrencyCode: "GBP",
    ...transactionDetail,
  },
  senderDetail: {
    type: "C",
    name: "Example Ltd",
    address: { addressLine1: "1 High Street", city: "London", country: "GBR" },
  },
  recipientDetail: {
    type: "I",
    firstName: "Jane",
    lastName: "Roe",
    bank: {
      bankName: "Example Bank",
      accountName: "Jane Roe",
      accountNumber: "31926819",
      accountNumberType: "DEFAULT",
      bankCode: "601613",
      bankCodeType: "SORT_CODE",
      countryCode: "GBR",
      currencyCode: "GBP",
      ...bank,
    },
  },
  ...rest,
})

export const walletPayout = (transactionDetail: Overrides = {}, wallet: Overrides = {}): Body => {
  const { recipientDetail: _bank, ...payout } = bankPayout({
    transactionCurrencyCode: "KES",
    transactionAmount: 2000,
    ...transactionDetail,
  })
  return {
    ...payout,
    payoutMethod: "W",
    recipientDetail: {
      type: "I",
      firstName: "John",
      lastName: "Doe",
      wallet: {
        operatorName: "MPESA",
        accountIdentifier: "+254711001987",
        accountIdentifierType: "PHONENUMBER",
        countryCode: "KEN",
        currencyCode: "KES",
        ...wallet,
      },
    },
  }
}

export interface Told {
  readonly status: number
  readonly text: string
  readonly body: Body
  /** `transactionDetail` of a reply. */
  readonly detail: Body
  /** `errorResponse` of a refusal. */
  readonly error: Body
}

const part = (value: unknown): Body =>
  typeof value === "object" && value !== null ? { ...value } : {}

const told = (simulator: Simulator["Service"], answer: Answer): Told => {
  const body = answer.text.startsWith("{") ? opened(simulator, answer) : {}
  return {
    status: answer.status,
    text: answer.text,
    body,
    detail: part(body["transactionDetail"]),
    error: part(body["errorResponse"]),
  }
}

export const posted = Effect.fnUntraced(function* (path: string, body: Body, options?: Options) {
  const simulator = yield* Simulator
  return told(simulator, yield* post(simulator, path, body, options))
})

export const sent = (body: Body, options?: Options) => posted(payoutsPath, body, options)

const named = (id: string, idType: string, party: number | string) =>
  `${payoutsPath}?id=${id}&idType=${idType}&initiatingPartyId=${party}`

export const queried = Effect.fnUntraced(function* (
  id: string,
  idType = "CLIENT_REFERENCE_ID",
  party: number | string = 1002,
) {
  const simulator = yield* Simulator
  return told(simulator, yield* get(simulator, named(id, idType, party)))
})

export const cancelled = Effect.fnUntraced(function* (id: string, idType = "CLIENT_REFERENCE_ID") {
  const simulator = yield* Simulator
  const headers = { keyid: simulator.credentials.mle.keyId }
  const path = named(id, idType, 1002)
  return told(simulator, yield* send(simulator, "DELETE", path, undefined, { headers }))
})

/** The single entry of `details`. */
export const detailOf = ({ error }: Told): Body => {
  const { details } = error
  return Array.isArray(details) && details.length === 1 ? part(details[0]) : {}
}
