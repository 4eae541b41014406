/** Scans a text that arrives in pieces, of any length and with lines of any length. */
import type { Kind, Redactor } from "effect-visa-direct/Redactor"

/** Something sensitive in a text, without the sensitive text itself. */
export interface Found {
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1, in UTF-16 code units as editors count them. */
  readonly column: number
  readonly kind: Kind
  /** Whether it was masked before. */
  readonly isMasked: boolean
  /** What may be shown of it. */
  readonly masked: string
}

/** Characters that are scanned together. */
const windowSize = 1 << 18

/** What is found in the last so many characters waits for what comes after them. */
const lookAhead = 1 << 14

/** So many characters before the first that is new are scanned again, for names and words before it. */
const lookBehind = 1 << 12

/** The line that they begin in is scanned again as a whole, unless it is longer than this. */
const longLine = 1 << 16

export class TextScan {
  private readonly scan: Redactor["Service"]["scan"]
  private text = ""
  /** Offset in the text from which findings are new. */
  private from = 0
  /** Line and column of an offset: of the last that was asked for. */
  private at = 0
  private line = 1
  private column = 1

  constructor(scan: Redactor["Service"]["scan"]) {
    this.scan = scan
  }

  /** Takes the next piece, and gives what is certain by now. */
  push(piece: string): ReadonlyArray<Found> {
    this.text += piece
    return this.text.length < windowSize ? [] : this.look(this.text.length - lookAhead)
  }

  /** What is left when nothing comes any more. */
  end(): ReadonlyArray<Found> {
    return this.look(this.text.length + 1)
  }

  private look(to: number): ReadonlyArray<Found> {
    const found = this.scan(this.text)
      .filter(({ start }) => start >= this.from && start < to)
      .toSorted((a, b) => a.start - b.start)
      .map(({ alreadyMasked, kind, masked, start }): Found => {
        this.moveTo(start)
        const { column, line } = this
        return { line, column, kind, masked, isMasked: alreadyMasked === true }
      })
    const keepFrom = this.keepFrom(Math.min(to, this.text.length) - lookBehind)
    this.moveTo(keepFrom)
    this.text = this.text.slice(keepFrom)
    this.at -= keepFrom
    this.from = Math.max(0, to - keepFrom)
    return found
  }

  private keepFrom(offset: number): number {
    if (offset <= 0) return 0
    const lineStart = this.text.lastIndexOf("\n", offset - 1) + 1
    return offset - lineStart <= longLine ? lineStart : offset
  }

  private moveTo(offset: number): void {
    if (offset < this.at) return
    let lineStart = -1
    for (
      let end = this.text.indexOf("\n", this.at);
      end >= 0 && end < offset;
      end = this.text.indexOf("\n", end + 1)
    ) {
      this.line++
      lineStart = end + 1
    }
    this.column = lineStart < 0 ? this.column + offset - this.at : offset - lineStart + 1
    this.at = offset
  }
}
