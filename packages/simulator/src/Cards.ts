/**
 * What the networks know of cards: the attributes that decide whether money can be pushed to or
 * pulled from them, and what the issuer compares a validation with.
 */
import { currencyDigits } from "./internal/iso.ts"

/** Members of a network information element, under the names that they have on the wire. */
export type NetworkAttributes = Readonly<Record<string, string | number>>

/** What an issuer has on record. Absent members verify whatever is sent. */
export interface CardRecord {
  /** `YYYY-MM`. */
  readonly expiry?: string
  readonly cvv2?: string
  readonly street?: string
  readonly postalCode?: string
  readonly firstName?: string
  readonly middleName?: string
  readonly lastName?: string
  readonly phoneNumber?: string
  readonly emailAddress?: string
}

/**
 * A card, or a range of cards.
 *
 * @example
 * ```ts
 * import type { CardProfile } from "effect-visa-direct-simulator"
 *
 * const cannotReceive: CardProfile = {
 *   digits: "4111111111111111",
 *   country: "826",
 *   visa: [{ moneyTransferPushFundsDomestic: "N", moneyTransferPushFundsCrossBorder: "N" }],
 * }
 * ```
 */
export interface CardProfile {
  /** The card number, or its leading digits. The longest that fits a card wins. */
  readonly digits: string
  /** ISO numeric. Default: as in the option `issuers`, else the acquirer's, else `840`. */
  readonly country?: string
  /** ISO numeric. Default: the country's. */
  readonly currency?: string
  readonly issuerName?: string
  /**
   * Elements of `visaNetworkInfo`, each as far as it differs from a debit card that can do
   * everything. Absent: not a Visa card.
   */
  readonly visa?: ReadonlyArray<NetworkAttributes>
  /** Elements of `ppgsNetworkInfo` (US debit networks), likewise; `networkId` is needed. */
  readonly ppgs?: ReadonlyArray<NetworkAttributes & { readonly networkId: number }>
  /** Countries (ISO numeric) whose senders the issuer refuses. */
  readonly refusesFrom?: ReadonlyArray<string>
  /** A network token: a validation needs its cryptogram. */
  readonly token?: true
  readonly record?: CardRecord
}

/**
 * Visa's sandbox cards, and every other number that begins with 4. For the non-Visa one no answer
 * is published; two of the listed debit networks are our choice.
 */
export const cardProfiles: ReadonlyArray<CardProfile> = [
  { digits: "4", visa: [{}] },
  { digits: "4060320000000127", country: "840", issuerName: "Visa Test Bank", visa: [{}] },
  { digits: "4104920120500001", visa: [{}], token: true },
  { digits: "4104920120500002", visa: [{}], token: true },
  {
    digits: "4957030420210462",
    visa: [{}],
    record: {
      expiry: "2040-10",
      cvv2: "022",
      street: "801 Metro Center Blv",
      postalCode: "94404",
    },
  },
  {
    digits: "4957030420210512",
    country: "076",
    issuerName: "Visa Test Bank",
    visa: [
      {
        cardProductType: "C",
        moneyTransferFastFundsDomestic: "N",
        moneyTransferFastFundsCrossBorder: "N",
        nonMoneyTransferFastFundsDomestic: "N",
        nonMoneyTransferFastFundsCrossBorder: "N",
        onlineGamblingFastFundsDomestic: "N",
        onlineGamblingFastFundsCrossBorder: "N",
        onlineGamblingPushFundsDomestic: "N",
        onlineGamblingPushFundsCrossBorder: "N",
      },
    ],
  },
  { digits: "4895140000066666", country: "404", issuerName: "Test Bank 1", visa: [{}] },
  { digits: "5123280115058611", country: "840", ppgs: [{ networkId: 8 }, { networkId: 16 }] },
]

/** The longest of the leading digits that a card number begins with. */
const longestFor = <A>(
  pan: string,
  ranges: Iterable<A>,
  digitsOf: (range: A) => string,
): A | undefined => {
  let best: A | undefined
  let length = 0
  for (const range of ranges) {
    const digits = digitsOf(range)
    if (digits.length > length && pan.startsWith(digits)) {
      best = range
      length = digits.length
    }
  }
  return best
}

export const profileOf = (
  pan: string,
  profiles: ReadonlyArray<CardProfile>,
): CardProfile | undefined => longestFor(pan, profiles, ({ digits }) => digits)

const euro =
  "040 056 191 196 233 246 250 276 300 372 380 428 440 442 470 528 620 703 705 724".split(" ")

/** Countries whose currency has another number than they have. */
const currencies: ReadonlyMap<string, string> = new Map([
  ...euro.map((country) => [country, "978"] as const),
  ["031", "944"],
  ["076", "986"],
  ["288", "936"],
  ["508", "943"],
  ["616", "985"],
  ["642", "946"],
  ["688", "941"],
  ["792", "949"],
  ["804", "980"],
  ["894", "967"],
])

/** What a profile says of one card, with the gaps filled in. Codes are ISO numeric, three digits. */
interface CardFacts {
  readonly country: string
  readonly currency: string
  /** Number of decimals of the currency, as text. */
  readonly minorDigits: string
  readonly issuerName: string
}

export const factsOf = (
  pan: string,
  profile: CardProfile,
  issuers: Readonly<Record<string, string>>,
  acquirer: string | undefined,
): CardFacts => {
  const listed = longestFor(pan, Object.entries(issuers), ([digits]) => digits)?.[1]
  const country = profile.country ?? listed ?? acquirer ?? "840"
  const own = currencies.get(country) ?? country
  const currency = profile.currency ?? (currencyDigits(own) === undefined ? "840" : own)
  return {
    country,
    currency,
    minorDigits: String(currencyDigits(currency) ?? 2),
    issuerName: profile.issuerName ?? "Simulated Bank",
  }
}

const purposes = ["moneyTransfer", "nonMoneyTransfer", "onlineGambling"] as const
const speeds = ["PushFunds", "FastFunds"] as const
const reaches = ["Domestic", "CrossBorder"] as const

/** The matrix of flags of a card that can receive everything, everywhere, at once. */
const ableFlags: NetworkAttributes = Object.fromEntries(
  purposes.flatMap((purpose) =>
    speeds.flatMap((speed) => reaches.map((reach) => [`${purpose}${speed}${reach}`, "Y"])),
  ),
)

/** An element of `visaNetworkInfo` (FTAI v5). Codes are integers there: leading zeros are lost. */
export const visaNetworkInfo = (
  facts: CardFacts,
  differences: NetworkAttributes,
): NetworkAttributes => ({
  issuerName: facts.issuerName,
  issuerCountryCode: Number(facts.country),
  billingCurrency: Number(facts.currency),
  billingCurrencyCodeMinorDigits: facts.minorDigits,
  cardProductType: "D",
  cardPlatformCode: "CN",
  comboCardRange: "0",
  pullFundsCrossBorder: "Y",
  pushFundsCrossBorderAuthApprovalInd: "READY",
  ...ableFlags,
  ...differences,
})

/**
 * The single letters of the older card attributes, as the inquiry's version 1 has them beside each
 * other: fast funds within 30 minutes are `D`.
 */
export const olderAttributes = (
  facts: CardFacts,
  differences: NetworkAttributes,
): Readonly<Record<string, string | number>> => {
  const info = visaNetworkInfo(facts, differences)
  const blocked = (flag: unknown) => (flag === "Y" ? "N" : "Y")
  return {
    cardTypeCode: String(info["cardProductType"]),
    billingCurrencyCode: facts.currency,
    billingCurrencyMinorDigits: Number(facts.minorDigits),
    issuerName: facts.issuerName,
    cardIssuerCountryCode: facts.country,
    fastFundsIndicator: info["moneyTransferFastFundsDomestic"] === "Y" ? "D" : "N",
    pushFundsBlockIndicator: blocked(info["moneyTransferPushFundsDomestic"]),
    onlineGambingBlockIndicator: blocked(info["onlineGamblingPushFundsDomestic"]),
  }
}

/** An element of `ppgsNetworkInfo` (FTAI v5). */
export const ppgsNetworkInfo = (
  facts: CardFacts,
  differences: NetworkAttributes,
): NetworkAttributes => ({
  cardTypeCode: "D",
  octDomParticipant: "Y",
  octXbParticipant: "N",
  aftDomParticipant: "Y",
  aftXbParticipant: "N",
  octFastFunds: "Y",
  gamingAndGambling: "Y",
  billingCurrencyCode: Number(facts.currency),
  cardIssuerCountryCode: Number(facts.country),
  billingCurrencyMinorDigits: Number(facts.minorDigits),
  ...differences,
})
