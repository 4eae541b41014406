/** Fields that several APIs share, and the formats that Visa's OpenAPI export gives them. */
import { digits, type Field, jsonNumber, number, text } from "./FieldTable.ts"
import { countryOf, currencyDigits } from "./iso.ts"

/** `YYYY-MM-DDThh:mm:ss`: no zone, no fraction. A date that rolls over (30 February) is refused. */
export const isLocalDateTime = (written: string): boolean => {
  const at = Date.parse(`${written}Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(written)
}

export const localDateTime: Field = text(19, 19, {
  pattern: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/,
  valid: isLocalDateTime,
})

export const date: Field = text(10, 10, {
  pattern: /^\d{4}-\d{2}-\d{2}$/,
  valid: (written) => isLocalDateTime(`${written}T00:00:00`),
})

/** `YYYY-MM`. */
export const expiry: Field = text(7, 7, { pattern: /^\d{4}-(0[1-9]|1[0-2])$/ })

/** `CCYYMMDDHHMM`, GMT. */
export const deferredDateTime: Field = text(12, 12, { pattern: /^\d{12}$/ })

/**
 * A day outside 1-366 is known to be rejected, while an hour above 23 occurs in Visa's own sample of
 * an approved push (412770452025).
 */
const ofADay = {
  valid: (rrn: string) => {
    const day = Number(rrn.slice(1, 4))
    return day >= 1 && day <= 366
  },
}

/** `ydddhhnnnnnn`, of which only the day is enforced. */
export const retrievalReferenceNumber: Field = text(12, 12, { pattern: /^\d{12}$/, ...ofADay })

/** A JSON number will do, if it has twelve digits: one that lost a leading zero has not. */
export const retrievalReferenceAsNumber: Field = digits(12, 12, ofADay)

export const stan: Field = digits(6, 6, { padded: true })

/** For the APIs that take it as text only. */
export const stanText: Field = text(6, 6, { pattern: /^\d+$/ })

export const acquiringBin: Field = digits(6, 11)

/** For the APIs that take it as text only. */
export const acquiringBinText: Field = text(6, 11, { pattern: /^\d+$/ })

export const transactionIdentifier: Field = digits(15, 15)

/** Alpha-2, alpha-3, or numeric as text. */
export const anyCountry = { valid: (code: string) => countryOf(code) !== undefined }

/** Alpha-3 only. */
export const alpha3Country = { pattern: /^[A-Z]{3}$/, ...anyCountry }

/** ISO 3166 in any notation, as a number too (which loses leading zeros). */
export const numericCountry: Field = digits(1, 3, anyCountry)

/** Three digits, as text only. */
export const numericCountryText: Field = text(3, 3, { pattern: /^\d+$/, ...anyCountry })

/** Three characters: alpha-3, or numeric as text. */
export const country: Field = text(3, 3, anyCountry)

/** Three characters: alpha or numeric. */
export const currency: Field = text(3, 3, { valid: (code) => currencyDigits(code) !== undefined })

/** Three letters, as in `USD`. */
export const alphaCurrency: Field = text(3, 3, {
  pattern: /^[A-Z]{3}$/,
  valid: (code) => currencyDigits(code) !== undefined,
})

/** A JSON number, assigned by Visa. */
export const initiatingPartyId: Field = jsonNumber({ digits: [1, 15] })

/** An amount above zero that is a JSON number. */
export const jsonAmount: Field = jsonNumber({
  pattern: /^\d{1,12}(\.\d{1,4})?$/,
  valid: (written) => Number(written) > 0,
})

export const primaryAccountNumber: Field = text(13, 19, { pattern: /^\d+$/ })

/** 0 … 999 999 999.999 with at most three decimals. */
export const amount: Field = {
  ...number(0, 999_999_999.999),
  pattern: /^\d{1,9}(\.\d{1,3})?$/,
}

/**
 * Whether an amount has only the decimals that its currency has: none, two, or three of which the
 * last is zero.
 */
export const fitsCurrency = (written: string, code: string): boolean => {
  const fraction = written.split(".")[1] ?? ""
  const minor = currencyDigits(code) ?? 2
  if (minor === 0) return /^0*$/.test(fraction)
  return minor === 3 ? /^\d{0,2}0?$/.test(fraction) : fraction.length <= minor
}
