/** A process that reaches for claims and receipts which others want as well, and says how many it got. */
import { Array, Effect, Layer, Result } from "effect"
import { Claims } from "../../src/payouts/Claims.ts"
import * as Database from "../../src/payouts/Database.ts"
import { contested } from "./contested.ts"

const [, , database = "", owner = ""] = process.argv

const reach = Effect.gen(function* () {
  const keys = Array.makeBy(contested, (index) => `key ${index}`)
  const claims = yield* Effect.forEach(
    keys,
    (key) =>
      Claims.claim({ namespace: "race", key, fingerprint: "print", owner, lease: "1 hours" }),
    { concurrency: 50 },
  )
  const receipts = yield* Effect.forEach(
    keys,
    (receipt) => Effect.result(Claims.consume({ receipt, by: owner, fingerprint: "print" })),
    { concurrency: 50 },
  )
  return {
    claims: claims.filter(({ _tag }) => _tag === "Claimed").length,
    receipts: receipts.filter(Result.isSuccess).length,
  }
})

const store = Claims.layerSql.pipe(
  Layer.provide(Database.layerPostgres({ host: "127.0.0.1", username: "postgres", database })),
)

process.send?.(await Effect.runPromise(reach.pipe(Effect.provide(store))))
