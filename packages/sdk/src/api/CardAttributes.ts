/**
 * What a card can do before money is sent to it: the funds transfer attributes inquiry (FTAI),
 * version 5. It moves no money and does not ask the issuer about the account.
 *
 * Source: Visa's OpenAPI export "Payment Account Attributes Inquiry" and its error sample. That a
 * participant flag of another network is `Y` or `N` is our reading: Visa gives it no values, and what
 * is neither is `Unknown`.
 */
import { Context, Effect, Layer, Result } from "effect"
import { attributesBody, gatewayNetwork, visaNetwork } from "../internal/cardAttributesFields.ts"
import type { GatewayNetwork, VisaNetwork } from "../internal/cardAttributesFields.ts"
import { eligibility } from "../internal/eligibility.ts"
import type { Eligibility, Intention } from "../internal/eligibility.ts"
import { strictEncoder } from "../internal/invalidRequest.ts"
import * as Wire from "../internal/wire.ts"
import * as Codes from "../internal/wireCodes.ts"
import { withoutEcho } from "../internal/withoutEcho.ts"
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
export type { Eligibility, Intention } from "../internal/eligibility.ts"
export type { Flag } from "../internal/wireCodes.ts"

/**
 * Which card. `acquiringBin` and `acquirerCountryCode` are the originator's: without them Visa cannot
 * say whether the issuer takes payments from its country.
 */
export type CardAttributesRequest = (typeof attributesBody)["Type"]

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

const path = "/paai/fundstransferattinq/v5/cardattributes/fundstransferinquiry"

const encodeBody = strictEncoder(attributesBody)

/** The operations of this module, as data. */
export const operations: {
  readonly inquire: Operation<CardAttributesRequest, NetworkAttributes>
} = {
  inquire: {
    name: "CardAttributes.inquire",
    method: "POST",
    path,
    mle: "mandatory",
    money: "none",
    rail: "card",
    findOut: "none",
    errorSpace: "cardAttributes",
    encode: (request) => Effect.map(encodeBody(request), (body) => ({ path, body })),
    decode,
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
  }
>()("effect-visa-direct/CardAttributes") {
  static readonly make = Effect.gen(function* () {
    const transport = yield* Transport
    return CardAttributes.of({
      inquire: (request) =>
        Effect.map(
          transport.execute(
            withoutEcho(operations.inquire, () => [Pan.value(request.primaryAccountNumber)]),
            request,
          ),
          ({ value }) => value,
        ),
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
