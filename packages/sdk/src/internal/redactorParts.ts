/** A card number that is spread over adjacent fields or elements. */
import { partWords } from "./detectors/fields.ts"
import { maxDigits, minDigits, readRun } from "./redactorCards.ts"
import { digitAt, digitWidth, isLetter } from "./redactorCharacters.ts"

/** A field or element that holds nothing but digits. */
interface Part<A> {
  readonly name: string
  readonly text: string
  readonly isText: boolean
  readonly at: A
}

/** A part with its digits hidden. */
export interface MaskedPart<A> {
  readonly at: A
  readonly masked: string
}

/** Longer ones are found for themselves. */
const maxPart = maxDigits

/** More parts than these are no card number in parts, but for one digit each. */
const mostParts = 5

/** Whether a text is digits and nothing else, and few enough of them. */
export const isPart = (text: string): boolean => {
  if (text.length === 0 || text.length > maxPart) return false
  for (let i = 0; i < text.length; i += digitWidth(text.charCodeAt(i))) {
    if (digitAt(text, i) < 0) return false
  }
  return true
}

/** `cardPart2` is `cardpart`. */
const stemOf = (name: string): string => {
  let stem = ""
  for (let i = 0; i < name.length; i++) if (isLetter(name.charCodeAt(i))) stem += name.charAt(i)
  return stem.toLowerCase()
}

/** Collects what stands side by side in one object or list. */
export class Parts<A> {
  private readonly parts: Array<Part<A>> = []
  private readonly masked: Array<MaskedPart<A>> = []
  private readonly isList: boolean
  private others = false

  constructor(isList: boolean) {
    this.isList = isList
  }

  add(name: string, text: string, isText: boolean, at: A): void {
    this.parts.push({ name, text, isText, at })
    // Nothing that is this long can be one number; the list may go on for ever.
    if (this.parts.length > maxDigits) {
      this.others = true
      if (!this.isList || !isText) this.parts.shift()
      else if (this.parts.length > 4 * maxDigits) {
        this.judge()
        this.parts.splice(0, this.parts.length - mostParts)
      }
    }
  }

  /** Something stands between the parts before and those after. */
  interrupt(): void {
    this.others = true
    if (this.parts.length > 1) this.judge()
    this.parts.length = 0
  }

  /** What has to be hidden, given that the object or list ends here. */
  close(): ReadonlyArray<MaskedPart<A>> {
    if (this.parts.length > 1) this.judge()
    return this.masked
  }

  private judge(): void {
    const { isList, others, parts } = this
    if (!others && (isList || (parts.length <= mostParts && parts.every(({ isText }) => isText)))) {
      if (this.hide(parts, true)) return
    }
    for (let first = 0; first < parts.length - 1; first++) {
      for (let last = first + 1; last < Math.min(parts.length, first + mostParts); last++) {
        const window = parts.slice(first, last + 1)
        const fits = isList ? window.every(({ isText }) => isText) : areNamedAsParts(window)
        if (fits && this.hide(window, !isList)) {
          first = last
          break
        }
      }
    }
  }

  /** Hides the parts if they are a card number; `anyGroups` whatever their sizes are. */
  private hide(parts: ReadonlyArray<Part<A>>, anyGroups: boolean): boolean {
    const length = parts.reduce((sum, { text }) => sum + text.length, 0)
    if (length < minDigits || length > 2 * maxDigits) return false
    const joint = anyGroups ? "" : "-"
    const joined = parts.map(({ text }) => text).join(joint)
    const { cards } = readRun(joined, 0)
    const [card] = cards
    if (cards.length !== 1 || card?.start !== 0 || card.end !== joined.length) return false
    const shown = card.masked.replaceAll("-", "")
    let from = 0
    for (const { at, text } of parts) {
      // A digit of two code units is one star.
      const digits = digitsIn(text)
      const to = from + widthOf(shown, from, digits)
      this.masked.push({ at, masked: shown.slice(from, to) })
      from = to
    }
    return true
  }
}

const digitsIn = (text: string): number => {
  let count = 0
  for (let i = 0; i < text.length; i += digitWidth(text.charCodeAt(i))) count++
  return count
}

const widthOf = (text: string, from: number, characters: number): number => {
  let i = from
  for (let count = 0; count < characters; count++) i += digitWidth(text.charCodeAt(i))
  return i - from
}

const areNamedAsParts = <A>(parts: ReadonlyArray<Part<A>>): boolean => {
  const stems = parts.map(({ name }) => stemOf(name))
  return (
    (stems[0] !== "" && stems.every((stem) => stem === stems[0])) ||
    stems.every((stem) => partWords.some((word) => stem.includes(word)))
  )
}
