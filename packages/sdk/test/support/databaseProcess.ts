/** A process that holds the embedded database in a folder, says how many rows it has, and adds some. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import * as Database from "../../src/payouts/Database.ts"

const folder = process.argv[2] ?? ""

const hold = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY)`
  for (let id = 0; ; id++) {
    yield* sql`INSERT INTO notes (id) VALUES (${id})`
    // Said only when it is stored.
    process.send?.(id)
  }
})

await Effect.runPromise(hold.pipe(Effect.provide(Database.layerEmbedded({ folder }))))
