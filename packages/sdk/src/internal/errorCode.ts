/** What Node, OpenSSL, undici or a Redis client call an error: `ECONNREFUSED`. */
import { Predicate } from "effect"

/** The first code that is found in an error, in what it aggregates, in its reason or cause; or nothing. */
export const errorCode = (cause: unknown): string => {
  if (!Predicate.isObject(cause)) return ""
  const found = cause as {
    readonly code?: unknown
    readonly reason?: unknown
    readonly cause?: unknown
    readonly errors?: unknown
  }
  if (Predicate.isString(found.code)) return found.code
  if (Array.isArray(found.errors) && found.errors.length > 0) return errorCode(found.errors[0])
  return errorCode(found.reason ?? found.cause)
}
