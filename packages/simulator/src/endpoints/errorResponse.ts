/** The `errorResponse` envelope: FX, card attributes, account and wallet payouts. */
import { messageOf, type Refusal, type Reply } from "./Endpoint.ts"

export interface ErrorDetail {
  readonly location?: string
  readonly message?: string
  readonly code?: string
}

interface ErrorResponse {
  readonly httpStatus: number
  readonly reason: string
  readonly message: string
  /** Repeats the HTTP status as text. `absent`: the one sample of card attributes has none. */
  readonly status?: "absent"
  readonly details?: ReadonlyArray<ErrorDetail>
}

export const errorResponse = (error: ErrorResponse): Reply => ({
  status: error.httpStatus,
  body: {
    errorResponse: {
      ...(error.status === "absent" ? {} : { status: String(error.httpStatus) }),
      reason: error.reason,
      message: error.message,
      ...(error.details === undefined ? {} : { details: error.details }),
    },
  },
  kind: "refused",
  record: { errorCode: error.reason, problem: error.message },
})

/** A request that does not fit the field table: `reason`, and the place in `details`. */
export const invalidRequest = (reason: string, refusal: Refusal): Reply => {
  const message = messageOf(refusal)
  const location = refusal.problem?.element ?? refusal.location
  return errorResponse({
    httpStatus: refusal.status ?? 400,
    reason,
    message,
    ...(location === undefined ? {} : { details: [{ location, message }] }),
  })
}
