import { networks, sandboxNumbers } from "./detectors.ts"

/** The value of every decimal digit of the basic plane, in whatever script; -1 for other characters. */
const digitValues: Int8Array = (() => {
  const zeros = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
    0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
  ]
  const values = new Int8Array(0x10000).fill(-1)
  for (const zero of zeros) for (let digit = 0; digit < 10; digit++) values[zero + digit] = digit
  return values
})()

export const digitValue = (code: number): number => digitValues[code] ?? -1

const dot = 0x2e
const percent = 0x25

/** Spaces, dashes, dots and invisible characters, as they stand between the groups of a number. */
const isSeparator = (code: number): boolean =>
  code === 0x20 ||
  code === 0x2d ||
  code === dot ||
  code === 0x2b ||
  code === 0xa0 ||
  code === 0xad ||
  (code >= 0x2000 && code <= 0x200d) ||
  (code >= 0x2010 && code <= 0x2015) ||
  code === 0x202f ||
  code === 0x205f ||
  code === 0x2060 ||
  code === 0x2212 ||
  code === 0x3000 ||
  code === 0xfeff ||
  code === 0xff0d ||
  code === 0xff0e

const encodedSeparators: ReadonlySet<string> = new Set([
  "%20",
  "%2D",
  "%2d",
  "%2E",
  "%2e",
  "%2B",
  "%2b",
])

/** How many characters the separator at `index` takes; 0 when there is none. */
const separatorAt = (s: string, index: number): number => {
  const code = s.charCodeAt(index)
  if (isSeparator(code)) return 1
  return code === percent && encodedSeparators.has(s.slice(index, index + 3)) ? 3 : 0
}

const maxSeparators = 3

const sixDigits = networks.map(({ from, lengths, to }) => ({
  from: Number(from.padEnd(6, "0")),
  to: Number(to.padEnd(6, "9")),
  lengths,
}))

const isIssued = (firstSix: number, length: number): boolean =>
  sixDigits.some(
    (range) => firstSix >= range.from && firstSix <= range.to && range.lengths.includes(length),
  )

const sandbox: ReadonlySet<number> = new Set(sandboxNumbers)

export const minDigits = 13
export const maxDigits = 19

/** An order number of 12 digits beside a trace number of 4 is not a card number in two groups. */
const maxGroup = 11

/** Digits that are visible at both ends of a masked card number. */
export const visibleStart = 6
export const visibleEnd = 4

/** A card number, or several that overlap, between two offsets. */
export interface Card {
  readonly start: number
  readonly end: number
  readonly masked: string
  /** Whether it is one unbroken row of digits. */
  readonly solid: boolean
}

/** A row of digit groups, with the card numbers in it. */
export interface Run {
  readonly end: number
  readonly cards: ReadonlyArray<Card>
}

const noCards: ReadonlyArray<Card> = []

/** Reads the run of digits and separators that starts at `start`, which must be a digit. */
export const readRun = (s: string, start: number): Run => {
  let end = start
  let count = 0
  let separators = 0
  for (let i = start; i < s.length;) {
    if (digitValue(s.charCodeAt(i)) >= 0) {
      count++
      separators = 0
      end = ++i
      continue
    }
    const width = separatorAt(s, i)
    if (width === 0 || ++separators > maxSeparators) break
    i += width
  }
  const tooLong = count > maxDigits && end - start === count
  return { end, cards: count < minDigits || tooLong ? noCards : new Digits(s, start, end).cards() }
}

interface Group {
  /** Index of its first digit in the run, and of the one after its last. */
  readonly from: number
  to: number
  /** The separators before it. */
  readonly gap: string
}

class Digits {
  private readonly s: string
  private readonly at: Array<number> = []
  private readonly groups: Array<Group> = []
  /** Sums of the digits before an index, where those at even (odd) indices count as Luhn doubles them. */
  private readonly evenDoubled: Array<number> = [0]
  private readonly oddDoubled: Array<number> = [0]

  constructor(s: string, start: number, end: number) {
    this.s = s
    let gapStart = start
    let group: Group | undefined
    for (let i = start; i < end;) {
      const digit = digitValue(s.charCodeAt(i))
      if (digit < 0) {
        i += Math.max(1, separatorAt(s, i))
        group = undefined
        continue
      }
      const index = this.at.length
      if (group === undefined) {
        group = { from: index, to: index, gap: s.slice(gapStart, i) }
        this.groups.push(group)
      }
      group.to = index + 1
      const doubled = digit < 5 ? digit * 2 : digit * 2 - 9
      this.evenDoubled.push((this.evenDoubled[index] ?? 0) + (index % 2 === 0 ? doubled : digit))
      this.oddDoubled.push((this.oddDoubled[index] ?? 0) + (index % 2 === 0 ? digit : doubled))
      this.at.push(i)
      gapStart = ++i
    }
  }

  cards(): ReadonlyArray<Card> {
    const found: Array<readonly [from: number, to: number]> = []
    for (let first = 0; first < this.groups.length; first++) this.findFrom(first, found)
    if (found.length === 0) return noCards
    const cards: Array<Card> = []
    let cluster: Array<readonly [from: number, to: number]> = []
    let clusterEnd = 0
    for (const window of found) {
      if (cluster.length > 0 && window[0] >= clusterEnd) {
        cards.push(this.card(cluster, clusterEnd))
        cluster = []
      }
      cluster.push(window)
      clusterEnd = Math.max(clusterEnd, window[1])
    }
    cards.push(this.card(cluster, clusterEnd))
    return cards
  }

  /** Adds the card numbers that start with a group and are made of whole groups. */
  private findFrom(first: number, found: Array<readonly [from: number, to: number]>): void {
    const from = this.groups[first]?.from ?? 0
    let uniform = true
    let usual = true
    let short = true
    let gap: string | undefined
    for (let last = first; last < this.groups.length; last++) {
      const group = this.groups[last]
      if (group === undefined || group.to - from > maxDigits) return
      const size = group.to - group.from
      if (last > first) {
        gap ??= group.gap
        uniform &&= group.gap === gap
        // The usual ways to print a card number: groups of four to six, only the last may be shorter.
        const before = this.groups[last - 1]
        usual &&=
          before !== undefined && before.to - before.from >= 4 && before.to - before.from <= 6
      }
      short &&= size <= maxGroup
      if (last > first && !(short && (uniform || usual))) return
      const length = group.to - from
      if (length < minDigits || !this.isCard(from, group.to)) continue
      if (last === first ? this.isFraction(last) : gap === "." && last - first < 2) continue
      found.push([from, group.to])
    }
  }

  /** `0.4060320000000127`: a floating point number has at most 17 digits and one dot. */
  private isFraction(index: number): boolean {
    const group = this.groups[index]
    const before = this.groups[index - 1]
    if (group === undefined || before === undefined || group.gap !== ".") return false
    return group.to - before.from <= 17 && before.gap !== "." && this.groups[index + 1]?.gap !== "."
  }

  private isCard(from: number, to: number): boolean {
    const sums = (to - 1) % 2 === 0 ? this.oddDoubled : this.evenDoubled
    const checks = ((sums[to] ?? 0) - (sums[from] ?? 0)) % 10 === 0
    const length = to - from
    return checks
      ? isIssued(this.number(from, from + 6), length)
      : length === 16 && sandbox.has(this.number(from, to))
  }

  private number(from: number, to: number): number {
    let number = 0
    for (let i = from; i < to; i++)
      number = number * 10 + digitValue(this.s.charCodeAt(this.at[i] ?? 0))
    return number
  }

  /** A digit stays visible only where every card number that it belongs to shows it. */
  private card(windows: ReadonlyArray<readonly [from: number, to: number]>, to: number): Card {
    const from = windows[0]?.[0] ?? 0
    const hidden = new Set<number>()
    for (const [start, end] of windows) {
      for (let i = start + visibleStart; i < end - visibleEnd; i++) hidden.add(i)
    }
    const start = this.at[from] ?? 0
    const end = (this.at[to - 1] ?? 0) + 1
    let masked = ""
    let next = start
    for (let i = from; i < to; i++) {
      if (!hidden.has(i)) continue
      const at = this.at[i] ?? 0
      masked += this.s.slice(next, at) + "*"
      next = at + 1
    }
    return {
      start,
      end,
      masked: masked + this.s.slice(next, end),
      solid: end - start === to - from,
    }
  }
}
