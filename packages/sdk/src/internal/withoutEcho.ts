/** Keeps out of errors what Visa's messages quote from the request. */
import { Predicate } from "effect"
import type { Operation } from "../Operation.ts"

const struckOut = "[redacted]"

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&")

/** Short texts count as whole words only: a CVV2 of `300` must not blot out the code `3001`. */
const maxWord = 5

const patternOf = (text: string): string =>
  text.length > maxWord
    ? escaped(text)
    : String.raw`(?<![\p{L}\p{N}])${escaped(text)}(?![\p{L}\p{N}])`

const matcherOf = (texts: ReadonlyArray<string>): RegExp | undefined => {
  const patterns = texts
    .map((text) => text.trim())
    .filter((text) => text !== "")
    // A longer text first: it may hold a shorter one.
    .toSorted((a, b) => b.length - a.length)
    .map(patternOf)
  return patterns.length === 0 ? undefined : new RegExp(patterns.join("|"), "giu")
}

/**
 * The same operation for one call, whose failures do not repeat the given texts: a refusal that quotes
 * one is read as if the quotation were struck out. What the operation conceals by itself stays concealed.
 *
 * `confidential` is only asked after the request was encoded, so it may rely on the request's shape.
 */
export const withoutEcho = <Request, A>(
  operation: Operation<Request, A>,
  confidential: () => ReadonlyArray<string | undefined>,
): Operation<Request, A> => ({
  ...operation,
  conceal: (received) => {
    const body = operation.conceal === undefined ? received : operation.conceal(received)
    const matcher =
      body === undefined ? undefined : matcherOf(confidential().filter(Predicate.isNotUndefined))
    return matcher === undefined
      ? body
      : JSON.parse(
          JSON.stringify(body, (_, value: unknown) => {
            if (!Predicate.isString(value) && !Predicate.isNumber(value)) return value
            const clear = String(value)
            const struck = clear.replaceAll(matcher, struckOut)
            return struck === clear ? value : struck
          }),
        )
  },
})
