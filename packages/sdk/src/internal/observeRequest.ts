/** What one attempt of a request to Visa leaves behind: a span, two counters and a duration. */
import { Cause, Duration, Effect, Exit, Option } from "effect"
import type { Operation } from "../Operation.ts"
import { Telemetry } from "../Telemetry.ts"
import type { RequestResult } from "../Telemetry.ts"
import type { Category, VisaError } from "../VisaError.ts"

/** A no that Visa, a bank or a rule of theirs has said: the request itself went well. */
const refusals: ReadonlySet<Category> = new Set<Category>(["decline", "return", "compliance"])

const resultOf = (operation: Operation<never, unknown>, error: VisaError): RequestResult => {
  if (refusals.has(error.reason.row.category)) return "declined"
  return operation.money === "moves" && error.money === "Unknown" ? "unknown" : "failed"
}

const ended = (operation: Operation<never, unknown>, exit: Exit.Exit<unknown, VisaError>) => {
  if (Exit.isSuccess(exit)) return { result: "success" as const, error: undefined }
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (error !== undefined) return { result: resultOf(operation, error), error }
  const result: RequestResult = Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"
  return { result, error: undefined }
}

const recordError = ({ context, money, reason }: VisaError, result: RequestResult) => {
  const counted = Telemetry.errors.increment({ error_type: reason._tag })
  return Effect.andThen(
    result === "declined"
      ? Effect.andThen(
          counted,
          Telemetry.declines.increment({ category: `${reason.row.declineCategory ?? "none"}` }),
        )
      : counted,
    Telemetry.annotate("request", {
      "visa.error.code": reason.code,
      "visa.error.money": money,
      "visa.corridor": context.corridor,
      "http.response.status_code": context.httpStatus,
      "visa.response_correlation_id": context.visaCorrelationId,
    }),
  )
}

export const observeRequest = (
  operation: Operation<never, unknown>,
  about: { readonly attempt: number; readonly server: URL | undefined },
) => {
  const span = Telemetry.span("request", {
    "http.request.method": operation.method,
    "url.template": operation.path,
    "server.address": about.server?.hostname,
    "server.port": about.server === undefined ? undefined : Number(about.server.port || 443),
    "visa.operation": operation.name,
    "visa.attempt": about.attempt,
    "visa.rail": operation.rail,
  })
  return <A, R>(self: Effect.Effect<A, VisaError, R>): Effect.Effect<A, VisaError, R> =>
    span(
      Effect.clockWith((clock) => {
        const from = clock.monotonicTimeNanosUnsafe()
        return Effect.onExit(self, (exit) => {
          const { error, result } = ended(operation, exit)
          const labels = { operation: operation.name, result }
          const took = Duration.nanos(clock.monotonicTimeNanosUnsafe() - from)
          return Telemetry.requests
            .increment(labels)
            .pipe(
              Effect.andThen(Telemetry.requestDuration.record(took, labels)),
              Effect.andThen(error === undefined ? Effect.void : recordError(error, result)),
            )
        })
      }),
    )
}
