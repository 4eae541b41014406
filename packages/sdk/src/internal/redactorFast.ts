/**
 * The short way over what logs are made of: plain objects and lists of texts, numbers and the like.
 * Whatever is out of the ordinary is left to the walk that knows all kinds of values.
 */
import { isPart } from "./redactorParts.ts"
import { marker } from "./redactorRules.ts"
import type { KeyRule, Rules } from "./redactorRules.ts"
import { redactString, redactText } from "./redactorString.ts"

/** What comes in place of a result when the value is not for here. */
export const bailed: unique symbol = Symbol("effect-visa-direct/Redactor/bailed")

const maxDepth = 16
const maxObjects = 64

/** Smaller integers have less than 12 digits. */
export const smallestCard = 1e11

/** What is known of a name once and for all. */
interface Field {
  readonly rule: KeyRule | undefined
  readonly besideCard: KeyRule | undefined
  /** Whether it says that its value is hidden, and that it is a card number. */
  readonly isHidden: boolean
  readonly isPan: boolean
  /** Whether the name may stand in a copy as it is. */
  readonly isPlain: boolean
}

const maxNames = 2_000
const maxNameLength = 128

/** The names that were seen, for each set of rules. */
const namesOf = new WeakMap<Rules, Map<string, Field>>()

const fieldOf = (name: string, names: Map<string, Field>, rules: Rules): Field => {
  const known = names.get(name)
  if (known !== undefined) return known
  const rule = rules.lookup(name)
  const isHidden = rule?.action === "mask" || rule?.action === "drop"
  const field = {
    rule,
    isHidden,
    isPan: isHidden && rule?.kind === "pan",
    besideCard: rules.besideCard.inside?.find(name),
    isPlain:
      name.length <= maxNameLength &&
      name !== "__proto__" &&
      name !== "kty" &&
      redactText(name, rules) === name,
  }
  // Names can be made of data, so what is kept must not grow with it.
  if (names.size >= maxNames) names.clear()
  if (name.length <= maxNameLength) names.set(name, field)
  return field
}

/** How many digits of a card number a value could be; 0 when it holds anything else. */
const digitsOf = (value: unknown): number => {
  if (typeof value === "string") return isPart(value) ? value.length : 0
  if (typeof value !== "number" || !(value >= 0) || !Number.isInteger(value)) return 0
  let digits = 1
  for (let rest = value; rest >= 10; rest /= 10) digits++
  return digits
}

class PlainWalk {
  private readonly rules: Rules
  private readonly names: Map<string, Field>
  private readonly visited: Array<object> = []

  constructor(rules: Rules) {
    this.rules = rules
    const names = namesOf.get(rules) ?? new Map<string, Field>()
    namesOf.set(rules, names)
    this.names = names
  }

  value(value: unknown, rule: KeyRule | undefined, depth: number): unknown {
    switch (typeof value) {
      case "string":
        return this.string(value, rule)
      case "number":
        if (rule === undefined && !(Math.abs(value) >= smallestCard && Number.isInteger(value)))
          return value
        return this.number(value, rule)
      case "object":
        return value === null ? null : this.object(value, rule, depth)
      case "boolean":
      case "undefined":
        return value
      default:
        return bailed
    }
  }

  private string(text: string, rule: KeyRule | undefined): string {
    return rule === undefined ? redactText(text, this.rules) : redactString(text, rule, this.rules)
  }

  private number(value: number, rule: KeyRule | undefined): unknown {
    const text = String(value)
    const redacted = this.string(text, rule)
    return redacted === text ? value : redacted
  }

  private object(value: object, rule: KeyRule | undefined, depth: number): unknown {
    if (rule?.action === "drop") return marker(rule.kind)
    // An object that is met twice must stay one object.
    if (depth > maxDepth || this.visited.length >= maxObjects || this.visited.includes(value))
      return bailed
    this.visited.push(value)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (Array.isArray(value)) {
      return prototype === Array.prototype ? this.list(value, rule, depth) : bailed
    }
    return prototype === Object.prototype || prototype === null
      ? this.record(value, rule, depth)
      : bailed
  }

  private list(list: ReadonlyArray<unknown>, rule: KeyRule | undefined, depth: number): unknown {
    const { length } = list
    if (Object.getOwnPropertyNames(list).length !== length + 1) return bailed
    if (Object.getOwnPropertySymbols(list).length > 0) return bailed
    let copy: Array<unknown> | undefined
    let digits = 0
    let parts = 0
    for (let i = 0; i < length; i++) {
      const descriptor = Object.getOwnPropertyDescriptor(list, i)
      if (descriptor === undefined || descriptor.get !== undefined) return bailed
      const element: unknown = descriptor.value
      const count = rule === undefined ? digitsOf(element) : 0
      digits = count === 0 ? 0 : digits + count
      parts = count === 0 ? 0 : parts + 1
      if (digits >= 12 && parts > 1) return bailed
      const redacted = this.value(element, rule, depth + 1)
      if (redacted === bailed) return bailed
      if (!Object.is(redacted, element)) (copy ??= list.slice())[i] = redacted
    }
    return copy ?? list
  }

  private record(value: object, outer: KeyRule | undefined, depth: number): unknown {
    if (Object.getOwnPropertySymbols(value).length > 0) return bailed
    const names = Object.getOwnPropertyNames(value)
    let copy: Record<string, unknown> | undefined
    let hasCardField = false
    let digits = 0
    let parts = 0
    let hasPan = false
    for (const name of names) {
      const descriptor = Object.getOwnPropertyDescriptor(value, name)
      if (descriptor === undefined || descriptor.get !== undefined || !descriptor.enumerable)
        return bailed
      const field = fieldOf(name, this.names, this.rules)
      if (!field.isPlain) return bailed
      const member: unknown = descriptor.value
      const rule = field.rule ?? (outer === undefined ? undefined : inherited(name, outer))
      if (rule === undefined) {
        const count = digitsOf(member)
        digits = count === 0 ? 0 : digits + count
        parts = count === 0 ? 0 : parts + 1
        if (digits >= 12 && parts > 1) return bailed
      } else {
        digits = 0
        parts = 0
      }
      if (field.rule === undefined) hasCardField ||= field.besideCard !== undefined
      else hasPan ||= field.isPan && (typeof member === "string" || typeof member === "number")
      const redacted = this.value(member, rule, depth + 1)
      if (redacted === bailed) return bailed
      if (Object.is(redacted, member)) continue
      // Whether that was a card number is for those to find out who know what each finding is.
      if (typeof redacted === "string") hasPan ||= !field.isHidden
      copy ??= copyOf(value)
      copy[name] = redacted
    }
    return hasCardField && hasPan ? bailed : (copy ?? value)
  }
}

const copyOf = (value: object): Record<string, unknown> =>
  Object.getPrototypeOf(value) === null ? Object.assign(Object.create(null), value) : { ...value }

const inherited = (name: string, outer: KeyRule): KeyRule | undefined =>
  outer.inside?.find(name) ??
  (outer.action === "mask" || outer.action === "within" ? outer : undefined)

/** The redacted value, the very same when there was nothing in it, or {@link bailed}. */
export const redactPlain = (value: unknown, rules: Rules): unknown => {
  switch (typeof value) {
    case "string":
      return redactText(value, rules)
    case "object":
      return value === null ? null : new PlainWalk(rules).value(value, undefined, 0)
    default:
      return bailed
  }
}
