import type { Kind } from "./detectors.ts"
import {
  digitValue,
  maxDigits,
  minDigits,
  readRun,
  visibleEnd,
  visibleStart,
} from "./redactorCards.ts"
import type { Card } from "./redactorCards.ts"
import { isMarker, marker } from "./redactorRules.ts"
import type { KeyRule, Rules } from "./redactorRules.ts"

/** A part of a text that is replaced. */
export interface Edit {
  readonly kind: Kind
  readonly start: number
  readonly end: number
  readonly replacement: string
}

/** Characters where something sensitive may begin or be recognised; 0 for all others. */
const triggers: Uint8Array = (() => {
  const table = new Uint8Array(0x10000)
  for (let code = 0; code < table.length; code++) if (digitValue(code) >= 0) table[code] = 1
  for (const c of ":=>") table[c.charCodeAt(0)] = 2
  table["-".charCodeAt(0)] = 3
  table["J".charCodeAt(0)] = 4
  table["B".charCodeAt(0)] = 5
  table["b".charCodeAt(0)] = 5
  return table
})()

const trigger = (s: string, index: number): number => triggers[s.charCodeAt(index)] ?? 0

/** What has to be replaced in a text, in order and without overlaps; `undefined` when nothing has. */
export const findEdits = (s: string, rules: Rules): ReadonlyArray<Edit> | undefined => {
  for (let i = 0; i < s.length; i++) {
    if (trigger(s, i) !== 0) return new Scanner(s, rules).scan(i)
  }
  return undefined
}

/** What an edit leaves can make its neighbours recognisable; more rounds than this are not needed. */
const maxRounds = 5

/** A text without anything sensitive in it, given what a first look has found. */
export const applyEdits = (s: string, edits: ReadonlyArray<Edit>, rules: Rules): string => {
  let text = applied(s, edits)
  for (let round = 1; round < maxRounds; round++) {
    const more = findEdits(text, rules)
    if (more === undefined) break
    text = applied(text, more)
  }
  return text
}

const applied = (s: string, edits: ReadonlyArray<Edit>): string => {
  let out = ""
  let from = 0
  for (const { end, replacement, start } of edits) {
    out += s.slice(from, start) + replacement
    from = end
  }
  return out + s.slice(from)
}

const isUpper = (code: number): boolean => code >= 65 && code <= 90
const isLower = (code: number): boolean => code >= 97 && code <= 122
const isDigit = (code: number): boolean => code >= 48 && code <= 57
const isWord = (code: number): boolean =>
  isLower(code) || isUpper(code) || isDigit(code) || code === 95

/** Characters of a field name in a text: words joined by dashes and dots. */
const isName = (code: number): boolean => isWord(code) || code === 45 || code === 46

/** RFC 9110 token68, as in `Authorization`, and the alphabets of base64 and base64url. */
const isToken68 = (code: number): boolean =>
  isName(code) || code === 43 || code === 47 || code === 126 || code === 61

const isBase64Url = (code: number): boolean => isWord(code) || code === 45

const isHex = (code: number): boolean =>
  isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70)

const quote = 34
const apostrophe = 39
const backslash = 92

const isQuote = (code: number): boolean => code === quote || code === apostrophe || code === 96

const isSpace = (code: number): boolean => code === 32 || code === 9

const isLineEnd = (code: number): boolean => code === 10 || code === 13

/** `\s , ; & | < > ( ) [ ] { }` and quotes: where a bare value ends. */
const endsBareValue = (code: number): boolean =>
  code <= 32 ||
  isQuote(code) ||
  code === 44 ||
  code === 59 ||
  code === 38 ||
  code === 124 ||
  code === 60 ||
  code === 62 ||
  code === 40 ||
  code === 41 ||
  code === 91 ||
  code === 93 ||
  code === 123 ||
  code === 125

/** As well `: / ? !`, for values that are numbers. */
const endsBareNumber = (code: number): boolean =>
  endsBareValue(code) || code === 58 || code === 47 || code === 63 || code === 33

const maxName = 64
const maxTrack = 90

class Scanner {
  private readonly s: string
  private readonly rules: Rules
  private edits: Array<Edit> | undefined

  constructor(s: string, rules: Rules) {
    this.s = s
    this.rules = rules
  }

  scan(from: number): ReadonlyArray<Edit> | undefined {
    const { s } = this
    for (let i = from; i < s.length;) {
      switch (trigger(s, i)) {
        case 0:
          i++
          break
        case 1:
          i = this.digits(i)
          break
        case 2:
          i = this.named(i)
          break
        case 3:
          i = this.pem(i)
          break
        case 4:
          i = this.jose(i)
          break
        default:
          i = this.scheme(i)
      }
    }
    return this.edits
  }

  /** Notes what is replaced and returns where to go on. */
  private replace(kind: Kind, start: number, end: number, replacement: string): number {
    this.edits ??= []
    // A token can start before the character that gave it away, where something was replaced already.
    const free = Math.max(start, this.edits.at(-1)?.end ?? 0)
    if (end <= free) return free
    this.edits.push({ kind, start: free, end, replacement })
    return end
  }

  private drop(kind: Kind, start: number, end: number): number {
    return this.replace(kind, start, end, marker(kind))
  }

  private digits(start: number): number {
    const { cards, end } = readRun(this.s, start)
    for (const card of cards) {
      const track = card.solid ? this.track(card) : undefined
      if (track !== undefined) return this.drop("track", track.start, track.end)
      if (this.isHexToken(card)) continue
      this.pan(card)
    }
    return end
  }

  private pan({ end, masked, start }: Card): void {
    const replacement = this.rules.drop ? marker("pan") : masked
    const quoted = this.jsonQuote(start, end)
    this.replace("pan", start, end, quoted + replacement + quoted)
  }

  /**
   * The quotes that a bare JSON value needs when it becomes text: `"pan":4060…`, with the escapes of
   * the key's own quotes when it is JSON inside JSON.
   */
  private jsonQuote(start: number, end: number): string {
    const { s } = this
    let i = start - 1
    while (isSpace(s.charCodeAt(i)) && i > start - 4) i--
    if (s.charAt(i) !== ":" || s.charCodeAt(i - 1) !== quote) return ""
    const after = s.charAt(end)
    if (after !== "" && !",}] \n\r".includes(after)) return ""
    let escapes = ""
    for (i -= 2; s.charCodeAt(i) === backslash && escapes.length < maxName; i--) escapes += "\\"
    return `${escapes}"`
  }

  /** ISO/IEC 7813: `%B<pan>^NAME^…?` and `;<pan>=<expiry, service code, discretionary data>?`. */
  private track(card: Card): { readonly start: number; readonly end: number } | undefined {
    const { s } = this
    const separator = s.charAt(card.end)
    if (separator === "=" || separator === "D" || separator === "d") {
      let end = card.end + 1
      while (isDigit(s.charCodeAt(end))) end++
      if (end - card.end <= 7) return undefined
      if (s.charAt(end) === "F" || s.charAt(end) === "f") end++
      if (s.charAt(end) === "?") end++
      return { start: s.charAt(card.start - 1) === ";" ? card.start - 1 : card.start, end }
    }
    if (separator !== "^") return undefined
    const limit = Math.min(s.length, card.end + maxTrack)
    let end = card.end + 1
    let fields = 1
    for (; end < limit && s.charCodeAt(end) >= 32 && !isQuote(s.charCodeAt(end)); end++) {
      if (s.charAt(end) === "^") fields++
      if (s.charAt(end) === "?") break
    }
    if (fields < 2) return undefined
    if (s.charAt(end) === "?") end++
    let start = card.start
    if (s.charAt(start - 1) === "B" || s.charAt(start - 1) === "b") start--
    if (s.charAt(start - 1) === "%") start--
    return { start, end }
  }

  /** Whether the digits belong to a UUID or to a digest: 32, 40 or 64 hexadecimal digits. */
  private isHexToken({ end, solid, start }: Card): boolean {
    const { s } = this
    const reach = (from: number, step: number): number => {
      let i = from
      while (Math.abs(i - from) < 64 && (isHex(s.charCodeAt(i)) || s.charCodeAt(i) === 45))
        i += step
      return i
    }
    const from = reach(start - 1, -1) + 1
    const token = s.slice(from, reach(end, 1))
    if (!token.includes("-")) {
      return (
        solid &&
        (token.length === 32 || token.length === 40 || token.length === 64) &&
        /[a-f]/i.test(token)
      )
    }
    for (let i = 0; i + 36 <= token.length && i <= start - from; i++) {
      if (i + 36 < end - from) continue
      if (
        /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(
          token.slice(i, i + 36),
        )
      )
        return true
    }
    return false
  }

  /** At `:`, `=` or `>`: looks at the name before it and decides about the value after it. */
  private named(at: number): number {
    const { s } = this
    if (s.charAt(at) === ":" && s.startsWith("//", at + 1)) return this.userInfo(at + 3)
    let nameEnd = at
    while (at - nameEnd < 2 && isSpace(s.charCodeAt(nameEnd - 1))) nameEnd--
    const quoted = isQuote(s.charCodeAt(nameEnd - 1))
    if (quoted) {
      nameEnd--
      while (s.charCodeAt(nameEnd - 1) === backslash && at - nameEnd < maxName) nameEnd--
    }
    let nameStart = nameEnd
    while (nameEnd - nameStart < maxName && isName(s.charCodeAt(nameStart - 1))) nameStart--
    const first = s.charCodeAt(nameStart)
    if (
      nameStart === nameEnd ||
      !(isLower(first) || isUpper(first) || first === 95 || first === 45)
    )
      return at + 1
    const inTag = s.charAt(at) === ">"
    if (inTag && s.charAt(nameStart - 1) !== "<") return at + 1
    const rule = this.rules.lookup(s.slice(nameStart, nameEnd))
    if (rule === undefined || rule.action === "within") return at + 1
    return this.value(at + 1, rule, inTag, quoted)
  }

  private value(from: number, rule: KeyRule, inTag: boolean, quotedName: boolean): number {
    const { s } = this
    let start = from
    // Also `name => value`, as Node prints a Map.
    if (s.charAt(start - 1) === "=")
      while (start - from < 2 && "=>".includes(s.charAt(start))) start++
    while (start - from < 8 && isSpace(s.charCodeAt(start))) start++
    let escapes = 0
    while (s.charCodeAt(start + escapes) === backslash && escapes < maxName) escapes++
    const opening = s.charCodeAt(start + escapes)
    if (isQuote(opening)) {
      const inner = start + escapes + 1
      if (rule.action === "keep") return this.keep(inner, rule)
      return this.replaceValue(inner, this.closingQuote(inner, opening, escapes), rule, "")
    }
    if (rule.action === "keep") return this.keep(start, rule)
    const end = inTag ? this.tagEnd(start) : this.bareEnd(start, rule)
    return this.replaceValue(
      start,
      end,
      rule,
      quotedName && !inTag ? this.jsonQuote(start, end) : "",
    )
  }

  /** Jumps over a number that is allowed to look like a card number. */
  private keep(start: number, { digits }: KeyRule): number {
    let end = start
    while (isDigit(this.s.charCodeAt(end))) end++
    if (digits !== undefined && end - start > digits) return start
    // A short group may be the first of a card number in groups.
    return end - start >= minDigits || (end > start && readRun(this.s, start).end === end)
      ? end
      : start
  }

  private replaceValue(start: number, end: number, rule: KeyRule, quotes: string): number {
    const value = this.s.slice(start, end)
    if (value === "" || isMarker(value) || isLiteral(value)) return end
    if (rule.line && isProse(value)) return start
    const replacement = rule.action === "mask" ? maskValue(rule.kind, value) : marker(rule.kind)
    return replacement === value
      ? end
      : this.replace(rule.kind, start, end, quotes + replacement + quotes)
  }

  private closingQuote(from: number, opening: number, escapes: number): number {
    const { s } = this
    let backslashes = 0
    for (let i = from; i < s.length; i++) {
      const code = s.charCodeAt(i)
      if (code === backslash) {
        backslashes++
        continue
      }
      if (code === opening && (escapes === 0 ? backslashes % 2 === 0 : backslashes <= escapes))
        return i - backslashes
      backslashes = 0
    }
    return s.length
  }

  private tagEnd(from: number): number {
    const end = this.s.indexOf("<", from)
    return end < 0 ? this.s.length : end
  }

  private bareEnd(from: number, { kind, line }: KeyRule): number {
    const { s } = this
    let end = from
    if (line) {
      while (end < s.length && !isLineEnd(s.charCodeAt(end)) && !isQuote(s.charCodeAt(end))) end++
      return end
    }
    // A marker of an earlier pass; its brackets would end the value.
    if (s.startsWith("[redacted:", from)) return s.indexOf("]", from) + 1 || s.length
    const number = kind === "pan" || kind === "account"
    const ends = number ? endsBareNumber : endsBareValue
    while (end < s.length && !ends(s.charCodeAt(end))) end++
    if (!number && kind !== "name" && kind !== "address") return end
    while (end > from && s.charAt(end) === " ") {
      const next = number ? this.numberWordEnd(end + 1) : this.textWordEnd(end + 1)
      if (next === end + 1) break
      end = next
    }
    return end
  }

  /** Another group of a number, e.g. `3200` in `4060 3200`. */
  private numberWordEnd(from: number): number {
    let end = from
    while (digitValue(this.s.charCodeAt(end)) >= 0 || this.s.charAt(end) === "*") end++
    return end === this.s.length || endsBareNumber(this.s.charCodeAt(end)) ? end : from
  }

  /** Another word of a name or an address, but not the name of the next field. */
  private textWordEnd(from: number): number {
    const { s } = this
    let end = from
    while (end < s.length && !endsBareValue(s.charCodeAt(end))) {
      const code = s.charCodeAt(end)
      if (code === 61 || code === 58) return from
      end++
    }
    return end
  }

  /** The password in `scheme://user:password@host`. */
  private userInfo(from: number): number {
    const { s } = this
    if (!this.rules.kinds.has("password")) return from
    let colon = -1
    let at = -1
    let end = from
    for (; end < s.length; end++) {
      const c = s.charCodeAt(end)
      if (c === 47 || c === 63 || c === 35 || c <= 32 || isQuote(c) || c === 60 || c === 62) break
      if (c === 58 && colon < 0) colon = end
      if (c === 64) at = end
    }
    if (colon < 0 || at < colon + 2 || isMarker(s.slice(colon + 1, at))) return from
    return this.drop("password", colon + 1, at)
  }

  /** RFC 7468 blocks that hold a private key; without an end they reach to the end of the text. */
  private pem(at: number): number {
    const { s } = this
    const opening = "-----BEGIN "
    if (!s.startsWith(opening, at)) return at + 1
    const labelEnd = s.indexOf("-----", at + opening.length)
    if (labelEnd < 0 || labelEnd - at > maxName) return at + opening.length
    const label = s.slice(at + opening.length, labelEnd)
    if (!label.includes("PRIVATE KEY") || !this.rules.kinds.has("privateKey")) return labelEnd + 5
    const closing = `-----END ${label}-----`
    const end = s.indexOf(closing, labelEnd)
    return this.drop("privateKey", at, end < 0 ? s.length : end + closing.length)
  }

  /** RFC 7515 and 7516 compact serialisation: base64url of `{"…`, then dots. */
  private jose(at: number): number {
    const { s } = this
    const start = at - 2
    if (start < 0 || s.charCodeAt(at - 1) !== 121 || s.charCodeAt(start) !== 101) return at + 1
    if (!this.rules.kinds.has("jose") || isBase64Url(s.charCodeAt(start - 1))) return at + 1
    let end = at + 1
    let dots = 0
    for (; end < s.length; end++) {
      const code = s.charCodeAt(end)
      if (code === 46 && dots < 4) dots++
      else if (!isBase64Url(code)) break
    }
    while (s.charCodeAt(end - 1) === 46 && dots > 2) {
      end--
      dots--
    }
    return dots >= 1 && end - start >= 20 ? this.drop("jose", start, end) : at + 1
  }

  /** `Basic …` and `Bearer …`, wherever they stand. */
  private scheme(at: number): number {
    const { s } = this
    const second = s.charCodeAt(at + 1) | 32
    if ((second !== 97 && second !== 101) || isWord(s.charCodeAt(at - 1))) return at + 1
    const word = s.slice(at, at + 7).toLowerCase()
    const length = word.startsWith("basic ") ? 6 : word === "bearer " ? 7 : 0
    if (length === 0 || !this.rules.kinds.has("authorization")) return at + 1
    let start = at + length
    while (s.charCodeAt(start) === 32 && start < at + length + 4) start++
    let end = start
    let upper = false
    let lower = false
    let other = false
    for (; end < s.length; end++) {
      const code = s.charCodeAt(end)
      if (!isToken68(code)) break
      if (isUpper(code) && end > start) upper = true
      else if (isLower(code)) lower = true
      else if (isDigit(code) || code === 61) other = true
    }
    // `basic authentication` is prose; credentials mix cases, hold digits or are long.
    const credentials = end - start >= 20 || (end - start >= 6 && ((upper && lower) || other))
    return credentials ? this.drop("authorization", start, end) : start
  }
}

const isLiteral = (value: string): boolean =>
  value === "null" || value === "undefined" || value === "true" || value === "false"

const prose = /^[a-z]+(?:[ ,]+[a-z]+)+[.!]?$/

const schemes = /^(?:basic|bearer|digest|negotiate|token) /

/** `authorization: declined by the issuer` is about a payment and no HTTP header. */
const isProse = (value: string): boolean =>
  value.length < 256 && prose.test(value) && !schemes.test(value)

const isMaskCharacter = (c: string): boolean => "*xX•#".includes(c)

const isSpacing = (c: string): boolean => c === " " || c === "-" || c === "."

/** `406032******0127`, also with other mask characters and with separators. */
const isMaskedPan = (text: string): boolean => {
  let start = 0
  let hidden = 0
  let end = 0
  for (const c of text) {
    if (isSpacing(c)) continue
    if (isMaskCharacter(c)) {
      if (end > 0) return false
      hidden++
    } else if (!isDigit(c.charCodeAt(0))) return false
    else if (hidden === 0) start++
    else end++
  }
  return hidden >= 3 && start <= visibleStart && end <= visibleEnd
}

const maskPan = (text: string): string => {
  if (text.length > 64) return marker("pan")
  let digits = 0
  for (const c of text) {
    if (digitValue(c.charCodeAt(0)) >= 0) digits++
    else if (!isSpacing(c)) return isMaskedPan(text) ? text : marker("pan")
  }
  if (digits < minDigits || digits > maxDigits) return marker("pan")
  let seen = 0
  let masked = ""
  for (const c of text) {
    if (digitValue(c.charCodeAt(0)) < 0) masked += c
    else masked += seen++ < visibleStart || seen > digits - visibleEnd ? c : "*"
  }
  return masked
}

/** Keeps the last 4 characters of what looks like an account number of 9 characters or more. */
const maskAccount = (kind: Kind, text: string): string => {
  if (text.length > 64) return marker(kind)
  let length = 0
  let digits = 0
  for (const c of text) {
    const code = c.charCodeAt(0)
    if (isDigit(code)) digits++
    else if (!isUpper(code) && !isMaskCharacter(c) && !isSpacing(c)) return marker(kind)
    if (!isSpacing(c)) length++
  }
  if (digits >= minDigits && digits <= maxDigits && digits === length) return maskPan(text)
  if (isMaskedPan(text)) return text
  const visible = length < 9 ? 0 : visibleEnd
  let seen = 0
  let masked = ""
  for (const c of text) masked += isSpacing(c) || seen++ >= length - visible ? c : "*"
  return masked
}

/** The masked form of a value whose name says what it is. */
export const maskValue = (kind: Kind, text: string): string =>
  kind === "pan" ? maskPan(text) : maskAccount(kind, text)
