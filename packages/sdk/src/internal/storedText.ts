/** Texts that become keys of a store. */
import { Effect } from "effect"
import { VisaError } from "../VisaError.ts"

const maxLength = 255

/** A store that cannot keep a text as it is might take two of them for one. */
export const checkText = (field: string, text: string): Effect.Effect<void, VisaError> =>
  text.length > 0 && text.length <= maxLength && text.isWellFormed() && !/\p{Cc}/u.test(text)
    ? Effect.void
    : Effect.fail(
        VisaError.of("RequestInvalid", {
          field,
          detail: `Give 1 to ${maxLength} characters without control characters`,
        }),
      )
