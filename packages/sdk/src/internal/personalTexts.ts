/** What of a request is somebody's: no error may repeat it, in whatever words Visa quotes it. */
import { Predicate } from "effect"
import type { Encoded } from "../Operation.ts"
import { defaultRedactor } from "./redactor.ts"

/** RFC 6901. */
const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>(
      (found, name) => (Predicate.hasProperty(found, name) ? found[name] : undefined),
      value,
    )

const textsIn = (value: unknown): ReadonlyArray<string> =>
  Predicate.isString(value) || Predicate.isNumber(value)
    ? [String(value)]
    : Predicate.isObject(value) || Array.isArray(value)
      ? Object.values(value).flatMap(textsIn)
      : []

/** Visa's codes are not longer: to strike a postal code out of them would change what a reply means. */
const isTelling = (text: string): boolean =>
  /^\d+$/.test(text) ? text.length > 6 : text.length > 3

/** Every text of a request that the Redactor would hide, by its field or by its look. */
export const personalTexts = ({ body, query }: Encoded): ReadonlyArray<string> =>
  [body, query].flatMap((part) =>
    defaultRedactor
      .scan(part)
      .flatMap(({ path }) => textsIn(at(part, path)))
      .filter(isTelling),
  )
