import { Effect, Exit, SchemaIssue, SchemaTransformation } from "effect"
import { VisaError } from "../VisaError.ts"

/**
 * What every constructor of the vocabulary answers: the value, or the error that says how to correct
 * it. An `Exit` is an `Effect` that is already done, so the same answer can be yielded in
 * `Effect.gen` and looked at with `Exit.isSuccess` in plain code; a `Result` cannot be yielded there.
 */
type Checked<A> = Exit.Exit<A, VisaError>

/** Refuses a value. The detail says what to do and never repeats what was given: that may be a card number. */
export const refuse = (field: string, detail: string): Checked<never> =>
  Exit.fail(VisaError.of("RequestInvalid", { field, detail }))

export const andThen = <A, B>(self: Checked<A>, f: (a: A) => Checked<B>): Checked<B> =>
  Exit.match(self, { onFailure: (cause): Checked<B> => Exit.failCause(cause), onSuccess: f })

/** A code of up to three letters or digits is short enough to be shown, anything else is not. */
export const shown = (value: unknown): string =>
  /^[A-Za-z]{1,3}$|^\d{1,3}$/.test(String(value)) ? `"${String(value)}"` : "this value"

/** The three digits of an ISO code, with the zeros that a JSON number has lost. */
export const threeDigits = (value: string | number): string | undefined => {
  const text = String(value)
  return /^\d{1,3}$/.test(text) ? text.padStart(3, "0") : undefined
}

const toIssue = (error: VisaError): SchemaIssue.Issue =>
  // Made without the input, which may be a card number.
  new SchemaIssue.InvalidValue({ message: error.reason.detail ?? error.message })

/** A schema transformation from a constructor and its inverse. */
export const checkedBy = <T, E>(
  decode: (encoded: E) => Checked<T>,
  encode: (value: T) => E,
): SchemaTransformation.Transformation<T, E> =>
  SchemaTransformation.transformEffect({
    decode: (encoded: E) => Effect.mapError(decode(encoded), toIssue),
    encode: (value: T) => Effect.succeed(encode(value)),
  })
