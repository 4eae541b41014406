/** What the stores in PostgreSQL and PGlite have in common. */
import { Effect } from "effect"
import type { SqlError, Statement } from "effect/sql"
import type { VisaError } from "../VisaError.ts"
import { storeUnavailable } from "./storeFailure.ts"

/** The database undid the statement for the sake of another one; it may be tried again at once. */
const isUndone = ({ reason }: SqlError.SqlError): boolean =>
  reason._tag === "DeadlockError" || reason._tag === "SerializationError"

export const first = <A extends object>(
  statement: Statement.Statement<A>,
): Effect.Effect<A | undefined, SqlError.SqlError> => Effect.map(statement, (rows) => rows[0])

/** One step of a store; it does not matter to it if it is begun again. */
export const step = <A, R>(
  self: Effect.Effect<A, SqlError.SqlError, R>,
): Effect.Effect<A, VisaError, R> =>
  self.pipe(
    Effect.retry({ while: isUndone, times: 5 }),
    Effect.catchTag("SqlError", storeUnavailable("The database")),
  )
