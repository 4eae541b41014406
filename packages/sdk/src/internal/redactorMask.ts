/** The masked form of a value whose name, or the words before it, say what it is. */
import type { Kind } from "./detectors/kinds.ts"
import { maskCharacters } from "./detectors/characters.ts"
import { maxDigits, minDigits, visibleEnd, visibleStartOf } from "./redactorCards.ts"
import { digitValue, isDigit, isUpper } from "./redactorCharacters.ts"
import { marker } from "./redactorRules.ts"

/** Longer texts are no numbers. */
const maxLength = 64

const masks: ReadonlySet<number> = new Set(Array.from(maskCharacters, (c) => c.charCodeAt(0)))

/** Whether a character stands for a hidden digit. */
export const isMask = (code: number): boolean => masks.has(code)

const isSpacing = (code: number): boolean => code === 32 || code === 45 || code === 46

/** `406032******0127`, also with other mask characters and with separators. */
export const isMaskedPan = (text: string): boolean => {
  let start = 0
  let hidden = 0
  let end = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (isSpacing(code)) continue
    if (isMask(code)) {
      if (end > 0) return false
      hidden++
    } else if (!isDigit(code)) return false
    else if (hidden === 0) start++
    else end++
  }
  return hidden >= 3 && start <= 6 && end <= visibleEnd
}

const isSolid = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (!isDigit(text.charCodeAt(i))) return false
  return true
}

const stars = "*".repeat(maxDigits)

const maskPan = (text: string): string => {
  const { length } = text
  if (length > maxLength) return marker("pan")
  if (length >= minDigits && length <= maxDigits && isSolid(text)) {
    const visible = visibleStartOf(length)
    return (
      text.slice(0, visible) +
      stars.slice(0, length - visible - visibleEnd) +
      text.slice(length - visibleEnd)
    )
  }
  let digits = 0
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (digitValue(code) >= 0) digits++
    else if (!isSpacing(code)) return isMaskedPan(text) ? text : marker("pan")
  }
  if (digits < minDigits || digits > maxDigits) return marker("pan")
  const visible = visibleStartOf(digits)
  let seen = 0
  let masked = ""
  for (let i = 0; i < length; i++) {
    const isShown =
      digitValue(text.charCodeAt(i)) < 0 || seen++ < visible || seen > digits - visibleEnd
    masked += isShown ? text.charAt(i) : "*"
  }
  return masked
}

/** Keeps the last 4 characters of what looks like an account number of 9 characters or more. */
const maskAccount = (kind: Kind, text: string): string => {
  const { length } = text
  if (length > maxLength) return marker(kind)
  if (length >= 13 && length <= maxDigits && isSolid(text)) return maskPan(text)
  let characters = 0
  let hidden = 0
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (isSpacing(code)) continue
    characters++
    if (isMask(code)) hidden++
    else if (!isDigit(code) && !isUpper(code)) return marker(kind)
  }
  if (hidden > 0 && isMaskedPan(text)) return text
  if (characters >= 13 && characters <= maxDigits && isGroupedDigits(text)) return maskPan(text)
  const visible = characters < 9 ? 0 : visibleEnd
  let seen = 0
  let masked = ""
  for (let i = 0; i < length; i++) {
    const isShown = isSpacing(text.charCodeAt(i)) || seen++ >= characters - visible
    masked += isShown ? text.charAt(i) : "*"
  }
  return masked
}

const isGroupedDigits = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (!isDigit(code) && !isSpacing(code)) return false
  }
  return true
}

export const maskValue = (kind: Kind, text: string): string =>
  kind === "pan" ? maskPan(text) : maskAccount(kind, text)
