/** Encodes a request of any shape: callers in JavaScript have no type that tells them. */
import { Effect } from "effect"
import type { Encoded, Operation } from "../Operation.ts"
import type { VisaError } from "../VisaError.ts"
import { invalidRequest } from "./invalidRequest.ts"

/**
 * The codecs of the operations read the fields of a request that has its type. What throws in them is a
 * request that has not, and nothing was sent.
 */
export const encodeRequest = <Request>(
  operation: Operation<Request, unknown>,
  request: Request,
): Effect.Effect<Encoded, VisaError> =>
  Effect.suspend(() => operation.encode(request)).pipe(
    Effect.catchDefect(() =>
      Effect.fail(
        invalidRequest("request", `it does not have the shape of a request of ${operation.name}`),
      ),
    ),
  )
