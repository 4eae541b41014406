/** Tables of this SDK in a user's database: made and brought up to date when a layer is built. */
import { Effect } from "effect"
import { Migrator, SqlClient } from "effect/sql"
import { VisaError } from "../VisaError.ts"
import { storeUnavailable } from "./storeFailure.ts"

/** By number and name, e.g. `0001_claims`. What has been released is never changed, only added to. */
export type Migrations = {
  readonly [id: `${number}_${string}`]: Effect.Effect<void, unknown, SqlClient.SqlClient>
}

const run = Migrator.make({})

/**
 * Runs what has not run yet, in one transaction, while other processes wait. What has run is listed
 * in a table of the module's own. Answers a client that leaves the names of columns as they are,
 * whatever the user's client does with them.
 */
export const migrated = (
  module: string,
  migrations: Migrations,
): Effect.Effect<SqlClient.SqlClient, VisaError, SqlClient.SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.onDialectOrElse({
      pg: () => Effect.void,
      orElse: () =>
        Effect.fail(
          VisaError.of("OptionInvalid", {
            field: "SqlClient",
            detail: "The tables of this SDK need PostgreSQL or PGlite",
          }),
        ),
    })
    const bare = sql.withoutTransforms()
    yield* run({
      loader: Migrator.fromRecord(migrations),
      table: `visa_direct_${module}_migrations`,
    }).pipe(
      Effect.provideService(SqlClient.SqlClient, bare),
      Effect.catch((error) =>
        storeUnavailable("The migration of the database")(
          error._tag === "SqlError" ? error : { _tag: `MigrationError ${error.kind}` },
        ),
      ),
    )
    return bare
  })
