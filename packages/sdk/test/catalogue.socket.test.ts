/**
 * Every code of the catalogue, answered by a server over a real socket: the program catches exactly the
 * tag of its row, with `Effect.catchReason`.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Redacted, Schedule } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import type { Fault } from "effect-visa-direct-simulator"
import { AccountPayouts } from "../src/api/AccountPayouts.ts"
import { AliasDirectory } from "../src/api/AliasDirectory.ts"
import { CardAttributes } from "../src/api/CardAttributes.ts"
import { ForeignExchange } from "../src/api/ForeignExchange.ts"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import { Outcome } from "../src/api/Outcome.ts"
import type { OutcomeUnknown } from "../src/api/Outcome.ts"
import { Currency } from "../src/Currency.ts"
import { Pan } from "../src/Pan.ts"
import { Rrn } from "../src/Rrn.ts"
import { Stan } from "../src/Stan.ts"
import type * as VisaDirect from "../src/VisaDirect.ts"
import { catalogue } from "../src/VisaError.ts"
import type { Row, Space, Tag, VisaError } from "../src/VisaError.ts"
import { documentedPull } from "./support/cards.ts"
import { toBank } from "./support/payouts.ts"
import { approvedCard, pushRequest, simulated } from "./support/simulated.ts"

type Call = Effect.Effect<unknown, VisaError | OutcomeUnknown, VisaDirect.Services>

/** A call, and the answer that the server gives to it. */
interface Scene {
  readonly call: Call
  readonly status: number
  readonly body?: unknown
}

const push: Call = Effect.flatMap(pushRequest(), (request) => FundsTransfer.push(request))

const stan = Stan.make("451018")
const rrn = Rrn.make("412770452025")

const reverse: Call = Effect.gen(function* () {
  const pull = yield* documentedPull
  const transmissionDateTime = new Date().toISOString()
  const request = yield* FundsTransfer.reversalOf(pull, {
    _tag: "Approved",
    approvedAmount: pull.amount,
    transactionIdentifier: "234234322342343",
    approvalCode: "98765X",
    transmissionDateTime,
  })
  return yield* FundsTransfer.reverse(request)
})

const cancel: Call = Effect.gen(function* () {
  const { acquiringBin } = yield* pushRequest()
  return yield* FundsTransfer.cancel({
    acquiringBin,
    systemsTraceAuditNumber: yield* stan,
    retrievalReferenceNumber: yield* rrn,
    transactionIdentifier: "234234322342343",
  })
})

const query: Call = Outcome.resume(
  {
    operation: "push",
    acquiringBin: "408999",
    systemsTraceAuditNumber: "451018",
    retrievalReferenceNumber: "412770452025",
    cardAcceptorId: "CA",
    firstSentAt: 0,
    resends: 0,
    lastReason: "ResponseTimeout",
  },
  { polling: Schedule.recurs(0), deadline: "5 seconds" },
)

const quote: Call = Effect.gen(function* () {
  return yield* ForeignExchange.quote({
    rateProductCode: "BANK",
    initiatingPartyId: 1002,
    sourceCurrencyCode: yield* Currency.of("EUR"),
    destinationCurrencyCode: yield* Currency.of("USD"),
  })
})

const attributes: Call = Effect.gen(function* () {
  return yield* CardAttributes.inquire({
    primaryAccountNumber: yield* Pan.make(approvedCard),
    systemsTraceAuditNumber: yield* stan,
    retrievalReferenceNumber: yield* rrn,
  })
})

const resolve: Call = AliasDirectory.resolve({
  alias: Redacted.make("254711001987"),
  businessApplicationId: "PP",
})

const send: Call = Effect.gen(function* () {
  const { senderDetail, ...request } = yield* toBank
  // Which documents a sender may show differs by country; here it is not the point.
  const { identificationList: _, ...sender } = senderDetail
  return yield* AccountPayouts.send({ ...request, senderDetail: sender })
})

const payout: Call = AccountPayouts.query({
  initiatingPartyId: 1002,
  clientReferenceId: "888852397088",
})

const approval = {
  transactionIdentifier: 234234322342343,
  responseCode: "5",
  transmissionDateTime: "2026-11-23T12:00:00.000Z",
}

const payoutBody = (status: string, reasonId?: string) => ({
  transactionDetail: {
    payoutId: "172293713063281",
    clientReferenceId: "888852397088",
    status,
    ...(reasonId === undefined ? {} : { reasonId }),
  },
})

/** `400/3001`, or the code alone. */
const split = (code: string, otherwise: number) => {
  const parts = code.split("/")
  return parts.length === 2
    ? { status: Number(parts[0]), code: parts[1] ?? "" }
    : { status: otherwise, code }
}

const scenes: { readonly [S in Space]: (code: string) => Scene } = {
  action: (actionCode) => ({ call: push, status: 200, body: { ...approval, actionCode } }),
  reversal: (actionCode) => ({ call: reverse, status: 200, body: { ...approval, actionCode } }),
  cancel: (actionCode) => ({ call: cancel, status: 200, body: { ...approval, actionCode } }),
  queryStatus: (statusCode) => ({
    call: query,
    status: 200,
    body: [{ statusCode, transactionIdentifier: "234234322342343" }],
  }),
  // 204 is the alias directory's; the others are anybody's.
  http: (code) => ({ call: code === "204" ? resolve : push, status: Number(code) }),
  gateway: (key) => {
    const { code, status } = split(key, 400)
    return {
      call: push,
      status,
      body: { responseStatus: { status, code, severity: "ERROR", message: "as documented" } },
    }
  },
  fx: (key) => {
    const { code, status } = split(key, 400)
    return {
      call: quote,
      status,
      body: { errorResponse: { status: String(status), reason: code, message: "as documented" } },
    }
  },
  cardAttributes: (key) => {
    const { code, status } = split(key, 400)
    return {
      call: attributes,
      status,
      body: { errorResponse: { reason: code, message: "as documented" } },
    }
  },
  alias: (key) => {
    const { code, status } = split(key, 400)
    return { call: resolve, status, body: { code, reason: "refused", message: "as documented" } }
  },
  payoutStatus: (status) => ({ call: payout, status: 200, body: payoutBody(status) }),
  payoutValidation: (code) => ({
    call: send,
    status: 400,
    body: {
      errorResponse: {
        status: "400",
        reason: "InvalidPayoutRequest",
        message: "as documented",
        details: [{ location: "recipientDetail", message: "as documented", code }],
      },
    },
  }),
  payoutRejection: (id) => ({ call: payout, status: 200, body: payoutBody("REJECTED", id) }),
}

const cases = (Object.entries(catalogue) as ReadonlyArray<[Tag, Row]>).flatMap(([tag, { codes }]) =>
  (Object.entries(codes) as ReadonlyArray<[Space, string]>).map(([space, code]) => ({
    tag,
    space,
    code,
  })),
)

// In clear inside TLS, as a sandbox project without MLE: the bodies are the test's own.
layer(simulated({ mle: "optional" }, { mle: "off" }), {
  timeout: 60_000,
  excludeTestServices: true,
})("the catalogue over a socket", (it) => {
  for (const { code, space, tag } of cases) {
    it.effect(`${space} ${code} is ${tag}`, () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.clearFaults
        const { body, call, status } = scenes[space](code)
        const fault: Fault = {
          kind: "status",
          status,
          ...(body === undefined
            ? {}
            : { body: JSON.stringify(body), contentType: "application/json" }),
        }
        yield* simulator.inject(fault)
        const caught = yield* call.pipe(
          Effect.as("an answer"),
          Effect.catchReason("VisaError", tag, (reason) => Effect.succeed(reason)),
        )
        assert.isObject(caught, "the call succeeded")
        if (typeof caught === "object") assert.strictEqual(caught._tag, tag)
      }),
    )
  }

  it.effect("walks at least 150 codes, of which at least 85 are action codes", () =>
    Effect.sync(() => {
      process.stderr.write(`catalogue: ${cases.length} codes walked over a socket\n`)
      assert.isAtLeast(cases.length, 150)
      assert.isAtLeast(cases.filter(({ space }) => space === "action").length, 85)
    }),
  )
})
