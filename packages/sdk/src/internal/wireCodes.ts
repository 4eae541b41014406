/** Readers of the codes and lists in Visa's answers about cards and aliases. */
import { Exit, Option, Predicate } from "effect"
import { Country } from "../Country.ts"
import { Currency } from "../Currency.ts"
import type { Reader } from "./wire.ts"

/**
 * What an indicator says. Not a boolean, because `Unknown` must not be taken for a no: it is what is
 * left when Visa sent nothing, or a code that this version does not know.
 */
export type Flag = "Yes" | "No" | "Unknown"

/** `Y` or `N`. Takes what is absent too. */
export const flag = (value: unknown): Flag => {
  const code = Predicate.isString(value) ? value.trim().toUpperCase() : undefined
  return code === "Y" ? "Yes" : code === "N" ? "No" : "Unknown"
}

export const not = (self: Flag): Flag => (self === "Unknown" ? self : self === "Yes" ? "No" : "Yes")

const code = (value: unknown): string | number | undefined =>
  Predicate.isString(value) ? value.trim() : Predicate.isNumber(value) ? value : undefined

/** A country in any of its forms, also as a number that has lost its zeros. */
export const country: Reader<Country> = (value) => {
  const found = code(value)
  return found === undefined ? undefined : Option.getOrUndefined(Exit.getSuccess(Country.of(found)))
}

/** A currency in any of its forms, also as a number that has lost its zeros. */
export const currency: Reader<Currency> = (value) => {
  const found = code(value)
  return found === undefined
    ? undefined
    : Option.getOrUndefined(Exit.getSuccess(Currency.of(found)))
}

/** A small whole number, whether it came as JSON number or text. */
export const count: Reader<number> = (value) => {
  const found = code(value)
  return found !== undefined && /^\d{1,9}$/.test(String(found)) ? Number(found) : undefined
}

/** A list of which every element can be read: a gap in it could be the one that matters. */
export const list =
  <A>(read: Reader<A>): Reader<ReadonlyArray<A>> =>
  (value) => {
    if (!Array.isArray(value)) return undefined
    const found = value.map(read).filter(Predicate.isNotUndefined)
    return found.length === value.length ? found : undefined
  }

/**
 * Without the members that are undefined, which an optional field of an answer must not be; the value
 * itself where it has none of those. It runs for every span, too, so it makes nothing in between.
 */
export const present = <A extends object>(
  values: A,
): { readonly [K in keyof A]?: Exclude<A[K], undefined> } => {
  let isWhole = true
  for (const name in values) if (values[name] === undefined) isWhole = false
  if (isWhole) return values as never
  const found: { [name: string]: unknown } = {}
  for (const name in values) if (values[name] !== undefined) found[name] = values[name]
  // What was taken out are exactly the members that are undefined.
  return found as never
}
