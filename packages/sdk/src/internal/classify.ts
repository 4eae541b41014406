/** From HTTP status and body to an answer or a row of the catalogue. */
import { Result } from "effect"
import type { Failure, Operation, Protection, Reply } from "../Operation.ts"
import { failure } from "../Operation.ts"
import { tagOfRefusal } from "../VisaError.ts"
import { parseRetryAfter } from "./retryAfter.ts"
import { isJsonObject, text } from "./wire.ts"

/** What came over the wire, decrypted where it was encrypted. */
export interface WireReply {
  readonly httpStatus: number
  readonly headers: { readonly [name: string]: string | undefined }
  /** Whether the request was under message level encryption. */
  readonly encrypted: boolean
  /** The body as text after decryption. */
  readonly text: string
  readonly protection?: Protection | undefined
  /** Milliseconds since the epoch: what an HTTP date in `Retry-After` is counted from. */
  readonly now: number
}

type Json =
  | { readonly _tag: "Empty" }
  | { readonly _tag: "NotJson" }
  | { readonly _tag: "Json"; readonly value: unknown }

/** Parses without throwing. */
export const parseJson = (body: string): Json => {
  if (body.trim() === "") return { _tag: "Empty" }
  try {
    return { _tag: "Json", value: JSON.parse(body) }
  } catch {
    return { _tag: "NotJson" }
  }
}

/** Visa's four error envelopes, reduced to what they share. */
interface Envelope {
  readonly code: string | undefined
  readonly detail: string | undefined
  readonly field: string | undefined
}

const noEnvelope: Envelope = { code: undefined, detail: undefined, field: undefined }

// Not cut here: half of a card number is none that the redactor would know.
const joined = (...parts: ReadonlyArray<string | undefined>): string | undefined => {
  const found = parts.filter((part) => part !== undefined && part.trim() !== "")
  return found.length === 0 ? undefined : found.join("; ")
}

const fieldInText = (message: string | undefined): string | undefined =>
  message?.match(/(?:field|element) '([\w.]{1,60})'/i)?.[1]

const envelopeOf = (body: unknown): Envelope => {
  if (!isJsonObject(body)) return noEnvelope
  const { errorMessage, errorResponse, responseStatus } = body
  if (isJsonObject(responseStatus)) {
    const message = text(responseStatus["message"])
    return {
      code: text(responseStatus["code"]),
      detail: joined(message, text(responseStatus["info"])),
      field: fieldInText(message),
    }
  }
  if (typeof errorMessage === "string") {
    return {
      code: errorMessage.match(/\b(\d{4})\b\.?/)?.[1],
      detail: joined(errorMessage),
      field: fieldInText(errorMessage),
    }
  }
  if (isJsonObject(errorResponse)) {
    const details = (
      Array.isArray(errorResponse["details"]) ? errorResponse["details"] : []
    ).filter(isJsonObject)
    return {
      code: text(errorResponse["reason"]),
      detail: joined(
        text(errorResponse["message"]),
        ...details.map((detail) =>
          [text(detail["location"]), text(detail["message"])].filter(Boolean).join(": "),
        ),
      ),
      field: text(details[0]?.["location"]),
    }
  }
  const message = text(body["message"])
  return {
    code: text(body["code"]) ?? text(body["reason"]),
    detail: joined(text(body["reason"]), message),
    field: fieldInText(message),
  }
}

const statusIdPattern = /^[\w.:-]{1,128}$/

/**
 * The status id of a 202 or 303. Visa's samples take the whole body as the id, newer replies carry it
 * as JSON, and both describe a `Link` (or `Location`) to the resource.
 */
const statusIdentifierOf = (reply: WireReply, json: Json): string | undefined => {
  const inBody =
    json._tag === "Json"
      ? isJsonObject(json.value)
        ? text(json.value["statusIdentifier"])
        : text(json.value)
      : reply.text.trim()
  if (inBody !== undefined && statusIdPattern.test(inBody)) return inBody
  const link = reply.headers["location"] ?? reply.headers["link"]?.match(/<([^>]+)>/)?.[1]
  const last = link?.split(/[?#]/)[0]?.split("/").at(-1)
  return last !== undefined && statusIdPattern.test(last) ? last : undefined
}

const refusal = (operation: Operation<never, unknown>, reply: WireReply, json: Json): Failure => {
  const { code, detail, field } = json._tag === "Json" ? envelopeOf(json.value) : noEnvelope
  const { encrypted, httpStatus } = reply
  return failure(
    tagOfRefusal({ httpStatus, code, text: detail, encrypted, space: operation.errorSpace }),
    {
      code,
      detail,
      field,
      retryAfterMillis: parseRetryAfter(
        reply.headers["retry-after"],
        reply.headers["date"],
        reply.now,
      ),
    },
  )
}

/** Reads a decrypted reply as an answer of the operation or as the reason why there is none. */
export const classify = <A>(
  operation: Operation<never, A>,
  reply: WireReply,
): Result.Result<A, Failure> => {
  const parsed = parseJson(reply.text)
  const json: Json =
    parsed._tag === "Json" && reply.httpStatus !== 200 && operation.conceal !== undefined
      ? { _tag: "Json", value: operation.conceal(parsed.value) }
      : parsed
  const statusIdentifier =
    reply.httpStatus === 202 || reply.httpStatus === 303
      ? statusIdentifierOf(reply, json)
      : undefined
  const read: Reply = {
    httpStatus: reply.httpStatus,
    body: json._tag === "Json" ? json.value : undefined,
    headers: reply.headers,
    statusIdentifier,
    protection: reply.protection,
  }
  const other = operation.decodeOther?.(read)
  if (other !== undefined) return other
  switch (reply.httpStatus) {
    case 200:
      return json._tag === "Json"
        ? operation.decode(read)
        : Result.fail(failure(json._tag === "Empty" ? "ResponseEmpty" : "ResponseNotJson"))
    case 202:
      return Result.fail(failure("StillProcessing", { statusIdentifier }))
    case 303:
      return Result.fail(failure("DuplicateInFlight", { statusIdentifier }))
    default:
      return Result.fail(
        // Below 400 nothing was refused: an operation that knows the status has read it above.
        reply.httpStatus < 400
          ? failure("UnexpectedStatus", { code: String(reply.httpStatus) })
          : refusal(operation, reply, json),
      )
  }
}
