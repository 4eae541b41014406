/** Scripted ends of payouts, their validation codes, and recipient verification. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { payoutCodes, payoutReasons } from "../src/endpoints/payoutErrors.ts"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import type { SimulatorOptions } from "../src/Settings.ts"
import type { ScriptedAnswer } from "../src/Script.ts"
import { post, send } from "./support/client.ts"
import {
  bankPayout,
  detailOf,
  payoutsPath,
  posted,
  queried,
  ratesPath,
  sent,
  walletPayout,
} from "./support/payouts.ts"

const minute = 60_000
const verifyPath = "/visapayouts/v1/extensions/verifyRecipient"

const simulated = <A, E>(effect: Effect.Effect<A, E, Simulator>, options?: SimulatorOptions) =>
  Effect.provideServiceEffect(effect, Simulator, Simulator.make(options))

const scripted = Effect.fnUntraced(function* (answer: ScriptedAnswer) {
  const simulator = yield* Simulator
  yield* simulator.script({ match: { endpoint: "SendPayout" }, answer })
  return yield* sent(bankPayout())
})

const statusNow = Effect.map(queried("payout-1"), ({ detail }) => detail["status"])

layer(Pki.layer())("a scripted payout", (it) => {
  it.effect("is returned, with what comes back and why", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      assert.strictEqual(
        (yield* scripted({ status: "RETURNED", reasonId: 68, returnAmount: 1.2 })).status,
        200,
      )
      yield* TestClock.adjust(3 * minute)
      const { detail } = yield* queried("payout-1")
      assert.strictEqual(detail["status"], "RETURNED")
      assert.strictEqual(detail["returnAmount"], 1.2)
      assert.strictEqual(detail["reasonCode"], "68")
      assert.strictEqual(detail["reason"], "account closed")
      const [entry] = yield* simulator.ledger.entries({ kind: "payout" })
      assert.isTrue(entry?.moneyMoved)
      assert.strictEqual(entry?.returnAmount, "1.2")
      assert.strictEqual(entry?.payoutStatus, "RETURNED")
    }).pipe(simulated),
  )

  it.effect("is returned in full when no amount is given", () =>
    Effect.gen(function* () {
      yield* scripted({ status: "RETURNED" })
      yield* TestClock.adjust(3 * minute)
      const { detail } = yield* queried("payout-1")
      assert.strictEqual(detail["returnAmount"], 1.5)
      assert.strictEqual(detail["reasonCode"], "77")
    }).pipe(simulated),
  )

  it.effect.each(["REJECTED", "DECLINED", "FAILED", "ERROR"])("ends %s without money", (status) =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const first = yield* scripted({ status, reasonId: 4 })
      assert.strictEqual(first.detail["status"], "PAYMENT_RECEIVED")
      yield* TestClock.adjust(minute)
      const { detail } = yield* queried("payout-1")
      assert.strictEqual(detail["status"], status)
      assert.strictEqual(detail["reason"], "invalid account number")
      assert.notProperty(detail, "returnAmount")
      assert.strictEqual((yield* simulator.ledger.payments).length, 0)
    }).pipe(simulated),
  )

  it.effect("comes back late, after it was delivered", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* scripted({
        progress: [
          { status: "PAYMENT_RECEIVED" },
          { status: "PAYMENT_DELIVERED" },
          { status: "RETURNED", afterMillis: 60 * minute, reasonId: 97 },
        ],
      })
      yield* TestClock.adjust(minute)
      assert.strictEqual(yield* statusNow, "PAYMENT_DELIVERED")
      yield* TestClock.adjust(60 * minute)
      assert.strictEqual(yield* statusNow, "RETURNED")
      const [entry] = yield* simulator.ledger.payments
      assert.strictEqual(entry?.returnAmount, "1.5")
      assert.strictEqual((yield* simulator.stats).ledger.payments["GBP"]?.count, 1)
    }).pipe(simulated),
  )

  it.effect("waits for information, and goes on", () =>
    Effect.gen(function* () {
      yield* scripted({
        progress: [
          { status: "PAYMENT_RECEIVED" },
          { status: "AWAITING_INFORMATION", afterMillis: 10 },
          { status: "PAYMENT_RECEIVED", afterMillis: 10 },
          { status: "PAYMENT_SENT", afterMillis: 10 },
        ],
      })
      const seen: Array<unknown> = []
      for (let n = 0; n < 4; n++) {
        seen.push(yield* statusNow)
        yield* TestClock.adjust(10)
      }
      assert.deepStrictEqual(seen, [
        "PAYMENT_RECEIVED",
        "AWAITING_INFORMATION",
        "PAYMENT_RECEIVED",
        "PAYMENT_SENT",
      ])
    }).pipe(simulated),
  )

  it.effect("has a status that nobody knows", () =>
    Effect.gen(function* () {
      yield* scripted({ status: "HELD_BY_SCHEME" })
      yield* TestClock.adjust(minute)
      assert.strictEqual(yield* statusNow, "HELD_BY_SCHEME")
      yield* TestClock.adjust(60 * minute)
      assert.strictEqual(yield* statusNow, "HELD_BY_SCHEME")
    }).pipe(simulated),
  )

  it.effect("stays at a status on the way", () =>
    Effect.gen(function* () {
      yield* scripted({ status: "DELIVERED_TO_SCHEME" })
      yield* TestClock.adjust(60 * minute)
      assert.strictEqual(yield* statusNow, "DELIVERED_TO_SCHEME")
    }).pipe(simulated),
  )

  it.effect("is pending first: 202, then received", () =>
    Effect.gen(function* () {
      const first = yield* scripted({ status: "PENDING" })
      assert.strictEqual(first.status, 202)
      assert.strictEqual(first.detail["status"], "PENDING")
      assert.match(String(first.detail["payoutId"]), /^\d{15}$/)
      yield* TestClock.adjust(minute)
      assert.strictEqual(yield* statusNow, "PAYMENT_RECEIVED")
    }).pipe(simulated),
  )

  it.effect("has other members, in the first answer and in every later one", () =>
    Effect.gen(function* () {
      const first = yield* scripted({
        fields: {
          "transactionDetail.fundingStatus": "NOT_FUNDED",
          "transactionDetail.payoutSpeed": null,
        },
      })
      for (const { detail } of [first, yield* queried("payout-1")]) {
        assert.strictEqual(detail["fundingStatus"], "NOT_FUNDED")
        assert.notProperty(detail, "payoutSpeed")
      }
    }).pipe(simulated),
  )

  it.effect("gives every reason that is published", () =>
    Effect.gen(function* () {
      const reasons = Object.entries(payoutReasons)
      const progress = reasons.map(([id]) => ({
        status: "REJECTED",
        reasonId: Number(id),
        afterMillis: 1,
      }))
      yield* scripted({ progress })
      const seen: Array<readonly [unknown, unknown]> = []
      for (const _ of reasons) {
        const { detail } = yield* queried("payout-1")
        seen.push([detail["reasonCode"], detail["reason"]])
        yield* TestClock.adjust(1)
      }
      assert.deepStrictEqual(seen, reasons)
    }).pipe(simulated),
  )
})

const shared = { excludeTestServices: true }

layer(Simulator.layer(), shared)("a payout is refused", (it) => {
  const codes = Object.keys(payoutCodes)

  it.effect.each(
    codes.flatMap(
      (code) =>
        [
          [code, payoutsPath],
          [code, `${payoutsPath}/validate`],
        ] as const,
    ),
  )("with %s on demand: %s", ([code, path]) =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({
        match: { path, clientReferenceId: `demand-${code}` },
        answer: { errorCode: code, location: "recipientDetail.bank.bankCode" },
      })
      const refused = yield* posted(path, bankPayout({ clientReferenceId: `demand-${code}` }))
      assert.strictEqual(refused.status, 400)
      assert.strictEqual(refused.error["status"], "400")
      assert.strictEqual(refused.error["reason"], "InvalidPayoutRequest")
      assert.deepStrictEqual(detailOf(refused), {
        location: "recipientDetail.bank.bankCode",
        message: payoutCodes[code],
        code,
      })
      const [entry] = yield* simulator.ledger.entries({ clientReferenceId: `demand-${code}` })
      assert.strictEqual(entry?.kind, "refused")
      assert.strictEqual(entry?.errorCode, code)
    }),
  )

  it.effect("with a code that is not known, and no place", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({
        match: { clientReferenceId: "new-code" },
        answer: { errorCode: "4999", refusal: "Something new." },
      })
      const refused = yield* sent(bankPayout({ clientReferenceId: "new-code" }))
      assert.deepStrictEqual(detailOf(refused), {
        location: "Undefined",
        message: "Something new.",
        code: "4999",
      })
    }),
  )

  it.effect.each([
    [
      "a currency without a route",
      { currencyCode: "AFN", countryCode: "AFG" },
      "currencyCode",
      "4003",
    ],
    [
      "an account number that is too long",
      { accountNumber: "1".repeat(35) },
      "accountNumber",
      "4004",
    ],
    ["a country in two letters", { countryCode: "GB" }, "countryCode", "4004"],
    ["a BIC that is too short", { BIC: "ABC" }, "BIC", "4004"],
    [
      "an IBAN with wrong check digits",
      { accountNumberType: "IBAN", accountNumber: "GB00NWBK60161331926819" },
      "accountNumber",
      "4102",
    ],
  ] as const)("by rule for %s", ([, bank, element, code]) =>
    Effect.gen(function* () {
      const refused = yield* sent(bankPayout({}, bank))
      assert.strictEqual(refused.status, 400)
      assert.strictEqual(detailOf(refused)["location"], `recipientDetail.bank.${element}`)
      assert.strictEqual(detailOf(refused)["code"], code)
    }),
  )

  it.effect("not for an IBAN that is right", () =>
    Effect.gen(function* () {
      const iban = { accountNumberType: "IBAN", accountNumber: "GB29NWBK60161331926819" }
      const { status } = yield* sent(bankPayout({ clientReferenceId: "iban" }, iban))
      assert.strictEqual(status, 200)
    }),
  )

  const { recipientDetail: bankRecipient, senderDetail: sender } = bankPayout()
  const recipient = { ...(bankRecipient as object) }
  it.effect.each([
    ["transactionAmount", bankPayout({ transactionAmount: "1.50" })],
    ["transactionAmount", bankPayout({ transactionAmount: 0 })],
    ["transactionAmount", bankPayout({ transactionAmount: -1 })],
    ["transactionAmount", bankPayout({ transactionAmount: 1.505 })],
    ["transactionAmount", walletPayout({ transactionAmount: 1e20 })],
    ["transactionCurrencyCode", bankPayout({ transactionCurrencyCode: "826" })],
    ["initiatingPartyId", bankPayout({ initiatingPartyId: "1002" })],
    ["clientReferenceId", bankPayout({ clientReferenceId: undefined })],
    ["businessApplicationId", bankPayout({ businessApplicationId: "ZZ" })],
    ["settlementCurrencyCode", bankPayout({ settlementCurrencyCode: "usd" })],
    ["payoutSpeed", bankPayout({ payoutSpeed: "FAST" })],
    ["amount", bankPayout({ amount: 1 })],
    ["countryCode", bankPayout({}, { countryCode: "XYZ" })],
    ["bankCodeType", bankPayout({}, { bankCodeType: "SWIFT" })],
    ["bankIdentifier", bankPayout({}, { bankIdentifier: "X" })],
    ["accountNumber", bankPayout({}, { accountNumber: 31926819 })],
    ["accountIdentifierType", walletPayout({}, { accountIdentifierType: "PHONE" })],
    ["operatorName", walletPayout({}, { operatorName: undefined })],
    ["wallet", { ...walletPayout(), payoutMethod: "B" }],
    ["bank", { ...bankPayout(), payoutMethod: "W" }],
    ["bank", bankPayout({}, {}, { recipientDetail: { ...recipient, bank: undefined } })],
    ["payoutMethod", { ...bankPayout(), payoutMethod: "C" }],
    ["senderDetail", bankPayout({}, {}, { senderDetail: undefined })],
    ["name", bankPayout({}, {}, { senderDetail: { ...(sender as object), name: undefined } })],
    ["country", bankPayout({}, {}, { senderDetail: { type: "C", name: "X", address: {} } })],
    ["firstName", bankPayout({}, {}, { recipientDetail: { ...recipient, lastName: undefined } })],
    [
      "idType",
      bankPayout(
        {},
        {},
        {
          senderDetail: {
            ...(sender as object),
            identificationList: [{ idType: "PASS", idNumber: "1" }],
          },
        },
      ),
    ],
    [
      "dateOfBirth",
      bankPayout({}, {}, { senderDetail: { ...(sender as object), dateOfBirth: "1990-02-30" } }),
    ],
  ] as const)("as a message that does not fit: %s", ([element, body]) =>
    Effect.gen(function* () {
      for (const path of [payoutsPath, `${payoutsPath}/validate`]) {
        const refused = yield* posted(path, body)
        assert.strictEqual(refused.status, 400)
        assert.strictEqual(refused.error["reason"], "3001")
        assert.strictEqual(String(detailOf(refused)["location"]).split(".").at(-1), element)
        assert.notProperty(detailOf(refused), "code")
      }
    }),
  )

  it.effect("without a body to parse at 401, 403, 404 and 429", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const query = `${payoutsPath}?id=x&idType=PAYOUT_ID&initiatingPartyId=1002`
      const headers = { keyid: simulator.credentials.mle.keyId }
      const refusals: Array<readonly [number, string]> = []
      const wrong = yield* send(simulator, "GET", query, undefined, {
        headers: { ...headers, authorization: "Basic eDp5" },
      })
      refusals.push([wrong.status, wrong.text])
      const missing = yield* send(simulator, "GET", query, undefined, { headers })
      refusals.push([missing.status, missing.text])
      yield* simulator.inject({ kind: "rateLimit", times: 1, retryAfter: 1 })
      const limited = yield* sent(bankPayout())
      refusals.push([limited.status, limited.text])
      const bare = yield* Simulator.make({ notInProject: [payoutsPath] }).pipe(
        Effect.provideService(Pki, simulator.pki),
      )
      const forbidden = yield* post(bare, payoutsPath, bankPayout())
      refusals.push([forbidden.status, forbidden.text])
      assert.deepStrictEqual(
        refusals.map(([status]) => status),
        [401, 404, 429, 403],
      )
      for (const [, text] of refusals) assert.throws(() => JSON.parse(text))
      const [entry] = yield* bare.ledger.entries()
      assert.strictEqual(entry?.errorCode, "9611")
    }).pipe(Effect.scoped),
  )
})

layer(Pki.layer())("a payout under a quote", (it) => {
  const quoteFor = Effect.fnUntraced(function* (overrides: object = {}) {
    const { body } = yield* posted(ratesPath, {
      initiatingPartyId: 1002,
      rateProductCode: "BANK",
      sourceCurrencyCode: "EUR",
      destinationCurrencyCode: "USD",
      quoteIdRequired: true,
      ...overrides,
    })
    return body["quoteId"]
  })
  const dollars = { currencyCode: "USD", countryCode: "USA" }
  let references = 0
  const withQuote = (quoteId: unknown, overrides: object = {}, bank: object = dollars) =>
    sent(
      bankPayout(
        {
          quoteId,
          clientReferenceId: `quoted-${++references}`,
          transactionCurrencyCode: "EUR",
          transactionAmount: 100,
          ...overrides,
        },
        { ...bank },
      ),
    )

  it.effect("gets the quote's rate, as often as it likes, until it expires", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      yield* simulator.script({
        match: { endpoint: "ForeignExchange" },
        answer: { fields: { conversionRate: 1.25 } },
      })
      const quoteId = yield* quoteFor()
      const first = yield* withQuote(quoteId)
      assert.strictEqual(first.detail["fxConversionRate"], 1.25)
      assert.strictEqual(first.detail["destinationAmount"], 125)
      const back = yield* withQuote(quoteId, {
        transactionCurrencyCode: "USD",
        settlementCurrencyCode: "EUR",
      })
      assert.strictEqual(back.detail["destinationAmount"], 100)
      assert.strictEqual(back.detail["settlementAmount"], 80)
      const implied = yield* withQuote(quoteId, { transactionCurrencyCode: "USD" })
      assert.strictEqual(implied.detail["settlementCurrencyCode"], "EUR")
      const [entry] = yield* simulator.ledger.entries({ kind: "payout" })
      assert.strictEqual(entry?.quoteId, String(quoteId))
      yield* TestClock.adjust(5 * minute - 1)
      assert.strictEqual((yield* withQuote(quoteId)).status, 200)
      yield* TestClock.adjust(1)
      const late = yield* withQuote(quoteId)
      assert.strictEqual(late.status, 400)
      assert.deepStrictEqual(detailOf(late), {
        location: "transactionDetail.quoteId",
        message: "quoteId has expired.",
      })
    }).pipe(simulated),
  )

  it.effect("is refused when it is unknown or another party's, pair's or product's", () =>
    Effect.gen(function* () {
      const quoteId = yield* quoteFor()
      const wallets = yield* quoteFor({ rateProductCode: "WALLET" })
      const refusals = [
        yield* withQuote(1),
        yield* withQuote(quoteId, { initiatingPartyId: 1003 }),
        yield* withQuote(quoteId, { transactionCurrencyCode: "GBP" }),
        yield* withQuote(quoteId, { settlementCurrencyCode: "USD" }),
        yield* withQuote(quoteId, {}, { currencyCode: "GBP", countryCode: "GBR" }),
        yield* withQuote(wallets),
      ]
      for (const refused of refusals) {
        assert.strictEqual(refused.status, 400)
        assert.strictEqual(detailOf(refused)["location"], "transactionDetail.quoteId")
      }
      assert.deepStrictEqual(
        refusals.map((refused) => detailOf(refused)["message"]),
        [
          "quoteId is not known.",
          "quoteId is not known.",
          "quoteId is of another currency pair.",
          "quoteId is of another currency pair.",
          "quoteId is of another currency pair.",
          "quoteId is of another rate product.",
        ],
      )
    }).pipe(simulated),
  )
})

layer(Simulator.layer(), shared)("without sending", (it) => {
  it.effect("a payout can be validated, and is not there afterwards", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const { body, status } = yield* posted(`${payoutsPath}/validate`, bankPayout())
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(Object.keys(body), ["validationResultCode", "expectedPostingDate"])
      assert.strictEqual((yield* queried("payout-1")).status, 404)
      const [entry] = yield* simulator.ledger.entries({ endpoint: "ValidatePayout" })
      assert.strictEqual(entry?.kind, "inquiry")
    }),
  )

  it.effect.each([
    ["B", bankPayout(), "accountVerificationDetail"],
    ["W", walletPayout(), "walletVerificationDetail"],
  ] as const)("a recipient can be verified: %s", ([payoutMethod, payout, detail]) =>
    Effect.gen(function* () {
      const { body, status } = yield* posted(verifyPath, {
        payoutMethod,
        initiatingPartyId: 1002,
        clientVerificationReference: "check-1",
        recipientDetail: payout["recipientDetail"],
      })
      assert.strictEqual(status, 200)
      assert.strictEqual(body["verificationStatus"], "COMPLETED")
      assert.strictEqual(body["clientVerificationReference"], "check-1")
      assert.property(body, detail)
    }),
  )

  it.effect("a recipient's account need not exist, and a verification need not complete", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator
      const iban = { accountNumberType: "IBAN", accountNumber: "GB00NWBK60161331926819" }
      const check = {
        payoutMethod: "B",
        initiatingPartyId: 1002,
        recipientDetail: bankPayout({}, iban)["recipientDetail"],
      }
      const { body } = yield* posted(verifyPath, check)
      const detail = body["accountVerificationDetail"]
      assert.strictEqual(String(JSON.stringify(detail)).includes('"NO_MATCH"'), true)
      yield* simulator.script({
        match: { endpoint: "VerifyRecipient", clientReferenceId: "slow" },
        answer: {
          fields: { verificationStatus: "NOT_COMPLETED", accountVerificationDetail: null },
        },
      })
      const again = yield* posted(verifyPath, { ...check, clientVerificationReference: "slow" })
      assert.strictEqual(again.body["verificationStatus"], "NOT_COMPLETED")
      assert.notProperty(again.body, "accountVerificationDetail")
      const [entry] = yield* simulator.ledger.entries({ clientReferenceId: "slow" })
      assert.strictEqual(entry?.maskedAccount, "********6819")
      const refused = yield* posted(verifyPath, { ...check, recipientDetail: { type: "I" } })
      assert.strictEqual(refused.error["reason"], "3001")
    }),
  )
})
