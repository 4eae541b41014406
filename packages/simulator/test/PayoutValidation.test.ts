/** What is refused of payouts, their validation without sending, and recipient verification. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { payoutCodes } from "../src/endpoints/payoutErrors.ts"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { post, send } from "./support/client.ts"
import {
  bankPayout,
  detailOf,
  payoutsPath,
  posted,
  queried,
  sent,
  walletPayout,
} from "./support/payouts.ts"

const verifyPath = "/visapayouts/v1/extensions/verifyRecipient"

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
