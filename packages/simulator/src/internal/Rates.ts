/** Exchange rates, and the quotes that hold one for a while. */
import { decimal, over, type Ratio, ratio, times } from "./decimals.ts"
import { currencyAlpha, currencyDigits } from "./iso.ts"
import type { Seed } from "./Seed.ts"

/**
 * Units of each currency per US dollar: round figures of no particular day. The pound and the
 * rouble are those of the samples in Visa's OpenAPI export (840 to 826, 643 to 840), so the seed
 * leaves them alone.
 */
const perDollar: Readonly<Record<string, number>> = {
  USD: 1,
  GBP: 0.7549,
  RUB: 1 / 0.0318,
  AED: 3.6725,
  ARS: 920,
  AUD: 1.52,
  BDT: 117,
  BHD: 0.376,
  BRL: 5.4,
  CAD: 1.36,
  CHF: 0.88,
  CLP: 930,
  CNY: 7.24,
  COP: 4050,
  CZK: 23.1,
  DKK: 6.88,
  DOP: 59,
  EGP: 48.6,
  EUR: 0.922,
  GHS: 15.2,
  GTQ: 7.76,
  HKD: 7.81,
  HUF: 362,
  IDR: 15_900,
  ILS: 3.7,
  INR: 83.4,
  JOD: 0.709,
  JPY: 151,
  KES: 129.5,
  KRW: 1350,
  KWD: 0.307,
  LKR: 300,
  MAD: 9.95,
  MXN: 17.9,
  MYR: 4.7,
  NGN: 1580,
  NOK: 10.7,
  NPR: 133.5,
  NZD: 1.65,
  OMR: 0.3845,
  PEN: 3.75,
  PHP: 57.2,
  PKR: 278,
  PLN: 3.95,
  QAR: 3.64,
  RON: 4.58,
  SAR: 3.75,
  SEK: 10.6,
  SGD: 1.35,
  THB: 36.3,
  TRY: 32.4,
  TWD: 32.2,
  TZS: 2600,
  UAH: 39.8,
  UGX: 3730,
  VND: 25_100,
  XOF: 605,
  ZAR: 18.6,
  ZMW: 26.1,
}

const pinned: ReadonlySet<string> = new Set(["USD", "GBP", "RUB"])

/** Two per cent up or down, by the seed. */
const moved = (seed: Seed, code: string, rate: number): number =>
  pinned.has(code) ? rate : rate * (0.98 + (0.04 * seed("rate", code).readUInt16BE(0)) / 65_535)

/**
 * A rate as it is published: six significant digits, and no more decimals than the field has room
 * for.
 */
const published = (rate: number, room: number): string => {
  const decimals = Math.max(0, Math.min(room, 5 - Math.floor(Math.log10(rate))))
  const written = rate.toFixed(decimals)
  return decimals === 0 ? written : written.replace(/\.?0+$/, "")
}

export class Rates {
  readonly #perDollar: ReadonlyMap<string, number>

  constructor(seed: Seed) {
    this.#perDollar = new Map(
      Object.entries(perDollar).map(([code, rate]) => [code, moved(seed, code, rate)]),
    )
  }

  /** Whether a currency, by alpha or numeric code, has a rate. */
  knows(currency: string): boolean {
    return this.#perDollar.has(currencyAlpha(currency) ?? "")
  }

  /** What one unit of `from` is worth in `to`; absent when there is no rate. */
  between(from: string, to: string, decimals = 12): string | undefined {
    const source = this.#perDollar.get(currencyAlpha(from) ?? "")
    const destination = this.#perDollar.get(currencyAlpha(to) ?? "")
    if (source === undefined || destination === undefined) return undefined
    const rate = published(destination / source, decimals)
    return Number(rate) === 0 ? undefined : rate
  }
}

/** One plus a markup in per cent. */
const withMarkup = (markup: string | undefined): Ratio => {
  const [numerator, denominator] = ratio(markup ?? "0")
  return [denominator * 100n + numerator, denominator * 100n]
}

/**
 * What arrives for `amount`. Rounded down, as the sample of v1 shows (100 at 0.0318 under a markup
 * of 1 per cent is 3.1485…, told as 3.14).
 */
export const destinationFor = (
  amount: string,
  rate: string,
  currency: string,
  markup?: string,
): string =>
  decimal(
    over(times(ratio(amount), ratio(rate)), withMarkup(markup)),
    currencyDigits(currency) ?? 2,
    "down",
  )

/** What has to be sent for `amount` to arrive. Rounded up: less would not suffice. */
export const sourceFor = (
  amount: string,
  rate: string,
  currency: string,
  markup?: string,
): string =>
  decimal(
    times(over(ratio(amount), ratio(rate)), withMarkup(markup)),
    currencyDigits(currency) ?? 2,
    "up",
  )

/** The part of an amount that is not markup. */
export const withoutMarkup = (amount: string, currency: string, markup?: string): string =>
  decimal(over(ratio(amount), withMarkup(markup)), currencyDigits(currency) ?? 2, "up")

export interface Quote {
  readonly quoteId: number
  readonly project: string
  readonly initiatingPartyId: string
  readonly rateProductCode: string
  readonly source: string
  readonly destination: string
  readonly rate: string
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** The newest quotes. They may be used on any number of payouts. */
export class Quotes {
  readonly #keep: number
  readonly #seed: Seed
  readonly #quotes = new Map<number, Quote>()

  constructor(seed: Seed, keep: number) {
    this.#seed = seed
    this.#keep = keep
  }

  issue(quote: Omit<Quote, "quoteId">): Quote {
    const { project, initiatingPartyId, source, destination, expiresAt } = quote
    const identity = `${project}|${initiatingPartyId}|${source}|${destination}|${expiresAt}`
    const bytes = this.#seed("quote", identity)
    // Thirteen digits at most, as the field's range has it.
    let quoteId = Number(bytes.readBigUInt64BE(0) % 9_000_000_000_000n) + 1
    while (this.#quotes.has(quoteId)) quoteId++
    const issued = { ...quote, quoteId }
    this.#quotes.set(quoteId, issued)
    if (this.#quotes.size > this.#keep) {
      for (const oldest of this.#quotes.keys()) {
        this.#quotes.delete(oldest)
        break
      }
    }
    return issued
  }

  find(quoteId: number): Quote | undefined {
    return this.#quotes.get(quoteId)
  }

  clear(): void {
    this.#quotes.clear()
  }
}
