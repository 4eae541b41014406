/**
 * Every endpoint, over a real socket against the simulator: the call succeeds there, and what arrived is
 * to the member what the reference's samples say. The project is one without message level encryption, so
 * that the ledger holds the body as it was sent; that bodies are encrypted is the business of wire.test.ts.
 */
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Redacted, Stream } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import { AccountPayouts } from "../src/api/AccountPayouts.ts"
import { AliasDirectory } from "../src/api/AliasDirectory.ts"
import { CardAttributes } from "../src/api/CardAttributes.ts"
import { CardValidation } from "../src/api/CardValidation.ts"
import { ForeignExchange } from "../src/api/ForeignExchange.ts"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import type { PullRequest, PushRequest } from "../src/api/FundsTransfer.ts"
import { Reports } from "../src/api/Reports.ts"
import { TransactionQuery } from "../src/api/TransactionQuery.ts"
import { WatchList } from "../src/api/WatchList.ts"
import { AcquiringBin } from "../src/AcquiringBin.ts"
import { Country } from "../src/Country.ts"
import { Currency } from "../src/Currency.ts"
import { Money } from "../src/Money.ts"
import { Pan } from "../src/Pan.ts"
import { Rrn } from "../src/Rrn.ts"
import { Stan } from "../src/Stan.ts"
import { TransactionIdentity } from "../src/TransactionIdentity.ts"
import { json, toListedBank, toListedBankBody } from "./support/payouts.ts"
import {
  approvedCard,
  pullRequest,
  pushRequest,
  senderCard,
  simulated,
} from "./support/simulated.ts"

/** The newest request that the simulator has seen. */
const arrived = Effect.gen(function* () {
  const simulator = yield* Simulator
  const entry = (yield* simulator.ledger.entries()).at(-1)
  return {
    method: entry?.method,
    path: entry?.path,
    body: entry?.wireBody === undefined ? undefined : JSON.parse(entry.wireBody),
  }
})

const expectArrival = Effect.fnUntraced(function* (method: string, path: string, body?: unknown) {
  const seen = yield* arrived
  assert.strictEqual(seen.method, method)
  assert.strictEqual(seen.path?.split("?")[0], path)
  if (body !== undefined) assert.deepStrictEqual(json(seen.body), json(body))
})

const acceptor = {
  name: "Visa Inc. USA-Foster City",
  idCode: "CA-IDCode-77765",
  terminalId: "TID-9999",
  address: { country: "USA", state: "CA", county: "San Mateo", zipCode: "94404" },
}

/** The part of a card request that differs from call to call. */
const identityOf = (request: PushRequest | PullRequest) => ({
  systemsTraceAuditNumber: request.systemsTraceAuditNumber,
  retrievalReferenceNumber: request.retrievalReferenceNumber,
  localTransactionDateTime: request.localTransactionDateTime,
})

const pushBody = (request: PushRequest) => ({
  ...identityOf(request),
  acquiringBin: 408999,
  acquirerCountryCode: "840",
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  cardAcceptor: acceptor,
  recipientPrimaryAccountNumber: approvedCard,
  recipientName: "rohan",
  senderAccountNumber: senderCard,
  senderName: "Mohammed Qasim",
  senderAddress: "901 Metro Center Blvd",
  senderCity: "Foster City",
  senderStateCode: "CA",
  senderCountryCode: "840",
  sourceOfFundsCode: "05",
  amount: 124.05,
  transactionCurrencyCode: "USD",
})

const pullBody = (request: PullRequest) => ({
  ...identityOf(request),
  acquiringBin: 408999,
  acquirerCountryCode: "840",
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  cardAcceptor: acceptor,
  pointOfServiceData: { panEntryMode: 90, posConditionCode: "59", motoECIIndicator: "6" },
  cavv: "0700100038238906000013405823891061668252",
  senderCardExpiryDate: "2033-10",
  senderPrimaryAccountNumber: approvedCard,
  amount: 124.02,
  senderCurrencyCode: "USD",
})

const cards = "/visadirect/fundstransfer/v1"

layer(simulated({ mle: "optional" }, { mle: "off" }), {
  timeout: 120_000,
  excludeTestServices: true,
})("every endpoint", (it) => {
  it.effect("push and its status", () =>
    Effect.gen(function* () {
      const request = yield* pushRequest()
      yield* FundsTransfer.push(request)
      yield* expectArrival("POST", `${cards}/pushfundstransactions`, pushBody(request))

      const slow = yield* Effect.flip(
        FundsTransfer.push(yield* pushRequest(), { transactionTimeout: "1 millis" }),
      )
      const id = slow.reason.statusIdentifier ?? assert.fail(slow.message)
      const settled = yield* FundsTransfer.pushStatus(id)
      assert.strictEqual(settled.actionCode, "00")
      yield* expectArrival("GET", `${cards}/pushfundstransactions/${id}`)
    }),
  )

  it.effect("pull, its status, and its reversal", () =>
    Effect.gen(function* () {
      const request = yield* pullRequest
      const pulled = yield* FundsTransfer.pull(request)
      yield* expectArrival("POST", `${cards}/pullfundstransactions`, pullBody(request))

      const reversal = yield* FundsTransfer.reversalOf(request, pulled)
      const reversed = yield* FundsTransfer.reverse(reversal)
      assert.strictEqual(reversed.actionCode, "00")
      const { path, method, body } = yield* arrived
      assert.strictEqual(method, "POST")
      assert.strictEqual(path, `${cards}/reversefundstransactions`)
      assert.deepInclude(body, {
        systemsTraceAuditNumber: request.systemsTraceAuditNumber,
        retrievalReferenceNumber: request.retrievalReferenceNumber,
        transactionIdentifier: Number(pulled.transactionIdentifier),
        amount: 124.02,
        senderCurrencyCode: "USD",
        originalDataElements: {
          systemsTraceAuditNumber: request.systemsTraceAuditNumber,
          acquiringBin: 408999,
          approvalCode: pulled.approvalCode,
          transmissionDateTime: pulled.transmissionDateTime?.slice(0, 19),
        },
      })

      const slowPull = yield* pullRequest
      const slow = yield* Effect.flip(
        FundsTransfer.pull(slowPull, { transactionTimeout: "1 millis" }),
      )
      const id = slow.reason.statusIdentifier ?? assert.fail(slow.message)
      const late = yield* FundsTransfer.pullStatus(id, slowPull.amount)
      assert.strictEqual(late.actionCode, "00")
      yield* expectArrival("GET", `${cards}/pullfundstransactions/${id}`)

      const again = yield* FundsTransfer.reversalOf(slowPull, late)
      const slowReversal = yield* Effect.flip(
        FundsTransfer.reverse(again, { transactionTimeout: "1 millis" }),
      )
      const reversalId = slowReversal.reason.statusIdentifier ?? assert.fail(slowReversal.message)
      assert.strictEqual((yield* FundsTransfer.reverseStatus(reversalId)).actionCode, "00")
      yield* expectArrival("GET", `${cards}/reversefundstransactions/${reversalId}`)
    }),
  )

  it.effect("batches of pushes, pulls and reversals, matched by STAN", () =>
    Effect.gen(function* () {
      const pushes = [yield* pushRequest(), yield* pushRequest()]
      const batch = yield* FundsTransfer.multiPush({ request: pushes })
      yield* expectArrival("POST", `${cards}/multipushfundstransactions`)
      const result = yield* FundsTransfer.multiPushStatus(batch)
      assert.deepStrictEqual(
        result.items.map(({ systemsTraceAuditNumber }) => systemsTraceAuditNumber),
        pushes.map(({ systemsTraceAuditNumber }) => systemsTraceAuditNumber),
      )
      yield* expectArrival("GET", `${cards}/multipushfundstransactions/${batch.statusIdentifier}`)

      const pulls = [yield* pullRequest, yield* pullRequest]
      const pullBatch = yield* FundsTransfer.multiPull({ request: pulls })
      yield* expectArrival("POST", `${cards}/multipullfundstransactions`)
      yield* FundsTransfer.multiPullStatus(pullBatch)
      yield* expectArrival(
        "GET",
        `${cards}/multipullfundstransactions/${pullBatch.statusIdentifier}`,
      )

      const pull = yield* pullRequest
      const pulled = yield* FundsTransfer.pull(pull)
      const reversals = yield* FundsTransfer.multiReverse({
        request: [yield* FundsTransfer.reversalOf(pull, pulled)],
      })
      yield* expectArrival("POST", `${cards}/multireversefundstransactions`)
      yield* FundsTransfer.multiReverseStatus(reversals)
      yield* expectArrival(
        "GET",
        `${cards}/multireversefundstransactions/${reversals.statusIdentifier}`,
      )
    }),
  )

  it.effect("cancelling a deferred push", () =>
    Effect.gen(function* () {
      const request: PushRequest = {
        ...(yield* pushRequest()),
        serviceProcessingType: { requestType: "02" },
      }
      const accepted = yield* FundsTransfer.push(request)
      yield* FundsTransfer.cancel({
        acquiringBin: request.acquiringBin,
        systemsTraceAuditNumber: request.systemsTraceAuditNumber,
        retrievalReferenceNumber: request.retrievalReferenceNumber,
        transactionIdentifier: accepted.transactionIdentifier,
      })
      yield* expectArrival("POST", "/visadirect/fundstransfer/cancel", {
        acquiringBin: 408999,
        systemsTraceAuditNumber: request.systemsTraceAuditNumber,
        retrievalReferenceNumber: request.retrievalReferenceNumber,
        transactionIdentifier: Number(accepted.transactionIdentifier),
      })
    }),
  )

  it.effect("an adjustment of a pull", () =>
    Effect.gen(function* () {
      const request = yield* pullRequest
      const pulled = yield* FundsTransfer.pull(request)
      const identities = yield* TransactionIdentity
      const identity = yield* identities.next({
        acquiringBin: request.acquiringBin,
        terminalId: "TID-9999",
      })
      yield* FundsTransfer.adjustment({
        ...identity,
        amount: request.amount,
        acquiringBin: request.acquiringBin,
        acquirerCountryCode: request.acquirerCountryCode,
        businessApplicationId: "AA",
        merchantCategoryCode: 6012,
        cardAcceptor: request.cardAcceptor,
        messageReasonCode: 2140,
        transactionTypeCode: "22",
        pointOfServiceData: { panEntryMode: 90, posConditionCode: "59" },
        transactionIdentifier: pulled.transactionIdentifier,
        senderPrimaryAccountNumber: yield* Pan.make(approvedCard),
      })
      yield* expectArrival("POST", "/visadirect/v1/adjustment")
    }),
  )

  it.effect("the transaction query", () =>
    Effect.gen(function* () {
      const request = yield* pushRequest()
      yield* FundsTransfer.push(request)
      const [record] = yield* TransactionQuery.find(request)
      assert.strictEqual(record?.actionCode, "00")
      yield* expectArrival("GET", "/visadirect/v1/transactionquery")
    }),
  )

  it.effect("account payouts: validate, send, query, cancel, verify", () =>
    Effect.gen(function* () {
      const payout = yield* toListedBank
      const expected = toListedBankBody
      yield* AccountPayouts.validate(payout)
      yield* expectArrival("POST", "/visapayouts/v3/payouts/validate", expected)
      const sent = yield* AccountPayouts.send(payout)
      yield* expectArrival("POST", "/visapayouts/v3/payouts", expected)
      const selector = { initiatingPartyId: 1002, clientReferenceId: "888852397088" }
      const found = yield* AccountPayouts.query(selector)
      assert.strictEqual(found.payoutId, sent.payoutId)
      yield* expectArrival("GET", "/visapayouts/v3/payouts")
      yield* AccountPayouts.cancel(selector)
      yield* expectArrival("DELETE", "/visapayouts/v3/payouts")
    }),
  )

  it.effect("foreign exchange: daily, indicative, live and quoted", () =>
    Effect.gen(function* () {
      const [usd, gbp, eur, rub] = yield* Effect.all(
        ["USD", "GBP", "EUR", "RUB"].map((code) => Currency.of(code)),
      )
      if (!usd || !gbp || !eur || !rub) return assert.fail("currencies")
      const daily = yield* ForeignExchange.rate({
        sourceAmount: yield* Money.of("100.00", "RUB"),
        destinationCurrencyCode: usd,
        markupRate: "1",
      })
      assert.strictEqual(daily.markupRateApplied, "1")
      yield* expectArrival("POST", "/forexrates/v1/foreignexchangerates")

      yield* ForeignExchange.indicative({
        rateProductCode: "A",
        sourceAmount: yield* Money.of("100.55", "USD"),
        destinationCurrencyCode: gbp,
        markupRate: "0.07",
      })
      yield* expectArrival("POST", "/forexrates/v2/foreignexchangerates", {
        rateProductCode: "A",
        sourceCurrencyCode: "840",
        destinationCurrencyCode: "826",
        sourceAmount: "100.55",
        markupRate: "0.07",
      })

      const quote = yield* ForeignExchange.quote({
        rateProductCode: "BANK",
        initiatingPartyId: 1002,
        sourceCurrencyCode: eur,
        destinationCurrencyCode: usd,
      })
      assert.isFalse(ForeignExchange.isExpired(quote, yield* DateTime.now))
      yield* expectArrival("POST", "/forexrates/v2/foreignexchangerates", {
        rateProductCode: "BANK",
        initiatingPartyId: 1002,
        sourceCurrencyCode: "EUR",
        destinationCurrencyCode: "USD",
        quoteIdRequired: true,
      })
    }),
  )

  it.effect("aliases: both resolutions and the inquiry", () =>
    Effect.gen(function* () {
      const alias = Redacted.make("254711001987")
      const resolved = yield* AliasDirectory.resolve({ alias, businessApplicationId: "PP" })
      assert.strictEqual(resolved.recipientName, "John K Kamau")
      yield* expectArrival("POST", "/visaaliasdirectory/v2/resolve", {
        alias: "254711001987",
        businessApplicationId: "PP",
      })
      yield* AliasDirectory.resolveV1({ alias, businessApplicationId: "PP" })
      yield* expectArrival("POST", "/visaaliasdirectory/v1/resolve", {
        alias: "254711001987",
        businessApplicationId: "PP",
      })
      yield* AliasDirectory.inquire({ aliases: [alias] })
      yield* expectArrival("POST", "/visaaliasdirectory/v1/aliasinquiry", {
        aliases: ["254711001987"],
      })
    }),
  )

  it.effect("card attributes, card validation and the watch list", () =>
    Effect.gen(function* () {
      const us = yield* Country.of("US")
      const acquiringBin = yield* AcquiringBin.make("408999")
      yield* CardAttributes.inquire({
        primaryAccountNumber: yield* Pan.make(approvedCard),
        systemsTraceAuditNumber: yield* Stan.make("451018"),
        retrievalReferenceNumber: yield* Rrn.make("412770452025"),
      })
      yield* expectArrival(
        "POST",
        "/paai/fundstransferattinq/v5/cardattributes/fundstransferinquiry",
        {
          primaryAccountNumber: approvedCard,
          systemsTraceAuditNumber: "451018",
          retrievalReferenceNumber: "412770452025",
        },
      )

      yield* CardValidation.validate({
        primaryAccountNumber: yield* Pan.make("4957030420210462"),
        cardExpiryDate: "2040-10",
        cardCvv2Value: Redacted.make("022"),
        acquiringBin,
        acquirerCountryCode: us,
      })
      yield* expectArrival("POST", "/pav/v1/cardvalidation", {
        primaryAccountNumber: "4957030420210462",
        cardExpiryDate: "2040-10",
        cardCvv2Value: "022",
        acquiringBin: "408999",
        acquirerCountryCode: "840",
      })

      yield* WatchList.legacyInquiry({
        acquirerCountryCode: us,
        acquiringBin,
        address: { city: "Bangalore", cardIssuerCountryCode: yield* Country.of("IN") },
        referenceNumber: "430000367618",
        name: "Mohammed Qasim",
      })
      yield* expectArrival("POST", "/visadirect/watchlistscreening/v1/watchlistinquiry", {
        acquirerCountryCode: "840",
        acquiringBin: "408999",
        address: { city: "Bangalore", cardIssuerCountryCode: "IND" },
        referenceNumber: "430000367618",
        name: "Mohammed Qasim",
      })
    }),
  )

  it.effect("reports", () =>
    Effect.gen(function* () {
      const today = DateTime.formatIsoDateUtc(yield* DateTime.now)
      yield* FundsTransfer.push(yield* pushRequest())
      const rows = yield* Stream.runCollect(
        Reports.transactions({ fromDate: today, toDate: today }),
      )
      assert.isAbove(rows.length, 0)
      yield* expectArrival("GET", "/visadirect/reports/v1/transactiondata")
    }),
  )
})
