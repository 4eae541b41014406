import { Effect } from "effect"
import type { Operation } from "../Operation.ts"
import type { Transport } from "../Transport.ts"
import type { VisaError } from "../VisaError.ts"
import { withoutEcho } from "./withoutEcho.ts"

/**
 * Runs operations of which only the answer matters, not the exchange that brought it. `confidential`
 * is what of the request no error may repeat.
 */
export const answersOf =
  (transport: Transport["Service"]) =>
  <Request, A>(
    operation: Operation<Request, A>,
    request: Request,
    confidential?: () => ReadonlyArray<string | undefined>,
  ): Effect.Effect<A, VisaError> =>
    Effect.map(
      transport.execute(
        confidential === undefined ? operation : withoutEcho(operation, confidential),
        request,
      ),
      ({ value }) => value,
    )
