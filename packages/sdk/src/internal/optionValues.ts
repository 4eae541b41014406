/** Values of options, checked: each failure is an `OptionInvalid` that names the option. */
import { Duration, Effect, Option } from "effect"
import { VisaError } from "../VisaError.ts"

export const invalid = (field: string, detail: string): Effect.Effect<never, VisaError> =>
  Effect.fail(VisaError.of("OptionInvalid", { field, detail }))

/** A finite duration longer than zero. */
export const duration = (
  field: string,
  input: Duration.Input | undefined,
  fallback: Duration.Input,
): Effect.Effect<Duration.Duration, VisaError> =>
  Option.match(Duration.fromInput(input ?? fallback), {
    onNone: () => invalid(field, 'It is not a duration such as "10 seconds" or 10000.'),
    onSome: (value) =>
      Duration.isGreaterThan(value, Duration.zero) && Duration.isFinite(value)
        ? Effect.succeed(value)
        : invalid(field, "It must be longer than zero and finite."),
  })

/** A whole number above zero. */
export const count = (
  field: string,
  input: number | undefined,
  fallback: number,
): Effect.Effect<number, VisaError> => {
  const value = input ?? fallback
  return Number.isSafeInteger(value) && value > 0
    ? Effect.succeed(value)
    : invalid(field, "It must be a whole number above zero.")
}
