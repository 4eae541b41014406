/**
 * Readers for Visa's replies. A reply about money must never be lost because an unimportant field is
 * odd, so each reader answers `undefined` for what it cannot read, and the traps (numbers for strings,
 * lost leading zeros) are normalised here and nowhere else.
 */
import { Predicate, Redacted } from "effect"

export type Reader<A> = (value: unknown) => A | undefined

export type JsonObject = { readonly [key: string]: unknown }

export const isJsonObject = (value: unknown): value is JsonObject =>
  Predicate.isObject(value) && !Array.isArray(value)

export const text: Reader<string> = (value) =>
  Predicate.isString(value) ? value : Predicate.isNumber(value) ? String(value) : undefined

/** What must not show in logs: card numbers, chip data and numbers that identify a person. */
export const secret: Reader<Redacted.Redacted<string>> = (value) => {
  const found = text(value)
  return found === undefined ? undefined : Redacted.make(found)
}

/** `length` digits. Visa sends many of them as JSON numbers, which drops leading zeros. */
export const digits =
  (length: number): Reader<string> =>
  (value) => {
    const found = Predicate.isNumber(value)
      ? Number.isSafeInteger(value) && value >= 0
        ? String(value)
        : undefined
      : Predicate.isString(value)
        ? value.trim()
        : undefined
    return found !== undefined && found.length > 0 && found.length <= length && /^\d+$/.test(found)
      ? found.padStart(length, "0")
      : undefined
  }

/** Two characters of field 39. A sandbox that sends `0` for `00` is read as meant. */
export const actionCode: Reader<string> = (value) => {
  const found = text(value)?.trim().toUpperCase()
  return found !== undefined && /^[0-9A-Z]{1,2}$/.test(found) ? found.padStart(2, "0") : undefined
}

/** A decimal number as exact text, whether it came as JSON number or string. */
export const decimal: Reader<string> = (value) => {
  const found = text(value)?.trim()
  return found !== undefined && /^-?\d+(\.\d+)?$/.test(found) ? found : undefined
}

export const object = <Fields extends { readonly [key: string]: Reader<unknown> }>(
  fields: Fields,
): Reader<Read<Fields>> => {
  const entries = Object.entries(fields)
  return (value) => {
    if (!isJsonObject(value)) return undefined
    const out: Record<string, unknown> = {}
    for (const [key, read] of entries) {
      const raw = value[key]
      if (raw === undefined || raw === null) continue
      const found = read(raw)
      if (found !== undefined) out[key] = found
    }
    // The loop above puts into `out` exactly what the readers of `Fields` answer.
    return out as Read<Fields>
  }
}

/** What {@link object} reads: every field may be absent. */
export type Read<Fields extends { readonly [key: string]: Reader<unknown> }> = {
  readonly [K in keyof Fields]?: Exclude<ReturnType<Fields[K]>, undefined>
}
