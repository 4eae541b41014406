/**
 * Every operation, over a real socket against the simulator: the call succeeds there, and what arrived
 * is what the reference's samples say: method, path, query, every header, and every member of the body
 * as it was after decryption, which holds nothing else. A body is compared by value and not by the order
 * of its members, which JSON gives no meaning; apart from that order, its bytes are the ones that
 * follow from the value.
 */
import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Redacted, Stream } from "effect"
import { Simulator } from "effect-visa-direct-simulator"
import * as Sdk from "../src/index.ts"
import { AcquiringBin } from "../src/AcquiringBin.ts"
import { AccountPayouts } from "../src/api/AccountPayouts.ts"
import { AliasDirectory } from "../src/api/AliasDirectory.ts"
import { CardAttributes } from "../src/api/CardAttributes.ts"
import { CardValidation } from "../src/api/CardValidation.ts"
import { Connectivity } from "../src/api/Connectivity.ts"
import { ForeignExchange } from "../src/api/ForeignExchange.ts"
import { FundsTransfer } from "../src/api/FundsTransfer.ts"
import type { PullRequest, PushRequest } from "../src/api/FundsTransfer.ts"
import { Reports } from "../src/api/Reports.ts"
import { TransactionQuery } from "../src/api/TransactionQuery.ts"
import { WatchList } from "../src/api/WatchList.ts"
import { Country } from "../src/Country.ts"
import { Currency } from "../src/Currency.ts"
import { Money } from "../src/Money.ts"
import type { Operation } from "../src/Operation.ts"
import { Pan } from "../src/Pan.ts"
import { Rrn } from "../src/Rrn.ts"
import { Stan } from "../src/Stan.ts"
import { guid, jamie, jamieOnTheWire, shop, shopOnTheWire } from "./support/aliasManage.ts"
import { json, toListedBank, toListedBankBody, toWallet, toWalletBody } from "./support/payouts.ts"
import { approvedCard, senderCard, simulated } from "./support/simulated.ts"

interface Arrival {
  readonly method: "GET" | "POST" | "DELETE"
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Absent: none may have come. */
  readonly body?: unknown
  /** Besides those that every request has. */
  readonly headers?: Readonly<Record<string, string>>
  readonly encrypted?: false
}

/** Routes that a test below has seen arrive. */
const seen = new Set<string>()

const routeOf = (method: string, path: string): string => `${method} ${path}`

/** The newest request that the simulator has seen is this one, and nothing of it is anything else. */
const expectArrival = Effect.fnUntraced(function* (expected: Arrival) {
  const { credentials, ledger, port } = yield* Simulator
  const entry = (yield* ledger.entries()).findLast(({ batch }) => batch === undefined)
  const { body: sent = "", headers = {}, query = "" } = entry?.request ?? {}
  assert.strictEqual(entry?.httpStatus === 200 || entry?.httpStatus === 202, true, entry?.problem)
  assert.strictEqual(entry?.method, expected.method)
  assert.strictEqual(entry?.path, expected.path)
  assert.deepStrictEqual(Object.fromEntries(new URLSearchParams(query)), expected.query ?? {})

  const hasBody = expected.body !== undefined
  const { "content-length": length, "x-request-id": correlationId, ...rest } = headers
  assert.match(correlationId ?? "", /^[0-9A-HJKMNP-TV-Z]{26}$/)
  assert.strictEqual(length, hasBody ? String(entry?.bytesReceived) : undefined)
  assert.deepStrictEqual(rest, {
    host: `localhost:${port}`,
    connection: "keep-alive",
    accept: "application/json",
    authorization: "Basic …",
    ...(expected.encrypted === false ? {} : { keyid: credentials.mle.keyId }),
    ...(hasBody ? { "content-type": "application/json" } : {}),
    ...expected.headers,
  })
  assert.strictEqual(entry?.userId, credentials.userId)

  if (hasBody) {
    // Nothing but `encData` went over the wire.
    assert.match(entry?.wireBody ?? "", /^\{"encData":"[\w-]+(\.[\w-]+){4}"\}$/)
    const value: unknown = JSON.parse(sent)
    assert.deepStrictEqual(value, json(expected.body))
    assert.strictEqual(sent, JSON.stringify(value))
  } else {
    assert.strictEqual(sent, "")
  }
  seen.add(
    routeOf(
      expected.method,
      expected.path.replace(/(transactions)\/[^/]+$/, "$1/{statusIdentifier}"),
    ),
  )
})

const timeout = { "x-transaction-timeout-ms": "30000" }

const acceptor = {
  name: "Visa Inc. USA-Foster City",
  idCode: "CA-IDCode-77765",
  terminalId: "TID-9999",
  address: { country: "USA", state: "CA", county: "San Mateo", zipCode: "94404" },
}

/** The identity of the sample, or that of one more of its kind. */
const identity = Effect.fnUntraced(function* (
  stan: string,
  rrn: string,
  localTransactionDateTime: string,
) {
  return {
    systemsTraceAuditNumber: yield* Stan.make(stan),
    retrievalReferenceNumber: yield* Rrn.make(rrn),
    localTransactionDateTime,
    clientTransactionId: `client-${stan}`,
  }
})

const identityOf = ({
  localTransactionDateTime,
  retrievalReferenceNumber,
  systemsTraceAuditNumber,
}: PushRequest | PullRequest) => ({
  systemsTraceAuditNumber,
  retrievalReferenceNumber,
  localTransactionDateTime,
})

const headersOf = ({ clientTransactionId = "" }: { readonly clientTransactionId?: string }) => ({
  "x-client-transaction-id": clientTransactionId,
})

/** "Approved Push Funds Transaction", but for the sender's country: Visa's 124 has no state CA. */
const push = Effect.fnUntraced(function* (stan = "451018") {
  const us = yield* Country.of("US")
  const request: PushRequest = {
    ...(yield* identity(stan, "412770452025", "2023-05-05T12:00:00")),
    amount: yield* Money.of("124.05", "USD"),
    acquiringBin: yield* AcquiringBin.make("408999"),
    acquirerCountryCode: us,
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    cardAcceptor: { ...acceptor, address: { ...acceptor.address, country: us } },
    pointOfServiceData: { panEntryMode: 90, posConditionCode: "00" },
    recipientPrimaryAccountNumber: yield* Pan.make(approvedCard),
    recipientName: "rohan",
    senderAccountNumber: Redacted.make(senderCard),
    senderName: "Mohammed Qasim",
    senderAddress: "901 Metro Center Blvd",
    senderCity: "Foster City",
    senderStateCode: "CA",
    senderCountryCode: us,
    settlementServiceIndicator: 9,
    sourceOfFundsCode: "05",
  }
  return request
})

/** What Visa has to read, written from the sample and not from the encoder. */
const pushBody = (request: PushRequest) => ({
  ...identityOf(request),
  amount: 124.05,
  transactionCurrencyCode: "USD",
  acquiringBin: 408999,
  acquirerCountryCode: "840",
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  cardAcceptor: acceptor,
  pointOfServiceData: { panEntryMode: 90, posConditionCode: "00" },
  recipientPrimaryAccountNumber: "4060320000000127",
  recipientName: "rohan",
  senderAccountNumber: "4060320000000126",
  senderName: "Mohammed Qasim",
  senderAddress: "901 Metro Center Blvd",
  senderCity: "Foster City",
  senderStateCode: "CA",
  senderCountryCode: "840",
  settlementServiceIndicator: 9,
  sourceOfFundsCode: "05",
})

/** The sample of an approved pull. */
const pull = Effect.fnUntraced(function* (stan = "452011") {
  const us = yield* Country.of("US")
  const request: PullRequest = {
    ...(yield* identity(stan, "330000560021", "2023-05-05T12:00:00")),
    amount: yield* Money.of("124.02", "USD"),
    acquiringBin: yield* AcquiringBin.make("408999"),
    acquirerCountryCode: us,
    businessApplicationId: "AA",
    merchantCategoryCode: 6012,
    cardAcceptor: { ...acceptor, address: { ...acceptor.address, country: us } },
    pointOfServiceData: { panEntryMode: 90, posConditionCode: "59", motoECIIndicator: "5" },
    cavv: Redacted.make("0700100038238906000013405823891061668252"),
    senderCardExpiryDate: "2023-10",
    senderPrimaryAccountNumber: yield* Pan.make(approvedCard),
  }
  return request
})

const pullBody = (request: PullRequest) => ({
  ...identityOf(request),
  amount: 124.02,
  senderCurrencyCode: "USD",
  acquiringBin: 408999,
  acquirerCountryCode: "840",
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  cardAcceptor: acceptor,
  pointOfServiceData: { panEntryMode: 90, posConditionCode: "59", motoECIIndicator: "5" },
  cavv: "0700100038238906000013405823891061668252",
  senderCardExpiryDate: "2023-10",
  senderPrimaryAccountNumber: "4060320000000127",
})

/** The reversal of that pull: what is the pull's, and what came with its answer. */
const reverseBody = (
  request: PullRequest,
  answer: {
    readonly transactionIdentifier: string
    readonly approvalCode?: string
    readonly transmissionDateTime?: string
  },
) => ({
  ...identityOf(request),
  amount: 124.02,
  senderCurrencyCode: "USD",
  acquiringBin: 408999,
  acquirerCountryCode: "840",
  businessApplicationId: "AA",
  merchantCategoryCode: 6012,
  cardAcceptor: acceptor,
  senderCardExpiryDate: "2023-10",
  senderPrimaryAccountNumber: "4060320000000127",
  transactionIdentifier: Number(answer.transactionIdentifier),
  originalDataElements: {
    systemsTraceAuditNumber: request.systemsTraceAuditNumber,
    acquiringBin: 408999,
    approvalCode: answer.approvalCode,
    transmissionDateTime: answer.transmissionDateTime?.slice(0, 19),
  },
})

/** The envelope of a batch, and its requests without what stands there. */
const batchBody = (bodies: ReadonlyArray<Readonly<Record<string, unknown>>>) => {
  const envelope = [
    "localTransactionDateTime",
    "acquiringBin",
    "acquirerCountryCode",
    "businessApplicationId",
    "merchantCategoryCode",
  ]
  const [first = {}] = bodies
  return {
    ...Object.fromEntries(envelope.map((name) => [name, first[name]])),
    // Visa's samples repeat the local time in every request.
    request: bodies.map((body) =>
      Object.fromEntries(
        Object.entries(body).filter(
          ([name]) => name === "localTransactionDateTime" || !envelope.includes(name),
        ),
      ),
    ),
  }
}

const cards = "/visadirect/fundstransfer/v1"
const fresh = Effect.andThen(Simulator, ({ ledger }) => ledger.clear)

layer(simulated({ ledger: { requests: 10 } }), { timeout: 120_000, excludeTestServices: true })(
  "every operation",
  (it) => {
    it.effect("the connectivity probe", () =>
      Effect.gen(function* () {
        const { timestamp } = yield* Connectivity.probe
        assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
        yield* expectArrival({ method: "GET", path: "/vdp/helloworld", encrypted: false })
      }),
    )

    it.effect("push, and its status", () =>
      Effect.gen(function* () {
        yield* fresh
        const path = `${cards}/pushfundstransactions`
        const request = yield* push()
        yield* FundsTransfer.push(request)
        yield* expectArrival({
          method: "POST",
          path,
          body: pushBody(request),
          headers: { ...headersOf(request), ...timeout },
        })

        const second = yield* push("451019")
        const slow = yield* Effect.flip(
          FundsTransfer.push(second, { transactionTimeout: "1 millis" }),
        )
        yield* expectArrival({
          method: "POST",
          path,
          body: pushBody(second),
          headers: { ...headersOf(second), "x-transaction-timeout-ms": "1" },
        })
        const id = slow.reason.statusIdentifier ?? assert.fail(slow.message)
        const settled = yield* FundsTransfer.pushStatus(id)
        assert.strictEqual(settled.actionCode, "00")
        yield* expectArrival({ method: "GET", path: `${path}/${id}` })
      }),
    )

    it.effect("pull, its reversal, and the status of both", () =>
      Effect.gen(function* () {
        yield* fresh
        const pulls = `${cards}/pullfundstransactions`
        const reversals = `${cards}/reversefundstransactions`
        const request = yield* pull()
        const pulled = yield* FundsTransfer.pull(request)
        yield* expectArrival({
          method: "POST",
          path: pulls,
          body: pullBody(request),
          headers: { ...headersOf(request), ...timeout },
        })
        const reversal = yield* FundsTransfer.reversalOf(request, pulled, {
          clientTransactionId: "undo-452011",
        })
        const reversed = yield* FundsTransfer.reverse(reversal)
        assert.strictEqual(reversed.actionCode, "00")
        yield* expectArrival({
          method: "POST",
          path: reversals,
          body: reverseBody(request, pulled),
          headers: { "x-client-transaction-id": "undo-452011", ...timeout },
        })

        const second = yield* pull("452012")
        const slow = yield* Effect.flip(
          FundsTransfer.pull(second, { transactionTimeout: "1 millis" }),
        )
        const id = slow.reason.statusIdentifier ?? assert.fail(slow.message)
        const late = yield* FundsTransfer.pullStatus(id, second.amount)
        assert.strictEqual(late.actionCode, "00")
        yield* expectArrival({ method: "GET", path: `${pulls}/${id}` })

        const slowReversal = yield* Effect.flip(
          FundsTransfer.reverse(yield* FundsTransfer.reversalOf(second, late), {
            transactionTimeout: "1 millis",
          }),
        )
        const reversalId = slowReversal.reason.statusIdentifier ?? assert.fail(slowReversal.message)
        assert.strictEqual((yield* FundsTransfer.reverseStatus(reversalId)).actionCode, "00")
        yield* expectArrival({ method: "GET", path: `${reversals}/${reversalId}` })
      }),
    )

    it.effect("a batch of pushes, and its result", () =>
      Effect.gen(function* () {
        yield* fresh
        const path = `${cards}/multipushfundstransactions`
        const pushes = [yield* push("451020"), yield* push("451021")]
        const batch = yield* FundsTransfer.multiPush({
          request: pushes,
          clientTransactionId: "batch-1",
        })
        yield* expectArrival({
          method: "POST",
          path,
          body: batchBody(pushes.map(pushBody)),
          headers: { "x-client-transaction-id": "batch-1", ...timeout },
        })
        const { items } = yield* FundsTransfer.multiPushStatus(batch)
        assert.deepStrictEqual(
          items.map(({ outcome, systemsTraceAuditNumber }) => [
            systemsTraceAuditNumber,
            outcome._tag,
          ]),
          [
            ["451020", "Approved"],
            ["451021", "Approved"],
          ],
        )
        yield* expectArrival({ method: "GET", path: `${path}/${batch.statusIdentifier}` })
      }),
    )

    it.effect("a batch of pulls, and its result", () =>
      Effect.gen(function* () {
        yield* fresh
        const path = `${cards}/multipullfundstransactions`
        const pulls = [yield* pull("452013"), yield* pull("452014")]
        const batch = yield* FundsTransfer.multiPull({ request: pulls })
        yield* expectArrival({
          method: "POST",
          path,
          body: batchBody(pulls.map(pullBody)),
          headers: timeout,
        })
        const { items } = yield* FundsTransfer.multiPullStatus(batch)
        assert.deepStrictEqual(
          items.map(({ outcome }) => outcome._tag),
          ["Approved", "Approved"],
        )
        yield* expectArrival({ method: "GET", path: `${path}/${batch.statusIdentifier}` })
      }),
    )

    it.effect("a batch of reversals, and its result", () =>
      Effect.gen(function* () {
        yield* fresh
        const path = `${cards}/multireversefundstransactions`
        const pulls = [yield* pull("452015"), yield* pull("452016")]
        const answers = yield* Effect.forEach(pulls, (request) => FundsTransfer.pull(request))
        const batch = yield* FundsTransfer.multiReverse({
          request: yield* Effect.forEach(pulls, (request, index) =>
            FundsTransfer.reversalOf(request, answers[index] ?? assert.fail("no answer")),
          ),
        })
        yield* expectArrival({
          method: "POST",
          path,
          body: batchBody(
            pulls.map((request, index) =>
              reverseBody(request, answers[index] ?? assert.fail("no answer")),
            ),
          ),
          headers: timeout,
        })
        const { items } = yield* FundsTransfer.multiReverseStatus(batch)
        assert.deepStrictEqual(
          items.map(({ outcome }) => outcome._tag),
          ["Approved", "Approved"],
        )
        yield* expectArrival({ method: "GET", path: `${path}/${batch.statusIdentifier}` })
      }),
    )

    it.effect("cancelling a deferred push", () =>
      Effect.gen(function* () {
        yield* fresh
        const request: PushRequest = {
          ...(yield* push()),
          serviceProcessingType: { requestType: "02" },
        }
        const accepted = yield* FundsTransfer.push(request)
        yield* expectArrival({
          method: "POST",
          path: `${cards}/pushfundstransactions`,
          body: { ...pushBody(request), serviceProcessingType: { requestType: "02" } },
          headers: { ...headersOf(request), ...timeout },
        })
        yield* FundsTransfer.cancel({
          acquiringBin: request.acquiringBin,
          systemsTraceAuditNumber: request.systemsTraceAuditNumber,
          retrievalReferenceNumber: request.retrievalReferenceNumber,
          transactionIdentifier: accepted.transactionIdentifier,
        })
        yield* expectArrival({
          method: "POST",
          path: "/visadirect/fundstransfer/cancel",
          body: {
            acquiringBin: 408999,
            systemsTraceAuditNumber: "451018",
            // Text, although the specification has a number: that would lose a leading zero.
            retrievalReferenceNumber: "412770452025",
            transactionIdentifier: Number(accepted.transactionIdentifier),
          },
        })
      }),
    )

    it.effect("an adjustment of a pull", () =>
      Effect.gen(function* () {
        yield* fresh
        const request = yield* pull()
        const pulled = yield* FundsTransfer.pull(request)
        yield* FundsTransfer.adjustment({
          ...(yield* identity("452099", "330000560031", "2023-05-12T12:00:00")),
          amount: request.amount,
          surcharge: yield* Money.of("11.20", "USD"),
          acquiringBin: request.acquiringBin,
          acquirerCountryCode: request.acquirerCountryCode,
          businessApplicationId: "AA",
          merchantCategoryCode: 6012,
          cardAcceptor: request.cardAcceptor,
          messageReasonCode: 2140,
          transactionTypeCode: "22",
          pointOfServiceData: { panEntryMode: 1, posConditionCode: "00" },
          senderCardExpiryDate: "2023-10",
          senderPrimaryAccountNumber: yield* Pan.make(approvedCard),
          settlementServiceIndicator: 9,
          transactionIdentifier: pulled.transactionIdentifier,
        })
        yield* expectArrival({
          method: "POST",
          path: "/visadirect/v1/adjustment",
          body: {
            systemsTraceAuditNumber: "452099",
            retrievalReferenceNumber: "330000560031",
            localTransactionDateTime: "2023-05-12T12:00:00",
            amount: 124.02,
            senderCurrencyCode: "USD",
            surcharge: "11.20",
            acquiringBin: 408999,
            acquirerCountryCode: "840",
            businessApplicationId: "AA",
            merchantCategoryCode: 6012,
            cardAcceptor: acceptor,
            messageReasonCode: 2140,
            transactionTypeCode: 22,
            pointOfServiceData: { panEntryMode: 1, posConditionCode: "00" },
            senderCardExpiryDate: "2023-10",
            senderPrimaryAccountNumber: "4060320000000127",
            settlementServiceIndicator: 9,
            transactionIdentifier: Number(pulled.transactionIdentifier),
          },
          headers: { "x-client-transaction-id": "client-452099" },
        })
      }),
    )

    it.effect("the transaction query, by identity and by Visa's id", () =>
      Effect.gen(function* () {
        yield* fresh
        const path = "/visadirect/v1/transactionquery"
        const request = yield* push()
        const { transactionIdentifier } = yield* FundsTransfer.push(request)
        const from = yield* DateTime.now
        const [record] = yield* TransactionQuery.find({
          acquiringBin: request.acquiringBin,
          systemsTraceAuditNumber: request.systemsTraceAuditNumber,
          retrievalReferenceNumber: request.retrievalReferenceNumber,
          cardAcceptorId: "CA-IDCode-77765",
          requestType: "00",
          transactionStartDate: DateTime.subtract(from, { days: 1 }),
          transactionEndDate: DateTime.add(from, { days: 1 }),
          fields: ["originalActionCode", "amount"],
          limit: 5,
          offset: 1,
        })
        assert.strictEqual(record?.actionCode, "00")
        const written = (at: DateTime.DateTime) =>
          DateTime.formatIso(at).replace(
            /^(\d{4})-(\d\d)-(\d\d)T(.{8}).*$/,
            (_, year, month, day, time) => `${day}-${month}-${year}:${time}`,
          )
        yield* expectArrival({
          method: "GET",
          path,
          query: {
            acquiringBIN: "408999",
            stan: "451018",
            rrn: "412770452025",
            caid: "CA-IDCode-77765",
            requestType: "00",
            transactionStartDate: written(DateTime.subtract(from, { days: 1 })),
            transactionEndDate: written(DateTime.add(from, { days: 1 })),
            fields: "originalActionCode,amount",
            limit: "5",
            offset: "1",
          },
        })

        yield* TransactionQuery.find({ acquiringBin: "408999", transactionIdentifier })
        yield* expectArrival({
          method: "GET",
          path,
          query: { acquiringBIN: "408999", transactionIdentifier },
        })
      }),
    )

    it.effect("account payouts: validate, send, query, report, cancel", () =>
      Effect.gen(function* () {
        yield* fresh
        const path = "/visapayouts/v3/payouts"
        const payout = yield* toListedBank
        yield* AccountPayouts.validate(payout)
        yield* expectArrival({ method: "POST", path: `${path}/validate`, body: toListedBankBody })
        const sent = yield* AccountPayouts.send(payout)
        yield* expectArrival({ method: "POST", path, body: toListedBankBody })
        const selector = { initiatingPartyId: 1002, clientReferenceId: "888852397088" }
        const query = {
          id: "888852397088",
          idType: "CLIENT_REFERENCE_ID",
          initiatingPartyId: "1002",
        }
        const found = yield* AccountPayouts.query(selector)
        assert.strictEqual(found.payoutId, sent.payoutId)
        yield* expectArrival({ method: "GET", path, query })
        const payoutId = sent.payoutId ?? assert.fail("no payoutId")
        yield* AccountPayouts.report({ initiatingPartyId: 1002, payoutId })
        yield* expectArrival({
          method: "GET",
          path,
          query: { id: payoutId, idType: "PAYOUT_ID", initiatingPartyId: "1002" },
        })
        yield* AccountPayouts.cancel(selector)
        yield* expectArrival({ method: "DELETE", path, query })
      }),
    )

    it.effect("a wallet payout", () =>
      Effect.gen(function* () {
        yield* fresh
        const { quoteId: _, ...transactionDetail } = (yield* toWallet).transactionDetail
        const { quoteId: __, ...detailBody } = toWalletBody.transactionDetail
        yield* AccountPayouts.send({ ...(yield* toWallet), transactionDetail })
        yield* expectArrival({
          method: "POST",
          path: "/visapayouts/v3/payouts",
          body: { ...toWalletBody, transactionDetail: detailBody },
        })
      }),
    )

    it.effect("verifying a recipient", () =>
      Effect.gen(function* () {
        const { payoutMethod, recipientDetail } = yield* toListedBank
        const { address: _, ...recipient } = recipientDetail
        const { address: __, ...recipientBody } = toListedBankBody.recipientDetail
        const found = yield* AccountPayouts.verifyRecipient({
          payoutMethod,
          initiatingPartyId: 1002,
          clientVerificationReference: "verify-1",
          recipientDetail: recipient,
        })
        assert.isTrue(found.completed)
        yield* expectArrival({
          method: "POST",
          path: "/visapayouts/v1/extensions/verifyRecipient",
          body: {
            payoutMethod: "B",
            initiatingPartyId: 1002,
            clientVerificationReference: "verify-1",
            recipientDetail: recipientBody,
          },
        })
      }),
    )

    it.effect("foreign exchange: daily, indicative, live and quoted", () =>
      Effect.gen(function* () {
        const v2 = "/forexrates/v2/foreignexchangerates"
        const usd = yield* Currency.of("USD")
        const gbp = yield* Currency.of("GBP")
        const eur = yield* Currency.of("EUR")
        const daily = yield* ForeignExchange.rate({
          sourceAmount: yield* Money.of("100", "RUB"),
          destinationCurrencyCode: usd,
          markupRate: "1",
        })
        assert.strictEqual(daily.markupRateApplied, "1")
        yield* expectArrival({
          method: "POST",
          path: "/forexrates/v1/foreignexchangerates",
          body: {
            sourceAmount: "100.00",
            sourceCurrencyCode: "643",
            destinationCurrencyCode: "840",
            // Version 2 spells it otherwise.
            markUpRate: "1",
          },
        })

        yield* ForeignExchange.indicative({
          rateProductCode: "A",
          sourceAmount: yield* Money.of("100.55", "USD"),
          destinationCurrencyCode: gbp,
          markupRate: "0.07",
        })
        yield* expectArrival({
          method: "POST",
          path: v2,
          body: {
            rateProductCode: "A",
            sourceCurrencyCode: "840",
            destinationCurrencyCode: "826",
            sourceAmount: "100.55",
            markupRate: "0.07",
          },
        })

        const pair = {
          initiatingPartyId: 1002,
          sourceCurrencyCode: eur,
          destinationCurrencyCode: usd,
        }
        yield* ForeignExchange.live({
          rateProductCode: "WALLET",
          initiatingPartyId: 1002,
          sourceCurrencyCode: eur,
          destinationAmount: yield* Money.of("10.00", "GBP"),
        })
        yield* expectArrival({
          method: "POST",
          path: v2,
          body: {
            rateProductCode: "WALLET",
            initiatingPartyId: 1002,
            sourceCurrencyCode: "EUR",
            destinationCurrencyCode: "GBP",
            destinationAmount: 10,
          },
        })

        const quote = yield* ForeignExchange.quote({ rateProductCode: "BANK", ...pair })
        assert.isFalse(ForeignExchange.isExpired(quote, yield* DateTime.now))
        yield* expectArrival({
          method: "POST",
          path: v2,
          body: {
            rateProductCode: "BANK",
            initiatingPartyId: 1002,
            sourceCurrencyCode: "EUR",
            destinationCurrencyCode: "USD",
            quoteIdRequired: true,
          },
        })
      }),
    )

    it.effect("aliases: both resolutions and the inquiry", () =>
      Effect.gen(function* () {
        const alias = Redacted.make("254711001987")
        const body = { alias: "254711001987", businessApplicationId: "PP" }
        const resolved = yield* AliasDirectory.resolve({
          alias,
          aliasType: "01",
          businessApplicationId: "PP",
          accountLookUp: "Y",
        })
        assert.strictEqual(resolved.recipientName, "John K Kamau")
        assert.strictEqual(resolved.accountLookUp[0]?.pushFundsBlocked, "No")
        yield* expectArrival({
          method: "POST",
          path: "/visaaliasdirectory/v2/resolve",
          body: { ...body, aliasType: "01", accountLookUp: "Y" },
        })
        yield* AliasDirectory.resolveV1({ alias, businessApplicationId: "PP" })
        yield* expectArrival({ method: "POST", path: "/visaaliasdirectory/v1/resolve", body })
        yield* AliasDirectory.inquire({ aliases: [alias], paymentInstrTypes: ["PAN"] })
        yield* expectArrival({
          method: "POST",
          path: "/visaaliasdirectory/v1/aliasinquiry",
          body: { aliases: ["254711001987"], paymentInstrTypes: ["PAN"] },
        })
      }),
    )

    it.effect("an alias of a customer: created, found, read, changed, deleted and gone", () =>
      Effect.gen(function* () {
        yield* fresh
        const path = "/visaaliasdirectory/v1/manage"
        const find = AliasDirectory.resolve({ alias: jamie.alias, businessApplicationId: "PP" })
        assert.strictEqual((yield* Effect.flip(find)).reason._tag, "AliasNotFound")
        assert.deepStrictEqual(yield* AliasDirectory.createAlias(jamie), { guid })
        yield* expectArrival({
          method: "POST",
          path: `${path}/createalias`,
          body: jamieOnTheWire,
        })
        assert.strictEqual((yield* find).recipientName, "Jamie M Bakari")
        const again = yield* Effect.flip(AliasDirectory.createAlias(jamie))
        assert.strictEqual(again.reason._tag, "AliasRecordExists")

        const record = yield* AliasDirectory.getAlias({ guid })
        assert.strictEqual(record.status, "ACTIVE")
        assert.strictEqual(record.consentDateTime, "2018-03-01 01:02:03")
        yield* expectArrival({ method: "POST", path: `${path}/getalias`, body: { guid } })

        yield* AliasDirectory.updateAlias({ guid, consentDateTime: "2018-03-01 05:02:03" })
        yield* expectArrival({
          method: "POST",
          path: `${path}/updatealias`,
          body: { guid, consentDateTime: "2018-03-01 05:02:03" },
        })
        yield* AliasDirectory.deleteAlias({ guid, alias: jamie.alias })
        yield* expectArrival({
          method: "POST",
          path: `${path}/deletealias`,
          body: { guid, alias: jamieOnTheWire.alias },
        })
        assert.strictEqual((yield* Effect.flip(find)).reason._tag, "AliasNotFound")
        const gone = yield* Effect.flip(AliasDirectory.getAlias({ guid }))
        assert.strictEqual(gone.reason._tag, "AliasNotFound")
        assert.strictEqual(gone.reason.code, "VAD-1040")
      }),
    )

    it.effect("a customer's card that is not Visa's is refused", () =>
      Effect.gen(function* () {
        yield* fresh
        const error = yield* Effect.flip(
          AliasDirectory.createAlias({
            ...jamie,
            recipientPrimaryAccountNumber: yield* Pan.make("5123280115058611"),
          }),
        )
        assert.strictEqual(error.reason._tag, "AliasAccountNumberInvalid")
      }),
    )

    it.effect("an alias of a merchant: created, found, read, changed, deleted and gone", () =>
      Effect.gen(function* () {
        yield* fresh
        const path = "/visaaliasdirectory/v1/managemerchant"
        const { aliasId, merchantId } = shop
        const find = AliasDirectory.resolve({
          alias: Redacted.make(aliasId),
          businessApplicationId: "MP",
        })
        yield* AliasDirectory.createMerchantAlias(shop)
        yield* expectArrival({ method: "POST", path: `${path}/createalias`, body: shopOnTheWire })
        assert.strictEqual((yield* find).merchantCategoryCode, "6012")
        const again = yield* Effect.flip(AliasDirectory.createMerchantAlias(shop))
        assert.strictEqual(again.reason._tag, "AliasRecordExists")

        yield* AliasDirectory.updateMerchantAlias({
          aliasId,
          recipientName: Redacted.make("Updated"),
        })
        yield* expectArrival({
          method: "POST",
          path: `${path}/updatealias`,
          body: { aliasId: "888111", recipientName: "Updated" },
        })
        const record = yield* AliasDirectory.getMerchantAlias({ aliasId })
        assert.strictEqual(String(record.transactionCurrencyCode), "KES")
        yield* expectArrival({ method: "GET", path, query: { merchantaliasid: "888111" } })
        const agent = yield* Effect.flip(
          AliasDirectory.getMerchantAlias({ aliasId, type: "agent" }),
        )
        assert.strictEqual(agent.reason._tag, "AliasNotFound")

        yield* AliasDirectory.deleteMerchantAlias({ aliasId, merchantId })
        yield* expectArrival({
          method: "POST",
          path: `${path}/deletealias`,
          body: { aliasId: "888111", merchantId: "4123450131001381" },
        })
        assert.strictEqual((yield* Effect.flip(find)).reason._tag, "AliasNotFound")
      }),
    )

    it.effect("card attributes in every version, and the general inquiry", () =>
      Effect.gen(function* () {
        const pathOf = (version: string) =>
          `/paai/fundstransferattinq/${version}/cardattributes/fundstransferinquiry`
        yield* CardAttributes.inquire({
          primaryAccountNumber: yield* Pan.make(approvedCard),
          systemsTraceAuditNumber: yield* Stan.make("451018"),
          retrievalReferenceNumber: yield* Rrn.make("412770452025"),
        })
        yield* expectArrival({
          method: "POST",
          path: pathOf("v5"),
          body: {
            primaryAccountNumber: "4060320000000127",
            systemsTraceAuditNumber: "451018",
            retrievalReferenceNumber: "412770452025",
          },
        })

        // Visa's older sample, and its answer.
        const older = {
          acquirerCountryCode: yield* Country.of("US"),
          acquiringBin: yield* AcquiringBin.make("408999"),
          primaryAccountNumber: yield* Pan.make("4957030420210512"),
          retrievalReferenceNumber: yield* Rrn.make("330000550000"),
          systemsTraceAuditNumber: yield* Stan.make("451006"),
        }
        for (const version of ["V1", "V2"] as const) {
          const [letters] = yield* CardAttributes[`inquire${version}`](older)
          assert.deepInclude(json(letters), {
            cardTypeCode: "C",
            billingCurrency: "BRL",
            fastFunds: "No",
            pushFundsBlocked: "No",
            onlineGamblingBlocked: "Yes",
          })
          yield* expectArrival({
            method: "POST",
            path: pathOf(version.toLowerCase()),
            body: {
              acquirerCountryCode: "840",
              acquiringBin: 408999,
              primaryAccountNumber: "4957030420210512",
              retrievalReferenceNumber: "330000550000",
              systemsTraceAuditNumber: "451006",
            },
          })
        }

        const general = yield* CardAttributes.general({
          primaryAccountNumber: yield* Pan.make("4957030420210512"),
        })
        assert.property(Redacted.value(general), "issuerName")
        yield* expectArrival({
          method: "POST",
          path: "/paai/generalattinq/v1/cardattributes/generalinquiry",
          body: { primaryAccountNumber: "4957030420210512" },
        })
      }),
    )

    it.effect("card validation and the watch list", () =>
      Effect.gen(function* () {
        const us = yield* Country.of("US")
        const acquiringBin = yield* AcquiringBin.make("408999")
        yield* CardValidation.validate({
          primaryAccountNumber: yield* Pan.make("4957030420210462"),
          cardExpiryDate: "2040-10",
          cardCvv2Value: Redacted.make("022"),
          acquiringBin,
          acquirerCountryCode: us,
        })
        yield* expectArrival({
          method: "POST",
          path: "/pav/v1/cardvalidation",
          body: {
            primaryAccountNumber: "4957030420210462",
            cardExpiryDate: "2040-10",
            cardCvv2Value: "022",
            acquiringBin: "408999",
            acquirerCountryCode: "840",
          },
        })

        yield* WatchList.legacyInquiry({
          acquirerCountryCode: us,
          acquiringBin,
          address: { city: "Bangalore", cardIssuerCountryCode: yield* Country.of("IN") },
          referenceNumber: "430000367618",
          name: Redacted.make("Mohammed Qasim"),
        })
        yield* expectArrival({
          method: "POST",
          path: "/visadirect/watchlistscreening/v1/watchlistinquiry",
          body: {
            acquirerCountryCode: "840",
            acquiringBin: "408999",
            address: { city: "Bangalore", cardIssuerCountryCode: "IND" },
            referenceNumber: "430000367618",
            name: "Mohammed Qasim",
          },
        })
      }),
    )

    it.effect("reports", () =>
      Effect.gen(function* () {
        yield* fresh
        const today = DateTime.formatIsoDateUtc(yield* DateTime.now)
        yield* FundsTransfer.push(yield* push())
        const rows = yield* Stream.runCollect(
          Reports.transactions({ fromDate: today, toDate: today, fields: ["networkId"] }),
        )
        assert.strictEqual(rows.length, 1)
        const written = today.split("-").toReversed().join("")
        yield* expectArrival({
          method: "GET",
          path: "/visadirect/reports/v1/transactiondata",
          query: {
            fromDate: written,
            toDate: written,
            limit: "100",
            offset: "1",
            fields: "networkId",
          },
        })
      }),
    )

    it("no declared operation was left out", () => {
      const declared = Object.values(Sdk).flatMap((module) =>
        "operations" in module
          ? Object.values<Operation<never, unknown>>(module.operations as never)
          : [],
      )
      assert.isAtLeast(declared.length, 45)
      for (const { method, name, path } of declared) {
        assert.isTrue(seen.has(routeOf(method, path)), name)
      }
    })
  },
)
