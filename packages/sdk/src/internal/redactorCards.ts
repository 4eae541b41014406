/** Finds card numbers in rows of digits, with whatever stands between their groups. */
import { cardGroups, networks, sandboxNumbers } from "./detectors/networks.ts"
import { digitAt, digitWidth, isDigit, isJoint, isSeparator } from "./redactorCharacters.ts"

export const minDigits = 12
export const maxDigits = 19

/** More separators than these between two digits, and they belong to two numbers. */
const maxSeparators = 3

const visibleStart = 6
export const visibleEnd = 4

/** Source: PCI SSC, FAQ 1091: first 6 and last 4, and at least 4 digits less than the whole number. */
const leastHidden = 4

/** How many digits are visible at the start of a masked card number. */
export const visibleStartOf = (digits: number): number =>
  Math.min(visibleStart, digits - visibleEnd - leastHidden)

/** A card number, or several that overlap, between two offsets. */
export interface Card {
  readonly start: number
  readonly end: number
  readonly masked: string
  /** Whether it is one unbroken row of digits. */
  readonly solid: boolean
}

interface Range {
  readonly from: number
  readonly to: number
  /** A bit for each length. */
  readonly lengths: number
  readonly luhn: boolean
}

/** By the first two digits. */
const ranges: ReadonlyArray<ReadonlyArray<Range>> = (() => {
  const index: Array<Array<Range>> = Array.from({ length: 100 }, () => [])
  for (const { check, from, lengths, to } of networks) {
    const range = {
      from: Number(from.padEnd(6, "0")),
      to: Number(to.padEnd(6, "9")),
      lengths: lengths.reduce((bits, length) => bits | (1 << length), 0),
      luhn: check === "luhn",
    }
    for (let two = Math.floor(range.from / 1e4); two <= Math.floor(range.to / 1e4); two++) {
      index[two]?.push(range)
    }
  }
  return index
})()

/** Whether a network issues such numbers, given whether the check digit is right. */
const isIssued = (firstSix: number, length: number, checks: boolean): boolean => {
  const bit = 1 << length
  for (const range of ranges[Math.floor(firstSix / 1e4)] ?? []) {
    if (
      firstSix >= range.from &&
      firstSix <= range.to &&
      (range.lengths & bit) !== 0 &&
      (checks || !range.luhn)
    )
      return true
  }
  return false
}

const sandbox: ReadonlySet<number> = new Set(sandboxNumbers)

/** The sizes of two or three groups as one number. */
const sizesCode = (sizes: ReadonlyArray<number>): number =>
  sizes.reduce((code, size) => code * (maxDigits + 1) + size, 0)

const knownGroups: ReadonlySet<number> = new Set(cardGroups.map(sizesCode))
const mostKnownGroups = Math.max(...cardGroups.map(({ length }) => length))

const lastAscii = 127
const dot = 0x2e
const comma = 0x2c

/** Collects card numbers that overlap: a digit stays visible only where all of them show it. */
class Cluster {
  private s = ""
  private start = -1
  private end = -1
  private solid = true
  private lastDigit = 0
  private hiddenTo = 0
  private masked = ""
  private next = 0

  reset(s: string): void {
    this.s = s
    this.start = -1
  }

  /** Adds a number by its digits' indices; gives the cluster before it when that is complete. */
  add(from: number, to: number, digits: DigitRing): Card | undefined {
    const complete = this.start >= 0 && from >= this.lastDigit ? this.close() : undefined
    const end = digits.endOf(to - 1)
    if (this.start < 0) {
      this.start = digits.offset(from)
      this.next = this.start
      this.masked = ""
      this.hiddenTo = 0
      this.end = end
      this.lastDigit = to
      this.solid = end - this.start === to - from
    } else {
      this.solid = false
    }
    const hideTo = to - visibleEnd
    for (let i = Math.max(this.hiddenTo, from + visibleStartOf(to - from)); i < hideTo; i++) {
      this.masked += `${this.s.slice(this.next, digits.offset(i))}*`
      this.next = digits.endOf(i)
    }
    this.hiddenTo = Math.max(this.hiddenTo, hideTo)
    if (to > this.lastDigit) {
      this.lastDigit = to
      this.end = end
    }
    return complete
  }

  close(): Card | undefined {
    if (this.start < 0) return undefined
    const { end, solid, start } = this
    this.start = -1
    return { start, end, solid, masked: this.masked + this.s.slice(this.next, end) }
  }
}

// Bigger than the digits that are looked at together: 19, and a group of at most 20 after them.
const ringSize = 64
const ringMask = ringSize - 1

/** The last digits that were read: a window onto a run that may be of any length. */
class DigitRing {
  count = 0
  private readonly offsets = new Float64Array(ringSize)
  private readonly ends = new Float64Array(ringSize)
  private readonly values = new Uint8Array(ringSize)
  /** Sums of the digits before one, where those at even (odd) indices count as Luhn doubles them. */
  private readonly evenDoubled = new Float64Array(ringSize)
  private readonly oddDoubled = new Float64Array(ringSize)

  reset(): void {
    this.count = 0
    this.evenDoubled[0] = 0
    this.oddDoubled[0] = 0
  }

  push(digit: number, offset: number, end: number): void {
    const slot = this.count & ringMask
    const after = (this.count + 1) & ringMask
    const doubled = digit < 5 ? digit * 2 : digit * 2 - 9
    const isEven = (this.count & 1) === 0
    this.offsets[slot] = offset
    this.ends[slot] = end
    this.values[slot] = digit
    this.evenDoubled[after] = (this.evenDoubled[slot] ?? 0) + (isEven ? doubled : digit)
    this.oddDoubled[after] = (this.oddDoubled[slot] ?? 0) + (isEven ? digit : doubled)
    this.count++
  }

  offset(index: number): number {
    return this.offsets[index & ringMask] ?? 0
  }

  endOf(index: number): number {
    return this.ends[index & ringMask] ?? 0
  }

  /** ISO/IEC 7812-1, annex B. */
  checks(from: number, to: number): boolean {
    const sums = ((to - 1) & 1) === 0 ? this.oddDoubled : this.evenDoubled
    return ((sums[to & ringMask] ?? 0) - (sums[from & ringMask] ?? 0)) % 10 === 0
  }

  number(from: number, to: number): number {
    let number = 0
    for (let i = from; i < to; i++) number = number * 10 + (this.values[i & ringMask] ?? 0)
    return number
  }
}

const noCards: ReadonlyArray<Card> = []

/**
 * Reads one row of digits with separators between them. There is one reader, and what it says of a
 * run holds until the next is read: most runs are short and nothing may be allocated for them.
 */
class RunReader {
  /** After the run's last digit. */
  end = 0
  cards: ReadonlyArray<Card> = noCards
  /** Whether more than a dash, dot or slash stands between some of its groups. */
  isLoose = false

  private groups = 0
  private s = ""
  private next = 0
  private ended = false
  private found: Array<Card> | undefined
  private readonly ring = new DigitRing()
  private readonly cluster = new Cluster()
  /** Of the last groups: index of the first digit, and of the one after the last; what is before it. */
  private readonly from = new Float64Array(ringSize)
  private readonly to = new Float64Array(ringSize)
  private readonly gap = new Float64Array(ringSize)

  /** Reads the run that begins at `start`, which must be a digit. */
  read(s: string, start: number): this {
    this.cards = noCards
    this.isLoose = false
    let digits = 0
    let i = start
    for (;;) {
      let code = s.charCodeAt(i)
      while (isDigit(code)) {
        digits++
        code = s.charCodeAt(++i)
      }
      for (; code > lastAscii && digitAt(s, i) >= 0; code = s.charCodeAt(i)) {
        digits++
        i += digitWidth(code)
      }
      if (digits >= minDigits) {
        this.readCards(s, start)
        this.isLoose = true
        return this
      }
      if (isDigit(code)) continue
      this.end = i
      if (!isSeparator(code)) return this
      const after = gapEnd(s, i)
      if (digitAt(s, after) < 0) return this
      this.isLoose ||= after - i > 1 || !isJoint(code)
      i = after
    }
  }

  private readCards(s: string, start: number): void {
    this.s = s
    this.next = start
    this.ended = false
    this.found = undefined
    this.groups = 0
    this.ring.reset()
    this.cluster.reset(s)
    for (let first = 0; ; first++) {
      while (!this.ended && this.ring.count - this.fromOf(first) <= maxDigits) this.readGroup()
      if (first >= this.groups) break
      this.windowsFrom(first)
    }
    this.keep(this.cluster.close())
    this.cards = this.found ?? noCards
  }

  private keep(card: Card | undefined): void {
    if (card === undefined) return
    this.found ??= []
    this.found.push(card)
  }

  private fromOf(group: number): number {
    return group < this.groups ? (this.from[group & ringMask] ?? 0) : this.ring.count
  }

  private sizeOf(group: number): number {
    const slot = group & ringMask
    return (this.to[slot] ?? 0) - (this.from[slot] ?? 0)
  }

  private gapOf(group: number): number {
    return this.gap[group & ringMask] ?? 0
  }

  private readGroup(): void {
    const { ring, s } = this
    const slot = this.groups & ringMask
    const start = this.next
    const from = ring.count
    this.from[slot] = from
    this.gap[slot] = this.groups === 0 ? 0 : packed(s, this.end, start)
    let i = start
    for (let digit = digitAt(s, i); digit >= 0; digit = digitAt(s, i)) {
      const end = i + digitWidth(s.charCodeAt(i))
      // A longer group is no part of a card number, and its digits would push out those before it.
      if (ring.count - from > maxDigits) {
        while (isDigit(s.charCodeAt(i))) i++
        while (digitAt(s, i) >= 0) i += digitWidth(s.charCodeAt(i))
        break
      }
      ring.push(digit, i, end)
      i = end
    }
    this.to[slot] = ring.count
    this.groups++
    this.end = i
    const after = gapEnd(s, i)
    if (after === i || digitAt(s, after) < 0) this.ended = true
    else this.next = after
  }

  /** Keeps the card numbers that begin with a group and are made of whole groups. */
  private windowsFrom(first: number): void {
    const from = this.fromOf(first)
    const size = this.sizeOf(first)
    // Groups of one or two digits are only a card number when there are no others.
    if (size < 3 && first > 0) return
    let gap = 0
    let isUniform = true
    let isSteady = true
    let isUsual = size >= 3 && size <= 6
    let isWide = size >= 4
    let code = 0
    for (let last = first; last < this.groups; last++) {
      const to = this.to[last & ringMask] ?? 0
      const length = to - from
      if (length > maxDigits) return
      const lastSize = this.sizeOf(last)
      if (last === first + 1) gap = this.gapOf(last)
      else if (last > first) isUniform &&= this.gapOf(last) === gap
      code = code * (maxDigits + 1) + lastSize
      if (length >= minDigits) {
        const isGrouped = last > first && isGrouping(gap, size, last - first)
        const isPlausible =
          last === first ||
          (isGrouped &&
            ((isUniform &&
              isSteady &&
              lastSize <= size &&
              (size >= 3 || (first === 0 && this.ended && last === this.groups - 1))) ||
              (isUsual && lastSize <= 6 && (isWide || isUniform)) ||
              (last - first < mostKnownGroups && gap !== dot && knownGroups.has(code))))
        if (isPlausible && this.isCard(from, to) && (last > first || !this.isFraction(first)))
          this.keep(this.cluster.add(from, to, this.ring))
      }
      isSteady &&= lastSize === size
      isUsual &&= lastSize >= 3 && lastSize <= 6
      isWide &&= lastSize >= 4
      if (!isSteady && !isUsual && last - first + 1 >= mostKnownGroups) return
    }
  }

  /** `0.4060320000000127`: a floating point number has at most 17 digits and one dot. */
  private isFraction(group: number): boolean {
    if (group === 0 || this.gapOf(group) !== dot) return false
    return (
      this.sizeOf(group) + this.sizeOf(group - 1) <= 17 &&
      (group === 1 || this.gapOf(group - 1) !== dot) &&
      (group + 1 >= this.groups || this.gapOf(group + 1) !== dot)
    )
  }

  private isCard(from: number, to: number): boolean {
    const length = to - from
    const checks = this.ring.checks(from, to)
    const firstSix = this.ring.number(from, from + 6)
    return (
      isIssued(firstSix, length, checks) ||
      (!checks && length === 16 && sandbox.has(this.ring.number(from, to)))
    )
  }
}

/** A dot or comma between two groups is a decimal one, commas between groups of three are those of an amount. */
const isGrouping = (gap: number, size: number, gaps: number): boolean =>
  gap === dot ? gaps > 1 : gap !== comma || (gaps > 1 && size >= 4)

/** After the separators at an index. */
const gapEnd = (s: string, index: number): number => {
  let i = index
  while (i - index < maxSeparators && isSeparator(s.charCodeAt(i))) i++
  return i
}

/** The separators between two offsets as one number, so that they can be compared. */
const packed = (s: string, from: number, to: number): number => {
  let number = 0
  for (let i = from; i < to; i++) number = number * 0x10000 + s.charCodeAt(i)
  return number
}

/** What {@link readRun} last read. */
export type Run = Readonly<Pick<RunReader, "end" | "cards" | "isLoose">>

const reader = new RunReader()

/** Reads the run of digits that begins at `start`; what it says holds until the next call. */
export const readRun = (s: string, start: number): Run => reader.read(s, start)
