/** From a schema's or a rule's complaint to a `VisaError` that names the field and never its value. */
import { Effect, Predicate, Result, Schema, SchemaAST, SchemaIssue } from "effect"
import { VisaError } from "../VisaError.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

export const invalidRequest = (field: string, detail: string): VisaError =>
  VisaError.of("RequestInvalid", { field, detail })

/** Callers in JavaScript have no type that tells them. */
export const checkObject = (field: string, value: unknown): Effect.Effect<void, VisaError> =>
  Predicate.isObject(value) && !Array.isArray(value)
    ? Effect.void
    : Effect.fail(invalidRequest(field, "Give an object with the fields of the request."))

/** One thing that is wrong with a value, and where: `corridors.0.to`. */
export interface Complaint {
  readonly path: string
  readonly message: string
}

/** Schema issues hold no input values unless `reportInput` is set, and it is not. */
export const complaintsOf = (issue: SchemaIssue.Issue): ReadonlyArray<Complaint> =>
  format(issue).issues.map(({ message, path = [] }) => ({
    path: path
      .map((part) => String(typeof part === "object" && part !== null ? part.key : part))
      .join("."),
    message,
  }))

const fromIssue = (issue: SchemaIssue.Issue): VisaError => {
  const [first] = complaintsOf(issue)
  return invalidRequest(
    first?.path ?? "",
    first?.message ?? "It does not have the documented form.",
  )
}

/** An encoder that refuses what the schema does not know. */
export const strictEncoder = <T, E>(
  schema: Schema.Codec<T, E>,
): ((value: T) => Effect.Effect<E, VisaError>) => {
  const encode = Schema.encodeUnknownResult(schema, { onExcessProperty: "error" })
  return (value) =>
    Effect.fromResult(Result.mapError(encode(value), (error) => fromIssue(error.issue)))
}

/** Whether a value is one of the schema's type, without anything that the schema does not know. */
export const strictly = <T, E>(schema: Schema.Codec<T, E>): ((value: unknown) => boolean) => {
  const read = Schema.decodeUnknownResult(Schema.toType(schema), { onExcessProperty: "error" })
  return (value) => Result.isSuccess(read(value))
}

/** Programs send requests of a few shapes; one that sends a thousand is not helped by keeping them. */
const maxShapes = 64

/**
 * The same for a table of many optional fields, of which a request has few: it visits those that are
 * there and those that must be. A push has 96 fields, and that halves its encoding.
 */
export const sparseEncoder = <T, E>(
  table: Schema.Codec<T, E> & { readonly fields: Schema.Struct.Fields },
): ((value: T) => Effect.Effect<E, VisaError>) => {
  const fields = Object.entries(table.fields)
  const whole = strictEncoder(table)
  const byShape = new Map<string, typeof whole>()
  return (value) => {
    if (!Predicate.isObject(value)) return whole(value)
    const shape = Object.keys(value).join()
    const known = byShape.get(shape)
    if (known !== undefined) return known(value)
    if (byShape.size === maxShapes) return whole(value)
    const part = Schema.Struct(
      Object.fromEntries(
        fields.filter(([name, { ast }]) => name in value || !SchemaAST.isOptional(ast)),
      ),
    )
    // Of a value of this shape it says what the whole table says; its types have forgotten that.
    const made: typeof whole = strictEncoder(part as never)
    byShape.set(shape, made)
    return made(value)
  }
}
