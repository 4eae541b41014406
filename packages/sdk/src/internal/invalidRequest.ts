/** From a schema's or a rule's complaint to a `VisaError` that names the field and never its value. */
import { Effect, Predicate, Result, Schema, SchemaIssue } from "effect"
import { VisaError } from "../VisaError.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

export const invalidRequest = (field: string, detail: string): VisaError =>
  VisaError.of("RequestInvalid", { field, detail })

/** Callers in JavaScript have no type that tells them. */
export const checkObject = (field: string, value: unknown): Effect.Effect<void, VisaError> =>
  Predicate.isObject(value) && !Array.isArray(value)
    ? Effect.void
    : Effect.fail(invalidRequest(field, "Give an object with the fields of the request."))

const fromIssue = (issue: SchemaIssue.Issue): VisaError => {
  const [first] = format(issue).issues
  const path = (first?.path ?? []).map((part) =>
    String(typeof part === "object" && part !== null ? part.key : part),
  )
  return invalidRequest(path.join("."), first?.message ?? "It does not have the documented form.")
}

/**
 * An encoder that refuses what the schema does not know. Schema issues hold no input values unless
 * `reportInput` is set, and it is not.
 */
export const strictEncoder = <T, E>(
  schema: Schema.Codec<T, E>,
): ((value: T) => Effect.Effect<E, VisaError>) => {
  const encode = Schema.encodeUnknownResult(schema, { onExcessProperty: "error" })
  return (value) =>
    Effect.fromResult(Result.mapError(encode(value), (error) => fromIssue(error.issue)))
}
