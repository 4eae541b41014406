/** Digits of all scripts and separators, ready to be looked up. */
import { digitRows, separators, zeros } from "./detectors/characters.ts"

const basicPlane = 0x10000

/** Makes an index of what `charCodeAt` gives, also of the NaN behind the end: a look-up by NaN is slow. */
const lastUnit = basicPlane - 1

const digitValues: Int8Array = (() => {
  const values = new Int8Array(basicPlane).fill(-1)
  for (const zero of zeros) {
    if (zero < basicPlane) for (let digit = 0; digit < 10; digit++) values[zero + digit] = digit
  }
  for (const { digits, from } of digitRows) {
    for (let i = 0; i < digits.length; i++) values[from + i] = Number(digits.charAt(i))
  }
  return values
})()

const astralDigits: ReadonlyMap<number, number> = new Map(
  zeros
    .filter((zero) => zero >= basicPlane)
    .flatMap((zero) => Array.from({ length: 10 }, (_, digit) => [zero + digit, digit] as const)),
)

const separatorTable: Uint8Array = (() => {
  const table = new Uint8Array(basicPlane)
  for (const { from, to } of separators) table.fill(1, from, (to ?? from) + 1)
  return table
})()

/** The value of a decimal digit, in whatever script, that is one UTF-16 code unit; else -1. */
export const digitValue = (code: number): number => digitValues[code & lastUnit] ?? -1

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff

/** The value of the digit that begins at an index, also of one with two code units; else -1. */
export const digitAt = (s: string, index: number): number => {
  const code = s.charCodeAt(index)
  if (code < 128) return code >= 48 && code <= 57 ? code - 48 : -1
  if (!isHighSurrogate(code)) return digitValue(code)
  const low = s.charCodeAt(index + 1)
  return astralDigits.get((code - 0xd800) * 0x400 + (low - 0xdc00) + basicPlane) ?? -1
}

/** How many code units a digit takes that begins with this one. */
export const digitWidth = (code: number): number => (isHighSurrogate(code) ? 2 : 1)

export const isSeparator = (code: number): boolean => separatorTable[code & lastUnit] === 1

/** High surrogates with which digits begin. */
export const digitSurrogates: ReadonlySet<number> = new Set(
  [...astralDigits.keys()].map((point) => 0xd800 + ((point - basicPlane) >> 10)),
)

/** The digits of a text, whatever their script and whatever stands between them. */
export const asciiDigits = (text: string): string => {
  let digits = ""
  for (let i = 0; i < text.length; i++) {
    const value = digitAt(text, i)
    if (value >= 0) digits += value
  }
  return digits
}

const digit = 1
const lower = 2
const upper = 4
const underscore = 8
const hyphen = 16
const dot = 32
const plus = 64
const slash = 128
const equals = 256
const tilde = 512
const spacing = 1024

/** What each character is, as bits, so that one look says whether it is one of several. */
const classes: Uint16Array = (() => {
  const table = new Uint16Array(basicPlane)
  table.fill(digit, 48, 58)
  table.fill(lower, 97, 123)
  table.fill(upper, 65, 91)
  const bits = {
    _: underscore,
    "-": hyphen,
    ".": dot,
    "+": plus,
    "/": slash,
    "=": equals,
    "~": tilde,
  }
  for (const [c, bit] of Object.entries(bits)) table[c.charCodeAt(0)] = bit
  for (const c of " :#('\"\u00a0") table[c.charCodeAt(0)] = spacing
  return table
})()

const has = (code: number, bits: number): boolean => ((classes[code & lastUnit] ?? 0) & bits) !== 0

const letter = lower | upper
const word = letter | digit | underscore

export const isDigit = (code: number): boolean => code >= 48 && code <= 57
export const isLower = (code: number): boolean => code >= 97 && code <= 122
export const isUpper = (code: number): boolean => code >= 65 && code <= 90
export const isLetter = (code: number): boolean => has(code, letter)
export const isLetterOrDigit = (code: number): boolean => has(code, letter | digit)
export const isWord = (code: number): boolean => has(code, word)
/** Characters of a field's name in a text: words joined by dashes and dots. */
export const isName = (code: number): boolean => has(code, word | hyphen | dot)
export const isBase64Url = (code: number): boolean => has(code, word | hyphen)
/** The alphabets of base64 and base64url. */
export const isBase64 = (code: number): boolean => has(code, word | hyphen | plus | slash)
/** RFC 9110 token68, as in `Authorization`. */
export const isToken68 = (code: number): boolean =>
  has(code, word | hyphen | dot | plus | slash | equals | tilde)
/** What joins the groups of a number. */
export const isJoint = (code: number): boolean => has(code, hyphen | dot | slash)

/** What may stand between a word and the number that it is about. */
export const isBetween = (code: number): boolean => has(code, spacing | equals | dot | plus)

export const isHex = (code: number): boolean =>
  isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70)
