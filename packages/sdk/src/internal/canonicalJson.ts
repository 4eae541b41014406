/** One text for one value: what fingerprints are made of, and how results are compared. */
import { BigDecimal, Data, DateTime, Redacted, Result } from "effect"
import { Money } from "../Money.ts"

/** Why a value has no canonical form. Holds nothing of the value. */
class NotCanonical extends Data.TaggedError("NotCanonical")<{
  /** From the value down to the part that is meant, e.g. `recipient.names[0]`; empty for all of it. */
  readonly path: string
  readonly detail: string
}> {}

/** Deeper values are refused: no payload needs it, and the stack has an end. */
const maxDepth = 64

// A type's own form carries its name: the amount 1.00 USD is not the text "1.00 USD".
const tagged = (type: string, json: string): string => `{"$${type}":${json}}`

const isPlain = (value: object): value is { readonly [member: string]: unknown } => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

interface Place {
  readonly path: string
  readonly above: ReadonlyArray<object>
}

const write = (value: unknown, place: Place, opened: boolean): string => {
  const refuse = (detail: string): never => {
    throw new NotCanonical({ path: place.path, detail })
  }
  if (value === null) return "null"
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value)
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : refuse("it is not a finite number")
    case "bigint":
      return tagged("bigint", JSON.stringify(String(value)))
    case "object":
      break
    default:
      return refuse(`it is of the type ${typeof value}`)
  }
  if (Money.is(value)) return tagged("money", JSON.stringify(value.toString()))
  if (DateTime.isDateTime(value)) {
    return tagged("instant", JSON.stringify(DateTime.formatIso(DateTime.toUtc(value))))
  }
  if (BigDecimal.isBigDecimal(value)) {
    return tagged("decimal", JSON.stringify(BigDecimal.format(value)))
  }
  if (place.above.includes(value)) return refuse("it contains itself")
  if (place.above.length >= maxDepth) return refuse(`it is deeper than ${maxDepth} levels`)
  const above = [...place.above, value]
  if (Redacted.isRedacted(value)) {
    return opened
      ? tagged("redacted", write(Redacted.value(value), { path: place.path, above }, opened))
      : refuse("it is redacted: only a keyed fingerprint may look into it")
  }
  if (Array.isArray(value)) {
    const items = Array.from<unknown, string>(value, (item, index) =>
      write(item, { path: `${place.path}[${index}]`, above }, opened),
    )
    return `[${items.join(",")}]`
  }
  if (!isPlain(value)) {
    return refuse("it is neither a plain object nor an array, nor a value of this SDK")
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, member]) => {
      const path = place.path === "" ? key : `${place.path}.${key}`
      return `${JSON.stringify(key)}:${write(member, { path, above }, opened)}`
    })
  return `{${members.join(",")}}`
}

/**
 * JSON without spaces, the members of objects in the order of their names (by UTF-16 code units, as
 * in RFC 8785) and without those that are undefined. Amounts, instants, decimals, big integers and
 * `Redacted` values are objects with one member that names the type. `opened` says whether to look
 * into `Redacted` values; otherwise they are refused.
 */
export const canonicalJson = (
  value: unknown,
  opened: boolean,
): Result.Result<string, NotCanonical> => {
  try {
    return Result.succeed(write(value, { path: "", above: [] }, opened))
  } catch (error) {
    if (error instanceof NotCanonical) return Result.fail(error)
    throw error
  }
}
