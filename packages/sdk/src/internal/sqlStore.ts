/** What the stores in PostgreSQL and PGlite have in common. */
import { Effect } from "effect"
import type { SqlClient, SqlError, Statement } from "effect/sql"
import type { VisaError } from "../VisaError.ts"
import { storeUnavailable } from "./storeFailure.ts"

/** The database undid the statement for the sake of another one; it may be tried again at once. */
const isUndone = ({ reason }: SqlError.SqlError): boolean =>
  reason._tag === "DeadlockError" || reason._tag === "SerializationError"

export const first = <A extends object>(
  statement: Statement.Statement<A>,
): Effect.Effect<A | undefined, SqlError.SqlError> => Effect.map(statement, (rows) => rows[0])

/** Of a statement for many rows: one of them can be what the database does not take. */
export const isOfOne = ({ reason }: SqlError.SqlError): boolean =>
  reason._tag !== "ConnectionError" &&
  reason._tag !== "AuthenticationError" &&
  reason._tag !== "AuthorizationError"

/** One step of a store; it does not matter to it if it is begun again. */
export const step = <A, R>(
  self: Effect.Effect<A, SqlError.SqlError, R>,
): Effect.Effect<A, VisaError, R> =>
  self.pipe(
    Effect.retry({ while: isUndone, times: 5 }),
    Effect.catchTag("SqlError", storeUnavailable("The database")),
  )

type Cell = string | number | null

/**
 * Rows of a statement that works on many of them, as one parameter: so the statement is the same text
 * for any number of rows, and is parsed and planned once for each connection.
 *
 * That is right for statements that insert. One that looks rows up names their keys once more, as
 * `= ANY (array)`, and is `unprepared`: a plan that was made while the table was small reads all of it,
 * and is kept until the table is analyzed, which an embedded database never is.
 *
 * @param columns their names and types, as `record(key TEXT, token INTEGER)` names them
 */
export const recordset = (
  sql: SqlClient.SqlClient,
  rows: ReadonlyArray<Readonly<Record<string, Cell>>>,
  columns: string,
): Statement.Fragment =>
  sql`json_to_recordset(${JSON.stringify(rows)}::JSON) AS ${sql.literal(columns)}`
