/** Reads JSON where it stands in a text, so that names, levels and neighbours count as in an object. */
import type { Kind } from "./detectors/kinds.ts"
import { isDigit, isLetter } from "./redactorCharacters.ts"
import { isPart, Parts } from "./redactorParts.ts"
import { isKept, isMarker, marker } from "./redactorRules.ts"
import type { KeyRule, Rules } from "./redactorRules.ts"

/** What reading JSON asks of the scanner that found it. */
export interface JsonHost {
  readonly rules: Rules
  /**
   * Looks into a string's content, or a number; gives whether a card number was in it. `quotes` is
   * what it needs around it to become a string.
   */
  readonly text: (start: number, end: number, isEscaped: boolean, quotes: string) => boolean
  /** Replaces the value of a sensitive name. */
  readonly member: (
    start: number,
    end: number,
    rule: KeyRule,
    isEscaped: boolean,
    quotes: string,
  ) => void
  /** Replaces something that was passed already. */
  readonly late: (kind: Kind, start: number, end: number, replacement: string) => void
  readonly decoded: (start: number, end: number, isEscaped: boolean) => string
  readonly hasPan: (text: string) => boolean
}

interface Range {
  readonly start: number
  readonly end: number
  readonly quote: string
}

interface Candidate extends Range {
  readonly rule: KeyRule
}

/** One object or list that is open. */
interface Frame {
  readonly isList: boolean
  readonly start: number
  readonly name: string
  /** What its own name means for what is in it. */
  readonly outer: KeyRule | undefined
  readonly parts: Parts<Range>
  hasCard: boolean
  hasKeyType: boolean
  /** Members that are sensitive if the object turns out to be a card or a key. */
  card: Array<Candidate> | undefined
  key: Array<Candidate> | undefined
}

const quote = 34
const backslash = 92
const openBrace = 123
const closeBrace = 125
const openBracket = 91
const closeBracket = 93
const comma = 44
const colon = 58
const minus = 45

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9

const isOpening = (code: number): boolean => code === openBrace || code === openBracket

/** Deeper levels are read as plain text. */
const maxLevels = 1_000

export class JsonReader {
  private readonly s: string
  private readonly limit: number
  private readonly host: JsonHost
  private readonly frames: Array<Frame> = []

  constructor(s: string, limit: number, host: JsonHost) {
    this.s = s
    this.limit = limit
    this.host = host
  }

  /**
   * Reads from an opening bracket or brace to the one that closes it, or to what is no JSON; gives
   * where to go on.
   */
  read(at: number, outer: KeyRule | undefined): number {
    this.open(at, "", outer)
    let i = at + 1
    for (;;) {
      const frame = this.frames.at(-1)
      if (frame === undefined) return i
      i = this.skipSpace(i)
      if (i >= this.limit) return this.end(this.limit)
      const code = this.s.charCodeAt(i)
      if (code === (frame.isList ? closeBracket : closeBrace)) {
        i++
        this.close(i)
        continue
      }
      if (code === comma) {
        i++
        continue
      }
      const next = frame.isList ? this.element(i, frame) : this.member(i, frame)
      if (next < 0) return this.end(~next)
      i = next
    }
  }

  private open(at: number, name: string, outer: KeyRule | undefined): void {
    const isList = this.s.charCodeAt(at) === openBracket
    this.frames.push({
      isList,
      start: at,
      name,
      outer,
      parts: new Parts(isList),
      hasCard: false,
      hasKeyType: false,
      card: undefined,
      key: undefined,
    })
  }

  private close(end: number): void {
    const frame = this.frames.pop()
    if (frame === undefined) return
    const { host } = this
    const candidates = frame.hasKeyType ? frame.key : frame.hasCard ? frame.card : undefined
    candidates?.forEach((candidate) => this.replaceLate(candidate))
    for (const { at, masked } of frame.parts.close()) {
      host.late("pan", at.start, at.end, at.quote + masked + at.quote)
    }
    const parent = this.frames.at(-1)
    if (parent?.isList === false) {
      this.candidates({ start: frame.start, end, quote: '"' }, frame.name, parent)
    }
  }

  private replaceLate({ end, quote, rule, start }: Candidate): void {
    if (isMarker(this.s.slice(start, end))) return
    this.host.late(rule.kind, start, end, quote + marker(rule.kind) + quote)
  }

  private end(at: number): number {
    while (this.frames.length > 0) this.close(at)
    return at
  }

  private skipSpace(from: number): number {
    let i = from
    while (i < this.limit && isSpace(this.s.charCodeAt(i))) i++
    return i
  }

  private element(at: number, frame: Frame): number {
    return this.delimited(at, this.value(at, frame.outer, "", frame))
  }

  /** A name and its value; negative when this is no member of an object. */
  private member(at: number, frame: Frame): number {
    const { s } = this
    if (s.charCodeAt(at) !== quote) return ~at
    const nameEnd = this.stringEnd(at + 1)
    const isEscaped = this.isEscaped
    if (nameEnd >= this.limit) return ~at
    const after = this.skipSpace(nameEnd + 1)
    if (s.charCodeAt(after) !== colon) return ~at
    this.host.text(at + 1, nameEnd, isEscaped, "")
    const name = this.host.decoded(at + 1, nameEnd, isEscaped)
    const valueAt = this.skipSpace(after + 1)
    if (valueAt >= this.limit) return ~this.limit
    return this.delimited(valueAt, this.value(valueAt, this.ruleFor(name, frame), name, frame))
  }

  private ruleFor(name: string, frame: Frame): KeyRule | undefined {
    const { outer } = frame
    if (name === "kty") frame.hasKeyType = true
    return (
      this.host.rules.lookup(name) ??
      outer?.inside?.find(name) ??
      (outer?.action === "mask" || outer?.action === "within" ? outer : undefined)
    )
  }

  /** After a value, a comma or the end of the level must follow; else it was no value. */
  private delimited(valueAt: number, next: number): number {
    const { s } = this
    const isOpened = next === valueAt + 1 && isOpening(s.charCodeAt(valueAt))
    if (next < 0 || isOpened) return next
    const after = this.skipSpace(next)
    if (after >= this.limit) return next
    const code = s.charCodeAt(after)
    if (code === comma || code === closeBrace || code === closeBracket) return next
    // A digit may be the first of a number that only looks like one of JSON so far.
    const first = s.charCodeAt(valueAt)
    return ~(isDigit(first) || first === minus ? valueAt : next)
  }

  private isEscaped = false

  /** The closing quote, or the limit. */
  private stringEnd(from: number): number {
    const { limit, s } = this
    this.isEscaped = false
    for (let i = from; i < limit; i++) {
      const code = s.charCodeAt(i)
      if (code === quote) return i
      if (code === backslash) {
        this.isEscaped = true
        i++
      }
    }
    return limit
  }

  private value(at: number, rule: KeyRule | undefined, name: string, frame: Frame): number {
    const code = this.s.charCodeAt(at)
    if (code === quote) return this.string(at, rule, name, frame)
    if (isOpening(code)) {
      frame.parts.interrupt()
      if (rule?.action === "drop") return this.dropLevel(at, rule)
      if (this.frames.length >= maxLevels) return ~at
      this.open(at, name, rule)
      return at + 1
    }
    if (isDigit(code) || code === minus) return this.number(at, rule, name, frame)
    return this.literal(at, frame)
  }

  private string(at: number, rule: KeyRule | undefined, name: string, frame: Frame): number {
    const start = at + 1
    const end = this.stringEnd(start)
    const { isEscaped } = this
    this.scalar({ start, end, quote: "" }, rule, name, frame, isEscaped)
    return Math.min(end + 1, this.limit)
  }

  private number(at: number, rule: KeyRule | undefined, name: string, frame: Frame): number {
    const { limit, s } = this
    let end = at + 1
    while (end < limit && isNumberCharacter(s.charCodeAt(end))) end++
    const after = this.skipSpace(end)
    const code = s.charCodeAt(after)
    if (after < limit && code !== comma && code !== closeBrace && code !== closeBracket) return ~at
    this.scalar({ start: at, end, quote: '"' }, rule, name, frame, false)
    return end
  }

  private literal(at: number, frame: Frame): number {
    const { s } = this
    let end = at
    while (end - at < 6 && isLetter(s.charCodeAt(end))) end++
    const word = s.slice(at, end)
    if (word !== "true" && word !== "false" && word !== "null") return ~at
    frame.parts.interrupt()
    return end
  }

  private scalar(
    range: Range,
    rule: KeyRule | undefined,
    name: string,
    frame: Frame,
    isEscaped: boolean,
  ): void {
    const { host } = this
    const { end, start } = range
    const isOwn = !frame.isList && rule !== undefined && rule === host.rules.lookup(name)
    if (!frame.isList && !isOwn) this.candidates(range, name, frame)
    switch (rule?.action) {
      case "mask":
      case "drop":
        frame.parts.interrupt()
        if (isOwn ? rule.kind === "pan" : host.hasPan(host.decoded(start, end, isEscaped)))
          frame.hasCard = true
        host.member(start, end, rule, isEscaped, range.quote)
        return
      case "keep":
        frame.parts.interrupt()
        if (isKept(host.decoded(start, end, isEscaped), rule.digits)) return
        break
      case "within":
        frame.parts.interrupt()
        break
      default:
        this.part(range, name, frame)
    }
    if (end > start && host.text(start, end, isEscaped, range.quote) && !frame.isList)
      frame.hasCard = true
  }

  private part(range: Range, name: string, frame: Frame): void {
    const { start, end } = range
    const isShort = end - start <= 38 && isPart(this.s.slice(start, end))
    if (isShort) frame.parts.add(name, this.s.slice(start, end), range.quote === "", range)
    else frame.parts.interrupt()
  }

  private candidates(range: Range, name: string, frame: Frame): void {
    if (range.start === range.end) return
    const { besideCard, jwk } = this.host.rules
    const card = besideCard.inside?.find(name)
    if (card !== undefined) (frame.card ??= []).push({ ...range, rule: card })
    const key = jwk.inside?.find(name)
    if (key !== undefined) (frame.key ??= []).push({ ...range, rule: key })
  }

  /** Replaces a whole object or list. */
  private dropLevel(at: number, rule: KeyRule): number {
    const { limit, s } = this
    let depth = 0
    let i = at
    for (; i < limit; i++) {
      const code = s.charCodeAt(i)
      if (code === quote) {
        i = this.stringEnd(i + 1)
      } else if (isOpening(code)) depth++
      else if ((code === closeBrace || code === closeBracket) && --depth === 0) {
        i++
        break
      }
    }
    const end = Math.min(i, limit)
    this.host.member(at, end, rule, false, '"')
    return end
  }
}

const isNumberCharacter = (code: number): boolean =>
  isDigit(code) || code === 46 || code === 43 || code === minus || code === 101 || code === 69
