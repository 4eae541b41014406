/**
 * Who looks a person up before money is sent to or from them: Visa's legacy watch list, or a service of
 * your own. One port for both.
 *
 * Names go into it and nowhere else: what comes back holds none.
 */
import { createHash } from "node:crypto"
import { Context, Effect, Layer, Redacted } from "effect"
import { WatchList } from "../api/WatchList.ts"
import type { AcquiringBin } from "../AcquiringBin.ts"
import type { Country } from "../Country.ts"
import { VisaError } from "../VisaError.ts"

/** A party of a payout, to be screened. */
export interface Subject {
  /** The payout's key. */
  readonly payout: string
  readonly role: "sender" | "recipient"
  /** A person's whole name, or a company's. */
  readonly name: string
  readonly kind: "individual" | "company"
  readonly country: Country
  readonly city?: string | undefined
  /** `YYYY-MM-DD` */
  readonly dateOfBirth?: string | undefined
}

/**
 * What screening comes to. Only `Clear` lets a payout out.
 *
 * - `Sanctions`: the party matches a sanctions list.
 * - `Review`: somebody must look at it before it may go out; also everything that is not certain.
 * - `Denied`: a rule forbids it.
 */
export interface ScreeningVerdict {
  readonly _tag: "Clear" | "Sanctions" | "Review" | "Denied"
  /** How to find the case again, with whoever screened. Holds no personal data. */
  readonly reference?: string | undefined
  /** How close the match is, 0 to 100. */
  readonly score?: number | undefined
}

export interface WatchListOptions {
  /** From which score on somebody must look although Visa cleared the party. Default: 75. */
  readonly reviewScore?: number | undefined
  readonly acquiringBin?: AcquiringBin | undefined
  readonly acquirerCountryCode?: Country | undefined
}

/** Twelve characters, the same for a party of a payout at every attempt. */
const referenceOf = ({ payout, role }: Subject): string => {
  const hash = createHash("sha256")
    .update(JSON.stringify([payout, role]))
    .digest()
  return String(hash.readBigUInt64BE(0) % 10n ** 12n).padStart(12, "0")
}

const makeWatchList = ({
  acquirerCountryCode,
  acquiringBin,
  reviewScore = 75,
}: WatchListOptions = {}): Effect.Effect<Screening["Service"], never, WatchList> =>
  Effect.map(WatchList, (watchList) =>
    Screening.of({
      screen: Effect.fnUntraced(function* (subject): Effect.fn.Return<ScreeningVerdict, VisaError> {
        const { city, country, name, role } = subject
        if (city === undefined || city.length === 0) {
          return yield* VisaError.of("RequestInvalid", {
            field: `${role}.address.city`,
            detail: "Visa's watch list is asked for name, city and country",
          })
        }
        const reference = referenceOf(subject)
        const answer = yield* watchList.legacyInquiry({
          name: Redacted.make(name),
          address: { city, cardIssuerCountryCode: country },
          referenceNumber: reference,
          ...(acquiringBin === undefined ? {} : { acquiringBin }),
          ...(acquirerCountryCode === undefined ? {} : { acquirerCountryCode }),
        })
        const found = { reference, score: answer.ofacScore }
        switch (answer._tag) {
          case "Clear":
            return { _tag: answer.ofacScore < reviewScore ? "Clear" : "Review", ...found }
          case "Hit":
            return { _tag: "Sanctions", ...found }
          case "Undecided":
            return { _tag: "Review", ...found }
        }
      }),
    }),
  )

/**
 * Screens parties.
 *
 * A service of your own: `Layer.succeed(Screening, { screen: (subject) => … })`. What it fails with, a
 * defect and a time-out count as no answer, and then nothing is sent.
 */
export class Screening extends Context.Service<
  Screening,
  {
    /**
     * Looks a party up. Fails with `RequestInvalid` where the subject lacks what it needs, and with
     * anything else where it gets no answer.
     */
    readonly screen: (subject: Subject) => Effect.Effect<ScreeningVerdict, VisaError>
  }
>()("effect-visa-direct/Screening") {
  /**
   * By Visa's watch list. Legacy, a hint, and no sanctions screening in the sense of the law: see
   * `WatchList`. What Visa leaves open is for review, and never clear.
   */
  static readonly layerWatchList = (
    options?: WatchListOptions,
  ): Layer.Layer<Screening, never, WatchList> => Layer.effect(Screening, makeWatchList(options))

  /** For programs whose policy screens nobody: it answers nothing, so what asks it is not sent. */
  static readonly layerNone: Layer.Layer<Screening> = Layer.succeed(Screening, {
    screen: () =>
      Effect.fail(
        VisaError.of("VerificationUnavailable", { detail: "No screening service is configured" }),
      ),
  })
}
