import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { CardProfile } from "../src/Cards.ts"
import { Pki } from "../src/Pki.ts"
import { Simulator } from "../src/Simulator.ts"
import { type Body, newStan, send } from "./support/client.ts"
import { inquire } from "./support/inquiries.ts"
import { missing, refusal, unknown, wrong } from "./support/pushes.ts"

const path = "/pav/v1/cardvalidation"

const acceptor = {
  address: { country: "US", zipCode: "94404", city: "fostr city", state: "CA" },
  idCode: "111111",
  name: "ABC Corp",
  terminalId: "12345678",
}

/** The OpenAPI document's example of a successful validation. */
const sample = {
  systemsTraceAuditNumber: "743720",
  cardCvv2Value: "022",
  cardAcceptor: acceptor,
  acquirerCountryCode: "840",
  primaryAccountNumber: "4957030420210462",
  acquiringBin: "408999",
  retrievalReferenceNumber: "015221743720",
  cardExpiryDate: "2040-10",
  addressVerificationResults: { street: "801 Metro Center Blv", postalCode: "94404" },
}

const tavv = "0100000000000287A522DC5E26614C4005000000"

/** Nothing on record. */
const plain = "4111111111111111"

const known: CardProfile = {
  digits: "4012888888881881",
  visa: [{}],
  record: {
    firstName: "Ana",
    middleName: "Maria",
    lastName: "Costa",
    phoneNumber: "5511999990000",
    emailAddress: "ana@example.com",
  },
}

const ask = (overrides: Readonly<Record<string, unknown>> = {}) =>
  inquire(path, { ...sample, ...overrides })

layer(Simulator.layer({ cards: [known] }), { excludeTestServices: true })(
  "a card validation",
  (it) => {
    describe("of the sandbox's card", () => {
      it.effect("succeeds with 85, and identifiers as text", () =>
        Effect.gen(function* () {
          const { body, sealed, status } = yield* ask()
          assert.strictEqual(status, 200)
          assert.isTrue(sealed)
          const { approvalCode, transactionIdentifier, ...rest } = body
          assert.deepStrictEqual(rest, {
            actionCode: "85",
            responseCode: "5",
            cvv2ResultCode: "M",
            addressVerificationResults: "Y",
          })
          assert.match(JSON.stringify(transactionIdentifier), /^"[1-9]\d{14}"$/)
          assert.match(String(approvalCode), /^\d{5}[A-Z]$/)
        }),
      )

      it.effect("fails with another expiry date", () =>
        Effect.gen(function* () {
          const { body, status } = yield* ask({ cardExpiryDate: "2020-10" })
          assert.strictEqual(status, 200)
          assert.strictEqual(body.actionCode, "54")
          assert.notProperty(body, "approvalCode")
        }),
      )

      it.effect("succeeds with a token's cryptogram, and without a CVV2", () =>
        Effect.gen(function* () {
          const { body } = yield* ask({ cardCvv2Value: undefined, tavv })
          assert.deepInclude(body, {
            actionCode: "85",
            cardholderAuthenticationVerificationResults: "2",
          })
          assert.notProperty(body, "cvv2ResultCode")
        }),
      )

      it.effect("tells a wrong CVV2 in its own result", () =>
        Effect.gen(function* () {
          const { body } = yield* ask({ cardCvv2Value: "672" })
          assert.deepInclude(body, { actionCode: "85", cvv2ResultCode: "N" })
        }),
      )

      it.effect.each([
        [{ street: "801 METRO center blv", postalCode: "94404" }, "Y"],
        [{ street: "801 Metro Center Blv", postalCode: "94405" }, "A"],
        [{ street: "2881 Main Street Sw", postalCode: "94404" }, "Z"],
        [{ postalCode: "94404" }, "Z"],
        [{ street: "2881 Main Street Sw", postalCode: "94405" }, "N"],
        [{ postalCode: "94405" }, "N"],
      ] as const)("compares the address: %j gives %s", ([addressVerificationResults, result]) =>
        Effect.gen(function* () {
          const { body } = yield* ask({ addressVerificationResults })
          assert.deepInclude(body, { actionCode: "85", addressVerificationResults: result })
        }),
      )
    })

    describe("of other cards", () => {
      it.effect.each([
        ["4111111111111112", "14", "fails its check digit"],
        ["5123280115058611", "15", "is not Visa's"],
      ] as const)("declines %s with %s: it %s", ([primaryAccountNumber, actionCode]) =>
        Effect.gen(function* () {
          const { body, status } = yield* ask({ primaryAccountNumber })
          assert.strictEqual(status, 200)
          assert.deepStrictEqual(
            { ...body, transactionIdentifier: "" },
            { actionCode, responseCode: "5", transactionIdentifier: "" },
          )
        }),
      )

      it.effect("agrees to everything when nothing is on record", () =>
        Effect.gen(function* () {
          const { body } = yield* ask({
            primaryAccountNumber: plain,
            cardExpiryDate: undefined,
            cardHolderPhoneNumber: "16505550100",
            cardHolderEmailAddress: "a@example.com",
            cardHolderNameVerification: { lastName: "Doe", firstName: "Jo" },
          })
          assert.deepInclude(body, {
            actionCode: "85",
            cvv2ResultCode: "M",
            addressVerificationResults: "Y",
            cardHolderPhoneNumberVerificationResults: "1",
            cardHolderEmailAddressVerificationResults: "1",
          })
          assert.deepInclude(body.cardHolderNameVerificationResult, {
            nameResult: "00",
            nameMatchDecision: "01",
          })
        }),
      )

      it.effect("judges nothing that was not sent", () =>
        Effect.gen(function* () {
          const { body } = yield* inquire(path, {
            acquiringBin: "408999",
            acquirerCountryCode: "840",
            primaryAccountNumber: plain,
          })
          assert.deepStrictEqual(Object.keys(body).toSorted(), [
            "actionCode",
            "approvalCode",
            "responseCode",
            "transactionIdentifier",
          ])
        }),
      )

      it.effect.each([
        [{ lastName: "COSTA", firstName: "ana", middleName: "Maria" }, "01", ["01", "01", "01"]],
        [{ lastName: "Costa" }, "01", ["01", undefined, undefined]],
        [{ lastName: "Costa", firstName: "Anna" }, "50", ["01", "50", undefined]],
        [{ lastName: "Costa", firstName: "Bea" }, "50", ["01", "99", undefined]],
        [{ lastName: "Silva", firstName: "Bea" }, "99", ["99", "99", undefined]],
      ] as const)("compares the name %j: %s", ([name, decision, parts]) =>
        Effect.gen(function* () {
          const { body } = yield* ask({
            primaryAccountNumber: known.digits,
            cardHolderNameVerification: name,
          })
          const result = body.cardHolderNameVerificationResult as Body
          assert.strictEqual(result.nameResult, "00")
          assert.strictEqual(result.nameMatchDecision, decision)
          assert.deepStrictEqual(
            [
              result.lastNameAccountMatchDecision,
              result.firstNameAccountMatchDecision,
              result.middleNameAccountMatchDecision,
            ],
            [...parts],
          )
        }),
      )

      it.effect("compares telephone, mail and identity", () =>
        Effect.gen(function* () {
          const { body } = yield* ask({
            primaryAccountNumber: known.digits,
            cardHolderPhoneNumber: "5511999990000",
            cardHolderEmailAddress: "other@example.com",
            identityVerification: {
              identities: [
                { identityType: "PASSPORT", identityValue: "123" },
                { identityType: "TAX", identityValue: "456" },
              ],
            },
          })
          assert.deepInclude(body, {
            cardHolderPhoneNumberVerificationResults: "1",
            cardHolderEmailAddressVerificationResults: "2",
          })
          assert.deepStrictEqual(body.identityVerification, {
            identities: [
              { identityType: "PASSPORT", identityVerificationResult: "1" },
              { identityType: "TAX", identityVerificationResult: "1" },
            ],
          })
        }),
      )

      it.effect("gives an identifier that follows from the request", () =>
        Effect.gen(function* () {
          const identifier = (overrides: Readonly<Record<string, unknown>>) =>
            Effect.map(ask(overrides), ({ body }) => body.transactionIdentifier)
          const stan = newStan()
          const first = yield* identifier({ systemsTraceAuditNumber: stan })
          assert.strictEqual(yield* identifier({ systemsTraceAuditNumber: stan }), first)
          assert.notStrictEqual(yield* identifier({ systemsTraceAuditNumber: newStan() }), first)
        }),
      )
    })

    it.effect("can be scripted: action code, source, results", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.script({
          match: { endpoint: "CardValidation", pan: plain },
          answer: {
            actionCode: "N7",
            responseCode: "1",
            fields: {
              cvv2ResultCode: "S",
              addressVerificationResults: "R",
              "cardHolderNameVerificationResult.nameResult": "02",
              "cardHolderNameVerificationResult.nameMatchDecision": null,
              "identityVerification.identities.0.identityVerificationResult": "4",
            },
          },
          times: 1,
        })
        const { body } = yield* ask({
          primaryAccountNumber: plain,
          cardExpiryDate: undefined,
          cardHolderNameVerification: { lastName: "Doe" },
          identityVerification: {
            identities: [{ identityType: "TAX", identityValue: "1" }],
          },
        })
        const { transactionIdentifier: _identifier, ...rest } = body
        assert.deepStrictEqual(rest, {
          actionCode: "N7",
          responseCode: "1",
          cvv2ResultCode: "S",
          addressVerificationResults: "R",
          cardHolderNameVerificationResult: {
            nameResult: "02",
            lastNameAccountMatchDecision: "01",
          },
          identityVerification: {
            identities: [{ identityType: "TAX", identityVerificationResult: "4" }],
          },
        })
        const entries = yield* simulator.ledger.entries({ endpoint: "CardValidation" })
        assert.deepInclude(entries.at(-1), { kind: "inquiry", actionCode: "N7" })
      }),
    )

    describe("is refused", () => {
      it.effect.each([
        [{ acquiringBin: undefined }, missing("acquiringBin")],
        [{ acquiringBin: "40899" }, missing("acquiringBin")],
        [{ acquiringBin: 408999 }, missing("acquiringBin")],
        [{ acquirerCountryCode: undefined }, missing("acquirerCountryCode")],
        [{ acquirerCountryCode: "USA" }, missing("acquirerCountryCode")],
        [{ primaryAccountNumber: undefined }, missing("primaryAccountNumber")],
        [{ cardAcceptor: { ...acceptor, name: undefined } }, missing("cardAcceptor.name")],
        [{ cardAcceptor: { ...acceptor, idCode: undefined } }, missing("cardAcceptor.idCode")],
        [
          { cardAcceptor: { ...acceptor, address: { country: "PAKISTAN" } } },
          wrong("cardAcceptor.address.country"),
        ],
        [{ cardExpiryDate: "4010" }, wrong("cardExpiryDate")],
        [{ cardExpiryDate: "2040-13" }, wrong("cardExpiryDate")],
        [{ cardCvv2Value: "02" }, wrong("cardCvv2Value")],
        [{ tavv: tavv.slice(1) }, wrong("tavv")],
        [{ tavv: `${tavv.slice(1)}G` }, wrong("tavv")],
        [{ systemsTraceAuditNumber: 743720 }, wrong("systemsTraceAuditNumber")],
        [
          { addressVerificationResults: { street: "801 Metro Center Blv" } },
          missing("addressVerificationResults.postalCode"),
        ],
        [
          { addressVerificationResults: { street: "801 Metro Center Blvd", postalCode: "94404" } },
          wrong("addressVerificationResults.street"),
        ],
        [
          { cardHolderNameVerification: { firstName: "Jo" } },
          missing("cardHolderNameVerification.lastName"),
        ],
        ...["   ", "000", "1234", "Doe?"].map(
          (lastName) =>
            [
              { cardHolderNameVerification: { lastName } },
              missing("cardHolderNameVerification.lastName"),
            ] as const,
        ),
        [
          {
            identityVerification: { identities: [{ identityType: "PASN", identityValue: "1" }] },
          },
          missing("identityVerification.identities.identityType"),
        ],
        [
          { pointOfServiceData: { panEntryMode: 1, posConditionCode: 51 } },
          missing("pointOfServiceData.motoECIIndicator"),
        ],
        [{ surprise: 1 }, unknown("surprise")],
      ] as ReadonlyArray<readonly [Readonly<Record<string, unknown>>, string]>)(
        "%j",
        ([overrides, message]) =>
          Effect.gen(function* () {
            assert.strictEqual(refusal(yield* ask(overrides)), message)
          }),
      )

      it.effect("for a token without its cryptogram", () =>
        Effect.gen(function* () {
          const token = { primaryAccountNumber: "4104920120500001", cardExpiryDate: undefined }
          const bare = yield* ask({ ...token, cardCvv2Value: undefined })
          assert.strictEqual(refusal(bare), missing("tavv"))
          const withTavv = yield* ask({ ...token, cardCvv2Value: undefined, tavv })
          assert.strictEqual(withTavv.status, 200)
          // A dynamic value (DTVV) travels in the place of the CVV2.
          assert.strictEqual((yield* ask(token)).status, 200)
        }),
      )
    })

    it.effect("is written down without card number, CVV2 and name", () =>
      Effect.gen(function* () {
        const simulator = yield* Simulator
        yield* simulator.ledger.clear
        const { body } = yield* ask({ cardHolderNameVerification: { lastName: "Costa" } })
        const entries = yield* simulator.ledger.entries()
        assert.strictEqual(entries.length, 1)
        assert.deepInclude(entries[0], {
          kind: "inquiry",
          acquiringBin: "408999",
          stan: "743720",
          rrn: "015221743720",
          terminalId: "12345678",
          cardAcceptorId: "111111",
          maskedPan: "495703******0462",
          actionCode: "85",
          transactionIdentifier: String(body.transactionIdentifier),
          moneyMoved: false,
        })
        const written = JSON.stringify(entries)
        for (const secret of [sample.primaryAccountNumber, '"022"', "Costa"]) {
          assert.notInclude(written, secret)
        }
        assert.deepStrictEqual((yield* simulator.stats).ledger.payments, {})
      }),
    )
  },
)

layer(Pki.layer())("a card validation", (it) => {
  it.effect("finds a card expired when its month is over", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make()
      const validate = () =>
        ask({ primaryAccountNumber: plain, cardExpiryDate: "2027-02" }).pipe(
          Effect.provideService(Simulator, simulator),
          Effect.map(({ body }) => body.actionCode),
        )
      yield* TestClock.setTime(Date.UTC(2027, 2, 1) - 1)
      assert.strictEqual(yield* validate(), "85")
      yield* TestClock.setTime(Date.UTC(2027, 2, 1))
      assert.strictEqual(yield* validate(), "54")
    }),
  )

  it.effect("takes names and identities only when they are encrypted", () =>
    Effect.gen(function* () {
      const simulator = yield* Simulator.make({ mle: "optional" })
      const inClear = (overrides: Readonly<Record<string, unknown>>) =>
        Effect.map(
          send(simulator, "POST", path, JSON.stringify({ ...sample, ...overrides })),
          ({ status, text }) => ({ status, body: JSON.parse(text) as Body }),
        )
      const name = { cardHolderNameVerification: { lastName: "Costa" } }
      const identity = {
        identityVerification: { identities: [{ identityType: "TAX", identityValue: "1" }] },
      }
      assert.strictEqual((yield* inClear({})).status, 200)
      assert.strictEqual(refusal(yield* inClear(name)), unknown("cardHolderNameVerification"))
      assert.strictEqual(refusal(yield* inClear(identity)), unknown("identityVerification"))
      const sealed = yield* ask({ ...name, ...identity }).pipe(
        Effect.provideService(Simulator, simulator),
      )
      assert.strictEqual(sealed.status, 200)
    }),
  )
})
