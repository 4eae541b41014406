/** Encoded parts of a text, decoded so that they can be looked into, and the way back. */
import { isUtf8 } from "node:buffer"
import { isBase64, isHex, isLetterOrDigit } from "./redactorCharacters.ts"

/** A decoded part of a text. */
export class View {
  readonly text: string
  private readonly end: number
  /** From the decoded index on, up to the next, original offsets run in step with decoded indices. */
  private readonly decoded: ReadonlyArray<number>
  private readonly original: ReadonlyArray<number>

  constructor(
    text: string,
    decoded: ReadonlyArray<number>,
    original: ReadonlyArray<number>,
    end: number,
  ) {
    this.text = text
    this.decoded = decoded
    this.original = original
    this.end = end
  }

  /** Where a decoded character begins in the original text. */
  offset(index: number): number {
    if (index >= this.text.length) return this.end
    let low = 0
    let high = this.decoded.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.decoded[middle] ?? 0) <= index) low = middle
      else high = middle - 1
    }
    return (this.original[low] ?? 0) + index - (this.decoded[low] ?? 0)
  }
}

/** Notes where escapes end, so that offsets can be found again. */
class Decoding {
  private text = ""
  private readonly decoded: Array<number> = [0]
  private readonly original: Array<number>
  private from: number
  private readonly s: string

  constructor(s: string, start: number) {
    this.s = s
    this.from = start
    this.original = [start]
  }

  get isEmpty(): boolean {
    return this.decoded.length === 1
  }

  /** An escape between two offsets stands for some characters. */
  escape(start: number, end: number, characters: string): void {
    this.text += this.s.slice(this.from, start) + characters
    this.from = end
    this.decoded.push(this.text.length)
    this.original.push(end)
  }

  view(end: number): View {
    return new View(this.text + this.s.slice(this.from, end), this.decoded, this.original, end)
  }
}

const simpleEscapes: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
}

/** The content of a JSON string between two offsets, without its quotes. */
export const decodeJson = (s: string, start: number, end: number): View => {
  const decoding = new Decoding(s, start)
  for (let i = s.indexOf("\\", start); i >= 0 && i < end;) {
    const c = s.charAt(i + 1)
    const hex = c === "u" ? s.slice(i + 2, i + 6) : ""
    const isUnicode = /^[\da-f]{4}$/i.test(hex)
    const after = i + (isUnicode ? 6 : 2)
    if (after > end) break
    decoding.escape(
      i,
      after,
      isUnicode ? String.fromCharCode(Number.parseInt(hex, 16)) : (simpleEscapes[c] ?? c),
    )
    i = s.indexOf("\\", after)
  }
  return decoding.view(end)
}

export const encodeJson = (text: string): string => JSON.stringify(text).slice(1, -1)

const percent = 37

export const isPercentEncoded = (s: string, at: number): boolean =>
  s.charCodeAt(at) === percent && isHex(s.charCodeAt(at + 1)) && isHex(s.charCodeAt(at + 2))

/** A part of a URL or of a form; `undefined` when nothing in it is encoded. */
export const decodePercent = (s: string, start: number, end: number): View | undefined => {
  const decoding = new Decoding(s, start)
  for (let i = s.indexOf("%", start); i >= 0 && i < end;) {
    let after = i
    while (after + 3 <= end && isPercentEncoded(s, after)) after += 3
    if (after > i) {
      let from = i
      // Bytes that are no UTF-8 stand for themselves.
      for (const bytes of charactersOf(s.slice(i, after))) {
        const characters = decodedOr(bytes)
        if (characters !== bytes) decoding.escape(from, from + bytes.length, characters)
        from += bytes.length
      }
    }
    i = s.indexOf("%", Math.max(after, i + 1))
  }
  return decoding.isEmpty ? undefined : decoding.view(end)
}

/** Splits percent-encoded bytes into those of one character each. */
const charactersOf = (encoded: string): ReadonlyArray<string> =>
  encoded.match(/%[0-7][\da-f]|(?:%[c-f][\da-f](?:%[89ab][\da-f])+)|%[\da-f]{2}/gi) ?? []

const decodedOr = (encoded: string): string => {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

export const encodePercent = (text: string): string => encodeURIComponent(text.toWellFormed())

/** Base64 of 13 digits has 20 characters, two of them padding. */
const minBase64 = 18

/** Every row of that many characters holds one of these offsets. */
const stride = 16

const valueOf = (code: number): number => {
  if (code >= 97) return code - 71
  if (code >= 65) return code === 95 ? 63 : code - 65
  if (code >= 48) return code + 4
  return code === 43 || code === 45 ? 62 : 63
}

/** How many bytes must follow the first of a character in UTF-8; -1 where text has no such byte. */
const following = (byte: number): number => {
  if (byte < 32) return byte === 9 || byte === 10 || byte === 13 ? 0 : -1
  if (byte < 127) return 0
  if (byte < 0xc2 || byte > 0xf4) return -1
  return byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
}

/** Whether the first characters look like base64 of text; hardly any word, digest or path does. */
export const beginsLikeText = (s: string, start: number): boolean => {
  let bits = 0
  let count = 0
  let missing = 0
  for (let i = start; i < start + stride; i++) {
    bits = (bits << 6) | valueOf(s.charCodeAt(i))
    count += 6
    if (count < 8) continue
    count -= 8
    const byte = (bits >> count) & 255
    bits &= (1 << count) - 1
    if (missing > 0) {
      if (byte < 0x80 || byte > 0xbf) return false
      missing--
    } else {
      missing = following(byte)
      if (missing < 0) return false
    }
  }
  return true
}

/** A part of a text that is base64 of text. */
export interface Base64 {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly encode: (text: string) => string
}

const decodeAt = (s: string, start: number, end: number): Base64 | undefined => {
  const token = s.slice(start, end)
  // A remainder of one character is no base64; it may be the beginning of something else.
  const bytes = Buffer.from(token.length % 4 === 1 ? token.slice(0, -1) : token, "base64")
  if (!isUtf8(bytes)) return undefined
  const text = bytes.toString("utf8")
  let after = end
  while (after < end + 2 && s.charCodeAt(after) === 61) after++
  const isUrl = token.includes("-") || token.includes("_")
  return {
    start,
    end: after,
    text,
    encode: (redacted) => {
      const encoded = Buffer.from(redacted, "utf8").toString(isUrl ? "base64url" : "base64")
      return after > end || isUrl ? encoded : encoded.replace(/=+$/, "")
    },
  }
}

/** The end of the next row of at least 18 characters that can be base64; -1 when there is none. */
const longRunEnd = (s: string, from: number): number => {
  for (let sample = from + stride - 1; sample < s.length; sample += stride) {
    if (!isBase64(s.charCodeAt(sample))) continue
    let start = sample
    while (start > from && sample - start < stride && isBase64(s.charCodeAt(start - 1))) start--
    let end = sample + 1
    while (end < s.length && isBase64(s.charCodeAt(end))) end++
    if (end - start >= minBase64) return end
    sample += Math.floor((end - sample) / stride) * stride
  }
  return -1
}

export const hasLongRun = (s: string): boolean => longRunEnd(s, 0) >= 0

/** Visits the rows of at least 18 characters that can be base64. */
export const longRuns = (s: string, visit: (start: number, end: number) => void): void => {
  for (let from = 0, end = longRunEnd(s, 0); end >= 0; end = longRunEnd(s, from)) {
    let start = end - minBase64
    while (start > from && isBase64(s.charCodeAt(start - 1))) start--
    visit(start, end)
    from = end
  }
}

/** What is base64 of text in a row of characters that can be. */
export const decodeBase64 = (s: string, start: number, end: number): Base64 | undefined => {
  // It can be a path with base64 in it.
  for (let from = start; end - from >= minBase64; from++) {
    if (beginsLikeText(s, from)) {
      const found = decodeAt(s, from, end)
      if (found !== undefined) return found
    }
    while (from < end && isLetterOrDigit(s.charCodeAt(from))) from++
  }
  return undefined
}
