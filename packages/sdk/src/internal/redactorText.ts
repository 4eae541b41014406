/** Finds what is sensitive in a text: in one pass, with a bounded look at each character. */
import { noMail, tokenPrefixes } from "./detectors/values.ts"
import { referenceWords } from "./detectors/words.ts"
import { cardKinds } from "./detectors/kinds.ts"
import type { Kind } from "./detectors/kinds.ts"
import { minDigits, readRun } from "./redactorCards.ts"
import type { Card } from "./redactorCards.ts"
import {
  digitAt,
  digitSurrogates,
  digitValue,
  digitWidth,
  isBase64Url,
  isDigit,
  isHex,
  isJoint,
  isLetter,
  isLetterOrDigit,
  isLower,
  isName,
  isSeparator,
  isToken68,
  isUpper,
  isWord,
} from "./redactorCharacters.ts"
import { JsonReader } from "./redactorJson.ts"
import type { JsonHost } from "./redactorJson.ts"
import { isMask, isMaskedPan, maskValue } from "./redactorMask.ts"
import { readNumber, timestampEnd } from "./redactorNumbers.ts"
import { isMarker, marker } from "./redactorRules.ts"
import type { KeyRule, Rules } from "./redactorRules.ts"
import {
  beginsLikeText,
  decodeBase64,
  decodeJson,
  decodePercent,
  encodeJson,
  encodePercent,
  hasLongRun,
  isPercentEncoded,
  longRuns,
} from "./redactorViews.ts"
import type { View } from "./redactorViews.ts"

/** A part of a text that is replaced. */
export interface Edit {
  readonly kind: Kind
  readonly start: number
  readonly end: number
  readonly replacement: string
  /** Whether it is a card number that was masked before and stays as it is. */
  readonly isMasked: boolean
}

/** What may have to be decoded inside of what was decoded: JSON in JSON in base64. */
const maxLevels = 6

const digit = 1
const delimiter = 2
const hyphen = 3
const jose = 4
const scheme = 5
const atSign = 6
const percentSign = 7
const bracket = 8
const surrogate = 9

/** Characters where something sensitive may begin or be recognised; 0 for all others. */
const triggers: Uint8Array = (() => {
  const table = new Uint8Array(0x10000)
  for (let code = 0; code < table.length; code++) if (digitValue(code) >= 0) table[code] = digit
  for (const code of digitSurrogates) table[code] = surrogate
  const mark = (characters: string, trigger: number) => {
    for (const c of characters) table[c.charCodeAt(0)] = trigger
  }
  mark(":=>", delimiter)
  mark("-", hyphen)
  mark("J", jose)
  mark("Bb", scheme)
  mark("@", atSign)
  mark("%", percentSign)
  mark("{[", bracket)
  return table
})()

const trigger = (s: string, index: number): number => triggers[s.charCodeAt(index) & 0xffff] ?? 0

const longestTimestamp = 35
const dateLength = 10

/** Shorter texts hold no base64 of anything. */
const minBase64 = 18

/**
 * What has to be replaced in a text, in order and without overlaps; `undefined` when nothing has. With
 * `withMasked` also the card numbers that are masked already.
 */
export const findEdits = (
  s: string,
  rules: Rules,
  withMasked = false,
): ReadonlyArray<Edit> | undefined => findEditsIn(s, rules, withMasked, 0)

const findEditsIn = (
  s: string,
  rules: Rules,
  withMasked: boolean,
  level: number,
): ReadonlyArray<Edit> | undefined => {
  const from = beginning(s)
  return from < 0 ? undefined : new Scanner(s, rules, withMasked, level).scan(from)
}

/** Two digits are the least that a closer look needs: a third makes a CVV. */
const fewDigits = 2

/** Where a closer look at a text must begin; -1 when it needs none. Most texts need none. */
const beginning = (s: string): number => {
  const { length } = s
  if (isDigit(s.charCodeAt(0))) {
    if (length <= longestTimestamp && timestampEnd(s, 0) === length) return -1
    if (identifierEnd(s, 0) === length && !beginsLikeText(s, 0)) return -1
  }
  let first = -1
  let digits = 0
  for (let i = 0; i < length; i++) {
    const found = trigger(s, i)
    if (found === 0) continue
    if (first < 0) first = i
    if (found === digit) {
      if (++digits > fewDigits) return first
    } else if (found !== hyphen || trigger(s, i + 1) === hyphen) return first
  }
  return length >= minBase64 && hasLongRun(s) ? length : -1
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

const quote = 34
const apostrophe = 39
const backslash = 92
const openBracket = 91
const openBrace = 123

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

/** Characters of the part of an email address before the `@`, without rare ones: RFC 5322, atext. */
const isMailLocal = (code: number): boolean =>
  isName(code) || code === 43 || code === apostrophe || (code >= 0xa1 && code !== 0xfeff)

const isHost = (code: number): boolean => isLetterOrDigit(code) || code === 45 || code >= 0xa1

const maxName = 64
const maxTrack = 90
const maxToken = 128
const maxMailHost = 253

class Scanner implements JsonHost {
  readonly rules: Rules
  private readonly s: string
  private readonly withMasked: boolean
  private readonly level: number
  private readonly edits: Array<Edit> = []
  /** Edits of what was passed already. They come before those that were made there. */
  private readonly lateEdits: Array<Edit> = []
  /** Where the last edit ends that was made on the way. */
  private done = 0
  private limit = 0
  private cards = 0
  /** What a number needs around it when it becomes text, where that is known. */
  private numberQuote: string | undefined

  constructor(s: string, rules: Rules, withMasked: boolean, level: number) {
    this.s = s
    this.rules = rules
    this.withMasked = withMasked
    this.level = level
  }

  scan(from: number): ReadonlyArray<Edit> | undefined {
    this.range(from, this.s.length)
    const edits = this.inOrder()
    const all =
      this.s.length < minBase64 || this.level >= maxLevels ? edits : this.withTokens(edits)
    return all.length === 0 ? undefined : all
  }

  /** Looks at the characters between two offsets; what begins there may end no later. */
  private range(from: number, to: number): void {
    const { s } = this
    const outer = this.limit
    this.limit = to
    for (let i = from; ;) {
      while (i < to && trigger(s, i) === 0) i++
      if (i >= to) break
      switch (trigger(s, i)) {
        case digit:
          i = this.digits(i)
          break
        case delimiter:
          i = this.named(i)
          break
        case hyphen:
          i = this.pem(i)
          break
        case jose:
          i = this.jose(i)
          break
        case scheme:
          i = this.scheme(i)
          break
        case atSign:
          i = this.mail(i)
          break
        case percentSign:
          i = this.percent(i)
          break
        case bracket:
          i = this.bracket(i, undefined)
          break
        default:
          i = digitAt(s, i) < 0 ? i + 1 : this.digits(i)
      }
    }
    this.limit = outer
  }

  /** Notes what is replaced and returns where to go on. */
  private push(
    kind: Kind,
    start: number,
    end: number,
    replacement: string,
    isMasked = false,
  ): number {
    // A token can start before the character that gave it away, where something was replaced already.
    const free = Math.max(start, this.done)
    if (end <= free) return free
    this.edits.push({ kind, start: free, end, replacement, isMasked })
    this.done = end
    if (kind === "pan") this.cards++
    return end
  }

  private replace(kind: Kind, start: number, end: number, masked: string, quotes = ""): number {
    const shown = this.rules.show(kind, this.s.slice(start, end), masked)
    return this.push(kind, start, end, quotes + shown + quotes)
  }

  private drop(kind: Kind, start: number, end: number): number {
    return this.replace(kind, start, end, marker(kind))
  }

  late(kind: Kind, start: number, end: number, replacement: string): void {
    this.lateEdits.push({ kind, start, end, replacement, isMasked: false })
  }

  private inOrder(): ReadonlyArray<Edit> {
    if (this.lateEdits.length === 0) return this.edits
    let end = 0
    return [...this.lateEdits, ...this.edits]
      .toSorted((a, b) => a.start - b.start || b.end - a.end)
      .filter((edit) => {
        if (edit.start < end) return false
        end = edit.end
        return true
      })
  }

  /** Adds what rows of 18 letters and digits or more are: secret tokens, base64. */
  private withTokens(edits: ReadonlyArray<Edit>): ReadonlyArray<Edit> {
    const { s } = this
    const tokens: Array<Edit> = []
    let index = 0
    longRuns(s, (start, end) => {
      while ((edits[index]?.end ?? Infinity) <= start) index++
      if ((edits[index]?.start ?? Infinity) < end) return
      const edit = this.secret(start, end) ?? this.base64(start, end)
      if (edit !== undefined) tokens.push(edit)
    })
    return tokens.length === 0 ? edits : [...edits, ...tokens].toSorted((a, b) => a.start - b.start)
  }

  private secret(start: number, end: number): Edit | undefined {
    const prefixes = prefixesByFirst.get(this.s.charCodeAt(start))
    if (prefixes === undefined || !this.rules.kinds.has("secret")) return undefined
    const isSecret = prefixes.some(
      ({ length, prefix }) => end - start >= length && this.s.startsWith(prefix, start),
    )
    return isSecret
      ? { kind: "secret", start, end, replacement: marker("secret"), isMasked: false }
      : undefined
  }

  private base64(start: number, end: number): Edit | undefined {
    const found = decodeBase64(this.s, start, end)
    const edits = found && findEditsIn(found.text, this.rules, false, this.level + 1)
    if (found === undefined || edits === undefined) return undefined
    const kinds = edits.map(({ kind }) => kind)
    const kind = kinds.find((kind) => isCardKind(kind)) ?? kinds[0] ?? "secret"
    const replacement = found.encode(applyEdits(found.text, edits, this.rules))
    return { kind, start: found.start, end: found.end, replacement, isMasked: false }
  }

  /** Looks into something that was decoded. */
  private view(view: View, encode: (text: string) => string): void {
    const edits = findEditsIn(view.text, this.rules, this.withMasked, this.level + 1)
    for (const { end, isMasked, kind, replacement, start } of edits ?? []) {
      this.push(
        kind,
        view.offset(start),
        view.offset(end),
        isMasked ? replacement : encode(replacement),
        isMasked,
      )
    }
  }

  private digits(start: number): number {
    const { s } = this
    const stamp = timestampEnd(s, start)
    // A date alone can be one of birth.
    if (stamp === start + dateLength) return Math.max(stamp, this.number(start, true))
    if (stamp >= 0 && stamp <= this.limit) return stamp
    const id = identifierEnd(s, start)
    if (id >= 0) return id
    const { cards, end: runEnd, isLoose } = readRun(s, start)
    const end = Math.min(runEnd, this.limit)
    if (cards.length > 0) {
      // With a plus sign it may be a phone number that passes for a card number.
      const [card] = cards
      const phone = s.charCodeAt(start - 1) === 43 ? this.number(start, true) : start
      return Math.max(end, phone >= (card?.end ?? end) ? phone : this.allCards(cards))
    }
    if (!isLoose) return Math.max(end, this.number(start, true))
    let next = this.segmentEnd(start, this.number(start, true))
    while (next < end) {
      while (next < end && digitAt(s, next) < 0) next++
      if (next < end) next = this.segmentEnd(next, this.number(next, false))
    }
    return Math.max(next, end)
  }

  private allCards(cards: ReadonlyArray<Card>): number {
    const { s } = this
    let end = 0
    for (const card of cards) {
      if (card.end > this.limit) break
      const track = card.solid ? this.track(card) : undefined
      if (track !== undefined) {
        end = this.drop("track", track.start, track.end)
        continue
      }
      if (card.start < end || this.isHexToken(card)) continue
      if (this.isReference(card) || this.rules.isAllowed(s.slice(card.start, card.end))) continue
      if (this.rules.kinds.has("expiry")) this.expiryBefore(card.start)
      const quotes = this.numberQuote ?? this.jsonQuote(card.start, card.end)
      this.replace("pan", card.start, card.end, card.masked, quotes)
      end = this.beside(card.end)
    }
    return end
  }

  /** `RRN 501812345672`: as long as the numbers by which Visa finds a payment, and called so. */
  private isReference({ end, solid, start }: Card): boolean {
    const length = end - start
    return (
      solid &&
      (length === 12 || length === 15) &&
      reference.test(this.s.slice(Math.max(0, start - maxBeside), start))
    )
  }

  /** `4957030420210462 12/29 123`: the expiry date after a card number, and the CVV after that. */
  private beside(at: number): number {
    const { kinds } = this.rules
    if (!kinds.has("expiry")) return at
    const after = this.s.slice(at, Math.min(at + maxBeside, this.limit))
    const expiry = expiryAfter.exec(after)?.indices?.groups?.["date"]
    if (expiry === undefined) return at
    const end = this.drop("expiry", at + expiry[0], at + expiry[1])
    const cvv = cvvAfter.exec(after.slice(expiry[1]))?.indices?.groups?.["cvv"]
    return cvv === undefined
      ? end
      : this.drop("cvv", at + expiry[1] + cvv[0], at + expiry[1] + cvv[1])
  }

  /** `exp 12/29, card 4957030420210462` */
  private expiryBefore(at: number): void {
    const from = Math.max(this.done, at - maxBeside)
    const date = expiryBefore.exec(this.s.slice(from, at))?.indices?.groups?.["date"]
    if (date !== undefined) this.drop("expiry", from + date[0], from + date[1])
  }

  /** A number that is no card number: that of a phone, a person or an account. Gives where it ends. */
  private number(start: number, isFirst: boolean): number {
    const { s } = this
    const found = readNumber(s, start, isFirst, this.rules.kinds)
    if (found === undefined || found.end > this.limit || found.start < this.done) {
      if (this.withMasked) this.masked(start)
      return start
    }
    if (found.action === "drop") this.drop(found.kind, found.start, found.end)
    else {
      const masked = maskValue(found.kind, s.slice(found.start, found.end))
      this.replaceValue(found.start, found.end, found.kind, masked, "")
    }
    return found.end
  }

  /** After digits that are joined by single dashes, dots and slashes; at least `least`. */
  private segmentEnd(start: number, least: number): number {
    const { s } = this
    let i = start
    for (;;) {
      while (isDigit(s.charCodeAt(i))) i++
      while (digitAt(s, i) >= 0) i += digitWidth(s.charCodeAt(i))
      if (!isJoint(s.charCodeAt(i)) || digitAt(s, i + 1) < 0) return Math.max(i, least)
      i++
    }
  }

  /** A card number that is masked already: from its first digits, or from its last four. */
  private masked(at: number): void {
    const { s } = this
    let start = at
    while (start > this.done && at - start < maxMasked && isMaskOrSpace(s.charCodeAt(start - 1)))
      start--
    let end = at
    while (end < this.limit && end - start < maxMasked && isMaskedDigit(s.charCodeAt(end))) end++
    if (!hasMask(s, start, at) && !hasMask(s, at, end)) return
    while (start < at && isSeparator(s.charCodeAt(start))) start++
    while (end > at && !isDigit(s.charCodeAt(end - 1))) end--
    const text = s.slice(start, end)
    if (isWord(s.charCodeAt(start - 1)) || isLetterOrDigit(s.charCodeAt(end))) return
    let count = 0
    for (const c of text) if (!isSeparator(c.charCodeAt(0))) count++
    const lastFour = /(?:^|\D)\d{4}$/.test(text)
    if (lastFour && count >= 7 && count <= 19 && isMaskedPan(text)) {
      this.push("pan", start, end, text, true)
    }
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
    const limit = Math.min(this.limit, card.end + maxTrack)
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

  /** Whether the digits belong to a UUID or to a digest. */
  private isHexToken({ end, solid, start }: Card): boolean {
    const { s } = this
    const reach = (from: number, step: number): number => {
      let i = from
      while (Math.abs(i - from) < maxToken && (isHex(s.charCodeAt(i)) || s.charCodeAt(i) === 45))
        i += step
      return i
    }
    const from = reach(start - 1, -1) + 1
    const token = s.slice(from, reach(end, 1))
    if (!token.includes("-"))
      return solid && digestLengths.has(token.length) && /[a-f]/i.test(token)
    for (let i = 0; i + 36 <= token.length && i <= start - from; i++) {
      if (i + 36 < end - from) continue
      if (uuid.test(token.slice(i, i + 36))) return true
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
    // `09:26:53` has no name; names that end with a digit have a letter before it.
    const last = s.charCodeAt(nameEnd - 1)
    if (!isName(last) || (isDigit(last) && isDigit(s.charCodeAt(nameEnd - 2)))) return at + 1
    let nameStart = nameEnd
    while (nameEnd - nameStart < maxName && isName(s.charCodeAt(nameStart - 1))) nameStart--
    const first = s.charCodeAt(nameStart)
    if (nameStart === nameEnd || !(isLetter(first) || first === 95 || first === 45)) return at + 1
    const inTag = s.charAt(at) === ">"
    if (inTag && s.charAt(nameStart - 1) !== "<") return at + 1
    const rule =
      this.rules.lookup(s.slice(nameStart, nameEnd)) ?? this.severalWords(nameStart, nameEnd)
    if (rule === undefined) return at + 1
    if (rule.action === "within") return this.within(at + 1, rule)
    return this.value(at + 1, rule, inTag, quoted)
  }

  /** `Date of birth: …`, `card number=…` */
  private severalWords(nameStart: number, nameEnd: number): KeyRule | undefined {
    const { s } = this
    if (!this.rules.lastWords.has(s.slice(nameStart, nameEnd).toLowerCase())) return undefined
    let start = nameStart
    for (let words = 2; words <= 4 && s.charCodeAt(start - 1) === 32; words++) {
      let from = start - 1
      while (start - from < 24 && isLetter(s.charCodeAt(from - 1))) from--
      if (from === start - 1) return undefined
      start = from
      const rule = this.rules.lookup(s.slice(start, nameEnd))
      if (rule !== undefined) return rule.action === "within" ? undefined : rule
    }
    return undefined
  }

  /** `senderDetail={"name":…}` */
  private within(from: number, rule: KeyRule): number {
    const { s } = this
    let start = from
    while (start - from < 3 && (isSpace(s.charCodeAt(start)) || s.charAt(start) === ">")) start++
    return trigger(s, start) === bracket && start < this.limit ? this.bracket(start, rule) : from
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
      return this.replaceNamed(inner, this.closingQuote(inner, opening, escapes), rule, "")
    }
    if (rule.action === "keep") return this.keep(start, rule)
    if (opening === openBrace || opening === openBracket) {
      const end = this.whole(start, rule)
      if (end > start) return end
    }
    const end = inTag ? this.tagEnd(start) : this.bareEnd(start, rule)
    return this.replaceNamed(
      start,
      end,
      rule,
      quotedName && !inTag ? this.jsonQuote(start, end) : "",
    )
  }

  /** An object or a list under a sensitive name: whole, or what is in it. */
  private whole(start: number, rule: KeyRule): number {
    const { s } = this
    const marked = this.markerEnd(start)
    if (marked > 0) return marked
    if (rule.action === "mask") return this.bracket(start, rule)
    let depth = 0
    const limit = Math.min(this.limit, start + maxLevel)
    for (let i = start; i < limit; i++) {
      const code = s.charCodeAt(i)
      if (code === openBrace || code === openBracket) depth++
      else if ((code === 125 || code === 93) && --depth === 0)
        return this.replaceNamed(start, i + 1, rule, this.jsonQuote(start, i + 1))
    }
    return this.drop(rule.kind, start, limit)
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

  private replaceNamed(start: number, end: number, rule: KeyRule, quotes: string): number {
    const value = this.s.slice(start, end)
    if (value === "" || isMarker(value) || isLiteral(value)) return end
    if (rule.line && isProse(value)) return start
    const masked = rule.action === "mask" ? maskValue(rule.kind, value) : marker(rule.kind)
    return this.replaceValue(start, end, rule.kind, masked, quotes)
  }

  /** Replaces a value by its masked form, unless it was masked before. */
  private replaceValue(
    start: number,
    end: number,
    kind: Kind,
    masked: string,
    quotes: string,
  ): number {
    if (masked !== this.s.slice(start, end)) return this.replace(kind, start, end, masked, quotes)
    return this.withMasked ? this.push(kind, start, end, masked, true) : end
  }

  private closingQuote(from: number, opening: number, escapes: number): number {
    const { s } = this
    let backslashes = 0
    for (let i = from; i < this.limit; i++) {
      const code = s.charCodeAt(i)
      if (code === backslash) {
        backslashes++
        continue
      }
      if (code === opening && (escapes === 0 ? backslashes % 2 === 0 : backslashes <= escapes))
        return i - backslashes
      backslashes = 0
    }
    return this.limit
  }

  private tagEnd(from: number): number {
    const end = this.s.indexOf("<", from)
    return end < 0 ? this.limit : Math.min(end, this.limit)
  }

  private bareEnd(from: number, { kind, line }: KeyRule): number {
    const { limit, s } = this
    let end = from
    if (line) {
      while (end < limit && !isLineEnd(s.charCodeAt(end)) && !isQuote(s.charCodeAt(end))) end++
      return end
    }
    const number = kind === "pan" || kind === "account"
    const ends = number ? endsBareNumber : endsBareValue
    while (end < limit && !ends(s.charCodeAt(end))) end++
    if (kind === "birth") return end + (monthAndYear.exec(s.slice(end, end + 24))?.[0].length ?? 0)
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
    const { limit, s } = this
    let end = from
    while (end < limit && !endsBareValue(s.charCodeAt(end))) {
      const code = s.charCodeAt(end)
      if (code === 61 || code === 58) return from
      end++
    }
    return end
  }

  /** The password in `scheme://user:password@host`. */
  private userInfo(from: number): number {
    const { s } = this
    let colon = -1
    let at = -1
    let end = from
    for (; end < this.limit; end++) {
      const c = s.charCodeAt(end)
      if (c === 47 || c === 63 || c === 35 || c <= 32 || isQuote(c) || c === 60 || c === 62) break
      if (c === 58 && colon < 0) colon = end
      if (c === 64) at = end
    }
    // A user's name before a host is no email address.
    if (colon < 0) return at < 0 ? from : at + 1
    if (at < colon + 2 || isMarker(s.slice(colon + 1, at))) return from
    return this.rules.kinds.has("password") ? this.drop("password", colon + 1, at) : from
  }

  /** RFC 7468 blocks that hold a private key; without an end they reach to the end of the text. */
  private pem(at: number): number {
    const { s } = this
    const opening = "-----BEGIN "
    if (s.charCodeAt(at + 1) !== 45 || !s.startsWith(opening, at)) return at + 1
    const labelEnd = s.indexOf("-----", at + opening.length)
    if (labelEnd < 0 || labelEnd - at > maxName) return at + opening.length
    const label = s.slice(at + opening.length, labelEnd)
    if (!label.includes("PRIVATE KEY") || !this.rules.kinds.has("privateKey")) return labelEnd + 5
    const closing = `-----END ${label}-----`
    const end = s.indexOf(closing, labelEnd)
    const isClosed = end >= 0 && end < this.limit
    return this.drop("privateKey", at, isClosed ? end + closing.length : this.limit)
  }

  /** RFC 7515 and 7516 compact serialisation: base64url of `{"…`, then dots. */
  private jose(at: number): number {
    const { s } = this
    const start = at - 2
    if (start < 0 || s.charCodeAt(at - 1) !== 121 || s.charCodeAt(start) !== 101) return at + 1
    if (!this.rules.kinds.has("jose") || isBase64Url(s.charCodeAt(start - 1))) return at + 1
    let end = at + 1
    let dots = 0
    for (; end < this.limit; end++) {
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
    for (; end < this.limit; end++) {
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

  /** An email address, without the rare forms of RFC 5322. */
  private mail(at: number): number {
    const { s } = this
    let start = at
    while (start > this.done && at - start < maxName && isMailLocal(s.charCodeAt(start - 1)))
      start--
    while (start < at && !isLetterOrDigit(s.charCodeAt(start)) && s.charCodeAt(start) < 128) start++
    if (start === at || !this.rules.kinds.has("email")) return at + 1
    let end = at + 1
    let label = end
    for (; end < this.limit && end - at <= maxMailHost; end++) {
      const code = s.charCodeAt(end)
      if (code === 46 && isHost(s.charCodeAt(end + 1)) && end > label) label = end + 1
      else if (!isHost(code)) break
    }
    const last = s.slice(label, end)
    const isHostName = label > at + 1 && /^(?:\p{L}{2,}|xn--[a-z\d-]+)$/iu.test(last)
    return isHostName && !endings.has(last.toLowerCase()) && !users.has(s.slice(start, at))
      ? this.drop("email", start, end)
      : at + 1
  }

  /** Something percent-encoded: the whole token around it is decoded and looked at. */
  private percent(at: number): number {
    const { s } = this
    if (!isPercentEncoded(s, at) || this.level >= maxLevels) return at + 1
    let start = at
    while (start > this.done && at - start < maxToken && isUrlCharacter(s.charCodeAt(start - 1)))
      start--
    let end = at + 3
    while (end < this.limit && isUrlCharacter(s.charCodeAt(end))) end++
    const view = decodePercent(s, start, end)
    if (view === undefined) return at + 1
    this.view(view, encodePercent)
    // Digits at the end can be the first group of a number that goes on after the token.
    let next = end
    while (next > this.done && isNumberCharacter(s.charCodeAt(next - 1))) next--
    return s.charCodeAt(next - 2) === 37 || s.charCodeAt(next - 1) === 37
      ? end
      : Math.max(next, at + 3)
  }

  private bracket(at: number, rule: KeyRule | undefined): number {
    const marked = this.markerEnd(at)
    if (marked > 0) return marked
    return this.isJson(at) ? new JsonReader(this.s, this.limit, this).read(at, rule) : at + 1
  }

  /** Where the marker of an earlier pass ends; 0 when there is none. */
  private markerEnd(at: number): number {
    const { s } = this
    if ((s.charCodeAt(at + 1) | 32) !== 114) return 0
    const text = s.slice(at, at + maxMarker)
    const length = text.indexOf("]") + 1
    return isMarker(text.slice(0, length)) ? at + length : 0
  }

  /** Whether what follows a bracket or brace could be JSON: `[14/Mar/2026` is none. */
  private isJson(at: number): boolean {
    const { s } = this
    let next = this.afterSpace(at + 1)
    const code = s.charCodeAt(next)
    if (code === quote) return true
    if (s.charCodeAt(at) !== openBracket) return false
    if (code === openBracket || code === openBrace) return true
    if (!isDigit(code)) return false
    while (next - at < maxName && isDigit(s.charCodeAt(next))) next++
    const after = s.charAt(this.afterSpace(next))
    return after === "," || after === "]"
  }

  private afterSpace(from: number): number {
    const { s } = this
    let i = from
    while (
      i < this.limit &&
      i - from < maxName &&
      (isSpace(s.charCodeAt(i)) || isLineEnd(s.charCodeAt(i)))
    )
      i++
    return i
  }

  text(start: number, end: number, isEscaped: boolean, quotes: string): boolean {
    const before = this.cards
    if (isEscaped && this.level < maxLevels) this.view(decodeJson(this.s, start, end), encodeJson)
    else {
      const outer = this.numberQuote
      this.numberQuote = quotes
      this.range(start, end)
      this.numberQuote = outer
    }
    return this.cards > before
  }

  decoded(start: number, end: number, isEscaped: boolean): string {
    return isEscaped ? decodeJson(this.s, start, end).text : this.s.slice(start, end)
  }

  hasPan(text: string): boolean {
    return (
      findEditsIn(text, this.rules, false, this.level + 1)?.some(({ kind }) => kind === "pan") ===
      true
    )
  }

  member(start: number, end: number, rule: KeyRule, isEscaped: boolean, quotes: string): void {
    const value = this.decoded(start, end, isEscaped)
    if (value === "" || isMarker(value)) return
    const masked = rule.action === "mask" ? maskValue(rule.kind, value) : marker(rule.kind)
    if (masked === value) {
      if (this.withMasked) this.push(rule.kind, start, end, this.s.slice(start, end), true)
      return
    }
    const shown = encodeJson(this.rules.show(rule.kind, value, masked))
    this.push(rule.kind, start, end, quotes + shown + quotes)
  }
}

/** Shorter ones can be passport numbers and the like. */
const minIdentifier = 20

/**
 * The end of a row of letters and digits that begins with a digit and holds no row of digits that is
 * long enough for a card: a ULID, a digest. There is nothing else in it either. -1 for all others.
 */
const identifierEnd = (s: string, start: number): number => {
  if (isWord(s.charCodeAt(start - 1))) return -1
  let digits = 0
  let end = start
  for (;;) {
    const code = s.charCodeAt(end)
    if (isDigit(code)) {
      if (++digits >= minDigits) return -1
    } else if (isLetter(code)) digits = 0
    else break
    end++
  }
  return end - start >= minIdentifier && !isWord(s.charCodeAt(end)) ? end : -1
}

const maxBeside = 48
const maxMasked = 32
const maxMarker = 48
const maxLevel = 4_096

const reference = new RegExp(`(?:^|[^a-z])(?:${referenceWords.join("|")})[\\s:=#"']{1,4}$`, "i")

const expiryAfter =
  /^[\s|,;:/-]{1,3}(?:(?:exp\w*|valid\w*|thru|until|good|date)[\s.:=/-]{0,3}){0,3}(?<date>(?:0[1-9]|1[0-2]) ?[-/.|] ?(?:20)?\d\d)(?!\d)/dis

const cvvAfter = /^[\s|,;:/-]{1,3}(?:(?:cv[vc]2?|csc|code)[\s:=]{0,3})?(?<cvv>\d{3,4})(?![\d.])/di

const expiryBefore =
  /(?:exp\w*|valid (?:thru|until|to))[\s.:=]{1,3}(?<date>(?:0[1-9]|1[0-2]) ?[-/.|] ?(?:20)?\d\d)\W{1,3}(?:[a-z]+\W{1,3}){0,3}$/di

/** `12 March 1971` after its day. */
const monthAndYear = /^[ ,.]{1,2}(?:of )?\p{L}{3,9}[ ,.]{1,2}\d{4}/u

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Hexadecimal digits of MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512. */
const digestLengths: ReadonlySet<number> = new Set([32, 40, 56, 64, 96, 128])

/** By the code of their first character. */
const prefixesByFirst = Map.groupBy(tokenPrefixes, ({ prefix }) => prefix.charCodeAt(0))

const cards: ReadonlySet<Kind> = new Set<Kind>(cardKinds)

const isCardKind = (kind: Kind): boolean => cards.has(kind)

const endings: ReadonlySet<string> = new Set(noMail.endings)
const users: ReadonlySet<string> = new Set(noMail.users)

const isMaskOrSpace = (code: number): boolean => isMask(code) || code === 32 || code === 45

const isMaskedDigit = (code: number): boolean => isMaskOrSpace(code) || isDigit(code)

const hasMask = (s: string, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) if (isMask(s.charCodeAt(i))) return true
  return false
}

const isNumberCharacter = (code: number): boolean => isDigit(code) || isSeparator(code)

/** Where a URL or a value in a form ends. */
const isUrlCharacter = (code: number): boolean =>
  code > 32 && !isQuote(code) && code !== 60 && code !== 62

const isLiteral = (value: string): boolean =>
  value === "null" || value === "undefined" || value === "true" || value === "false"

const prose = /^[a-z]+(?:[ ,]+[a-z]+)+[.!]?$/

const schemes = /^(?:basic|bearer|digest|negotiate|token) /

/** `authorization: declined by the issuer` is about a payment and no HTTP header. */
const isProse = (value: string): boolean =>
  value.length < 256 && prose.test(value) && !schemes.test(value)
