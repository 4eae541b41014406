/**
 * A script: no services, no layers of its own, just `Effect.runPromise`.
 *
 * Asks Visa what became of a transaction: `node script.ts ACQUIRING_BIN STAN RRN`.
 */
import { Effect } from "effect"
import { TransactionQuery, VisaDirect } from "effect-visa-direct"

const [acquiringBin = "", systemsTraceAuditNumber = "", retrievalReferenceNumber = ""] =
  process.argv.slice(2)

const records = await Effect.runPromise(
  TransactionQuery.find({ acquiringBin, systemsTraceAuditNumber, retrievalReferenceNumber }).pipe(
    Effect.provide(VisaDirect.layerConfig),
  ),
)

if (records.length === 0) console.log("Visa knows nothing of it.")
for (const record of records) {
  console.log(`${record.statusCode}, action code ${record.actionCode ?? "none"}`)
}
