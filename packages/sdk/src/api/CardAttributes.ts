/**
 * What a card can do before money is sent to it: the funds transfer attributes inquiry (FTAI), in
 * version 5 and, for projects that have no other, 1 and 2; and the general inquiry. They move no money
 * and do not ask the issuer about the account.
 *
 * Source: Visa's OpenAPI export "Payment Account Attributes Inquiry" and its error sample. That a
 * participant flag of another network is `Y` or `N` is our reading: Visa gives it no values, and what
 * is neither is `Unknown`. Versions 1 and 2, and the general inquiry: Visa's older samples and an
 * integrator's recorded answer of version 1; that version 2 has the same request and letters is our
 * reading. The fields that the general inquiry answers are not public.
 */
import { Context, Effect, Layer, Redacted, Result } from "effect"
import type { Schema } from "effect"
import { answersOf } from "../internal/answers.ts"
import {
  attributesBody,
  gatewayNetwork,
  generalBody,
  olderAttributesBody,
  visaNetwork,
} from "../internal/cardAttributesFields.ts"
import type { GatewayNetwork, VisaNetwork } from "../internal/cardAttributesFields.ts"
import { eligibility } from "../internal/eligibility.ts"
import type { Eligibility, Intention } from "../internal/eligibility.ts"
import { strictEncoder } from "../internal/invalidRequest.ts"
import { letterAttributes } from "../internal/letterAttributes.ts"
import type { LetterAttributes } from "../internal/letterAttributes.ts"
import * as Wire from "../internal/wire.ts"
import * as Codes from "../internal/wireCodes.ts"
import { failure } from "../Operation.ts"
import type { Failure, Operation, Reply } from "../Operation.ts"
import { Pan } from "../Pan.ts"
import { Transport } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"

export type {
  ByPurpose,
  ByReach,
  GatewayNetwork,
  Purpose,
  VisaNetwork,
} from "../internal/cardAttributesFields.ts"
export type { LetterAttributes } from "../internal/letterAttributes.ts"
export type { Eligibility, Intention } from "../internal/eligibility.ts"
export type { Flag } from "../internal/wireCodes.ts"

/**
 * Which card. `acquiringBin` and `acquirerCountryCode` are the originator's: without them Visa cannot
 * say whether the issuer takes payments from its country.
 */
export type CardAttributesRequest = (typeof attributesBody)["Type"]

/** {@link CardAttributesRequest} of versions 1 and 2. */
export type OlderAttributesRequest = (typeof olderAttributesBody)["Type"]

export type GeneralInquiryRequest = (typeof generalBody)["Type"]

/** Whatever Visa says of a card, under its names: which they are is not public. */
export type GeneralAttributes = Redacted.Redacted<{ readonly [name: string]: unknown }>

/** A card's networks. A card of Visa's has no gateway networks, or has them besides. */
export interface NetworkAttributes {
  readonly visaNetworks: ReadonlyArray<VisaNetwork>
  readonly gatewayNetworks: ReadonlyArray<GatewayNetwork>
}

const decode = (reply: Reply): Result.Result<NetworkAttributes, Failure> => {
  const malformed = (detail: string) => Result.fail(failure("ResponseMalformed", { detail }))
  if (!Wire.isJsonObject(reply.body)) return malformed("The answer is not an object.")
  const { ppgsNetworkInfo, visaNetworkInfo } = reply.body
  if (!Array.isArray(visaNetworkInfo) && !Array.isArray(ppgsNetworkInfo)) {
    return malformed("The answer has neither visaNetworkInfo nor ppgsNetworkInfo.")
  }
  const visaNetworks = Codes.list(visaNetwork)(visaNetworkInfo ?? [])
  const gatewayNetworks = Codes.list(gatewayNetwork)(ppgsNetworkInfo ?? [])
  return visaNetworks === undefined || gatewayNetworks === undefined
    ? malformed("A network of the answer cannot be read.")
    : Result.succeed({ visaNetworks, gatewayNetworks })
}

/** Version 1 answers the letters bare; a list of networks is read too, as the Alias Directory has it. */
const decodeLetters = (reply: Reply): Result.Result<ReadonlyArray<LetterAttributes>, Failure> => {
  const body = Wire.isJsonObject(reply.body) ? reply.body : {}
  const networks = body["visaNetworkInfo"]
  const found = Codes.list(letterAttributes)(networks ?? [body])
  return found === undefined ||
    (networks === undefined && body["pushFundsBlockIndicator"] === undefined)
    ? Result.fail(
        failure("ResponseMalformed", { detail: "The answer has no pushFundsBlockIndicator." }),
      )
    : Result.succeed(found)
}

const decodeGeneral = ({ body }: Reply): Result.Result<GeneralAttributes, Failure> =>
  Wire.isJsonObject(body)
    ? Result.succeed(Redacted.make(body))
    : Result.fail(failure("ResponseMalformed", { detail: "The answer is not an object." }))

const shared = {
  method: "POST",
  mle: "mandatory",
  money: "none",
  rail: "card",
  findOut: "none",
  errorSpace: "cardAttributes",
} as const

const inquiry = <T, E>(path: string, body: Schema.Codec<T, E>) => {
  const encode = strictEncoder(body)
  return {
    ...shared,
    path,
    encode: (request: T) => Effect.map(encode(request), (wire) => ({ path, body: wire })),
  }
}

const versioned = (version: "v1" | "v2" | "v5") =>
  `/paai/fundstransferattinq/${version}/cardattributes/fundstransferinquiry`

/** The operations of this module, as data. */
export const operations: {
  readonly inquire: Operation<CardAttributesRequest, NetworkAttributes>
  readonly inquireV1: Operation<OlderAttributesRequest, ReadonlyArray<LetterAttributes>>
  readonly inquireV2: Operation<OlderAttributesRequest, ReadonlyArray<LetterAttributes>>
  readonly general: Operation<GeneralInquiryRequest, GeneralAttributes>
} = {
  inquire: {
    ...inquiry(versioned("v5"), attributesBody),
    name: "CardAttributes.inquire",
    decode,
  },
  inquireV1: {
    ...inquiry(versioned("v1"), olderAttributesBody),
    name: "CardAttributes.inquireV1",
    decode: decodeLetters,
  },
  inquireV2: {
    ...inquiry(versioned("v2"), olderAttributesBody),
    name: "CardAttributes.inquireV2",
    decode: decodeLetters,
  },
  general: {
    ...inquiry("/paai/generalattinq/v1/cardattributes/generalinquiry", generalBody),
    name: "CardAttributes.general",
    decode: decodeGeneral,
  },
}

/**
 * Asks for the attributes of cards.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { CardAttributes, Correlation, Country, Pan, Rrn, Stan, Transport } from "effect-visa-direct"
 *
 * const visa = Transport.layerTest(() => ({
 *   status: 200,
 *   body: {
 *     visaNetworkInfo: [{ issuerCountryCode: 76, billingCurrency: 986, moneyTransferPushFundsDomestic: "Y" }],
 *     ppgsNetworkInfo: []
 *   }
 * }))
 * const program = Effect.gen(function* () {
 *   const attributes = yield* CardAttributes.inquire({
 *     primaryAccountNumber: yield* Pan.make("4060320000000127"),
 *     systemsTraceAuditNumber: yield* Stan.make("451018"),
 *     retrievalReferenceNumber: yield* Rrn.make("412770452025")
 *   })
 *   assert.strictEqual(attributes.visaNetworks[0]?.billingCurrency, "BRL")
 *   return CardAttributes.canReceive(attributes, {
 *     purpose: "moneyTransfer",
 *     originatorCountry: yield* Country.of("BR")
 *   })
 * })
 * const answer = await Effect.runPromise(program.pipe(
 *   Effect.provide(CardAttributes.layer),
 *   Effect.provide(visa),
 *   Effect.provide(Correlation.layerTest)
 * ))
 * assert.strictEqual(answer.canReceive, "Yes")
 * // Visa said nothing about its speed.
 * assert.strictEqual(answer.fastFunds, "Unknown")
 */
export class CardAttributes extends Context.Service<
  CardAttributes,
  {
    /**
     * The networks of a card and what it can do there. Fails with `NoParticipatingNetwork` when no
     * network knows the card, with `RequestInvalid` before sending, and with what the transport meets.
     */
    readonly inquire: (
      request: CardAttributesRequest,
    ) => Effect.Effect<NetworkAttributes, VisaError>
    /** By version 1, for projects that have no later one: cards of Visa's own network only. */
    readonly inquireV1: (
      request: OlderAttributesRequest,
    ) => Effect.Effect<ReadonlyArray<LetterAttributes>, VisaError>
    /** By version 2. */
    readonly inquireV2: (
      request: OlderAttributesRequest,
    ) => Effect.Effect<ReadonlyArray<LetterAttributes>, VisaError>
    /** What Visa knows of a card in general, such as its product and its issuer's name. */
    readonly general: (
      request: GeneralInquiryRequest,
    ) => Effect.Effect<GeneralAttributes, VisaError>
  }
>()("effect-visa-direct/CardAttributes") {
  static readonly make = Effect.gen(function* () {
    const answer = answersOf(yield* Transport)
    const ask =
      <Request extends GeneralInquiryRequest, A>(operation: Operation<Request, A>) =>
      (request: Request): Effect.Effect<A, VisaError> =>
        answer(operation, request, () => [Pan.value(request.primaryAccountNumber)])
    return CardAttributes.of({
      inquire: ask(operations.inquire),
      inquireV1: ask(operations.inquireV1),
      inquireV2: ask(operations.inquireV2),
      general: ask(operations.general),
    })
  })

  static readonly layer: Layer.Layer<CardAttributes, never, Transport> = Layer.effect(
    CardAttributes,
    CardAttributes.make,
  )

  static readonly operations = operations

  static readonly inquire = (
    request: CardAttributesRequest,
  ): Effect.Effect<NetworkAttributes, VisaError, CardAttributes> =>
    Effect.flatMap(CardAttributes, (service) => service.inquire(request))

  static readonly inquireV1 = (
    request: OlderAttributesRequest,
  ): Effect.Effect<ReadonlyArray<LetterAttributes>, VisaError, CardAttributes> =>
    Effect.flatMap(CardAttributes, (service) => service.inquireV1(request))

  static readonly inquireV2 = (
    request: OlderAttributesRequest,
  ): Effect.Effect<ReadonlyArray<LetterAttributes>, VisaError, CardAttributes> =>
    Effect.flatMap(CardAttributes, (service) => service.inquireV2(request))

  static readonly general = (
    request: GeneralInquiryRequest,
  ): Effect.Effect<GeneralAttributes, VisaError, CardAttributes> =>
    Effect.flatMap(CardAttributes, (service) => service.general(request))

  /**
   * Whether a card can receive a push, by its attributes alone: what Visa did not say stays
   * `Unknown`, and a `Yes` does not bind the issuer, who decides on each payment.
   *
   * The networks of Visa's gateway count only where the card is not Visa's. The accounts of a combo
   * card must agree: ask with `accountType` to be sure.
   */
  static readonly canReceive = (attributes: NetworkAttributes, intention: Intention): Eligibility =>
    eligibility(attributes.visaNetworks, attributes.gatewayNetworks, intention)
}
