import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { AccountPayouts } from "../../src/api/AccountPayouts.ts"
import type { PayoutRequest } from "../../src/api/AccountPayouts.ts"
import { Country } from "../../src/Country.ts"
import { Money } from "../../src/Money.ts"
import {
  accountNumber,
  documentNumber,
  failed,
  iban,
  json,
  recorded,
  secrets,
  toBank,
  toBankBody,
  toWallet,
  toWalletBody,
} from "../support/payouts.ts"
import { assertHides } from "../support/renderings.ts"

describe("AccountPayouts.send", () => {
  it.effect("sends Visa's sample to a bank account as Visa writes it", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(AccountPayouts.send(yield* toBank))
      assert.strictEqual(calls.length, 1)
      assert.strictEqual(calls[0]?.operation, "AccountPayouts.send")
      assert.strictEqual(calls[0]?.method, "POST")
      assert.strictEqual(calls[0]?.path, "/visapayouts/v3/payouts")
      assert.deepStrictEqual(calls[0]?.query, {})
      assert.deepStrictEqual(json(calls[0]?.body), toBankBody)
      const sent = yield* Effect.fromResult(outcome)
      assert.strictEqual(sent._tag, "Accepted")
      assert.strictEqual(sent.status, "PAYMENT_RECEIVED")
      assert.strictEqual(sent.payoutId, "172293713063281")
      assert.strictEqual(sent.expectedPostingDate, "2022-11-16")
      assert.strictEqual(String(sent.transactionAmount), "1.50 GBP")
      assert.strictEqual(sent.exchange.operation, "AccountPayouts.send")
    }),
  )

  it.effect("sends to a wallet, on the rail of wallets", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* recorded(AccountPayouts.send(yield* toWallet), {
        status: 500,
      })
      assert.deepStrictEqual(json(calls[0]?.body), toWalletBody)
      const error = yield* failed(outcome)
      assert.strictEqual(error.context.rail, "wallet")
      assert.strictEqual(error.context.corridor, "ZA-ZM")
    }),
  )

  it.effect("names in an error the rail, the corridor and the reference of the payout", () =>
    Effect.gen(function* () {
      const { outcome } = yield* recorded(AccountPayouts.send(yield* toBank), { status: 503 })
      const error = yield* failed(outcome)
      assert.strictEqual(error.context.rail, "account")
      assert.strictEqual(error.context.corridor, "US-GB")
      assert.strictEqual(error.context.clientTransactionId, "888852397088")
      assert.strictEqual(error.money, "Unknown")
    }),
  )

  it.effect("writes three decimals of a currency that has them", () =>
    Effect.gen(function* () {
      const request = yield* toBank
      const transactionAmount = yield* Money.of("989.333", "KWD")
      const { calls } = yield* recorded(
        AccountPayouts.send({
          ...request,
          transactionDetail: { ...request.transactionDetail, transactionAmount },
        }),
      )
      assert.include(JSON.stringify(calls[0]?.body), `"transactionAmount":989.333,`)
    }),
  )

  it.effect("sends an IBAN", () =>
    Effect.gen(function* () {
      const request = yield* toBank
      const { bankCode: _, bankCodeType: __, ...bank } = request.recipientDetail.bank
      const { calls } = yield* recorded(
        AccountPayouts.send({
          ...request,
          recipientDetail: {
            ...request.recipientDetail,
            bank: { ...bank, accountNumber: Redacted.make(iban), accountNumberType: "IBAN" },
          },
        }),
      )
      assert.strictEqual(calls.length, 1)
    }),
  )

  type Bank = typeof toBankBody.recipientDetail.bank
  type Change = (request: Effect.Success<typeof toBank>) => unknown
  const inTransaction =
    (changes: object): Change =>
    (r) => ({ ...r, transactionDetail: { ...r.transactionDetail, ...changes } })
  const inSender =
    (changes: object): Change =>
    (r) => ({ ...r, senderDetail: { ...r.senderDetail, ...changes } })
  const inRecipient =
    (changes: object): Change =>
    (r) => ({ ...r, recipientDetail: { ...r.recipientDetail, ...changes } })
  const inBank =
    (
      changes: { readonly [K in keyof Bank]?: unknown } & { readonly [key: string]: unknown },
    ): Change =>
    (r) => ({
      ...r,
      recipientDetail: {
        ...r.recipientDetail,
        bank: { ...r.recipientDetail.bank, ...changes },
      },
    })
  const without = <A extends object>(value: A, key: keyof A): unknown =>
    Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))

  const number = Redacted.make
  // Data rather than prose: each change to a good request, and the field that the refusal names.
  const refusals: ReadonlyArray<readonly [name: string, change: Change, field: string]> = [
    ["nothing", () => undefined, "transactionDetail.transactionAmount"],
    ["a text", () => "payout", "transactionDetail.transactionAmount"],
    [
      "no transaction",
      (r) => without(r, "transactionDetail"),
      "transactionDetail.transactionAmount",
    ],
    [
      "an amount as a number",
      inTransaction({ transactionAmount: 1.5 }),
      "transactionDetail.transactionAmount",
    ],
    [
      "a second currency",
      inTransaction({ transactionCurrencyCode: "USD" }),
      "transactionDetail.transactionCurrencyCode",
    ],
    ["no sender", (r) => without(r, "senderDetail"), "senderDetail"],
    ["no recipient", (r) => without(r, "recipientDetail"), "recipientDetail"],
    ["an unknown field", (r) => ({ ...r, nickname: "x" }), "nickname"],
    [
      "an unknown field of the transaction",
      inTransaction({ nickname: "x" }),
      "transactionDetail.nickname",
    ],
    ["an unknown field of the bank", inBank({ nickname: "x" }), "recipientDetail.bank.nickname"],
    ["an unknown method", (r) => ({ ...r, payoutMethod: "C" }), "payoutMethod"],
    [
      "a party id as text",
      inTransaction({ initiatingPartyId: "1002" }),
      "transactionDetail.initiatingPartyId",
    ],
    [
      "no client reference",
      (r) => ({ ...r, transactionDetail: without(r.transactionDetail, "clientReferenceId") }),
      "transactionDetail.clientReferenceId",
    ],
    [
      "an empty client reference",
      inTransaction({ clientReferenceId: "" }),
      "transactionDetail.clientReferenceId",
    ],
    [
      "a client reference of 36",
      inTransaction({ clientReferenceId: "x".repeat(36) }),
      "transactionDetail.clientReferenceId",
    ],
    [
      "a client reference with a space",
      inTransaction({ clientReferenceId: "a b" }),
      "transactionDetail.clientReferenceId",
    ],
    [
      "a narrative of 36",
      inTransaction({ statementNarrative: "x".repeat(36) }),
      "transactionDetail.statementNarrative",
    ],
    [
      "an unknown speed",
      inTransaction({ payoutSpeed: "standard" }),
      "transactionDetail.payoutSpeed",
    ],
    [
      "a quote id of 14 digits",
      inTransaction({ quoteId: "12345678901234" }),
      "transactionDetail.quoteId",
    ],
    ["a quote id as a number", inTransaction({ quoteId: 987654321 }), "transactionDetail.quoteId"],
    [
      "a settlement currency by number",
      inTransaction({ settlementCurrencyCode: "826" }),
      "transactionDetail.settlementCurrencyCode",
    ],
    [
      "a country by three letters",
      inSender({ address: { country: "USA" } }),
      "senderDetail.address.country",
    ],
    [
      "no country of the sender",
      inSender({ address: { city: "Washington" } }),
      "senderDetail.address.country",
    ],
    [
      "an account number as plain text",
      inBank({ accountNumber }),
      "recipientDetail.bank.accountNumber",
    ],
    [
      "an account number with a space",
      inBank({ accountNumber: number("0069 7009311") }),
      "recipientDetail.bank.accountNumber",
    ],
    [
      "a document number as plain text",
      inSender({ identificationList: [{ idType: "L", idNumber: documentNumber }] }),
      "senderDetail.identificationList.0.idNumber",
    ],
    [
      "a date of birth in the wrong form",
      inSender({ dateOfBirth: "11.09.1990" }),
      "senderDetail.dateOfBirth",
    ],
    ["a line break in a name", inSender({ name: "Ben\nNevis" }), "senderDetail.name"],
    ["a BIC of nine", inBank({ BIC: "BARCGB22X" }), "recipientDetail.bank.BIC"],
    ["method W without a wallet", (r) => ({ ...r, payoutMethod: "W" }), "recipientDetail.bank"],
    [
      "method B with a wallet too",
      inRecipient({
        wallet: {
          operatorName: "x",
          accountIdentifier: number("me@example.com"),
          accountIdentifierType: "EMAIL",
          countryCode: "GB",
          currencyCode: "GBP",
        },
      }),
      "recipientDetail.wallet",
    ],
    [
      "method B without a bank",
      (r) => ({ ...r, recipientDetail: without(r.recipientDetail, "bank") }),
      "recipientDetail.bank",
    ],
    [
      "an individual recipient without a last name",
      (r) => ({ ...r, recipientDetail: without(r.recipientDetail, "lastName") }),
      "recipientDetail.firstName",
    ],
    ["a company recipient without a name", inRecipient({ type: "C" }), "recipientDetail.name"],
    [
      "a company sender without a name",
      (r) => ({ ...r, senderDetail: without(r.senderDetail, "name") }),
      "senderDetail.name",
    ],
    [
      "an individual sender with half a name",
      (r) => ({
        ...r,
        senderDetail: {
          ...(without(r.senderDetail, "name") as object),
          type: "I",
          firstName: "Ben",
        },
      }),
      "senderDetail.name",
    ],
    [
      "an IBAN with a wrong check digit",
      inBank({ accountNumberType: "IBAN", accountNumber: number("GB28NWBK60161331926819") }),
      "recipientDetail.bank.accountNumber",
    ],
    [
      "an account number in place of an IBAN",
      inBank({ accountNumberType: "IBAN" }),
      "recipientDetail.bank.accountNumber",
    ],
    [
      "an IBAN in place of an account number",
      inBank({ accountNumber: number(iban) }),
      "recipientDetail.bank.accountNumberType",
    ],
    [
      "an IBAN of another country",
      inBank({ accountNumberType: "IBAN", accountNumber: number("DE89370400440532013000") }),
      "recipientDetail.bank.countryCode",
    ],
    [
      "a bank code without its type",
      (r) => ({
        ...r,
        recipientDetail: {
          ...r.recipientDetail,
          bank: without(r.recipientDetail.bank, "bankCodeType"),
        },
      }),
      "recipientDetail.bank.bankCodeType",
    ],
    [
      "a type without its bank code",
      (r) => ({
        ...r,
        recipientDetail: {
          ...r.recipientDetail,
          bank: without(r.recipientDetail.bank, "bankCode"),
        },
      }),
      "recipientDetail.bank.bankCodeType",
    ],
    ["a sort code with dashes", inBank({ bankCode: "80-05-54" }), "recipientDetail.bank.bankCode"],
    [
      "a routing number with a wrong check digit",
      inBank({ bankCodeType: "ABA", bankCode: "021000022" }),
      "recipientDetail.bank.bankCode",
    ],
    [
      "a quote for a payout in one currency",
      inTransaction({ quoteId: "987654321" }),
      "transactionDetail.quoteId",
    ],
  ]
  for (const [name, change, field] of refusals) {
    it.effect(`refuses ${name} before sending, and names the field`, () =>
      Effect.gen(function* () {
        // What a caller in JavaScript can pass although the type forbids it.
        const request = change(yield* toBank) as PayoutRequest
        for (const program of [
          Effect.asVoid(AccountPayouts.send(request)),
          Effect.asVoid(AccountPayouts.validate(request)),
        ]) {
          const { calls, outcome } = yield* recorded(program)
          assert.deepStrictEqual(calls, [])
          const error = yield* failed(outcome)
          assert.strictEqual(error.reason._tag, "RequestInvalid", error.message)
          assert.strictEqual(error.reason.field, field)
          assert.strictEqual(error.money, "NotMoved")
          assertHides(error, secrets)
        }
      }),
    )
  }

  it.effect("refuses an amount of zero", () =>
    Effect.gen(function* () {
      const request = yield* toBank
      const transactionAmount = yield* Money.of("0", "GBP")
      const { calls, outcome } = yield* recorded(
        AccountPayouts.send({
          ...request,
          transactionDetail: { ...request.transactionDetail, transactionAmount },
        }),
      )
      assert.deepStrictEqual(calls, [])
      const error = yield* failed(outcome)
      assert.strictEqual(error.reason.field, "transactionDetail.transactionAmount")
    }),
  )

  for (const [type, identifier] of [
    ["PHONENUMBER", "call me"],
    ["PHONENUMBER", "+44 20 7946 0018"],
    ["EMAIL", "nobody"],
  ] as const) {
    it.effect(`refuses ${identifier} as a wallet's ${type}`, () =>
      Effect.gen(function* () {
        const request = yield* toWallet
        const { calls, outcome } = yield* recorded(
          AccountPayouts.send({
            ...request,
            recipientDetail: {
              ...request.recipientDetail,
              wallet: {
                ...request.recipientDetail.wallet,
                accountIdentifierType: type,
                accountIdentifier: Redacted.make(identifier),
              },
            },
          }),
        )
        assert.deepStrictEqual(calls, [])
        const error = yield* failed(outcome)
        assert.strictEqual(error.reason.field, "recipientDetail.wallet.accountIdentifier")
        assertHides(error, [identifier])
      }),
    )
  }

  const accepted: ReadonlyArray<readonly [name: string, change: Change]> = [
    ["an ABA routing number", inBank({ bankCodeType: "ABA", bankCode: "021000021" })],
    ["a bank code of no scheme", inBank({ bankCodeType: "DEFAULT", bankCode: "ICIC0006650" })],
    ["a BIC of eight", inBank({ BIC: "BARCGB22" })],
    ["a BIC of eleven", inBank({ BIC: "BARCGB22XXX" })],
    ["a client reference of 35", inTransaction({ clientReferenceId: "x".repeat(35) })],
    ["a company recipient", inRecipient({ type: "C", name: "VISA INC." })],
    [
      "an individual sender with first and last name",
      (r) => ({
        ...r,
        senderDetail: {
          ...(without(r.senderDetail, "name") as object),
          type: "I",
          firstName: "Ben",
          lastName: "Nevis",
        },
      }),
    ],
    [
      "a quote for a payout from another currency",
      inTransaction({ quoteId: "0", settlementCurrencyCode: "USD" }),
    ],
    [
      "a wallet with an email address",
      (r) => ({
        ...r,
        payoutMethod: "W",
        recipientDetail: {
          ...(without(r.recipientDetail, "bank") as object),
          wallet: {
            operatorName: "PAYPAL",
            accountIdentifier: number("jessica@example.com"),
            accountIdentifierType: "EMAIL",
            countryCode: "GB",
            currencyCode: "GBP",
          },
        },
      }),
    ],
  ]
  for (const [name, change] of accepted) {
    it.effect(`takes ${name}`, () =>
      Effect.gen(function* () {
        const request = change(yield* toBank) as PayoutRequest
        const { calls, outcome } = yield* recorded(AccountPayouts.send(request), { status: 500 })
        assert.strictEqual(calls.length, 1, (yield* failed(outcome)).message)
      }),
    )
  }

  it.effect("takes an IBAN of France for an account in Réunion", () =>
    Effect.gen(function* () {
      const request = yield* toBank
      const { bankCode: _, bankCodeType: __, ...bank } = request.recipientDetail.bank
      const { calls } = yield* recorded(
        AccountPayouts.send({
          ...request,
          recipientDetail: {
            ...request.recipientDetail,
            bank: {
              ...bank,
              accountNumber: Redacted.make("FR1420041010050500013M02606"),
              accountNumberType: "IBAN",
              countryCode: yield* Country.of("RE"),
            },
          },
        }),
      )
      assert.strictEqual(calls.length, 1)
    }),
  )
})
