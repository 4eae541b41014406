/**
 * Screening of a person against the sanctions list of the United States (OFAC SDN) by Visa.
 *
 * **Legacy.** Visa's specifications of 2025 no longer list this operation, and a project may not have
 * it. It is a hint for a cross-border push and no sanctions screening in the sense of the law: that
 * needs a screening service of your own.
 *
 * Source: Visa's old sample tests and sample clients (2018). The status says on which side of Visa's
 * own threshold the score is; that threshold is not published, and `Approved` is the only status that
 * is ever shown. `Declined` is our reading of its opposite; every other status leaves the decision
 * open.
 */
import { Context, Effect, Layer, Redacted, Result, Schema } from "effect"
import { AcquiringBin } from "../AcquiringBin.ts"
import { answersOf } from "../internal/answers.ts"
import * as Fields from "../internal/fields.ts"
import { strictEncoder } from "../internal/invalidRequest.ts"
import * as Wire from "../internal/wire.ts"
import { failure } from "../Operation.ts"
import type { Failure, Operation, Reply } from "../Operation.ts"
import { Transport } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"

const inquiryBody = Schema.Struct({
  name: Fields.secret(1, 255, /\S/, "text that is not blank"),
  address: Schema.Struct({
    city: Fields.text(1, 255),
    cardIssuerCountryCode: Fields.countryAlpha3,
  }),
  /** Twelve characters of your own, to find the answer again. */
  referenceNumber: Fields.text(12, 12),
  acquiringBin: Schema.optionalKey(AcquiringBin.Schema),
  acquirerCountryCode: Schema.optionalKey(Fields.countryNumeric),
})

/** Who is screened. */
export type LegacyScreeningRequest = (typeof inquiryBody)["Type"]

/**
 * What the answer comes to.
 *
 * - `Clear`: Visa says `Approved` and gives a score. A high score can still be a reason to look.
 * - `Hit`: Visa says `Declined`. Hold the payment.
 * - `Undecided`: everything else, in particular a status that this version does not know, and an
 *   answer that holds another reference number. It is never to be taken for `Clear`.
 */
export type LegacyScreening =
  | (Screened & { readonly _tag: "Clear"; readonly ofacScore: number })
  | (Screened & { readonly _tag: "Hit" })
  | (Screened & { readonly _tag: "Undecided" })

interface Screened {
  /** As it was received. */
  readonly status: string | undefined
  /** How likely name, city and country are an entry of the list: 0 to 100. */
  readonly ofacScore: number | undefined
  readonly referenceNumber: string | undefined
}

const scoreOf = (value: unknown): number | undefined => {
  const score = Number(Wire.decimal(value) ?? Number.NaN)
  return score >= 0 && score <= 100 ? score : undefined
}

const decode = ({ body }: Reply): Result.Result<LegacyScreening, Failure> => {
  if (!Wire.isJsonObject(body)) {
    return Result.fail(failure("ResponseMalformed", { detail: "The answer is not an object." }))
  }
  const ofacScore = scoreOf(body["ofacScore"])
  const status = Wire.text(body["status"])
  const screened = { status, ofacScore, referenceNumber: Wire.text(body["referenceNumber"]) }
  switch (status) {
    case "Approved":
      return Result.succeed(
        ofacScore === undefined
          ? { _tag: "Undecided", ...screened }
          : { _tag: "Clear", ...screened, ofacScore },
      )
    case "Declined":
      return Result.succeed({ _tag: "Hit", ...screened })
    default:
      return Result.succeed({ _tag: "Undecided", ...screened })
  }
}

/** An answer about somebody else is none; Visa may have sent the digits as a JSON number. */
const about = (request: LegacyScreeningRequest, screening: LegacyScreening): LegacyScreening => {
  const { referenceNumber } = screening
  return referenceNumber === undefined ||
    referenceNumber.padStart(12, "0") === request.referenceNumber
    ? screening
    : { ...screening, _tag: "Undecided" }
}

const path = "/visadirect/watchlistscreening/v1/watchlistinquiry"

const encodeBody = strictEncoder(inquiryBody)

/** The operations of this module, as data. */
export const operations: {
  readonly legacyInquiry: Operation<LegacyScreeningRequest, LegacyScreening>
} = {
  legacyInquiry: {
    name: "WatchList.legacyInquiry",
    method: "POST",
    path,
    mle: "mandatory",
    money: "none",
    rail: "card",
    findOut: "none",
    encode: (request) => Effect.map(encodeBody(request), (body) => ({ path, body })),
    decode,
  },
}

/**
 * Screens persons. Legacy: see the module.
 *
 * @example
 * import { assert } from "@effect/vitest"
 * import { Effect, Redacted } from "effect"
 * import { Correlation, Country, Transport, WatchList } from "effect-visa-direct"
 *
 * const visa = Transport.layerTest(() => ({
 *   status: 200,
 *   body: { referenceNumber: "430000367618", ofacScore: "0", status: "Under review" }
 * }))
 * const screening = Effect.gen(function* () {
 *   return yield* WatchList.legacyInquiry({
 *     name: Redacted.make("Mohammed Qasim"),
 *     address: { city: "Bangalore", cardIssuerCountryCode: yield* Country.of("IN") },
 *     referenceNumber: "430000367618"
 *   })
 * })
 * const answer = await Effect.runPromise(screening.pipe(
 *   Effect.provide(WatchList.layer),
 *   Effect.provide(visa),
 *   Effect.provide(Correlation.layerTest)
 * ))
 * assert.strictEqual(answer._tag, "Undecided")
 */
export class WatchList extends Context.Service<
  WatchList,
  {
    /**
     * Screens one person. A hit is an answer and no error. Fails with `RequestInvalid` before sending,
     * and with what the transport meets: none of that is a clearance either.
     */
    readonly legacyInquiry: (
      request: LegacyScreeningRequest,
    ) => Effect.Effect<LegacyScreening, VisaError>
  }
>()("effect-visa-direct/WatchList") {
  static readonly make = Effect.gen(function* () {
    const answer = answersOf(yield* Transport)
    return WatchList.of({
      legacyInquiry: (request) =>
        Effect.map(
          answer(operations.legacyInquiry, request, () => [
            Redacted.value(request.name),
            request.address.city,
          ]),
          (found) => about(request, found),
        ),
    })
  })

  static readonly layer: Layer.Layer<WatchList, never, Transport> = Layer.effect(
    WatchList,
    WatchList.make,
  )

  static readonly operations = operations

  static readonly legacyInquiry = (
    request: LegacyScreeningRequest,
  ): Effect.Effect<LegacyScreening, VisaError, WatchList> =>
    Effect.flatMap(WatchList, (service) => service.legacyInquiry(request))
}
