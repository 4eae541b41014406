import { Predicate, Result } from "effect"
import { failure } from "../Operation.ts"
import type { Failure, Reply } from "../Operation.ts"
import { tagOfRefusal } from "../VisaError.ts"
import { isJsonObject, text } from "./wire.ts"

const pattern = /\bVAD-\d{4}\b/

/**
 * Reads a refusal by the Alias Directory's own code, wherever it stands: version 2 has it in `code`;
 * version 1 was seen to have it at the head of `message`, beside a `reason` in words such as
 * `not-found`. What holds no such code is not the directory's to say.
 */
export const aliasRefusal = ({
  body,
  httpStatus,
}: Reply): Result.Result<never, Failure> | undefined => {
  if (httpStatus < 400 || !isJsonObject(body)) return undefined
  const texts = [body["code"], body["reason"], body["message"]]
    .map(text)
    .filter(Predicate.isNotUndefined)
  const code = texts.map((each) => pattern.exec(each)?.[0]).find(Predicate.isNotUndefined)
  if (code === undefined) return undefined
  const detail = texts.filter((each) => each !== code).join("; ")
  return Result.fail(
    failure(tagOfRefusal({ httpStatus, code, text: detail, space: "alias" }), {
      code,
      detail: detail === "" ? undefined : detail,
    }),
  )
}
