/**
 * Field tables: what an API takes, as data, and the check of a body against them.
 *
 * Visa validates JSON against an XML-like schema: an unknown member is refused, and the texts are
 * that schema's. Lengths, formats and required flags are those of Visa's
 * OpenAPI export of November 2025.
 */

export interface Field {
  readonly type: "text" | "number" | "boolean" | "object" | "list" | "opaque"
  readonly required?: true
  /** Characters of a text. */
  readonly length?: readonly [min: number, max: number]
  /** Digits of a whole number, or of a text of digits. */
  readonly digits?: readonly [min: number, max: number]
  /** Leading zeros are part of the value, and a JSON number has lost them. */
  readonly padded?: true
  /** A JSON number: digits in a string are refused. */
  readonly json?: true
  readonly range?: readonly [min: number, max: number]
  readonly pattern?: RegExp
  readonly oneOf?: ReadonlyArray<string>
  /** Beyond shape: whether the value is one that exists. */
  readonly valid?: (value: string) => boolean
  /** Members of an object, or of each element of a list. */
  readonly fields?: FieldTable
  /** Elements of a list that are not objects. */
  readonly items?: Field
}

export type FieldTable = Readonly<Record<string, Field>>

export const text = (min: number, max: number, more: Partial<Field> = {}): Field => ({
  type: "text",
  length: [min, max],
  ...more,
})

/** A whole number, as a JSON number or as a string of digits: both travel in practice. */
export const digits = (min: number, max: number, more: Partial<Field> = {}): Field => ({
  type: "number",
  digits: [min, max],
  ...more,
})

/** A JSON number and nothing else. */
export const jsonNumber = (more: Partial<Field>): Field => ({ type: "number", json: true, ...more })

/** `true` or `false`, as JSON has them. */
export const boolean: Field = { type: "boolean" }

/** A number within bounds, as a JSON number or as a string. */
export const number = (min: number, max: number): Field => ({ type: "number", range: [min, max] })

export const object = (fields: FieldTable): Field => ({ type: "object", fields })

export const list = (fields: FieldTable): Field => ({ type: "list", fields })

/** A list of texts or numbers. */
export const listOf = (items: Field): Field => ({ type: "list", items })

/** An object whose members are not listed here: anything goes. */
export const opaque: Field = { type: "opaque" }

export const required = (field: Field): Field => ({ ...field, required: true })

/** The first thing that is wrong with a body. `element` is a dotted path but for unknown members. */
export interface Problem {
  readonly kind: "unknown" | "missing" | "invalid"
  readonly element: string
  /** A mandatory field that is not there at all, rather than there with wrong content. */
  readonly absent?: true
  /** Its content has too many or too few characters. */
  readonly wrongLength?: true
}

interface Compiled {
  readonly fields: ReadonlyMap<string, Field>
  readonly required: ReadonlyArray<string>
}

const compiledTables = new WeakMap<FieldTable, Compiled>()

const compile = (table: FieldTable): Compiled => {
  let compiled = compiledTables.get(table)
  if (compiled === undefined) {
    const entries = Object.entries(table)
    compiled = {
      fields: new Map(entries),
      required: entries.filter(([, field]) => field.required === true).map(([name]) => name),
    }
    compiledTables.set(table, compiled)
  }
  return compiled
}

type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const within = (value: number, bounds: readonly [number, number] | undefined) =>
  bounds === undefined || (value >= bounds[0] && value <= bounds[1])

const decimalText = /^\d+(\.\d+)?$/

const isScalar = (field: Field, value: unknown): boolean => {
  if (field.type === "text") {
    if (typeof value !== "string" || !within(value.length, field.length)) return false
  } else if (
    typeof value === "number"
      ? !Number.isFinite(value)
      : field.json === true || typeof value !== "string"
  ) {
    return false
  }
  const written = String(value)
  if (field.type === "number" && !decimalText.test(written)) return false
  if (field.digits !== undefined) {
    const least = typeof value === "number" && field.padded === true ? 1 : field.digits[0]
    if (!/^\d+$/.test(written) || !within(written.length, [least, field.digits[1]])) return false
  }
  return (
    within(field.range === undefined ? 0 : Number(written), field.range ?? [0, 0]) &&
    (field.pattern === undefined || field.pattern.test(written)) &&
    (field.oneOf === undefined || field.oneOf.includes(written)) &&
    (field.valid === undefined || field.valid(written))
  )
}

const unknownIn = (table: FieldTable, body: JsonObject): Problem | undefined => {
  const { fields } = compile(table)
  for (const name in body) {
    const field = fields.get(name)
    if (field === undefined) return { kind: "unknown", element: name }
    if (field.fields === undefined) continue
    const value = body[name]
    for (const item of Array.isArray(value) ? value : [value]) {
      const problem = isObject(item) ? unknownIn(field.fields, item) : undefined
      if (problem !== undefined) return problem
    }
  }
  return undefined
}

const contentOf = (table: FieldTable, body: JsonObject, path: string): Problem | undefined => {
  const { fields, required: mandatory } = compile(table)
  for (const name of mandatory) {
    if (body[name] === undefined || body[name] === null) {
      return { kind: "missing", element: path + name, absent: true }
    }
  }
  for (const name in body) {
    const field = fields.get(name)
    if (field === undefined) continue
    const value = body[name]
    const problem = valueOf(field, value, path + name)
    if (problem !== undefined) return problem
  }
  return undefined
}

const valueOf = (field: Field, value: unknown, path: string): Problem | undefined => {
  const bad: Problem = { kind: field.required === true ? "missing" : "invalid", element: path }
  switch (field.type) {
    case "boolean":
      return typeof value === "boolean" ? undefined : bad
    case "opaque":
      return isObject(value) ? undefined : bad
    case "object":
      return isObject(value) ? contentOf(field.fields ?? {}, value, `${path}.`) : bad
    case "list":
      if (!Array.isArray(value)) return bad
      for (const item of value) {
        const problem =
          field.items !== undefined
            ? valueOf(field.items, item, path) && bad
            : isObject(item)
              ? contentOf(field.fields ?? {}, item, `${path}.`)
              : bad
        if (problem !== undefined) return problem
      }
      return undefined
    default:
      if (isScalar(field, value)) return undefined
      return typeof value === "string" && !within(value.length, field.length)
        ? { ...bad, wrongLength: true }
        : bad
  }
}

/** Unknown members are reported before anything else, as a schema validator meets them first. */
export const check = (table: FieldTable, body: JsonObject): Problem | undefined =>
  unknownIn(table, body) ?? contentOf(table, body, "")

/**
 * The wording for a problem. The first two are texts seen in practice (SampleCode #21, integrators); no text for
 * an optional field with wrong content was found, so the third is ours.
 */
export const wording = (problem: Problem): string => {
  switch (problem.kind) {
    case "unknown":
      return `Invalid content found starting with element '${problem.element}'`
    case "missing":
      return `Mandatory field '${problem.element}' is missing or has invalid content.`
    case "invalid":
      return `Field '${problem.element}' has invalid content.`
  }
}
