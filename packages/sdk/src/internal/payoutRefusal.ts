/** What Visa answers to a payout, or to a question about one, with another status than 200. */
import { Option, Predicate, Result } from "effect"
import type { Failure, Reply } from "../Operation.ts"
import { failure } from "../Operation.ts"
import { tagOfCode } from "../VisaError.ts"
import { isJsonObject, text } from "./wire.ts"

/**
 * Words with which a payout under a used reference is refused. The first one may be on its way, so
 * this refusal must not read as "no money has moved". Visa documents the check and neither its code
 * nor its text: a word too many here only leads to a question.
 */
const repeated = /duplicat|unique|already|used before|in use/i

/** The reason above the fields' own codes, for whatever this API objects to. */
const invalidPayout = "InvalidPayoutRequest"

const objectionOf = (body: unknown) => {
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
  const reason = text(envelope["reason"])
  const known = [...details, { code: reason }].flatMap((part) => {
    const code = text(part["code"])
    const tag = Option.getOrUndefined(tagOfCode("payoutValidation", code ?? ""))
    return tag === undefined ? [] : [{ tag, code, field: text(part["location"]) }]
  })[0]
  return { detail, reason, known, field: known?.field ?? text(details[0]?.["location"]) }
}

/** The reason in an error body, or none where the body says nothing that is this API's own. */
export const objectionIn = (body: unknown): Failure | undefined => {
  const objection = objectionOf(body)
  if (objection === undefined) return undefined
  const { detail, field, known } = objection
  if (repeated.test(detail)) {
    return failure("DuplicateTransaction", { code: known?.code, field, detail })
  }
  if (known !== undefined) return failure(known.tag, { code: known.code, field, detail })
  // No code of it is published either; the text only chooses between two ways to say no.
  return field?.endsWith("quoteId") === true && /expire/i.test(detail)
    ? failure("RateExpired", { field, detail })
    : undefined
}

// An answer without a body says nothing about a payout, whatever it says elsewhere.
const withoutBody = Result.fail(failure("ResponseEmpty"))

export const decodeRefusal = (reply: Reply): Result.Result<never, Failure> | undefined => {
  if (reply.httpStatus === 204) return withoutBody
  const objection = reply.httpStatus === 400 ? objectionIn(reply.body) : undefined
  return objection && Result.fail(objection)
}

/** The same for a cancellation, where an objection to the payout says that it goes on. */
export const decodeCancelRefusal = (reply: Reply): Result.Result<never, Failure> | undefined => {
  if (reply.httpStatus === 204) return withoutBody
  const objection = reply.httpStatus === 400 ? objectionOf(reply.body) : undefined
  if (objection?.reason !== invalidPayout) return undefined
  const { detail, known } = objection
  return Result.fail(failure("CancelRefused", { code: known?.code ?? invalidPayout, detail }))
}
