/** Check digits and other rules of numbers, for the rows in `detectors/values.ts`. */
import type { Check } from "./detectors/values.ts"

const digitsOf = (text: string): ReadonlyArray<number> => Array.from(text, Number)

/** ISO/IEC 7812-1, annex B. */
const luhn = (text: string): boolean =>
  digitsOf(text)
    .toReversed()
    .reduce((sum, digit, index) => {
      const weighted = index % 2 === 0 ? digit : digit * 2
      return sum + (weighted > 9 ? weighted - 9 : weighted)
    }, 0) %
    10 ===
  0

const isDay = (month: string, day: string): boolean => {
  const [m, d] = [Number(month), Number(day)]
  return m >= 1 && m <= 12 && d >= 1 && d <= 31
}

/** Year, month and day at the start of a number. */
const beginsWithDate = (text: string, yearDigits: number): boolean =>
  isDay(text.slice(yearDigits, yearDigits + 2), text.slice(yearDigits + 2, yearDigits + 4))

/** Weights from the right, modulo 11, where 10 counts as 0. */
const mod11 = (digits: ReadonlyArray<number>, maxWeight: number): number => {
  const sum = digits
    .toReversed()
    .reduce((total, digit, index) => total + digit * (2 + (index % (maxWeight - 1))), 0)
  return ((sum * 10) % 11) % 10
}

const endsWithMod11 = (text: string, maxWeight: number): boolean => {
  const digits = digitsOf(text)
  const body = digits.slice(0, -2)
  const first = mod11(body, maxWeight)
  return (
    new Set(text).size > 1 &&
    digits.at(-2) === first &&
    digits.at(-1) === mod11([...body, first], maxWeight)
  )
}

const ean13 = (text: string): boolean =>
  digitsOf(text).reduce((sum, digit, index) => sum + digit * (index % 2 === 0 ? 1 : 3), 0) % 10 ===
  0

const mod11_2 = (text: string): boolean => {
  const weighted = digitsOf(text.slice(0, 17)).reduce(
    (sum, digit, index) => sum + digit * (2 ** (17 - index) % 11),
    0,
  )
  return "10X98765432".charAt(weighted % 11) === text.charAt(17)
}

const century = (text: string): boolean => text.startsWith("19") || text.startsWith("20")

const checks: { readonly [C in Check]: (digits: string) => boolean } = {
  none: () => true,
  ssn: (digits) =>
    !/^(?:000|666)/.test(digits) &&
    !digits.startsWith("00", 3) &&
    !digits.endsWith("0000") &&
    (!digits.startsWith("9") || /^9..[5-9]/.test(digits)),
  nanp: (digits) => /^1?[2-9](?!11)\d\d[2-9](?!11)\d{6}$/.test(digits),
  cpf: (digits) => endsWithMod11(digits, 12),
  cnpj: (digits) => endsWithMod11(digits, 9),
  ahv: (digits) => digits.startsWith("756") && ean13(digits),
  personnummer: (digits) =>
    beginsWithDate(digits, digits.length - 8) &&
    (digits.length === 10 || century(digits)) &&
    luhn(digits.slice(-10)),
  rrn: (digits) => beginsWithDate(digits, 2) && /^.{6}[1-8]/.test(digits),
  cnId: (digits) =>
    /^[1-8]/.test(digits) &&
    century(digits.slice(6)) &&
    beginsWithDate(digits.slice(6), 4) &&
    mod11_2(digits),
}

/** Whether the digits of a number keep the rule of its kind. */
export const passes = (check: Check, digits: string): boolean => checks[check](digits)
