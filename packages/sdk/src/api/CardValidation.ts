/**
 * Verification of a card with its issuer, without a payment: payment account validation (PAV).
 *
 * That the account is good says nothing about the rest: an issuer can approve the account and find
 * the address, the name or the security code wrong. Each of them has its own result in
 * {@link ValidCard.results}; read what you asked for.
 *
 * Source: Visa's OpenAPI export "Payment Account Validation" for fields and result codes. That action
 * code 85 (no reason to decline) is the approval, beside `00`, is read from its meaning in ISO 8583.
 */
import { Context, Effect, Layer, Redacted, Result } from "effect"
import { answersOf } from "../internal/answers.ts"
import { validationBody, validationRules } from "../internal/cardValidationFields.ts"
import type { CardValidationRequest } from "../internal/cardValidationFields.ts"
import { readValidation } from "../internal/cardValidationResults.ts"
import type { ValidationFacts, VerificationResults } from "../internal/cardValidationResults.ts"
import { strictEncoder } from "../internal/invalidRequest.ts"
import { checkRules } from "../internal/rules.ts"
import { failure } from "../Operation.ts"
import type { Encoded, Failure, Operation, Reply } from "../Operation.ts"
import { Pan } from "../Pan.ts"
import { Transport } from "../Transport.ts"
import { readActionCode } from "../VisaError.ts"
import type { VisaError } from "../VisaError.ts"

export type { CardValidationRequest } from "../internal/cardValidationFields.ts"
export type {
  DetailResult,
  IdentityResult,
  NameResult,
  VerificationResults,
} from "../internal/cardValidationResults.ts"

/** A card whose account the issuer has nothing against. */
export interface ValidCard extends ValidationFacts {
  readonly _tag: "ValidCard"
  /** `85` no reason to decline, `00` or `11` approved. */
  readonly actionCode: string
  readonly results: VerificationResults
}

const decode = (reply: Reply): Result.Result<ValidCard, Failure> => {
  const read = readValidation(reply.body)
  if (read?.actionCode === undefined) {
    return Result.fail(failure("ResponseMalformed", { detail: "The reply has no actionCode." }))
  }
  const { actionCode, facts, results } = read
  return Result.map(readActionCode("verify", actionCode), () => ({
    _tag: "ValidCard",
    ...facts,
    actionCode,
    results,
  }))
}

const path = "/pav/v1/cardvalidation"

const encodeBody = strictEncoder(validationBody)

const encode = Effect.fnUntraced(function* (
  request: CardValidationRequest,
): Effect.fn.Return<Encoded, VisaError> {
  const body = yield* encodeBody(request)
  yield* checkRules(validationRules, request)
  return { path, body }
})

/** The operations of this module, as data. */
export const operations: {
  readonly validate: Operation<CardValidationRequest, ValidCard>
} = {
  validate: {
    name: "CardValidation.validate",
    method: "POST",
    path,
    mle: "mandatory",
    money: "none",
    rail: "card",
    findOut: "none",
    encode,
    decode,
  },
}

const opened = (secret: Redacted.Redacted | undefined): string | undefined =>
  secret === undefined ? undefined : Redacted.value(secret)

/** What belongs to the cardholder and to nobody who reads an error. */
const confidential = (request: CardValidationRequest): ReadonlyArray<string | undefined> => [
  Pan.value(request.primaryAccountNumber),
  opened(request.cardCvv2Value),
  opened(request.tavv),
  request.cardExpiryDate,
  request.cardHolderEmailAddress,
  request.cardHolderPhoneNumber,
  request.addressVerificationResults?.street,
  request.addressVerificationResults?.postalCode,
  request.cardHolderNameVerification?.firstName,
  request.cardHolderNameVerification?.middleName,
  request.cardHolderNameVerification?.lastName,
  ...(request.identityVerification?.identities.map((each) => opened(each.identityValue)) ?? []),
]

/**
 * Verifies cards.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Redacted } from "effect"
 * import { AcquiringBin, CardValidation, Correlation, Country, Pan, Transport } from "effect-visa-direct"
 *
 * const visa = Transport.layerTest(() => ({
 *   status: 200,
 *   body: { actionCode: "85", responseCode: "5", transactionIdentifier: "234234322342343", cvv2ResultCode: "N" }
 * }))
 * const program = Effect.gen(function* () {
 *   const card = yield* CardValidation.validate({
 *     primaryAccountNumber: yield* Pan.make("4957030420210462"),
 *     acquiringBin: yield* AcquiringBin.make("408999"),
 *     acquirerCountryCode: yield* Country.of("US"),
 *     cardCvv2Value: Redacted.make("022"),
 *     cardExpiryDate: "2040-10"
 *   })
 *   // The account is good, the security code is not.
 *   return card.results.cvv2
 * })
 * const cvv2 = await Effect.runPromise(program.pipe(
 *   Effect.provide(CardValidation.layer),
 *   Effect.provide(visa),
 *   Effect.provide(Correlation.layerTest)
 * ))
 * assert.strictEqual(cvv2?._tag, "Cvv2NoMatch")
 */
export class CardValidation extends Context.Service<
  CardValidation,
  {
    /**
     * Asks the issuer about a card. Succeeds when it has nothing against the account; fails with the
     * reason of the decline otherwise, with `RequestInvalid` before sending, and with what the transport
     * meets.
     */
    readonly validate: (request: CardValidationRequest) => Effect.Effect<ValidCard, VisaError>
  }
>()("effect-visa-direct/CardValidation") {
  static readonly make = Effect.gen(function* () {
    const answer = answersOf(yield* Transport)
    return CardValidation.of({
      validate: (request) => answer(operations.validate, request, () => confidential(request)),
    })
  })

  static readonly layer: Layer.Layer<CardValidation, never, Transport> = Layer.effect(
    CardValidation,
    CardValidation.make,
  )

  static readonly operations = operations

  static readonly validate = (
    request: CardValidationRequest,
  ): Effect.Effect<ValidCard, VisaError, CardValidation> =>
    Effect.flatMap(CardValidation, (service) => service.validate(request))
}
