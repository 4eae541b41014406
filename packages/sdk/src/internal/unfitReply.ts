import type { Operation } from "../Operation.ts"
import type { Exchange } from "../Transport.ts"
import { VisaError } from "../VisaError.ts"

/**
 * The error for a reply that could be read and does not fit its request, for example because it is
 * about something else.
 */
export const unfitReply = (
  operation: Operation<never, unknown>,
  exchange: Exchange,
  field: string,
  detail: string,
): VisaError =>
  VisaError.of(
    "ResponseMalformed",
    { field, detail },
    {
      operation: operation.name,
      money: operation.money,
      rail: operation.rail,
      correlationId: exchange.correlationId,
      visaCorrelationId: exchange.visaCorrelationId,
      attempt: exchange.attempt,
      httpStatus: exchange.httpStatus,
    },
  )
