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

/** The way from the value to the part that is being written, which grows and shrinks on the way. */
interface Place {
  readonly steps: Array<string | number>
  readonly above: Array<object>
  readonly opened: boolean
}

const pathOf = ({ steps }: Place): string =>
  steps.reduce<string>((path, step) => {
    if (typeof step === "number") return `${path}[${step}]`
    return path === "" ? step : `${path}.${step}`
  }, "")

const refuse = (place: Place, detail: string): never => {
  throw new NotCanonical({ path: pathOf(place), detail })
}

/** What is a step below, in its place. */
const below = (value: unknown, step: string | number, place: Place): string => {
  place.steps.push(step)
  const text = write(value, place)
  place.steps.pop()
  return text
}

const members = (value: { readonly [member: string]: unknown }, place: Place): string => {
  let text = ""
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member === undefined) continue
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${below(member, key, place)}`
  }
  return `{${text}}`
}

const writeObject = (value: object, place: Place): string => {
  if (Money.is(value)) return tagged("money", JSON.stringify(value.toString()))
  if (DateTime.isDateTime(value)) {
    return tagged("instant", JSON.stringify(DateTime.formatIso(DateTime.toUtc(value))))
  }
  if (BigDecimal.isBigDecimal(value)) {
    return tagged("decimal", JSON.stringify(BigDecimal.format(value)))
  }
  if (place.above.includes(value)) return refuse(place, "it contains itself")
  if (place.above.length >= maxDepth) return refuse(place, `it is deeper than ${maxDepth} levels`)
  place.above.push(value)
  const text = writeNested(value, place)
  place.above.pop()
  return text
}

const writeNested = (value: object, place: Place): string => {
  if (isPlain(value)) return members(value, place)
  if (Redacted.isRedacted(value)) {
    return place.opened
      ? tagged("redacted", write(Redacted.value(value), place))
      : refuse(place, "it is redacted: only a keyed fingerprint may look into it")
  }
  return Array.isArray(value)
    ? // Also where there is a gap.
      `[${Array.from<unknown, string>(value, (item, index) => below(item, index, place)).join(",")}]`
    : refuse(place, "it is neither a plain object nor an array, nor a value of this SDK")
}

const write = (value: unknown, place: Place): string => {
  if (value === null) return "null"
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value)
    case "number":
      return Number.isFinite(value)
        ? JSON.stringify(value)
        : refuse(place, "it is not a finite number")
    case "bigint":
      return tagged("bigint", JSON.stringify(String(value)))
    case "object":
      return writeObject(value, place)
    default:
      return refuse(place, `it is of the type ${typeof value}`)
  }
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
    return Result.succeed(write(value, { steps: [], above: [], opened }))
  } catch (error) {
    if (error instanceof NotCanonical) return Result.fail(error)
    throw error
  }
}
