/** What a number is that is no card number: by its layout, by what it begins with, by the words before it. */
import {
  callingCodes,
  callingCodes3,
  ibanLengths,
  layoutRows,
  tokenRows,
} from "./detectors/values.ts"
import type { LayoutRow } from "./detectors/values.ts"
import { fillers, identifierWords, numberWords, wordRows } from "./detectors/words.ts"
import type { Shape, WordRow } from "./detectors/words.ts"
import type { Kind } from "./detectors/kinds.ts"
import { isIban } from "./iban.ts"
import {
  isBetween,
  isDigit,
  isLetter,
  isLetterOrDigit,
  isLower,
  isSeparator,
  isUpper,
  isWord,
} from "./redactorCharacters.ts"
import { passes } from "./redactorChecks.ts"

/** A number that is personal. */
export interface Found {
  readonly kind: Kind
  readonly action: "mask" | "drop"
  readonly start: number
  readonly end: number
}

const space = 32
const hash = 35
const letterX = 120
const apostrophe = 39
const opening = 40
const closing = 41
const plus = 43
const dash = 45
const dot = 46
const slash = 47
const colon = 58

/** `2026-03-14T09:26:53.589+01:00`, also with a space for the T: where it ends, or -1. */
export const timestampEnd = (s: string, start: number): number => {
  if (s.charCodeAt(start + 4) !== dash || s.charCodeAt(start + 7) !== dash) return -1
  for (let i = start; i < start + 10; i++) {
    if (i !== start + 4 && i !== start + 7 && !isDigit(s.charCodeAt(i))) return -1
  }
  let end = start + 10
  const separator = s.charCodeAt(end)
  const hasTime =
    (separator === 84 || separator === space) &&
    isTwoDigits(s, end + 1) &&
    s.charCodeAt(end + 3) === colon &&
    isTwoDigits(s, end + 4)
  if (!hasTime) return isLetterOrDigit(separator) || isSeparator(separator) ? -1 : end
  end += 6
  if (s.charCodeAt(end) === colon && isTwoDigits(s, end + 1)) {
    end += 3
    const point = s.charCodeAt(end)
    if (point === dot || point === 44) {
      let fraction = end + 1
      while (fraction - end <= 9 && isDigit(s.charCodeAt(fraction))) fraction++
      if (fraction > end + 1) end = fraction
    }
  }
  const zone = s.charCodeAt(end)
  if (zone === 90) end++
  else if ((zone === plus || zone === dash) && isTwoDigits(s, end + 1)) {
    const minutes = s.charCodeAt(end + 3) === colon ? end + 4 : end + 3
    if (isTwoDigits(s, minutes)) end = minutes + 2
  }
  return isDigit(s.charCodeAt(end)) ? -1 : end
}

const isTwoDigits = (s: string, at: number): boolean =>
  isDigit(s.charCodeAt(at)) && isDigit(s.charCodeAt(at + 1))

const joints = ["-", ".", "/", " "]

/** Longer rows of digits are none of these numbers. */
const mostDigits = 18

/** A group and the joint before it. */
const stepOf = (joint: number, size: number): number => joint * (mostDigits + 1) + size
const steps = stepOf(joints.length, mostDigits) + 1

/** The layouts as a tree: from a state and the next group to the next state; 0 where there is none. */
const layouts: {
  readonly next: Uint8Array
  readonly rows: ReadonlyArray<ReadonlyArray<LayoutRow>>
} = (() => {
  const next: Array<number> = Array.from({ length: steps }, () => 0)
  const rows: Array<Array<LayoutRow>> = [[]]
  for (const row of layoutRows) {
    for (const layout of row.layouts) {
      let state = 0
      for (const [, joint = "", size] of layout.matchAll(/(^|[-./ ])(\d+)/g)) {
        const step = state * steps + stepOf(joints.indexOf(joint) + 1, Number(size))
        if (next[step] === 0) {
          next[step] = rows.length
          rows.push([])
          next.push(...Array.from({ length: steps }, () => 0))
        }
        state = next[step] ?? 0
      }
      rows[state]?.push(row)
    }
  }
  return { next: Uint8Array.from(next), rows }
})()

const mostGroups = 5

/** What may stand between the groups of a layout, counted from 1; 0 for anything else. */
const jointOf = (code: number): number =>
  code === dash ? 1 : code === dot ? 2 : code === slash ? 3 : code === space ? 4 : 0

/** Whether a character can stand beside a number without belonging to it. */
const isBoundary = (code: number): boolean => !(isWord(code) || code === dash || code === slash)

const digitsEnd = (s: string, start: number): number => {
  let end = start
  while (end - start <= mostDigits && isDigit(s.charCodeAt(end))) end++
  return end
}

const byLayout = (s: string, start: number, kinds: ReadonlySet<Kind>): Found | undefined => {
  let state = 0
  let joint = 0
  let best: LayoutRow | undefined
  let bestEnd = 0
  for (let group = 0, i = start; group < mostGroups; group++) {
    let end = digitsEnd(s, i)
    // The check digit of a Chinese identity card can be an X.
    if (end - i === mostDigits - 1 && (s.charCodeAt(end) | 32) === letterX) end++
    if (end - i > mostDigits) break
    state = layouts.next[state * steps + stepOf(joint, end - i)] ?? 0
    if (state === 0) break
    const after = s.charCodeAt(end)
    joint = jointOf(after)
    const goesOn = joint > 0 && isDigit(s.charCodeAt(end + 1))
    const rows = layouts.rows[state]
    // A dot ends a sentence unless a digit follows.
    if (rows !== undefined && rows.length > 0 && isEnd(s, end) && !(joint === 2 && goesOn)) {
      const row = rows.find(
        ({ check, kind }) => kinds.has(kind) && passes(check, digitsBetween(s, start, end)),
      )
      if (row !== undefined) {
        best = row
        bestEnd = end
      }
    }
    if (!goesOn) break
    i = end + 1
  }
  if (best === undefined) return undefined
  const before = s.charCodeAt(start - 1)
  if (start > 0 && (!isBoundary(before) || before === dot || before === hash)) return undefined
  return isCalledIdentifier(s, start)
    ? undefined
    : { kind: best.kind, action: "drop", start, end: bestEnd }
}

const isEnd = (s: string, end: number): boolean => end >= s.length || isBoundary(s.charCodeAt(end))

const digitsBetween = (s: string, start: number, end: number): string =>
  s
    .slice(start, end)
    .replaceAll(/[-./ ]/g, "")
    .toUpperCase()

/** `(202) 555-0123` */
const inParentheses = (s: string, start: number, kinds: ReadonlySet<Kind>): Found | undefined => {
  if (!kinds.has("phone") || s.charCodeAt(start + 3) !== closing) return undefined
  const match = /^(\d{3})\) ?(\d{3})[ .-](\d{4})(?!\d)/.exec(s.slice(start, start + 15))
  return match !== null && passes("nanp", match.slice(1).join(""))
    ? { kind: "phone", action: "drop", start: start - 1, end: start + match[0].length }
    : undefined
}

const twoDigitCodes = new Set(callingCodes)
const threeDigitCodes = new Set(callingCodes3)

const isCallingCode = (digits: string): boolean =>
  twoDigitCodes.has(digits.slice(0, 1)) ||
  twoDigitCodes.has(digits.slice(0, 2)) ||
  threeDigitCodes.has(digits.slice(0, 2))

const isPhoneJoint = (code: number): boolean =>
  code === space ||
  code === 0xa0 ||
  code === dash ||
  code === dot ||
  code === slash ||
  code === opening ||
  code === closing

/** Reads digits with what may stand between them, at most so many; gives them and where they end. */
const readGrouped = (s: string, start: number, most: number): { digits: string; end: number } => {
  let digits = ""
  let end = start
  for (let i = start, joints = 0; digits.length < most; i++) {
    const code = s.charCodeAt(i)
    if (isDigit(code)) {
      digits += s.charAt(i)
      joints = 0
      end = i + 1
    } else if (!isPhoneJoint(code) || ++joints > 3) break
  }
  return { digits, end }
}

/** E.164, after a plus sign: a country code and the rest, 8 to 15 digits together. */
const international = (s: string, start: number, kinds: ReadonlySet<Kind>): Found | undefined => {
  const before = s.charCodeAt(start - 2)
  if (!kinds.has("phone") || isLetterOrDigit(before) || before === dot) return undefined
  const { digits, end } = readGrouped(s, start, 15)
  if (digits.length < 8 || isDigit(s.charCodeAt(end)) || !isCallingCode(digits)) return undefined
  return { kind: "phone", action: "drop", start: start - 1, end }
}

/** Two letters, two digits, and the rest in one row or in groups of four. */
const iban = (s: string, start: number, kinds: ReadonlySet<Kind>): Found | undefined => {
  const from = start - 2
  if (from < 0 || !isLetter(s.charCodeAt(from)) || isWord(s.charCodeAt(from - 1))) return undefined
  if (!isTwoDigits(s, start) || !kinds.has("account")) return undefined
  const length = ibanLengths[s.slice(from, start).toUpperCase()]
  if (length === undefined) return undefined
  let text = ""
  let i = from
  for (; text.length < length; i++) {
    const code = s.charCodeAt(i)
    if (isLetterOrDigit(code)) text += s.charAt(i)
    else if (!(isSeparator(code) && text.length % 4 === 0)) return undefined
  }
  return !isWord(s.charCodeAt(i)) && isIban(text.toUpperCase())
    ? { kind: "account", action: "mask", start: from, end: i }
    : undefined
}

const tokenLengths: ReadonlySet<number> = new Set(tokenRows.map(({ length }) => length))

/** Longer tokens are none of those in the table. */
const maxToken = 20

const byToken = (s: string, start: number, kinds: ReadonlySet<Kind>): Found | undefined => {
  let from = start
  while (start - from < maxToken && isUpper(s.charCodeAt(from - 1))) from--
  if (from === start || isBoundaryWord(s.charCodeAt(from - 1))) return undefined
  let end = start
  while (end - from <= maxToken && isLetterOrDigit(s.charCodeAt(end))) end++
  if (!tokenLengths.has(end - from) || isBoundaryWord(s.charCodeAt(end))) return undefined
  const token = s.slice(from, end)
  const row = tokenRows.find(({ kind, pattern }) => kinds.has(kind) && pattern.test(token))
  return row && { kind: row.kind, action: "drop", start: from, end }
}

const isBoundaryWord = (code: number): boolean => isWord(code) || code === dash

const byLastWord: ReadonlyMap<string, ReadonlyArray<WordRow>> = (() => {
  const map = new Map<string, Array<WordRow>>()
  for (const row of wordRows) {
    for (const words of row.words) {
      const last = words.split(" ").at(-1) ?? words
      map.set(last, [...(map.get(last) ?? []), row])
    }
  }
  return map
})()

const fillerSet = new Set(fillers)
const numberWordSet = new Set(numberWords)
const identifierWordSet = new Set(identifierWords)

const isWordCharacter = (code: number): boolean =>
  isLetterOrDigit(code) || code === apostrophe || code === slash || code === dash || code > 191

const maxBetween = 4
const maxWordLength = 16

const wordStart = (s: string, end: number): number => {
  let start = end
  while (end - start < maxWordLength && isWordCharacter(s.charCodeAt(start - 1))) start--
  // Inside of a word it belongs to it, in front of one it is a quotation mark.
  while (start < end && s.charCodeAt(start) === apostrophe) start++
  return start
}

/** Before the separators that end at an index. */
const betweenStart = (s: string, end: number): number => {
  let start = end
  while (end - start < maxBetween && isBetween(s.charCodeAt(start - 1))) start--
  return start
}

/** `invoice no. 202-555-0123` */
const isCalledIdentifier = (s: string, start: number): boolean => {
  let from = start
  for (let words = 0; words < mostWords; words++) {
    const end = betweenStart(s, from)
    if (end === from || !endsWord(s, end)) return false
    from = wordStart(s, end)
    const word = s.slice(from, end).toLowerCase()
    if (identifierWordSet.has(word)) return true
    if (!numberWordSet.has(word) && !fillerSet.has(word)) return false
  }
  return false
}

/** The last two characters of a word as one number, whatever their case. */
const endingCode = (last: number, before: number): number => ((last & 31) << 5) | (before & 31)

/** How the words that matter end: hardly any other word gets past this. */
const endingTable: Uint8Array = (() => {
  const table = new Uint8Array(1024)
  const words = [...byLastWord.keys(), ...fillers, ...numberWords, ...identifierWords]
  for (const word of words) {
    const { length } = word
    // Before a word of one letter stands anything.
    const before =
      length > 1 ? [word.charCodeAt(length - 2)] : Array.from({ length: 32 }, (_, i) => i)
    for (const code of before) table[endingCode(word.charCodeAt(length - 1), code)] = 1
  }
  return table
})()

/** Whether one of the words that matter may end at an index. */
const endsWord = (s: string, end: number): boolean => {
  const last = s.charCodeAt(end - 1)
  const before = s.charCodeAt(end - 2)
  if (!isLetter(last) && last <= 191 && !(isDigit(last) && isLetter(before))) return false
  return endingTable[endingCode(last, before)] === 1
}

/** Longest phrase, in words, with what may stand before the number. */
const mostWords = 6

const byWords = (s: string, start: number, kinds: ReadonlySet<Kind>): Found | undefined => {
  let end = betweenStart(s, start)
  if (end === start || !endsWord(s, end)) return undefined
  let isNumbered = s.slice(end, start).includes("#")
  for (let count = 0; count < mostWords && end > 0; count++) {
    const from = wordStart(s, end)
    const word = s.slice(from, end).toLowerCase()
    const rows = byLastWord.get(word)
    const row = rows?.find(
      (row) =>
        kinds.has(row.kind) &&
        (isNumbered || row.numbered !== true) &&
        row.words.some((words) => isPhrase(s, end, words)),
    )
    if (row !== undefined) return shaped(s, start, row)
    if (numberWordSet.has(word)) isNumbered = true
    else if (!fillerSet.has(word) || rows !== undefined) return undefined
    end = betweenStart(s, from)
    if (end === from) return undefined
  }
  return undefined
}

/** Whether the words end at an index, and begin where a word begins. */
const isPhrase = (s: string, end: number, words: string): boolean => {
  const start = end - words.length
  return (
    start >= 0 &&
    s.slice(start, end).toLowerCase() === words &&
    !isLetterOrDigit(s.charCodeAt(start - 1))
  )
}

const shaped = (s: string, start: number, { action, kind, shape }: WordRow): Found | undefined => {
  const end = shapeEnd(s, start, shape)
  return end < 0 ? undefined : { kind, action, start: shapeStart(s, start, shape), end }
}

const shapeStart = (s: string, start: number, shape: Shape): number => {
  let from = start
  if (typeof shape === "object" && "mixed" in shape) {
    while (start - from < maxToken && isLetterOrDigit(s.charCodeAt(from - 1))) from--
  }
  const before = s.charCodeAt(from - 1)
  return before === plus || before === opening ? from - 1 : from
}

const datePattern = /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4})(?!\d)/
const monthPattern = /^(?:0[1-9]|1[0-2]) ?[-/. ] ?(?:20)?\d{2}(?!\d)/

const shapeEnd = (s: string, start: number, shape: Shape): number => {
  if (shape === "date" || shape === "month") {
    const pattern = shape === "date" ? datePattern : monthPattern
    const match = pattern.exec(s.slice(start, start + 12))
    return match === null ? -1 : start + match[0].length
  }
  if ("digits" in shape) {
    const [least, most] = shape.digits
    let end = start
    while (end - start <= most && isDigit(s.charCodeAt(end))) end++
    const count = end - start
    return count < least || count > most || isLetter(s.charCodeAt(end)) ? -1 : end
  }
  if ("grouped" in shape) {
    const [least, most] = shape.grouped
    const { digits, end } = readGrouped(s, start, most)
    return digits.length < least || isLetterOrDigit(s.charCodeAt(end)) ? -1 : end
  }
  const [least, most] = shape.mixed
  let from = shapeStart(s, start, shape)
  if (s.charCodeAt(from) === plus || s.charCodeAt(from) === opening) from++
  let end = from
  let count = 0
  for (let i = from; count < most; i++) {
    const code = s.charCodeAt(i)
    if (isDigit(code) || isUpper(code)) {
      count++
      end = i + 1
    } else if (!(code === space || code === dash || code === dot) || i > end) break
  }
  return count < least || isLower(s.charCodeAt(end)) ? -1 : end
}

/** Where the letters begin that stand directly before a number. */
const lettersStart = (s: string, start: number): number => {
  let from = start
  while (start - from < maxToken && isLetter(s.charCodeAt(from - 1))) from--
  return from
}

/**
 * What the number that begins at an index is, apart from a card number. Only the first of a row of
 * numbers can have words before it.
 */
export const readNumber = (
  s: string,
  start: number,
  isFirst: boolean,
  kinds: ReadonlySet<Kind>,
): Found | undefined => {
  const before = s.charCodeAt(start - 1)
  if (isLetter(before)) {
    return (
      iban(s, start, kinds) ??
      (isUpper(before) ? byToken(s, start, kinds) : undefined) ??
      (isFirst ? byWords(s, lettersStart(s, start), kinds) : undefined)
    )
  }
  if (before === opening) {
    const found = inParentheses(s, start, kinds)
    if (found !== undefined) return found
  }
  if (before === plus) {
    const found = international(s, start, kinds)
    if (found !== undefined) return found
  }
  return (isFirst ? byWords(s, start, kinds) : undefined) ?? byLayout(s, start, kinds)
}
