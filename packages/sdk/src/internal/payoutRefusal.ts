/** What Visa answers to a payout, or to a question about one, with another status than 200. */
import { Option, Predicate, Result } from "effect"
import type { Failure, Reply } from "../Operation.ts"
import { failure } from "../Operation.ts"
import { tagOfCode } from "../VisaError.ts"
import { isJsonObject, text } from "./wire.ts"

/**
 * Words with which a payout under a used reference is refused. The first one may be on its way, so
 * this refusal must not read as "no money has moved". Visa documents the check and not its code.
 */
const repeated = /duplicat|not unique|must be unique|already (?:exists|used|processed|received)/i

/** The reason in an error body, or none where the body says nothing that is this API's own. */
export const objectionIn = (body: unknown): Failure | undefined => {
  if (!isJsonObject(body)) return undefined
  const { errorResponse } = body
  const envelope = isJsonObject(errorResponse) ? errorResponse : body
  const details = Array.isArray(envelope["details"]) ? envelope["details"].filter(isJsonObject) : []
  const detail = [envelope, ...details]
    // Not "location: message": after "accountNumber:" the redactor takes the next word for one.
    .map(({ location, message }) => [message, Predicate.isString(location) && `(${location})`])
    .map((parts) => parts.filter(Predicate.isString).join(" "))
    .filter((line) => line !== "")
    .join("; ")
  // The codes stand with the fields; `reason` above them is as a rule only "InvalidPayoutRequest".
  const known = [...details, { code: envelope["reason"] }].flatMap((part) => {
    const code = text(part["code"])
    const tag = Option.getOrUndefined(tagOfCode("payoutValidation", code ?? ""))
    return tag === undefined ? [] : [{ tag, code, field: text(part["location"]) }]
  })[0]
  if (repeated.test(detail)) {
    return failure("DuplicateTransaction", { code: known?.code, field: known?.field, detail })
  }
  return known && failure(known.tag, { code: known.code, field: known.field, detail })
}

/** The statuses that mean something of their own to this API. */
export const decodeRefusal = (reply: Reply): Result.Result<never, Failure> | undefined => {
  // An answer without a body says nothing about a payout, whatever it says elsewhere.
  if (reply.httpStatus === 204) return Result.fail(failure("ResponseEmpty"))
  const objection = reply.httpStatus === 400 ? objectionIn(reply.body) : undefined
  return objection && Result.fail(objection)
}
